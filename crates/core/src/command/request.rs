//! What each operation is told: plain, serialisable values that can grow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::capability::{Operation, OperationKey};
use crate::id::{AgentId, CallId, OpId, SessionId};
use crate::number::PhoneNumber;
use crate::secret::Secret;
use crate::target::Target;

/// A call of a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallRef {
    /// Whose.
    pub session: SessionId,
    /// Which.
    pub call: CallId,
}

/// The session's own leg of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LegRef {
    /// Whose leg.
    pub session: SessionId,
    /// Of which call.
    pub call: CallId,
}

impl From<CallRef> for LegRef {
    fn from(call: CallRef) -> Self {
        Self {
            session: call.session,
            call: call.call,
        }
    }
}

impl From<LegRef> for CallRef {
    fn from(leg: LegRef) -> Self {
        Self {
            session: leg.session,
            call: leg.call,
        }
    }
}

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
            && self.displace == other.displace
            && self.state == other.state
            && self.auto_answer == other.auto_answer
    }
}

/// What to do when the agent is signed in elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Displace {
    /// Fail.
    #[default]
    Never,
    /// Take the agent over; the other holder loses the session (CC-Gateway forced sign-in).
    Always,
}

/// Signs an agent out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CloseSession {
    /// Also while a call is up (CC-Gateway forced sign-out).
    pub force: bool,
}

impl CloseSession {
    /// Also while a call is up.
    #[must_use]
    pub fn forced() -> Self {
        Self { force: true }
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

/// Takes a call into the session's view by the vendor's own id: a waiting call to be requeued, a robot session learnt from another channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptCall {
    /// The vendor's id of the call or robot session.
    pub native: String,
    /// The state it is in, as far as the application knows.
    pub state: AdoptState,
}

/// The state of an adopted call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AdoptState {
    /// Waiting in a queue.
    Waiting,
    /// A voice call in a robot session in this work mode.
    RobotVoice(RobotMode),
    /// A chat or social session of a robot in this work mode.
    RobotText(RobotMode),
    /// Ask the vendor.
    Ask,
}

/// Who talks to the customer in a robot session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RobotMode {
    /// The robot, nobody watches (OIFDE 0). A one-way exit.
    Common,
    /// The robot, the agent watches (OIFDE 1).
    Supervision,
    /// The agent, in the robot's name (OIFDE 2).
    Insertion,
}

/// Calls somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dial {
    /// Whom.
    pub to: Target,
    /// The number to show, where the vendor allows to choose it.
    pub caller_id: Option<PhoneNumber>,
    /// Business data for the new call.
    #[serde(default)]
    pub data: CallDataPatch,
}

impl Dial {
    /// Calls `to`.
    #[must_use]
    pub fn to(to: Target) -> Self {
        Self {
            to,
            caller_id: None,
            data: CallDataPatch::default(),
        }
    }
}

/// What a session can do with its own leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LegAction {
    /// Take a ringing call.
    Answer,
    /// Put the other party on hold.
    Hold,
    /// Take a held call back.
    Retrieve,
    /// Do not be heard.
    Mute,
    /// Be heard again.
    Unmute,
    /// Leave the call.
    Release,
    /// End the call for everybody (Genesys `ClearCall`).
    Clear,
    /// Change who talks in a robot session (OIFDE).
    Robot(RobotMode),
}

impl LegAction {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Answer => Operation::Answer,
            Self::Hold => Operation::Hold,
            Self::Retrieve => Operation::Retrieve,
            Self::Mute => Operation::Mute,
            Self::Unmute => Operation::Unmute,
            Self::Release => Operation::Release,
            Self::Clear => Operation::Clear,
            Self::Robot(_) => Operation::RobotMode,
        }
    }
}

/// Moves a live call in one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transfer {
    /// Where to.
    pub to: Target,
    /// When the agent is released, and to whom the call returns.
    pub mode: TransferMode,
    /// Business data to set on the way.
    #[serde(default)]
    pub data: CallDataPatch,
    /// The number to show to an outside target, where the vendor allows to choose it.
    pub caller_id: Option<PhoneNumber>,
}

impl Transfer {
    /// A transfer in this mode.
    #[must_use]
    pub fn new(to: Target, mode: TransferMode) -> Self {
        Self {
            to,
            mode,
            data: CallDataPatch::default(),
            caller_id: None,
        }
    }

