//! What is known of sessions and calls, and how an event changes it: the reducer. Pure: no clock, no I/O, no lock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::aliases::{Aliases, Living};
use crate::capability::Operation;
use crate::event::{Event, EventKind, Provenance, RawMessage};
use crate::id::{AgentId, CallId, IdSource, OpId, SessionId};
use crate::model::{CallData, CallView, Direction, LegState, Party, Scope, SessionState, SessionView, Snapshot};
use crate::race::leg_may_follow;
use crate::receipt::Cause;

/// What an adapter has to say; the hub makes an [`Event`] of it.
#[derive(Debug, Clone)]
pub struct Draft {
    session: SessionId,
    kind: EventKind,
    call: Option<(CallId, String)>,
    patch: ViewPatch,
    op: Option<OpId>,
    provenance: Provenance,
    raw: Option<RawMessage>,
}

impl Draft {
    /// Something happened in a session, said by the vendor.
    #[must_use]
    pub fn new(session: SessionId, kind: EventKind) -> Self {
        Self {
            session,
            kind,
            call: None,
            patch: ViewPatch::default(),
            op: None,
            provenance: Provenance::Vendor,
            raw: None,
        }
    }

    /// On this call, which the vendor calls `native`.
    #[must_use]
    pub fn call(mut self, call: CallId, native: impl Into<String>) -> Self {
        self.call = Some((call, native.into()));
        self
    }

    /// With these details of the call.
    #[must_use]
    pub fn patch(mut self, patch: ViewPatch) -> Self {
        self.patch = patch;
        self
    }

    /// Caused by this operation.
    #[must_use]
    pub fn op(mut self, op: Option<OpId>) -> Self {
        self.op = op;
        self
    }

    /// Said by somebody else than the vendor.
    #[must_use]
    pub fn provenance(mut self, provenance: Provenance) -> Self {
        self.provenance = provenance;
        self
    }

    /// With the vendor's message.
    #[must_use]
    pub fn raw(mut self, raw: Option<RawMessage>) -> Self {
        self.raw = raw;
        self
    }
}

impl Draft {
    /// More than details that only a listing tells: another state of the leg, or that its state is not known any more.
    pub(super) fn tells_of_something_missed(&self) -> bool {
        self.kind != EventKind::Updated || self.patch.state == Some(LegState::Unknown)
    }
}

/// Details of a call; `None` leaves what is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields of `CallView` of the same names")]
pub struct ViewPatch {
    pub direction: Option<Direction>,
    pub state: Option<LegState>,
    pub parties: Option<Vec<Party>>,
    pub consult_for: Option<CallId>,
    pub muted: Option<bool>,
    pub conference: Option<bool>,
    pub data: Option<CallData>,
    pub allowed: Option<BTreeSet<Operation>>,
}

#[derive(Default)]
pub(super) struct World {
    sessions: BTreeMap<SessionId, Known>,
    pub(super) aliases: Aliases,
    living: Living,
    /// Words that came late and were dropped.
    late: u64,
}

struct Known {
    /// A gap was announced, and the listing that closes it has not come yet.
    gap: bool,
    view: SessionView,
    ended: VecDeque<CallId>,
}

impl World {
    pub(super) fn open(&mut self, session: &SessionId, agent: &AgentId) {
        let former = self.sessions.get(session);
        let seq = former.map_or(0, |known| known.view.seq);
        let calls = former.into_iter().flat_map(|known| known.view.calls.keys());
        calls.for_each(|call| self.living.ends(call));
        let view = SessionView {
            seq,
            ..SessionView::new(agent.clone())
        };
        self.sessions.insert(
            session.clone(),
            Known {
                gap: false,
                view,
                ended: VecDeque::new(),
            },
        );
    }

    pub(super) fn session(&self, session: &SessionId) -> Option<&SessionView> {
        self.sessions.get(session).map(|known| &known.view)
    }

    pub(super) fn set_session_state(&mut self, session: &SessionId, state: SessionState) -> bool {
        let Some(known) = self.sessions.get_mut(session) else {
            return false;
        };
        let changed = known.view.state != state && !known.view.state.is_over();
        if changed {
            known.view.state = state;
        }
        changed
    }

    /// Our id of the vendor's call: the known one, or a new one.
    pub(super) fn call_id(&mut self, native: &str, ids: &IdSource) -> CallId {
        self.aliases.get_or_mint(native, ids, &self.living)
    }

    /// Whether a gap was open until now. What is found while the session is being opened was not missed.
    pub(super) fn note_gap(&mut self, session: &SessionId, open: bool) -> bool {
        let known = self.sessions.get_mut(session);
        known.is_some_and(|known| std::mem::replace(&mut known.gap, open) || known.view.state == SessionState::Opening)
    }

