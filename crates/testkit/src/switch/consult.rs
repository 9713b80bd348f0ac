//! The consult: calling a third party about a call, and its endings. Where both calls become one, see `conference`.

use serde::{Deserialize, Serialize};

use super::{
    Call, Cause, ConsultStyle, Consultation, Direction, LegState, Party, Refusal, Reply, Switch, SwitchCallId,
    SwitchEvent, UnreachableConsult,
};

/// How to consult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsultRequest {
    /// Who hears whom once the third party answers.
    pub style: ConsultStyle,
    /// Whether the customer is held while the third party rings. In a private consult an answer holds the
    /// customer in any case.
    pub hold_customer: bool,
    /// Whether the customer comes back by itself when the consult fails or ends without being completed.
    pub auto_retrieve: bool,
}

impl ConsultRequest {
    /// A private consult, the customer held from the start and staying so until retrieved.
    pub const fn private() -> Self {
        Self {
            style: ConsultStyle::Private,
            hold_customer: true,
            auto_retrieve: false,
        }
    }

    /// A three-way consult, the customer held until the third party answers.
    pub const fn three_way() -> Self {
        Self {
            style: ConsultStyle::ThreeWay,
            hold_customer: true,
            auto_retrieve: false,
        }
    }

    /// The customer talks on with the agent while the third party rings.
    #[must_use]
    pub const fn without_hold(mut self) -> Self {
        self.hold_customer = false;
        self
    }

    /// The customer comes back by itself.
    #[must_use]
    pub const fn with_auto_retrieve(mut self) -> Self {
        self.auto_retrieve = true;
        self
    }
}

impl Switch {
    /// An agent calls a third party about a talking or held call; answers the consult call's id.
    pub fn consult(&mut self, agent: &str, call: SwitchCallId, to: &Party, how: ConsultRequest) -> Reply<SwitchCallId> {
        let me = self.may_consult(agent, call)?;
        let reachable = self.can_join(call, to);
        if self.options.consult == UnreachableConsult::Refused {
            reachable.clone()?;
        }
        if how.hold_customer && self.state_in(call, &me)? == LegState::Talking {
            self.put_on_hold(&me, call);
        }
        let consult = self.open_call(Direction::Consult, &me, to, Some(call));
        let ConsultRequest {
            style,
            auto_retrieve,
            hold_customer: _,
        } = how;
        self.live_mut(consult)?.consult = Some(Consultation {
            style,
            auto_retrieve,
            answered: false,
        });
        self.emit(SwitchEvent::ConsultStarted {
            consult,
            original: call,
            by: agent.into(),
            to: to.clone(),
            style,
        });
        match reachable {
            Ok(()) => self.reach(consult, &me, to),
            Err(refusal) => self.consult_unreachable(consult, to, refusal.cause().unwrap_or(Cause::Normal)),
        }
        self.offer_all();
        Ok(consult)
    }

    /// Hands the customer over to the third party, also while that one still rings or a queue still holds the
    /// consult. Takes the consult's id or the original's.
    pub fn consult_complete(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.signed_in(agent)?;
        self.state_in(call, &me)?;
        let (original, consult) = self.consult_pair(&me, call)?;
        self.may_hand_over(&me, original, consult)?;
        self.hand_over(&me, original, consult);
        self.offer_all();
        Ok(())
    }

    /// Gives the consult up. The customer is taken back, or stays held. Takes the consult's id or the original's.
    pub fn consult_cancel(&mut self, agent: &str, call: SwitchCallId, retrieve: bool) -> Reply {
        let me = self.signed_in(agent)?;
        self.state_in(call, &me)?;
        let (original, consult) = self.consult_pair(&me, call)?;
        self.live_mut(consult)?.consult = None;
        self.emit(SwitchEvent::ConsultCancelled {
            consult,
            original,
            by: agent.into(),
        });
        self.leave(consult, &me, Cause::Cancelled);
        if retrieve {
            self.take_back_if_free(&me, original);
        }
        self.offer_all();
        Ok(())
    }

