//! The journal of a recipe: each step as its request is sent, and how it ended. It is kept with the outcome of the operation, also of one whose command returned
//! an error and whose recipe goes on.

use callcontrol_core::{Outcome, OutcomeHandle, Step, StepEnd, Verdict};

/// Where the steps of one run of a recipe are recorded: with the operation that asked for them, and with the one whose steps they undo.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    of: Option<OutcomeHandle>,
    undone: Option<OutcomeHandle>,
}

impl Journal {
    /// The recipe of this operation.
    pub(crate) fn of(operation: OutcomeHandle) -> Self {
        Self {
            of: Some(operation),
            undone: None,
        }
    }

    /// A way back of its own: what it does undoes `operation`, and is what `asked_by` asked for, if anybody did.
    pub(crate) fn undoing(operation: Option<OutcomeHandle>, asked_by: Option<OutcomeHandle>) -> Self {
        Self {
            of: asked_by,
            undone: operation,
        }
    }

    /// The request of a step is about to be sent.
    pub(crate) fn begin(&self, step: &str) {
        if let Some(of) = &self.of {
            of.begin_step(step);
        }
        if let Some(undone) = &self.undone {
            undone.begin_compensation(step);
        }
    }

    /// How the latest step of this name ended.
    pub(crate) fn end(&self, step: &str, end: StepEnd) {
        for operation in self.of.iter().chain(&self.undone) {
            operation.end_step(step, end);
        }
    }

    /// As [`end`](Self::end), for a step about which nothing certain was known.
    pub(crate) fn resolve(&self, step: &str, end: StepEnd) {
        for operation in self.of.iter().chain(&self.undone) {
            if latest(operation, step).is_some_and(|taken| matches!(taken.end, StepEnd::Running | StepEnd::Unknown)) {
                operation.end_step(step, end);
            }
        }
    }

    /// The latest step of this name had no effect.
    pub(crate) fn has_failed(&self, step: &str) -> bool {
        let has = |operation: &OutcomeHandle| latest(operation, step).is_some_and(|taken| taken.end == StepEnd::Failed);
        self.of.iter().chain(&self.undone).any(has)
    }

    /// Nobody looks after the recipe any more: how a step ended that still runs will not be known.
    pub(crate) fn leave(&self) {
        self.of.iter().chain(&self.undone).for_each(leave);
    }
}

fn latest(operation: &OutcomeHandle, step: &str) -> Option<Step> {
    operation.steps().into_iter().rev().find(|taken| taken.name == step)
}

/// Steps of this operation that still run will have nobody to say how they ended.
pub(crate) fn leave(operation: &OutcomeHandle) {
    end_running(operation, StepEnd::Unknown);
}

/// What still runs has ended so.
pub(crate) fn end_running(operation: &OutcomeHandle, end: StepEnd) {
    let running = |step: &Step| step.end == StepEnd::Running;
    for step in operation.steps().into_iter().filter(running) {
        operation.end_step(&step.name, end);
    }
}

/// The one step of a recipe that is a single request ends as the operation does.
pub(crate) fn follow(operation: &OutcomeHandle, outcome: &Outcome) {
    let end = match outcome.verdict {
        Verdict::Done => StepEnd::Done,
        Verdict::Failed => StepEnd::Failed,
        Verdict::Unknown => StepEnd::Unknown,
    };
    for step in ROUTING_STEPS {
        operation.end_step(step, end);
    }
}

/// Of consult-then-complete and of hangup-then-retrieve, which undoes it.
pub(crate) const INITIATE: &str = "InitiateTransfer";
pub(crate) const WAIT: &str = "wait for Established";
pub(crate) const COMPLETE: &str = "CompleteTransfer";
pub(crate) const HANGUP: &str = "Hangup";
pub(crate) const RETRIEVE: &str = "Retrieve";
/// Of transfer-to-routing-point.
pub(crate) const SINGLE_STEP: &str = "SingleStepTransfer";

pub(crate) const CONSULT_STEPS: [&str; 3] = [INITIATE, WAIT, COMPLETE];
pub(crate) const WAY_BACK_STEPS: [&str; 2] = [HANGUP, RETRIEVE];
pub(crate) const ROUTING_STEPS: [&str; 1] = [SINGLE_STEP];
