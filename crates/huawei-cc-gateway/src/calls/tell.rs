//! What readers are told of an event: its kind, its call, and the details that it shows.

use callcontrol_core::{
    CallId, CallView, Cause, Direction, Draft, EventKind, LegState, OpId, Outcome, Party, Provenance, RawMessage,
    ViewPatch,
};

use super::Calls;
use crate::consult::{Consult, same};
use crate::mapping::{self, Attempt};
use crate::outcomes::Aim;
use crate::wire::{Heard, Leg, WireEvent};

impl Calls {
    /// Publishes one event.
    pub(super) fn tell(
        &self,
        event: &WireEvent,
        raw: RawMessage,
        op: Option<OpId>,
        cause: Cause,
        settled: &[(OpId, Outcome)],
    ) {
        let native = match event.heard.call() {
            Some(native) => Some(native.to_owned()),
            None if matches!(event.heard, Heard::Recording(_) | Heard::Playback(_)) => self.only_call(),
            None => op.as_ref().and_then(|op| self.call_of(op)),
        };
        let attempt = self.attempt(native.as_deref(), op.as_ref());
        let cause = told_cause(&event.heard, cause, settled);
        let kind = match self.is_answer_of_third_leg(&event.heard) {
            true => EventKind::Established,
            false => mapping::kind(&event.heard, &event.name, attempt, cause.clone()),
        };
        let mut draft = Draft::new(self.session.clone(), kind).op(op).raw(Some(raw));
        let failed_consult = self.failed_consult(&event.heard);
        // A failed help is news of the customer's call; its own call ends with it.
        let subject = failed_consult.map(|consult| consult.customer.clone()).or(native);
        if let Some(native) = subject {
            let call = self.hub.call_id(&native);
            let patch = self.patch(&event.heard, &call, attempt);
            draft = draft.patch(patch).call(call, native);
        }
        self.hub.publish(draft);
        if let Some(leg) = failed_consult.and_then(|consult| consult.leg.as_deref()) {
            self.end_leg(leg, cause);
        }
    }

    /// Releases differ in what they call the answer of a talk forwarding (7); nobody but the agent hears the third party.
    fn is_answer_of_third_leg(&self, heard: &Heard) -> bool {
        let Heard::Conference { call, .. } = heard else {
            return false;
        };
        let answers = |consult: &Consult| consult.is_forwarding() && consult.leg.as_deref() == Some(call);
        self.consult_on(call).is_some_and(answers)
    }

    pub(super) fn end_leg(&self, leg: &str, cause: Cause) {
        let call = self.hub.call_id(leg);
        if self.hub.call(&self.session, &call).is_some() {
            let draft = Draft::new(self.session.clone(), EventKind::Released { cause }).call(call, leg);
            self.hub.publish(draft.provenance(Provenance::Derived));
        }
    }

    fn failed_consult(&self, heard: &Heard) -> Option<&Consult> {
        match heard {
            Heard::ConsultFailed(call)
            | Heard::ConnectFailed(call)
            | Heard::CallOutFailed(call)
            | Heard::InsideCallFailed(call) => self.consults.iter().find(|consult| consult.concerns(call)),
            _ => None,
        }
    }

    fn call_of(&self, op: &OpId) -> Option<String> {
        self.watched.iter().find(|watched| watched.op == *op)?.call.clone()
    }

    fn attempt(&self, native: Option<&str>, op: Option<&OpId>) -> Attempt {
        let aim = op.and_then(|op| self.aim(op));
        match aim {
            Some(Aim::Dial) => Attempt::Dial,
            Some(Aim::Answer) => Attempt::Answer,
            Some(Aim::Take) => Attempt::Take,
            Some(Aim::Consult | Aim::Complete(_) | Aim::Cancel(_)) => Attempt::Consult,
            Some(aim) if aim.is_transfer() => Attempt::Transfer,
            _ => {
                let view = native.and_then(|native| self.view(native));
                match view.map(|view| view.state) {
                    Some(LegState::Dialing) => Attempt::Dial,
                    _ => Attempt::Unknown,
                }
            }
        }
    }

