//! Recipes that the link breaks off half-way: what they had begun is said to be unknown, and taken back once the server can be reached again, unless somebody
//! else has had a hand in it. Nobody is left ringing or on hold for ever because of a link that was dark for a while.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callcontrol_core::{
    CallControl, Cause, ConsultRef, ConsultStep, CustomerAt, Effect, LegAction, LegRef, OpCx, OpId, Outcome, Scope,
    Transfer, TransferMode, Verdict,
};
use callcontrol_http::{Attempt, NotSent, Trick};
use callcontrol_simulators::gws::GwsOptions;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use support::*;

/// The line, which is cut and mended by hand.
#[derive(Clone, Default)]
struct Line {
    is_dark: Arc<AtomicBool>,
    /// Cut it when this has got through.
    cut_after: Option<&'static str>,
}

impl Line {
    fn cut(&self) {
        self.is_dark.store(true, Ordering::Relaxed);
    }

    fn mend(&self) {
        self.is_dark.store(false, Ordering::Relaxed);
    }

    fn what_happens(&self, attempt: &Attempt<'_>, how: &Trick) -> Trick {
        if self.is_dark.load(Ordering::Relaxed) {
            return how.clone();
        }
        let body = attempt.request.body_bytes().map(|body| String::from_utf8_lossy(body));
        let is_last = |word: &str| body.is_some_and(|body| body.contains(&format!("\"operationName\":\"{word}\"")));
        if self.cut_after.is_some_and(is_last) {
            self.cut();
        }
        Trick::Pass
    }
}

async fn room(how: Trick, cut_after: Option<&'static str>) -> (Site, Line) {
    let line = Line {
        cut_after,
        ..Line::default()
    };
    let of = line.clone();
    let site = room_with(GwsOptions::default(), quick(), move |attempt| {
        of.what_happens(attempt, &how)
    })
    .await;
    (site, line)
}

/// Nothing leaves, what leaves is lost, what is being written breaks off.
fn darknesses() -> [Trick; 3] {
    [Trick::NotSent(NotSent::Refused), Trick::DropRequest, Trick::CutRequest]
}

fn with_ann() -> CustomerPlace {
    CustomerPlace::WithAgent(scenery::ANN.0.into())
}

fn place(outcome: &Outcome) -> (Verdict, CustomerAt) {
    (outcome.verdict, outcome.customer)
}

impl Site {
    /// A transfer that completes itself; Bob's telephone rings, and rings.
    async fn transferring(&mut self) -> (Known, OpId) {
        let call = self.talking().await;
        self.behaves(&bob(), Behaviour::Manual);
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
        let receipt = self.gws.transfer(&call.at, request, &OpCx::new()).await.unwrap();
        eventually(|| self.switch().with(|switch| switch.ringing_at(&bob()))).await;
        // The word of it, too.
        self.until_quiet().await;
        (call, receipt.outcome_handle().op().clone())
    }

    fn rings_at_bob(&self) -> bool {
        self.switch().with(|switch| switch.ringing_at(&bob())).is_some()
    }

    async fn said(&self, op: &OpId) -> Outcome {
        self.gws.outcome_of(op).unwrap().wait().await
    }

    async fn said_after(&self, op: &OpId, pause: Duration) -> Outcome {
        tokio::time::sleep(pause).await;
        self.gws.outcome_of(op).unwrap().peek().unwrap()
    }
}

