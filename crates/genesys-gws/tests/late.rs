//! Requests whose answer is lost and that are carried out late, or never: nothing is said to have failed that may still happen, and what comes late is told late.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callcontrol_core::{
    CallControl, Cause, CloseSession, ConsultStep, CustomerAt, Effect, EventKind, Evidence, FeedItem, LegAction, OpCx,
    OpId, Outcome, StartConsult, Transfer, TransferMode, Verdict,
};
use callcontrol_http::{Attempt, Trick};
use callcontrol_simulators::gws::GwsOptions;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use support::*;

/// A contact centre in which something happens to the next request with this operation, and only to that.
async fn room(operation: &'static str, trick: Trick) -> (Site, Arc<AtomicUsize>) {
    let armed = Arc::new(AtomicUsize::new(0));
    let left = Arc::clone(&armed);
    let strike = move |attempt: &Attempt<'_>| {
        let word = format!("\"operationName\":\"{operation}\"");
        let body = attempt.request.body_bytes().map(|body| String::from_utf8_lossy(body));
        let is_it = body.is_some_and(|body| body.contains(&word));
        let less = |left: usize| left.checked_sub(1);
        let hit = is_it && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if hit { trick.clone() } else { Trick::Pass }
    };
    (room_with(GwsOptions::default(), quick(), strike).await, armed)
}

/// Long after the caller and the recipe gave up.
fn late() -> Trick {
    Trick::DelayRequest(Duration::from_secs(20))
}

fn with_ann() -> CustomerPlace {
    CustomerPlace::WithAgent(scenery::ANN.0.into())
}

fn with_bob() -> CustomerPlace {
    CustomerPlace::WithAgent(scenery::BOB.0.into())
}

fn held() -> CustomerPlace {
    CustomerPlace::HeldBy(scenery::ANN.0.into())
}

fn place(outcome: &Outcome) -> (Verdict, CustomerAt) {
    (outcome.verdict, outcome.customer)
}

impl Site {
    /// Asks for a transfer that completes itself and whose first request has no answer.
    async fn with_no_answer(&self, call: &Known) -> OpId {
        let op = OpId::fresh();
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
        let cx = OpCx::with_op(op.clone());
        let error = self.gws.transfer(&call.at, request, &cx).await.unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        op
    }

    async fn said(&self, op: &OpId) -> Outcome {
        self.gws.outcome_of(op).unwrap().wait().await
    }

    /// What is said at last, after everything has come to rest.
    async fn said_at_last(&self, op: &OpId) -> Outcome {
        tokio::time::sleep(Duration::from_secs(60)).await;
        self.gws.outcome_of(op).unwrap().peek().unwrap()
    }

    /// How often the feed told of a failed transfer.
    async fn failures_told(&mut self) -> usize {
        let mut told = 0;
        while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(100), self.feed.next()).await {
            if let FeedItem::Event(event) = item {
                told += usize::from(matches!(event.kind, EventKind::TransferFailed { .. }));
            }
        }
        told
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_begins_long_after_its_request_was_given_up_is_unknown_and_then_done_late() {
    let (mut site, armed) = room("InitiateTransfer", late()).await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Answers);
    armed.store(1, Ordering::Relaxed);
    let op = site.with_no_answer(&call).await;
    let said = site.said(&op).await;
    assert_eq!(place(&said), (Verdict::Unknown, CustomerAt::Agent), "{said}");
    assert_eq!(said.evidence, Evidence::AnswerLost);
    assert_eq!(site.customer(&call), with_ann(), "so far");