    /// The details that an event tells of its call.
    fn patch(&self, heard: &Heard, call: &CallId, attempt: Attempt) -> ViewPatch {
        let view = self.hub.call(&self.session, call);
        match heard {
            Heard::Ringing(leg) => self.leg_patch(leg),
            Heard::Talking(leg) => ViewPatch {
                conference: Some(false),
                ..self.leg_patch(leg)
            },
            Heard::PhoneAlerting { caller, .. } if attempt == Attempt::Take => ViewPatch {
                parties: caller.as_ref().map(|caller| vec![Party::new(caller.clone())]),
                ..ViewPatch::default()
            },
            Heard::Conference { call, .. } if self.is_answer_of_third_leg(heard) => ViewPatch {
                conference: Some(false),
                ..self
                    .consult_on(call)
                    .map(|consult| self.consult_leg_patch(consult))
                    .unwrap_or_default()
            },
            Heard::Conference { partners, .. } => ViewPatch {
                conference: Some(true),
                parties: Some(partners.iter().map(Party::new).collect()),
                ..ViewPatch::default()
            },
            Heard::Alerting { call, party, .. } if view.is_none() => self.dialled_patch(call, party.as_deref()),
            Heard::PartyLeft { number, .. } => view.map(|view| without(&view, number)).unwrap_or_default(),
            Heard::ConnectFailed(_) if attempt == Attempt::Transfer => ViewPatch {
                state: Some(LegState::Talking),
                ..ViewPatch::default()
            },
            _ => ViewPatch::default(),
        }
    }

    fn leg_patch(&self, leg: &Leg) -> ViewPatch {
        let own: Vec<&str> = self.own.iter().map(String::as_str).collect();
        let consult = self.consults.iter().find(|consult| consult.concerns(&leg.call));
        match consult {
            // The customer's parties stay as they are while somebody is consulted.
            Some(consult) if consult.customer == leg.call => ViewPatch::default(),
            Some(consult) => self.consult_leg_patch(consult),
            None => ViewPatch {
                direction: mapping::direction(leg.feature),
                parties: mapping::party(leg, &own).map(|party| vec![party]),
                ..ViewPatch::default()
            },
        }
    }

    /// A call that appears because the agent calls somebody.
    fn dialled_patch(&self, native: &str, party: Option<&str>) -> ViewPatch {
        let consult = self
            .consults
            .iter()
            .find(|consult| consult.leg.as_deref() == Some(native));
        let dialled = ViewPatch {
            state: Some(LegState::Dialing),
            parties: party.map(|party| vec![Party::new(party)]),
            ..ViewPatch::default()
        };
        match consult {
            Some(consult) => ViewPatch {
                state: Some(LegState::Dialing),
                ..self.consult_leg_patch(consult)
            },
            None => dialled,
        }
    }

    pub(super) fn consult_leg_patch(&self, consult: &Consult) -> ViewPatch {
        ViewPatch {
            direction: Some(Direction::Consult),
            parties: Some(vec![Party::new(
                consult.helper.clone().unwrap_or_else(|| consult.to.clone()),
            )]),
            consult_for: Some(self.hub.call_id(&consult.customer)),
            ..ViewPatch::default()
        }
    }

    /// A call that our own command created, as its answer shows it; nothing when events have told it already.
    pub(crate) fn publish_dialled(&self, op: &OpId, native: &str, direction: Direction, to: &str) {
        let call = self.hub.call_id(native);
        if !self.is_open(op) || self.hub.call(&self.session, &call).is_some() {
            return;
        }
        let patch = match self.consult(op) {
            Some(consult) => self.consult_leg_patch(consult),
            None => ViewPatch {
                direction: Some(direction),
                parties: Some(vec![Party::new(to)]),
                ..ViewPatch::default()
            },
        };
        self.derived(EventKind::Dialing, op, native, patch);
    }

    /// Something that the vendor tells by its answer only, unless events have decided the operation meanwhile.
    pub(crate) fn derive_if_open(&self, kind: EventKind, op: &OpId, native: &str) {
        if self.is_open(op) {
            self.derived(kind, op, native, ViewPatch::default());
        }
    }

    pub(super) fn derived(&self, kind: EventKind, op: &OpId, native: &str, patch: ViewPatch) {
        let call = self.hub.call_id(native);
        let draft = Draft::new(self.session.clone(), kind).call(call, native).patch(patch);
        self.hub
            .publish(draft.op(Some(op.clone())).provenance(Provenance::Derived));
    }
}

/// A release that was asked for is normal; one that comes by itself says no cause.
pub(super) fn told_cause(heard: &Heard, cause: Cause, settled: &[(OpId, Outcome)]) -> Cause {
    match (heard, settled.first()) {
        (Heard::Left(_), Some((_, outcome))) => outcome.cause.clone(),
        _ => cause,
    }
}

pub(super) fn without(view: &CallView, number: &str) -> ViewPatch {
    let left: Vec<Party> = view
        .parties
        .iter()
        .filter(|party| !same(&party.address, number))
        .cloned()
        .collect();
    ViewPatch {
        conference: (view.conference && left.len() < 2).then_some(false),
        parties: Some(left),
        ..ViewPatch::default()
    }
}
