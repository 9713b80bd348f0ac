//! The fold: each journal entry changes the floor and says what the agents concerned are told.

use callcontrol_testkit::switch::{
    AgentState, Cause, Direction, JournalEntry, Party, Switch, SwitchCallId, SwitchEvent,
};
use serde_json::{Map, Value, json};

use super::{CallState, CallView, Floor, Notice, NoticeKind, Place, Recording, Talk};
use crate::gws::options::GwsOptions;

/// What the fold has to know about the switch beside the entry; taken in one go, so that the fold needs no lock.
#[derive(Debug)]
pub(in crate::gws) struct Context {
    ahead: Option<SwitchEvent>,
    /// The call lives on after all that happened with the entry.
    live: bool,
    numbers: Vec<(Party, String)>,
    /// Number and state of the agent whose telephone the entry changes.
    pub(super) telephone: Option<(String, AgentState)>,
}

impl Context {
    pub(in crate::gws) fn of(switch: &Switch, entry: &JournalEntry) -> Self {
        let numbered = |party: Party| switch.number_of(&party).map(String::from).map(|number| (party, number));
        Self {
            ahead: switch
                .journal()
                .since(entry.seq + 1)
                .first()
                .map(|next| next.what.clone()),
            live: entry.what.call().is_some_and(|call| switch.call(call).is_some()),
            numbers: parties(&entry.what).into_iter().filter_map(numbered).collect(),
            telephone: whose(&entry.what)
                .and_then(|agent| switch.agent(agent))
                .map(|agent| (agent.number.clone(), agent.state.clone())),
        }
    }
}

fn parties(what: &SwitchEvent) -> Vec<Party> {
    match what {
        SwitchEvent::CallStarted { originator, to, .. } => vec![originator.clone(), to.clone()],
        SwitchEvent::Alerting { target: party, .. }
        | SwitchEvent::Answered { party, .. }
        | SwitchEvent::PartyJoined { party, .. } => vec![party.clone()],
        SwitchEvent::SentToIvr { ivr, .. } => vec![Party::ivr(ivr)],
        SwitchEvent::AgentStateChanged { agent, .. } => vec![Party::agent(agent)],
        SwitchEvent::SupervisionStarted { by, agent, .. } => vec![Party::agent(by), Party::agent(agent)],
        _ => Vec::new(),
    }
}

/// Whose telephone it is that the entry changes.
fn whose(what: &SwitchEvent) -> Option<&str> {
    match what {
        SwitchEvent::AgentStateChanged { agent: by, .. }
        | SwitchEvent::SupervisionStarted { by, .. }
        | SwitchEvent::SupervisionSwitched { by, .. }
        | SwitchEvent::SupervisionEnded { by, .. } => Some(by),
        _ => None,
    }
}

impl Floor {
    /// Takes one journal entry in. Entries must come in order, each once.
    pub(in crate::gws) fn hear(
        &mut self,
        entry: &JournalEntry,
        context: &Context,
        options: &GwsOptions,
    ) -> Vec<Notice> {
        self.next_seq = entry.seq + 1;
        self.numbers.extend(context.numbers.iter().cloned());
        let deferred = self.deferred.take();
        let mut told = self.take_in(&entry.what, context, options);
        if let Some((agent, call)) = deferred {
            told.extend(self.status(&agent, call));
        }
        if !self.watches.is_empty() {
            told.extend(self.tell_supervisors());
        }
        told
    }

