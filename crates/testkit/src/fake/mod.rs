//! A fake adapter for unit tests of applications: the real contract, layers, hub and handles over a model switch instead of a vendor.
//!
//! ```
//! use callcontrol_core::{Cause, CustomerAt, Target};
//! use callcontrol_testkit::fake::FakeCallControl;
//! use callcontrol_testkit::switch::Behaviour;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
//! let fake = FakeCallControl::new();
//! let (_ann, call) = fake.talking("ann").await?; // a customer has called and Ann has answered
//! fake.agent_behaves("bob", Behaviour::Busy);
//! let receipt = call.release_after_transfer(Target::named("agent:bob")?).await?;
//! let outcome = receipt.outcome().await;
//! assert_eq!((outcome.cause, outcome.customer), (Cause::Busy, CustomerAt::Agent));
//! fake.assert_never_moved(&call);
//! # Ok::<(), callcontrol_core::Error>(()) }).unwrap();
//! ```

mod adapter;
mod assertions;
mod desk;
mod events;
mod faults;
mod people;
mod play;
mod settle;
mod story;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_core::{
    AdapterId, AdapterInfo, CallControl, Capabilities, Directory, EmulationPolicy, Error, ErrorKind, EventKind, Filter,
    Hub, IdSource, OpId, Operation, Result, SessionId, SessionState, Stack, StackOptions, Target, TargetName,
};

use crate::race::Follower;
use crate::switch::{Queue, SharedSwitch, Switch, SwitchCallId};

pub use faults::Fault;
pub use story::{Line, Story, Teller};
pub use words::{customer_at, everything};

pub(crate) use story::Recorded;

/// A contact centre in a test: agents `ann`, `bob` and `eve`, queues `billing` (served by Bob and Eve) and `support` (served by nobody),
/// the IVR flow `pin-check`, two customers and a third party outside; the directory knows them as `agent:ann`, `queue:billing`, `ivr:pin-check`, `number:third-party`.
///
/// It runs on tokio's clock: under `#[tokio::test(start_paused = true)]` hours pass in no time.
#[derive(Debug, Clone)]
pub struct FakeCallControl {
    shared: Arc<Shared>,
    control: Arc<dyn CallControl>,
    story: Story,
}

/// The customer who calls.
pub const CUSTOMER: &str = "2065550100";
/// Another customer.
pub const OTHER_CUSTOMER: &str = "2065550101";
/// A third party outside.
pub const THIRD_PARTY: &str = "90012345";

/// Which event gets lost.
type Loss = Box<dyn Fn(&EventKind) -> bool + Send>;

pub(crate) struct Shared {
    info: AdapterInfo,
    capabilities: Arc<Capabilities>,
    switch: SharedSwitch,
    hub: Hub,
    sessions: Mutex<BTreeMap<SessionId, String>>,
    faults: Mutex<Vec<(Option<Operation>, Fault)>>,
    /// Events that get lost on their way.
    losses: Mutex<Vec<Loss>>,
    /// Sessions whose link is cut.
    cut: Mutex<BTreeSet<SessionId>>,
    /// Calls that a robot has.
    robots: Mutex<BTreeSet<SwitchCallId>>,
    /// Operations whose outcome nobody will ever know.
    silent: Mutex<BTreeSet<OpId>>,
    /// How each agent's call with a customer stands.
    machine: Mutex<Follower>,
    /// Commands that reached the switch.
    requests: Mutex<Vec<Operation>>,
}

