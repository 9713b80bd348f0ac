//! Two calls becoming one: conferences, completed consults, connected held calls.

use super::{
    Call, Cause, LegState, Party, Pending, PendingKind, Refusal, Reply, Switch, SwitchCallId, SwitchEvent,
    TransferKind, Unreachable,
};

impl Switch {
    /// Joins consult and original, or the agent's held and active call, so that all hear each other. The original
    /// (without a consult: the held call) lives on. Takes either's id.
    pub fn merge(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.signed_in(agent)?;
        self.state_in(call, &me)?;
        let (keep, gone) = self.pair_to_join(&me, call)?;
        self.may_join(&me, keep, gone)?;
        self.join(&me, keep, gone);
        self.offer_all();
        Ok(())
    }

    /// Connects the agent's held and active call, which need not be a consult, and leaves.
    pub fn connect_held(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.signed_in(agent)?;
        self.state_in(call, &me)?;
        let (keep, gone) = self.pair_to_join(&me, call)?;
        self.may_hand_over(&me, keep, gone)?;
        self.hand_over(&me, keep, gone);
        self.offer_all();
        Ok(())
    }

    /// Calls a party straight into the call; it joins when it answers.
    pub fn conference_add(&mut self, agent: &str, id: SwitchCallId, to: &Party) -> Reply {
        let me = self.talking(agent, id)?;
        let call = self.live(id)?;
        if call.pending.is_some() {
            return Err(Refusal::conflict(id, "a transfer"));
        }
        if self.consult_about(&me, id).is_some() {
            return Err(Refusal::conflict(id, "a consult"));
        }
        if call.ringing().is_some() || call.queue.is_some() {
            return Err(Refusal::wrong_state(id, "a call in which nobody rings"));
        }
        let reachable = self.can_join(id, to);
        if self.options.dial == Unreachable::Refused {
            reachable.clone()?;
        }
        let added = Pending {
            kind: PendingKind::Add,
            by: agent.into(),
            to: to.clone(),
            before: None,
        };
        self.live_mut(id)?.pending = Some(added);
        match reachable {
            Ok(()) => self.reach(id, &me, to),
            Err(refusal) => self.not_reached(id, to, refusal.cause().unwrap_or(Cause::Normal)),
        }
        self.offer_all();
        Ok(())
    }

    /// An agent removes a party from a conference, or calls off one that is still being rung for it.
    pub fn conference_remove(&mut self, agent: &str, id: SwitchCallId, party: &Party) -> Reply {
        let call = self.live(id)?;
        let adding = call
            .pending
            .as_ref()
            .is_some_and(|pending| pending.kind == PendingKind::Add);
        if !call.conference && !adding {
            return Err(Refusal::wrong_state(id, "a conference"));
        }
        self.drop_party(agent, id, party)
    }

    pub(super) fn conference_formed(&mut self, id: SwitchCallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.conference = call.connected().count() > 2;
        let parties = call.connected().map(|leg| leg.party.clone()).collect();
        self.emit(SwitchEvent::Conferenced { call: id, parties });
    }

    /// `gone` goes into `keep`, the agent stays.
    pub(super) fn join(&mut self, agent: &Party, keep: SwitchCallId, gone: SwitchCallId) {
        let moved = self.absorb(agent, keep, gone, Cause::Merged);
        self.set_leg(keep, agent, LegState::Talking);
        self.announce(keep, moved);
        self.conference_formed(keep);
        self.straighten(keep);
    }

    /// `gone` goes into `keep`, the agent leaves both.
    pub(super) fn hand_over(&mut self, agent: &Party, keep: SwitchCallId, gone: SwitchCallId) {
        let Some(call) = self.calls.get(&gone) else { return };
        let rings = call.ringing().is_some() || call.queue.is_some();
        let to = third_party(call, agent);
        let by: String = agent.name().into();
        self.announce_hand_over(&by, keep, gone, &to);
        let moved = self.absorb(agent, keep, gone, Cause::Transferred);
        if let Some(call) = self.calls.get_mut(&keep) {
            let before = call.transferred_from.replace(by.clone());
            let target = Pending {
                kind: PendingKind::HandOver,
                by: by.clone(),
                to: to.clone(),
                before,
            };
            call.pending = rings.then_some(target);
            call.conference = call.connected().filter(|leg| &leg.party != agent).count() > 2;
        }
        self.unseat(keep, agent, Cause::Transferred);
        self.announce(keep, moved);
        if rings {
            self.await_target(keep);
        } else {
            let kind = TransferKind::Consult;
            self.emit(SwitchEvent::TransferSucceeded {
                call: keep,
                by,
                to,
                kind,
            });
        }
        self.straighten(keep);
    }

    pub(super) fn may_hand_over(&self, agent: &Party, keep: SwitchCallId, gone: SwitchCallId) -> Reply {
        let (kept, absorbed) = (self.live(keep)?, self.live(gone)?);
        self.may_combine(agent, kept, absorbed)?;
        let rings = absorbed.ringing().is_some() || absorbed.queue.is_some();
        let somebody = kept
            .others(agent)
            .any(|leg| !leg.party.is_ivr() && leg.state != LegState::Alerting);
        if absorbed.tone.is_some() || !somebody || (rings && kept.conference) {
            return Err(Refusal::wrong_state(gone, "somebody to hand the caller over to"));
        }
        Ok(())
    }

