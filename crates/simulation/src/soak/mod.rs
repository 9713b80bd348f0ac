//! The same people in real time, over TCP against a simulator on loopback, with faults on the server's side: what sockets and a real clock
//! can break that a simulation cannot.

mod gauge;
pub(crate) mod memory;
mod mischief;
mod reading;

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use callcontrol::{Effect, Error, ErrorKind, Filter, Result};
use callcontrol_http::{BaseUrl, ReqwestTransport, TransportConfig};
use callcontrol_simulators::Server;
use callcontrol_testkit::switch::Party;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::drill::Drilled;
use crate::simulate::{Ledger, Sums, people_at_work, truth};
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{Setup, THIRD_PARTY, World, cast};

use gauge::Gauge;
pub use gauge::Look;
use memory::open_files;
use mischief::Mishaps;
use reading::Reading;

/// A soak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soak {
    /// Whose adapter.
    pub vendor: Vendor,
    /// Where chance begins; real time makes no two runs the same.
    pub seed: u64,
    /// How many agents work.
    pub agents: usize,
    /// For how long everything is brought to its full size before memory is looked at: people arrive and work, and nothing goes wrong yet.
    pub warm_up: Duration,
    /// How many commands each agent gives in a row on arrival, so that the layer's memory of operations is full when the warm-up ends; it lasts until
    /// all are through with it.
    pub drill: u64,
    /// For how long memory is looked at then.
    pub length: Duration,
    /// How many requests of a thousand meet something.
    pub mishaps: u32,
    /// Once, a customer is moved behind the application's back, and from then on memory is wasted, so that it can be seen that both are found.
    pub plant: bool,
}

/// What a soak showed.
#[derive(Debug, Clone, Default)]
pub struct Soaked {
    /// The book.
    pub sums: Sums,
    /// Where feed, snapshot and switch differed at rest, in words.
    pub truth: Vec<String>,
    /// How long the warm-up took.
    pub warm_up: Duration,
    /// Agents who came through the drill, and how many of their commands were accepted.
    pub drilled: (usize, u64),
    /// How long memory was looked at: less than asked for where it was stopped.
    pub worked: Duration,
    /// Requests that the server hurt.
    pub hurt: u64,
    /// Facts in the switch's journal, of which the latest minutes are kept.
    pub facts: u64,
    /// How many times the people's commands were held against the journal.
    pub checks: u64,
    /// Memory and books, once a minute; first when the warm-up was over, last when people went home.
    pub looks: Vec<Look>,
    /// Most memory seen in between, looked at every second; `None` where the system does not tell.
    pub memory_peak: Option<u64>,
    /// Open files before the first sign-in.
    pub files_start: Option<usize>,
    /// And after the last sign-out.
    pub files_end: Option<usize>,
}

impl Soaked {
    /// Everything that must not be, in words.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let mut violations = self.sums.wrong.clone();
        violations.extend(self.truth.iter().cloned());
        violations
    }

    /// By what part memory grew from the end of the warm-up to the end of the work; nothing is subtracted.
    #[must_use]
    pub fn growth(&self) -> Option<f64> {
        let (start, end) = (self.looks.first()?.memory?, self.looks.last()?.memory?);
        // Whole kibibytes fit.
        let kibibytes = |bytes: u64| u32::try_from(bytes >> 10).map(f64::from).ok();
        Some(kibibytes(end)? / kibibytes(start)? - 1.0)
    }

    /// Whether memory is as flat as it must be; `None` where the system does not tell, or too short a time was looked at.
    #[must_use]
    pub fn is_flat(&self) -> Option<bool> {
        self.growth()
            .filter(|_| self.worked >= LONG_ENOUGH)
            .map(|growth| growth <= MOST_GROWTH)
    }
}

/// The same in memory under a virtual clock: hours in seconds, without sockets and without faults.
///
/// # Errors
/// The adapter cannot be built.
pub fn rehearse(options: Soak) -> Result<Soaked> {
    World::run(|| async move {
        let world = World::build(setup(options))?;
        let mishaps = Mishaps::new(options.seed, 0);
        Ok(run(Arc::new(world), &mishaps, options, &CancellationToken::new()).await)
    })?
}

/// Soaks, until its time is over or `stop` ends; what was seen until then is told in either case.
///
/// # Errors
/// No socket can be had, or the adapter cannot be built.
pub async fn soak(options: Soak, stop: impl Future<Output = ()>) -> Result<Soaked> {
    let token = CancellationToken::new();
    let watching = async {
        stop.await;
        token.cancel();
        pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        soaked = over_tcp(options, &token) => soaked,
        never = watching => match never {},
    }
}

async fn over_tcp(options: Soak, stop: &CancellationToken) -> Result<Soaked> {
    let files_start = open_files();
    let setup = setup(options);
    let (switch, face, desks) = cast(&setup);
    let mishaps = Mishaps::new(options.seed, options.mishaps);
    let server = Server::start(mishaps.before(face.router())).await.map_err(machine)?;
    let base = BaseUrl::parse(&server.base_url()).map_err(Error::from)?;
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).map_err(Error::from)?;
    let world = World::over(setup, switch, face, desks, Wire::default(), Arc::new(transport))?;
    let mut soaked = run(Arc::new(world), &mishaps, options, stop).await;
    server.stop().await;
    soaked.files_start = files_start;
    soaked.files_end = settled_files(files_start).await;
    Ok(soaked)
}