impl FakeCallControl {
    /// A fake that can do everything natively.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capabilities(everything())
    }

    /// A fake that claims what `capabilities` say: the test meets the same `Unsupported`, the same recipes and the same unknowable outcomes.
    #[must_use]
    pub fn with_capabilities(capabilities: Capabilities) -> Self {
        Self::over(&scenery(), capabilities, directory())
    }

    /// A fake that passes for a real adapter: its id, its product, its manifest, and what this deployment allows of emulation.
    ///
    /// The manifest is the adapter's own (`Registry::built_in().manifest("…")`), so that the test cannot drift from it.
    #[must_use]
    pub fn posing_as(id: AdapterId, manifest: Capabilities, emulation: EmulationPolicy) -> Self {
        let product = format!("Model switch posing as {id}");
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let info = AdapterInfo { id, product, version };
        Self::build(&scenery(), info, manifest, directory(), emulation)
    }

    /// A fake over a switch and directory of your own.
    #[must_use]
    pub fn over(switch: &SharedSwitch, capabilities: Capabilities, directory: Directory) -> Self {
        let info = AdapterInfo {
            id: AdapterId::new("fake").unwrap_or_else(|_| unreachable!("a constant without blanks")),
            product: "Model switch".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Self::build(switch, info, capabilities, directory, EmulationPolicy::default())
    }

    fn build(
        switch: &SharedSwitch,
        info: AdapterInfo,
        mut capabilities: Capabilities,
        directory: Directory,
        emulation: EmulationPolicy,
    ) -> Self {
        // The layers refuse what the policy refuses; an adapter plays whatever is asked of it.
        capabilities.policy = EmulationPolicy::Allow;
        let shared = Arc::new(Shared {
            info,
            capabilities: Arc::new(capabilities),
            switch: switch.clone(),
            hub: Hub::new(IdSource::seeded(1)),
            sessions: Mutex::default(),
            faults: Mutex::default(),
            losses: Mutex::default(),
            cut: Mutex::default(),
            robots: Mutex::default(),
            silent: Mutex::default(),
            machine: Mutex::default(),
            requests: Mutex::default(),
        });
        let story = Story::new();
        story.hear(switch);
        story.read(shared.hub.subscribe(Filter::all()));
        let listener = Arc::downgrade(&shared);
        switch.on_event(Box::new(move |entry| {
            if let Some(shared) = listener.upgrade() {
                shared.heard(&entry.what);
            }
        }));
        let mut options = StackOptions::default();
        options.directory = directory;
        options.emulation = emulation;
        let stack = Stack::over(Arc::clone(&shared) as Arc<dyn CallControl>, options);
        let control = Arc::new(Recorded::over(Arc::new(stack), story.clone()));
        Self { shared, control, story }
    }

    /// What the application under test is given.
    #[must_use]
    pub fn control(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.control)
    }

    /// The adapter alone, without the layers: for tests of layers, and for mutants in tests of test suites.
    #[must_use]
    pub fn adapter(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.shared) as Arc<dyn CallControl>
    }

    /// The switch: the other parties' hands, and the journal of what really happened.
    #[must_use]
    pub fn switch(&self) -> &SharedSwitch {
        &self.shared.switch
    }

    /// How many commands have reached the switch, sign-ins and refused ones included.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.shared.requests).len()
    }

    /// How many commands for this operation have reached the switch.
    #[must_use]
    pub fn requests_for(&self, operation: Operation) -> usize {
        let requests = lock(&self.shared.requests);
        requests.iter().filter(|given| **given == operation).count()
    }

    /// The next command of any kind meets this fault.
    pub fn next(&self, fault: Fault) {
        lock(&self.shared.faults).push((None, fault));
    }

    /// The next command of this kind meets this fault.
    pub fn next_on(&self, operation: Operation, fault: Fault) {
        lock(&self.shared.faults).push((Some(operation), fault));
    }

    /// The next event of this kind gets lost on its way, and nobody notices.
    pub fn lose_event(&self, such: impl Fn(&EventKind) -> bool + Send + 'static) {
        lock(&self.shared.losses).push(Box::new(such));
    }

    /// The session's event link breaks: nothing is told until [`link_returns`](Self::link_returns), neither events nor outcomes. A snapshot can still be taken.
    pub fn link_breaks(&self, session: &SessionId) {
        lock(&self.shared.cut).insert(session.clone());
        let hub = &self.shared.hub;
        hub.set_session_state(session, SessionState::Recovering, "the event link broke");
    }

    /// The session's event link is back: a gap is announced, then what was missed, then a snapshot.
    pub fn link_returns(&self, session: &SessionId) {
        lock(&self.shared.cut).remove(session);
        if let Ok(agent) = self.shared.agent_of(session) {
            self.shared.resync(session, &agent);
            let hub = &self.shared.hub;
            hub.set_session_state(session, SessionState::Active, "the event link is back");
        }
    }

    /// The story so far: commands, answers, events, and what really happened, as a timeline.
    #[must_use]
    pub fn story(&self) -> &Story {
        &self.story
    }
}

impl Default for FakeCallControl {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fake")
            .field("sessions", &*lock(&self.sessions))
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn agent_of(&self, session: &SessionId) -> Result<String> {
        let sessions = lock(&self.sessions);
        let agent = sessions.get(session).cloned();
        agent.ok_or_else(|| {
            let kind = match self.hub.session_state(session) {
                Some(SessionState::Displaced) => ErrorKind::Displaced,
                Some(SessionState::Lost) => ErrorKind::SessionLost,
                _ => ErrorKind::NotFound,
            };
            Error::not_found(format!("the session {session} is not open")).with_kind(kind)
        })
    }

    /// A call that the hub no longer shows; natives are numbers, so all can be tried.
    fn ended_call(&self, call: &callcontrol_core::CallId) -> Option<SwitchCallId> {
        let journal = self.switch.journal();
        let mut ids = journal.facts().filter_map(crate::switch::SwitchEvent::call);
        ids.find(|id| self.hub.find_call(&words::native(*id)).as_ref() == Some(call))
    }
}

/// The contact centre of [`FakeCallControl`].
#[must_use]
pub fn scenery() -> SharedSwitch {
    let switch = Switch::builder()
        .absent_agent("ann", "7001")
        .absent_agent("bob", "7002")
        .absent_agent("eve", "7003")
        .queue_with(Queue::new("billing").named("Billing").numbered("8000").routed("2500"))
        .queue_with(Queue::new("support").named("Support").numbered("8001").routed("2600"))
        .serves("bob", "billing")
        .serves("eve", "billing")
        .ivr("pin-check", Some("1321"))
        .outside(CUSTOMER)
        .outside(OTHER_CUSTOMER)
        .outside(THIRD_PARTY)
        .build();
    SharedSwitch::new(switch)
}

/// The logical names of [`scenery`].
#[must_use]
pub fn directory() -> Directory {
    let entries = [
        ("agent:ann", Target::agent("ann")),
        ("agent:bob", Target::agent("bob")),
        ("agent:eve", Target::agent("eve")),
        ("queue:billing", Target::queue_id("billing")),
        ("queue:support", Target::queue_id("support")),
        ("ivr:pin-check", Target::ivr("pin-check")),
        ("number:third-party", Target::number(THIRD_PARTY)),
    ];
    let filled = entries
        .into_iter()
        .try_fold(Directory::empty(), |directory, (name, target)| {
            directory.with(TargetName::new(name)?, target?)
        });
    filled.unwrap_or_else(|error| unreachable!("constants of one kind each: {error}"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
