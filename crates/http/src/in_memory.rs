//! The transport without sockets: calls a simulator's service directly, under tokio's clock (which a test may pause), with faults at every phase.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout_at};
use tower_service::Service;

use crate::base_url::BaseUrl;
use crate::body::{Capped, TooLarge};
use crate::error::{Cause, Lost, NotSent, Place, TransportError};
use crate::invalid::InvalidInput;
use crate::mischief::{Attempt, Mischief, Trick};
use crate::request::{Deadline, Request};
use crate::response::Response;
use crate::transport::Transport;

/// Sends to a `tower` service in the same process, by the same rules for base path, cap and deadline as over TCP.
///
/// The service runs in a task of its own, so that, as over a network, it goes on when the caller gives up.
/// The transport owns these tasks: [`InMemoryTransport::quiesce`] waits for them, dropping the transport ends them.
pub struct InMemoryTransport<S> {
    base: BaseUrl,
    service: Mutex<S>,
    mischief: Option<Arc<dyn Mischief>>,
    sent: AtomicU64,
    running: Mutex<JoinSet<()>>,
}

impl<S> InMemoryTransport<S> {
    /// A transport to `service`, which sees paths below the prefix of `base` and `base`'s host.
    #[must_use]
    pub fn new(base: BaseUrl, service: S) -> Self {
        Self {
            base,
            service: Mutex::new(service),
            mischief: None,
            sent: AtomicU64::new(0),
            running: Mutex::new(JoinSet::new()),
        }
    }

    /// Lets `mischief` decide what goes wrong with each request.
    #[must_use]
    pub fn with_mischief(mut self, mischief: impl Mischief) -> Self {
        self.mischief = Some(Arc::new(mischief));
        self
    }

    /// How many requests were handed to this transport, those that went wrong included.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Waits until the service has finished every request that reached it, those given up by their callers included.
    pub async fn quiesce(&self) {
        while poll_fn(|cx| lock(&self.running).poll_join_next(cx)).await.is_some() {}
    }

    fn trick(&self, request: &Request) -> Trick {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        match &self.mischief {
            Some(mischief) => mischief.trick(&Attempt::new(number, request)),
            None => Trick::Pass,
        }
    }

    fn wire(&self, request: Request) -> Result<http::Request<Full<Bytes>>, InvalidInput> {
        // The same check as over TCP, so that no simulation accepts what production refuses.
        self.base.join(&request.path)?;
        let malformed = |_| InvalidInput::new("path", "cannot be sent");
        let length = request.body.as_ref().map(Bytes::len);
        let mut wire = http::Request::new(Full::new(request.body.unwrap_or_default()));
        *wire.method_mut() = request.method.to_http();
        *wire.uri_mut() = self.base.path_and_query(&request.path).parse().map_err(malformed)?;
        *wire.headers_mut() = request.headers;
        let host =
            HeaderValue::from_str(self.base.authority()).map_err(|_| InvalidInput::new("host", "cannot be sent"))?;
        wire.headers_mut().insert(HOST, host);
        if length.is_some() || request.method.wants_length() {
            let length = HeaderValue::from(length.unwrap_or_default());
            wire.headers_mut().insert(CONTENT_LENGTH, length);
        }
        Ok(wire)
    }
}

