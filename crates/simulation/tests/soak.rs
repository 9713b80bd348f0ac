//! A soak of seconds: people in real time over TCP, with a server that misbehaves.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use callcontrol_simulation::Vendor;
use callcontrol_simulation::known::known;
use callcontrol_simulation::soak::{Soak, Soaked, soak};

fn short(vendor: Vendor) -> Soak {
    Soak {
        vendor,
        seed: 1,
        agents: 5,
        warm_up: Duration::from_secs(1),
        drill: 20,
        length: Duration::from_secs(4),
        mishaps: 100,
        plant: false,
    }
}

fn new_violations(vendor: Vendor, soaked: &Soaked) -> Vec<String> {
    let violations = soaked.violations().into_iter();
    violations.filter(|words| known(vendor, words).is_none()).collect()
}

#[tokio::test]
async fn in_real_time_and_over_tcp_nothing_false_is_said_and_no_file_stays_open() {
    let vendor = Vendor::HuaweiOifde;
    let soaked = soak(short(vendor), std::future::pending()).await.unwrap();
    let new = new_violations(vendor, &soaked);
    assert!(new.is_empty(), "{new:#?}");
    assert!(soaked.checks > 0);
    assert_eq!(soaked.drilled, (5, 100));
    assert!(
        soaked.files_end <= soaked.files_start,
        "{:?} {:?}",
        soaked.files_start,
        soaked.files_end
    );
    // Too short a time says nothing of memory, and says so.
    assert_eq!(soaked.is_flat(), None);
}

#[tokio::test]
async fn a_soak_that_is_stopped_tells_what_it_saw_until_then() {
    let long = Soak {
        length: Duration::from_secs(3600),
        ..short(Vendor::HuaweiOifde)
    };
    let soaked = soak(long, std::future::ready(())).await.unwrap();
    assert!(soaked.worked < Duration::from_secs(60), "{:?}", soaked.worked);
    assert!(soaked.checks > 0);
}
