//! What a deployment sets about Genesys Web Services. Address, certificates and proxy belong to the connection and are not here.

use std::collections::BTreeMap;
use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result, Secret, SecretRef};
use serde::Deserialize;

/// Settings of the adapter; every one has a default.
///
/// ```
/// # use callcontrol_genesys_gws::GwsConfig;
/// let config: GwsConfig = serde_json::from_str(r#"{ "place": "Place_7001", "effect-timeout-ms": 4000 }"#)?;
/// config.validate().expect("within bounds");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct GwsConfig {
    /// Place to sign in at; without it the agent's default place.
    pub place: Option<String>,
    /// Agent login; without it one on the same switch is chosen.
    pub login_code: Option<String>,
    /// ACD queue of the login, where the switch wants one.
    pub queue: Option<String>,
    /// T-Server location (switch) of destinations, in a multi-site set-up.
    pub location: Option<String>,
    /// What differs for single agents, by user name.
    pub agents: BTreeMap<String, Seat>,
    /// How long one HTTP exchange may take when the caller sets no deadline, 100 to 60000.
    pub request_timeout_ms: u64,
    /// How long the effect of an accepted request may take before the state is asked for, 100 to 60000.
    pub effect_timeout_ms: u64,
    /// How long a switch that retrieves the customer by itself after a consult gets for it, before we do, 0 to 10000.
    pub auto_retrieve_wait_ms: u64,
    /// How long the target of a release-after transfer or a one-step conference may ring, 1 to 100.
    pub answer_timeout_s: u64,
    /// Whether to sign in again by itself when the server has forgotten the session or somebody has signed the agent out.
    pub sign_in_again: SignInAgain,
    /// Over how long the agents of a site spread their return when all lose the server at once, 0 to 60000.
    pub return_spread_ms: u64,
    /// How often the server is asked for the state when nothing else is: keeps the HTTP session, finds calls whose end was not told. 0 (never) to 3600.
    pub keep_alive_s: u64,
    /// Work mode of `Ready`, where the switch wants one.
    pub work_mode: Option<WorkMode>,
    /// Seconds of after-call work asked for with the state, where the switch takes them, 0 to 86400.
    pub wrap_up_time_s: Option<u32>,
}

/// When the adapter signs an agent in again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignInAgain {
    /// Never: the session is lost.
    Never,
    /// When the HTTP session is gone (expired, server restarted, other node). An agent whom somebody signed out stays signed out.
    #[default]
    AfterLinkLoss,
    /// Also when somebody signed the agent out; at most once a minute.
    Always,
}

/// How the agent gets ready after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WorkMode {
    /// By hand.
    ManualIn,
    /// By itself.
    AutoIn,
}

impl WorkMode {
    /// The vendor's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ManualIn => "ManualIn",
            Self::AutoIn => "AutoIn",
        }
    }
}

/// What differs for one agent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Seat {
    /// Place to sign in at.
    pub place: Option<String>,
    /// Agent login.
    pub login_code: Option<String>,
    /// ACD queue of the login.
    pub queue: Option<String>,
    /// Where the password is, for applications that do not give it at sign-in.
    pub password: Option<SecretRef>,
}

impl Default for GwsConfig {
    fn default() -> Self {
        Self {
            place: None,
            login_code: None,
            queue: None,
            location: None,
            agents: BTreeMap::new(),
            request_timeout_ms: 5_000,
            effect_timeout_ms: 5_000,
            auto_retrieve_wait_ms: 400,
            answer_timeout_s: 45,
            sign_in_again: SignInAgain::default(),
            return_spread_ms: 1_000,
            keep_alive_s: 240,
            work_mode: None,
            wrap_up_time_s: None,
        }
    }
}

