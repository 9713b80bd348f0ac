//! The state of the world as this layer sees it: sessions, their calls, their legs. The hub is the one owner; everybody else gets copies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::capability::Operation;
use crate::command::RobotMode;
use crate::id::{AdapterId, AgentId, CallId, SessionId};
use crate::text::redacted_number;

/// Who an adapter is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdapterInfo {
    /// Its id in the configuration, e.g. `genesys-gws`.
    pub id: AdapterId,
    /// The vendor's product, e.g. `Genesys Web Services v2`.
    pub product: String,
    /// The adapter's own version.
    pub version: String,
}

/// A signed-in agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    /// The session's id: what commands refer to.
    pub session: SessionId,
    /// The agent.
    pub agent: AgentId,
}

/// What part of the world.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scope {
    /// Every session of this adapter.
    #[default]
    All,
    /// One session.
    Session(SessionId),
}

impl Scope {
    /// The session, if it is one.
    #[must_use]
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::All => None,
            Self::Session(session) => Some(session),
        }
    }
}

/// The state of some or all sessions at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// By session.
    pub sessions: BTreeMap<SessionId, SessionView>,
}

impl Snapshot {
    /// One session.
    #[must_use]
    pub fn session(&self, session: &SessionId) -> Option<&SessionView> {
        self.sessions.get(session)
    }

    /// One call of one session.
    #[must_use]
    pub fn call(&self, session: &SessionId, call: &CallId) -> Option<&CallView> {
        self.sessions.get(session)?.calls.get(call)
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionView {
    /// The agent.
    pub agent: AgentId,
    /// The link to the vendor.
    pub state: SessionState,
    /// The agent's readiness, as the vendor last said.
    pub agent_state: AgentState,
    /// Number of the last event that is contained in this view.
    pub seq: u64,
    /// Live calls.
    pub calls: BTreeMap<CallId, CallView>,
}

impl SessionView {
    /// A fresh session.
    #[must_use]
    pub fn new(agent: AgentId) -> Self {
        Self {
            agent,
            state: SessionState::Opening,
            agent_state: AgentState::Unknown,
            seq: 0,
            calls: BTreeMap::new(),
        }
    }
}

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionState {
    /// Signing in.
    Opening,
    /// Signed in, events flow.
    Active,
    /// The event link is broken and being restored; the view may be out of date.
    Recovering,
    /// Somebody else signed in with this agent, or signed it out. Final; we do not fight over it.
    Displaced,
    /// The vendor no longer knows it (not polled for too long, restarted, credential expired). Sign in again.
    Lost,
    /// Signed out as asked for.
    Closed,
}

impl SessionState {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Active => "active",
            Self::Recovering => "recovering",
            Self::Displaced => "displaced",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }

    /// True when no command can succeed any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Displaced | Self::Lost | Self::Closed)
    }
}

/// The readiness of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AgentState {
    /// Not told yet.
    #[default]
    Unknown,
    /// Ready for calls.
    Ready,
    /// Not ready.
    NotReady {
        /// The vendor's reason.
        reason: Option<String>,
    },
    /// Handling a call.
    Occupied,
    /// After-call work.
    WrapUp,
    /// On a break.
    Rest,
    /// Signed out at the vendor.
    SignedOut,
}

/// One call as one session sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallView {
    /// The vendor's id today.
    pub native: String,
    /// Who called whom.
    pub direction: Direction,
    /// The session's own leg.
    pub state: LegState,
    /// The others in the call, as far as told.
    pub parties: Vec<Party>,
    /// The call that this one consults for.
    pub consult_for: Option<CallId>,
    /// The agent is muted.
    pub muted: bool,
    /// Three or more talk.
    pub conference: bool,
    /// Business data as pairs. Values may be personal.
    pub data: CallData,
    /// What the vendor allows on this call right now; `None` where it does not say.
    pub allowed: Option<BTreeSet<Operation>>,
}

impl CallView {
    /// A call of which only the vendor's id and a state are known.
    #[must_use]
    pub fn new(native: impl Into<String>, state: LegState) -> Self {
        Self {
            native: native.into(),
            direction: Direction::Unknown,
            state,
            parties: Vec::new(),
            consult_for: None,
            muted: false,
            conference: false,
            data: CallData::default(),
            allowed: None,
        }
    }
}

/// Business data on a call; `Debug` shows keys only.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallData(pub BTreeMap<String, String>);

impl fmt::Debug for CallData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Direction {
    /// A customer called.
    Inbound,
    /// The agent called out.
    Outbound,
    /// Between agents.
    Internal,
    /// A consult for another call.
    Consult,
    /// Not told.
    Unknown,
}

/// The state of a session's own leg of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LegState {
    /// Offered to the agent.
    Ringing,
    /// Called by the agent, not answered yet.
    Dialing,
    /// Talking.
    Talking,
    /// Held by the agent.
    Held,
    /// Still waiting in a queue; the agent is not in it.
    Waiting,
    /// The customer is in an IVR flow and will come back to this agent.
    Suspended,
    /// A robot talks; the agent is attached in this mode.
    Robot(RobotMode),
    /// Alive, in a state that we have no word for.
    Unknown,
}

/// Another party of a call. `Debug` and `Display` hide the middle of the number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Party {
    /// Number or agent id as the vendor gives it; not checked, may be empty.
    pub address: String,
}

impl Party {
    /// A party at `address`.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redacted_number(&crate::text::one_line(&self.address, 64)))
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Party({self})")
    }
}
