//! What a command gives back. A [`Receipt`] says *accepted*; the [`Outcome`] says what became of it and where the customer is.
//! The outcome is delivered by the operation tracker and not through the event feed, so that a slow reader cannot lose it.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::command::ConsultRef;
use crate::hub::Origin;
use crate::id::{CallId, OpId};
use crate::sync::lock;

/// The switch has taken the command.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Receipt {
    /// The operation's id.
    pub op: OpId,
    /// Natively or by which recipe.
    pub executed: Executed,
    /// What ties events to this command at this vendor.
    pub correlation: Correlation,
    /// The call that the command created, if it created one and its id is known already.
    pub call: Option<CallId>,
    outcome: OutcomeHandle,
}

impl Receipt {
    /// A receipt whose outcome will come through `outcome`.
    #[must_use]
    pub fn new(outcome: OutcomeHandle) -> Self {
        Self {
            op: outcome.op.clone(),
            executed: Executed::Native,
            correlation: Correlation::Inferred,
            call: None,
            outcome,
        }
    }

    /// Executed by a recipe.
    #[must_use]
    pub fn emulated(mut self, recipe: &str, steps: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.executed = Executed::Emulated {
            recipe: recipe.to_owned(),
            steps: steps.into_iter().map(Into::into).collect(),
        };
        self
    }

    /// Events name this very command.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.correlation = Correlation::Exact;
        self
    }

    /// The command created this call.
    #[must_use]
    pub fn with_call(mut self, call: CallId) -> Self {
        self.call = Some(call);
        self
    }

    /// Waits for the outcome, at most for the operation's own window; after it the outcome is `Unknown`.
    pub async fn outcome(&self) -> Outcome {
        self.outcome.wait().await
    }

    /// Waits at most `patience`; `None` when nothing is known by then. The operation goes on and can be asked again.
    pub async fn within(&self, patience: Duration) -> Option<Outcome> {
        tokio::time::timeout(patience, self.outcome.wait()).await.ok()
    }

    /// The steps of a recipe that were taken until now, in order; empty for a native command.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.outcome.steps()
    }

    /// The handle, to be kept without the receipt.
    #[must_use]
    pub fn outcome_handle(&self) -> &OutcomeHandle {
        &self.outcome
    }
}

/// A consult has begun.
#[derive(Debug, Clone)]
pub struct ConsultStarted {
    /// Its outcome says whether the third party answered.
    pub receipt: Receipt,
    /// What the next steps refer to.
    pub consult: ConsultRef,
}

/// How a command was executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Executed {
    /// By one command of the vendor's.
    Native,
    /// By a recipe.
    Emulated {
        /// Its name.
        recipe: String,
        /// Its steps in order.
        steps: Vec<String>,
    },
}

/// A step of a recipe that was taken: the journal of an emulated command, also of one that failed half-way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// Its name in the recipe, e.g. `CompleteTransfer`.
    pub name: String,
    /// It undoes what earlier steps did.
    pub compensates: bool,
    /// How it ended.
    pub end: StepEnd,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let undoing = if self.compensates { " (to undo)" } else { "" };
        write!(f, "{}{undoing}: {}", self.name, self.end.as_str())
    }
}

/// How a step of a recipe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepEnd {
    /// It has not ended yet.
    Running,
    /// It did what the recipe needed.
    Done,
    /// It did nothing: refused, not sent, or in vain.
    Failed,
    /// Nobody knows.
    Unknown,
}

impl StepEnd {
    /// The word in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// What ties an event to the command that caused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Correlation {
    /// The vendor repeats an id of the command or names its result.
    Exact,
    /// Call, expected effect and time fit.
    Inferred,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// Done, failed or unknown.
    pub verdict: Verdict,
    /// Where the customer is now.
    pub customer: CustomerAt,
    /// Why, as far as the vendor tells.
    pub cause: Cause,
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// It came after the window had passed and `Unknown` had been said.
    pub late: bool,
}

impl Outcome {
    /// The command did what was asked.
    #[must_use]
    pub fn done(customer: CustomerAt) -> Self {
        Self {
            verdict: Verdict::Done,
            customer,
            cause: Cause::Normal,
            evidence: Evidence::Event,
            late: false,
        }
    }

    /// The command worked, its purpose failed: target busy, no answer, customer gone.
    #[must_use]
    pub fn failed(cause: Cause, customer: CustomerAt) -> Self {
        Self {
            verdict: Verdict::Failed,
            customer,
            cause,
            evidence: Evidence::Event,
            late: false,
        }
    }

    /// Nobody knows, and why.
    #[must_use]
    pub fn unknown(evidence: Evidence, customer: CustomerAt) -> Self {
        Self {
            verdict: Verdict::Unknown,
            customer,
            cause: Cause::Unspecified,
            evidence,
            late: false,
        }
    }

    /// Resting on this evidence.
    #[must_use]
    pub fn by(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        self
    }

    /// For this cause.
    #[must_use]
    pub fn because(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// True while nobody knows.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.verdict == Verdict::Unknown
    }

