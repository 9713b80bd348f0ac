//! What the fuzzer feeds to this crate (docs/fuzzing.md): answers, notifications and resources, the CometD client, and a whole adapter over a server that says anything.
//! Each function takes any bytes and holds a property; none belongs to the product.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{AgentId, CallControl, Error, IdSource, OpenSession};
use callcontrol_http::{ApiPath, Bytes, HeaderMap, HeaderName, HeaderValue, Request, Response, Transport};
use serde_json::{Value, json};

use self::exchange::Answer;
use self::far_end::{CANARY, Said, assert_plain, play};
use crate::cometd::backoff::Backoff;
use crate::cometd::machine::{Access, Action, Breakage, Event, Exchange, Machine, Topic};
use crate::cometd::message;
use crate::faults::{self, Asked};
use crate::wire::call::WireCall;
use crate::wire::device::WireDevice;
use crate::wire::envelope::Envelope;
use crate::wire::notification::{CallNews, Notification};
use crate::{Gws, GwsConfig, SignInAgain, mapping};

#[path = "../../../fuzz/support/exchange.rs"]
mod exchange;
#[path = "../../../fuzz/support/far_end.rs"]
mod far_end;

/// One message of the server's, read in every way that it may come: as an answer, as a resource, as a notification.
pub fn gws_decoders(data: &[u8]) {
    let answer = Answer::read(data);
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let response = Response::new(answer.status, headers, Bytes::copy_from_slice(answer.body));
    for asked in [Asked::SignIn, Asked::Query, Asked::Session, Asked::Call] {
        match faults::judge(&response, asked) {
            Ok(envelope) => assert!(response.is_success() && matches!(envelope.code, 0 | 7)),
            Err(error) => plain(&error),
        }
    }
    if let Some(envelope) = Envelope::read(&response) {
        contents(&envelope);
    }
    let Ok(value) = serde_json::from_slice::<Value>(answer.body) else {
        return;
    };
    notification(&value);
    // Whether it came bare, or in a CometD message.
    if let Some(data) = value.get("data") {
        notification(data);
    }
    for item in value.as_array().into_iter().flatten() {
        notification(item.get("data").unwrap_or(item));
    }
    WireCall::read(&value).iter().for_each(call);
    WireDevice::read(&value).iter().for_each(device);
}

/// The CometD client, step by step: pieces between record separators are the bodies that come, or what breaks. It never stands still,
/// asks for nothing after its end, and waits before it tries again.
pub fn gws_cometd(data: &[u8]) {
    let topics = vec![
        Topic {
            channel: "/calls",
            required: true,
        },
        Topic {
            channel: "/extra",
            required: false,
        },
    ];
    let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30), || 0.5);
    let mut machine = Machine::new(topics, backoff);
    let mut actions = machine.step(Event::Start);
    let mut without_rest = 0;
    for piece in data.split(|byte| *byte == 0x1e).take(64) {
        let Some(last) = look(&actions) else {
            return assert!(machine.step(Event::Start).is_empty());
        };
        let event = match (last, piece) {
            (Due::Leaving, _) | (_, b"!leave") => Event::Leave,
            (_, b"!start") => Event::Start,
            (Due::Rest(pause), _) => {
                without_rest = if pause.is_zero() { without_rest } else { 0 };
                Event::Rested
            }
            (Due::Access, b"!unreachable") => Event::Access(Access::Unreachable),
            (Due::Access, b"!refused") => Event::Access(Access::Refused),
            (Due::Access, _) => Event::Access(Access::Restored),
            (Due::Answer, b"!401") => Event::Broken(Breakage::Unauthorized),
            (Due::Answer, body) => match message::parse(body) {
                Some(messages) => {
                    assert!(messages.iter().all(|message| !message.channel.is_empty()));
                    Event::Answered(
                        messages,
                        Duration::from_millis(u64::try_from(piece.len()).unwrap_or_default()),
                    )
                }
                None => {
                    without_rest += 1;
                    assert!(without_rest < 8, "asks again and again without a pause");
                    Event::Broken(Breakage::Link)
                }
            },
        };
        actions = machine.step(event);
    }
    for _ in 0..4 {
        actions = machine.step(Event::Leave);
    }
    assert!(actions.is_empty(), "the way out has an end");
}

