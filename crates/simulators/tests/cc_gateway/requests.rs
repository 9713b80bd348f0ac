//! Requests that never reach an operation (sections 1 and 15).

use axum::body::Body;
use callcontrol_simulators::cc_gateway::BadRequest;
use callcontrol_simulators::scenery::ANN;
use http::{Request, StatusCode};
use serde_json::json;

use crate::client::{BASE, Desk, ann_talks, gateway, gateway_with, send};

#[tokio::test(start_paused = true)]
async fn a_wrong_method_is_an_http_error_and_an_unknown_path_as_well() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    for (method, operation) in [
        ("POST", "release"),
        ("GET", "hold"),
        ("POST", "answer"),
        ("PUT", "transfer"),
    ] {
        assert_eq!(
            ann.voice(method, operation).await.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{operation}"
        );
    }
    assert_eq!(ann.voice("POST", "teleport").await.status, StatusCode::NOT_FOUND);
    assert_eq!(gateway.switch().active_call(ANN.0), Some(call));
    assert_eq!(gateway.requests().count("POST", "/release"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_path_parameter_outside_its_pattern_is_refused_as_set() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let paths = [
        "agentevent/0101",
        "agentevent/1000000",
        "agentevent/ann",
        "agentevent/101%2fx",
        "calldata/101/waitcallinfo/x",
    ];
    for path in paths {
        assert_eq!(ann.ask("GET", path, None).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(
        ann.ask("GET", "voicecall/101/../x/transfer", None).await.status,
        StatusCode::NOT_FOUND
    );
    gateway.update_options(|options| options.path_mismatch = BadRequest::Retcode);
    for path in paths {
        assert_eq!(ann.ask("GET", path, None).await.code(), "000-002", "{path}");
    }
    gateway.update_options(|options| options.largest_agent_id = 59_999);
    assert_eq!(ann.ask("GET", "agentevent/60000", None).await.code(), "000-002");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_json_object_is_refused_as_set() {
    let gateway = gateway();
    let (ann, _) = ann_talks(&gateway).await;
    for body in ["", "{", "[]", "null", "\"x\"", "{\"devicetype\":1,}"] {
        let request = || {
            let uri = format!("{BASE}/voicecall/101/transfer");
            let request = Request::post(uri).header("Guid", ann.guid.clone().unwrap());
            request.body(Body::from(body)).unwrap()
        };
        gateway.update_options(|options| options.malformed_body = BadRequest::Http(StatusCode::BAD_REQUEST));
        assert_eq!(
            send(&gateway, request()).await.status,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
        gateway.update_options(|options| options.malformed_body = BadRequest::Retcode);
        assert_eq!(send(&gateway, request()).await.code(), "000-002", "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_nobody_documents_is_ignored_or_refused() {
    let gateway = gateway();
    let (ann, _) = ann_talks(&gateway).await;
    let body = json!({ "devicetype": 1, "address": "26", "mode": 2, "priority": 1 });
    gateway.update_options(|options| options.unknown_property = Some(BadRequest::Http(StatusCode::BAD_REQUEST)));
    assert_eq!(
        ann.voice_with("POST", "transfer", body.clone()).await.status,
        StatusCode::BAD_REQUEST
    );
    gateway.update_options(|options| options.unknown_property = None);
    assert_eq!(ann.voice_with("POST", "transfer", body).await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn a_double_slash_counts_as_one_unless_told_otherwise() {
    let gateway = gateway_with(|options| options.double_slash = true);
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    assert_eq!(ann.ask("GET", "/agentevent/101", None).await.code(), "0");
    gateway.update_options(|options| options.double_slash = false);
    assert_eq!(
        ann.ask("GET", "/agentevent/101", None).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_is_in_any_debug_output() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let mut shown = format!("{gateway:?} {:?}", gateway.requests());
    gateway.update_options(|options| shown.push_str(&format!("{options:?}")));
    assert!(
        !shown.contains("cti-secret") && !shown.contains(ann.guid.as_deref().unwrap()),
        "{shown}"
    );
}
