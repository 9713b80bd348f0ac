//! Hours of a contact centre in seconds: agents and customers who act by chance, faults on the line by a mix, and the bars of the fault
//! catalogue (section 5) measured against the switch's journal.

mod agent;
mod ledger;
mod moves;
mod naive;
mod report;
mod robot;
mod totals;

use std::sync::Arc;
use std::time::Duration;

use callcontrol::{Effect, Error, ErrorKind, Filter, Result};
use callcontrol_simulators::run_switch_clock;
use callcontrol_testkit::switch::Party;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;
use crate::fold::Fold;
use crate::guard::{PATIENCE, VIRTUAL, guarded};
use crate::truth::{agrees, difference, legs_at_switch, legs_in_view};
use crate::vendor::Vendor;
use crate::wire::{Mix, Plan};
use crate::world::{BILLING, DEADLINE, Face, Setup, World, customer};

pub(crate) use ledger::Ledger;
pub use ledger::Sums;
pub use naive::{Naive, naive};
pub use report::{Bar, Day};
pub use totals::Totals;

/// What goes wrong on such a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Calm,
    /// Commands meet faults after which nobody knows what happened.
    Ambiguous,
    /// Events are lost, doubled, delayed.
    Events,
    /// Both.
    Full,
    /// In the middle of the day nothing can be reached for a minute.
    Outage,
    /// In the middle of the day every command is answered with 503 for two minutes.
    Storm,
}

impl Weather {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Calm,
        Self::Ambiguous,
        Self::Events,
        Self::Full,
        Self::Outage,
        Self::Storm,
    ];

    /// The word on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Ambiguous => "ambiguous",
            Self::Events => "events",
            Self::Full => "full",
            Self::Outage => "outage",
            Self::Storm => "storm",
        }
    }

    pub(crate) fn mix(self) -> Mix {
        match self {
            Self::Calm | Self::Outage | Self::Storm => Mix::CALM,
            Self::Ambiguous => Mix::AMBIGUOUS,
            Self::Events => Mix::EVENTS,
            Self::Full => Mix::FULL,
        }
    }
}

/// One simulated day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whose adapter.
    pub vendor: Vendor,
    /// Where chance begins.
    pub seed: u64,
    /// How many agents work.
    pub agents: usize,
    /// For how long.
    pub length: Duration,
    /// In which weather.
    pub weather: Weather,
}

/// Simulates one day to its end, under a watch.
///
/// # Errors
/// The world cannot be built, or the day came to no end.
pub fn simulate(options: Options) -> Result<Day> {
    let wall = std::time::Instant::now();
    let name = format!("{} seed {}", options.vendor, options.seed);
    let virtual_limit = options.length * 2 + VIRTUAL;
    let day = guarded(&name, patience(options), move || {
        World::run(|| timeout(virtual_limit, play(options)))
    });
    let stuck = |why: String| Error::new(ErrorKind::Internal, Effect::None, format!("the day of {name} {why}"));
    let day = day.map_err(|why| stuck(why.to_string()))??;
    let day = day.map_err(|_| stuck("waits for something that never comes".to_owned()))?;
    day.map(|day| day.took(wall.elapsed()))
}

/// Real time that a day may take: a thousand agents take some seconds for each minute on a busy machine.
fn patience(options: Options) -> Duration {
    let agents = u32::try_from(options.agents).unwrap_or(u32::MAX);
    PATIENCE + (options.length / 1000).saturating_mul(agents.max(20))
}

