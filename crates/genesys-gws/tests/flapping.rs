//! A server that comes and goes every two seconds for minutes: a short success is no recovery, nobody hammers, and readers are told of each change once.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::time::Duration;

use callcontrol_core::{FeedItem, LegAction, SessionState};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use support::*;

/// What the server does when it is back.
type Back = fn(&GwsSimulator);

/// What a minute of it cost.
#[derive(Debug, Default)]
struct Cost {
    requests: usize,
    /// Exchanges of the event stream among them.
    stream: usize,
    handshakes: usize,
    sign_ins: usize,
    /// The states of the session that were announced.
    told: Vec<SessionState>,
}

fn ways() -> [(&'static str, Back); 4] {
    [
        ("the link breaks", |_| ()),
        ("the server restarts", GwsSimulator::restart),
        ("the stream is swept", GwsSimulator::sweep_comet_sessions),
        ("another node takes over", GwsSimulator::fail_over),
    ]
}

/// Five minutes of two seconds up and two seconds down, with so many notifications in each time up.
async fn five_minutes(back: Back, news: u32) -> (Cost, Site) {
    let mut site = room_with(GwsOptions::default(), quick(), |_| Trick::Pass).await;
    let call = site.talking().await;
    site.until_quiet().await;
    let mark = site.sim.requests().mark();
    let mut told = Vec::new();
    for _ in 0..FLAPS {
        site.sim.cut_off();
        tokio::time::sleep(Duration::from_secs(2)).await;
        back(&site.sim);
        site.sim.reconnect();
        for _ in 0..news {
            tokio::time::sleep(Duration::from_secs(2) / (news + 1)).await;
            site.sim.send_unknown_event(scenery::ANN.0);
        }
        tokio::time::sleep(Duration::from_secs(2) / (news + 1)).await;
        told.extend(notices(&mut site).await);
    }
    let requests = site.sim.requests().since(mark);
    let with = |word: &str| requests.iter().filter(|request| request.body.contains(word)).count();
    let signing_in = |request: &&callcontrol_simulators::LoggedRequest| {
        request.headers.iter().any(|(name, _)| name == "authorization")
    };
    let cost = Cost {
        requests: requests.len(),
        stream: with("/meta/"),
        handshakes: with("/meta/handshake"),
        sign_ins: requests.iter().filter(signing_in).count(),
        told,
    };
    // It stays up: all is well again, and the agent can go on.
    tokio::time::sleep(Duration::from_secs(90)).await;
    let last = notices(&mut site).await.last().copied();
    assert!(matches!(last, None | Some(SessionState::Active)), "{last:?}");
    let held = site.act(&call, LegAction::Hold).await;
    assert!(settled(&held).await.is_done());
    (cost, site)
}

async fn notices(site: &mut Site) -> Vec<SessionState> {
    let mut told = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(1), site.feed.next()).await {
        if let FeedItem::Session(notice) = item {
            told.push(notice.state);
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn a_server_that_flaps_is_met_ever_more_seldom_and_told_of_once_per_change() {
    for (story, back) in ways() {
        for news in [0, 5] {
            let (cost, site) = five_minutes(back, news).await;
            let story = format!("{story}, {news} news each time: {cost:?}");
            // Rounds of 0.5, 1, 2, 4, 8, 16 and then 30 s: some fifteen tries in five minutes, of which half find the server up.
            assert!(cost.handshakes <= 15 && cost.sign_ins <= 15, "{story}");
            let in_turn = cost.told.windows(2).all(|pair| pair[0] != pair[1]);
            assert!(in_turn && cost.told.len() <= 15, "{story}");
            assert!(cost.stream <= 15 * (4 + news as usize), "{story}");
            assert!(cost.requests <= cost.stream + 60, "{story}");
            site.sign_out().await;
        }
    }
}

const FLAPS: usize = 75;
