//! The vendor's words as ours: call types, agent states, and what a reader of the feed is told of an event. Pure; unknown values are kept by their names.

use callcontrol_core::{AgentState, Cause, Direction, EventKind, LegState, Party};

use crate::consult::same;
use crate::wire::{AgentWord, Heard, Leg};

/// Call type of section 14.1. It goes with the call id and does not change by transfer.
pub(crate) fn direction(feature: Option<i64>) -> Option<Direction> {
    match feature? {
        0 => Some(Direction::Inbound),
        6 => Some(Direction::Internal),
        7 | 40..=45 => Some(Direction::Outbound),
        51 | 52 => Some(Direction::Consult),
        _ => None,
    }
}

/// The agent's readiness as an event tells it.
pub(crate) fn agent_state(word: &AgentWord) -> AgentState {
    match word {
        AgentWord::Ready | AgentWord::BusyOver | AgentWord::RestOver | AgentWord::WorkOver => AgentState::Ready,
        AgentWord::Handling => AgentState::Occupied,
        AgentWord::Work => AgentState::WrapUp,
        AgentWord::Busy => AgentState::NotReady { reason: None },
        AgentWord::Rest(_) => AgentState::Rest,
    }
}

/// The other party: in a call that the agent made it is who was called, otherwise who calls. `own` are the agent's id and phone.
pub(crate) fn far_side<'a>(
    caller: Option<&'a str>,
    called: Option<&'a str>,
    feature: Option<i64>,
    own: &[&str],
) -> Option<&'a str> {
    let is_own = |number: &str| own.iter().any(|own| same(own, number));
    let outgoing = matches!(feature, Some(6 | 7 | 40..=45 | 51 | 52));
    match (caller, called) {
        (Some(caller), Some(called)) if outgoing && !is_own(called) || is_own(caller) => Some(called),
        (Some(caller), _) => Some(caller),
        (None, called) => called,
    }
}

/// The other party of a ringing or talking event.
pub(crate) fn party(leg: &Leg, own: &[&str]) -> Option<Party> {
    far_side(leg.caller.as_deref(), leg.called.as_deref(), leg.feature, own).map(Party::new)
}

/// Which attempt a failed connection belonged to; the event does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    Dial,
    Transfer,
    Consult,
    Answer,
    /// A call that rings or waits elsewhere was asked for.
    Take,
    Unknown,
}

/// What readers are told of an event about a call. `cause` is what the platform gave as reason, if it did.
pub(crate) fn kind(heard: &Heard, name: &str, attempt: Attempt, cause: Cause) -> EventKind {
    match heard {
        Heard::Ringing(_) => EventKind::Offered,
        Heard::Talking(_) => EventKind::Established,
        Heard::Alerting { party, .. } => EventKind::Alerting {
            party: party.clone().map(Party::new),
        },
        Heard::Held(_) => EventKind::Held,
        Heard::Conference { .. } => EventKind::Conferenced,
        Heard::Left(_) => EventKind::Released { cause },
        Heard::PartyLeft { number, .. } => EventKind::PartyLeft {
            party: Party::new(number.clone()),
        },
        Heard::CallOutFailed(_) | Heard::InsideCallFailed(_) | Heard::ConnectFailed(_) => failed(name, attempt, cause),
        Heard::ConsultFailed(_) => EventKind::ConsultFailed { cause },
        Heard::Unanswered(_) => EventKind::Unanswered,
        Heard::TransferResult { result: 0, .. } => EventKind::Transferred,
        Heard::TransferResult { result, .. } => EventKind::TransferFailed {
            cause: Cause::Vendor(result.to_string()),
        },
        Heard::BackFromIvr(_) => EventKind::ReturnedFromIvr,
        Heard::Agent(word) => EventKind::AgentStateChanged {
            state: agent_state(word),
        },
        Heard::SignedOut => EventKind::AgentStateChanged {
            state: AgentState::SignedOut,
        },
        Heard::Recording(state) => EventKind::RecordingChanged { state: *state },
        Heard::Playback(state) => EventKind::PlaybackChanged { state: *state },
        Heard::Preview { record, to } => EventKind::PreviewOffered {
            record: record.clone(),
            to: to.clone().map(Party::new),
        },
        Heard::PhoneAlerting { call: Some(_), .. } if attempt == Attempt::Take => EventKind::Offered,
        Heard::PhoneAlerting { .. } | Heard::Incoming(_) | Heard::OutboundDetect { .. } | Heard::Other => {
            EventKind::Other { name: name.to_owned() }
        }
    }
}

fn failed(name: &str, attempt: Attempt, cause: Cause) -> EventKind {
    match attempt {
        Attempt::Dial => EventKind::DialFailed { cause },
        Attempt::Transfer => EventKind::TransferFailed { cause },
        Attempt::Consult => EventKind::ConsultFailed { cause },
        Attempt::Answer => EventKind::Unanswered,
        Attempt::Take | Attempt::Unknown => EventKind::Other { name: name.to_owned() },
    }
}

/// The state in words, for messages.
pub(crate) fn state_word(state: LegState) -> &'static str {
    match state {
        LegState::Ringing => "ringing",
        LegState::Dialing => "being dialled",
        LegState::Talking => "talking",
        LegState::Held => "on hold",
        LegState::Waiting => "waiting in a queue",
        LegState::Suspended => "in an IVR flow",
        LegState::Robot(_) => "with a robot",
        _ => "in an unknown state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_side_is_whom_the_agent_called_or_who_called_the_agent() {
        let own = ["291", "40038"];
        assert_eq!(far_side(Some("70093"), Some("6048"), Some(0), &own), Some("70093"));
        assert_eq!(far_side(Some("40038"), Some("40040"), Some(7), &own), Some("40040"));
        assert_eq!(far_side(Some("a292"), Some("A291"), Some(6), &own), Some("a292"));
        assert_eq!(far_side(Some("291"), Some("102"), Some(51), &own), Some("102"));
    }

    #[test]
    fn busy_at_the_gateway_means_handling_a_call() {
        assert_eq!(agent_state(&AgentWord::Handling), AgentState::Occupied);
        assert_eq!(agent_state(&AgentWord::Busy), AgentState::NotReady { reason: None });
    }

    #[test]
    fn a_call_type_that_nobody_documented_changes_nothing() {
        assert_eq!(direction(Some(99)), None);
        assert_eq!(direction(Some(7)), Some(Direction::Outbound));
    }
}
