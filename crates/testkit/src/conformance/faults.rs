//! Requests and answers that get lost, sessions that are taken away, and what errors say.

use callcontrol_core::{
    CallId, CallRef, Effect, Error, ErrorKind, FeedItem, Filter, OpCx, Operation, SessionState, Target, TargetKind,
    Transfer, TransferMode, Verdict,
};
use tokio::time::timeout;

use super::report::{Stop, Tried, ensure, fail, skip};
use super::run::{Stand, play};
use super::stage::{Stage, Talk};
use super::{Deed, Mishap, Part};
use crate::switch::Behaviour;

/// A command that moves the customer at once, claimed here.
async fn a_move(stage: &Stage) -> Tried<(Talk, Part)> {
    let kinds = [
        TargetKind::Agent,
        TargetKind::Queue,
        TargetKind::Number,
        TargetKind::Ivr,
        TargetKind::LastAgent,
    ];
    let Some((_, part)) = stage.claimed(&[Operation::BlindTransfer], &kinds) else {
        return skip("no blind transfer is claimed");
    };
    let talk = stage.talking().await?;
    stage.harness.play(&Deed::Behaves(&part.party, Behaviour::Manual));
    Ok((talk, part))
}

fn inject(stage: &Stage, operation: Operation, mishap: Mishap) -> Tried {
    if stage.harness.inject(operation, mishap) {
        stage.story.remark(format!("the next {operation} meets: {mishap:?}"));
        Ok(())
    } else {
        skip(format!("the harness cannot play {mishap:?}"))
    }
}

/// How many requests for a blind transfer have gone out since `before`.
fn sent(stage: &Stage, before: Option<usize>) -> Option<usize> {
    let now = stage.harness.requests_for(Operation::BlindTransfer);
    now.zip(before).map(|(now, before)| now.saturating_sub(before))
}

pub(super) async fn a_lost_answer_moves_the_customer_once(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = a_move(stage).await?;
        inject(stage, Operation::BlindTransfer, Mishap::ReplyLost)?;
        let (cx, before) = (OpCx::new(), stage.harness.requests_for(Operation::BlindTransfer));
        let transfer = Transfer::new(part.target, TransferMode::Blind);
        let answered = talk.call.transfer_with(transfer, &cx).await;
        stage.settle().await;
        stage.moved(&talk.caller, 1)?;
        let times = sent(stage, before);
        ensure(times.is_none_or(|times| times == 1), || {
            format!("the answer was lost, and the transfer was sent {times:?} times")
        })?;
        let outcome = match &answered {
            Ok(receipt) => Some(receipt.outcome().await),
            Err(error) => {
                ensure(error.effect() != Effect::None, || {
                    format!("the switch acted, and the error says that it did not: {error}")
                })?;
                match stage.control.outcome_of(&cx.op) {
                    Some(outcome) => Some(outcome.wait().await),
                    None => None,
                }
            }
        };
        match outcome {
            Some(outcome) if outcome.verdict == Verdict::Failed => {
                fail(format!("the switch acted, and the outcome says \"{outcome}\""))
            }
            Some(outcome) => stage.agrees(&outcome, &talk.caller),
            None => fail("whatever became of the transfer, its operation must be known by its id"),
        }
    })
    .await
}

pub(super) async fn a_lost_request_is_not_sent_again(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = a_move(stage).await?;
        inject(stage, Operation::BlindTransfer, Mishap::RequestLost)?;
        let (cx, before) = (OpCx::new(), stage.harness.requests_for(Operation::BlindTransfer));
        let transfer = Transfer::new(part.target, TransferMode::Blind);
        let answered = talk.call.transfer_with(transfer, &cx).await;
        stage.settle().await;
        let times = sent(stage, before);
        ensure(times.is_none_or(|times| times <= 1), || {
            format!("nobody knows whether it arrived, and the transfer was sent {times:?} times")
        })?;
        stage.moved(&talk.caller, 0)?;
        match answered {
            Ok(receipt) => {
                let outcome = receipt.outcome().await;
                ensure(!outcome.is_done(), || {
                    format!("the request was lost, and the outcome says \"{outcome}\"")
                })
            }
            Err(error) => ensure(error.effect() == Effect::Unknown, || {
                format!("it may still arrive, and the error does not leave that open: {error}")
            }),
        }
    })
    .await
}

pub(super) async fn a_connection_refused_is_tried_again(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = a_move(stage).await?;
        inject(stage, Operation::BlindTransfer, Mishap::NotSent)?;
        let receipt = talk.call.blind_transfer(part.target).await?;
        let outcome = receipt.outcome().await;
        ensure(outcome.verdict != Verdict::Failed, || {
            format!("tried again, and yet: {outcome}")
        })?;
        stage.settle().await;
        stage.moved(&talk.caller, 1)
    })
    .await
}

pub(super) async fn a_displaced_session_says_so(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let session = stage.sign_in().await?;
        let mut feed = stage.control.subscribe(Filter::session(session.id().clone()));
        stage.must(Deed::SomebodyElseSignsIn)?;
        let end = timeout(stage.harness.patience(), over(&mut feed)).await.ok().flatten();
        let told = matches!(end, Some(SessionState::Displaced | SessionState::Lost));
        ensure(told, || {
            format!("somebody else has signed in with this agent, and the feed tells {end:?}")
        })
    })
    .await
}

