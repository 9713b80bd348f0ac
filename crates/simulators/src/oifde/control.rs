//! The simulator as a test or a person holds it: the router, and what the vendor's interfaces cannot do.

use std::fmt;
use std::sync::{Arc, Mutex};

use axum::Router;
use callcontrol_testkit::switch::{CustomerPlace, Reply, SharedSwitch, SwitchCallId, SwitchEvent, TransferKind};

use super::engine::Engine;
use super::mischief::{Mischief, Plan};
use super::options::OifdeOptions;
use super::session::{AgentReply, FlowEnd, HelpRequest, NewSession, SessionId, WorkMode};
use super::transfer::TransferReport;
use super::wire::Wire;
use crate::log::RequestLog;

/// A simulated OIFDE server over a model switch. Clones are handles on the same server.
#[derive(Clone)]
pub struct OifdeSimulator {
    wire: Wire,
}

impl OifdeSimulator {
    /// A server over this switch.
    #[must_use]
    pub fn new(switch: SharedSwitch, options: OifdeOptions) -> Self {
        let engine = Arc::new(Mutex::new(Engine::new(options)));
        let wire = Wire {
            switch,
            engine,
            plan: Plan::default(),
            log: RequestLog::default(),
        };
        Self { wire }
    }

    /// All interfaces, behind the request log.
    pub fn router(&self) -> Router {
        self.wire.router()
    }

    /// Control verbs over HTTP, under `/_control/oifde/`, to be merged beside the vendor's routes where a person plays: `sessions` lists
    /// (GET) and begins (POST) sessions, `deliver`, `help`, `fail_next_transfer`, `end_flow` and `expire_tokens` (POST) do what the methods of these names do.
    pub fn control_router(&self) -> Router {
        super::hands::router(self.clone())
    }

    /// What the server was asked.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.wire.log
    }

    /// The switch.
    #[must_use]
    pub fn switch(&self) -> &SharedSwitch {
        &self.wire.switch
    }

    /// Changes the options from the next request on. The change must not use the simulator or its switch.
    pub fn update_options(&self, change: impl FnOnce(&mut OifdeOptions)) {
        change(Arc::make_mut(&mut self.wire.engine().options));
    }

    /// The options in force.
    #[must_use]
    pub fn options(&self) -> OifdeOptions {
        OifdeOptions::clone(&self.wire.engine().options)
    }

    /// A customer calls the robot: puts the call into the robot's IVR and begins a session.
    ///
    /// # Errors
    /// The customer is busy, the call named has no IVR, or a session has this id already.
    pub fn create_session(&self, new: NewSession) -> Reply<SessionId> {
        self.wire.with(|engine, switch| engine.begin(switch, new))
    }

    /// Every session there was, in order of id.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.wire.engine().sessions.keys().cloned().collect()
    }

    /// Takes the access party's next turn: carries out the transfer that waits. `None` if none does.
    pub fn deliver(&self, session: &SessionId) -> Option<TransferReport> {
        self.wire.with(|engine, switch| engine.deliver(switch, session))
    }

    /// The session's latest transfer and how far it has come.
    #[must_use]
    pub fn transfer_of(&self, session: &SessionId) -> Option<TransferReport> {
        self.wire.with(|engine, switch| engine.report(switch, session))
    }

    /// How often this session's customer was really moved on; more than one is a transfer done twice.
    #[must_use]
    pub fn transfers_of(&self, session: &SessionId) -> usize {
        self.wire.with(|engine, switch| {
            let Some(session) = engine.sessions.get(session) else {
                return 0;
            };
            let facts = switch.journal().since(session.since).iter().map(|entry| &entry.what);
            let moved = facts.filter(|fact| match fact {
                SwitchEvent::Moved { call, kind, .. } => *call == session.call && *kind == TransferKind::IvrRoute,
                _ => false,
            });
            moved.count()
        })
    }

    /// The next transfer carried out fails, whatever its target; the customer stays with the robot.
    pub fn fail_next_transfer(&self) {
        self.wire.engine().next_transfer_fails = true;
    }

    /// The robot's flow comes to its end. An access party outside is told to hang up at its next turn; without one the call ends now.
    /// Answers whether there was a flow to end: not after the session, and not while a target rings.
    pub fn end_flow(&self, session: &SessionId, how: FlowEnd) -> bool {
        self.wire.with(|engine, switch| engine.end_flow(switch, session, how))
    }

    /// The session's work mode; no interface of the vendor tells it.
    #[must_use]
    pub fn mode_of(&self, session: &SessionId) -> Option<WorkMode> {
        self.wire
            .with(|engine, switch| engine.session(switch, session).map(|session| session.mode))
    }

    /// Whether the session is over.
    #[must_use]
    pub fn has_ended(&self, session: &SessionId) -> Option<bool> {
        self.wire
            .with(|engine, switch| engine.session(switch, session).map(|session| session.ended))
    }

    /// The session's call on the switch.
    #[must_use]
    pub fn call_of(&self, session: &SessionId) -> Option<SwitchCallId> {
        self.wire.engine().sessions.get(session).map(|session| session.call)
    }

    /// Where the session's customer is.
    #[must_use]
    pub fn customer_at(&self, session: &SessionId) -> Option<CustomerPlace> {
        self.wire.switch.customer_at(self.call_of(session)?)
    }

    /// The robot asks the silent agent for help, as after three turns it could not answer. `None` outside supervision and insertion.
    pub fn raise_help_request(&self, session: &SessionId) -> Option<HelpRequest> {
        self.wire.with(|engine, switch| {
            engine.session(switch, session)?;
            engine.ask_for_help(session)
        })
    }

    /// The help request that waits for a reply. The vendor hands it to the silent agent's desktop by a channel that is not public.
    #[must_use]
    pub fn help_request_of(&self, session: &SessionId) -> Option<HelpRequest> {
        self.wire
            .engine()
            .sessions
            .get(session)
            .and_then(|session| session.help.clone())
    }

    /// What silent agents replied into the session, oldest first.
    #[must_use]
    pub fn replies_of(&self, session: &SessionId) -> Vec<AgentReply> {
        self.wire
            .engine()
            .sessions
            .get(session)
            .map(|session| session.replies.clone())
            .unwrap_or_default()
    }

    /// All tokens given out so far expire now.
    pub fn expire_tokens(&self) {
        self.wire.expire_tokens();
    }

    /// How many tokens were given out.
    #[must_use]
    pub fn tokens_issued(&self) -> u64 {
        self.wire.engine().tokens.count()
    }

    /// Unlocks every account.
    pub fn unlock_accounts(&self) {
        self.wire.engine().tokens.unlock();
    }

    /// The next request whose path ends so meets this; several are met one after the other.
    pub fn fail_next(&self, path_end: &str, mischief: Mischief) {
        self.wire.plan.add(path_end, mischief);
    }

    /// Forgets mischief that has not been met, and requests that are held: they are never carried out.
    pub fn forget_mischief(&self) {
        self.wire.plan.clear();
    }

    /// Carries out the requests that were [held](Mischief::Held), in order of arrival, and answers how many they were.
    pub async fn release_held(&self) -> usize {
        self.wire.plan.release_held().await
    }
}

impl fmt::Debug for OifdeSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OifdeSimulator")
            .field("requests", &self.wire.log)
            .field("plan", &self.wire.plan)
            .finish_non_exhaustive()
    }
}
