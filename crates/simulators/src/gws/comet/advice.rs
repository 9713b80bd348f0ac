//! What a server tells a client about reconnecting (sections 11.4 to 11.6), as a test may order it.

use serde_json::{Value, json};

use crate::gws::options::CometOptions;

/// Advice for the next connect reply of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GwsAdvice {
    /// What to do next. With anything but [`Retry`](GwsReconnect::Retry) the session ends with the reply.
    pub reconnect: GwsReconnect,
    /// Milliseconds to wait before the next connect; negative forbids it.
    pub interval: Option<i64>,
    /// Milliseconds for which a connect may be held.
    pub timeout: Option<u64>,
    /// Tells of another session from the same browser.
    pub multiple_clients: bool,
    /// The reply is unsuccessful, with this error.
    pub error: Option<String>,
}

/// `advice.reconnect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GwsReconnect {
    /// Connect again with the same client id.
    Retry,
    /// Shake hands again.
    Handshake,
    /// Stay away.
    None,
}

impl GwsAdvice {
    /// Advice without intervals and without an error.
    #[must_use]
    pub fn new(reconnect: GwsReconnect) -> Self {
        Self {
            reconnect,
            interval: None,
            timeout: None,
            multiple_clients: false,
            error: None,
        }
    }

    /// With an interval in milliseconds.
    #[must_use]
    pub fn interval(mut self, millis: i64) -> Self {
        self.interval = Some(millis);
        self
    }

    /// With a time-out in milliseconds.
    #[must_use]
    pub fn timeout(mut self, millis: u64) -> Self {
        self.timeout = Some(millis);
        self
    }

    /// On an unsuccessful reply with this error, such as `403::Session expired`.
    #[must_use]
    pub fn error(mut self, error: &str) -> Self {
        self.error = Some(error.into());
        self
    }

    /// Tells of another session from the same browser.
    #[must_use]
    pub fn multiple_clients(mut self) -> Self {
        self.multiple_clients = true;
        self
    }

    pub(super) fn ends_session(&self) -> bool {
        self.reconnect != GwsReconnect::Retry
    }

    pub(super) fn json(&self) -> Value {
        let reconnect = match self.reconnect {
            GwsReconnect::Retry => "retry",
            GwsReconnect::Handshake => "handshake",
            GwsReconnect::None => "none",
        };
        let mut advice = serde_json::Map::from_iter([("reconnect".to_owned(), json!(reconnect))]);
        advice.extend(self.interval.map(|interval| ("interval".to_owned(), json!(interval))));
        advice.extend(self.timeout.map(|timeout| ("timeout".to_owned(), json!(timeout))));
        advice.extend(
            self.multiple_clients
                .then(|| ("multiple-clients".to_owned(), json!(true))),
        );
        Value::Object(advice)
    }
}

/// The advice of a healthy session.
pub(super) fn usual(options: &CometOptions) -> Value {
    json!({
        "reconnect": "retry",
        "interval": millis(options.interval),
        "timeout": millis(options.timeout),
    })
}

/// The advice for one of several sessions from the same browser.
pub(super) fn among_several(options: &CometOptions) -> Value {
    json!({"multiple-clients": true, "reconnect": "retry", "interval": millis(options.multi_session_interval)})
}

pub(super) fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
