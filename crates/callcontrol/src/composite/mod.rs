//! A composite of two products of one site: commands go to one, which may never say what became of them; the other's events tell. No vendor's word in here.
//!
//! A transfer whose outcome the first product never tells is watched for at the second: by the call's id if both know it, by a mark in the call's data,
//! or by the customer's number within a window. What is found so is *inferred*, and the outcome's [`Evidence`](callcontrol_core::Evidence) says by which of the three.

mod clues;
mod config;
mod search;
mod watch;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::{
    AdapterId, AdapterInfo, CallControl, CallId, CallRef, Capabilities, CloseSession, Command, CommandControl, Error,
    ErrorKind, Feed, Filter, Hub, IdSource, NativeReply, OpCx, OpId, Operation, OperationKey, OutcomeHandle,
    OutcomeSource, Pending, Receipt, Reply, Result, Scope, SessionId, Snapshot, Support, TargetKind, Transfer,
    TransferMode, dispatch,
};
use tokio::task::JoinSet;

pub use config::{CompositeConfig, JoinBy};

use clues::Clues;
use search::Search;

/// The word in `adapter = "…"`.
pub const COMPOSITE_ID: &str = "composite";

/// Commands from one adapter, events from another.
///
/// *Behavior*
/// * An agent is signed in at both; a command goes to the command source if it can do it and knows the call, else to the event source.
/// * The feed is the event source's. A snapshot holds the calls of both.
/// * A blind transfer whose outcome the command source never tells gets one from the event source, where that can see the target.
pub struct Composite {
    info: AdapterInfo,
    capabilities: Arc<Capabilities>,
    commands: Arc<dyn CallControl>,
    events: Arc<dyn CallControl>,
    config: CompositeConfig,
    /// Operations only; the event source has the feed.
    hub: Hub,
    clues: Mutex<HashMap<CallRef, Clues>>,
    watches: Mutex<JoinSet<()>>,
}

impl fmt::Debug for Composite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composite")
            .field("commands", &self.commands.info().id)
            .field("events", &self.events.info().id)
            .finish_non_exhaustive()
    }
}

impl Composite {
    /// Steers through `commands` and watches through `events`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: a value of `config` is out of range.
    pub fn new(
        commands: Arc<dyn CallControl>,
        events: Arc<dyn CallControl>,
        config: CompositeConfig,
        ids: IdSource,
    ) -> Result<Arc<Self>> {
        config.validate()?;
        let info = AdapterInfo {
            id: AdapterId::new(COMPOSITE_ID)?,
            product: format!("{} watched by {}", commands.info().product, events.info().product),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let capabilities = Arc::new(manifest(&commands.capabilities(), &events.capabilities()));
        Ok(Arc::new(Self {
            info,
            capabilities,
            commands,
            events,
            config,
            hub: Hub::new(ids),
            clues: Mutex::default(),
            watches: Mutex::default(),
        }))
    }

    async fn open(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        // The event source first: nothing may happen unwatched.
        let watching = dispatch(&*self.events, command.clone(), cx).await?.into_session()?;
        let steering = match dispatch(&*self.commands, command, cx).await {
            Ok(reply) => reply.into_session()?,
            Err(error) => {
                self.step_back(&watching.session, cx).await;
                return Err(error);
            }
        };
        if steering.session == watching.session {
            return Ok(Reply::Session(steering));
        }
        let message = format!(
            "the two products know this agent as {} and {}; a composite needs one id for both",
            steering.session, watching.session
        );
        self.step_back(&watching.session, cx).await;
        Err(Error::new(
            ErrorKind::Config,
            callcontrol_core::Effect::Applied,
            message,
        ))
    }

    /// Half a sign-in is none.
    async fn step_back(&self, session: &SessionId, cx: &OpCx) {
        if let Err(error) = self.events.close(session, CloseSession::default(), cx).await {
            tracing::warn!(target: "callcontrol::composite", %session, %error, "not signed out at the event source");
        }
    }

    async fn close(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        let first = dispatch(&*self.commands, command.clone(), cx).await;
        let second = dispatch(&*self.events, command, cx).await;
        first.and(second)
    }

    async fn snapshot(&self, scope: Scope, cx: &OpCx) -> Result<Reply> {
        let mut both = Snapshot::clone(&*self.events.snapshot(scope.clone(), cx).await?);
        let other = self.commands.snapshot(scope, cx).await?;
        for (session, view) in &other.sessions {
            match both.sessions.get_mut(session) {
                Some(known) => known.calls.extend(view.calls.clone()),
                None => {
                    both.sessions.insert(session.clone(), view.clone());
                }
            }
        }
        Ok(Reply::Snapshot(Arc::new(both)))
    }

    /// To the source that can do it and knows the call. That one does not know the call is told before anything is sent, so that asking the other is safe.
    async fn route(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        let key = command.key();
        let can = |source: &Arc<dyn CallControl>| source.capabilities().support(key).is_available();
        match (can(&self.commands), can(&self.events)) {
            (true, true) if command.call().is_some() => match dispatch(&*self.commands, command.clone(), cx).await {
                Err(error) if is_unknown_here(&error) => dispatch(&*self.events, command, cx).await,
                other => other,
            },
            (false, true) => dispatch(&*self.events, command, cx).await,
            _ => dispatch(&*self.commands, command, cx).await,
        }
    }

    async fn transfer(&self, call: CallRef, request: Transfer, cx: &OpCx) -> Result<Reply> {
        let key = OperationKey::to(request.mode.operation(), request.to.kind());
        let command = Command::Transfer {
            call: call.clone(),
            request: request.clone(),
        };
        let ours = self.commands.capabilities();
        let is_told = !ours.support(key).is_available() || ours.outcome_source(key) != OutcomeSource::Never;
        if request.mode != TransferMode::Blind || is_told || !self.is_steered(&call, cx).await {
            return self.route(command, cx).await;
        }
        self.watched_transfer(call, request, cx).await.map(Reply::Receipt)
    }

    async fn is_steered(&self, call: &CallRef, cx: &OpCx) -> bool {
        let scope = Scope::Session(call.session.clone());
        let seen = self.commands.snapshot(scope, cx).await;
        seen.is_ok_and(|snapshot| snapshot.call(&call.session, &call.call).is_some())
    }

    async fn watched_transfer(&self, call: CallRef, mut request: Transfer, cx: &OpCx) -> Result<Receipt> {
        let mut clues = self.clues().get(&call).cloned().unwrap_or_default();
        clues::complete(&mut clues, &*self.commands, &call, cx).await;
        if self.config.join.contains(&JoinBy::Mark) && request.data.text.is_none() {
            request.data = request.data.and(clues::MARK, cx.op.as_str());
        }
        let search = Search::new(&self.config.join, clues, cx.op.clone(), &request.to);
        // Before the order is sent: what it causes may be told before it is answered.
        let feed = self.events.subscribe(Filter::all());
        let window = self.config.window();
        let pending = Pending::new(
            cx.op.clone(),
            Operation::BlindTransfer,
            call.session.clone(),
            Some(call.call.clone()),
        );
        // The watch decides at the end of the window; this is only in case it cannot.
        let outcome = self.hub.begin(pending.window(window + Duration::from_secs(5)));
        let told = match self.commands.transfer(&call, request, cx).await {
            Ok(receipt) => receipt.outcome_handle().clone(),
            Err(error) => {
                self.hub.forget(&cx.op);
                return Err(error);
            }
        };
        let watch = watch::Watch {
            search,
            feed,
            events: Arc::clone(&self.events),
            hub: self.hub.clone(),
            told,
            window,
        };
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        while watches.try_join_next().is_some() {}
        watches.spawn(watch.run());
        Ok(Receipt::new(outcome))
    }

    fn clues(&self) -> MutexGuard<'_, HashMap<CallRef, Clues>> {
        self.clues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, call: &CallRef, clues: Clues) {
        let mut known = self.clues();
        if known.len() >= MAX_CLUES {
            known.clear();
        }
        known.insert(call.clone(), clues);
    }
}

