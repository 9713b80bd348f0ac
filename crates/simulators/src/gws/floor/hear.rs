//! The fold: each journal entry changes the floor and says what the agents concerned are told.

use callcontrol_testkit::switch::{Cause, Direction, JournalEntry, LegState, Party, Switch, SwitchCallId, SwitchEvent};
use serde_json::{Map, Value, json};

use super::{CallState, CallView, Floor, Notice, NoticeKind, Place, Talk};
use crate::gws::options::{ConferenceBy, ConsulteeCall, GwsOptions};

/// What the fold has to know about the switch beside the entry; taken in one go, so that the fold needs no lock.
#[derive(Debug)]
pub(in crate::gws) struct Context {
    ahead: Option<SwitchEvent>,
    /// The call lives on after all that happened with the entry.
    live: bool,
    numbers: Vec<(Party, String)>,
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
        _ => Vec::new(),
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
                self.calls.insert(*call, talk);
                self.started(*call, originator, *parent)
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
            } => self.left(*call, party, *was, *cause, context.live),
            SwitchEvent::CallEnded { call, .. } => {
                self.calls.remove(call);
                Vec::new()
            }
            SwitchEvent::Merged { from, into } => self.merged(*from, *into, options),
            SwitchEvent::Conferenced { call, .. } => self.conferenced(*call, options),
            SwitchEvent::Held { call, by } => self.held(*call, by, context.ahead.as_ref()),
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
                vec![Notice::Device {
                    agent: agent.clone(),
                    number,
                    state: to.clone(),
                }]
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
        let mut data = original.map(|original| original.data.clone()).unwrap_or_default();
        data.extend(
            agent
                .and_then(|agent| self.prepared.get(agent))
                .cloned()
                .unwrap_or_default(),
        );
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
        }
    }

    fn started(&mut self, call: SwitchCallId, originator: &Party, parent: Option<SwitchCallId>) -> Vec<Notice> {
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
        told
    }

    fn enters(&mut self, call: SwitchCallId, party: &Party, state: CallState) -> Vec<Notice> {
        let Some(talk) = self.calls.get_mut(&call) else {
            return Vec::new();
        };
        let known = talk.place(party).is_some();
        if !known {
            talk.places.push(Place::new(party, state, call));
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

    fn left(&mut self, call: SwitchCallId, party: &Party, was: LegState, cause: Cause, live: bool) -> Vec<Notice> {
        let joins = cause == Cause::Merged;
        let original = self
            .calls
            .get(&call)
            .filter(|talk| &talk.originator == party)
            .and_then(|talk| talk.parent);
        let mut told = match party.as_agent() {
            Some(agent) => {
                if joins && let Some(talk) = self.calls.get_mut(&call) {
                    talk.owner = Some(agent.into());
                }
                self.released(agent, call)
            }
            None => {
                self.remove(call, party);
                Vec::new()
            }
        };
        if live && was != LegState::Alerting {
            told.extend(self.company_changed(call));
        }
        // The original permits other things now that the consult is gone (sections 9.3 and 12.4).
        if let (Some(original), Some(agent)) = (original, party.as_agent())
            && !joins
            && cause != Cause::Transferred
            && self
                .view(agent, original)
                .is_some_and(|view| view.state == CallState::Held)
        {
            told.extend(self.status(agent, original));
        }
        told
    }

    fn merged(&mut self, from: SwitchCallId, into: SwitchCallId, options: &GwsOptions) -> Vec<Notice> {
        let Some(gone) = self.calls.remove(&from) else {
            return Vec::new();
        };
        for talk in self.calls.values_mut().filter(|talk| talk.parent == Some(from)) {
            talk.parent = Some(into);
        }
        let moved: Vec<String> = gone.agents();
        let mut told = Vec::new();
        if options.consultee == ConsulteeCall::ReleasedThenNewId {
            told.extend(moved.iter().filter_map(|agent| self.release_of(&gone, agent, from)));
        }
        let Some(talk) = self.calls.get_mut(&into) else {
            return told;
        };
        for mut place in gone.places {
            if options.consultee != ConsulteeCall::SameId {
                place.number = into.number();
            }
            if talk.place(&place.party).is_none() {
                talk.places.push(place);
            }
        }
        if let Some(owner) = gone.owner {
            let me = Party::agent(&owner);
            if let Some(place) = talk.places.iter_mut().find(|place| place.party == me) {
                place.state = CallState::Established;
                place.joining = true;
            }
            talk.owner = Some(owner);
        }
        let kind = match options.consultee {
            ConsulteeCall::SameId => NoticeKind::ParticipantsUpdated,
            ConsulteeCall::NewId | ConsulteeCall::ReleasedThenNewId => NoticeKind::StatusChange,
        };
        told.extend(moved.iter().flat_map(|agent| self.tell(agent, into, kind)));
        told
    }

    /// What an agent is told of a call that is not on the floor any more.
    fn release_of(&self, gone: &Talk, agent: &str, id: SwitchCallId) -> Option<Notice> {
        let mut before = Self {
            numbers: self.numbers.clone(),
            ..Self::default()
        };
        before.calls.insert(id, gone.clone());
        let view = before.view(agent, id)?;
        Some(notice(
            agent,
            NoticeKind::StatusChange,
            CallView {
                state: CallState::Released,
                ..view
            },
        ))
    }

    fn conferenced(&mut self, call: SwitchCallId, options: &GwsOptions) -> Vec<Notice> {
        let Some(talk) = self.calls.get_mut(&call) else {
            return Vec::new();
        };
        let owner = talk.places.iter_mut().find(|place| place.joining).and_then(|place| {
            place.joining = false;
            place.party.as_agent().map(String::from)
        });
        let kinds: &[NoticeKind] = match options.conference_by {
            ConferenceBy::StatusChange => &[NoticeKind::StatusChange],
            ConferenceBy::ParticipantsUpdated => &[NoticeKind::ParticipantsUpdated],
            ConferenceBy::Both => &[NoticeKind::StatusChange, NoticeKind::ParticipantsUpdated],
        };
        let mut told: Vec<Notice> = match owner {
            Some(owner) => kinds.iter().flat_map(|kind| self.tell(&owner, call, *kind)).collect(),
            None => Vec::new(),
        };
        told.extend(self.company_changed(call));
        told
    }

    fn held(&mut self, call: SwitchCallId, by: &str, ahead: Option<&SwitchEvent>) -> Vec<Notice> {
        let Some(place) = self.place_mut(call, &Party::agent(by)) else {
            return Vec::new();
        };
        place.state = CallState::Held;
        match ahead {
            Some(SwitchEvent::Retrieved { by: same, .. }) if same == by => {
                self.deferred = Some((by.into(), call));
                Vec::new()
            }
            Some(SwitchEvent::CallStarted { parent, .. }) => {
                place.consulting = *parent == Some(call);
                self.status(by, call)
            }
            _ => self.status(by, call),
        }
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
    fn company_changed(&mut self, call: SwitchCallId) -> Vec<Notice> {
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
    fn released(&mut self, agent: &str, call: SwitchCallId) -> Vec<Notice> {
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
        self.remove(call, &Party::agent(agent));
        told.into_iter().collect()
    }

    fn remove(&mut self, call: SwitchCallId, party: &Party) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.places.retain(|place| &place.party != party);
        }
    }

    fn status(&mut self, agent: &str, call: SwitchCallId) -> Vec<Notice> {
        self.tell(agent, call, NoticeKind::StatusChange)
    }

    fn tell(&mut self, agent: &str, call: SwitchCallId, kind: NoticeKind) -> Vec<Notice> {
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

fn notice(agent: &str, kind: NoticeKind, call: CallView) -> Notice {
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
