//! What the vendor's codes mean: kind and effect of each, in one table (vendor page, section 3), and the causes behind T-Server's numbers (section 16).

use callcontrol_core::{Cause, Effect, Error, ErrorKind, NativeFault};
use callcontrol_http::{Idempotency, Response, fault};

use crate::wire::envelope::Envelope;
use crate::wire::notification::AsyncFault;

/// What was asked: some codes mean different things in different places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The first request with user name and password.
    SignIn,
    /// Something that only reads.
    Query,
    /// The agent's session or readiness.
    Session,
    /// An operation on a call.
    Call,
}

impl Asked {
    pub(crate) fn idempotency(self) -> Idempotency {
        match self {
            Self::SignIn | Self::Query => Idempotency::Query,
            Self::Session | Self::Call => Idempotency::Command,
        }
    }
}

/// One documented `statusCode`.
struct Row {
    code: i64,
    kind: ErrorKind,
    effect: Effect,
    meaning: &'static str,
}

const fn row(code: i64, kind: ErrorKind, meaning: &'static str) -> Row {
    // "On failure, assume that nothing was changed" (section 3).
    Row {
        code,
        kind,
        effect: Effect::None,
        meaning,
    }
}

const ROWS: &[Row] = &[
    row(1, ErrorKind::InvalidInput, "a required parameter is missing"),
    row(
        2,
        ErrorKind::InvalidInput,
        "a parameter is not valid, or not valid in this state",
    ),
    row(3, ErrorKind::Permission, "the operation is forbidden, or forbidden now"),
    row(
        4,
        ErrorKind::VendorFailure,
        "an internal error of Web Services or of a system behind it",
    ),
    row(
        5,
        ErrorKind::Permission,
        "the user lacks the permission or the feature (api-voice)",
    ),
    row(6, ErrorKind::NotFound, "there is no such resource (any more)"),
    // Who asked for one channel and is told "partly" cannot know what was done.
    Row {
        code: 7,
        kind: ErrorKind::VendorUnknown,
        effect: Effect::Unknown,
        meaning: "done in part",
    },
    row(8, ErrorKind::Credentials, "the password must be changed first"),
    Row {
        code: 9,
        kind: ErrorKind::VendorFailure,
        effect: Effect::Unknown,
        meaning: "processing is not complete",
    },
    row(10, ErrorKind::InvalidInput, "the input fails validation"),
    row(11, ErrorKind::InvalidInput, "the property is read-only"),
    row(12, ErrorKind::VendorFailure, "cannot retrieve"),
    row(13, ErrorKind::VendorFailure, "cannot create"),
    row(14, ErrorKind::VendorFailure, "cannot delete"),
    row(15, ErrorKind::VendorFailure, "cannot update"),
    row(16, ErrorKind::InvalidState, "cannot assign (device or agent login)"),
    row(17, ErrorKind::InvalidState, "cannot unassign"),
    row(18, ErrorKind::InvalidState, "exists already"),
    row(
        19,
        ErrorKind::TargetUnavailable,
        "in use already (device or agent login taken by another)",
    ),
    row(20, ErrorKind::SessionLost, "not authenticated"),
];

/// The error of an envelope whose code is not 0.
pub(crate) fn refused(code: i64, message: Option<&str>, http_status: u16, asked: Asked) -> Error {
    let native = NativeFault {
        code: Some(code.to_string()),
        message: message.map(str::to_owned),
        http_status: Some(http_status),
    };
    let Some(row) = ROWS.iter().find(|row| row.code == code) else {
        let text = "the server answers with a statusCode that its documentation does not list";
        return Error::new(ErrorKind::VendorUnknown, asked.idempotency().unproved(), text).with_native(native);
    };
    let effect = match row.effect {
        Effect::Unknown => asked.idempotency().unproved(),
        proved @ (Effect::None | Effect::Applied) => proved,
    };
    Error::new(kind_here(row, asked), effect, advice(row, asked)).with_native(native)
}

/// Section 18, item 3: on a call operation 2 and 3 are how "not in this state" may look; and 20 at sign-in is a wrong password.
fn kind_here(row: &Row, asked: Asked) -> ErrorKind {
    match (row.code, asked) {
        (2 | 3, Asked::Call) => ErrorKind::InvalidState,
        (20, Asked::SignIn) => ErrorKind::Credentials,
        (_, Asked::SignIn | Asked::Query | Asked::Session | Asked::Call) => row.kind,
    }
}

