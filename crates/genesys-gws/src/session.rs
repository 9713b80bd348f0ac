//! An agent's stay: sign-in in the order that loses no event (vendor page, section 2.5), signing in again when the server has forgotten us, sign-out.
//! Owns the pump and every other task of the agent, and stops and awaits them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentStateRequest, CallId, Cause, Effect, Error, ErrorKind, Hub, OpCx, OpId, OpenSession, Result, Secret,
    SessionId, SessionState,
};
use callcontrol_http::{ApiPath, Transport};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::calls::Calls;
use crate::config::GwsConfig;
use crate::expectations::{Expectations, World};
use crate::faults::{self, Asked};
use crate::link::Link;
use crate::mapping::{agent_state, fits};
use crate::pump;
use crate::wire::body::Body;
use crate::wire::device::WireDevice;
use crate::wire::envelope::Envelope;

/// One signed-in agent.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) agent: AgentId,
    pub(crate) hub: Hub,
    pub(crate) config: Arc<GwsConfig>,
    pub(crate) link: Link,
    /// One message or snapshot is taken in at a time; counts them.
    pub(crate) gate: tokio::sync::Mutex<u64>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) flow: watch::Sender<Flow>,
    book: Mutex<Book>,
    changes: watch::Sender<u64>,
    pub(crate) access: tokio::sync::Mutex<Door>,
    /// Counts HTTP sessions.
    pub(crate) generation: watch::Sender<u64>,
}

/// What this session remembers beside the hub's view.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) calls: Calls,
    pub(crate) expectations: Expectations,
    pub(crate) recipes: HashMap<OpId, RunningRecipe>,
    pub(crate) device: Option<String>,
    wanted_number: Option<String>,
}

/// A release-after transfer under way.
#[derive(Debug, Clone)]
pub(crate) struct RunningRecipe {
    pub(crate) original: CallId,
    /// The target has answered and the hand-over is being sent: too late to cancel.
    pub(crate) completing: bool,
    /// Told by an asynchronous failure.
    pub(crate) fault: Option<Cause>,
    /// The operation that asked to take it back.
    pub(crate) cancelled_by: Option<OpId>,
}

/// Whether events flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    Starting,
    Flowing,
    Ended(String),
}

/// Guards signing in again: one attempt serves all who wait.
#[derive(Debug, Default)]
pub(crate) struct Door {
    /// The credentials are not accepted any more: never try again.
    pub(crate) refused: bool,
}

impl Session {
    pub(crate) fn new(
        hub: Hub,
        config: Arc<GwsConfig>,
        transport: Arc<dyn Transport>,
        request: &OpenSession,
    ) -> Result<Arc<Self>> {
        let password = password(&config, request)?;
        let link = Link::new(transport, request.agent.as_str(), &password)?;
        let book = Book {
            wanted_number: request.phone.as_ref().map(|phone| phone.reveal().to_owned()),
            ..Book::default()
        };
        Ok(Arc::new(Self {
            id: SessionId::new(request.agent.as_str())?,
            agent: request.agent.clone(),
            hub,
            config,
            link,
            gate: tokio::sync::Mutex::new(0),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            flow: watch::Sender::new(Flow::Starting),
            book: Mutex::new(book),
            changes: watch::Sender::new(0),
            access: tokio::sync::Mutex::new(Door::default()),
            generation: watch::Sender::new(0),
        }))
    }

    /// Signs in. A failure leaves no task running and the agent signed out.
    pub(crate) async fn start(self: &Arc<Self>, request: &OpenSession, cx: &OpCx) -> Result<()> {
        let deadline = Instant::now() + cx.remaining_or(self.config.request_timeout().saturating_mul(3));
        self.enter(deadline).await?;
        self.hub.open_session(&self.id, &self.agent);
        let started = self.take_part(&request.state, deadline).await;
        match started {
            Ok(()) => self.hub.set_session_state(&self.id, SessionState::Active, "signed in"),
            Err(_) => self.abandon().await,
        }
        started
    }

    /// Steps 2 to 7 of section 2.5: the stream first, so that no event is lost; then the stay; then what is known.
    async fn take_part(self: &Arc<Self>, state: &AgentStateRequest, deadline: Instant) -> Result<()> {
        self.tasks.spawn(pump::run(Arc::clone(self)));
        self.await_flow(deadline).await?;
        self.start_stay(deadline).await?;
        self.resync(deadline).await?;
        self.check_phone()?;
        if fits(&self.hub.agent_state(&self.id), state) {
            return Ok(());
        }
        let path = ApiPath::new(VOICE);
        self.link
            .post(path, &readiness(state)?, Asked::Session, deadline)
            .await
            .map(drop)
    }

