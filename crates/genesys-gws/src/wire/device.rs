//! The device resource (section 6): the agent's phone and, in `userState`, the agent's readiness.

use std::collections::BTreeSet;

use callcontrol_http::last_segment;
use serde_json::Value;

use super::value::{list, switch, text, words};

/// A device as one message showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireDevice {
    pub(crate) id: String,
    pub(crate) number: Option<String>,
    pub(crate) is_voice: bool,
    pub(crate) user_state: Option<UserState>,
    /// Whereto calls are forwarded; the member is there only while they are.
    pub(crate) forward_to: Option<String>,
    /// `None` where the server did not say.
    pub(crate) do_not_disturb: Option<bool>,
    /// Operation names; `None` where the server sent no list.
    pub(crate) capabilities: Option<BTreeSet<String>>,
    /// There only while this device's agent supervises somebody.
    pub(crate) monitoring: Option<Monitoring>,
}

/// `supervisorMonitoringState`: how a supervisor takes part, and at which device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Monitoring {
    /// `ListenIn`, `Coach`, `BargeIn`.
    pub(crate) state: String,
    /// Id of the supervised device.
    pub(crate) target: Option<String>,
}

/// The agent's readiness in the vendor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserState {
    /// The id of a built-in or custom state; compared without regard to case (section 5.3).
    pub(crate) id: Option<String>,
    pub(crate) state: String,
    pub(crate) work_mode: Option<String>,
    pub(crate) reason: Option<String>,
}

impl WireDevice {
    /// `None` without an id.
    pub(crate) fn read(device: &Value) -> Option<Self> {
        let channels = list(device, "channels");
        Some(Self {
            id: text(device, "id")?,
            number: text(device, "phoneNumber"),
            // Old builds list no channels: then every device may be the telephone.
            is_voice: channels.is_empty() || channels.iter().any(|channel| channel.as_str() == Some("voice")),
            user_state: device.get("userState").and_then(UserState::read),
            forward_to: text(device, "forwardTo"),
            do_not_disturb: switch(device, "doNotDisturb"),
            capabilities: words(device, "capabilities"),
            monitoring: device.get("supervisorMonitoringState").and_then(Monitoring::read),
        })
    }
}

impl Monitoring {
    fn read(state: &Value) -> Option<Self> {
        Some(Self {
            state: text(state, "state")?,
            target: text(state, "targetDeviceUri").as_deref().and_then(last_segment),
        })
    }
}

impl UserState {
    pub(crate) fn read(state: &Value) -> Option<Self> {
        Some(Self {
            id: text(state, "id"),
            state: text(state, "state")?,
            work_mode: text(state, "workMode"),
            // A custom state tells its reason or at least a name of its own (section 5.3).
            reason: text(state, "reason").or_else(|| text(state, "displayName")),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forwarding_disturbance_and_supervision_are_read_and_their_absence_too() {
        let busy = WireDevice::read(&json!({
            "id": "d1", "phoneNumber": "7003", "doNotDisturb": "On", "forwardTo": "7005",
            "capabilities": ["ForwardCallsOff", "CancelSupervisorMonitoring"],
            "supervisorMonitoringState": {"state": "Coach", "mode": "AllCalls", "scope": "Call",
                                          "targetDeviceUri": "http://elsewhere.example/api/v2/devices/d2"},
        }))
        .expect("a device");
        assert_eq!(
            (busy.forward_to.as_deref(), busy.do_not_disturb),
            (Some("7005"), Some(true))
        );
        let monitoring = busy.monitoring.expect("supervises");
        assert_eq!(
            (monitoring.state.as_str(), monitoring.target.as_deref()),
            ("Coach", Some("d2"))
        );
        let bare = WireDevice::read(&json!({"id": "d1"})).expect("a device");
        assert_eq!(
            (bare.forward_to, bare.do_not_disturb, bare.monitoring),
            (None, None, None)
        );
        assert!(bare.capabilities.is_none() && bare.is_voice);
    }
}
