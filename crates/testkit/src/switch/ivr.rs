//! IVR flows: the detour that comes back to the agent, passing a caller on, and the end of any flow.

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
        if self.live(call)?.tried_by.is_some() {
            return Err(Refusal::conflict(call, "a transfer"));
        }
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

    /// The IVR flow passes its caller on to an agent, a queue or another flow, and is out at once: where the target
    /// does not answer, the call ends.
    pub fn ivr_routes(&mut self, call: SwitchCallId, to: &Party) -> Reply {
        let (ivr, caller) = self.may_route(call, to)?;
        self.unseat(call, &ivr, Cause::IvrFinished);
        self.route(call, &caller, to);
        Ok(())
    }

    /// As [`ivr_routes`](Self::ivr_routes), but the flow keeps its leg until the target answers. A target that cannot
    /// be had brings the caller back into the flow: `DialFailed` and `SentToIvr` tell. A queue counts as reached when
    /// it has taken the call. For customers only.
    pub fn ivr_tries(&mut self, call: SwitchCallId, to: &Party) -> Reply {
        if matches!(to, Party::Queue(_)) {
            return self.ivr_routes(call, to);
        }
        let (ivr, caller) = self.may_route(call, to)?;
        let live = self.live_mut(call)?;
        // An agent alone with a flow may be consulting it, and could complete the consult while the target rings.
        if live.customer.as_ref() != Some(&caller) {
            return Err(Refusal::wrong_state(call, "a customer alone with an IVR"));
        }
        live.tried_by = Some(ivr.name().into());
        self.route(call, &caller, to);
        Ok(())
    }

    /// The flow, and the caller who is alone with it.
    fn may_route(&self, call: SwitchCallId, to: &Party) -> Reply<(Party, Party)> {
        let ivr = self.ivr_in(call)?;
        let live = self.live(call)?;
        let caller = live.others(&ivr).find(|leg| leg.state == LegState::InIvr);
        let caller = caller.filter(|_| live.legs.len() == 2);
        let caller = caller.map(|leg| leg.party.clone());
        let caller = caller.ok_or(Refusal::wrong_state(call, "a caller alone with an IVR"))?;
        live.settled()?;
        self.can_join(call, to)?;
        Ok((ivr, caller))
    }

    fn route(&mut self, call: SwitchCallId, caller: &Party, to: &Party) {
        self.emit(SwitchEvent::Moved {
            call,
            by: None,
            to: to.clone(),
            kind: TransferKind::IvrRoute,
        });
        self.set_leg(call, caller, LegState::Dialing);
        self.reach(call, caller, to);
        self.offer_all();
    }

    /// The target of the flow's try answers: the flow is out.
    pub(super) fn try_succeeded(&mut self, id: SwitchCallId) {
        let tried_by = self.calls.get_mut(&id).and_then(|call| call.tried_by.take());
        if let Some(ivr) = tried_by {
            self.unseat(id, &Party::ivr(ivr), Cause::Transferred);
        }
    }

    /// The target of the flow's try was not reached: the caller is in the flow again.
    pub(super) fn try_failed(&mut self, id: SwitchCallId, ivr: &str, to: &Party, cause: Cause) {
        self.set_legs(id, &[LegState::Dialing], LegState::InIvr);
        self.emit(SwitchEvent::DialFailed {
            call: id,
            by: Party::ivr(ivr),
            to: to.clone(),
            cause,
        });
        self.emit(SwitchEvent::SentToIvr {
            call: id,
            ivr: ivr.into(),
            waiting: None,
        });
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
