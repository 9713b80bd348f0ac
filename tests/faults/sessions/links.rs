//! Rows 32 and 58: a server that flaps, and a call whose end nobody told.

use std::time::Duration;

use callcontrol::*;
use callcontrol_simulators::cc_gateway::EventMischief;
use callcontrol_simulators::scenery;
use tokio::time::sleep;

use crate::ours::stage::{CC_GATEWAY, Face, GWS, Reader, Stage, TELEPHONY};

/// Two seconds up, two seconds down, for five minutes: pauses grow all the same, and in the end the agent is there.
#[tokio::test(start_paused = true)]
async fn a_server_that_flaps_is_not_asked_more_often_because_it_answered_once() {
    for adapter in TELEPHONY {
        let stage = Stage::with(adapter, |options| {
            options.cc_gateway.poll_wait = Duration::from_millis(500)
        });
        let talk = stage.talks().await;
        sleep(Duration::from_secs(5)).await;
        let mut reader = Reader::of(&stage.control);
        let mut in_vain = Vec::new();
        for _ in 0..OUTAGES {
            let before = stage.line.attempts();
            cut(&stage, true);
            sleep(Duration::from_secs(2)).await;
            in_vain.push(stage.line.attempts() - before);
            cut(&stage, false);
            sleep(Duration::from_secs(2)).await;
        }
        let (first, later): (u64, u64) = (in_vain[..5].iter().sum(), in_vain[5..].iter().sum());
        assert!(first >= 2, "{adapter}: the outages were not noticed: {in_vain:?}");
        // With pauses that began anew after each short success, the later ones would be like the first.
        assert!(later * 5 < first * (OUTAGES - 5) * 4 / 5, "{adapter}: {in_vain:?}");
        reader.until_quiet(Duration::from_secs(200)).await;
        let last = reader.session_states().last().copied();
        assert_eq!(last, Some(SessionState::Active), "{adapter}");
        let view = talk.ann.snapshot().await.unwrap().unwrap();
        assert_eq!(view.calls.len(), 1, "{adapter}");
        stage.stop().await;
    }
}

const OUTAGES: u64 = 75;

/// Nobody reaches the server; what was held breaks off too.
fn cut(stage: &Stage, cut: bool) {
    stage.line.down(cut);
    match &stage.face {
        Face::Gws(simulator) if cut => simulator.cut_off(),
        Face::Gws(simulator) => simulator.reconnect(),
        Face::CcGateway(_) | Face::Oifde(_) => {}
    }
}

/// Everything that was told of the call's end is lost on the way.
fn lose_the_end(face: &Face) {
    match face {
        Face::CcGateway(simulator) => {
            (0..20).for_each(|_| simulator.disturb_event(scenery::ANN.0, "", EventMischief::Lost));
        }
        Face::Gws(simulator) => simulator.lose_events(scenery::ANN.0, 20),
        Face::Oifde(_) => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_of_genesys_whose_end_was_not_told_is_found_out_and_ended_as_reconciled() {
    found_out(GWS).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_of_cc_gateway_whose_end_was_not_told_is_found_out_and_ended_as_reconciled() {
    found_out(CC_GATEWAY).await;
}

async fn found_out(adapter: &'static str) {
    let stage = Stage::new(adapter);
    let talk = stage.talks().await;
    sleep(Duration::from_secs(5)).await;
    let mut reader = Reader::of(&stage.control);
    lose_the_end(&stage.face);
    stage.customer_hangs_up(talk.at_switch);
    sleep(Duration::from_secs(30)).await;
    let ends = |event: &Event| event.call.as_ref() == Some(talk.call.id()) && event.state.is_none();
    let at = reader
        .until(|item| matches!(item, FeedItem::Event(event) if ends(event)))
        .await;
    let FeedItem::Event(event) = &reader.items[at] else {
        unreachable!()
    };
    assert_eq!(event.provenance, Provenance::Synthesized, "{adapter}: {event:?}");
    assert!(reader.gaps() > 0, "{adapter}: nobody said that something was missed");
    stage.stop().await;
}
