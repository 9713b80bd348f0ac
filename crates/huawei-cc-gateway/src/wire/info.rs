//! Call queries (section 8): call info objects with numbers where events have text, lists of call ids.

use serde_json::Value;

use super::text::{number_at, text, text_at};

/// A call as the gateway lists it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct CallInfo {
    pub(crate) call: String,
    pub(crate) caller: Option<String>,
    pub(crate) called: Option<String>,
    /// Call type of section 14.1.
    pub(crate) feature: Option<i64>,
    /// The text that rides on the call.
    pub(crate) data: Option<String>,
    /// The queue that it came by.
    pub(crate) queue: Option<String>,
    pub(crate) ended: bool,
}

impl CallInfo {
    fn read(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        Some(Self {
            call: text_at(object, &["callid", "callId"])?,
            caller: text_at(object, &["caller"]),
            called: text_at(object, &["called"]),
            feature: number_at(object, &["callfeature", "callFeature"]),
            data: text_at(object, &["calldata", "callData"]),
            queue: number_at(object, &["callskillid", "callSkillId"])
                .filter(|queue| *queue > 0)
                .map(|queue| queue.to_string()),
            ended: number_at(object, &["endtime", "endTime"]).is_some_and(|end| end > 0),
        })
    }
}

/// One call info or an array of them.
pub(crate) fn call_infos(result: &Value) -> Vec<CallInfo> {
    match result {
        Value::Array(items) => items.iter().filter_map(CallInfo::read).collect(),
        one => CallInfo::read(one).into_iter().collect(),
    }
}

/// An array of call ids.
pub(crate) fn call_ids(result: &Value) -> Vec<String> {
    match result {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}
