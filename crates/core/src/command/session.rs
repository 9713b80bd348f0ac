//! What a session is opened, set up and closed with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::capability::Operation;
use crate::id::AgentId;
use crate::number::PhoneNumber;
use crate::secret::Secret;
use crate::target::Target;

/// Signs an agent in. Secrets do not travel in a serialised command: after a round trip `password` is `None`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenSession {
    /// The agent: CC-Gateway agent id, Genesys user name, OIFDE silent agent's id.
    pub agent: AgentId,
    /// The agent's password. OIFDE needs none: its secret belongs to the tenant.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// The phone the agent uses; CC-Gateway must have it, Genesys takes the agent's default place without.
    pub phone: Option<PhoneNumber>,
    /// By which of the platform's doors.
    #[serde(default)]
    pub sign_in: SignIn,
    /// What to do when the agent is signed in already.
    #[serde(default)]
    pub displace: Displace,
    /// State after sign-in.
    #[serde(default)]
    pub state: AgentStateRequest,
    /// Let the platform answer for the agent (CC-Gateway `autoanswer`).
    #[serde(default)]
    pub auto_answer: bool,
}

impl OpenSession {
    /// Signs `agent` in, ready for calls, answering by hand, displacing nobody.
    #[must_use]
    pub fn new(agent: AgentId) -> Self {
        Self {
            agent,
            password: None,
            phone: None,
            sign_in: SignIn::Agent,
            displace: Displace::Never,
            state: AgentStateRequest::Ready,
            auto_answer: false,
        }
    }

    /// With this password.
    #[must_use]
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// With this phone.
    #[must_use]
    pub fn phone(mut self, phone: PhoneNumber) -> Self {
        self.phone = Some(phone);
        self
    }

    /// By this door.
    #[must_use]
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = sign_in;
        self
    }

    /// With this policy towards another holder of the same agent.
    #[must_use]
    pub fn displace(mut self, displace: Displace) -> Self {
        self.displace = displace;
        self
    }

    /// With this first state.
    #[must_use]
    pub fn state(mut self, state: AgentStateRequest) -> Self {
        self.state = state;
        self
    }
}

/// Two requests are equal when all but their secrets are.
impl PartialEq for OpenSession {
    fn eq(&self, other: &Self) -> bool {
        self.agent == other.agent
            && self.phone == other.phone
            && self.sign_in == other.sign_in
            && self.displace == other.displace
            && self.state == other.state
            && self.auto_answer == other.auto_answer
    }
}

/// By which of the platform's doors an agent signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignIn {
    /// As an agent, to everything the platform has for agents.
    #[default]
    Agent,
    /// To the voice platform only, without media servers and without their licence (CC-Gateway `loginex`).
    VoiceOnly,
    /// By an account name in `agent`; the platform tells which agent it is, and the session bears that agent's id (CC-Gateway `loginbyaccount`).
    Account,
}

/// What to do when the agent is signed in elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Displace {
    /// Fail.
    #[default]
    Never,
    /// Take the agent over if the platform shows that it is in no call; else fail. Where nobody can be asked, fail.
    IfIdle,
    /// Take the agent over; the other holder loses the session (CC-Gateway forced sign-in).
    Always,
}

/// Signs an agent out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CloseSession {
    /// Also while a call is up (CC-Gateway forced sign-out).
    pub force: bool,
    /// The reason to be recorded, 1 to 255, where the vendor keeps one (CC-Gateway; implies a forced sign-out there).
    #[serde(default)]
    pub reason: Option<u8>,
}

impl CloseSession {
    /// Also while a call is up.
    #[must_use]
    pub fn forced() -> Self {
        Self {
            force: true,
            reason: None,
        }
    }

    /// With this reason.
    #[must_use]
    pub fn reason(mut self, reason: u8) -> Self {
        self.reason = Some(reason);
        self
    }
}

/// The state an agent wants to be in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AgentStateRequest {
    /// Ready for calls.
    #[default]
    Ready,
    /// Not ready, with the vendor's reason code where one is configured.
    NotReady {
        /// The vendor's reason code.
        reason: Option<String>,
    },
    /// After-call work.
    WrapUp,
    /// A break.
    Rest {
        /// How long; CC-Gateway reminds after it.
        duration: Duration,
        /// The vendor's reason code.
        reason: Option<String>,
    },
}

/// A standing setting of a session: what happens to its calls without anybody asking each time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionSetting {
    /// Calls go to another party (Genesys `ForwardCallsOn`), or no longer do.
    ForwardCalls {
        /// Whereto; `None` ends it.
        to: Option<Target>,
    },
    /// Calls are turned away (Genesys do-not-disturb).
    DoNotDisturb {
        /// Or not.
        on: bool,
    },
    /// The platform answers for the agent (CC-Gateway).
    AutoAnswer {
        /// Or the agent does.
        on: bool,
    },
    /// After a call the agent is ready (CC-Gateway).
    AutoReady {
        /// Or in after-call work.
        on: bool,
    },
    /// Queue calls are accepted at all (CC-Gateway `settalkright`).
    AcceptCalls {
        /// Or not.
        on: bool,
    },
    /// Which of the configured queues send calls (CC-Gateway `resetskill`).
    Queues {
        /// These; `None` for all that are configured for the agent.
        only: Option<Vec<Target>>,
    },
}

impl SessionSetting {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::ForwardCalls { .. } => Operation::ForwardCalls,
            Self::DoNotDisturb { .. } => Operation::DoNotDisturb,
            Self::AutoAnswer { .. } => Operation::AutoAnswer,
            Self::AutoReady { .. } => Operation::AutoReady,
            Self::AcceptCalls { .. } => Operation::AcceptCalls,
            Self::Queues { .. } => Operation::SelectQueues,
        }
    }

    pub(crate) fn targets_mut(&mut self) -> Vec<&mut Target> {
        match self {
            Self::ForwardCalls { to } => to.iter_mut().collect(),
            Self::Queues { only } => only.iter_mut().flatten().collect(),
            Self::DoNotDisturb { .. } | Self::AutoAnswer { .. } | Self::AutoReady { .. } | Self::AcceptCalls { .. } => {
                Vec::new()
            }
        }
    }
}