    /// True when the command did what was asked.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.verdict == Verdict::Done
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Done => "done",
            Verdict::Failed => "failed",
            Verdict::Unknown => "unknown",
        };
        write!(f, "{verdict}")?;
        match (&self.cause, self.verdict) {
            (Cause::Normal | Cause::Unspecified, _) => {}
            (cause, _) => write!(f, " ({cause})")?,
        }
        write!(f, ", customer {}", self.customer)?;
        if self.late {
            write!(f, ", late")?;
        }
        Ok(())
    }
}

/// The verdict on a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It did what was asked.
    Done,
    /// It was carried out and its purpose failed.
    Failed,
    /// Nobody knows (yet).
    Unknown,
}

/// Where the customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CustomerAt {
    /// Talking to the agent (or ringing there).
    Agent,
    /// On hold at the agent.
    AgentHeld,
    /// With the target of a transfer or consult, or on the way there and out of the agent's hands.
    Target,
    /// In a queue.
    Queue,
    /// In an IVR flow.
    Ivr,
    /// In a conference with agent and third party.
    Conference,
    /// With the robot of a flow.
    Robot,
    /// Hung up.
    Gone,
    /// Nobody knows.
    Unknown,
}

impl CustomerAt {
    /// The words in tables and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "with the agent",
            Self::AgentHeld => "on hold at the agent",
            Self::Target => "with the target",
            Self::Queue => "in the queue",
            Self::Ivr => "in the IVR",
            Self::Conference => "in the conference",
            Self::Robot => "with the robot",
            Self::Gone => "gone",
            Self::Unknown => "somewhere unknown",
        }
    }
}

impl fmt::Display for CustomerAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call or an operation ended as it did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cause {
    /// As asked for.
    Normal,
    /// The target was busy.
    Busy,
    /// The target did not answer.
    NoAnswer,
    /// The target refused.
    Rejected,
    /// The target is out of service or not signed in.
    OutOfService,
    /// No such destination.
    InvalidDestination,
    /// The customer hung up.
    CustomerHungUp,
    /// The third party hung up.
    TargetHungUp,
    /// The agent hung up.
    AgentHungUp,
    /// Taken back.
    Cancelled,
    /// The session at the vendor ended meanwhile.
    SessionLost,
    /// The vendor's own cause, kept as it came.
    Vendor(String),
    /// The vendor does not say.
    Unspecified,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("normal"),
            Self::Busy => f.write_str("busy"),
            Self::NoAnswer => f.write_str("no answer"),
            Self::Rejected => f.write_str("rejected"),
            Self::OutOfService => f.write_str("out of service"),
            Self::InvalidDestination => f.write_str("invalid destination"),
            Self::CustomerHungUp => f.write_str("customer hung up"),
            Self::TargetHungUp => f.write_str("target hung up"),
            Self::AgentHungUp => f.write_str("agent hung up"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::SessionLost => f.write_str("session lost"),
            Self::Vendor(code) => write!(f, "vendor cause {}", crate::text::one_line(code, 60)),
            Self::Unspecified => f.write_str("cause not told"),
        }
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// The vendor's answer to the command itself.
    Answer,
    /// An event.
    Event,
    /// A look at the state afterwards.
    Snapshot,
    /// The vendor accepted; it never reports more.
    AcceptedOnly,
    /// The answer was lost and nothing has shown since what happened.
    AnswerLost,
    /// The window passed without a sign.
    NothingInTime,
    /// The session ended before a sign came.
    SessionEnded,
    /// An event of the site's other product about the call of the same id.
    OtherById,
    /// An event of the site's other product about a call that bears this operation's mark in its data.
    OtherByMark,
    /// An event of the site's other product about a call of the same customer within the window; nothing else ties the two together.
    OtherByCaller,
    /// The site's other product watched the target without a break for the whole window, and nothing arrived there.
    OtherSawNothing,
}

/// Awaits the outcome of one operation; cheap to clone, independent of the receipt.
#[derive(Clone)]
pub struct OutcomeHandle {
    op: OpId,
    window_ends: Instant,
    state: watch::Sender<Option<Outcome>>,
    steps: Arc<Mutex<Vec<Step>>>,
    origin: Option<Arc<Origin>>,
}

impl OutcomeHandle {
    pub(crate) fn new(op: OpId, window: Duration) -> Self {
        let (state, _) = watch::channel(None);
        Self {
            op,
            window_ends: Instant::now() + window,
            state,
            steps: Arc::default(),
            origin: None,
        }
    }

    /// What was asked for, and what the session looked like then.
    pub(crate) fn of(mut self, origin: Origin) -> Self {
        self.origin = Some(Arc::new(origin));
        self
    }

    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    /// An operation whose outcome is known at once.
    #[must_use]
    pub fn settled(op: OpId, outcome: Outcome) -> Self {
        let handle = Self::new(op, Duration::ZERO);
        handle.settle(outcome);
        handle
    }

    /// The operation.
    #[must_use]
    pub fn op(&self) -> &OpId {
        &self.op
    }

