//! Requeue, call data, adopting, snapshots, agent states and native requests through the real HTTP client.

mod support;

use std::time::Duration;

use callcontrol_core::{
    AdoptCall, AdoptState, AgentState, AgentStateRequest, CallControl, CallDataPatch, CustomerAt, ErrorKind, EventKind,
    Evidence, FeedItem, Filter, LegState, NativeRequest, Requeue, Scope, Verdict,
};
use callcontrol_huawei_cc_gateway::{CallDataMethod, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::SetCallDataMethod;
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchEvent};
use futures::FutureExt as _;
use serde_json::json;
use support::{OUTSIDE, Scene, cx, outcome, queue, switch};

#[tokio::test]
async fn a_connected_call_goes_back_to_a_queue() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let receipt = scene
        .control
        .requeue(&scene.at(&talk.ours), Requeue::connected(queue("26")), &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Queue),
        "{outcome}"
    );
    assert_eq!(
        scene.last_body("/transfer"),
        json!({"devicetype": 1, "address": "26", "mode": 0})
    );
}

#[tokio::test]
async fn a_waiting_call_is_moved_to_another_queue_and_what_became_of_it_is_not_told() {
    let mut scene = Scene::new().await;
    scene.talking().await;
    let waiting = scene
        .switch(|switch| switch.place_call(OUTSIDE, &Party::queue("25")))
        .expect("a call");
    // The list of waiting calls is the application's to read: its members are not documented.
    let list = NativeRequest::new("GET", ["calldata", "101", "waitcallinfo", "25"]).session(scene.session.clone());
    let list = scene.control.native(list, &cx()).await.expect("answered");
    let list: serde_json::Value = serde_json::from_str(&list.body).expect("JSON");
    let ids = list["result"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|call| call["callid"].as_str());
    let native = ids
        .map(str::to_owned)
        .find(|id| scene.sim.call_of(id) == Some(waiting))
        .expect("listed");
    let adopt = AdoptCall::new(native, AdoptState::Waiting);
    let call = scene
        .control
        .adopt(&scene.session, adopt, &cx())
        .await
        .expect("adopted");
    assert_eq!(scene.view(&call.call).expect("in view").state, LegState::Waiting);
    let receipt = scene
        .control
        .requeue(&call, Requeue::waiting(queue("26")), &cx())
        .await
        .expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.verdict, outcome.evidence),
        (Verdict::Unknown, Evidence::AcceptedOnly)
    );
    assert_eq!(outcome.customer, CustomerAt::Queue);
    assert_eq!(scene.last_body("/assignuserinqueue")["skillid"], json!(26));
    let moved = |event: &SwitchEvent| matches!(event, SwitchEvent::Requeued { to, .. } if to == "26");
    assert_eq!(scene.switch(|switch| switch.journal().count(moved)), 1);
}

#[tokio::test]
async fn only_a_waiting_call_can_be_moved() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    let error = scene
        .control
        .requeue(&scene.at(&talk.ours), Requeue::waiting(queue("26")), &cx())
        .await
        .expect_err("connected");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::InvalidState, sent));
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
}

#[tokio::test]
async fn call_data_is_set_by_the_configured_method() {
    let methods = [
        (CallDataMethod::Post, SetCallDataMethod::Post, "POST"),
        (CallDataMethod::Put, SetCallDataMethod::Put, "PUT"),
    ];
    for (ours, theirs, word) in methods {
        let mut config = CcGatewayConfig::default();
        config.call_data_method = ours;
        let mut scene = Scene::closed(switch().build(), |options| options.set_call_data = theirs, config).await;
        scene.sign_in().await.expect("signed in");
        let talk = scene.talking().await;
        let patch = CallDataPatch::set("order", "4711");
        let receipt = scene
            .control
            .patch_data(&scene.at(&talk.ours), patch, &cx())
            .await
            .expect("accepted");
        let outcome = outcome(&receipt).await;
        assert_eq!((outcome.is_done(), outcome.evidence), (true, Evidence::Answer));
        assert_eq!(scene.sent(word, "/setcalldataex"), 1);
        assert_eq!(
            scene.last_body("/setcalldataex")["calldata"],
            json!(r#"{"order":"4711"}"#)
        );
        assert_eq!(
            scene
                .view(&talk.ours)
                .expect("alive")
                .data
                .0
                .get("order")
                .map(String::as_str),
            Some("4711")
        );
        let opaque = scene.switch(|switch| switch.call(talk.call).and_then(|call| call.opaque.clone()));
        assert_eq!(opaque.as_deref(), Some(r#"{"order":"4711"}"#));
    }
}

#[tokio::test]
async fn seventeen_kilobytes_of_call_data_are_refused_with_nothing_sent() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    for patch in [
        CallDataPatch::text("x".repeat(17 * 1024)),
        CallDataPatch::remove("order"),
    ] {
        let error = scene
            .control
            .patch_data(&scene.at(&talk.ours), patch, &cx())
            .await
            .expect_err("refused");
        assert!(matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported));
    }
    assert_eq!(scene.commands(), sent);
}

#[tokio::test]
async fn a_snapshot_asks_the_gateway_and_agrees_with_what_events_told() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let snapshot = scene
        .control
        .snapshot(Scope::Session(scene.session.clone()), &cx())
        .await
        .expect("answered");
    let view = snapshot.call(&scene.session, &talk.ours).expect("listed");
    assert_eq!(view.state, LegState::Talking);
    outcome(
        &scene
            .act(&talk.ours, callcontrol_core::LegAction::Hold)
            .await
            .expect("accepted"),
    )
    .await;
    let snapshot = scene.control.snapshot(Scope::All, &cx()).await.expect("answered");
    assert_eq!(
        snapshot.call(&scene.session, &talk.ours).expect("listed").state,
        LegState::Held
    );
    assert!(scene.sent("GET", "/allcallid") >= 2);
}

