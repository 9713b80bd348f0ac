//! What goes wrong between adapter and server: lost answers, forgotten sessions, swept streams, strange codes. Nothing is done twice, nobody is lost.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callcontrol_core::{
    AgentId, CallControl, CustomerAt, Effect, EmulationPolicy, ErrorKind, EventKind, FeedItem, LegAction, LegRef,
    NativeRequest, OpCx, OpId, OpenSession, Scope, SessionState, Stack, StackOptions, Transfer, TransferMode, Verdict,
};
use callcontrol_genesys_gws::Gws;
use callcontrol_http::{Attempt, Trick};
use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsFault, GwsOptions, GwsRequests, GwsSimulator, NotAllowed};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{CustomerPlace, Party};
use support::*;

fn blind() -> Transfer {
    Transfer::new(number(scenery::BOB.1), TransferMode::Blind)
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_leaves_nothing_behind() {
    let (sim, server, gws) = adapter(GwsOptions::default()).await;
    let request = OpenSession::new(AgentId::new("ann").expect("valid")).password("CANARY-wrong");
    let error = gws.open(request, &OpCx::new()).await.expect_err("refused");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Credentials, Effect::None),
        "{error}"
    );
    assert!(!error.is_retryable());
    assert_eq!(sim.requests().all().len(), 1);
    assert!(!format!("{error} {error:?} {gws:?}").contains("CANARY"));
    let info = gws
        .open(ann(), &OpCx::new())
        .await
        .expect("the right one works afterwards");
    assert_eq!(info.session.as_str(), "ann");
    gws.shutdown(&OpCx::new()).await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_nothing_happened() {
    let (_sim, server, _gws) = adapter(GwsOptions::default()).await;
    let gws = connect(&server, quick());
    server.stop().await;
    let error = gws.open(ann(), &OpCx::new()).await.expect_err("nobody there");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::None),
        "{error}"
    );
}

#[tokio::test]
async fn the_same_agent_cannot_be_signed_in_twice_here() {
    let site = site().await;
    let error = site.gws.open(ann(), &OpCx::new()).await.expect_err("already");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
    site.sign_out().await;
}

#[tokio::test]
async fn a_stay_that_cannot_start_fails_the_sign_in_and_leaves_no_pump() {
    for (fault, kind) in [
        (GwsFault::StatusCode { code: 19, http: 400 }, ErrorKind::TargetUnavailable),
        (GwsFault::HtmlPage(503), ErrorKind::VendorFailure),
        (
            GwsFault::Body {
                http: 200,
                body: r#"{"statusCode":7,"succeeded":[],"failed":[{"statusCode":4,"statusMessage":"no","channel":"voice"}]}"#.into(),
            },
            ErrorKind::VendorFailure,
        ),
    ] {
        let (sim, server, gws) = adapter(GwsOptions::default()).await;
        sim.fail_next(GwsRequests::Operation("StartContactCenterSession".into()), fault.clone());
        let error = gws.open(ann(), &OpCx::new()).await.expect_err("refused");
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        let mark = sim.requests().mark();
        assert!(sim.requests().all().iter().any(|request| request.body.contains("/meta/disconnect")));
        gws.open(ann(), &OpCx::new()).await.expect("a second try works");
        assert!(sim.requests().mark() > mark);
        gws.shutdown(&OpCx::new()).await;
        server.stop().await;
    }
}

/// A contact centre whose server takes the start of a stay and says nothing more about it; Ann's sign-in, which cannot succeed in this time.
async fn half_open(limit: Duration) -> (GwsSimulator, Arc<Gws>) {
    half_open_at("StartContactCenterSession", limit).await
}

/// The same, with silence to the first request that holds this word.
async fn half_open_at(word: &'static str, limit: Duration) -> (GwsSimulator, Arc<Gws>) {
    let sim = GwsSimulator::new(scenery::switch(), GwsOptions::default());
    let left = AtomicUsize::new(1);
    let silent_once = move |attempt: &Attempt<'_>| {
        let body = attempt.request.body_bytes().map(|body| String::from_utf8_lossy(body));
        let path = attempt.request.path();
        let is_it = body.is_some_and(|body| body.contains(word)) || path.path_and_query().contains(word);
        let less = |left: usize| left.checked_sub(1);
        let is_hit = is_it && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if is_hit { Trick::DropReply } else { Trick::Pass }
    };
    let gws = in_memory(&sim, quick(), silent_once);
    let begun = tokio::time::Instant::now();
    let error = gws
        .open(ann(), &OpCx::new().within(limit))
        .await
        .expect_err("no answer");
    assert!(
        begun.elapsed() <= limit.mul_f64(1.01),
        "{:?} of {limit:?}",
        begun.elapsed()
    );
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    (sim, gws)
}

