//! Days of a small contact centre: the same seed gives the same trace, and what the adapters say is so.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use callcontrol_simulation::Vendor;
use callcontrol_simulation::known::known;
use callcontrol_simulation::simulate::{Day, Options, Weather, simulate};

fn day(vendor: Vendor, seed: u64, weather: Weather) -> Day {
    let length = Duration::from_secs(600);
    let options = Options {
        vendor,
        seed,
        agents: 8,
        length,
        weather,
    };
    simulate(options).unwrap()
}

fn nothing_false(day: &Day) {
    let said = day.sums.wrong.iter().chain(&day.sums.unresolved).chain(&day.truth);
    let new: Vec<&String> = said
        .filter(|words| known(day.options.vendor, words).is_none())
        .collect();
    assert!(new.is_empty(), "{:?}: {new:#?}", day.options);
    assert_eq!(day.sums.twice, 0);
    assert!(day.sums.ops > 50, "{:?}", day.sums);
    assert!(day.sums.worst_deadline <= 1.01, "{:?}", day.sums);
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    for vendor in Vendor::ALL {
        let traces = [1, 1, 2].map(|seed| day(vendor, seed, Weather::Calm).trace);
        assert_eq!(traces.first(), traces.get(1), "{vendor}");
        assert_ne!(traces.first(), traces.get(2), "{vendor}");
    }
}

#[test]
fn with_faults_on_the_line_the_same_seed_gives_the_same_trace() {
    for vendor in Vendor::ALL {
        let traces = [3, 3].map(|seed| day(vendor, seed, Weather::Full).trace);
        assert_eq!(traces.first(), traces.last(), "{vendor}");
    }
}

#[test]
fn on_a_calm_day_every_command_becomes_what_the_adapter_says() {
    for vendor in Vendor::ALL {
        nothing_false(&day(vendor, 4, Weather::Calm));
    }
}

#[test]
fn on_a_day_of_lost_answers_nobody_is_moved_twice_and_nothing_false_is_said() {
    for vendor in Vendor::ALL {
        let day = day(vendor, 5, Weather::Ambiguous);
        assert!(day.line.ambiguous > 5, "{vendor}: {:?}", day.line);
        nothing_false(&day);
    }
}

#[test]
fn after_an_outage_every_session_comes_back() {
    for vendor in Vendor::TELEPHONY {
        let day = day(vendor, 6, Weather::Outage);
        assert!(day.trouble.recovered.is_some(), "{vendor}: {:?}", day.sums);
        assert!(
            day.truth.iter().all(|words| known(vendor, words).is_some()),
            "{vendor}: {:#?}",
            day.truth
        );
    }
}
