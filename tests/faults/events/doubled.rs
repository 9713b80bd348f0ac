//! Row 17: each kind of event comes twice, and is told once.

use std::collections::BTreeSet;
use std::time::Duration;

use callcontrol::*;
use callcontrol_simulators::cc_gateway::EventMischief;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, Party};
use tokio::time::sleep;

use crate::ours::stage::{CC_GATEWAY, Face, GWS, Reader, Stage};

/// What a reader was told, in order: on which call, what, and the leg's state after it.
type Told = Vec<(Option<CallId>, EventKind, Option<LegState>)>;

/// A day of Ann's with every kind of event that the vendor has for her.
async fn day(stage: &Stage) -> Told {
    let mut reader = Reader::of(&stage.control);
    let bob = stage.bob(Behaviour::Answers);
    let third = Party::outside(scenery::THIRD_PARTY);
    let unanswered = stage.rings().await;
    stage.customer_hangs_up(unanswered.at_switch);
    breath().await;
    let ann = unanswered.ann;

    let call = answered(stage, &ann).await;
    settled(call.hold().await).await;
    settled(call.retrieve().await).await;
    settled(call.mute().await).await;
    settled(call.unmute().await).await;
    settled(call.send_dtmf(Dtmf::new("12").unwrap()).await).await;
    settled(call.patch_data(CallDataPatch::set("order", "77")).await).await;
    let consult = call.consult(stage.to_bob()).await.unwrap();
    assert!(consult.answered().await.unwrap().is_done());
    settled(consult.cancel().await.map_err(|unfinished| unfinished.error)).await;
    let consult = call.consult(stage.to_bob()).await.unwrap();
    assert!(consult.answered().await.unwrap().is_done());
    settled(consult.complete().await.map_err(|unfinished| unfinished.error)).await;
    hung_up(stage, &bob).await;

    let call = answered(stage, &ann).await;
    stage.switch().set_behaviour(&bob, Behaviour::Busy).unwrap();
    settled(call.release_after_transfer(stage.to_bob()).await).await;
    settled(call.suspend_to(Target::ivr(scenery::PIN_CHECK).unwrap()).await).await;
    if let Some(call) = stage.switch().calls_of(&Party::ivr(scenery::PIN_CHECK)).first() {
        stage.switch().ivr_finished(call.id).unwrap();
    }
    breath().await;
    stage.switch().set_behaviour(&bob, Behaviour::Answers).unwrap();
    if let Ok(consult) = call.start_consult(StartConsult::new(stage.to_bob()).three_way()).await {
        settled(consult.merge().await.map_err(|unfinished| unfinished.error)).await;
    }
    settled(call.release().await).await;
    hung_up(stage, &bob).await;

    for behaviour in [Behaviour::Answers, Behaviour::Rejects] {
        stage.switch().set_behaviour(&third, behaviour).unwrap();
        let to = Target::number(scenery::THIRD_PARTY).unwrap();
        settled(ann.dial(Dial::to(to)).await).await;
        hung_up(stage, &third).await;
    }
    settled(ann.set_state(AgentStateRequest::NotReady { reason: None }).await).await;
    reader.until_quiet(Duration::from_secs(20)).await;
    assert_eq!(reader.gaps(), 0, "{}: {:?}", stage.adapter, reader.items);
    let told = reader
        .events()
        .map(|event| (event.call.clone(), event.kind.clone(), event.state));
    told.collect()
}

async fn answered(stage: &Stage, ann: &Session) -> Call {
    settled(ann.set_state(AgentStateRequest::Ready).await).await;
    stage.customer_calls();
    let call = ann.next_offered().await.unwrap();
    settled(call.answer().await).await;
    call
}

/// What this vendor does not do is no part of the story.
async fn settled(accepted: Result<Receipt>) {
    if let Ok(receipt) = accepted {
        receipt.outcome().await;
    }
    breath().await;
}

