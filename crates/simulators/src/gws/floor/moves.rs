//! The entries after which a call is somewhere else or somebody else's: left, merged, conferenced, held.

use callcontrol_testkit::switch::{Cause, LegState, Party, SwitchCallId, SwitchEvent};

use super::hear::notice;
use super::{CallState, CallView, Floor, Notice, NoticeKind, Talk};
use crate::gws::options::{ConferenceBy, ConsulteeCall, GwsOptions};

impl Floor {
    pub(super) fn left(
        &mut self,
        call: SwitchCallId,
        party: &Party,
        (was, cause): (LegState, Cause),
        live: bool,
        options: &GwsOptions,
    ) -> Vec<Notice> {
        let joins = cause == Cause::Merged;
        let original = self
            .calls
            .get(&call)
            .filter(|talk| &talk.originator == party)
            .and_then(|talk| talk.parent);
        let mut told = match party.as_agent() {
            // The same call shows on as a monitored one.
            Some(_) if self.goes_on_listening(party, call) => {
                self.unseat(call, party);
                Vec::new()
            }
            Some(agent) => {
                if joins && let Some(talk) = self.calls.get_mut(&call) {
                    talk.owner = Some(agent.into());
                }
                self.released(agent, call)
            }
            None => {
                self.unseat(call, party);
                Vec::new()
            }
        };
        if live && was != LegState::Alerting {
            told.extend(self.company_changed(call));
        }
        // The original permits other things now that the consult is gone (sections 9.3 and 12.4).
        if let (Some(original), Some(agent)) = (original, party.as_agent())
            && options.repeats_held
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

    pub(super) fn merged(&mut self, from: SwitchCallId, into: SwitchCallId, options: &GwsOptions) -> Vec<Notice> {
        let Some(gone) = self.close(from) else {
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
        for mut place in gone.places {
            if options.consultee != ConsulteeCall::SameId {
                place.number = into.number();
            }
            let there = |talk: &Talk| talk.place(&place.party).is_some();
            if !self.calls.get(&into).is_some_and(there) {
                self.seat(into, place);
            }
        }
        let Some(talk) = self.calls.get_mut(&into) else {
            return told;
        };
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
        before.calls.insert(
            id,
            Talk {
                places: Vec::new(),
                ..gone.clone()
            },
        );
        gone.places.iter().for_each(|place| before.seat(id, place.clone()));
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

    pub(super) fn conferenced(&mut self, call: SwitchCallId, options: &GwsOptions) -> Vec<Notice> {
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

    pub(super) fn held(
        &mut self,
        call: SwitchCallId,
        by: &str,
        ahead: Option<&SwitchEvent>,
        options: &GwsOptions,
    ) -> Vec<Notice> {
        let Some(place) = self.place_mut(call, &Party::agent(by)) else {
            return Vec::new();
        };
        place.state = CallState::Held;
        match ahead {
            Some(SwitchEvent::Retrieved { by: same, .. }) if same == by && !options.swap_held_first => {
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
}