pub(super) async fn an_expired_session_says_so(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = a_move(stage).await?;
        inject(stage, Operation::BlindTransfer, Mishap::SessionExpired)?;
        match talk.call.blind_transfer(part.target).await {
            Ok(receipt) => {
                // Signing in again and sending what was provably refused is as good.
                let outcome = receipt.outcome().await;
                ensure(outcome.verdict != Verdict::Failed, || {
                    format!("signed in again, and yet: {outcome}")
                })?;
                stage.settle().await;
                stage.moved(&talk.caller, 1)
            }
            Err(error) => {
                stage.settle().await;
                let kinds = [ErrorKind::SessionLost, ErrorKind::Displaced, ErrorKind::Credentials];
                ensure(kinds.contains(&error.kind()), || {
                    format!("the session has expired, and the error is: {error}")
                })?;
                stage.moved(&talk.caller, 0)
            }
        }
    })
    .await
}

async fn over(feed: &mut callcontrol_core::Feed) -> Option<SessionState> {
    while let Some(item) = feed.next().await {
        match item {
            FeedItem::Session(notice) if notice.state.is_over() => return Some(notice.state),
            _ => {}
        }
    }
    None
}

pub(super) async fn a_refused_command_has_no_effect(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = a_move(stage).await?;
        inject(stage, Operation::BlindTransfer, Mishap::Refused)?;
        match talk.call.blind_transfer(part.target).await {
            Ok(receipt) => {
                let outcome = receipt.outcome().await;
                ensure(!outcome.is_done(), || {
                    format!("the vendor refused, and the outcome is \"{outcome}\"")
                })?;
            }
            Err(error) => {
                ensure(error.effect() == Effect::None, || {
                    format!("the vendor refused, and the effect is left open: {error}")
                })?;
                no_secret(stage, &error)?;
            }
        }
        stage.settle().await;
        stage.moved(&talk.caller, 0)
    })
    .await
}

pub(super) async fn a_call_that_does_not_exist_is_refused_unsent(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let (talk, part) = a_move(stage).await?;
        let nowhere = CallRef {
            session: talk.session.id().clone(),
            call: CallId::new("call-of-nobody")?,
        };
        let before = stage.harness.requests();
        let transfer = Transfer::new(part.target, TransferMode::Blind);
        match stage.control.transfer(&nowhere, transfer, &OpCx::new()).await {
            Ok(_) => fail("a call that does not exist was transferred"),
            Err(error) => {
                ensure(error.kind() == ErrorKind::NotFound, || {
                    format!("not found was due, got: {error}")
                })?;
                ensure(error.effect() == Effect::None, || {
                    format!("nothing can have happened, and yet: {error}")
                })?;
                ensure(before == stage.harness.requests(), || {
                    "a request went out for it".to_owned()
                })?;
                stage.moved(&talk.caller, 0)
            }
        }
    })
    .await
}

pub(super) async fn a_hostile_address_is_refused_unsent(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        if !stage.claims(callcontrol_core::OperationKey::to(
            Operation::BlindTransfer,
            TargetKind::Agent,
        )) {
            return skip("a blind transfer to an agent is not claimed");
        }
        let talk = stage.talking().await?;
        for hostile in ["101/../x", "..", "%2e%2e", "a?b=c", "a#b"] {
            let before = stage.harness.requests();
            let Err(error) = talk.call.blind_transfer(Target::agent(hostile)?).await else {
                return fail(format!("an agent \"{hostile}\" was accepted"));
            };
            // An address that is sent properly encoded may be refused by the vendor instead.
            let unsent = before == stage.harness.requests();
            let refused = unsent || error.native().is_some() || error.kind() == ErrorKind::NotFound;
            ensure(refused && error.effect() == Effect::None, || {
                format!("an agent \"{hostile}\": {error}")
            })?;
        }
        stage.settle().await;
        stage.moved(&talk.caller, 0)
    })
    .await
}

pub(super) async fn no_error_shows_a_secret(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        if stage.harness.secrets().is_empty() {
            return skip("the harness names no secrets");
        }
        if let Some(wrong) = stage.harness.wrong_password()
            && let Err(error) = callcontrol_core::Session::open(&stage.control, wrong).await
        {
            no_secret(stage, &error)?;
        }
        let (talk, part) = a_move(stage).await?;
        for mishap in [Mishap::Refused, Mishap::RequestLost, Mishap::NotSent, Mishap::ReplyLost] {
            if stage.harness.inject(Operation::BlindTransfer, mishap)
                && let Err(error) = talk.call.blind_transfer(part.target.clone()).await
            {
                no_secret(stage, &error)?;
            }
        }
        let shown = format!("{:?} {}", stage.bare, stage.story);
        secret_in(stage, &shown).map_or(Ok(()), |_| fail("the adapter's Debug or its events show a secret"))
    })
    .await
}

/// Neither the error nor any of its causes shows a secret.
fn no_secret(stage: &Stage, error: &Error) -> Tried {
    let mut shown = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        shown.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    match secret_in(stage, &shown) {
        // The text itself must not be repeated, here least of all.
        Some(number) => Err(Stop::Fail(format!(
            "an error shows secret number {number} of the harness"
        ))),
        None => Ok(()),
    }
}

fn secret_in(stage: &Stage, text: &str) -> Option<usize> {
    stage
        .harness
        .secrets()
        .iter()
        .position(|secret| text.contains(secret.as_str()))
}
