//! The event link under faults: cut, slow, garbled; in-process under a paused clock.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use callcontrol_core::{
    CallControl, Effect, ErrorKind, EventKind, FeedItem, Filter, GapReason, LegState, Provenance, SessionId,
    SessionState,
};
use callcontrol_http::{Attempt, Bytes, RequestKind, Trick};
use callcontrol_huawei_cc_gateway::{CcGatewayConfig, SignInAgain};
use callcontrol_testkit::switch::Party;
use support::{AGENT, CUSTOMER, PHONE, cx, in_process, sign_in_as, until_session};

fn is_poll(attempt: &Attempt<'_>) -> bool {
    attempt.request.kind() == RequestKind::LongPoll
}

fn session() -> SessionId {
    SessionId::new(AGENT).expect("id")
}

/// Lets the pump run until it has nothing to do but wait.
async fn a_while() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_link_is_announced_restored_and_what_was_missed_is_told_after_a_gap() {
    let cut = Arc::new(AtomicBool::new(false));
    let is_cut = Arc::clone(&cut);
    let trick = move |_: &Attempt<'_>| {
        if is_cut.load(Ordering::Relaxed) {
            Trick::Reset
        } else {
            Trick::Pass
        }
    };
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    until_session(&mut feed, SessionState::Active).await;
    a_while().await;

    cut.store(true, Ordering::Relaxed);
    let call = sim
        .switch()
        .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .expect("a call");
    until_session(&mut feed, SessionState::Recovering).await;
    // The ringing event was on its way when the link broke.
    cut.store(false, Ordering::Relaxed);

    let gap = loop {
        match feed.next().await.expect("open") {
            FeedItem::Gap(gap) => break gap,
            FeedItem::Session(notice) => assert_ne!(notice.state, SessionState::Active, "gap first"),
            _ => {}
        }
    };
    assert_eq!(gap.reason, GapReason::LinkLost);
    until_session(&mut feed, SessionState::Active).await;
    let snapshot = control
        .snapshot(callcontrol_core::Scope::All, &cx())
        .await
        .expect("answered");
    let views: Vec<_> = snapshot
        .session(&session())
        .expect("open")
        .calls
        .values()
        .map(|view| view.state)
        .collect();
    assert_eq!(views, [LegState::Ringing]);
    assert!(sim.call_id(call, AGENT).is_some());
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_down_is_asked_ever_less_often() {
    let down = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicU32::new(0));
    let (is_down, count) = (Arc::clone(&down), Arc::clone(&asked));
    let trick = move |_: &Attempt<'_>| {
        if !is_down.load(Ordering::Relaxed) {
            return Trick::Pass;
        }
        count.fetch_add(1, Ordering::Relaxed);
        Trick::NotSent(callcontrol_http::NotSent::Refused)
    };
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    down.store(true, Ordering::Relaxed);
    until_session(&mut feed, SessionState::Recovering).await;
    tokio::time::sleep(Duration::from_secs(100)).await;
    let requests = asked.load(Ordering::Relaxed);
    assert!((8..60).contains(&requests), "{requests} requests in 100 s");
    down.store(false, Ordering::Relaxed);
    until_session(&mut feed, SessionState::Active).await;
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn two_minutes_without_a_poll_sign_the_agent_out_and_it_signs_in_again_only_where_that_is_wanted() {
    for (policy, end) in [
        (SignInAgain::AfterLinkLoss, SessionState::Active),
        (SignInAgain::Always, SessionState::Active),
        (SignInAgain::Never, SessionState::Lost),
    ] {
        let down = Arc::new(AtomicBool::new(false));
        let is_down = Arc::clone(&down);
        let trick = move |_: &Attempt<'_>| {
            if is_down.load(Ordering::Relaxed) {
                Trick::NotSent(callcontrol_http::NotSent::Refused)
            } else {
                Trick::Pass
            }
        };
        let mut config = CcGatewayConfig::default();
        config.sign_in_again = policy;
        let (sim, control) = in_process(|_| {}, config, trick);
        let mut feed = control.subscribe(Filter::all());
        control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
        down.store(true, Ordering::Relaxed);
        until_session(&mut feed, SessionState::Recovering).await;
        let busy = callcontrol_core::AgentStateRequest::NotReady { reason: None };
        let error = control
            .set_agent_state(&session(), busy, &cx())
            .await
            .expect_err("link is down");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unreachable, Effect::None));
        tokio::time::sleep(Duration::from_secs(200)).await;
        sim.sweep();
        down.store(false, Ordering::Relaxed);
        let reason = until_session(&mut feed, end).await;
        let sign_ins = sim.requests().count("PUT", "/onlineagent/101");
        match end {
            SessionState::Lost => assert!(reason.contains("signed the agent out") && sign_ins == 1, "{reason}"),
            _ => assert_eq!(sign_ins, 2, "{policy:?}"),
        }
        control.shutdown(&cx()).await;
    }
}

