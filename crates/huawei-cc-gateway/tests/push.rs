//! Push mode: the gateway calls the application's server, which hands each message over; the handshake is the heart-beat.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    CallControl, ErrorKind, EventKind, FeedItem, Filter, LegAction, LegState, Pushed, Scope, Secret, SessionId,
    SessionState,
};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig, Events};
use callcontrol_simulators::cc_gateway::{AuthMode, CcGatewayOptions, CcGatewaySimulator, PushForm};
use callcontrol_testkit::switch::Party;
use support::{AGENT, CUSTOMER, PHONE, all_well, cx, in_process, sign_in_as, until_session};

const TOKEN: &str = "t0kenOfTheDesk";

fn config() -> CcGatewayConfig {
    let mut config = CcGatewayConfig::default();
    config.events = Events::Push;
    config.callback_url = Some("http://desk.example/events".into());
    config.service_token = Some(Secret::new(TOKEN).into());
    config
}

fn session() -> SessionId {
    SessionId::new(AGENT).unwrap()
}

/// Signs in and carries pushes from the gateway to the adapter, as an application's server does.
async fn signed_in(change: impl FnOnce(&mut CcGatewayOptions)) -> (CcGatewaySimulator, Arc<CcGateway>) {
    let (sim, control) = in_process(change, config(), all_well);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    (sim, control)
}

async fn carry(sim: &CcGatewaySimulator, control: &CcGateway) {
    while let Some(push) = sim.next_push(AGENT).await {
        let mut pushed = Pushed::new(push.body.into_bytes());
        for (name, value) in push.headers {
            pushed = pushed.header(name, value);
        }
        let reply = control.receive(pushed, &cx()).await.unwrap();
        sim.pushed(
            AGENT,
            reply.status == 200 && reply.body == r#"{"message":"success","retcode":"0"}"#,
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_taken_and_ended_by_pushed_events_in_either_form() {
    for form in [PushForm::Batch, PushForm::Envelope] {
        let (sim, control) = signed_in(|options| options.push_form = form).await;
        let story = async {
            let mut feed = control.subscribe(Filter::all());
            let switch = sim.switch();
            switch
                .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
                .unwrap();
            let call = loop {
                match feed.next().await.unwrap() {
                    FeedItem::Event(event) if event.kind == EventKind::Offered => break event.call.clone().unwrap(),
                    _ => {}
                }
            };
            let at = callcontrol_core::CallRef {
                session: session(),
                call,
            };
            for what in [
                LegAction::Answer,
                LegAction::Hold,
                LegAction::Retrieve,
                LegAction::Release,
            ] {
                let receipt = control.act(&at.clone().into(), what, &cx()).await.unwrap();
                assert!(receipt.outcome().await.is_done(), "{what:?} {form:?}");
            }
            assert_eq!(sim.requests().count("GET", "/agentevent/101"), 0, "nobody polls");
            control.shutdown(&cx()).await;
        };
        tokio::select! {
            biased;
            () = story => {}
            () = async { carry(&sim, &control).await; std::future::pending().await } => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_handshake_keeps_the_session_and_brings_the_new_credential() {
    let rotating = |options: &mut CcGatewayOptions| {
        options.auth = AuthMode::Rotating {
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(120),
        };
    };
    let (sim, control) = signed_in(rotating).await;
    let first = sim.guid(AGENT);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(sim.is_signed_in(AGENT) && sim.guid(AGENT) != first);
    let beats = sim.requests().count("POST", "/handshake");
    assert!((120..=200).contains(&beats), "{beats} heart-beats in an hour");
    let snapshot = control.snapshot(Scope::All, &cx()).await.unwrap();
    assert_eq!(snapshot.session(&session()).unwrap().state, SessionState::Active);
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_push_without_the_right_token_or_of_another_stay_is_turned_away_and_publishes_nothing() {
    let (sim, control) = signed_in(|_| {}).await;
    let guid = sim.guid(AGENT).unwrap();
    let before = control
        .snapshot(Scope::All, &cx())
        .await
        .unwrap()
        .session(&session())
        .unwrap()
        .seq;
    let body: &[u8] =
        br#"{"workNo":"101","eventList":[{"eventType":"AgentEvent_Hold","workNo":"101","content":"1-9"}]}"#;
    let push = |token: &str, guid: &str| Pushed::new(body).header("Service_Token", token).header("GUID", guid);
    for pushed in [
        push("wrong", &guid),
        push("", &guid),
        push(&TOKEN[1..], &guid),
        Pushed::new(body).header("Guid", guid.clone()),
        push(TOKEN, "00000000-0000.AgentGateway0"),
    ] {
        let reply = control.receive(pushed, &cx()).await.unwrap();
        assert_eq!(reply.status, 401);
        assert!(!reply.body.contains(TOKEN));
    }
    let now = || async {
        control
            .snapshot(Scope::All, &cx())
            .await
            .unwrap()
            .session(&session())
            .unwrap()
            .seq
    };
    assert_eq!(now().await, before, "nothing was published");
    let reply = control.receive(push(TOKEN, &guid), &cx()).await.unwrap();
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (200, r#"{"message":"success","retcode":"0"}"#)
    );
    assert_ne!(now().await, before);
    for (body, status) in [
        (&b"<html>"[..], 400),
        (br#"{"workNo":"999","eventList":[{"eventType":"x"}]}"#, 200),
    ] {
        let reply = control
            .receive(Pushed::new(body).header("service_token", TOKEN), &cx())
            .await
            .unwrap();
        assert_eq!(reply.status, status);
    }
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_forgot_the_agent_is_noticed_by_the_handshake_and_signed_in_to_again() {
    let (sim, control) = signed_in(|_| {}).await;
    let mut feed = control.subscribe(Filter::all());
    sim.fail_next("handshake", callcontrol_simulators::cc_gateway::Mischief::LostRequest);
    until_session(&mut feed, SessionState::Recovering).await;
    sim.restart();
    until_session(&mut feed, SessionState::Active).await;
    assert!(sim.is_signed_in(AGENT));
    let views = control.snapshot(Scope::All, &cx()).await.unwrap();
    assert!(
        views
            .session(&session())
            .unwrap()
            .calls
            .values()
            .all(|view| view.state != LegState::Ringing)
    );
    control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn where_events_are_polled_nothing_is_received() {
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), all_well);
    let error = control
        .receive(Pushed::new(&b"{}"[..]), &cx())
        .await
        .expect_err("polled");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("events = \"push\""), "{error}");
}
