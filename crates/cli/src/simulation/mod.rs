//! The four proofs by simulation: `simulate`, `crash-points`, `feed-law` and `soak`. What is counted comes from the simulation crate; here it is printed.

mod crash_points;
mod feed_law;
mod simulate;
mod soak;

use callcontrol_simulation::Vendor;

use crate::args::{Adapter, CrashPointsArgs, FeedLawArgs, SimulateArgs, SoakArgs};
use crate::failure::Failure;

pub(crate) async fn simulate(args: SimulateArgs) -> Result<(), Failure> {
    beside(move || simulate::run(&args)).await
}

pub(crate) async fn crash_points(args: CrashPointsArgs) -> Result<(), Failure> {
    beside(move || crash_points::run(&args)).await
}

pub(crate) async fn feed_law(args: FeedLawArgs) -> Result<(), Failure> {
    beside(move || feed_law::run(&args)).await
}

pub(crate) async fn soak(args: SoakArgs) -> Result<(), Failure> {
    soak::run(&args).await
}

/// A simulation has runtimes of its own, with a clock of their own: it runs on a thread without one.
async fn beside(work: impl FnOnce() -> Result<(), Failure> + Send + 'static) -> Result<(), Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::Machine(format!("the simulation broke off: {error}"))))
}

fn vendor(adapter: Adapter) -> Vendor {
    match adapter {
        Adapter::HuaweiCcGateway => Vendor::HuaweiCcGateway,
        Adapter::HuaweiOifde => Vendor::HuaweiOifde,
        Adapter::GenesysGws => Vendor::GenesysGws,
    }
}

fn vendors(only: Option<Adapter>) -> Vec<Vendor> {
    only.map_or_else(|| Vendor::ALL.to_vec(), |adapter| vec![vendor(adapter)])
}

/// `Ok` when nothing is broken; what is broken was printed already.
fn verdict(holds: bool) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::Reported) }
}
