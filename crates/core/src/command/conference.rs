//! What can be done with a conference.

use serde::{Deserialize, Serialize};

use crate::capability::{Operation, OperationKey};
use crate::target::Target;

/// What can be done with a conference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConferenceOp {
    /// Bring a party in, in one step.
    Add {
        /// Whom.
        to: Target,
    },
    /// Put a party out.
    Remove {
        /// Whom.
        party: Target,
    },
    /// Let the customer's key presses through to a third-party IVR (CC-Gateway `thirdPartyConfTransmitNum`).
    RelayDtmf,
}

impl ConferenceOp {
    /// The key of the capability table.
    #[must_use]
    pub fn key(&self) -> OperationKey {
        match self {
            Self::Add { to } => OperationKey::to(Operation::ConferenceAdd, to.kind()),
            Self::Remove { .. } => Operation::ConferenceRemove.into(),
            Self::RelayDtmf => Operation::RelayDtmf.into(),
        }
    }

    pub(crate) fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Self::Add { to: target } | Self::Remove { party: target } => Some(target),
            Self::RelayDtmf => None,
        }
    }
}
