//! The call resource (section 7): the same in notifications and in answers to GET, always complete, never a delta.

use std::collections::{BTreeMap, BTreeSet};

use callcontrol_http::last_segment;
use serde_json::Value;

use super::value::{as_text, list, switch, text, words};

/// A call as one message showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireCall {
    /// The vendor's id; opaque.
    pub(crate) id: String,
    pub(crate) state: WireState,
    pub(crate) call_type: WireType,
    /// The other parties' numbers, as far as told.
    pub(crate) participants: Vec<String>,
    /// Operation names; `None` where the server sent no list.
    pub(crate) capabilities: Option<BTreeSet<String>>,
    /// Absent in the message means empty, not unchanged (section 14, item 2).
    pub(crate) user_data: BTreeMap<String, String>,
    /// `None` where the server did not say.
    pub(crate) muted: Option<bool>,
    /// `recordingState` as the server words it; absent in older builds.
    pub(crate) recording: Option<String>,
    /// A supervisor keeps the supervised agent from being heard; `None` where the server did not say.
    pub(crate) agent_muted: Option<bool>,
    /// Id of the call that this one consults for.
    pub(crate) parent: Option<String>,
    /// The absolute URI exactly as given: some parameters want it back. Never followed.
    pub(crate) uri: Option<String>,
}

/// Section 7.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WireState {
    Ringing,
    Dialing,
    Established,
    Held,
    Released,
    /// Alive, in a state this adapter has no word for.
    Unknown(String),
}

/// Section 7, `callType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireType {
    Internal,
    Inbound,
    Outbound,
    Consult,
    Unknown,
}

impl WireCall {
    /// `None` when there is no id to know the call by.
    pub(crate) fn read(call: &Value) -> Option<Self> {
        let uri = text(call, "uri");
        // A client of the vendor's own guards against an empty id and takes the last segment of the URI.
        let id = text(call, "id").or_else(|| uri.as_deref().and_then(last_segment))?;
        Some(Self {
            id,
            state: WireState::of(&text(call, "state").unwrap_or_default()),
            call_type: WireType::of(&text(call, "callType").unwrap_or_default()),
            participants: list(call, "participants").iter().map(participant).collect(),
            capabilities: words(call, "capabilities"),
            user_data: user_data(call),
            muted: switch(call, "mute"),
            recording: text(call, "recordingState"),
            agent_muted: switch(call, "monitoredUserMuted"),
            parent: parent(call),
            uri,
        })
    }

    /// A consult that this agent began: by type and parent, as the answer to the request does not name it (section 9.3).
    pub(crate) fn consults_for(&self) -> Option<&str> {
        let is_consult = self.call_type == WireType::Consult;
        self.parent.as_deref().filter(|_| is_consult)
    }
}

impl WireState {
    fn of(word: &str) -> Self {
        match word {
            "Ringing" => Self::Ringing,
            "Dialing" => Self::Dialing,
            "Established" => Self::Established,
            "Held" => Self::Held,
            "Released" => Self::Released,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl WireType {
    fn of(word: &str) -> Self {
        match word {
            "Internal" => Self::Internal,
            "Inbound" => Self::Inbound,
            "Outbound" => Self::Outbound,
            "Consult" => Self::Consult,
            _ => Self::Unknown,
        }
    }
}

/// `parentCallPath` names another call than `parentCallUri` in a document sample: the URI wins.
fn parent(call: &Value) -> Option<String> {
    let told = text(call, "parentCallUri").or_else(|| text(call, "parentCallPath"))?;
    last_segment(&told)
}

/// Objects today, plain strings in builds before late 2015; any member may be empty.
fn participant(party: &Value) -> String {
    if let Some(number) = party.as_str() {
        return number.to_owned();
    }
    ["phoneNumber", "digits", "formattedPhoneNumber", "e164Number"]
        .iter()
        .find_map(|name| text(party, name))
        .unwrap_or_default()
}

fn user_data(call: &Value) -> BTreeMap<String, String> {
    let Some(pairs) = call.get("userData").and_then(Value::as_object) else {
        return BTreeMap::new();
    };
    pairs.iter().map(|(key, value)| (key.clone(), as_text(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_parents_uri_wins_over_its_path_and_only_its_last_segment_counts() {
        let call = WireCall::read(&json!({
            "id": "N", "state": "Dialing", "callType": "Consult",
            "parentCallUri": "http://elsewhere.example:1/api/v2/me/calls/M", "parentCallPath": "/calls/H",
        }));
        assert_eq!(call.expect("a call").consults_for(), Some("M"));
        let path_only = json!({"id": "N", "callType": "Consult", "parentCallPath": "calls/H"});
        assert_eq!(WireCall::read(&path_only).expect("a call").consults_for(), Some("H"));
        let consulted = json!({"id": "N", "callType": "Consult", "state": "Ringing"});
        assert_eq!(WireCall::read(&consulted).expect("a call").consults_for(), None);
    }

    #[test]
    fn an_empty_id_is_taken_from_the_uri_and_a_call_without_either_is_none() {
        let call = WireCall::read(&json!({"id": "", "uri": "http://x/api/v2/me/calls/007"}));
        assert_eq!(call.expect("a call").id, "007");
        assert_eq!(WireCall::read(&json!({"state": "Held"})), None);
    }

    #[test]
    fn members_of_unexpected_types_do_not_spoil_the_call() {
        let call = WireCall::read(&json!({
            "id": 17, "state": ["Held"], "callType": null, "capabilities": "Hold", "mute": 1,
            "participants": ["7003", {"e164Number": "", "digits": "7005"}, 9],
            "userData": {"Score": 7, "Owner": {"username": "agent1"}, "Name": "J\u{fc}rgen"},
        }))
        .expect("a call");
        assert_eq!(call.id, "17");
        assert_eq!(call.state, WireState::Unknown(String::new()));
        assert_eq!(call.participants, ["7003", "7005", ""]);
        assert_eq!(call.capabilities, None);
        assert_eq!(call.user_data["Score"], "7");
        assert_eq!(call.user_data["Owner"], r#"{"username":"agent1"}"#);
    }
}
