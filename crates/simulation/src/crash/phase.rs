//! Where an exchange can be cut.

use std::fmt;
use std::time::Duration;

use callcontrol_http::{NotSent, Trick};

use crate::vendor::Vendor;

/// At which point of the exchange the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Nowhere: how it is without a fault.
    Calm,
    /// No connection was made.
    BeforeConnect,
    /// Connected, and closed before the first byte was written.
    Connected,
    /// Broke while the request was being written; the server has half of it.
    MidRequest,
    /// Written, and lost before the server read it; the caller waits in vain.
    RequestWritten,
    /// Written, and read by the server only after the caller gave up.
    DeliveredLate,
    /// The switch acted, then the connection broke.
    Applied,
    /// The switch acted, and the caller waits in vain.
    AppliedSilence,
    /// The reply's headers came, and then nothing.
    HeadersReceived,
    /// The reply broke off within the body.
    MidBody,
    /// Answered; the vendor loses the events.
    EventLost,
    /// Answered; the poll's answer that carries the events is lost.
    PollLost,
    /// The events come before the answer.
    EventFirst,
    /// Each event comes twice.
    EventTwice,
}

impl Phase {
    /// All with a fault.
    pub const FAULTS: [Self; 13] = [
        Self::BeforeConnect,
        Self::Connected,
        Self::MidRequest,
        Self::RequestWritten,
        Self::DeliveredLate,
        Self::Applied,
        Self::AppliedSilence,
        Self::HeadersReceived,
        Self::MidBody,
        Self::EventLost,
        Self::PollLost,
        Self::EventFirst,
        Self::EventTwice,
    ];

    /// Phases of events exist only where there are events.
    #[must_use]
    pub fn applies_to(self, vendor: Vendor) -> bool {
        vendor.tells_events()
            || !matches!(
                self,
                Self::EventLost | Self::PollLost | Self::EventFirst | Self::EventTwice
            )
    }

    /// Whether it strikes one request of the command, and not its events.
    #[must_use]
    pub fn is_of_one_request(self) -> bool {
        self.trick().is_some()
    }

    /// What the transport does, for the phases that are its.
    pub(super) fn trick(self) -> Option<Trick> {
        match self {
            Self::BeforeConnect => Some(Trick::NotSent(NotSent::Refused)),
            Self::Connected => Some(Trick::NotSent(NotSent::Closed)),
            Self::MidRequest => Some(Trick::CutRequest),
            Self::RequestWritten => Some(Trick::DropRequest),
            Self::DeliveredLate => Some(Trick::DelayRequest(Duration::from_secs(20))),
            Self::Applied => Some(Trick::Reset),
            Self::AppliedSilence => Some(Trick::DropReply),
            Self::HeadersReceived => Some(Trick::StallBody),
            Self::MidBody => Some(Trick::CutBody),
            Self::EventFirst => Some(Trick::DelayReply(Duration::from_secs(3))),
            Self::Calm | Self::EventLost | Self::PollLost | Self::EventTwice => None,
        }
    }

    /// The words in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calm => "no fault",
            Self::BeforeConnect => "before connect",
            Self::Connected => "connected",
            Self::MidRequest => "mid-request",
            Self::RequestWritten => "request written",
            Self::DeliveredLate => "request delivered late",
            Self::Applied => "applied, then reset",
            Self::AppliedSilence => "applied, then silence",
            Self::HeadersReceived => "headers received",
            Self::MidBody => "mid-body",
            Self::EventLost => "answered, event lost",
            Self::PollLost => "answered, poll lost",
            Self::EventFirst => "event before answer",
            Self::EventTwice => "event twice",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