    /// Exchanges the agent's active call and a held one. Takes either's id; with several held calls the one
    /// that belongs to the active consult is taken, else the youngest.
    pub fn swap(&mut self, agent: &str, call: SwitchCallId) -> Reply {
        let me = self.signed_in(agent)?;
        self.state_in(call, &me)?;
        let (held, active) = self.held_and_active(&me, call)?;
        if self.state_in(active, &me)? != LegState::Talking {
            return Err(Refusal::wrong_state(active, "an agent who is talking"));
        }
        if self
            .live(active)?
            .pending
            .as_ref()
            .is_some_and(|pending| pending.by == agent)
        {
            return Err(Refusal::conflict(active, "a transfer"));
        }
        self.put_on_hold(&me, active);
        self.take_back(&me, held);
        self.offer_all();
        Ok(())
    }

    /// The consult that this agent leads about this call.
    pub fn consult_about(&self, agent: &Party, original: SwitchCallId) -> Option<SwitchCallId> {
        let leads =
            |call: &&Call| self.original_of(call) == Some(original) && self.own_consult(agent, call.id).is_some();
        self.calls_of(agent).find(leads).map(|call| call.id)
    }

    /// The live call that this one was begun about, also after that one went into another.
    pub fn original_of(&self, call: &Call) -> Option<SwitchCallId> {
        call.parent.and_then(|parent| self.current_id(parent))
    }

    /// What the call is, if it is a consult that this agent leads.
    pub(super) fn own_consult(&self, agent: &Party, call: SwitchCallId) -> Option<Consultation> {
        self.calls.get(&call).filter(|call| &call.originator == agent)?.consult
    }

    /// The original and the consult, from the id of either.
    pub(super) fn consult_pair(&self, agent: &Party, call: SwitchCallId) -> Reply<(SwitchCallId, SwitchCallId)> {
        if self.own_consult(agent, call).is_some() {
            let original = self.original_of(self.live(call)?);
            let original = original.ok_or(Refusal::wrong_state(call, "a consult"))?;
            return Ok((original, call));
        }
        let consult = self.consult_about(agent, call);
        consult
            .map(|consult| (call, consult))
            .ok_or(Refusal::wrong_state(call, "a consult"))
    }

    pub(super) fn held_and_active(&self, agent: &Party, call: SwitchCallId) -> Reply<(SwitchCallId, SwitchCallId)> {
        let active = self
            .active_calls(agent)
            .last()
            .ok_or(Refusal::wrong_state(call, "an active call"))?;
        if self.state_in(call, agent)? == LegState::Held {
            return Ok((call, active));
        }
        let is_held = |id: &SwitchCallId| self.state_in(*id, agent) == Ok(LegState::Held);
        let partner = self.consult_pair(agent, active).ok().map(
            |(original, consult)| {
                if active == consult { original } else { consult }
            },
        );
        let youngest = || self.calls_of(agent).map(|call| call.id).filter(is_held).last();
        let held = partner
            .filter(is_held)
            .or_else(youngest)
            .ok_or(Refusal::wrong_state(call, "a held call"))?;
        Ok((held, active))
    }

    /// The third party answered.
    pub(super) fn consult_answered(&mut self, id: SwitchCallId, party: &Party) {
        let original = self.calls.get(&id).and_then(|call| self.original_of(call));
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (Some(consult), Some(original)) = (call.consult.as_mut(), original) else {
            return;
        };
        consult.answered = true;
        let style = consult.style;
        let agent = call.originator.clone();
        let by = agent.name().into();
        self.emit(SwitchEvent::ConsultAnswered {
            consult: id,
            original,
            by,
            party: party.clone(),
        });
        let joinable = self
            .calls
            .get(&original)
            .is_some_and(|call| call.pending.is_none() && call.ringing().is_none() && call.queue.is_none());
        if style == ConsultStyle::ThreeWay && joinable {
            self.join(&agent, original, id);
        } else if self
            .state_in(original, &agent)
            .is_ok_and(|state| state != LegState::Held)
        {
            self.put_on_hold(&agent, original);
        }
    }

