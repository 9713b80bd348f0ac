//! What commands, event pump and pushes of one session share.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_core::{AgentId, Hub, PhoneNumber, RawMessage, Result, Scope, SessionId, SessionState};
use callcontrol_http::Transport;
use serde_json::Value;
use tokio::sync::Notify;

use crate::calls::Calls;
use crate::config::{CcGatewayConfig, Events};
use crate::link::Link;
use crate::recovery::{Health, Losses, Turns};
use crate::sign_in::{Entry, Standing};
use crate::supervision::Supervision;
use crate::wire::{Heard, decode_event};

/// What all sessions of one adapter share.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) config: Arc<CcGatewayConfig>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) hub: Hub,
    pub(crate) delivery: Arc<Delivery>,
}

/// How events come, and whether the gateway plays along.
#[derive(Debug)]
pub(crate) struct Delivery {
    wanted: Events,
    /// The gateway has refused the poll for all agents.
    batch_refused: AtomicBool,
    /// What was lost, by any session.
    pub(crate) losses: Losses,
    /// Whose turn it is to sign in again.
    turns: Turns,
    /// How many sessions there are.
    agents: AtomicU32,
    /// A session has become active, so that there is somebody to poll in whose name.
    pub(crate) somebody: Notify,
}

impl Delivery {
    pub(crate) fn new(wanted: Events) -> Self {
        Self {
            wanted,
            batch_refused: AtomicBool::new(false),
            losses: Losses::default(),
            turns: Turns::default(),
            agents: AtomicU32::new(0),
            somebody: Notify::new(),
        }
    }

    /// What is done at present: agent by agent where the poll for all was refused.
    pub(crate) fn mode(&self) -> Events {
        match self.wanted {
            Events::Batch if self.batch_refused.load(Ordering::Acquire) => Events::Poll,
            wanted => wanted,
        }
    }

    pub(crate) fn refuse_batch(&self) {
        self.batch_refused.store(true, Ordering::Release);
    }
}

/// One session's shared part.
pub(crate) struct Live {
    pub(crate) id: SessionId,
    pub(crate) agent: AgentId,
    pub(crate) phone: Option<PhoneNumber>,
    pub(crate) link: Link,
    pub(crate) hub: Hub,
    pub(crate) config: Arc<CcGatewayConfig>,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) health: Health,
    /// What it signed in with, to sign in again.
    pub(crate) entry: Entry,
    calls: Mutex<Calls>,
    standing: Mutex<Standing>,
    supervision: Mutex<Option<Supervision>>,
    /// We are signing out: that the gateway does not know the agent any more is then no loss.
    closing: AtomicBool,
    /// The session's own heart-beat is due now.
    pub(crate) nudge: Notify,
    /// Something is to be looked up at the gateway.
    pub(crate) doubts: Notify,
    look: AtomicBool,
}

