//! Conferences in two steps and in one, and parties removed from them.

use callcontrol_simulators::gws::{ConferenceBy, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party};
use serde_json::json;

use crate::client::{Desk, OK, bob, gws, id, may, participants, talking};

async fn conference(gws: &GwsSimulator) -> (Desk, Desk, String) {
    let (ann, bobs) = (Desk::start(gws, "ann").await, Desk::start(gws, "bob").await);
    gws.switch().set_behaviour(&bob(), Behaviour::Answers).unwrap();
    let (_, original) = talking(&ann, gws.switch()).await;
    ann.operate(
        &original,
        "InitiateConference",
        json!({"destination": {"phoneNumber": "7002"}}),
    )
    .await;
    let consult = ann.calls().await.remove(1);
    ann.events().await;
    bobs.events().await;
    ann.does(&id(&consult), "CompleteConference").await;
    (ann, bobs, original)
}

#[tokio::test(start_paused = true)]
async fn a_completed_conference_releases_the_consult_and_brings_the_original_back() {
    for (by, told) in [
        (ConferenceBy::StatusChange, vec!["StatusChange Established Inbound"]),
        (
            ConferenceBy::ParticipantsUpdated,
            vec!["ParticipantsUpdated Established Inbound"],
        ),
        (
            ConferenceBy::Both,
            vec![
                "StatusChange Established Inbound",
                "ParticipantsUpdated Established Inbound",
            ],
        ),
    ] {
        let gws = gws(|options| options.conference_by = by);
        let (ann, bobs, original) = conference(&gws).await;
        let heard = ann.heard().await;
        assert_eq!(heard[0], "StatusChange Released Consult");
        assert_eq!(heard[1..], told, "{by:?}");
        let call = ann.calls().await.remove(0);
        assert_eq!(
            (id(&call), participants(&call)),
            (original, vec![scenery::CUSTOMER.to_owned(), "7002".into()])
        );
        assert!(may(&call, "RemoveParticipantFromConference"));
        let theirs = bobs.calls().await.remove(0);
        assert_eq!(participants(&theirs), [scenery::CUSTOMER, "7001"]);
        assert!(!may(&theirs, "RemoveParticipantFromConference"), "Bob does not own it");
    }
}

#[tokio::test(start_paused = true)]
async fn the_owner_removes_a_party_and_the_call_is_ordinary_again() {
    let gws = gws(|_| {});
    let (ann, bobs, original) = conference(&gws).await;
    ann.events().await;
    bobs.events().await;
    assert_eq!(
        ann.operate(
            &original,
            "RemoveParticipantFromConference",
            json!({"participant": "7777"})
        )
        .await
        .code()
        .1,
        2
    );
    assert_eq!(
        ann.operate(
            &original,
            "RemoveParticipantFromConference",
            json!({"participant": "7002"})
        )
        .await
        .code(),
        OK
    );
    let told = ann.events().await;
    assert_eq!(
        told.iter().map(crate::client::said).collect::<Vec<_>>(),
        ["ParticipantsUpdated Established Inbound"]
    );
    assert_eq!(participants(&told[0]["call"]), [scenery::CUSTOMER]);
    assert!(!may(&told[0]["call"], "RemoveParticipantFromConference"));
    assert_eq!(bobs.heard().await, ["StatusChange Released Inbound"]);
}

#[tokio::test(start_paused = true)]
async fn hanging_up_leaves_the_others_connected_and_clearing_ends_it_for_all() {
    let gws = gws(|_| {});
    let (ann, bobs, original) = conference(&gws).await;
    let call = gws.switch().active_call("101").unwrap();
    ann.does(&original, "Hangup").await;
    assert_eq!(
        gws.switch().customer_at(call),
        Some(CustomerPlace::WithAgent("102".into()))
    );
    assert!(
        bobs.heard()
            .await
            .contains(&"ParticipantsUpdated Established Inbound".into())
    );
    bobs.does(&id(&bobs.calls().await[0]), "ClearCall").await;
    assert_eq!(gws.switch().customer_at(call), Some(CustomerPlace::Gone));
    assert_eq!(bobs.heard().await, ["StatusChange Released Inbound"]);
}

#[tokio::test(start_paused = true)]
async fn a_party_added_in_one_step_shows_when_it_is_in() {
    let gws = gws(|_| {});
    let ann = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&ann, gws.switch()).await;
    let third = Party::outside(scenery::THIRD_PARTY);
    let add = json!({"destination": {"phoneNumber": scenery::THIRD_PARTY}});
    assert_eq!(ann.operate(&name, "SingleStepConference", add).await.code(), OK);
    assert!(ann.heard().await.is_empty(), "it only rings");
    gws.switch().answer(&third, call).unwrap();
    let told = ann.events().await;
    assert_eq!(
        told.iter().map(crate::client::said).collect::<Vec<_>>(),
        ["ParticipantsUpdated Established Inbound"]
    );
    assert_eq!(
        participants(&told[0]["call"]),
        [scenery::CUSTOMER, scenery::THIRD_PARTY]
    );
    assert!(may(&told[0]["call"], "RemoveParticipantFromConference"));
}

#[tokio::test(start_paused = true)]
async fn an_ivr_can_be_asked_into_the_conference_and_hears_tones() {
    let gws = gws(|_| {});
    let ann = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&ann, gws.switch()).await;
    ann.operate(
        &name,
        "InitiateConference",
        json!({"destination": {"phoneNumber": scenery::PIN_CHECK}}),
    )
    .await;
    let consult = ann.calls().await.remove(1);
    ann.does(&id(&consult), "CompleteConference").await;
    ann.events().await;
    assert_eq!(
        ann.operate(&name, "SendDtmf", json!({"digits": "1234"})).await.code(),
        OK
    );
    assert_eq!(ann.heard().await, ["DtmfSent Established Inbound"]);
    assert!(matches!(
        gws.switch().customer_at(call),
        Some(CustomerPlace::InConference(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_party_that_cannot_be_added_is_told_by_an_error_event() {
    let gws = gws(|_| {});
    let ann = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&ann, gws.switch()).await;
    let third = Party::outside(scenery::THIRD_PARTY);
    let add = || json!({"destination": {"phoneNumber": scenery::THIRD_PARTY}});
    ann.operate(&name, "SingleStepConference", add()).await;
    gws.switch().no_answer(&third).unwrap();
    gws.switch().set_behaviour(&third, Behaviour::Busy).unwrap();
    ann.operate(&name, "SingleStepConference", add()).await;
    let errors: Vec<_> = ann
        .events()
        .await
        .iter()
        .map(|event| event["error"]["errorCode"].clone())
        .collect();
    assert_eq!(errors, [232, 231], "no answer, then busy");
    assert_eq!(participants(&ann.calls().await[0]), [scenery::CUSTOMER]);
}
