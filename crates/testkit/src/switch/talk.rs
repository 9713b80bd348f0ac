//! The everyday verbs: calling, answering, hanging up, holding.

use super::{Cause, Direction, LegState, Party, Refusal, Reply, Switch, SwitchCallId, SwitchEvent, Unreachable};

impl Switch {
    /// An outside telephone calls in, to an agent, a queue or an IVR. A destination that cannot be reached
    /// refuses the call: the caller hears a tone and nothing is journalled.
    pub fn place_call(&mut self, from: &str, to: &Party) -> Reply<SwitchCallId> {
        let caller = self
            .outside(from)
            .ok_or_else(|| Refusal::NoSuchParty(Party::outside(from)))?;
        if self.is_engaged(&caller) || &caller == to {
            return Err(Refusal::Busy(caller));
        }
        self.can_reach(to)?;
        let call = self.open_call(Direction::Inbound, &caller, to, None);
        self.reach(call, &caller, to);
        self.offer_all();
        Ok(call)
    }

    /// An agent without an active or ringing call, who supervises nobody, dials. Held calls stay held.
    pub fn dial(&mut self, agent: &str, to: &Party) -> Reply<SwitchCallId> {
        let me = self.signed_in(agent)?;
        let engaged = self.ringing_at(&me).or_else(|| self.active_call(agent));
        if let Some(call) = engaged {
            return Err(Refusal::wrong_state(call, "no other active or ringing call"));
        }
        if self.supervision_of(agent).is_some() {
            return Err(Refusal::supervising());
        }
        if &me == to {
            return Err(Refusal::Busy(me));
        }
        let reachable = self.can_reach(to);
        if self.options.dial == Unreachable::Refused {
            reachable.clone()?;
        }
        let direction = match to {
            Party::Outside(_) => Direction::Outbound,
            Party::Agent(_) | Party::Ivr(_) | Party::Queue(_) => Direction::Internal,
        };
        let call = self.open_call(direction, &me, to, None);
        match reachable {
            Ok(()) => self.reach(call, &me, to),
            Err(refusal) => self.not_reached(call, to, refusal.cause().unwrap_or(Cause::Normal)),
        }
        self.offer_all();
        Ok(call)
    }

    /// A ringing party answers.
    pub fn answer(&mut self, party: &Party, call: SwitchCallId) -> Reply {
        self.needs_ringing(party, call)?;
        self.answered_by(call, party);
        self.offer_all();
        Ok(())
    }

    /// A ringing party turns the call away.
    pub fn reject(&mut self, party: &Party, call: SwitchCallId) -> Reply {
        self.needs_ringing(party, call)?;
        self.miss(call, party, Cause::Rejected);
        self.offer_all();
        Ok(())
    }

    /// Whatever rings at this party has rung for too long.
    pub fn no_answer(&mut self, party: &Party) -> Reply {
        let call = self.ringing_at(party);
        let call = call.ok_or(Refusal::WrongState {
            call: None,
            needed: "a ringing party",
        })?;
        self.miss(call, party, Cause::NoAnswer);
        self.offer_all();
        Ok(())
    }

    /// A party hangs up, in whatever state. While it rings this rejects; from the agent who consults it cancels
    /// the consult (and hands nobody over); from an IVR it is the end of the flow.
    pub fn hang_up(&mut self, party: &Party, call: SwitchCallId) -> Reply {
        let state = self.state_in(call, party)?;
        if state == LegState::Alerting {
            return self.reject(party, call);
        }
        if party.is_ivr() {
            return self.ivr_finished(call);
        }
        if let (Some(agent), Some(consult)) = (party.as_agent(), self.own_consult(party, call)) {
            return self.consult_cancel(agent, call, consult.auto_retrieve);
        }
        let cause = self.cause_of_leaving(party, call);
        self.leave(call, party, cause);
        self.offer_all();
        Ok(())
    }

    /// An agent puts a call on hold. In a conference the others talk on.
    pub fn hold(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.talking(agent, call)?;
        if self
            .live(call)?
            .pending
            .as_ref()
            .is_some_and(|pending| pending.by == agent)
        {
            return Err(Refusal::conflict(call, "a transfer"));
        }
        self.put_on_hold(&me, call);
        self.offer_all();
        Ok(())
    }

