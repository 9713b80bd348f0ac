//! The judge: what was said of a command, held against the switch's journal.

use std::fmt;
use std::time::Duration;

use callcontrol::{CustomerAt, Effect, Operation, Outcome, Resolution, SessionView, TargetKind, Verdict};
use callcontrol_simulators::LoggedRequest;
use callcontrol_testkit::fake::customer_at;
use callcontrol_testkit::switch::{SwitchCallId, SwitchEvent};

use super::cell::{Answer, Asked, End, verdict_of};
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
    /// The server's log from here on.
    pub(super) since: u64,
    pub(super) answer: &'a Answer,
    pub(super) took: Duration,
    pub(super) said: Option<&'a Outcome>,
    pub(super) resolved: Option<&'a Outcome>,
    pub(super) asked_at_once: Option<&'a Asked>,
    pub(super) asked_at_rest: Option<&'a Asked>,
    pub(super) before: Option<&'a SessionView>,
    pub(super) after: Option<&'a SessionView>,
    pub(super) fold: &'a Fold,
}

/// How the command ended, and everything that must not be.
pub(super) fn judge(case: &Case<'_>) -> (End, Vec<Finding>) {
    let mut findings = Vec::new();
    findings.extend(case.twice());
    findings.extend(case.query_changed_something());
    findings.extend(case.verdict_lies());
    findings.extend(case.resolve_lies());
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

/// How often the deed is in the journal.
pub(super) fn effects(world: &World, deed: &Deed, scene: &Scene, mark: u64, since: u64) -> usize {
    let served = |is_it: &dyn Fn(&LoggedRequest) -> bool| {
        let requests = world.requests().since(since);
        requests.iter().filter(|request| is_it(request)).count()
    };
    match (deed.proof, &world.face, &scene.robot) {
        (Proof::Fact(is_effect), _, _) => {
            let me = world.desk(ANN).map(|desk| desk.id.clone()).unwrap_or_default();
            let facts = world.switch.journal_since(mark);
            facts.iter().filter(|entry| is_effect(&me, &entry.what)).count()
        }
        (Proof::Path(part), _, _) => served(&|request| request.path.contains(part)),
        (Proof::Asked(word), _, _) => served(&|request| request.body.contains(&format!("\"{word}\""))),
        (Proof::RobotMoved, Face::Oifde(robots), Some(robot)) => robots.transfers_of(robot),
        (Proof::RobotWords, Face::Oifde(robots), Some(robot)) => robots.replies_of(robot).len(),
        (Proof::RobotInsertion, Face::Oifde(robots), Some(robot)) => {
            let mode = robots.mode_of(robot);
            usize::from(mode == Some(callcontrol_simulators::oifde::WorkMode::Insertion))
        }
        _ => 0,
    }
}

impl Case<'_> {
    fn effects(&self) -> usize {
        effects(self.world, self.deed, self.scene, self.mark, self.since)
    }

    /// Whoever only asks leaves the switch as it was.
    fn query_changed_something(&self) -> Option<Finding> {
        let facts = self.world.switch.journal_since(self.mark);
        let changed = matches!(self.deed.proof, Proof::Query) && !self.deed.stage.is_robots() && !facts.is_empty();
        changed.then(|| Finding::new("query", format!("a question changed the switch: {facts:?}")))
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
        if matches!(self.deed.proof, Proof::Query) {
            return None;
        }
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

    /// What `resolve()` said must be so, at once and for good.
    fn resolve_lies(&self) -> Vec<Finding> {
        if matches!(self.deed.proof, Proof::Query) {
            return Vec::new();
        }
        let (asked, at_the_end) = ([self.asked_at_once, self.asked_at_rest], self.effects());
        let lies = asked.into_iter().flatten().filter_map(|asked| match &asked.said {
            Ok(Resolution::Applied(_)) if asked.effects == 0 => Some("applied, but the switch had not done it"),
            Ok(Resolution::NotApplied(_)) if at_the_end > 0 && !self.begins() => {
                Some("not applied, but the switch did it")
            }
            _ => None,
        });
        lies.map(|words| Finding::new("resolve", words)).collect()
    }

    /// Its journal tells of a beginning, whose end can be in vain: then the purpose was not reached, and the beginning is there.
    fn begins(&self) -> bool {
        matches!(
            self.deed.key.operation,
            Operation::Dial
                | Operation::Consult
                | Operation::ConsultThreeWay
                | Operation::ConferenceAdd
                | Operation::SuspendTransfer
                | Operation::PickUp
                | Operation::TakeWaiting
        )
    }

    fn moves(&self) -> bool {
        matches!(
            self.deed.name.split(' ').next(),
            Some("blind-transfer" | "release-after" | "requeue" | "consult-complete" | "connect-calls")
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
            self.deed.stage.is_robots() && truth == CustomerAt::Ivr && outcome.customer == CustomerAt::Robot;
        // Who waits for the target's ringing telephone is on the way there in either word.
        // A flow that was reached by its number is the target.
        let with_flow = self.deed.key.target == Some(TargetKind::Ivr)
            && truth == CustomerAt::Ivr
            && outcome.customer == CustomerAt::Target;
        let agrees = outcome.customer == CustomerAt::Unknown || outcome.customer == truth || with_robot || with_flow;
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
        if !self.deed.stage.is_robots() && !is_supervision(self.deed.key.operation) {
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
            (Verdict::Unknown, _) if self.is_told_by(self.asked_at_once) => End::Resolved,
            (Verdict::Unknown, Some(Verdict::Done | Verdict::Failed)) => End::ResolvedLate,
            (Verdict::Unknown, _) if self.is_told_by(self.asked_at_rest) => End::Resolved,
            (Verdict::Unknown, _) if self.shown() => End::ShownBySnapshot,
            (Verdict::Unknown, _) => End::Unknown,
        }
    }

    fn is_told_by(&self, asked: Option<&Asked>) -> bool {
        asked.is_some_and(|asked| asked.said.as_ref().is_ok_and(Resolution::is_certain))
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
        let known_by_the_server_only = matches!(self.deed.proof, Proof::Path(_) | Proof::Asked(_) | Proof::Query);
        !matches!(
            self.deed.name,
            "send-dtmf" | "relay-dtmf" | "say" | "open" | "close" | "sign-agent-out"
        ) && !is_supervision(self.deed.key.operation)
            && !known_by_the_server_only
            && !self.deed.stage.is_robots()
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
        let asked = [
            ("resolve() at once", self.asked_at_once),
            ("at rest", self.asked_at_rest),
        ];
        let asked = asked.into_iter().filter_map(|(when, asked)| Some((when, asked?)));
        let asked: String = asked
            .map(|(when, asked)| match &asked.said {
                Ok(said) => format!("; {when} {said}"),
                Err(error) => format!("; {when} {error}"),
            })
            .collect();
        format!(
            "{} -> {answer}{}{}{asked}",
            self.phase,
            outcome.unwrap_or_default(),
            later.unwrap_or_default()
        )
    }
}

/// A supervisor who only listens has no leg at the switch, and at some vendors a call on the own telephone all the same.
fn is_supervision(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ListenIn
            | Operation::Whisper
            | Operation::BargeIn
            | Operation::SwitchSupervision
            | Operation::StopSupervision
            | Operation::MuteAgent
    )
}

fn legs_debug(view: &SessionView) -> Vec<String> {
    view.calls.values().map(|call| format!("{:?}", call.state)).collect()
}
