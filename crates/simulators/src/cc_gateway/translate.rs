//! From what happened at the switch to the events of the agents concerned, in the order of sections 5 to 7 and 17.
//! Here: which entry means what, and how calls begin; the rest in `reaching`, `legs`, `moving`, `leaving` and `states`.

use callcontrol_testkit::switch::{Direction, LegState, Party, SwitchCallId, SwitchEvent};
use serde_json::Value;

use super::choices::ForwardingCallId;
use super::event::{CallFacts, Event};
use super::ledger::{CallView, Kind, native};
use super::options::CcGatewayOptions;
use super::session::Session;
use super::state::{Origin, State};

/// Turns one journal entry into events.
pub(super) struct Translator<'a> {
    pub(super) state: &'a mut State,
    pub(super) options: &'a CcGatewayOptions,
    /// The request that caused the entry, if one did.
    pub(super) origin: Option<Origin>,
    pub(super) seq: u64,
    pub(super) now: u64,
}

/// The agent for whom the platform has to answer this call.
pub(super) fn followups(state: &State, what: &SwitchEvent, seq: u64) -> Option<(String, SwitchCallId)> {
    let SwitchEvent::Alerting { call, target, .. } = what else {
        return None;
    };
    let agent = target.as_agent()?;
    let session = state.sessions.get(agent)?;
    let answers = session.settings.auto_answer && !session.over && seq >= session.from_seq;
    answers.then(|| (agent.to_owned(), *call))
}

impl<'a> Translator<'a> {
    pub(super) fn new(
        state: &'a mut State,
        options: &'a CcGatewayOptions,
        origin: Option<Origin>,
        seq: u64,
        now: u64,
    ) -> Self {
        Self {
            state,
            options,
            origin,
            seq,
            now,
        }
    }

    /// `dialled` is the number of whoever a new call is meant for.
    pub(super) fn translate(&mut self, what: &SwitchEvent, dialled: Option<String>) {
        match what {
            SwitchEvent::CallStarted {
                call,
                originator,
                to,
                direction,
                parent,
            } => {
                self.started(*call, originator, to, *direction, *parent, dialled);
            }
            SwitchEvent::Queued { call, queue } | SwitchEvent::CallOffered { call, queue, .. } => {
                self.in_queue(*call, queue);
            }
            SwitchEvent::Requeued { call, to, .. } => self.in_queue(*call, to),
            SwitchEvent::Alerting {
                call,
                originator,
                target,
            } => self.alerting(*call, originator, target),
            SwitchEvent::Answered { call, party } => self.answered(*call, party),
            SwitchEvent::PartyJoined { call, party } => self.joined(*call, party),
            SwitchEvent::PartyLeft {
                call,
                party,
                was,
                cause,
            } => self.party_left(*call, party, *was, *cause),
            SwitchEvent::CallEnded { call, .. } => drop(self.state.ledger.close(*call)),
            SwitchEvent::Merged { from, into } => self.merged(*from, *into),
            SwitchEvent::Held { call, by } => self.held(*call, by),
            SwitchEvent::Retrieved { call, by } => self.retrieved(*call, by),
            SwitchEvent::DialFailed { call, by, cause, .. } => self.dial_failed(*call, by, *cause),
            SwitchEvent::TransferStarted { call, by, to, kind } => self.transfer_started(*call, by, to, *kind),
            SwitchEvent::TransferSucceeded { call, by, to, kind } => self.transfer_succeeded(*call, by, to, *kind),
            SwitchEvent::TransferFailed {
                call,
                by,
                to,
                kind,
                cause,
            } => {
                self.transfer_failed(*call, by, to, *kind, *cause);
            }
            SwitchEvent::ConsultStarted { consult, style, .. } => self.consult_started(*consult, *style),
            SwitchEvent::ConsultFailed { consult, by, cause, .. } => self.consult_failed(*consult, by, *cause),
            SwitchEvent::ConsultCancelled { consult, original, by } => self.consult_cancelled(*consult, *original, by),
            SwitchEvent::DataChanged { call, opaque, .. } => {
                if let Some(call) = self.state.ledger.call_mut(*call) {
                    call.data = opaque.clone().unwrap_or_default();
                }
            }
            SwitchEvent::Conferenced { call, .. } => self.conferenced(*call),
            SwitchEvent::SentToIvr { call, ivr, waiting } => self.sent_to_ivr(*call, ivr, waiting.as_deref()),
            SwitchEvent::ReturnedFromIvr { call, agent, .. } => self.returned_from_ivr(*call, agent),
            SwitchEvent::SupervisionStarted { by, mode, .. } => self.supervision_started(by, *mode),
            SwitchEvent::SupervisionEnded { by, cause, .. } => self.supervision_ended(by, *cause),
            SwitchEvent::AgentStateChanged { agent, from, to } => self.state_changed(agent, from, to),
            SwitchEvent::AgentEngaged { agent } => self.engaged(agent),
            SwitchEvent::AgentFreed { agent, state } => self.freed(agent, state),
            // The rest has no event of its own: Moved and the endings of consults are told by what they do to the
            // legs, tones and muting by nothing at all.
            _ => {}
        }
    }

