//! Reaching a destination: whether it can be reached, ringing it, and what follows when it answers or does not.

use super::{
    AgentState, Behaviour, BlindUnanswered, Cause, LegState, MissedOffer, Party, Pending, PendingKind, Refusal, Reply,
    Switch, SwitchCallId, SwitchEvent, TransferKind,
};

impl Switch {
    /// Whether a call to this party would at least ring, or why not.
    pub fn can_reach(&self, to: &Party) -> Reply {
        let behaviour = self
            .behaviour_of(to)
            .ok_or_else(|| Refusal::UnknownDestination(to.clone()))?;
        match behaviour {
            Behaviour::Busy => return Err(Refusal::Busy(to.clone())),
            Behaviour::OutOfService => return Err(Refusal::OutOfService(to.clone())),
            Behaviour::Rejects if matches!(to, Party::Queue(_)) => return Err(Refusal::Rejected(to.clone())),
            Behaviour::Manual
            | Behaviour::Answers
            | Behaviour::HangsUpAtOnce
            | Behaviour::Rejects
            | Behaviour::Silent => {}
        }
        match to {
            Party::Agent(id) => self.can_ring_agent(id),
            Party::Outside(_) if self.is_engaged(to) => Err(Refusal::Busy(to.clone())),
            Party::Outside(_) | Party::Ivr(_) | Party::Queue(_) => Ok(()),
        }
    }

    /// As [`can_reach`](Self::can_reach), for a target that must not be in this call already.
    pub(super) fn can_join(&self, id: SwitchCallId, to: &Party) -> Reply {
        self.can_reach(to)?;
        let inside = self.live(id)?.leg(to).is_some();
        if inside { Err(Refusal::Busy(to.clone())) } else { Ok(()) }
    }

    pub(super) fn is_engaged(&self, party: &Party) -> bool {
        self.seats.get(party).is_some_and(|seats| !seats.is_empty())
    }

    fn can_ring_agent(&self, id: &str) -> Reply {
        let party = Party::agent(id);
        let Some(agent) = self.agents.get(id) else {
            return Err(Refusal::UnknownDestination(party));
        };
        if !agent.signed_in() {
            return Err(Refusal::OutOfService(party));
        }
        let available = self.options.ring_not_ready || agent.state == AgentState::Ready;
        if !available || self.is_engaged(&party) || self.supervision_of(id).is_some() {
            Err(Refusal::Busy(party))
        } else {
            Ok(())
        }
    }

    /// Directs the call at a destination that was found reachable.
    pub(super) fn reach(&mut self, id: SwitchCallId, originator: &Party, to: &Party) {
        match to {
            Party::Queue(queue) => self.enqueue(id, queue),
            Party::Agent(_) | Party::Outside(_) | Party::Ivr(_) => self.ring(id, originator, to),
        }
    }

    pub(super) fn ring(&mut self, id: SwitchCallId, originator: &Party, target: &Party) {
        self.seat(id, target, LegState::Alerting);
        let (originator, alerted) = (originator.clone(), target.clone());
        self.emit(SwitchEvent::Alerting {
            call: id,
            originator,
            target: alerted,
        });
        match (self.behaviour_of(target).unwrap_or_default(), target) {
            (Behaviour::Answers, _) | (Behaviour::Manual, Party::Ivr(_)) => self.answered_by(id, target),
            (Behaviour::HangsUpAtOnce, _) => {
                self.answered_by(id, target);
                self.hang_up_at_once(id, target);
            }
            (Behaviour::Rejects, _) => self.miss(id, target, Cause::Rejected),
            (Behaviour::Busy, _) => self.miss(id, target, Cause::Busy),
            (Behaviour::OutOfService, _) => self.miss(id, target, Cause::OutOfService),
            (Behaviour::Manual | Behaviour::Silent, _) => {}
        }
    }

    /// A ringing party answers.
    pub(super) fn answered_by(&mut self, id: SwitchCallId, party: &Party) {
        self.leave_queue(id);
        self.try_succeeded(id);
        self.set_leg(id, party, LegState::Talking);
        self.set_legs(id, &[LegState::Dialing, LegState::Waiting], LegState::Talking);
        self.emit(SwitchEvent::Answered {
            call: id,
            party: party.clone(),
        });
        if let Party::Ivr(ivr) = party {
            self.emit(SwitchEvent::SentToIvr {
                call: id,
                ivr: ivr.clone(),
                waiting: None,
            });
        }
        match self.calls.get_mut(&id).and_then(|call| call.pending.take()) {
            Some(pending) => self.reached(id, party, pending),
            None => self.consult_answered(id, party),
        }
        self.straighten(id);
    }

