//! R18: one agent gives commands while another one drowns in events, or has a reader that never reads. How much longer the first one waits, and whether
//! any event of the first one is lost. Quiet and loud take turns in one run, so that a busy machine slows both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use callcontrol::{AgentStateRequest, Event, Feed, FeedItem, Filter, Result, Session};
use callcontrol_testkit::switch::{AgentState, SharedSwitch};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::line::{Bar, Line};
use super::site::{in_memory, real_time};
use super::{Options, Scale, broken, precise};
use crate::deed::{ANN, BOB};
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{DEADLINE, Setup, World};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    for &vendor in &options.vendors {
        if !vendor.tells_events() {
            let why = "this vendor tells no events, so that nobody can be flooded";
            each(Line::skipped(
                Bar::R18,
                vendor,
                "median wait beside a flood / in quiet",
                why,
            ));
            continue;
        }
        for reader in [Reader::Reads, Reader::NeverReads] {
            for line in real_time(|| beside(vendor, reader, options.scale, options.seed))?? {
                each(line);
            }
        }
    }
    Ok(())
}

/// Whoever is meant to read the flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Reads,
    NeverReads,
}

async fn beside(vendor: Vendor, reader: Reader, scale: Scale, seed: u64) -> Result<[Line; 2]> {
    let world = in_memory(Setup::small(vendor, seed), Wire::default(), |router| router)?;
    let (ann, bob) = (world.sign_in(ANN).await?, world.sign_in(BOB).await?);
    let never_read = (reader == Reader::NeverReads).then(|| bob.subscribe());
    sleep(Duration::from_secs(1)).await;
    let witness = Witness::of(&ann);
    let flood = Flood::of(&world, &bob)?;

    let mut ratios = Vec::new();
    let mut medians = (Duration::ZERO, Duration::ZERO);
    let mut loudness = 0.0;
    // The first rounds warm up what is made once.
    let time = Duration::from_millis(scale.pick(200, 1000));
    median_wait(&world, &ann, time).await?;
    for _ in 0..scale.pick(3, 9) {
        let quiet = median_wait(&world, &ann, time).await?;
        flood.swell(true);
        sleep(Duration::from_millis(20)).await;
        let (before, started) = (flood.delivered(), Instant::now());
        let loud = median_wait(&world, &ann, time).await?;
        let events = precise(flood.delivered() - before);
        loudness = f64::max(loudness, events / started.elapsed().as_secs_f64());
        flood.swell(false);
        flood.ebb().await;
        ratios.push(loud.as_secs_f64() / quiet.as_secs_f64());
        medians = (quiet, loud);
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);
    sleep(Duration::from_millis(300)).await;
    flood.stop().await;
    let witness = witness.stop().await?;
    drop(never_read);
    world.shut_down().await;
    Ok(lines(vendor, reader, ratio, medians, loudness, &witness))
}

fn lines(
    vendor: Vendor,
    reader: Reader,
    ratio: f64,
    medians: (Duration, Duration),
    loudness: f64,
    witness: &Witnessed,
) -> [Line; 2] {
    let what = match reader {
        Reader::Reads => "median wait beside a flood / in quiet",
        Reader::NeverReads => "the same, the flooded one's reader never reads",
    };
    let detail = format!(
        "last round {:.0} µs, then {:.0} µs, up to {loudness:.0} events/s beside",
        medians.0.as_secs_f64() * 1e6,
        medians.1.as_secs_f64() * 1e6
    );
    let lost = Line::new(
        Bar::R18,
        vendor,
        "events lost by the one beside",
        precise(witness.lost),
        0.0,
    );
    [
        Line::new(Bar::R18, vendor, what, ratio, 1.5).detail(detail),
        lost.detail(format!("{} events, {} gaps", witness.events, witness.gaps)),
    ]
}

/// Gives commands for this long, one after the other, each with an event of its own.
async fn median_wait(world: &World, agent: &Session, time: Duration) -> Result<Duration> {
    let (begin, mut waits) = (Instant::now(), Vec::new());
    while begin.elapsed() < time {
        let to = match waits.len() % 2 {
            0 => AgentStateRequest::NotReady { reason: None },
            _ => AgentStateRequest::Ready,
        };
        let cx = world.cx(DEADLINE);
        let started = Instant::now();
        world.control.set_agent_state(agent.id(), to, &cx).await?;
        waits.push(started.elapsed());
        // A person does not hammer: what is measured is the wait, not how fast one agent can be.
        sleep(Duration::from_millis(1)).await;
    }
    waits.sort_unstable();
    waits
        .get(waits.len() / 2)
        .copied()
        .ok_or_else(|| broken("no command was given"))
}

