//! A talk forwarding goes by the customer's call id alone (section 7), and is shown as the two legs that it is: the customer's, who waits, and the
//! third party's, under a name of ours. What an event of the one call means for which of them.

use callcontrol_core::{CallId, Cause, Draft, EventKind, LegState, OpId, Outcome, Provenance, RawMessage, ViewPatch};

use super::Calls;
use super::tell::{told_cause, without};
use crate::consult::{Consult, Stage, Start, Turn};
use crate::mapping::{self, Attempt};
use crate::wire::{Heard, WireEvent};

/// A talk forwarding as it was before an event, and what the event means for it.
pub(super) struct Turned {
    before: Consult,
    turn: Option<Turn>,
}

impl Turned {
    pub(super) fn of(before: Consult, turn: Turn) -> Option<Self> {
        before.is_in_customers_call().then_some(Self {
            before,
            turn: Some(turn),
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Customers,
    Thirds,
}

/// One thing to tell. The first that is the vendor's carries the event.
struct Word {
    of: Whose,
    kind: EventKind,
    vendors: bool,
}

impl Calls {
    /// The talk forwarding that an event without a turn of it is about.
    pub(super) fn unturned(&self, heard: &Heard) -> Option<Turned> {
        let call = heard.call()?;
        let stands = |consult: &&Consult| {
            consult.stage != Stage::Over && consult.start == Start::Shown && consult.is_in_customers_call()
        };
        let consult = self
            .consults
            .iter()
            .filter(stands)
            .find(|consult| consult.customer == call)?;
        Some(Turned {
            before: consult.clone(),
            turn: None,
        })
    }

    /// The gateway has accepted it: the customer is held, and the third party is called. Gives the third party's leg.
    pub(crate) fn publish_forwarding(&self, op: &OpId) -> Option<CallId> {
        let consult = self.consult(op)?;
        let third = consult.third_leg()?;
        if consult.is_in_customers_call() && consult.stage == Stage::Calling && self.is_open(op) {
            self.derived(EventKind::Held, op, &consult.customer, ViewPatch::default());
            self.show_third(consult);
        }
        Some(self.hub.call_id(&third))
    }

    /// A release that gives the third party's leg an id of its own: what was shown under our name goes on under it.
    pub(super) fn name_third_leg(&self, op: &OpId, native: &str) {
        let consult = self.consult(op).filter(|consult| consult.is_in_customers_call());
        if let Some(shown) = consult.and_then(|consult| self.hub.find_call(&consult.name_of_third_leg())) {
            self.hub.rename_call(&shown, native);
        }
    }

    /// Publishes an event of the one call as what it means for the two legs.
    pub(super) fn tell_of_forwarding(
        &self,
        turned: &Turned,
        event: &WireEvent,
        raw: RawMessage,
        op: Option<&OpId>,
        cause: Cause,
        settled: &[(OpId, Outcome)],
    ) {
        let consult = &turned.before;
        if matches!(turned.turn, Some(Turn::CustomerLeft | Turn::Answered)) {
            self.show_third(consult);
        }
        let cause = told_cause(&event.heard, cause, settled);
        let mut raw = Some(raw);
        for word in words(turned, event, &cause, settled) {
            let native = match word.of {
                Whose::Customers => consult.customer.clone(),
                Whose::Thirds => consult.name_of_third_leg(),
            };
            let patch = self.forwarding_patch(&word, consult, &event.heard, &native);
            let draft = Draft::new(self.session.clone(), word.kind).op(op.cloned()).patch(patch);
            let call = self.hub.call_id(&native);
            if word.vendors {
                self.hub.publish(draft.call(call, native).raw(raw.take()));
            } else if self.hub.call(&self.session, &call).is_some() {
                self.hub
                    .publish(draft.call(call, native).provenance(Provenance::Derived));
            }
        }
    }

    fn show_third(&self, consult: &Consult) {
        let third = consult.name_of_third_leg();
        if self.view(&third).is_none() {
            self.derived(EventKind::Dialing, &consult.op, &third, self.consult_leg_patch(consult));
        }
    }

    fn forwarding_patch(&self, word: &Word, consult: &Consult, heard: &Heard, native: &str) -> ViewPatch {
        let view = self.view(native);
        match (word.of, &word.kind, heard) {
            (Whose::Thirds, EventKind::Established, _) => ViewPatch {
                conference: Some(false),
                ..self.consult_leg_patch(consult)
            },
            (Whose::Thirds, EventKind::Alerting { .. }, _) if view.is_none() => ViewPatch {
                state: Some(LegState::Dialing),
                ..self.consult_leg_patch(consult)
            },
            (Whose::Customers, EventKind::Established, _) => ViewPatch {
                conference: Some(false),
                ..ViewPatch::default()
            },
            (Whose::Customers, EventKind::ConsultFailed { .. }, _) => ViewPatch {
                state: Some(LegState::Talking),
                ..ViewPatch::default()
            },
            (_, EventKind::PartyLeft { .. }, Heard::PartyLeft { number, .. }) => {
                view.map(|view| without(&view, number)).unwrap_or_default()
            }
            _ => ViewPatch::default(),
        }
    }
}

fn words(turned: &Turned, event: &WireEvent, cause: &Cause, settled: &[(OpId, Outcome)]) -> Vec<Word> {
    let gone = turned.before.stage == Stage::CustomerGone;
    let plain = || mapping::kind(&event.heard, &event.name, Attempt::Consult, cause.clone());
    match &turned.turn {
        Some(Turn::Answered) => vec![
            derived(Whose::Customers, EventKind::Held),
            told(Whose::Thirds, EventKind::Established),
        ],
        Some(Turn::Failed(cause)) => {
            let failed = EventKind::ConsultFailed { cause: cause.clone() };
            vec![told(Whose::Customers, failed), ended(Whose::Thirds, cause.clone())]
        }
        Some(Turn::TargetLeft) => {
            let cause = settled
                .first()
                .map_or(Cause::TargetHungUp, |(_, outcome)| outcome.cause.clone());
            let back = !gone && !turned.before.doubtful;
            let back = back.then(|| derived(Whose::Customers, EventKind::Established));
            let left = [told(Whose::Thirds, plain()), ended(Whose::Thirds, cause)];
            left.into_iter().chain(back).collect()
        }
        Some(Turn::CustomerLeft) => {
            vec![
                told(Whose::Customers, plain()),
                ended(Whose::Customers, Cause::CustomerHungUp),
            ]
        }
        Some(Turn::CustomerBack) => {
            let over = settled
                .first()
                .map_or(Cause::Unspecified, |(_, outcome)| outcome.cause.clone());
            vec![
                ended(Whose::Thirds, over),
                told(Whose::Customers, EventKind::Established),
            ]
        }
        Some(Turn::AgentOut | Turn::LegOver) if gone => vec![told(Whose::Thirds, plain())],
        Some(Turn::AgentOut | Turn::LegOver) => {
            vec![told(Whose::Customers, plain()), ended(Whose::Thirds, cause.clone())]
        }
        None => unturned_words(&event.heard, gone, plain(), cause, &event.name),
    }
}

/// What changes nothing about how the consult stands.
fn unturned_words(heard: &Heard, gone: bool, plain: EventKind, cause: &Cause, name: &str) -> Vec<Word> {
    match heard {
        Heard::Alerting { .. } => vec![derived(Whose::Customers, EventKind::Held), told(Whose::Thirds, plain)],
        // Releases differ in what they call it (7); the customer waits.
        Heard::Talking(_) | Heard::Conference { .. } => vec![told(Whose::Thirds, EventKind::Established)],
        Heard::ConsultFailed(_) | Heard::ConnectFailed(_) | Heard::CallOutFailed(_) | Heard::InsideCallFailed(_) => {
            vec![told(Whose::Thirds, plain), ended(Whose::Thirds, cause.clone())]
        }
        Heard::TransferResult { .. } => vec![told(Whose::Thirds, EventKind::Other { name: name.to_owned() })],
        _ if gone => vec![told(Whose::Thirds, plain)],
        _ => vec![told(Whose::Customers, plain)],
    }
}

fn told(of: Whose, kind: EventKind) -> Word {
    Word {
        of,
        kind,
        vendors: true,
    }
}

/// Of a leg that is shown.
fn derived(of: Whose, kind: EventKind) -> Word {
    Word {
        of,
        kind,
        vendors: false,
    }
}

fn ended(of: Whose, cause: Cause) -> Word {
    derived(of, EventKind::Released { cause })
}
