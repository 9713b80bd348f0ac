//! One `changeWorkMode` under way. Whatever ends it (an answer, an error, the caller's loss of patience), belief, view and outcome end in agreement.

use std::sync::atomic::{AtomicBool, Ordering};

use callcontrol_core::{
    CallRef, Draft, Effect, EventKind, Hub, LegState, OpId, Operation, OutcomeHandle, Pending, Provenance, Receipt,
    Result, RobotMode, ViewPatch,
};

use crate::calls::{Mode, Robots};
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
    to: WorkMode,
    on_wire: AtomicBool,
    outcome: OutcomeHandle,
    ended: bool,
}

impl<'a> Attempt<'a> {
    /// Begins a change that is legal as far as known; nothing is sent yet.
    pub(crate) fn begin(
        hub: &'a Hub,
        robots: &'a Robots,
        call: &'a CallRef,
        native: String,
        to: WorkMode,
        op: &OpId,
    ) -> Result<Self> {
        robots.begin(&call.session, &call.call, to, op)?;
        let operation = match to {
            WorkMode::Common | WorkMode::Supervision | WorkMode::Insertion => Operation::RobotMode,
            WorkMode::Transfer => Operation::BlindTransfer,
        };
        let pending = Pending::new(op.clone(), operation, call.session.clone(), Some(call.call.clone()));
        Ok(Self {
            hub,
            robots,
            call,
            native,
            op: op.clone(),
            to,
            on_wire: AtomicBool::new(false),
            outcome: hub.begin(pending),
            ended: false,
        })
    }

    /// True while the vendor may have the order.
    pub(crate) fn on_wire(&self) -> &AtomicBool {
        &self.on_wire
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
        self.robots
            .end(&self.call.session, &self.call.call, Some(self.to.into()));
        let (kind, patch) = match self.to {
            WorkMode::Common => (changed(RobotMode::Common), ViewPatch::default()),
            WorkMode::Supervision => (changed(RobotMode::Supervision), ViewPatch::default()),
            WorkMode::Insertion => (changed(RobotMode::Insertion), ViewPatch::default()),
            // Not `Transferred`, which would say that the target was reached.
            WorkMode::Transfer => (
                EventKind::Other {
                    name: "transfer-accepted".to_owned(),
                },
                nobody_knows(),
            ),
        };
        self.publish(kind, patch);
        self.hub.settle(&self.op, outcomes::accepted(self.to));
    }

    fn undone(&self) {
        self.robots.end(&self.call.session, &self.call.call, None);
        self.hub.forget(&self.op);
    }

    fn lost(&self) {
        self.robots
            .end(&self.call.session, &self.call.call, Some(Mode::Unknown));
        self.publish(EventKind::Updated, nobody_knows());
        self.hub.settle(&self.op, outcomes::answer_lost());
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

fn nobody_knows() -> ViewPatch {
    ViewPatch {
        state: Some(LegState::Unknown),
        ..ViewPatch::default()
    }
}
