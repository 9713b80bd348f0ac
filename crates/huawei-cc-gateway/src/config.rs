//! The adapter's settings, as they stand in a deployment's file. Where the gateway is reached belongs to the transport, not here.

use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result, Secret, SecretRef};
use serde::Deserialize;

/// Settings of the CC-Gateway adapter; every key has a default that suits a current gateway in polling mode.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct CcGatewayConfig {
    /// Queues to sign in to after the agent's sign-in: `"all"` that are configured for the agent (default), or a list of skill ids.
    pub queues: Queues,
    /// Client time-out of one event poll, milliseconds, 11 000 to 110 000. The gateway holds a poll for 10 s by default, so it must be well above that;
    /// default 30 000.
    pub poll_timeout_ms: u64,
    /// Pause before the next poll after an event, milliseconds, at most 5000; default 0, as the vendor's own clients do.
    pub pause_after_event_ms: u64,
    /// Pause before the next poll after an answer without event, milliseconds, 10 to 5000; default 200. A gateway that does not hold polls answers at once.
    pub pause_after_empty_ms: u64,
    /// Longest first pause before trying to restore a broken event link, milliseconds, 50 to 10 000; doubles with each failure; default 500.
    pub recovery_first_ms: u64,
    /// Longest pause between attempts to restore a broken event link, milliseconds, up to 60 000; default 10 000. Two minutes without a poll sign the agent out.
    pub recovery_most_ms: u64,
    /// Span over which agents whom a restarted gateway has forgotten sign in again, milliseconds, up to 60 000; default 3000. Raise it with the number of agents.
    pub sign_in_spread_ms: u64,
    /// Whether a lost session signs in again by itself: `"after-link-loss"` (default), `"always"`, `"never"`.
    pub sign_in_again: SignInAgain,
    /// How events come: `"poll"` each agent (default), `"batch"` one poll for all agents of the gateway, `"push"` to the application's own server.
    pub events: Events,
    /// Push mode: the URL of the application's own server at which the gateway delivers events, at most 200 characters.
    pub callback_url: Option<String>,
    /// Push mode: the token that each push must carry, 1 to 50 letters and digits.
    pub service_token: Option<SecretRef>,
    /// Push mode: pause between heart-beats, seconds, 5 to 100; default 30.
    pub handshake_interval_s: u64,
    /// Push mode: whether the credential that a push carries beside the token must be that of the agent's present stay; default true.
    pub push_checks_guid: bool,
    /// Batch mode: how often each agent's credential is renewed, seconds, 5 to 100; default 45.
    pub renew_guid_s: u64,
    /// Spelling of the queue in a request for a waiting call: `"skillId"` (default, the documents) or `"skillid"` (the routes of 2018).
    pub request_call_query: RequestCallQuery,
    /// Deadline of a command that brings none of its own, milliseconds, 500 to 120 000; default 10 000.
    pub request_timeout_ms: u64,
    /// Method of `setcalldataex`: `"post"` (default, seen in 2025) or `"put"` (the vendor's sample of 2018).
    pub call_data_method: CallDataMethod,
    /// After a call the phone goes on-hook; default true. With false it stays off-hook ("long call").
    pub release_phone: bool,
    /// After a call the agent is ready; default true. With false: after-call work.
    pub auto_enter_idle: bool,
    /// The vendor's `agenttype`: 4 PC and phone (default), 11 PC and video phone.
    pub agent_type: u8,
    /// IPv4 address of the agent's computer, where the gateway wants to know it.
    pub agent_ip: Option<String>,
}

impl Default for CcGatewayConfig {
    fn default() -> Self {
        Self {
            queues: Queues::All,
            poll_timeout_ms: 30_000,
            pause_after_event_ms: 0,
            pause_after_empty_ms: 200,
            recovery_first_ms: 500,
            recovery_most_ms: 10_000,
            sign_in_spread_ms: 3000,
            sign_in_again: SignInAgain::AfterLinkLoss,
            events: Events::Poll,
            callback_url: None,
            service_token: None,
            handshake_interval_s: 30,
            push_checks_guid: true,
            renew_guid_s: 45,
            request_call_query: RequestCallQuery::CapitalI,
            request_timeout_ms: 10_000,
            call_data_method: CallDataMethod::Post,
            release_phone: true,
            auto_enter_idle: true,
            agent_type: 4,
            agent_ip: None,
        }
    }
}

/// Which queues an agent signs in to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "QueuesText")]
#[non_exhaustive]
pub enum Queues {
    /// All that are configured for the agent.
    All,
    /// These skill ids, as far as they are configured for the agent.
    Only(Vec<u32>),
}

/// Method of `setcalldataex`; the vendor's sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CallDataMethod {
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
}

