//! The server's changing state behind one lock, and the ear at the switch that keeps it up to date.

use std::sync::{Mutex, MutexGuard, PoisonError};

use callcontrol_testkit::switch::{JournalEntry, SharedSwitch};
use tokio::time::Instant;

use super::comet::CometSessions;
use super::floor::{Context, Floor};
use super::ids::Mint;
use super::mischief::{GwsFault, GwsRequests, Traits};
use super::notices::{self, Notification};
use super::options::{EventTiming, GwsOptions};
use super::web::WebSessions;

/// What every request shares.
pub(super) struct Core {
    pub(super) switch: SharedSwitch,
    desk: Mutex<Desk>,
}

/// Everything that changes.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) options: GwsOptions,
    pub(super) web: WebSessions,
    pub(super) comet: CometSessions,
    pub(super) floor: Floor,
    pub(super) mint: Mint,
    pub(super) faults: Vec<(GwsRequests, GwsFault)>,
}

impl Core {
    pub(super) fn new(switch: SharedSwitch, options: GwsOptions) -> Self {
        let floor = switch.with(|switch| {
            let mut floor = Floor::default();
            for entry in switch.journal().entries() {
                floor.hear(entry, &Context::of(switch, entry), &options);
            }
            floor
        });
        let (web, comet, mint) = Default::default();
        Self {
            switch,
            desk: Mutex::new(Desk {
                options,
                web,
                comet,
                floor,
                mint,
                faults: Vec::new(),
            }),
        }
    }

    /// Locks the desk. Never call the switch while holding it: the switch may deliver an entry to [`hear`](Self::hear) in the
    /// same breath, which locks the desk.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears a journal entry. What happened between reading the journal and listening to it is caught up first.
    pub(super) fn hear(&self, entry: &JournalEntry) {
        let next = self.desk().floor.next_seq();
        if entry.seq > next {
            let missed = self.switch.journal_since(next);
            missed
                .iter()
                .filter(|missed| missed.seq < entry.seq)
                .for_each(|missed| self.take_in(missed));
        }
        self.take_in(entry);
    }

    /// Takes a journal entry in, if it is new, and tells the agents concerned.
    fn take_in(&self, entry: &JournalEntry) {
        let context = self.switch.with(|switch| Context::of(switch, entry));
        let mut desk = self.desk();
        let desk = &mut *desk;
        if entry.seq < desk.floor.next_seq() {
            return;
        }
        let told = desk.floor.hear(entry, &context, &desk.options);
        for notice in &told {
            let (agent, notification) = notices::of(notice, &desk.options);
            desk.push(&agent, &notification);
        }
    }
}

impl Desk {
    /// Sends an agent a notification, twice if the options say so.
    pub(super) fn push(&mut self, agent: &str, notification: &Notification) {
        self.comet.push(agent, notification, &self.options.comet);
        if self.options.duplicate_events {
            self.comet.push(agent, notification, &self.options.comet);
        }
    }

    /// Sends an agent an error notification.
    pub(super) fn push_error(&mut self, agent: &str, (code, message): (u64, &str)) {
        let notification = notices::error(code, message, &self.options);
        self.push(agent, &notification);
    }

    /// Events that the agent's request is about to cause are not seen before their time.
    pub(super) fn gate(&mut self, agent: &str) {
        if let EventTiming::AfterAnswer(gap) = self.options.event_timing {
            self.comet.gates.insert(agent.into(), Instant::now() + gap);
        }
    }

    /// The fault that was ordered for this request.
    pub(super) fn take_fault(&mut self, request: &Traits<'_>) -> Option<GwsFault> {
        let at = self.faults.iter().position(|(requests, _)| requests.fits(request))?;
        Some(self.faults.remove(at).1)
    }
}
