//! What a deployment says about its OIFDE tenant. Where the server is belongs to the connection settings, not here.

use std::fmt::Display;
use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result, SecretRef};
use serde::Deserialize;

/// Settings of the adapter `huawei-oifde`; keys are written in kebab-case.
///
/// ```
/// use callcontrol_core::{Secret, SecretRef};
/// use callcontrol_huawei_oifde::OifdeConfig;
///
/// let mut config = OifdeConfig::new("202104237142", SecretRef::from(Secret::new("from the console")));
/// config.renew_at_percent = 90;
/// assert!(config.validate().is_ok());
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct OifdeConfig {
    /// The tenant: `appKey` of `gettoken` and `tenantId` of every request.
    pub tenant_id: String,
    /// Who asks for the token; `tenant` by default. It decides how the token travels and what may be done with it.
    #[serde(default)]
    pub caller: Caller,
    /// `appKey` of `gettoken` for a caller that is no tenant: the account configured at installation, usually `ipcc` or `ODFS_SYS_OPENAPI`.
    #[serde(default)]
    pub app_key: Option<String>,
    /// The *API password* of the tenant's console, or the secret of the account. Read anew for each token, because the console may change it at any time.
    pub api_password: SecretRef,
    /// A token is renewed when this part of its life is over: 10 to 99, 80 by default.
    #[serde(default = "renew_at_percent")]
    pub renew_at_percent: u64,
    /// How long a token lives when the vendor does not say: 60 to 86400, 3600 by default.
    #[serde(default = "token_lifetime_s")]
    pub token_lifetime_s: u64,
    /// How long one `gettoken` may take: 100 to 60000, 5000 by default.
    #[serde(default = "token_timeout_ms")]
    pub token_timeout_ms: u64,
    /// After refused credentials the same password is not tried again for so long, since the vendor locks accounts: 1 to 86400, 300 by default.
    /// A changed password is tried at once.
    #[serde(default = "credentials_pause_s")]
    pub credentials_pause_s: u64,
    /// What a 2xx answer without an error code means for a command; `accept` by default.
    #[serde(default)]
    pub success_without_code: SuccessWithoutCode,
    /// Lets native targets of kind 9, 10 and 34 pass, which newer flow designers know and the interface's page does not list. `false` by default.
    #[serde(default)]
    pub allow_undocumented_types: bool,
    /// The most bytes of call data that travel with a transfer; the vendor publishes no limit. 1 to 1048576, 16384 by default.
    #[serde(default = "max_call_data_bytes")]
    pub max_call_data_bytes: usize,
    /// In which language replies are looked up: `en_US` (the default), `zh_CN`, `pt_BR`, `th_TH`, `fr_FR` or `ar`.
    #[serde(default = "language")]
    pub language: String,
    /// The domain whose replies are looked up; the vendor demands it where the silent agents are its own.
    #[serde(default)]
    pub domain_id: Option<String>,
    /// The most that one look-up gives: 1 to 10000, 1000 by default. A hundred come with each request.
    #[serde(default = "look_up_entries")]
    pub look_up_entries: usize,
    /// After a transfer to an outside number, asks whether it shows among the recorded ones, which settles its outcome; `false` by default.
    /// Recording must be on, and the vendor does not say whether such transfers are recorded at all.
    #[serde(default)]
    pub ask_transfer_records: bool,
    /// How long to ask: 5 to 3600, 120 by default.
    #[serde(default = "transfer_records_window_s")]
    pub transfer_records_window_s: u64,
    /// How often to ask: 1 to 300, 5 by default.
    #[serde(default = "transfer_records_interval_s")]
    pub transfer_records_interval_s: u64,
}

/// The kinds of caller that the vendor knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Caller {
    /// A third party of one tenant: the token travels in the body.
    #[default]
    Tenant,
    /// A third party of the whole installation: the token travels in headers, and only the offline transcription callback is allowed.
    System,
    /// A component of the installation's own: the token travels in headers.
    Internal,
}

/// What a 2xx answer without an error code means. The vendor calls the field optional and says nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SuccessWithoutCode {
    /// Success, as the sister interfaces document it.
    #[default]
    Accept,
    /// Nobody knows: the command fails with an unknown effect.
    Unknown,
}

