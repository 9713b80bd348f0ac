//! What a test or a person may choose about the server: every point that Genesys leaves open, and who may sign in.

mod choices;
mod comet;
mod users;
mod variants;

use std::collections::BTreeMap;
use std::time::Duration;

pub use self::choices::{
    Build, ConferenceBy, ConsultFailure, ConsulteeCall, DialFailure, ErrorShape, EventMischief, EventTiming,
    HeldWithConsult, MissingFeature, NotAllowed, Refusals, SecondStart,
};
pub use self::comet::{AckExtension, CometOptions, UnknownAdvice};
pub use self::users::{GwsReason, GwsUser};

/// The options of a [`GwsSimulator`](super::GwsSimulator). The default is the documented behaviour of build 8.5.202.96; where
/// nothing is documented, the most forgiving reading.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GwsOptions {
    /// Who may sign in. By default `ann` (agent 101), `bob` (102) and `eve` (103), each with [`DEFAULT_PASSWORD`] and the voice feature; Eve
    /// may supervise as well.
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
    /// What becomes of a dialled call whose target cannot be reached.
    pub dial_failure: DialFailure,
    /// An outgoing call is told as Established at once, as on a trunk that does not tell the answer (section 12.12).
    pub early_answer: bool,
    /// What becomes of a consult whose target cannot be reached.
    pub consult_failure: ConsultFailure,
    /// Whether the original comes back by itself when the consult ends without being completed.
    pub auto_retrieve: bool,
    /// A consult begins with a copy of the original's data.
    pub consult_copies_data: bool,
    /// A consult can be completed while its target still rings.
    pub mute_transfer: bool,
    /// A consult that InitiateTransfer began can be ended by CompleteConference, and the other way round.
    pub mixed_endings: bool,
    /// The held original is told once more when the consult is gone, with the capabilities that it has then.
    pub repeats_held: bool,
    /// SwapCalls tells Held before Established; the document's sample has it the other way round.
    pub swap_held_first: bool,
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
    /// Participants are plain numbers, beside `participantsInfo`; old builds always do so.
    pub string_participants: bool,
    /// Resources carry `path`; old builds never do.
    pub paths: bool,
    /// `path` lacks its leading slash, as in one document sample.
    pub bare_paths: bool,
    /// Consults carry `parentCallPath`, as newer builds do; `parentCallUri` they carry in any case.
    pub parent_paths: bool,
    /// Calls carry `monitoring`; some documents' samples do not.
    pub monitoring_flag: bool,
    /// `id` of a call is an empty text: only `uri` tells it.
    pub empty_call_ids: bool,
    /// `deviceUri` and `parentCallUri` name hosts of their own.
    pub scattered_hosts: bool,
    /// Calls carry more data than anybody attached: a number, a nested object, escapes and a desktop's own keys.
    pub rich_user_data: bool,
    /// Put before the numbers that an agent dialled when the call shows them; empty leaves them as they are.
    pub dialled_prefix: String,
    /// Lists `MuteCall` and `UnmuteCall`.
    pub lists_mute: bool,
    /// Lists `ClearCall` while ringing and talking, as 8.5.202.96 does.
    pub lists_clear_call: bool,
    /// Lists both of them while talking, as the document's sample after UnmuteCall does.
    pub stale_mute: bool,
    /// Capabilities come in an order that says nothing.
    pub shuffled_capabilities: bool,
    /// A supervisor who listens may go on to coach; undocumented.
    pub switch_to_coach: bool,
    /// Notifications carry `extensions`.
    pub extensions: bool,
    /// Notifications carry `metrics`.
    pub metrics: bool,
    /// Calls carry `recordingState` also for users without the recording feature.
    pub recording_state: bool,
    /// The `recordingState` of a call that is being recorded; the page presumes the default.
    pub recording_word: String,
    /// `parentCallPath` names another call than `parentCallUri`, as in one document sample.
    pub wrong_parent_path: bool,
    /// Adds members, capabilities and a notification type that nobody documented.
    pub unknown_extras: bool,
    /// Before it is told as Established a call is told in a state that nobody documented.
    pub unknown_states: bool,
    /// Every notification comes twice.
    pub duplicate_events: bool,
    /// Notifications of one connect answer come in reverse order.
    pub reverse_events: bool,
    /// Notifications are lost, doubled and delayed at random, repeatably.
    pub event_mischief: Option<EventMischief>,
    /// After [`restart`](super::GwsSimulator::restart), whoever subscribes to calls is told of the own ones by `CallRecovered`, which only
    /// the successor documents.
    pub announces_recovered: bool,
    /// Tells changes of the voice service on `/notifications/services`; the message's shape is a guess.
    pub service_events: bool,
    /// Tells agent states on `/v2/me/channels` too, as 8.5.0 does.
    pub channel_events: bool,
    /// The agent is ready at once after StartContactCenterSession.
    pub auto_ready: bool,
    /// What a StartContactCenterSession for an agent who is signed in already gets; undocumented.
    pub second_start: SecondStart,
    /// What an operation gets whose feature the user lacks; undocumented.
    pub missing_feature: MissingFeature,
    /// Interaction Server is there, so that `chat` and the like can be started.
    pub multimedia: bool,
    /// StartContactCenterSession starts what else the place has, though only voice was asked for, and reports that this failed.
    pub reports_other_channels: bool,
    /// The link to T-Server stands; without it every voice operation fails with statusCode 4.
    pub voice_service: bool,
    /// Custom not-ready states of the contact centre.
    pub reasons: Vec<GwsReason>,
    /// CometD.
    pub comet: CometOptions,
}

