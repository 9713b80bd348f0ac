//! Calls of two: taking, making, holding and ending them; tones and data; blind transfers.

use std::time::Duration;

use callcontrol_simulators::gws::{DialFailure, EventTiming, NotAllowed, Refusals};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SwitchEvent, UnreachableBlind};
use serde_json::json;

use crate::client::{Desk, OK, ann, bob, capabilities, gws, id, may, participants, talking};

#[tokio::test(start_paused = true)]
async fn the_customer_is_answered_and_hangs_up() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let call = gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let ringing = desk.events().await.remove(0)["call"].clone();
    assert_eq!(
        (&ringing["ani"], &ringing["dnis"], &ringing["duration"]),
        (&json!("2065550100"), &json!("7001"), &json!("0"))
    );
    assert!(!may(&ringing, "Hangup"), "a ringing call cannot be rejected");
    tokio::time::sleep(Duration::from_millis(2700)).await;
    desk.does(&id(&ringing), "Answer").await;
    let established = desk.events().await.remove(0)["call"].clone();
    assert_eq!(
        (&established["state"], &established["duration"]),
        (&json!("Established"), &json!("2"))
    );
    gws.switch().hang_up(&Party::outside(scenery::CUSTOMER), call).unwrap();
    let released = desk.events().await;
    assert_eq!(released.len(), 1, "{released:?}");
    assert_eq!(
        (&released[0]["call"]["state"], &released[0]["call"]["capabilities"]),
        (&json!("Released"), &json!([]))
    );
    assert_eq!(participants(&released[0]["call"]), [scenery::CUSTOMER]);
    assert!(desk.calls().await.is_empty());
    assert_eq!(desk.get(&format!("me/calls/{}", id(&ringing))).await.code(), (404, 6));
}

#[tokio::test(start_paused = true)]
async fn hold_retrieve_mute_and_hang_up_each_show_in_an_event() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    desk.does(&name, "Hold").await;
    let held = desk.events().await.remove(0)["call"].clone();
    assert!(may(&held, "Retrieve") && !may(&held, "Hold") && !may(&held, "SendDtmf"));
    assert_eq!(
        gws.switch().customer_at(call),
        Some(CustomerPlace::HeldBy("101".into()))
    );
    desk.does(&name, "Retrieve").await;
    assert_eq!(desk.heard().await, ["StatusChange Established Inbound"]);
    desk.does(&name, "MuteCall").await;
    let muted = desk.events().await.remove(0)["call"].clone();
    assert_eq!(muted["mute"], "On");
    assert!(may(&muted, "UnmuteCall") && !may(&muted, "MuteCall"));
    desk.does(&name, "UnmuteCall").await;
    assert_eq!(desk.events().await[0]["call"]["mute"], "Off");
    desk.does(&name, "Hangup").await;
    assert_eq!(desk.heard().await, ["StatusChange Released Inbound"]);
    assert_eq!(gws.switch().customer_at(call), Some(CustomerPlace::Gone));
}

