//! What the vendor does not publish, or lets an installation choose: the options of the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::catalogue::{Flow, Intention};
use super::transfer::TransferType;

/// How this simulated installation behaves. The defaults fit [`scenery::switch`](crate::scenery::switch); section numbers are those of
/// the vendor reference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OifdeOptions {
    /// The tenant (`appKey`, `tenantId`): `202104237142`.
    pub tenant_id: String,
    /// The tenant's API password (`appSecret`): `oifde-secret`.
    pub api_password: ApiPassword,
    /// API passwords of further tenants, by tenant id.
    pub other_tenants: BTreeMap<String, ApiPassword>,
    /// How long a token lives, in tokio's time; by default 3600 s.
    pub token_life: Duration,
    /// What a token looks like; clients must assume nothing.
    pub token_style: TokenStyle,
    /// Whether the answer of `gettoken` tells the lifetime (`expireTime` is optional).
    pub tells_expiry: bool,
    /// Whether a new token kills the tenant's older ones (section 3, unconfirmed).
    pub new_token_kills_old: bool,
    /// After how many wrong secrets in a row an account is locked; `None` for never.
    pub lock_after: Option<u32>,
    /// HTTP status with the codes of an expired, missing or wrong token (200 or 401, unconfirmed).
    pub token_fault_status: StatusCode,
    /// HTTP status with any other refusal under `/rest/api/` (unconfirmed).
    pub refusal_status: StatusCode,
    /// HTTP status with a refusal of the dialog protocol (section 2: 500).
    pub dialog_refusal_status: StatusCode,
    /// HTTP status for a body that is no JSON object (unconfirmed).
    pub broken_json_status: StatusCode,
    /// Whether a request without `Content-Type: application/json` is refused with 415.
    pub checks_content_type: bool,
    /// Whether a number in place of a string, or the reverse, is refused as a wrong parameter.
    pub strict_types: bool,
    /// How answers spell `errorCode`.
    pub error_code: ErrorCodeForm,
    /// Codes that the vendor does not publish.
    pub codes: Codes,
    /// Whether switching to the mode that is on already succeeds (section 4.5, unconfirmed).
    pub same_mode: SameMode,
    /// Whether the flow designer's transfer types 9, 10 and 34 are known here too (section 4.4, unconfirmed).
    pub extra_types: bool,
    /// Transfer types refused for voice.
    pub not_for_voice: BTreeSet<TransferType>,
    /// Transfer types refused for text. That type 5 is among them is an inference.
    pub not_for_text: BTreeSet<TransferType>,
    /// When a type that the medium does not allow shows.
    pub medium_fault: FaultTime,
    /// Whether types 7 and 31 fail (late) without channel-associated data, as newer flow documentation demands.
    pub last_agent_needs_data: bool,
    /// What the route value of type 8 names; the documentation contradicts itself.
    pub type_8: AgentQueueRoute,
    /// Who takes the access party's next turn, in which a transfer really happens.
    pub deliver: Delivery,
    /// The mode after a transfer that failed (section 4.5, unconfirmed).
    pub after_failed_transfer: ModeAfterFailure,
    /// Code of the robot's IVR on the switch, where sessions begin; added to the switch when it is missing.
    pub robot_ivr: String,
    /// Route codes of online digital assistants (type 6); each becomes an IVR of that code on the switch.
    pub digital_assistants: BTreeSet<String>,
    /// Begins the code of the IVR that stands for a message box on the switch (types 31 to 33), such as `message-box:queue:25`.
    pub message_box: String,
    /// The tenant parameter `FLOWRECORDFLAG`; without it the record query finds nothing.
    pub keeps_records: bool,
    /// Whether sessions are in the records while they last (section 4.6, unconfirmed).
    pub records_running_sessions: bool,
    /// Whether transfers to outside numbers are in `queryTransferRecordHistory` (section 7.5, unconfirmed).
    pub records_outside_transfers: bool,
    /// Whether `queryHistory` says success with `null` instead of 0.
    pub null_return_code: bool,
    /// Whether list items carry a member that no page mentions.
    pub unknown_members: bool,
    /// The flows published here.
    pub flows: Vec<Flow>,
    /// The intentions a silent agent can reply with.
    pub intentions: Vec<Intention>,
    /// The server setting `oifde.slient.use` = `ipcc`, which makes `domainInfo` mandatory in the intention query.
    pub silent_use_ipcc: bool,
    /// What `servicemonitor` reports.
    pub healthy: bool,
    /// How `servicemonitor` spells its second key: `deadlock` in the sample, `deadload` in the table.
    pub deadlock_key: String,
    /// Wall-clock time at which the simulator starts, in seconds since 1970, UTC.
    pub epoch: u64,
}

