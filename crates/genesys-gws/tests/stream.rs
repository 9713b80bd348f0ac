//! The event stream in bad weather: replies that are lost, advice that is absurd, news that floods, machines that sleep. What may have been missed is announced
//! before it is made up for.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::time::Duration;

use callcontrol_core::{
    CallControl, EventKind, FeedItem, LegAction, OpCx, Provenance, SessionState, Transfer, TransferMode,
};
use callcontrol_genesys_gws::GwsConfig;
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{AckExtension, GwsAdvice, GwsFault, GwsOptions, GwsReconnect, GwsRequests};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use serde_json::json;
use support::*;

async fn room(options: GwsOptions) -> Site {
    room_with(options, quick(), |_| Trick::Pass).await
}

/// With requests that keep the HTTP session alive, and find what nobody told.
async fn watched_room() -> Site {
    let json =
        r#"{"request-timeout-ms": 3000, "effect-timeout-ms": 1000, "return-spread-ms": 20, "keep-alive-s": 120}"#;
    let config: GwsConfig = serde_json::from_str(json).unwrap();
    room_with(GwsOptions::default(), config, |_| Trick::Pass).await
}

impl Site {
    fn customer_hangs_up(&self, call: &Known) {
        let hang_up = |switch: &mut callcontrol_testkit::switch::Switch| switch.hang_up(&customer_phone(), call.switch);
        self.switch().with(hang_up).unwrap();
    }

    /// Reads until the end of a call is told; gives everything up to it.
    async fn until_released(&mut self, patience: Duration) -> Vec<FeedItem> {
        let mut items = Vec::new();
        loop {
            let item = tokio::time::timeout(patience, self.feed.next()).await.unwrap().unwrap();
            let is_it = matches!(&item, FeedItem::Event(event) if matches!(event.kind, EventKind::Released { .. }));
            items.push(item);
            if is_it {
                return items;
            }
        }
    }

    /// Reads until the session is in this state.
    async fn until_session(&mut self, wanted: SessionState) {
        loop {
            let item = tokio::time::timeout(Duration::from_secs(300), self.feed.next()).await;
            match item.unwrap().unwrap() {
                FeedItem::Session(notice) if notice.state == wanted => return,
                _ => {}
            }
        }
    }

    /// What came meanwhile.
    async fn told(&mut self) -> Vec<FeedItem> {
        let mut items = Vec::new();
        while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(100), self.feed.next()).await {
            items.push(item);
        }
        items
    }

    fn sign_ins(&self) -> usize {
        let requests = self.sim.requests().all();
        let has = |headers: &[(String, String)]| headers.iter().any(|(name, _)| name == "authorization");
        requests.iter().filter(|request| has(&request.headers)).count()
    }

    fn handshakes(&self) -> usize {
        let requests = self.sim.requests().all();
        requests
            .iter()
            .filter(|request| request.body.contains("/meta/handshake"))
            .count()
    }
}

fn gaps(items: &[FeedItem]) -> usize {
    items.iter().filter(|item| matches!(item, FeedItem::Gap(_))).count()
}

