//! One schedule, played: an ordinary reader, a slow one and one who never reads; then everything comes to rest, and the law is checked.

use std::collections::BTreeMap;
use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, CallId, CallRef, Feed, Filter, LegAction, LegState, Result, RobotMode, Scope, Session,
    SessionView, Transfer, TransferMode,
};
use callcontrol_http::{NotSent, Trick};
use callcontrol_simulators::cc_gateway::EventMischief;
use callcontrol_simulators::oifde::NewSession;
use callcontrol_testkit::switch::{self, ConsultRequest, Party, SwitchCallId};
use futures::FutureExt;
use tokio::time::{sleep, timeout};

use super::schedule::{Hurt, Step};
use crate::deed::{ANN, BOB};
use crate::fold::Fold;
use crate::guard::{PATIENCE, VIRTUAL, guarded};
use crate::truth::{agrees, difference, legs_at_switch, legs_in_view};
use crate::vendor::Vendor;
use crate::wire::{Plan, unavailable};
use crate::world::{DEADLINE, Face, Setup, World, customer};

/// How a schedule went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Played {
    /// Where the law is broken, in words.
    pub broken: Vec<String>,
    /// Events that the ordinary reader got.
    pub events: u64,
    /// Gaps that the ordinary reader was told of.
    pub gaps: u64,
    /// The faults brought the session to its end.
    pub ended: bool,
    /// How many items wait for the reader who never reads.
    pub waiting: usize,
}

/// Plays a schedule in a world of its own, on a thread of its own and under a watch.
#[must_use]
pub fn play(vendor: Vendor, seed: u64, steps: &[Step]) -> Played {
    let name = format!("{vendor} schedule of seed {seed}");
    let steps = steps.to_vec();
    let played = guarded(&name, PATIENCE, move || {
        World::run(|| timeout(VIRTUAL, act(vendor, seed, steps)))
    });
    let without = |words: String| Played {
        broken: vec![words],
        ..Played::default()
    };
    match played {
        Ok(Ok(Ok(Ok(played)))) => played,
        Ok(Ok(Ok(Err(error))) | Err(error)) => without(format!("not played: {error}")),
        Ok(Ok(Err(_))) => without(format!("stuck: {name} waits for something that never comes")),
        Err(stuck) => without(format!("stuck: {name} {stuck}")),
    }
}

impl Played {
    /// It never came to an end.
    pub(super) fn is_stuck(&self) -> bool {
        self.broken.iter().any(|words| words.starts_with("stuck:"))
    }
}

async fn act(vendor: Vendor, seed: u64, steps: Vec<Step>) -> Result<Played> {
    let mut stage = Stage::build(vendor, seed).await?;
    for step in steps {
        stage.step(step).await?;
    }
    stage.finish().await
}

struct Stage {
    world: World,
    ann: Party,
    bob: Party,
    session: Session,
    reader: Feed,
    slow: Feed,
    slow_fold: Fold,
    never: Feed,
    robots: Vec<CallRef>,
    customers: usize,
}

impl Stage {
    async fn build(vendor: Vendor, seed: u64) -> Result<Self> {
        let mut setup = Setup::small(vendor, seed);
        setup.customers = CUSTOMERS;
        let world = World::build(setup)?;
        world.wire.at_most(MOST_REQUESTS);
        let session = world.sign_in(ANN).await?;
        let (ann, bob) = (Party::agent(&world.desk(ANN)?.id), Party::agent(&world.desk(BOB)?.id));
        // Bob's telephone is moved at the switch; that he is there cannot be refused.
        let _ = world
            .switch
            .sign_in(bob.name())
            .and_then(|()| world.switch.set_ready(bob.name()));
        Ok(Self {
            reader: world.control.subscribe(Filter::all()),
            slow: world.control.subscribe(Filter::all().backlog(SLOW_BACKLOG)),
            never: world.control.subscribe(Filter::all().backlog(NEVER_BACKLOG)),
            slow_fold: Fold::default(),
            robots: Vec::new(),
            customers: 0,
            world,
            ann,
            bob,
            session,
        })
    }

