//! The contract, method by method: resolve, build, send. The work is in `commands/`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::{
    AdapterId, AdapterInfo, AdoptCall, AgentStateRequest, CallControl, CallDataPatch, CallRef, Capabilities,
    CloseSession, ConferenceOp, ConsultRef, ConsultStarted, ConsultStep, CustomerAt, Dial, Dtmf, Effect, Error,
    ErrorKind, Evidence, Feed, Filter, Found, Hub, IdSource, JoinCalls, LegAction, LegRef, LookUp, Media, NativeReply,
    NativeRequest, OpCx, OpId, OpenSession, Operation, Outcome, OutcomeHandle, Pending, Pushed, Receipt, Requeue,
    Result, Say, Scope, SessionId, SessionInfo, SessionSetting, SessionState, Snapshot, StartConsult, Supervise,
    TakeCall, Transfer,
};
use callcontrol_http::Transport;

use crate::batch;
use crate::capabilities;
use crate::commands::{
    agent, conference, configure, consult, dial, join, leg, look_up, media, misc, supervise, take, transfer,
};
use crate::config::{CcGatewayConfig, Events};
use crate::errands::Errands;
use crate::live::{Delivery, Live, Site};
use crate::push;
use crate::session::{NotOpened, Session, SigningOut};
use crate::sessions::{Leaving, Reserved, Sessions};
use crate::sign_in::{self, Entry};
use crate::task::Task;

/// The adapter's id in configurations.
pub const ADAPTER_ID: &str = "huawei-cc-gateway";

/// What the adapter can do, without a connection.
#[must_use]
pub fn manifest() -> Capabilities {
    capabilities::manifest()
}

/// Call control at one CC-Gateway, for any number of agents. `Debug` shows who it is and how many agents are signed in.
pub struct CcGateway {
    info: AdapterInfo,
    capabilities: Arc<Capabilities>,
    site: Site,
    hub: Hub,
    sessions: Arc<Sessions>,
    /// The poll for all agents, once somebody is signed in.
    batch: Mutex<Option<Task>>,
    errands: Errands,
}

impl fmt::Debug for CcGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CcGateway")
            .field("transport", &self.site.transport)
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}

