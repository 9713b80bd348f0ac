//! The unit tests of `hand_over`: the good case in ten lines, and one for each failure that matters.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use callcontrol::{
    AdapterId, Call, Cause, CustomerAt, EmulationPolicy, ErrorKind, FeedItem, Operation, Registry, SessionState, Target,
};
use callcontrol_example_unit_tests::{HandOver, can_work_with, hand_over};
use callcontrol_testkit::fake::{FakeCallControl, Fault, OTHER_CUSTOMER};
use callcontrol_testkit::switch::Behaviour;

async fn hand_to_bob(call: &Call) -> callcontrol::Result<HandOver> {
    let (bob, queue) = (Target::named("agent:bob")?, Target::named("queue:support")?);
    hand_over(call, bob, queue).await
}

#[tokio::test(start_paused = true)]
async fn bob_answers_and_has_the_customer() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Answers);
    assert_eq!(hand_to_bob(&call).await.unwrap(), HandOver::Colleague);
    fake.assert_moved_once_to(&call, "bob");
}

/// The unit test of the README.
#[tokio::test(start_paused = true)]
async fn a_busy_colleague_leaves_the_customer_with_ann() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap(); // a customer has called, Ann has answered
    fake.agent_behaves("bob", Behaviour::Busy);
    let receipt = call
        .release_after_transfer(Target::named("agent:bob").unwrap())
        .await
        .unwrap();
    let outcome = receipt.outcome().await;
    assert_eq!((outcome.cause, outcome.customer), (Cause::Busy, CustomerAt::Agent));
    fake.assert_never_moved(&call); // panics with the whole story if he was
}

#[tokio::test(start_paused = true)]
async fn bob_is_busy_and_the_customer_goes_to_the_queue() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Busy);
    assert_eq!(hand_to_bob(&call).await.unwrap(), HandOver::Queue);
    fake.assert_moved_once_to(&call, "support");
    fake.assert_commanded(&["answer", "release-after-transfer", "requeue-connected"]);
}

#[tokio::test(start_paused = true)]
async fn bob_does_not_answer_and_the_customer_goes_to_the_queue() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    let ringing = async {
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        fake.agent_lets_it_ring_out("bob");
    };
    let (handed, ()) = tokio::join!(hand_to_bob(&call), ringing);
    assert_eq!(handed.unwrap(), HandOver::Queue);
    fake.assert_moved_once_to(&call, "support");
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_lost_and_the_customer_is_moved_once_all_the_same() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Answers);
    fake.next_on(Operation::ReleaseAfterTransfer, Fault::ReplyLost);
    assert_eq!(hand_to_bob(&call).await.unwrap(), HandOver::LookFirst);
    fake.assert_moved_once_to(&call, "bob");
}

#[tokio::test(start_paused = true)]
async fn the_request_is_lost_and_the_customer_stays_with_ann() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.next_on(Operation::ReleaseAfterTransfer, Fault::RequestLost);
    assert_eq!(hand_to_bob(&call).await.unwrap(), HandOver::LookFirst);
    fake.assert_never_moved(&call);
    fake.assert_customer(&call, CustomerAt::Agent);
}

#[tokio::test(start_paused = true)]
async fn somebody_else_signs_in_with_anns_agent_and_the_application_is_told() {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    let mut feed = ann.subscribe();
    fake.next_on(Operation::ReleaseAfterTransfer, Fault::Displaced);
    assert_eq!(hand_to_bob(&call).await.unwrap_err().kind(), ErrorKind::Displaced);
    let told = loop {
        if let FeedItem::Session(notice) = feed.next().await.unwrap() {
            break notice.state;
        }
    };
    assert_eq!(told, SessionState::Displaced);
    fake.assert_never_moved(&call);
}

