//! When a command has come true and when it has failed, told as states of the two calls: A is the customer's, B the third party's.

use callcontrol_core::{
    CallDataPatch, CallId, CallView, Cause, CustomerAt, Direction, Evidence, LegState, OpId, Outcome,
};

use crate::expectations::{Expectations, World};
use crate::outcomes::{Answer, Goal, Verdict, conclude, judge};

fn id(text: &str) -> CallId {
    CallId::new(text).expect("valid")
}

fn world(calls: &[(&str, LegState)]) -> World {
    let mut world = World::default();
    for (name, state) in calls {
        let mut view = CallView::new(*name, *state);
        if *name == "B" {
            view.consult_for = Some(id("A"));
        }
        world.calls.insert(id(name), view);
    }
    world
}

fn settled(verdict: Option<Verdict>) -> Outcome {
    match verdict {
        Some(Verdict::Settled(outcome)) => outcome,
        other => panic!("expected an outcome, got {other:?}"),
    }
}

const CONSULT: fn() -> Goal = || Goal::Consulting {
    original: id("A"),
    third: Some(id("B")),
};
const BLIND: fn(Answer) -> Goal = |answer| Goal::Moved {
    call: id("A"),
    to: CustomerAt::Target,
    consulted: false,
    answer,
};
const COMPLETE: fn() -> Goal = || Goal::Completed {
    original: id("A"),
    third: Some(id("B")),
};

#[test]
fn a_consult_is_done_when_the_third_party_talks_and_the_customer_waits() {
    assert_eq!(
        judge(&CONSULT(), &world(&[("A", LegState::Held), ("B", LegState::Dialing)])),
        None
    );
    for original in [LegState::Held, LegState::Talking] {
        let done = settled(judge(&CONSULT(), &world(&[("A", original), ("B", LegState::Talking)])));
        assert_eq!(
            done,
            Outcome::done(CustomerAt::AgentHeld),
            "also before A's own message came"
        );
    }
}

#[test]
fn a_consult_call_that_ends_unanswered_has_failed_and_where_the_customer_is_shows_in_a_moment() {
    for original in [LegState::Held, LegState::Talking] {
        let failed = judge(&CONSULT(), &world(&[("A", original)]));
        assert_eq!(failed, Some(Verdict::ConsultFailed(Cause::Unspecified, id("A"))));
    }
    let gone = settled(judge(&CONSULT(), &world(&[])));
    assert_eq!(gone, Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone));
}

#[test]
fn a_customer_who_hangs_up_during_the_consult_is_gone() {
    let outcome = settled(judge(&CONSULT(), &world(&[("B", LegState::Dialing)])));
    assert_eq!(outcome, Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone));
}

#[test]
fn an_accepted_consult_that_never_shows_has_failed_where_the_customer_was() {
    let silent = Goal::Consulting {
        original: id("A"),
        third: None,
    };
    let talking = world(&[("A", LegState::Talking)]);
    assert_eq!(judge(&silent, &talking), None);
    let failed = Some(Verdict::ConsultFailed(Cause::Unspecified, id("A")));
    assert_eq!(conclude(&silent, &talking, true), failed);
    let lost = settled(conclude(&silent, &talking, false));
    assert_eq!(
        (lost.evidence, lost.customer),
        (Evidence::AnswerLost, CustomerAt::Agent)
    );
    let ringing = world(&[("A", LegState::Held), ("B", LegState::Dialing)]);
    assert_eq!(
        conclude(&CONSULT(), &ringing, true),
        None,
        "it rings as long as it rings"
    );
}

#[test]
fn a_consult_is_handed_over_only_when_both_calls_are_gone_in_whichever_order() {
    assert_eq!(judge(&COMPLETE(), &world(&[("B", LegState::Talking)])), None);
    assert_eq!(judge(&COMPLETE(), &world(&[("A", LegState::Held)])), None);
    assert_eq!(
        settled(judge(&COMPLETE(), &world(&[]))),
        Outcome::done(CustomerAt::Target)
    );
}

#[test]
fn a_hand_over_that_stops_half_way_says_who_hung_up() {
    let customer = settled(conclude(&COMPLETE(), &world(&[("B", LegState::Talking)]), true));
    assert_eq!(
        (customer.cause, customer.customer),
        (Cause::CustomerHungUp, CustomerAt::Gone)
    );
    let third = settled(conclude(&COMPLETE(), &world(&[("A", LegState::Held)]), true));
    assert_eq!(
        (third.cause, third.customer),
        (Cause::TargetHungUp, CustomerAt::AgentHeld)
    );
}

#[test]
fn without_effect_an_accepted_command_has_failed_and_one_whose_answer_was_lost_stays_unknown() {
    let blind = BLIND(Answer::Accepted);
    let still_there = world(&[("A", LegState::Talking)]);
    let refused = settled(conclude(&blind, &still_there, true));
    assert_eq!(
        (refused.verdict, refused.customer),
        (callcontrol_core::Verdict::Failed, CustomerAt::Agent)
    );
    let lost = settled(conclude(&blind, &still_there, false));
    assert_eq!(
        (lost.verdict, lost.evidence),
        (callcontrol_core::Verdict::Unknown, Evidence::AnswerLost)
    );
    let gone = settled(conclude(&blind, &world(&[]), true));
    assert_eq!((gone.is_done(), gone.evidence), (true, Evidence::Snapshot));
}

