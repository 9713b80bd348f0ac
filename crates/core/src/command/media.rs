//! Recording and playback: what the platform's recorder and announcer do in a session's calls.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::capability::Operation;
use crate::id::CallId;

/// One thing for the recorder or the announcer to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// In which call; `None` where it concerns the agent's desk (the screen, a file played without a call).
    pub call: Option<CallId>,
    /// What.
    pub what: MediaAction,
}

impl Media {
    /// In a call.
    #[must_use]
    pub fn of_call(call: CallId, what: MediaAction) -> Self {
        Self { call: Some(call), what }
    }

    /// At the desk.
    #[must_use]
    pub fn at_desk(what: MediaAction) -> Self {
        Self { call: None, what }
    }
}

/// What the recorder or the announcer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MediaAction {
    /// The recorder of the call.
    Record(Tape),
    /// The recorder of the agent's screen.
    RecordScreen(Tape),
    /// Plays a file.
    Play {
        /// The platform's path of the file.
        file: String,
        /// How often.
        times: u16,
        /// From this offset on.
        start: Duration,
    },
    /// Stops, pauses or resumes what is being played; starting is [`Play`](Self::Play).
    Player(Tape),
    /// Goes on or back in what is being played.
    Seek {
        /// How far.
        by: Duration,
        /// Back instead of on.
        back: bool,
    },
}

/// The buttons of a recorder or player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tape {
    /// From the beginning.
    Start,
    /// For good.
    Stop,
    /// For a while.
    Pause,
    /// After a pause.
    Resume,
}

impl MediaAction {
    /// The operation of the capability table.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Record(_) => Operation::Record,
            Self::RecordScreen(_) => Operation::RecordScreen,
            Self::Play { .. } | Self::Player(_) | Self::Seek { .. } => Operation::Play,
        }
    }
}
