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
mod orders;
mod reply;
mod resources;
mod rest;
mod settings;
mod web;

use std::fmt;
use std::sync::{Arc, Weak};

use axum::Router;
use callcontrol_testkit::switch::SharedSwitch;

use crate::RequestLog;

use self::desk::{Core, Desk};
use self::dispatch::{dispatch, set_cookie};

pub use self::comet::{GwsAdvice, GwsReconnect};
pub use self::desk::GwsDisposition;
pub use self::mischief::{GwsFault, GwsRequests};
pub use self::options::{
    AckExtension, Build, CometOptions, ConferenceBy, ConsultFailure, ConsulteeCall, DEFAULT_PASSWORD, DialFailure,
    ErrorShape, EventMischief, EventTiming, GwsOptions, GwsReason, GwsUser, HeldWithConsult, MissingFeature,
    NotAllowed, Refusals, SecondStart, UnknownAdvice,
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
        self.core.desk().change_options(change);
    }
}

impl fmt::Debug for GwsSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GwsSimulator")
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}
