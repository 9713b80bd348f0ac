//! Messages that the server sends twice (vendor page, section 8.3). What changes the state is known again by the state; what leaves no trace in it (tones, a
//! failure, a word this adapter has no name for) only by the message itself, and only where something in it makes it unlike every other. Pure.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use crate::cometd::message::Incoming;
use crate::wire::notification::{CallNews, Notification};

/// The latest messages of one session by which a repetition is known.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    told: VecDeque<Told>,
    /// The first stamp that came, and whether another one came since: a clock that stands still tells no two messages apart.
    first_stamp: Option<i64>,
    runs: bool,
    dropped: u64,
}

#[derive(Debug)]
struct Told {
    raw: Arc<str>,
    /// Known by its number, which counts within one CometD session.
    numbered: bool,
}

impl Repeats {
    /// Takes note of a message. True if it is one that came before.
    pub(crate) fn is_repeat(&mut self, message: &Incoming, read: &Notification) -> bool {
        let numbered = message.has_id();
        let stamp = message.data.as_ref().and_then(stamp);
        self.look_at_clock(stamp);
        let is_unlike_others = numbered || (stamp.is_some() && self.runs);
        let Some(raw) = message.raw.as_ref().filter(|_| leaves_no_trace(read)) else {
            return false;
        };
        if is_unlike_others && self.told.iter().any(|told| told.raw == *raw) {
            self.dropped = self.dropped.saturating_add(1);
            tracing::debug!(target: "callcontrol::pump", dropped = self.dropped, "a message that came before, dropped");
            return true;
        }
        if numbered || stamp.is_some() {
            self.keep(Arc::clone(raw), numbered);
        }
        false
    }

    /// Another CometD session may begin its numbers anew.
    pub(crate) fn forget_numbers(&mut self) {
        self.told.retain(|told| !told.numbered);
    }

    fn look_at_clock(&mut self, stamp: Option<i64>) {
        let Some(stamp) = stamp else { return };
        self.runs |= *self.first_stamp.get_or_insert(stamp) != stamp;
    }

    fn keep(&mut self, raw: Arc<str>, numbered: bool) {
        self.told.push_back(Told { raw, numbered });
        while self.told.len() > KEPT {
            self.told.pop_front();
        }
    }
}

/// The state does not show that it was told.
fn leaves_no_trace(read: &Notification) -> bool {
    match read {
        Notification::Fault(_) | Notification::Other(_) => true,
        Notification::Call { what, .. } => match what {
            CallNews::DtmfSent | CallNews::RecordingChanged | CallNews::Other(_) => true,
            CallNews::StatusChange | CallNews::ParticipantsUpdated | CallNews::AttachedDataChanged => false,
        },
        Notification::Devices(_) | Notification::Channel(_) => false,
    }
}

/// When the server made the message, in milliseconds: an extra of newer builds (section 8).
fn stamp(data: &Value) -> Option<i64> {
    data.pointer("/metrics/eventProcessing/serverGenerationTimestamp")?
        .as_i64()
}

/// A repetition follows at once, or after the link was broken for a while.
const KEPT: usize = 32;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cometd::message::parse;

    fn message(id: Option<&str>, stamp: Option<i64>) -> Incoming {
        let mut message = json!({"channel": "/v2/me/calls", "data": {
            "notificationType": "DtmfSent", "messageType": "CallStateChangeMessage", "call": {"id": "A", "state": "Established"}}});
        if let Some(id) = id {
            message["id"] = json!(id);
        }
        if let Some(stamp) = stamp {
            message["data"]["metrics"] = json!({"eventProcessing": {"serverGenerationTimestamp": stamp}});
        }
        let body = serde_json::to_vec(&message).expect("JSON");
        parse(&body).expect("a message").remove(0)
    }

    fn tell(repeats: &mut Repeats, message: &Incoming) -> bool {
        let read = Notification::read(message.data.as_ref().expect("data"));
        repeats.is_repeat(message, &read)
    }

    #[test]
    fn tones_told_again_with_the_same_number_or_stamp_are_known_again() {
        let mut repeats = Repeats::default();
        for first in [message(Some("7"), None), message(None, Some(1)), message(None, Some(2))] {
            assert!(!tell(&mut repeats, &first));
            assert_eq!(
                tell(&mut repeats, &first),
                first.data != message(None, Some(1)).data,
                "{first:?}"
            );
        }
        assert!(
            tell(&mut repeats, &message(None, Some(1))),
            "by now the clock is known to run"
        );
        assert_eq!(repeats.dropped, 3);
    }

    #[test]
    fn tones_that_nothing_tells_apart_are_each_told() {
        let mut repeats = Repeats::default();
        for _ in 0..3 {
            assert!(!tell(&mut repeats, &message(None, None)));
            assert!(
                !tell(&mut repeats, &message(None, Some(5))),
                "a clock that stands still"
            );
        }
    }

    #[test]
    fn in_another_session_of_the_stream_a_number_says_nothing_and_a_stamp_what_it_said() {
        let mut repeats = Repeats::default();
        let (numbered, stamped) = (message(Some("7"), None), message(None, Some(2)));
        for told in [&message(None, Some(1)), &numbered, &stamped] {
            assert!(!tell(&mut repeats, told));
        }
        repeats.forget_numbers();
        assert!(!tell(&mut repeats, &numbered));
        assert!(tell(&mut repeats, &stamped));
    }

    #[test]
    fn what_the_state_knows_again_is_left_to_it() {
        let mut repeats = Repeats::default();
        let mut told = message(Some("7"), None);
        told.data = Some(json!({"notificationType": "StatusChange", "call": {"id": "A", "state": "Held"}}));
        assert!(!tell(&mut repeats, &told));
        assert!(!tell(&mut repeats, &told));
    }
}
