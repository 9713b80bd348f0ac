//! What can be done with one call: take it into view, dial, act on the own leg, fetch one that rings or waits elsewhere, join two.

use serde::{Deserialize, Serialize};

use super::CallDataPatch;
use crate::capability::Operation;
use crate::id::CallId;
use crate::number::PhoneNumber;
use crate::target::Target;

/// Takes a call into the session's view by the vendor's own id: a waiting call to be requeued, a robot session learnt from another channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AdoptCall {
    /// The vendor's id of the call or robot session.
    pub native: String,
    /// The state it is in, as far as the application knows.
    pub state: AdoptState,
    /// The customer's number, where the application knows it: a composite of two products finds the call again by it.
    #[serde(default)]
    pub customer: Option<PhoneNumber>,
    /// The id by which the other products of the site know the call, where the application knows it.
    #[serde(default)]
    pub platform_call: Option<String>,
}

impl AdoptCall {
    /// The call of this id, in this state.
    #[must_use]
    pub fn new(native: impl Into<String>, state: AdoptState) -> Self {
        Self {
            native: native.into(),
            state,
            customer: None,
            platform_call: None,
        }
    }

    /// Of this customer.
    #[must_use]
    pub fn customer(mut self, number: PhoneNumber) -> Self {
        self.customer = Some(number);
        self
    }

    /// Known to the other products of the site by this id.
    #[must_use]
    pub fn platform_call(mut self, id: impl Into<String>) -> Self {
        self.platform_call = Some(id.into());
        self
    }
}

/// The state of an adopted call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AdoptState {
    /// Waiting in a queue.
    Waiting,
    /// A voice call in a robot session in this work mode.
    RobotVoice(RobotMode),
    /// A chat or social session of a robot in this work mode.
    RobotText(RobotMode),
    /// Ask the vendor.
    Ask,
}

/// Who talks to the customer in a robot session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RobotMode {
    /// The robot, nobody watches (OIFDE 0). A one-way exit.
    Common,
    /// The robot, the agent watches (OIFDE 1).
    Supervision,
    /// The agent, in the robot's name (OIFDE 2).
    Insertion,
}

/// Calls somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dial {
    /// Whom.
    pub to: Target,
    /// The number to show, where the vendor allows to choose it.
    pub caller_id: Option<PhoneNumber>,
    /// The record of an outbound campaign that this call answers, from [`EventKind::PreviewOffered`](crate::EventKind::PreviewOffered) (CC-Gateway).
    #[serde(default)]
    pub preview: Option<String>,
    /// Business data for the new call.
    #[serde(default)]
    pub data: CallDataPatch,
}

impl Dial {
    /// Calls `to`.
    #[must_use]
    pub fn to(to: Target) -> Self {
        Self {
            to,
            caller_id: None,
            preview: None,
            data: CallDataPatch::default(),
        }
    }

    /// With this number shown.
    #[must_use]
    pub fn caller_id(mut self, number: PhoneNumber) -> Self {
        self.caller_id = Some(number);
        self
    }

    /// For this previewed record.
    #[must_use]
    pub fn preview(mut self, record: impl Into<String>) -> Self {
        self.preview = Some(record.into());
        self
    }
}

/// What a session can do with its own leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LegAction {
    /// Take a ringing call.
    Answer,
    /// Put the other party on hold.
    Hold,
    /// Take a held call back.
    Retrieve,
    /// Do not be heard.
    Mute,
    /// Be heard again.
    Unmute,
    /// Leave the call.
    Release,
    /// End the call for everybody (Genesys `ClearCall`).
    Clear,
    /// Change who talks in a robot session (OIFDE).
    Robot(RobotMode),
}

impl LegAction {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Answer => Operation::Answer,
            Self::Hold => Operation::Hold,
            Self::Retrieve => Operation::Retrieve,
            Self::Mute => Operation::Mute,
            Self::Unmute => Operation::Unmute,
            Self::Release => Operation::Release,
            Self::Clear => Operation::Clear,
            Self::Robot(_) => Operation::RobotMode,
        }
    }
}

/// Takes a call that rings or waits elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TakeCall {
    /// The call that rings at another agent of the same group.
    RingingAt {
        /// Which agent.
        agent: Target,
    },
    /// A call that waits in a queue, adopted by this session before.
    Waiting {
        /// Which call.
        call: CallId,
        /// The queue, where the vendor wants to be told it.
        queue: Option<Target>,
    },
}

impl TakeCall {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::RingingAt { .. } => Operation::PickUp,
            Self::Waiting { .. } => Operation::TakeWaiting,
        }
    }

    pub(crate) fn call(&self) -> Option<&CallId> {
        match self {
            Self::RingingAt { .. } => None,
            Self::Waiting { call, .. } => Some(call),
        }
    }

    pub(crate) fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Self::RingingAt { agent } => Some(agent),
            Self::Waiting { queue, .. } => queue.as_mut(),
        }
    }
}

/// Joins two calls of the session that were not begun as a consult: one that it talks in and one that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JoinCalls {
    /// The held call.
    pub held: CallId,
    /// Who stays.
    pub style: JoinStyle,
}

impl JoinCalls {
    /// All three talk.
    #[must_use]
    pub fn conference(held: CallId) -> Self {
        Self {
            held,
            style: JoinStyle::Conference,
        }
    }

    /// The two others talk, the agent leaves.
    #[must_use]
    pub fn connect(held: CallId) -> Self {
        Self {
            held,
            style: JoinStyle::Connect,
        }
    }
}

/// Who stays when two calls are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JoinStyle {
    /// All three (CC-Gateway `confjoin`).
    Conference,
    /// The two others; the agent leaves (CC-Gateway `connecthold`).
    Connect,
}

impl JoinStyle {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Conference => Operation::JoinConference,
            Self::Connect => Operation::ConnectCalls,
        }
    }
}
