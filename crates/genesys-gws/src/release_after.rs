//! The emulated transfer that completes itself when the target answers: hold and call, wait, hand over, and where that fails take the customer back.
//! The steps run in a task of the session's, so that a dropped future changes nothing.

use std::sync::Arc;

use callcontrol_core::{
    CallId, Cause, CustomerAt, Effect, Error, EventKind, Evidence, LegState, OpCx, OpId, Operation, Outcome, Receipt,
    Result,
};
use tokio::time::Instant;

use crate::capabilities::{CONSULT_THEN_COMPLETE, HANGUP_THEN_RETRIEVE};
use crate::expectations::World;
use crate::faults::Asked;
use crate::intake::A_MOMENT;
use crate::session::{RunningRecipe, Session, Withdrawal};
use crate::way_back::{Back, taken_back};
use crate::wire::body::Body;

/// What happened to a transfer that waits for its target.
#[derive(Debug, Clone)]
enum Turn {
    Answered(CallId),
    Failed(Cause),
    CustomerGone,
    Withdrawn(Withdrawal),
}

/// Why the customer is not with the target.
#[derive(Debug)]
struct Failure {
    cause: Cause,
    withdrawn: Option<Withdrawal>,
    /// The hand-over may still be carried out: its answer was lost.
    may_follow: bool,
}