    pub(super) fn rename(&mut self, call: &CallId, native: &str) {
        self.aliases.insert(native, call.clone(), &self.living);
        for known in self.sessions.values_mut() {
            if let Some(view) = known.view.calls.get_mut(call) {
                view.native = native.to_owned();
            }
        }
    }

    pub(super) fn snapshot(&self, scope: &Scope) -> Snapshot {
        let view = |(session, known): (&SessionId, &Known)| (session.clone(), known.view.clone());
        let sessions = match scope.session() {
            Some(only) => self.sessions.get_key_value(only).map(view).into_iter().collect(),
            None => self.sessions.iter().map(view).collect(),
        };
        Snapshot { sessions }
    }

    /// Reduces a draft into the state and numbers it. `None` when it tells nothing new.
    pub(super) fn apply(&mut self, draft: Draft) -> Option<Event> {
        let known = self.sessions.get_mut(&draft.session)?;
        if known.is_late(&draft) {
            self.late = self.late.saturating_add(1);
            tracing::trace!(target: "callcontrol::feed", session = %draft.session, kind = ?draft.kind, late = self.late, "overtaken by a later event, dropped");
            return None;
        }
        let lives = |known: &Known| {
            draft
                .call
                .as_ref()
                .is_some_and(|(call, _)| known.view.calls.contains_key(call))
        };
        let lived = lives(known);
        let is_news = known.reduce(&draft);
        match (&draft.call, lived, lives(known)) {
            (Some((call, _)), false, true) => self.living.begins(call),
            (Some((call, _)), true, false) => self.living.ends(call),
            _ => {}
        }
        if !is_news {
            tracing::trace!(target: "callcontrol::feed", session = %draft.session, kind = ?draft.kind, "nothing new, dropped");
            return None;
        }
        known.view.seq += 1;
        let call = draft.call.as_ref().and_then(|(call, _)| known.view.calls.get(call));
        let state = call.map(|view| view.state);
        Some(Event {
            session: draft.session,
            seq: known.view.seq,
            call: draft.call.map(|(call, _)| call),
            kind: draft.kind,
            state,
            op: draft.op,
            provenance: draft.provenance,
            raw: draft.raw,
        })
    }

    /// How many words came late and were dropped.
    pub(super) fn late(&self) -> u64 {
        self.late
    }

    /// What must have happened between what is known and what the vendor lists now.
    pub(super) fn difference(&mut self, session: &SessionId, listed: Vec<CallView>, ids: &IdSource) -> Vec<Draft> {
        let Some(known) = self.sessions.get(session) else {
            return Vec::new();
        };
        let before = known.view.calls.clone();
        let mut drafts = Vec::new();
        let mut alive = BTreeSet::new();
        for view in listed {
            let call = self.aliases.get_or_mint(&view.native, ids, &self.living);
            alive.insert(call.clone());
            if before.get(&call) == Some(&view) {
                continue;
            }
            let kind = match before.get(&call) {
                Some(old) if old.state == view.state => EventKind::Updated,
                Some(_) | None => kind_of(view.state),
            };
            let native = view.native.clone();
            let draft = Draft::new(session.clone(), kind)
                .call(call, native)
                .patch(ViewPatch::all_of(view));
            drafts.push(draft.provenance(Provenance::Synthesized));
        }
        for (call, view) in before {
            if !alive.contains(&call) {
                let kind = EventKind::Released {
                    cause: Cause::Unspecified,
                };
                let draft = Draft::new(session.clone(), kind).call(call, view.native);
                drafts.push(draft.provenance(Provenance::Synthesized));
            }
        }
        drafts
    }
}

impl Known {
    /// It would bring a leg back to where it has left, or a call that is over: a later event has overtaken it. What the vendor lists is never late.
    fn is_late(&self, draft: &Draft) -> bool {
        let Some((call, _)) = &draft.call else {
            return false;
        };
        let told = match effect_of(&draft.kind) {
            LegEffect::Enters(state) => draft.patch.state.or(Some(state)),
            LegEffect::Stays => draft.patch.state,
            LegEffect::Ends => None,
        };
        let Some(told) = told.filter(|_| draft.provenance != Provenance::Synthesized) else {
            return false;
        };
        match self.view.calls.get(call) {
            Some(view) => !leg_may_follow(view.state, told),
            // The same call may begin again: offered anew, or back from another agent.
            None => self.ended.contains(call) && !begins(told),
        }
    }

