//! The hub: the one owner of what is known. Adapters push what the vendor says; the hub numbers it, keeps the state, maps the vendor's ids to ours,
//! tracks operations and fans out. It never blocks an adapter: a reader that does not read loses its backlog and is told so.

mod aliases;
mod feed;
mod legs;
mod ops;
mod readers;
mod state;

use std::sync::{Arc, Mutex};

pub use feed::Feed;
pub(crate) use legs::{Leg, Legs};
pub(crate) use ops::Origin;
pub use ops::Pending;
pub use state::{Draft, ViewPatch};

use crate::capability::Capabilities;
use crate::event::{EventKind, FeedItem, Filter, Gap, Provenance, SessionNotice};
use crate::id::{AgentId, CallId, IdSource, OpId, SessionId};
use crate::model::{AgentState, CallView, Scope, SessionState, Snapshot};
use crate::receipt::{CustomerAt, Evidence, Outcome, OutcomeHandle};
use crate::sync::lock;
use feed::Subscriber;
use ops::Operations;
use readers::Readers;
use state::World;

/// A handle on one adapter's hub; clones share it.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    ids: IdSource,
    inner: Mutex<Inner>,
    operations: Mutex<Operations>,
}

struct Inner {
    world: World,
    readers: Readers,
    closed: bool,
}

impl Hub {
    /// A hub that mints its ids from `ids`.
    #[must_use]
    pub fn new(ids: IdSource) -> Self {
        let inner = Inner {
            world: World::default(),
            readers: Readers::default(),
            closed: false,
        };
        Self {
            shared: Arc::new(Shared {
                ids,
                inner: Mutex::new(inner),
                operations: Mutex::new(Operations::default()),
            }),
        }
    }

    /// The source of new ids.
    #[must_use]
    pub fn ids(&self) -> &IdSource {
        &self.shared.ids
    }

    /// A session is being opened; a former one of the same id is forgotten.
    pub fn open_session(&self, session: &SessionId, agent: &AgentId) {
        lock(&self.shared.inner).world.open(session, agent);
    }

    /// A session's link or stay changed: readers are told, and when it is over its open operations end as unknown.
    pub fn set_session_state(&self, session: &SessionId, state: SessionState, reason: &str) {
        let changed = {
            let mut inner = lock(&self.shared.inner);
            let changed = inner.world.set_session_state(session, state);
            if changed {
                let notice = SessionNotice::new(session.clone(), state, crate::text::one_line(reason, 300));
                inner.readers.tell(session, &FeedItem::Session(notice));
            }
            changed
        };
        if changed && state.is_over() {
            let unknown = Outcome::unknown(Evidence::SessionEnded, CustomerAt::Unknown);
            lock(&self.shared.operations).settle_session(session, &unknown);
        }
    }

    /// The state of a session; `None` when it was never opened here.
    #[must_use]
    pub fn session_state(&self, session: &SessionId) -> Option<SessionState> {
        lock(&self.shared.inner).world.session(session).map(|view| view.state)
    }

    /// Announces that something may have been missed. A [`resync`](Self::resync) should follow.
    pub fn announce_gap(&self, session: &SessionId) {
        let mut inner = lock(&self.shared.inner);
        inner.world.note_gap(session, true);
        inner
            .readers
            .tell(session, &FeedItem::Gap(Gap::link_lost(session.clone())));
    }

    /// Our id of the vendor's call: the known one, or a new one.
    #[must_use]
    pub fn call_id(&self, native: &str) -> CallId {
        lock(&self.shared.inner).world.call_id(native, &self.shared.ids)
    }

    /// Our id of the vendor's call if it is known.
    #[must_use]
    pub fn find_call(&self, native: &str) -> Option<CallId> {
        lock(&self.shared.inner).world.aliases.get(native)
    }

    /// The vendor calls a known call by another id from now on; the old one stays an alias.
    pub fn rename_call(&self, call: &CallId, native: &str) {
        lock(&self.shared.inner).world.rename(call, native);
    }

    /// A call as the session sees it.
    #[must_use]
    pub fn call(&self, session: &SessionId, call: &CallId) -> Option<CallView> {
        lock(&self.shared.inner)
            .world
            .session(session)?
            .calls
            .get(call)
            .cloned()
    }

    /// The session's live calls.
    #[must_use]
    pub fn calls(&self, session: &SessionId) -> Vec<(CallId, CallView)> {
        let inner = lock(&self.shared.inner);
        inner.world.session(session).map_or_else(Vec::new, |view| {
            view.calls.iter().map(|(id, call)| (id.clone(), call.clone())).collect()
        })
    }

    /// The agent's readiness as last told.
    #[must_use]
    pub fn agent_state(&self, session: &SessionId) -> AgentState {
        let inner = lock(&self.shared.inner);
        inner
            .world
            .session(session)
            .map_or(AgentState::Unknown, |view| view.agent_state.clone())
    }

