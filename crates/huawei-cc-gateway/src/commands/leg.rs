//! What an agent does with the own leg of a call (section 6).

use callcontrol_core::{
    CallId, ConsultStyle, CustomerAt, Error, EventKind, Evidence, LegAction, LegState, OpCx, Outcome, Provenance,
    Receipt, Result, ViewPatch,
};
use callcontrol_http::{ApiPath, Request};

use super::{Known, Order, consult, known, ways_out};
use crate::capabilities::{NO_CLEAR, NO_ROBOT};
use crate::consult::{Consult, Stage};
use crate::live::Live;
use crate::outcomes::Aim;

/// Answers, holds, retrieves, mutes, releases.
pub(crate) async fn act(live: &Live, call: &CallId, what: LegAction, cx: &OpCx) -> Result<Receipt> {
    let order = Order {
        live,
        cx,
        operation: what.operation(),
        call: Some(call),
    };
    let at = || known(live, call);
    match what {
        LegAction::Answer => answer(&order, &at()?).await,
        LegAction::Hold => hold(&order, &at()?).await,
        LegAction::Retrieve => retrieve(&order, &at()?).await,
        LegAction::Mute => mute(&order, &at()?, true).await,
        LegAction::Unmute => mute(&order, &at()?, false).await,
        LegAction::Release => release(&order, &at()?).await,
        LegAction::Clear => Err(Error::unsupported(NO_CLEAR)),
        LegAction::Robot(_) => Err(Error::unsupported(NO_ROBOT)),
        _ => Err(Error::unsupported("the gateway has no such operation on a leg")),
    }
}

async fn answer(order: &Order<'_>, at: &Known<'_>) -> Result<Receipt> {
    at.must_be(&[LegState::Ringing], "answered")?;
    let path = voice(order, "answer")?.query("callid", &at.native)?;
    heard(order, at, Request::put(path, order.limit()), Aim::Answer).await
}

async fn hold(order: &Order<'_>, at: &Known<'_>) -> Result<Receipt> {
    at.must_be(&[LegState::Talking], "held")?;
    at.must_not_be_internal("held")?;
    at.must_have_no_consult(order.live, "held")?;
    let path = voice(order, "hold")?;
    heard(order, at, Request::post(path, order.limit()), Aim::Hold).await
}

async fn retrieve(order: &Order<'_>, at: &Known<'_>) -> Result<Receipt> {
    at.must_be(&[LegState::Held], "retrieved")?;
    at.must_have_no_consult(order.live, "retrieved")?;
    let path = voice(order, "gethold")?.query("callid", &at.native)?;
    heard(order, at, Request::post(path, order.limit()), Aim::Retrieve).await
}

/// No event follows; the codes 200-003, 200-004, 200-007 and 200-008 show that the answer is the outcome.
async fn mute(order: &Order<'_>, at: &Known<'_>, on: bool) -> Result<Receipt> {
    let word = if on { "muted" } else { "unmuted" };
    at.must_be(&[LegState::Talking], word)?;
    at.must_not_be_internal(word)?;
    let path = voice(order, if on { "beginmute" } else { "endmute" })?;
    let done = Outcome::done(at.customer()).by(Evidence::Answer);
    let receipt = order.send_unheard(Request::post(path, order.limit()), done).await?;
    let muted = ViewPatch {
        muted: Some(on),
        ..ViewPatch::default()
    };
    let draft = callcontrol_core::Draft::new(order.live.id.clone(), EventKind::Updated)
        .call(at.call.clone(), at.native.clone());
    let _calls = order.live.calls();
    order.live.hub.publish(
        draft
            .patch(muted)
            .op(Some(order.cx.op.clone()))
            .provenance(Provenance::Derived),
    );
    Ok(receipt)
}

/// `release` acts on the current call, whichever that is; any other is dropped by its id.
async fn release(order: &Order<'_>, at: &Known<'_>) -> Result<Receipt> {
    if at.view.state == LegState::Waiting {
        let message = "a call that waits in a queue is not the agent's to release";
        return Err(Error::invalid_state(message).on_call(at.call));
    }
    if consult::is_help_in_doubt(order.live, &at.native) {
        consult::look(order).await;
    }
    match way_out(order.live, at)? {
        WayOut::Current(after) => {
            let request = Request::delete(voice(order, "release")?, order.limit());
            heard(order, at, request, Aim::Release(after)).await
        }
        WayOut::ById(after) => {
            let request = Request::post(voice(order, "dropcall")?.id(&at.native)?, order.limit());
            heard(order, at, request, Aim::Release(after)).await
        }
        WayOut::Cancel(running) => consult::cancel(order, &running).await,
    }
}

/// How the agent gets out of a call alone, and where the customer is after it.
enum WayOut {
    /// It is the current one.
    Current(CustomerAt),
    ById(CustomerAt),
    /// The third party of a talk forwarding has no id to be dropped by.
    Cancel(Box<Consult>),
}

fn way_out(live: &Live, at: &Known<'_>) -> Result<WayOut> {
    let consult = live.calls().consult_on(&at.native).cloned();
    match consult {
        // `release` in a help hands the customer over; to leave the help alone it is dropped by its id (6.2).
        Some(consult) if consult.third_leg().as_ref() == Some(&at.view.native) => match consult.stage {
            Stage::CustomerGone if consult.is_in_customers_call() => Ok(WayOut::Current(CustomerAt::Gone)),
            Stage::CustomerGone => Ok(WayOut::ById(CustomerAt::Gone)),
            _ if consult.is_in_customers_call() => Ok(WayOut::Cancel(Box::new(consult))),
            _ => Ok(WayOut::ById(CustomerAt::Agent)),
        },
        Some(consult) if consult.stage == Stage::CustomerGone => Ok(WayOut::Current(CustomerAt::Gone)),
        Some(consult) if consult.style == ConsultStyle::ThreeWay && consult.stage == Stage::Answered => {
            Ok(WayOut::Current(CustomerAt::Target))
        }
        Some(consult) => {
            let message = format!(
                "leaving now would hand the customer over or strand him; {}",
                ways_out(&consult)
            );
            Err(Error::invalid_state(message).on_call(at.call))
        }
        None => {
            let after = if at.view.conference {
                CustomerAt::Target
            } else {
                CustomerAt::Gone
            };
            // `release` would hand the customer over to a third party that is called all the same.
            let by_id = live.calls().has_unseen_consult(&at.native) || !is_current(live, at);
            Ok(if by_id {
                WayOut::ById(after)
            } else {
                WayOut::Current(after)
            })
        }
    }
}

/// An agent has at most one active call.
fn is_current(live: &Live, at: &Known<'_>) -> bool {
    let active = |state| matches!(state, LegState::Talking | LegState::Dialing);
    let other_is = live
        .hub
        .calls(&live.id)
        .iter()
        .any(|(call, view)| call != at.call && active(view.state));
    (active(at.view.state) || at.view.state == LegState::Unknown) && !other_is
}

async fn heard(order: &Order<'_>, at: &Known<'_>, request: Request, aim: Aim) -> Result<Receipt> {
    let (receipt, _) = order.send(request, aim, Some(&at.native)).await?;
    Ok(receipt)
}

fn voice(order: &Order<'_>, operation: &'static str) -> Result<ApiPath> {
    order.live.link.path("voicecall", operation)
}
