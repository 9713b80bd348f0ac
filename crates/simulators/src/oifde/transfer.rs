//! Transfer types and transfer orders (sections 4.3 and 4.4), and what became of an order.

use std::fmt;

use callcontrol_testkit::switch::{Cause, Party};

/// The kinds of destination, by the vendor's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferType {
    /// `1`: a queue by route code.
    QueueByRouteCode,
    /// `2`: an IVR flow.
    Ivr,
    /// `3`: a queue by name.
    QueueByName,
    /// `4`: an agent.
    Agent,
    /// `5`: an outside number.
    OutsideNumber,
    /// `6`: an online digital assistant.
    DigitalAssistant,
    /// `7`: the agent who served this customer last.
    LastAgent,
    /// `8`: the queue of a given agent.
    QueueOfAgent,
    /// `9`: last agent for audio and video; the flow designer's only.
    LastAgentAudio,
    /// `10`: custom conditional route; the flow designer's only.
    CustomRoute,
    /// `31`: a message for the last agent.
    MessageToLastAgent,
    /// `32`: a message for a queue.
    MessageToQueue,
    /// `33`: a message for an agent.
    MessageToAgent,
    /// `34`: offline queue; the flow designer's only.
    OfflineQueue,
}

impl TransferType {
    /// Every type, in order of its number.
    pub const ALL: [Self; 14] = [
        Self::QueueByRouteCode,
        Self::Ivr,
        Self::QueueByName,
        Self::Agent,
        Self::OutsideNumber,
        Self::DigitalAssistant,
        Self::LastAgent,
        Self::QueueOfAgent,
        Self::LastAgentAudio,
        Self::CustomRoute,
        Self::MessageToLastAgent,
        Self::MessageToQueue,
        Self::MessageToAgent,
        Self::OfflineQueue,
    ];

    /// The number in the vendor's table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::QueueByRouteCode => "1",
            Self::Ivr => "2",
            Self::QueueByName => "3",
            Self::Agent => "4",
            Self::OutsideNumber => "5",
            Self::DigitalAssistant => "6",
            Self::LastAgent => "7",
            Self::QueueOfAgent => "8",
            Self::LastAgentAudio => "9",
            Self::CustomRoute => "10",
            Self::MessageToLastAgent => "31",
            Self::MessageToQueue => "32",
            Self::MessageToAgent => "33",
            Self::OfflineQueue => "34",
        }
    }

    /// The type with this number.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the table of `changeWorkMode` does not list it.
    #[must_use]
    pub fn is_extra(self) -> bool {
        matches!(self, Self::LastAgentAudio | Self::CustomRoute | Self::OfflineQueue)
    }

    /// Whether the table says that it does not exist for voice.
    #[must_use]
    pub fn is_multimedia_only(self) -> bool {
        let message = matches!(
            self,
            Self::MessageToLastAgent | Self::MessageToQueue | Self::MessageToAgent
        );
        message || matches!(self, Self::LastAgent | Self::QueueOfAgent)
    }

    /// Whether it means nothing without a route value.
    #[must_use]
    pub fn needs_route(self) -> bool {
        !matches!(self, Self::LastAgent | Self::LastAgentAudio | Self::MessageToLastAgent)
    }
}

/// What the access party is told to do with the customer. `Debug` shows the type only: the rest is personal.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferOrder {
    /// `callTransferType`, the dialog protocol's `trans_type`.
    pub kind: TransferType,
    /// `callTransferRouteValue`, `route_value`.
    pub route_value: String,
    /// `callTransferTransData`, `trans_data`.
    pub trans_data: String,
    /// `callTransferNumber`, `calling_num`.
    pub calling_number: String,
}

impl fmt::Debug for TransferOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferOrder")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How far a transfer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferStage {
    /// Accepted; the access party has not had its next turn.
    Waiting,
    /// The access party has the order, over the dialog protocol, and has not reported yet.
    Ordered,
    /// The customer hears the target ring.
    Ringing,
    /// The target has the customer; `trans_result` is `0`.
    Done,
    /// It failed, for this cause where the switch names one; `trans_result` is not `0`.
    Failed(Option<Cause>),
}

impl TransferStage {
    /// What the access party reports to the engine once it knows; the REST caller never hears it.
    #[must_use]
    pub fn trans_result(self) -> Option<&'static str> {
        match self {
            Self::Waiting | Self::Ordered | Self::Ringing => None,
            Self::Done => Some("0"),
            Self::Failed(_) => Some("1"),
        }
    }
}

/// One transfer and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferReport {
    /// The order.
    pub order: TransferOrder,
    /// How far it has come.
    pub stage: TransferStage,
}

/// The party on the switch that an order turned out to mean, and where in the journal its move begins.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) to: Party,
    pub(super) since: u64,
}
