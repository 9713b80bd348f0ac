//! What the fuzzer feeds to this crate (docs/fuzzing.md): the gateway's answers, events and pushes, and a whole adapter over a gateway that says anything.
//! Each function takes any bytes and holds a property; none belongs to the product.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{AgentId, CallControl, Cause, Error, IdSource, OpenSession, PhoneNumber, Secret, SecretRef};
use callcontrol_http::{Bytes, HeaderMap, HeaderName, HeaderValue, Idempotency, Request, Response, Transport};
use serde_json::Value;

use self::exchange::Answer;
use self::far_end::{CANARY, Said, assert_plain, play};
use crate::mapping::{self, Attempt};
use crate::wire::{Envelope, call_ids, call_infos, decode_answer, decode_event, decode_poll, decode_push, to_utf8};
use crate::{CcGateway, CcGatewayConfig, Events, SignInAgain, faults};

#[path = "../../../fuzz/support/exchange.rs"]
mod exchange;
#[path = "../../../fuzz/support/far_end.rs"]
mod far_end;

/// One message of the gateway's, read in every way that it may come: as an answer, as a poll's answer, as a push.
pub fn cc_gateway_decoders(data: &[u8]) {
    let answer = Answer::read(data);
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let response = to_utf8(Response::new(
        answer.status,
        headers,
        Bytes::copy_from_slice(answer.body),
    ));
    match decode_answer(&response) {
        Ok(envelope) => {
            listed(&envelope.result);
            verdict(&envelope);
        }
        Err(error) => assert_plain(&error.to_string()),
    }
    match decode_poll(&response) {
        Ok((envelope, events)) => {
            assert!(envelope.is_success() || !response.body.trim_ascii().is_empty());
            events.iter().for_each(event);
        }
        Err(error) => assert_plain(&error.to_string()),
    }
    if let Some(pushed) = decode_push(&response.body) {
        for one in &pushed.events {
            assert!(pushed.agent_of(one).is_none_or(|agent| !agent.is_empty()));
            event(one);
        }
    }
}

/// A whole adapter: whatever the gateway says, each command ends in time and nobody learns a credential.
pub fn cc_gateway_adapter(data: &[u8]) {
    play(data, build, polite);
}

/// Only `0` is success, and nothing else becomes one.
fn verdict(envelope: &Envelope) {
    let zero = envelope.code.as_deref() == Some("0");
    assert_eq!(envelope.is_success(), zero);
    assert!(envelope.code.as_deref() != Some("") && envelope.message.as_deref() != Some(""));
    for idempotency in [Idempotency::Command, Idempotency::Query] {
        match faults::accept(envelope.clone(), idempotency) {
            Ok(_) => assert!(zero),
            Err(error) => plain(&error),
        }
    }
}

fn listed(result: &Value) {
    let infos = call_infos(result);
    assert!(infos.iter().all(|info| !info.call.is_empty()));
    assert!(call_ids(result).iter().all(|id| !id.is_empty()));
}

fn event(value: &Value) {
    let event = decode_event(value);
    assert!(!event.name.is_empty() && event.agent.as_deref() != Some(""));
    assert!(event.heard.call() != Some(""));
    let kind = mapping::kind(&event.heard, &event.name, Attempt::Unknown, Cause::Unspecified);
    assert!(!format!("{kind:?}").contains(char::is_control));
}

fn plain(error: &Error) {
    assert_plain(&error.to_string());
    assert!(!format!("{error:?}").contains(char::is_control) && error.to_string().len() < 4096);
}

/// `P` push, `B` one poll for all, `A` signs in again always.
fn build(script: &[u8], transport: Arc<dyn Transport>) -> Option<(Arc<dyn CallControl>, OpenSession)> {
    let mut config = CcGatewayConfig::default();
    if script.contains(&b'P') {
        config.events = Events::Push;
        config.callback_url = Some("https://application.example/events".to_owned());
        config.service_token = Some(SecretRef::from(Secret::new(CANARY)));
    } else if script.contains(&b'B') {
        config.events = Events::Batch;
    }
    if script.contains(&b'A') {
        config.sign_in_again = SignInAgain::Always;
    }
    let control = CcGateway::new(config, transport, IdSource::seeded(7)).ok()?;
    let open = OpenSession::new(AgentId::new("291").ok()?).phone(PhoneNumber::new("40038").ok()?);
    Some((control, open.password(CANARY)))
}

