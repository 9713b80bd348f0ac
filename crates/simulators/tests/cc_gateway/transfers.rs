//! The transfer matrix (section 7) and the one-step transfers (17.2, 17.3, 17.6).

use callcontrol_simulators::cc_gateway::{TransferredCallId, Unreachable};
use callcontrol_simulators::scenery::{ANN, BILLING, BOB, CUSTOMER, EVE, PIN_CHECK, SUPPORT, THIRD_PARTY};
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SwitchEvent};
use serde_json::json;

use crate::client::{Desk, ann_talks, gateway, gateway_with, third_party, with_agent};

const LEAVES_BLIND: [&str; 4] = [
    "Event_Call_Release",
    "Event_Customer_Release",
    "Other_PhoneRelease",
    "State_Ready",
];

/// The twelve cells that are offered, and the thirteenth that one edition has.
const OFFERED: [(u8, u8); 13] = [
    (1, 0),
    (1, 2),
    (2, 0),
    (2, 2),
    (2, 3),
    (3, 0),
    (3, 1),
    (4, 0),
    (4, 2),
    (5, 1),
    (5, 2),
    (5, 3),
    (5, 4),
];

fn address(device: u8) -> &'static str {
    match device {
        1 => BILLING,
        2 => BOB.0,
        3 => PIN_CHECK,
        4 => "6048",
        _ => THIRD_PARTY,
    }
}

#[tokio::test(start_paused = true)]
async fn every_offered_cell_is_taken_and_every_blank_one_refused_without_a_trace() {
    for device in 0..=6 {
        for mode in 0..=5 {
            let gateway = gateway();
            Desk::signed_in(&gateway, BOB, 4).await;
            let (ann, _) = ann_talks(&gateway).await;
            let before = gateway.switch().journal().next_seq();
            let code = ann.transfer(device, address(device), mode).await;
            let trace = gateway.switch().journal_since(before).len();
            match OFFERED.contains(&(device, mode)) {
                true => assert!(code == "0" && trace > 0, "{device}/{mode}: {code}"),
                false => assert_eq!((code.as_str(), trace), ("000-002", 0), "{device}/{mode}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_may_be_strings_and_addresses_must_be_addresses() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    let wrong = [
        json!({ "devicetype": 1, "mode": 0 }),
        json!({ "devicetype": 1, "mode": 0, "address": "billing" }),
        json!({ "devicetype": 2, "mode": 0, "address": "102#" }),
        json!({ "devicetype": 5, "mode": 1, "address": "1234567890123456789012345" }),
        json!({ "devicetype": "one", "mode": 0, "address": "25" }),
        json!({ "devicetype": 5, "mode": 3, "address": THIRD_PARTY, "caller": "4x" }),
        json!({ "devicetype": 5, "mode": 3, "address": THIRD_PARTY, "mediaability": 3 }),
        json!({ "devicetype": 1, "mode": 0, "address": "25", "callappdata": "x".repeat(16 * 1024 + 1) }),
    ];
    for body in wrong {
        assert_eq!(
            ann.voice_with("POST", "transfer", body.clone()).await.code(),
            "000-002",
            "{body}"
        );
    }
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    let strings = json!({ "devicetype": "1", "address": 26, "mode": "2", "holdflag": "true", "callappdata": "id=7" });
    assert_eq!(ann.voice_with("POST", "transfer", strings).await.code(), "0");
    assert_eq!(gateway.switch().call(call).unwrap().opaque.as_deref(), Some("id=7"));
}

#[tokio::test(start_paused = true)]
async fn a_blind_transfer_to_a_queue_releases_the_agent_when_the_queue_has_the_call() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.transfer(1, SUPPORT, 0).await, "0");
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::InQueue(SUPPORT.into()))
    );
    assert_eq!(ann.kinds().await, LEAVES_BLIND);
    assert_eq!(gateway.switch().journal().transfers_of(call), 1);
}

