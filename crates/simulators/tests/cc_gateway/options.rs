//! The points on which documents disagree, each way, as far as no flow shows them already.

use callcontrol_simulators::cc_gateway::{CcGatewayOptions, ConnectHoldCodes, HelperCallId, SayFree};
use callcontrol_simulators::scenery::{ANN, BOB, CUSTOMER, SUPPORT, THIRD_PARTY};
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use http::StatusCode;
use serde_json::json;

use crate::client::{Desk, ann_talks, customer_calls, gateway, gateway_with, third_party};

#[tokio::test(start_paused = true)]
async fn the_sign_in_answer_is_spelled_as_set() {
    let gateway = gateway_with(|options| {
        options.vdn_id_as_string = true;
        options.success_message = "success";
        options.guid_on_rotating_sign_in = false;
        options.phone_must_match = true;
    });
    let mut ann = Desk::at(&gateway, ANN);
    let wrong = json!({ "password": "cti-secret", "phonenum": "7999" });
    assert_eq!(ann.sign_in(wrong).await.code(), "100-014");
    let reply = ann
        .sign_in(json!({ "password": "cti-secret", "phonenum": "7001" }))
        .await;
    assert_eq!(reply.result()["vdnid"], "1");
    assert_eq!(reply.json()["message"], "success");
    assert_eq!(reply.new_guid(), None);
}

#[tokio::test(start_paused = true)]
async fn a_commands_result_may_be_absent_and_a_wrong_method_have_another_status() {
    let gateway = gateway_with(|options| {
        options.empty_result = false;
        options.wrong_method = StatusCode::INTERNAL_SERVER_ERROR;
    });
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let reply = ann.ask("POST", "onlineagent/101/saybusy", None).await;
    assert_eq!(reply.text, r#"{"message":"","retcode":"0"}"#);
    assert_eq!(
        ann.voice("POST", "release").await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test(start_paused = true)]
async fn ringing_carries_prefix_and_media_type_as_set() {
    let gateway = gateway_with(|options| {
        options.agent_prefix = Some('a');
        options.ringing_media_type = true;
    });
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    ann.voice_with("PUT", "callinner", json!({ "called": BOB.0 }))
        .await
        .result();
    let ringing = bob.contents("AgentEvent_Ringing").await;
    assert_eq!(
        (&ringing[0]["caller"], &ringing[0]["mediaType"]),
        (&json!("a101"), &json!(5))
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_outbound_call_is_told_with_one_event_in_old_releases() {
    let gateway = gateway_with(|options| {
        options.outbound_detect = false;
        options.connect_fail_too = false;
    });
    gateway
        .switch()
        .set_behaviour(&third_party(), Behaviour::Rejects)
        .unwrap();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    ann.voice_with("PUT", "callout", json!({ "called": THIRD_PARTY }))
        .await
        .result();
    let failed: Vec<_> = ann
        .kinds()
        .await
        .into_iter()
        .filter(|kind| kind.contains("Fail") || kind.contains("DETECT"))
        .collect();
    assert_eq!(failed, ["Event_Call_Out_Fail"]);
}

#[tokio::test(start_paused = true)]
async fn the_older_result_accompanies_a_transfer_to_an_outside_number() {
    let gateway = gateway_with(|options| options.trans_out_result = true);
    let (mut ann, call) = ann_talks(&gateway).await;
    ann.transfer(5, THIRD_PARTY, 2).await;
    gateway.switch().answer(&third_party(), call).unwrap();
    assert_eq!(
        ann.contents("AgentEvent_TransOutResult").await,
        [json!({ "result": 0 })]
    );
}

#[tokio::test(start_paused = true)]
async fn saying_free_may_always_be_told_as_ready() {
    let gateway = gateway_with(|options| options.say_free = SayFree::AlwaysReady);
    let mut ann = Desk::signed_in(&gateway, ANN, 3).await;
    ann.ask("POST", "onlineagent/101/sayfree", None).await.result();
    assert_eq!(ann.kinds().await, ["State_Ready"]);
}

#[tokio::test(start_paused = true)]
async fn internal_calls_can_be_held_and_transferred_where_that_is_set() {
    let gateway = gateway_with(|options| options.internal_calls_like_others = true);
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let bob = Desk::signed_in(&gateway, BOB, 4).await;
    ann.voice_with("PUT", "callinner", json!({ "called": BOB.0 }))
        .await
        .result();
    bob.voice("PUT", "answer").await.result();
    assert_eq!(ann.voice("POST", "hold").await.code(), "0");
    assert_eq!(ann.voice("POST", "gethold").await.code(), "0");
    assert_eq!(ann.transfer(1, SUPPORT, 0).await, "0");
}

#[tokio::test(start_paused = true)]
async fn connect_hold_may_answer_with_the_codes_of_its_page() {
    let gateway = gateway_with(|options| options.connect_hold_codes = ConnectHoldCodes::InterfacePage);
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    assert_eq!(ann.voice("POST", "connecthold/1-1").await.code(), "200-013");
    let (ann, _) = {
        ann.ask("DELETE", "onlineagent/101/logout", None).await.result();
        ann_talks(&gateway).await
    };
    assert_eq!(ann.voice("POST", "connecthold/1-1").await.code(), "200-014");
}

#[tokio::test(start_paused = true)]
async fn a_helper_may_go_on_under_the_customers_call_id() {
    let gateway = gateway_with(|options| options.helper_call_id = HelperCallId::Customers);
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    let (ann, call) = ann_talks(&gateway).await;
    let customers = gateway.call_id(call, ANN.0).unwrap();
    ann.voice_with("POST", "innerhelp", json!({ "dstaddress": BOB.0 }))
        .await
        .result();
    bob.voice("PUT", "answer").await.result();
    bob.events().await;
    ann.voice("DELETE", "release").await.result();
    assert_eq!(
        bob.contents("AgentEvent_Talking").await[0]["callid"],
        customers.as_str()
    );
    assert_eq!(bob.voice("POST", &format!("dropcall/{customers}")).await.code(), "0");
    assert_eq!(gateway.switch().customer_at(call), Some(CustomerPlace::Gone));
}

#[tokio::test(start_paused = true)]
async fn without_recording_nothing_is_said_of_it() {
    let gateway = gateway_with(|options: &mut CcGatewayOptions| options.recording = false);
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    customer_calls(gateway.switch());
    ann.voice("PUT", "answer").await.result();
    ann.voice("DELETE", "release").await.result();
    let events = ann.events().await;
    assert!(events.iter().any(|event| event["content"]["caller"] == CUSTOMER));
    assert!(
        events
            .iter()
            .all(|event| !event["eventType"].as_str().unwrap().contains("Media"))
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_guids_and_another_one_others() {
    let mut guids = Vec::new();
    for seed in [7, 7, 8] {
        let gateway = gateway_with(|options| options.guid_seed = seed);
        let ann = Desk::signed_in(&gateway, ANN, 4).await;
        assert_eq!(gateway.guid(ANN.0), ann.guid);
        guids.push(ann.guid.unwrap());
    }
    assert_eq!(guids[0], guids[1]);
    assert_ne!(guids[0], guids[2]);
    assert_ne!(gateway().guid(ANN.0), Some(guids[0].clone()));
}
