//! [`CallControl`] for OIFDE: a few lines a method; what the vendor lacks is one line that says so, with the manifest's own reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use callcontrol_core::{
    AdapterId, AdapterInfo, AdoptCall, AgentStateRequest, CallControl, CallDataPatch, CallRef, Capabilities,
    CloseSession, ConferenceOp, ConsultRef, ConsultStarted, ConsultStep, Dial, Dtmf, Effect, Error, ErrorKind, Feed,
    Filter, Found, Hub, IdSource, JoinCalls, LegAction, LegRef, LookUp, Media, NativeReply, NativeRequest, OpCx, OpId,
    OpenSession, Operation, OperationKey, OutcomeHandle, Pushed, Receipt, Requeue, Result, Say, Scope, SessionId,
    SessionInfo, SessionSetting, Snapshot, StartConsult, Supervise, TakeCall, Transfer, TransferMode,
};
use callcontrol_http::Transport;

use crate::calls::Robots;
use crate::capabilities::{ADAPTER_ID, configured};
use crate::config::OifdeConfig;
use crate::link::Link;
use crate::watch::Watches;

/// Call control over one OIFDE tenant; any number of silent agents share its token.
#[derive(Debug)]
pub struct Oifde {
    pub(crate) config: OifdeConfig,
    pub(crate) hub: Hub,
    pub(crate) link: Arc<Link>,
    pub(crate) robots: Robots,
    pub(crate) watches: Watches,
    info: AdapterInfo,
    capabilities: Arc<Capabilities>,
    stopped: AtomicBool,
}

impl Oifde {
    /// An adapter over `transport`, whose base URL is the address under which OIAP is published. Nothing is sent.
    ///
    /// # Errors
    /// Those of [`OifdeConfig::validate`].
    pub fn new(config: OifdeConfig, transport: Arc<dyn Transport>, ids: IdSource) -> Result<Arc<Self>> {
        config.validate()?;
        Ok(Arc::new(Self {
            info: AdapterInfo {
                id: AdapterId::new(ADAPTER_ID)?,
                product: "Huawei AICC OIFDE (ODFS)".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            capabilities: Arc::new(configured(&config)),
            hub: Hub::new(ids),
            link: Arc::new(Link::new(transport, &config)),
            robots: Robots::default(),
            watches: Watches::new(),
            stopped: AtomicBool::new(false),
            config,
        }))
    }

    pub(crate) fn check_running(&self) -> Result<()> {
        if self.stopped.load(Ordering::Acquire) {
            let message = "this adapter has been shut down";
            return Err(Error::new(ErrorKind::Closed, Effect::None, message));
        }
        Ok(())
    }

    /// Refuses what the manifest does not claim, which depends on who calls.
    fn check_claimed(&self, key: impl Into<OperationKey>) -> Result<()> {
        let key = key.into();
        if self.capabilities.support(key).is_available() {
            return Ok(());
        }
        Err(self.capabilities.refuse(key))
    }

    fn unsupported<T>(&self, key: impl Into<OperationKey>) -> Result<T> {
        Err(self.capabilities.refuse(key))
    }
}

#[async_trait]
impl CallControl for Oifde {
    fn info(&self) -> &AdapterInfo {
        &self.info
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        let opened = self.open_session(request, self.deadline(cx)).await;
        opened.map_err(|error| error.during("open").with_op(&cx.op))
    }

    async fn close(&self, session: &SessionId, _request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        let closed = self.close_session(session, cx);
        closed.map_err(|error| error.during("close").with_op(&cx.op))
    }

    async fn set_agent_state(&self, _session: &SessionId, _to: AgentStateRequest, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(Operation::SetAgentState)
    }

    async fn adopt(&self, session: &SessionId, request: AdoptCall, cx: &OpCx) -> Result<CallRef> {
        self.check_claimed(Operation::Adopt)?;
        let adopted = self.adopt_call(session, request, self.deadline(cx)).await;
        adopted.map_err(|error| error.during("adopt").with_op(&cx.op))
    }

