//! What the agent does to the telephone rather than to a call: forwarding, do not disturb, dispositions.

use callcontrol_simulators::gws::{GwsSimulator, MissingFeature};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::CustomerPlace;
use serde_json::{Value, json};

use crate::client::{Desk, OK, ann, bob, gws, id, may, talking, uri};

async fn operate(desk: &Desk, operation: &str, parameters: Value) -> (u16, u64) {
    let mut body = parameters;
    body["operationName"] = json!(operation);
    desk.post(&format!("me/devices/{}", desk.device().await), body)
        .await
        .code()
}

async fn told(desk: &Desk) -> Value {
    desk.events().await.remove(0)["devices"][0].clone()
}

async fn two(gws: &GwsSimulator) -> (Desk, Desk) {
    (Desk::start(gws, "ann").await, Desk::start(gws, "bob").await)
}

#[tokio::test(start_paused = true)]
async fn forwarding_shows_on_the_device_and_colleagues_calls_go_there() {
    let gws = gws(|_| {});
    let (anns, bobs) = two(&gws).await;
    assert_eq!(
        operate(&bobs, "ForwardCallsOn", json!({"destination": scenery::THIRD_PARTY})).await,
        OK
    );
    let device = told(&bobs).await;
    assert_eq!(device["forwardTo"], scenery::THIRD_PARTY);
    assert!(may(&device, "ForwardCallsOff") && !may(&device, "ForwardCallsOn"));
    assert_eq!(
        operate(&bobs, "ForwardCallsOn", json!({"destination": "7003"})).await.1,
        2,
        "it is on"
    );
    let (call, name) = talking(&anns, gws.switch()).await;
    let transfer = json!({"destination": {"phoneNumber": "7002"}});
    assert_eq!(anns.operate(&name, "SingleStepTransfer", transfer).await.code(), OK);
    let place = gws.switch().customer_at(call).unwrap();
    assert!(
        matches!(&place, CustomerPlace::Ringing(party) if party.name() == scenery::THIRD_PARTY),
        "{place:?}"
    );
    assert_eq!(operate(&bobs, "ForwardCallsOff", json!({})).await, OK);
    assert_eq!(told(&bobs).await["forwardTo"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn forwarding_needs_a_plain_number() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    assert_eq!(operate(&desk, "ForwardCallsOn", json!({})).await.1, 1);
    let object = json!({"destination": {"phoneNumber": "7002"}});
    assert_eq!(
        operate(&desk, "ForwardCallsOn", object).await.1,
        2,
        "an object where a text is due"
    );
    assert_eq!(operate(&desk, "Teleport", json!({})).await.1, 2);
    assert!(desk.heard().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_must_not_be_disturbed_is_not_rung() {
    let gws = gws(|_| {});
    let (anns, bobs) = two(&gws).await;
    assert_eq!(operate(&bobs, "DoNotDisturbOn", json!({})).await, OK);
    let device = told(&bobs).await;
    assert_eq!(device["doNotDisturb"], "On");
    assert!(may(&device, "DoNotDisturbOff"));
    let path = format!("me/devices/{}/calls", anns.device().await);
    let dial = || json!({"operationName": "Dial", "destination": {"phoneNumber": "7002"}});
    anns.post(&path, dial()).await;
    assert!(gws.switch().ringing_at(&bob()).is_none());
    assert_eq!(anns.heard().await.last().unwrap(), "StatusChange Released Internal");
    assert_eq!(operate(&bobs, "DoNotDisturbOff", json!({})).await, OK);
    anns.post(&path, dial()).await;
    assert!(gws.switch().ringing_at(&bob()).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_disposition_is_set_on_a_call_that_goes_on_and_on_one_that_is_over() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    let call = desk.calls().await.remove(0);
    let set = |code: &str| json!({"callUri": uri(&call), "callUuid": call["callUuid"], "disposition": code});
    assert_eq!(operate(&desk, "SetCallDisposition", set("Sale")).await, OK);
    assert_eq!(desk.events().await[0]["call"]["userData"]["DispositionCode"], "Sale");
    desk.does(&name, "Hangup").await;
    desk.events().await;
    assert_eq!(operate(&desk, "SetCallDisposition", set("No sale")).await, OK);
    let codes: Vec<_> = gws.dispositions().iter().map(|set| set.disposition.clone()).collect();
    assert_eq!(codes, ["Sale", "No sale"]);
    assert_eq!(gws.dispositions()[1].call, name);
    let stranger = json!({"callUri": "http://gws.example:8090/api/v2/me/calls/none", "disposition": "x"});
    assert_eq!(operate(&desk, "SetCallDisposition", stranger).await, (404, 6));
    assert_eq!(
        operate(&desk, "SetCallDisposition", json!({"callUri": uri(&call)}))
            .await
            .1,
        1
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_user_lacks_the_feature_for_is_refused_with_5_or_3() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    let record = async || desk.operate(&name, "StartCallRecording", json!({})).await.code();
    assert_eq!(record().await, (403, 5));
    assert_eq!(
        operate(&desk, "ListenIn", json!({"phoneNumber": "7002"})).await,
        (403, 5)
    );
    gws.update_options(|options| options.missing_feature = MissingFeature::Forbidden);
    assert_eq!(record().await, (403, 3));
}

#[tokio::test(start_paused = true)]
async fn the_voice_service_goes_and_comes_back() {
    let gws = gws(|options| options.channel_events = true);
    let mut desk = Desk::start(&gws, "ann").await;
    desk.subscribe_anew(&["/v2/me/*", "/notifications/services"]).await;
    gws.set_voice_service(false);
    let told = desk.events().await;
    assert_eq!(told[0]["devices"][0]["deviceState"], "Inactive");
    assert_eq!(told[1]["channels"][0]["channel"], "voice");
    assert_eq!(told[2]["services"][0]["state"], "Inactive");
    assert_eq!(desk.post("me", json!({"operationName": "Ready"})).await.code().1, 4);
    gws.update_options(|options| options.service_events = false);
    gws.set_voice_service(true);
    assert_eq!(desk.heard().await.len(), 2);
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    assert_eq!(id(&desk.events().await[0]["call"]).len(), 32);
}
