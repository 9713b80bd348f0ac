//! Consults and the transfer that completes itself, in every ending and every way that the vendor's page leaves open: what the outcome says about the
//! customer is held against the switch.

mod support;

use std::time::Duration;

use callcontrol_core::{
    CallControl, CallId, Cause, ConferenceOp, ConsultRef, ConsultStep, CustomerAt, Dtmf, Effect, ErrorKind, EventKind,
    Executed, LegAction, LegRef, OpCx, OpId, StartConsult, Transfer, TransferMode, Verdict,
};
use callcontrol_simulators::gws::{
    Build, ConferenceBy, ConsultFailure, EventTiming, GwsFault, GwsOptions, GwsRequests, HeldWithConsult,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party};
use support::*;

async fn consult(site: &Site, call: &Known) -> (callcontrol_core::Receipt, ConsultRef) {
    let started = site
        .gws
        .consult(&call.at, StartConsult::new(number(scenery::BOB.1)), &OpCx::new())
        .await
        .expect("accepted");
    (started.receipt, started.consult)
}

/// Ann talks to Bob, the customer waits.
async fn consulting(site: &mut Site) -> (Known, ConsultRef) {
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Answers);
    let (receipt, consult) = consult(site, &call).await;
    let outcome = settled(&receipt).await;
    assert!(
        outcome.is_done() && outcome.customer == CustomerAt::AgentHeld,
        "{outcome}"
    );
    assert_eq!(site.customer(&call), CustomerPlace::HeldBy("101".into()));
    (call, consult)
}

async fn step(site: &Site, consult: &ConsultRef, step: ConsultStep) -> callcontrol_core::Outcome {
    let receipt = site
        .gws
        .consult_step(consult, step, &OpCx::new())
        .await
        .expect("accepted");
    settled(&receipt).await
}

fn release_after() -> Transfer {
    Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter)
}

/// Every reading of the page under which the happy endings must hold.
fn readings() -> Vec<(&'static str, GwsOptions)> {
    vec![
        ("documented", GwsOptions::default()),
        (
            "events before answers",
            with(|o| o.event_timing = EventTiming::BeforeAnswer(Duration::from_millis(60))),
        ),
        (
            "events after answers",
            with(|o| o.event_timing = EventTiming::AfterAnswer(Duration::from_millis(60))),
        ),
        ("events twice", with(|o| o.duplicate_events = true)),
        ("events reversed", with(|o| o.reverse_events = true)),
        (
            "held with Retrieve",
            with(|o| o.held_with_consult = HeldWithConsult::Retrieve),
        ),
        ("old build", with(|o| o.build = Build::Old)),
        ("wrong parent path", with(|o| o.wrong_parent_path = true)),
        ("unknown extras", with(|o| o.unknown_extras = true)),
        ("automatic retrieve", with(|o| o.auto_retrieve = true)),
        (
            "csrf everywhere",
            with(|o| {
                o.csrf = true;
                o.csrf_on_notifications = true;
                o.csrf_header = "X-Odd-Name".into();
            }),
        ),
        ("events ride along", with(|o| o.comet.events_ride = true)),
        (
            "conference by update",
            with(|o| o.conference_by = ConferenceBy::ParticipantsUpdated),
        ),
        (
            "conference by status",
            with(|o| o.conference_by = ConferenceBy::StatusChange),
        ),
    ]
}

#[tokio::test]
async fn a_consult_is_completed_under_every_reading_of_the_page() {
    for (name, options) in readings() {
        let mut site = site_with(options).await;
        let (call, consult) = consulting(&mut site).await;
        let outcome = step(&site, &consult, ConsultStep::Complete).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Target,
            "{name}: {outcome}"
        );
        assert_eq!(site.customer(&call), CustomerPlace::WithAgent("102".into()), "{name}");
        assert_eq!(site.sent("CompleteTransfer"), 1, "{name}");
        site.sign_out().await;
    }
}

