//! What telephone switches disagree about, as options of the whole switch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Switch-wide choices; the default is the most forgiving reading of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SwitchOptions {
    /// Any undeclared number counts as an outside telephone; otherwise it is an unknown destination.
    pub any_number: bool,
    /// How long a party rings before it counts as not answered; `None` rings for ever.
    pub ring_timeout: Option<Duration>,
    /// Whether an agent who is signed in but not ready can be called directly.
    pub ring_not_ready: bool,
    /// What an agent who lets a queue's offer pass becomes.
    pub missed_offer: MissedOffer,
    /// A dialled destination that cannot be reached.
    pub dial: Unreachable,
    /// A blind transfer to a target that cannot be reached.
    pub blind: UnreachableBlind,
    /// A blind transfer, or a consult completed while ringing, whose target then fails.
    pub blind_unanswered: BlindUnanswered,
    /// A release-after transfer to a target that cannot be reached.
    pub release_after: Unreachable,
    /// A consult with a target that cannot be reached.
    pub consult: UnreachableConsult,
}

impl Default for SwitchOptions {
    fn default() -> Self {
        Self {
            any_number: false,
            ring_timeout: None,
            ring_not_ready: true,
            missed_offer: MissedOffer::default(),
            dial: Unreachable::default(),
            blind: UnreachableBlind::default(),
            blind_unanswered: BlindUnanswered::default(),
            release_after: Unreachable::default(),
            consult: UnreachableConsult::default(),
        }
    }
}

/// A command whose target is busy, unknown or out of service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    /// Refused: nothing happens.
    Refused,
    /// Accepted; an event tells the failure and the agent keeps the customer.
    #[default]
    Fails,
}

/// A blind transfer whose target is busy, unknown or out of service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreachableBlind {
    /// Refused: the call stays with the agent.
    #[default]
    Refused,
    /// The agent is released first, then the transfer fails ([`BlindUnanswered`] says what becomes of the customer).
    FailsAfterRelease,
}

/// What becomes of a customer whose blind transfer failed after the agent was released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlindUnanswered {
    /// The call ends.
    #[default]
    EndsCall,
    /// The agent who transferred is rung again; where that agent cannot be reached, the call ends.
    RecallsAgent,
}

/// A consult whose target is busy, unknown or out of service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreachableConsult {
    /// Refused before anything: the customer is not even held.
    Refused,
    /// The customer is held, the consult dialled and released; the request's `auto_retrieve` says whether
    /// the customer then stays held.
    #[default]
    Released,
    /// The customer is held and the consult stays dialling (the agent hears a tone) until it is cancelled.
    LeftDialing,
}

/// What an agent becomes who rejects a queue's offer or lets it ring out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedOffer {
    /// Stays ready, but is not offered the same call again until ready is said anew.
    #[default]
    StaysReady,
    /// Becomes busy, with the reason `missed`.
    BecomesBusy,
}
