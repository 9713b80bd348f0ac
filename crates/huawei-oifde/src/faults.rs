//! What a refusal means: the vendor's codes (vendor page, section 9) as one table, and how code, HTTP status and idempotency make an error together.

use callcontrol_core::{Effect, Error, ErrorKind, NativeFault, Result};
use callcontrol_http::{Idempotency, Response, fault};

use crate::config::SuccessWithoutCode;
use crate::private::Private;
use crate::wire::envelope::{Code, Envelope};

/// One documented code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) code: &'static str,
    pub(crate) kind: ErrorKind,
    /// The code proves that the request was not carried out.
    pub(crate) refused: bool,
    pub(crate) meaning: &'static str,
}

/// How one answer is to be read.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) what: &'static str,
    pub(crate) idempotency: Idempotency,
    pub(crate) without_code: SuccessWithoutCode,
    /// The body holds a credential and must not be shown in part.
    pub(crate) holds_secret: bool,
    pub(crate) private: &'a Private,
}

/// Passes on what says success; everything else becomes an error of a kind and an effect.
pub(crate) fn judge(response: &Response, reading: &Reading<'_>) -> Result<Envelope> {
    let shown = reading.private.hide_body(response);
    if !response.is_success() {
        return Err(from_status(response, &shown, reading));
    }
    // Numbers and names are what a query is for: they are kept in the answer and hidden in errors only.
    let answer = Envelope::read_secret(response, reading.what).map_err(|error| {
        let unread = match reading.holds_secret {
            true => error,
            false => Envelope::read(&shown, reading.what).err().unwrap_or(error),
        };
        fault::from_decode(unread, reading.idempotency)
    })?;
    let unproved = |message: String, raw: Option<String>| {
        let native = native(raw, &answer, response, reading);
        Error::new(ErrorKind::Protocol, reading.idempotency.unproved(), message).with_native(native)
    };
    match &answer.code {
        Code::Success => Ok(answer),
        Code::Absent if reading.without_code == SuccessWithoutCode::Accept => Ok(answer),
        Code::Absent => Err(unproved(
            format!(
                "the {} holds no error code, and success-without-code is \"unknown\"",
                reading.what
            ),
            None,
        )),
        Code::Odd(raw) => Err(unproved(
            format!("the {} holds no proper error code", reading.what),
            Some(raw.clone()),
        )),
        Code::Failure(code) => Err(from_code(code, &answer, response, reading)),
    }
}

/// True when the vendor says that the token is missing, expired or not to be verified: the request was not carried out (vendor page, section 4.8).
///
/// A gateway's own answer proves nothing, whatever its body says.
pub(crate) fn is_token_refusal(response: &Response) -> bool {
    if is_gateway(response.status) {
        return false;
    }
    match Envelope::read_secret(response, "answer").map(|answer| answer.code) {
        Ok(Code::Failure(code)) => {
            TOKEN_REFUSALS.contains(&code.as_str()) || (response.status == 401 && row(&code).is_none())
        }
        Ok(Code::Success | Code::Absent | Code::Odd(_)) | Err(_) => response.status == 401,
    }
}

/// The row of a documented code.
pub(crate) fn row(code: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.code == code)
}

/// A non-zero code in a 2xx answer is a refusal, also one that no page lists: the pages leave out those for a wrong session, state or agent (section 9).
fn from_code(code: &str, answer: &Envelope, response: &Response, reading: &Reading<'_>) -> Error {
    let native = native(Some(code.to_owned()), answer, response, reading);
    let (kind, refused, meaning) = match row(code) {
        Some(row) => (row.kind, row.refused, row.meaning),
        None => (
            ErrorKind::VendorUnknown,
            true,
            "refused with a code that the vendor does not publish",
        ),
    };
    let effect = if refused {
        Effect::None
    } else {
        reading.idempotency.unproved()
    };
    Error::new(kind, effect, meaning).with_native(native)
}

/// The status decides, and a documented code overrules it, unless a gateway answered in the engine's place.
fn from_status(response: &Response, shown: &Response, reading: &Reading<'_>) -> Error {
    let answer = Envelope::read_secret(response, reading.what).ok();
    if let Some(answer) = &answer
        && let Code::Failure(code) = &answer.code
    {
        if row(code).is_some() && !is_gateway(response.status) {
            return from_code(code, answer, response, reading);
        }
        let native = native(Some(code.clone()), answer, response, reading);
        return by_status(&without_body(shown), reading).with_native(native);
    }
    if reading.holds_secret && !shown.is_html() {
        return by_status(&without_body(shown), reading);
    }
    by_status(shown, reading)
}

