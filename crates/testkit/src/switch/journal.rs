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
    /// How many entries at the beginning were forgotten; only a run of hours does so.
    #[serde(default)]
    forgotten: u64,
    entries: Vec<JournalEntry>,
}

impl Journal {
    /// All entries that are kept; without [`Switch::forget_before`](super::Switch::forget_before) all there ever were.
    pub fn entries(&self) -> &[JournalEntry] {
        &self.entries
    }

    /// The sequence number the next entry will have.
    pub fn next_seq(&self) -> u64 {
        self.forgotten + self.entries.len() as u64
    }

    /// The entries from this sequence number on.
    pub fn since(&self, seq: u64) -> &[JournalEntry] {
        let from = usize::try_from(seq.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
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

    /// Takes the entries before this sequence number out.
    pub(super) fn forget_before(&mut self, seq: u64) -> Vec<JournalEntry> {
        let count = usize::try_from(seq.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        let gone: Vec<JournalEntry> = self.entries.drain(..count.min(self.entries.len())).collect();
        self.forgotten += gone.len() as u64;
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialled(times: u64) -> Journal {
        let mut journal = Journal::default();
        for call in 0..times {
            let call = SwitchCallId::new(call);
            let cause = super::super::Cause::CallerHungUp;
            journal.append(Duration::ZERO, SwitchEvent::CallEnded { call, cause });
        }
        journal
    }

    #[test]
    fn what_is_forgotten_leaves_every_later_entry_under_its_number() {
        let (whole, mut journal) = (dialled(5), dialled(5));
        assert_eq!(journal.forget_before(3).len(), 3);
        assert_eq!(journal.next_seq(), 5);
        assert_eq!(journal.since(4), whole.since(4));
        // Whoever asks for what is gone gets what is left.
        assert_eq!(journal.since(0), whole.since(3));
        assert!(journal.forget_before(2).is_empty());
        assert_eq!(journal.forget_before(9).len(), 2);
        assert_eq!((journal.next_seq(), journal.entries().len()), (5, 0));
    }
}