    /// Publishes what the vendor said. Gives the event's number; `None` when it told nothing new (a duplicate, or late word of a call that is over).
    pub fn publish(&self, draft: Draft) -> Option<u64> {
        let mut inner = lock(&self.shared.inner);
        let event = inner.world.apply(draft)?;
        let (session, seq) = (event.session.clone(), event.seq);
        inner.readers.tell(&session, &FeedItem::Event(Arc::new(event)));
        Some(seq)
    }

    /// How many events came so late that they would have brought a call back to a state that it has left, and were dropped: for diagnosis.
    #[must_use]
    pub fn late_events(&self) -> u64 {
        lock(&self.shared.inner).world.late()
    }

    /// Replaces what is known of a session's calls by what the vendor's own listing says. The differences are published as synthesized events,
    /// and every reader of the session gets a snapshot after them. Where they show that something was missed, a gap goes before them, unless it was announced already.
    pub fn resync(&self, session: &SessionId, listed: Vec<CallView>) {
        let mut inner = lock(&self.shared.inner);
        let drafts = inner.world.difference(session, listed, &self.shared.ids);
        let announced = inner.world.note_gap(session, false);
        if !announced && drafts.iter().any(Draft::tells_of_something_missed) {
            inner
                .readers
                .tell(session, &FeedItem::Gap(Gap::link_lost(session.clone())));
        }
        for draft in drafts {
            if let Some(event) = inner.world.apply(draft) {
                inner.readers.tell(session, &FeedItem::Event(Arc::new(event)));
            }
        }
        let snapshot = Arc::new(inner.world.snapshot(&Scope::Session(session.clone())));
        inner.readers.tell(session, &FeedItem::Snapshot(snapshot));
    }

    /// The agent's readiness as an answer of the vendor's showed it, published if it is news.
    pub fn agent_state_seen(&self, session: &SessionId, state: AgentState, provenance: Provenance) {
        let kind = EventKind::AgentStateChanged { state };
        self.publish(Draft::new(session.clone(), kind).provenance(provenance));
    }

    /// What the adapter can do has changed, e.g. because the platform lacks a feature that the manifest counts on. Every reader is told.
    pub fn announce_capabilities(&self, capabilities: &Arc<Capabilities>) {
        let item = FeedItem::Capabilities(Arc::clone(capabilities));
        lock(&self.shared.inner).readers.tell_all(&item);
    }

    /// The state as known now.
    #[must_use]
    pub fn snapshot(&self, scope: &Scope) -> Arc<Snapshot> {
        Arc::new(lock(&self.shared.inner).world.snapshot(scope))
    }

    /// A new reader; its first item is a snapshot.
    #[must_use]
    pub fn subscribe(&self, filter: Filter) -> Feed {
        let mut inner = lock(&self.shared.inner);
        let scope = filter.session.clone().map_or(Scope::All, Scope::Session);
        let first = FeedItem::Snapshot(Arc::new(inner.world.snapshot(&scope)));
        let reader = Arc::new(Subscriber::new(filter, first));
        if inner.closed {
            reader.close();
        } else {
            inner.readers.add(Arc::clone(&reader));
        }
        Feed::new(Arc::clone(&self.shared), reader)
    }

    /// Registers an operation before its request is sent, so that an event that overtakes the answer finds it.
    #[must_use]
    pub fn begin(&self, pending: Pending) -> OutcomeHandle {
        let legs = Legs::of(lock(&self.shared.inner).world.session(&pending.session));
        lock(&self.shared.operations).begin(pending, legs)
    }

    /// Records what became of an operation. False when it was settled before or is not known.
    pub fn settle(&self, op: &OpId, outcome: Outcome) -> bool {
        tracing::debug!(target: "callcontrol::outcome", %op, %outcome, "settled");
        lock(&self.shared.operations).settle(op, outcome)
    }

    /// Forgets an operation that was refused without effect.
    pub fn forget(&self, op: &OpId) {
        lock(&self.shared.operations).forget(op);
    }

    /// Open operations on a call, oldest first.
    #[must_use]
    pub fn pending_on(&self, session: &SessionId, call: &CallId) -> Vec<Pending> {
        lock(&self.shared.operations).open_on(session, call)
    }

    /// Open operations of a session, oldest first.
    #[must_use]
    pub fn pending_of(&self, session: &SessionId) -> Vec<Pending> {
        lock(&self.shared.operations).open_of(session)
    }

    /// The outcome of an operation by its id.
    #[must_use]
    pub fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        lock(&self.shared.operations).outcome_of(op)
    }

    /// Ends every feed after what it holds.
    pub fn close(&self) {
        let mut inner = lock(&self.shared.inner);
        inner.closed = true;
        inner.readers.close();
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}