/// What was sent to begin and to end a stay, in order.
fn stays(sim: &GwsSimulator) -> Vec<&'static str> {
    let words = ["StartContactCenterSession", "EndContactCenterSession"];
    let requests = sim.requests().all();
    let sent = requests
        .iter()
        .filter_map(|request| words.into_iter().find(|word| request.body.contains(*word)));
    sent.collect()
}

fn is_signed_in(sim: &GwsSimulator) -> bool {
    let ann = |switch: &mut callcontrol_testkit::switch::Switch| {
        switch.agent(scenery::ANN.0).is_some_and(|ann| ann.signed_in())
    };
    sim.switch().with(ann)
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_takes_too_long_fails_in_time_and_nobody_stays_signed_in() {
    let (sim, gws) = half_open(Duration::from_secs(2)).await;
    assert!(is_signed_in(&sim), "the start got through");
    eventually(|| (!is_signed_in(&sim)).then_some(())).await;
    assert_eq!(stays(&sim), ["StartContactCenterSession", "EndContactCenterSession"]);
    gws.shutdown(&OpCx::new()).await;
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_whose_stay_began_and_whose_sign_out_is_not_over_is_not_said_to_have_done_nothing() {
    // The first look at the state has no answer, when the stay has begun already; `half_open_at` holds the error to it.
    let (sim, gws) = half_open_at("%2Ccalls", Duration::from_secs(2)).await;
    assert!(is_signed_in(&sim), "for this moment");
    gws.shutdown(&OpCx::new()).await;
    assert!(!is_signed_in(&sim));
}

#[tokio::test(start_paused = true)]
async fn who_signs_in_again_at_once_waits_for_the_sign_out_of_the_failed_attempt() {
    let (sim, gws) = half_open(Duration::from_secs(2)).await;
    gws.open(ann(), &OpCx::new()).await.expect("a second try works");
    let [start, end] = ["StartContactCenterSession", "EndContactCenterSession"];
    assert_eq!(stays(&sim), [start, end, start]);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(is_signed_in(&sim), "no late sign-out ends the new stay");
    gws.shutdown(&OpCx::new()).await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_the_sign_out_of_a_failed_sign_in_and_dropping_everything_does_not() {
    let (sim, gws) = half_open(Duration::from_secs(2)).await;
    gws.shutdown(&OpCx::new()).await;
    assert!(!is_signed_in(&sim));

    let (_sim, gws) = half_open(Duration::from_secs(2)).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    drop(gws);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(tasks(), 0, "nothing goes on");
}

#[tokio::test]
async fn partial_success_with_voice_among_it_is_success() {
    let (sim, server, gws) = adapter(GwsOptions::default()).await;
    gws.open(ann(), &OpCx::new()).await.expect("signs in");
    gws.shutdown(&OpCx::new()).await;
    sim.switch()
        .with(|switch| switch.sign_in(scenery::ANN.0))
        .expect("known");
    let body = r#"{"statusCode":7,"failed":[{"statusCode":4,"channel":"multimedia"}],"succeeded":[{"statusCode":0,"channel":"voice"}]}"#;
    let fault = GwsFault::Body {
        http: 200,
        body: body.into(),
    };
    sim.fail_next(GwsRequests::Operation("StartContactCenterSession".into()), fault);
    let gws = connect(&server, quick());
    gws.open(ann(), &OpCx::new()).await.expect("voice was started");
    gws.shutdown(&OpCx::new()).await;
    server.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_refused_fails_the_sign_in() {
    let mut options = GwsOptions::default();
    options.comet.deny_handshake = true;
    let (_sim, server, gws) = adapter(options).await;
    let error = gws.open(ann(), &OpCx::new()).await.expect_err("no events, no session");
    assert!(error.to_string().contains("event stream"), "{error}");
    assert_eq!(error.effect(), Effect::None);
    server.stop().await;
}

#[tokio::test]
async fn an_expired_http_session_is_renewed_once_and_the_refused_command_is_sent_again() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim.expire_http_sessions();
    let receipt = site
        .gws
        .transfer(&call.at, blind(), &OpCx::new())
        .await
        .expect("renewed");
    let outcome = settled(&receipt).await;
    assert!(outcome.is_done() && outcome.customer == CustomerAt::Target, "{outcome}");
    assert_eq!(site.transfers(&call), 1);
    let basic = |site: &Site| {
        let all = site.sim.requests().all();
        all.iter()
            .filter(|request| request.headers.iter().any(|(name, _)| name == "authorization"))
            .count()
    };
    assert_eq!(basic(&site), 2);
    // The stream follows: what happens from now on is told.
    site.ringing_from(scenery::OTHER_CUSTOMER).await;
    assert_eq!(basic(&site), 2, "stream and command renewed it together");
    assert_eq!(
        site.sent("StartContactCenterSession"),
        1,
        "the agent was still signed in at the switch"
    );
    site.sign_out().await;
}

#[tokio::test]
async fn a_password_changed_meanwhile_ends_the_session_after_one_attempt() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim
        .update_options(|options| options.users[0].password = "changed".into());
    site.sim.expire_http_sessions();
    let error = site
        .gws
        .transfer(&call.at, blind(), &OpCx::new())
        .await
        .expect_err("gone");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::SessionLost, Effect::None),
        "{error}"
    );
    loop {
        match tokio::time::timeout(PATIENCE, site.feed.next())
            .await
            .expect("told")
            .expect("open")
        {
            FeedItem::Session(notice) if notice.state == SessionState::Lost => break,
            _ => {}
        }
    }
    let error = site
        .gws
        .transfer(&call.at, blind(), &OpCx::new())
        .await
        .expect_err("over");
    assert_eq!(error.kind(), ErrorKind::SessionLost);
    let refused = site
        .sim
        .requests()
        .all()
        .into_iter()
        .filter(|request| request.headers.iter().any(|(name, _)| name == "authorization"));
    assert_eq!(refused.count(), 2, "one sign-in, one attempt to renew");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));
}

