//! Internal help, talk forwarding, three-party calls and their endings (sections 6.2 to 6.4, 17.4, 17.5, 17.7).

use callcontrol_simulators::cc_gateway::{CcGatewaySimulator, ForwardingCallId, ReleaseWhileRinging, TalkForwarding};
use callcontrol_simulators::scenery::{ANN, BILLING, BOB, CUSTOMER, PIN_CHECK, THIRD_PARTY};
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SwitchCallId};
use serde_json::json;

use crate::client::{Desk, ann_talks, gateway, gateway_with, third_party, with_agent};

/// Ann, who talks to the customer, asks Bob; both desks' events are fetched.
async fn ann_asks_bob(gateway: &CcGatewaySimulator, mode: u8) -> (Desk, Desk, SwitchCallId, String) {
    let mut bob = Desk::signed_in(gateway, BOB, 4).await;
    let (mut ann, call) = ann_talks(gateway).await;
    let body = json!({ "dstaddress": BOB.0, "devicetype": 2, "mode": mode });
    let help = ann
        .voice_with("POST", "innerhelp", body)
        .await
        .result()
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ann.kinds().await, ["Event_Hold", "Event_Customer_Alerting"]);
    let ringing = bob.contents("AgentEvent_Ringing").await;
    assert_eq!(ringing[0]["feature"], if mode == 1 { "51" } else { "52" });
    bob.voice("PUT", "answer").await.result();
    (ann, bob, call, help)
}

/// Ann, who talks to the customer, dials the third party by a transfer of type 5 with this mode, and it answers.
async fn ann_forwards(gateway: &CcGatewaySimulator, mode: u8) -> (Desk, SwitchCallId) {
    let (mut ann, call) = ann_talks(gateway).await;
    assert_eq!(ann.transfer(5, THIRD_PARTY, mode).await, "0");
    assert_eq!(ann.kinds().await, ["Event_Customer_Alerting"]);
    let ringing = gateway.switch().ringing_at(&third_party()).unwrap();
    gateway.switch().answer(&third_party(), ringing).unwrap();
    (ann, call)
}

