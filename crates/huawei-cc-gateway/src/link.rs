//! One agent's way to the gateway: the credential that may change with every poll, the load balancer's cookies, and the envelope's verdict.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result};
use callcontrol_http::{ApiPath, CookieJar, Idempotency, Request, Response, Transport, fault};
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::faults;
use crate::wire::{Envelope, decode_answer, decode_poll, to_utf8};

/// The way of one session; `Debug` shows neither credential nor cookies.
#[derive(Debug)]
pub(crate) struct Link {
    transport: Arc<dyn Transport>,
    agent: String,
    guid: Mutex<Guid>,
    cookies: CookieJar,
    node: Mutex<Node>,
}

/// Which of the server's addresses answered last, and whether that has changed: a session of one node is not known at another.
#[derive(Debug, Default)]
struct Node {
    authority: Option<String>,
    moved: bool,
}

/// The credential, how often it has changed, and what it was before.
#[derive(Clone, Default)]
struct Guid {
    text: Option<Arc<str>>,
    generation: u64,
    former: VecDeque<Arc<str>>,
}

impl std::fmt::Debug for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guid(***, generation {})", self.generation)
    }
}

impl Link {
    /// A way for `agent`, whose id was checked to be digits, or for one whom the gateway will name. No credential yet.
    pub(crate) fn new(transport: Arc<dyn Transport>, agent: &str) -> Self {
        Self {
            transport,
            agent: agent.to_owned(),
            guid: Mutex::default(),
            cookies: CookieJar::new(),
            node: Mutex::default(),
        }
    }

    /// True once after the transport has moved to another address of the server.
    pub(crate) fn has_moved(&self) -> bool {
        std::mem::take(&mut self.node.lock().unwrap_or_else(PoisonError::into_inner).moved)
    }

    fn note_node(&self, response: &Response) {
        let Some(place) = response.place() else { return };
        let mut node = self.node.lock().unwrap_or_else(PoisonError::into_inner);
        if node.authority.as_deref() != Some(place.authority()) {
            node.moved = node.authority.replace(place.authority().to_owned()).is_some();
        }
    }

    /// The same way, for the agent whom the gateway has named.
    pub(crate) fn named(self, agent: &str) -> Self {
        Self {
            agent: agent.to_owned(),
            ..self
        }
    }

    /// `{group}/{agent}/{operation}` below the base path.
    pub(crate) fn path(&self, group: &'static str, operation: &'static str) -> Result<ApiPath> {
        Ok(ApiPath::new(BASE).literal(group).id(&self.agent)?.literal(operation))
    }

    /// `{group}/{agent}/{id}` below the base path.
    pub(crate) fn about(&self, group: &'static str, id: &str) -> Result<ApiPath> {
        Ok(ApiPath::new(BASE).literal(group).id(&self.agent)?.id(id)?)
    }

    /// Signs in: the only request without a credential, and the one that brings it. Without one not even a poll is answered (3.1).
    pub(crate) async fn sign_in(&self, request: Request) -> Result<Envelope> {
        let response = self.send(request, Idempotency::Command).await?;
        let envelope = verdict(&response, Idempotency::Command)?;
        // A former stay's cookies may lead to a node that does not know this one.
        self.cookies.clear();
        self.cookies.store_from(&response);
        if !self.begin_stay(&response) {
            let message = "the sign-in answer brings no usable Set-GUID header, so nothing can be asked of this gateway; \
                the agent stays signed in there for two minutes";
            return Err(Error::new(ErrorKind::Protocol, Effect::Applied, message));
        }
        Ok(envelope)
    }

    /// Sends a command. One that the gateway refused for a credential that a poll has replaced meanwhile is sent once more with the new one:
    /// the refusal proves that nothing was done.
    pub(crate) async fn command(&self, request: Request) -> Result<Envelope> {
        self.exchange(request, Idempotency::Command).await
    }

    /// Asks.
    pub(crate) async fn query(&self, request: Request) -> Result<Envelope> {
        self.exchange(request, Idempotency::Query).await
    }

    /// Fetches this agent's events. The newest credential comes with them (3.2), in the answers of polls only.
    pub(crate) async fn poll(&self, limit: Duration) -> Result<Vec<Value>> {
        self.fetch(ApiPath::new(BASE).literal("agentevent").id(&self.agent)?, limit)
            .await
    }

