//! What else can be asked about: agents and groups, queues and flows, recordings and playback (sections 4, 10, 11).

use callcontrol_simulators::cc_gateway::{CcGatewayOptions, PlaybackEnd};
use callcontrol_simulators::scenery::{ANN, BOB, CUSTOMER, EVE, PIN_CHECK};
use callcontrol_testkit::switch::Party;
use serde_json::{Value, json};

use crate::client::{Desk, ann_talks, gateway};

fn ids(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|agent| agent["workno"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn agents_and_groups_are_listed() {
    let gateway = gateway();
    let (ann, _) = ann_talks(&gateway).await;
    Desk::signed_in(&gateway, BOB, 4).await;
    let ask = async |operation: &str| ann.ask("GET", &format!("agentgroup/101/{operation}"), None).await;
    assert_eq!(ids(&ask("allagentstatus").await.result()), ["101", "102", "103"]);
    assert_eq!(ids(&ask("onlineagentonvdn").await.result()), ["101", "102"]);
    assert_eq!(ids(&ask("idleagent").await.result()), ["102"]);
    assert_eq!(ids(&ask("agentbyskill/25").await.result()), ["102", "103"]);
    assert_eq!(ask("agentbyskill/26").await.code(), "300-002");
    assert_eq!(
        ids(&ask("agentongroupex?groupid=1").await.result()),
        ["101", "102", "103"]
    );
    assert_eq!(ask("agentongroupex?groupid=2").await.code(), "300-004");
    let group = json!([{ "id": 1, "name": "Front desk", "monitorno": "103", "monitorname": "Eve" }]);
    assert_eq!(ask("grouponvdn").await.result(), group);
    assert_eq!(ask("groupbyagent/102").await.result(), group);
    assert_eq!(ask("groupbyagent/999").await.code(), "300-003");
    let bob = ask("agentbyworkno/102").await.result();
    assert_eq!(
        (&bob["phonenumber"], &bob["skilllist"], &bob["status"]),
        (&json!("7002"), &json!(["25"]), &json!(4))
    );
    assert_eq!(ask("agentbyworkno/999").await.code(), "300-002");
    assert_eq!(ask("restreason").await.result()[0]["description"], "Lunch");
    assert_eq!(ask("ispickup").await.result(), true);
    gateway.update_options(|options| options.groups.clear());
    assert_eq!(ask("grouponvdn").await.code(), "300-004");
}

#[tokio::test(start_paused = true)]
async fn queues_and_flows_are_counted() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    let vdn = ann.ask("GET", "queuedevice/101/vdnskill/1", None).await.result();
    assert_eq!(
        vdn[0],
        json!({ "name": "Billing", "id": 25, "mediatype": 5, "serviceType": 1, "realFlag": 1 })
    );
    assert_eq!(
        ann.ask("GET", "queuedevice/101/vdnskill/2", None).await.code(),
        "600-005"
    );
    gateway.switch().place_call("2065550101", &Party::queue("26")).unwrap();
    let waiting = ann
        .ask("POST", "queuedevice/101/queryacdstat", Some(json!({})))
        .await
        .result();
    assert_eq!(
        (&waiting[1]["skillid"], &waiting[1]["queuesize"]),
        (&json!(26), &json!(1))
    );
    assert_eq!(ann.data("GET", "ivrcallcount/1").await.result(), 0);
    ann.transfer(3, PIN_CHECK, 1).await;
    assert_eq!(ann.data("GET", "ivrcallcount/1").await.result(), 1);
    gateway.switch().ivr_finished(call).unwrap();
    assert_eq!(ann.data("GET", "ivrcallcount/2").await.code(), "100-007");
    assert_eq!(ann.data("GET", "statistics").await.result()["answeredCalls"], 1);
}

#[tokio::test(start_paused = true)]
async fn playback_goes_its_way_and_every_wrong_step_has_its_code() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let file = || Some(json!({ "voicepath": "a.V3", "startpostion": 12, "times": "1" }));
    let steps = [
        ("DELETE", "stopplay", "500-009"),
        ("POST", "pauseplay", "500-003"),
        ("POST", "resumeplay", "500-005"),
        ("POST", "forefast/5", "500-002"),
        ("POST", "backfast/5", "500-001"),
        ("PUT", "play", "0"),
        ("PUT", "play", "500-007"),
        ("POST", "forefast/5", "0"),
        ("POST", "pauseplay", "0"),
        ("POST", "resumeplay", "0"),
        ("DELETE", "stopplay", "0"),
        ("DELETE", "stoprecordscreen", "500-010"),
        ("PUT", "startrecordscreen", "0"),
        ("PUT", "startrecordscreen", "500-008"),
        ("DELETE", "stoprecordscreen", "0"),
        ("GET", "recordfilefromrecordid?recordid=x", "104-005"),
    ];
    for (method, operation, code) in steps {
        let body = if operation == "play" { file() } else { None };
        let reply = ann.ask(method, &format!("recordplay/101/{operation}"), body).await;
        assert_eq!(reply.code(), code, "{operation}");
    }
    assert_eq!(
        ann.contents("AgentMediaEvent_StopPlayDone").await,
        [json!({ "cause": 1 })]
    );
    assert_eq!(
        ann.ask("PUT", "recordplay/101/play", Some(json!({}))).await.code(),
        "000-002"
    );
    for (how, cause) in [(PlaybackEnd::Finished, 0), (PlaybackEnd::Failed, 2)] {
        assert!(!gateway.end_playback(ANN.0, how));
        ann.ask("PUT", "recordplay/101/play", file()).await.result();
        assert!(gateway.end_playback(ANN.0, how));
        assert_eq!(
            ann.contents("AgentMediaEvent_StopPlayDone").await,
            [json!({ "cause": cause })]
        );
    }
    assert!(ann.ask("GET", "recordplay/101/getconnecttoken", None).await.result()["token"].is_string());
}

