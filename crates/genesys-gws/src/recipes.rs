//! The emulations: taking a consult back, and the transfer that completes itself when the target answers. Each step is one of the vendor's operations;
//! at the end the outcome says where the customer is. The steps run in a task of the session's, so that a dropped future changes nothing.

use std::sync::Arc;

use callcontrol_core::{
    CallId, Cause, CustomerAt, Effect, Error, ErrorKind, EventKind, LegState, OpCx, OpId, Operation, Outcome, Receipt,
    Result,
};
use tokio::time::Instant;

use crate::capabilities::{CONSULT_THEN_COMPLETE, HANGUP_THEN_RETRIEVE};
use crate::expectations::World;
use crate::faults::Asked;
use crate::intake::A_MOMENT;
use crate::session::{RunningRecipe, Session, Withdrawal};
use crate::wire::body::Body;

/// What happened to a transfer that waits for its target.
#[derive(Debug, Clone)]
enum Turn {
    Answered(CallId),
    Failed(Cause),
    CustomerGone,
    Withdrawn(Withdrawal),
}

impl Session {
    /// Begins a transfer that completes itself when the target answers.
    pub(crate) async fn release_after(self: &Arc<Self>, original: &CallId, body: Body, cx: &OpCx) -> Result<Receipt> {
        let operation = Operation::ReleaseAfterTransfer;
        let path = self.call_path(original)?;
        let whole = self
            .config
            .answer_timeout()
            .saturating_add(self.config.effect_timeout().saturating_mul(4));
        let outcome = self.begin(operation, Some(original), whole, cx);
        self.enlist(&cx.op, original);
        match self.post(path, &body, Asked::Call, self.deadline(cx)).await {
            Err(error) if error.effect() == Effect::None => {
                self.strike(&cx.op);
                self.hub.forget(&cx.op);
                return Err(self.told(error, operation, Some(original), cx));
            }
            // Perhaps it was taken: the recipe goes on, and finds out.
            Err(error) => {
                self.run_release_after(cx.op.clone(), original.clone());
                return Err(self.told(error, operation, Some(original), cx));
            }
            Ok(_) => {}
        }
        self.run_release_after(cx.op.clone(), original.clone());
        let steps = ["InitiateTransfer", "wait for Established", "CompleteTransfer"];
        Ok(Receipt::new(outcome).emulated(CONSULT_THEN_COMPLETE, steps))
    }

    /// Takes a running release-after transfer back. `None` when the operation is none.
    pub(crate) fn cancel_release_after(
        self: &Arc<Self>,
        op: &OpId,
        original: &CallId,
        cx: &OpCx,
    ) -> Option<Result<Receipt>> {
        let is_mine = |recipe: &&mut RunningRecipe| recipe.original == *original;
        self.book().recipes.get_mut(op).filter(is_mine)?;
        // Registered before the recipe can hear of it, as the recipe settles it.
        let outcome = self.begin(Operation::CancelTransfer, Some(original), self.way_back(), cx);
        if let Err(error) = self.ask_back(op, original, cx) {
            self.hub.forget(&cx.op);
            return Some(Err(error));
        }
        self.changed();
        Some(Ok(
            Receipt::new(outcome).emulated(HANGUP_THEN_RETRIEVE, ["Hangup", "Retrieve"])
        ))
    }

    fn ask_back(&self, op: &OpId, original: &CallId, cx: &OpCx) -> Result<()> {
        let mut book = self.book();
        let text = match book.recipes.get_mut(op) {
            None => "the transfer is over",
            Some(recipe) if recipe.completing => {
                "the target has answered and the call is being handed over; it cannot be taken back any more"
            }
            Some(recipe) if recipe.withdrawn.is_some() => "the transfer is being taken back already",
            Some(recipe) => {
                recipe.withdrawn = Some(Withdrawal::By(cx.op.clone()));
                return Ok(());
            }
        };
        Err(Error::invalid_state(text).on_call(original))
    }

    fn enlist(&self, op: &OpId, original: &CallId) {
        let mut book = self.book();
        // Before sending: the consult call may be told before the answer.
        book.calls.expect_consult(op, original);
        let recipe = RunningRecipe {
            original: original.clone(),
            completing: false,
            fault: None,
            withdrawn: None,
        };
        book.recipes.insert(op.clone(), recipe);
    }

