//! The switch itself: its state, its virtual clock, and what can be read from it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{
    Agent, Call, Cause, Ivr, Journal, LegState, Outside, Party, Queue, Refusal, Reply, Supervision, SwitchCallId,
    SwitchEvent, SwitchOptions,
};

/// One deterministic telephone switch. Built by [`SwitchBuilder`](super::SwitchBuilder), shared by
/// [`SharedSwitch`](super::SharedSwitch).
///
/// A verb either does what its name says and journals it, or returns a [`Refusal`] and has changed nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switch {
    pub(super) options: SwitchOptions,
    pub(super) now: Duration,
    pub(super) agents: BTreeMap<String, Agent>,
    /// For each queue, those who serve it, are ready and are in no call: a waiting call may be offered to them.
    pub(super) free: BTreeMap<String, BTreeSet<String>>,
    pub(super) queues: BTreeMap<String, Queue>,
    pub(super) ivrs: BTreeMap<String, Ivr>,
    pub(super) outsides: BTreeMap<String, Outside>,
    pub(super) calls: BTreeMap<SwitchCallId, Call>,
    pub(super) past: BTreeMap<SwitchCallId, Call>,
    /// Of these, the ones whose end is forgotten, and which went into a call that lives.
    pub(super) outlived: BTreeSet<SwitchCallId>,
    /// Who is in which live calls.
    pub(super) seats: BTreeMap<Party, BTreeSet<SwitchCallId>>,
    /// Live calls that wait in a queue, by order of arrival.
    pub(super) waiting: BTreeMap<u64, SwitchCallId>,
    /// Who supervises, and how.
    pub(super) supervisions: BTreeMap<String, Supervision>,
    pub(super) last_call: u64,
    pub(super) ticks: u64,
    pub(super) journal: Journal,
}

impl Switch {
    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The options in force.
    pub fn options(&self) -> &SwitchOptions {
        &self.options
    }

    /// Changes the options from now on.
    pub fn set_options(&mut self, options: SwitchOptions) {
        self.options = options;
    }

    /// Virtual time.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Lets time pass. Whoever has rung for [`SwitchOptions::ring_timeout`] meanwhile counts as not answered,
    /// each at its own moment.
    pub fn advance(&mut self, by: Duration) {
        let until = self.now.saturating_add(by);
        while let Some((at, call, party)) = self.next_ring_out(until) {
            self.now = self.now.max(at);
            self.miss(call, &party, Cause::NoAnswer);
            self.offer_all();
        }
        self.now = until;
    }

    /// Forgets what happened before this sequence number, and the calls that ended then: for runs so long that their journal would fill the memory.
    /// What is asked about such a call is answered as about one that never was.
    /// A call that went into one that lives is remembered as long as that one lives: it may still be known by the id of the former.
    pub fn forget_before(&mut self, seq: u64) {
        for entry in self.journal.forget_before(seq) {
            if let SwitchEvent::CallEnded { call, .. } | SwitchEvent::Merged { from: call, .. } = entry.what {
                self.outlived.insert(call);
            }
        }
        let ended = std::mem::take(&mut self.outlived);
        let (outlived, over): (BTreeSet<_>, BTreeSet<_>) =
            ended.into_iter().partition(|id| self.current_id(*id).is_some());
        self.outlived = outlived;
        for id in over {
            self.past.remove(&id);
        }
    }

    /// How many calls that are over are remembered.
    pub fn past_calls(&self) -> usize {
        self.past.len()
    }

    /// The live call with this id.
    pub fn call(&self, id: SwitchCallId) -> Option<&Call> {
        self.calls.get(&id)
    }

    /// The call with this id as it was when it ended, if it has.
    pub fn past_call(&self, id: SwitchCallId) -> Option<&Call> {
        self.past.get(&id)
    }

    /// All live calls, oldest first.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    /// The live calls the party is on or is rung for, oldest first.
    pub fn calls_of(&self, party: &Party) -> impl Iterator<Item = &Call> {
        self.seats
            .get(party)
            .into_iter()
            .flatten()
            .filter_map(|id| self.calls.get(id))
    }

    /// The call for which the party's telephone rings.
    pub fn ringing_at(&self, party: &Party) -> Option<SwitchCallId> {
        self.calls_of(party)
            .find(|call| call.state_of(party) == Some(LegState::Alerting))
            .map(|call| call.id)
    }

    /// The call in which the agent is active: talking, dialling, or waiting for an IVR.
    pub fn active_call(&self, agent: &str) -> Option<SwitchCallId> {
        let party = Party::agent(agent);
        self.active_calls(&party).last()
    }

    /// The agents in order of their ids.
    pub fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// The queues in order of their ids.
    pub fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values()
    }

    /// The IVR flows in order of their codes.
    pub fn ivrs(&self) -> impl Iterator<Item = &Ivr> {
        self.ivrs.values()
    }

    /// The calls waiting in a queue, the longest waiting first. One that is being offered is among them.
    pub fn waiting_in<'a>(&'a self, queue: &'a str) -> impl Iterator<Item = SwitchCallId> + 'a {
        self.waiting.values().copied().filter(move |id| {
            self.calls
                .get(id)
                .is_some_and(|call| call.queue.as_deref() == Some(queue))
        })
    }

    pub(super) fn emit(&mut self, what: SwitchEvent) {
        self.journal.append(self.now, what);
    }

    pub(super) fn tick(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
    }

    pub(super) fn live(&self, id: SwitchCallId) -> Reply<&Call> {
        self.calls.get(&id).ok_or(Refusal::NoSuchCall(id))
    }

    pub(super) fn live_mut(&mut self, id: SwitchCallId) -> Reply<&mut Call> {
        self.calls.get_mut(&id).ok_or(Refusal::NoSuchCall(id))
    }

    pub(super) fn state_in(&self, id: SwitchCallId, party: &Party) -> Reply<LegState> {
        self.live(id)?.state_of(party).ok_or_else(|| Refusal::NotInCall {
            party: party.clone(),
            call: id,
        })
    }

    pub(super) fn active_calls<'a>(&'a self, party: &'a Party) -> impl Iterator<Item = SwitchCallId> + 'a {
        self.calls_of(party)
            .filter(move |call| call.state_of(party).is_some_and(LegState::is_active))
            .map(|call| call.id)
    }

    fn next_ring_out(&self, until: Duration) -> Option<(Duration, SwitchCallId, Party)> {
        let rings_for = self.options.ring_timeout.filter(|timeout| !timeout.is_zero())?;
        let alerting = self.calls.values().flat_map(|call| {
            call.legs
                .iter()
                .filter(|leg| leg.state == LegState::Alerting)
                .map(move |leg| (leg.since.saturating_add(rings_for), call.id, &leg.party))
        });
        let (at, call, party) = alerting.min_by_key(|(at, call, _)| (*at, *call))?;
        (at <= until).then(|| (at, call, party.clone()))
    }
}
