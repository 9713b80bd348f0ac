//! One poll for all agents of the gateway: a single request fetches everybody's events; a gateway that refuses it is polled agent by agent.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use callcontrol_core::{AgentStateRequest, CallControl, CloseSession, Filter, SessionId, SessionState};
use callcontrol_http::{Attempt, NotSent, RequestKind, Trick};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig, Events};
use callcontrol_simulators::cc_gateway::{AuthMode, BatchGuids, CcGatewayOptions, EventMethod, Mischief};
use support::{AGENT, HELPER, PHONE, all_well, cx, in_process, sign_in_as, until_session};
use tokio::time::Instant;

fn config() -> CcGatewayConfig {
    let mut config = CcGatewayConfig::default();
    config.events = Events::Batch;
    config
}

fn all_at_once(options: &mut CcGatewayOptions) {
    options.event_method = EventMethod::All;
}

fn id(agent: &str) -> SessionId {
    SessionId::new(agent).unwrap()
}

async fn works(control: &CcGateway, agent: &str) {
    for to in [AgentStateRequest::NotReady { reason: None }, AgentStateRequest::Ready] {
        let receipt = control.set_agent_state(&id(agent), to, &cx()).await.unwrap();
        assert!(receipt.outcome().await.is_done(), "agent {agent}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_poll_serves_two_agents_and_moves_on_when_the_one_it_speaks_for_signs_out() {
    let (sim, control) = in_process(all_at_once, config(), all_well);
    sim.switch().with(|switch| switch.sign_out(HELPER)).unwrap();
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    control.open(sign_in_as(HELPER, "40102"), &cx()).await.unwrap();
    works(&control, AGENT).await;
    works(&control, HELPER).await;
    assert_eq!(sim.requests().count("GET", "/agentevent/101"), 0);
    assert!(sim.requests().count("GET", "/agentevent/allagentevent") > 0);
    control.close(&id(AGENT), CloseSession::default(), &cx()).await.unwrap();
    works(&control, HELPER).await;
    control
        .close(&id(HELPER), CloseSession::default(), &cx())
        .await
        .unwrap();
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    works(&control, AGENT).await;
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn the_credentials_of_agents_in_whose_name_nobody_polls_are_kept_fresh() {
    for guids in [BatchGuids::StayValid, BatchGuids::GoStale] {
        let change = |options: &mut CcGatewayOptions| {
            all_at_once(options);
            options.batch_guids = guids;
            options.auth = AuthMode::default();
        };
        let (sim, control) = in_process(change, config(), all_well);
        sim.switch().with(|switch| switch.sign_out(HELPER)).unwrap();
        control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
        control.open(sign_in_as(HELPER, "40102"), &cx()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1800)).await;
        works(&control, AGENT).await;
        works(&control, HELPER).await;
        let sign_ins =
            sim.requests().count("PUT", "/onlineagent/101") + sim.requests().count("PUT", "/onlineagent/102");
        assert_eq!(sign_ins, 2, "{guids:?}: nobody had to sign in again");
        control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_refuses_the_poll_for_all_is_polled_agent_by_agent() {
    let (sim, control) = in_process(|_| {}, config(), all_well);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    until_session(&mut feed, SessionState::Active).await;
    works(&control, AGENT).await;
    assert!(sim.requests().count("GET", "/agentevent/101") > 0);
    assert!(sim.requests().count("GET", "/agentevent/allagentevent") <= 2);
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_the_poll_for_all_is_a_gap_for_every_agent() {
    let (sim, control) = in_process(all_at_once, config(), all_well);
    sim.switch().with(|switch| switch.sign_out(HELPER)).unwrap();
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    control.open(sign_in_as(HELPER, "40102"), &cx()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(30)).await;
    for agent in [AGENT, HELPER] {
        let mut feed = control.subscribe(Filter::session(id(agent)));
        sim.fail_next("allagentevent", Mischief::LostReply);
        until_session(&mut feed, SessionState::Recovering).await;
        until_session(&mut feed, SessionState::Active).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
    works(&control, AGENT).await;
    works(&control, HELPER).await;
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_for_all_that_comes_and_goes_is_asked_ever_less_often() {
    let (flaps, polls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let (is_flapping, count) = (Arc::clone(&flaps), Arc::clone(&polls));
    let begin = Instant::now();
    let trick = move |attempt: &Attempt<'_>| {
        if attempt.request.kind() != RequestKind::LongPoll {
            return Trick::Pass;
        }
        count.fetch_add(1, Ordering::Relaxed);
        match is_flapping.load(Ordering::Relaxed) && begin.elapsed().as_secs() % 4 >= 2 {
            true => Trick::NotSent(NotSent::Refused),
            false => Trick::Pass,
        }
    };
    let change = |options: &mut CcGatewayOptions| {
        all_at_once(options);
        options.poll_wait = Duration::from_millis(300);
    };
    let (_sim, control) = in_process(change, config(), trick);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    flaps.store(true, Ordering::Relaxed);
    polls.store(0, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let polls = polls.load(Ordering::Relaxed);
    // Two of a second while it is up would be 600.
    assert!(polls < 300, "{polls} polls in ten minutes of 150 flaps");
    flaps.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(30)).await;
    works(&control, AGENT).await;
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_all_agents_come_back_to_the_one_poll() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let trick = move |_: &Attempt<'_>| match is_down.load(Ordering::Relaxed) {
        true => Trick::NotSent(NotSent::Refused),
        false => Trick::Pass,
    };
    let (sim, control) = in_process(all_at_once, config(), trick);
    sim.switch().with(|switch| switch.sign_out(HELPER)).unwrap();
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    control.open(sign_in_as(HELPER, "40102"), &cx()).await.unwrap();
    let mut feeds = [AGENT, HELPER].map(|agent| control.subscribe(Filter::session(id(agent))));
    down.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(15)).await;
    sim.restart();
    down.store(false, Ordering::Relaxed);
    for feed in &mut feeds {
        until_session(feed, SessionState::Recovering).await;
        until_session(feed, SessionState::Active).await;
    }
    works(&control, AGENT).await;
    works(&control, HELPER).await;
    control.shutdown(&cx()).await;
}
