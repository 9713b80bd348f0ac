//! The way back from a consult: the third party is hung up and the customer taken off hold, unless the switch does so by itself. At the end the outcome says where
//! the customer is; while a request whose answer was lost may still be carried out it says that this is not known, and what comes late is told late. A way back
//! that the link broke off is gone to its end when the state can be asked for again, unless somebody else has had a hand in it meanwhile.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    CallId, Cause, CustomerAt, Effect, Error, ErrorKind, Evidence, LegState, OpCx, OpId, Operation, Outcome, Receipt,
    Result, StepEnd, Verdict,
};
use tokio::time::Instant;

use crate::capabilities::HANGUP_THEN_RETRIEVE;
use crate::expectations::World;
use crate::faults::Asked;
use crate::journal::{HANGUP, Journal, RETRIEVE, WAY_BACK_STEPS};
use crate::session::{Adrift, Session};
use crate::steps::was_not_sent;

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
    /// There was no need to send it.
    Needless,
    /// It was refused.
    Refused,
    /// It took effect, or the state shows that it had none.
    Accepted,
    /// It had no answer, and what it was for has come true.
    Unanswered,
    /// It may still be carried out.
    Open,
    /// It never left us, and what it was for has not come true.
    Unsent,
}

/// What may still be carried out late.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Late {
    /// The hand-over.
    pub(crate) may_follow: bool,
    /// What became of hanging the third party up.
    pub(crate) dropped: Sent,
}

