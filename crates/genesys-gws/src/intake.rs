//! Taking in what the server says: notifications one by one, snapshots as a whole. Publishes, then settles what has come true.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AgentState, CallId, CallView, Cause, CustomerAt, Draft, EventKind, Evidence, LegState, MediaState, OpId, Outcome,
    Provenance, RawMessage,
};

use crate::cometd::message::Incoming;
use crate::expectations::World;
use crate::faults;
use crate::identity;
use crate::journal;
use crate::mapping;
use crate::outcomes::{self, Goal, Verdict};
use crate::pump::SERVICES;
use crate::session::Session;
use crate::wire::call::{WireCall, WireState};
use crate::wire::device::WireDevice;
use crate::wire::notification::{AsyncFault, CallNews, Notification};

impl Session {
    /// Takes one message of the event stream in.
    pub(crate) async fn take_in(self: &Arc<Self>, message: &Incoming) {
        let Some(data) = &message.data else { return };
        let raw = RawMessage::new(message.raw.clone().unwrap_or_default());
        let mut gate = self.gate.lock().await;
        *gate = gate.wrapping_add(1);
        let read = Notification::read(data);
        if self.book().repeats.is_repeat(message, &read) {
            return;
        }
        match read {
            Notification::Call { what, call } => self.take_call(&what, &call, raw),
            Notification::Devices(devices) => self.take_devices(&devices, &raw),
            Notification::Channel(state) => self.take_readiness(&mapping::agent_state(&state)),
            Notification::Fault(fault) => self.take_fault(&fault, raw),
            Notification::Other(name) => self.tell(EventKind::Other { name }, raw),
        }
        if message.channel == SERVICES {
            self.resync_soon();
        }
        drop(gate);
        self.changed();
    }

    fn take_call(self: &Arc<Self>, what: &CallNews, told: &WireCall, raw: RawMessage) {
        let mut world = self.world();
        // Before the id is given a name of ours.
        if self.hub.find_call(&told.id).is_none() && identity::may_be_renamed(told, &world) {
            return self.resync_soon();
        }
        let call = self.hub.call_id(&told.id);
        if self.book().calls.is_over(&call) {
            tracing::debug!(target: "callcontrol::pump", session = %self.id, %call, "word of a call that is over");
            // It may be here again under its old id (rung again, supervised again), or an old word may come late: the server's list knows.
            if told.state != WireState::Released {
                self.book().calls.stirs(&call);
                self.resync_soon();
            }
            return;
        }
        let before = world.calls.get(&call).cloned();
        if is_out_of_order(told, before.as_ref()) {
            tracing::debug!(target: "callcontrol::pump", session = %self.id, %call, "a message that a later one has overtaken, dropped");
            return self.resync_soon();
        }
        let consult_for = told.consults_for().map(|parent| self.hub.call_id(parent));
        let cause_op = self.bind(&call, told, before.as_ref(), consult_for.as_ref());
        let tape = self.book().calls.tape(&call);
        self.book().calls.note(&call, told);
        let view = mapping::view(told, before.as_ref(), consult_for);
        match &view {
            Some(view) => world.calls.insert(call.clone(), view.clone()),
            None => world.calls.remove(&call),
        };
        let mut book = self.book();
        (world.tapes, world.agents_muted) = (book.calls.tapes(), book.calls.agents_muted());
        let mut said = book.expectations.judge(&world);
        drop(book);
        said.extend(self.tones(what, &call, &world));
        let done = said
            .iter()
            .find(|(_, verdict)| is_done(verdict))
            .map(|(op, _)| op.clone());
        let moved = || self.book().expectations.moving(&call).filter(|_| view.is_none());
        // By the move that is under way, as far as anybody will ever know.
        let done = done.or_else(moved);
        let is_old_news =
            *what == CallNews::RecordingChanged && tape.is_some() && tape == self.book().calls.tape(&call);
        let kind = match view {
            // The list of what the call permits has told it already, or the message itself has.
            Some(_) if is_old_news => EventKind::Updated,
            Some(_) => mapping::event(what, told, before.as_ref()),
            None => mapping::released(before.as_ref(), done.is_some()),
        };
        let draft = Draft::new(self.id.clone(), kind)
            .call(call.clone(), told.id.as_str())
            .op(done.or(cause_op))
            .raw(Some(raw));
        self.hub.publish(match view {
            Some(view) => draft.patch(mapping::patch(view)),
            None => draft,
        });
        self.tell_tape(&call, tape, what);
        let is_missing = before.is_none() && !matches!(told.state, WireState::Ringing | WireState::Dialing);
        if is_missing || self.is_unasked_turn(told, before.as_ref(), &said) {
            // Section 13.1: something before this was missed, or came in the wrong order.
            self.resync_soon();
        }
        self.say(said, Evidence::Event);
        for op in self.book().expectations.half_done(&world) {
            self.look_closer(op);
        }
    }