/// Events at the other agent, as many as are taken, with a bounded number under way.
struct Flood {
    on: Arc<AtomicBool>,
    caused: Arc<AtomicU64>,
    delivered: Arc<AtomicU64>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Flood {
    fn of(world: &World, other: &Session) -> Result<Self> {
        let (on, stop) = (Arc::new(AtomicBool::new(false)), CancellationToken::new());
        let (caused, delivered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let agent = world.desk(BOB)?.id.clone();
        let filter = Filter::session(other.id().clone());
        let observer = count(world.control.subscribe(filter), Arc::clone(&delivered), stop.clone());
        let source = Source {
            switch: world.switch.clone(),
            agent,
            on: Arc::clone(&on),
            caused: Arc::clone(&caused),
            delivered: Arc::clone(&delivered),
        };
        let tasks = vec![tokio::spawn(observer), tokio::spawn(source.run(stop.clone()))];
        Ok(Self {
            on,
            caused,
            delivered,
            stop,
            tasks,
        })
    }

    fn swell(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Waits until what was caused has arrived, or nothing more comes.
    async fn ebb(&self) {
        for _ in 0..200 {
            let before = self.delivered();
            sleep(Duration::from_millis(25)).await;
            if self.delivered() == before || before >= self.caused.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            // It ends by itself after the token.
            let _ = task.await;
        }
    }
}

async fn count(mut feed: Feed, delivered: Arc<AtomicU64>, stop: CancellationToken) {
    loop {
        let item = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            item = feed.next() => item,
        };
        match item {
            Some(FeedItem::Event(_)) => drop(delivered.fetch_add(1, Ordering::Relaxed)),
            Some(FeedItem::Gap(gap)) => drop(delivered.fetch_add(gap.missed.unwrap_or_default(), Ordering::Relaxed)),
            Some(_) => {}
            None => return,
        }
    }
}

/// What causes the flood: a readiness that changes at the switch all the time.
struct Source {
    switch: SharedSwitch,
    agent: String,
    on: Arc<AtomicBool>,
    caused: Arc<AtomicU64>,
    delivered: Arc<AtomicU64>,
}

impl Source {
    async fn run(self, stop: CancellationToken) {
        let mut ready = false;
        while !stop.is_cancelled() {
            let caused = self.caused.load(Ordering::Relaxed);
            let under_way = caused.saturating_sub(self.delivered.load(Ordering::Relaxed));
            if !self.on.load(Ordering::Relaxed) || under_way > UNDER_WAY {
                sleep(Duration::from_millis(1)).await;
                continue;
            }
            for _ in 0..BURST {
                ready = !ready;
                let state = match ready {
                    true => AgentState::Ready,
                    false => AgentState::Busy { reason: None },
                };
                let done = self.switch.set_agent_state(&self.agent, state);
                self.caused.fetch_add(u64::from(done.is_ok()), Ordering::Relaxed);
            }
            yield_now().await;
        }
    }
}

/// Reads the feed of the one who gives commands, and counts what is missing in it.
struct Witness {
    stop: CancellationToken,
    reading: JoinHandle<Witnessed>,
}

/// What the witness saw.
#[derive(Debug, Default)]
struct Witnessed {
    events: u64,
    gaps: u64,
    lost: u64,
    seq: u64,
}

impl Witness {
    fn of(agent: &Session) -> Self {
        let (stop, mut feed) = (CancellationToken::new(), agent.subscribe());
        let until = stop.clone();
        let reading = tokio::spawn(async move {
            let mut seen = Witnessed::default();
            loop {
                tokio::select! {
                    biased;
                    item = feed.next() => match item {
                        Some(item) => seen.take(&item),
                        None => return seen,
                    },
                    () = until.cancelled() => return seen,
                }
            }
        });
        Self { stop, reading }
    }

    async fn stop(self) -> Result<Witnessed> {
        self.stop.cancel();
        self.reading.await.map_err(|_| broken("the witness was not waited for"))
    }
}

impl Witnessed {
    fn take(&mut self, item: &FeedItem) {
        match item {
            FeedItem::Event(event) => self.event(event),
            FeedItem::Gap(gap) => {
                self.gaps += 1;
                self.lost += gap.missed.unwrap_or(1);
            }
            _ => {}
        }
    }

    fn event(&mut self, event: &Event) {
        self.events += 1;
        if self.seq > 0 {
            self.lost += event.seq.saturating_sub(self.seq + 1);
        }
        self.seq = event.seq;
    }
}

const BURST: u32 = 50;
const UNDER_WAY: u64 = 2000;
