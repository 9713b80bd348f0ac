//! CometD, message by message: held connects, cookies, advice, and sessions that are gone.

use std::time::Duration;

use callcontrol_simulators::gws::GwsSimulator;
use callcontrol_simulators::scenery;
use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::{Desk, ann, gws};
use crate::fixtures::{fixture, same_shape};

async fn shaken(gws: &GwsSimulator) -> Desk {
    let mut desk = Desk::new(gws, "ann");
    desk.handshake().await;
    desk
}

fn connect(desk: &Desk) -> Value {
    json!([{"id": "5", "channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"}])
}

#[tokio::test(start_paused = true)]
async fn a_handshake_subscriptions_and_two_connects_read_as_in_the_manual() {
    let gws = gws(|_| {});
    let mut desk = Desk::new(&gws, "ann");
    let reply = desk.comet(fixture("cometd-handshake-request")).await;
    same_shape(
        "cometd-handshake-answer",
        &fixture("cometd-handshake-answer"),
        &reply.json(),
    );
    assert!(desk.cookie("BAYEUX_BROWSER").is_some() && desk.cookie("JSESSIONID").is_some());
    desk.client = reply.json()[0]["clientId"].as_str().unwrap().into();
    let mine = |name: &str| {
        let mut body = fixture(name);
        body.as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(|message| message["clientId"] = json!(desk.client));
        body
    };
    assert_eq!(
        desk.comet(mine("cometd-subscribe-request")).await.json(),
        fixture("cometd-subscribe-answer")
    );
    assert_eq!(
        desk.comet(mine("cometd-first-connect-request")).await.json(),
        fixture("cometd-first-connect-answer")
    );
    let begun = Instant::now();
    assert_eq!(
        desk.comet(mine("cometd-connect-request")).await.json(),
        fixture("cometd-connect-answer-empty")
    );
    assert_eq!(
        begun.elapsed().as_secs(),
        30,
        "an idle connect is held for the whole time-out"
    );
    gws.switch().sign_in(scenery::ANN.0).unwrap();
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let with_event = desk.comet(mine("cometd-connect-request")).await.json();
    let last = with_event.as_array().unwrap().len() - 1;
    assert_eq!(with_event[last - 1]["data"]["call"]["state"], "Ringing");
    assert_eq!(
        with_event[last],
        fixture("cometd-connect-answer-with-event")[1],
        "events come before the reply"
    );
    assert_eq!(
        desk.comet(mine("cometd-disconnect-request")).await.json(),
        fixture("cometd-disconnect-answer")
    );
}

