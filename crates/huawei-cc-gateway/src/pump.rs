//! The pump of one session: a long poll that is also the heart-beat and carries the newest credential, or a heart-beat of its own where events are
//! fetched for all agents at once or pushed. It never waits for a reader.
//!
//! A broken link is `Recovering`: pauses that double, with full jitter, until the gateway answers; then gap, resync, `Active`. A session that the
//! gateway does not know any more was either taken by somebody or forgotten; [`recovery`] decides, and a forgotten one signs in again.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{Displace, Effect, Error, ErrorKind, Result, SessionState};
use callcontrol_http::Request;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::config::Events;
use crate::doubts;
use crate::faults;
use crate::listed::Listing;
use crate::live::Live;
use crate::recovery::{self, Loss, Refused};
use crate::resync;
use crate::sign_in::{SigningIn, select_queues, status_again};

/// Keeps the session until it is stopped or over.
pub(crate) async fn run(live: Arc<Live>, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        biased;
        () = pump(&live, &mut stop) => {}
        () = doubts::settle(&live) => {}
    }
}

async fn pump(live: &Live, stop: &mut watch::Receiver<bool>) {
    let mut link = State::Flowing { attempts: 0 };
    while link != State::Over {
        let next = tokio::select! {
            biased;
            // An error means that the owner is gone.
            _ = stop.changed() => return,
            next = step(live, link) => next,
        };
        link = match next {
            // Not to be cut short: who is dropped in the middle of it may be signed in.
            State::Entering { attempts, gently } => enter(live, attempts, gently).await,
            next => next,
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
    /// The gateway does not know the agent, and nothing was seen to break; whether it knows the others is to be seen.
    Dismissed {
        attempts: u32,
    },
    /// The gateway does not know the agent any more; to be signed in again. Gently: over nobody's head.
    Forgotten {
        attempts: u32,
        gently: bool,
    },
    /// To be signed in now.
    Entering {
        attempts: u32,
        gently: bool,
    },
    /// Signed in again after so many attempts; the link is still to be restored.
    Entered {
        attempts: u32,
    },
    Over,
}

async fn step(live: &Live, link: State) -> State {
    match link {
        State::Flowing { attempts } => flow(live, attempts).await,
        State::Broken { attempts } => restore(live, attempts).await,
        State::Dismissed { attempts } => dismissed(live, attempts).await,
        State::Forgotten { attempts, gently } => {
            sleep(recovery::spread(&live.config, attempts, live.random())).await;
            sleep(live.turn(attempts)).await;
            State::Entering { attempts, gently }
        }
        State::Entered { attempts } => come_back(live, attempts).await,
        State::Entering { .. } | State::Over => link,
    }
}

async fn flow(live: &Live, attempts: u32) -> State {
    let beat = match live.delivery.mode() {
        Events::Poll => poll(live).await,
        Events::Batch | Events::Push => beat(live).await,
    };
    match beat {
        Ok(pause) => {
            sleep(pause).await;
            let attempts = if live.health.is_steady(steady(live)) {
                0
            } else {
                attempts
            };
            State::Flowing { attempts }
        }
        // Another poll of ours is still pending there: its answer was lost on the way.
        Err(error) if faults::is_busy(&error) => {
            sleep(recovery::pause(&live.config, attempts, live.random()).max(BUSY_PAUSE)).await;
            State::Flowing {
                attempts: attempts.saturating_add(1),
            }
        }
        Err(error) => {
            live.health.fell(steady(live));
            broken(live, &error, attempts)
        }
    }
}

/// How long a link must flow before its former failures are forgotten: as long as the longest pause between two attempts.
fn steady(live: &Live) -> Duration {
    Duration::from_millis(live.config.recovery_most_ms)
}

/// Fetches events; gives the pause before the next poll.
async fn poll(live: &Live) -> Result<Duration> {
    let events = live.link.poll(live.config.poll_timeout()).await?;
    live.health.beat();
    live.take(&events);
    Ok(pause_after(live, &events))
}

fn pause_after(live: &Live, events: &[Value]) -> Duration {
    Duration::from_millis(match events.is_empty() {
        true => live.config.pause_after_empty_ms,
        false => live.config.pause_after_event_ms,
    })
}

/// Waits for the next heart-beat, or for word that something broke, and tells the gateway that the session lives.
async fn beat(live: &Live) -> Result<Duration> {
    let interval = live.config.beat_interval();
    // Early is well: the pause is drawn from the last quarter, so that not all agents beat together.
    let early = Duration::from_millis(live.random() % (interval.as_millis().try_into().unwrap_or(u64::MAX) / 4).max(1));
    let nudged = tokio::time::timeout(interval.saturating_sub(early), live.nudge.notified())
        .await
        .is_ok();
    if nudged && live.delivery.mode() == Events::Poll {
        return Ok(Duration::ZERO);
    }
    match live.delivery.mode() {
        Events::Push => handshake(live).await?,
        Events::Batch | Events::Poll => renew(live).await?,
    }
    if nudged && !live.is_well() {
        let message = "the poll for all agents broke off";
        return Err(Error::new(ErrorKind::ConnectionLost, Effect::None, message));
    }
    live.health.beat();
    Ok(Duration::ZERO)
}

async fn handshake(live: &Live) -> Result<()> {
    let token = live.config.token().map_or("", |token| token.reveal());
    live.link.handshake(token, live.config.request_timeout()).await
}

/// A gateway that has no such operation keeps the credential of the sign-in.
async fn renew(live: &Live) -> Result<()> {
    match live.link.update_guid(live.config.request_timeout()).await {
        Err(error) if resync::is_answer(&error) && !faults::is_session_gone(&error) && !faults::is_moving(&error) => {
            Ok(())
        }
        other => other,
    }
}

fn broken(live: &Live, error: &Error, attempts: u32) -> State {
    if live.is_closing() && faults::is_session_gone(error) {
        return State::Over;
    }
    if faults::is_session_gone(error) {
        if live.link.has_moved() {
            live.broke();
        }
        return gone(live, error, attempts);
    }
    if faults::is_wrong_way_of_polling(error) {
        live.over(
            SessionState::Lost,
            "the gateway refuses single-agent polling (000-001): events are pushed, or fetched for all agents at once; see the configuration key events",
        );
        return State::Over;
    }
    match error.native_code() {
        Some(_) => live.health.broke(),
        None => live.broke(),
    }
    recovers(live, &error.to_string());
    State::Broken { attempts }
}

fn recovers(live: &Live, reason: &str) {
    live.calls().lose_track();
    live.hub.set_session_state(&live.id, SessionState::Recovering, reason);
}

fn gone(live: &Live, error: &Error, attempts: u32) -> State {
    if live.is_well() && live.has_company() {
        live.delivery.losses.dismissed(&live.id);
        recovers(
            live,
            &format!("the gateway does not know this session any more: {error}"),
        );
        return State::Dismissed { attempts };
    }
    lost(live, attempts)
}

/// A gateway that restarts in good order tells its sessions so at about one time; who takes an agent takes one.
async fn dismissed(live: &Live, attempts: u32) -> State {
    sleep(recovery::TOGETHER).await;
    if live.delivery.losses.was_with_others(&live.id) {
        live.delivery.losses.broke(true);
    }
    lost(live, attempts)
}

fn lost(live: &Live, attempts: u32) -> State {
    match recovery::meaning(live.is_well(), live.config.sign_in_again) {
        Loss::Displaced => {
            live.over(SessionState::Displaced, TAKEN);
            State::Over
        }
        Loss::Lost => {
            live.over(SessionState::Lost, FORGOTTEN);
            State::Over
        }
        Loss::ComeBack => {
            recovers(live, "the gateway does not know the session any more, signing in again");
            let gently = live.is_dismissed_with_others();
            State::Forgotten { attempts, gently }
        }
    }
}

/// Tries whether the gateway answers again. The credential comes first: a fresh one may have been lost with an answer.
async fn restore(live: &Live, attempts: u32) -> State {
    sleep(recovery::pause(&live.config, attempts, live.random())).await;
    let attempts = attempts.saturating_add(1);
    match renew(live).await {
        Ok(()) => come_back(live, attempts).await,
        Err(error) => broken(live, &error, attempts),
    }
}

/// A link that broke again soon after it was restored has to hold for a while first: a gateway may answer everything but the poll, or be up for a
/// moment only.
async fn come_back(live: &Live, attempts: u32) -> State {
    let trial = live.health.trial(steady(live));
    let polls = live.delivery.mode() == Events::Poll;
    match trial.is_zero() || !polls {
        true => settle_in(live, attempts).await,
        false => on_trial(live, trial, attempts).await,
    }
}

/// Polls without saying that the link is restored. What comes is taken, after a gap, as nothing else would ever bring it.
async fn on_trial(live: &Live, trial: Duration, attempts: u32) -> State {
    let end = Instant::now() + trial;
    let mut pause = Duration::ZERO;
    let mut announced = false;
    while Instant::now() < end {
        sleep(pause).await;
        let poll = live.link.poll(live.config.poll_timeout());
        tokio::pin!(poll);
        tokio::select! {
            biased;
            answer = &mut poll => match answer {
                Ok(events) => {
                    if !events.is_empty() && !std::mem::replace(&mut announced, true) {
                        live.hub.announce_gap(&live.id);
                    }
                    live.take(&events);
                    pause = pause_after(live, &events);
                }
                Err(error) => return broken(live, &error, attempts),
            },
            // It holds the poll, which is not to be cut short: an event may be on its way in it.
            () = sleep_until(end) => {
                let state = settle_in(live, attempts).await;
                return match (state, poll.await) {
                    (State::Flowing { .. }, Ok(events)) => {
                        live.health.beat();
                        live.take(&events);
                        state
                    }
                    (State::Flowing { .. }, Err(error)) => {
                        live.health.fell(steady(live));
                        broken(live, &error, attempts)
                    }
                    (other, _) => other,
                };
            }
        }
    }
    settle_in(live, attempts).await
}

/// Takes up what a new stay needs, and what the gateway lists of the old one's calls.
async fn settle_in(live: &Live, attempts: u32) -> State {
    let listed = match furnish(live).await {
        Ok(()) => resync::listing(live).await,
        Err(error) => Err(error),
    };
    match listed {
        Ok(listed) => restored(live, Some(listed), attempts),
        // The gateway answers, only not this: the link is back.
        Err(error) if is_refusal(&error) => restored(live, None, attempts),
        Err(error) => broken(live, &error, attempts),
    }
}

/// The standing settings, if this is a new stay that does not have them yet.
async fn furnish(live: &Live) -> Result<()> {
    let standing = live.standing().clone();
    if !standing.due {
        return Ok(());
    }
    let limit = live.config.request_timeout();
    tolerated(live, select_queues(&live.link, &standing.queues, limit).await)?;
    if let Some(accept) = standing.accept_calls {
        let path = live
            .link
            .path("onlineagent", "settalkright")?
            .query("flag", accept.to_string())?;
        tolerated(live, live.link.command(Request::post(path, limit)).await.map(drop))?;
    }
    live.standing().due = false;
    Ok(())
}

/// An agent who is back without queues is better off than one who is not back.
fn tolerated(live: &Live, settled: Result<()>) -> Result<()> {
    match settled {
        Err(error) if is_refusal(&error) => {
            tracing::error!(target: "callcontrol::cc_gateway", session = %live.id, %error, "signed in again, but not with all settings");
            Ok(())
        }
        other => other,
    }
}

fn is_refusal(error: &Error) -> bool {
    resync::is_answer(error) && !faults::is_session_gone(error) && !faults::is_moving(error)
}

fn restored(live: &Live, listed: Option<Listing>, attempts: u32) -> State {
    let mut calls = live.calls();
    calls.lose_track();
    live.hub.announce_gap(&live.id);
    if let Some(listed) = &listed {
        calls.settle_by_listing(listed);
    }
    let known = || live.hub.calls(&live.id).into_iter().map(|(_, view)| view).collect();
    live.hub
        .resync(&live.id, listed.map_or_else(known, |listed| listed.calls));
    live.health.mended();
    live.active("the event link is restored");
    drop(calls);
    State::Flowing { attempts }
}

/// One attempt to sign in again, with the password of the first sign-in.
async fn enter(live: &Live, attempts: u32, gently: bool) -> State {
    if live.is_closing() {
        return State::Over;
    }
    let attempts = attempts.saturating_add(1);
    let displace = match gently {
        true => Displace::Never,
        false => live.entry.displace,
    };
    match sign_in_again(live, displace).await {
        Ok(()) => {
            live.health.beat();
            live.standing().due = true;
            live.supervision().take();
            State::Entered { attempts }
        }
        Err(error) => match refused(live, &error, displace) {
            true => State::Forgotten { attempts, gently },
            false => State::Over,
        },
    }
}

async fn sign_in_again(live: &Live, displace: Displace) -> Result<()> {
    let standing = live.standing().clone();
    let attempt = SigningIn {
        link: &live.link,
        entry: &live.entry,
        standing: &standing,
        config: &live.config,
        state: status_again(&live.hub.agent_state(&live.id)),
    };
    let limit = live.config.request_timeout();
    match attempt.plain(limit).await {
        Err(error) if recovery::refusal(&error, displace, true) == Refused::Force => {
            attempt.forced(limit).await.map(drop)
        }
        other => other.map(drop),
    }
}

/// Whether it is worth another attempt.
fn refused(live: &Live, error: &Error, displace: Displace) -> bool {
    if error.effect() != Effect::None {
        live.health.maybe_signed_in();
    }
    match recovery::refusal(error, displace, live.health.may_be_own_stay()) {
        Refused::Force | Refused::Later => {
            recovers(live, &error.to_string());
            true
        }
        Refused::Displaced => {
            live.over(SessionState::Displaced, TAKEN);
            false
        }
        Refused::Lost => {
            live.over(SessionState::Lost, &format!("signing in again failed: {error}"));
            false
        }
    }
}

/// While another poll of ours is pending; well above the pause between polls.
const BUSY_PAUSE: Duration = Duration::from_millis(500);

const TAKEN: &str = "somebody else signed in with this agent, or signed it out: the gateway does not know this session any more, \
    and its link had not been broken";
const FORGOTTEN: &str = "the gateway does not know the agent any more after a break of the link: it was restarted, or signed the agent out \
    for not polling; sign-in-again = \"never\" leaves it so";