fn advice(row: &Row, asked: Asked) -> String {
    match (row.code, asked) {
        (20, Asked::SignIn) => "user name or password refused; check them, the attempt is not repeated".to_owned(),
        (19, _) => format!(
            "{}; another login of this agent or at this place is in the way",
            row.meaning
        ),
        _ => row.meaning.to_owned(),
    }
}

/// An answer judged: the envelope of a success, the error of anything else. `statusCode` decides where there is one, else the HTTP status.
/// Partial success (7) is handed back for the caller to look into.
pub(crate) fn judge(response: &Response, asked: Asked) -> Result<Envelope, Error> {
    let idempotency = asked.idempotency();
    match Envelope::read(response) {
        Some(envelope) if matches!(envelope.code, 0 | 7) && response.is_success() => Ok(envelope),
        // An envelope that says success under an HTTP error proves nothing either way.
        Some(envelope) if envelope.code == 0 => Err(fault::from_status(response, idempotency)),
        // Its words may repeat what it was sent.
        Some(envelope) => Err(refused(
            envelope.code,
            envelope.message.map(|text| response.shown(&text)).as_deref(),
            response.status,
            asked,
        )),
        None if is_csrf(response) => Err(csrf(response)),
        None if response.status == 401 && asked == Asked::SignIn => {
            Err(fault::from_status(response, idempotency).with_kind(ErrorKind::Credentials))
        }
        // No envelope, and no such page: whatever answers there, it is not Web Services (section 1).
        None if matches!(response.status, 404 | 405) && asked == Asked::SignIn => {
            Err(fault::from_status(response, idempotency).with_kind(ErrorKind::Config))
        }
        None if !response.is_success() => Err(fault::from_status(response, idempotency)),
        None => Err(unreadable(response, idempotency)),
    }
}

/// Section 2.3: HTTP 403 with a text that names the token, outside the usual envelope.
fn is_csrf(response: &Response) -> bool {
    response.status == 403 && response.text().to_ascii_lowercase().contains("csrf")
}

/// The token belongs to the HTTP session; a new session brings a new one, so this is a session error with a cure.
fn csrf(response: &Response) -> Error {
    let text = "the server misses its CSRF token or the cookie that belongs to it; does a proxy drop cookies?";
    let native = NativeFault {
        code: None,
        message: Some("CSRF token missing or invalid".to_owned()),
        http_status: Some(response.status),
    };
    Error::new(ErrorKind::SessionLost, Effect::None, text).with_native(native)
}

fn unreadable(response: &Response, idempotency: Idempotency) -> Error {
    match response.json::<serde_json::Value>("answer") {
        Err(error) => fault::from_decode(error, idempotency),
        Ok(_) => {
            let native = NativeFault {
                code: None,
                message: Some(response.shown(&response.text())),
                http_status: Some(response.status),
            };
            let text = "the answer is JSON without a numeric statusCode; does the base URL lead to Web Services?";
            Error::new(ErrorKind::Protocol, idempotency.unproved(), text).with_native(native)
        }
    }
}

