//! The test vectors of the vendor page (section 13), each with every setting of what the vendor does not publish.

use std::time::Duration;

use callcontrol_core::{
    AgentId, CallControl, CallRef, Code, Effect, ErrorKind, Evidence, MessageBox, NativeTarget, OpCx, OpenSession,
    QueueName, QueueRef, RobotMode, Target, Transfer, TransferMode, Verdict,
};
use callcontrol_http::{BaseUrl, InMemoryTransport};
use callcontrol_simulators::oifde::{
    AgentQueueRoute, CallIdStyle, ErrorCodeForm, Mischief, NewSession, TransferStage, WorkMode,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{CustomerPlace, Queue};
use serde_json::{Value, json};

use crate::support::settings::{SETTINGS, status};
use crate::support::stage::{Stage, adapter_over, chat, simulator, voice};
use crate::support::{bob as scripted_bob, set_mode, transfer};

fn bob() -> Target {
    Target::agent(scenery::BOB.0).expect("valid")
}

fn queue(name: &str) -> Target {
    Target::Queue(QueueRef::Name(QueueName::new(name).expect("valid")))
}

fn code(text: &str) -> Code {
    Code::new(text).expect("valid")
}

/// Type, medium, target.
fn all_types() -> Vec<(&'static str, NewSession, Target)> {
    let agent = || AgentId::new(scenery::BOB.0).expect("valid");
    let name = || QueueRef::Name(QueueName::new("Support").expect("valid"));
    let assistant = NativeTarget {
        kind: code("6"),
        address: "9600".to_owned(),
    };
    vec![
        ("1", voice(), Target::Queue(QueueRef::RouteCode(code("2600")))),
        ("2", voice(), Target::ivr(scenery::PIN_CHECK).expect("valid")),
        ("3", voice(), queue("Support")),
        ("4", voice(), bob()),
        ("5", voice(), Target::number(scenery::THIRD_PARTY).expect("valid")),
        ("6", voice(), Target::Native(assistant)),
        ("7", chat(), Target::LastAgent),
        ("8", chat(), Target::QueueOfAgent(agent())),
        ("31", chat(), Target::Message(MessageBox::LastAgent)),
        ("32", chat(), Target::Message(MessageBox::Queue(name()))),
        ("33", chat(), Target::Message(MessageBox::Agent(agent()))),
    ]
}

/// The bodies of all `changeWorkMode` requests.
fn changes_sent(stage: &Stage) -> Vec<Value> {
    let requests = stage.simulator.requests().all();
    let changes = requests
        .iter()
        .filter(|request| request.path.ends_with("/changeWorkMode"));
    changes
        .map(|request| serde_json::from_str(&request.body).expect("JSON"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn each_type_is_sent_once_and_moves_the_customer_at_most_once() {
    for (name, change) in SETTINGS {
        for (kind, new, to) in all_types() {
            let stage = Stage::in_memory(change).await;
            let options = stage.simulator.options();
            let (session, call) = stage.customer(new).await;
            let result = transfer(&stage.oifde, &call, to).await;
            let sent = changes_sent(&stage);
            assert_eq!(sent.len(), 1, "{name}, type {kind}");
            let order = &sent[0]["callTransferRequest"];
            assert_eq!(order["callTransferType"], kind, "{name}");
            let empty = order["callTransferRouteValue"] == "";
            assert_eq!(empty, ["7", "31"].contains(&kind), "{name}, type {kind}");
            let outcome = match result {
                Ok(receipt) => receipt.outcome().await,
                Err(error) => {
                    let needs_data = options.last_agent_needs_data && ["7", "31"].contains(&kind);
                    assert!(needs_data, "{name}, type {kind}: {error}");
                    continue;
                }
            };
            assert_eq!(
                (outcome.verdict, outcome.evidence),
                (Verdict::Unknown, Evidence::AcceptedOnly),
                "{name}"
            );
            let report = stage.next_turn(&session).await.expect(name);
            // Here the work number of an agent is taken for the name of a queue.
            let wrong = options.type_8 == AgentQueueRoute::QueueName && kind == "8";
            let failed = matches!(report.stage, TransferStage::Failed(_));
            let expected = wrong || (options.last_agent_needs_data && empty);
            assert_eq!(failed, expected, "{name}, type {kind}: {report:?}");
            assert_eq!(
                stage.simulator.transfers_of(&session),
                usize::from(!failed),
                "{name}, type {kind}"
            );
        }
    }
}

async fn walk(stage: &Stage, call: &CallRef, steps: &[RobotMode]) {
    for mode in steps {
        set_mode(&stage.oifde, call, *mode).await.expect("legal");
    }
}

#[tokio::test(start_paused = true)]
async fn modes_are_walked_as_far_as_they_go() {
    use RobotMode::{Common, Insertion, Supervision};
    for (name, change) in SETTINGS {
        for (start, steps, ends) in [
            (Supervision, &[Insertion, Supervision] as &[RobotMode], true),
            (Insertion, &[], true),
            (Supervision, &[Common], false),
            (Insertion, &[Common], false),
        ] {
            let stage = Stage::in_memory(change).await;
            let published = match start {
                Insertion => callcontrol_simulators::oifde::PublishMode::Insertion,
                _ => callcontrol_simulators::oifde::PublishMode::Supervision,
            };
            let (session, call) = stage.customer_believed(voice().mode(published), start).await;
            walk(&stage, &call, steps).await;
            let result = transfer(&stage.oifde, &call, queue("Support")).await;
            assert_eq!(result.is_ok(), ends, "{name}: {start:?} {steps:?}");
            stage.next_turn(&session).await;
            assert_eq!(stage.simulator.transfers_of(&session), usize::from(ends), "{name}");
            let expected = if ends { WorkMode::Transfer } else { WorkMode::Common };
            assert_eq!(stage.simulator.mode_of(&session), Some(expected), "{name}");
            assert_eq!(stage.changes(), steps.len() + usize::from(ends), "{name}");
            for sent in changes_sent(&stage) {
                assert!(sent["workMode"].is_string(), "{name}: {sent}");
                let has_transfer = sent.get("callTransferRequest").is_some();
                assert_eq!(
                    has_transfer,
                    sent["workMode"] == "3",
                    "{name}: the object goes with mode 3 and only there"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_tried_exactly_once() {
    for (name, change) in SETTINGS {
        let simulator = simulator(change);
        let base = BaseUrl::parse("https://oiap.example").expect("valid");
        let oifde = adapter_over(
            std::sync::Arc::new(InMemoryTransport::new(base, simulator.router())),
            "wrong",
            |_| {},
        );
        for _ in 0..5 {
            let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
            let error = oifde.open(request, &OpCx::new()).await.expect_err(name);
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::Credentials, Effect::None),
                "{name}"
            );
            assert_eq!(error.native_code(), Some("200800002"), "{name}");
        }
        assert_eq!(simulator.requests().count("POST", "/gettoken"), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_times_out_is_not_repeated() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let (session, call) = stage.customer(voice()).await;
        stage.simulator.fail_next("/flow/changeWorkMode", Mischief::Held);
        let cx = OpCx::new().within(Duration::from_secs(2));
        let request = Transfer::new(queue("Support"), TransferMode::Blind);
        let error = stage.oifde.transfer(&call, request, &cx).await.expect_err(name);
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Timeout, Effect::Unknown),
            "{name}"
        );
        stage.simulator.release_held().await;
        stage.next_turn(&session).await.expect(name);
        assert_eq!(
            (stage.changes(), stage.simulator.transfers_of(&session)),
            (1, 1),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn success_is_taken_as_empty_object_as_number_and_as_text() {
    for (form, expected) in [
        (ErrorCodeForm::BareSuccess, json!({})),
        (ErrorCodeForm::Integer, json!({ "errorCode": 0, "errorMsg": "" })),
        (ErrorCodeForm::String, json!({ "errorCode": "0", "errorMsg": "" })),
    ] {
        let stage = Stage::in_memory(|options| options.error_code = form).await;
        let (session, call) = stage.customer(voice()).await;
        transfer(&stage.oifde, &call, queue("Support"))
            .await
            .unwrap_or_else(|error| panic!("{expected}: {error}"));
        stage.next_turn(&session).await.expect("an order waits");
        assert_eq!(stage.simulator.transfers_of(&session), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn ids_of_every_form_come_back_to_the_letter() {
    for (name, change) in SETTINGS {
        for style in [CallIdStyle::Digits18, CallIdStyle::Timestamp37, CallIdStyle::Cti] {
            let stage = Stage::in_memory(change).await;
            let (session, call) = stage.customer(voice().call_id(style)).await;
            transfer(&stage.oifde, &call, queue("Support")).await.expect(name);
            assert_eq!(changes_sent(&stage)[0]["callId"], session.as_str(), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_reached_by_a_name_with_blanks_and_chinese_characters() {
    for (name, change) in SETTINGS {
        for (id, title) in [
            ("51", "Agent Group 1"),
            ("52", "客服 一组"),
            ("53", "Über \"alles\" / 100 %"),
        ] {
            let stage = Stage::in_memory(change).await;
            let added = Queue::new(id).named(title);
            stage.simulator.switch().with(|switch| switch.add_queue(added));
            let (session, call) = stage.customer(voice()).await;
            transfer(&stage.oifde, &call, queue(title)).await.expect(name);
            stage.next_turn(&session).await.expect(name);
            assert_eq!(
                stage.simulator.customer_at(&session),
                Some(CustomerPlace::InQueue(id.to_owned())),
                "{name}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_html_403_and_a_500_with_json_are_told_apart() {
    let json_500 = || Mischief::Answer {
        status: status(500),
        content_type: "application/json".to_owned(),
        body: json!({ "errorCode": "10000001", "errorMsg": "NullPointerException" }).to_string(),
    };
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let (session, call) = stage.customer(voice()).await;
        stage
            .simulator
            .fail_next("/flow/changeWorkMode", Mischief::html(status(403)));
        let error = transfer(&stage.oifde, &call, scripted_bob()).await.expect_err(name);
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Permission, Effect::None),
            "{name}: {error}"
        );
        stage.simulator.fail_next("/flow/changeWorkMode", json_500());
        let error = transfer(&stage.oifde, &call, bob()).await.expect_err(name);
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::VendorFailure, Effect::Unknown),
            "{name}: {error}"
        );
        assert_eq!(error.native_code(), Some("10000001"), "{name}");
        assert_eq!(
            (stage.changes(), stage.simulator.transfers_of(&session)),
            (2, 0),
            "{name}"
        );
    }
}