impl Default for GwsOptions {
    fn default() -> Self {
        Self {
            users: vec![
                GwsUser::new("ann", DEFAULT_PASSWORD, "101").named("Ann", "One"),
                GwsUser::new("bob", DEFAULT_PASSWORD, "102").named("Bob", "Two"),
                GwsUser::new("eve", DEFAULT_PASSWORD, "103")
                    .named("Eve", "Three")
                    .with_feature("api-supervisor-monitoring"),
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
            dial_failure: DialFailure::default(),
            early_answer: false,
            consult_failure: ConsultFailure::default(),
            auto_retrieve: false,
            consult_copies_data: true,
            mute_transfer: true,
            mixed_endings: true,
            repeats_held: true,
            swap_held_first: false,
            held_with_consult: HeldWithConsult::default(),
            conference_by: ConferenceBy::default(),
            consultee: ConsulteeCall::default(),
            build: Build::default(),
            id_is_conn_id: false,
            string_participants: false,
            paths: true,
            bare_paths: false,
            parent_paths: true,
            monitoring_flag: true,
            empty_call_ids: false,
            scattered_hosts: false,
            rich_user_data: false,
            dialled_prefix: String::new(),
            lists_mute: true,
            lists_clear_call: true,
            stale_mute: false,
            shuffled_capabilities: false,
            switch_to_coach: true,
            extensions: true,
            metrics: false,
            recording_state: false,
            recording_word: "Recording".into(),
            wrong_parent_path: false,
            unknown_extras: false,
            unknown_states: false,
            duplicate_events: false,
            reverse_events: false,
            event_mischief: None,
            announces_recovered: false,
            service_events: true,
            channel_events: false,
            auto_ready: false,
            second_start: SecondStart::default(),
            missing_feature: MissingFeature::default(),
            multimedia: false,
            reports_other_channels: false,
            voice_service: true,
            reasons: Vec::new(),
            comet: CometOptions::default(),
        }
    }
}

impl GwsOptions {
    /// Every user has every feature that a voice operation can need.
    #[must_use]
    pub fn with_every_feature(mut self) -> Self {
        for user in &mut self.users {
            user.features = FEATURES.map(str::to_owned).into();
        }
        self
    }
}

/// The password of every default user.
pub const DEFAULT_PASSWORD: &str = "gws-secret";

/// The features that operations of this server ask for (section 4.2).
const FEATURES: [&str; 3] = ["api-voice", "api-voice-recording", "api-supervisor-monitoring"];
