//! Which fact of the switch settles which open operation, and how.

use callcontrol_core::{Cause, CustomerAt, Operation, Outcome, Pending};

use super::{Shared, words};
use crate::switch::{Party, SwitchCallId, SwitchEvent, TransferKind};

impl Shared {
    pub(super) fn settle_by(&self, fact: &SwitchEvent) {
        match fact {
            SwitchEvent::Moved {
                call,
                by: Some(by),
                kind: TransferKind::Blind,
                ..
            } => {
                let customer = self.customer(*call, by);
                self.settle_on(by, *call, is_blind, |_| Outcome::done(customer));
            }
            SwitchEvent::TransferSucceeded {
                call,
                by,
                kind: TransferKind::ReleaseAfter,
                ..
            } => {
                let customer = self.customer(*call, by);
                self.settle_on(by, *call, is_transfer, |_| Outcome::done(customer));
            }
            SwitchEvent::ReturnedFromIvr { call, agent, .. } => {
                self.settle_on(agent, *call, is_transfer, |_| Outcome::done(CustomerAt::Agent));
            }
            SwitchEvent::TransferFailed { call, by, cause, .. } => {
                let customer = self.customer(*call, by);
                self.settle_on(by, *call, is_transfer, |_| {
                    Outcome::failed(words::cause(*cause), customer)
                });
            }
            SwitchEvent::ConsultAnswered { original, by, .. } => {
                // The listener runs after the whole verb, so a three-way consult is a conference by now.
                let customer = self.customer(*original, by);
                self.settle_on(by, *original, is_consult, |_| Outcome::done(customer));
            }
            SwitchEvent::ConsultFailed {
                original, by, cause, ..
            }
            | SwitchEvent::ConsultEnded {
                original, by, cause, ..
            } => {
                let customer = self.customer(*original, by);
                self.settle_on(by, *original, is_consult, |_| {
                    Outcome::failed(words::cause(*cause), customer)
                });
            }
            SwitchEvent::PartyJoined { call, .. } | SwitchEvent::Conferenced { call, .. } => self.invited(*call),
            SwitchEvent::Answered { call, .. } => {
                self.invited(*call);
                self.settle_dials(*call, &Outcome::done(CustomerAt::Agent));
            }
            SwitchEvent::DialFailed {
                call,
                cause,
                by: Party::Agent(by),
                ..
            } => {
                let customer = self.customer(*call, by);
                self.settle_on(by, *call, is_invitation, |_| {
                    Outcome::failed(words::cause(*cause), customer)
                });
                self.settle_dials(*call, &Outcome::failed(words::cause(*cause), CustomerAt::Gone));
            }
            SwitchEvent::CallEnded { call, .. } => self.call_ended(*call),
            _ => {}
        }
    }

    /// What the manifest says can never be known stays unknown.
    fn settle(&self, pending: &Pending, outcome: Outcome) {
        if !super::lock(&self.silent).contains(&pending.op) {
            self.hub.settle(&pending.op, outcome);
        }
    }

    /// Nothing that is still open on a call that is over can succeed any more.
    fn call_ended(&self, call: SwitchCallId) {
        let gone = Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone);
        let id = self.hub.call_id(&words::native(call));
        let sessions: Vec<_> = super::lock(&self.sessions).keys().cloned().collect();
        for session in sessions {
            for pending in self.hub.pending_on(&session, &id) {
                // Whoever ends a call on purpose is told so by the command itself.
                if !matches!(pending.operation, Operation::Release | Operation::Clear) {
                    self.settle(&pending, gone.clone());
                }
            }
        }
    }

    fn settle_on(
        &self,
        agent: &str,
        call: SwitchCallId,
        fits: fn(Operation) -> bool,
        outcome: impl Fn(&Pending) -> Outcome,
    ) {
        let Some(session) = self.session_of(agent) else {
            return;
        };
        let id = self.hub.call_id(&words::native(call));
        for pending in self.hub.pending_on(&session, &id) {
            if fits(pending.operation) {
                self.settle(&pending, outcome(&pending));
            }
        }
    }

    /// Whoever was to be brought into the conference is in it.
    fn invited(&self, call: SwitchCallId) {
        let now = self.switch.call(call);
        let agents = now
            .iter()
            .flat_map(|call| call.connected())
            .filter_map(|leg| leg.party.as_agent());
        let agents: Vec<String> = agents.map(str::to_owned).collect();
        if now.as_ref().is_some_and(|call| call.conference) {
            for agent in agents {
                self.settle_on(&agent, call, is_invitation, |_| Outcome::done(CustomerAt::Conference));
            }
        }
    }

    /// A dialled call has no id when its command is sent: the open dial of its originator is meant.
    fn settle_dials(&self, call: SwitchCallId, outcome: &Outcome) {
        let originator = self.switch.with(|switch| {
            switch
                .call(call)
                .or_else(|| switch.past_call(call))
                .map(|call| call.originator.clone())
        });
        let Some(session) = originator
            .as_ref()
            .and_then(Party::as_agent)
            .and_then(|agent| self.session_of(agent))
        else {
            return;
        };
        for pending in self.hub.pending_of(&session) {
            if pending.operation == Operation::Dial {
                self.settle(&pending, outcome.clone());
            }
        }
    }

    pub(super) fn customer(&self, call: SwitchCallId, agent: &str) -> CustomerAt {
        words::customer_at(self.switch.customer_at(call).as_ref(), agent)
    }
}

fn is_blind(operation: Operation) -> bool {
    matches!(operation, Operation::BlindTransfer | Operation::RequeueConnected)
}

fn is_transfer(operation: Operation) -> bool {
    is_blind(operation) || matches!(operation, Operation::ReleaseAfterTransfer | Operation::SuspendTransfer)
}

fn is_invitation(operation: Operation) -> bool {
    operation == Operation::ConferenceAdd
}

fn is_consult(operation: Operation) -> bool {
    matches!(operation, Operation::Consult | Operation::ConsultThreeWay)
}
