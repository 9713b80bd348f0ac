//! Every command of every adapter, cut at every phase, in the small form: two requests of each command.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use callcontrol_simulation::Vendor;
use callcontrol_simulation::crash::{End, Enumeration, Phase};

fn small(vendor: Vendor) -> Enumeration {
    let mut small = Enumeration::of([vendor]);
    small.requests = 2;
    small
}

fn nothing_new(vendor: Vendor) {
    let report = small(vendor).run();
    let sums = report.sums(None);
    assert!(sums.cells > 40, "{sums:?}");
    assert_eq!(sums.new, 0, "{}", report.findings().join("\n"));
    assert!(sums.resolved <= sums.unknowns);
}

#[test]
fn wherever_an_exchange_with_cc_gateway_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said() {
    nothing_new(Vendor::HuaweiCcGateway);
}

#[test]
fn wherever_an_exchange_with_oifde_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said() {
    nothing_new(Vendor::HuaweiOifde);
}

#[test]
fn wherever_an_exchange_with_genesys_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said() {
    nothing_new(Vendor::GenesysGws);
}

#[test]
fn a_transfer_that_was_never_sent_is_tried_again_and_one_whose_answer_is_lost_is_not() {
    for vendor in Vendor::TELEPHONY {
        let mut blind = small(vendor);
        blind.only = Some("blind-transfer agent".to_owned());
        let report = blind.run();
        let end = |phase: Phase| report.cells.iter().find(|cell| cell.phase == phase).unwrap();
        assert_eq!(end(Phase::BeforeConnect).end, End::Done, "{vendor}");
        assert_eq!(
            end(Phase::BeforeConnect).requests,
            2,
            "{vendor}: once refused, once sent"
        );
        assert_eq!(end(Phase::Applied).end, End::ResolvedLate, "{vendor}");
        assert_eq!(end(Phase::Applied).struck.len(), 1, "{vendor}");
    }
}
