//! One-step transfers: blind, and release-after. The consult has a file of its own, the IVR detour as well.

use super::{
    Cause, Leg, LegState, Party, Pending, PendingKind, Refusal, Reply, Switch, SwitchCallId, SwitchEvent, TransferKind,
    Unreachable, UnreachableBlind,
};

impl Switch {
    /// Blind transfer of a talking or held call of two: the agent is out at once, into a queue as soon as the
    /// queue has taken the call. This is also how a connected call is sent back to a queue.
    pub fn transfer_blind(&mut self, agent: &str, call: SwitchCallId, to: &Party) -> Reply {
        let me = self.transferable(agent, call, &[LegState::Talking, LegState::Held])?;
        let reachable = self.can_join(call, to);
        if self.options.blind == UnreachableBlind::Refused {
            reachable.clone()?;
        }
        let kind = TransferKind::Blind;
        self.begin_transfer(agent, call, to, PendingKind::Blind);
        self.emit(SwitchEvent::Moved {
            call,
            by: Some(agent.into()),
            to: to.clone(),
            kind,
        });
        match (reachable, to) {
            (Ok(()), Party::Queue(queue)) => {
                self.enqueue(call, queue);
                self.unseat(call, &me, Cause::Transferred);
            }
            (Ok(()), Party::Agent(_) | Party::Outside(_) | Party::Ivr(_)) => {
                self.unseat(call, &me, Cause::Transferred);
                self.set_legs(call, &[LegState::Talking], LegState::Dialing);
                self.ring(call, &me, to);
            }
            (Err(refusal), _) => {
                self.unseat(call, &me, Cause::Transferred);
                self.set_legs(call, &[LegState::Talking], LegState::Dialing);
                self.not_reached(call, to, refusal.cause().unwrap_or(Cause::Normal));
            }
        }
        self.offer_all();
        Ok(())
    }

    /// Release-after transfer of a talking call of two: the agent talks on until the target answers, and keeps
    /// the caller if it does not.
    pub fn transfer_release_after(&mut self, agent: &str, call: SwitchCallId, to: &Party) -> Reply {
        let me = self.transferable(agent, call, &[LegState::Talking])?;
        let reachable = self.can_join(call, to);
        if self.options.release_after == Unreachable::Refused {
            reachable.clone()?;
        }
        self.begin_transfer(agent, call, to, PendingKind::ReleaseAfter);
        match reachable {
            Ok(()) => self.reach(call, &me, to),
            Err(refusal) => self.not_reached(call, to, refusal.cause().unwrap_or(Cause::Normal)),
        }
        self.offer_all();
        Ok(())
    }

    /// Withdraws the agent's own release-after or suspend transfer; the agent has the caller again.
    pub fn cancel_transfer(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.signed_in(agent)?;
        self.state_in(call, &me)?;
        let nothing = Refusal::wrong_state(call, "a transfer that can be cancelled");
        let pending = self.live(call)?.pending.as_ref().filter(|pending| pending.by == agent);
        match pending.map(|pending| pending.kind) {
            Some(PendingKind::ReleaseAfter) => self.withdraw(call, Cause::Cancelled),
            Some(PendingKind::Suspend) => self.fetch_from_ivr(call),
            Some(PendingKind::Blind | PendingKind::HandOver | PendingKind::Add) | None => return Err(nothing),
        }
        self.offer_all();
        Ok(())
    }

    pub(super) fn begin_transfer(&mut self, agent: &str, id: SwitchCallId, to: &Party, kind: PendingKind) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let before = call.transferred_from.replace(agent.into());
        call.pending = Some(Pending {
            kind,
            by: agent.into(),
            to: to.clone(),
            before,
        });
        if let Some(kind) = kind.transfer() {
            self.emit(SwitchEvent::TransferStarted {
                call: id,
                by: agent.into(),
                to: to.clone(),
                kind,
            });
        }
    }

    /// The agent is in one of these states with exactly one other person, and nothing else is under way.
    pub(super) fn transferable(&self, agent: &str, id: SwitchCallId, states: &[LegState]) -> Reply<Party> {
        let me = self.signed_in(agent)?;
        let state = self.state_in(id, &me)?;
        let call = self.live(id)?;
        if call.pending.is_some() {
            return Err(Refusal::conflict(id, "a transfer"));
        }
        if call.consult.is_some() || self.consult_about(&me, id).is_some() {
            return Err(Refusal::conflict(id, "a consult"));
        }
        let a_person = |leg: &Leg| leg.state != LegState::Alerting && !leg.party.is_ivr();
        let established = call.legs.len() == 2 && call.legs.iter().all(a_person) && call.queue.is_none();
        if states.contains(&state) && established {
            Ok(me)
        } else {
            Err(Refusal::wrong_state(id, "an agent connected with one other party"))
        }
    }
}
