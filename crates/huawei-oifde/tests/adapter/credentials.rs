//! The token: one request for however many wait, renewed early, asked for anew after a refusal, and never hammered for.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AdoptState, AgentId, CallControl, Effect, ErrorKind, LegAction, OpCx, OpenSession, Result, RobotMode, SecretRef,
    SessionInfo,
};
use callcontrol_huawei_oifde::Oifde;
use futures::future::join_all;
use serde_json::json;
use tokio::time::advance;

use crate::support::{
    AGENT, Play, Script, adapter, adapter_with, adopt, bob, config, grant, no, open, set_mode, supervised, transfer,
    yes,
};

async fn try_open(oifde: &Oifde) -> Result<SessionInfo> {
    oifde
        .open(OpenSession::new(AgentId::new(AGENT).expect("valid")), &OpCx::new())
        .await
}

/// Transfers of 64 calls at once; how many were accepted.
async fn sixty_four_transfers(oifde: &Arc<Oifde>) -> usize {
    let session = callcontrol_core::SessionId::new(AGENT).expect("valid");
    let mut calls = Vec::new();
    for number in 0..64 {
        calls.push(
            adopt(
                oifde,
                &session,
                &format!("s-{number}"),
                AdoptState::RobotVoice(RobotMode::Supervision),
            )
            .await,
        );
    }
    let transfers = calls.into_iter().map(|call| {
        let oifde = Arc::clone(oifde);
        tokio::spawn(async move { transfer(&oifde, &call, bob()).await })
    });
    let results = join_all(transfers).await;
    results
        .into_iter()
        .filter(|result| result.as_ref().expect("no panic").is_ok())
        .count()
}

#[tokio::test(start_paused = true)]
async fn sixty_four_commands_with_an_expired_token_ask_for_one_new_one() {
    let script = Script::willing();
    let oifde = adapter(&script);
    open(&oifde).await;
    advance(Duration::from_secs(3601)).await;
    assert_eq!(sixty_four_transfers(&oifde).await, 64);
    assert_eq!((script.tokens(), script.changes()), (2, 64));
    assert!(
        script
            .seen()
            .iter()
            .filter(|seen| seen.is("WorkMode"))
            .all(|seen| seen.token() == "t2")
    );
}

#[tokio::test(start_paused = true)]
async fn sixty_four_commands_whose_token_the_vendor_refuses_ask_for_one_new_one() {
    let script = Script::with_tokens(|seen| {
        if seen.token() == "t1" {
            no("900001").late()
        } else {
            yes()
        }
    });
    let oifde = adapter(&script);
    open(&oifde).await;
    assert_eq!(sixty_four_transfers(&oifde).await, 64);
    assert_eq!((script.tokens(), script.changes()), (2, 128));
}

