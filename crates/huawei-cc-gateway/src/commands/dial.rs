//! Calling somebody: an outside number by `callout`, an agent by `callinner` (sections 6 and 6.1).

use callcontrol_core::{AgentRef, Dial, Direction, Error, LegState, OpCx, Operation, Receipt, Result, Target};
use callcontrol_http::Request;

use super::{Order, call_data};
use crate::address;
use crate::live::Live;
use crate::outcomes::Aim;
use crate::wire::{CallInner, CallOut, PreviewCallOut};

/// Calls. The answer carries the new call's id; events may overtake it.
pub(crate) async fn dial(live: &Live, request: &Dial, cx: &OpCx) -> Result<Receipt> {
    let order = Order {
        live,
        cx,
        operation: Operation::Dial,
        call: None,
    };
    let (sent, direction, to) = match &request.to {
        Target::Number(number) => {
            let called = address::dialled(number)?;
            if let Some(record) = &request.preview {
                return previewed(&order, called, record, request).await;
            }
            (call_out(&order, called, request)?, Direction::Outbound, called)
        }
        Target::Agent(AgentRef::Id(_)) if request.preview.is_some() => {
            return Err(Error::invalid_input(
                "the record of a campaign is dialled with a number",
            ));
        }
        Target::Agent(AgentRef::Id(agent)) => {
            let called = address::agent_id(agent)?;
            (call_inner(&order, called, request)?, Direction::Internal, called)
        }
        Target::Named(_) | Target::Agent(_) => return Err(not_resolved(&request.to)),
        other => {
            return Err(Error::unsupported(format!(
                "the gateway calls numbers and agents, not {other}"
            )));
        }
    };
    send(&order, sent, direction, to).await
}

async fn send(order: &Order<'_>, sent: Request, direction: Direction, to: &str) -> Result<Receipt> {
    let (live, cx) = (order.live, order.cx);
    must_be_free(live)?;
    let (receipt, answer) = order.send(sent, Aim::Dial, None).await?;
    let Some(native) = answer.result_text() else {
        return Ok(receipt);
    };
    let mut calls = live.calls();
    calls.bind(&cx.op, &native);
    calls.publish_dialled(&cx.op, &native, direction, to);
    Ok(receipt.with_call(live.hub.call_id(&native)))
}

/// Calls for the record that a preview event offered (6).
async fn previewed(order: &Order<'_>, called: &str, record: &str, request: &Dial) -> Result<Receipt> {
    if request.caller_id.is_some() || !request.data.is_empty() {
        return Err(Error::invalid_input(
            "a previewed call carries neither a caller id nor call data at this gateway",
        ));
    }
    let callcontrolid = record.parse().map_err(|_| {
        Error::invalid_input(
            "the record of a preview is a number at this gateway; take it from the event that offered it",
        )
    })?;
    let path = order.live.link.path("voicecall", "previewCallout")?;
    let sent = Request::put(path, order.limit()).json(&PreviewCallOut { called, callcontrolid })?;
    send(order, sent, Direction::Outbound, called).await
}

fn call_out(order: &Order<'_>, called: &str, request: &Dial) -> Result<Request> {
    let caller = request.caller_id.as_ref();
    let body = CallOut {
        called,
        caller: caller.map(|number| address::shown("caller id", number)).transpose()?,
        callappdata: call_data(&request.data)?,
        mediaability: VOICE,
    };
    let path = order.live.link.path("voicecall", "callout")?;
    Ok(Request::put(path, order.limit()).json(&body)?)
}

fn call_inner(order: &Order<'_>, called: &str, request: &Dial) -> Result<Request> {
    if request.caller_id.is_some() || !request.data.is_empty() {
        return Err(Error::invalid_input(
            "an internal call carries neither a caller id nor call data at this gateway",
        ));
    }
    let path = order.live.link.path("voicecall", "callinner")?;
    Ok(Request::put(path, order.limit()).json(&CallInner { called })?)
}

/// Held calls do not hinder; an active one does (6.1).
fn must_be_free(live: &Live) -> Result<()> {
    let active = |state| matches!(state, LegState::Talking | LegState::Dialing);
    if live.hub.calls(&live.id).iter().any(|(_, view)| active(view.state)) {
        return Err(Error::invalid_state(
            "the agent has an active call; hold or release it before calling",
        ));
    }
    Ok(())
}

fn not_resolved(to: &Target) -> Error {
    address::of_target(to)
        .err()
        .unwrap_or_else(|| Error::invalid_input("the target has no address"))
}

/// Not the numbering of events (14.4).
pub(crate) const VOICE: u8 = 0;
