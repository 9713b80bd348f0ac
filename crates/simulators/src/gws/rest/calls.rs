//! Operations on a call: the capability check, then the verb of the switch (sections 7.2 and 9).

use callcontrol_testkit::switch::{Party, Refusal, Reply, SwitchCallId};

use super::Desktop;
use super::body::{Operation, dialled};
use crate::gws::floor::{CallState, CallView, Prepared, Role};
use crate::gws::options::{DialFailure, NotAllowed, Refusals};
use crate::gws::reply::{Answer, Refused, done, tserver_error};
use crate::gws::{capabilities, resources};

impl Desktop<'_> {
    pub(super) fn operate_on_call(&self, id: &str, operation: &Operation) -> Answer {
        self.may_use_voice()?;
        let call = self.call(id)?;
        if !KNOWN.contains(&operation.name.as_str()) {
            return Err(operation.unknown());
        }
        if operation.name.ends_with("CallRecording") {
            self.has_feature("api-voice-recording")?;
        }
        let allowed = capabilities::of(&call, Some(self.user), &self.options);
        if !allowed.contains(&operation.name.as_str()) {
            return self.not_allowed();
        }
        let reply = match operation.name.as_str() {
            "SendDtmf" => self.send_dtmf(&call, operation.text("digits")?),
            "SwapCalls" => self.swap(&call, operation.text("otherCallUri")?)?,
            "SingleStepTransfer" => self.single_step_transfer(&call, operation)?,
            "SingleStepConference" => self.single_step_conference(&call, operation)?,
            "RemoveParticipantFromConference" => self.remove_participant(&call, operation.text("participant")?)?,
            "InitiateTransfer" | "InitiateConference" => return self.initiate(&call, operation),
            "CompleteTransfer" | "CompleteConference" => self.complete(&call, operation)?,
            "AttachUserData" | "UpdateUserData" | "DeleteUserData" | "DeleteUserDataPair" => {
                self.change_data(&call, operation)?
            }
            name if name.ends_with("CallRecording") => return self.record(&call, name),
            name if name.starts_with("SwitchTo") || name.ends_with("MonitoredUser") => self.go_on_supervising(name)?,
            "Hangup" if call.role == Role::Monitored => self.stop_supervising()?,
            plain => self.plain(&call, plain),
        };
        self.accepted(reply)
    }

    /// `Dial` on the own device; the answer does not tell the new call's id (section 9.1).
    pub(super) fn dial(&self, operation: &Operation) -> Answer {
        self.may_use_voice()?;
        if operation.name != "Dial" {
            return Err(operation.unknown());
        }
        operation.optional_text("outboundCallerId")?;
        let number = operation.destination()?;
        let data = operation.user_data()?.unwrap_or_default();
        let number = &self.forwarded(number);
        let unreachable = self
            .core
            .switch
            .with(|switch| switch.can_reach(&dialled(switch, number)).err());
        match (self.options.dial_failure, unreachable) {
            (DialFailure::HttpError, Some(refusal)) => return Err(Refused::from(&refusal)),
            (DialFailure::ErrorEvent, Some(refusal)) => return self.failed(&refusal),
            (DialFailure::Released, _) | (_, None) => {}
        }
        let prepared = Prepared {
            data: data.clone(),
            ..Prepared::default()
        };
        self.core.desk().floor.prepare(self.agent(), prepared);
        let reply = self.core.switch.with(|switch| {
            let call = switch.dial(self.agent(), &dialled(switch, number))?;
            // A call that could not be put through is over by now and takes no data.
            let _ = super::data::attach(switch, call, &data);
            Ok(())
        });
        self.core.desk().floor.unprepare(self.agent());
        self.accepted(reply)
    }

    /// Answers a request that T-Server got: what it says comes as an event, or as the options want it.
    pub(super) fn accepted(&self, reply: Reply) -> Answer {
        let Err(refusal) = reply else { return done() };
        match self.options.refusals {
            Refusals::Http => return Err(Refused::from(&refusal)),
            Refusals::Event => self.core.desk().push_error(self.agent(), tserver_error(&refusal)),
            Refusals::Silent => {}
        }
        done()
    }

    pub(super) fn not_allowed(&self) -> Answer {
        match self.options.not_allowed {
            NotAllowed::Invalid => Err(Refused::new(2, "Operation is not allowed in this state")),
            NotAllowed::Forbidden => Err(Refused::new(3, "Operation forbidden")),
            NotAllowed::Event => {
                self.core.desk().push_error(self.agent(), (496, "Invalid call state"));
                done()
            }
        }
    }

    fn plain(&self, call: &CallView, operation: &str) -> Reply {
        let (switch, agent, id) = (&self.core.switch, self.agent(), call.call);
        match operation {
            "Answer" => switch.answer(&Party::agent(agent), id),
            "Hangup" => switch.hang_up(&Party::agent(agent), id),
            "Hold" => switch.hold(agent, id),
            "Retrieve" => switch.retrieve(agent, id),
            "MuteCall" => switch.mute(agent, id, true),
            "UnmuteCall" => switch.mute(agent, id, false),
            "ClearCall" if call.state == CallState::Ringing => self.turn_away(id),
            "ClearCall" => switch.clear(agent, id),
            _ => Err(Refusal::Invalid("operation")),
        }
    }

    /// ClearCall while ringing: whoever calls is cut off.
    fn turn_away(&self, id: SwitchCallId) -> Reply {
        self.core.switch.with(|switch| {
            let call = switch.call(id).ok_or(Refusal::NoSuchCall(id))?;
            let callers: Vec<Party> = call.connected().map(|leg| leg.party.clone()).collect();
            callers.iter().try_for_each(|caller| switch.hang_up(caller, id))
        })
    }

    fn send_dtmf(&self, call: &CallView, digits: &str) -> Reply {
        self.core.switch.send_dtmf(self.agent(), call.call, digits)
    }

    /// The other call's `uri` must be given as the server wrote it (section 1.1).
    pub(super) fn call_by_uri(&self, uri: &str, parameter: &str) -> Result<CallView, Refused> {
        let calls = self.core.desk().floor.calls_of(self.agent());
        let named = calls
            .into_iter()
            .find(|call| resources::call_uri(call.number, &self.options) == uri);
        named.ok_or_else(|| Refused::invalid(parameter))
    }

    fn swap(&self, call: &CallView, other: &str) -> Result<Reply, Refused> {
        let other = self.call_by_uri(other, "otherCallUri")?;
        if other.call == call.call {
            return Err(Refused::invalid("otherCallUri"));
        }
        let held = if other.state == CallState::Held {
            other.call
        } else {
            call.call
        };
        Ok(self.core.switch.swap(self.agent(), held))
    }

    fn single_step_transfer(&self, call: &CallView, operation: &Operation) -> Result<Reply, Refused> {
        let number = &self.forwarded(operation.destination()?);
        let data = operation.user_data()?.unwrap_or_default();
        // The data travels with the request: whoever is rung sees it at once, and a refused transfer leaves none behind.
        let (stay, before) = {
            let mut desk = self.core.desk();
            (desk.floor.agents_in(call.call), desk.floor.merge_data(call.call, &data))
        };
        let reply = self.core.switch.with(|switch| {
            switch.transfer_blind(self.agent(), call.call, &dialled(switch, number))?;
            let _ = super::data::attach(switch, call.call, &data);
            Ok(())
        });
        let mut desk = self.core.desk();
        if reply.is_err() {
            desk.floor.restore_data(call.call, before);
        } else if !data.is_empty() {
            let told = desk.floor.data_told(call.call, &stay);
            told.iter().for_each(|notice| desk.tell(notice));
        }
        Ok(reply)
    }

    fn single_step_conference(&self, call: &CallView, operation: &Operation) -> Result<Reply, Refused> {
        let number = &self.forwarded(operation.destination()?);
        let data = operation.user_data()?.unwrap_or_default();
        self.core.desk().floor.own(self.agent(), call.call);
        Ok(self.core.switch.with(|switch| {
            switch.conference_add(self.agent(), call.call, &dialled(switch, number))?;
            let _ = super::data::attach(switch, call.call, &data);
            Ok(())
        }))
    }

    fn remove_participant(&self, call: &CallView, number: &str) -> Result<Reply, Refused> {
        let bare = number.strip_prefix(&self.options.dialled_prefix).unwrap_or(number);
        let find = |number| self.core.desk().floor.party_with_number(call.call, number);
        let party = find(number).or_else(|| find(bare));
        let party = party.ok_or_else(|| Refused::invalid("participant"))?;
        Ok(self.core.switch.conference_remove(self.agent(), call.call, &party))
    }
}

const KNOWN: &[&str] = &[
    "Answer",
    "Hangup",
    "ClearCall",
    "Hold",
    "Retrieve",
    "SwapCalls",
    "SendDtmf",
    "MuteCall",
    "UnmuteCall",
    "SingleStepTransfer",
    "InitiateTransfer",
    "CompleteTransfer",
    "SingleStepConference",
    "InitiateConference",
    "CompleteConference",
    "RemoveParticipantFromConference",
    "AttachUserData",
    "UpdateUserData",
    "DeleteUserData",
    "DeleteUserDataPair",
    "StartCallRecording",
    "StopCallRecording",
    "PauseCallRecording",
    "ResumeCallRecording",
    "SwitchToListenIn",
    "SwitchToCoach",
    "SwitchToBargeIn",
    "MuteMonitoredUser",
    "UnmuteMonitoredUser",
];
