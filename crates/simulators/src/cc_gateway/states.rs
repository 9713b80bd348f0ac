//! The agent's state in events (section 4 and the order of 17.2).

use callcontrol_testkit::switch::AgentState;
use serde_json::{Value, json};

use super::choices::SayFree;
use super::state::Origin;
use super::translate::Translator;

impl Translator<'_> {
    pub(super) fn engaged(&mut self, agent: &str) {
        self.state.ledger.engaged.insert(agent.to_owned());
        self.tell(agent, "AgentState_Busy", Value::Null);
    }

    pub(super) fn freed(&mut self, agent: &str, state: &AgentState) {
        self.state.ledger.engaged.remove(agent);
        let session = self.state.sessions.get_mut(agent);
        if let Some(session) = session.filter(|session| session.off_hook && session.settings.release_phone) {
            session.off_hook = false;
            self.tell(agent, "AgentOther_PhoneRelease", json!({ "phoneState": 3 }));
        }
        let (kind, content) = match state {
            AgentState::Ready => ("AgentState_Ready", Value::Null),
            AgentState::WrapUp => ("AgentState_Work", Value::Null),
            AgentState::Busy { .. } => ("AgentState_SetNotReady_Success", Value::Null),
            AgentState::Rest { reason } => ("AgentState_SetRest_Success", json!({ "reason": reason })),
            _ => return,
        };
        self.tell(agent, kind, content);
    }

    /// A state asked for during a call is told when the call is over, see `freed`.
    pub(super) fn state_changed(&mut self, agent: &str, from: &AgentState, to: &AgentState) {
        if let Some(session) = self.state.sessions.get_mut(agent)
            && !matches!(to, AgentState::Rest { .. })
        {
            session.rest_until = None;
        }
        if self.origin == Some(Origin::Session) || self.state.ledger.engaged.contains(agent) {
            return;
        }
        let asked = self.origin == Some(Origin::State);
        let (kind, content) = match to {
            AgentState::Ready if asked => (free_event(from, self.options.say_free), Value::Null),
            AgentState::Ready => ("AgentState_Force_Ready", Value::Null),
            AgentState::Busy { .. } if asked => ("AgentState_SetNotReady_Success", Value::Null),
            AgentState::Busy { .. } => ("AgentState_Force_SetNotReady", Value::Null),
            AgentState::Rest { reason } => ("AgentState_SetRest_Success", json!({ "reason": reason })),
            AgentState::WrapUp => ("AgentState_SetWork_Success", Value::Null),
            _ => return,
        };
        self.tell(agent, kind, content);
    }
}

fn free_event(from: &AgentState, say_free: SayFree) -> &'static str {
    match (from, say_free) {
        (AgentState::Busy { .. }, SayFree::ByState) => "AgentState_CancelNotReady_Success",
        (AgentState::WrapUp, SayFree::ByState) => "AgentState_CancelWork_Success",
        (AgentState::Rest { .. }, SayFree::ByState) => "AgentState_CancelRest_Success",
        _ => "AgentState_Ready",
    }
}
