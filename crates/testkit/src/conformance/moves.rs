//! Transfers and consults that meet people: busy, silent, unwilling, hanging up. Whatever is said about the customer is so.

use callcontrol_core::{
    Cause, CustomerAt, ErrorKind, LegState, OpCx, Operation, Outcome, StartConsult, TargetKind, Transfer, TransferMode,
    Verdict,
};

use super::report::{Tried, ensure, fail, skip};
use super::run::{Stand, play};
use super::stage::{Stage, Talk};
use super::{Deed, Part};
use crate::switch::Behaviour;

/// People who can be called directly.
const PEOPLE: [TargetKind; 2] = [TargetKind::Agent, TargetKind::Number];
const BOTH_CONSULTS: [Operation; 2] = [Operation::Consult, Operation::ConsultThreeWay];

pub(super) async fn the_agent_stays_until_the_target_answers(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = release_after(stage, Behaviour::Manual).await?;
        let receipt = talk.call.release_after_transfer(part.target.clone()).await?;
        let early = receipt.within(stage.harness.settling()).await;
        ensure(early.is_none(), || {
            format!("nobody has answered, and the outcome is {early:?}")
        })?;
        stage.moved(&talk.caller, 0)?;
        let still = stage.view(&talk.call).await?.map(|view| view.state);
        ensure(still.is_some(), || {
            "the target only rings, and the agent's call is gone".to_owned()
        })?;
        stage.must(Deed::Answers(&part.party))?;
        let outcome = receipt.outcome().await;
        ensure(outcome.is_done(), || {
            format!("the target has answered, and the outcome is \"{outcome}\"")
        })?;
        stage.until_gone(&talk.call).await?;
        stage.agrees(&outcome, &talk.caller)?;
        stage.moved(&talk.caller, 1)
    })
    .await
}

pub(super) async fn a_busy_target_leaves_the_customer_where_the_outcome_says(stand: &Stand<'_>) -> Tried {
    // Where the vendor tells nothing, a busy target is one that did not answer in time.
    fails(stand, Behaviour::Busy, None, &[Cause::Busy, Cause::NoAnswer]).await
}

pub(super) async fn an_unanswered_target_leaves_the_customer_where_the_outcome_says(stand: &Stand<'_>) -> Tried {
    fails(
        stand,
        Behaviour::Silent,
        Some(|part| Deed::RingsOut(&part.party)),
        &[Cause::NoAnswer],
    )
    .await
}

pub(super) async fn a_rejected_transfer_leaves_the_customer_where_the_outcome_says(stand: &Stand<'_>) -> Tried {
    let causes = [Cause::Rejected, Cause::Busy];
    fails(
        stand,
        Behaviour::Manual,
        Some(|part| Deed::Rejects(&part.party)),
        &causes,
    )
    .await
}

type Then = for<'p> fn(&'p Part) -> Deed<'p>;

/// A release-after transfer whose target does not take the call: refused or failed, never done; the agent keeps the customer.
async fn fails(stand: &Stand<'_>, behaviour: Behaviour, then: Option<Then>, causes: &[Cause]) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = release_after(stage, behaviour).await?;
        let receipt = match talk.call.release_after_transfer(part.target.clone()).await {
            Ok(receipt) => receipt,
            Err(error) => {
                ensure(error.effect() == callcontrol_core::Effect::None, || {
                    format!("refused, and yet: {error}")
                })?;
                return stage.moved(&talk.caller, 0);
            }
        };
        if let Some(then) = then {
            stage.settle().await;
            stage.must(then(&part))?;
        }
        let outcome = receipt.outcome().await;
        ensure(outcome.verdict != Verdict::Done, || {
            format!("the target did not take the call, and the outcome is \"{outcome}\"")
        })?;
        ensure(names_one_of(&outcome, causes), || {
            format!(
                "the cause should be one of {causes:?} or not told, it is {:?}",
                outcome.cause
            )
        })?;
        stage.settle().await;
        stage.agrees(&outcome, &talk.caller)?;
        stage.moved(&talk.caller, 0)
    })
    .await
}

pub(super) async fn a_blind_transfer_to_a_busy_target_claims_nothing_false(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let Some((_, part)) = stage.claimed(&[Operation::BlindTransfer], &PEOPLE) else {
            return skip("a blind transfer to a person is not claimed");
        };
        let talk = stage.talking().await?;
        stage.must(Deed::Behaves(&part.party, Behaviour::Busy))?;
        match talk.call.blind_transfer(part.target.clone()).await {
            Ok(receipt) => {
                let outcome = receipt.outcome().await;
                stage.settle().await;
                let moved = stage.harness.moves(&talk.caller).is_none_or(|moves| moves == 1);
                ensure(!outcome.is_done() || moved, || {
                    format!("the target was busy and the customer stayed, and the outcome is \"{outcome}\"")
                })?;
                stage.agrees(&outcome, &talk.caller)
            }
            Err(error) => {
                stage.settle().await;
                let nothing = error.effect() != callcontrol_core::Effect::Applied;
                ensure(nothing, || {
                    format!("refused, and it is said to have had an effect: {error}")
                })?;
                stage.moved(&talk.caller, 0)
            }
        }
    })
    .await
}

