//! A server that wants to lead its clients elsewhere: redirects to other origins in every spelling, and replies in which every address points to somebody else.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, HeaderValue, LOCATION};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use serde_json::Value;

use crate::dice::Dice;

/// What such a server does to each answer; clones are the same.
#[derive(Clone)]
pub(super) struct Hostile(Arc<Inner>);

struct Inner {
    /// The other origins, as authorities.
    elsewhere: Vec<String>,
    dice: Mutex<Dice>,
    /// How many of a thousand answers are a redirect; in all others the addresses are wrong.
    redirects: u32,
    on: AtomicBool,
    cases: AtomicU64,
    strays: Mutex<Vec<String>>,
}

impl Hostile {
    pub(super) fn new(elsewhere: Vec<String>, seed: u64, redirects: u32) -> Self {
        Self(Arc::new(Inner {
            elsewhere,
            dice: Mutex::new(Dice::new(seed)),
            redirects,
            on: AtomicBool::new(true),
            cases: AtomicU64::new(0),
            strays: Mutex::default(),
        }))
    }

    /// In front of a simulator.
    pub(super) fn before(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), meet))
    }

    /// Whether it is hostile now: it is, unless told otherwise.
    pub(super) fn show_its_face(&self, on: bool) {
        self.0.on.store(on, Ordering::Relaxed);
    }

    /// How many answers led elsewhere.
    pub(super) fn cases(&self) -> u64 {
        self.0.cases.load(Ordering::Relaxed)
    }

    /// Paths that were asked for and belong to no interface of a vendor's.
    pub(super) fn strays(&self) -> usize {
        lock(&self.0.strays).len()
    }

    /// A redirect to somebody else.
    pub(super) fn redirect(&self, path: &str) -> Response {
        let mut dice = lock(&self.0.dice);
        let mut answer = Response::new(Body::empty());
        let status = dice.pick(&REDIRECTS).copied().unwrap_or(307);
        *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
        let host = dice.pick(&self.0.elsewhere).cloned().unwrap_or_default();
        let location = match dice.below(6) {
            0 => format!("http://{host}{path}"),
            1 => format!("//{host}{path}"),
            2 => format!("http://callcontrol@{host}{path}"),
            3 => format!("http:\\\\{host}{path}"),
            4 => format!("HTTP://{host}/?next={path}"),
            _ => format!("/\\{host}{path}"),
        };
        if let Ok(location) = HeaderValue::from_str(&location) {
            answer.headers_mut().insert(LOCATION, location);
        }
        self.0.cases.fetch_add(1, Ordering::Relaxed);
        answer
    }

    fn is_redirect(&self) -> bool {
        lock(&self.0.dice).permille(self.0.redirects)
    }

    fn note(&self, path: &str) {
        if !PREFIXES.iter().any(|prefix| path.starts_with(prefix)) || path.contains("..") {
            lock(&self.0.strays).push(path.to_owned());
        }
    }

    /// The same reply with every address in it leading elsewhere, and with addresses where none were.
    async fn rewritten(&self, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        let bytes = to_bytes(body, MOST).await.unwrap_or_default();
        let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
            return Response::from_parts(parts, Body::from(bytes));
        };
        let host = lock(&self.0.dice).pick(&self.0.elsewhere).cloned().unwrap_or_default();
        lead(&mut value, &host);
        self.0.cases.fetch_add(1, Ordering::Relaxed);
        parts.headers.remove(CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(value.to_string()))
    }
}

async fn meet(State(hostile): State<Hostile>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    hostile.note(&path);
    if !hostile.0.on.load(Ordering::Relaxed) {
        return next.run(request).await;
    }
    // Who is sent away at once never says anything else.
    let is_command = request.method() != Method::GET && !path.ends_with("/notifications");
    if is_command && hostile.is_redirect() {
        return hostile.redirect(&path);
    }
    let answer = next.run(request).await;
    hostile.rewritten(answer).await
}

/// Every absolute address gets another host; whatever has an id also gets addresses by the names that the vendors use.
fn lead(value: &mut Value, host: &str) {
    match value {
        Value::String(text) => {
            if let Some((_, rest)) = text.split_once("://") {
                let path = rest.split_once('/').map_or("", |(_, path)| path);
                *text = format!("http://{host}/{path}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| lead(item, host)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| lead(field, host));
            if fields.contains_key("id") || fields.contains_key("callid") {
                for name in ["uri", "deviceUri", "parentCallUri", "href", "callbackUrl"] {
                    if !fields.contains_key(name) {
                        fields.insert(name.to_owned(), format!("http://{host}/api/v2/elsewhere").into());
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hostile")
            .field("cases", &self.cases())
            .finish_non_exhaustive()
    }
}

const REDIRECTS: [u16; 6] = [301, 302, 303, 307, 308, 300];
/// Where the vendors' interfaces live.
const PREFIXES: [&str; 3] = ["/agentgateway/", "/api/v2", "/oifde/"];
const MOST: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_address_in_a_reply_leads_elsewhere() {
        let mut reply = json!({"uri": "https://origin/api/v2/me", "calls": [{"id": "1", "name": "Ann"}]});
        lead(&mut reply, "evil:1");
        assert_eq!(reply["uri"], "http://evil:1/api/v2/me");
        assert_eq!(reply["calls"][0]["parentCallUri"], "http://evil:1/api/v2/elsewhere");
        assert_eq!(reply["calls"][0]["name"], "Ann");
    }
}
