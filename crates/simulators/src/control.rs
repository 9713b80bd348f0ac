//! The other parties' hands, over HTTP: place a call, answer, hang up, be busy, be silent; and the journal of what really happened.
//! `GET /_control` lists the verbs. Not a part of any vendor's API, and served on loopback only.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use callcontrol_testkit::switch::{Behaviour, Party, Refusal, SharedSwitch, SwitchCallId};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

/// The control API of a switch, to be merged beside a simulator's own routes.
pub fn router(switch: SharedSwitch) -> Router {
    Router::new()
        .route("/_control", get(|| async { Json(help()) }))
        .route("/_control/journal", get(journal))
        .route("/_control/calls", get(calls))
        .route("/_control/{verb}", post(play))
        .with_state(switch)
}

fn help() -> Value {
    json!({
        "verbs": {
            "place_call": { "from": "2065550100", "to": "7001" },
            "answer": { "party": "7002" },
            "reject": { "party": "7002" },
            "no_answer": { "party": "7002" },
            "hang_up": { "party": "2065550100" },
            "behave": { "party": "7002", "behaviour": "manual | answers | hangs_up_at_once | busy | rejects | silent | out_of_service" },
            "sign_in": { "agent": "102" },
            "ivr_finished": { "call": 1 },
            "customer_digits": { "call": 1, "digits": "1234" },
            "advance": { "seconds": 30 }
        },
        "reads": ["GET /_control/journal", "GET /_control/calls"],
        "party": "an agent's, queue's, IVR's or outside number, or an agent's id",
    })
}

/// Everything a verb may be told; each verb uses its own part.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Told {
    from: Option<String>,
    to: Option<String>,
    party: Option<String>,
    agent: Option<String>,
    behaviour: Option<Behaviour>,
    call: Option<u64>,
    digits: Option<String>,
    seconds: Option<u64>,
}

async fn journal(State(switch): State<SharedSwitch>) -> Response {
    let journal = switch.journal();
    Json(json!({ "journal": journal.entries(), "timeline": journal.to_string() })).into_response()
}

async fn calls(State(switch): State<SharedSwitch>) -> Response {
    let calls: Vec<_> = switch.with(|switch| switch.calls().cloned().collect());
    Json(json!({ "calls": calls })).into_response()
}

/// The body is read as JSON whatever its content type, so that a bare `curl -d` works.
async fn play(State(switch): State<SharedSwitch>, Path(verb): Path<String>, body: Bytes) -> Response {
    let told = if body.is_empty() {
        Ok(Told::default())
    } else {
        serde_json::from_slice(&body)
    };
    let answer = match told {
        Ok(told) => verb_of(&switch, &verb, &told),
        Err(error) => Err(format!("the body is no JSON object with this verb's members: {error}")),
    };
    match answer {
        Ok(value) => Json(value).into_response(),
        Err(message) => (
            StatusCode::BAD_REQUEST,
            Json(json!({ "error": message, "help": "GET /_control" })),
        )
            .into_response(),
    }
}

fn verb_of(switch: &SharedSwitch, verb: &str, told: &Told) -> Result<Value, String> {
    let done = json!({ "ok": true });
    match verb {
        "place_call" => {
            let from = told.from.as_deref().ok_or("\"from\" is missing: an outside number")?;
            let to = party(switch, told.to.as_deref(), "to")?;
            let call = switch.place_call(from, &to).map_err(refused)?;
            Ok(json!({ "ok": true, "call": call.number() }))
        }
        "answer" => on_ringing(switch, told, |party, call| switch.answer(party, call)).map(|()| done),
        "reject" => on_ringing(switch, told, |party, call| switch.reject(party, call)).map(|()| done),
        "no_answer" => {
            let party = party(switch, told.party.as_deref(), "party")?;
            switch.no_answer(&party).map_err(refused).map(|()| done)
        }
        "hang_up" => {
            let party = party(switch, told.party.as_deref(), "party")?;
            let calls = switch.calls_of(&party);
            let call = calls.last().ok_or("that party is on no call")?;
            switch.hang_up(&party, call.id).map_err(refused).map(|()| done)
        }
        "behave" => {
            let party = party(switch, told.party.as_deref(), "party")?;
            let behaviour = told.behaviour.ok_or("\"behaviour\" is missing")?;
            switch.set_behaviour(&party, behaviour).map_err(refused).map(|()| done)
        }
        "sign_in" => {
            let agent = told.agent.as_deref().ok_or("\"agent\" is missing: an agent's id")?;
            switch
                .sign_in(agent)
                .and_then(|()| switch.set_ready(agent))
                .map_err(refused)
                .map(|()| done)
        }
        "ivr_finished" => switch.ivr_finished(call(told)?).map_err(refused).map(|()| done),
        "customer_digits" => {
            let digits = told.digits.as_deref().ok_or("\"digits\" is missing")?;
            let reached = switch.customer_digits(call(told)?, digits).map_err(refused)?;
            Ok(json!({ "ok": true, "reached": reached }))
        }
        "advance" => {
            switch.advance(Duration::from_secs(told.seconds.ok_or("\"seconds\" is missing")?));
            Ok(done)
        }
        other => Err(format!("there is no verb \"{other}\"")),
    }
}

fn on_ringing(
    switch: &SharedSwitch,
    told: &Told,
    act: impl FnOnce(&Party, SwitchCallId) -> Result<(), Refusal>,
) -> Result<(), String> {
    let party = party(switch, told.party.as_deref(), "party")?;
    let call = switch.ringing_at(&party).ok_or("nothing rings there")?;
    act(&party, call).map_err(refused)
}

fn party(switch: &SharedSwitch, name: Option<&str>, member: &str) -> Result<Party, String> {
    let name = name.ok_or_else(|| format!("\"{member}\" is missing: a number or an agent's id"))?;
    let agent = switch.with(|switch| switch.agent(name).map(|agent| Party::agent(&agent.id)));
    agent
        .or_else(|| switch.resolve(name))
        .ok_or_else(|| format!("\"{member}\" names nobody on this switch"))
}

fn call(told: &Told) -> Result<SwitchCallId, String> {
    told.call
        .map(SwitchCallId::new)
        .ok_or_else(|| "\"call\" is missing: a number as place_call answers it".to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "used as the function of `map_err`")]
fn refused(refusal: Refusal) -> String {
    format!("the switch refuses: {refusal:?}")
}
