//! An agent's stay: sign-in in the order that loses no event (vendor page, section 2.5), signing in again when the server has forgotten us, sign-out.
//! Owns the pump and every other task of the agent, and stops and awaits them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentStateRequest, CallId, Cause, Effect, Error, ErrorKind, Hub, OpCx, OpId, OpenSession, Party, Result,
    Secret, SessionId, SessionState,
};
use callcontrol_http::{ApiPath, Transport};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::calls::Calls;
use crate::config::GwsConfig;
use crate::desk::Desk;
use crate::expectations::{Expectations, World};
use crate::faults::Asked;
use crate::journal;
use crate::link::Link;
use crate::mapping::agent_state;
use crate::pacer::{Pacer, Place};
use crate::pump;
use crate::repeats::Repeats;
use crate::resync::Looking;
use crate::stay::Feature;
use crate::wire::body::Body;
use crate::wire::envelope::NamedState;

/// One signed-in agent.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) agent: AgentId,
    pub(crate) hub: Hub,
    pub(crate) config: Arc<GwsConfig>,
    pub(crate) link: Link,
    /// One message or snapshot is taken in at a time; counts them.
    pub(crate) gate: tokio::sync::Mutex<u64>,
    pub(crate) stop: CancellationToken,
    /// Ends what cannot be waited for any longer.
    given_up: CancellationToken,
    /// Its place among the agents of the adapter when all come back at once.
    pub(crate) place: Arc<Place>,
    pub(crate) tasks: TaskTracker,
    /// Signs out after a failed sign-in, when whoever wanted to sign in has no time left to wait for it.
    farewell: TaskTracker,
    pub(crate) flow: watch::Sender<Flow>,
    book: Mutex<Book>,
    changes: watch::Sender<u64>,
    pub(crate) access: tokio::sync::Mutex<Door>,
    /// Counts HTTP sessions.
    pub(crate) generation: watch::Sender<u64>,
}

/// What this session remembers beside the hub's view.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) calls: Calls,
    /// What has come before, so that what comes twice is told once.
    pub(crate) repeats: Repeats,
    pub(crate) expectations: Expectations,
    pub(crate) recipes: BTreeMap<OpId, RunningRecipe>,
    /// Consults that are being taken back.
    pub(crate) ways_back: usize,
    /// Recipes that hang on a request whose answer was lost and which may still be carried out, with their call. Nothing else was begun on it since.
    pub(crate) adrift: BTreeMap<OpId, Adrift>,
    pub(crate) desk: Desk,
    pub(crate) wanted_number: Option<String>,
    /// Features assigned to the user; `None` where the server did not say.
    pub(crate) features: Option<BTreeSet<String>>,
    /// The contact centre's agent states, once asked for.
    pub(crate) states: Option<Vec<NamedState>>,
    /// The readiness that the application asked for last.
    pub(crate) wish: Option<AgentStateRequest>,
    /// The agent was seen to be signed in since the stay began.
    pub(crate) is_in: bool,
    /// When the adapter last signed the agent in again after somebody's sign-out.
    pub(crate) returned: Option<Instant>,
    /// Whom this agent supervises, as asked for.
    pub(crate) supervised: Option<Party>,
    /// Whether the state is being asked for.
    pub(crate) looking: Looking,
}

/// A release-after transfer under way.
#[derive(Debug, Clone)]
pub(crate) struct RunningRecipe {
    pub(crate) original: CallId,
    /// The target has answered and the hand-over is being sent: too late to cancel.
    pub(crate) completing: bool,
    /// Told by an asynchronous failure.
    pub(crate) fault: Option<Cause>,
    /// Who asked to take it back.
    pub(crate) withdrawn: Option<Withdrawal>,
}

/// A recipe that hangs on a request whose answer was lost.
#[derive(Debug, Clone)]
pub(crate) struct Adrift {
    pub(crate) original: CallId,
    pub(crate) third: Option<CallId>,
    /// Other commands that were sent to one of the two calls since.
    pub(crate) hands: u32,
}

impl Adrift {
    /// What shows may be the doing of another command.
    pub(crate) fn by_hand(&self) -> bool {
        self.hands > 0
    }

    pub(crate) fn concerns(&self, call: &CallId) -> bool {
        self.original == *call || self.third.as_ref() == Some(call)
    }
}

/// Who takes a transfer back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Withdrawal {
    /// This operation, which waits for the outcome.
    By(OpId),
    /// The session is being closed.
    Closing,
}

/// Whether events flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Not yet, or not now.
    Dry,
    Flowing,
    Ended(String),
}