#[tokio::test(start_paused = true)]
async fn a_held_connect_is_answered_when_the_telephone_rings() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.connect(None).await }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!waiting.is_finished());
    let rang = Instant::now();
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let messages = waiting.await.unwrap();
    assert_eq!(messages[0]["data"]["call"]["state"], "Ringing");
    assert_eq!(rang.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_second_connect_cancels_the_one_that_is_held() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let body = connect(&desk);
    let first = tokio::spawn({
        let (desk, body) = (desk.clone(), body.clone());
        async move { desk.comet(body).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = desk.comet(body).await;
    assert_eq!(first.await.unwrap().status, 500);
    assert_eq!(second.json()[0]["successful"], true);
}

#[tokio::test(start_paused = true)]
async fn a_client_id_with_another_cookie_is_unknown() {
    let gws = gws(|_| {});
    let desk = shaken(&gws).await;
    desk.forget_cookie("BAYEUX_BROWSER");
    let reply = desk.comet(connect(&desk)).await;
    assert_eq!(reply.status, 200);
    same_shape(
        "cometd-unknown-client",
        &fixture("cometd-unknown-client"),
        &reply.json(),
    );
    let subscribe =
        json!([{"id": "8", "channel": "/meta/subscribe", "clientId": desk.client, "subscription": "/v2/me/calls"}]);
    assert_eq!(
        desk.comet(subscribe).await.json(),
        fixture("cometd-unknown-client-on-subscribe"),
        "no advice here"
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_that_nobody_polls_is_swept() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(desk.connect(Some(0)).await[0]["successful"], true);
    tokio::time::sleep(Duration::from_secs(11)).await;
    let reply = desk.comet(connect(&desk)).await.json();
    assert_eq!(
        (&reply[0]["error"], &reply[0]["advice"]["reconnect"]),
        (&json!("402::Unknown client"), &json!("handshake"))
    );
    assert_eq!(desk.get("me").await.status, 200, "the HTTP session is untouched");
}

#[tokio::test(start_paused = true)]
async fn a_held_connect_keeps_the_session_and_an_abandoned_one_does_not() {
    let gws = gws(|options| options.comet.timeout = Duration::from_secs(60));
    let desk = Desk::start(&gws, "ann").await;
    let waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.connect(None).await }
    });
    tokio::time::sleep(Duration::from_secs(40)).await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    assert_eq!(waiting.await.unwrap()[0]["data"]["call"]["state"], "Ringing");
    let abandoned = tokio::spawn({
        let desk = desk.clone();
        async move { desk.connect(None).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    abandoned.abort();
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(
        desk.comet(connect(&desk)).await.json()[0]["error"],
        "402::Unknown client"
    );
}

#[tokio::test(start_paused = true)]
async fn sweeping_on_order_answers_the_held_connect_with_402() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.comet(connect(&desk)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    gws.sweep_comet_sessions();
    assert_eq!(waiting.await.unwrap().json()[0]["advice"]["reconnect"], "handshake");
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_answers_the_held_connect_with_the_advice_not_to_come_back() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.comet(connect(&desk)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    desk.comet(json!([{"id": "9", "channel": "/meta/disconnect", "clientId": desk.client}]))
        .await;
    assert_eq!(waiting.await.unwrap().json()[0]["advice"]["reconnect"], "none");
}

#[tokio::test(start_paused = true)]
async fn a_second_session_from_one_jar_is_told_to_poll() {
    let gws = gws(|_| {});
    let first = Desk::start(&gws, "ann").await;
    let mut second = first.clone();
    second.handshake().await;
    let waiting = tokio::spawn({
        let first = first.clone();
        async move { first.comet(connect(&first)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    let reply = second.comet(connect(&second)).await.json();
    assert_eq!(reply[0]["advice"], fixture("cometd-multiple-clients")[0]["advice"]);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn several_messages_share_an_array_and_a_connect_among_them_is_not_held() {
    let gws = gws(|_| {});
    let desk = shaken(&gws).await;
    let begun = Instant::now();
    let body = json!([
        {"id": "2", "channel": "/meta/subscribe", "clientId": desk.client, "subscription": ["/v2/me/calls", "/v2/me"]},
        {"id": "3", "channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"},
        {"id": "4", "channel": "/meta/unsubscribe", "clientId": desk.client, "subscription": "/v2/me"},
        {"id": "5", "channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"},
    ]);
    let replies = desk.comet(body).await.json();
    let ids: Vec<&str> = replies
        .as_array()
        .unwrap()
        .iter()
        .map(|reply| reply["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["2", "3", "4", "5"]);
    assert_eq!(replies[0]["subscription"], json!(["/v2/me/calls", "/v2/me"]));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn only_subscribed_topics_arrive_and_only_the_own_events() {
    let gws = gws(|_| {});
    let mut calls_only = Desk::start(&gws, "ann").await;
    let others = Desk::start(&gws, "bob").await;
    calls_only.subscribe_anew(&["/v2/me/calls"]).await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    gws.switch().set_ready(scenery::ANN.0).unwrap();
    assert_eq!(calls_only.heard().await, ["StatusChange Ringing Inbound"]);
    assert!(others.heard().await.is_empty());
    calls_only.subscribe_anew(&["/**", "/v2/me/calls"]).await;
    gws.switch()
        .set_agent_state(scenery::ANN.0, callcontrol_testkit::switch::AgentState::WrapUp)
        .unwrap();
    assert_eq!(
        calls_only.heard().await,
        ["DeviceStateChangeMessage"],
        "two subscriptions, one copy"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_bayeux_is_refused() {
    let gws = gws(|_| {});
    let desk = shaken(&gws).await;
    let send = async |method: Method, body: &str| {
        desk.send(method, "notifications/connect", Some(body.into()))
            .await
            .status
    };
    assert_eq!(send(Method::POST, "[{").await, 400);
    assert_eq!(send(Method::GET, "[]").await, 400);
    assert_eq!(
        send(Method::POST, r#"{"channel":"/meta/connect"}"#).await,
        400,
        "a message without its array"
    );
    assert_eq!(send(Method::POST, "[17]").await, 400);
    let handshake = r#"{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}"#;
    assert_eq!(
        send(Method::POST, &format!("[{handshake},{handshake}]")).await,
        400,
        "a handshake comes alone"
    );
    let without = json!([{"id": "1", "clientId": desk.client}]);
    assert_eq!(desk.comet(without).await.json()[0]["error"], "400::channel_missing");
    let no_topic = json!([{"id": "1", "channel": "/meta/subscribe", "clientId": desk.client}]);
    assert_eq!(
        desk.comet(no_topic).await.json()[0]["error"],
        "403::subscription_missing"
    );
    let publish = json!([{"id": "1", "channel": "/v2/me/calls", "clientId": desk.client, "data": {}}]);
    assert_eq!(desk.comet(publish).await.json()[0]["successful"], false);
}

#[tokio::test(start_paused = true)]
async fn websocket_is_declined_and_a_denied_handshake_says_so() {
    let gws = gws(|_| {});
    let desk = Desk::new(&gws, "ann");
    let offer = |types: Value| json!([{"id": "1", "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": types}]);
    let both = desk.comet(offer(json!(["websocket", "long-polling"]))).await.json();
    assert_eq!(both[0]["supportedConnectionTypes"], json!(["long-polling"]));
    assert_eq!(
        desk.comet(offer(json!(["websocket"]))).await.json()[0]["successful"],
        false
    );
    gws.update_options(|options| options.comet.deny_handshake = true);
    let mut denied = desk.comet(offer(json!(["long-polling"]))).await.json();
    denied[0].as_object_mut().unwrap().remove("id");
    assert_eq!(denied, fixture("cometd-handshake-denied"));
}

#[tokio::test(start_paused = true)]
async fn without_a_session_bayeux_is_not_even_looked_at() {
    let gws = gws(|_| {});
    let mut desk = Desk::new(&gws, "ann");
    desk.basic = None;
    assert_eq!(
        desk.comet(json!([{"channel": "/meta/handshake"}])).await.code(),
        (403, 20)
    );
}

#[tokio::test(start_paused = true)]
async fn lenient_servers_take_a_single_message_and_let_events_ride_on_other_answers() {
    let gws = gws(|options| {
        options.comet.single_message = true;
        options.comet.events_ride = true;
    });
    let desk = Desk::start(&gws, "ann").await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let single = json!({"id": "8", "channel": "/meta/subscribe", "clientId": desk.client, "subscription": "/v2/me"});
    let replies = desk.comet(single).await.json();
    assert_eq!(replies[0]["successful"], true);
    assert_eq!(replies[1]["data"]["call"]["state"], "Ringing");
    assert!(desk.heard().await.is_empty(), "each event once");
}
