//! Row 18: events overtake each other. A call that is over stays over, and at rest the picture is the switch's.

use std::time::Duration;

use callcontrol::*;
use callcontrol_simulators::cc_gateway::EventMischief;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Party;
use serde_json::json;
use tokio::time::sleep;

use crate::ours::stage::{CC_GATEWAY, Face, GWS, Reader, Stage};

/// Between two things that people do, so that each has an event of its own.
const PAUSE: Duration = Duration::from_millis(300);
/// Longer than it takes until an adapter asks for the state by itself.
const REST: Duration = Duration::from_secs(600);

/// A whole call by hand at Ann's telephone: it rings, is answered, held, retrieved, and over.
async fn a_call(stage: &Stage) {
    let (switch, ann) = (stage.switch(), Party::agent(scenery::ANN.0));
    let call = stage.customer_calls();
    sleep(PAUSE).await;
    switch.answer(&ann, call).unwrap();
    sleep(PAUSE).await;
    switch.hold(scenery::ANN.0, call).unwrap();
    sleep(PAUSE).await;
    switch.retrieve(scenery::ANN.0, call).unwrap();
    sleep(PAUSE).await;
    stage.customer_hangs_up(call);
    sleep(PAUSE).await;
}

/// No event after a call's end speaks of it, and nothing is left at rest.
async fn nothing_came_back_to_life(stage: &Stage, reader: &mut Reader, ann: &Session, how: &str) {
    sleep(REST).await;
    reader.until_quiet(Duration::from_secs(1)).await;
    let mut over: Vec<CallId> = Vec::new();
    for event in reader.events() {
        let Some(call) = &event.call else { continue };
        let ends = matches!(event.kind, EventKind::Released { .. } | EventKind::Unanswered);
        assert!(
            !over.contains(call),
            "{}, {how}: {:?} after the end: {:?}",
            stage.adapter,
            event.kind,
            reader.kinds()
        );
        if ends {
            over.push(call.clone());
        }
    }
    let view = ann.snapshot().await.unwrap().unwrap();
    assert!(view.calls.is_empty(), "{}, {how}: {:?}", stage.adapter, view.calls);
}

#[tokio::test(start_paused = true)]
async fn an_event_of_cc_gateway_that_is_overtaken_brings_no_call_back() {
    for overtaken in ["Ringing", "Talking", "Hold", "Release", "AgentState", ""] {
        let stage = Stage::new(CC_GATEWAY);
        let ann = stage.sign_in().await;
        let mut reader = Reader::of(&stage.control);
        sleep(PAUSE).await;
        let Face::CcGateway(simulator) = &stage.face else {
            unreachable!()
        };
        for _ in 0..2 {
            simulator.disturb_event(scenery::ANN.0, overtaken, EventMischief::Overtaken);
        }
        a_call(&stage).await;
        simulator.behave();
        // Something follows, so that nothing is held back any more.
        ann.set_state(AgentStateRequest::NotReady { reason: None })
            .await
            .unwrap();
        nothing_came_back_to_life(&stage, &mut reader, &ann, overtaken).await;
        stage.stop().await;
    }
}

/// Word of the call that comes after its end, in every order of three.
#[tokio::test(start_paused = true)]
async fn events_of_cc_gateway_that_come_after_the_end_bring_no_call_back() {
    for order in permutations(3) {
        let stage = Stage::new(CC_GATEWAY);
        let talk = stage.talks().await;
        sleep(PAUSE).await;
        let mut reader = Reader::of(&stage.control);
        let Face::CcGateway(simulator) = &stage.face else {
            unreachable!()
        };
        let native = simulator.call_id(talk.at_switch, scenery::ANN.0).unwrap();
        stage.customer_hangs_up(talk.at_switch);
        sleep(PAUSE).await;
        for at in &order {
            let kind = ["AgentEvent_Talking", "AgentEvent_Hold", "AgentEvent_Call_Release"][*at];
            let late = json!({ "eventType": kind, "content": { "callid": native } });
            assert!(simulator.inject(scenery::ANN.0, late));
        }
        nothing_came_back_to_life(&stage, &mut reader, &talk.ann, &format!("{order:?}")).await;
        assert!(!reader.kinds().is_empty());
        stage.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn notifications_of_genesys_in_any_order_bring_no_call_back() {
    let mut orders = 0;
    for order in permutations(5) {
        let stage = Stage::new(GWS);
        let ann = stage.sign_in().await;
        let mut reader = Reader::of(&stage.control);
        sleep(PAUSE).await;
        let Face::Gws(simulator) = &stage.face else {
            unreachable!()
        };
        simulator.withhold_events(scenery::ANN.0);
        a_call(&stage).await;
        let withheld = simulator.withheld_events(scenery::ANN.0);
        assert!(withheld.len() >= 5, "{withheld:?}");
        let mut left: Vec<usize> = (0..withheld.len()).collect();
        let mut told = Vec::new();
        for wanted in &order {
            let at = left.iter().position(|number| number == wanted).unwrap();
            left.remove(at);
            assert!(simulator.release_event(scenery::ANN.0, at));
            told.push(withheld[*wanted].clone());
            sleep(PAUSE).await;
        }
        simulator.release_events(scenery::ANN.0);
        nothing_came_back_to_life(&stage, &mut reader, &ann, &format!("{told:?}")).await;
        stage.stop().await;
        orders += 1;
    }
    assert_eq!(orders, 120);
}

/// All orders of the numbers below `n`.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for next in 0..n {
        let grown = all.iter().flat_map(|order: &Vec<usize>| {
            (0..=order.len()).map(move |at| {
                let mut order = order.clone();
                order.insert(at, next);
                order
            })
        });
        all = grown.collect();
    }
    all
}
