//! Consults: hold the customer, call a third party, four ways on.

use serde::{Deserialize, Serialize};

use super::CallDataPatch;
use crate::capability::Operation;
use crate::number::PhoneNumber;
use crate::target::Target;

/// Holds the customer and calls a third party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartConsult {
    /// Whom to consult.
    pub to: Target,
    /// Who hears whom.
    pub style: ConsultStyle,
    /// What it is meant to become; only Genesys asks for it.
    pub intent: ConsultIntent,
    /// Three-way only: the customer waits on hold while the third party is called.
    pub hold_customer: bool,
    /// Business data for the consulted party.
    #[serde(default)]
    pub data: CallDataPatch,
    /// The number to show to an outside party, where the vendor allows to choose it.
    pub caller_id: Option<PhoneNumber>,
}

impl StartConsult {
    /// A private consult, meant to end as a transfer.
    #[must_use]
    pub fn new(to: Target) -> Self {
        Self {
            to,
            style: ConsultStyle::Private,
            intent: ConsultIntent::Transfer,
            hold_customer: true,
            data: CallDataPatch::default(),
            caller_id: None,
        }
    }

    /// All three hear each other once the third party answers.
    #[must_use]
    pub fn three_way(mut self) -> Self {
        self.style = ConsultStyle::ThreeWay;
        self
    }

    /// Meant to end as a conference (Genesys `InitiateConference`).
    #[must_use]
    pub fn for_conference(mut self) -> Self {
        self.intent = ConsultIntent::Conference;
        self
    }

    /// With business data.
    #[must_use]
    pub fn data(mut self, data: CallDataPatch) -> Self {
        self.data = data;
        self
    }
}

/// Who hears whom in a consult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConsultStyle {
    /// Agent and third party; the customer is on hold.
    Private,
    /// All three.
    ThreeWay,
}

impl ConsultStyle {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Private => Operation::Consult,
            Self::ThreeWay => Operation::ConsultThreeWay,
        }
    }
}

/// What a consult is meant to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConsultIntent {
    /// A transfer.
    Transfer,
    /// A conference.
    Conference,
}

/// The four ways on from a consult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConsultStep {
    /// Hand the customer over and leave.
    Complete,
    /// Drop the third party and take the customer back.
    Cancel,
    /// Talk to the other of the two.
    Swap,
    /// Bring all three together.
    Merge,
}

impl ConsultStep {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Complete => Operation::ConsultComplete,
            Self::Cancel => Operation::ConsultCancel,
            Self::Swap => Operation::ConsultSwap,
            Self::Merge => Operation::ConsultMerge,
        }
    }
}
