//! A span per operation, and errors made complete: every error that leaves the stack names its operation, its call and its id.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;
use tracing::Instrument;

use super::Service;
use crate::command::{Command, Reply};
use crate::context::OpCx;
use crate::error::Result;
use crate::id::AdapterId;

#[derive(Debug)]
pub(super) struct Trace {
    inner: Arc<dyn Service>,
    adapter: AdapterId,
}

impl Trace {
    pub(super) fn new(inner: Arc<dyn Service>, adapter: AdapterId) -> Self {
        Self { inner, adapter }
    }
}

#[async_trait]
impl Service for Trace {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        let name = command.name();
        let call = command.call().cloned();
        let span = tracing::info_span!(
            target: "callcontrol::op",
            "operation",
            adapter = %self.adapter,
            operation = name,
            op = %cx.op,
            session = command.session().map(tracing::field::display),
            call = call.as_ref().map(tracing::field::display),
            trace_parent = cx.trace_parent.as_deref(),
        );
        let started = Instant::now();
        let result = self.inner.call(command, cx).instrument(span.clone()).await;
        let result = result.map_err(|error| {
            let error = error.during(name).with_op(&cx.op);
            match &call {
                Some(call) => error.on_call(call),
                None => error,
            }
        });
        let millis = started.elapsed().as_millis();
        span.in_scope(|| match &result {
            Ok(_) => tracing::debug!(target: "callcontrol::op", millis, "accepted"),
            Err(error) => tracing::warn!(target: "callcontrol::op", millis, %error, "failed"),
        });
        result
    }
}
