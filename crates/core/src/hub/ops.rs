//! Operations that wait for their outcome, and for a while those that have one: looked up by id, by call, by session.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::capability::Operation;
use crate::id::{CallId, OpId, SessionId};
use crate::receipt::{Outcome, OutcomeHandle};

/// An operation whose outcome is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its id.
    pub op: OpId,
    /// Which operation.
    pub operation: Operation,
    /// Of which session.
    pub session: SessionId,
    /// On which call; `None` for those that create one or concern the agent only.
    pub call: Option<CallId>,
    /// How long a sign of the outcome may take; after it the outcome is `Unknown`.
    pub window: Duration,
}

impl Pending {
    /// An operation on a call.
    #[must_use]
    pub fn new(op: OpId, operation: Operation, session: SessionId, call: Option<CallId>) -> Self {
        Self {
            op,
            operation,
            session,
            call,
            window: default_window(operation),
        }
    }

    /// With this window.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }
}

#[derive(Default)]
pub(super) struct Operations {
    sessions: HashMap<SessionId, VecDeque<Tracked>>,
    session_of: HashMap<OpId, SessionId>,
}

struct Tracked {
    pending: Pending,
    outcome: OutcomeHandle,
}

impl Operations {
    pub(super) fn begin(&mut self, pending: Pending) -> OutcomeHandle {
        self.forget(&pending.op);
        let outcome = OutcomeHandle::new(pending.op.clone(), pending.window);
        self.session_of.insert(pending.op.clone(), pending.session.clone());
        let tracked = self.sessions.entry(pending.session.clone()).or_default();
        tracked.push_back(Tracked {
            pending,
            outcome: outcome.clone(),
        });
        if tracked.len() > KEPT_PER_SESSION {
            let oldest = tracked.pop_front();
            self.session_of
                .retain(|op, _| oldest.as_ref().is_none_or(|oldest| oldest.pending.op != *op));
        }
        outcome
    }

    pub(super) fn settle(&self, op: &OpId, outcome: Outcome) -> bool {
        self.find(op).is_some_and(|tracked| tracked.outcome.settle(outcome))
    }

    pub(super) fn settle_session(&self, session: &SessionId, outcome: &Outcome) {
        for tracked in self.sessions.get(session).into_iter().flatten() {
            tracked.outcome.settle(outcome.clone());
        }
    }

    pub(super) fn forget(&mut self, op: &OpId) {
        let Some(session) = self.session_of.remove(op) else {
            return;
        };
        if let Some(tracked) = self.sessions.get_mut(&session) {
            tracked.retain(|tracked| tracked.pending.op != *op);
        }
    }

    pub(super) fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.find(op).map(|tracked| tracked.outcome.clone())
    }

    pub(super) fn open_on(&self, session: &SessionId, call: &CallId) -> Vec<Pending> {
        self.open(session, |pending| pending.call.as_ref() == Some(call))
    }

    pub(super) fn open_of(&self, session: &SessionId) -> Vec<Pending> {
        self.open(session, |_| true)
    }

    fn open(&self, session: &SessionId, wanted: impl Fn(&Pending) -> bool) -> Vec<Pending> {
        let tracked = self.sessions.get(session).into_iter().flatten();
        tracked
            .filter(|tracked| !is_settled(&tracked.outcome) && wanted(&tracked.pending))
            .map(|tracked| tracked.pending.clone())
            .collect()
    }

    fn find(&self, op: &OpId) -> Option<&Tracked> {
        let session = self.session_of.get(op)?;
        self.sessions
            .get(session)?
            .iter()
            .find(|tracked| tracked.pending.op == *op)
    }
}

/// An operation said to be unknown is still open: a late sign resolves it.
fn is_settled(outcome: &OutcomeHandle) -> bool {
    outcome
        .peek()
        .is_some_and(|outcome| outcome.verdict != crate::receipt::Verdict::Unknown)
}

/// Operations that wait for people take minutes; those that wait for a switch take seconds.
fn default_window(operation: Operation) -> Duration {
    let seconds = match operation {
        Operation::Dial
        | Operation::ReleaseAfterTransfer
        | Operation::Consult
        | Operation::ConsultThreeWay
        | Operation::ConferenceAdd => 120,
        Operation::SuspendTransfer => 900,
        _ => 15,
    };
    Duration::from_secs(seconds)
}

/// Bounds memory: the oldest go first, settled or not.
const KEPT_PER_SESSION: usize = 128;
