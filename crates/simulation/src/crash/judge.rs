//! The judge: what was said of a command, held against the switch's journal.

use std::fmt;
use std::time::Duration;

use callcontrol::{CustomerAt, Effect, Operation, Outcome, SessionView, Verdict};
use callcontrol_testkit::fake::customer_at;
use callcontrol_testkit::switch::{SwitchCallId, SwitchEvent};

use super::cell::{Answer, End, is_robots, verdict_of};
use super::phase::Phase;
use crate::deed::{ANN, Deed, Proof};
use crate::fold::Fold;
use crate::scene::Scene;
use crate::truth::{agrees, legs_at_switch, legs_in_view, legs_of};
use crate::world::{DEADLINE, Face, World};

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule is broken.
    pub rule: &'static str,
    /// How.
    pub words: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(rule: &'static str, words: impl Into<String>) -> Self {
        Self {
            rule,
            words: words.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.words)
    }
}

/// All that the judge looks at.
pub(super) struct Case<'a> {
    pub(super) world: &'a World,
    pub(super) scene: &'a Scene,
    pub(super) deed: &'a Deed,
    pub(super) phase: Phase,
    pub(super) mark: u64,
    pub(super) answer: &'a Answer,
    pub(super) took: Duration,
    pub(super) said: Option<&'a Outcome>,
    pub(super) resolved: Option<&'a Outcome>,
    pub(super) before: Option<&'a SessionView>,
    pub(super) after: Option<&'a SessionView>,
    pub(super) fold: &'a Fold,
}

/// How the command ended, and everything that must not be.
pub(super) fn judge(case: &Case<'_>) -> (End, Vec<Finding>) {
    let mut findings = Vec::new();
    findings.extend(case.twice());
    findings.extend(case.verdict_lies());
    findings.extend(case.customer_lies());
    findings.extend(case.view_lies());
    findings.extend(case.deadline_missed());
    if case.world.wire.is_run_away() {
        findings.push(Finding::new("loop", "the adapter asks again and again without a pause"));
    }
    findings.extend(case.fold.broken.iter().map(|words| Finding::new("feed", words.clone())));
    findings.extend(
        case.world
            .switch
            .check_invariants()
            .into_iter()
            .map(|words| Finding::new("switch", words)),
    );
    (case.end(), findings)
}

