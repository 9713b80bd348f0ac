//! One cell: a scene is set, the fault armed, the command given, everything comes to rest, and the judge looks.

use std::time::Duration;

use callcontrol::{
    Command, Effect, Error, Feed, FeedItem, Filter, OpCx, OpId, Operation, Outcome, OutcomeHandle, Reply, Resolution,
    Result, Scope, SessionView, Verdict, dispatch, resolve,
};
use callcontrol_simulators::cc_gateway::EventMischief;
use tokio::time::{Instant, sleep, timeout};

use super::judge::{Case, Finding, effects, judge};
use super::phase::Phase;
use crate::deed::{ANN, Deed};
use crate::fold::Fold;
use crate::guard::{PATIENCE, VIRTUAL, guarded};
use crate::scene::Scene;
use crate::vendor::Vendor;
use crate::wire::Plan;
use crate::world::{DEADLINE, Face, Setup, World};

/// What became of one cell.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Whose.
    pub vendor: Vendor,
    /// Which command.
    pub deed: &'static str,
    /// Where it was cut.
    pub phase: Phase,
    /// Which of the command's requests was cut, from 0.
    pub nth: usize,
    /// How the command ended.
    pub end: End,
    /// What must not be.
    pub findings: Vec<Finding>,
    /// How many requests the command made, polls apart.
    pub requests: usize,
    /// What was struck.
    pub struck: Vec<String>,
    /// What was said of the command, in words.
    pub said: String,
    /// What the switch says, in words.
    pub journal: Vec<String>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// Done, at once or by an event.
    Done,
    /// Carried out, and its purpose failed.
    Failed,
    /// Refused without effect.
    Refused,
    /// Unknown first, and told later.
    ResolvedLate,
    /// Unknown, and `resolve()` found out.
    Resolved,
    /// Unknown, `resolve()` cannot tell, and a fresh snapshot shows something that the deed would have changed.
    ShownBySnapshot,
    /// Unknown to the end, and said so.
    Unknown,
    /// The scene could not be set or the command not be given.
    NotPlayed,
    /// It never came to an end, or broke off.
    Stuck,
}

impl Cell {
    fn without_end(vendor: Vendor, deed: &Deed, phase: Phase, nth: usize, end: End, finding: Finding) -> Self {
        Self {
            vendor,
            deed: deed.name,
            phase,
            nth,
            end,
            findings: vec![finding],
            requests: 0,
            struck: Vec::new(),
            said: String::new(),
            journal: Vec::new(),
        }
    }
}

/// Plays one cell in a world of its own, on a thread of its own and under a watch.
#[must_use]
pub fn run_cell(vendor: Vendor, deed: &'static Deed, phase: Phase, nth: usize, seed: u64) -> Cell {
    let name = format!("{vendor} {} {phase} {nth}", deed.name);
    let played = guarded(&name, PATIENCE, move || {
        World::run(|| timeout(VIRTUAL, play(vendor, deed, phase, nth, seed)))
    });
    let without = |end, finding| Cell::without_end(vendor, deed, phase, nth, end, finding);
    match played {
        Ok(Ok(Ok(Ok(cell)))) => cell,
        Ok(Ok(Ok(Err(error))) | Err(error)) => without(End::NotPlayed, Finding::new("not played", error.to_string())),
        Ok(Ok(Err(_))) => without(
            End::Stuck,
            Finding::new("stuck", format!("{name} waits for something that never comes")),
        ),
        Err(stuck) => without(End::Stuck, Finding::new("stuck", format!("{name} {stuck}"))),
    }
}

