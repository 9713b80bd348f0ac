//! Test vectors of section 13 that belong to no single interface: proxies in front, refusals with another status, tokens that expire.

use callcontrol_simulators::oifde::{CallIdStyle, Mischief, NewSession, WorkMode};
use callcontrol_simulators::scenery;
use http::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, MODE, TENANT};

const TOKEN: &str = "/oifde/rest/api/gettoken";

#[tokio::test(start_paused = true)]
async fn a_proxy_says_401_or_403_in_html_at_any_interface_and_nothing_is_carried_out() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let bench = Bench::new().await;
        let session = bench.session();
        let secret = json!({ "appKey": TENANT, "appSecret": "oifde-secret" });
        let order = bench.transfer_request(&session, "3", "Support");
        for (path, request) in [
            (TOKEN, secret),
            (MODE, order),
            ("/oifde/rest/api/servicemonitor", json!({})),
        ] {
            bench.sim.fail_next(path, Mischief::html(status));
            let (seen, body) = bench.post(path, &request).await;
            assert_eq!(seen, status);
            assert!(
                matches!(body, Value::String(page) if page.starts_with("<html>")),
                "{path}"
            );
        }
        assert_eq!(bench.sim.tokens_issued(), 1);
        assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
        assert_eq!(bench.sim.transfers_of(&session), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_may_come_with_500_and_still_be_json() {
    let bench = Bench::with(|options| options.refusal_status = StatusCode::INTERNAL_SERVER_ERROR).await;
    let session = bench.session();
    let answer = bench.post(MODE, &bench.mode_request(&session, "1")).await;
    let refused = json!({ "errorCode": "20900003", "errorMsg": "the session is in this mode already" });
    assert_eq!(answer, (StatusCode::INTERNAL_SERVER_ERROR, refused));
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_token_may_come_with_401_whatever_else_comes_with() {
    let bench = Bench::with(|options| options.token_fault_status = StatusCode::UNAUTHORIZED).await;
    let session = bench.session();
    bench.sim.expire_tokens();
    let (status, answer) = bench.post(MODE, &bench.mode_request(&session, "2")).await;
    assert_eq!(
        (status, &answer["errorCode"]),
        (StatusCode::UNAUTHORIZED, &json!("900001"))
    );
    let (status, answer) = bench.post(MODE, &json!({})).await;
    assert_eq!((status, &answer["errorCode"]), (StatusCode::OK, &json!("10000002")));
}

#[tokio::test(start_paused = true)]
async fn a_new_token_can_expire_just_as_the_old_one_did() {
    let mut bench = Bench::new().await;
    let session = bench.session();
    for _ in 0..2 {
        bench.sim.fail_next("changeWorkMode", Mischief::TokensExpire);
        assert_eq!(bench.change(&session, "2").await, "900001");
        bench.token = bench.new_token().await;
    }
    assert_eq!(bench.change(&session, "2").await, "0");
    assert_eq!(bench.sim.requests().count("POST", "gettoken"), 3);
}

#[tokio::test(start_paused = true)]
async fn an_18_digit_id_sent_as_a_number_is_refused_and_a_37_character_id_is_found_by_its_text() {
    let bench = Bench::new().await;
    let digits = bench.session();
    let mut request = bench.mode_request(&digits, "2");
    request["callId"] = json!(digits.as_str().parse::<u64>().unwrap());
    assert_eq!(bench.ask(&request).await, "10000002");
    let new = NewSession::new(scenery::OTHER_CUSTOMER).call_id(CallIdStyle::Timestamp37);
    let long = bench.begin(new);
    assert_eq!(long.as_str().len(), 37);
    let query = json!({ "tenantId": TENANT, "authToken": bench.token, "callId": long.as_str() });
    let (_, found) = bench.post("/oifde/rest/api/queryRecordHistory", &query).await;
    assert_eq!(found["recordList"][0]["callId"], json!(long.as_str()));
    assert_eq!(
        bench.transfer(&long, "31", "").await,
        "20900005",
        "voice leaves no message"
    );
    assert_eq!(bench.transfer(&long, "5", scenery::THIRD_PARTY).await, "0");
}

#[tokio::test(start_paused = true)]
async fn a_transfer_object_of_the_wrong_type_is_looked_at_last() {
    let bench = Bench::new().await;
    let session = bench.session();
    let mut request = bench.mode_request(&session, "3");
    request["callTransferRequest"] = json!("Support");
    assert_eq!(bench.ask(&request).await, "10000002");
    request["authToken"] = json!("t0");
    assert_eq!(bench.ask(&request).await, "900002");
    let mut request = bench.mode_request(&session, "2");
    request["callTransferRequest"] = json!("not looked at without mode 3");
    assert_eq!(bench.ask(&request).await, "0");
}
