//! One agent's session at the gateway: its credential, its settings and the events that wait for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::choices::{AuthMode, PushForm};
use super::disturb::EventFate;
use super::event::Event;
use super::guids::Guids;
use super::playback::Player;

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
    /// The agent's picture in a video call is covered.
    pub(super) picture_covered: bool,
    pub(super) player: Player,
    /// When the rest the agent asked for is over.
    pub(super) rest_until: Option<Instant>,
    /// Numbers of the previewed calls that were offered, by control id.
    pub(super) previews: BTreeMap<i64, String>,
    /// Call info of the call the agent left last.
    pub(super) last_call: Option<Value>,
    /// Over: nothing but what is still queued can be had.
    pub(super) over: bool,
    pub(super) polls: usize,
    /// When the last sign of life ended: a poll, or a heartbeat in push mode.
    pub(super) last_seen: Instant,
    pub(super) wake: Arc<Notify>,
    pub(super) guids: Guids,
    /// Events of a push that is not acknowledged.
    pub(super) in_flight: Vec<Event>,
    events: VecDeque<Event>,
    /// Events that let the next one go first.
    overtaken: Vec<Event>,
    former: Vec<String>,
}

/// What the sign-in request said, and later requests changed.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) auto_answer: bool,
    pub(super) release_phone: bool,
    /// The telephone itself can be used, and says what is done with it.
    pub(super) linkage: bool,
    /// Whether the agent takes calls.
    pub(super) talk_right: bool,
    pub(super) push: Option<PushTarget>,
}

/// Where events are pushed to.
#[derive(Clone)]
pub(super) struct PushTarget {
    pub(super) url: String,
    pub(super) token: Option<String>,
    pub(super) form: PushForm,
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
            picture_covered: false,
            player: Player::default(),
            rest_until: None,
            previews: BTreeMap::new(),
            last_call: None,
            over: false,
            polls: 0,
            last_seen: Instant::now(),
            wake: Arc::new(Notify::new()),
            guids: Guids::new(guid),
            in_flight: Vec::new(),
            events: VecDeque::new(),
            overtaken: Vec::new(),
            former: Vec::new(),
        }
    }

    /// Takes over the place of a session that was pushed out.
    pub(super) fn displacing(mut self, old: Option<Self>) -> Self {
        if let Some(old) = old {
            self.former.extend(old.guids.into_texts());
            self.off_hook = old.off_hook;
            old.wake.notify_waiters();
        }
        self
    }

    pub(super) fn queue(&mut self, event: Event, fate: EventFate, limit: usize) {
        if self.over {
            return;
        }
        match fate {
            EventFate::Lost => return,
            EventFate::Overtaken => {
                self.overtaken.push(event);
                return;
            }
            EventFate::Duplicated => {
                self.events.push_back(event.clone());
                self.events.push_back(event);
            }
            EventFate::Delivered => self.events.push_back(event),
        }
        self.events.extend(self.overtaken.drain(..));
        while self.events.len() > limit {
            self.events.pop_front();
        }
        self.wake.notify_waiters();
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The place of the next event among those of all agents.
    pub(super) fn next_order(&self) -> Option<u64> {
        self.events.front().map(|event| event.order)
    }

    /// Takes this many events for a push, unless one is under way: then the same ones again.
    pub(super) fn begin_push(&mut self, most: usize) -> &[Event] {
        if self.in_flight.is_empty() {
            let count = most.max(1).min(self.events.len());
            self.in_flight.extend(self.events.drain(..count));
        }
        &self.in_flight
    }

    /// Whether there is something to push.
    pub(super) fn has_pushes(&self) -> bool {
        self.settings.push.is_some() && !(self.events.is_empty() && self.in_flight.is_empty())
    }

    /// Ends it; `last` may still be fetched by a poll that is waiting.
    pub(super) fn end(&mut self, last: Option<Event>) {
        self.events.clear();
        self.in_flight.clear();
        self.events.extend(last);
        self.over = true;
        self.wake.notify_waiters();
    }

    pub(super) fn lapsed(&self, gap: Duration) -> bool {
        !self.over && self.polls == 0 && self.last_seen.elapsed() > gap
    }

    pub(super) fn judge(&self, guid: Option<&str>, mode: AuthMode) -> Credential {
        match guid {
            Some(guid) if self.guids.is_valid(guid, mode) => Credential::Valid,
            Some(guid) if self.former.iter().any(|former| former == guid) => Credential::Displaced,
            Some(_) | None => Credential::Wrong,
        }
    }
}

/// Shows neither address nor token.
impl std::fmt::Debug for PushTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushTarget")
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}
