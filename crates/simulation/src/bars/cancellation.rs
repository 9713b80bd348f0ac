//! R9: every command, dropped after each step that it takes. Nothing may be left behind: no task, no session at the simulator after the shutdown, no open
//! file, and no second effect at the switch.
//!
//! The stack runs a command in a task of its own, so that a step is one round of the scheduler: the exchange is caught at each of its own await points.

use std::pin::pin;
use std::time::Duration;

use callcontrol::{Command, Result, dispatch};
use callcontrol_simulators::Server;
use callcontrol_testkit::switch::{AgentState, Party};
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::deadline::some_commands;
use super::line::{Bar, Line};
use super::site::{deeds, in_memory, over_sockets, real_time, step_by_step};
use super::{Options, machine, precise};
use crate::deed::{ANN, Deed, Proof};
use crate::scene::Scene;
use crate::soak::memory::open_files;
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{DEADLINE, Setup, World};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    for &vendor in &options.vendors {
        let deeds = deeds(vendor);
        let deeds = deeds.into_iter().take(options.scale.pick(6, usize::MAX));
        let mut found = Found::default();
        for deed in deeds {
            found.enumerate(vendor, deed, options.seed)?;
        }
        found.lines(vendor).into_iter().for_each(&mut *each);
        each(files(vendor, options.scale.pick(2, 8), options.seed)?);
    }
    Ok(())
}

/// What was found of one adapter.
#[derive(Debug, Default)]
struct Found {
    commands: u64,
    reached: u64,
    tested: u64,
    tasks: u64,
    sessions: u64,
    twice: u64,
    worst: Option<String>,
}

/// What one dropped command left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Left {
    /// It had ended before it could be dropped.
    ended: bool,
    tasks: u64,
    sessions: u64,
    effects: usize,
}

impl Found {
    fn enumerate(&mut self, vendor: Vendor, deed: &Deed, seed: u64) -> Result<()> {
        let whole = step_by_step(|| dropped(vendor, deed, MOST_STEPS, seed))?;
        // A scene that cannot be set is not this bar's matter: the crash points tell of it.
        let Ok((whole, steps)) = whole else { return Ok(()) };
        self.commands += 1;
        self.reached += steps;
        for step in 0..steps {
            let (left, _) = step_by_step(|| dropped(vendor, deed, step, seed))??;
            self.tested += u64::from(!left.ended);
            self.note(deed, step, left, whole);
        }
        Ok(())
    }

    fn note(&mut self, deed: &Deed, step: u64, left: Left, whole: Left) {
        let sessions = left.sessions;
        let twice = u64::from(left.effects > whole.effects.max(1));
        if self.worst.is_none() && left.tasks + sessions + twice > 0 {
            self.worst = Some(format!(
                "{} dropped after {step} steps left {} tasks, {sessions} sessions, {} effects",
                deed.name, left.tasks, left.effects
            ));
        }
        self.tasks += left.tasks;
        self.sessions += sessions;
        self.twice += twice;
    }

    fn lines(self, vendor: Vendor) -> [Line; 2] {
        let untested = self.reached.saturating_sub(self.tested);
        let points = Line::new(
            Bar::R9,
            vendor,
            "await points reached and not dropped at",
            precise(untested),
            0.0,
        );
        let left = precise(self.tasks + self.sessions + self.twice);
        let leaks = Line::new(Bar::R9, vendor, "leaked tasks, sessions, second effects", left, 0.0);
        let detail = format!(
            "{} commands, {} of {} points tested",
            self.commands, self.tested, self.reached
        );
        let sums = format!(
            "{} tasks, {} sessions, {} second effects",
            self.tasks, self.sessions, self.twice
        );
        [points.detail(detail), leaks.detail(self.worst.unwrap_or(sums))]
    }
}

