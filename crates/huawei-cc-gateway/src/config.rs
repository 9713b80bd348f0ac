//! The adapter's settings, as they stand in a deployment's file. Where the gateway is reached belongs to the transport, not here.

use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result};
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
        within("request-timeout-ms", self.request_timeout_ms, 500, 120_000)?;
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

    /// The ids as the gateway wants them; empty for all.
    pub(crate) fn skill_list(&self) -> String {
        match &self.queues {
            Queues::All => String::new(),
            Queues::Only(ids) => ids.iter().map(u32::to_string).collect::<Vec<_>>().join(";"),
        }
    }

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
const MAX_SKILL_LIST: usize = 100;

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
}