#[tokio::test]
async fn a_consult_is_cancelled_under_every_reading_of_the_page() {
    for (name, options) in readings() {
        let retrieves = usize::from(!options.auto_retrieve);
        let mut site = site_with(options).await;
        let (call, consult) = consulting(&mut site).await;
        let receipt = site
            .gws
            .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
            .await
            .expect("accepted");
        assert!(matches!(&receipt.executed, Executed::Emulated { recipe, .. } if recipe == "hangup-then-retrieve"));
        let outcome = settled(&receipt).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Agent,
            "{name}: {outcome}"
        );
        assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()), "{name}");
        assert_eq!((site.sent("Hangup"), site.sent("Retrieve")), (1, retrieves), "{name}");
        site.sign_out().await;
    }
}

#[tokio::test]
async fn a_consult_is_swapped_there_and_back_and_merged_under_every_reading_of_the_page() {
    for (name, options) in readings() {
        let held_lists_no_swap = options.held_with_consult == HeldWithConsult::Retrieve;
        let mut site = site_with(options).await;
        let (call, consult) = consulting(&mut site).await;
        if !held_lists_no_swap {
            let there = step(&site, &consult, ConsultStep::Swap).await;
            assert!(
                there.is_done() && there.customer == CustomerAt::Agent,
                "{name}: {there}"
            );
            assert!(matches_truth(there.customer, &site.customer(&call)), "{name}");
            let back = step(&site, &consult, ConsultStep::Swap).await;
            assert!(
                back.is_done() && back.customer == CustomerAt::AgentHeld,
                "{name}: {back}"
            );
        }
        let merged = step(&site, &consult, ConsultStep::Merge).await;
        assert!(
            merged.is_done() && merged.customer == CustomerAt::Conference,
            "{name}: {merged}"
        );
        assert!(matches_truth(merged.customer, &site.customer(&call)), "{name}");
        let at: LegRef = call.at.clone().into();
        let tones = site
            .gws
            .send_dtmf(&at, Dtmf::new("12").expect("valid"), &OpCx::new())
            .await
            .expect("accepted");
        let tones = settled(&tones).await;
        assert!(
            tones.is_done() && tones.customer == CustomerAt::Conference,
            "{name}: {tones}"
        );
        site.sign_out().await;
    }
}

#[tokio::test]
async fn a_consult_for_a_conference_is_begun_with_its_own_operation() {
    let mut site = site().await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Answers);
    let request = StartConsult::new(number(scenery::BOB.1)).for_conference();
    let started = site
        .gws
        .consult(&call.at, request, &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&started.receipt).await.is_done());
    assert_eq!((site.sent("InitiateConference"), site.sent("InitiateTransfer")), (1, 0));
    let merged = step(&site, &started.consult, ConsultStep::Merge).await;
    assert!(
        merged.is_done() && matches_truth(merged.customer, &site.customer(&call)),
        "{merged}"
    );

    let party = number(scenery::BOB.1);
    let receipt = site
        .gws
        .conference(&call.at, ConferenceOp::Remove { party }, &OpCx::new())
        .await
        .expect("accepted");
    let removed = settled(&receipt).await;
    assert!(removed.is_done() && removed.customer == CustomerAt::Agent, "{removed}");
    assert!(matches_truth(removed.customer, &site.customer(&call)));
    site.sign_out().await;
}

#[tokio::test]
async fn a_party_is_brought_in_in_one_step() {
    let mut site = site().await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Answers);
    let to = number(scenery::BOB.1);
    let receipt = site
        .gws
        .conference(&call.at, ConferenceOp::Add { to }, &OpCx::new())
        .await
        .expect("accepted");
    let outcome = settled(&receipt).await;
    assert!(
        outcome.is_done() && outcome.customer == CustomerAt::Conference,
        "{outcome}"
    );
    assert!(matches_truth(outcome.customer, &site.customer(&call)));
    site.sign_out().await;
}

