//! Stories of time, with the clock moved by hand and the simulated server called in-process: deadlines, ringing that never ends, links that come and go.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use callcontrol_core::{
    CallControl, CallRef, Cause, CustomerAt, Effect, ErrorKind, EventKind, Feed, FeedItem, Filter, IdSource, LegAction,
    LegRef, OpCx, OpId, SessionId, SessionState, Transfer, TransferMode, Verdict,
};
use callcontrol_genesys_gws::{Gws, GwsConfig};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, RequestKind, Trick};
use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchCallId};
use support::{ann, number};
use tokio::time::Instant;

struct Desk {
    sim: GwsSimulator,
    gws: Arc<Gws>,
    feed: Feed,
}

/// Ann signed in, with the adapter's defaults; `trick` decides what goes wrong with each request.
async fn desk(trick: impl Fn(&Attempt<'_>) -> Trick + Send + Sync + 'static) -> Desk {
    let sim = GwsSimulator::new(scenery::switch(), GwsOptions::default());
    sim.switch().with(|switch| {
        switch.sign_in(scenery::BOB.0).expect("known");
        switch.set_ready(scenery::BOB.0).expect("signed in");
    });
    let base = BaseUrl::parse("http://gws.example:8090").expect("valid");
    let transport = InMemoryTransport::new(base, sim.router()).with_mischief(trick);
    let gws = Gws::new(GwsConfig::default(), Arc::new(transport), IdSource::seeded(7)).expect("valid");
    let feed = gws.subscribe(Filter::all());
    gws.open(ann(), &OpCx::new()).await.expect("signs in");
    Desk { sim, gws, feed }
}

impl Desk {
    async fn talking(&mut self) -> (CallRef, SwitchCallId) {
        let to = Party::agent(scenery::ANN.0);
        let id = self
            .sim
            .switch()
            .with(|switch| switch.place_call(scenery::CUSTOMER, &to))
            .expect("rings");
        let call = loop {
            match self.feed.next().await.expect("goes on") {
                FeedItem::Event(event) if event.kind == EventKind::Offered => {
                    break event.call.clone().expect("a call");
                }
                _ => {}
            }
        };
        let session = SessionId::new("ann").expect("valid");
        let at = CallRef { session, call };
        let leg: LegRef = at.clone().into();
        let answered = self
            .gws
            .act(&leg, LegAction::Answer, &OpCx::new())
            .await
            .expect("accepted");
        assert!(answered.outcome().await.is_done());
        (at, id)
    }

    fn customer(&self, call: SwitchCallId) -> CustomerPlace {
        self.sim
            .switch()
            .with(|switch| switch.customer_at(call))
            .expect("a customer")
    }

    async fn state(&mut self, wanted: SessionState) {
        loop {
            match self.feed.next().await.expect("goes on") {
                FeedItem::Session(notice) if notice.state == wanted => return,
                _ => {}
            }
        }
    }
}

fn carries(attempt: &Attempt<'_>, word: &str) -> bool {
    attempt
        .request
        .body_bytes()
        .is_some_and(|body| String::from_utf8_lossy(body).contains(word))
}

#[tokio::test(start_paused = true)]
async fn a_transfer_into_silence_ends_at_its_deadline_and_a_vanished_call_proves_nothing() {
    let mut desk = desk(|attempt| {
        if carries(attempt, "SingleStepTransfer") {
            Trick::DropReply
        } else {
            Trick::Pass
        }
    })
    .await;
    let (at, id) = desk.talking().await;
    let begun = Instant::now();
    let op = OpId::fresh();
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::Blind);
    let cx = OpCx::with_op(op.clone()).within(Duration::from_secs(4));
    let error = desk.gws.transfer(&at, request, &cx).await.expect_err("silence");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::Unknown),
        "{error}"
    );
    assert_eq!(begun.elapsed().as_millis() / 10, 400, "at the deadline");
    let outcome = desk.gws.outcome_of(&op).expect("tracked").wait().await;
    // Moved, or hung up: without an answer nobody can say.
    assert_eq!(
        (outcome.verdict, outcome.customer),
        (Verdict::Unknown, CustomerAt::Unknown),
        "{outcome}"
    );
    assert_eq!(desk.sim.switch().journal().transfers_of(id), 1);
    desk.gws.shutdown(&OpCx::new()).await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_rings_for_ever_gives_the_customer_back_after_the_configured_time() {
    let mut desk = desk(|_| Trick::Pass).await;
    let (at, id) = desk.talking().await;
    let begun = Instant::now();
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
    let receipt = desk.gws.transfer(&at, request, &OpCx::new()).await.expect("accepted");
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, &outcome.cause, outcome.customer),
        (Verdict::Failed, &Cause::NoAnswer, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(desk.customer(id), CustomerPlace::WithAgent("101".into()));
    let seconds = begun.elapsed().as_secs();
    assert!((45..=47).contains(&seconds), "{seconds} s");
    desk.gws.shutdown(&OpCx::new()).await;
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_down_for_minutes_is_tried_ever_more_seldom_and_comes_back_by_itself() {
    let down = Arc::new(AtomicBool::new(false));
    let tries = Arc::new(AtomicUsize::new(0));
    let (is_down, count) = (Arc::clone(&down), Arc::clone(&tries));
    let mut desk = desk(move |_| {
        if is_down.load(Ordering::Relaxed) {
            count.fetch_add(1, Ordering::Relaxed);
            return Trick::NotSent(callcontrol_http::NotSent::Refused);
        }
        Trick::Pass
    })
    .await;
    let (_, id) = desk.talking().await;
    down.store(true, Ordering::Relaxed);
    desk.sim.sweep_comet_sessions();
    desk.state(SessionState::Recovering).await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    let tried = tries.load(Ordering::Relaxed);
    assert!((10..=60).contains(&tried), "{tried} attempts in five minutes");
    desk.sim
        .switch()
        .with(|switch| switch.hang_up(&Party::outside(scenery::CUSTOMER), id))
        .expect("hangs up");
    down.store(false, Ordering::Relaxed);
    let mut gap = false;
    loop {
        match desk.feed.next().await.expect("goes on") {
            FeedItem::Gap(_) => gap = true,
            FeedItem::Event(event) if matches!(event.kind, EventKind::Released { .. }) => break,
            _ => {}
        }
    }
    assert!(gap, "the gap comes first");
    desk.gws.shutdown(&OpCx::new()).await;
}

#[tokio::test(start_paused = true)]
async fn commands_never_disturb_the_held_connect() {
    let polls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&polls);
    let mut desk = desk(move |attempt| {
        if attempt.request.kind() == RequestKind::LongPoll {
            count.fetch_add(1, Ordering::Relaxed);
        }
        Trick::Pass
    })
    .await;
    let (at, _) = desk.talking().await;
    let leg: LegRef = at.into();
    let before = polls.load(Ordering::Relaxed);
    for _ in 0..5 {
        for action in [LegAction::Hold, LegAction::Retrieve] {
            assert!(
                desk.gws
                    .act(&leg, action, &OpCx::new())
                    .await
                    .expect("accepted")
                    .outcome()
                    .await
                    .is_done()
            );
        }
    }
    let during = polls.load(Ordering::Relaxed) - before;
    assert!(during <= 11, "one connect for each event told, {during}");
    assert!(
        desk.sim
            .requests()
            .all()
            .iter()
            .all(|request| request.status.is_none_or(|status| status < 500)),
        "no connect was replaced"
    );
    desk.gws.shutdown(&OpCx::new()).await;
}

