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

/// The requests a simulator has seen, oldest first; the last 20 000 are kept, or as many as [`keep`](Self::keep) says.
#[derive(Clone, Default)]
pub struct RequestLog(Arc<Mutex<Kept>>);

struct Kept {
    next: u64,
    most: usize,
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
    /// From now on only the last so many are kept.
    pub fn keep(&self, most: usize) {
        let mut kept = self.lock();
        kept.most = most;
        let over = kept.requests.len().saturating_sub(most);
        kept.requests.drain(..over);
        kept.requests.shrink_to(most);
    }

    /// How many are kept now.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.lock().requests.len()
    }

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
        if kept.requests.len() > kept.most {
            kept.requests.pop_front();
        }
        seq
    }

    fn answered(&self, seq: u64, status: StatusCode) {
        let mut kept = self.lock();
        // Numbers have no gaps: the place is reckoned, because a poll is answered long after it came.
        let first = kept.next - u64::try_from(kept.requests.len()).unwrap_or(u64::MAX);
        let at = seq.checked_sub(first).and_then(|at| usize::try_from(at).ok());
        if let Some(request) = at.and_then(|at| kept.requests.get_mut(at)) {
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

impl Default for Kept {
    fn default() -> Self {
        Self {
            next: 0,
            most: KEPT,
            requests: VecDeque::new(),
        }
    }
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

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn ask(router: &Router, path: &str) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        router.clone().oneshot(request).await.expect("an answer");
    }

    #[tokio::test]
    async fn a_log_that_keeps_few_keeps_the_last_ones_with_their_numbers_and_answers() {
        let log = RequestLog::default();
        let router = log.watch(Router::new().route("/known", get(async || "here")));
        for path in ["/known", "/lost", "/known", "/lost", "/known"] {
            ask(&router, path).await;
        }
        log.keep(2);
        ask(&router, "/lost").await;
        let kept: Vec<_> = log.all().iter().map(|request| (request.seq, request.status)).collect();
        assert_eq!(kept, [(4, Some(200)), (5, Some(404))]);
        assert_eq!((log.mark(), log.kept()), (6, 2));
        log.keep(0);
        ask(&router, "/known").await;
        assert_eq!((log.mark(), log.kept()), (7, 0));
    }
}
