//! One seed, one story: what the adapter sends, and when, repeats to the letter, also when links break.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callcontrol_core::{AgentId, CallControl, OpCx, OpenSession};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use support::*;
use tokio::time::Instant;

/// Everything that three agents' sessions send in an hour with two outages, with its time.
async fn an_hour() -> Vec<String> {
    let sim = GwsSimulator::new(scenery::switch(), GwsOptions::default());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let (seen, begun) = (Arc::clone(&sent), Instant::now());
    let gws = in_memory(&sim, quick(), move |attempt| {
        let (path, millis) = (attempt.request.path().path_and_query(), begun.elapsed().as_millis());
        seen.lock().unwrap().push(format!("{millis} {path}"));
        Trick::Pass
    });
    for agent in ["ann", "bob", "eve"] {
        let open = OpenSession::new(AgentId::new(agent).unwrap()).password(DEFAULT_PASSWORD);
        gws.open(open, &OpCx::new()).await.unwrap();
    }
    for dark in [7, 300] {
        tokio::time::sleep(Duration::from_secs(1200)).await;
        sim.cut_off();
        tokio::time::sleep(Duration::from_secs(dark)).await;
        sim.restart();
        sim.reconnect();
    }
    tokio::time::sleep(Duration::from_secs(900)).await;
    gws.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
    let sent = sent.lock().unwrap();
    sent.clone()
}

#[test]
fn an_hour_with_two_outages_repeats_to_the_letter() {
    let runtime = || {
        let builder = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        builder.unwrap()
    };
    let (first, second) = (runtime().block_on(an_hour()), runtime().block_on(an_hour()));
    assert!(first.len() > 100, "{} requests", first.len());
    let differs = first.iter().zip(&second).find(|(one, other)| one != other);
    assert_eq!((differs, first.len()), (None, second.len()));
}
