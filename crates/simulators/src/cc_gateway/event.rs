//! The events of section 5.4, each spelled as its sample in 5.5.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::choices::BareEvents;
use super::options::CcGatewayOptions;

/// An event on its way to an agent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    /// Its place among the events of all agents.
    pub(super) order: u64,
    kind: Cow<'static, str>,
    content: Value,
    at: u64,
    /// Members beside the documented ones, or in their place.
    more: Map<String, Value>,
    /// The whole answer, word for word.
    raw: Option<String>,
}

/// What `Ringing`, `Auto_Answer` and `Talking` say about a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallFacts<'a> {
    pub(super) callid: &'a str,
    pub(super) caller: &'a str,
    pub(super) called: &'a str,
    pub(super) feature: u8,
    pub(super) assistant: bool,
}

impl Event {
    /// An event with any content; `at` is the epoch millisecond.
    pub(super) fn new(kind: impl Into<Cow<'static, str>>, content: Value, at: u64) -> Self {
        Self {
            order: 0,
            kind: kind.into(),
            content,
            at,
            more: Map::new(),
            raw: None,
        }
    }

    /// An answer that is given word for word.
    pub(super) fn raw(answer: String, at: u64) -> Self {
        Self {
            raw: Some(answer),
            ..Self::new("raw", Value::Null, at)
        }
    }

    pub(super) fn with_members(mut self, more: Map<String, Value>) -> Self {
        self.more = more;
        self
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// The event itself, as it stands in answers and pushes.
    pub(super) fn object(&self, work_no: &str, options: &CcGatewayOptions) -> Value {
        let mut event = Map::new();
        event.insert("eventType".into(), self.kind.as_ref().into());
        if options.event_gen_time {
            event.insert("eventGenTime".into(), self.at.into());
        }
        event.insert("workNo".into(), work_no.into());
        event.insert("content".into(), self.content.clone());
        if options.json_keys {
            event.insert("jsonKey".into(), json!(["eventType", "workNo", "content"]));
        }
        event.extend(self.more.clone());
        Value::Object(event)
    }

    /// The answer of the poll that fetches it.
    pub(super) fn poll_answer(&self, work_no: &str, options: &CcGatewayOptions) -> String {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let event = self.object(work_no, options);
        if self.is_bare(options.bare_events) {
            return event.to_string();
        }
        // The one sample with "success" as its message (15.9).
        let message = if self.kind == "OUTBOUND_DETECT_EVENT" {
            "success"
        } else {
            ""
        };
        json!({ "message": message, "retcode": "0", "event": event }).to_string()
    }

    fn is_bare(&self, bare: BareEvents) -> bool {
        match bare {
            BareEvents::Never => false,
            BareEvents::Always => true,
            BareEvents::AsPrinted => PRINTED_BARE.contains(&self.kind.as_ref()),
        }
    }
}

/// `Talking`.
pub(super) fn talking(call: CallFacts<'_>) -> Value {
    json!({
        "caller": call.caller,
        "callid": call.callid,
        "called": call.called,
        "feature": call.feature.to_string(),
        "type": leg_type(call.assistant),
        "mediaAbility": VOICE,
    })
}

/// `Ringing` and `Auto_Answer`.
pub(super) fn ringing(call: CallFacts<'_>, transferred_by: Option<&str>, options: &CcGatewayOptions) -> Value {
    let mut content = Map::new();
    content.insert(
        "transfer".into(),
        if transferred_by.is_some() { "yes" } else { "no" }.into(),
    );
    let from = if options.camel_trans_from {
        "transFrom"
    } else {
        "transfrom"
    };
    content.insert(from.into(), transferred_by.unwrap_or_default().into());
    if options.ringing_media_type {
        content.insert("mediaType".into(), COMMON_VOICE.into());
    }
    with(talking(call), content)
}

/// `Incoming_CallInfo`; `skill` is id and name of the queue.
pub(super) fn incoming_call_info(call: CallFacts<'_>, skill: Option<(u64, &str)>) -> Value {
    let (skill_id, skill_name) = skill.unwrap_or_default();
    json!({
        "callId": call.callid,
        "skillName": skill_name,
        "skillId": skill_id,
        "caller": call.caller,
        "called": call.called,
        "lastReleaseAgentId": 65535,
        "mediaType": COMMON_VOICE,
        "releaseAndReQueueCount": 0,
        "releaseAndReQueueCallFlag": 0,
    })
}

/// `Customer_Alerting`; the agent id is that of an inside target.
pub(super) fn customer_alerting(callid: &str, number: &str, agent: Option<&str>, assistant: bool) -> Value {
    json!({
        "callid": callid,
        "otherPhoneWorkno": agent.unwrap_or_default(),
        "otherPhone": number,
        "type": leg_type(assistant),
    })
}

/// `StopRecordDone`; times in epoch milliseconds.
pub(super) fn stop_record_done(begin: u64, end: u64, task: u64, options: &CcGatewayOptions) -> Value {
    let mut keys = Map::new();
    if options.record_format {
        keys.insert("recordFormat".into(), "3".into());
    }
    if options.json_keys {
        keys.insert("jsonKey".into(), json!(["beginTime", "endTime", "taskId"]));
    }
    with(
        json!({ "beginTime": begin, "endTime": end, "fileMediaType": "1", "taskId": task }),
        keys,
    )
}

/// `OUTBOUND_DETECT_EVENT`.
pub(super) fn outbound_detect(callid: &str, cause: u32, text: &str) -> Value {
    json!({ "callId": callid, "detect": cause, "desc": text })
}

fn with(content: Value, more: Map<String, Value>) -> Value {
    match content {
        Value::Object(mut members) => {
            members.extend(more);
            Value::Object(members)
        }
        other => other,
    }
}

fn leg_type(assistant: bool) -> &'static str {
    if assistant { "assistant" } else { "main" }
}

const PRINTED_BARE: [&str; 3] = [
    "AgentEvent_Incoming_CallInfo",
    "AgentOther_PhoneRelease",
    "AgentMediaEvent_StopRecordDone",
];
const VOICE: &str = "1";
/// Media type 5 of section 14.3.
const COMMON_VOICE: u64 = 5;
