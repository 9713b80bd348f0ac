//! The flows of section 17 of the vendor's page, each in both authentication modes and over HTTP and HTTPS; the switch's journal has the last word.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AdoptCall, AdoptState, CallControl, ConferenceOp, ConsultStarted, ConsultStep, CustomerAt, Effect, ErrorKind,
    IdSource, LegState, LookUp, Requeue, SessionState, StartConsult, Target, TransferMode,
};
use callcontrol_http::{BaseUrl, ReqwestTransport, TransportConfig};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::AuthMode;
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchEvent};
use support::{AGENT, HELPER, OUTSIDE, Scene, Talk, agent, cx, number, outcome, queue, switch};

/// Both AUTHMODEs times HTTP and HTTPS. The dynamic credential changes during each flow.
async fn scenes() -> Vec<(String, Scene)> {
    let mut scenes = Vec::new();
    for tls in [false, true] {
        for dynamic in [false, true] {
            let auth = match dynamic {
                true => AuthMode::Rotating {
                    interval: Duration::from_millis(200),
                    timeout: Duration::from_secs(20),
                },
                false => AuthMode::Static,
            };
            let change = move |options: &mut callcontrol_simulators::cc_gateway::CcGatewayOptions| options.auth = auth;
            let mut scene = Scene::served(switch().build(), change, CcGatewayConfig::default(), tls).await;
            scene.sign_in().await.unwrap();
            scene.until_session(SessionState::Active).await;
            scenes.push((format!("tls {tls}, dynamic {dynamic}"), scene));
        }
    }
    scenes
}

fn journal(scene: &Scene, such: impl Fn(&SwitchEvent) -> bool) -> usize {
    scene.sim.switch().journal().count(such)
}

async fn transfer(scene: &mut Scene, to: Target, mode: TransferMode) -> (Talk, callcontrol_core::Receipt) {
    let talk = scene.talking().await;
    let receipt = scene.transfer(&talk.ours, to, mode).await.expect("accepted");
    (talk, receipt)
}

async fn consulted(scene: &mut Scene, request: StartConsult, party: &Party) -> (Talk, ConsultStarted) {
    let talk = scene.talking().await;
    let started = scene.consult(&talk.ours, request).await.expect("accepted");
    scene
        .when_rings(party, |switch, call| switch.answer(party, call))
        .await
        .unwrap();
    assert!(outcome(&started.receipt).await.is_done());
    (talk, started)
}

async fn step(scene: &Scene, started: &ConsultStarted, step: ConsultStep) -> CustomerAt {
    let receipt = scene
        .control
        .consult_step(&started.consult, step, &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert!(
        outcome.is_done(),
        "{step:?}: {outcome}\n{}",
        scene.sim.switch().journal()
    );
    outcome.customer
}

fn with_agent() -> Option<CustomerPlace> {
    Some(CustomerPlace::WithAgent(AGENT.into()))
}

#[tokio::test]
async fn flow_1_an_agent_signs_in_and_is_polled_for() {
    for (how, scene) in scenes().await {
        let first = scene.sim.guid(AGENT).unwrap();
        if how.contains("dynamic true") {
            scene.sim.rotate_guid_now(AGENT);
        }
        // Something must happen for the pending poll to be answered at once.
        let busy = callcontrol_core::AgentStateRequest::NotReady { reason: None };
        let receipt = scene
            .control
            .set_agent_state(&scene.session, busy, &cx())
            .await
            .unwrap();
        assert!(outcome(&receipt).await.is_done(), "{how}");
        assert_eq!(
            scene.sim.guid(AGENT).unwrap() == first,
            how.contains("dynamic false"),
            "{how}"
        );
        assert!(scene.sent("GET", "/agentevent/101") > 1, "{how}");
        scene.sign_out().await.unwrap();
        assert_eq!(
            journal(
                &scene,
                |event| matches!(event, SwitchEvent::SignedOut { agent, .. } if agent == AGENT)
            ),
            1
        );
    }
}

#[tokio::test]
async fn flow_2_an_inbound_call_is_answered_and_goes_blindly_to_a_queue() {
    for (how, mut scene) in scenes().await {
        let (talk, receipt) = transfer(&mut scene, queue("26"), TransferMode::Blind).await;
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Queue),
            "{how}"
        );
        let at = scene.customer_at(talk.call);
        let next = Some(CustomerPlace::Ringing(Party::agent(HELPER)));
        assert!(
            at == next || matches!(&at, Some(CustomerPlace::InQueue(queue)) if queue == "26"),
            "{how}: {at:?}"
        );
        assert_eq!(
            journal(&scene, |event| matches!(event, SwitchEvent::TransferStarted { .. })),
            1,
            "{how}"
        );
    }
}

