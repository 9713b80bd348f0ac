//! Both sides of the fixtures: the simulator answers and tells in the shapes of the vendor's samples, and accepts the
//! requests as they are shown.

use std::collections::BTreeSet;
use std::path::PathBuf;

use callcontrol_simulators::cc_gateway::{
    BareEvents, CcGatewayOptions, CcGatewaySimulator, EmptyPoll, EventMethod, PhoneAlerting,
};
use callcontrol_simulators::scenery::{ANN, BOB, CUSTOMER, PIN_CHECK, THIRD_PARTY};
use callcontrol_testkit::switch::Party;
use serde_json::{Value, json};

use crate::client::{Desk, ann_talks, gateway, gateway_with};
use crate::days;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/huawei-cc-gateway")
}

fn fixture(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names() -> BTreeSet<String> {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap());
    files
        .filter_map(|file| file.strip_suffix(".json").map(str::to_owned))
        .collect()
}

/// The members and their JSON types, without values; an empty text is a text like another.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(items) => json!([items.first().map(shape)]),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect(),
    }
}

/// What the simulator has said so far, by fixture.
struct Proof {
    open: BTreeSet<String>,
}

impl Proof {
    fn of(said: &Value, name: &str) {
        assert_eq!(shape(said), shape(&fixture(name)), "{name}: {said}");
    }

    fn saw(&mut self, said: &Value, name: &str) {
        Self::of(said, name);
        self.open.remove(name);
    }

    /// Looks for the event of each open fixture among these poll answers.
    fn events(&mut self, answers: &[Value]) {
        for answer in answers {
            let kind = |value: &Value| value.get("event").unwrap_or(value)["eventType"].clone();
            let open: Vec<String> = self
                .open
                .iter()
                .filter(|name| name.starts_with("event-"))
                .cloned()
                .collect();
            for name in open {
                let sample = fixture(&name);
                if kind(&sample) == kind(answer) && shape(&sample) == shape(answer) {
                    self.open.remove(&name);
                }
            }
        }
    }
}

async fn queries(proof: &mut Proof, gateway: &CcGatewaySimulator) {
    let mut bob = Desk::at(gateway, BOB);
    let reply = bob
        .sign_in(json!({ "password": "cti-secret", "phonenum": "7002", "status": 3 }))
        .await;
    proof.saw(&reply.json(), "sign-in-answer");
    proof.saw(
        &bob.ask("PUT", "onlineagent/102/updateGuid", None).await.json(),
        "update-guid-answer",
    );
    proof.saw(
        &bob.ask("GET", "onlineagent/102/agentskills", None).await.json(),
        "agent-skills-answer",
    );
    proof.saw(
        &bob.ask("GET", "onlineagent/102/querycustomstate", None).await.json(),
        "agent-custom-state-answer",
    );
    proof.saw(
        &bob.ask("GET", "queuedevice/102/ivrinfo", None).await.json(),
        "ivr-info-answer",
    );
    bob.kinds().await;
    let empty = bob.poll().await;
    let sample = std::fs::read_to_string(folder().join("answer-empty.json")).unwrap();
    assert_eq!(empty.text, sample.trim_end());
    proof.saw(&empty.json(), "answer-empty");
    let refused = bob.ask("GET", "agentevent/allagentevent", None).await.json();
    assert_eq!(refused, fixture("all-agents-poll-refused"));
    proof.saw(&refused, "all-agents-poll-refused");
    proof.saw(&Desk::at(gateway, BOB).poll().await.json(), "answer-not-signed-in");

    let (ann, _) = ann_talks(gateway).await;
    proof.saw(&ann.data("GET", "callinfo").await.json(), "call-info-answer");
    proof.saw(&ann.data("GET", "remotenumbers").await.json(), "remote-numbers-answer");
    proof.saw(&ann.voice("POST", "hold").await.json(), "answer-success-with-result");
    let called = ann.voice_with("PUT", "callout", json!({ "called": THIRD_PARTY })).await;
    proof.saw(&called.json(), "callout-answer");
    ann.voice("DELETE", "release").await.result();
    ann.voice("POST", "gethold").await.result();
    let help = ann.voice_with("POST", "innerhelp", fixture("innerhelp-request")).await;
    proof.saw(&help.json(), "innerhelp-answer");
    ann.voice("POST", &format!("dropcall/{}", help.result().as_str().unwrap()))
        .await
        .result();
    ann.transfer(5, PIN_CHECK, 4).await;
    proof.saw(
        &ann.voice("POST", "thirdPartyConfTransmitNum").await.json(),
        "third-party-conf-transmit-num-answer",
    );
}

