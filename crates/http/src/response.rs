//! A complete, capped reply, and its decoding with an error that says what was expected, where, and how the body began.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::echo::Confidential;
use crate::error::Place;
use crate::retry_after::retry_after;
use crate::snippet::snippet;

/// A complete reply, whatever its status. `Debug` shows names of headers and the size of the body only.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most as long as the request allowed.
    pub body: Bytes,
    at: Option<Box<Place>>,
    told: Confidential,
}

impl Response {
    /// A reply from its parts; for transports and for tests of an adapter's pure decoding.
    #[must_use]
    pub fn new(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers,
            body: body.into(),
            at: None,
            told: Confidential::default(),
        }
    }

    /// Keeps what the request said in confidence, so that nothing shown of this reply repeats it.
    pub(crate) fn answering(mut self, told: Confidential) -> Self {
        self.told = told;
        self
    }

    /// Text of this reply, for an error or a log: without the secrets of the request that it answers, wherever the server repeats them.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        self.told.hide(text)
    }

    /// A server's message for an error: as [`hide`](Self::hide), and with what may be a number or a token blotted out, at most 256 bytes.
    #[must_use]
    pub fn shown(&self, message: &str) -> String {
        snippet(self.hide(message).as_bytes())
    }

    /// The beginning of the body, escaped, with numbers, tokens and the request's own secrets blotted out.
    pub(crate) fn beginning(&self) -> String {
        snippet(self.hide(&String::from_utf8_lossy(&self.body)).as_bytes())
    }

    /// Says where the reply came from.
    #[must_use]
    pub fn from_place(mut self, at: Place) -> Self {
        self.at = Some(Box::new(at));
        self
    }

    /// Where the reply came from, if a transport made it.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.at.as_deref()
    }

    /// True for 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header as text; `None` if missing or not plain text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every `Set-Cookie` that is plain text, in order.
    pub fn set_cookies(&self) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }

    /// The media type without parameters, e.g. `application/json`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        value.split(';').next().map(str::trim)
    }

    /// True for an HTML page, by its content type or its first characters: usually some proxy's login or error page.
    #[must_use]
    pub fn is_html(&self) -> bool {
        if let Some(media) = self.content_type() {
            let html = ["text/html", "application/xhtml+xml"];
            if html.iter().any(|html| media.eq_ignore_ascii_case(html)) {
                return true;
            }
        }
        let start = self.body.trim_ascii_start();
        ["<!doctype html", "<html"].iter().any(|html| {
            start
                .get(..html.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(html.as_bytes()))
        })
    }

    /// The body as text; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How long the server asks to wait (`Retry-After`), at most 300 s; nonsense counts as absent.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers, SystemTime::now())
    }

    /// Decodes the body as JSON, whatever the status and content type; `what` names it in the error (`"transfer reply"`).
    ///
    /// # Errors
    /// [`DecodeError`] with place, position and the beginning of the body. Use [`Response::json_secret`] where the body holds a credential.
    pub fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, DecodeError> {
        self.decode(what, || self.beginning())
    }

    /// As [`Response::json`], for bodies that hold a credential: nothing of the body gets into the error.
    ///
    /// # Errors
    /// [`DecodeError`] with place and position.
    pub fn json_secret<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, DecodeError> {
        self.decode(what, String::new)
    }

    fn decode<T: DeserializeOwned>(
        &self,
        what: &'static str,
        beginning: impl FnOnce() -> String,
    ) -> Result<T, DecodeError> {
        let body = self.body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.body);
        serde_json::from_slice(body).map_err(|error| DecodeError {
            what,
            at: self.at.clone(),
            status: self.status,
            problem: self.problem(&error),
            line: error.line(),
            column: error.column(),
            beginning: beginning(),
        })
    }

    fn problem(&self, error: &serde_json::Error) -> &'static str {
        if self.is_html() {
            return "is an HTML page, not JSON – is a proxy or login page in the way?";
        }
        if self.body.is_empty() {
            return "is empty";
        }
        match error.classify() {
            Category::Data => "is JSON of another form than expected",
            Category::Eof => "is JSON that ends too early",
            Category::Syntax | Category::Io => "is not JSON",
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .field("at", &self.at)
            .finish()
    }
}

/// A body that is not what was expected. The decoder's own message is left out, as it quotes values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    what: &'static str,
    at: Option<Box<Place>>,
    status: u16,
    problem: &'static str,
    line: usize,
    column: usize,
    beginning: String,
}

impl DecodeError {
    /// The status of the reply.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The beginning of the body, escaped and with numbers and tokens blotted out; empty if the body was secret.
    #[must_use]
    pub fn beginning(&self) -> &str {
        &self.beginning
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        write!(
            f,
            "the {} (status {}) {}, at line {} column {}",
            self.what, self.status, self.problem, self.line, self.column
        )?;
        if self.beginning.is_empty() {
            return Ok(());
        }
        write!(f, "; it begins: {}", self.beginning)
    }
}

impl std::error::Error for DecodeError {}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Reply {
        code: i32,
    }

    fn reply(content_type: &'static str, body: &'static [u8]) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Response::new(200, headers, Bytes::from_static(body))
    }

    #[test]
    fn an_html_page_is_told_apart_and_its_beginning_shown_escaped() {
        for response in [
            reply("Text/HTML; charset=utf-8", b"<p>\r\nPlease log in"),
            reply("application/json", b"\n <!DOCTYPE html>\r\nPlease log in"),
        ] {
            assert!(response.is_html());
            let text = response.json::<Reply>("reply").expect_err("html").to_string();
            assert!(text.contains("HTML page") && text.contains("Please log in"), "{text}");
            assert!(!text.contains(['\n', '\r']), "{text}");
        }
    }

    #[test]
    fn hostile_json_gives_a_clean_error() {
        let deep = Bytes::from("[".repeat(200_000));
        let mut response = reply("application/json", b"");
        for body in [
            deep,
            Bytes::from_static(b""),
            Bytes::from_static(b"{\"code\":99999999999}"),
            Bytes::from_static(b"{\"code\":1e400}"),
            Bytes::from_static(b"{\"code\":NaN}"),
            Bytes::from_static(b"{\"code\":1,\"code\":2}"),
            Bytes::from_static(b"{\"code\":\"\xff\"}"),
            Bytes::from_static(b"{\"c\0de\":1}"),
            Bytes::from_static(b"{\"code\":\"\\ud800\"}"),
        ] {
            response.body = body;
            let error = response.json::<Reply>("reply").expect_err("hostile");
            assert!(error.to_string().len() < 500, "{error}");
        }
        response.body = Bytes::from_static(b"\xef\xbb\xbf{\"code\":5}");
        assert_eq!(response.json::<Reply>("reply").expect("BOM").code, 5);
    }

    #[test]
    fn a_value_in_the_body_does_not_reach_the_error() {
        let response = reply("application/json", b"{\"code\":\"CANARY\"}");
        let error = response.json_secret::<Reply>("login reply").expect_err("text");
        assert!(!format!("{error} {error:?} {response:?}").contains("CANARY"));
        let shown = response.json::<Reply>("reply").expect_err("text").to_string();
        assert!(shown.contains("another form") && shown.contains("column"), "{shown}");
    }

    #[test]
    fn content_type_is_given_without_parameters() {
        let response = reply("application/json; charset=UTF-8", b"{}");
        assert_eq!(response.content_type(), Some("application/json"));
        assert!(!response.is_html());
        assert_eq!(response.set_cookies().count(), 0);
    }
}
