//! Who may sign in, and the custom not-ready states of the contact centre.

use std::fmt;

/// Someone who may sign in.
#[derive(Clone)]
#[non_exhaustive]
pub struct GwsUser {
    /// User name for Basic.
    pub name: String,
    /// Password for Basic.
    pub password: String,
    /// Id of the agent at the switch.
    pub agent: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether the telephone is on a public network, so that `Answer` never is a capability.
    pub public_device: bool,
    /// Features assigned; voice operations need `api-voice`.
    pub features: Vec<String>,
}

impl GwsUser {
    /// A user with the voice feature, for this agent of the switch.
    #[must_use]
    pub fn new(name: &str, password: &str, agent: &str) -> Self {
        Self {
            name: name.into(),
            password: password.into(),
            agent: agent.into(),
            first_name: String::new(),
            last_name: String::new(),
            public_device: false,
            features: vec!["api-voice".into()],
        }
    }

    /// Assigns one more feature, such as `api-voice-recording` (section 4.2).
    #[must_use]
    pub fn with_feature(mut self, feature: &str) -> Self {
        self.features.push(feature.into());
        self
    }

    /// Gives the user a first and a last name.
    #[must_use]
    pub fn named(mut self, first: &str, last: &str) -> Self {
        self.first_name = first.into();
        self.last_name = last.into();
        self
    }

    pub(in crate::gws) fn may(&self, feature: &str) -> bool {
        self.features.iter().any(|assigned| assigned == feature)
    }
}

impl fmt::Debug for GwsUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GwsUser")
            .field("name", &self.name)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

/// A custom not-ready state (section 5.3).
#[derive(Debug, Clone)]
pub struct GwsReason {
    /// The operation that leads into it.
    pub operation: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub display_name: String,
}
