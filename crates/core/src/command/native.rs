//! The doors to the vendor's own words: one request out, one pushed message in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::SessionId;

/// The escape hatch: one request in the vendor's own words, for what this contract does not cover.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NativeRequest {
    /// With whose credential.
    pub session: Option<SessionId>,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Path segments below the vendor's base path; each is checked and percent-encoded.
    pub path: Vec<String>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// JSON body.
    pub body: Option<String>,
}

impl NativeRequest {
    /// A request without query and body.
    #[must_use]
    pub fn new(method: impl Into<String>, path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            session: None,
            method: method.into(),
            path: path.into_iter().map(Into::into).collect(),
            query: Vec::new(),
            body: None,
        }
    }

    /// With this session's credential.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// With this JSON body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }
}

impl std::fmt::Debug for NativeRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeRequest")
            .field("session", &self.session)
            .field("method", &self.method)
            .field("segments", &self.path.len())
            .field("body", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// The vendor's answer to a [`NativeRequest`], as it came. May hold personal data, so `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NativeReply {
    /// HTTP status.
    pub status: u16,
    /// Body text.
    pub body: String,
}

impl NativeReply {
    /// An answer.
    #[must_use]
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            body: body.into(),
        }
    }
}

impl std::fmt::Debug for NativeReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeReply")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// One message that the vendor pushed at the application's own HTTP server, as it came. It holds credentials and personal data, so `Debug` shows sizes only,
/// and the headers do not travel in a serialised command: after a round trip there are none, and the message is refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pushed {
    /// Header names and values in the order in which they came. Names are compared without regard to case.
    #[serde(skip)]
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Arc<[u8]>,
}

impl Pushed {
    /// A message without headers.
    #[must_use]
    pub fn new(body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The first header of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let named = |(given, _): &&(String, String)| given.eq_ignore_ascii_case(name);
        self.headers.iter().find(named).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for Pushed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pushed")
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
