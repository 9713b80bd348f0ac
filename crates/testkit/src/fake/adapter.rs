//! The contract over the model switch: every method finds its call and says which verb to play.

use std::sync::Arc;

use async_trait::async_trait;
use callcontrol_core::{
    AdapterInfo, AdoptCall, AdoptState, AgentStateRequest, CallControl, CallDataPatch, CallRef, Capabilities,
    CloseSession, ConferenceOp, ConsultRef, ConsultStarted, ConsultStep, ConsultStyle, Dial, Displace, Dtmf, Error,
    EventKind, Feed, Filter, Found, JoinCalls, JoinStyle, LegAction, LegRef, LookUp, Media, NativeReply, NativeRequest,
    OpCx, OpId, OpenSession, Operation, OperationKey, OutcomeHandle, Party as Other, Pushed, Receipt, Requeue,
    RequeueState, Result, Say, Scope, SessionId, SessionInfo, SessionSetting, SessionState, Snapshot, StartConsult,
    Supervise, TakeCall, Transfer, ViewPatch,
};

use super::faults::Course;
use super::play::Then;
use super::{Shared, lock, words};
use crate::switch::ConsultRequest;

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
        self.claimed(Operation::Open)?;
        if let Course::Fail(error) | Course::ActThenFail(error) = self.course_of(Operation::Open, None).await {
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
        self.play(cx, Operation::Close, (session, None), |play| {
            play.verb(|switch| {
                if request.force {
                    switch.force_sign_out(play.agent)
                } else {
                    switch.sign_out(play.agent)
                }
            })?;
            Ok(Then::Done)
        })
        .await
    }

    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        self.play(cx, Operation::SetAgentState, (session, None), |play| {
            play.verb(|switch| switch.set_agent_state(play.agent, words::wanted_state(&to)))?;
            Ok(Then::Done)
        })
        .await
    }

    async fn configure(&self, session: &SessionId, setting: SessionSetting, cx: &OpCx) -> Result<Receipt> {
        let operation = setting.operation();
        self.play(cx, operation, (session, None), |play| {
            match &setting {
                SessionSetting::AutoReady { on } => play.verb(|switch| switch.set_auto_idle(play.agent, *on))?,
                SessionSetting::Queues { only } => play.serve(only.as_deref())?,
                _ => return Err(Error::unsupported("the model switch has no such setting")),
            }
            Ok(Then::Done)
        })
        .await
    }

    async fn adopt(&self, session: &SessionId, request: AdoptCall, _cx: &OpCx) -> Result<CallRef> {
        self.claimed(Operation::Adopt)?;
        self.agent_of(session)?;
        let known = words::switch_call(&request.native).and_then(|id| self.switch.call(id));
        let call = known.ok_or_else(|| Error::not_found("the switch has no such call"))?;
        let kind = match request.state {
            AdoptState::Waiting => EventKind::Queued,
            AdoptState::RobotVoice(mode) | AdoptState::RobotText(mode) => {
                lock(&self.robots).insert(call.id);
                EventKind::RobotModeChanged { mode }
            }
            _ => {
                return Err(Error::invalid_input(
                    "the fake must be told whether the call waits or a robot has it",
                ));
            }
        };
        let native = words::native(call.id);
        let id = self.hub.call_id(&native);
        let customer = call.customer.as_ref().map(|party| Other::new(party.name()));
        let patch = ViewPatch {
            parties: Some(customer.into_iter().collect()),
            ..ViewPatch::default()
        };
        let ours = id.clone();
        self.publish(session, kind, |draft| draft.call(ours, native).patch(patch));
        Ok(CallRef {
            session: session.clone(),
            call: id,
        })
    }

    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        let key = OperationKey::to(Operation::Dial, request.to.kind());
        self.play(cx, key, (session, None), |play| {
            let to = play.party(&request.to)?;
            let call = play.verb(|switch| switch.dial(play.agent, &to))?;
            play.data(call, &request.data)?;
            Ok(Then::Created(call))
        })
        .await
    }

    async fn take(&self, session: &SessionId, request: TakeCall, cx: &OpCx) -> Result<Receipt> {
        self.play(cx, request.operation(), (session, None), |play| {
            match &request {
                TakeCall::RingingAt { agent: from } => {
                    let from = play.party(from)?;
                    play.verb(|switch| switch.pick_up(play.agent, from.name()))?;
                }
                TakeCall::Waiting { call, .. } => {
                    let id = play.known(call)?;
                    play.verb(|switch| switch.take_waiting(play.agent, id))?;
                }
                _ => return Err(Error::unsupported("the model switch does not know this")),
            }
            Ok(Then::Done)
        })
        .await
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        self.claimed(what.operation())?;
        let id = self.at(&at.clone().into())?;
        if let LegAction::Robot(mode) = what {
            let here = (&at.session, Some(&at.call));
            return self
                .play(cx, what.operation(), here, |play| play.robot(at, id, mode))
                .await;
        }
        self.play(cx, what.operation(), (&at.session, Some(&at.call)), |play| {
            play.leg(id, what)
        })
        .await
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        let key = OperationKey::to(request.mode.operation(), request.to.kind());
        self.claimed(key)?;
        let id = self.at(call)?;
        self.play(cx, key, (&call.session, Some(&call.call)), |play| {
            play.transfer(id, &request)
        })
        .await
    }

    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt> {
        self.claimed(Operation::CancelTransfer)?;
        let id = self.at(call)?;
        let open = self.hub.pending_on(&call.session, &call.call);
        if !open.iter().any(|pending| pending.op == *op) {
            return Err(Error::invalid_state("that transfer is not under way (any more)"));
        }
        self.play(
            cx,
            Operation::CancelTransfer,
            (&call.session, Some(&call.call)),
            |play| {
                play.verb(|switch| switch.cancel_transfer(play.agent, id))?;
                Ok(Then::Done)
            },
        )
        .await
    }

    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        let key = OperationKey::to(request.style.operation(), request.to.kind());
        self.claimed(key)?;
        let id = self.at(call)?;
        let how = match request.style {
            ConsultStyle::ThreeWay => ConsultRequest::three_way(),
            _ => ConsultRequest::private(),
        };
        let how = if request.hold_customer { how } else { how.without_hold() };
        let receipt = self.play(cx, key, (&call.session, Some(&call.call)), |play| {
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
        let (key, call) = (step.operation(), &consult.call);
        self.claimed(key)?;
        let id = self.at(call)?;
        self.play(cx, key, (&call.session, Some(&call.call)), |play| play.step(id, step))
            .await
    }

    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        let state = request.state;
        let key = OperationKey::to(state.operation(), request.to.kind());
        self.claimed(key)?;
        let id = self.at(call)?;
        self.play(cx, key, (&call.session, Some(&call.call)), |play| {
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
        })
        .await
    }

    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt> {
        self.claimed(request.key())?;
        let id = self.at(call)?;
        self.play(cx, request.key(), (&call.session, Some(&call.call)), |play| {
            match &request {
                ConferenceOp::Add { to } => {
                    let to = play.party(to)?;
                    play.verb(|switch| switch.conference_add(play.agent, id, &to))?;
                    return Ok(Then::Events);
                }
                ConferenceOp::Remove { party } => {
                    let party = play.party(party)?;
                    play.verb(|switch| switch.conference_remove(play.agent, id, &party))?;
                }
                ConferenceOp::RelayDtmf => play.verb(|switch| switch.relay_dtmf(play.agent, id, true))?,
                _ => return Err(Error::unsupported("the model switch does not know this")),
            }
            Ok(Then::Done)
        })
        .await
    }

    async fn join(&self, call: &CallRef, request: JoinCalls, cx: &OpCx) -> Result<Receipt> {
        let operation = request.style.operation();
        self.claimed(operation)?;
        self.at(call)?;
        let held = self.at(&CallRef {
            session: call.session.clone(),
            call: request.held.clone(),
        })?;
        self.play(cx, operation, (&call.session, Some(&call.call)), |play| {
            match request.style {
                JoinStyle::Conference => play.verb(|switch| switch.merge(play.agent, held))?,
                JoinStyle::Connect => play.verb(|switch| switch.connect_held(play.agent, held))?,
                _ => return Err(Error::unsupported("the model switch does not know this")),
            }
            Ok(Then::Done)
        })
        .await
    }

    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        self.claimed(Operation::SendDtmf)?;
        let id = self.at(&at.clone().into())?;
        self.play(cx, Operation::SendDtmf, (&at.session, Some(&at.call)), |play| {
            play.verb(|switch| switch.send_dtmf(play.agent, id, digits.reveal()))?;
            Ok(Then::Done)
        })
        .await
    }

    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        self.claimed(Operation::PatchData)?;
        let id = self.at(call)?;
        self.play(cx, Operation::PatchData, (&call.session, Some(&call.call)), |play| {
            play.data(id, &patch)?;
            Ok(Then::Done)
        })
        .await
    }

    async fn media(&self, _session: &SessionId, request: Media, _cx: &OpCx) -> Result<Receipt> {
        Err(self.capabilities.refuse(request.what.operation()))
    }

    async fn supervise(&self, session: &SessionId, request: Supervise, cx: &OpCx) -> Result<Receipt> {
        self.play(cx, request.operation(), (session, None), |play| {
            play.supervise(&request)?;
            Ok(Then::Done)
        })
        .await
    }

    async fn say(&self, _call: &CallRef, _request: Say, _cx: &OpCx) -> Result<Receipt> {
        Err(self.capabilities.refuse(Operation::Say))
    }

    async fn look_up(&self, _session: Option<&SessionId>, what: LookUp, _cx: &OpCx) -> Result<Found> {
        self.claimed(Operation::LookUp)?;
        self.find(&what)
    }

    async fn snapshot(&self, scope: Scope, _cx: &OpCx) -> Result<Arc<Snapshot>> {
        self.claimed(Operation::Snapshot)?;
        let sessions: Vec<(SessionId, String)> = lock(&self.sessions)
            .iter()
            .filter(|(session, _)| scope.session().is_none_or(|only| only == *session))
            .map(|(session, agent)| (session.clone(), agent.clone()))
            .collect();
        for (session, agent) in sessions {
            self.look(&session, &agent);
        }
        Ok(self.hub.snapshot(&scope))
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.hub.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub.outcome_of(op)
    }

    async fn native(&self, _request: NativeRequest, _cx: &OpCx) -> Result<NativeReply> {
        Err(self.capabilities.refuse(Operation::Native))
    }

    async fn receive(&self, _pushed: Pushed, _cx: &OpCx) -> Result<NativeReply> {
        Err(self.capabilities.refuse(Operation::Receive))
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
