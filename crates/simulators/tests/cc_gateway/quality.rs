//! Quality control (section 9): Eve is the inspector, Ann the inspected.

use callcontrol_simulators::cc_gateway::{CcGatewaySimulator, NoInspectorRight};
use callcontrol_simulators::scenery::{ANN, BOB, EVE};
use callcontrol_testkit::switch::{AgentState, SupervisionMode, SwitchCallId};
use serde_json::json;

use crate::client::{Desk, ann_talks, gateway, gateway_with, with_agent};

async fn ask(desk: &Desk, method: &str, operation: &str) -> String {
    desk.ask(method, &format!("qualitycontrol/{}/{operation}", desk.agent), None)
        .await
        .code()
}

async fn scene(gateway: &CcGatewaySimulator) -> (Desk, Desk, SwitchCallId) {
    let (ann, call) = ann_talks(gateway).await;
    (Desk::signed_in(gateway, EVE, 4).await, ann, call)
}

fn mode(gateway: &CcGatewaySimulator) -> Option<SupervisionMode> {
    gateway.switch().supervision_of(EVE.0).map(|running| running.mode)
}

#[tokio::test(start_paused = true)]
async fn nobody_notices_a_listener_and_all_three_talk_after_a_barge_in() {
    let gateway = gateway();
    let (mut eve, mut ann, call) = scene(&gateway).await;
    assert_eq!(ask(&eve, "PUT", "addsupervise/101").await, "0");
    assert_eq!(mode(&gateway), Some(SupervisionMode::Listen));
    assert_eq!((ann.kinds().await, eve.kinds().await), (vec![], vec![]));
    let switch = |kind: u8| format!("requestswitchinsertwhisperagent?whisperagentid=101&switchtype={kind}");
    assert_eq!(ask(&eve, "POST", &switch(2)).await, "0");
    assert_eq!(mode(&gateway), Some(SupervisionMode::Whisper));
    assert_eq!(ask(&eve, "POST", &switch(1)).await, "0");
    let partners = ann.contents("AgentEvent_Conference").await;
    assert_eq!(partners[0]["callid"], gateway.call_id(call, ANN.0).unwrap());
    assert!(eve.kinds().await.contains(&"Event_Conference".to_owned()));
    assert_eq!(ask(&eve, "DELETE", "101").await, "0");
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    assert_eq!(mode(&gateway), None);
    assert_eq!(ann.kinds().await, ["Event_Customer_Release", "Event_Talking"]);
    assert_eq!(eve.kinds().await.last().unwrap(), "State_Ready");
}

#[tokio::test(start_paused = true)]
async fn whispering_begins_and_ends() {
    let gateway = gateway();
    let (eve, ..) = scene(&gateway).await;
    assert_eq!(
        ask(&eve, "POST", "requeststopwhisperagent?whisperagentid=101").await,
        "900-005"
    );
    assert_eq!(ask(&eve, "POST", "requestwhisperagent?whisperagentid=101").await, "0");
    assert_eq!(mode(&gateway), Some(SupervisionMode::Whisper));
    assert_eq!(
        ask(&eve, "POST", "requeststopwhisperagent?whisperagentid=101").await,
        "0"
    );
    assert_eq!(mode(&gateway), None);
    assert_eq!(ask(&eve, "POST", "requestwhisperagent").await, "000-002");
}

#[tokio::test(start_paused = true)]
async fn the_inspector_takes_the_customer_and_the_agent_is_idle() {
    for by_call in [false, true] {
        let gateway = gateway();
        let (mut eve, mut ann, call) = scene(&gateway).await;
        assert_eq!(
            ask(&eve, "PUT", "intercept/101").await,
            "900-005",
            "nothing is supervised yet"
        );
        assert_eq!(ask(&eve, "PUT", "addsupervise/101").await, "0");
        let path = match by_call {
            true => format!("intercept/101/{}", gateway.call_id(call, ANN.0).unwrap()),
            false => "intercept/101".to_owned(),
        };
        assert_eq!(ask(&eve, "PUT", "intercept/101/1456401416-99").await, "200-026");
        assert_eq!(ask(&eve, "PUT", &path).await, "0");
        assert_eq!(gateway.switch().customer_at(call), with_agent(EVE));
        let kinds = ann.kinds().await;
        assert_eq!(kinds.first().unwrap(), "Event_Call_Release");
        assert_eq!(kinds.last().unwrap(), "State_Ready");
        assert!(eve.kinds().await.contains(&"Event_Talking".to_owned()));
        eve.voice("DELETE", "release").await.result();
        assert_eq!(eve.kinds().await.last().unwrap(), "State_Ready");
    }
}

