//! Settings, taking calls from elsewhere, joining two calls, previews and look-ups; and what the listing settles when an answer is lost.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::{
    AdoptCall, AdoptState, CallControl, CallId, CustomerAt, Dial, Effect, ErrorKind, EventKind, Evidence, FeedItem,
    JoinCalls, LegAction, LegState, LookUp, OpCx, OpId, SessionSetting, StartConsult, TakeCall, Verdict,
};
use callcontrol_huawei_cc_gateway::{CcGatewayConfig, RequestCallQuery};
use callcontrol_simulators::cc_gateway::{Mischief, PhoneAlerting};
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchCallId, SwitchEvent};
use support::{AGENT, CUSTOMER, HELPER, OUTSIDE, PATIENCE, Scene, Talk, agent, cx, number, outcome, queue, switch};

#[tokio::test]
async fn settings_are_taken_over_by_the_gateway_and_nothing_unknown_is_sent() {
    let scene = Scene::new().await;
    let one = SessionSetting::Queues {
        only: Some(vec![queue("26")]),
    };
    for (setting, path, query) in [
        (SessionSetting::AutoAnswer { on: true }, "/autoanswer/true", ""),
        (SessionSetting::AutoReady { on: false }, "/autoenteridle/false", ""),
        (SessionSetting::AcceptCalls { on: false }, "/settalkright", "flag=false"),
        (SessionSetting::Queues { only: None }, "/resetskill/true", ""),
        (one, "/resetskill/false", "skillid=26"),
    ] {
        let receipt = scene
            .control
            .configure(&scene.session, setting, &cx())
            .await
            .expect(path);
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.evidence),
            (true, Evidence::Answer),
            "{path}"
        );
        assert_eq!(scene.last_query(path), query, "{path}");
    }
    let before = scene.commands();
    let by_number = SessionSetting::Queues {
        only: Some(vec![agent(HELPER)]),
    };
    for (setting, kind) in [
        (SessionSetting::DoNotDisturb { on: true }, ErrorKind::Unsupported),
        (SessionSetting::ForwardCalls { to: None }, ErrorKind::Unsupported),
        (
            SessionSetting::Queues { only: Some(Vec::new()) },
            ErrorKind::InvalidInput,
        ),
        (by_number, ErrorKind::InvalidInput),
    ] {
        let error = scene
            .control
            .configure(&scene.session, setting, &cx())
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert_eq!(scene.commands(), before);
}

/// A customer's call rings at the helper.
async fn rings_at_helper(scene: &Scene) -> SwitchCallId {
    let call = scene
        .switch(|switch| switch.place_call(CUSTOMER, &Party::queue("26")))
        .unwrap();
    scene.when_rings(&Party::agent(HELPER), |_, _| ()).await;
    call
}

#[tokio::test]
async fn a_call_that_rings_at_a_colleague_is_picked_up_and_answered() {
    for alerting in [PhoneAlerting::Null, PhoneAlerting::Object, PhoneAlerting::Never] {
        let switch = switch().absent_agent("103", "40103").absent_agent("104", "40104");
        let switch = switch.queue("27").serves(HELPER, "27");
        let mut scene = Scene::with(switch.build(), |options| options.phone_alerting = alerting).await;
        let call = scene
            .switch(|switch| switch.place_call(CUSTOMER, &Party::queue("27")))
            .unwrap();
        scene.when_rings(&Party::agent(HELPER), |_, _| ()).await;
        let take = TakeCall::RingingAt { agent: agent(HELPER) };
        let receipt = scene.control.take(&scene.session, take, &cx()).await.expect("accepted");
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Agent),
            "{alerting:?}: {outcome}"
        );
        assert_eq!(scene.last_query("/snatchpickup"), "destWorkNo=102");
        let ours = scene.until_call(LegState::Ringing).await;
        let receipt = scene.act(&ours, LegAction::Answer).await.expect("accepted");
        assert!(support::outcome(&receipt).await.is_done(), "{alerting:?}");
        assert_eq!(scene.customer_at(call), Some(CustomerPlace::WithAgent(AGENT.into())));
    }
    let scene = Scene::new().await;
    let own = TakeCall::RingingAt { agent: agent(AGENT) };
    let error = scene.control.take(&scene.session, own, &cx()).await.expect_err("own");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    rings_at_helper(&scene).await;
}