/// A consult that is being taken back.
#[derive(Debug)]
pub(crate) struct WayBack {
    /// Whose recipe it is.
    pub(crate) op: OpId,
    pub(crate) consult: OpId,
    pub(crate) original: CallId,
    pub(crate) third: Option<CallId>,
    pub(crate) journal: Journal,
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
        let journal = Journal::of(outcome.clone());
        let mut hung_up = Ok(());
        if let Some(third) = &third {
            self.book().expectations.forget(consult);
            journal.begin(HANGUP);
            hung_up = self.hang_up(third, self.deadline(cx)).await;
        }
        match (hung_up, &third) {
            (Err(error), Some(third)) if error.effect() == Effect::None && error.kind() != ErrorKind::NotFound => {
                journal.end(HANGUP, StepEnd::Failed);
                self.take_off(&cx.op, Some(original));
                self.expect_answer(consult, original, third);
                return Err(self.told(error, operation, Some(original), cx));
            }
            (hung_up, _) => {
                let back = WayBack {
                    op: cx.op.clone(),
                    consult: consult.clone(),
                    original: original.clone(),
                    third,
                    journal,
                };
                self.run_way_back(back, hung_up);
            }
        }
        Ok(Receipt::new(outcome).emulated(HANGUP_THEN_RETRIEVE, WAY_BACK_STEPS))
    }

    fn run_way_back(self: &Arc<Self>, way: WayBack, hung_up: Result<()>) {
        let session = Arc::clone(self);
        self.book().ways_back += 1;
        self.tasks.spawn(async move {
            let (third, journal) = (way.third.as_ref(), &way.journal);
            let first = match third {
                Some(third) => session.hung_up(third, hung_up, journal).await,
                None => Sent::Needless,
            };
            let dropped = match session.drop_third(third, journal).await {
                Sent::Needless => first,
                Sent::Refused if first == Sent::Open => first,
                // A first one that had no answer may still be carried out.
                Sent::Unsent if first == Sent::Open => first,
                second => second,
            };
            let back = session.bring_back(&way.original, dropped, journal).await;
            // Whoever closes the session need not wait for what may never come.
            session.book().ways_back -= 1;
            session.changed();
            if !session.stop.is_cancelled() {
                session.say_back(&way, dropped, back).await;
            }
            way.journal.leave();
        });
    }

    async fn say_back(self: &Arc<Self>, way: &WayBack, dropped: Sent, back: Back) {
        let customer = match back {
            Back::At(customer) => Some(customer),
            Back::Open(so_far) => {
                self.set_adrift(&way.op, &way.original, way.third.as_ref());
                let unknown = Outcome::unknown(Evidence::AnswerLost, so_far);
                self.hub.settle(&way.consult, unknown.clone());
                self.hub.settle(&way.op, unknown);
                let late = Late {
                    may_follow: false,
                    dropped,
                };
                let customer = self.await_back(way, late).await;
                self.book().adrift.remove(&way.op);
                customer
            }
        };
        if let Some(customer) = customer {
            self.hub
                .settle(&way.consult, Outcome::failed(Cause::Cancelled, customer));
            self.hub.settle(&way.op, taken_back(customer));
        }
    }

    /// Hangs the third party up if it is still there. This concerns the agent's own leg only and cannot undo a hand-over that succeeded after all.
    pub(crate) async fn drop_third(self: &Arc<Self>, third: Option<&CallId>, journal: &Journal) -> Sent {
        let Some(third) = third.filter(|third| self.world().is_alive(third)) else {
            return Sent::Needless;
        };
        let sent = self.step(journal, HANGUP, || self.on_call(third, HANGUP)).await;
        self.hung_up(third, sent, journal).await
    }

    /// What became of a request to hang the third party up.
    async fn hung_up(self: &Arc<Self>, third: &CallId, sent: Result<()>, journal: &Journal) -> Sent {
        let asked = self.await_end(third).await;
        let stands = self.world().is_alive(third);
        let (end, sent) = match sent {
            Err(error) if stands && was_not_sent(&error) => (StepEnd::Failed, Sent::Unsent),
            Err(error) if error.effect() == Effect::None => (StepEnd::Failed, Sent::Refused),
            Ok(()) if !stands => (StepEnd::Done, Sent::Accepted),
            Err(_) if !stands => (StepEnd::Done, Sent::Unanswered),
            Ok(()) if asked => (StepEnd::Failed, Sent::Accepted),
            Ok(()) | Err(_) => (StepEnd::Unknown, Sent::Open),
        };
        journal.end(HANGUP, end);
        sent
    }

    /// Sees to it that the agent talks to the customer again.
    pub(crate) async fn bring_back(self: &Arc<Self>, original: &CallId, dropped: Sent, journal: &Journal) -> Back {
        let back = match self.settled_customer(original).await {
            CustomerAt::AgentHeld => self.retrieve(original, journal).await,
            elsewhere => Back::At(elsewhere),
        };
        match (dropped, back) {
            // Who is gone is gone.
            (Sent::Open, Back::At(CustomerAt::Gone)) => back,
            (Sent::Open | Sent::Unsent, Back::At(customer) | Back::Open(customer)) => Back::Open(customer),
            (Sent::Needless | Sent::Refused | Sent::Accepted | Sent::Unanswered, back) => back,
        }
    }

    /// Some switches retrieve by themselves; this one has not. The server's list is not asked: after a consult it is often stale (section 7.2).
    async fn retrieve(self: &Arc<Self>, original: &CallId, journal: &Journal) -> Back {
        let sent = self.step(journal, RETRIEVE, || self.on_call(original, RETRIEVE)).await;
        let refused = sent.as_ref().is_err_and(|error| error.effect() == Effect::None);
        let left_hold =
            |world: &World| (world.state(original) != Some(LegState::Held)).then(|| world.customer(original));
        if !refused && let Some(customer) = self.until(self.config.effect_timeout(), left_hold).await {
            journal.end(RETRIEVE, retrieved(customer));
            return Back::At(customer);
        }
        let unsent = sent.as_ref().is_err_and(was_not_sent);
        let asked = self.asked().await;
        let back = match self.world().customer(original) {
            CustomerAt::AgentHeld if unsent && asked => Back::Open(CustomerAt::AgentHeld),
            CustomerAt::AgentHeld if unsent => Back::Open(CustomerAt::Unknown),
            CustomerAt::AgentHeld if !refused && !asked => Back::Open(CustomerAt::Unknown),
            CustomerAt::AgentHeld if !refused && sent.is_err() => Back::Open(CustomerAt::AgentHeld),
            CustomerAt::Agent | CustomerAt::AgentHeld if !asked => Back::At(CustomerAt::Unknown),
            customer => Back::At(customer),
        };
        let end = match back {
            Back::At(_) | Back::Open(_) if refused => StepEnd::Failed,
            Back::At(customer) => retrieved(customer),
            Back::Open(_) => StepEnd::Unknown,
        };
        journal.end(RETRIEVE, end);
        back
    }

    /// Where the customer is once the late request has come, or somebody has done by hand what it was for. `None` when that cannot be told any more: something
    /// else was begun on the call, or the session is over.
    pub(crate) async fn await_back(self: &Arc<Self>, way: &WayBack, late: Late) -> Option<CustomerAt> {
        let (op, original, third) = (&way.op, &way.original, way.third.as_ref());
        let third_is_up = |world: &World| third.is_some_and(|third| world.is_alive(third));
        let stands = third_is_up(&self.world());
        let again = match stands {
            true => self.drop_again(way).await,
            false => Sent::Needless,
        };
        self.while_adrift(op, |world| (!third_is_up(world)).then_some(()))
            .await?;
        if late.may_follow && self.followed(original, third).await {
            return match (late.dropped, again) {
                (Sent::Unanswered | Sent::Open, _) | (_, Sent::Accepted | Sent::Unanswered | Sent::Open) => None,
                (
                    Sent::Needless | Sent::Refused | Sent::Accepted | Sent::Unsent,
                    Sent::Needless | Sent::Refused | Sent::Unsent,
                ) => Some(CustomerAt::Target),
            };
        }
        self.resolve(way, HANGUP, StepEnd::Done);
        // As long as the consult stood, retrieving him may have been refused. One that may still be carried out is not sent again.
        if (stands || way.journal.has_failed(RETRIEVE))
            && let Back::At(customer) = self.retrieve_again(way).await?
        {
            return Some(customer);
        }
        let off_hold = |world: &World| {
            let customer = world.customer(original);
            (customer != CustomerAt::AgentHeld).then_some(customer)
        };
        let customer = self.while_adrift(op, off_hold).await?;
        self.resolve(way, RETRIEVE, retrieved(customer));
        Some(customer)
    }

    /// The state can be asked for again, and the consult stands: its third party is hung up after all, which concerns the agent's own leg only, so that a
    /// request that comes late finds nothing. Whoever has sent a command to one of the two calls since, or has taken the customer away, is not interfered with.
    async fn drop_again(self: &Arc<Self>, way: &WayBack) -> Sent {
        let had_customer = self.world().is_alive(&way.original);
        let mut sent = Sent::Needless;
        for _ in 0..ATTEMPTS {
            let is_seen = self.seen_again().await.is_some();
            let is_as_it_was = self.world().is_alive(&way.original) == had_customer;
            if !(is_seen && is_as_it_was && self.is_ours(way)) {
                return sent;
            }
            sent = match (sent, self.drop_third(way.third.as_ref(), &way.journal).await) {
                // The one before, which may still be carried out, is the reason.
                (Sent::Open, Sent::Needless | Sent::Refused | Sent::Unsent) => Sent::Open,
                (_, latest) => latest,
            };
            let is_up = way.third.as_ref().is_some_and(|third| self.world().is_alive(third));
            if !(is_up && matches!(sent, Sent::Open | Sent::Unsent)) {
                return sent;
            }
        }
        sent
    }

    /// The third party is gone: the customer is brought back as soon as the state can be asked for. `None` when somebody else is at it.
    async fn retrieve_again(self: &Arc<Self>, way: &WayBack) -> Option<Back> {
        let mut back = Back::Open(CustomerAt::Unknown);
        for _ in 0..ATTEMPTS {
            self.seen_again().await?;
            if !self.is_ours(way) {
                break;
            }
            back = self.bring_back(&way.original, Sent::Needless, &way.journal).await;
            let is_unsent = matches!(back, Back::Open(_)) && way.journal.has_failed(RETRIEVE);
            if !is_unsent {
                break;
            }
        }
        Some(back)
    }

    /// Nobody else has begun anything on the two calls since the recipe was left hanging.
    fn is_ours(&self, way: &WayBack) -> bool {
        self.book().adrift.get(&way.op).is_some_and(|adrift| !adrift.by_hand())
    }

    /// What shows late is put down to the request that had no answer, unless somebody has done by hand what it was for.
    fn resolve(&self, way: &WayBack, step: &str, end: StepEnd) {
        let by_hand = self.book().adrift.get(&way.op).is_some_and(Adrift::by_hand);
        if !by_hand {
            way.journal.resolve(step, end);
        }
    }

    /// From now on the operation hangs on a request whose answer was lost.
    pub(crate) fn set_adrift(&self, op: &OpId, original: &CallId, third: Option<&CallId>) {
        let adrift = Adrift {
            original: original.clone(),
            third: third.cloned(),
            hands: 0,
        };
        self.book().adrift.insert(op.clone(), adrift);
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
        let (path, body) = self.on_call(call, HANGUP)?;
        self.post(path, &body, Asked::Call, deadline).await.map(drop)
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

/// How retrieving ended, by where the customer then is.
fn retrieved(customer: CustomerAt) -> StepEnd {
    match customer {
        CustomerAt::Agent | CustomerAt::Conference => StepEnd::Done,
        CustomerAt::AgentHeld | CustomerAt::Gone => StepEnd::Failed,
        _ => StepEnd::Unknown,
    }
}

pub(crate) fn taken_back(customer: CustomerAt) -> Outcome {
    match customer {
        CustomerAt::Agent | CustomerAt::Conference => Outcome::done(customer),
        CustomerAt::Gone => Outcome::failed(Cause::CustomerHungUp, customer),
        elsewhere => Outcome::failed(Cause::Unspecified, elsewhere),
    }
}

/// How often a request that did not get through is sent when the state can be asked for again.
const ATTEMPTS: u32 = 3;
/// For what has no time: it ends with the session.
pub(crate) const EVER: Duration = Duration::MAX;
