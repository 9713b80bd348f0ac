//! The simulator writes what the vendor's pages show, and takes what they send.

use std::path::PathBuf;

use callcontrol_simulators::gws::{Build, ErrorShape, GwsSimulator, HeldWithConsult};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Behaviour;
use serde_json::{Value, json};

use crate::client::{Desk, OK, ann, bob, gws, id, talking, uri};

#[tokio::test(start_paused = true)]
async fn the_events_of_a_call_look_as_the_vendor_shows_them() {
    let gws = gws(|_| {});
    let (ann_desk, bob_desk) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    let call = gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    gws.switch().set_data(call, [("CustomerId", "4711")]).unwrap();
    ann_desk.events().await;
    let name = id(&ann_desk.calls().await[0]);
    let ringing = ann_desk.calls().await.remove(0);
    alike("event-ringing", &["data", "call"], &ringing);

    ann_desk.does(&name, "Answer").await;
    shows(&ann_desk, "event-established").await;
    ann_desk.operate(&name, "SendDtmf", json!({"digits": "12"})).await;
    shows(&ann_desk, "event-dtmf-sent").await;
    ann_desk
        .operate(&name, "UpdateUserData", request("request-update-user-data"))
        .await;
    ann_desk
        .operate(
            &name,
            "UpdateUserData",
            json!({"userData": fixture("event-attached-data")["data"]["call"]["userData"]}),
        )
        .await;
    let changed = ann_desk.connect(Some(0)).await;
    same_shape("event-attached-data", &fixture("event-attached-data"), &changed[1]);
    assert_eq!(
        changed[1]["data"]["call"]["userData"],
        fixture("event-attached-data")["data"]["call"]["userData"]
    );

    ann_desk.operate(&name, "DeleteUserData", json!({})).await;
    ann_desk.events().await;
    ann_desk
        .operate(
            &name,
            "InitiateTransfer",
            json!({"destination": {"phoneNumber": "7002"}}),
        )
        .await;
    let started = ann_desk.connect(Some(0)).await;
    same_members("event-held-consult-variant-a", &started[0], &["userData"]);
    same_shape("event-consult-dialing", &fixture("event-consult-dialing"), &started[1]);
    let consult = id(&started[1]["data"]["call"]);
    let ringing = bob_desk.calls().await.remove(0);
    bob_desk.does(&id(&ringing), "Answer").await;
    shows(&ann_desk, "event-consult-established").await;
    ann_desk.does(&consult, "CompleteTransfer").await;
    let released = ann_desk.connect(Some(0)).await;
    same_members("event-released", &released[0], &["userData"]);
    assert_eq!(released[0]["data"]["call"]["capabilities"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_conference_looks_as_the_vendor_shows_it() {
    let gws = gws(|options| options.conference_by = callcontrol_simulators::gws::ConferenceBy::ParticipantsUpdated);
    let desk = Desk::start(&gws, "ann").await;
    let _bob = Desk::start(&gws, "bob").await;
    gws.switch().set_behaviour(&bob(), Behaviour::Answers).unwrap();
    let (call, name) = talking(&desk, gws.switch()).await;
    gws.switch().set_data(call, [("CustomerId", "4711")]).unwrap();
    desk.operate(
        &name,
        "InitiateConference",
        json!({"destination": {"phoneNumber": "7002"}}),
    )
    .await;
    let events = desk.events().await;
    let consult = id(&events.last().unwrap()["call"]);
    desk.does(&consult, "CompleteConference").await;
    let events = desk.connect(Some(0)).await;
    same_shape("event-conference", &fixture("event-conference"), &events[1]);
}

#[tokio::test(start_paused = true)]
async fn the_other_documented_held_call_can_be_chosen() {
    let gws = gws(|options| {
        options.held_with_consult = HeldWithConsult::Retrieve;
        options.lists_mute = false;
        options.lists_clear_call = false;
    });
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    desk.operate(
        &name,
        "InitiateTransfer",
        json!({"destination": {"phoneNumber": scenery::THIRD_PARTY}}),
    )
    .await;
    let held = desk.events().await.remove(0);
    let documented = fixture("event-held-consult-variant-b");
    assert_eq!(
        crate::client::capabilities(&held["call"]),
        crate::client::capabilities(&documented["data"]["call"])
    );
}

#[tokio::test(start_paused = true)]
async fn the_capabilities_are_the_documented_sets() {
    let gws = gws(|options| {
        options.lists_mute = false;
        options.lists_clear_call = false;
    });
    let desk = Desk::start(&gws, "ann").await;
    let _bob = Desk::start(&gws, "bob").await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let ringing = desk.events().await.remove(0);
    has_capabilities_of("event-ringing", &ringing);
    let name = id(&ringing["call"]);
    desk.does(&name, "Answer").await;
    has_capabilities_of("event-established", &desk.events().await[0]);
    desk.operate(
        &name,
        "InitiateTransfer",
        json!({"destination": {"phoneNumber": "7002"}}),
    )
    .await;
    let started = desk.events().await;
    has_capabilities_of("event-held-consult-variant-a", &started[0]);
    has_capabilities_of("event-consult-dialing", &started[1]);
    let ringing_at_bob = gws.switch().ringing_at(&bob()).unwrap();
    gws.switch().answer(&bob(), ringing_at_bob).unwrap();
    let established = desk.events().await.remove(0);
    has_capabilities_of("event-consult-established", &established);
    desk.does(&id(&established["call"]), "CompleteConference").await;
    has_capabilities_of("event-conference", desk.events().await.last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_old_build_writes_participants_as_strings() {
    let gws = gws(|options| options.build = Build::Old);
    let (ann_desk, bob_desk) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    let device = ann_desk.device().await;
    ann_desk
        .post(
            &format!("me/devices/{device}/calls"),
            json!({"operationName": "Dial", "destination": {"phoneNumber": "7002"}}),
        )
        .await;
    let ringing = bob_desk.calls().await.remove(0);
    bob_desk.does(&id(&ringing), "Answer").await;
    bob_desk.events().await;
    ann_desk.events().await;
    ann_desk.does(&id(&ringing), "Hold").await;
    shows(&ann_desk, "event-old-build-established").await;
    assert_eq!(id(&ringing), "007002f1c0a1b001");
}

#[tokio::test(start_paused = true)]
async fn device_events_and_snapshots_look_as_the_vendor_shows_them() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    desk.post("me/channels/voice", request("request-after-call-work")).await;
    shows(&desk, "event-device").await;
    desk.post("me/channels/voice", request("request-ready")).await;
    let plain = desk.get("me").await.json();
    same_shape("answer-me-plain", &fixture("answer-me-plain"), &plain);
    let some = desk.get("me?subresources=devices,calls,channels").await.json();
    same_shape("answer-me-voice-snapshot", &fixture("answer-me-voice-snapshot"), &some);
    let full = desk.get("me?subresources=*").await.json();
    assert_eq!(keys(&full["user"]), keys(&fixture("answer-me-full")["user"]));
    same_shape(
        "answer-me-devices",
        &fixture("answer-me-devices"),
        &desk.get("me/devices?fields=*").await.json(),
    );
    same_shape(
        "answer-features",
        &fixture("answer-features"),
        &desk.get("features?fields=*").await.json(),
    );
    same_shape(
        "answer-version",
        &fixture("answer-version"),
        &desk.get("diagnostics/version").await.json(),
    );
    assert_eq!(desk.get("settings/agent-states").await.json(), fixture("agent-states"));
}

#[tokio::test(start_paused = true)]
async fn a_call_read_by_get_looks_as_in_its_events() {
    let gws = gws(|options| options.recording_state = true);
    let desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    let data = fixture("call")["userData"].clone();
    desk.operate(&name, "AttachUserData", json!({"userData": data})).await;
    let got = desk.get(&format!("me/calls/{name}")).await.json();
    same_shape("answer-call", &fixture("answer-call"), &got);
    same_shape(
        "answer-me-calls",
        &fixture("answer-me-calls"),
        &desk.get("me/calls?fields=*").await.json(),
    );
    same_shape(
        "answer-call-uris",
        &fixture("answer-call-uris"),
        &desk.get("me/calls").await.json(),
    );
    gws.update_options(|options| options.metrics = true);
    desk.events().await;
    desk.does(&name, "Hold").await;
    shows(&desk, "event-with-metrics").await;
    assert!(gws.switch().call(call).is_some());
}

#[tokio::test(start_paused = true)]
async fn refusals_look_as_the_vendor_shows_them() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    let mut stranger = desk.clone();
    stranger.basic = None;
    stranger.forget_cookie("JSESSIONID");
    let denied = stranger.get("me").await;
    assert_eq!((denied.status, denied.json()), (403, fixture("envelope-access-denied")));
    desk.get("me").await;
    assert_eq!(
        desk.operate("gone", "Answer", json!({})).await.json(),
        fixture("envelope-not-found")
    );
    assert_eq!(
        desk.operate(&name, "Retrieve", json!({})).await.json(),
        fixture("envelope-not-allowed")
    );
    gws.update_options(|options| options.not_allowed = callcontrol_simulators::gws::NotAllowed::Forbidden);
    assert_eq!(
        desk.operate(&name, "Retrieve", json!({})).await.json(),
        fixture("envelope-forbidden")
    );
    let start = desk
        .post(
            "me",
            json!({"operationName": "StartContactCenterSession", "channels": ["voice", "chat"]}),
        )
        .await;
    assert_eq!((start.status, start.json()), (200, fixture("envelope-partial-success")));
}

#[tokio::test(start_paused = true)]
async fn an_error_event_can_look_like_the_successors() {
    let gws = gws(|options| options.error_shape = ErrorShape::EventError);
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    let got = desk
        .operate(
            &name,
            "SingleStepTransfer",
            json!({"destination": {"phoneNumber": "9999"}}),
        )
        .await;
    assert_eq!(got.json(), fixture("envelope-success"));
    assert_eq!(desk.connect(Some(0)).await[0], fixture("event-error-like-v3"));
}

#[tokio::test(start_paused = true)]
async fn every_documented_request_is_taken() {
    for (name, body) in all("request-") {
        let gws = gws(|options| *options = options.clone().with_every_feature());
        let desk = Desk::start(&gws, "ann").await;
        let _bob = Desk::start(&gws, "bob").await;
        let (path, body) = stage(&gws, &desk, body).await;
        let got = desk.post(&path, body).await;
        assert_eq!(got.code(), OK, "{name}: {got:?}");
        let errors = if name.contains("end-session") {
            Vec::new()
        } else {
            desk.events().await
        };
        assert!(
            errors.iter().all(|event| event["error"].is_null()),
            "{name}: {errors:?}"
        );
    }
}

/// Brings the calls into the state that the request needs; answers its path and its body with the ids of this run.
async fn stage(gws: &GwsSimulator, desk: &Desk, mut body: Value) -> (String, Value) {
    let operation = body["operationName"].as_str().unwrap().to_owned();
    let switch = gws.switch();
    switch.set_behaviour(&bob(), Behaviour::Answers).unwrap();
    for member in ["/destination/phoneNumber", "/participant"] {
        if let Some(number) = body.pointer_mut(member) {
            *number = json!("7002");
        }
    }
    match operation.as_str() {
        "StartContactCenterSession" | "EndContactCenterSession" | "Offline" => return ("me".into(), body),
        "Ready" | "NotReady" | "AfterCallWork" => return ("me/channels/voice".into(), body),
        "Dial" => return (format!("me/devices/{}/calls", desk.device().await), body),
        name if ON_DEVICE.contains(&name) => {
            if let Some(before) = before(name) {
                on_device(
                    desk,
                    json!({"operationName": before, "destination": "7003", "phoneNumber": "7002"}),
                )
                .await;
            }
            if let Some(target) = body.get_mut("targetDeviceUri") {
                *target = json!("http://gws.example:8090/api/v2/devices/5d0c8a52-6a1e-4c0b-9f37-000000007002");
            }
            if let Some(number) = body.get_mut("phoneNumber") {
                *number = json!("7002");
            }
            if name == "SetCallDisposition" {
                talking(desk, switch).await;
                let call = desk.calls().await.remove(0);
                body["callUri"] = call["uri"].clone();
                body["callUuid"] = call["callUuid"].clone();
            }
            return (format!("me/devices/{}", desk.device().await), body);
        }
        name if name.starts_with("SwitchTo") || name.ends_with("MonitoredUser") => {
            let to_bob = switch.place_call(scenery::CUSTOMER, &bob()).unwrap();
            let _ = switch.answer(&bob(), to_bob);
            let begin = if name == "SwitchToListenIn" {
                "Coach"
            } else {
                "ListenIn"
            };
            on_device(desk, json!({"operationName": begin, "phoneNumber": "7002"})).await;
            let name_of_call = id(&desk.calls().await[0]);
            if name == "UnmuteMonitoredUser" {
                desk.does(&name_of_call, "MuteMonitoredUser").await;
            }
            return (format!("me/calls/{name_of_call}"), body);
        }
        "Answer" => {
            switch.place_call(scenery::CUSTOMER, &ann()).unwrap();
            return (format!("me/calls/{}", id(&desk.calls().await[0])), body);
        }
        _ => {}
    }
    let (_, mut name) = talking(desk, switch).await;
    match operation.as_str() {
        "Retrieve" => desk.does(&name, "Hold").await,
        "UnmuteCall" => desk.does(&name, "MuteCall").await,
        "StopCallRecording" | "PauseCallRecording" => desk.does(&name, "StartCallRecording").await,
        "ResumeCallRecording" => {
            desk.does(&name, "StartCallRecording").await;
            desk.does(&name, "PauseCallRecording").await;
        }
        "SwapCalls" | "CompleteTransfer" | "CompleteConference" | "RemoveParticipantFromConference" => {
            desk.operate(
                &name,
                "InitiateTransfer",
                json!({"destination": {"phoneNumber": "7002"}}),
            )
            .await;
            let calls = desk.calls().await;
            if body.get("consultCallUri").is_none() {
                name = id(&calls[1]);
            }
            if operation == "RemoveParticipantFromConference" {
                desk.does(&name, "CompleteConference").await;
                name = id(&calls[0]);
            }
            if body.get("otherCallUri").is_some() {
                body["otherCallUri"] = json!(uri(&calls[0]));
            }
            if body.get("consultCallUri").is_some() {
                body["consultCallUri"] = json!(uri(&calls[1]));
            }
        }
        _ => {}
    }
    (format!("me/calls/{name}"), body)
}

const ON_DEVICE: [&str; 9] = [
    "DoNotDisturbOn",
    "DoNotDisturbOff",
    "ForwardCallsOn",
    "ForwardCallsOff",
    "SetCallDisposition",
    "ListenIn",
    "Coach",
    "BargeIn",
    "CancelSupervisorMonitoring",
];

/// What has to be done on the device before this can be.
fn before(operation: &str) -> Option<&'static str> {
    match operation {
        "DoNotDisturbOff" => Some("DoNotDisturbOn"),
        "ForwardCallsOff" => Some("ForwardCallsOn"),
        "CancelSupervisorMonitoring" => Some("ListenIn"),
        _ => None,
    }
}

async fn on_device(desk: &Desk, body: Value) {
    let got = desk.post(&format!("me/devices/{}", desk.device().await), body).await;
    assert_eq!(got.code(), OK);
}

async fn shows(desk: &Desk, name: &str) {
    let messages = desk.connect(Some(0)).await;
    same_shape(name, &fixture(name), &messages[0]);
}

fn alike(name: &str, path: &[&str], actual: &Value) {
    let expected = path.iter().fold(fixture(name), |value, member| value[*member].clone());
    same_shape(name, &expected, actual);
}

fn same_members(name: &str, actual: &Value, without: &[&str]) {
    let mut expected = fixture(name);
    for member in without {
        expected["data"]["call"].as_object_mut().unwrap().remove(*member);
    }
    same_shape(name, &expected, actual);
}

fn has_capabilities_of(name: &str, event: &Value) {
    let expected = crate::client::capabilities(&fixture(name)["data"]["call"]);
    assert_eq!(crate::client::capabilities(&event["call"]), expected, "{name}");
}

/// Same members with the same types all the way down; of arrays the first elements are compared.
pub(crate) fn same_shape(name: &str, expected: &Value, actual: &Value) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(found)) => {
            assert_eq!(keys(&json!(expected)), keys(actual), "{name}: {actual}");
            for (member, value) in expected {
                same_shape(&format!("{name}.{member}"), value, &found[member]);
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            assert_eq!(expected.is_empty(), found.is_empty(), "{name}: {actual}");
            if let (Some(expected), Some(found)) = (expected.first(), found.first()) {
                same_shape(&format!("{name}[0]"), expected, found);
            }
        }
        _ => assert_eq!(
            std::mem::discriminant(expected),
            std::mem::discriminant(actual),
            "{name}: {expected} and {actual}"
        ),
    }
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value
        .as_object()
        .unwrap_or_else(|| panic!("{value}"))
        .keys()
        .cloned()
        .collect();
    keys.sort();
    keys
}

pub(crate) fn fixture(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap()).unwrap()
}

fn request(name: &str) -> Value {
    fixture(name)
}

fn all(prefix: &str) -> Vec<(String, Value)> {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files
        .filter_map(|file| file.strip_suffix(".json").map(String::from))
        .collect();
    names.retain(|name| name.starts_with(prefix));
    names.sort();
    assert!(!names.is_empty(), "no {prefix}* fixtures");
    names.into_iter().map(|name| (name.clone(), fixture(&name))).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/genesys-gws"))
}
