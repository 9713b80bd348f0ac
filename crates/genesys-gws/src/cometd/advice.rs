//! What a server advises its clients: read tolerantly, kept within bounds.

use std::time::Duration;

use serde_json::Value;

/// What the server last advised, member by member.
#[derive(Debug, Clone)]
pub(super) struct Advice {
    pub(super) timeout: Duration,
    pub(super) interval: Duration,
    pub(super) reconnect: Option<Reconnect>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reconnect {
    Retry,
    Handshake,
    None,
}

impl Advice {
    /// Newer advice replaces older, member by member. What would make the client deaf or mad is brought into bounds.
    pub(super) fn take(&mut self, advice: Option<&Value>) {
        let Some(advice) = advice else { return };
        if let Some(timeout) = advice.get("timeout").and_then(Value::as_u64) {
            self.timeout = Duration::from_millis(timeout).min(MAX_TIMEOUT);
        }
        if let Some(reconnect) = Reconnect::read(advice) {
            self.reconnect = Some(reconnect);
        }
        if let Some(interval) = advice.get("interval").and_then(Value::as_i64) {
            // Negative: do not reconnect by yourself.
            match u64::try_from(interval) {
                Ok(millis) => self.interval = Duration::from_millis(millis).min(MAX_INTERVAL),
                Err(_negative) => self.reconnect = Some(Reconnect::None),
            }
        }
    }
}

impl Default for Advice {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            interval: Duration::ZERO,
            reconnect: None,
        }
    }
}

impl Reconnect {
    pub(super) fn read(advice: &Value) -> Option<Self> {
        match advice.get("reconnect")?.as_str()? {
            "retry" => Some(Self::Retry),
            "handshake" => Some(Self::Handshake),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

const MAX_TIMEOUT: Duration = Duration::from_secs(600);
const MAX_INTERVAL: Duration = Duration::from_secs(60);