#[tokio::test(start_paused = true)]
async fn after_shutdown_no_request_follows_however_long_one_waits() {
    let mut desk = desk(|_| Trick::Pass).await;
    let (at, id) = desk.talking().await;
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
    let receipt = desk.gws.transfer(&at, request, &OpCx::new()).await.expect("accepted");
    desk.gws.shutdown(&OpCx::new()).await;
    let mark = desk.sim.requests().mark();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(desk.sim.requests().mark(), mark);
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, &outcome.cause, outcome.customer),
        (Verdict::Failed, &Cause::Cancelled, CustomerAt::Agent),
        "the customer was taken back before the sign-out: {outcome}"
    );
    assert_eq!(desk.customer(id), CustomerPlace::WithAgent("101".into()));
    let error = desk
        .gws
        .close(&at.session, callcontrol_core::CloseSession::default(), &OpCx::new())
        .await;
    assert_eq!(error.expect_err("over").kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_while_the_transfer_is_sent_changes_nothing_about_it() {
    let late = Trick::DelayReply(Duration::from_millis(300));
    let mut desk = desk(move |attempt| {
        if carries(attempt, "InitiateTransfer") {
            late.clone()
        } else {
            Trick::Pass
        }
    })
    .await;
    let (at, id) = desk.talking().await;
    let (op, request) = (
        OpId::fresh(),
        Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter),
    );
    let cx = OpCx::with_op(op.clone());
    let gone = tokio::time::timeout(Duration::from_millis(50), desk.gws.transfer(&at, request, &cx)).await;
    assert!(gone.is_err(), "the caller gave up");
    let bob = Party::agent(scenery::BOB.0);
    desk.sim
        .switch()
        .with(|switch| {
            let ringing = switch.ringing_at(&bob).expect("rings");
            switch.answer(&bob, ringing)
        })
        .expect("answers");
    let outcome = desk.gws.outcome_of(&op).expect("tracked").wait().await;
    assert!(outcome.is_done() && outcome.customer == CustomerAt::Target, "{outcome}");
    assert_eq!(desk.customer(id), CustomerPlace::WithAgent("102".into()));
    desk.gws.shutdown(&OpCx::new()).await;
}
