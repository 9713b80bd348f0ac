//! A gateway that is killed and started again under two hundred agents: all come back by themselves, spread over time, and nothing is made up.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callcontrol_core::{
    CallControl, Displace, EventKind, FeedItem, Filter, IdSource, LegState, Provenance, SessionId, SessionState,
};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, NotSent, Trick};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::Server;
use callcontrol_simulators::cc_gateway::{AfterRestart, CcGatewayOptions, CcGatewaySimulator, Mischief};
use callcontrol_testkit::switch::{Party, SharedSwitch, SwitchBuilder};
use support::{AGENT, CUSTOMER, PHONE, cx, in_process, sign_in_as, until_session};
use tokio::time::Instant;

const AGENTS: u32 = 200;

fn name(number: u32) -> (String, String) {
    ((1000 + number).to_string(), (40_000 + number).to_string())
}

/// A gateway that can be down, and when each agent signed in.
struct Site {
    sim: CcGatewaySimulator,
    control: Arc<CcGateway>,
    down: Arc<AtomicBool>,
    sign_ins: Arc<Mutex<Vec<Instant>>>,
}

fn site() -> Site {
    let mut switch = SwitchBuilder::new().queue("25").outside(CUSTOMER);
    for (agent, phone) in (0..AGENTS).map(name) {
        switch = switch.absent_agent(&agent, &phone);
    }
    let switch = switch.serves("1000", "25");
    let sim = CcGatewaySimulator::new(SharedSwitch::new(switch.build()), CcGatewayOptions::default());
    let (down, sign_ins) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let (is_down, seen) = (Arc::clone(&down), Arc::clone(&sign_ins));
    let trick = move |attempt: &Attempt<'_>| {
        if is_down.load(Ordering::Relaxed) {
            return Trick::NotSent(NotSent::Refused);
        }
        if attempt.request.path().shape().ends_with("/onlineagent/{id}") {
            seen.lock().unwrap().push(Instant::now());
        }
        Trick::Pass
    };
    let base = BaseUrl::parse("http://gateway.example:8043").unwrap();
    let transport = InMemoryTransport::new(base, sim.router()).with_mischief(trick);
    let control = CcGateway::new(CcGatewayConfig::default(), Arc::new(transport), IdSource::seeded(7)).unwrap();
    Site {
        sim,
        control,
        down,
        sign_ins,
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_agents_come_back_after_a_restart_not_as_a_herd_and_no_call_is_made_up() {
    let site = site();
    for (agent, phone) in (0..AGENTS).map(name) {
        site.control.open(sign_in_as(&agent, &phone), &cx()).await.unwrap();
    }
    // One of them talks to a customer all the while.
    let mut feed = site.control.subscribe(Filter::all().backlog(100_000));
    let switch = site.sim.switch();
    let call = switch
        .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    switch
        .with(|switch| switch.answer(&Party::agent("1000"), call))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(11)).await;
    while futures::FutureExt::now_or_never(feed.next()).flatten().is_some() {}
    site.sign_ins.lock().unwrap().clear();

    // The pending polls end with nothing; every later request is refused.
    site.down.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(15)).await;
    site.sim.restart();
    site.down.store(false, Ordering::Relaxed);
    let back = Instant::now();

    let mut seen: BTreeMap<SessionId, Vec<&str>> = BTreeMap::new();
    let mut active = 0;
    while active < AGENTS {
        let item = tokio::time::timeout(Duration::from_secs(120), feed.next())
            .await
            .unwrap()
            .unwrap();
        match item {
            FeedItem::Gap(gap) => seen.entry(gap.session.unwrap()).or_default().push("gap"),
            FeedItem::Snapshot(snapshot) => {
                for session in snapshot.sessions.keys() {
                    seen.entry(session.clone()).or_default().push("snapshot");
                }
            }
            FeedItem::Session(notice) if notice.state == SessionState::Active => {
                seen.entry(notice.session).or_default().push("active");
                active += 1;
            }
            FeedItem::Session(notice) => assert_eq!(notice.state, SessionState::Recovering, "{}", notice.reason),
            FeedItem::Event(event) => {
                let made_up = event.provenance == Provenance::Synthesized && event.call.is_some();
                assert!(!made_up, "{event:?}");
            }
            _ => {}
        }
    }
    assert_eq!(seen.len(), AGENTS as usize);
    assert!(
        seen.values().all(|told| *told == ["gap", "snapshot", "active"]),
        "{seen:?}"
    );

    let mut offsets: Vec<u128> = site
        .sign_ins
        .lock()
        .unwrap()
        .iter()
        .map(|at| (*at - back).as_millis())
        .collect();
    offsets.sort_unstable();
    assert_eq!(offsets.len(), AGENTS as usize, "one sign-in each");
    let busiest = offsets
        .iter()
        .map(|start| {
            offsets
                .iter()
                .filter(|at| (*start..*start + 1000).contains(*at))
                .count()
        })
        .max();
    // Twice the longest pause is what all of them have: 1.3 times the mean at most in any second, and nobody much later.
    assert!(
        busiest <= Some(AGENTS as usize * 13 / 200),
        "{busiest:?} sign-ins within one second"
    );
    assert!((5000..24_000).contains(offsets.last().unwrap()), "{:?}", offsets.last());

    let snapshot = site
        .control
        .snapshot(callcontrol_core::Scope::All, &cx())
        .await
        .unwrap();
    let calls = &snapshot.session(&SessionId::new("1000").unwrap()).unwrap().calls;
    assert_eq!(
        calls.values().map(|view| view.state).collect::<Vec<_>>(),
        [LegState::Talking]
    );
    site.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ended_during_the_outage_is_told_as_over_and_its_release_as_done() {
    let site = site();
    site.control.open(sign_in_as("1000", "40000"), &cx()).await.unwrap();
    let switch = site.sim.switch();
    let call = switch
        .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    switch
        .with(|switch| switch.answer(&Party::agent("1000"), call))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut feed = site.control.subscribe(Filter::all());
    site.down.store(true, Ordering::Relaxed);
    until_session(&mut feed, SessionState::Recovering).await;
    switch
        .with(|switch| switch.hang_up(&Party::outside(CUSTOMER), call))
        .unwrap();
    site.sim.restart();
    site.down.store(false, Ordering::Relaxed);
    let released = loop {
        match feed.next().await.unwrap() {
            FeedItem::Event(event) if matches!(event.kind, EventKind::Released { .. }) => break event,
            _ => {}
        }
    };
    assert_eq!(released.provenance, Provenance::Synthesized);
    until_session(&mut feed, SessionState::Active).await;
    site.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_whom_the_platform_still_holds_is_taken_over_if_that_was_asked_for_and_waited_for_if_not() {
    for (displace, forced) in [(Displace::Always, 1), (Displace::Never, 0)] {
        let down = Arc::new(AtomicBool::new(false));
        let is_down = Arc::clone(&down);
        let trick = move |_: &Attempt<'_>| match is_down.load(Ordering::Relaxed) {
            true => Trick::NotSent(NotSent::Refused),
            false => Trick::Pass,
        };
        let change = |options: &mut CcGatewayOptions| options.after_restart = AfterRestart::SignedInAlready;
        let (sim, control) = in_process(change, CcGatewayConfig::default(), trick);
        let mut feed = control.subscribe(Filter::all());
        control
            .open(sign_in_as(AGENT, PHONE).displace(displace), &cx())
            .await
            .unwrap();
        down.store(true, Ordering::Relaxed);
        until_session(&mut feed, SessionState::Recovering).await;
        sim.restart();
        down.store(false, Ordering::Relaxed);
        let end = if forced == 1 {
            SessionState::Active
        } else {
            SessionState::Displaced
        };
        until_session(&mut feed, end).await;
        assert_eq!(sim.requests().count("PUT", "/forcelogin"), forced);
        control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_that_was_changed_meanwhile_is_tried_once() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let trick = move |_: &Attempt<'_>| match is_down.load(Ordering::Relaxed) {
        true => Trick::NotSent(NotSent::Refused),
        false => Trick::Pass,
    };
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    down.store(true, Ordering::Relaxed);
    until_session(&mut feed, SessionState::Recovering).await;
    sim.restart();
    sim.update_options(|options| options.password = "another".into());
    down.store(false, Ordering::Relaxed);
    let reason = until_session(&mut feed, SessionState::Lost).await;
    assert!(
        reason.contains("wrong user or password") && !reason.contains("cti-secret"),
        "{reason}"
    );
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(
        sim.requests().count("PUT", "/onlineagent/101"),
        2,
        "one at the start, one on the way back"
    );
}

