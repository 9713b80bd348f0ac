//! The tenant's token: asked for when needed, renewed early, and by one request for however many tasks wait for it.
//!
//! A renewal is a future shared by those who wait for it. It goes on as long as one of them waits and ends with the last,
//! so that there is no task that anybody would have to stop.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result, Secret};
use callcontrol_http::{Deadline, Idempotency, Request, Transport, fault};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::time::Instant;

use crate::config::{OifdeConfig, SuccessWithoutCode};
use crate::faults::{self, Reading};
use crate::private::Private;
use crate::wire::token::{self, Granted};

/// A token and how long it is good for.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) text: Secret,
    generation: u64,
    renew_at: Instant,
    expires_at: Instant,
}

/// Hands out the token; clones share it.
#[derive(Clone)]
pub(crate) struct TokenKeeper {
    shelf: Arc<Shelf>,
}

struct Shelf {
    transport: Arc<dyn Transport>,
    config: OifdeConfig,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Arc<Token>>,
    generation: u64,
    renewal: Option<WeakShared<Renewal>>,
    refused: Option<Refused>,
    no_early_renewal_before: Option<Instant>,
}

type Renewal = BoxFuture<'static, Result<Arc<Token>>>;

/// Credentials that the vendor does not accept, remembered so that nobody gets the account locked by trying again.
struct Refused {
    password: Secret,
    error: Error,
    until: Instant,
}

enum Next {
    Use(Arc<Token>),
    /// Wait for the renewal; if it fails, the old token is still good.
    Await(Shared<Renewal>, Option<Arc<Token>>),
}

impl TokenKeeper {
    pub(crate) fn new(transport: Arc<dyn Transport>, config: OifdeConfig) -> Self {
        Self {
            shelf: Arc::new(Shelf {
                transport,
                config,
                state: Mutex::default(),
            }),
        }
    }

    /// A token that is good as far as anybody knows, renewed if need be. `refused` is one that the vendor has just refused.
    pub(crate) async fn token(&self, refused: Option<&Token>, deadline: Deadline) -> Result<Arc<Token>> {
        let (renewal, old) = match self.next(refused) {
            Next::Use(token) => return Ok(token),
            Next::Await(renewal, old) => (renewal, old),
        };
        // With a token in hand, half of the time is kept for the command itself.
        let patience = deadline.remaining() / if old.is_some() { 2 } else { 1 };
        let renewed = tokio::time::timeout(patience, renewal).await;
        let renewed = renewed.unwrap_or_else(|_| {
            let message = format!("no token within {} ms, the command was not sent", patience.as_millis());
            Err(Error::new(ErrorKind::Timeout, Effect::None, message))
        });
        match (renewed, old) {
            (Err(error), Some(old)) => {
                tracing::warn!(target: TARGET, %error, "the token could not be renewed early, the old one is used while it lasts");
                self.shelf.state().no_early_renewal_before = Some(Instant::now() + RENEWAL_PAUSE);
                Ok(old)
            }
            (renewed, _) => renewed,
        }
    }

    fn next(&self, refused: Option<&Token>) -> Next {
        let now = Instant::now();
        let mut state = self.shelf.state();
        state.drop_refused(refused);
        let old = state.token.clone().filter(|token| now < token.expires_at);
        if let Some(token) = &old
            && (now < token.renew_at || state.no_early_renewal_before.is_some_and(|pause| now < pause))
        {
            return Next::Use(Arc::clone(token));
        }
        let running = state.renewal.as_ref().and_then(WeakShared::upgrade);
        let renewal = running.unwrap_or_else(|| {
            let renewal = Arc::clone(&self.shelf).renew().boxed().shared();
            state.renewal = renewal.downgrade();
            renewal
        });
        Next::Await(renewal, old)
    }
}

impl State {
    /// Another task may have renewed it meanwhile; then there is nothing to drop.
    fn drop_refused(&mut self, refused: Option<&Token>) {
        let Some(refused) = refused else {
            return;
        };
        if self
            .token
            .as_ref()
            .is_some_and(|token| token.generation == refused.generation)
        {
            self.token = None;
        }
    }
}

impl Shelf {
    async fn renew(self: Arc<Self>) -> Result<Arc<Token>> {
        let password = self.config.api_password.resolve()?;
        self.check_remembered(&password)?;
        let asked_at = Instant::now();
        match self.ask(&password).await {
            Ok(granted) => Ok(self.keep(granted, asked_at)),
            Err(error) => {
                self.remember(&error, password);
                Err(error)
            }
        }
    }

    async fn ask(&self, password: &Secret) -> Result<Granted> {
        tracing::debug!(target: TARGET, "gettoken");
        let request = Request::post(token::path(), self.config.token_timeout());
        let request = request.json(&token::body(self.config.account(), password))?;
        let private = Private::default().and(password.reveal());
        let reply = self.transport.send(request).await;
        let response = reply.map_err(|error| fault::from_transport(error, Idempotency::Query))?;
        let reading = Reading {
            what: "gettoken answer",
            idempotency: Idempotency::Query,
            // The token itself is the sign of success.
            without_code: SuccessWithoutCode::Accept,
            holds_secret: true,
            private: &private,
        };
        let answer = faults::judge(&response, &reading).map_err(|error| match response.status {
            401 if error.kind() == ErrorKind::SessionLost => error.with_kind(ErrorKind::Credentials),
            _ => error,
        })?;
        token::granted(&answer)
    }

    fn keep(&self, granted: Granted, asked_at: Instant) -> Arc<Token> {
        let lifetime = granted.lifetime.unwrap_or(self.config.token_lifetime());
        let early = u32::try_from(self.config.renew_at_percent).unwrap_or(100);
        let mut state = self.state();
        state.generation += 1;
        let token = Arc::new(Token {
            text: granted.token,
            generation: state.generation,
            renew_at: asked_at + lifetime * early / 100,
            expires_at: asked_at + lifetime,
        });
        state.token = Some(Arc::clone(&token));
        state.refused = None;
        state.no_early_renewal_before = None;
        tracing::debug!(target: TARGET, lifetime_s = lifetime.as_secs(), "token granted");
        token
    }

    fn remember(&self, error: &Error, password: Secret) {
        let now = Instant::now();
        // 403 counts too: users report it for a wrong key as well as for an address that is not admitted (vendor page, section 2).
        if matches!(error.kind(), ErrorKind::Credentials | ErrorKind::Permission) {
            tracing::warn!(target: TARGET, %error, "the vendor refuses the tenant's credentials");
            self.state().refused = Some(Refused {
                password,
                error: error.clone(),
                until: now + self.config.credentials_pause(),
            });
        }
    }

    fn check_remembered(&self, password: &Secret) -> Result<()> {
        let now = Instant::now();
        let state = self.state();
        let Some(refused) = &state.refused else {
            return Ok(());
        };
        if now >= refused.until || refused.password.reveal() != password.reveal() {
            return Ok(());
        }
        let seconds = refused.until.saturating_duration_since(now).as_secs();
        let message = format!(
            "{} (refused before; nothing was sent, and the same password is not tried again for {seconds} s)",
            refused.error.message()
        );
        let error = Error::new(refused.error.kind(), Effect::None, message);
        Err(match refused.error.native() {
            Some(native) => error.with_native(native.clone()),
            None => error,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every critical section leaves the state whole, so that a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TokenKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeeper")
    }
}

const TARGET: &str = "callcontrol::huawei_oifde";

/// After a failed early renewal, while the old token is still good.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);