#[tokio::test]
async fn a_consult_that_fails_in_any_variant_says_where_the_customer_is() {
    for (variant, customer) in [
        (ConsultFailure::ErrorEvent, CustomerAt::Agent),
        (ConsultFailure::Released, CustomerAt::AgentHeld),
        (ConsultFailure::HeldThenError, CustomerAt::AgentHeld),
    ] {
        let mut site = site_with(with(|o| o.consult_failure = variant)).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Busy);
        let (receipt, consult) = consult(&site, &call).await;
        let outcome = settled(&receipt).await;
        assert_eq!(
            (outcome.verdict, outcome.customer),
            (Verdict::Failed, customer),
            "{variant:?}: {outcome}"
        );
        assert!(matches_truth(outcome.customer, &site.customer(&call)), "{variant:?}");
        // However it failed, cancelling brings the customer back.
        let back = step(&site, &consult, ConsultStep::Cancel).await;
        assert!(
            back.is_done() && back.customer == CustomerAt::Agent,
            "{variant:?}: {back}"
        );
        assert_eq!(
            site.customer(&call),
            CustomerPlace::WithAgent("101".into()),
            "{variant:?}"
        );
        site.sign_out().await;
    }
}

#[tokio::test]
async fn a_consult_refused_over_http_did_nothing_and_one_left_dialling_can_be_cancelled() {
    let mut site = site_with(with(|o| o.consult_failure = ConsultFailure::HttpError)).await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Busy);
    let request = StartConsult::new(number(scenery::BOB.1));
    let error = site
        .gws
        .consult(&call.at, request, &OpCx::new())
        .await
        .expect_err("refused");
    assert_eq!(error.effect(), Effect::None, "{error}");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));

    site.sim
        .update_options(|o| o.consult_failure = ConsultFailure::LeftDialing);
    let (receipt, consult) = consult(&site, &call).await;
    let cancelled = step(&site, &consult, ConsultStep::Cancel).await;
    assert!(
        cancelled.is_done() && cancelled.customer == CustomerAt::Agent,
        "{cancelled}"
    );
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));
    let outcome = settled(&receipt).await;
    assert_eq!(
        (outcome.verdict, &outcome.cause),
        (Verdict::Failed, &Cause::Cancelled),
        "{outcome}"
    );
    site.sign_out().await;
}

#[tokio::test]
async fn a_consult_that_failed_is_retrieved_by_hand_although_the_list_is_stale() {
    let mut site = site().await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Busy);
    let (receipt, _consult) = consult(&site, &call).await;
    assert_eq!(settled(&receipt).await.customer, CustomerAt::AgentHeld);
    let outcome = settled(&site.act(&call, LegAction::Retrieve).await).await;
    assert!(
        outcome.is_done() && site.customer(&call) == CustomerPlace::WithAgent("101".into()),
        "{outcome}"
    );
    site.sign_out().await;
}

#[tokio::test]
async fn a_consult_completed_while_it_rings_hands_the_customer_over_unanswered() {
    let mut site = site().await;
    let call = site.talking().await;
    let (receipt, consult) = consult(&site, &call).await;
    eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
    site.event(|event| event.kind == EventKind::Dialing).await;
    let outcome = step(&site, &consult, ConsultStep::Complete).await;
    assert!(outcome.is_done() && outcome.customer == CustomerAt::Target, "{outcome}");
    assert_eq!(
        settled(&receipt).await.verdict,
        Verdict::Unknown,
        "whether Bob answered is not told any more"
    );
    site.answers(&bob()).await;
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("102".into()));
    site.sign_out().await;
}

#[tokio::test]
async fn a_customer_who_hangs_up_during_the_consult_is_gone_and_cancelling_frees_the_agent() {
    let mut site = site().await;
    let (call, consult) = consulting(&mut site).await;
    site.switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch))
        .expect("hangs up");
    site.event(|event| matches!(event.kind, EventKind::Released { .. }) && event.call.as_ref() == Some(of(&call)))
        .await;
    let error = site
        .gws
        .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
        .await
        .expect_err("nobody to hand over");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::NotFound, Effect::None),
        "{error}"
    );
    let outcome = step(&site, &consult, ConsultStep::Cancel).await;
    assert_eq!(
        (outcome.verdict, outcome.customer, &outcome.cause),
        (Verdict::Failed, CustomerAt::Gone, &Cause::CustomerHungUp)
    );
    eventually(|| site.switch().calls_of(&Party::agent("101")).is_empty().then_some(())).await;
    site.sign_out().await;
}