/// Guards signing in again: one attempt serves all who wait.
#[derive(Debug, Default)]
pub(crate) struct Door {
    /// Signing in again is out of the question: what the session then is, and why. Never tried again.
    pub(crate) shut: Option<(SessionState, String)>,
}

impl Session {
    pub(crate) fn new(
        hub: Hub,
        config: Arc<GwsConfig>,
        transport: Arc<dyn Transport>,
        request: &OpenSession,
        pacer: &Arc<Pacer>,
    ) -> Result<Arc<Self>> {
        let password = password(&config, request)?;
        let link = Link::new(transport, request.agent.as_str(), &password)?;
        let book = Book {
            wanted_number: request.phone.as_ref().map(|phone| phone.reveal().to_owned()),
            ..Book::default()
        };
        Ok(Arc::new(Self {
            id: SessionId::new(request.agent.as_str())?,
            agent: request.agent.clone(),
            hub,
            config,
            link,
            gate: tokio::sync::Mutex::new(0),
            stop: CancellationToken::new(),
            given_up: CancellationToken::new(),
            place: pacer.enter(),
            tasks: TaskTracker::new(),
            farewell: TaskTracker::new(),
            flow: watch::Sender::new(Flow::Dry),
            book: Mutex::new(book),
            changes: watch::Sender::new(0),
            access: tokio::sync::Mutex::new(Door::default()),
            generation: watch::Sender::new(0),
        }))
    }

    /// Until when signing in may take: a handful of exchanges.
    pub(crate) fn opening_deadline(&self, cx: &OpCx) -> Instant {
        Instant::now() + cx.remaining_or(self.config.request_timeout().saturating_mul(3))
    }

    /// Signs in. A failure leaves no task running and the agent signed out, or at least [leaving](Self::is_leaving) where the time is up.
    pub(crate) async fn start(self: &Arc<Self>, request: &OpenSession, deadline: Instant) -> Result<()> {
        let was_in = self.enter(deadline).await?;
        self.hub.open_session(&self.id, &self.agent);
        let arrived = self.arrive(was_in, deadline).await;
        let stays = arrived.is_ok();
        let started = match arrived {
            Ok(()) => self.settle_in(&request.state, deadline).await,
            Err(error) => Err(error),
        };
        let Err(error) = started else {
            self.hub.set_session_state(&self.id, SessionState::Active, "signed in");
            return Ok(());
        };
        let is_out = self.take_leave(deadline).await;
        // Whatever failed after it: the stay itself was begun.
        Err(match stays && !is_out {
            true => error.with_effect(Effect::Unknown),
            false => error,
        })
    }

    /// Steps 2 to 4 of section 2.5: the stream first, so that no event is lost; then the stay.
    async fn arrive(self: &Arc<Self>, was_in: bool, deadline: Instant) -> Result<()> {
        self.tasks.spawn(pump::run(Arc::clone(self)));
        self.await_flow(deadline).await?;
        self.start_stay(was_in, deadline).await
    }

    /// Steps 5 to 7: what is known, and the first readiness.
    async fn settle_in(self: &Arc<Self>, state: &AgentStateRequest, deadline: Instant) -> Result<()> {
        self.resync(deadline).await?;
        self.check_phone()?;
        self.first_readiness(state.clone(), deadline).await?;
        self.keep_alive();
        Ok(())
    }

    /// Who we are, what we may do, and whether the agent is signed in already (as the answer shows it).
    async fn enter(&self, deadline: Instant) -> Result<bool> {
        let path = ApiPath::new(ME).query("subresources", "devices,channels,features")?;
        let envelope = self.link.sign_in(path, deadline).await?;
        let Some(snapshot) = envelope.snapshot().filter(|_| envelope.has_user()) else {
            let text = "the answer to the sign-in names no user; does the base URL lead to Web Services?";
            return Err(Error::new(ErrorKind::Protocol, Effect::None, text));
        };
        self.book().features = envelope.features();
        self.needs(Feature::Voice)?;
        let told = snapshot.devices.iter().find_map(|device| device.user_state.as_ref());
        let is_out = |state| {
            matches!(
                state,
                callcontrol_core::AgentState::SignedOut | callcontrol_core::AgentState::Unknown
            )
        };
        Ok(told.is_some_and(|state| !is_out(agent_state(state))))
    }

