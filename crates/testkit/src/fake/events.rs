//! What the agents' sessions see of what happens at the switch. After each fact about a call, the view of every session in it is brought to the switch's own state;
//! facts that are no state (tones, failures, data) are told beside.

use callcontrol_core::{
    CallData, CallView, Draft, EventKind, LegState, Party as Other, SessionId, SessionState, SupervisionMode, ViewPatch,
};

use super::{Shared, lock, words};
use crate::switch::{Call, Cause, Party, SwitchCallId, SwitchEvent};

impl Shared {
    pub(super) fn heard(&self, fact: &SwitchEvent) {
        self.settle_by(fact);
        self.tell(fact);
        match fact {
            SwitchEvent::Merged { from, into } => {
                self.refresh(*from, fact);
                self.refresh(*into, fact);
            }
            fact => {
                if let Some(call) = fact.call() {
                    self.refresh(call, fact);
                }
            }
        }
    }

    /// Facts that are news in themselves.
    fn tell(&self, fact: &SwitchEvent) {
        match fact {
            SwitchEvent::Alerting {
                call,
                originator: Party::Agent(agent),
                target,
            } => {
                let party = Some(Other::new(target.name()));
                self.say(agent, *call, EventKind::Alerting { party });
            }
            SwitchEvent::TransferFailed { call, by, cause, .. } => {
                self.say(
                    by,
                    *call,
                    EventKind::TransferFailed {
                        cause: words::cause(*cause),
                    },
                );
            }
            SwitchEvent::TransferSucceeded { call, by, .. } => self.say(by, *call, EventKind::Transferred),
            SwitchEvent::ConsultFailed { consult, by, cause, .. } => {
                self.say(
                    by,
                    *consult,
                    EventKind::ConsultFailed {
                        cause: words::cause(*cause),
                    },
                );
            }
            SwitchEvent::ReturnedFromIvr { call, agent, .. } => self.say(agent, *call, EventKind::ReturnedFromIvr),
            SwitchEvent::DtmfSent { call, by, .. } => self.say(by, *call, EventKind::DtmfSent),
            SwitchEvent::AgentStateChanged { agent, to, .. } => {
                if let Some(session) = self.session_of(agent) {
                    let state = words::agent_state(to);
                    self.publish(&session, EventKind::AgentStateChanged { state }, |draft| draft);
                }
            }
            SwitchEvent::SignedOut { agent, cause } => self.signed_out(agent, *cause),
            SwitchEvent::DialFailed {
                call,
                by: Party::Agent(by),
                cause,
                ..
            } if !self.switch.call(*call).is_some_and(|call| call.conference) => {
                let cause = words::cause(*cause);
                self.say(by, *call, EventKind::DialFailed { cause });
            }
            SwitchEvent::SupervisionStarted { by, agent, mode }
            | SwitchEvent::SupervisionSwitched { by, agent, mode } => {
                self.supervision(by, agent, Some(words::supervision(*mode)));
            }
            SwitchEvent::SupervisionEnded { by, agent, .. } => self.supervision(by, agent, None),
            _ => {}
        }
    }

    fn supervision(&self, by: &str, agent: &str, mode: Option<SupervisionMode>) {
        if let Some(session) = self.session_of(by) {
            let agent = Some(Other::new(agent));
            self.publish(&session, EventKind::SupervisionChanged { agent, mode }, |draft| draft);
        }
    }

    fn signed_out(&self, agent: &str, cause: Cause) {
        let Some(session) = self.session_of(agent) else {
            return;
        };
        let (state, reason) = match cause {
            Cause::Displaced => (SessionState::Displaced, "somebody else signed in with this agent"),
            _ => (SessionState::Closed, "signed out"),
        };
        self.hub.set_session_state(&session, state, reason);
        lock(&self.sessions).remove(&session);
    }

    fn say(&self, agent: &str, call: SwitchCallId, kind: EventKind) {
        if let Some(session) = self.session_of(agent) {
            let native = words::native(call);
            let id = self.hub.call_id(&native);
            self.publish(&session, kind, |draft| draft.call(id, native));
        }
    }

    /// Publishes, unless the session's link is cut or the test wants this event lost.
    pub(super) fn publish(&self, session: &SessionId, kind: EventKind, dress: impl FnOnce(Draft) -> Draft) {
        let lost = {
            let mut losses = lock(&self.losses);
            let at = losses.iter().position(|loss| loss(&kind));
            at.map(|at| losses.remove(at)).is_some()
        };
        if !lost && !lock(&self.cut).contains(session) {
            self.hub.publish(dress(Draft::new(session.clone(), kind)));
        }
    }

    /// Brings every session's view of a call to the switch's state.
    fn refresh(&self, id: SwitchCallId, fact: &SwitchEvent) {
        let now = self.switch.call(id);
        let sessions: Vec<(SessionId, String)> = lock(&self.sessions)
            .iter()
            .map(|(session, agent)| (session.clone(), agent.clone()))
            .collect();
        for (session, agent) in sessions {
            self.refresh_session(&session, &agent, id, now.as_ref(), fact);
        }
    }

