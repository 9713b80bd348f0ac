//! A platform that answers nothing but failures is left alone, is looked at from time to time, and is used again as soon as it answers.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::*;
use support::{Play, Recorder, call, stack};
use tokio::time::Instant;

fn out_of_service() -> Error {
    Error::new(
        ErrorKind::VendorFailure,
        Effect::Unknown,
        "the service is not available now",
    )
    .with_native(NativeFault {
        http_status: Some(503),
        ..NativeFault::default()
    })
}

async fn hold(control: &Arc<dyn CallControl>) -> Result<Receipt> {
    control.act(&call().into(), LegAction::Hold, &OpCx::new()).await
}

#[tokio::test(start_paused = true)]
async fn after_twenty_failures_in_a_row_commands_are_refused_with_nothing_sent() {
    let adapter = Recorder::everything();
    adapter.play((0..1000).map(|_| Play::Fail(out_of_service())));
    let control = stack(&adapter);
    for _ in 0..20 {
        assert_eq!(hold(&control).await.unwrap_err().effect(), Effect::Unknown);
    }
    let before = adapter.seen().len();
    let cx = OpCx::new().within(Duration::from_millis(100));
    let error = control.act(&call().into(), LegAction::Hold, &cx).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unreachable, Effect::None));
    assert!(error.retry_after().is_some(), "{error}");
    assert_eq!(adapter.seen().len(), before);
}

#[tokio::test(start_paused = true)]
async fn one_command_at_a_time_goes_to_see_and_the_pauses_grow() {
    let adapter = Recorder::everything();
    adapter.play((0..10_000).map(|_| Play::Fail(out_of_service())));
    let control = stack(&adapter);
    for _ in 0..20 {
        assert!(hold(&control).await.is_err());
    }
    let (before, started) = (adapter.seen().len(), Instant::now());
    while started.elapsed() < Duration::from_secs(60) {
        let cx = OpCx::new().within(Duration::from_millis(50));
        assert!(control.act(&call().into(), LegAction::Hold, &cx).await.is_err());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let probes = adapter.seen().len() - before;
    assert!((10..=16).contains(&probes), "{probes} probes in a minute");
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_lets_everybody_through_again() {
    let adapter = Recorder::everything();
    adapter.play((0..20).map(|_| Play::Fail(out_of_service())));
    let control = stack(&adapter);
    for _ in 0..20 {
        assert!(hold(&control).await.is_err());
    }
    // Refused at first, tried again when the pause is over, all within the deadline.
    hold(&control).await.unwrap();
    for _ in 0..5 {
        hold(&control).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_about_the_command_does_not_count() {
    let adapter = Recorder::everything();
    adapter.play((0..100).map(|_| Play::Fail(Error::invalid_state("no call to hold"))));
    let control = stack(&adapter);
    for _ in 0..60 {
        assert_eq!(hold(&control).await.unwrap_err().kind(), ErrorKind::InvalidState);
    }
    assert_eq!(adapter.seen().len(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_names_a_time_is_not_asked_before_it() {
    let adapter = Recorder::everything();
    let too_many = Error::new(ErrorKind::RateLimited, Effect::None, "too many requests");
    adapter.play([
        Play::Fail(too_many.with_retry_after(Some(Duration::from_secs(3)))),
        Play::Accept,
    ]);
    let started = Instant::now();
    hold(&stack(&adapter)).await.unwrap();
    let took = started.elapsed();
    assert!(
        took >= Duration::from_secs(3) && took < Duration::from_secs(4),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_the_deadline_is_handed_to_the_caller() {
    let adapter = Recorder::everything();
    let too_many = Error::new(ErrorKind::RateLimited, Effect::None, "too many requests");
    adapter.play([
        Play::Fail(too_many.with_retry_after(Some(Duration::from_secs(60)))),
        Play::Accept,
    ]);
    let error = hold(&stack(&adapter)).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    assert_eq!(adapter.seen().len(), 1);
}
