//! One agent's HTTP session: cookies, CSRF token, Basic on the first request and cookies from then on (vendor page, section 2). Sends each request once.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use callcontrol_core::{Effect, Error, ErrorKind, Result, Secret};
use callcontrol_http::{ApiPath, CookieJar, Method, Request, Response, Transport, fault};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::cometd::machine::{Breakage, Exchange};
use crate::faults::{Asked, judge};
use crate::wire::body::Body;
use crate::wire::envelope::Envelope;

/// The HTTP session of one agent.
pub(crate) struct Link {
    transport: Arc<dyn Transport>,
    /// REST and CometD share it; it is this agent's alone (section 11.6: one agent, one jar, one session).
    jar: CookieJar,
    csrf: Mutex<Option<Csrf>>,
    authorization: Secret,
    /// At most two connections a session: one for the event stream, one for everything else (section 11.5).
    turn: Semaphore,
}

/// The header to send and its token, as the server announced them.
#[derive(Clone)]
struct Csrf {
    header: String,
    token: Secret,
}

impl Link {
    pub(crate) fn new(transport: Arc<dyn Transport>, user: &str, password: &Secret) -> Result<Self> {
        Ok(Self {
            transport,
            jar: CookieJar::new(),
            csrf: Mutex::new(None),
            authorization: basic(user, password)?,
            turn: Semaphore::new(1),
        })
    }

    /// `GET /me` with user name and password, in a new HTTP session. Tried once.
    pub(crate) async fn sign_in(&self, path: ApiPath, deadline: Instant) -> Result<Envelope> {
        let _turn = self.take_turn(deadline).await?;
        self.clear();
        let request = Request::get(path, deadline).sensitive_header("authorization", self.authorization.reveal())?;
        judge(&self.exchanged(request, Asked::SignIn).await?, Asked::SignIn)
    }

    pub(crate) async fn get(&self, path: ApiPath, deadline: Instant) -> Result<Envelope> {
        let request = self.prepared(Method::Get, path, deadline)?;
        self.judged(request, Asked::Query).await
    }

    pub(crate) async fn post(&self, path: ApiPath, body: &Body, asked: Asked, deadline: Instant) -> Result<Envelope> {
        let request = self.prepared(Method::Post, path, deadline)?.json(&body.to_json())?;
        self.judged(request, asked).await
    }

    /// One request in the vendor's own words, handed back as it came.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: ApiPath,
        body: Option<&serde_json::Value>,
        deadline: Instant,
    ) -> Result<Response> {
        let request = self.prepared(method, path, deadline)?;
        let request = match body {
            Some(body) => request.json(body)?,
            None => request,
        };
        self.sent(request, Asked::Call).await
    }

    /// One exchange of the event stream, on a connection of its own.
    pub(crate) async fn stream(&self, exchange: &Exchange) -> std::result::Result<Vec<u8>, Breakage> {
        let path = ApiPath::new(EVENTS);
        let deadline = Instant::now() + exchange.patience;
        let request = self
            .prepared(Method::Post, path, deadline)
            .and_then(|request| Ok(request.json(&exchange.messages)?));
        let request = request.map_err(|_| Breakage::Link)?.body_cap(STREAM_CAP);
        let request = if exchange.held { request.long_poll() } else { request };
        let response = self.transport.send(request).await.map_err(|error| {
            tracing::debug!(target: "callcontrol::pump", %error, "no answer on the event stream");
            Breakage::Link
        })?;
        self.learn(&response);
        match response.status {
            401 | 403 => Err(Breakage::Unauthorized),
            _ if response.is_success() => Ok(response.body.to_vec()),
            status => {
                tracing::debug!(target: "callcontrol::pump", status, "the event stream was refused");
                Err(Breakage::Link)
            }
        }
    }

    /// Forgets cookies and token: after sign-out they are worthless.
    pub(crate) fn clear(&self) {
        self.jar.clear();
        *self.csrf() = None;
    }

    /// Every POST, PUT and DELETE carries the announced header, those of the event stream too (section 2.3: harmless where it is not wanted).
    fn prepared(&self, method: Method, path: ApiPath, deadline: Instant) -> Result<Request> {
        let request = Request::new(method, path, deadline).cookies(&self.jar);
        let csrf = self.csrf().clone();
        match csrf {
            Some(csrf) if method != Method::Get => Ok(request.sensitive_header(&csrf.header, csrf.token.reveal())?),
            Some(_) | None => Ok(request),
        }
    }

    async fn judged(&self, request: Request, asked: Asked) -> Result<Envelope> {
        let response = self.sent(request, asked).await?;
        judge(&response, asked)
    }

    async fn sent(&self, request: Request, asked: Asked) -> Result<Response> {
        let _turn = self.take_turn(request.deadline().instant()).await?;
        self.exchanged(request, asked).await
    }

    async fn take_turn(&self, deadline: Instant) -> Result<SemaphorePermit<'_>> {
        match tokio::time::timeout_at(deadline, self.turn.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => {
                let text = "earlier requests of this session were not answered in time; nothing was sent";
                Err(Error::new(ErrorKind::Timeout, Effect::None, text))
            }
        }
    }

    async fn exchanged(&self, request: Request, asked: Asked) -> Result<Response> {
        let response = self.transport.send(request).await;
        let response = response.map_err(|error| fault::from_transport(error, asked.idempotency()))?;
        self.learn(&response);
        Ok(response)
    }

    fn learn(&self, response: &Response) {
        self.jar.store_from(response);
        if let (Some(header), Some(token)) = (response.header(CSRF_HEADER), response.header(CSRF_TOKEN)) {
            *self.csrf() = Some(Csrf {
                header: header.to_owned(),
                token: Secret::new(token),
            });
        }
    }

    fn csrf(&self) -> MutexGuard<'_, Option<Csrf>> {
        self.csrf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("jar", &self.jar)
            .field("csrf", &self.csrf().is_some())
            .finish_non_exhaustive()
    }
}

/// The vendor's own client encodes user and password as ISO-8859-1; what has no place there goes as UTF-8 (section 2.1).
fn basic(user: &str, password: &Secret) -> Result<Secret> {
    if user.contains(':') {
        return Err(Error::invalid_input(
            "the agent's user name holds a colon, at which the server would cut it",
        ));
    }
    let pair = Secret::new(format!("{user}:{}", password.reveal()));
    let latin: Option<Vec<u8>> = pair.reveal().chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let encoded = latin.map_or_else(|| STANDARD.encode(pair.reveal()), |bytes| STANDARD.encode(bytes));
    Ok(Secret::new(format!("Basic {encoded}")))
}

const EVENTS: &str = "/api/v2/notifications";
const CSRF_HEADER: &str = "x-csrf-header";
const CSRF_TOKEN: &str = "x-csrf-token";
/// A batch of complete calls with their data can be large.
const STREAM_CAP: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_go_as_latin_one_where_they_fit_and_as_utf_8_else() {
        let encoded =
            |user: &str, password: &str| basic(user, &Secret::new(password)).expect("valid").reveal().to_owned();
        assert_eq!(encoded("agent1", "secret"), "Basic YWdlbnQxOnNlY3JldA==");
        assert_eq!(
            encoded("j\u{fc}rgen", "p"),
            format!("Basic {}", STANDARD.encode(b"j\xfcrgen:p"))
        );
        assert_eq!(
            encoded("\u{5f20}", "p"),
            format!("Basic {}", STANDARD.encode("\u{5f20}:p"))
        );
        assert!(basic("a:b", &Secret::new("p")).is_err());
    }
}
