//! An answer of the event poll that is lost on the way takes one event with it. What the adapter says then may be *unknown*; it is never wrong.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use callcontrol_core::{
    CallControl, CallId, CallRef, CustomerAt, Dial, EventKind, Evidence, FeedItem, Filter, LegAction, LegState,
    Outcome, Provenance, Receipt, Requeue, Scope, SessionId, Target, Transfer, TransferMode, Verdict,
};
use callcontrol_http::{Attempt, Trick};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::{CcGatewaySimulator, EventMischief};
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchCallId};
use support::{AGENT, CUSTOMER, HELPER, OUTSIDE, PHONE, agent, cx, in_process, number, queue, sign_in_as};

struct Desk {
    sim: CcGatewaySimulator,
    control: Arc<CcGateway>,
    /// Answers of polls from here on until one is lost; negative: none is.
    until_lost: Arc<AtomicI32>,
    call: SwitchCallId,
    ours: CallId,
}

/// An agent in a call with a customer, on a link that can lose one answer of the poll.
async fn desk() -> Desk {
    let until_lost = Arc::new(AtomicI32::new(-1));
    let counter = Arc::clone(&until_lost);
    let trick = move |attempt: &Attempt<'_>| {
        if !attempt.request.path().shape().contains("agentevent") || counter.load(Ordering::Relaxed) < 0 {
            return Trick::Pass;
        }
        match counter.fetch_sub(1, Ordering::Relaxed) {
            0 => Trick::Reset,
            _ => Trick::Pass,
        }
    };
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    sim.switch().with(|switch| switch.set_ready(HELPER)).unwrap();
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    let call = sim
        .switch()
        .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (ours, _) = views(&control).await.pop().unwrap();
    let desk = Desk {
        sim,
        control,
        until_lost,
        call,
        ours,
    };
    let answered = desk
        .control
        .act(&desk.at().into(), LegAction::Answer, &cx())
        .await
        .unwrap();
    assert!(answered.outcome().await.is_done());
    desk
}

async fn views(control: &CcGateway) -> Vec<(CallId, LegState)> {
    let snapshot = control.snapshot(Scope::All, &cx()).await.unwrap();
    let calls = &snapshot.session(&SessionId::new(AGENT).unwrap()).unwrap().calls;
    calls.iter().map(|(id, view)| (id.clone(), view.state)).collect()
}

impl Desk {
    fn at(&self) -> CallRef {
        CallRef {
            session: SessionId::new(AGENT).unwrap(),
            call: self.ours.clone(),
        }
    }

    /// The poll that is pending from now on counts as the first.
    async fn lose(&self, answer: i32) {
        self.until_lost.store(answer, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(10_500)).await;
    }

    async fn transfer(&self, to: Target, mode: TransferMode) -> Receipt {
        let request = Transfer::new(to, mode);
        self.control.transfer(&self.at(), request, &cx()).await.unwrap()
    }

    fn place(&self) -> CustomerPlace {
        self.sim.switch().with(|switch| switch.customer_at(self.call)).unwrap()
    }

    /// The last word on a command, long after everything has settled.
    async fn verdict(&self, receipt: &Receipt) -> Outcome {
        let outcome = receipt.outcome().await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        receipt.outcome_handle().peek().unwrap_or(outcome)
    }

    fn journal(&self) -> String {
        self.sim.switch().with(|switch| switch.journal().to_string())
    }
}

