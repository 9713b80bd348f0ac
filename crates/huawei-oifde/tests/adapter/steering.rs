//! Work modes and transfers: what goes over the wire, what is refused before it, and what the feed shows.

use std::time::Duration;

use callcontrol_core::{
    AdoptState, AgentId, CallControl, CallDataPatch, Code, CustomerAt, Directory, Effect, ErrorKind, EventKind,
    Evidence, FeedItem, Filter, LegState, MessageBox, NativeTarget, OpCx, PhoneNumber, Provenance, QueueName, QueueRef,
    RobotMode, Scope, Session, Stack, StackOptions, Target, TargetName, Transfer, TransferMode, Verdict,
};
use serde_json::{Value, json};

use crate::support::{
    AGENT, ROBOT, Script, TENANT, adapter, adapter_with, adopt, bob, config, open, set_mode, supervised, transfer,
};

fn fixture(name: &str) -> Value {
    let path = format!(
        "{}/../../tests/fixtures/huawei-oifde/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("JSON")
}

/// A fixture with the token that the scripted vendor gives out.
fn with_our_token(mut request: Value) -> Value {
    request["authToken"] = "t1".into();
    request
}

fn name(text: &str) -> QueueRef {
    QueueRef::Name(QueueName::new(text).expect("valid"))
}

fn route(text: &str) -> QueueRef {
    QueueRef::RouteCode(Code::new(text).expect("valid"))
}

#[tokio::test(start_paused = true)]
async fn requests_are_those_of_the_vendors_page() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let mut gettoken = fixture("gettoken-request");
    gettoken["appSecret"] = crate::support::PASSWORD.into();
    assert_eq!(script.last().body, gettoken);
    transfer(&oifde, &call, Target::number("88880006").expect("valid"))
        .await
        .expect("accepted");
    assert_eq!(
        script.last().body,
        with_our_token(fixture("change-work-mode-transfer-request"))
    );
    assert_eq!(script.last().path, "/oifde/rest/api/flow/changeWorkMode");
    let call = adopt(
        &oifde,
        &call.session,
        ROBOT,
        AdoptState::RobotVoice(RobotMode::Insertion),
    )
    .await;
    set_mode(&oifde, &call, RobotMode::Common).await.expect("accepted");
    assert_eq!(
        script.last().body,
        with_our_token(fixture("change-work-mode-release-request"))
    );
}

#[tokio::test(start_paused = true)]
async fn each_of_the_eleven_transfer_types_goes_out_as_text() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    let agent = || AgentId::new("10002").expect("valid");
    let agreed = NativeTarget {
        kind: Code::new("6").expect("valid"),
        address: "9600".to_owned(),
    };
    let (voice, text) = (
        AdoptState::RobotVoice(RobotMode::Insertion),
        AdoptState::RobotText(RobotMode::Supervision),
    );
    for (state, to, kind, value) in [
        (voice, Target::Queue(route("8011")), "1", "8011"),
        (voice, Target::ivr("70093").expect("valid"), "2", "70093"),
        (
            text,
            Target::Queue(name("客服 一组 Agent Group 1")),
            "3",
            "客服 一组 Agent Group 1",
        ),
        (voice, bob(), "4", "10002"),
        (voice, Target::number("88880006").expect("valid"), "5", "88880006"),
        (voice, Target::Native(agreed), "6", "9600"),
        (text, Target::LastAgent, "7", ""),
        (text, Target::QueueOfAgent(agent()), "8", "10002"),
        (text, Target::Message(MessageBox::LastAgent), "31", ""),
        (
            text,
            Target::Message(MessageBox::Queue(name("Night desk"))),
            "32",
            "Night desk",
        ),
        (text, Target::Message(MessageBox::Agent(agent())), "33", "10002"),
    ] {
        let call = adopt(&oifde, &session, ROBOT, state).await;
        transfer(&oifde, &call, to).await.expect(kind);
        let expected = json!({
            "tenantId": TENANT, "callId": ROBOT, "agentId": AGENT, "workMode": "3", "authToken": "t1",
            "callTransferRequest": { "callTransferType": kind, "callTransferRouteValue": value,
                                     "callTransferTransData": "", "callTransferNumber": "" }
        });
        assert_eq!(script.last().body, expected);
    }
    assert_eq!(script.changes(), 11);
}

