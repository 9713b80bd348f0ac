//! Agent states (vendor page, section 5.3): how each is asked for, and when it has come true. Custom not-ready states have operations of their own, listed by the server.

use std::sync::Arc;

use callcontrol_core::{AgentState, AgentStateRequest, Error, Result};
use callcontrol_http::ApiPath;
use tokio::time::Instant;

use crate::config::{GwsConfig, WorkMode};
use crate::expectations::World;
use crate::session::Session;
use crate::wire::body::Body;
use crate::wire::envelope::NamedState;

/// An agent state that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    asked: AgentStateRequest,
    /// The custom state behind the reason, where the server's list names it.
    named: Option<NamedState>,
}

impl Wanted {
    /// A built-in state, or a custom one that nothing is known of but its word.
    pub(crate) fn plain(asked: AgentStateRequest) -> Self {
        Self { asked, named: None }
    }

    /// Whether it has come true.
    pub(crate) fn is_met(&self, world: &World) -> bool {
        match &self.asked {
            AgentStateRequest::Ready => world.agent == AgentState::Ready,
            AgentStateRequest::NotReady { reason: None } => matches!(world.agent, AgentState::NotReady { .. }),
            AgentStateRequest::WrapUp => world.agent == AgentState::WrapUp,
            AgentStateRequest::Rest { reason: None, .. } => world.agent == AgentState::Rest,
            AgentStateRequest::NotReady { reason: Some(reason) }
            | AgentStateRequest::Rest {
                reason: Some(reason), ..
            } => self.is_state_of(reason, world),
            // A state of the contract that this adapter does not know cannot have been asked for.
            _ => false,
        }
    }

    /// By id where both sides have one, else by name; a server that tells neither is believed.
    fn is_state_of(&self, reason: &str, world: &World) -> bool {
        let told = match &world.agent {
            AgentState::NotReady { reason } => reason.as_deref(),
            AgentState::Rest | AgentState::WrapUp => None,
            _ => return false,
        };
        let wanted = self.named.as_ref().and_then(|state| state.id.as_deref());
        if let (Some(wanted), Some(shown)) = (wanted, world.desk.state_id.as_deref()) {
            return wanted.eq_ignore_ascii_case(shown);
        }
        let is_called = |word: &str| match &self.named {
            Some(state) => state.is_called(word),
            None => word.eq_ignore_ascii_case(reason),
        };
        told.is_none_or(is_called) || self.named.is_none()
    }
}

impl Session {
    /// The request for a state and what it waits for. A reason is looked up in the server's list, which is asked for once.
    pub(crate) async fn wanted(
        self: &Arc<Self>,
        asked: AgentStateRequest,
        deadline: Instant,
    ) -> Result<(Body, Wanted)> {
        let Some(reason) = check(&asked)? else {
            return Ok((built_in(&asked, &self.config)?, Wanted::plain(asked)));
        };
        let reason = reason.to_owned();
        let states = self.agent_states(deadline).await;
        if states.is_empty() {
            return Ok((by_word(&reason)?, Wanted::plain(asked)));
        }
        let named = states
            .iter()
            .find(|state| state.is_called(&reason) && state.state == "NotReady");
        let named = named.cloned().ok_or_else(|| unknown_reason(&states))?;
        let body = Body::op(&named.operation);
        let named = Some(named);
        Ok((body, Wanted { asked, named }))
    }

    /// The contact centre's list; empty where the server has none to give.
    async fn agent_states(self: &Arc<Self>, deadline: Instant) -> Vec<NamedState> {
        if let Some(states) = self.book().states.clone() {
            return states;
        }
        match self.get(ApiPath::new(STATES), deadline).await {
            Ok(envelope) => {
                let states = envelope.agent_states();
                self.book().states = Some(states.clone());
                states
            }
            Err(error) => {
                tracing::info!(target: "callcontrol::session", session = %self.id, %error, "no list of agent states; the reason is sent as it is");
                Vec::new()
            }
        }
    }
}

/// The reason, if one was given; refuses what could be another operation in disguise.
pub(crate) fn check(asked: &AgentStateRequest) -> Result<Option<&str>> {
    let (AgentStateRequest::NotReady { reason: Some(reason) }
    | AgentStateRequest::Rest {
        reason: Some(reason), ..
    }) = asked
    else {
        return Ok(None);
    };
    let is_text = !reason.is_empty() && reason.len() <= 64 && !reason.chars().any(char::is_control);
    let is_other = NO_REASONS.iter().any(|word| word.eq_ignore_ascii_case(reason));
    if is_text && !is_other {
        return Ok(Some(reason));
    }
    Err(Error::invalid_input(
        "the reason must be the operationName, displayName or id of one of the contact centre's own not-ready states, as GET settings/agent-states lists them",
    ))
}

