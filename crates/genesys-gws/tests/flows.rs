//! The flows of the vendor page, section 12, one by one: with events before and after the HTTP answer, with both capability lists, with and without the CSRF token.
//! The switch's journal is the judge.

mod support;

use std::time::Duration;

use callcontrol_core::{
    AgentState, AgentStateRequest, CallControl, ConferenceOp, ConsultStep, CustomerAt, Dial, Dtmf, EventKind,
    LegAction, LegRef, OpCx, PhoneNumber, QueueRef, Requeue, Target, Transfer, TransferMode, Verdict,
};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{EventTiming, GwsOptions, HeldWithConsult};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SwitchEvent};
use support::*;

/// Eight servers: events before or after the answer × the two lists × with and without the token.
fn servers() -> Vec<(String, GwsOptions)> {
    let mut all = Vec::new();
    for timing in [
        EventTiming::BeforeAnswer(Duration::from_millis(18)),
        EventTiming::AfterAnswer(Duration::from_millis(20)),
    ] {
        for held in [HeldWithConsult::SwapAndComplete, HeldWithConsult::Retrieve] {
            for csrf in [false, true] {
                let name = format!("{timing:?}, {held:?}, csrf {csrf}");
                let options = with(|o| {
                    o.event_timing = timing;
                    o.held_with_consult = held;
                    (o.csrf, o.csrf_on_notifications) = (csrf, csrf);
                    o.csrf_header = "X-Odd-Name".into();
                });
                all.push((name, options));
            }
        }
    }
    all
}

async fn room(options: GwsOptions) -> Site {
    room_with(options, quick(), |_| Trick::Pass).await
}

fn facts(site: &Site, such: impl Fn(&SwitchEvent) -> bool) -> usize {
    site.switch().journal().count(such)
}

