//! What the agents' telephones show: the switch's journal folded into calls as GWS sees them, one view per agent and call.

mod hear;
mod view;

use std::collections::BTreeMap;

use callcontrol_testkit::switch::{AgentState, Direction, Party, SwitchCallId};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::ids;
use super::options::GwsOptions;

pub(super) use hear::{Context, as_text};
pub(super) use view::{CallView, Role};

/// The calls of all agents, as far as the journal has been read.
#[derive(Debug, Default)]
pub(super) struct Floor {
    next_seq: u64,
    calls: BTreeMap<SwitchCallId, Talk>,
    numbers: BTreeMap<Party, String>,
    /// A Held that waits for the Established which follows it: SwapCalls tells them in this order (section 8.3).
    deferred: Option<(String, SwitchCallId)>,
    /// Data for the call that this agent is about to begin.
    prepared: BTreeMap<String, Map<String, Value>>,
}

/// One conversation.
#[derive(Debug, Clone)]
struct Talk {
    direction: Direction,
    originator: Party,
    to: Party,
    parent: Option<SwitchCallId>,
    /// Number under which the leading agent knows the parent.
    parent_number: Option<u64>,
    /// The agent who consults, as long as it is a consult.
    leader: Option<String>,
    /// The agent who made the conference.
    owner: Option<String>,
    places: Vec<Place>,
    data: Map<String, Value>,
    /// Values that are no texts, as they were sent.
    typed: Map<String, Value>,
}

/// One party's place in a conversation.
#[derive(Debug, Clone)]
struct Place {
    party: Party,
    state: CallState,
    muted: bool,
    /// Number in the id under which this party knows the call.
    number: u64,
    since: Instant,
    /// The other parties as last told.
    shown: Vec<Party>,
    /// Comes out of a consult into the conference, which is told as one thing.
    joining: bool,
    /// Put on hold for a consult that is about to begin.
    consulting: bool,
}

/// Section 7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallState {
    Ringing,
    Dialing,
    Established,
    Held,
    Released,
}

/// Something to tell an agent.
#[derive(Debug)]
pub(super) enum Notice {
    /// The call changed.
    Call {
        agent: String,
        kind: NoticeKind,
        call: Box<CallView>,
    },
    /// The agent's availability changed.
    Device {
        agent: String,
        number: String,
        state: AgentState,
    },
}

/// Section 8.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeKind {
    StatusChange,
    ParticipantsUpdated,
    AttachedDataChanged,
    DtmfSent,
}

impl Floor {
    pub(super) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The agent's calls, oldest first.
    pub(super) fn calls_of(&self, agent: &str) -> Vec<CallView> {
        self.calls.keys().filter_map(|call| self.view(agent, *call)).collect()
    }

    /// The agent's call with this id.
    pub(super) fn find(&self, agent: &str, id: &str, options: &GwsOptions) -> Option<CallView> {
        self.calls_of(agent)
            .into_iter()
            .find(|view| ids::call_id(view.number, options) == id)
    }

    /// The next call that this agent begins starts with these pairs.
    pub(super) fn prepare(&mut self, agent: &str, data: Map<String, Value>) {
        self.prepared.insert(agent.into(), data);
    }

    /// Nothing came of it.
    pub(super) fn unprepare(&mut self, agent: &str) {
        self.prepared.remove(agent);
    }

    /// The call's data as told, to be put back by [`restore_data`](Self::restore_data).
    pub(super) fn merge_data(&mut self, call: SwitchCallId, data: &Map<String, Value>) -> Map<String, Value> {
        let Some(talk) = self.calls.get_mut(&call) else {
            return Map::new();
        };
        let before = talk.data.clone();
        talk.data.extend(data.clone());
        before
    }

    pub(super) fn restore_data(&mut self, call: SwitchCallId, data: Map<String, Value>) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.data = data;
        }
    }

    /// The form in which these values were sent, for when the switch tells their texts.
    pub(super) fn remember_types(&mut self, call: SwitchCallId, data: &Map<String, Value>) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.typed.extend(data.clone());
        }
    }

    /// This agent owns the conference that is about to be made of the call.
    pub(super) fn own(&mut self, agent: &str, call: SwitchCallId) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.owner.get_or_insert_with(|| agent.into());
        }
    }

    /// The party in this call who has this number.
    pub(super) fn party_with_number(&self, call: SwitchCallId, number: &str) -> Option<Party> {
        let mut parties = self.calls.get(&call)?.places.iter().map(|place| &place.party);
        parties.find(|party| self.number_of(party) == number).cloned()
    }

    fn number_of(&self, party: &Party) -> String {
        self.numbers
            .get(party)
            .cloned()
            .unwrap_or_else(|| party.name().to_owned())
    }

    fn place_mut(&mut self, call: SwitchCallId, party: &Party) -> Option<&mut Place> {
        self.calls
            .get_mut(&call)?
            .places
            .iter_mut()
            .find(|place| &place.party == party)
    }
}

impl Talk {
    fn place(&self, party: &Party) -> Option<&Place> {
        self.places.iter().find(|place| &place.party == party)
    }

    fn agents(&self) -> Vec<String> {
        self.places
            .iter()
            .filter_map(|place| place.party.as_agent().map(String::from))
            .collect()
    }

    /// The others who are in it, else whoever rings, else whoever was there last, else who was dialled, else who dialled.
    fn others(&self, than: &Place) -> Vec<Party> {
        let others = |ringing: bool| {
            let others = self.places.iter().filter(|place| place.party != than.party);
            let fitting = others.filter(|place| ringing || place.state != CallState::Ringing);
            fitting.map(|place| place.party.clone()).collect::<Vec<_>>()
        };
        let first = if self.originator == than.party {
            &self.to
        } else {
            &self.originator
        };
        [others(false), others(true), than.shown.clone()]
            .into_iter()
            .find(|parties| !parties.is_empty())
            .unwrap_or_else(|| vec![first.clone()])
    }
}

impl Place {
    fn new(party: &Party, state: CallState, call: SwitchCallId) -> Self {
        Self {
            party: party.clone(),
            state,
            muted: false,
            number: call.number(),
            since: Instant::now(),
            shown: Vec::new(),
            joining: false,
            consulting: false,
        }
    }
}

impl CallState {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ringing => "Ringing",
            Self::Dialing => "Dialing",
            Self::Established => "Established",
            Self::Held => "Held",
            Self::Released => "Released",
        }
    }
}

impl NoticeKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::StatusChange => "StatusChange",
            Self::ParticipantsUpdated => "ParticipantsUpdated",
            Self::AttachedDataChanged => "AttachedDataChanged",
            Self::DtmfSent => "DtmfSent",
        }
    }
}
