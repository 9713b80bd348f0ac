//! `callctl simulate`: a day for each adapter and seed, and the bars it was measured against.

use std::time::Duration;

use callcontrol_simulation::simulate::{Bar, Day, Options, Totals, Weather, naive, simulate};

use super::{vendors, verdict};
use crate::args::{MixName, SimulateArgs};
use crate::failure::Failure;
use crate::output::{BOLD, DIM, GREEN, RED, styled};

pub(super) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let length = Duration::try_from_secs_f64(args.hours * 3600.0).unwrap_or_default();
    if !(Duration::from_secs(120)..=Duration::from_secs(7 * 24 * 3600)).contains(&length) {
        return Err(Failure::Machine("--hours: between 0.04 and 168 is expected".to_owned()));
    }
    let mut holds = true;
    for vendor in vendors(args.adapter) {
        let options = Options {
            vendor,
            seed: args.seed,
            agents: args.agents,
            length,
            weather: weather(args.mix),
        };
        holds &= if args.seeds == 1 {
            one(options, args.twice)?
        } else {
            many(options, args)?
        };
    }
    verdict(holds)
}

fn one(options: Options, twice: bool) -> Result<bool, Failure> {
    let day = simulate(options)?;
    print(&day);
    let mut holds = day.holds();
    if twice {
        let again = simulate(options)?;
        let same = again.trace == day.trace;
        let words = if same {
            styled(GREEN, "the same trace")
        } else {
            styled(RED, "ANOTHER TRACE")
        };
        anstream::println!(
            "    once more with seed {}: {words} ({:016x})",
            options.seed,
            again.trace
        );
        holds &= same;
    }
    anstream::println!();
    Ok(holds)
}

/// Many seeds, and one line a bar for all of them together.
fn many(options: Options, args: &SimulateArgs) -> Result<bool, Failure> {
    let mut totals = Totals::of(options);
    for seed in args.seed..args.seed.saturating_add(args.seeds) {
        let options = Options { seed, ..options };
        let day = simulate(options)?;
        totals.add(&day);
        if args.twice {
            totals.add_repeat(simulate(options)?.trace == day.trace);
        }
    }
    let ambiguous = options.weather == Weather::Ambiguous;
    let naive = ambiguous
        .then(|| naive(options.vendor, args.seed, NAIVE_COMMANDS))
        .transpose()?;
    anstream::println!(
        "{}  {} seeds from {}, {} agents for {:.0?} each, mix {}",
        styled(BOLD, options.vendor),
        args.seeds,
        args.seed,
        options.agents,
        options.length,
        options.weather.as_str()
    );
    totals.bars(naive.as_ref()).iter().for_each(tell);
    for words in totals.unheard_of().iter().take(SHOWN) {
        anstream::println!("    {} {words}", styled(RED, "NEW"));
    }
    anstream::println!();
    Ok(totals.holds(naive.as_ref()))
}

fn tell(bar: &Bar) {
    let style = match bar.holds {
        Some(true) => GREEN,
        Some(false) => RED,
        None => DIM,
    };
    anstream::println!("    {}", styled(style, bar));
}

fn print(day: &Day) {
    let Options {
        vendor, seed, agents, ..
    } = day.options;
    let weather = day.options.weather.as_str();
    anstream::println!("{}  seed {seed}, {agents} agents, mix {weather}", styled(BOLD, vendor));
    day.bars().iter().for_each(tell);
    let (sums, line) = (&day.sums, &day.line);
    anstream::println!(
        "    {} commands: {} done, {} failed, {} refused, {} unknown by contract; {} requests, {} polls, {} of them hurt; {:.1?} for {:.0?}",
        sums.ops,
        sums.done,
        sums.failed,
        sums.refused,
        sums.by_contract,
        line.requests,
        line.polls,
        line.polls_hurt,
        day.wall,
        day.simulated
    );
    let known = |words: &String| callcontrol_simulation::known::known(vendor, words).unwrap_or("NEW");
    for words in day.broken().take(SHOWN) {
        anstream::println!("    {} {words}", styled(RED, known(words)));
    }
}

fn weather(mix: MixName) -> Weather {
    match mix {
        MixName::Calm => Weather::Calm,
        MixName::Ambiguous => Weather::Ambiguous,
        MixName::Events => Weather::Events,
        MixName::Full => Weather::Full,
        MixName::Outage => Weather::Outage,
        MixName::Storm => Weather::Storm,
    }
}

const SHOWN: usize = 20;
/// Of the naive client, as an anchor.
const NAIVE_COMMANDS: u64 = 2000;