#[tokio::test(start_paused = true)]
async fn the_target_of_a_blind_transfer_sees_where_the_call_comes_from() {
    for (option, same) in [(TransferredCallId::Same, true), (TransferredCallId::New, false)] {
        let gateway = gateway_with(|options| options.transferred_call_id = option);
        let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
        let (ann, call) = ann_talks(&gateway).await;
        let anns = gateway.call_id(call, ANN.0).unwrap();
        assert_eq!(ann.transfer(2, BOB.0, 0).await, "0");
        let ringing = bob.contents("AgentEvent_Ringing").await;
        assert_eq!(
            (&ringing[0]["transfer"], &ringing[0]["transfrom"]),
            (&json!("yes"), &json!("101"))
        );
        let bobs = ringing[0]["callid"].as_str().unwrap();
        assert_eq!(bobs == anns, same);
        assert_eq!(bob.voice("PUT", &format!("answer?callid={bobs}")).await.code(), "0");
        assert_eq!(gateway.switch().customer_at(call), with_agent(BOB));
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_surplus_event_only_the_release_is_told() {
    let gateway = gateway_with(|options| {
        options.customer_release_after_own = false;
        options.blind_customer_alerting = true;
    });
    let (mut ann, _) = ann_talks(&gateway).await;
    ann.transfer(1, SUPPORT, 0).await;
    let expected = [
        "Event_Customer_Alerting",
        "Event_Call_Release",
        "Other_PhoneRelease",
        "State_Ready",
    ];
    assert_eq!(ann.kinds().await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_blind_transfer_to_somebody_busy_leaves_the_customer_with_the_agent() {
    for (unreachable, code, events) in [
        (Unreachable::Events, "0", vec!["Event_Connect_Fail", "Event_Talking"]),
        (Unreachable::Retcode, "100-007", vec![]),
    ] {
        let gateway = gateway_with(|options| options.unreachable = unreachable);
        let (mut ann, call) = ann_talks(&gateway).await;
        gateway
            .switch()
            .set_behaviour(&Party::agent(BOB.0), Behaviour::Busy)
            .unwrap();
        assert_eq!(ann.transfer(2, BOB.0, 0).await, code);
        assert_eq!(ann.kinds().await, events);
        assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    }
}

#[tokio::test(start_paused = true)]
async fn a_blind_transfer_to_an_outside_number_rings_there_unless_the_call_was_outbound() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.transfer(5, THIRD_PARTY, 1).await, "0");
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::Ringing(third_party()))
    );
    gateway.switch().answer(&third_party(), call).unwrap();
    ann.kinds().await;
    let callid = ann
        .voice_with("PUT", "callout", json!({ "called": "2065550101" }))
        .await
        .result();
    let outbound = gateway.call_of(callid.as_str().unwrap()).unwrap();
    gateway
        .switch()
        .answer(&Party::outside("2065550101"), outbound)
        .unwrap();
    assert_eq!(ann.transfer(5, CUSTOMER, 1).await, "100-007");
}

#[tokio::test(start_paused = true)]
async fn a_release_after_transfer_releases_the_agent_when_the_target_answers() {
    let gateway = gateway();
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    let (mut ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.transfer(2, BOB.0, 2).await, "0");
    let alerting = ann.contents("AgentEvent_Customer_Alerting").await;
    assert_eq!(
        (&alerting[0]["otherPhone"], &alerting[0]["otherPhoneWorkno"]),
        (&json!("102"), &json!("102"))
    );
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    bob.kinds().await;
    bob.voice("PUT", "answer").await.result();
    let events = ann.events().await;
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["eventType"].as_str().unwrap())
        .collect();
    let expected = [
        "AgentEvent_SuccTransResult",
        "AgentMediaEvent_StopRecordDone",
        "AgentEvent_Call_Release",
        "AgentOther_PhoneRelease",
        "AgentState_Ready",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(
        events[0]["content"],
        json!({ "result": 0, "callId": events[2]["content"] })
    );
    assert_eq!(bob.kinds().await, ["Other_PhoneOffhook", "Event_Talking"]);
    assert_eq!(gateway.switch().customer_at(call), with_agent(BOB));
    assert_eq!(gateway.switch().journal().transfers_of(call), 1);
}

