//! An address that is dead, a machine that slept, a path that is not the engine's: what a command does then, and that the customer moves at most once.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{CallControl, Effect, ErrorKind, IdSource, OpCx, RobotMode, Transfer, TransferMode};
use callcontrol_http::{FailoverTransport, Transport};
use callcontrol_huawei_oifde::Oifde;

use crate::support::{Play, Script, adapter, bob, config, set_mode, supervised, transfer, yes};

/// The engine at two addresses.
fn at_two(first: &Arc<Script>, second: &Arc<Script>) -> Arc<Oifde> {
    let first: Arc<dyn Transport> = Arc::clone(first) as _;
    let second: Arc<dyn Transport> = Arc::clone(second) as _;
    let transport = Arc::new(FailoverTransport::new(first, [second]));
    Oifde::new(config(), transport, IdSource::seeded(1)).expect("valid configuration")
}

#[tokio::test(start_paused = true)]
async fn when_the_address_in_use_dies_the_next_command_reaches_the_other_one() {
    let mut up = true;
    // Gives out a token and takes one change of mode, then nobody listens any more.
    let first = Script::with_tokens(move |_| if std::mem::take(&mut up) { yes() } else { Play::Refused });
    let second = Script::willing();
    let oifde = at_two(&first, &second);
    let call = supervised(&oifde).await;
    set_mode(&oifde, &call, RobotMode::Insertion).await.expect("accepted");
    assert!(second.seen().is_empty(), "the first address is in use");
    transfer(&oifde, &call, bob())
        .await
        .expect("accepted at the other address");
    assert_eq!(
        (first.changes(), second.changes()),
        (2, 1),
        "one was turned away, one taken"
    );
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_one_address_may_have_taken_is_not_given_to_the_other() {
    let (first, second) = (Script::with_tokens(|_| Play::Reset), Script::willing());
    let oifde = at_two(&first, &second);
    let call = supervised(&oifde).await;
    let error = transfer(&oifde, &call, bob()).await.expect_err("lost");
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!((first.changes(), second.changes()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn after_a_long_sleep_of_the_machine_a_command_asks_for_one_new_token_and_goes_out_once() {
    for asleep in [Duration::from_secs(600), Duration::from_secs(7200)] {
        let script = Script::willing();
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        set_mode(&oifde, &call, RobotMode::Insertion).await.expect("accepted");
        tokio::time::advance(asleep).await;
        let order = OpCx::new().within(Duration::from_secs(5));
        let request = Transfer::new(bob(), TransferMode::Blind);
        oifde.transfer(&call, request, &order).await.expect("accepted");
        let outlived = asleep < Duration::from_secs(3600);
        assert_eq!(
            (script.tokens(), script.changes()),
            (if outlived { 1 } else { 2 }, 2),
            "{asleep:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_path_that_is_not_the_engines_names_the_base_url_and_a_refused_right_does_not() {
    for (status, kind, names_base) in [
        (403, ErrorKind::Permission, false),
        (404, ErrorKind::Config, true),
        (405, ErrorKind::Config, true),
    ] {
        let script = Script::with_tokens(move |_| Play::html(status));
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        let error = transfer(&oifde, &call, bob()).await.expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{error}");
        assert_eq!(error.to_string().contains("base URL"), names_base, "{status}: {error}");
        assert_eq!(script.changes(), 1);
    }
}
