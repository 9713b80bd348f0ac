//! The same people in real time, over TCP against a simulator on loopback, with faults on the server's side: what sockets and a real clock
//! can break that a simulation cannot.

mod memory;
mod mischief;

use std::sync::Arc;
use std::time::Duration;

use callcontrol::{Effect, Error, ErrorKind, Filter, Result};
use callcontrol_http::{BaseUrl, ReqwestTransport, TransportConfig};
use callcontrol_simulators::Server;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::simulate::{Ledger, Sums, people_at_work, truth};
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{Setup, World, cast};

use memory::{open_files, resident};
use mischief::Mishaps;

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
}

/// What a soak showed.
#[derive(Debug, Clone, Default)]
pub struct Soaked {
    /// The book.
    pub sums: Sums,
    /// Where feed, snapshot and switch differed at rest, in words.
    pub truth: Vec<String>,
    /// Requests that the server hurt.
    pub hurt: u64,
    /// Facts in the switch's journal, which is kept whole.
    pub facts: u64,
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
}

/// Soaks.
///
/// # Errors
/// No socket can be had, or the adapter cannot be built.
pub async fn soak(options: Soak) -> Result<Soaked> {
    let files_start = open_files();
    let mut setup = Setup::large(options.vendor, options.seed, options.agents);
    setup.arrival = options.length / 10;
    let (switch, face, desks) = cast(&setup);
    let mishaps = Mishaps::new(options.seed, options.mishaps);
    let server = Server::start(mishaps.before(face.router())).await.map_err(machine)?;
    let base = BaseUrl::parse(&server.base_url()).map_err(Error::from)?;
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).map_err(Error::from)?;
    let world = World::over(setup, switch, face, desks, Wire::default(), Arc::new(transport))?;
    let mut soaked = run(Arc::new(world), &mishaps, options).await;
    server.stop().await;
    soaked.files_start = files_start;
    soaked.files_end = settled_files(files_start).await;
    Ok(soaked)
}

async fn run(world: Arc<World>, mishaps: &Mishaps, options: Soak) -> Soaked {
    let ledger = Arc::new(Ledger::default());
    let stop = CancellationToken::new();
    let reader = world.control.subscribe(Filter::all().backlog(usize::MAX));
    let mut people = people_at_work(&world, &ledger, &stop);
    let started = Instant::now();
    // Everybody is signed in, and what grows once has grown.
    sleep(options.length / 5).await;
    mishaps.begin();
    let memory_start = resident();
    let mut peak = memory_start;
    while started.elapsed() < options.length {
        sleep(Duration::from_secs(1)).await;
        peak = peak.max(resident());
    }
    let memory_end = resident();
    mishaps.end();
    stop.cancel();
    join(&mut people).await;
    sleep(REST).await;
    let truth = truth(&world, &ledger, reader).await;
    ledger.count_moves(&world);
    let sums = ledger.sums();
    world.shut_down().await;
    Soaked {
        checks: sums.ops + truth_checks(&world),
        facts: world.switch.with(|switch| switch.journal().next_seq()),
        hurt: mishaps.count(),
        sums,
        truth,
        memory_start,
        memory_end,
        memory_peak: peak,
        files_start: None,
        files_end: None,
    }
}

/// One for each session's feed, snapshot and legs, and one for the switch itself.
fn truth_checks(world: &World) -> u64 {
    u64::try_from(world.setup.agents * 3 + 1).unwrap_or(u64::MAX)
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

const REST: Duration = Duration::from_secs(15);
