//! From HTTP's troubles to the project's one error type: which kind, and what may have happened at the switch. One table per source.
//!
//! An adapter asks here first and lets its vendor's own code overrule ([`Error::with_kind`], [`Error::with_effect`]).

use callcontrol_core::{Effect, Error, ErrorKind, NativeFault};

use crate::error::{ConfigError, Lost, NotSent, TransportError};
use crate::invalid::InvalidInput;
use crate::response::{DecodeError, Response};

/// Whether sending a request again could do something twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// Only asks: whatever happens to it, the switch did nothing.
    Query,
    /// May move a caller: whatever is not proved is unknown.
    Command,
}

impl Idempotency {
    /// What is known of the effect when nothing is proved.
    #[must_use]
    pub fn unproved(self) -> Effect {
        match self {
            Self::Query => Effect::None,
            Self::Command => Effect::Unknown,
        }
    }
}

impl TransportError {
    /// What a failed send of a command proves: nothing was sent, or nothing is known.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::NotSent { .. } => Effect::None,
            Self::Lost { .. } => Effect::Unknown,
        }
    }
}

/// Passes a 2xx reply on; anything else, redirects included, becomes an error.
///
/// # Errors
/// As [`from_status`].
pub fn accept(response: Response, idempotency: Idempotency) -> Result<Response, Error> {
    if response.is_success() {
        return Ok(response);
    }
    Err(from_status(&response, idempotency))
}

/// A send without a complete reply.
#[must_use]
pub fn from_transport(error: TransportError, idempotency: Idempotency) -> Error {
    let kind = match &error {
        TransportError::NotSent { reason, .. } => not_sent_kind(reason),
        TransportError::Lost { phase, .. } => lost_kind(*phase),
    };
    let effect = match error.effect() {
        Effect::Unknown => idempotency.unproved(),
        proved @ (Effect::None | Effect::Applied) => proved,
    };
    let status = match &error {
        TransportError::NotSent { .. } => None,
        TransportError::Lost { status, .. } => *status,
    };
    let converted = Error::new(kind, effect, error.to_string()).caused_by(error);
    match status {
        Some(status) => converted.with_native(http_fault(status, None)),
        None => converted,
    }
}

/// A reply whose status is not 2xx. A wait the server asks for is in [`Error::retry_after`].
///
/// 401 becomes [`ErrorKind::SessionLost`]; at sign-in, where it means a wrong password, say `.with_kind(ErrorKind::Credentials)`.
#[must_use]
pub fn from_status(response: &Response, idempotency: Idempotency) -> Error {
    let status = response.status;
    let (kind, refused, hint) = status_row(status);
    let effect = if refused { Effect::None } else { idempotency.unproved() };
    let place = response.place().map(|at| format!("{at}: ")).unwrap_or_default();
    let html = if response.is_html() {
        "; the body is an HTML page – is a proxy or login page in the way?"
    } else {
        ""
    };
    let body = Some(response.beginning()).filter(|text| !text.is_empty());
    Error::new(kind, effect, format!("{place}status {status}: {hint}{html}"))
        .with_native(http_fault(status, body))
        .with_retry_after(response.retry_after())
}

/// A reply that cannot be read: after a 2xx the command may well have run.
#[must_use]
pub fn from_decode(error: DecodeError, idempotency: Idempotency) -> Error {
    let fault = http_fault(error.status(), None);
    Error::new(ErrorKind::Protocol, idempotency.unproved(), error.to_string())
        .with_native(fault)
        .caused_by(error)
}

impl From<TransportError> for Error {
    /// As for a command, which is the cautious reading.
    fn from(error: TransportError) -> Self {
        from_transport(error, Idempotency::Command)
    }
}

impl From<DecodeError> for Error {
    /// As for a command, which is the cautious reading.
    fn from(error: DecodeError) -> Self {
        from_decode(error, Idempotency::Command)
    }
}

impl From<InvalidInput> for Error {
    fn from(error: InvalidInput) -> Self {
        Self::invalid_input(error.to_string()).caused_by(error)
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorKind::Config, Effect::None, error.to_string()).caused_by(error)
    }
}