#[tokio::test(start_paused = true)]
async fn the_customer_hangs_up_while_bob_rings() {
    let fake = FakeCallControl::new();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    let impatient = async {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        fake.customer_hangs_up(&call);
    };
    let (handed, ()) = tokio::join!(hand_to_bob(&call), impatient);
    assert_eq!(handed.unwrap(), HandOver::Lost);
}

#[tokio::test(start_paused = true)]
async fn two_agents_hand_over_two_customers_at_once() {
    let fake = FakeCallControl::new();
    let (_ann, first) = fake.talking("ann").await.unwrap();
    let eve = fake.sign_in("eve").await.unwrap();
    let second = fake.ring_from(OTHER_CUSTOMER, &eve).unwrap();
    second.answer().await.unwrap();
    fake.agent_behaves("bob", Behaviour::Answers);
    let (one, other) = tokio::join!(hand_to_bob(&first), hand_to_bob(&second));
    assert_eq!((one.unwrap(), other.unwrap()), (HandOver::Colleague, HandOver::Queue));
    fake.assert_moved_once(&first);
    fake.assert_moved_once(&second);
}

/// The same application as this adapter would let it be.
fn posing_as(adapter: &str, emulation: EmulationPolicy) -> FakeCallControl {
    let manifest = Registry::built_in().manifest(adapter).unwrap();
    FakeCallControl::posing_as(AdapterId::new(adapter).unwrap(), manifest, emulation)
}

#[tokio::test(start_paused = true)]
async fn on_a_vendor_that_has_no_release_after_transfer_the_recipe_stands_in_where_it_is_allowed() {
    let fake = posing_as("genesys-gws", EmulationPolicy::Safe);
    can_work_with(&fake.control().capabilities()).unwrap();
    let (_ann, call) = fake.talking("ann").await.unwrap();
    fake.agent_behaves("bob", Behaviour::Answers);
    let bob = Target::Agent(callcontrol::AgentRef::Number("7002".parse().unwrap()));
    let receipt = call.release_after_transfer(bob).await.unwrap();
    assert!(
        matches!(receipt.executed, callcontrol::Executed::Emulated { .. }),
        "{:?}",
        receipt.executed
    );
    assert!(receipt.outcome().await.is_done());

    let strict = posing_as("genesys-gws", EmulationPolicy::Deny);
    let error = can_work_with(&strict.control().capabilities()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn on_a_robot_platform_a_transfer_is_never_known_to_have_arrived() {
    let fake = posing_as("huawei-oifde", EmulationPolicy::Safe);
    assert!(can_work_with(&fake.control().capabilities()).is_err());
    let ann = fake.sign_in("ann").await.unwrap();
    let native = fake.robot_call(OTHER_CUSTOMER, "pin-check").unwrap();
    let watching = callcontrol::AdoptState::RobotVoice(callcontrol::RobotMode::Supervision);
    let call = ann.adopt(callcontrol::AdoptCall::new(native, watching)).await.unwrap();
    fake.agent_behaves("bob", Behaviour::Manual);
    let outcome = call
        .blind_transfer(Target::named("agent:bob").unwrap())
        .await
        .unwrap()
        .outcome()
        .await;
    assert_eq!(outcome.verdict, callcontrol::Verdict::Unknown);
    fake.assert_moved_once_to(&call, "bob");
}

#[tokio::test(start_paused = true)]
async fn an_event_is_lost_and_the_next_snapshot_makes_it_good() {
    let fake = FakeCallControl::new();
    let (ann, call) = fake.talking("ann").await.unwrap();
    let mut feed = ann.subscribe();
    fake.link_breaks(ann.id());
    fake.customer_hangs_up(&call);
    fake.link_returns(ann.id());
    assert!(call.view().await.unwrap().is_none());
    let mut gap_first = false;
    loop {
        match feed.next().await.unwrap() {
            FeedItem::Gap(_) => gap_first = true,
            FeedItem::Event(event) if matches!(event.kind, callcontrol::EventKind::Released { .. }) => break,
            _ => {}
        }
    }
    assert!(gap_first, "{}", fake.story());
}
