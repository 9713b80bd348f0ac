//! Days at the desk in which everything happens for which there is an event; each answers what its polls brought.

use std::time::Duration;

use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator, PlaybackEnd};
use callcontrol_simulators::scenery::{ANN, BOB, CUSTOMER, EVE, PIN_CHECK, THIRD_PARTY};
use callcontrol_testkit::switch::{AgentState, Behaviour, Party};
use serde_json::{Value, json};

use crate::client::{Desk, customer_calls, gateway_with, third_party};

/// All of them, with these options.
pub(crate) async fn all(change: impl Fn(&mut CcGatewayOptions)) -> Vec<Vec<Value>> {
    vec![
        calls(gateway_with(&change)).await,
        sign_out(gateway_with(&change)).await,
        states(gateway_with(&change)).await,
        media(gateway_with(&change)).await,
        linked_phone(gateway_with(&change)).await,
        outside(gateway_with(&change)).await,
    ]
}

async fn answers(desk: &mut Desk) -> Vec<Value> {
    let mut answers = Vec::new();
    loop {
        let answer = desk.poll().await.json();
        if answer.get("event").is_none() && answer.get("eventType").is_none() {
            return answers;
        }
        answers.push(answer);
    }
}

fn answer(gateway: &CcGatewaySimulator, party: &Party) {
    let call = gateway.switch().ringing_at(party).unwrap();
    gateway.switch().answer(party, call).unwrap();
}

fn sign_in() -> Value {
    json!({ "password": "cti-secret", "phonenum": "7001", "autoanswer": false })
}

async fn calls(gateway: CcGatewaySimulator) -> Vec<Value> {
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(sign_in()).await;
    customer_calls(gateway.switch());
    gateway.switch().no_answer(&Party::agent(ANN.0)).unwrap();
    let call = customer_calls(gateway.switch());
    answer(&gateway, &Party::agent(ANN.0));
    ann.transfer(2, BOB.0, 2).await;
    ann.transfer(2, BOB.0, 0).await;
    ann.transfer(3, PIN_CHECK, 1).await;
    gateway.switch().ivr_finished(call).unwrap();
    ann.voice_with("POST", "innerhelp", json!({ "dstaddress": BOB.0 }))
        .await;
    ann.voice("POST", "hold").await;
    ann.voice_with("PUT", "callout", json!({ "called": THIRD_PARTY })).await;
    answer(&gateway, &third_party());
    ann.voice_with("POST", "confjoin", json!({ "callid": gateway.call_id(call, ANN.0) }))
        .await;
    ann.voice("DELETE", "release").await;
    gateway.switch().hang_up(&Party::outside(CUSTOMER), call).unwrap();
    ann.voice_with("PUT", "callinner", json!({ "called": BOB.0 })).await;
    gateway
        .switch()
        .set_behaviour(&third_party(), Behaviour::Rejects)
        .unwrap();
    ann.voice_with("PUT", "callout", json!({ "called": THIRD_PARTY })).await;
    ann.ask("POST", "onlineagent/101/autoanswer/true", None).await;
    customer_calls(gateway.switch());
    ann.voice("DELETE", "release").await;
    answers(&mut ann).await
}

/// The last event is fetched only by a poll that waits already.
async fn sign_out(gateway: CcGatewaySimulator) -> Vec<Value> {
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(sign_in()).await;
    let mut all = answers(&mut ann).await;
    gateway.update_options(|options| options.poll_wait = Duration::from_secs(10));
    let mut waiting = ann.clone();
    let poll = tokio::spawn(async move { waiting.poll().await });
    tokio::task::yield_now().await;
    ann.ask("DELETE", "onlineagent/101/logout", None).await;
    all.push(poll.await.unwrap().json());
    all
}

async fn states(gateway: CcGatewaySimulator) -> Vec<Value> {
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(sign_in()).await;
    for step in [
        "saybusy",
        "cancelbusy",
        "work",
        "cancelwork",
        "rest/60/200",
        "cancelrest",
        "rest/60/200",
    ] {
        ann.ask("POST", &format!("onlineagent/101/{step}"), None).await.result();
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    ann.ask("POST", "onlineagent/101/sayfree", None).await.result();
    for state in [AgentState::Busy { reason: None }, AgentState::Ready] {
        gateway.switch().set_agent_state(ANN.0, state).unwrap();
    }
    ann.ask("POST", "onlineagent/101/autoenteridle/false", None)
        .await
        .result();
    customer_calls(gateway.switch());
    ann.voice("PUT", "answer").await.result();
    ann.voice("DELETE", "release").await.result();
    answers(&mut ann).await
}

async fn media(gateway: CcGatewaySimulator) -> Vec<Value> {
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(sign_in()).await;
    let file = json!({ "voicepath": "Y:/1/0/a.V3", "times": 1 });
    ann.ask("PUT", "recordplay/101/play", Some(file.clone())).await.result();
    ann.ask("POST", "recordplay/101/pauseplay", None).await.result();
    ann.ask("POST", "recordplay/101/resumeplay", None).await.result();
    ann.ask("DELETE", "recordplay/101/stopplay", None).await.result();
    ann.ask("PUT", "recordplay/101/play", Some(file)).await.result();
    assert!(gateway.end_playback(ANN.0, PlaybackEnd::Finished));
    let eve = Desk::signed_in(&gateway, EVE, 4).await;
    let note = json!({ "agentIds": [101], "content": "Lunch is at noon" });
    eve.ask("POST", "onlineagent/103/sendnoteletex", Some(note))
        .await
        .result();
    let bulletin = json!({ "targettype": 0, "targetname": "Front desk", "bulletindata": "Lunch is at noon" });
    eve.ask("POST", "onlineagent/103/notifybulletin", Some(bulletin))
        .await
        .result();
    answers(&mut ann).await
}

/// What is done at the switch without the gateway is done on the telephone.
async fn linked_phone(gateway: CcGatewaySimulator) -> Vec<Value> {
    let mut ann = Desk::at(&gateway, ANN);
    let mut body = sign_in();
    body["phonelinkage"] = json!(true);
    ann.sign_in(body).await;
    let switch = gateway.switch();
    let call = customer_calls(switch);
    ann.voice("POST", "phonepickup").await.result();
    switch.hold(ANN.0, call).unwrap();
    switch.retrieve(ANN.0, call).unwrap();
    switch.transfer_release_after(ANN.0, call, &third_party()).unwrap();
    switch.answer(&third_party(), call).unwrap();
    switch.hang_up(&third_party(), call).unwrap();
    switch.dial(ANN.0, &third_party()).unwrap();
    ann.voice("PUT", "phonehangup").await.result();
    answers(&mut ann).await
}

async fn outside(gateway: CcGatewaySimulator) -> Vec<Value> {
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(sign_in()).await;
    let call = customer_calls(gateway.switch());
    gateway.switch().hang_up(&Party::outside(CUSTOMER), call).unwrap();
    let call = customer_calls(gateway.switch());
    ann.voice("PUT", "answer").await.result();
    ann.transfer(5, THIRD_PARTY, 2).await;
    gateway.switch().answer(&third_party(), call).unwrap();
    gateway.switch().hang_up(&third_party(), call).unwrap();
    assert!(gateway.offer_preview(ANN.0, 7, THIRD_PARTY));
    let task = json!({ "called": THIRD_PARTY, "callcontrolid": 7 });
    ann.voice_with("PUT", "previewCallout", task).await.result();
    answers(&mut ann).await
}
