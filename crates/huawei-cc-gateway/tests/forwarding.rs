//! A talk forwarding goes by one call id at the gateway, and is two legs to the agent: the customer who waits, and the third party. Whatever happens to
//! either, the view says what the switch says.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::time::Duration;

use callcontrol_core::{
    CallControl, CallId, ConsultStarted, ConsultStep, CustomerAt, Direction, Dtmf, ErrorKind, LegAction, LegState,
    Scope, SessionState, StartConsult,
};
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, ForwardingCallId, Mischief};
use callcontrol_testkit::switch::{CustomerPlace, Party};
use support::{AGENT, CUSTOMER, OUTSIDE, Scene, Talk, cx, forwarding_scenes, number, outcome};

fn outside() -> Party {
    Party::outside(OUTSIDE)
}

fn me() -> Party {
    Party::agent(AGENT)
}

/// Asked for, and not answered yet.
async fn rings(scene: &mut Scene) -> (Talk, ConsultStarted, CallId) {
    let talk = scene.talking().await;
    let started = scene
        .consult(&talk.ours, StartConsult::new(number(OUTSIDE)))
        .await
        .unwrap();
    scene.when_rings(&outside(), |_, _| ()).await;
    let third = started.receipt.call.clone().unwrap();
    (talk, started, third)
}

async fn answered(scene: &mut Scene) -> (Talk, ConsultStarted, CallId) {
    let (talk, started, third) = rings(scene).await;
    scene
        .when_rings(&outside(), |switch, call| switch.answer(&outside(), call))
        .await
        .unwrap();
    let said = outcome(&started.receipt).await;
    assert_eq!((said.is_done(), said.customer), (true, CustomerAt::AgentHeld), "{said}");
    (talk, started, third)
}

/// Until the agent's legs are these, by the feed and by asking.
async fn until_legs(scene: &mut Scene, legs: &[(&CallId, LegState)]) {
    let mut legs: Vec<_> = legs.iter().map(|(call, state)| ((*call).clone(), *state)).collect();
    legs.sort_by(|a, b| a.0.cmp(&b.0));
    let states = |scene: &Scene| -> Vec<_> {
        let views = scene.views().into_iter();
        views.map(|(call, view)| (call, view.state)).collect()
    };
    scene
        .until(|scene| (states(scene) == legs).then_some(()), &format!("{legs:?}"))
        .await;
    scene.control.snapshot(Scope::All, &cx()).await.unwrap();
    assert_eq!(states(scene), legs, "asked, the gateway tells nothing else");
}

async fn step(scene: &Scene, started: &ConsultStarted, step: ConsultStep) -> callcontrol_core::Outcome {
    let receipt = scene.control.consult_step(&started.consult, step, &cx()).await.unwrap();
    outcome(&receipt).await
}

fn parties(scene: &Scene, call: &CallId) -> Vec<String> {
    let view = scene.view(call).unwrap();
    view.parties.into_iter().map(|party| party.address).collect()
}

#[tokio::test]
async fn the_customer_waits_and_the_third_party_is_talked_to_in_a_leg_of_its_own() {
    for mut scene in forwarding_scenes().await {
        let (talk, started, third) = answered(&mut scene).await;
        until_legs(&mut scene, &[(&talk.ours, LegState::Held), (&third, LegState::Talking)]).await;
        let view = scene.view(&third).unwrap();
        assert_eq!(
            (view.consult_for.as_ref(), view.direction),
            (Some(&talk.ours), Direction::Consult)
        );
        assert!(!view.conference);
        assert_eq!(
            (parties(&scene, &third), parties(&scene, &talk.ours)),
            (vec![OUTSIDE.to_owned()], vec![CUSTOMER.to_owned()])
        );

        let back = step(&scene, &started, ConsultStep::Cancel).await;
        assert_eq!((back.is_done(), back.customer), (true, CustomerAt::Agent), "{back}");
        until_legs(&mut scene, &[(&talk.ours, LegState::Talking)]).await;
        assert_eq!(parties(&scene, &talk.ours), [CUSTOMER]);
    }
}

#[tokio::test]
async fn while_the_third_party_rings_the_customer_is_on_hold() {
    for mut scene in forwarding_scenes().await {
        let (talk, started, third) = rings(&mut scene).await;
        let shown = |scene: &Scene| {
            let state = |call| scene.view(call).map(|view| view.state);
            let states = (state(&talk.ours), state(&third));
            (states == (Some(LegState::Held), Some(LegState::Dialing))).then_some(())
        };
        scene.until(shown, "a held customer and a ringing third party").await;
        let back = step(&scene, &started, ConsultStep::Cancel).await;
        assert_eq!(back.customer, CustomerAt::Agent);
        until_legs(&mut scene, &[(&talk.ours, LegState::Talking)]).await;
    }
}

#[tokio::test]
async fn commands_on_either_leg_reach_the_right_one_or_are_refused_unsent() {
    let mut scene = Scene::new().await;
    let (talk, started, third) = answered(&mut scene).await;
    until_legs(&mut scene, &[(&talk.ours, LegState::Held), (&third, LegState::Talking)]).await;
    let tones = Dtmf::new("1").unwrap();
    let at = scene.at(&third).into();
    let sent = scene.control.send_dtmf(&at, tones.clone(), &cx()).await.unwrap();
    assert_eq!(outcome(&sent).await.customer, CustomerAt::AgentHeld);

    let before = scene.commands();
    let tones = scene
        .control
        .send_dtmf(&scene.at(&talk.ours).into(), tones, &cx())
        .await;
    assert_eq!(tones.unwrap_err().kind(), ErrorKind::InvalidState, "nobody hears them");
    for (call, action) in [
        (&talk.ours, LegAction::Release),
        (&talk.ours, LegAction::Hold),
        (&talk.ours, LegAction::Retrieve),
        (&talk.ours, LegAction::Mute),
        (&third, LegAction::Hold),
        (&third, LegAction::Answer),
    ] {
        let error = scene.act(call, action).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidState, "{action:?}");
        if action == LegAction::Release {
            assert!(error.to_string().contains(started.consult.id.as_str()), "{error}");
        }
    }
    assert_eq!(scene.commands(), before);
}

