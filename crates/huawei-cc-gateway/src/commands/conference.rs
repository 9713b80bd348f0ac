//! Conferences and tones (sections 6, 6.3 and 6.4). The gateway tells nothing about tones: their outcome is never known.

use callcontrol_core::{
    AgentRef, CallId, ConferenceOp, CustomerAt, Dtmf, Error, Evidence, LegState, OpCx, Operation, Outcome, Receipt,
    Result, Target,
};
use callcontrol_http::Request;

use super::{Order, known};
use crate::address::{self, MAX_ADDRESS};
use crate::capabilities::NO_ADD;
use crate::consult::same;
use crate::live::Live;
use crate::outcomes::Aim;

/// Puts a party out, or lets the customer's key presses through to a third-party IVR.
pub(crate) async fn conference(live: &Live, call: &CallId, request: &ConferenceOp, cx: &OpCx) -> Result<Receipt> {
    match request {
        ConferenceOp::Remove { party } => remove(live, call, party, cx).await,
        ConferenceOp::RelayDtmf => relay(live, call, cx).await,
        ConferenceOp::Add { .. } => Err(Error::unsupported(NO_ADD)),
        _ => Err(Error::unsupported("the gateway has no such conference operation")),
    }
}

async fn remove(live: &Live, call: &CallId, party: &Target, cx: &OpCx) -> Result<Receipt> {
    let number = match party {
        Target::Number(number) => address::shown("number", number)?,
        Target::Agent(AgentRef::Id(_)) | Target::Named(_) => address::of_target(party)?,
        _ => return Err(Error::unsupported("the gateway puts out a number or an agent")),
    };
    let at = known(live, call)?;
    if !at.view.conference {
        return Err(Error::invalid_state("the call is no conference; release it, or cancel the consult").on_call(call));
    }
    let customer = customer_of(live, &at.native);
    let is_customer = customer.as_ref().is_some_and(|customer| same(customer, number));
    let order = Order {
        live,
        cx,
        operation: Operation::ConferenceRemove,
        call: Some(call),
    };
    let path = live.link.path("voicecall", "disconnect")?.id(number)?;
    let aim = Aim::Remove {
        party: number.to_owned(),
        stays: customer.filter(|_| !is_customer),
        leaves: if is_customer {
            CustomerAt::Gone
        } else {
            CustomerAt::Agent
        },
    };
    let (receipt, _) = order
        .send(Request::post(path, order.limit()), aim, Some(&at.native))
        .await?;
    Ok(receipt)
}

fn customer_of(live: &Live, native: &str) -> Option<String> {
    live.calls().consult_on(native)?.customer_number.clone()
}

/// Switches the passing on; the customer's keys then reach the IVR. Sent once, whatever happens: keys would be heard twice.
async fn relay(live: &Live, call: &CallId, cx: &OpCx) -> Result<Receipt> {
    let at = known(live, call)?;
    if !at.view.conference {
        let message = "digits are passed on in a three-party call with the customer and an IVR only; begin a three-way consult with the IVR's number";
        return Err(Error::invalid_state(message).on_call(call));
    }
    let order = Order {
        live,
        cx,
        operation: Operation::RelayDtmf,
        call: Some(call),
    };
    let path = live.link.path("voicecall", "thirdPartyConfTransmitNum")?;
    let accepted = Outcome::unknown(Evidence::AcceptedOnly, CustomerAt::Conference);
    order.send_unheard(Request::post(path, order.limit()), accepted).await
}

/// Sends the agent's own tones. `#` travels as `%23` (6).
pub(crate) async fn send_dtmf(live: &Live, call: &CallId, digits: &Dtmf, cx: &OpCx) -> Result<Receipt> {
    let tones = digits.reveal();
    if tones.len() > MAX_ADDRESS {
        let message = format!(
            "{} tones given, at most {MAX_ADDRESS} are allowed in one command",
            tones.len()
        );
        return Err(Error::invalid_input(message));
    }
    if tones.bytes().any(|tone| tone.is_ascii_alphabetic()) {
        return Err(Error::invalid_input(
            "the gateway sends the tones 0-9, * and #, not A-D",
        ));
    }
    let at = known(live, call)?;
    at.must_be(&[LegState::Talking], "sent tones")?;
    let order = Order {
        live,
        cx,
        operation: Operation::SendDtmf,
        call: Some(call),
    };
    let path = live.link.path("voicecall", "seconddialex")?.query("number", tones)?;
    let accepted = Outcome::unknown(Evidence::AcceptedOnly, at.customer());
    order.send_unheard(Request::post(path, order.limit()), accepted).await
}
