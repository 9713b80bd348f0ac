//! Every value of an option that differs from the default, named for humans: a client must get along with each.

use std::time::Duration;

use http::StatusCode;

use super::choices::{
    AfterRestart, AuthCode, AuthMode, BadRequest, BareEvents, BatchGuids, Charset, ConnectHoldCodes, EmptyPoll,
    EventMethod, ForwardingCallId, HelperCallId, IncomingCallInfo, LastCallFlag, NoInspectorRight, PhoneAlerting,
    PushForm, PutOrPost, ReleaseWhileRinging, SayFree, SecondPoll, StateInCall, TalkForwarding, TransferredCallId,
    Unreachable,
};
use super::options::CcGatewayOptions;

type Change = fn(&mut CcGatewayOptions);

impl CcGatewayOptions {
    /// The default options with one point settled the other way: an entry for each value of each point on which the
    /// documents are silent or disagree, and for the operator's settings that a client notices. Left out is
    /// `guid_on_rotating_sign_in`: without that GUID there is nothing a client could do.
    #[must_use]
    pub fn variants() -> Vec<(&'static str, Self)> {
        let groups = [SIGN_IN, FETCHING, EVENTS, CALLS, SPELLING];
        let all = groups.into_iter().flatten();
        all.map(|(name, change)| {
            let mut options = Self::default();
            change(&mut options);
            (*name, options)
        })
        .collect()
    }
}

const SIGN_IN: &[(&str, Change)] = &[
    ("static GUIDs", |options| options.auth = AuthMode::Static),
    ("GUIDs that change every second", |options| {
        options.auth = AuthMode::Rotating {
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(30),
        };
    }),
    ("a wrong GUID is 100-006", |options| {
        options.missing_guid = AuthCode::NotSignedIn
    }),
    ("a displaced agent gets 000-003", |options| {
        options.displaced = AuthCode::NoRight
    }),
    ("a load balancer's cookie", |options| {
        options.sticky_cookie = Some("huaweielbsession".into())
    }),
    ("agent ids up to 59999", |options| options.largest_agent_id = 59_999),
    ("telephones are checked", |options| options.phone_must_match = true),
    ("queues without reset", |options| options.queues_need_reset = false),
    ("forced sign-in keeps the phone off-hook", |options| {
        options.forced_releases_phone = false
    }),
    ("signed in already after a restart", |options| {
        options.after_restart = AfterRestart::SignedInAlready
    }),
    ("passwords that expire", |options| {
        (options.password_days, options.must_change_password) = (Some(9), true)
    }),
    ("vdnid as a string", |options| options.vdn_id_as_string = true),
];

const FETCHING: &[(&str, Change)] = &[
    ("polls that do not wait", |options| options.poll_wait = Duration::ZERO),
    ("a second poll is refused", |options| {
        options.second_poll = SecondPoll::Refused
    }),
    ("empty polls with null", |options| options.empty_poll = EmptyPoll::Null),
    ("empty polls with an empty array", |options| {
        options.empty_poll = EmptyPoll::EmptyArray
    }),
    ("empty polls with an empty body", |options| {
        options.empty_poll = EmptyPoll::EmptyBody
    }),
    ("one poll for all agents", |options| {
        options.event_method = EventMethod::All
    }),
    ("one poll for all agents, other GUIDs go stale", |options| {
        options.event_method = EventMethod::All;
        options.batch_guids = BatchGuids::GoStale;
    }),
    ("one poll for all agents, one event each", |options| {
        (options.event_method, options.batch_size) = (EventMethod::All, 1)
    }),
    ("pushes in envelopes", |options| options.push_form = PushForm::Envelope),
    ("pushes of one event", |options| options.push_batch = 1),
];

