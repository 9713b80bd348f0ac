//! `[tinbell.settings]`: checked when the configuration is read, not on a live call.

use std::time::Duration;

use callcontrol::{Effect, Error, ErrorKind, Result};
use serde::Deserialize;

/// The adapter's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TinbellConfig {
    /// Deadline of a command that brings none of its own, milliseconds, 100 to 60 000; default 5000.
    pub request_timeout_ms: u64,
    /// Longest pause before a broken event stream is opened again, milliseconds, up to 60 000; default 5000.
    pub recovery_most_ms: u64,
}

impl Default for TinbellConfig {
    fn default() -> Self {
        Self {
            request_timeout_ms: 5_000,
            recovery_most_ms: 5_000,
        }
    }
}

impl TinbellConfig {
    /// Checks the bounds.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming key, value and expectation.
    pub fn validate(&self) -> Result<()> {
        within("request-timeout-ms", self.request_timeout_ms, 100)?;
        within("recovery-most-ms", self.recovery_most_ms, 0)
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}

fn within(key: &str, value: u64, least: u64) -> Result<()> {
    if (least..=60_000).contains(&value) {
        return Ok(());
    }
    let message = format!("{key}: {value} is out of range, {least} to 60000 is expected");
    Err(Error::new(ErrorKind::Config, Effect::None, message))
}
