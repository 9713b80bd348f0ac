//! The calls as the vendor's events describe them, kept entry by entry from the switch's journal. An event is derived
//! from the moment it tells of, not from what the switch has become since.

use std::collections::{BTreeMap, BTreeSet};

use callcontrol_testkit::switch::{LegState, Party, SwitchCallId, TransferKind};

/// All live calls.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    calls: BTreeMap<SwitchCallId, CallView>,
    /// Agents with a call, be it only ringing.
    pub(super) engaged: BTreeSet<String>,
}

/// One call of the switch.
#[derive(Debug)]
pub(super) struct CallView {
    pub(super) id: SwitchCallId,
    pub(super) kind: Kind,
    /// Call type of section 14.1.
    pub(super) feature: u8,
    pub(super) caller: String,
    pub(super) called: String,
    pub(super) skill: Option<String>,
    pub(super) transferred_by: Option<String>,
    /// The transfer under way.
    pub(super) transfer: Option<TransferKind>,
    /// It was dialled in vain: the agent gets no release event for it.
    pub(super) failed: bool,
    pub(super) conference: bool,
    /// The outside party that a transfer of type 5/4 brought into the conference.
    pub(super) added: Option<Party>,
    pub(super) started_ms: u64,
    /// Call-associated data.
    pub(super) data: String,
    pub(super) legs: Vec<LegView>,
    /// How many times the call got a new id.
    renamed: u64,
}

/// What a call is to the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An ordinary call.
    Plain,
    /// Internal help: a call of its own beside the customer's.
    Help { original: SwitchCallId, three_way: bool },
    /// Talk forwarding or three-party transfer to an external number: to the vendor a part of the customer's call.
    Forwarding { original: SwitchCallId, three_way: bool },
}

/// One party's leg.
#[derive(Debug, Clone)]
pub(super) struct LegView {
    pub(super) party: Party,
    pub(super) state: LegState,
    /// The id under which this party knows the call.
    pub(super) callid: String,
    /// When its recording began, in epoch milliseconds.
    pub(super) recording: Option<u64>,
}

impl Ledger {
    pub(super) fn open(&mut self, call: CallView) {
        self.calls.insert(call.id, call);
    }

    pub(super) fn close(&mut self, id: SwitchCallId) -> Option<CallView> {
        self.calls.remove(&id)
    }

    pub(super) fn call(&self, id: SwitchCallId) -> Option<&CallView> {
        self.calls.get(&id)
    }

    pub(super) fn call_mut(&mut self, id: SwitchCallId) -> Option<&mut CallView> {
        self.calls.get_mut(&id)
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &CallView> {
        self.calls.values()
    }

    /// The id under which the agent knows the call.
    pub(super) fn callid(&self, id: SwitchCallId, agent: &str) -> Option<&str> {
        let leg = self.call(id)?.leg(&Party::agent(agent))?;
        Some(&leg.callid)
    }

    /// The transfer of type 5/3 or 5/4 that this agent leads about this call and that is still a call of its own.
    pub(super) fn forwarding_about(&self, original: SwitchCallId, agent: &str) -> Option<&CallView> {
        let party = Party::agent(agent);
        self.calls.values().find(|call| {
            matches!(call.kind, Kind::Forwarding { original: about, .. } if about == original)
                && call.leg(&party).is_some()
        })
    }

    /// Whether the agent is in another call with the same id.
    pub(super) fn has_twin(&self, callid: &str, than: SwitchCallId, agent: &str) -> bool {
        let party = Party::agent(agent);
        let others = self.calls.values().filter(|call| call.id != than);
        others
            .filter_map(|call| call.leg(&party))
            .any(|leg| leg.callid == callid)
    }
}

impl CallView {
    pub(super) fn new(id: SwitchCallId, kind: Kind, feature: u8, started_ms: u64) -> Self {
        Self {
            id,
            kind,
            feature,
            caller: String::new(),
            called: String::new(),
            skill: None,
            transferred_by: None,
            transfer: None,
            failed: false,
            conference: false,
            added: None,
            started_ms,
            data: String::new(),
            legs: Vec::new(),
            renamed: 0,
        }
    }

    pub(super) fn leg(&self, party: &Party) -> Option<&LegView> {
        self.legs.iter().find(|leg| &leg.party == party)
    }

    pub(super) fn leg_mut(&mut self, party: &Party) -> Option<&mut LegView> {
        self.legs.iter_mut().find(|leg| &leg.party == party)
    }

    /// Adds a leg, or changes the state of the one that is there.
    pub(super) fn seat(&mut self, party: &Party, state: LegState, callid: String) {
        if let Some(leg) = self.leg_mut(party) {
            leg.state = state;
            return;
        }
        self.legs.push(LegView {
            party: party.clone(),
            state,
            callid,
            recording: None,
        });
    }

    pub(super) fn lift(&mut self, party: &Party) -> Option<LegView> {
        let at = self.legs.iter().position(|leg| &leg.party == party)?;
        Some(self.legs.remove(at))
    }

    /// Whoever is connected, in order.
    pub(super) fn connected(&self) -> impl Iterator<Item = &LegView> {
        self.legs.iter().filter(|leg| leg.state != LegState::Alerting)
    }

    /// The agents who are connected.
    pub(super) fn agents(&self) -> Vec<String> {
        let agents = self.connected().filter_map(|leg| leg.party.as_agent());
        agents.map(str::to_owned).collect()
    }

    /// The numbers of the others, as `partner` lists them.
    pub(super) fn others(&self, than: &Party) -> Vec<String> {
        let others = self.connected().filter(|leg| &leg.party != than);
        others.map(|leg| leg.party.name().to_owned()).collect()
    }

    pub(super) fn is_assistant(&self) -> bool {
        matches!(self.kind, Kind::Help { .. })
    }

    /// The id for whoever comes to the call now: the next one if a transfer renames it.
    pub(super) fn id_for_newcomer(&mut self, rename: bool, epoch: u64) -> String {
        if rename {
            self.renamed += 1;
        }
        native(self.id, self.renamed, epoch)
    }
}

/// The vendor's id of a call: epoch seconds, hyphen, counter (5.4). The counter is the switch's number, so that the id
/// can be read back.
pub(super) fn native(id: SwitchCallId, renamed: u64, epoch: u64) -> String {
    format!("{}-{}", epoch.saturating_add(renamed), id.number())
}

/// The switch's number of a call with this id.
pub(super) fn from_native(callid: &str, epoch: u64) -> Option<SwitchCallId> {
    let (seconds, counter) = callid.split_once('-')?;
    let seconds: u64 = seconds.parse().ok()?;
    let counter: u64 = counter.parse().ok()?;
    (seconds.checked_sub(epoch)? <= MOST_RENAMED).then(|| SwitchCallId::new(counter))
}

const MOST_RENAMED: u64 = 1000;