#[tokio::test(start_paused = true)]
async fn a_release_after_transfer_that_fails_leaves_the_customer_with_the_agent() {
    for (behaviour, result) in [
        (Behaviour::Busy, 47),
        (Behaviour::Rejects, 9),
        (Behaviour::OutOfService, 48),
    ] {
        let gateway = gateway();
        Desk::signed_in(&gateway, BOB, 4).await;
        let (mut ann, call) = ann_talks(&gateway).await;
        gateway.switch().set_behaviour(&Party::agent(BOB.0), behaviour).unwrap();
        assert_eq!(ann.transfer(2, BOB.0, 2).await, "0");
        assert_eq!(ann.contents("AgentEvent_SuccTransResult").await[0]["result"], result);
        assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
        assert_eq!(ann.transfer(1, SUPPORT, 0).await, "0");
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_while_the_target_rings_releases_both_agents() {
    let gateway = gateway();
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    let (mut ann, call) = ann_talks(&gateway).await;
    ann.transfer(2, BOB.0, 2).await;
    ann.kinds().await;
    bob.kinds().await;
    gateway.switch().hang_up(&Party::outside(CUSTOMER), call).unwrap();
    let expected = [
        "Event_Customer_Release",
        "Event_SuccTransResult",
        "Event_Call_Release",
        "Other_PhoneRelease",
        "State_Ready",
    ];
    assert_eq!(ann.kinds().await, expected);
    assert_eq!(bob.kinds().await, ["Event_Call_Release", "State_Ready"]);
}

#[tokio::test(start_paused = true)]
async fn a_release_after_transfer_to_a_queue_ends_when_one_of_its_agents_answers() {
    let gateway = gateway_with(|options| options.trans_out_result = true);
    let (mut ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.transfer(4, "6048", 2).await, "0");
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    let eve = Desk::signed_in(&gateway, EVE, 4).await;
    eve.voice("PUT", "answer").await.result();
    assert_eq!(ann.contents("AgentEvent_SuccTransResult").await[0]["result"], 0);
    assert_eq!(gateway.switch().customer_at(call), with_agent(EVE));
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_transfer_comes_back_from_the_ivr() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    let ivrs = ann.ask("GET", "queuedevice/101/ivrinfo", None).await.result();
    assert_eq!(ivrs[0]["access"], PIN_CHECK);
    assert_eq!(ann.transfer(3, PIN_CHECK, 1).await, "0");
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::InIvr(PIN_CHECK.into()))
    );
    assert_eq!(ann.kinds().await, Vec::<String>::new());
    gateway.switch().ivr_finished(call).unwrap();
    assert_eq!(ann.kinds().await, ["Event_ReturnFromIvr", "Event_Talking"]);
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_in_the_ivr_releases_the_agent_who_waits() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    ann.transfer(3, PIN_CHECK, 1).await;
    gateway.switch().hang_up(&Party::outside(CUSTOMER), call).unwrap();
    assert_eq!(
        ann.kinds().await,
        [
            "Event_Customer_Release",
            "Event_Call_Release",
            "Other_PhoneRelease",
            "State_Ready"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_access_code_and_an_unknown_ivr_cannot_be_reached() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    // 25 is a queue, but no access code.
    for (device, address, mode) in [(4, BILLING, 0), (4, "9999", 0), (3, "9999", 0), (3, "9999", 1)] {
        assert_eq!(ann.transfer(device, address, mode).await, "0");
        assert_eq!(ann.kinds().await, ["Event_Connect_Fail", "Event_Talking"]);
    }
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn a_second_transfer_beside_a_running_one_is_refused() {
    let gateway = gateway();
    Desk::signed_in(&gateway, BOB, 4).await;
    let (ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.transfer(2, BOB.0, 2).await, "0");
    assert_eq!(ann.transfer(1, SUPPORT, 0).await, "100-007");
    assert_eq!(ann.voice("POST", "canceltransfer").await.code(), "200-012");
    let started = |fact: &SwitchEvent| matches!(fact, SwitchEvent::TransferStarted { call: of, .. } if *of == call);
    assert_eq!(gateway.switch().journal().count(started), 1);
}
