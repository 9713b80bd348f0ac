//! Sessions that end, servers that start anew, links that are cut: what is forgotten, and what lives on in the switch.

use std::time::Duration;

use callcontrol_simulators::scenery;
use http::Method;
use serde_json::json;

use crate::client::{Desk, OK, ann, gws, id, talking};

#[tokio::test(start_paused = true)]
async fn a_restart_forgets_every_session_and_no_call() {
    let gws = gws(|options| options.announces_recovered = true);
    let mut desk = Desk::start(&gws, "ann").await;
    let (call, name) = talking(&desk, gws.switch()).await;
    let held = tokio::spawn({
        let desk = desk.clone();
        let body = json!([{"channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"}]);
        async move {
            desk.try_send(Method::POST, "notifications", Some(body.to_string()))
                .await
        }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    gws.restart();
    assert!(held.await.unwrap().is_none(), "the held connect breaks off");
    let basic = desk.basic.take();
    assert_eq!(desk.get("me").await.code(), (403, 20));
    desk.basic = basic;
    assert_eq!(id(&desk.calls().await[0]), name, "calls survive under their ids");
    desk.handshake().await;
    let subscribe = json!([{"channel": "/meta/subscribe", "clientId": desk.client, "subscription": "/v2/me/*"}]);
    desk.comet(subscribe).await;
    assert_eq!(desk.heard().await, ["CallRecovered Established Inbound"]);
    desk.does(&name, "Hold").await;
    assert_eq!(desk.heard().await, ["StatusChange Held Inbound"]);
    assert!(gws.switch().call(call).is_some());
}

#[tokio::test(start_paused = true)]
async fn as_documented_nobody_is_told_of_recovered_calls() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    talking(&desk, gws.switch()).await;
    gws.restart();
    desk.subscribe_anew(&["/v2/me/*"]).await;
    assert!(desk.heard().await.is_empty());
    assert_eq!(desk.calls().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn behind_a_short_cut_events_wait_and_behind_a_long_one_the_session_lapses() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let body =
        json!([{"channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"}]).to_string();
    let held = tokio::spawn({
        let (desk, body) = (desk.clone(), body.clone());
        async move { desk.try_send(Method::POST, "notifications", Some(body)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    gws.cut_off();
    assert!(held.await.unwrap().is_none());
    assert!(desk.try_send(Method::GET, "me", None).await.is_none());
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    gws.reconnect();
    assert_eq!(desk.heard().await, ["StatusChange Ringing Inbound"]);
    gws.cut_off();
    tokio::time::sleep(Duration::from_secs(60)).await;
    gws.reconnect();
    let reply = desk.send(Method::POST, "notifications", Some(body)).await;
    assert_eq!(reply.json()[0]["error"], "402::Unknown client");
    assert_eq!(desk.get("me").await.code(), OK);
}

#[tokio::test(start_paused = true)]
async fn another_node_knows_neither_cookie() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    gws.fail_over();
    let connect = json!([{"channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling"}]);
    assert_eq!(
        desk.comet(connect.clone()).await.json()[0]["error"],
        "402::Unknown client"
    );
    gws.fail_over();
    desk.basic = None;
    assert_eq!(
        desk.comet(connect).await.code(),
        (403, 20),
        "without Basic Bayeux is not even looked at"
    );
    gws.update_options(|options| {
        options.http_statuses.insert(20, 401);
    });
    let denied = desk.get("me").await;
    assert_eq!(denied.code(), (401, 20));
    assert!(denied.headers.contains_key("www-authenticate"));
}

#[tokio::test(start_paused = true)]
async fn one_agents_sessions_can_be_swept_alone() {
    let gws = gws(|_| {});
    let (anns, bobs) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    gws.sweep_comet_sessions_of("101");
    assert_eq!(anns.connect(Some(0)).await[0]["successful"], false);
    assert_eq!(bobs.connect(Some(0)).await[0]["successful"], true);
}

#[tokio::test(start_paused = true)]
async fn one_agents_http_session_can_expire_alone_and_takes_the_cometd_session_along() {
    let gws = gws(|_| {});
    let (mut anns, mut bobs) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
    gws.expire_http_sessions_of("101");
    let basic = (anns.basic.take(), bobs.basic.take());
    assert_eq!(anns.get("me").await.code(), (403, 20));
    assert_eq!(bobs.get("me").await.code(), OK);
    anns.basic = basic.0;
    assert_eq!(anns.connect(Some(0)).await[0]["successful"], false);
}

#[tokio::test(start_paused = true)]
async fn a_balancer_without_stickiness_sends_messages_astray() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    gws.update_options(|options| options.comet.stray_every = 2);
    let mut successful = Vec::new();
    for _ in 0..4 {
        successful.push(desk.connect(Some(0)).await[0]["successful"] == true);
    }
    assert_eq!(
        successful.iter().filter(|one| **one).count(),
        2,
        "every other one: {successful:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_renewed_token_makes_the_old_one_worthless_until_a_get_tells_the_new_one() {
    let gws = gws(|options| options.csrf = true);
    let mut desk = Desk::new(&gws, "ann");
    let token = async |desk: &Desk| {
        desk.get("me").await.headers["x-csrf-token"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let start = || json!({"operationName": "StartContactCenterSession", "channels": ["voice"]});
    desk.headers = vec![("X-CSRF-TOKEN".into(), token(&desk).await)];
    assert_eq!(desk.post("me", start()).await.code(), OK);
    gws.renew_csrf_tokens();
    let refused = desk.post("me", start()).await;
    assert_eq!((refused.status, refused.text.contains("Csrf")), (403, true));
    desk.headers = vec![("X-CSRF-TOKEN".into(), token(&desk).await)];
    assert_eq!(desk.post("me", start()).await.code(), OK);
}