fn polite(request: &Request) -> Option<Said> {
    let shape = request.path().shape();
    if shape.contains("/agentevent") {
        return Some((
            Duration::from_secs(10),
            vec![],
            r#"{"message":"","retcode":"0"}"#.to_owned(),
        ));
    }
    let headers = if shape.contains("/onlineagent/") {
        vec![
            ("set-guid", "JSESSIONID=Zq7canary0p"),
            ("set-cookie", "lb=Zq7canary0p; Path=/"),
        ]
    } else {
        vec![]
    };
    let result = if shape.contains("/callout") || shape.contains("/innerhelp") {
        "\"1456401416-3\""
    } else {
        "{}"
    };
    let body = format!(r#"{{"message":"","retcode":"0","result":{result}}}"#);
    Some((Duration::from_millis(20), headers, body))
}

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
        let (gbk, _, _) = encoding_rs::GBK.encode("{\"message\":\"坐席未签入\",\"retcode\":\"100-006\"}");
        let mut messages = fixtures("huawei-cc-gateway");
        let head = b"200\ncontent-type: application/json;charset=GBK\n\n";
        messages.push(("in-gbk".to_owned(), [head, gbk.as_ref()].concat()));
        messages
    }

    /// A sign-in that goes well, then a story made of the fixtures' events and answers.
    fn stories() -> Vec<(String, Vec<u8>)> {
        let of = |name: &str| {
            let found = fixtures("huawei-cc-gateway")
                .into_iter()
                .find(|(known, _)| known == name);
            found.map(|(_, bytes)| bytes).unwrap_or_default()
        };
        let event = |name: &str| [b"@".to_vec(), of(name)].concat();
        let stories = [
            (
                "talk",
                "+.a..h.r..x.w",
                vec![
                    event("event-ringing"),
                    event("event-talking"),
                    event("event-hold"),
                    event("event-call-release"),
                ],
            ),
            (
                "moves",
                "+..t.wT.wl.wL.ws.w",
                vec![
                    event("event-talking"),
                    event("event-succ-trans-result"),
                    event("event-connect-fail"),
                    event("event-return-from-ivr"),
                ],
            ),
            (
                "consult",
                "+..c.wC.1.2.3.4.w",
                vec![
                    event("event-talking"),
                    event("event-conference"),
                    event("event-customer-release"),
                    event("event-consult-fail"),
                ],
            ),
            (
                "rest",
                "+.d.e.u.q.Q.g.G.v.V.n.F.o.J5678NS",
                vec![
                    event("event-talking-with-keys"),
                    event("event-state-busy"),
                    of("call-info-answer"),
                    of("answer-not-signed-in"),
                ],
            ),
            (
                "refused",
                "a.t.",
                vec![
                    of("answer-not-signed-in"),
                    of("answer-empty-null"),
                    b"!h".to_vec(),
                    b"!r".to_vec(),
                ],
            ),
            (
                "signed-in",
                "..a",
                vec![
                    of("sign-in-answer"),
                    of("answer-success-with-result"),
                    event("event-shutdown-service"),
                ],
            ),
            (
                "pushed",
                "P+.p.p.p",
                vec![of("push-batch"), of("push-envelope"), of("event-ringing")],
            ),
            (
                "batch",
                "B+...a",
                vec![event("all-agents-poll"), event("all-agents-poll-refused")],
            ),
            (
                "again",
                "A+....a",
                vec![
                    b"@{\"retcode\":\"100-006\"}".to_vec(),
                    b"@!b".to_vec(),
                    b"@500\ncontent-type: text/html\n\n<html>".to_vec(),
                ],
            ),
        ];
        stories
            .into_iter()
            .map(|(name, script, pieces)| story(name, script, pieces))
            .collect()
    }

    fn bytes(samples: Vec<(String, Vec<u8>)>) -> Vec<Vec<u8>> {
        samples.into_iter().map(|(_, bytes)| bytes).collect()
    }

    #[test]
    #[ignore = "writes into fuzz/corpus"]
    fn samples_are_written() {
        write_samples("cc_gateway_decoders", &messages());
        write_samples("cc_gateway_adapter", &stories());
    }

    #[test]
    fn whatever_the_gateway_writes_is_read_or_refused_plainly() {
        replay("cc_gateway_decoders", &bytes(messages()), 3000, cc_gateway_decoders);
    }

    #[test]
    fn whatever_the_gateway_says_every_command_ends_in_time_and_tells_no_secret() {
        replay("cc_gateway_adapter", &bytes(stories()), 150, cc_gateway_adapter);
    }

    /// This text wherever the gateway writes texts.
    fn message(text: &str) -> String {
        let content = format!(
            r#"{{"callid":"{text}","caller":"{text}","called":"{text}","partner":"{text}","result":"{text}"}}"#
        );
        let event = format!(r#"{{"eventType":"AgentEvent_Talking","workNo":"291","content":{content}}}"#);
        let strange = format!(r#"{{"eventType":"{text}","workNo":"{text}","content":"{text}"}}"#);
        format!(
            r#"{{"retcode":"{text}","message":"{text}","result":{{"guid":"{text}","workno":"{text}"}},"event":[{event},{strange}]}}"#
        )
    }

    fn as_answers(message: &[u8]) {
        let event = [b"@", message].concat();
        for script in ["+..a.t.c.1.2x", "P+.p.a", "B+..a", "A....a"] {
            let (_, input) = story(
                "",
                script,
                vec![message.to_vec(), event.clone(), message.to_vec(), event.clone()],
            );
            cc_gateway_adapter(&input);
        }
    }

    #[test]
    fn nests_of_two_hundred_thousand_brackets_are_refused_on_a_small_stack() {
        on_a_small_stack(256, cc_gateway_decoders, nests());
        nests().iter().take(2).for_each(|message| as_answers(message));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_or_read_without_harm() {
        for message in broken_texts(&message) {
            cc_gateway_decoders(&message);
            as_answers(&message);
        }
    }

    #[test]
    fn numbers_beyond_every_integer_are_refused_or_kept_as_text() {
        for message in broken_numbers(&message) {
            cc_gateway_decoders(&message);
            as_answers(&message);
        }
    }

    #[test]
    fn texts_that_steer_terminals_headers_or_paths_stay_texts() {
        for message in steering_texts(&message) {
            cc_gateway_decoders(&message);
            as_answers(&message);
        }
    }
}