impl Case<'_> {
    /// How often the deed is in the journal.
    fn effects(&self) -> usize {
        match (self.deed.proof, &self.world.face, &self.scene.robot) {
            (Proof::Fact(is_effect), _, _) => {
                let me = self.world.desk(ANN).map(|desk| desk.id.clone()).unwrap_or_default();
                let facts = self.world.switch.journal_since(self.mark);
                facts.iter().filter(|entry| is_effect(&me, &entry.what)).count()
            }
            (Proof::RobotMoved, Face::Oifde(robots), Some(robot)) => robots.transfers_of(robot),
            (Proof::RobotWords, Face::Oifde(robots), Some(robot)) => robots.replies_of(robot).len(),
            (Proof::RobotInsertion, Face::Oifde(robots), Some(robot)) => {
                let mode = robots.mode_of(robot);
                usize::from(mode == Some(callcontrol_simulators::oifde::WorkMode::Insertion))
            }
            _ => 0,
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        verdict_of(self.resolved).or(verdict_of(self.said))
    }

    fn twice(&self) -> Vec<Finding> {
        let effects = self.effects();
        let mut findings = Vec::new();
        if self.deed.is_once() && effects > 1 {
            findings.push(Finding::new("twice", format!("the switch did it {effects} times")));
        }
        let journal = self.world.switch.journal();
        let mut calls: Vec<SwitchCallId> = journal.facts().filter_map(SwitchEvent::call).collect();
        calls.sort_unstable();
        calls.dedup();
        for call in calls {
            let moves = journal.transfers_of(call);
            if moves > 1 {
                findings.push(Finding::new(
                    "twice",
                    format!("the customer of {call} was moved {moves} times"),
                ));
            }
        }
        findings
    }

    fn verdict_lies(&self) -> Option<Finding> {
        let effects = self.effects();
        let lie = |words: String| Some(Finding::new("verdict", words));
        match self.answer {
            Answer::Error(error) if error.effect() == Effect::None && effects > 0 => {
                lie(format!("refused without effect ({error}), but the switch did it"))
            }
            Answer::Error(error) if error.effect() == Effect::Applied && effects == 0 => {
                lie(format!("applied ({error}), but the switch did nothing"))
            }
            Answer::Answered if effects == 0 => lie("answered with success, but the switch did nothing".to_owned()),
            Answer::Error(_) | Answer::Answered | Answer::Accepted => match self.verdict() {
                Some(Verdict::Done) if effects == 0 => lie("done, but the switch did not do it".to_owned()),
                Some(Verdict::Failed) if effects > 0 && self.moves() => {
                    lie("failed, but the customer was moved".to_owned())
                }
                _ => None,
            },
        }
    }

    fn moves(&self) -> bool {
        matches!(
            self.deed.name.split(' ').next(),
            Some("blind-transfer" | "release-after" | "requeue" | "consult-complete")
        )
    }

    /// A settled outcome says where the customer is; at rest he must be there.
    fn customer_lies(&self) -> Option<Finding> {
        let outcome = self
            .resolved
            .or(self.said)
            .filter(|outcome| outcome.verdict != Verdict::Unknown)?;
        let call = self.scene.at_switch?;
        let me = self.world.desk(ANN).map(|desk| desk.id.clone()).unwrap_or_default();
        let place = self.world.switch.customer_at(call);
        let truth = customer_at(place.as_ref(), &me);
        let with_robot =
            is_robots(self.deed.stage) && truth == CustomerAt::Ivr && outcome.customer == CustomerAt::Robot;
        // Who waits for the target's ringing telephone is on the way there in either word.
        let agrees = outcome.customer == CustomerAt::Unknown || outcome.customer == truth || with_robot;
        (!agrees).then(|| {
            let words = format!(
                "the outcome says the customer is {}, the switch says {place:?}",
                outcome.customer
            );
            Finding::new("customer", words)
        })
    }

    /// At rest the fresh snapshot, the folded feed and the switch say the same.
    fn view_lies(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let Some(view) = self.after else { return findings };
        let Some(session) = self.scene.session.as_ref().map(|session| session.id().clone()) else {
            return findings;
        };
        if view.state.is_over() {
            return findings;
        }
        let seen = legs_in_view(view);
        if !is_robots(self.deed.stage) && !is_supervision(self.deed.key.operation) {
            let me = self.world.desk(ANN).map(|desk| desk.id.clone()).unwrap_or_default();
            let truth = legs_at_switch(&self.world.switch, &me);
            if !agrees(&seen, &truth) {
                findings.push(Finding::new(
                    "view",
                    format!("the snapshot says {seen:?}, the switch says {truth:?}"),
                ));
            }
        }
        let folded = self.fold.sessions.get(&session);
        let folded = folded
            .map(|seen| legs_of(seen.calls.values().copied()))
            .unwrap_or_default();
        if folded != seen {
            findings.push(Finding::new(
                "fold",
                format!("the feed says {folded:?}, the snapshot says {seen:?}"),
            ));
        }
        findings
    }

    fn deadline_missed(&self) -> Option<Finding> {
        let limit = DEADLINE + DEADLINE / 100;
        (self.took > limit).then(|| {
            let words = format!("answered after {:?}, {DEADLINE:?} were allowed", self.took);
            Finding::new("deadline", words)
        })
    }

    fn end(&self) -> End {
        let first = match self.answer {
            Answer::Error(error) if error.effect() == Effect::None => return End::Refused,
            Answer::Answered => return End::Done,
            Answer::Error(_) => Verdict::Unknown,
            Answer::Accepted => verdict_of(self.said).unwrap_or(Verdict::Unknown),
        };
        match (first, self.verdict()) {
            (Verdict::Done, _) => End::Done,
            (Verdict::Failed, _) => End::Failed,
            (Verdict::Unknown, Some(Verdict::Done | Verdict::Failed)) => End::ResolvedLate,
            (Verdict::Unknown, _) if self.shown() => End::ResolvedBySnapshot,
            (Verdict::Unknown, _) => End::Unknown,
        }
    }

    /// Whether the fresh snapshot tells an application if the deed was done: something that the deed changes did change, or provably not.
    fn shown(&self) -> bool {
        let (Some(before), Some(after)) = (self.before, self.after) else {
            return false;
        };
        let muted = |view: &SessionView| view.calls.values().any(|call| call.muted);
        let data = |view: &SessionView| view.calls.values().map(|call| call.data.0.len()).sum::<usize>();
        let robots = |view: &SessionView| legs_debug(view);
        let changed = legs_in_view(before) != legs_in_view(after)
            || muted(before) != muted(after)
            || data(before) != data(after)
            || before.agent_state != after.agent_state
            || robots(before) != robots(after);
        changed == (self.effects() > 0) && (changed || self.leaves_a_mark())
    }

    /// Whether the deed, had it been done, would show in a view.
    fn leaves_a_mark(&self) -> bool {
        !matches!(self.deed.name, "send-dtmf" | "say" | "open" | "close" | "listen-in") && !is_robots(self.deed.stage)
    }

    /// What was said of the command.
    pub(super) fn words(&self) -> String {
        let answer = match self.answer {
            Answer::Accepted => "accepted".to_owned(),
            Answer::Answered => "answered".to_owned(),
            Answer::Error(error) => format!("error with effect {:?}: {error}", error.effect()),
        };
        let outcome = self
            .said
            .map(|outcome| format!("; outcome {outcome} by {:?}", outcome.evidence));
        let later = self
            .resolved
            .filter(|later| Some(*later) != self.said)
            .map(|outcome| format!("; later {outcome} by {:?}", outcome.evidence));
        format!(
            "{} -> {answer}{}{}",
            self.phase,
            outcome.unwrap_or_default(),
            later.unwrap_or_default()
        )
    }
}

/// A supervisor who only listens has no leg at the switch, and at some vendors a call on the own telephone all the same.
fn is_supervision(operation: Operation) -> bool {
    matches!(operation, Operation::ListenIn | Operation::Whisper | Operation::BargeIn)
}

fn legs_debug(view: &SessionView) -> Vec<String> {
    view.calls.values().map(|call| format!("{:?}", call.state)).collect()
}