pub(super) async fn the_customer_hangs_up_while_the_target_rings(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = release_after(stage, Behaviour::Manual).await?;
        let receipt = talk.call.release_after_transfer(part.target.clone()).await?;
        stage.settle().await;
        stage.must(Deed::CustomerHangsUp(&talk.caller))?;
        let outcome = receipt.outcome().await;
        ensure(outcome.verdict != Verdict::Done, || {
            format!("the customer hung up while the target rang, and the outcome is \"{outcome}\"")
        })?;
        stage.settle().await;
        stage.agrees(&outcome, &talk.caller)?;
        stage.until_gone(&talk.call).await
    })
    .await
}

pub(super) async fn a_second_transfer_during_the_first_is_a_conflict(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = release_after(stage, Behaviour::Manual).await?;
        let cx = OpCx::new();
        let first = Transfer::new(part.target.clone(), TransferMode::ReleaseAfter);
        talk.call.transfer_with(first, &cx).await?;
        let before = stage.harness.requests();
        match talk.call.release_after_transfer(part.target.clone()).await {
            Ok(_) => fail("a second transfer was accepted while the first is under way"),
            Err(error) if error.kind() == ErrorKind::Conflict => {
                ensure(error.running() == Some(&cx.op), || {
                    format!("the conflict names another operation: {error}")
                })?;
                ensure(before == stage.harness.requests(), || {
                    "the conflict was found on the wire".to_owned()
                })
            }
            Err(error) => fail(format!("a conflict was due, got: {error}")),
        }
    })
    .await
}

pub(super) async fn a_busy_third_party_is_told(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let Some((operation, part)) = stage.claimed(&BOTH_CONSULTS, &PEOPLE) else {
            return skip("a consult with a person is not claimed");
        };
        let talk = stage.talking().await?;
        stage.must(Deed::Behaves(&part.party, Behaviour::Busy))?;
        let consult = match talk.call.start_consult(request(operation, &part)).await {
            Ok(consult) => consult,
            Err(error) => {
                ensure(error.effect() == callcontrol_core::Effect::None, || {
                    format!("refused, and yet: {error}")
                })?;
                return stage.moved(&talk.caller, 0);
            }
        };
        let Some(outcome) = consult.answered().await else {
            return fail("nothing is known about a consult that was just begun");
        };
        ensure(outcome.verdict != Verdict::Done, || {
            format!("the third party is busy, and the outcome is \"{outcome}\"")
        })?;
        ensure(names_one_of(&outcome, &[Cause::Busy, Cause::NoAnswer]), || {
            format!("the cause should be busy or not told, it is {:?}", outcome.cause)
        })?;
        stage.settle().await;
        stage.agrees(&outcome, &talk.caller)?;
        stage.moved(&talk.caller, 0)?;
        // Where the vendor has taken the customer back by itself, there is nothing left to cancel.
        let _ = consult.cancel().await;
        stage.settle().await;
        let state = stage.view(&talk.call).await?.map(|view| view.state);
        let back = matches!(state, Some(LegState::Talking | LegState::Held));
        ensure(back, || {
            format!("the customer should be with the agent again, the call is {state:?}")
        })
    })
    .await
}

pub(super) async fn the_customer_hangs_up_during_a_consult(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let Some((operation, part)) = stage.claimed(&BOTH_CONSULTS, &PEOPLE) else {
            return skip("a consult with a person is not claimed");
        };
        let talk = stage.talking().await?;
        stage.must(Deed::Behaves(&part.party, Behaviour::Manual))?;
        let consult = talk.call.start_consult(request(operation, &part)).await?;
        stage.settle().await;
        stage.must(Deed::Answers(&part.party))?;
        let answered = consult.answered().await;
        ensure(answered.as_ref().is_some_and(Outcome::is_done), || {
            format!("the third party has answered, and the outcome is {answered:?}")
        })?;
        stage.must(Deed::CustomerHangsUp(&talk.caller))?;
        stage.settle().await;
        stage.until_gone(&talk.call).await?;
        stage.moved(&talk.caller, 0)?;
        match consult.complete().await {
            Ok(receipt) => {
                let outcome = receipt.outcome().await;
                ensure(!outcome.is_done() || outcome.customer == CustomerAt::Gone, || {
                    format!("the customer is gone, and handing him over is said to be \"{outcome}\"")
                })
            }
            Err(_) => Ok(()),
        }
    })
    .await
}

fn request(operation: Operation, part: &Part) -> StartConsult {
    let request = StartConsult::new(part.target.clone());
    match operation {
        Operation::ConsultThreeWay => request.three_way(),
        _ => request,
    }
}

fn names_one_of(outcome: &Outcome, causes: &[Cause]) -> bool {
    causes.contains(&outcome.cause) || matches!(outcome.cause, Cause::Unspecified | Cause::Normal | Cause::Vendor(_))
}

/// An agent in a call, and a person to whom a release-after transfer is claimed.
async fn release_after(stage: &Stage, behaviour: Behaviour) -> Tried<(Talk, Part)> {
    let Some((_, part)) = stage.claimed(&[Operation::ReleaseAfterTransfer], &PEOPLE) else {
        return skip("a release-after transfer to a person is not claimed");
    };
    let talk = stage.talking().await?;
    stage.must(Deed::Behaves(&part.party, behaviour))?;
    Ok((talk, part))
}
