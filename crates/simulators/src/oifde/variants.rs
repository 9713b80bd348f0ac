//! Every value of an option that differs from the default, named for humans: a client must get along with each.

use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;

use super::choices::{
    AgentQueueRoute, Codes, Delivery, ErrorCodeForm, FaultTime, ModeAfterFailure, MonitorBody, SameMode, TokenStyle,
    UnansweredTransfer,
};
use super::options::OifdeOptions;

type Change = fn(&mut OifdeOptions);

impl OifdeOptions {
    /// The default options with one point settled the other way: an entry for each value of each point on which the documentation is
    /// silent or contradicts itself, and for the operator's settings that a client notices.
    #[must_use]
    pub fn variants() -> Vec<(&'static str, Self)> {
        let groups = [TOKENS, SPELLING, CODES, MODES, TRANSFERS, LOOKUPS];
        let all = groups.into_iter().flatten();
        all.map(|(name, change)| {
            let mut options = Self::default();
            change(&mut options);
            (*name, options)
        })
        .collect()
    }
}

const TOKENS: &[(&str, Change)] = &[
    ("tokens of one minute", |options| {
        options.token_life = Duration::from_secs(60)
    }),
    ("tokens like a JWT", |options| options.token_style = TokenStyle::Jwt),
    ("no expireTime", |options| options.tells_expiry = false),
    ("a new token kills the old one", |options| {
        options.new_token_kills_old = true
    }),
    ("accounts that never lock", |options| options.lock_after = None),
    ("the first wrong secret locks", |options| options.lock_after = Some(1)),
    ("token faults with 401", |options| {
        options.token_fault_status = StatusCode::UNAUTHORIZED
    }),
    ("components are not admitted", |options| {
        options.components_admitted = false
    }),
];

const SPELLING: &[(&str, Change)] = &[
    ("refusals with 400", |options| {
        options.refusal_status = StatusCode::BAD_REQUEST
    }),
    ("refusals with 500", |options| {
        options.refusal_status = StatusCode::INTERNAL_SERVER_ERROR
    }),
    ("refusals of the dialog protocol with 200", |options| {
        options.dialog_refusal_status = StatusCode::OK
    }),
    ("broken JSON with 200", |options| {
        options.broken_json_status = StatusCode::OK
    }),
    ("broken JSON with 500", |options| {
        options.broken_json_status = StatusCode::INTERNAL_SERVER_ERROR
    }),
    ("any content type", |options| options.checks_content_type = false),
    ("numbers for strings and strings for numbers", |options| {
        options.strict_types = false
    }),
    ("errorCode a string everywhere", |options| {
        options.error_code = ErrorCodeForm::String
    }),
    ("errorCode an integer everywhere", |options| {
        options.error_code = ErrorCodeForm::Integer
    }),
    ("errorCode absent on success", |options| {
        options.error_code = ErrorCodeForm::AbsentOnSuccess
    }),
    ("errorCode null on success", |options| {
        options.error_code = ErrorCodeForm::NullOnSuccess
    }),
    ("success without code and message", |options| {
        options.error_code = ErrorCodeForm::BareSuccess
    }),
];

const CODES: &[(&str, Change)] = &[
    ("unpublished codes are wrong parameters", |options| {
        options.codes = all_alike(10_000_002)
    }),
    ("unpublished codes are missing parameters", |options| {
        options.codes = all_alike(10_000_003)
    }),
    ("unpublished codes are internal errors", |options| {
        options.codes = all_alike(10_000_001)
    }),
    ("unpublished codes are the other internal error", |options| {
        options.codes = all_alike(200_900_002)
    }),
    ("no token is a missing parameter", |options| {
        options.codes.token_missing = 10_000_002
    }),
    ("no token fails the check", |options| {
        options.codes.token_missing = 900_002
    }),
    ("a killed token has expired", |options| {
        options.new_token_kills_old = true;
        options.codes.token_superseded = 900_001;
    }),
];

const MODES: &[(&str, Change)] = &[
    ("the same mode again succeeds", |options| {
        options.same_mode = SameMode::Accepted
    }),
    ("the robot goes on alone after a failed transfer", |options| {
        options.after_failed_transfer = ModeAfterFailure::Common
    }),
    ("transfer mode stays after a failed transfer", |options| {
        options.after_failed_transfer = ModeAfterFailure::Transfer
    }),
];

const TRANSFERS: &[(&str, Change)] = &[
    ("an unanswered transfer ends the call", |options| {
        options.unanswered_transfer = UnansweredTransfer::EndsCall
    }),
    ("transfers wait for the next turn", |options| {
        options.deliver = Delivery::OnDemand
    }),
    ("types of the flow designer", |options| options.extra_types = true),
    ("every type for voice", |options| {
        options.not_for_voice = BTreeSet::new()
    }),
    ("every type for text", |options| options.not_for_text = BTreeSet::new()),
    ("a wrong medium shows late", |options| {
        options.medium_fault = FaultTime::Late
    }),
    ("a wrong medium is no fault", |options| {
        options.medium_fault = FaultTime::Never
    }),
    ("the last agent needs data", |options| {
        options.last_agent_needs_data = true
    }),
    ("type 8 names an agent", |options| {
        options.type_8 = AgentQueueRoute::Agent
    }),
    ("type 8 names a queue", |options| {
        options.type_8 = AgentQueueRoute::QueueName
    }),
];

const LOOKUPS: &[(&str, Change)] = &[
    ("no records", |options| options.keeps_records = false),
    ("no records of running sessions", |options| {
        options.records_running_sessions = false
    }),
    ("records of outside transfers", |options| {
        options.records_outside_transfers = true
    }),
    ("rtnCode null on success", |options| options.null_return_code = true),
    ("members that no page mentions", |options| {
        options.unknown_members = true
    }),
    ("intentions without a domain", |options| options.silent_use_ipcc = false),
    ("a server that is not healthy", |options| options.healthy = false),
    ("a healthy server in full garbage collection", |options| {
        options.monitor_body = MonitorBody::FullGc
    }),
    ("a healthy server with a deadlock", |options| {
        options.monitor_body = MonitorBody::Deadlock
    }),
    ("health as printed, without its last brace", |options| {
        options.monitor_body = MonitorBody::AsPrinted
    }),
    ("health without a body", |options| {
        options.monitor_body = MonitorBody::Empty
    }),
    ("deadload instead of deadlock", |options| {
        options.deadlock_key = "deadload".into()
    }),
];

/// One code for whatever has none of its own, tokens aside.
fn all_alike(code: u32) -> Codes {
    Codes {
        session_unknown: code,
        wrong_agent: code,
        wrong_state: code,
        bad_type: code,
        wrong_medium: code,
        no_help_request: code,
        ..Codes::default()
    }
}
