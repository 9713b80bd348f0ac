//! The refusal of a value before any I/O: names the part and the reason, never the value, which may be a secret or a number.

use std::borrow::Cow;

/// A value that must not be put into a request; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} {why}")]
pub struct InvalidInput {
    what: Cow<'static, str>,
    why: Cow<'static, str>,
}

impl InvalidInput {
    /// Says which part (`header "guid"`) and why (`is empty`); must not hold the value itself.
    #[must_use]
    pub fn new(what: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
        }
    }

    /// The part of the request that was refused.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }
}
