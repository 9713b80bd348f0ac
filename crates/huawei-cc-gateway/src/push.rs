//! What the gateway pushes at the application's own server (5.3): the token is checked first, then the events go to their sessions, in their order.

use callcontrol_core::{NativeReply, Pushed, Secret};
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::link::TOKEN_HEADER;
use crate::sessions::{Delivered, Sessions};
use crate::wire::decode_push;

/// Takes one push in and gives the answer to it.
pub(crate) fn receive(sessions: &Sessions, token: &Secret, checks_guid: bool, pushed: &Pushed) -> NativeReply {
    let given = pushed.get(TOKEN_HEADER).unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(token.reveal().as_bytes())) {
        tracing::warn!(target: "callcontrol::cc_gateway", "a push without the right token was turned away");
        return NativeReply::new(UNAUTHORIZED, REFUSED);
    }
    let Some(push) = decode_push(&pushed.body) else {
        tracing::warn!(target: "callcontrol::cc_gateway", bytes = pushed.body.len(), "a push that cannot be read was turned away");
        return NativeReply::new(BAD_REQUEST, UNREADABLE);
    };
    let guid = pushed.get("Guid").filter(|_| checks_guid);
    let mut turned_away = false;
    for (agent, events) in by_agent(push.events.iter().map(|event| (push.agent_of(event), event))) {
        match agent.map(|agent| sessions.deliver(&agent, guid, &events)) {
            Some(Delivered::Taken) => {}
            Some(Delivered::WrongGuid) => turned_away = true,
            // Nobody would ever take them: answered, so that they do not come again and again.
            Some(Delivered::Unknown) | None => {
                tracing::warn!(target: "callcontrol::cc_gateway", events = events.len(), "a push for an agent who is not signed in here");
            }
        }
    }
    if turned_away {
        tracing::warn!(target: "callcontrol::cc_gateway", "a push with the credential of another stay was turned away");
        return NativeReply::new(UNAUTHORIZED, REFUSED);
    }
    NativeReply::new(OK, TAKEN)
}

/// Runs of events for one agent.
fn by_agent<'a>(events: impl Iterator<Item = (Option<String>, &'a Value)>) -> Vec<(Option<String>, Vec<&'a Value>)> {
    let mut runs: Vec<(Option<String>, Vec<&Value>)> = Vec::new();
    for (agent, event) in events {
        match runs.last_mut() {
            Some((last, run)) if *last == agent => run.push(event),
            _ => runs.push((agent, vec![event])),
        }
    }
    runs
}

const OK: u16 = 200;
const BAD_REQUEST: u16 = 400;
const UNAUTHORIZED: u16 = 401;
const TAKEN: &str = r#"{"message":"success","retcode":"0"}"#;
const REFUSED: &str = r#"{"message":"not authorized","retcode":"000-003"}"#;
const UNREADABLE: &str = r#"{"message":"not a push","retcode":"000-006"}"#;
