//! One `changeWorkMode` or `receiveDialogrecord` under way. Whatever ends it (an answer, an error, the caller's loss of patience), belief, view and outcome end in agreement.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callcontrol_core::{
    CallRef, Draft, Effect, EventKind, Hub, LegState, OpId, Operation, OutcomeHandle, Pending, Provenance, Receipt,
    Result, RobotMode, ViewPatch,
};

use crate::calls::{Deed, Mode, Robots};
use crate::outcomes;
use crate::wire::envelope::Envelope;
use crate::wire::work_mode::WorkMode;

/// A change that has begun and must end; dropping it unended counts as a lost answer if anything was sent.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    hub: &'a Hub,
    robots: &'a Robots,
    call: &'a CallRef,
    native: String,
    op: OpId,
    deed: Deed,
    on_wire: AtomicBool,
    outcome: OutcomeHandle,
    told_later: bool,
    ended: bool,
}

/// What is begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begin<'a> {
    deed: Deed,
    op: &'a OpId,
    window: Option<Duration>,
}

impl<'a> Begin<'a> {
    pub(crate) fn new(deed: Deed, op: &'a OpId) -> Self {
        Self { deed, op, window: None }
    }

    /// Its outcome may come this late.
    pub(crate) fn window(mut self, window: Option<Duration>) -> Self {
        self.window = window;
        self
    }
}

impl<'a> Attempt<'a> {
    /// Begins a change that is legal as far as known; nothing is sent yet.
    pub(crate) fn begin(
        hub: &'a Hub,
        robots: &'a Robots,
        call: &'a CallRef,
        native: String,
        begin: Begin<'_>,
    ) -> Result<Self> {
        let Begin { deed, op, window } = begin;
        robots.begin(&call.session, &call.call, deed, op)?;
        let operation = match deed {
            Deed::Change(WorkMode::Common | WorkMode::Supervision | WorkMode::Insertion) => Operation::RobotMode,
            Deed::Change(WorkMode::Transfer) => Operation::BlindTransfer,
            Deed::Reply => Operation::Say,
        };
        let pending = Pending::new(op.clone(), operation, call.session.clone(), Some(call.call.clone()));
        let pending = match window {
            Some(window) => pending.window(window),
            None => pending,
        };
        Ok(Self {
            hub,
            robots,
            call,
            native,
            op: op.clone(),
            deed,
            on_wire: AtomicBool::new(false),
            outcome: hub.begin(pending),
            told_later: false,
            ended: false,
        })
    }

    /// True while the vendor may have the order.
    pub(crate) fn on_wire(&self) -> &AtomicBool {
        &self.on_wire
    }

    /// Somebody settles the outcome of an accepted order later.
    pub(crate) fn told_later(mut self, later: bool) -> Self {
        self.told_later = later;
        self
    }

    /// Ends the change by what came of it.
    pub(crate) fn end(mut self, result: Result<Envelope>) -> Result<Receipt> {
        self.ended = true;
        match result {
            Ok(_) => self.accepted(),
            Err(error) => {
                match error.effect() {
                    Effect::None => self.undone(),
                    Effect::Applied | Effect::Unknown => self.lost(),
                }
                return Err(error);
            }
        }
        Ok(Receipt::new(self.outcome.clone()))
    }

    fn accepted(&self) {
        let mode = match self.deed {
            Deed::Change(mode) => Some(mode.into()),
            Deed::Reply => None,
        };
        self.robots.end(&self.call.session, &self.call.call, mode);
        let (kind, patch) = match self.deed {
            Deed::Change(WorkMode::Common) => (changed(RobotMode::Common), ViewPatch::default()),
            Deed::Change(WorkMode::Supervision) => (changed(RobotMode::Supervision), ViewPatch::default()),
            Deed::Change(WorkMode::Insertion) => (changed(RobotMode::Insertion), ViewPatch::default()),
            // Not `Transferred`, which would say that the target was reached.
            Deed::Change(WorkMode::Transfer) => (other("transfer-accepted"), nobody_knows()),
            Deed::Reply => (other("reply-accepted"), ViewPatch::default()),
        };
        self.publish(kind, patch);
        if !self.told_later {
            self.hub.settle(&self.op, outcomes::accepted(self.deed));
        }
    }

    fn undone(&self) {
        self.robots.end(&self.call.session, &self.call.call, None);
        self.hub.forget(&self.op);
    }

    fn lost(&self) {
        match self.deed {
            Deed::Change(_) => {
                self.robots
                    .end(&self.call.session, &self.call.call, Some(Mode::Unknown));
                self.publish(EventKind::Updated, nobody_knows());
            }
            // A reply changes no mode, whether it arrived or not.
            Deed::Reply => self.robots.end(&self.call.session, &self.call.call, None),
        }
        self.hub.settle(&self.op, outcomes::answer_lost(self.deed));
    }

    fn publish(&self, kind: EventKind, patch: ViewPatch) {
        let draft = Draft::new(self.call.session.clone(), kind)
            .call(self.call.call.clone(), self.native.clone())
            .patch(patch)
            .op(Some(self.op.clone()))
            .provenance(Provenance::Derived);
        self.hub.publish(draft);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.on_wire.load(Ordering::Acquire) {
            self.lost();
        } else {
            self.undone();
        }
    }
}

fn changed(mode: RobotMode) -> EventKind {
    EventKind::RobotModeChanged { mode }
}

fn other(name: &str) -> EventKind {
    EventKind::Other { name: name.to_owned() }
}

fn nobody_knows() -> ViewPatch {
    ViewPatch {
        state: Some(LegState::Unknown),
        ..ViewPatch::default()
    }
}
