//! Supervisors who listen to an agent, whisper, barge in, or take the customer over.
//!
//! Listening and whispering leave no trace in any call. Barging in puts the supervisor into the agent's call as a
//! party like any other; that supervision lasts as long as both are in one call.

use serde::{Deserialize, Serialize};

use super::{Call, Cause, LegState, Party, Refusal, Reply, Switch, SwitchCallId, SwitchEvent};

/// How a supervisor takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionMode {
    /// Hears agent and customer; nobody notices.
    Listen,
    /// Hears both; only the agent hears the supervisor.
    Whisper,
    /// Talks in the agent's call, heard by everybody.
    BargeIn,
}

/// A supervisor's running supervision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Supervision {
    /// The agent who is supervised.
    pub agent: String,
    /// How.
    pub mode: SupervisionMode,
    /// Whether the supervisor has switched the agent's microphone off. Lasts until switched on again or until the
    /// supervision ends, and is apart from what the agent does with [`Switch::mute`].
    pub agent_muted: bool,
}

impl Switch {
    /// A supervisor, in no call and supervising nobody, begins to take part in what the agent does. Barging in joins
    /// the call in which the agent talks; with an agent without calls it is a call of the two. The supervisor's
    /// telephone is taken meanwhile.
    pub fn supervise(&mut self, supervisor: &str, agent: &str, mode: SupervisionMode) -> Reply {
        let me = self.signed_in(supervisor)?;
        let watched = self.signed_in(agent)?;
        if me == watched {
            return Err(Refusal::needs("another agent"));
        }
        if let Some(call) = self.calls_of(&me).next() {
            return Err(Refusal::wrong_state(call.id, "a supervisor without calls"));
        }
        if self.supervisions.contains_key(supervisor) {
            return Err(Refusal::supervising());
        }
        let joined = self.may_take_part(&watched, mode)?;
        let begun = Supervision {
            agent: agent.into(),
            mode,
            agent_muted: false,
        };
        self.supervisions.insert(supervisor.into(), begun);
        self.emit(SwitchEvent::SupervisionStarted {
            by: supervisor.into(),
            agent: agent.into(),
            mode,
        });
        if mode == SupervisionMode::BargeIn {
            self.barge_in(&me, &watched, joined);
        }
        self.offer_all();
        Ok(())
    }

    /// A running supervision goes on in another mode. Leaving the barge-in takes the supervisor out of the agent's
    /// call, entering it is as in [`supervise`](Self::supervise).
    pub fn switch_supervision(&mut self, supervisor: &str, agent: &str, mode: SupervisionMode) -> Reply {
        let (me, watched) = self.supervising(supervisor, agent)?;
        if self
            .supervision_of(supervisor)
            .is_some_and(|running| running.mode == mode)
        {
            return Err(Refusal::needs("another mode of supervision"));
        }
        let shared = self.shared_call(&me, &watched);
        if let Some(other) = self.calls_of(&me).find(|call| Some(call.id) != shared) {
            return Err(Refusal::wrong_state(other.id, "a supervisor without other calls"));
        }
        let joined = self.may_take_part(&watched, mode)?;
        if let Some(running) = self.supervisions.get_mut(supervisor) {
            running.mode = mode;
        }
        self.emit(SwitchEvent::SupervisionSwitched {
            by: supervisor.into(),
            agent: agent.into(),
            mode,
        });
        match (mode, shared) {
            (SupervisionMode::BargeIn, _) => self.barge_in(&me, &watched, joined),
            (SupervisionMode::Listen | SupervisionMode::Whisper, Some(call)) => self.leave(call, &me, Cause::Normal),
            (SupervisionMode::Listen | SupervisionMode::Whisper, None) => {}
        }
        self.offer_all();
        Ok(())
    }

    /// The supervisor takes part no longer; one who barged in leaves the call.
    pub fn stop_supervision(&mut self, supervisor: &str, agent: &str) -> Reply {
        let (me, watched) = self.supervising(supervisor, agent)?;
        match self.shared_call(&me, &watched) {
            Some(call) => self.leave(call, &me, Cause::Normal),
            None => self.end_supervision(supervisor, Cause::Normal),
        }
        self.offer_all();
        Ok(())
    }

