//! The way back from a consult: the third party is hung up and the customer taken off hold, unless the switch does so by itself. At the end the outcome says where
//! the customer is; while a request whose answer was lost may still be carried out it says that this is not known, and what comes late is told late.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    CallId, Cause, CustomerAt, Effect, Error, ErrorKind, Evidence, LegState, OpCx, OpId, Operation, Outcome, Receipt,
    Result, Verdict,
};
use tokio::time::Instant;

use crate::capabilities::HANGUP_THEN_RETRIEVE;
use crate::expectations::World;
use crate::faults::Asked;
use crate::session::Session;
use crate::wire::body::Body;

/// How far the way back has led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// To its end: the customer is here.
    At(CustomerAt),
    /// The customer is here so far, and a request of ours may still change that.
    Open(CustomerAt),
}

/// What became of a request that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It took effect, was refused, or the state shows that it had none.
    Closed,
    /// It may still be carried out.
    Open,
}

impl Session {
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
            let dropped = session.drop_third(third.as_ref()).await;
            let back = session.bring_back(&original, dropped).await;
            // Whoever closes the session need not wait for what may never come.
            session.book().ways_back -= 1;
            session.changed();
            if !session.stop.is_cancelled() {
                session.say_back(&op, &consult, &original, third.as_ref(), back).await;
            }
        });
    }

    async fn say_back(
        self: &Arc<Self>,
        op: &OpId,
        consult: &OpId,
        original: &CallId,
        third: Option<&CallId>,
        back: Back,
    ) {
        let customer = match back {
            Back::At(customer) => Some(customer),
            Back::Open(so_far) => {
                self.book().adrift.insert(op.clone(), original.clone());
                let unknown = Outcome::unknown(Evidence::AnswerLost, so_far);
                self.hub.settle(consult, unknown.clone());
                self.hub.settle(op, unknown);
                let customer = self.await_back(op, original, third, false).await;
                self.book().adrift.remove(op);
                customer
            }
        };
        if let Some(customer) = customer {
            self.hub.settle(consult, Outcome::failed(Cause::Cancelled, customer));
            self.hub.settle(op, taken_back(customer));
        }
    }

    /// Hangs the third party up if it is still there. This concerns the agent's own leg only and cannot undo a hand-over that succeeded after all.
    pub(crate) async fn drop_third(self: &Arc<Self>, third: Option<&CallId>) -> Sent {
        let Some(third) = third.filter(|third| self.world().is_alive(third)) else {
            return Sent::Closed;
        };
        let deadline = Instant::now() + self.config.request_timeout();
        let sent = self.hang_up(third, deadline).await;
        if let Err(error) = &sent {
            tracing::warn!(target: "callcontrol::op", session = %self.id, %error, "the third party could not be hung up");
        }
        let asked = self.await_end(third).await;
        match sent {
            _ if !self.world().is_alive(third) => Sent::Closed,
            Err(error) if error.effect() == Effect::None => Sent::Closed,
            Ok(()) if asked => Sent::Closed,
            Ok(()) | Err(_) => Sent::Open,
        }
    }

    /// Sees to it that the agent talks to the customer again.
    pub(crate) async fn bring_back(self: &Arc<Self>, original: &CallId, dropped: Sent) -> Back {
        let back = match self.settled_customer(original).await {
            CustomerAt::AgentHeld => self.retrieve(original).await,
            elsewhere => Back::At(elsewhere),
        };
        match (dropped, back) {
            // Who is gone is gone.
            (Sent::Closed, back) | (Sent::Open, back @ Back::At(CustomerAt::Gone)) => back,
            (Sent::Open, Back::At(customer) | Back::Open(customer)) => Back::Open(customer),
        }
    }

    /// Some switches retrieve by themselves; this one has not. The server's list is not asked: after a consult it is often stale (section 7.2).
    async fn retrieve(self: &Arc<Self>, original: &CallId) -> Back {
        let deadline = Instant::now() + self.config.request_timeout();
        let sent = match self.call_path(original) {
            Ok(path) => self
                .post(path, &Body::op("Retrieve"), Asked::Call, deadline)
                .await
                .map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = &sent {
            tracing::warn!(target: "callcontrol::op", session = %self.id, %error, "the customer could not be retrieved");
        }
        let refused = sent.as_ref().is_err_and(|error| error.effect() == Effect::None);
        let left_hold =
            |world: &World| (world.state(original) != Some(LegState::Held)).then(|| world.customer(original));
        if !refused && let Some(customer) = self.until(self.config.effect_timeout(), left_hold).await {
            return Back::At(customer);
        }
        let asked = self.asked().await;
        match self.world().customer(original) {
            CustomerAt::AgentHeld if !refused && (sent.is_err() || !asked) => Back::Open(CustomerAt::AgentHeld),
            CustomerAt::Agent if !asked => Back::At(CustomerAt::Unknown),
            customer => Back::At(customer),
        }
    }

    /// Where the customer is once the late request has come, or somebody has done by hand what it was for. `None` when that cannot be told any more: something
    /// else was begun on the call, or the session is over.
    pub(crate) async fn await_back(
        self: &Arc<Self>,
        op: &OpId,
        original: &CallId,
        third: Option<&CallId>,
        may_follow: bool,
    ) -> Option<CustomerAt> {
        let third_is_up = |world: &World| third.is_some_and(|third| world.is_alive(third));
        let stands = third_is_up(&self.world());
        self.while_adrift(op, |world| (!third_is_up(world)).then_some(()))
            .await?;
        if may_follow && self.followed(original, third).await {
            return Some(CustomerAt::Target);
        }
        // As long as the consult stood, retrieving him may have been refused.
        if stands && let Back::At(customer) = self.bring_back(original, Sent::Closed).await {
            return Some(customer);
        }
        let off_hold = |world: &World| {
            let customer = world.customer(original);
            (customer != CustomerAt::AgentHeld).then_some(customer)
        };
        self.while_adrift(op, off_hold).await
    }

    /// Waits as long as the operation is [adrift](crate::session::Book::adrift).
    pub(crate) async fn while_adrift<T>(&self, op: &OpId, mut check: impl FnMut(&World) -> Option<T>) -> Option<T> {
        let found = self.until(EVER, |world| {
            // Not within the check: it may look into the book, too.
            let is_adrift = self.book().adrift.contains_key(op);
            if is_adrift { check(world).map(Some) } else { Some(None) }
        });
        found.await.flatten()
    }

    async fn hang_up(self: &Arc<Self>, call: &CallId, deadline: Instant) -> Result<()> {
        let path = self.call_path(call)?;
        self.post(path, &Body::op("Hangup"), Asked::Call, deadline)
            .await
            .map(drop)
    }

    /// Waits for the end of a call; true when it was told, or the state could be asked for.
    async fn await_end(self: &Arc<Self>, call: &CallId) -> bool {
        let over = |world: &World| (!world.is_alive(call)).then_some(());
        self.until(self.config.effect_timeout(), over).await.is_some() || self.asked().await
    }

    /// The third party's call. Right after the start it may not have been told yet: then it is waited for, until it shows or the consult has failed.
    /// To say "taken back" before would leave a consult that comes late unattended.
    async fn await_third(self: &Arc<Self>, consult: &OpId, original: &CallId, cx: &OpCx) -> Result<Option<CallId>> {
        let shown = |world: &World| {
            let third = self.third(consult, original);
            let over = !self.may_come(consult) || !world.is_alive(original);
            (third.is_some() || over).then_some(third)
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

    /// Whether the call to the third party may still appear: nobody has said that the consult failed.
    fn may_come(&self, consult: &OpId) -> bool {
        let outcome = self.hub.outcome_of(consult);
        outcome.is_some_and(|outcome| outcome.peek().is_none_or(|said| said.verdict == Verdict::Unknown))
    }

    /// The third party's call of a consult: as bound when it appeared, else (a consult of an earlier process) the call that consults for this one.
    pub(crate) fn third(&self, consult: &OpId, original: &CallId) -> Option<CallId> {
        let bound = self.book().calls.third(consult, original);
        bound.unwrap_or_else(|| self.world().consult_of(original).cloned())
    }

    /// How long the way back may take at worst.
    pub(crate) fn way_back(&self) -> Duration {
        let config = &self.config;
        config
            .effect_timeout()
            .saturating_mul(3)
            .saturating_add(config.request_timeout().saturating_mul(4))
    }
}

pub(crate) fn taken_back(customer: CustomerAt) -> Outcome {
    match customer {
        CustomerAt::Agent | CustomerAt::Conference => Outcome::done(customer),
        CustomerAt::Gone => Outcome::failed(Cause::CustomerHungUp, customer),
        elsewhere => Outcome::failed(Cause::Unspecified, elsewhere),
    }
}

/// For what has no time: it ends with the session.
pub(crate) const EVER: Duration = Duration::MAX;
