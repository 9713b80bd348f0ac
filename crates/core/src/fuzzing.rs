//! What the fuzzer feeds to this crate (docs/fuzzing.md): ids, numbers and other words of callers and servers, and commands as JSON.
//! Each function takes any bytes and holds a property; none belongs to the product.

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::text::steers;
use crate::{
    AdapterId, AgentId, CallId, Code, Command, ConsultRef, Directory, Dtmf, Effect, Error, ErrorKind, Event,
    NativeFault, OpId, PhoneNumber, QueueName, Result, Secret, SecretRef, SessionId, Target, TargetName, one_line,
    redacted_number,
};

/// Every checked word: refused with a plain error that quotes no number, or kept as it is, within its bounds.
pub fn ids_and_numbers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    word(AgentId::new(&text), &text, 128);
    word(CallId::new(&text), &text, 128);
    word(SessionId::new(&text), &text, 128);
    word(OpId::new(&text), &text, 128);
    word(AdapterId::new(&text), &text, 128);
    word(Code::new(text.clone()), &text, 64);
    word(TargetName::new(&text), &text, 76);
    numbers(&text);
    match QueueName::new(text.clone()) {
        Ok(name) => assert!(name.as_str() == text && name.as_str().chars().count() <= 100),
        Err(error) => plain_refusal(&error),
    }
    match Target::named(&text).and_then(|target| Directory::empty().resolve(target)) {
        Ok(target) => assert_plain(&target),
        Err(error) => assert_plain(&error),
    }
    texts(&text);
    secrets(&text);
}

/// Commands and what applications keep of them: read and written again they are the same, and `Debug` tells no credential.
pub fn commands(data: &[u8]) {
    again::<ConsultRef>(data);
    again::<Event>(data);
    let Some(command) = again::<Command>(data) else { return };
    assert!(!command.name().is_empty());
    assert!(command.session().is_none_or(|session| session.as_str().len() <= 128));
    assert!(command.call().is_none_or(|call| call.as_str().len() <= 128));
    if String::from_utf8_lossy(data).contains(CANARY) {
        return;
    }
    let command = with_credential(command);
    let shown = format!("{command:?} {}", serde_json::to_string(&command).unwrap_or_default());
    assert!(!shown.contains(CANARY), "{shown}");
}

fn word<T>(made: Result<T>, text: &str, most: usize)
where
    T: Clone + Display + Debug + PartialEq + Into<String> + Serialize + DeserializeOwned,
{
    match made {
        Ok(value) => {
            assert!((1..=most).contains(&text.len()), "{text:?}");
            assert_eq!(value.clone().into(), text);
            assert_plain(&value);
            let json = serde_json::to_vec(&value).unwrap_or_default();
            assert_eq!(serde_json::from_slice::<T>(&json).ok(), Some(value));
        }
        Err(error) => plain_refusal(&error),
    }
}

fn numbers(text: &str) {
    let digits = longest_run_of_digits(text);
    match PhoneNumber::new(text) {
        Ok(number) => {
            assert!((1..=64).contains(&text.len()) && number.reveal() == text);
            assert!(
                text.len() < 5 || !format!("{number} {number:?}").contains(text),
                "{number}"
            );
        }
        Err(error) => {
            plain_refusal(&error);
            assert!(digits.len() < 7 || !error.to_string().contains(digits), "{error}");
        }
    }
    match Dtmf::new(text) {
        Ok(tones) => assert!((1..=64).contains(&tones.reveal().len())),
        Err(error) => {
            plain_refusal(&error);
            assert!(digits.len() < 7 || !error.to_string().contains(digits), "{error}");
        }
    }
}

fn texts(text: &str) {
    let most = text.len() % 97;
    let line = one_line(text, most);
    assert_plain(&line);
    assert!(line.chars().count() <= most * "\\u{10ffff}".len() + 1);
    assert!(redacted_number(text).chars().count() <= 5);
    let told = NativeFault {
        code: Some(text.to_owned()),
        message: Some(text.to_owned()),
        http_status: Some(500),
    };
    let error = Error::new(ErrorKind::VendorUnknown, Effect::Unknown, text)
        .during("transfer")
        .with_native(told);
    assert_plain(&error);
    assert!(!error.is_retryable() && error.to_string().len() < 16 * 1024);
}

/// A secret that somebody wrote into a file where only its place may stand is not repeated.
fn secrets(text: &str) {
    let written = serde_json::to_string(&format!("{CANARY}{text}")).unwrap_or_default();
    match serde_json::from_str::<SecretRef>(&written) {
        Ok(place) => panic!("a secret in a file was taken: {place:?}"),
        Err(error) => assert!(!error.to_string().contains(CANARY), "{error}"),
    }
    if let Ok(place) = serde_json::from_str::<SecretRef>(text) {
        assert!(matches!(place, SecretRef::Env(_) | SecretRef::File(_)));
    }
}

/// Decodes, encodes and decodes: both times the same.
fn again<T: Debug + PartialEq + Serialize + DeserializeOwned>(data: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(data).ok()?;
    let json = serde_json::to_vec(&value).unwrap_or_default();
    match serde_json::from_slice::<T>(&json) {
        Ok(same) => assert_eq!(same, value),
        Err(error) => panic!("{error}: {value:?}"),
    }
    assert!(!format!("{value:?}").contains(steers));
    Some(value)
}

fn with_credential(command: Command) -> Command {
    match command {
        Command::Open { request } => Command::Open {
            request: request.password(Secret::new(CANARY)),
        },
        Command::Receive { pushed } => Command::Receive {
            pushed: pushed.header("token", CANARY),
        },
        other => other,
    }
}

