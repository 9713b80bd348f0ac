//! IVR flows: the detour that comes back to the agent, and the end of any flow.

use super::{Cause, LegState, Party, PendingKind, Refusal, Reply, Switch, SwitchCallId, SwitchEvent, TransferKind};

impl Switch {
    /// Suspend transfer: the customer goes through the IVR flow while the agent waits, and comes back to the same
    /// agent with [`ivr_finished`](Self::ivr_finished).
    pub fn suspend_to_ivr(&mut self, agent: &str, call: SwitchCallId, ivr: &str) -> Reply {
        let me = self.transferable(agent, call, &[LegState::Talking])?;
        let customer = self.live(call)?.customer.clone();
        let customer = customer.filter(|party| self.state_in(call, party) == Ok(LegState::Talking));
        let customer = customer.ok_or(Refusal::wrong_state(call, "a customer"))?;
        let flow = Party::ivr(ivr);
        self.can_join(call, &flow)?;
        self.begin_transfer(agent, call, &flow, PendingKind::Suspend);
        let moved = SwitchEvent::Moved {
            call,
            by: Some(agent.into()),
            to: flow.clone(),
            kind: TransferKind::Suspend,
        };
        self.emit(moved);
        self.seat(call, &flow, LegState::Talking);
        self.set_leg(call, &me, LegState::Parked);
        self.set_leg(call, &customer, LegState::InIvr);
        self.emit(SwitchEvent::SentToIvr {
            call,
            ivr: ivr.into(),
            waiting: Some(agent.into()),
        });
        Ok(())
    }

    /// The IVR flow in this call has ended. The customer of a suspend transfer is back with the agent; a caller
    /// who was alone with it is released.
    pub fn ivr_finished(&mut self, call: SwitchCallId) -> Reply {
        let ivr = self.ivr_in(call)?;
        match self.back_from_ivr(call) {
            Some((agent, _)) => {
                let kind = TransferKind::Suspend;
                self.emit(SwitchEvent::TransferSucceeded {
                    call,
                    by: agent,
                    to: ivr,
                    kind,
                });
            }
            None => self.leave(call, &ivr, Cause::IvrFinished),
        }
        self.offer_all();
        Ok(())
    }

    /// The IVR flow passes its caller on to an agent, a queue or another flow.
    pub fn ivr_routes(&mut self, call: SwitchCallId, to: &Party) -> Reply {
        let ivr = self.ivr_in(call)?;
        let caller = self.live(call)?.others(&ivr).find(|leg| leg.state == LegState::InIvr);
        let caller = caller.map(|leg| leg.party.clone());
        let alone = self.live(call)?.legs.len() == 2;
        let caller = caller
            .filter(|_| alone)
            .ok_or(Refusal::wrong_state(call, "a caller alone with an IVR"))?;
        self.can_join(call, to)?;
        self.unseat(call, &ivr, Cause::IvrFinished);
        self.emit(SwitchEvent::Moved {
            call,
            by: None,
            to: to.clone(),
            kind: TransferKind::IvrRoute,
        });
        self.set_leg(call, &caller, LegState::Dialing);
        self.reach(call, &caller, to);
        self.offer_all();
        Ok(())
    }

    pub(super) fn fetch_from_ivr(&mut self, call: SwitchCallId) {
        let Some((by, to)) = self.back_from_ivr(call) else {
            return;
        };
        let kind = TransferKind::Suspend;
        self.emit(SwitchEvent::TransferFailed {
            call,
            by,
            to,
            kind,
            cause: Cause::Cancelled,
        });
    }

    /// Ends a suspend transfer; answers the agent who has the customer back, and the flow.
    fn back_from_ivr(&mut self, id: SwitchCallId) -> Option<(String, Party)> {
        let call = self.calls.get_mut(&id)?;
        let pending = call.pending.take_if(|pending| pending.kind == PendingKind::Suspend)?;
        call.transferred_from = pending.before;
        let (agent, ivr) = (pending.by, pending.to);
        self.unseat(id, &ivr, Cause::IvrFinished);
        self.set_leg(id, &Party::agent(&agent), LegState::Talking);
        self.straighten(id);
        let returned = SwitchEvent::ReturnedFromIvr {
            call: id,
            ivr: ivr.name().into(),
            agent: agent.clone(),
        };
        self.emit(returned);
        Some((agent, ivr))
    }

    fn ivr_in(&self, call: SwitchCallId) -> Reply<Party> {
        self.live(call)?
            .ivr()
            .map(Party::ivr)
            .ok_or(Refusal::wrong_state(call, "an IVR in the call"))
    }
}
