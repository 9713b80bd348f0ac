//! Things that go wrong once, on order: the next request that fits gets the fault.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::stream;
use http_body_util::BodyExt;

use super::reply;

/// Which request a fault is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GwsRequests {
    /// Whichever comes next, CometD aside.
    Any,
    /// The next POST with this `operationName`.
    Operation(String),
    /// The next GET whose path ends so.
    Get(String),
    /// The next CometD request with a message on this channel, such as `/meta/connect`.
    Comet(String),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GwsFault {
    /// Not carried out; an HTML page with this HTTP status comes back, as from a proxy.
    HtmlPage(u16),
    /// Not carried out; this `statusCode` comes back with this HTTP status.
    StatusCode {
        /// The code in the envelope, also one that nobody documented.
        code: u64,
        /// The HTTP status.
        http: u16,
    },
    /// Not carried out; the connection breaks.
    RequestLost,
    /// Carried out; the connection breaks before the answer.
    ReplyLost,
    /// Carried out; the answer stops half-way through its JSON.
    ReplyTruncated,
    /// Carried out after this time.
    Delayed(Duration),
    /// Carried out at once, answered after this time.
    ReplyDelayed(Duration),
    /// The HTTP session of the request has just expired.
    SessionExpired,
    /// Not carried out; this body comes back as JSON with this HTTP status.
    Body {
        /// The HTTP status.
        http: u16,
        /// The body.
        body: String,
    },
}

/// What a request is, as far as a fault asks.
#[derive(Debug)]
pub(super) struct Traits<'a> {
    pub(super) is_get: bool,
    pub(super) path: &'a str,
    pub(super) operation: Option<&'a str>,
    pub(super) comet: Option<Vec<String>>,
}

impl GwsRequests {
    pub(super) fn fits(&self, request: &Traits<'_>) -> bool {
        match (self, &request.comet) {
            (Self::Comet(channel), Some(channels)) => channels.contains(channel),
            (Self::Comet(_), None) | (Self::Any | Self::Operation(_) | Self::Get(_), Some(_)) => false,
            (Self::Any, None) => true,
            (Self::Operation(name), None) => request.operation == Some(name),
            (Self::Get(end), None) => request.is_get && request.path.trim_end_matches('/').ends_with(end.as_str()),
        }
    }
}

/// The answer of a request that is not carried out; `None` for faults that let it through.
pub(super) fn instead(fault: &GwsFault) -> Option<Response> {
    match fault {
        GwsFault::HtmlPage(http) => Some(reply::answer(
            reply::status(*http),
            "text/html",
            "<html><body><h1>Service unavailable</h1></body></html>",
        )),
        GwsFault::StatusCode { code, http } => {
            let body = serde_json::json!({"statusCode": code, "statusMessage": "Something went wrong"});
            Some(reply::json_answer(reply::status(*http), &body))
        }
        GwsFault::Body { http, body } => Some(reply::answer(reply::status(*http), "application/json", body.clone())),
        GwsFault::RequestLost => Some(broken()),
        GwsFault::ReplyLost
        | GwsFault::ReplyTruncated
        | GwsFault::Delayed(_)
        | GwsFault::ReplyDelayed(_)
        | GwsFault::SessionExpired => None,
    }
}

/// What becomes of the answer to a request that was carried out.
pub(super) async fn afterwards(fault: &GwsFault, response: Response) -> Response {
    match fault {
        GwsFault::ReplyLost => broken(),
        GwsFault::ReplyTruncated => truncated(response).await,
        GwsFault::ReplyDelayed(time) => {
            tokio::time::sleep(*time).await;
            response
        }
        GwsFault::HtmlPage(_)
        | GwsFault::StatusCode { .. }
        | GwsFault::Body { .. }
        | GwsFault::RequestLost
        | GwsFault::Delayed(_)
        | GwsFault::SessionExpired => response,
    }
}

/// A router cannot refuse to answer; a body that fails at once is the nearest thing to a broken connection.
pub(super) fn broken() -> Response {
    let cut = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "connection cut on order");
    Response::new(Body::from_stream(stream::iter([Err::<Bytes, _>(cut)])))
}

async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(whole.slice(..whole.len() / 2)))
}
