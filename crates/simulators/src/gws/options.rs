//! What a test or a person may choose about the server: every point that Genesys leaves open, and who may sign in.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The options of a [`GwsSimulator`](super::GwsSimulator). The default is the documented behaviour of build 8.5.202.96; where
/// nothing is documented, the most forgiving reading.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GwsOptions {
    /// Who may sign in. By default `ann` (agent 101), `bob` (102) and `eve` (103), each with [`DEFAULT_PASSWORD`].
    pub users: Vec<GwsUser>,
    /// Demands the CSRF token on POST, PUT and DELETE (server option `enableCsrfProtection`).
    pub csrf: bool,
    /// The name announced in `X-CSRF-HEADER`, under which the token must come back.
    pub csrf_header: String,
    /// Demands the token on CometD requests too; undocumented.
    pub csrf_on_notifications: bool,
    /// An HTTP session without a request for this long is gone; `None` lets it live for ever. The real value is unknown.
    pub http_session_idle: Option<Duration>,
    /// Scheme and host of every `uri` (server option `externalApiUrlV2`): as a rule not the host that the client talks to.
    pub external_url: String,
    /// What `diagnostics/version` says.
    pub version: String,
    /// HTTP status for each `statusCode`. Only 7 → 200 and 20 → 403 are confirmed; a code without an entry gets 400.
    pub http_statuses: BTreeMap<u64, u16>,
    /// How an operation that is not among the capabilities is answered.
    pub not_allowed: NotAllowed,
    /// How it is told that the telephone switch refused an operation which the capabilities allowed.
    pub refusals: Refusals,
    /// What an error notification looks like; undocumented for voice.
    pub error_shape: ErrorShape,
    /// Whether events come before or after the answer to the request that caused them.
    pub event_timing: EventTiming,
    /// What becomes of a consult whose target cannot be reached.
    pub consult_failure: ConsultFailure,
    /// Whether the original comes back by itself when the consult ends without being completed.
    pub auto_retrieve: bool,
    /// Which of the two documented capability lists the held original has while a consult exists.
    pub held_with_consult: HeldWithConsult,
    /// How the owner of a two-step conference hears that it stands.
    pub conference_by: ConferenceBy,
    /// What the consulted agent's call becomes when the consult is completed or joined.
    pub consultee: ConsulteeCall,
    /// The shape of call resources.
    pub build: Build,
    /// `connId` takes the place of `callUuid` as the call's `id`; old builds always do so.
    pub id_is_conn_id: bool,
    /// Lists `MuteCall` and `UnmuteCall`.
    pub lists_mute: bool,
    /// Lists `ClearCall` while ringing and talking, as 8.5.202.96 does.
    pub lists_clear_call: bool,
    /// Notifications carry `extensions`.
    pub extensions: bool,
    /// Notifications carry `metrics`.
    pub metrics: bool,
    /// Calls carry `recordingState`.
    pub recording_state: bool,
    /// `parentCallPath` names another call than `parentCallUri`, as in one document sample.
    pub wrong_parent_path: bool,
    /// Adds members, capabilities and a notification type that nobody documented.
    pub unknown_extras: bool,
    /// Every notification comes twice.
    pub duplicate_events: bool,
    /// Notifications of one connect answer come in reverse order.
    pub reverse_events: bool,
    /// The agent is ready at once after StartContactCenterSession.
    pub auto_ready: bool,
    /// What a StartContactCenterSession for an agent who is signed in already gets; undocumented.
    pub second_start: SecondStart,
    /// Interaction Server is there, so that `chat` and the like can be started.
    pub multimedia: bool,
    /// The link to T-Server stands; without it every voice operation fails with statusCode 4.
    pub voice_service: bool,
    /// Custom not-ready states of the contact centre.
    pub reasons: Vec<GwsReason>,
    /// CometD.
    pub comet: CometOptions,
}

/// The password of every default user.
pub const DEFAULT_PASSWORD: &str = "gws-secret";

