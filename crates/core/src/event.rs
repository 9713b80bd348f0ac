//! What readers of the feed see. Events are past participles of the commands' verbs; each has a number within its session, our call id, and the vendor's raw message.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::capability::Capabilities;
use crate::command::{RobotMode, SupervisionMode};
use crate::id::{CallId, OpId, SessionId};
use crate::model::{AgentState, LegState, Party, SessionState, Snapshot};
use crate::receipt::Cause;

/// One item of a feed. The first one is always a snapshot.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FeedItem {
    /// The state as of now; events that follow come on top of it.
    Snapshot(Arc<Snapshot>),
    /// Something happened.
    Event(Arc<Event>),
    /// Something may have happened that nobody will tell; a snapshot follows.
    Gap(Gap),
    /// A session's link or stay changed.
    Session(SessionNotice),
    /// What the adapter can do has changed.
    Capabilities(Arc<Capabilities>),
}

/// One event of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Whose.
    pub session: SessionId,
    /// Number within the session, from 1, without holes: a hole would be announced as [`Gap`].
    pub seq: u64,
    /// On which call.
    pub call: Option<CallId>,
    /// What.
    pub kind: EventKind,
    /// The session's own leg of the call after it; `None` when the call is over for the session or none is concerned.
    /// A reader who puts this into its copy of the snapshot has the state without knowing what each kind of event means.
    #[serde(default)]
    pub state: Option<LegState>,
    /// The operation that caused it, where known.
    pub op: Option<OpId>,
    /// Who says so.
    pub provenance: Provenance,
    /// The vendor's message as it came.
    pub raw: Option<RawMessage>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
#[non_exhaustive]
pub enum EventKind {
    /// A call rings at the agent.
    Offered,
    /// The agent's outgoing call is on its way.
    Dialing,
    /// The far party rings.
    Alerting {
        /// Which party, as far as told.
        party: Option<Party>,
    },
    /// The agent talks (answered, far side answered, retrieved).
    Established,
    /// The agent holds the call.
    Held,
    /// Three or more talk.
    Conferenced,
    /// The customer is in an IVR flow and will come back.
    Suspended,
    /// The customer is back from the IVR flow.
    ReturnedFromIvr,
    /// A call waits in a queue.
    Queued,
    /// A party joined or left, or the parties were told anew.
    PartiesChanged,
    /// A party left.
    PartyLeft {
        /// Which.
        party: Party,
    },
    /// The agent has left the call, or the call is over.
    Released {
        /// Why.
        cause: Cause,
    },
    /// The adapter follows the call no longer, so that its memory stays bounded; whether the call goes on nobody says. Adopt it again to follow it
    /// (OIFDE, which never tells that a customer has hung up, beyond 256 robot sessions of one agent; CC-Gateway beyond 64 adopted waiting calls).
    LeftView,
    /// The agent did not answer and the call was taken away.
    Unanswered,
    /// An outgoing call failed.
    DialFailed {
        /// Why.
        cause: Cause,
    },
    /// A consult failed.
    ConsultFailed {
        /// Why.
        cause: Cause,
    },
    /// A transfer reached its target.
    Transferred,
    /// A transfer failed.
    TransferFailed {
        /// Why.
        cause: Cause,
    },
    /// Who talks in a robot session changed.
    RobotModeChanged {
        /// To this.
        mode: RobotMode,
    },
    /// Tones were sent.
    DtmfSent,
    /// Business data changed.
    DataChanged,
    /// Muted or unmuted, or what the vendor allows changed.
    Updated,
    /// The call's recorder changed.
    RecordingChanged {
        /// To this.
        state: MediaState,
    },
    /// What is being played changed.
    PlaybackChanged {
        /// To this.
        state: MediaState,
    },
    /// The session supervises in another way, or begins or ends it.
    SupervisionChanged {
        /// Whose calls, as far as told.
        agent: Option<Party>,
        /// How from now on; `None` when it is over.
        mode: Option<SupervisionMode>,
    },
    /// The record of an outbound campaign is offered to be dialled ([`Dial::preview`](crate::Dial::preview)).
    PreviewOffered {
        /// The vendor's id of the record.
        record: String,
        /// Whom to call, as far as told.
        to: Option<Party>,
    },
    /// The agent's readiness changed.
    AgentStateChanged {
        /// To this.
        state: AgentState,
    },
    /// Something the vendor told that we have no word for; `raw` has it.
    Other {
        /// The vendor's name for it.
        name: String,
    },
}

/// What a recorder or player is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MediaState {
    /// Recording or playing.
    Running,
    /// Paused.
    Paused,
    /// Not, or no longer.
    Stopped,
    /// It broke off.
    Failed,
}

/// Who says that something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Provenance {
    /// The vendor, in a message.
    Vendor,
    /// We, from one of our commands or the vendor's answer to it.
    Derived,
    /// We, from comparing a snapshot with what we knew: something was missed.
    Synthesized,
}

/// Something may have been missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// Of which session; `None` when this reader was too slow for all that it reads.
    pub session: Option<SessionId>,
    /// How many items, where they could be counted.
    pub missed: Option<u64>,
    /// Why.
    pub reason: GapReason,
}

impl Gap {
    /// The event link of a session broke.
    #[must_use]
    pub fn link_lost(session: SessionId) -> Self {
        Self {
            session: Some(session),
            missed: None,
            reason: GapReason::LinkLost,
        }
    }

    pub(crate) fn lagged(missed: u64) -> Self {
        Self {
            session: None,
            missed: Some(missed),
            reason: GapReason::SlowReader,
        }
    }
}

/// Why something may have been missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GapReason {
    /// The link to the vendor broke.
    LinkLost,
    /// This reader was too slow and its backlog was dropped.
    SlowReader,
}

/// A session's link or stay changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionNotice {
    /// Which session.
    pub session: SessionId,
    /// Its state now.
    pub state: SessionState,
    /// Why, for people.
    pub reason: String,
}

impl SessionNotice {
    /// A notice.
    #[must_use]
    pub fn new(session: SessionId, state: SessionState, reason: impl Into<String>) -> Self {
        Self {
            session,
            state,
            reason: reason.into(),
        }
    }
}

/// A vendor's message as it came; it may hold personal data, so `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawMessage(Arc<str>);

impl RawMessage {
    /// Keeps a message.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RawMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawMessage({} bytes)", self.0.len())
    }
}

/// Which part of the feed a reader wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Filter {
    /// Only this session.
    pub session: Option<SessionId>,
    /// How many items may wait for a slow reader before they are replaced by gap and snapshot; 1024 when `None`.
    pub backlog: Option<usize>,
}

impl Filter {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// One session.
    #[must_use]
    pub fn session(session: SessionId) -> Self {
        Self {
            session: Some(session),
            backlog: None,
        }
    }

    /// With room for this many waiting items.
    #[must_use]
    pub fn backlog(mut self, items: usize) -> Self {
        self.backlog = Some(items.max(1));
        self
    }
}
