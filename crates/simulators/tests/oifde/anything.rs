//! Whatever is sent, the answer is a JSON object or a plain HTTP error, and nothing panics.

use callcontrol_simulators::oifde::NewSession;
use callcontrol_simulators::scenery;
use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::bench::{Bench, TENANT};

const PATHS: [&str; 11] = [
    "/oifde/rest/api/gettoken",
    "/oifde/rest/api/flow/changeWorkMode",
    "/oifde/rest/api/flow/receiveDialogrecord",
    "/oifde/rest/api/queryRecordHistory",
    "/oifde/rest/api/queryHistory",
    "/oifde/rest/api/queryflows",
    "/oifde/rest/api/intentions/query",
    "/oifde/rest/api/queryTransferRecordHistory",
    "/oifde/rest/api/servicemonitor",
    "/oifde/rest/crs/process",
    "/oifde/rest/v2/crs/process/1",
];

const NAMES: [&str; 44] = [
    "tenantId",
    "authToken",
    "callId",
    "agentId",
    "workMode",
    "callTransferRequest",
    "callTransferType",
    "callTransferRouteValue",
    "callTransferTransData",
    "callTransferNumber",
    "appKey",
    "appSecret",
    "nodeId",
    "nodeIndex",
    "replyType",
    "replyIntentCode",
    "replyIntentContent",
    "replyIntentName",
    "beginTime",
    "endTime",
    "pageNum",
    "pageSize",
    "userMobile",
    "ctiCallId",
    "params",
    "flowId",
    "flowName",
    "flowCode",
    "source",
    "language",
    "domainInfo",
    "domainId",
    "userid",
    "inaction",
    "inparams",
    "call_id",
    "call_sor_id",
    "call_dst_id",
    "auth_token",
    "input",
    "trans_result",
    "call_media_type",
    "channelType",
    "cti_callid",
];

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        // Words that mean something, so that requests get past the first check.
        prop::sample::select(vec![
            "",
            "0",
            "1",
            "2",
            "3",
            "5",
            "7",
            "8",
            "31",
            "33",
            "9000",
            "1321",
            "Support",
            "101",
            "hangup",
            "nomatch",
            "en_US",
            "OIFDE",
            "IVR",
            "2026-01-01 00:00:00",
            "0000-00-00 99:99:99",
            TENANT,
            "oifde-secret",
            "TOKEN",
            "SESSION",
            scenery::CUSTOMER,
        ])
        .prop_map(Value::from),
        prop::sample::select(vec![0, 1, 5, 8, 9, 10, 11, 12, 13, -1]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 40, 12, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members(inner)
        ]
    })
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = prop::sample::select(NAMES.to_vec());
    prop::collection::vec((name, value), 0..20).prop_map(|members| {
        let members: Map<String, Value> = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Value::Object(members)
    })
}

/// Puts a real token and session in where the draw says so, and everything mandatory under what was drawn.
fn completed(drawn: &Value, bench: &Bench, session: &str) -> Value {
    let text = drawn
        .to_string()
        .replace("\"TOKEN\"", &json!(bench.token).to_string())
        .replace("\"SESSION\"", &json!(session).to_string());
    let drawn: Value = serde_json::from_str(&text).unwrap();
    let Value::Object(drawn) = drawn else { return drawn };
    let mut whole =
        json!({ "tenantId": TENANT, "authToken": bench.token, "callId": session, "agentId": "101", "userid": session });
    if let Some(members) = whole.as_object_mut() {
        members.extend(drawn);
    }
    whole
}

async fn ask(steps: &[(usize, Value)], raw: &str, strict: bool) {
    let bench = Bench::with(|options| options.strict_types = strict).await;
    let session = bench.begin(NewSession::new(scenery::CUSTOMER));
    for (path, drawn) in steps {
        let request = completed(drawn, &bench, session.as_str());
        let (status, text) = bench.post_text(PATHS[*path], request.to_string()).await.unwrap();
        check(PATHS[*path], status, &text);
    }
    for path in PATHS {
        let (status, text) = bench.post_text(path, raw.into()).await.unwrap();
        check(path, status, &text);
    }
    assert_eq!(bench.sim.switch().check_invariants(), Vec::<String>::new());
}

fn check(path: &str, status: StatusCode, text: &str) {
    let object = serde_json::from_str::<Value>(text).is_ok_and(|answer| answer.is_object());
    assert!(
        object || (!status.is_success() && text.is_empty()),
        "{path} answered {status} with {text:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn no_request_whatever_makes_the_server_panic(
        steps in prop::collection::vec((0..PATHS.len(), members(anything())), 1..12),
        raw in ".{0,40}",
        strict: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(ask(&steps, &raw, strict));
    }
}

#[tokio::test(start_paused = true)]
async fn deep_nesting_and_huge_numbers_are_refused_and_not_fatal() {
    let deep = "[".repeat(200_000);
    for raw in [
        deep.as_str(),
        "{\"appKey\":1e400}",
        "{\"appKey\":99999999999999999999999}",
        "\u{feff}{}",
        "{\"a\":\"\\ud800\"}",
    ] {
        ask(&[], raw, true).await;
    }
}
