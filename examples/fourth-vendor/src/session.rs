//! An agent's stay: sign-in, sign-out, and the task that reads its events. Whoever ends the stay stops the task and waits for it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use callcontrol::{
    AgentStateRequest, CloseSession, Displace, Error, ErrorKind, OpCx, OpenSession, Operation, Outcome, Pending,
    Receipt, Result, SessionId, SessionInfo, SessionState,
};
use callcontrol_http::{ApiPath, Idempotency, Request, fault};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::adapter::Tinbell;
use crate::wire::{SignIn, SignedIn};
use crate::{faults, pump};

/// A signed-in agent.
pub(crate) struct Stay {
    /// The vendor's id of the session.
    pub(crate) native: String,
    token: String,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// The token is a credential: `Debug` does not show it.
impl fmt::Debug for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stay")
            .field("native", &self.native)
            .finish_non_exhaustive()
    }
}

impl Stay {
    /// A request in this session's name.
    pub(crate) fn sign(&self, request: Request) -> Result<Request> {
        Ok(request.sensitive_header("x-token", &self.token)?)
    }

    /// Stops the task and waits for it.
    pub(crate) async fn end(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // A task that panicked has ended too.
            let _ = task.await;
        }
    }
}

impl Tinbell {
    pub(crate) async fn sign_in(self: &Arc<Self>, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        let session = SessionId::new(request.agent.as_str())?;
        let password = request
            .password
            .as_ref()
            .map(|password| password.reveal())
            .unwrap_or_default();
        let body = SignIn {
            user: request.agent.as_str(),
            password,
            force: request.displace == Displace::Always,
            ready: request.state == AgentStateRequest::Ready,
        };
        let path = ApiPath::new("/v1").literal("sessions");
        let sent = Request::post(path, self.deadline(cx)).json(&body)?;
        let response = self.transport.send(sent).await;
        let response = response.map_err(|error| fault::from_transport(error, Idempotency::Command))?;
        let response = faults::judge(response, Idempotency::Command)?;
        let answer: SignedIn = response
            .json_secret("sign-in")
            .map_err(|error| fault::from_decode(error, Idempotency::Command))?;
        self.hub.open_session(&session, &request.agent);
        let (stop, stopped) = watch::channel(false);
        let stay = Arc::new(Stay {
            native: answer.session,
            token: answer.token,
            stop,
            task: Mutex::default(),
        });
        self.stays().insert(session.clone(), Arc::clone(&stay));
        self.hub.set_session_state(&session, SessionState::Active, "signed in");
        let reading = pump::run(Arc::clone(self), session.clone(), Arc::clone(&stay), stopped);
        *stay.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokio::spawn(reading));
        Ok(SessionInfo {
            session,
            agent: request.agent,
        })
    }

    pub(crate) async fn sign_out(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        let stay = self.stay(session)?;
        let pending = Pending::new(cx.op.clone(), Operation::Close, session.clone(), None);
        let outcome = self.hub.begin(pending);
        let path = ApiPath::new("/v1").literal("sessions").id(&stay.native)?;
        let path = if request.force {
            path.query("force", "true")?
        } else {
            path
        };
        let sent = self
            .exchange(&stay, Request::delete(path, self.deadline(cx)), Idempotency::Command)
            .await;
        if let Err(error) = sent {
            self.hub.forget(&cx.op);
            return Err(error);
        }
        stay.end().await;
        self.stays().remove(session);
        let done = Outcome::done(callcontrol::CustomerAt::Unknown).by(callcontrol::Evidence::Answer);
        self.hub.settle(&cx.op, done);
        self.hub.set_session_state(session, SessionState::Closed, "signed out");
        Ok(Receipt::new(outcome))
    }

    /// The stay that a command needs; the error says what has become of one that is over.
    pub(crate) fn stay(&self, session: &SessionId) -> Result<Arc<Stay>> {
        let state = self.hub.session_state(session);
        let error = |kind, text: &str| Err(Error::not_found(text).with_kind(kind));
        match (self.stays().get(session), state) {
            (_, Some(SessionState::Displaced)) => {
                error(ErrorKind::Displaced, "somebody else signed in with this agent")
            }
            (_, Some(SessionState::Lost)) => error(ErrorKind::SessionLost, "the session has expired; sign in again"),
            (Some(stay), _) => Ok(Arc::clone(stay)),
            (None, _) => error(ErrorKind::NotFound, "the session is not open"),
        }
    }

    pub(crate) async fn end_all(&self) {
        let stays = std::mem::take(&mut *self.stays());
        for (session, stay) in stays {
            stay.end().await;
            self.hub.set_session_state(&session, SessionState::Closed, "shut down");
        }
    }
}
