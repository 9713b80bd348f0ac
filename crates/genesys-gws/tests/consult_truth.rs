//! Each row of the table in `docs/vendors/genesys-gws.md`: what the server shows of a consult, what the outcome says of the customer, and what the switch knows.
//! The customer is never on hold without the outcome saying so.

mod support;

use std::time::Duration;

use callcontrol_core::{
    CallControl, Cause, ConsultStep, CustomerAt, Effect, ErrorKind, EventKind, LegAction, LegState, OpCx, Outcome,
    Scope, Verdict,
};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{
    ConsultFailure, ConsulteeCall, EventTiming, GwsFault, GwsOptions, GwsRequests, HeldWithConsult, Refusals,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party};
use support::*;

/// Both documented capability lists, events before and after the answer, with and without the token.
fn readings() -> Vec<(String, GwsOptions)> {
    let mut all = Vec::new();
    for held in [HeldWithConsult::SwapAndComplete, HeldWithConsult::Retrieve] {
        for timing in [
            EventTiming::BeforeAnswer(Duration::from_millis(40)),
            EventTiming::AfterAnswer(Duration::from_millis(40)),
        ] {
            let options = with(|o| (o.held_with_consult, o.event_timing, o.csrf) = (held, timing, true));
            all.push((format!("{held:?}, {timing:?}"), options));
        }
    }
    all
}

async fn room(options: GwsOptions) -> Site {
    room_with(options, quick(), |_| Trick::Pass).await
}

fn held() -> CustomerPlace {
    CustomerPlace::HeldBy(scenery::ANN.0.into())
}

fn with_ann() -> CustomerPlace {
    CustomerPlace::WithAgent(scenery::ANN.0.into())
}

fn with_bob() -> CustomerPlace {
    CustomerPlace::WithAgent(scenery::BOB.0.into())
}

/// Whatever became of the consult, Ann gets the customer back.
async fn taken_back(site: &Site, call: &Known, story: &str) {
    if site.customer(call) == held() {
        let back = settled(&site.act(call, LegAction::Retrieve).await).await;
        assert!(back.is_done() && back.customer == CustomerAt::Agent, "{story}: {back}");
    }
    assert_eq!(site.customer(call), with_ann(), "{story}");
}

