//! Runs each command in a task of the stack's, so that an application that drops its future neither un-sends a request nor leaves one half-way.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::Service;
use crate::command::{Command, Reply};
use crate::context::OpCx;
use crate::error::{Effect, Error, ErrorKind, Result};

/// The tasks of one stack; stopped and awaited by its shutdown.
#[derive(Debug, Clone, Default)]
pub(super) struct Tasks {
    running: TaskTracker,
    abandoned: CancellationToken,
}

impl Tasks {
    /// No new commands; waits for the running ones at most `grace`, and then ends what is left: nobody knows what became of it.
    pub(super) async fn close_and_wait(&self, grace: Duration) {
        self.running.close();
        if tokio::time::timeout(grace, self.running.wait()).await.is_err() {
            tracing::warn!(target: "callcontrol::op", running = self.running.len(), "commands abandoned at shutdown");
            self.abandoned.cancel();
            self.running.wait().await;
        }
    }
}

#[derive(Debug)]
pub(super) struct Detach {
    inner: Arc<dyn Service>,
    tasks: Tasks,
}

impl Detach {
    pub(super) fn new(inner: Arc<dyn Service>, tasks: Tasks) -> Self {
        Self { inner, tasks }
    }
}

#[async_trait]
impl Service for Detach {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        if self.tasks.running.is_closed() {
            return Err(Error::new(
                ErrorKind::Closed,
                Effect::None,
                "this call control has been shut down",
            ));
        }
        let (inner, cx, abandoned) = (Arc::clone(&self.inner), cx.clone(), self.tasks.abandoned.clone());
        let exchange = async move {
            tokio::select! {
                biased;
                result = inner.call(command, &cx) => result,
                () = abandoned.cancelled() => Err(Error::new(
                    ErrorKind::Closed,
                    Effect::Unknown,
                    "shut down while the command was on its way",
                )),
            }
        };
        let exchange = exchange.in_current_span();
        self.tasks.running.spawn(exchange).await.unwrap_or_else(|failure| {
            let what = if failure.is_panic() {
                "the adapter panicked"
            } else {
                "the runtime is shutting down"
            };
            Err(Error::new(ErrorKind::Internal, Effect::Unknown, what))
        })
    }
}
