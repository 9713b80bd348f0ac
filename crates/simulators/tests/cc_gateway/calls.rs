//! Answering, releasing, holding, dialling (sections 6, 6.1 and 17.2).

use callcontrol_simulators::cc_gateway::{IncomingCallInfo, PhoneAlerting};
use callcontrol_simulators::scenery::{ANN, BILLING, BOB, CUSTOMER, OTHER_CUSTOMER, THIRD_PARTY};
use callcontrol_testkit::switch::{Behaviour, LegState, Party, SwitchEvent};
use serde_json::json;

use crate::client::{Desk, ann_talks, customer_calls, gateway, gateway_with, third_party, with_agent};

#[tokio::test(start_paused = true)]
async fn a_call_rings_is_answered_and_released() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let call = customer_calls(gateway.switch());
    let events = ann.events().await;
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["eventType"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "AgentState_Busy",
            "AgentEvent_Incoming_CallInfo",
            "AgentOther_PhoneAlerting",
            "AgentEvent_Ringing"
        ]
    );
    let callid = gateway.call_id(call, ANN.0).unwrap();
    let ringing = &events[3]["content"];
    assert_eq!(ringing["callid"], callid.as_str());
    assert_eq!(
        (&ringing["caller"], &ringing["called"]),
        (&json!(CUSTOMER), &json!("7001"))
    );
    assert_eq!((&ringing["feature"], &ringing["transfer"]), (&json!("0"), &json!("no")));

    assert_eq!(ann.voice("PUT", &format!("answer?callid={callid}")).await.code(), "0");
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
    let kinds: Vec<_> = ann
        .events()
        .await
        .iter()
        .map(|event| event["eventType"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "AgentOther_PhoneOffhook",
            "AgentEvent_Talking",
            "AgentMediaEvent_Record"
        ]
    );

    assert_eq!(ann.voice("DELETE", "release").await.code(), "0");
    let kinds: Vec<_> = ann
        .events()
        .await
        .iter()
        .map(|event| event["eventType"].clone())
        .collect();
    let expected = [
        "AgentEvent_Call_Release",
        "AgentEvent_Customer_Release",
        "AgentMediaEvent_StopRecordDone",
        "AgentOther_PhoneRelease",
        "AgentState_Ready",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(gateway.switch().call(call), None);
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_releases_the_agent_too() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    gateway.switch().hang_up(&Party::outside(CUSTOMER), call).unwrap();
    let expected = [
        "Event_Customer_Release",
        "Event_Call_Release",
        "Other_PhoneRelease",
        "State_Ready",
    ];
    assert_eq!(ann.kinds().await, expected);
}

#[tokio::test(start_paused = true)]
async fn the_platform_answers_for_an_agent_who_wants_it() {
    let gateway = gateway();
    let mut ann = Desk::at(&gateway, ANN);
    ann.sign_in(json!({ "password": "cti-secret", "phonenum": "7001" }))
        .await;
    ann.kinds().await;
    let call = customer_calls(gateway.switch());
    assert_eq!(
        ann.kinds().await,
        ["State_Busy", "Event_Auto_Answer", "Other_PhoneOffhook", "Event_Talking"]
    );
    assert_eq!(gateway.switch().customer_at(call), with_agent(ANN));
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_does_not_answer_loses_the_call() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    customer_calls(gateway.switch());
    ann.kinds().await;
    gateway.switch().no_answer(&Party::agent(ANN.0)).unwrap();
    assert_eq!(ann.kinds().await, ["Event_No_Answer", "State_Ready"]);
    assert_eq!(ann.voice("PUT", "answer").await.code(), "200-002");
}

#[tokio::test(start_paused = true)]
async fn without_automatic_idle_wrap_up_follows_the_call_and_the_phone_may_stay_off_the_hook() {
    let gateway = gateway();
    let mut ann = Desk::at(&gateway, ANN);
    let body = json!({ "password": "cti-secret", "phonenum": "7001", "autoenteridle": false, "releasephone": false });
    ann.sign_in(body).await;
    customer_calls(gateway.switch());
    ann.kinds().await;
    ann.voice("DELETE", "release").await.result();
    assert_eq!(
        ann.kinds().await,
        ["Event_Call_Release", "Event_Customer_Release", "State_Work"]
    );
}