    /// Changes the view; false when the draft is a duplicate or late word of a call that is over.
    fn reduce(&mut self, draft: &Draft) -> bool {
        if let EventKind::AgentStateChanged { state } = &draft.kind {
            let news = self.view.agent_state != *state;
            self.view.agent_state = state.clone();
            return news;
        }
        let Some((call, native)) = &draft.call else {
            return true;
        };
        match effect_of(&draft.kind) {
            LegEffect::Ends => self.end(call),
            LegEffect::Enters(state) => self.enter(call, native, Some(state), &draft.patch),
            LegEffect::Stays if !self.view.calls.contains_key(call) && draft.patch.state.is_none() => {
                !self.ended.contains(call)
            }
            LegEffect::Stays => {
                let told = is_occurrence(&draft.kind);
                self.enter(call, native, draft.patch.state, &draft.patch) || told
            }
        }
    }

    fn end(&mut self, call: &CallId) -> bool {
        let lived = self.view.calls.remove(call).is_some();
        let first_word = !lived && !self.ended.contains(call);
        if lived || first_word {
            self.ended.push_back(call.clone());
            if self.ended.len() > ENDED_KEPT {
                self.ended.pop_front();
            }
        }
        lived || first_word
    }

    fn enter(&mut self, call: &CallId, native: &str, state: Option<LegState>, patch: &ViewPatch) -> bool {
        let is_new = !self.view.calls.contains_key(call);
        self.ended.retain(|ended| ended != call);
        let state = patch.state.or(state);
        let view = self
            .view
            .calls
            .entry(call.clone())
            .or_insert_with(|| CallView::new(native, state.unwrap_or(LegState::Unknown)));
        let before = view.clone();
        if let Some(state) = state {
            view.state = state;
        }
        patch.clone().write_to(view);
        is_new || *view != before
    }
}

impl ViewPatch {
    fn all_of(view: CallView) -> Self {
        Self {
            direction: Some(view.direction),
            state: Some(view.state),
            parties: Some(view.parties),
            consult_for: view.consult_for,
            muted: Some(view.muted),
            conference: Some(view.conference),
            data: Some(view.data),
            allowed: view.allowed,
        }
    }

    fn write_to(self, view: &mut CallView) {
        fn put<T>(to: &mut T, from: Option<T>) {
            if let Some(value) = from {
                *to = value;
            }
        }
        put(&mut view.direction, self.direction);
        put(&mut view.parties, self.parties);
        put(&mut view.muted, self.muted);
        put(&mut view.conference, self.conference);
        put(&mut view.data, self.data);
        if self.consult_for.is_some() {
            view.consult_for = self.consult_for;
        }
        if self.allowed.is_some() {
            view.allowed = self.allowed;
        }
    }
}

enum LegEffect {
    Enters(LegState),
    Ends,
    Stays,
}

fn effect_of(kind: &EventKind) -> LegEffect {
    match kind {
        EventKind::Offered => LegEffect::Enters(LegState::Ringing),
        EventKind::Dialing => LegEffect::Enters(LegState::Dialing),
        EventKind::Established | EventKind::ReturnedFromIvr | EventKind::Conferenced => {
            LegEffect::Enters(LegState::Talking)
        }
        EventKind::Held => LegEffect::Enters(LegState::Held),
        EventKind::Suspended => LegEffect::Enters(LegState::Suspended),
        EventKind::Queued => LegEffect::Enters(LegState::Waiting),
        EventKind::RobotModeChanged { mode } => LegEffect::Enters(LegState::Robot(*mode)),
        EventKind::Released { .. } | EventKind::Unanswered | EventKind::DialFailed { .. } | EventKind::LeftView => {
            LegEffect::Ends
        }
        EventKind::Alerting { .. }
        | EventKind::PartiesChanged
        | EventKind::PartyLeft { .. }
        | EventKind::ConsultFailed { .. }
        | EventKind::Transferred
        | EventKind::TransferFailed { .. }
        | EventKind::DtmfSent
        | EventKind::DataChanged
        | EventKind::Updated
        | EventKind::AgentStateChanged { .. }
        | EventKind::RecordingChanged { .. }
        | EventKind::PlaybackChanged { .. }
        | EventKind::SupervisionChanged { .. }
        | EventKind::PreviewOffered { .. }
        | EventKind::Other { .. } => LegEffect::Stays,
    }
}

fn begins(state: LegState) -> bool {
    match state {
        LegState::Ringing | LegState::Dialing | LegState::Waiting | LegState::Robot(_) => true,
        LegState::Talking | LegState::Held | LegState::Suspended | LegState::Unknown => false,
    }
}

/// Events that are news each time they are told, even when no detail of the call changed.
fn is_occurrence(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::PartiesChanged | EventKind::DataChanged | EventKind::Updated
    )
}

fn kind_of(state: LegState) -> EventKind {
    match state {
        LegState::Ringing => EventKind::Offered,
        LegState::Dialing => EventKind::Dialing,
        LegState::Talking => EventKind::Established,
        LegState::Held => EventKind::Held,
        LegState::Waiting => EventKind::Queued,
        LegState::Suspended => EventKind::Suspended,
        LegState::Robot(mode) => EventKind::RobotModeChanged { mode },
        LegState::Unknown => EventKind::Updated,
    }
}

