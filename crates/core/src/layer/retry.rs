//! Tries again what provably did nothing and may pass by itself: connection refused, back-end down, too early. Nothing else, ever:
//! a command whose fate is unknown is never sent twice. A budget keeps a storm from growing.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};

use super::Service;
use crate::command::{Command, Reply};
use crate::context::OpCx;
use crate::error::{Error, Result};
use crate::id::OpId;
use crate::sync::lock;

#[derive(Debug)]
pub(super) struct Retry {
    inner: Arc<dyn Service>,
    delays: ExponentialBuilder,
    budget: Budget,
}

impl Retry {
    pub(super) fn new(inner: Arc<dyn Service>, retries: usize) -> Self {
        let delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(retries)
            .with_jitter();
        Self {
            inner,
            delays,
            budget: Budget::default(),
        }
    }
}

#[async_trait]
impl Service for Retry {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        // Chance from the operation's own id, so that a simulated run repeats.
        let mut delays = self.delays.with_jitter_seed(seed(&cx.op)).build();
        loop {
            let error = match self.inner.call(command.clone(), cx).await {
                Ok(reply) => {
                    self.budget.earn();
                    return Ok(reply);
                }
                Err(error) => error,
            };
            let Some(delay) = may_repeat(&command, &error).then(|| delays.next()).flatten() else {
                return Err(error);
            };
            // Not before the server wants to hear of it again.
            let delay = error.retry_after().map_or(delay, |wait| delay.max(wait));
            let in_time = cx.remaining().is_none_or(|left| left > delay);
            if !in_time || !self.budget.spend() {
                return Err(error);
            }
            tracing::debug!(target: "callcontrol::op", %error, millis = delay.as_millis(), "nothing happened, trying again");
            tokio::time::sleep(delay).await;
        }
    }
}

fn seed(op: &OpId) -> u64 {
    let mut hash = std::hash::DefaultHasher::new();
    op.as_str().hash(&mut hash);
    hash.finish()
}

fn may_repeat(command: &Command, error: &Error) -> bool {
    error.is_retryable() || (command.is_query() && error.kind().is_transient())
}

/// At most one retry for every five successes, with a small purse to start from.
#[derive(Debug)]
struct Budget(Mutex<f64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Mutex::new(PURSE))
    }
}

impl Budget {
    fn earn(&self) {
        let mut purse = lock(&self.0);
        *purse = (*purse + 0.2).min(PURSE);
    }

    fn spend(&self) -> bool {
        let mut purse = lock(&self.0);
        let can = *purse >= 1.0;
        if can {
            *purse -= 1.0;
        }
        can
    }
}

const PURSE: f64 = 10.0;
