//! The commands, a file per group. Each one checks what it can know, then sends one request; nothing in here sends anything twice.

pub(crate) mod agent;
pub(crate) mod conference;
pub(crate) mod configure;
pub(crate) mod consult;
pub(crate) mod dial;
pub(crate) mod join;
pub(crate) mod leg;
pub(crate) mod look_up;
pub(crate) mod media;
pub(crate) mod misc;
pub(crate) mod supervise;
pub(crate) mod take;
pub(crate) mod transfer;

use std::time::Duration;

use callcontrol_core::{
    CallDataPatch, CallId, CallView, CustomerAt, Direction, Effect, Error, ErrorKind, LegState, OpCx, Operation,
    Outcome, Pending, Receipt, Result,
};
use callcontrol_http::Request;

use crate::calls::Watched;
use crate::capabilities::MAX_CALL_DATA;
use crate::consult::{Consult, vendors_id};
use crate::live::Live;
use crate::mapping::state_word;
use crate::outcomes::Aim;
use crate::wire::Envelope;

/// A call as it is known at the moment of a command.
pub(crate) struct Known<'a> {
    pub(crate) call: &'a CallId,
    /// The gateway's id. Both legs of a talk forwarding have the customer's.
    pub(crate) native: String,
    pub(crate) view: CallView,
    /// Where the customer is because somebody is consulted.
    consulted: Option<CustomerAt>,
}

/// The call, if the session knows it.
pub(crate) fn known<'a>(live: &Live, call: &'a CallId) -> Result<Known<'a>> {
    let Some(view) = live.hub.call(&live.id, call) else {
        return Err(Error::not_found(format!(
            "session {} has no call {call} (any more)",
            live.id
        )));
    };
    let native = vendors_id(&view.native).to_owned();
    let consulted = live.calls().consult_on(&native).and_then(Consult::customer_at);
    Ok(Known {
        call,
        native,
        consulted,
        view,
    })
}

impl Known<'_> {
    /// The call in one of these states; an unknown state is given the benefit of the doubt.
    pub(crate) fn must_be(&self, states: &[LegState], to: &str) -> Result<()> {
        let state = self.view.state;
        if state == LegState::Unknown || states.contains(&state) {
            return Ok(());
        }
        Err(Error::invalid_state(format!("a call that is {} cannot be {to}", state_word(state))).on_call(self.call))
    }

    /// Internal calls can be neither held, muted nor transferred (14.1).
    pub(crate) fn must_not_be_internal(&self, to: &str) -> Result<()> {
        if self.view.direction == Direction::Internal {
            return Err(
                Error::invalid_state(format!("an internal call cannot be {to} at this gateway")).on_call(self.call),
            );
        }
        Ok(())
    }

    /// A call with a running consult goes on by the consult's steps only.
    pub(crate) fn must_have_no_consult(&self, live: &Live, to: &str) -> Result<()> {
        match live.calls().consult_on(&self.native) {
            Some(consult) => {
                let message = format!("the call cannot be {to} during a consult; {}", ways_out(consult));
                Err(Error::invalid_state(message).on_call(self.call))
            }
            None => Ok(()),
        }
    }

    /// Where the customer of this call is, by what is known.
    pub(crate) fn customer(&self) -> CustomerAt {
        if let Some(at) = self.consulted {
            return at;
        }
        match self.view.state {
            _ if self.view.conference => CustomerAt::Conference,
            LegState::Talking | LegState::Ringing => CustomerAt::Agent,
            LegState::Held => CustomerAt::AgentHeld,
            LegState::Waiting => CustomerAt::Queue,
            LegState::Suspended => CustomerAt::Ivr,
            _ => CustomerAt::Unknown,
        }
    }
}

/// How a consult that is in the way is ended. Its id is the id of the operation that began it, also where the answer to that was lost.
pub(crate) fn ways_out(consult: &Consult) -> String {
    let op = &consult.op;
    match consult.is_in_doubt() {
        false => format!("complete or cancel the consult {op} first"),
        true => format!(
            "whether the consult {op} goes on is not known: cancel it first, by a handle attached to this call and that id; \
             that the gateway has none to cancel ends the doubt, too"
        ),
    }
}

/// A command on its way.
pub(crate) struct Order<'a> {
    pub(crate) live: &'a Live,
    pub(crate) cx: &'a OpCx,
    pub(crate) operation: Operation,
    pub(crate) call: Option<&'a CallId>,
}

impl Order<'_> {
    /// Sends the request and waits for events that match `aim`, which concerns the gateway's call `native`.
    pub(crate) async fn send(&self, request: Request, aim: Aim, native: Option<&str>) -> Result<(Receipt, Envelope)> {
        let pending = Pending::new(
            self.cx.op.clone(),
            self.operation,
            self.live.id.clone(),
            self.call.cloned(),
        );
        // Before sending: events may overtake the answer.
        let handle = self.live.hub.begin(pending);
        let watched = Watched::new(self.cx.op.clone(), native.map(str::to_owned), aim);
        self.live.calls().watch(watched);
        match self.live.link.command(request).await {
            Ok(answer) => Ok((Receipt::new(handle), answer)),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Sends a request that no event follows; what its acceptance proves is `outcome`.
    pub(crate) async fn send_unheard(&self, request: Request, outcome: Outcome) -> Result<Receipt> {
        let pending = Pending::new(
            self.cx.op.clone(),
            self.operation,
            self.live.id.clone(),
            self.call.cloned(),
        );
        let handle = self.live.hub.begin(pending);
        match self.live.link.command(request).await {
            Ok(_) => {
                self.live.hub.settle(&self.cx.op, outcome);
                Ok(Receipt::new(handle))
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// What provably did nothing is forgotten; whatever else stays open, as an event may still tell.
    fn failed(&self, error: Error) -> Error {
        if error.effect() == Effect::None {
            self.live.calls().unwatch(&self.cx.op);
            self.live.hub.forget(&self.cx.op);
            if self.call.is_some() && contradicts_the_view(&error) {
                self.live.look();
            }
        } else {
            self.live.doubt();
        }
        let error = error.during(self.operation.as_str()).with_op(&self.cx.op);
        match self.call {
            Some(call) => error.on_call(call),
            None => error,
        }
    }

    pub(crate) fn limit(&self) -> Duration {
        self.cx.remaining_or(self.live.config.request_timeout())
    }
}

/// By what was known the command was in order, and the gateway knows better: an event was lost, or is on its way.
fn contradicts_the_view(error: &Error) -> bool {
    error.native().is_some() && matches!(error.kind(), ErrorKind::InvalidState | ErrorKind::NotFound)
}

/// The text that rides on a call, within the gateway's bound. The gateway carries one text: single pairs cannot be taken out of it.
pub(crate) fn call_data(data: &CallDataPatch) -> Result<Option<String>> {
    if !data.remove.is_empty() {
        return Err(Error::unsupported(
            "the gateway carries one text with a call: give all pairs that shall be on it instead of removing some",
        ));
    }
    let text = data.as_text().or_else(|| data.clear.then(String::new));
    match text {
        Some(text) if text.len() > MAX_CALL_DATA => Err(Error::invalid_input(format!(
            "the call data has {} bytes, at most {MAX_CALL_DATA} are allowed",
            text.len()
        ))),
        text => Ok(text),
    }
}
