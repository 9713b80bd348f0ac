//! Messages as the vendor's page shows them, read and written: what we send has that shape, and what we are sent is understood.

use callcontrol_core::{AgentState, Cause, Dtmf, PhoneNumber};
use callcontrol_http::{HeaderMap, Response};
use serde_json::Value;

use crate::cometd::message;
use crate::config::GwsConfig;
use crate::faults::{self, Asked, judge};
use crate::mapping;
use crate::readiness::built_in;
use crate::wire::body::Body;
use crate::wire::call::{WireCall, WireState, WireType};
use crate::wire::envelope::Envelope;
use crate::wire::notification::{AsyncFault, CallNews, Notification};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/genesys-gws/",
            $name,
            ".json"
        ))
    };
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("a fixture is JSON")
}

fn notification(text: &str) -> Notification {
    Notification::read(&value(text)["data"])
}

fn call(text: &str) -> (CallNews, WireCall) {
    match notification(text) {
        Notification::Call { what, call } => (what, *call),
        other => panic!("expected a call, got {other:?}"),
    }
}

fn envelope(text: &'static str) -> Envelope {
    Envelope::read(&Response::new(200, HeaderMap::new(), text)).expect("an envelope")
}

fn number(digits: &str) -> PhoneNumber {
    PhoneNumber::new(digits).expect("valid")
}

/// The members of the fixture are ours and ours are the fixture's; values that are the test's own may differ.
#[track_caller]
fn same_shape(ours: &Body, page: &str) {
    let (ours, page) = (ours.to_json(), value(page));
    assert_eq!(shape(&ours), shape(&page));
    assert_eq!(ours["operationName"], page["operationName"]);
}

fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            // Pairs of call data are free.
            .map(|(key, value)| {
                (
                    key.clone(),
                    if key == "userData" {
                        Value::Bool(value.is_object())
                    } else {
                        shape(value)
                    },
                )
            })
            .collect(),
        Value::Array(_) => "array".into(),
        Value::String(_) => "string".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "bool".into(),
        Value::Null => Value::Null,
    }
}

#[test]
fn commands_without_parameters_have_the_shape_of_the_page() {
    same_shape(&Body::op("Answer"), fixture!("request-answer"));
    same_shape(&Body::op("Hold"), fixture!("request-hold"));
    same_shape(&Body::op("Retrieve"), fixture!("request-retrieve"));
    same_shape(&Body::op("Hangup"), fixture!("request-hangup"));
    same_shape(&Body::op("ClearCall"), fixture!("request-clear-call"));
    same_shape(&Body::op("MuteCall"), fixture!("request-mute-call"));
    same_shape(&Body::op("UnmuteCall"), fixture!("request-unmute-call"));
    same_shape(&Body::op("DeleteUserData"), fixture!("request-delete-user-data"));
    same_shape(&Body::op("EndContactCenterSession"), fixture!("request-end-session"));
    same_shape(&Body::op("CompleteTransfer"), fixture!("request-complete-transfer"));
    same_shape(&Body::op("CompleteConference"), fixture!("request-complete-conference"));
}

#[test]
fn commands_with_parameters_have_the_shape_of_the_page() {
    let pairs = std::collections::BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    let to = |name: &str, page: &str| {
        let wants = value(page);
        let location = wants.get("location").map(|_| "SIP_Switch");
        let body = Body::op(name).destination(&number("7005")).location(location);
        let body = if wants.get("userData").is_some() {
            body.user_data(&pairs)
        } else {
            body
        };
        same_shape(&body, page);
    };
    to("Dial", fixture!("request-dial"));
    to("SingleStepTransfer", fixture!("request-single-step-transfer"));
    to("InitiateTransfer", fixture!("request-initiate-transfer"));
    to("InitiateConference", fixture!("request-initiate-conference"));
    to("SingleStepConference", fixture!("request-single-step-conference"));
    same_shape(
        &Body::op("SendDtmf").digits(&Dtmf::new("12").expect("valid")),
        fixture!("request-send-dtmf"),
    );
    same_shape(
        &Body::op("SwapCalls").other_call("http://x/1"),
        fixture!("request-swap-calls"),
    );
    same_shape(
        &Body::op("RemoveParticipantFromConference").participant(&number("7005")),
        fixture!("request-remove-participant"),
    );
    let on_original = Body::op("CompleteTransfer").consult_call(Some("http://x/2"));
    same_shape(&on_original, fixture!("request-complete-transfer-on-original"));
    same_shape(
        &Body::op("AttachUserData").user_data(&pairs),
        fixture!("request-attach-user-data"),
    );
    same_shape(
        &Body::op("UpdateUserData").user_data(&pairs),
        fixture!("request-update-user-data"),
    );
    same_shape(
        &Body::op("DeleteUserDataPair").key("k"),
        fixture!("request-delete-user-data-pair"),
    );
}