    /// The third party was not reached.
    pub(super) fn consult_failed(&mut self, id: SwitchCallId, to: &Party, cause: Cause) {
        let original = self.calls.get(&id).and_then(|call| self.original_of(call));
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (Some(consult), Some(original)) = (call.consult.take(), original) else {
            return;
        };
        let agent = call.originator.clone();
        let by = agent.name().into();
        self.emit(SwitchEvent::ConsultFailed {
            consult: id,
            original,
            by,
            to: to.clone(),
            cause,
        });
        self.end_call(id, cause);
        if consult.auto_retrieve {
            self.take_back_if_free(&agent, original);
        }
    }

    /// Whoever led this consult left it, while others talk on in it.
    pub(super) fn consult_without_leader(&mut self, id: SwitchCallId, cause: Cause) {
        let left = |call: &&mut Call| call.consult.is_some() && call.leg(&call.originator).is_none();
        let Some(call) = self.calls.get_mut(&id).filter(left) else {
            return;
        };
        let was = call.clone();
        call.consult = None;
        self.consult_over(&was, cause);
    }

    /// The call ended or lost its leader; if it was still a consult, tell so.
    pub(super) fn consult_over(&mut self, was: &Call, cause: Cause) {
        let (Some(consult), Some(original)) = (was.consult, self.original_of(was)) else {
            return;
        };
        let by = was.originator.name().into();
        self.emit(SwitchEvent::ConsultEnded {
            consult: was.id,
            original,
            by,
            cause,
        });
        if consult.auto_retrieve {
            self.take_back_if_free(&was.originator, original);
        }
    }

    /// The agent is out of the original: what was a consult about it is an ordinary call now.
    pub(super) fn orphan_consults(&mut self, original: SwitchCallId, agent: &str, cause: Cause) {
        let Some(consult) = self.consult_about(&Party::agent(agent), original) else {
            return;
        };
        if let Some(call) = self.calls.get_mut(&consult) {
            call.consult = None;
        }
        self.emit(SwitchEvent::ConsultEnded {
            consult,
            original,
            by: agent.into(),
            cause,
        });
    }

    fn may_consult(&self, agent: &str, id: SwitchCallId) -> Reply<Party> {
        let me = self.signed_in(agent)?;
        let state = self.state_in(id, &me)?;
        let call = self.live(id)?;
        if call.pending.is_some() {
            return Err(Refusal::conflict(id, "a transfer"));
        }
        if self.own_consult(&me, id).is_some() || self.consult_about(&me, id).is_some() {
            return Err(Refusal::conflict(id, "a consult"));
        }
        let busy_elsewhere = self.active_calls(&me).any(|other| other != id) || self.ringing_at(&me).is_some();
        let connected = matches!(state, LegState::Talking | LegState::Held) && call.ringing().is_none();
        if connected && !busy_elsewhere {
            Ok(me)
        } else {
            Err(Refusal::wrong_state(
                id,
                "an agent connected here and active nowhere else",
            ))
        }
    }

    fn consult_unreachable(&mut self, consult: SwitchCallId, to: &Party, cause: Cause) {
        match self.options.consult {
            UnreachableConsult::Refused | UnreachableConsult::Released => self.not_reached(consult, to, cause),
            UnreachableConsult::LeftDialing => {
                if let Some(call) = self.calls.get_mut(&consult) {
                    call.tone = Some(cause);
                }
            }
        }
    }

    fn take_back_if_free(&mut self, agent: &Party, call: SwitchCallId) {
        let held = self.state_in(call, agent) == Ok(LegState::Held);
        if held && self.active_calls(agent).next().is_none() {
            self.take_back(agent, call);
        }
    }
}