    async fn enter(&self, deadline: Instant) -> Result<()> {
        let envelope = self.link.sign_in(ApiPath::new(ME), deadline).await?;
        if envelope.has_user() {
            return Ok(());
        }
        let text = "the answer to the sign-in names no user; does the base URL lead to Web Services?";
        Err(Error::new(ErrorKind::Protocol, Effect::None, text))
    }

    async fn await_flow(&self, deadline: Instant) -> Result<()> {
        let mut flow = self.flow.subscribe();
        let settled = tokio::time::timeout_at(deadline, flow.wait_for(|flow| *flow != Flow::Starting)).await;
        match settled {
            Ok(Ok(flow)) => match &*flow {
                Flow::Flowing | Flow::Starting => Ok(()),
                Flow::Ended(why) => Err(Error::new(
                    ErrorKind::Protocol,
                    Effect::None,
                    format!("the event stream was refused: {why}"),
                )),
            },
            Ok(Err(_)) => Err(Error::new(
                ErrorKind::Closed,
                Effect::None,
                "the session was stopped while signing in",
            )),
            Err(_) => {
                let text = "no events within the deadline: the event stream (CometD) could not be set up; do cookies come back, is routing sticky?";
                Err(Error::new(ErrorKind::Timeout, Effect::None, text))
            }
        }
    }

    pub(crate) async fn start_stay(&self, deadline: Instant) -> Result<()> {
        let agent = self.agent.as_str();
        let config = &self.config;
        let body = Body::start_session(
            config.place_of(agent),
            config.login_code_of(agent),
            config.queue_of(agent),
        );
        match self.link.post(ApiPath::new(ME), &body, Asked::Session, deadline).await {
            Ok(envelope) => voice_started(&envelope),
            // A stay from before, e.g. of a process that died: this is how to take it up again (section 5.1).
            Err(error) if error.native_code() == Some(EXISTS_ALREADY) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn check_phone(&self) -> Result<()> {
        let book = self.book();
        match (&book.device, &book.wanted_number) {
            (Some(_), _) => Ok(()),
            (None, Some(_)) => Err(Error::invalid_state(
                "the agent has no device with the given number at this place",
            )),
            (None, None) => Err(Error::invalid_state(
                "the agent has no voice device; is a place configured for the agent?",
            )),
        }
    }

    /// The device that calls are made from: the one with the wanted number, else the first telephone.
    pub(crate) fn note_devices(&self, devices: &[WireDevice]) {
        let mut book = self.book();
        let wanted = book.wanted_number.clone();
        let fits = |device: &&WireDevice| device.is_voice && (wanted.is_none() || device.number == wanted);
        if let Some(device) = devices.iter().find(fits) {
            book.device = Some(device.id.clone());
        }
    }

    /// Reads the state of the own device out of a list of devices.
    pub(crate) fn readiness_of(&self, devices: &[WireDevice]) -> Option<callcontrol_core::AgentState> {
        let own = self.book().device.clone();
        let mine = |device: &&WireDevice| own.as_ref().is_none_or(|own| device.id == *own);
        devices.iter().find(mine)?.user_state.as_ref().map(agent_state)
    }

    /// Signs out: stream first, stay last (section 5.2: it kills the HTTP session). After a failure it can be asked again.
    pub(crate) async fn close(&self, deadline: Instant) -> Result<()> {
        self.halt(deadline).await?;
        let body = Body::op("EndContactCenterSession");
        match self.link.post(ApiPath::new(ME), &body, Asked::Session, deadline).await {
            Ok(_) => {}
            // No session, nothing to sign out of.
            Err(error) if error.kind() == ErrorKind::SessionLost => {}
            Err(error) => {
                let text = "the sign-out was not confirmed; close again";
                self.hub.set_session_state(&self.id, SessionState::Recovering, text);
                return Err(error);
            }
        }
        self.link.clear();
        self.hub.set_session_state(&self.id, SessionState::Closed, "signed out");
        Ok(())
    }

    /// Stops every task and waits for it, at most until the deadline.
    pub(crate) async fn halt(&self, deadline: Instant) -> Result<()> {
        self.stop.cancel();
        self.tasks.close();
        let ended = tokio::time::timeout_at(deadline, self.tasks.wait()).await;
        ended.map_err(|_| {
            Error::new(
                ErrorKind::Timeout,
                Effect::None,
                "a task of the session did not end in time; close again",
            )
        })
    }

    /// After a failed sign-in: nothing keeps running, nobody stays signed in.
    async fn abandon(&self) {
        let deadline = Instant::now() + FAREWELL;
        let _ended = self.halt(deadline).await;
        let body = Body::op("EndContactCenterSession");
        let _best_effort = self.link.post(ApiPath::new(ME), &body, Asked::Session, deadline).await;
        self.link.clear();
        self.hub
            .set_session_state(&self.id, SessionState::Closed, "the sign-in failed");
    }

    /// What is known of the session's calls and readiness now.
    pub(crate) fn world(&self) -> World {
        World {
            calls: self.hub.calls(&self.id).into_iter().collect(),
            agent: self.hub.agent_state(&self.id),
        }
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does work in a task of the session's and waits for it: a caller that goes away neither un-sends nor leaves half of the work undone.
    pub(crate) async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        match self.tasks.spawn(work).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Internal,
                Effect::Unknown,
                "the session's task ended unexpectedly",
            )),
        }
    }

    /// Something changed: whoever waits looks again.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Waits until `check` finds what it looks for, at most `limit`; `None` also when the session is stopped.
    pub(crate) async fn until<T>(&self, limit: Duration, mut check: impl FnMut(&World) -> Option<T>) -> Option<T> {
        let mut changes = self.changes.subscribe();
        let found = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = check(&self.world()) {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            found = tokio::time::timeout(limit, found) => found.ok().flatten(),
        }
    }
}

