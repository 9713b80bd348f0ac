//! Consults: internal help for agents and queues, talk forwarding and three-party transfer for outside numbers (sections 6.2 and 7).

use callcontrol_core::{
    CallId, CallRef, ConsultRef, ConsultStarted, ConsultStep, ConsultStyle, Direction, Error, OpCx, OpId, Operation,
    Receipt, Result, StartConsult, TargetKind,
};
use callcontrol_http::Request;
use tokio::time::{Instant, timeout};

use super::transfer::{body, consult_mode, must_be_movable, offered};
use super::{Known, Order, call_data, known};
use crate::address;
use crate::capabilities::{NO_MERGE, NO_SWAP};
use crate::consult::{Consult, Kind, Stage, Start};
use crate::faults;
use crate::live::Live;
use crate::outcomes::Aim;
use crate::resync;
use crate::wire::{InnerHelp, TransferBody};

/// Calls the third party.
pub(crate) async fn start(live: &Live, call: &CallRef, request: &StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
    let kind = match request.to.kind() {
        TargetKind::Agent | TargetKind::Queue => Kind::Help,
        other => {
            offered(other, consult_mode(request.style))?;
            Kind::Number
        }
    };
    let to = address::of_target(&request.to)?;
    let order = Order {
        live,
        cx,
        operation: request.style.operation(),
        call: Some(&call.call),
    };
    let sent = match kind {
        Kind::Help => help(&order, to, request)?,
        Kind::Number => forwarding(&order, to, request)?,
    };
    let at = known(live, &call.call)?;
    must_be_movable(live, &at, "consulted for")?;
    live.calls().begin_consult(new_consult(&at, kind, request, to, cx));
    let (receipt, answer) = match order.send(sent, Aim::Consult, None).await {
        Ok(accepted) => accepted,
        Err(error) => {
            // Nothing is left of it where it provably did nothing.
            live.calls().consult_doubted(&cx.op);
            return Err(error);
        }
    };
    let third = accepted(live, &cx.op, answer.result_text().filter(|_| kind == Kind::Help), to);
    let receipt = match third {
        Some(third) => receipt.with_call(third),
        None => receipt,
    };
    let consult = ConsultRef {
        id: cx.op.clone(),
        call: call.clone(),
    };
    Ok(ConsultStarted { receipt, consult })
}

/// Shows what the acceptance tells; gives the third party's leg.
fn accepted(live: &Live, op: &OpId, help: Option<String>, to: &str) -> Option<CallId> {
    let mut calls = live.calls();
    calls.consult_accepted(op);
    match help {
        Some(native) => {
            calls.bind(op, &native);
            calls.publish_dialled(op, &native, Direction::Consult, to);
            Some(live.hub.call_id(&native))
        }
        None => calls.publish_forwarding(op),
    }
}

fn new_consult(at: &Known<'_>, kind: Kind, request: &StartConsult, to: &str, cx: &OpCx) -> Consult {
    let is_agent = request.to.kind() == TargetKind::Agent;
    Consult {
        op: cx.op.clone(),
        kind,
        style: request.style,
        customer: at.native.clone(),
        customer_number: at.view.parties.first().map(|party| party.address.clone()),
        leg: None,
        to: to.to_owned(),
        helper: is_agent.then(|| to.to_owned()),
        stage: Stage::Calling,
        start: Start::Asked,
        absent: false,
        asked: Instant::now(),
        known_at: 0,
        target_left: false,
        cancelling: false,
        given_up: None,
        doubtful: false,
    }
}

fn help(order: &Order<'_>, to: &str, request: &StartConsult) -> Result<Request> {
    if request.caller_id.is_some() {
        return Err(Error::invalid_input(
            "a caller id can be chosen towards outside numbers only",
        ));
    }
    let three_way = request.style == ConsultStyle::ThreeWay;
    let body = InnerHelp {
        dstaddress: to,
        devicetype: if request.to.kind() == TargetKind::Queue { 1 } else { 2 },
        mode: if three_way { 2 } else { 1 },
        callappdata: call_data(&request.data)?,
        holdflag: holdflag(request),
    };
    let path = order.live.link.path("voicecall", "innerhelp")?;
    Ok(Request::post(path, order.limit()).json(&body)?)
}

fn forwarding(order: &Order<'_>, to: &str, request: &StartConsult) -> Result<Request> {
    let cell = offered(request.to.kind(), consult_mode(request.style))?;
    let caller = request.caller_id.as_ref();
    let body = TransferBody {
        callappdata: call_data(&request.data)?,
        caller: caller.map(|number| address::shown("caller id", number)).transpose()?,
        holdflag: holdflag(request),
        ..body(cell, to)
    };
    let path = order.live.link.path("voicecall", "transfer")?;
    Ok(Request::post(path, order.limit()).json(&body)?)
}

/// Three-way only, and only when it differs from the gateway's default.
fn holdflag(request: &StartConsult) -> Option<bool> {
    (request.style == ConsultStyle::ThreeWay && !request.hold_customer).then_some(false)
}

/// Goes on with a consult.
pub(crate) async fn step(live: &Live, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
    let order = Order {
        live,
        cx,
        operation: step.operation(),
        call: Some(&consult.call.call),
    };
    let running = || running(live, &consult.call.call, &consult.id);
    match step {
        ConsultStep::Complete => complete(&order, &running()?).await,
        ConsultStep::Cancel => {
            let consult = running()?;
            if consult.kind == Kind::Help && consult.is_in_doubt() {
                look(&order).await;
            }
            cancel(&order, &running()?).await
        }
        ConsultStep::Swap => Err(Error::unsupported(NO_SWAP)),
        ConsultStep::Merge => Err(Error::unsupported(NO_MERGE)),
        _ => Err(Error::unsupported("the gateway has no such step of a consult")),
    }
}

