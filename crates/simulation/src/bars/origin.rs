//! R11: a server that leads its clients elsewhere, ids that climb out of their path, a proxy in the environment. Two listeners that nobody may reach count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request as Incoming;
use callcontrol::{OpCx, Result, dispatch};
use callcontrol_http::{ApiPath, Method, Request};
use callcontrol_simulators::Server;

use super::child::{Figures, Task};
use super::hostile::Hostile;
use super::line::{Bar, Line};
use super::raw::Listener;
use super::site::{bare, deeds, in_memory, over_sockets, real_time, tcp};
use super::{Options, broken, machine, precise};
use crate::dice::Dice;
use crate::scene::Scene;
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{Setup, World};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let cases = options.scale.pick(500, 12_000);
    for line in real_time(|| transport(cases, options.seed))?? {
        each(line);
    }
    each(proxy(options)?);
    for &vendor in &options.vendors {
        each(in_mind(vendor, options)?);
        each(real_time(|| adapter(vendor, options.scale.pick(4, 40), options.seed))??);
    }
    Ok(())
}

/// Two listeners that nobody may reach.
async fn elsewhere() -> Result<[Listener; 2]> {
    let silent = |_| async {};
    Ok([Listener::start(silent).await?, Listener::start(silent).await?])
}

fn authorities(elsewhere: &[Listener; 2]) -> Vec<String> {
    elsewhere.iter().map(|listener| listener.addr().to_string()).collect()
}

fn reached(elsewhere: &[Listener; 2]) -> u64 {
    elsewhere.iter().map(Listener::connections).sum()
}

/// The transport alone, over sockets: redirects in every spelling, and ids with tricks in them.
async fn transport(cases: u64, seed: u64) -> Result<[Line; 2]> {
    let elsewhere = elsewhere().await?;
    let hostile = Hostile::new(authorities(&elsewhere), seed, 1000);
    let (seen, escaped) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let server = Server::start(origin(&hostile, &seen, &escaped))
        .await
        .map_err(machine("no server"))?;
    let client = tcp(&server.base_url())?;
    let mut dice = Dice::new(seed);
    let mut sent = 0;
    for _ in 0..cases {
        let Some(request) = attack(&mut dice)? else { continue };
        sent += 1;
        let reply = client.send(request).await;
        if reply.is_ok_and(|reply| reply.is_success()) {
            return Err(broken("a redirect was taken for success"));
        }
    }
    let strayed = reached(&elsewhere);
    let naive = naive(&server.base_url(), &elsewhere).await?;
    let seen = seen.load(Ordering::Relaxed);
    server.stop().await;
    let twice = seen.saturating_sub(sent + NAIVE);
    let detail = format!(
        "{cases} cases, {sent} sent, {} refused before any byte, {twice} sent twice",
        cases - sent
    );
    let redirects = Line::new(
        Bar::R11,
        None,
        "connections elsewhere, redirects and ids",
        precise(strayed + twice),
        0.0,
    );
    let escapes = precise(escaped.load(Ordering::Relaxed));
    let ids = Line::new(Bar::R11, None, "ids that left their place in the path", escapes, 0.0);
    Ok([redirects.anchored(precise(naive)).detail(detail), ids])
}

/// The origin: counts, looks whether the path is still of its form, and sends everybody elsewhere.
fn origin(hostile: &Hostile, seen: &Arc<AtomicU64>, escaped: &Arc<AtomicU64>) -> Router {
    let (hostile, seen, escaped) = (hostile.clone(), Arc::clone(seen), Arc::clone(escaped));
    Router::new().fallback(move |request: Incoming| {
        let (hostile, seen, escaped) = (hostile.clone(), Arc::clone(&seen), Arc::clone(&escaped));
        async move {
            seen.fetch_add(1, Ordering::Relaxed);
            let path = request.uri().path().to_owned();
            let segments: Vec<&str> = path.split('/').collect();
            let in_form =
                matches!(segments.as_slice(), ["", "calls", id, "transfer"] if !id.is_empty() && !is_dots(id));
            escaped.fetch_add(u64::from(!in_form), Ordering::Relaxed);
            hostile.redirect(&path)
        }
    })
}

fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// A request as an adapter builds it, with an id made of tricks; `None` when the id is refused before anything is sent.
fn attack(dice: &mut Dice) -> Result<Option<Request>> {
    let method = dice.pick(&METHODS).copied().unwrap_or(Method::Get);
    let Ok(path) = ApiPath::new("/calls").id(trick(dice)) else {
        return Ok(None);
    };
    let Ok(path) = path.literal("transfer").query("to", trick(dice)) else {
        return Ok(None);
    };
    let request = Request::new(method, path, DEADLINE).sensitive_header("guid", "SECRET")?;
    Ok(Some(request))
}

/// An id, every other one with something in it.
fn trick(dice: &mut Dice) -> String {
    let mut id = String::new();
    if dice.permille(600) {
        return dice.below(1_000_000).to_string();
    }
    for _ in 0..=dice.below(4) {
        id.push_str(dice.pick(&PIECES).copied().unwrap_or("1"));
    }
    id
}

/// What the bare client does with such redirects.
async fn naive(base: &str, elsewhere: &[Listener; 2]) -> Result<u64> {
    let before = reached(elsewhere);
    let client = bare()?;
    for _ in 0..NAIVE {
        // Whatever comes of it.
        let _ = client.post(format!("{base}/calls/1/transfer")).send().await;
    }
    Ok(reached(elsewhere) - before)
}

/// The same with a proxy in the environment, which only a process of its own can have.
fn proxy(options: &Options) -> Result<Line> {
    let what = "connections to a proxy of the environment";
    let Some(children) = options.children.clone() else {
        let why = "needs a process of its own, and none can be started";
        return Ok(Line::skipped(Bar::R11, None, what, why));
    };
    real_time(|| async move {
        let mut counts = Vec::new();
        let server = Server::start(Router::new()).await.map_err(machine("no server"))?;
        for naive in [false, true] {
            let [proxy, _] = elsewhere().await?;
            let (children, url, address) = (children.clone(), server.base_url(), proxy.base());
            let task = Task::Proxied { bare: naive, url };
            let run = tokio::task::spawn_blocking(move || {
                let names = [
                    "HTTP_PROXY",
                    "http_proxy",
                    "HTTPS_PROXY",
                    "https_proxy",
                    "ALL_PROXY",
                    "all_proxy",
                ];
                let mut environment: Vec<(&str, &str)> = names.iter().map(|name| (*name, address.as_str())).collect();
                environment.extend([("NO_PROXY", ""), ("no_proxy", "")]);
                children.run(&task, &environment)
            });
            run.await.map_err(|_| broken("a child was not waited for"))??;
            counts.push(precise(proxy.connections()));
        }
        server.stop().await;
        let [ours, naive] = counts.as_slice() else {
            return Err(broken("two children were asked for"));
        };
        Ok(Line::new(Bar::R11, None, what, *ours, 0.0).anchored(*naive))
    })?
}

/// In the child: a few requests to the origin.
pub(super) fn proxied(naive: bool, url: &str) -> Result<Figures> {
    let url = url.to_owned();
    real_time(|| async move {
        let client = bare()?;
        let transport = tcp(&url)?;
        for _ in 0..3 {
            // Whatever the origin says.
            match naive {
                true => drop(client.get(&url).timeout(DEADLINE).send().await),
                false => drop(transport.send(Request::get(ApiPath::new("/calls"), DEADLINE)).await),
            }
        }
        Ok(Figures::from([("requests".to_owned(), 3.0)]))
    })?
}

