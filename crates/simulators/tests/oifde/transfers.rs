//! Every transfer type really moves the customer, and a target that cannot be had never shows in the answer.

use callcontrol_simulators::oifde::{
    AgentQueueRoute, Delivery, FaultTime, Medium, ModeAfterFailure, NewSession, OifdeOptions, SessionId, TransferStage,
    TransferType, WorkMode,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, Cause, CustomerPlace, Party, Queue, SwitchEvent};
use serde_json::json;

use crate::bench::Bench;

fn text() -> NewSession {
    NewSession::new(scenery::CUSTOMER).medium(Medium::Text)
}

fn stage(bench: &Bench, session: &SessionId) -> TransferStage {
    bench.sim.transfer_of(session).unwrap().stage
}

#[tokio::test(start_paused = true)]
async fn every_type_puts_the_customer_where_it_says() {
    let in_box = |owner: &str| CustomerPlace::InIvr(format!("message-box:{owner}"));
    let voice = || NewSession::new(scenery::CUSTOMER);
    for (new, kind, route, place) in [
        (voice(), "1", "2600", CustomerPlace::InQueue(scenery::SUPPORT.into())),
        (
            voice(),
            "2",
            scenery::PIN_CHECK,
            CustomerPlace::InIvr(scenery::PIN_CHECK.into()),
        ),
        (voice(), "3", "Support", CustomerPlace::InQueue(scenery::SUPPORT.into())),
        (voice(), "4", "102", CustomerPlace::Ringing(Party::agent("102"))),
        (
            voice(),
            "5",
            scenery::THIRD_PARTY,
            CustomerPlace::Ringing(Party::outside(scenery::THIRD_PARTY)),
        ),
        (voice(), "6", "9600", CustomerPlace::InIvr("9600".into())),
        (
            text().last_agent("103"),
            "7",
            "",
            CustomerPlace::Ringing(Party::agent("103")),
        ),
        (text(), "8", "102", CustomerPlace::InQueue(scenery::BILLING.into())),
        (text().last_agent("103"), "31", "", in_box("agent:103")),
        (text(), "32", "Billing", in_box("queue:25")),
        (text(), "33", "102", in_box("agent:102")),
    ] {
        let bench = Bench::new().await;
        bench.open_shop();
        let session = bench.begin(new);
        assert_eq!(bench.transfer(&session, kind, route).await, "0", "type {kind}");
        assert_eq!(bench.sim.customer_at(&session), Some(place), "type {kind}");
        assert_eq!(bench.sim.transfers_of(&session), 1, "type {kind}");
        assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Transfer));
        assert_eq!(
            bench.sim.transfer_of(&session).unwrap().order.kind,
            TransferType::from_code(kind).unwrap()
        );
        assert!(bench.sim.switch().check_invariants().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_from_insertion_needs_no_step_in_between() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert_eq!(bench.change(&session, "2").await, "0");
    assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Done);
}