/// Who it is and no more: phone, numbers and credential stay out of logs.
impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.delivery.agents.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Live {
    /// Of an agent who has just signed in.
    pub(crate) fn new(site: &Site, link: Link, entry: Entry, standing: Standing, agent: AgentId) -> Result<Self> {
        let id = SessionId::new(agent.as_str())?;
        let phone = entry.phone.clone();
        let own = std::iter::once(agent.as_str()).chain(phone.as_ref().map(PhoneNumber::reveal));
        let own = own.map(str::to_owned).collect();
        site.delivery.agents.fetch_add(1, Ordering::Relaxed);
        Ok(Self {
            calls: Mutex::new(Calls::new(site.hub.clone(), id.clone(), own)),
            id,
            agent,
            phone,
            link,
            hub: site.hub.clone(),
            config: Arc::clone(&site.config),
            delivery: Arc::clone(&site.delivery),
            health: Health::new(),
            entry,
            standing: Mutex::new(standing),
            supervision: Mutex::new(None),
            closing: AtomicBool::new(false),
            nudge: Notify::new(),
            doubts: Notify::new(),
            look: AtomicBool::new(false),
        })
    }

    /// Operations and consults. Held while an event is taken in, so that nothing comes between an event and its effect; never across an await.
    pub(crate) fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The settings that outlive a stay at the gateway.
    pub(crate) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom this session supervises.
    pub(crate) fn supervision(&self) -> MutexGuard<'_, Option<Supervision>> {
        self.supervision.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The agent's own addresses, by which the far side of a call is told.
    pub(crate) fn own(&self) -> Vec<&str> {
        let phone = self.phone.as_ref().map(PhoneNumber::reveal);
        std::iter::once(self.agent.as_str()).chain(phone).collect()
    }

    /// Its state, as readers see it.
    pub(crate) fn state(&self) -> SessionState {
        self.hub.session_state(&self.id).unwrap_or(SessionState::Closed)
    }

    /// Events flow (again).
    pub(crate) fn active(&self, reason: &str) {
        self.hub.set_session_state(&self.id, SessionState::Active, reason);
        self.delivery.somebody.notify_one();
    }

    /// The stay at the gateway has ended.
    pub(crate) fn over(&self, state: SessionState, reason: &str) {
        if !self.is_closing() {
            self.hub.set_session_state(&self.id, state, reason);
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    pub(crate) fn set_closing(&self, closing: bool) {
        self.closing.store(closing, Ordering::Release);
    }

    /// Something may have been lost: the session's own task finds out and closes the gap.
    pub(crate) fn shake(&self) {
        self.calls().lose_track();
        self.broke();
        self.nudge.notify_one();
    }

    /// The link broke, and with it perhaps those of the other sessions, which may not notice: a gateway can be restarted between two polls.
    pub(crate) fn broke(&self) {
        self.health.broke();
        self.delivery.losses.broke(false);
    }

    /// True while nothing speaks for a loss of our own making.
    pub(crate) fn is_well(&self) -> bool {
        self.health.is_well(self.delivery.losses.last().map(|broke| broke.at))
    }

    /// True when all that speaks for a loss is that others were dismissed too: the agent may be somebody's by now, and is not taken back by force.
    pub(crate) fn is_dismissed_with_others(&self) -> bool {
        self.health.is_well(None) && self.delivery.losses.last().is_some_and(|broke| broke.by_dismissal)
    }

    /// True when there is another session of this adapter to compare with.
    pub(crate) fn has_company(&self) -> bool {
        let snapshot = self.hub.snapshot(&Scope::All);
        let mut others = snapshot.sessions.iter().filter(|(id, _)| **id != self.id);
        others.any(|(_, view)| !view.state.is_over())
    }

    /// A command's answer was lost: the listing may tell what became of it.
    pub(crate) fn doubt(&self) {
        self.doubts.notify_one();
    }

    /// Something changed that no event shows in full: the listing does.
    pub(crate) fn look(&self) {
        self.look.store(true, Ordering::Release);
        self.doubts.notify_one();
    }

    /// True once for each time somebody wanted to look.
    pub(crate) fn is_to_look(&self) -> bool {
        self.look.swap(false, Ordering::AcqRel)
    }

    /// Gives events to the session's calls, in their order; one for another agent is dropped (5.1).
    pub(crate) fn take<'a>(&self, events: impl IntoIterator<Item = &'a Value>) {
        let mut calls = self.calls();
        for value in events {
            let event = decode_event(value);
            if event.agent.as_deref().is_some_and(|agent| agent != self.agent.as_str()) {
                tracing::warn!(target: "callcontrol::cc_gateway", session = %self.id, "event for another agent dropped");
                continue;
            }
            let raw = RawMessage::new(value.to_string());
            // A picked-up call may ring without being named: the listing names it.
            if calls.hear(&event, raw)
                && matches!(
                    event.heard,
                    Heard::PhoneAlerting { call: None, .. } | Heard::Conference { .. }
                )
            {
                self.look();
            }
            if calls.leaves_open(&event.heard) {
                self.doubt();
            }
        }
    }

    /// How long this session waits for its turn to sign in again, all sessions of the adapter being in the same case.
    pub(crate) fn turn(&self, attempts: u32) -> Duration {
        let agents = self.delivery.agents.load(Ordering::Relaxed);
        self.delivery.turns.wait(&self.config, attempts, agents)
    }

    /// A number from the injected source of ids, so that a simulated run repeats.
    pub(crate) fn random(&self) -> u64 {
        let id = self.hub.ids().op();
        let digits = id.as_str().rsplit('-').next().unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or_default()
    }
}
