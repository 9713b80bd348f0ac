//! The three adapters keep what every adapter has to keep, each over its simulator: named tests over the default options, and the whole suite over every option.
//! `docs/capabilities.md` is the outcome of the former.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[path = "support/harness/mod.rs"]
mod harness;

use callcontrol_simulators::cc_gateway::CcGatewayOptions;
use callcontrol_simulators::gws::GwsOptions;
use callcontrol_simulators::oifde::OifdeOptions;
use callcontrol_testkit::conformance::{Finding, Harness, run};
use harness::{CcGatewayHarness, GwsHarness, OifdeHarness, page};

mod cc_gateway {
    callcontrol_testkit::conformance!(super::harness::CcGatewayHarness::new);
}

mod gws {
    callcontrol_testkit::conformance!(super::harness::GwsHarness::new);
}

mod oifde {
    callcontrol_testkit::conformance!(super::harness::OifdeHarness::new);
}

#[tokio::test(start_paused = true)]
async fn the_capability_matrix_in_the_docs_is_what_the_run_found() {
    let reports = [
        run(CcGatewayHarness::new, &[]).await,
        run(OifdeHarness::new, &[]).await,
        run(GwsHarness::new, &[]).await,
    ];
    for report in &reports {
        assert!(report.passed(), "{report}");
    }
    let fresh = page(&reports);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/capabilities.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, &fresh).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        written == fresh,
        "docs/capabilities.md is stale: run the command that stands in it"
    );
}

/// Settings with which a server does not let something be done that the adapter claims: it is refused, and said so. Setting, test, why.
type Exception = (&'static str, &'static str, &'static str);

const GWS_EXCEPTIONS: &[Exception] = &[
    (
        "an old build",
        "a_supervisor_mutes_the_agent",
        "builds before this one do not list it",
    ),
    (
        "mute is not listed",
        "the_agent_is_muted",
        "what the server does not list is not sent",
    ),
    (
        "mute is not listed",
        "the_agent_is_heard_again",
        "what the server does not list is not sent",
    ),
    (
        "ClearCall is not listed",
        "the_call_is_cleared_for_all",
        "what the server does not list is not sent",
    ),
    (
        "SwitchToCoach is not listed",
        "a_supervisor_changes_the_way",
        "what the server does not list is not sent",
    ),
];

/// Runs the whole suite once for each setting of a simulator and tells which settings it does not pass with.
async fn with_every_option<O: Clone + Send + Sync, H: Harness + 'static>(
    variants: Vec<(&'static str, O)>,
    exceptions: &[Exception],
    make: fn(O) -> H,
) {
    let (mut failures, mut excused) = (Vec::new(), 0);
    for (setting, options) in variants {
        let report = run(|| make(options.clone()), &[]).await;
        for failed in report.failures() {
            let Finding::Failed(why) = &failed.finding else {
                continue;
            };
            if exceptions
                .iter()
                .any(|known| (known.0, known.1) == (setting, &failed.name))
            {
                excused += 1;
            } else {
                failures.push(format!("with \"{setting}\": {}: {why}", failed.name));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!(excused, exceptions.len(), "an exception is no longer needed");
}

#[tokio::test(start_paused = true)]
async fn cc_gateway_passes_with_every_option() {
    with_every_option(CcGatewayOptions::variants(), &[], CcGatewayHarness::with).await;
}

#[tokio::test(start_paused = true)]
async fn gws_passes_with_every_option() {
    with_every_option(GwsOptions::variants(), GWS_EXCEPTIONS, GwsHarness::with).await;
}

#[tokio::test(start_paused = true)]
async fn oifde_passes_with_every_option() {
    with_every_option(OifdeOptions::variants(), &[], OifdeHarness::with).await;
}