    /// With business data.
    #[must_use]
    pub fn data(mut self, data: CallDataPatch) -> Self {
        self.data = data;
        self
    }

    /// With this number shown to the target.
    #[must_use]
    pub fn caller_id(mut self, number: PhoneNumber) -> Self {
        self.caller_id = Some(number);
        self
    }
}

/// When the agent is released by a one-command transfer, and to whom the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TransferMode {
    /// The agent is out at once (from a queue: when the queue has taken the call).
    Blind,
    /// The agent is out when the target answers; if it fails, the agent keeps the customer.
    ReleaseAfter,
    /// To an IVR flow and back to the same agent ("hang-up transfer").
    Suspend,
}

impl TransferMode {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Blind => Operation::BlindTransfer,
            Self::ReleaseAfter => Operation::ReleaseAfterTransfer,
            Self::Suspend => Operation::SuspendTransfer,
        }
    }
}

/// Holds the customer and calls a third party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartConsult {
    /// Whom to consult.
    pub to: Target,
    /// Who hears whom.
    pub style: ConsultStyle,
    /// What it is meant to become; only Genesys asks for it.
    pub intent: ConsultIntent,
    /// Three-way only: the customer waits on hold while the third party is called.
    pub hold_customer: bool,
    /// Business data for the consulted party.
    #[serde(default)]
    pub data: CallDataPatch,
    /// The number to show to an outside party, where the vendor allows to choose it.
    pub caller_id: Option<PhoneNumber>,
}

impl StartConsult {
    /// A private consult, meant to end as a transfer.
    #[must_use]
    pub fn new(to: Target) -> Self {
        Self {
            to,
            style: ConsultStyle::Private,
            intent: ConsultIntent::Transfer,
            hold_customer: true,
            data: CallDataPatch::default(),
            caller_id: None,
        }
    }

    /// All three hear each other once the third party answers.
    #[must_use]
    pub fn three_way(mut self) -> Self {
        self.style = ConsultStyle::ThreeWay;
        self
    }

    /// Meant to end as a conference (Genesys `InitiateConference`).
    #[must_use]
    pub fn for_conference(mut self) -> Self {
        self.intent = ConsultIntent::Conference;
        self
    }

    /// With business data.
    #[must_use]
    pub fn data(mut self, data: CallDataPatch) -> Self {
        self.data = data;
        self
    }
}

/// Who hears whom in a consult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConsultStyle {
    /// Agent and third party; the customer is on hold.
    Private,
    /// All three.
    ThreeWay,
}

impl ConsultStyle {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Private => Operation::Consult,
            Self::ThreeWay => Operation::ConsultThreeWay,
        }
    }
}

/// What a consult is meant to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConsultIntent {
    /// A transfer.
    Transfer,
    /// A conference.
    Conference,
}

/// A consult, small and serialisable: enough to go on with it after a restart of the application's own parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConsultRef {
    /// The operation that began it; its identity.
    pub id: OpId,
    /// The customer's call.
    pub call: CallRef,
}

/// The four ways on from a consult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConsultStep {
    /// Hand the customer over and leave.
    Complete,
    /// Drop the third party and take the customer back.
    Cancel,
    /// Talk to the other of the two.
    Swap,
    /// Bring all three together.
    Merge,
}

impl ConsultStep {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Complete => Operation::ConsultComplete,
            Self::Cancel => Operation::ConsultCancel,
            Self::Swap => Operation::ConsultSwap,
            Self::Merge => Operation::ConsultMerge,
        }
    }
}

/// Puts a call (back) into a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Requeue {
    /// Which queue.
    pub to: Target,
    /// Which of the two meanings.
    pub state: RequeueState,
    /// Business data to set on the way.
    #[serde(default)]
    pub data: CallDataPatch,
}

impl Requeue {
    /// Sends a connected call back to a queue.
    #[must_use]
    pub fn connected(to: Target) -> Self {
        Self {
            to,
            state: RequeueState::Connected,
            data: CallDataPatch::default(),
        }
    }

    /// Moves a waiting call to another queue.
    #[must_use]
    pub fn waiting(to: Target) -> Self {
        Self {
            to,
            state: RequeueState::Waiting,
            data: CallDataPatch::default(),
        }
    }