/// The body of a change to a built-in state.
pub(crate) fn built_in(asked: &AgentStateRequest, config: &GwsConfig) -> Result<Body> {
    match asked {
        AgentStateRequest::Ready => Ok(Body::op("Ready").work_mode(config.work_mode.map(WorkMode::word))),
        AgentStateRequest::NotReady { .. } => Ok(Body::op("NotReady")),
        AgentStateRequest::WrapUp => Ok(Body::op("AfterCallWork").wrap_up_time(config.wrap_up_time_s)),
        AgentStateRequest::Rest { .. } => Ok(Body::op("AuxWork")),
        _ => Err(Error::unsupported("Genesys Web Services has no such agent state")),
    }
}

/// Without a list the reason must itself be the name of an operation.
fn by_word(reason: &str) -> Result<Body> {
    if reason.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(Body::op(reason));
    }
    Err(Error::invalid_input(
        "the server lists no agent states, so the reason must be the operationName of one (letters and digits)",
    ))
}

fn unknown_reason(states: &[NamedState]) -> Error {
    let custom = states.iter().filter(|state| state.state == "NotReady");
    let names: Vec<&str> = custom.take(12).map(|state| state.operation.as_str()).collect();
    Error::invalid_input(format!(
        "the contact centre has no such not-ready state; it has {}",
        names.join(", ")
    ))
}

/// Operations that a reason must never become.
const NO_REASONS: [&str; 4] = [
    "Ready",
    "Offline",
    "StartContactCenterSession",
    "EndContactCenterSession",
];
const STATES: &str = "/api/v2/settings/agent-states";

#[cfg(test)]
mod tests {
    use callcontrol_core::ErrorKind;

    use super::*;
    use crate::desk::Desk;

    fn not_ready(reason: &str) -> AgentStateRequest {
        AgentStateRequest::NotReady {
            reason: Some(reason.to_owned()),
        }
    }

    fn lunch() -> NamedState {
        NamedState {
            operation: "LunchBreak".into(),
            id: Some("AB-1".into()),
            name: Some("Lunch".into()),
            state: "NotReady".into(),
        }
    }

    fn world(reason: Option<&str>, id: Option<&str>) -> World {
        World {
            agent: AgentState::NotReady {
                reason: reason.map(str::to_owned),
            },
            desk: Desk {
                state_id: id.map(str::to_owned),
                ..Desk::default()
            },
            ..World::default()
        }
    }

    #[test]
    fn a_custom_not_ready_state_cannot_smuggle_in_another_operation() {
        assert_eq!(check(&not_ready("Lunch break")).expect("valid"), Some("Lunch break"));
        for bad in ["", "Offline", "endcontactcentersession", "READY", "x\n"] {
            assert_eq!(check(&not_ready(bad)).expect_err(bad).kind(), ErrorKind::InvalidInput);
        }
        assert_eq!(
            by_word("a b").expect_err("no operation").kind(),
            ErrorKind::InvalidInput
        );
    }

    #[test]
    fn a_reason_is_met_by_its_id_whatever_the_case_and_without_one_by_its_name() {
        let wanted = Wanted {
            asked: not_ready("Lunch"),
            named: Some(lunch()),
        };
        assert!(wanted.is_met(&world(Some("Mittag"), Some("ab-1"))));
        assert!(!wanted.is_met(&world(Some("Lunch"), Some("other"))));
        assert!(wanted.is_met(&world(Some("lunchbreak"), None)));
        assert!(
            !wanted.is_met(&world(Some("Training"), None)),
            "another reason is not this one"
        );
        let mut ready = world(None, None);
        ready.agent = AgentState::Ready;
        assert!(!wanted.is_met(&ready));
    }

    #[test]
    fn the_work_mode_and_the_wrap_up_time_are_sent_where_configured() {
        let config = GwsConfig {
            work_mode: Some(WorkMode::AutoIn),
            wrap_up_time_s: Some(30),
            ..GwsConfig::default()
        };
        let ready = built_in(&AgentStateRequest::Ready, &config).expect("valid").to_json();
        assert_eq!(
            ready,
            serde_json::json!({"operationName": "Ready", "workmode": "AutoIn"})
        );
        let wrap_up = built_in(&AgentStateRequest::WrapUp, &config).expect("valid").to_json();
        assert_eq!(wrap_up["wrapUpTime"], "30");
    }
}
