//! The event poll (section 5.1).

use std::time::Duration;

use callcontrol_simulators::cc_gateway::{BareEvents, SecondPoll};
use callcontrol_simulators::scenery::ANN;
use serde_json::json;
use tokio::time::Instant;

use crate::client::{Desk, customer_calls, gateway, gateway_with};

async fn idle_ann(change: impl FnOnce(&mut callcontrol_simulators::cc_gateway::CcGatewayOptions)) -> Desk {
    let gateway = gateway_with(|options| {
        options.poll_wait = Duration::from_secs(10);
        change(options);
    });
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(json!({ "password": "cti-secret", "phonenum": "7001", "autoanswer": false }))
        .await;
    ann.poll().await;
    ann.poll().await;
    ann
}

#[tokio::test(start_paused = true)]
async fn with_nothing_to_tell_a_poll_waits_ten_seconds_and_says_exactly_this() {
    let mut ann = idle_ann(|_| {}).await;
    let before = Instant::now();
    assert_eq!(ann.poll().await.text, r#"{"message":"","retcode":"0"}"#);
    assert_eq!(before.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn an_event_ends_the_wait_and_each_answer_carries_one() {
    let mut ann = idle_ann(|_| {}).await;
    let mut polling = ann.clone();
    let poll = tokio::spawn(async move { polling.poll().await });
    tokio::task::yield_now().await;
    let before = Instant::now();
    customer_calls(ann.gateway.switch());
    assert_eq!(poll.await.unwrap().json()["event"]["eventType"], "AgentState_Busy");
    let mut rest = Vec::new();
    for _ in 0..3 {
        rest.push(
            ann.poll().await.json()["event"]["eventType"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(
        rest,
        [
            "AgentEvent_Incoming_CallInfo",
            "AgentOther_PhoneAlerting",
            "AgentEvent_Ringing"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_poll_whose_client_goes_away_takes_no_event_with_it() {
    let mut ann = idle_ann(|_| {}).await;
    let mut polling = ann.clone();
    let poll = tokio::spawn(async move { polling.poll().await });
    tokio::task::yield_now().await;
    poll.abort();
    assert!(poll.await.is_err());
    customer_calls(ann.gateway.switch());
    assert_eq!(ann.poll().await.json()["event"]["eventType"], "AgentState_Busy");
}

#[tokio::test(start_paused = true)]
async fn a_second_poll_shares_the_events_or_is_refused() {
    for (second, code) in [(SecondPoll::Competes, "0"), (SecondPoll::Refused, "000-007")] {
        let mut ann = idle_ann(|options| options.second_poll = second).await;
        let mut polling = ann.clone();
        let first = tokio::spawn(async move { polling.poll().await });
        tokio::task::yield_now().await;
        assert_eq!(ann.poll().await.code(), code);
        assert_eq!(first.await.unwrap().code(), "0");
    }
}

#[tokio::test(start_paused = true)]
async fn the_oldest_events_go_when_nobody_fetches_them() {
    let gateway = gateway_with(|options| options.event_queue = 2);
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    customer_calls(gateway.switch());
    let kinds: Vec<_> = ann
        .events()
        .await
        .iter()
        .map(|event| event["eventType"].clone())
        .collect();
    assert_eq!(kinds, ["AgentOther_PhoneAlerting", "AgentEvent_Ringing"]);
}

#[tokio::test(start_paused = true)]
async fn events_may_come_bare_and_with_the_time_they_were_made() {
    let gateway = gateway_with(|options| {
        options.bare_events = BareEvents::Always;
        options.event_gen_time = true;
    });
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(json!({ "password": "cti-secret", "phonenum": "7001" }))
        .await;
    let event = ann.poll().await.json();
    assert_eq!(event["eventType"], "AgentOther_InService");
    assert!(event["eventGenTime"].as_u64().unwrap() >= 1_456_401_416_000);
    assert_eq!(event.get("event"), None);
}

#[tokio::test(start_paused = true)]
async fn the_poll_for_all_agents_is_not_switched_on() {
    let ann = Desk::at(&gateway(), ANN);
    let reply = ann.ask("GET", "agentevent/allagentevent", None).await;
    assert_eq!(
        reply.json(),
        json!({ "message": "no right to invite resouce", "result": "", "retcode": "000-003" })
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_signed_in_for_push_cannot_poll() {
    let mut ann = Desk::at(&gateway(), ANN);
    let body = json!({ "password": "cti-secret", "phonenum": "7001", "callBackUri": "https://localhost/x", "serviceToken": "abc" });
    assert_eq!(ann.sign_in(body).await.code(), "0");
    assert_eq!(ann.poll().await.code(), "000-001");
}