    /// With business data.
    #[must_use]
    pub fn data(mut self, data: CallDataPatch) -> Self {
        self.data = data;
        self
    }
}

/// The two meanings of requeue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RequeueState {
    /// The agent has the call and gives it back.
    Connected,
    /// The call still waits and is moved.
    Waiting,
}

impl RequeueState {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Connected => Operation::RequeueConnected,
            Self::Waiting => Operation::RequeueWaiting,
        }
    }
}

/// What can be done with a conference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConferenceOp {
    /// Bring a party in, in one step.
    Add {
        /// Whom.
        to: Target,
    },
    /// Put a party out.
    Remove {
        /// Whom.
        party: Target,
    },
    /// Let the customer's key presses through to a third-party IVR (CC-Gateway `thirdPartyConfTransmitNum`).
    RelayDtmf,
}

impl ConferenceOp {
    /// The key of the capability table.
    #[must_use]
    pub fn key(&self) -> OperationKey {
        match self {
            Self::Add { to } => OperationKey::to(Operation::ConferenceAdd, to.kind()),
            Self::Remove { .. } => Operation::ConferenceRemove.into(),
            Self::RelayDtmf => Operation::RelayDtmf.into(),
        }
    }

    pub(crate) fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Self::Add { to: target } | Self::Remove { party: target } => Some(target),
            Self::RelayDtmf => None,
        }
    }
}

/// A change of a call's business data. Values may be personal, so `Debug` shows keys only.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallDataPatch {
    /// Pairs to set or replace. CC-Gateway and OIFDE carry one text: the pairs go as one JSON object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Keys to remove.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub remove: BTreeSet<String>,
    /// Remove everything first.
    #[serde(default)]
    pub clear: bool,
    /// One opaque text instead of pairs, for vendors that carry text (CC-Gateway, OIFDE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl CallDataPatch {
    /// Sets one pair.
    #[must_use]
    pub fn set(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::default().and(key, value)
    }

    /// Sets one more pair.
    #[must_use]
    pub fn and(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set.insert(key.into(), value.into());
        self
    }

    /// One opaque text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// Removes one key.
    #[must_use]
    pub fn remove(key: impl Into<String>) -> Self {
        Self {
            remove: BTreeSet::from([key.into()]),
            ..Self::default()
        }
    }

    /// Removes everything.
    #[must_use]
    pub fn clear() -> Self {
        Self {
            clear: true,
            ..Self::default()
        }
    }

    /// True when it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty() && !self.clear && self.text.is_none()
    }

    /// The data as one text, for vendors that carry text: the opaque text, else the pairs as a JSON object, else `None`.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        if let Some(text) = &self.text {
            return Some(text.clone());
        }
        if self.set.is_empty() {
            return None;
        }
        let pairs = self.set.iter().map(|(key, value)| (key.clone(), value.clone().into()));
        Some(serde_json::Value::Object(pairs.collect()).to_string())
    }
}

impl std::fmt::Debug for CallDataPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallDataPatch")
            .field("set", &self.set.keys().collect::<Vec<_>>())
            .field("remove", &self.remove)
            .field("clear", &self.clear)
            .field("text", &self.text.as_ref().map(String::len))
            .finish()
    }
}

/// The escape hatch: one request in the vendor's own words, for what this contract does not cover.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NativeRequest {
    /// With whose credential.
    pub session: Option<SessionId>,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Path segments below the vendor's base path; each is checked and percent-encoded.
    pub path: Vec<String>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// JSON body.
    pub body: Option<String>,
}

impl NativeRequest {
    /// A request without query and body.
    #[must_use]
    pub fn new(method: impl Into<String>, path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            session: None,
            method: method.into(),
            path: path.into_iter().map(Into::into).collect(),
            query: Vec::new(),
            body: None,
        }
    }

    /// With this session's credential.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// With this JSON body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }
}

impl std::fmt::Debug for NativeRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeRequest")
            .field("session", &self.session)
            .field("method", &self.method)
            .field("segments", &self.path.len())
            .field("body", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// The vendor's answer to a [`NativeRequest`], as it came. May hold personal data, so `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NativeReply {
    /// HTTP status.
    pub status: u16,
    /// Body text.
    pub body: String,
}

impl NativeReply {
    /// An answer.
    #[must_use]
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            body: body.into(),
        }
    }
}

impl std::fmt::Debug for NativeReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeReply")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
