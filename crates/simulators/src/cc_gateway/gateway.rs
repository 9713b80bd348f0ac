//! The gateway behind every operation: sessions, calls as the vendor names them, and the way of a request through
//! credential check and route to its operation.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::response::Response;
use callcontrol_testkit::switch::{Behaviour, JournalEntry, Party, SharedSwitch, Switch, SwitchCallId, SwitchEvent};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::answer::{Answer, Fault, done, spelled};
use super::ask::{Ask, parse_query};
use super::event::Event;
use super::mischief::Mischiefs;
use super::options::CcGatewayOptions;
use super::poll::poll;
use super::poll_all::poll_all;
use super::routes::{Run, find};
use super::session::Credential;
use super::state::{Origin, State};
use super::translate::{Translator, followups};
use crate::RequestLog;

/// The simulated server.
pub(super) struct Gateway {
    pub(super) switch: SharedSwitch,
    pub(super) log: RequestLog,
    pub(super) mischief: Mischiefs,
    options: Mutex<Arc<CcGatewayOptions>>,
    /// Never locked while the switch is asked for something; the other way round is fine.
    state: Mutex<State>,
    started: Instant,
}

impl Gateway {
    pub(super) fn new(switch: SharedSwitch, options: CcGatewayOptions) -> Arc<Self> {
        let gateway = Arc::new(Self {
            switch,
            log: RequestLog::default(),
            mischief: Mischiefs::default(),
            options: Mutex::new(Arc::new(options)),
            state: Mutex::default(),
            started: Instant::now(),
        });
        // Weak, because the switch keeps its listeners for ever.
        let listener = Arc::downgrade(&gateway);
        gateway.switch.on_event(Box::new(move |entry| {
            if let Some(gateway) = listener.upgrade() {
                gateway.hear(entry);
            }
        }));
        gateway
    }

    pub(super) fn options(&self) -> Arc<CcGatewayOptions> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn update_options(&self, change: impl FnOnce(&mut CcGatewayOptions)) {
        {
            let mut options = self.options.lock().unwrap_or_else(PoisonError::into_inner);
            change(Arc::make_mut(&mut options));
        }
        self.state().look_again();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the switch for something on behalf of a request; its events will know why they happened.
    pub(super) fn command<T>(&self, origin: Origin, act: impl FnOnce(&mut Switch) -> T) -> T {
        self.switch.with(|switch| {
            let from = switch.journal().next_seq();
            let answer = act(switch);
            self.state().origins.add(from..switch.journal().next_seq(), origin);
            answer
        })
    }

    /// The present epoch millisecond.
    pub(super) fn now_ms(&self) -> u64 {
        let elapsed = Instant::now().saturating_duration_since(self.started).as_millis();
        let base = self.options().epoch.saturating_mul(1000);
        base.saturating_add(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    pub(super) async fn handle(self: Arc<Self>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let mischief = self.mischief.take(parts.method.as_str(), &path);
        if let Some(answer) = mischief.before(&path).await {
            return answer;
        }
        let Ok(body) = body.collect().await else {
            return Fault::Http(http::StatusCode::BAD_REQUEST).response();
        };
        self.sweep();
        let query = parse_query(parts.uri.query().unwrap_or_default());
        let ask = Ask {
            agent: String::new(),
            params: Vec::new(),
            method: parts.method,
            query,
            headers: parts.headers,
            body: body.to_bytes(),
        };
        let answer = self.route(&path, ask).await;
        let answer = spelled(answer, &self.options()).await;
        mischief.after(answer).await
    }

    async fn route(self: &Arc<Self>, path: &str, mut ask: Ask) -> Response {
        let options = self.options();
        let (route, mut params) = match find(&ask.method, path, &options) {
            Ok(found) => found,
            Err(fault) => return fault.response(),
        };
        if !params.is_empty() {
            ask.agent = params.remove(0);
        }
        ask.params = params;
        let answer: Answer = match route.run {
            Run::Open(run) => run(self, &ask),
            Run::Agent(run) => self.check(&ask).and_then(|_| run(self, &ask)),
            Run::Poll => return poll(self.clone(), &ask).await,
            Run::PollAll => return poll_all(self.clone(), &ask).await,
        };
        match answer {
            Ok(success) => done(success, &options),
            Err(fault) => fault.response(),
        }
    }

    /// The credential of the request; answers the session's serial number.
    pub(super) fn check(&self, ask: &Ask) -> Result<u64, Fault> {
        let options = self.options();
        self.check_cookie(ask)?;
        let state = self.state();
        let session = state.sessions.get(&ask.agent).filter(|session| !session.over);
        let session = session.ok_or(Fault::NOT_SIGNED_IN)?;
        match session.judge(ask.guid(), options.auth) {
            Credential::Valid => Ok(session.serial),
            Credential::Displaced => Err(options.displaced.into()),
            Credential::Wrong => Err(options.missing_guid.into()),
        }
    }

    /// Whether the load balancer would send this request to the node that knows the agent.
    pub(super) fn check_cookie(&self, ask: &Ask) -> Result<(), Fault> {
        let options = self.options();
        if let Some(name) = &options.sticky_cookie {
            let wanted = format!("{name}={}", options.node);
            // Clients concatenate cookies with and without their attributes: look for ours anywhere (1, Cookies).
            let sent = ask.headers.get_all("cookie").iter();
            if !sent
                .filter_map(|value| value.to_str().ok())
                .any(|cookies| cookies.contains(&wanted))
            {
                return Err(Fault::NOT_SIGNED_IN);
            }
        }
        Ok(())
    }

    /// Queues an event outside any journal entry; answers whether somebody is signed in.
    pub(super) fn queue_for(&self, agent: &str, event: Event) -> bool {
        let options = self.options();
        let mut state = self.state();
        let there = state.sessions.get(agent).is_some_and(|session| !session.over);
        state.queue(agent, event, &options);
        there
    }

    /// What happened at the switch becomes events for the agents concerned.
    fn hear(&self, entry: &JournalEntry) {
        let options = self.options();
        let address = dialled(&self.switch, &entry.what);
        let now = self.now_ms();
        let offers = {
            let mut state = self.state();
            let origin = state.origins.of(entry.seq);
            Translator::new(&mut state, &options, origin, entry.seq, now).translate(&entry.what, address);
            if let SwitchEvent::SignedOut { agent, cause } = &entry.what {
                state.signed_out(agent, entry.seq, *cause);
            }
            followups(&state, &entry.what, entry.seq)
        };
        if let Some((agent, call)) = offers {
            self.answer_for(&agent, call);
        }
        if let SwitchEvent::SignedOut { agent, .. } = &entry.what {
            self.give_back_queues(agent);
        }
    }

    /// `autoanswer`: the platform picks up, unless the telephone was told not to be answered.
    fn answer_for(&self, agent: &str, call: SwitchCallId) {
        let party = Party::agent(agent);
        let _ = self.command(Origin::Command, |switch| match switch.behaviour_of(&party) {
            // A call that is gone by now needs no answer.
            Some(Behaviour::Manual) => switch.answer(&party, call),
            _ => Ok(()),
        });
    }
}

/// The number somebody dialled to begin this call.
fn dialled(switch: &SharedSwitch, what: &SwitchEvent) -> Option<String> {
    match what {
        SwitchEvent::CallStarted { to, .. } => switch.with(|switch| switch.number_of(to).map(str::to_owned)),
        _ => None,
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("agents", &self.state().sessions.len())
            .finish_non_exhaustive()
    }
}
