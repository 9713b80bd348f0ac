//! Sign-in, credential and sign-out (sections 3 and 17.1).

use std::time::Duration;

use callcontrol_simulators::cc_gateway::{AuthCode, AuthMode, Password};
use callcontrol_simulators::scenery::{ANN, BOB};
use callcontrol_testkit::switch::{AgentState, Party};
use serde_json::json;

use crate::client::{Desk, ann_talks, gateway, gateway_with};

fn body(status: u8) -> serde_json::Value {
    json!({ "password": "cti-secret", "phonenum": "7001", "autoanswer": false, "status": status })
}

fn state_of_ann(desk: &Desk) -> AgentState {
    desk.gateway
        .switch()
        .with(|switch| switch.agent(ANN.0).unwrap().state.clone())
}

#[tokio::test(start_paused = true)]
async fn an_agent_signs_in_idle_and_is_told_so() {
    let mut ann = Desk::at(&gateway(), ANN);
    let reply = ann.sign_in(body(4)).await;
    assert_eq!(reply.result()["workno"], "101");
    assert_eq!(
        reply.headers["set-guid"].to_str().unwrap().split('=').next(),
        Some("JSESSIONID")
    );
    assert!(ann.guid.as_deref().unwrap().ends_with(".AgentGateway0"));
    assert_eq!(ann.kinds().await, ["Other_InService", "State_Ready"]);
    assert_eq!(state_of_ann(&ann), AgentState::Ready);
}

