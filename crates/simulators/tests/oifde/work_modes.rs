//! The work-mode machine of section 4.5 and the order of checks of section 13.

use callcontrol_simulators::oifde::{
    CallIdStyle, Delivery, ErrorCodeForm, NewSession, PublishMode, SameMode, WorkMode,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{CustomerPlace, Party};
use http::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, MODE};

const WRONG_STATE: &str = "20900003";

#[tokio::test(start_paused = true)]
async fn a_silent_agent_goes_from_watching_to_speaking_and_back_and_hands_over() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InIvr("9000".into()))
    );
    assert_eq!(bench.change(&session, "2").await, "0");
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Insertion));
    assert_eq!(bench.change(&session, "1").await, "0");
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
    assert_eq!(bench.transfer(&session, "2", scenery::PIN_CHECK).await, "0");
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Transfer));
    assert_eq!(bench.change(&session, "1").await, WRONG_STATE);
    assert_eq!(bench.transfer(&session, "2", scenery::PIN_CHECK).await, WRONG_STATE);
    assert_eq!(bench.sim.transfers_of(&session), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_let_go_cannot_be_brought_back() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert_eq!(bench.change(&session, "0").await, "0");
    for mode in ["0", "1", "2"] {
        assert_eq!(bench.change(&session, mode).await, WRONG_STATE);
    }
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, WRONG_STATE);
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InIvr("9000".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_of_a_common_flow_cannot_be_grabbed() {
    let bench = Bench::new().await;
    let session = bench.begin(NewSession::new(scenery::CUSTOMER).mode(PublishMode::Common));
    for mode in ["0", "1", "2"] {
        assert_eq!(bench.change(&session, mode).await, WRONG_STATE);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_mode_again_is_refused_or_accepted_as_the_option_says() {
    for (same_mode, code) in [(SameMode::Refused, WRONG_STATE), (SameMode::Accepted, "0")] {
        let bench = Bench::with(|options| options.same_mode = same_mode).await;
        let session = bench.session();
        assert_eq!(bench.change(&session, "1").await, code);
        assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
    }
}

#[tokio::test(start_paused = true)]
async fn each_check_comes_before_the_next_one() {
    let bench = Bench::new().await;
    let session = bench.begin(NewSession::new(scenery::CUSTOMER).mode(PublishMode::Common));
    let mut request = json!({ "callId": "1", "agentId": "9", "workMode": "9", "authToken": "none" });
    let mut steps = vec![bench.ask(&request).await];
    for (member, value) in [
        ("tenantId", json!(crate::bench::TENANT)),
        ("authToken", json!(bench.token)),
        ("callId", json!(session.as_str())),
        ("agentId", json!("101")),
    ] {
        request[member] = value;
        steps.push(bench.ask(&request).await);
    }
    assert_eq!(steps, ["10000002", "900002", "20900001", "20900002", WRONG_STATE]);
    let session = bench.begin(NewSession::new(scenery::OTHER_CUSTOMER));
    request["callId"] = json!(session.as_str());
    assert_eq!(bench.ask(&request).await, "10000002", "a work mode that does not exist");
    request["workMode"] = json!("3");
    assert_eq!(bench.ask(&request).await, "10000002", "no transfer object");
    assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Supervision));
}

#[tokio::test(start_paused = true)]
async fn a_number_for_a_string_is_refused_where_types_are_strict() {
    for (strict, code) in [(true, "10000002"), (false, "0")] {
        let bench = Bench::with(|options| options.strict_types = strict).await;
        let session = bench.session();
        let mut request = bench.mode_request(&session, "2");
        request["workMode"] = json!(2);
        assert_eq!(bench.ask(&request).await, code);
    }
}

#[tokio::test(start_paused = true)]
async fn an_18_digit_a_37_character_and_a_cti_style_id_are_all_text() {
    let bench = Bench::new().await;
    let other = || NewSession::new(scenery::OTHER_CUSTOMER);
    let digits = bench.session();
    assert_eq!(digits.as_str(), "123123412300030010");
    assert_eq!(bench.change(&digits, "2").await, "0");
    for (style, length) in [(CallIdStyle::Timestamp37, 37), (CallIdStyle::Cti, 15)] {
        let session = bench.begin(other().call_id(style));
        assert_eq!(session.as_str().len(), length, "{session}");
        assert_eq!(bench.transfer(&session, "1", "2600").await, "0");
        bench
            .sim
            .switch()
            .hang_up(
                &Party::outside(scenery::OTHER_CUSTOMER),
                bench.sim.call_of(&session).unwrap(),
            )
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_customer_hung_up_is_unknown() {
    let bench = Bench::new().await;
    let session = bench.session();
    let call = bench.sim.call_of(&session).unwrap();
    bench
        .sim
        .switch()
        .hang_up(&Party::outside(scenery::CUSTOMER), call)
        .unwrap();
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "20900001");
    assert_eq!(bench.sim.has_ended(&session), Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_before_the_next_turn_is_not_transferred() {
    let bench = Bench::with(|options| options.deliver = Delivery::OnDemand).await;
    let session = bench.session();
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "0");
    assert_eq!(
        bench.sim.customer_at(&session),
        Some(CustomerPlace::InIvr("9000".into())),
        "the answer comes before the transfer"
    );
    bench
        .sim
        .switch()
        .hang_up(&Party::outside(scenery::CUSTOMER), bench.sim.call_of(&session).unwrap())
        .unwrap();
    assert!(bench.sim.deliver(&session).is_some());
    assert_eq!(bench.sim.transfers_of(&session), 0);
}

#[tokio::test(start_paused = true)]
async fn success_is_spelt_in_every_way_that_occurs() {
    for (form, expected) in [
        (ErrorCodeForm::Documented, json!({ "errorCode": "0", "errorMsg": "" })),
        (ErrorCodeForm::String, json!({ "errorCode": "0", "errorMsg": "" })),
        (ErrorCodeForm::Integer, json!({ "errorCode": 0, "errorMsg": "" })),
        (ErrorCodeForm::AbsentOnSuccess, json!({ "errorMsg": "" })),
        (
            ErrorCodeForm::NullOnSuccess,
            json!({ "errorCode": null, "errorMsg": "" }),
        ),
        (ErrorCodeForm::BareSuccess, json!({})),
    ] {
        let bench = Bench::with(|options| options.error_code = form).await;
        let session = bench.session();
        assert_eq!(
            bench.post(MODE, &bench.mode_request(&session, "2")).await,
            (StatusCode::OK, expected)
        );
        let (_, refusal) = bench.post(MODE, &bench.mode_request(&session, "2")).await;
        let code = if form == ErrorCodeForm::Integer {
            json!(20_900_003)
        } else {
            json!(WRONG_STATE)
        };
        assert_eq!(refusal["errorCode"], code, "{form:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_json_object_and_a_wrong_method_are_plain_http_errors() {
    let bench = Bench::new().await;
    for body in ["", "{", "[]", "7", "{\"a\":}"] {
        let (status, text) = bench.post_text(MODE, body.into()).await.unwrap();
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap()["errorCode"],
            json!("10000002")
        );
    }
    let (status, _) = bench.post_text("/oifde/rest/api/nothing", "{}".into()).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND);
    let get = http::Request::get(MODE).body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(bench.router.clone(), get).await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}
