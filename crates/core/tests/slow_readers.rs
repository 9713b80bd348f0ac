//! Readers who do not read while events pour in: they are told how much they missed, the others miss nothing, and memory stays bounded.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use callcontrol_core::*;
use futures::FutureExt;

const FLOOD: u64 = 100_000;
const BACKLOG: usize = 32;

fn session() -> SessionId {
    SessionId::new("101").unwrap()
}

fn hub() -> Hub {
    let hub = Hub::new(IdSource::seeded(1));
    hub.open_session(&session(), &AgentId::new("101").unwrap());
    hub.set_session_state(&session(), SessionState::Active, "test");
    hub
}

/// One event of the flood: a call is held and retrieved, again and again.
fn tell(hub: &Hub, number: u64) {
    let kind = if number.is_multiple_of(2) {
        EventKind::Held
    } else {
        EventKind::Established
    };
    let draft = Draft::new(session(), kind).call(hub.call_id("n-1"), "n-1");
    assert!(hub.publish(draft).is_some());
}

fn now(feed: &mut Feed) -> Option<FeedItem> {
    feed.next().now_or_never().flatten()
}

fn snapshot(item: Option<FeedItem>) -> std::sync::Arc<Snapshot> {
    match item {
        Some(FeedItem::Snapshot(snapshot)) => snapshot,
        other => panic!("a snapshot is expected, not {other:?}"),
    }
}

/// How many items wait, as the feed's `Debug` tells.
fn waiting(feed: &Feed) -> usize {
    let text = format!("{feed:?}");
    let number = text.rsplit("waiting: ").next().unwrap();
    number
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap()
}

#[test]
fn a_reader_who_never_reads_costs_its_backlog_and_a_reader_who_reads_misses_nothing() {
    let hub = hub();
    let mut slow = hub.subscribe(Filter::all().backlog(BACKLOG));
    let never = hub.subscribe(Filter::all().backlog(BACKLOG));
    let mut quick = hub.subscribe(Filter::all().backlog(BACKLOG));
    snapshot(now(&mut slow));
    snapshot(now(&mut quick));
    let mut most = 0;
    for number in 0..FLOOD {
        tell(&hub, number);
        let Some(FeedItem::Event(event)) = now(&mut quick) else {
            panic!("missed number {number}")
        };
        assert_eq!(event.seq, number + 1);
        most = most.max(waiting(&never)).max(waiting(&slow));
    }
    assert!(most <= BACKLOG, "{most} items wait for a reader who does not read");
    let Some(FeedItem::Gap(gap)) = now(&mut slow) else {
        panic!("no gap")
    };
    assert_eq!((gap.reason, gap.missed), (GapReason::SlowReader, Some(FLOOD)));
    let view = snapshot(now(&mut slow));
    let call = hub.find_call("n-1").unwrap();
    assert_eq!(view.call(&session(), &call).unwrap().state, LegState::Talking);
    assert_eq!(view.session(&session()).unwrap().seq, FLOOD);
    tell(&hub, FLOOD);
    let Some(FeedItem::Event(next)) = now(&mut slow) else {
        panic!("the feed goes on")
    };
    assert_eq!(next.seq, FLOOD + 1, "without a hole after the snapshot");
}

#[test]
fn whoever_lags_again_and_again_is_told_again_and_again_and_never_sees_an_event_out_of_order() {
    let hub = hub();
    let mut slow = hub.subscribe(Filter::all().backlog(BACKLOG));
    let (mut last, mut gaps, mut missed, mut seen) = (0, 0, 0, 0);
    for number in 0..FLOOD {
        tell(&hub, number);
        // Reads in bursts, far too seldom.
        if number % 1_000 != 0 {
            continue;
        }
        while let Some(item) = now(&mut slow) {
            match item {
                FeedItem::Event(event) => {
                    assert_eq!(event.seq, last + 1, "a hole that nobody announced");
                    (last, seen) = (event.seq, seen + 1);
                }
                FeedItem::Snapshot(snapshot) => last = snapshot.session(&session()).unwrap().seq,
                FeedItem::Gap(gap) => (gaps, missed) = (gaps + 1, missed + gap.missed.unwrap()),
                other => panic!("unexpected: {other:?}"),
            }
        }
    }
    assert!(gaps >= 98, "{gaps} gaps");
    assert!(
        seen + missed <= FLOOD && missed > FLOOD * 9 / 10,
        "{seen} seen, {missed} missed"
    );
}