#[tokio::test]
async fn flow_3_a_release_after_transfer_reaches_an_agent_or_leaves_the_customer_where_he_was() {
    for answers in [true, false] {
        for (how, mut scene) in scenes().await {
            let (talk, receipt) = transfer(&mut scene, agent(HELPER), TransferMode::ReleaseAfter).await;
            let helper = Party::agent(HELPER);
            let act = |switch: &mut callcontrol_testkit::switch::Switch, call| match answers {
                true => switch.answer(&helper, call),
                false => switch.reject(&helper, call),
            };
            scene.when_rings(&helper, act).await.unwrap();
            let outcome = outcome(&receipt).await;
            let at = if answers { CustomerAt::Target } else { CustomerAt::Agent };
            assert_eq!((outcome.is_done(), outcome.customer), (answers, at), "{how}: {outcome}");
            assert_eq!(scene.customer_at(talk.call) == with_agent(), !answers, "{how}");
            assert_eq!(
                journal(&scene, |event| matches!(event, SwitchEvent::TransferFailed { .. })) == 0,
                answers
            );
        }
    }
}

#[tokio::test]
async fn flow_4_a_number_is_consulted_and_takes_the_customer_or_gives_him_back() {
    let outside = Party::outside(OUTSIDE);
    for ending in [ConsultStep::Complete, ConsultStep::Cancel] {
        for (how, mut scene) in scenes().await {
            let (talk, started) = consulted(&mut scene, StartConsult::new(number(OUTSIDE)), &outside).await;
            let at = step(&scene, &started, ending).await;
            let back = ending == ConsultStep::Cancel;
            assert_eq!(at, if back { CustomerAt::Agent } else { CustomerAt::Target }, "{how}");
            assert_eq!(scene.customer_at(talk.call) == with_agent(), back, "{how}");
            assert_eq!(
                journal(&scene, |event| matches!(event, SwitchEvent::ConsultCancelled { .. })) == 1,
                back,
                "{how}"
            );
        }
    }
    for (how, mut scene) in scenes().await {
        let talk = scene.talking().await;
        let request = StartConsult::new(number(OUTSIDE)).three_way();
        let started = scene.consult(&talk.ours, request).await.unwrap();
        scene
            .when_rings(&outside, |switch, call| switch.answer(&outside, call))
            .await
            .unwrap();
        assert_eq!(
            outcome(&started.receipt).await.customer,
            CustomerAt::Conference,
            "{how}"
        );
        assert_eq!(
            journal(&scene, |event| matches!(event, SwitchEvent::Conferenced { .. })),
            1,
            "{how}"
        );
    }
}

#[tokio::test]
async fn flow_5_an_agent_is_consulted_and_takes_the_customer_or_gives_him_back_or_fails() {
    let helper = Party::agent(HELPER);
    for ending in [ConsultStep::Complete, ConsultStep::Cancel] {
        for (how, mut scene) in scenes().await {
            let (talk, started) = consulted(&mut scene, StartConsult::new(agent(HELPER)), &helper).await;
            step(&scene, &started, ending).await;
            assert_eq!(
                scene.customer_at(talk.call) == with_agent(),
                ending == ConsultStep::Cancel,
                "{how}"
            );
        }
    }
    for (how, mut scene) in scenes().await {
        let talk = scene.talking().await;
        let started = scene
            .consult(&talk.ours, StartConsult::new(agent(HELPER)))
            .await
            .unwrap();
        scene
            .when_rings(&helper, |switch, call| switch.reject(&helper, call))
            .await
            .unwrap();
        let outcome = outcome(&started.receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (false, CustomerAt::Agent),
            "{how}"
        );
        assert_eq!(
            journal(&scene, |event| matches!(event, SwitchEvent::ConsultFailed { .. })),
            1,
            "{how}"
        );
    }
}