    let said = site.said_at_last(&op).await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::Target), "{said}");
    assert!(said.late, "{said}");
    assert_eq!((site.customer(&call), site.transfers(&call)), (with_bob(), 1));
    assert_eq!(site.sent("CompleteTransfer"), 1);
    assert_eq!(site.failures_told().await, 0);
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_begins_late_to_somebody_busy_fails_late_and_gives_the_customer_back() {
    let (mut site, armed) = room("InitiateTransfer", late()).await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Busy);
    armed.store(1, Ordering::Relaxed);
    let op = site.with_no_answer(&call).await;
    let said = site.said(&op).await;
    assert_eq!(place(&said), (Verdict::Unknown, CustomerAt::Agent), "{said}");

    let said = site.said_at_last(&op).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Agent), "{said}");
    assert!(said.late, "{said}");
    assert_eq!(site.customer(&call), with_ann());
    assert_eq!(site.failures_told().await, 1);
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_request_never_arrives_stays_unknown_and_closing_does_not_wait_for_it() {
    for trick in [Trick::DropRequest, Trick::CutRequest] {
        let (mut site, armed) = room("InitiateTransfer", trick).await;
        let call = site.talking().await;
        armed.store(1, Ordering::Relaxed);
        let op = site.with_no_answer(&call).await;
        let said = site.said_at_last(&op).await;
        assert_eq!(place(&said), (Verdict::Unknown, CustomerAt::Agent), "{said}");
        assert_eq!(site.failures_told().await, 0);
        assert_eq!(site.customer(&call), with_ann());

        let begun = tokio::time::Instant::now();
        let closed = site
            .gws
            .close(&site.session, CloseSession::forced(), &OpCx::new())
            .await;
        closed.unwrap();
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
        assert_eq!(
            site.gws.outcome_of(&op).unwrap().peek().unwrap().verdict,
            Verdict::Unknown
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_before_the_late_request_makes_the_transfer_fail_by_evidence() {
    let (mut site, armed) = room("InitiateTransfer", late()).await;
    let call = site.talking().await;
    armed.store(1, Ordering::Relaxed);
    let op = site.with_no_answer(&call).await;
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown);
    site.switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch))
        .unwrap();
    let said = site.said_at_last(&op).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Gone), "{said}");
    assert_eq!(said.cause, Cause::CustomerHungUp);
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn after_another_transfer_of_the_call_its_end_says_nothing_about_the_one_that_is_unknown() {
    let (mut site, armed) = room("InitiateTransfer", Trick::DropRequest).await;
    let call = site.talking().await;
    armed.store(1, Ordering::Relaxed);
    let op = site.with_no_answer(&call).await;
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown);
    site.behaves(&bob(), Behaviour::Answers);
    let blind = Transfer::new(number(scenery::BOB.1), TransferMode::Blind);
    let receipt = site.gws.transfer(&call.at, blind, &OpCx::new()).await.unwrap();
    assert!(settled(&receipt).await.is_done());
    let said = site.said_at_last(&op).await;
    assert_eq!(said.verdict, Verdict::Unknown, "nobody hung up: {said}");
    assert_eq!(site.transfers(&call), 1);
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_is_unknown_is_not_said_to_have_failed_by_a_customer_who_was_sent_on() {
    let (mut site, armed) = room("Hold", Trick::DropRequest).await;
    let call = site.talking().await;
    armed.store(1, Ordering::Relaxed);
    let op = OpId::fresh();
    let leg = call.at.clone().into();
    let cx = OpCx::with_op(op.clone());
    let error = site.gws.act(&leg, LegAction::Hold, &cx).await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown);
    site.behaves(&bob(), Behaviour::Answers);
    let blind = Transfer::new(number(scenery::BOB.1), TransferMode::Blind);
    let receipt = site.gws.transfer(&call.at, blind, &OpCx::new()).await.unwrap();
    assert!(settled(&receipt).await.is_done());
    let said = site.said_at_last(&op).await;
    assert_eq!(said.verdict, Verdict::Unknown, "{said}");
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_taken_back_before_it_shows_is_undone_when_it_comes_late() {
    let (mut site, armed) = room("InitiateTransfer", late()).await;
    let call = site.talking().await;
    armed.store(1, Ordering::Relaxed);
    let op = site.with_no_answer(&call).await;
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown);
    let receipt = site.gws.cancel_transfer(&call.at, &op, &OpCx::new()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(receipt.outcome_handle().peek(), None, "nobody can say yet");

    let said = site.said_at_last(&op).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Agent), "{said}");
    assert_eq!(said.cause, Cause::Cancelled);
    let back = site.said_at_last(receipt.outcome_handle().op()).await;
    assert_eq!(place(&back), (Verdict::Done, CustomerAt::Agent), "{back}");
    assert_eq!((site.customer(&call), site.transfers(&call)), (with_ann(), 0));
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_consult_that_may_still_come_is_not_said_to_be_taken_back() {
    let (mut site, armed) = room("InitiateTransfer", late()).await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Answers);
    armed.store(1, Ordering::Relaxed);
    let op = OpId::fresh();
    let request = StartConsult::new(number(scenery::BOB.1));
    let cx = OpCx::with_op(op.clone());
    assert_eq!(
        site.gws.consult(&call.at, request, &cx).await.unwrap_err().effect(),
        Effect::Unknown
    );
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown);
    let error = site.gws.cancel_transfer(&call.at, &op, &OpCx::new()).await.unwrap_err();
    assert_eq!(error.effect(), Effect::None, "{error}");
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown, "not failed");

    let said = site.said_at_last(&op).await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::AgentHeld), "{said}");
    assert!(said.late, "{said}");
    assert_eq!(site.customer(&call), held());
    let receipt = site.gws.cancel_transfer(&call.at, &op, &OpCx::new()).await.unwrap();
    let back = settled(&receipt).await;
    assert_eq!(place(&back), (Verdict::Done, CustomerAt::Agent), "{back}");
    site.sign_out().await;
}