impl OifdeConfig {
    /// This tenant with this password, everything else as by default.
    #[must_use]
    pub fn new(tenant_id: impl Into<String>, api_password: SecretRef) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            caller: Caller::default(),
            app_key: None,
            api_password,
            renew_at_percent: renew_at_percent(),
            token_lifetime_s: token_lifetime_s(),
            token_timeout_ms: token_timeout_ms(),
            credentials_pause_s: credentials_pause_s(),
            success_without_code: SuccessWithoutCode::default(),
            allow_undocumented_types: false,
            max_call_data_bytes: max_call_data_bytes(),
            language: language(),
            domain_id: None,
            look_up_entries: look_up_entries(),
            ask_transfer_records: false,
            transfer_records_window_s: transfer_records_window_s(),
            transfer_records_interval_s: transfer_records_interval_s(),
        }
    }

    /// Checks every value; the secret is not read.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming key, value and expectation.
    pub fn validate(&self) -> Result<()> {
        name("tenant-id", &self.tenant_id, "202104237142")?;
        self.validate_caller()?;
        within("renew-at-percent", self.renew_at_percent, 10, 99)?;
        within("token-lifetime-s", self.token_lifetime_s, 60, 86_400)?;
        within("token-timeout-ms", self.token_timeout_ms, 100, 60_000)?;
        within("credentials-pause-s", self.credentials_pause_s, 1, 86_400)?;
        within("max-call-data-bytes", self.max_call_data_bytes, 1, 1_048_576)?;
        within("look-up-entries", self.look_up_entries, 1, 10_000)?;
        within("transfer-records-window-s", self.transfer_records_window_s, 5, 3600)?;
        within("transfer-records-interval-s", self.transfer_records_interval_s, 1, 300)?;
        if !LANGUAGES.contains(&self.language.as_str()) {
            let found = format!("\"{}\"", self.language);
            return Err(bad("language", &found, &format!("one of {}", LANGUAGES.join(", "))));
        }
        match &self.domain_id {
            Some(domain) => name("domain-id", domain, "1"),
            None => Ok(()),
        }
    }

    fn validate_caller(&self) -> Result<()> {
        match (self.caller, &self.app_key) {
            (Caller::Tenant, None) => Ok(()),
            (Caller::Tenant, Some(_)) => Err(bad(
                "app-key",
                "given",
                "none with caller = \"tenant\", which is known by its tenant-id",
            )),
            (Caller::System | Caller::Internal, Some(account)) => name("app-key", account, "ipcc"),
            (Caller::System | Caller::Internal, None) => {
                Err(bad("app-key", "not given", "the account configured at installation"))
            }
        }
    }

    /// `appKey` of `gettoken`.
    pub(crate) fn account(&self) -> &str {
        self.app_key.as_deref().unwrap_or(&self.tenant_id)
    }

    pub(crate) fn token_timeout(&self) -> Duration {
        Duration::from_millis(self.token_timeout_ms)
    }

    pub(crate) fn token_lifetime(&self) -> Duration {
        Duration::from_secs(self.token_lifetime_s)
    }

    pub(crate) fn credentials_pause(&self) -> Duration {
        Duration::from_secs(self.credentials_pause_s)
    }

    pub(crate) fn transfer_records_window(&self) -> Duration {
        Duration::from_secs(self.transfer_records_window_s)
    }

    pub(crate) fn transfer_records_interval(&self) -> Duration {
        Duration::from_secs(self.transfer_records_interval_s)
    }
}

fn name(key: &str, value: &str, example: &str) -> Result<()> {
    if (1..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let expected = format!("1 to 64 ASCII characters without blanks, e.g. \"{example}\"");
    Err(bad(key, &format!("\"{value}\""), &expected))
}

fn within<T: PartialOrd + Display + Copy>(key: &str, value: T, least: T, most: T) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(bad(key, &value.to_string(), &format!("{least} to {most}")))
}

fn bad(key: &str, found: &str, expected: &str) -> Error {
    let message = format!("huawei-oifde: {key} is {found}, expected {expected}");
    Error::new(ErrorKind::Config, Effect::None, message)
}