/// How a hand-over ended.
#[derive(Debug)]
enum Handed {
    Over,
    Not(Failure),
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
                self.run_release_after(cx.op.clone(), original.clone(), false);
                return Err(self.told(error, operation, Some(original), cx));
            }
            Ok(_) => {}
        }
        self.run_release_after(cx.op.clone(), original.clone(), true);
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
        book.adrift.remove(op);
    }

    fn run_release_after(self: &Arc<Self>, op: OpId, original: CallId, accepted: bool) {
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            session.see_through(&op, &original, accepted).await;
            session.strike(&op);
            session.changed();
        });
    }

    /// From the consult that was asked for to the outcome. Stopped in between: the session's end settles what is open.
    async fn see_through(self: &Arc<Self>, op: &OpId, original: &CallId, accepted: bool) {
        let Some(turn) = self.await_turn(op, original, accepted).await else {
            return;
        };
        let without_hand_over = |cause, withdrawn| Failure {
            cause,
            withdrawn,
            may_follow: false,
        };
        let failure = match turn {
            Turn::Answered(third) => match self.hand_over(op, original, &third).await {
                None => return,
                Some(Handed::Over) => return self.handed_over(op, None),
                Some(Handed::Not(failure)) => failure,
            },
            Turn::Failed(cause) => without_hand_over(cause, None),
            Turn::CustomerGone => without_hand_over(Cause::CustomerHungUp, None),
            Turn::Withdrawn(by) => without_hand_over(Cause::Cancelled, Some(by)),
        };
        self.undo(op, original, failure).await;
    }

    fn handed_over(&self, op: &OpId, withdrawn: Option<&Withdrawal>) {
        if let Some(Withdrawal::By(cancel)) = withdrawn {
            let too_late = Outcome::failed(Cause::Unspecified, CustomerAt::Target);
            self.hub.settle(cancel, too_late);
        }
        self.hub.settle(op, Outcome::done(CustomerAt::Target));
    }

    /// Takes the customer back, and says so once it is certain.
    async fn undo(self: &Arc<Self>, op: &OpId, original: &CallId, failure: Failure) {
        let third = self.third(op, original);
        let dropped = self.drop_third(third.as_ref()).await;
        if failure.may_follow && self.followed(original, third.as_ref()).await {
            return self.handed_over(op, failure.withdrawn.as_ref());
        }
        let back = self.bring_back(original, dropped).await;
        let customer = match back {
            Back::At(customer) => customer,
            Back::Open(so_far) => {
                let unknown = Outcome::unknown(Evidence::AnswerLost, so_far);
                self.say_of_both(op, failure.withdrawn.as_ref(), &unknown, &unknown);
                // Whoever closes the session need not wait for what may never come.
                self.book().recipes.remove(op);
                self.book().adrift.insert(op.clone(), original.clone());
                self.changed();
                let may_follow = failure.may_follow;
                match self.await_back(op, original, third.as_ref(), may_follow).await {
                    None => return,
                    Some(CustomerAt::Target) => return self.handed_over(op, failure.withdrawn.as_ref()),
                    Some(customer) => customer,
                }
            }
        };
        if self.stop.is_cancelled() {
            return;
        }
        let cause = match customer {
            CustomerAt::Gone => Cause::CustomerHungUp,
            _ => failure.cause,
        };
        let failed = Outcome::failed(cause.clone(), customer);
        self.derive(EventKind::TransferFailed { cause }, original, Some(op.clone()));
        self.say_of_both(op, failure.withdrawn.as_ref(), &failed, &taken_back(customer));
    }

    fn say_of_both(&self, op: &OpId, withdrawn: Option<&Withdrawal>, of_transfer: &Outcome, of_cancel: &Outcome) {
        if let Some(Withdrawal::By(cancel)) = withdrawn {
            self.hub.settle(cancel, of_cancel.clone());
        }
        self.hub.settle(op, of_transfer.clone());
    }

    /// Waits until the target has answered or it is certain that it will not. `None` when that cannot be told.
    async fn await_turn(self: &Arc<Self>, op: &OpId, original: &CallId, accepted: bool) -> Option<Turn> {
        let shown = |world: &World| self.shows(op, original, world).then_some(());
        let mut sign = self.until(self.config.effect_timeout(), shown).await;
        if sign.is_none() {
            // The switch may have refused in silence (section 12.3), the sign may have been lost, or the request is still under way.
            let asked = self.asked().await;
            sign = shown(&self.world());
            if self.stop.is_cancelled() {
                return None;
            }
            if sign.is_none() && accepted && asked {
                let turn = self.turn(op, original, &self.world());
                return Some(turn.unwrap_or(Turn::Failed(Cause::Unspecified)));
            }
        }
        if sign.is_none() {
            self.drift(op, original, accepted).await?;
        }
        self.await_answer(op, original).await
    }

    /// Nobody can say whether the transfer began. If it shows after all it is seen through, unless something else was begun on the call meanwhile.
    async fn drift(self: &Arc<Self>, op: &OpId, original: &CallId, accepted: bool) -> Option<()> {
        let evidence = match accepted {
            true => Evidence::NothingInTime,
            false => Evidence::AnswerLost,
        };
        let unknown = Outcome::unknown(evidence, self.world().customer(original));
        self.hub.settle(op, unknown);
        self.book().adrift.insert(op.clone(), original.clone());
        self.while_adrift(op, |world| self.shows(op, original, world).then_some(()))
            .await?;
        self.book().adrift.remove(op);
        Some(())
    }

    /// Something shows what has become of the consult that was asked for.
    fn shows(&self, op: &OpId, original: &CallId, world: &World) -> bool {
        let is_faulted = |recipe: &RunningRecipe| recipe.fault.is_some();
        let is_faulted = self.book().recipes.get(op).is_some_and(is_faulted);
        is_faulted || !world.is_alive(original) || self.third(op, original).is_some()
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
            return Some(Handed::Not(Failure {
                cause: Cause::Cancelled,
                withdrawn: Some(by),
                may_follow: false,
            }));
        }
        let deadline = Instant::now() + self.config.request_timeout();
        let sent = match self.completion(original, Some(third)) {
            Ok((path, body)) => self.post(path, &body, Asked::Call, deadline).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = &sent {
            tracing::warn!(target: "callcontrol::op", %op, %error, "the hand-over was not accepted");
        }
        let effect = sent.err().map(|error| error.effect());
        let refused = effect == Some(Effect::None);
        if !refused {
            let one_gone = |world: &World| (!world.is_alive(original) || !world.is_alive(third)).then_some(());
            self.until(self.config.effect_timeout(), one_gone).await;
            // The other follows at once, unless it is somebody who has hung up.
            if self.followed(original, Some(third)).await {
                return Some(Handed::Over);
            }
        }
        self.asked().await;
        if self.stop.is_cancelled() {
            return None;
        }
        let world = self.world();
        if !refused && !world.is_alive(original) && !world.is_alive(third) {
            return Some(Handed::Over);
        }
        let cause = if world.is_alive(third) {
            Cause::Unspecified
        } else {
            Cause::TargetHungUp
        };
        Some(Handed::Not(Failure {
            cause,
            withdrawn: None,
            may_follow: effect.is_some() && !refused,
        }))
    }

    /// Both calls of a hand-over have gone, at once or nearly so.
    pub(crate) async fn followed(&self, original: &CallId, third: Option<&CallId>) -> bool {
        let is_over = |world: &World| !third.is_some_and(|third| world.is_alive(third));
        let both_gone = |world: &World| (!world.is_alive(original) && is_over(world)).then_some(());
        self.until(A_MOMENT, both_gone).await.is_some()
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
}
