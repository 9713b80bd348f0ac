//! The race machine explored: how large it is, what holds in all of it, and that a mistake in the table would be found.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use callcontrol_core::race::*;
use callcontrol_core::{Cause, CustomerAt, Verdict};

#[test]
fn every_situation_keeps_its_promises_and_their_number_is_known() {
    let found = explore();
    assert!(found.broken.is_empty(), "{:#?}", found.broken);
    assert_eq!((found.situations.len(), found.steps.len()), (122, 900));
}

#[test]
fn the_page_in_the_docs_is_the_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/races.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, page()).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        written == page(),
        "docs/races.md is stale: UPDATE_DOCS=1 cargo test -p callcontrol-core --test races"
    );
}

fn play(from: Situation, happenings: &[Happening]) -> Step {
    let mut last = Step { to: from, ending: None };
    for happening in happenings {
        last = last.to.after(*happening).unwrap();
    }
    last
}

fn ended(step: &Step) -> (Verdict, CustomerAt, Cause) {
    let ending = step.ending.clone().unwrap();
    assert_eq!(ending.customer, step.to.customer_at());
    (ending.verdict, ending.customer, ending.cause)
}

#[test]
fn the_customer_hangs_up_while_the_target_rings_and_nobody_rings_on() {
    let gone = play(
        Situation::talking(),
        &[Happening::ReleaseAfter, Happening::CustomerHangsUp],
    );
    assert_eq!(ended(&gone), (Verdict::Failed, CustomerAt::Gone, Cause::CustomerHungUp));
    assert_eq!(gone.to.third(), Third::None);
}

#[test]
fn the_customer_hangs_up_between_swap_and_complete_and_the_agent_still_has_the_third_party() {
    let gone = play(Situation::consulting(), &[Happening::Swap, Happening::CustomerHangsUp]);
    assert_eq!(gone.ending, None, "the consult was done when the third party answered");
    assert!(gone.to.after(Happening::Complete(Lands::Party)).is_none());
    assert_eq!(gone.to.seen_by_agent().third, Some(callcontrol_core::LegState::Held));
    assert!(gone.to.after(Happening::ReleaseThird).is_some(), "not left dangling");
}

#[test]
fn of_an_answer_and_a_cancel_that_cross_the_first_decides() {
    let start = [Happening::ReleaseAfter];
    let answered = play(play(Situation::talking(), &start).to, &[Happening::TargetAnswers]);
    assert_eq!(ended(&answered), (Verdict::Done, CustomerAt::Target, Cause::Normal));
    assert!(
        answered.to.after(Happening::CancelTransfer).is_none(),
        "the cancel comes too late and is refused"
    );
    let cancelled = play(play(Situation::talking(), &start).to, &[Happening::CancelTransfer]);
    assert_eq!(
        ended(&cancelled),
        (Verdict::Failed, CustomerAt::Agent, Cause::Cancelled)
    );
    assert!(
        cancelled.to.after(Happening::TargetAnswers).is_none(),
        "nobody rings any more"
    );
}

#[test]
fn of_a_returning_customer_and_a_leaving_agent_the_first_decides() {
    let away = play(Situation::talking(), &[Happening::Suspend]).to;
    let left = away.after(Happening::AgentLegEnds).unwrap();
    assert_eq!(ended(&left), (Verdict::Failed, CustomerAt::Ivr, Cause::AgentHungUp));
    assert!(left.to.after(Happening::FlowReturns).is_none());
    assert!(!left.to.ways_out().is_empty());
    let back = away.after(Happening::FlowReturns).unwrap();
    assert_eq!(ended(&back), (Verdict::Done, CustomerAt::Agent, Cause::Normal));
}

#[test]
fn a_busy_third_party_leaves_the_customer_on_hold_or_gives_him_back_and_the_outcome_says_which() {
    let rings = play(Situation::holding(), &[Happening::Consult]).to;
    for (after, customer) in [
        (Aftermath::Left, CustomerAt::AgentHeld),
        (Aftermath::Back, CustomerAt::Agent),
    ] {
        let busy = rings.after(Happening::NotReached(Failure::Busy, after)).unwrap();
        assert_eq!(ended(&busy), (Verdict::Failed, customer, Cause::Busy));
    }
}

/// The table with one transition changed.
fn mistaken(at: Situation, by: Happening, change: impl Fn(Step) -> Option<Step>) -> Vec<String> {
    let table = move |from: Situation, happening: Happening| {
        let step = from.after(happening)?;
        if (from, happening) == (at, by) {
            change(step)
        } else {
            Some(step)
        }
    };
    explore_table(&table).broken
}

#[test]
fn one_mistake_in_the_table_is_found_by_each_promise() {
    let rings = play(Situation::talking(), &[Happening::ReleaseAfter]).to;
    let has =
        |broken: Vec<String>, what: &str| assert!(broken.iter().any(|line| line.contains(what)), "{what}: {broken:#?}");

    let without_ending = |step: Step| Some(Step { ending: None, ..step });
    has(
        mistaken(rings, Happening::TargetAnswers, without_ending),
        "a move ends without its ending",
    );

    let wrong_place = |step: Step| {
        let mut ending = step.ending?;
        ending.customer = CustomerAt::Agent;
        Some(Step {
            ending: Some(ending),
            ..step
        })
    };
    has(
        mistaken(rings, Happening::TargetAnswers, wrong_place),
        "names another place",
    );

    let ended_again = |step: Step| {
        let ending = play(rings, &[Happening::CancelTransfer]).ending;
        Some(Step { ending, ..step })
    };
    has(
        mistaken(Situation::talking(), Happening::Hold, ended_again),
        "or ends again",
    );
}
