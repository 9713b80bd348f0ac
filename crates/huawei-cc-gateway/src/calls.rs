//! What one session's commands are waiting for, and its consults. Each event passes here once: it is tied to the operation that it belongs to,
//! published, and settles what it decides. Bounded: the oldest go first.

use std::collections::VecDeque;

use callcontrol_core::{
    CallId, CallView, Cause, Direction, Draft, EventKind, Hub, LegState, OpId, Outcome, Party, Provenance, RawMessage,
    SessionId, ViewPatch,
};

use crate::consult::{Consult, Stage, Turn, same};
use crate::listed::{self, Fate, Listed, Listing};
use crate::mapping::{self, Attempt};
use crate::outcomes::{self, Aim};
use crate::wire::{Heard, Leg, WireEvent};

/// One session's operations and consults.
pub(crate) struct Calls {
    hub: Hub,
    session: SessionId,
    /// The agent's id and phone.
    own: Vec<String>,
    watched: VecDeque<Watched>,
    consults: VecDeque<Consult>,
    /// The cause that the platform told ahead of a failure, and for which call.
    detected: Option<(String, Cause)>,
}

/// An operation that waits for an event.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) op: OpId,
    /// The gateway's id of the call; `None` until a dialled call's is known, and for agent states.
    pub(crate) call: Option<String>,
    pub(crate) aim: Aim,
    /// Events may have been lost since it began.
    gap: bool,
}

impl Watched {
    pub(crate) fn new(op: OpId, call: Option<String>, aim: Aim) -> Self {
        Self {
            op,
            call,
            aim,
            gap: false,
        }
    }
}

impl Calls {
    pub(crate) fn new(hub: Hub, session: SessionId, own: Vec<String>) -> Self {
        Self {
            hub,
            session,
            own,
            watched: VecDeque::new(),
            consults: VecDeque::new(),
            detected: None,
        }
    }

    /// Waits for the outcome of an operation that is about to be sent.
    pub(crate) fn watch(&mut self, watched: Watched) {
        if let Aim::Cancel(consult) = &watched.aim {
            let consult = consult.clone();
            self.mark_cancelling(&consult, true);
        }
        push_bounded(&mut self.watched, watched);
    }

    /// Events may have been lost: what has happened before the next one is not known.
    pub(crate) fn lose_track(&mut self) {
        self.watched.iter_mut().for_each(|watched| watched.gap = true);
        for consult in &mut self.consults {
            consult.doubtful = !matches!(consult.stage, Stage::Over);
        }
    }

    /// True where neither an event nor the listing tells what the agent's leg of a listed call does: it may wait for the end of an IVR flow,
    /// or talk to whomever of a talk forwarding is left.
    pub(crate) fn is_untold(&self, native: &str) -> bool {
        let in_flow = |watched: &Watched| {
            matches!(watched.aim, Aim::Suspend { heard: false, .. }) && watched.call.as_deref() == Some(native)
        };
        let lost = |consult: &Consult| consult.doubtful && consult.is_in_customers_call();
        self.watched.iter().any(in_flow) || self.consult_on(native).is_some_and(lost)
    }

    /// The calls whose fate decides an operation when they are not listed any more, the newest first.
    pub(crate) fn to_trace(&self) -> Vec<String> {
        let decisive = |aim: &Aim| matches!(aim, Aim::Blind { .. } | Aim::ReleaseAfter { .. } | Aim::Release(_));
        let watched = self.watched.iter().rev().filter(|watched| decisive(&watched.aim));
        watched
            .filter_map(|watched| watched.call.clone())
            .take(TRACED)
            .collect()
    }

    /// Takes an operation back that provably did nothing.
    pub(crate) fn unwatch(&mut self, op: &OpId) {
        let cancelled = self.watched.iter().find(|watched| watched.op == *op);
        if let Some(Aim::Cancel(consult)) = cancelled.map(|watched| watched.aim.clone()) {
            self.mark_cancelling(&consult, false);
        }
        self.watched.retain(|watched| watched.op != *op);
        self.consults.retain(|consult| consult.op != *op);
    }

    /// True while nothing has decided the operation.
    pub(crate) fn is_open(&self, op: &OpId) -> bool {
        self.watched.iter().any(|watched| watched.op == *op)
    }

    pub(crate) fn begin_consult(&mut self, consult: Consult) {
        push_bounded(&mut self.consults, consult);
    }

