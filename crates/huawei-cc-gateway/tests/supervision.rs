//! A supervisor listens, whispers, barges in, takes over: each against the switch's own truth, and on the supervisor's feed.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::{
    CallControl, CustomerAt, ErrorKind, EventKind, Feed, FeedItem, Filter, LegState, SessionId, Supervise,
    SupervisionMode, SupervisionScope,
};
use callcontrol_huawei_cc_gateway::CcGatewayConfig;
use callcontrol_simulators::cc_gateway::NoInspectorRight;
use callcontrol_testkit::switch::{CustomerPlace, SupervisionMode as Truth};
use support::{AGENT, PATIENCE, Scene, Talk, agent, cx, outcome, sign_in_as, switch};

const BOSS: (&str, &str) = ("103", "40103");

fn boss() -> SessionId {
    SessionId::new(BOSS.0).unwrap()
}

/// An agent who talks to a customer, and a supervisor at the next desk.
async fn floor() -> (Scene, Talk, Feed) {
    let switch = switch().absent_agent(BOSS.0, BOSS.1);
    let mut scene = Scene::closed(switch.build(), |_| {}, CcGatewayConfig::default()).await;
    scene.sign_in().await.unwrap();
    scene.control.open(sign_in_as(BOSS.0, BOSS.1), &cx()).await.unwrap();
    let talk = scene.talking().await;
    let feed = scene.control.subscribe(Filter::session(boss()));
    (scene, talk, feed)
}

async fn does(scene: &Scene, request: Supervise) {
    let receipt = scene
        .control
        .supervise(&boss(), request.clone(), &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert!(
        outcome.is_done(),
        "{request:?}: {outcome}\n{}",
        scene.sim.switch().journal()
    );
}

async fn told(feed: &mut Feed) -> Option<SupervisionMode> {
    loop {
        let item = tokio::time::timeout(PATIENCE, feed.next())
            .await
            .expect("in time")
            .unwrap();
        if let FeedItem::Event(event) = item
            && let EventKind::SupervisionChanged { mode, .. } = &event.kind
        {
            return *mode;
        }
    }
}

fn truth(scene: &Scene) -> Option<Truth> {
    scene.switch(|switch| switch.supervision_of(BOSS.0).map(|running| running.mode))
}

#[tokio::test]
async fn a_supervisor_listens_whispers_barges_in_and_leaves() {
    let (scene, talk, mut feed) = floor().await;
    let who = || agent(AGENT);
    for (mode, is) in [
        (SupervisionMode::Listen, Truth::Listen),
        (SupervisionMode::Whisper, Truth::Whisper),
        (SupervisionMode::BargeIn, Truth::BargeIn),
    ] {
        does(&scene, Supervise::start(who(), mode)).await;
        assert_eq!(told(&mut feed).await, Some(mode));
        assert_eq!(truth(&scene), Some(is));
        does(&scene, Supervise::Stop { agent: who() }).await;
        assert_eq!((told(&mut feed).await, truth(&scene)), (None, None));
    }
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent(AGENT.into()))
    );
}

#[tokio::test]
async fn a_supervisor_switches_between_the_three_ways() {
    let (scene, _talk, mut feed) = floor().await;
    does(&scene, Supervise::start(agent(AGENT), SupervisionMode::Listen)).await;
    assert_eq!(told(&mut feed).await, Some(SupervisionMode::Listen));
    for (mode, is) in [
        (SupervisionMode::Whisper, Truth::Whisper),
        (SupervisionMode::BargeIn, Truth::BargeIn),
        (SupervisionMode::Listen, Truth::Listen),
    ] {
        does(
            &scene,
            Supervise::Switch {
                agent: agent(AGENT),
                mode,
            },
        )
        .await;
        assert_eq!((told(&mut feed).await, truth(&scene)), (Some(mode), Some(is)));
    }
    does(&scene, Supervise::Stop { agent: agent(AGENT) }).await;
    assert_eq!(truth(&scene), None);
}

#[tokio::test]
async fn a_supervisor_takes_the_customer_over_from_every_way_of_supervising() {
    for mode in [
        SupervisionMode::Listen,
        SupervisionMode::Whisper,
        SupervisionMode::BargeIn,
    ] {
        let (mut scene, talk, mut feed) = floor().await;
        does(&scene, Supervise::start(agent(AGENT), mode)).await;
        let intercept = Supervise::Intercept {
            agent: agent(AGENT),
            call: None,
        };
        let receipt = scene
            .control
            .supervise(&boss(), intercept, &cx())
            .await
            .expect("accepted");
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Agent),
            "{mode:?}: {outcome}"
        );
        assert_eq!(
            scene.customer_at(talk.call),
            Some(CustomerPlace::WithAgent(BOSS.0.into())),
            "{mode:?}"
        );
        assert_eq!(told(&mut feed).await, Some(mode));
        assert_eq!(told(&mut feed).await, None);
        let talks = |scene: &Scene| {
            let snapshot = futures::FutureExt::now_or_never(scene.control.subscribe(Filter::session(boss())).next());
            let Some(Some(FeedItem::Snapshot(snapshot))) = snapshot else {
                panic!("a snapshot first")
            };
            let calls = &snapshot.session(&boss()).unwrap().calls;
            calls.values().any(|view| view.state == LegState::Talking).then_some(())
        };
        scene.until(talks, "the supervisor talking").await;
        scene
            .until(
                |scene| scene.views().is_empty().then_some(()),
                "the agent without a call",
            )
            .await;
    }
}

#[tokio::test]
async fn who_has_no_right_or_supervises_nobody_is_refused() {
    for refusal in [NoInspectorRight::QualityControl, NoInspectorRight::Portal] {
        let (scene, _talk, _feed) = floor().await;
        scene.sim.update_options(|options| {
            options.inspectors.clear();
            options.no_inspector_right = refusal;
        });
        let start = Supervise::start(agent(AGENT), SupervisionMode::Listen);
        let error = scene
            .control
            .supervise(&boss(), start, &cx())
            .await
            .expect_err("no right");
        assert_eq!(error.kind(), ErrorKind::Permission, "{refusal:?}: {error}");
        assert_eq!(truth(&scene), None);
    }
    let (scene, _talk, _feed) = floor().await;
    let before = scene.commands();
    let whole = Supervise::Start {
        agent: agent(AGENT),
        mode: SupervisionMode::Listen,
        scope: SupervisionScope::AllCalls,
    };
    for (request, kind) in [
        (Supervise::Stop { agent: agent(AGENT) }, ErrorKind::InvalidState),
        (
            Supervise::Switch {
                agent: agent(AGENT),
                mode: SupervisionMode::Whisper,
            },
            ErrorKind::InvalidState,
        ),
        (
            Supervise::Intercept {
                agent: agent(AGENT),
                call: None,
            },
            ErrorKind::InvalidState,
        ),
        (
            Supervise::start(agent(BOSS.0), SupervisionMode::Listen),
            ErrorKind::InvalidInput,
        ),
        (
            Supervise::start(support::queue("25"), SupervisionMode::Listen),
            ErrorKind::InvalidInput,
        ),
        (
            Supervise::MuteAgent {
                agent: agent(AGENT),
                on: true,
            },
            ErrorKind::Unsupported,
        ),
        (whole, ErrorKind::Unsupported),
    ] {
        let error = scene
            .control
            .supervise(&boss(), request, &cx())
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert_eq!(scene.commands(), before, "nothing was sent");
}