#[tokio::test]
async fn a_swept_stream_is_set_up_again_the_gap_announced_and_what_was_missed_made_up_for() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim.lose_events(scenery::ANN.0, 1);
    site.switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch))
        .expect("hangs up");
    site.sim.sweep_comet_sessions();
    let mut gap = false;
    loop {
        match tokio::time::timeout(PATIENCE, site.feed.next())
            .await
            .expect("told")
            .expect("open")
        {
            FeedItem::Gap(_) => gap = true,
            FeedItem::Event(event) if matches!(event.kind, EventKind::Released { .. }) => break,
            _ => {}
        }
    }
    assert!(gap, "the gap comes before what it hid");
    site.ringing().await;
    site.sign_out().await;
}

#[tokio::test]
async fn a_fail_over_to_another_node_is_survived() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim.fail_over();
    let held = settled(&site.act(&call, LegAction::Hold).await).await;
    assert!(held.is_done() && held.customer == CustomerAt::AgentHeld, "{held}");
    let back = settled(&site.act(&call, LegAction::Retrieve).await).await;
    assert!(back.is_done(), "{back}");
    site.sign_out().await;
}

#[tokio::test]
async fn an_outcome_whose_event_was_lost_is_found_by_asking() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim.lose_events(scenery::ANN.0, 1);
    let outcome = settled(&site.act(&call, LegAction::Hold).await).await;
    assert!(
        outcome.is_done() && outcome.customer == CustomerAt::AgentHeld,
        "{outcome}"
    );
    assert_eq!(outcome.evidence, callcontrol_core::Evidence::Snapshot);
    site.sign_out().await;
}

#[tokio::test]
async fn a_blind_transfer_whose_answer_is_lost_is_sent_once_and_never_said_to_be_done() {
    for fault in [GwsFault::ReplyLost, GwsFault::ReplyTruncated] {
        let mut site = site().await;
        let call = site.talking().await;
        site.sim
            .fail_next(GwsRequests::Operation("SingleStepTransfer".into()), fault.clone());
        let op = OpId::fresh();
        let error = site
            .gws
            .transfer(&call.at, blind(), &OpCx::with_op(op.clone()))
            .await
            .expect_err("lost");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        let outcome = site.gws.outcome_of(&op).expect("tracked").wait().await;
        assert_eq!(
            (outcome.verdict, outcome.customer),
            (Verdict::Unknown, CustomerAt::Unknown),
            "{fault:?}: {outcome}"
        );
        assert_eq!((site.transfers(&call), site.sent("SingleStepTransfer")), (1, 1));
        site.sign_out().await;
    }
}