#[tokio::test(start_paused = true)]
async fn data_and_the_callers_number_travel_with_the_transfer() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let request = Transfer::new(bob(), TransferMode::Blind)
        .data(CallDataPatch::set("order", "4711"))
        .caller_id(PhoneNumber::new("4989100").expect("valid"));
    oifde.transfer(&call, request, &OpCx::new()).await.expect("accepted");
    let sent = &script.last().body["callTransferRequest"];
    assert_eq!(sent["callTransferTransData"], r#"{"order":"4711"}"#);
    assert_eq!(sent["callTransferNumber"], "4989100");
}

#[tokio::test(start_paused = true)]
async fn an_agent_watches_takes_over_watches_again_and_hands_over() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    for (mode, code) in [(RobotMode::Insertion, "2"), (RobotMode::Supervision, "1")] {
        let receipt = set_mode(&oifde, &call, mode).await.expect("accepted");
        assert_eq!(script.last().body["workMode"], code);
        let outcome = receipt.outcome().await;
        assert_eq!(
            (outcome.verdict, outcome.evidence),
            (Verdict::Unknown, Evidence::AcceptedOnly)
        );
        assert_eq!(outcome.customer, CustomerAt::Robot);
    }
    let receipt = transfer(&oifde, &call, bob()).await.expect("accepted");
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, outcome.evidence),
        (Verdict::Unknown, Evidence::AcceptedOnly)
    );
    assert_eq!(outcome.customer, CustomerAt::Unknown);
    assert_eq!(oifde.outcome_of(&receipt.op).expect("kept").peek(), Some(outcome));
}

