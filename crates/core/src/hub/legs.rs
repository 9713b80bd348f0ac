//! The legs of a session at one moment: states and relations, no data. What an operation began from, and what a later look at the session is compared with.

use crate::id::CallId;
use crate::model::{CallView, Direction, LegState, SessionView};

/// The legs of a session at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Legs(Vec<Leg>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) call: CallId,
    pub(crate) state: LegState,
    pub(crate) direction: Direction,
    pub(crate) consult_for: Option<CallId>,
    pub(crate) conference: bool,
    pub(crate) muted: bool,
}

impl Legs {
    pub(crate) fn of(view: Option<&SessionView>) -> Self {
        let calls = view.into_iter().flat_map(|view| &view.calls);
        Self(calls.take(KEPT).map(|(call, view)| Leg::of(call, view)).collect())
    }

    pub(crate) fn get(&self, call: &CallId) -> Option<&Leg> {
        self.iter().find(|leg| leg.call == *call)
    }

    /// One of the two calls is a consult for the other.
    pub(crate) fn are_related(&self, one: &CallId, other: &CallId) -> bool {
        let consults = |call: &CallId, about: &CallId| {
            let leg = self.get(call);
            leg.is_some_and(|leg| leg.consult_for.as_ref() == Some(about))
        };
        consults(one, other) || consults(other, one)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Leg> {
        self.0.iter()
    }
}

impl Leg {
    fn of(call: &CallId, view: &CallView) -> Self {
        Self {
            call: call.clone(),
            state: view.state,
            direction: view.direction,
            consult_for: view.consult_for.clone(),
            conference: view.conference,
            muted: view.muted,
        }
    }
}

/// Bounds memory: no agent has as many calls.
const KEPT: usize = 16;
