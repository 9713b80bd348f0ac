//! `[composite]`: which two adapters, and how their calls are recognised as one.

use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result};
use serde::Deserialize;

/// The composite's own table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct CompositeConfig {
    /// Id of the adapter that is given the commands; its table must be in the file.
    pub commands: String,
    /// Id of the adapter whose events tell what became of them; its table must be in the file.
    pub events: String,
    /// How a call of the one is recognised at the other, the surest first; default `["id", "caller"]`.
    #[serde(default = "default_join")]
    pub join: Vec<JoinBy>,
    /// How long a sign is waited for, seconds, 5 to 600; default 60. It should exceed the time for which an agent's phone rings.
    #[serde(default = "default_window")]
    pub window_s: u64,
}

/// How a call is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JoinBy {
    /// Both products know it by the same id.
    Id,
    /// The command source puts a mark into the call's data, which the event source shows. Changes the data that people see.
    Mark,
    /// The customer's number, within the window. Two calls of one customer within the window cannot be told apart: then nothing is said.
    Caller,
}

impl CompositeConfig {
    /// These two adapters, with defaults.
    #[must_use]
    pub fn new(commands: impl Into<String>, events: impl Into<String>) -> Self {
        Self {
            commands: commands.into(),
            events: events.into(),
            join: default_join(),
            window_s: default_window(),
        }
    }

    /// With these ways of recognising a call.
    #[must_use]
    pub fn join(mut self, join: impl IntoIterator<Item = JoinBy>) -> Self {
        self.join = join.into_iter().collect();
        self
    }

    /// Checks what types cannot.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming key, value and expectation.
    pub fn validate(&self) -> Result<()> {
        if !(5..=600).contains(&self.window_s) {
            return Err(wrong(&format!(
                "window-s: {} is out of range, 5 to 600 is expected",
                self.window_s
            )));
        }
        if self.join.is_empty() {
            return Err(wrong(
                "join: is empty; at least one of \"id\", \"mark\", \"caller\" is expected",
            ));
        }
        if self.commands == self.events {
            return Err(wrong("events: is the same adapter as commands; a composite needs two"));
        }
        Ok(())
    }

    pub(super) fn window(&self) -> Duration {
        Duration::from_secs(self.window_s)
    }
}

fn default_join() -> Vec<JoinBy> {
    vec![JoinBy::Id, JoinBy::Caller]
}

fn default_window() -> u64 {
    60
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::Config, Effect::None, message)
}
