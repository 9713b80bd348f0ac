//! `callctl soak`: what was checked, what was unknown, and what the process used.

use std::time::Duration;

use callcontrol_simulation::known::known;
use callcontrol_simulation::soak::{Look, Soak, Soaked, soak};

use super::{vendor, verdict};
use crate::args::SoakArgs;
use crate::failure::Failure;
use crate::output::{BOLD, GREEN, RED, styled};

pub(super) async fn run(args: &SoakArgs) -> Result<(), Failure> {
    let options = Soak {
        vendor: vendor(args.adapter),
        seed: args.seed,
        agents: args.agents,
        warm_up: (args.length * 2 / 5).min(WARM_UP),
        drill: DRILL,
        length: args.length,
        mishaps: args.faults,
        plant: args.plant,
    };
    let soaked = tokio::select! {
        biased;
        soaked = soak(options, stopped()) => soaked?,
        () = stopped_twice() => return Err(Failure::Machine("stopped before anything could be told".to_owned())),
    };
    print(args, &soaked);
    let violations = soaked.violations();
    let new = violations
        .iter()
        .filter(|words| known(vendor(args.adapter), words).is_none());
    verdict(new.count() == 0 && soaked.is_flat() != Some(false))
}

/// The report is for whoever stops it early, too.
async fn stopped() {
    interrupted().await;
    anstream::eprintln!("stopping: people go home, then what was seen is told; once more to stop at once");
}

async fn stopped_twice() {
    interrupted().await;
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Where signals cannot be had, the soak ends with its time.
        std::future::pending::<()>().await;
    }
}

fn print(args: &SoakArgs, soaked: &Soaked) {
    let (sums, violations) = (&soaked.sums, soaked.violations());
    let style = if violations.is_empty() { GREEN } else { RED };
    anstream::println!(
        "{}  {} agents for {:.0?} of {:?}, after a warm-up",
        styled(BOLD, args.adapter.id()),
        args.agents,
        soaked.worked,
        args.length
    );
    let (agents, commands) = soaked.drilled;
    anstream::println!(
        "    warm-up            {:.0?} without faults: {agents} agents gave {DRILL} commands in a row each, so that the layer's memory of operations and robots is full ({commands} accepted)",
        soaked.warm_up
    );
    anstream::println!("    invariants checked {}", soaked.checks);
    anstream::println!("    violations         {}", styled(style, violations.len()));
    anstream::println!(
        "    operations         {} ({} done, {} failed, {} refused), {} requests hurt by the server",
        sums.ops,
        sums.done,
        sums.failed,
        sums.refused,
        soaked.hurt
    );
    let resolved = sums.late + sums.by_resolve + sums.by_snapshot;
    anstream::println!(
        "    unknowns           {}, {resolved} resolved ({} late, {} by resolve(), {} by snapshot); {} more unknown by contract",
        sums.ambiguous,
        sums.late,
        sums.by_resolve,
        sums.by_snapshot,
        sums.by_contract
    );
    anstream::println!(
        "    events             {}, gaps {}, sign-ins repeated {}",
        sums.events,
        sums.gaps,
        sums.signed_in_again
    );
    soaked.looks.iter().for_each(tell);
    let growth = soaked
        .growth()
        .map_or_else(|| "not told".to_owned(), |growth| format!("{:+.1} %", growth * 100.0));
    let style = if soaked.is_flat() == Some(false) { RED } else { GREEN };
    anstream::println!(
        "    memory growth      {} from the first look to the last, nothing subtracted; at most +5 % after 10 minutes; peak {}",
        styled(style, growth),
        mebibytes(soaked.memory_peak)
    );
    anstream::println!("    facts              {} in the switch's journal", soaked.facts);
    anstream::println!(
        "    open files         start {}, end {}",
        told(soaked.files_start),
        told(soaked.files_end)
    );
    for words in violations.iter().chain(&sums.unresolved).take(SHOWN) {
        let id = known(vendor(args.adapter), words).unwrap_or("NEW");
        anstream::println!("    {} {words}", styled(RED, id));
    }
}

fn tell(look: &Look) {
    anstream::println!(
        "    memory at {:>6.0?}   {}; the simulation's own books: {} facts, {} calls, {} requests, {} open lines",
        look.after,
        mebibytes(look.memory),
        look.facts,
        look.calls,
        look.requests,
        look.lines
    );
}

/// With one place: tenths are what a twentieth of a small process is.
fn mebibytes(bytes: Option<u64>) -> String {
    let tenths = |bytes: u64| bytes * 10 / (1 << 20);
    bytes.map_or_else(
        || "not told".to_owned(),
        |bytes| format!("{}.{} MiB", tenths(bytes) / 10, tenths(bytes) % 10),
    )
}

fn told(count: Option<usize>) -> String {
    count.map_or_else(|| "not told".to_owned(), |count| count.to_string())
}

const SHOWN: usize = 20;
/// As long as the longest of the simulation's books takes to be full.
const WARM_UP: Duration = Duration::from_secs(240);
/// More than the layer remembers of one session: 128 operations, 256 robots.
const DRILL: u64 = 260;
