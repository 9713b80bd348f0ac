//! Eve supervises Ann: listens, coaches, barges in, switches the microphone off, and goes.

use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{SupervisionMode, SwitchCallId};
use serde_json::{Value, json};

use crate::client::{Desk, OK, capabilities, id, may, participants, said, talking};

struct Floor {
    gws: GwsSimulator,
    ann: Desk,
    eve: Desk,
}

impl Floor {
    async fn open() -> Self {
        let gws = GwsSimulator::new(scenery::switch(), GwsOptions::default().with_every_feature());
        let (ann, eve) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "eve").await);
        Self { gws, ann, eve }
    }

    async fn supervise(&self, operation: &str, parameters: Value) -> (u16, u64) {
        let mut body = parameters;
        body["operationName"] = json!(operation);
        body["phoneNumber"] = json!("7001");
        self.at_device(body).await
    }

    async fn at_device(&self, body: Value) -> (u16, u64) {
        let path = format!("me/devices/{}", self.eve.device().await);
        self.eve.post(&path, body).await.code()
    }

    async fn talking(&self) -> (SwitchCallId, String) {
        talking(&self.ann, self.gws.switch()).await
    }

    fn mode(&self) -> Option<SupervisionMode> {
        self.gws
            .switch()
            .with(|switch| switch.supervision_of(scenery::EVE.0).map(|running| running.mode))
    }
}

fn words(events: &[Value]) -> Vec<String> {
    events.iter().map(said).collect()
}

#[tokio::test(start_paused = true)]
async fn a_listening_supervisor_has_the_call_on_the_own_telephone() {
    let floor = Floor::open().await;
    let (_, name) = floor.talking().await;
    assert_eq!(floor.supervise("ListenIn", json!({})).await, OK);
    let told = floor.eve.events().await;
    assert_eq!(
        words(&told),
        ["DeviceStateChangeMessage", "StatusChange Established Inbound"]
    );
    let device = &told[0]["devices"][0];
    assert_eq!(
        (
            &device["supervisorMonitoringState"]["state"],
            &device["supervisorMonitoringState"]["mode"]
        ),
        (&json!("ListenIn"), &json!("AllCalls"))
    );
    assert!(may(device, "CancelSupervisorMonitoring") && !may(device, "ListenIn"));
    let call = &told[1]["call"];
    assert_eq!((&call["monitoring"], &call["mute"]), (&json!(true), &json!("On")));
    assert_eq!(participants(call), ["7001", scenery::CUSTOMER]);
    assert_eq!(
        capabilities(call),
        ["Hangup", "MuteMonitoredUser", "SwitchToBargeIn", "SwitchToCoach"]
    );
    let anns = floor.ann.events().await;
    assert_eq!(anns[0]["call"]["supervisorListeningIn"], true);
    floor.ann.does(&name, "Hangup").await;
    assert_eq!(floor.eve.heard().await, ["StatusChange Released Inbound"]);
    assert_eq!(floor.mode(), Some(SupervisionMode::Listen), "all calls: it goes on");
    let (_, next) = floor.talking().await;
    assert_eq!(floor.eve.heard().await, ["StatusChange Established Inbound"]);
    assert_ne!(next, name);
    assert_eq!(
        floor
            .at_device(json!({"operationName": "CancelSupervisorMonitoring"}))
            .await,
        OK
    );
    let over = floor.eve.events().await;
    assert_eq!(
        words(&over),
        ["StatusChange Released Inbound", "DeviceStateChangeMessage"]
    );
    assert_eq!(over[1]["devices"][0]["supervisorMonitoringState"], Value::Null);
    assert_eq!(floor.mode(), None);
}

#[tokio::test(start_paused = true)]
async fn the_next_call_only_is_over_with_that_call() {
    let floor = Floor::open().await;
    let device = floor.ann.device().await;
    let body = json!({
        "operationName": "ListenIn", "targetDeviceUri": format!("http://gws.example:8090/api/v2/devices/{device}"),
        "supervisorMonitoringScope": "Agent", "supervisorMonitoringMode": "NextCall",
    });
    assert_eq!(floor.at_device(body).await, OK);
    let told = floor.eve.events().await;
    assert_eq!(words(&told), ["DeviceStateChangeMessage"], "Ann is in no call");
    assert_eq!(told[0]["devices"][0]["supervisorMonitoringState"]["scope"], "Agent");
    let (_, name) = floor.talking().await;
    assert_eq!(floor.eve.heard().await, ["StatusChange Established Inbound"]);
    floor.ann.does(&name, "Hangup").await;
    assert_eq!(
        floor.eve.heard().await,
        ["StatusChange Released Inbound", "DeviceStateChangeMessage"]
    );
    assert_eq!(floor.mode(), None);
}

