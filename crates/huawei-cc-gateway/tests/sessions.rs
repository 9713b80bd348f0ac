//! Signing in and out, the credential and its rotation, and the ends a session can come to.

mod support;

use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentStateRequest, CallControl, CloseSession, Displace, Effect, ErrorKind, Filter, LegAction, OpenSession,
    PhoneNumber, Scope, SessionId, SessionState,
};
use callcontrol_huawei_cc_gateway::{CcGatewayConfig, Queues};
use callcontrol_simulators::cc_gateway::{AuthCode, AuthMode, CcGatewayOptions, Mischief};
use serde_json::json;
use support::{AGENT, PASSWORD, PHONE, Scene, adapter, all_well, cx, in_process, sign_in_as, switch, until_session};

fn session() -> SessionId {
    SessionId::new(AGENT).expect("id")
}

async fn nobody_signed_in() -> Scene {
    Scene::closed(switch().build(), |_| {}, CcGatewayConfig::default()).await
}

#[tokio::test]
async fn an_agent_signs_in_selects_all_queues_and_signs_out() {
    let mut scene = nobody_signed_in().await;
    scene.sign_in().await.expect("signed in");
    let body = scene.last_body("/onlineagent/101");
    let expected = json!({"password": PASSWORD, "phonenum": PHONE, "autoanswer": false, "autoenteridle": true,
        "status": 4, "releasephone": true, "agenttype": 4});
    assert_eq!(body, expected);
    assert_eq!(scene.sent("POST", "/resetskill/true"), 1);
    scene.until_session(SessionState::Active).await;
    scene.sign_out().await.expect("signed out");
    scene.until_session(SessionState::Closed).await;
    assert!(!scene.sim.is_signed_in(AGENT));
    let error = scene
        .control
        .set_agent_state(&session(), AgentStateRequest::Ready, &cx())
        .await
        .expect_err("closed");
    assert_eq!(error.kind(), ErrorKind::Closed);
    scene.sign_in().await.expect("signed in again");
}

#[tokio::test]
async fn configured_queues_are_named() {
    let mut config = CcGatewayConfig::default();
    config.queues = Queues::Only(vec![25, 26]);
    let scene = Scene::closed(switch().build(), |_| {}, config).await;
    scene.sign_in().await.expect("signed in");
    assert_eq!(scene.sent("POST", "/resetskill/false"), 1);
    assert_eq!(scene.last_query("/resetskill/false"), "skillid=25%3B26");
}

#[tokio::test]
async fn every_request_after_the_sign_in_carries_the_credential_and_the_cookies() {
    let scene = Scene::closed(
        switch().build(),
        |options| options.sticky_cookie = Some("huaweielbsession".into()),
        CcGatewayConfig::default(),
    )
    .await;
    scene.sign_in().await.expect("signed in");
    let guid = scene.sim.guid(AGENT).expect("a credential");
    let requests = scene.sim.requests().all();
    let header = |at: usize, name: &str| {
        let headers = &requests.get(at).expect("a request").headers;
        headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(header(0, "guid"), None);
    assert_eq!(header(1, "guid"), Some(guid));
    assert!(header(1, "cookie").expect("a cookie").starts_with("huaweielbsession="));
}

#[tokio::test]
async fn neither_password_nor_credential_nor_numbers_are_shown() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let guid = scene.sim.guid(AGENT).expect("a credential");
    scene.sim.fail_next("/hold", Mischief::HtmlReply);
    let error = scene.act(&talk.ours, LegAction::Hold).await.expect_err("a page");
    let shown = format!("{:?} {error} {error:?} {:?}", scene.control, scene.views());
    for secret in [guid.as_str(), PASSWORD, support::CUSTOMER, PHONE] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn a_sign_in_without_a_credential_is_of_no_use_and_says_so() {
    let change = |options: &mut CcGatewayOptions| options.guid_on_rotating_sign_in = false;
    let scene = Scene::closed(switch().build(), change, CcGatewayConfig::default()).await;
    let error = scene.sign_in().await.expect_err("no credential");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Protocol, Effect::Applied),
        "{error}"
    );
    assert_eq!(scene.commands(), 1);
}

#[tokio::test]
async fn nobody_signs_in_after_the_shutdown() {
    let scene = Scene::new().await;
    scene.control.shutdown(&cx()).await;
    let sent = scene.commands();
    let error = scene.sign_in().await.expect_err("shut down");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::Closed, sent));
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let scene = nobody_signed_in().await;
    let wrong = OpenSession::new(AgentId::new(AGENT).expect("id"))
        .password("wrong")
        .phone(PhoneNumber::new(PHONE).expect("number"));
    let error = scene.control.open(wrong, &cx()).await.expect_err("refused");
    assert_eq!(
        (error.kind(), error.effect(), error.native_code()),
        (ErrorKind::Credentials, Effect::None, Some("100-004"))
    );
    assert!(!format!("{error} {error:?}").contains("wrong\""));
    assert_eq!(scene.commands(), 1);
    let snapshot = scene.control.snapshot(Scope::All, &cx()).await.expect("local");
    assert_eq!(
        snapshot.session(&session()).map(|view| view.state),
        Some(SessionState::Closed)
    );
}