#[tokio::test(start_paused = true)]
async fn busy_asked_for_in_a_call_counts_from_its_end() {
    let gateway = gateway();
    let (mut ann, _) = ann_talks(&gateway).await;
    ann.ask("POST", "onlineagent/101/saybusy", None).await.result();
    assert_eq!(ann.kinds().await, Vec::<String>::new());
    ann.voice("DELETE", "release").await.result();
    assert_eq!(ann.kinds().await.last().unwrap(), "State_SetNotReady_Success");
}

#[tokio::test(start_paused = true)]
async fn a_call_is_held_and_taken_back() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    assert_eq!(ann.voice("POST", "gethold").await.code(), "200-015");
    assert_eq!(ann.voice("POST", "hold").await.code(), "0");
    assert_eq!(
        gateway.switch().call(call).unwrap().state_of(&Party::agent(ANN.0)),
        Some(LegState::Held)
    );
    assert_eq!(ann.voice("POST", "hold").await.code(), "200-013");
    let callid = gateway.call_id(call, ANN.0).unwrap();
    assert_eq!(ann.contents("AgentEvent_Hold").await, [json!(callid)]);
    assert_eq!(ann.voice("POST", &format!("gethold?callid={callid}")).await.code(), "0");
    assert_eq!(ann.kinds().await, ["Event_Talking"]);
    assert_eq!(ann.voice("POST", "gethold?callid=1-1").await.code(), "200-015");
}

