//! `callctl feed-law`: how many schedules, in which ways the law was broken, and the shortest schedule for each.

use callcontrol_simulation::Vendor;
use callcontrol_simulation::feed::{Findings, Trial};
use callcontrol_simulation::known::known;

use super::{vendors, verdict};
use crate::args::FeedLawArgs;
use crate::failure::Failure;
use crate::output::{BOLD, GREEN, RED, styled};

pub(super) fn run(args: &FeedLawArgs) -> Result<(), Failure> {
    let mut holds = true;
    for vendor in vendors(args.adapter) {
        let started = std::time::Instant::now();
        let found = Trial::of(vendor, args.schedules, args.seed).run();
        print(vendor, &found);
        anstream::println!("    in {:.1?}\n", started.elapsed());
        holds &= found.new_ways(vendor).next().is_none();
    }
    verdict(holds)
}

fn print(vendor: Vendor, found: &Findings) {
    let new = found.new_ways(vendor).count();
    let style = if new == 0 { GREEN } else { RED };
    anstream::println!(
        "{}: {} schedules, {} events, {} gaps, {} sessions ended by faults; {} schedules broken in {} ways, {} of them new; at most {} items waited for the reader who never reads",
        styled(BOLD, vendor),
        found.schedules,
        found.events,
        found.gaps,
        found.ended,
        found.violations,
        found.broken.len(),
        styled(style, new),
        found.most_waiting
    );
    for (way, broken) in &found.broken {
        let id = known(vendor, &broken.words).unwrap_or("NEW");
        anstream::println!("    {} {} times: {way}", styled(RED, id), broken.times);
        anstream::println!("        schedule {}: {:?}", broken.schedule, broken.steps);
        anstream::println!("        {}", broken.words);
    }
}