fn poll_answers(body: &'static str) -> impl Fn(&Attempt<'_>) -> Trick + Send + Sync + 'static {
    let told = AtomicBool::new(false);
    move |attempt| {
        if is_poll(attempt) && !told.swap(true, Ordering::Relaxed) {
            return Trick::Answer {
                status: 200,
                content_type: "application/json",
                body: Bytes::from_static(body.as_bytes()),
            };
        }
        Trick::Pass
    }
}

async fn first_event_of(body: &'static str) -> callcontrol_core::Event {
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), poll_answers(body));
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    let event = loop {
        if let FeedItem::Event(event) = feed.next().await.expect("open") {
            break event;
        }
    };
    control.shutdown(&cx()).await;
    callcontrol_core::Event::clone(&event)
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_knows_is_passed_on_by_its_name_with_its_text() {
    let event =
        first_event_of(r#"{"retcode":"0","event":{"eventType":"Agent_New_Thing","workNo":"101","content":[1]}}"#).await;
    assert_eq!(
        event.kind,
        EventKind::Other {
            name: "Agent_New_Thing".into()
        }
    );
    assert_eq!(event.provenance, Provenance::Vendor);
    assert!(event.raw.expect("raw").as_str().contains("\"content\":[1]"));
}

#[tokio::test(start_paused = true)]
async fn a_malformed_event_does_not_stop_the_events_after_it() {
    let body = r#"{"retcode":0,"event":[{"eventType":7,"content":{}},42,{"eventType":"AgentEvent_Hold","content":null},
        {"eventType":"AgentState_Ready","workNo":"999","content":null},{"eventType":"AgentState_Work","workNo":"101","content":null}]}"#;
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), poll_answers(body));
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    let mut kinds = Vec::new();
    while kinds.len() < 4 {
        if let FeedItem::Event(event) = feed.next().await.expect("open") {
            kinds.push(event.kind.clone());
        }
    }
    let wrap_up = EventKind::AgentStateChanged {
        state: callcontrol_core::AgentState::WrapUp,
    };
    assert_eq!(kinds.last(), Some(&wrap_up), "{kinds:?}");
    let ready = EventKind::AgentStateChanged {
        state: callcontrol_core::AgentState::Ready,
    };
    assert!(!kinds.contains(&ready), "an event for another agent was taken");
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_switched_to_another_server_is_polled_again() {
    let trick = poll_answers(r#"{"message":"","retcode":"000-004"}"#);
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    until_session(&mut feed, SessionState::Recovering).await;
    until_session(&mut feed, SessionState::Active).await;
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_pushes_events_ends_the_session_with_a_reason() {
    let trick = poll_answers(r#"{"message":"","retcode":"000-001"}"#);
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    let reason = until_session(&mut feed, SessionState::Lost).await;
    assert!(reason.contains("000-001"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_login_page_in_place_of_an_event_breaks_the_link_and_not_the_pump() {
    let (_sim, control) = in_process(
        |_| {},
        CcGatewayConfig::default(),
        poll_answers("<html><body>Please log in</body></html>"),
    );
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    let reason = until_session(&mut feed, SessionState::Recovering).await;
    assert!(reason.contains("HTML page"), "{reason}");
    until_session(&mut feed, SessionState::Active).await;
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_does_not_hold_polls_is_not_flooded() {
    let polls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&polls);
    let trick = move |attempt: &Attempt<'_>| {
        count.fetch_add(u32::from(is_poll(attempt)), Ordering::Relaxed);
        Trick::Pass
    };
    let (_sim, control) = in_process(
        |options| options.poll_wait = Duration::ZERO,
        CcGatewayConfig::default(),
        trick,
    );
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let polls = polls.load(Ordering::Relaxed);
    assert!((30..=60).contains(&polls), "{polls} polls in 10 s");
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn dropping_the_adapter_stops_its_pumps() {
    let polls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&polls);
    let trick = move |attempt: &Attempt<'_>| {
        count.fetch_add(u32::from(is_poll(attempt)), Ordering::Relaxed);
        Trick::Pass
    };
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    a_while().await;
    let alive = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    drop(control);
    a_while().await;
    assert!(tokio::runtime::Handle::current().metrics().num_alive_tasks() < alive);
    let before = polls.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(polls.load(Ordering::Relaxed), before);
}

#[tokio::test(start_paused = true)]
async fn a_command_refused_for_its_credential_is_not_sent_again_when_no_poll_has_replaced_it() {
    let trick = |attempt: &Attempt<'_>| match attempt.request.path().shape().ends_with("/saybusy") {
        true => Trick::Answer {
            status: 200,
            content_type: "application/json",
            body: Bytes::from_static(br#"{"retcode":"000-003"}"#),
        },
        false => Trick::Pass,
    };
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    let busy = callcontrol_core::AgentStateRequest::NotReady { reason: None };
    let error = control
        .set_agent_state(&session(), busy, &cx())
        .await
        .expect_err("refused");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::SessionLost, Effect::None));
    control.shutdown(&cx()).await;
}