/// Every command of an adapter against a simulator whose replies lead elsewhere, in memory: each request's path must still be of the vendor's interface.
fn in_mind(vendor: Vendor, options: &Options) -> Result<Line> {
    let rounds = options.scale.pick(1, 20);
    let (mut cases, mut strays, mut commands) = (0, 0, 0);
    for deed in deeds(vendor) {
        for round in 0..rounds {
            let redirects = if round % 2 == 0 { 0 } else { 300 };
            let played = World::run(|| async move {
                let hostile = Hostile::new(vec!["elsewhere.test".to_owned()], options.seed + round, redirects);
                let front = hostile.clone();
                let world = in_memory(Setup::small(vendor, options.seed), Wire::default(), move |router| {
                    front.before(router)
                })?;
                hostile.show_its_face(round % 3 == 2);
                // A server that lies may let no scene come about: what was asked on the way counts all the same.
                if let Ok(scene) = Scene::set(&world, deed.stage).await {
                    hostile.show_its_face(true);
                    let command = deed.command(&world, &scene)?;
                    let _ = dispatch(&*world.control, command, &world.cx(DEADLINE)).await;
                }
                tokio::time::sleep(Duration::from_secs(60)).await;
                world.shut_down().await;
                Ok::<_, callcontrol::Error>((hostile.cases(), hostile.strays()))
            })?;
            let Ok((met, strayed)) = played else { continue };
            cases += met;
            strays += u64::try_from(strayed).unwrap_or(u64::MAX);
            commands += 1;
        }
    }
    let what = "requests off the vendor's paths, hostile replies";
    let line = Line::new(Bar::R11, vendor, what, precise(strays), 0.0);
    Ok(line.detail(format!("{commands} commands, {cases} hostile replies, virtual clock")))
}

/// The same over sockets, where somebody else could be reached.
async fn adapter(vendor: Vendor, rounds: usize, seed: u64) -> Result<Line> {
    let elsewhere = elsewhere().await?;
    let (mut cases, mut commands) = (0, 0);
    for (round, deed) in deeds(vendor).into_iter().cycle().take(rounds).enumerate() {
        let redirects = if round % 2 == 0 { 0 } else { 300 };
        let hostile = Hostile::new(authorities(&elsewhere), seed, redirects);
        let (front, mut server) = (hostile.clone(), None);
        // At every third world it is hostile from the first sign-in on; elsewhere once the scene is set.
        hostile.show_its_face(round % 3 == 0);
        let kept = &mut server;
        let world = over_sockets(Setup::small(vendor, seed), |router| async move {
            let server = Server::start(front.before(router))
                .await
                .map_err(machine("no server"))?;
            let base = server.base_url();
            *kept = Some(server);
            Ok(base)
        })
        .await?;
        let scene = tokio::time::timeout(SCENE, Scene::set(&world, deed.stage)).await;
        hostile.show_its_face(true);
        if let Ok(Ok(scene)) = scene {
            let command = deed.command(&world, &scene)?;
            let cx = world.cx(Duration::from_secs(2));
            let _ = dispatch(&*world.control, command, &cx).await;
            commands += 1;
        }
        world
            .control
            .shutdown(&OpCx::new().within(Duration::from_secs(1)))
            .await;
        cases += hostile.cases();
        drop(server);
    }
    let what = "connections elsewhere, hostile replies over TCP";
    let line = Line::new(Bar::R11, vendor, what, precise(reached(&elsewhere)), 0.0);
    Ok(line.detail(format!("{commands} commands, {cases} hostile replies")))
}

const METHODS: [Method; 4] = [Method::Get, Method::Post, Method::Put, Method::Delete];
const PIECES: [&str; 20] = [
    "101",
    "..",
    "/",
    "../",
    "%2e%2e",
    "%2f",
    "\\",
    "//",
    "@",
    ":80",
    "?",
    "#",
    "http://",
    ";",
    "\u{ff0e}\u{ff0e}",
    "%00",
    "\t",
    "~",
    ".",
    "a b",
];
const NAIVE: u64 = 20;
const DEADLINE: Duration = Duration::from_secs(5);
const SCENE: Duration = Duration::from_secs(8);