    async fn await_flow(&self, deadline: Instant) -> Result<()> {
        let mut flow = self.flow.subscribe();
        let settled = tokio::time::timeout_at(deadline, flow.wait_for(|flow| *flow != Flow::Dry)).await;
        match settled {
            Ok(Ok(flow)) => match &*flow {
                Flow::Flowing | Flow::Dry => Ok(()),
                Flow::Ended(why) => Err(Error::new(
                    ErrorKind::Protocol,
                    Effect::None,
                    format!("the event stream was refused: {why}"),
                )),
            },
            Ok(Err(_)) => Err(Error::new(
                ErrorKind::Closed,
                Effect::None,
                "the session was stopped while signing in",
            )),
            Err(_) => {
                let text = "no events within the deadline: the event stream (CometD) could not be set up; do cookies come back, is routing sticky?";
                Err(Error::new(ErrorKind::Timeout, Effect::None, text))
            }
        }
    }

    fn check_phone(&self) -> Result<()> {
        let book = self.book();
        match (&book.desk.id, &book.wanted_number) {
            (Some(_), _) => Ok(()),
            (None, Some(_)) => Err(Error::invalid_state(
                "the agent has no device with the given number at this place",
            )),
            (None, None) => Err(Error::invalid_state(
                "the agent has no voice device; is a place configured for the agent?",
            )),
        }
    }

    /// Signs out: stream first, stay last (section 5.2: it kills the HTTP session). After a failure it can be asked again.
    pub(crate) async fn close(&self, deadline: Instant) -> Result<()> {
        self.halt(deadline).await?;
        let body = Body::op("EndContactCenterSession");
        match self.link.post(ApiPath::new(ME), &body, Asked::Session, deadline).await {
            Ok(_) => {}
            // No session, nothing to sign out of.
            Err(error) if error.kind() == ErrorKind::SessionLost => {}
            Err(error) => {
                let text = "the sign-out was not confirmed; close again";
                self.hub.set_session_state(&self.id, SessionState::Recovering, text);
                return Err(error);
            }
        }
        self.link.clear();
        self.hub.set_session_state(&self.id, SessionState::Closed, "signed out");
        Ok(())
    }

    /// Brings what is half done to an end before the session is: a transfer that still waits is taken back, so that the customer is with the agent; one that is
    /// being handed over, and a consult that is being taken back, are seen through.
    pub(crate) async fn wind_up(&self, deadline: Instant) {
        let idle = |_: &World| {
            let book = self.book();
            (book.recipes.is_empty() && book.ways_back == 0).then_some(())
        };
        if idle(&World::default()).is_some() {
            return;
        }
        self.withdraw();
        let limit = deadline
            .saturating_duration_since(Instant::now())
            .mul_f64(WIND_UP_SHARE);
        if self.until(limit, idle).await.is_none() {
            tracing::warn!(target: "callcontrol::session", session = %self.id, "closed before a recipe had ended");
        }
    }

    fn withdraw(&self) {
        let mut book = self.book();
        for recipe in book.recipes.values_mut() {
            if !recipe.completing && recipe.withdrawn.is_none() {
                recipe.withdrawn = Some(Withdrawal::Closing);
            }
        }
        // Of what never showed there is nothing to be brought to an end.
        book.adrift.clear();
        drop(book);
        self.changed();
    }

    /// Stops every task and waits for it, at most until the deadline.
    pub(crate) async fn halt(&self, deadline: Instant) -> Result<()> {
        self.stop.cancel();
        self.tasks.close();
        let ended = tokio::time::timeout_at(deadline, self.tasks.wait()).await;
        ended.map_err(|_| {
            Error::new(
                ErrorKind::Timeout,
                Effect::None,
                "a task of the session did not end in time; close again",
            )
        })
    }

    /// At shutdown: exchanges that take longer than half of the time are given up, so that the rest is there for signing out.
    pub(crate) async fn quit(&self, deadline: Instant) {
        let half = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
        if self.halt(half).await.is_err() {
            self.given_up.cancel();
        }
    }

    /// After a failed sign-in: the sign-out is begun at once and seen through, for as long as the deadline allows in the caller's presence. True if by then the
    /// agent is out for certain.
    async fn take_leave(self: &Arc<Self>, deadline: Instant) -> bool {
        let session = Arc::clone(self);
        let farewell = self.farewell.spawn(async move {
            tokio::select! {
                biased;
                () = session.given_up.cancelled() => false,
                is_out = session.abandon() => is_out,
            }
        });
        self.farewell.close();
        matches!(tokio::time::timeout_at(deadline, farewell).await, Ok(Ok(true)))
    }

