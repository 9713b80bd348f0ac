//! Supervision (sections 6 and 9.7): what a supervisor's telephone shows of an agent's calls without having a place in them, and what
//! the agent is told of it. Whoever barges in has a place, like everybody else in the call.

use std::collections::BTreeMap;

use callcontrol_testkit::switch::{Party, SupervisionMode, SwitchCallId};
use tokio::time::Instant;

use super::hear::{Context, notice};
use super::{CallState, CallView, Floor, Notice, NoticeKind, Role};

/// A supervision that runs.
#[derive(Debug, Clone)]
pub(in crate::gws) struct Watch {
    pub(in crate::gws) agent: String,
    pub(in crate::gws) mode: SupervisionMode,
    pub(in crate::gws) agent_muted: bool,
    pub(in crate::gws) scope: Scope,
    pub(in crate::gws) extent: Extent,
    /// Whoever came from coaching cannot go back to it.
    pub(in crate::gws) has_coached: bool,
    /// The agent's calls as the supervisor was told of them last.
    shown: BTreeMap<SwitchCallId, CallView>,
}

/// `supervisorMonitoringScope`. The model switch supervises agents, so that a call which leaves the agent is followed by neither.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::gws) enum Scope {
    #[default]
    Call,
    Agent,
}

/// `supervisorMonitoringMode`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::gws) enum Extent {
    #[default]
    AllCalls,
    NextCall,
}

/// What a call is to the supervisor who monitors it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gws) struct Watched {
    pub(in crate::gws) mode: SupervisionMode,
    pub(in crate::gws) has_coached: bool,
    pub(in crate::gws) agent_muted: bool,
}

impl Floor {
    /// The supervision that this supervisor runs.
    pub(in crate::gws) fn watch_of(&self, supervisor: &str) -> Option<&Watch> {
        self.watches.get(supervisor)
    }

    /// How far the supervision goes that this supervisor is about to begin.
    pub(in crate::gws) fn order_watch(&mut self, supervisor: &str, scope: Scope, extent: Extent) {
        self.ordered.insert(supervisor.into(), (scope, extent));
    }

