//! Bayeux messages: arrays both ways, members optional, unknown ones ignored (Bayeux protocol 1.0).

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A message from the server.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Incoming {
    #[serde(default)]
    pub(crate) channel: String,
    id: Option<Value>,
    #[serde(rename = "clientId")]
    pub(crate) client_id: Option<String>,
    pub(crate) successful: Option<bool>,
    pub(crate) error: Option<String>,
    pub(crate) advice: Option<Value>,
    pub(crate) subscription: Option<Value>,
    pub(crate) ext: Option<Value>,
    pub(crate) data: Option<Value>,
    /// An event as it came, shared with whoever keeps it; `None` for a reply.
    #[serde(skip)]
    pub(crate) raw: Option<Arc<str>>,
}

impl Incoming {
    /// A reply to one of our own messages, and no event.
    pub(crate) fn is_meta(&self) -> bool {
        self.channel.starts_with("/meta/")
    }

    /// The number of our message that this replies to; a text by the protocol, tolerantly also a number.
    pub(crate) fn number(&self) -> Option<u64> {
        match self.id.as_ref()? {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// It bears an id; events have none as a rule.
    pub(crate) fn has_id(&self) -> bool {
        self.id.as_ref().is_some_and(|id| !id.is_null())
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.successful == Some(true)
    }

    /// The number before the first colon of `error`, e.g. 402 of `402::Unknown client`.
    pub(crate) fn error_code(&self) -> Option<u16> {
        self.error.as_deref()?.split(':').next()?.trim().parse().ok()
    }

    /// The channels that a subscribe reply is about; one or several.
    pub(crate) fn subscriptions(&self) -> Vec<&str> {
        match &self.subscription {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The number of the last acknowledged batch: `ext.ack` is a number, `true`, or an object with `batch`.
    pub(crate) fn ack(&self) -> Option<Ack> {
        match self.ext.as_ref()?.get("ack")? {
            Value::Bool(true) => Some(Ack::Enabled { batch: 0 }),
            Value::Number(number) => number.as_i64().map(Ack::Batch),
            object @ Value::Object(members) => {
                let on = members.get("enabled").and_then(Value::as_bool).unwrap_or(false);
                let batch = object.get("batch").and_then(Value::as_i64).unwrap_or(0);
                on.then_some(Ack::Enabled { batch })
            }
            Value::Null | Value::Bool(false) | Value::String(_) | Value::Array(_) => None,
        }
    }
}

/// What `ext.ack` of a reply says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ack {
    /// The server has the extension; batches count from here.
    Enabled { batch: i64 },
    /// Number of this batch.
    Batch(i64),
}

/// The messages of an HTTP body: an array, tolerantly also a single object. What is no message is left out;
/// `None` when the body is no JSON at all.
pub(crate) fn parse(body: &[u8]) -> Option<Vec<Incoming>> {
    if let Ok(many) = serde_json::from_slice::<Vec<&RawValue>>(body) {
        return Some(many.iter().filter_map(|raw| one(raw.get())).collect());
    }
    let single = serde_json::from_slice::<&RawValue>(body).ok()?;
    one(single.get()).map(|message| vec![message])
}

fn one(raw: &str) -> Option<Incoming> {
    let message = serde_json::from_str::<Incoming>(raw);
    if message.is_err() {
        tracing::warn!(target: "callcontrol::pump", bytes = raw.len(), "an item of the event stream is no message, left out");
    }
    let message = message.ok()?;
    // A message without a channel cannot be anything.
    let kept = (!message.is_meta()).then(|| Arc::from(raw));
    (!message.channel.is_empty()).then_some(Incoming { raw: kept, ..message })
}

/// The first message of a session; it must be alone in its array.
pub(crate) fn handshake(id: u64) -> Value {
    json!({"id": id.to_string(), "channel": "/meta/handshake", "version": "1.0", "minimumVersion": "1.0",
           "supportedConnectionTypes": ["long-polling"], "ext": {"ack": true}})
}

pub(crate) fn subscribe(id: u64, client: &str, channel: &str) -> Value {
    json!({"id": id.to_string(), "channel": "/meta/subscribe", "clientId": client, "subscription": channel})
}

pub(crate) fn unsubscribe(id: u64, client: &str, channel: &str) -> Value {
    json!({"id": id.to_string(), "channel": "/meta/unsubscribe", "clientId": client, "subscription": channel})
}

/// `at_once` asks for an answer without waiting; `ack` is the number of the last batch received.
pub(crate) fn connect(id: u64, client: &str, at_once: bool, ack: Option<i64>) -> Value {
    let mut message =
        json!({"id": id.to_string(), "channel": "/meta/connect", "clientId": client, "connectionType": "long-polling"});
    if let Some(members) = message.as_object_mut() {
        if at_once {
            members.insert("advice".to_owned(), json!({"timeout": 0}));
        }
        if let Some(batch) = ack {
            members.insert("ext".to_owned(), json!({"ack": batch}));
        }
    }
    message
}

pub(crate) fn disconnect(id: u64, client: &str) -> Value {
    json!({"id": id.to_string(), "channel": "/meta/disconnect", "clientId": client})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_an_array_or_one_message_and_rubbish_among_them_is_left_out() {
        let many = parse(br#"[{"channel":"/meta/connect","successful":true},7,{"id":"1"},{"channel":"/x","data":{}}]"#);
        assert_eq!(many.expect("array").len(), 2);
        let single = parse(br#"{"channel":"/meta/connect","error":"402::Unknown client"}"#).expect("one");
        assert_eq!(single[0].error_code(), Some(402));
        for bad in [&b"<html>"[..], b"", b"[{", b"[[[["] {
            assert!(parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn acknowledgement_is_read_in_each_of_its_forms() {
        let ack = |ext: Value| {
            Incoming {
                ext: Some(ext),
                ..Incoming::default()
            }
            .ack()
        };
        assert_eq!(ack(json!({"ack": true})), Some(Ack::Enabled { batch: 0 }));
        assert_eq!(
            ack(json!({"ack": {"enabled": true, "batch": 4}})),
            Some(Ack::Enabled { batch: 4 })
        );
        assert_eq!(ack(json!({"ack": 9})), Some(Ack::Batch(9)));
        assert_eq!(ack(json!({"ack": false})), None);
        assert_eq!(ack(json!({})), None);
    }
}
