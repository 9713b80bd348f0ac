//! The fake adapter, used as an application's unit test uses it.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use callcontrol_core::*;
use callcontrol_testkit::fake::{FakeCallControl, Fault, OTHER_CUSTOMER};
use callcontrol_testkit::switch::Behaviour;

fn named(name: &str) -> Target {
    Target::named(name).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_blind_transfer_leaves_the_agent_and_moves_the_customer_once() {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    let outcome = call.blind_transfer(named("agent:bob")).await.unwrap().outcome().await;
    assert_eq!((outcome.verdict, outcome.customer), (Verdict::Done, CustomerAt::Target));
    fake.assert_moved_once(&call);
    assert!(ann.snapshot().await.unwrap().unwrap().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_release_after_transfer_is_done_when_the_colleague_answers() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    let receipt = call.release_after_transfer(named("agent:bob")).await.unwrap();
    assert_eq!(receipt.within(Duration::from_secs(5)).await, None);
    fake.agent_answers("bob");
    let outcome = receipt.outcome().await;
    assert_eq!((outcome.verdict, outcome.customer), (Verdict::Done, CustomerAt::Target));
    fake.assert_moved_once(&call);
}

#[tokio::test(start_paused = true)]
async fn a_busy_colleague_leaves_the_customer_with_the_agent() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Busy);
    let outcome = call
        .release_after_transfer(named("agent:bob"))
        .await
        .unwrap()
        .outcome()
        .await;
    assert_eq!(
        (outcome.verdict, outcome.cause, outcome.customer),
        (Verdict::Failed, Cause::Busy, CustomerAt::Agent)
    );
    fake.assert_never_moved(&call);
}

#[tokio::test(start_paused = true)]
async fn the_customer_hangs_up_while_the_colleague_rings() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    let receipt = call.release_after_transfer(named("agent:bob")).await.unwrap();
    fake.customer_hangs_up(&call);
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, outcome.customer),
        (Verdict::Failed, CustomerAt::Gone),
        "{}",
        fake.story()
    );
}

#[tokio::test(start_paused = true)]
async fn a_consult_is_answered_and_completed() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Answers);
    let consult = call.consult(named("agent:bob")).await.unwrap();
    let answered = consult.answered().await.unwrap();
    assert_eq!(
        (answered.verdict, answered.customer),
        (Verdict::Done, CustomerAt::AgentHeld)
    );
    let done = consult.complete().await.unwrap().outcome().await;
    assert_eq!(
        (done.verdict, done.customer),
        (Verdict::Done, CustomerAt::Target),
        "{}",
        fake.story()
    );
    fake.assert_moved_once(&call);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_consult_brings_the_customer_back() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.outside_behaves("90012345", Behaviour::Manual);
    let consult = call.consult(named("number:third-party")).await.unwrap();
    let back = consult.cancel().await.unwrap().outcome().await;
    assert_eq!((back.verdict, back.customer), (Verdict::Done, CustomerAt::Agent));
    fake.assert_never_moved(&call);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_unknown_at_first_and_the_truth_turns_up_by_the_operations_id() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    fake.next_on(Operation::BlindTransfer, Fault::ReplyLost);
    let cx = OpCx::new();
    let transfer = Transfer::new(named("agent:bob"), TransferMode::Blind);
    let error = call.transfer_with(transfer, &cx).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::ConnectionLost, Effect::Unknown)
    );
    let outcome = fake.control().outcome_of(&cx.op).unwrap().wait().await;
    assert!(outcome.is_done());
    fake.assert_moved_once(&call);
}

#[tokio::test(start_paused = true)]
async fn a_connection_refused_once_is_tried_again_and_moves_the_customer_once() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.next(Fault::NotSent);
    let outcome = call.requeue(named("queue:support")).await.unwrap().outcome().await;
    assert_eq!((outcome.verdict, outcome.customer), (Verdict::Done, CustomerAt::Queue));
    fake.assert_moved_once(&call);
}