fn ivr() -> Target {
    Target::ivr("1321").unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_transferred_customer_is_never_said_to_have_hung_up_whichever_event_is_lost() {
    let mut proved = 0;
    for lost in 0..6 {
        for to in [agent(HELPER), queue("26"), number(OUTSIDE), ivr()] {
            let desk = desk().await;
            desk.lose(lost).await;
            let receipt = desk.transfer(to.clone(), TransferMode::Blind).await;
            let said = desk.verdict(&receipt).await;
            assert_ne!(desk.place(), CustomerPlace::Gone);
            assert!(
                said.verdict != Verdict::Failed && said.customer != CustomerAt::Gone,
                "{to}, event {lost} lost: {said}\n{}",
                desk.journal()
            );
            assert!(views(&desk.control).await.is_empty(), "the agent is out of it");
            proved += usize::from(said.is_done() && said.evidence == Evidence::Snapshot);
            desk.control.shutdown(&cx()).await;
        }
        let desk = desk().await;
        desk.lose(lost).await;
        let request = Requeue::connected(queue("26"));
        let receipt = desk.control.requeue(&desk.at(), request, &cx()).await.unwrap();
        let said = desk.verdict(&receipt).await;
        assert!(said.verdict != Verdict::Failed, "event {lost} lost: {said}");
        desk.control.shutdown(&cx()).await;
    }
    assert!(proved > 0, "what the gateway tells of a call decides where it can");
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_waits_for_its_target_is_told_rightly_or_not_at_all() {
    let helper = Party::agent(HELPER);
    for lost in 0..6 {
        for hangs_up in [false, true] {
            let desk = desk().await;
            desk.lose(lost).await;
            let receipt = desk.transfer(agent(HELPER), TransferMode::ReleaseAfter).await;
            tokio::time::sleep(Duration::from_secs(2)).await;
            let done = desk.sim.switch().with(|switch| match hangs_up {
                true => switch.hang_up(&Party::outside(CUSTOMER), desk.call),
                false => switch.answer(&helper, desk.call),
            });
            done.unwrap();
            let said = desk.verdict(&receipt).await;
            let wrong = match hangs_up {
                true => Verdict::Done,
                false => Verdict::Failed,
            };
            assert_ne!(
                said.verdict,
                wrong,
                "hung up {hangs_up}, event {lost} lost: {said}\n{}",
                desk.journal()
            );
            desk.control.shutdown(&cx()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_back_from_a_flow_is_not_said_to_have_hung_up_in_it() {
    for lost in 0..4 {
        let desk = desk().await;
        desk.lose(lost).await;
        let receipt = desk.transfer(ivr(), TransferMode::Suspend).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        desk.sim.switch().with(|switch| switch.ivr_finished(desk.call)).unwrap();
        tokio::time::sleep(Duration::from_secs(15)).await;
        let seen = views(&desk.control).await;
        let states: Vec<LegState> = seen.into_iter().map(|(_, state)| state).collect();
        assert!(
            states == [LegState::Talking] || states == [LegState::Unknown],
            "event {lost} lost: {states:?}"
        );
        desk.sim
            .switch()
            .with(|switch| switch.hang_up(&Party::outside(CUSTOMER), desk.call))
            .unwrap();
        let said = desk.verdict(&receipt).await;
        assert_ne!(
            said.verdict,
            Verdict::Failed,
            "event {lost} lost: {said}\n{}",
            desk.journal()
        );
        desk.control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_answered_and_ended_is_not_said_to_have_failed() {
    let outside = Party::outside(OUTSIDE);
    for lost in 0..6 {
        let desk = desk().await;
        let hang_up = |who: &Party, call| desk.sim.switch().with(|switch| switch.hang_up(who, call)).unwrap();
        hang_up(&Party::outside(CUSTOMER), desk.call);
        tokio::time::sleep(Duration::from_secs(1)).await;
        desk.lose(lost).await;
        let session = SessionId::new(AGENT).unwrap();
        let receipt = desk
            .control
            .dial(&session, Dial::to(number(OUTSIDE)), &cx())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answered = desk.sim.switch().with(|switch| {
            let call = switch.calls_of(&outside).next().map(|call| call.id);
            let call = call.expect("it rings");
            switch.answer(&outside, call).map(|_| call)
        });
        let call = answered.unwrap();
        tokio::time::sleep(Duration::from_secs(15)).await;
        hang_up(&outside, call);
        let said = desk.verdict(&receipt).await;
        assert_ne!(
            said.verdict,
            Verdict::Failed,
            "event {lost} lost: {said}\n{}",
            desk.journal()
        );
        desk.control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whether_a_flow_has_given_a_call_back_is_not_listed_and_so_not_said() {
    let desk = desk().await;
    let receipt = desk.transfer(ivr(), TransferMode::Suspend).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ours = desk.ours.clone();
    assert_eq!(views(&desk.control).await, [(ours.clone(), LegState::Unknown)]);
    desk.sim.switch().with(|switch| switch.ivr_finished(desk.call)).unwrap();
    assert!(receipt.outcome().await.is_done());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        views(&desk.control).await,
        [(ours, LegState::Talking)],
        "the event says it"
    );
    desk.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_end_was_never_told_is_found_to_be_over_within_minutes() {
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), support::all_well);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    let call = sim
        .switch()
        .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    sim.switch()
        .with(|switch| switch.answer(&Party::agent(AGENT), call))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    // The link is whole, and the gateway has nothing to tell any more.
    sim.update_options(|options| options.event_queue = 0);
    let asked = sim.requests().count("GET", "/allcallid");
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(
        sim.requests().count("GET", "/allcallid") - asked <= 5,
        "one short question a minute"
    );
    sim.switch()
        .with(|switch| switch.hang_up(&Party::outside(CUSTOMER), call))
        .unwrap();
    let ended = tokio::time::Instant::now();
    let mut gap = false;
    loop {
        let item = tokio::time::timeout(Duration::from_secs(600), feed.next()).await;
        match item.expect("the end of the call").unwrap() {
            FeedItem::Gap(_) => gap = true,
            FeedItem::Event(event) if matches!(event.kind, EventKind::Released { .. }) => {
                assert_eq!(event.provenance, Provenance::Synthesized);
                break;
            }
            _ => {}
        }
    }
    assert!(
        gap && ended.elapsed() < Duration::from_secs(130),
        "{:?}",
        ended.elapsed()
    );
    control.shutdown(&cx()).await;
}

/// The event is lost without a trace, and nobody asks for a snapshot: only the gateway's refusal shows that the view is wrong.
#[tokio::test(start_paused = true)]
async fn a_refusal_that_contradicts_the_view_makes_the_adapter_look() {
    let desk = desk().await;
    let held = desk
        .control
        .act(&desk.at().into(), LegAction::Hold, &cx())
        .await
        .unwrap();
    assert!(held.outcome().await.is_done());
    desk.sim.disturb_event(AGENT, "Talking", EventMischief::Lost);
    let back = desk.sim.switch().with(|switch| switch.retrieve(AGENT, desk.call));
    back.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let retrieve = async || desk.control.act(&desk.at().into(), LegAction::Retrieve, &cx()).await;
    let by_the_gateway = retrieve().await.unwrap_err();
    assert_eq!(by_the_gateway.native().unwrap().code.as_deref(), Some("200-016"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let by_the_view = retrieve().await.unwrap_err();
    assert!(by_the_view.native().is_none(), "{by_the_view}");
    assert_eq!(views(&desk.control).await, [(desk.ours.clone(), LegState::Talking)]);
}