    /// From talking to hold or back without anything of ours: somebody at the desk phone, or a message that was overtaken.
    fn is_unasked_turn(&self, told: &WireCall, before: Option<&CallView>, said: &[(OpId, Verdict)]) -> bool {
        let turned = match before.map(|before| before.state) {
            Some(LegState::Talking) => told.state == WireState::Held,
            Some(LegState::Held) => told.state == WireState::Established,
            _ => false,
        };
        turned && said.is_empty() && self.hub.pending_of(&self.id).is_empty()
    }

    /// A recorder that changed without a message of its own.
    fn tell_tape(&self, call: &CallId, before: Option<MediaState>, what: &CallNews) {
        let now = self.book().calls.tape(call);
        match now {
            Some(state) if before.is_some() && before != now && *what != CallNews::RecordingChanged => {
                self.derive(EventKind::RecordingChanged { state }, call, None);
            }
            Some(_) | None => {}
        }
    }

    /// One of the two calls of a hand-over is gone. The other follows in a moment, or somebody has hung up: the state tells.
    fn look_closer(self: &Arc<Self>, op: OpId) {
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = session.stop.cancelled() => return,
                () = tokio::time::sleep(A_MOMENT) => {}
            }
            if session.asked().await {
                session.conclude_half_done(&op);
            }
        });
    }

    /// Ties a call to the command that created it.
    pub(crate) fn bind(
        &self,
        call: &CallId,
        told: &WireCall,
        before: Option<&CallView>,
        consult_for: Option<&CallId>,
    ) -> Option<OpId> {
        let mut book = self.book();
        if let Some(original) = consult_for {
            let op = book.calls.bind_consult(original, call)?;
            book.expectations.bind_third(&op, call);
            return Some(op);
        }
        if before.is_none() && matches!(told.state, WireState::Dialing | WireState::Established) {
            return book.expectations.bind_dialed(call);
        }
        book.expectations.dialing(call)
    }

    fn tones(&self, what: &CallNews, call: &CallId, world: &World) -> Option<(OpId, Verdict)> {
        if *what != CallNews::DtmfSent {
            return None;
        }
        let op = self.book().expectations.tones_sent(call)?;
        Some((op, Verdict::Settled(Outcome::done(world.customer(call)))))
    }

    fn take_devices(self: &Arc<Self>, devices: &[WireDevice], raw: &RawMessage) {
        if self.take_desk(devices) {
            let name = "DeviceStateChangeMessage".to_owned();
            self.tell(EventKind::Other { name }, raw.clone());
        }
        match self.readiness_of(devices) {
            Some(state) => self.take_readiness(&state),
            None => self.settle_by_event(),
        }
    }

    /// Takes note of the own device; true when a standing setting of it changed.
    pub(crate) fn take_desk(&self, devices: &[WireDevice]) -> bool {
        let before = self.book().desk.clone();
        self.note_devices(devices);
        let now = self.book().desk.clone();
        self.tell_supervision(before.supervision.as_ref(), now.supervision.as_ref());
        before.id.is_some() && (before.forward_to, before.do_not_disturb) != (now.forward_to, now.do_not_disturb)
    }

    fn take_readiness(self: &Arc<Self>, state: &AgentState) {
        self.hub.agent_state_seen(&self.id, state.clone(), Provenance::Vendor);
        self.settle_by_event();
        self.mind_presence(state);
    }

    pub(crate) fn settle_by_event(self: &Arc<Self>) {
        if self.book().expectations.is_empty() {
            return;
        }
        let world = self.world();
        let said = self.book().expectations.judge(&world);
        self.say(said, Evidence::Event);
    }

    /// Nothing in it names the command. It is blamed on the one command that can be meant; where several can, the state will tell.
    fn take_fault(self: &Arc<Self>, fault: &AsyncFault, raw: RawMessage) {
        let cause = faults::cause(fault);
        tracing::info!(target: "callcontrol::pump", session = %self.id, %cause, "the vendor reports a failure after acceptance");
        let named = fault.call.as_deref().and_then(|native| self.hub.find_call(native));
        if let Some(op) = self.blamed(named.as_ref()) {
            self.blame(&op, &cause);
        }
        self.tell(
            EventKind::Other {
                name: "failure".to_owned(),
            },
            raw,
        );
    }

    fn blamed(&self, named: Option<&CallId>) -> Option<OpId> {
        let book = self.book();
        let open = |op: &OpId| self.hub.outcome_of(op).is_some_and(|outcome| outcome.peek().is_none());
        let mut fresh = Vec::new();
        let mut ringing = Vec::new();
        for (op, goal) in book.expectations.waiting() {
            if !open(&op) || !named.is_none_or(|call| concerns(&goal, call)) {
                continue;
            }
            match goal {
                Goal::Consulting { third: Some(_), .. } | Goal::Dialed(Some(_)) => ringing.push(op),
                _ => fresh.push(op),
            }
        }
        for (op, recipe) in &book.recipes {
            if !recipe.completing && named.is_none_or(|call| *call == recipe.original) {
                ringing.push(op.clone());
            }
        }
        match (fresh.as_slice(), ringing.as_slice()) {
            ([op], _) | ([], [op]) => Some(op.clone()),
            _ => None,
        }
    }

    fn blame(self: &Arc<Self>, op: &OpId, cause: &Cause) {
        let mut book = self.book();
        if let Some(recipe) = book.recipes.get_mut(op) {
            recipe.fault = Some(cause.clone());
            return;
        }
        let Some(goal) = book.expectations.goal(op).cloned() else {
            return;
        };
        book.expectations.forget(op);
        drop(book);
        let verdict = outcomes::faulted(&goal, cause.clone(), &self.world());
        self.say(vec![(op.clone(), verdict)], Evidence::Event);
    }

    fn tell(&self, kind: EventKind, raw: RawMessage) {
        self.hub.publish(Draft::new(self.id.clone(), kind).raw(Some(raw)));
    }

    /// Records verdicts.
    pub(crate) fn say(self: &Arc<Self>, said: Vec<(OpId, Verdict)>, evidence: Evidence) {
        for (op, verdict) in said {
            match verdict {
                Verdict::Settled(outcome) => {
                    let evidence = if evidence == Evidence::Event {
                        outcome.evidence
                    } else {
                        evidence
                    };
                    if let Some(operation) = self.hub.outcome_of(&op) {
                        journal::follow(&operation, &outcome);
                    }
                    self.hub.settle(&op, outcome.by(evidence));
                }
                Verdict::ConsultFailed(cause, original) => self.consult_failed(op, cause, original, evidence),
            }
        }
    }

    /// Says that a consult failed, and where the customer is after it once that is clear.
    fn consult_failed(self: &Arc<Self>, op: OpId, cause: Cause, original: CallId, evidence: Evidence) {
        self.derive(
            EventKind::ConsultFailed { cause: cause.clone() },
            &original,
            Some(op.clone()),
        );
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            let customer = session.settled_customer(&original).await;
            if session.stop.is_cancelled() {
                return;
            }
            let cause = if customer == CustomerAt::Gone {
                Cause::CustomerHungUp
            } else {
                cause
            };
            session.hub.settle(&op, Outcome::failed(cause, customer).by(evidence));
        });
    }

    /// Where the customer is after a consult has ended without a hand-over. Some switches retrieve him by themselves, and the message that he was
    /// put on hold may come last: both get a moment.
    pub(crate) async fn settled_customer(self: &Arc<Self>, original: &CallId) -> CustomerAt {
        let wait = self.config.auto_retrieve_wait();
        for state in [LegState::Talking, LegState::Held] {
            let other = |world: &World| (world.state(original) != Some(state)).then_some(());
            self.until(wait, other).await;
        }
        self.asked_customer(original).await
    }

    /// Where the customer is, by the server's own list: the message that he was put on hold may have been lost. If the list cannot be had, he is not
    /// said to be with the agent.
    pub(crate) async fn asked_customer(self: &Arc<Self>, original: &CallId) -> CustomerAt {
        let asked = self.asked().await;
        match self.world().customer(original) {
            CustomerAt::Agent if !asked => CustomerAt::Unknown,
            told => told,
        }
    }

    /// Publishes what follows from several messages, about a live call.
    pub(crate) fn derive(&self, kind: EventKind, call: &CallId, op: Option<OpId>) {
        if let Some(view) = self.hub.call(&self.id, call) {
            let draft = Draft::new(self.id.clone(), kind).call(call.clone(), view.native).op(op);
            self.hub.publish(draft.provenance(Provenance::Derived));
        }
    }
}

