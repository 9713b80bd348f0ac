//! Consults through the real HTTP client: internal help, talk forwarding, three-party; their endings and their races.

mod support;

use callcontrol_core::{
    CallControl, CallId, Cause, ConsultStarted, ConsultStep, CustomerAt, Effect, ErrorKind, LegAction, LegState, OpId,
    StartConsult, Target, TransferMode,
};
use callcontrol_simulators::cc_gateway::HelperCallId;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party};
use serde_json::json;
use support::{CUSTOMER, HELPER, OUTSIDE, Scene, Talk, agent, cx, forwarding_scenes, number, outcome, queue, switch};

fn helper() -> Party {
    Party::agent(HELPER)
}

fn outside() -> Party {
    Party::outside(OUTSIDE)
}

async fn step(
    scene: &Scene,
    started: &ConsultStarted,
    step: ConsultStep,
) -> callcontrol_core::Result<callcontrol_core::Receipt> {
    scene.control.consult_step(&started.consult, step, &cx()).await
}

/// The third party has answered.
async fn answered(scene: &mut Scene, request: StartConsult, party: &Party) -> (Talk, ConsultStarted) {
    let talk = scene.talking().await;
    let started = scene.consult(&talk.ours, request).await.expect("accepted");
    scene
        .when_rings(party, |switch, call| switch.answer(party, call))
        .await
        .expect("answers");
    let outcome = outcome(&started.receipt).await;
    assert!(outcome.is_done(), "{outcome}\n{}", scene.sim.switch().journal());
    (talk, started)
}

#[tokio::test]
async fn a_consulted_agent_answers_and_takes_the_customer() {
    for goes_on in [HelperCallId::HelpCalls, HelperCallId::Customers] {
        let mut scene = Scene::options(|options| options.helper_call_id = goes_on).await;
        let (talk, started) = answered(&mut scene, StartConsult::new(agent(HELPER)), &helper()).await;
        assert_eq!(started.receipt.outcome().await.customer, CustomerAt::AgentHeld);
        assert_eq!(
            scene.last_body("/innerhelp"),
            json!({"dstaddress": "102", "devicetype": 2, "mode": 1})
        );
        assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::HeldBy("101".into())));
        let done = step(&scene, &started, ConsultStep::Complete).await.expect("accepted");
        let outcome = outcome(&done).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Target),
            "{outcome}"
        );
        assert_eq!(
            scene.customer_at(talk.call),
            Some(CustomerPlace::WithAgent(HELPER.into()))
        );
        assert_eq!(scene.sent("DELETE", "/voicecall/101/release"), 1);
    }
}

#[tokio::test]
async fn the_consult_call_is_seen_as_one_for_the_customers_call() {
    let mut scene = Scene::new().await;
    let (talk, started) = answered(&mut scene, StartConsult::new(agent(HELPER)), &helper()).await;
    let leg = started.receipt.call.clone().expect("named by the answer");
    scene.until_call(LegState::Talking).await;
    let view = scene.view(&leg).expect("alive");
    assert_eq!(view.consult_for, Some(talk.ours.clone()));
    assert_eq!(scene.view(&talk.ours).expect("alive").state, LegState::Held);
}

#[tokio::test]
async fn a_cancelled_consult_brings_the_customer_back() {
    let mut scene = Scene::new().await;
    let (talk, started) = answered(&mut scene, StartConsult::new(agent(HELPER)), &helper()).await;
    let done = step(&scene, &started, ConsultStep::Cancel).await.expect("accepted");
    let outcome = outcome(&done).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
    let error = step(&scene, &started, ConsultStep::Complete).await.expect_err("over");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
}

#[tokio::test]
async fn a_consult_cancelled_while_the_agent_rings_fails_as_cancelled() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let started = scene
        .consult(&talk.ours, StartConsult::new(agent(HELPER)))
        .await
        .expect("accepted");
    scene.when_rings(&helper(), |_, _| ()).await;
    let done = step(&scene, &started, ConsultStep::Cancel).await.expect("accepted");
    assert_eq!(outcome(&done).await.customer, CustomerAt::Agent);
    let consult = outcome(&started.receipt).await;
    assert_eq!(
        (consult.cause.clone(), consult.customer),
        (Cause::Cancelled, CustomerAt::Agent),
        "{consult}"
    );
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
}