/// Gives the command, drops it after so many steps, and looks what is left; also how many steps were taken.
async fn dropped(vendor: Vendor, deed: &Deed, steps: u64, seed: u64) -> Result<(Left, u64)> {
    let world = in_memory(Setup::small(vendor, seed), Wire::default(), |router| router)?;
    let scene = Scene::set(&world, deed.stage).await?;
    let command = deed.command(&world, &scene)?;
    let mark = world.switch.with(|switch| switch.journal().next_seq());
    let taken = drop_after(&world, command, steps).await;
    // Whatever went on without its caller ends.
    sleep(REST).await;
    let effects = effects(&world, deed, mark)?;
    let ann = world.desk(ANN)?.id.clone();
    let switch = world.switch.clone();
    // No vendor signs an agent out in the middle of a call, and the shutdown ends nobody's.
    for call in switch.calls_of(&Party::agent(&ann)) {
        let _ = switch.hang_up(&Party::agent(&ann), call.id);
    }
    sleep(Duration::from_secs(15)).await;
    world.shut_down().await;
    drop((scene, world));
    sleep(Duration::from_secs(1)).await;
    let tasks = u64::try_from(Handle::current().metrics().num_alive_tasks()).unwrap_or(u64::MAX);
    let signed_in = switch.with(|switch| {
        let state = switch.agent(&ann).map(|agent| agent.state.clone());
        state.is_some_and(|state| state != AgentState::SignedOut)
    });
    let left = Left {
        ended: taken < steps,
        tasks,
        sessions: u64::from(signed_in),
        effects,
    };
    Ok((left, taken))
}

/// Polls the command so many times, with a round of everybody else in between; gives how often it was pending.
async fn drop_after(world: &World, command: Command, steps: u64) -> u64 {
    let cx = world.cx(DEADLINE);
    let mut given = pin!(dispatch(&*world.control, command, &cx));
    for step in 0..steps {
        if futures::poll!(given.as_mut()).is_ready() {
            return step;
        }
        // Nothing but time goes on where everybody waits for it.
        match (step + 1) % ROUNDS {
            0 => sleep(Duration::from_millis(20)).await,
            _ => yield_now().await,
        }
    }
    steps
}

fn effects(world: &World, deed: &Deed, mark: u64) -> Result<usize> {
    let me = world.desk(ANN)?.id.clone();
    Ok(match deed.proof {
        Proof::Fact(is_effect) if deed.is_once() => world.switch.with(|switch| {
            let facts = switch.journal().since(mark).iter();
            facts.filter(|entry| is_effect(&me, &entry.what)).count()
        }),
        _ => 0,
    })
}

/// Over sockets: what is open when a few commands were dropped at each of their steps and everything is shut down.
fn files(vendor: Vendor, polls: u32, seed: u64) -> Result<Line> {
    let what = "files left open after dropped commands over TCP";
    let Some(before) = open_files() else {
        return Ok(Line::skipped(
            Bar::R9,
            vendor,
            what,
            "this system does not tell what is open",
        ));
    };
    real_time(|| drop_over_tcp(vendor, polls, seed))??;
    let after = open_files().unwrap_or_default();
    let left = precise(u64::try_from(after.saturating_sub(before)).unwrap_or(u64::MAX));
    Ok(Line::new(Bar::R9, vendor, what, left, 0.0).detail(format!("{before} before, {after} after")))
}

async fn drop_over_tcp(vendor: Vendor, most: u32, seed: u64) -> Result<()> {
    for polls in 0..most {
        let mut server = None;
        let kept = &mut server;
        let world = over_sockets(Setup::small(vendor, seed), |router| async move {
            let server = Server::start(router).await.map_err(machine("no server"))?;
            let base = server.base_url();
            *kept = Some(server);
            Ok(base)
        })
        .await?;
        for command in some_commands(&world).await? {
            let cx = world.cx(DEADLINE);
            let mut given = pin!(dispatch(&*world.control, command, &cx));
            for _ in 0..polls {
                if futures::poll!(given.as_mut()).is_ready() {
                    break;
                }
                sleep(Duration::from_micros(200)).await;
            }
        }
        world.shut_down().await;
        if let Some(server) = server {
            server.stop().await;
        }
    }
    Ok(())
}

/// More steps than any command takes.
const MOST_STEPS: u64 = 5000;
/// So many rounds of the scheduler for each step of the clock.
const ROUNDS: u64 = 64;
const REST: Duration = Duration::from_secs(60);
