//! Faults on the way: whether the order was carried out, whatever the client got to see.

use std::time::Duration;

use callcontrol_simulators::Server;
use callcontrol_simulators::oifde::{Mischief, WorkMode};
use callcontrol_testkit::switch::CustomerPlace;
use http::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::bench::{Bench, MODE};

#[tokio::test(start_paused = true)]
async fn a_lost_reply_leaves_a_transfer_that_happened() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.sim.fail_next("changeWorkMode", Mischief::ReplyLost);
    let request = bench.transfer_request(&session, "3", "Support").to_string();
    assert!(bench.post_text(MODE, request).await.is_err());
    assert_eq!(bench.sim.transfers_of(&session), 1);
    assert_eq!(
        bench.transfer(&session, "3", "Support").await,
        "20900003",
        "a repetition is refused, not carried out"
    );
    assert_eq!(bench.sim.transfers_of(&session), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_leaves_everything_as_it_was() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.sim.fail_next("changeWorkMode", Mischief::RequestLost);
    assert!(
        bench
            .post_text(MODE, bench.transfer_request(&session, "3", "Support").to_string())
            .await
            .is_err()
    );
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InIvr("9000".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn an_html_page_may_come_instead_of_the_answer_or_after_the_deed() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench
        .sim
        .fail_next("changeWorkMode", Mischief::html(StatusCode::FORBIDDEN));
    bench
        .sim
        .fail_next("changeWorkMode", Mischief::SpoiltAnswer(StatusCode::BAD_GATEWAY));
    let change = bench.mode_request(&session, "2");
    assert_eq!(bench.post(MODE, &change).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
    assert_eq!(bench.post(MODE, &change).await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Insertion));
    let statuses: Vec<_> = bench
        .sim
        .requests()
        .all()
        .iter()
        .filter_map(|request| request.status)
        .collect();
    assert_eq!(statuses, [200, 403, 502], "the log shows what was answered");
}

#[tokio::test(start_paused = true)]
async fn a_truncated_answer_is_no_json_and_an_unknown_code_keeps_the_envelope() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.sim.fail_next("changeWorkMode", Mischief::Truncated);
    bench.sim.fail_next("changeWorkMode", Mischief::Code(77_777));
    let (status, text) = bench
        .post_text(MODE, bench.mode_request(&session, "2").to_string())
        .await
        .unwrap();
    assert_eq!(
        (status, serde_json::from_str::<serde_json::Value>(&text).is_err()),
        (StatusCode::OK, true)
    );
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Insertion));
    assert_eq!(bench.change(&session, "1").await, "77777");
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Insertion));
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_comes_after_the_deed() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench
        .sim
        .fail_next("changeWorkMode", Mischief::Slow(Duration::from_secs(20)));
    let began = Instant::now();
    let asked = bench.change(&session, "2");
    let gave_up = tokio::time::timeout(Duration::from_secs(5), asked).await.is_err();
    assert!(gave_up && began.elapsed() == Duration::from_secs(5));
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Insertion));
}

#[tokio::test(start_paused = true)]
async fn a_request_held_back_takes_effect_after_the_client_gave_up() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.sim.fail_next("changeWorkMode", Mischief::Held);
    let asked = bench.transfer(&session, "3", "Support");
    assert!(tokio::time::timeout(Duration::from_secs(5), asked).await.is_err());
    assert_eq!(bench.sim.transfers_of(&session), 0);
    assert_eq!(bench.sim.release_held().await, 1);
    assert_eq!(bench.sim.transfers_of(&session), 1);
}

#[tokio::test(start_paused = true)]
async fn tokens_expire_in_front_of_a_request_and_a_new_one_works() {
    let mut bench = Bench::new().await;
    let session = bench.session();
    bench.sim.fail_next("changeWorkMode", Mischief::TokensExpire);
    assert_eq!(bench.change(&session, "2").await, "900001");
    bench.token = bench.new_token().await;
    assert_eq!(bench.change(&session, "2").await, "0");
    assert_eq!(bench.sim.tokens_issued(), 2);
}

#[tokio::test(start_paused = true)]
async fn forgotten_mischief_does_no_harm() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.sim.fail_next("changeWorkMode", Mischief::RequestLost);
    bench.sim.forget_mischief();
    assert_eq!(bench.change(&session, "2").await, "0");
}

#[tokio::test(start_paused = true)]
async fn neither_the_simulator_nor_its_options_print_a_secret_or_a_number() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench
        .transfer(&session, "5", callcontrol_simulators::scenery::THIRD_PARTY)
        .await;
    let printed = format!(
        "{:?} {:?} {:?}",
        bench.sim,
        bench.sim.options(),
        bench.sim.transfer_of(&session)
    );
    for secret in [
        "oifde-secret",
        bench.token.as_str(),
        callcontrol_simulators::scenery::THIRD_PARTY,
    ] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_say_it_is_json_is_refused_where_the_option_says_so() {
    let bench = Bench::new().await;
    assert_eq!(ask_as_plain_text(&bench).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    bench.sim.update_options(|options| options.checks_content_type = false);
    assert_eq!(ask_as_plain_text(&bench).await, StatusCode::OK);
}

async fn ask_as_plain_text(bench: &Bench) -> StatusCode {
    let body = json!({ "appKey": crate::bench::TENANT, "appSecret": "oifde-secret" }).to_string();
    let request = http::Request::post("/oifde/rest/api/gettoken").header("content-type", "text/plain");
    let request = request.body(axum::body::Body::from(body)).unwrap();
    tower::ServiceExt::oneshot(bench.router.clone(), request)
        .await
        .unwrap()
        .status()
}

/// The same over a socket: what a real client sees when the reply is lost.
#[tokio::test]
async fn a_lost_reply_closes_the_socket_without_a_whole_answer() {
    let bench = Bench::new().await;
    let session = bench.session();
    let server = Server::start(bench.router.clone()).await.unwrap();
    let body = bench.transfer_request(&session, "3", "Support").to_string();
    let head = format!(
        "POST {MODE} HTTP/1.1\r\nhost: sim\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    bench.sim.fail_next("changeWorkMode", Mischief::ReplyLost);
    let mut socket = TcpStream::connect(server.addr()).await.unwrap();
    socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    socket.read_to_end(&mut seen).await.unwrap_or_default();
    let seen = String::from_utf8(seen).unwrap();
    assert!(!seen.contains("errorCode") && !seen.ends_with("0\r\n\r\n"), "{seen}");
    assert_eq!(bench.sim.transfers_of(&session), 1);
    server.stop().await;
}
