//! The GUIDs of a session: which are valid, and when a new one is due (section 3.2).

use std::time::Duration;

use tokio::time::Instant;

use super::choices::AuthMode;
use super::options::CcGatewayOptions;

/// The GUIDs given out, oldest first. An old one lives beside the new one until its own time is up (3.2).
#[derive(Debug)]
pub(super) struct Guids {
    live: Vec<Guid>,
    /// A new one is due whatever the time.
    wanted: bool,
}

#[derive(Debug)]
struct Guid {
    text: String,
    issued: Instant,
}

impl Guids {
    pub(super) fn new(guid: String) -> Self {
        let mut guids = Self {
            live: Vec::new(),
            wanted: false,
        };
        guids.renew(guid);
        guids
    }

    pub(super) fn renew(&mut self, guid: String) {
        self.wanted = false;
        // Two overlap by the defaults; a few more do no harm where the operator chose a long lifetime.
        if self.live.len() >= MOST_LIVE {
            self.live.remove(0);
        }
        self.live.push(Guid {
            text: guid,
            issued: Instant::now(),
        });
    }

    pub(super) fn is_valid(&self, text: &str, mode: AuthMode) -> bool {
        let lives = |guid: &Guid| match mode {
            AuthMode::Static => true,
            AuthMode::Rotating { timeout, .. } => guid.issued.elapsed() < timeout,
        };
        self.live.iter().any(|guid| guid.text == text && lives(guid))
    }

    /// Whether it is time for a new one.
    pub(super) fn is_due(&self, options: &CcGatewayOptions) -> bool {
        match options.auth {
            _ if self.wanted => true,
            AuthMode::Static => false,
            AuthMode::Rotating { interval, .. } => self.age().is_none_or(|age| age >= interval),
        }
    }

    /// Makes a new one due.
    pub(super) fn want_new(&mut self) {
        self.wanted = true;
    }

    pub(super) fn latest(&self) -> Option<&str> {
        self.live.last().map(|guid| guid.text.as_str())
    }

    /// The latest one is as if it were new.
    pub(super) fn touch(&mut self) {
        if let Some(guid) = self.live.last_mut() {
            guid.issued = Instant::now();
        }
    }

    /// None is valid any more.
    pub(super) fn expire(&mut self) {
        self.live.clear();
    }

    pub(super) fn into_texts(self) -> impl Iterator<Item = String> {
        self.live.into_iter().map(|guid| guid.text)
    }

    fn age(&self) -> Option<Duration> {
        self.live.last().map(|guid| guid.issued.elapsed())
    }
}

const MOST_LIVE: usize = 8;
