//! What a telephone does by itself: forwarding and do not disturb (section 6).

use callcontrol_testkit::switch::{AgentState, Behaviour, Party};

use super::{Floor, Watch};

/// The settings of one telephone.
#[derive(Debug, Clone, Default)]
pub(in crate::gws) struct Phone {
    pub(in crate::gws) forward_to: Option<String>,
    pub(in crate::gws) do_not_disturb: bool,
    /// What the telephone did with calls before it was told to turn them away.
    pub(in crate::gws) before: Option<Behaviour>,
}

/// Everything that a device resource is painted from.
#[derive(Debug, Clone)]
pub(in crate::gws) struct DeviceView {
    pub(in crate::gws) agent: String,
    pub(in crate::gws) number: String,
    pub(in crate::gws) state: AgentState,
    pub(in crate::gws) phone: Phone,
    pub(in crate::gws) watch: Option<Watch>,
    /// Number of the telephone that is monitored.
    pub(in crate::gws) watched_number: String,
}

impl Floor {
    pub(in crate::gws) fn phone(&self, agent: &str) -> Phone {
        self.phones.get(agent).cloned().unwrap_or_default()
    }

    pub(in crate::gws) fn phone_mut(&mut self, agent: &str) -> &mut Phone {
        self.phones.entry(agent.into()).or_default()
    }

    /// The agent's telephone in this state of availability.
    pub(in crate::gws) fn device(&self, agent: &str, number: &str, state: AgentState) -> DeviceView {
        let watch = self.watches.get(agent).cloned();
        let watched = watch.as_ref().map(|watch| Party::agent(&watch.agent));
        DeviceView {
            agent: agent.into(),
            number: number.into(),
            state,
            phone: self.phone(agent),
            watched_number: watched.map(|party| self.number_of(&party)).unwrap_or_default(),
            watch,
        }
    }
}
