//! What an HTTP status means here, where every refusal of the gateway's own comes with status 200: something in between, a wrong path, a wrong right.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::{AgentStateRequest, CallControl, Effect, ErrorKind, SessionId};
use callcontrol_http::{Attempt, Bytes, Trick};
use callcontrol_huawei_cc_gateway::CcGatewayConfig;
use support::{AGENT, PHONE, all_well, cx, in_process, sign_in_as};

fn answers(
    to: &'static str,
    status: u16,
    body: &'static str,
) -> impl Fn(&Attempt<'_>) -> Trick + Send + Sync + 'static {
    move |attempt| match attempt.request.path().shape().ends_with(to) {
        true => Trick::Answer {
            status,
            content_type: "application/json",
            body: Bytes::from_static(body.as_bytes()),
        },
        false => Trick::Pass,
    }
}

#[tokio::test(start_paused = true)]
async fn no_session_no_right_no_path_and_no_method_are_told_apart_and_a_wrong_address_names_the_base_url() {
    for (status, kind, names_base) in [
        (401, ErrorKind::SessionLost, false),
        (403, ErrorKind::Permission, false),
        (404, ErrorKind::NotFound, true),
        (405, ErrorKind::Config, true),
    ] {
        let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), answers("/saybusy", status, "{}"));
        control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
        let busy = AgentStateRequest::NotReady { reason: None };
        let error = control
            .set_agent_state(&SessionId::new(AGENT).unwrap(), busy, &cx())
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{status}");
        assert_eq!(error.to_string().contains("base URL"), names_base, "{status}: {error}");
        control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_at_a_wrong_path_names_the_base_url_and_is_tried_once() {
    for status in [404, 405] {
        let (sim, control) = in_process(
            |_| {},
            CcGatewayConfig::default(),
            answers("/onlineagent/{id}", status, "{}"),
        );
        let error = control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap_err();
        assert!(error.to_string().contains("base URL"), "{status}: {error}");
        assert_eq!(error.effect(), Effect::None);
        assert!(
            sim.requests().all().is_empty(),
            "nothing got through, and nothing was sent beside"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_gateways_own_words_for_no_session_and_no_right_come_with_status_200() {
    for (body, kind) in [
        (r#"{"retcode":"100-006"}"#, ErrorKind::SessionLost),
        (r#"{"retcode":"000-003"}"#, ErrorKind::SessionLost),
        (r#"{"retcode":"900-002"}"#, ErrorKind::Permission),
    ] {
        let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), answers("/saybusy", 200, body));
        control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
        let busy = AgentStateRequest::NotReady { reason: None };
        let error = control
            .set_agent_state(&SessionId::new(AGENT).unwrap(), busy, &cx())
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{body}");
        control.shutdown(&cx()).await;
    }
    let (_sim, control) = in_process(|_| {}, CcGatewayConfig::default(), all_well);
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    control.shutdown(&cx()).await;
}
