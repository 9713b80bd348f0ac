//! Each layer's promise, shown over a recording adapter.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::*;
use support::*;

#[tokio::test(start_paused = true)]
async fn what_the_manifest_does_not_claim_is_refused_with_nothing_sent() {
    let adapter = Recorder::new(Capabilities::none());
    let error = stack(&adapter)
        .transfer(&call(), blind("7002"), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unsupported, Effect::None));
    assert_eq!(error.operation(), Some("blind-transfer"));
    assert!(adapter.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_logical_target_reaches_the_adapter_as_the_vendors_address() {
    let adapter = Recorder::everything();
    let name = TargetName::new("queue:billing").unwrap();
    let directory = Directory::empty().with(name, Target::queue_id("25").unwrap()).unwrap();
    let mut options = StackOptions::default();
    options.directory = directory;
    let control = Stack::over(adapter.clone(), options);

    let transfer = |name: &str| Transfer::new(Target::named(name).unwrap(), TransferMode::Blind);
    control
        .transfer(&call(), transfer("queue:billing"), &OpCx::new())
        .await
        .unwrap();
    let Some(Command::Transfer { request, .. }) = adapter.seen().pop() else {
        panic!("no transfer")
    };
    assert_eq!(request.to, Target::queue_id("25").unwrap());

    let error = control
        .transfer(&call(), transfer("queue:biling"), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTarget);
    assert_eq!(adapter.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_transfer_while_one_waits_for_its_outcome_is_a_conflict_naming_the_first() {
    let adapter = Recorder::everything();
    let control = stack(&adapter);
    let first = control.transfer(&call(), blind("7002"), &OpCx::new()).await.unwrap();
    let error = control
        .transfer(&call(), blind("7003"), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Conflict, Effect::None));
    assert_eq!(error.running(), Some(&first.op));
    assert_eq!(adapter.seen().len(), 1);

    adapter
        .hub
        .settle(&first.op, Outcome::failed(Cause::Busy, CustomerAt::Agent));
    control.transfer(&call(), blind("7003"), &OpCx::new()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn two_commands_at_once_on_one_call_conflict_and_tones_go_beside_them() {
    let adapter = Recorder::everything();
    adapter.play([Play::Hang]);
    let control = stack(&adapter);
    let held = tokio::spawn({
        let control = Arc::clone(&control);
        async move { control.act(&call().into(), LegAction::Hold, &OpCx::new()).await }
    });
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let error = control
        .act(&call().into(), LegAction::Retrieve, &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    control
        .send_dtmf(&call().into(), Dtmf::new("1").unwrap(), &OpCx::new())
        .await
        .unwrap();
    let timed_out = held.await.unwrap().unwrap_err();
    assert_eq!(
        (timed_out.kind(), timed_out.effect()),
        (ErrorKind::Timeout, Effect::Unknown)
    );
    control
        .act(&call().into(), LegAction::Retrieve, &OpCx::new())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_command_that_provably_did_nothing_is_tried_again_within_the_deadline() {
    let adapter = Recorder::everything();
    adapter.play([Play::Fail(unreachable()), Play::Fail(unreachable()), Play::Accept]);
    stack(&adapter)
        .transfer(&call(), blind("7002"), &OpCx::new())
        .await
        .unwrap();
    assert_eq!(adapter.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_command_whose_fate_is_unknown_is_never_sent_twice() {
    let adapter = Recorder::everything();
    let lost = Error::new(
        ErrorKind::ConnectionLost,
        Effect::Unknown,
        "reset after the request was written",
    );
    adapter.play([Play::Fail(lost)]);
    let error = stack(&adapter)
        .transfer(&call(), blind("7002"), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(adapter.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_password_is_tried_once() {
    let adapter = Recorder::everything();
    adapter.play([Play::Fail(Error::new(
        ErrorKind::Credentials,
        Effect::None,
        "wrong password",
    ))]);
    let request = OpenSession::new(AgentId::new("101").unwrap());
    assert!(stack(&adapter).open(request, &OpCx::new()).await.is_err());
    assert_eq!(adapter.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_failures_empties_the_budget_of_retries() {
    let adapter = Recorder::everything();
    adapter.play((0..2000).map(|_| Play::Fail(unreachable())));
    let control = stack(&adapter);
    for _ in 0..200 {
        let cx = OpCx::new().within(Duration::from_secs(60));
        assert!(
            control
                .dial(&session(), Dial::to(Target::number("1").unwrap()), &cx)
                .await
                .is_err()
        );
    }
    assert!(
        adapter.seen().len() <= 240,
        "{} requests for 200 commands",
        adapter.seen().len()
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_vendor_costs_the_deadline_and_not_more() {
    let adapter = Recorder::everything();
    adapter.play([Play::Hang]);
    let started = tokio::time::Instant::now();
    let cx = OpCx::new().within(Duration::from_secs(4));
    let error = stack(&adapter).transfer(&call(), blind("7002"), &cx).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
    let took = started.elapsed();
    assert!(
        took >= Duration::from_secs(4) && took < Duration::from_millis(4040),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_operation_id_twice_gets_the_same_receipt_and_one_request() {
    let adapter = Recorder::everything();
    let control = stack(&adapter);
    let cx = OpCx::with_op(OpId::new("my-op").unwrap());
    let first = control.transfer(&call(), blind("7002"), &cx).await.unwrap();
    let again = control.transfer(&call(), blind("7002"), &cx).await.unwrap();
    assert_eq!(first.op, again.op);
    assert_eq!(adapter.seen().len(), 1);
    adapter.hub.settle(&first.op, Outcome::done(CustomerAt::Target));
    assert!(again.outcome().await.is_done());

    let other = control.transfer(&call(), blind("7003"), &cx).await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::InvalidInput);
    assert_eq!(adapter.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_changes_nothing_and_the_outcome_stays_available() {
    let adapter = Recorder::everything();
    adapter.play([Play::After(Duration::from_secs(2))]);
    let control = stack(&adapter);
    let cx = OpCx::with_op(OpId::new("dropped").unwrap());
    let given_up = tokio::time::timeout(Duration::from_secs(1), control.transfer(&call(), blind("7002"), &cx)).await;
    assert!(given_up.is_err());
    let error = control
        .transfer(&call(), blind("7003"), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);

    let receipt = control.transfer(&call(), blind("7002"), &cx).await.unwrap();
    assert_eq!(adapter.seen().len(), 1);
    adapter.hub.settle(&cx.op, Outcome::done(CustomerAt::Target));
    assert!(receipt.outcome().await.is_done());
    assert!(control.outcome_of(&cx.op).unwrap().peek().unwrap().is_done());
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_panics_takes_nobody_with_it() {
    let adapter = Recorder::everything();
    adapter.play([Play::Panic]);
    let control = stack(&adapter);
    let error = control
        .transfer(&call(), blind("7002"), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Internal, Effect::Unknown));
    control.transfer(&call(), blind("7002"), &OpCx::new()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn limits_are_checked_before_anything_is_sent() {
    let mut limits = Limits::default();
    limits.number_chars = Some(24);
    limits.call_data_bytes = Some(16 * 1024);
    limits.dtmf_tones = Some(24);
    let adapter = Recorder::new(everything().limits(limits));
    let control = stack(&adapter);
    let long = control
        .transfer(&call(), blind(&"9".repeat(25)), &OpCx::new())
        .await
        .unwrap_err();
    let data = CallDataPatch::text("x".repeat(17 * 1024));
    let heavy = control
        .transfer(&call(), blind("7002").data(data), &OpCx::new())
        .await
        .unwrap_err();
    let tones = control
        .send_dtmf(&call().into(), Dtmf::new("1".repeat(25)).unwrap(), &OpCx::new())
        .await
        .unwrap_err();
    for (error, says) in [(long, "25 characters"), (heavy, "17408 bytes"), (tones, "25 tones")] {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(adapter.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_shutdown_commands_are_refused_and_feeds_end() {
    let adapter = Recorder::everything();
    let control = stack(&adapter);
    let mut feed = control.subscribe(Filter::all());
    control.shutdown(&OpCx::new()).await;
    let error = control
        .transfer(&call(), blind("7002"), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Closed, Effect::None));
    assert!(matches!(feed.next().await, Some(FeedItem::Snapshot(_))));
    assert!(feed.next().await.is_none());
}
