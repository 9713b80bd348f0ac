//! R5: thousands of agents lose their server for a minute, and it has forgotten them all when it is back. How long until everybody is signed in, subscribed
//! and has a fresh snapshot, and how full the fullest second is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use callcontrol::{AdoptCall, AdoptState, Error, Feed, FeedItem, Filter, Result, SessionId, SessionState};
use callcontrol_http::{ApiPath, BaseUrl, InMemoryTransport, Request, Transport};
use futures::FutureExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::line::{Bar, Line};
use super::site::in_memory;
use super::tally::{Tally, Trouble};
use super::{Options, broken, precise};
use crate::vendor::Vendor;
use crate::world::{Face, Setup, World};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let agents = options.scale.pick(300, 10_000);
    for &vendor in &options.vendors {
        match window(vendor) {
            Some(window) => {
                let naive = World::run(|| naive(vendor, agents))??;
                let ours = World::run(|| ours(vendor, agents, options.seed))??;
                lines(vendor, agents, window, &ours, &naive)
                    .into_iter()
                    .for_each(&mut *each);
            }
            None => each(World::run(|| without_link(agents, options.seed))??),
        }
    }
    Ok(())
}

/// Over how long an agent's return may be put off, by the adapter's defaults; `None` where there is no link to come back to.
fn window(vendor: Vendor) -> Option<Duration> {
    match vendor {
        // recovery-most-ms twice: before the link is tried again, and before signing in.
        Vendor::HuaweiCcGateway => Some(Duration::from_secs(20)),
        // The longest round of the pump.
        Vendor::GenesysGws => Some(Duration::from_secs(30)),
        Vendor::HuaweiOifde => None,
    }
}

/// A return: how long it took, and when each signed in, after the server was back.
#[derive(Debug)]
struct Return {
    took: Duration,
    sign_ins: Vec<Duration>,
}

impl Return {
    /// The fullest second as a multiple of the mean over the window.
    fn peak(&self, window: Duration) -> f64 {
        let mut seconds: BTreeMap<u64, u64> = BTreeMap::new();
        for at in &self.sign_ins {
            *seconds.entry(at.as_secs()).or_default() += 1;
        }
        let fullest = precise(seconds.values().max().copied().unwrap_or_default());
        let mean = precise(u64::try_from(self.sign_ins.len()).unwrap_or_default()) / window.as_secs_f64();
        fullest / mean
    }
}

fn lines(vendor: Vendor, agents: usize, window: Duration, ours: &Return, naive: &Return) -> [Line; 2] {
    let share = |back: &Return| back.took.as_secs_f64() / window.as_secs_f64();
    let whole = Line::new(Bar::R5, vendor, "all back after the outage / window", share(ours), 1.2);
    let fullest = Line::new(
        Bar::R5,
        vendor,
        "fullest second of sign-ins / mean",
        ours.peak(window),
        1.3,
    );
    let detail = format!(
        "{agents} agents, {} sign-ins, all back after {:.1} s, window {} s",
        ours.sign_ins.len(),
        ours.took.as_secs_f64(),
        window.as_secs()
    );
    [
        whole.anchored(share(naive)).detail(detail),
        fullest.anchored(naive.peak(window)),
    ]
}

async fn ours(vendor: Vendor, agents: usize, seed: u64) -> Result<Return> {
    let line = Tally::new(vendor);
    let world = in_memory(Setup::large(vendor, seed, agents), line.clone(), |router| router)?;
    for at in 0..world.setup.agents {
        world.sign_in(at).await?;
    }
    sleep(SETTLING).await;
    let mut witness = Witness::new(world.control.subscribe(Filter::all().backlog(usize::MAX)));

    line.trouble(Trouble::Down);
    sleep(OUTAGE).await;
    restart(&world.face);
    line.take();
    witness.begin();
    line.trouble(Trouble::None);
    let back = Instant::now();
    while witness.returned() < world.setup.agents {
        if back.elapsed() > PATIENCE {
            let count = witness.returned();
            return Err(broken(format!(
                "{vendor}: {count} of {agents} agents were back after {PATIENCE:?}"
            )));
        }
        sleep(Duration::from_millis(100)).await;
    }
    let took = back.elapsed();
    let sign_ins = line.take().sign_ins;
    world.shut_down().await;
    Ok(Return {
        took,
        sign_ins: sign_ins.iter().map(|at| at.duration_since(back)).collect(),
    })
}