fn not_sent_kind(reason: &NotSent) -> ErrorKind {
    match reason {
        NotSent::Refused | NotSent::Dns | NotSent::ConnectTimeout | NotSent::Closed | NotSent::Connect(_) => {
            ErrorKind::Unreachable
        }
        NotSent::Tls(_) => ErrorKind::Tls,
        NotSent::DeadlinePassed => ErrorKind::Timeout,
        NotSent::InvalidInput(_) => ErrorKind::InvalidInput,
    }
}

fn lost_kind(phase: Lost) -> ErrorKind {
    match phase {
        Lost::BeforeHeaders | Lost::Body => ErrorKind::ConnectionLost,
        Lost::Deadline => ErrorKind::Timeout,
        Lost::TooLarge | Lost::Malformed => ErrorKind::Protocol,
    }
}

/// Kind, whether the status proves that the request was refused and not run (RFC 9110, section 15.5), and what to do.
/// 408 and 409 prove nothing, nor does a redirect: the server may have acted before it answered.
fn status_row(status: u16) -> (ErrorKind, bool, &'static str) {
    match status {
        300..=399 => (
            ErrorKind::Protocol,
            false,
            "a redirect, which is never followed – does the base URL name the right scheme, host and path?",
        ),
        401 => (ErrorKind::SessionLost, true, "not signed in, or not any more"),
        403 => (
            ErrorKind::Permission,
            true,
            "refused for this user, session or source address",
        ),
        404 => (
            ErrorKind::NotFound,
            true,
            "not there – unless something has just ended, check the path in the base URL",
        ),
        405 => (
            ErrorKind::Config,
            true,
            "the server has no such operation at this path – check the base URL and the server's version",
        ),
        407 => (ErrorKind::Config, true, "the proxy wants a user and password"),
        408 => (ErrorKind::Timeout, false, "the server says the request came too slowly"),
        409 => (ErrorKind::InvalidState, false, "in conflict with the present state"),
        410 => (ErrorKind::NotFound, true, "gone"),
        429 => (ErrorKind::RateLimited, true, "too many requests – wait and try again"),
        400 | 402 | 406 | 411..=417 | 421 | 422 | 424..=428 | 431 => (
            ErrorKind::VendorUnknown,
            true,
            "the server refuses the request as it is",
        ),
        502 => (
            ErrorKind::VendorFailure,
            false,
            "a gateway got no proper answer from the server behind it",
        ),
        503 => (ErrorKind::VendorFailure, false, "the service is not available now"),
        504 => (
            ErrorKind::Timeout,
            false,
            "a gateway got no answer in time from the server behind it",
        ),
        500..=599 => (ErrorKind::VendorFailure, false, "the server failed"),
        _ => (ErrorKind::Protocol, false, "a status that is not expected here"),
    }
}

