//! Events as they come (section 5.4): the content may be nothing, a bare call id or an object, and keys change their case between closely related events.

use callcontrol_core::MediaState;
use serde_json::{Map, Value};

use super::text::{member, number_at, text, text_at};

/// One event: whose, what, and the text it came in.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct WireEvent {
    /// The vendor's name for it.
    pub(crate) name: String,
    /// The agent it is for; must be the one polled.
    pub(crate) agent: Option<String>,
    /// Its meaning.
    pub(crate) heard: Heard,
}

/// Caller, called and kind of a call, as ringing and talking events carry them.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Leg {
    pub(crate) call: String,
    pub(crate) caller: Option<String>,
    pub(crate) called: Option<String>,
    /// Call type of section 14.1.
    pub(crate) feature: Option<i64>,
}

/// What an event says. Names and forms of section 5.4; whatever has no form that we know is `Other`.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Heard {
    Incoming(Leg),
    Ringing(Leg),
    Talking(Leg),
    Alerting {
        call: String,
        party: Option<String>,
        worker: Option<String>,
    },
    Held(String),
    Conference {
        call: String,
        partners: Vec<String>,
    },
    /// The agent has left the call.
    Left(String),
    /// Another party has left the call.
    PartyLeft {
        call: String,
        number: String,
    },
    CallOutFailed(String),
    InsideCallFailed(String),
    ConnectFailed(String),
    ConsultFailed(String),
    Unanswered(String),
    /// Outcome of a release-after transfer, or (old releases) of a transfer to an outside number, which may lack the call id.
    TransferResult {
        call: Option<String>,
        result: i64,
    },
    BackFromIvr(String),
    OutboundDetect {
        call: String,
        cause: i64,
    },
    /// The agent's telephone rings; which call it is, few releases say.
    PhoneAlerting {
        call: Option<String>,
        caller: Option<String>,
    },
    /// The record of an outbound campaign.
    Preview {
        record: String,
        to: Option<String>,
    },
    Recording(MediaState),
    Playback(MediaState),
    Agent(AgentWord),
    SignedOut,
    Other,
}

/// Agent-state events, section 5.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AgentWord {
    Ready,
    Handling,
    Work,
    Busy,
    BusyOver,
    Rest(Option<String>),
    RestOver,
    WorkOver,
}

impl Heard {
    /// The call it is about.
    pub(crate) fn call(&self) -> Option<&str> {
        match self {
            Self::Incoming(leg) | Self::Ringing(leg) | Self::Talking(leg) => Some(&leg.call),
            Self::Alerting { call, .. }
            | Self::Conference { call, .. }
            | Self::PartyLeft { call, .. }
            | Self::OutboundDetect { call, .. }
            | Self::Held(call)
            | Self::Left(call)
            | Self::CallOutFailed(call)
            | Self::InsideCallFailed(call)
            | Self::ConnectFailed(call)
            | Self::ConsultFailed(call)
            | Self::Unanswered(call)
            | Self::BackFromIvr(call) => Some(call),
            Self::TransferResult { call, .. } | Self::PhoneAlerting { call, .. } => call.as_deref(),
            Self::Preview { .. }
            | Self::Recording(_)
            | Self::Playback(_)
            | Self::Agent(_)
            | Self::SignedOut
            | Self::Other => None,
        }
    }
}

/// Reads one event. Never fails: what cannot be read is kept under its name, or under `malformed` when it has none.
pub(crate) fn decode_event(value: &Value) -> WireEvent {
    let object = value.as_object();
    let name = object.and_then(|event| text_at(event, &["eventType"]));
    let content = object.and_then(|event| event.get("content")).unwrap_or(&Value::Null);
    let heard = name.as_deref().and_then(|name| heard(name, content));
    WireEvent {
        name: name.unwrap_or_else(|| "malformed".to_owned()),
        agent: object.and_then(|event| text_at(event, &["workNo", "workno"])),
        heard: heard.unwrap_or(Heard::Other),
    }
}

