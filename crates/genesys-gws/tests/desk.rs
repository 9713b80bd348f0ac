//! What stands at the agent's device and beside the call: forwarding, do-not-disturb, recording, supervision; and what a user lacks the feature for.

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentStateRequest, CallControl, Capabilities, CloseSession, Displace, Effect, ErrorKind, EventKind,
    FeedItem, Media, MediaAction, MediaState, OpCx, OpenSession, Operation, SessionId, SessionSetting, SignIn,
    Supervise, SupervisionMode, SupervisionScope, Tape, Verdict,
};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsOptions, MissingFeature};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::SupervisionMode as Truth;
use support::*;

async fn room(options: GwsOptions) -> Site {
    room_with(options, quick(), |_| Trick::Pass).await
}

impl Site {
    /// The manifests that the feed told of since it was last read.
    async fn announced(&mut self) -> Vec<Arc<Capabilities>> {
        let mut announced = Vec::new();
        while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(50), self.feed.next()).await {
            if let FeedItem::Capabilities(capabilities) = item {
                announced.push(capabilities);
            }
        }
        announced
    }
}

async fn set(site: &Site, setting: SessionSetting) -> callcontrol_core::Outcome {
    let receipt = site
        .gws
        .configure(&site.session, setting, &OpCx::new())
        .await
        .expect("accepted");
    settled(&receipt).await
}

#[tokio::test(start_paused = true)]
async fn calls_are_forwarded_turned_away_and_taken_again() {
    let site = room(GwsOptions::default()).await;
    let to = Some(number(scenery::BOB.1));
    for setting in [
        SessionSetting::ForwardCalls { to },
        SessionSetting::ForwardCalls { to: None },
        SessionSetting::DoNotDisturb { on: true },
        SessionSetting::DoNotDisturb { on: false },
    ] {
        let outcome = set(&site, setting.clone()).await;
        assert!(outcome.is_done(), "{setting:?}: {outcome}");
    }
    for word in ["ForwardCallsOn", "ForwardCallsOff", "DoNotDisturbOn", "DoNotDisturbOff"] {
        assert_eq!(site.sent(word), 1, "{word}");
    }
    let forwarding = site.sim.requests().all();
    let on = forwarding
        .iter()
        .find(|request| request.body.contains("ForwardCallsOn"))
        .expect("sent");
    assert!(
        on.body.contains(r#""destination":"7002""#),
        "a plain text here: {}",
        on.body
    );
    // What is off already is off: nothing is sent.
    assert!(set(&site, SessionSetting::ForwardCalls { to: None }).await.is_done());
    assert_eq!(site.sent("ForwardCallsOff"), 1);
    for setting in [
        SessionSetting::AutoAnswer { on: true },
        SessionSetting::AutoReady { on: true },
        SessionSetting::AcceptCalls { on: false },
        SessionSetting::Queues { only: None },
    ] {
        let error = site
            .gws
            .configure(&site.session, setting, &OpCx::new())
            .await
            .expect_err("lacking");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unsupported, Effect::None));
    }
    site.sign_out().await;
}

fn record(call: &Known, tape: Tape) -> Media {
    Media::of_call(call.at.call.clone(), MediaAction::Record(tape))
}