#[tokio::test(start_paused = true)]
async fn a_queue_name_may_have_blanks_and_chinese_characters() {
    let bench = Bench::new().await;
    bench
        .sim
        .switch()
        .with(|switch| switch.add_queue(Queue::new("30").named("坐席 组 1")));
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "3", "坐席 组 1").await, "0");
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InQueue("30".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_answers_completes_the_transfer() {
    let bench = Bench::new().await;
    bench.open_shop();
    let session = bench.session();
    let call = bench.sim.call_of(&session).unwrap();
    assert_eq!(bench.transfer(&session, "4", "102").await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Ringing);
    bench.sim.switch().answer(&Party::agent("102"), call).unwrap();
    assert_eq!(stage(&bench, &session), TransferStage::Done);
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::WithAgent("102".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn channel_associated_data_travels_with_the_call() {
    let bench = Bench::new().await;
    let session = bench.session();
    let mut request = bench.transfer_request(&session, "3", "Support");
    request["callTransferRequest"]["callTransferTransData"] = json!("order=42");
    request["callTransferRequest"]["callTransferNumber"] = json!("4001");
    assert_eq!(bench.ask(&request).await, "0");
    let call = bench.sim.switch().call(bench.sim.call_of(&session).unwrap()).unwrap();
    assert_eq!(call.opaque.as_deref(), Some("order=42"));
    assert_eq!(bench.sim.transfer_of(&session).unwrap().order.calling_number, "4001");
}

#[tokio::test(start_paused = true)]
async fn a_busy_or_unknown_target_does_not_show_in_the_answer_and_the_robot_keeps_the_customer() {
    for (kind, route, cause) in [
        ("5", scenery::THIRD_PARTY, Cause::Busy),
        ("5", "0", Cause::UnknownDestination),
        ("4", "102", Cause::OutOfService),
        ("4", "nobody", Cause::UnknownDestination),
        ("3", "No such queue", Cause::UnknownDestination),
        ("1", "9", Cause::UnknownDestination),
        ("2", "9", Cause::UnknownDestination),
        ("6", "9", Cause::UnknownDestination),
    ] {
        let bench = Bench::new().await;
        bench
            .sim
            .switch()
            .set_behaviour(&Party::outside(scenery::THIRD_PARTY), Behaviour::Busy)
            .unwrap();
        let session = bench.session();
        assert_eq!(
            bench.transfer(&session, kind, route).await,
            "0",
            "type {kind} to {route}"
        );
        assert_eq!(
            stage(&bench, &session),
            TransferStage::Failed(Some(cause)),
            "type {kind} to {route}"
        );
        assert_eq!(stage(&bench, &session).trans_result(), Some("1"));
        assert_eq!(
            bench.sim.customer_at(&session),
            Some(CustomerPlace::InIvr("9000".into()))
        );
        assert_eq!(bench.sim.transfers_of(&session), 0);
        assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_transfer_leaves_the_mode_that_the_option_says() {
    for (option, mode) in [
        (ModeAfterFailure::AsBefore, WorkMode::Insertion),
        (ModeAfterFailure::Common, WorkMode::Common),
        (ModeAfterFailure::Transfer, WorkMode::Transfer),
    ] {
        let bench = Bench::with(|options| options.after_failed_transfer = option).await;
        let session = bench.session();
        bench.change(&session, "2").await;
        bench.sim.fail_next_transfer();
        assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
        assert_eq!(stage(&bench, &session), TransferStage::Failed(None));
        assert_eq!(bench.sim.mode_of(&session), Some(mode));
        let again = bench.transfer(&session, "3", "Support").await;
        assert_eq!(again == "0", option == ModeAfterFailure::AsBefore, "{option:?}");
        let moved = bench.sim.transfers_of(&session);
        assert_eq!(moved, usize::from(again == "0"), "only one transfer was to fail");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_agent_is_whoever_answered_this_customer_last() {
    let bench = Bench::new().await;
    bench.open_shop();
    let customer = Party::outside(scenery::CUSTOMER);
    let earlier = bench
        .sim
        .switch()
        .place_call(scenery::CUSTOMER, &Party::agent("103"))
        .unwrap();
    bench.sim.switch().answer(&Party::agent("103"), earlier).unwrap();
    bench.sim.switch().hang_up(&customer, earlier).unwrap();
    let somebody_elses = bench
        .sim
        .switch()
        .place_call(scenery::OTHER_CUSTOMER, &Party::agent("102"))
        .unwrap();
    bench.sim.switch().answer(&Party::agent("102"), somebody_elses).unwrap();
    let session = bench.begin(text());
    assert_eq!(bench.transfer(&session, "7", "").await, "0");
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::Ringing(Party::agent("103")))
    );
}

#[tokio::test(start_paused = true)]
async fn last_agent_fails_late_where_nobody_served_the_customer_or_data_are_demanded() {
    for demands in [false, true] {
        let bench = Bench::with(|options| options.last_agent_needs_data = demands).await;
        bench.open_shop();
        let session = bench.begin(if demands { text().last_agent("103") } else { text() });
        assert_eq!(bench.transfer(&session, "31", "").await, "0");
        assert_eq!(
            stage(&bench, &session),
            TransferStage::Failed(Some(Cause::UnknownDestination))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn multimedia_types_are_not_for_voice_and_an_ivr_not_for_text() {
    for (fault, code) in [(FaultTime::AtOnce, "20900005"), (FaultTime::Late, "0")] {
        for (medium, kind) in [
            (Medium::Voice, "7"),
            (Medium::Voice, "8"),
            (Medium::Voice, "31"),
            (Medium::Voice, "32"),
            (Medium::Voice, "33"),
            (Medium::Text, "2"),
            (Medium::Text, "5"),
        ] {
            let bench = Bench::with(|options| options.medium_fault = fault).await;
            let session = bench.begin(NewSession::new(scenery::CUSTOMER).medium(medium).last_agent("103"));
            assert_eq!(
                bench.transfer(&session, kind, scenery::PIN_CHECK).await,
                code,
                "type {kind}"
            );
            assert_eq!(bench.sim.transfers_of(&session), 0);
            assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_medium_can_be_none_of_the_servers_business() {
    let bench = Bench::with(|options| options.medium_fault = FaultTime::Never).await;
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "32", "Billing").await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Done);
}

#[tokio::test(start_paused = true)]
async fn a_type_nobody_knows_and_a_missing_route_are_refused_at_once() {
    let bench = Bench::new().await;
    let session = bench.session();
    for kind in ["0", "9", "10", "34", "05", "call"] {
        assert_eq!(bench.transfer(&session, kind, "1").await, "20900004", "type {kind}");
    }
    for kind in ["1", "2", "3", "4", "5", "6", "8", "32", "33"] {
        assert_eq!(bench.transfer(&session, kind, "").await, "10000002", "type {kind}");
    }
    let mut request = bench.transfer_request(&session, "3", "Support");
    request["callTransferRequest"]
        .as_object_mut()
        .unwrap()
        .remove("callTransferRouteValue");
    assert_eq!(bench.ask(&request).await, "10000002");
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
}

#[tokio::test(start_paused = true)]
async fn the_flow_designers_types_can_be_switched_on() {
    let on = |options: &mut OifdeOptions| options.extra_types = true;
    for (kind, route, place) in [
        ("9", "", CustomerPlace::Ringing(Party::agent("103"))),
        ("10", "2600", CustomerPlace::InQueue(scenery::SUPPORT.into())),
        ("34", "Support", CustomerPlace::InIvr("message-box:queue:26".into())),
    ] {
        let bench = Bench::with(on).await;
        bench.open_shop();
        let session = bench.begin(NewSession::new(scenery::CUSTOMER).last_agent("103"));
        assert_eq!(bench.transfer(&session, kind, route).await, "0");
        assert_eq!(bench.sim.customer_at(&session), Some(place), "type {kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn type_8_takes_an_agent_or_a_queue_as_the_option_says() {
    for (names, route, works) in [
        (AgentQueueRoute::Either, "Billing", true),
        (AgentQueueRoute::Agent, "Billing", false),
        (AgentQueueRoute::Agent, "102", true),
        (AgentQueueRoute::QueueName, "102", false),
    ] {
        let bench = Bench::with(|options| options.type_8 = names).await;
        let session = bench.begin(text());
        assert_eq!(bench.transfer(&session, "8", route).await, "0");
        assert_eq!(
            stage(&bench, &session) == TransferStage::Done,
            works,
            "{names:?} {route}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_transfer_waits_for_the_access_partys_next_turn() {
    let bench = Bench::with(|options| options.deliver = Delivery::OnDemand).await;
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
    assert_eq!(stage(&bench, &session), TransferStage::Waiting);
    assert_eq!(bench.sim.transfers_of(&session), 0);
    assert_eq!(bench.sim.deliver(&session).unwrap().stage, TransferStage::Done);
    assert_eq!(bench.sim.deliver(&session), None, "a transfer is carried out once");
    assert_eq!(bench.sim.transfers_of(&session), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_already_with_an_ivr_becomes_a_session() {
    let bench = Bench::new().await;
    let call = bench
        .sim
        .switch()
        .place_call(scenery::CUSTOMER, &Party::ivr(scenery::PIN_CHECK))
        .unwrap();
    let session = bench.begin(NewSession::new(scenery::CUSTOMER).on(call));
    assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
    assert_eq!(
        bench.sim.switch().customer_at(call),
        Some(CustomerPlace::InQueue(scenery::SUPPORT.into()))
    );
    let moved = bench
        .sim
        .switch()
        .journal()
        .count(|fact| matches!(fact, SwitchEvent::Moved { .. }));
    assert_eq!(moved, 1);
}
