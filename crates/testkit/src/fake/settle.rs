//! How the open operations end: moves of a customer by the race machine, which hears every fact of the switch; dialled calls and large conferences by the fact itself.

use callcontrol_core::race::{Ending, Move};
use callcontrol_core::{Cause, CustomerAt, Evidence, Operation, Outcome, Pending, Verdict};

use super::{Shared, words};
use crate::switch::{Party, SwitchCallId, SwitchEvent};

impl Shared {
    pub(super) fn settle_by(&self, fact: &SwitchEvent) {
        self.settle_moves(fact);
        match fact {
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

    /// The listener runs after the whole verb, so the switch tells whether the same verb gave the customer back.
    fn settle_moves(&self, fact: &SwitchEvent) {
        let now = |call: SwitchCallId, party: &Party| self.switch.call(call)?.state_of(party);
        let turns = {
            let mut machine = super::lock(&self.machine);
            let turns = machine.hear(fact, &now);
            machine.retire();
            turns
        };
        for turn in turns {
            let Some(step) = turn.step else { continue };
            if let Some(ending) = step.ending {
                self.move_ended(&turn.agent, turn.call, step.to.latest(), ending);
            }
        }
    }

    fn move_ended(&self, agent: &str, call: SwitchCallId, ended: Move, ending: Ending) {
        // Two agents who talk have a call without a customer: the machine takes each for the other's.
        let is_somewhere = self.switch.customer_at(call).is_some();
        let customer = if is_somewhere {
            ending.customer
        } else {
            CustomerAt::Unknown
        };
        let outcome = match ending.verdict {
            Verdict::Done => Outcome::done(customer),
            Verdict::Failed => Outcome::failed(ending.cause, customer),
            Verdict::Unknown => Outcome::unknown(Evidence::AcceptedOnly, customer),
        };
        self.settle_on(agent, call, operations(ended), |pending| {
            if outcome.verdict == Verdict::Unknown {
                super::lock(&self.silent).insert(pending.op.clone());
            }
            outcome.clone()
        });
    }

    /// What the manifest says can never be known stays unknown.
    /// While the session's link is cut, nothing is learned of what happens.
    fn settle(&self, pending: &Pending, outcome: Outcome) {
        let is_question = outcome.verdict == Verdict::Unknown;
        let silent = !is_question && super::lock(&self.silent).contains(&pending.op);
        let cut = super::lock(&self.cut).contains(&pending.session);
        if !silent && !cut {
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

/// What a move was asked for as.
fn operations(ended: Move) -> fn(Operation) -> bool {
    match ended {
        Move::Blind | Move::Requeue => {
            |operation| matches!(operation, Operation::BlindTransfer | Operation::RequeueConnected)
        }
        Move::ReleaseAfter => |operation| operation == Operation::ReleaseAfterTransfer,
        Move::Suspend => |operation| operation == Operation::SuspendTransfer,
        Move::Consult | Move::ConsultThreeWay => {
            |operation| matches!(operation, Operation::Consult | Operation::ConsultThreeWay)
        }
        Move::Conference => is_invitation,
        _ => |_| false,
    }
}

fn is_invitation(operation: Operation) -> bool {
    operation == Operation::ConferenceAdd
}