#[tokio::test]
async fn a_call_is_adopted_by_asking_for_it() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let native = scene.view(&talk.ours).expect("alive").native;
    let adopt = AdoptCall::new(native, AdoptState::Ask);
    assert_eq!(
        scene
            .control
            .adopt(&scene.session, adopt, &cx())
            .await
            .expect("known")
            .call,
        talk.ours
    );
    let unknown = AdoptCall::new("1-999", AdoptState::Ask);
    let error = scene
        .control
        .adopt(&scene.session, unknown, &cx())
        .await
        .expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let hostile = AdoptCall::new("../x", AdoptState::Waiting);
    let error = scene
        .control
        .adopt(&scene.session, hostile, &cx())
        .await
        .expect_err("no id");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn beyond_64_adopted_waiting_calls_the_oldest_leaves_the_view_and_is_not_said_to_be_over() {
    let scene = Scene::new().await;
    let mut feed = scene.control.subscribe(Filter::all());
    let mut calls = Vec::new();
    for nth in 0..65 {
        let adopt = AdoptCall::new(format!("{}-1", 1_700_000_000 + nth), AdoptState::Waiting);
        let adopted = scene.control.adopt(&scene.session, adopt, &cx()).await;
        calls.push(adopted.expect("adopted").call);
    }
    let mut left = Vec::new();
    while let Some(Some(item)) = feed.next().now_or_never() {
        if let FeedItem::Event(event) = item {
            assert!(!matches!(event.kind, EventKind::Released { .. }), "{event:?}");
            left.extend(event.call.clone().filter(|_| event.kind == EventKind::LeftView));
        }
    }
    assert_eq!(left, calls[..1]);
    assert!(scene.view(&calls[0]).is_none());
    assert!(scene.view(&calls[1]).is_some());
}

#[tokio::test]
async fn the_agent_goes_not_ready_rests_works_and_comes_back() {
    let mut scene = Scene::new().await;
    let rest = AgentStateRequest::Rest {
        duration: Duration::from_secs(300),
        reason: Some("7".into()),
    };
    let steps = [
        (
            AgentStateRequest::NotReady {
                reason: Some("201".into()),
            },
            "/saybusy",
        ),
        (AgentStateRequest::Ready, "/sayfree"),
        (AgentStateRequest::WrapUp, "/work"),
        (AgentStateRequest::Ready, "/sayfree"),
        (rest, "/rest/300/7"),
        (AgentStateRequest::Ready, "/cancelrest"),
    ];
    for (to, path) in steps {
        let receipt = scene
            .control
            .set_agent_state(&scene.session, to.clone(), &cx())
            .await
            .expect("accepted");
        assert!(outcome(&receipt).await.is_done(), "{to:?}");
        assert!(scene.sent("POST", path) >= 1, "{path}");
    }
    scene
        .until(
            |scene| {
                let snapshot = scene.control.subscribe(Filter::all()).next().now_or_never();
                let Some(Some(FeedItem::Snapshot(snapshot))) = snapshot else {
                    return None;
                };
                (snapshot.session(&scene.session)?.agent_state == AgentState::Ready).then_some(())
            },
            "the agent ready",
        )
        .await;
    let bad = AgentStateRequest::NotReady {
        reason: Some("lunch".into()),
    };
    let error = scene
        .control
        .set_agent_state(&scene.session, bad, &cx())
        .await
        .expect_err("no number");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_native_request_goes_with_the_sessions_credential() {
    let scene = Scene::new().await;
    let request = NativeRequest::new("GET", ["onlineagent", "101", "agentstatus"]).session(scene.session.clone());
    let reply = scene.control.native(request, &cx()).await.expect("answered");
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("\"retcode\":\"0\""), "{}", reply.body);
    let sent = scene.commands();
    for request in [
        NativeRequest::new("GET", ["onlineagent", "..", "x"]).session(scene.session.clone()),
        NativeRequest::new("PATCH", ["onlineagent"]).session(scene.session.clone()),
        NativeRequest::new("GET", ["onlineagent", "101", "agentstatus"]),
        NativeRequest::new("POST", ["voicecall", "101", "hold"])
            .session(scene.session.clone())
            .body("{"),
    ] {
        let error = scene.control.native(request, &cx()).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(scene.commands(), sent);
}