#[tokio::test(start_paused = true)]
async fn muting_and_tones_reach_the_switch_without_an_event() {
    let gateway = gateway();
    let (mut ann, call) = ann_talks(&gateway).await;
    let muted = || {
        gateway
            .switch()
            .call(call)
            .unwrap()
            .leg(&Party::agent(ANN.0))
            .unwrap()
            .muted
    };
    ann.voice("POST", "beginmute").await.result();
    assert!(muted());
    ann.voice("POST", "endmute").await.result();
    assert!(!muted());
    ann.voice("POST", "seconddialex?number=12*3%23").await.result();
    ann.voice("POST", "seconddial/4*").await.result();
    for wrong in [
        "seconddialex",
        "seconddialex?number=12a",
        "seconddialex?number=1234567890123456789012345",
        "seconddial/4%23",
    ] {
        assert_eq!(ann.voice("POST", wrong).await.code(), "000-002", "{wrong}");
    }
    let digits: Vec<String> = gateway
        .switch()
        .journal()
        .facts()
        .filter_map(|fact| match fact {
            SwitchEvent::DtmfSent { digits, .. } => Some(digits.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(digits, ["12*3#", "4*"]);
    assert_eq!(ann.kinds().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn without_a_call_every_operation_says_so_in_its_own_way() {
    let ann = Desk::signed_in(&gateway(), ANN, 4).await;
    let cases = [
        ("DELETE", "release", "200-017"),
        ("PUT", "answer", "200-002"),
        ("POST", "hold", "200-013"),
        ("POST", "gethold", "200-015"),
        ("POST", "beginmute", "200-003"),
        ("POST", "endmute", "200-007"),
        ("POST", "dropcall/1456401416-3", "200-025"),
        ("POST", "disconnect/7002", "200-023"),
        ("POST", "connecthold/1456401416-3", "200-005"),
        ("POST", "canceltransfer", "200-012"),
        ("POST", "thirdPartyConfTransmitNum", "10001"),
    ];
    for (method, operation, code) in cases {
        assert_eq!(ann.voice(method, operation).await.code(), code, "{operation}");
    }
    assert_eq!(ann.transfer(1, BILLING, 0).await, "200-012");
    let body = json!({ "dstaddress": "102" });
    assert_eq!(ann.voice_with("POST", "innerhelp", body).await.code(), "200-018");
    assert_eq!(
        ann.voice_with("POST", "confjoin", json!({ "callid": "1-1" }))
            .await
            .code(),
        "200-010"
    );
}

#[tokio::test(start_paused = true)]
async fn an_outbound_call_is_dialled_answered_and_dropped_by_its_id() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let body = json!({ "caller": "40038", "called": THIRD_PARTY, "skillid": 25, "callappdata": "", "callcontrolid": 0, "mediaability": 0 });
    let callid = ann
        .voice_with("PUT", "callout", body.clone())
        .await
        .result()
        .as_str()
        .unwrap()
        .to_owned();
    let call = gateway.call_of(&callid).unwrap();
    assert_eq!(
        ann.kinds().await,
        ["Other_PhoneOffhook", "State_Busy", "Event_Customer_Alerting"]
    );
    assert_eq!(ann.voice_with("PUT", "callout", body).await.code(), "100-007");
    gateway.switch().answer(&third_party(), call).unwrap();
    let talking = ann.contents("AgentEvent_Talking").await;
    assert_eq!(talking[0]["callid"], callid.as_str());
    assert_eq!(
        (&talking[0]["feature"], &talking[0]["caller"]),
        (&json!("7"), &json!("40038"))
    );
    assert_eq!(ann.voice("POST", "dropcall/1456401416-99").await.code(), "200-026");
    assert_eq!(ann.voice("POST", &format!("dropcall/{callid}")).await.code(), "0");
    assert_eq!(ann.kinds().await[0], "Event_Call_Release");
}

#[tokio::test(start_paused = true)]
async fn an_outbound_call_to_somebody_busy_fails_with_a_reason() {
    let gateway = gateway();
    gateway.switch().set_behaviour(&third_party(), Behaviour::Busy).unwrap();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    ann.voice_with("PUT", "callout", json!({ "called": THIRD_PARTY }))
        .await
        .result();
    let events = ann.events().await;
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["eventType"].as_str().unwrap())
        .collect();
    let expected = [
        "AgentOther_PhoneOffhook",
        "AgentState_Busy",
        "OUTBOUND_DETECT_EVENT",
        "AgentEvent_Call_Out_Fail",
        "AgentEvent_Connect_Fail",
        "AgentOther_PhoneRelease",
        "AgentState_Ready",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(events[2]["content"]["detect"], 47);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_number_is_refused_before_anything_is_dialled() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    for called in ["", "12a", "1234567890123456789012345"] {
        assert_eq!(
            ann.voice_with("PUT", "callout", json!({ "called": called }))
                .await
                .code(),
            "200-001"
        );
        assert_eq!(
            ann.voice_with("PUT", "callinner", json!({ "called": called }))
                .await
                .code(),
            "200-001"
        );
    }
    let long = "x".repeat(16 * 1024 + 1);
    assert_eq!(
        ann.voice_with("PUT", "callout", json!({ "called": "1", "callappdata": long }))
            .await
            .code(),
        "000-002"
    );
    assert_eq!(gateway.switch().with(|switch| switch.calls().count()), 0);
}

#[tokio::test(start_paused = true)]
async fn agents_call_each_other_and_cannot_hold_it() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    ann.voice_with("PUT", "callinner", json!({ "called": BOB.0 }))
        .await
        .result();
    let ringing = bob.contents("AgentEvent_Ringing").await;
    assert_eq!(
        (&ringing[0]["caller"], &ringing[0]["called"], &ringing[0]["feature"]),
        (&json!("101"), &json!("102"), &json!("6"))
    );
    bob.voice("PUT", "answer").await.result();
    assert_eq!(ann.contents("AgentEvent_Talking").await.len(), 1);
    assert_eq!(ann.voice("POST", "hold").await.code(), "200-014");
    assert_eq!(ann.voice("POST", "beginmute").await.code(), "200-004");
    bob.kinds().await;
    ann.voice("DELETE", "release").await.result();
    assert_eq!(
        bob.kinds().await,
        [
            "Event_Customer_Release",
            "Event_Call_Release",
            "Other_PhoneRelease",
            "State_Ready"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_internal_call_to_nobody_fails_inside() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    ann.voice_with("PUT", "callinner", json!({ "called": BOB.0 }))
        .await
        .result();
    assert!(ann.kinds().await.contains(&"Event_Inside_Call_Fail".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn call_info_and_phone_alerting_come_as_set() {
    let gateway = gateway_with(|options| {
        options.incoming_call_info = IncomingCallInfo::AfterTalking;
        options.phone_alerting = PhoneAlerting::Object;
    });
    let mut bob = Desk::signed_in(&gateway, BOB, 4).await;
    gateway
        .switch()
        .place_call(OTHER_CUSTOMER, &Party::queue(BILLING))
        .unwrap();
    let alerting = bob.contents("AgentOther_PhoneAlerting").await;
    assert_eq!(alerting[0]["caller"], OTHER_CUSTOMER);
    bob.voice("PUT", "answer").await.result();
    let info = bob.contents("AgentEvent_Incoming_CallInfo").await;
    assert_eq!((&info[0]["skillId"], &info[0]["called"]), (&json!(25), &json!("8000")));
}
