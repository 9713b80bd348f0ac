//! Everything at the gateway that changes, behind one lock: sessions, calls, and which request caused what.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use callcontrol_testkit::switch::Cause;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::disturb::Disturbances;
use super::event::Event;
use super::ledger::Ledger;
use super::options::CcGatewayOptions;
use super::session::Session;

/// Everything that changes.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) ledger: Ledger,
    pub(super) origins: Origins,
    pub(super) wrong_passwords: BTreeMap<String, u32>,
    /// Queues of agents, as they were before the gateway took them away until `resetskill`.
    pub(super) configured: BTreeMap<String, BTreeSet<String>>,
    /// Agents whom the platform holds signed in although the gateway has forgotten them.
    pub(super) orphans: BTreeSet<String>,
    pub(super) disturbances: Disturbances,
    /// Files of recordings, by record id.
    pub(super) recordings: BTreeMap<String, String>,
    /// Polls for all agents that are pending.
    pub(super) polls_for_all: usize,
    /// Whenever any agent has an event.
    pub(super) wake: Arc<Notify>,
    /// No session lapses before, and no rest ends.
    pub(super) quiet_until: Option<Instant>,
    serials: u64,
    guids: u64,
    orders: u64,
}

/// Which request caused which journal entries.
#[derive(Debug, Default)]
pub(super) struct Origins(Vec<(Range<u64>, Origin)>);

/// The request behind a change at the switch, as far as its events depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// Sign-in or sign-out: their events are queued by the operation itself.
    Session,
    /// A change of state the agent asked for.
    State,
    /// An outbound call with this displayed number.
    CallOut { caller: Option<String>, feature: u8 },
    /// The agent leaves by own command, the other party with it or without.
    Leaves,
    /// A transfer of type 5/3 or 5/4.
    Forwarding,
    /// Anything else.
    Command,
}

impl State {
    /// A new GUID: shaped like a UUID, and the same for the same seed.
    pub(super) fn new_guid(&mut self, options: &CcGatewayOptions) -> String {
        self.guids += 1;
        let (high, low) = (
            mix(options.guid_seed, self.guids, 1),
            mix(options.guid_seed, self.guids, 2),
        );
        let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xffff);
        let (d, e) = (low >> 48, low & 0xffff_ffff_ffff);
        format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}.{}", options.node)
    }

    pub(super) fn next_serial(&mut self) -> u64 {
        self.serials += 1;
        self.serials
    }

    /// Queues an event for the agent, unless nobody is there or it is disturbed.
    pub(super) fn queue(&mut self, agent: &str, mut event: Event, options: &CcGatewayOptions) {
        self.orders += 1;
        event.order = self.orders;
        let Some(session) = self.sessions.get_mut(agent) else {
            return;
        };
        let fate = self.disturbances.fate(agent, &event);
        session.queue(event, fate, options.event_queue);
        self.wake.notify_waiters();
    }

    /// Ends the agent's session, with a last event or without.
    pub(super) fn end(&mut self, agent: &str, last: Option<Event>) {
        if let Some(session) = self.sessions.get_mut(agent) {
            session.end(last);
        }
        self.wake.notify_waiters();
    }

    /// The agent's new GUID, if one is due: in the answer during which it changes and in no other (3.2).
    pub(super) fn renewed_guid(&mut self, agent: &str, serial: u64, options: &CcGatewayOptions) -> Option<String> {
        let due = self
            .sessions
            .get(agent)
            .is_some_and(|session| session.serial == serial && !session.over && session.guids.is_due(options));
        if !due {
            return None;
        }
        let guid = self.new_guid(options);
        self.sessions.get_mut(agent)?.guids.renew(guid.clone());
        Some(guid)
    }

    /// The switch says that the agent is signed out; an entry from before this session is none of its business.
    pub(super) fn signed_out(&mut self, agent: &str, seq: u64, cause: Cause) {
        let Some(session) = self.sessions.get(agent) else {
            return;
        };
        if seq >= session.from_seq && !session.over {
            tracing::debug!(%agent, ?cause, "session ended by the switch");
            self.end(agent, None);
        }
    }
}

impl Origins {
    pub(super) fn add(&mut self, entries: Range<u64>, origin: Origin) {
        self.0.push((entries, origin));
    }

    /// The request behind this entry. Entries come in order, so what lies before is forgotten.
    pub(super) fn of(&mut self, seq: u64) -> Option<Origin> {
        self.0.retain(|(range, _)| range.end > seq);
        self.0
            .iter()
            .find(|(range, _)| range.contains(&seq))
            .map(|(_, origin)| origin.clone())
    }
}

/// SplitMix64 over seed, counter and half.
fn mix(seed: u64, counter: u64, half: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(counter.wrapping_mul(2).wrapping_add(half));
    z = z.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