#[tokio::test(start_paused = true)]
async fn a_consult_refused_by_the_answer_leaves_the_customer_with_the_agent() {
    for (story, mut options) in readings() {
        options.consult_failure = ConsultFailure::HttpError;
        let mut site = room(options).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Busy);
        let error = consult_bob(&site, &call).await.expect_err("refused");
        assert_eq!(error.effect(), Effect::None, "{story}: {error}");
        assert_eq!(site.customer(&call), with_ann(), "{story}");
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_consult_that_fails_after_acceptance_says_whether_the_customer_is_on_hold() {
    for failure in [
        ConsultFailure::ErrorEvent,
        ConsultFailure::Released,
        ConsultFailure::HeldThenError,
    ] {
        for auto_retrieve in [false, true] {
            for (story, mut options) in readings() {
                options.consult_failure = failure;
                options.auto_retrieve = auto_retrieve;
                let story = format!("{failure:?}, automatic retrieve {auto_retrieve}, {story}");
                let mut site = room(options).await;
                let call = site.talking().await;
                site.behaves(&bob(), Behaviour::Busy);
                let (receipt, _consult) = consult_bob(&site, &call).await.expect(&story);
                let outcome = settled(&receipt).await;
                assert_eq!(outcome.verdict, Verdict::Failed, "{story}: {outcome}");
                assert!(
                    matches_truth(outcome.customer, &site.customer(&call)),
                    "{story}: {outcome}"
                );
                site.event(|event| matches!(event.kind, EventKind::ConsultFailed { .. }))
                    .await;
                taken_back(&site, &call, &story).await;
                site.sign_out().await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_consult_left_dialling_stays_open_until_it_is_cancelled() {
    for (story, mut options) in readings() {
        options.consult_failure = ConsultFailure::LeftDialing;
        let mut site = room(options).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Busy);
        let (receipt, consult) = consult_bob(&site, &call).await.expect(&story);
        assert_eq!(receipt.within(Duration::from_secs(6)).await, None, "{story}");
        assert_eq!(site.customer(&call), held(), "{story}");
        let back = stepped(&site, &consult, ConsultStep::Cancel).await;
        assert!(back.is_done() && back.customer == CustomerAt::Agent, "{story}: {back}");
        assert_eq!(settled(&receipt).await.cause, Cause::Cancelled, "{story}");
        taken_back(&site, &call, &story).await;
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_whose_hold_was_not_told_is_on_hold_all_the_same() {
    for lost in 0..3 {
        let mut site = room(GwsOptions::default()).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Busy);
        site.sim.withhold_events(scenery::ANN.0);
        let (receipt, _consult) = consult_bob(&site, &call).await.expect("accepted");
        eventually(|| (site.sim.withheld_events(scenery::ANN.0).len() >= 3).then_some(())).await;
        // Held, Dialing, Released (and Held once more): one or both words of the hold are lost.
        let told = site.sim.withheld_events(scenery::ANN.0);
        let of_hold: Vec<usize> = (0..told.len()).filter(|at| told[*at].contains("Held")).collect();
        for at in of_hold.iter().rev().take(lost) {
            assert!(site.sim.drop_event(scenery::ANN.0, *at));
        }
        site.sim.release_events(scenery::ANN.0);
        let outcome = settled(&receipt).await;
        assert_eq!(
            (outcome.verdict, outcome.customer),
            (Verdict::Failed, CustomerAt::AgentHeld),
            "{lost} lost of {told:?}: {outcome}"
        );
        taken_back(&site, &call, "hold not told").await;
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_party_who_hangs_up_before_completion_leaves_the_customer_on_hold() {
    for (story, options) in readings() {
        let mut site = room(options).await;
        let (call, consult) = consulting_bob(&mut site).await;
        let third = site.switch().calls_of(&bob()).first().expect("in a call").id;
        // Nobody has told Ann yet when she completes.
        site.sim.withhold_events(scenery::ANN.0);
        site.switch()
            .with(|switch| switch.hang_up(&bob(), third))
            .expect("hangs up");
        let completed = site
            .gws
            .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
            .await;
        site.sim.release_events(scenery::ANN.0);
        match completed {
            Err(error) => assert_eq!(error.effect(), Effect::None, "{story}: {error}"),
            Ok(receipt) => {
                let outcome = settled(&receipt).await;
                assert_eq!(
                    (outcome.verdict, outcome.customer),
                    (Verdict::Failed, CustomerAt::AgentHeld),
                    "{story}: {outcome}"
                );
            }
        }
        assert_eq!((site.customer(&call), site.transfers(&call)), (held(), 0), "{story}");
        let back = stepped(&site, &consult, ConsultStep::Cancel).await;
        assert!(back.is_done(), "{story}: {back}");
        taken_back(&site, &call, &story).await;
        site.sign_out().await;
    }
}

/// The server says yes and does nothing; meanwhile somebody hangs up, and the one message that tells it must not pass for half a hand-over.
#[tokio::test(start_paused = true)]
async fn a_hand_over_that_never_happened_is_not_claimed_when_somebody_hangs_up() {
    for customer_leaves in [false, true] {
        let mut site = room(GwsOptions::default()).await;
        let (call, consult) = consulting_bob(&mut site).await;
        let accepted = GwsFault::Body {
            http: 200,
            body: r#"{"statusCode":0}"#.into(),
        };
        site.sim
            .fail_next(GwsRequests::Operation("CompleteTransfer".into()), accepted);
        let receipt = site
            .gws
            .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
            .await
            .expect("accepted");
        let third = site.switch().calls_of(&bob()).first().expect("in a call").id;
        let (who, what) = if customer_leaves {
            (customer_phone(), call.switch)
        } else {
            (bob(), third)
        };
        site.switch()
            .with(|switch| switch.hang_up(&who, what))
            .expect("hangs up");
        // The other one follows a second later: two Released, as after a hand-over.
        tokio::time::sleep(Duration::from_millis(900)).await;
        let (who, what) = if customer_leaves {
            (bob(), third)
        } else {
            (customer_phone(), call.switch)
        };
        site.switch()
            .with(|switch| switch.hang_up(&who, what))
            .expect("hangs up");
        let outcome = settled(&receipt).await;
        let (cause, customer) = if customer_leaves {
            (Cause::CustomerHungUp, CustomerAt::Gone)
        } else {
            (Cause::TargetHungUp, CustomerAt::AgentHeld)
        };
        assert_eq!(
            (outcome.verdict, &outcome.cause, outcome.customer),
            (Verdict::Failed, &cause, customer),
            "{outcome}"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_during_the_consult_is_gone_whatever_is_asked_next() {
    for (story, options) in readings() {
        let mut site = room(options).await;
        let (call, consult) = consulting_bob(&mut site).await;
        site.sim.withhold_events(scenery::ANN.0);
        site.switch()
            .with(|switch| switch.hang_up(&customer_phone(), call.switch))
            .expect("hangs up");
        let completed = site
            .gws
            .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
            .await;
        site.sim.release_events(scenery::ANN.0);
        match completed {
            Err(error) => assert_eq!(error.effect(), Effect::None, "{story}: {error}"),
            Ok(receipt) => {
                let outcome = settled(&receipt).await;
                assert_eq!(
                    (outcome.verdict, &outcome.cause, outcome.customer),
                    (Verdict::Failed, &Cause::CustomerHungUp, CustomerAt::Gone),
                    "{story}: {outcome}"
                );
            }
        }
        let left = site
            .gws
            .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
            .await
            .expect(&story);
        let left = settled(&left).await;
        assert_eq!(
            (left.verdict, left.customer),
            (Verdict::Failed, CustomerAt::Gone),
            "{story}: {left}"
        );
        eventually(|| site.switch().calls_of(&Party::agent("101")).is_empty().then_some(())).await;
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_consult_is_completed_while_it_rings_where_the_switch_does_that_and_else_nothing_moves() {
    for mute_transfer in [true, false] {
        for (story, mut options) in readings() {
            options.mute_transfer = mute_transfer;
            let mut site = room(options).await;
            let call = site.talking().await;
            site.behaves(&bob(), Behaviour::Manual);
            let (_receipt, consult) = consult_bob(&site, &call).await.expect(&story);
            eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
            site.event(|event| event.kind == EventKind::Dialing).await;
            match site
                .gws
                .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
                .await
            {
                Err(error) => {
                    assert!(!mute_transfer, "{story}: {error}");
                    assert_eq!(error.effect(), Effect::None, "{story}: {error}");
                    assert_eq!((site.customer(&call), site.transfers(&call)), (held(), 0), "{story}");
                }
                Ok(receipt) => {
                    let outcome = settled(&receipt).await;
                    assert_eq!(outcome.is_done(), mute_transfer, "{story}: {outcome}");
                    assert_true(&site, &call, &outcome, &story);
                    site.answers(&bob()).await;
                    assert_eq!(site.customer(&call), with_bob(), "{story}");
                }
            }
            site.sign_out().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_swap_the_consult_is_completed_as_before() {
    for (story, options) in readings() {
        if options.held_with_consult == HeldWithConsult::Retrieve {
            continue;
        }
        let mut site = room(options).await;
        let (call, consult) = consulting_bob(&mut site).await;
        let there = stepped(&site, &consult, ConsultStep::Swap).await;
        assert!(
            there.is_done() && there.customer == CustomerAt::Agent,
            "{story}: {there}"
        );
        assert_eq!(site.customer(&call), with_ann(), "{story}");
        let over = stepped(&site, &consult, ConsultStep::Complete).await;
        assert!(over.is_done() && over.customer == CustomerAt::Target, "{story}: {over}");
        assert_eq!(
            (site.customer(&call), site.transfers(&call)),
            (with_bob(), 1),
            "{story}"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_consult_for_a_transfer_becomes_a_conference_where_the_switch_lets_it_and_else_stays() {
    for mixed in [true, false] {
        for (story, mut options) in readings() {
            options.mixed_endings = mixed;
            let mut site = room(options).await;
            let (call, consult) = consulting_bob(&mut site).await;
            match site.gws.consult_step(&consult, ConsultStep::Merge, &OpCx::new()).await {
                Ok(receipt) => {
                    let outcome = settled(&receipt).await;
                    assert_eq!(outcome.is_done(), mixed, "{story}: {outcome}");
                    assert!(
                        matches_truth(outcome.customer, &site.customer(&call)),
                        "{story}: {outcome}"
                    );
                }
                Err(error) => {
                    assert!(!mixed, "{story}: {error}");
                    assert_eq!(
                        (error.effect(), site.customer(&call)),
                        (Effect::None, held()),
                        "{story}"
                    );
                }
            }
            site.sign_out().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_consult_sends_retrieve_only_where_the_switch_does_not_do_it_itself() {
    for auto_retrieve in [false, true] {
        for (story, mut options) in readings() {
            options.auto_retrieve = auto_retrieve;
            let mut site = room(options).await;
            let (call, consult) = consulting_bob(&mut site).await;
            let back = stepped(&site, &consult, ConsultStep::Cancel).await;
            assert!(back.is_done() && back.customer == CustomerAt::Agent, "{story}: {back}");
            assert_eq!(site.customer(&call), with_ann(), "{story}");
            assert_eq!(site.sent("Retrieve"), usize::from(!auto_retrieve), "{story}");
            site.sign_out().await;
        }
    }
}

/// Every order in which the words of a consult can come, each of them twice, and each of them lost once.
#[tokio::test(start_paused = true)]
async fn a_consult_and_its_completion_are_exact_in_every_order_of_events() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for lost in [None, Some(0), Some(1), Some(2)] {
            for twice in [false, true] {
                let story = format!("order {order:?}, lost {lost:?}, twice {twice}");
                let mut site = room(GwsOptions::default()).await;
                let call = site.talking().await;
                site.behaves(&bob(), Behaviour::Answers);
                site.sim.withhold_events(scenery::ANN.0);
                let (receipt, consult) = consult_bob(&site, &call).await.expect(&story);
                let_out(&site, &order, lost, twice, &story).await;
                let outcome = settled(&receipt).await;
                assert!(
                    outcome.is_done() && outcome.customer == CustomerAt::AgentHeld,
                    "{story}: {outcome}"
                );

                site.sim.withhold_events(scenery::ANN.0);
                let receipt = site
                    .gws
                    .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
                    .await
                    .expect(&story);
                let two: Vec<usize> = order.into_iter().filter(|at| *at < 2).collect();
                let_out(&site, &two, lost.filter(|at| *at < 2), twice, &story).await;
                let outcome = settled(&receipt).await;
                assert!(
                    outcome.is_done() && outcome.customer == CustomerAt::Target,
                    "{story}: {outcome}"
                );
                assert_eq!(
                    (site.customer(&call), site.transfers(&call)),
                    (with_bob(), 1),
                    "{story}"
                );
                site.sign_out().await;
            }
        }
    }
}

/// Lets withheld events out in this order of their places.
async fn let_out(site: &Site, order: &[usize], lost: Option<usize>, twice: bool, story: &str) {
    let ann = scenery::ANN.0;
    eventually(|| (site.sim.withheld_events(ann).len() >= order.len()).then_some(())).await;
    let mut places: Vec<usize> = (0..site.sim.withheld_events(ann).len()).collect();
    for wanted in order {
        let at = places.iter().position(|place| place == wanted).expect(story);
        if twice && lost != Some(*wanted) {
            assert!(site.sim.repeat_event(ann, at), "{story}");
        }
        let let_go = if lost == Some(*wanted) {
            site.sim.drop_event(ann, at)
        } else {
            site.sim.release_event(ann, at)
        };
        assert!(let_go, "{story}");
        places.remove(at);
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    site.sim.release_events(ann);
}

#[tokio::test(start_paused = true)]
async fn the_consulted_agents_call_keeps_our_id_when_the_server_renames_it() {
    for consultee in [
        ConsulteeCall::SameId,
        ConsulteeCall::NewId,
        ConsulteeCall::ReleasedThenNewId,
    ] {
        // Ann is the consulted one; Bob, at another desk, begins and completes.
        let mut site = room(with(|o| o.consultee = consultee)).await;
        let inbound = site
            .switch()
            .with(|switch| switch.place_call(scenery::CUSTOMER, &bob()))
            .expect("rings at Bob");
        let bobs = in_memory(&site.sim, quick(), |_| Trick::Pass);
        let open = callcontrol_core::OpenSession::new(callcontrol_core::AgentId::new("bob").expect("valid"))
            .password(callcontrol_simulators::gws::DEFAULT_PASSWORD);
        let session = bobs.open(open, &OpCx::new()).await.expect("signs in").session;
        let ringing = bobs.snapshot(Scope::All, &OpCx::new()).await.expect("asked");
        let (call, _) = ringing
            .session(&session)
            .expect("known")
            .calls
            .iter()
            .next()
            .expect("rings");
        let at = callcontrol_core::CallRef {
            session,
            call: call.clone(),
        };
        let answered = bobs
            .act(&at.clone().into(), LegAction::Answer, &OpCx::new())
            .await
            .expect("accepted");
        assert!(settled(&answered).await.is_done());
        site.behaves(&Party::agent(scenery::ANN.0), Behaviour::Manual);
        let request = callcontrol_core::StartConsult::new(number(scenery::ANN.1));
        let started = bobs.consult(&at, request, &OpCx::new()).await.expect("accepted");
        let offered = site.event(|event| event.kind == EventKind::Offered).await;
        let ours = offered.call.expect("a call");
        let mine = Known {
            at: callcontrol_core::CallRef {
                session: site.session.clone(),
                call: ours.clone(),
            },
            switch: inbound,
        };
        assert!(settled(&site.act(&mine, LegAction::Answer).await).await.is_done());
        assert!(settled(&started.receipt).await.is_done());
        let done = bobs
            .consult_step(&started.consult, ConsultStep::Complete, &OpCx::new())
            .await
            .expect("accepted");
        let outcome: Outcome = settled(&done).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Target,
            "{consultee:?}: {outcome}"
        );
        assert_eq!(site.customer(&mine), with_ann(), "{consultee:?}");

        let snapshot = site.gws.snapshot(Scope::All, &OpCx::new()).await.expect("asked");
        let calls = &snapshot.session(&site.session).expect("known").calls;
        assert_eq!(calls.len(), 1, "{consultee:?}: {calls:?}");
        if consultee != ConsulteeCall::ReleasedThenNewId {
            assert!(calls.contains_key(&ours), "{consultee:?}: {calls:?}");
            let receipt = site.act(&mine, LegAction::Hold).await;
            assert!(
                settled(&receipt).await.is_done(),
                "{consultee:?}: steered under its new id"
            );
        }
        assert!(calls.values().all(|view| view.state == LegState::Talking));
        bobs.shutdown(&OpCx::new()).await;
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_completion_leaves_the_consult_and_the_customer_where_they_were_however_it_is_told() {
    for refusals in [Refusals::Http, Refusals::Event, Refusals::Silent] {
        let mut site = room(with(|o| o.refusals = refusals)).await;
        let (call, consult) = consulting_bob(&mut site).await;
        site.sim.fail_next(
            GwsRequests::Operation("CompleteTransfer".into()),
            GwsFault::StatusCode { code: 3, http: 403 },
        );
        let error = site
            .gws
            .consult_step(&consult, ConsultStep::Complete, &OpCx::new())
            .await
            .expect_err("refused");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::InvalidState, Effect::None),
            "{error}"
        );
        assert_eq!(site.customer(&call), held());
        let over = stepped(&site, &consult, ConsultStep::Complete).await;
        assert!(
            over.is_done() && site.customer(&call) == with_bob(),
            "{refusals:?}: {over}"
        );
        site.sign_out().await;
    }
}