#[tokio::test]
async fn a_consult_cannot_be_completed_before_the_third_party_answers() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let started = scene
        .consult(&talk.ours, StartConsult::new(agent(HELPER)))
        .await
        .expect("accepted");
    let sent = scene.commands();
    let error = step(&scene, &started, ConsultStep::Complete).await.expect_err("rings");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
    assert_eq!(scene.commands(), sent);
}

#[tokio::test]
async fn a_busy_agent_cannot_be_consulted_and_the_customer_stays() {
    let busy = switch().behaves(&helper(), Behaviour::Busy).build();
    let mut scene = Scene::with(busy, |_| {}).await;
    let talk = scene.talking().await;
    match scene.consult(&talk.ours, StartConsult::new(agent(HELPER))).await {
        Ok(started) => {
            let outcome = outcome(&started.receipt).await;
            assert_eq!(
                (outcome.is_done(), outcome.customer),
                (false, CustomerAt::Agent),
                "{outcome}"
            );
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::VendorFailure),
    }
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
}

#[tokio::test]
async fn an_agent_who_rejects_the_consult_fails_it() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let started = scene
        .consult(&talk.ours, StartConsult::new(agent(HELPER)))
        .await
        .expect("accepted");
    scene
        .when_rings(&helper(), |switch, call| switch.reject(&helper(), call))
        .await
        .expect("rejects");
    let outcome = outcome(&started.receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (false, CustomerAt::Agent),
        "{outcome}"
    );
    let error = step(&scene, &started, ConsultStep::Cancel).await.expect_err("over");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
}

#[tokio::test]
async fn a_customer_who_hangs_up_during_the_consult_is_gone_and_the_agent_can_leave_it() {
    let mut scene = Scene::new().await;
    let (talk, started) = answered(&mut scene, StartConsult::new(agent(HELPER)), &helper()).await;
    scene
        .switch(|switch| switch.hang_up(&Party::outside(CUSTOMER), talk.call))
        .expect("hangs up");
    scene
        .until(
            |scene| scene.view(&talk.ours).is_none().then_some(()),
            "the end of the customer's call",
        )
        .await;
    let error = step(&scene, &started, ConsultStep::Complete)
        .await
        .expect_err("nobody to hand over");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    let left = step(&scene, &started, ConsultStep::Cancel).await.expect("accepted");
    let outcome = outcome(&left).await;
    assert_eq!(
        (outcome.cause.clone(), outcome.customer),
        (Cause::CustomerHungUp, CustomerAt::Gone),
        "{outcome}"
    );
    assert!(scene.switch(|switch| switch.calls_of(&Party::agent("101")).next().is_none()));
}

#[tokio::test]
async fn a_customer_who_hangs_up_while_the_helper_rings_ends_the_consult_as_gone() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let started = scene
        .consult(&talk.ours, StartConsult::new(agent(HELPER)))
        .await
        .expect("accepted");
    scene
        .when_rings(&helper(), |switch, _| {
            switch.hang_up(&Party::outside(CUSTOMER), talk.call)
        })
        .await
        .expect("hangs up");
    let outcome = outcome(&started.receipt).await;
    assert_eq!(
        (outcome.cause.clone(), outcome.customer),
        (Cause::CustomerHungUp, CustomerAt::Gone),
        "{outcome}"
    );
}

#[tokio::test]
async fn a_queue_is_consulted_by_device_type_1() {
    let mut scene = Scene::new().await;
    let (talk, started) = answered(&mut scene, StartConsult::new(queue("26")), &helper()).await;
    assert_eq!(
        scene.last_body("/innerhelp"),
        json!({"dstaddress": "26", "devicetype": 1, "mode": 1})
    );
    let done = step(&scene, &started, ConsultStep::Complete).await.expect("accepted");
    assert_eq!(outcome(&done).await.customer, CustomerAt::Target);
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent(HELPER.into()))
    );
}

