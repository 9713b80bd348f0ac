//! The agent's readiness (section 4).

use callcontrol_core::{AgentState, AgentStateRequest, Error, OpCx, Operation, Receipt, Result};
use callcontrol_http::{ApiPath, Request};

use super::Order;
use crate::live::Live;
use crate::outcomes::{Aim, Wanted};

/// Asks for another state. During a call it takes effect after the call.
pub(crate) async fn set_state(live: &Live, to: &AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
    let (path, wanted) = path(live, to)?;
    let order = Order {
        live,
        cx,
        operation: Operation::SetAgentState,
        call: None,
    };
    let request = Request::post(path, order.limit());
    let (receipt, _) = order.send(request, Aim::State(wanted), None).await?;
    Ok(receipt)
}

fn path(live: &Live, to: &AgentStateRequest) -> Result<(ApiPath, Wanted)> {
    let at = |operation| live.link.path(GROUP, operation);
    match to {
        // The only documented way out of a rest.
        AgentStateRequest::Ready if live.hub.agent_state(&live.id) == AgentState::Rest => {
            Ok((at("cancelrest")?, Wanted::Ready))
        }
        AgentStateRequest::Ready => Ok((at("sayfree")?, Wanted::Ready)),
        AgentStateRequest::NotReady { reason: None } => Ok((at("saybusy")?, Wanted::Busy)),
        AgentStateRequest::NotReady { reason: Some(reason) } => {
            let reason = number("reason for being not ready", reason, 200, 250)?;
            Ok((at("saybusy")?.query("reason", reason)?, Wanted::Busy))
        }
        AgentStateRequest::WrapUp => Ok((at("work")?, Wanted::Work)),
        AgentStateRequest::Rest { duration, reason } => {
            let seconds = number("rest in seconds", &duration.as_secs().to_string(), 1, 86_399)?;
            let cause = number("reason for resting", reason.as_deref().unwrap_or("0"), 0, 255)?;
            Ok((at("rest")?.id(seconds)?.id(cause)?, Wanted::Rest))
        }
        _ => Err(Error::unsupported("the gateway has no such agent state")),
    }
}

/// A number as the gateway configures them.
fn number(what: &str, text: &str, least: u32, most: u32) -> Result<String> {
    match text.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
        Ok(_) | Err(_) => Err(Error::invalid_input(format!(
            "the {what} must be a number from {least} to {most}"
        ))),
    }
}

const GROUP: &str = "onlineagent";
