//! The commands of a session that wait for their goals, and the state they are held against. Pure.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use callcontrol_core::{AgentState, CallId, CallView, CustomerAt, LegState, MediaState, OpId};

use crate::desk::Desk;
use crate::identity::is_of_a_consult;
use crate::outcomes::{Answer, Goal, Verdict, fails_with, is_half_done, judge};

/// The session's calls and readiness at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) calls: BTreeMap<CallId, CallView>,
    pub(crate) agent: AgentState,
    pub(crate) desk: Desk,
    /// What the recorders of the calls do, as far as told.
    pub(crate) tapes: BTreeMap<CallId, MediaState>,
    /// Calls in which this agent supervises one who is kept from being heard.
    pub(crate) agents_muted: BTreeSet<CallId>,
}

impl World {
    pub(crate) fn state(&self, call: &CallId) -> Option<LegState> {
        self.calls.get(call).map(|view| view.state)
    }

    pub(crate) fn is_alive(&self, call: &CallId) -> bool {
        self.calls.contains_key(call)
    }

    pub(crate) fn is(&self, call: &CallId, state: LegState) -> bool {
        self.state(call) == Some(state)
    }

    /// Where the customer of this call is. A consult call has no customer of its own: its original has.
    pub(crate) fn customer(&self, call: &CallId) -> CustomerAt {
        let Some(view) = self.calls.get(call) else {
            return CustomerAt::Gone;
        };
        if let Some(original) = view
            .consult_for
            .as_ref()
            .filter(|original| self.calls.contains_key(*original))
        {
            return self.leg_customer(original);
        }
        self.leg_customer(call)
    }

    fn leg_customer(&self, call: &CallId) -> CustomerAt {
        match self.calls.get(call) {
            None => CustomerAt::Gone,
            Some(view) if view.conference && view.state == LegState::Talking => CustomerAt::Conference,
            Some(view) => match view.state {
                LegState::Held => CustomerAt::AgentHeld,
                LegState::Ringing | LegState::Dialing | LegState::Talking => CustomerAt::Agent,
                LegState::Waiting | LegState::Suspended | LegState::Robot(_) | LegState::Unknown => CustomerAt::Unknown,
                _ => CustomerAt::Unknown,
            },
        }
    }

    /// Where the customer will be once the agent has left this call.
    pub(crate) fn customer_after_leaving(&self, call: &CallId) -> CustomerAt {
        match self.calls.get(call) {
            Some(view) if view.consult_for.is_some() => self.customer(call),
            // The others stay connected (section 9.4).
            Some(view) if view.conference => CustomerAt::Target,
            Some(_) | None => CustomerAt::Gone,
        }
    }

    /// The live call that consults for this one.
    pub(crate) fn consult_of(&self, original: &CallId) -> Option<&CallId> {
        let consults = |view: &CallView| view.consult_for.as_ref() == Some(original);
        self.calls.iter().find(|(_, view)| consults(view)).map(|(id, _)| id)
    }
}

/// A command that waits for its goal.
#[derive(Debug, Clone)]
struct Expectation {
    op: OpId,
    goal: Goal,
    /// It stands half done, and the state is being asked for.
    doubted: bool,
}

/// The commands of one session that wait, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Expectations(VecDeque<Expectation>);

