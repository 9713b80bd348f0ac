//! Many days together: the bars that need many seeds, with what a naive client shows over the same line.

use std::time::Duration;

use super::naive::Naive;
use super::report::{Bar, Day, bar, part_of};
use super::{Options, Weather};
use crate::known::known;
use crate::vendor::Vendor;

/// The sums of many days of one vendor in one weather.
#[derive(Debug, Clone)]
pub struct Totals {
    options: Options,
    days: u64,
    pub(crate) ops: u64,
    pub(crate) once: u64,
    pub(crate) ambiguous_faults: u64,
    pub(crate) twice: u64,
    pub(crate) wrong: u64,
    pub(crate) ambiguous: u64,
    told: u64,
    by_resolve: u64,
    by_snapshot: u64,
    pub(crate) unresolved: u64,
    pub(crate) by_contract: u64,
    pub(crate) events: u64,
    pub(crate) gaps: u64,
    pub(crate) differences: u64,
    worst_deadline: f64,
    pub(crate) repeated: u64,
    pub(crate) other_trace: u64,
    pub(crate) simulated: Duration,
    pub(crate) wall: Duration,
    new: Vec<String>,
}

impl Totals {
    /// Nothing yet, of days like this one.
    #[must_use]
    pub fn of(options: Options) -> Self {
        Self {
            options,
            days: 0,
            ops: 0,
            once: 0,
            ambiguous_faults: 0,
            twice: 0,
            wrong: 0,
            ambiguous: 0,
            told: 0,
            by_resolve: 0,
            by_snapshot: 0,
            unresolved: 0,
            by_contract: 0,
            events: 0,
            gaps: 0,
            differences: 0,
            worst_deadline: 0.0,
            repeated: 0,
            other_trace: 0,
            simulated: Duration::ZERO,
            wall: Duration::ZERO,
            new: Vec::new(),
        }
    }

    /// Counts a day in.
    pub fn add(&mut self, day: &Day) {
        let sums = &day.sums;
        self.days += 1;
        self.ops += sums.ops;
        self.once += sums.once;
        self.ambiguous_faults += day.line.ambiguous;
        self.twice += sums.twice;
        self.wrong += count(&sums.wrong);
        self.ambiguous += sums.ambiguous;
        self.told += sums.late;
        self.by_resolve += sums.by_resolve;
        self.by_snapshot += sums.by_snapshot;
        self.unresolved += count(&sums.unresolved);
        self.by_contract += sums.by_contract;
        self.events += sums.events;
        self.gaps += sums.gaps;
        self.differences += count(&day.truth);
        self.worst_deadline = self.worst_deadline.max(sums.worst_deadline);
        self.simulated += day.simulated;
        self.wall += day.wall;
        let vendor = self.options.vendor;
        let new = day.broken().filter(|words| known(vendor, words).is_none());
        self.new
            .extend(new.map(|words| format!("seed {}: {words}", day.options.seed)));
    }

    /// Counts in that a seed was played twice, with the same trace or another.
    pub fn add_repeat(&mut self, same: bool) {
        self.repeated += 1;
        self.other_trace += u64::from(!same);
    }

    /// What was found that nobody knew of, in words with the seed.
    #[must_use]
    pub fn unheard_of(&self) -> &[String] {
        &self.new
    }

    /// How many commands were given that would happen twice if they were sent twice.
    #[must_use]
    pub fn once(&self) -> u64 {
        self.once
    }

    /// How many events readers got.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Unknowns that became known, one way or the other.
    pub(crate) fn resolved(&self) -> u64 {
        self.told + self.by_resolve + self.by_snapshot
    }

    /// True when no bar is broken and the naive client, where one was asked, is.
    #[must_use]
    pub fn holds(&self, naive: Option<&Naive>) -> bool {
        self.new.is_empty()
            && self
                .bars(naive)
                .iter()
                .all(|bar| bar.holds != Some(false) || bar.id == "R14")
    }

    /// The bars, each with its measure.
    #[must_use]
    pub fn bars(&self, naive: Option<&Naive>) -> Vec<Bar> {
        let mut bars = vec![
            self.duplicates(),
            bar(
                "R2",
                "false verdicts",
                format!("{} of {} commands", self.wrong, self.ops),
                "0",
                Some(self.wrong == 0),
            ),
            bar(
                "R2",
                "unknown left where evidence was",
                format!("{} of {} unknown", self.unresolved, self.ambiguous),
                "0",
                Some(self.unresolved == 0),
            ),
            self.resolution(),
        ];
        bars.extend(naive.map(|naive| self.anchor(naive)));
        if self.options.weather == Weather::Events || self.options.weather == Weather::Full {
            bars.push(bar(
                "R4",
                "feed, snapshot, switch differ",
                format!("{} times, {} events, {} gaps", self.differences, self.events, self.gaps),
                "0",
                Some(self.differences == 0),
            ));
        }
        if self.repeated > 0 {
            let same = self.repeated - self.other_trace;
            bars.push(bar(
                "R13",
                "seeds whose trace repeats",
                format!("{same} of {}", self.repeated),
                "all",
                Some(self.other_trace == 0),
            ));
        }
        let speed = self.simulated.as_secs_f64() / self.wall.as_secs_f64().max(1e-9);
        bars.push(bar(
            "R14",
            "simulated / real time",
            format!("{speed:.0} ({} agents a day)", self.options.agents),
            ">= 1000",
            None,
        ));
        bars
    }

    /// What a naive client shows over the same line. OIFDE's platform refuses by itself to move a session twice: there its user is told something false.
    fn anchor(&self, naive: &Naive) -> Bar {
        let of = format!("of {} commands, {} faults", naive.commands, naive.faults);
        match self.options.vendor {
            Vendor::HuaweiOifde => {
                let measured = format!("{} {of}", naive.lies);
                bar(
                    "R2",
                    "a naive client, false verdicts",
                    measured,
                    "> 0",
                    Some(naive.lies > 0),
                )
            }
            Vendor::HuaweiCcGateway | Vendor::GenesysGws => {
                let measured = format!("{} {of}", naive.twice);
                bar(
                    "R1",
                    "a naive client, done twice",
                    measured,
                    "> 0",
                    Some(naive.twice > 0),
                )
            }
        }
    }

    fn duplicates(&self) -> Bar {
        let measured = format!(
            "{} of {} commands, {} faults",
            self.twice, self.once, self.ambiguous_faults
        );
        bar("R1", "done twice", measured, "0", Some(self.twice == 0))
    }

    fn resolution(&self) -> Bar {
        let resolved = self.resolved();
        let measured = format!(
            "{} ({} told, {} resolve(), {} snapshot; {} more by contract)",
            part_of(resolved, self.ambiguous),
            self.told,
            self.by_resolve,
            self.by_snapshot,
            self.by_contract
        );
        bar("R3", "resolved", measured, "1.0", Some(resolved == self.ambiguous))
    }
}

fn count(words: &[String]) -> u64 {
    u64::try_from(words.len()).unwrap_or(u64::MAX)
}
