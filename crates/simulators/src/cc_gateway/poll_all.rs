//! The poll for all agents of the gateway at once (section 5.2): anybody's GUID will do, and it is everybody's sign of
//! life.

use std::pin::pin;
use std::sync::Arc;

use axum::response::Response;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::answer::{Fault, envelope, json_response, set_guid};
use super::ask::Ask;
use super::choices::{BatchGuids, EventMethod};
use super::clock::at;
use super::gateway::Gateway;
use super::options::CcGatewayOptions;
use super::poll::nothing;
use super::session::{Credential, Session};

/// Answers with the events of all agents, oldest first, or with nothing when the wait is over.
pub(super) async fn poll_all(gateway: Arc<Gateway>, ask: &Ask) -> Response {
    let options = gateway.options();
    if options.event_method == EventMethod::Single {
        // Word for word as captured.
        return envelope("no right to invite resouce", "000-003", Some("".into()));
    }
    let turn = match Turn::take(&gateway, ask, &options) {
        Ok(turn) => turn,
        Err(fault) => return fault.response(),
    };
    let wake = gateway.state().wake.clone();
    let mut over = pin!(tokio::time::sleep(options.poll_wait));
    let mut waited = false;
    loop {
        let mut woken = pin!(wake.notified());
        woken.as_mut().enable();
        match turn.look(&options) {
            Ok(events) if !events.is_empty() || waited => return turn.answer(&events, &gateway.options()),
            Ok(_) => {}
            Err(fault) => return fault.response(),
        }
        tokio::select! {
            biased;
            () = &mut woken => {}
            () = &mut over => waited = true,
            () = at(turn.alarm()) => gateway.sweep(),
        }
    }
}

/// One poll while it is pending.
struct Turn {
    gateway: Arc<Gateway>,
    /// In whose name.
    agent: String,
    serial: u64,
}

impl Turn {
    fn take(gateway: &Arc<Gateway>, ask: &Ask, options: &CcGatewayOptions) -> Result<Self, Fault> {
        gateway.check_cookie(ask)?;
        let mut state = gateway.state();
        let judged = |session: &Session| session.judge(ask.guid(), options.auth);
        let holder = state
            .sessions
            .iter()
            .find(|(_, session)| judged(session) != Credential::Wrong);
        let (agent, serial) = match holder {
            Some((_, session)) if judged(session) == Credential::Displaced => return Err(options.displaced.into()),
            Some((_, session)) if session.over => return Err(Fault::NOT_SIGNED_IN),
            Some((agent, session)) => (agent.clone(), session.serial),
            None => return Err(options.missing_guid.into()),
        };
        state.polls_for_all += 1;
        see_all(state.sessions.values_mut());
        Ok(Self {
            gateway: gateway.clone(),
            agent,
            serial,
        })
    }

    fn look(&self, options: &CcGatewayOptions) -> Result<Vec<Value>, Fault> {
        let mut state = self.gateway.state();
        let mut events = Vec::new();
        while events.len() < options.batch_size.max(1) {
            let polled = state
                .sessions
                .iter_mut()
                .filter(|(_, session)| session.settings.push.is_none());
            let next = polled.min_by_key(|(_, session)| session.next_order().unwrap_or(u64::MAX));
            let Some((agent, event)) = next.and_then(|(agent, session)| Some((agent, session.next_event()?))) else {
                break;
            };
            events.push(event.object(agent, options));
        }
        let mine = state
            .sessions
            .get(&self.agent)
            .filter(|session| session.serial == self.serial);
        let lives = mine.is_some_and(|session| !session.over);
        // Events of others that were taken are given, whatever became of the one in whose name they were asked for.
        if lives || !events.is_empty() {
            Ok(events)
        } else {
            Err(Fault::NOT_SIGNED_IN)
        }
    }

    fn alarm(&self) -> Option<Instant> {
        let state = self.gateway.state();
        state.sessions.values().filter_map(|session| session.rest_until).min()
    }

    fn answer(&self, events: &[Value], options: &CcGatewayOptions) -> Response {
        let mut response = match events {
            [] => nothing(options),
            events => json_response(json!({ "message": "", "retcode": "0", "event": events }).to_string()),
        };
        let mut state = self.gateway.state();
        if options.batch_guids == BatchGuids::StayValid {
            let others = state.sessions.iter_mut().filter(|(agent, _)| **agent != self.agent);
            others.for_each(|(_, session)| session.guids.touch());
        }
        if let Some(guid) = state.renewed_guid(&self.agent, self.serial, options) {
            set_guid(&mut response, &guid);
        }
        response
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.gateway.state();
        state.polls_for_all = state.polls_for_all.saturating_sub(1);
        see_all(state.sessions.values_mut());
    }
}

fn see_all<'a>(sessions: impl Iterator<Item = &'a mut Session>) {
    let polled = sessions.filter(|session| session.settings.push.is_none());
    polled.for_each(|session| session.last_seen = Instant::now());
}
