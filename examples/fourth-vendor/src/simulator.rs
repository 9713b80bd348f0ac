//! A Tinbell exchange over the model switch: an axum router, called in process by the tests and served on a socket by the demo.
//! It shares nothing with the adapter, so that the two can prove each other.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use callcontrol_testkit::switch::{
    AgentState, Call, Cause, ConsultRequest, LegState, Party, Refusal, Reply, SharedSwitch, Switch, SwitchCallId,
    SwitchEvent, TransferKind,
};
use serde_json::{Value, json};
use tokio::sync::watch;

/// The simulated exchange; clones are handles on the same one. The password of every agent is [`PASSWORD`].
#[derive(Clone)]
pub struct TinbellSimulator(Arc<Exchange>);

/// The password of every agent.
pub const PASSWORD: &str = "tinbell-secret";

struct Exchange {
    switch: SharedSwitch,
    state: Mutex<Desks>,
    news: watch::Sender<u64>,
}

#[derive(Default)]
struct Desks {
    last: u64,
    /// By token.
    desks: BTreeMap<String, Desk>,
    /// Orders that wait for their end.
    orders: Vec<Order>,
}

struct Desk {
    session: String,
    agent: String,
    over: Option<&'static str>,
    events: Vec<Value>,
    shown: BTreeMap<SwitchCallId, Value>,
}

#[derive(Clone)]
struct Order {
    token: String,
    tag: String,
    call: SwitchCallId,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Dial,
    Transfer,
    Consult,
}

impl TinbellSimulator {
    /// An exchange in front of this switch.
    #[must_use]
    pub fn new(switch: SharedSwitch) -> Self {
        let exchange = Arc::new(Exchange {
            switch: switch.clone(),
            state: Mutex::default(),
            news: watch::Sender::new(0),
        });
        let listener = Arc::downgrade(&exchange);
        switch.on_event(Box::new(move |entry| {
            if let Some(exchange) = listener.upgrade() {
                exchange.heard(&entry.what);
            }
        }));
        Self(exchange)
    }

    /// The switch behind it.
    #[must_use]
    pub fn switch(&self) -> &SharedSwitch {
        &self.0.switch
    }

    /// All operations.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/sessions", post(sign_in))
            .route("/v1/sessions/{session}", delete(sign_out))
            .route("/v1/sessions/{session}/ready", post(ready))
            .route("/v1/sessions/{session}/not-ready", post(not_ready))
            .route("/v1/sessions/{session}/dial", post(dial))
            .route("/v1/sessions/{session}/events", get(events))
            .route("/v1/sessions/{session}/calls", get(calls))
            .route("/v1/calls/{call}/{verb}", post(verb))
            .with_state(Arc::clone(&self.0))
    }
}

impl fmt::Debug for TinbellSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TinbellSimulator")
    }
}

type Pbx = State<Arc<Exchange>>;
type Answer = Result<Json<Value>, Refused>;

struct Refused(StatusCode, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchCall(_) | Refusal::NotInCall { .. } => Self(StatusCode::NOT_FOUND, "no-such-call"),
            Refusal::NoSuchParty(_) | Refusal::UnknownDestination(_) => Self(StatusCode::NOT_FOUND, "no-such-party"),
            Refusal::Busy(_) | Refusal::OutOfService(_) | Refusal::Rejected(_) => Self(StatusCode::CONFLICT, "busy"),
            Refusal::NotSignedIn(_) => Self(StatusCode::UNAUTHORIZED, "expired"),
            Refusal::Invalid(_) => Self(StatusCode::UNPROCESSABLE_ENTITY, "bad-request"),
            _ => Self(StatusCode::CONFLICT, "wrong-state"),
        }
    }
}

async fn sign_in(State(pbx): Pbx, Json(body): Json<Value>) -> Answer {
    let agent = text(&body, "user")?.to_owned();
    if body["password"] != PASSWORD {
        return Err(Refused(StatusCode::UNAUTHORIZED, "bad-password"));
    }
    let forced = body["force"] == true;
    let signed_in = if forced {
        pbx.switch.force_sign_in(&agent)
    } else {
        pbx.switch.sign_in(&agent)
    };
    signed_in.map_err(|_| Refused(StatusCode::CONFLICT, "signed-in"))?;
    let (session, token) = {
        let mut desks = pbx.lock();
        desks.last += 1;
        let (session, token) = (format!("s-{}", desks.last), format!("tinbell-token-{}", desks.last));
        let desk = Desk {
            session: session.clone(),
            agent: agent.clone(),
            over: None,
            events: Vec::new(),
            shown: BTreeMap::new(),
        };
        desks.desks.insert(token.clone(), desk);
        (session, token)
    };
    if body["ready"] == true {
        pbx.switch.set_ready(&agent)?;
    }
    Ok(Json(json!({ "session": session, "token": token })))
}

