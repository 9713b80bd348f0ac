//! One-command transfers and requeue (sections 7 and 8.1).

use callcontrol_core::{
    CallId, ConsultStyle, CustomerAt, Direction, Error, EventKind, Evidence, LegState, OpCx, Outcome, Receipt, Requeue,
    RequeueState, Result, TargetKind, Transfer, TransferMode,
};
use callcontrol_http::Request;

use super::dial::VOICE;
use super::{Known, Order, call_data, known};
use crate::address;
use crate::live::Live;
use crate::outcomes::Aim;
use crate::transfer_table::{self, Cell, Mode};
use crate::wire::{AssignInQueue, TransferBody};

/// Transfers by one cell of the matrix.
pub(crate) async fn transfer(live: &Live, call: &CallId, request: &Transfer, cx: &OpCx) -> Result<Receipt> {
    let mode = match request.mode {
        TransferMode::Blind => Mode::Blind,
        TransferMode::ReleaseAfter => Mode::ReleaseAfter,
        TransferMode::Suspend => Mode::Suspend,
        _ => {
            return Err(Error::unsupported(
                "the gateway knows blind, release-after and suspend transfers",
            ));
        }
    };
    let cell = offered(request.to.kind(), mode)?;
    let order = Order {
        live,
        cx,
        operation: request.mode.operation(),
        call: Some(call),
    };
    send(&order, cell, request).await
}

/// Sends a connected call back to a queue, which is a blind transfer to it, or moves a waiting one.
pub(crate) async fn requeue(live: &Live, call: &CallId, request: &Requeue, cx: &OpCx) -> Result<Receipt> {
    if request.to.kind() != TargetKind::Queue {
        return Err(Error::unsupported(format!(
            "a call goes back to a queue, not to {}",
            request.to
        )));
    }
    let order = Order {
        live,
        cx,
        operation: request.state.operation(),
        call: Some(call),
    };
    match request.state {
        RequeueState::Connected => {
            let cell = offered(TargetKind::Queue, Mode::Blind)?;
            let transfer = Transfer::new(request.to.clone(), TransferMode::Blind).data(request.data.clone());
            send(&order, cell, &transfer).await
        }
        RequeueState::Waiting => move_waiting(&order, call, request).await,
        _ => Err(Error::unsupported(
            "the gateway moves waiting calls and takes connected ones back",
        )),
    }
}

/// The documented cell, or why there is none.
pub(crate) fn offered(kind: TargetKind, mode: Mode) -> Result<Cell> {
    transfer_table::cell(kind, mode).ok_or_else(|| Error::unsupported(transfer_table::reason(kind, mode)))
}

/// The call must be the agent's active one, not internal, not in a conference or consult.
pub(crate) fn must_be_movable(live: &Live, at: &Known<'_>, to: &str) -> Result<()> {
    at.must_be(&[LegState::Talking], to)?;
    at.must_not_be_internal(to)?;
    at.must_have_no_consult(live, to)?;
    if at.view.conference {
        return Err(Error::invalid_state(format!("a conference cannot be {to}")).on_call(at.call));
    }
    Ok(())
}

async fn send(order: &Order<'_>, cell: Cell, request: &Transfer) -> Result<Receipt> {
    let live = order.live;
    let address = address::of_target(&request.to)?;
    let body = TransferBody {
        callappdata: call_data(&request.data)?,
        caller: caller(cell, request)?,
        ..body(cell, address)
    };
    let Some(call) = order.call else {
        return Err(Error::invalid_input("a transfer needs a call"));
    };
    let at = known(live, call)?;
    must_be_movable(live, &at, "transferred")?;
    if cell.kind == TargetKind::Number && cell.mode == Mode::Blind && at.view.direction == Direction::Outbound {
        let message =
            "the gateway transfers no outbound call blindly to an outside number; use release-after or a consult";
        return Err(Error::invalid_state(message).on_call(call));
    }
    let path = live.link.path("voicecall", "transfer")?;
    let sent = Request::post(path, order.limit()).json(&body)?;
    let (receipt, _) = order.send(sent, aim(cell, address, &at), Some(&at.native)).await?;
    if cell.mode == Mode::Suspend {
        // The gateway tells of the return only.
        live.calls()
            .derive_if_open(EventKind::Suspended, &order.cx.op, &at.native);
    }
    Ok(receipt)
}

/// The body of a cell, without data.
pub(crate) fn body(cell: Cell, address: &str) -> TransferBody<'_> {
    TransferBody {
        devicetype: cell.devicetype,
        address,
        mode: cell.number,
        callappdata: None,
        caller: None,
        mediaability: (cell.kind == TargetKind::Number).then_some(VOICE),
        holdflag: None,
    }
}

/// A number can be shown to an outside target, and not in a blind transfer (7).
fn caller(cell: Cell, request: &Transfer) -> Result<Option<&str>> {
    match &request.caller_id {
        Some(_) if cell.kind != TargetKind::Number || cell.mode == Mode::Blind => Err(Error::invalid_input(
            "a caller id can be chosen towards outside numbers only, and not in a blind transfer",
        )),
        number => number
            .as_ref()
            .map(|number| address::shown("caller id", number))
            .transpose(),
    }
}

fn aim(cell: Cell, address: &str, at: &Known<'_>) -> Aim {
    let to = address.to_owned();
    match cell.mode {
        Mode::ReleaseAfter => Aim::ReleaseAfter { to },
        Mode::Suspend => Aim::Suspend { to, heard: false },
        Mode::Blind | Mode::TalkForwarding | Mode::ThreeParty => Aim::Blind {
            to,
            lands: lands(cell.kind),
            customer_left: false,
            // The call type tells (14.1), and a call whose type was not told may be one. After a hand-over the customer's own type is told.
            consulted: matches!(at.view.direction, Direction::Consult | Direction::Unknown),
        },
    }
}

/// Where a blind transfer leaves the customer.
fn lands(kind: TargetKind) -> CustomerAt {
    match kind {
        TargetKind::Queue => CustomerAt::Queue,
        TargetKind::Ivr => CustomerAt::Ivr,
        _ => CustomerAt::Target,
    }
}

/// No event follows (8.1): what became of it is not known.
async fn move_waiting(order: &Order<'_>, call: &CallId, request: &Requeue) -> Result<Receipt> {
    let skillid = address::skill_number(&request.to)?;
    if !request.data.is_empty() {
        return Err(Error::invalid_input(
            "moving a waiting call sets no call data; set it on the call beside",
        ));
    }
    let at = known(order.live, call)?;
    if at.view.state != LegState::Waiting {
        let message = "only a call that waits in a queue can be moved; a connected one goes back by requeue-connected";
        return Err(Error::invalid_state(message).on_call(call));
    }
    let body = AssignInQueue {
        callid: &at.native,
        skillid,
    };
    let path = order.live.link.path("calldata", "assignuserinqueue")?;
    let sent = Request::put(path, order.limit()).json(&body)?;
    let accepted = Outcome::unknown(Evidence::AcceptedOnly, CustomerAt::Queue);
    order.send_unheard(sent, accepted).await
}

/// The column of the matrix that a consult with a number belongs to.
pub(crate) fn consult_mode(style: ConsultStyle) -> Mode {
    if style == ConsultStyle::ThreeWay {
        Mode::ThreeParty
    } else {
        Mode::TalkForwarding
    }
}