#[async_trait]
impl CommandControl for Composite {
    fn info(&self) -> &AdapterInfo {
        &self.info
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    async fn command(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        match command {
            Command::Open { .. } => self.open(command, cx).await,
            Command::Close { .. } => self.close(command, cx).await,
            Command::Snapshot { scope } => self.snapshot(scope, cx).await,
            Command::Receive { pushed } => {
                let reply: NativeReply = self.events.receive(pushed, cx).await?;
                Ok(Reply::Native(reply))
            }
            Command::Transfer { call, request } => self.transfer(call, request, cx).await,
            Command::Adopt { session, request } => {
                let clues = Clues::given(&request);
                let reply = self.route(Command::Adopt { session, request }, cx).await?;
                if let Reply::Call(call) = &reply {
                    self.learn(call, clues);
                }
                Ok(reply)
            }
            other => self.route(other, cx).await,
        }
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.events.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub
            .outcome_of(op)
            .or_else(|| self.commands.outcome_of(op))
            .or_else(|| self.events.outcome_of(op))
    }

    async fn shutdown(&self, cx: &OpCx) {
        let mut watches = std::mem::take(&mut *self.watches.lock().unwrap_or_else(PoisonError::into_inner));
        watches.shutdown().await;
        self.commands.shutdown(cx).await;
        self.events.shutdown(cx).await;
        self.hub.close();
    }
}

fn is_unknown_here(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound && error.effect() == callcontrol_core::Effect::None
}

/// What either source can do, the command source's way first. Where only the watching tells the outcome, it is inferred.
pub(crate) fn manifest(commands: &Capabilities, events: &Capabilities) -> Capabilities {
    let mut all = events.clone();
    for (key, cell) in commands.cells() {
        let watched = key.operation == Operation::BlindTransfer
            && matches!(key.target, Some(TargetKind::Agent | TargetKind::Queue))
            && cell.outcome == OutcomeSource::Never;
        let outcome = if watched {
            OutcomeSource::InferredEvent
        } else {
            cell.outcome
        };
        all = match &cell.support {
            Support::Native => all.native(*key, outcome),
            Support::Emulated(recipe) => all.emulated(*key, recipe.clone(), outcome),
            // What the command source lacks, the event source may have.
            _ => all,
        };
    }
    all.limits(commands.limits.clone())
}

/// Bounds memory: clues are kept for calls whose end nobody tells.
const MAX_CLUES: usize = 10_000;

/// The call that a search found at the event source.
type Sighting = (SessionId, CallId);
