//! Every value that an open point can take, one by one: a client passes when it passes with each.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    AckExtension, Build, ConferenceBy, ConsultFailure, ConsulteeCall, DialFailure, ErrorShape, EventTiming, GwsOptions,
    HeldWithConsult, MissingFeature, NotAllowed, Refusals, SecondStart, UnknownAdvice,
};

type Change = fn(&mut GwsOptions);

impl GwsOptions {
    /// One entry for each option value that differs from the default, in words.
    #[must_use]
    pub fn variants() -> Vec<(&'static str, Self)> {
        let all = [TRANSPORT, TIMING, CONSULTS, SHAPES, CAPABILITIES, COMET].concat();
        let with = |change: Change| {
            let mut options = Self::default();
            change(&mut options);
            options
        };
        all.into_iter().map(|(name, change)| (name, with(change))).collect()
    }
}

const TRANSPORT: &[(&str, Change)] = &[
    ("CSRF token demanded", |o| o.csrf = true),
    ("CSRF token under another header name", |o| {
        o.csrf = true;
        o.csrf_header = "X-Anti-Forgery".into();
    }),
    ("CSRF token demanded on CometD too", |o| {
        o.csrf = true;
        o.csrf_on_notifications = true;
    }),
    ("HTTP sessions end after a minute of silence", |o| {
        o.http_session_idle = Some(Duration::from_secs(60));
    }),
    ("not signed in is told by 401", |o| {
        o.http_statuses.insert(20, 401);
    }),
    ("every refusal with HTTP 200", |o| o.http_statuses = all_with(200)),
    ("every refusal with HTTP 500", |o| o.http_statuses = all_with(500)),
    ("an impossible operation is forbidden", |o| {
        o.not_allowed = NotAllowed::Forbidden
    }),
    ("an impossible operation gets an error event", |o| {
        o.not_allowed = NotAllowed::Event
    }),
    ("a missing feature is forbidden", |o| {
        o.missing_feature = MissingFeature::Forbidden
    }),
    ("the switch's refusal comes by HTTP", |o| o.refusals = Refusals::Http),
    ("the switch's refusal is not told", |o| o.refusals = Refusals::Silent),
    ("errors have errorCode and errorMessage", |o| {
        o.error_shape = ErrorShape::ErrorCode
    }),
    ("errors have statusCode and statusMessage", |o| {
        o.error_shape = ErrorShape::StatusCode
    }),
    ("ready at once after the start", |o| o.auto_ready = true),
    ("a second start is refused", |o| o.second_start = SecondStart::Refused),
    ("the start reports another channel's failure", |o| {
        o.reports_other_channels = true
    }),
    ("Interaction Server is there", |o| o.multimedia = true),
];

const TIMING: &[(&str, Change)] = &[
    ("events 18 ms before the answer", |o| {
        o.event_timing = EventTiming::BeforeAnswer(Duration::from_millis(18));
    }),
    ("events 20 ms after the answer", |o| {
        o.event_timing = EventTiming::AfterAnswer(Duration::from_millis(20));
    }),
    ("every event twice", |o| o.duplicate_events = true),
    ("events of one answer in reverse order", |o| o.reverse_events = true),
    ("swap tells Held first", |o| o.swap_held_first = true),
    ("no word of changes in the voice service", |o| o.service_events = false),
    ("agent states on the channels topic too", |o| o.channel_events = true),
    ("calls are announced after a restart", |o| o.announces_recovered = true),
];

const CONSULTS: &[(&str, Change)] = &[
    ("a dialled call fails by HTTP", |o| {
        o.dial_failure = DialFailure::HttpError
    }),
    ("a dialled call fails by an error event", |o| {
        o.dial_failure = DialFailure::ErrorEvent
    }),
    ("an outgoing call is established at once", |o| o.early_answer = true),
    ("a consult fails by HTTP (12.3 a)", |o| {
        o.consult_failure = ConsultFailure::HttpError
    }),
    ("a consult fails by an error event (12.3 b)", |o| {
        o.consult_failure = ConsultFailure::ErrorEvent
    }),
    ("a failed consult stays dialling (12.3 d)", |o| {
        o.consult_failure = ConsultFailure::LeftDialing
    }),
    ("a consult fails by Held and an error event (12.3 e)", |o| {
        o.consult_failure = ConsultFailure::HeldThenError
    }),
    ("the original comes back by itself", |o| o.auto_retrieve = true),
    ("a consult begins without the original's data", |o| {
        o.consult_copies_data = false
    }),
    ("no completion while the target rings", |o| o.mute_transfer = false),
    ("a consult ends only as it was begun", |o| o.mixed_endings = false),
    ("no second Held after a consult", |o| o.repeats_held = false),
    ("Held with Retrieve", |o| {
        o.held_with_consult = HeldWithConsult::Retrieve
    }),
    ("a conference is told by StatusChange", |o| {
        o.conference_by = ConferenceBy::StatusChange
    }),
    ("a conference is told by ParticipantsUpdated", |o| {
        o.conference_by = ConferenceBy::ParticipantsUpdated
    }),
    ("the consultee's call changes its id", |o| {
        o.consultee = ConsulteeCall::NewId
    }),
    ("the consultee's call is released and comes anew", |o| {
        o.consultee = ConsulteeCall::ReleasedThenNewId
    }),
];