fn setup(options: Soak) -> Setup {
    let mut setup = Setup::large(options.vendor, options.seed, options.agents);
    setup.arrival = options.warm_up / 6;
    setup.drill = options.drill;
    setup
}

async fn run(world: Arc<World>, mishaps: &Mishaps, options: Soak, stop: &CancellationToken) -> Soaked {
    let ledger = Arc::new(Ledger::default());
    let evening = CancellationToken::new();
    world.requests().keep(REQUESTS_KEPT);
    let reading = Reading::begin(&world);
    let mut people = people_at_work(&world, &ledger, &evening);
    let (warm_up, drilled) = warm_up(&world, &ledger, options, stop).await;
    mishaps.begin();
    let mut gauge = Gauge::begin(&world, &ledger);
    let started = Instant::now();
    let mut planted = !options.plant;
    let mut wasted = Vec::new();
    while started.elapsed() < options.length && !stop.is_cancelled() {
        pause(TICK, stop).await;
        planted = planted || plant(&world);
        if options.plant {
            wasted.push(vec![1_u8; WASTE]);
        }
        ledger.close_the_past(&world);
        gauge.glance(&world, &ledger);
    }
    let worked = started.elapsed();
    let (looks, memory_peak) = gauge.end(&world, &ledger);
    drop(std::hint::black_box(wasted));
    mishaps.end();
    evening.cancel();
    join(&mut people).await;
    sleep(REST).await;
    let (fold, mut wrong) = reading.end(&world).await;
    wrong.extend(truth(&world, &ledger, world.control.subscribe(Filter::all())).await);
    ledger.events(fold.events, fold.gaps);
    ledger.count_moves(&world);
    let sums = ledger.sums();
    world.shut_down().await;
    Soaked {
        checks: sums.ops + truth_checks(&world),
        facts: world.switch.with(|switch| switch.journal().next_seq()),
        hurt: mishaps.count(),
        warm_up,
        drilled: (drilled.agents, drilled.commands),
        worked,
        sums,
        truth: wrong,
        looks,
        memory_peak,
        files_start: None,
        files_end: None,
    }
}

/// Until the books are full and everybody is through with the drill, or it takes far too long.
async fn warm_up(world: &World, ledger: &Ledger, options: Soak, stop: &CancellationToken) -> (Duration, Drilled) {
    let started = Instant::now();
    let all_through = || ledger.drill().agents >= world.setup.agents;
    let is_over = || started.elapsed() >= options.warm_up && (options.drill == 0 || all_through());
    while !is_over() && started.elapsed() < options.warm_up * 4 && !stop.is_cancelled() {
        pause(TICK.min(options.warm_up), stop).await;
        ledger.close_the_past(world);
    }
    (started.elapsed(), ledger.drill())
}

/// Lets this time pass, or what is left until somebody stops the soak.
async fn pause(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = sleep(time) => {}
    }
}

/// Moves somebody's customer as if the agent had asked for it; true once it is done.
fn plant(world: &World) -> bool {
    let third = Party::outside(THIRD_PARTY);
    world.desks.iter().any(|desk| {
        let call = world.switch.active_call(&desk.id);
        call.is_some_and(|call| world.switch.transfer_blind(&desk.id, call, &third).is_ok())
    })
}

/// One for each session's feed, snapshot, legs and fold, and one for the switch itself.
fn truth_checks(world: &World) -> u64 {
    u64::try_from(world.setup.agents * 4 + 1).unwrap_or(u64::MAX)
}

async fn join(people: &mut JoinSet<()>) {
    while people.join_next().await.is_some() {}
}

/// Sockets are closed a moment after their owners are gone.
async fn settled_files(before: Option<usize>) -> Option<usize> {
    for _ in 0..50 {
        let now = open_files();
        if now <= before {
            return now;
        }
        sleep(Duration::from_millis(100)).await;
    }
    open_files()
}

fn machine(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, Effect::None, format!("no server: {error}")).caused_by(error)
}

const TICK: Duration = Duration::from_secs(1);
/// Enough to see what was asked last.
const REQUESTS_KEPT: usize = 1000;
/// What a planted leak wastes each second.
const WASTE: usize = 128 << 10;
/// After how long memory must be flat.
const LONG_ENOUGH: Duration = Duration::from_secs(600);
/// And how flat.
const MOST_GROWTH: f64 = 0.05;
const REST: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(kibibytes: &[u64], worked: Duration) -> Soaked {
        let looks = kibibytes.iter().map(|kibibytes| Look {
            after: Duration::ZERO,
            memory: Some(kibibytes << 10),
            facts: 0,
            calls: 0,
            requests: 0,
            lines: 0,
        });
        Soaked {
            looks: looks.collect(),
            worked,
            ..Soaked::default()
        }
    }

    #[test]
    fn memory_is_flat_when_it_grew_by_a_twentieth_at_most_from_the_first_look_to_the_last() {
        assert_eq!(looked_at(&[1000, 2000, 1049], LONG_ENOUGH).is_flat(), Some(true));
        assert_eq!(looked_at(&[1000, 1051], LONG_ENOUGH).is_flat(), Some(false));
        assert_eq!(looked_at(&[1000, 900], LONG_ENOUGH).is_flat(), Some(true));
    }

    #[test]
    fn of_too_short_a_time_or_without_a_look_nothing_is_said() {
        assert_eq!(looked_at(&[1000, 2000], LONG_ENOUGH / 2).is_flat(), None);
        assert_eq!(looked_at(&[], LONG_ENOUGH).is_flat(), None);
    }
}