#[tokio::test]
async fn a_customer_who_hangs_up_after_a_transfer_that_got_lost_was_not_transferred() {
    let mut site = site().await;
    let call = site.talking().await;
    site.sim.fail_next(
        GwsRequests::Operation("SingleStepTransfer".into()),
        GwsFault::RequestLost,
    );
    let op = OpId::fresh();
    let sent = site.gws.transfer(&call.at, blind(), &OpCx::with_op(op.clone())).await;
    assert_eq!(sent.expect_err("lost").effect(), Effect::Unknown);
    site.sim
        .switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch))
        .expect("on the line");
    let outcome = site.gws.outcome_of(&op).expect("tracked").wait().await;
    assert_eq!(
        (outcome.verdict, outcome.customer),
        (Verdict::Unknown, CustomerAt::Unknown),
        "{outcome}"
    );
    assert_eq!(site.transfers(&call), 0);
    site.sign_out().await;
}

#[tokio::test]
async fn an_answer_after_the_deadline_leaves_a_transfer_unknown() {
    let mut site = site().await;
    let call = site.talking().await;
    let fault = GwsFault::ReplyDelayed(Duration::from_millis(500));
    site.sim
        .fail_next(GwsRequests::Operation("SingleStepTransfer".into()), fault);
    let op = OpId::fresh();
    let cx = OpCx::with_op(op.clone()).within(Duration::from_millis(150));
    let error = site.gws.transfer(&call.at, blind(), &cx).await.expect_err("late");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::Unknown),
        "{error}"
    );
    let outcome = site.gws.outcome_of(&op).expect("tracked").wait().await;
    assert_eq!(outcome.verdict, Verdict::Unknown, "{outcome}");
    assert_eq!((site.transfers(&call), site.sent("SingleStepTransfer")), (1, 1));
    site.sign_out().await;
}

#[tokio::test]
async fn strange_answers_say_what_they_prove() {
    let mut site = site().await;
    let call = site.talking().await;
    let body = |body: &str| GwsFault::Body {
        http: 200,
        body: body.into(),
    };
    for (fault, kind, effect) in [
        (GwsFault::HtmlPage(200), ErrorKind::Protocol, Effect::Unknown),
        (GwsFault::HtmlPage(502), ErrorKind::VendorFailure, Effect::Unknown),
        (
            GwsFault::StatusCode { code: 4711, http: 200 },
            ErrorKind::VendorUnknown,
            Effect::Unknown,
        ),
        (
            GwsFault::StatusCode { code: 4, http: 503 },
            ErrorKind::VendorFailure,
            Effect::None,
        ),
        (
            GwsFault::StatusCode { code: 6, http: 404 },
            ErrorKind::NotFound,
            Effect::None,
        ),
        (
            GwsFault::StatusCode { code: 9, http: 200 },
            ErrorKind::VendorFailure,
            Effect::Unknown,
        ),
        (body("{}"), ErrorKind::Protocol, Effect::Unknown),
        (body("[[[["), ErrorKind::Protocol, Effect::Unknown),
    ] {
        site.sim
            .fail_next(GwsRequests::Operation("SingleStepTransfer".into()), fault.clone());
        let error = site
            .gws
            .transfer(&call.at, blind(), &OpCx::new())
            .await
            .expect_err("strange");
        assert_eq!((error.kind(), error.effect()), (kind, effect), "{fault:?}: {error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    assert_eq!(site.transfers(&call), 0);
    let outcome = settled(&site.act(&call, LegAction::Hold).await).await;
    assert!(outcome.is_done(), "the session goes on: {outcome}");
    site.sign_out().await;
}

#[tokio::test]
async fn an_operation_that_came_too_late_fails_by_the_servers_word_in_each_of_its_forms() {
    for not_allowed in [NotAllowed::Invalid, NotAllowed::Forbidden, NotAllowed::Event] {
        let mut options = GwsOptions::default();
        options.not_allowed = not_allowed;
        let mut site = site_with(options).await;
        let call = site.talking().await;
        // Our picture is stale: the desk phone has put the customer on hold and nobody told us.
        site.sim.lose_events(scenery::ANN.0, 1);
        site.switch()
            .with(|switch| switch.hold(scenery::ANN.0, call.switch))
            .expect("holds");
        let at: LegRef = call.at.clone().into();
        let digits = callcontrol_core::Dtmf::new("1").expect("valid");
        match site.gws.send_dtmf(&at, digits, &OpCx::new()).await {
            Err(error) => assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::InvalidState, Effect::None),
                "{error}"
            ),
            Ok(receipt) => {
                assert_eq!(not_allowed, NotAllowed::Event);
                assert_eq!(settled(&receipt).await.verdict, Verdict::Failed);
            }
        }
        site.sign_out().await;
    }
}