#[tokio::test(start_paused = true)]
async fn flow_1_a_call_is_answered_and_hung_up_by_either_side() {
    for (name, options) in servers() {
        for by_agent in [true, false] {
            let mut site = room(options.clone()).await;
            let call = site.talking().await;
            if by_agent {
                let released = settled(&site.act(&call, LegAction::Release).await).await;
                assert!(
                    released.is_done() && released.customer == CustomerAt::Gone,
                    "{name}: {released}"
                );
            } else {
                site.switch()
                    .with(|switch| switch.hang_up(&customer_phone(), call.switch))
                    .expect("hangs up");
            }
            site.event(|event| matches!(event.kind, EventKind::Released { .. }))
                .await;
            assert_eq!(site.customer(&call), CustomerPlace::Gone, "{name}");
            assert_eq!(
                facts(&site, |fact| matches!(fact, SwitchEvent::Answered { .. })),
                1,
                "{name}"
            );
            site.sign_out().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn flow_1_a_caller_who_gives_up_was_never_answered() {
    for (name, options) in servers() {
        let mut site = room(options).await;
        let call = site.ringing().await;
        site.switch()
            .with(|switch| switch.hang_up(&customer_phone(), call.switch))
            .expect("gives up");
        site.event(|event| event.kind == EventKind::Unanswered).await;
        assert_eq!(site.sent("Answer"), 0, "{name}");
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn flow_2_a_two_step_transfer_moves_the_customer_once() {
    for (name, options) in servers() {
        let mut site = room(options).await;
        let (call, consult) = consulting_bob(&mut site).await;
        let over = stepped(&site, &consult, ConsultStep::Complete).await;
        assert!(over.is_done() && over.customer == CustomerAt::Target, "{name}: {over}");
        assert_eq!(
            (site.customer(&call), site.transfers(&call)),
            (CustomerPlace::WithAgent("102".into()), 1),
            "{name}"
        );
        site.sign_out().await;
    }
}

// Flows 3 to 6, how consults fail and end, are the rows of `consult_truth.rs`.

#[tokio::test(start_paused = true)]
async fn flow_7_the_agent_toggles_between_customer_and_colleague() {
    for (name, options) in servers() {
        if options.held_with_consult == HeldWithConsult::Retrieve {
            continue;
        }
        let mut site = room(options).await;
        let (call, consult) = consulting_bob(&mut site).await;
        for customer in [CustomerAt::Agent, CustomerAt::AgentHeld, CustomerAt::Agent] {
            let swapped = stepped(&site, &consult, ConsultStep::Swap).await;
            assert!(swapped.is_done() && swapped.customer == customer, "{name}: {swapped}");
            assert!(matches_truth(customer, &site.customer(&call)), "{name}");
        }
        assert_eq!(site.sent("SwapCalls"), 3, "{name}");
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn flow_8_a_blind_transfer_takes_the_agent_out() {
    for (name, options) in servers() {
        let mut site = room(options).await;
        let call = site.talking().await;
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::Blind);
        let receipt = site
            .gws
            .transfer(&call.at, request, &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Target,
            "{name}: {outcome}"
        );
        assert_eq!(
            (site.transfers(&call), site.sent("SingleStepTransfer")),
            (1, 1),
            "{name}"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn flow_9_a_call_goes_back_to_a_queue() {
    for (name, options) in servers() {
        let mut site = room(options).await;
        let call = site.talking().await;
        let to = Target::Queue(QueueRef::Number(PhoneNumber::new("8001").expect("valid")));
        let receipt = site
            .gws
            .requeue(&call.at, Requeue::connected(to), &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Queue,
            "{name}: {outcome}"
        );
        site.customer_is(&call, &CustomerPlace::InQueue(scenery::SUPPORT.into()))
            .await;
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn flow_10_a_conference_in_two_steps_gets_tones_and_loses_a_party() {
    for (name, options) in servers() {
        let mut site = room(options).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Answers);
        let request = callcontrol_core::StartConsult::new(number(scenery::BOB.1)).for_conference();
        let started = site
            .gws
            .consult(&call.at, request, &OpCx::new())
            .await
            .expect("accepted");
        assert!(settled(&started.receipt).await.is_done(), "{name}");
        let merged = stepped(&site, &started.consult, ConsultStep::Merge).await;
        assert!(
            merged.is_done() && merged.customer == CustomerAt::Conference,
            "{name}: {merged}"
        );
        assert!(matches_truth(merged.customer, &site.customer(&call)), "{name}");
        let at: LegRef = call.at.clone().into();
        let tones = site
            .gws
            .send_dtmf(&at, Dtmf::new("12").expect("valid"), &OpCx::new())
            .await;
        assert!(settled(&tones.expect("accepted")).await.is_done(), "{name}");
        let party = number(scenery::BOB.1);
        let removed = site
            .gws
            .conference(&call.at, ConferenceOp::Remove { party }, &OpCx::new())
            .await;
        let removed = settled(&removed.expect("accepted")).await;
        assert!(
            removed.is_done() && removed.customer == CustomerAt::Agent,
            "{name}: {removed}"
        );
        assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()), "{name}");
        assert_eq!(
            facts(&site, |fact| matches!(fact, SwitchEvent::DtmfSent { .. })),
            1,
            "{name}"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn flow_11_a_consult_for_a_transfer_ends_as_a_conference() {
    for (name, options) in servers() {
        let mut site = room(options).await;
        let (call, consult) = consulting_bob(&mut site).await;
        let merged = stepped(&site, &consult, ConsultStep::Merge).await;
        assert!(
            merged.is_done() && matches_truth(merged.customer, &site.customer(&call)),
            "{name}: {merged}"
        );
        let left = settled(&site.act(&call, LegAction::Release).await).await;
        assert!(
            left.is_done() && matches_truth(left.customer, &site.customer(&call)),
            "{name}: {left}"
        );
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn flow_12_an_outgoing_call_is_answered_or_not() {
    for (name, options) in servers() {
        for behaviour in [Behaviour::Answers, Behaviour::Rejects] {
            let site = room(options.clone()).await;
            site.behaves(&Party::outside(scenery::THIRD_PARTY), behaviour);
            let dial = Dial::to(number(scenery::THIRD_PARTY));
            let receipt = site
                .gws
                .dial(&site.session, dial, &OpCx::new())
                .await
                .expect("accepted");
            let outcome = settled(&receipt).await;
            let verdict = if behaviour == Behaviour::Answers {
                Verdict::Done
            } else {
                Verdict::Failed
            };
            assert_eq!(outcome.verdict, verdict, "{name}: {outcome}");
            assert_eq!(site.sent("Dial"), 1, "{name}");
            site.sign_out().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn flow_13_a_session_starts_stream_first_gets_ready_and_ends_with_the_very_last_request() {
    for (name, options) in servers() {
        let csrf = options.csrf;
        let mut site = room(options).await;
        for to in [not_ready(), AgentStateRequest::WrapUp, AgentStateRequest::Ready] {
            let receipt = site
                .gws
                .set_agent_state(&site.session, to.clone(), &OpCx::new())
                .await
                .expect("accepted");
            assert!(settled(&receipt).await.is_done(), "{name}: {to:?}");
        }
        let is_ready = |kind: &EventKind| {
            *kind
                == EventKind::AgentStateChanged {
                    state: AgentState::Ready,
                }
        };
        site.event(|event| is_ready(&event.kind)).await;
        let sim = site.sim.clone();
        site.sign_out().await;
        let all = sim.requests().all();
        let place = |word: &str| all.iter().position(|request| request.body.contains(word));
        assert!(place("/meta/handshake") < place("/meta/subscribe"), "{name}");
        assert!(place("/meta/connect") < place("StartContactCenterSession"), "{name}");
        assert!(place("/meta/disconnect") < place("EndContactCenterSession"), "{name}");
        assert!(
            all.last().expect("some").body.contains("EndContactCenterSession"),
            "{name}"
        );
        let has_token = |headers: &[(String, String)]| headers.iter().any(|(header, _)| header == "x-odd-name");
        let posts = all.iter().filter(|request| request.method == "POST");
        assert!(
            posts.clone().count() > 5 && posts.clone().all(|post| has_token(&post.headers) == csrf),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_transfer_that_completes_itself_is_the_two_step_flow() {
    for (name, options) in servers() {
        let mut site = room(options).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Answers);
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
        let receipt = site
            .gws
            .transfer(&call.at, request, &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Target,
            "{name}: {outcome}"
        );
        assert_eq!(
            (
                site.sent("InitiateTransfer"),
                site.sent("CompleteTransfer"),
                site.transfers(&call)
            ),
            (1, 1, 1),
            "{name}"
        );
        site.sign_out().await;
    }
}
