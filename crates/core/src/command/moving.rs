//! Moving a call in one command: transfers and requeues.

use serde::{Deserialize, Serialize};

use super::CallDataPatch;
use crate::capability::Operation;
use crate::number::PhoneNumber;
use crate::target::Target;

/// Moves a live call in one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transfer {
    /// Where to.
    pub to: Target,
    /// When the agent is released, and to whom the call returns.
    pub mode: TransferMode,
    /// Business data to set on the way.
    #[serde(default)]
    pub data: CallDataPatch,
    /// The number to show to an outside target, where the vendor allows to choose it.
    pub caller_id: Option<PhoneNumber>,
}

impl Transfer {
    /// A transfer in this mode.
    #[must_use]
    pub fn new(to: Target, mode: TransferMode) -> Self {
        Self {
            to,
            mode,
            data: CallDataPatch::default(),
            caller_id: None,
        }
    }

    /// With business data.
    #[must_use]
    pub fn data(mut self, data: CallDataPatch) -> Self {
        self.data = data;
        self
    }

    /// With this number shown to the target.
    #[must_use]
    pub fn caller_id(mut self, number: PhoneNumber) -> Self {
        self.caller_id = Some(number);
        self
    }
}

/// When the agent is released by a one-command transfer, and to whom the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TransferMode {
    /// The agent is out at once (from a queue: when the queue has taken the call).
    Blind,
    /// The agent is out when the target answers; if it fails, the agent keeps the customer.
    ReleaseAfter,
    /// To an IVR flow and back to the same agent ("hang-up transfer").
    Suspend,
}

impl TransferMode {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Blind => Operation::BlindTransfer,
            Self::ReleaseAfter => Operation::ReleaseAfterTransfer,
            Self::Suspend => Operation::SuspendTransfer,
        }
    }
}

/// Puts a call (back) into a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Requeue {
    /// Which queue.
    pub to: Target,
    /// Which of the two meanings.
    pub state: RequeueState,
    /// Business data to set on the way.
    #[serde(default)]
    pub data: CallDataPatch,
}

impl Requeue {
    /// Sends a connected call back to a queue.
    #[must_use]
    pub fn connected(to: Target) -> Self {
        Self {
            to,
            state: RequeueState::Connected,
            data: CallDataPatch::default(),
        }
    }

    /// Moves a waiting call to another queue.
    #[must_use]
    pub fn waiting(to: Target) -> Self {
        Self {
            to,
            state: RequeueState::Waiting,
            data: CallDataPatch::default(),
        }
    }

    /// With business data.
    #[must_use]
    pub fn data(mut self, data: CallDataPatch) -> Self {
        self.data = data;
        self
    }
}

/// The two meanings of requeue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RequeueState {
    /// The agent has the call and gives it back.
    Connected,
    /// The call still waits and is moved.
    Waiting,
}

impl RequeueState {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Connected => Operation::RequeueConnected,
            Self::Waiting => Operation::RequeueWaiting,
        }
    }
}
