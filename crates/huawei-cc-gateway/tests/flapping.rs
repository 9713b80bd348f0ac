//! A gateway that is up for two seconds and down for two, for minutes: it is asked ever less often, and nobody is told of every little success.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use callcontrol_core::{CallControl, Feed, FeedItem, Filter, SessionState};
use callcontrol_http::{Attempt, Bytes, NotSent, RequestKind, Trick};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::CcGatewaySimulator;
use futures::FutureExt;
use support::{AGENT, PHONE, cx, in_process, sign_in_as, until_session};
use tokio::time::{Instant, sleep};

struct Flapping {
    sim: CcGatewaySimulator,
    control: Arc<CcGateway>,
    feed: Feed,
    flaps: Arc<AtomicBool>,
    polls: Arc<AtomicU32>,
}

/// Down in every other two seconds: for polls only, or for everything.
async fn gateway(polls_only: bool) -> Flapping {
    let (flaps, polls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let (is_flapping, count) = (Arc::clone(&flaps), Arc::clone(&polls));
    let begin = Instant::now();
    let trick = move |attempt: &Attempt<'_>| {
        let is_poll = attempt.request.kind() == RequestKind::LongPoll;
        count.fetch_add(u32::from(is_poll), Ordering::Relaxed);
        let is_down = is_flapping.load(Ordering::Relaxed) && begin.elapsed().as_secs() % 4 >= 2;
        match is_down && (is_poll || !polls_only) {
            true => Trick::NotSent(NotSent::Refused),
            false => Trick::Pass,
        }
    };
    let (sim, control) = in_process(
        |options| options.poll_wait = Duration::from_millis(300),
        CcGatewayConfig::default(),
        trick,
    );
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    until_session(&mut feed, SessionState::Active).await;
    Flapping {
        sim,
        control,
        feed,
        flaps,
        polls,
    }
}

/// What readers were told meanwhile.
fn notices(feed: &mut Feed) -> Vec<SessionState> {
    let mut told = Vec::new();
    while let Some(Some(item)) = feed.next().now_or_never() {
        if let FeedItem::Session(notice) = item {
            told.push(notice.state);
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn a_link_that_comes_and_goes_is_said_to_be_restored_only_when_it_holds() {
    for polls_only in [true, false] {
        let mut gateway = gateway(polls_only).await;
        gateway.flaps.store(true, Ordering::Relaxed);
        gateway.polls.store(0, Ordering::Relaxed);
        sleep(Duration::from_secs(600)).await;
        let told = notices(&mut gateway.feed);
        assert!(
            told.len() <= 6,
            "{} notices in ten minutes of 150 flaps: {told:?}",
            told.len()
        );
        assert!(
            told.windows(2).all(|pair| pair[0] != pair[1]),
            "one notice per change: {told:?}"
        );
        let polls = gateway.polls.load(Ordering::Relaxed);
        assert!(polls < 1200, "{polls} polls in ten minutes");
        assert_eq!(
            gateway.sim.requests().count("PUT", "/onlineagent/101"),
            1,
            "the stay was never lost"
        );

        gateway.flaps.store(false, Ordering::Relaxed);
        let whole = Instant::now();
        if gateway
            .control
            .snapshot(callcontrol_core::Scope::All, &cx())
            .await
            .is_err()
            || told.last() != Some(&SessionState::Active)
        {
            until_session(&mut gateway.feed, SessionState::Active).await;
        }
        assert!(
            whole.elapsed() <= Duration::from_secs(25),
            "{:?} after the last flap",
            whole.elapsed()
        );
        gateway.control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_forgets_its_agents_at_every_flap_is_not_swamped_with_sign_ins() {
    let mut gateway = gateway(false).await;
    gateway.flaps.store(true, Ordering::Relaxed);
    for _ in 0..150 {
        sleep(Duration::from_secs(4)).await;
        gateway.sim.restart();
    }
    let sign_ins = gateway.sim.requests().count("PUT", "/onlineagent/101");
    assert!((2..150).contains(&sign_ins), "{sign_ins} sign-ins in 150 restarts");
    let told = notices(&mut gateway.feed);
    assert!(told.len() < 30, "{} notices: {told:?}", told.len());
    gateway.flaps.store(false, Ordering::Relaxed);
    until_session(&mut gateway.feed, SessionState::Active).await;
    gateway.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_answers_everything_with_503_is_hardly_asked_more_often_than_one_that_is_well() {
    let (storms, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let (is_storm, count) = (Arc::clone(&storms), Arc::clone(&asked));
    let trick = move |_: &Attempt<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        match is_storm.load(Ordering::Relaxed) {
            true => Trick::Answer {
                status: 503,
                content_type: "text/html",
                body: Bytes::from_static(b"<html>unavailable</html>"),
            },
            false => Trick::Pass,
        }
    };
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    let ten_minutes = || async {
        sleep(Duration::from_secs(60)).await;
        asked.store(0, Ordering::Relaxed);
        sleep(Duration::from_secs(600)).await;
        asked.load(Ordering::Relaxed)
    };
    let calm = ten_minutes().await;
    storms.store(true, Ordering::Relaxed);
    let storm = ten_minutes().await;
    assert!(storm * 10 <= calm * 12, "{storm} requests for {calm}");
    storms.store(false, Ordering::Relaxed);
    until_session(&mut feed, SessionState::Active).await;
    control.shutdown(&cx()).await;
}