impl Default for OifdeOptions {
    fn default() -> Self {
        Self {
            tenant_id: "202104237142".into(),
            api_password: "oifde-secret".into(),
            other_tenants: BTreeMap::new(),
            token_life: Duration::from_secs(3600),
            token_style: TokenStyle::default(),
            tells_expiry: true,
            new_token_kills_old: false,
            lock_after: Some(5),
            token_fault_status: StatusCode::OK,
            refusal_status: StatusCode::OK,
            dialog_refusal_status: StatusCode::INTERNAL_SERVER_ERROR,
            broken_json_status: StatusCode::BAD_REQUEST,
            checks_content_type: true,
            strict_types: true,
            error_code: ErrorCodeForm::default(),
            codes: Codes::default(),
            same_mode: SameMode::default(),
            extra_types: false,
            not_for_voice: TransferType::ALL
                .into_iter()
                .filter(|kind| kind.is_multimedia_only())
                .collect(),
            not_for_text: BTreeSet::from([TransferType::Ivr, TransferType::OutsideNumber]),
            medium_fault: FaultTime::default(),
            last_agent_needs_data: false,
            type_8: AgentQueueRoute::default(),
            deliver: Delivery::default(),
            after_failed_transfer: ModeAfterFailure::default(),
            robot_ivr: "9000".into(),
            digital_assistants: BTreeSet::from(["9600".into()]),
            message_box: "message-box".into(),
            keeps_records: true,
            records_running_sessions: true,
            records_outside_transfers: false,
            null_return_code: false,
            unknown_members: false,
            flows: Flow::of_the_scenery(),
            intentions: Intention::of_the_scenery(),
            silent_use_ipcc: true,
            healthy: true,
            deadlock_key: "deadlock".into(),
            epoch: NEW_YEAR_2026,
        }
    }
}

impl OifdeOptions {
    pub(super) fn password_of(&self, tenant: &str) -> Option<&ApiPassword> {
        if tenant == self.tenant_id {
            Some(&self.api_password)
        } else {
            self.other_tenants.get(tenant)
        }
    }
}

/// A tenant's API password. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiPassword(String);

impl ApiPassword {
    /// The password itself, for whoever has to configure a client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ApiPassword {
    fn from(password: &str) -> Self {
        Self(password.into())
    }
}

impl fmt::Debug for ApiPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The shape of tokens; both occur in the documentation's masked samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenStyle {
    /// Short alphanumerics.
    #[default]
    Short,
    /// Three dotted parts beginning with `eyJ`.
    Jwt,
}

/// How `errorCode` is spelt in answers. `gettoken` always has one; the dialog protocol's `ret` and `queryHistory`'s `rtnCode` stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorCodeForm {
    /// As each interface's page says: here a string, there an integer, elsewhere absent on success.
    #[default]
    Documented,
    /// A string everywhere.
    String,
    /// An integer everywhere.
    Integer,
    /// Absent on success everywhere.
    AbsentOnSuccess,
    /// `null` on success everywhere.
    NullOnSuccess,
    /// On success neither code nor message, so that the answer of a mode change is `{}`.
    BareSuccess,
}

/// Codes for refusals whose code the vendor does not publish (section 9). The defaults are made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Codes {
    /// No such session, or one that is over.
    pub session_unknown: u32,
    /// Another agent is bound to the session.
    pub wrong_agent: u32,
    /// The session is not in supervision or insertion, or in the mode asked for already.
    pub wrong_state: u32,
    /// A transfer type that does not exist.
    pub bad_type: u32,
    /// A transfer type that the session's medium does not allow.
    pub wrong_medium: u32,
    /// A reply to a help request that is not pending.
    pub no_help_request: u32,
    /// A token that is missing altogether: 900001 by its published meaning, or 10000002 as any mandatory member.
    pub token_missing: u32,
    /// A token killed by a newer one.
    pub token_superseded: u32,
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            session_unknown: 20_900_001,
            wrong_agent: 20_900_002,
            wrong_state: 20_900_003,
            bad_type: 20_900_004,
            wrong_medium: 20_900_005,
            no_help_request: 20_900_006,
            token_missing: 900_001,
            token_superseded: 900_002,
        }
    }
}

/// What a switch to the mode that is on already gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameMode {
    /// The code for a wrong state.
    #[default]
    Refused,
    /// Success, and nothing changes.
    Accepted,
}

/// When a fault that could be known at once shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaultTime {
    /// In the answer.
    #[default]
    AtOnce,
    /// The order is accepted, and the transfer fails.
    Late,
    /// Never: the transfer is carried out.
    Never,
}

/// What the route value of transfer type 8, the queue of a given agent, names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentQueueRoute {
    /// The agent, or else the queue.
    #[default]
    Either,
    /// The agent's work number; the call goes to the first queue the agent serves.
    Agent,
    /// The queue's name.
    QueueName,
}

/// Who takes the access party's next turn after a transfer was accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// The simulator itself, as soon as the answer is settled.
    #[default]
    Immediately,
    /// The test, with [`deliver`](super::OifdeSimulator::deliver) or over the dialog protocol.
    OnDemand,
}

/// In which mode a failed transfer leaves its session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModeAfterFailure {
    /// Back in supervision or insertion, as before.
    #[default]
    AsBefore,
    /// The robot goes on alone.
    Common,
    /// In transfer mode for ever.
    Transfer,
}

/// 2026-01-01 00:00:00 UTC.
const NEW_YEAR_2026: u64 = 1_767_225_600;
