//! One agent's stay at the gateway: sign-in, the running pump, sign-out. The session owns its pump: stops it and waits for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_core::{
    AgentId, AgentStateRequest, Displace, Effect, Error, ErrorKind, Hub, OpCx, OpenSession, PhoneNumber, RawMessage,
    Result, Secret, SessionId, SessionState,
};
use callcontrol_http::{Request, Transport};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::address;
use crate::calls::Calls;
use crate::config::{CcGatewayConfig, Queues};
use crate::faults;
use crate::link::{BASE, Link};
use crate::pump;
use crate::wire::{SignIn, decode_event};

/// What commands and pump of one session share.
pub(crate) struct Live {
    pub(crate) id: SessionId,
    pub(crate) agent: AgentId,
    pub(crate) phone: PhoneNumber,
    pub(crate) link: Link,
    pub(crate) hub: Hub,
    pub(crate) config: Arc<CcGatewayConfig>,
    calls: Mutex<Calls>,
    /// We are signing out: that the gateway does not know the agent any more is then no loss.
    closing: AtomicBool,
}

/// Who it is and no more: phone, numbers and credential stay out of logs.
impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Live {
    /// Operations and consults. Held while an event is taken in, so that nothing comes between an event and its effect; never across an await.
    pub(crate) fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vendor has ended the session.
    pub(crate) fn lost(&self, reason: &str) {
        if !self.closing.load(Ordering::Acquire) {
            self.hub.set_session_state(&self.id, SessionState::Lost, reason);
        }
    }

    /// A number from the injected source of ids, so that a simulated run repeats.
    pub(crate) fn random(&self) -> u64 {
        let id = self.hub.ids().op();
        let digits = id.as_str().rsplit('-').next().unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or_default()
    }
}

/// A signed-in agent with a running pump. Dropping it stops the pump.
#[derive(Debug)]
pub(crate) struct Session {
    live: Arc<Live>,
    stop: watch::Sender<bool>,
    pump: Mutex<Option<JoinHandle<()>>>,
}

impl Session {
    /// Signs in, selects the queues, starts the pump.
    pub(crate) async fn open(
        request: &OpenSession,
        config: &Arc<CcGatewayConfig>,
        transport: &Arc<dyn Transport>,
        hub: &Hub,
        cx: &OpCx,
    ) -> Result<Self> {
        let credentials = Credentials::check(request)?;
        let agent = credentials.agent;
        let session = SessionId::new(agent)?;
        hub.open_session(&session, &request.agent);
        let own = vec![agent.to_owned(), credentials.phone.to_owned()];
        let live = Live {
            id: session.clone(),
            agent: request.agent.clone(),
            phone: PhoneNumber::new(credentials.phone)?,
            link: Link::new(Arc::clone(transport), agent),
            hub: hub.clone(),
            config: Arc::clone(config),
            calls: Mutex::new(Calls::new(hub.clone(), session.clone(), own)),
            closing: AtomicBool::new(false),
        };
        if let Err(error) = live.enter(request, &credentials, cx).await {
            hub.set_session_state(&session, SessionState::Closed, "the sign-in failed");
            return Err(error);
        }
        Ok(Self::start(Arc::new(live)))
    }

