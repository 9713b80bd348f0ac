//! R7: every command of every adapter, hindered at each of its requests in each manner. How long it took, as a part of the deadline it was given:
//! under the virtual clock for all, and in real time over sockets for a few.

use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, AgentStateRequest, Command, Dial, LegAction, OpCx, Result, RobotMode, Scope, Target,
    dispatch,
};
use callcontrol_simulators::Server;
use tokio::time::Instant;

use super::line::{Bar, Line};
use super::obstacle::{Manner, Obstacle};
use super::raw::Door;
use super::site::{deeds, in_memory, over_sockets, real_time};
use super::{Options, machine};
use crate::deed::{BOB, Deed};
use crate::scene::{Scene, Stage};
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{DEADLINE, Face, Setup, World};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    for &vendor in &options.vendors {
        each(paused(vendor, options)?);
        each(real_time(|| over_tcp(vendor, options.seed))??);
    }
    Ok(())
}

/// The worst of what was measured so far.
#[derive(Debug, Default)]
struct Worst {
    part: f64,
    of: String,
    cases: u64,
    commands: u64,
}

impl Worst {
    fn take(&mut self, part: f64, of: impl FnOnce() -> String) {
        self.cases += 1;
        if part > self.part {
            self.part = part;
            self.of = of();
        }
    }

    fn line(self, vendor: Vendor, what: &str, limit: f64) -> Line {
        let line = Line::new(Bar::R7, vendor, what, self.part, limit);
        line.detail(format!(
            "{} commands, {} cases, worst: {}",
            self.commands, self.cases, self.of
        ))
    }
}

fn paused(vendor: Vendor, options: &Options) -> Result<Line> {
    let mut worst = Worst::default();
    let requests = options.scale.pick(1, MOST_REQUESTS);
    for deed in deeds(vendor) {
        let mut played = false;
        for manner in Manner::ALL {
            for skip in 0..requests {
                let taken = World::run(|| hindered(vendor, deed, manner, skip, options.seed))?;
                // A scene that cannot be set is not this bar's matter: the crash points tell of it.
                let Ok((part, met)) = taken else { break };
                played = true;
                if met <= skip {
                    break;
                }
                worst.take(part, || format!("{}, {manner:?} at request {skip}", deed.name));
            }
        }
        worst.commands += u64::from(played);
    }
    Ok(worst.line(vendor, "longest answer / deadline, virtual clock", 1.01))
}

/// The part of the deadline that the command took, and how many requests it made.
async fn hindered(vendor: Vendor, deed: &Deed, manner: Manner, skip: usize, seed: u64) -> Result<(f64, usize)> {
    let obstacle = Obstacle::default();
    let front = obstacle.clone();
    let world = in_memory(Setup::small(vendor, seed), Wire::default(), move |router| {
        front.before(router)
    })?;
    let scene = Scene::set(&world, deed.stage).await?;
    let command = deed.command(&world, &scene)?;
    obstacle.arm(manner, skip);
    let part = part(&world, command, DEADLINE).await;
    let met = obstacle.disarm();
    world.shut_down().await;
    Ok((part, met))
}

async fn part(world: &World, command: Command, limit: Duration) -> f64 {
    let cx = world.cx(limit);
    let started = Instant::now();
    // Whatever is said: here only the time counts.
    let _ = dispatch(&*world.control, command, &cx).await;
    started.elapsed().as_secs_f64() / limit.as_secs_f64()
}

async fn over_tcp(vendor: Vendor, seed: u64) -> Result<Line> {
    let mut worst = Worst::default();
    for manner in Manner::ALL {
        for (name, part) in hindered_over_tcp(vendor, manner, seed).await? {
            worst.take(part, || format!("{name}, {manner:?}"));
        }
    }
    worst.commands = worst.cases / 3;
    Ok(worst.line(vendor, "longest answer / deadline, real time over TCP", 1.05))
}

async fn hindered_over_tcp(vendor: Vendor, manner: Manner, seed: u64) -> Result<Vec<(&'static str, f64)>> {
    let (door, mut doors) = (Door::default(), None);
    let doors_of = &mut doors;
    let through = door.clone();
    let world = over_sockets(Setup::small(vendor, seed), |router| async move {
        let server = Server::start(router).await.map_err(machine("no server"))?;
        let front = through.before(server.addr()).await?;
        let base = front.base();
        *doors_of = Some((server, front));
        Ok(base)
    })
    .await?;
    let commands = some_commands(&world).await?;
    door.manner(Some(manner));
    let taken = commands.into_iter().map(|command| {
        let name = command.name();
        let world = &world;
        async move { (name, part(world, command, REAL).await) }
    });
    let parts = futures::future::join_all(taken).await;
    door.manner(None);
    world.control.shutdown(&OpCx::new().within(REAL)).await;
    drop(doors);
    Ok(parts)
}

/// A few commands that do not wait for each other.
pub(super) async fn some_commands(world: &World) -> Result<Vec<Command>> {
    let open = Command::Open {
        request: world.sign_in_request(BOB)?,
    };
    let stage = match world.vendor() {
        Vendor::HuaweiOifde => Stage::Robot,
        Vendor::HuaweiCcGateway | Vendor::GenesysGws => Stage::Idle,
    };
    let scene = Scene::set(world, stage).await?;
    let session = scene.session()?.id().clone();
    if let (Face::Oifde(simulator), Ok(robot)) = (&world.face, scene.call()) {
        simulator.expire_tokens();
        let at = robot.clone().into();
        let what = LegAction::Robot(RobotMode::Insertion);
        let request = AdoptCall::new("1-no-such-record", AdoptState::Ask);
        return Ok(vec![
            open,
            Command::Act { at, what },
            Command::Adopt { session, request },
        ]);
    }
    let to = AgentStateRequest::NotReady { reason: None };
    let request = Dial::to(Target::named("number:third-party")?);
    let scope = Scope::Session(session.clone());
    Ok(vec![
        open,
        Command::SetAgentState {
            session: session.clone(),
            to,
        },
        Command::Dial { session, request },
        Command::Snapshot { scope },
    ])
}

/// The deadline in real time.
const REAL: Duration = Duration::from_secs(1);
/// No command makes more requests.
const MOST_REQUESTS: usize = 8;
