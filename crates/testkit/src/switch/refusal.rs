//! Why the switch did not do what it was asked; a refused verb has changed nothing.

use std::{error::Error, fmt};

use super::{Cause, Party, SwitchCallId};

/// What a verb answers.
pub type Reply<T = ()> = Result<T, Refusal>;

/// The reason for which a verb was refused. Nothing has happened when one is returned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No live call has this id (it never was, has ended, or went into another call).
    NoSuchCall(SwitchCallId),
    /// The switch has no such agent, or the party cannot act (a queue, an undeclared number).
    NoSuchParty(Party),
    /// The party is not on this call.
    NotInCall {
        /// Who was named.
        party: Party,
        /// The call it is not on.
        call: SwitchCallId,
    },
    /// The call or the party is not in a state that allows this.
    WrongState {
        /// The call concerned, where one was named.
        call: Option<SwitchCallId>,
        /// What would have been needed.
        needed: &'static str,
    },
    /// The party is on a call already, or behaves busy.
    Busy(Party),
    /// The party is out of service, or an agent who is signed out.
    OutOfService(Party),
    /// The party turns every call away.
    Rejected(Party),
    /// The switch knows no such destination.
    UnknownDestination(Party),
    /// The agent is not signed in.
    NotSignedIn(String),
    /// Something else is under way on this call, or the agent is signed in already.
    Conflict {
        /// The call concerned, where there is one.
        call: Option<SwitchCallId>,
        /// What is under way.
        running: &'static str,
    },
    /// An argument no telephone could carry out, such as digits that are not digits.
    Invalid(&'static str),
}

impl Refusal {
    /// The cause an event would give for the same fact, where there is one.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Busy(_) => Some(Cause::Busy),
            Self::OutOfService(_) => Some(Cause::OutOfService),
            Self::Rejected(_) => Some(Cause::Rejected),
            Self::UnknownDestination(_) => Some(Cause::UnknownDestination),
            Self::NoSuchCall(_)
            | Self::NoSuchParty(_)
            | Self::NotInCall { .. }
            | Self::WrongState { .. }
            | Self::NotSignedIn(_)
            | Self::Conflict { .. }
            | Self::Invalid(_) => None,
        }
    }

    pub(super) fn wrong_state(call: SwitchCallId, needed: &'static str) -> Self {
        Self::WrongState {
            call: Some(call),
            needed,
        }
    }

    /// As [`wrong_state`](Self::wrong_state), where no call is concerned.
    pub(super) fn needs(needed: &'static str) -> Self {
        Self::WrongState { call: None, needed }
    }

    pub(super) fn supervising() -> Self {
        Self::Conflict {
            call: None,
            running: "a supervision",
        }
    }

    pub(super) fn conflict(call: SwitchCallId, running: &'static str) -> Self {
        Self::Conflict {
            call: Some(call),
            running,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchCall(call) => write!(f, "there is no {call}"),
            Self::NoSuchParty(party) => write!(f, "there is no {party} who could do this"),
            Self::NotInCall { party, call } => write!(f, "{party} is not on {call}"),
            Self::WrongState {
                call: Some(call),
                needed,
            } => write!(f, "{call}: needs {needed}"),
            Self::WrongState { call: None, needed } => write!(f, "needs {needed}"),
            Self::Busy(party) => write!(f, "{party} is busy"),
            Self::OutOfService(party) => write!(f, "{party} is out of service"),
            Self::Rejected(party) => write!(f, "{party} turns calls away"),
            Self::UnknownDestination(party) => write!(f, "{party} is unknown"),
            Self::NotSignedIn(agent) => write!(f, "agent {agent} is not signed in"),
            Self::Conflict {
                call: Some(call),
                running,
            } => write!(f, "{call}: {running} is under way"),
            Self::Conflict { call: None, running } => write!(f, "{running} is under way"),
            Self::Invalid(what) => write!(f, "invalid {what}"),
        }
    }
}

impl Error for Refusal {}