    pub(crate) fn consult(&self, op: &OpId) -> Option<&Consult> {
        self.consults.iter().find(|consult| consult.op == *op)
    }

    /// A consult that is going on and has to do with this call.
    pub(crate) fn consult_on(&self, native: &str) -> Option<&Consult> {
        let live = |consult: &&Consult| !matches!(consult.stage, Stage::Over);
        self.consults
            .iter()
            .filter(live)
            .find(|consult| consult.concerns(native))
    }

    /// The aim of an open operation.
    pub(crate) fn aim(&self, op: &OpId) -> Option<&Aim> {
        self.watched
            .iter()
            .find(|watched| watched.op == *op)
            .map(|watched| &watched.aim)
    }

    /// The answer named the call that the command created.
    pub(crate) fn bind(&mut self, op: &OpId, native: &str) {
        if let Some(watched) = self
            .watched
            .iter_mut()
            .find(|watched| watched.op == *op && watched.aim == Aim::Dial)
        {
            watched.call = Some(native.to_owned());
        }
        if let Some(consult) = self.consults.iter_mut().find(|consult| consult.op == *op) {
            consult.leg = Some(native.to_owned());
        }
    }

    /// Takes one event in. True when it settled something of which the gateway's listing shows more.
    pub(crate) fn hear(&mut self, event: &WireEvent, raw: RawMessage) -> bool {
        self.bind_by(&event.heard);
        let cause = self.cause(&event.heard);
        let settled = self.decide(&event.heard, &cause);
        let op = settled.first().map(|(op, _)| op.clone());
        let look = settled
            .iter()
            .filter_map(|(op, _)| self.aim(op))
            .any(|aim| aim.wants_a_look(&event.heard));
        self.publish(event, raw, op, cause, &settled);
        self.settle(settled);
        look
    }

    fn settle(&mut self, settled: Vec<(OpId, Outcome)>) {
        for (op, outcome) in settled {
            self.watched.retain(|watched| watched.op != op);
            self.hub.settle(&op, outcome);
        }
    }

    /// Settles what the gateway's listing of the agent's calls proves.
    pub(crate) fn settle_by_listing(&mut self, listing: &Listing) {
        let seen = |native: &str| listing.of(native);
        let talked_in = |view: &CallView| view.state == LegState::Talking;
        let talks_anew = listing.calls.iter().any(|view| {
            let before = self.view(&view.native);
            talked_in(view) && !before.as_ref().is_some_and(talked_in)
        });
        let settled = self.watched.iter().filter_map(|watched| {
            let consult = watched.aim.step_of().and_then(|consult| self.consult(consult));
            let outcome = match consult {
                Some(consult) => {
                    let leg = consult.leg.as_deref().map(seen);
                    listed::consult_by_listing(&watched.aim, seen(&consult.customer), leg)
                }
                None => {
                    let call = watched.call.as_deref();
                    let fate = call.map_or(Fate::Untold, |call| listing.fate(call));
                    listed::by_listing(&watched.aim, call.map(seen), &fate, talks_anew)
                }
            };
            Some((watched.op.clone(), outcome?))
        });
        let settled = settled.collect();
        for consult in &mut self.consults {
            let calls = std::iter::once(consult.customer.as_str()).chain(consult.leg.as_deref());
            if calls.map(seen).all(|call| call == Listed::Absent) {
                consult.stage = Stage::Over;
            }
            // Its own call is there and the customer waits: it stands.
            let leg = consult.leg.as_deref().map(seen);
            if seen(&consult.customer) == Listed::As(LegState::Held) && matches!(leg, Some(Listed::As(_))) {
                consult.doubtful = false;
            }
        }
        self.settle(settled);
    }

