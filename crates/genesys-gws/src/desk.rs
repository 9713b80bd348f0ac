//! The agent's own device (vendor page, section 6): which one it is, what is known of it, and its standing settings.

use std::collections::BTreeSet;
use std::sync::Arc;

use callcontrol_core::{
    CustomerAt, Error, Evidence, OpCx, Operation, Outcome, Receipt, Result, SessionSetting, SupervisionMode,
};
use callcontrol_http::ApiPath;

use crate::commands::Order;
use crate::mapping;
use crate::outcomes::{Goal, SETTING_PATIENCE};
use crate::session::{ME, Session};
use crate::target;
use crate::wire::body::Body;
use crate::wire::device::{Monitoring, WireDevice};

/// What is known of the own device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Desk {
    pub(crate) id: Option<String>,
    pub(crate) forward_to: Option<String>,
    pub(crate) do_not_disturb: Option<bool>,
    /// What the device permits now; `None` where the server sent no list.
    pub(crate) capabilities: Option<BTreeSet<String>>,
    pub(crate) supervision: Option<Supervision>,
    /// The id of the agent's state, built in or custom.
    pub(crate) state_id: Option<String>,
}

/// How the agent supervises somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Supervision {
    /// `None` for a way that nobody documented.
    pub(crate) mode: Option<SupervisionMode>,
    /// The vendor's id of the supervised device.
    pub(crate) target: Option<String>,
}

impl Desk {
    /// Takes a message about the device; it is complete, never a delta.
    pub(crate) fn take(&mut self, device: &WireDevice) {
        self.forward_to.clone_from(&device.forward_to);
        if device.do_not_disturb.is_some() {
            self.do_not_disturb = device.do_not_disturb;
        }
        if device.capabilities.is_some() {
            self.capabilities.clone_from(&device.capabilities);
        }
        self.supervision = device.monitoring.as_ref().map(Supervision::of);
        self.state_id = device.user_state.as_ref().and_then(|state| state.id.clone());
    }

    /// Whether the device permits the operation now; `None` where the server sent no list.
    pub(crate) fn permits(&self, operation: &str) -> Option<bool> {
        Some(self.capabilities.as_ref()?.contains(operation))
    }
}

impl Supervision {
    fn of(monitoring: &Monitoring) -> Self {
        Self {
            mode: mapping::supervision(&monitoring.state),
            target: monitoring.target.clone(),
        }
    }
}

impl Session {
    /// The device that calls are made from: the one with the wanted number, else the first telephone.
    pub(crate) fn note_devices(&self, devices: &[WireDevice]) {
        let mut book = self.book();
        if book.desk.id.is_none() {
            let wanted = book.wanted_number.clone();
            let fits = |device: &&WireDevice| device.is_voice && (wanted.is_none() || device.number == wanted);
            book.desk.id = devices.iter().find(fits).map(|device| device.id.clone());
        }
        let own = book.desk.id.clone();
        if let Some(device) = devices.iter().find(|device| Some(&device.id) == own.as_ref()) {
            book.desk.take(device);
        }
    }

    /// Reads the state of the own device out of a list of devices.
    pub(crate) fn readiness_of(&self, devices: &[WireDevice]) -> Option<callcontrol_core::AgentState> {
        let own = self.book().desk.id.clone();
        let mine = |device: &&WireDevice| own.as_ref().is_none_or(|own| device.id == *own);
        devices.iter().find(mine)?.user_state.as_ref().map(mapping::agent_state)
    }

    /// Where operations on the own device are posted.
    pub(crate) fn desk_path(&self) -> Result<ApiPath> {
        let device = self.book().desk.id.clone();
        let device = device.ok_or_else(|| Error::invalid_state("the agent has no voice device"))?;
        Ok(ApiPath::new(ME).literal("devices").id(device)?)
    }

    /// Refuses what the device's own list does not permit now. Where the server sent none, the server decides.
    pub(crate) fn desk_permits(&self, operation: &str) -> Result<()> {
        match self.book().desk.permits(operation) {
            Some(false) => Err(Error::invalid_state(format!(
                "the server does not list {operation} among what the agent's device permits now"
            ))),
            Some(true) | None => Ok(()),
        }
    }

    /// Forwarding and do-not-disturb.
    pub(crate) async fn configure(self: &Arc<Self>, setting: SessionSetting, cx: &OpCx) -> Result<Receipt> {
        let operation = setting.operation();
        let (body, goal) = match &setting {
            SessionSetting::ForwardCalls { to: Some(to) } => {
                let body = Body::op("ForwardCallsOn").plain_destination(target::number(to)?);
                (body, Goal::Forwarded(true))
            }
            SessionSetting::ForwardCalls { to: None } => (Body::op("ForwardCallsOff"), Goal::Forwarded(false)),
            SessionSetting::DoNotDisturb { on: true } => (Body::op("DoNotDisturbOn"), Goal::Undisturbed(true)),
            SessionSetting::DoNotDisturb { on: false } => (Body::op("DoNotDisturbOff"), Goal::Undisturbed(false)),
            _ => return Err(Error::unsupported("Web Services has no such setting of a device")),
        };
        let path = self.desk_path()?;
        let is_so = crate::outcomes::judge(&goal, &self.world()).is_some();
        // Off is off already. Forwarding to another number has to be asked for.
        if is_so && goal != Goal::Forwarded(true) {
            return Ok(self.already(operation, cx));
        }
        self.desk_permits(&body.name)?;
        let order = Order {
            operation,
            call: None,
            path,
            body,
            goal,
        };
        self.command(order, cx).await
    }

    /// What was asked for is so, by what the server last said: nothing is sent.
    fn already(&self, operation: Operation, cx: &OpCx) -> Receipt {
        let outcome = self.begin(operation, None, SETTING_PATIENCE, cx);
        let done = Outcome::done(CustomerAt::Unknown).by(Evidence::Snapshot);
        self.hub.settle(&cx.op, done);
        Receipt::new(outcome)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_device_message_is_complete_and_what_is_absent_is_over() {
        let mut desk = Desk::default();
        let told = |members: serde_json::Value| WireDevice::read(&members).expect("a device");
        desk.take(&told(
            json!({"id": "d1", "forwardTo": "7005", "doNotDisturb": "Off", "capabilities": ["ForwardCallsOff"],
                               "supervisorMonitoringState": {"state": "ListenIn"}}),
        ));
        assert_eq!(desk.permits("ForwardCallsOff"), Some(true));
        assert_eq!(
            desk.supervision.as_ref().and_then(|running| running.mode),
            Some(SupervisionMode::Listen)
        );
        desk.take(&told(json!({"id": "d1", "doNotDisturb": "Off"})));
        assert_eq!((desk.forward_to.clone(), desk.supervision.clone()), (None, None));
        assert_eq!(desk.permits("ForwardCallsOn"), Some(false), "the last list stands");
    }
}
