//! How a command is sent: registered first, sent once, watched until its outcome is known. And the checks that need no I/O.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AgentStateRequest, CallId, CallView, Effect, Error, ErrorKind, Evidence, LegAction, OpCx, OpId, Operation,
    OutcomeHandle, Pending, Receipt, Result, StepEnd, Verdict as Known,
};
use callcontrol_http::ApiPath;
use tokio::time::Instant;

use crate::faults::Asked;
use crate::journal::{self, SINGLE_STEP};
use crate::outcomes::{Answer, Goal, Verdict, conclude, is_half_done, patience};
use crate::session::{ME, Session, VOICE};
use crate::wire::body::Body;

/// One command ready to be sent.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) operation: Operation,
    pub(crate) call: Option<CallId>,
    /// Where it is posted.
    pub(crate) path: ApiPath,
    pub(crate) body: Body,
    pub(crate) goal: Goal,
}

impl Session {
    /// As [`command`](Self::command), in a task of the session's.
    pub(crate) async fn send(self: &Arc<Self>, order: Order, cx: &OpCx) -> Result<Receipt> {
        let (session, cx) = (Arc::clone(self), cx.clone());
        self.detached(async move { session.command(order, &cx).await }).await
    }

    /// Sends a command whose outcome some later message shows.
    pub(crate) async fn command(self: &Arc<Self>, order: Order, cx: &OpCx) -> Result<Receipt> {
        let call = order.call.as_ref();
        let asked = if call.is_some() { Asked::Call } else { Asked::Session };
        let wait = patience(&order.goal, &self.config);
        let outcome = self.begin(order.operation, call, wait, cx);
        if order.operation == Operation::RequeueConnected {
            outcome.begin_step(SINGLE_STEP);
        }
        // Before sending: the effect may be told before the answer (section 3.1).
        self.book().expectations.expect(&cx.op, order.goal);
        let sent = self.post(order.path, &order.body, asked, self.deadline(cx)).await;
        self.follow_up(sent.map(drop), order.operation, call, outcome, wait, cx)
    }

    /// Changes the agent's readiness.
    pub(crate) async fn set_readiness(self: &Arc<Self>, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        let (body, wanted) = self.wanted(to.clone(), self.deadline(cx)).await?;
        let order = Order {
            operation: Operation::SetAgentState,
            call: None,
            path: ApiPath::new(VOICE),
            body,
            goal: Goal::Readiness(Box::new(wanted)),
        };
        let accepted = self.command(order, cx).await;
        if accepted.is_ok() {
            self.book().wish = Some(to);
        }
        accepted
    }

    /// Without `force` nobody signs out with a call up: the caller would be left at a telephone that nobody steers.
    pub(crate) async fn refuse_with_calls(self: &Arc<Self>, deadline: Instant) -> Result<()> {
        let has_calls = || !self.hub.calls(&self.id).is_empty();
        // The last word of a call may have been lost: the list decides.
        if has_calls() {
            self.asked_by(deadline).await;
        }
        if has_calls() {
            let text = "a call is up; end it first, or sign out with force: the call then stays at the telephone";
            return Err(Error::invalid_state(text));
        }
        Ok(())
    }

    /// Registers an operation with a window that leaves room for asking the state.
    pub(crate) fn begin(
        &self,
        operation: Operation,
        call: Option<&CallId>,
        wait: Duration,
        cx: &OpCx,
    ) -> OutcomeHandle {
        if let Some(call) = call {
            self.note_hand(call);
        }
        if let Some(call) = call.filter(|_| moves(operation)) {
            self.overtake(call);
        }
        let pending = Pending::new(cx.op.clone(), operation, self.id.clone(), call.cloned());
        let least = wait.saturating_add(self.config.request_timeout().saturating_mul(2));
        let window = pending.window.max(least);
        self.hub.begin(pending.window(window))
    }

    /// The call is about to be moved or ended by another command: from then on its end says nothing about the commands before that are still unknown.
    fn overtake(&self, call: &CallId) {
        let is_unknown = |op: &OpId| {
            let said = self.hub.outcome_of(op).and_then(|outcome| outcome.peek());
            said.is_some_and(|said| said.verdict == Known::Unknown)
        };
        let mut book = self.book();
        book.adrift.retain(|_, adrift| adrift.original != *call);
        book.expectations.overtake(call, is_unknown);
        drop(book);
        self.changed();
    }

    /// A command is sent to this call: what shows from now on need not be the doing of a recipe that is adrift there.
    fn note_hand(&self, call: &CallId) {
        for adrift in self.book().adrift.values_mut().filter(|adrift| adrift.concerns(call)) {
            adrift.hands = adrift.hands.saturating_add(1);
        }
    }

    /// A command that provably did nothing is forgotten, as if nobody had given it.
    pub(crate) fn take_off(&self, op: &OpId, call: Option<&CallId>) {
        self.hub.forget(op);
        let Some(call) = call else { return };
        for adrift in self.book().adrift.values_mut().filter(|adrift| adrift.concerns(call)) {
            adrift.hands = adrift.hands.saturating_sub(1);
        }
    }

    /// After the answer: a receipt and a watch, or an error; what provably did nothing is forgotten.
    pub(crate) fn follow_up(
        self: &Arc<Self>,
        sent: Result<()>,
        operation: Operation,
        call: Option<&CallId>,
        outcome: OutcomeHandle,
        wait: Duration,
        cx: &OpCx,
    ) -> Result<Receipt> {
        match sent {
            Ok(()) => {
                self.note_answer(&cx.op, Answer::Accepted);
                self.watch(outcome.clone(), wait, true);
                Ok(Receipt::new(outcome))
            }
            Err(error) if error.effect() == Effect::None => {
                journal::end_running(&outcome, StepEnd::Failed);
                self.book().expectations.forget(&cx.op);
                self.take_off(&cx.op, call);
                Err(self.told(error, operation, call, cx))
            }
            Err(error) => {
                journal::leave(&outcome);
                self.note_answer(&cx.op, Answer::Lost);
                self.watch(outcome, wait, false);
                Err(self.told(error, operation, call, cx))
            }
        }
    }

