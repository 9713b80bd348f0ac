//! The server's changing state behind one lock, and the ear at the switch that keeps it up to date.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_testkit::switch::{AgentState, JournalEntry, SharedSwitch};
use tokio::time::Instant;

use super::comet::{CometSessions, Post};
use super::floor::{Context, Floor, Notice};
use super::ids::Mint;
use super::mischief::{GwsFault, GwsRequests, Traits};
use super::notices::{self, Notification};
use super::options::{EventTiming, GwsOptions, Refusals};
use super::reply;
use super::resources;
use super::settings::Settings;
use super::web::WebSessions;

/// What every request shares.
pub(super) struct Core {
    pub(super) switch: SharedSwitch,
    desk: Mutex<Desk>,
}

/// Everything that changes.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) options: Arc<Settings>,
    pub(super) web: WebSessions,
    pub(super) comet: CometSessions,
    pub(super) post: Post,
    pub(super) floor: Floor,
    pub(super) mint: Mint,
    pub(super) faults: Vec<(GwsRequests, GwsFault)>,
    /// Nobody reaches the server.
    pub(super) down: bool,
    /// Agents who have not heard yet that their calls survived a restart.
    pub(super) recovering: BTreeSet<String>,
    pub(super) dispositions: Vec<GwsDisposition>,
}

/// A wrap-up code set by `SetCallDisposition` (section 6).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GwsDisposition {
    /// The agent who set it.
    pub agent: String,
    /// The call's id.
    pub call: String,
    /// The key under which it belongs.
    pub key: String,
    /// The code.
    pub disposition: String,
}

impl GwsDisposition {
    pub(super) fn new(agent: &str, call: &str, key: &str, disposition: &str) -> Self {
        Self {
            agent: agent.into(),
            call: call.into(),
            key: key.into(),
            disposition: disposition.into(),
        }
    }
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
        let desk = Desk {
            options: Arc::new(Settings::new(options)),
            floor,
            ..Desk::default()
        };
        Self {
            switch,
            desk: Mutex::new(desk),
        }
    }

    /// Locks the desk. Never call the switch while holding it: the switch may deliver an entry to [`hear`](Self::hear) in the
    /// same breath, which locks the desk.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The options in force.
    pub(super) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.desk().options)
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

    /// The voice service goes or comes back; whoever has a session is told.
    pub(super) fn set_voice_service(&self, stands: bool) {
        let agents = self.desk().comet.agents();
        let telephones: Vec<(String, String, AgentState)> = self.switch.with(|switch| {
            let known = agents.iter().filter_map(|id| switch.agent(id));
            known
                .map(|agent| (agent.id.clone(), agent.number.clone(), agent.state.clone()))
                .collect()
        });
        let mut desk = self.desk();
        desk.change_options(|options| options.voice_service = stands);
        for (agent, number, state) in telephones {
            let device = desk.floor.device(&agent, &number, state);
            let notice = Notice::Device(Box::new(device));
            desk.tell(&notice);
            if desk.options.service_events {
                let service = notices::service(&resources::voice_service(&desk.options));
                desk.push(&agent, &service);
            }
        }
    }

    /// Takes a journal entry in, if it is new, and tells the agents concerned.
    fn take_in(&self, entry: &JournalEntry) {
        let context = self.switch.with(|switch| Context::of(switch, entry));
        let outlived = {
            let mut desk = self.desk();
            let desk = &mut *desk;
            if entry.seq < desk.floor.next_seq() {
                return;
            }
            let told = desk.floor.hear(entry, &context, &desk.options);
            told.iter().for_each(|notice| desk.tell(notice));
            desk.floor.take_outlived()
        };
        for (supervisor, agent) in outlived {
            // It may have ended otherwise in the meantime.
            let _ = self.switch.with(|switch| switch.stop_supervision(&supervisor, &agent));
        }
    }
}

impl Desk {
    pub(super) fn change_options(&mut self, change: impl FnOnce(&mut GwsOptions)) {
        self.options = Arc::new(self.options.changed(change));
        self.web.reckon_anew();
    }

    /// Tells an agent of something that happened.
    pub(super) fn tell(&mut self, notice: &Notice) {
        match notice {
            Notice::Failed { agent, cause } => match self.options.refusals {
                Refusals::Event => self.push_error(agent, reply::tserver_cause(*cause)),
                // Too late for an HTTP answer.
                Refusals::Http | Refusals::Silent => {}
            },
            Notice::Call { agent, .. } => {
                let notifications = notices::of_call(notice, &self.options);
                notifications
                    .iter()
                    .for_each(|notification| self.push(agent, notification));
            }
            Notice::Device(device) => {
                let notifications = notices::of_device(device, &self.options);
                notifications
                    .iter()
                    .for_each(|notification| self.push(&device.agent, notification));
            }
        }
    }

    /// Sends an agent a notification, the way the options make it go.
    pub(super) fn push(&mut self, agent: &str, notification: &Notification) {
        self.post.send(agent, notification, &mut self.comet, &self.options);
    }

    /// Puts a notification into the sessions, whatever the options say.
    pub(super) fn deliver(&mut self, agent: &str, notification: &Notification) {
        let now = Instant::now();
        self.comet.queue(agent, notification, now, &self.options.comet);
    }

    /// Lets a notification go that was kept back.
    pub(super) fn release(&mut self, agent: &str, at: usize) -> bool {
        let Some(notification) = self.post.take(agent, at) else {
            return false;
        };
        self.deliver(agent, &notification);
        true
    }

    /// Sends an agent an error notification.
    pub(super) fn push_error(&mut self, agent: &str, (code, message): (u64, &str)) {
        let notification = notices::error(code, message, &self.options);
        self.push(agent, &notification);
    }

    /// After a restart: the agent subscribes again and is told of the calls that survived, if this server does so.
    pub(super) fn announce_recovered(&mut self, agent: &str) {
        if self.options.announces_recovered && self.recovering.remove(agent) {
            let notices = self.floor.recovered(agent);
            notices.iter().for_each(|notice| self.tell(notice));
        }
    }

    /// Events that the agent's request is about to cause are not seen before their time.
    pub(super) fn gate(&mut self, agent: &str) {
        if let EventTiming::AfterAnswer(gap) = self.options.event_timing {
            self.post.gate(agent, Instant::now() + gap);
        }
    }

    /// The fault that was ordered for this request.
    pub(super) fn take_fault(&mut self, request: &Traits<'_>) -> Option<GwsFault> {
        let at = self.faults.iter().position(|(requests, _)| requests.fits(request))?;
        Some(self.faults.remove(at).1)
    }
}
