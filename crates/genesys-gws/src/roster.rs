//! The sessions of one adapter: who is signed in, what all of them together can do, and how everybody leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_core::{
    Capabilities, Effect, Error, ErrorKind, OperationKey, Result, SessionId, SessionState, Support,
};
use futures::future::join_all;
use tokio::time::Instant;

use crate::adapter::Gws;
use crate::capabilities::{MONITORING, RECORDING};
use crate::session::Session;
use crate::stay::Feature;

/// Sessions by id, and the manifest as far as their users may use it.
pub(crate) struct Roster {
    manifest: Capabilities,
    sessions: Mutex<BTreeMap<SessionId, Arc<Session>>>,
    offered: Mutex<Arc<Capabilities>>,
}

impl Roster {
    pub(crate) fn new(manifest: Capabilities) -> Self {
        Self {
            offered: Mutex::new(Arc::new(manifest.clone())),
            manifest,
            sessions: Mutex::default(),
        }
    }

    /// What can be done here now.
    pub(crate) fn offered(&self) -> Arc<Capabilities> {
        Arc::clone(&self.offered.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.sessions().values().cloned().collect()
    }

    /// Looks again at what the signed-in users may do: what none of them has the feature for is not offered. Gives the manifest if that changed it.
    fn narrow(&self) -> Option<Arc<Capabilities>> {
        let users: Vec<Option<BTreeSet<String>>> = self.all().iter().map(|session| session.features()).collect();
        let mut table = self.manifest.clone();
        for (feature, operations) in [(Feature::Recording, RECORDING), (Feature::Monitoring, MONITORING)] {
            let has = |features: &Option<BTreeSet<String>>| {
                features
                    .as_ref()
                    .is_none_or(|features| features.contains(feature.word()))
            };
            if users.is_empty() || users.iter().any(has) {
                continue;
            }
            let reason = format!("no user who is signed in has the feature {}", feature.word());
            for operation in operations {
                table = table.unsupported(*operation, reason.as_str());
            }
        }
        let mut offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        if **offered == table {
            return None;
        }
        *offered = Arc::new(table);
        Some(Arc::clone(&offered))
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<SessionId, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropped without a shutdown: the tasks end, the agents stay signed in at the vendor.
impl Drop for Roster {
    fn drop(&mut self) {
        for session in self.sessions().values() {
            session.drop_everything();
        }
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sessions = self.sessions().len();
        f.debug_struct("Roster")
            .field("sessions", &sessions)
            .finish_non_exhaustive()
    }
}

impl Gws {
    /// Refuses what is not claimed, with nothing sent.
    pub(crate) fn claims(&self, key: impl Into<OperationKey>) -> Result<()> {
        match self.roster.offered().support(key) {
            Support::Unsupported { reason } => Err(Error::unsupported(reason)),
            _ => Ok(()),
        }
    }

    /// A session that can take commands.
    pub(crate) fn session(&self, id: &SessionId) -> Result<Arc<Session>> {
        let session = self.any_session(id)?;
        if session.stop.is_cancelled() {
            let text = format!("the agent {id} is signing out");
            return Err(Error::new(ErrorKind::Closed, Effect::None, text));
        }
        Ok(session)
    }

    /// A session that is not over; its sign-out may have begun.
    pub(crate) fn any_session(&self, id: &SessionId) -> Result<Arc<Session>> {
        let session = self.roster.sessions().get(id).cloned();
        let session = session.ok_or_else(|| Error::not_found(format!("the agent {id} is not signed in here")))?;
        match self.hub.session_state(id) {
            Some(SessionState::Active | SessionState::Recovering) => Ok(session),
            Some(SessionState::Opening) if session.is_leaving() => {
                Err(Error::not_found(format!("the sign-in of agent {id} has failed")))
            }
            Some(SessionState::Opening) | None => {
                Err(Error::invalid_state(format!("the agent {id} is still signing in")))
            }
            Some(SessionState::Displaced) => {
                let text = format!("somebody else has taken the agent {id} over or signed it out");
                Err(Error::new(ErrorKind::Displaced, Effect::None, text))
            }
            Some(_) => {
                let text = format!("the session of agent {id} is over; sign in again");
                Err(Error::new(ErrorKind::SessionLost, Effect::None, text))
            }
        }
    }

    /// One session per agent: its cookies, its stream. One that is still leaving is waited for.
    pub(crate) async fn admit(&self, session: &Arc<Session>, deadline: Instant) -> Result<()> {
        while let Some(leaving) = self.take_in(session)? {
            leaving.gone(deadline).await?;
        }
        Ok(())
    }

    /// Gives the session that is in the way, if it is about to be gone.
    fn take_in(&self, session: &Arc<Session>) -> Result<Option<Arc<Session>>> {
        let mut sessions = self.roster.sessions();
        match sessions.get(&session.id) {
            Some(known) if known.is_leaving() => return Ok(Some(Arc::clone(known))),
            Some(known) if !known.stop.is_cancelled() => {
                let text = format!("the agent {} is signed in here already", session.id);
                return Err(Error::invalid_state(text));
            }
            Some(_) | None => {}
        }
        sessions.insert(session.id.clone(), Arc::clone(session));
        Ok(None)
    }

    pub(crate) fn dismiss(&self, session: &Arc<Session>) {
        let mut sessions = self.roster.sessions();
        if sessions
            .get(&session.id)
            .is_some_and(|known| Arc::ptr_eq(known, session) && !known.is_leaving())
        {
            sessions.remove(&session.id);
        }
        drop(sessions);
        self.look_at_features();
    }

    /// Who signs in or out may change what can be done here: then every reader is told.
    pub(crate) fn look_at_features(&self) {
        if let Some(capabilities) = self.roster.narrow() {
            self.hub.announce_capabilities(&capabilities);
        }
    }

    /// Signs everybody out at the same time, each after what was half done.
    pub(crate) async fn sign_all_out(&self, deadline: Instant) {
        let sessions: Vec<Arc<Session>> = std::mem::take(&mut *self.roster.sessions()).into_values().collect();
        join_all(sessions.iter().map(|session| self.sign_out(session, deadline))).await;
    }

    async fn sign_out(&self, session: &Arc<Session>, deadline: Instant) {
        let is_over = self.hub.session_state(&session.id).is_some_and(SessionState::is_over);
        let ended = if session.is_leaving() {
            let gone = session.gone(deadline).await;
            session.drop_everything();
            gone
        } else if is_over {
            session.halt(deadline).await
        } else {
            session.wind_up(deadline).await;
            session.quit(deadline).await;
            session.close(deadline).await
        };
        if let Err(error) = ended {
            tracing::warn!(target: "callcontrol::session", session = %session.id, %error, "not signed out at shutdown");
        }
    }
}
