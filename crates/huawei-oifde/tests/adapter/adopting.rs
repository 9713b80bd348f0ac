//! Sessions and calls coming and going: opening, adopting by either id, closing, and the vendor's own words.

use callcontrol_core::{
    AdoptCall, AdoptState, AgentId, CallControl, CloseSession, Effect, ErrorKind, EventKind, FeedItem, Filter,
    LegState, NativeRequest, OpCx, OpenSession, PhoneNumber, Result, RobotMode, SessionId, SessionState,
};
use callcontrol_huawei_oifde::Oifde;
use futures::FutureExt as _;
use serde_json::{Value, json};

use crate::support::{Play, ROBOT, Script, TENANT, adapter, adopt, bob, no, open, set_mode, supervised, transfer, yes};

const VOICE: AdoptState = AdoptState::RobotVoice(RobotMode::Supervision);

async fn try_adopt(
    oifde: &Oifde,
    session: &SessionId,
    native: &str,
    state: AdoptState,
) -> Result<callcontrol_core::CallRef> {
    let request = AdoptCall::new(native, state);
    oifde.adopt(session, request, &OpCx::new()).await
}

fn records(list: Value) -> std::sync::Arc<Script> {
    Script::with_tokens(move |seen| match seen.is("/queryRecordHistory") {
        true => Play::Json(json!({ "errorCode": 0, "total": 1, "recordList": list.clone() })),
        false => yes(),
    })
}

#[tokio::test(start_paused = true)]
async fn a_robot_session_is_adopted_by_the_id_of_the_telephony_side() {
    let script = records(json!([{ "callId": ROBOT, "ctiCallId": "1528780879-9581", "more": {} }]));
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    let call = adopt(&oifde, &session, "cti:1528780879-9581", VOICE).await;
    let expected = json!({ "tenantId": TENANT, "ctiCallId": "1528780879-9581", "pageNum": "1", "pageSize": "100", "authToken": "t1" });
    assert_eq!(script.last().body, expected);
    transfer(&oifde, &call, bob()).await.expect("accepted");
    assert_eq!(script.last().body["callId"], ROBOT);
}

#[tokio::test(start_paused = true)]
async fn a_telephony_call_with_no_or_with_two_robot_sessions_is_not_guessed_at() {
    for (list, kind) in [
        (json!([]), ErrorKind::NotFound),
        (json!([{ "callId": "s1" }, { "callId": "s2" }]), ErrorKind::InvalidInput),
    ] {
        let script = records(list);
        let oifde = adapter(&script);
        let session = open(&oifde).await;
        let error = try_adopt(&oifde, &session, "cti:c1", VOICE)
            .await
            .expect_err("not guessed");
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None));
    }
}

