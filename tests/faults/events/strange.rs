//! Rows 24, 27 and 59: events that nobody knows, of calls that nobody knows, of other agents, and too many of them.

use std::time::Duration;

use callcontrol::*;
use callcontrol_simulators::scenery;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::ours::stage::{CC_GATEWAY, Face, Reader, Stage, TELEPHONY};

/// Something of a kind that no page knows.
fn unknown_kind(number: u64) -> Value {
    json!({ "eventType": "AgentEvent_Of_Tomorrow", "content": { "number": number } })
}

/// Tells Ann that a call nobody has heard of was held.
fn tell_of_an_unknown_call(face: &Face) {
    match face {
        Face::CcGateway(simulator) => {
            let content = json!({ "callid": "1700000000-4711" });
            assert!(simulator.inject(
                scenery::ANN.0,
                json!({ "eventType": "AgentEvent_Hold", "content": content })
            ));
        }
        Face::Gws(simulator) => {
            let call = json!({
                "id": "0099NOBODY", "state": "Held", "callType": "Inbound", "capabilities": [],
                "uri": "http://simulator.test/api/v2/me/calls/0099NOBODY", "deviceUri": "http://simulator.test/api/v2/devices/7001",
                "participants": [{ "phoneNumber": "2065550999" }],
            });
            let data =
                json!({ "messageType": "CallStateChangeMessage", "notificationType": "StatusChange", "call": call });
            simulator.send_event(scenery::ANN.0, "/v2/me/calls", data);
        }
        Face::Oifde(_) => {}
    }
}

fn tell_of_an_unknown_kind(face: &Face, number: u64) {
    match face {
        Face::CcGateway(simulator) => assert!(simulator.inject(scenery::ANN.0, unknown_kind(number))),
        Face::Gws(simulator) => simulator.send_unknown_event(scenery::ANN.0),
        Face::Oifde(_) => {}
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_kind_is_passed_on_with_its_text_and_an_unknown_call_breaks_nothing() {
    for adapter in TELEPHONY {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let mut reader = Reader::of(&stage.control);
        tell_of_an_unknown_kind(&stage.face, 1);
        let at = reader
            .until(|item| matches!(item, FeedItem::Event(event) if is_other(event)))
            .await;
        let FeedItem::Event(event) = &reader.items[at] else {
            unreachable!()
        };
        assert!(event.raw.is_some(), "{adapter}: without the vendor's text");
        tell_of_an_unknown_call(&stage.face);
        reader.until_quiet(Duration::from_secs(2)).await;
        assert!(talk.call.hold().await.unwrap().outcome().await.is_done(), "{adapter}");
        reader.until(|item| matches!(item, FeedItem::Event(event) if event.kind == EventKind::Held && event.call.as_ref() == Some(talk.call.id()))).await;
        let held = talk.call.view().await.unwrap().unwrap();
        assert_eq!(held.state, LegState::Held, "{adapter}");
        stage.stop().await;
    }
}

fn is_other(event: &Event) -> bool {
    matches!(event.kind, EventKind::Other { .. })
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_events_is_told_as_lag_and_delays_no_command() {
    for adapter in TELEPHONY {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let idle = took(talk.call.hold()).await;
        took(talk.call.retrieve()).await;
        let mut slow = stage.control.subscribe(Filter::all().backlog(16));
        assert!(matches!(slow.next().await, Some(FeedItem::Snapshot(_))));
        for number in 0..5_000 {
            tell_of_an_unknown_kind(&stage.face, number);
        }
        // The first of them are on their way.
        sleep(Duration::from_millis(1)).await;
        let flooded = took(talk.call.hold()).await;
        assert!(
            flooded <= idle * 2 + Duration::from_millis(1),
            "{adapter}: {idle:?} idle, {flooded:?} in the flood"
        );
        sleep(Duration::from_secs(600)).await;
        assert!(
            matches!(slow.next().await, Some(FeedItem::Gap(gap)) if gap.reason == GapReason::SlowReader && gap.missed.is_some()),
            "{adapter}"
        );
        assert!(matches!(slow.next().await, Some(FeedItem::Snapshot(_))), "{adapter}");
        assert_eq!(
            talk.call.view().await.unwrap().unwrap().state,
            LegState::Held,
            "{adapter}"
        );
        stage.stop().await;
    }
}

/// How long the vendor's yes took; in virtual time, in which only what waits for something takes any.
async fn took(command: impl Future<Output = Result<Receipt>>) -> Duration {
    let started = Instant::now();
    let receipt = command.await.unwrap();
    let took = started.elapsed();
    receipt.outcome().await;
    took
}

#[tokio::test(start_paused = true)]
async fn an_event_for_another_agent_changes_nothing_here() {
    let stage = Stage::new(CC_GATEWAY);
    let talk = stage.talks().await;
    sleep(Duration::from_secs(1)).await;
    let mut reader = Reader::of(&stage.control);
    let Face::CcGateway(simulator) = &stage.face else {
        unreachable!()
    };
    let native = simulator.call_id(talk.at_switch, scenery::ANN.0).unwrap();
    let foreign = json!({ "eventType": "AgentEvent_Hold", "workNo": "102", "content": { "callid": native } });
    assert!(simulator.inject(scenery::ANN.0, foreign));
    reader.until_quiet(Duration::from_secs(30)).await;
    assert_eq!(reader.events().count(), 0, "{:?}", reader.kinds());
    assert_eq!(talk.call.view().await.unwrap().unwrap().state, LegState::Talking);
    stage.stop().await;
}
