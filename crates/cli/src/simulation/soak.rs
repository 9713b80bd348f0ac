//! `callctl soak`: what was checked, what was unknown, and what the process used.

use callcontrol_simulation::known::known;
use callcontrol_simulation::soak::{Soak, Soaked, soak};

use super::{vendor, verdict};
use crate::args::SoakArgs;
use crate::failure::Failure;
use crate::output::{BOLD, GREEN, RED, styled};

pub(super) async fn run(args: &SoakArgs) -> Result<(), Failure> {
    let soaked = soak(Soak {
        vendor: vendor(args.adapter),
        seed: args.seed,
        agents: args.agents,
        length: args.length,
        mishaps: args.faults,
    })
    .await?;
    print(args, &soaked);
    let violations = soaked.violations();
    let new = violations
        .iter()
        .filter(|words| known(vendor(args.adapter), words).is_none());
    verdict(new.count() == 0)
}

fn print(args: &SoakArgs, soaked: &Soaked) {
    let (sums, violations) = (&soaked.sums, soaked.violations());
    let style = if violations.is_empty() { GREEN } else { RED };
    anstream::println!(
        "{}  {} agents for {:?}",
        styled(BOLD, args.adapter.id()),
        args.agents,
        args.length
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
    let resolved = sums.late + sums.by_snapshot;
    anstream::println!(
        "    unknowns           {}, {resolved} resolved ({} late, {} by snapshot); {} more unknown by contract",
        sums.ambiguous,
        sums.late,
        sums.by_snapshot,
        sums.by_contract
    );
    anstream::println!(
        "    events             {}, gaps {}, sign-ins repeated {}",
        sums.events,
        sums.gaps,
        sums.signed_in_again
    );
    anstream::println!(
        "    memory             start {}, end {}, peak {} (the switch's journal of {} facts is kept whole)",
        mebibytes(soaked.memory_start),
        mebibytes(soaked.memory_end),
        mebibytes(soaked.memory_peak),
        soaked.facts
    );
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

fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "not told".to_owned(), |bytes| format!("{} MiB", bytes >> 20))
}

fn told(count: Option<usize>) -> String {
    count.map_or_else(|| "not told".to_owned(), |count| count.to_string())
}

const SHOWN: usize = 20;
