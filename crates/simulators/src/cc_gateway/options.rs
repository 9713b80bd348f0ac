//! What can be set on the simulated gateway: the operator's settings, and one switch for each point on which Huawei's
//! documents are silent or disagree. Section numbers are those of the vendor's agent REST API reference.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use callcontrol_testkit::switch::Party;
use http::StatusCode;

/// Settings of a [`CcGatewaySimulator`](super::CcGatewaySimulator). The defaults are those of a new installation, and
/// where sources disagree, the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CcGatewayOptions {
    /// Password of every agent without one of its own: `cti-secret`.
    pub password: Password,
    /// Passwords of single agents, by agent id.
    pub passwords: BTreeMap<String, Password>,
    /// After so many wrong passwords in a row an agent is locked (`110-016`); `None` never locks.
    pub lock_after: Option<u32>,
    /// Whether `phonenum` must be the number of the agent's telephone (`100-014` otherwise).
    pub phone_must_match: bool,
    /// `AUTHMODE` and its times (3.2).
    pub auth: AuthMode,
    /// Whether the sign-in answer of the rotating mode carries `Set-GUID` too (19.1; every client assumes it).
    pub guid_on_rotating_sign_in: bool,
    /// What a missing or wrong GUID gets (3.1).
    pub missing_guid: AuthCode,
    /// What the former holder gets after somebody else's forced sign-in (3.4).
    pub displaced: AuthCode,
    /// Name of the gateway node, the GUID's suffix.
    pub node: String,
    /// Seed of the GUIDs: the same seed gives the same ones.
    pub guid_seed: u64,
    /// Name of a load balancer's cookie: set by sign-in, and without it a request reaches a node that does not know
    /// the agent (1, *Cookies*).
    pub sticky_cookie: Option<String>,
    /// Largest agent id that a path may name: 59 999 to 2025-03, 999 999 from 2025-11 (1).
    pub largest_agent_id: u32,

    /// How long a poll without event waits; zero is `AGENT_POLL_WAIT_FLAG = OFF` (5.1).
    pub poll_wait: Duration,
    /// An agent who has not polled for longer is signed out (3.7).
    pub poll_gap: Duration,
    /// What a second poll beside a pending one gets (19.11).
    pub second_poll: SecondPoll,
    /// Events kept for an agent who does not fetch them; the oldest go first (19.11).
    pub event_queue: usize,
    /// Whether events carry `eventGenTime` (5.1).
    pub event_gen_time: bool,
    /// Which events come without the outer envelope (5.5).
    pub bare_events: BareEvents,
    /// Whether events and `StopRecordDone` carry `jsonKey` (15.7).
    pub json_keys: bool,

    /// Whether and when `AgentEvent_Incoming_CallInfo` comes (5.4, 17.2).
    pub incoming_call_info: IncomingCallInfo,
    /// What `AgentOther_PhoneAlerting` carries (19.2).
    pub phone_alerting: PhoneAlerting,
    /// Whether `Ringing` and `Auto_Answer` carry `mediaType` (18).
    pub ringing_media_type: bool,
    /// A letter in front of an agent's number in `Ringing`, `a` or `A` (5.4).
    pub agent_prefix: Option<char>,
    /// Whether calls are recorded, with the events of it (5.4).
    pub recording: bool,
    /// Whether a failed outbound call is explained by `OUTBOUND_DETECT_EVENT` (6.1, newer releases).
    pub outbound_detect: bool,
    /// Whether `Call_Out_Fail` is followed by `Connect_Fail`, as 6.1 lists.
    pub connect_fail_too: bool,
    /// Whether the older `AgentEvent_TransOutResult` accompanies transfers to external numbers (7, 18).
    pub trans_out_result: bool,
    /// Which events tell that the third party of a talk forwarding answered (19.3).
    pub talk_forwarding: TalkForwarding,
    /// Under which call id the leg to the third party of a transfer 5/3 or 5/4 goes.
    pub forwarding_call_id: ForwardingCallId,
    /// Which call id the agent sees to whom a call was transferred (19.4).
    pub transferred_call_id: TransferredCallId,
    /// Under which call id a helper goes on with the customer (6.2 does not say).
    pub helper_call_id: HelperCallId,
    /// Whether `Customer_Release` follows the agent's own release or blind transfer, as sections 6 and 7 list and 17.2
    /// does not.
    pub customer_release_after_own: bool,
    /// Whether a blind transfer begins with `Customer_Alerting` (7: "listed, not always seen").
    pub blind_customer_alerting: bool,
    /// How a blind or hang-up transfer to a target that cannot be reached fails (7).
    pub unreachable: Unreachable,
    /// What `release` does while the consulted party still rings (6.2 does not say).
    pub release_while_ringing: ReleaseWhileRinging,
    /// Which event `sayfree` gives (4).
    pub say_free: SayFree,
    /// Whether internal and help calls can be held, muted and transferred (14.1 says no).
    pub internal_calls_like_others: bool,
    /// Whether `assignuserinqueue` moves only calls out of queues the agent is signed in to (8.1).
    pub requeue_own_queues_only: bool,
    /// Which error codes `connecthold` uses (6).
    pub connect_hold_codes: ConnectHoldCodes,
    /// The method of `setcalldataex` (8, 19.7).
    pub set_call_data: SetCallDataMethod,
    /// What `isNoContainLastCall=true` means (8, 19.10).
    pub last_call_flag: LastCallFlag,
    /// System access codes (device type 4) and where they lead. `6048` leads to queue 25.
    pub access_codes: BTreeMap<String, Party>,
    /// Access codes of the IVR flows that `ivrinfo` lists, as far as the switch has them: `1321`.
    pub ivr_codes: Vec<String>,

    /// What a path parameter outside its pattern gets (1).
    pub path_mismatch: BadRequest,
    /// What a body that is no JSON object gets (19.8).
    pub malformed_body: BadRequest,
    /// What a member nobody documents gets in a body; `None` ignores it (15.10).
    pub unknown_property: Option<BadRequest>,
    /// Status for a wrong method (1: an HTTP error, 405 expected).
    pub wrong_method: StatusCode,
    /// Whether repeated slashes in a path count as one (15.11).
    pub double_slash: bool,
    /// `message` of a successful command: empty, or `success` (2).
    pub success_message: &'static str,
    /// Whether a successful command has `"result":{}`; it is absent in many older answers (2).
    pub empty_result: bool,
    /// Whether `vdnid` is a string, as documented, or a number, as in the sample (3.3).
    pub vdn_id_as_string: bool,
    /// Epoch second at which the simulator begins: the first half of call ids, and the base of all times.
    pub epoch: u64,
}

