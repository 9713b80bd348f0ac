//! One CometD session: what it subscribed to, what waits to be fetched, what was sent and not acknowledged.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::advice::GwsAdvice;
use super::topic;
use crate::gws::options::CometOptions;

/// A session from its handshake on.
#[derive(Debug)]
pub(super) struct CometSession {
    pub(super) agent: String,
    pub(super) browser: String,
    pub(super) web_session: String,
    pub(super) subscriptions: Vec<String>,
    queue: VecDeque<Queued>,
    acks: Option<Acks>,
    /// When a connect last ended, or the handshake.
    pub(super) idle_since: Instant,
    /// The connect that is held.
    pub(super) held: Option<u64>,
    pub(super) connects: u64,
    pub(super) wake: Arc<Notify>,
    pub(super) farewell: Arc<OnceLock<Farewell>>,
    /// Advice that a test ordered for the next connect reply.
    pub(super) ordered: Option<GwsAdvice>,
    /// The advice that the client knows: it comes again only when it changes.
    pub(super) advised: Option<Value>,
}

/// How a session ended, where it was not simply forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Farewell {
    /// The client said good-bye.
    Disconnected,
    /// The server went away under a held connect.
    Cut,
}

/// An event that waits to be fetched.
#[derive(Debug)]
struct Queued {
    visible: Instant,
    message: Value,
}

/// The acknowledged-messages extension (section 11.7).
#[derive(Debug, Default)]
struct Acks {
    batch: u64,
    unacknowledged: VecDeque<(u64, Value)>,
}

impl CometSession {
    pub(super) fn new(agent: &str, browser: &str, web_session: &str, acknowledged: bool) -> Self {
        Self {
            agent: agent.into(),
            browser: browser.into(),
            web_session: web_session.into(),
            subscriptions: Vec::new(),
            queue: VecDeque::new(),
            acks: acknowledged.then(Acks::default),
            idle_since: Instant::now(),
            held: None,
            connects: 0,
            wake: Arc::new(Notify::new()),
            farewell: Arc::default(),
            ordered: None,
            advised: None,
        }
    }

    pub(super) fn has_lapsed(&self, options: &CometOptions) -> bool {
        self.held.is_none() && self.idle_since.elapsed() > options.max_interval
    }

    pub(super) fn covers(&self, channel: &str) -> bool {
        self.subscriptions
            .iter()
            .any(|subscription| topic::covers(subscription, channel))
    }

    pub(super) fn queue(&mut self, visible: Instant, message: Value) {
        self.queue.push_back(Queued { visible, message });
        self.wake.notify_waiters();
    }

    /// The client has everything up to this batch.
    pub(super) fn acknowledge(&mut self, batch: u64) {
        if let Some(acks) = &mut self.acks {
            acks.unacknowledged.retain(|(sent, _)| *sent > batch);
        }
    }

    /// The events for a connect reply: with acknowledgements also those that were sent before and not acknowledged.
    pub(super) fn fetch(&mut self) -> Vec<Value> {
        let fresh = self.take_visible();
        let Some(acks) = &mut self.acks else { return fresh };
        if !fresh.is_empty() {
            acks.batch += 1;
            let batch = acks.batch;
            acks.unacknowledged
                .extend(fresh.into_iter().map(|message| (batch, message)));
        }
        acks.unacknowledged.iter().map(|(_, message)| message.clone()).collect()
    }

    /// The events for a reply to something else than a connect; none with acknowledgements.
    pub(super) fn fetch_riders(&mut self) -> Vec<Value> {
        if self.acks.is_some() {
            Vec::new()
        } else {
            self.take_visible()
        }
    }

    /// `ext` of a connect reply.
    pub(super) fn ext(&self) -> Option<Value> {
        self.acks.as_ref().map(|acks| json!({"ack": acks.batch}))
    }

    /// When the next event can be seen.
    pub(super) fn next_visible(&self) -> Option<Instant> {
        self.queue.iter().map(|queued| queued.visible).min()
    }

    /// In the order in which they were queued, those that are late being overtaken.
    fn take_visible(&mut self) -> Vec<Value> {
        let now = Instant::now();
        let (visible, late) = std::mem::take(&mut self.queue)
            .into_iter()
            .partition(|queued| queued.visible <= now);
        self.queue = late;
        let visible: VecDeque<Queued> = visible;
        visible.into_iter().map(|queued| queued.message).collect()
    }
}