#[tokio::test]
async fn a_third_party_who_hangs_up_leaves_the_customer_on_hold_and_complete_is_refused_with_nothing_moved() {
    let mut site = site().await;
    let (call, consult) = consulting(&mut site).await;
    let third = site.switch().calls_of(&bob()).first().expect("in a call").id;
    site.switch()
        .with(|switch| switch.hang_up(&bob(), third))
        .expect("hangs up");
    site.event(|event| matches!(event.kind, EventKind::Released { .. }))
        .await;
    let error = site
        .gws
        .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
        .await
        .expect_err("nobody there");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::InvalidState, Effect::None),
        "{error}"
    );
    let outcome = step(&site, &consult, ConsultStep::Cancel).await;
    assert!(
        outcome.is_done() && site.customer(&call) == CustomerPlace::WithAgent("101".into()),
        "{outcome}"
    );
    site.sign_out().await;
}

#[tokio::test]
async fn a_complete_whose_answer_is_lost_is_resolved_and_never_sent_twice() {
    for fault in [GwsFault::ReplyLost, GwsFault::ReplyTruncated] {
        let mut site = site().await;
        let (call, consult) = consulting(&mut site).await;
        site.sim
            .fail_next(GwsRequests::Operation("CompleteTransfer".into()), fault.clone());
        let op = OpId::fresh();
        let error = site
            .gws
            .consult_step(&consult, ConsultStep::Complete, &OpCx::with_op(op.clone()))
            .await
            .expect_err("lost");
        assert_eq!(error.effect(), Effect::Unknown, "{fault:?}: {error}");
        let outcome = site.gws.outcome_of(&op).expect("tracked").wait().await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Target,
            "{fault:?}: {outcome}"
        );
        assert_eq!(site.customer(&call), CustomerPlace::WithAgent("102".into()));
        assert_eq!(site.sent("CompleteTransfer"), 1);
        site.sign_out().await;
    }
}

#[tokio::test]
async fn a_consult_lost_on_the_way_stays_unknown_as_nobody_can_say_more() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim
        .fail_next(GwsRequests::Operation("InitiateTransfer".into()), GwsFault::RequestLost);
    let op = OpId::fresh();
    let request = StartConsult::new(number(scenery::BOB.1));
    let error = site
        .gws
        .consult(&call.at, request, &OpCx::with_op(op.clone()))
        .await
        .expect_err("lost");
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    let outcome = site.gws.outcome_of(&op).expect("tracked").wait().await;
    assert_eq!(
        (outcome.verdict, outcome.customer),
        (Verdict::Unknown, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(site.sent("InitiateTransfer"), 1);
    site.sign_out().await;
}

#[tokio::test]
async fn a_release_after_transfer_completes_itself_when_the_target_answers() {
    for (name, options) in readings() {
        let mut site = site_with(options).await;
        let call = site.talking().await;
        let receipt = site
            .gws
            .transfer(&call.at, release_after(), &OpCx::new())
            .await
            .expect("accepted");
        assert!(matches!(&receipt.executed, Executed::Emulated { recipe, .. } if recipe == "consult-then-complete"));
        assert_eq!(
            receipt.within(Duration::from_millis(50)).await,
            None,
            "{name}: Bob has not answered"
        );
        site.answers(&bob()).await;
        let outcome = settled(&receipt).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Target,
            "{name}: {outcome}"
        );
        assert_eq!(site.customer(&call), CustomerPlace::WithAgent("102".into()), "{name}");
        site.sign_out().await;
    }
}

#[tokio::test]
async fn a_release_after_transfer_that_fails_in_any_variant_gives_the_customer_back_to_the_agent() {
    for variant in [
        ConsultFailure::ErrorEvent,
        ConsultFailure::Released,
        ConsultFailure::LeftDialing,
        ConsultFailure::HeldThenError,
    ] {
        for auto_retrieve in [false, true] {
            let options = with(|o| {
                o.consult_failure = variant;
                o.auto_retrieve = auto_retrieve;
            });
            let mut site = site_with(options).await;
            let call = site.talking().await;
            site.behaves(&bob(), Behaviour::Busy);
            let receipt = site
                .gws
                .transfer(&call.at, release_after(), &OpCx::new())
                .await
                .expect("accepted");
            let outcome = settled(&receipt).await;
            let name = format!("{variant:?}, automatic retrieve {auto_retrieve}: {outcome}");
            assert_eq!(
                (outcome.verdict, outcome.customer),
                (Verdict::Failed, CustomerAt::Agent),
                "{name}"
            );
            assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()), "{name}");
            site.event(|event| matches!(event.kind, EventKind::TransferFailed { .. }))
                .await;
            site.sign_out().await;
        }
    }
}

