//! Operations that wait for their outcome, and for a while those that have one: looked up by id, by call, by session.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::legs::Legs;
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

/// What an operation began from: the means to read a later look at the session.
#[derive(Debug)]
pub(crate) struct Origin {
    /// What was asked for.
    pub(crate) pending: Pending,
    /// The session's legs just before.
    pub(crate) legs: Legs,
    crowded: AtomicBool,
}

impl Origin {
    /// Another command that may move the same legs was still open then, or was begun since: what is seen may be that one's doing.
    pub(crate) fn is_crowded(&self) -> bool {
        self.crowded.load(Ordering::Relaxed)
    }

    fn begin_beside(&self, other: &Pending, legs: &Legs) {
        if moves_legs_of(other, &self.pending, legs) {
            self.crowded.store(true, Ordering::Relaxed);
        }
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
    pub(super) fn begin(&mut self, pending: Pending, legs: Legs) -> OutcomeHandle {
        self.forget(&pending.op);
        let mut open = self.sessions.get(&pending.session).into_iter().flatten();
        let crowded =
            open.any(|earlier| !is_settled(&earlier.outcome) && moves_legs_of(&earlier.pending, &pending, &legs));
        let beside = legs.clone();
        let origin = Origin {
            pending: pending.clone(),
            legs,
            crowded: AtomicBool::new(crowded),
        };
        let outcome = OutcomeHandle::new(pending.op.clone(), pending.window).of(origin);
        self.session_of.insert(pending.op.clone(), pending.session.clone());
        let tracked = self.sessions.entry(pending.session.clone()).or_default();
        for earlier in tracked.iter().filter_map(|earlier| earlier.outcome.origin()) {
            earlier.begin_beside(&pending, &beside);
        }
        tracked.push_back(Tracked {
            pending,
            outcome: outcome.clone(),
        });
        if tracked.len() > KEPT_PER_SESSION
            && let Some(oldest) = tracked.pop_front()
        {
            self.session_of.remove(&oldest.pending.op);
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

/// Whether one command may change the legs by which the other is judged: those of the same call, or of the consult for it. One that has no call yet may change any.
fn moves_legs_of(one: &Pending, other: &Pending, legs: &Legs) -> bool {
    let beside = match (&one.call, &other.call) {
        (Some(one), Some(other)) => one != other && !legs.are_related(one, other),
        (None, _) | (_, None) => false,
    };
    let still = matches!(
        one.operation,
        Operation::SetAgentState
            | Operation::SendDtmf
            | Operation::RelayDtmf
            | Operation::PatchData
            | Operation::Record
            | Operation::RecordScreen
            | Operation::Play
            | Operation::Say
            | Operation::LookUp
            | Operation::Snapshot
    );
    !beside && !still
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
