//! The feed law in its small form: some hundred schedules of fixed seeds for each adapter.

use callcontrol_simulation::Vendor;
use callcontrol_simulation::feed::{Hurt, Step, Trial, play};

fn holds(vendor: Vendor) {
    let found = Trial::of(vendor, 150, 7).run();
    let new: Vec<String> = found
        .new_ways(vendor)
        .map(|(_, broken)| format!("{} {:?}", broken.words, broken.steps))
        .collect();
    assert!(new.is_empty(), "{}", new.join("\n"));
    assert_eq!(found.schedules, 150);
    assert!(found.events > 150, "{found:?}");
    assert!(found.most_waiting <= 8, "a reader who never reads costs memory");
}

#[test]
fn whatever_happens_on_the_way_a_reader_of_cc_gateways_feed_ends_up_with_the_truth() {
    holds(Vendor::HuaweiCcGateway);
}

#[test]
fn whatever_happens_on_the_way_a_reader_of_oifdes_feed_ends_up_with_what_the_snapshot_says() {
    holds(Vendor::HuaweiOifde);
}

#[test]
fn whatever_happens_on_the_way_a_reader_of_genesyss_feed_ends_up_with_the_truth() {
    holds(Vendor::GenesysGws);
}

#[test]
fn a_poll_whose_answer_is_lost_is_announced_as_a_gap() {
    for vendor in Vendor::TELEPHONY {
        let steps = [
            Step::Wait(10),
            Step::Polls(Hurt::Reset, 1),
            Step::Wait(200),
            Step::Wait(200),
            Step::Call,
        ];
        let played = play(vendor, 3, &steps);
        assert!(played.gaps >= 1, "{vendor}: {played:?}");
    }
}

#[test]
fn the_same_schedule_of_the_same_seed_is_the_same_schedule() {
    let trial = Trial::of(Vendor::HuaweiCcGateway, 1, 11);
    assert_eq!(trial.one(4), trial.one(4));
    assert_ne!(trial.one(4).0, trial.one(5).0);
}
