//! An application, written once. It knows agents and logical targets, no vendor: which one it runs on is the configuration's business.

use callcontrol::{Consult, CustomerAt, Error, Outcome, Result, Session, Target};

/// Takes the next call, asks the colleague, and hands the customer over; when the colleague cannot help, the customer comes back.
/// `meanwhile` is where a test moves the other parties once the colleague's telephone rings.
///
/// # Errors
/// Those of the operations.
pub async fn answer_consult_complete(ann: &Session, colleague: &str, meanwhile: impl AsyncFnOnce()) -> Result<Outcome> {
    let call = next_call(ann).await?;
    let consult: Consult = call.consult(Target::named(colleague)?).await?;
    meanwhile().await;
    match consult.answered().await {
        Some(outcome) if outcome.is_done() => Ok(consult.complete().await?.outcome().await),
        Some(outcome) if outcome.customer == CustomerAt::Gone => Ok(outcome),
        _ => Ok(consult.cancel().await?.outcome().await),
    }
}

/// Takes the next call and sends it on without waiting.
///
/// # Errors
/// Those of the operations.
pub async fn answer_and_send_on(ann: &Session, to: &str) -> Result<Outcome> {
    let call = next_call(ann).await?;
    Ok(call.blind_transfer(Target::named(to)?).await?.outcome().await)
}

/// Takes the next call and gives it back to a queue.
///
/// # Errors
/// Those of the operations.
pub async fn answer_and_requeue(ann: &Session, queue: &str) -> Result<Outcome> {
    let call = next_call(ann).await?;
    Ok(call.requeue(Target::named(queue)?).await?.outcome().await)
}

async fn next_call(ann: &Session) -> Result<callcontrol::Call> {
    let call = ann
        .next_offered()
        .await
        .ok_or_else(|| Error::not_found("the feed has ended"))?;
    call.answer().await?.outcome().await;
    Ok(call)
}

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The examples of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide.md")]
pub struct Guide;