#[tokio::test(start_paused = true)]
async fn listening_becomes_barging_in_and_listening_again_under_one_id() {
    let floor = Floor::open().await;
    let (call, name) = floor.talking().await;
    floor.supervise("ListenIn", json!({})).await;
    floor.eve.events().await;
    floor.ann.events().await;
    let monitored = id(&floor.eve.calls().await[0]);
    floor.eve.does(&monitored, "SwitchToBargeIn").await;
    let told = floor.eve.events().await;
    assert_eq!(
        words(&told),
        ["DeviceStateChangeMessage", "StatusChange Established Inbound"]
    );
    assert_eq!(
        (id(&told[1]["call"]), &told[1]["call"]["mute"]),
        (monitored.clone(), &json!("Off"))
    );
    assert!(may(&told[1]["call"], "SwitchToListenIn"));
    let anns = floor.ann.calls().await.remove(0);
    assert_eq!(
        (participants(&anns), anns["supervisorListeningIn"].clone()),
        (vec![scenery::CUSTOMER.into(), "7003".into()], json!(false))
    );
    assert_eq!(floor.gws.switch().call(call).unwrap().legs.len(), 3);
    floor.eve.does(&monitored, "SwitchToListenIn").await;
    let back = floor.eve.events().await;
    assert!(
        !words(&back).contains(&"StatusChange Released Inbound".to_owned()),
        "{:?}",
        words(&back)
    );
    assert_eq!(id(&floor.eve.calls().await[0]), monitored);
    assert_eq!(participants(&floor.ann.calls().await[0]), [scenery::CUSTOMER]);
    floor.eve.does(&monitored, "Hangup").await;
    assert_eq!(floor.mode(), None);
    assert!(floor.eve.calls().await.is_empty());
    assert_eq!(id(&floor.ann.calls().await[0]), name, "Ann talks on");
}

#[tokio::test(start_paused = true)]
async fn whoever_came_from_coaching_cannot_go_back_to_it() {
    let floor = Floor::open().await;
    floor.talking().await;
    assert_eq!(floor.supervise("Coach", json!({})).await, OK);
    let call = floor.eve.calls().await.remove(0);
    assert_eq!(call["mute"], "Off");
    floor.eve.does(&id(&call), "SwitchToListenIn").await;
    let call = floor.eve.calls().await.remove(0);
    assert!(!may(&call, "SwitchToCoach") && may(&call, "SwitchToBargeIn"));
    assert_eq!(
        floor.eve.operate(&id(&call), "SwitchToCoach", json!({})).await.code().1,
        2
    );
}

#[tokio::test(start_paused = true)]
async fn the_supervisor_switches_the_agents_microphone_off_and_on() {
    let floor = Floor::open().await;
    floor.talking().await;
    floor.supervise("ListenIn", json!({})).await;
    floor.eve.events().await;
    floor.ann.events().await;
    let monitored = id(&floor.eve.calls().await[0]);
    for (operation, on) in [("MuteMonitoredUser", true), ("UnmuteMonitoredUser", false)] {
        floor.eve.does(&monitored, operation).await;
        for desk in [&floor.eve, &floor.ann] {
            let told = desk.events().await;
            assert_eq!(words(&told), ["MonitoredUserMutedStateChange Established Inbound"]);
            assert_eq!(told[0]["call"]["monitoredUserMuted"], on);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn barging_in_on_an_idle_agent_is_a_call_of_the_two() {
    let floor = Floor::open().await;
    assert_eq!(floor.supervise("BargeIn", json!({})).await, OK);
    let call = floor.eve.calls().await.remove(0);
    assert_eq!(
        (&call["callType"], participants(&call)),
        (&json!("Internal"), vec!["7001".to_owned()])
    );
    assert_eq!(call["monitoring"], true);
    floor.eve.does(&id(&call), "Hangup").await;
    assert!(floor.ann.calls().await.is_empty());
    assert_eq!(floor.mode(), None);
}

#[tokio::test(start_paused = true)]
async fn whom_nobody_knows_cannot_be_supervised() {
    let floor = Floor::open().await;
    let listen = |member: &str, value: &str| {
        let mut body = json!({"operationName": "ListenIn"});
        body[member] = json!(value);
        body
    };
    assert_eq!(floor.at_device(json!({"operationName": "ListenIn"})).await.1, 1);
    assert_eq!(floor.at_device(listen("phoneNumber", "9999")).await.1, 2);
    assert_eq!(
        floor.at_device(listen("targetDeviceUri", "http://elsewhere/x")).await.1,
        2
    );
    assert_eq!(
        floor.at_device(listen("phoneNumber", "7003")).await,
        OK,
        "the switch refuses, by an event"
    );
    assert_eq!(floor.eve.heard().await, ["EventError"]);
    assert_eq!(
        floor
            .at_device(json!({"operationName": "CancelSupervisorMonitoring"}))
            .await
            .1,
        2,
        "nothing to cancel"
    );
}