/// Takes a talk-forwarding or three-party transfer back; nothing else can be cancelled at this gateway.
pub(crate) async fn cancel_transfer(live: &Live, call: &CallId, op: &OpId, cx: &OpCx) -> Result<Receipt> {
    let order = Order {
        live,
        cx,
        operation: Operation::CancelTransfer,
        call: Some(call),
    };
    if live.calls().aim(op).is_some_and(Aim::is_transfer) {
        return Err(Error::unsupported(
            "the gateway takes back talk forwarding and three-party transfers to a number only; a blind, release-after or suspend transfer runs to its end",
        ));
    }
    let running = running(live, call, op)?;
    if running.kind == Kind::Help {
        return Err(Error::unsupported(
            "an internal help is no transfer; cancel the consult itself",
        ));
    }
    cancel(&order, &running).await
}

/// The consult as it stands, if it still does.
fn running(live: &Live, call: &CallId, op: &OpId) -> Result<Consult> {
    let unknown = || Error::not_found(format!("no consult {op} on this call")).on_call(call);
    let consult = live.calls().consult(op).cloned().ok_or_else(unknown)?;
    if live.hub.find_call(&consult.customer).as_ref() != Some(call) {
        return Err(unknown());
    }
    if consult.stage == Stage::Over {
        return Err(Error::invalid_state("the consult is over").on_call(call));
    }
    Ok(consult)
}

/// The agent hangs up in the consult; customer and third party stay connected.
async fn complete(order: &Order<'_>, consult: &Consult) -> Result<Receipt> {
    let problem = match consult.stage {
        _ if consult.absent => Some("the gateway shows nothing of this consult (any more)"),
        Stage::Calling => {
            Some("the third party has not answered yet; completing now would leave the customer with nobody")
        }
        Stage::CustomerGone => Some("the customer has hung up; cancel the consult to leave it"),
        Stage::Over => Some("the consult is over"),
        Stage::Answered if consult.target_left => Some("the third party has hung up; the customer is coming back"),
        Stage::Answered => None,
    };
    if let Some(problem) = problem {
        return Err(Error::invalid_state(problem));
    }
    let path = order.live.link.path("voicecall", "release")?;
    let aim = Aim::Complete(consult.op.clone());
    let (receipt, _) = order.send(Request::delete(path, order.limit()), aim, None).await?;
    Ok(receipt)
}

/// Drops the third party.
pub(crate) async fn cancel(order: &Order<'_>, consult: &Consult) -> Result<Receipt> {
    let request = way_back(order, consult)?;
    match order.send(request, Aim::Cancel(consult.op.clone()), None).await {
        Ok((receipt, _)) => {
            order.live.calls().consult_given_up(&consult.op);
            Ok(receipt)
        }
        Err(error) => {
            if faults::is_nothing_to_cancel(&error) {
                order.live.calls().consult_refused(&consult.op);
                order.live.look();
            }
            Err(error)
        }
    }
}

/// True for a help on this call of which only the gateway knows how it stands. A help has a call of its own, which the gateway lists.
pub(crate) fn is_help_in_doubt(live: &Live, native: &str) -> bool {
    let calls = live.calls();
    let consult = calls.consult_on(native);
    consult.is_some_and(|consult| consult.kind == Kind::Help && consult.is_in_doubt())
}

/// Asks the gateway, so that what it shows ends the doubt. One that does not answer leaves it; half of the time is kept for the command itself.
pub(crate) async fn look(order: &Order<'_>) {
    let live = order.live;
    match timeout(order.limit() / 2, resync::listing(live)).await {
        Ok(Ok(listed)) => live.calls().settle_by_listing(&listed),
        Ok(Err(error)) => {
            tracing::debug!(target: "callcontrol::cc_gateway", session = %live.id, %error, "the gateway did not list the calls");
        }
        Err(_elapsed) => {
            tracing::debug!(target: "callcontrol::cc_gateway", session = %live.id, "the gateway did not list the calls in time");
        }
    }
}

/// How the third party is dropped, by kind, style and stage.
fn way_back(order: &Order<'_>, consult: &Consult) -> Result<Request> {
    let at = |operation| order.live.link.path("voicecall", operation);
    let limit = order.limit();
    let gone = consult.stage == Stage::CustomerGone;
    match (consult.kind, consult.style) {
        // With nobody to take back, the agent just leaves.
        (Kind::Number, _) if gone => Ok(Request::delete(at("release")?, limit)),
        (Kind::Number, _) => Ok(Request::post(at("canceltransfer")?, limit)),
        // Who of a queue helps, only the alerting event tells; until then the help call is dropped by its id.
        (Kind::Help, ConsultStyle::ThreeWay) if !gone && consult.helper.is_some() => {
            let helper = consult.helper.as_deref().unwrap_or_default();
            Ok(Request::post(at("disconnect")?.id(helper)?, limit))
        }
        (Kind::Help, _) => {
            let leg = consult.leg.as_deref().ok_or_else(|| {
                Error::invalid_state(match consult.absent {
                    true => "the gateway lists no such consult: the call is free to be released, transferred or consulted for",
                    false => "the id of the help call is not known, as its answer was lost and neither an event nor the gateway's list has told it yet; try again",
                })
            })?;
            Ok(Request::post(at("dropcall")?.id(leg)?, limit))
        }
    }
}
