//! The whole event table of section 5.4: how each identifier is produced.

use std::collections::BTreeSet;

use callcontrol_simulators::scenery::ANN;
use serde_json::{Value, json};

use crate::client::{Desk, gateway};
use crate::days;

/// The table, without what it names but does not spell.
const TABLE: [&str; 65] = [
    "AgentEvent_AbandonCall",
    "AgentEvent_Auto_Answer",
    "AgentEvent_Call_Out_Fail",
    "AgentEvent_Call_Release",
    "AgentEvent_Conference",
    "AgentEvent_Connect_Fail",
    "AgentEvent_Consult_Fail",
    "AgentEvent_Customer_Alerting",
    "AgentEvent_Customer_Release",
    "AgentEvent_Hold",
    "AgentEvent_Incoming_CallInfo",
    "AgentEvent_Inside_Call_Fail",
    "AgentEvent_JoinConf",
    "AgentEvent_MessageData",
    "AgentEvent_No_Answer",
    "AgentEvent_No_Answer_From_Cti",
    "AgentEvent_Offline_Queue_Call",
    "AgentEvent_Preview",
    "AgentEvent_ReleaseRequest",
    "AgentEvent_ReleaseResponse",
    "AgentEvent_ReturnFromIvr",
    "AgentEvent_Ringing",
    "AgentEvent_SuccTransResult",
    "AgentEvent_Talking",
    "AgentEvent_TransOutResult",
    "AgentEvent_linkagePhoneCallOut",
    "AgentEvent_linkagePhoneHold",
    "AgentEvent_linkagePhoneTransferOut",
    "AgentEvent_linkagePhoneTransferOut_Result",
    "AgentEvent_linkagePhoneUnHold",
    "AgentMediaEvent_PausePlayDone",
    "AgentMediaEvent_Play_Succ",
    "AgentMediaEvent_Record",
    "AgentMediaEvent_ResumePlayDone",
    "AgentMediaEvent_StopPlayDone",
    "AgentMediaEvent_StopRecordDone",
    "AgentOther_All_Agent_Busy",
    "AgentOther_Bulletin",
    "AgentOther_InService",
    "AgentOther_Note",
    "AgentOther_PhoneAlerting",
    "AgentOther_PhoneBusy",
    "AgentOther_PhoneOffhook",
    "AgentOther_PhoneRelease",
    "AgentOther_ShutdownService",
    "AgentState_Busy",
    "AgentState_CancelNotReady_Success",
    "AgentState_CancelRest_Success",
    "AgentState_CancelWork_Success",
    "AgentState_Force_Ready",
    "AgentState_Force_SetNotReady",
    "AgentState_Ready",
    "AgentState_Rest_Timeout",
    "AgentState_SetNotReady_Success",
    "AgentState_SetRest_Success",
    "AgentState_SetWork_Success",
    "AgentState_Work",
    "OUTBOUND_DETECT_EVENT",
    // Made up here, to show that anything can be injected.
    "AgentEvent_Unheard_Of",
    "AgentOther_PhoneStateUnknown",
    "AgentEvent_MediaSwitch",
    "AgentMediaEvent_PauseRecordDone",
    "AgentMediaEvent_ResumeRecordDone",
    "AgentMediaEvent_JumpDone",
    "AgentMediaEvent_PlayFail",
];

/// What no telephone of the model can cause: multimedia, offline queues, the platform's own business, and
/// identifiers that nobody has captured.
fn injected() -> Vec<(&'static str, Value)> {
    let message = json!({ "callid": "1456404171-43", "caller": "a", "called": "b", "feature": 51, "type": 1, "message": "hello", "mediaAbility": "5", "jsonKey": ["callid"] });
    vec![
        ("AgentEvent_JoinConf", json!({ "confid": "7", "confinfo": "" })),
        ("AgentEvent_MessageData", message),
        ("AgentEvent_No_Answer_From_Cti", json!("1456404171-43")),
        (
            "AgentEvent_Offline_Queue_Call",
            json!({ "caller": "70093", "orgCallId": "1456404171-43", "offlineData": "" }),
        ),
        ("AgentEvent_ReleaseRequest", Value::Null),
        ("AgentEvent_ReleaseResponse", Value::Null),
        ("AgentOther_All_Agent_Busy", Value::Null),
        ("AgentOther_PhoneBusy", Value::Null),
        ("AgentEvent_Unheard_Of", json!({ "any": [1, null] })),
        ("AgentOther_PhoneStateUnknown", Value::Null),
        ("AgentEvent_MediaSwitch", json!("1456404171-43")),
        ("AgentMediaEvent_PauseRecordDone", Value::Null),
        ("AgentMediaEvent_ResumeRecordDone", Value::Null),
        ("AgentMediaEvent_JumpDone", Value::Null),
        ("AgentMediaEvent_PlayFail", Value::Null),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_event_of_the_table_happens_or_is_injected() {
    let days = days::all(|options| {
        (options.trans_out_result, options.abandon_event) = (true, true);
    });
    let happened = days.await.concat();
    let mut kinds: BTreeSet<String> = happened
        .iter()
        .map(|answer| answer["event"]["eventType"].as_str().unwrap().to_owned())
        .collect();
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    for (kind, content) in injected() {
        assert!(!kinds.contains(kind), "{kind} happens by itself");
        assert!(gateway.inject(ANN.0, json!({ "eventType": kind, "content": content })));
        assert_eq!(
            ann.poll().await.json(),
            json!({ "message": "", "retcode": "0", "event": { "eventType": kind, "workNo": "101", "content": content } })
        );
        kinds.insert(kind.to_owned());
    }
    assert_eq!(kinds, TABLE.map(str::to_owned).into());
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_injected_word_for_word_and_an_event_with_odd_members() {
    let gateway = gateway();
    assert!(
        !gateway.inject(ANN.0, json!({ "eventType": "x" })),
        "nobody is signed in"
    );
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    assert!(!gateway.inject(ANN.0, json!("no object")));
    assert!(gateway.inject_raw(ANN.0, "{\"retcode\":"));
    assert!(gateway.inject(ANN.0, json!({ "eventType": "x", "workNo": "999", "more": 1 })));
    assert_eq!(ann.poll().await.text, "{\"retcode\":");
    let event = ann.poll().await.json()["event"].clone();
    assert_eq!(
        event,
        json!({ "eventType": "x", "workNo": "999", "content": null, "more": 1 })
    );
}