#[tokio::test]
async fn flow_6_a_customer_goes_through_an_ivr_and_comes_back() {
    for (how, mut scene) in scenes().await {
        let found = scene
            .control
            .look_up(Some(&scene.session), LookUp::Ivrs, &cx())
            .await
            .unwrap();
        let ivr = found
            .entries
            .first()
            .and_then(|entry| entry.target.clone())
            .expect("the one IVR");
        let (talk, receipt) = transfer(&mut scene, ivr, TransferMode::Suspend).await;
        scene.until_call(LegState::Suspended).await;
        scene.switch(|switch| switch.ivr_finished(talk.call)).unwrap();
        assert_eq!(outcome(&receipt).await.customer, CustomerAt::Agent, "{how}");
        assert_eq!(scene.customer_at(talk.call), with_agent(), "{how}");
        assert_eq!(
            journal(&scene, |event| matches!(event, SwitchEvent::ReturnedFromIvr { .. })),
            1,
            "{how}"
        );
    }
}

#[tokio::test]
async fn flow_7_the_customers_digits_reach_an_ivr_in_a_three_party_call() {
    for (how, mut scene) in scenes().await {
        let talk = scene.talking().await;
        let request = StartConsult::new(number("95000")).three_way();
        let started = scene.consult(&talk.ours, request).await.unwrap();
        assert_eq!(
            outcome(&started.receipt).await.customer,
            CustomerAt::Conference,
            "{how}"
        );
        let at = scene.at(&talk.ours);
        scene
            .control
            .conference(&at, ConferenceOp::RelayDtmf, &cx())
            .await
            .expect("accepted");
        let heard = scene
            .switch(|switch| switch.customer_digits(talk.call, "4711#"))
            .unwrap();
        assert_eq!(heard.as_deref(), Some("1321"), "{how}");
        assert_eq!(
            journal(&scene, |event| matches!(
                event,
                SwitchEvent::DtmfRelayed { on: true, .. }
            )),
            1,
            "{how}"
        );
        let remove = ConferenceOp::Remove { party: number("95000") };
        let receipt = scene.control.conference(&at, remove, &cx()).await.expect("accepted");
        assert!(outcome(&receipt).await.is_done(), "{how}");
        assert_eq!(
            scene.customer_at(talk.call),
            with_agent(),
            "{how}\n{}",
            scene.sim.switch().journal()
        );
    }
}

#[tokio::test]
async fn flow_8_a_waiting_call_is_found_and_moved_to_another_queue() {
    for (how, mut scene) in scenes().await {
        scene.talking().await;
        let waits = scene
            .switch(|switch| switch.place_call(OUTSIDE, &Party::queue("25")))
            .unwrap();
        let list = |queue_id: &'static str| LookUp::Waiting { queue: queue(queue_id) };
        let found = scene.control.look_up(None, list("25"), &cx()).await.unwrap();
        let native = found
            .entries
            .first()
            .and_then(|entry| entry.native.clone())
            .expect("one waits");
        let adopt = AdoptCall::new(native.clone(), AdoptState::Waiting);
        let call = scene.control.adopt(&scene.session, adopt, &cx()).await.unwrap();
        let receipt = scene
            .control
            .requeue(&call, Requeue::waiting(queue("26")), &cx())
            .await
            .unwrap();
        assert_eq!(outcome(&receipt).await.customer, CustomerAt::Queue, "{how}");
        let after = scene.control.look_up(None, list("25"), &cx()).await.unwrap();
        assert!(
            after.entries.iter().all(|entry| entry.native.as_ref() != Some(&native)),
            "{how}\n{}",
            scene.sim.switch().journal()
        );
        assert_eq!(
            journal(&scene, |event| matches!(event, SwitchEvent::Requeued { .. })),
            1,
            "{how}"
        );
        assert!(
            !matches!(scene.customer_at(waits), None | Some(CustomerPlace::Gone)),
            "{how}"
        );
    }
}

#[tokio::test]
async fn a_gateway_whose_certificate_nobody_vouches_for_is_not_talked_to_unless_that_is_switched_off_loudly() {
    let scene = Scene::served(switch().build(), |_| {}, CcGatewayConfig::default(), true).await;
    let careful = support::adapter(&scene.server.base_url(), CcGatewayConfig::default());
    let error = careful
        .open(support::sign_in_as(AGENT, support::PHONE), &cx())
        .await
        .expect_err("not trusted");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Tls, Effect::None),
        "{error}"
    );
    assert_eq!(scene.commands(), 0);

    let base = BaseUrl::parse(&scene.server.base_url()).unwrap();
    let transport = ReqwestTransport::new(&TransportConfig::new(base).danger_skip_verification(true)).unwrap();
    let careless = CcGateway::new(CcGatewayConfig::default(), Arc::new(transport), IdSource::seeded(7)).unwrap();
    careless
        .open(support::sign_in_as(AGENT, support::PHONE), &cx())
        .await
        .expect("signed in");
    careless.shutdown(&cx()).await;
}