/// Whether a session that the gateway does not know any more signs in again by itself, with the password it was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignInAgain {
    /// When the link had been broken or silent before, so that the gateway has forgotten the agent; not when somebody took the agent on a healthy link.
    AfterLinkLoss,
    /// Also when somebody took the agent. Two clients so configured take one agent from each other for ever.
    Always,
    /// Not at all.
    Never,
}

/// How the gateway's events come (5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Events {
    /// A long poll for each agent.
    Poll,
    /// One poll for all agents of the gateway. The operator must have set `EVENT_METHOD = AGENT_POLL` and `GET_EVENT_MODE = 2`.
    Batch,
    /// The gateway calls the application's server, which hands each message to `receive`.
    Push,
}

/// Spelling of the queue in a request for a waiting call; the vendor's sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum RequestCallQuery {
    /// `skillId`.
    #[serde(rename = "skillId")]
    CapitalI,
    /// `skillid`.
    #[serde(rename = "skillid")]
    LowerCase,
}

impl CcGatewayConfig {
    /// Checks what types cannot.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming key, value and expectation.
    pub fn validate(&self) -> Result<()> {
        within("poll-timeout-ms", self.poll_timeout_ms, 11_000, 110_000)?;
        within("pause-after-event-ms", self.pause_after_event_ms, 0, 5000)?;
        within("pause-after-empty-ms", self.pause_after_empty_ms, 10, 5000)?;
        within("recovery-first-ms", self.recovery_first_ms, 50, 10_000)?;
        within(
            "recovery-most-ms",
            self.recovery_most_ms,
            self.recovery_first_ms,
            60_000,
        )?;
        within("sign-in-spread-ms", self.sign_in_spread_ms, 0, 60_000)?;
        within("handshake-interval-s", self.handshake_interval_s, 5, 100)?;
        within("renew-guid-s", self.renew_guid_s, 5, 100)?;
        within("request-timeout-ms", self.request_timeout_ms, 500, 120_000)?;
        self.validate_push()?;
        if !matches!(self.agent_type, 4 | 11) {
            return Err(wrong(
                "agent-type",
                self.agent_type,
                "4 (PC and phone) or 11 (PC and video phone)",
            ));
        }
        if let Some(ip) = &self.agent_ip
            && ip.parse::<std::net::Ipv4Addr>().is_err()
        {
            return Err(wrong("agent-ip", format!("\"{ip}\""), "an IPv4 address"));
        }
        match &self.queues {
            Queues::Only(ids) if ids.is_empty() => Err(wrong("queues", "[]", "\"all\" or at least one skill id")),
            Queues::Only(ids) if ids.contains(&0) => Err(wrong("queues", 0, "skill ids from 1 on")),
            Queues::Only(_) if self.skill_list().len() > MAX_SKILL_LIST => Err(wrong(
                "queues",
                "a long list",
                "at most 100 characters when joined by ';'",
            )),
            Queues::All | Queues::Only(_) => Ok(()),
        }
    }

    fn validate_push(&self) -> Result<()> {
        let (url, token) = (self.callback_url.as_deref(), self.service_token.as_ref());
        if self.events != Events::Push {
            return match url.is_some() || token.is_some() {
                true => Err(wrong(
                    "events",
                    "not \"push\"",
                    "\"push\", as callback-url or service-token is given",
                )),
                false => Ok(()),
            };
        }
        let url = url.ok_or_else(|| {
            wrong(
                "callback-url",
                "nothing",
                "the URL that the gateway shall call, with events = \"push\"",
            )
        })?;
        let is_url = url.starts_with("http://") || url.starts_with("https://");
        if !is_url || url.len() > MAX_CALLBACK || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong(
                "callback-url",
                format!("\"{url}\""),
                "an http or https URL of at most 200 characters",
            ));
        }
        token
            .map(drop)
            .ok_or_else(|| wrong("service-token", "nothing", "a secret, with events = \"push\""))
    }

    /// With the token read from where it is kept.
    pub(crate) fn resolved(mut self) -> Result<Self> {
        let Some(place) = self.service_token.take() else {
            return Ok(self);
        };
        let token = place.resolve()?;
        let fits = (1..=MAX_TOKEN).contains(&token.reveal().len())
            && token.reveal().bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits {
            return Err(wrong(
                "service-token",
                "***",
                "1 to 50 letters and digits, as the gateway refuses special characters (100-001)",
            ));
        }
        self.service_token = Some(token.into());
        Ok(self)
    }

    /// The token of push mode, once it has been read.
    pub(crate) fn token(&self) -> Option<&Secret> {
        match &self.service_token {
            Some(SecretRef::Given(token)) => Some(token),
            _ => None,
        }
    }

    /// How long a session's own heart-beat pauses, where it is not the long poll.
    pub(crate) fn beat_interval(&self) -> Duration {
        Duration::from_secs(match self.events {
            Events::Push => self.handshake_interval_s,
            Events::Poll | Events::Batch => self.renew_guid_s,
        })
    }

    fn skill_list(&self) -> String {
        self.queues.list()
    }
}

