//! What an agent does with the own leg of a call, and calling, through the real HTTP client.

mod support;

use callcontrol_core::{Cause, CustomerAt, Direction, ErrorKind, Evidence, LegAction, LegState, Verdict};
use callcontrol_simulators::cc_gateway::Mischief;
use callcontrol_testkit::switch::{CustomerPlace, Party};
use serde_json::json;
use support::{CUSTOMER, HELPER, Scene, agent, number, outcome, queue};

#[tokio::test]
async fn a_call_is_answered_held_retrieved_muted_and_released() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    assert_eq!(
        scene.last_query("/answer"),
        format!("callid={}", scene.view(&talk.ours).expect("alive").native)
    );

    let held = scene.act(&talk.ours, LegAction::Hold).await.expect("accepted");
    assert_eq!(outcome(&held).await.customer, CustomerAt::AgentHeld);
    assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::HeldBy("101".into())));
    assert_eq!(scene.view(&talk.ours).expect("alive").state, LegState::Held);

    let back = scene.act(&talk.ours, LegAction::Retrieve).await.expect("accepted");
    assert_eq!(outcome(&back).await.customer, CustomerAt::Agent);
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );

    let muted = scene.act(&talk.ours, LegAction::Mute).await.expect("accepted");
    assert_eq!(outcome(&muted).await.evidence, Evidence::Answer);
    assert!(scene.view(&talk.ours).expect("alive").muted);
    scene.act(&talk.ours, LegAction::Unmute).await.expect("accepted");
    assert!(!scene.view(&talk.ours).expect("alive").muted);

    let released = scene.act(&talk.ours, LegAction::Release).await.expect("accepted");
    let outcome = outcome(&released).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Gone),
        "{outcome}"
    );
    assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::Gone));
    assert!(scene.view(&talk.ours).is_none());
}

#[tokio::test]
async fn a_ringing_call_names_its_caller_and_direction() {
    let mut scene = Scene::options(|options| options.agent_prefix = Some('a')).await;
    scene
        .switch(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .expect("a call");
    let call = scene.until_call(LegState::Ringing).await;
    let view = scene.view(&call).expect("rings");
    assert_eq!(view.direction, Direction::Inbound);
    assert_eq!(view.parties.first().map(|party| party.address.as_str()), Some(CUSTOMER));
}

#[tokio::test]
async fn a_caller_who_hangs_up_before_the_answer_is_gone() {
    let mut scene = Scene::new().await;
    let call = scene
        .switch(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .expect("a call");
    let ours = scene.until_call(LegState::Ringing).await;
    scene
        .switch(|switch| switch.hang_up(&Party::outside(CUSTOMER), call))
        .expect("hangs up");
    scene
        .until(|scene| scene.view(&ours).is_none().then_some(()), "the end of the call")
        .await;
    let error = scene.act(&ours, LegAction::Answer).await.expect_err("gone");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(scene.sent("PUT", "/answer"), 0);
}

#[tokio::test]
async fn a_held_call_is_released_by_its_id_and_not_by_what_is_current() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    outcome(&scene.act(&talk.ours, LegAction::Hold).await.expect("accepted")).await;
    let native = scene.view(&talk.ours).expect("held").native;
    let released = scene.act(&talk.ours, LegAction::Release).await.expect("accepted");
    assert!(outcome(&released).await.is_done());
    assert_eq!(scene.sent("POST", &format!("/dropcall/{native}")), 1);
    assert_eq!(scene.sent("DELETE", "/release"), 0);
    assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::Gone));
}

#[tokio::test]
async fn a_number_is_called_and_answers() {
    let scene = Scene::new().await;
    let receipt = scene.dial(number(CUSTOMER)).await.expect("accepted");
    assert_eq!(
        scene.last_body("/callout"),
        json!({"called": CUSTOMER, "mediaability": 0})
    );
    let party = Party::outside(CUSTOMER);
    scene
        .when_rings(&party, |switch, call| switch.answer(&party, call))
        .await
        .expect("answers");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Agent),
        "{outcome}"
    );
    let call = receipt.call.clone().expect("named by the answer");
    let view = scene.view(&call).expect("alive");
    assert_eq!((view.state, view.direction), (LegState::Talking, Direction::Outbound));
}