    /// Supervisions that are over by what was ordered, but not at the switch yet.
    pub(in crate::gws) fn take_outlived(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.outlived)
    }

    pub(super) fn watch_begins(
        &mut self,
        by: &str,
        agent: &str,
        mode: SupervisionMode,
        context: &Context,
    ) -> Vec<Notice> {
        let (scope, extent) = self.ordered.remove(by).unwrap_or_default();
        let begun = Watch {
            agent: agent.into(),
            mode,
            agent_muted: false,
            scope,
            extent,
            has_coached: mode == SupervisionMode::Whisper,
            shown: BTreeMap::new(),
        };
        self.watches.insert(by.into(), begun);
        [self.device_of(by, context), self.agent_notices(agent)]
            .into_iter()
            .flatten()
            .collect()
    }

    pub(super) fn watch_switches(&mut self, by: &str, mode: SupervisionMode, context: &Context) -> Vec<Notice> {
        let Some(watch) = self.watches.get_mut(by) else {
            return Vec::new();
        };
        watch.mode = mode;
        watch.has_coached |= mode == SupervisionMode::Whisper;
        let agent = watch.agent.clone();
        [self.device_of(by, context), self.agent_notices(&agent)]
            .into_iter()
            .flatten()
            .collect()
    }

    pub(super) fn watch_ends(&mut self, by: &str, context: &Context) -> Vec<Notice> {
        let Some(ended) = self.watches.remove(by) else {
            return Vec::new();
        };
        let released = ended.shown.into_values().map(|call| released(by, call)).collect();
        let own = self.own_statuses(by);
        [
            released,
            own,
            self.device_of(by, context),
            self.agent_notices(&ended.agent),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn agent_is_muted(&mut self, by: &str, agent: &str, on: bool) -> Vec<Notice> {
        let Some(watch) = self.watches.get_mut(by) else {
            return Vec::new();
        };
        watch.agent_muted = on;
        for shown in watch.shown.values_mut() {
            shown.agent_muted = on;
            shown.watched = shown.watched.map(|watched| Watched {
                agent_muted: on,
                ..watched
            });
        }
        let kind = NoticeKind::MonitoredUserMutedStateChange;
        let supervisors: Vec<Notice> = watch
            .shown
            .values()
            .map(|call| notice(by, kind, call.clone()))
            .collect();
        let shared: Vec<SwitchCallId> = self.calls_at(&Party::agent(agent)).collect();
        let own: Vec<Notice> = [by, agent]
            .iter()
            .flat_map(|who| {
                shared
                    .iter()
                    .flat_map(|call| self.tell(who, *call, kind))
                    .collect::<Vec<_>>()
            })
            .collect();
        [supervisors, own].into_iter().flatten().collect()
    }

    /// Whether this agent only monitors the call: its place was that of a barge-in which goes on without a voice.
    pub(super) fn goes_on_listening(&self, party: &Party, call: SwitchCallId) -> bool {
        let watch = party.as_agent().and_then(|agent| self.watches.get(agent));
        watch.is_some_and(|watch| {
            let together = || {
                self.calls
                    .get(&call)
                    .is_some_and(|talk| talk.place(&Party::agent(&watch.agent)).is_some())
            };
            watch.mode != SupervisionMode::BargeIn && together()
        })
    }

    /// What monitored calls look like now, and what supervisors have to be told of it.
    pub(super) fn tell_supervisors(&mut self) -> Vec<Notice> {
        let supervisors: Vec<String> = self.watches.keys().cloned().collect();
        supervisors.iter().flat_map(|by| self.tell_supervisor(by)).collect()
    }

    fn tell_supervisor(&mut self, by: &str) -> Vec<Notice> {
        let seen = self.monitored_calls(by);
        let seen: BTreeMap<SwitchCallId, CallView> = seen.into_iter().map(|view| (view.call, view)).collect();
        let Some(watch) = self.watches.get(by) else {
            return Vec::new();
        };
        let mut told = Vec::new();
        let mut next = seen.clone();
        let mut had_one = false;
        for (call, before) in &watch.shown {
            match (seen.get(call), self.after(by, watch, *call)) {
                (Some(now), _) => told.extend(difference(before, now).map(|kind| notice(by, kind, now.clone()))),
                (None, After::InTheCall) => {}
                (None, After::OnTheWay) => drop(next.insert(*call, before.clone())),
                (None, After::Over) => {
                    had_one = true;
                    told.push(released(by, before.clone()));
                }
            }
        }
        let fresh = seen.iter().filter(|(call, _)| !watch.shown.contains_key(call));
        told.extend(fresh.map(|(_, view)| notice(by, NoticeKind::StatusChange, view.clone())));
        if had_one && watch.extent == Extent::NextCall {
            self.outlived.push((by.into(), watch.agent.clone()));
        }
        if let Some(watch) = self.watches.get_mut(by) {
            watch.shown = next;
        }
        told
    }

    /// What became of a call that is not monitored any more.
    fn after(&self, by: &str, watch: &Watch, call: SwitchCallId) -> After {
        let me = Party::agent(by);
        let in_it = |party: &Party| self.calls.get(&call).is_some_and(|talk| talk.place(party).is_some());
        let barges_in = watch.mode == SupervisionMode::BargeIn && self.calls_at(&me).next().is_none();
        if in_it(&me) {
            After::InTheCall
        } else if barges_in && in_it(&Party::agent(&watch.agent)) {
            After::OnTheWay
        } else {
            After::Over
        }
    }

    /// The calls of the agent whom this supervisor hears, as they show on the supervisor's telephone.
    pub(super) fn monitored_calls(&self, supervisor: &str) -> Vec<CallView> {
        let Some(watch) = self.watches.get(supervisor) else {
            return Vec::new();
        };
        if watch.mode == SupervisionMode::BargeIn {
            return Vec::new();
        }
        let calls = self.calls_at(&Party::agent(&watch.agent));
        calls
            .filter_map(|call| self.monitored(supervisor, watch, call))
            .collect()
    }

    fn monitored(&self, supervisor: &str, watch: &Watch, call: SwitchCallId) -> Option<CallView> {
        let view = self.view(&watch.agent, call)?;
        let talk = self.calls.get(&call)?;
        let talks = matches!(view.state, CallState::Established | CallState::Held);
        if !talks || talk.place(&Party::agent(supervisor)).is_some() {
            return None;
        }
        let since = watch.shown.get(&call).map_or_else(Instant::now, |shown| shown.since);
        let mut participants = vec![view.own_number.clone()];
        participants.extend(view.participants);
        Some(CallView {
            number: call.number(),
            state: CallState::Established,
            role: Role::Monitored,
            own_number: self.number_of(&Party::agent(supervisor)),
            participants,
            muted: watch.mode == SupervisionMode::Listen,
            since,
            parent: None,
            monitoring: true,
            listened_in: false,
            watched: Some(watch.watched()),
            ..view
        })
    }

    /// The device of a supervisor whose supervision changed.
    fn device_of(&self, agent: &str, context: &Context) -> Vec<Notice> {
        let Some((number, state)) = &context.telephone else {
            return Vec::new();
        };
        vec![Notice::Device(Box::new(self.device(agent, number, state.clone())))]
    }

    /// The agent sees `supervisorListeningIn` come and go on every call that stands.
    fn agent_notices(&mut self, agent: &str) -> Vec<Notice> {
        let me = Party::agent(agent);
        let mut calls: Vec<SwitchCallId> = self.calls_at(&me).collect();
        calls.retain(|call| {
            let place = self.calls.get(call).and_then(|talk| talk.place(&me));
            place.is_some_and(|place| matches!(place.state, CallState::Established | CallState::Held))
        });
        calls.iter().flat_map(|call| self.status(agent, *call)).collect()
    }

    /// A supervisor who stays in the call without supervising is a party like any other.
    fn own_statuses(&mut self, agent: &str) -> Vec<Notice> {
        let calls: Vec<SwitchCallId> = self.calls_at(&Party::agent(agent)).collect();
        calls.iter().flat_map(|call| self.status(agent, *call)).collect()
    }
}

impl Watch {
    pub(super) fn watched(&self) -> Watched {
        Watched {
            mode: self.mode,
            has_coached: self.has_coached,
            agent_muted: self.agent_muted,
        }
    }
}

/// What became of a call that a supervisor was told of.
enum After {
    /// The supervisor has a place in it.
    InTheCall,
    /// The supervisor is about to come into a call: the next entries tell.
    OnTheWay,
    Over,
}

/// By which kind of notification a change of a monitored call is told.
fn difference(before: &CallView, now: &CallView) -> Option<NoticeKind> {
    if now.participants != before.participants {
        Some(NoticeKind::ParticipantsUpdated)
    } else if now.watched != before.watched {
        Some(NoticeKind::StatusChange)
    } else if now.data != before.data {
        Some(NoticeKind::AttachedDataChanged)
    } else {
        None
    }
}

fn released(by: &str, call: CallView) -> Notice {
    notice(
        by,
        NoticeKind::StatusChange,
        CallView {
            state: CallState::Released,
            ..call
        },
    )
}