impl GwsConfig {
    /// Checks the bounds.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming key, value and expectation.
    pub fn validate(&self) -> Result<()> {
        within("request-timeout-ms", self.request_timeout_ms, 100, 60_000)?;
        within("effect-timeout-ms", self.effect_timeout_ms, 100, 60_000)?;
        within("auto-retrieve-wait-ms", self.auto_retrieve_wait_ms, 0, 10_000)?;
        within("answer-timeout-s", self.answer_timeout_s, 1, 100)?;
        within("return-spread-ms", self.return_spread_ms, 0, 60_000)?;
        within("keep-alive-s", self.keep_alive_s, 0, 3_600)?;
        within(
            "wrap-up-time-s",
            self.wrap_up_time_s.unwrap_or_default().into(),
            0,
            86_400,
        )?;
        let texts = [
            ("place", &self.place),
            ("login-code", &self.login_code),
            ("queue", &self.queue),
            ("location", &self.location),
        ];
        for (key, text) in texts {
            not_blank(key, text.as_deref())?;
        }
        for (agent, seat) in &self.agents {
            for (key, text) in [
                ("place", &seat.place),
                ("login-code", &seat.login_code),
                ("queue", &seat.queue),
            ] {
                not_blank(&format!("agents.{agent}.{key}"), text.as_deref())?;
            }
        }
        Ok(())
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    pub(crate) fn effect_timeout(&self) -> Duration {
        Duration::from_millis(self.effect_timeout_ms)
    }

    pub(crate) fn auto_retrieve_wait(&self) -> Duration {
        Duration::from_millis(self.auto_retrieve_wait_ms)
    }

    pub(crate) fn return_spread(&self) -> Duration {
        Duration::from_millis(self.return_spread_ms)
    }

    /// `None` when the state is never asked for unless needed.
    pub(crate) fn keep_alive(&self) -> Option<Duration> {
        (self.keep_alive_s > 0).then(|| Duration::from_secs(self.keep_alive_s))
    }

    pub(crate) fn answer_timeout(&self) -> Duration {
        Duration::from_secs(self.answer_timeout_s)
    }

    pub(crate) fn place_of(&self, agent: &str) -> Option<&str> {
        self.seat(agent)
            .and_then(|seat| seat.place.as_deref())
            .or(self.place.as_deref())
    }

    pub(crate) fn login_code_of(&self, agent: &str) -> Option<&str> {
        self.seat(agent)
            .and_then(|seat| seat.login_code.as_deref())
            .or(self.login_code.as_deref())
    }

    pub(crate) fn queue_of(&self, agent: &str) -> Option<&str> {
        self.seat(agent)
            .and_then(|seat| seat.queue.as_deref())
            .or(self.queue.as_deref())
    }

    pub(crate) fn password_of(&self, agent: &str) -> Result<Option<Secret>> {
        self.seat(agent)
            .and_then(|seat| seat.password.as_ref())
            .map(SecretRef::resolve)
            .transpose()
    }

    fn seat(&self, agent: &str) -> Option<&Seat> {
        self.agents.get(agent)
    }
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(config(format!(
        "{key} = {value}: a whole number from {least} to {most} is expected"
    )))
}

fn not_blank(key: &str, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) if text.trim().is_empty() => {
            Err(config(format!("{key} is blank: give a value or leave the key out")))
        }
        Some(_) | None => Ok(()),
    }
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, Effect::None, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<GwsConfig, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn an_agent_without_a_seat_of_his_own_gets_the_common_one() {
        let config = read(r#"{"place":"P1","queue":"8000","agents":{"ann":{"place":"P2"}}}"#).expect("valid");
        assert_eq!(
            (config.place_of("ann"), config.place_of("bob")),
            (Some("P2"), Some("P1"))
        );
        assert_eq!(config.queue_of("ann"), Some("8000"));
        assert_eq!(config.login_code_of("ann"), None);
    }

    #[test]
    fn unknown_keys_and_values_out_of_bounds_are_named() {
        assert!(
            read(r#"{"plaice":"P1"}"#)
                .expect_err("unknown")
                .to_string()
                .contains("plaice")
        );
        assert!(
            read(r#"{"agents":{"ann":{"password":"hunter2"}}}"#).is_err(),
            "no secret in the file itself"
        );
        let error = read(r#"{"effect-timeout-ms":5}"#)
            .expect("json")
            .validate()
            .expect_err("too short");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            error.to_string().contains("effect-timeout-ms = 5") && error.to_string().contains("100 to 60000"),
            "{error}"
        );
        let blank = read(r#"{"agents":{"ann":{"place":" "}}}"#)
            .expect("json")
            .validate()
            .expect_err("blank");
        assert!(blank.to_string().contains("agents.ann.place"), "{blank}");
        assert!(GwsConfig::default().validate().is_ok());
        let seldom = read(r#"{"keep-alive-s":3601}"#).expect("json").validate();
        assert!(
            seldom
                .expect_err("too seldom")
                .to_string()
                .contains("keep-alive-s = 3601")
        );
    }

    #[test]
    fn signing_in_again_is_one_of_three_words() {
        for (word, meant) in [
            ("never", SignInAgain::Never),
            ("after-link-loss", SignInAgain::AfterLinkLoss),
            ("always", SignInAgain::Always),
        ] {
            let config = read(&format!(r#"{{"sign-in-again":"{word}"}}"#)).expect("valid");
            assert_eq!(config.sign_in_again, meant);
        }
        assert!(read(r#"{"sign-in-again":"sometimes"}"#).is_err());
        assert_eq!(
            read(r#"{"work-mode":"auto-in"}"#)
                .expect("valid")
                .work_mode
                .map(WorkMode::word),
            Some("AutoIn")
        );
    }
}
