//! Supervision (sections 6 and 9.7): begun on the device, steered on the monitored call.

use callcontrol_testkit::switch::{Reply, SupervisionMode};

use super::Desktop;
use super::body::Operation;
use crate::gws::floor::{Extent, Scope};
use crate::gws::reply::{Answer, Refused};
use crate::gws::{ids, resources};

impl Desktop<'_> {
    pub(super) fn begin_supervising(&self, operation: &Operation) -> Answer {
        let target = self.target(operation)?;
        let scope = match operation.optional_text("supervisorMonitoringScope")? {
            None | Some("Call") => Scope::Call,
            Some("Agent") => Scope::Agent,
            Some(_) => return Err(Refused::invalid("supervisorMonitoringScope")),
        };
        let extent = match operation.optional_text("supervisorMonitoringMode")? {
            None | Some("AllCalls") => Extent::AllCalls,
            Some("NextCall") => Extent::NextCall,
            Some(_) => return Err(Refused::invalid("supervisorMonitoringMode")),
        };
        let mode = match operation.name.as_str() {
            "BargeIn" => SupervisionMode::BargeIn,
            "Coach" => SupervisionMode::Whisper,
            _ => SupervisionMode::Listen,
        };
        self.core.desk().floor.order_watch(self.agent(), scope, extent);
        let reply = self
            .core
            .switch
            .with(|switch| switch.supervise(self.agent(), &target, mode));
        self.accepted(reply)
    }

    /// `SwitchTo…`, `MuteMonitoredUser` and `UnmuteMonitoredUser`.
    pub(super) fn go_on_supervising(&self, operation: &str) -> Result<Reply, Refused> {
        let agent = self.supervised()?;
        Ok(self.core.switch.with(|switch| match operation {
            "MuteMonitoredUser" => switch.mute_monitored(self.agent(), &agent, true),
            "UnmuteMonitoredUser" => switch.mute_monitored(self.agent(), &agent, false),
            "SwitchToBargeIn" => switch.switch_supervision(self.agent(), &agent, SupervisionMode::BargeIn),
            "SwitchToCoach" => switch.switch_supervision(self.agent(), &agent, SupervisionMode::Whisper),
            _ => switch.switch_supervision(self.agent(), &agent, SupervisionMode::Listen),
        }))
    }

    pub(super) fn stop_supervising(&self) -> Result<Reply, Refused> {
        let agent = self.supervised()?;
        Ok(self
            .core
            .switch
            .with(|switch| switch.stop_supervision(self.agent(), &agent)))
    }

    fn supervised(&self) -> Result<String, Refused> {
        let desk = self.core.desk();
        let watch = desk.floor.watch_of(self.agent());
        watch
            .map(|watch| watch.agent.clone())
            .ok_or_else(|| Refused::new(2, "Operation is not allowed in this state"))
    }

    /// The agent whose device is named, by the `uri` that the server gave or by its number.
    fn target(&self, operation: &Operation) -> Result<String, Refused> {
        let by_number = operation.optional_text("phoneNumber")?;
        let by_uri = operation.optional_text("targetDeviceUri")?;
        let (number, parameter) = match (by_uri, by_number) {
            (Some(uri), _) => (self.number_behind(uri), "targetDeviceUri"),
            (None, Some(number)) => (Some(number.to_owned()), "phoneNumber"),
            (None, None) => return Err(Refused::missing("targetDeviceUri")),
        };
        let agent = self.core.switch.with(|switch| {
            let agent = switch.agent_by_number(number.as_deref()?);
            agent.map(|agent| agent.id.clone())
        });
        agent.ok_or_else(|| Refused::invalid(parameter))
    }

    fn number_behind(&self, uri: &str) -> Option<String> {
        let number = ids::number_in_device_id(uri.rsplit('/').next()?)?;
        (resources::device_uri(number, &self.options) == uri).then(|| number.to_owned())
    }
}