    /// Fetches the events of all agents of the gateway, in this agent's name (5.2).
    pub(crate) async fn poll_all(&self, limit: Duration) -> Result<Vec<Value>> {
        self.fetch(ApiPath::new(BASE).literal("agentevent/allagentevent"), limit)
            .await
    }

    /// Asks for a fresh credential: the one on its way may have been lost with an answer (3.2).
    pub(crate) async fn update_guid(&self, limit: Duration) -> Result<()> {
        let (request, _) = self.signed(Request::put(self.path("onlineagent", "updateGuid")?, limit))?;
        let response = self.send(request, Idempotency::Query).await?;
        let envelope = verdict(&response, Idempotency::Query)?;
        match envelope.result.get("guid").and_then(Value::as_str).and_then(credential) {
            Some(text) => self.replace(text),
            None => {
                self.renew(&response);
            }
        }
        Ok(())
    }

    /// The heart-beat of push mode, whose answer carries the newest credential (3.7).
    pub(crate) async fn handshake(&self, token: &str, limit: Duration) -> Result<()> {
        let request =
            Request::post(self.path("onlineagent", "handshake")?, limit).sensitive_header(TOKEN_HEADER, token)?;
        let (request, _) = self.signed(request)?;
        let response = self.send(request, Idempotency::Query).await?;
        self.renew(&response);
        verdict(&response, Idempotency::Query).map(drop)
    }

    /// True for the credential of this stay, the present one or one that was replaced a moment ago.
    pub(crate) fn knows(&self, guid: &str) -> bool {
        let known = self.guid();
        known.text.iter().chain(&known.former).fold(false, |found, text| {
            found | bool::from(text.as_bytes().ct_eq(guid.as_bytes()))
        })
    }

    async fn fetch(&self, path: ApiPath, limit: Duration) -> Result<Vec<Value>> {
        let (request, _) = self.signed(Request::get(path, limit).long_poll())?;
        let response = self.send(request, Idempotency::Query).await?;
        self.renew(&response);
        let (envelope, events) =
            decode_poll(&response).map_err(|error| fault::from_decode(error, Idempotency::Query))?;
        faults::accept(shown(envelope, &response), Idempotency::Query)?;
        // It knows us there, too.
        self.has_moved();
        Ok(events)
    }

    /// Sends a request as it is and hands back the answer as it is.
    pub(crate) async fn raw(&self, request: Request) -> Result<Response> {
        let (request, _) = self.signed(request)?;
        Ok(to_utf8(self.transport.send(request).await?))
    }

    async fn exchange(&self, request: Request, idempotency: Idempotency) -> Result<Envelope> {
        let (signed, generation) = self.signed(request.clone())?;
        let first = self.attempt(signed, idempotency).await;
        match first {
            Err(error) if faults::is_session_gone(&error) => {
                let (again, now) = self.signed(request)?;
                if now == generation {
                    return Err(error);
                }
                tracing::debug!(target: "callcontrol::cc_gateway", "refused with a credential that was just replaced; sent with the new one");
                self.attempt(again, idempotency).await
            }
            decided => decided,
        }
    }

    async fn attempt(&self, request: Request, idempotency: Idempotency) -> Result<Envelope> {
        let response = self.send(request, idempotency).await?;
        verdict(&response, idempotency)
    }

    async fn send(&self, request: Request, idempotency: Idempotency) -> Result<Response> {
        let sent = self.transport.send(request).await;
        let response = sent.map_err(|error| fault::from_transport(error, idempotency))?;
        self.note_node(&response);
        fault::accept(to_utf8(response), idempotency)
    }

    fn signed(&self, request: Request) -> Result<(Request, u64)> {
        let guid = self.guid().clone();
        let request = request.cookies(&self.cookies);
        let request = match &guid.text {
            Some(text) => request.sensitive_header("Guid", text)?,
            None => request,
        };
        Ok((request, guid.generation))
    }

    /// Takes over the credential of an answer, if it has one. Polls run one after the other, so that the newest wins by poll order.
    fn renew(&self, response: &Response) -> bool {
        let Some(text) = response.header("Set-GUID").and_then(credential) else {
            return false;
        };
        self.replace(text);
        true
    }

    /// Takes over the credential of a new stay; those of a former one are worth nothing any more.
    fn begin_stay(&self, response: &Response) -> bool {
        let Some(text) = response.header("Set-GUID").and_then(credential) else {
            return false;
        };
        {
            let mut guid = self.guid();
            guid.text = None;
            guid.former.clear();
        }
        self.replace(text);
        true
    }

