//! Having a call offered here that rings at a colleague or waits in a queue (section 6).

use callcontrol_core::{CallId, Error, LegState, OpCx, Operation, Receipt, Result, TakeCall, Target};
use callcontrol_http::Request;

use super::{Order, known};
use crate::address;
use crate::config::RequestCallQuery;
use crate::live::Live;
use crate::outcomes::Aim;

/// Takes the call; it then rings here.
pub(crate) async fn take(live: &Live, request: &TakeCall, cx: &OpCx) -> Result<Receipt> {
    match request {
        TakeCall::RingingAt { agent } => pick_up(live, agent, cx).await,
        TakeCall::Waiting { call, queue } => take_waiting(live, call, queue.as_ref(), cx).await,
        _ => Err(Error::unsupported(
            "the gateway lets calls be taken that ring at an agent or wait in a queue",
        )),
    }
}

async fn pick_up(live: &Live, agent: &Target, cx: &OpCx) -> Result<Receipt> {
    let agent = address::agent_of(agent, "a call is picked up from")?;
    if agent == live.agent.as_str() {
        return Err(Error::invalid_input("the call rings at this very agent; answer it"));
    }
    if !live
        .hub
        .calls(&live.id)
        .iter()
        .all(|(_, view)| view.state == LegState::Waiting)
    {
        return Err(Error::invalid_state(
            "who has a call cannot pick up another; release it first",
        ));
    }
    let order = Order {
        live,
        cx,
        operation: Operation::PickUp,
        call: None,
    };
    let path = live
        .link
        .path("voicecall", "snatchpickup")?
        .query("destWorkNo", agent)?;
    let (receipt, _) = order.send(Request::put(path, order.limit()), Aim::Take, None).await?;
    Ok(receipt)
}

async fn take_waiting(live: &Live, call: &CallId, queue: Option<&Target>, cx: &OpCx) -> Result<Receipt> {
    let queue = queue.map(address::skill_number).transpose()?;
    let at = known(live, call)?;
    if at.view.state != LegState::Waiting {
        return Err(Error::invalid_state("only a call that waits in a queue can be asked for").on_call(call));
    }
    if live
        .hub
        .calls(&live.id)
        .iter()
        .any(|(_, view)| view.state != LegState::Waiting)
    {
        return Err(
            Error::invalid_state("who has a call cannot ask for a waiting one; release it first").on_call(call),
        );
    }
    let order = Order {
        live,
        cx,
        operation: Operation::TakeWaiting,
        call: Some(call),
    };
    // 0: public queue, the only kind that is supported today.
    let path = live.link.path("voicecall", "requestcall")?.id(&at.native)?.literal("0");
    let path = match (queue, live.config.request_call_query) {
        (None, _) => path,
        (Some(queue), RequestCallQuery::CapitalI) => path.query("skillId", queue.to_string())?,
        (Some(queue), RequestCallQuery::LowerCase) => path.query("skillid", queue.to_string())?,
    };
    let (receipt, _) = order
        .send(Request::post(path, order.limit()), Aim::Take, Some(&at.native))
        .await?;
    Ok(receipt)
}