fn renew_at_percent() -> u64 {
    80
}

fn token_lifetime_s() -> u64 {
    3600
}

fn token_timeout_ms() -> u64 {
    5000
}

fn credentials_pause_s() -> u64 {
    300
}

fn max_call_data_bytes() -> usize {
    16_384
}

fn language() -> String {
    "en_US".to_owned()
}

fn look_up_entries() -> usize {
    1000
}

fn transfer_records_window_s() -> u64 {
    120
}

fn transfer_records_interval_s() -> u64 {
    5
}

/// Vendor page, section 7.4.
const LANGUAGES: [&str; 6] = ["en_US", "zh_CN", "pt_BR", "th_TH", "fr_FR", "ar"];

#[cfg(test)]
mod tests {
    use callcontrol_core::Secret;

    use super::*;

    fn parse(text: &str) -> std::result::Result<OifdeConfig, toml::de::Error> {
        toml::from_str(text)
    }

    const LEAST: &str = "tenant-id = \"202104237142\"\napi-password = { env = \"OIFDE_PASSWORD\" }\n";

    #[test]
    fn tenant_and_password_are_enough() {
        let config = parse(LEAST).expect("valid");
        config.validate().expect("valid");
        assert_eq!((config.renew_at_percent, config.token_lifetime_s), (80, 3600));
        assert_eq!(config.success_without_code, SuccessWithoutCode::Accept);
        assert!(!config.allow_undocumented_types);
    }

    #[test]
    fn a_caller_that_is_no_tenant_is_known_by_its_account() {
        let config = parse(&format!("{LEAST}caller = \"internal\"\napp-key = \"ipcc\"\n")).expect("well-formed");
        config.validate().expect("valid");
        assert_eq!(config.account(), "ipcc");
        assert_eq!(parse(LEAST).expect("valid").account(), "202104237142");
    }

    #[test]
    fn an_unknown_key_and_a_password_in_the_file_are_refused_without_showing_it() {
        let unknown = parse(&format!("{LEAST}tenant = \"1\"\n")).expect_err("unknown key");
        assert!(unknown.to_string().contains("tenant"), "{unknown}");
        let plain = parse("tenant-id = \"1\"\napi-password = \"CANARY\"\n").expect_err("plain");
        assert!(plain.message().contains("may not stand in the file"), "{plain}");
        assert!(parse("tenant-id = \"1\"\n").is_err());
    }

    #[test]
    fn a_value_out_of_bounds_is_named_with_what_is_expected() {
        for (line, key) in [
            ("renew-at-percent = 100", "renew-at-percent"),
            ("renew-at-percent = 0", "renew-at-percent"),
            ("token-lifetime-s = 5", "token-lifetime-s"),
            ("token-timeout-ms = 0", "token-timeout-ms"),
            ("credentials-pause-s = 0", "credentials-pause-s"),
            ("max-call-data-bytes = 0", "max-call-data-bytes"),
            ("look-up-entries = 0", "look-up-entries"),
            ("transfer-records-window-s = 4", "transfer-records-window-s"),
            ("transfer-records-interval-s = 0", "transfer-records-interval-s"),
            ("language = \"en\"", "language"),
            ("domain-id = \"\"", "domain-id"),
            ("app-key = \"ipcc\"", "app-key"),
            ("caller = \"internal\"", "app-key"),
            ("caller = \"system\"\napp-key = \"a b\"", "app-key"),
        ] {
            let config = parse(&format!("{LEAST}{line}\n")).expect("well-formed");
            let error = config.validate().expect_err(line);
            assert_eq!(error.kind(), ErrorKind::Config, "{line}");
            assert!(
                error.message().contains(key) && error.message().contains("expected"),
                "{error}"
            );
        }
        for tenant in ["", "2021 0423", "租户", &"1".repeat(65)] {
            let config = OifdeConfig::new(tenant, SecretRef::from(Secret::new("x")));
            assert_eq!(config.validate().expect_err(tenant).kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = OifdeConfig::new("1", SecretRef::from(Secret::new("CANARY")));
        assert!(!format!("{config:?}").contains("CANARY"));
    }
}
