//! What the gateway does because time passes: signing out whoever is silent for too long, and telling that a rest is
//! over (sections 3.7 and 4). Every request looks after it; for the time between requests there is a clock.

use std::pin::pin;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};

use super::CcGatewaySimulator;
use super::event::Event;
use super::gateway::Gateway;
use super::session::Session;
use super::state::{Origin, State};

impl CcGatewaySimulator {
    /// Signs out whoever has given no sign of life for too long, and tells whose rest is over; every request does this
    /// too.
    pub fn sweep(&self) {
        self.gateway.sweep();
    }

    /// Does a [`sweep`](Self::sweep) four times a second until `stop` is done, so that silence is noticed without
    /// a request. To be spawned by whoever owns the server.
    pub fn run_clock<F>(&self, stop: F) -> impl Future<Output = ()> + Send + use<F>
    where
        F: Future<Output = ()> + Send,
    {
        let gateway = self.gateway.clone();
        async move {
            let mut stop = pin!(stop);
            loop {
                tokio::select! {
                    biased;
                    () = &mut stop => return,
                    () = sleep(TICK) => gateway.sweep(),
                }
            }
        }
    }
}

impl Gateway {
    pub(super) fn sweep(&self) {
        if !self.state().is_due() {
            return;
        }
        let lapsed = self.lapse();
        for agent in lapsed {
            // Signed out at the switch already: then there is nothing to do.
            let _ = self.command(Origin::Session, |switch| switch.force_sign_out(&agent));
        }
        self.end_rests();
        let gap = self.options().poll_gap;
        self.state().rest_easy(gap);
    }

    fn lapse(&self) -> Vec<String> {
        let gap = self.options().poll_gap;
        let mut state = self.state();
        let polled = state.polls_for_all > 0;
        let lapsed = |session: &Session| session.lapsed(gap) && !(polled && session.settings.push.is_none());
        let sessions = state.sessions.iter().filter(|(_, session)| lapsed(session));
        let agents: Vec<String> = sessions.map(|(agent, _)| agent.clone()).collect();
        for agent in &agents {
            state.end(agent, None);
        }
        agents
    }

    fn end_rests(&self) {
        let (now, options) = (self.now_ms(), self.options());
        let mut state = self.state();
        let mut rested = Vec::new();
        for (agent, session) in &mut state.sessions {
            if session.rest_until.take_if(|until| *until <= Instant::now()).is_some() {
                rested.push(agent.clone());
            }
        }
        for agent in rested {
            // A reminder only: the agent rests on.
            state.queue(
                &agent,
                Event::new("AgentState_Rest_Timeout", Value::Null, now),
                &options,
            );
        }
    }
}

impl State {
    /// Whether anything can have come to its end since the last look at all sessions: every request asks, and there may be thousands of sessions.
    fn is_due(&self) -> bool {
        self.quiet_until.is_none_or(|until| until <= Instant::now())
    }

    /// Nothing comes to its end before the session that was silent longest, or whose rest is over first. Whoever is heard of later lasts longer.
    fn rest_easy(&mut self, gap: Duration) {
        let now = Instant::now();
        let live = self.sessions.values().filter(|session| !session.over);
        let silent = live.filter(|session| session.polls == 0);
        let lapses = silent.map(|session| session.last_seen + gap);
        let rests = self.sessions.values().filter_map(|session| session.rest_until);
        self.quiet_until = Some(lapses.chain(rests).fold(now + gap, Instant::min));
    }

    /// Something may end earlier than was reckoned.
    pub(super) fn look_again(&mut self) {
        self.quiet_until = None;
    }
}

/// Waits for this moment, without one for ever.
pub(super) async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

const TICK: Duration = Duration::from_millis(250);