#[tokio::test]
async fn a_three_way_help_is_a_conference_that_the_agent_leaves_or_takes_back() {
    for ending in [ConsultStep::Complete, ConsultStep::Cancel] {
        for to in [agent(HELPER), queue("26")] {
            let mut scene = Scene::new().await;
            let (talk, started) = answered(&mut scene, StartConsult::new(to.clone()).three_way(), &helper()).await;
            assert_eq!(started.receipt.outcome().await.customer, CustomerAt::Conference);
            assert_eq!(scene.last_body("/innerhelp")["mode"], json!(2));
            let done = step(&scene, &started, ending).await.expect("accepted");
            let outcome = outcome(&done).await;
            assert!(outcome.is_done(), "{to} {ending:?}: {outcome}");
            let (said, at) = match ending {
                ConsultStep::Complete => (CustomerAt::Target, HELPER),
                _ => (CustomerAt::Agent, "101"),
            };
            assert_eq!(outcome.customer, said);
            assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::WithAgent(at.into())));
            let path = if ending == ConsultStep::Cancel {
                "/disconnect/102"
            } else {
                "/release"
            };
            assert!(scene.sent("POST", path) + scene.sent("DELETE", path) == 1);
        }
    }
}

#[tokio::test]
async fn a_consulted_number_answers_and_takes_the_customer() {
    for mut scene in forwarding_scenes().await {
        let (talk, started) = answered(&mut scene, StartConsult::new(number(OUTSIDE)), &outside()).await;
        assert_eq!(started.receipt.outcome().await.customer, CustomerAt::AgentHeld);
        let body = json!({"devicetype": 5, "address": OUTSIDE, "mode": 3, "mediaability": 0});
        assert_eq!(scene.last_body("/transfer"), body);
        let done = step(&scene, &started, ConsultStep::Complete).await.expect("accepted");
        let outcome = outcome(&done).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Target),
            "{outcome}"
        );
        assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::AtTarget(outside())));
    }
}

#[tokio::test]
async fn a_consulted_number_is_dropped_and_the_customer_comes_back() {
    for mut scene in forwarding_scenes().await {
        let (talk, started) = answered(&mut scene, StartConsult::new(number(OUTSIDE)), &outside()).await;
        let done = scene
            .control
            .cancel_transfer(&scene.at(&talk.ours), &started.consult.id, &cx())
            .await
            .expect("accepted");
        let outcome = outcome(&done).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Agent),
            "{outcome}"
        );
        assert_eq!(
            scene.customer_at(talk.call),
            Some(CustomerPlace::WithAgent("101".into()))
        );
        assert_eq!(scene.sent("POST", "/canceltransfer"), 1);
    }
}

#[tokio::test]
async fn a_number_that_rejects_leaves_the_customer_with_the_agent() {
    for mut scene in forwarding_scenes().await {
        let talk = scene.talking().await;
        let started = scene
            .consult(&talk.ours, StartConsult::new(number(OUTSIDE)))
            .await
            .expect("accepted");
        scene
            .when_rings(&outside(), |switch, call| switch.reject(&outside(), call))
            .await
            .expect("rejects");
        let outcome = outcome(&started.receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (false, CustomerAt::Agent),
            "{outcome}"
        );
        assert_eq!(
            scene.customer_at(talk.call),
            Some(CustomerPlace::WithAgent("101".into()))
        );
    }
}

#[tokio::test]
async fn a_number_consulted_three_way_is_in_conference_with_the_customer() {
    for ending in [ConsultStep::Complete, ConsultStep::Cancel] {
        for mut scene in forwarding_scenes().await {
            let (talk, started) =
                answered(&mut scene, StartConsult::new(number(OUTSIDE)).three_way(), &outside()).await;
            assert_eq!(started.receipt.outcome().await.customer, CustomerAt::Conference);
            assert_eq!(scene.last_body("/transfer")["mode"], json!(4));
            assert!(matches!(
                scene.customer_at(talk.call),
                Some(CustomerPlace::InConference(_))
            ));
            let done = step(&scene, &started, ending).await.expect("accepted");
            assert!(outcome(&done).await.is_done());
            let at = match ending {
                ConsultStep::Complete => CustomerPlace::AtTarget(outside()),
                _ => CustomerPlace::WithAgent("101".into()),
            };
            assert_eq!(scene.customer_at(talk.call), Some(at));
        }
    }
}

