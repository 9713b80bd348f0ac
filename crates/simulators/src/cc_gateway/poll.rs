//! The long poll for one agent's events: one event an answer, in order, consumed when delivered (section 5.1).

use std::sync::Arc;

use axum::response::Response;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::answer::{Fault, envelope, json_response, set_guid};
use super::ask::Ask;
use super::event::Event;
use super::gateway::Gateway;
use super::options::{CcGatewayOptions, SecondPoll};

/// Answers with the next event, or with nothing when the wait is over.
pub(super) async fn poll(gateway: Arc<Gateway>, ask: &Ask) -> Response {
    let options = gateway.options();
    let turn = match Turn::take(&gateway, ask, &options) {
        Ok(turn) => turn,
        Err(fault) => return fault.response(),
    };
    let over = tokio::time::sleep(options.poll_wait);
    tokio::pin!(over);
    let found = loop {
        let wake = turn.wake.clone();
        let woken = wake.notified();
        tokio::pin!(woken);
        // Listens from here on, so that an event between look and wait is not missed.
        woken.as_mut().enable();
        match turn.look() {
            Ok(None) => {}
            Ok(Some(event)) => break Ok(Some(event)),
            Err(fault) => break Err(fault),
        }
        tokio::select! {
            biased;
            () = &mut woken => {}
            () = &mut over => break turn.look(),
        }
    };
    match found {
        Ok(event) => turn.answer(event.as_ref(), &gateway.options()),
        Err(fault) => fault.response(),
    }
}

/// One poll while it is pending.
struct Turn {
    gateway: Arc<Gateway>,
    agent: String,
    serial: u64,
    wake: Arc<Notify>,
}

impl Turn {
    fn take(gateway: &Arc<Gateway>, ask: &Ask, options: &CcGatewayOptions) -> Result<Self, Fault> {
        let serial = gateway.check(ask)?;
        let mut state = gateway.state();
        let session = state.sessions.get_mut(&ask.agent).ok_or(Fault::NOT_SIGNED_IN)?;
        if session.settings.push {
            return Err(Fault::Code("000-001"));
        }
        if session.polls > 0 && options.second_poll == SecondPoll::Refused {
            return Err(Fault::Code("000-007"));
        }
        session.polls += 1;
        session.last_poll = Instant::now();
        Ok(Self {
            gateway: gateway.clone(),
            agent: ask.agent.clone(),
            serial,
            wake: session.wake.clone(),
        })
    }

    fn look(&self) -> Result<Option<Event>, Fault> {
        let displaced = self.gateway.options().displaced;
        let mut state = self.gateway.state();
        let session = state.sessions.get_mut(&self.agent).ok_or(Fault::NOT_SIGNED_IN)?;
        if session.serial != self.serial {
            return Err(displaced.into());
        }
        match session.next_event() {
            Some(event) => Ok(Some(event)),
            None if session.over => Err(Fault::NOT_SIGNED_IN),
            None => Ok(None),
        }
    }

    fn answer(&self, event: Option<&Event>, options: &CcGatewayOptions) -> Response {
        let mut response = match event {
            Some(event) => json_response(event.poll_answer(&self.agent, options)),
            // No `event` member at all: one client compares the whole text (5.1).
            None => envelope("", "0", None),
        };
        if let Some(guid) = self.renewed_guid(options) {
            set_guid(&mut response, &guid);
        }
        response
    }

    /// A new GUID, in the answer during which it changes and in no other (3.2).
    fn renewed_guid(&self, options: &CcGatewayOptions) -> Option<String> {
        let mut state = self.gateway.state();
        let mine = |serial| serial == self.serial;
        let due = state
            .sessions
            .get(&self.agent)
            .is_some_and(|session| mine(session.serial) && !session.over && session.rotation_due(options));
        if !due {
            return None;
        }
        let guid = state.new_guid(options);
        state.sessions.get_mut(&self.agent)?.renew_guid(guid.clone());
        Some(guid)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.gateway.state();
        let session = state.sessions.get_mut(&self.agent);
        if let Some(session) = session.filter(|session| session.serial == self.serial) {
            session.polls = session.polls.saturating_sub(1);
            session.last_poll = Instant::now();
        }
    }
}
