//! Faults on demand.

use std::time::Duration;

use axum::body::Body;
use callcontrol_simulators::cc_gateway::{AuthMode, Mischief};
use callcontrol_simulators::scenery::{ANN, SUPPORT};
use callcontrol_testkit::switch::CustomerPlace;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::client::{BASE, Desk, ann_talks, gateway, gateway_with, with_agent};

async fn body_of_transfer(ann: &Desk) -> Result<String, axum::Error> {
    let body = format!(r#"{{"devicetype":1,"address":"{SUPPORT}","mode":0}}"#);
    let request = Request::post(format!("{BASE}/voicecall/101/transfer")).header("guid", ann.guid.clone().unwrap());
    let answer = ann
        .gateway
        .router()
        .oneshot(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let bytes = answer.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_lost_has_moved_nobody_and_a_reply_that_is_lost_has() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    gateway.fail_next("transfer", Mischief::LostRequest);
    assert!(body_of_transfer(&ann).await.is_err());
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    gateway.fail_next("transfer", Mischief::LostReply);
    assert!(body_of_transfer(&ann).await.is_err());
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::InQueue(SUPPORT.into()))
    );
    assert_eq!(gateway.switch().journal().transfers_of(call), 1);
}

#[tokio::test(start_paused = true)]
async fn errors_and_strange_answers_come_once_and_only_where_planned() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    gateway.fail_next_with("POST", "transfer", Mischief::HtmlError(StatusCode::BAD_GATEWAY));
    gateway.fail_next("transfer", Mischief::Retcode("777-777".into()));
    gateway.fail_next(
        "transfer",
        Mischief::Answer {
            status: StatusCode::OK,
            body: "{}".into(),
        },
    );
    assert_eq!(ann.poll().await.code(), "0");
    assert!(body_of_transfer(&ann).await.unwrap().starts_with("<html>"));
    assert!(body_of_transfer(&ann).await.unwrap().contains("777-777"));
    assert_eq!(body_of_transfer(&ann).await.unwrap(), "{}");
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    gateway.fail_next("transfer", Mischief::TruncatedReply);
    assert!(!body_of_transfer(&ann).await.unwrap().ends_with('}'));
    assert_eq!(gateway.switch().journal().transfers_of(call), 1);
    gateway.fail_next("agentevent", Mischief::HtmlReply);
    assert!(ann.poll().await.text.contains("log in"));
    gateway.fail_next("agentevent", Mischief::LostRequest);
    gateway.behave();
    assert_eq!(ann.poll().await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_has_been_applied_and_a_delayed_request_has_not() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    let minute = Duration::from_secs(60);
    gateway.fail_next("transfer", Mischief::Delay(minute));
    assert!(tokio::time::timeout(minute / 2, body_of_transfer(&ann)).await.is_err());
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    gateway.fail_next("transfer", Mischief::SlowReply(minute));
    assert!(tokio::time::timeout(minute / 2, body_of_transfer(&ann)).await.is_err());
    assert_eq!(gateway.switch().journal().transfers_of(call), 1);
}

#[tokio::test(start_paused = true)]
async fn a_credential_expires_and_a_session_ends_on_demand() {
    let gateway = gateway_with(|options| options.auth = AuthMode::Static);
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    gateway.expire_guid(ANN.0);
    assert_eq!(ann.poll().await.code(), "000-003");
    assert!(gateway.is_signed_in(ANN.0));
    gateway.end_session(ANN.0);
    assert_eq!(ann.poll().await.code(), "100-006");
    assert!(!gateway.is_signed_in(ANN.0));
    Desk::signed_in(&gateway, ANN, 4).await;
}
