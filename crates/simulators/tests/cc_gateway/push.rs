//! Push mode (sections 3.7 and 5.3), in-process and over TCP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use callcontrol_simulators::Server;
use callcontrol_simulators::cc_gateway::{AuthMode, CcGatewaySimulator, Push};
use callcontrol_simulators::scenery::{ANN, BOB};
use callcontrol_testkit::switch::AgentState;
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::client::{BASE, Desk, gateway, gateway_with, send};

fn body() -> Value {
    json!({ "password": "cti-secret", "phonenum": "7001", "callBackUri": "http://localhost/events", "serviceToken": "abc" })
}

async fn pushed_to(gateway: &CcGatewaySimulator) -> Desk {
    let mut ann = Desk::at(gateway, ANN);
    assert_eq!(ann.sign_in(body()).await.code(), "0");
    ann
}

fn kinds(push: &Push) -> Vec<String> {
    let body: Value = serde_json::from_str(&push.body).unwrap();
    assert_eq!(body["workNo"], "101");
    let events = body["eventList"].as_array().unwrap().iter();
    events
        .map(|event| event["eventType"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn events_are_pushed_in_batches_oldest_first_with_guid_and_token() {
    let gateway = gateway();
    let mut ann = pushed_to(&gateway).await;
    let push = gateway.next_push(ANN.0).await.unwrap();
    assert_eq!(push.url, "http://localhost/events");
    let header = |name: &str| push.headers.iter().find(|(given, _)| given == name).unwrap().1.clone();
    assert_eq!(
        (Some(header("Guid")), header("service_token").as_str()),
        (ann.guid.clone(), "abc")
    );
    assert!(header("Content-Type").starts_with("application/json"));
    assert_eq!(kinds(&push), ["AgentOther_InService", "AgentState_Ready"]);
    assert!(!format!("{push:?}").contains("abc"));
    assert_eq!(ann.poll().await.code(), "000-001");
}

#[tokio::test(start_paused = true)]
async fn a_push_that_was_not_taken_comes_again_before_anything_newer() {
    let gateway = gateway_with(|options| options.push_batch = 2);
    let ann = pushed_to(&gateway).await;
    let first = gateway.next_push(ANN.0).await.unwrap();
    ann.ask("POST", "onlineagent/101/saybusy", None).await.result();
    gateway.pushed(ANN.0, false);
    assert_eq!(gateway.next_push(ANN.0).await.unwrap().body, first.body);
    gateway.pushed(ANN.0, true);
    let next = gateway.next_push(ANN.0).await.unwrap();
    assert_eq!(kinds(&next), ["AgentState_SetNotReady_Success"]);
    gateway.pushed(ANN.0, true);
    let waiting = gateway.clone();
    let push = tokio::spawn(async move { waiting.next_push(ANN.0).await });
    tokio::task::yield_now().await;
    assert!(!push.is_finished());
    ann.ask("DELETE", "onlineagent/101/logout", None).await.result();
    assert_eq!(kinds(&push.await.unwrap().unwrap()), ["AgentOther_ShutdownService"]);
    gateway.pushed(ANN.0, true);
    assert_eq!(gateway.next_push(ANN.0).await, None);
}

#[tokio::test(start_paused = true)]
async fn push_needs_address_and_token_and_a_push_url_of_old_gets_envelopes() {
    let gateway = gateway();
    let mut only_address = body();
    only_address.as_object_mut().unwrap().remove("serviceToken");
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(only_address).await;
    assert_eq!(ann.poll().await.code(), "0");
    assert_eq!(gateway.next_push(ANN.0).await, None);
    for (member, bad) in [
        ("serviceToken", "a b"),
        ("serviceToken", "é;"),
        ("callBackUri", &"u".repeat(201)),
    ] {
        let mut body = body();
        body[member] = json!(bad);
        assert_eq!(Desk::at(&gateway, BOB).sign_in(body).await.code(), "100-001", "{bad}");
    }
    let mut bob = Desk::at(&gateway, BOB);
    bob.sign_in(json!({ "password": "cti-secret", "phonenum": "7002", "pushUrl": "http://localhost/old" }))
        .await;
    let push = gateway.next_push(BOB.0).await.unwrap();
    let body: Value = serde_json::from_str(&push.body).unwrap();
    assert_eq!(
        body,
        json!({ "message": "", "retcode": "0", "event": { "eventType": "AgentOther_InService", "workNo": "102", "content": null } })
    );
    assert!(push.headers.iter().all(|(name, _)| name != "service_token"));
    assert_eq!(bob.poll().await.code(), "000-001");
}

#[tokio::test(start_paused = true)]
async fn the_handshake_keeps_the_session_renews_the_guid_and_may_bring_a_new_token() {
    let gateway = gateway();
    let mut ann = pushed_to(&gateway).await;
    let old = ann.guid.clone();
    for minute in 1..4 {
        tokio::time::advance(Duration::from_secs(60)).await;
        let reply = ann.ask("POST", "onlineagent/101/handshake", None).await;
        assert_eq!(reply.json(), json!({ "message": "success", "retcode": "0" }));
        ann.guid = reply.new_guid();
        assert!(ann.guid.is_some() && ann.guid != old, "{minute}");
        assert_eq!(
            ann.ask("POST", "onlineagent/101/handshake", None).await.new_guid(),
            None
        );
    }
    for (token, code) in [("x;y", "100-001"), ("", "100-001"), ("new", "0")] {
        let request =
            Request::post(format!("{BASE}/onlineagent/101/handshake")).header("guid", ann.guid.clone().unwrap());
        let request = request
            .header("service_token", token)
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(send(&gateway, request).await.code(), code, "{token}");
    }
    let push = gateway.next_push(ANN.0).await.unwrap();
    assert!(push.headers.contains(&("service_token".into(), "new".into())));
    tokio::time::advance(Duration::from_secs(121)).await;
    assert_eq!(
        ann.ask("POST", "onlineagent/101/handshake", None).await.code(),
        "100-006"
    );
    let state = gateway
        .switch()
        .with(|switch| switch.agent(ANN.0).unwrap().state.clone());
    assert_eq!(state, AgentState::SignedOut);
    assert_eq!(gateway.next_push(ANN.0).await, None);
}

#[tokio::test(start_paused = true)]
async fn the_heartbeat_of_old_keeps_the_session_and_tells_the_login_time() {
    let gateway = gateway_with(|options| options.auth = AuthMode::Static);
    let ann = pushed_to(&gateway).await;
    for _ in 0..3 {
        tokio::time::advance(Duration::from_secs(100)).await;
        let result = ann.ask("PUT", "onlineagent/101/heartbeat", None).await.result();
        assert_eq!(result["loginTime"], "1456401416000");
    }
    let poller = Desk::signed_in(&gateway, BOB, 4).await;
    tokio::time::advance(Duration::from_secs(100)).await;
    assert_eq!(poller.ask("POST", "onlineagent/102/handshake", None).await.code(), "0");
    tokio::time::advance(Duration::from_secs(21)).await;
    // A heartbeat is no poll.
    assert_eq!(
        poller.ask("POST", "onlineagent/102/handshake", None).await.code(),
        "100-006"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tcp_a_push_is_sent_until_the_client_says_that_it_took_it() {
    let gateway = gateway_with(|options| options.push_retry = Duration::from_millis(1));
    let (heard, mut hears) = mpsc::unbounded_channel();
    let replies = Arc::new(std::sync::Mutex::new(vec![
        json!({ "message": "success", "retcode": 0 }),
        json!({ "retcode": "1" }),
        json!("?"),
    ]));
    let receive = move |headers: HeaderMap, body: String| async move {
        heard.send((headers, body)).unwrap();
        let next = replies.lock().unwrap().pop();
        next.unwrap_or(json!({ "message": "success", "retcode": "0" }))
            .to_string()
    };
    let client = Server::start(Router::new().route("/events", post(receive)))
        .await
        .unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let delivery = tokio::spawn(gateway.deliver_pushes(async move { drop(stopped.await) }));
    let mut ann = Desk::at(&gateway, ANN);
    let mut body = body();
    body["callBackUri"] = json!(format!("{}/events", client.base_url()));
    ann.sign_in(body).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (headers, body): (HeaderMap, String) = hears.recv().await.unwrap();
        assert_eq!(headers["guid"], ann.guid.as_deref().unwrap());
        assert_eq!(headers["service_token"], "abc");
        seen.push(body);
    }
    assert!(
        seen[0].contains("AgentState_Ready") && seen.iter().all(|body| *body == seen[0]),
        "{seen:?}"
    );
    ann.ask("POST", "onlineagent/101/saybusy", None).await.result();
    let (_, body) = hears.recv().await.unwrap();
    assert!(
        body.contains("SetNotReady_Success") && !body.contains("State_Ready"),
        "{body}"
    );
    stop.send(()).unwrap();
    delivery.await.unwrap();
    client.stop().await;
}