    /// What is known now.
    #[must_use]
    pub fn peek(&self) -> Option<Outcome> {
        self.state.borrow().clone()
    }

    /// The steps of a recipe that were taken until now, in order; empty for a native command.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        lock(&self.steps).clone()
    }

    /// For adapters: a step of the recipe begins.
    pub fn begin_step(&self, name: &str) {
        self.add_step(name, false);
    }

    /// For adapters: a step begins that undoes what earlier ones did.
    pub fn begin_compensation(&self, name: &str) {
        self.add_step(name, true);
    }

    /// For adapters: the latest step of this name has ended so.
    pub fn end_step(&self, name: &str, end: StepEnd) {
        let mut steps = lock(&self.steps);
        if let Some(step) = steps.iter_mut().rev().find(|step| step.name == name) {
            step.end = end;
        }
    }

    fn add_step(&self, name: &str, compensates: bool) {
        lock(&self.steps).push(Step {
            name: name.to_owned(),
            compensates,
            end: StepEnd::Running,
        });
    }

    /// Waits for the outcome, at most for the operation's window; after it the outcome is `Unknown`, and a later one is still recorded as late.
    pub async fn wait(&self) -> Outcome {
        let mut changes = self.state.subscribe();
        let known = async {
            match changes.wait_for(Option::is_some).await {
                Ok(outcome) => outcome.clone(),
                Err(_) => None,
            }
        };
        let outcome = tokio::time::timeout_at(self.window_ends, known).await.ok().flatten();
        match outcome {
            Some(outcome) => outcome,
            None => {
                self.settle(Outcome::unknown(Evidence::NothingInTime, CustomerAt::Unknown));
                self.peek()
                    .unwrap_or_else(|| Outcome::unknown(Evidence::NothingInTime, CustomerAt::Unknown))
            }
        }
    }

    /// Waits for a late outcome after `Unknown` was said, at most `patience`.
    pub async fn wait_resolved(&self, patience: Duration) -> Option<Outcome> {
        let mut changes = self.state.subscribe();
        let known = |outcome: &Option<Outcome>| {
            outcome
                .as_ref()
                .is_some_and(|outcome| outcome.verdict != Verdict::Unknown)
        };
        let found = tokio::time::timeout(patience, changes.wait_for(known)).await;
        found.ok()?.ok()?.clone()
    }

    /// Records an outcome: the first one counts, and one that resolves an `Unknown` replaces it as *late*. True when it was recorded.
    pub(crate) fn settle(&self, outcome: Outcome) -> bool {
        self.state.send_if_modified(|state| match state {
            None => {
                *state = Some(outcome);
                true
            }
            Some(before) if before.verdict == Verdict::Unknown && outcome.verdict != Verdict::Unknown => {
                *state = Some(Outcome { late: true, ..outcome });
                true
            }
            // Still unknown, but the customer is not where he was said to be.
            Some(before) if before.verdict == Verdict::Unknown && before.customer != outcome.customer => {
                *state = Some(outcome);
                true
            }
            Some(_) => false,
        })
    }
}

impl fmt::Debug for OutcomeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutcomeHandle")
            .field("op", &self.op)
            .field("outcome", &self.peek())
            .field("steps", &self.steps())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle() -> OutcomeHandle {
        OutcomeHandle::new(OpId::fresh(), Duration::from_secs(10))
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_window_the_outcome_is_unknown_and_a_later_one_is_recorded_as_late() {
        let handle = handle();
        assert_eq!(handle.wait().await.verdict, Verdict::Unknown);
        assert!(handle.settle(Outcome::done(CustomerAt::Target)));
        let outcome = handle.peek().expect("settled");
        assert!(outcome.is_done() && outcome.late);
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_settles_once() {
        let handle = handle();
        assert!(handle.settle(Outcome::done(CustomerAt::Target)));
        assert!(!handle.settle(Outcome::failed(Cause::Busy, CustomerAt::Agent)));
        assert!(handle.wait().await.is_done());
    }

    #[test]
    fn the_journal_of_a_recipe_says_which_step_failed_and_what_was_undone() {
        let handle = handle();
        handle.begin_step("InitiateTransfer");
        handle.end_step("InitiateTransfer", StepEnd::Done);
        handle.begin_step("CompleteTransfer");
        handle.end_step("CompleteTransfer", StepEnd::Failed);
        handle.begin_compensation("Hangup");
        let steps: Vec<String> = handle.steps().iter().map(Step::to_string).collect();
        let expected = [
            "InitiateTransfer: done",
            "CompleteTransfer: failed",
            "Hangup (to undo): running",
        ];
        assert_eq!(steps, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn within_gives_nothing_when_nothing_is_known_and_the_operation_goes_on() {
        let receipt = Receipt::new(handle());
        assert_eq!(receipt.within(Duration::from_secs(1)).await, None);
        receipt.outcome_handle().settle(Outcome::done(CustomerAt::Target));
        assert!(receipt.outcome().await.is_done());
    }
}
