//! Finding out what became of a command whose answer or outcome was lost, over the fake.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use callcontrol_core::*;
use callcontrol_testkit::fake::{CUSTOMER, FakeCallControl, Fault, THIRD_PARTY};
use callcontrol_testkit::switch::{Behaviour, Party, SwitchCallId};

fn named(name: &str) -> Target {
    Target::named(name).unwrap()
}

/// Ann talks with the customer, her event link is cut, and the answer to her next command of this kind will be lost.
async fn deaf(operation: Operation, fault: Fault) -> (FakeCallControl, Session, Call) {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    fake.outside_behaves(THIRD_PARTY, Behaviour::Manual);
    fake.link_breaks(ann.id());
    fake.next_on(operation, fault);
    (fake, ann, call)
}

fn customers_call(fake: &FakeCallControl) -> SwitchCallId {
    let outside = Party::outside(CUSTOMER);
    fake.switch().calls_of(&outside)[0].id
}

#[tokio::test(start_paused = true)]
async fn a_known_outcome_is_the_answer_without_a_look() {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Busy);
    let receipt = call.release_after_transfer(named("agent:bob")).await.unwrap();
    let resolution = ann.resolve(&receipt.op).await.unwrap();
    assert_eq!(resolution, Resolution::NotApplied(receipt.outcome().await));
    assert_eq!(
        resolution.to_string(),
        "not applied: failed (busy), customer with the agent"
    );
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_nobody_began_is_not_found() {
    let fake = FakeCallControl::new();
    let (ann, _call) = fake.talking("ann").await.unwrap();
    let error = ann.resolve(&OpId::fresh()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotFound, Effect::None));
}

