//! One agent's stay at the gateway: sign-in, the task that keeps it, sign-out. The session owns its task: stops it and waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callcontrol_core::{CloseSession, Effect, Error, ErrorKind, OpCx, OpenSession, Result, SessionId, SessionState};
use tokio::time::timeout;

use crate::faults;
use crate::link::Link;
use crate::live::{Live, Site};
use crate::pump;
use crate::sign_in::{self, Entry, SigningIn, Standing};
use crate::task::Task;

/// A signed-in agent with a running pump. Dropping it stops the pump.
#[derive(Debug)]
pub(crate) struct Session {
    live: Arc<Live>,
    pump: Task,
    /// Its sign-out was asked for and is still to be sent.
    late: AtomicBool,
}

/// Why there is no session.
pub(crate) struct NotOpened {
    pub(crate) error: Error,
    /// The way by which an agent is to be signed out who is signed in to no use.
    pub(crate) signed_in: Option<Box<Link>>,
}

impl From<Error> for NotOpened {
    fn from(error: Error) -> Self {
        Self { error, signed_in: None }
    }
}

/// How far a sign-out came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SigningOut {
    Done,
    /// The agent was just being signed in again, and the time is up: nothing was sent, and the event link ends.
    Late,
}

impl Session {
    /// Signs in, selects the queues, starts the pump. `other`: a session that can be asked about the agent.
    pub(crate) async fn open(
        request: &OpenSession,
        entry: Entry,
        site: &Site,
        other: Option<&Live>,
        cx: &OpCx,
    ) -> std::result::Result<Self, NotOpened> {
        let begun = entry.agent().map(|agent| SessionId::new(agent.as_str())).transpose()?;
        if let Some(session) = &begun {
            site.hub.open_session(session, &request.agent);
        }
        match Self::enter(request, entry, site, other, cx).await {
            Ok(live) => Ok(Self::start(Arc::new(live))),
            Err(error) => {
                if let Some(session) = &begun {
                    site.hub
                        .set_session_state(session, SessionState::Closed, "the sign-in failed");
                }
                Err(error)
            }
        }
    }

    async fn enter(
        request: &OpenSession,
        entry: Entry,
        site: &Site,
        other: Option<&Live>,
        cx: &OpCx,
    ) -> std::result::Result<Live, NotOpened> {
        let config = &site.config;
        let limit = || cx.remaining_or(config.request_timeout());
        let standing = Standing {
            auto_answer: request.auto_answer,
            auto_ready: config.auto_enter_idle,
            accept_calls: None,
            queues: config.queues.clone(),
            due: false,
        };
        let link = Link::new(
            Arc::clone(&site.transport),
            entry.agent().map_or("", |agent| agent.as_str()),
        );
        let attempt = SigningIn {
            link: &link,
            entry: &entry,
            standing: &standing,
            config,
            state: None,
        };
        let answer = sign_in::enter(&attempt, other, limit).await?;
        let agent = match entry.agent() {
            Some(agent) => agent.clone(),
            None => sign_in::named_agent(&answer)?,
        };
        let link = link.named(agent.as_str());
        if let Err(error) = sign_in::select_queues(&link, &standing.queues, limit()).await {
            let signed_in = Some(Box::new(link));
            return Err(NotOpened { error, signed_in });
        }
        if entry.agent().is_none() {
            site.hub.open_session(&SessionId::new(agent.as_str())?, &agent);
        }
        Ok(Live::new(site, link, entry, standing, agent)?)
    }

    fn start(live: Arc<Live>) -> Self {
        live.active("signed in");
        let pump = Task::start(|stopped| pump::run(Arc::clone(&live), stopped));
        let late = AtomicBool::new(false);
        Self { live, pump, late }
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Signs out. That the agent was signed out before is no failure.
    pub(crate) async fn close(&self, request: &CloseSession, cx: &OpCx) -> Result<SigningOut> {
        let live = &self.live;
        let limit = || cx.remaining_or(live.config.request_timeout());
        let signing_out = || sign_in::sign_out(&live.link, request, limit());
        signing_out()?;
        live.set_closing(true);
        // Sign-in and sign-out of one agent must not overlap.
        if live.state() == SessionState::Recovering && !self.stop_within(cx).await {
            self.late.store(true, Ordering::Release);
            return Ok(SigningOut::Late);
        }
        match live.link.command(signing_out()?).await {
            Err(error) if !faults::is_session_gone(&error) => {
                live.set_closing(false);
                if self.pump.has_ended() {
                    live.over(
                        SessionState::Lost,
                        "the event link ended during a sign-out whose answer was lost",
                    );
                }
                Err(error)
            }
            Ok(_) | Err(_) => {
                self.pump.stop().await;
                live.hub.set_session_state(&live.id, SessionState::Closed, "signed out");
                Ok(SigningOut::Done)
            }
        }
    }

    /// True when somebody sees to its sign-out already.
    pub(crate) fn is_late(&self) -> bool {
        self.late.load(Ordering::Acquire)
    }

    /// Stops the pump and waits for it as long as there is time; true when it has ended with some time left.
    pub(crate) async fn stop_within(&self, cx: &OpCx) -> bool {
        let Some(left) = cx.remaining() else {
            self.pump.stop().await;
            return true;
        };
        timeout(left, self.pump.stop()).await.is_ok() && cx.remaining().is_none_or(|left| !left.is_zero())
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

/// The error of a command on a session whose link is being restored. It is transient: the session may be active again in a moment.
pub(crate) fn recovering(session: &SessionId) -> Error {
    Error::new(
        ErrorKind::Unreachable,
        Effect::None,
        format!(
            "the link of session {session} to the gateway is broken and being restored; nothing was sent, try again when the session is active"
        ),
    )
}