#[tokio::test]
async fn the_customer_is_not_held_while_the_third_party_is_called_if_asked_so() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let mut request = StartConsult::new(number(OUTSIDE)).three_way();
    request.hold_customer = false;
    scene.consult(&talk.ours, request).await.expect("accepted");
    assert_eq!(scene.last_body("/transfer")["holdflag"], json!(false));
}

#[tokio::test]
async fn a_third_party_that_hangs_up_gives_the_customer_back() {
    let mut scene = Scene::new().await;
    let (talk, started) = answered(&mut scene, StartConsult::new(agent(HELPER)), &helper()).await;
    scene
        .switch(|switch| {
            let consult = switch
                .consult_about(&Party::agent("101"), talk.call)
                .expect("a consult");
            switch.hang_up(&helper(), consult)
        })
        .expect("hangs up");
    scene
        .until(
            |scene| (scene.view(&talk.ours)?.state == LegState::Talking).then_some(()),
            "the customer back",
        )
        .await;
    let error = step(&scene, &started, ConsultStep::Complete).await.expect_err("over");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
}

#[tokio::test]
async fn swap_merge_and_what_cannot_be_cancelled_are_refused_with_nothing_sent() {
    let mut scene = Scene::new().await;
    let (talk, started) = answered(&mut scene, StartConsult::new(agent(HELPER)), &helper()).await;
    let sent = scene.commands();
    for refused in [ConsultStep::Swap, ConsultStep::Merge] {
        let error = step(&scene, &started, refused).await.expect_err("not here");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    let call = scene.at(&talk.ours);
    let help = scene
        .control
        .cancel_transfer(&call, &started.consult.id, &cx())
        .await
        .expect_err("a help");
    assert_eq!(help.kind(), ErrorKind::Unsupported);
    let unknown = scene
        .control
        .cancel_transfer(&call, &OpId::new("op-none").expect("id"), &cx())
        .await
        .expect_err("unknown");
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    for action in [LegAction::Release, LegAction::Hold, LegAction::Retrieve] {
        let error = scene.act(&talk.ours, action).await.expect_err("during a consult");
        assert_eq!(error.kind(), ErrorKind::InvalidState, "{action:?}");
    }
    let error = scene
        .transfer(&talk.ours, agent(HELPER), TransferMode::Blind)
        .await
        .expect_err("held");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert_eq!(scene.commands(), sent);
}

#[tokio::test]
async fn a_release_after_transfer_cannot_be_cancelled() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let receipt = scene
        .transfer(&talk.ours, agent(HELPER), TransferMode::ReleaseAfter)
        .await
        .expect("accepted");
    let sent = scene.commands();
    let error = scene
        .control
        .cancel_transfer(&scene.at(&talk.ours), &receipt.op, &cx())
        .await
        .expect_err("runs to its end");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::Unsupported, sent));
}

#[tokio::test]
async fn releasing_the_consult_call_never_hands_the_customer_over() {
    let mut scene = Scene::new().await;
    let (talk, started) = answered(&mut scene, StartConsult::new(agent(HELPER)), &helper()).await;
    let leg: CallId = started.receipt.call.clone().expect("known");
    let receipt = scene.act(&leg, LegAction::Release).await.expect("accepted");
    assert!(outcome(&receipt).await.is_done());
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
    assert_eq!(scene.sent("DELETE", "/release"), 0);
}

#[tokio::test]
async fn an_ivr_or_access_code_cannot_be_consulted() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    let code = Target::AccessCode(callcontrol_core::Code::new("6048").expect("code"));
    for to in [Target::ivr("1321").expect("code"), code, Target::LastAgent] {
        let error = scene
            .consult(&talk.ours, StartConsult::new(to))
            .await
            .expect_err("no such cell");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert_eq!(scene.commands(), sent);
}