#[tokio::test(start_paused = true)]
async fn a_hold_whose_answer_was_lost_shows_in_the_state() {
    let (_fake, _ann, call) = deaf(Operation::Hold, Fault::ReplyLost).await;
    let error = call.hold().await.unwrap_err();
    let op = error.op().unwrap().clone();
    let resolution = call.resolve(&op).await.unwrap();
    assert!(matches!(resolution, Resolution::Applied(_)), "{resolution}");
    let outcome = resolution.outcome();
    assert_eq!(
        (outcome.customer, outcome.evidence),
        (CustomerAt::AgentHeld, Evidence::Snapshot)
    );
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_got_lost_may_still_arrive_and_stays_unknown() {
    let (_fake, _ann, call) = deaf(Operation::Hold, Fault::RequestLost).await;
    let op = call.hold().await.unwrap_err().op().unwrap().clone();
    let resolution = call.resolve(&op).await.unwrap();
    assert!(matches!(resolution, Resolution::StillUnknown(_)), "{resolution}");
    assert_eq!(resolution.outcome().customer, CustomerAt::Agent, "no effect so far");
}

#[tokio::test(start_paused = true)]
async fn a_blind_transfer_whose_leg_vanished_does_not_say_who_hung_up() {
    for customer_hangs_up in [false, true] {
        let fault = if customer_hangs_up {
            Fault::RequestLost
        } else {
            Fault::ReplyLost
        };
        let (fake, _ann, call) = deaf(Operation::BlindTransfer, fault).await;
        let op = call
            .blind_transfer(named("agent:bob"))
            .await
            .unwrap_err()
            .op()
            .unwrap()
            .clone();
        if customer_hangs_up {
            fake.customer_hangs_up(&call);
        }
        let resolution = call.resolve(&op).await.unwrap();
        assert!(matches!(resolution, Resolution::StillUnknown(_)), "{resolution}");
        assert_eq!(resolution.outcome().customer, CustomerAt::Unknown);
    }
}

/// A consult that Bob has answered, and a completion whose fate is unknown.
async fn completing(fault: Fault) -> (FakeCallControl, Call, OpId) {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Answers);
    let consult = call.consult(named("agent:bob")).await.unwrap();
    assert!(consult.answered().await.unwrap().is_done());
    fake.link_breaks(ann.id());
    fake.next_on(Operation::ConsultComplete, fault);
    let unfinished = consult.complete().await.unwrap_err();
    let op = unfinished.error.op().unwrap().clone();
    (fake, call, op)
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_that_got_lost_while_the_customer_hung_up_was_not_applied() {
    let (fake, call, op) = completing(Fault::RequestLost).await;
    let before = call.resolve(&op).await.unwrap();
    assert!(
        matches!(before, Resolution::StillUnknown(_)),
        "it may still arrive: {before}"
    );
    assert_eq!(before.outcome().customer, CustomerAt::AgentHeld);

    let outcome = fake.control().outcome_of(&op).unwrap();
    assert_eq!(outcome.wait().await.verdict, Verdict::Unknown, "the window passes");
    fake.switch()
        .hang_up(&Party::outside(CUSTOMER), customers_call(&fake))
        .unwrap();
    let resolution = call.resolve(&op).await.unwrap();
    assert!(matches!(resolution, Resolution::NotApplied(_)), "{resolution}");
    let settled = outcome.peek().unwrap();
    assert_eq!(
        (settled.customer, settled.late),
        (CustomerAt::Gone, true),
        "whoever awaits it learns of it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_that_got_lost_while_the_third_party_hung_up_was_not_applied() {
    let (fake, call, op) = completing(Fault::RequestLost).await;
    fake.switch()
        .with(|switch| {
            let bob = Party::agent("bob");
            let consult = switch.calls_of(&bob).next().unwrap().id;
            switch.hang_up(&bob, consult)
        })
        .unwrap();
    let resolution = call.resolve(&op).await.unwrap();
    assert!(matches!(resolution, Resolution::NotApplied(_)), "{resolution}");
    let customer = resolution.outcome().customer;
    assert!(
        matches!(customer, CustomerAt::Agent | CustomerAt::AgentHeld),
        "{customer}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_after_which_both_calls_are_gone_stays_unknown() {
    let (fake, call, op) = completing(Fault::ReplyLost).await;
    let resolution = call.resolve(&op).await.unwrap();
    assert!(
        matches!(resolution, Resolution::StillUnknown(_)),
        "both may have hung up: {resolution}"
    );
    fake.assert_moved_once(&call);
}

#[tokio::test(start_paused = true)]
async fn a_consult_whose_answer_was_lost_is_found_when_the_third_party_talks() {
    let (fake, _ann, call) = deaf(Operation::Consult, Fault::ReplyLost).await;
    let Err(error) = call.consult(named("agent:bob")).await else {
        panic!("the answer was to be lost")
    };
    let op = error.op().unwrap().clone();
    let rings = call.resolve(&op).await.unwrap();
    assert!(matches!(rings, Resolution::StillUnknown(_)), "it rings: {rings}");
    assert_eq!(rings.outcome().customer, CustomerAt::AgentHeld);
    fake.agent_answers("bob");
    let resolution = call.resolve(&op).await.unwrap();
    assert!(matches!(resolution, Resolution::Applied(_)), "{resolution}");
    assert_eq!(resolution.outcome().customer, CustomerAt::AgentHeld);
}

#[tokio::test(start_paused = true)]
async fn where_two_commands_overlap_a_look_tells_of_neither_which_one_it_was() {
    let (fake, _ann, call) = deaf(Operation::Hold, Fault::RequestLost).await;
    let first = call.hold().await.unwrap_err().op().unwrap().clone();
    fake.next_on(Operation::Hold, Fault::ReplyLost);
    let second = call.hold().await.unwrap_err().op().unwrap().clone();
    for op in [first, second] {
        let resolution = call.resolve(&op).await.unwrap();
        assert!(
            matches!(resolution, Resolution::StillUnknown(_)),
            "held, by either: {resolution}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_view_that_the_adapter_made_up_itself_proves_nothing() {
    let recipe = Recipe {
        name: "own-view".into(),
        hazards: vec!["what the adapter has not heard of is not in it".into()],
        risk: Risk::Safe,
    };
    let manifest = callcontrol_testkit::fake::everything().emulated(Operation::Snapshot, recipe, OutcomeSource::Answer);
    let fake = FakeCallControl::with_capabilities(manifest);
    let (ann, call) = fake.talking("ann").await.unwrap();
    fake.link_breaks(ann.id());
    fake.next_on(Operation::Hold, Fault::ReplyLost);
    let op = call.hold().await.unwrap_err().op().unwrap().clone();
    let resolution = call.resolve(&op).await.unwrap();
    assert!(matches!(resolution, Resolution::StillUnknown(_)), "{resolution}");
}

#[tokio::test(start_paused = true)]
async fn a_late_outcome_reaches_whoever_was_told_unknown() {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    let receipt = call.release_after_transfer(named("agent:bob")).await.unwrap();
    assert_eq!(
        receipt.outcome().await.verdict,
        Verdict::Unknown,
        "two minutes of ringing"
    );
    fake.agent_answers("bob");
    let late = ann.resolve(&receipt.op).await.unwrap();
    assert!(matches!(&late, Resolution::Applied(outcome) if outcome.late), "{late}");
    assert_eq!(receipt.outcome().await, *late.outcome());
}

#[tokio::test(start_paused = true)]
async fn an_emulated_command_tells_its_steps() {
    let recipe = Recipe {
        name: "consult-then-complete".into(),
        hazards: vec!["the customer is on hold while it rings".into()],
        risk: Risk::Safe,
    };
    let key = OperationKey::to(Operation::ReleaseAfterTransfer, TargetKind::Agent);
    let manifest = callcontrol_testkit::fake::everything().emulated(key, recipe, OutcomeSource::CorrelatedEvent);
    let fake = FakeCallControl::with_capabilities(manifest);
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Answers);
    let receipt = call.release_after_transfer(named("agent:bob")).await.unwrap();
    let steps: Vec<String> = receipt.steps().iter().map(Step::to_string).collect();
    assert_eq!(steps, ["consult: done", "complete: done"]);
    assert!(matches!(&receipt.executed, Executed::Emulated { steps, .. } if *steps == ["consult", "complete"]));
}

#[tokio::test(start_paused = true)]
async fn a_busy_moment_between_two_looks_settles_nothing() {
    let (fake, call, op) = completing(Fault::RequestLost).await;
    let asked = tokio::spawn({
        let (call, op) = (call.clone(), op.clone());
        async move { call.resolve(&op).await.unwrap() }
    });
    fake.switch()
        .hang_up(&Party::outside(CUSTOMER), customers_call(&fake))
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let bob = Party::agent("bob");
    let left = fake.switch().calls_of(&bob)[0].id;
    fake.switch().hang_up(&bob, left).unwrap();
    let resolution = asked.await.unwrap();
    assert!(matches!(resolution, Resolution::StillUnknown(_)), "{resolution}");
}