    fn may_join(&self, agent: &Party, keep: SwitchCallId, gone: SwitchCallId) -> Reply {
        let (kept, absorbed) = (self.live(keep)?, self.live(gone)?);
        self.may_combine(agent, kept, absorbed)?;
        let answered = absorbed.ringing().is_none() && absorbed.queue.is_none() && absorbed.tone.is_none();
        let engaged = self.active_calls(agent).any(|other| other != keep && other != gone);
        if answered && !engaged {
            Ok(())
        } else {
            Err(Refusal::wrong_state(
                gone,
                "a call that is answered, and no third active one",
            ))
        }
    }

    fn may_combine(&self, agent: &Party, kept: &Call, absorbed: &Call) -> Reply {
        for call in [kept, absorbed] {
            if call.pending.is_some() {
                return Err(Refusal::conflict(call.id, "a transfer"));
            }
            let about = self.consult_about(agent, call.id);
            if about.is_some_and(|consult| consult != absorbed.id) {
                return Err(Refusal::conflict(call.id, "a consult"));
            }
        }
        let other_original = absorbed.consult.is_some() && self.original_of(absorbed) != Some(kept.id);
        if other_original || kept.consult.is_some() && &kept.originator == agent {
            return Err(Refusal::conflict(absorbed.id, "a consult"));
        }
        if kept.ringing().is_some() || kept.queue.is_some() {
            return Err(Refusal::wrong_state(kept.id, "a call in which nobody rings"));
        }
        Ok(())
    }

    fn pair_to_join(&self, agent: &Party, call: SwitchCallId) -> Reply<(SwitchCallId, SwitchCallId)> {
        self.consult_pair(agent, call)
            .or_else(|_| self.held_and_active(agent, call))
    }

    fn announce_hand_over(&mut self, by: &str, keep: SwitchCallId, gone: SwitchCallId, to: &Party) {
        if self.calls.get(&gone).is_some_and(|call| call.consult.is_some()) {
            let (by, to) = (by.into(), to.clone());
            self.emit(SwitchEvent::ConsultCompleted {
                consult: gone,
                original: keep,
                by,
                to,
            });
        }
        let (by, kind) = (Some(by.into()), TransferKind::Consult);
        self.emit(SwitchEvent::Moved {
            call: keep,
            by,
            to: to.clone(),
            kind,
        });
    }

    /// Takes all but the agent over from `gone`, which ends; answers who came.
    fn absorb(&mut self, agent: &Party, keep: SwitchCallId, gone: SwitchCallId, cause: Cause) -> Vec<Party> {
        let moved: Vec<Party> = self
            .calls
            .get(&gone)
            .map(|call| call.others(agent).map(|leg| leg.party.clone()).collect())
            .unwrap_or_default();
        for party in &moved {
            self.move_leg(gone, keep, party);
        }
        self.unseat(gone, agent, cause);
        let Some(absorbed) = self.calls.get_mut(&gone) else {
            return moved;
        };
        // The place in the queue goes along, so that closing the call does not give it up.
        let order = std::mem::take(&mut absorbed.wait_order);
        let queue = absorbed.queue.take();
        let Some(absorbed) = self.close(gone, cause, Some(keep)) else {
            return moved;
        };
        if queue.is_some() {
            self.waiting.insert(order, keep);
        }
        self.emit(SwitchEvent::Merged { from: gone, into: keep });
        self.inherit(keep, absorbed, queue, order);
        moved
    }

    fn inherit(&mut self, keep: SwitchCallId, absorbed: Call, queue: Option<String>, order: u64) {
        let Some(call) = self.calls.get_mut(&keep) else { return };
        call.customer = call.customer.take().or(absorbed.customer);
        if queue.is_some() {
            call.queue = queue;
            call.wait_order = order;
            call.declined = absorbed.declined;
        }
        let pairs = call.data.len();
        for (key, value) in absorbed.data {
            call.data.entry(key).or_insert(value);
        }
        if call.data.len() != pairs {
            self.data_changed(keep);
        }
    }

    fn move_leg(&mut self, from: SwitchCallId, into: SwitchCallId, party: &Party) {
        // Seated in both for a moment, so that the party never counts as free.
        let already = self.calls.get(&into).is_some_and(|call| call.leg(party).is_some());
        self.seats.entry(party.clone()).or_default().insert(into);
        let leg = self.lift_leg(from, party).filter(|_| !already);
        if let (Some(leg), Some(call)) = (leg, self.calls.get_mut(&into)) {
            call.legs.push(leg);
        }
    }

    fn announce(&mut self, id: SwitchCallId, moved: Vec<Party>) {
        for party in moved {
            if self.state_in(id, &party).is_ok_and(|state| state != LegState::Alerting) {
                self.emit(SwitchEvent::PartyJoined { call: id, party });
            }
        }
    }

    /// The caller has been handed over to somebody who has not answered yet.
    fn await_target(&mut self, id: SwitchCallId) {
        let queue = self.calls.get(&id).and_then(|call| call.queue.clone());
        match queue {
            Some(_) => self.settle_in_queue(id),
            None => self.set_legs(id, &[LegState::Talking], LegState::Dialing),
        }
    }
}

/// Whom the caller is handed over to: the one who is there, or, in a queue or a crowd, who was called first.
fn third_party(call: &Call, agent: &Party) -> Party {
    let mut others = call.others(agent);
    match (others.next(), others.next()) {
        (Some(leg), None) if call.queue.is_none() => leg.party.clone(),
        (Some(_) | None, _) => call.to.clone(),
    }
}
