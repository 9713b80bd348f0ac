//! R1 to R4, R13 and R14: simulated days of many seeds, held against the switch's journal. `callctl simulate` tells more of each day; here is what became of all.

use std::time::Duration;

use callcontrol::Result;

use super::line::{Bar, Line};
use super::{Options, precise};
use crate::simulate::{Naive, Options as DayOptions, Totals, Weather, naive, simulate};
use crate::vendor::Vendor;

/// R1, R2 and R3: days of lost requests and lost answers.
pub(super) fn verdicts(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let seeds = options.scale.pick(2, 1000);
    for &vendor in &options.vendors {
        let totals = days(
            day(vendor, Weather::Ambiguous, options.scale.pick(8, 20), 432),
            options.seed,
            seeds,
            1,
        )?;
        let naive = naive(vendor, options.seed, options.scale.pick(200, 2000))?;
        let lines = [duplicates(vendor, &totals, &naive), lies(vendor, &totals, &naive)];
        let lines = lines
            .into_iter()
            .chain([forgotten(vendor, &totals), unresolved(vendor, &totals)]);
        let wanted = |line: &Line| options.bars.contains(&line.bar);
        lines.filter(wanted).for_each(&mut *each);
    }
    Ok(())
}

/// R4: days of lost, doubled and late events.
pub(super) fn feed(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let seeds = options.scale.pick(2, 120);
    for &vendor in &options.vendors {
        let totals = days(
            day(vendor, Weather::Events, options.scale.pick(8, 20), 1800),
            options.seed,
            seeds,
            1,
        )?;
        let what = "feed, snapshot and switch differ at rest";
        let detail = format!("{} events, {} gaps, {seeds} seeds", totals.events, totals.gaps);
        each(Line::new(Bar::R4, vendor, what, precise(totals.differences), 0.0).detail(detail));
    }
    Ok(())
}

/// R13: each seed twice.
pub(super) fn traces(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let seeds = options.scale.pick(2, 1000);
    for &vendor in &options.vendors {
        let totals = days(day(vendor, Weather::Full, 8, 144), options.seed, seeds, 2)?;
        let what = "seeds whose trace does not repeat";
        let detail = format!("{} seeds, twice each", totals.repeated);
        each(Line::new(Bar::R13, vendor, what, precise(totals.other_trace), 0.0).detail(detail));
    }
    Ok(())
}

/// R14: how much of an hour an hour takes, with everything going wrong.
pub(super) fn speed(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let (agents, seconds) = options.scale.pick((20, 360), (1000, 360));
    for &vendor in &options.vendors {
        let totals = days(day(vendor, Weather::Full, agents, seconds), options.seed, 1, 1)?;
        let speed = totals.simulated.as_secs_f64() / totals.wall.as_secs_f64();
        let what = "real milliseconds for a simulated second";
        let line = Line::new(Bar::R14, vendor, what, 1000.0 / speed, 1.0);
        each(line.detail(format!("{speed:.0} times as fast as life, {agents} agents")));
    }
    Ok(())
}

fn day(vendor: Vendor, weather: Weather, agents: usize, seconds: u64) -> DayOptions {
    DayOptions {
        vendor,
        seed: 0,
        agents,
        length: Duration::from_secs(seconds),
        weather,
    }
}

fn days(day: DayOptions, first: u64, seeds: u64, times: u64) -> Result<Totals> {
    let mut totals = Totals::of(day);
    for seed in first..first.saturating_add(seeds) {
        let day = DayOptions { seed, ..day };
        let played = simulate(day)?;
        totals.add(&played);
        for _ in 1..times {
            totals.add_repeat(simulate(day)?.trace == played.trace);
        }
    }
    Ok(totals)
}

fn duplicates(vendor: Vendor, totals: &Totals, naive: &Naive) -> Line {
    let line = Line::new(Bar::R1, vendor, "commands done twice", precise(totals.twice), 0.0);
    let detail = format!(
        "{} that must not be, {} ambiguous faults",
        totals.once, totals.ambiguous_faults
    );
    line.anchored(precise(naive.twice)).detail(detail)
}

fn lies(vendor: Vendor, totals: &Totals, naive: &Naive) -> Line {
    let line = Line::new(Bar::R2, vendor, "false verdicts", precise(totals.wrong), 0.0);
    line.anchored(precise(naive.lies))
        .detail(format!("{} commands", totals.ops))
}

fn forgotten(vendor: Vendor, totals: &Totals) -> Line {
    let what = "unknown to the end although there was evidence";
    let line = Line::new(Bar::R2, vendor, what, precise(totals.unresolved), 0.0);
    line.detail(format!("{} were unknown at first", totals.ambiguous))
}

fn unresolved(vendor: Vendor, totals: &Totals) -> Line {
    let left = totals.ambiguous.saturating_sub(totals.resolved());
    let line = Line::new(
        Bar::R3,
        vendor,
        "unknowns not resolved where evidence is",
        precise(left),
        0.0,
    );
    let (resolved, contract) = (totals.resolved(), totals.by_contract);
    line.detail(format!(
        "{resolved} of {} resolved, {contract} more unknown by contract",
        totals.ambiguous
    ))
}
