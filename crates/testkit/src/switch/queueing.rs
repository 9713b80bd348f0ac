//! Waiting in queues, and offering waiting calls to agents: the longest waiting call to the longest idle agent.

use std::collections::BTreeSet;

use super::{
    Call, Cause, LegState, Party, PendingKind, Refusal, Reply, Switch, SwitchCallId, SwitchEvent, TransferKind,
};

impl Switch {
    /// Moves a call that waits in a queue to the end of another one. Whoever it was being offered to falls silent.
    pub fn requeue_waiting(&mut self, id: SwitchCallId, to: &str) -> Reply {
        let call = self.live(id)?;
        let from = call
            .queue
            .clone()
            .ok_or(Refusal::wrong_state(id, "a call that waits in a queue"))?;
        if call.pending.is_some() {
            return Err(Refusal::conflict(id, "a transfer"));
        }
        let target = Party::queue(to);
        self.can_reach(&target)?;
        self.stop_ringing(id, Cause::Cancelled);
        self.leave_queue(id);
        self.line_up(id, to);
        self.emit(SwitchEvent::Requeued {
            call: id,
            from,
            to: to.into(),
        });
        self.emit(SwitchEvent::Moved {
            call: id,
            by: None,
            to: target,
            kind: TransferKind::Requeue,
        });
        self.offer_all();
        Ok(())
    }

    /// Puts the call into the queue. Whoever asked for a transfer is not made to wait with the caller.
    pub(super) fn enqueue(&mut self, id: SwitchCallId, queue: &str) {
        self.line_up(id, queue);
        self.emit(SwitchEvent::Queued {
            call: id,
            queue: queue.into(),
        });
        self.settle_in_queue(id);
    }

    /// The queue has the call: whoever is left waits, and a transfer that needed no more than this has succeeded.
    pub(super) fn settle_in_queue(&mut self, id: SwitchCallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let taken = call.pending.take_if(|pending| !pending.kind.keeps_agent());
        if call.pending.is_some() {
            return;
        }
        let by = taken.as_ref().map(|pending| pending.by.clone());
        self.make_wait(id, by.as_deref());
        let Some(pending) = taken else { return };
        let kind = match pending.kind {
            PendingKind::HandOver => TransferKind::Consult,
            PendingKind::Blind | PendingKind::ReleaseAfter | PendingKind::Suspend | PendingKind::Add => {
                TransferKind::Blind
            }
        };
        self.emit(SwitchEvent::TransferSucceeded {
            call: id,
            by: pending.by,
            to: pending.to,
            kind,
        });
    }

    pub(super) fn leave_queue(&mut self, id: SwitchCallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.queue = None;
        let order = std::mem::take(&mut call.wait_order);
        self.waiting.remove(&order);
    }

    /// Offers every waiting call for which an agent is free. Every verb ends with this.
    pub(super) fn offer_all(&mut self) {
        while let Some((id, agent)) = self.next_offer() {
            self.offer(id, &agent);
        }
    }

    fn line_up(&mut self, id: SwitchCallId, queue: &str) {
        let order = self.tick();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.queue = Some(queue.into());
        call.wait_order = order;
        call.declined = BTreeSet::new();
        self.waiting.insert(order, id);
    }

    fn make_wait(&mut self, id: SwitchCallId, except: Option<&str>) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else { return };
        for leg in &mut call.legs {
            let waits = matches!(leg.state, LegState::Talking | LegState::Dialing);
            let excepted = except.is_some() && leg.party.as_agent() == except;
            if waits && !excepted {
                leg.state = if leg.party.as_agent().is_some() {
                    LegState::Dialing
                } else {
                    LegState::Waiting
                };
                leg.since = now;
            }
        }
    }

    pub(super) fn next_offer(&self) -> Option<(SwitchCallId, String)> {
        self.waiting.values().find_map(|id| {
            let call = self.calls.get(id).filter(|call| call.ringing().is_none())?;
            let queue = call.queue.as_deref()?;
            let free = self.free.get(queue)?.iter().filter_map(|agent| self.agents.get(agent));
            free.filter(|agent| !call.declined.contains(&agent.id))
                .filter(|agent| self.can_join(*id, &Party::agent(&agent.id)).is_ok())
                .min_by_key(|agent| agent.idle_order)
                .map(|agent| (*id, agent.id.clone()))
        })
    }

    pub(super) fn offer(&mut self, id: SwitchCallId, agent: &str) {
        let Some(call) = self.calls.get(&id) else { return };
        let queue = call.queue.clone().unwrap_or_default();
        let originator = asker(call);
        self.emit(SwitchEvent::CallOffered {
            call: id,
            queue,
            agent: agent.into(),
        });
        self.ring(id, &originator, &Party::agent(agent));
    }
}

/// On whose behalf a telephone rings for this call.
pub(super) fn asker(call: &Call) -> Party {
    match &call.pending {
        Some(pending) => Party::agent(&pending.by),
        None => call.customer.clone().unwrap_or_else(|| call.originator.clone()),
    }
}