    fn replace(&self, text: &str) {
        let mut guid = self.guid();
        if guid.text.as_deref() == Some(text) {
            return;
        }
        let former = guid.text.replace(text.into());
        guid.former.extend(former);
        if guid.former.len() > FORMER {
            guid.former.pop_front();
        }
        guid.generation += 1;
    }

    fn guid(&self) -> MutexGuard<'_, Guid> {
        self.guid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn verdict(response: &Response, idempotency: Idempotency) -> Result<Envelope> {
    let envelope = decode_answer(response).map_err(|error| fault::from_decode(error, idempotency))?;
    faults::accept(shown(envelope, response), idempotency)
}

/// A gateway's words of a refusal may repeat what it was sent.
fn shown(envelope: Envelope, response: &Response) -> Envelope {
    Envelope {
        message: envelope.message.map(|text| response.shown(&text)),
        ..envelope
    }
}

/// Everything behind the first `=` (3.1). Anything that could not be sent back as a header is no credential.
fn credential(header: &str) -> Option<&str> {
    let text = header.split_once('=').map_or(header, |(_, text)| text).trim();
    let fits = !text.is_empty() && text.len() <= MAX_CREDENTIAL && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(text)
}

/// Base path of every request (1).
pub(crate) const BASE: &str = "/agentgateway/resource";
/// Header of push mode (3.7, 5.3).
pub(crate) const TOKEN_HEADER: &str = "service_token";
const MAX_CREDENTIAL: usize = 512;
/// How many former credentials may still be under way in pushes.
const FORMER: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_is_what_stands_behind_the_first_equals_sign() {
        assert_eq!(
            credential("JSESSIONID=279f-0f5.AgentGateway0"),
            Some("279f-0f5.AgentGateway0")
        );
        assert_eq!(credential("JSESSIONID=a=b"), Some("a=b"));
        assert_eq!(credential("279f.AgentGateway0"), Some("279f.AgentGateway0"));
        for bad in ["", "JSESSIONID=", "JSESSIONID=a b", "JSESSIONID=a\r\nx: y"] {
            assert_eq!(credential(bad), None, "{bad:?}");
        }
        assert_eq!(credential(&"x".repeat(513)), None);
    }

    /// Answers sign-in and poll with a credential each; keeps commands waiting until told.
    #[derive(Debug, Default)]
    struct Gateway {
        seen: Mutex<Vec<String>>,
        go_on: tokio::sync::Notify,
    }

    #[async_trait::async_trait]
    impl Transport for Gateway {
        async fn send(&self, request: Request) -> std::result::Result<Response, callcontrol_http::TransportError> {
            let shape = request.path().shape().to_owned();
            let guid = request
                .headers()
                .get("Guid")
                .map(|guid| (guid.to_str().expect("text").to_owned(), guid.is_sensitive()));
            if let Some((guid, sensitive)) = &guid {
                assert!(sensitive);
                self.seen
                    .lock()
                    .expect("seen")
                    .push(format!("{} {guid}", shape.rsplit('/').next().expect("a word")));
            }
            let mut headers = callcontrol_http::HeaderMap::new();
            let mut set = |guid| headers.insert("Set-GUID", callcontrol_http::HeaderValue::from_static(guid));
            let mut code = "0";
            if shape.ends_with("/hold") {
                self.go_on.notified().await;
                self.go_on.notify_one();
                if guid.is_some_and(|(guid, _)| guid == "first") {
                    code = "000-003";
                }
            } else if shape.contains("/agentevent/") {
                set("JSESSIONID=second");
                self.go_on.notify_one();
            } else {
                set("JSESSIONID=first");
            }
            Ok(Response::new(200, headers, format!("{{\"retcode\":\"{code}\"}}")))
        }
    }

    #[tokio::test]
    async fn a_command_refused_for_a_credential_that_a_poll_has_just_replaced_is_sent_once_more() {
        let gateway = Arc::new(Gateway::default());
        let link = Link::new(gateway.clone(), "291");
        let limit = Duration::from_secs(5);
        let request = |operation| Request::post(link.path("voicecall", operation).expect("a path"), limit);
        link.sign_in(request("login")).await.expect("signed in");
        let (command, events) = tokio::join!(link.command(request("hold")), link.poll(limit));
        assert!(command.expect("accepted").is_success());
        assert!(events.expect("polled").is_empty());
        let seen = gateway.seen.lock().expect("seen").clone();
        assert_eq!(seen, ["hold first", "{id} first", "hold second"]);
    }
}
