//! Whom a session supervises, and how: the gateway has no event for it (section 9), so that its answers are all there is to know.

use callcontrol_core::SupervisionMode;

/// A running supervision, as the gateway's answers told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Supervision {
    /// The supervised agent's id.
    pub(crate) agent: String,
    pub(crate) mode: SupervisionMode,
}
