//! How the switch names its calls and the parties on them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The switch's own number for a conversation; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SwitchCallId(u64);

impl SwitchCallId {
    /// The id with this number, for a simulator that stores the bare number in its own ids.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The bare number, counted from 1 in the order in which calls began.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SwitchCallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

/// Whoever can be in a call, or be the destination of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// An agent, by agent id (not by extension).
    Agent(String),
    /// A telephone outside the switch, by its number.
    Outside(String),
    /// An IVR flow, by its code.
    Ivr(String),
    /// A queue, by its id. A queue is a destination; it never has a leg of its own.
    Queue(String),
}

impl Party {
    /// The agent with this id.
    pub fn agent(id: impl Into<String>) -> Self {
        Self::Agent(id.into())
    }

    /// The outside telephone with this number.
    pub fn outside(number: impl Into<String>) -> Self {
        Self::Outside(number.into())
    }

    /// The IVR flow with this code.
    pub fn ivr(code: impl Into<String>) -> Self {
        Self::Ivr(code.into())
    }

    /// The queue with this id.
    pub fn queue(id: impl Into<String>) -> Self {
        Self::Queue(id.into())
    }

    /// The agent id, when the party is an agent.
    pub fn as_agent(&self) -> Option<&str> {
        match self {
            Self::Agent(id) => Some(id),
            Self::Outside(_) | Self::Ivr(_) | Self::Queue(_) => None,
        }
    }

    /// The bare id, number or code, whatever the kind.
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(name) | Self::Outside(name) | Self::Ivr(name) | Self::Queue(name) => name,
        }
    }

    pub(crate) fn is_ivr(&self) -> bool {
        matches!(self, Self::Ivr(_))
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Agent(_) => "agent",
            Self::Outside(_) => "outside",
            Self::Ivr(_) => "ivr",
            Self::Queue(_) => "queue",
        };
        write!(f, "{kind} {}", self.name())
    }
}