#[tokio::test(start_paused = true)]
async fn sixty_four_commands_that_wait_share_one_failure() {
    let mut first = true;
    let script = Script::new(move |seen| match seen.is("/gettoken") {
        true if std::mem::take(&mut first) => grant("t1"),
        true => Play::html(503).late(),
        false => yes(),
    });
    let oifde = adapter(&script);
    open(&oifde).await;
    advance(Duration::from_secs(3601)).await;
    assert_eq!(sixty_four_transfers(&oifde).await, 0);
    assert_eq!((script.tokens(), script.changes()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_replaced_and_the_command_sent_once_more() {
    for refusal in [
        || no("900001"),
        || no("900002"),
        || Play::Json(json!({ "errorCode": 900_001 })),
        || Play::status(401, &json!({ "errorCode": "900001" })),
        || Play::html(401),
    ] {
        let script = Script::with_tokens(move |seen| if seen.token() == "t1" { refusal() } else { yes() });
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        transfer(&oifde, &call, bob())
            .await
            .expect("accepted with the new token");
        assert_eq!((script.tokens(), script.changes()), (2, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_twice_in_a_row_is_an_error_and_the_call_stays_as_it_was() {
    for (code, kind) in [("900001", ErrorKind::SessionLost), ("900002", ErrorKind::Permission)] {
        let script = Script::with_tokens(move |_| no(code));
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        let error = transfer(&oifde, &call, bob()).await.expect_err("refused");
        assert_eq!(
            (error.kind(), error.effect(), error.native_code()),
            (kind, Effect::None, Some(code))
        );
        assert_eq!((script.tokens(), script.changes()), (2, 2));
        let again = transfer(&oifde, &call, bob())
            .await
            .expect_err("refused again, but by the vendor");
        assert_eq!(again.kind(), kind);
        assert_eq!(script.changes(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_when_four_fifths_of_its_life_are_over() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    advance(Duration::from_secs(2870)).await;
    set_mode(&oifde, &call, RobotMode::Insertion).await.expect("accepted");
    assert_eq!((script.tokens(), script.last().token()), (1, "t1"));
    advance(Duration::from_secs(20)).await;
    set_mode(&oifde, &call, RobotMode::Supervision).await.expect("accepted");
    assert_eq!((script.tokens(), script.last().token()), (2, "t2"));
}

#[tokio::test(start_paused = true)]
async fn when_an_early_renewal_fails_the_old_token_goes_on_and_nobody_hammers() {
    let mut first = true;
    let script = Script::new(move |seen| match seen.is("/gettoken") {
        true if std::mem::take(&mut first) => grant("t1"),
        true => Play::html(503),
        false => yes(),
    });
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    advance(Duration::from_secs(3000)).await;
    for mode in [RobotMode::Insertion, RobotMode::Supervision, RobotMode::Insertion] {
        set_mode(&oifde, &call, mode)
            .await
            .expect("accepted with the old token");
    }
    assert_eq!((script.tokens(), script.last().token()), (2, "t1"));
    advance(Duration::from_secs(6)).await;
    set_mode(&oifde, &call, RobotMode::Supervision).await.expect("accepted");
    assert_eq!(script.tokens(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_early_renewal_that_hangs_takes_half_of_the_time_of_one_command() {
    let mut first = true;
    let script = Script::new(move |seen| match seen.is("/gettoken") {
        true if std::mem::take(&mut first) => grant("t1"),
        true => Play::Hang,
        false => yes(),
    });
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    advance(Duration::from_secs(3000)).await;
    let begun = tokio::time::Instant::now();
    let cx = OpCx::new().within(Duration::from_secs(4));
    let leg = call.clone().into();
    oifde
        .act(&leg, LegAction::Robot(RobotMode::Insertion), &cx)
        .await
        .expect("accepted with the old token");
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    set_mode(&oifde, &call, RobotMode::Supervision)
        .await
        .expect("accepted at once");
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    assert_eq!((script.tokens(), script.changes()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_tried_once_and_then_remembered() {
    for code in [200_800_001, 200_800_002, 200_800_003] {
        let script = Script::new(move |_| Play::Json(json!({ "errorCode": code, "errorMsg": "no" })));
        let oifde = adapter(&script);
        let error = try_open(&oifde).await.expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Credentials, Effect::None));
        assert_eq!(error.native_code(), Some(code.to_string().as_str()));
        for _ in 0..10 {
            let error = try_open(&oifde).await.expect_err("remembered");
            assert_eq!(error.kind(), ErrorKind::Credentials);
            assert!(error.to_string().contains("nothing was sent"), "{error}");
        }
        assert_eq!(script.tokens(), 1);
        advance(Duration::from_secs(301)).await;
        try_open(&oifde).await.expect_err("tried again");
        assert_eq!(script.tokens(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_password_is_tried_at_once() {
    let file = std::env::temp_dir().join(format!("callcontrol-oifde-{}", std::process::id()));
    std::fs::write(&file, "old\n").expect("written");
    let script = Script::new(|seen| match seen.body["appSecret"].as_str() {
        Some("new") => grant("t1"),
        _ => Play::Json(json!({ "errorCode": 200_800_002 })),
    });
    let mut settings = config();
    settings.api_password = SecretRef::File(file.clone());
    let oifde = adapter_with(settings, &script);
    try_open(&oifde).await.expect_err("old password");
    try_open(&oifde).await.expect_err("remembered");
    std::fs::write(&file, "new").expect("written");
    try_open(&oifde).await.expect("new password");
    assert_eq!(script.tokens(), 2);
    std::fs::remove_file(file).expect("removed");
}

#[tokio::test(start_paused = true)]
async fn a_front_proxy_that_refuses_the_credentials_is_not_asked_again_either() {
    for (status, kind) in [(401, ErrorKind::Credentials), (403, ErrorKind::Permission)] {
        let script = Script::new(move |_| Play::html(status));
        let oifde = adapter(&script);
        for _ in 0..3 {
            assert_eq!(try_open(&oifde).await.expect_err("refused").kind(), kind);
        }
        assert_eq!(script.tokens(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unset_password_names_its_variable_and_sends_nothing() {
    let script = Script::willing();
    let mut settings = config();
    settings.api_password = SecretRef::Env("CALLCONTROL_TEST_NO_SUCH_VARIABLE".to_owned());
    let error = try_open(&adapter_with(settings, &script))
        .await
        .expect_err("no password");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("CALLCONTROL_TEST_NO_SUCH_VARIABLE"),
        "{error}"
    );
    assert!(script.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_command_without_a_token_in_time_was_not_sent() {
    let mut first = true;
    let script = Script::new(move |seen| match seen.is("/gettoken") {
        true if std::mem::take(&mut first) => grant("t1"),
        true => Play::Hang,
        false => yes(),
    });
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    advance(Duration::from_secs(3601)).await;
    let error = transfer(&oifde, &call, bob()).await.expect_err("no token");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::None));
    assert_eq!(script.changes(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_waiting_for_a_token_does_not_stop_the_others() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let first = tokio::spawn({
        let oifde = Arc::clone(&oifde);
        async move { try_open(&oifde).await.map(drop) }
    });
    tokio::task::yield_now().await;
    let second = tokio::spawn({
        let oifde = Arc::clone(&oifde);
        async move {
            let request = OpenSession::new(AgentId::new("10002").expect("valid"));
            oifde.open(request, &OpCx::new()).await
        }
    });
    tokio::task::yield_now().await;
    first.abort();
    second.await.expect("no panic").expect("opened");
    assert_eq!(script.tokens(), 1);
    let alone = tokio::spawn({
        let oifde = Arc::clone(&oifde);
        async move { try_open(&oifde).await.map(drop) }
    });
    alone
        .await
        .expect("no panic")
        .expect("opened with the token that is there");
    assert_eq!(script.tokens(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_everybody_gave_up_is_begun_anew() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let impatient = OpCx::new().within(Duration::from_millis(10));
    let request = OpenSession::new(AgentId::new(AGENT).expect("valid"));
    let error = oifde.open(request, &impatient).await.expect_err("too late");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::None));
    try_open(&oifde).await.expect("opened");
    assert_eq!(script.tokens(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_token_travels_in_the_body_and_in_no_header() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    transfer(&oifde, &call, bob()).await.expect("accepted");
    for seen in script.seen() {
        let names: Vec<_> = seen.headers.keys().map(|name| name.as_str()).collect();
        assert_eq!(names, ["content-type"]);
        assert_eq!(seen.headers["content-type"], "application/json; charset=UTF-8");
        assert_eq!(seen.method, "POST");
    }
    assert_eq!(script.last().token(), "t1");
}