#[tokio::test(start_paused = true)]
async fn a_dialled_call_is_new_and_dialing_before_it_is_answered() {
    let gws = gws(|_| {});
    let (ann_desk, bob_desk) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    let path = format!("me/devices/{}/calls", ann_desk.device().await);
    let dial =
        json!({"operationName": "Dial", "destination": {"phoneNumber": "7002"}, "userData": {"Reason": "callback"}});
    assert_eq!(
        ann_desk.post(&path, dial).await.json(),
        json!({"statusCode": 0}),
        "the id is not told"
    );
    let dialing = ann_desk.events().await;
    assert_eq!(dialing.len(), 1, "{dialing:?}");
    let call = &dialing[0]["call"];
    assert_eq!(
        (&call["state"], &call["callType"], &call["userData"]["Reason"]),
        (&json!("Dialing"), &json!("Internal"), &json!("callback"))
    );
    assert_eq!(
        (participants(call), call["ani"].is_null()),
        (vec!["7002".to_owned()], true)
    );
    let ringing = bob_desk.events().await.remove(0)["call"].clone();
    assert_eq!(
        (participants(&ringing), ringing["dnis"].clone()),
        (vec!["7001".to_owned()], json!("7002"))
    );
    assert_eq!(ringing["userData"]["Reason"], "callback");
    bob_desk.does(&id(&ringing), "Answer").await;
    assert_eq!(ann_desk.heard().await, ["StatusChange Established Internal"]);
    assert_eq!(bob_desk.heard().await, ["StatusChange Established Internal"]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_number_is_dialing_and_then_released() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    gws.switch()
        .set_behaviour(&Party::outside(scenery::THIRD_PARTY), Behaviour::Busy)
        .unwrap();
    let path = format!("me/devices/{}/calls", desk.device().await);
    desk.post(
        &path,
        json!({"operationName": "Dial", "destination": {"phoneNumber": scenery::THIRD_PARTY}}),
    )
    .await;
    assert_eq!(
        desk.heard().await,
        ["StatusChange Dialing Outbound", "StatusChange Released Outbound"]
    );
    let stranger = format!("me/devices/{}/calls", "5d0c8a52-6a1e-4c0b-9f37-000000007002");
    let dial = json!({"operationName": "Dial", "destination": {"phoneNumber": "7002"}});
    assert_eq!(
        desk.post(&stranger, dial).await.code(),
        (404, 6),
        "another agent's device"
    );
}

#[tokio::test(start_paused = true)]
async fn a_blind_transfer_releases_the_agent_and_rings_the_target_with_the_data() {
    let gws = gws(|_| {});
    let (ann_desk, bob_desk) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    let (call, name) = talking(&ann_desk, gws.switch()).await;
    let transfer =
        json!({"destination": {"phoneNumber": "7002"}, "location": "SIP_Switch", "userData": {"Topic": "Billing"}});
    assert_eq!(ann_desk.operate(&name, "SingleStepTransfer", transfer).await.code(), OK);
    assert_eq!(ann_desk.heard().await, ["StatusChange Released Inbound"]);
    let ringing = bob_desk.events().await.remove(0)["call"].clone();
    assert_eq!(
        (participants(&ringing), &ringing["userData"]["Topic"]),
        (vec![scenery::CUSTOMER.into()], &json!("Billing"))
    );
    bob_desk.does(&id(&ringing), "Answer").await;
    assert_eq!(
        gws.switch().customer_at(call),
        Some(CustomerPlace::WithAgent("102".into()))
    );
    assert_eq!(gws.switch().journal().transfers_of(call), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_goes_back_to_a_queue_by_its_number_and_on_to_an_agent() {
    let gws = gws(|_| {});
    let (ann_desk, bob_desk) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    let (call, name) = talking(&ann_desk, gws.switch()).await;
    ann_desk
        .operate(
            &name,
            "SingleStepTransfer",
            json!({"destination": {"phoneNumber": "8000"}}),
        )
        .await;
    assert_eq!(ann_desk.heard().await, ["StatusChange Released Inbound"]);
    assert_eq!(
        gws.switch().customer_at(call),
        Some(CustomerPlace::InQueue(scenery::BILLING.into()))
    );
    bob_desk
        .post("me/channels/voice", json!({"operationName": "Ready"}))
        .await;
    assert_eq!(
        bob_desk.heard().await,
        ["DeviceStateChangeMessage", "StatusChange Ringing Inbound"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_transfer_is_told_by_http_by_an_event_or_not_at_all() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    assert_eq!(
        gws.switch().with(|switch| switch.options().blind),
        UnreachableBlind::Refused
    );
    let transfer = async || {
        desk.operate(
            &name,
            "SingleStepTransfer",
            json!({"destination": {"phoneNumber": "9999"}, "userData": {"a": "b"}}),
        )
        .await
    };
    assert_eq!(transfer().await.code(), OK);
    assert_eq!(desk.heard().await, ["EventError"]);
    gws.update_options(|options| options.refusals = Refusals::Silent);
    assert_eq!(transfer().await.code(), OK);
    assert!(desk.heard().await.is_empty());
    gws.update_options(|options| options.refusals = Refusals::Http);
    assert_eq!(transfer().await.code().1, 2);
    let call_now = desk.calls().await.remove(0);
    assert!(
        call_now["userData"].is_null(),
        "a refused transfer leaves no data: {call_now}"
    );
    assert_eq!(
        gws.switch().customer_at(call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_among_the_capabilities_is_refused_in_the_chosen_way() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    let mark = gws.switch().journal().next_seq();
    assert_eq!(desk.operate(&name, "Retrieve", json!({})).await.code().1, 2);
    gws.update_options(|options| options.not_allowed = NotAllowed::Event);
    assert_eq!(desk.operate(&name, "CompleteTransfer", json!({})).await.code(), OK);
    assert_eq!(desk.heard().await, ["EventError"]);
    assert_eq!(desk.operate(&name, "Teleport", json!({})).await.code().1, 2);
    assert!(
        gws.switch().journal_since(mark).is_empty(),
        "the switch heard of none of it"
    );
}

#[tokio::test(start_paused = true)]
async fn parameters_are_looked_at_before_the_switch_is_asked() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    let mark = gws.switch().journal().next_seq();
    let code = async |operation: &str, parameters| desk.operate(&name, operation, parameters).await.code().1;
    assert_eq!(code("SingleStepTransfer", json!({})).await, 1);
    assert_eq!(
        code("SingleStepTransfer", json!({"destination": "7002"})).await,
        2,
        "a string where an object is due"
    );
    assert_eq!(code("SingleStepTransfer", json!({"destination": {}})).await, 1);
    assert_eq!(
        code("InitiateTransfer", json!({"destination": {"phoneNumber": 7002}})).await,
        2
    );
    assert_eq!(
        code(
            "SingleStepTransfer",
            json!({"destination": {"phoneNumber": "7002"}, "userData": []})
        )
        .await,
        2
    );
    assert_eq!(code("SendDtmf", json!({})).await, 1);
    assert_eq!(code("AttachUserData", json!({})).await, 1);
    assert_eq!(code("DeleteUserDataPair", json!({})).await, 1);
    assert!(gws.switch().journal_since(mark).is_empty());
}

#[tokio::test(start_paused = true)]
async fn tones_reach_the_switch_and_come_back_as_dtmf_sent() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    assert_eq!(
        desk.operate(&name, "SendDtmf", json!({"digits": "12*#"})).await.code(),
        OK
    );
    assert_eq!(desk.heard().await, ["DtmfSent Established Inbound"]);
    let sent = SwitchEvent::DtmfSent {
        call,
        by: "101".into(),
        digits: "12*#".into(),
    };
    assert_eq!(gws.switch().journal().count(|fact| fact == &sent), 1);
}

#[tokio::test(start_paused = true)]
async fn data_is_added_replaced_and_removed_with_numbers_and_objects_kept() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    desk.operate(
        &name,
        "AttachUserData",
        json!({"userData": {"Score": 7, "Owner": {"username": "agent1"}, "Key": "x"}}),
    )
    .await;
    let changed = desk.events().await.remove(0);
    assert_eq!(
        (&changed["notificationType"], changed["extensions"].is_null()),
        (&json!("AttachedDataChanged"), true)
    );
    assert_eq!(
        changed["call"]["userData"],
        json!({"Score": 7, "Owner": {"username": "agent1"}, "Key": "x"})
    );
    desk.operate(&name, "DeleteUserDataPair", json!({"key": "Owner"})).await;
    assert_eq!(
        desk.events().await[0]["call"]["userData"],
        json!({"Score": 7, "Key": "x"})
    );
    gws.switch().set_data(call, [("Score", "8")]).unwrap();
    assert_eq!(
        desk.events().await[0]["call"]["userData"]["Score"],
        "8",
        "changed by somebody else"
    );
    desk.does(&name, "DeleteUserData").await;
    assert!(desk.events().await[0]["call"]["userData"].is_null());
}

#[tokio::test(start_paused = true)]
async fn a_call_is_cleared_while_talking_and_while_ringing() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    desk.does(&name, "ClearCall").await;
    assert_eq!(desk.heard().await, ["StatusChange Released Inbound"]);
    assert!(gws.switch().call(call).is_none());
    let call = gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let ringing = desk.events().await.remove(0);
    desk.does(&id(&ringing["call"]), "ClearCall").await;
    assert_eq!(desk.heard().await, ["StatusChange Released Inbound"]);
    assert!(gws.switch().call(call).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_public_telephone_answers_itself() {
    let gws = gws(|options| options.users[0].public_device = true);
    let desk = Desk::start(&gws, "ann").await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let ringing = desk.events().await.remove(0)["call"].clone();
    assert!(!may(&ringing, "Answer"), "{:?}", capabilities(&ringing));
    assert_eq!(desk.snapshot().await["devices"][0]["telephonyNetwork"], "Public");
}

#[tokio::test(start_paused = true)]
async fn events_come_before_or_after_the_answer_as_chosen() {
    let gws = gws(|options| options.event_timing = EventTiming::AfterAnswer(Duration::from_millis(20)));
    let desk = Desk::start(&gws, "ann").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    desk.heard().await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let name = id(&desk.events().await[0]["call"]);
    desk.does(&name, "Answer").await;
    assert!(desk.heard().await.is_empty(), "not yet");
    let late = desk.connect(None).await;
    assert_eq!(late[0]["data"]["call"]["state"], "Established");
    gws.update_options(|options| options.event_timing = EventTiming::BeforeAnswer(Duration::from_millis(18)));
    let mut waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.connect(None).await }
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let answer = desk.does(&name, "Hold");
    tokio::pin!(answer);
    let first = tokio::select! {
        biased;
        () = &mut answer => panic!("the answer came first"),
        event = &mut waiting => event.unwrap(),
    };
    assert_eq!(first[0]["data"]["call"]["state"], "Held");
    answer.await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_were_there_before_the_server_are_shown() {
    let switch = scenery::switch();
    switch.sign_in(scenery::BOB.0).unwrap();
    let call = switch.place_call(scenery::CUSTOMER, &bob()).unwrap();
    switch.answer(&bob(), call).unwrap();
    switch.hold(scenery::BOB.0, call).unwrap();
    let gws = callcontrol_simulators::gws::GwsSimulator::new(switch, Default::default());
    let desk = Desk::new(&gws, "bob");
    assert_eq!(desk.calls().await[0]["state"], "Held");
    assert_eq!(participants(&desk.calls().await[0]), [scenery::CUSTOMER]);
}

#[tokio::test(start_paused = true)]
async fn a_dialled_number_that_is_busy_is_told_in_each_way() {
    for (failure, code, told) in [
        (DialFailure::HttpError, 2, vec![]),
        (DialFailure::ErrorEvent, 0, vec!["EventError"]),
    ] {
        let gws = gws(|options| options.dial_failure = failure);
        let desk = Desk::start(&gws, "ann").await;
        gws.switch()
            .set_behaviour(&Party::outside(scenery::THIRD_PARTY), Behaviour::Busy)
            .unwrap();
        let path = format!("me/devices/{}/calls", desk.device().await);
        let dial = json!({"operationName": "Dial", "destination": {"phoneNumber": scenery::THIRD_PARTY}});
        assert_eq!(desk.post(&path, dial).await.code().1, code, "{failure:?}");
        assert_eq!(desk.heard().await, told, "{failure:?}");
        assert!(desk.calls().await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_trunk_without_answer_supervision_is_established_at_once() {
    let gws = gws(|options| options.early_answer = true);
    let desk = Desk::start(&gws, "ann").await;
    let path = format!("me/devices/{}/calls", desk.device().await);
    let dial = json!({"operationName": "Dial", "destination": {"phoneNumber": scenery::THIRD_PARTY}});
    assert_eq!(desk.post(&path, dial).await.code(), OK);
    assert_eq!(
        desk.heard().await,
        ["StatusChange Dialing Outbound", "StatusChange Established Outbound"]
    );
    let third = Party::outside(scenery::THIRD_PARTY);
    let call = gws.switch().ringing_at(&third).unwrap();
    gws.switch().answer(&third, call).unwrap();
    assert!(desk.heard().await.is_empty(), "it was told already");
}
