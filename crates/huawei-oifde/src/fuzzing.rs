//! What the fuzzer feeds to this crate (docs/fuzzing.md): the vendor's envelopes, lists, records and tokens, and a whole adapter over a vendor that says anything.
//! Each function takes any bytes and holds a property; none belongs to the product.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{AgentId, CallControl, Effect, Error, IdSource, OpenSession, Secret, SecretRef};
use callcontrol_http::{Bytes, HeaderMap, HeaderName, HeaderValue, Idempotency, Request, Response, Transport};
use serde_json::Value;

use self::exchange::Answer;
use self::far_end::{CANARY, Said, assert_plain, holds, play};
use crate::config::SuccessWithoutCode;
use crate::faults::{self, Reading};
use crate::private::Private;
use crate::wire::Object;
use crate::wire::envelope::{Code, Envelope};
use crate::wire::listing::{FLOWS, INTENTIONS, SESSIONS, TRANSFERS};
use crate::wire::records::{self, By};
use crate::wire::{health, token};
use crate::{Oifde, OifdeConfig, entries};

#[path = "../../../fuzz/support/exchange.rs"]
mod exchange;
#[path = "../../../fuzz/support/far_end.rs"]
mod far_end;

/// One message of the vendor's, read in every way that it may come.
pub fn oifde_decoders(data: &[u8]) {
    let answer = Answer::read(data);
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let response = Response::new(answer.status, headers, Bytes::copy_from_slice(answer.body));
    verdicts(&response);
    let _is_refused = faults::is_token_refusal(&response);
    if let Some(health) = health::read(&response) {
        let entry = entries::service(health);
        assert!(!format!("{entry:?}").contains(char::is_control));
    }
    match Envelope::read(&response, "answer") {
        Ok(envelope) => {
            lists(&envelope);
            credential(&response, envelope.fields);
        }
        Err(error) => assert_plain(&error.to_string()),
    }
}

/// A whole adapter: whatever the vendor says, each command ends in time and nobody learns a credential.
pub fn oifde_adapter(data: &[u8]) {
    play(data, build, polite);
}

/// Only a proper zero, or where that is accepted the lack of any code, is success.
fn verdicts(response: &Response) {
    let private = Private::default().and("90012345");
    for idempotency in [Idempotency::Command, Idempotency::Query] {
        for without_code in [SuccessWithoutCode::Accept, SuccessWithoutCode::Unknown] {
            let reading = Reading {
                what: "answer",
                idempotency,
                without_code,
                holds_secret: false,
                private: &private,
            };
            match faults::judge(response, &reading) {
                Ok(envelope) => {
                    let absent = envelope.code == Code::Absent && without_code == SuccessWithoutCode::Accept;
                    assert!(response.is_success() && (absent || envelope.code == Code::Success));
                }
                Err(error) => plain(&error),
            }
        }
    }
}

fn lists(envelope: &Envelope) {
    for listing in [&SESSIONS, &TRANSFERS, &FLOWS, &INTENTIONS] {
        match listing.page(envelope) {
            Ok(page) => page.rows.iter().for_each(row),
            Err(error) => plain(&error),
        }
    }
    let rows = SESSIONS.page(envelope).map(|page| page.rows).unwrap_or_default();
    for by in [By::Session("s1"), By::PlatformCall("c1"), By::Customer("2065550100")] {
        assert!(records::sessions(&rows, by).keys().all(|id| !id.is_empty()));
    }
    assert!(records::transfers_to(&rows, "s1", "88880006") <= rows.len());
    if let Some(latest) = records::latest(envelope) {
        row(&latest);
    }
}

fn row(row: &Object) {
    for entry in [entries::flow(row), entries::record(row), entries::reply(row)] {
        assert!(!format!("{entry:?}").contains(char::is_control));
        assert!(entry.native.as_deref() != Some(""));
    }
}

/// The same answer with a credential planted where the token stands: nobody is shown it.
fn credential(response: &Response, mut fields: Object) {
    if holds(&response.body, CANARY) {
        return;
    }
    fields.insert("authToken".to_owned(), CANARY.into());
    let mut planted = response.clone();
    planted.body = Value::Object(fields).to_string().into();
    let private = Private::default();
    let reading = Reading {
        what: "gettoken answer",
        idempotency: Idempotency::Query,
        without_code: SuccessWithoutCode::Accept,
        holds_secret: true,
        private: &private,
    };
    let shown = match faults::judge(&planted, &reading).and_then(|answer| token::granted(&answer)) {
        Ok(granted) => {
            assert!(
                granted
                    .lifetime
                    .is_none_or(|life| !life.is_zero() && life <= Duration::from_secs(30 * 86_400))
            );
            format!("{granted:?}")
        }
        Err(error) => {
            plain(&error);
            format!("{error} {error:?}")
        }
    };
    assert!(!shown.contains(CANARY), "{shown}");
}

fn plain(error: &Error) {
    assert_plain(&error.to_string());
    assert!(!format!("{error:?}").contains(char::is_control) && error.to_string().len() < 4096);
    assert!(!error.is_retryable() || error.effect() == Effect::None);
}

