//! The device resource (section 6): the agent's phone and, in `userState`, the agent's readiness.

use serde_json::Value;

use super::value::{list, text};

/// A device as one message showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireDevice {
    pub(crate) id: String,
    pub(crate) number: Option<String>,
    pub(crate) is_voice: bool,
    pub(crate) user_state: Option<UserState>,
}

/// The agent's readiness in the vendor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserState {
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
        })
    }
}

impl UserState {
    pub(crate) fn read(state: &Value) -> Option<Self> {
        Some(Self {
            state: text(state, "state")?,
            work_mode: text(state, "workMode"),
            // A custom state tells its reason or at least a name of its own (section 5.3).
            reason: text(state, "reason").or_else(|| text(state, "displayName")),
        })
    }
}