async fn play(options: Options) -> Result<Day> {
    let setup = Setup::large(options.vendor, options.seed, options.agents);
    let world = Arc::new(World::build(setup)?);
    world.wire.at_most(most_requests(options));
    let ledger = Arc::new(Ledger::default());
    let stop = CancellationToken::new();
    let mut people = people_at_work(&world, &ledger, &stop);
    let reader = world.control.subscribe(Filter::all().backlog(usize::MAX));
    let started = Instant::now();
    // Everybody is signed in before the weather begins.
    sleep(SETTLING).await;
    let storm = weather(&world, &ledger, options).await;
    sleep(options.length.saturating_sub(started.elapsed())).await;

    world.wire.plan(Plan::Calm);
    stop.cancel();
    while people.join_next().await.is_some() {}
    sleep(REST).await;
    let truth = truth(&world, &ledger, reader).await;
    let mut day = Day::new(options, &world, &ledger, storm);
    day.truth = truth;
    if world.wire.is_run_away() {
        day.truth
            .push("an adapter asks again and again without a pause".to_owned());
    }
    day.simulated = started.elapsed();
    world.shut_down().await;
    Ok(day)
}

/// Four requests a second of each agent, polls included, is more than anybody needs for hours.
fn most_requests(options: Options) -> u64 {
    let agents = u64::try_from(options.agents).unwrap_or(u64::MAX);
    (options.length.as_secs() + 600).saturating_mul(agents.max(3) * 4)
}

/// Agents, customers and clocks, each in a task, until `stop`.
pub(crate) fn people_at_work(world: &Arc<World>, ledger: &Arc<Ledger>, stop: &CancellationToken) -> JoinSet<()> {
    let mut people = JoinSet::new();
    start_clocks(world, stop, &mut people);
    let vendor = world.vendor();
    for at in 0..world.setup.agents {
        let (world, ledger, stop) = (Arc::clone(world), Arc::clone(ledger), stop.clone());
        people.spawn(async move {
            match vendor {
                Vendor::HuaweiOifde => robot::work(&world, &ledger, at, &stop).await,
                Vendor::HuaweiCcGateway | Vendor::GenesysGws => agent::work(&world, &ledger, at, &stop).await,
            }
        });
    }
    if vendor.tells_events() {
        people.spawn(customers(Arc::clone(world), stop.clone()));
    }
    people
}

/// The clocks of the switch and of the simulator, until `stop`.
fn start_clocks(world: &Arc<World>, stop: &CancellationToken, people: &mut JoinSet<()>) {
    let until = stop.clone();
    let ticks = run_switch_clock(world.switch.clone(), async move { until.cancelled().await });
    people.spawn(ticks);
    if let Face::CcGateway(simulator) = &world.face {
        let until = stop.clone();
        people.spawn(simulator.run_clock(async move { until.cancelled().await }));
    }
}

/// What an outage or a storm in the middle of the day measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Trouble {
    /// Requests sent while every command was answered with 503.
    pub requests: u64,
    /// Commands given meanwhile.
    pub offered: u64,
    /// How long after the end of the outage every session was active again.
    pub recovered: Option<Duration>,
}

async fn weather(world: &Arc<World>, ledger: &Arc<Ledger>, options: Options) -> Trouble {
    let mut trouble = Trouble::default();
    match options.weather {
        Weather::Outage => {
            sleep(options.length / 2).await;
            world.wire.plan(Plan::Down);
            sleep(OUTAGE).await;
            world.wire.plan(Plan::Calm);
            trouble.recovered = recovered(world).await;
        }
        Weather::Storm => {
            sleep(options.length / 2).await;
            let (requests, offered) = (world.wire.counts().requests, ledger.sums().ops);
            world.wire.plan(Plan::Storm);
            sleep(STORM).await;
            trouble.requests = world.wire.counts().requests - requests;
            trouble.offered = ledger.sums().ops - offered;
            world.wire.plan(Plan::Calm);
        }
        Weather::Calm | Weather::Ambiguous | Weather::Events | Weather::Full => {
            let dice = Dice::of(options.seed, WEATHER);
            world.wire.plan(Plan::Mix(options.weather.mix(), Box::new(dice)));
        }
    }
    trouble
}