#[tokio::test]
async fn a_sign_in_without_phone_or_password_or_with_a_bad_agent_id_sends_nothing() {
    let scene = nobody_signed_in().await;
    let id = |text: &str| AgentId::new(text).expect("opaque");
    let phone = || PhoneNumber::new(PHONE).expect("number");
    let requests = [
        OpenSession::new(id(AGENT)).password(PASSWORD),
        OpenSession::new(id(AGENT)).phone(phone()),
        OpenSession::new(id("101/../x")).password(PASSWORD).phone(phone()),
        OpenSession::new(id(AGENT))
            .password("x".repeat(33).as_str())
            .phone(phone()),
        OpenSession::new(id(AGENT))
            .password(PASSWORD)
            .phone(PhoneNumber::new("+40101").expect("number")),
        sign_in_as(AGENT, PHONE).state(AgentStateRequest::Rest {
            duration: Duration::from_secs(1),
            reason: None,
        }),
    ];
    for request in requests {
        let error = scene.control.open(request, &cx()).await.expect_err("refused");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::InvalidInput, Effect::None),
            "{error}"
        );
    }
    assert_eq!(scene.commands(), 0);
}

#[tokio::test]
async fn an_agent_signed_in_elsewhere_is_displaced_only_if_asked_for() {
    for told in [AuthCode::NotSignedIn, AuthCode::NoRight] {
        let mut scene = Scene::options(move |options| options.displaced = told).await;
        let other = adapter(&scene.server.base_url(), CcGatewayConfig::default());
        let error = other
            .open(sign_in_as(AGENT, PHONE), &cx())
            .await
            .expect_err("signed in elsewhere");
        assert_eq!(
            (error.kind(), error.native_code()),
            (ErrorKind::InvalidState, Some("100-002"))
        );
        assert_eq!(scene.sent("PUT", "/forcelogin"), 0);
        other
            .open(sign_in_as(AGENT, PHONE).displace(Displace::Always), &cx())
            .await
            .expect("taken over");
        assert_eq!(scene.sent("PUT", "/forcelogin"), 1);
        let reason = scene.until_session(SessionState::Displaced).await;
        assert!(reason.contains("somebody else signed in with this agent"), "{reason}");
        let sent = scene.commands();
        let error = scene
            .control
            .set_agent_state(&session(), AgentStateRequest::Ready, &cx())
            .await
            .expect_err("displaced");
        assert_eq!((error.kind(), scene.commands()), (ErrorKind::Displaced, sent));
        other.shutdown(&cx()).await;
    }
}

#[tokio::test]
async fn a_session_that_somebody_ends_at_the_gateway_is_displaced_and_can_be_opened_again() {
    let mut scene = Scene::new().await;
    scene.sim.end_session(AGENT);
    scene.until_session(SessionState::Displaced).await;
    scene.sign_in().await.expect("signed in again");
    scene.until_session(SessionState::Active).await;
    let talk = scene.talking().await;
    assert!(scene.view(&talk.ours).is_some());
}

#[tokio::test]
async fn one_agent_is_not_signed_in_twice_here() {
    let scene = Scene::new().await;
    let sent = scene.commands();
    let error = scene.sign_in().await.expect_err("open already");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::InvalidState, sent));
}

#[tokio::test]
async fn a_sign_in_whose_queues_cannot_be_selected_is_taken_back() {
    let scene = nobody_signed_in().await;
    scene.sim.fail_next("/resetskill", Mischief::Retcode("100-007".into()));
    let error = scene.sign_in().await.expect_err("no queues");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::VendorFailure, Effect::None),
        "{error}"
    );
    assert!(!scene.sim.is_signed_in(AGENT));
    assert_eq!(scene.sent("DELETE", "/forcelogout"), 1);
    scene.sign_in().await.expect("works the second time");
}

#[tokio::test]
async fn signing_out_during_a_call_is_refused_unless_forced() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let error = scene.sign_out().await.expect_err("in a call");
    assert_eq!(
        (error.kind(), error.native_code()),
        (ErrorKind::InvalidState, Some("100-010"))
    );
    let held = scene
        .act(&talk.ours, LegAction::Hold)
        .await
        .expect("the session goes on");
    assert!(support::outcome(&held).await.is_done());
    scene
        .control
        .close(&session(), CloseSession::forced(), &cx())
        .await
        .expect("forced");
    assert_eq!(scene.sent("DELETE", "/forcelogout"), 1);
    scene.until_session(SessionState::Closed).await;
}

#[tokio::test]
async fn shutdown_signs_out_and_ends_the_feeds() {
    let mut scene = Scene::new().await;
    scene.control.shutdown(&cx()).await;
    assert!(!scene.sim.is_signed_in(AGENT));
    while scene.feed.next().await.is_some() {}
}

fn rotating(options: &mut CcGatewayOptions) {
    options.auth = AuthMode::Rotating {
        interval: Duration::from_secs(60),
        timeout: Duration::from_secs(120),
    };
}

#[tokio::test(start_paused = true)]
async fn a_rotating_credential_is_followed_for_an_hour() {
    for auth in [None, Some(AuthMode::Static)] {
        let change = |options: &mut CcGatewayOptions| match auth {
            None => rotating(options),
            Some(auth) => options.auth = auth,
        };
        let (sim, control) = in_process(change, CcGatewayConfig::default(), all_well);
        control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
        let first = sim.guid(AGENT);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(sim.guid(AGENT) == first, auth.is_some());
        let busy = AgentStateRequest::NotReady { reason: None };
        let receipt = control
            .set_agent_state(&session(), busy, &cx())
            .await
            .expect("the credential is good");
        assert!(receipt.outcome().await.is_done());
        control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_stops_working_on_a_healthy_link_means_that_somebody_took_the_agent() {
    let (sim, control) = in_process(rotating, CcGatewayConfig::default(), all_well);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.expect("signed in");
    until_session(&mut feed, SessionState::Active).await;
    sim.expire_guid(AGENT);
    until_session(&mut feed, SessionState::Displaced).await;
}
