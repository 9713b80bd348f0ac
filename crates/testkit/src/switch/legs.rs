//! Legs coming into calls and leaving them: the only place where legs, seats and calls are added or removed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AgentState, Call, CallEnd, Cause, Direction, Leg, LegState, Party, PendingKind, Switch, SwitchCallId, SwitchEvent,
};

impl Switch {
    pub(super) fn open_call(
        &mut self,
        direction: Direction,
        originator: &Party,
        to: &Party,
        parent: Option<SwitchCallId>,
    ) -> SwitchCallId {
        self.last_call += 1;
        let id = SwitchCallId::new(self.last_call);
        let mut call = Call::new(id, direction, originator, to, self.now);
        if let Some(about) = parent.and_then(|parent| self.calls.get(&parent)) {
            call.parent = parent;
            call.data = about.data.clone();
            call.opaque = about.opaque.clone();
        }
        self.calls.insert(id, call);
        let (originator, to) = (originator.clone(), to.clone());
        self.emit(SwitchEvent::CallStarted {
            call: id,
            originator: originator.clone(),
            to,
            direction,
            parent,
        });
        self.seat(id, &originator, LegState::Dialing);
        id
    }

    pub(super) fn seat(&mut self, id: SwitchCallId, party: &Party, state: LegState) {
        let leg = Leg {
            party: party.clone(),
            state,
            muted: false,
            since: self.now,
        };
        self.seat_leg(id, leg);
    }

    /// Puts a leg, new or out of another call, into this one.
    pub(super) fn seat_leg(&mut self, id: SwitchCallId, leg: Leg) {
        let party = leg.party.clone();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.legs.push(leg);
        let seats = self.seats.entry(party.clone()).or_default();
        let first = seats.is_empty();
        seats.insert(id);
        if let (true, Party::Agent(agent)) = (first, party) {
            self.note_free(&agent);
            self.emit(SwitchEvent::AgentEngaged { agent });
        }
    }

    /// Takes a leg out without a word, to be put into another call.
    pub(super) fn lift_leg(&mut self, id: SwitchCallId, party: &Party) -> Option<Leg> {
        let call = self.calls.get_mut(&id)?;
        let at = call.legs.iter().position(|leg| &leg.party == party)?;
        let leg = call.legs.remove(at);
        if let Some(seats) = self.seats.get_mut(party) {
            seats.remove(&id);
        }
        if let Party::Agent(agent) = party {
            self.note_free(agent);
        }
        Some(leg)
    }

    /// The party is out of the call. What this means for the call is for the caller to settle.
    pub(super) fn unseat(&mut self, id: SwitchCallId, party: &Party, cause: Cause) {
        let Some(leg) = self.lift_leg(id, party) else { return };
        self.emit(SwitchEvent::PartyLeft {
            call: id,
            party: party.clone(),
            was: leg.state,
            cause,
        });
        let free = self.seats.get(party).is_none_or(BTreeSet::is_empty);
        if free {
            self.seats.remove(party);
        }
        let Party::Agent(agent) = party else { return };
        self.barge_in_broken(agent, cause);
        self.orphan_consults(id, agent, cause);
        if free {
            self.agent_freed(agent, leg.state);
        }
    }

    pub(super) fn set_leg(&mut self, id: SwitchCallId, party: &Party, state: LegState) {
        let now = self.now;
        let leg = self.calls.get_mut(&id).and_then(|call| call.leg_mut(party));
        if let Some(leg) = leg.filter(|leg| leg.state != state) {
            leg.state = state;
            leg.since = now;
        }
    }

    pub(super) fn set_legs(&mut self, id: SwitchCallId, from: &[LegState], to: LegState) {
        let parties: Vec<Party> = self
            .calls
            .get(&id)
            .map(|call| {
                call.legs
                    .iter()
                    .filter(|leg| from.contains(&leg.state))
                    .map(|leg| leg.party.clone())
                    .collect()
            })
            .unwrap_or_default();
        for party in parties {
            self.set_leg(id, &party, to);
        }
    }