    /// An agent without an active call takes a call back from hold.
    pub fn retrieve(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.signed_in(agent)?;
        if self.state_in(call, &me)? != LegState::Held {
            return Err(Refusal::wrong_state(call, "a held call"));
        }
        if let Some(active) = self.active_call(agent) {
            return Err(Refusal::wrong_state(active, "no other active call"));
        }
        self.take_back(&me, call);
        self.offer_all();
        Ok(())
    }

    /// An agent removes another party from the call, connected or ringing.
    pub fn drop_party(&mut self, by: &str, call: SwitchCallId, party: &Party) -> Reply {
        let me = self.signed_in(by)?;
        match self.state_in(call, &me)? {
            LegState::Talking | LegState::Held | LegState::Dialing => {}
            LegState::Alerting | LegState::Waiting | LegState::InIvr | LegState::Parked => {
                return Err(Refusal::wrong_state(call, "an agent who is connected"));
            }
        }
        if &me == party {
            return Err(Refusal::wrong_state(call, "another party"));
        }
        match self.state_in(call, party)? {
            LegState::Alerting => self.miss(call, party, Cause::Cancelled),
            LegState::Talking
            | LegState::Held
            | LegState::Dialing
            | LegState::Waiting
            | LegState::InIvr
            | LegState::Parked => self.leave(call, party, Cause::Dropped),
        }
        self.offer_all();
        Ok(())
    }

    /// An agent who is connected ends the call for everybody.
    pub fn clear(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.signed_in(agent)?;
        if self.state_in(call, &me)? == LegState::Alerting {
            return Err(Refusal::wrong_state(call, "an agent who is connected"));
        }
        self.end_call(call, Cause::Dropped);
        self.offer_all();
        Ok(())
    }

    /// Switches the agent's microphone off (`true`) or on.
    pub fn mute(&mut self, agent: &str, call: SwitchCallId, on: bool) -> Reply {
        let me = self.talking(agent, call)?;
        if let Some(leg) = self.live_mut(call)?.leg_mut(&me) {
            leg.muted = on;
        }
        self.emit(SwitchEvent::MuteChanged {
            call,
            agent: agent.into(),
            on,
        });
        Ok(())
    }

    pub(super) fn signed_in(&self, agent: &str) -> Reply<Party> {
        let party = Party::agent(agent);
        match self.agents.get(agent) {
            None => Err(Refusal::NoSuchParty(party)),
            Some(known) if !known.signed_in() => Err(Refusal::NotSignedIn(agent.into())),
            Some(_) => Ok(party),
        }
    }

    pub(super) fn talking(&self, agent: &str, call: SwitchCallId) -> Reply<Party> {
        let me = self.signed_in(agent)?;
        match self.state_in(call, &me)? {
            LegState::Talking => Ok(me),
            LegState::Alerting
            | LegState::Dialing
            | LegState::Held
            | LegState::Waiting
            | LegState::InIvr
            | LegState::Parked => Err(Refusal::wrong_state(call, "an agent who is talking")),
        }
    }

    pub(super) fn put_on_hold(&mut self, agent: &Party, call: SwitchCallId) {
        self.set_leg(call, agent, LegState::Held);
        self.emit(SwitchEvent::Held {
            call,
            by: agent.name().into(),
        });
    }

    pub(super) fn take_back(&mut self, agent: &Party, call: SwitchCallId) {
        self.set_leg(call, agent, LegState::Talking);
        self.emit(SwitchEvent::Retrieved {
            call,
            by: agent.name().into(),
        });
    }

    fn needs_ringing(&self, party: &Party, call: SwitchCallId) -> Reply {
        match self.state_in(call, party)? {
            LegState::Alerting => Ok(()),
            LegState::Dialing
            | LegState::Talking
            | LegState::Held
            | LegState::Waiting
            | LegState::InIvr
            | LegState::Parked => Err(Refusal::wrong_state(call, "a ringing party")),
        }
    }

    fn cause_of_leaving(&self, party: &Party, id: SwitchCallId) -> Cause {
        let Some(call) = self.calls.get(&id) else {
            return Cause::Normal;
        };
        let is_customer = call.customer.as_ref() == Some(party);
        let was_consulted = call.direction == Direction::Consult && &call.originator != party;
        match party {
            _ if is_customer => Cause::CallerHungUp,
            Party::Agent(_) if !was_consulted => Cause::AgentHungUp,
            Party::Agent(_) | Party::Outside(_) | Party::Ivr(_) | Party::Queue(_) => Cause::TargetHungUp,
        }
    }
}