#[tokio::test(start_paused = true)]
async fn somebody_else_signs_in_and_the_session_is_displaced() {
    let fake = FakeCallControl::new();
    let ann = fake.sign_in("ann").await.unwrap();
    let mut feed = ann.subscribe();
    fake.switch().force_sign_in("ann").unwrap();
    let displaced = loop {
        match feed.next().await.unwrap() {
            FeedItem::Session(notice) => break notice.state,
            _ => continue,
        }
    };
    assert_eq!(displaced, SessionState::Displaced);
    assert!(ann.dial(Dial::to(named("number:third-party"))).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_lacks_an_operation_refuses_it_with_nothing_played() {
    let lacking = callcontrol_testkit::fake::everything().unsupported(
        OperationKey::to(Operation::ReleaseAfterTransfer, TargetKind::Agent),
        "this vendor has no such transfer",
    );
    let fake = FakeCallControl::with_capabilities(lacking);
    let (_ann, call) = fake.talking("ann").await.unwrap();
    let before = fake.switch().journal().next_seq();
    let error = call.release_after_transfer(named("agent:bob")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(fake.switch().journal().next_seq(), before);
}

#[tokio::test(start_paused = true)]
async fn an_ivr_gives_the_customer_back() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    let receipt = call.suspend_to(named("ivr:pin-check")).await.unwrap();
    assert_eq!(call.view().await.unwrap().unwrap().state, LegState::Suspended);
    let id = fake
        .switch()
        .with(|switch| switch.calls().next().map(|call| call.id))
        .unwrap();
    fake.switch().ivr_finished(id).unwrap();
    let outcome = receipt.outcome().await;
    assert_eq!((outcome.verdict, outcome.customer), (Verdict::Done, CustomerAt::Agent));
}

#[tokio::test(start_paused = true)]
async fn the_feed_tells_the_whole_call() {
    let fake = FakeCallControl::new();
    let ann = fake.sign_in("ann").await.unwrap();
    let mut feed = ann.subscribe();
    let call = fake.ring(&ann).unwrap();
    call.answer().await.unwrap();
    call.hold().await.unwrap();
    call.retrieve().await.unwrap();
    fake.customer_hangs_up(&call);
    let mut seen = Vec::new();
    while !seen.iter().any(|kind| matches!(kind, EventKind::Released { .. })) {
        if let Some(FeedItem::Event(event)) = feed.next().await
            && event.call.is_some()
            && event.kind != EventKind::Updated
        {
            seen.push(event.kind.clone());
        }
    }
    let expected = [
        EventKind::Offered,
        EventKind::Established,
        EventKind::Held,
        EventKind::Established,
    ];
    assert_eq!(&seen[..4], &expected, "{seen:?}");
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_listens_and_the_feed_tells() {
    let fake = FakeCallControl::new();
    let (_bob, _call) = fake.talking("bob").await.unwrap();
    let eve = fake.sign_in("eve").await.unwrap();
    let mut feed = eve.subscribe();
    let listen = Supervise::start(named("agent:bob"), SupervisionMode::Listen);
    assert!(eve.supervise(listen).await.unwrap().outcome().await.is_done());
    let told = loop {
        if let Some(FeedItem::Event(event)) = feed.next().await
            && let EventKind::SupervisionChanged { mode, .. } = &event.kind
        {
            break *mode;
        }
    };
    assert_eq!(told, Some(SupervisionMode::Listen));
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_is_looked_up_adopted_moved_and_stays_in_view() {
    let fake = FakeCallControl::new();
    let ann = fake.sign_in("ann").await.unwrap();
    let native = fake.queue_call(OTHER_CUSTOMER, "support").unwrap();
    let queue = named("queue:support");
    let waiting = ann.look_up(LookUp::Waiting { queue }).await.unwrap();
    assert_eq!(waiting.entries[0].native.as_deref(), Some(native.as_str()));
    let call = ann.adopt(AdoptCall::new(native, AdoptState::Waiting)).await.unwrap();
    let moved = call
        .requeue_waiting(named("queue:billing"))
        .await
        .unwrap()
        .outcome()
        .await;
    assert_eq!((moved.verdict, moved.customer), (Verdict::Done, CustomerAt::Queue));
    assert_eq!(call.view().await.unwrap().unwrap().state, LegState::Waiting);
    fake.assert_moved_once_to(&call, "billing");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_given_up_at_the_deadline_and_the_truth_turns_up() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    fake.next_on(Operation::BlindTransfer, Fault::LateReply(Duration::from_secs(60)));
    let cx = OpCx::new().within(Duration::from_secs(5));
    let transfer = Transfer::new(named("agent:bob"), TransferMode::Blind);
    let error = call.transfer_with(transfer, &cx).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
    assert!(fake.control().outcome_of(&cx.op).unwrap().wait().await.is_done());
    fake.assert_moved_once(&call);
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_is_told_and_takes_no_more_commands() {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    fake.next(Fault::SessionLost);
    assert_eq!(call.hold().await.unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!(ann.snapshot().await.unwrap().unwrap().state, SessionState::Lost);
    assert_eq!(call.hold().await.unwrap_err().kind(), ErrorKind::SessionLost);
    fake.assert_never_moved(&call);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_claim_of_a_test_shows_the_story_so_far() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.story().remark("the application is asked to hold");
    call.hold().await.unwrap();
    let claim = std::panic::AssertUnwindSafe(|| fake.assert_moved_once(&call));
    let panic = std::panic::catch_unwind(claim).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    for part in [
        "the customer was moved 0 times, 1 expected",
        "command ->  hold",
        "call 1: held by agent ann",
        "Held",
        "the application is asked to hold",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}