    fn start(live: Arc<Live>) -> Self {
        live.hub.set_session_state(&live.id, SessionState::Active, "signed in");
        let (stop, stopped) = watch::channel(false);
        let pump = tokio::spawn(pump::run(Arc::clone(&live), stopped));
        Self {
            live,
            stop,
            pump: Mutex::new(Some(pump)),
        }
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Signs out. That the agent was signed out before is no failure.
    pub(crate) async fn close(&self, force: bool, cx: &OpCx) -> Result<()> {
        let live = &self.live;
        let operation = if force { "forcelogout" } else { "logout" };
        let path = live.link.path("onlineagent", operation)?;
        live.closing.store(true, Ordering::Release);
        let limit = cx.remaining_or(live.config.request_timeout());
        match live.link.command(Request::delete(path, limit)).await {
            Err(error) if !faults::is_session_gone(&error) => {
                live.closing.store(false, Ordering::Release);
                if self.pump_has_ended() {
                    live.lost("the event link ended during a sign-out whose answer was lost");
                }
                Err(error)
            }
            Ok(_) | Err(_) => {
                self.stop().await;
                live.hub.set_session_state(&live.id, SessionState::Closed, "signed out");
                Ok(())
            }
        }
    }

    /// Stops the pump and waits for it.
    pub(crate) async fn stop(&self) {
        // Nobody listens when the pump has ended by itself.
        let _ = self.stop.send(true);
        let pump = self.pump().take();
        if let Some(pump) = pump
            && let Err(error) = pump.await
        {
            tracing::error!(target: "callcontrol::cc_gateway", session = %self.live.id, %error, "the event pump failed");
        }
    }

    fn pump_has_ended(&self) -> bool {
        self.pump().as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn pump(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.pump.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(pump) = self.pump().take() {
            pump.abort();
        }
    }
}

/// What a sign-in needs, checked.
struct Credentials<'a> {
    agent: &'a str,
    phone: &'a str,
    password: &'a Secret,
    status: u8,
}

impl<'a> Credentials<'a> {
    fn check(request: &'a OpenSession) -> Result<Self> {
        let missing = |what: &str| Error::invalid_input(format!("the gateway signs nobody in without {what}"));
        let phone = request
            .phone
            .as_ref()
            .ok_or_else(|| missing("the phone that the agent uses"))?;
        let password = request
            .password
            .as_ref()
            .ok_or_else(|| missing("a password (it may be empty where the platform allows it)"))?;
        if password.reveal().chars().count() > MAX_PASSWORD {
            return Err(Error::invalid_input(format!(
                "the password has more than {MAX_PASSWORD} characters"
            )));
        }
        Ok(Self {
            agent: address::agent_id(&request.agent)?,
            phone: address::shown("phone", phone)?,
            password,
            status: status(&request.state)?,
        })
    }
}

/// The `status` of a sign-in (3.3).
fn status(state: &AgentStateRequest) -> Result<u8> {
    match state {
        AgentStateRequest::NotReady { reason: None } => Ok(3),
        AgentStateRequest::Ready => Ok(4),
        AgentStateRequest::WrapUp => Ok(5),
        AgentStateRequest::NotReady { reason: Some(_) } => Err(Error::invalid_input(
            "a sign-in carries no reason for being not ready; sign in first and set the state after it",
        )),
        AgentStateRequest::Rest { .. } => Err(Error::invalid_input(
            "nobody can sign in resting; sign in first and rest after it",
        )),
        _ => Err(Error::unsupported("the gateway has no such state at sign-in")),
    }
}

impl Live {
    async fn enter(&self, request: &OpenSession, credentials: &Credentials<'_>, cx: &OpCx) -> Result<()> {
        let body = self.sign_in_body(request, credentials);
        let limit = || cx.remaining_or(self.config.request_timeout());
        let path = callcontrol_http::ApiPath::new(BASE)
            .literal("onlineagent")
            .id(credentials.agent)?;
        let plain = Request::put(path.clone(), limit()).json(&body)?;
        match self.link.sign_in(plain).await {
            Ok(_) => {}
            Err(error) if faults::is_signed_in_already(&error) && request.displace == Displace::Always => {
                let forced = Request::put(path.literal("forcelogin"), limit()).json(&body)?;
                self.link.sign_in(forced).await?;
            }
            Err(error) => return Err(error),
        }
        match self.select_queues(cx).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.undo(error).await),
        }
    }

    fn sign_in_body<'a>(&'a self, request: &OpenSession, credentials: &Credentials<'a>) -> SignIn<'a> {
        SignIn {
            password: credentials.password.reveal(),
            phonenum: credentials.phone,
            autoanswer: request.auto_answer,
            autoenteridle: self.config.auto_enter_idle,
            status: credentials.status,
            releasephone: self.config.release_phone,
            agenttype: self.config.agent_type,
            ip: self.config.agent_ip.as_deref(),
        }
    }

    /// Gives one event to the session's calls; one for another agent is dropped (5.1).
    pub(crate) fn take(&self, value: &Value) {
        let event = decode_event(value);
        if event.agent.as_deref().is_some_and(|agent| agent != self.agent.as_str()) {
            tracing::warn!(target: "callcontrol::cc_gateway", session = %self.id, "event for another agent dropped");
            return;
        }
        self.calls().hear(&event, RawMessage::new(value.to_string()));
    }

    /// Without this step no call comes (3.3, 3.6).
    async fn select_queues(&self, cx: &OpCx) -> Result<()> {
        let path = self.link.path("onlineagent", "resetskill")?;
        let path = match &self.config.queues {
            Queues::All => path.literal("true"),
            Queues::Only(_) => path.literal("false").query("skillid", self.config.skill_list())?,
        };
        let limit = cx.remaining_or(self.config.request_timeout());
        match self.link.command(Request::post(path, limit)).await {
            // An agent without queues can still call and be called.
            Err(error) if faults::is_empty_result(&error) => Ok(()),
            other => other.map(drop),
        }
    }

    /// The sign-in took effect and is of no use: take it back.
    async fn undo(&self, error: Error) -> Error {
        let signed_out = async {
            let path = self.link.path("onlineagent", "forcelogout")?;
            self.link
                .command(Request::delete(path, self.config.request_timeout()))
                .await
        };
        let (effect, rest) = match signed_out.await {
            Ok(_) => (Effect::None, "the agent was signed out again"),
            Err(_) => (Effect::Applied, "the agent may still be signed in for two minutes"),
        };
        let message = format!(
            "selecting the queues after the sign-in failed, {rest}: {}",
            error.message()
        );
        let failed = Error::new(error.kind(), effect, message);
        match error.native().cloned() {
            Some(native) => failed.with_native(native),
            None => failed,
        }
    }
}

/// The error of a command on a session that is over.
pub(crate) fn over(session: &SessionId, state: SessionState) -> Error {
    let kind = match state {
        SessionState::Displaced => ErrorKind::Displaced,
        SessionState::Closed => ErrorKind::Closed,
        _ => ErrorKind::SessionLost,
    };
    Error::new(
        kind,
        Effect::None,
        format!("the session {session} is {}; sign in again", state.as_str()),
    )
}

/// Section 3.3.
const MAX_PASSWORD: usize = 32;