/// The body of a change of readiness (section 5.3).
pub(crate) fn readiness(state: &AgentStateRequest) -> Result<Body> {
    match state {
        AgentStateRequest::Ready => Ok(Body::op("Ready")),
        AgentStateRequest::NotReady { reason: None } => Ok(Body::op("NotReady")),
        AgentStateRequest::NotReady { reason: Some(reason) } => custom_state(reason),
        AgentStateRequest::WrapUp => Ok(Body::op("AfterCallWork")),
        AgentStateRequest::Rest { reason: None, .. } => Ok(Body::op("AuxWork")),
        AgentStateRequest::Rest {
            reason: Some(reason), ..
        } => custom_state(reason),
        _ => Err(Error::unsupported("Genesys Web Services has no such agent state")),
    }
}

/// A custom not-ready state is an operation with a name of its own; the name must not be one that does something else.
fn custom_state(reason: &str) -> Result<Body> {
    let is_word = !reason.is_empty() && reason.len() <= 64 && reason.chars().all(|c| c.is_ascii_alphanumeric());
    let is_other = [
        "Ready",
        "Offline",
        "StartContactCenterSession",
        "EndContactCenterSession",
    ]
    .contains(&reason);
    if is_word && !is_other {
        return Ok(Body::op(reason));
    }
    Err(Error::invalid_input(
        "the reason must be the operationName of one of the contact centre's own not-ready states (letters and digits), as GET settings/agent-states lists them",
    ))
}

/// What a snapshot is asked by (section 13.1).
pub(crate) fn snapshot_path() -> Result<ApiPath> {
    Ok(ApiPath::new(ME).query("subresources", "devices,calls,channels")?)
}

fn voice_started(envelope: &Envelope) -> Result<()> {
    if envelope.code == 0 || envelope.succeeded().iter().any(|channel| channel.channel == "voice") {
        return Ok(());
    }
    let failed = envelope.failed();
    let voice = failed
        .iter()
        .find(|channel| channel.channel == "voice")
        .or(failed.first());
    Err(match voice {
        Some(channel) => faults::refused(channel.code, channel.message.as_deref(), 200, Asked::Session),
        None => faults::refused(envelope.code, envelope.message.as_deref(), 200, Asked::Session),
    })
}

fn password(config: &GwsConfig, request: &OpenSession) -> Result<Secret> {
    if let Some(password) = &request.password {
        return Ok(password.clone());
    }
    config.password_of(request.agent.as_str())?.ok_or_else(|| {
        Error::invalid_input(
            "Genesys Web Services wants the agent's password: give it at sign-in or under agents.NAME.password",
        )
    })
}

pub(crate) const ME: &str = "/api/v2/me";
pub(crate) const VOICE: &str = "/api/v2/me/channels/voice";
const EXISTS_ALREADY: &str = "18";
const FAREWELL: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_not_ready_state_cannot_smuggle_in_another_operation() {
        let not_ready = |reason: &str| AgentStateRequest::NotReady {
            reason: Some(reason.to_owned()),
        };
        assert_eq!(readiness(&not_ready("Lunch")).expect("valid").name, "Lunch");
        for bad in ["", "Offline", "EndContactCenterSession", "a b", "x\n"] {
            assert_eq!(
                readiness(&not_ready(bad)).expect_err(bad).kind(),
                ErrorKind::InvalidInput
            );
        }
    }
}