    /// A ringing party does not answer, for this cause.
    pub(super) fn miss(&mut self, id: SwitchCallId, party: &Party, cause: Cause) {
        self.unseat(id, party, cause);
        let offered = self.calls.get_mut(&id).filter(|call| call.queue.is_some());
        match (offered, party) {
            (Some(call), Party::Agent(agent)) => {
                call.declined.insert(agent.clone());
                let stays = self.agents.get(agent).is_some_and(|agent| agent.signed_in());
                if stays && self.options.missed_offer == MissedOffer::BecomesBusy {
                    self.change_state(
                        agent,
                        AgentState::Busy {
                            reason: Some("missed".into()),
                        },
                    );
                }
            }
            _ => self.not_reached(id, party, cause),
        }
    }

    /// The destination of whatever is pending, or of the call itself, was not reached.
    pub(super) fn not_reached(&mut self, id: SwitchCallId, to: &Party, cause: Cause) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(pending) = call.pending.take() else {
            self.dial_failed(id, to, cause);
            return;
        };
        let by = pending.by.clone();
        let keeps_agent = pending.kind.keeps_agent();
        self.report_failure(id, pending, cause);
        if !keeps_agent {
            self.orphaned(id, &by, cause);
        }
    }

    /// Whatever is pending ends unfulfilled; nobody rings for it any more.
    pub(super) fn withdraw(&mut self, id: SwitchCallId, cause: Cause) {
        let Some(pending) = self.calls.get_mut(&id).and_then(|call| call.pending.take()) else {
            return;
        };
        self.stop_ringing(id, cause);
        self.leave_queue(id);
        self.report_failure(id, pending, cause);
    }

    pub(super) fn stop_ringing(&mut self, id: SwitchCallId, cause: Cause) {
        let ringing = self.calls.get(&id).and_then(|call| call.ringing()).cloned();
        if let Some(party) = ringing {
            self.unseat(id, &party, cause);
        }
    }

    fn reached(&mut self, id: SwitchCallId, party: &Party, pending: Pending) {
        let Pending { kind, by, to, .. } = pending;
        let succeeded = |kind| SwitchEvent::TransferSucceeded {
            call: id,
            by: by.clone(),
            to: to.clone(),
            kind,
        };
        match kind {
            PendingKind::Blind => self.emit(succeeded(TransferKind::Blind)),
            PendingKind::HandOver => self.emit(succeeded(TransferKind::Consult)),
            PendingKind::ReleaseAfter => {
                let kind = TransferKind::ReleaseAfter;
                self.emit(SwitchEvent::Moved {
                    call: id,
                    by: Some(by.clone()),
                    to: to.clone(),
                    kind,
                });
                self.emit(succeeded(kind));
                self.unseat(id, &Party::agent(&by), Cause::Transferred);
            }
            PendingKind::Add => {
                self.emit(SwitchEvent::PartyJoined {
                    call: id,
                    party: party.clone(),
                });
                self.conference_formed(id);
            }
            PendingKind::Suspend => {}
        }
    }

    fn report_failure(&mut self, id: SwitchCallId, pending: Pending, cause: Cause) {
        let Pending { kind, by, to, before } = pending;
        if let Some(call) = self
            .calls
            .get_mut(&id)
            .filter(|_| kind.keeps_agent() && kind != PendingKind::Add)
        {
            call.transferred_from = before;
        }
        let failed = match kind.transfer() {
            Some(kind) => SwitchEvent::TransferFailed {
                call: id,
                by,
                to,
                kind,
                cause,
            },
            None => SwitchEvent::DialFailed {
                call: id,
                by: Party::agent(by),
                to,
                cause,
            },
        };
        self.emit(failed);
    }

    /// A caller whose agent is out and whose target did not answer.
    fn orphaned(&mut self, id: SwitchCallId, by: &str, cause: Cause) {
        let recalled = Party::agent(by);
        let recalls = self.options.blind_unanswered == BlindUnanswered::RecallsAgent;
        if recalls && self.can_join(id, &recalled).is_ok() {
            self.ring(id, &recalled, &recalled);
        } else {
            self.settle(id, cause);
        }
    }

    fn dial_failed(&mut self, id: SwitchCallId, to: &Party, cause: Cause) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Some(ivr) = call.tried_by.take() {
            self.try_failed(id, &ivr, to, cause);
            return;
        }
        if call.consult.is_some() {
            self.consult_failed(id, to, cause);
            return;
        }
        let by = call.originator.clone();
        self.emit(SwitchEvent::DialFailed {
            call: id,
            by,
            to: to.clone(),
            cause,
        });
        self.end_call(id, cause);
    }

    fn hang_up_at_once(&mut self, id: SwitchCallId, target: &Party) {
        // Answering may have put the party into another call (a three-way consult), so look where it went; an IVR
        // may be in further calls, which are none of this one's business.
        let went_to = self.current_id(id);
        if let Some(call) = went_to.filter(|call| self.state_in(*call, target).is_ok()) {
            self.leave(call, target, Cause::TargetHungUp);
        }
    }
}