async fn sign_out(State(pbx): Pbx, headers: HeaderMap, Query(query): Query<BTreeMap<String, String>>) -> Answer {
    let (token, agent) = pbx.admit(&headers)?;
    // Over first, so that the switch's word of the sign-out does not count as somebody else's deed.
    pbx.end(&token, "expired");
    let forced = query.contains_key("force");
    let out = if forced {
        pbx.switch.force_sign_out(&agent)
    } else {
        pbx.switch.sign_out(&agent)
    };
    if let Err(refusal) = out {
        if let Some(desk) = pbx.lock().desks.get_mut(&token) {
            desk.over = None;
        }
        return Err(refusal.into());
    }
    Ok(Json(json!({})))
}

async fn ready(State(pbx): Pbx, headers: HeaderMap) -> Answer {
    let (_, agent) = pbx.admit(&headers)?;
    pbx.switch.set_ready(&agent)?;
    Ok(Json(json!({})))
}

async fn not_ready(State(pbx): Pbx, headers: HeaderMap) -> Answer {
    let (_, agent) = pbx.admit(&headers)?;
    pbx.switch.set_agent_state(&agent, AgentState::Busy { reason: None })?;
    Ok(Json(json!({})))
}

/// Holds the request until there is an event, at most 20 seconds.
async fn events(State(pbx): Pbx, headers: HeaderMap, Query(query): Query<BTreeMap<String, String>>) -> Answer {
    let after = query.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let (token, _) = pbx.admit(&headers)?;
    let mut news = pbx.news.subscribe();
    let fresh = async {
        loop {
            pbx.admit(&headers)?;
            let fresh = pbx.after(&token, after);
            if !fresh.is_empty() || news.changed().await.is_err() {
                return Ok::<_, Refused>(fresh);
            }
        }
    };
    let fresh = tokio::time::timeout(Duration::from_secs(20), fresh)
        .await
        .unwrap_or(Ok(Vec::new()))?;
    Ok(Json(json!({ "events": fresh })))
}

async fn calls(State(pbx): Pbx, headers: HeaderMap) -> Answer {
    let (token, agent) = pbx.admit(&headers)?;
    let calls = pbx.switch.calls_of(&Party::agent(&agent));
    let calls: Vec<Value> = calls.iter().filter_map(|call| shown(call, &agent)).collect();
    let ready = pbx.switch.with(|switch| {
        switch
            .agent(&agent)
            .is_some_and(|agent| agent.state == AgentState::Ready)
    });
    let n = pbx.lock().desks.get(&token).map_or(0, |desk| desk.events.len());
    Ok(Json(json!({ "n": n, "ready": ready, "calls": calls })))
}

async fn dial(State(pbx): Pbx, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let (token, agent) = pbx.admit(&headers)?;
    let to = pbx.party(text(&body, "to")?)?;
    let call = pbx.ordered(&token, &body, What::Dial, None, |switch| switch.dial(&agent, &to))?;
    pbx.data(call, &body)?;
    Ok(Json(json!({ "call": call.number().to_string() })))
}

