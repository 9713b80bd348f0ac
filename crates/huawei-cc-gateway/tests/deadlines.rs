//! Signing in and out within the caller's deadline: what cannot be taken back in time is taken back after it, and nobody stays signed in half.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use callcontrol_core::{CallControl, CloseSession, Effect, ErrorKind, OpCx, SessionId};
use callcontrol_http::{Attempt, NotSent, Trick};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::CcGatewaySimulator;
use support::{AGENT, PHONE, cx, in_process, sign_in_as};
use tokio::time::{Instant, sleep};

const SHORT: Duration = Duration::from_secs(3);

fn session() -> SessionId {
    SessionId::new(AGENT).unwrap()
}

fn alive() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_whose_queues_hang_ends_in_time_and_is_taken_back_after_it() {
    let hangs = Arc::new(AtomicU8::new(1));
    let is_hanging = Arc::clone(&hangs);
    let trick = move |attempt: &Attempt<'_>| {
        let shape = attempt.request.path().shape();
        match is_hanging.load(Ordering::Relaxed) {
            1 if shape.contains("/resetskill") => Trick::DropRequest,
            1 if shape.ends_with("/forcelogout") => Trick::DelayReply(Duration::from_secs(2)),
            _ => Trick::Pass,
        }
    };
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    let begun = Instant::now();
    let short = OpCx::new().within(SHORT);
    let error = control.open(sign_in_as(AGENT, PHONE), &short).await.unwrap_err();
    assert_eq!((begun.elapsed(), error.effect()), (SHORT, Effect::Applied), "{error}");
    assert!(error.to_string().contains("is being signed out again"), "{error}");
    sleep(Duration::from_secs(1)).await;
    let error = control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "the two must not overlap");
    sleep(Duration::from_secs(2)).await;
    assert!(!sim.is_signed_in(AGENT));
    assert_eq!(sim.requests().count("DELETE", "/forcelogout"), 1);
    hangs.store(0, Ordering::Relaxed);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    control.shutdown(&cx()).await;
}

/// The gateway has forgotten the agent, who is just being signed in again; the answer to that takes eight seconds.
async fn signing_in_again() -> (CcGatewaySimulator, Arc<CcGateway>) {
    let weather = Arc::new(AtomicU8::new(FINE));
    let now = Arc::clone(&weather);
    let trick = move |attempt: &Attempt<'_>| match now.load(Ordering::Relaxed) {
        DOWN => Trick::NotSent(NotSent::Refused),
        SLOW if attempt.request.path().shape().ends_with("/onlineagent/{id}") => {
            Trick::DelayReply(Duration::from_secs(8))
        }
        _ => Trick::Pass,
    };
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    weather.store(DOWN, Ordering::Relaxed);
    sleep(Duration::from_secs(15)).await;
    sim.restart();
    weather.store(SLOW, Ordering::Relaxed);
    for _ in 0..600 {
        if sim.requests().count("PUT", "/onlineagent/101") == 2 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(sim.requests().count("PUT", "/onlineagent/101"), 2);
    (sim, control)
}

const FINE: u8 = 0;
const DOWN: u8 = 1;
const SLOW: u8 = 2;

#[tokio::test(start_paused = true)]
async fn who_signs_out_while_being_signed_in_again_waits_no_longer_than_the_deadline_and_is_signed_out_after_it() {
    let (sim, control) = signing_in_again().await;
    let (begun, short) = (Instant::now(), OpCx::new().within(SHORT));
    let closed = control.close(&session(), CloseSession::default(), &short).await;
    let error = closed.unwrap_err();
    assert_eq!(
        (begun.elapsed(), error.kind(), error.effect()),
        (SHORT, ErrorKind::Timeout, Effect::Unknown),
        "{error}"
    );
    assert_eq!(sim.requests().count("DELETE", "/logout"), 0, "the two must not overlap");
    sleep(Duration::from_secs(10)).await;
    assert!(!sim.is_signed_in(AGENT));
    assert_eq!(sim.requests().count("DELETE", "/logout"), 1);
    assert!(control.outcome_of(&short.op).unwrap().wait().await.is_done());
    let error = control
        .close(&session(), CloseSession::default(), &cx())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_while_an_agent_is_being_signed_in_again_keeps_its_deadline_and_leaves_no_task() {
    let before = alive();
    let (_sim, control) = signing_in_again().await;
    let begun = Instant::now();
    control.shutdown(&OpCx::new().within(SHORT)).await;
    assert_eq!(begun.elapsed(), SHORT);
    let error = control
        .close(&session(), CloseSession::default(), &cx())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    drop(control);
    // The gateway's own side of an exchange goes on for a while.
    sleep(Duration::from_secs(20)).await;
    assert_eq!(alive(), before, "tasks left");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_a_sign_out_that_its_caller_could_not_wait_for() {
    let (sim, control) = signing_in_again().await;
    let short = OpCx::new().within(SHORT);
    control
        .close(&session(), CloseSession::default(), &short)
        .await
        .unwrap_err();
    control.shutdown(&cx()).await;
    assert!(!sim.is_signed_in(AGENT));
    assert_eq!(sim.requests().count("DELETE", "/logout"), 1);
    let said = control.outcome_of(&short.op).unwrap().peek();
    assert!(said.is_some_and(|said| said.is_done()));
}
