//! The messages of the vendor's pages: every request is accepted, every response is produced in the same shape.

use std::fs;
use std::path::Path;

use callcontrol_simulators::oifde::{CallIdStyle, HelpRequest, NewSession, PublishMode};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Party;
use serde_json::{Value, json};

use crate::bench::{Bench, MODE};

fn fixture(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/huawei-oifde");
    serde_json::from_str(&fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()).unwrap()
}

/// The same members of the same JSON types, in lists at least one element.
fn assert_same_shape(name: &str, actual: &Value) {
    same(name, &fixture(name), actual);
}

fn same(at: &str, expected: &Value, actual: &Value) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let names = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(names(expected), names(actual), "members of {at}");
            for (name, value) in expected {
                same(&format!("{at}.{name}"), value, &actual[name]);
            }
        }
        (Value::Array(expected), Value::Array(actual)) => same(&format!("{at}[0]"), &expected[0], &actual[0]),
        (Value::String(_), Value::String(_)) | (Value::Null, Value::Null) | (Value::Bool(_), Value::Bool(_)) => {}
        (Value::Number(expected), Value::Number(actual)) => assert_eq!(expected.is_i64(), actual.is_i64(), "{at}"),
        _ => panic!("{at}: expected something like {expected}, got {actual}"),
    }
}

/// A server that knows the tenant, the masked secret, the agent and the numbers of the samples.
async fn bench() -> Bench {
    let bench = Bench::with(|options| options.records_outside_transfers = true).await;
    bench.sim.switch().with(|switch| switch.add_outside("88880006"));
    bench
}

/// A request of the pages with a token that works here.
fn with_token(bench: &Bench, name: &str) -> Value {
    let mut request = fixture(name);
    match request.get_mut("inparams") {
        Some(params) => params["auth_token"] = json!(bench.token),
        None => request["authToken"] = json!(bench.token),
    }
    request
}

fn sample_session() -> NewSession {
    NewSession::new(scenery::CUSTOMER)
        .agent("10001")
        .cti_call_id("1528780879-9581")
}

#[tokio::test(start_paused = true)]
async fn a_token_is_asked_for_and_given_as_printed() {
    let bench = bench().await;
    bench
        .sim
        .update_options(|options| options.api_password = "********".into());
    let (_, answer) = bench
        .post("/oifde/rest/api/gettoken", &fixture("gettoken-request"))
        .await;
    assert_same_shape("gettoken-response", &answer);
    let (_, refused) = bench.get_token("wrong").await;
    assert_same_shape("gettoken-refused-response", &refused);
}

#[tokio::test(start_paused = true)]
async fn a_mode_is_changed_as_printed() {
    let bench = bench().await;
    let session = bench.begin(sample_session());
    let (_, expired) = bench.post(MODE, &fixture("change-work-mode-transfer-request")).await;
    assert_same_shape("change-work-mode-token-expired-response", &expired);
    let (_, answer) = bench
        .post(MODE, &with_token(&bench, "change-work-mode-transfer-request"))
        .await;
    assert_same_shape("change-work-mode-response", &answer);
    assert_eq!(
        (answer["errorCode"].as_str(), bench.sim.transfers_of(&session)),
        (Some("0"), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_is_released_as_printed() {
    let bench = bench().await;
    bench.begin(sample_session());
    let (_, answer) = bench
        .post(MODE, &with_token(&bench, "change-work-mode-release-request"))
        .await;
    assert_same_shape("change-work-mode-response", &answer);
    assert_eq!(answer["errorCode"], json!("0"));
}

#[tokio::test(start_paused = true)]
async fn a_silent_agent_replies_as_printed() {
    let bench = bench().await;
    let request = with_token(&bench, "receive-dialogrecord-request");
    let id = CallIdStyle::Given(request["callId"].as_str().unwrap().into());
    let session = bench.begin(sample_session().call_id(id).mode(PublishMode::Insertion));
    let HelpRequest {
        node_id, node_index, ..
    } = bench.sim.raise_help_request(&session).unwrap();
    assert_eq!(
        (json!(node_id), json!(node_index)),
        (request["nodeId"].clone(), request["nodeIndex"].clone())
    );
    let (_, answer) = bench.post("/oifde/rest/api/flow/receiveDialogrecord", &request).await;
    assert_same_shape("receive-dialogrecord-response", &answer);
    assert_eq!(answer["errorCode"], json!("0"));
}

#[tokio::test(start_paused = true)]
async fn queries_are_asked_and_answered_as_the_tables_say() {
    let bench = bench().await;
    let session = bench.begin(sample_session());
    bench
        .post(MODE, &with_token(&bench, "change-work-mode-transfer-request"))
        .await;
    bench
        .sim
        .switch()
        .answer(&Party::outside("88880006"), bench.sim.call_of(&session).unwrap())
        .unwrap();
    for (name, path) in [
        ("query-record-history", "queryRecordHistory"),
        ("query-history", "queryHistory"),
        ("queryflows", "queryflows"),
        ("intentions-query", "intentions/query"),
        ("query-transfer-record-history", "queryTransferRecordHistory"),
        ("servicemonitor", "servicemonitor"),
    ] {
        let request = if name == "servicemonitor" {
            json!({})
        } else {
            with_token(&bench, &format!("{name}-request"))
        };
        let (_, answer) = bench.post(&format!("/oifde/rest/api/{path}"), &request).await;
        assert_same_shape(&format!("{name}-response"), &answer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dialog_runs_as_the_tables_say() {
    let bench = bench().await;
    bench.sim.update_options(|options| {
        for flow in &mut options.flows {
            flow.silent_agent = Some("10001".into());
        }
    });
    let path = "/oifde/rest/crs/process";
    let turn = async |name: &str, response: &str| {
        let (_, answer) = bench.post(path, &with_token(&bench, name)).await;
        assert_same_shape(response, &answer);
        answer
    };
    turn("crs-process-open-request", "crs-process-play-response").await;
    turn("crs-process-interact-request", "crs-process-play-response").await;
    let mut order = with_token(&bench, "change-work-mode-transfer-request");
    order["callId"] = json!("1528780879-9581");
    assert_eq!(bench.ask(&order).await, "0");
    let transfer = turn("crs-process-interact-request", "crs-process-transfer-response").await;
    assert_eq!(transfer["outparams"]["route_value"], json!("88880006"));
    turn("crs-process-transferred-request", "crs-process-hang-up-response").await;
    turn("crs-process-hangup-request", "crs-process-hang-up-response").await;
}