async fn verb(
    State(pbx): Pbx,
    headers: HeaderMap,
    Path((call, verb)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Answer {
    let (token, agent) = pbx.admit(&headers)?;
    let call = call
        .parse()
        .map(SwitchCallId::new)
        .map_err(|_| Refused(StatusCode::NOT_FOUND, "no-such-call"))?;
    let switch = &pbx.switch;
    let consult = || {
        let found = switch.with(|switch| switch.consult_about(&Party::agent(&agent), call));
        found.ok_or(Refused(StatusCode::CONFLICT, "wrong-state"))
    };
    match verb.as_str() {
        "answer" => switch.answer(&Party::agent(&agent), call)?,
        "hold" => switch.hold(&agent, call)?,
        "retrieve" => switch.retrieve(&agent, call)?,
        "hangup" => switch.hang_up(&Party::agent(&agent), call)?,
        "tones" => switch.send_dtmf(&agent, call, text(&body, "digits")?)?,
        "data" => pbx.data(call, &body)?,
        "complete" => switch.consult_complete(&agent, consult()?)?,
        "cancel" => switch.consult_cancel(&agent, consult()?, true)?,
        "transfer" => {
            let to = pbx.party(text(&body, "to")?)?;
            pbx.ordered(&token, &body, What::Transfer, Some(call), |switch| {
                if body["when"] == "answered" {
                    switch.transfer_release_after(&agent, call, &to)?;
                } else {
                    switch.transfer_blind(&agent, call, &to)?;
                }
                Ok(call)
            })?;
            pbx.data(call, &body)?;
        }
        "consult" => {
            let to = pbx.party(text(&body, "to")?)?;
            let how = ConsultRequest::private().with_auto_retrieve();
            let consult = pbx.ordered(&token, &body, What::Consult, Some(call), |switch| {
                switch.consult(&agent, call, &to, how)
            })?;
            pbx.data(consult, &body)?;
        }
        _ => return Err(Refused(StatusCode::NOT_FOUND, "bad-request")),
    }
    Ok(Json(json!({})))
}

fn text<'v>(body: &'v Value, key: &str) -> Result<&'v str, Refused> {
    body[key]
        .as_str()
        .ok_or(Refused(StatusCode::UNPROCESSABLE_ENTITY, "bad-request"))
}

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, Desks> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Token and agent of a request.
    fn admit(&self, headers: &HeaderMap) -> Result<(String, String), Refused> {
        let token = headers
            .get("x-token")
            .and_then(|token| token.to_str().ok())
            .unwrap_or_default();
        let desks = self.lock();
        match desks.desks.get(token) {
            None => Err(Refused(StatusCode::UNAUTHORIZED, "expired")),
            Some(Desk {
                over: Some("displaced"),
                ..
            }) => Err(Refused(StatusCode::GONE, "displaced")),
            Some(Desk { over: Some(_), .. }) => Err(Refused(StatusCode::UNAUTHORIZED, "expired")),
            Some(desk) => Ok((token.to_owned(), desk.agent.clone())),
        }
    }

    fn end(&self, token: &str, why: &'static str) {
        if let Some(desk) = self.lock().desks.get_mut(token) {
            desk.over = Some(why);
        }
        self.news.send_modify(|news| *news += 1);
    }

    fn after(&self, token: &str, after: usize) -> Vec<Value> {
        let desks = self.lock();
        let events = desks
            .desks
            .get(token)
            .map(|desk| desk.events.as_slice())
            .unwrap_or_default();
        events.get(after..).unwrap_or_default().to_vec()
    }

    fn party(&self, address: &str) -> Result<Party, Refused> {
        let unknown = || Refused(StatusCode::NOT_FOUND, "no-such-party");
        let (kind, name) = address.split_once(':').ok_or_else(unknown)?;
        let found = self.switch.with(|switch| match kind {
            "agent" => switch.agent(name).map(|agent| Party::agent(&agent.id)),
            "queue" => switch.queue(name).map(|queue| Party::queue(&queue.id)),
            "flow" => switch.ivr(name).map(|ivr| Party::ivr(&ivr.code)),
            "tel" => switch.outside(name),
            _ => None,
        });
        found.ok_or_else(unknown)
    }

    fn data(&self, call: SwitchCallId, body: &Value) -> Reply {
        let Some(set) = body["set"].as_object().filter(|set| !set.is_empty()) else {
            return Ok(());
        };
        let pairs = set
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
        self.switch.set_data(call, pairs)
    }

    /// Notes the order before it is played, because its end may be part of the play.
    fn ordered(
        &self,
        token: &str,
        body: &Value,
        what: What,
        call: Option<SwitchCallId>,
        play: impl FnOnce(&mut Switch) -> Reply<SwitchCallId>,
    ) -> Reply<SwitchCallId> {
        let order = |call| Order {
            token: token.to_owned(),
            tag: body["tag"].as_str().unwrap_or_default().to_owned(),
            call,
            what,
        };
        self.switch.with(|switch| {
            if let Some(call) = call {
                self.lock().orders.push(order(call));
            }
            let played = play(switch);
            match (&played, call) {
                (Ok(new), None) => self.lock().orders.push(order(*new)),
                (Err(_), Some(_)) => drop(self.lock().orders.pop()),
                _ => {}
            }
            played
        })
    }

    fn heard(&self, fact: &SwitchEvent) {
        match fact {
            SwitchEvent::SignedOut { agent, cause } => {
                let why = if *cause == Cause::Displaced {
                    "displaced"
                } else {
                    "expired"
                };
                let tokens: Vec<String> = self.lock().tokens_of(agent);
                tokens.iter().for_each(|token| self.end(token, why));
            }
            SwitchEvent::AgentStateChanged { agent, to, .. } => {
                let event = json!({ "type": "state", "ready": *to == AgentState::Ready });
                let mut desks = self.lock();
                for token in desks.tokens_of(agent) {
                    desks.tell(&token, event.clone());
                }
            }
            fact => {
                let reason = match fact {
                    SwitchEvent::PartyLeft { cause, .. } | SwitchEvent::CallEnded { cause, .. } => word(*cause),
                    _ => "normal",
                };
                let calls = match fact {
                    SwitchEvent::Merged { from, into } => vec![*from, *into],
                    fact => fact.call().into_iter().collect(),
                };
                for call in calls {
                    self.show(call, reason);
                }
                self.finish(fact);
            }
        }
        self.news.send_modify(|news| *news += 1);
    }

    /// Tells every desk what has changed about a call.
    fn show(&self, id: SwitchCallId, reason: &str) {
        let call = self.switch.call(id);
        let mut desks = self.lock();
        for (token, desk) in &mut desks.desks {
            let now = call.as_ref().and_then(|call| shown(call, &desk.agent));
            let event = match (now, desk.shown.get(&id)) {
                (Some(now), before) if before == Some(&now) => continue,
                (Some(mut now), _) => {
                    desk.shown.insert(id, now.clone());
                    now["type"] = "call".into();
                    now
                }
                (None, Some(_)) => {
                    desk.shown.remove(&id);
                    json!({ "type": "gone", "call": id.number().to_string(), "reason": reason })
                }
                (None, None) => continue,
            };
            let _ = token;
            desk.tell(event);
        }
    }

    /// Tells who ordered it that an order has come to its end.
    fn finish(&self, fact: &SwitchEvent) {
        let (call, what, failed) = match fact {
            SwitchEvent::Moved {
                call,
                kind: TransferKind::Blind,
                ..
            }
            | SwitchEvent::TransferSucceeded {
                call,
                kind: TransferKind::ReleaseAfter,
                ..
            } => (*call, What::Transfer, None),
            SwitchEvent::TransferFailed { call, cause, .. } => (*call, What::Transfer, Some(*cause)),
            SwitchEvent::ConsultAnswered { original, .. } => (*original, What::Consult, None),
            SwitchEvent::ConsultFailed { original, cause, .. } | SwitchEvent::ConsultEnded { original, cause, .. } => {
                (*original, What::Consult, Some(*cause))
            }
            SwitchEvent::Answered { call, .. } => (*call, What::Dial, None),
            SwitchEvent::DialFailed { call, cause, .. } => (*call, What::Dial, Some(*cause)),
            SwitchEvent::CallEnded { call, cause } => {
                for what in [What::Transfer, What::Consult, What::Dial] {
                    self.finish_one(*call, what, Some(*cause));
                }
                return;
            }
            _ => return,
        };
        self.finish_one(call, what, failed);
    }

    fn finish_one(&self, call: SwitchCallId, what: What, failed: Option<Cause>) {
        let mut desks = self.lock();
        let Some(at) = desks
            .orders
            .iter()
            .position(|order| (order.call, order.what) == (call, what))
        else {
            return;
        };
        let order = desks.orders.remove(at);
        let event = match failed {
            None => json!({ "type": "done", "tag": order.tag }),
            Some(cause) => json!({ "type": "failed", "tag": order.tag, "reason": word(cause) }),
        };
        desks.tell(&order.token, event);
    }
}

