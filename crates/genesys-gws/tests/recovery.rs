//! Links that break, servers that forget, nodes that change, somebody who signs the agent out: what was missed is announced and made up for, nothing is invented,
//! and nobody comes back in a herd.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentState, CallControl, Cause, CloseSession, ConsultStep, CustomerAt, ErrorKind, EventKind, FeedItem,
    Filter, LegAction, LegState, OpCx, OpId, OpenSession, Provenance, Scope, SessionId, SessionState, Transfer,
    TransferMode, Verdict,
};
use callcontrol_genesys_gws::GwsConfig;
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{
    AckExtension, DEFAULT_PASSWORD, GwsAdvice, GwsFault, GwsOptions, GwsReconnect, GwsRequests, GwsSimulator, GwsUser,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{CustomerPlace, Party, SharedSwitch, Switch, SwitchEvent};
use support::*;
use tokio::time::Instant;

async fn room(options: GwsOptions) -> Site {
    room_with(options, quick(), |_| Trick::Pass).await
}

fn config(members: &str) -> GwsConfig {
    let json =
        format!(r#"{{"effect-timeout-ms": 1000, "auto-retrieve-wait-ms": 60, "return-spread-ms": 20, {members}}}"#);
    serde_json::from_str(&json).expect("valid")
}

fn blind() -> Transfer {
    Transfer::new(number(scenery::BOB.1), TransferMode::Blind)
}

impl Site {
    /// Reads on until the session is in this state; gives what came before.
    async fn until_session(&mut self, wanted: SessionState) -> Vec<FeedItem> {
        let mut before = Vec::new();
        loop {
            let item = tokio::time::timeout(Duration::from_secs(120), self.feed.next()).await;
            match item.expect("told in time").expect("the feed goes on") {
                FeedItem::Session(notice) if notice.state == wanted => return before,
                item => before.push(item),
            }
        }
    }
}

fn gaps(items: &[FeedItem]) -> usize {
    items.iter().filter(|item| matches!(item, FeedItem::Gap(_))).count()
}

type Lose = fn(&GwsSimulator);

/// Every way in which a server can forget us.
fn losses() -> Vec<(&'static str, Lose)> {
    vec![
        ("the CometD session is swept", |sim| sim.sweep_comet_sessions()),
        ("the HTTP session is over", |sim| sim.expire_http_sessions()),
        ("another node takes over", |sim| sim.fail_over()),
        ("the server restarts", |sim| sim.restart()),
        ("a new handshake is advised", |sim| {
            sim.advise(scenery::ANN.0, &GwsAdvice::new(GwsReconnect::Handshake));
        }),
    ]
}

#[tokio::test(start_paused = true)]
async fn after_every_loss_the_gap_comes_first_then_what_it_hid_and_then_events_flow_again() {
    for (name, lose) in losses() {
        let mut site = room(GwsOptions::default()).await;
        let call = site.talking().await;
        site.until_quiet().await;
        // Nobody hears that the customer hung up.
        site.sim.withhold_events(scenery::ANN.0);
        site.switch()
            .with(|switch| switch.hang_up(&customer_phone(), call.switch))
            .expect("hangs up");
        while site.sim.drop_event(scenery::ANN.0, 0) {}
        site.sim.release_events(scenery::ANN.0);
        lose(&site.sim);
        site.until_session(SessionState::Recovering).await;
        let items = site.until_session(SessionState::Active).await;
        assert_eq!(gaps(&items), 1, "{name}: {items:?}");
        let at = |fits: &dyn Fn(&FeedItem) -> bool| items.iter().position(fits);
        let gap = at(&|item| matches!(item, FeedItem::Gap(_)));
        let released = at(&|item| {
            matches!(item, FeedItem::Event(event)
                if matches!(event.kind, EventKind::Released { .. }) && event.provenance == Provenance::Synthesized)
        });
        let snapshot = at(&|item| matches!(item, FeedItem::Snapshot(_)));
        assert!(
            gap < released && released < snapshot && gap.is_some(),
            "{name}: {items:?}"
        );
        site.ringing_from(scenery::OTHER_CUSTOMER).await;
        assert_eq!(
            site.sent("StartContactCenterSession"),
            1,
            "{name}: the stay lives at the switch"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_in_flight_stays_unknown_after_every_loss_and_is_never_sent_twice() {
    for (name, lose) in losses() {
        for fault in [GwsFault::ReplyLost, GwsFault::RequestLost] {
            let mut site = room(GwsOptions::default()).await;
            let call = site.talking().await;
            site.sim
                .fail_next(GwsRequests::Operation("SingleStepTransfer".into()), fault);
            let op = OpId::fresh();
            let error = site
                .gws
                .transfer(&call.at, blind(), &OpCx::with_op(op.clone()))
                .await
                .expect_err("lost");
            assert!(!error.is_retryable(), "{name}: {error}");
            lose(&site.sim);
            let outcome = site.gws.outcome_of(&op).expect("tracked").wait().await;
            assert_eq!(outcome.verdict, Verdict::Unknown, "{name}: {outcome}");
            assert_true(&site, &call, &outcome, name);
            assert_eq!(site.sent("SingleStepTransfer"), 1, "{name}: never twice");
            site.sign_out().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_consult_survives_every_loss_and_is_completed_afterwards() {
    for (name, lose) in losses() {
        let mut site = room(GwsOptions::default()).await;
        let (call, consult) = consulting_bob(&mut site).await;
        lose(&site.sim);
        let outcome = stepped(&site, &consult, ConsultStep::Complete).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Target,
            "{name}: {outcome}"
        );
        assert_eq!(
            (site.customer(&call), site.transfers(&call)),
            (CustomerPlace::WithAgent("102".into()), 1),
            "{name}"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn with_acknowledgements_a_broken_connect_loses_nothing_and_announces_no_gap() {
    for ack in [AckExtension::Flag, AckExtension::Batch] {
        let mut site = room(with(|o| o.comet.ack = ack)).await;
        site.until_quiet().await;
        site.sim
            .fail_next(GwsRequests::Comet("/meta/connect".into()), GwsFault::ReplyLost);
        let call = site.talking().await;
        site.switch()
            .with(|switch| switch.hang_up(&customer_phone(), call.switch))
            .expect("hangs up");
        let event = site
            .event(|event| matches!(event.kind, EventKind::Released { .. }))
            .await;
        assert_eq!(event.provenance, Provenance::Vendor, "{ack:?}: told, not inferred");
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_whom_somebody_signs_out_is_displaced_for_good() {
    let mut site = room(GwsOptions::default()).await;
    let receipt = site
        .gws
        .set_agent_state(&site.session, not_ready(), &OpCx::new())
        .await
        .expect("accepted");
    settled(&receipt).await;
    site.switch()
        .with(|switch| switch.sign_out(scenery::ANN.0))
        .expect("signed out");
    site.until_session(SessionState::Displaced).await;
    let error = site
        .gws
        .set_agent_state(&site.session, not_ready(), &OpCx::new())
        .await
        .expect_err("over");
    assert_eq!(error.kind(), ErrorKind::Displaced, "{error}");
    tokio::time::sleep(Duration::from_secs(900)).await;
    assert_eq!(site.sent("StartContactCenterSession"), 1, "we do not fight");
    site.gws
        .open(ann(), &OpCx::new())
        .await
        .expect("who wants to sign in again may");
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_signed_in_again_once_a_minute_where_the_deployment_wants_it() {
    let mut site = room_with(GwsOptions::default(), config(r#""sign-in-again": "always""#), |_| {
        Trick::Pass
    })
    .await;
    site.switch()
        .with(|switch| switch.sign_out(scenery::ANN.0))
        .expect("signed out");
    eventually(|| (site.sent("StartContactCenterSession") == 2).then_some(())).await;
    let is_ready = |kind: &EventKind| {
        *kind
            == EventKind::AgentStateChanged {
                state: AgentState::Ready,
            }
    };
    site.event(|event| is_ready(&event.kind)).await;
    site.switch()
        .with(|switch| switch.sign_out(scenery::ANN.0))
        .expect("signed out");
    site.until_session(SessionState::Displaced).await;
    assert_eq!(site.sent("StartContactCenterSession"), 2);
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn where_signing_in_again_is_forbidden_a_lost_http_session_is_the_end() {
    let mut site = room_with(GwsOptions::default(), config(r#""sign-in-again": "never""#), |_| {
        Trick::Pass
    })
    .await;
    let call = site.talking().await;
    site.sim.expire_http_sessions();
    let error = site
        .gws
        .transfer(&call.at, blind(), &OpCx::new())
        .await
        .expect_err("gone");
    assert_eq!(error.kind(), ErrorKind::SessionLost, "{error}");
    site.until_session(SessionState::Lost).await;
    let basic = with_password(&site);
    assert_eq!((basic, site.transfers(&call)), (1, 0));
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_found_signed_out_after_a_restart_is_signed_in_again_and_ready_as_before() {
    let mut site = room(GwsOptions::default()).await;
    site.until_quiet().await;
    site.sim.cut_off();
    site.until_session(SessionState::Recovering).await;
    site.switch()
        .with(|switch| switch.sign_out(scenery::ANN.0))
        .expect("signed out");
    tokio::time::sleep(Duration::from_secs(60)).await;
    site.sim.restart();
    site.sim.reconnect();
    site.until_session(SessionState::Active).await;
    eventually(|| {
        let state = site
            .switch()
            .with(|switch| switch.agent(scenery::ANN.0).map(|agent| agent.signed_in()));
        (state == Some(true)).then_some(())
    })
    .await;
    assert_eq!(site.sent("StartContactCenterSession"), 2);
    site.ringing().await;
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_without_calls_is_kept_alive_and_a_call_whose_end_was_not_told_is_found() {
    let mut site = room_with(
        with(|o| o.http_session_idle = Some(Duration::from_secs(300))),
        config(r#""keep-alive-s": 120"#),
        |_| Trick::Pass,
    )
    .await;
    let call = site.talking().await;
    site.until_quiet().await;
    site.sim.lose_events(scenery::ANN.0, 1);
    site.switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch))
        .expect("hangs up");
    let event = site
        .event_within(Duration::from_secs(200), |event| {
            matches!(event.kind, EventKind::Released { .. })
        })
        .await;
    assert_eq!(event.provenance, Provenance::Synthesized);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let basic = with_password(&site);
    assert_eq!(basic, 1, "the session lived through the quiet hour");
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn closing_in_the_middle_of_a_recipe_takes_the_customer_back_first() {
    let mut site = room(GwsOptions::default()).await;
    let call = site.talking().await;
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
    let receipt = site
        .gws
        .transfer(&call.at, request, &OpCx::new())
        .await
        .expect("accepted");
    eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
    let error = site
        .gws
        .close(&site.session, CloseSession::default(), &OpCx::new())
        .await
        .expect_err("a call is up");
    assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}");
    assert_eq!(receipt.outcome_handle().peek(), None, "the refusal changed nothing");
    site.gws
        .close(&site.session, CloseSession::forced(), &OpCx::new())
        .await
        .expect("signed out");
    let outcome = settled(&receipt).await;
    assert_eq!(
        (outcome.verdict, &outcome.cause, outcome.customer),
        (Verdict::Failed, &Cause::Cancelled, CustomerAt::Agent),
        "{outcome}"
    );
    let told: Vec<String> = site
        .sim
        .requests()
        .all()
        .iter()
        .map(|request| request.body.clone())
        .collect();
    let place = |word: &str| told.iter().position(|body| body.contains(word));
    assert!(place("\"Hangup\"") < place("\"Retrieve\"") && place("\"Retrieve\"") < place("EndContactCenterSession"));
    assert!(
        told.last().expect("some").contains("EndContactCenterSession"),
        "the very last request"
    );
    let with_reason = site
        .gws
        .close(&site.session, CloseSession::default().reason(3), &OpCx::new())
        .await;
    assert_eq!(with_reason.expect_err("no such thing").kind(), ErrorKind::Unsupported);
    site.sign_out().await;
}

/// A contact centre of many agents, each in a call, all signed in through one adapter.
struct Fleet {
    sim: GwsSimulator,
    gws: Arc<callcontrol_genesys_gws::Gws>,
    calls: BTreeMap<SessionId, callcontrol_testkit::switch::SwitchCallId>,
    /// When each request with user name and password was sent.
    sign_ins: Arc<Mutex<Vec<Instant>>>,
}

/// How evenly a fleet came back.
struct Return {
    /// From when the server could be reached until every picture was the switch's.
    took: Duration,
    /// The fullest second as a multiple of the mean over the window.
    peak: f64,
}

fn agent_of(n: usize) -> String {
    format!("{}", 2000 + n)
}

fn customer_of(n: usize) -> String {
    format!("20655{:05}", 50_000 + n)
}

async fn fleet(size: usize, spread: Duration) -> Fleet {
    let mut builder = Switch::builder();
    let mut options = GwsOptions::default();
    options.users.clear();
    for n in 0..size {
        builder = builder
            .absent_agent(&agent_of(n), &format!("{}", 70_000 + n))
            .outside(&customer_of(n));
        options
            .users
            .push(GwsUser::new(&format!("u{n}"), DEFAULT_PASSWORD, &agent_of(n)));
    }
    let sim = GwsSimulator::new(SharedSwitch::new(builder.build()), options);
    let sign_ins = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sign_ins);
    let json = format!(r#"{{"return-spread-ms": {}}}"#, spread.as_millis());
    let gws = in_memory(&sim, serde_json::from_str(&json).expect("valid"), move |attempt| {
        if attempt.request.headers().contains_key("authorization") {
            seen.lock().expect("whole").push(Instant::now());
        }
        Trick::Pass
    });
    let mut calls = BTreeMap::new();
    for n in 0..size {
        let open = OpenSession::new(AgentId::new(format!("u{n}")).expect("valid")).password(DEFAULT_PASSWORD);
        let session = gws.open(open, &OpCx::new()).await.expect("signs in").session;
        let to = Party::agent(agent_of(n));
        let call = sim.switch().with(|switch| {
            let call = switch.place_call(&customer_of(n), &to)?;
            switch.answer(&to, call).map(|()| call)
        });
        calls.insert(session, call.expect("talks"));
    }
    sign_ins.lock().expect("whole").clear();
    Fleet {
        sim,
        gws,
        calls,
        sign_ins,
    }
}

impl Fleet {
    async fn all_true(&self) {
        let patience = Duration::from_secs(300);
        eventually_within(patience, || self.is_true(&self.gws.subscribe_once()).then_some(())).await;
    }

    /// Waits until everybody is back, each signed in once, and says how evenly over `window` they came.
    async fn come_back(&self, since: Instant, window: Duration) -> Return {
        let signed_in = || self.sign_ins.lock().expect("whole").clone();
        eventually_within(window * 3, || (signed_in().len() >= self.calls.len()).then_some(())).await;
        self.all_true().await;
        let took = since.elapsed();
        let times = signed_in();
        assert_eq!(times.len(), self.calls.len(), "each signs in once");
        let mut per_second: BTreeMap<u64, u32> = BTreeMap::new();
        for at in &times {
            *per_second.entry(at.duration_since(since).as_secs()).or_default() += 1;
        }
        let most = per_second.values().max().copied().unwrap_or_default();
        let agents = u32::try_from(times.len()).expect("a few hundred");
        let mean = f64::from(agents) / window.as_secs_f64();
        Return {
            took,
            peak: f64::from(most) / mean,
        }
    }

    /// Every session's picture is the switch's.
    fn is_true(&self, snapshot: &callcontrol_core::Snapshot) -> bool {
        self.calls.iter().all(|(session, call)| {
            let Some(view) = snapshot.session(session) else {
                return false;
            };
            let lives = self.sim.switch().call(*call).is_some();
            view.state == SessionState::Active
                && view.calls.len() == usize::from(lives)
                && view.calls.values().all(|call| call.state == LegState::Talking)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn five_hundred_agents_survive_a_restart_and_a_minute_of_darkness_without_a_herd_and_without_an_invented_event() {
    let (size, spread) = (500, Duration::from_secs(10));
    let fleet = fleet(size, spread).await;
    fleet.all_true().await;
    let mut feed = fleet.gws.subscribe(Filter::all().backlog(100_000));
    fleet.sim.cut_off();
    tokio::time::sleep(Duration::from_secs(60)).await;
    // In the dark every fifth customer hangs up.
    let gone: Vec<usize> = (0..size).filter(|n| n % 5 == 0).collect();
    for (n, call) in fleet.calls.iter().map(|(session, call)| (index(session), *call)) {
        if n % 5 == 0 {
            let phone = Party::outside(customer_of(n));
            fleet
                .sim
                .switch()
                .with(|switch| switch.hang_up(&phone, call))
                .expect("hangs up");
        }
    }
    fleet.sim.restart();
    let back_at = Instant::now();
    fleet.sim.reconnect();
    let back = fleet.come_back(back_at, LONGEST_ROUND).await;
    assert!(back.took <= LONGEST_ROUND.mul_f64(1.2), "{:?}", back.took);
    assert!(back.peak <= 1.3, "a herd: {}", back.peak);

    let (mut released, mut gaps, mut others) = (0, 0, Vec::new());
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(1), feed.next()).await {
        match item {
            FeedItem::Gap(_) => gaps += 1,
            FeedItem::Event(event) if matches!(event.kind, EventKind::Released { .. }) => released += 1,
            FeedItem::Event(event) => others.push(event.kind.clone()),
            _ => {}
        }
    }
    assert_eq!((released, gaps), (gone.len(), size));
    assert!(others.is_empty(), "invented: {others:?}");
    assert_eq!(
        sent(&fleet, "StartContactCenterSession"),
        size,
        "nobody's stay was begun anew"
    );
    fleet.gws.shutdown(&OpCx::new().within(Duration::from_secs(60))).await;
}

#[tokio::test(start_paused = true)]
async fn five_hundred_agents_told_at_the_same_instant_that_the_server_has_forgotten_them_come_back_in_a_row() {
    let spread = Duration::from_secs(10);
    let fleet = fleet(500, spread).await;
    fleet.all_true().await;
    let back_at = Instant::now();
    fleet.sim.restart();
    let back = fleet.come_back(back_at, spread).await;
    assert!(back.took <= spread.mul_f64(1.2), "{:?}", back.took);
    assert!(back.peak <= 1.3, "a herd: {}", back.peak);
    fleet.gws.shutdown(&OpCx::new().within(Duration::from_secs(60))).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_short_darkness_five_hundred_agents_do_not_come_back_as_one() {
    let spread = Duration::from_secs(10);
    let fleet = fleet(500, spread).await;
    fleet.all_true().await;
    fleet.sim.cut_off();
    tokio::time::sleep(Duration::from_secs(5)).await;
    fleet.sim.restart();
    let back_at = Instant::now();
    fleet.sim.reconnect();
    let back = fleet.come_back(back_at, spread).await;
    assert!(back.took <= spread.mul_f64(1.2), "{:?}", back.took);
    assert!(back.peak <= 1.3, "a herd: {}", back.peak);
    fleet.gws.shutdown(&OpCx::new().within(Duration::from_secs(60))).await;
}

#[tokio::test(start_paused = true)]
async fn fifty_agents_whose_server_dies_in_mid_command_learn_what_became_of_each() {
    let fleet = fleet(50, Duration::from_secs(2)).await;
    fleet.all_true().await;
    let snapshot = fleet.gws.subscribe_once();
    let mut ops = Vec::new();
    for (session, view) in &snapshot.sessions {
        let (call, _) = view.calls.iter().next().expect("talks");
        let at = callcontrol_core::LegRef {
            session: session.clone(),
            call: call.clone(),
        };
        let op = OpId::fresh();
        let receipt = fleet.gws.act(&at, LegAction::Hold, &OpCx::with_op(op.clone())).await;
        ops.push((session.clone(), receipt.expect("accepted")));
        if ops.len() == 25 {
            fleet.sim.restart();
        }
    }
    for (session, receipt) in ops {
        let outcome = receipt.within(Duration::from_secs(60)).await.expect("an outcome");
        let truth = fleet
            .sim
            .switch()
            .with(|switch| switch.customer_at(fleet.calls[&session]))
            .expect("a customer");
        let is_held = matches!(truth, CustomerPlace::HeldBy(_));
        assert_eq!(
            (outcome.is_done(), outcome.customer == CustomerAt::AgentHeld),
            (is_held, is_held),
            "{session}: {outcome}"
        );
    }
    // Those that the new server refused for want of a session were sent once more; none was carried out twice.
    let journal = fleet.sim.switch().journal();
    assert_eq!(journal.count(|fact| matches!(fact, SwitchEvent::Held { .. })), 50);
    fleet.gws.shutdown(&OpCx::new().within(Duration::from_secs(60))).await;
}

/// How far apart an agent's tries are in the end: the window of a return after a long outage.
const LONGEST_ROUND: Duration = Duration::from_secs(30);

fn index(session: &SessionId) -> usize {
    session.as_str()[1..].parse().expect("u and a number")
}

fn sent(fleet: &Fleet, word: &str) -> usize {
    let all = fleet.sim.requests().all();
    all.iter().filter(|request| request.body.contains(word)).count()
}

/// The picture as known, without asking the server.
trait Picture {
    fn subscribe_once(&self) -> Arc<callcontrol_core::Snapshot>;
}

impl Picture for callcontrol_genesys_gws::Gws {
    fn subscribe_once(&self) -> Arc<callcontrol_core::Snapshot> {
        use futures::FutureExt;
        let mut feed = self.subscribe(Filter::all());
        match feed.next().now_or_never().flatten() {
            Some(FeedItem::Snapshot(snapshot)) => snapshot,
            other => panic!("the first item is a snapshot, not {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_asked_for_after_a_loss_is_the_switchs() {
    let mut site = room(GwsOptions::default()).await;
    let call = site.talking().await;
    site.sim.restart();
    let snapshot = site.gws.snapshot(Scope::All, &OpCx::new()).await.expect("asked");
    let view = snapshot.call(&site.session, of(&call)).expect("lives on");
    assert_eq!(view.state, LegState::Talking);
    site.sign_out().await;
}

/// How many requests carried user name and password.
fn with_password(site: &Site) -> usize {
    let all = site.sim.requests().all();
    let has = |headers: &[(String, String)]| headers.iter().any(|(name, _)| name == "authorization");
    all.iter().filter(|request| has(&request.headers)).count()
}
