//! What stands between adapter and simulator when a deadline is measured: the answer never comes, or comes late, or never ends.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{self, Next};
use axum::response::Response;
use callcontrol_http::Bytes;
use futures::{StreamExt, stream};
use tokio::time::sleep;

/// How an answer fails to come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The request is swallowed.
    Hang,
    /// The switch acts, and the headers take an hour.
    SlowHeaders,
    /// The switch acts, and the body comes byte by byte and has no end.
    Trickle,
}

/// The obstacle; clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Obstacle(Arc<Mutex<Option<Armed>>>);

#[derive(Debug, Clone, Copy)]
struct Armed {
    manner: Manner,
    /// How many requests are let through first.
    skip: usize,
    met: usize,
}

impl Manner {
    pub(super) const ALL: [Self; 3] = [Self::Hang, Self::SlowHeaders, Self::Trickle];
}

impl Obstacle {
    /// Puts it in front of a simulator. Polls pass.
    pub(super) fn before(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), meet))
    }

    /// From now on every request but the first ones meets it.
    pub(super) fn arm(&self, manner: Manner, skip: usize) {
        *self.lock() = Some(Armed { manner, skip, met: 0 });
    }

    /// Stands aside again, and tells how many requests it let through or met.
    pub(super) fn disarm(&self) -> usize {
        self.lock().take().map_or(0, |armed| armed.met)
    }

    fn next(&self) -> Option<Manner> {
        let mut armed = self.lock();
        let armed = armed.as_mut()?;
        armed.met += 1;
        (armed.met > armed.skip).then_some(armed.manner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn meet(State(obstacle): State<Obstacle>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.contains("/agentevent/") || path.ends_with("/notifications") {
        return next.run(request).await;
    }
    match obstacle.next() {
        None => next.run(request).await,
        Some(Manner::Hang) => futures::future::pending().await,
        Some(Manner::SlowHeaders) => {
            let answer = next.run(request).await;
            sleep(Duration::from_secs(3600)).await;
            answer
        }
        Some(Manner::Trickle) => trickled(next.run(request).await),
    }
}

/// The same status and headers, and blanks for ever: what JSON allows before it begins.
fn trickled(answer: Response) -> Response {
    let (mut parts, _) = answer.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    let blanks = stream::repeat(()).then(|()| async {
        sleep(Duration::from_millis(100)).await;
        Ok::<_, std::io::Error>(Bytes::from_static(b" "))
    });
    Response::from_parts(parts, Body::from_stream(blanks))
}

impl fmt::Debug for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Obstacle").field(&*self.lock()).finish()
    }
}