#[tokio::test]
async fn a_target_that_never_answers_gives_the_customer_back_in_the_end() {
    let mut site = site().await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Manual);
    let receipt = site
        .gws
        .transfer(&call.at, release_after(), &OpCx::new())
        .await
        .expect("accepted");
    let outcome = settled(&receipt).await;
    assert_eq!(
        (outcome.verdict, &outcome.cause, outcome.customer),
        (Verdict::Failed, &Cause::NoAnswer, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));
    site.sign_out().await;
}

#[tokio::test]
async fn a_release_after_transfer_is_taken_back_while_the_target_rings() {
    let mut site = site().await;
    let call = site.talking().await;
    let op = OpId::fresh();
    let receipt = site
        .gws
        .transfer(&call.at, release_after(), &OpCx::with_op(op.clone()))
        .await
        .expect("accepted");
    eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
    let cancel = site
        .gws
        .cancel_transfer(&call.at, &op, &OpCx::new())
        .await
        .expect("accepted");
    let outcome = settled(&cancel).await;
    assert!(outcome.is_done() && outcome.customer == CustomerAt::Agent, "{outcome}");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));
    let transfer = settled(&receipt).await;
    assert_eq!(
        (transfer.verdict, &transfer.cause),
        (Verdict::Failed, &Cause::Cancelled),
        "{transfer}"
    );
    let again = site
        .gws
        .cancel_transfer(&call.at, &OpId::fresh(), &OpCx::new())
        .await
        .expect_err("no such transfer");
    assert_eq!(again.kind(), ErrorKind::InvalidState);
    site.sign_out().await;
}

#[tokio::test]
async fn a_customer_who_hangs_up_while_the_target_rings_leaves_no_consult_dangling() {
    let mut site = site().await;
    let call = site.talking().await;
    let receipt = site
        .gws
        .transfer(&call.at, release_after(), &OpCx::new())
        .await
        .expect("accepted");
    eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
    site.switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch))
        .expect("hangs up");
    let outcome = settled(&receipt).await;
    assert_eq!(
        (&outcome.cause, outcome.customer),
        (&Cause::CustomerHungUp, CustomerAt::Gone),
        "{outcome}"
    );
    eventually(|| site.switch().calls_of(&Party::agent("101")).is_empty().then_some(())).await;
    site.sign_out().await;
}

#[tokio::test]
async fn a_hand_over_that_is_refused_gives_the_customer_back() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim.fail_next(
        GwsRequests::Operation("CompleteTransfer".into()),
        GwsFault::StatusCode { code: 2, http: 400 },
    );
    let receipt = site
        .gws
        .transfer(&call.at, release_after(), &OpCx::new())
        .await
        .expect("accepted");
    site.answers(&bob()).await;
    let outcome = settled(&receipt).await;
    assert_eq!(
        (outcome.verdict, outcome.customer),
        (Verdict::Failed, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));
    site.sign_out().await;
}

#[tokio::test]
async fn a_refused_cancel_leaves_the_consult_standing() {
    let mut site = site().await;
    let (call, consult) = consulting(&mut site).await;
    site.sim.fail_next(
        GwsRequests::Operation("Hangup".into()),
        GwsFault::StatusCode { code: 3, http: 403 },
    );
    let error = site
        .gws
        .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
        .await
        .expect_err("refused");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::InvalidState, Effect::None),
        "{error}"
    );
    assert_eq!(site.customer(&call), CustomerPlace::HeldBy("101".into()));
    let outcome = step(&site, &consult, ConsultStep::Complete).await;
    assert!(
        outcome.is_done() && site.customer(&call) == CustomerPlace::WithAgent("102".into()),
        "{outcome}"
    );
    site.sign_out().await;
}