fn is_done(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Settled(outcome) if outcome.is_done())
}

/// A call that was answered neither rings nor dials again. What else came in the wrong order, only a snapshot can tell (section 8.3).
fn is_out_of_order(told: &WireCall, before: Option<&CallView>) -> bool {
    let begins = matches!(told.state, WireState::Ringing | WireState::Dialing);
    begins && before.is_some_and(|before| matches!(before.state, LegState::Talking | LegState::Held))
}

fn concerns(goal: &Goal, call: &CallId) -> bool {
    match goal {
        Goal::Talking(on)
        | Goal::Held(on)
        | Goal::Muted(on, _)
        | Goal::Gone(on, _)
        | Goal::Moved { call: on, .. }
        | Goal::Added(on, _)
        | Goal::Removed(on, _)
        | Goal::Tones(on)
        | Goal::Taped(on, _)
        | Goal::AgentMuted(on, _)
        | Goal::Data(on, _) => on == call,
        Goal::Dialed(on) => on.as_ref() == Some(call),
        Goal::Consulting { original, third }
        | Goal::Completed { original, third }
        | Goal::Merged { original, third } => original == call || third.as_ref() == Some(call),
        Goal::Swapped { talking, held, .. } => talking == call || held == call,
        Goal::Readiness(_) | Goal::Forwarded(_) | Goal::Undisturbed(_) | Goal::Supervising(_) => false,
    }
}

/// A hand-over takes both calls of the agent at once; what lies between their two messages is the network's.
pub(crate) const A_MOMENT: Duration = Duration::from_millis(250);