const EVENTS: &[(&str, Change)] = &[
    ("all events bare", |options| options.bare_events = BareEvents::Always),
    ("events bare as printed", |options| {
        options.bare_events = BareEvents::AsPrinted
    }),
    ("events with their time", |options| options.event_gen_time = true),
    ("events with jsonKey", |options| options.json_keys = true),
    ("no incoming call info", |options| {
        options.incoming_call_info = IncomingCallInfo::Never
    }),
    ("call info after talking", |options| {
        options.incoming_call_info = IncomingCallInfo::AfterTalking
    }),
    ("no phone alerting", |options| {
        options.phone_alerting = PhoneAlerting::Never
    }),
    ("phone alerting with its call", |options| {
        options.phone_alerting = PhoneAlerting::Object
    }),
    ("ringing with media type", |options| options.ringing_media_type = true),
    ("transFrom", |options| options.camel_trans_from = true),
    ("agents with a prefix", |options| options.agent_prefix = Some('a')),
    ("agents with a capital prefix", |options| {
        options.agent_prefix = Some('A')
    }),
    ("partners with a blank between them", |options| {
        options.partner_separator = ", "
    }),
    ("partners with a full-width comma", |options| {
        options.partner_separator = "，"
    }),
    ("no recording", |options| options.recording = false),
    ("recordings with format", |options| options.record_format = true),
    ("padded texts", |options| options.padded_texts = true),
    ("no reason for failed calls", |options| options.outbound_detect = false),
    ("one event for a failed call", |options| {
        options.connect_fail_too = false
    }),
    ("old transfer results", |options| options.trans_out_result = true),
    ("customers who give up are told", |options| options.abandon_event = true),
    ("no linkage events", |options| options.linkage_events = false),
    ("no customer release after the own", |options| {
        options.customer_release_after_own = false
    }),
    ("alerting before a blind transfer", |options| {
        options.blind_customer_alerting = true
    }),
    ("ready by one event", |options| options.say_free = SayFree::AlwaysReady),
    ("inspectors' telephones are told", |options| {
        options.inspector_phone_events = true
    }),
];

const CALLS: &[(&str, Change)] = &[
    ("talk forwarding as a conference", |options| {
        options.talk_forwarding = TalkForwarding::Conference
    }),
    ("talk forwarding by both events", |options| {
        options.talk_forwarding = TalkForwarding::Both
    }),
    ("a forwarding has its own call id", |options| {
        options.forwarding_call_id = ForwardingCallId::Own
    }),
    ("a new call id after a transfer", |options| {
        options.transferred_call_id = TransferredCallId::New
    }),
    ("helpers take the customer's call id", |options| {
        options.helper_call_id = HelperCallId::Customers
    }),
    ("unreachable targets are refused", |options| {
        options.unreachable = Unreachable::Retcode
    }),
    ("release hands over while ringing", |options| {
        options.release_while_ringing = ReleaseWhileRinging::HandsOver
    }),
    ("no change of state during a call", |options| {
        options.state_in_call = StateInCall::Refused
    }),
    ("internal calls like others", |options| {
        options.internal_calls_like_others = true
    }),
    ("no tones of agents in a conference", |options| {
        options.agent_digits_in_conference = false
    }),
    ("no specified transfer", |options| options.specified_transfer = false),
    ("external addresses of digits only", |options| {
        options.external_letters = false
    }),
    ("call data of 1024 bytes", |options| options.call_data_limit = 1024),
    ("requeue from any queue", |options| {
        options.requeue_own_queues_only = false
    }),
    ("connecthold with its page's codes", |options| {
        options.connect_hold_codes = ConnectHoldCodes::InterfacePage
    }),
    ("call data by PUT", |options| options.set_call_data = PutOrPost::Put),
    ("call data by POST", |options| options.set_call_data = PutOrPost::Post),
    ("telephones lifted by PUT", |options| {
        options.phone_methods = PutOrPost::Put
    }),
    ("telephones lifted by POST", |options| {
        options.phone_methods = PutOrPost::Post
    }),
    ("the last call where asked for", |options| {
        options.last_call_flag = LastCallFlag::TrueIncludes
    }),
    ("no inspector right is 000-004", |options| {
        options.no_inspector_right = NoInspectorRight::Portal
    }),
];

const SPELLING: &[(&str, Change)] = &[
    ("numeric retcode", |options| options.numeric_retcode = true),
    ("answers in GBK", |options| options.charset = Charset::Gbk),
    ("success as message", |options| options.success_message = "success"),
    ("no result in answers", |options| options.empty_result = false),
    ("path parameters refused by retcode", |options| {
        options.path_mismatch = BadRequest::Retcode
    }),
    ("broken bodies refused by retcode", |options| {
        options.malformed_body = BadRequest::Retcode
    }),
    ("unknown members refused by retcode", |options| {
        options.unknown_property = Some(BadRequest::Retcode)
    }),
    ("unknown members refused by status", |options| {
        options.unknown_property = Some(BadRequest::Http(StatusCode::BAD_REQUEST))
    }),
    ("wrong methods are errors of the server", |options| {
        options.wrong_method = StatusCode::INTERNAL_SERVER_ERROR
    }),
    ("double slashes are no path", |options| options.double_slash = false),
];
