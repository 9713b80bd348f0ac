//! Rows 49 to 51: the wall clock jumps, the machine sleeps, the runtime stalls.

use std::path::Path;
use std::time::Duration;

use callcontrol::*;
use callcontrol_http::Trick;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Party, SwitchCallId};
use serde_json::json;
use tokio::time::{advance, sleep};

use crate::ours::stage::{ADAPTERS, CC_GATEWAY, Face, Reader, Stage, TELEPHONY};

/// Where the wall clock may be read, and what for. Everything else goes by tokio's monotonic clock.
const READERS: &[(&str, &str)] = &[
    (
        "crates/http/src/response.rs",
        "a `Retry-After` with a date, where the answer has no date of its own; clamped",
    ),
    (
        "crates/http/src/cookies.rs",
        "an `Expires` of a cookie is made a duration when it comes, and lasts by the monotonic clock",
    ),
];

const WALL_CLOCKS: &[&str] = &[
    "SystemTime::now(",
    "UNIX_EPOCH.elapsed(",
    "Utc::now(",
    "Local::now(",
    "OffsetDateTime::now",
    "Timestamp::now(",
];

#[test]
fn nothing_but_two_headers_is_read_against_the_wall_clock() {
    let top = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates"));
    let mut hits = Vec::new();
    for name in [
        "core",
        "http",
        "huawei-cc-gateway",
        "huawei-oifde",
        "genesys-gws",
        "callcontrol",
    ] {
        collect(&top.join(name).join("src"), &mut hits);
    }
    hits.sort();
    hits.dedup();
    let expected: Vec<String> = {
        let mut files: Vec<String> = READERS.iter().map(|(file, _)| (*file).to_owned()).collect();
        files.sort();
        files
    };
    assert_eq!(
        hits, expected,
        "each reader of the wall clock needs its reason in this list"
    );
}

fn collect(folder: &Path, hits: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, hits);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        if WALL_CLOCKS.iter().any(|word| product.contains(word)) {
            let path = path.display().to_string();
            hits.push(path.split("/../").nth(1).unwrap_or(&path).to_owned());
        }
    }
}

/// The vendor's clock jumps back an hour, forth an hour, to 1970 and to a leap second between the events of one call.
#[tokio::test(start_paused = true)]
async fn events_whose_times_jump_are_told_in_the_order_in_which_they_came() {
    let hour = 3_600_000_i64;
    let now = 1_700_000_000_000_i64;
    let times = [
        json!(now),
        json!(now - hour),
        json!(now + hour),
        json!(0),
        json!(1_483_228_800_000_i64),
        json!(-1),
        json!("yesterday"),
    ];
    let stage = Stage::new(CC_GATEWAY);
    let talk = stage.talks().await;
    sleep(Duration::from_secs(1)).await;
    let mut reader = Reader::of(&stage.control);
    let Face::CcGateway(simulator) = &stage.face else {
        unreachable!()
    };
    let native = simulator.call_id(talk.at_switch, scenery::ANN.0).unwrap();
    for (at, time) in times.iter().enumerate() {
        let kind = if at % 2 == 0 {
            "AgentEvent_Hold"
        } else {
            "AgentEvent_Talking"
        };
        let event =
            json!({ "eventType": kind, "genTime": time, "eventGenTime": time, "content": { "callid": native } });
        assert!(simulator.inject(scenery::ANN.0, event));
    }
    reader.until_quiet(Duration::from_secs(30)).await;
    let states: Vec<_> = reader.events().filter_map(|event| event.state).collect();
    let expected = [LegState::Held, LegState::Talking]
        .into_iter()
        .cycle()
        .take(times.len());
    assert_eq!(states, expected.collect::<Vec<_>>(), "{:?}", reader.kinds());
    let numbers: Vec<u64> = reader.events().map(|event| event.seq).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
    stage.stop().await;
}

/// For ten minutes nothing runs here; there everything goes on, and the customer hangs up.
#[tokio::test(start_paused = true)]
async fn after_ten_minutes_of_sleep_the_gap_is_announced_and_the_picture_is_the_switchs() {
    for adapter in TELEPHONY {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let mut reader = Reader::of(&stage.control);
        // The links of a machine that sleeps are dead when it wakes up, and what they carried is lost.
        stage.line.polls([Trick::DropReply]);
        sleep(LONGER_THAN_A_POLL).await;
        stage.line.down(true);
        asleep(&stage, talk.at_switch).await;
        stage.line.down(false);
        reader
            .until(|item| matches!(item, FeedItem::Session(notice) if notice.state == SessionState::Active))
            .await;
        let place = |fits: &dyn Fn(&FeedItem) -> bool| reader.items.iter().position(fits);
        let gap = place(&|item| matches!(item, FeedItem::Gap(_)));
        let over = place(
            &|item| matches!(item, FeedItem::Event(event) if event.call.as_ref() == Some(talk.call.id()) && event.state.is_none()),
        );
        assert!(gap.is_some() && gap < over, "{adapter}: {:#?}", reader.items);
        let snapshot = reader
            .items
            .iter()
            .skip(gap.unwrap())
            .any(|item| matches!(item, FeedItem::Snapshot(_)));
        assert!(snapshot, "{adapter}: {:#?}", reader.items);
        assert!(
            talk.ann.snapshot().await.unwrap().unwrap().calls.is_empty(),
            "{adapter}"
        );
        let ringing = stage.customer_calls();
        reader
            .until(|item| matches!(item, FeedItem::Event(event) if event.kind == EventKind::Offered))
            .await;
        stage.customer_hangs_up(ringing);
        stage.stop().await;
    }
}

/// How long a poll is held at most, and a little more.
const LONGER_THAN_A_POLL: Duration = Duration::from_secs(35);

async fn asleep(stage: &Stage, call: SwitchCallId) {
    match &stage.face {
        Face::Gws(simulator) => {
            simulator.cut_off();
            stage.customer_hangs_up(call);
            simulator.sweep_comet_sessions();
            advance(Duration::from_secs(600)).await;
            simulator.reconnect();
        }
        Face::CcGateway(_) | Face::Oifde(_) => {
            advance(Duration::from_secs(60)).await;
            stage.customer_hangs_up(call);
            advance(Duration::from_secs(540)).await;
            stage.face.sweep();
        }
    }
}

/// A second during which no task runs, again and again, and once longer than a held poll: nobody is signed out, no gap, no lost call.
#[tokio::test(start_paused = true)]
async fn a_stalled_runtime_loses_neither_session_nor_event() {
    for adapter in ADAPTERS {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let mut reader = Reader::of(&stage.control);
        for stall in [1_000, 1_000, 1_000, 1_000, 12_000, 1_000] {
            sleep(Duration::from_millis(700)).await;
            advance(Duration::from_millis(stall)).await;
        }
        reader.until_quiet(Duration::from_secs(30)).await;
        let lost = reader.session_states().into_iter().any(SessionState::is_over);
        assert!(!lost && reader.gaps() == 0, "{adapter}: {:?}", reader.items);
        let ann = Party::agent(scenery::ANN.0);
        if TELEPHONY.contains(&adapter) {
            stage.switch().hang_up(&ann, talk.at_switch).unwrap();
            reader
                .until(|item| matches!(item, FeedItem::Event(event) if event.call.as_ref() == Some(talk.call.id())))
                .await;
        } else {
            let receipt = talk.call.robot_mode(RobotMode::Insertion).await.unwrap();
            receipt.outcome().await;
        }
        stage.stop().await;
    }
}
