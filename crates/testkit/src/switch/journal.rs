//! What really happened at the switch, append-only and in order.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{SwitchCallId, SwitchEvent, TransferKind};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Position, from 0 without gaps.
    pub seq: u64,
    /// Virtual time.
    pub at: Duration,
    /// What happened.
    pub what: SwitchEvent,
}

/// The switch's record of everything that happened. Prints as a timeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    entries: Vec<JournalEntry>,
}

impl Journal {
    /// All entries.
    pub fn entries(&self) -> &[JournalEntry] {
        &self.entries
    }

    /// The sequence number the next entry will have.
    pub fn next_seq(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The entries from this sequence number on.
    pub fn since(&self, seq: u64) -> &[JournalEntry] {
        let from = usize::try_from(seq).unwrap_or(usize::MAX);
        self.entries.get(from..).unwrap_or_default()
    }

    /// What happened, without sequence numbers and times.
    pub fn facts(&self) -> impl DoubleEndedIterator<Item = &SwitchEvent> {
        self.entries.iter().map(|entry| &entry.what)
    }

    /// How many facts are such.
    pub fn count(&self, such: impl Fn(&SwitchEvent) -> bool) -> usize {
        self.facts().filter(|fact| such(fact)).count()
    }

    /// How often a command moved the caller of this call: the proof that nothing was transferred twice. A caller
    /// whom an IVR flow passes on is not counted.
    pub fn transfers_of(&self, moved: SwitchCallId) -> usize {
        self.count(|fact| match fact {
            SwitchEvent::Moved { call, kind, .. } => *call == moved && *kind != TransferKind::IvrRoute,
            _ => false,
        })
    }

    pub(super) fn append(&mut self, at: Duration, what: SwitchEvent) {
        let seq = self.next_seq();
        self.entries.push(JournalEntry { seq, at, what });
    }
}
