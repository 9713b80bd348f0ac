//! A soak of seconds: people in real time over TCP, with a server that misbehaves.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use callcontrol_simulation::Vendor;
use callcontrol_simulation::known::known;
use callcontrol_simulation::soak::{Soak, soak};

#[tokio::test]
async fn in_real_time_and_over_tcp_nothing_false_is_said_and_no_file_stays_open() {
    let soaked = soak(Soak {
        vendor: Vendor::HuaweiOifde,
        seed: 1,
        agents: 5,
        length: Duration::from_secs(4),
        mishaps: 100,
    })
    .await
    .unwrap();
    let violations = soaked.violations();
    let new: Vec<&String> = violations
        .iter()
        .filter(|words| known(Vendor::HuaweiOifde, words).is_none())
        .collect();
    assert!(new.is_empty(), "{new:#?}");
    assert!(soaked.checks > 0);
    assert!(
        soaked.files_end <= soaked.files_start,
        "{:?} {:?}",
        soaked.files_start,
        soaked.files_end
    );
}
