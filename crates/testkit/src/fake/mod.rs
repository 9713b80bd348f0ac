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
mod events;
mod faults;
mod settle;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_core::{
    AdapterId, AdapterInfo, AgentId, Call, CallControl, Capabilities, Directory, Error, Hub, IdSource, OpenSession,
    Operation, Result, Session, SessionId, Stack, StackOptions, Target, TargetName,
};

use crate::switch::{Behaviour, Party, Queue, SharedSwitch, Switch, SwitchCallId};

pub use faults::Fault;
pub use words::{customer_at, everything};

/// A contact centre in a test: agents `ann`, `bob` and `eve`, queues `billing` (served by Bob and Eve) and `support` (served by nobody),
/// the IVR flow `pin-check`, two customers and a third party outside; the directory knows them as `agent:ann`, `queue:billing`, `ivr:pin-check`, `number:third-party`.
#[derive(Debug, Clone)]
pub struct FakeCallControl {
    shared: Arc<Shared>,
    control: Arc<Stack>,
}

/// The customer who calls.
pub const CUSTOMER: &str = "2065550100";
/// A third party outside.
pub const THIRD_PARTY: &str = "90012345";

pub(crate) struct Shared {
    info: AdapterInfo,
    capabilities: Arc<Capabilities>,
    switch: SharedSwitch,
    hub: Hub,
    sessions: Mutex<BTreeMap<SessionId, String>>,
    faults: Mutex<Vec<(Option<Operation>, Fault)>>,
}

