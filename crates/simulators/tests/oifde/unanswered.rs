//! Late failure: a transfer whose target rings and does not take the customer (section 12, G).

use callcontrol_simulators::oifde::{ModeAfterFailure, SessionId, TransferStage, UnansweredTransfer, WorkMode};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, Cause, CustomerPlace, Party, SharedSwitch, SwitchCallId, SwitchEvent};

use crate::bench::Bench;

/// What a test lets somebody do at the switch.
type Deed = fn(&SharedSwitch);

fn bob() -> Party {
    Party::agent(scenery::BOB.0)
}

fn with_the_robot() -> Option<CustomerPlace> {
    Some(CustomerPlace::InIvr("9000".into()))
}

/// A transfer to Bob was ordered, and his telephone rings.
async fn ringing(bench: &Bench) -> SessionId {
    bench.open_shop();
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "4", scenery::BOB.0).await, "0");
    assert_eq!(stage(bench, &session), TransferStage::Ringing);
    assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Ringing(bob())));
    session
}

fn stage(bench: &Bench, session: &SessionId) -> TransferStage {
    bench.sim.transfer_of(session).unwrap().stage
}

/// The ways in which Bob does not take the call.
fn refusals() -> [(Deed, Cause); 4] {
    [
        (|switch| switch.no_answer(&bob()).unwrap(), Cause::NoAnswer),
        (
            |switch| switch.reject(&bob(), ringing_at_bob(switch)).unwrap(),
            Cause::Rejected,
        ),
        (
            |switch| switch.hang_up(&bob(), ringing_at_bob(switch)).unwrap(),
            Cause::Rejected,
        ),
        (
            |switch| switch.force_sign_out(scenery::BOB.0).unwrap(),
            Cause::SignedOut,
        ),
    ]
}

fn ringing_at_bob(switch: &SharedSwitch) -> SwitchCallId {
    switch.ringing_at(&bob()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_answer_gives_the_customer_back_to_the_robot() {
    for (refuse, cause) in refusals() {
        let bench = Bench::new().await;
        let session = ringing(&bench).await;
        refuse(bench.sim.switch());
        assert_eq!(stage(&bench, &session), TransferStage::Failed(Some(cause)));
        assert_eq!(stage(&bench, &session).trans_result(), Some("1"));
        assert_eq!(bench.sim.customer_at(&session), with_the_robot(), "{cause}");
        assert_eq!(bench.sim.has_ended(&session), Some(false));
        assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
        assert_eq!(bench.sim.transfers_of(&session), 1);
        let with_robot = |fact: &SwitchEvent| matches!(fact, SwitchEvent::SentToIvr { ivr, .. } if ivr == "9000");
        assert_eq!(bench.sim.switch().journal().count(with_robot), 2, "at first, and again");
        assert_eq!(bench.sim.switch().check_invariants(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_that_rejects_by_itself_gives_the_customer_back_too() {
    let bench = Bench::new().await;
    let third = Party::outside(scenery::THIRD_PARTY);
    bench.sim.switch().set_behaviour(&third, Behaviour::Rejects).unwrap();
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Failed(Some(Cause::Rejected)));
    assert_eq!(bench.sim.customer_at(&session), with_the_robot());
}

#[tokio::test(start_paused = true)]
async fn back_with_the_robot_the_silent_agent_can_order_another_transfer() {
    let bench = Bench::new().await;
    let session = ringing(&bench).await;
    bench.sim.switch().no_answer(&bob()).unwrap();
    assert_eq!(bench.change(&session, "2").await, "0");
    assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Done);
    assert_eq!(bench.sim.transfers_of(&session), 2, "one for each order");
}

#[tokio::test(start_paused = true)]
async fn while_the_target_rings_no_other_order_is_taken() {
    let bench = Bench::new().await;
    let session = ringing(&bench).await;
    for mode in ["0", "1", "2"] {
        assert_eq!(bench.change(&session, mode).await, "20900003");
    }
    assert_eq!(bench.transfer(&session, "3", "Support").await, "20900003");
    assert_eq!(bench.sim.transfers_of(&session), 1);
}

#[tokio::test(start_paused = true)]
async fn the_mode_afterwards_is_as_the_option_says() {
    for (option, mode) in [
        (ModeAfterFailure::AsBefore, WorkMode::Supervision),
        (ModeAfterFailure::Common, WorkMode::Common),
        (ModeAfterFailure::Transfer, WorkMode::Transfer),
    ] {
        let bench = Bench::with(|options| options.after_failed_transfer = option).await;
        let session = ringing(&bench).await;
        bench.sim.switch().no_answer(&bob()).unwrap();
        assert_eq!(bench.sim.mode_of(&session), Some(mode));
        assert_eq!(bench.sim.customer_at(&session), with_the_robot());
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_option_says_so_an_unanswered_transfer_ends_the_call() {
    for (refuse, cause) in refusals() {
        let bench = Bench::with(|options| options.unanswered_transfer = UnansweredTransfer::EndsCall).await;
        let session = ringing(&bench).await;
        refuse(bench.sim.switch());
        assert_eq!(stage(&bench, &session), TransferStage::Failed(Some(cause)));
        assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Gone), "{cause}");
        assert_eq!(bench.sim.has_ended(&session), Some(true));
        assert_eq!(bench.change(&session, "1").await, "20900001");
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_while_the_target_rings_is_gone() {
    let bench = Bench::new().await;
    let session = ringing(&bench).await;
    let call = bench.sim.call_of(&session).unwrap();
    let customer = Party::outside(scenery::CUSTOMER);
    bench.sim.switch().hang_up(&customer, call).unwrap();
    assert_eq!(
        stage(&bench, &session),
        TransferStage::Failed(Some(Cause::CallerHungUp))
    );
    assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Gone));
    assert_eq!(bench.sim.has_ended(&session), Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_answers_and_hangs_up_at_once_had_the_customer() {
    let bench = Bench::new().await;
    let third = Party::outside(scenery::THIRD_PARTY);
    bench
        .sim
        .switch()
        .set_behaviour(&third, Behaviour::HangsUpAtOnce)
        .unwrap();
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Done);
    assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Gone));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_has_taken_the_call_keeps_it_whoever_rejects() {
    let bench = Bench::new().await;
    bench.open_shop();
    bench.sim.switch().set_ready(scenery::BOB.0).unwrap();
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "3", "Billing").await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Done);
    let call = ringing_at_bob(bench.sim.switch());
    bench.sim.switch().reject(&bob(), call).unwrap();
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InQueue(scenery::BILLING.into()))
    );
    assert_eq!(stage(&bench, &session), TransferStage::Done);
}
