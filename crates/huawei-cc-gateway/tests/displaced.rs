//! Whose agent it is: somebody else's sign-in, a supervisor's sign-out, and taking over only an agent in no call.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentStateRequest, CallControl, CloseSession, Displace, ErrorKind, FeedItem, Filter, IdSource,
    OpenSession, SessionId, SessionState, SignIn, Supervise,
};
use callcontrol_http::{BaseUrl, InMemoryTransport};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig, SignInAgain};
use callcontrol_simulators::cc_gateway::{AuthCode, CcGatewaySimulator};
use callcontrol_testkit::switch::Party;
use support::{
    AGENT, CUSTOMER, HELPER, PHONE, Scene, adapter, agent, all_well, cx, in_process, sign_in_as, switch, until_session,
};

const SUPERVISOR: (&str, &str) = ("103", "40103");

async fn scene() -> Scene {
    let switch = switch()
        .absent_agent(SUPERVISOR.0, SUPERVISOR.1)
        .absent_agent("104", "40104");
    Scene::closed(switch.build(), |_| {}, CcGatewayConfig::default()).await
}

#[tokio::test]
async fn an_agent_signed_out_by_a_supervisor_is_displaced_and_stays_so() {
    for told in [AuthCode::NotSignedIn, AuthCode::NoRight] {
        let mut scene = scene().await;
        scene.sim.update_options(|options| options.displaced = told);
        scene.sign_in().await.unwrap();
        let boss = scene
            .control
            .open(sign_in_as(SUPERVISOR.0, SUPERVISOR.1), &cx())
            .await
            .unwrap();
        let sign_out = Supervise::SignOut { agent: agent(AGENT) };
        let receipt = scene.control.supervise(&boss.session, sign_out, &cx()).await.unwrap();
        assert!(support::outcome(&receipt).await.is_done());
        scene.until_session(SessionState::Displaced).await;
        assert_eq!(scene.sent("PUT", "/onlineagent/101"), 1, "nobody fights over the agent");
        assert!(!scene.sim.is_signed_in(AGENT));
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_taken_on_a_healthy_link_comes_back_only_with_sign_in_again_always() {
    let mut config = CcGatewayConfig::default();
    config.sign_in_again = SignInAgain::Always;
    let (sim, control) = in_process(|_| {}, config, all_well);
    let mut feed = control.subscribe(Filter::all());
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    until_session(&mut feed, SessionState::Active).await;
    sim.end_session(AGENT);
    until_session(&mut feed, SessionState::Recovering).await;
    until_session(&mut feed, SessionState::Active).await;
    assert!(sim.is_signed_in(AGENT));
    control.shutdown(&cx()).await;
}

#[tokio::test]
async fn an_idle_agent_is_taken_over_and_one_in_a_call_is_not() {
    let mut scene = scene().await;
    scene.sign_in().await.unwrap();
    let other = adapter(&scene.server.base_url(), CcGatewayConfig::default());
    let if_idle = || sign_in_as(AGENT, PHONE).displace(Displace::IfIdle);

    let error = other.open(if_idle(), &cx()).await.expect_err("nobody to ask");
    assert_eq!(error.native_code(), Some("100-002"));
    assert!(error.to_string().contains("nobody can ask"), "{error}");

    other.open(sign_in_as("104", "40104"), &cx()).await.unwrap();
    let talk = scene.talking().await;
    let error = other.open(if_idle(), &cx()).await.expect_err("in a call");
    assert_eq!(
        (error.kind(), error.native_code()),
        (ErrorKind::InvalidState, Some("100-002"))
    );
    assert!(error.to_string().contains("not idle"), "{error}");
    assert_eq!(scene.sent("PUT", "/forcelogin"), 0);

    scene
        .switch(|switch| switch.hang_up(&Party::outside(CUSTOMER), talk.call))
        .unwrap();
    scene
        .until(|scene| scene.views().is_empty().then_some(()), "no call")
        .await;
    other.open(if_idle(), &cx()).await.expect("taken over");
    assert_eq!(scene.sent("PUT", "/forcelogin"), 1);
    scene.until_session(SessionState::Displaced).await;
    other.shutdown(&cx()).await;
}

#[tokio::test]
async fn the_platforms_other_doors_lead_to_the_same_session() {
    let scene = scene().await;
    let voice = OpenSession::new(AgentId::new(AGENT).unwrap())
        .password(support::PASSWORD)
        .sign_in(SignIn::VoiceOnly);
    let info = scene
        .control
        .open(voice, &cx())
        .await
        .expect("voice only, without a phone");
    assert_eq!(
        (info.session.as_str(), scene.sent("PUT", "/onlineagent/101/loginex")),
        (AGENT, 1)
    );

    let account = sign_in_as("bob", "40102").sign_in(SignIn::Account);
    scene.switch(|switch| switch.sign_out(HELPER)).unwrap();
    let info = scene.control.open(account.clone(), &cx()).await.expect("by account");
    assert_eq!((info.session.as_str(), info.agent.as_str()), (HELPER, HELPER));
    assert_eq!(scene.last_body("/loginbyaccount")["account"], "bob");
    let session = SessionId::new(HELPER).unwrap();
    let busy = AgentStateRequest::NotReady { reason: None };
    let receipt = scene.control.set_agent_state(&session, busy, &cx()).await.unwrap();
    assert!(support::outcome(&receipt).await.is_done());

    let error = scene
        .control
        .open(account.displace(Displace::Always), &cx())
        .await
        .expect_err("signed in already");
    assert!(error.to_string().contains("by agent id only"), "{error}");
    let unknown = sign_in_as("nobody", "40102").sign_in(SignIn::Account);
    let error = scene.control.open(unknown, &cx()).await.expect_err("no such account");
    assert_eq!(
        (error.kind(), error.native_code()),
        (ErrorKind::Credentials, Some("100-062"))
    );
}

#[tokio::test]
async fn an_agent_signs_out_with_a_reason() {
    let mut scene = scene().await;
    scene.sign_in().await.unwrap();
    scene.talking().await;
    let scene = scene;
    let close = async |request| scene.control.close(&scene.session, request, &cx()).await;
    let error = close(CloseSession::default().reason(0))
        .await
        .expect_err("no such reason");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    close(CloseSession::default().reason(7))
        .await
        .expect("signed out, call or not");
    assert_eq!(scene.sent("DELETE", "/onlineagent/101/forcelogoutwithreason/7"), 1);
    assert!(!scene.sim.is_signed_in(AGENT));
}

#[tokio::test]
async fn sign_in_and_sign_out_of_one_agent_never_overlap() {
    let scene = scene().await;
    let (first, second) = tokio::join!(scene.sign_in(), scene.sign_in());
    let refused = [first, second]
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.kind())
        .collect::<Vec<_>>();
    assert_eq!(refused, [ErrorKind::Conflict]);
    let (first, second) = tokio::join!(scene.sign_out(), scene.sign_out());
    let refused = [first.err(), second.err()]
        .into_iter()
        .flatten()
        .map(|error| error.kind())
        .collect::<Vec<_>>();
    assert_eq!(refused, [ErrorKind::Conflict]);
    assert_eq!(
        (scene.sent("PUT", "/onlineagent/101"), scene.sent("DELETE", "/logout")),
        (1, 1)
    );
}

/// Two agents at one gateway, signed in by one application.
async fn two(displace: Displace) -> (CcGatewaySimulator, Arc<CcGateway>, [SessionId; 2]) {
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), all_well);
    sim.switch().with(|switch| switch.sign_out(HELPER)).unwrap();
    for (name, phone) in [(AGENT, PHONE), (HELPER, "40102")] {
        let request = sign_in_as(name, phone).displace(displace);
        control.open(request, &cx()).await.unwrap();
    }
    let sessions = [AGENT, HELPER].map(|name| SessionId::new(name).unwrap());
    (sim, control, sessions)
}