#[tokio::test(start_paused = true)]
async fn a_call_is_recorded_paused_resumed_and_stopped_whatever_the_server_calls_it() {
    for word in ["Recording", "Started"] {
        let mut options = GwsOptions::default().with_every_feature();
        options.recording_word = word.into();
        let mut site = room(options).await;
        let call = site.talking().await;
        for (tape, state) in [
            (Tape::Start, MediaState::Running),
            (Tape::Pause, MediaState::Paused),
            (Tape::Resume, MediaState::Running),
            (Tape::Stop, MediaState::Stopped),
        ] {
            let receipt = site
                .gws
                .media(&site.session, record(&call, tape), &OpCx::new())
                .await
                .expect("accepted");
            let outcome = settled(&receipt).await;
            assert!(outcome.is_done(), "{word}, {tape:?}: {outcome}");
            assert_true(&site, &call, &outcome, word);
            site.event(|event| event.kind == EventKind::RecordingChanged { state })
                .await;
        }
        let error = site
            .gws
            .media(&site.session, record(&call, Tape::Pause), &OpCx::new())
            .await
            .expect_err("not running");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
        let screen = Media::at_desk(MediaAction::RecordScreen(Tape::Start));
        let error = site
            .gws
            .media(&site.session, screen, &OpCx::new())
            .await
            .expect_err("lacking");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_signed_in_has_the_feature_for_is_not_offered() {
    let mut site = room(GwsOptions::default()).await;
    assert!(!site.gws.capabilities().support(Operation::Record).is_available());
    let announced = site.announced().await;
    assert!(
        !announced
            .last()
            .expect("told")
            .support(Operation::ListenIn)
            .is_available()
    );
    let call = site.talking().await;
    let mark = site.sim.requests().mark();
    let error = site
        .gws
        .media(&site.session, record(&call, Tape::Start), &OpCx::new())
        .await
        .expect_err("lacking");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unsupported, Effect::None),
        "{error}"
    );
    assert!(error.to_string().contains("api-voice-recording"), "{error}");

    // Eve may supervise: now the operation is offered, to her. Ann is refused, as a user who lacks the right.
    let eve = OpenSession::new(AgentId::new("eve").expect("valid")).password(DEFAULT_PASSWORD);
    site.gws.open(eve, &OpCx::new()).await.expect("signs in");
    assert!(site.gws.capabilities().support(Operation::ListenIn).is_available());
    let announced = site.announced().await;
    assert_eq!(announced.len(), 1, "every reader is told once");
    assert_eq!(announced[0], site.gws.capabilities());
    let request = Supervise::start(number(scenery::BOB.1), SupervisionMode::Listen);
    let error = site
        .gws
        .supervise(&site.session, request, &OpCx::new())
        .await
        .expect_err("no right");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Permission, Effect::None),
        "{error}"
    );
    let sent = site.sim.requests().since(mark);
    assert!(
        sent.iter()
            .all(|request| !request.body.contains("ListenIn") && !request.body.contains("Recording"))
    );

    // She leaves, and nobody may any more.
    let eve = SessionId::new("eve").expect("valid");
    let left = site.gws.close(&eve, CloseSession::forced(), &OpCx::new()).await;
    assert!(settled(&left.expect("signed out")).await.is_done());
    let announced = site.announced().await;
    assert_eq!(announced.len(), 1);
    assert!(!announced[0].support(Operation::ListenIn).is_available());
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_user_without_the_voice_feature_is_told_so_at_sign_in() {
    for missing in [MissingFeature::NoPermission, MissingFeature::Forbidden] {
        let options = with(|o| {
            o.missing_feature = missing;
            o.users[0].features.clear();
        });
        let sim = callcontrol_simulators::gws::GwsSimulator::new(scenery::switch(), options);
        let gws = in_memory(&sim, quick(), |_| Trick::Pass);
        let error = gws.open(ann(), &OpCx::new()).await.expect_err("no voice");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Permission, Effect::None),
            "{error}"
        );
        assert!(error.to_string().contains("api-voice"), "{error}");
        assert_eq!(sim.requests().all().len(), 1, "nothing was begun");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_asks_for_what_the_vendor_lacks_is_refused_with_nothing_sent() {
    let sim = callcontrol_simulators::gws::GwsSimulator::new(scenery::switch(), GwsOptions::default());
    let gws = in_memory(&sim, quick(), |_| Trick::Pass);
    for request in [
        ann().displace(Displace::Always),
        ann().displace(Displace::IfIdle),
        ann().sign_in(SignIn::Account),
    ] {
        let error = gws.open(request, &OpCx::new()).await.expect_err("lacking");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unsupported, Effect::None),
            "{error}"
        );
    }
    assert!(sim.requests().all().is_empty());
}