/// A whole adapter: whatever the server says, each command ends in time and nobody learns a credential.
pub fn gws_adapter(data: &[u8]) {
    play(data, build, polite);
}

enum Due {
    Answer,
    Rest(Duration),
    Access,
    Leaving,
}

/// What the last action waits for; `None` at the end.
fn look(actions: &[Action]) -> Option<Due> {
    for action in actions {
        if let Action::Notice(notice) = action {
            assert!(!format!("{notice:?}").contains(char::is_control));
        }
    }
    match actions.last() {
        Some(Action::Send(exchange)) => {
            sent(exchange);
            Some(Due::Answer)
        }
        Some(Action::Pause(pause)) => {
            assert!(*pause <= Duration::from_secs(60), "{pause:?}");
            Some(Due::Rest(*pause))
        }
        Some(Action::SignIn) => Some(Due::Access),
        Some(Action::End(_)) => None,
        // An answer that nobody waited for: nothing is due but what was due before.
        Some(Action::Deliver(_) | Action::Notice(_)) | None => Some(Due::Leaving),
    }
}

fn sent(exchange: &Exchange) {
    assert!(!exchange.messages.is_empty());
    assert!(exchange.patience > Duration::ZERO && exchange.patience <= Duration::from_secs(610));
    let shakes = exchange
        .messages
        .iter()
        .any(|message| message["channel"] == "/meta/handshake");
    assert!(
        !shakes || exchange.messages.len() == 1,
        "a handshake is alone in its array"
    );
    for message in &exchange.messages {
        assert!(
            shakes || message["clientId"].as_str().is_some_and(|client| !client.is_empty()),
            "{message}"
        );
    }
}

fn contents(envelope: &Envelope) {
    let _told = (
        envelope.succeeded(),
        envelope.failed(),
        envelope.features(),
        envelope.has_user(),
    );
    for state in envelope.agent_states() {
        assert!(!state.operation.is_empty() && state.is_called(&state.operation));
    }
    let Some(snapshot) = envelope.snapshot() else { return };
    snapshot.calls.iter().for_each(call);
    snapshot.devices.iter().for_each(device);
    assert!(envelope.lists_calls() || snapshot.calls.is_empty());
    snapshot.voice_state.iter().map(mapping::agent_state).for_each(drop);
}

fn notification(value: &Value) {
    match Notification::read(value) {
        Notification::Call { what, call: told } => {
            call(&told);
            event(&what, &told);
        }
        Notification::Devices(devices) => devices.iter().for_each(device),
        Notification::Channel(state) => drop(mapping::agent_state(&state)),
        Notification::Fault(fault) => {
            assert!(!format!("{:?}", faults::cause(&fault)).contains(char::is_control));
        }
        Notification::Other(name) => assert!(!name.is_empty()),
    }
}

fn event(what: &CallNews, call: &WireCall) {
    let before = mapping::view(call, None, None);
    for before in [None, before.as_ref()] {
        let kind = mapping::event(what, call, before);
        assert!(!format!("{kind:?}").contains(char::is_control));
        let view = mapping::view(call, before, None);
        assert_eq!(view.is_none(), mapping::leg(&call.state).is_none());
        assert!(!format!("{view:?}").contains(char::is_control));
    }
}

/// Ids of URIs are used as ids and nothing else.
fn call(call: &WireCall) {
    assert!(!call.id.is_empty());
    assert!(
        call.parent
            .as_ref()
            .is_none_or(|parent| ApiPath::new("/calls").id(parent).is_ok())
    );
    let _tape = mapping::tape(call);
}