#[tokio::test(start_paused = true)]
async fn what_the_mode_does_not_allow_is_refused_with_nothing_sent() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let refuse = |error: callcontrol_core::Error| {
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::InvalidState, Effect::None),
            "{error}"
        );
    };
    refuse(
        set_mode(&oifde, &call, RobotMode::Supervision)
            .await
            .expect_err("is in it"),
    );
    assert_eq!(script.changes(), 0);
    set_mode(&oifde, &call, RobotMode::Common).await.expect("let go");
    for mode in [RobotMode::Common, RobotMode::Supervision, RobotMode::Insertion] {
        refuse(set_mode(&oifde, &call, mode).await.expect_err("one-way exit"));
    }
    refuse(transfer(&oifde, &call, bob()).await.expect_err("one-way exit"));
    assert_eq!(script.changes(), 1);
    let call = adopt(
        &oifde,
        &call.session,
        ROBOT,
        AdoptState::RobotVoice(RobotMode::Insertion),
    )
    .await;
    transfer(&oifde, &call, bob()).await.expect("handed over");
    refuse(transfer(&oifde, &call, bob()).await.expect_err("handed over already"));
    refuse(
        set_mode(&oifde, &call, RobotMode::Common)
            .await
            .expect_err("handed over already"),
    );
    assert_eq!(script.changes(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_a_destination_is_refused_with_nothing_sent() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    for (to, kind) in [
        (Target::LastAgent, ErrorKind::Unsupported),
        (Target::Message(MessageBox::LastAgent), ErrorKind::Unsupported),
        (
            Target::AccessCode(Code::new("1").expect("valid")),
            ErrorKind::Unsupported,
        ),
        (Target::queue_id("25").expect("valid"), ErrorKind::InvalidInput),
        (Target::named("queue:billing").expect("valid"), ErrorKind::InvalidInput),
        (Target::agent("101/../x").expect("printable"), ErrorKind::InvalidInput),
    ] {
        let error = transfer(&oifde, &call, to).await.expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{error}");
    }
    let long = Transfer::new(bob(), TransferMode::Blind).data(CallDataPatch::text("x".repeat(17 * 1024)));
    let error = oifde.transfer(&call, long, &OpCx::new()).await.expect_err("17 KB");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(script.changes(), 0);
    transfer(&oifde, &call, bob()).await.expect("the call is as it was");
}

#[tokio::test(start_paused = true)]
async fn undocumented_types_go_out_where_the_deployment_allows_them() {
    let script = Script::willing();
    let mut settings = config();
    settings.allow_undocumented_types = true;
    let oifde = adapter_with(settings, &script);
    let call = supervised(&oifde).await;
    let offline_queue = NativeTarget {
        kind: Code::new("34").expect("valid"),
        address: "Night desk".to_owned(),
    };
    transfer(&oifde, &call, Target::Native(offline_queue))
        .await
        .expect("accepted");
    assert_eq!(script.last().body["callTransferRequest"]["callTransferType"], "34");
}

#[tokio::test(start_paused = true)]
async fn a_second_command_while_one_is_being_sent_gets_a_conflict_that_names_it() {
    let script = Script::with_tokens(|_| crate::support::yes().late());
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let cx = OpCx::new();
    let first = oifde.transfer(&call, Transfer::new(bob(), TransferMode::Blind), &cx);
    let second = async {
        tokio::task::yield_now().await;
        transfer(&oifde, &call, bob()).await
    };
    let (first, second) = tokio::join!(first, second);
    first.expect("accepted");
    let second = second.expect_err("conflict");
    assert_eq!((second.kind(), second.running()), (ErrorKind::Conflict, Some(&cx.op)));
    assert_eq!(script.changes(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_feed_shows_what_was_derived_and_says_so() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let mut feed = oifde.subscribe(Filter::all());
    let call = supervised(&oifde).await;
    set_mode(&oifde, &call, RobotMode::Insertion).await.expect("accepted");
    let receipt = transfer(&oifde, &call, bob()).await.expect("accepted");
    oifde.shutdown(&OpCx::new()).await;
    let mut kinds = Vec::new();
    while let Some(item) = feed.next().await {
        if let FeedItem::Event(event) = item {
            assert_eq!(
                (event.provenance, event.call.as_ref()),
                (Provenance::Derived, Some(&call.call))
            );
            kinds.push((event.kind.clone(), event.op.clone()));
        }
    }
    let mode = |mode| EventKind::RobotModeChanged { mode };
    assert_eq!(kinds.len(), 3);
    assert_eq!(kinds[0], (mode(RobotMode::Supervision), None));
    assert_eq!(kinds[1].0, mode(RobotMode::Insertion));
    let accepted = EventKind::Other {
        name: "transfer-accepted".to_owned(),
    };
    assert_eq!(kinds[2], (accepted, Some(receipt.op.clone())));
}

#[tokio::test(start_paused = true)]
async fn the_view_follows_what_is_known() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let state = || async {
        let snapshot = oifde.snapshot(Scope::All, &OpCx::new()).await.expect("a view");
        snapshot.call(&call.session, &call.call).expect("in view").state
    };
    assert_eq!(state().await, LegState::Robot(RobotMode::Supervision));
    set_mode(&oifde, &call, RobotMode::Insertion).await.expect("accepted");
    assert_eq!(state().await, LegState::Robot(RobotMode::Insertion));
    transfer(&oifde, &call, bob()).await.expect("accepted");
    assert_eq!(state().await, LegState::Unknown);
}

#[tokio::test(start_paused = true)]
async fn under_the_stack_a_logical_queue_reaches_its_name() {
    let script = Script::willing();
    let mut options = StackOptions::default();
    let billing = TargetName::new("queue:billing").expect("valid");
    options.directory = Directory::empty()
        .with(billing, Target::Queue(name("Billing")))
        .expect("valid");
    let control: std::sync::Arc<dyn CallControl> = std::sync::Arc::new(Stack::over(adapter(&script), options));
    let request = callcontrol_core::OpenSession::new(AgentId::new(AGENT).expect("valid"));
    let session = Session::open(&control, request).await.expect("opened");
    let adopted = callcontrol_core::AdoptCall::new(ROBOT, AdoptState::RobotText(RobotMode::Supervision));
    let call = session.adopt(adopted).await.expect("adopted");
    let receipt = call
        .blind_transfer(Target::named("queue:billing").expect("valid"))
        .await
        .expect("accepted");
    assert_eq!(script.last().body["callTransferRequest"]["callTransferType"], "3");
    assert_eq!(
        script.last().body["callTransferRequest"]["callTransferRouteValue"],
        "Billing"
    );
    assert_eq!(
        receipt.within(Duration::ZERO).await.expect("settled at once").verdict,
        Verdict::Unknown
    );
}