    async fn dial(&self, _session: &SessionId, request: Dial, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(OperationKey::to(Operation::Dial, request.to.kind()))
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        let LegAction::Robot(mode) = what else {
            return self.unsupported(what.operation());
        };
        self.check_claimed(Operation::RobotMode)?;
        let changed = self.change_mode(&CallRef::from(at.clone()), mode, cx).await;
        changed.map_err(|error| error.during("robot-mode").with_op(&cx.op).on_call(&at.call))
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        if request.mode != TransferMode::Blind {
            return self.unsupported(OperationKey::to(request.mode.operation(), request.to.kind()));
        }
        self.check_claimed(OperationKey::to(Operation::BlindTransfer, request.to.kind()))?;
        let transferred = self.blind_transfer(call, &request, cx).await;
        transferred.map_err(|error| error.during("blind-transfer").with_op(&cx.op).on_call(&call.call))
    }

    async fn cancel_transfer(&self, _call: &CallRef, _op: &OpId, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(Operation::CancelTransfer)
    }

    async fn consult(&self, _call: &CallRef, request: StartConsult, _cx: &OpCx) -> Result<ConsultStarted> {
        self.unsupported(OperationKey::to(request.style.operation(), request.to.kind()))
    }

    async fn consult_step(&self, _consult: &ConsultRef, step: ConsultStep, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(step.operation())
    }

    async fn requeue(&self, _call: &CallRef, request: Requeue, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(OperationKey::to(request.state.operation(), request.to.kind()))
    }

    async fn conference(&self, _call: &CallRef, request: ConferenceOp, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(request.key())
    }

    async fn send_dtmf(&self, _at: &LegRef, _digits: Dtmf, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(Operation::SendDtmf)
    }

    async fn patch_data(&self, _call: &CallRef, _patch: CallDataPatch, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(Operation::PatchData)
    }

    /// From what was adopted and what our own commands changed: the vendor cannot be asked.
    async fn snapshot(&self, scope: Scope, _cx: &OpCx) -> Result<Arc<Snapshot>> {
        Ok(self.hub.snapshot(&scope))
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.hub.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub.outcome_of(op)
    }

    async fn native(&self, request: NativeRequest, cx: &OpCx) -> Result<NativeReply> {
        let replied = self.native_request(request, self.deadline(cx)).await;
        replied.map_err(|error| error.during("native").with_op(&cx.op))
    }

    async fn configure(&self, _session: &SessionId, setting: SessionSetting, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(setting.operation())
    }

    async fn take(&self, _session: &SessionId, request: TakeCall, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(request.operation())
    }

    async fn join(&self, _call: &CallRef, request: JoinCalls, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(request.style.operation())
    }

    async fn media(&self, _session: &SessionId, request: Media, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(request.what.operation())
    }

    async fn supervise(&self, _session: &SessionId, request: Supervise, _cx: &OpCx) -> Result<Receipt> {
        self.unsupported(request.operation())
    }

    async fn say(&self, call: &CallRef, request: Say, cx: &OpCx) -> Result<Receipt> {
        self.check_claimed(Operation::Say)?;
        let said = self.reply(call, &request, cx).await;
        said.map_err(|error| error.during("say").with_op(&cx.op).on_call(&call.call))
    }

    async fn look_up(&self, session: Option<&SessionId>, what: LookUp, cx: &OpCx) -> Result<Found> {
        self.check_claimed(Operation::LookUp)?;
        let found = self.find(session, what, self.deadline(cx)).await;
        found.map_err(|error| error.during("look-up").with_op(&cx.op))
    }

    async fn receive(&self, _pushed: Pushed, _cx: &OpCx) -> Result<NativeReply> {
        self.unsupported(Operation::Receive)
    }

    /// Nobody is signed out at the vendor.
    async fn shutdown(&self, _cx: &OpCx) {
        self.stopped.store(true, Ordering::Release);
        self.end_all_sessions();
        self.watches.shut_down().await;
        self.hub.close();
    }
}
