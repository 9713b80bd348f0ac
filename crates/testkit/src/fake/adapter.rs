//! The contract over the model switch: every method finds its call, lets a fault have its way, and plays one verb.

use std::sync::Arc;

use async_trait::async_trait;
use callcontrol_core::{
    AdapterInfo, AdoptCall, AdoptState, AgentStateRequest, CallControl, CallDataPatch, CallRef, Capabilities,
    CloseSession, ConferenceOp, ConsultRef, ConsultStarted, ConsultStep, ConsultStyle, CustomerAt, Dial, Displace,
    Draft, Dtmf, Error, EventKind, Feed, Filter, LegAction, LegRef, NativeReply, NativeRequest, OpCx, OpId,
    OpenSession, Operation, Outcome, OutcomeHandle, Pending, Receipt, Requeue, RequeueState, Result, Scope, SessionId,
    SessionInfo, SessionState, Snapshot, StartConsult, Transfer, TransferMode,
};

use super::faults::Course;
use super::{Shared, lock, words};
use crate::switch::{self, ConsultRequest, Party, Reply, Switch, SwitchCallId};

/// What a verb leaves to be told.
enum Then {
    /// The switch's events settle it.
    Events,
    /// It is done: what was asked for is the state now.
    Done,
    /// It is done and created this call.
    Created(SwitchCallId),
}

impl Shared {
    /// Registers the operation, meets the fault that waits for it, plays the verb.
    async fn play(
        &self,
        pending: Pending,
        agent: &str,
        verb: impl FnOnce(&SwitchPlay<'_>) -> Result<Then> + Send,
    ) -> Result<Receipt> {
        let course = self.course_of(pending.operation).await;
        let (op, call) = (pending.op.clone(), pending.call.clone());
        let outcome = self.hub.begin(pending);
        if let Course::Fail(error) = course {
            if error.effect() == callcontrol_core::Effect::None {
                self.hub.forget(&op);
            }
            return Err(error);
        }
        let then = verb(&SwitchPlay { shared: self, agent }).inspect_err(|_| self.hub.forget(&op))?;
        let mut receipt = Receipt::new(outcome).exact();
        match then {
            Then::Events => {}
            Then::Done => {
                let customer = call
                    .and_then(|call| self.native_call(&call))
                    .map_or(CustomerAt::Unknown, |id| self.customer(id, agent));
                self.hub.settle(&op, Outcome::done(customer));
            }
            Then::Created(id) => receipt = receipt.with_call(self.hub.call_id(&words::native(id))),
        }
        match course {
            Course::ActThenFail(error) => Err(error),
            Course::Act | Course::Fail(_) => Ok(receipt),
        }
    }

    fn native_call(&self, call: &callcontrol_core::CallId) -> Option<SwitchCallId> {
        let sessions: Vec<SessionId> = lock(&self.sessions).keys().cloned().collect();
        let seen = sessions.iter().find_map(|session| self.hub.call(session, call));
        seen.and_then(|view| words::switch_call(&view.native))
            .or_else(|| self.ended_call(call))
    }

    fn at(&self, call: &CallRef) -> Result<(String, SwitchCallId)> {
        let agent = self.agent_of(&call.session)?;
        let view = self.hub.call(&call.session, &call.call);
        let id = view.and_then(|view| words::switch_call(&view.native));
        let id = id.ok_or_else(|| Error::not_found("the call is not (or no longer) on this session"))?;
        Ok((agent, id))
    }

    fn pending(&self, cx: &OpCx, operation: Operation, call: &CallRef) -> Pending {
        Pending::new(cx.op.clone(), operation, call.session.clone(), Some(call.call.clone()))
    }
}

/// The switch in the hands of one agent.
struct SwitchPlay<'a> {
    shared: &'a Shared,
    agent: &'a str,
}

