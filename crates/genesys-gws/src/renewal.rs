//! Signing in again when the server has forgotten us (vendor page, section 13.2): once for all who wait, never with credentials that were refused.

use callcontrol_core::{AgentState, Effect, Error, ErrorKind, Result, SessionState};
use callcontrol_http::ApiPath;
use tokio::time::Instant;

use crate::cometd::machine::Access;
use crate::config::SignInAgain;
use crate::faults::Asked;
use crate::mapping::agent_state;
use crate::session::{Session, snapshot_path};
use crate::wire::body::Body;
use crate::wire::envelope::Envelope;

impl Session {
    /// Sends an operation. Where the server proves by 403/20 that it refused for want of a session, signs in again and sends once more.
    pub(crate) async fn post(&self, path: ApiPath, body: &Body, asked: Asked, deadline: Instant) -> Result<Envelope> {
        let seen = self.generation();
        let refused = match self.link.post(path.clone(), body, asked, deadline).await {
            Err(error) if proves_no_session(&error) => error,
            answered => return answered,
        };
        match self.renew(seen, deadline).await {
            Access::Restored => self.link.post(path, body, asked, deadline).await,
            Access::Unreachable | Access::Refused => Err(refused),
        }
    }

    /// Reads, with the same cure.
    pub(crate) async fn get(&self, path: ApiPath, deadline: Instant) -> Result<Envelope> {
        let seen = self.generation();
        let refused = match self.link.get(path.clone(), deadline).await {
            Err(error) if proves_no_session(&error) => error,
            answered => return answered,
        };
        match self.renew(seen, deadline).await {
            Access::Restored => self.link.get(path, deadline).await,
            Access::Unreachable | Access::Refused => Err(refused),
        }
    }

    /// Signs in again after the server has forgotten us; `seen` is the generation the caller's refused request belonged to.
    /// One attempt serves everybody who waits. Wrong credentials are never tried twice: accounts get locked.
    pub(crate) async fn renew(&self, seen: u64, deadline: Instant) -> Access {
        let Ok(mut door) = tokio::time::timeout_at(deadline, self.access.lock()).await else {
            return Access::Unreachable;
        };
        if self.generation() != seen {
            return Access::Restored;
        }
        if door.shut.is_some() || self.stop.is_cancelled() {
            return Access::Refused;
        }
        if self.config.sign_in_again == SignInAgain::Never {
            let why = "the server does not know this session any more, and sign-in-again = \"never\"";
            door.shut = Some((SessionState::Lost, why.to_owned()));
            return Access::Refused;
        }
        match self.sign_in_again(deadline).await {
            Ok(()) => {
                self.generation.send_modify(|generation| *generation += 1);
                tracing::info!(target: "callcontrol::session", session = %self.id, "signed in again");
                Access::Restored
            }
            Err(error) if is_final(&error) => {
                tracing::warn!(target: "callcontrol::session", session = %self.id, %error, "signing in again was refused");
                door.shut = Some(shut_by(&error));
                Access::Refused
            }
            Err(error) => {
                tracing::debug!(target: "callcontrol::session", session = %self.id, %error, "signing in again failed");
                Access::Unreachable
            }
        }
    }

    /// Section 13.2: authenticate, look at the state, start the stay again only if the agent was logged out.
    async fn sign_in_again(&self, deadline: Instant) -> Result<()> {
        let envelope = self.link.sign_in(snapshot_path()?, deadline).await?;
        let snapshot = envelope.snapshot().unwrap_or_default();
        let told = self
            .readiness_of(&snapshot.devices)
            .or_else(|| snapshot.voice_state.as_ref().map(agent_state));
        match told {
            Some(AgentState::SignedOut) | None => self.come_back(deadline).await,
            Some(_) => Ok(()),
        }
    }

    /// What has become of the session if signing in again is out of the question.
    pub(crate) async fn why_shut(&self) -> (SessionState, String) {
        let shut = self.access.lock().await.shut.clone();
        shut.unwrap_or_else(|| {
            (
                SessionState::Lost,
                "the server does not know this session any more".to_owned(),
            )
        })
    }

    pub(crate) fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    /// Returns when the HTTP session is a newer one than `seen`.
    pub(crate) async fn newer_than(&self, seen: u64) {
        let mut generation = self.generation.subscribe();
        if generation.wait_for(|now| *now > seen).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn proves_no_session(error: &Error) -> bool {
    error.kind() == ErrorKind::SessionLost && error.effect() == Effect::None
}

/// Whoever has taken the device holds the agent now (section 13.2: report, do not fight).
fn shut_by(error: &Error) -> (SessionState, String) {
    match error.kind() {
        ErrorKind::TargetUnavailable => (
            SessionState::Displaced,
            format!("another login holds the agent or the device: {}", error.message()),
        ),
        _ => (
            SessionState::Lost,
            format!("the server does not sign the agent in any more: {}", error.message()),
        ),
    }
}

fn is_final(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Credentials
            | ErrorKind::Permission
            | ErrorKind::TargetUnavailable
            | ErrorKind::InvalidState
            | ErrorKind::InvalidInput
    )
}