    fn take_in(&mut self, what: &SwitchEvent, context: &Context, options: &GwsOptions) -> Vec<Notice> {
        match what {
            SwitchEvent::CallStarted {
                call,
                originator,
                to,
                direction,
                parent,
            } => {
                let talk = self.new_talk(*call, originator, to, *direction, *parent);
                self.at.entry(originator.clone()).or_default().insert(*call);
                self.calls.insert(*call, talk);
                self.started(*call, originator, *parent, options)
            }
            SwitchEvent::Alerting { call, target, .. } => self.enters(*call, target, CallState::Ringing),
            SwitchEvent::Answered { call, party } => self.answered(*call, party),
            SwitchEvent::PartyJoined { call, party } => self.enters(*call, party, CallState::Established),
            SwitchEvent::SentToIvr { call, ivr, .. } => self.enters(*call, &Party::ivr(ivr), CallState::Established),
            SwitchEvent::PartyLeft {
                call,
                party,
                was,
                cause,
            } => self.left(*call, party, (*was, *cause), context.live, options),
            SwitchEvent::CallEnded { call, .. } => {
                self.close(*call);
                Vec::new()
            }
            SwitchEvent::DialFailed { call, by, cause, .. } => self.addition_failed(*call, by, *cause),
            SwitchEvent::SupervisionStarted { by, agent, mode } => self.watch_begins(by, agent, *mode, context),
            SwitchEvent::SupervisionSwitched { by, mode, .. } => self.watch_switches(by, *mode, context),
            SwitchEvent::SupervisionEnded { by, .. } => self.watch_ends(by, context),
            SwitchEvent::MonitoredMuted { by, agent, on } => self.agent_is_muted(by, agent, *on),
            SwitchEvent::Merged { from, into } => self.merged(*from, *into, options),
            SwitchEvent::Conferenced { call, .. } => self.conferenced(*call, options),
            SwitchEvent::Held { call, by } => self.held(*call, by, context.ahead.as_ref(), options),
            SwitchEvent::Retrieved { call, by } => self.moves_to(by, *call, CallState::Established),
            SwitchEvent::ConsultCompleted { original, by, .. } => self.released(by, *original),
            SwitchEvent::ConsultEnded { consult, by, .. } => {
                if let Some(talk) = self.calls.get_mut(consult) {
                    talk.leader = None;
                }
                self.status(by, *consult)
            }
            SwitchEvent::DataChanged { call, data, .. } => self.data_changed(*call, data.iter()),
            SwitchEvent::DtmfSent { call, by, .. } => self.tell(by, *call, NoticeKind::DtmfSent),
            SwitchEvent::MuteChanged { call, agent, on } => {
                if let Some(place) = self.place_mut(*call, &Party::agent(agent)) {
                    place.muted = *on;
                }
                self.status(agent, *call)
            }
            SwitchEvent::AgentStateChanged { agent, to, .. } => {
                let number = self.number_of(&Party::agent(agent));
                vec![Notice::Device(Box::new(self.device(agent, &number, to.clone())))]
            }
            // Everything else shows in the entries around it, or is not seen on an agent's telephone.
            _ => Vec::new(),
        }
    }

    fn new_talk(
        &self,
        call: SwitchCallId,
        originator: &Party,
        to: &Party,
        direction: Direction,
        parent: Option<SwitchCallId>,
    ) -> Talk {
        let original = parent.and_then(|parent| self.calls.get(&parent));
        let agent = originator.as_agent();
        let prepared = agent
            .and_then(|agent| self.prepared.get(agent))
            .cloned()
            .unwrap_or_default();
        let copied = original
            .filter(|_| !prepared.bare)
            .map(|original| original.data.clone());
        let mut data = copied.unwrap_or_default();
        data.extend(prepared.data);
        Talk {
            direction,
            originator: originator.clone(),
            to: to.clone(),
            parent,
            parent_number: original
                .and_then(|original| original.place(originator))
                .map(|place| place.number),
            leader: agent.filter(|_| parent.is_some()).map(String::from),
            owner: None,
            places: vec![Place::new(originator, CallState::Dialing, call)],
            data,
            typed: Map::new(),
            purpose: prepared.purpose,
            recording: Recording::default(),
        }
    }

    fn started(
        &mut self,
        call: SwitchCallId,
        originator: &Party,
        parent: Option<SwitchCallId>,
        options: &GwsOptions,
    ) -> Vec<Notice> {
        let Some(agent) = originator.as_agent() else {
            return Vec::new();
        };
        self.prepared.remove(agent);
        let held_for_it = parent
            .and_then(|parent| self.place_mut(parent, originator))
            .map(|place| std::mem::take(&mut place.consulting));
        let mut told = match (parent, held_for_it) {
            // Held long before: what it permits has changed now.
            (Some(parent), Some(false)) => self.status(agent, parent),
            _ => Vec::new(),
        };
        told.extend(self.status(agent, call));
        let outbound = self
            .calls
            .get(&call)
            .is_some_and(|talk| talk.direction == Direction::Outbound);
        if options.early_answer && outbound {
            told.extend(self.moves_to(agent, call, CallState::Established));
        }
        told
    }

    /// A party that was to come into a running call was not reached; a call that never stood is told as Released.
    fn addition_failed(&self, call: SwitchCallId, by: &Party, cause: Cause) -> Vec<Notice> {
        let stands = |talk: &Talk| talk.place(by).is_some_and(|place| place.state != CallState::Dialing);
        match by.as_agent() {
            Some(agent) if self.calls.get(&call).is_some_and(stands) => vec![Notice::Failed {
                agent: agent.into(),
                cause,
            }],
            _ => Vec::new(),
        }
    }