    /// Queues an event for an agent, if there is a session that was there at the time.
    pub(super) fn tell(&mut self, agent: &str, kind: &'static str, content: Value) {
        let concerned = |session: &Session| self.seq >= session.from_seq;
        if self.state.sessions.get(agent).is_some_and(concerned) {
            self.state
                .queue(agent, Event::new(kind, content, self.now), self.options);
        }
    }

    fn started(
        &mut self,
        id: SwitchCallId,
        originator: &Party,
        to: &Party,
        direction: Direction,
        parent: Option<SwitchCallId>,
        dialled: Option<String>,
    ) {
        let forwards = self.origin == Some(Origin::Forwarding);
        let kind = match parent {
            Some(original) if forwards => Kind::Forwarding {
                original,
                three_way: false,
            },
            Some(original) => Kind::Help {
                original,
                three_way: false,
            },
            None => Kind::Plain,
        };
        let about = parent.and_then(|parent| self.state.ledger.call(parent));
        let feature = match (direction, about) {
            (Direction::Consult, Some(original)) if forwards => original.feature,
            (Direction::Inbound, _) => 0,
            (Direction::Outbound, _) => match self.origin {
                Some(Origin::CallOut { feature, .. }) => feature,
                _ => 7,
            },
            (Direction::Internal, _) => 6,
            (Direction::Consult, _) => 51,
        };
        let shared = about.filter(|_| forwards && self.options.forwarding_call_id == ForwardingCallId::Customers);
        let shared = shared
            .and_then(|original| original.leg(originator))
            .map(|leg| leg.callid.clone());
        let data = about.map(|original| original.data.clone()).unwrap_or_default();
        let mut call = CallView::new(id, kind, feature, self.now);
        call.data = data;
        call.caller = self.displayed(originator);
        // Agents go by their id among themselves, and by their number to the outside.
        call.called = match (direction, dialled) {
            (Direction::Inbound, Some(number)) => number,
            _ => to.name().to_owned(),
        };
        let callid = shared.unwrap_or_else(|| native(id, 0, self.options.epoch));
        call.seat(originator, LegState::Dialing, callid.clone());
        self.state.ledger.open(call);
        self.linked_call_out(originator, to, direction, &callid);
        if let (Some(agent), None) = (originator.as_agent(), parent) {
            self.lift_phone(agent);
        }
    }

    fn displayed(&self, originator: &Party) -> String {
        match &self.origin {
            Some(Origin::CallOut {
                caller: Some(caller), ..
            }) => caller.clone(),
            _ => originator.name().to_owned(),
        }
    }

    fn in_queue(&mut self, id: SwitchCallId, queue: &str) {
        if let Some(call) = self.state.ledger.call_mut(id) {
            call.skill = Some(queue.to_owned());
        }
    }
}

pub(super) fn facts<'a>(call: &'a CallView, callid: &'a str) -> CallFacts<'a> {
    CallFacts {
        callid,
        caller: &call.caller,
        called: &call.called,
        feature: call.feature,
        assistant: call.is_assistant(),
    }
}
