//! An adapter for tests of the layers: it records each command as data and answers from a script.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod each;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::*;

/// What the recorder does with the next command.
pub(crate) enum Play {
    /// Accepts; the outcome stays open until the test settles it.
    Accept,
    /// Fails.
    Fail(Error),
    /// Accepts after this long.
    After(Duration),
    /// Never answers.
    Hang,
    /// Panics.
    Panic,
}

#[derive(Debug)]
pub(crate) struct Recorder {
    info: AdapterInfo,
    capabilities: Arc<Capabilities>,
    pub(crate) hub: Hub,
    pub(crate) seen: Mutex<Vec<Command>>,
    script: Mutex<VecDeque<Play>>,
}

impl std::fmt::Debug for Play {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Play")
    }
}

impl Recorder {
    pub(crate) fn new(capabilities: Capabilities) -> Arc<Self> {
        let hub = Hub::new(IdSource::seeded(1));
        let agent = AgentId::new("101").unwrap();
        hub.open_session(&session(), &agent);
        hub.set_session_state(&session(), SessionState::Active, "test");
        Arc::new(Self {
            info: AdapterInfo {
                id: AdapterId::new("recorder").unwrap(),
                product: "Recorder".into(),
                version: "1".into(),
            },
            capabilities: Arc::new(capabilities),
            hub,
            seen: Mutex::default(),
            script: Mutex::default(),
        })
    }

    pub(crate) fn everything() -> Arc<Self> {
        Self::new(everything())
    }

    pub(crate) fn play(&self, plays: impl IntoIterator<Item = Play>) {
        self.script.lock().unwrap().extend(plays);
    }

    pub(crate) fn seen(&self) -> Vec<Command> {
        self.seen.lock().unwrap().clone()
    }

    async fn note(&self, command: Command, cx: &OpCx) -> Result<Receipt> {
        let pending = Pending::new(
            cx.op.clone(),
            command.key().operation,
            session(),
            command.call().cloned(),
        );
        self.seen.lock().unwrap().push(command);
        let play = self.script.lock().unwrap().pop_front().unwrap_or(Play::Accept);
        let outcome = self.hub.begin(pending);
        match play {
            Play::Accept => {}
            Play::Fail(error) => {
                self.hub.forget(&cx.op);
                return Err(error);
            }
            Play::After(delay) => tokio::time::sleep(delay).await,
            Play::Hang => std::future::pending().await,
            Play::Panic => panic!("on purpose"),
        }
        Ok(Receipt::new(outcome))
    }
}

#[async_trait]
impl CallControl for Recorder {
    fn info(&self) -> &AdapterInfo {
        &self.info
    }
    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }
    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        let agent = request.agent.clone();
        self.note(Command::Open { request }, cx).await?;
        Ok(SessionInfo {
            session: session(),
            agent,
        })
    }
    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::Close {
                session: session.clone(),
                request,
            },
            cx,
        )
        .await
    }
    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::SetAgentState {
                session: session.clone(),
                to,
            },
            cx,
        )
        .await
    }
    async fn adopt(&self, session: &SessionId, request: AdoptCall, cx: &OpCx) -> Result<CallRef> {
        self.note(
            Command::Adopt {
                session: session.clone(),
                request,
            },
            cx,
        )
        .await?;
        Ok(call())
    }
    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::Dial {
                session: session.clone(),
                request,
            },
            cx,
        )
        .await
    }
    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        self.note(Command::Act { at: at.clone(), what }, cx).await
    }
    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::Transfer {
                call: call.clone(),
                request,
            },
            cx,
        )
        .await
    }
    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::CancelTransfer {
                call: call.clone(),
                op: op.clone(),
            },
            cx,
        )
        .await
    }
    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        let receipt = self
            .note(
                Command::Consult {
                    call: call.clone(),
                    request,
                },
                cx,
            )
            .await?;
        Ok(ConsultStarted {
            receipt,
            consult: ConsultRef {
                id: cx.op.clone(),
                call: call.clone(),
            },
        })
    }
    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::ConsultStep {
                consult: consult.clone(),
                step,
            },
            cx,
        )
        .await
    }
    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::Requeue {
                call: call.clone(),
                request,
            },
            cx,
        )
        .await
    }
    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::Conference {
                call: call.clone(),
                request,
            },
            cx,
        )
        .await
    }
    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        self.note(Command::SendDtmf { at: at.clone(), digits }, cx).await
    }
    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        self.note(
            Command::PatchData {
                call: call.clone(),
                patch,
            },
            cx,
        )
        .await
    }
    async fn snapshot(&self, scope: Scope, cx: &OpCx) -> Result<Arc<Snapshot>> {
        self.note(Command::Snapshot { scope: scope.clone() }, cx).await?;
        Ok(self.hub.snapshot(&scope))
    }
    fn subscribe(&self, filter: Filter) -> Feed {
        self.hub.subscribe(filter)
    }
    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub.outcome_of(op)
    }
    async fn native(&self, request: NativeRequest, cx: &OpCx) -> Result<NativeReply> {
        self.note(Command::Native { request }, cx).await?;
        Ok(NativeReply::new(200, "{}"))
    }
    async fn configure(&self, session: &SessionId, setting: SessionSetting, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.note(Command::Configure { session, setting }, cx).await
    }
    async fn take(&self, session: &SessionId, request: TakeCall, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.note(Command::Take { session, request }, cx).await
    }
    async fn join(&self, call: &CallRef, request: JoinCalls, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.note(Command::Join { call, request }, cx).await
    }
    async fn media(&self, session: &SessionId, request: Media, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.note(Command::Media { session, request }, cx).await
    }
    async fn supervise(&self, session: &SessionId, request: Supervise, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.note(Command::Supervise { session, request }, cx).await
    }
    async fn say(&self, call: &CallRef, request: Say, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.note(Command::Say { call, request }, cx).await
    }
    async fn look_up(&self, session: Option<&SessionId>, what: LookUp, cx: &OpCx) -> Result<Found> {
        let session = session.cloned();
        self.note(Command::LookUp { session, what }, cx).await?;
        Ok(Found::default())
    }
    async fn receive(&self, pushed: Pushed, cx: &OpCx) -> Result<NativeReply> {
        self.note(Command::Receive { pushed }, cx).await?;
        Ok(NativeReply::new(200, "{}"))
    }
    async fn shutdown(&self, _cx: &OpCx) {
        self.hub.close();
    }
}

pub(crate) fn session() -> SessionId {
    SessionId::new("101").unwrap()
}

pub(crate) fn call() -> CallRef {
    CallRef {
        session: session(),
        call: CallId::new("call-1").unwrap(),
    }
}

/// A manifest that claims everything.
pub(crate) fn everything() -> Capabilities {
    let mut all = Capabilities::none();
    for operation in Operation::ALL.iter().copied() {
        all = all.native(operation, OutcomeSource::InferredEvent);
        for kind in TargetKind::ALL {
            all = all.native(OperationKey::to(operation, kind), OutcomeSource::InferredEvent);
        }
    }
    all
}

pub(crate) fn stack(adapter: &Arc<Recorder>) -> Arc<dyn CallControl> {
    Arc::new(Stack::over(adapter.clone(), StackOptions::default()))
}

pub(crate) fn blind(number: &str) -> Transfer {
    Transfer::new(Target::number(number).unwrap(), TransferMode::Blind)
}

pub(crate) fn unreachable() -> Error {
    Error::new(ErrorKind::Unreachable, Effect::None, "connection refused")
}
