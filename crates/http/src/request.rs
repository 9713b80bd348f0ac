//! What an adapter asks a transport to send: method, checked path, headers, body, and the limits that hold for it.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio::time::Instant;

use crate::cookies::CookieJar;
use crate::echo::Confidential;
use crate::invalid::InvalidInput;
use crate::path::ApiPath;

/// One request. `Debug` shows neither sensitive headers nor the body nor query values.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: ApiPath,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) deadline: Deadline,
    pub(crate) body_cap: usize,
    pub(crate) kind: RequestKind,
    private: Vec<SecretString>,
}

impl Request {
    /// A request without headers and body. `deadline` is total: a `Duration` from now or an `Instant`.
    #[must_use]
    pub fn new(method: Method, path: ApiPath, deadline: impl Into<Deadline>) -> Self {
        Self {
            method,
            path,
            headers: HeaderMap::new(),
            body: None,
            deadline: deadline.into(),
            body_cap: DEFAULT_BODY_CAP,
            kind: RequestKind::Op,
            private: Vec::new(),
        }
    }

    /// A `GET`.
    #[must_use]
    pub fn get(path: ApiPath, deadline: impl Into<Deadline>) -> Self {
        Self::new(Method::Get, path, deadline)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(path: ApiPath, deadline: impl Into<Deadline>) -> Self {
        Self::new(Method::Post, path, deadline)
    }

    /// A `PUT`.
    #[must_use]
    pub fn put(path: ApiPath, deadline: impl Into<Deadline>) -> Self {
        Self::new(Method::Put, path, deadline)
    }

    /// A `DELETE`.
    #[must_use]
    pub fn delete(path: ApiPath, deadline: impl Into<Deadline>) -> Self {
        Self::new(Method::Delete, path, deadline)
    }

    /// Sets a header whose value may be logged; replaces an earlier one of that name.
    ///
    /// # Errors
    /// Refuses names and values that are not plain header text (CR, LF, non-ASCII), and names that steer the connection itself.
    pub fn header(self, name: &str, value: &str) -> Result<Self, InvalidInput> {
        self.set_header(name, value, false)
    }

    /// Sets a header whose value is a secret (token, session id): it never shows in `Debug`, errors or logs.
    ///
    /// # Errors
    /// As [`Request::header`].
    pub fn sensitive_header(self, name: &str, value: &str) -> Result<Self, InvalidInput> {
        self.set_header(name, value, true)
    }

    /// Sets `Authorization: Basic …`.
    ///
    /// # Errors
    /// Refuses a user name with a colon, as the server would cut it there.
    pub fn basic_auth(mut self, user: &str, password: &SecretString) -> Result<Self, InvalidInput> {
        if user.contains(':') {
            return Err(InvalidInput::new("user name", "holds a colon"));
        }
        let pair = SecretString::from(format!("{user}:{}", password.expose_secret()));
        let value = SecretString::from(format!("Basic {}", STANDARD.encode(pair.expose_secret())));
        let value = header_value("authorization", value.expose_secret(), true)?;
        self.headers.insert(AUTHORIZATION, value);
        Ok(self)
    }

    /// Sends the cookies the jar holds now.
    #[must_use]
    pub fn cookies(mut self, jar: &CookieJar) -> Self {
        if let Some(value) = jar.header() {
            self.headers.insert(COOKIE, value);
        }
        self
    }

    /// Sets the body to `value` as JSON, and the content type unless one is set.
    ///
    /// # Errors
    /// If `value` has no JSON form.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, InvalidInput> {
        let body = serde_json::to_vec(value).map_err(|_| InvalidInput::new("request body", "has no JSON form"))?;
        Ok(self.body(Bytes::from(body), HeaderValue::from_static(JSON)))
    }

    /// Sets the body, and the content type unless one is set.
    #[must_use]
    pub fn body(mut self, body: Bytes, content_type: HeaderValue) -> Self {
        self.headers.entry(CONTENT_TYPE).or_insert(content_type);
        self.body = Some(body);
        self
    }

    /// Names a word of the body that is a secret (password, token): an error does not repeat it even if the server does. Sensitive headers need no naming.
    #[must_use]
    pub fn private(mut self, word: &str) -> Self {
        self.private.push(SecretString::from(word));
        self
    }

    pub(crate) fn confidential(&self) -> Confidential {
        Confidential::new(&self.headers, &self.private)
    }

    /// Changes the cap of the reply's body from its default of 1 MiB.
    #[must_use]
    pub fn body_cap(mut self, bytes: usize) -> Self {
        self.body_cap = bytes;
        self
    }