const SHAPES: &[(&str, Change)] = &[
    ("an old build", |o| o.build = Build::Old),
    ("participants as texts", |o| o.string_participants = true),
    ("id is the connection id", |o| o.id_is_conn_id = true),
    ("id is empty", |o| o.empty_call_ids = true),
    ("no path", |o| o.paths = false),
    ("path without its slash", |o| o.bare_paths = true),
    ("no parentCallPath", |o| o.parent_paths = false),
    ("no monitoring flag", |o| o.monitoring_flag = false),
    ("uri without a foreign host", |o| {
        o.external_url = "http://127.0.0.1".into()
    }),
    ("a different host in each uri", |o| o.scattered_hosts = true),
    ("parentCallPath names another call", |o| o.wrong_parent_path = true),
    ("user data with numbers, objects and escapes", |o| {
        o.rich_user_data = true
    }),
    ("dialled numbers come back with a prefix", |o| {
        o.dialled_prefix = "0".into()
    }),
    ("no extensions", |o| o.extensions = false),
    ("metrics", |o| o.metrics = true),
    ("recordingState on every call", |o| o.recording_state = true),
    ("another word for recording", |o| o.recording_word = "Started".into()),
    ("members, capabilities and notifications of tomorrow", |o| {
        o.unknown_extras = true
    }),
    ("states of tomorrow", |o| o.unknown_states = true),
];

const CAPABILITIES: &[(&str, Change)] = &[
    ("mute is not listed", |o| o.lists_mute = false),
    ("mute and unmute are listed together", |o| o.stale_mute = true),
    ("ClearCall is not listed", |o| o.lists_clear_call = false),
    ("capabilities in any order", |o| o.shuffled_capabilities = true),
    ("SwitchToCoach is not listed", |o| o.switch_to_coach = false),
];

const COMET: &[(&str, Change)] = &[
    ("acknowledged messages", |o| o.comet.ack = AckExtension::Flag),
    ("acknowledged messages, told with a batch", |o| {
        o.comet.ack = AckExtension::Batch
    }),
    ("acknowledged messages refused", |o| o.comet.ack = AckExtension::Refused),
    ("websocket is offered and refused", |o| o.comet.offers_websocket = true),
    ("connects are held for 5 s", |o| {
        o.comet.timeout = Duration::from_secs(5)
    }),
    ("an interval between connects", |o| {
        o.comet.interval = Duration::from_millis(20)
    }),
    ("a replaced connect gets 408", |o| o.comet.replaced_connect = 408),
    ("a replaced connect gets its reply", |o| o.comet.replaced_connect = 200),
    ("events on any reply", |o| o.comet.events_ride = true),
    ("events with id and clientId", |o| o.comet.tags_events = true),
    ("single messages are taken", |o| o.comet.single_message = true),
    ("CometD outlives the HTTP session", |o| o.comet.dies_with_http = false),
    ("the browser cookie is not looked at", |o| {
        o.comet.demands_browser_cookie = false
    }),
    ("402::session_unknown", |o| {
        o.comet.unknown_client = "402::session_unknown".into()
    }),
    ("401 for an unknown client", |o| {
        o.comet.unknown_client = "401:{client}:Unknown client".into()
    }),
    ("402 with advice everywhere", |o| {
        o.comet.unknown_advice = UnknownAdvice::Always
    }),
    ("402 without advice", |o| o.comet.unknown_advice = UnknownAdvice::Never),
];

fn all_with(status: u16) -> BTreeMap<u64, u16> {
    let confirmed = [(0, 200), (7, 200), (20, 403)];
    (0..=19).map(|code| (code, status)).chain(confirmed).collect()
}