fn device(device: &WireDevice) {
    let target = device
        .monitoring
        .as_ref()
        .and_then(|monitoring| monitoring.target.as_ref());
    assert!(target.is_none_or(|target| ApiPath::new("/devices").id(target).is_ok()));
    device.user_state.iter().map(mapping::agent_state).for_each(drop);
}

fn plain(error: &Error) {
    assert_plain(&error.to_string());
    assert!(!format!("{error:?}").contains(char::is_control) && error.to_string().len() < 4096);
}

/// `A` signs in again always, `K` never asks for the state by itself.
fn build(script: &[u8], transport: Arc<dyn Transport>) -> Option<(Arc<dyn CallControl>, OpenSession)> {
    let mut config = GwsConfig::default();
    if script.contains(&b'A') {
        config.sign_in_again = SignInAgain::Always;
    }
    if script.contains(&b'K') {
        config.keep_alive_s = 0;
    }
    let control = Gws::new(config, transport, IdSource::seeded(7)).ok()?;
    Some((control, OpenSession::new(AgentId::new("ann").ok()?).password(CANARY)))
}

fn polite(request: &Request) -> Option<Said> {
    let headers = vec![
        ("content-type", "application/json"),
        ("set-cookie", "JSESSIONID=Zq7canary0p; Path=/"),
        ("x-csrf-header", "X-CSRF-TOKEN"),
        ("x-csrf-token", "Zq7canary0p"),
    ];
    let shape = request.path().shape();
    if shape.ends_with("/notifications") {
        let (took, answer) = comet(request)?;
        return Some((took, headers, answer));
    }
    let body = match shape {
        "/api/v2/me" => ME.to_owned(),
        _ => r#"{"statusCode":0}"#.to_owned(),
    };
    Some((Duration::from_millis(20), headers, body))
}

/// The CometD server: it answers each message, and holds a connect.
fn comet(request: &Request) -> Option<(Duration, String)> {
    let messages: Vec<Value> = serde_json::from_slice(request.body_bytes()?).ok()?;
    let mut took = Duration::from_millis(20);
    let replies = messages.iter().map(|message| {
        let channel = message["channel"].as_str().unwrap_or_default();
        if channel == "/meta/connect" && message.get("advice").is_none() {
            took = Duration::from_secs(20);
        }
        json!({"id": message["id"], "channel": channel, "successful": true, "clientId": "c1", "subscription": message["subscription"]})
    });
    let replies: Vec<Value> = replies.collect();
    Some((took, Value::from(replies).to_string()))
}

const ME: &str = r#"{"statusCode":0,"user":{"id":"8f2d","userName":"ann","devices":[{"id":"d1","phoneNumber":"7001","doNotDisturb":"Off",
"userState":{"id":"9430250E","displayName":"Ready","state":"Ready"},"capabilities":["ForwardCallsOn","ListenIn"],"channels":["voice"]}],
"calls":[],"channels":[{"channel":"voice","userState":{"displayName":"Ready","state":"Ready"}}],
"features":[{"id":"api-voice"},{"id":"api-supervisor-monitoring"},{"id":"api-voice-recording"}]}}"#;