async fn states(control: &CcGateway, sessions: &[SessionId]) -> Vec<SessionState> {
    let mut feed = control.subscribe(Filter::all());
    let first = futures::FutureExt::now_or_never(feed.next()).flatten();
    let Some(FeedItem::Snapshot(snapshot)) = first else {
        panic!("the first item is a snapshot")
    };
    sessions.iter().map(|id| snapshot.session(id).unwrap().state).collect()
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_ends_all_polls_in_good_order_gets_its_agents_back() {
    for apart in [0, 1500] {
        let (sim, control, sessions) = two(Displace::Never).await;
        sim.end_session(AGENT);
        tokio::time::sleep(Duration::from_millis(apart)).await;
        sim.end_session(HELPER);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(
            states(&control, &sessions).await,
            [SessionState::Active; 2],
            "{apart} ms apart"
        );
        assert!(sim.is_signed_in(AGENT) && sim.is_signed_in(HELPER));
        control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn agents_taken_one_after_the_other_are_displaced() {
    let (sim, control, sessions) = two(Displace::Never).await;
    sim.end_session(AGENT);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let displaced = SessionState::Displaced;
    assert_eq!(states(&control, &sessions).await, [displaced, SessionState::Active]);
    sim.end_session(HELPER);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(states(&control, &sessions).await, [displaced; 2]);
    assert!(!sim.is_signed_in(AGENT) && !sim.is_signed_in(HELPER));
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn another_application_that_takes_over_all_agents_at_once_keeps_them() {
    let (sim, control, sessions) = two(Displace::Always).await;
    let base = BaseUrl::parse("http://gateway.example:8043").unwrap();
    let transport = Arc::new(InMemoryTransport::new(base, sim.router()));
    let other = CcGateway::new(CcGatewayConfig::default(), transport, IdSource::seeded(8)).unwrap();
    for (name, phone) in [(AGENT, PHONE), (HELPER, "40102")] {
        let request = sign_in_as(name, phone).displace(Displace::Always);
        other.open(request, &cx()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(states(&control, &sessions).await, [SessionState::Displaced; 2]);
    assert_eq!(states(&other, &sessions).await, [SessionState::Active; 2]);
    assert_eq!(sim.requests().count("PUT", "/forcelogin"), 2, "nobody is fought over");
    control.shutdown(&cx()).await;
    other.shutdown(&cx()).await;
}
