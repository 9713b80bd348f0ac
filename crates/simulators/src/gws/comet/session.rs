//! CometD sessions: who subscribed to what, what waits to be fetched, and when a session that nobody polls is gone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{Exchange, topic};
use crate::gws::notices::Notification;
use crate::gws::options::CometOptions;

/// The CometD sessions that live.
#[derive(Debug, Default)]
pub(in crate::gws) struct CometSessions {
    pub(super) sessions: BTreeMap<String, CometSession>,
    /// Notifications to be lost, by agent.
    pub(in crate::gws) losing: BTreeMap<String, usize>,
    /// Notifications of an agent are not seen before.
    pub(in crate::gws) gates: BTreeMap<String, Instant>,
}

/// One CometD session.
#[derive(Debug)]
pub(super) struct CometSession {
    pub(super) agent: String,
    pub(super) browser: String,
    pub(super) web_session: String,
    pub(super) subscriptions: Vec<String>,
    pub(super) queue: VecDeque<Queued>,
    /// When a connect last ended, or the handshake.
    pub(super) idle_since: Instant,
    /// The connect that is held.
    pub(super) held: Option<u64>,
    pub(super) connects: u64,
    pub(super) wake: Arc<Notify>,
    /// The client said good-bye, rather than being forgotten.
    pub(super) disconnected: Arc<AtomicBool>,
}

/// An event that waits to be fetched.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) visible: Instant,
    pub(super) message: Value,
}

impl CometSessions {
    pub(super) fn begin(&mut self, client: &str, agent: &str, browser: &str, web_session: &str) {
        let session = CometSession {
            agent: agent.into(),
            browser: browser.into(),
            web_session: web_session.into(),
            subscriptions: Vec::new(),
            queue: VecDeque::new(),
            idle_since: Instant::now(),
            held: None,
            connects: 0,
            wake: Arc::new(Notify::new()),
            disconnected: Arc::default(),
        };
        self.sessions.insert(client.into(), session);
    }

    /// The session with this id, if it belongs to this cookie and this agent and has not lapsed: a valid id with another cookie
    /// is unknown.
    pub(super) fn of(
        &mut self,
        client: &str,
        exchange: &Exchange,
        options: &CometOptions,
    ) -> Option<&mut CometSession> {
        if self
            .sessions
            .get(client)
            .is_some_and(|session| session.has_lapsed(options))
        {
            self.sessions.remove(client);
        }
        let session = self.sessions.get_mut(client)?;
        let same_jar = exchange.browser.as_deref() == Some(session.browser.as_str());
        (same_jar && session.agent == exchange.caller.user.agent).then_some(session)
    }

    /// Puts a notification into every session of the agent that asked for its topic.
    pub(in crate::gws) fn push(&mut self, agent: &str, notification: &Notification, options: &CometOptions) {
        if let Some(losing) = self.losing.get_mut(agent).filter(|losing| **losing > 0) {
            *losing -= 1;
            return;
        }
        let visible = self.gates.get(agent).copied().unwrap_or_else(Instant::now);
        for session in self
            .sessions
            .values_mut()
            .filter(|session| session.agent == agent && !session.has_lapsed(options))
        {
            if session
                .subscriptions
                .iter()
                .any(|subscription| topic::covers(subscription, notification.topic))
            {
                let message = json!({"channel": notification.topic, "data": notification.data});
                session.queue.push_back(Queued { visible, message });
                session.wake.notify_waiters();
            }
        }
    }

    /// Whether another session of this cookie jar has a connect held.
    pub(super) fn has_rival(&self, client: &str, browser: &str) -> bool {
        self.sessions
            .iter()
            .any(|(id, session)| id != client && session.browser == browser && session.held.is_some())
    }

    /// Forgets sessions without a connect for too long.
    pub(in crate::gws) fn sweep(&mut self, options: &CometOptions) {
        self.end_those(|session| session.has_lapsed(options));
    }

    pub(in crate::gws) fn end_all(&mut self) {
        self.end_those(|_| true);
    }

    /// Forgets the sessions that were begun in this HTTP session.
    pub(in crate::gws) fn end_of_web(&mut self, web_session: &str) {
        self.end_those(|session| session.web_session == web_session);
    }

    /// Forgets the sessions whose HTTP session is gone.
    pub(in crate::gws) fn end_orphans(&mut self, is_live: impl Fn(&str) -> bool) {
        self.end_those(|session| !is_live(&session.web_session));
    }

    /// The client disconnects.
    pub(super) fn disconnect(&mut self, client: &str) {
        if let Some(session) = self.sessions.remove(client) {
            session.disconnected.store(true, Ordering::Relaxed);
            session.wake.notify_waiters();
        }
    }

    fn end_those(&mut self, such: impl Fn(&CometSession) -> bool) {
        self.sessions.retain(|_, session| {
            let ends = such(session);
            if ends {
                session.wake.notify_waiters();
            }
            !ends
        });
    }
}

impl CometSession {
    fn has_lapsed(&self, options: &CometOptions) -> bool {
        self.held.is_none() && self.idle_since.elapsed() > options.max_interval
    }

    /// Takes the events that can be seen by now.
    pub(super) fn fetch(&mut self) -> Vec<Value> {
        let now = Instant::now();
        let mut fetched = Vec::new();
        while let Some(queued) = self.queue.pop_front_if(|queued| queued.visible <= now) {
            fetched.push(queued.message);
        }
        fetched
    }

    /// When the next event can be seen.
    pub(super) fn next_visible(&self) -> Option<Instant> {
        self.queue.front().map(|queued| queued.visible)
    }
}