/// How many ended calls of a session are remembered, so that late word of them is recognised.
const ENDED_KEPT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> (World, SessionId, CallId) {
        let mut world = World::default();
        let session = SessionId::new("101").expect("valid");
        world.open(&session, &AgentId::new("101").expect("valid"));
        let call = world.call_id("n-1", &IdSource::seeded(1));
        (world, session, call)
    }

    fn say(world: &mut World, session: &SessionId, call: &CallId, kind: EventKind) -> Option<u64> {
        let draft = Draft::new(session.clone(), kind).call(call.clone(), "n-1");
        world.apply(draft).map(|event| event.seq)
    }

    #[test]
    fn a_call_rings_is_answered_held_and_released() {
        let (mut world, session, call) = world();
        assert_eq!(say(&mut world, &session, &call, EventKind::Offered), Some(1));
        assert_eq!(say(&mut world, &session, &call, EventKind::Established), Some(2));
        assert_eq!(say(&mut world, &session, &call, EventKind::Held), Some(3));
        assert_eq!(
            world.session(&session).expect("open").calls[&call].state,
            LegState::Held
        );
        let released = EventKind::Released { cause: Cause::Normal };
        assert_eq!(say(&mut world, &session, &call, released), Some(4));
        assert!(world.session(&session).expect("open").calls.is_empty());
    }

    #[test]
    fn a_duplicate_and_late_word_of_an_ended_call_tell_nothing() {
        let (mut world, session, call) = world();
        say(&mut world, &session, &call, EventKind::Offered);
        assert_eq!(say(&mut world, &session, &call, EventKind::Offered), None);
        let released = EventKind::Released { cause: Cause::Normal };
        assert!(say(&mut world, &session, &call, released.clone()).is_some());
        assert_eq!(say(&mut world, &session, &call, released), None);
        assert_eq!(say(&mut world, &session, &call, EventKind::Held), None);
        assert!(world.session(&session).expect("open").calls.is_empty());
    }

    #[test]
    fn a_ringing_that_was_overtaken_by_the_answer_is_dropped_and_counted() {
        let (mut world, session, call) = world();
        say(&mut world, &session, &call, EventKind::Established);
        assert_eq!(say(&mut world, &session, &call, EventKind::Offered), None);
        assert_eq!(say(&mut world, &session, &call, EventKind::Dialing), None);
        let released = EventKind::Released { cause: Cause::Normal };
        say(&mut world, &session, &call, released);
        assert_eq!(say(&mut world, &session, &call, EventKind::Established), None);
        assert_eq!(world.late(), 3);
        assert!(world.session(&session).expect("open").calls.is_empty());
    }

    #[test]
    fn a_listing_is_the_truth_also_where_it_goes_back() {
        let (mut world, session, call) = world();
        say(&mut world, &session, &call, EventKind::Established);
        let listed = vec![CallView::new("n-1", LegState::Ringing)];
        for draft in world.difference(&session, listed, &IdSource::seeded(2)) {
            assert!(world.apply(draft).is_some());
        }
        let view = world.session(&session).expect("open");
        assert_eq!((view.calls[&call].state, world.late()), (LegState::Ringing, 0));
    }

    #[test]
    fn a_customer_comes_back_from_the_flow_ringing_or_talking() {
        for back in [EventKind::Offered, EventKind::ReturnedFromIvr] {
            let (mut world, session, call) = world();
            say(&mut world, &session, &call, EventKind::Established);
            say(&mut world, &session, &call, EventKind::Suspended);
            assert!(say(&mut world, &session, &call, back).is_some());
        }
    }

    #[test]
    fn the_same_call_may_ring_again_later() {
        let (mut world, session, call) = world();
        say(&mut world, &session, &call, EventKind::Offered);
        say(&mut world, &session, &call, EventKind::Unanswered);
        assert!(say(&mut world, &session, &call, EventKind::Offered).is_some());
    }

    #[test]
    fn what_the_vendor_lists_replaces_what_was_known() {
        let (mut world, session, call) = world();
        let ids = IdSource::seeded(2);
        say(&mut world, &session, &call, EventKind::Offered);
        let listed = vec![CallView::new("n-2", LegState::Held)];
        for draft in world.difference(&session, listed, &ids) {
            assert!(world.apply(draft).is_some());
        }
        let view = world.session(&session).expect("open");
        assert_eq!(view.calls.len(), 1);
        assert!(!view.calls.contains_key(&call));
        assert!(
            world
                .difference(&session, vec![CallView::new("n-2", LegState::Held)], &ids)
                .is_empty()
        );
    }
}