/// Why an operation failed that had been accepted. Where T-Server's numbers surface is unconfirmed; the number is kept if it means nothing here.
pub(crate) fn cause(fault: &AsyncFault) -> Cause {
    let Some(code) = fault.code else {
        return fault.message.clone().map_or(Cause::Unspecified, Cause::Vendor);
    };
    match code {
        91 | 231 | 510 => Cause::Busy,
        232 | 512 => Cause::NoAnswer,
        233 => Cause::Rejected,
        58 | 166 | 234 => Cause::OutOfService,
        71 | 72 | 123 | 169 | 177 | 415 | 497 | 1012 | 1021 => Cause::InvalidDestination,
        _ => Cause::Vendor(code.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use callcontrol_http::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &'static str) -> Result<Envelope, Error> {
        judge(&Response::new(status, HeaderMap::new(), body), Asked::Call)
    }

    #[test]
    fn every_documented_code_has_a_row_with_its_kind_and_effect() {
        use ErrorKind as Kind;
        let on_a_call = [
            (1, Kind::InvalidInput),
            (2, Kind::InvalidState),
            (3, Kind::InvalidState),
            (4, Kind::VendorFailure),
            (5, Kind::Permission),
            (6, Kind::NotFound),
            (7, Kind::VendorUnknown),
            (8, Kind::Credentials),
            (9, Kind::VendorFailure),
            (10, Kind::InvalidInput),
            (11, Kind::InvalidInput),
            (12, Kind::VendorFailure),
            (13, Kind::VendorFailure),
            (14, Kind::VendorFailure),
            (15, Kind::VendorFailure),
            (16, Kind::InvalidState),
            (17, Kind::InvalidState),
            (18, Kind::InvalidState),
            (19, Kind::TargetUnavailable),
            (20, Kind::SessionLost),
        ];
        assert_eq!(on_a_call.len(), ROWS.len());
        for (code, kind) in on_a_call {
            let error = refused(code, Some("text"), 200, Asked::Call);
            let effect = if matches!(code, 7 | 9) {
                Effect::Unknown
            } else {
                Effect::None
            };
            assert_eq!((error.kind(), error.effect()), (kind, effect), "{code}");
            assert_eq!(error.native_code(), Some(code.to_string().as_str()));
        }
        assert_eq!(refused(3, None, 403, Asked::Session).kind(), Kind::Permission);
        assert_eq!(refused(20, None, 403, Asked::SignIn).kind(), Kind::Credentials);
    }

    #[test]
    fn a_code_nobody_documented_is_kept_and_proves_nothing() {
        let error = refused(4711, Some("?"), 200, Asked::Call);
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::VendorUnknown, Effect::Unknown)
        );
        assert_eq!(error.native_code(), Some("4711"));
        assert_eq!(refused(4711, None, 200, Asked::Query).effect(), Effect::None);
    }

    #[test]
    fn the_status_code_decides_and_not_the_http_status() {
        assert_eq!(answer(200, r#"{"statusCode":0}"#).expect("accepted").code, 0);
        assert_eq!(
            answer(200, r#"{"statusCode":6}"#).expect_err("refused").kind(),
            ErrorKind::NotFound
        );
        let down = answer(503, r#"{"statusCode":4}"#).expect_err("down");
        assert_eq!((down.kind(), down.effect()), (ErrorKind::VendorFailure, Effect::None));
        let odd = answer(500, r#"{"statusCode":0}"#).expect_err("contradiction");
        assert_eq!(odd.effect(), Effect::Unknown);
    }

    #[test]
    fn what_is_no_envelope_is_judged_with_care() {
        for body in [
            "<html>login</html>",
            "",
            r#"{"statusCode":"#,
            "{}",
            r#"{"statusCode":null}"#,
        ] {
            let error = answer(200, body).expect_err(body);
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::Protocol, Effect::Unknown),
                "{body}"
            );
        }
        let csrf = answer(403, "Missing or invalid Csrf token").expect_err("csrf");
        assert_eq!((csrf.kind(), csrf.effect()), (ErrorKind::SessionLost, Effect::None));
        assert_eq!(answer(403, "no").expect_err("refused").kind(), ErrorKind::Permission);
        assert_eq!(answer(401, "").expect_err("gone").kind(), ErrorKind::SessionLost);
        assert_eq!(answer(502, "<html>").expect_err("gateway").effect(), Effect::Unknown);
    }

    #[test]
    fn what_answers_no_such_page_at_sign_in_is_not_web_services() {
        for status in [404, 405] {
            let response = Response::new(status, HeaderMap::new(), "<html>nothing here</html>");
            let error = judge(&response, Asked::SignIn).expect_err("elsewhere");
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::Config, Effect::None),
                "{error}"
            );
        }
        let gone = Response::new(404, HeaderMap::new(), r#"{"statusCode":6}"#);
        assert_eq!(judge(&gone, Asked::Call).expect_err("gone").kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_t_server_number_names_the_cause_where_it_can() {
        let fault = |code| AsyncFault {
            code: Some(code),
            message: None,
            call: None,
        };
        assert_eq!(cause(&fault(231)), Cause::Busy);
        assert_eq!(cause(&fault(415)), Cause::InvalidDestination);
        assert_eq!(cause(&fault(52)), Cause::Vendor("52".into()));
    }
}