fn plain_refusal(error: &Error) {
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
    assert!(error.to_string().len() < 1024, "{error}");
    assert_plain(error);
    // Of an error nothing may steer the reader's terminal, marks of direction included.
    let shown = error.to_string();
    assert_eq!(one_line(&shown, shown.len()), shown);
}

fn assert_plain(value: &(impl Display + Debug)) {
    let shown = format!("{value} {value:?}");
    assert!(!shown.contains(steers), "{shown:?}");
}

fn longest_run_of_digits(text: &str) -> &str {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.max_by_key(|run| run.len()).unwrap_or_default()
}

const CANARY: &str = "Zq7-canary-0p";

#[cfg(test)]
#[path = "../../../fuzz/support/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::{broken_texts, nests, on_a_small_stack, replay, steering_texts, write_samples};
    use super::*;

    fn words() -> Vec<(String, Vec<u8>)> {
        let words = [
            "101",
            "op-00ff",
            "queue:billing",
            "+2065550100",
            "206*55#",
            "12#AD",
            "Agent Group 1",
            "Zoë",
            "１０１",
            "{\"env\":\"NAME\"}",
            "a\r\nb",
            "\u{1b}[31mred",
            "x\u{202e}y",
            "../x",
            "a\0b",
        ];
        let numbered = words.iter().enumerate();
        numbered
            .map(|(at, word)| (format!("word-{at}"), word.as_bytes().to_vec()))
            .collect()
    }

    fn written() -> Vec<(String, Vec<u8>)> {
        let call = r#""call":{"session":"101","call":"call-1"}"#;
        let at = r#""at":{"session":"101","call":"call-1"}"#;
        let json = [
            r#"{"command":"open","request":{"agent":"101","phone":"7001","auto_answer":true,"displace":"if-idle"}}"#.to_owned(),
            r#"{"command":"close","session":"101","request":{"force":true,"reason":7}}"#.to_owned(),
            r#"{"command":"set-agent-state","session":"101","to":{"rest":{"duration":{"secs":300,"nanos":0},"reason":"200"}}}"#.to_owned(),
            r#"{"command":"dial","session":"101","request":{"to":{"number":"90012345"},"caller_id":"40040","data":{}}}"#.to_owned(),
            format!(r#"{{"command":"act",{at},"what":{{"robot":"supervision"}}}}"#),
            format!(r#"{{"command":"transfer",{call},"request":{{"to":{{"queue":{{"id":"25"}}}},"mode":"release-after","caller_id":null}}}}"#),
            format!(r#"{{"command":"transfer",{call},"request":{{"to":{{"native":{{"kind":"6","address":"x"}}}},"mode":"blind","caller_id":null}}}}"#),
            format!(r#"{{"command":"consult",{call},"request":{{"to":{{"named":"agent:bob"}},"style":"three-way","intent":"conference","hold_customer":true,"caller_id":null}}}}"#),
            format!(r#"{{"command":"consult-step","consult":{{"id":"op-1",{call}}},"step":"merge"}}"#),
            format!(r#"{{"command":"send-dtmf",{at},"digits":"12#"}}"#),
            format!(r#"{{"command":"requeue",{call},"request":{{"to":{{"queue":{{"name":"Billing"}}}},"state":"waiting"}}}}"#),
            format!(r#"{{"command":"say",{call},"request":{{"text":"one moment","configured":null,"help":{{"element":"n1","position":2}}}}}}"#),
            r#"{"command":"native","request":{"session":"101","method":"GET","path":["calldata","101"],"query":[["a","b"]],"body":null}}"#.to_owned(),
            r#"{"command":"receive","pushed":{"body":[123,125]}}"#.to_owned(),
            r#"{"command":"look-up","session":null,"what":{"waiting":{"queue":{"queue":{"id":"25"}}}}}"#.to_owned(),
            r#"{"command":"snapshot","scope":"all"}"#.to_owned(),
        ];
        let numbered = json.into_iter().enumerate();
        numbered
            .map(|(at, json)| (format!("command-{at}"), json.into_bytes()))
            .collect()
    }

    fn bytes(samples: Vec<(String, Vec<u8>)>) -> Vec<Vec<u8>> {
        samples.into_iter().map(|(_, bytes)| bytes).collect()
    }

    #[test]
    #[ignore = "writes into fuzz/corpus"]
    fn samples_are_written() {
        write_samples("ids_and_numbers", &words());
        write_samples("commands", &written());
    }

    #[test]
    fn words_of_the_corpus_and_their_mutations_are_kept_or_refused_plainly() {
        replay("ids_and_numbers", &bytes(words()), 4000, ids_and_numbers);
    }

    #[test]
    fn commands_of_the_corpus_and_their_mutations_survive_a_round_trip() {
        replay("commands", &bytes(written()), 4000, commands);
    }

    #[test]
    fn nested_commands_are_refused_on_a_small_stack() {
        on_a_small_stack(256, commands, nests());
        let native = r#"{"command":"native","request":{"method":"GET","path":["#;
        on_a_small_stack(
            256,
            commands,
            vec![format!("{native}{}", "[".repeat(200_000)).into_bytes()],
        );
    }

    #[test]
    fn words_that_steer_a_terminal_are_refused_or_shown_as_they_may_be() {
        for word in steering_texts(&str::to_owned)
            .iter()
            .chain(&broken_texts(&str::to_owned))
        {
            ids_and_numbers(word);
        }
    }
}
