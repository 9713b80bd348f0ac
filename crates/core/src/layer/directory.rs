//! Turns logical targets into vendor addresses before anything else looks at them.

use std::sync::Arc;

use async_trait::async_trait;

use super::Service;
use crate::command::{Command, Reply};
use crate::context::OpCx;
use crate::directory::Directory;
use crate::error::Result;

#[derive(Debug)]
pub(super) struct Resolve {
    inner: Arc<dyn Service>,
    directory: Directory,
}

impl Resolve {
    pub(super) fn new(inner: Arc<dyn Service>, directory: Directory) -> Self {
        Self { inner, directory }
    }
}

#[async_trait]
impl Service for Resolve {
    async fn call(&self, mut command: Command, cx: &OpCx) -> Result<Reply> {
        for target in command.targets_mut() {
            *target = self.directory.resolve(target.clone())?;
        }
        self.inner.call(command, cx).await
    }
}