/// Eve supervises Bob, who talks to a customer.
async fn supervising(options: GwsOptions) -> (Site, SessionId) {
    let site = room(options).await;
    let call = site
        .switch()
        .with(|switch| switch.place_call(scenery::CUSTOMER, &bob()))
        .expect("rings");
    site.switch()
        .with(|switch| switch.answer(&bob(), call))
        .expect("answers");
    site.switch()
        .with(|switch| switch.sign_out(scenery::EVE.0))
        .expect("signs out");
    let eve = OpenSession::new(AgentId::new("eve").expect("valid")).password(DEFAULT_PASSWORD);
    let eves = site.gws.open(eve, &OpCx::new()).await.expect("signs in").session;
    (site, eves)
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_listens_whispers_barges_in_mutes_the_agent_and_leaves() {
    let (mut site, eves) = supervising(GwsOptions::default()).await;
    let agent = number(scenery::BOB.1);
    let ways = [
        SupervisionMode::Listen,
        SupervisionMode::Whisper,
        SupervisionMode::BargeIn,
    ];
    let truths = [Truth::Listen, Truth::Whisper, Truth::BargeIn];
    for (mode, truth) in ways.into_iter().zip(truths) {
        let request = Supervise::start(agent.clone(), mode);
        let receipt = site
            .gws
            .supervise(&eves, request, &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert!(outcome.is_done(), "{mode:?}: {outcome}");
        let running = site.switch().supervision_of(scenery::EVE.0).expect("runs");
        assert_eq!((running.agent.as_str(), running.mode), (scenery::BOB.0, truth));
        let is_told =
            |kind: &EventKind| matches!(kind, EventKind::SupervisionChanged { mode: Some(told), .. } if *told == mode);
        site.event(|event| event.session == eves && is_told(&event.kind)).await;
        for on in [true, false] {
            let request = Supervise::MuteAgent {
                agent: agent.clone(),
                on,
            };
            let receipt = site
                .gws
                .supervise(&eves, request, &OpCx::new())
                .await
                .expect("accepted");
            assert!(settled(&receipt).await.is_done(), "{mode:?}, muted {on}");
            assert_eq!(
                site.switch()
                    .supervision_of(scenery::EVE.0)
                    .map(|running| running.agent_muted),
                Some(on)
            );
        }
        let request = Supervise::Stop { agent: agent.clone() };
        let receipt = site
            .gws
            .supervise(&eves, request, &OpCx::new())
            .await
            .expect("accepted");
        assert!(settled(&receipt).await.is_done(), "{mode:?}");
        assert!(site.switch().supervision_of(scenery::EVE.0).is_none());
        site.event(|event| {
            event.session == eves && matches!(event.kind, EventKind::SupervisionChanged { mode: None, .. })
        })
        .await;
    }
    let error = site
        .gws
        .supervise(&eves, Supervise::Stop { agent: agent.clone() }, &OpCx::new())
        .await;
    assert_eq!(error.expect_err("supervises nobody").kind(), ErrorKind::InvalidState);
    for request in [
        Supervise::Intercept {
            agent: agent.clone(),
            call: None,
        },
        Supervise::SignOut { agent },
    ] {
        let error = site
            .gws
            .supervise(&eves, request, &OpCx::new())
            .await
            .expect_err("lacking");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unsupported, Effect::None));
    }
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_changes_the_way_of_taking_part() {
    let (site, eves) = supervising(GwsOptions::default()).await;
    let agent = number(scenery::BOB.1);
    let request = Supervise::start(agent.clone(), SupervisionMode::Listen);
    let receipt = site
        .gws
        .supervise(&eves, request, &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&receipt).await.is_done());
    for (mode, truth) in [
        (SupervisionMode::BargeIn, Truth::BargeIn),
        (SupervisionMode::Listen, Truth::Listen),
        (SupervisionMode::Whisper, Truth::Whisper),
    ] {
        let request = Supervise::Switch {
            agent: agent.clone(),
            mode,
        };
        let receipt = site
            .gws
            .supervise(&eves, request, &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert!(outcome.is_done(), "{mode:?}: {outcome}");
        assert_eq!(
            site.switch().supervision_of(scenery::EVE.0).map(|running| running.mode),
            Some(truth)
        );
    }
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_waits_for_the_next_call_or_for_all() {
    for scope in [SupervisionScope::NextCall, SupervisionScope::AllCalls] {
        let (site, eves) = supervising(GwsOptions::default()).await;
        let agent = number(scenery::BOB.1);
        let request = Supervise::Start {
            agent,
            mode: SupervisionMode::Listen,
            scope,
        };
        let receipt = site
            .gws
            .supervise(&eves, request, &OpCx::new())
            .await
            .expect("accepted");
        assert!(settled(&receipt).await.is_done(), "{scope:?}");
        let all = site.sim.requests().all();
        let sent = all
            .iter()
            .find(|request| request.body.contains("ListenIn"))
            .expect("sent");
        let mode = if scope == SupervisionScope::NextCall {
            "NextCall"
        } else {
            "AllCalls"
        };
        assert!(
            sent.body.contains(&format!(r#""supervisorMonitoringMode":"{mode}""#)),
            "{}",
            sent.body
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_reason_is_looked_up_by_its_name_and_an_unknown_one_is_refused() {
    let options = with(|o| {
        o.reasons.push(callcontrol_simulators::gws::GwsReason {
            operation: "LunchBreak".into(),
            id: "11111111-2222-3333-4444-55555555AAAA".into(),
            display_name: "Lunch break".into(),
        });
    });
    let site = room(options).await;
    let because = |reason: &str| AgentStateRequest::NotReady {
        reason: Some(reason.to_owned()),
    };
    let plain = site
        .gws
        .set_agent_state(&site.session, not_ready(), &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&plain).await.is_done());
    for reason in ["lunch BREAK", "LunchBreak"] {
        let receipt = site
            .gws
            .set_agent_state(&site.session, because(reason), &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert_eq!(outcome.verdict, Verdict::Done, "{reason}: {outcome}");
    }
    assert_eq!(site.sent("LunchBreak"), 2);
    let error = site
        .gws
        .set_agent_state(&site.session, because("Siesta"), &OpCx::new())
        .await
        .expect_err("no such");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
    assert!(error.to_string().contains("LunchBreak"), "{error}");
    let lists = site.sim.requests().count("GET", "agent-states");
    assert_eq!(lists, 1, "asked for once");
    site.sign_out().await;
}
