//! Notifications as they stand on the Bayeux wire (sections 3.2 and 8).

use std::borrow::Cow;

use serde_json::{Value, json};

use super::floor::{CallState, DeviceView, Notice, NoticeKind};
use super::options::{Build, ErrorShape, GwsOptions};
use super::resources;
use super::settings::Settings;

/// A notification and the topic it goes to.
#[derive(Debug, Clone)]
pub(super) struct Notification {
    pub(super) topic: Cow<'static, str>,
    pub(super) data: Value,
}

impl Notification {
    /// The Bayeux message; tagged with a number and the client's id where the server does so.
    pub(super) fn message(&self, tag: Option<(u64, &String)>) -> Value {
        match tag {
            None => json!({"channel": self.topic, "data": self.data}),
            Some((number, client)) => {
                json!({"channel": self.topic, "data": self.data, "id": number.to_string(), "clientId": client})
            }
        }
    }
}

/// What a call notice becomes; the options may put things beside it that nobody documented.
pub(super) fn of_call(notice: &Notice, settings: &Settings) -> Vec<Notification> {
    let Notice::Call { agent, kind, call } = notice else {
        return Vec::new();
    };
    let mut data = json!({
        "messageType": "CallStateChangeMessage",
        "notificationType": kind.word(),
        "call": resources::call(call, settings.user_of(agent), settings),
        "phoneNumber": call.own_number,
    });
    if settings.extensions && settings.build == Build::Current && *kind != NoticeKind::AttachedDataChanged {
        let business = u8::from(call.kind != "Internal");
        put(
            &mut data,
            "extensions",
            json!({"WrapUpTime": 0, "BusinessCall": business}),
        );
    }
    if settings.metrics {
        put(&mut data, "metrics", metrics());
    }
    let of_state = *kind == NoticeKind::StatusChange;
    let connecting = settings.unknown_states && of_state && call.state == CallState::Established;
    let scored = settings.unknown_extras && of_state && call.state == CallState::Established;
    let before = connecting.then(|| with(&data, "/call/state", "Connecting"));
    let after = scored.then(|| with(&data, "/notificationType", "QualityScored"));
    let all = before.into_iter().chain([data]).chain(after);
    all.map(|data| Notification {
        topic: CALLS.into(),
        data,
    })
    .collect()
}

/// A device notice, on the older topic too if the options say so.
pub(super) fn of_device(device: &DeviceView, settings: &Settings) -> Vec<Notification> {
    let resource = resources::device(device, settings.user_of(&device.agent), settings);
    let state = json!([{"channel": "voice", "userState": resource.get("userState")}]);
    let older = settings.channel_events.then(|| Notification {
        topic: "/v2/me/channels".into(),
        data: json!({"channels": state}),
    });
    let usual = Notification {
        topic: "/v2/me/devices".into(),
        data: json!({"messageType": "DeviceStateChangeMessage", "devices": [resource]}),
    };
    [usual].into_iter().chain(older).collect()
}

/// A change of a back-end service; the shape is a guess (open point 13).
pub(super) fn service(service: &Value) -> Notification {
    Notification {
        topic: "/notifications/services".into(),
        data: json!({"messageType": "ServiceStateChangeMessage", "services": [service]}),
    }
}

/// An error notification; its shape is a guess whatever the option says (open point 1).
pub(super) fn error(code: u64, message: &str, options: &GwsOptions) -> Notification {
    let data = match options.error_shape {
        ErrorShape::EventError => {
            json!({"messageType": "EventError", "error": {"errorCode": code, "errorMessage": message}})
        }
        ErrorShape::ErrorCode => {
            json!({"notificationType": "OperationError", "errorMessage": message, "errorCode": code})
        }
        ErrorShape::StatusCode => json!({"statusCode": 4, "statusMessage": message}),
    };
    Notification {
        topic: CALLS.into(),
        data,
    }
}

/// A notification that nobody documented.
pub(super) fn undocumented() -> Notification {
    Notification {
        topic: CALLS.into(),
        data: json!({"messageType": "WeatherReport", "notificationType": "Forecast", "sky": "clear"}),
    }
}

/// What a notification is, in words for a test.
pub(super) fn words(notification: &Notification) -> String {
    let word = |path: &str| {
        notification
            .data
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    match word("/call/state") {
        "" => [word("/messageType"), word("/notificationType")]
            .join(" ")
            .trim()
            .to_owned(),
        state => format!("{} {state} {}", word("/notificationType"), word("/call/callUuid")),
    }
}

fn with(data: &Value, path: &str, word: &str) -> Value {
    let mut changed = data.clone();
    if let Some(place) = changed.pointer_mut(path) {
        *place = json!(word);
    }
    changed
}

fn metrics() -> Value {
    json!({"eventProcessing": {
        "nodeProcessingTimeNanos": 410_000,
        "serverGenerationTimestamp": 1_795_250_000_123_u64,
        "serverProcessingTimeTotalMs": 3,
    }})
}

fn put(data: &mut Value, key: &str, value: Value) {
    if let Some(members) = data.as_object_mut() {
        members.insert(key.into(), value);
    }
}

const CALLS: &str = "/v2/me/calls";