impl<S, B> InMemoryTransport<S>
where
    S: Service<http::Request<Full<Bytes>>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Error: Into<Cause>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Cause>,
{
    async fn exchange(&self, request: Request, place: &Place) -> Result<Response, TransportError> {
        let (deadline, cap) = (request.deadline, request.body_cap);
        let not_sent = |reason| TransportError::not_sent(reason, place.clone(), None);
        let out_of_time = || TransportError::lost(Lost::Deadline, None, place.clone(), None);
        if deadline.remaining().is_zero() {
            return Err(not_sent(NotSent::DeadlinePassed));
        }
        let trick = self.trick(&request);
        let wire = self
            .wire(request)
            .map_err(|invalid| not_sent(NotSent::InvalidInput(invalid)))?;

        let late = match &trick {
            Trick::NotSent(reason) => return Err(not_sent(reason.clone())),
            Trick::Answer {
                status,
                content_type,
                body,
            } => {
                return Ok(answer(*status, content_type, body).from_place(place.clone()));
            }
            Trick::CutRequest => return Err(broken(place, None)),
            Trick::DropRequest => {
                sleep_until(deadline.instant()).await;
                return Err(out_of_time());
            }
            Trick::DelayRequest(late) => *late,
            Trick::Pass
            | Trick::DropReply
            | Trick::Reset
            | Trick::DelayReply(_)
            | Trick::StallBody
            | Trick::CutBody => Duration::ZERO,
        };
        let reply = self.serve(wire, late);
        if trick == Trick::DropReply {
            sleep_until(deadline.instant()).await;
            return Err(out_of_time());
        }
        let reply = timeout_at(deadline.instant(), async {
            let reply = reply.await;
            if let Trick::DelayReply(late) = trick {
                sleep(late).await;
            }
            reply
        });
        match reply.await {
            Err(_elapsed) => Err(out_of_time()),
            Ok(Ok(Ok(reply))) if trick == Trick::StallBody => {
                sleep_until(deadline.instant()).await;
                let status = Some(reply.status().as_u16());
                Err(TransportError::lost(Lost::Deadline, status, place.clone(), None))
            }
            Ok(Ok(Ok(reply))) if trick != Trick::Reset => {
                read(reply, cap, deadline, place, trick == Trick::CutBody).await
            }
            Ok(Ok(Err(cause))) => Err(broken(place, Some(cause))),
            Ok(Ok(Ok(_)) | Err(_)) => Err(broken(place, None)),
        }
    }

    /// Runs the service in a task that this transport owns.
    fn serve(
        &self,
        wire: http::Request<Full<Bytes>>,
        late: Duration,
    ) -> oneshot::Receiver<Result<http::Response<B>, Cause>> {
        let (reply, replied) = oneshot::channel();
        let mut service = lock(&self.service).clone();
        let mut running = lock(&self.running);
        while running.try_join_next().is_some() {}
        running.spawn(async move {
            if !late.is_zero() {
                sleep(late).await;
            }
            let ready: Result<(), Cause> = poll_fn(|cx| service.poll_ready(cx).map_err(Into::into)).await;
            let result = match ready {
                Ok(()) => service.call(wire).await.map_err(Into::into),
                Err(cause) => Err(cause),
            };
            // Nobody listens if the caller gave up; the service has acted all the same.
            let _given_up = reply.send(result);
        });
        replied
    }
}

#[async_trait]
impl<S, B> Transport for InMemoryTransport<S>
where
    S: Service<http::Request<Full<Bytes>>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Error: Into<Cause>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Cause>,
{
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let place = self.base.place(request.method, &request.path);
        let told = request.confidential();
        Ok(self.exchange(request, &place).await?.answering(told))
    }
}

impl<S> fmt::Debug for InMemoryTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryTransport")
            .field("base", &self.base)
            .field("mischief", &self.mischief.is_some())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}

async fn read<B>(
    reply: http::Response<B>,
    cap: usize,
    deadline: Deadline,
    place: &Place,
    cut: bool,
) -> Result<Response, TransportError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Cause>,
{
    let (parts, body) = reply.into_parts();
    let status = parts.status.as_u16();
    let lost = |phase, cause| TransportError::lost(phase, Some(status), place.clone(), cause);
    let too_large = |TooLarge| lost(Lost::TooLarge, None);
    if cut {
        return Err(lost(Lost::Body, None));
    }

    let mut body = pin!(body);
    let mut whole = Capped::new(cap, body.size_hint().exact()).map_err(too_large)?;
    loop {
        match timeout_at(deadline.instant(), body.frame()).await {
            Ok(Some(Ok(frame))) => {
                if let Ok(chunk) = frame.into_data() {
                    whole.push(chunk).map_err(too_large)?;
                }
            }
            Ok(None) => break,
            Ok(Some(Err(error))) => return Err(lost(Lost::Body, Some(error.into()))),
            Err(_elapsed) => return Err(lost(Lost::Deadline, None)),
        }
    }
    Ok(Response::new(status, parts.headers, whole.finish()).from_place(place.clone()))
}

fn answer(status: u16, content_type: &'static str, body: &Bytes) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(content_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    Response::new(status, headers, body.clone())
}

fn broken(place: &Place, cause: Option<Cause>) -> TransportError {
    TransportError::lost(Lost::BeforeHeaders, None, place.clone(), cause)
}

/// Nothing panics while it holds one of these locks, so that a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
