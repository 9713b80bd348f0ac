//! Answers that are lost, broken, strange or negative: what is known of the customer afterwards, and that nothing is sent twice.

use std::time::Duration;

use callcontrol_core::{
    AdoptState, CallControl, Effect, ErrorKind, Evidence, LegState, OpCx, RobotMode, Transfer, TransferMode, Verdict,
};
use callcontrol_huawei_oifde::SuccessWithoutCode;
use serde_json::{Value, json};

use crate::support::{
    Play, ROBOT, Script, adapter, adapter_with, adopt, bob, config, grant, no, set_mode, supervised, transfer, yes,
};

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_answer_is_lost_is_never_sent_again() {
    for lost in [
        || Play::Hang,
        || Play::Reset,
        || Play::html(502),
        || Play::html(503),
        || Play::html(504),
        || Play::html(200),
    ] {
        let script = Script::with_tokens(move |_| lost());
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        let cx = OpCx::new().within(Duration::from_secs(3));
        let error = oifde
            .transfer(&call, Transfer::new(bob(), TransferMode::Blind), &cx)
            .await
            .expect_err("lost");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        assert!(!error.is_retryable());
        let outcome = oifde.outcome_of(&cx.op).expect("kept").wait().await;
        assert_eq!(
            (outcome.verdict, outcome.evidence),
            (Verdict::Unknown, Evidence::AnswerLost)
        );
        for _ in 0..3 {
            let second = transfer(&oifde, &call, bob())
                .await
                .expect_err("nobody knows where the call is");
            assert_eq!(
                (second.kind(), second.effect()),
                (ErrorKind::InvalidState, Effect::None)
            );
        }
        assert_eq!(script.changes(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_the_application_may_adopt_the_call_again() {
    let mut first = true;
    let script = Script::with_tokens(move |_| if std::mem::take(&mut first) { Play::Reset } else { yes() });
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    set_mode(&oifde, &call, RobotMode::Insertion).await.expect_err("lost");
    let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
    assert_eq!(
        view.call(&call.session, &call.call).expect("in view").state,
        LegState::Unknown
    );
    let again = adopt(
        &oifde,
        &call.session,
        ROBOT,
        AdoptState::RobotVoice(RobotMode::Insertion),
    )
    .await;
    assert_eq!(again, call);
    transfer(&oifde, &call, bob()).await.expect("accepted");
    assert_eq!(script.changes(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_kept_to_the_millisecond() {
    let script = Script::with_tokens(|_| Play::Hang);
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let begun = tokio::time::Instant::now();
    let cx = OpCx::new().within(Duration::from_millis(1234));
    let error = oifde
        .transfer(&call, Transfer::new(bob(), TransferMode::Blind), &cx)
        .await
        .expect_err("hangs");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(begun.elapsed(), Duration::from_millis(1234));
}

#[tokio::test(start_paused = true)]
async fn a_command_that_was_provably_refused_leaves_the_call_as_it_was() {
    let plays: [(fn() -> Play, ErrorKind); 8] = [
        (|| no("10000002"), ErrorKind::InvalidInput),
        (|| no("20900003"), ErrorKind::VendorUnknown),
        (|| Play::html(403), ErrorKind::Permission),
        (|| Play::html(404), ErrorKind::Config),
        (|| Play::html(429), ErrorKind::RateLimited),
        (|| Play::Refused, ErrorKind::Unreachable),
        (
            || Play::status(500, &json!({ "errorCode": "10000002" })),
            ErrorKind::InvalidInput,
        ),
        (
            || Play::status(400, &json!({ "errorCode": "42" })),
            ErrorKind::VendorUnknown,
        ),
    ];
    for (refusal, kind) in plays {
        let mut first = true;
        let script = Script::with_tokens(move |_| if std::mem::take(&mut first) { refusal() } else { yes() });
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        let cx = OpCx::new();
        let error = oifde
            .transfer(&call, Transfer::new(bob(), TransferMode::Blind), &cx)
            .await
            .expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{error}");
        assert!(oifde.outcome_of(&cx.op).is_none());
        transfer(&oifde, &call, bob()).await.expect("still in supervision");
    }
}

#[tokio::test(start_paused = true)]
async fn an_internal_error_of_the_engine_leaves_the_outcome_open() {
    for code in ["10000001", "200900002"] {
        let script = Script::with_tokens(move |_| no(code));
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        let error = transfer(&oifde, &call, bob()).await.expect_err("failed");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::VendorFailure, Effect::Unknown)
        );
        assert_eq!(script.changes(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn success_is_read_in_whatever_form_it_comes() {
    let forms = [
        json!({}),
        json!({ "errorCode": null }),
        json!({ "errorCode": 0 }),
        json!({ "errorCode": "0", "new": [1] }),
        json!({ "rtnCode": 0 }),
    ];
    for form in forms {
        let answer = form.clone();
        let script = Script::with_tokens(move |_| Play::Json(answer.clone()));
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        transfer(&oifde, &call, bob())
            .await
            .unwrap_or_else(|error| panic!("{form}: {error}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cautious_deployment_takes_an_answer_without_a_code_for_unknown() {
    let script = Script::with_tokens(|_| Play::Json(json!({})));
    let mut settings = config();
    settings.success_without_code = SuccessWithoutCode::Unknown;
    let oifde = adapter_with(settings, &script);
    let call = supervised(&oifde).await;
    let error = transfer(&oifde, &call, bob()).await.expect_err("unknown");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::Unknown));
}

#[tokio::test(start_paused = true)]
async fn no_strange_token_answer_opens_a_session_or_asks_twice() {
    let answers: [(u16, Value); 6] = [
        (200, json!({ "errorCode": 0 })),
        (200, json!([])),
        (200, json!({ "errorCode": 0, "authToken": "" })),
        (500, json!({ "errorCode": 10_000_001 })),
        (502, json!({})),
        (302, json!({})),
    ];
    for (status, body) in answers {
        let answer = body.clone();
        let script = Script::new(move |_| Play::status(status, &answer));
        let oifde = adapter(&script);
        let request = callcontrol_core::OpenSession::new(callcontrol_core::AgentId::new("10001").expect("valid"));
        let error = oifde.open(request, &OpCx::new()).await.expect_err("no token");
        assert_eq!(error.effect(), Effect::None, "{status} {body}");
        assert_eq!(script.tokens(), 1);
        let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
        assert!(view.sessions.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_that_stops_waiting_leaves_the_truth_behind() {
    let script = Script::with_tokens(|_| Play::Hang);
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let cx = OpCx::new();
    let impatient = Duration::from_millis(100);
    let command = oifde.transfer(&call, Transfer::new(bob(), TransferMode::Blind), &cx);
    assert!(tokio::time::timeout(impatient, command).await.is_err());
    let outcome = oifde.outcome_of(&cx.op).expect("kept").peek().expect("settled");
    assert_eq!(
        (outcome.verdict, outcome.evidence),
        (Verdict::Unknown, Evidence::AnswerLost)
    );
    assert_eq!(
        transfer(&oifde, &call, bob()).await.expect_err("unknown").kind(),
        ErrorKind::InvalidState
    );
    assert_eq!(script.changes(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_application_that_stops_waiting_before_anything_was_sent_has_changed_nothing() {
    let mut tokens = 0;
    let script = Script::new(move |seen| match seen.is("/gettoken") {
        true => {
            tokens += 1;
            let answer = grant(&format!("t{tokens}"));
            if tokens == 2 { Play::Hang } else { answer }
        }
        false => yes(),
    });
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    tokio::time::advance(Duration::from_secs(3601)).await;
    let cx = OpCx::new();
    let command = oifde.transfer(&call, Transfer::new(bob(), TransferMode::Blind), &cx);
    assert!(tokio::time::timeout(Duration::from_millis(100), command).await.is_err());
    assert!(oifde.outcome_of(&cx.op).is_none());
    assert_eq!(script.changes(), 0);
    transfer(&oifde, &call, bob()).await.expect("still in supervision");
}

#[tokio::test(start_paused = true)]
async fn an_application_that_stops_waiting_after_a_proved_refusal_has_changed_nothing() {
    let mut tokens = 0;
    let mut refused = false;
    let script = Script::new(move |seen| {
        if seen.is("/gettoken") {
            tokens += 1;
            return if tokens == 2 { Play::Hang } else { grant("t") };
        }
        if std::mem::replace(&mut refused, true) {
            yes()
        } else {
            no("900001")
        }
    });
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let cx = OpCx::new();
    let command = oifde.transfer(&call, Transfer::new(bob(), TransferMode::Blind), &cx);
    assert!(tokio::time::timeout(Duration::from_millis(100), command).await.is_err());
    assert!(oifde.outcome_of(&cx.op).is_none());
    transfer(&oifde, &call, bob()).await.expect("still in supervision");
    assert_eq!(script.changes(), 2);
}
