//! The values of the settings that have more than two, each with what the vendor's documents say for it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};

/// A password; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Whether this is it.
    #[must_use]
    pub fn is(&self, given: &str) -> bool {
        self.0 == given
    }

    /// The password itself, for whoever writes it into a client's configuration.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Password {
    fn from(password: &str) -> Self {
        Self(password.into())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// `AUTHMODE` (3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// `AUTHMODE = 1`: the GUID of the sign-in stays valid.
    Static,
    /// `AUTHMODE = 2`: a poll answer brings a new GUID now and then.
    Rotating {
        /// `GUIDINTERVAL`: age at which a GUID is replaced.
        interval: Duration,
        /// `GUIDTIMEOUT`: age at which a GUID is worth nothing.
        timeout: Duration,
    },
}

impl Default for AuthMode {
    fn default() -> Self {
        Self::Rotating {
            interval: Duration::from_millis(60_000),
            timeout: Duration::from_millis(120_000),
        }
    }
}

/// The two codes for "not with this credential".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthCode {
    /// `000-003`
    NoRight,
    /// `100-006`
    NotSignedIn,
}

/// What a second poll beside a pending one gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondPoll {
    /// Its share of the events.
    Competes,
    /// `000-007`.
    Refused,
}

/// Which events come without `message`, `retcode` and `event` around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BareEvents {
    /// None.
    Never,
    /// The three that the documents print so: Incoming_CallInfo, PhoneRelease, StopRecordDone.
    AsPrinted,
    /// All.
    Always,
}

/// The place of `AgentEvent_Incoming_CallInfo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncomingCallInfo {
    /// Older releases have no such event.
    Never,
    /// Before the call rings.
    BeforeRinging,
    /// After `Talking`, as the pick-up page lists.
    AfterTalking,
}

/// The content of `AgentOther_PhoneAlerting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneAlerting {
    /// The event does not come.
    Never,
    /// `null`.
    Null,
    /// `callid` and `caller`.
    Object,
}

/// The events of an answered talk forwarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TalkForwarding {
    /// `Talking`, as the interface page has it.
    Talking,
    /// `Conference`, as the development guide has it.
    Conference,
    /// `Talking`, then `Conference`.
    Both,
}

/// The call id of the leg to an external third party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardingCallId {
    /// That of the customer's call: one call, one id, no `Hold` event.
    Customers,
    /// One of its own, and the customer's call is reported as held.
    Own,
}

/// The call id seen by the target of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferredCallId {
    /// The same.
    Same,
    /// A new one.
    New,
}

/// The call id under which a helper goes on after the consulting agent handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelperCallId {
    /// That of the help call.
    HelpCalls,
    /// That of the customer's call.
    Customers,
}

/// How a blind transfer to nowhere fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// Accepted, then `Connect_Fail` and `Talking`.
    Events,
    /// Refused with `100-007`.
    Retcode,
}

/// What `release` does while the consulted party rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseWhileRinging {
    /// Ends the consult; the agent is back with the customer.
    EndsConsult,
    /// Hands the customer over, who then hears the ringing.
    HandsOver,
}

/// The event of `sayfree`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SayFree {
    /// `CancelNotReady_Success` from busy, `CancelWork_Success` from wrap-up, else `Ready`.
    ByState,
    /// Always `Ready`.
    AlwaysReady,
}

/// The error codes of `connecthold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectHoldCodes {
    /// `200-005` and `200-006`.
    Catalogue,
    /// `200-013` and `200-014`.
    InterfacePage,
}

/// The method of an operation for which two are documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOrPost {
    /// PUT, as in Huawei's samples of 2018.
    Put,
    /// POST, as in newer sources.
    Post,
    /// Both.
    Either,
}

/// The former name of [`PutOrPost`], which is no longer about `setcalldataex` alone.
pub type SetCallDataMethod = PutOrPost;

impl PutOrPost {
    pub(super) fn takes(self, method: &Method) -> bool {
        match self {
            Self::Put => method == Method::PUT,
            Self::Post => method == Method::POST,
            Self::Either => true,
        }
    }
}

/// The meaning of `isNoContainLastCall=true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastCallFlag {
    /// The current call only: what the name says and Huawei's sample sends.
    TrueExcludes,
    /// The last call where there is no current one: what the English page says.
    TrueIncludes,
}

/// How a request that no operation accepts is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRequest {
    /// An HTTP error.
    Http(StatusCode),
    /// HTTP 200 with `000-002`.
    Retcode,
}

/// What a sign-in meets whose agent was signed in when the gateway restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRestart {
    /// It is taken.
    SignsIn,
    /// `100-002`: the platform still holds the agent, so that only a forced sign-in helps.
    SignedInAlready,
}

/// `EVENT_METHOD` and `GET_EVENT_MODE` (5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventMethod {
    /// Each agent is polled; the poll for all gets `000-003`.
    Single,
    /// One poll for all agents; that for a single one gets `000-001`.
    All,
}

/// The GUIDs of agents in whose name nobody polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchGuids {
    /// They stay valid as long as somebody polls.
    StayValid,
    /// They go stale after `GUIDTIMEOUT`; `updateGuid` renews them before.
    GoStale,
}

/// The form of a push (5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushForm {
    /// `workNo` and an `eventList`.
    Batch,
    /// One poll answer for each event, as in 2018 to 2020.
    Envelope,
}

/// A poll's answer without event (5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyPoll {
    /// No `event` member at all.
    Absent,
    /// `"event":null`.
    Null,
    /// `"event":[]`.
    EmptyArray,
    /// An empty body.
    EmptyBody,
}

/// The encoding of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// GBK, and the content type says so.
    Gbk,
}

/// A change of state that an agent asks for during a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateInCall {
    /// Applies when the call is over.
    AppliesAfterwards,
    /// `100-009`.
    Refused,
}

/// What an agent without the inspector right gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoInspectorRight {
    /// `900-002`.
    QualityControl,
    /// `000-004`, as in the catalogue of 2018.
    Portal,
}

/// An agent group (11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentGroup {
    /// Id.
    pub id: u32,
    /// Name.
    pub name: String,
    /// The agent who leads it.
    pub monitor: String,
    /// Its agents.
    pub agents: BTreeSet<String>,
}

impl AgentGroup {
    /// A group of these agents.
    pub fn new<A: Into<String>>(id: u32, name: &str, monitor: &str, agents: impl IntoIterator<Item = A>) -> Self {
        Self {
            id,
            name: name.into(),
            monitor: monitor.into(),
            agents: agents.into_iter().map(Into::into).collect(),
        }
    }
}