fn heard(name: &str, content: &Value) -> Option<Heard> {
    let agent = |word| Some(Heard::Agent(word));
    match name {
        "AgentEvent_Incoming_CallInfo" => leg(content).map(Heard::Incoming),
        "AgentEvent_Ringing" | "AgentEvent_Auto_Answer" => leg(content).map(Heard::Ringing),
        "AgentEvent_Talking" => leg(content).map(Heard::Talking),
        "AgentEvent_Customer_Alerting" => alerting(content.as_object()?),
        "AgentEvent_Hold" => call_id(content).map(Heard::Held),
        "AgentEvent_Conference" => conference(content.as_object()?),
        "AgentEvent_Call_Release" => call_id(content).map(Heard::Left),
        "AgentEvent_Customer_Release" => party_left(content.as_object()?),
        "AgentEvent_Call_Out_Fail" => call_id(content).map(Heard::CallOutFailed),
        "AgentEvent_Inside_Call_Fail" => call_id(content).map(Heard::InsideCallFailed),
        "AgentEvent_Connect_Fail" => call_id(content).map(Heard::ConnectFailed),
        "AgentEvent_Consult_Fail" => call_id(content).map(Heard::ConsultFailed),
        "AgentEvent_No_Answer" => call_id(content).map(Heard::Unanswered),
        "AgentEvent_SuccTransResult" | "AgentEvent_TransOutResult" => transfer_result(content.as_object()?),
        "AgentEvent_ReturnFromIvr" => call_id(content).map(Heard::BackFromIvr),
        "OUTBOUND_DETECT_EVENT" => detect(content.as_object()?),
        "AgentState_Ready" | "AgentState_Force_Ready" => agent(AgentWord::Ready),
        "AgentState_Busy" => agent(AgentWord::Handling),
        "AgentState_Work" | "AgentState_SetWork_Success" => agent(AgentWord::Work),
        "AgentState_SetNotReady_Success" | "AgentState_Force_SetNotReady" => agent(AgentWord::Busy),
        "AgentState_CancelNotReady_Success" => agent(AgentWord::BusyOver),
        "AgentState_SetRest_Success" => agent(AgentWord::Rest(rest_reason(content))),
        "AgentState_CancelRest_Success" => agent(AgentWord::RestOver),
        "AgentState_CancelWork_Success" => agent(AgentWord::WorkOver),
        "AgentOther_ShutdownService" => Some(Heard::SignedOut),
        "AgentOther_PhoneAlerting" => Some(phone_alerting(content)),
        "AgentEvent_Preview" => preview(content.as_object()?),
        "AgentMediaEvent_Record" => Some(Heard::Recording(MediaState::Running)),
        "AgentMediaEvent_StopRecordDone" => Some(Heard::Recording(MediaState::Stopped)),
        "AgentMediaEvent_Play_Succ" | "AgentMediaEvent_ResumePlayDone" => Some(Heard::Playback(MediaState::Running)),
        "AgentMediaEvent_PausePlayDone" => Some(Heard::Playback(MediaState::Paused)),
        "AgentMediaEvent_StopPlayDone" => Some(Heard::Playback(stopped(content))),
        name => {
            if !KEPT_BY_NAME.contains(&name) {
                tracing::debug!(target: "callcontrol::cc_gateway", event = name, "an event that the vendor's page does not list");
            }
            None
        }
    }
}

/// Null, or an object with call and caller (19.2).
fn phone_alerting(content: &Value) -> Heard {
    let object = content.as_object();
    let told = |names| object.and_then(|object| text_at(object, names));
    Heard::PhoneAlerting {
        call: told(CALL_ID),
        caller: told(&["caller"]),
    }
}

fn preview(object: &Map<String, Value>) -> Option<Heard> {
    Some(Heard::Preview {
        record: text_at(object, &["controlid", "controllid", "controlId"])?,
        to: text_at(object, &["dialeddigits", "dialedDigits"]),
    })
}

/// 0 finished, 1 stopped by the agent, 2 failed.
fn stopped(content: &Value) -> MediaState {
    let cause = content.as_object().and_then(|object| number_at(object, &["cause"]));
    match cause {
        Some(0 | 1) | None => MediaState::Stopped,
        Some(_) => MediaState::Failed,
    }
}

/// A bare call id; some releases may wrap it (15.5).
fn call_id(content: &Value) -> Option<String> {
    match content {
        Value::Object(object) => text_at(object, CALL_ID),
        other => text(other),
    }
}

fn leg(content: &Value) -> Option<Leg> {
    let object = content.as_object()?;
    Some(Leg {
        call: text_at(object, CALL_ID)?,
        caller: text_at(object, &["caller"]),
        called: text_at(object, &["called"]),
        feature: number_at(object, &["feature"]),
    })
}

fn alerting(object: &Map<String, Value>) -> Option<Heard> {
    Some(Heard::Alerting {
        call: text_at(object, CALL_ID)?,
        party: text_at(object, &["otherPhone"]),
        worker: text_at(object, &["otherPhoneWorkno"]),
    })
}

