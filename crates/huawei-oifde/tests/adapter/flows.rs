//! The call flows A to G of the vendor page (section 12), each with every setting of what the vendor does not publish.

use std::time::Duration;

use callcontrol_core::{
    AdoptCall, AdoptState, CallControl, CallRef, CustomerAt, Effect, ErrorKind, Evidence, HelpRequest, LegState,
    LookUp, OpCx, QueueName, QueueRef, RecordsOf, RobotMode, Say, Scope, Target, Verdict,
};
use callcontrol_simulators::oifde::{
    Delivery, Mischief, ModeAfterFailure, NewSession, PublishMode, TransferStage, WorkMode,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::CustomerPlace;

use crate::support::settings::SETTINGS;
use crate::support::stage::{Stage, voice};
use crate::support::{adopt, bob, set_mode, transfer};

const SUPERVISED: AdoptState = AdoptState::RobotVoice(RobotMode::Supervision);

fn support_queue() -> Target {
    Target::Queue(QueueRef::Name(QueueName::new("Support").expect("valid")))
}

async fn view_of(stage: &Stage, call: &CallRef) -> LegState {
    let snapshot = stage.oifde.snapshot(Scope::All, &OpCx::new()).await.expect("a view");
    snapshot.call(&call.session, &call.call).expect("in view").state
}

#[tokio::test(start_paused = true)]
async fn a_start_up_gets_one_token_lists_the_flows_and_renews_early() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let life = match stage.simulator.options() {
            options if options.tells_expiry => options.token_life,
            _ => Duration::from_secs(3600),
        };
        let ivrs = stage.oifde.look_up(None, LookUp::Ivrs, &OpCx::new()).await.expect(name);
        let codes: Vec<_> = ivrs.entries.iter().filter_map(|entry| entry.target.clone()).collect();
        assert_eq!(codes, [Target::ivr(scenery::PIN_CHECK).expect("valid")], "{name}");
        assert_eq!(stage.tokens(), 1, "{name}");
        tokio::time::advance(life.mul_f64(0.85)).await;
        stage.oifde.look_up(None, LookUp::Ivrs, &OpCx::new()).await.expect(name);
        assert_eq!(
            (stage.tokens(), stage.sent("/queryflows")),
            (2, 2),
            "{name}: renewed before it was refused"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn b_supervised_robot_call_goes_to_a_queue() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let new = voice().cti_call_id("1528780879-9581");
        let session = stage.simulator.create_session(new).expect("a session");
        let request = AdoptCall::new("cti:1528780879-9581", SUPERVISED);
        let options = stage.simulator.options();
        let call = match stage.oifde.adopt(&stage.ann, request, &OpCx::new()).await {
            Ok(call) => call,
            // Whether the record is visible while the call runs is not published; then the agent's own channel must tell the session's id.
            Err(error) => {
                assert!(
                    !(options.keeps_records && options.records_running_sessions),
                    "{name}: {error}"
                );
                assert_eq!(error.effect(), Effect::None, "{name}");
                adopt(&stage.oifde, &stage.ann, session.as_str(), SUPERVISED).await
            }
        };
        let receipt = transfer(&stage.oifde, &call, support_queue()).await.expect(name);
        if options.deliver == Delivery::OnDemand {
            assert_eq!(
                stage.simulator.transfers_of(&session),
                0,
                "{name}: the robot has its turn first"
            );
        }
        let outcome = receipt.outcome().await;
        assert_eq!(
            (outcome.verdict, outcome.evidence, outcome.customer),
            (Verdict::Unknown, Evidence::AcceptedOnly, CustomerAt::Unknown),
            "{name}"
        );
        stage.next_turn(&session).await.expect(name);
        assert_eq!(
            stage.simulator.customer_at(&session),
            Some(CustomerPlace::InQueue(scenery::SUPPORT.to_owned())),
            "{name}"
        );
        assert_eq!(
            (stage.changes(), stage.simulator.transfers_of(&session)),
            (1, 1),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn c_agent_takes_over_answers_and_hands_back() {
    for (name, change) in SETTINGS {
        for back in [RobotMode::Common, RobotMode::Supervision] {
            let stage = Stage::in_memory(change).await;
            let (session, call) = stage.customer(voice()).await;
            set_mode(&stage.oifde, &call, RobotMode::Insertion).await.expect(name);
            assert_eq!(stage.simulator.mode_of(&session), Some(WorkMode::Insertion), "{name}");
            let help = stage.simulator.raise_help_request(&session).expect("a help request");
            let help = HelpRequest::at(help.node_id, Some(help.node_index));
            let say = Say::words("Could you give me your order number?", help);
            let outcome = stage
                .oifde
                .say(&call, say, &OpCx::new())
                .await
                .expect(name)
                .outcome()
                .await;
            assert_eq!(
                (outcome.verdict, outcome.evidence, outcome.customer),
                (Verdict::Unknown, Evidence::AcceptedOnly, CustomerAt::Robot),
                "{name}"
            );
            let replies = stage.simulator.replies_of(&session);
            assert_eq!(replies.len(), 1, "{name}");
            assert_eq!(replies[0].words, "Could you give me your order number?", "{name}");
            assert_eq!(
                (replies[0].intent.as_str(), replies[0].free),
                ("slientInsertReply", true),
                "{name}"
            );
            set_mode(&stage.oifde, &call, back).await.expect(name);
            assert_eq!(view_of(&stage, &call).await, LegState::Robot(back), "{name}");
            let again = set_mode(&stage.oifde, &call, RobotMode::Insertion).await;
            assert_eq!(
                again.is_ok(),
                back == RobotMode::Supervision,
                "{name}: common is for good"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn d_token_that_expires_in_the_middle_is_replaced_once() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let (session, call) = stage.customer(voice()).await;
        stage.simulator.expire_tokens();
        set_mode(&stage.oifde, &call, RobotMode::Insertion).await.expect(name);
        assert_eq!((stage.changes(), stage.tokens()), (2, 2), "{name}");
        for _ in 0..2 {
            stage
                .simulator
                .fail_next("/flow/changeWorkMode", Mischief::Code(900_001));
        }
        let error = transfer(&stage.oifde, &call, support_queue()).await.expect_err(name);
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::SessionLost, Effect::None),
            "{name}: {error}"
        );
        assert_eq!((stage.changes(), stage.tokens()), (4, 3), "{name}");
        transfer(&stage.oifde, &call, support_queue())
            .await
            .expect("still in insertion");
        stage.next_turn(&session).await.expect(name);
        assert_eq!(stage.simulator.transfers_of(&session), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn e_illegal_state_is_refused_here_if_known_and_by_the_vendor_if_not() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let common = || voice().mode(PublishMode::Common);
        let (_, known) = stage.customer_believed(common(), RobotMode::Common).await;
        for mode in [RobotMode::Common, RobotMode::Supervision, RobotMode::Insertion] {
            let error = set_mode(&stage.oifde, &known, mode).await.expect_err(name);
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::InvalidState, Effect::None),
                "{name}"
            );
        }
        let error = transfer(&stage.oifde, &known, bob()).await.expect_err(name);
        assert_eq!((error.kind(), stage.changes()), (ErrorKind::InvalidState, 0), "{name}");

        let other = NewSession::new(scenery::OTHER_CUSTOMER).mode(PublishMode::Common);
        let (session, mistaken) = stage.customer(other).await;
        let error = transfer(&stage.oifde, &mistaken, bob()).await.expect_err(name);
        let code = stage.simulator.options().codes.wrong_state.to_string();
        assert_eq!(error.native_code(), Some(code.as_str()), "{name}: kept to the letter");
        assert_ne!(
            error.kind(),
            ErrorKind::InvalidState,
            "{name}: nobody can tell it by the code"
        );
        assert_eq!(stage.next_turn(&session).await, None, "{name}");
        assert_eq!(
            (stage.changes(), stage.simulator.transfers_of(&session)),
            (1, 0),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f_lost_answer_leaves_the_outcome_unknown_and_nothing_is_sent_again() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let (session, call) = stage.customer(voice()).await;
        stage.simulator.fail_next("/flow/changeWorkMode", Mischief::ReplyLost);
        let cx = OpCx::new();
        let request = callcontrol_core::Transfer::new(support_queue(), callcontrol_core::TransferMode::Blind);
        let error = stage.oifde.transfer(&call, request, &cx).await.expect_err(name);
        assert_eq!(error.effect(), Effect::Unknown, "{name}: {error}");
        assert!(!error.is_retryable(), "{name}");
        let outcome = stage.oifde.outcome_of(&cx.op).expect("kept").wait().await;
        assert_eq!(
            (outcome.verdict, outcome.evidence),
            (Verdict::Unknown, Evidence::AnswerLost),
            "{name}"
        );
        assert_eq!(view_of(&stage, &call).await, LegState::Unknown, "{name}");
        let records = LookUp::Records(RecordsOf::Session(session.as_str().to_owned()));
        // The session's record may be looked at; it does not tell where the customer is.
        let _ = stage.oifde.look_up(Some(&stage.ann), records, &OpCx::new()).await;
        let second = transfer(&stage.oifde, &call, bob()).await.expect_err(name);
        assert_eq!(
            (second.kind(), second.effect()),
            (ErrorKind::InvalidState, Effect::None),
            "{name}"
        );
        stage.next_turn(&session).await.expect(name);
        assert_eq!(
            (stage.changes(), stage.simulator.transfers_of(&session)),
            (1, 1),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn g_late_failure_is_told_to_nobody_and_the_agent_may_try_again_after_looking() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let (session, call) = stage.customer(voice()).await;
        stage.simulator.fail_next_transfer();
        let receipt = transfer(&stage.oifde, &call, bob()).await.expect(name);
        let report = stage.next_turn(&session).await.expect(name);
        assert!(matches!(report.stage, TransferStage::Failed(_)), "{name}: {report:?}");
        let outcome = receipt.outcome().await;
        assert_eq!(
            (outcome.verdict, outcome.evidence),
            (Verdict::Unknown, Evidence::AcceptedOnly),
            "{name}"
        );
        let blind = transfer(&stage.oifde, &call, support_queue()).await.expect_err(name);
        assert_eq!((blind.kind(), stage.changes()), (ErrorKind::InvalidState, 1), "{name}");

        // The agent sees the customer back with the robot, and says so.
        let call = adopt(&stage.oifde, &stage.ann, session.as_str(), SUPERVISED).await;
        let again = transfer(&stage.oifde, &call, support_queue()).await;
        let back = stage.simulator.options().after_failed_transfer == ModeAfterFailure::AsBefore;
        assert_eq!(again.is_ok(), back, "{name}: {again:?}");
        stage.next_turn(&session).await;
        assert_eq!(stage.simulator.transfers_of(&session), usize::from(back), "{name}");
    }
}