/// Ways in which a request may still be carried out, or is, while its sender waits in vain.
fn silences() -> [(&'static str, Trick, bool); 4] {
    [
        ("late", late(), true),
        ("applied, answer lost", Trick::DropReply, true),
        ("broken before it arrived", Trick::CutRequest, false),
        ("never arrived", Trick::DropRequest, false),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_customer_whose_retrieving_is_not_answered_is_with_the_agent_only_when_that_shows() {
    for (story, trick, arrives) in silences() {
        let (mut site, armed) = room("Retrieve", trick).await;
        let (call, consult) = consulting_bob(&mut site).await;
        armed.store(1, Ordering::Relaxed);
        let receipt = site.gws.consult_step(&consult, ConsultStep::Cancel, &OpCx::new()).await;
        let receipt = receipt.unwrap();
        let said = settled(&receipt).await;
        assert_true(&site, &call, &said, story);
        assert_ne!(said.verdict, Verdict::Failed, "{story}: {said}");
        let said = site.said_at_last(receipt.outcome_handle().op()).await;
        if arrives {
            assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent), "{story}: {said}");
            assert_eq!(site.customer(&call), with_ann(), "{story}");
        } else {
            assert_eq!(
                place(&said),
                (Verdict::Unknown, CustomerAt::AgentHeld),
                "{story}: {said}"
            );
            // The agent takes him off hold by hand: then that is known, too.
            let leg = call.at.clone().into();
            let retrieved = site.gws.act(&leg, LegAction::Retrieve, &OpCx::new()).await.unwrap();
            assert!(settled(&retrieved).await.is_done(), "{story}");
            let said = site.said_at_last(receipt.outcome_handle().op()).await;
            assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent), "{story}: {said}");
            assert!(said.late, "{story}");
        }
        assert_eq!(site.sent("Retrieve"), 1, "{story}: never twice by itself");
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_party_who_cannot_be_hung_up_in_time_leaves_the_way_back_open_until_it_shows() {
    let (mut site, armed) = room("Hangup", late()).await;
    let (call, consult) = consulting_bob(&mut site).await;
    // Both tries to hang up: the first one and the recipe's own.
    armed.store(2, Ordering::Relaxed);
    let receipt = site.gws.consult_step(&consult, ConsultStep::Cancel, &OpCx::new()).await;
    let op = receipt.unwrap().outcome_handle().op().clone();
    let said = site.said(&op).await;
    assert_eq!(said.verdict, Verdict::Unknown, "{said}");
    assert_true(&site, &call, &said, "while the consult stands");
    let said = site.said_at_last(&op).await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent), "{said}");
    assert!(said.late, "{said}");
    assert_eq!(site.customer(&call), with_ann());
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_taken_back_whose_retrieving_comes_late_says_so_late_for_both() {
    let (mut site, armed) = room("Retrieve", late()).await;
    let call = site.talking().await;
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
    let transfer = site.gws.transfer(&call.at, request, &OpCx::new()).await.unwrap();
    eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
    armed.store(1, Ordering::Relaxed);
    let op = transfer.outcome_handle().op().clone();
    let cancel = site.gws.cancel_transfer(&call.at, &op, &OpCx::new()).await.unwrap();
    let cancel = cancel.outcome_handle().op().clone();
    for op in [&op, &cancel] {
        let said = site.said(op).await;
        assert_eq!(place(&said), (Verdict::Unknown, CustomerAt::AgentHeld), "{said}");
    }
    assert_eq!(site.failures_told().await, 0, "nothing has failed yet");
    let said = site.said_at_last(&op).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Agent), "{said}");
    assert_eq!(said.cause, Cause::Cancelled);
    let said = site.said_at_last(&cancel).await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent), "{said}");
    assert_eq!(site.customer(&call), with_ann());
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_whose_request_comes_late_or_never_is_never_called_what_it_is_not() {
    for (story, trick, _) in silences() {
        let (mut site, armed) = room("CompleteTransfer", trick).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Answers);
        armed.store(1, Ordering::Relaxed);
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
        let receipt = site.gws.transfer(&call.at, request, &OpCx::new()).await.unwrap();
        let said = site.said_at_last(receipt.outcome_handle().op()).await;
        assert_true(&site, &call, &said, story);
        let is_moved = site.transfers(&call) == 1;
        assert_eq!(said.is_done(), is_moved, "{story}: {said}");
        assert!(
            site.transfers(&call) <= 1 && site.sent("CompleteTransfer") <= 1,
            "{story}"
        );
        site.sign_out().await;
    }
}