impl CcGateway {
    /// An adapter that sends through `transport`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](callcontrol_core::ErrorKind::Config) naming the key that is wrong.
    pub fn new(config: CcGatewayConfig, transport: Arc<dyn Transport>, ids: IdSource) -> Result<Arc<Self>> {
        config.validate()?;
        let config = config.resolved()?;
        let capabilities = capabilities::effective(&config);
        let hub = Hub::new(ids);
        let site = Site {
            delivery: Arc::new(Delivery::new(config.events)),
            config: Arc::new(config),
            transport,
            hub: hub.clone(),
        };
        Ok(Arc::new(Self {
            info: AdapterInfo {
                id: AdapterId::new(ADAPTER_ID)?,
                product: "Huawei CC-Gateway (AgentGateway)".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            capabilities: Arc::new(capabilities),
            site,
            hub,
            sessions: Arc::default(),
            batch: Mutex::default(),
            errands: Errands::default(),
        }))
    }

    fn live(&self, session: &SessionId) -> Result<Arc<Live>> {
        self.sessions.live(session, &self.hub)
    }

    /// The poll for all agents begins with the first of them.
    fn start_batch(&self) {
        if self.site.delivery.mode() == Events::Batch {
            let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
            let (sessions, site) = (Arc::clone(&self.sessions), self.site.clone());
            batch.get_or_insert_with(|| Task::start(|stopped| batch::run(sessions, site, stopped)));
        }
    }

    /// The error of a sign-in that failed. An agent who is signed in to no use is signed out, after the deadline too; the place is taken until then.
    async fn not_opened(&self, failed: NotOpened, place: Reserved, cx: &OpCx) -> Error {
        let NotOpened { error, signed_in } = failed;
        let Some(link) = signed_in else { return error };
        let limit = self.site.config.request_timeout();
        let undoing = async move {
            let undone = sign_in::undo(&link, limit).await;
            drop(place);
            undone
        };
        let undone = self.errands.run(undoing, cx.remaining_or(limit)).await;
        sign_in::useless(&error, undone.as_ref())
    }

    /// The deadline has passed before the sign-out could be sent: it is sent as soon as the sign-in under way has ended.
    async fn close_late(&self, leaving: Leaving, request: CloseSession, cx: &OpCx) -> Error {
        let (hub, op) = (self.hub.clone(), cx.op.clone());
        let closing = async move {
            match leaving.session.close(&request, &OpCx::new()).await {
                Ok(_) => {
                    leaving.done();
                    hub.settle(&op, signed_out());
                }
                Err(error) => {
                    hub.forget(&op);
                    tracing::warn!(target: "callcontrol::cc_gateway", session = %leaving.session.live().id, %error, "not signed out after the deadline");
                }
            }
        };
        self.errands.run(closing, Duration::ZERO).await;
        let message = "the agent was just being signed in again; the sign-out is sent as soon as that has ended";
        Error::new(ErrorKind::Timeout, Effect::Unknown, message)
    }
}

fn signed_out() -> Outcome {
    Outcome::done(CustomerAt::Unknown).by(Evidence::Answer)
}

#[async_trait]
impl CallControl for CcGateway {
    fn info(&self) -> &AdapterInfo {
        &self.info
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        let entry = Entry::check(&request)?;
        let name = SessionId::new(request.agent.as_str())?;
        let mut place = self.sessions.reserve(&name, &self.hub)?;
        if let Some(former) = place.former.take() {
            former.stop_within(cx).await;
        }
        let other = self.sessions.active().into_iter().find(|live| live.id != name);
        let opened = Session::open(&request, entry, &self.site, other.as_deref(), cx).await;
        let session = match opened {
            Ok(session) => session,
            Err(failed) => {
                let error = self.not_opened(failed, place, cx).await;
                return Err(error.during("open").with_op(&cx.op));
            }
        };
        let info = SessionInfo {
            session: session.live().id.clone(),
            agent: session.live().agent.clone(),
        };
        if let Some(former) = place.fill(session) {
            former.stop_within(cx).await;
        }
        self.start_batch();
        Ok(info)
    }

    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        let leaving = self.sessions.leave(session, &self.hub)?;
        let handle = self
            .hub
            .begin(Pending::new(cx.op.clone(), Operation::Close, session.clone(), None));
        let over = self.hub.session_state(session).is_some_and(SessionState::is_over);
        let closed = if over {
            leaving.session.stop_within(cx).await;
            Ok(SigningOut::Done)
        } else {
            leaving.session.close(&request, cx).await
        };
        match closed {
            Ok(SigningOut::Done) => {
                leaving.done();
                self.hub.settle(&cx.op, signed_out());
                Ok(Receipt::new(handle))
            }
            Ok(SigningOut::Late) => {
                let error = self.close_late(leaving, request, cx).await;
                Err(error.during("close").with_op(&cx.op))
            }
            Err(error) => {
                self.hub.forget(&cx.op);
                Err(error.during("close").with_op(&cx.op))
            }
        }
    }

    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        agent::set_state(&*self.live(session)?, &to, cx).await
    }

    async fn adopt(&self, session: &SessionId, request: AdoptCall, cx: &OpCx) -> Result<CallRef> {
        misc::adopt(&*self.live(session)?, &request, cx).await
    }

    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        dial::dial(&*self.live(session)?, &request, cx).await
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        leg::act(&*self.live(&at.session)?, &at.call, what, cx).await
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        transfer::transfer(&*self.live(&call.session)?, &call.call, &request, cx).await
    }

    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt> {
        consult::cancel_transfer(&*self.live(&call.session)?, &call.call, op, cx).await
    }

    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        consult::start(&*self.live(&call.session)?, call, &request, cx).await
    }

    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
        consult::step(&*self.live(&consult.call.session)?, consult, step, cx).await
    }

    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        transfer::requeue(&*self.live(&call.session)?, &call.call, &request, cx).await
    }

    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt> {
        conference::conference(&*self.live(&call.session)?, &call.call, &request, cx).await
    }

    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        conference::send_dtmf(&*self.live(&at.session)?, &at.call, &digits, cx).await
    }

    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        misc::patch_data(&*self.live(&call.session)?, &call.call, &patch, cx).await
    }

    async fn snapshot(&self, scope: Scope, cx: &OpCx) -> Result<Arc<Snapshot>> {
        let asked = match scope.session() {
            Some(session) => vec![self.live(session)?],
            None => self.sessions.active(),
        };
        for live in asked {
            misc::refresh(&live, cx).await?;
        }
        Ok(self.hub.snapshot(&scope))
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.hub.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub.outcome_of(op)
    }

    async fn native(&self, request: NativeRequest, cx: &OpCx) -> Result<NativeReply> {
        let session = request
            .session
            .as_ref()
            .ok_or_else(|| Error::invalid_input("a native request needs the session whose credential it goes with"))?;
        misc::native(&*self.live(session)?, &request, cx).await
    }

    async fn configure(&self, session: &SessionId, setting: SessionSetting, cx: &OpCx) -> Result<Receipt> {
        configure::configure(&*self.live(session)?, &setting, cx).await
    }

    async fn take(&self, session: &SessionId, request: TakeCall, cx: &OpCx) -> Result<Receipt> {
        take::take(&*self.live(session)?, &request, cx).await
    }

    async fn join(&self, call: &CallRef, request: JoinCalls, cx: &OpCx) -> Result<Receipt> {
        join::join(&*self.live(&call.session)?, &call.call, &request, cx).await
    }

    async fn media(&self, session: &SessionId, request: Media, cx: &OpCx) -> Result<Receipt> {
        media::media(&*self.live(session)?, &request, cx).await
    }

    async fn supervise(&self, session: &SessionId, request: Supervise, cx: &OpCx) -> Result<Receipt> {
        supervise::supervise(&*self.live(session)?, &request, cx).await
    }

    async fn say(&self, _call: &CallRef, _request: Say, _cx: &OpCx) -> Result<Receipt> {
        Err(self.capabilities.refuse(Operation::Say))
    }

    async fn look_up(&self, session: Option<&SessionId>, what: LookUp, cx: &OpCx) -> Result<Found> {
        let anybody = || Error::invalid_state("the gateway answers those only who are signed in; open a session first");
        let live = match session {
            Some(session) => self.live(session)?,
            None => self.sessions.active().into_iter().next().ok_or_else(anybody)?,
        };
        look_up::look_up(&live, &what, cx).await
    }

    async fn receive(&self, pushed: Pushed, _cx: &OpCx) -> Result<NativeReply> {
        let token = self
            .site
            .config
            .token()
            .filter(|_| self.site.config.events == Events::Push);
        let token = token.ok_or_else(|| self.capabilities.refuse(Operation::Receive))?;
        Ok(push::receive(
            &self.sessions,
            token,
            self.site.config.push_checks_guid,
            &pushed,
        ))
    }

    async fn shutdown(&self, cx: &OpCx) {
        let batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(batch) = batch {
            batch.stop().await;
        }
        let sessions = self.sessions.close();
        let ends = sessions.iter().map(|session| async move {
            let state = self.hub.session_state(&session.live().id);
            let to_leave = !state.is_some_and(SessionState::is_over) && !session.is_late();
            if to_leave
                && let Err(error) = session.close(&CloseSession::default(), cx).await
            {
                // Not forced: a call that is up shall not end with us. The gateway signs out who is not polled for two minutes.
                tracing::warn!(target: "callcontrol::cc_gateway", session = %session.live().id, %error, "not signed out at shutdown");
            }
            if !session.stop_within(cx).await {
                tracing::warn!(target: "callcontrol::cc_gateway", session = %session.live().id, "the shutdown did not wait for a sign-in under way");
            }
            self.hub.set_session_state(&session.live().id, SessionState::Closed, "the adapter is shut down");
        });
        let patience = cx.remaining_or(self.site.config.request_timeout());
        futures::future::join(futures::future::join_all(ends), self.errands.finish(patience)).await;
        self.hub.close();
    }
}