    async fn step(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Polls(hurt, times) => self.hurt_polls(hurt, times),
            Step::Lose(times) => self.events(times, EventMischief::Lost),
            Step::Double(times) => self.events(times, EventMischief::Duplicated),
            Step::Overtake(times) => self.events(times, EventMischief::Overtaken),
            Step::Outage(seconds) => {
                self.world.wire.plan(Plan::Down);
                sleep(Duration::from_secs(seconds.into())).await;
                self.world.wire.plan(Plan::Calm);
            }
            Step::ForgetLink => self.forget_link(),
            Step::Restart => self.restart(),
            Step::People(which) => {
                let possible = self.possible();
                let at = usize::from(which) % possible.len().max(1);
                if let Some(step) = possible.get(at).copied() {
                    self.act(step).await?;
                }
            }
            Step::Read(items) => self.read(items.into()),
            Step::Wait(tenths) => sleep(Duration::from_millis(100 * u64::from(tenths))).await,
            _ => self.act(step).await?,
        }
        sleep(BREATH).await;
        Ok(())
    }

    async fn act(&mut self, step: Step) -> Result<()> {
        match self.world.vendor() {
            Vendor::HuaweiOifde => self.robot(step).await,
            Vendor::HuaweiCcGateway | Vendor::GenesysGws => {
                self.people(step);
                Ok(())
            }
        }
    }

    /// What people can do as things stand; the calmest first, so that schedules shrink towards it.
    fn possible(&self) -> Vec<Step> {
        let of = |party: &Party, state: switch::LegState| {
            let calls = self.world.switch.calls_of(party);
            calls.iter().any(|call| call.state_of(party) == Some(state))
        };
        if self.world.vendor() == Vendor::HuaweiOifde {
            return vec![Step::Call, Step::Answer, Step::Retrieve, Step::Leave, Step::Transfer];
        }
        let mut possible = Vec::new();
        let mut when = |so: bool, steps: &[Step]| possible.extend(steps.iter().filter(|_| so));
        let (ann, bob) = (&self.ann, &self.bob);
        when(self.world.switch.calls_of(ann).is_empty(), &[Step::Call]);
        when(
            of(ann, switch::LegState::Alerting),
            &[Step::Answer, Step::Answer, Step::CustomerLeaves],
        );
        when(
            of(ann, switch::LegState::Held),
            &[Step::Retrieve, Step::Complete, Step::Cancel],
        );
        when(
            of(bob, switch::LegState::Alerting),
            &[Step::BobAnswers, Step::BobAnswers, Step::BobLeaves],
        );
        when(of(bob, switch::LegState::Talking), &[Step::BobLeaves]);
        let talk = [
            Step::Hold,
            Step::Consult,
            Step::TransferAndStay,
            Step::Transfer,
            Step::CustomerLeaves,
            Step::Leave,
        ];
        when(of(ann, switch::LegState::Talking), &talk);
        possible
    }

    /// People act at their telephones; what the switch refuses does not happen.
    fn people(&mut self, step: Step) {
        let (ann, bob) = (self.ann.clone(), self.bob.clone());
        let me = ann.name();
        let switch = &self.world.switch;
        let leg = |party: &Party, state: switch::LegState| -> Option<SwitchCallId> {
            let calls = switch.calls_of(party);
            calls
                .iter()
                .find(|call| call.state_of(party) == Some(state))
                .map(|call| call.id)
        };
        let talking = leg(&ann, switch::LegState::Talking);
        let any = switch.calls_of(&ann).first().map(|call| call.id);
        let how = ConsultRequest::private();
        let done = match step {
            Step::Call => {
                self.customers = (self.customers + 1) % CUSTOMERS;
                Some(switch.place_call(&customer(self.customers), &ann).map(drop))
            }
            Step::Answer => leg(&ann, switch::LegState::Alerting).map(|call| switch.answer(&ann, call)),
            Step::Hold => talking.map(|call| switch.hold(me, call)),
            Step::Retrieve => leg(&ann, switch::LegState::Held).map(|call| switch.retrieve(me, call)),
            Step::Leave => any.map(|call| switch.hang_up(&ann, call)),
            Step::CustomerLeaves => any.and_then(|call| {
                let customer = switch.call(call)?.customer?;
                Some(switch.hang_up(&customer, call))
            }),
            Step::Transfer => talking.map(|call| switch.transfer_blind(me, call, &bob)),
            Step::TransferAndStay => talking.map(|call| switch.transfer_release_after(me, call, &bob)),
            Step::Consult => talking.map(|call| switch.consult(me, call, &bob, how).map(drop)),
            Step::Complete => any.map(|call| switch.consult_complete(me, call)),
            Step::Cancel => any.map(|call| switch.consult_cancel(me, call, true)),
            Step::BobAnswers => leg(&bob, switch::LegState::Alerting).map(|call| switch.answer(&bob, call)),
            Step::BobLeaves => {
                let call = switch.calls_of(&bob).first().map(|call| call.id);
                call.map(|call| switch.hang_up(&bob, call))
            }
            _ => None,
        };
        drop(done);
    }

    /// Where robots talk, Ann acts through the adapter, and the line suffers meanwhile.
    async fn robot(&mut self, step: Step) -> Result<()> {
        let control = &self.world.control;
        let cx = self.world.cx(DEADLINE);
        let last = self.robots.last().cloned();
        match (step, last, &self.world.face) {
            (Step::Call, _, Face::Oifde(robots)) => {
                self.customers = (self.customers + 1) % CUSTOMERS;
                let new = NewSession::new(customer(self.customers)).agent(self.ann.name());
                let Ok(robot) = robots.create_session(new) else {
                    return Ok(());
                };
                let adopt = AdoptCall::new(robot.as_str(), AdoptState::RobotVoice(RobotMode::Supervision));
                let adopted = control.adopt(self.session.id(), adopt, &cx).await;
                self.robots.extend(adopted.ok());
            }
            (Step::Answer | Step::Hold, Some(call), _) => {
                self.mode(&call, RobotMode::Insertion).await;
            }
            (Step::Retrieve, Some(call), _) => self.mode(&call, RobotMode::Supervision).await,
            (Step::Leave | Step::Cancel, Some(call), _) => self.mode(&call, RobotMode::Common).await,
            (Step::Transfer | Step::TransferAndStay, Some(call), _) => {
                let request = Transfer::new(self.world.agent_target(BOB)?, TransferMode::Blind);
                // What became of it is in the feed, or is not.
                let _ = control.transfer(&call, request, &cx).await;
            }
            _ => {}
        }
        Ok(())
    }

    async fn mode(&self, call: &CallRef, mode: RobotMode) {
        let at = call.clone().into();
        let cx = self.world.cx(DEADLINE);
        // What became of it is in the feed, or is not.
        let _ = self.world.control.act(&at, LegAction::Robot(mode), &cx).await;
    }

    fn hurt_polls(&self, hurt: Hurt, times: u8) {
        let trick = match hurt {
            Hurt::NotSent => Trick::NotSent(NotSent::Refused),
            Hurt::CutRequest => Trick::CutRequest,
            Hurt::Reset => Trick::Reset,
            Hurt::CutBody => Trick::CutBody,
            Hurt::Late => Trick::DelayReply(Duration::from_secs(4)),
            Hurt::Unavailable => unavailable(),
        };
        let plan = match self.world.vendor() {
            // Without polls the next command suffers instead.
            Vendor::HuaweiOifde => Plan::CutOne { skip: 0, trick },
            Vendor::HuaweiCcGateway | Vendor::GenesysGws => {
                Plan::Polls(std::iter::repeat_n(trick, times.into()).collect())
            }
        };
        self.world.wire.plan(plan);
    }

    fn events(&self, times: u8, what: EventMischief) {
        let me = self.ann.name();
        match &self.world.face {
            Face::CcGateway(simulator) => (0..times).for_each(|_| simulator.disturb_event(me, "", what)),
            Face::Oifde(_) => {}
            Face::Gws(simulator) => match what {
                EventMischief::Lost => simulator.lose_events(me, times.into()),
                EventMischief::Duplicated => simulator.update_options(|options| options.duplicate_events = true),
                _ => simulator.update_options(|options| options.reverse_events = true),
            },
        }
    }

    fn forget_link(&self) {
        let me = self.ann.name();
        match &self.world.face {
            Face::CcGateway(simulator) => simulator.rotate_guid_now(me),
            Face::Oifde(simulator) => simulator.expire_tokens(),
            Face::Gws(simulator) => simulator.sweep_comet_sessions_of(me),
        }
    }

    fn restart(&self) {
        match &self.world.face {
            Face::CcGateway(simulator) => simulator.restart(),
            Face::Oifde(simulator) => simulator.expire_tokens(),
            Face::Gws(simulator) => simulator.restart(),
        }
    }

    fn read(&mut self, items: usize) {
        for _ in 0..items {
            let Some(Some(item)) = self.slow.next().now_or_never() else {
                return;
            };
            self.slow_fold.take(&item);
        }
    }

    async fn finish(mut self) -> Result<Played> {
        self.world.wire.plan(Plan::Calm);
        match &self.world.face {
            Face::CcGateway(simulator) => simulator.behave(),
            Face::Oifde(_) => {}
            Face::Gws(simulator) => {
                simulator.lose_events(self.ann.name(), 0);
                simulator.update_options(|options| {
                    options.duplicate_events = false;
                    options.reverse_events = false;
                });
            }
        }
        let polls = self.world.wire.counts().polls;
        sleep(REST).await;
        let mut played = Played::default();
        let view = self.view().await;
        sleep(Duration::from_secs(1)).await;
        let mut fold = Fold::default();
        drain(&mut self.reader, &mut fold);
        drain(&mut self.slow, &mut self.slow_fold);
        played.events = fold.events;
        played.gaps = fold.gaps;
        played.waiting = waiting(&self.never);
        played.broken = self.judge(&fold, view.as_ref());
        if played.waiting > NEVER_BACKLOG {
            played
                .broken
                .push(format!("{} items wait for the reader who never reads", played.waiting));
        }
        let state = fold.sessions.get(self.session.id()).and_then(|seen| seen.state);
        played.ended = state.is_some_and(callcontrol::SessionState::is_over);
        if self.world.wire.is_run_away() {
            played
                .broken
                .push("the adapter asks again and again without a pause".to_owned());
        }
        let polled = self.world.wire.counts().polls > polls;
        if self.world.vendor().tells_events() && !played.ended && !polled {
            played.broken.push("nobody polled at rest".to_owned());
        }
        self.world.shut_down().await;
        Ok(played)
    }

    async fn view(&self) -> Option<SessionView> {
        let scope = Scope::Session(self.session.id().clone());
        let snapshot = self.world.control.snapshot(scope, &self.world.cx(DEADLINE)).await;
        match snapshot {
            Ok(snapshot) => snapshot.session(self.session.id()).cloned(),
            // The session is over: what the feed said last must say so.
            Err(_) => None,
        }
    }

    fn judge(&self, fold: &Fold, view: Option<&SessionView>) -> Vec<String> {
        let mut broken: Vec<String> = fold.broken.clone();
        broken.extend(
            self.slow_fold
                .broken
                .iter()
                .map(|words| format!("slow reader: {words}")),
        );
        let folded = fold.sessions.get(self.session.id());
        let over = folded
            .and_then(|seen| seen.state)
            .is_some_and(callcontrol::SessionState::is_over);
        let Some(view) = view else {
            if !over {
                broken.push("no snapshot can be had of a session that is not over".to_owned());
            }
            return broken;
        };
        if over != view.state.is_over() {
            broken.push(format!(
                "the feed says over: {over}, the snapshot says {:?}",
                view.state
            ));
        }
        if over {
            return broken;
        }
        let calls: BTreeMap<CallId, LegState> = view.calls.iter().map(|(id, call)| (id.clone(), call.state)).collect();
        for (who, fold) in [("the reader", fold), ("the slow reader", &self.slow_fold)] {
            let seen = fold
                .sessions
                .get(self.session.id())
                .map(|seen| seen.calls.clone())
                .unwrap_or_default();
            if let Some(words) = difference(&seen, &calls) {
                broken.push(format!("{who} {words}"));
            }
        }
        let truth = legs_at_switch(&self.world.switch, self.ann.name());
        let seen = legs_in_view(view);
        if self.world.vendor().tells_events() && !agrees(&seen, &truth) {
            broken.push(format!("the snapshot says {seen:?}, the switch says {truth:?}"));
        }
        broken
    }
}

fn drain(feed: &mut Feed, fold: &mut Fold) {
    while let Some(Some(item)) = feed.next().now_or_never() {
        fold.take(&item);
    }
}

/// How many items a feed holds, as its `Debug` tells.
fn waiting(feed: &Feed) -> usize {
    let text = format!("{feed:?}");
    let number: String = text
        .rsplit("waiting: ")
        .next()
        .unwrap_or_default()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    number.parse().unwrap_or_default()
}

/// A schedule needs some hundreds.
const MOST_REQUESTS: u64 = 10_000;
const CUSTOMERS: usize = 6;
const SLOW_BACKLOG: usize = 4;
const NEVER_BACKLOG: usize = 8;
const BREATH: Duration = Duration::from_millis(20);
/// Longer than a poll is held (30 s) and the longest pause after it was lost (33 s).
const REST: Duration = Duration::from_secs(90);
