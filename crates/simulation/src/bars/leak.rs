//! R17: agents sign in and out, ten thousand times, in a process of its own against a simulator in another one. What the process holds at the end and
//! after the first tenth must be the same. What the layer remembers on purpose (the last operations of each session, the last operation ids) is bounded;
//! it is filled before the count begins, so that growth is a leak.

use callcontrol::{CloseSession, Command, Result, dispatch};
use callcontrol_simulators::Server;

use super::child::{Figures, Task};
use super::line::{Bar, Line};
use super::site::{over_sockets, real_time};
use super::{Options, broken, machine, precise};
use crate::soak::memory::{open_files, resident};
use crate::vendor::Vendor;
use crate::world::{DEADLINE, Setup, World, cast};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let (fill, cycles) = options.scale.pick((200, 400), (3_000, 10_000));
    for &vendor in &options.vendors {
        let what = "memory after all cycles / after a tenth";
        let Some(children) = options.children.clone() else {
            let why = "needs a process of its own, and none can be started";
            each(Line::skipped(Bar::R17, vendor, what, why));
            continue;
        };
        let figures = real_time(|| async move {
            let (_switch, face, _desks) = cast(&Setup::large(vendor, SEED, AGENTS));
            let server = Server::start(face.router()).await.map_err(machine("no server"))?;
            let task = Task::Cycles {
                vendor: vendor.id().to_owned(),
                url: server.base_url(),
                fill,
                cycles,
            };
            let run = tokio::task::spawn_blocking(move || children.run(&task, &[]));
            let figures = run.await.map_err(|_| broken("a child was not waited for"))?;
            server.stop().await;
            figures
        })??;
        lines(vendor, cycles, &figures).into_iter().for_each(&mut *each);
    }
    Ok(())
}

fn lines(vendor: Vendor, cycles: u64, figures: &Figures) -> Vec<Line> {
    let of = |name: &str| figures.get(name).copied().unwrap_or(f64::NAN);
    let (cold, early, late) = (of("cold"), of("early"), of("late"));
    let memory = Line::new(
        Bar::R17,
        vendor,
        "memory after all cycles / after a tenth",
        late / early,
        1.05,
    );
    let files = Line::new(Bar::R17, vendor, "open files more than before", of("files"), 0.0);
    let detail = format!(
        "{cycles} cycles: {:.1} MiB, then {:.1} MiB; {:.1} MiB before the memory of the last operations was full",
        early / MIB,
        late / MIB,
        cold / MIB
    );
    vec![memory.detail(detail), files]
}

/// In the child: the cycles, against a simulator at this address.
pub(super) fn cycles(vendor: &str, url: &str, fill: u64, cycles: u64) -> Result<Figures> {
    let vendor = Vendor::of(vendor).ok_or_else(|| broken("no such adapter"))?;
    let before = open_files().unwrap_or_default();
    let url = url.to_owned();
    let [cold, early, late] = real_time(|| turn(vendor, url, fill, cycles))??;
    let after = open_files().unwrap_or_default();
    let files = precise(u64::try_from(after.saturating_sub(before)).unwrap_or(u64::MAX));
    Ok([
        ("cold".to_owned(), cold),
        ("early".to_owned(), early),
        ("late".to_owned(), late),
        ("files".to_owned(), files),
    ]
    .into())
}

async fn turn(vendor: Vendor, url: String, fill: u64, cycles: u64) -> Result<[f64; 3]> {
    let world = over_sockets(Setup::large(vendor, SEED, AGENTS), |_| async { Ok(url) }).await?;
    let cold = after(&world, cycles / 20).await?;
    after(&world, fill).await?;
    let early = after(&world, cycles / 10).await?;
    let late = after(&world, cycles - cycles / 10).await?;
    world.shut_down().await;
    Ok([cold, early, late])
}

/// What is held after so many more cycles.
async fn after(world: &World, cycles: u64) -> Result<f64> {
    let cycles = usize::try_from(cycles).unwrap_or(usize::MAX);
    for at in (0..AGENTS).cycle().take(cycles) {
        once(world, at).await?;
    }
    Ok(held())
}

async fn once(world: &World, at: usize) -> Result<()> {
    let session = world.sign_in(at).await?.id().clone();
    let request = CloseSession::default();
    let close = Command::Close { session, request };
    dispatch(&*world.control, close, &world.cx(DEADLINE)).await.map(drop)
}

fn held() -> f64 {
    // Whole kibibytes fit.
    resident().map_or(f64::NAN, |bytes| precise(bytes >> 10) * 1024.0)
}

/// Few, so that the memory of each one's last operations is full soon.
const AGENTS: usize = 10;
const SEED: u64 = 1;
const MIB: f64 = 1_048_576.0;