    /// Completes an error. A refusal for reasons of state says that our picture of the call is wrong: it is looked at again (section 18, item 3).
    pub(crate) fn told(
        self: &Arc<Self>,
        error: Error,
        operation: Operation,
        call: Option<&CallId>,
        cx: &OpCx,
    ) -> Error {
        if error.native_code().is_some() && matches!(error.kind(), ErrorKind::InvalidState | ErrorKind::NotFound) {
            self.resync_soon();
        }
        let error = error.during(operation.as_str()).with_op(&cx.op);
        match call {
            Some(call) => error.on_call(call),
            None => error,
        }
    }

    /// When no message has told the outcome in time, the state is asked for and tells it.
    fn watch(self: &Arc<Self>, outcome: OutcomeHandle, wait: Duration, accepted: bool) {
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            for _ in 0..WATCHES {
                let resolved = tokio::select! {
                    biased;
                    () = session.stop.cancelled() => return,
                    resolved = outcome.wait_resolved(wait) => resolved,
                };
                if resolved.is_some() {
                    return;
                }
                let deadline = Instant::now() + session.config.request_timeout();
                if session.resync(deadline).await.is_ok() {
                    return session.conclude(outcome.op(), accepted);
                }
            }
            journal::leave(&outcome);
        });
    }

    /// What was told before the answer may mean something by it.
    fn note_answer(self: &Arc<Self>, op: &OpId, answer: Answer) {
        let is_read_by_it = self.book().expectations.answered(op, answer);
        if is_read_by_it {
            self.settle_by_event();
        }
    }

    fn conclude(self: &Arc<Self>, op: &OpId, accepted: bool) {
        let world = self.world();
        let mut book = self.book();
        let Some(goal) = book.expectations.goal(op) else { return };
        let Some(verdict) = conclude(goal, &world, accepted) else {
            return;
        };
        // What stays unknown stays expected: a late sign resolves it.
        let stays = matches!(&verdict, Verdict::Settled(outcome) if outcome.verdict == Known::Unknown);
        if !stays {
            book.expectations.forget(op);
        }
        drop(book);
        let evidence = match &verdict {
            Verdict::Settled(outcome) => outcome.evidence,
            Verdict::ConsultFailed(..) => Evidence::Snapshot,
        };
        self.say(vec![(op.clone(), verdict)], evidence);
    }

    /// A command that stood half done, held against the state just asked for.
    pub(crate) fn conclude_half_done(self: &Arc<Self>, op: &OpId) {
        let world = self.world();
        let is_half = self
            .book()
            .expectations
            .goal(op)
            .is_some_and(|goal| is_half_done(goal, &world));
        if is_half {
            self.conclude(op, true);
        }
    }

    /// The call as known now.
    ///
    /// # Errors
    /// Not known (any more); nothing was sent.
    pub(crate) fn call(&self, call: &CallId) -> Result<CallView> {
        self.hub.call(&self.id, call).ok_or_else(|| {
            Error::not_found(format!("the call {call} is not known in this session, or is over")).on_call(call)
        })
    }

    /// Refuses what the server's own list for this call does not permit now. Where it sent none, the server decides.
    pub(crate) fn permit(&self, call: &CallId, body: &Body) -> Result<()> {
        match self.book().calls.permits(call, &body.name) {
            Some(false) => Err(not_now(call, &body.name)),
            Some(true) | None => Ok(()),
        }
    }

    /// As [`permit`](Self::permit), with two exceptions that the lists themselves ask for.
    pub(crate) fn permit_action(&self, call: &CallId, what: LegAction, body: &Body) -> Result<()> {
        let permitted = |word: &str| self.book().calls.permits(call, word);
        match what {
            // After UnmuteCall the list still shows UnmuteCall (section 14, item 7): either word stands for both.
            LegAction::Mute | LegAction::Unmute
                if permitted("MuteCall") == Some(true) || permitted("UnmuteCall") == Some(true) =>
            {
                Ok(())
            }
            // A held call without Retrieve belongs to a live consult. Without one the list is stale, and the customer must not be stuck on hold.
            LegAction::Retrieve if self.world().consult_of(call).is_none() => Ok(()),
            _ => self.permit(call, body),
        }
    }

    pub(crate) fn deadline(&self, cx: &OpCx) -> Instant {
        Instant::now() + cx.remaining_or(self.config.request_timeout())
    }

    /// Where operations on a call are posted: built from our own base and the id, never from a URI of the server's (section 1.1).
    pub(crate) fn call_path(&self, call: &CallId) -> Result<ApiPath> {
        let native = self.call(call)?.native;
        Ok(ApiPath::new(ME).literal("calls").id(native)?)
    }
}

/// Commands after which a call is with somebody else, or over.
fn moves(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Release
            | Operation::Clear
            | Operation::BlindTransfer
            | Operation::ReleaseAfterTransfer
            | Operation::RequeueConnected
            | Operation::Consult
            | Operation::ConsultComplete
    )
}

pub(crate) fn not_now(call: &CallId, operation: &str) -> Error {
    let text =
        format!("the server does not list {operation} among what this call permits now; look at the call's state");
    Error::invalid_state(text).on_call(call)
}

/// How often the state is asked for before a command is left to its window.
const WATCHES: u32 = 3;
