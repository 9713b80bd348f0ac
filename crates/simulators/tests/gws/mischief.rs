//! Faults on order: each hits the request it was meant for, once.

use std::time::Duration;

use callcontrol_simulators::Server;
use callcontrol_simulators::gws::{GwsFault, GwsRequests};
use callcontrol_simulators::scenery;
use http::Method;
use serde_json::json;
use tokio::time::Instant;

use crate::client::{Desk, OK, ann, gws, id, talking};

fn transfer() -> String {
    json!({"operationName": "SingleStepTransfer", "destination": {"phoneNumber": scenery::THIRD_PARTY}}).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_hides_a_transfer_that_took_place() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    gws.fail_next(GwsRequests::Operation("SingleStepTransfer".into()), GwsFault::ReplyLost);
    desk.get("me").await;
    assert!(
        desk.try_send(Method::POST, &format!("me/calls/{name}"), Some(transfer()))
            .await
            .is_none()
    );
    assert_eq!(gws.switch().journal().transfers_of(call), 1);
    assert_eq!(desk.heard().await, ["StatusChange Released Inbound"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_changes_nothing() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    gws.fail_next(GwsRequests::Any, GwsFault::RequestLost);
    assert!(
        desk.try_send(Method::POST, &format!("me/calls/{name}"), Some(transfer()))
            .await
            .is_none()
    );
    assert_eq!(gws.switch().journal().transfers_of(call), 0);
    assert!(
        desk.try_send(Method::POST, &format!("me/calls/{name}"), Some(transfer()))
            .await
            .is_some(),
        "once only"
    );
}

#[tokio::test(start_paused = true)]
async fn proxies_and_truncated_answers_and_unknown_codes_can_be_ordered() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    gws.fail_next(GwsRequests::Get("me".into()), GwsFault::HtmlPage(503));
    let page = desk.get("me").await;
    assert_eq!((page.status, page.text.starts_with("<html>")), (503, true));
    gws.fail_next(GwsRequests::Any, GwsFault::ReplyTruncated);
    let half = desk.get("me").await;
    assert!(half.status == 200 && serde_json::from_str::<serde_json::Value>(&half.text).is_err());
    gws.fail_next(
        GwsRequests::Operation("Ready".into()),
        GwsFault::StatusCode { code: 4711, http: 200 },
    );
    assert_eq!(
        desk.post("me", json!({"operationName": "Ready"})).await.code(),
        (200, 4711)
    );
    gws.fail_next(
        GwsRequests::Any,
        GwsFault::Body {
            http: 200,
            body: "[]".into(),
        },
    );
    assert_eq!(desk.get("me").await.text, "[]");
    assert_eq!(desk.get("me").await.code(), OK);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_request_and_a_delayed_reply_differ_in_when_the_switch_acts() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    let begun = Instant::now();
    gws.fail_next(
        GwsRequests::Operation("Hold".into()),
        GwsFault::ReplyDelayed(Duration::from_secs(8)),
    );
    desk.does(&name, "Hold").await;
    assert_eq!(begun.elapsed().as_secs(), 8);
    assert_eq!(desk.heard().await, ["StatusChange Held Inbound"]);
    gws.fail_next(
        GwsRequests::Operation("Retrieve".into()),
        GwsFault::Delayed(Duration::from_secs(3)),
    );
    desk.does(&name, "Retrieve").await;
    assert_eq!(begun.elapsed().as_secs(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_session_can_expire_under_a_request() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    desk.basic = None;
    gws.fail_next(GwsRequests::Operation("Ready".into()), GwsFault::SessionExpired);
    assert_eq!(desk.get("me").await.code(), OK);
    assert_eq!(
        desk.post("me", json!({"operationName": "Ready"})).await.code(),
        (403, 20)
    );
}

#[tokio::test(start_paused = true)]
async fn a_connect_can_be_broken_by_its_channel() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    gws.fail_next(GwsRequests::Comet("/meta/connect".into()), GwsFault::HtmlPage(502));
    assert_eq!(desk.get("me").await.code(), OK);
    let body =
        json!([{"id": "5", "channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"}]);
    assert_eq!(desk.comet(body).await.status, 502);
    assert!(desk.heard().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn events_can_be_lost_doubled_reversed_and_made_up() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    gws.lose_events("101", 1);
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    assert!(desk.heard().await.is_empty());
    let name = id(&desk.calls().await[0]);
    gws.update_options(|options| options.duplicate_events = true);
    desk.does(&name, "Answer").await;
    assert_eq!(desk.heard().await.len(), 2);
    gws.update_options(|options| {
        options.duplicate_events = false;
        options.reverse_events = true;
        options.unknown_extras = true;
    });
    desk.does(&name, "Hold").await;
    desk.does(&name, "Retrieve").await;
    assert_eq!(
        desk.heard().await,
        [
            "QualityScored Established Inbound",
            "StatusChange Established Inbound",
            "StatusChange Held Inbound"
        ]
    );
    assert_eq!(desk.calls().await[0]["sentiment"]["score"], 0.5);
    gws.send_unknown_event("101");
    assert_eq!(desk.heard().await, ["WeatherReport"]);
}

#[tokio::test]
async fn the_same_server_can_be_reached_over_a_socket() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let gws = gws(|_| {});
    let server = Server::start(gws.router()).await.unwrap();
    let mut socket = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    socket
        .write_all(b"GET /api/v2/me HTTP/1.1\r\nHost: gws\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.ends_with(r#"{"statusCode":20,"statusMessage":"Access denied"}"#),
        "{answer}"
    );
    server.stop().await;
    assert_eq!(gws.requests().count("GET", "/me"), 1);
}
