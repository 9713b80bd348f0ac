//! Advice in all its forms, unknown clients in all theirs, and what a server does about transports that it does not have.

use std::time::Duration;

use callcontrol_simulators::gws::{GwsAdvice, GwsReconnect, UnknownAdvice};
use callcontrol_simulators::scenery;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Desk, OK, ann, gws};

fn connect(desk: &Desk) -> Value {
    json!([{"id": "5", "channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"}])
}

async fn holding(desk: &Desk) -> tokio::task::JoinHandle<Value> {
    let held = tokio::spawn({
        let desk = desk.clone();
        async move { desk.comet(connect(&desk)).await.json() }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!held.is_finished());
    held
}

#[tokio::test(start_paused = true)]
async fn a_held_connect_is_told_to_come_back_later() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let held = holding(&desk).await;
    gws.advise("101", &GwsAdvice::new(GwsReconnect::Retry).interval(3000).timeout(9000));
    let reply = held.await.unwrap();
    assert_eq!(
        reply[0]["advice"],
        json!({"reconnect": "retry", "interval": 3000, "timeout": 9000})
    );
    assert_eq!(desk.connect(Some(0)).await[0]["successful"], true, "the session lives");
}

#[tokio::test(start_paused = true)]
async fn advice_to_shake_hands_or_to_stay_away_ends_the_session() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    gws.advise("101", &GwsAdvice::new(GwsReconnect::Handshake));
    let reply = desk.connect(None).await;
    assert_eq!(reply[0]["advice"], json!({"reconnect": "handshake"}));
    assert_eq!(desk.connect(None).await[0]["error"], "402::Unknown client");
    desk.subscribe_anew(&["/v2/me/calls"]).await;
    let held = holding(&desk).await;
    gws.advise(
        "101",
        &GwsAdvice::new(GwsReconnect::None)
            .error("403::Go away")
            .multiple_clients(),
    );
    let reply = held.await.unwrap();
    assert_eq!(
        (&reply[0]["successful"], &reply[0]["error"]),
        (&json!(false), &json!("403::Go away"))
    );
    assert_eq!(
        reply[0]["advice"],
        json!({"reconnect": "none", "multiple-clients": true})
    );
}

#[tokio::test(start_paused = true)]
async fn advice_comes_again_when_it_changes() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    assert_eq!(desk.connect(Some(0)).await[0]["advice"], Value::Null);
    gws.update_options(|options| options.comet.interval = Duration::from_millis(250));
    assert_eq!(desk.connect(Some(0)).await[0]["advice"]["interval"], 250);
    assert_eq!(desk.connect(Some(0)).await[0]["advice"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_client_is_told_so_in_the_words_of_other_servers() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    desk.client = "gone".into();
    let subscribe = json!([{"id": "8", "channel": "/meta/subscribe", "clientId": "gone", "subscription": "/v2/me"}]);
    let mut told = Vec::new();
    for (words, advice) in [
        ("402::session_unknown", UnknownAdvice::Always),
        ("401:{client}:Unknown client", UnknownAdvice::Never),
    ] {
        gws.update_options(|options| {
            options.comet.unknown_client = words.into();
            options.comet.unknown_advice = advice;
        });
        let reply = desk.comet(connect(&desk)).await.json();
        let other = desk.comet(subscribe.clone()).await.json();
        assert_eq!(reply[0]["error"], other[0]["error"]);
        told.push((reply[0]["error"].clone(), other[0]["advice"]["reconnect"].clone()));
    }
    assert_eq!(told[0], (json!("402::session_unknown"), json!("handshake")));
    assert_eq!(told[1], (json!("401:gone:Unknown client"), Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_websocket_is_offered_and_refused() {
    let gws = gws(|options| {
        options.comet.offers_websocket = true;
        options.comet.websocket_refusal = 501;
    });
    let mut desk = Desk::new(&gws, "ann");
    let offer = json!([{"id": "1", "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["websocket", "long-polling"]}]);
    let reply = desk.comet(offer).await.json();
    assert_eq!(
        reply[0]["supportedConnectionTypes"],
        json!(["websocket", "long-polling"])
    );
    desk.headers = vec![
        ("connection".into(), "Upgrade".into()),
        ("upgrade".into(), "websocket".into()),
    ];
    assert_eq!(desk.get("notifications").await.status, 501);
    desk.headers.clear();
    assert_eq!(desk.get("me").await.code(), OK);
}

#[tokio::test(start_paused = true)]
async fn every_path_below_the_endpoint_is_the_endpoint() {
    let gws = gws(|_| {});
    let desk = Desk::new(&gws, "ann");
    let offer = json!([{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]);
    for path in [
        "notifications",
        "notifications/",
        "notifications/handshake",
        "notifications/a/b",
    ] {
        let got = desk.send(Method::POST, path, Some(offer.to_string())).await;
        assert_eq!(got.json()[0]["successful"], true, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_and_other_requests_pass_beside_a_held_connect() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let held = holding(&desk).await;
    let publish = json!([{"id": "6", "channel": "/v2/me/calls", "clientId": desk.client, "data": {"x": 1}}]);
    let refused = desk.comet(publish).await.json();
    assert_eq!(
        (&refused[0]["successful"], &refused[0]["id"]),
        (&json!(false), &json!("6")),
        "nobody but the server publishes"
    );
    let leave =
        json!([{"id": "7", "channel": "/meta/unsubscribe", "clientId": desk.client, "subscription": "/v2/me/*"}]);
    assert_eq!(desk.comet(leave).await.json()[0]["successful"], true);
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!held.is_finished(), "not subscribed any more");
    let come = json!([{"id": "8", "channel": "/meta/subscribe", "clientId": desk.client, "subscription": "/**"}]);
    desk.comet(come).await;
    let call = gws.switch().ringing_at(&ann()).unwrap();
    gws.switch().answer(&ann(), call).unwrap();
    assert_eq!(held.await.unwrap()[0]["data"]["call"]["state"], "Established");
}

#[tokio::test(start_paused = true)]
async fn a_replaced_connect_can_get_an_ordinary_reply() {
    let gws = gws(|options| options.comet.replaced_connect = 200);
    let desk = Desk::start(&gws, "ann").await;
    let held = holding(&desk).await;
    gws.update_options(|options| options.comet.timeout = Duration::from_secs(2));
    assert_eq!(desk.connect(None).await[0]["successful"], true);
    assert_eq!(held.await.unwrap()[0]["successful"], true);
}

#[tokio::test(start_paused = true)]
async fn the_browser_cookie_may_be_ignored_and_events_may_be_tagged() {
    let gws = gws(|options| {
        options.comet.demands_browser_cookie = false;
        options.comet.tags_events = true;
    });
    let desk = Desk::start(&gws, "ann").await;
    desk.forget_cookie("BAYEUX_BROWSER");
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let messages = desk.connect(Some(0)).await;
    assert_eq!(messages[0]["clientId"], json!(desk.client));
    assert!(messages[0]["id"].is_string());
}