    fn refresh_session(
        &self,
        session: &SessionId,
        agent: &str,
        id: SwitchCallId,
        now: Option<&Call>,
        fact: &SwitchEvent,
    ) {
        let native = words::native(id);
        let ours = self.hub.call_id(&native);
        let before = self.hub.call(session, &ours);
        let leg = now.and_then(|call| {
            call.state_of(&Party::agent(agent))
                .map(|state| (call, words::leg_state(state)))
        });
        let kind = match (leg, &before) {
            (None, None) => return,
            (None, Some(view)) if aside(view.state, now) => return,
            (None, Some(view)) if view.state == LegState::Ringing && missed(fact) => EventKind::Unanswered,
            (None, Some(_)) => EventKind::Released { cause: cause_of(fact) },
            (Some((call, state)), before) => {
                let newly_joint = call.conference && !before.as_ref().is_some_and(|view| view.conference);
                let same = before.as_ref().is_some_and(|view| view.state == state);
                match state {
                    _ if newly_joint && state == LegState::Talking => EventKind::Conferenced,
                    _ if same => EventKind::Updated,
                    LegState::Ringing => EventKind::Offered,
                    LegState::Dialing => EventKind::Dialing,
                    LegState::Held => EventKind::Held,
                    LegState::Suspended => EventKind::Suspended,
                    _ => EventKind::Established,
                }
            }
        };
        let patch = leg.map(|(call, _)| self.patch(call, agent)).unwrap_or_default();
        self.publish(session, kind, |draft| draft.call(ours, native).patch(patch));
    }

    fn patch(&self, call: &Call, agent: &str) -> ViewPatch {
        let me = Party::agent(agent);
        ViewPatch {
            direction: Some(words::direction(call.direction)),
            parties: Some(call.others(&me).map(|leg| Other::new(leg.party.name())).collect()),
            consult_for: call
                .consult
                .as_ref()
                .and(call.parent)
                .map(|parent| self.hub.call_id(&words::native(parent))),
            muted: call.leg(&me).map(|leg| leg.muted),
            conference: Some(call.conference),
            data: Some(CallData(call.data.clone())),
            ..ViewPatch::default()
        }
    }

    /// The session's link is back: what was missed shows in the difference between what is known and the switch's own listing.
    pub(super) fn resync(&self, session: &SessionId, agent: &str) {
        self.hub.announce_gap(session);
        self.hub.resync(session, self.listed(session, agent));
    }

    /// Asks the switch what the session's calls are now.
    pub(super) fn look(&self, session: &SessionId, agent: &str) {
        let listed = self.listed(session, agent);
        let known: Vec<CallView> = self.hub.calls(session).into_iter().map(|(_, view)| view).collect();
        let same = known.len() == listed.len() && known.iter().all(|view| listed.contains(view));
        if !same {
            self.hub.resync(session, listed);
        }
    }

    fn listed(&self, session: &SessionId, agent: &str) -> Vec<CallView> {
        let me = Party::agent(agent);
        let seated = self.switch.calls_of(&me).into_iter().filter_map(|call| {
            let state = words::leg_state(call.state_of(&me)?);
            let seen = self.patch(&call, agent);
            let mut view = CallView::new(words::native(call.id), state);
            view.direction = seen.direction.unwrap_or(view.direction);
            view.parties = seen.parties.unwrap_or_default();
            view.consult_for = seen.consult_for;
            view.muted = seen.muted.unwrap_or_default();
            view.conference = seen.conference.unwrap_or_default();
            view.data = seen.data.unwrap_or_default();
            Some(view)
        });
        let mut listed: Vec<CallView> = seated.collect();
        let beside = self.hub.calls(session).into_iter().map(|(_, view)| view);
        listed.extend(beside.filter(|view| {
            let now = words::switch_call(&view.native).and_then(|id| self.switch.call(id));
            aside(view.state, now.as_ref())
        }));
        listed
    }

    pub(super) fn session_of(&self, agent: &str) -> Option<SessionId> {
        let sessions = lock(&self.sessions);
        sessions
            .iter()
            .find(|(_, of)| of.as_str() == agent)
            .map(|(session, _)| session.clone())
    }
}

/// A call that the session has in view without being in it: it waits in a queue, or a robot has it.
fn aside(state: LegState, now: Option<&Call>) -> bool {
    match state {
        LegState::Waiting => now.is_some_and(|call| call.queue.is_some()),
        LegState::Robot(_) => now.is_some_and(|call| call.ivr().is_some()),
        _ => false,
    }
}

fn missed(fact: &SwitchEvent) -> bool {
    matches!(
        fact,
        SwitchEvent::PartyLeft {
            cause: Cause::NoAnswer,
            ..
        }
    )
}

fn cause_of(fact: &SwitchEvent) -> callcontrol_core::Cause {
    match fact {
        SwitchEvent::PartyLeft { cause, .. } | SwitchEvent::CallEnded { cause, .. } => words::cause(*cause),
        _ => callcontrol_core::Cause::Normal,
    }
}
