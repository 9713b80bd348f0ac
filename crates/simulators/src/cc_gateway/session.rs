//! One agent's session at the gateway: its credential, its settings and the events that wait for it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::event::Event;
use super::options::{AuthMode, CcGatewayOptions};

/// What an agent's sign-in began.
#[derive(Debug)]
pub(super) struct Session {
    /// Tells this session from a later one of the same agent.
    pub(super) serial: u64,
    /// Journal entries before this one are none of its business.
    pub(super) from_seq: u64,
    pub(super) login_time: u64,
    pub(super) settings: Settings,
    /// The queues the agent selected with `resetskill`.
    pub(super) skills: BTreeSet<String>,
    pub(super) off_hook: bool,
    /// Call info of the call the agent left last.
    pub(super) last_call: Option<Value>,
    /// Over: nothing but what is still queued can be had.
    pub(super) over: bool,
    pub(super) polls: usize,
    pub(super) last_poll: Instant,
    pub(super) wake: Arc<Notify>,
    events: VecDeque<Event>,
    guids: Guids,
    former: Vec<String>,
}

/// What the sign-in request said, and later requests changed.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) auto_answer: bool,
    pub(super) release_phone: bool,
    pub(super) push: bool,
}

/// Who asks, judged by the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    Valid,
    /// That of somebody who was pushed out.
    Displaced,
    Wrong,
}

impl Session {
    pub(super) fn new(serial: u64, from_seq: u64, login_time: u64, settings: Settings, guid: String) -> Self {
        Self {
            serial,
            from_seq,
            login_time,
            settings,
            skills: BTreeSet::new(),
            off_hook: false,
            last_call: None,
            over: false,
            polls: 0,
            last_poll: Instant::now(),
            wake: Arc::new(Notify::new()),
            events: VecDeque::new(),
            guids: Guids::new(guid),
            former: Vec::new(),
        }
    }

    /// Takes over the place of a session that was pushed out.
    pub(super) fn displacing(mut self, old: Option<Self>) -> Self {
        if let Some(old) = old {
            self.former.extend(old.guids.live.into_iter().map(|guid| guid.text));
            self.off_hook = old.off_hook;
            old.wake.notify_waiters();
        }
        self
    }

    pub(super) fn queue(&mut self, event: Event, limit: usize) {
        if self.over {
            return;
        }
        self.events.push_back(event);
        while self.events.len() > limit {
            self.events.pop_front();
        }
        self.wake.notify_waiters();
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Ends it; `last` may still be fetched by a poll that is waiting.
    pub(super) fn end(&mut self, last: Option<Event>) {
        self.events.clear();
        self.events.extend(last);
        self.over = true;
        self.wake.notify_waiters();
    }

    pub(super) fn lapsed(&self, gap: Duration) -> bool {
        !self.over && self.polls == 0 && self.last_poll.elapsed() > gap
    }

    pub(super) fn judge(&self, guid: Option<&str>, mode: AuthMode) -> Credential {
        match guid {
            Some(guid) if self.guids.is_valid(guid, mode) => Credential::Valid,
            Some(guid) if self.former.iter().any(|former| former == guid) => Credential::Displaced,
            Some(_) | None => Credential::Wrong,
        }
    }

    /// Whether it is time for a new GUID.
    pub(super) fn rotation_due(&self, options: &CcGatewayOptions) -> bool {
        match options.auth {
            AuthMode::Static => false,
            AuthMode::Rotating { interval, .. } => self.guids.age().is_none_or(|age| age >= interval),
        }
    }

    pub(super) fn renew_guid(&mut self, guid: String) {
        self.guids.renew(guid);
    }

    pub(super) fn guid(&self) -> Option<&str> {
        self.guids.live.last().map(|guid| guid.text.as_str())
    }

    /// No GUID is valid any more.
    pub(super) fn expire_guids(&mut self) {
        self.guids.live.clear();
    }
}

/// The GUIDs given out, oldest first. An old one lives beside the new one until its own time is up (3.2).
#[derive(Debug)]
struct Guids {
    live: Vec<Guid>,
}

#[derive(Debug)]
struct Guid {
    text: String,
    issued: Instant,
}

impl Guids {
    fn new(guid: String) -> Self {
        let mut guids = Self { live: Vec::new() };
        guids.renew(guid);
        guids
    }

    fn renew(&mut self, guid: String) {
        // Two overlap by the defaults; a few more do no harm where the operator chose a long lifetime.
        if self.live.len() >= MOST_LIVE {
            self.live.remove(0);
        }
        self.live.push(Guid {
            text: guid,
            issued: Instant::now(),
        });
    }

    fn is_valid(&self, text: &str, mode: AuthMode) -> bool {
        let lives = |guid: &Guid| match mode {
            AuthMode::Static => true,
            AuthMode::Rotating { timeout, .. } => guid.issued.elapsed() < timeout,
        };
        self.live.iter().any(|guid| guid.text == text && lives(guid))
    }

    fn age(&self) -> Option<Duration> {
        self.live.last().map(|guid| guid.issued.elapsed())
    }
}

const MOST_LIVE: usize = 8;