#[test]
fn a_call_that_leaves_after_a_transfer_whose_answer_was_lost_may_have_been_hung_up() {
    assert_eq!(judge(&BLIND(Answer::Awaited), &world(&[])), None);
    for verdict in [
        judge(&BLIND(Answer::Lost), &world(&[])),
        conclude(&BLIND(Answer::Lost), &world(&[]), false),
    ] {
        let lost = settled(verdict);
        assert!(lost.is_unknown() && lost.customer == CustomerAt::Unknown, "{lost}");
        assert_eq!(lost.evidence, Evidence::AnswerLost);
    }
    assert!(settled(judge(&BLIND(Answer::Accepted), &world(&[]))).is_done());
}

#[test]
fn a_call_that_ends_before_hold_or_retrieve_takes_the_customer_with_it() {
    let left = Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone);
    for goal in [
        Goal::Held(id("A")),
        Goal::Talking(id("A")),
        Goal::Tones(id("A")),
        Goal::Muted(id("A"), true),
    ] {
        assert_eq!(settled(judge(&goal, &world(&[]))), left);
    }
}

#[test]
fn a_swap_is_done_when_both_have_changed_places() {
    let swap = Goal::Swapped {
        original: id("A"),
        talking: id("A"),
        held: id("B"),
    };
    assert_eq!(
        judge(&swap, &world(&[("A", LegState::Talking), ("B", LegState::Talking)])),
        None
    );
    let done = settled(judge(&swap, &world(&[("A", LegState::Talking), ("B", LegState::Held)])));
    assert_eq!(done, Outcome::done(CustomerAt::Agent));
    let third_left = settled(judge(&swap, &world(&[("A", LegState::Held)])));
    assert_eq!(third_left, Outcome::failed(Cause::TargetHungUp, CustomerAt::AgentHeld));
    let customer_left = settled(judge(&swap, &world(&[("B", LegState::Talking)])));
    assert_eq!(customer_left, Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone));
}

#[test]
fn a_merge_is_done_when_the_original_talks_with_two() {
    let merge = Goal::Merged {
        original: id("A"),
        third: Some(id("B")),
    };
    let mut all = world(&[("A", LegState::Talking)]);
    assert_eq!(judge(&merge, &all), None);
    all.calls.get_mut(&id("A")).expect("there").conference = true;
    assert_eq!(settled(judge(&merge, &all)), Outcome::done(CustomerAt::Conference));
}

#[test]
fn data_are_there_when_every_pair_is_and_every_removed_key_is_not() {
    let goal = Goal::Data(id("A"), CallDataPatch::set("k", "2"));
    let mut world = world(&[("A", LegState::Talking)]);
    world
        .calls
        .get_mut(&id("A"))
        .expect("there")
        .data
        .0
        .insert("k".into(), "1".into());
    assert_eq!(judge(&goal, &world), None);
    world
        .calls
        .get_mut(&id("A"))
        .expect("there")
        .data
        .0
        .insert("k".into(), "2".into());
    assert!(settled(judge(&goal, &world)).is_done());
    assert_eq!(judge(&Goal::Data(id("A"), CallDataPatch::remove("k")), &world), None);
    assert_eq!(judge(&Goal::Data(id("A"), CallDataPatch::clear()), &world), None);
}

#[test]
fn leaving_a_conference_leaves_the_customer_with_the_others() {
    let mut talking = world(&[("A", LegState::Talking)]);
    assert_eq!(talking.customer_after_leaving(&id("A")), CustomerAt::Gone);
    talking.calls.get_mut(&id("A")).expect("there").conference = true;
    assert_eq!(talking.customer_after_leaving(&id("A")), CustomerAt::Target);
    let consulting = world(&[("A", LegState::Held), ("B", LegState::Talking)]);
    assert_eq!(consulting.customer_after_leaving(&id("B")), CustomerAt::AgentHeld);
}

#[test]
fn tones_and_dials_are_settled_oldest_first() {
    let mut expectations = Expectations::default();
    let ops = ["o1", "o2"].map(|op| OpId::new(op).expect("valid"));
    for op in &ops {
        expectations.expect(op, Goal::Tones(id("A")));
    }
    assert_eq!(expectations.tones_sent(&id("A")).as_ref(), Some(&ops[0]));
    assert_eq!(expectations.tones_sent(&id("A")).as_ref(), Some(&ops[1]));
    assert_eq!(expectations.tones_sent(&id("A")), None);
    expectations.expect(&ops[0], Goal::Dialed(None));
    assert_eq!(expectations.bind_dialed(&id("C")).as_ref(), Some(&ops[0]));
    assert_eq!(expectations.bind_dialed(&id("D")), None);
}

#[test]
fn the_end_of_a_call_in_which_a_colleague_asks_proves_no_transfer_until_he_has_handed_it_over() {
    let told = |direction: Direction| {
        let mut world = world(&[("A", LegState::Talking)]);
        world.calls.values_mut().for_each(|view| view.direction = direction);
        world
    };
    let op = OpId::new("op-1").expect("valid");
    for (seen, is_done) in [
        (vec![Direction::Consult], false),
        (vec![Direction::Consult, Direction::Inbound], true),
        (vec![Direction::Inbound], true),
    ] {
        let mut expectations = Expectations::default();
        expectations.expect(&op, BLIND(Answer::Accepted));
        for direction in &seen {
            assert_eq!(expectations.judge(&told(*direction)), Vec::new());
        }
        assert_eq!(expectations.moving(&id("A")).is_some(), is_done, "{seen:?}");
        let said = expectations.judge(&world(&[])).pop().map(|(_, verdict)| verdict);
        let outcome = settled(said);
        assert_eq!(
            (outcome.is_done(), outcome.is_unknown()),
            (is_done, !is_done),
            "{seen:?}"
        );
    }
}
