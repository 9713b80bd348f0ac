//! What an application can get wrong: each is refused with the right kind, nothing sent.

mod support;

use callcontrol_core::{
    CallControl, CallDataPatch, CallId, Code, Dial, Effect, ErrorKind, LegAction, PhoneNumber, Requeue, StartConsult,
    Target, Transfer, TransferMode,
};
use callcontrol_simulators::cc_gateway::Mischief;
use support::{HELPER, OUTSIDE, Scene, adapter, agent, cx, number, queue, sign_in_as};

#[tokio::test]
async fn targets_that_the_gateway_cannot_address_are_refused() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    let bad = [
        queue("billing"),
        queue(&"1".repeat(25)),
        agent("10a"),
        Target::ivr("pin-check").expect("code"),
        number("+4420793"),
        number(&"9".repeat(25)),
        Target::named("queue:billing").expect("name"),
        Target::AccessCode(Code::new("60/48").expect("code")),
    ];
    for to in bad {
        let error = scene
            .transfer(&talk.ours, to.clone(), TransferMode::Blind)
            .await
            .expect_err("refused");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::InvalidInput, Effect::None),
            "{to}: {error}"
        );
    }
    assert_eq!(scene.commands(), sent);
}

#[tokio::test]
async fn values_beyond_the_gateways_bounds_are_refused() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    let call = scene.at(&talk.ours);
    let data = CallDataPatch::text("x".repeat(17 * 1024));
    let shown = PhoneNumber::new("40040").expect("number");
    let too_much = Transfer::new(agent(HELPER), TransferMode::Blind).data(data.clone());
    let caller_id = Transfer::new(number(OUTSIDE), TransferMode::Blind).caller_id(shown.clone());
    let inside = Transfer::new(agent(HELPER), TransferMode::ReleaseAfter).caller_id(shown);
    for transfer in [too_much, caller_id, inside] {
        let error = scene
            .control
            .transfer(&call, transfer, &cx())
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let consult = StartConsult::new(agent(HELPER)).data(data.clone());
    assert_eq!(
        scene
            .control
            .consult(&call, consult, &cx())
            .await
            .expect_err("refused")
            .kind(),
        ErrorKind::InvalidInput
    );
    let requeue = Requeue::connected(queue("26")).data(data);
    assert_eq!(
        scene
            .control
            .requeue(&call, requeue, &cx())
            .await
            .expect_err("refused")
            .kind(),
        ErrorKind::InvalidInput
    );
    let elsewhere = Requeue::connected(agent(HELPER));
    assert_eq!(
        scene
            .control
            .requeue(&call, elsewhere, &cx())
            .await
            .expect_err("refused")
            .kind(),
        ErrorKind::Unsupported
    );
    let dial = Dial::to(queue("25"));
    assert_eq!(
        scene
            .control
            .dial(&scene.session, dial, &cx())
            .await
            .expect_err("refused")
            .kind(),
        ErrorKind::Unsupported
    );
    assert_eq!(scene.commands(), sent);
}

#[tokio::test]
async fn a_call_that_is_gone_and_a_session_that_never_was_are_not_found() {
    let scene = Scene::new().await;
    let sent = scene.commands();
    let gone = CallId::new("call-gone").expect("id");
    let error = scene.act(&gone, LegAction::Release).await.expect_err("gone");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotFound, Effect::None));
    let error = scene
        .transfer(&gone, agent(HELPER), TransferMode::Blind)
        .await
        .expect_err("gone");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let mut elsewhere = scene.at(&gone);
    elsewhere.session = callcontrol_core::SessionId::new("999").expect("id");
    let error = scene
        .control
        .act(&elsewhere.into(), LegAction::Release, &cx())
        .await
        .expect_err("no session");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(scene.commands(), sent);
}

#[tokio::test]
async fn answers_that_are_none_leave_the_effect_open_and_nothing_is_sent_twice() {
    let strange = [
        (Mischief::HtmlReply, ErrorKind::Protocol),
        (Mischief::TruncatedReply, ErrorKind::Protocol),
        (Mischief::LostReply, ErrorKind::ConnectionLost),
        (Mischief::Retcode("777-777".into()), ErrorKind::VendorUnknown),
        (Mischief::Retcode("100-007".into()), ErrorKind::VendorFailure),
    ];
    for (mischief, kind) in strange {
        let mut scene = Scene::new().await;
        let talk = scene.talking().await;
        scene.sim.fail_next("/transfer", mischief.clone());
        let error = scene
            .transfer(&talk.ours, agent(HELPER), TransferMode::Blind)
            .await
            .expect_err("no proper answer");
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::Unknown),
            "{mischief:?}: {error}"
        );
        assert!(!error.is_retryable());
        assert_eq!(scene.sent("POST", "/transfer"), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_transfer_is_resolved_by_the_events() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    scene.sim.fail_next("/transfer", Mischief::LostReply);
    let cx = cx();
    let transfer = Transfer::new(agent(HELPER), TransferMode::Blind);
    let error = scene
        .control
        .transfer(&scene.at(&talk.ours), transfer, &cx)
        .await
        .expect_err("no answer");
    assert_eq!(error.effect(), Effect::Unknown);
    let outcome = scene.control.outcome_of(&cx.op).expect("tracked").wait().await;
    assert!(outcome.is_done(), "{outcome}");
    assert_eq!(scene.switch(|switch| switch.journal().transfers_of(talk.call)), 1);
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_unreachable_and_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let control = adapter(
        &format!("http://127.0.0.1:{port}"),
        callcontrol_huawei_cc_gateway::CcGatewayConfig::default(),
    );
    let error = control
        .open(sign_in_as("101", "40101"), &cx())
        .await
        .expect_err("nobody there");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unreachable, Effect::None));
}

#[tokio::test]
async fn an_error_page_of_a_proxy_is_named_as_such() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    scene.sim.fail_next("/hold", Mischief::HtmlReply);
    let error = scene.act(&talk.ours, LegAction::Hold).await.expect_err("a page");
    assert!(error.to_string().contains("HTML page"), "{error}");
}