#[tokio::test(start_paused = true)]
async fn the_file_of_a_recording_is_found() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    crate::client::customer_calls(gateway.switch());
    ann.voice("PUT", "answer").await.result();
    let record = ann.contents("AgentMediaEvent_Record").await[0].clone();
    let path = format!(
        "recordplay/101/recordfilefromrecordid?recordid={}",
        record["recordID"].as_str().unwrap()
    );
    assert_eq!(ann.ask("GET", &path, None).await.result(), record["fileName"]);
}

#[tokio::test(start_paused = true)]
async fn notes_and_bulletins_reach_those_they_are_for() {
    let gateway = gateway();
    gateway.update_options(|options| options.padded_texts = true);
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    let mut eve = Desk::signed_in(&gateway, EVE, 4).await;
    let path = "onlineagent/103/notifybulletin";
    let bulletin = |target: u8, name: &str| json!({ "targettype": target, "targetname": name, "bulletindata": "Hear" });
    assert_eq!(eve.ask("POST", path, Some(bulletin(1, "Billing"))).await.code(), "0");
    let heard = bob.contents("AgentOther_Bulletin").await;
    assert_eq!(
        (&heard[0]["context"], &heard[0]["sendername"]),
        (&json!("Hear\0\0"), &json!("Eve"))
    );
    assert_eq!((ann.kinds().await, eve.kinds().await), (vec![], vec![]));
    for (body, code) in [
        (bulletin(0, "No such"), "300-004"),
        (bulletin(1, "No such"), "100-007"),
        (bulletin(2, "Billing"), "000-002"),
        (
            json!({ "targettype": 0, "targetname": "Front desk", "bulletindata": "x".repeat(901) }),
            "000-002",
        ),
    ] {
        assert_eq!(eve.ask("POST", path, Some(body)).await.code(), code);
    }
    let note = "onlineagent/103/sendnoteletex";
    assert_eq!(
        eve.ask("POST", note, Some(json!({ "agentIds": [101] }))).await.code(),
        "000-002"
    );
}

#[test]
fn each_variant_has_a_name_and_differs_from_the_default() {
    let variants = CcGatewayOptions::variants();
    let names: std::collections::BTreeSet<&str> = variants.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), variants.len());
    for (name, options) in variants {
        assert_ne!(options, CcGatewayOptions::default(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn under_every_variant_an_agent_signs_in_and_a_customer_is_answered() {
    for (name, options) in CcGatewayOptions::variants() {
        let cookie = options.sticky_cookie.is_some();
        let gateway = callcontrol_simulators::cc_gateway::CcGatewaySimulator::new(
            callcontrol_simulators::scenery::switch(),
            options,
        );
        let mut ann = Desk::at(&gateway, ANN);
        let body = json!({ "password": "cti-secret", "phonenum": "7001" });
        ann.sign_in(body).await;
        assert!(ann.guid.is_some(), "{name}");
        gateway.switch().place_call(CUSTOMER, &Party::agent(ANN.0)).unwrap();
        assert!(gateway.switch().active_call(ANN.0).is_some(), "{name}");
        let released = ann.voice("DELETE", "release").await;
        assert_eq!(
            released.text.contains(r#""retcode":"100-006""#),
            cookie,
            "{name}: {}",
            released.text
        );
    }
}