    /// A party that was connected goes; what remains is settled.
    pub(super) fn leave(&mut self, id: SwitchCallId, party: &Party, cause: Cause) {
        let asked = self
            .calls
            .get(&id)
            .and_then(|call| call.pending.as_ref())
            .is_some_and(|pending| pending.kind.keeps_agent() && party.as_agent() == Some(pending.by.as_str()));
        if asked {
            self.withdraw(id, cause);
        }
        if let (Some(call), Party::Ivr(ivr)) = (self.calls.get_mut(&id), party) {
            call.tried_by.take_if(|tried_by| tried_by == ivr);
        }
        self.unseat(id, party, cause);
        self.settle(id, cause);
    }

    /// Ends the call if nobody is left to talk to; otherwise makes the remaining legs say what they now are.
    pub(super) fn settle(&mut self, id: SwitchCallId, cause: Cause) {
        let Some(call) = self.calls.get(&id) else { return };
        if !is_viable(call) {
            self.end_call(id, cause);
            return;
        }
        self.straighten(id);
        self.consult_without_leader(id, cause);
    }

    /// A call of two is no conference, and a caller alone with an IVR is in its flow.
    pub(super) fn straighten(&mut self, id: SwitchCallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.conference = call.conference && call.connected().count() > 2;
        call.relays_digits = call.relays_digits && call.ivr().is_some();
        let has_ivr = call.ivr().is_some();
        let alone = call.connected().filter(|leg| !leg.party.is_ivr()).count() == 1;
        let parked = call
            .pending
            .as_ref()
            .is_some_and(|pending| pending.kind == PendingKind::Suspend);
        if has_ivr && alone {
            self.set_legs_of_people(id, &[LegState::Talking], LegState::InIvr);
        } else if !parked {
            self.set_legs(id, &[LegState::InIvr], LegState::Talking);
        }
    }

    pub(super) fn end_call(&mut self, id: SwitchCallId, cause: Cause) {
        self.withdraw(id, cause);
        let parties: Vec<Party> = self
            .calls
            .get(&id)
            .map(|call| call.legs.iter().map(|leg| leg.party.clone()).collect())
            .unwrap_or_default();
        for party in parties {
            self.unseat(id, &party, cause);
        }
        let Some(call) = self.close(id, cause, None) else {
            return;
        };
        self.emit(SwitchEvent::CallEnded { call: id, cause });
        self.consult_over(&call, cause);
    }

    /// Moves the call to the past.
    pub(super) fn close(&mut self, id: SwitchCallId, cause: Cause, merged_into: Option<SwitchCallId>) -> Option<Call> {
        let mut call = self.calls.remove(&id)?;
        self.waiting.remove(&call.wait_order);
        call.ended = Some(CallEnd {
            at: self.now,
            cause,
            merged_into,
        });
        self.past.insert(id, call.clone());
        Some(call)
    }

    fn set_legs_of_people(&mut self, id: SwitchCallId, from: &[LegState], to: LegState) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let now = self.now;
        for leg in call
            .legs
            .iter_mut()
            .filter(|leg| !leg.party.is_ivr() && from.contains(&leg.state))
        {
            leg.state = to;
            leg.since = now;
        }
    }

    fn agent_freed(&mut self, id: &str, was: LegState) {
        let order = self.tick();
        let Some(agent) = self.agents.get_mut(id) else { return };
        agent.idle_order = order;
        let wraps_up = !agent.auto_idle && agent.state == AgentState::Ready && was != LegState::Alerting;
        if wraps_up {
            self.change_state(id, AgentState::WrapUp);
        }
        if let Some(state) = self.agents.get(id).map(|agent| agent.state.clone()) {
            self.emit(SwitchEvent::AgentFreed {
                agent: id.into(),
                state,
            });
        }
    }
}

/// Whether whoever is left in the call has somebody to talk to or to wait for.
pub(super) fn is_viable(call: &Call) -> bool {
    let connected: BTreeMap<bool, usize> = call.connected().fold(BTreeMap::new(), |mut counts, leg| {
        *counts.entry(leg.party.is_ivr()).or_default() += 1;
        counts
    });
    let people = connected.get(&false).copied().unwrap_or(0);
    let ivrs = connected.get(&true).copied().unwrap_or(0);
    let parked_alone = call.legs.iter().any(|leg| leg.state == LegState::Parked) && people < 2;
    if people == 0 || parked_alone {
        return false;
    }
    if people + ivrs > 1 {
        return true;
    }
    let reaching = call.ringing().is_some() || call.queue.is_some() || call.tone.is_some();
    reaching && call.pending.as_ref().is_none_or(|pending| !pending.kind.keeps_agent())
}
