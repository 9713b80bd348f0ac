//! The contact-centre session and the agent's states.

use callcontrol_simulators::gws::{GwsReason, SecondStart};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{AgentState, SwitchEvent};
use serde_json::json;

use crate::client::{Desk, OK, gws, talking};

fn start() -> serde_json::Value {
    json!({"operationName": "StartContactCenterSession", "channels": ["voice"]})
}

#[tokio::test(start_paused = true)]
async fn signing_in_and_becoming_ready_is_told_by_device_events() {
    let gws = gws(|_| {});
    let mut desk = Desk::new(&gws, "ann");
    desk.subscribe_anew(&["/v2/me/devices"]).await;
    assert_eq!(desk.snapshot().await["devices"][0]["userState"]["state"], "LoggedOut");
    assert_eq!(desk.post("me", start()).await.code(), OK);
    assert_eq!(desk.events().await[0]["devices"][0]["userState"]["state"], "NotReady");
    assert_eq!(
        desk.post(
            "me/channels/voice",
            json!({"operationName": "Ready", "workmode": "AutoIn"})
        )
        .await
        .code(),
        OK
    );
    assert_eq!(desk.events().await[0]["devices"][0]["userState"]["state"], "Ready");
    assert_eq!(desk.post("me", json!({"operationName": "NotReady"})).await.code(), OK);
    assert_eq!(
        desk.events().await[0]["devices"][0]["userState"]["displayName"],
        "Not Ready"
    );
    let ready = |fact: &SwitchEvent| {
        matches!(
            fact,
            SwitchEvent::AgentStateChanged {
                to: AgentState::Ready,
                ..
            }
        )
    };
    assert_eq!(gws.switch().journal().count(ready), 1);
}

#[tokio::test(start_paused = true)]
async fn each_state_has_its_words() {
    let gws = gws(|options| {
        options.reasons = vec![GwsReason {
            operation: "Lunch".into(),
            id: "L1".into(),
            display_name: "Lunch break".into(),
        }];
    });
    let desk = Desk::start(&gws, "ann").await;
    let said = async |operation: &str| {
        assert_eq!(
            desk.post("me/channels/voice", json!({"operationName": operation}))
                .await
                .code(),
            OK
        );
        let state = desk.events().await[0]["devices"][0]["userState"].clone();
        (
            state["state"].as_str().unwrap().to_owned(),
            state["workMode"].clone(),
            state["reason"].clone(),
        )
    };
    assert_eq!(
        said("AfterCallWork").await,
        ("NotReady".into(), json!("AfterCallWork"), json!(null))
    );
    assert_eq!(
        said("AuxWork").await,
        ("NotReady".into(), json!("AuxWork"), json!(null))
    );
    assert_eq!(said("Lunch").await, ("NotReady".into(), json!(null), json!("Lunch")));
    assert_eq!(said("Ready").await, ("Ready".into(), json!(null), json!(null)));
    assert_eq!(said("Ready").await.0, "Ready", "asked for again, told again");
    assert_eq!(said("Offline").await, ("LoggedOut".into(), json!(null), json!(null)));
}

#[tokio::test(start_paused = true)]
async fn ending_the_session_makes_the_cookies_worthless() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    desk.basic = None;
    assert_eq!(
        desk.post("me", json!({"operationName": "EndContactCenterSession"}))
            .await
            .code(),
        OK
    );
    assert_eq!(desk.get("me").await.code(), (403, 20));
    let signed_in = gws
        .switch()
        .with(|switch| switch.agent(scenery::ANN.0).unwrap().signed_in());
    assert!(!signed_in);
    desk.basic = Desk::new(&gws, "ann").basic;
    let reply = desk
        .comet(json!([{"id": "7", "channel": "/meta/connect", "clientId": desk.client}]))
        .await;
    assert_eq!(
        reply.json()[0]["error"],
        "402::Unknown client",
        "the CometD session died with it"
    );
}

#[tokio::test(start_paused = true)]
async fn ending_the_session_in_a_call_leaves_the_caller_on_the_telephone() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (call, _) = talking(&desk, gws.switch()).await;
    desk.post("me", json!({"operationName": "EndContactCenterSession"}))
        .await;
    assert!(gws.switch().call(call).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_second_start_is_a_re_attachment_or_refused() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    assert_eq!(desk.post("me", start()).await.code(), OK);
    assert_eq!(desk.heard().await, ["DeviceStateChangeMessage"]);
    gws.update_options(|options| options.second_start = SecondStart::Refused);
    assert_eq!(desk.post("me", start()).await.code().1, 19);
}

#[tokio::test(start_paused = true)]
async fn ill_typed_and_missing_parameters_have_codes_of_their_own() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let code = async |body: serde_json::Value| desk.post("me", body).await.code().1;
    assert_eq!(code(json!({})).await, 1);
    gws.update_options(|options| options.reports_other_channels = true);
    assert_eq!(code(start()).await, 7, "voice stands, something else does not");
    gws.update_options(|options| options.reports_other_channels = false);
    assert_eq!(code(json!({"operationName": 7})).await, 2);
    assert_eq!(code(json!({"operationName": "Teleport"})).await, 2);
    assert_eq!(code(json!({"operationName": "StartContactCenterSession"})).await, 1);
    assert_eq!(
        code(json!({"operationName": "StartContactCenterSession", "channels": "voice"})).await,
        2
    );
    assert_eq!(
        code(json!({"operationName": "StartContactCenterSession", "channels": ["chat"]})).await,
        4,
        "all failed: no 7"
    );
    assert_eq!(desk.send(http::Method::POST, "me", Some("{".into())).await.code().1, 2);
    assert_eq!(desk.send(http::Method::PUT, "me", Some("{}".into())).await.code().1, 3);
    assert_eq!(desk.get("me/nonsense").await.code(), (404, 6));
}

#[tokio::test(start_paused = true)]
async fn without_the_feature_or_the_link_there_is_no_voice() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    gws.update_options(|options| options.voice_service = false);
    assert_eq!(
        desk.post("me", json!({"operationName": "Ready"})).await.code(),
        (500, 4)
    );
    assert_eq!(
        desk.get("services?fields=*").await.json()["services"][0]["state"],
        "Inactive"
    );
    gws.update_options(|options| options.users[0].features.clear());
    assert_eq!(desk.post("me", json!({"operationName": "Ready"})).await.code().1, 5);
}
