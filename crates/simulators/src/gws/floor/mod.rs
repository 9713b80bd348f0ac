//! What the agents' telephones show: the switch's journal folded into calls as GWS sees them, one view per agent and call.

mod hear;
mod moves;
mod phones;
mod view;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use callcontrol_testkit::switch::{Cause, Direction, Party, SwitchCallId};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::ids;
use super::options::GwsOptions;

pub(super) use hear::{Context, as_text};
pub(super) use phones::{DeviceView, Phone};
pub(super) use view::{CallView, Role};
pub(super) use watch::{Extent, Scope, Watch, Watched};

/// The calls of all agents, as far as the journal has been read.
#[derive(Debug, Default)]
pub(super) struct Floor {
    next_seq: u64,
    calls: BTreeMap<SwitchCallId, Talk>,
    /// The calls in which a party has a place: an agent's calls are found without looking at everybody's.
    at: BTreeMap<Party, BTreeSet<SwitchCallId>>,
    numbers: BTreeMap<Party, String>,
    phones: BTreeMap<String, Phone>,
    /// Who supervises, by supervisor.
    watches: BTreeMap<String, Watch>,
    /// How far the supervision goes that this supervisor is about to begin.
    ordered: BTreeMap<String, (Scope, Extent)>,
    /// Supervisions that were ordered for the next call only and have had it: supervisor and agent.
    outlived: Vec<(String, String)>,
    /// A Held that waits for the Established which follows it: SwapCalls tells them in this order (section 8.3).
    deferred: Option<(String, SwitchCallId)>,
    /// About the call that this agent is about to begin.
    prepared: BTreeMap<String, Prepared>,
    /// Calls that are over, as their agents saw them last: they may still get a disposition.
    ended: BTreeMap<String, Vec<u64>>,
}

/// What is known of a call before it begins.
#[derive(Debug, Clone, Default)]
pub(super) struct Prepared {
    pub(super) data: Map<String, Value>,
    /// A consult that does not begin with the original's data.
    pub(super) bare: bool,
    pub(super) purpose: Option<Purpose>,
}

/// What a consult was begun for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Transfer,
    Conference,
}

/// Section 9.6.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Recording {
    #[default]
    Stopped,
    Running,
    Paused,
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
    purpose: Option<Purpose>,
    recording: Recording,
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
    /// The agent's telephone or availability changed.
    Device(Box<DeviceView>),
    /// Something that the agent asked for came to nothing.
    Failed { agent: String, cause: Cause },
}

/// Section 8.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeKind {
    StatusChange,
    ParticipantsUpdated,
    AttachedDataChanged,
    DtmfSent,
    CallRecordingStateChange,
    MonitoredUserMutedStateChange,
    CallRecovered,
}

impl Floor {
    pub(super) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The agent's calls, oldest first.
    pub(super) fn calls_of(&self, agent: &str) -> Vec<CallView> {
        let own = self.calls_at(&Party::agent(agent));
        let monitored = self.monitored_calls(agent);
        let own = own.filter_map(|call| self.view(agent, call));
        own.chain(monitored).collect()
    }

    /// What the agent is told of all calls when the server starts anew.
    pub(super) fn recovered(&self, agent: &str) -> Vec<Notice> {
        let calls = self.calls_of(agent).into_iter();
        calls
            .map(|call| hear::notice(agent, NoticeKind::CallRecovered, call))
            .collect()
    }

    /// The agents who are in a call.
    pub(super) fn agents_in_calls(&self) -> BTreeSet<String> {
        self.at
            .keys()
            .filter_map(|party| party.as_agent().map(String::from))
            .collect()
    }

    /// The number in the id of such a call that the agent had.
    pub(super) fn ended_call(&self, agent: &str, such: impl Fn(u64) -> bool) -> Option<u64> {
        let ended = self.ended.get(agent).into_iter().flatten();
        ended.copied().find(|number| such(*number))
    }

    /// The recording of the call goes on in this way; what its agents are told.
    pub(super) fn record(&mut self, call: SwitchCallId, recording: Recording) -> Vec<Notice> {
        let Some(talk) = self.calls.get_mut(&call) else {
            return Vec::new();
        };
        talk.recording = recording;
        let agents = talk.agents();
        let kind = NoticeKind::CallRecordingStateChange;
        agents.iter().flat_map(|agent| self.tell(agent, call, kind)).collect()
    }

    /// The agent's call with this id.
    pub(super) fn find(&self, agent: &str, id: &str, options: &GwsOptions) -> Option<CallView> {
        self.calls_of(agent)
            .into_iter()
            .find(|view| ids::call_id(view.number, options) == id)
    }

    /// This is known of the next call that this agent begins.
    pub(super) fn prepare(&mut self, agent: &str, prepared: Prepared) {
        self.prepared.insert(agent.into(), prepared);
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

    pub(super) fn agents_in(&self, call: SwitchCallId) -> Vec<String> {
        self.calls.get(&call).map(Talk::agents).unwrap_or_default()
    }

    /// These agents, as far as they are in the call, are told of its data.
    pub(super) fn data_told(&mut self, call: SwitchCallId, agents: &[String]) -> Vec<Notice> {
        let kind = NoticeKind::AttachedDataChanged;
        agents.iter().flat_map(|agent| self.tell(agent, call, kind)).collect()
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

    fn calls_at<'a>(&'a self, party: &Party) -> impl Iterator<Item = SwitchCallId> + use<'a> {
        self.at.get(party).into_iter().flatten().copied()
    }

    fn seat(&mut self, call: SwitchCallId, place: Place) {
        let Some(talk) = self.calls.get_mut(&call) else { return };
        self.at.entry(place.party.clone()).or_default().insert(call);
        talk.places.push(place);
    }

    fn unseat(&mut self, call: SwitchCallId, party: &Party) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.places.retain(|place| &place.party != party);
        }
        if let Some(calls) = self.at.get_mut(party) {
            calls.remove(&call);
            if calls.is_empty() {
                self.at.remove(party);
            }
        }
    }

    /// The talk is over or went into another; whoever had a place has none there any more.
    fn close(&mut self, call: SwitchCallId) -> Option<Talk> {
        let parties: Vec<Party> = self
            .calls
            .get(&call)?
            .places
            .iter()
            .map(|place| place.party.clone())
            .collect();
        let gone = self.calls.get(&call).cloned();
        parties.iter().for_each(|party| self.unseat(call, party));
        self.calls.remove(&call);
        gone
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
            Self::CallRecordingStateChange => "CallRecordingStateChange",
            Self::MonitoredUserMutedStateChange => "MonitoredUserMutedStateChange",
            Self::CallRecovered => "CallRecovered",
        }
    }
}
