//! Commands and methods are two spellings of the same thing: each command reaches the method of its name with its parameters, straight and through the stack,
//! and survives JSON.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::*;
use support::each::one_of_each;
use support::*;

#[test]
fn covers_every_operation() {
    let covered: Vec<Operation> = one_of_each().iter().map(|command| command.key().operation).collect();
    let missing: Vec<_> = Operation::ALL
        .iter()
        .filter(|operation| !covered.contains(operation))
        .collect();
    assert!(missing.is_empty(), "no sample command for {missing:?}");
}

#[test]
fn the_credentials_of_a_pushed_message_do_not_travel_in_a_command() {
    let pushed = Pushed::new(&b"{}"[..]).header("service_token", "CANARY");
    assert_eq!(pushed.get("Service_Token"), Some("CANARY"));
    let text = serde_json::to_string(&Command::Receive { pushed }).unwrap();
    assert!(!text.contains("CANARY"), "{text}");
}

#[test]
fn every_command_survives_json() {
    for command in one_of_each() {
        let text = serde_json::to_string(&command).unwrap();
        let back: Command = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(back, command, "{text}");
    }
}

#[test]
fn a_password_does_not_travel_in_a_command() {
    let request = OpenSession::new(AgentId::new("101").unwrap()).password("hunter2");
    let command = Command::Open { request };
    assert!(!serde_json::to_string(&command).unwrap().contains("hunter2"));
    assert!(!format!("{command:?}").contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn every_command_reaches_its_method_with_its_parameters() {
    for command in one_of_each() {
        let recorder = Recorder::everything();
        dispatch(&*recorder, command.clone(), &OpCx::new()).await.unwrap();
        assert_eq!(recorder.seen(), std::slice::from_ref(&command));

        let recorder = Recorder::everything();
        let layered = stack(&recorder);
        dispatch(&*layered, command.clone(), &OpCx::new()).await.unwrap();
        assert_eq!(recorder.seen(), [command]);
    }
}