impl Expectations {
    pub(crate) fn expect(&mut self, op: &OpId, goal: Goal) {
        self.forget(op);
        self.0.push_back(Expectation {
            op: op.clone(),
            goal,
            doubted: false,
        });
        while self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn forget(&mut self, op: &OpId) {
        self.0.retain(|expected| expected.op != *op);
    }

    /// Forgets what `is_unknown` says is unknown and would take the end of this call for a sign.
    pub(crate) fn overtake(&mut self, call: &CallId, is_unknown: impl Fn(&OpId) -> bool) {
        self.0
            .retain(|expected| !fails_with(&expected.goal, call) || !is_unknown(&expected.op));
    }

    /// What the server said to this command, or that its answer was lost. True if its goal is read by that.
    pub(crate) fn answered(&mut self, op: &OpId, said: Answer) -> bool {
        let mine = self.0.iter_mut().find(|expected| expected.op == *op);
        match mine.map(|expected| &mut expected.goal) {
            Some(Goal::Moved { answer, .. }) => {
                *answer = said;
                true
            }
            _ => false,
        }
    }

    /// The blind transfer or requeue that has taken this call away, as far as anybody will ever know.
    pub(crate) fn moving(&self, call: &CallId) -> Option<OpId> {
        let takes = |goal: &Goal| matches!(goal, Goal::Moved { call: mine, consulted: false, .. } if mine == call);
        let mut waiting = self.0.iter().filter(|expected| takes(&expected.goal));
        waiting.next().map(|expected| expected.op.clone())
    }

    pub(crate) fn goal(&self, op: &OpId) -> Option<&Goal> {
        self.0
            .iter()
            .find(|expected| expected.op == *op)
            .map(|expected| &expected.goal)
    }

    /// The operations that wait, oldest first.
    pub(crate) fn waiting(&self) -> Vec<(OpId, Goal)> {
        self.0
            .iter()
            .map(|expected| (expected.op.clone(), expected.goal.clone()))
            .collect()
    }

    /// The call to the third party of a consult has appeared.
    pub(crate) fn bind_third(&mut self, op: &OpId, call: &CallId) {
        for expected in self.0.iter_mut().filter(|expected| expected.op == *op) {
            if let Goal::Consulting { third, .. } = &mut expected.goal {
                *third = Some(call.clone());
            }
        }
    }

    /// An outgoing call has appeared: it is the oldest dialling's that still lacks its call (section 9.1: the number may come back changed).
    pub(crate) fn bind_dialed(&mut self, call: &CallId) -> Option<OpId> {
        let open = |expected: &&mut Expectation| expected.goal == Goal::Dialed(None);
        let expected = self.0.iter_mut().find(open)?;
        expected.goal = Goal::Dialed(Some(call.clone()));
        Some(expected.op.clone())
    }

    /// The dialling whose call this is.
    pub(crate) fn dialing(&self, call: &CallId) -> Option<OpId> {
        let mine = Goal::Dialed(Some(call.clone()));
        self.0
            .iter()
            .find(|expected| expected.goal == mine)
            .map(|expected| expected.op.clone())
    }

    /// Tones were sent on this call: the oldest command for it is done; the message does not say which tones.
    pub(crate) fn tones_sent(&mut self, call: &CallId) -> Option<OpId> {
        let mine = Goal::Tones(call.clone());
        let at = self.0.iter().position(|expected| expected.goal == mine)?;
        self.0.remove(at).map(|expected| expected.op)
    }

    /// Commands that have come to stand half done; each is named once.
    pub(crate) fn half_done(&mut self, world: &World) -> Vec<OpId> {
        let half = |expected: &&mut Expectation| !expected.doubted && is_half_done(&expected.goal, world);
        let doubted = self.0.iter_mut().filter(half).map(|expected| {
            expected.doubted = true;
            expected.op.clone()
        });
        doubted.collect()
    }

    /// Everything about which something can be said now; it is taken off the list.
    pub(crate) fn judge(&mut self, world: &World) -> Vec<(OpId, Verdict)> {
        self.note_consulted(world);
        let mut said = Vec::new();
        self.0.retain(|expected| match judge(&expected.goal, world) {
            Some(verdict) => {
                said.push((expected.op.clone(), verdict));
                false
            }
            None => true,
        });
        said
    }

    /// A colleague who has completed the consult cannot cancel it any more: what the call was when it was last seen counts.
    fn note_consulted(&mut self, world: &World) {
        for expected in &mut self.0 {
            if let Goal::Moved { call, consulted, .. } = &mut expected.goal
                && let Some(view) = world.calls.get(call)
            {
                *consulted = is_of_a_consult(view);
            }
        }
    }
}

/// Bounds memory; an operation this old has long been said to be unknown.
const KEPT: usize = 128;
