//! A platform that answers nothing but failures is left alone: after a row of them commands are refused here, with nothing sent, and after a pause one at a time
//! goes to see. Only failures that say nothing of the command count: no connection, a server in trouble, too many requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::Service;
use crate::command::{Command, Reply};
use crate::context::OpCx;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::sync::lock;

#[derive(Debug)]
pub(super) struct Circuit {
    inner: Arc<dyn Service>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In a row, over all sessions.
    failures: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    until: Instant,
    pause: Duration,
    probing: bool,
}

impl Circuit {
    pub(super) fn new(inner: Arc<dyn Service>) -> Self {
        Self {
            inner,
            state: Mutex::default(),
        }
    }

    /// Lets a command pass, the first after the pause as a probe.
    fn enter(&self) -> Result<Pass<'_>> {
        let mut state = lock(&self.state);
        let failures = state.failures;
        let now = Instant::now();
        match &mut state.open {
            None => Ok(Pass {
                circuit: self,
                probe: false,
            }),
            Some(open) if now >= open.until && !open.probing => {
                open.probing = true;
                Ok(Pass {
                    circuit: self,
                    probe: true,
                })
            }
            Some(open) => Err(refused(
                failures,
                open.until.saturating_duration_since(now).max(PROBE_TAKES),
            )),
        }
    }

    fn saw(&self, failed: bool) {
        let mut state = lock(&self.state);
        if !failed {
            if state.open.take().is_some() {
                tracing::info!(target: "callcontrol::op", "the platform answers again");
            }
            state.failures = 0;
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures < TRIPS_AFTER {
            return;
        }
        let now = Instant::now();
        match &mut state.open {
            None => {
                tracing::warn!(target: "callcontrol::op", "{TRIPS_AFTER} failures in a row: commands are held back, with a probe from time to time");
                state.open = Some(Open {
                    until: now + FIRST_PAUSE,
                    pause: FIRST_PAUSE,
                    probing: false,
                });
            }
            // Commands that were on their way when it opened change nothing.
            Some(open) if open.probing => {
                open.pause = open.pause.saturating_mul(2).min(LONGEST_PAUSE);
                open.until = now + open.pause;
            }
            Some(_) => {}
        }
    }
}

/// A command on its way; a probe that is dropped lets the next one go.
struct Pass<'a> {
    circuit: &'a Circuit,
    probe: bool,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.probe {
            return;
        }
        if let Some(open) = &mut lock(&self.circuit.state).open {
            open.probing = false;
        }
    }
}

#[async_trait]
impl Service for Circuit {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        let _pass = self.enter()?;
        let result = self.inner.call(command, cx).await;
        self.saw(result.as_ref().is_err_and(tells_of_trouble));
        result
    }
}

fn refused(failures: u32, wait: Duration) -> Error {
    let text = format!("the platform failed {failures} times in a row; nothing was sent");
    Error::new(ErrorKind::Unreachable, Effect::None, text).with_retry_after(Some(wait))
}

/// No time-outs: they come one by one, and a caller with little patience makes them himself.
fn tells_of_trouble(error: &Error) -> bool {
    let status = error.native().and_then(|native| native.http_status);
    match error.kind() {
        ErrorKind::Unreachable | ErrorKind::RateLimited => true,
        // Some vendors answer 500 where they mean a refusal; the adapter knows.
        ErrorKind::VendorFailure | ErrorKind::Protocol | ErrorKind::Timeout => {
            status.is_some_and(|status| status >= 500)
        }
        _ => false,
    }
}

/// Far more than one agent's bad luck.
const TRIPS_AFTER: u32 = 20;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Whoever waits for the platform to be back should not wait much longer than it takes.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// About what a probe takes; whoever comes meanwhile is to ask again after it.
const PROBE_TAKES: Duration = Duration::from_millis(200);
