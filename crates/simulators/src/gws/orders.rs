//! What a test orders beside the options: things that go wrong once, sessions that end, notifications that are kept back.

use std::sync::Arc;

use serde_json::Value;

use super::comet::GwsAdvice;
use super::desk::GwsDisposition;
use super::mischief::{GwsFault, GwsRequests};
use super::notices::Notification;
use super::{GwsSimulator, notices};

/// Requests and sessions.
impl GwsSimulator {
    /// The next request that fits gets this fault. Several orders are served in the order in which they were given.
    pub fn fail_next(&self, requests: GwsRequests, fault: GwsFault) {
        self.core.desk().faults.push((requests, fault));
    }

    /// Every HTTP session is gone, as after a time-out; agents stay signed in at the switch.
    pub fn expire_http_sessions(&self) {
        let mut desk = self.core.desk();
        desk.web.end_all();
        if desk.options.comet.dies_with_http {
            desk.comet.end_all();
        }
    }

    /// The HTTP sessions of this agent are gone.
    pub fn expire_http_sessions_of(&self, agent: &str) {
        let mut desk = self.core.desk();
        let user = desk.options.user_of(agent).map(|user| user.name.clone());
        let ended = user.map(|user| desk.web.end_of_user(&user)).unwrap_or_default();
        if desk.options.comet.dies_with_http {
            ended.iter().for_each(|session| desk.comet.end_of_web(session));
        }
    }

    /// The CSRF tokens given out so far are worth nothing any more; the next GET tells the new ones.
    pub fn renew_csrf_tokens(&self) {
        let mut desk = self.core.desk();
        let desk = &mut *desk;
        desk.web.renew_tokens(&mut desk.mint);
    }

    /// Every CometD session is gone, with what it had not fetched; HTTP sessions stay.
    pub fn sweep_comet_sessions(&self) {
        self.core.desk().comet.end_all();
    }

    /// The CometD sessions of this agent are gone, with what they had not fetched.
    pub fn sweep_comet_sessions_of(&self, agent: &str) {
        self.core.desk().comet.end_of_agent(agent);
    }

    /// Another node takes over: it knows neither HTTP nor CometD sessions. Held connects are told so.
    pub fn fail_over(&self) {
        let mut desk = self.core.desk();
        desk.web.end_all();
        desk.comet.end_all();
    }

    /// The server starts anew in the middle of everything: connections break off, all sessions and whatever waited to be fetched are
    /// forgotten. Agents and calls live in the switch and go on.
    pub fn restart(&self) {
        let mut desk = self.core.desk();
        desk.web.end_all();
        desk.comet.cut_all();
        desk.post.forget();
        desk.recovering = desk.floor.agents_in_calls();
    }

    /// Nobody reaches the server any more: held connects break off, requests get a broken connection. It goes on living behind the cut,
    /// so that sessions lapse there and events wait.
    pub fn cut_off(&self) {
        let mut desk = self.core.desk();
        desk.down = true;
        desk.comet.wake_all();
    }

    /// The end of [`cut_off`](Self::cut_off).
    pub fn reconnect(&self) {
        self.core.desk().down = false;
    }

    /// The link to T-Server goes or comes back: the option `voice_service`, with the notifications on devices and services.
    pub fn set_voice_service(&self, stands: bool) {
        self.core.set_voice_service(stands);
    }

    /// The agent's sessions get this advice with their next connect reply, a held one at once.
    pub fn advise(&self, agent: &str, advice: &GwsAdvice) {
        self.core.desk().comet.advise(agent, advice);
    }

    /// The dispositions that were set, in order.
    #[must_use]
    pub fn dispositions(&self) -> Vec<GwsDisposition> {
        self.core.desk().dispositions.clone()
    }
}

/// Notifications.
impl GwsSimulator {
    /// The next so many notifications of this agent are lost.
    pub fn lose_events(&self, agent: &str, count: usize) {
        self.core.desk().post.lose(agent, count);
    }

    /// Notifications of this agent wait from now on until they are let go.
    pub fn withhold_events(&self, agent: &str) {
        self.core.desk().post.withhold(agent);
    }

    /// What waits, oldest first, each in words such as `StatusChange Held 00A1…` or `DeviceStateChangeMessage`.
    #[must_use]
    pub fn withheld_events(&self, agent: &str) -> Vec<String> {
        let desk = self.core.desk();
        desk.post.withheld(agent).iter().map(notices::words).collect()
    }

    /// Lets the notification at this place go, before those in front of it; `false` when none is there.
    pub fn release_event(&self, agent: &str, at: usize) -> bool {
        self.core.desk().release(agent, at)
    }

    /// Sends a copy of the notification at this place, which goes on waiting; `false` when none is there.
    pub fn repeat_event(&self, agent: &str, at: usize) -> bool {
        let mut desk = self.core.desk();
        let Some(waiting) = desk.post.withheld(agent).get(at).cloned() else {
            return false;
        };
        desk.deliver(agent, &waiting);
        true
    }

    /// Loses the notification at this place; `false` when none is there.
    pub fn drop_event(&self, agent: &str, at: usize) -> bool {
        self.core.desk().post.take(agent, at).is_some()
    }

    /// Lets everything that waits go, in order, and keeps nothing back any more.
    pub fn release_events(&self, agent: &str) {
        let mut desk = self.core.desk();
        let waiting = desk.post.let_go(agent);
        waiting
            .iter()
            .for_each(|notification| desk.deliver(agent, notification));
    }

    /// Sends the agent a notification that nobody documented.
    pub fn send_unknown_event(&self, agent: &str) {
        self.core.desk().push(agent, &notices::undocumented());
    }

    /// Sends the agent this `data` on this topic, such as a sample of the vendor's that nothing here brings about.
    pub fn send_event(&self, agent: &str, topic: &str, data: Value) {
        let topic = topic.to_owned().into();
        self.core.desk().push(agent, &Notification { topic, data });
    }

    /// Sends the agent an error that belongs to no request.
    pub fn send_error_event(&self, agent: &str, code: u64, message: &str) {
        let mut desk = self.core.desk();
        let notification = notices::error(code, message, &Arc::clone(&desk.options));
        desk.push(agent, &notification);
    }
}
