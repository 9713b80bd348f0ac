//! The acknowledged-messages extension: what was lost on the way comes again.

use callcontrol_simulators::gws::{AckExtension, GwsFault, GwsRequests, GwsSimulator};
use callcontrol_simulators::scenery;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Desk, ann, gws, talking};
use crate::fixtures::{fixture, same_shape};

/// Ann's desk with acknowledgements agreed and everything subscribed.
async fn agreed(gws: &GwsSimulator) -> Desk {
    let mut desk = Desk::start(gws, "ann").await;
    let reply = desk.comet(handshake()).await.json();
    desk.client = reply[0]["clientId"].as_str().unwrap().into();
    desk.comet(json!([{"channel": "/meta/subscribe", "clientId": desk.client, "subscription": "/v2/me/*"}]))
        .await;
    acknowledge(&desk, 0).await;
    desk
}

fn handshake() -> Value {
    json!([{"id": "1", "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"], "ext": {"ack": true}}])
}

fn connect(desk: &Desk, ack: u64) -> Value {
    json!([{
        "id": "5", "channel": "/meta/connect", "clientId": desk.client, "connectionType": "long-polling",
        "advice": {"timeout": 0}, "ext": {"ack": ack},
    }])
}

/// Connects with this acknowledgement: the states of the calls told, and the batch to acknowledge next.
async fn acknowledge(desk: &Desk, ack: u64) -> (Vec<Value>, u64) {
    let mut messages = desk.comet(connect(desk, ack)).await.json().as_array().unwrap().clone();
    let reply = messages.pop().unwrap();
    let states = messages
        .iter()
        .map(|message| message["data"]["call"]["state"].clone())
        .collect();
    (states, reply["ext"]["ack"].as_u64().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_server_with_the_extension_confirms_it_and_one_without_is_silent() {
    let gws = gws(|options| options.comet.ack = AckExtension::Flag);
    let desk = Desk::new(&gws, "ann");
    let answer = desk.comet(handshake()).await.json();
    same_shape(
        "cometd-handshake-ack-answer",
        &fixture("cometd-handshake-ack-answer"),
        &answer,
    );
    let told = async |extension| {
        gws.update_options(|options| options.comet.ack = extension);
        desk.comet(handshake()).await.json()[0]["ext"]["ack"].clone()
    };
    assert_eq!(told(AckExtension::Absent).await, Value::Null);
    assert_eq!(told(AckExtension::Refused).await, false);
    assert_eq!(told(AckExtension::Batch).await, json!({"enabled": true, "batch": 0}));
    let unasked = json!([{"id": "1", "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]);
    assert_eq!(desk.comet(unasked).await.json()[0]["ext"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_answer_was_lost_comes_again_until_it_is_acknowledged() {
    let gws = gws(|options| options.comet.ack = AckExtension::Flag);
    let desk = agreed(&gws).await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    gws.fail_next(GwsRequests::Comet("/meta/connect".into()), GwsFault::ReplyLost);
    let lost = desk
        .try_send(
            Method::POST,
            "notifications/connect",
            Some(connect(&desk, 0).to_string()),
        )
        .await;
    assert!(lost.is_none());
    let (again, batch) = acknowledge(&desk, 0).await;
    assert_eq!(again, ["Ringing"]);
    let (still, same) = acknowledge(&desk, 0).await;
    assert_eq!(
        (still, same),
        (vec![json!("Ringing")], batch),
        "nobody said that it arrived"
    );
    assert_eq!(acknowledge(&desk, batch).await.0, Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn what_came_since_follows_what_was_not_acknowledged() {
    let gws = gws(|options| {
        options.comet.ack = AckExtension::Batch;
        options.comet.events_ride = true;
    });
    let desk = agreed(&gws).await;
    gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
    let (_, first) = acknowledge(&desk, 0).await;
    let call = gws.switch().ringing_at(&ann()).unwrap();
    gws.switch().answer(&ann(), call).unwrap();
    let rider = json!([{"id": "8", "channel": "/meta/subscribe", "clientId": desk.client, "subscription": "/v2/me"}]);
    assert_eq!(
        desk.comet(rider).await.json().as_array().unwrap().len(),
        1,
        "with acknowledgements events come on connect replies only"
    );
    let (both, second) = acknowledge(&desk, 0).await;
    assert_eq!(both, ["Ringing", "Established"]);
    assert_eq!(second, first + 1);
    let (last, _) = acknowledge(&desk, first).await;
    assert_eq!(last, ["Established"]);
}

#[tokio::test(start_paused = true)]
async fn without_the_extension_a_lost_answer_loses_its_events() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    desk.does(&name, "Hold").await;
    gws.fail_next(GwsRequests::Comet("/meta/connect".into()), GwsFault::ReplyLost);
    let body = connect(&desk, 0).to_string();
    assert!(desk.try_send(Method::POST, "notifications", Some(body)).await.is_none());
    assert!(desk.heard().await.is_empty());
}
