//! The feed's promises: a snapshot first, numbers without holes, and a slow reader that is told what it missed.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::*;
use support::*;

fn offer(hub: &Hub, native: &str) -> CallId {
    let call = hub.call_id(native);
    hub.publish(Draft::new(session(), EventKind::Offered).call(call.clone(), native));
    call
}

/// Folds a feed: the state a reader would have.
async fn fold(feed: &mut Feed, items: usize) -> (Snapshot, u64) {
    let (mut known, mut missed) = (Snapshot::default(), 0);
    for _ in 0..items {
        match feed.next().await.unwrap() {
            FeedItem::Snapshot(snapshot) => known = Snapshot::clone(&snapshot),
            FeedItem::Gap(gap) => missed += gap.missed.unwrap_or_default(),
            _ => {}
        }
    }
    (known, missed)
}

#[tokio::test(start_paused = true)]
async fn the_first_item_is_a_snapshot_and_events_are_numbered_on_top_of_it() {
    let adapter = Recorder::everything();
    let early = offer(&adapter.hub, "n-1");
    let mut feed = adapter.subscribe(Filter::session(session()));
    let Some(FeedItem::Snapshot(snapshot)) = feed.next().await else {
        panic!("no snapshot")
    };
    let view = snapshot.session(&session()).unwrap();
    assert_eq!(view.calls[&early].state, LegState::Ringing);
    offer(&adapter.hub, "n-2");
    let Some(FeedItem::Event(event)) = feed.next().await else {
        panic!("no event")
    };
    assert_eq!(event.seq, view.seq + 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_loses_its_backlog_and_gets_gap_and_snapshot_instead() {
    let adapter = Recorder::everything();
    let mut slow = adapter.subscribe(Filter::all().backlog(8));
    let mut quick = adapter.subscribe(Filter::all());
    fold(&mut slow, 1).await;
    for number in 0..100 {
        offer(&adapter.hub, &format!("n-{number}"));
    }
    let (known, missed) = fold(&mut slow, 2).await;
    assert_eq!(missed, 100);
    assert_eq!(known.session(&session()).unwrap().calls.len(), 100);
    let (known, missed) = fold(&mut quick, 101).await;
    assert_eq!((known.session(&session()).unwrap().calls.len(), missed), (0, 0));
    offer(&adapter.hub, "n-100");
    assert!(matches!(slow.next().await, Some(FeedItem::Event(event)) if event.seq == 101));
}

#[tokio::test(start_paused = true)]
async fn a_call_keeps_its_id_when_the_vendor_renames_it() {
    let adapter = Recorder::everything();
    let call = offer(&adapter.hub, "before");
    adapter.hub.rename_call(&call, "after");
    assert_eq!(adapter.hub.call_id("after"), call);
    assert_eq!(adapter.hub.call(&session(), &call).unwrap().native, "after");
}

#[tokio::test(start_paused = true)]
async fn when_a_session_ends_its_open_operations_end_as_unknown() {
    let adapter = Recorder::everything();
    let receipt = stack(&adapter)
        .transfer(&call(), blind("7002"), &OpCx::new())
        .await
        .unwrap();
    adapter
        .hub
        .set_session_state(&session(), SessionState::Lost, "not polled for two minutes");
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, outcome.evidence),
        (Verdict::Unknown, Evidence::SessionEnded)
    );
}

#[tokio::test(start_paused = true)]
async fn a_consult_that_cannot_be_completed_comes_back_and_can_still_be_cancelled() {
    let adapter = Recorder::everything();
    let control = stack(&adapter);
    let call = Session::attach(&control, session()).call(call().call);
    let consult = call.consult(Target::number("7002").unwrap()).await.unwrap();
    adapter
        .hub
        .settle(&consult.receipt().unwrap().op, Outcome::done(CustomerAt::AgentHeld));
    adapter.play([Play::Fail(Error::invalid_state("the third party has hung up"))]);
    let unfinished = consult.complete().await.unwrap_err();
    assert_eq!(unfinished.error.kind(), ErrorKind::InvalidState);
    unfinished.consult.cancel().await.unwrap();
    let steps: Vec<_> = adapter.seen().iter().map(Command::name).collect();
    assert_eq!(steps, ["consult", "consult-complete", "consult-cancel"]);
}

#[tokio::test]
async fn each_event_tells_the_state_of_the_leg_after_it() {
    let hub = Hub::new(IdSource::seeded(1));
    hub.open_session(&session(), &AgentId::new("101").unwrap());
    let mut feed = hub.subscribe(Filter::session(session()));
    feed.next().await.unwrap();
    let call = hub.call_id("1-1");
    let tell = |kind, state| {
        let patch = ViewPatch {
            state,
            ..ViewPatch::default()
        };
        hub.publish(Draft::new(session(), kind).call(call.clone(), "1-1").patch(patch));
    };
    tell(EventKind::Offered, None);
    tell(EventKind::Updated, Some(LegState::Unknown));
    tell(
        EventKind::Released {
            cause: Cause::Unspecified,
        },
        None,
    );
    let mut states = Vec::new();
    for _ in 0..3 {
        let FeedItem::Event(event) = feed.next().await.unwrap() else {
            panic!("an event is due")
        };
        states.push(event.state);
    }
    assert_eq!(states, [Some(LegState::Ringing), Some(LegState::Unknown), None]);
}

#[tokio::test]
async fn a_reader_that_overflows_before_its_first_read_still_begins_with_a_snapshot() {
    let hub = Hub::new(IdSource::seeded(1));
    hub.open_session(&session(), &AgentId::new("101").unwrap());
    let mut feed = hub.subscribe(Filter::session(session()).backlog(2));
    for native in ["1-1", "1-2", "1-3", "1-4"] {
        offer(&hub, native);
    }
    let FeedItem::Snapshot(snapshot) = feed.next().await.unwrap() else {
        panic!("a snapshot is due")
    };
    assert_eq!(snapshot.session(&session()).unwrap().calls.len(), 4);
}

#[tokio::test]
async fn what_a_listing_shows_to_have_been_missed_comes_after_a_gap() {
    let hub = Hub::new(IdSource::seeded(1));
    hub.open_session(&session(), &AgentId::new("101").unwrap());
    hub.set_session_state(&session(), SessionState::Active, "signed in");
    offer(&hub, "1-1");
    let mut feed = hub.subscribe(Filter::all());
    feed.next().await.unwrap();
    hub.resync(&session(), Vec::new());
    assert!(matches!(feed.next().await, Some(FeedItem::Gap(_))));
    assert!(matches!(feed.next().await, Some(FeedItem::Event(event)) if event.provenance == Provenance::Synthesized));
    assert!(matches!(feed.next().await, Some(FeedItem::Snapshot(_))));
    hub.resync(&session(), Vec::new());
    assert!(
        matches!(feed.next().await, Some(FeedItem::Snapshot(_))),
        "nothing missed, no gap"
    );
}

#[tokio::test]
async fn a_change_of_what_can_be_done_reaches_every_reader() {
    let hub = Hub::new(IdSource::seeded(1));
    let mut feed = hub.subscribe(Filter::all());
    hub.announce_capabilities(&std::sync::Arc::new(Capabilities::none()));
    feed.next().await.unwrap();
    assert!(matches!(feed.next().await, Some(FeedItem::Capabilities(_))));
}