    /// An event may overtake the answer that names its call: an unknown call of this kind can only be the one just asked for.
    fn bind_by(&mut self, heard: &Heard) {
        let Some(call) = heard.call().map(str::to_owned) else {
            return;
        };
        // Its id may have been told ahead, with the call's details.
        if matches!(
            heard,
            Heard::Ringing(_) | Heard::Talking(_) | Heard::PhoneAlerting { .. }
        ) && self.view(&call).is_none()
            && let Some(take) = self.awaiting(&Aim::Take)
        {
            take.call = Some(call);
            return;
        }
        if self.hub.find_call(&call).is_some() {
            return;
        }
        let begins = matches!(
            heard,
            Heard::Alerting { .. }
                | Heard::Talking(_)
                | Heard::Conference { .. }
                | Heard::CallOutFailed(_)
                | Heard::InsideCallFailed(_)
                | Heard::ConnectFailed(_)
                | Heard::ConsultFailed(_)
                | Heard::OutboundDetect { .. }
        );
        if !begins || self.consults.iter().any(|consult| consult.concerns(&call)) {
            return;
        }
        if let Some(consult) = self.consults.iter_mut().find(|consult| consult.awaits_leg()) {
            consult.leg = Some(call);
        } else if let Some(dial) = self.awaiting(&Aim::Dial) {
            dial.call = Some(call);
        }
    }

    /// The operation of this aim whose call is not known yet.
    fn awaiting(&mut self, aim: &Aim) -> Option<&mut Watched> {
        self.watched
            .iter_mut()
            .find(|watched| watched.aim == *aim && watched.call.is_none())
    }

    /// The call that rings or is recorded, where the event does not say: the only one there is.
    fn only_call(&self) -> Option<String> {
        let calls = self.hub.calls(&self.session);
        match calls.as_slice() {
            [(_, view)] => Some(view.native.clone()),
            _ => None,
        }
    }

    /// The cause told ahead, for the failure that follows it.
    fn cause(&mut self, heard: &Heard) -> Cause {
        if let Heard::OutboundDetect { call, cause } = heard {
            self.detected = Some((call.clone(), Cause::Vendor(cause.to_string())));
        }
        match (&self.detected, heard.call()) {
            (Some((about, cause)), Some(call)) if about == call => cause.clone(),
            _ => Cause::Unspecified,
        }
    }

    fn decide(&mut self, heard: &Heard, cause: &Cause) -> Vec<(OpId, Outcome)> {
        let mut settled = Vec::new();
        if self.is_ambiguous(heard) {
            return settled;
        }
        if let Heard::Agent(word) = heard {
            let wanted = self.watched.iter().filter_map(|watched| match watched.aim {
                Aim::State(wanted) => Some((watched.op.clone(), outcomes::of_state(wanted, word)?)),
                _ => None,
            });
            settled.extend(wanted);
        }
        for consult in &mut self.consults {
            consult.learn_helper(heard);
            let before = consult.clone();
            if let Some(turn) = consult.hear(heard, cause.clone()) {
                settled.extend(by_turn(&self.watched, &before, &turn, heard));
            }
        }
        let of_calls = self.watched.iter().filter(|watched| is_about(watched, heard));
        settled.extend(of_calls.filter_map(|watched| {
            let outcome = outcomes::of_call(&watched.aim, heard, cause.clone())?;
            Some((watched.op.clone(), standing(watched, watched.gap, heard, outcome)?))
        }));
        for watched in self.watched.iter_mut().filter(|watched| is_about(watched, heard)) {
            watched.aim.learn(heard);
        }
        settled
    }

    /// The result of a transfer to an outside number may come without its call (old releases): then there must be one that it can be about.
    fn is_ambiguous(&self, heard: &Heard) -> bool {
        if !matches!(heard, Heard::TransferResult { call: None, .. }) {
            return false;
        }
        let transfers = self.watched.iter().filter(|watched| watched.aim.is_transfer());
        let consults = self.watched.iter().filter(|watched| watched.aim == Aim::Consult);
        transfers.chain(consults).count() != 1
    }

