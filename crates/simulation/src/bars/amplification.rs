//! R6: a server that answers everything with 503. How many requests are sent for each operation that the application offered: commands, sign-ins and polls
//! told apart, because each is repeated by another rule.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use callcontrol::{Error, Result, Session, dispatch};
use callcontrol_http::{ApiPath, BaseUrl, InMemoryTransport, Request, Transport};
use tokio::time::sleep;

use super::line::{Bar, Line};
use super::site::in_memory;
use super::tally::{Class, Tally, Trouble};
use super::{Options, broken, precise};
use crate::drill::{command, robot};
use crate::vendor::Vendor;
use crate::world::{DEADLINE, Setup, World, customer};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let agents = options.scale.pick(20, 200);
    for &vendor in &options.vendors {
        let naive = World::run(|| naive(vendor))??;
        each(World::run(|| commands(vendor, agents, options.seed))??.anchored(naive));
        each(World::run(|| sign_ins(vendor, agents, options.seed))??.anchored(naive));
        if vendor.tells_events() {
            each(World::run(|| polls(vendor, agents, options.seed))??);
        } else {
            let why = "this vendor has no event link";
            each(Line::skipped(
                Bar::R6,
                vendor,
                "polls in a storm / polls in a calm",
                why,
            ));
        }
    }
    Ok(())
}

async fn site(vendor: Vendor, agents: usize, seed: u64) -> Result<(World, Tally)> {
    let line = Tally::new(vendor);
    let world = in_memory(Setup::large(vendor, seed, agents), line.clone(), |router| router)?;
    Ok((world, line))
}

async fn all_signed_in(world: &World) -> Result<Vec<Session>> {
    let mut sessions = Vec::new();
    for at in 0..world.setup.agents {
        sessions.push(world.sign_in(at).await?);
    }
    Ok(sessions)
}

/// Each agent gives a command a second, for a minute.
async fn commands(vendor: Vendor, agents: usize, seed: u64) -> Result<Line> {
    let (world, line) = site(vendor, agents, seed).await?;
    let sessions = all_signed_in(&world).await?;
    let mut robots = Vec::new();
    for (at, session) in sessions.iter().enumerate() {
        robots.push(robot(&world, at, &customer(at), session).await?);
    }
    sleep(SETTLING).await;
    line.take();
    line.trouble(Trouble::Unavailable(Some(Class::Command)));
    let people = sessions.iter().zip(&robots).map(|(session, robot)| {
        let world = &world;
        async move {
            for nth in 0..ROUNDS {
                let command = command(session, robot.as_ref(), nth);
                // Refused or unknown: what is counted is what was sent.
                let _ = dispatch(&*world.control, command, &world.cx(DEADLINE)).await;
                sleep(Duration::from_secs(1)).await;
            }
        }
    });
    futures::future::join_all(people).await;
    let sent = line.take().commands;
    world.shut_down().await;
    let offered = ROUNDS * u64::try_from(sessions.len()).unwrap_or(u64::MAX);
    Ok(share("commands: requests / offered", vendor, sent, offered))
}

/// Each agent tries to sign in, a few times.
async fn sign_ins(vendor: Vendor, agents: usize, seed: u64) -> Result<Line> {
    let (world, line) = site(vendor, agents, seed).await?;
    line.trouble(Trouble::Unavailable(None));
    let mut offered = 0;
    for _ in 0..TRIES {
        for at in 0..world.setup.agents {
            offered += 1;
            if world.sign_in(at).await.is_ok() {
                return Err(broken("signed in although every request was refused"));
            }
        }
        sleep(Duration::from_secs(5)).await;
    }
    let sent = line.take().requests();
    world.shut_down().await;
    Ok(share("sign-ins: requests / offered", vendor, sent, offered))
}

/// How often the link asks in a storm, compared with as long a calm: an agent's poll is offered once for all, and goes on for ever.
async fn polls(vendor: Vendor, agents: usize, seed: u64) -> Result<Line> {
    let (world, line) = site(vendor, agents, seed).await?;
    all_signed_in(&world).await?;
    sleep(SETTLING).await;
    line.take();
    sleep(STORM).await;
    let calm = line.take().requests();
    line.trouble(Trouble::Unavailable(None));
    // What is being held when the storm begins ends first.
    sleep(SETTLING).await;
    line.take();
    sleep(STORM).await;
    let storm = line.take().requests();
    line.trouble(Trouble::None);
    world.shut_down().await;
    let line = Line::new(
        Bar::R6,
        vendor,
        "polls in a storm / polls in a calm",
        precise(storm) / precise(calm),
        1.2,
    );
    Ok(line.detail(format!("{storm} requests for {calm} in {} s", STORM.as_secs())))
}

fn share(what: &str, vendor: Vendor, sent: u64, offered: u64) -> Line {
    let line = Line::new(Bar::R6, vendor, what, precise(sent) / precise(offered), 1.2);
    line.detail(format!("{sent} requests for {offered}"))
}

/// Three more tries for whatever failed.
async fn naive(vendor: Vendor) -> Result<f64> {
    let line = Tally::new(vendor);
    line.trouble(Trouble::Unavailable(None));
    let base = BaseUrl::parse("http://naive.test").map_err(Error::from)?;
    let transport = Arc::new(InMemoryTransport::new(base, Router::new()).with_mischief(line.clone()));
    for _ in 0..ROUNDS {
        for _ in 0..4 {
            let request = Request::get(ApiPath::new("/command"), Duration::from_secs(5));
            if transport.send(request).await.is_ok_and(|reply| reply.is_success()) {
                break;
            }
        }
    }
    Ok(precise(line.take().requests()) / precise(ROUNDS))
}

const ROUNDS: u64 = 60;
const TRIES: u64 = 5;
const SETTLING: Duration = Duration::from_secs(60);
const STORM: Duration = Duration::from_secs(600);
