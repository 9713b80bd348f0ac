//! The dialog protocol, driven by an access party of the test's own (section 8).

use callcontrol_simulators::oifde::{FlowEnd, SessionId, TransferStage, WorkMode};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Cause, CustomerPlace, Party};
use http::StatusCode;
use serde_json::{Value, json};

use crate::bench::Bench;

const USER: &str = "1528780879-9581";

async fn turn(bench: &Bench, inaction: i64, more: Value) -> (StatusCode, Value) {
    turn_at(bench, "/oifde/rest/crs/process", inaction, more).await
}

async fn turn_at(bench: &Bench, path: &str, inaction: i64, more: Value) -> (StatusCode, Value) {
    let mut params =
        json!({ "call_id": USER, "call_sor_id": scenery::CUSTOMER, "call_dst_id": "9000", "auth_token": bench.token });
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let request = json!({ "userid": USER, "inaction": inaction, "inparams": params });
    bench.post(path, &request).await
}

async fn opened(bench: &Bench) -> SessionId {
    let (status, answer) = turn(bench, 8, json!({})).await;
    assert_eq!(
        (status, &answer["ret"], &answer["outaction"]),
        (StatusCode::OK, &json!(0), &json!(9))
    );
    SessionId::from(USER)
}

#[tokio::test(start_paused = true)]
async fn an_ordered_transfer_comes_with_the_next_turn_and_ends_with_two_hang_up_orders() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    assert_eq!(
        bench.sim.mode_of(&session),
        Some(WorkMode::Supervision),
        "as the flow was published"
    );
    let mut request = bench.transfer_request(&session, "3", "Support");
    request["callTransferRequest"]["callTransferTransData"] = json!("order=42");
    assert_eq!(bench.ask(&request).await, "0");
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InIvr("9000".into()))
    );
    let (_, order) = turn(&bench, 9, json!({ "flow_result_type": "3", "input": "playover" })).await;
    assert_eq!(order["outaction"], json!(11));
    let params = &order["outparams"];
    assert_eq!(
        (&params["trans_type"], &params["route_value"], &params["trans_data"]),
        (&json!("3"), &json!("Support"), &json!("order=42"))
    );
    let (_, hang_up) = turn(&bench, 11, json!({ "trans_result": "0" })).await;
    assert_eq!(hang_up["outaction"], json!(10));
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InQueue(scenery::SUPPORT.into()))
    );
    let (_, last) = turn(&bench, 11, json!({ "trans_result": "0", "input": "hangup" })).await;
    assert_eq!(last["outaction"], json!(10));
    assert_eq!(
        turn(&bench, 9, json!({ "input": "hello" })).await.0,
        StatusCode::INTERNAL_SERVER_ERROR,
        "the session is closed"
    );
    assert_eq!(bench.sim.transfers_of(&session), 1);
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InQueue(scenery::SUPPORT.into())),
        "the transferred call goes on"
    );
}

#[tokio::test(start_paused = true)]
async fn a_transfer_reported_as_failed_goes_on_in_the_flow() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "0");
    turn(&bench, 9, json!({ "input": "playover" })).await;
    let (_, answer) = turn(&bench, 11, json!({ "trans_result": "1" })).await;
    assert_eq!(answer["outaction"], json!(9));
    assert_eq!(
        bench.sim.transfer_of(&session).unwrap().stage,
        TransferStage::Failed(None)
    );
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InIvr("9000".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn an_access_party_that_moves_the_call_itself_is_believed() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    let call = bench.sim.call_of(&session).unwrap();
    assert_eq!(bench.transfer(&session, "2", scenery::PIN_CHECK).await, "0");
    turn(&bench, 9, json!({ "input": "playover" })).await;
    bench
        .sim
        .switch()
        .ivr_routes(call, &Party::queue(scenery::SUPPORT))
        .unwrap();
    turn(&bench, 11, json!({ "trans_result": "0" })).await;
    assert_eq!(bench.sim.transfer_of(&session).unwrap().stage, TransferStage::Done);
    assert_eq!(bench.sim.transfers_of(&session), 1);
}

#[tokio::test(start_paused = true)]
async fn the_third_turn_that_is_not_understood_asks_the_silent_agent_whose_words_the_robot_says() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    for _ in 0..2 {
        turn(&bench, 9, json!({ "input": "nomatch" })).await;
        assert_eq!(bench.sim.help_request_of(&session), None);
    }
    turn(&bench, 9, json!({ "input": "nomatch" })).await;
    let help = bench.sim.help_request_of(&session).unwrap();
    let reply = json!({ "tenantId": crate::bench::TENANT, "callId": USER, "agentId": "101", "nodeId": help.node_id, "nodeIndex": help.node_index,
        "replyIntentCode": "greet", "replyIntentContent": "Hello there", "replyIntentName": "greet", "authToken": bench.token });
    let (_, answer) = bench.post("/oifde/rest/api/flow/receiveDialogrecord", &reply).await;
    assert_eq!(answer["errorCode"], json!("0"));
    let (_, play) = turn(&bench, 9, json!({ "input": "playover" })).await;
    assert_eq!(play["outparams"]["prompt_text"], json!("Hello there"));
}