impl Default for GwsOptions {
    fn default() -> Self {
        Self {
            users: vec![
                GwsUser::new("ann", DEFAULT_PASSWORD, "101").named("Ann", "One"),
                GwsUser::new("bob", DEFAULT_PASSWORD, "102").named("Bob", "Two"),
                GwsUser::new("eve", DEFAULT_PASSWORD, "103").named("Eve", "Three"),
            ],
            csrf: false,
            csrf_header: "X-CSRF-TOKEN".into(),
            csrf_on_notifications: false,
            http_session_idle: None,
            external_url: "http://gws.example:8090".into(),
            version: "8.5.202.96".into(),
            http_statuses: BTreeMap::from([(0, 200), (3, 403), (4, 500), (5, 403), (6, 404), (7, 200), (20, 403)]),
            not_allowed: NotAllowed::default(),
            refusals: Refusals::default(),
            error_shape: ErrorShape::default(),
            event_timing: EventTiming::default(),
            consult_failure: ConsultFailure::default(),
            auto_retrieve: false,
            held_with_consult: HeldWithConsult::default(),
            conference_by: ConferenceBy::default(),
            consultee: ConsulteeCall::default(),
            build: Build::default(),
            id_is_conn_id: false,
            lists_mute: true,
            lists_clear_call: true,
            extensions: true,
            metrics: false,
            recording_state: false,
            wrong_parent_path: false,
            unknown_extras: false,
            duplicate_events: false,
            reverse_events: false,
            auto_ready: false,
            second_start: SecondStart::default(),
            multimedia: false,
            voice_service: true,
            reasons: Vec::new(),
            comet: CometOptions::default(),
        }
    }
}

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

    /// Gives the user a first and a last name.
    #[must_use]
    pub fn named(mut self, first: &str, last: &str) -> Self {
        self.first_name = first.into();
        self.last_name = last.into();
        self
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

/// CometD, with the defaults of the CometD 3.1 server; the values of GWS are unknown (section 11.1).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CometOptions {
    /// How long a connect is held.
    pub timeout: Duration,
    /// What the client is told to wait between two connects.
    pub interval: Duration,
    /// A session without a connect for longer is swept.
    pub max_interval: Duration,
    /// What a second session from one cookie jar is told to wait between two connects.
    pub multi_session_interval: Duration,
    /// HTTP status of a connect that a later one replaced.
    pub replaced_connect: u16,
    /// Events also ride on the answers to other requests than connect.
    pub events_ride: bool,
    /// A body that is a single message, not an array, is accepted.
    pub single_message: bool,
    /// The session dies with the HTTP session in which it was begun.
    pub dies_with_http: bool,
    /// Refuses every handshake with `403::Handshake denied`.
    pub deny_handshake: bool,
    /// The text after `402::`.
    pub unknown_client: String,
}

impl Default for CometOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            interval: Duration::ZERO,
            max_interval: Duration::from_secs(10),
            multi_session_interval: Duration::from_secs(2),
            replaced_connect: 500,
            events_ride: false,
            single_message: false,
            dies_with_http: true,
            deny_handshake: false,
            unknown_client: "Unknown client".into(),
        }
    }
}

/// How an operation that is not among the call's capabilities is answered (open point 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotAllowed {
    /// statusCode 2.
    #[default]
    Invalid,
    /// statusCode 3.
    Forbidden,
    /// statusCode 0, then an error notification.
    Event,
}

/// How a refusal of the switch becomes known (section 3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refusals {
    /// By the HTTP answer.
    Http,
    /// statusCode 0, then an error notification.
    #[default]
    Event,
    /// statusCode 0, then nothing.
    Silent,
}

/// What an error notification looks like (section 3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorShape {
    /// `messageType` `EventError` with an `error` object, as in the successor.
    #[default]
    EventError,
    /// `errorMessage` and `errorCode` beside a `notificationType` that ends in `Error`.
    ErrorCode,
    /// `statusCode` and `statusMessage`.
    StatusCode,
}

/// Events and the answer to the request that caused them (section 3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EventTiming {
    /// Neither waits for the other.
    #[default]
    Free,
    /// The answer waits for so long after the events were sent.
    BeforeAnswer(Duration),
    /// The events wait for so long after the answer was given.
    AfterAnswer(Duration),
}

/// The variants of section 12.3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConsultFailure {
    /// (a) A statusCode, nothing else.
    HttpError,
    /// (b) statusCode 0, then an error notification; the original is untouched.
    ErrorEvent,
    /// (c) Held, Dialing, Released; the original stays held.
    #[default]
    Released,
    /// (d) Held, Dialing, and so it stays.
    LeftDialing,
    /// (e) Held, then an error notification and no consult call.
    HeldThenError,
}

/// The held original while a consult exists (section 7.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeldWithConsult {
    /// (a) SwapCalls and CompleteTransfer, no Retrieve.
    #[default]
    SwapAndComplete,
    /// (b) Retrieve, neither SwapCalls nor CompleteTransfer.
    Retrieve,
}

/// How the owner hears of the conference (open point 5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConferenceBy {
    /// `StatusChange`.
    StatusChange,
    /// `ParticipantsUpdated`.
    ParticipantsUpdated,
    /// Both, `StatusChange` first.
    #[default]
    Both,
}

/// The consulted agent's call after completion (open point 7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConsulteeCall {
    /// Keeps its id and changes its participants.
    #[default]
    SameId,
    /// Takes the original's id without a word about the old one.
    NewId,
    /// The old id is released, then the original's id appears.
    ReleasedThenNewId,
}

/// The shape of call resources (section 7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Build {
    /// 8.5.2 and later.
    #[default]
    Current,
    /// Before late 2015: participants are strings, there is no `path`, and `id` is the connection id.
    Old,
}

/// A second StartContactCenterSession (open point 12).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecondStart {
    /// Succeeds as a re-attachment.
    #[default]
    Accepted,
    /// statusCode 19.
    Refused,
}
