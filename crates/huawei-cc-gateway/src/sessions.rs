//! The adapter's sessions by id. An agent whose sign-in or sign-out is under way has a place of its own: the two must not overlap (3.3).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_core::{Effect, Error, ErrorKind, Hub, Result, SessionId, SessionState};
use serde_json::Value;

use crate::live::Live;
use crate::session::{Session, over, recovering};

/// All sessions of one adapter.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    places: Mutex<HashMap<SessionId, Place>>,
    closed: AtomicBool,
}

#[derive(Debug)]
enum Place {
    /// With events that came before the answer to the sign-in.
    Opening(Vec<Value>),
    Live(Arc<Session>),
    Closing(Arc<Session>),
}

impl Place {
    fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::Live(session) | Self::Closing(session) => Some(session),
            Self::Opening(_) => None,
        }
    }
}

/// A place that is given back unless it is taken.
#[derive(Debug)]
pub(crate) struct Reserved {
    sessions: Arc<Sessions>,
    id: SessionId,
    /// A former session of this agent that is over.
    pub(crate) former: Option<Arc<Session>>,
}

/// A session that is being signed out; it stays where it is unless it has left.
#[derive(Debug)]
pub(crate) struct Leaving {
    sessions: Arc<Sessions>,
    pub(crate) session: Arc<Session>,
}

/// What became of events that were delivered for an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// Its session has them, or will have them when its sign-in is answered.
    Taken,
    /// They carry the credential of no stay of this agent that we know.
    WrongGuid,
    /// Nobody of that name is signed in here.
    Unknown,
}

impl Sessions {
    /// Reserves the place of an agent that is about to sign in.
    pub(crate) fn reserve(self: &Arc<Self>, id: &SessionId, hub: &Hub) -> Result<Reserved> {
        let mut places = self.places();
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, Effect::None, "the adapter is shut down"));
        }
        let former = match places.get(id) {
            None => None,
            Some(Place::Opening(_)) => return Err(under_way("sign-in", id)),
            Some(Place::Closing(_)) => return Err(under_way("sign-out", id)),
            Some(Place::Live(session)) if hub.session_state(id).is_some_and(SessionState::is_over) => {
                Some(Arc::clone(session))
            }
            Some(Place::Live(_)) => {
                return Err(Error::invalid_state(format!(
                    "agent {id} is signed in here already; use that session"
                )));
            }
        };
        places.insert(id.clone(), Place::Opening(Vec::new()));
        Ok(Reserved {
            sessions: Arc::clone(self),
            id: id.clone(),
            former,
        })
    }

    /// A session that commands can be sent for.
    pub(crate) fn live(&self, id: &SessionId, hub: &Hub) -> Result<Arc<Live>> {
        let session = find(&self.places(), id, hub)?;
        match hub.session_state(id) {
            Some(state) if state.is_over() => Err(over(id, state)),
            Some(SessionState::Recovering) => Err(recovering(id)),
            Some(_) | None => Ok(Arc::clone(session.live())),
        }
    }

    /// A session that is to be signed out, also one that is over.
    pub(crate) fn leave(self: &Arc<Self>, id: &SessionId, hub: &Hub) -> Result<Leaving> {
        let mut places = self.places();
        let session = find(&places, id, hub)?;
        if let Some(Place::Closing(_)) = places.get(id) {
            return Err(under_way("sign-out", id));
        }
        places.insert(id.clone(), Place::Closing(Arc::clone(&session)));
        Ok(Leaving {
            sessions: Arc::clone(self),
            session,
        })
    }

    /// Gives an agent's events to its session, or keeps them for the one that is being opened. `guid`: the credential that came with them, if it is to be checked.
    pub(crate) fn deliver(&self, agent: &str, guid: Option<&str>, events: &[&Value]) -> Delivered {
        let Ok(id) = SessionId::new(agent) else {
            return Delivered::Unknown;
        };
        let mut places = self.places();
        match places.get_mut(&id) {
            None => Delivered::Unknown,
            Some(Place::Opening(early)) => {
                let room = MAX_EARLY.saturating_sub(early.len());
                early.extend(events.iter().take(room).map(|event| (*event).clone()));
                Delivered::Taken
            }
            Some(Place::Live(session) | Place::Closing(session)) => {
                let session = Arc::clone(session);
                drop(places);
                into(session.live(), guid, events)
            }
        }
    }

    /// All of them, the map left empty and closed to newcomers.
    pub(crate) fn close(&self) -> Vec<Arc<Session>> {
        self.closed.store(true, Ordering::Release);
        let places = std::mem::take(&mut *self.places());
        places.values().filter_map(Place::session).cloned().collect()
    }

    /// Those whose events flow.
    pub(crate) fn active(&self) -> Vec<Arc<Live>> {
        self.known(|state| state == SessionState::Active)
    }

    /// Those that are not over.
    pub(crate) fn standing(&self) -> Vec<Arc<Live>> {
        self.known(|state| !state.is_over())
    }

    fn known(&self, wanted: impl Fn(SessionState) -> bool) -> Vec<Arc<Live>> {
        let places = self.places();
        let lives = places.values().filter_map(Place::session).map(|session| session.live());
        lives.filter(|live| wanted(live.state())).cloned().collect()
    }

    fn places(&self) -> MutexGuard<'_, HashMap<SessionId, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved {
    /// The sign-in worked. Gives a former session of the agent whom an account turned out to stand for.
    pub(crate) fn fill(self, session: Session) -> Option<Arc<Session>> {
        let session = Arc::new(session);
        let mut places = self.sessions.places();
        let early = match places.remove(&self.id) {
            Some(Place::Opening(early)) => early,
            Some(Place::Live(_) | Place::Closing(_)) | None => Vec::new(),
        };
        session.live().take(&early);
        let before = places.insert(session.live().id.clone(), Place::Live(session));
        before.and_then(|place| place.session().cloned())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut places = self.sessions.places();
        if matches!(places.get(&self.id), Some(Place::Opening(_))) {
            places.remove(&self.id);
        }
    }
}

impl Leaving {
    /// It has left.
    pub(crate) fn done(self) {
        self.sessions.places().remove(&self.session.live().id);
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let id = &self.session.live().id;
        let mut places = self.sessions.places();
        if matches!(places.get(id), Some(Place::Closing(_))) {
            places.insert(id.clone(), Place::Live(Arc::clone(&self.session)));
        }
    }
}

fn into(live: &Live, guid: Option<&str>, events: &[&Value]) -> Delivered {
    if live.state().is_over() {
        return Delivered::Unknown;
    }
    if guid.is_some_and(|guid| !live.link.knows(guid)) {
        return Delivered::WrongGuid;
    }
    live.take(events.iter().copied());
    Delivered::Taken
}

/// A session, also one that is over.
fn find(places: &HashMap<SessionId, Place>, id: &SessionId, hub: &Hub) -> Result<Arc<Session>> {
    match places.get(id) {
        Some(Place::Live(session) | Place::Closing(session)) => Ok(Arc::clone(session)),
        Some(Place::Opening(_)) => Err(Error::invalid_state(format!("agent {id} is still signing in"))),
        None => match hub.session_state(id) {
            Some(state) if state.is_over() => Err(over(id, state)),
            Some(_) | None => Err(Error::not_found(format!("no session {id} here; open it first"))),
        },
    }
}

fn under_way(what: &str, id: &SessionId) -> Error {
    let message = format!("a {what} of agent {id} is under way; wait for it");
    Error::new(ErrorKind::Conflict, Effect::None, message)
}

/// A sign-in brings a handful of events before it is answered.
const MAX_EARLY: usize = 64;
