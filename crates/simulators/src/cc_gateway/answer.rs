//! The response envelope: what an operation answers, and its spelling on the wire (section 2).

use axum::body::Body;
use axum::response::Response;
use callcontrol_testkit::switch::Refusal;
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

use super::choices::{AuthCode, AuthMode, BadRequest, Charset};
use super::options::CcGatewayOptions;

/// What an operation answers.
pub(super) type Answer = Result<Done, Fault>;

/// A success.
#[derive(Debug)]
pub(super) enum Done {
    /// A command: no payload.
    Command,
    /// A query, or a command that tells an id.
    Result(Value),
    /// A sign-in: payload and credential.
    SignedIn {
        /// `result`.
        result: Value,
        /// The GUID for the header.
        guid: String,
    },
    /// A sign of life, with the new credential if one was due.
    Alive {
        /// `result`.
        result: Option<Value>,
        /// The GUID for the header.
        guid: Option<String>,
    },
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// A `retcode`, with HTTP 200.
    Code(&'static str),
    /// A `retcode` and a `message` for the person who reads along.
    Said(&'static str, &'static str),
    /// An HTTP error: the request did not reach the business layer.
    Http(StatusCode),
}

/// The codes of one operation for "no call" and "not in this state".
#[derive(Debug, Clone, Copy)]
pub(super) struct Codes {
    pub(super) no_call: &'static str,
    pub(super) wrong_state: &'static str,
}

impl Codes {
    /// For operations that have a code of their own for "no call" only.
    pub(super) const fn no_call(code: &'static str) -> Self {
        Self {
            no_call: code,
            wrong_state: PLATFORM,
        }
    }

    /// The fault for the switch's refusal.
    pub(super) fn refused(self, refusal: &Refusal) -> Fault {
        Fault::Code(match refusal {
            Refusal::NoSuchCall(_) | Refusal::NotInCall { .. } => self.no_call,
            Refusal::WrongState { .. } | Refusal::Conflict { .. } => self.wrong_state,
            Refusal::NotSignedIn(_) => NOT_SIGNED_IN,
            Refusal::Invalid(_) => PARAMETER,
            _ => PLATFORM,
        })
    }
}

impl Fault {
    pub(super) const PARAMETER: Self = Self::Code(PARAMETER);
    pub(super) const PLATFORM: Self = Self::Code(PLATFORM);
    pub(super) const NOT_SIGNED_IN: Self = Self::Code(NOT_SIGNED_IN);

    /// The spelling on the wire.
    pub(super) fn response(&self) -> Response {
        match self {
            Self::Code(code) => envelope("", code, None),
            Self::Said(code, message) => envelope(message, code, None),
            Self::Http(status) => http_error(*status),
        }
    }
}

impl From<AuthCode> for Fault {
    fn from(code: AuthCode) -> Self {
        match code {
            AuthCode::NoRight => Self::Code("000-003"),
            AuthCode::NotSignedIn => Self::NOT_SIGNED_IN,
        }
    }
}

impl From<BadRequest> for Fault {
    fn from(bad: BadRequest) -> Self {
        match bad {
            BadRequest::Http(status) => Self::Http(status),
            BadRequest::Retcode => Self::PARAMETER,
        }
    }
}

/// The spelling of a success on the wire.
pub(super) fn done(done: Done, options: &CcGatewayOptions) -> Response {
    match done {
        Done::Command => envelope(options.success_message, "0", options.empty_result.then(|| json!({}))),
        Done::Result(result) => envelope(options.success_message, "0", Some(result)),
        Done::SignedIn { result, guid } => {
            let mut response = envelope(options.success_message, "0", Some(result));
            let rotating = options.auth != AuthMode::Static;
            if !rotating || options.guid_on_rotating_sign_in {
                set_guid(&mut response, &guid);
            }
            if let Some(name) = &options.sticky_cookie {
                set_cookie(&mut response, &format!("{name}={}; Path=/", options.node));
            }
            response
        }
        Done::Alive { result, guid } => {
            let mut response = envelope("success", "0", result);
            if let Some(guid) = guid {
                set_guid(&mut response, &guid);
            }
            response
        }
    }
}

/// The answer as the options want it spelled.
pub(super) async fn spelled(response: Response, options: &CcGatewayOptions) -> Response {
    if !options.numeric_retcode && options.charset == Charset::Utf8 {
        return response;
    }
    respelled(response, options.charset, |text| match options.numeric_retcode {
        true => text.replacen(r#""retcode":"0""#, r#""retcode":0"#, 1),
        false => text,
    })
    .await
}

/// The answer with another text, in this encoding.
pub(super) async fn respelled(response: Response, charset: Charset, change: impl FnOnce(String) -> String) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        return cut_off();
    };
    let text = change(String::from_utf8_lossy(&body.to_bytes()).into_owned());
    let bytes = match charset {
        Charset::Utf8 => text.into_bytes(),
        Charset::Gbk => {
            let gbk = HeaderValue::from_static("application/json;charset=GBK");
            parts.headers.insert(header::CONTENT_TYPE, gbk);
            encoding_rs::GBK.encode(&text).0.into_owned()
        }
    };
    Response::from_parts(parts, Body::from(bytes))
}

/// A body that breaks off before its first byte, as a cut connection looks to the client.
pub(super) fn cut_off() -> Response {
    let broken = futures::stream::once(async { Err::<bytes::Bytes, _>(std::io::Error::other("connection cut")) });
    Response::new(Body::from_stream(broken))
}

/// `message`, `retcode` and perhaps `result`.
pub(super) fn envelope(message: &str, code: &str, result: Option<Value>) -> Response {
    let mut body = Map::new();
    body.insert("message".into(), message.into());
    body.insert("retcode".into(), code.into());
    if let Some(result) = result {
        body.insert("result".into(), result);
    }
    json_response(Value::Object(body).to_string())
}

/// HTTP 200 with this JSON.
pub(super) fn json_response(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    let json = HeaderValue::from_static("application/json;charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// An error page of the servlet container.
pub(super) fn http_error(status: StatusCode) -> Response {
    let page = format!("<html><head><title>{status}</title></head><body><h1>HTTP Status {status}</h1></body></html>");
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html;charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

/// `Set-GUID`, whose value begins like a cookie although it is none (3.1).
pub(super) fn set_guid(response: &mut Response, guid: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("JSESSIONID={guid}")) {
        response.headers_mut().insert("set-guid", value);
    }
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

const PARAMETER: &str = "000-002";
const PLATFORM: &str = "100-007";
const NOT_SIGNED_IN: &str = "100-006";
