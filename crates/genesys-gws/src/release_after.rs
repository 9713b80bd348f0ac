//! The emulated transfer that completes itself when the target answers: hold and call, wait, hand over, and where that fails take the customer back.
//! The steps run in a task of the session's, so that a dropped future changes nothing.

use std::sync::Arc;

use callcontrol_core::{
    CallId, Cause, CustomerAt, Effect, Error, EventKind, Evidence, LegState, OpCx, OpId, Operation, Outcome, Receipt,
    Result, StepEnd,
};

use crate::capabilities::{CONSULT_THEN_COMPLETE, HANGUP_THEN_RETRIEVE};
use crate::expectations::World;
use crate::faults::Asked;
use crate::intake::A_MOMENT;
use crate::journal::{COMPLETE, CONSULT_STEPS, HANGUP, INITIATE, Journal, WAIT, WAY_BACK_STEPS};
use crate::session::{RunningRecipe, Session, Withdrawal};
use crate::way_back::{Back, Late, Sent, WayBack, taken_back};
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
        let journal = Journal::of(outcome.clone());
        self.enlist(&cx.op, original);
        journal.begin(INITIATE);
        match self.post(path, &body, Asked::Call, self.deadline(cx)).await {
            Err(error) if error.effect() == Effect::None => {
                journal.end(INITIATE, StepEnd::Failed);
                self.strike(&cx.op);
                self.take_off(&cx.op, Some(original));
                return Err(self.told(error, operation, Some(original), cx));
            }
            // Perhaps it was taken: the recipe goes on, and finds out.
            Err(error) => {
                self.run_release_after(cx.op.clone(), original.clone(), false, journal);
                return Err(self.told(error, operation, Some(original), cx));
            }
            Ok(_) => {}
        }
        self.run_release_after(cx.op.clone(), original.clone(), true, journal);
        Ok(Receipt::new(outcome).emulated(CONSULT_THEN_COMPLETE, CONSULT_STEPS))
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
        Some(Ok(Receipt::new(outcome).emulated(HANGUP_THEN_RETRIEVE, WAY_BACK_STEPS)))
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

    fn run_release_after(self: &Arc<Self>, op: OpId, original: CallId, accepted: bool, journal: Journal) {
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            session.see_through(&op, &original, accepted, &journal).await;
            journal.leave();
            session.strike(&op);
            session.changed();
        });
    }

    /// From the consult that was asked for to the outcome. Stopped in between: the session's end settles what is open.
    async fn see_through(self: &Arc<Self>, op: &OpId, original: &CallId, accepted: bool, journal: &Journal) {
        let Some(turn) = self.await_turn(op, original, accepted, journal).await else {
            return;
        };
        let without_hand_over = |cause, withdrawn| Failure {
            cause,
            withdrawn,
            may_follow: false,
        };
        let failure = match turn {
            Turn::Answered(third) => match self.hand_over(op, original, &third, journal).await {
                None => return,
                Some(Handed::Over) => return self.handed_over(op, None, journal),
                Some(Handed::Not(failure)) => failure,
            },
            Turn::Failed(cause) => without_hand_over(cause, None),
            Turn::CustomerGone => without_hand_over(Cause::CustomerHungUp, None),
            Turn::Withdrawn(by) => without_hand_over(Cause::Cancelled, Some(by)),
        };
        self.undo(op, original, failure).await;
    }

    fn handed_over(&self, op: &OpId, withdrawn: Option<&Withdrawal>, journal: &Journal) {
        journal.end(COMPLETE, StepEnd::Done);
        // Whoever was to be hung up is with the customer.
        journal.end(HANGUP, StepEnd::Failed);
        if let Some(Withdrawal::By(cancel)) = withdrawn {
            let too_late = Outcome::failed(Cause::Unspecified, CustomerAt::Target);
            self.hub.settle(cancel, too_late);
        }
        self.hub.settle(op, Outcome::done(CustomerAt::Target));
    }

    /// Takes the customer back, and says so once it is certain.
    async fn undo(self: &Arc<Self>, op: &OpId, original: &CallId, failure: Failure) {
        let way = self.way_of(op, original, failure.withdrawn.as_ref());
        let third = way.third.as_ref();
        let dropped = self.drop_third(third, &way.journal).await;
        let both_gone = failure.may_follow && self.followed(original, third).await;
        let back = match dropped {
            Sent::Needless | Sent::Refused | Sent::Unsent if both_gone => {
                return self.handed_over(op, failure.withdrawn.as_ref(), &way.journal);
            }
            // The hand-over, or a customer who hangs up while our request takes the other one: nobody can say.
            Sent::Unanswered if both_gone => Back::Open(CustomerAt::Unknown),
            dropped => self.bring_back(original, dropped, &way.journal).await,
        };
        let back = match back {
            // As long as both calls stand, the hand-over may still be carried out.
            Back::At(customer @ (CustomerAt::AgentHeld | CustomerAt::Unknown))
                if failure.may_follow && third.is_some_and(|third| self.world().is_alive(third)) =>
            {
                Back::Open(customer)
            }
            back => back,
        };
        let customer = match back {
            Back::At(customer) => customer,
            Back::Open(so_far) => {
                let unknown = Outcome::unknown(Evidence::AnswerLost, so_far);
                self.say_of_both(op, failure.withdrawn.as_ref(), &unknown, &unknown);
                // Whoever closes the session need not wait for what may never come.
                self.book().recipes.remove(op);
                self.set_adrift(op, original, third);
                self.changed();
                let late = Late {
                    may_follow: failure.may_follow,
                    dropped,
                };
                match self.await_back(&way, late).await {
                    None => return way.journal.leave(),
                    Some(CustomerAt::Target) => {
                        return self.handed_over(op, failure.withdrawn.as_ref(), &way.journal);
                    }
                    Some(customer) => customer,
                }
            }
        };
        if self.stop.is_cancelled() {
            return way.journal.leave();
        }
        // Without the two calls it cannot be carried out any more, however late it comes.
        way.journal.resolve(COMPLETE, StepEnd::Failed);
        let cause = match customer {
            CustomerAt::Gone => Cause::CustomerHungUp,
            _ => failure.cause,
        };
        let failed = Outcome::failed(cause.clone(), customer);
        self.derive(EventKind::TransferFailed { cause }, original, Some(op.clone()));
        self.say_of_both(op, failure.withdrawn.as_ref(), &failed, &taken_back(customer));
    }

    /// What undoes the transfer is recorded with it, and with the command that takes it back.
    fn way_of(&self, op: &OpId, original: &CallId, withdrawn: Option<&Withdrawal>) -> WayBack {
        let asked_by = match withdrawn {
            Some(Withdrawal::By(cancel)) => self.hub.outcome_of(cancel),
            Some(Withdrawal::Closing) | None => None,
        };
        WayBack {
            op: op.clone(),
            consult: op.clone(),
            original: original.clone(),
            third: self.third(op, original),
            journal: Journal::undoing(self.hub.outcome_of(op), asked_by),
        }
    }

    fn say_of_both(&self, op: &OpId, withdrawn: Option<&Withdrawal>, of_transfer: &Outcome, of_cancel: &Outcome) {
        if let Some(Withdrawal::By(cancel)) = withdrawn {
            self.hub.settle(cancel, of_cancel.clone());
        }
        self.hub.settle(op, of_transfer.clone());
    }

    /// Waits until the target has answered or it is certain that it will not. `None` when that cannot be told.
    async fn await_turn(
        self: &Arc<Self>,
        op: &OpId,
        original: &CallId,
        accepted: bool,
        journal: &Journal,
    ) -> Option<Turn> {
        let shown = |world: &World| self.shows(op, original, world).then_some(());
        self.until(self.config.effect_timeout(), shown).await;
        if self.begun(op, original) == StepEnd::Unknown {
            // The switch may have refused in silence (section 12.3), the sign may have been lost, or the request is still under way. Or the customer has
            // hung up, and the call to the target must not be left alone.
            let asked = self.asked().await;
            if self.stop.is_cancelled() {
                return None;
            }
            if accepted && asked && self.begun(op, original) == StepEnd::Unknown {
                journal.end(INITIATE, StepEnd::Failed);
                let turn = self.turn(op, original, &self.world());
                return Some(turn.unwrap_or(Turn::Failed(Cause::Unspecified)));
            }
        }
        journal.end(INITIATE, self.begun(op, original));
        if shown(&self.world()).is_none() {
            self.drift(op, original, accepted).await?;
            journal.end(INITIATE, self.begun(op, original));
        }
        self.await_answer(op, original, journal).await
    }

    /// How the first step ended, as far as that shows.
    fn begun(&self, op: &OpId, original: &CallId) -> StepEnd {
        let has_third = self.third(op, original).is_some();
        if has_third {
            StepEnd::Done
        } else if self.is_faulted(op) {
            StepEnd::Failed
        } else {
            StepEnd::Unknown
        }
    }

    /// An asynchronous failure hit the transfer.
    fn is_faulted(&self, op: &OpId) -> bool {
        let book = self.book();
        book.recipes.get(op).is_some_and(|recipe| recipe.fault.is_some())
    }

    /// Nobody can say whether the transfer began. If it shows after all it is seen through, unless something else was begun on the call meanwhile.
    async fn drift(self: &Arc<Self>, op: &OpId, original: &CallId, accepted: bool) -> Option<()> {
        let evidence = match accepted {
            true => Evidence::NothingInTime,
            false => Evidence::AnswerLost,
        };
        let unknown = Outcome::unknown(evidence, self.world().customer(original));
        self.hub.settle(op, unknown);
        self.set_adrift(op, original, None);
        self.while_adrift(op, |world| self.shows(op, original, world).then_some(()))
            .await?;
        self.book().adrift.remove(op);
        Some(())
    }

    /// Something shows what has become of the consult that was asked for.
    fn shows(&self, op: &OpId, original: &CallId, world: &World) -> bool {
        self.is_faulted(op) || !world.is_alive(original) || self.third(op, original).is_some()
    }

    /// The target's telephone rings. When it has rung long enough, the state has the last word: an event may have been lost.
    async fn await_answer(self: &Arc<Self>, op: &OpId, original: &CallId, journal: &Journal) -> Option<Turn> {
        if self.third(op, original).is_some() {
            journal.begin(WAIT);
        }
        let turn = self.answered(op, original).await?;
        let end = match turn {
            Turn::Answered(_) => StepEnd::Done,
            Turn::Failed(_) | Turn::CustomerGone | Turn::Withdrawn(_) => StepEnd::Failed,
        };
        journal.end(WAIT, end);
        Some(turn)
    }

    async fn answered(self: &Arc<Self>, op: &OpId, original: &CallId) -> Option<Turn> {
        let limit = self.config.answer_timeout();
        let turn = self.until(limit, |world| self.turn(op, original, world)).await;
        if turn.is_some() || self.stop.is_cancelled() {
            return turn;
        }
        let asked = self.asked().await;
        let turn = self.turn(op, original, &self.world());
        // Who cannot be seen may have answered.
        let silent = if asked { Cause::NoAnswer } else { Cause::Unspecified };
        Some(turn.unwrap_or(Turn::Failed(silent)))
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

    async fn hand_over(
        self: &Arc<Self>,
        op: &OpId,
        original: &CallId,
        third: &CallId,
        journal: &Journal,
    ) -> Option<Handed> {
        if let Some(by) = self.commit(op) {
            return Some(Handed::Not(Failure {
                cause: Cause::Cancelled,
                withdrawn: Some(by),
                may_follow: false,
            }));
        }
        let completion = || self.completion(original, Some(third));
        let sent = self.step(journal, COMPLETE, completion).await;
        let refused = sent.as_ref().is_err_and(|error| error.effect() == Effect::None);
        if !refused {
            let one_gone = |world: &World| (!world.is_alive(original) || !world.is_alive(third)).then_some(());
            self.until(self.config.effect_timeout(), one_gone).await;
            // The other follows at once, unless it is somebody who has hung up.
            if self.followed(original, Some(third)).await {
                return Some(Handed::Over);
            }
        }
        if !self.asked().await && !refused {
            self.seen_later(op, original, third, journal).await?;
        }
        if self.stop.is_cancelled() {
            return None;
        }
        Some(self.handed(original, third, &sent, journal))
    }

    /// Nobody can see whether the customer was handed over: nothing is undone blindly. `None` when that cannot be told any more.
    async fn seen_later(
        self: &Arc<Self>,
        op: &OpId,
        original: &CallId,
        third: &CallId,
        journal: &Journal,
    ) -> Option<()> {
        journal.end(COMPLETE, StepEnd::Unknown);
        let unknown = Outcome::unknown(Evidence::NothingInTime, CustomerAt::Unknown);
        self.hub.settle(op, unknown);
        self.set_adrift(op, original, Some(third));
        // Whoever closes the session need not wait for what may never come.
        self.book().recipes.remove(op);
        self.changed();
        self.seen_again().await?;
        let adrift = self.book().adrift.remove(op)?;
        (!adrift.by_hand()).then_some(())
    }

    /// What became of the hand-over, by the state just asked for.
    fn handed(&self, original: &CallId, third: &CallId, sent: &Result<()>, journal: &Journal) -> Handed {
        let effect = sent.as_ref().err().map(Error::effect);
        let world = self.world();
        let (with_customer, with_third) = (world.is_alive(original), world.is_alive(third));
        if effect != Some(Effect::None) && !with_customer && !with_third {
            return Handed::Over;
        }
        // With one of the two gone it cannot be carried out any more.
        let may_follow = effect == Some(Effect::Unknown) && with_customer && with_third;
        let end = match may_follow {
            true => StepEnd::Unknown,
            false => StepEnd::Failed,
        };
        journal.end(COMPLETE, end);
        Handed::Not(Failure {
            cause: match with_third {
                true => Cause::Unspecified,
                false => Cause::TargetHungUp,
            },
            withdrawn: None,
            may_follow,
        })
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