impl FakeCallControl {
    /// A fake that can do everything natively.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capabilities(everything())
    }

    /// A fake that claims what `capabilities` say, e.g. a real adapter's manifest: the test meets the same `Unsupported`.
    #[must_use]
    pub fn with_capabilities(capabilities: Capabilities) -> Self {
        Self::over(&scenery(), capabilities, directory())
    }

    /// A fake over a switch and directory of your own.
    #[must_use]
    pub fn over(switch: &SharedSwitch, capabilities: Capabilities, directory: Directory) -> Self {
        let shared = Arc::new(Shared {
            info: AdapterInfo {
                id: AdapterId::new("fake").unwrap_or_else(|_| unreachable!("a constant without blanks")),
                product: "Model switch".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            capabilities: Arc::new(capabilities),
            switch: switch.clone(),
            hub: Hub::new(IdSource::seeded(1)),
            sessions: Mutex::default(),
            faults: Mutex::default(),
        });
        let listener = Arc::downgrade(&shared);
        switch.on_event(Box::new(move |entry| {
            if let Some(shared) = listener.upgrade() {
                shared.heard(&entry.what);
            }
        }));
        let mut options = StackOptions::default();
        options.directory = directory;
        let control = Arc::new(Stack::over(Arc::clone(&shared) as Arc<dyn CallControl>, options));
        Self { shared, control }
    }

    /// What the application under test is given.
    #[must_use]
    pub fn control(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.control) as Arc<dyn CallControl>
    }

    /// The switch: the other parties' hands, and the journal of what really happened.
    #[must_use]
    pub fn switch(&self) -> &SharedSwitch {
        &self.shared.switch
    }

    /// Signs an agent in.
    ///
    /// # Errors
    /// No such agent, or signed in already.
    pub async fn sign_in(&self, agent: &str) -> Result<Session> {
        Session::open(&self.control(), OpenSession::new(AgentId::new(agent)?)).await
    }

    /// A customer calls the agent directly; the call rings.
    ///
    /// # Errors
    /// The agent cannot be called.
    pub fn ring(&self, session: &Session) -> Result<Call> {
        let agent = self.shared.agent_of(session.id())?;
        let placed = self.shared.switch.place_call(CUSTOMER, &Party::agent(agent));
        let placed = placed.map_err(|refusal| words::refused(&refusal))?;
        Ok(session.call(self.shared.hub.call_id(&words::native(placed))))
    }

    /// Signs an agent in, lets a customer call and the agent answer.
    ///
    /// # Errors
    /// No such agent, or the agent cannot be called.
    pub async fn talking(&self, agent: &str) -> Result<(Session, Call)> {
        let session = self.sign_in(agent).await?;
        let call = self.ring(&session)?;
        call.answer().await?;
        Ok((session, call))
    }

    /// Signs a colleague in, so that he can be called, and sets what he does then.
    pub fn agent_behaves(&self, agent: &str, behaviour: Behaviour) {
        let party = Party::agent(agent);
        let signed_in = self
            .shared
            .switch
            .with(|switch| switch.agent(agent).is_some_and(|agent| agent.signed_in()));
        if !signed_in {
            assert_played(self.shared.switch.sign_in(agent));
            assert_played(self.shared.switch.set_ready(agent));
        }
        assert_played(self.shared.switch.set_behaviour(&party, behaviour));
    }

    /// Sets what an outside party does when it is called.
    pub fn outside_behaves(&self, number: &str, behaviour: Behaviour) {
        assert_played(self.shared.switch.set_behaviour(&Party::outside(number), behaviour));
    }

    /// A ringing colleague answers. Panics with the story so far when nothing rings there.
    pub fn agent_answers(&self, agent: &str) {
        let party = Party::agent(agent);
        match self.shared.switch.ringing_at(&party) {
            Some(call) => assert_played(self.shared.switch.answer(&party, call)),
            None => self.fail(&format!("nothing rings at {agent}")),
        }
    }

    /// The customer hangs up.
    pub fn customer_hangs_up(&self, call: &Call) {
        let Some(id) = self.switch_call(call) else {
            self.fail("this call was never seen at the switch");
        };
        assert_played(self.shared.switch.hang_up(&Party::outside(CUSTOMER), id));
    }

    /// The next command of any kind meets this fault.
    pub fn next(&self, fault: Fault) {
        lock(&self.shared.faults).push((None, fault));
    }

    /// The next command of this kind meets this fault.
    pub fn next_on(&self, operation: Operation, fault: Fault) {
        lock(&self.shared.faults).push((Some(operation), fault));
    }

    /// What really happened, as text.
    #[must_use]
    pub fn story(&self) -> String {
        self.shared.switch.journal().to_string()
    }

    /// How often this call's customer was really moved.
    #[must_use]
    pub fn moves_of(&self, call: &Call) -> usize {
        self.switch_call(call)
            .map_or(0, |id| self.shared.switch.journal().transfers_of(id))
    }

    /// Panics with the story so far if the customer was moved.
    pub fn assert_never_moved(&self, call: &Call) {
        self.assert_moves(call, 0);
    }

    /// Panics with the story so far unless the customer was moved exactly once.
    pub fn assert_moved_once(&self, call: &Call) {
        self.assert_moves(call, 1);
    }

    fn assert_moves(&self, call: &Call, wanted: usize) {
        let moves = self.moves_of(call);
        if moves != wanted {
            self.fail(&format!("the customer was moved {moves} times, {wanted} expected"));
        }
    }

    fn switch_call(&self, call: &Call) -> Option<SwitchCallId> {
        let known = self.shared.hub.call(&call.at().session, call.id());
        let native = known.map(|view| view.native);
        native
            .as_deref()
            .and_then(words::switch_call)
            .or_else(|| self.shared.ended_call(call.id()))
    }

    #[expect(clippy::panic, reason = "an assertion of the application's test")]
    fn fail(&self, what: &str) -> ! {
        panic!("{what}\nWhat happened so far:\n{}", self.story())
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
        agent.ok_or_else(|| Error::not_found(format!("the session {session} is not open")))
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
        .outside("2065550101")
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

/// A verb of a test's own that the switch refuses is a mistake in the test.
#[expect(clippy::panic, reason = "an assertion of the application's test")]
fn assert_played(reply: crate::switch::Reply) {
    if let Err(refusal) = reply {
        panic!("the model switch refused what the test played: {refusal:?}");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