#[test]
fn what_is_asked_of_a_device_or_a_recorder_has_the_shape_of_the_page() {
    let seven = number("7005");
    let on = Body::op("ForwardCallsOn").plain_destination(&seven);
    same_shape(&on, fixture!("request-forward-calls-on"));
    let listen = Body::op("ListenIn").supervised(&seven, "Call", "AllCalls");
    same_shape(&listen, fixture!("request-listen-in"));
    let coach = Body::op("Coach").supervised(&seven, "Agent", "NextCall");
    same_shape(&coach, fixture!("request-coach"));
    for (name, page) in [
        ("ForwardCallsOff", fixture!("request-forward-calls-off")),
        ("DoNotDisturbOn", fixture!("request-do-not-disturb-on")),
        ("DoNotDisturbOff", fixture!("request-do-not-disturb-off")),
        (
            "CancelSupervisorMonitoring",
            fixture!("request-cancel-supervisor-monitoring"),
        ),
        ("SwitchToListenIn", fixture!("request-switch-to-listen-in")),
        ("SwitchToCoach", fixture!("request-switch-to-coach")),
        ("SwitchToBargeIn", fixture!("request-switch-to-barge-in")),
        ("MuteMonitoredUser", fixture!("request-mute-monitored-user")),
        ("UnmuteMonitoredUser", fixture!("request-unmute-monitored-user")),
        ("StartCallRecording", fixture!("request-start-call-recording")),
        ("StopCallRecording", fixture!("request-stop-call-recording")),
        ("PauseCallRecording", fixture!("request-pause-call-recording")),
        ("ResumeCallRecording", fixture!("request-resume-call-recording")),
    ] {
        same_shape(&Body::op(name), page);
    }
}