/// The partners are one text: `a,b`, also with `, ` and a full-width comma.
fn conference(object: &Map<String, Value>) -> Option<Heard> {
    let partners = text_at(object, &["partner"]).unwrap_or_default();
    let partners = partners
        .split([',', '，'])
        .map(str::trim)
        .filter(|text| !text.is_empty());
    Some(Heard::Conference {
        call: text_at(object, CALL_ID)?,
        partners: partners.map(str::to_owned).collect(),
    })
}

fn party_left(object: &Map<String, Value>) -> Option<Heard> {
    Some(Heard::PartyLeft {
        call: text_at(object, CALL_ID)?,
        number: text_at(object, &["number"]).unwrap_or_default(),
    })
}

fn transfer_result(object: &Map<String, Value>) -> Option<Heard> {
    Some(Heard::TransferResult {
        call: text_at(object, CALL_ID),
        result: number_at(object, &["result"])?,
    })
}

fn detect(object: &Map<String, Value>) -> Option<Heard> {
    Some(Heard::OutboundDetect {
        call: text_at(object, CALL_ID)?,
        cause: number_at(object, &["detect"])?,
    })
}

fn rest_reason(content: &Value) -> Option<String> {
    content
        .as_object()
        .and_then(|object| member(object, &["reason"]))
        .and_then(text)
}

const CALL_ID: &[&str] = &["callid", "callId", "callID"];

