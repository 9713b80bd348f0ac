//! One poll for all agents of a gateway (5.2): a single task of the adapter fetches the events in the name of one of its sessions and hands them out.
//! Each session keeps a heart-beat of its own beside it, which renews its credential and finds out when it is gone.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{Error, SessionState};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::faults;
use crate::live::{Live, Site};
use crate::recovery;
use crate::resync;
use crate::sessions::{Delivered, Sessions};
use crate::wire::text_of;

/// Polls until it is stopped, or until the gateway is found to refuse this poll.
pub(crate) async fn run(sessions: Arc<Sessions>, site: Site, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        biased;
        // An error means that the owner is gone.
        _ = stop.changed() => {}
        () = poll(&sessions, &site) => {}
    }
}

async fn poll(sessions: &Sessions, site: &Site) {
    let mut speaker: Option<Arc<Live>> = None;
    let mut pauses = Pauses::default();
    loop {
        let Some(live) = still(speaker.take()).or_else(|| sessions.active().into_iter().next()) else {
            site.delivery.somebody.notified().await;
            continue;
        };
        match fetch(&live, site).await {
            Fetched::Events(events) => {
                pauses.flows(Duration::from_millis(site.config.recovery_most_ms));
                deliver(sessions, &events);
                sleep(pause(site, events.is_empty())).await;
                speaker = Some(live);
            }
            Fetched::Refused(error) => {
                fall_back(sessions, site, &error);
                return;
            }
            Fetched::Failed(error) => {
                tracing::warn!(target: "callcontrol::cc_gateway", session = %live.id, %error, "the poll for all agents failed");
                // The speaker is gone, or the gateway is: each session finds out for itself.
                match faults::is_session_gone(&error) {
                    true => live.nudge.notify_one(),
                    false => sessions.standing().iter().for_each(|live| live.shake()),
                }
                sleep(recovery::pause(&site.config, pauses.failed(), live.random()).max(SHORTEST)).await;
            }
        }
    }
}

/// How the pauses after failures grow: as at the single polls, a short success does not reset them.
#[derive(Debug, Default)]
struct Pauses {
    attempts: u32,
    /// Since when it flows again.
    since: Option<Instant>,
}

impl Pauses {
    /// Gives how many failures went before this one.
    fn failed(&mut self) -> u32 {
        self.since = None;
        let before = self.attempts;
        self.attempts = before.saturating_add(1);
        before
    }

    /// `steady`: how long it must flow until earlier failures are forgotten.
    fn flows(&mut self, steady: Duration) {
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= steady {
            self.attempts = 0;
        }
    }
}

/// What became of one poll.
enum Fetched {
    Events(Vec<Value>),
    /// The gateway refuses this poll, whoever asks.
    Refused(Error),
    Failed(Error),
}

async fn fetch(live: &Live, site: &Site) -> Fetched {
    match live.link.poll_all(site.config.poll_timeout()).await {
        Ok(events) => Fetched::Events(events),
        Err(error) => fetch_again(live, site, error).await,
    }
}

/// Finds out whether it is this poll that the gateway refuses, and not the speaker: with a credential just renewed it is refused all the same.
/// A missing setting has the code of a missing right (5.2).
async fn fetch_again(live: &Live, site: &Site, error: Error) -> Fetched {
    if faults::is_wrong_way_of_polling(&error) {
        return Fetched::Refused(error);
    }
    let limit = site.config.request_timeout();
    // An HTTP error for a path that this release does not have.
    let no_such_path = resync::is_answer(&error) && error.native_code().is_none();
    if !(no_such_path || faults::is_session_gone(&error)) || live.link.update_guid(limit).await.is_err() {
        return Fetched::Failed(error);
    }
    if no_such_path {
        return Fetched::Refused(error);
    }
    match live.link.poll_all(site.config.poll_timeout()).await {
        Ok(events) => Fetched::Events(events),
        Err(again) if faults::is_session_gone(&again) && live.link.update_guid(limit).await.is_ok() => {
            Fetched::Refused(again)
        }
        Err(again) => Fetched::Failed(again),
    }
}

/// The former speaker, as long as its events flow.
fn still(speaker: Option<Arc<Live>>) -> Option<Arc<Live>> {
    speaker.filter(|live| live.state() == SessionState::Active)
}

fn pause(site: &Site, empty: bool) -> Duration {
    Duration::from_millis(match empty {
        true => site.config.pause_after_empty_ms,
        false => site.config.pause_after_event_ms,
    })
}

/// Hands events out by their agents, in their order.
fn deliver(sessions: &Sessions, events: &[Value]) {
    for event in events {
        let agent = event.get("workNo").or_else(|| event.get("workno")).and_then(text_of);
        let delivered = agent.as_deref().map(|agent| sessions.deliver(agent, None, &[event]));
        if delivered != Some(Delivered::Taken) {
            tracing::debug!(target: "callcontrol::cc_gateway", "an event for an agent who is not signed in here");
        }
    }
}

fn fall_back(sessions: &Sessions, site: &Site, error: &Error) {
    tracing::error!(target: "callcontrol::cc_gateway", %error,
        "the gateway refuses the poll for all agents (EVENT_METHOD = AGENT_POLL and GET_EVENT_MODE = 2 are needed there); each agent is polled instead");
    site.delivery.refuse_batch();
    sessions.standing().iter().for_each(|live| live.nudge.notify_one());
}

/// A gateway that refuses at once is not to be asked in a tight loop.
const SHORTEST: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_pauses_grow_on_until_the_poll_has_flowed_for_as_long_as_the_longest() {
        let steady = Duration::from_secs(10);
        let mut pauses = Pauses::default();
        for before in 0..5 {
            assert_eq!(pauses.failed(), before);
            pauses.flows(steady);
            sleep(steady / 2).await;
            pauses.flows(steady);
        }
        sleep(steady / 2).await;
        pauses.flows(steady);
        assert_eq!(pauses.failed(), 0);
    }
}
