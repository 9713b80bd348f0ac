//! A switch that several hold: the same verbs behind a lock, and listeners that hear every entry once, in order.

use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{
    AgentState, Behaviour, Call, ConsultRequest, CustomerPlace, Journal, JournalEntry, Party, Reply, Supervision,
    SupervisionMode, Switch, SwitchCallId,
};

/// A handle on one switch; clones are handles on the same one.
///
/// Listeners are called after the change and without the lock, so that they may use the switch themselves; entries
/// reach them in the journal's order, whichever thread caused them. While one thread delivers, another's verb
/// returns at once and leaves its entries to the first.
#[derive(Clone)]
pub struct SharedSwitch {
    inner: Arc<Mutex<Inner>>,
}

/// What a listener is.
pub type Listener = Box<dyn Fn(&JournalEntry) + Send + Sync>;

struct Inner {
    switch: Switch,
    listeners: Vec<Ear>,
    /// Entries up to here are in the outbox or delivered.
    collected: u64,
    outbox: VecDeque<JournalEntry>,
    delivering: bool,
}

#[derive(Clone)]
enum Ear {
    Callback(Arc<Listener>),
    Channel(Sender<JournalEntry>),
}

impl SharedSwitch {
    /// Shares a switch. What is in its journal already is not delivered.
    pub fn new(switch: Switch) -> Self {
        let collected = switch.journal().next_seq();
        let inner = Inner {
            switch,
            listeners: Vec::new(),
            collected,
            outbox: VecDeque::new(),
            delivering: false,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Calls this for every journal entry from now on.
    pub fn on_event(&self, listener: Listener) {
        self.lock().listeners.push(Ear::Callback(Arc::new(listener)));
    }

    /// Every journal entry from now on, until the receiver is dropped.
    pub fn subscribe(&self) -> Receiver<JournalEntry> {
        let (sender, receiver) = mpsc::channel();
        self.lock().listeners.push(Ear::Channel(sender));
        receiver
    }

    /// Does several things in one go, or reads; what happened is delivered afterwards. Within `act` use the
    /// [`Switch`] given, not this handle.
    pub fn with<T>(&self, act: impl FnOnce(&mut Switch) -> T) -> T {
        let answer = {
            let mut inner = self.lock();
            let answer = act(&mut inner.switch);
            inner.collect();
            answer
        };
        self.deliver();
        answer
    }

    /// A copy of the journal.
    pub fn journal(&self) -> Journal {
        self.with(|switch| switch.journal().clone())
    }

    /// A copy of the journal's entries from this sequence number on.
    pub fn journal_since(&self, seq: u64) -> Vec<JournalEntry> {
        self.with(|switch| switch.journal().since(seq).to_vec())
    }

    /// A copy of the live call with this id.
    pub fn call(&self, id: SwitchCallId) -> Option<Call> {
        self.with(|switch| switch.call(id).cloned())
    }

    /// Copies of the live calls the party is on or is rung for, oldest first.
    pub fn calls_of(&self, party: &Party) -> Vec<Call> {
        self.with(|switch| switch.calls_of(party).cloned().collect())
    }

    /// See [`Switch::set_data`].
    pub fn set_data<K, V>(&self, call: SwitchCallId, pairs: impl IntoIterator<Item = (K, V)>) -> Reply
    where
        K: Into<String>,
        V: Into<String>,
    {
        self.with(|switch| switch.set_data(call, pairs))
    }

    /// A copy of the supervisor's running supervision.
    pub fn supervision_of(&self, supervisor: &str) -> Option<Supervision> {
        self.with(|switch| switch.supervision_of(supervisor).cloned())
    }

    fn deliver(&self) {
        // Whoever finds a delivery under way leaves the rest to it: one order, no waiting, no deadlock.
        let Some(_turn) = Turn::take(&self.inner) else { return };
        while let Some((entry, ears)) = self.next_entry() {
            for ear in &ears {
                match ear {
                    Ear::Callback(listener) => listener(&entry),
                    // A dropped receiver is forgotten with the next entry, see `next_entry`.
                    Ear::Channel(sender) => drop(sender.send(entry.clone())),
                }
            }
        }
    }

    /// The next entry to deliver; with none left the turn is over, in the same breath.
    fn next_entry(&self) -> Option<(JournalEntry, Vec<Ear>)> {
        let mut inner = self.lock();
        match inner.outbox.pop_front() {
            Some(entry) => Some((entry, inner.listeners.clone())),
            None => {
                inner.delivering = false;
                None
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }
}

/// Forwards verbs to the switch under the lock.
macro_rules! verbs {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)*) => {
        impl SharedSwitch {
            $(
                #[doc = concat!("See [`Switch::", stringify!($name), "`].")]
                pub fn $name(&self, $($arg: $kind),*) -> $answer {
                    self.with(|switch| switch.$name($($arg),*))
                }
            )*
        }
    };
}

verbs! {
    now() -> Duration;
    advance(by: Duration) -> ();
    forget_before(seq: u64) -> ();
    resolve(dialled: &str) -> Option<Party>;
    active_call(agent: &str) -> Option<SwitchCallId>;
    ringing_at(party: &Party) -> Option<SwitchCallId>;
    customer_at(call: SwitchCallId) -> Option<CustomerPlace>;
    current_id(call: SwitchCallId) -> Option<SwitchCallId>;
    can_reach(to: &Party) -> Reply;
    check_invariants() -> Vec<String>;

    sign_in(agent: &str) -> Reply;
    force_sign_in(agent: &str) -> Reply;
    sign_out(agent: &str) -> Reply;
    force_sign_out(agent: &str) -> Reply;
    set_agent_state(agent: &str, state: AgentState) -> Reply;
    set_ready(agent: &str) -> Reply;
    set_auto_idle(agent: &str, on: bool) -> Reply;
    set_behaviour(party: &Party, behaviour: Behaviour) -> Reply;
    serve(agent: &str, queue: &str) -> ();
    unserve(agent: &str, queue: &str) -> ();

    place_call(from: &str, to: &Party) -> Reply<SwitchCallId>;
    dial(agent: &str, to: &Party) -> Reply<SwitchCallId>;
    answer(party: &Party, call: SwitchCallId) -> Reply;
    reject(party: &Party, call: SwitchCallId) -> Reply;
    no_answer(party: &Party) -> Reply;
    hang_up(party: &Party, call: SwitchCallId) -> Reply;
    hold(agent: &str, call: SwitchCallId) -> Reply;
    retrieve(agent: &str, call: SwitchCallId) -> Reply;
    drop_party(by: &str, call: SwitchCallId, party: &Party) -> Reply;
    clear(agent: &str, call: SwitchCallId) -> Reply;
    mute(agent: &str, call: SwitchCallId, on: bool) -> Reply;
    pick_up(agent: &str, ringing_at: &str) -> Reply<SwitchCallId>;
    take_waiting(agent: &str, call: SwitchCallId) -> Reply;

    transfer_blind(agent: &str, call: SwitchCallId, to: &Party) -> Reply;
    transfer_release_after(agent: &str, call: SwitchCallId, to: &Party) -> Reply;
    cancel_transfer(agent: &str, call: SwitchCallId) -> Reply;
    suspend_to_ivr(agent: &str, call: SwitchCallId, ivr: &str) -> Reply;
    ivr_finished(call: SwitchCallId) -> Reply;
    ivr_routes(call: SwitchCallId, to: &Party) -> Reply;
    ivr_tries(call: SwitchCallId, to: &Party) -> Reply;
    requeue_waiting(call: SwitchCallId, to: &str) -> Reply;

    consult(agent: &str, call: SwitchCallId, to: &Party, how: ConsultRequest) -> Reply<SwitchCallId>;
    consult_complete(agent: &str, call: SwitchCallId) -> Reply;
    consult_cancel(agent: &str, call: SwitchCallId, retrieve: bool) -> Reply;
    swap(agent: &str, call: SwitchCallId) -> Reply;
    merge(agent: &str, call: SwitchCallId) -> Reply;
    connect_held(agent: &str, call: SwitchCallId) -> Reply;
    conference_add(agent: &str, call: SwitchCallId, to: &Party) -> Reply;
    conference_remove(agent: &str, call: SwitchCallId, party: &Party) -> Reply;

    supervise(supervisor: &str, agent: &str, mode: SupervisionMode) -> Reply;
    switch_supervision(supervisor: &str, agent: &str, mode: SupervisionMode) -> Reply;
    stop_supervision(supervisor: &str, agent: &str) -> Reply;
    intercept(supervisor: &str, agent: &str, call: Option<SwitchCallId>) -> Reply;
    mute_monitored(supervisor: &str, agent: &str, on: bool) -> Reply;
    supervisors_of(agent: &str) -> Vec<String>;

    remove_data(call: SwitchCallId, key: &str) -> Reply;
    set_opaque(call: SwitchCallId, text: Option<String>) -> Reply;
    clear_data(call: SwitchCallId) -> Reply;
    send_dtmf(agent: &str, call: SwitchCallId, digits: &str) -> Reply;
    relay_dtmf(agent: &str, call: SwitchCallId, on: bool) -> Reply;
    customer_digits(call: SwitchCallId, digits: &str) -> Reply<Option<String>>;
}

impl Inner {
    fn collect(&mut self) {
        let fresh = self.switch.journal().since(self.collected);
        self.collected = self.switch.journal().next_seq();
        if !self.listeners.is_empty() {
            self.outbox.extend(fresh.iter().cloned());
        }
    }
}

/// The right to deliver; given back also when a listener panics, so that later entries still arrive.
struct Turn<'a> {
    inner: &'a Mutex<Inner>,
}

impl<'a> Turn<'a> {
    fn take(inner: &'a Mutex<Inner>) -> Option<Self> {
        let mut locked = lock(inner);
        if locked.delivering || locked.outbox.is_empty() {
            return None;
        }
        locked.delivering = true;
        Some(Self { inner })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(self.inner).delivering = false;
        }
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<Switch> for SharedSwitch {
    fn from(switch: Switch) -> Self {
        Self::new(switch)
    }
}

impl fmt::Debug for SharedSwitch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSwitch")
            .field("switch", &self.lock().switch)
            .finish_non_exhaustive()
    }
}