fn by_status(shown: &Response, reading: &Reading<'_>) -> Error {
    let error = fault::from_status(shown, reading.idempotency);
    match shown.status {
        // No id stands in any path here, so that a path that is not there is a wrong base URL (vendor page, section 9).
        404 => error.with_kind(ErrorKind::Config),
        _ => error,
    }
}

fn without_body(response: &Response) -> Response {
    let mut bare = response.clone();
    bare.body = Default::default();
    bare
}

fn native(code: Option<String>, answer: &Envelope, response: &Response, reading: &Reading<'_>) -> NativeFault {
    NativeFault {
        code: code.map(|code| reading.private.hide(&code)),
        message: answer.message.as_deref().map(|text| reading.private.hide(text)),
        http_status: Some(response.status),
    }
}

fn is_gateway(status: u16) -> bool {
    matches!(status, 502..=504)
}

const fn refused(code: &'static str, kind: ErrorKind, meaning: &'static str) -> Row {
    Row {
        code,
        kind,
        refused: true,
        meaning,
    }
}

const fn failed(code: &'static str, meaning: &'static str) -> Row {
    Row {
        code,
        kind: ErrorKind::VendorFailure,
        refused: false,
        meaning,
    }
}

const TOKEN_REFUSALS: &[&str] = &["900001", "900002"];

/// Vendor page, section 9. The last eleven belong to flow design and are not to be expected here.
const ROWS: &[Row] = &[
    refused(
        "900001",
        ErrorKind::SessionLost,
        "no token given, or the token has expired",
    ),
    refused("900002", ErrorKind::Permission, "the token could not be verified"),
    refused(
        "200800001",
        ErrorKind::Credentials,
        "no API password exists for this tenant – check tenant-id, and set an API password in the console",
    ),
    refused("200800002", ErrorKind::Credentials, "the API password is wrong"),
    refused(
        "200800003",
        ErrorKind::Credentials,
        "the account is locked – an operator must unlock it",
    ),
    failed("10000001", "the engine reports an internal error"),
    failed("200900002", "the engine reports an internal error"),
    refused(
        "10000002",
        ErrorKind::InvalidInput,
        "wrong parameters; usually a mandatory field is missing",
    ),
    refused(
        "200900003",
        ErrorKind::InvalidInput,
        "wrong parameters; usually a mandatory field is missing",
    ),
    refused(
        "10000003",
        ErrorKind::InvalidInput,
        "a parameter that must be given does not exist",
    ),
    refused(
        "10000004",
        ErrorKind::InvalidState,
        "a parameter exists already and cannot be used again",
    ),
    refused("10000006", ErrorKind::InvalidInput, "an input parameter is given twice"),
    refused(
        "10000007",
        ErrorKind::InvalidInput,
        "an output parameter is given twice",
    ),
    refused("10000008", ErrorKind::InvalidInput, "a header parameter is given twice"),
    refused(
        "20000001",
        ErrorKind::InvalidState,
        "the object is published and cannot be changed",
    ),
    refused("20000002", ErrorKind::InvalidState, "the flow name exists already"),
    refused("20000003", ErrorKind::InvalidState, "the node is used by another flow"),
    refused(
        "20000004",
        ErrorKind::InvalidState,
        "the variable is in use and cannot be deleted",
    ),
    refused(
        "20000005",
        ErrorKind::InvalidState,
        "the variable is in use and cannot be changed",
    ),
    refused("20000006", ErrorKind::NotFound, "the file path does not exist"),
    failed("20000007", "the engine could not read a file"),
    failed("20000008", "the engine could not update its data"),
];

#[cfg(test)]
mod tests {
    use callcontrol_http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    const NOTHING: &Private = &Private::none();

