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

use crate::simulate::{Ledger, Sums, people_at_work, truth};
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{Setup, THIRD_PARTY, World, cast};

use gauge::Gauge;
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
    /// For how long.
    pub length: Duration,
    /// How many requests of a thousand meet something.
    pub mishaps: u32,
    /// Once, a customer is moved behind the application's back, so that it can be seen that a violation is found.
    pub plant: bool,
}

/// What a soak showed.
#[derive(Debug, Clone, Default)]
pub struct Soaked {
    /// The book.
    pub sums: Sums,
    /// Where feed, snapshot and switch differed at rest, in words.
    pub truth: Vec<String>,
    /// How long people worked: less than asked for where it was stopped.
    pub worked: Duration,
    /// Requests that the server hurt.
    pub hurt: u64,
    /// Facts in the switch's journal, which is kept whole: the proof that nobody was moved twice needs all of it.
    pub facts: u64,
    /// By how many bytes, roughly, the simulator's own books grew between the two looks at memory: the journal and the log of requests.
    pub books_grown: u64,
    /// How many times the people's commands were held against the journal.
    pub checks: u64,
    /// Resident memory when everybody had been signed in for a while, in bytes; `None` where the system does not tell.
    pub memory_start: Option<u64>,
    /// And at the end.
    pub memory_end: Option<u64>,
    /// Most of it seen in between, looked at every second.
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

    /// By what part memory grew between the two looks, without the simulator's own books.
    #[must_use]
    pub fn growth(&self) -> Option<f64> {
        let (start, end) = (self.memory_start?, self.memory_end?);
        let end = end.saturating_sub(self.books_grown);
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
    let mut setup = Setup::large(options.vendor, options.seed, options.agents);
    setup.arrival = options.length / 10;
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

async fn run(world: Arc<World>, mishaps: &Mishaps, options: Soak, stop: &CancellationToken) -> Soaked {
    let ledger = Arc::new(Ledger::default());
    let evening = CancellationToken::new();
    let reading = Reading::begin(&world);
    let mut people = people_at_work(&world, &ledger, &evening);
    let started = Instant::now();
    let mut gauge = Gauge::default();
    // Everybody is signed in, and what grows once has grown.
    pause(options.length / 5, stop).await;
    mishaps.begin();
    gauge.begin(&world);
    let mut planted = !options.plant;
    while started.elapsed() < options.length && !stop.is_cancelled() {
        pause(Duration::from_secs(1), stop).await;
        planted = planted || plant(&world);
        gauge.look();
    }
    gauge.end(&world);
    let worked = started.elapsed();
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
        worked,
        sums,
        truth: wrong,
        books_grown: gauge.books_grown,
        memory_start: gauge.start,
        memory_end: gauge.end,
        memory_peak: gauge.peak,
        files_start: None,
        files_end: None,
    }
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

/// After how long memory must be flat.
const LONG_ENOUGH: Duration = Duration::from_secs(600);
/// And how flat.
const MOST_GROWTH: f64 = 0.05;
const REST: Duration = Duration::from_secs(15);
