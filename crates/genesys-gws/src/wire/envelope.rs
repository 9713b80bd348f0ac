//! The envelope of every REST answer (section 3): `statusCode` decides, not the HTTP status; and the snapshot of `GET /me` (sections 4.1 and 13.1).

use std::collections::BTreeSet;

use callcontrol_http::Response;
use serde_json::Value;

use super::call::WireCall;
use super::device::{UserState, WireDevice};
use super::value::{integer, list, text};

/// An answer with a `statusCode`.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) code: i64,
    pub(crate) message: Option<String>,
    pub(crate) body: Value,
}

/// The agent's devices, calls and channels at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) devices: Vec<WireDevice>,
    pub(crate) calls: Vec<WireCall>,
    /// State of the voice channel where no device tells it.
    pub(crate) voice_state: Option<UserState>,
}

/// One channel's part of a partial success (code 7).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ChannelResult {
    pub(crate) channel: String,
    pub(crate) code: i64,
    pub(crate) message: Option<String>,
}

impl Envelope {
    /// `None` when the body is no JSON object with a numeric `statusCode`: a proxy's page, the CSRF filter's text, a truncated body.
    pub(crate) fn read(response: &Response) -> Option<Self> {
        let body: Value = response.json("answer").ok()?;
        Some(Self {
            code: integer(&body, "statusCode")?,
            message: text(&body, "statusMessage"),
            body,
        })
    }

    /// The channels of which this answer says that they were started.
    pub(crate) fn succeeded(&self) -> Vec<ChannelResult> {
        list(&self.body, "succeeded")
            .iter()
            .filter_map(ChannelResult::read)
            .collect()
    }

    /// The channels that failed. The failing one may bear another name than was asked for (section 14, item 14).
    pub(crate) fn failed(&self) -> Vec<ChannelResult> {
        list(&self.body, "failed")
            .iter()
            .filter_map(ChannelResult::read)
            .collect()
    }

    /// The answer to `GET /me?subresources=…`; `None` when there is no user in it.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        let user = self.body.get("user")?;
        let voice = list(user, "channels")
            .iter()
            .find(|channel| text(channel, "channel").as_deref() == Some("voice"));
        Some(Snapshot {
            devices: list(user, "devices").iter().filter_map(WireDevice::read).collect(),
            calls: list(user, "calls").iter().filter_map(WireCall::read).collect(),
            voice_state: voice
                .and_then(|channel| channel.get("userState"))
                .and_then(UserState::read),
        })
    }

    /// True for the answer to `GET /me` of a signed-in agent.
    pub(crate) fn has_user(&self) -> bool {
        self.body.get("user").is_some_and(Value::is_object)
    }

    /// The features assigned to the user (section 4.2); `None` where the server sent no list.
    pub(crate) fn features(&self) -> Option<BTreeSet<String>> {
        let user = self.body.get("user")?;
        user.get("features").filter(|features| features.is_array())?;
        let id = |feature: &Value| text(feature, "id").or_else(|| feature.as_str().map(str::to_owned));
        Some(list(user, "features").iter().filter_map(id).collect())
    }

    /// The contact centre's agent states, built in and custom (section 5.3).
    pub(crate) fn agent_states(&self) -> Vec<NamedState> {
        list(&self.body, "agentStates")
            .iter()
            .filter_map(NamedState::read)
            .collect()
    }

    /// Whether the list of calls was sent at all: a snapshot without it says nothing about calls.
    pub(crate) fn lists_calls(&self) -> bool {
        self.body
            .get("user")
            .and_then(|user| user.get("calls"))
            .is_some_and(Value::is_array)
    }
}

/// One entry of the list of agent states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedState {
    /// The operation that leads into it.
    pub(crate) operation: String,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) state: String,
}

impl NamedState {
    fn read(item: &Value) -> Option<Self> {
        Some(Self {
            operation: text(item, "operationName")?,
            id: text(item, "id"),
            name: text(item, "displayName"),
            state: text(item, "state").unwrap_or_default(),
        })
    }

    /// Whether a person's word means this state: its operation, name or id.
    pub(crate) fn is_called(&self, word: &str) -> bool {
        let same = |text: &String| text.eq_ignore_ascii_case(word);
        same(&self.operation) || self.name.as_ref().is_some_and(same) || self.id.as_ref().is_some_and(same)
    }
}

impl ChannelResult {
    fn read(item: &Value) -> Option<Self> {
        Some(Self {
            channel: text(item, "channel")?,
            code: integer(item, "statusCode").unwrap_or_default(),
            message: text(item, "statusMessage"),
        })
    }
}

#[cfg(test)]
mod tests {
    use callcontrol_http::HeaderMap;

    use super::*;

    fn read(body: &'static str) -> Option<Envelope> {
        Envelope::read(&Response::new(200, HeaderMap::new(), body))
    }

    #[test]
    fn the_status_code_is_read_as_number_or_text_and_nothing_else_is_an_envelope() {
        assert_eq!(read(r#"{"statusCode":0}"#).expect("envelope").code, 0);
        let refused = read(r#"{"statusCode":"6","statusMessage":"no such call"}"#).expect("envelope");
        assert_eq!((refused.code, refused.message.as_deref()), (6, Some("no such call")));
        for other in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"statusCode":null}"#,
            r#"{"statusCode":0"#,
            "Missing or invalid Csrf token",
        ] {
            assert!(read(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_partial_success_lists_what_failed_and_what_did_not() {
        let partial = read(
            r#"{"statusCode":7,"failed":[{"statusCode":4,"statusMessage":"Interaction server connection is not opened","channel":"multimedia"}],"succeeded":[{"statusCode":0,"channel":"voice"}]}"#,
        )
        .expect("envelope");
        assert_eq!(partial.succeeded()[0].channel, "voice");
        assert_eq!(
            (partial.failed()[0].channel.as_str(), partial.failed()[0].code),
            ("multimedia", 4)
        );
    }
}
