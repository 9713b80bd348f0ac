//! Notifications (sections 3.2 and 8): what kind of message it is, decided without insisting on anything that old or new builds may lack.

use serde_json::Value;

use super::call::WireCall;
use super::device::{UserState, WireDevice};
use super::value::{integer, list, text};

/// One notification's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notification {
    /// The complete call, and what the server says has changed.
    Call { what: CallNews, call: Box<WireCall> },
    /// Devices, usually one.
    Devices(Vec<WireDevice>),
    /// State of the voice channel (8.5.0 builds).
    Channel(UserState),
    /// A pending operation failed; nothing says which.
    Fault(AsyncFault),
    /// Anything else, by name.
    Other(String),
}

/// `notificationType` of a call message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallNews {
    StatusChange,
    ParticipantsUpdated,
    AttachedDataChanged,
    DtmfSent,
    RecordingChanged,
    /// A type this adapter has no word for; the call in it is complete all the same.
    Other(String),
}

/// A failure told after the request had been accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AsyncFault {
    pub(crate) code: Option<i64>,
    pub(crate) message: Option<String>,
    /// The call concerned, should a build name it.
    pub(crate) call: Option<String>,
}

impl Notification {
    pub(crate) fn read(data: &Value) -> Self {
        let message = text(data, "messageType").unwrap_or_default();
        let news = text(data, "notificationType").unwrap_or_default();
        if let Some(fault) = fault(data, &message, &news) {
            return Self::Fault(fault);
        }
        if let Some(call) = data.get("call").and_then(WireCall::read) {
            return Self::Call {
                what: CallNews::of(news),
                call: Box::new(call),
            };
        }
        if data.get("devices").is_some_and(Value::is_array) {
            return Self::Devices(list(data, "devices").iter().filter_map(WireDevice::read).collect());
        }
        if let Some(state) = voice_channel(data) {
            return Self::Channel(state);
        }
        Self::Other(name(message, news))
    }
}

impl CallNews {
    fn of(word: String) -> Self {
        match word.as_str() {
            "StatusChange" => Self::StatusChange,
            "ParticipantsUpdated" => Self::ParticipantsUpdated,
            "AttachedDataChanged" => Self::AttachedDataChanged,
            "DtmfSent" => Self::DtmfSent,
            "CallRecordingStateChange" => Self::RecordingChanged,
            _ => Self::Other(word),
        }
    }
}

/// No voice error is documented; these are the shapes that section 3.2 advises to accept.
fn fault(data: &Value, message: &str, news: &str) -> Option<AsyncFault> {
    let says_error = |word: &str| word.to_ascii_lowercase().contains("error");
    let status = integer(data, "statusCode").filter(|code| *code != 0);
    let detail = data.get("error").filter(|error| error.is_object()).unwrap_or(data);
    let code = integer(detail, "errorCode").or(status);
    let words = text(detail, "errorMessage").or_else(|| text(data, "statusMessage"));
    let has_detail = code.is_some() || text(detail, "errorMessage").is_some();
    if !says_error(message) && !says_error(news) && !has_detail {
        return None;
    }
    // Password changes are not operations on calls.
    if news.starts_with("PasswordChange") {
        return None;
    }
    Some(AsyncFault {
        code,
        message: words,
        call: named_call(data),
    })
}

fn named_call(data: &Value) -> Option<String> {
    let call = data.get("call").and_then(WireCall::read).map(|call| call.id);
    call.or_else(|| text(data, "callId")).or_else(|| {
        text(data, "callUri")
            .as_deref()
            .and_then(callcontrol_http::last_segment)
    })
}

fn voice_channel(data: &Value) -> Option<UserState> {
    list(data, "channels")
        .iter()
        .find(|channel| text(channel, "channel").as_deref() == Some("voice"))
        .and_then(|channel| channel.get("userState"))
        .and_then(UserState::read)
}

fn name(message: String, news: String) -> String {
    match (message.is_empty(), news.is_empty()) {
        (true, true) => "unnamed".to_owned(),
        (true, false) => news,
        (false, true) => message,
        (false, false) => format!("{message}/{news}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_shape_of_an_asynchronous_failure_is_recognised() {
        let shapes = [
            json!({"messageType": "EventError", "error": {"errorCode": 415, "errorMessage": "Invalid Destination DN"}}),
            json!({"notificationType": "CallError", "errorCode": "415"}),
            json!({"errorMessage": "busy", "errorCode": 415}),
            json!({"statusCode": 415, "statusMessage": "no"}),
        ];
        for shape in shapes {
            let Notification::Fault(fault) = Notification::read(&shape) else {
                panic!("{shape} is a failure");
            };
            assert_eq!(fault.code, Some(415), "{shape}");
        }
        let password = json!({"notificationType": "PasswordChangeError", "errorMessage": "x", "errorCode": 2});
        assert_eq!(
            Notification::read(&password),
            Notification::Other("PasswordChangeError".into())
        );
    }

    #[test]
    fn unknown_kinds_keep_their_name_and_a_call_in_them_is_read() {
        let other = json!({"messageType": "Surprise", "notificationType": "New"});
        assert_eq!(Notification::read(&other), Notification::Other("Surprise/New".into()));
        let call = json!({"messageType": "CallStateChangeMessage", "notificationType": "CallRecovered", "call": {"id": "1", "state": "Held"}});
        let Notification::Call { what, call } = Notification::read(&call) else {
            panic!("a call");
        };
        assert_eq!((what, call.id.as_str()), (CallNews::Other("CallRecovered".into()), "1"));
    }
}