#[tokio::test]
async fn a_waiting_call_is_asked_for_and_rings_here_with_either_spelling() {
    for (spelling, query) in [
        (RequestCallQuery::CapitalI, "skillId=27"),
        (RequestCallQuery::LowerCase, "skillid=27"),
    ] {
        let mut config = CcGatewayConfig::default();
        config.request_call_query = spelling;
        let switch = switch().queue("27");
        let mut scene = Scene::closed(switch.build(), |_| {}, config).await;
        scene.sign_in().await.unwrap();
        let call = scene
            .switch(|switch| switch.place_call(CUSTOMER, &Party::queue("27")))
            .unwrap();
        let found = scene
            .control
            .look_up(None, LookUp::Waiting { queue: queue("27") }, &cx())
            .await
            .unwrap();
        let native = found
            .entries
            .first()
            .and_then(|entry| entry.native.clone())
            .expect("one waits");
        let waits = scene
            .control
            .adopt(&scene.session, AdoptCall::new(native, AdoptState::Waiting), &cx())
            .await
            .unwrap();
        let take = TakeCall::Waiting {
            call: waits.call.clone(),
            queue: Some(queue("27")),
        };
        let receipt = scene.control.take(&scene.session, take, &cx()).await.expect("accepted");
        assert!(outcome(&receipt).await.is_done());
        assert_eq!(scene.last_query("/0"), query);
        assert_eq!(scene.until_call(LegState::Ringing).await, waits.call);
        let receipt = scene.act(&waits.call, LegAction::Answer).await.unwrap();
        assert!(outcome(&receipt).await.is_done());
        assert_eq!(scene.customer_at(call), Some(CustomerPlace::WithAgent(AGENT.into())));
    }
}

/// A held customer and an answered outside call.
async fn two_calls(scene: &mut Scene) -> (Talk, CallId) {
    let talk = scene.talking().await;
    let receipt = scene.act(&talk.ours, LegAction::Hold).await.unwrap();
    assert!(outcome(&receipt).await.is_done());
    let receipt = scene.dial(number(OUTSIDE)).await.unwrap();
    let outside = Party::outside(OUTSIDE);
    scene
        .when_rings(&outside, |switch, call| switch.answer(&outside, call))
        .await
        .unwrap();
    assert!(outcome(&receipt).await.is_done());
    (talk, receipt.call.clone().expect("its id"))
}

#[tokio::test]
async fn a_held_call_and_the_current_one_become_a_conference() {
    let mut scene = Scene::new().await;
    let (talk, current) = two_calls(&mut scene).await;
    let join = JoinCalls::conference(talk.ours.clone());
    let receipt = scene
        .control
        .join(&scene.at(&current), join, &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Conference),
        "{outcome}"
    );
    let journal = scene.sim.switch().journal();
    assert_eq!(
        journal.count(|event| matches!(event, SwitchEvent::Conferenced { .. })),
        1
    );
    scene
        .until(
            |scene| {
                scene
                    .views()
                    .iter()
                    .all(|(_, view)| view.state == LegState::Talking)
                    .then_some(())
            },
            "no held call",
        )
        .await;
}

#[tokio::test]
async fn a_held_call_and_the_current_one_are_connected_and_the_agent_is_out() {
    let mut scene = Scene::new().await;
    let (talk, current) = two_calls(&mut scene).await;
    let join = JoinCalls::connect(talk.ours.clone());
    let receipt = scene
        .control
        .join(&scene.at(&current), join, &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Target),
        "{outcome}\n{}",
        scene.sim.switch().journal()
    );
    scene
        .until(|scene| scene.views().is_empty().then_some(()), "no call")
        .await;
    assert_ne!(scene.customer_at(talk.call), Some(CustomerPlace::Gone));
}

