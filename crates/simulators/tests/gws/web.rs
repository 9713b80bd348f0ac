//! HTTP sessions: Basic, cookies, CSRF tokens.

use std::time::Duration;

use serde_json::json;

use crate::client::{Desk, OK, gws};

#[tokio::test(start_paused = true)]
async fn basic_begins_a_session_that_the_cookie_carries_on() {
    let gws = gws(|_| {});
    let mut desk = Desk::new(&gws, "ann");
    let first = desk.get("me").await;
    assert_eq!(first.code(), OK);
    assert!(first.headers["set-cookie"].to_str().unwrap().starts_with("JSESSIONID="));
    desk.basic = None;
    let second = desk.get("me/").await;
    assert_eq!(second.code(), OK, "with a trailing slash as without");
    assert!(!second.headers.contains_key("set-cookie"));
    assert_eq!(second.json()["user"]["userName"], "ann");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_403_with_20() {
    let gws = gws(|_| {});
    let mut desk = Desk::new(&gws, "ann");
    desk.basic = Some("Basic YW5uOndyb25n".into());
    assert_eq!(desk.get("me").await.code(), (403, 20));
    desk.basic = Some("Basic not base64".into());
    assert_eq!(desk.get("me").await.code(), (403, 20));
    assert_eq!(desk.get("diagnostics/version").await.code(), OK, "open to everybody");
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_is_403_with_20_until_basic_begins_another() {
    let gws = gws(|options| options.http_session_idle = Some(Duration::from_secs(60)));
    let mut desk = Desk::new(&gws, "ann");
    desk.get("me").await;
    let basic = desk.basic.take();
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(desk.get("me").await.code(), OK);
    tokio::time::sleep(Duration::from_secs(70)).await;
    assert_eq!(desk.get("me").await.code(), (403, 20));
    desk.basic = basic;
    assert_eq!(desk.get("me").await.code(), OK);
    desk.basic = None;
    gws.expire_http_sessions();
    assert_eq!(desk.get("me").await.code(), (403, 20));
}

#[tokio::test(start_paused = true)]
async fn a_post_without_its_token_is_refused_with_a_text() {
    let gws = gws(|options| options.csrf = true);
    let mut desk = Desk::new(&gws, "ann");
    let got = desk.get("me").await;
    let (name, token) = (
        got.headers["x-csrf-header"].to_str().unwrap(),
        got.headers["x-csrf-token"].to_str().unwrap(),
    );
    let start = json!({"operationName": "StartContactCenterSession", "channels": ["voice"]});
    let refused = desk.post("me", start.clone()).await;
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (403, "Missing or invalid Csrf token")
    );
    desk.headers = vec![(name.into(), token.into())];
    assert_eq!(desk.post("me", start.clone()).await.code(), OK);
    desk.forget_cookie("JSESSIONID");
    assert_eq!(
        desk.post("me", start).await.status,
        403,
        "a token without its session is worth nothing"
    );
    desk.headers.clear();
    desk.handshake().await;
}

#[tokio::test(start_paused = true)]
async fn the_token_header_has_the_name_that_the_server_says() {
    let gws = gws(|options| {
        options.csrf = true;
        options.csrf_header = "X-Prove-It".into();
        options.csrf_on_notifications = true;
    });
    let mut desk = Desk::new(&gws, "ann");
    let got = desk.get("me").await;
    let token = got.headers["x-csrf-token"].to_str().unwrap().to_owned();
    desk.headers = vec![("X-CSRF-TOKEN".into(), token.clone())];
    assert_eq!(desk.post("me", json!({"operationName": "Ready"})).await.status, 403);
    assert_eq!(desk.comet(json!([])).await.status, 403);
    desk.headers = vec![("X-Prove-It".into(), token)];
    desk.handshake().await;
}

#[tokio::test(start_paused = true)]
async fn a_fail_over_forgets_both_sessions_but_no_call() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    let (call, name) = crate::client::talking(&desk, gws.switch()).await;
    let basic = desk.basic.take();
    gws.fail_over();
    assert_eq!(desk.get("me").await.code(), (403, 20));
    desk.basic = basic;
    assert_eq!(desk.snapshot().await["calls"][0]["id"], json!(name));
    assert!(gws.switch().call(call).is_some());
}
