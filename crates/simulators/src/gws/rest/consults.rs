//! Consults: begun by InitiateTransfer or InitiateConference alike, completed by either ending (sections 9.3, 9.4 and 12.3).

use callcontrol_testkit::switch::{ConsultRequest, Refusal, Reply, Switch, SwitchCallId, UnreachableConsult};

use super::Desktop;
use super::body::{Operation, dialled};
use crate::gws::floor::{CallState, CallView, Prepared, Purpose};
use crate::gws::options::ConsultFailure;
use crate::gws::reply::{Answer, Refused, done, tserver_error};

impl Desktop<'_> {
    pub(super) fn initiate(&self, call: &CallView, operation: &Operation) -> Answer {
        let number = &self.forwarded(operation.destination()?);
        let data = operation.user_data()?.unwrap_or_default();
        let unreachable = self
            .core
            .switch
            .with(|switch| switch.can_reach(&dialled(switch, number)).err());
        match (self.options.consult_failure, unreachable) {
            (ConsultFailure::HttpError, Some(refusal)) => return Err(Refused::from(&refusal)),
            (ConsultFailure::ErrorEvent, Some(refusal)) => return self.failed(&refusal),
            (ConsultFailure::HeldThenError, Some(refusal)) => return self.hold_and_fail(call, &refusal),
            _ => {}
        }
        let purpose = match operation.name.as_str() {
            "InitiateConference" => Purpose::Conference,
            _ => Purpose::Transfer,
        };
        let prepared = Prepared {
            data,
            bare: !self.options.consult_copies_data,
            purpose: Some(purpose),
        };
        self.core.desk().floor.prepare(self.agent(), prepared.clone());
        let begun = self
            .core
            .switch
            .with(|switch| self.consult(switch, call.call, number, &prepared));
        self.core.desk().floor.unprepare(self.agent());
        self.accepted(begun)
    }

    /// `CompleteTransfer` or `CompleteConference`, on either of the two calls.
    pub(super) fn complete(&self, call: &CallView, operation: &Operation) -> Result<Reply, Refused> {
        if let Some(uri) = operation.optional_text("consultCallUri")? {
            self.call_by_uri(uri, "consultCallUri")?;
        }
        let (switch, agent) = (&self.core.switch, self.agent());
        Ok(match operation.name.as_str() {
            "CompleteConference" => switch.merge(agent, call.call),
            _ => switch.consult_complete(agent, call.call),
        })
    }

    fn consult(&self, switch: &mut Switch, call: SwitchCallId, number: &str, prepared: &Prepared) -> Reply {
        let how = ConsultRequest::private();
        let how = if self.options.auto_retrieve {
            how.with_auto_retrieve()
        } else {
            how
        };
        let usual = switch.options().clone();
        let mut options = usual.clone();
        options.consult = match self.options.consult_failure {
            ConsultFailure::LeftDialing => UnreachableConsult::LeftDialing,
            ConsultFailure::HttpError
            | ConsultFailure::ErrorEvent
            | ConsultFailure::Released
            | ConsultFailure::HeldThenError => UnreachableConsult::Released,
        };
        switch.set_options(options);
        let to = dialled(switch, number);
        let begun = switch.consult(self.agent(), call, &to, how);
        switch.set_options(usual);
        // A consult that failed at once is over by now and takes no data.
        let consult = begun?;
        if prepared.bare {
            let _ = switch.clear_data(consult);
        }
        let _ = super::data::attach(switch, consult, &prepared.data);
        Ok(())
    }

    fn hold_and_fail(&self, call: &CallView, refusal: &Refusal) -> Answer {
        if call.state == CallState::Established {
            self.core
                .switch
                .hold(self.agent(), call.call)
                .map_err(|refusal| Refused::from(&refusal))?;
        }
        self.failed(refusal)
    }

    pub(super) fn failed(&self, refusal: &Refusal) -> Answer {
        self.core.desk().push_error(self.agent(), tserver_error(refusal));
        done()
    }
}