#[tokio::test]
async fn only_a_current_and_a_held_call_are_joined() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let before = scene.commands();
    let error = scene
        .control
        .join(&scene.at(&talk.ours), JoinCalls::connect(talk.ours.clone()), &cx())
        .await;
    assert_eq!(error.expect_err("one call").kind(), ErrorKind::InvalidInput);
    let unknown = JoinCalls::conference(CallId::new("call-0").unwrap());
    let error = scene.control.join(&scene.at(&talk.ours), unknown, &cx()).await;
    assert_eq!(error.expect_err("no such call").kind(), ErrorKind::NotFound);
    assert_eq!(scene.commands(), before);
}

#[tokio::test]
async fn the_record_of_a_campaign_is_offered_and_dialled() {
    let mut scene = Scene::new().await;
    assert!(scene.sim.offer_preview(AGENT, 4711, CUSTOMER));
    let record = loop {
        let item = tokio::time::timeout(PATIENCE, scene.feed.next())
            .await
            .expect("in time")
            .unwrap();
        if let FeedItem::Event(event) = item
            && let EventKind::PreviewOffered { record, to } = &event.kind
        {
            assert_eq!(to.as_ref().map(|to| to.address.as_str()), Some(CUSTOMER));
            break record.clone();
        }
    };
    let dial = Dial::to(number(CUSTOMER)).preview(record);
    let receipt = scene.control.dial(&scene.session, dial, &cx()).await.expect("accepted");
    let body = scene.last_body("/previewCallout");
    assert_eq!(body, serde_json::json!({"called": CUSTOMER, "callcontrolid": 4711}));
    let party = Party::outside(CUSTOMER);
    scene
        .when_rings(&party, |switch, call| switch.answer(&party, call))
        .await
        .unwrap();
    assert!(outcome(&receipt).await.is_done());
    let error = scene
        .control
        .dial(&scene.session, Dial::to(number(CUSTOMER)).preview("x"), &cx())
        .await;
    assert_eq!(error.expect_err("no record").kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn what_is_configured_at_the_platform_can_be_looked_up() {
    let scene = Scene::new().await;
    let found = async |what| {
        scene
            .control
            .look_up(Some(&scene.session), what, &cx())
            .await
            .expect("answered")
            .entries
    };
    let targets = async |what| {
        found(what)
            .await
            .into_iter()
            .filter_map(|entry| entry.target)
            .collect::<Vec<_>>()
    };
    assert!(targets(LookUp::Queues).await.contains(&queue("25")));
    assert_eq!(targets(LookUp::Ivrs).await.len(), 1);
    assert_eq!(targets(LookUp::AccessCodes).await.len(), 1);
    assert!(targets(LookUp::Agents).await.contains(&agent(HELPER)));
    assert!(found(LookUp::Waiting { queue: queue("25") }).await.is_empty());
    let error = scene
        .control
        .look_up(None, LookUp::Service, &cx())
        .await
        .expect_err("no such thing");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_command_whose_answer_is_lost_is_settled_by_its_event_or_by_the_listing_and_sent_once() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    scene.sim.fail_next("/hold", Mischief::LostReply);
    scene.sim.disturb_event(
        AGENT,
        "AgentEvent_Hold",
        callcontrol_simulators::cc_gateway::EventMischief::Lost,
    );
    let op = OpId::new("op-held").unwrap();
    let cx = OpCx::with_op(op.clone()).within(PATIENCE);
    let error = scene
        .control
        .act(&scene.at(&talk.ours).into(), LegAction::Hold, &cx)
        .await
        .expect_err("lost");
    assert_eq!(error.effect(), Effect::Unknown);
    let handle = scene.control.outcome_of(&op).expect("still open");
    let outcome = tokio::time::timeout(PATIENCE, handle.wait()).await.expect("in time");
    assert_eq!(
        (outcome.verdict, outcome.evidence),
        (Verdict::Done, Evidence::Snapshot),
        "{outcome}"
    );
    assert_eq!(scene.sent("POST", "/hold"), 1);
}

#[tokio::test]
async fn a_three_way_help_with_a_queue_is_cancelled_before_anybody_is_known_to_help() {
    let mut scene = Scene::with(switch().queue("27").build(), |_| {}).await;
    let talk = scene.talking().await;
    let request = StartConsult::new(queue("27")).three_way();
    let started = scene.consult(&talk.ours, request).await.expect("accepted");
    let cancel = callcontrol_core::ConsultStep::Cancel;
    let receipt = scene
        .control
        .consult_step(&started.consult, cancel, &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Agent),
        "{outcome}\n{}",
        scene.sim.switch().journal()
    );
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent(AGENT.into()))
    );
}

