//! What the vendor does not publish, or lets an installation choose: the options of the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::catalogue::{Flow, Intention};
use super::choices::{
    AgentQueueRoute, Codes, Delivery, ErrorCodeForm, FaultTime, ModeAfterFailure, MonitorBody, SameMode, TokenStyle,
    UnansweredTransfer,
};
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
    /// Secrets of system-level third parties, by account: `ODFS_SYS_OPENAPI` with `system-secret`. Their tokens come in the headers
    /// `username` and `token` and open nothing here: what they may call is not simulated.
    pub system_accounts: BTreeMap<String, ApiPassword>,
    /// Secrets of internal components, by account: `ipcc` with `ipcc-secret`. Their tokens come in the same headers, for any tenant.
    pub component_accounts: BTreeMap<String, ApiPassword>,
    /// Whether internal components may call the interfaces simulated here too (section 3, unconfirmed).
    pub components_admitted: bool,
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
    /// What becomes of a customer whose transfer rang and was not answered (end of section 8, an inference).
    pub unanswered_transfer: UnansweredTransfer,
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
    /// How many sessions are kept; the oldest that are over are forgotten, with their records.
    pub sessions_kept: usize,
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
    /// Whether `servicemonitor` says 200; 400 otherwise.
    pub healthy: bool,
    /// What `servicemonitor` says besides 200.
    pub monitor_body: MonitorBody,
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
            system_accounts: BTreeMap::from([("ODFS_SYS_OPENAPI".into(), "system-secret".into())]),
            component_accounts: BTreeMap::from([("ipcc".into(), "ipcc-secret".into())]),
            components_admitted: true,
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
            unanswered_transfer: UnansweredTransfer::default(),
            after_failed_transfer: ModeAfterFailure::default(),
            robot_ivr: "9000".into(),
            digital_assistants: BTreeSet::from(["9600".into()]),
            message_box: "message-box".into(),
            keeps_records: true,
            sessions_kept: 10_000,
            records_running_sessions: true,
            records_outside_transfers: false,
            null_return_code: false,
            unknown_members: false,
            flows: Flow::of_the_scenery(),
            intentions: Intention::of_the_scenery(),
            silent_use_ipcc: true,
            healthy: true,
            monitor_body: MonitorBody::default(),
            deadlock_key: "deadlock".into(),
            epoch: NEW_YEAR_2026,
        }
    }
}

impl OifdeOptions {
    /// The secret of any of the three kinds of caller.
    pub(super) fn password_of(&self, account: &str) -> Option<&ApiPassword> {
        if account == self.tenant_id {
            return Some(&self.api_password);
        }
        let others = [&self.other_tenants, &self.system_accounts, &self.component_accounts];
        others.into_iter().find_map(|accounts| accounts.get(account))
    }

    pub(super) fn is_tenant(&self, account: &str) -> bool {
        account == self.tenant_id || self.other_tenants.contains_key(account)
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

/// 2026-01-01 00:00:00 UTC.
const NEW_YEAR_2026: u64 = 1_767_225_600;
