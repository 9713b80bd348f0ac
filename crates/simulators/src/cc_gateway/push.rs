//! Push mode: the gateway calls the client, which keeps the session by heartbeats (sections 3.7 and 5.3). Here is what
//! is pushed and when; over TCP it is delivered by `deliver`.

use std::fmt;
use std::pin::pin;

use serde_json::json;
use tokio::time::Instant;

use super::CcGatewaySimulator;
use super::answer::{Answer, Done, Fault};
use super::ask::{Ask, is_token};
use super::choices::PushForm;
use super::clock::at;
use super::gateway::Gateway;

/// A request of the gateway to the client.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Push {
    /// The agent whose events these are.
    pub agent: String,
    /// `callBackUri` or `pushUrl`, as the sign-in gave it.
    pub url: String,
    /// `Content-Type`, `Guid` and, where there is one, `service_token`.
    pub headers: Vec<(String, String)>,
    /// The events, oldest first.
    pub body: String,
}

impl CcGatewaySimulator {
    /// The next push for an agent who signed in with a `callBackUri`, as soon as there are events; the same again until
    /// it is acknowledged by [`pushed`](Self::pushed). `None` when there is no such session, or not any more.
    pub async fn next_push(&self, agent: &str) -> Option<Push> {
        loop {
            let (wake, alarm) = {
                let state = self.gateway.state();
                let session = state
                    .sessions
                    .get(agent)
                    .filter(|session| session.settings.push.is_some())?;
                if session.over && !session.has_pushes() {
                    return None;
                }
                (session.wake.clone(), session.rest_until)
            };
            let mut woken = pin!(wake.notified());
            woken.as_mut().enable();
            if let Some(push) = self.gateway.take_push(agent) {
                return Some(push);
            }
            tokio::select! {
                biased;
                () = &mut woken => {}
                () = at(alarm) => self.gateway.sweep(),
            }
        }
    }

    /// What became of the last push: taken by the client, or not and due again, before anything newer.
    pub fn pushed(&self, agent: &str, taken: bool) {
        self.gateway.pushed(agent, taken);
    }
}

/// `POST onlineagent/{agentid}/handshake`: the heartbeat of push mode. A `service_token` in its header counts from now on.
pub(super) fn handshake(gateway: &Gateway, ask: &Ask) -> Answer {
    let token = ask
        .headers
        .get("service_token")
        .map(|token| token.to_str().unwrap_or_default());
    if token.is_some_and(|token| !is_token(token)) {
        return Err(Fault::Code("100-001"));
    }
    let options = gateway.options();
    let mut state = gateway.state();
    let session = state.sessions.get_mut(&ask.agent).ok_or(Fault::NOT_SIGNED_IN)?;
    let serial = session.serial;
    if let Some(target) = &mut session.settings.push {
        session.last_seen = Instant::now();
        target.token = token.map(str::to_owned).or(target.token.take());
    }
    let guid = state.renewed_guid(&ask.agent, serial, &options);
    Ok(Done::Alive { result: None, guid })
}

/// `PUT onlineagent/{agentid}/heartbeat`, as in 2018 to 2020.
pub(super) fn heartbeat(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let mut state = gateway.state();
    let session = state.sessions.get_mut(&ask.agent).ok_or(Fault::NOT_SIGNED_IN)?;
    if session.settings.push.is_some() {
        session.last_seen = Instant::now();
    }
    let (serial, login_time) = (session.serial, session.login_time);
    let result = Some(json!({ "loginTime": login_time.to_string() }));
    let guid = state.renewed_guid(&ask.agent, serial, &options);
    Ok(Done::Alive { result, guid })
}

impl Gateway {
    pub(super) fn take_push(&self, agent: &str) -> Option<Push> {
        let options = self.options();
        let mut state = self.state();
        let session = state.sessions.get_mut(agent)?;
        let target = session.settings.push.clone()?;
        let most = match target.form {
            PushForm::Batch => options.push_batch,
            PushForm::Envelope => 1,
        };
        let guid = session.guids.latest().unwrap_or_default().to_owned();
        let body = match (target.form, session.begin_push(most)) {
            (_, []) => return None,
            (PushForm::Envelope, [event, ..]) => event.poll_answer(agent, &options),
            (PushForm::Batch, events) => {
                let list: Vec<_> = events.iter().map(|event| event.object(agent, &options)).collect();
                json!({ "workNo": agent, "eventList": list }).to_string()
            }
        };
        let mut headers = vec![
            ("Content-Type".to_owned(), "application/json;charset=UTF-8".to_owned()),
            ("Guid".to_owned(), guid),
        ];
        headers.extend(target.token.map(|token| ("service_token".to_owned(), token)));
        Some(Push {
            agent: agent.to_owned(),
            url: target.url,
            headers,
            body,
        })
    }

    pub(super) fn pushed(&self, agent: &str, taken: bool) {
        let mut state = self.state();
        if let Some(session) = state.sessions.get_mut(agent).filter(|_| taken) {
            session.in_flight.clear();
        }
    }
}

/// Shows whose events it brings, and nothing of them.
impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("agent", &self.agent)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
