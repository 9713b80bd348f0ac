//! The control verbs that a person at `curl` needs, beside the switch's own: begin a session, see all of them, take the next turn.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::OifdeSimulator;
use super::session::{FlowEnd, Medium, NewSession, PublishMode, SessionId};

/// The routes, to be merged beside the vendor's and the switch's own.
pub(super) fn router(simulator: OifdeSimulator) -> Router {
    Router::new()
        .route("/_control/oifde/sessions", get(list).post(begin))
        .route("/_control/oifde/deliver", post(deliver))
        .route("/_control/oifde/help", post(help))
        .route("/_control/oifde/fail_next_transfer", post(fail_next_transfer))
        .route("/_control/oifde/end_flow", post(end_flow))
        .route("/_control/oifde/expire_tokens", post(expire_tokens))
        .with_state(simulator)
}

/// `{"customer": "2065550100", "medium": "text", "mode": "insertion", "agent": "101"}`; only the customer is needed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    customer: String,
    medium: Option<String>,
    mode: Option<String>,
    agent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    session: String,
}

async fn list(State(simulator): State<OifdeSimulator>) -> Response {
    let sessions = simulator.sessions();
    let sessions: Vec<Value> = sessions.iter().map(|session| shown(&simulator, session)).collect();
    Json(json!({ "sessions": sessions })).into_response()
}

async fn begin(State(simulator): State<OifdeSimulator>, body: Bytes) -> Response {
    let begun = read::<Wanted>(&body).and_then(new_session).and_then(|new| {
        let refused = |refusal| format!("the switch refuses: {refusal}");
        simulator.create_session(new).map_err(refused)
    });
    answer(begun.map(|session| shown(&simulator, &session)))
}

async fn deliver(State(simulator): State<OifdeSimulator>, body: Bytes) -> Response {
    answer(read::<Which>(&body).and_then(|Which { session }| {
        let session = SessionId::from(session);
        simulator.deliver(&session).ok_or("no transfer waits in that session")?;
        Ok(shown(&simulator, &session))
    }))
}

async fn help(State(simulator): State<OifdeSimulator>, body: Bytes) -> Response {
    answer(read::<Which>(&body).and_then(|Which { session }| {
        let help = simulator
            .raise_help_request(&session.into())
            .ok_or("no silent agent steers such a session")?;
        Ok(json!({ "nodeId": help.node_id, "nodeIndex": help.node_index }))
    }))
}

async fn fail_next_transfer(State(simulator): State<OifdeSimulator>) -> Response {
    simulator.fail_next_transfer();
    answer(Ok(json!({ "ok": true })))
}

async fn end_flow(State(simulator): State<OifdeSimulator>, body: Bytes) -> Response {
    answer(read::<Which>(&body).and_then(|Which { session }| {
        let session = SessionId::from(session);
        let ended = simulator.end_flow(&session, FlowEnd::Normal);
        let ended = ended.then(|| shown(&simulator, &session));
        ended.ok_or_else(|| "no flow runs in that session".into())
    }))
}

async fn expire_tokens(State(simulator): State<OifdeSimulator>) -> Response {
    simulator.expire_tokens();
    answer(Ok(json!({ "ok": true })))
}

fn shown(simulator: &OifdeSimulator, session: &SessionId) -> Value {
    let transfer = simulator
        .transfer_of(session)
        .map(|report| format!("{:?}", report.stage));
    json!({
        "session": session.as_str(),
        "mode": simulator.mode_of(session).map(|mode| format!("{mode:?}")),
        "call": simulator.call_of(session).map(|call| call.number()),
        "customer_at": simulator.customer_at(session),
        "transfer": transfer,
    })
}

fn new_session(wanted: Wanted) -> Result<NewSession, String> {
    let medium = match wanted.medium.as_deref() {
        None | Some("voice") => Medium::Voice,
        Some("text") => Medium::Text,
        Some(other) => return Err(format!("\"medium\" is voice or text, not \"{other}\"")),
    };
    let mode = match wanted.mode.as_deref() {
        Some("common") => PublishMode::Common,
        None | Some("supervision") => PublishMode::Supervision,
        Some("insertion") => PublishMode::Insertion,
        Some(other) => return Err(format!("\"mode\" is common, supervision or insertion, not \"{other}\"")),
    };
    let new = NewSession::new(wanted.customer).medium(medium).mode(mode);
    Ok(match wanted.agent {
        Some(agent) => new.agent(agent),
        None => new,
    })
}

/// Read as JSON whatever the content type, so that a bare `curl -d` works.
fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body is not what this verb takes: {error}"))
}

fn answer(result: Result<Value, String>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, Json(json!({ "error": message }))).into_response(),
    }
}
