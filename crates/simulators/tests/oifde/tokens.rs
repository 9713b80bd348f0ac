//! Tokens: how they are got, how they end, and how an account locks (section 3).

use std::time::Duration;

use axum::body::Body;
use callcontrol_simulators::oifde::{SessionId, TokenStyle};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::bench::{Bench, TENANT};

#[tokio::test(start_paused = true)]
async fn the_right_secret_gets_a_token_for_an_hour() {
    let bench = Bench::new().await;
    let (status, answer) = bench.get_token("oifde-secret").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&answer["errorCode"], &answer["errorMsg"], &answer["expireTime"]),
        (&json!(0), &json!(""), &json!(3600))
    );
    assert_ne!(answer["authToken"], json!(bench.token), "each token is a new one");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_refused_with_an_integer_and_no_token() {
    let bench = Bench::new().await;
    let (_, answer) = bench.get_token("wrong").await;
    assert_eq!(answer["errorCode"], json!(200_800_002));
    assert!(answer.get("authToken").is_none() && answer.get("expireTime").is_none());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_tenant_and_a_missing_secret_have_codes_of_their_own() {
    let bench = Bench::new().await;
    for (body, code) in [
        (json!({ "appKey": "999", "appSecret": "oifde-secret" }), 200_800_001),
        (json!({ "appKey": TENANT }), 10_000_002),
        (json!({ "appKey": TENANT, "appSecret": "" }), 10_000_002),
        (json!({ "appKey": 7, "appSecret": "oifde-secret" }), 10_000_002),
    ] {
        let (_, answer) = bench.post("/oifde/rest/api/gettoken", &body).await;
        assert_eq!(answer["errorCode"], json!(code), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_fifth_wrong_secret_locks_the_account_until_it_is_unlocked() {
    let bench = Bench::new().await;
    for _ in 0..5 {
        assert_eq!(bench.get_token("wrong").await.1["errorCode"], json!(200_800_002));
    }
    assert_eq!(bench.get_token("oifde-secret").await.1["errorCode"], json!(200_800_003));
    bench.sim.unlock_accounts();
    assert_eq!(bench.get_token("oifde-secret").await.1["errorCode"], json!(0));
}

#[tokio::test(start_paused = true)]
async fn a_right_secret_in_between_forgives_the_wrong_ones() {
    let bench = Bench::new().await;
    for _ in 0..3 {
        for _ in 0..4 {
            bench.get_token("wrong").await;
        }
        assert_eq!(bench.get_token("oifde-secret").await.1["errorCode"], json!(0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_good_until_its_hour_is_over() {
    let bench = Bench::new().await;
    let session = bench.session();
    tokio::time::advance(Duration::from_secs(3599)).await;
    assert_eq!(bench.change(&session, "2").await, "0");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(bench.change(&session, "1").await, "900001");
    assert_eq!(
        bench.sim.mode_of(&session),
        Some(callcontrol_simulators::oifde::WorkMode::Insertion)
    );
}

#[tokio::test(start_paused = true)]
async fn tokens_expired_by_hand_are_refused_with_the_status_chosen() {
    let bench = Bench::with(|options| options.token_fault_status = StatusCode::UNAUTHORIZED).await;
    let session = bench.session();
    bench.sim.expire_tokens();
    let (status, answer) = bench.post(crate::bench::MODE, &bench.mode_request(&session, "0")).await;
    assert_eq!(
        (status, &answer["errorCode"]),
        (StatusCode::UNAUTHORIZED, &json!("900001"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_missing_made_up_or_anothers_is_refused() {
    let bench = Bench::with(|options| drop(options.other_tenants.insert("555".into(), "other".into()))).await;
    let session = bench.session();
    let with = |token: serde_json::Value| {
        let mut request = bench.mode_request(&session, "0");
        request["authToken"] = token;
        request
    };
    assert_eq!(bench.ask(&with(json!(null))).await, "900001");
    assert_eq!(bench.ask(&with(json!(""))).await, "900001");
    assert_eq!(bench.ask(&with(json!("t0000"))).await, "900002");
    let (_, other) = bench
        .post(
            "/oifde/rest/api/gettoken",
            &json!({ "appKey": "555", "appSecret": "other" }),
        )
        .await;
    assert_eq!(bench.ask(&with(other["authToken"].clone())).await, "900002");
}

#[tokio::test(start_paused = true)]
async fn a_second_token_kills_the_first_only_where_the_option_says_so() {
    for (kills, code) in [(false, "0"), (true, "900002")] {
        let bench = Bench::with(|options| options.new_token_kills_old = kills).await;
        let session = bench.session();
        bench.new_token().await;
        assert_eq!(bench.change(&session, "2").await, code);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_may_look_like_a_jwt_and_keep_its_life_to_itself() {
    let change = |options: &mut callcontrol_simulators::oifde::OifdeOptions| {
        options.token_style = TokenStyle::Jwt;
        options.tells_expiry = false;
    };
    let bench = Bench::with(change).await;
    assert!(bench.token.starts_with("eyJ") && bench.token.split('.').count() == 3);
    assert!(bench.get_token("oifde-secret").await.1.get("expireTime").is_none());
}

/// Asks for a mode change with a token in the headers and none in the body; answers the error code.
async fn ask_signed(bench: &Bench, session: &SessionId, account: &str, token: &str) -> serde_json::Value {
    let mut request = bench.mode_request(session, "2");
    request.as_object_mut().unwrap().remove("authToken");
    let http = Request::post(crate::bench::MODE)
        .header("content-type", "application/json")
        .header("userName", account)
        .header("token", token);
    let http = http.body(Body::from(request.to_string())).unwrap();
    let answer = bench.router.clone().oneshot(http).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice::<serde_json::Value>(&body).unwrap()["errorCode"].clone()
}

async fn token_of(bench: &Bench, account: &str, secret: &str) -> String {
    let request = json!({ "appKey": account, "appSecret": secret });
    let (_, answer) = bench.post("/oifde/rest/api/gettoken", &request).await;
    answer["authToken"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_component_signs_in_the_headers_and_a_system_level_third_party_is_refused() {
    let bench = Bench::new().await;
    let session = bench.session();
    let component = token_of(&bench, "ipcc", "ipcc-secret").await;
    let system = token_of(&bench, "ODFS_SYS_OPENAPI", "system-secret").await;
    assert_eq!(
        ask_signed(&bench, &session, "ODFS_SYS_OPENAPI", &system).await,
        "900002"
    );
    assert_eq!(
        ask_signed(&bench, &session, "ipcc", &system).await,
        "900002",
        "another's token"
    );
    assert_eq!(
        ask_signed(&bench, &session, TENANT, &bench.token).await,
        "900002",
        "a tenant's goes into the body"
    );
    assert_eq!(ask_signed(&bench, &session, "ipcc", &component).await, "0");
    let mut in_the_body = bench.mode_request(&session, "1");
    in_the_body["authToken"] = json!(component);
    assert_eq!(
        bench.ask(&in_the_body).await,
        "900002",
        "a component's goes into the headers"
    );
    bench.sim.expire_tokens();
    assert_eq!(ask_signed(&bench, &session, "ipcc", &component).await, "900001");
}

#[tokio::test(start_paused = true)]
async fn components_are_kept_out_where_the_option_says_so() {
    let bench = Bench::with(|options| options.components_admitted = false).await;
    let session = bench.session();
    let component = token_of(&bench, "ipcc", "ipcc-secret").await;
    assert_eq!(ask_signed(&bench, &session, "ipcc", &component).await, "900002");
}
