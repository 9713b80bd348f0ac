//! A process of its own, because its memory is looked at: hours of a soak under the virtual clock, whose bounded stores are full, and which wastes memory or does not.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use callcontrol_simulation::Vendor;
use callcontrol_simulation::soak::{Soak, rehearse};

fn ten_minutes(plant: bool) -> Soak {
    Soak {
        vendor: Vendor::HuaweiCcGateway,
        seed: 1,
        agents: 10,
        warm_up: Duration::from_secs(240),
        drill: 260,
        length: Duration::from_secs(600),
        mishaps: 0,
        plant,
    }
}

/// One after the other: both look at the same process.
#[test]
fn memory_stays_flat_and_a_leak_and_a_customer_moved_behind_the_applications_back_are_found() {
    let honest = rehearse(ten_minutes(false)).unwrap();
    let moved = |words: &String| words.contains("moves of call") && words.contains("1 times, asked for 0 times");
    assert_eq!(honest.drilled, (10, 2600));
    let excess = |words: &String| words.contains(", asked for ");
    assert!(!honest.violations().iter().any(excess), "{:#?}", honest.violations());
    assert_ne!(honest.is_flat(), Some(false), "{:#?}", honest.looks);

    let planted = rehearse(ten_minutes(true)).unwrap();
    assert!(planted.violations().iter().any(moved), "{:#?}", planted.violations());
    if planted.growth().is_some() {
        assert_eq!(planted.is_flat(), Some(false), "{:#?}", planted.looks);
    }
}
