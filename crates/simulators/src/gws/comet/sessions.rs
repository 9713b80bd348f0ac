//! All CometD sessions that live, found by id, by agent and by browser without a search.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::Exchange;
use super::advice::GwsAdvice;
use super::session::{CometSession, Farewell};
use crate::gws::notices::Notification;
use crate::gws::options::CometOptions;

/// The sessions and their indexes.
#[derive(Debug, Default)]
pub(in crate::gws) struct CometSessions {
    sessions: BTreeMap<String, CometSession>,
    by_agent: BTreeMap<String, BTreeSet<String>>,
    by_browser: BTreeMap<String, BTreeSet<String>>,
    swept: Option<Instant>,
    events: u64,
    asked: u64,
}

impl CometSessions {
    pub(super) fn begin(&mut self, client: &str, session: CometSession) {
        index(&mut self.by_agent, &session.agent, client);
        index(&mut self.by_browser, &session.browser, client);
        self.sessions.insert(client.into(), session);
    }

    pub(super) fn get_mut(&mut self, client: &str) -> Option<&mut CometSession> {
        self.sessions.get_mut(client)
    }

    /// The session with this id, if it belongs to this cookie and this agent and has not lapsed: a valid id with another cookie
    /// is unknown.
    pub(super) fn of(
        &mut self,
        client: &str,
        exchange: &Exchange,
        options: &CometOptions,
    ) -> Option<&mut CometSession> {
        self.asked += 1;
        if self.asked.is_multiple_of(options.stray_every) {
            return None;
        }
        let lapsed = self
            .sessions
            .get(client)
            .is_some_and(|session| session.has_lapsed(options));
        if lapsed {
            self.remove(client);
        }
        let session = self.sessions.get_mut(client)?;
        let same_jar = !options.demands_browser_cookie || exchange.browser.as_deref() == Some(session.browser.as_str());
        (same_jar && session.agent == exchange.caller.user.agent).then_some(session)
    }

    /// Puts a notification into every session of the agent that asked for its topic.
    pub(in crate::gws) fn queue(
        &mut self,
        agent: &str,
        notification: &Notification,
        visible: Instant,
        options: &CometOptions,
    ) {
        self.events += 1;
        let event = self.events;
        for client in self.by_agent.get(agent).into_iter().flatten() {
            let session = self.sessions.get_mut(client);
            let wanted =
                |session: &&mut CometSession| !session.has_lapsed(options) && session.covers(&notification.topic);
            if let Some(session) = session.filter(wanted) {
                session.queue(
                    visible,
                    notification.message(options.tags_events.then_some((event, client))),
                );
            }
        }
    }

    /// Whether another session of this cookie jar has a connect held.
    pub(super) fn has_rival(&self, client: &str, browser: &str) -> bool {
        let same_jar = self.by_browser.get(browser).into_iter().flatten();
        same_jar
            .filter(|id| *id != client)
            .any(|id| self.sessions.get(id).is_some_and(|session| session.held.is_some()))
    }

    /// The agents who have a session.
    pub(in crate::gws) fn agents(&self) -> Vec<String> {
        self.by_agent.keys().cloned().collect()
    }

    /// Gives the agent's sessions this advice with their next connect reply, the held one at once.
    pub(in crate::gws) fn advise(&mut self, agent: &str, advice: &GwsAdvice) {
        for client in self.by_agent.get(agent).into_iter().flatten() {
            if let Some(session) = self.sessions.get_mut(client) {
                session.ordered = Some(advice.clone());
                session.wake.notify_waiters();
            }
        }
    }

    /// Has every held connect look around.
    pub(in crate::gws) fn wake_all(&self) {
        self.sessions.values().for_each(|session| session.wake.notify_waiters());
    }

    /// Forgets sessions without a connect for too long, now and then: whether one lives is looked at when it is asked for.
    pub(super) fn sweep(&mut self, options: &CometOptions) {
        let due = |swept: &Instant| swept.elapsed() > options.max_interval;
        if self.swept.as_ref().is_none_or(due) {
            self.swept = Some(Instant::now());
            self.end_those(|session| session.has_lapsed(options));
        }
    }

    /// Forgets all; held connects get to hear that they are unknown.
    pub(in crate::gws) fn end_all(&mut self) {
        self.end_those(|_| true);
    }

    /// Forgets all; held connects break off.
    pub(in crate::gws) fn cut_all(&mut self) {
        for session in self.sessions.values() {
            // A session says good-bye once; whoever was first is right.
            let _ = session.farewell.set(Farewell::Cut);
        }
        self.end_all();
    }

    /// Forgets the sessions of this agent.
    pub(in crate::gws) fn end_of_agent(&mut self, agent: &str) {
        let clients = self.by_agent.get(agent).cloned().unwrap_or_default();
        clients.iter().for_each(|client| drop(self.remove(client)));
    }

    /// Forgets the sessions that were begun in this HTTP session.
    pub(in crate::gws) fn end_of_web(&mut self, web_session: &str) {
        self.end_those(|session| session.web_session == web_session);
    }

    /// The client disconnects.
    pub(super) fn disconnect(&mut self, client: &str) {
        if let Some(session) = self.sessions.get(client) {
            // As above: first come, first served.
            let _ = session.farewell.set(Farewell::Disconnected);
        }
        self.remove(client);
    }

    pub(super) fn remove(&mut self, client: &str) -> Option<CometSession> {
        let session = self.sessions.remove(client)?;
        unindex(&mut self.by_agent, &session.agent, client);
        unindex(&mut self.by_browser, &session.browser, client);
        session.wake.notify_waiters();
        Some(session)
    }

    fn end_those(&mut self, such: impl Fn(&CometSession) -> bool) {
        let ending = self.sessions.iter().filter(|(_, session)| such(session));
        let ending: Vec<String> = ending.map(|(client, _)| client.clone()).collect();
        ending.iter().for_each(|client| drop(self.remove(client)));
    }
}

fn index(by: &mut BTreeMap<String, BTreeSet<String>>, key: &str, client: &str) {
    by.entry(key.into()).or_default().insert(client.into());
}

fn unindex(by: &mut BTreeMap<String, BTreeSet<String>>, key: &str, client: &str) {
    let Some(clients) = by.get_mut(key) else { return };
    clients.remove(client);
    if clients.is_empty() {
        by.remove(key);
    }
}