#[tokio::test(start_paused = true)]
async fn the_simulator_says_everything_in_the_shape_of_the_vendors_samples() {
    let mut proof = Proof {
        open: names().into_iter().filter(|name| !name.ends_with("-request")).collect(),
    };
    proof.open.remove("assign-user-in-queue-answer"); // compared whole in `data`
    queries(&mut proof, &gateway()).await;
    let changes: [fn(&mut CcGatewayOptions); 6] = [
        |_| {},
        |options| options.event_gen_time = true,
        |options| options.bare_events = BareEvents::AsPrinted,
        |options| {
            options.bare_events = BareEvents::Always;
            options.ringing_media_type = true;
        },
        |options| {
            (options.bare_events, options.json_keys) = (BareEvents::AsPrinted, true);
            options.phone_alerting = PhoneAlerting::Object;
        },
        |options| {
            (options.ringing_media_type, options.record_format, options.padded_texts) = (true, true, true);
            (options.trans_out_result, options.abandon_event) = (true, true);
            options.phone_alerting = PhoneAlerting::Object;
        },
    ];
    for change in changes {
        for day in days::all(change).await {
            proof.events(&day);
        }
    }
    let camel = days::all(|options| options.camel_trans_from = true).await;
    proof.events(&camel.concat());
    polls(&mut proof).await;
    pushes(&mut proof).await;
    contents(
        &mut proof,
        &days::all(|options| options.record_format = true).await.concat(),
    );
    assert_eq!(proof.open, BTreeSet::new(), "never said");
}

/// The ways to say that there is nothing, and a poll for all agents.
async fn polls(proof: &mut Proof) {
    let gateway = gateway_with(|options| options.empty_poll = EmptyPoll::Null);
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(json!({ "password": "cti-secret", "phonenum": "7001" }))
        .await;
    ann.poll().await;
    ann.poll().await;
    proof.saw(&ann.poll().await.json(), "answer-empty-null");
    gateway.update_options(|options| options.empty_poll = EmptyPoll::EmptyArray);
    proof.saw(&ann.poll().await.json(), "answer-empty-array");
    gateway.update_options(|options| options.numeric_retcode = true);
    let busy = ann.ask("POST", "onlineagent/101/saybusy", None).await;
    proof.saw(&busy.json(), "answer-numeric-retcode");
    let gateway = gateway_with(|options| options.event_method = EventMethod::All);
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(json!({ "password": "cti-secret", "phonenum": "7001" }))
        .await;
    proof.saw(
        &ann.ask("GET", "agentevent/allagentevent", None).await.json(),
        "all-agents-poll",
    );
}

async fn pushes(proof: &mut Proof) {
    let gateway = gateway();
    let mut ann = Desk::at(&gateway, ANN);
    let push = json!({ "password": "cti-secret", "phonenum": "7001", "callBackUri": "http://localhost/x", "serviceToken": "abc" });
    ann.sign_in(push).await;
    let pushed = gateway.next_push(ANN.0).await.unwrap();
    proof.saw(&serde_json::from_str(&pushed.body).unwrap(), "push-batch");
    let handshake = ann.ask("POST", "onlineagent/101/handshake", None).await;
    assert_eq!(handshake.json(), fixture("handshake-answer"));
    proof.saw(&handshake.json(), "handshake-answer");
    proof.saw(
        &ann.ask("PUT", "onlineagent/101/heartbeat", None).await.json(),
        "heartbeat-answer",
    );
    let mut bob = Desk::at(&gateway, BOB);
    bob.sign_in(json!({ "password": "cti-secret", "phonenum": "7002", "pushUrl": "http://localhost/x" }))
        .await;
    let pushed = gateway.next_push(BOB.0).await.unwrap();
    proof.saw(&serde_json::from_str(&pushed.body).unwrap(), "push-envelope");
}

