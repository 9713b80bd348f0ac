//! How sessions begin and end beyond the plain sign-in: accounts, platform only, time passing, a restart of the gateway.

use std::time::Duration;

use callcontrol_simulators::cc_gateway::{AfterRestart, AuthMode, StateInCall};
use callcontrol_simulators::scenery::{ANN, BOB};
use callcontrol_testkit::switch::{AgentState, Party};
use serde_json::json;
use tokio::sync::oneshot;

use crate::client::{Desk, ann_talks, gateway, gateway_with, with_agent};

#[tokio::test(start_paused = true)]
async fn an_account_stands_for_its_agent() {
    let gateway = gateway_with(|options| options.lock_after = Some(2));
    let desk = Desk::at(&gateway, ANN);
    let cases = [
        (
            json!({ "account": "ann", "password": "cti-secret", "phonenum": "7001" }),
            "0",
        ),
        (
            json!({ "account": "nobody", "password": "cti-secret", "phonenum": "7001" }),
            "100-062",
        ),
        (json!({ "password": "cti-secret", "phonenum": "7001" }), "100-001"),
        (
            json!({ "account": "bob", "password": "wrong", "phonenum": "7002" }),
            "100-062",
        ),
        (
            json!({ "account": "bob", "password": "wrong", "phonenum": "7002" }),
            "100-062",
        ),
        (
            json!({ "account": "bob", "password": "wrong", "phonenum": "7002" }),
            "100-061",
        ),
    ];
    for (body, code) in cases {
        let reply = desk.ask("PUT", "onlineagent/loginbyaccount", Some(body.clone())).await;
        assert_eq!(reply.code(), code, "{body}");
        if code == "0" {
            assert_eq!(reply.result()["workno"], "101");
            assert_eq!(gateway.guid(ANN.0), reply.new_guid());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_platform_is_signed_in_to_without_a_telephone_and_without_media() {
    let gateway = gateway();
    let mut ann = Desk::at(&gateway, ANN);
    assert_eq!(ann.sign_in(json!({ "password": "cti-secret" })).await.code(), "100-001");
    let body = json!({ "password": "cti-secret", "autoanswer": false });
    let reply = ann.ask("PUT", "onlineagent/101/loginex", Some(body)).await;
    assert_eq!(reply.result()["mediatype"], "TFF");
    ann.guid = reply.new_guid();
    assert_eq!(ann.kinds().await, ["Other_InService", "State_Ready"]);
    let token = ann.ask("POST", "onlineagent/101/logininfo", None).await.result();
    assert!(token["token"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_password_is_changed_by_whoever_knows_it() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let path = "onlineagent/101/modifyaccountpwdex";
    for (old, code) in [("wrong", "100-004"), ("cti-secret", "0"), ("cti-secret", "100-004")] {
        let body = json!({ "oldPassword": old, "newPassword": "hers" });
        assert_eq!(ann.ask("POST", path, Some(body)).await.code(), code);
    }
    ann.ask("DELETE", "onlineagent/101/logout", None).await.result();
    for (password, code) in [("cti-secret", "100-004"), ("hers", "0")] {
        let body = json!({ "password": password, "phonenum": "7001" });
        assert_eq!(Desk::at(&gateway, ANN).sign_in(body).await.code(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_captured_is_refused() {
    let ann = Desk::signed_in(&gateway(), ANN, 4).await;
    for operation in ["syncagentinfo", "bindphone"] {
        assert_eq!(
            ann.ask("POST", &format!("onlineagent/101/{operation}"), None)
                .await
                .code(),
            "100-007"
        );
    }
    let reason = "onlineagent/101/forcelogoutwithreason";
    assert_eq!(
        ann.ask("DELETE", &format!("{reason}/256"), None).await.code(),
        "100-005"
    );
    assert_eq!(ann.ask("DELETE", &format!("{reason}/7"), None).await.code(), "0");
}

#[tokio::test(start_paused = true)]
async fn the_clock_signs_a_silent_agent_out_without_any_request() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let mut polling = Desk::signed_in(&gateway, BOB, 4).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let clock = tokio::spawn(gateway.run_clock(async move { drop(stopped.await) }));
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(41)).await;
        polling.poll().await;
    }
    let state = |agent: &str| {
        gateway
            .switch()
            .with(|switch| switch.agent(agent).unwrap().state.clone())
    };
    assert_eq!(
        (state(ann.agent), state(BOB.0)),
        (AgentState::SignedOut, AgentState::Ready)
    );
    stop.send(()).unwrap();
    clock.await.unwrap();
    assert_eq!(ann.ask("POST", "onlineagent/101/sayfree", None).await.code(), "100-006");
}

#[tokio::test(start_paused = true)]
async fn a_rest_is_over_after_its_time_and_a_waiting_poll_hears_it() {
    let gateway = gateway_with(|options| options.poll_wait = Duration::from_secs(10));
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(json!({ "password": "cti-secret", "phonenum": "7001" }))
        .await;
    ann.ask("POST", "onlineagent/101/rest/3/200", None).await.result();
    for kind in ["AgentOther_InService", "AgentState_Ready", "AgentState_SetRest_Success"] {
        assert_eq!(ann.poll().await.json()["event"]["eventType"], kind);
    }
    let before = tokio::time::Instant::now();
    assert_eq!(ann.poll().await.json()["event"]["eventType"], "AgentState_Rest_Timeout");
    assert_eq!(before.elapsed().as_secs(), 3);
    assert_eq!(
        ann.ask("GET", "onlineagent/101/agentstatus", None).await.result()["agentState"],
        8
    );
    ann.ask("POST", "onlineagent/101/rest/3/200", None).await.result();
    ann.ask("POST", "onlineagent/101/cancelrest", None).await.result();
    tokio::time::advance(Duration::from_secs(5)).await;
    ann.poll().await;
    assert_eq!(
        ann.poll().await.json().get("event"),
        None,
        "a rest that was cancelled has no end"
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_nobody_is_known_and_calls_live_on() {
    for (after, code) in [(AfterRestart::SignsIn, "0"), (AfterRestart::SignedInAlready, "100-002")] {
        let gateway = gateway_with(|options| options.after_restart = after);
        let (mut ann, call) = ann_talks(&gateway).await;
        gateway.update_options(|options| options.poll_wait = Duration::from_secs(10));
        let mut waiting = ann.clone();
        let poll = tokio::spawn(async move { waiting.poll().await });
        tokio::task::yield_now().await;
        let before = gateway.switch().journal().next_seq();
        gateway.restart();
        assert_eq!(poll.await.unwrap().code(), "100-006");
        assert_eq!(ann.poll().await.code(), "100-006");
        assert_eq!(gateway.switch().journal().next_seq(), before);
        let body = json!({ "password": "cti-secret", "phonenum": "7001", "autoanswer": false });
        assert_eq!(ann.sign_in(body.clone()).await.code(), code);
        if code != "0" {
            let forced = ann.ask("PUT", "onlineagent/101/forcelogin", Some(body)).await;
            ann.guid = forced.new_guid();
        }
        assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
        let callid = gateway.call_id(call, ANN.0);
        assert_eq!(ann.data("GET", "allcallid").await.result(), json!([callid]));
        ann.voice("DELETE", "release").await.result();
        assert_eq!(gateway.switch().active_call(ANN.0), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_guid_comes_on_demand_with_the_next_poll_also_in_the_static_mode() {
    for auth in [AuthMode::default(), AuthMode::Static] {
        let gateway = gateway_with(|options| options.auth = auth);
        let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
        let old = ann.clone();
        gateway.rotate_guid_now(ANN.0);
        assert!(ann.poll().await.new_guid().is_some());
        assert_eq!(ann.poll().await.new_guid(), None);
        assert_eq!(old.ask("POST", "onlineagent/101/sayfree", None).await.code(), "0");
    }
}

#[tokio::test(start_paused = true)]
async fn queue_calls_come_only_for_selected_queues_and_while_the_agent_takes_calls() {
    let gateway = gateway();
    let mut bob = Desk::at(&gateway, BOB);
    bob.sign_in(json!({ "password": "cti-secret", "phonenum": "7002", "autoanswer": false }))
        .await;
    let bob_serves = || {
        gateway
            .switch()
            .with(|switch| switch.agent(BOB.0).unwrap().queues.clone())
    };
    assert!(bob_serves().is_empty());
    let steps = [
        ("resetskill/true", 1),
        ("settalkright?flag=false", 0),
        ("settalkright?flag=true", 1),
        ("resetskill/false?skillid=77", 0),
        ("resetskill/x?skillid=25", 1),
    ];
    for (operation, served) in steps {
        bob.ask("POST", &format!("onlineagent/102/{operation}"), None)
            .await
            .result();
        assert_eq!(bob_serves().len(), served, "{operation}");
        assert_eq!(
            bob.ask("GET", "onlineagent/102/agentskills", None).await.result()[0]["id"],
            25
        );
    }
    bob.ask("POST", "onlineagent/102/resetskill/false?skillid=77", None)
        .await
        .result();
    bob.ask("DELETE", "onlineagent/102/logout", None).await.result();
    assert_eq!(bob_serves().len(), 1, "the switch is as it was");
    let free = gateway_with(|options| options.queues_need_reset = false);
    Desk::at(&free, BOB)
        .sign_in(json!({ "password": "cti-secret", "phonenum": "7002" }))
        .await;
    free.switch().place_call("2065550100", &Party::queue("25")).unwrap();
    assert!(free.switch().active_call(BOB.0).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_state_asked_for_in_a_call_applies_afterwards_or_is_refused() {
    for (set, code) in [(StateInCall::AppliesAfterwards, "0"), (StateInCall::Refused, "100-009")] {
        let gateway = gateway_with(|options| options.state_in_call = set);
        let (mut ann, _) = ann_talks(&gateway).await;
        assert_eq!(ann.ask("POST", "onlineagent/101/saybusy", None).await.code(), code);
        assert_eq!(ann.kinds().await, Vec::<String>::new());
        ann.voice("DELETE", "release").await.result();
        let last = if code == "0" {
            "State_SetNotReady_Success"
        } else {
            "State_Ready"
        };
        assert_eq!(ann.kinds().await.last().unwrap(), last);
    }
}

#[tokio::test(start_paused = true)]
async fn a_forced_sign_in_may_keep_the_telephone_off_its_hook() {
    for (releases, last) in [(true, "Other_PhoneRelease"), (false, "Event_Customer_Release")] {
        let gateway = gateway_with(|options| options.forced_releases_phone = releases);
        let mut ann = Desk::at(&gateway, ANN);
        let body = json!({ "password": "cti-secret", "phonenum": "7001" });
        ann.guid = ann
            .ask("PUT", "onlineagent/101/forcelogin", Some(body))
            .await
            .new_guid();
        crate::client::customer_calls(gateway.switch());
        ann.voice("DELETE", "release").await.result();
        let kinds = ann.kinds().await;
        assert_eq!(kinds[kinds.len() - 2], last, "{kinds:?}");
    }
}
