//! What travels with every command: who it is, until when it may take, and where it belongs in a trace.

use std::time::Duration;

use tokio::time::Instant;

use crate::id::OpId;

/// The context of one operation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OpCx {
    /// The operation's id. Supply your own to make a repeated command harmless: a duplicate gets the same receipt.
    pub op: OpId,
    deadline: Option<Instant>,
    /// A trace parent in W3C form, passed to spans.
    pub trace_parent: Option<String>,
}

impl OpCx {
    /// A fresh operation id, no deadline of its own (the stack's default applies).
    #[must_use]
    pub fn new() -> Self {
        Self::with_op(OpId::fresh())
    }

    /// This operation id.
    #[must_use]
    pub fn with_op(op: OpId) -> Self {
        Self {
            op,
            deadline: None,
            trace_parent: None,
        }
    }

    /// The exchange with the vendor may take this long from now.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.deadline = Some(Instant::now() + limit);
        self
    }

    /// What is left, if there is a deadline: zero when it has passed.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// What is left, or `default` where there is no deadline.
    #[must_use]
    pub fn remaining_or(&self, default: Duration) -> Duration {
        self.remaining().unwrap_or(default)
    }

    pub(crate) fn or_within(&self, limit: Duration) -> Self {
        if self.deadline.is_some() {
            self.clone()
        } else {
            self.clone().within(limit)
        }
    }
}

impl Default for OpCx {
    fn default() -> Self {
        Self::new()
    }
}