    fn enters(&mut self, call: SwitchCallId, party: &Party, state: CallState) -> Vec<Notice> {
        let Some(talk) = self.calls.get(&call) else {
            return Vec::new();
        };
        let known = talk.place(party).is_some();
        if !known {
            self.seat(call, Place::new(party, state, call));
        }
        let mut told = match party.as_agent() {
            Some(agent) if !known => self.status(agent, call),
            _ => Vec::new(),
        };
        told.extend(self.company_changed(call));
        told
    }

    fn answered(&mut self, call: SwitchCallId, party: &Party) -> Vec<Notice> {
        let Some(talk) = self.calls.get_mut(&call) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        for place in &mut talk.places {
            if &place.party == party || place.state == CallState::Dialing {
                place.state = CallState::Established;
                changed.extend(place.party.as_agent().map(String::from));
            }
        }
        let mut told: Vec<Notice> = changed.iter().flat_map(|agent| self.status(agent, call)).collect();
        told.extend(self.company_changed(call));
        told
    }

    fn data_changed<'a>(
        &mut self,
        call: SwitchCallId,
        pairs: impl Iterator<Item = (&'a String, &'a String)>,
    ) -> Vec<Notice> {
        let Some(talk) = self.calls.get_mut(&call) else {
            return Vec::new();
        };
        let data: Map<String, Value> = pairs
            .map(|(key, value)| (key.clone(), typed(&[talk.data.get(key), talk.typed.get(key)], value)))
            .collect();
        if talk.data == data {
            return Vec::new();
        }
        talk.data = data;
        let agents = talk.agents();
        agents
            .iter()
            .flat_map(|agent| self.tell(agent, call, NoticeKind::AttachedDataChanged))
            .collect()
    }

    /// Tells every agent in the call whose company is another than last told.
    pub(super) fn company_changed(&mut self, call: SwitchCallId) -> Vec<Notice> {
        let Some(talk) = self.calls.get(&call) else {
            return Vec::new();
        };
        let stale = talk
            .places
            .iter()
            .filter(|place| !place.joining && talk.others(place) != place.shown);
        let agents: Vec<String> = stale
            .filter_map(|place| place.party.as_agent().map(String::from))
            .collect();
        agents
            .iter()
            .flat_map(|agent| self.tell(agent, call, NoticeKind::ParticipantsUpdated))
            .collect()
    }

    fn moves_to(&mut self, agent: &str, call: SwitchCallId, state: CallState) -> Vec<Notice> {
        if let Some(place) = self.place_mut(call, &Party::agent(agent)) {
            place.state = state;
        }
        self.status(agent, call)
    }

    /// The call is over for this agent, if it was not before.
    pub(super) fn released(&mut self, agent: &str, call: SwitchCallId) -> Vec<Notice> {
        let told = self.view(agent, call).map(|view| {
            notice(
                agent,
                NoticeKind::StatusChange,
                CallView {
                    state: CallState::Released,
                    ..view
                },
            )
        });
        if let Some(view) = self.view(agent, call) {
            let ended = self.ended.entry(agent.into()).or_default();
            ended.push(view.number);
            if ended.len() > REMEMBERED {
                ended.remove(0);
            }
        }
        self.unseat(call, &Party::agent(agent));
        told.into_iter().collect()
    }

    pub(super) fn status(&mut self, agent: &str, call: SwitchCallId) -> Vec<Notice> {
        self.tell(agent, call, NoticeKind::StatusChange)
    }

    pub(super) fn tell(&mut self, agent: &str, call: SwitchCallId, kind: NoticeKind) -> Vec<Notice> {
        let me = Party::agent(agent);
        let others = self
            .calls
            .get(&call)
            .and_then(|talk| talk.place(&me).map(|place| talk.others(place)));
        if let (Some(place), Some(others)) = (self.place_mut(call, &me), others) {
            place.shown = others;
        }
        self.view(agent, call)
            .map(|view| notice(agent, kind, view))
            .into_iter()
            .collect()
    }
}

pub(super) fn notice(agent: &str, kind: NoticeKind, call: CallView) -> Notice {
    Notice::Call {
        agent: agent.into(),
        kind,
        call: Box::new(call),
    }
}

/// The switch knows texts only; a number or an object that was sent comes back as such while its text is the same.
fn typed(known: &[Option<&Value>], text: &str) -> Value {
    let same = known.iter().flatten().find(|known| as_text(known) == text);
    same.map_or_else(|| json!(text), |same| (*same).clone())
}

/// The text under which the switch keeps a value of `userData`.
pub(in crate::gws) fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

/// How many ended calls of an agent may still get a disposition.
const REMEMBERED: usize = 20;