const A_WHILE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_target_left_ringing_by_a_dark_link_is_hung_up_and_the_customer_taken_back_when_it_is_light_again() {
    for how in darknesses() {
        let (mut site, line) = room(how.clone(), None).await;
        let (call, op) = site.transferring().await;
        line.cut();
        let said = site.said(&op).await;
        assert_eq!(said.verdict, Verdict::Unknown, "{how:?}: {said}");
        assert_true(&site, &call, &said, "in the dark");
        assert_eq!(site.said_after(&op, A_WHILE).await.verdict, Verdict::Unknown, "{how:?}");
        assert!(site.rings_at_bob(), "{how:?}: the consult stands");

        line.mend();
        let said = site.said_after(&op, A_WHILE).await;
        assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Agent), "{how:?}: {said}");
        assert!(said.late, "{said}");
        assert_eq!(
            (site.customer(&call), site.rings_at_bob()),
            (with_ann(), false),
            "{how:?}"
        );
        assert_eq!(
            (
                site.sent("InitiateTransfer"),
                site.sent("Hangup"),
                site.sent("Retrieve")
            ),
            (1, 1, 1),
            "{how:?}: what got through"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_who_answered_in_the_dark_is_let_go_and_never_handed_the_customer() {
    let (mut site, line) = room(Trick::DropRequest, None).await;
    let (call, op) = site.transferring().await;
    site.sim.withhold_events(scenery::ANN.0);
    line.cut();
    site.answers(&bob()).await;
    let said = site.said(&op).await;
    assert_eq!(place(&said), (Verdict::Unknown, CustomerAt::Unknown), "{said}");
    line.mend();
    site.sim.release_events(scenery::ANN.0);
    let said = site.said_after(&op, A_WHILE).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Agent), "{said}");
    assert_ne!(said.cause, Cause::NoAnswer, "he did answer: {said}");
    assert_eq!((site.customer(&call), site.transfers(&call)), (with_ann(), 0));
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_consult_whose_customer_was_taken_away_in_the_dark_is_left_to_the_agent_and_shown() {
    let (mut site, line) = room(Trick::DropRequest, None).await;
    let (call, op) = site.transferring().await;
    line.cut();
    let said = site.said(&op).await;
    assert_eq!(said.verdict, Verdict::Unknown, "{said}");
    site.sim.withhold_events(scenery::ANN.0);
    let hung_up = site
        .switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch));
    hung_up.unwrap();
    while site.sim.drop_event(scenery::ANN.0, 0) {}
    site.sim.release_events(scenery::ANN.0);
    line.mend();
    let said = site.said_after(&op, A_WHILE).await;
    assert_eq!(said.verdict, Verdict::Unknown, "{said}");
    assert!(site.rings_at_bob(), "nobody hangs up what the agent may want");
    let snapshot = site.gws.snapshot(Scope::All, &OpCx::new()).await.unwrap();
    let calls = &snapshot.session(&site.session).unwrap().calls;
    let (third, view) = calls.iter().next().unwrap();
    assert_eq!(
        (calls.len(), view.consult_for.as_ref()),
        (1, Some(of(&call))),
        "the way out is in view"
    );
    let leg = LegRef {
        session: site.session.clone(),
        call: third.clone(),
    };
    let released = site.gws.act(&leg, LegAction::Release, &OpCx::new()).await.unwrap();
    assert!(settled(&released).await.is_done());
    let said = site.said_after(&op, A_WHILE).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Gone), "{said}");
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_cancels_by_hand_after_the_dark_is_not_interfered_with() {
    let (mut site, line) = room(Trick::NotSent(NotSent::Refused), None).await;
    let (call, op) = site.transferring().await;
    line.cut();
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown);
    line.mend();
    let consult = ConsultRef {
        id: op.clone(),
        call: call.at.clone(),
    };
    let back = stepped(&site, &consult, ConsultStep::Cancel).await;
    assert_eq!(place(&back), (Verdict::Done, CustomerAt::Agent), "{back}");
    let said = site.said_after(&op, A_WHILE).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Agent), "{said}");
    assert_eq!((site.customer(&call), site.rings_at_bob()), (with_ann(), false));
    assert_eq!((site.sent("Hangup"), site.sent("Retrieve")), (1, 1));
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_never_left_in_the_dark_does_not_keep_the_recipe_from_its_work_in_the_light() {
    let (mut site, line) = room(Trick::NotSent(NotSent::Refused), None).await;
    let (call, op) = site.transferring().await;
    line.cut();
    assert_eq!(site.said(&op).await.verdict, Verdict::Unknown);
    let consult = ConsultRef {
        id: op.clone(),
        call: call.at.clone(),
    };
    let error = site
        .gws
        .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!(error.effect(), Effect::None, "{error}");
    line.mend();
    let said = site.said_after(&op, A_WHILE).await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Agent), "{said}");
    assert_eq!((site.customer(&call), site.rings_at_bob()), (with_ann(), false));
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_the_dark_swallowed_is_carried_out_when_it_is_light_again() {
    let (mut site, line) = room(Trick::DropRequest, None).await;
    let (call, consult) = consulting_bob(&mut site).await;
    line.cut();
    let receipt = site.gws.consult_step(&consult, ConsultStep::Cancel, &OpCx::new()).await;
    let op = receipt.unwrap().outcome_handle().op().clone();
    let said = site.said(&op).await;
    assert_eq!(said.verdict, Verdict::Unknown, "{said}");
    line.mend();
    let said = site.said_after(&op, A_WHILE).await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent), "{said}");
    assert!(said.late, "{said}");
    assert_eq!(site.customer(&call), with_ann());
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_customer_left_on_hold_by_a_link_that_broke_in_between_is_retrieved_when_it_is_light_again() {
    let (mut site, line) = room(Trick::NotSent(NotSent::Refused), Some("Hangup")).await;
    let (call, consult) = consulting_bob(&mut site).await;
    let receipt = site.gws.consult_step(&consult, ConsultStep::Cancel, &OpCx::new()).await;
    let op = receipt.unwrap().outcome_handle().op().clone();
    let said = site.said(&op).await;
    assert_eq!(said.verdict, Verdict::Unknown, "{said}");
    assert_true(&site, &call, &said, "in the dark");
    assert_eq!(site.customer(&call), CustomerPlace::HeldBy(scenery::ANN.0.into()));
    tokio::time::sleep(A_WHILE).await;
    line.mend();
    let said = site.said_after(&op, A_WHILE).await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent), "{said}");
    assert_eq!((site.customer(&call), site.sent("Retrieve")), (with_ann(), 1));
    site.sign_out().await;
}