fn last_is(items: &[FeedItem], provenance: Provenance) -> bool {
    matches!(items.last(), Some(FeedItem::Event(event)) if event.provenance == provenance)
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_whose_reply_is_lost_loses_what_it_carried_unless_the_server_repeats_it() {
    for (ack, gap, provenance) in [
        (AckExtension::Absent, 1, Provenance::Synthesized),
        (AckExtension::Flag, 0, Provenance::Vendor),
        (AckExtension::Batch, 0, Provenance::Vendor),
    ] {
        for fault in [GwsFault::ReplyLost, GwsFault::ReplyTruncated] {
            let mut site = room(with(|o| o.comet.ack = ack)).await;
            let call = site.talking().await;
            site.until_quiet().await;
            let story = format!("{ack:?}, {fault:?}");
            // The connect that is held now answers with the hold; the one after it carries the customer's end.
            site.sim
                .fail_next(GwsRequests::Comet("/meta/connect".into()), fault.clone());
            site.act(&call, LegAction::Hold).await;
            site.event(|event| event.kind == EventKind::Held).await;
            site.customer_hangs_up(&call);
            let items = site.until_released(Duration::from_secs(20)).await;
            assert_eq!(gaps(&items), gap, "{story}: {items:?}");
            assert!(last_is(&items, provenance), "{story}: {items:?}");
            site.ringing_from(scenery::OTHER_CUSTOMER).await;
            site.sign_out().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sends_us_away_is_obeyed_and_never_asked_again() {
    for advice in [
        GwsAdvice::new(GwsReconnect::None),
        GwsAdvice::new(GwsReconnect::None).error("403::Session expired"),
        GwsAdvice::new(GwsReconnect::Retry).interval(-1),
    ] {
        let mut site = room(GwsOptions::default()).await;
        site.sim.advise(scenery::ANN.0, &advice);
        site.until_session(SessionState::Lost).await;
        let handshakes = site.handshakes();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(site.handshakes(), handshakes);
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_absurd_interval_is_obeyed_for_a_minute_and_no_longer() {
    let mut site = room(with(|o| o.comet.max_interval = Duration::from_secs(600))).await;
    let advice = GwsAdvice::new(GwsReconnect::Retry).interval(i64::MAX);
    site.sim.advise(scenery::ANN.0, &advice);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mark = site.sim.requests().mark();
    tokio::time::sleep(Duration::from_secs(57)).await;
    assert_eq!(site.sim.requests().mark(), mark, "obeyed");
    let begun = tokio::time::Instant::now();
    site.ringing().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_announces_its_end_loses_no_operation() {
    let mut site = room(GwsOptions::default()).await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Manual);
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
    let receipt = site.gws.transfer(&call.at, request, &OpCx::new()).await.unwrap();
    eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
    // It asks for a new handshake, then it is another node.
    site.sim
        .advise(scenery::ANN.0, &GwsAdvice::new(GwsReconnect::Handshake));
    site.sim.fail_over();
    site.answers(&bob()).await;
    let said = settled(&receipt).await;
    assert!(said.is_done(), "{said}");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent(scenery::BOB.0.into()));
    assert_eq!((site.transfers(&call), site.sent("CompleteTransfer")), (1, 1));
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_sleep_of_ten_minutes_the_picture_is_made_anew_and_the_gap_comes_first() {
    let mut site = watched_room().await;
    let call = site.talking().await;
    site.until_quiet().await;
    let (handshakes, starts) = (site.handshakes(), site.sent("StartContactCenterSession"));
    // The machine sleeps: nothing of ours runs. The server forgets us, the customer hangs up.
    site.sim.withhold_events(scenery::ANN.0);
    site.customer_hangs_up(&call);
    site.sim.expire_http_sessions();
    while site.sim.drop_event(scenery::ANN.0, 0) {}
    tokio::time::advance(Duration::from_secs(600)).await;
    site.sim.release_events(scenery::ANN.0);
    let items = site.until_released(Duration::from_secs(60)).await;
    assert_eq!(gaps(&items), 1, "{items:?}");
    assert!(last_is(&items, Provenance::Synthesized), "{items:?}");
    site.until_session(SessionState::Active).await;
    // Stream and keep-alive both find out; signing in again is done once for both.
    let again = site.handshakes() - handshakes;
    assert!((1..=2).contains(&again), "{again} handshakes");
    assert_eq!(site.sign_ins(), 2, "at the beginning and after the sleep");
    assert_eq!(
        site.sent("StartContactCenterSession"),
        starts,
        "the stay lives at the switch"
    );
    site.ringing_from(scenery::OTHER_CUSTOMER).await;
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_stalls_for_a_second_loses_neither_the_stream_nor_a_command() {
    let mut site = room(GwsOptions::default()).await;
    let call = site.talking().await;
    site.until_quiet().await;
    let handshakes = site.handshakes();
    for action in [
        LegAction::Hold,
        LegAction::Retrieve,
        LegAction::Hold,
        LegAction::Retrieve,
    ] {
        let receipt = site.act(&call, action).await;
        // Nothing runs for a second.
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(settled(&receipt).await.is_done());
    }
    let told = site.told().await;
    let is_link = |item: &FeedItem| matches!(item, FeedItem::Session(_) | FeedItem::Gap(_));
    assert!(!told.iter().any(is_link), "{told:?}");
    assert_eq!(site.handshakes(), handshakes);
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_end_was_never_told_is_found_to_be_over_and_ended_as_reconciled() {
    let mut site = watched_room().await;
    let call = site.talking().await;
    site.until_quiet().await;
    site.sim.lose_events(scenery::ANN.0, 1);
    site.customer_hangs_up(&call);
    let items = site.until_released(Duration::from_secs(200)).await;
    assert_eq!(gaps(&items), 1, "the gap comes first: {items:?}");
    assert!(last_is(&items, Provenance::Synthesized), "{items:?}");
    let told = site.told().await;
    let more = told.iter().filter(|item| matches!(item, FeedItem::Event(_))).count();
    assert_eq!(more, 0, "once: {told:?}");
    let error = site
        .gws
        .act(&call.at.clone().into(), LegAction::Hold, &OpCx::new())
        .await;
    assert_eq!(error.unwrap_err().kind(), callcontrol_core::ErrorKind::NotFound);
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn notifications_that_come_twice_or_in_reverse_are_told_once_and_never_backwards() {
    for (twice, reverse) in [(true, false), (true, true)] {
        let options = with(|o| (o.duplicate_events, o.reverse_events) = (twice, reverse));
        let mut site = room(options).await;
        let call = site.talking().await;
        for action in [LegAction::Hold, LegAction::Retrieve, LegAction::Release] {
            let receipt = site.act(&call, action).await;
            assert!(settled(&receipt).await.is_done());
        }
        let told = site.told().await;
        let kinds = told.iter().filter_map(|item| match item {
            FeedItem::Event(event) if event.call.as_ref() == Some(of(&call)) => Some(event.kind.clone()),
            _ => None,
        });
        let kinds: Vec<EventKind> = kinds.filter(|kind| !matches!(kind, EventKind::Other { .. })).collect();
        let count = |wanted: fn(&EventKind) -> bool| kinds.iter().filter(|kind| wanted(kind)).count();
        let counted = (
            count(|kind| *kind == EventKind::Held),
            count(|kind| *kind == EventKind::Established),
            count(|kind| matches!(kind, EventKind::Released { .. })),
        );
        assert_eq!(counted, (1, 2, 1), "answered and retrieved: {kinds:?}");
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn tones_and_words_without_a_name_that_come_twice_with_one_stamp_are_told_once() {
    let mut site = room(GwsOptions::default()).await;
    let call = site.talking().await;
    site.until_quiet().await;
    let stamped = |mut data: serde_json::Value, stamp: u64| {
        data["metrics"] = json!({"eventProcessing": {"serverGenerationTimestamp": stamp}});
        data
    };
    let snapshot = site
        .gws
        .snapshot(callcontrol_core::Scope::All, &OpCx::new())
        .await
        .unwrap();
    let native = snapshot.session(&site.session).unwrap().calls[of(&call)].native.clone();
    let tones = json!({"messageType": "CallStateChangeMessage", "notificationType": "DtmfSent",
        "call": {"id": native, "state": "Established", "callType": "Inbound", "participants": [scenery::CUSTOMER]}});
    let surprise = json!({"messageType": "Surprise"});
    for stamp in [1, 2, 2, 3, 3, 3] {
        for data in [&tones, &surprise] {
            site.sim
                .send_event(scenery::ANN.0, "/v2/me/calls", stamped(data.clone(), stamp));
        }
    }
    for _ in 0..2 {
        site.sim.send_event(scenery::ANN.0, "/v2/me/calls", surprise.clone());
    }
    let told = site.told().await;
    let count = |wanted: EventKind| {
        let is_it = |item: &&FeedItem| matches!(item, FeedItem::Event(event) if event.kind == wanted);
        told.iter().filter(is_it).count()
    };
    assert_eq!(count(EventKind::DtmfSent), 3, "{told:?}");
    let name = "Surprise".to_owned();
    assert_eq!(
        count(EventKind::Other { name }),
        3 + 2,
        "nothing tells the last two apart: {told:?}"
    );
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_news_leaves_a_reader_who_does_not_read_behind_and_nobody_else() {
    let mut site = room(GwsOptions::default()).await;
    let call = site.talking().await;
    let mut idle = site.gws.subscribe(callcontrol_core::Filter::all());
    assert!(matches!(idle.next().await, Some(FeedItem::Snapshot(_))));
    for _ in 0..20 {
        for _ in 0..250 {
            site.sim.send_unknown_event(scenery::ANN.0);
        }
        site.until_quiet().await;
    }
    let begun = tokio::time::Instant::now();
    for _ in 0..5_000 {
        site.sim.send_unknown_event(scenery::ANN.0);
    }
    let receipt = site.act(&call, LegAction::Hold).await;
    assert!(settled(&receipt).await.is_done());
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    let first: Vec<FeedItem> = [idle.next().await.unwrap(), idle.next().await.unwrap()].into();
    assert!(
        matches!(&first[..], [FeedItem::Gap(gap), FeedItem::Snapshot(_)] if gap.missed > Some(1_000)),
        "{first:?}"
    );
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn news_of_somebody_elses_device_changes_nothing_here() {
    let mut site = room(GwsOptions::default()).await;
    let call = site.talking().await;
    site.until_quiet().await;
    let before = site
        .gws
        .snapshot(callcontrol_core::Scope::All, &OpCx::new())
        .await
        .unwrap();
    let foreign = json!({
        "messageType": "DeviceStateChangeMessage",
        "devices": [{"id": "0000-of-another-agent", "deviceType": "SIP", "phoneNumber": "7999",
            "userState": {"id": "x", "displayName": "Logged Out", "state": "LoggedOut"}, "deviceState": "Inactive"}]
    });
    site.sim.send_event(scenery::ANN.0, "/v2/me/devices", foreign);
    let told = site.told().await;
    let is_state = |item: &FeedItem| match item {
        FeedItem::Event(event) => matches!(event.kind, EventKind::AgentStateChanged { .. }),
        FeedItem::Session(_) => true,
        _ => false,
    };
    assert!(!told.iter().any(is_state), "{told:?}");
    let after = site
        .gws
        .snapshot(callcontrol_core::Scope::All, &OpCx::new())
        .await
        .unwrap();
    assert_eq!(
        before.sessions[&site.session].agent_state,
        after.sessions[&site.session].agent_state
    );
    assert!(settled(&site.act(&call, LegAction::Hold).await).await.is_done());
    site.sign_out().await;
}