#[tokio::test]
async fn a_number_that_rejects_fails_the_call_with_the_platforms_cause() {
    let mut scene = Scene::new().await;
    let receipt = scene.dial(number(CUSTOMER)).await.expect("accepted");
    let party = Party::outside(CUSTOMER);
    scene
        .when_rings(&party, |switch, call| switch.reject(&party, call))
        .await
        .expect("rejects");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.verdict, outcome.customer),
        (Verdict::Failed, CustomerAt::Gone),
        "{outcome}"
    );
    assert!(
        matches!(outcome.cause, Cause::Vendor(_) | Cause::Unspecified),
        "{outcome}"
    );
    scene
        .until(|scene| scene.views().is_empty().then_some(()), "no call")
        .await;
}

#[tokio::test]
async fn an_agent_is_called_inside_and_such_a_call_is_neither_held_nor_transferred() {
    let scene = Scene::new().await;
    let receipt = scene.dial(agent(HELPER)).await.expect("accepted");
    assert_eq!(scene.last_body("/callinner"), json!({"called": HELPER}));
    let helper = Party::agent(HELPER);
    scene
        .when_rings(&helper, |switch, call| switch.answer(&helper, call))
        .await
        .expect("answers");
    assert!(outcome(&receipt).await.is_done());
    let call = receipt.call.clone().expect("known");
    let sent = scene.commands();
    let hold = scene.act(&call, LegAction::Hold).await.expect_err("internal");
    let transfer = scene
        .transfer(&call, queue("26"), callcontrol_core::TransferMode::Blind)
        .await
        .expect_err("internal");
    assert_eq!(
        (hold.kind(), transfer.kind()),
        (ErrorKind::InvalidState, ErrorKind::InvalidState)
    );
    assert_eq!(scene.commands(), sent);
}

#[tokio::test]
async fn nobody_is_called_while_a_call_is_active() {
    let mut scene = Scene::new().await;
    scene.talking().await;
    let sent = scene.commands();
    let error = scene.dial(number(CUSTOMER)).await.expect_err("busy");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::InvalidState, sent));
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_outcome_to_the_events() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    for mischief in [Mischief::LostReply, Mischief::TruncatedReply, Mischief::HtmlReply] {
        scene.sim.fail_next("/hold", mischief);
        let cx = support::cx();
        let at = scene.at(&talk.ours).into();
        let error = callcontrol_core::CallControl::act(&*scene.control, &at, LegAction::Hold, &cx)
            .await
            .expect_err("no answer");
        assert_eq!(error.effect(), callcontrol_core::Effect::Unknown, "{error}");
        let handle = callcontrol_core::CallControl::outcome_of(&*scene.control, &cx.op).expect("tracked");
        assert_eq!(handle.wait().await.customer, CustomerAt::AgentHeld);
        outcome(&scene.act(&talk.ours, LegAction::Retrieve).await.expect("accepted")).await;
    }
    assert_eq!(scene.sent("POST", "/hold"), 3);
}

#[tokio::test]
async fn a_command_that_the_gateway_refuses_leaves_nothing_waiting() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    scene.sim.fail_next("/hold", Mischief::Retcode("200-014".into()));
    let cx = support::cx();
    let at = scene.at(&talk.ours).into();
    let error = callcontrol_core::CallControl::act(&*scene.control, &at, LegAction::Hold, &cx)
        .await
        .expect_err("refused");
    assert_eq!(
        (error.kind(), error.native_code()),
        (ErrorKind::InvalidState, Some("200-014"))
    );
    assert!(callcontrol_core::CallControl::outcome_of(&*scene.control, &cx.op).is_none());
    assert_eq!(scene.view(&talk.ours).expect("alive").state, LegState::Talking);
}

#[tokio::test]
async fn what_the_gateway_has_not_is_refused_with_nothing_sent() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    for action in [
        LegAction::Clear,
        LegAction::Robot(callcontrol_core::RobotMode::Supervision),
    ] {
        let error = scene.act(&talk.ours, action).await.expect_err("not here");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert_eq!(scene.commands(), sent);
}