/// `U` takes a success without a code for nothing, `R` asks for the records of transfers.
fn build(script: &[u8], transport: Arc<dyn Transport>) -> Option<(Arc<dyn CallControl>, OpenSession)> {
    let mut config = OifdeConfig::new("202104237142", SecretRef::from(Secret::new(CANARY)));
    if script.contains(&b'U') {
        config.success_without_code = SuccessWithoutCode::Unknown;
    }
    config.ask_transfer_records = script.contains(&b'R');
    let control = Oifde::new(config, transport, IdSource::seeded(7)).ok()?;
    Some((control, OpenSession::new(AgentId::new("10001").ok()?)))
}

fn polite(request: &Request) -> Option<Said> {
    let shape = request.path().shape();
    let body = if shape.ends_with("/gettoken") {
        format!(r#"{{"errorCode":0,"errorMsg":"","authToken":"{CANARY}","expireTime":3600}}"#)
    } else {
        r#"{"errorCode":"0","errorMsg":""}"#.to_owned()
    };
    Some((
        Duration::from_millis(20),
        vec![("content-type", "application/json")],
        body,
    ))
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
        fixtures("huawei-oifde")
    }

    fn stories() -> Vec<(String, Vec<u8>)> {
        let of = |name: &str| {
            let found = messages().into_iter().find(|(known, _)| known == name);
            found.map(|(_, bytes)| bytes).unwrap_or_default()
        };
        let broken = || b"500\ncontent-type: text/html\n\n<html>".to_vec();
        let expired = || of("change-work-mode-token-expired-response");
        vec![
            story(
                "steers",
                "+jiThtw",
                vec![
                    of("change-work-mode-response"),
                    of("change-work-mode-response"),
                    expired(),
                ],
            ),
            story(
                "says",
                "+jiy5-9_0",
                vec![
                    vec![],
                    of("receive-dialogrecord-response"),
                    of("servicemonitor-response"),
                    of("queryflows-response"),
                    of("query-record-history-response"),
                    of("query-transfer-record-history-response"),
                    of("intentions-query-response"),
                ],
            ),
            story("refused", "ji", vec![of("gettoken-refused-response")]),
            story(
                "expired",
                "+jiTt",
                vec![
                    expired(),
                    of("gettoken-response"),
                    expired(),
                    broken(),
                    b"!b".to_vec(),
                    b"!h".to_vec(),
                ],
            ),
            story(
                "recorded",
                "R+jtw",
                vec![
                    vec![],
                    of("query-transfer-record-history-response"),
                    vec![],
                    of("query-transfer-record-history-response"),
                ],
            ),
            story(
                "unsure",
                "U+jitx19NS",
                vec![b"{}".to_vec(), b"{\"ret\":0}".to_vec(), of("query-history-response")],
            ),
            story("adopted", "J+jJi", vec![of("query-record-history-response")]),
        ]
    }

    fn bytes(samples: Vec<(String, Vec<u8>)>) -> Vec<Vec<u8>> {
        samples.into_iter().map(|(_, bytes)| bytes).collect()
    }

    #[test]
    #[ignore = "writes into fuzz/corpus"]
    fn samples_are_written() {
        write_samples("oifde_decoders", &messages());
        write_samples("oifde_adapter", &stories());
    }

    #[test]
    fn whatever_the_vendor_writes_is_read_or_refused_plainly() {
        replay("oifde_decoders", &bytes(messages()), 3000, oifde_decoders);
    }

    #[test]
    fn whatever_the_vendor_says_every_command_ends_in_time_and_tells_no_secret() {
        replay("oifde_adapter", &bytes(stories()), 150, oifde_adapter);
    }

    /// This text wherever the vendor writes texts.
    fn message(text: &str) -> String {
        let row = format!(r#"{{"callId":"{text}","callSorId":"{text}","flowName":"{text}","flowCode":"{text}"}}"#);
        format!(
            r#"{{"errorCode":"{text}","errorMsg":"{text}","authToken":"{text}","expireTime":"{text}","total":"{text}","recordList":[{row}],"beans":{row}}}"#
        )
    }

    fn as_answers(message: &[u8]) {
        for script in ["jitThy5-9_0J", "+jitThy5-9_0J", "R+jt.w"] {
            let (_, input) = story("", script, vec![message.to_vec(); 8]);
            oifde_adapter(&input);
        }
    }

    #[test]
    fn nests_of_two_hundred_thousand_brackets_are_refused_on_a_small_stack() {
        on_a_small_stack(256, oifde_decoders, nests());
        nests().iter().take(2).for_each(|message| as_answers(message));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_or_read_without_harm() {
        for message in broken_texts(&message) {
            oifde_decoders(&message);
            as_answers(&message);
        }
    }

    #[test]
    fn numbers_beyond_every_integer_are_refused_or_kept_as_text() {
        for message in broken_numbers(&message) {
            oifde_decoders(&message);
            as_answers(&message);
        }
    }

    #[test]
    fn texts_that_steer_terminals_headers_or_paths_stay_texts() {
        for message in steering_texts(&message) {
            oifde_decoders(&message);
            as_answers(&message);
        }
    }
}
