//! Attached data (section 9.5). The switch keeps texts; numbers and objects are remembered beside it, so that they come back as they went.

use callcontrol_testkit::switch::{Reply, Switch, SwitchCallId};
use serde_json::{Map, Value};

use super::Desktop;
use super::body::Operation;
use crate::gws::floor::{CallView, as_text};
use crate::gws::reply::Refused;

impl Desktop<'_> {
    pub(super) fn change_data(&self, call: &CallView, operation: &Operation) -> Result<Reply, Refused> {
        let id = call.call;
        let reply = match operation.name.as_str() {
            "DeleteUserData" => self.core.switch.clear_data(id),
            "DeleteUserDataPair" => self.core.switch.remove_data(id, operation.text("key")?),
            _ => {
                let data = operation.user_data()?.ok_or_else(|| Refused::missing("userData"))?;
                self.core.desk().floor.remember_types(id, &data);
                self.core.switch.with(|switch| attach(switch, id, &data))
            }
        };
        Ok(reply)
    }
}

/// Adds or replaces these pairs at the switch; without any nothing happens.
pub(super) fn attach(switch: &mut Switch, call: SwitchCallId, data: &Map<String, Value>) -> Reply {
    if data.is_empty() {
        return Ok(());
    }
    switch.set_data(call, data.iter().map(|(key, value)| (key.as_str(), as_text(value))))
}