    /// A failed sign-in is being taken back. Until that is over, the agent must not sign in anew: the late sign-out would end the new stay.
    pub(crate) fn is_leaving(&self) -> bool {
        !self.farewell.is_empty()
    }

    /// Waits until nobody is [leaving](Self::is_leaving) any more, at most until the deadline.
    pub(crate) async fn gone(&self, deadline: Instant) -> Result<()> {
        if !self.is_leaving() {
            return Ok(());
        }
        let gone = tokio::time::timeout_at(deadline, self.farewell.wait()).await;
        gone.map_err(|_| {
            let text = "a sign-in that failed before is still being taken back; sign in again in a moment";
            Error::new(ErrorKind::Timeout, Effect::None, text)
        })
    }

    /// Nobody waits for this session any more: its tasks end as soon as they can.
    pub(crate) fn drop_everything(&self) {
        self.stop.cancel();
        if self.is_leaving() {
            self.given_up.cancel();
        }
    }

    /// Nothing keeps running, nobody stays signed in; true if the server has confirmed that.
    async fn abandon(&self) -> bool {
        let deadline = Instant::now() + FAREWELL;
        let _ended = self.halt(deadline).await;
        let body = Body::op("EndContactCenterSession");
        let ended = self.link.post(ApiPath::new(ME), &body, Asked::Session, deadline).await;
        self.link.clear();
        self.hub
            .set_session_state(&self.id, SessionState::Closed, "the sign-in failed");
        ended.is_ok()
    }

    /// The session has ended without our doing: everybody is told, nothing keeps running.
    pub(crate) fn lose(&self, state: SessionState, why: &str) {
        self.flow.send_replace(Flow::Ended(why.to_owned()));
        // While signing in the state stays `Opening`, and the sign-in itself fails.
        if self.hub.session_state(&self.id) != Some(SessionState::Opening) {
            self.leave_journals();
            self.hub.set_session_state(&self.id, state, why);
            self.stop.cancel();
        }
    }

    /// The steps of recipes that still run end with the session: nobody will learn how.
    fn leave_journals(&self) {
        for pending in self.hub.pending_of(&self.id) {
            if let Some(operation) = self.hub.outcome_of(&pending.op) {
                journal::leave(&operation);
            }
        }
    }

    /// What is known of the session's calls, device and readiness now. Looks into the book: not to be asked while holding it.
    pub(crate) fn world(&self) -> World {
        let book = self.book();
        World {
            calls: self.hub.calls(&self.id).into_iter().collect(),
            agent: self.hub.agent_state(&self.id),
            desk: book.desk.clone(),
            tapes: book.calls.tapes(),
            agents_muted: book.calls.agents_muted(),
        }
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does work in a task of the session's and waits for it: a caller that goes away neither un-sends nor leaves half of the work undone.
    pub(crate) async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let given_up = self.given_up.clone();
        let work = async move {
            tokio::select! {
                biased;
                result = work => result,
                () = given_up.cancelled() => {
                    let text = "shut down while the command was on its way";
                    Err(Error::new(ErrorKind::Closed, Effect::Unknown, text))
                }
            }
        };
        match self.tasks.spawn(work).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Internal,
                Effect::Unknown,
                "the session's task ended unexpectedly",
            )),
        }
    }

    /// Something changed: whoever waits looks again.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Waits until `check` finds what it looks for, at most `limit`; `None` also when the session is stopped.
    pub(crate) async fn until<T>(&self, limit: Duration, mut check: impl FnMut(&World) -> Option<T>) -> Option<T> {
        let mut changes = self.changes.subscribe();
        let found = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = check(&self.world()) {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            found = tokio::time::timeout(limit, found) => found.ok().flatten(),
        }
    }
}

/// What a snapshot is asked by (section 13.1).
pub(crate) fn snapshot_path() -> Result<ApiPath> {
    Ok(ApiPath::new(ME).query("subresources", "devices,calls,channels")?)
}

fn password(config: &GwsConfig, request: &OpenSession) -> Result<Secret> {
    if let Some(password) = &request.password {
        return Ok(password.clone());
    }
    config.password_of(request.agent.as_str())?.ok_or_else(|| {
        Error::invalid_input(
            "Genesys Web Services wants the agent's password: give it at sign-in or under agents.NAME.password",
        )
    })
}

pub(crate) const ME: &str = "/api/v2/me";
pub(crate) const VOICE: &str = "/api/v2/me/channels/voice";
/// What winding up may take of the time for closing; the rest is for signing out.
const WIND_UP_SHARE: f64 = 0.7;
const FAREWELL: Duration = Duration::from_secs(3);