impl Queues {
    /// The ids as the gateway wants them; empty for all.
    pub(crate) fn list(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Only(ids) => ids.iter().map(u32::to_string).collect::<Vec<_>>().join(";"),
        }
    }
}

impl CcGatewayConfig {
    pub(crate) fn poll_timeout(&self) -> Duration {
        Duration::from_millis(self.poll_timeout_ms)
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum QueuesText {
    Word(String),
    Ids(Vec<u32>),
}

impl TryFrom<QueuesText> for Queues {
    type Error = String;

    fn try_from(text: QueuesText) -> std::result::Result<Self, String> {
        match text {
            QueuesText::Word(word) if word == "all" => Ok(Self::All),
            QueuesText::Word(word) => Err(format!(
                "queues = \"{word}\": expected \"all\" or a list of skill ids, e.g. [25, 26]"
            )),
            QueuesText::Ids(ids) => Ok(Self::Only(ids)),
        }
    }
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(wrong(key, value, &format!("{least} to {most}")))
}

fn wrong(key: &str, value: impl std::fmt::Display, expected: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        Effect::None,
        format!("{key} = {value}: {expected} is expected"),
    )
}

/// Section 3.6.
pub(crate) const MAX_SKILL_LIST: usize = 100;
/// Section 3.3.
const MAX_CALLBACK: usize = 200;
const MAX_TOKEN: usize = 50;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> std::result::Result<CcGatewayConfig, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_table_is_a_working_configuration() {
        let config = read(json!({})).expect("defaults");
        assert!(config.validate().is_ok());
        assert_eq!(config.skill_list(), "");
    }

    #[test]
    fn queues_are_all_or_a_list() {
        let config = read(json!({"queues": [25, 26]})).expect("list");
        assert_eq!(config.skill_list(), "25;26");
        assert_eq!(read(json!({"queues": "all"})).expect("all").queues, Queues::All);
        assert!(
            read(json!({"queues": "some"}))
                .expect_err("word")
                .contains("expected \"all\"")
        );
        assert!(read(json!({"queues": []})).expect("empty").validate().is_err());
    }

    #[test]
    fn unknown_keys_and_values_out_of_bounds_are_named() {
        assert!(
            read(json!({"poll-timout-ms": 1}))
                .expect_err("typo")
                .contains("poll-timout-ms")
        );
        let error = read(json!({"poll-timeout-ms": 10_000}))
            .expect("reads")
            .validate()
            .expect_err("too short");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            error.to_string().contains("poll-timeout-ms = 10000: 11000 to 110000"),
            "{error}"
        );
        assert!(read(json!({"agent-ip": "::1"})).expect("reads").validate().is_err());
        assert!(read(json!({"agent-type": 5})).expect("reads").validate().is_err());
    }

    fn problem(value: serde_json::Value) -> String {
        let checked = read(value).expect("reads").validate();
        checked.expect_err("a problem").to_string()
    }

    #[test]
    fn push_needs_a_url_and_a_token_and_nothing_else_takes_them() {
        assert!(problem(json!({"events": "push"})).contains("callback-url"));
        let url = "https://desk.example/events";
        assert!(problem(json!({"events": "push", "callback-url": url})).contains("service-token"));
        assert!(problem(json!({"callback-url": url})).contains("events"));
        for bad in ["ftp://x", "https://x y", &format!("https://{}", "x".repeat(200))] {
            assert!(problem(json!({"events": "push", "callback-url": bad})).contains("http or https URL"));
        }
        let mut config = read(json!({"events": "push", "callback-url": url})).expect("reads");
        config.service_token = Some(Secret::new("t0ken").into());
        assert!(config.validate().is_ok());
        assert_eq!(
            config.resolved().expect("fits").token().expect("read").reveal(),
            "t0ken"
        );
    }

    #[test]
    fn a_token_with_special_characters_is_refused_without_showing_it() {
        for bad in ["", "can-ary", "can ary", &"x".repeat(51)] {
            let config = CcGatewayConfig {
                service_token: Some(Secret::new(bad).into()),
                ..CcGatewayConfig::default()
            };
            let error = config.resolved().expect_err("refused").to_string();
            assert!(error.contains("service-token") && !error.contains("ary"), "{error}");
        }
    }

    #[test]
    fn words_of_the_configuration_are_those_of_the_page() {
        let config =
            read(json!({"sign-in-again": "never", "events": "batch", "request-call-query": "skillid"})).expect("reads");
        assert_eq!(
            (config.sign_in_again, config.events),
            (SignInAgain::Never, Events::Batch)
        );
        assert_eq!(config.request_call_query, RequestCallQuery::LowerCase);
        assert!(read(json!({"events": "telepathy"})).is_err());
    }
}
