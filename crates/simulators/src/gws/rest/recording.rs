//! Recording (section 9.6): the state on the call, and the keys that SIP systems leave in its data.

use serde_json::{Map, Value, json};

use super::Desktop;
use super::data::attach;
use crate::gws::floor::{CallView, Recording};
use crate::gws::ids;
use crate::gws::reply::Answer;

impl Desktop<'_> {
    pub(super) fn record(&self, call: &CallView, operation: &str) -> Answer {
        let (recording, word) = match operation {
            "StopCallRecording" => (Recording::Stopped, "OFF"),
            "PauseCallRecording" => (Recording::Paused, "PAUSED"),
            _ => (Recording::Running, "ON"),
        };
        let mut data = Map::from_iter([("GSIP_RECORD".to_owned(), json!(word))]);
        if operation == "StartCallRecording" {
            let name = format!("{}_{}", ids::call_uuid(call.number), self.number);
            data.insert("GSIP_REC_FN".into(), Value::String(name));
        }
        {
            let mut desk = self.core.desk();
            // The state and its keys are told by one notification, not by two.
            desk.floor.merge_data(call.call, &data);
            let told = desk.floor.record(call.call, recording);
            told.iter().for_each(|notice| desk.tell(notice));
        }
        self.accepted(self.core.switch.with(|switch| attach(switch, call.call, &data)))
    }
}
