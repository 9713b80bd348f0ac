//! The same facts in the shapes of other builds, and with what nobody documented beside them.

use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Behaviour;
use serde_json::{Value, json};

use crate::client::{Desk, OK, bob, capabilities, gws, id, may, talking, uri};
use crate::fixtures::{fixture, same_shape};

/// Ann's talking call and her consult with Bob, who answers at once.
async fn consult(change: impl FnOnce(&mut GwsOptions)) -> (GwsSimulator, Desk, Vec<Value>) {
    let gws = gws(change);
    let desk = Desk::start(&gws, "ann").await;
    let _bob = Desk::start(&gws, "bob").await;
    gws.switch().set_behaviour(&bob(), Behaviour::Answers).unwrap();
    let (_, name) = talking(&desk, gws.switch()).await;
    let got = desk
        .operate(
            &name,
            "InitiateTransfer",
            json!({"destination": {"phoneNumber": "7002"}}),
        )
        .await;
    assert_eq!(got.code(), OK);
    let calls = desk.calls().await;
    (gws, desk, calls)
}

#[tokio::test(start_paused = true)]
async fn participants_paths_and_flags_can_be_those_of_an_older_build_one_by_one() {
    let (_, _, calls) = consult(|options| {
        options.string_participants = true;
        options.paths = false;
        options.monitoring_flag = false;
    })
    .await;
    assert_eq!(
        (&calls[0]["participants"], &calls[0]["participantsInfo"][0]["digits"]),
        (&json!([scenery::CUSTOMER]), &json!(scenery::CUSTOMER))
    );
    assert!(calls[0]["path"].is_null() && calls[1]["parentCallPath"].is_null() && calls[0]["monitoring"].is_null());
    assert!(calls[0]["connId"].is_string() && calls[1]["parentCallUri"].is_string());
}