    fn strike(&self, op: &OpId) {
        let mut book = self.book();
        book.calls.forget_consult(op);
        book.recipes.remove(op);
    }

    fn run_release_after(self: &Arc<Self>, op: OpId, original: CallId) {
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            let ended = session.see_through(&op, &original).await;
            session.strike(&op);
            // Stopped in between: the session's end settles what is open.
            let Some((outcome, withdrawn)) = ended else { return };
            if !outcome.is_done() {
                let kind = EventKind::TransferFailed {
                    cause: outcome.cause.clone(),
                };
                session.derive(kind, &original, Some(op.clone()));
            }
            if let Some(Withdrawal::By(cancel)) = withdrawn {
                session.hub.settle(&cancel, taken_back(outcome.customer));
            }
            session.hub.settle(&op, outcome);
            session.changed();
        });
    }

    /// From the accepted consult to the end. `None` when the session was stopped.
    async fn see_through(self: &Arc<Self>, op: &OpId, original: &CallId) -> Option<(Outcome, Option<Withdrawal>)> {
        let turn = self.await_turn(op, original).await?;
        let (cause, withdrawn) = match turn {
            Turn::Answered(third) => match self.hand_over(op, original, &third).await? {
                Handed::Over => return Some((Outcome::done(CustomerAt::Target), None)),
                Handed::Not(cause, withdrawn) => (cause, withdrawn),
            },
            Turn::Failed(cause) => (cause, None),
            Turn::CustomerGone => (Cause::CustomerHungUp, None),
            Turn::Withdrawn(by) => (Cause::Cancelled, Some(by)),
        };
        let third = self.third(op, original);
        let customer = self.take_back(original, third.as_ref()).await;
        let cause = if customer == CustomerAt::Gone {
            Cause::CustomerHungUp
        } else {
            cause
        };
        Some((Outcome::failed(cause, customer), withdrawn))
    }

    /// Waits until the target has answered or it is certain that it will not.
    async fn await_turn(self: &Arc<Self>, op: &OpId, original: &CallId) -> Option<Turn> {
        let shown = |world: &World| {
            let turn = self.turn(op, original, world);
            let is_there = self.third(op, original).is_some();
            (is_there || turn.is_some()).then_some(turn)
        };
        let mut turn = self.until(self.config.effect_timeout(), shown).await;
        if turn.is_none() && !self.stop.is_cancelled() {
            // No sign of the consult at all: the switch may have refused in silence (section 12.3), or the sign was lost.
            self.asked().await;
            turn = shown(&self.world());
        }
        match turn {
            _ if self.stop.is_cancelled() => None,
            None => Some(Turn::Failed(Cause::Unspecified)),
            Some(Some(turn)) => Some(turn),
            Some(None) => self.await_answer(op, original).await,
        }
    }

    /// The target's telephone rings. When it has rung long enough, the state has the last word: an event may have been lost.
    async fn await_answer(self: &Arc<Self>, op: &OpId, original: &CallId) -> Option<Turn> {
        let limit = self.config.answer_timeout();
        let turn = self.until(limit, |world| self.turn(op, original, world)).await;
        if turn.is_some() || self.stop.is_cancelled() {
            return turn;
        }
        self.asked().await;
        let turn = self.turn(op, original, &self.world());
        Some(turn.unwrap_or(Turn::Failed(Cause::NoAnswer)))
    }

    fn turn(&self, op: &OpId, original: &CallId, world: &World) -> Option<Turn> {
        let book = self.book();
        let recipe = book.recipes.get(op)?;
        if let Some(by) = &recipe.withdrawn {
            return Some(Turn::Withdrawn(by.clone()));
        }
        if let Some(cause) = &recipe.fault {
            return Some(Turn::Failed(cause.clone()));
        }
        if !world.is_alive(original) {
            return Some(Turn::CustomerGone);
        }
        let third = book.calls.third(op, original).flatten()?;
        match world.state(&third) {
            Some(LegState::Talking | LegState::Held) => Some(Turn::Answered(third)),
            Some(_) => None,
            // Busy, unanswered and rejected look alike: the vendor does not tell (section 10).
            None => Some(Turn::Failed(Cause::Unspecified)),
        }
    }

    async fn hand_over(self: &Arc<Self>, op: &OpId, original: &CallId, third: &CallId) -> Option<Handed> {
        if let Some(by) = self.commit(op) {
            return Some(Handed::Not(Cause::Cancelled, Some(by)));
        }
        let deadline = Instant::now() + self.config.request_timeout();
        let refused = match self.completion(original, Some(third)) {
            Ok((path, body)) => self.post(path, &body, Asked::Call, deadline).await.err(),
            Err(error) => Some(error),
        };
        if let Some(error) = &refused {
            tracing::warn!(target: "callcontrol::op", %op, %error, "the hand-over was not accepted");
        }
        let refused = refused.is_some_and(|error| error.effect() == Effect::None);
        let both_gone = |world: &World| (!world.is_alive(original) && !world.is_alive(third)).then_some(());
        if !refused {
            let one_gone = |world: &World| (!world.is_alive(original) || !world.is_alive(third)).then_some(());
            self.until(self.config.effect_timeout(), one_gone).await;
            // The other follows at once, unless it is somebody who has hung up.
            if self.until(A_MOMENT, both_gone).await.is_some() {
                return Some(Handed::Over);
            }
        }
        self.asked().await;
        if self.stop.is_cancelled() {
            return None;
        }
        let world = self.world();
        if !refused && both_gone(&world).is_some() {
            return Some(Handed::Over);
        }
        let cause = if world.is_alive(third) {
            Cause::Unspecified
        } else {
            Cause::TargetHungUp
        };
        Some(Handed::Not(cause, None))
    }

    /// From here on it cannot be cancelled; gives who cancelled in the last moment.
    fn commit(&self, op: &OpId) -> Option<Withdrawal> {
        let mut book = self.book();
        let recipe = book.recipes.get_mut(op)?;
        if recipe.withdrawn.is_none() {
            recipe.completing = true;
        }
        recipe.withdrawn.clone()
    }

    /// Drops the third party and takes the customer back. The first request is sent before this returns, so that a refusal leaves the consult standing.
    pub(crate) async fn cancel_consult(
        self: &Arc<Self>,
        consult: &OpId,
        original: &CallId,
        operation: Operation,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let third = self.await_third(consult, original, cx).await?;
        let world = self.world();
        let third = third.filter(|third| world.is_alive(third));
        if third.is_none() && !world.is_alive(original) {
            return Err(Error::not_found("both calls of the consult are over").on_call(original));
        }
        let outcome = self.begin(operation, Some(original), self.way_back(), cx);
        if let Some(third) = &third {
            self.book().expectations.forget(consult);
            match self.hang_up(third, self.deadline(cx)).await {
                Err(error) if error.effect() == Effect::None && error.kind() != ErrorKind::NotFound => {
                    self.hub.forget(&cx.op);
                    self.expect_answer(consult, original, third);
                    return Err(self.told(error, operation, Some(original), cx));
                }
                Err(_) | Ok(()) => {}
            }
        }
        self.run_way_back(cx.op.clone(), consult.clone(), original.clone(), third);
        Ok(Receipt::new(outcome).emulated(HANGUP_THEN_RETRIEVE, ["Hangup", "Retrieve"]))
    }

    fn run_way_back(self: &Arc<Self>, op: OpId, consult: OpId, original: CallId, third: Option<CallId>) {
        let session = Arc::clone(self);
        self.book().ways_back += 1;
        self.tasks.spawn(async move {
            if let Some(third) = &third {
                session.await_end(third).await;
            }
            let customer = session.take_back(&original, third.as_ref()).await;
            if !session.stop.is_cancelled() {
                let cancelled = Outcome::failed(Cause::Cancelled, customer);
                session.hub.settle(&consult, cancelled);
                session.hub.settle(&op, taken_back(customer));
            }
            session.book().ways_back -= 1;
            session.changed();
        });
    }

    /// Hangs the third party up if it is still there, and sees to it that the agent talks to the customer again. Says where the customer is then.
    /// Both operations concern the agent's own legs only: neither can undo a hand-over that succeeded after all.
    async fn take_back(self: &Arc<Self>, original: &CallId, third: Option<&CallId>) -> CustomerAt {
        if let Some(third) = third.filter(|third| self.world().is_alive(third)) {
            let deadline = Instant::now() + self.config.request_timeout();
            if let Err(error) = self.hang_up(third, deadline).await {
                tracing::warn!(target: "callcontrol::op", session = %self.id, %error, "the third party could not be hung up");
            }
            self.await_end(third).await;
        }
        match self.settled_customer(original).await {
            CustomerAt::AgentHeld => self.retrieve(original).await,
            elsewhere => elsewhere,
        }
    }

    /// Some switches retrieve by themselves; this one has not. The server's list is not asked: after a consult it is often stale (section 7.2).
    async fn retrieve(self: &Arc<Self>, original: &CallId) -> CustomerAt {
        let deadline = Instant::now() + self.config.request_timeout();
        let sent = match self.call_path(original) {
            Ok(path) => self
                .post(path, &Body::op("Retrieve"), Asked::Call, deadline)
                .await
                .map(drop),
            Err(error) => Err(error),
        };
        let refused = match sent {
            Err(error) => {
                tracing::warn!(target: "callcontrol::op", session = %self.id, %error, "the customer could not be retrieved");
                error.effect() == Effect::None
            }
            Ok(()) => false,
        };
        let left_hold =
            |world: &World| (world.state(original) != Some(LegState::Held)).then(|| world.customer(original));
        if !refused && let Some(customer) = self.until(self.config.effect_timeout(), left_hold).await {
            return customer;
        }
        self.asked_customer(original).await
    }

    async fn hang_up(self: &Arc<Self>, call: &CallId, deadline: Instant) -> Result<()> {
        let path = self.call_path(call)?;
        self.post(path, &Body::op("Hangup"), Asked::Call, deadline)
            .await
            .map(drop)
    }

    async fn await_end(self: &Arc<Self>, call: &CallId) {
        let over = |world: &World| (!world.is_alive(call)).then_some(());
        if self.until(self.config.effect_timeout(), over).await.is_none() && !self.stop.is_cancelled() {
            self.asked().await;
        }
    }

    /// The third party's call. Right after the start it may not have been told yet: then it is waited for, until it shows or the consult has failed.
    /// To say "taken back" before would leave a consult that comes late unattended.
    async fn await_third(self: &Arc<Self>, consult: &OpId, original: &CallId, cx: &OpCx) -> Result<Option<CallId>> {
        let shown = |_: &World| {
            let third = self.third(consult, original);
            let is_open = self
                .hub
                .outcome_of(consult)
                .is_some_and(|outcome| outcome.peek().is_none());
            (third.is_some() || !is_open).then_some(third)
        };
        if let Some(known) = shown(&self.world()) {
            return Ok(known);
        }
        let limit = cx.remaining_or(self.config.effect_timeout().saturating_mul(2));
        let shown = self.until(limit, shown).await;
        shown.ok_or_else(|| {
            Error::invalid_state("the call to the third party has not shown yet; cancel again in a moment")
                .on_call(original)
        })
    }

    /// The third party's call of a consult: as bound when it appeared, else (a consult of an earlier process) the call that consults for this one.
    pub(crate) fn third(&self, consult: &OpId, original: &CallId) -> Option<CallId> {
        let bound = self.book().calls.third(consult, original);
        bound.unwrap_or_else(|| self.world().consult_of(original).cloned())
    }

    /// How long the way back may take at worst.
    fn way_back(&self) -> std::time::Duration {
        let config = &self.config;
        config
            .effect_timeout()
            .saturating_mul(3)
            .saturating_add(config.request_timeout().saturating_mul(4))
    }
}

/// How a hand-over ended.
#[derive(Debug)]
enum Handed {
    Over,
    Not(Cause, Option<Withdrawal>),
}

fn taken_back(customer: CustomerAt) -> Outcome {
    match customer {
        CustomerAt::Agent | CustomerAt::Conference => Outcome::done(customer),
        CustomerAt::Gone => Outcome::failed(Cause::CustomerHungUp, customer),
        elsewhere => Outcome::failed(Cause::Unspecified, elsewhere),
    }
}
