//! Refusals, and the five envelopes in which this product answers (section 11).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value};

use super::choices::ErrorCodeForm;
use super::options::OifdeOptions;

/// What an interface answers besides its code and message, or why it refuses.
pub(super) type Answer = Result<Map<String, Value>, Fault>;

/// A refusal.
#[derive(Debug)]
pub(super) struct Fault {
    code: u32,
    message: String,
    about: About,
}

/// What a refusal is about: the HTTP status depends on it.
#[derive(Clone, Copy, Debug)]
enum About {
    Token,
    Json,
    Business,
}

impl Fault {
    /// Any refusal with this code.
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            message,
            about: About::Business,
        }
    }

    /// A mandatory member is missing or a member is wrong.
    pub(super) fn parameters(message: impl Into<String>) -> Self {
        Self::new(WRONG_PARAMETERS, message)
    }

    /// No token, an expired one, or one that does not check.
    pub(super) fn token(code: u32, message: impl Into<String>) -> Self {
        Self {
            about: About::Token,
            ..Self::new(code, message)
        }
    }

    /// The body is no JSON object.
    pub(super) fn json() -> Self {
        Self {
            about: About::Json,
            ..Self::parameters("the request body is no JSON object")
        }
    }

    fn status(&self, envelope: Envelope, options: &OifdeOptions) -> StatusCode {
        match (self.about, envelope) {
            (About::Token, _) => options.token_fault_status,
            (About::Json, _) => options.broken_json_status,
            (About::Business, Envelope::Ret) => options.dialog_refusal_status,
            (About::Business, _) => options.refusal_status,
        }
    }
}

/// The frame an interface puts around its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Envelope {
    /// `errorCode` is a string.
    Text,
    /// `errorCode` is an integer.
    Number,
    /// `errorCode` is an integer, whatever the options say about success.
    AlwaysNumber,
    /// `errorCode` is an integer and absent on success.
    AbsentOnSuccess,
    /// `errorCode` is an integer, and the message is called `errorMessage`.
    LongMessage,
    /// `rtnCode` and `rtnMsg`.
    Rtn,
    /// `ret`: the dialog protocol.
    Ret,
}

impl Envelope {
    /// The HTTP answer.
    pub(super) fn wrap(self, answer: Answer, options: &OifdeOptions) -> Response {
        let (status, code, message, rest) = match answer {
            Ok(rest) => (StatusCode::OK, 0, String::new(), rest),
            Err(fault) => (fault.status(self, options), fault.code, fault.message, Map::new()),
        };
        let mut body = Map::new();
        if let Some(code) = self.code(code, options) {
            body.insert(self.code_name().into(), code);
        }
        let silent = code == 0 && self.varies() && options.error_code == ErrorCodeForm::BareSuccess;
        if let Some(name) = self.message_name().filter(|_| !silent) {
            body.insert(name.into(), message.into());
        }
        body.extend(rest);
        (status, Json(Value::Object(body))).into_response()
    }

    fn code(self, code: u32, options: &OifdeOptions) -> Option<Value> {
        let (text, number) = (Value::from(code.to_string()), Value::from(code));
        let success = code == 0;
        match (self, options.error_code) {
            (Self::Rtn, _) if success && options.null_return_code => Some(Value::Null),
            (Self::Rtn | Self::Ret, _) => Some(number),
            (Self::AlwaysNumber, ErrorCodeForm::String) => Some(text),
            (Self::AlwaysNumber, _) => Some(number),
            (_, ErrorCodeForm::AbsentOnSuccess | ErrorCodeForm::BareSuccess) if success => None,
            (_, ErrorCodeForm::NullOnSuccess) if success => Some(Value::Null),
            (_, ErrorCodeForm::String) => Some(text),
            (_, ErrorCodeForm::Integer) => Some(number),
            (Self::AbsentOnSuccess, _) if success => None,
            (Self::Text, _) => Some(text),
            (Self::Number | Self::LongMessage | Self::AbsentOnSuccess, _) => Some(number),
        }
    }

    fn varies(self) -> bool {
        !matches!(self, Self::Rtn | Self::Ret | Self::AlwaysNumber)
    }

    fn code_name(self) -> &'static str {
        match self {
            Self::Rtn => "rtnCode",
            Self::Ret => "ret",
            Self::Text | Self::Number | Self::AlwaysNumber | Self::AbsentOnSuccess | Self::LongMessage => "errorCode",
        }
    }

    fn message_name(self) -> Option<&'static str> {
        match self {
            Self::Rtn => Some("rtnMsg"),
            Self::Ret => None,
            Self::LongMessage => Some("errorMessage"),
            Self::Text | Self::Number | Self::AlwaysNumber | Self::AbsentOnSuccess => Some("errorMsg"),
        }
    }
}

/// Wrong parameters; usually a mandatory field is missing.
pub(super) const WRONG_PARAMETERS: u32 = 10_000_002;
/// Something named exists already.
pub(super) const EXISTS: u32 = 10_000_004;
