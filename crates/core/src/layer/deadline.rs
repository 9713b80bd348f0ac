//! Every exchange ends in time. The transport enforces the same deadline and knows better what was written; this layer is the last word
//! for everything that is not the transport.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Service;
use crate::command::{Command, Reply};
use crate::context::OpCx;
use crate::error::{Effect, Error, ErrorKind, Result};

#[derive(Debug)]
pub(super) struct Deadline {
    inner: Arc<dyn Service>,
    default: Duration,
}

impl Deadline {
    pub(super) fn new(inner: Arc<dyn Service>, default: Duration) -> Self {
        Self { inner, default }
    }
}

#[async_trait]
impl Service for Deadline {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        let cx = cx.or_within(self.default);
        let limit = cx.remaining_or(self.default);
        // The inner future is polled first: when both end at the same instant, the transport's own verdict counts.
        match tokio::time::timeout(limit, self.inner.call(command, &cx)).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                Effect::Unknown,
                format!("no answer within {} ms", limit.as_millis()),
            )),
        }
    }
}
