//! What commands point at: a call, a leg of it, a consult.

use serde::{Deserialize, Serialize};

use crate::id::{CallId, OpId, SessionId};

/// A call of a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallRef {
    /// Whose.
    pub session: SessionId,
    /// Which.
    pub call: CallId,
}

/// The session's own leg of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LegRef {
    /// Whose leg.
    pub session: SessionId,
    /// Of which call.
    pub call: CallId,
}

impl From<CallRef> for LegRef {
    fn from(call: CallRef) -> Self {
        Self {
            session: call.session,
            call: call.call,
        }
    }
}

impl From<LegRef> for CallRef {
    fn from(leg: LegRef) -> Self {
        Self {
            session: leg.session,
            call: leg.call,
        }
    }
}

/// A consult, small and serialisable: enough to go on with it after a restart of the application's own parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConsultRef {
    /// The operation that began it; its identity.
    pub id: OpId,
    /// The customer's call.
    pub call: CallRef,
}
