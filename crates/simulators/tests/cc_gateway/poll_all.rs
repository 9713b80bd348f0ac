//! The poll for all agents of a gateway (section 5.2).

use std::time::Duration;

use callcontrol_simulators::cc_gateway::{BatchGuids, CcGatewaySimulator, EventMethod};
use callcontrol_simulators::scenery::{ANN, BOB};
use serde_json::json;
use tokio::time::Instant;

use crate::client::{Desk, Reply, gateway_with};

fn together() -> CcGatewaySimulator {
    gateway_with(|options| options.event_method = EventMethod::All)
}

async fn desk(gateway: &CcGatewaySimulator, who: (&'static str, &str)) -> Desk {
    let mut desk = Desk::at(gateway, who);
    desk.sign_in(json!({ "password": "cti-secret", "phonenum": who.1 }))
        .await;
    desk
}

async fn poll(desk: &Desk) -> Reply {
    desk.ask("GET", "agentevent/allagentevent", None).await
}

fn events(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let events = json["event"].as_array().cloned().unwrap_or_default();
    let name = |event: &serde_json::Value| {
        format!(
            "{} {}",
            event["workNo"].as_str().unwrap(),
            event["eventType"].as_str().unwrap()
        )
    };
    events.iter().map(name).collect()
}

#[tokio::test(start_paused = true)]
async fn one_poll_brings_the_events_of_all_agents_in_their_order() {
    let gateway = together();
    let mut ann = desk(&gateway, ANN).await;
    let bob = desk(&gateway, BOB).await;
    ann.ask("POST", "onlineagent/101/saybusy", None).await.result();
    let all = [
        "101 AgentOther_InService",
        "101 AgentState_Ready",
        "102 AgentOther_InService",
        "102 AgentState_Ready",
        "101 AgentState_SetNotReady_Success",
    ];
    gateway.update_options(|options| options.batch_size = 3);
    assert_eq!(events(&poll(&bob).await), all[..3]);
    assert_eq!(events(&poll(&ann).await), all[3..]);
    assert_eq!(poll(&bob).await.text, r#"{"message":"","retcode":"0"}"#);
    assert_eq!(ann.poll().await.code(), "000-001");
    let stranger = Desk::at(&gateway, ANN);
    assert_eq!(poll(&stranger).await.code(), "000-003");
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_anybodys_event() {
    let gateway = together();
    gateway.update_options(|options| options.poll_wait = Duration::from_secs(10));
    let ann = desk(&gateway, ANN).await;
    let bob = desk(&gateway, BOB).await;
    poll(&ann).await;
    let waiting = ann.clone();
    let pending = tokio::spawn(async move { poll(&waiting).await });
    tokio::task::yield_now().await;
    let before = Instant::now();
    bob.ask("POST", "onlineagent/102/saybusy", None).await.result();
    assert_eq!(events(&pending.await.unwrap()), ["102 AgentState_SetNotReady_Success"]);
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert!(events(&poll(&ann).await).is_empty());
    assert_eq!(before.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn it_is_everybodys_sign_of_life_and_brings_its_own_agent_a_new_guid() {
    for (others, code) in [(BatchGuids::StayValid, "0"), (BatchGuids::GoStale, "000-003")] {
        let gateway = together();
        gateway.update_options(|options| options.batch_guids = others);
        let mut ann = desk(&gateway, ANN).await;
        let bob = desk(&gateway, BOB).await;
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(60)).await;
            let reply = poll(&ann).await;
            ann.guid = Some(reply.new_guid().unwrap());
        }
        assert!(gateway.is_signed_in(BOB.0));
        assert_eq!(bob.ask("POST", "onlineagent/102/saybusy", None).await.code(), code);
        tokio::time::advance(Duration::from_secs(121)).await;
        gateway.sweep();
        assert!(!gateway.is_signed_in(BOB.0) && !gateway.is_signed_in(ANN.0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_guid_that_would_go_stale_is_renewed_on_request() {
    let gateway = together();
    gateway.update_options(|options| options.batch_guids = BatchGuids::GoStale);
    let mut ann = desk(&gateway, ANN).await;
    let mut bob = desk(&gateway, BOB).await;
    for _ in 0..5 {
        tokio::time::advance(Duration::from_secs(60)).await;
        ann.guid = poll(&ann).await.new_guid();
        let guid = bob.ask("PUT", "onlineagent/102/updateGuid", None).await.result();
        bob.guid = guid["guid"].as_str().map(str::to_owned);
    }
    assert_eq!(bob.ask("POST", "onlineagent/102/saybusy", None).await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn when_the_polling_agent_signs_out_the_poll_ends() {
    let gateway = together();
    gateway.update_options(|options| options.poll_wait = Duration::from_secs(10));
    let ann = desk(&gateway, ANN).await;
    poll(&ann).await;
    let waiting = ann.clone();
    let pending = tokio::spawn(async move { poll(&waiting).await });
    tokio::task::yield_now().await;
    gateway.end_session(ANN.0);
    assert_eq!(pending.await.unwrap().code(), "100-006");
}
