//! Supervision: a supervisor listens to an agent's calls, whispers, barges in, takes over.

use serde::{Deserialize, Serialize};

use crate::capability::Operation;
use crate::id::CallId;
use crate::target::Target;

/// What a supervisor can do about an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Supervise {
    /// Begin to take part.
    Start {
        /// In whose calls.
        agent: Target,
        /// How.
        mode: SupervisionMode,
        /// In which of them.
        scope: SupervisionScope,
    },
    /// Take part in another way.
    Switch {
        /// In whose calls.
        agent: Target,
        /// How from now on.
        mode: SupervisionMode,
    },
    /// Take the customer over; the agent is out.
    Intercept {
        /// From whom.
        agent: Target,
        /// Which call, as this session knows it; `None` for the one that is supervised.
        call: Option<CallId>,
    },
    /// No longer take part.
    Stop {
        /// In whose calls.
        agent: Target,
    },
    /// The supervised agent is not heard by the customer, or is again (Genesys).
    MuteAgent {
        /// Whom.
        agent: Target,
        /// Not heard, or heard again.
        on: bool,
    },
    /// Sign an agent out, whatever he or she is doing (CC-Gateway).
    SignOut {
        /// Whom.
        agent: Target,
    },
}

impl Supervise {
    /// Begins to take part in the agent's present call.
    #[must_use]
    pub fn start(agent: Target, mode: SupervisionMode) -> Self {
        Self::Start {
            agent,
            mode,
            scope: SupervisionScope::Call,
        }
    }

    /// The operation of the capability table.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Start { mode, .. } => mode.operation(),
            Self::Switch { .. } => Operation::SwitchSupervision,
            Self::Intercept { .. } => Operation::Intercept,
            Self::Stop { .. } => Operation::StopSupervision,
            Self::MuteAgent { .. } => Operation::MuteAgent,
            Self::SignOut { .. } => Operation::SignAgentOut,
        }
    }

    /// About whom.
    #[must_use]
    pub fn agent(&self) -> &Target {
        match self {
            Self::Start { agent, .. }
            | Self::Switch { agent, .. }
            | Self::Intercept { agent, .. }
            | Self::Stop { agent }
            | Self::MuteAgent { agent, .. }
            | Self::SignOut { agent } => agent,
        }
    }

    pub(crate) fn target_mut(&mut self) -> &mut Target {
        match self {
            Self::Start { agent, .. }
            | Self::Switch { agent, .. }
            | Self::Intercept { agent, .. }
            | Self::Stop { agent }
            | Self::MuteAgent { agent, .. }
            | Self::SignOut { agent } => agent,
        }
    }
}

/// How a supervisor takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SupervisionMode {
    /// Hears everybody, heard by nobody.
    Listen,
    /// Heard by the agent only (Genesys: coach).
    Whisper,
    /// Heard by all (CC-Gateway: insert).
    BargeIn,
}

impl SupervisionMode {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Listen => Operation::ListenIn,
            Self::Whisper => Operation::Whisper,
            Self::BargeIn => Operation::BargeIn,
        }
    }
}

/// In which of the agent's calls a supervisor takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SupervisionScope {
    /// The present one. CC-Gateway knows no other.
    #[default]
    Call,
    /// The next one.
    NextCall,
    /// All from now on.
    AllCalls,
}