    fn reading(idempotency: Idempotency) -> Reading<'static> {
        Reading {
            what: "changeWorkMode answer",
            idempotency,
            without_code: SuccessWithoutCode::Accept,
            holds_secret: false,
            private: NOTHING,
        }
    }

    fn reply(status: u16, body: &str) -> Response {
        Response::new(status, HeaderMap::new(), body.to_owned())
    }

    fn command(status: u16, body: &str) -> (ErrorKind, Effect) {
        let error = judge(&reply(status, body), &reading(Idempotency::Command)).expect_err("no success");
        (error.kind(), error.effect())
    }

    /// The codes of vendor page, section 9, copied from there.
    const DOCUMENTED: &str = "900001 900002 200800001 200800002 200800003 10000001 200900002 10000002 200900003 10000003 10000004 \
        10000006 10000007 10000008 20000001 20000002 20000003 20000004 20000005 20000006 20000007 20000008";

    #[test]
    fn every_documented_code_has_one_row() {
        for code in DOCUMENTED.split_whitespace() {
            assert_eq!(ROWS.iter().filter(|row| row.code == code).count(), 1, "{code}");
            for body in [
                format!("{{\"errorCode\":\"{code}\"}}"),
                format!("{{\"rtnCode\":{code}}}"),
            ] {
                let error = judge(&reply(200, &body), &reading(Idempotency::Command)).expect_err(code);
                assert_eq!(error.native_code(), Some(code));
                assert_ne!(error.kind(), ErrorKind::VendorUnknown, "{code}");
                let query = judge(&reply(200, &body), &reading(Idempotency::Query)).expect_err(code);
                assert_eq!(query.effect(), Effect::None, "{code}");
            }
        }
        assert_eq!(ROWS.len(), DOCUMENTED.split_whitespace().count());
    }

    #[test]
    fn an_internal_error_leaves_open_whether_the_customer_was_moved() {
        for code in ["10000001", "200900002", "20000007", "20000008"] {
            let body = format!("{{\"errorCode\":\"{code}\"}}");
            assert_eq!(
                command(200, &body),
                (ErrorKind::VendorFailure, Effect::Unknown),
                "{code}"
            );
        }
    }

    #[test]
    fn a_code_that_nobody_published_is_a_refusal_kept_to_the_letter() {
        let body = r#"{"errorCode":"30000042","errorMsg":"state error\u001b"}"#;
        let error = judge(&reply(200, body), &reading(Idempotency::Command)).expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::VendorUnknown, Effect::None));
        assert_eq!(error.native_code(), Some("30000042"));
        assert!(error.to_string().contains("state error"), "{error}");
        assert!(!error.is_retryable());
    }

    #[test]
    fn status_and_code_are_weighed_together() {
        use Effect::{None, Unknown};
        use ErrorKind::{Config, InvalidInput, Permission, Protocol, RateLimited, SessionLost, Timeout, VendorFailure};
        for (status, body, expected) in [
            (401, "", (SessionLost, None)),
            (401, "<html>log in</html>", (SessionLost, None)),
            (401, r#"{"errorCode":"900002"}"#, (Permission, None)),
            (403, "<html>no</html>", (Permission, None)),
            (404, "", (Config, None)),
            (405, "", (Config, None)),
            (429, "", (RateLimited, None)),
            (500, "", (VendorFailure, Unknown)),
            (500, r#"{"errorCode":"10000002"}"#, (InvalidInput, None)),
            (500, r#"{"errorCode":"0"}"#, (VendorFailure, Unknown)),
            (500, r#"{"errorCode":"424242"}"#, (VendorFailure, Unknown)),
            (502, "<html>bad gateway</html>", (VendorFailure, Unknown)),
            (502, r#"{"errorCode":"10000002"}"#, (VendorFailure, Unknown)),
            (503, "", (VendorFailure, Unknown)),
            (504, "", (Timeout, Unknown)),
            (302, "", (Protocol, Unknown)),
            (200, "", (Protocol, Unknown)),
            (200, "[]", (Protocol, Unknown)),
            (200, "<html>welcome</html>", (Protocol, Unknown)),
            (200, r#"{"errorCode":"0""#, (Protocol, Unknown)),
            (200, r#"{"errorCode":true}"#, (Protocol, Unknown)),
            (200, r#"{"errorCode":"900001"}"#, (SessionLost, None)),
        ] {
            assert_eq!(command(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn an_answer_without_a_code_is_what_the_deployment_says() {
        let mut reading = reading(Idempotency::Command);
        for body in ["{}", r#"{"errorCode":null}"#] {
            assert!(judge(&reply(200, body), &reading).is_ok(), "{body}");
        }
        reading.without_code = SuccessWithoutCode::Unknown;
        let error = judge(&reply(200, "{}"), &reading).expect_err("unknown");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::Unknown));
        assert!(judge(&reply(200, r#"{"errorCode":0}"#), &reading).is_ok());
    }

    #[test]
    fn a_refused_token_is_recognised_with_200_and_with_401() {
        for (status, body) in [
            (200, r#"{"errorCode":"900001"}"#),
            (200, r#"{"errorCode":900002}"#),
            (401, r#"{"errorCode":"900001"}"#),
            (401, ""),
            (401, "<html>"),
            (401, r#"{"errorCode":"401"}"#),
            (403, r#"{"errorCode":"900002"}"#),
            (500, r#"{"errorCode":"900001"}"#),
        ] {
            assert!(is_token_refusal(&reply(status, body)), "{status} {body}");
        }
        for (status, body) in [
            (200, r#"{"errorCode":"0"}"#),
            (200, r#"{"errorCode":"200800002"}"#),
            (403, "<html>no</html>"),
            (502, r#"{"errorCode":"900001"}"#),
            (200, "{}"),
            (401, r#"{"errorCode":"200800003"}"#),
        ] {
            assert!(!is_token_refusal(&reply(status, body)), "{status} {body}");
        }
    }

    #[test]
    fn whatever_echoes_the_token_does_not_leak_it() {
        let private = Private::default().and("CANARY-token").and("88880006");
        let reading = Reading {
            private: &private,
            ..reading(Idempotency::Command)
        };
        let mut html = reply(403, "<html>you sent CANARY-token to 88880006</html>");
        html.headers
            .insert("content-type", HeaderValue::from_static("text/html"));
        for response in [
            html,
            reply(200, "<html>CANARY-token</html>"),
            reply(200, r#"{"errorCode":"7","errorMsg":"CANARY-token to 88880006"}"#),
            reply(200, r#"{"errorCode":"CANARY-token"}"#),
            reply(500, r#"{"errorCode":"7","errorMsg":"CANARY-token"}"#),
            reply(500, "CANARY-token"),
        ] {
            let error = judge(&response, &reading).expect_err("no success");
            let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
            assert!(!shown.contains("CANARY") && !shown.contains("88880006"), "{shown}");
        }
    }

    #[test]
    fn nothing_of_a_token_answer_is_shown() {
        let reading = Reading {
            holds_secret: true,
            ..reading(Idempotency::Query)
        };
        for (status, body) in [
            (200, r#"{"authToken":"CANARY""#),
            (500, r#"{"authToken":"CANARY"}"#),
            (500, r#"{"errorCode":7,"authToken":"CANARY"}"#),
            (200, r#"{"errorCode":7,"authToken":"CANARY"}"#),
        ] {
            let error = judge(&reply(status, body), &reading).expect_err("no success");
            let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
            assert!(!shown.contains("CANARY"), "{shown}");
        }
    }

    /// Bodies that are near to what the vendor sends, and some that are far from it.
    fn any_body() -> impl Strategy<Value = Vec<u8>> {
        let code = prop_oneof![
            prop::sample::select(DOCUMENTED.split_whitespace().map(str::to_owned).collect::<Vec<_>>()),
            Just("0".to_owned()),
            Just("null".to_owned()),
            "\\PC{0,8}",
            "-?[0-9]{1,25}",
        ];
        let name = prop::sample::select(&["errorCode", "rtnCode", "ret", "errorcode", "code"]);
        let spelt = (name, code, any::<bool>()).prop_map(|(name, code, quoted)| {
            let code = if quoted {
                serde_json::Value::from(code).to_string()
            } else {
                code
            };
            format!("{{\"{name}\":{code}}}").into_bytes()
        });
        prop_oneof![4 => spelt, 1 => proptest::collection::vec(any::<u8>(), 0..256)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn nothing_but_a_2xx_that_says_zero_or_nothing_is_success(status in 100u16..600, body in any_body()) {
            let response = Response::new(status, HeaderMap::new(), body);
            let told = Envelope::read_secret(&response, "answer").map(|answer| answer.code);
            let success = response.is_success() && matches!(told, Ok(Code::Success | Code::Absent));
            prop_assert_eq!(judge(&response, &reading(Idempotency::Command)).is_ok(), success);
            prop_assert_eq!(judge(&response, &reading(Idempotency::Query)).is_ok(), success);
        }

        #[test]
        fn a_command_counts_as_refused_only_on_proof(status in 100u16..600, body in any_body()) {
            let response = Response::new(status, HeaderMap::new(), body);
            if let Err(error) = judge(&response, &reading(Idempotency::Command))
                && error.effect() == Effect::None
            {
                let proved_by_status = (400..500).contains(&status) && ![408, 409, 418].contains(&status);
                let coded = matches!(Envelope::read_secret(&response, "answer").map(|answer| answer.code), Ok(Code::Failure(_)));
                let proved_by_code = coded && !is_gateway(status);
                prop_assert!(proved_by_status || proved_by_code, "{} {}", status, error);
            }
            if let Err(error) = judge(&response, &reading(Idempotency::Query)) {
                prop_assert_eq!(error.effect(), Effect::None);
            }
        }

        #[test]
        fn whatever_counts_as_a_token_refusal_was_no_success(status in 100u16..600, body in any_body()) {
            let response = Response::new(status, HeaderMap::new(), body);
            if is_token_refusal(&response) {
                let error = judge(&response, &reading(Idempotency::Command)).expect_err("refused");
                prop_assert_eq!(error.effect(), Effect::None);
            }
        }
    }
}
