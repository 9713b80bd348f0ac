//! The session's event pump: drives the CometD client and takes each notification in. Nothing here waits for a reader, and no message ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::SessionState;
use tokio::time::Instant;

use crate::cometd::backoff::Backoff;
use crate::cometd::driver::{self, Port};
use crate::cometd::machine::{Access, Breakage, End, Exchange, Machine, Notice, Topic};
use crate::cometd::message::Incoming;
use crate::session::{Flow, Session};

/// Runs until the session is stopped or lost.
pub(crate) async fn run(session: Arc<Session>) {
    let stop = session.stop.clone();
    let pump = Pump {
        generation: AtomicU64::new(session.generation()),
        session,
    };
    let end = driver::run(machine(&pump.session), &pump, &stop).await;
    pump.ended(end).await;
}

struct Pump {
    session: Arc<Session>,
    /// Of which HTTP session the last exchange was.
    generation: AtomicU64,
}

#[async_trait]
impl Port for Pump {
    async fn exchange(&self, exchange: Exchange) -> Result<Vec<u8>, Breakage> {
        self.generation.store(self.session.generation(), Ordering::Relaxed);
        self.session.link.stream(&exchange).await
    }

    async fn sign_in(&self) -> Access {
        let deadline = Instant::now() + self.session.config.request_timeout();
        self.session
            .renew(self.generation.load(Ordering::Relaxed), deadline)
            .await
    }

    async fn deliver(&self, message: Incoming) {
        self.session.take_in(&message).await;
    }

    async fn notice(&self, notice: Notice) {
        match notice {
            Notice::Interrupted(why) => self.interrupted(&why),
            Notice::Flowing { missed } => self.flowing(missed).await,
        }
    }

    async fn replaced(&self) {
        self.session.newer_than(self.generation.load(Ordering::Relaxed)).await;
    }
}

impl Pump {
    /// While signing in the state stays `Opening`: whoever opens is told by the sign-in itself.
    fn interrupted(&self, why: &str) {
        let session = &self.session;
        if *session.flow.borrow() == Flow::Flowing
            && session.hub.session_state(&session.id) != Some(SessionState::Opening)
        {
            session.flow.send_replace(Flow::Dry);
        }
        if session.hub.session_state(&session.id) == Some(SessionState::Active) {
            session
                .hub
                .set_session_state(&session.id, SessionState::Recovering, why);
        }
    }

    /// Active again only when what was missed is made up for: until then the picture may be out of date.
    async fn flowing(&self, missed: bool) {
        let session = &self.session;
        session.flow.send_replace(Flow::Flowing);
        if missed {
            session.book().repeats.forget_numbers();
            session.hub.announce_gap(&session.id);
            self.catch_up().await;
        } else {
            session.caught_up();
        }
    }

    /// No connect is held meanwhile, so that what happens after the snapshot comes after it. If it cannot be had now, a task goes on trying.
    async fn catch_up(&self) {
        let session = &self.session;
        let deadline = Instant::now() + session.config.request_timeout();
        let taken = tokio::select! {
            biased;
            () = session.stop.cancelled() => return,
            taken = session.resync(deadline) => taken,
        };
        match taken {
            Ok(()) => session.caught_up(),
            Err(_) => session.resync_soon(),
        }
    }

    async fn ended(&self, end: Option<End>) {
        let session = &self.session;
        match end {
            None | Some(End::Left) => {}
            Some(End::SentAway(why)) => {
                session.lose(SessionState::Lost, &format!("the server ended the event stream: {why}"));
            }
            Some(End::Denied(why)) => session.lose(SessionState::Lost, &why),
            Some(End::Refused) => {
                let (state, why) = session.why_shut().await;
                session.lose(state, &why);
            }
        }
    }
}

fn machine(session: &Session) -> Machine {
    let topics = vec![
        Topic {
            channel: "/v2/me/calls",
            required: true,
        },
        Topic {
            channel: "/v2/me/devices",
            required: true,
        },
        Topic {
            channel: "/v2/me",
            required: false,
        },
        // What a switch-over of the telephony server looks like is not documented (section 13.2): any word of it is a reason to look.
        Topic {
            channel: SERVICES,
            required: false,
        },
    ];
    // The server sweeps a session that has not connected for 10 s (section 11.1): the first tries come before that.
    let backoff = Backoff::new(FIRST_ROUND, LONGEST_ROUND, Arc::clone(&session.place));
    Machine::new(topics, backoff).spread(session.config.return_spread())
}

const FIRST_ROUND: Duration = Duration::from_millis(500);
const LONGEST_ROUND: Duration = Duration::from_secs(30);
/// State of the systems behind the server.
pub(crate) const SERVICES: &str = "/notifications/services";
