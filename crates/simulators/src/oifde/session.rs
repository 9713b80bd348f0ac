//! A robot session: a customer's call in the robot's IVR, with its work mode and its silent agent.

use std::collections::VecDeque;
use std::fmt;

use callcontrol_testkit::switch::SwitchCallId;

use super::transfer::{Move, TransferOrder, TransferStage};

/// The session (call instance) id inside OIFDE; opaque text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SessionId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for SessionId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How customer and robot converse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// By telephone.
    #[default]
    Voice,
    /// By chat or a social channel.
    Text,
}

/// The work mode a flow is published with, in which its sessions begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublishMode {
    /// The robot alone.
    Common,
    /// A silent agent watches.
    #[default]
    Supervision,
    /// A silent agent speaks in the robot's name.
    Insertion,
}

/// The work mode of a session (section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkMode {
    /// `0`: the robot alone.
    Common,
    /// `1`: a silent agent watches.
    Supervision,
    /// `2`: a silent agent speaks in the robot's name.
    Insertion,
    /// `3`: handed over.
    Transfer,
}

impl WorkMode {
    pub(super) fn from_code(code: &str) -> Option<Self> {
        match code {
            "0" => Some(Self::Common),
            "1" => Some(Self::Supervision),
            "2" => Some(Self::Insertion),
            "3" => Some(Self::Transfer),
            _ => None,
        }
    }

    /// Whether a silent agent steers the session: the precondition of every mode change.
    pub(super) fn has_silent_agent(self) -> bool {
        matches!(self, Self::Supervision | Self::Insertion)
    }
}

impl From<PublishMode> for WorkMode {
    fn from(published: PublishMode) -> Self {
        match published {
            PublishMode::Common => Self::Common,
            PublishMode::Supervision => Self::Supervision,
            PublishMode::Insertion => Self::Insertion,
        }
    }
}

/// How a flow comes to its end (`release_reason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowEnd {
    /// `0`: as designed.
    Normal,
    /// `1`: through an error or timeout that the flow does not handle.
    Error,
}

impl FlowEnd {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Normal => "0",
            Self::Error => "1",
        }
    }
}

/// What the session's id looks like; all of these occur in the documentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CallIdStyle {
    /// 18 digits, more than a double can hold exactly.
    #[default]
    Digits18,
    /// A millisecond time stamp followed by hex digits, 37 characters.
    Timestamp37,
    /// `seconds-sequence`, as the CTI names calls.
    Cti,
    /// This very id.
    Given(String),
}

/// A session to be created. `Debug` does not show the customer's number.
#[derive(Clone)]
#[must_use = "hand it to OifdeSimulator::create_session"]
pub struct NewSession {
    pub(super) customer: String,
    pub(super) on: Option<SwitchCallId>,
    pub(super) medium: Medium,
    pub(super) mode: PublishMode,
    pub(super) agent: String,
    pub(super) tenant: Option<String>,
    pub(super) style: CallIdStyle,
    pub(super) cti_call_id: Option<String>,
    pub(super) last_agent: Option<String>,
}

impl NewSession {
    /// This customer calls the robot: voice, supervised by agent `101`, with an 18-digit id and no CTI call id.
    pub fn new(customer: impl Into<String>) -> Self {
        Self {
            customer: customer.into(),
            on: None,
            medium: Medium::default(),
            mode: PublishMode::default(),
            agent: "101".into(),
            tenant: None,
            style: CallIdStyle::default(),
            cti_call_id: None,
            last_agent: None,
        }
    }

    /// Takes this live call, in which the customer is with an IVR already, instead of placing one.
    pub fn on(mut self, call: SwitchCallId) -> Self {
        self.on = Some(call);
        self
    }

    /// The medium.
    pub fn medium(mut self, medium: Medium) -> Self {
        self.medium = medium;
        self
    }

    /// The mode that the flow was published with.
    pub fn mode(mut self, mode: PublishMode) -> Self {
        self.mode = mode;
        self
    }

    /// The silent agent bound to the session.
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = agent.into();
        self
    }

    /// The tenant; by default that of the options.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// What the id looks like.
    pub fn call_id(mut self, style: CallIdStyle) -> Self {
        self.style = style;
        self
    }

    /// The CTI call id.
    pub fn cti_call_id(mut self, id: impl Into<String>) -> Self {
        self.cti_call_id = Some(id.into());
        self
    }

    /// Who served this customer last (types 7 and 31); by default whoever the switch's journal names.
    pub fn last_agent(mut self, agent: impl Into<String>) -> Self {
        self.last_agent = Some(agent.into());
        self
    }
}

impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("NewSession");
        shown
            .field("medium", &self.medium)
            .field("mode", &self.mode)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

/// The robot asks the silent agent for help; a reply must carry both values back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HelpRequest {
    /// `nodeId`.
    pub node_id: String,
    /// `nodeIndex`.
    pub node_index: i64,
}

/// A reply that a silent agent sent into the session. `Debug` does not show the words.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentReply {
    /// The words for the customer.
    pub words: String,
    /// The intention's code, `slientInsertReply` for free words in insertion mode.
    pub intent: String,
    /// Whether the words are free (`replyType` 1).
    pub free: bool,
}

impl fmt::Debug for AgentReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentReply")
            .field("intent", &self.intent)
            .field("free", &self.free)
            .finish_non_exhaustive()
    }
}

/// The engine's state of one session.
pub(super) struct Session {
    /// Counts sessions from 1: the record's `logId`.
    pub(super) number: u64,
    pub(super) id: SessionId,
    pub(super) tenant: String,
    pub(super) cti_call_id: Option<String>,
    pub(super) customer: String,
    pub(super) called: String,
    pub(super) medium: Medium,
    pub(super) mode: WorkMode,
    pub(super) agent: String,
    pub(super) last_agent: Option<String>,
    pub(super) call: SwitchCallId,
    /// Where the journal was when it began.
    pub(super) since: u64,
    pub(super) help: Option<HelpRequest>,
    pub(super) transfer: Option<Transfer>,
    pub(super) replies: Vec<AgentReply>,
    /// Words the robot says at its next turn.
    pub(super) to_say: VecDeque<String>,
    /// Whether an access party outside drives the session over the dialog protocol.
    pub(super) driven: bool,
    pub(super) turns: i64,
    /// Turns in a row that the robot could not answer.
    pub(super) not_understood: u32,
    /// Seconds since 1970.
    pub(super) started: u64,
    /// The flow is over: every further turn is told to hang up.
    pub(super) release: Option<FlowEnd>,
    pub(super) ended: bool,
}

/// The session's latest transfer.
pub(super) struct Transfer {
    pub(super) order: TransferOrder,
    pub(super) before: WorkMode,
    pub(super) stage: TransferStage,
    pub(super) moved: Option<Move>,
}