impl Desks {
    fn tokens_of(&self, agent: &str) -> Vec<String> {
        let open = self
            .desks
            .iter()
            .filter(|(_, desk)| desk.agent == agent && desk.over.is_none());
        open.map(|(token, _)| token.clone()).collect()
    }

    fn tell(&mut self, token: &str, event: Value) {
        if let Some(desk) = self.desks.get_mut(token) {
            desk.tell(event);
        }
    }
}

impl Desk {
    fn tell(&mut self, mut event: Value) {
        event["n"] = (self.events.len() + 1).into();
        self.events.push(event);
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// The call as this agent's desk shows it; `None` when the agent is not in it.
fn shown(call: &Call, agent: &str) -> Option<Value> {
    let me = Party::agent(agent);
    let state = match call.state_of(&me)? {
        LegState::Alerting => "ringing",
        LegState::Dialing => "dialing",
        LegState::Held => "held",
        _ => "talking",
    };
    let parties: Vec<&str> = call.others(&me).map(|leg| leg.party.name()).collect();
    let consult_for = call
        .consult
        .as_ref()
        .and(call.parent)
        .map(|parent| parent.number().to_string());
    Some(json!({
        "call": call.id.number().to_string(), "state": state, "parties": parties,
        "consult_for": consult_for, "data": call.data,
    }))
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Busy => "busy",
        Cause::NoAnswer => "no-answer",
        Cause::Rejected => "rejected",
        Cause::OutOfService => "out-of-service",
        Cause::CallerHungUp => "caller-hung-up",
        Cause::TargetHungUp => "target-hung-up",
        Cause::AgentHungUp => "agent-hung-up",
        _ => "normal",
    }
}