fn http_fault(status: u16, message: Option<String>) -> NativeFault {
    NativeFault {
        code: None,
        message,
        http_status: Some(status),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header::{CONTENT_TYPE, RETRY_AFTER};
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::{ApiPath, BaseUrl, Method, Place};

    fn place() -> Place {
        let base = BaseUrl::parse("https://gw:8043").expect("valid");
        base.place(Method::Post, &ApiPath::new("/calls").id("42").expect("valid"))
    }

    fn reply(status: u16) -> Response {
        Response::new(status, HeaderMap::new(), "").from_place(place())
    }

    #[test]
    fn each_status_has_its_kind_and_says_whether_the_command_may_have_run() {
        use ErrorKind as Kind;
        for (status, kind, command) in [
            (301, Kind::Protocol, Effect::Unknown),
            (307, Kind::Protocol, Effect::Unknown),
            (400, Kind::VendorUnknown, Effect::None),
            (401, Kind::SessionLost, Effect::None),
            (403, Kind::Permission, Effect::None),
            (404, Kind::NotFound, Effect::None),
            (405, Kind::Config, Effect::None),
            (407, Kind::Config, Effect::None),
            (408, Kind::Timeout, Effect::Unknown),
            (409, Kind::InvalidState, Effect::Unknown),
            (415, Kind::VendorUnknown, Effect::None),
            (418, Kind::Protocol, Effect::Unknown),
            (429, Kind::RateLimited, Effect::None),
            (499, Kind::Protocol, Effect::Unknown),
            (500, Kind::VendorFailure, Effect::Unknown),
            (502, Kind::VendorFailure, Effect::Unknown),
            (503, Kind::VendorFailure, Effect::Unknown),
            (504, Kind::Timeout, Effect::Unknown),
            (599, Kind::VendorFailure, Effect::Unknown),
            (101, Kind::Protocol, Effect::Unknown),
            (999, Kind::Protocol, Effect::Unknown),
        ] {
            let error = from_status(&reply(status), Idempotency::Command);
            assert_eq!((error.kind(), error.effect()), (kind, command), "{status}");
            assert_eq!(error.native().and_then(|fault| fault.http_status), Some(status));
            let text = error.to_string();
            assert!(text.contains("POST gw:8043/calls/{id}: status"), "{text}");
            let query = from_status(&reply(status), Idempotency::Query);
            assert_eq!(query.effect(), Effect::None, "{status}");
        }
    }

    #[test]
    fn every_status_that_is_no_success_is_an_error() {
        for status in 100..=999 {
            let accepted = accept(reply(status), Idempotency::Command).is_ok();
            assert_eq!(accepted, (200..300).contains(&status), "{status}");
        }
    }

    #[test]
    fn an_error_page_is_named_and_a_wait_is_kept() {
        let mut page = reply(503);
        page.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        page.headers.insert(RETRY_AFTER, HeaderValue::from_static("9"));
        page.body = "<html>\nCall +12065550100".into();
        let error = from_status(&page, Idempotency::Command);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
        let text = error.to_string();
        assert!(text.contains("HTML page") && !text.contains('\n'), "{text}");
        assert!(!text.contains("2065550100"), "{text}");
    }

    #[test]
    fn only_what_was_not_sent_may_be_sent_again() {
        let reasons = [
            (NotSent::Refused, ErrorKind::Unreachable, true),
            (NotSent::Dns, ErrorKind::Unreachable, true),
            (NotSent::ConnectTimeout, ErrorKind::Unreachable, true),
            (NotSent::Closed, ErrorKind::Unreachable, true),
            (NotSent::Connect("no route".into()), ErrorKind::Unreachable, true),
            (NotSent::DeadlinePassed, ErrorKind::Timeout, true),
            (NotSent::Tls("expired".into()), ErrorKind::Tls, false),
            (
                NotSent::InvalidInput(InvalidInput::new("path", "is empty")),
                ErrorKind::InvalidInput,
                false,
            ),
        ];
        for (reason, kind, retryable) in reasons {
            let error = Error::from(TransportError::not_sent(reason, place(), None));
            assert_eq!((error.kind(), error.effect()), (kind, Effect::None));
            assert_eq!(error.is_retryable(), retryable, "{error}");
        }
        for (phase, kind) in [
            (Lost::BeforeHeaders, ErrorKind::ConnectionLost),
            (Lost::Body, ErrorKind::ConnectionLost),
            (Lost::Deadline, ErrorKind::Timeout),
            (Lost::TooLarge, ErrorKind::Protocol),
            (Lost::Malformed, ErrorKind::Protocol),
        ] {
            let error = Error::from(TransportError::lost(phase, Some(200), place(), None));
            assert_eq!((error.kind(), error.effect()), (kind, Effect::Unknown));
            assert!(!error.is_retryable(), "{error}");
        }
    }

    #[test]
    fn refused_values_and_settings_are_told_apart() {
        let input = Error::from(ApiPath::new("/x").id("..").expect_err("refused"));
        let config = Error::from(BaseUrl::parse("nonsense").expect_err("refused"));
        assert_eq!((input.kind(), input.effect()), (ErrorKind::InvalidInput, Effect::None));
        assert_eq!((config.kind(), config.effect()), (ErrorKind::Config, Effect::None));
    }
}
