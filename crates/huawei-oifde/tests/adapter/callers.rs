//! The three kinds of caller (vendor page, section 3): where the token travels, and who may do what.

use callcontrol_core::{
    AdoptCall, AdoptState, AgentId, CallControl, CallId, CallRef, ErrorKind, HelpRequest, LookUp, NativeRequest, OpCx,
    OpenSession, RobotMode, Say,
};
use callcontrol_huawei_oifde::{Caller, OifdeConfig};
use serde_json::json;

use crate::support::{
    PASSWORD, Play, ROBOT, Script, TENANT, adapter_with, bob, config, no, open, set_mode, supervised, transfer, yes,
};

fn caller(kind: Caller, account: &str) -> OifdeConfig {
    let mut settings = config();
    settings.caller = kind;
    settings.app_key = Some(account.to_owned());
    settings
}

#[tokio::test(start_paused = true)]
async fn a_component_of_the_installation_sends_its_token_in_headers() {
    let script = Script::willing();
    let oifde = adapter_with(caller(Caller::Internal, "ipcc"), &script);
    let call = supervised(&oifde).await;
    assert_eq!(script.last().body, json!({ "appKey": "ipcc", "appSecret": PASSWORD }));
    transfer(&oifde, &call, bob()).await.expect("accepted");
    let seen = script.last();
    assert_eq!(
        (&seen.headers["username"], &seen.headers["token"]),
        (&"ipcc".parse().expect("text"), &"t1".parse().expect("text"))
    );
    assert_eq!(seen.body["tenantId"], TENANT);
    assert!(seen.body.get("authToken").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_for_every_caller() {
    let script = Script::with_tokens(|seen| match seen.headers.get("token").map(|token| token == "t1") {
        Some(true) => no("900001"),
        _ => yes(),
    });
    let oifde = adapter_with(caller(Caller::Internal, "ipcc"), &script);
    let call = supervised(&oifde).await;
    transfer(&oifde, &call, bob()).await.expect("accepted");
    assert_eq!((script.tokens(), script.changes()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_system_level_caller_is_refused_everything_but_its_own_words() {
    let script = Script::with_tokens(|_| Play::Json(json!({ "errorCode": 0 })));
    let oifde = adapter_with(caller(Caller::System, "ODFS_SYS_OPENAPI"), &script);
    let session = open(&oifde).await;
    let request = AdoptCall::new(ROBOT, AdoptState::RobotVoice(RobotMode::Supervision));
    let cx = OpCx::new();
    let call = CallRef {
        session: session.clone(),
        call: CallId::new("call-1").expect("valid"),
    };
    let say = Say::words("hello", HelpRequest::at("node_1", None));
    for error in [
        transfer(&oifde, &call, bob()).await.expect_err("refused"),
        set_mode(&oifde, &call, RobotMode::Insertion)
            .await
            .expect_err("refused"),
        oifde.say(&call, say, &cx).await.expect_err("refused"),
        oifde.adopt(&session, request, &cx).await.expect_err("refused"),
        oifde
            .look_up(Some(&session), LookUp::Ivrs, &cx)
            .await
            .expect_err("refused"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("transcription"), "{error}");
    }
    assert_eq!(script.seen().len(), 1);
    let request = NativeRequest::new("POST", ["offline", "callback"]).body("{}");
    oifde.native(request, &cx).await.expect("answered");
    assert_eq!(script.last().headers["username"], "ODFS_SYS_OPENAPI");
    assert!(script.last().body.get("authToken").is_none());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_refused_is_tried_once() {
    let script = Script::new(|_| Play::Json(json!({ "errorCode": 200_800_001 })));
    let oifde = adapter_with(caller(Caller::Internal, "ipcc"), &script);
    for _ in 0..3 {
        let request = OpenSession::new(AgentId::new("10001").expect("valid"));
        let error = oifde.open(request, &OpCx::new()).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Credentials);
    }
    assert_eq!(script.tokens(), 1);
}
