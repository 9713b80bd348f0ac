//! Faults on demand: what goes wrong with the next request that fits.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http_body_util::BodyExt;

use super::answer::{cut_off, envelope, http_error, respelled};
use super::choices::Charset;

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mischief {
    /// Not applied; an HTTP error with an HTML page.
    HtmlError(StatusCode),
    /// Not applied; any answer at all.
    Answer {
        /// HTTP status.
        status: StatusCode,
        /// Body.
        body: String,
    },
    /// Not applied; this `retcode`, documented or not.
    Retcode(String),
    /// Not applied; the connection breaks off.
    LostRequest,
    /// Applied; the connection breaks off before the answer.
    LostReply,
    /// Applied; the answer is a login page of a proxy with HTTP 200.
    HtmlReply,
    /// Applied; half of the answer, with HTTP 200.
    TruncatedReply,
    /// Applied; the answer is in GBK, and its content type says so.
    GbkReply,
    /// Applied after this long.
    Delay(Duration),
    /// Applied at once, answered after this long.
    SlowReply(Duration),
}

/// The mischief that is planned.
#[derive(Default)]
pub(super) struct Mischiefs(Mutex<Vec<Planned>>);

struct Planned {
    method: Option<String>,
    path_part: String,
    what: Mischief,
}

/// What goes wrong with one request, if anything.
#[derive(Debug)]
pub(super) struct Fate(Option<Mischief>);

impl Mischiefs {
    pub(super) fn plan(&self, method: Option<&str>, path_part: &str, what: Mischief) {
        let method = method.map(str::to_owned);
        let path_part = path_part.to_owned();
        self.lock().push(Planned {
            method,
            path_part,
            what,
        });
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    pub(super) fn take(&self, method: &str, path: &str) -> Fate {
        let mut planned = self.lock();
        let fits = |plan: &Planned| {
            path.contains(&plan.path_part) && plan.method.as_deref().is_none_or(|wanted| wanted == method)
        };
        let at = planned.iter().position(fits);
        Fate(at.map(|at| planned.remove(at).what))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Planned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fate {
    /// Happens before the request is carried out; an answer here means that it is not.
    pub(super) async fn before(&self, path: &str) -> Option<Response> {
        let what = self.0.as_ref()?;
        tracing::debug!(path, ?what, "mischief");
        match what {
            Mischief::HtmlError(status) => Some(http_error(*status)),
            Mischief::Answer { status, body } => {
                let mut answer = Response::new(Body::from(body.clone()));
                *answer.status_mut() = *status;
                Some(answer)
            }
            Mischief::Retcode(code) => Some(envelope("", code, None)),
            Mischief::LostRequest => Some(cut_off()),
            Mischief::Delay(time) => {
                tokio::time::sleep(*time).await;
                None
            }
            Mischief::LostReply
            | Mischief::HtmlReply
            | Mischief::TruncatedReply
            | Mischief::GbkReply
            | Mischief::SlowReply(_) => None,
        }
    }

    /// Happens to the answer.
    pub(super) async fn after(self, answer: Response) -> Response {
        match self.0 {
            Some(Mischief::LostReply) => cut_off(),
            Some(Mischief::HtmlReply) => {
                let mut page = http_error(StatusCode::OK);
                *page.body_mut() = Body::from("<html><body><form action=\"/login\">Please log in</form></body></html>");
                page
            }
            Some(Mischief::TruncatedReply) => truncated(answer).await,
            Some(Mischief::GbkReply) => respelled(answer, Charset::Gbk, |text| text).await,
            Some(Mischief::SlowReply(time)) => {
                tokio::time::sleep(time).await;
                answer
            }
            Some(
                Mischief::HtmlError(_)
                | Mischief::Answer { .. }
                | Mischief::Retcode(_)
                | Mischief::LostRequest
                | Mischief::Delay(_),
            )
            | None => answer,
        }
    }
}

async fn truncated(answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let whole = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(parts, Body::from(half))
}

impl fmt::Debug for Mischiefs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mischiefs").field(&self.lock().len()).finish()
    }
}