#[test]
fn session_and_readiness_have_the_shape_of_the_page() {
    same_shape(
        &Body::start_session(None, None, None),
        fixture!("request-start-session-minimal"),
    );
    same_shape(
        &Body::start_session(Some("P"), Some("7001"), Some("8000")),
        fixture!("request-start-session"),
    );
    let (bare, config) = (GwsConfig::default(), |text: &str| {
        serde_json::from_str::<GwsConfig>(text).expect("valid")
    });
    let state = |state, config: &GwsConfig| built_in(&state, config).expect("valid");
    use callcontrol_core::AgentStateRequest as To;
    same_shape(&state(To::Ready, &bare), fixture!("request-ready"));
    same_shape(
        &state(To::NotReady { reason: None }, &bare),
        fixture!("request-not-ready"),
    );
    let timed = config(r#"{"wrap-up-time-s": 0}"#);
    same_shape(&state(To::WrapUp, &timed), fixture!("request-after-call-work"));
}

#[test]
fn bayeux_messages_have_the_shape_of_the_page() {
    let first = |page: &str| value(page)[0].clone();
    let members = |message: &Value| -> Vec<String> { message.as_object().expect("object").keys().cloned().collect() };
    let hello = message::handshake(1);
    let page = first(fixture!("cometd-handshake-request"));
    for member in ["channel", "version", "minimumVersion", "supportedConnectionTypes"] {
        assert_eq!(hello[member], page[member]);
    }
    let subscribe = message::subscribe(2, "c", "/v2/me/calls");
    assert_eq!(
        members(&subscribe),
        members(&first(fixture!("cometd-subscribe-request")))
    );
    let connect = message::connect(4, "c", true, None);
    assert_eq!(
        members(&connect),
        members(&first(fixture!("cometd-first-connect-request")))
    );
    let connect = message::connect(5, "c", false, None);
    assert_eq!(members(&connect), members(&first(fixture!("cometd-connect-request"))));
    let farewell = message::disconnect(9, "c");
    assert_eq!(
        members(&farewell),
        members(&first(fixture!("cometd-disconnect-request")))
    );
}

#[test]
fn bayeux_answers_are_understood() {
    let read = |page: &str| message::parse(page.as_bytes()).expect("messages");
    let shaken = read(fixture!("cometd-handshake-answer"));
    assert!(shaken[0].succeeded() && shaken[0].client_id.is_some());
    assert!(read(fixture!("cometd-handshake-ack-answer"))[0].ack().is_some());
    assert!(!read(fixture!("cometd-handshake-denied"))[0].succeeded());
    assert!(
        read(fixture!("cometd-subscribe-answer"))
            .iter()
            .all(message::Incoming::succeeded)
    );
    assert_eq!(read(fixture!("cometd-unknown-client"))[0].error_code(), Some(402));
    let on_subscribe = read(fixture!("cometd-unknown-client-on-subscribe"));
    assert!(on_subscribe[0].advice.is_none() && on_subscribe[0].error_code() == Some(402));
    let with_event = read(fixture!("cometd-connect-answer-with-event"));
    assert_eq!(with_event.iter().filter(|message| !message.is_meta()).count(), 1);
}

#[test]
fn calls_are_understood_in_every_build() {
    let (what, ringing) = call(fixture!("event-ringing"));
    assert_eq!(
        (what, &ringing.state, ringing.call_type),
        (CallNews::StatusChange, &WireState::Ringing, WireType::Inbound)
    );
    assert_eq!(ringing.user_data["CustomerId"], "4711");
    assert_eq!(call(fixture!("event-ringing-document")).1.call_type, WireType::Internal);
    let (_, old) = call(fixture!("event-old-build-established"));
    assert_eq!(old.participants, ["7003"]);
    assert_eq!(call(fixture!("event-with-metrics")).0, CallNews::StatusChange);
    assert_eq!(call(fixture!("event-dtmf-sent")).0, CallNews::DtmfSent);
    let (what, data) = call(fixture!("event-attached-data"));
    assert_eq!(what, CallNews::AttachedDataChanged);
    assert_eq!(data.user_data["Name"], "J\u{fc}rgen \u{1f600}");
    assert_eq!(data.user_data["Owner"], r#"{"username":"agent1"}"#);
    let (_, conference) = call(fixture!("event-conference"));
    assert!(mapping::view(&conference, None, None).expect("alive").conference);
    assert_eq!(call(fixture!("event-released")).1.state, WireState::Released);
    assert!(WireCall::read(&value(fixture!("call"))).is_some());
}

#[test]
fn a_consult_is_recognised_by_type_and_parent_and_the_parents_uri_wins() {
    let (_, held) = call(fixture!("event-held-consult-variant-a"));
    let (_, consult) = call(fixture!("event-consult-dialing"));
    assert_eq!(consult.consults_for(), Some(held.id.as_str()));
    assert_eq!(held.consults_for(), None);
    let (_, original) = call(fixture!("event-held-consult-variant-a-document"));
    let (_, contradicting) = call(fixture!("event-consult-dialing-wrong-parent-path"));
    assert_eq!(contradicting.consults_for(), Some(original.id.as_str()));
    let lists = |page: &str, word: &str| call(page).1.capabilities.is_some_and(|words| words.contains(word));
    assert!(!lists(fixture!("event-held-consult-variant-a"), "Retrieve"));
    assert!(lists(fixture!("event-held-consult-variant-b"), "Retrieve"));
    let (_, released) = call(fixture!("event-consult-released-document"));
    assert_eq!(released.capabilities.map(|words| words.len()), Some(0));
}

#[test]
fn devices_channels_and_failures_are_understood() {
    let Notification::Devices(devices) = notification(fixture!("event-device")) else {
        panic!("devices");
    };
    let state = devices[0].user_state.as_ref().expect("a state");
    assert_eq!(mapping::agent_state(state), AgentState::WrapUp);
    assert!(matches!(
        notification(fixture!("event-channels-old")),
        Notification::Channel(_)
    ));
    let Notification::Fault(fault) = notification(fixture!("event-error-like-v3")) else {
        panic!("a failure");
    };
    assert_eq!(
        (fault.code, faults::cause(&fault)),
        (Some(415), Cause::InvalidDestination)
    );
    assert!(matches!(
        notification(fixture!("event-error-password")),
        Notification::Other(_)
    ));
    let unnamed = AsyncFault {
        code: None,
        message: None,
        call: None,
    };
    assert_eq!(faults::cause(&unnamed), Cause::Unspecified);
}

#[test]
fn answers_are_understood() {
    let snapshot = envelope(fixture!("answer-me-voice-snapshot"));
    assert!(snapshot.has_user() && snapshot.lists_calls());
    let read = snapshot.snapshot().expect("a user");
    assert!(!read.devices.is_empty());
    assert!(!envelope(fixture!("answer-me-plain")).lists_calls());
    let partial = envelope(fixture!("envelope-partial-success"));
    assert_eq!((partial.code, partial.succeeded()[0].channel.as_str()), (7, "voice"));
    for (page, status, code) in [
        (fixture!("envelope-access-denied"), 403, "20"),
        (fixture!("envelope-not-found"), 404, "6"),
        (fixture!("envelope-internal-error"), 500, "4"),
        (fixture!("envelope-forbidden"), 403, "3"),
    ] {
        let error = judge(&Response::new(status, HeaderMap::new(), page), Asked::Call).expect_err(page);
        assert_eq!(error.native_code(), Some(code));
    }
    assert!(
        judge(
            &Response::new(200, HeaderMap::new(), fixture!("envelope-success")),
            Asked::Call
        )
        .is_ok()
    );
}

/// Whatever the page shows is understood: a fixture that is added is read here without being named.
#[test]
fn every_sample_of_the_page_is_read_as_what_it_is() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/genesys-gws");
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for entry in std::fs::read_dir(folder).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .and_then(std::ffi::OsStr::to_str)
            .expect("a name")
            .to_owned();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        let kind = ["event-", "cometd-", "answer-", "envelope-", "request-"]
            .into_iter()
            .find(|kind| name.starts_with(kind))
            .unwrap_or("resource");
        *seen.entry(kind).or_default() += 1;
        match kind {
            "event-" => {
                let read = Notification::read(&value(&text)["data"]);
                let has_no_word = matches!(&read, Notification::Other(_));
                let may_be_other = name.contains("password") || name.contains("service") || name.contains("unknown");
                assert!(!has_no_word || may_be_other, "{name}: {read:?}");
            }
            "cometd-" => assert!(!message::parse(text.as_bytes()).expect("messages").is_empty(), "{name}"),
            "answer-" | "envelope-" => {
                let response = Response::new(200, HeaderMap::new(), text);
                assert!(Envelope::read(&response).is_some(), "{name}");
            }
            "request-" => assert!(value(&text)["operationName"].is_string(), "{name}"),
            _ => assert!(value(&text).is_object(), "{name}"),
        }
    }
    assert!(
        seen["event-"] >= 15 && seen["cometd-"] >= 10 && seen["request-"] >= 25,
        "{seen:?}"
    );
}

/// Any JSON at all, with the vendor's own member names likely.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let names = prop::sample::select(vec![
        "call",
        "id",
        "uri",
        "state",
        "callType",
        "participants",
        "capabilities",
        "userData",
        "devices",
        "channels",
        "userState",
        "errorCode",
        "error",
        "messageType",
        "notificationType",
        "parentCallUri",
        "statusCode",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..8).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn whatever_a_message_holds_it_is_read_without_harm(data in any_json(), bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
        let text = data.to_string();
        let read = Notification::read(&data);
        proptest::prop_assert_eq!(&read, &Notification::read(&value(&text)), "reading is a function of the text");
        let _no_panic = (message::parse(&bytes), message::parse(text.as_bytes()));
        let _either = judge(&Response::new(200, HeaderMap::new(), text), Asked::Call);
    }
}
