//! What an agent is available for (section 4). The events come from the switch's journal, see `translate`.

use std::time::Duration;

use callcontrol_testkit::switch::{Agent, AgentState, Party};
use serde_json::json;
use tokio::time::Instant;

use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::choices::StateInCall;
use super::gateway::Gateway;
use super::state::Origin;

pub(super) fn say_free(gateway: &Gateway, ask: &Ask) -> Answer {
    become_if(gateway, ask, AgentState::Ready, |_| true)
}

pub(super) fn say_busy(gateway: &Gateway, ask: &Ask) -> Answer {
    let reason = match ask.query("reason") {
        None | Some("0") => None,
        Some(code) if code.parse().is_ok_and(|code: u16| (200..=250).contains(&code)) => Some(code.to_owned()),
        Some(_) => return Err(Fault::PARAMETER),
    };
    become_if(gateway, ask, AgentState::Busy { reason }, |_| true)
}

pub(super) fn cancel_busy(gateway: &Gateway, ask: &Ask) -> Answer {
    become_if(gateway, ask, AgentState::Ready, |from| {
        matches!(from, AgentState::Busy { .. })
    })
}

/// `rest/{time}/{cause}`: after so many seconds the agent is reminded.
pub(super) fn rest(gateway: &Gateway, ask: &Ask) -> Answer {
    let [time, cause] = ask.params.as_slice() else {
        return Err(Fault::PARAMETER);
    };
    let time = time.parse().ok().filter(|time| (1..86_400).contains(time));
    let time = time.map(Duration::from_secs).ok_or(Fault::PARAMETER)?;
    if cause.parse::<u8>().is_err() {
        return Err(Fault::PARAMETER);
    }
    let reason = Some(cause.clone());
    let done = become_if(gateway, ask, AgentState::Rest { reason }, |_| true)?;
    gateway.change_session(&ask.agent, |session| session.rest_until = Some(Instant::now() + time))?;
    gateway.state().look_again();
    Ok(done)
}

pub(super) fn cancel_rest(gateway: &Gateway, ask: &Ask) -> Answer {
    become_if(gateway, ask, AgentState::Ready, |from| {
        matches!(from, AgentState::Rest { .. })
    })
}

pub(super) fn work(gateway: &Gateway, ask: &Ask) -> Answer {
    become_if(gateway, ask, AgentState::WrapUp, |_| true)
}

pub(super) fn cancel_work(gateway: &Gateway, ask: &Ask) -> Answer {
    become_if(gateway, ask, AgentState::Ready, |from| {
        matches!(from, AgentState::WrapUp)
    })
}

pub(super) fn auto_answer(gateway: &Gateway, ask: &Ask) -> Answer {
    let on = ask.param() == "true";
    let mut state = gateway.state();
    let session = state.sessions.get_mut(&ask.agent).ok_or(Fault::NOT_SIGNED_IN)?;
    session.settings.auto_answer = on;
    Ok(Done::Command)
}

pub(super) fn auto_enter_idle(gateway: &Gateway, ask: &Ask) -> Answer {
    let on = ask.param() == "true";
    let set = gateway.switch.set_auto_idle(&ask.agent, on);
    set.map(|()| Done::Command).map_err(|_| Fault::PLATFORM)
}

/// `agentStatus` in the numbering of 14.2.
pub(super) fn status(gateway: &Gateway, ask: &Ask) -> Answer {
    let engaged = gateway.state().ledger.engaged.contains(&ask.agent);
    let status = gateway
        .switch
        .with(|switch| switch.agent(&ask.agent).map(|agent| status_of(agent, engaged)));
    let status = status.ok_or(Fault::PLATFORM)?;
    Ok(Done::Result(json!({ "agentState": status, "isWorking": engaged })))
}

pub(super) fn custom_state(_: &Gateway, _: &Ask) -> Answer {
    Ok(Done::Result(json!({ "agentcustomstate": "65535" })))
}

/// `syncagentinfo` and `bindphone`, of which neither body nor result is known.
pub(super) fn not_captured(_: &Gateway, _: &Ask) -> Answer {
    Err(Fault::Said("100-007", "the documents show neither body nor result"))
}

pub(super) fn status_of(agent: &Agent, engaged: bool) -> u8 {
    match agent.state {
        AgentState::SignedOut => 2,
        _ if engaged => 7,
        AgentState::Ready => 4,
        AgentState::Busy { .. } => 3,
        AgentState::Rest { .. } => 8,
        AgentState::WrapUp => 5,
        _ => 0,
    }
}

fn become_if(gateway: &Gateway, ask: &Ask, to: AgentState, from: impl FnOnce(&AgentState) -> bool) -> Answer {
    let in_calls = gateway.options().state_in_call;
    gateway.command(Origin::State, |switch| {
        let may = switch.agent(&ask.agent).is_some_and(|agent| from(&agent.state));
        let in_call = switch.calls_of(&Party::agent(&ask.agent)).next().is_some();
        if !may || (in_call && in_calls == StateInCall::Refused) {
            return Err(REFUSED);
        }
        switch
            .set_agent_state(&ask.agent, to)
            .map(|()| Done::Command)
            .map_err(|_| REFUSED)
    })
}

const REFUSED: Fault = Fault::Code("100-009");
