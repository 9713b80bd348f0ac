//! What a day showed, as bars: each measured against what the fault catalogue asks for.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::ledger::{Ledger, Sums};
use super::{Options, Trouble, Weather};
use crate::wire::Counts;
use crate::world::World;

/// One simulated day.
#[derive(Debug, Clone)]
pub struct Day {
    /// What was asked for.
    pub options: Options,
    /// The book.
    pub sums: Sums,
    /// What went over the line.
    pub line: Counts,
    /// What an outage or a storm measured.
    pub trouble: Trouble,
    /// Where feed, snapshot and switch differed at rest, in words.
    pub truth: Vec<String>,
    /// Facts in the switch's journal.
    pub facts: u64,
    /// Of the journal with its times and of everything that was said, in order: the same seed gives the same number.
    pub trace: u64,
    /// How long the day was.
    pub simulated: Duration,
    /// How long it took.
    pub wall: Duration,
}

/// One bar of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// `R1` and so on.
    pub id: &'static str,
    /// What is measured.
    pub what: &'static str,
    /// The measure, in words.
    pub measured: String,
    /// What is asked for.
    pub target: &'static str,
    /// Whether it holds; `None` where this day could not show it.
    pub holds: Option<bool>,
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holds = match self.holds {
            Some(true) => "holds",
            Some(false) => "BROKEN",
            None => "not measured",
        };
        write!(
            f,
            "{:<3} {:<34} {:<46} target {:<10} {holds}",
            self.id, self.what, self.measured, self.target
        )
    }
}

impl Day {
    pub(super) fn new(options: Options, world: &World, ledger: &Ledger, trouble: Trouble) -> Self {
        ledger.count_moves(world);
        let mut hash = DefaultHasher::new();
        let facts = world.switch.with(|switch| {
            for entry in switch.journal().entries() {
                (entry.at, format!("{:?}", entry.what)).hash(&mut hash);
            }
            switch.journal().next_seq()
        });
        ledger.hash().hash(&mut hash);
        Self {
            options,
            sums: ledger.sums(),
            line: world.wire.counts(),
            trouble,
            truth: Vec::new(),
            facts,
            trace: hash.finish(),
            simulated: Duration::ZERO,
            wall: Duration::ZERO,
        }
    }

    pub(super) fn took(mut self, wall: Duration) -> Self {
        self.wall = wall;
        self
    }

    /// How many simulated seconds passed in one real one.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.simulated.as_secs_f64() / self.wall.as_secs_f64().max(1e-9)
    }

    /// Everything that must not be, in words.
    pub fn broken(&self) -> impl Iterator<Item = &String> {
        let sums = &self.sums;
        sums.wrong.iter().chain(&sums.unresolved).chain(&self.truth)
    }

    /// True when nothing is broken. Speed is a measure, not an invariant.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.bars()
            .iter()
            .all(|bar| bar.holds != Some(false) || bar.id == "R14")
    }

    /// The bars of the catalogue that a day can show.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        let sums = &self.sums;
        let resolved = sums.late + sums.by_resolve + sums.by_snapshot;
        let storm = (self.options.weather == Weather::Storm && self.trouble.offered > 0)
            .then(|| precise(self.trouble.requests) / precise(self.trouble.offered));
        let outage = self.options.weather == Weather::Outage;
        vec![
            bar(
                "R1",
                "moves beyond those asked for",
                format!("{} of {} ambiguous faults", sums.twice, self.line.ambiguous),
                "0",
                Some(sums.twice == 0),
            ),
            bar(
                "R2",
                "false verdicts",
                format!("{} of {} commands", sums.wrong.len(), sums.ops),
                "0",
                Some(sums.wrong.is_empty()),
            ),
            bar(
                "R3",
                "unknowns resolved where evidence is",
                format!(
                    "{resolved} of {} ({} late, {} by resolve(), {} by snapshot)",
                    sums.ambiguous, sums.late, sums.by_resolve, sums.by_snapshot
                ),
                "all",
                Some(sums.unresolved.is_empty() && resolved == sums.ambiguous),
            ),
            bar(
                "R4",
                "feed, snapshot and switch differ",
                format!(
                    "{} times at rest, {} events, {} gaps",
                    self.truth.len(),
                    sums.events,
                    sums.gaps
                ),
                "0",
                Some(self.truth.is_empty()),
            ),
            bar(
                "R5",
                "all sessions back after an outage",
                self.trouble
                    .recovered
                    .map_or_else(|| "-".to_owned(), |after| format!("after {after:?}")),
                "60 s",
                outage.then(|| {
                    self.trouble
                        .recovered
                        .is_some_and(|after| after <= Duration::from_secs(60))
                }),
            ),
            bar(
                "R6",
                "requests for each command in a storm",
                storm.map_or_else(
                    || "-".to_owned(),
                    |ratio| format!("{ratio:.2} ({} for {})", self.trouble.requests, self.trouble.offered),
                ),
                "<= 1.2",
                storm.map(|ratio| ratio <= 1.2),
            ),
            bar(
                "R7",
                "longest answer / its deadline",
                format!("{:.4}", sums.worst_deadline),
                "<= 1.01",
                Some(sums.worst_deadline <= 1.01),
            ),
            bar(
                "R13",
                "trace",
                format!("{:016x} ({} facts)", self.trace, self.facts),
                "repeats",
                None,
            ),
            bar(
                "R14",
                "simulated / real time",
                format!("{:.0}", self.speed()),
                ">= 1000",
                Some(self.speed() >= 1000.0),
            ),
        ]
    }
}

pub(super) fn bar(
    id: &'static str,
    what: &'static str,
    measured: String,
    target: &'static str,
    holds: Option<bool>,
) -> Bar {
    Bar {
        id,
        what,
        measured,
        target,
        holds,
    }
}

pub(super) fn precise(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// A share of a whole that may be nothing.
pub(super) fn part_of(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    format!("{:.4} of {whole}", precise(part) / precise(whole))
}
