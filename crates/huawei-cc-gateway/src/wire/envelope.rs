//! The answer's envelope (section 2): the outcome is in `retcode`, whatever the HTTP status says; the event poll adds `event` (section 5).

use callcontrol_http::{DecodeError, Response};
use serde::Deserialize;
use serde_json::Value;

use super::text::text;

/// An answer, reduced to what its readers need.
#[derive(Clone, Default)]
pub(crate) struct Envelope {
    /// The vendor's code; `None` when the answer holds none, which proves nothing.
    pub(crate) code: Option<String>,
    /// Free text; never parsed.
    pub(crate) message: Option<String>,
    /// Payload of queries, call id of calls.
    pub(crate) result: Value,
}

impl Envelope {
    /// True for the one code that means success.
    pub(crate) fn is_success(&self) -> bool {
        self.code.as_deref() == Some(SUCCESS)
    }

    /// The result as text: a call id, for callout and internal help.
    pub(crate) fn result_text(&self) -> Option<String> {
        text(&self.result)
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    retcode: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    event: Value,
}

impl From<&Wire> for Envelope {
    fn from(wire: &Wire) -> Self {
        Self {
            code: text(&wire.retcode),
            message: text(&wire.message),
            result: Value::Null,
        }
    }
}

/// Decodes the answer to a command or query.
pub(crate) fn decode_answer(response: &Response) -> Result<Envelope, DecodeError> {
    let wire: Wire = response.json_secret("gateway's answer")?;
    let envelope = Envelope::from(&wire);
    Ok(Envelope {
        result: wire.result,
        ..envelope
    })
}

/// Decodes the answer to an event poll: the envelope, and the events in their order. Accepts no body, no `event`, `null`, `[]`, one event,
/// an array of events, and an event without its envelope (5.1, 5.2, 5.5).
pub(crate) fn decode_poll(response: &Response) -> Result<(Envelope, Vec<Value>), DecodeError> {
    if response.body.trim_ascii().is_empty() {
        return Ok((succeeded(), Vec::new()));
    }
    let value: Value = response.json("gateway's poll answer")?;
    if value.get("eventType").is_some() {
        return Ok((succeeded(), vec![value]));
    }
    let wire: Wire = response.json("gateway's poll answer")?;
    let events = match wire.event {
        Value::Array(ref events) => events.clone(),
        Value::Null => Vec::new(),
        Value::Object(ref event) if event.is_empty() => Vec::new(),
        ref event => vec![event.clone()],
    };
    Ok((Envelope::from(&wire), events))
}

fn succeeded() -> Envelope {
    Envelope {
        code: Some(SUCCESS.to_owned()),
        ..Envelope::default()
    }
}

const SUCCESS: &str = "0";

#[cfg(test)]
mod tests {
    use callcontrol_http::HeaderMap;

    use super::*;

    fn poll(body: &'static str) -> (Envelope, Vec<Value>) {
        decode_poll(&Response::new(200, HeaderMap::new(), body)).expect("decodes")
    }

    fn answer(body: &'static str) -> Envelope {
        decode_answer(&Response::new(200, HeaderMap::new(), body)).expect("decodes")
    }

    #[test]
    fn a_poll_without_event_comes_in_five_forms() {
        for body in [
            "",
            " \r\n",
            r#"{"message":"","retcode":"0"}"#,
            r#"{"message":"","retcode":"0","event":null}"#,
            r#"{"message":"","retcode":0,"event":[]}"#,
            r#"{"message":"","retcode":"0","event":{}}"#,
        ] {
            let (envelope, events) = poll(body);
            assert!(envelope.is_success() && events.is_empty(), "{body}");
        }
    }

    #[test]
    fn events_come_alone_in_a_list_and_bare() {
        let ready = r#"{"message":"","retcode":"0","event":{"eventType":"AgentState_Ready","workNo":"291"}}"#;
        let list = r#"{"retcode":"0","event":[{"eventType":"a"},{"eventType":"b"}]}"#;
        let bare = r#"{"eventType":"AgentOther_PhoneRelease","workNo":"20012","content":{"phoneState":3}}"#;
        assert_eq!(poll(ready).1.len(), 1);
        assert_eq!(poll(list).1.len(), 2);
        assert_eq!(poll(bare).1.len(), 1);
        assert!(poll(bare).0.is_success());
    }

    #[test]
    fn the_code_may_be_text_a_number_or_missing() {
        assert!(answer(r#"{"retcode":0,"message":"success"}"#).is_success());
        assert_eq!(answer(r#"{"retcode":"200-012"}"#).code.as_deref(), Some("200-012"));
        assert_eq!(answer(r#"{"retcode":10001}"#).code.as_deref(), Some("10001"));
        assert_eq!(answer(r#"{"result":{}}"#).code, None);
        assert!(!answer("{}").is_success());
    }

    #[test]
    fn the_result_may_be_a_call_id_an_object_or_nothing() {
        let id = answer(r#"{"message":"","retcode":"0","result":"1456401416-3"}"#);
        assert_eq!(id.result_text().as_deref(), Some("1456401416-3"));
        assert_eq!(answer(r#"{"retcode":"0","result":{}}"#).result_text(), None);
        assert_eq!(answer(r#"{"retcode":"0","result":""}"#).result_text(), None);
    }
}
