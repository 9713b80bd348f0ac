//! The envelope of every REST answer: `statusCode`, and `statusMessage` when something went wrong (section 3).

use axum::body::Body;
use axum::response::Response;
use callcontrol_testkit::switch::{Cause, Refusal};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::options::GwsOptions;

/// What a handler answers: the members beside `statusCode` 0, or a refusal.
pub(super) type Answer = Result<Value, Refused>;

/// An answer with a `statusCode` other than 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: u64,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn new(code: u64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::new(1, format!("Required parameter {parameter} is missing"))
    }

    pub(super) fn invalid(parameter: &str) -> Self {
        Self::new(2, format!("Parameter {parameter} is not valid"))
    }

    pub(super) fn not_found() -> Self {
        Self::new(6, "Resource not found")
    }

    pub(super) fn not_signed_in() -> Self {
        Self::new(20, "Access denied")
    }
}

/// A refusal of the switch told by HTTP.
impl From<&Refusal> for Refused {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::NoSuchCall(_) => Self::not_found(),
            _ => Self::new(2, refusal.to_string()),
        }
    }
}

/// T-Server's number and text for a refusal (section 16).
pub(super) fn tserver_error(refusal: &Refusal) -> (u64, &'static str) {
    match refusal {
        Refusal::Busy(_) => (231, "DN is busy"),
        Refusal::Rejected(_) => (233, "Call is rejected"),
        Refusal::OutOfService(_) => (58, "DN is out of service"),
        Refusal::UnknownDestination(_) => (415, "Invalid Destination DN"),
        Refusal::NoSuchCall(_) => (477, "Invalid Call ID"),
        Refusal::NotInCall { .. } => (470, "Party is not on call"),
        Refusal::Invalid(_) => (223, "Bad parameter"),
        _ => (496, "Invalid call state"),
    }
}

/// The same for something that failed later.
pub(super) fn tserver_cause(cause: Cause) -> (u64, &'static str) {
    match cause {
        Cause::Busy => (231, "DN is busy"),
        Cause::NoAnswer => (232, "No answer"),
        Cause::Rejected => (233, "Call is rejected"),
        Cause::OutOfService => (58, "DN is out of service"),
        Cause::UnknownDestination => (415, "Invalid Destination DN"),
        _ => (234, "Connection attempt failed"),
    }
}

/// Plain success.
pub(super) fn done() -> Answer {
    Ok(json!({}))
}

/// Puts an answer into its HTTP form.
pub(super) fn envelope(answer: Answer, options: &GwsOptions) -> Response {
    match answer {
        Ok(mut body) => {
            let code = body.get("statusCode").and_then(Value::as_u64).unwrap_or(0);
            if let Some(members) = body.as_object_mut() {
                members.insert("statusCode".into(), json!(code));
            }
            json_answer(status_for(code, options), &body)
        }
        Err(Refused { code, message }) => json_answer(
            status_for(code, options),
            &json!({"statusCode": code, "statusMessage": message}),
        ),
    }
}

pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response {
    answer(status, "application/json;charset=UTF-8", body.to_string())
}

pub(super) fn answer(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn status_for(code: u64, options: &GwsOptions) -> StatusCode {
    let usual = if code == 0 { 200 } else { 400 };
    status(options.http_statuses.get(&code).copied().unwrap_or(usual))
}

/// The HTTP status of an option, whatever number stands there.
pub(super) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
