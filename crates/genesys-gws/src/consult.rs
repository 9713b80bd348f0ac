//! A consult and its four ways on, as the vendor has them: InitiateTransfer or InitiateConference, then CompleteTransfer, CompleteConference, SwapCalls,
//! or (see `way_back`) hanging up and retrieving.

use std::sync::Arc;

use callcontrol_core::{
    CallId, ConsultIntent, CustomerAt, Effect, Error, Evidence, LegState, OpCx, OpId, Operation, Outcome, Receipt,
    Result, StartConsult,
};
use callcontrol_http::ApiPath;

use crate::commands::{Order, not_now};
use crate::outcomes::Goal;
use crate::session::Session;
use crate::target;
use crate::wire::body::Body;

impl Session {
    /// Holds the customer and calls the third party.
    pub(crate) async fn start_consult(
        self: &Arc<Self>,
        original: &CallId,
        request: &StartConsult,
        cx: &OpCx,
    ) -> Result<Receipt> {
        self.call(original)?;
        let name = match request.intent {
            ConsultIntent::Transfer => "InitiateTransfer",
            ConsultIntent::Conference => "InitiateConference",
            _ => {
                return Err(Error::unsupported(
                    "Web Services begins a consult for a transfer or for a conference only",
                ));
            }
        };
        let body = Body::op(name)
            .destination(target::number(&request.to)?)
            .location(self.config.location.as_deref())
            .user_data(target::pairs(&request.data)?);
        self.permit(original, &body)?;
        let path = self.call_path(original)?;
        self.book().calls.expect_consult(&cx.op, original);
        let goal = Goal::Consulting {
            original: original.clone(),
            third: None,
        };
        let order = Order {
            operation: Operation::Consult,
            call: Some(original.clone()),
            path,
            body,
            goal,
        };
        let started = self.command(order, cx).await;
        if started.as_ref().is_err_and(|error| error.effect() == Effect::None) {
            self.book().calls.forget_consult(&cx.op);
        }
        started
    }

    /// Hands the customer over. Allowed while the third party still rings (section 9.3).
    pub(crate) async fn complete_consult(
        self: &Arc<Self>,
        consult: &OpId,
        original: &CallId,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let third = self.live_third(consult, original)?;
        let (path, body) = self.completion(original, Some(&third))?;
        // With both calls gone the consult's own question, whether it was answered, has no answer any more.
        let unanswered = self.book().expectations.goal(consult).is_some();
        self.book().expectations.forget(consult);
        let goal = Goal::Completed {
            original: original.clone(),
            third: Some(third.clone()),
        };
        let order = Order {
            operation: Operation::ConsultComplete,
            call: Some(original.clone()),
            path,
            body,
            goal,
        };
        let completed = self.command(order, cx).await;
        match &completed {
            Err(error) if error.effect() == Effect::None && unanswered => self.expect_answer(consult, original, &third),
            Ok(_) if unanswered => {
                let unknown = Outcome::unknown(Evidence::AcceptedOnly, CustomerAt::Target);
                self.hub.settle(consult, unknown);
            }
            Ok(_) | Err(_) => {}
        }
        completed
    }

    /// Brings all three together.
    pub(crate) async fn merge_consult(
        self: &Arc<Self>,
        consult: &OpId,
        original: &CallId,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let third = self.live_third(consult, original)?;
        if self.world().state(&third) == Some(LegState::Dialing) {
            let text =
                "the third party has not answered yet; a conference needs all three (complete or cancel, or wait)";
            return Err(Error::invalid_state(text).on_call(original));
        }
        let (path, body) = self.on_either("CompleteConference", original, Some(&third))?;
        let goal = Goal::Merged {
            original: original.clone(),
            third: Some(third),
        };
        let order = Order {
            operation: Operation::ConsultMerge,
            call: Some(original.clone()),
            path,
            body,
            goal,
        };
        self.command(order, cx).await
    }

    /// Talks to the other of the two.
    pub(crate) async fn swap_consult(
        self: &Arc<Self>,
        consult: &OpId,
        original: &CallId,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let third = self.live_third(consult, original)?;
        let talks_to_customer = self.world().state(original) == Some(LegState::Talking);
        let (talking, held) = if talks_to_customer {
            (&third, original)
        } else {
            (original, &third)
        };
        // Posted to the one that lists it; the parameter is the other one's URI as the server gave it.
        let (at, other) = match self.book().calls.permits(&third, "SwapCalls") {
            Some(false) => (original, &third),
            Some(true) | None => (&third, original),
        };
        self.permit(at, &Body::op("SwapCalls"))?;
        let uri = self.book().calls.uri(other).map(str::to_owned);
        let uri = uri.ok_or_else(|| {
            Error::invalid_state("the server has not told the other call's URI, which swapping needs").on_call(original)
        })?;
        let order = Order {
            operation: Operation::ConsultSwap,
            call: Some(original.clone()),
            path: self.call_path(at)?,
            body: Body::op("SwapCalls").other_call(&uri),
            goal: Goal::Swapped {
                original: original.clone(),
                talking: talking.clone(),
                held: held.clone(),
            },
        };
        self.command(order, cx).await
    }

    /// Where and how to complete a transfer.
    pub(crate) fn completion(&self, original: &CallId, third: Option<&CallId>) -> Result<(ApiPath, Body)> {
        self.on_either("CompleteTransfer", original, third)
    }

    /// Puts a consult's question back after a step that was refused.
    pub(crate) fn expect_answer(&self, consult: &OpId, original: &CallId, third: &CallId) {
        let is_open = self
            .hub
            .outcome_of(consult)
            .is_some_and(|outcome| outcome.peek().is_none());
        if is_open {
            let goal = Goal::Consulting {
                original: original.clone(),
                third: Some(third.clone()),
            };
            self.book().expectations.expect(consult, goal);
        }
    }

    /// Safest form (section 9.3): to the call of the two that lists the operation, preferably the consult; to the original with the consult's URI.
    fn on_either(&self, name: &str, original: &CallId, third: Option<&CallId>) -> Result<(ApiPath, Body)> {
        let permits = |call: &CallId| self.book().calls.permits(call, name);
        let third = third.ok_or_else(|| not_now(original, name))?;
        match (permits(third), permits(original)) {
            (Some(true) | None, _) => Ok((self.call_path(third)?, Body::op(name))),
            (Some(false), Some(true)) => {
                let uri = self.book().calls.uri(third).map(str::to_owned);
                Ok((self.call_path(original)?, Body::op(name).consult_call(uri.as_deref())))
            }
            (Some(false), Some(false) | None) => Err(not_now(original, name)),
        }
    }

    fn live_third(&self, consult: &OpId, original: &CallId) -> Result<CallId> {
        self.call(original)?;
        let third = self
            .third(consult, original)
            .filter(|third| self.world().is_alive(third));
        third.ok_or_else(|| {
            let text = "the call to the third party has not appeared yet or is over; cancel takes the customer back";
            Error::invalid_state(text).on_call(original)
        })
    }
}
