//! What the vendor's page leaves open, the simulator can do either way; the adapter's outcomes must not depend on it.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::{CallControl, ConsultStep, CustomerAt, LegAction, StartConsult, TransferMode};
use callcontrol_huawei_cc_gateway::{CcGatewayConfig, Events};
use callcontrol_simulators::cc_gateway::{AuthMode, CcGatewayOptions, EventMethod};
use callcontrol_testkit::switch::{CustomerPlace, Party};
use support::{CUSTOMER, HELPER, OUTSIDE, Scene, agent, cx, number, outcome, switch};

/// Every value that the simulator knows beside its defaults. A gateway whose sign-in brings no credential cannot be used at all.
fn variants() -> Vec<(&'static str, CcGatewayOptions)> {
    let all = CcGatewayOptions::variants();
    assert!(all.len() > 40, "{} variants", all.len());
    let usable = |options: &CcGatewayOptions| options.guid_on_rotating_sign_in || options.auth == AuthMode::Static;
    all.into_iter().filter(|(_, options)| usable(options)).collect()
}

/// An agent signed in at such a gateway, with the configuration that it asks for.
async fn scene(options: &CcGatewayOptions) -> Scene {
    let mut config = CcGatewayConfig::default();
    if options.event_method == EventMethod::All {
        config.events = Events::Batch;
    }
    let options = options.clone();
    let scene = Scene::closed(switch().build(), move |chosen| *chosen = options, config).await;
    scene.sign_in().await.expect("signed in");
    scene
}

#[tokio::test]
async fn a_blind_transfer_is_done_whatever_the_release() {
    for (name, options) in &variants() {
        let mut scene = scene(options).await;
        let talk = scene.talking().await;
        let receipt = scene
            .transfer(&talk.ours, agent(HELPER), TransferMode::Blind)
            .await
            .expect(name);
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Target),
            "{name}: {outcome}"
        );
        assert!(scene.view(&talk.ours).is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_release_after_transfer_to_a_number_waits_for_the_answer_whatever_the_release() {
    for (name, options) in &variants() {
        let mut scene = scene(options).await;
        let talk = scene.talking().await;
        let receipt = scene
            .transfer(&talk.ours, number(OUTSIDE), TransferMode::ReleaseAfter)
            .await
            .expect(name);
        let outside = Party::outside(OUTSIDE);
        scene
            .when_rings(&outside, |switch, call| switch.answer(&outside, call))
            .await
            .expect(name);
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Target),
            "{name}: {outcome}"
        );
    }
}

#[tokio::test]
async fn a_consult_is_completed_or_cancelled_whatever_the_release() {
    for (name, options) in &variants() {
        for ending in [ConsultStep::Complete, ConsultStep::Cancel] {
            for (to, party) in [
                (agent(HELPER), Party::agent(HELPER)),
                (number(OUTSIDE), Party::outside(OUTSIDE)),
            ] {
                let mut scene = scene(options).await;
                let talk = scene.talking().await;
                let started = scene.consult(&talk.ours, StartConsult::new(to)).await.expect(name);
                scene
                    .when_rings(&party, |switch, call| switch.answer(&party, call))
                    .await
                    .expect(name);
                assert!(outcome(&started.receipt).await.is_done(), "{name}");
                let receipt = scene
                    .control
                    .consult_step(&started.consult, ending, &cx())
                    .await
                    .expect(name);
                let outcome = outcome(&receipt).await;
                assert!(
                    outcome.is_done(),
                    "{name} {ending:?} {party:?}: {outcome}\n{}",
                    scene.sim.switch().journal()
                );
                let at = scene.customer_at(talk.call);
                let with_agent = at == Some(CustomerPlace::WithAgent("101".into()));
                assert_eq!(with_agent, ending == ConsultStep::Cancel, "{name}: {at:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_call_to_a_number_is_answered_or_fails_whatever_the_release() {
    for (name, options) in &variants() {
        for answers in [true, false] {
            let mut scene = scene(options).await;
            let receipt = scene.dial(number(CUSTOMER)).await.expect(name);
            let party = Party::outside(CUSTOMER);
            let act = |switch: &mut callcontrol_testkit::switch::Switch, call| {
                if answers {
                    switch.answer(&party, call)
                } else {
                    switch.reject(&party, call)
                }
            };
            scene.when_rings(&party, act).await.expect(name);
            let outcome = outcome(&receipt).await;
            assert_eq!(outcome.is_done(), answers, "{name}: {outcome}");
            if answers {
                let call = receipt.call.clone().expect(name);
                let released = scene.act(&call, LegAction::Release).await.expect(name);
                assert!(support::outcome(&released).await.is_done(), "{name}");
            }
            scene
                .until(|scene| scene.views().is_empty().then_some(()), "no call")
                .await;
        }
    }
}
