//! One business request: the token goes into its body (or, for callers that are no tenants, into its headers), and one re-send follows where the vendor provably refused it for its token.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callcontrol_core::Result;
use callcontrol_http::{ApiPath, Deadline, Idempotency, Method, Request, Response, Transport, fault};

use crate::config::{Caller, OifdeConfig, SuccessWithoutCode};
use crate::faults::{self, Reading};
use crate::private::Private;
use crate::token::{Token, TokenKeeper};
use crate::wire::Object;
use crate::wire::envelope::Envelope;

/// What is sent and how its answer is read.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) what: &'static str,
    pub(crate) method: Method,
    pub(crate) path: ApiPath,
    /// Without the token. `None`: no body, and so no token.
    pub(crate) body: Option<Object>,
    pub(crate) idempotency: Idempotency,
    /// What else must not be shown of this exchange.
    pub(crate) private: Private,
}

/// The way to the vendor.
#[derive(Debug)]
pub(crate) struct Link {
    transport: Arc<dyn Transport>,
    tokens: TokenKeeper,
    without_code: SuccessWithoutCode,
    caller: Caller,
    account: String,
}

impl Link {
    pub(crate) fn new(transport: Arc<dyn Transport>, config: &OifdeConfig) -> Self {
        Self {
            tokens: TokenKeeper::new(Arc::clone(&transport), config.clone()),
            transport,
            without_code: config.success_without_code,
            caller: config.caller,
            account: config.account().to_owned(),
        }
    }

    /// Makes sure that there is a token: wrong credentials fail here.
    pub(crate) async fn sign_in(&self, deadline: Deadline) -> Result<()> {
        self.tokens.token(None, deadline).await.map(drop)
    }

    /// Sends an order and takes success out of its answer. `on_wire` is true while the vendor may have the order.
    pub(crate) async fn order(&self, order: &Order, on_wire: &AtomicBool, deadline: Deadline) -> Result<Envelope> {
        let (response, token) = self.exchange(order, on_wire, deadline).await?;
        let token = token.map_or_else(Private::default, |token| Private::default().and(token.text.reveal()));
        let response = token.hide_echo(response);
        let private = order.private.clone().with(&token);
        let reading = Reading {
            what: order.what,
            idempotency: order.idempotency,
            without_code: match order.idempotency {
                // Several queries document that success has no code (vendor page, section 11).
                Idempotency::Query => SuccessWithoutCode::Accept,
                Idempotency::Command => self.without_code,
            },
            holds_secret: false,
            private: &private,
        };
        faults::judge(&response, &reading)
    }

    /// Sends an order and gives back its answer as it came, with the token it was sent with.
    pub(crate) async fn exchange(
        &self,
        order: &Order,
        on_wire: &AtomicBool,
        deadline: Deadline,
    ) -> Result<(Response, Option<Arc<Token>>)> {
        let Some(body) = &order.body else {
            let request = Request::new(order.method, order.path.clone(), deadline);
            return Ok((self.send(request, order.idempotency, on_wire).await?, None));
        };
        let token = self.tokens.token(None, deadline).await?;
        let response = self.send_with(&token, order, body, on_wire, deadline).await?;
        if !faults::is_token_refusal(&response) {
            return Ok((response, Some(token)));
        }
        on_wire.store(false, Ordering::Release);
        tracing::debug!(target: "callcontrol::huawei_oifde", what = order.what, "the token was refused, once more with a new one");
        let token = self.tokens.token(Some(&token), deadline).await?;
        let response = self.send_with(&token, order, body, on_wire, deadline).await?;
        Ok((response, Some(token)))
    }

    async fn send_with(
        &self,
        token: &Token,
        order: &Order,
        body: &Object,
        on_wire: &AtomicBool,
        deadline: Deadline,
    ) -> Result<Response> {
        let request = Request::new(order.method, order.path.clone(), deadline);
        let request = match self.caller {
            Caller::Tenant => {
                let mut body = body.clone();
                body.insert("authToken".to_owned(), token.text.reveal().into());
                request.json(&body)?
            }
            Caller::System | Caller::Internal => {
                let request = request.header("username", &self.account)?;
                request.sensitive_header("token", token.text.reveal())?.json(body)?
            }
        };
        self.send(request, order.idempotency, on_wire).await
    }

    async fn send(&self, request: Request, idempotency: Idempotency, on_wire: &AtomicBool) -> Result<Response> {
        on_wire.store(true, Ordering::Release);
        let reply = self.transport.send(request).await;
        reply.map_err(|error| fault::from_transport(error, idempotency))
    }
}
