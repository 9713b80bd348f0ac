//! One agent's stay at the gateway: sign-in, the task that keeps it, sign-out. The session owns its task: stops it and waits for it.

use std::sync::Arc;

use callcontrol_core::{CloseSession, Effect, Error, ErrorKind, OpCx, OpenSession, Result, SessionId, SessionState};

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
}

impl Session {
    /// Signs in, selects the queues, starts the pump. `other`: a session that can be asked about the agent.
    pub(crate) async fn open(
        request: &OpenSession,
        entry: Entry,
        site: &Site,
        other: Option<&Live>,
        cx: &OpCx,
    ) -> Result<Self> {
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

    async fn enter(request: &OpenSession, entry: Entry, site: &Site, other: Option<&Live>, cx: &OpCx) -> Result<Live> {
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
            return Err(sign_in::undo(&link, config.request_timeout(), &error).await);
        }
        if entry.agent().is_none() {
            site.hub.open_session(&SessionId::new(agent.as_str())?, &agent);
        }
        Live::new(site, link, entry, standing, agent)
    }

    fn start(live: Arc<Live>) -> Self {
        live.active("signed in");
        let pump = Task::start(|stopped| pump::run(Arc::clone(&live), stopped));
        Self { live, pump }
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Signs out. That the agent was signed out before is no failure.
    pub(crate) async fn close(&self, request: &CloseSession, cx: &OpCx) -> Result<()> {
        let live = &self.live;
        let limit = cx.remaining_or(live.config.request_timeout());
        let signing_out = sign_in::sign_out(&live.link, request, limit)?;
        live.set_closing(true);
        if live.state() == SessionState::Recovering {
            // Sign-in and sign-out of one agent must not overlap.
            self.pump.stop().await;
        }
        match live.link.command(signing_out).await {
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
                Ok(())
            }
        }
    }

    /// Stops the pump and waits for it.
    pub(crate) async fn stop(&self) {
        self.pump.stop().await;
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
