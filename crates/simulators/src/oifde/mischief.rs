//! Faults on the way: what can go wrong with the next request, wrapped around the whole router.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::{StatusCode, header};
use http_body_util::BodyExt;
use tokio::sync::oneshot;

use super::wire::Wire;

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mischief {
    /// Not carried out: this answer comes instead, from a proxy perhaps.
    Answer {
        /// HTTP status.
        status: StatusCode,
        /// Content type.
        content_type: String,
        /// Body.
        body: String,
    },
    /// Carried out, but answered with this status and an HTML page.
    SpoiltAnswer(StatusCode),
    /// Not carried out: refused with this code, in the envelope of the interface.
    Code(u32),
    /// Carried out; the answer is a JSON text that stops half-way.
    Truncated,
    /// Carried out; the connection breaks in place of the answer.
    ReplyLost,
    /// Not carried out; the connection breaks in place of the answer.
    RequestLost,
    /// Carried out at once, answered this much later.
    Slow(Duration),
    /// Carried out only when [`release_held`](super::OifdeSimulator::release_held) is called, even if the client gave up meanwhile.
    Held,
    /// All tokens expire just before it arrives.
    TokensExpire,
}

impl Mischief {
    /// An HTML error page with this status in place of the answer.
    #[must_use]
    pub fn html(status: StatusCode) -> Self {
        Self::Answer {
            status,
            content_type: "text/html".into(),
            body: HTML.into(),
        }
    }
}

/// Mischief planned and requests held.
#[derive(Clone, Default)]
pub(super) struct Plan(Arc<Mutex<Planned>>);

#[derive(Default)]
struct Planned {
    next: VecDeque<(String, Mischief)>,
    held: VecDeque<HeldRequest>,
}

struct HeldRequest {
    request: Request,
    next: Next,
    answer: oneshot::Sender<Response>,
}

/// The code with which a handler is to refuse, carried along with the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForcedCode(pub(super) u32);

impl Plan {
    pub(super) fn add(&self, path_end: &str, mischief: Mischief) {
        self.lock().next.push_back((path_end.into(), mischief));
    }

    pub(super) fn clear(&self) {
        // Dropped after the lock is free: whoever waits for a held request is answered by that.
        drop(std::mem::take(&mut *self.lock()));
    }

    pub(super) async fn release_held(&self) -> usize {
        let held = std::mem::take(&mut self.lock().held);
        let count = held.len();
        for HeldRequest { request, next, answer } in held {
            // Whoever waited may have gone away: that is the point of holding a request.
            let _ = answer.send(next.run(request).await);
        }
        count
    }

    fn take(&self, path: &str) -> Option<Mischief> {
        let mut planned = self.lock();
        let at = planned.next.iter().position(|(end, _)| path.ends_with(end.as_str()))?;
        planned.next.remove(at).map(|(_, mischief)| mischief)
    }

    fn hold(&self, request: Request, next: Next) -> oneshot::Receiver<Response> {
        let (answer, waits) = oneshot::channel();
        self.lock().held.push_back(HeldRequest { request, next, answer });
        waits
    }

    fn lock(&self) -> MutexGuard<'_, Planned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let planned = self.lock();
        f.debug_struct("Plan")
            .field("next", &planned.next)
            .field("held", &planned.held.len())
            .finish()
    }
}

/// The layer that carries the plan out.
pub(super) async fn meddle(State(wire): State<Wire>, mut request: Request, next: Next) -> Response {
    match wire.plan.take(request.uri().path()) {
        None => next.run(request).await,
        Some(Mischief::Answer {
            status,
            content_type,
            body,
        }) => page(status, content_type, body),
        Some(Mischief::SpoiltAnswer(status)) => {
            next.run(request).await;
            page(status, "text/html".into(), HTML.into())
        }
        Some(Mischief::Code(code)) => {
            request.extensions_mut().insert(ForcedCode(code));
            next.run(request).await
        }
        Some(Mischief::Truncated) => cut(next.run(request).await).await,
        Some(Mischief::ReplyLost) => {
            next.run(request).await;
            broken()
        }
        Some(Mischief::RequestLost) => broken(),
        Some(Mischief::Slow(late)) => {
            let answer = next.run(request).await;
            tokio::time::sleep(late).await;
            answer
        }
        Some(Mischief::Held) => wire.plan.hold(request, next).await.unwrap_or_else(|_| broken()),
        Some(Mischief::TokensExpire) => {
            wire.expire_tokens();
            next.run(request).await
        }
    }
}

fn page(status: StatusCode, content_type: String, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

fn broken() -> Response {
    let nothing = stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) });
    Response::new(Body::from_stream(nothing))
}

async fn cut(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(half))
}

const HTML: &str = "<html><head><title>Error</title></head><body>The request could not be processed.</body></html>";