/// The fixtures that are a content only.
fn contents(proof: &mut Proof, answers: &[Value]) {
    let content = |kind: &str| {
        let events = answers.iter().filter_map(|answer| answer.get("event"));
        let mut such = events.filter(|event| event["eventType"] == kind);
        such.next().unwrap_or_else(|| panic!("{kind}"))["content"].clone()
    };
    proof.saw(&content("AgentOther_Note"), "content-note");
    let mut record = content("AgentMediaEvent_StopRecordDone");
    record["jsonKey"] = json!(["beginTime"]);
    proof.saw(&record, "content-stop-record-done-with-format");
}

#[tokio::test(start_paused = true)]
async fn every_request_is_accepted_as_it_is_shown() {
    let mut open: BTreeSet<String> = names().into_iter().filter(|name| name.ends_with("-request")).collect();
    let gateway_with_password = gateway_with(|options| {
        let sample = fixture("sign-in-request");
        options.password = sample["password"].as_str().unwrap().into();
    });
    let mut ann = Desk::at(&gateway_with_password, ANN);
    assert_eq!(ann.sign_in(fixture("sign-in-request")).await.code(), "0");
    open.remove("sign-in-request");

    let voice: Vec<String> = open
        .iter()
        .filter(|name| !name.starts_with("assign"))
        .cloned()
        .collect();
    for name in voice {
        let gateway = gateway();
        gateway.switch().with(|switch| {
            switch.add_agent("49998", "7098");
            switch.add_outside("40040");
            switch.sign_in("49998").unwrap();
        });
        Desk::signed_in(&gateway, BOB, 4).await;
        let (ann, _) = ann_talks(&gateway).await;
        let before = gateway.switch().journal().next_seq();
        let reply = match name.split('-').next().unwrap() {
            "callout" => {
                ann.voice("DELETE", "release").await.result();
                ann.voice_with("PUT", "callout", fixture(&name)).await
            }
            "play" => {
                let reply = ann.ask("PUT", "recordplay/101/play", Some(fixture(&name))).await;
                assert_eq!(reply.code(), "0", "{name}");
                open.remove(&name);
                continue;
            }
            "innerhelp" => ann.voice_with("POST", "innerhelp", fixture(&name)).await,
            _ => ann.voice_with("POST", "transfer", fixture(&name)).await,
        };
        assert_eq!(reply.code(), "0", "{name}");
        assert!(gateway.switch().journal().next_seq() > before, "{name}");
        open.remove(&name);
    }

    let gateway = gateway();
    let bob = Desk::signed_in(&gateway, BOB, 3).await;
    gateway.switch().place_call(CUSTOMER, &Party::queue("25")).unwrap();
    let mut body = fixture("assign-user-in-queue-request");
    body["callid"] = bob.data("GET", "waitcallinfo/25").await.result()[0]["callid"].clone();
    assert_eq!(
        bob.ask("PUT", "calldata/102/assignuserinqueue", Some(body))
            .await
            .code(),
        "0"
    );
    open.remove("assign-user-in-queue-request");
    assert_eq!(open, BTreeSet::new(), "never sent");
}

#[test]
fn every_fixture_names_its_source() {
    let sources = std::fs::read_to_string(folder().join("SOURCES.md")).unwrap();
    for name in names() {
        assert!(sources.contains(&format!("`{name}.json`")), "{name}");
    }
}
