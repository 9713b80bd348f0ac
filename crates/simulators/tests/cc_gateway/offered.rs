//! Calls taken without having been chosen, previewed calls, and the telephone itself (section 6).

use callcontrol_simulators::cc_gateway::{CcGatewaySimulator, PutOrPost};
use callcontrol_simulators::scenery::{ANN, BILLING, BOB, CUSTOMER, SUPPORT, THIRD_PARTY};
use callcontrol_testkit::switch::{Party, SwitchEvent};
use serde_json::json;

use crate::client::{Desk, ann_talks, customer_calls, gateway, gateway_with, third_party, with_agent};

#[tokio::test(start_paused = true)]
async fn a_call_that_rings_at_a_colleague_is_picked_up() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    assert_eq!(bob.voice("PUT", "snatchpickup?destWorkNo=101").await.code(), "100-007");
    assert_eq!(bob.voice("PUT", "snatchpickup").await.code(), "000-002");
    let call = customer_calls(gateway.switch());
    assert_eq!(bob.voice("PUT", "snatchpickup?destWorkNo=101").await.code(), "0");
    assert_eq!(gateway.switch().ringing_at(&Party::agent(BOB.0)), Some(call));
    assert_eq!(ann.kinds().await.last().unwrap(), "State_Ready");
    assert!(bob.kinds().await.contains(&"Event_Ringing".to_owned()));
    bob.voice("PUT", "answer").await.result();
    assert_eq!(gateway.switch().customer_at(call), with_agent(BOB));
    assert_eq!(bob.kinds().await, ["Other_PhoneOffhook", "Event_Talking"]);
    assert_eq!(
        gateway
            .switch()
            .journal()
            .count(|fact| matches!(fact, SwitchEvent::PickedUp { .. })),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn picking_up_needs_the_right_a_common_group_and_an_idle_agent() {
    type Change = fn(&CcGatewaySimulator);
    let changes: [Change; 3] = [
        |gateway| gateway.update_options(|options| options.pick_up_right.clear()),
        |gateway| gateway.update_options(|options| options.groups.clear()),
        |gateway| {
            gateway.switch().with(|switch| {
                switch
                    .set_agent_state(BOB.0, callcontrol_testkit::switch::AgentState::WrapUp)
                    .unwrap()
            })
        },
    ];
    for change in changes {
        let gateway = gateway();
        Desk::signed_in(&gateway, ANN, 4).await;
        let bob = Desk::signed_in(&gateway, BOB, 4).await;
        let call = customer_calls(gateway.switch());
        change(&gateway);
        assert_eq!(bob.voice("PUT", "snatchpickup?destWorkNo=101").await.code(), "100-007");
        assert_eq!(gateway.switch().ringing_at(&Party::agent(ANN.0)), Some(call));
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_is_asked_for() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 3).await;
    let call = gateway.switch().place_call(CUSTOMER, &Party::queue(SUPPORT)).unwrap();
    let callid = ann.data("GET", "waitcallinfo/26").await.result()[0]["callid"]
        .as_str()
        .unwrap()
        .to_owned();
    let ask = |callid: &str, rest: &str| format!("requestcall/{callid}/{rest}");
    for (operation, code) in [
        (ask(&callid, "1?skillId=26"), "000-002"),
        (ask(&callid, "0"), "000-002"),
        (ask("1456401416-99", "0?skillId=26"), "200-026"),
        (ask(&callid, &format!("0?skillId={BILLING}")), "200-026"),
        (ask(&callid, "0?skillid=26"), "0"),
    ] {
        assert_eq!(ann.voice("POST", &operation).await.code(), code, "{operation}");
    }
    assert_eq!(ann.voice("POST", &ask(&callid, "2?skillId=26")).await.status, 404);
    assert_eq!(ann.kinds().await, ["State_Busy", "Event_Ringing"]);
    ann.voice("PUT", "answer").await.result();
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn a_previewed_call_is_made_once_and_only_as_offered() {
    let gateway = gateway();
    assert!(!gateway.offer_preview(ANN.0, 7, THIRD_PARTY));
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    assert!(gateway.offer_preview(ANN.0, 7, THIRD_PARTY));
    let offered = ann.contents("AgentEvent_Preview").await;
    assert_eq!(offered, [json!({ "controlid": 7, "dialeddigits": THIRD_PARTY })]);
    let task = |number: &str, control: u8| json!({ "called": number, "callcontrolid": control });
    for (number, control, code) in [
        (THIRD_PARTY, 8, "200-001"),
        (CUSTOMER, 7, "200-001"),
        (THIRD_PARTY, 7, "0"),
    ] {
        let reply = ann.voice_with("PUT", "previewCallout", task(number, control)).await;
        assert_eq!(reply.code(), code, "{number} {control}");
    }
    let call = gateway.switch().ringing_at(&third_party()).unwrap();
    gateway.switch().answer(&third_party(), call).unwrap();
    assert_eq!(ann.contents("AgentEvent_Talking").await[0]["feature"], "44");
    ann.voice("DELETE", "release").await.result();
    let again = ann.voice_with("PUT", "previewcallout", task(THIRD_PARTY, 7)).await;
    assert_eq!(again.code(), "200-001");
}

#[tokio::test(start_paused = true)]
async fn a_linked_telephone_is_lifted_and_put_down() {
    for (methods, refused) in [(PutOrPost::Put, "POST"), (PutOrPost::Post, "PUT")] {
        let taken = if refused == "PUT" { "POST" } else { "PUT" };
        let gateway = gateway_with(|options| options.phone_methods = methods);
        let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
        assert_eq!(ann.voice(refused, "phonepickup").await.status, 405);
        assert_eq!(
            ann.voice(taken, "phonepickup").await.code(),
            "100-007",
            "no linked telephone"
        );
        ann.ask("POST", "onlineagent/101/resetskill/true?skillid=&phonelinkage=1", None)
            .await
            .result();
        customer_calls(gateway.switch());
        ann.kinds().await;
        ann.voice(taken, "phonepickup").await.result();
        assert_eq!(ann.kinds().await, ["Other_PhoneOffhook", "Event_Talking"]);
        ann.voice(taken, "phonehangup").await.result();
        assert!(ann.kinds().await.contains(&"Other_PhoneRelease".to_owned()));
        assert_eq!(gateway.switch().active_call(ANN.0), None);
        ann.voice(taken, "phonepickup").await.result();
        ann.voice(taken, "phonehangup").await.result();
        assert_eq!(
            ann.contents("AgentOther_PhoneRelease").await,
            [json!({ "phoneState": 2 })]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_done_on_a_linked_telephone_is_told_and_what_is_asked_for_is_not() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    ann.ask("POST", "onlineagent/101/resetskill/true?phonelinkage=1", None)
        .await
        .result();
    ann.voice("POST", "hold").await.result();
    assert_eq!(ann.kinds().await, ["Event_Hold"]);
    gateway.switch().retrieve(ANN.0, call).unwrap();
    let kinds = ann.kinds().await;
    assert_eq!(kinds, ["Event_linkagePhoneUnHold", "Event_Talking"]);
    gateway.update_options(|options| options.linkage_events = false);
    gateway.switch().hold(ANN.0, call).unwrap();
    assert_eq!(ann.kinds().await, ["Event_Hold"]);
}

#[tokio::test(start_paused = true)]
async fn the_telephone_is_released_with_its_call() {
    let gateway = gateway();
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(json!({ "password": "cti-secret", "phonenum": "7001", "releasephone": false }))
        .await;
    customer_calls(gateway.switch());
    ann.kinds().await;
    ann.voice("DELETE", "releasephone").await.result();
    let kinds = ann.kinds().await;
    assert_eq!(kinds.first().unwrap(), "Event_Call_Release");
    assert_eq!(kinds.last().unwrap(), "Other_PhoneRelease");
}

#[tokio::test(start_paused = true)]
async fn the_picture_is_covered_and_uncovered_with_its_own_codes() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    assert_eq!(ann.voice("POST", "beginmutevideo").await.code(), "200-019");
    assert_eq!(ann.voice("POST", "endmutevideo").await.code(), "200-021");
    ann.ask("DELETE", "onlineagent/101/logout", None).await.result();
    let (ann, _) = ann_talks(&gateway).await;
    for (operation, code) in [
        ("endmutevideo", "200-022"),
        ("beginmutevideo", "0"),
        ("beginmutevideo", "200-020"),
        ("endmutevideo", "0"),
    ] {
        assert_eq!(ann.voice("POST", operation).await.code(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn tones_of_the_agent_in_a_conference_go_as_the_edition_says() {
    for (allowed, code) in [(true, "0"), (false, "100-007")] {
        let gateway = gateway_with(|options| options.agent_digits_in_conference = allowed);
        let (ann, _) = ann_talks(&gateway).await;
        assert_eq!(ann.voice("POST", "seconddialex?number=1").await.code(), "0");
        assert_eq!(ann.transfer(5, "1321", 4).await, "0");
        assert_eq!(ann.voice("POST", "seconddialex?number=1%23").await.code(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn passing_numbers_on_needs_a_conference_with_customer_and_ivr() {
    let gateway = gateway();
    let idle = Desk::signed_in(&gateway, BOB, 3).await;
    assert_eq!(idle.voice("POST", "thirdPartyConfTransmitNum").await.code(), "10001");
    let (ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.voice("POST", "thirdPartyConfTransmitNum").await.code(), "10001");
    ann.transfer(5, "1321", 4).await;
    assert_eq!(ann.voice("POST", "thirdPartyConfTransmitNum").await.code(), "0");
    assert_eq!(gateway.switch().customer_digits(call, "42"), Ok(Some("1321".into())));
}
