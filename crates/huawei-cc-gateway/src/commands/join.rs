//! Joining the current call and a held one (sections 6 and 6.3): all three talk, or the agent leaves the other two together.

use callcontrol_core::{CallId, Error, JoinCalls, JoinStyle, LegState, OpCx, Receipt, Result};
use callcontrol_http::Request;

use super::{Order, known};
use crate::live::Live;
use crate::outcomes::Aim;
use crate::wire::ConfJoin;

/// Joins `call`, in which the agent talks, with a held one.
pub(crate) async fn join(live: &Live, call: &CallId, request: &JoinCalls, cx: &OpCx) -> Result<Receipt> {
    if *call == request.held {
        return Err(Error::invalid_input("a call cannot be joined with itself"));
    }
    let order = Order {
        live,
        cx,
        operation: request.style.operation(),
        call: Some(call),
    };
    let at = known(live, call)?;
    let held = known(live, &request.held)?;
    at.must_be(&[LegState::Talking], "joined with a held one")?;
    held.must_be(&[LegState::Held], "joined as the held one")?;
    at.must_have_no_consult(live, "joined")?;
    held.must_have_no_consult(live, "joined")?;
    if at.view.conference {
        return Err(Error::invalid_state("a conference takes in no further call at this gateway").on_call(call));
    }
    let native = held.native.clone();
    let (sent, aim) = match request.style {
        JoinStyle::Conference => {
            let path = live.link.path("voicecall", "confjoin")?;
            let sent = Request::post(path, order.limit()).json(&ConfJoin { callid: &native })?;
            (sent, Aim::Join { held: native })
        }
        JoinStyle::Connect => {
            let path = live.link.path("voicecall", "connecthold")?.id(&native)?;
            let aim = Aim::Connect {
                held: native,
                left: None,
            };
            (Request::post(path, order.limit()), aim)
        }
        _ => {
            return Err(Error::unsupported(
                "the gateway joins calls into a conference, or connects them",
            ));
        }
    };
    let (receipt, _) = order.send(sent, aim, Some(&at.native)).await?;
    Ok(receipt)
}