impl SwitchPlay<'_> {
    fn verb<T>(&self, verb: impl FnOnce(&mut Switch) -> Reply<T>) -> Result<T> {
        self.shared
            .switch
            .with(verb)
            .map_err(|refusal| words::refused(&refusal))
    }

    fn party(&self, target: &callcontrol_core::Target) -> Result<Party> {
        self.shared.switch.with(|switch| words::party(switch, target))
    }

    fn data(&self, call: SwitchCallId, patch: &CallDataPatch) -> Result<()> {
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

    fn leg(&self, id: SwitchCallId, what: LegAction) -> Result<Then> {
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

    fn transfer(&self, id: SwitchCallId, request: &Transfer) -> Result<Then> {
        let to = self.party(&request.to)?;
        self.data(id, &request.data)?;
        self.verb(|switch| match request.mode {
            TransferMode::Blind => switch.transfer_blind(self.agent, id, &to),
            TransferMode::ReleaseAfter => switch.transfer_release_after(self.agent, id, &to),
            TransferMode::Suspend => switch.suspend_to_ivr(self.agent, id, to.name()),
            _ => Err(switch::Refusal::Invalid("a mode the model switch does not know")),
        })?;
        Ok(Then::Events)
    }

    fn step(&self, original: SwitchCallId, step: ConsultStep) -> Result<Then> {
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

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CallControl for Shared {
    fn info(&self) -> &AdapterInfo {
        &self.info
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    async fn open(&self, request: OpenSession, _cx: &OpCx) -> Result<SessionInfo> {
        if let Course::Fail(error) | Course::ActThenFail(error) = self.course_of(Operation::Open).await {
            return Err(error);
        }
        let (agent, session) = (request.agent.as_str(), SessionId::new(request.agent.as_str())?);
        let signed_in = match request.displace {
            Displace::Always => self.switch.force_sign_in(agent),
            _ => self.switch.sign_in(agent),
        };
        signed_in.map_err(|refusal| words::refused(&refusal))?;
        self.hub.open_session(&session, &request.agent);
        lock(&self.sessions).insert(session.clone(), agent.to_owned());
        self.hub.set_session_state(&session, SessionState::Active, "signed in");
        let state = words::wanted_state(&request.state);
        self.switch
            .set_agent_state(agent, state)
            .map_err(|refusal| words::refused(&refusal))?;
        Ok(SessionInfo {
            session,
            agent: request.agent,
        })
    }

    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        let agent = self.agent_of(session)?;
        let pending = Pending::new(cx.op.clone(), Operation::Close, session.clone(), None);
        let receipt = self.play(pending, &agent, |play| {
            play.verb(|switch| {
                if request.force {
                    switch.force_sign_out(&agent)
                } else {
                    switch.sign_out(&agent)
                }
            })?;
            Ok(Then::Done)
        });
        receipt.await
    }

    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        let agent = self.agent_of(session)?;
        let pending = Pending::new(cx.op.clone(), Operation::SetAgentState, session.clone(), None);
        let receipt = self.play(pending, &agent, |play| {
            play.verb(|switch| switch.set_agent_state(play.agent, words::wanted_state(&to)))?;
            Ok(Then::Done)
        });
        receipt.await
    }

    async fn adopt(&self, session: &SessionId, request: AdoptCall, _cx: &OpCx) -> Result<CallRef> {
        self.agent_of(session)?;
        if request.state != AdoptState::Waiting {
            return Err(Error::invalid_input("the fake adopts waiting calls only"));
        }
        let known = words::switch_call(&request.native).and_then(|id| self.switch.call(id));
        let call = known.ok_or_else(|| Error::not_found("the switch has no such call"))?;
        let native = words::native(call.id);
        let id = self.hub.call_id(&native);
        self.hub
            .publish(Draft::new(session.clone(), EventKind::Queued).call(id.clone(), native));
        Ok(CallRef {
            session: session.clone(),
            call: id,
        })
    }

    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        let agent = self.agent_of(session)?;
        let pending = Pending::new(cx.op.clone(), Operation::Dial, session.clone(), None);
        let receipt = self.play(pending, &agent, |play| {
            let to = play.party(&request.to)?;
            let call = play.verb(|switch| switch.dial(play.agent, &to))?;
            play.data(call, &request.data)?;
            Ok(Then::Created(call))
        });
        receipt.await
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        let call = CallRef::from(at.clone());
        let (agent, id) = self.at(&call)?;
        self.play(self.pending(cx, what.operation(), &call), &agent, |play| {
            play.leg(id, what)
        })
        .await
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        let (agent, id) = self.at(call)?;
        self.play(self.pending(cx, request.mode.operation(), call), &agent, |play| {
            play.transfer(id, &request)
        })
        .await
    }

    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt> {
        let (agent, id) = self.at(call)?;
        if !self
            .hub
            .pending_on(&call.session, &call.call)
            .iter()
            .any(|pending| pending.op == *op)
        {
            return Err(Error::invalid_state("that transfer is not under way (any more)"));
        }
        let receipt = self.play(self.pending(cx, Operation::CancelTransfer, call), &agent, |play| {
            play.verb(|switch| switch.cancel_transfer(play.agent, id))?;
            Ok(Then::Done)
        });
        receipt.await
    }

    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        let (agent, id) = self.at(call)?;
        let operation = request.style.operation();
        let how = match request.style {
            ConsultStyle::ThreeWay => ConsultRequest::three_way(),
            _ => ConsultRequest::private(),
        };
        let how = if request.hold_customer { how } else { how.without_hold() };
        let receipt = self.play(self.pending(cx, operation, call), &agent, |play| {
            let to = play.party(&request.to)?;
            let consult = play.verb(|switch| switch.consult(play.agent, id, &to, how.with_auto_retrieve()))?;
            play.data(consult, &request.data)?;
            Ok(Then::Created(consult))
        });
        let consult = ConsultRef {
            id: cx.op.clone(),
            call: call.clone(),
        };
        Ok(ConsultStarted {
            receipt: receipt.await?,
            consult,
        })
    }

    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
        let (agent, id) = self.at(&consult.call)?;
        self.play(self.pending(cx, step.operation(), &consult.call), &agent, |play| {
            play.step(id, step)
        })
        .await
    }

    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        let (agent, id) = self.at(call)?;
        let state = request.state;
        let receipt = self.play(self.pending(cx, state.operation(), call), &agent, |play| {
            let to = play.party(&request.to)?;
            play.data(id, &request.data)?;
            match state {
                RequeueState::Waiting => play
                    .verb(|switch| switch.requeue_waiting(id, to.name()))
                    .map(|()| Then::Done),
                _ => play
                    .verb(|switch| switch.transfer_blind(play.agent, id, &to))
                    .map(|()| Then::Events),
            }
        });
        receipt.await
    }

    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt> {
        let (agent, id) = self.at(call)?;
        let receipt = self.play(self.pending(cx, request.key().operation, call), &agent, |play| {
            match &request {
                ConferenceOp::Add { to } => {
                    let to = play.party(to)?;
                    play.verb(|switch| switch.conference_add(play.agent, id, &to))?;
                }
                ConferenceOp::Remove { party } => {
                    let party = play.party(party)?;
                    play.verb(|switch| switch.conference_remove(play.agent, id, &party))?;
                }
                ConferenceOp::RelayDtmf => play.verb(|switch| switch.relay_dtmf(play.agent, id, true))?,
                _ => return Err(Error::unsupported("the model switch does not know this")),
            }
            Ok(Then::Done)
        });
        receipt.await
    }

    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        let call = CallRef::from(at.clone());
        let (agent, id) = self.at(&call)?;
        let receipt = self.play(self.pending(cx, Operation::SendDtmf, &call), &agent, |play| {
            play.verb(|switch| switch.send_dtmf(play.agent, id, digits.reveal()))?;
            Ok(Then::Done)
        });
        receipt.await
    }

    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        let (agent, id) = self.at(call)?;
        let receipt = self.play(self.pending(cx, Operation::PatchData, call), &agent, |play| {
            play.data(id, &patch)?;
            Ok(Then::Done)
        });
        receipt.await
    }

    async fn snapshot(&self, scope: Scope, _cx: &OpCx) -> Result<Arc<Snapshot>> {
        Ok(self.hub.snapshot(&scope))
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.hub.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub.outcome_of(op)
    }

    async fn native(&self, _request: NativeRequest, _cx: &OpCx) -> Result<NativeReply> {
        Err(Error::unsupported("a fake has no vendor"))
    }

    async fn shutdown(&self, _cx: &OpCx) {
        let agents: Vec<String> = lock(&self.sessions).values().cloned().collect();
        for agent in agents {
            // An agent who is signed out already needs no more.
            let _ = self.switch.force_sign_out(&agent);
        }
        self.hub.close();
    }
}