    /// Marks a request whose answer is expected late.
    #[must_use]
    pub fn long_poll(mut self) -> Self {
        self.kind = RequestKind::LongPoll;
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &ApiPath {
        &self.path
    }

    /// The headers, sensitive ones marked.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body. For transports and tests; not for logs.
    #[must_use]
    pub fn body_bytes(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// When the exchange must be over.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The most bytes of the reply's body that are read.
    #[must_use]
    pub fn max_body(&self) -> usize {
        self.body_cap
    }

    /// Operation or long poll.
    #[must_use]
    pub fn kind(&self) -> RequestKind {
        self.kind
    }

    fn set_header(mut self, name: &str, value: &str, sensitive: bool) -> Result<Self, InvalidInput> {
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| InvalidInput::new("header name", "is not a header name"))?;
        if STEERING.contains(&header.as_str()) {
            return Err(InvalidInput::new(
                "header name",
                "belongs to the connection and cannot be set",
            ));
        }
        let value = header_value(header.as_str(), value, sensitive)?;
        self.headers.insert(header, value);
        Ok(self)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// The methods REST adapters use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads.
    Get,
    /// Commands.
    Post,
    /// Replaces or commands.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn to_http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Delete => http::Method::DELETE,
        }
    }

    /// True if servers expect a `Content-Length` even without a body; some answer 411 otherwise.
    pub(crate) fn wants_length(self) -> bool {
        match self {
            Self::Post | Self::Put => true,
            Self::Get | Self::Delete => false,
        }
    }
}

/// What sort of exchange this is, as a hint for fault injection and tracing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// Answered at once.
    Op,
    /// Answered when something happens.
    LongPoll,
}

/// The moment at which an exchange must be over, connecting and reading included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// That long from now.
    #[must_use]
    pub fn after(duration: Duration) -> Self {
        let now = Instant::now();
        let instant = now
            .checked_add(duration)
            .or_else(|| now.checked_add(FAR_FUTURE))
            .unwrap_or(now);
        Self(instant)
    }

    /// The moment itself.
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What is left of it; zero once it has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

impl From<Duration> for Deadline {
    fn from(duration: Duration) -> Self {
        Self::after(duration)
    }
}

impl From<Instant> for Deadline {
    fn from(instant: Instant) -> Self {
        Self(instant)
    }
}

fn header_value(name: &str, value: &str, sensitive: bool) -> Result<HeaderValue, InvalidInput> {
    let refused = || {
        InvalidInput::new(
            format!("value of header \"{name}\""),
            "holds a control or non-ASCII character",
        )
    };
    // `HeaderValue` alone would let non-ASCII bytes pass.
    if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(refused());
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
    value.set_sensitive(sensitive);
    Ok(value)
}

const DEFAULT_BODY_CAP: usize = 1024 * 1024;
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 86_400);
const JSON: &str = "application/json; charset=UTF-8";

/// Framing and routing belong to the transport: some servers name a header to send back, and none of these may be that name.
const STEERING: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::post(ApiPath::new("/calls"), Duration::from_secs(1))
    }

    #[test]
    fn debug_shows_no_secret_no_body_and_no_query_value() {
        let path = ApiPath::new("/calls")
            .id("CANARY-1")
            .and_then(|path| path.query("to", "CANARY-2"))
            .expect("valid");
        let request = Request::post(path, Duration::from_secs(1))
            .sensitive_header("guid", "CANARY-3")
            .and_then(|request| request.json(&"CANARY-4"))
            .and_then(|request| request.basic_auth("ann", &SecretString::from("CANARY-5")))
            .expect("valid");
        let shown = format!("{request:?} {request:#?}");
        assert!(!shown.contains("CANARY"), "{shown}");
        assert!(!shown.contains(&STANDARD.encode("ann:CANARY-5")), "{shown}");
        assert!(shown.contains("guid"), "{shown}");
    }

    #[test]
    fn a_header_cannot_be_injected() {
        for bad in ["a\r\nx: y", "a\nb", "\u{7f}", "é", "a\0"] {
            let error = request().sensitive_header("guid", bad).expect_err(bad);
            assert!(!error.to_string().contains(bad), "{error}");
        }
        for name in ["", "a b", "x:y", "Host", "Content-Length", "x\r\ny"] {
            assert!(request().header(name, "1").is_err(), "{name}");
        }
    }

    #[test]
    fn an_endless_duration_is_a_deadline_too() {
        assert!(Deadline::after(Duration::MAX).remaining() > Duration::from_secs(86_400));
        assert!(request().basic_auth("a:b", &SecretString::from("x")).is_err());
    }
}
