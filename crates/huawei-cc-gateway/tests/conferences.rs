//! Conferences and tones through the real HTTP client.

mod support;

use callcontrol_core::{CallControl, ConferenceOp, CustomerAt, Dtmf, ErrorKind, Evidence, StartConsult, Verdict};
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchEvent};
use support::{OUTSIDE, Scene, Talk, agent, cx, number, outcome};

/// Number of the IVR that stands outside the switch's own numbers in a three-party call.
const IVR: &str = "95000";

async fn in_conference(scene: &mut Scene, with: &str) -> Talk {
    let talk = scene.talking().await;
    let started = scene
        .consult(&talk.ours, StartConsult::new(number(with)).three_way())
        .await
        .expect("accepted");
    if with == OUTSIDE {
        let party = Party::outside(OUTSIDE);
        scene
            .when_rings(&party, |switch, call| switch.answer(&party, call))
            .await
            .expect("answers");
    }
    let outcome = outcome(&started.receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Conference),
        "{outcome}"
    );
    talk
}

#[tokio::test]
async fn the_customers_digits_reach_a_third_party_ivr() {
    let mut scene = Scene::new().await;
    let talk = in_conference(&mut scene, IVR).await;
    let receipt = scene
        .control
        .conference(&scene.at(&talk.ours), ConferenceOp::RelayDtmf, &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.verdict, outcome.evidence),
        (Verdict::Unknown, Evidence::AcceptedOnly)
    );
    assert_eq!(outcome.customer, CustomerAt::Conference);
    assert_eq!(scene.sent("POST", "/thirdPartyConfTransmitNum"), 1);
    let heard = scene
        .switch(|switch| switch.customer_digits(talk.call, "4711#"))
        .expect("pressed");
    assert_eq!(heard.as_deref(), Some("1321"));
}

#[tokio::test]
async fn digits_are_not_relayed_outside_a_conference() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    let error = scene
        .control
        .conference(&scene.at(&talk.ours), ConferenceOp::RelayDtmf, &cx())
        .await
        .expect_err("two parties");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::InvalidState, sent));
}

#[tokio::test]
async fn a_party_put_out_of_the_conference_leaves_agent_and_customer() {
    let mut scene = Scene::new().await;
    let talk = in_conference(&mut scene, OUTSIDE).await;
    let remove = ConferenceOp::Remove { party: number(OUTSIDE) };
    let receipt = scene
        .control
        .conference(&scene.at(&talk.ours), remove, &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
    assert_eq!(scene.sent("POST", &format!("/disconnect/{OUTSIDE}")), 1);
}

#[tokio::test]
async fn nobody_is_added_in_one_step_and_nobody_put_out_of_a_call_of_two() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    let add = ConferenceOp::Add { to: agent("102") };
    let error = scene
        .control
        .conference(&scene.at(&talk.ours), add, &cx())
        .await
        .expect_err("not here");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let remove = ConferenceOp::Remove { party: number(OUTSIDE) };
    let error = scene
        .control
        .conference(&scene.at(&talk.ours), remove, &cx())
        .await
        .expect_err("no conference");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::InvalidState, sent));
}

#[tokio::test]
async fn tones_are_sent_once_with_the_hash_encoded_and_their_effect_is_not_known() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let tones = Dtmf::new("12*#").expect("tones");
    let receipt = scene
        .control
        .send_dtmf(&scene.at(&talk.ours).into(), tones, &cx())
        .await
        .expect("accepted");
    assert_eq!(outcome(&receipt).await.evidence, Evidence::AcceptedOnly);
    let query = scene.last_query("/seconddialex");
    assert!(matches!(query.as_str(), "number=12*%23" | "number=12%2A%23"), "{query}");
    let sent = |event: &SwitchEvent| matches!(event, SwitchEvent::DtmfSent { digits, .. } if digits == "12*#");
    assert_eq!(scene.switch(|switch| switch.journal().count(sent)), 1);
}

#[tokio::test]
async fn tones_that_the_gateway_cannot_send_are_refused() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    for tones in ["1".repeat(25), "12A".to_owned()] {
        let tones = Dtmf::new(tones).expect("tones");
        let error = scene
            .control
            .send_dtmf(&scene.at(&talk.ours).into(), tones, &cx())
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(scene.commands(), sent);
}
