//! The standing parties of a switch: who they are, how they can be addressed and how they behave when called.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a party does when it is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Behaviour {
    /// Rings until the test moves it. An IVR or a queue takes the call at once.
    #[default]
    Manual,
    /// Answers at once.
    Answers,
    /// Answers at once and hangs up in the same moment.
    HangsUpAtOnce,
    /// Is busy: it cannot be reached.
    Busy,
    /// Rings and turns the call away at once.
    Rejects,
    /// Rings and is never answered; the ring time-out or the caller ends it. (`Manual`, but says so.)
    Silent,
    /// Cannot be reached at all.
    OutOfService,
}

/// What an agent is available for, apart from any call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentState {
    /// Not signed in: unreachable.
    #[default]
    SignedOut,
    /// Takes calls from the queues served.
    Ready,
    /// Signed in, but takes no queue calls.
    Busy {
        /// The reason given, if any.
        reason: Option<String>,
    },
    /// On a break.
    Rest {
        /// The reason given, if any.
        reason: Option<String>,
    },
    /// Finishing the last call's work.
    WrapUp,
}

/// An agent of the switch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Agent {
    /// Agent id.
    pub id: String,
    /// Number (extension) of the agent's telephone.
    pub number: String,
    /// Availability.
    pub state: AgentState,
    /// Ids of the queues served.
    pub queues: BTreeSet<String>,
    /// Whether the agent keeps being ready after a call; otherwise wrap-up follows.
    pub auto_idle: bool,
    /// What happens when this agent is rung.
    pub behaviour: Behaviour,
    /// Rises whenever the agent becomes free: the lowest has been idle longest.
    pub(super) idle_order: u64,
}

impl Agent {
    /// Whether the agent is signed in.
    pub fn signed_in(&self) -> bool {
        self.state != AgentState::SignedOut
    }
}

/// A queue: calls wait in it for an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Queue {
    /// Queue id.
    pub id: String,
    /// Name, where one is set.
    pub name: Option<String>,
    /// Number that leads into the queue, where there is one.
    pub number: Option<String>,
    /// Route code that leads into the queue, where there is one.
    pub route_code: Option<String>,
    /// `Busy` (full), `Rejects` and `OutOfService` turn calls away; everything else takes them.
    pub behaviour: Behaviour,
}

impl Queue {
    /// A queue with this id and no other address.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Gives the queue a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Gives the queue a number.
    #[must_use]
    pub fn numbered(mut self, number: impl Into<String>) -> Self {
        self.number = Some(number.into());
        self
    }

    /// Gives the queue a route code.
    #[must_use]
    pub fn routed(mut self, code: impl Into<String>) -> Self {
        self.route_code = Some(code.into());
        self
    }
}

/// An IVR flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ivr {
    /// Code of the flow.
    pub code: String,
    /// Number that leads into the flow, where there is one.
    pub number: Option<String>,
    /// What happens when the flow is called.
    pub behaviour: Behaviour,
}

/// A telephone outside the switch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outside {
    /// Its number.
    pub number: String,
    /// What happens when it is called.
    pub behaviour: Behaviour,
}
