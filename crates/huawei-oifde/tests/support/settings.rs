//! What the vendor does not publish, as settings of the simulator: one name and one change each. A client must pass with every one (vendor page, section 13).

use std::time::Duration;

use callcontrol_simulators::oifde::{
    AgentQueueRoute, Delivery, ErrorCodeForm, FaultTime, ModeAfterFailure, OifdeOptions, SameMode, TokenStyle,
};

/// A setting by name.
pub(crate) type Setting = (&'static str, fn(&mut OifdeOptions));

/// Every unknown, each way.
pub(crate) const SETTINGS: &[Setting] = &[
    ("as documented", |_| {}),
    ("codes as text", |options| options.error_code = ErrorCodeForm::String),
    ("codes as numbers", |options| {
        options.error_code = ErrorCodeForm::Integer
    }),
    ("no code on success", |options| {
        options.error_code = ErrorCodeForm::AbsentOnSuccess
    }),
    ("null on success", |options| {
        options.error_code = ErrorCodeForm::NullOnSuccess
    }),
    ("bare success", |options| {
        options.error_code = ErrorCodeForm::BareSuccess
    }),
    ("rtnCode null", |options| options.null_return_code = true),
    ("a refused token with 401", |options| {
        options.token_fault_status = status(401)
    }),
    ("a refused token with 403", |options| {
        options.token_fault_status = status(403)
    }),
    ("a refused token with 500", |options| {
        options.token_fault_status = status(500)
    }),
    ("refusals with 400", |options| options.refusal_status = status(400)),
    ("refusals with 403", |options| options.refusal_status = status(403)),
    ("refusals with 500", |options| options.refusal_status = status(500)),
    ("a new token kills the old one", |options| {
        options.new_token_kills_old = true
    }),
    ("a killed token counts as expired", |options| {
        options.new_token_kills_old = true;
        options.codes.token_superseded = 900_001;
    }),
    ("the life of a token is not told", |options| {
        options.tells_expiry = false
    }),
    ("tokens with dots", |options| options.token_style = TokenStyle::Jwt),
    ("a lenient server", |options| {
        options.strict_types = false;
        options.checks_content_type = false;
    }),
    ("other codes", |options| {
        options.codes.session_unknown = 1;
        options.codes.wrong_agent = 2;
        options.codes.wrong_state = 3;
        options.codes.bad_type = 4;
        options.codes.wrong_medium = 5;
        options.codes.no_help_request = 6;
        options.codes.token_missing = 10_000_002;
    }),
    ("the same mode again is accepted", |options| {
        options.same_mode = SameMode::Accepted
    }),
    ("more types", |options| options.extra_types = true),
    ("a wrong medium shows late", |options| {
        options.medium_fault = FaultTime::Late
    }),
    ("a wrong medium never shows", |options| {
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
    ("the robot takes its turn at once", |options| {
        options.deliver = Delivery::Immediately
    }),
    ("a failed transfer ends in common", |options| {
        options.after_failed_transfer = ModeAfterFailure::Common
    }),
    ("a failed transfer stays one", |options| {
        options.after_failed_transfer = ModeAfterFailure::Transfer
    }),
    ("no records", |options| options.keeps_records = false),
    ("records of the past only", |options| {
        options.records_running_sessions = false
    }),
    ("records of outside transfers", |options| {
        options.records_outside_transfers = true
    }),
    ("members that nobody knows", |options| options.unknown_members = true),
    ("no domain needed", |options| options.silent_use_ipcc = false),
    ("deadload", |options| options.deadlock_key = "deadload".to_owned()),
    ("short-lived tokens", |options| {
        options.token_life = Duration::from_secs(60)
    }),
    ("broken JSON with 200", |options| {
        options.broken_json_status = status(200)
    }),
];

pub(crate) fn status(code: u16) -> http::StatusCode {
    http::StatusCode::from_u16(code).expect("a status")
}