/// Whoever this is leaves all calls, and so do Ann and the customer.
async fn hung_up(stage: &Stage, party: &Party) {
    for party in [
        party.clone(),
        Party::agent(scenery::ANN.0),
        crate::ours::stage::customer(),
    ] {
        for call in stage.switch().calls_of(&party) {
            // Somebody else's leaving may have ended it.
            let _ = stage.switch().hang_up(&party, call.id);
        }
    }
    breath().await;
}

/// Until what was said has arrived.
async fn breath() {
    sleep(Duration::from_secs(1)).await;
}

fn double_everything(stage: &Stage) {
    match &stage.face {
        Face::CcGateway(simulator) => {
            (0..500).for_each(|_| simulator.disturb_event(scenery::ANN.0, "", EventMischief::Duplicated));
        }
        Face::Gws(simulator) => simulator.update_options(|options| options.duplicate_events = true),
        Face::Oifde(_) => {}
    }
}

async fn told_once(adapter: &'static str, least: usize) {
    let calm = day(&Stage::new(adapter)).await;
    let stage = Stage::new(adapter);
    double_everything(&stage);
    let doubled = day(&stage).await;
    let repeated: BTreeSet<&str> = repeats(&doubled).difference(&repeats(&calm)).copied().collect();
    let unknown: Vec<_> = repeated.iter().filter(|kind| !STATELESS.contains(kind)).collect();
    assert!(unknown.is_empty(), "{adapter}: told twice: {unknown:?}");
    let (calm, doubled) = (once(calm), once(doubled));
    let at = calm.iter().zip(&doubled).position(|(calm, doubled)| calm != doubled);
    let place = at.unwrap_or_default();
    let around = place.saturating_sub(3)..place + 4;
    assert_eq!(
        calm,
        doubled,
        "{adapter}: differs from number {at:?} on: {:#?}",
        doubled.get(around)
    );
    let kinds: BTreeSet<&str> = calm.iter().map(|(_, kind, _)| word_of(kind)).collect();
    assert!(kinds.len() >= least, "{adapter}: the day has only {kinds:?}");
}

/// Kinds that change no leg's state and bear no number: nothing tells a second message from a second time, and both are passed on.
const STATELESS: &[&str] = &["other", "dtmf-sent", "alerting", "recording-changed", "transfer-failed"];

/// The kinds of which two stand next to each other and are the same.
fn repeats(told: &Told) -> BTreeSet<&'static str> {
    let pairs = told.windows(2).filter(|pair| pair[0] == pair[1]);
    pairs.map(|pair| word_of(&pair[0].1)).collect()
}

fn once(mut told: Told) -> Told {
    told.dedup();
    told
}

fn word_of(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Offered => "offered",
        EventKind::Dialing => "dialing",
        EventKind::Alerting { .. } => "alerting",
        EventKind::Established => "established",
        EventKind::Held => "held",
        EventKind::Conferenced => "conferenced",
        EventKind::Suspended => "suspended",
        EventKind::ReturnedFromIvr => "returned-from-ivr",
        EventKind::Queued => "queued",
        EventKind::PartiesChanged => "parties-changed",
        EventKind::PartyLeft { .. } => "party-left",
        EventKind::Released { .. } => "released",
        EventKind::Unanswered => "unanswered",
        EventKind::DialFailed { .. } => "dial-failed",
        EventKind::ConsultFailed { .. } => "consult-failed",
        EventKind::Transferred => "transferred",
        EventKind::TransferFailed { .. } => "transfer-failed",
        EventKind::DtmfSent => "dtmf-sent",
        EventKind::DataChanged => "data-changed",
        EventKind::Updated => "updated",
        EventKind::RecordingChanged { .. } => "recording-changed",
        EventKind::AgentStateChanged { .. } => "agent-state-changed",
        _ => "other",
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cc_gateway_tells_twice_is_told_once_whatever_its_kind() {
    told_once(CC_GATEWAY, 12).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_genesys_tells_twice_is_told_once_whatever_its_kind() {
    told_once(GWS, 9).await;
}