#[tokio::test(start_paused = true)]
async fn a_credential_lost_with_a_poll_answer_is_asked_for_again() {
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), support::all_well);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    until_session(&mut feed, SessionState::Active).await;
    sim.rotate_guid_now(AGENT);
    sim.fail_next("agentevent", Mischief::LostReply);
    until_session(&mut feed, SessionState::Recovering).await;
    until_session(&mut feed, SessionState::Active).await;
    assert!(sim.requests().count("PUT", "/updateGuid") >= 1);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(
        sim.requests().count("PUT", "/onlineagent/101"),
        1,
        "no second sign-in was needed"
    );
    assert!(sim.is_signed_in(AGENT));
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_being_moved_to_another_server_is_waited_for() {
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), support::all_well);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    until_session(&mut feed, SessionState::Active).await;
    sim.fail_times(4, "", &Mischief::Retcode("000-004".into()));
    until_session(&mut feed, SessionState::Recovering).await;
    until_session(&mut feed, SessionState::Active).await;
    assert_eq!(sim.requests().count("PUT", "/onlineagent/101"), 1);
    sim.fail_times(3, "agentevent", &Mischief::Retcode("000-007".into()));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let snapshot = control.snapshot(callcontrol_core::Scope::All, &cx()).await.unwrap();
    assert_eq!(
        snapshot.session(&SessionId::new(AGENT).unwrap()).unwrap().state,
        SessionState::Active
    );
    control.shutdown(&cx()).await;
}

