//! `callctl crash-points`: the table of cells, what was found, and the sums.

use callcontrol_simulation::Vendor;
use callcontrol_simulation::crash::{Cell, Enumeration, Report};

use super::{vendors, verdict};
use crate::args::CrashPointsArgs;
use crate::failure::Failure;
use crate::output::{BOLD, GREEN, RED, styled};

pub(super) fn run(args: &CrashPointsArgs) -> Result<(), Failure> {
    let mut enumeration = Enumeration::of(vendors(args.adapter));
    enumeration.only.clone_from(&args.only);
    enumeration.seed = args.seed;
    enumeration.requests = args.requests.max(1);
    let report = enumeration.run();
    if args.cells {
        report.cells.iter().for_each(tell);
    }
    anstream::println!("{}", report.markdown());
    for line in report.findings() {
        anstream::println!("{} {line}", styled(RED, "!"));
    }
    let mut holds = !report.cells.is_empty();
    for vendor in vendors(args.adapter) {
        holds &= sums(&report, vendor);
    }
    verdict(holds)
}

fn sums(report: &Report, vendor: Vendor) -> bool {
    let sums = report.sums(Some(vendor));
    let style = if sums.new == 0 { GREEN } else { RED };
    anstream::println!(
        "{}: {} cells, {} violations ({} known), {} unknowns: {} resolved by an event, {} by resolve(), {} more shown by a snapshot, {} left",
        styled(BOLD, vendor),
        sums.cells,
        styled(style, sums.violations),
        sums.violations - sums.new,
        sums.unknowns,
        sums.by_event,
        sums.by_resolve,
        sums.by_snapshot,
        sums.left
    );
    sums.new == 0
}

fn tell(cell: &Cell) {
    anstream::println!(
        "{} | {} | request {} | {:?}",
        cell.vendor,
        cell.deed,
        cell.nth,
        cell.end
    );
    anstream::println!("    {}", cell.said);
    for struck in &cell.struck {
        anstream::println!("    struck {struck}");
    }
    for finding in &cell.findings {
        anstream::println!("    {} {finding}", styled(RED, "!"));
    }
    for fact in &cell.journal {
        anstream::println!("    {fact}");
    }
}