#[tokio::test(start_paused = true)]
async fn signing_in_busy_or_in_wrap_up_tells_a_third_event() {
    for (status, last) in [(3, "State_SetNotReady_Success"), (5, "State_Work")] {
        let mut ann = Desk::at(&gateway(), ANN);
        ann.sign_in(body(status)).await;
        assert_eq!(ann.kinds().await, ["Other_InService", "State_Ready", last]);
        assert_ne!(state_of_ann(&ann), AgentState::Ready);
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_reaches_the_agent_as_soon_as_its_queue_is_selected() {
    let gateway = gateway();
    gateway.switch().place_call("2065550100", &Party::queue("25")).unwrap();
    let mut bob = Desk::at(&gateway, BOB);
    bob.sign_in(body(4)).await;
    assert_eq!(bob.kinds().await, ["Other_InService", "State_Ready"]);
    bob.ask("POST", "onlineagent/102/resetskill/true", None).await.result();
    assert_eq!(bob.kinds().await, ["State_Busy", "Event_Ringing"]);
}

#[tokio::test(start_paused = true)]
async fn numbers_and_booleans_may_come_as_strings() {
    let mut ann = Desk::at(&gateway(), ANN);
    let body = json!({ "password": "cti-secret", "phonenum": "7001", "status": "3", "agenttype": "4", "releasephone": "false", "autoanswer": "true" });
    assert_eq!(ann.sign_in(body).await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_lacks_something_is_refused_with_its_own_code() {
    let cases = [
        (json!({ "password": "cti-secret" }), "100-001"),
        (json!({ "password": "cti-secret", "phonenum": "70a1" }), "100-011"),
        (
            json!({ "password": "cti-secret", "phonenum": "7001", "status": 9 }),
            "100-011",
        ),
        (
            json!({ "password": "cti-secret", "phonenum": "7001", "agenttype": 7 }),
            "100-012",
        ),
        (
            json!({ "password": "cti-secret", "phonenum": "7001", "ip": "::1" }),
            "100-016",
        ),
        (
            json!({ "password": "cti-secret", "phonenum": "7001", "serviceToken": "a;b" }),
            "100-001",
        ),
        (json!({ "password": "wrong", "phonenum": "7001" }), "100-004"),
    ];
    let mut ann = Desk::at(&gateway(), ANN);
    for (body, code) in cases {
        assert_eq!(ann.sign_in(body.clone()).await.code(), code, "{body}");
    }
    assert_eq!(state_of_ann(&ann), AgentState::SignedOut);
}

#[tokio::test(start_paused = true)]
async fn too_many_wrong_passwords_lock_the_agent() {
    let gateway = gateway_with(|options| {
        options.lock_after = Some(2);
        options.passwords.insert("101".into(), Password::from("hers"));
    });
    let mut ann = Desk::at(&gateway, ANN);
    for code in ["100-004", "100-004", "110-016"] {
        assert_eq!(ann.sign_in(body(4)).await.code(), code);
    }
    let right = json!({ "password": "hers", "phonenum": "7001" });
    assert_eq!(ann.sign_in(right).await.code(), "110-016");
}

#[tokio::test(start_paused = true)]
async fn a_second_sign_in_is_refused_and_a_forced_one_pushes_the_first_holder_out() {
    for (displaced, code) in [(AuthCode::NotSignedIn, "100-006"), (AuthCode::NoRight, "000-003")] {
        let gateway = gateway_with(|options| options.displaced = displaced);
        let mut first = Desk::signed_in(&gateway, ANN, 4).await;
        let mut second = Desk::at(&gateway, ANN);
        assert_eq!(second.sign_in(body(4)).await.code(), "100-002");
        let reply = second.ask("PUT", "onlineagent/101/forcelogin", Some(body(4))).await;
        second.guid = reply.new_guid();
        assert_eq!(first.poll().await.code(), code);
        assert_eq!(first.ask("POST", "onlineagent/101/sayfree", None).await.code(), code);
        assert_eq!(second.kinds().await, ["Other_InService", "State_Ready"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_waits_when_somebody_else_signs_in_ends_at_once() {
    let gateway = gateway_with(|options| options.poll_wait = Duration::from_secs(10));
    let mut first = Desk::at(&gateway, ANN);
    first.sign_in(body(4)).await;
    first.poll().await;
    first.poll().await;
    let mut waiting = first.clone();
    let poll = tokio::spawn(async move { waiting.poll().await });
    tokio::task::yield_now().await;
    let before = tokio::time::Instant::now();
    first
        .ask("PUT", "onlineagent/101/forcelogin", Some(body(4)))
        .await
        .result();
    assert_eq!(poll.await.unwrap().code(), "100-006");
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_missing_or_wrong_guid_gets_the_code_that_is_set() {
    for (set, code) in [(AuthCode::NoRight, "000-003"), (AuthCode::NotSignedIn, "100-006")] {
        let gateway = gateway_with(|options| options.missing_guid = set);
        let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
        for guid in [None, Some("no-such".to_owned())] {
            ann.guid = guid;
            assert_eq!(ann.voice("POST", "hold").await.code(), code);
            assert_eq!(ann.poll().await.code(), code);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_agents_guid_is_worth_nothing_for_another() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    bob.guid = ann.guid;
    assert_eq!(bob.poll().await.code(), "000-003");
}

#[tokio::test(start_paused = true)]
async fn a_rotating_guid_comes_with_one_poll_a_minute_and_the_old_one_lives_on_for_a_while() {
    let mut ann = Desk::signed_in(&gateway(), ANN, 4).await;
    let old = ann.clone();
    tokio::time::advance(Duration::from_secs(59)).await;
    assert_eq!(ann.poll().await.new_guid(), None);
    tokio::time::advance(Duration::from_secs(1)).await;
    let new = ann.poll().await.new_guid();
    assert!(new.is_some() && new != old.guid);
    assert_eq!(ann.poll().await.new_guid(), None);
    assert_eq!(old.ask("POST", "onlineagent/101/sayfree", None).await.code(), "0");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(old.ask("POST", "onlineagent/101/sayfree", None).await.code(), "000-003");
    assert_eq!(ann.ask("POST", "onlineagent/101/sayfree", None).await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn a_static_guid_stays() {
    let mut ann = Desk::signed_in(&gateway_with(|options| options.auth = AuthMode::Static), ANN, 4).await;
    for _ in 0..10 {
        tokio::time::advance(Duration::from_secs(60)).await;
        let reply = ann.poll().await;
        assert_eq!((reply.code().as_str(), reply.new_guid()), ("0", None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_guid_can_be_asked_for() {
    let mut ann = Desk::signed_in(&gateway(), ANN, 4).await;
    let guid = ann.ask("PUT", "onlineagent/101/updateGuid", None).await.result()["guid"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(ann.guid, Some(guid.clone()));
    ann.guid = Some(guid);
    assert_eq!(ann.poll().await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_poll_for_two_minutes_is_signed_out() {
    let mut ann = Desk::signed_in(&gateway_with(|options| options.auth = AuthMode::Static), ANN, 4).await;
    tokio::time::advance(Duration::from_secs(120)).await;
    assert_eq!(ann.poll().await.code(), "0");
    tokio::time::advance(Duration::from_secs(121)).await;
    ann.gateway.sweep();
    assert_eq!(state_of_ann(&ann), AgentState::SignedOut);
    assert_eq!(ann.poll().await.code(), "100-006");
}

#[tokio::test(start_paused = true)]
async fn other_commands_do_not_keep_the_session() {
    let ann = Desk::signed_in(&gateway_with(|options| options.auth = AuthMode::Static), ANN, 4).await;
    for code in ["0", "0", "100-006"] {
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(ann.ask("POST", "onlineagent/101/sayfree", None).await.code(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn signing_out_is_refused_in_a_call_unless_forced() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    assert_eq!(
        ann.ask("DELETE", "onlineagent/101/logout", None).await.code(),
        "100-010"
    );
    assert_eq!(gateway.switch().active_call(ANN.0), Some(call));
    assert_eq!(ann.ask("DELETE", "onlineagent/101/forcelogout", None).await.code(), "0");
    assert_eq!(state_of_ann(&ann), AgentState::SignedOut);
    assert_eq!(
        ann.ask("DELETE", "onlineagent/101/forcelogout", None).await.code(),
        "100-006"
    );
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_waits_hears_of_the_sign_out_and_the_next_one_is_refused() {
    let gateway = gateway_with(|options| options.poll_wait = Duration::from_secs(10));
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(body(4)).await;
    ann.poll().await;
    ann.poll().await;
    let mut waiting = ann.clone();
    let poll = tokio::spawn(async move { waiting.poll().await });
    tokio::task::yield_now().await;
    assert_eq!(ann.ask("DELETE", "onlineagent/101/logout", None).await.code(), "0");
    assert_eq!(
        poll.await.unwrap().json()["event"]["eventType"],
        "AgentOther_ShutdownService"
    );
    assert_eq!(ann.poll().await.code(), "100-006");
}

#[tokio::test(start_paused = true)]
async fn an_agent_whom_a_supervisor_signs_out_gets_no_event() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    gateway.switch().force_sign_out(ANN.0).unwrap();
    assert_eq!(ann.poll().await.code(), "100-006");
}

#[tokio::test(start_paused = true)]
async fn behind_a_load_balancer_the_cookie_must_come_back() {
    let gateway = gateway_with(|options| options.sticky_cookie = Some("huaweielbsession".into()));
    let mut ann = Desk::at(&gateway, ANN);
    let reply = ann.sign_in(body(4)).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap().to_owned();
    assert_eq!(ann.poll().await.code(), "100-006");
    let request = http::Request::get("/agentgateway/resource/agentevent/101").header("Guid", ann.guid.unwrap());
    // Concatenated with its attributes, as some clients do.
    let request = request
        .header("Cookie", format!("a=b; Path=/;{cookie};"))
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(crate::client::send(&gateway, request).await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn states_are_asked_for_and_told() {
    let mut ann = Desk::signed_in(&gateway(), ANN, 4).await;
    let steps = [
        ("saybusy?reason=201", "0", "State_SetNotReady_Success"),
        ("cancelbusy", "0", "State_CancelNotReady_Success"),
        ("rest/600/200", "0", "State_SetRest_Success"),
        ("cancelrest", "0", "State_CancelRest_Success"),
        ("work", "0", "State_SetWork_Success"),
        ("sayfree", "0", "State_CancelWork_Success"),
        ("cancelwork", "100-009", ""),
        ("saybusy?reason=7", "000-002", ""),
        ("rest/90000/200", "000-002", ""),
    ];
    for (operation, code, event) in steps {
        assert_eq!(
            ann.ask("POST", &format!("onlineagent/101/{operation}"), None)
                .await
                .code(),
            code,
            "{operation}"
        );
        assert_eq!(ann.kinds().await.concat(), event, "{operation}");
    }
    ann.gateway
        .switch()
        .set_agent_state(ANN.0, AgentState::Busy { reason: None })
        .unwrap();
    assert_eq!(ann.kinds().await, ["State_Force_SetNotReady"]);
}

#[tokio::test(start_paused = true)]
async fn the_skill_queues_are_selected() {
    let gateway = gateway();
    let bob = Desk::signed_in(&gateway, BOB, 3).await;
    assert_eq!(
        bob.ask("POST", "onlineagent/102/resetskill/false", None).await.code(),
        "000-002"
    );
    assert_eq!(
        bob.ask(
            "POST",
            "onlineagent/102/resetskill/false?skillid=25;77&phonelinkage=0",
            None
        )
        .await
        .code(),
        "0"
    );
    let skills = bob.ask("GET", "queuedevice/102/agentskill/102", None).await.result();
    assert_eq!(skills, json!([{ "name": "Billing", "id": 25, "mediatype": 5 }]));
    assert_eq!(
        bob.ask("POST", "onlineagent/102/resetskill/true?skillid=", None)
            .await
            .code(),
        "0"
    );
    let ann = Desk::signed_in(&gateway, ANN, 3).await;
    assert_eq!(
        ann.ask("GET", "onlineagent/101/agentskills", None).await.code(),
        "600-001"
    );
}