#[tokio::test]
async fn a_server_killed_and_started_again_on_the_same_port_gets_its_two_hundred_agents_back() {
    let mut switch = SwitchBuilder::new();
    for (agent, phone) in (0..AGENTS).map(name) {
        switch = switch.absent_agent(&agent, &phone);
    }
    let sim = CcGatewaySimulator::new(SharedSwitch::new(switch.build()), CcGatewayOptions::default());
    let server = Server::start(sim.router()).await.unwrap();
    let addr = server.addr();
    let mut config = CcGatewayConfig::default();
    (
        config.recovery_first_ms,
        config.recovery_most_ms,
        config.sign_in_spread_ms,
    ) = (200, 500, 2000);
    let control = support::adapter(&server.base_url(), config);
    for (agent, phone) in (0..AGENTS).map(name) {
        control.open(sign_in_as(&agent, &phone), &cx()).await.unwrap();
    }
    let mut feed = control.subscribe(Filter::all().backlog(100_000));
    server.stop().await;
    sim.restart();
    let mark = sim.requests().mark();
    let _server = Server::bind(addr, sim.router()).await.unwrap();
    let mut active = 0;
    while active < AGENTS {
        match tokio::time::timeout(Duration::from_secs(60), feed.next())
            .await
            .unwrap()
            .unwrap()
        {
            FeedItem::Session(notice) if notice.state == SessionState::Active => active += 1,
            FeedItem::Session(notice) => assert_eq!(notice.state, SessionState::Recovering, "{}", notice.reason),
            FeedItem::Event(event) => assert!(event.call.is_none(), "{event:?}"),
            _ => {}
        }
    }
    assert!((0..AGENTS).all(|number| sim.is_signed_in(&name(number).0)));
    let sign_ins = sim.requests().since(mark);
    let sign_ins = sign_ins
        .iter()
        .filter(|request| request.body.contains("\"password\""))
        .count();
    assert_eq!(sign_ins, AGENTS as usize, "one sign-in each");
    drop(control);
}