#[tokio::test]
async fn releasing_the_third_partys_leg_brings_the_customer_back() {
    for mut scene in forwarding_scenes().await {
        let (talk, _, third) = answered(&mut scene).await;
        let released = scene.act(&third, LegAction::Release).await.unwrap();
        let said = outcome(&released).await;
        assert_eq!((said.is_done(), said.customer), (true, CustomerAt::Agent), "{said}");
        until_legs(&mut scene, &[(&talk.ours, LegState::Talking)]).await;
        assert_eq!(scene.sent("DELETE", "/release"), 0, "that would hand the customer over");
        assert_eq!(
            scene.customer_at(talk.call),
            Some(CustomerPlace::WithAgent(AGENT.into()))
        );
    }
}

#[tokio::test]
async fn who_completes_is_out_of_both_legs() {
    for mut scene in forwarding_scenes().await {
        let (talk, started, _) = answered(&mut scene).await;
        let done = step(&scene, &started, ConsultStep::Complete).await;
        assert_eq!((done.is_done(), done.customer), (true, CustomerAt::Target), "{done}");
        until_legs(&mut scene, &[]).await;
        assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::AtTarget(outside())));
    }
}

#[tokio::test]
async fn a_third_party_that_hangs_up_leaves_the_customer_and_the_agent() {
    for mut scene in forwarding_scenes().await {
        let (talk, _, _) = answered(&mut scene).await;
        let hung_up = scene.switch(|switch| {
            let consult = switch.consult_about(&me(), talk.call).unwrap();
            switch.hang_up(&outside(), consult)
        });
        hung_up.unwrap();
        until_legs(&mut scene, &[(&talk.ours, LegState::Talking)]).await;
        let held = scene.act(&talk.ours, LegAction::Hold).await.unwrap();
        assert!(
            outcome(&held).await.is_done(),
            "the consult is in nobody's way any more"
        );
    }
}

#[tokio::test]
async fn a_customer_who_hangs_up_leaves_the_third_party_and_the_agent() {
    for mut scene in forwarding_scenes().await {
        let (talk, _, third) = answered(&mut scene).await;
        let customer = Party::outside(CUSTOMER);
        scene.switch(|switch| switch.hang_up(&customer, talk.call)).unwrap();
        until_legs(&mut scene, &[(&third, LegState::Talking)]).await;
        let released = scene.act(&third, LegAction::Release).await.unwrap();
        assert_eq!(outcome(&released).await.customer, CustomerAt::Gone);
        until_legs(&mut scene, &[]).await;
        assert!(scene.switch(|switch| switch.calls_of(&me()).next().is_none()));
    }
}

#[tokio::test]
async fn a_third_party_that_rejects_leaves_no_leg_behind() {
    for mut scene in forwarding_scenes().await {
        let (talk, started, _) = rings(&mut scene).await;
        scene
            .when_rings(&outside(), |switch, call| switch.reject(&outside(), call))
            .await
            .unwrap();
        let said = outcome(&started.receipt).await;
        assert_eq!((said.is_done(), said.customer), (false, CustomerAt::Agent), "{said}");
        until_legs(&mut scene, &[(&talk.ours, LegState::Talking)]).await;
    }
}

#[tokio::test]
async fn a_second_talk_forwarding_of_one_customer_is_another_leg() {
    let mut scene = Scene::new().await;
    let (talk, started, first) = answered(&mut scene).await;
    step(&scene, &started, ConsultStep::Cancel).await;
    until_legs(&mut scene, &[(&talk.ours, LegState::Talking)]).await;
    let again = scene
        .consult(&talk.ours, StartConsult::new(number(OUTSIDE)))
        .await
        .unwrap();
    scene
        .when_rings(&outside(), |switch, call| switch.answer(&outside(), call))
        .await
        .unwrap();
    assert!(outcome(&again.receipt).await.is_done());
    let second = again.receipt.call.clone().unwrap();
    assert_ne!(first, second);
    until_legs(
        &mut scene,
        &[(&talk.ours, LegState::Held), (&second, LegState::Talking)],
    )
    .await;
}

#[tokio::test]
async fn after_a_gap_neither_leg_is_guessed_at_and_the_next_event_puts_both_right() {
    for ids in [ForwardingCallId::Customers, ForwardingCallId::Own] {
        let change = |options: &mut CcGatewayOptions| {
            options.forwarding_call_id = ids;
            options.poll_wait = Duration::from_millis(200);
        };
        let mut scene = Scene::options(change).await;
        let (talk, started, third) = answered(&mut scene).await;
        until_legs(&mut scene, &[(&talk.ours, LegState::Held), (&third, LegState::Talking)]).await;
        scene.sim.fail_next("agentevent", Mischief::TruncatedReply);
        scene.until_session(SessionState::Recovering).await;
        scene.until_session(SessionState::Active).await;
        until_legs(
            &mut scene,
            &[(&talk.ours, LegState::Unknown), (&third, LegState::Unknown)],
        )
        .await;
        let back = step(&scene, &started, ConsultStep::Cancel).await;
        assert_eq!(back.customer, CustomerAt::Agent);
        until_legs(&mut scene, &[(&talk.ours, LegState::Talking)]).await;
    }
}
