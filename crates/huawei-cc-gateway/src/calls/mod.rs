//! What one session's commands are waiting for, and its consults. Each event passes here once: it is tied to the operation that it belongs to,
//! published, and settles what it decides. Bounded: the oldest go first.

mod proof;
mod tell;
mod third_leg;

use std::collections::VecDeque;

use callcontrol_core::{CallView, Cause, Hub, OpId, Outcome, RawMessage, SessionId};
use tokio::time::Instant;

use crate::consult::{Consult, Stage, Start, Turn};
use crate::outcomes::{self, Aim};
use crate::wire::{Heard, WireEvent};
use third_leg::Turned;

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
    /// Counts what events and answers have told: a listing that was asked for before is older than it.
    clock: u64,
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
            clock: 0,
        }
    }

    /// How much has been told until now.
    pub(crate) fn clock(&self) -> u64 {
        self.clock
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
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

    /// The calls whose fate decides an operation when they are not listed any more, the newest first.
    pub(crate) fn to_trace(&self) -> Vec<String> {
        let decisive = |aim: &Aim| {
            matches!(
                aim,
                Aim::Blind { .. } | Aim::ReleaseAfter { .. } | Aim::Release(_) | Aim::Connect { left: Some(_), .. }
            )
        };
        let watched = self.watched.iter().rev().filter(|watched| decisive(&watched.aim));
        let calls = watched.flat_map(|watched| [watched.call.as_deref(), watched.aim.held()]);
        calls.flatten().map(str::to_owned).take(TRACED).collect()
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
        let known_at = self.tick();
        push_bounded(&mut self.consults, Consult { known_at, ..consult });
    }

    /// The gateway has accepted it.
    pub(crate) fn consult_accepted(&mut self, op: &OpId) {
        let now = self.tick();
        if let Some(consult) = self.consult_mut(op) {
            consult.start = Start::Shown;
            consult.known_at = now;
        }
    }

    /// The gateway has accepted to take it back.
    pub(crate) fn consult_given_up(&mut self, op: &OpId) {
        if let Some(consult) = self.consult_mut(op) {
            consult.given_up = Some(Instant::now());
        }
    }

    /// Whether the gateway has begun it is not known.
    pub(crate) fn consult_doubted(&mut self, op: &OpId) {
        if let Some(consult) = self.consult_mut(op).filter(|consult| consult.start == Start::Asked) {
            consult.start = Start::Doubted;
        }
    }

    pub(crate) fn consult(&self, op: &OpId) -> Option<&Consult> {
        self.consults.iter().find(|consult| consult.op == *op)
    }

    fn consult_mut(&mut self, op: &OpId) -> Option<&mut Consult> {
        self.consults.iter_mut().find(|consult| consult.op == *op)
    }

    /// A consult that is going on, as far as is known, and has to do with this call of the gateway's.
    pub(crate) fn consult_on(&self, native: &str) -> Option<&Consult> {
        self.consults
            .iter()
            .filter(|consult| consult.stage != Stage::Over && !consult.absent)
            .find(|consult| consult.concerns(native))
    }

    /// True for a call about which a consult was asked for that never showed, but may yet.
    pub(crate) fn has_unseen_consult(&self, native: &str) -> bool {
        let unseen = |consult: &&Consult| consult.stage != Stage::Over && consult.is_unseen();
        self.consults
            .iter()
            .filter(unseen)
            .any(|consult| consult.concerns(native))
    }

    /// True for an end that leaves a transfer open: what the gateway tells of the call may decide it.
    pub(crate) fn leaves_open(&self, heard: &Heard) -> bool {
        let undecided = |aim: &Aim| matches!(aim, Aim::Blind { consulted: true, .. } | Aim::Connect { .. });
        let mut watched = self.watched.iter().filter(|watched| undecided(&watched.aim));
        matches!(heard, Heard::Left(_)) && watched.any(|watched| is_about(watched, heard))
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
        if let Some(consult) = self.consult_mut(op) {
            consult.leg = Some(native.to_owned());
        }
    }

    /// Takes one event in. True when it settled something of which the gateway's listing shows more.
    pub(crate) fn hear(&mut self, event: &WireEvent, raw: RawMessage) -> bool {
        self.tick();
        self.bind_by(&event.heard);
        let cause = self.cause(&event.heard);
        let Decided { settled, turned } = self.decide(&event.heard, &cause);
        let op = settled.first().map(|(op, _)| op.clone());
        let look = settled
            .iter()
            .filter_map(|(op, _)| self.aim(op))
            .any(|aim| aim.wants_a_look(&event.heard));
        match turned.or_else(|| self.unturned(&event.heard)) {
            Some(turned) => self.tell_of_forwarding(&turned, event, raw, op.as_ref(), cause, &settled),
            None => self.tell(event, raw, op, cause, &settled),
        }
        self.settle(settled);
        look
    }

    fn settle(&mut self, settled: Vec<(OpId, Outcome)>) {
        for (op, outcome) in settled {
            self.watched.retain(|watched| watched.op != op);
            self.hub.settle(&op, outcome);
        }
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
        if let Some(consult) = self.consults.iter().rfind(|consult| consult.awaits_leg()) {
            self.begins_at(&consult.op.clone(), call);
        } else if let Some(dial) = self.awaiting(&Aim::Dial) {
            dial.call = Some(call);
        } else if let Some(consult) = self.consults.iter().rfind(|consult| comes_late(consult, heard)) {
            self.begins_at(&consult.op.clone(), call);
        }
    }

    /// The consult's own call has shown.
    fn begins_at(&mut self, op: &OpId, call: String) {
        let now = self.clock;
        self.name_third_leg(op, &call);
        if let Some(consult) = self.consult_mut(op) {
            consult.leg = Some(call);
            consult.start = Start::Shown;
            consult.absent = false;
            consult.known_at = now;
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

    fn decide(&mut self, heard: &Heard, cause: &Cause) -> Decided {
        let mut settled = Vec::new();
        let mut turned = None;
        if self.is_ambiguous(heard) {
            return Decided { settled, turned };
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
                consult.known_at = self.clock;
                settled.extend(by_turn(&self.watched, &before, &turn, heard));
                turned = Turned::of(before, turn).or(turned);
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
        Decided { settled, turned }
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

    /// The call as it is known now.
    fn view(&self, native: &str) -> Option<CallView> {
        self.hub.call(&self.session, &self.hub.find_call(native)?)
    }

    fn mark_cancelling(&mut self, consult: &OpId, cancelling: bool) {
        if let Some(consult) = self.consult_mut(consult) {
            consult.cancelling = cancelling;
        }
    }
}

/// What one event comes to.
struct Decided {
    settled: Vec<(OpId, Outcome)>,
    /// The turn of a consult that is shown as two legs, and told as one call.
    turned: Option<Turned>,
}

/// An unknown call can be the one of a consult that was given up for lost.
fn comes_late(consult: &Consult, heard: &Heard) -> bool {
    consult.is_unseen() && consult.stage == Stage::Calling && consult.is_named_by(heard)
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
