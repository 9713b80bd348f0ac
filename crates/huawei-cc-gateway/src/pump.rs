//! The event pump of one session: a long poll that is also the heartbeat and carries the newest credential. It never waits for a reader.
//!
//! A broken link is `Recovering`: pauses that double, with full jitter, until the gateway answers a query; then gap, resync, `Active`.
//! `100-006` or `000-003` ends it: the vendor has no event for a forced sign-out and does not tell it from being signed out for not polling.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{CallView, Error, SessionState};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::faults;
use crate::resync;
use crate::session::Live;

/// Polls until it is stopped or the session is gone.
pub(crate) async fn run(live: Arc<Live>, mut stop: watch::Receiver<bool>) {
    let mut link = State::Flowing { attempts: 0 };
    while !link.is_over() {
        link = tokio::select! {
            biased;
            // An error means that the owner is gone.
            _ = stop.changed() => return,
            next = step(&live, link) => next,
        };
    }
}

/// The link to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// With what is left of earlier failures: a short success does not reset the pauses of a flapping server.
    Flowing {
        attempts: u32,
    },
    /// After so many attempts to restore it.
    Broken {
        attempts: u32,
    },
    Over,
}

impl State {
    fn is_over(self) -> bool {
        self == Self::Over
    }
}

async fn step(live: &Live, link: State) -> State {
    match link {
        State::Flowing { attempts } => flow(live, attempts).await,
        State::Broken { attempts } => restore(live, attempts).await,
        State::Over => State::Over,
    }
}

async fn flow(live: &Live, attempts: u32) -> State {
    match live.link.poll(live.config.poll_timeout()).await {
        Ok(events) => {
            let pause = match events.is_empty() {
                true => live.config.pause_after_empty_ms,
                false => live.config.pause_after_event_ms,
            };
            events.iter().for_each(|event| live.take(event));
            sleep(Duration::from_millis(pause)).await;
            State::Flowing {
                attempts: attempts.saturating_sub(1),
            }
        }
        Err(error) => broken(live, &error, attempts),
    }
}

fn broken(live: &Live, error: &Error, attempts: u32) -> State {
    if faults::is_session_gone(error) {
        live.lost(LOST);
        return State::Over;
    }
    if faults::is_wrong_way_of_polling(error) {
        live.lost(
            "the gateway refuses single-agent polling (000-001): events are pushed, or fetched for all agents at once",
        );
        return State::Over;
    }
    live.hub
        .set_session_state(&live.id, SessionState::Recovering, &error.to_string());
    State::Broken { attempts }
}

async fn restore(live: &Live, attempts: u32) -> State {
    sleep(pause(live, attempts)).await;
    let attempts = attempts.saturating_add(1);
    match resync::listing(live).await {
        Ok(listed) => restored(live, Some(listed), attempts),
        // The gateway answers, only not this: the link is back.
        Err(error) if resync::is_answer(&error) && !faults::is_session_gone(&error) => restored(live, None, attempts),
        Err(error) => broken(live, &error, attempts),
    }
}

fn restored(live: &Live, listed: Option<Vec<CallView>>, attempts: u32) -> State {
    let calls = live.calls();
    live.hub.announce_gap(&live.id);
    let known = || live.hub.calls(&live.id).into_iter().map(|(_, view)| view).collect();
    live.hub.resync(&live.id, listed.unwrap_or_else(known));
    live.hub
        .set_session_state(&live.id, SessionState::Active, "the event link is restored");
    drop(calls);
    State::Flowing { attempts }
}

/// Full jitter: anything between nothing and the bound, so that a thousand agents do not come back in one second.
fn pause(live: &Live, attempts: u32) -> Duration {
    let config = &live.config;
    let bound = config
        .recovery_first_ms
        .saturating_mul(1 << attempts.min(20))
        .min(config.recovery_most_ms);
    Duration::from_millis(live.random() % bound.max(1))
}

const LOST: &str = "the gateway says that the agent is not signed in: signed out by somebody, signed in elsewhere by force, \
    or not polled for two minutes; the gateway does not tell which";