#[tokio::test(start_paused = true)]
async fn a_helper_is_asked_and_gets_the_customer_when_the_agent_hangs_up() {
    let gateway = gateway();
    let (mut ann, mut bob, call, help) = ann_asks_bob(&gateway, 1).await;
    let talking = ann.contents("AgentEvent_Talking").await;
    assert_eq!(
        (&talking[0]["callid"], &talking[0]["feature"]),
        (&json!(help), &json!("51"))
    );
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::HeldBy(ANN.0.into()))
    );
    assert_eq!(bob.kinds().await, ["Other_PhoneOffhook", "Event_Talking"]);

    assert_eq!(ann.voice("DELETE", "release").await.code(), "0");
    assert_eq!(gateway.switch().customer_at(call), with_agent(BOB));
    let released = [
        "Event_Call_Release",
        "Event_Call_Release",
        "Other_PhoneRelease",
        "State_Ready",
    ];
    assert_eq!(ann.kinds().await, released);
    let talking = bob.contents("AgentEvent_Talking").await;
    assert_eq!(
        (&talking[0]["callid"], &talking[0]["caller"]),
        (&json!(help), &json!(CUSTOMER))
    );
    // The helper's id of the call is good for the helper's own operations.
    assert_eq!(bob.voice("POST", &format!("dropcall/{help}")).await.code(), "0");
    assert_eq!(gateway.switch().customer_at(call), Some(CustomerPlace::Gone));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_help_call_brings_the_customer_back() {
    let gateway = gateway();
    let (mut ann, mut bob, call, help) = ann_asks_bob(&gateway, 1).await;
    ann.kinds().await;
    bob.kinds().await;
    assert_eq!(ann.voice("POST", &format!("dropcall/{help}")).await.code(), "0");
    let events = ann.events().await;
    assert_eq!(
        (&events[0]["eventType"], &events[0]["content"]),
        (&json!("AgentEvent_Call_Release"), &json!(help))
    );
    assert_eq!(events.last().unwrap()["eventType"], "AgentEvent_Talking");
    assert_eq!(events.last().unwrap()["content"]["caller"], CUSTOMER);
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    assert_eq!(
        bob.kinds().await,
        [
            "Event_Customer_Release",
            "Event_Call_Release",
            "Other_PhoneRelease",
            "State_Ready"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_helper_who_hangs_up_gives_the_customer_back() {
    let gateway = gateway();
    let (mut ann, bob, call, _) = ann_asks_bob(&gateway, 1).await;
    ann.kinds().await;
    bob.voice("DELETE", "release").await.result();
    assert_eq!(
        ann.kinds().await,
        ["Event_Customer_Release", "Event_Call_Release", "Event_Talking"]
    );
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn a_helper_who_cannot_help_leaves_the_customer_with_the_agent() {
    for behaviour in [Behaviour::Busy, Behaviour::Rejects, Behaviour::OutOfService] {
        let gateway = gateway();
        Desk::signed_in(&gateway, BOB, 4).await;
        gateway.switch().set_behaviour(&Party::agent(BOB.0), behaviour).unwrap();
        let (mut ann, call) = ann_talks(&gateway).await;
        let help = ann
            .voice_with("POST", "innerhelp", json!({ "dstaddress": BOB.0 }))
            .await
            .result();
        let events = ann.events().await;
        let failed = events
            .iter()
            .find(|event| event["eventType"] == "AgentEvent_Consult_Fail")
            .unwrap();
        assert_eq!(failed["content"], help);
        assert_eq!(events.last().unwrap()["eventType"], "AgentEvent_Talking");
        assert!(
            events
                .iter()
                .all(|event| event["eventType"] != "AgentEvent_Call_Release")
        );
        assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_during_the_help_leaves_the_two_agents_talking() {
    let gateway = gateway();
    let (mut ann, _, call, help) = ann_asks_bob(&gateway, 1).await;
    ann.kinds().await;
    gateway.switch().hang_up(&Party::outside(CUSTOMER), call).unwrap();
    assert_eq!(ann.kinds().await, ["Event_Customer_Release", "Event_Call_Release"]);
    assert_eq!(gateway.switch().active_call(ANN.0), gateway.call_of(&help));
}

#[tokio::test(start_paused = true)]
async fn a_queue_can_be_asked_for_help() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    ann.voice_with("POST", "innerhelp", json!({ "dstaddress": BILLING, "devicetype": 1 }))
        .await
        .result();
    let bob = Desk::signed_in(&gateway, BOB, 4).await;
    bob.voice("PUT", "answer").await.result();
    assert_eq!(
        ann.kinds().await,
        ["Event_Hold", "Event_Customer_Alerting", "Event_Talking"]
    );
    ann.voice("DELETE", "release").await.result();
    assert_eq!(gateway.switch().customer_at(call), with_agent(BOB));
}

#[tokio::test(start_paused = true)]
async fn three_party_help_is_a_conference_until_the_helper_is_disconnected() {
    let gateway = gateway();
    let (mut ann, mut bob, call, _) = ann_asks_bob(&gateway, 2).await;
    let conference = ann.contents("AgentEvent_Conference").await;
    assert_eq!(conference[0]["partner"], format!("{CUSTOMER},{}", BOB.0));
    assert_eq!(bob.kinds().await, ["Other_PhoneOffhook", "Event_Conference"]);
    assert_eq!(bob.voice("POST", "disconnect/2065550109").await.code(), "200-024");
    assert_eq!(ann.voice("POST", &format!("disconnect/{}", BOB.0)).await.code(), "0");
    assert_eq!(ann.kinds().await, ["Event_Customer_Release", "Event_Talking"]);
    assert_eq!(
        bob.kinds().await,
        ["Event_Call_Release", "Other_PhoneRelease", "State_Ready"]
    );
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn the_agent_leaves_a_three_party_help_by_the_own_number() {
    let gateway = gateway();
    let (mut ann, mut bob, call, _) = ann_asks_bob(&gateway, 2).await;
    ann.kinds().await;
    bob.kinds().await;
    assert_eq!(ann.voice("POST", "disconnect/7001").await.code(), "0");
    assert_eq!(
        ann.kinds().await,
        ["Event_Call_Release", "Other_PhoneRelease", "State_Ready"]
    );
    assert_eq!(bob.kinds().await, ["Event_Customer_Release", "Event_Talking"]);
    assert_eq!(gateway.switch().customer_at(call), with_agent(BOB));
}

#[tokio::test(start_paused = true)]
async fn a_helper_in_a_two_party_help_can_only_drop_itself() {
    let gateway = gateway();
    let (_, bob, call, _) = ann_asks_bob(&gateway, 1).await;
    assert_eq!(
        bob.voice("POST", &format!("disconnect/{}", ANN.0)).await.code(),
        "100-007"
    );
    assert_eq!(bob.voice("POST", "disconnect/7002").await.code(), "0");
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn talk_forwarding_is_completed_by_release() {
    let gateway = gateway();
    let (mut ann, call) = ann_forwards(&gateway, 3).await;
    let callid = gateway.call_id(call, ANN.0).unwrap();
    let talking = ann.contents("AgentEvent_Talking").await;
    assert_eq!(
        (&talking[0]["callid"], &talking[0]["called"]),
        (&json!(callid), &json!(THIRD_PARTY))
    );
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::HeldBy(ANN.0.into()))
    );
    assert_eq!(ann.voice("DELETE", "release").await.code(), "0");
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::AtTarget(third_party()))
    );
    assert_eq!(
        ann.kinds().await,
        ["Event_Call_Release", "Other_PhoneRelease", "State_Ready"]
    );
    assert_eq!(gateway.switch().journal().transfers_of(call), 1);
}

#[tokio::test(start_paused = true)]
async fn talk_forwarding_is_told_as_set() {
    for (option, expected) in [
        (TalkForwarding::Talking, vec!["Event_Talking"]),
        (TalkForwarding::Conference, vec!["Event_Conference"]),
        (TalkForwarding::Both, vec!["Event_Talking", "Event_Conference"]),
    ] {
        let gateway = gateway_with(|options| options.talk_forwarding = option);
        let (mut ann, _) = ann_forwards(&gateway, 3).await;
        assert_eq!(ann.kinds().await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_forwarding_with_an_id_of_its_own_holds_the_customers_call() {
    let gateway = gateway_with(|options| options.forwarding_call_id = ForwardingCallId::Own);
    let (mut ann, call) = ann_talks(&gateway).await;
    let callid = gateway.call_id(call, ANN.0).unwrap();
    ann.transfer(5, THIRD_PARTY, 3).await;
    let events = ann.events().await;
    assert_eq!(
        (&events[0]["eventType"], &events[0]["content"]),
        (&json!("AgentEvent_Hold"), &json!(callid))
    );
    assert_ne!(events[1]["content"]["callid"], callid.as_str());
}

#[tokio::test(start_paused = true)]
async fn cancel_transfer_drops_the_third_party_and_brings_the_customer_back() {
    for (mode, answered) in [(3, true), (3, false), (4, true), (4, false)] {
        let gateway = gateway();
        let (mut ann, call) = ann_talks(&gateway).await;
        ann.transfer(5, THIRD_PARTY, mode).await;
        if answered {
            gateway
                .switch()
                .answer(&third_party(), gateway.switch().ringing_at(&third_party()).unwrap())
                .unwrap();
        }
        ann.kinds().await;
        assert_eq!(
            ann.voice("POST", "canceltransfer").await.code(),
            "0",
            "{mode} {answered}"
        );
        let events = ann.events().await;
        let kinds: Vec<_> = events
            .iter()
            .map(|event| event["eventType"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            ["AgentEvent_Customer_Release", "AgentEvent_Talking"],
            "{mode} {answered}"
        );
        assert_eq!(events[0]["content"]["number"], THIRD_PARTY);
        assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
        assert_eq!(gateway.switch().calls_of(&third_party()), []);
        assert_eq!(ann.voice("POST", "canceltransfer").await.code(), "200-012");
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_party_who_does_not_answer_leaves_the_agent_with_the_customer() {
    for mode in [3, 4] {
        let gateway = gateway();
        let (mut ann, call) = ann_talks(&gateway).await;
        ann.transfer(5, THIRD_PARTY, mode).await;
        ann.kinds().await;
        gateway.switch().no_answer(&third_party()).unwrap();
        let expected = [
            "OUTBOUND_DETECT_EVENT",
            "Event_Call_Out_Fail",
            "Event_Connect_Fail",
            "Event_Talking",
        ];
        assert_eq!(ann.kinds().await, expected);
        assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_up_in_a_talk_forwarding_leaves_the_other_two_talking() {
    let gateway_of_third = gateway();
    let (mut ann, call) = ann_forwards(&gateway_of_third, 3).await;
    ann.kinds().await;
    let consult = gateway_of_third.switch().active_call(ANN.0).unwrap();
    gateway_of_third.switch().hang_up(&third_party(), consult).unwrap();
    assert_eq!(ann.kinds().await, ["Event_Customer_Release", "Event_Talking"]);
    assert_eq!(gateway_of_third.switch().customer_at(call), with_agent(ANN));

    let gateway = gateway();
    let (mut ann, call) = ann_forwards(&gateway, 3).await;
    ann.kinds().await;
    gateway.switch().hang_up(&Party::outside(CUSTOMER), call).unwrap();
    assert_eq!(ann.kinds().await, ["Event_Customer_Release"]);
    ann.voice("DELETE", "release").await.result();
    let expected = [
        "Event_Call_Release",
        "Event_Customer_Release",
        "Other_PhoneRelease",
        "State_Ready",
    ];
    assert_eq!(ann.kinds().await, expected);
}

#[tokio::test(start_paused = true)]
async fn release_while_the_third_party_rings_does_what_is_set() {
    for (option, place) in [
        (ReleaseWhileRinging::EndsConsult, with_agent(ANN)),
        (
            ReleaseWhileRinging::HandsOver,
            Some(CustomerPlace::Ringing(third_party())),
        ),
    ] {
        let gateway = gateway_with(|options| options.release_while_ringing = option);
        let (ann, call) = ann_talks(&gateway).await;
        ann.transfer(5, THIRD_PARTY, 3).await;
        assert_eq!(ann.voice("DELETE", "release").await.code(), "0");
        assert_eq!(gateway.switch().customer_at(call), place);
    }
}

#[tokio::test(start_paused = true)]
async fn a_three_party_transfer_makes_a_conference_with_or_without_holding_the_customer() {
    for hold in [json!(true), json!("false"), json!(false)] {
        let gateway = gateway();
        let (mut ann, call) = ann_talks(&gateway).await;
        let callid = gateway.call_id(call, ANN.0).unwrap();
        let body = json!({ "devicetype": 5, "address": THIRD_PARTY, "mode": 4, "holdflag": hold });
        ann.voice_with("POST", "transfer", body).await.result();
        let held = gateway.switch().customer_at(call) == Some(CustomerPlace::HeldBy(ANN.0.into()));
        assert_eq!(held, hold == json!(true));
        gateway
            .switch()
            .answer(&third_party(), gateway.switch().ringing_at(&third_party()).unwrap())
            .unwrap();
        let conference = ann.contents("AgentEvent_Conference").await;
        assert_eq!(
            conference,
            [json!({ "callid": callid, "partner": format!("{CUSTOMER},{THIRD_PARTY}") })]
        );
        ann.voice("DELETE", "release").await.result();
        assert_eq!(
            gateway.switch().customer_at(call),
            Some(CustomerPlace::AtTarget(third_party()))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_customers_keys_are_passed_to_an_ivr_in_the_conference() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.voice("POST", "thirdPartyConfTransmitNum").await.code(), "10001");
    assert_eq!(ann.transfer(5, PIN_CHECK, 4).await, "0");
    assert_eq!(ann.kinds().await, ["Event_Customer_Alerting", "Event_Conference"]);
    assert_eq!(gateway.switch().customer_digits(call, "12").unwrap(), None);
    assert_eq!(ann.voice("POST", "thirdPartyConfTransmitNum").await.code(), "0");
    assert_eq!(
        gateway.switch().customer_digits(call, "34").unwrap().as_deref(),
        Some(PIN_CHECK)
    );
    assert_eq!(ann.voice("POST", &format!("disconnect/{PIN_CHECK}")).await.code(), "0");
    assert_eq!(ann.kinds().await, ["Event_Customer_Release", "Event_Talking"]);
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

/// Ann holds the customer and talks to the third party whom she dialled.
async fn held_and_dialled(gateway: &CcGatewaySimulator) -> (Desk, SwitchCallId, String) {
    let (mut ann, call) = ann_talks(gateway).await;
    ann.voice("POST", "hold").await.result();
    let dialled = ann
        .voice_with("PUT", "callout", json!({ "called": THIRD_PARTY }))
        .await
        .result();
    let second = gateway.call_of(dialled.as_str().unwrap()).unwrap();
    gateway.switch().answer(&third_party(), second).unwrap();
    ann.kinds().await;
    let held = gateway.call_id(call, ANN.0).unwrap();
    (ann, call, held)
}

#[tokio::test(start_paused = true)]
async fn a_held_and_a_dialled_call_become_a_conference() {
    let gateway = gateway();
    let (mut ann, call, held) = held_and_dialled(&gateway).await;
    assert_eq!(
        ann.voice_with("POST", "confjoin", json!({ "callid": "1-1" }))
            .await
            .code(),
        "200-011"
    );
    assert_eq!(
        ann.voice_with("POST", "confjoin", json!({ "callid": held, "callappdata": "" }))
            .await
            .code(),
        "0"
    );
    let conference = ann.contents("AgentEvent_Conference").await;
    assert_eq!(
        conference,
        [json!({ "callid": held, "partner": format!("{CUSTOMER},{THIRD_PARTY}") })]
    );
    assert_eq!(
        ann.voice("POST", &format!("disconnect/{THIRD_PARTY}")).await.code(),
        "0"
    );
    assert_eq!(ann.kinds().await, ["Event_Customer_Release", "Event_Talking"]);
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn a_held_and_a_dialled_call_are_connected_and_the_agent_is_out() {
    let gateway = gateway();
    let (mut ann, call, held) = held_and_dialled(&gateway).await;
    assert_eq!(ann.voice("POST", "connecthold/1456401416-77").await.code(), "200-006");
    assert_eq!(ann.voice("POST", &format!("connecthold/{held}")).await.code(), "0");
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::AtTarget(third_party()))
    );
    let kinds = ann.kinds().await;
    assert!(kinds.contains(&"Event_Call_Release".to_owned()));
    assert_eq!(kinds[kinds.len() - 2..], ["Other_PhoneRelease", "State_Ready"]);
}