#[cfg(test)]
#[path = "../../../fuzz/support/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::{
        broken_numbers, broken_texts, fixtures, nests, on_a_small_stack, replay, steering_texts, story, write_samples,
    };
    use super::*;

    fn messages() -> Vec<(String, Vec<u8>)> {
        fixtures("genesys-gws")
    }

    fn of(name: &str) -> Vec<u8> {
        let found = messages().into_iter().find(|(known, _)| known == name);
        found.map(|(_, bytes)| bytes).unwrap_or_default()
    }

    /// A fixture of one call's life.
    fn event(name: &str) -> Vec<u8> {
        let mut told: Value = serde_json::from_slice(&of(name)).unwrap();
        if let Some(message) = told.as_array_mut().and_then(|many| many.pop()) {
            told = message;
        }
        let data = told.get("data").cloned().unwrap_or(told);
        let body = json!([{"channel": "/meta/connect", "successful": true}, {"channel": "/v2/me/calls", "data": data}]);
        [b"@".to_vec(), serde_json::to_vec(&body).unwrap()].concat()
    }

    fn conversations() -> Vec<(String, Vec<u8>)> {
        let shaken = of("cometd-handshake-answer");
        let subscribed = br#"[{"channel":"/meta/subscribe","subscription":"/calls","successful":true},{"channel":"/meta/subscribe","subscription":"/extra","successful":false,"error":"403::no"}]"#.to_vec();
        let connected = br#"[{"channel":"/meta/connect","successful":true,"advice":{"reconnect":"retry","interval":2000,"timeout":99999999999},"ext":{"ack":7}}]"#.to_vec();
        let connect = of("cometd-connect-answer-with-event");
        let unknown = of("cometd-unknown-client");
        let (rested, leave) = (b"!rested".to_vec(), b"!leave".to_vec());
        let of_pieces = |name: &str, mut pieces: Vec<Vec<u8>>| {
            let first = pieces.remove(0);
            let (name, mut bytes) = story(name, "", pieces);
            bytes.splice(0..0, first);
            (name, bytes)
        };
        vec![
            of_pieces(
                "flows",
                vec![
                    shaken.clone(),
                    subscribed.clone(),
                    connected.clone(),
                    rested.clone(),
                    connect.clone(),
                    rested.clone(),
                    connected.clone(),
                    leave,
                ],
            ),
            of_pieces(
                "forgets",
                vec![
                    shaken.clone(),
                    subscribed.clone(),
                    connected,
                    rested.clone(),
                    unknown,
                    rested,
                    shaken,
                    subscribed,
                    of("cometd-multiple-clients"),
                ],
            ),
            of_pieces(
                "denied",
                vec![
                    of("cometd-handshake-denied"),
                    b"!401".to_vec(),
                    b"!unreachable".to_vec(),
                    b"!refused".to_vec(),
                ],
            ),
            of_pieces(
                "acknowledges",
                vec![
                    of("cometd-handshake-ack-answer"),
                    of("cometd-subscribe-answer"),
                    of("cometd-first-connect-answer"),
                    of("cometd-connect-answer-empty"),
                    b"!start".to_vec(),
                ],
            ),
            of_pieces(
                "unknown",
                vec![
                    of("cometd-unknown-client-on-subscribe"),
                    b"<html>".to_vec(),
                    b"!rested".to_vec(),
                    b"[".to_vec(),
                ],
            ),
        ]
    }

    fn stories() -> Vec<(String, Vec<u8>)> {
        let refused = || of("envelope-not-allowed");
        let bare = |name: &str| [b"@".to_vec(), of(name)].concat();
        vec![
            story(
                "talk",
                "+.a.w.h.w.r.x.w",
                vec![
                    event("event-ringing"),
                    event("event-established"),
                    event("event-held-consult-variant-a"),
                    event("event-released"),
                ],
            ),
            story(
                "moves",
                "+..t.w.l.w.z.q.w",
                vec![
                    event("event-established"),
                    event("event-consult-dialing"),
                    event("event-consult-established"),
                    event("event-released"),
                ],
            ),
            story(
                "consult",
                "+..c.w.1.2.3.4.w",
                vec![
                    event("event-established"),
                    event("event-consult-dialing"),
                    event("event-conference"),
                    event("event-error-like-v3"),
                ],
            ),
            story(
                "rest",
                "+.d.e.u.X.g.v.V.n.f.0-S",
                vec![
                    event("event-attached-data"),
                    event("event-device"),
                    of("agent-states"),
                    refused(),
                ],
            ),
            story(
                "snapshot",
                "+.S..t",
                vec![
                    bare("cometd-unknown-client"),
                    of("answer-me-calls"),
                    of("answer-me-voice-snapshot"),
                    of("envelope-forbidden"),
                ],
            ),
            story(
                "signed-in",
                "..a",
                vec![
                    of("answer-me-full"),
                    of("envelope-partial-success"),
                    of("cometd-handshake-answer"),
                ],
            ),
            story(
                "refused",
                "+.a.t",
                vec![
                    b"403\n\nMissing or invalid Csrf token".to_vec(),
                    b"401\n\n".to_vec(),
                    b"!h".to_vec(),
                    of("envelope-access-denied"),
                ],
            ),
            story(
                "ended",
                "A+...a",
                vec![
                    b"@401\n\n".to_vec(),
                    b"@[{\"channel\":\"/meta/connect\",\"successful\":false,\"advice\":{\"reconnect\":\"none\"}}]"
                        .to_vec(),
                    b"@!b".to_vec(),
                ],
            ),
        ]
    }

    fn bytes(samples: Vec<(String, Vec<u8>)>) -> Vec<Vec<u8>> {
        samples.into_iter().map(|(_, bytes)| bytes).collect()
    }

    #[test]
    #[ignore = "writes into fuzz/corpus"]
    fn samples_are_written() {
        write_samples("gws_decoders", &messages());
        write_samples("gws_cometd", &conversations());
        write_samples("gws_adapter", &stories());
    }

    #[test]
    fn whatever_the_server_writes_is_read_or_refused_plainly() {
        replay("gws_decoders", &bytes(messages()), 3000, gws_decoders);
    }

    #[test]
    fn whatever_a_comet_server_sends_its_client_neither_stops_nor_rushes() {
        replay("gws_cometd", &bytes(conversations()), 3000, gws_cometd);
    }

    #[test]
    fn whatever_the_server_says_every_command_ends_in_time_and_tells_no_secret() {
        replay("gws_adapter", &bytes(stories()), 150, gws_adapter);
    }

    /// This text wherever the server writes texts.
    fn message(text: &str) -> String {
        let call = format!(
            r#"{{"id":"{text}","uri":"{text}","state":"{text}","callType":"Consult","parentCallUri":"{text}","participants":["{text}"],"userData":{{"{text}":"{text}"}}}}"#
        );
        format!(
            r#"{{"channel":"/v2/me/calls","clientId":"{text}","statusCode":"{text}","statusMessage":"{text}","error":"{text}","call":{call},"data":{{"call":{call},"notificationType":"{text}"}},"user":{{"calls":[{call}]}}}}"#
        )
    }

    fn as_answers(message: &[u8]) {
        let event = [
            b"@[{\"channel\":\"/meta/connect\",\"successful\":true},".as_slice(),
            message,
            b"]",
        ]
        .concat();
        for script in ["+..a.t.c.1.2x", ".....a.S", "A+...a.S"] {
            let (_, input) = story(
                "",
                script,
                vec![message.to_vec(), event.clone(), message.to_vec(), event.clone()],
            );
            gws_adapter(&input);
        }
        gws_cometd(message);
    }

    #[test]
    fn nests_of_two_hundred_thousand_brackets_are_refused_on_a_small_stack() {
        on_a_small_stack(256, gws_decoders, nests());
        nests().iter().take(2).for_each(|message| as_answers(message));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_or_read_without_harm() {
        for message in broken_texts(&message) {
            gws_decoders(&message);
            as_answers(&message);
        }
    }

    #[test]
    fn numbers_beyond_every_integer_are_refused_or_kept_as_text() {
        for message in broken_numbers(&message) {
            gws_decoders(&message);
            as_answers(&message);
        }
    }

    #[test]
    fn texts_that_steer_terminals_headers_or_paths_stay_texts() {
        for message in steering_texts(&message) {
            gws_decoders(&message);
            as_answers(&message);
        }
    }
}