/// Forgets every session; the switch goes on.
fn restart(face: &Face) {
    match face {
        Face::CcGateway(simulator) => simulator.restart(),
        Face::Gws(simulator) => simulator.restart(),
        Face::Oifde(simulator) => simulator.expire_tokens(),
    }
}

/// Reads the feed of all sessions and tells who is back: active, with a snapshot of its own since.
struct Witness {
    feed: Feed,
    since: BTreeMap<SessionId, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    active: bool,
    snapshot: bool,
}

impl Witness {
    fn new(feed: Feed) -> Self {
        let since = BTreeMap::new();
        Self { feed, since }
    }

    /// Forgets what was so far.
    fn begin(&mut self) {
        self.catch_up();
        self.since.clear();
    }

    fn returned(&mut self) -> usize {
        self.catch_up();
        self.since.values().filter(|seen| seen.active && seen.snapshot).count()
    }

    fn catch_up(&mut self) {
        while let Some(Some(item)) = self.feed.next().now_or_never() {
            match item {
                FeedItem::Snapshot(snapshot) => {
                    for session in snapshot.sessions.keys() {
                        self.since.entry(session.clone()).or_default().snapshot = true;
                    }
                }
                FeedItem::Session(notice) => {
                    self.since.entry(notice.session.clone()).or_default().active = notice.state == SessionState::Active;
                }
                _ => {}
            }
        }
    }
}

/// Clients that all lost the server at the same instant and try again after 1 s, 2 s, 3 s …, over the same kind of line.
async fn naive(vendor: Vendor, agents: usize) -> Result<Return> {
    let line = Tally::new(vendor);
    let base = BaseUrl::parse("http://naive.test").map_err(Error::from)?;
    let transport = Arc::new(InMemoryTransport::new(base, Router::new()).with_mischief(line.clone()));
    line.trouble(Trouble::Down);
    let mut clients = JoinSet::new();
    for _ in 0..agents {
        let transport = Arc::clone(&transport);
        clients.spawn(async move {
            for pause in 1..=60 {
                sleep(Duration::from_secs(pause)).await;
                let sign_in = Request::get(ApiPath::new("/sign-in"), Duration::from_secs(5));
                if transport.send(sign_in).await.is_ok() {
                    return Some(Instant::now());
                }
            }
            None
        });
    }
    sleep(OUTAGE).await;
    line.trouble(Trouble::None);
    let back = Instant::now();
    let mut sign_ins = Vec::new();
    while let Some(client) = clients.join_next().await {
        let at = client
            .ok()
            .flatten()
            .ok_or_else(|| broken("a naive client never came back"))?;
        sign_ins.push(at.duration_since(back));
    }
    Ok(Return {
        took: back.elapsed(),
        sign_ins,
    })
}

/// Where there is no link, everybody asks at once when the server is back: one token must do for all.
async fn without_link(agents: usize, seed: u64) -> Result<Line> {
    let vendor = Vendor::HuaweiOifde;
    let line = Tally::new(vendor);
    let world = in_memory(Setup::large(vendor, seed, agents), line.clone(), |router| router)?;
    let mut sessions = Vec::new();
    for at in 0..world.setup.agents {
        sessions.push(world.sign_in(at).await?);
    }
    line.trouble(Trouble::Down);
    sleep(OUTAGE).await;
    restart(&world.face);
    line.take();
    line.trouble(Trouble::None);
    let asking = sessions.iter().map(|session| {
        let robot = AdoptCall::new("1-no-such-record", AdoptState::Ask);
        let cx = world.cx(crate::world::DEADLINE);
        let control = Arc::clone(&world.control);
        async move { control.adopt(session.id(), robot, &cx).await }
    });
    futures::future::join_all(asking).await;
    let seen = line.take();
    let tokens = precise(u64::try_from(seen.sign_ins.len()).unwrap_or(u64::MAX));
    world.shut_down().await;
    let what = "sign-ins when all agents ask at once after the outage";
    let detail = format!("{agents} agents, {} queries; no event link to restore", seen.commands);
    Ok(Line::new(Bar::R5, vendor, what, tokens, 1.0)
        .anchored(precise(u64::try_from(agents).unwrap_or(u64::MAX)))
        .detail(detail))
}

const SETTLING: Duration = Duration::from_secs(35);
const OUTAGE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(300);