#[tokio::test]
async fn an_adopted_call_that_waits_no_longer_leaves_the_view() {
    let mut scene = Scene::with(switch().queue("27").build(), |_| {}).await;
    scene.talking().await;
    let call = scene
        .switch(|switch| switch.place_call(OUTSIDE, &Party::queue("27")))
        .unwrap();
    let found = scene
        .control
        .look_up(None, LookUp::Waiting { queue: queue("27") }, &cx())
        .await
        .unwrap();
    let native = found
        .entries
        .first()
        .and_then(|entry| entry.native.clone())
        .expect("one waits");
    let waits = scene
        .control
        .adopt(&scene.session, AdoptCall::new(native, AdoptState::Waiting), &cx())
        .await
        .unwrap();
    scene
        .control
        .snapshot(callcontrol_core::Scope::All, &cx())
        .await
        .unwrap();
    assert!(scene.view(&waits.call).is_some(), "it still waits");
    scene
        .switch(|switch| switch.hang_up(&Party::outside(OUTSIDE), call))
        .unwrap();
    scene
        .control
        .snapshot(callcontrol_core::Scope::All, &cx())
        .await
        .unwrap();
    assert!(scene.view(&waits.call).is_none(), "the customer gave up");
}

#[tokio::test]
async fn a_call_that_was_asked_for_and_offered_unheard_is_seen_to_ring_and_then_to_be_talked_in() {
    let scene = Scene::with(switch().queue("27").build(), |_| {}).await;
    let call = scene
        .switch(|switch| switch.place_call(CUSTOMER, &Party::queue("27")))
        .unwrap();
    let waiting = LookUp::Waiting { queue: queue("27") };
    let found = scene.control.look_up(None, waiting, &cx()).await.unwrap();
    let native = found
        .entries
        .first()
        .and_then(|entry| entry.native.clone())
        .expect("one waits");
    let adopt = AdoptCall::new(native, AdoptState::Waiting);
    let waits = scene.control.adopt(&scene.session, adopt, &cx()).await.unwrap();
    scene.sim.update_options(|options| options.event_queue = 0);
    let take = TakeCall::Waiting {
        call: waits.call.clone(),
        queue: Some(queue("27")),
    };
    let receipt = scene.control.take(&scene.session, take, &cx()).await.unwrap();
    let seen = || async {
        scene
            .control
            .snapshot(callcontrol_core::Scope::All, &cx())
            .await
            .unwrap();
        scene
            .views()
            .into_iter()
            .map(|(call, view)| (call, view.state))
            .collect::<Vec<_>>()
    };
    assert_eq!(seen().await, [(waits.call.clone(), LegState::Ringing)]);
    assert_eq!(
        outcome(&receipt).await.customer,
        CustomerAt::Agent,
        "the listing shows it here"
    );
    scene
        .switch(|switch| switch.answer(&Party::agent(AGENT), call))
        .unwrap();
    assert_eq!(seen().await, [(waits.call, LegState::Talking)]);
}