#[tokio::test(start_paused = true)]
async fn barging_in_on_an_idle_agent_is_a_call_of_the_two() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let eve = Desk::signed_in(&gateway, EVE, 4).await;
    assert_eq!(ask(&eve, "PUT", "addinsert/101").await, "0");
    assert_eq!(gateway.switch().active_call(ANN.0), gateway.switch().active_call(EVE.0));
    assert!(ann.kinds().await.contains(&"Event_Talking".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_inspect_or_not_this_one_or_not_now_is_refused() {
    let gateway = gateway();
    let (eve, ann, _) = scene(&gateway).await;
    assert_eq!(ask(&ann, "PUT", "addsupervise/103").await, "900-002");
    assert_eq!(ask(&ann, "GET", "allagent").await, "900-002");
    gateway.update_options(|options| options.no_inspector_right = NoInspectorRight::Portal);
    assert_eq!(ask(&ann, "PUT", "addsupervise/103").await, "000-004");
    assert_eq!(ask(&eve, "PUT", "addsupervise/103").await, "000-005");
    assert_eq!(
        ask(&eve, "PUT", "addsupervise/102").await,
        "900-004",
        "Bob is signed out"
    );
    assert_eq!(ask(&eve, "PUT", "addsupervise/999").await, "900-004");
    assert_eq!(ask(&eve, "PUT", "addsupervise/101?mediaType=1").await, "100-007");
    eve.ask("POST", "onlineagent/103/saybusy", None).await.result();
    assert_eq!(ask(&eve, "PUT", "addsupervise/101").await, "900-005", "not idle");
    assert_eq!(ask(&eve, "POST", "beginmonitor?agents=101").await, "0");
    assert!(ann.ask("GET", "agentgroup/101/iscensor", None).await.result() == false);
    assert!(eve.ask("GET", "agentgroup/103/iscensor", None).await.result() == true);
}

#[tokio::test(start_paused = true)]
async fn an_inspector_signs_somebody_out_whose_poll_then_is_refused() {
    let gateway = gateway();
    let (eve, mut ann, _) = scene(&gateway).await;
    assert_eq!(ask(&eve, "POST", "forcelogout/101").await, "0");
    assert_eq!(ann.poll().await.code(), "100-006");
    let state = gateway
        .switch()
        .with(|switch| switch.agent(ANN.0).unwrap().state.clone());
    assert_eq!(state, AgentState::SignedOut);
    assert_eq!(ask(&eve, "POST", "forcelogout/101").await, "900-004");
}

#[tokio::test(start_paused = true)]
async fn the_inspectors_telephone_may_be_told() {
    let gateway = gateway_with(|options| options.inspector_phone_events = true);
    let (mut eve, ..) = scene(&gateway).await;
    ask(&eve, "PUT", "addsupervise/101").await;
    assert_eq!(eve.kinds().await, ["Other_PhoneOffhook"]);
    ask(&eve, "DELETE", "101").await;
    assert_eq!(eve.kinds().await, ["Other_PhoneRelease"]);
}

#[tokio::test(start_paused = true)]
async fn the_inspector_sees_the_others() {
    let gateway = gateway();
    let (eve, ..) = scene(&gateway).await;
    let agents = eve.ask("GET", "qualitycontrol/103/allagent", None).await.result();
    assert_eq!(
        agents,
        json!([
            { "workno": "101", "name": "Ann", "status": 7, "ctiStatus": 5, "groupName": "Front desk" },
            { "workno": BOB.0, "name": "Bob", "status": 2, "ctiStatus": 0, "groupName": "Front desk" },
        ])
    );
}
