//! Faults on the server's side of real sockets: answers that never come, that break off, that come late; requests that are never carried out.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use callcontrol_http::Bytes;
use tokio::time::sleep;

use crate::dice::Dice;

/// What goes wrong in front of a simulator; clones are the same.
#[derive(Clone)]
pub(super) struct Mishaps(Arc<Inner>);

struct Inner {
    dice: Mutex<Dice>,
    permille: u32,
    on: AtomicBool,
    count: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
enum Mishap {
    /// Not carried out; a proxy answers.
    Unavailable,
    /// Not carried out; the connection breaks.
    LostRequest,
    /// Carried out; the connection breaks in place of the answer.
    LostReply,
    /// Carried out; half of the answer comes.
    HalfReply,
    /// Carried out late.
    Late(Duration),
    /// Carried out at once, and answered late.
    SlowReply(Duration),
}

impl Mishaps {
    pub(super) fn new(seed: u64, permille: u32) -> Self {
        Self(Arc::new(Inner {
            dice: Mutex::new(Dice::new(seed)),
            permille,
            on: AtomicBool::new(false),
            count: AtomicU64::new(0),
        }))
    }

    /// Puts them in front of a simulator.
    pub(super) fn before(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), meet))
    }

    pub(super) fn begin(&self) {
        self.0.on.store(true, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.0.on.store(false, Ordering::Relaxed);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    fn next(&self) -> Option<Mishap> {
        if !self.0.on.load(Ordering::Relaxed) {
            return None;
        }
        let mut dice = self.0.dice.lock().unwrap_or_else(PoisonError::into_inner);
        if !dice.permille(self.0.permille) {
            return None;
        }
        self.0.count.fetch_add(1, Ordering::Relaxed);
        let late = dice.between(Duration::from_millis(20), Duration::from_secs(12));
        Some(match dice.below(6) {
            0 => Mishap::Unavailable,
            1 => Mishap::LostRequest,
            2 => Mishap::LostReply,
            3 => Mishap::HalfReply,
            4 => Mishap::Late(late),
            _ => Mishap::SlowReply(late),
        })
    }
}

async fn meet(State(mishaps): State<Mishaps>, request: Request, next: Next) -> Response {
    match mishaps.next() {
        None => next.run(request).await,
        Some(Mishap::Unavailable) => unavailable(),
        Some(Mishap::LostRequest) => broken(&[]),
        Some(Mishap::LostReply) => {
            next.run(request).await;
            broken(&[])
        }
        Some(Mishap::HalfReply) => {
            next.run(request).await;
            broken(b"{\"half\":")
        }
        Some(Mishap::Late(late)) => {
            sleep(late).await;
            next.run(request).await
        }
        Some(Mishap::SlowReply(late)) => {
            let answer = next.run(request).await;
            sleep(late).await;
            answer
        }
    }
}

fn unavailable() -> Response {
    let mut answer = Response::new(Body::from("<html><body>Service unavailable</body></html>"));
    *answer.status_mut() = axum::http::StatusCode::SERVICE_UNAVAILABLE;
    answer
}

/// A body that fails after these bytes makes the server cut the connection.
fn broken(bytes: &'static [u8]) -> Response {
    let parts = [
        Ok(Bytes::from_static(bytes)),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    Response::new(Body::from_stream(futures::stream::iter(parts)))
}

impl fmt::Debug for Mishaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mishaps")
            .field("permille", &self.0.permille)
            .finish_non_exhaustive()
    }
}