#[tokio::test(start_paused = true)]
async fn every_message_in_insertion_asks_for_help() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    assert_eq!(bench.change(&session, "2").await, "0");
    turn(&bench, 9, json!({ "input": "where is my order" })).await;
    assert!(bench.sim.help_request_of(&session).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_ends_the_session_and_the_call() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    let (_, answer) = turn(&bench, 9, json!({ "input": "hangup" })).await;
    assert_eq!(answer["outaction"], json!(10));
    assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Gone));
    assert_eq!(bench.change(&session, "2").await, "20900001");
}

#[tokio::test(start_paused = true)]
async fn bad_turns_are_refused_with_500_and_a_wrong_url_with_400() {
    let bench = Bench::new().await;
    assert_eq!(
        turn(&bench, 9, json!({})).await,
        (StatusCode::INTERNAL_SERVER_ERROR, json!({ "ret": 10_000_002 }))
    );
    assert_eq!(
        turn(&bench, 8, json!({ "call_dst_id": "4711" })).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(
        turn(&bench, 8, json!({ "call_id": "other" })).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(
        turn(&bench, 8, json!({ "auth_token": "none" })).await,
        (StatusCode::OK, json!({ "ret": 900_002 }))
    );
    opened(&bench).await;
    assert_eq!(
        turn(&bench, 8, json!({})).await.1["ret"],
        json!(10_000_004),
        "opened twice"
    );
    assert_eq!(
        turn(&bench, 11, json!({ "trans_result": "0" })).await.1["ret"],
        json!(10_000_002),
        "nothing was ordered"
    );
    assert_eq!(
        bench.post("/oifde/rest/crs/nothing", &json!({})).await.0,
        StatusCode::BAD_REQUEST
    );
    let v2 = json!({ "userid": USER, "inaction": 13, "inparams": { "call_id": USER, "call_dst_id": "9000", "auth_token": bench.token } });
    assert_eq!(bench.post("/oifde/rest/v2/crs/process/7", &v2).await.1["ret"], json!(0));
}

#[tokio::test(start_paused = true)]
async fn the_path_with_a_vdn_id_is_the_same_dialog() {
    let bench = Bench::new().await;
    let v2 = "/oifde/rest/v2/crs/process/7";
    assert_eq!(turn_at(&bench, v2, 8, json!({})).await.1["outaction"], json!(9));
    let session = SessionId::from(USER);
    assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
    let (_, order) = turn_at(&bench, v2, 9, json!({ "input": "playover" })).await;
    assert_eq!(order["outaction"], json!(11));
    let (_, hang_up) = turn_at(&bench, v2, 11, json!({ "trans_result": "0" })).await;
    assert_eq!(hang_up["outaction"], json!(10));
    let (_, last) = turn_at(&bench, v2, 11, json!({ "trans_result": "0", "input": "hangup" })).await;
    assert_eq!(last["outaction"], json!(10));
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InQueue(scenery::SUPPORT.into()))
    );
    for wrong in ["/oifde/rest/v2/crs/process", "/oifde/rest/v2/crs/process/"] {
        assert_eq!(
            bench.post(wrong, &json!({})).await.0,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_to_hang_up_is_repeated_until_the_access_party_has_hung_up() {
    for (how, reason, last) in [(FlowEnd::Normal, "0", 9), (FlowEnd::Error, "1", 11)] {
        let bench = Bench::new().await;
        let session = opened(&bench).await;
        assert!(bench.sim.end_flow(&session, how));
        for _ in 0..2 {
            let (_, answer) = turn(&bench, 9, json!({ "input": "playover" })).await;
            assert_eq!(
                (&answer["outaction"], &answer["outparams"]["release_reason"]),
                (&json!(10), &json!(reason))
            );
            assert_eq!(bench.sim.has_ended(&session), Some(false));
        }
        let (_, answer) = turn(&bench, last, json!({ "input": "hangup" })).await;
        assert_eq!(answer["outaction"], json!(10));
        assert_eq!(bench.sim.has_ended(&session), Some(true));
        assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Gone));
        assert_eq!(
            turn(&bench, last, json!({ "input": "hangup" })).await.0,
            StatusCode::INTERNAL_SERVER_ERROR,
            "the session is closed"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_nobody_outside_drives_ends_with_its_call() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert!(bench.sim.end_flow(&session, FlowEnd::Normal));
    assert_eq!(bench.sim.has_ended(&session), Some(true));
    assert!(!bench.sim.end_flow(&session, FlowEnd::Normal));
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_before_the_transfer_was_reported_was_not_transferred() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "0");
    turn(&bench, 9, json!({ "input": "playover" })).await;
    let (_, answer) = turn(&bench, 11, json!({ "trans_result": "1", "input": "hangup" })).await;
    assert_eq!(answer["outaction"], json!(10));
    assert_eq!(
        bench.sim.transfer_of(&session).unwrap().stage,
        TransferStage::Failed(Some(Cause::CallerHungUp))
    );
    assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Gone));
    assert_eq!(bench.sim.transfers_of(&session), 0);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_reported_as_done_does_not_come_back_to_the_robot() {
    let bench = Bench::new().await;
    let session = opened(&bench).await;
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "0");
    turn(&bench, 9, json!({ "input": "playover" })).await;
    turn(&bench, 11, json!({ "trans_result": "0" })).await;
    bench
        .sim
        .switch()
        .no_answer(&Party::outside(scenery::THIRD_PARTY))
        .unwrap();
    assert_eq!(bench.sim.customer_at(&session), Some(CustomerPlace::Gone));
}