impl Default for CcGatewayOptions {
    fn default() -> Self {
        Self {
            password: Password::from("cti-secret"),
            passwords: BTreeMap::new(),
            lock_after: Some(5),
            phone_must_match: false,
            auth: AuthMode::default(),
            guid_on_rotating_sign_in: true,
            missing_guid: AuthCode::NoRight,
            displaced: AuthCode::NotSignedIn,
            node: "AgentGateway0".into(),
            guid_seed: 1,
            sticky_cookie: None,
            largest_agent_id: 999_999,
            poll_wait: Duration::from_secs(10),
            poll_gap: Duration::from_secs(120),
            second_poll: SecondPoll::Competes,
            event_queue: 10_000,
            event_gen_time: false,
            bare_events: BareEvents::Never,
            json_keys: false,
            incoming_call_info: IncomingCallInfo::BeforeRinging,
            phone_alerting: PhoneAlerting::Null,
            ringing_media_type: false,
            agent_prefix: None,
            recording: true,
            outbound_detect: true,
            connect_fail_too: true,
            trans_out_result: false,
            talk_forwarding: TalkForwarding::Talking,
            forwarding_call_id: ForwardingCallId::Customers,
            transferred_call_id: TransferredCallId::Same,
            helper_call_id: HelperCallId::HelpCalls,
            customer_release_after_own: true,
            blind_customer_alerting: false,
            unreachable: Unreachable::Events,
            release_while_ringing: ReleaseWhileRinging::EndsConsult,
            say_free: SayFree::ByState,
            internal_calls_like_others: false,
            requeue_own_queues_only: true,
            connect_hold_codes: ConnectHoldCodes::Catalogue,
            set_call_data: SetCallDataMethod::Either,
            last_call_flag: LastCallFlag::TrueExcludes,
            access_codes: BTreeMap::from([("6048".into(), Party::queue("25"))]),
            ivr_codes: vec!["1321".into()],
            path_mismatch: BadRequest::Http(StatusCode::NOT_FOUND),
            malformed_body: BadRequest::Http(StatusCode::BAD_REQUEST),
            unknown_property: None,
            wrong_method: StatusCode::METHOD_NOT_ALLOWED,
            double_slash: true,
            success_message: "",
            empty_result: true,
            vdn_id_as_string: false,
            epoch: 1_456_401_416,
        }
    }
}

impl CcGatewayOptions {
    pub(super) fn password_of(&self, agent: &str) -> &Password {
        self.passwords.get(agent).unwrap_or(&self.password)
    }
}

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

/// The method of `setcalldataex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetCallDataMethod {
    /// PUT, as in Huawei's sample of 2018.
    Put,
    /// POST, as in an integrator's collection of 2025.
    Post,
    /// Both.
    Either,
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
