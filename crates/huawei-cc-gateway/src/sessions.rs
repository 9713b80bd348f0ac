//! The adapter's sessions by id. An agent whose sign-in is under way has a place already: sign-in and sign-out of one agent must not overlap (3.3).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_core::{Effect, Error, ErrorKind, Hub, Result, SessionId};

use crate::session::{Live, Session, over};

/// All sessions of one adapter.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    places: Mutex<HashMap<SessionId, Place>>,
    closed: AtomicBool,
}

#[derive(Debug)]
enum Place {
    Opening,
    Live(Arc<Session>),
}

/// A place that is given back unless it is taken.
pub(crate) struct Reserved<'a> {
    sessions: &'a Sessions,
    id: SessionId,
    /// A former session of this agent that is over.
    pub(crate) former: Option<Arc<Session>>,
}

impl Sessions {
    /// Reserves the place of an agent that is about to sign in.
    pub(crate) fn reserve(&self, id: &SessionId, hub: &Hub) -> Result<Reserved<'_>> {
        let mut places = self.places();
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, Effect::None, "the adapter is shut down"));
        }
        let former = match places.get(id) {
            None => None,
            Some(Place::Opening) => {
                let message = format!("a sign-in of agent {id} is under way; wait for it");
                return Err(Error::new(ErrorKind::Conflict, Effect::None, message));
            }
            Some(Place::Live(session)) if hub.session_state(id).is_some_and(|state| state.is_over()) => {
                Some(Arc::clone(session))
            }
            Some(Place::Live(_)) => {
                return Err(Error::invalid_state(format!(
                    "agent {id} is signed in here already; use that session"
                )));
            }
        };
        places.insert(id.clone(), Place::Opening);
        Ok(Reserved {
            sessions: self,
            id: id.clone(),
            former,
        })
    }

    /// A session that commands can be sent for.
    pub(crate) fn live(&self, id: &SessionId, hub: &Hub) -> Result<Arc<Live>> {
        let session = self.get(id, hub)?;
        match hub.session_state(id) {
            Some(state) if state.is_over() => Err(over(id, state)),
            Some(_) | None => Ok(Arc::clone(session.live())),
        }
    }

    /// A session, also one that is over.
    pub(crate) fn get(&self, id: &SessionId, hub: &Hub) -> Result<Arc<Session>> {
        match self.places().get(id) {
            Some(Place::Live(session)) => Ok(Arc::clone(session)),
            Some(Place::Opening) => Err(Error::invalid_state(format!("agent {id} is still signing in"))),
            None => match hub.session_state(id) {
                Some(state) if state.is_over() => Err(over(id, state)),
                Some(_) | None => Err(Error::not_found(format!("no session {id} here; open it first"))),
            },
        }
    }

    pub(crate) fn remove(&self, id: &SessionId) {
        self.places().remove(id);
    }

    /// All of them, the map left empty and closed to newcomers.
    pub(crate) fn close(&self) -> Vec<Arc<Session>> {
        self.closed.store(true, Ordering::Release);
        let places = std::mem::take(&mut *self.places());
        let live = places.into_values().filter_map(|place| match place {
            Place::Live(session) => Some(session),
            Place::Opening => None,
        });
        live.collect()
    }

    /// Those that are not over.
    pub(crate) fn all_live(&self, hub: &Hub) -> Vec<Arc<Live>> {
        let places = self.places();
        let live = places.iter().filter_map(|(id, place)| match place {
            Place::Live(session) if !hub.session_state(id).is_some_and(|state| state.is_over()) => {
                Some(Arc::clone(session.live()))
            }
            Place::Live(_) | Place::Opening => None,
        });
        live.collect()
    }

    fn places(&self) -> MutexGuard<'_, HashMap<SessionId, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved<'_> {
    /// The sign-in worked.
    pub(crate) fn fill(self, session: Arc<Session>) {
        self.sessions.places().insert(self.id.clone(), Place::Live(session));
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut places = self.sessions.places();
        if matches!(places.get(&self.id), Some(Place::Opening)) {
            places.remove(&self.id);
        }
    }
}
