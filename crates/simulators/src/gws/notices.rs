//! Notifications as they stand on the Bayeux wire (sections 3.2 and 8).

use serde_json::{Value, json};

use super::floor::{Notice, NoticeKind};
use super::options::{Build, ErrorShape, GwsOptions};
use super::resources;

/// A notification and the topic it goes to.
#[derive(Debug, Clone)]
pub(super) struct Notification {
    pub(super) topic: &'static str,
    pub(super) data: Value,
}

/// The agent it is for, and the notification.
pub(super) fn of(notice: &Notice, options: &GwsOptions) -> (String, Notification) {
    match notice {
        Notice::Device { agent, number, state } => {
            let device = resources::device(number, is_public(agent, options), state, options);
            (agent.clone(), devices(&device))
        }
        Notice::Call { agent, kind, call } => {
            let mut data = json!({
                "messageType": "CallStateChangeMessage",
                "notificationType": kind.word(),
                "call": resources::call(call, is_public(agent, options), options),
                "phoneNumber": call.own_number,
            });
            if options.extensions && options.build == Build::Current && *kind != NoticeKind::AttachedDataChanged {
                let business = u8::from(call.kind != "Internal");
                put(
                    &mut data,
                    "extensions",
                    json!({"WrapUpTime": 0, "BusinessCall": business}),
                );
            }
            if options.metrics {
                put(&mut data, "metrics", metrics());
            }
            (agent.clone(), Notification { topic: CALLS, data })
        }
    }
}

/// A device notification.
pub(super) fn devices(device: &Value) -> Notification {
    Notification {
        topic: "/v2/me/devices",
        data: json!({"messageType": "DeviceStateChangeMessage", "devices": [device]}),
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
    Notification { topic: CALLS, data }
}

/// A notification that nobody documented.
pub(super) fn undocumented() -> Notification {
    Notification {
        topic: CALLS,
        data: json!({"messageType": "WeatherReport", "notificationType": "Forecast", "sky": "clear"}),
    }
}

pub(super) fn is_public(agent: &str, options: &GwsOptions) -> bool {
    options
        .users
        .iter()
        .any(|user| user.agent == agent && user.public_device)
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
