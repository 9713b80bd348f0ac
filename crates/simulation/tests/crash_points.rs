//! Every command of every adapter, cut at every phase, in the small form: two requests of each command.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use callcontrol::Registry;

use callcontrol_simulation::Vendor;
use callcontrol_simulation::crash::{End, Enumeration, Phase};
use callcontrol_simulation::deed::{DEEDS, why_not_cut};

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
    assert_eq!(
        sums.by_event + sums.by_resolve + sums.by_snapshot + sums.left,
        sums.unknowns
    );
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
        // Told by an event or by `resolve()`, or shown by a snapshot where a leg that vanished does not say who hung up.
        let applied = end(Phase::Applied).end;
        let known = [End::ResolvedLate, End::Resolved, End::ShownBySnapshot];
        assert!(known.contains(&applied), "{vendor}: {applied:?}");
        assert_eq!(end(Phase::Applied).struck.len(), 1, "{vendor}");
    }
}

#[test]
fn everything_that_an_adapter_claims_is_cut_or_has_a_reason_why_it_cannot_be() {
    let mut unproved = Vec::new();
    for vendor in Vendor::ALL {
        let manifest = Registry::built_in().manifest(vendor.id()).unwrap();
        let claimed = manifest.cells().filter(|(_, cell)| cell.support.is_available());
        for (key, _) in claimed {
            let cut = DEEDS.iter().any(|deed| deed.key == *key && deed.is_of(vendor));
            match (cut, why_not_cut(vendor, *key)) {
                (true, Some(why)) => unproved.push(format!("{vendor}: {key} is cut, and yet: {why}")),
                (false, None) => unproved.push(format!("{vendor}: {key} is neither cut nor is there a reason")),
                (true, None) | (false, Some(_)) => {}
            }
        }
    }
    assert!(unproved.is_empty(), "{}", unproved.join("\n"));
}

#[test]
fn no_two_commands_of_a_table_have_the_same_name() {
    for vendor in Vendor::ALL {
        let mut names: Vec<&str> = DEEDS
            .iter()
            .filter(|deed| deed.is_of(vendor))
            .map(|deed| deed.name)
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{vendor}");
    }
}
