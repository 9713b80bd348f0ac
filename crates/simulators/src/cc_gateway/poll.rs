//! The long poll for one agent's events: one event an answer, in order, consumed when delivered (section 5.1).

use std::pin::pin;
use std::sync::Arc;

use axum::response::Response;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::answer::{Fault, envelope, json_response, set_guid};
use super::ask::Ask;
use super::choices::{EmptyPoll, EventMethod, SecondPoll};
use super::clock::at;
use super::event::Event;
use super::gateway::Gateway;
use super::options::CcGatewayOptions;

/// Answers with the next event, or with nothing when the wait is over.
pub(super) async fn poll(gateway: Arc<Gateway>, ask: &Ask) -> Response {
    let options = gateway.options();
    let turn = match Turn::take(&gateway, ask, &options) {
        Ok(turn) => turn,
        Err(fault) => return fault.response(),
    };
    let mut over = pin!(tokio::time::sleep(options.poll_wait));
    let found = loop {
        let wake = turn.wake.clone();
        let mut woken = pin!(wake.notified());
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
            () = at(turn.alarm()) => gateway.sweep(),
        }
    };
    match found {
        Ok(event) => turn.answer(event.as_ref(), &gateway.options()),
        Err(fault) => fault.response(),
    }
}

/// The answer of a poll that found nothing (5.1).
pub(super) fn nothing(options: &CcGatewayOptions) -> Response {
    match options.empty_poll {
        // No `event` member at all: one client compares the whole text.
        EmptyPoll::Absent => envelope("", "0", None),
        EmptyPoll::Null => json_response(r#"{"message":"","retcode":"0","event":null}"#.into()),
        EmptyPoll::EmptyArray => json_response(r#"{"message":"","retcode":"0","event":[]}"#.into()),
        EmptyPoll::EmptyBody => json_response(String::new()),
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
        if session.settings.push.is_some() || options.event_method == EventMethod::All {
            return Err(WRONG_WAY);
        }
        if session.polls > 0 && options.second_poll == SecondPoll::Refused {
            return Err(Fault::Code("000-007"));
        }
        session.polls += 1;
        session.last_seen = Instant::now();
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

    /// When there may be an event that nobody causes.
    fn alarm(&self) -> Option<Instant> {
        self.gateway.state().sessions.get(&self.agent)?.rest_until
    }

    fn answer(&self, event: Option<&Event>, options: &CcGatewayOptions) -> Response {
        let mut response = match event {
            Some(event) => json_response(event.poll_answer(&self.agent, options)),
            None => nothing(options),
        };
        let renewed = self.gateway.state().renewed_guid(&self.agent, self.serial, options);
        if let Some(guid) = renewed {
            set_guid(&mut response, &guid);
        }
        response
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.gateway.state();
        let session = state.sessions.get_mut(&self.agent);
        if let Some(session) = session.filter(|session| session.serial == self.serial) {
            session.polls = session.polls.saturating_sub(1);
            session.last_seen = Instant::now();
        }
    }
}

/// The way of fetching events does not fit the mode (5.1).
pub(super) const WRONG_WAY: Fault = Fault::Code("000-001");