async fn play(vendor: Vendor, deed: &'static Deed, phase: Phase, nth: usize, seed: u64) -> Result<Cell> {
    let world = World::build(Setup::small(vendor, seed))?;
    world.wire.at_most(MOST_REQUESTS);
    let scene = Scene::set(&world, deed.stage).await?;
    let before = view(&world, &scene).await;
    let reader = world.control.subscribe(Filter::all());

    arm(&world, phase, nth).await?;
    let mark = world.switch.with(|switch| switch.journal().next_seq());
    let asked = world.requests().mark();
    let sent_before = world.wire.counts().requests;
    let command = deed.command(&world, &scene)?;
    let cx = world.cx(DEADLINE);
    let started = Instant::now();
    let ((answer, took, outcome), ()) =
        futures::join!(give(&world, command, &cx, started), flow_ends(&world, deed, &scene));
    let requests = usize::try_from(world.wire.counts().requests - sent_before).unwrap_or(usize::MAX);
    disarm(&world, phase);
    let unknown = is_unknown(&answer, outcome.as_ref());
    let first = match unknown {
        true => Some(Asked::now(&world, &cx.op, deed, &scene, mark, asked).await),
        false => None,
    };

    // Late requests arrive, late outcomes come in, links are restored.
    sleep(REST).await;
    let resolved = world.control.outcome_of(&cx.op).and_then(|handle| handle.peek());
    let second = match unknown {
        true => Some(Asked::now(&world, &cx.op, deed, &scene, mark, asked).await),
        false => None,
    };
    let after = view(&world, &scene).await;
    sleep(Duration::from_secs(1)).await;
    let case = Case {
        world: &world,
        scene: &scene,
        deed,
        phase,
        mark,
        since: asked,
        answer: &answer,
        took,
        said: outcome.as_ref(),
        resolved: resolved.as_ref(),
        asked_at_once: first.as_ref(),
        asked_at_rest: second.as_ref(),
        before: before.as_ref(),
        after: after.as_ref(),
        fold: &folded(reader),
    };
    let (end, findings) = judge(&case);
    let cell = Cell {
        vendor,
        deed: deed.name,
        phase,
        nth,
        end,
        findings,
        requests,
        struck: world.wire.struck(),
        said: case.words(),
        journal: world
            .switch
            .journal_since(mark)
            .iter()
            .map(|entry| format!("{:?}", entry.what))
            .collect(),
    };
    world.shut_down().await;
    Ok(cell)
}

/// What the command was answered, as far as the judge needs it.
#[derive(Debug)]
pub(super) enum Answer {
    /// Accepted, with an outcome to come.
    Accepted,
    /// Answered with what it asked for.
    Answered,
    /// An error.
    Error(Error),
}

/// What `resolve()` said, and what the journal held in that moment.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) said: Result<Resolution>,
    /// How often the deed was in the journal.
    pub(super) effects: usize,
}

impl Asked {
    async fn now(world: &World, op: &OpId, deed: &Deed, scene: &Scene, mark: u64, asked: u64) -> Self {
        let said = resolve(&*world.control, op, &world.cx(DEADLINE)).await;
        let effects = effects(world, deed, scene, mark, asked);
        Self { said, effects }
    }
}

fn is_unknown(answer: &Answer, said: Option<&Outcome>) -> bool {
    match answer {
        Answer::Answered => false,
        Answer::Error(error) => error.effect() != Effect::None,
        Answer::Accepted => said.is_none_or(|outcome| outcome.verdict == Verdict::Unknown),
    }
}

async fn give(world: &World, command: Command, cx: &OpCx, started: Instant) -> (Answer, Duration, Option<Outcome>) {
    let reply = dispatch(&*world.control, command, cx).await;
    let took = started.elapsed();
    match reply {
        Err(error) => {
            let unknown = error.effect() != Effect::None;
            let handle = world.control.outcome_of(&cx.op).filter(|_| unknown);
            let outcome = match &handle {
                Some(handle) => Some(handle.wait().await),
                None => None,
            };
            (Answer::Error(error), took, outcome)
        }
        Ok(reply) => match receipt_of(&reply) {
            Some(handle) => {
                let outcome = handle.wait().await;
                (Answer::Accepted, took, Some(outcome))
            }
            None => (Answer::Answered, took, None),
        },
    }
}