/// How long it takes until every agent's session is active, looking ten times a second.
async fn recovered(world: &World) -> Option<Duration> {
    let started = Instant::now();
    let mut feed = world.control.subscribe(Filter::all().backlog(usize::MAX));
    let mut fold = Fold::default();
    for _ in 0..3000 {
        while let Some(Some(item)) = futures::FutureExt::now_or_never(feed.next()) {
            fold.take(&item);
        }
        let active = fold
            .sessions
            .values()
            .filter(|seen| seen.state == Some(callcontrol::SessionState::Active));
        if active.count() >= world.setup.agents {
            return Some(started.elapsed());
        }
        sleep(Duration::from_millis(100)).await;
    }
    None
}

/// Customers call, and some of them hang up.
async fn customers(world: Arc<World>, stop: CancellationToken) {
    let mut dice = Dice::of(world.setup.seed, CUSTOMERS);
    let agents = u32::try_from(world.setup.agents).unwrap_or(u32::MAX);
    let gap = (CALL_EVERY / agents).max(Duration::from_millis(1));
    loop {
        let pause = dice.between(gap / 2, gap * 3 / 2);
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
        let from = customer(dice.index(world.setup.customers));
        if dice.permille(100) {
            hang_up(&world, &from);
            continue;
        }
        let to = match dice.below(3) {
            0 => Party::queue(BILLING),
            _ => Party::agent(dice.pick(&world.desks).map(|desk| desk.id.clone()).unwrap_or_default()),
        };
        // A customer who is in a call, or an agent who cannot be reached: then nobody calls.
        let _ = world.switch.place_call(&from, &to);
    }
}

fn hang_up(world: &World, number: &str) {
    let party = Party::outside(number);
    if let Some(call) = world.switch.calls_of(&party).first().map(|call| call.id) {
        // The call may end in the same moment.
        let _ = world.switch.hang_up(&party, call);
    }
}

/// At rest: where feed, snapshot and switch differ, in words.
pub(crate) async fn truth(world: &World, ledger: &Ledger, mut reader: callcontrol::Feed) -> Vec<String> {
    let mut wrong = Vec::new();
    let snapshot = match world
        .control
        .snapshot(callcontrol::Scope::All, &world.cx(DEADLINE))
        .await
    {
        Ok(snapshot) => snapshot,
        Err(error) => return vec![format!("no snapshot at rest: {error}")],
    };
    sleep(Duration::from_secs(1)).await;
    let mut fold = Fold::default();
    while let Some(Some(item)) = futures::FutureExt::now_or_never(reader.next()) {
        fold.take(&item);
    }
    ledger.events(fold.events, fold.gaps);
    wrong.append(&mut fold.broken);
    wrong.extend(ledger.sums().feed);
    for (session, view) in snapshot.sessions.iter().filter(|(_, view)| !view.state.is_over()) {
        let seen = legs_in_view(view);
        let Some(desk) = world.desks.iter().find(|desk| desk.login == view.agent.as_str()) else {
            continue;
        };
        let truth = legs_at_switch(&world.switch, &desk.id);
        if world.vendor().tells_events() && !agrees(&seen, &truth) {
            wrong.push(format!(
                "{session}: the snapshot says {seen:?}, the switch says {truth:?}"
            ));
        }
        let calls = view.calls.iter().map(|(id, call)| (id.clone(), call.state)).collect();
        let folded = fold
            .sessions
            .get(session)
            .map(|seen| seen.calls.clone())
            .unwrap_or_default();
        if let Some(words) = difference(&folded, &calls) {
            wrong.push(format!("{session}: the folded feed {words}"));
        }
    }
    wrong.extend(world.switch.check_invariants());
    wrong
}

const SETTLING: Duration = Duration::from_secs(30);
const REST: Duration = Duration::from_secs(120);
const OUTAGE: Duration = Duration::from_secs(60);
const STORM: Duration = Duration::from_secs(120);
/// How often an agent is called.
const CALL_EVERY: Duration = Duration::from_secs(90);
const WEATHER: u64 = 1;
const CUSTOMERS: u64 = 2;
