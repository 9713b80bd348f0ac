//! A simulated Genesys Web Services v2 server: the voice part of the REST API and its CometD notifications.
//!
//! It is written from the vendor's documentation alone; "section" in the comments means a section of the page on GWS v2 in
//! `docs/vendors`. Numbers that an agent dials are looked up in the number plan of the switch: agents, queues, IVR flows, outside telephones.

mod capabilities;
mod comet;
mod desk;
mod dispatch;
mod floor;
mod ids;
mod mischief;
mod notices;
mod options;
mod reply;
mod resources;
mod rest;
mod web;

use std::fmt;
use std::sync::{Arc, Weak};

use axum::Router;
use callcontrol_testkit::switch::SharedSwitch;

use crate::RequestLog;

use self::desk::{Core, Desk};
use self::dispatch::{dispatch, set_cookie};

pub use self::mischief::{GwsFault, GwsRequests};
pub use self::options::{
    Build, CometOptions, ConferenceBy, ConsultFailure, ConsulteeCall, DEFAULT_PASSWORD, ErrorShape, EventTiming,
    GwsOptions, GwsReason, GwsUser, HeldWithConsult, NotAllowed, Refusals, SecondStart,
};

/// The server. Clones are handles on the same one.
#[derive(Clone)]
pub struct GwsSimulator {
    core: Arc<Core>,
    requests: RequestLog,
}

impl GwsSimulator {
    /// A server in front of this switch. Calls that are there already are shown as they are.
    #[must_use]
    pub fn new(switch: SharedSwitch, options: GwsOptions) -> Self {
        let core = Arc::new(Core::new(switch, options));
        let listener: Weak<Core> = Arc::downgrade(&core);
        core.switch.on_event(Box::new(move |entry| {
            // A server that was dropped hears no more.
            if let Some(core) = listener.upgrade() {
                core.hear(entry);
            }
        }));
        Self {
            core,
            requests: RequestLog::default(),
        }
    }

    /// All routes, with the request log in front; paths outside `/api/v2` do not exist.
    pub fn router(&self) -> Router {
        let routes = Router::new().fallback(dispatch).with_state(Arc::clone(&self.core));
        self.requests.watch(routes)
    }

    /// What the server was asked.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.requests
    }

    /// The switch behind it.
    #[must_use]
    pub fn switch(&self) -> &SharedSwitch {
        &self.core.switch
    }

    /// Changes the options from now on.
    pub fn update_options(&self, change: impl FnOnce(&mut GwsOptions)) {
        change(&mut self.core.desk().options);
    }

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

    /// Every CometD session is gone, with what it had not fetched; HTTP sessions stay.
    pub fn sweep_comet_sessions(&self) {
        self.core.desk().comet.end_all();
    }

    /// Another node takes over: it knows neither HTTP nor CometD sessions.
    pub fn fail_over(&self) {
        let mut desk = self.core.desk();
        desk.web.end_all();
        desk.comet.end_all();
    }

    /// The next so many notifications of this agent are lost.
    pub fn lose_events(&self, agent: &str, count: usize) {
        self.core.desk().comet.losing.insert(agent.into(), count);
    }

    /// Sends the agent a notification that nobody documented.
    pub fn send_unknown_event(&self, agent: &str) {
        self.core.desk().push(agent, &notices::undocumented());
    }
}

impl fmt::Debug for GwsSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GwsSimulator")
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}