/// Whoever was sent into an IVR flow with an agent waiting comes back from it.
async fn flow_ends(world: &World, deed: &Deed, scene: &Scene) {
    let Some(call) = scene
        .at_switch
        .filter(|_| deed.key.operation == Operation::SuspendTransfer)
    else {
        return;
    };
    sleep(FLOW).await;
    // Refused where nobody is in a flow.
    let _ = world.switch.ivr_finished(call);
}

fn receipt_of(reply: &Reply) -> Option<OutcomeHandle> {
    match reply {
        Reply::Consult(started) => Some(started.receipt.outcome_handle().clone()),
        other => other.receipt().map(|receipt| receipt.outcome_handle().clone()),
    }
}

/// Makes the fault strike the command that is given next.
async fn arm(world: &World, phase: Phase, nth: usize) -> Result<()> {
    if let Some(trick) = phase.trick() {
        world.wire.plan(Plan::CutOne { skip: nth, trick });
        return Ok(());
    }
    let ann = world.desk(ANN)?.id.clone();
    match (phase, &world.face) {
        (Phase::PollLost, _) => {
            // The fate of a poll is decided when it is sent: the command waits for the one that is doomed.
            let hurt = world.wire.counts().polls_hurt;
            world.wire.plan(Plan::Polls([callcontrol_http::Trick::Reset].into()));
            for _ in 0..PATIENCE_TICKS {
                if world.wire.counts().polls_hurt > hurt {
                    break;
                }
                sleep(TICK).await;
            }
        }
        (Phase::EventLost, Face::CcGateway(simulator)) => {
            (0..EVENTS).for_each(|_| simulator.disturb_event(&ann, "", EventMischief::Lost));
        }
        (Phase::EventLost, Face::Gws(simulator)) => simulator.lose_events(&ann, usize::MAX),
        (Phase::EventTwice, Face::CcGateway(simulator)) => {
            (0..EVENTS).for_each(|_| simulator.disturb_event(&ann, "", EventMischief::Duplicated));
        }
        (Phase::EventTwice, Face::Gws(simulator)) => {
            simulator.update_options(|options| options.duplicate_events = true);
        }
        _ => {}
    }
    Ok(())
}

fn disarm(world: &World, phase: Phase) {
    let Ok(ann) = world.desk(ANN) else { return };
    world.wire.plan(Plan::Calm);
    match (phase, &world.face) {
        (Phase::EventLost | Phase::EventTwice, Face::CcGateway(simulator)) => simulator.behave(),
        (Phase::EventLost, Face::Gws(simulator)) => simulator.lose_events(&ann.id, 0),
        (Phase::EventTwice, Face::Gws(simulator)) => {
            simulator.update_options(|options| options.duplicate_events = false);
        }
        _ => {}
    }
}

/// Ann's session as the adapter tells it now.
async fn view(world: &World, scene: &Scene) -> Option<SessionView> {
    let session = scene.session.as_ref()?.id().clone();
    let scope = Scope::Session(session.clone());
    let snapshot = world.control.snapshot(scope, &world.cx(DEADLINE)).await.ok()?;
    snapshot.session(&session).cloned()
}

/// Everything that is waiting in a feed.
fn folded(mut feed: Feed) -> Fold {
    let mut fold = Fold::default();
    while let Some(Some(item)) = futures::FutureExt::now_or_never(feed.next()) {
        let item: FeedItem = item;
        fold.take(&item);
    }
    fold
}

/// The verdict that counts in the end.
pub(super) fn verdict_of(outcome: Option<&Outcome>) -> Option<Verdict> {
    outcome.map(|outcome| outcome.verdict)
}

const REST: Duration = Duration::from_secs(60);
const FLOW: Duration = Duration::from_secs(3);
const TICK: Duration = Duration::from_millis(100);
const PATIENCE_TICKS: usize = 1200;
const EVENTS: usize = 8;
/// A cell needs some dozens.
const MOST_REQUESTS: u64 = 3000;
