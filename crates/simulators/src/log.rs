//! What a simulator was asked: every request in order of arrival, with the status it got. The proof of "nothing went on the wire".

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use http::StatusCode;
use http_body_util::{BodyExt, Limited};

/// The requests a simulator has seen, oldest first; the last 20 000 are kept.
#[derive(Clone, Default)]
pub struct RequestLog(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    next: u64,
    requests: VecDeque<LoggedRequest>,
}

/// One request. `Debug` shows method and path only: bodies and headers hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Number in order of arrival, from 0.
    pub seq: u64,
    /// HTTP method.
    pub method: String,
    /// Path without query, percent-encoded as it came.
    pub path: String,
    /// Query, percent-encoded as it came; empty when there is none.
    pub query: String,
    /// Headers, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub body: String,
    /// Status of the answer; `None` while it is being handled, or when the client went away first.
    pub status: Option<u16>,
}

impl RequestLog {
    /// All requests kept.
    #[must_use]
    pub fn all(&self) -> Vec<LoggedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    /// Requests from this number on.
    #[must_use]
    pub fn since(&self, seq: u64) -> Vec<LoggedRequest> {
        self.lock()
            .requests
            .iter()
            .filter(|request| request.seq >= seq)
            .cloned()
            .collect()
    }

    /// The number that the next request will get: a mark for [`since`](Self::since).
    #[must_use]
    pub fn mark(&self) -> u64 {
        self.lock().next
    }

    /// How many requests had this method and a path ending so.
    #[must_use]
    pub fn count(&self, method: &str, path_end: &str) -> usize {
        let kept = self.lock();
        kept.requests
            .iter()
            .filter(|request| request.method == method && request.path.ends_with(path_end))
            .count()
    }

    /// Puts the log in front of a router.
    pub fn watch(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), record))
    }

    fn begin(&self, request: LoggedRequest) -> u64 {
        let mut kept = self.lock();
        let seq = kept.next;
        kept.next += 1;
        kept.requests.push_back(LoggedRequest { seq, ..request });
        if kept.requests.len() > KEPT {
            kept.requests.pop_front();
        }
        seq
    }

    fn answered(&self, seq: u64, status: StatusCode) {
        let mut kept = self.lock();
        if let Some(request) = kept.requests.iter_mut().rev().find(|request| request.seq == seq) {
            request.status = Some(status.as_u16());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn record(State(log): State<RequestLog>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        let mut answer = Response::new(Body::from("request body too large or broken"));
        *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return answer;
    };
    let body = body.to_bytes();
    let headers = parts.headers.iter();
    let seq = log.begin(LoggedRequest {
        seq: 0,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        status: None,
    });
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    log.answered(seq, answer.status());
    answer
}

impl fmt::Debug for RequestLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().requests.iter()).finish()
    }
}

impl fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path is whatever a client wrote.
        write!(f, "{} {} -> {:?}", self.method, self.path.escape_debug(), self.status)
    }
}

const KEPT: usize = 20_000;
const MAX_BODY: usize = 4 << 20;
