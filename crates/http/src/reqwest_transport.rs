//! The production transport: reqwest with every convenience switched off that could resend, redirect, leak or wait for ever.

use std::fmt;

use async_trait::async_trait;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue};
use reqwest::{Client, Proxy, redirect, retry};
use tokio::time::timeout_at;

use crate::base_url::BaseUrl;
use crate::body::{Capped, TooLarge};
use crate::config::TransportConfig;
use crate::error::{ConfigError, Lost, NotSent, Place, TransportError};
use crate::request::{Deadline, Request};
use crate::reqwest_faults::{body_failure, send_failure};
use crate::response::Response;
use crate::tls;
use crate::transport::Transport;
use crate::witness::Witness;

/// Sends over TCP and TLS to one origin. Make one per server and share it: it holds the connection pool.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Client,
    base: BaseUrl,
}

impl ReqwestTransport {
    /// A transport for the configured origin. Connects to nothing yet.
    ///
    /// # Errors
    /// If certificates, proxy or user agent cannot be used.
    pub fn new(config: &TransportConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client(config)?,
            base: config.base.clone(),
        })
    }

    async fn exchange(&self, request: Request, place: &Place) -> Result<Response, TransportError> {
        let (deadline, cap) = (request.deadline, request.body_cap);
        if deadline.remaining().is_zero() {
            return Err(TransportError::not_sent(NotSent::DeadlinePassed, place.clone(), None));
        }
        let told = request.confidential();
        let (wire, witness) = self.prepare(request, place)?;
        let reply = match timeout_at(deadline.instant(), self.client.execute(wire)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => return Err(send_failure(error, &witness, place)),
            Err(_elapsed) if witness.revoke() => {
                let reason = NotSent::ConnectTimeout;
                return Err(TransportError::not_sent(reason, place.clone(), None));
            }
            Err(_elapsed) => {
                return Err(TransportError::lost(Lost::Deadline, None, place.clone(), None));
            }
        };
        Ok(read(reply, cap, deadline, place).await?.answering(told))
    }

    fn prepare(&self, request: Request, place: &Place) -> Result<(reqwest::Request, Witness), TransportError> {
        let url = self
            .base
            .join(&request.path)
            .map_err(|invalid| TransportError::not_sent(NotSent::InvalidInput(invalid), place.clone(), None))?;
        let mut wire = reqwest::Request::new(request.method.to_http(), url);
        *wire.headers_mut() = request.headers;
        if request.method.wants_length() && request.body.as_ref().is_none_or(|body| body.is_empty()) {
            wire.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let (body, witness) = Witness::body(request.body);
        *wire.body_mut() = Some(reqwest::Body::wrap(body));
        Ok((wire, witness))
    }
}

/// The client's own `Debug` would tell the proxy's password.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReqwestTransport({})", self.base)
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let place = self.base.place(request.method, &request.path);
        let result = self.exchange(request, &place).await;
        match &result {
            Ok(reply) => tracing::trace!(%place, status = reply.status, "reply"),
            Err(error) => tracing::debug!(%error, "no reply"),
        }
        result
    }
}

async fn read(
    mut reply: reqwest::Response,
    cap: usize,
    deadline: Deadline,
    place: &Place,
) -> Result<Response, TransportError> {
    let status = reply.status().as_u16();
    let lost = |phase| TransportError::lost(phase, Some(status), place.clone(), None);
    let too_large = |TooLarge| lost(Lost::TooLarge);

    let mut body = Capped::new(cap, reply.content_length()).map_err(too_large)?;
    loop {
        match timeout_at(deadline.instant(), reply.chunk()).await {
            Ok(Ok(Some(chunk))) => body.push(chunk).map_err(too_large)?,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(body_failure(error, status, place)),
            Err(_elapsed) => return Err(lost(Lost::Deadline)),
        }
    }
    let headers: HeaderMap = std::mem::take(reply.headers_mut());
    Ok(Response::new(status, headers, body.finish()).from_place(place.clone()))
}

/// The one place where the safe settings live (faults.md, section 1, holds what each prevents).
fn client(config: &TransportConfig) -> Result<Client, ConfigError> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls::client_config(config)?)
        .https_only(config.base.is_https())
        .http1_only()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(config.connect_timeout)
        .tcp_nodelay(true)
        .tcp_keepalive(config.keepalive)
        .tcp_keepalive_interval(config.keepalive)
        .tcp_keepalive_retries(KEEPALIVE_RETRIES)
        .pool_idle_timeout(config.idle_timeout)
        .user_agent(&config.user_agent);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    {
        builder = builder.tcp_user_timeout(TCP_USER_TIMEOUT);
    }
    if let Some(proxy) = &config.proxy {
        builder = builder.proxy(proxy_to(proxy)?);
    }
    builder
        .build()
        .map_err(|error| ConfigError::because("the HTTP client cannot be made", error.without_url()))
}

fn proxy_to(url: &url::Url) -> Result<Proxy, ConfigError> {
    Proxy::all(url.as_str()).map_err(|_| ConfigError::new("the proxy's URL cannot be used"))
}

const KEEPALIVE_RETRIES: u32 = 3;
/// Written bytes that nobody acknowledges for this long mean a dead peer, whatever the deadline of a long poll.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const TCP_USER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);