/// Events of section 5.4 that have no word of ours: readers get them by the vendor's name, with the message.
const KEPT_BY_NAME: &[&str] = &[
    "AgentEvent_Offline_Queue_Call",
    "AgentEvent_AbandonCall",
    "AgentEvent_ReleaseRequest",
    "AgentEvent_ReleaseResponse",
    "AgentEvent_No_Answer_From_Cti",
    "AgentEvent_MessageData",
    "AgentEvent_JoinConf",
    "AgentEvent_linkagePhoneTransferOut",
    "AgentEvent_linkagePhoneTransferOut_Result",
    "AgentEvent_linkagePhoneHold",
    "AgentEvent_linkagePhoneUnHold",
    "AgentEvent_linkagePhoneCallOut",
    "AgentOther_PhoneOffhook",
    "AgentOther_PhoneRelease",
    "AgentOther_PhoneBusy",
    "AgentState_Rest_Timeout",
    "AgentOther_InService",
    "AgentOther_All_Agent_Busy",
    "AgentOther_Note",
    "AgentOther_Bulletin",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(name: &str, content: &Value) -> Heard {
        decode_event(&json!({"eventType": name, "workNo": "291", "content": content})).heard
    }

    #[test]
    fn the_same_thing_is_read_from_either_key_case() {
        let a = event("AgentEvent_SuccTransResult", &json!({"result": 0, "callId": "1-2"}));
        let b = event("AgentEvent_SuccTransResult", &json!({"result": "0", "callid": "1-2"}));
        assert_eq!(a, b);
        assert_eq!(a.call(), Some("1-2"));
    }

    #[test]
    fn partners_are_split_at_any_comma() {
        for partner in ["49997,70093", "49997, 70093", "49997，70093"] {
            let heard = event("AgentEvent_Conference", &json!({"callid": "1-2", "partner": partner}));
            let partners = vec!["49997".to_owned(), "70093".to_owned()];
            assert_eq!(
                heard,
                Heard::Conference {
                    call: "1-2".into(),
                    partners
                }
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_kept_by_its_name() {
        for (name, content) in [
            ("AgentEvent_Talking", json!(null)),
            ("AgentEvent_Hold", json!({})),
            ("AgentEvent_SuccTransResult", json!({"callId": "1-2"})),
            ("Something_New", json!([1, 2])),
        ] {
            let event = decode_event(&json!({"eventType": name, "content": content}));
            assert_eq!((event.name.as_str(), event.heard), (name, Heard::Other));
        }
        for hostile in [
            json!(null),
            json!([]),
            json!(7),
            json!({"eventType": 7}),
            json!({"eventType": {}}),
        ] {
            assert_eq!(decode_event(&hostile).heard, Heard::Other);
        }
    }

    /// Section 5.4, row by row: the identifiers, and a content of the documented form.
    #[test]
    fn every_documented_event_has_a_meaning_of_ours_or_is_kept_by_its_name() {
        let call = json!("1456401416-3");
        let leg = json!({"caller": "10086", "called": "70092", "callid": "1456401416-3", "feature": "7"});
        let nothing = json!(null);
        let meant: &[(&str, &Value)] = &[
            (
                "AgentEvent_Incoming_CallInfo AgentEvent_Ringing AgentEvent_Auto_Answer AgentEvent_Talking",
                &leg,
            ),
            (
                "AgentEvent_Customer_Alerting",
                &json!({"callid": "1-2", "otherPhone": "70092", "otherPhoneWorkno": "", "type": "main"}),
            ),
            (
                "AgentEvent_Hold AgentEvent_Call_Release AgentEvent_Call_Out_Fail AgentEvent_Inside_Call_Fail",
                &call,
            ),
            (
                "AgentEvent_Connect_Fail AgentEvent_Consult_Fail AgentEvent_No_Answer AgentEvent_ReturnFromIvr",
                &call,
            ),
            ("AgentEvent_Conference", &json!({"callid": "1-2", "partner": "1,2"})),
            (
                "AgentEvent_Customer_Release",
                &json!({"callid": "1-2", "number": "70093"}),
            ),
            (
                "OUTBOUND_DETECT_EVENT",
                &json!({"callId": "1-2", "detect": 1552, "desc": ""}),
            ),
            (
                "AgentEvent_SuccTransResult AgentEvent_TransOutResult",
                &json!({"callId": "1-2", "result": 0}),
            ),
            ("AgentEvent_Preview", &json!({"controlid": 7, "dialeddigits": "70093"})),
            ("AgentOther_PhoneAlerting", &nothing),
            (
                "AgentState_Ready AgentState_Busy AgentState_Work AgentState_SetNotReady_Success",
                &nothing,
            ),
            (
                "AgentState_Force_SetNotReady AgentState_CancelNotReady_Success AgentState_Force_Ready",
                &nothing,
            ),
            ("AgentState_SetRest_Success AgentState_CancelRest_Success", &nothing),
            ("AgentState_SetWork_Success AgentState_CancelWork_Success", &nothing),
            ("AgentOther_ShutdownService", &json!({"loginTime": "1471585949806"})),
            (
                "AgentMediaEvent_Record AgentMediaEvent_StopRecordDone AgentMediaEvent_Play_Succ",
                &nothing,
            ),
            ("AgentMediaEvent_PausePlayDone AgentMediaEvent_ResumePlayDone", &nothing),
            ("AgentMediaEvent_StopPlayDone", &json!({"cause": 0})),
        ];
        for (name, content) in meant
            .iter()
            .flat_map(|(names, content)| names.split(' ').map(move |name| (name, *content)))
        {
            assert_ne!(event(name, content), Heard::Other, "{name}");
        }
        let kept = "AgentEvent_Offline_Queue_Call AgentEvent_AbandonCall AgentEvent_ReleaseRequest AgentEvent_ReleaseResponse \
            AgentEvent_No_Answer_From_Cti AgentEvent_MessageData AgentEvent_JoinConf AgentEvent_linkagePhoneTransferOut \
            AgentEvent_linkagePhoneTransferOut_Result AgentEvent_linkagePhoneHold AgentEvent_linkagePhoneUnHold \
            AgentEvent_linkagePhoneCallOut AgentOther_PhoneOffhook AgentOther_PhoneRelease AgentOther_PhoneBusy \
            AgentState_Rest_Timeout AgentOther_InService AgentOther_All_Agent_Busy AgentOther_Note AgentOther_Bulletin";
        for name in kept.split_whitespace() {
            assert!(KEPT_BY_NAME.contains(&name), "{name}");
            assert_eq!(event(name, &nothing), Heard::Other, "{name}");
        }
    }

    #[test]
    fn a_playback_that_failed_is_told_from_one_that_ended() {
        for (cause, state) in [
            (0, MediaState::Stopped),
            (1, MediaState::Stopped),
            (2, MediaState::Failed),
        ] {
            let heard = event("AgentMediaEvent_StopPlayDone", &json!({"cause": cause}));
            assert_eq!(heard, Heard::Playback(state));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_whatever_in_any_place_stops_the_reading(name in ".*", agent in ".*", call in ".*", number in proptest::prelude::any::<f64>()) {
            let names = [name.as_str(), "AgentEvent_Talking", "AgentEvent_Conference", "AgentEvent_SuccTransResult", "AgentEvent_Hold"];
            for name in names {
                for content in [json!(call), json!({"callid": call, "result": number, "partner": agent, "feature": call}), json!([[call]]), json!(number)] {
                    let event = decode_event(&json!({"eventType": name, "workNo": agent, "content": content}));
                    proptest::prop_assert!(event.heard.call() != Some(""));
                }
            }
        }
    }
}
