//! One command on the fake: refused if it is not claimed, given over to the fault that waits for it, then played on the switch.

use callcontrol_core::{
    CallDataPatch, CallId, CallRef, ConsultStep, CustomerAt, Effect, Error, Evidence, LegAction, OpCx, OperationKey,
    Outcome, OutcomeHandle, OutcomeSource, Pending, Receipt, Result, SessionId, StepEnd, Support, Transfer,
    TransferMode,
};

use super::faults::Course;
use super::{Shared, lock, words};
use crate::switch::{self, Party, Reply, Switch, SwitchCallId};

/// What a verb leaves to be told.
pub(super) enum Then {
    /// The switch's events settle it.
    Events,
    /// It is done: what was asked for is the state now.
    Done,
    /// It is done and created this call.
    Created(SwitchCallId),
}

impl Shared {
    /// Registers the operation, meets the fault that waits for it, plays the verb.
    pub(super) async fn play(
        &self,
        cx: &OpCx,
        key: impl Into<OperationKey>,
        at: (&SessionId, Option<&CallId>),
        verb: impl FnOnce(&SwitchPlay<'_>) -> Result<Then> + Send,
    ) -> Result<Receipt> {
        let key = key.into();
        self.claimed(key)?;
        let (session, call) = (at.0.clone(), at.1.cloned());
        let agent = self.agent_of(&session)?;
        let course = self.course_of(key.operation, Some((&session, &agent))).await;
        let pending = Pending::new(cx.op.clone(), key.operation, session, call.clone());
        let outcome = self.hub.begin(pending);
        if let Course::Fail(error) = course {
            if error.effect() == Effect::None {
                self.hub.forget(&cx.op);
            }
            return Err(error);
        }
        let play = SwitchPlay {
            shared: self,
            agent: &agent,
        };
        let support = self.capabilities.support(key);
        let recipe = match &support {
            Support::Emulated(recipe) => Some(recipe),
            _ => None,
        };
        let steps: Vec<&str> = recipe.map_or_else(Vec::new, |recipe| recipe.name.split("-then-").collect());
        let played = verb(&play);
        journal(&outcome, &steps, &played);
        let then = played.inspect_err(|_| self.hub.forget(&cx.op))?;
        let unheard = matches!(course, Course::ActThenFail(_)) && lock(&self.cut).contains(at.0);
        let mut receipt = Receipt::new(outcome).exact();
        match (self.capabilities.outcome_source(key), &then) {
            (OutcomeSource::Never, _) => {
                lock(&self.silent).insert(cx.op.clone());
                self.hub
                    .settle(&cx.op, Outcome::unknown(Evidence::AcceptedOnly, CustomerAt::Unknown));
            }
            (_, Then::Done) if !unheard => {
                let customer = call
                    .and_then(|call| self.native_call(&call))
                    .map_or(CustomerAt::Unknown, |id| self.customer(id, &agent));
                self.hub.settle(&cx.op, Outcome::done(customer));
            }
            (_, Then::Done | Then::Events | Then::Created(_)) => {}
        }
        if let Then::Created(id) = then {
            receipt = receipt.with_call(self.hub.call_id(&words::native(id)));
        }
        if let Some(recipe) = recipe {
            receipt = receipt.emulated(&recipe.name, steps);
        }
        match course {
            Course::ActThenFail(error) => Err(error),
            Course::ActThenWait(delay) => {
                tokio::time::sleep(delay).await;
                Ok(receipt)
            }
            Course::Act | Course::Fail(_) => Ok(receipt),
        }
    }

    /// What is not claimed is refused before anything else, also without the layers over this adapter.
    pub(super) fn claimed(&self, key: impl Into<OperationKey>) -> Result<()> {
        let key = key.into();
        if self.capabilities.support(key).is_available() {
            Ok(())
        } else {
            Err(self.capabilities.refuse(key))
        }
    }

    pub(super) fn native_call(&self, call: &CallId) -> Option<SwitchCallId> {
        let sessions: Vec<SessionId> = lock(&self.sessions).keys().cloned().collect();
        let seen = sessions.iter().find_map(|session| self.hub.call(session, call));
        seen.and_then(|view| words::switch_call(&view.native))
            .or_else(|| self.ended_call(call))
    }

    /// The switch's id of a call of this session.
    pub(super) fn at(&self, call: &CallRef) -> Result<SwitchCallId> {
        self.agent_of(&call.session)?;
        let view = self.hub.call(&call.session, &call.call);
        let id = view.and_then(|view| words::switch_call(&view.native));
        id.ok_or_else(|| Error::not_found("the call is not (or no longer) on this session"))
    }
}

/// The model switch plays a recipe in one verb: all of its steps are done, or the first is refused.
fn journal(outcome: &OutcomeHandle, steps: &[&str], played: &Result<Then>) {
    for step in steps {
        outcome.begin_step(step);
        if played.is_err() {
            outcome.end_step(step, StepEnd::Failed);
            break;
        }
        outcome.end_step(step, StepEnd::Done);
    }
}

/// The switch in the hands of one agent.
pub(super) struct SwitchPlay<'a> {
    pub(super) shared: &'a Shared,
    pub(super) agent: &'a str,
}

