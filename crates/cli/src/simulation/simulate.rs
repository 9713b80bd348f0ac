//! `callctl simulate`: a day for each adapter and seed, and the bars it was measured against.

use std::time::Duration;

use callcontrol_simulation::simulate::{Day, Options, Weather, simulate};

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
        for seed in args.seed..args.seed.saturating_add(args.seeds) {
            let options = Options {
                vendor,
                seed,
                agents: args.agents,
                length,
                weather: weather(args.mix),
            };
            holds &= one(options, args.twice)?;
        }
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

fn print(day: &Day) {
    let Options {
        vendor, seed, agents, ..
    } = day.options;
    let weather = day.options.weather.as_str();
    anstream::println!("{}  seed {seed}, {agents} agents, mix {weather}", styled(BOLD, vendor));
    for bar in day.bars() {
        let style = match bar.holds {
            Some(true) => GREEN,
            Some(false) => RED,
            None => DIM,
        };
        anstream::println!("    {}", styled(style, &bar));
    }
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
    for words in sums.wrong.iter().chain(&sums.unresolved).chain(&day.truth).take(SHOWN) {
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