#[tokio::test]
async fn messages_nobody_documented_are_passed_on_and_rubbish_on_the_stream_is_survived() {
    let mut site = site().await;
    site.sim.send_unknown_event(scenery::ANN.0);
    let event = site.event(|event| matches!(event.kind, EventKind::Other { .. })).await;
    assert!(event.raw.is_some());
    for fault in [
        GwsFault::HtmlPage(200),
        GwsFault::Body {
            http: 200,
            body: "[7,{},{\"channel\":3}]".into(),
        },
        GwsFault::ReplyTruncated,
    ] {
        site.sim.fail_next(GwsRequests::Comet("/meta/connect".into()), fault);
    }
    let call = site.ringing().await;
    let receipt = site.act(&call, LegAction::Answer).await;
    assert!(settled(&receipt).await.is_done());
    site.sign_out().await;
}

#[tokio::test]
async fn an_adapter_started_anew_finds_the_call_as_it_is_and_the_consult_can_be_ended() {
    use callcontrol_core::{ConsultRef, ConsultStep, StartConsult};
    let mut first = site().await;
    let call = first.talking().await;
    let started = first
        .gws
        .consult(&call.at, StartConsult::new(number(scenery::BOB.1)), &OpCx::new())
        .await
        .expect("accepted");
    first.answers(&Party::agent(scenery::BOB.0)).await;
    assert!(settled(&started.receipt).await.is_done());
    // The process dies: nothing is signed out.
    drop(first.gws);
    let gws = connect(first.server.as_ref().expect("served"), quick());
    gws.open(ann(), &OpCx::new()).await.expect("signs in");
    let snapshot = gws.snapshot(Scope::All, &OpCx::new()).await.expect("asked");
    let calls = &snapshot.session(&first.session).expect("known").calls;
    let (original, _) = calls
        .iter()
        .find(|(_, view)| view.consult_for.is_none())
        .expect("the customer's call");
    let consult = ConsultRef {
        id: started.consult.id.clone(),
        call: callcontrol_core::CallRef {
            session: first.session.clone(),
            call: original.clone(),
        },
    };
    let receipt = gws
        .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&receipt).await.is_done());
    let truth = first
        .sim
        .switch()
        .with(|switch| switch.customer_at(call.switch))
        .expect("a customer");
    assert_eq!(truth, CustomerPlace::WithAgent("102".into()));
    gws.shutdown(&OpCx::new()).await;
}

#[tokio::test]
async fn a_dropped_adapter_stops_asking() {
    let site = site().await;
    drop((site.gws, site.feed));
    eventually(|| {
        site.sim
            .requests()
            .all()
            .iter()
            .any(|request| request.body.contains("/meta/disconnect"))
            .then_some(())
    })
    .await;
    let mark = site.sim.requests().mark();
    tokio::task::yield_now().await;
    assert_eq!(site.sim.requests().mark(), mark);
}

#[tokio::test]
async fn emulations_are_refused_with_nothing_sent_where_the_deployment_denies_them() {
    let mut site = site().await;
    let call = site.talking().await;
    let mut options = StackOptions::default();
    options.emulation = EmulationPolicy::Deny;
    let stack = Stack::over(Arc::clone(&site.gws) as Arc<dyn CallControl>, options);
    let mark = site.sim.requests().mark();
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
    let error = stack
        .transfer(&call.at, request, &OpCx::new())
        .await
        .expect_err("denied");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        site.sim
            .requests()
            .since(mark)
            .iter()
            .all(|request| !request.body.contains("operationName"))
    );
    site.sign_out().await;
}

#[tokio::test]
async fn a_native_request_carries_the_sessions_credential_and_stays_below_the_base_path() {
    let site = site().await;
    let request = NativeRequest::new("GET", ["diagnostics", "version"]).session(site.session.clone());
    let reply = site.gws.native(request, &OpCx::new()).await.expect("answered");
    assert!(
        reply.status == 200 && reply.body.contains("8.5.202.96"),
        "{}",
        reply.body
    );
    let escape = NativeRequest::new("GET", ["..", "internal-api"]).session(site.session.clone());
    let error = site.gws.native(escape, &OpCx::new()).await.expect_err("escapes");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
    assert!(!format!("{:?}", site.gws).contains(DEFAULT_PASSWORD));
    site.sign_out().await;
}
