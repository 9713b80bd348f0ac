//! Calls an agent takes without having been chosen for them: one that rings at a colleague, one that waits in a queue.

use super::queueing::asker;
use super::{Behaviour, Cause, Party, Refusal, Reply, Switch, SwitchCallId, SwitchEvent};

impl Switch {
    /// The customer's call that rings at one agent rings at this other one instead, who is in no call; answers its
    /// id. What a pending transfer was asked to reach stays as it was asked.
    pub fn pick_up(&mut self, agent: &str, ringing_at: &str) -> Reply<SwitchCallId> {
        let me = self.may_take(agent)?;
        let colleague = Party::agent(ringing_at);
        if self.agent(ringing_at).is_none() {
            return Err(Refusal::NoSuchParty(colleague));
        }
        let id = self.ringing_at(&colleague);
        let id = id.ok_or(Refusal::needs("a ringing party"))?;
        let call = self.live(id)?;
        if call.customer.is_none() {
            return Err(Refusal::wrong_state(id, "a call with a customer"));
        }
        let originator = asker(call);
        self.emit(SwitchEvent::PickedUp {
            call: id,
            by: agent.into(),
            from: ringing_at.into(),
        });
        self.unseat(id, &colleague, Cause::Cancelled);
        self.ring(id, &originator, &me);
        self.offer_all();
        Ok(id)
    }

    /// A call that waits in a queue is offered to this agent now, who is in no call but need not serve the queue nor
    /// be ready. Whoever it was being offered to falls silent.
    pub fn take_waiting(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        self.may_take(agent)?;
        if self.live(call)?.queue.is_none() {
            return Err(Refusal::wrong_state(call, "a call that waits in a queue"));
        }
        self.stop_ringing(call, Cause::Cancelled);
        self.offer(call, agent);
        self.offer_all();
        Ok(())
    }

    /// Whether the agent's telephone can be made to ring, or to talk, whatever the agent is available for.
    pub(super) fn has_working_telephone(&self, agent: &Party) -> Reply {
        match self.behaviour_of(agent) {
            Some(Behaviour::Busy) => Err(Refusal::Busy(agent.clone())),
            Some(Behaviour::OutOfService) => Err(Refusal::OutOfService(agent.clone())),
            Some(
                Behaviour::Manual
                | Behaviour::Answers
                | Behaviour::HangsUpAtOnce
                | Behaviour::Rejects
                | Behaviour::Silent,
            )
            | None => Ok(()),
        }
    }

    /// The agent is signed in and has both hands free.
    fn may_take(&self, agent: &str) -> Reply<Party> {
        let me = self.signed_in(agent)?;
        if let Some(call) = self.calls_of(&me).next() {
            return Err(Refusal::wrong_state(call.id, "an agent without calls"));
        }
        if self.supervision_of(agent).is_some() {
            return Err(Refusal::supervising());
        }
        self.has_working_telephone(&me)?;
        Ok(me)
    }
}