    fn publish(&self, event: &WireEvent, raw: RawMessage, op: Option<OpId>, cause: Cause, settled: &[(OpId, Outcome)]) {
        let native = match event.heard.call() {
            Some(native) => Some(native.to_owned()),
            None if matches!(event.heard, Heard::Recording(_) | Heard::Playback(_)) => self.only_call(),
            None => op.as_ref().and_then(|op| self.call_of(op)),
        };
        let attempt = self.attempt(native.as_deref(), op.as_ref());
        let cause = told_cause(&event.heard, cause, settled);
        let forwarding = self.forwarding(&event.heard);
        let kind = match forwarding.is_some_and(|consult| consult.stage == Stage::Answered) {
            // Releases differ in what they call it (7); the customer waits.
            true if matches!(event.heard, Heard::Conference { .. }) => EventKind::Established,
            _ => mapping::kind(&event.heard, &event.name, attempt, cause.clone()),
        };
        let mut draft = Draft::new(self.session.clone(), kind).op(op).raw(Some(raw));
        let failed_consult = self.failed_consult(&event.heard);
        // A failed help is news of the customer's call; its own call ends with it.
        let subject = failed_consult.map(|consult| consult.customer.clone()).or(native);
        if let Some(native) = subject {
            let call = self.hub.call_id(&native);
            let patch = self.patch(&event.heard, &call, attempt);
            let patch = match forwarding.and_then(Consult::talks_with) {
                Some(party) => ViewPatch {
                    conference: Some(false),
                    parties: Some(vec![Party::new(party)]),
                    ..patch
                },
                None => patch,
            };
            draft = draft.patch(patch).call(call, native);
        }
        self.hub.publish(draft);
        if let Some(leg) = failed_consult.and_then(|consult| consult.leg.as_deref()) {
            self.end_leg(leg, cause);
        }
    }

    /// The talk forwarding whose turn an event of the customer's call shows.
    fn forwarding(&self, heard: &Heard) -> Option<&Consult> {
        let call = heard.call()?;
        let consult = self.consults.iter().rev().find(|consult| consult.customer == call)?;
        let shows = match heard {
            Heard::Talking(_) => true,
            Heard::PartyLeft { number, .. } => consult.stage != Stage::Over || same(number, &consult.to),
            Heard::Conference { .. } | Heard::TransferResult { .. } => consult.stage != Stage::Over,
            _ => false,
        };
        shows.then_some(consult)
    }

    fn end_leg(&self, leg: &str, cause: Cause) {
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

    /// The call as it is known now.
    fn view(&self, native: &str) -> Option<CallView> {
        self.hub.call(&self.session, &self.hub.find_call(native)?)
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

    fn consult_leg_patch(&self, consult: &Consult) -> ViewPatch {
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

    fn derived(&self, kind: EventKind, op: &OpId, native: &str, patch: ViewPatch) {
        let call = self.hub.call_id(native);
        let draft = Draft::new(self.session.clone(), kind).call(call, native).patch(patch);
        self.hub
            .publish(draft.op(Some(op.clone())).provenance(Provenance::Derived));
    }

    fn mark_cancelling(&mut self, consult: &OpId, cancelling: bool) {
        if let Some(consult) = self.consults.iter_mut().find(|known| known.op == *consult) {
            consult.cancelling = cancelling;
        }
    }
}

/// The operations of a consult that this turn decides.
fn by_turn(watched: &VecDeque<Watched>, before: &Consult, turn: &Turn, heard: &Heard) -> Vec<(OpId, Outcome)> {
    let ours = watched.iter().filter(|watched| match watched.aim.step_of() {
        Some(consult) => *consult == before.op,
        None => watched.op == before.op,
    });
    ours.filter_map(|watched| {
        let outcome = outcomes::of_consult(&watched.aim, turn, before)?;
        let gap = watched.gap || before.doubtful;
        Some((watched.op.clone(), standing(watched, gap, heard, outcome)?))
    })
    .collect()
}

/// What an event decides, or what is left of it after a gap.
fn standing(watched: &Watched, gap: bool, heard: &Heard, outcome: Outcome) -> Option<Outcome> {
    match gap {
        true => outcomes::after_gap(&watched.aim, heard, outcome),
        false => Some(outcome),
    }
}

fn is_about(watched: &Watched, heard: &Heard) -> bool {
    let concerns = |call: &str| watched.call.as_deref() == Some(call) || watched.aim.held() == Some(call);
    heard.call().is_some_and(concerns) || watched.aim.is_about_any_call(heard)
}

/// A release that was asked for is normal; one that comes by itself says no cause.
fn told_cause(heard: &Heard, cause: Cause, settled: &[(OpId, Outcome)]) -> Cause {
    match (heard, settled.first()) {
        (Heard::Left(_), Some((_, outcome))) => outcome.cause.clone(),
        _ => cause,
    }
}

fn without(view: &CallView, number: &str) -> ViewPatch {
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

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    queue.push_back(item);
    if queue.len() > KEPT {
        queue.pop_front();
    }
}

/// An agent has one active call and a few held ones; what is older than this many operations is past caring.
const KEPT: usize = 64;

/// Bounds what one listing can make us ask beside.
const TRACED: usize = 4;