impl SwitchPlay<'_> {
    pub(super) fn verb<T>(&self, verb: impl FnOnce(&mut Switch) -> Reply<T>) -> Result<T> {
        self.shared
            .switch
            .with(verb)
            .map_err(|refusal| words::refused(&refusal))
    }

    pub(super) fn party(&self, target: &callcontrol_core::Target) -> Result<Party> {
        self.shared.switch.with(|switch| words::party(switch, target))
    }

    pub(super) fn data(&self, call: SwitchCallId, patch: &CallDataPatch) -> Result<()> {
        if patch.is_empty() {
            return Ok(());
        }
        self.verb(|switch| {
            if patch.clear {
                switch.clear_data(call)?;
            }
            for key in &patch.remove {
                switch.remove_data(call, key)?;
            }
            if let Some(text) = &patch.text {
                switch.set_opaque(call, Some(text.clone()))?;
            }
            switch.set_data(call, patch.set.iter().map(|(key, value)| (key.clone(), value.clone())))
        })
    }

    pub(super) fn leg(&self, id: SwitchCallId, what: LegAction) -> Result<Then> {
        let me = Party::agent(self.agent);
        self.verb(|switch| match what {
            LegAction::Answer => switch.answer(&me, id),
            LegAction::Hold => switch.hold(self.agent, id),
            LegAction::Retrieve => switch.retrieve(self.agent, id),
            LegAction::Mute => switch.mute(self.agent, id, true),
            LegAction::Unmute => switch.mute(self.agent, id, false),
            LegAction::Release => switch.hang_up(&me, id),
            LegAction::Clear => switch.clear(self.agent, id),
            _ => Err(switch::Refusal::Invalid("an action the model switch does not know")),
        })?;
        Ok(Then::Done)
    }

    pub(super) fn transfer(&self, id: SwitchCallId, request: &Transfer) -> Result<Then> {
        let to = self.party(&request.to)?;
        self.data(id, &request.data)?;
        if lock(&self.shared.robots).contains(&id) {
            self.verb(|switch| switch.ivr_routes(id, &to))?;
            return Ok(Then::Done);
        }
        self.verb(|switch| match request.mode {
            TransferMode::Blind => switch.transfer_blind(self.agent, id, &to),
            TransferMode::ReleaseAfter => switch.transfer_release_after(self.agent, id, &to),
            TransferMode::Suspend => switch.suspend_to_ivr(self.agent, id, to.name()),
            _ => Err(switch::Refusal::Invalid("a mode the model switch does not know")),
        })?;
        Ok(Then::Events)
    }

    pub(super) fn step(&self, original: SwitchCallId, step: ConsultStep) -> Result<Then> {
        let consult = self.shared.switch.with(|switch| {
            let mut calls = switch.calls();
            calls
                .find(|call| call.parent == Some(original) && call.consult.is_some())
                .map(|call| call.id)
        });
        let consult = consult.ok_or_else(|| Error::invalid_state("there is no consult on this call (any more)"))?;
        self.verb(|switch| match step {
            ConsultStep::Complete => switch.consult_complete(self.agent, consult),
            ConsultStep::Cancel => switch.consult_cancel(self.agent, consult, true),
            ConsultStep::Swap => switch.swap(self.agent, consult),
            ConsultStep::Merge => switch.merge(self.agent, consult),
            _ => Err(switch::Refusal::Invalid("a step the model switch does not know")),
        })?;
        Ok(Then::Done)
    }
}