#[tokio::test(start_paused = true)]
async fn adopting_in_a_mode_that_is_told_sends_nothing() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    for (native, state, kind) in [
        (ROBOT, AdoptState::Waiting, ErrorKind::Unsupported),
        ("", VOICE, ErrorKind::InvalidInput),
        ("1\n2", VOICE, ErrorKind::InvalidInput),
        ("cti:", VOICE, ErrorKind::InvalidInput),
    ] {
        assert_eq!(
            try_adopt(&oifde, &session, native, state)
                .await
                .expect_err("refused")
                .kind(),
            kind
        );
    }
    for native in ["123123412300030010", "16064786965020f6fb86792bd25dbbb489426"] {
        let call = try_adopt(&oifde, &session, native, VOICE).await.expect("adopted");
        let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
        let seen = view.call(&session, &call.call).expect("in view");
        assert_eq!(
            (seen.native.as_str(), seen.state),
            (native, LegState::Robot(RobotMode::Supervision))
        );
    }
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_mode_nobody_told_is_shown_with_its_customer_and_not_steered() {
    for (native, key) in [(ROBOT, "callId"), ("cti:1528780879-9581", "ctiCallId")] {
        let script = records(json!([{ "callId": ROBOT, "ctiCallId": "1528780879-9581", "callSorId": "2065550100" }]));
        let oifde = adapter(&script);
        let session = open(&oifde).await;
        let call = adopt(&oifde, &session, native, AdoptState::Ask).await;
        assert_eq!(script.last().body[key], native.trim_start_matches("cti:"));
        let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
        let seen = view.call(&session, &call.call).expect("in view");
        assert_eq!((seen.native.as_str(), seen.state), (ROBOT, LegState::Unknown));
        assert_eq!(seen.parties[0].address, "2065550100");
        let sent = script.seen().len();
        for error in [
            transfer(&oifde, &call, bob()).await.expect_err("mode unknown"),
            set_mode(&oifde, &call, RobotMode::Insertion)
                .await
                .expect_err("mode unknown"),
        ] {
            assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
            assert!(error.to_string().contains("adopt it again"), "{error}");
        }
        assert_eq!(script.seen().len(), sent);
        let told = adopt(&oifde, &session, ROBOT, VOICE).await;
        assert_eq!(told, call);
        let asked_again = adopt(&oifde, &session, native, AdoptState::Ask).await;
        let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
        let seen = view.call(&session, &asked_again.call).expect("in view");
        assert_eq!(
            seen.state,
            LegState::Robot(RobotMode::Supervision),
            "what was told stays"
        );
        transfer(&oifde, &told, bob()).await.expect("accepted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_made_room_for_others_comes_back_only_in_a_mode_that_is_told() {
    let script = records(json!([{ "callId": ROBOT }]));
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    let mut feed = oifde.subscribe(Filter::all());
    let first = adopt(&oifde, &session, ROBOT, VOICE).await;
    for number in 0..256 {
        adopt(&oifde, &session, &format!("s-{number}"), VOICE).await;
    }
    let mut left = Vec::new();
    while let Some(Some(item)) = feed.next().now_or_never() {
        if let FeedItem::Event(event) = item {
            // That it is over would be a guess.
            assert!(!matches!(event.kind, EventKind::Released { .. }), "{event:?}");
            left.extend(event.call.clone().filter(|_| event.kind == EventKind::LeftView));
        }
    }
    assert_eq!(left, std::slice::from_ref(&first.call));
    let error = transfer(&oifde, &first, bob()).await.expect_err("out of view");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = try_adopt(&oifde, &session, ROBOT, AdoptState::Ask)
        .await
        .expect_err("untold");
    assert!(error.to_string().contains("its mode is told"), "{error}");
    assert_eq!(adopt(&oifde, &session, ROBOT, VOICE).await, first);
    transfer(&oifde, &first, bob()).await.expect("accepted");
}

#[tokio::test(start_paused = true)]
async fn a_customer_whom_the_application_knows_is_in_the_view() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    let number = PhoneNumber::new("2065550100").expect("valid");
    let request = AdoptCall::new(ROBOT, VOICE).customer(number);
    let call = oifde.adopt(&session, request, &OpCx::new()).await.expect("adopted");
    let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
    let seen = view.call(&session, &call.call).expect("in view");
    assert_eq!(seen.parties[0].address, "2065550100");
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_record_cannot_be_asked_for() {
    let script = records(json!([]));
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    let error = try_adopt(&oifde, &session, ROBOT, AdoptState::Ask)
        .await
        .expect_err("no record");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotFound, Effect::None));
    let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
    assert!(view.session(&session).expect("open").calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_open_or_not_known_is_refused_with_nothing_sent() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let stranger = SessionId::new("77").expect("valid");
    assert_eq!(
        try_adopt(&oifde, &stranger, ROBOT, VOICE)
            .await
            .expect_err("not open")
            .kind(),
        ErrorKind::NotFound
    );
    let call = supervised(&oifde).await;
    let mut other = call.clone();
    other.call = callcontrol_core::CallId::new("call-0").expect("valid");
    assert_eq!(
        transfer(&oifde, &other, bob()).await.expect_err("unknown call").kind(),
        ErrorKind::NotFound
    );
    oifde
        .close(&call.session, CloseSession::default(), &OpCx::new())
        .await
        .expect("closed");
    for error in [
        transfer(&oifde, &call, bob()).await.expect_err("closed"),
        set_mode(&oifde, &call, RobotMode::Common).await.expect_err("closed"),
        oifde
            .close(&call.session, CloseSession::default(), &OpCx::new())
            .await
            .expect_err("closed"),
    ] {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Closed, Effect::None));
    }
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_opens_once_and_again_after_it_was_closed() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    let again = || OpenSession::new(AgentId::new(session.as_str()).expect("valid"));
    let error = oifde.open(again(), &OpCx::new()).await.expect_err("open already");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    let receipt = oifde
        .close(&session, CloseSession::default(), &OpCx::new())
        .await
        .expect("closed");
    assert!(receipt.outcome().await.is_done());
    oifde.open(again(), &OpCx::new()).await.expect("opened again");
    let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
    assert_eq!(view.session(&session).expect("known").state, SessionState::Active);
    assert_eq!(script.tokens(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_id_that_is_no_work_number_opens_nothing() {
    let script = Script::willing();
    let oifde = adapter(&script);
    for id in ["101/../x", "..", "%2f", "１０１", "a#b"] {
        let request = OpenSession::new(AgentId::new(id).expect("printable"));
        let error = oifde.open(request, &OpCx::new()).await.expect_err(id);
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
    }
    assert!(script.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_shutdown_nothing_opens_and_every_session_is_closed() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    oifde.shutdown(&OpCx::new()).await;
    let view = oifde.snapshot(Default::default(), &OpCx::new()).await.expect("a view");
    assert_eq!(view.session(&session).expect("known").state, SessionState::Closed);
    let request = OpenSession::new(AgentId::new("10002").expect("valid"));
    assert_eq!(
        oifde.open(request, &OpCx::new()).await.expect_err("shut down").kind(),
        ErrorKind::Closed
    );
    let health = NativeRequest::new("GET", ["servicemonitor"]);
    assert_eq!(
        oifde.native(health, &OpCx::new()).await.expect_err("shut down").kind(),
        ErrorKind::Closed
    );
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_vendors_own_words_get_tenant_and_token_and_the_answer_comes_back_as_it_was() {
    let script = Script::with_tokens(|seen| match seen.token() {
        "t1" => no("900001"),
        "" => Play::Json(json!({ "jvm": { "fullgc": "0", "deadlock": "0" } })),
        _ => Play::status(500, &json!({ "errorCode": "7", "errorMsg": "no help request" })),
    });
    let oifde = adapter(&script);
    let reply = NativeRequest::new("POST", ["flow", "receiveDialogrecord"]).body(r#"{"callId":"s1","nodeIndex":2}"#);
    let answer = oifde.native(reply, &OpCx::new()).await.expect("answered");
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("no help request"));
    assert_eq!(
        script.last().body,
        json!({ "callId": "s1", "nodeIndex": 2, "tenantId": TENANT, "authToken": "t2" })
    );
    assert_eq!(script.count("/receiveDialogrecord"), 2);
    let health = oifde
        .native(NativeRequest::new("GET", ["servicemonitor"]), &OpCx::new())
        .await
        .expect("healthy");
    assert!(health.body.contains("deadlock"));
    assert_eq!((script.last().method, script.last().body), ("GET", Value::Null));
}