    /// The supervisor takes the agent's place with the customer: in this call, or in the one in which the agent has
    /// the customer, a talking one first. The agent is out of it, and the supervision is over.
    pub fn intercept(&mut self, supervisor: &str, agent: &str, call: Option<SwitchCallId>) -> Reply {
        let (me, watched) = self.supervising(supervisor, agent)?;
        let call = self.may_intercept(&me, &watched, call)?;
        self.emit(SwitchEvent::Intercepted {
            call,
            by: supervisor.into(),
            from: agent.into(),
        });
        match self.state_in(call, &me) {
            Ok(LegState::Held) => self.take_back(&me, call),
            Ok(_) => {}
            Err(_) => self.join_talking(call, &me),
        }
        self.unseat(call, &watched, Cause::Transferred);
        self.end_supervision(supervisor, Cause::Transferred);
        self.settle(call, Cause::Transferred);
        self.offer_all();
        Ok(())
    }

    /// The supervisor switches the agent's microphone off (`true`) or on.
    pub fn mute_monitored(&mut self, supervisor: &str, agent: &str, on: bool) -> Reply {
        self.supervising(supervisor, agent)?;
        if let Some(running) = self.supervisions.get_mut(supervisor) {
            running.agent_muted = on;
        }
        self.emit(SwitchEvent::MonitoredMuted {
            by: supervisor.into(),
            agent: agent.into(),
            on,
        });
        Ok(())
    }

    /// The supervision this supervisor runs.
    pub fn supervision_of(&self, supervisor: &str) -> Option<&Supervision> {
        self.supervisions.get(supervisor)
    }

    /// Who supervises this agent, in order of their ids.
    pub fn supervisors_of(&self, agent: &str) -> Vec<String> {
        let supervisions = self.supervisions.iter();
        supervisions
            .filter(|(_, running)| running.agent == agent)
            .map(|(by, _)| by.clone())
            .collect()
    }

    /// Ends every supervision by this agent and of this agent.
    pub(super) fn end_supervisions_around(&mut self, agent: &str, cause: Cause) {
        for by in self.supervisors_of(agent) {
            self.end_supervision(&by, cause);
        }
        self.end_supervision(agent, cause);
    }

    pub(super) fn end_supervision(&mut self, by: &str, cause: Cause) {
        let Some(ended) = self.supervisions.remove(by) else {
            return;
        };
        self.emit(SwitchEvent::SupervisionEnded {
            by: by.into(),
            agent: ended.agent,
            cause,
        });
    }

    /// Supervisor and agent, if the one supervises the other.
    fn supervising(&self, supervisor: &str, agent: &str) -> Reply<(Party, Party)> {
        let me = self.signed_in(supervisor)?;
        let watched = self.signed_in(agent)?;
        let running = self.supervision_of(supervisor);
        if running.is_some_and(|running| running.agent == agent) {
            Ok((me, watched))
        } else {
            Err(Refusal::needs("a running supervision of this agent"))
        }
    }

    /// The call to come into, if that is what the mode asks for and there is one.
    fn may_take_part(&self, watched: &Party, mode: SupervisionMode) -> Reply<Option<SwitchCallId>> {
        match mode {
            SupervisionMode::Listen | SupervisionMode::Whisper => Ok(None),
            SupervisionMode::BargeIn => self.may_barge_in(watched),
        }
    }

    fn may_intercept(&self, me: &Party, watched: &Party, call: Option<SwitchCallId>) -> Reply<SwitchCallId> {
        let id = call.or_else(|| self.call_with_customer(watched));
        let id = id.ok_or(Refusal::needs("an agent with a customer"))?;
        self.state_in(id, watched)?;
        let call = self.live(id)?;
        call.settled()?;
        if self.own_consult(watched, id).is_some() || self.consult_about(watched, id).is_some() {
            return Err(Refusal::conflict(id, "a consult"));
        }
        if !has_customer(call, watched) {
            return Err(Refusal::wrong_state(id, "an agent with a customer"));
        }
        match self.active_calls(me).find(|other| *other != id) {
            Some(other) => Err(Refusal::wrong_state(other, "a supervisor without other active calls")),
            None => Ok(id),
        }
    }

    fn call_with_customer(&self, agent: &Party) -> Option<SwitchCallId> {
        let calls = self.calls_of(agent).filter(|call| has_customer(call, agent));
        let first = calls.min_by_key(|call| call.state_of(agent) != Some(LegState::Talking));
        first.map(|call| call.id)
    }
}

/// Whether the agent has the customer on the line, talking or on hold.
fn has_customer(call: &Call, agent: &Party) -> bool {
    let connected = matches!(call.state_of(agent), Some(LegState::Talking | LegState::Held));
    let customer = call.customer.as_ref().and_then(|customer| call.state_of(customer));
    connected && customer == Some(LegState::Talking)
}