#[tokio::test]
async fn targets_that_have_no_number_are_refused_with_nothing_sent() {
    use callcontrol_core::Target;
    let mut site = site().await;
    let call = site.talking().await;
    let mark = site.sim.requests().mark();
    for target in [
        Target::agent("102"),
        Target::queue_id("25"),
        Target::ivr("1321"),
        Target::named("agent:bob"),
    ] {
        let request = Transfer::new(target.expect("valid"), TransferMode::Blind);
        let error = site
            .gws
            .transfer(&call.at, request, &OpCx::new())
            .await
            .expect_err("no number");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
        assert!(error.to_string().contains("[directory]"), "{error}");
    }
    let three_way = StartConsult::new(number("7002")).three_way();
    assert_eq!(
        site.gws
            .consult(&call.at, three_way, &OpCx::new())
            .await
            .expect_err("lacking")
            .kind(),
        ErrorKind::Unsupported
    );
    let suspend = Transfer::new(number("1321"), TransferMode::Suspend);
    assert_eq!(
        site.gws
            .transfer(&call.at, suspend, &OpCx::new())
            .await
            .expect_err("lacking")
            .kind(),
        ErrorKind::Unsupported
    );
    let relay = site
        .gws
        .conference(&call.at, ConferenceOp::RelayDtmf, &OpCx::new())
        .await
        .expect_err("lacking");
    assert_eq!(relay.kind(), ErrorKind::Unsupported);
    let mut unknown = call.at.clone();
    unknown.call = CallId::new("call-of-nobody").expect("valid");
    let request = Transfer::new(number("7002"), TransferMode::Blind);
    assert_eq!(
        site.gws
            .transfer(&unknown, request, &OpCx::new())
            .await
            .expect_err("unknown")
            .kind(),
        ErrorKind::NotFound
    );
    let commands = site.sim.requests().since(mark);
    assert!(
        commands.iter().all(|request| !request.body.contains("operationName")),
        "{commands:?}"
    );
    site.sign_out().await;
}

#[tokio::test]
async fn the_other_calls_uri_goes_back_as_given_and_nothing_goes_to_its_host() {
    let mut site = site().await;
    let (_call, consult) = consulting(&mut site).await;
    assert!(step(&site, &consult, ConsultStep::Swap).await.is_done());
    let all = site.sim.requests().all();
    let swap = all
        .iter()
        .find(|request| request.body.contains("SwapCalls"))
        .expect("sent");
    assert!(
        swap.body
            .contains("\"otherCallUri\":\"http://gws.example:8090/api/v2/me/calls/"),
        "{}",
        swap.body
    );
    let own = site.server.as_ref().expect("served").addr().to_string();
    for request in &all {
        let host = request
            .headers
            .iter()
            .find(|(name, _)| name == "host")
            .map(|(_, value)| value.as_str());
        assert_eq!(host, Some(own.as_str()), "{request:?}");
    }
    site.sign_out().await;
}

#[tokio::test]
async fn two_agents_of_one_adapter_have_each_their_own_session_and_pass_a_call_between_them() {
    use callcontrol_core::{AgentId, OpenSession};
    use callcontrol_simulators::gws::DEFAULT_PASSWORD;
    let mut site = site().await;
    let bob = OpenSession::new(AgentId::new("bob").expect("valid")).password(DEFAULT_PASSWORD);
    let bobs = site.gws.open(bob, &OpCx::new()).await.expect("signs in").session;
    let call = site.talking().await;
    let blind = Transfer::new(number(scenery::BOB.1), TransferMode::Blind);
    let receipt = site
        .gws
        .transfer(&call.at, blind, &OpCx::new())
        .await
        .expect("accepted");
    let offered = site
        .event(|event| event.kind == EventKind::Offered && event.session == bobs)
        .await;
    assert!(settled(&receipt).await.is_done());
    let at = LegRef {
        session: bobs.clone(),
        call: offered.call.expect("a call"),
    };
    let answered = site
        .gws
        .act(&at, LegAction::Answer, &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&answered).await.is_done());
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("102".into()));
    let sessions: std::collections::BTreeSet<String> = site
        .sim
        .requests()
        .all()
        .iter()
        .flat_map(|request| request.headers.clone())
        .filter(|(name, _)| name == "cookie")
        .filter_map(|(_, value)| {
            value
                .split("; ")
                .find(|pair| pair.starts_with("JSESSIONID"))
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(sessions.len(), 2);
    site.sign_out().await;
}