#[tokio::test(start_paused = true)]
async fn hosts_ids_and_paths_can_lead_astray() {
    let (_, desk, calls) = consult(|options| {
        options.scattered_hosts = true;
        options.empty_call_ids = true;
        options.bare_paths = true;
    })
    .await;
    let host = |value: &Value| value.as_str().unwrap().split("/api").next().unwrap().to_owned();
    let hosts = [
        host(&calls[1]["uri"]),
        host(&calls[1]["deviceUri"]),
        host(&calls[1]["parentCallUri"]),
    ];
    assert!(
        hosts[0] != hosts[1] && hosts[1] != hosts[2] && hosts[0] != hosts[2],
        "{hosts:?}"
    );
    assert_eq!(id(&calls[1]), "");
    assert!(calls[1]["path"].as_str().unwrap().starts_with("calls/"));
    let real = uri(&calls[1]).rsplit('/').next().unwrap().to_owned();
    desk.does(&real, "CompleteTransfer").await;
    assert!(desk.calls().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn dialled_numbers_come_back_changed_and_can_be_used_as_they_came() {
    let (_, desk, calls) = consult(|options| options.dialled_prefix = "0".into()).await;
    assert_eq!(crate::client::participants(&calls[1]), ["07002"]);
    assert_eq!(
        crate::client::participants(&calls[0]),
        [scenery::CUSTOMER],
        "nobody dialled the customer"
    );
    desk.does(&id(&calls[1]), "CompleteConference").await;
    let removed = json!({"participant": "07002"});
    assert_eq!(
        desk.operate(&id(&calls[0]), "RemoveParticipantFromConference", removed)
            .await
            .code(),
        OK
    );
}

#[tokio::test(start_paused = true)]
async fn data_that_nobody_attached_has_numbers_objects_and_escapes() {
    let (_, _, calls) = consult(|options| options.rich_user_data = true).await;
    let data = &calls[0]["userData"];
    assert!(data["WWE_Weight"].is_u64() && data["Owner"]["username"].is_string());
    assert_eq!(
        data["Name"],
        fixture("event-attached-data")["data"]["call"]["userData"]["Name"]
    );
}

#[tokio::test(start_paused = true)]
async fn capabilities_keep_their_members_in_any_order_and_may_contradict_themselves() {
    let (_, _, usual) = consult(|_| {}).await;
    let (_, _, shuffled) = consult(|options| options.shuffled_capabilities = true).await;
    assert_ne!(usual[1]["capabilities"], shuffled[1]["capabilities"]);
    assert_eq!(capabilities(&usual[1]), capabilities(&shuffled[1]));
    let (_, _, stale) = consult(|options| options.stale_mute = true).await;
    assert!(may(&stale[1], "MuteCall") && may(&stale[1], "UnmuteCall"));
}

#[tokio::test(start_paused = true)]
async fn states_of_tomorrow_come_before_established() {
    let gws = gws(|options| options.unknown_states = true);
    let desk = Desk::start(&gws, "ann").await;
    gws.switch()
        .place_call(scenery::CUSTOMER, &crate::client::ann())
        .unwrap();
    let name = id(&desk.events().await[0]["call"]);
    desk.does(&name, "Answer").await;
    assert_eq!(
        desk.heard().await,
        ["StatusChange Connecting Inbound", "StatusChange Established Inbound"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_two_samples_of_the_vendors_own_page_can_be_produced() {
    let plain = |options: &mut GwsOptions| {
        options.lists_mute = false;
        options.lists_clear_call = false;
        options.monitoring_flag = false;
        options.parent_paths = false;
    };
    let gws = gws(plain);
    let (ann, bob_desk) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    let path = format!("me/devices/{}/calls", bob_desk.device().await);
    let dial = json!({"operationName": "Dial", "destination": {"phoneNumber": "7001"}});
    assert_eq!(bob_desk.post(&path, dial).await.code(), OK);
    let ringing = ann.connect(Some(0)).await.remove(0);
    shows("event-ringing-document", &ringing);
    let name = id(&ringing["data"]["call"]);
    ann.does(&name, "Answer").await;
    shows("event-established-document", &ann.connect(Some(0)).await[0]);
    let mut transfer = fixture("request-initiate-transfer-document-2");
    transfer["destination"]["phoneNumber"] = json!(scenery::THIRD_PARTY);
    assert_eq!(ann.operate(&name, "InitiateTransfer", transfer).await.code(), OK);
    let started = ann.connect(Some(0)).await;
    shows("event-consult-dialing-document", &started[1]);
    ann.does(&id(&started[1]["data"]["call"]), "CompleteTransfer").await;
    let released = ann.connect(Some(0)).await;
    shows("event-released-document", &released[0]);
    shows("event-consult-released-document", &released[1]);
}

#[tokio::test(start_paused = true)]
async fn the_first_sample_of_that_page_has_no_extensions_and_a_wrong_path() {
    let (_, desk, calls) = consult(|options| {
        options.lists_mute = false;
        options.lists_clear_call = false;
        options.extensions = false;
        options.wrong_parent_path = true;
    })
    .await;
    let mut transfer = fixture("request-initiate-transfer-document-1");
    transfer["destination"]["phoneNumber"] = json!(scenery::THIRD_PARTY);
    desk.does(&id(&calls[1]), "Hangup").await;
    desk.does(&id(&calls[0]), "Retrieve").await;
    desk.events().await;
    assert_eq!(
        desk.operate(&id(&calls[0]), "InitiateTransfer", transfer).await.code(),
        OK
    );
    let started = desk.connect(Some(0)).await;
    // The document's original is an internal call, which has no `ani`.
    let mut held = started[0].clone();
    held["data"]["call"].as_object_mut().unwrap().remove("ani");
    shows("event-held-consult-variant-a-document", &held);
    shows("event-consult-dialing-wrong-parent-path", &started[1]);
}

fn shows(name: &str, actual: &Value) {
    let expected = fixture(name);
    same_shape(name, &expected, actual);
    let call = |event: &Value| capabilities(&event["data"]["call"]);
    assert_eq!(call(&expected), call(actual), "{name}");
}
