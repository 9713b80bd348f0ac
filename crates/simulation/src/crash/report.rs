//! The cells in a table: for the terminal and for the documentation.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::cell::{Cell, End};
use super::judge::Finding;
use super::phase::Phase;
use crate::known::known;
use crate::vendor::Vendor;

/// Every cell that was played.
#[derive(Debug, Clone)]
pub struct Report {
    /// In order of vendor, command, phase and request.
    pub cells: Vec<Cell>,
}

/// The sums of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Cells played, those without a fault included.
    pub cells: usize,
    /// Cells in which something is that must not be, the known ones included.
    pub violations: usize,
    /// Cells in which something is that must not be and that nobody knew of.
    pub new: usize,
    /// Cells in which the first word was unknown.
    pub unknowns: usize,
    /// Of these, told later by an event.
    pub by_event: usize,
    /// Of these, told by `resolve()`.
    pub by_resolve: usize,
    /// Of these, shown by a fresh snapshot to whoever compares, although `resolve()` does not vouch for it.
    pub by_snapshot: usize,
    /// Of these, unknown to the end.
    pub left: usize,
}

impl Cell {
    /// A finding in one line with where it was.
    fn line(&self, finding: &Finding) -> String {
        format!("{} | {finding} | {}", self.deed, self.phase)
    }

    /// Whether something is here that must not be and that nobody knew of.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| known(self.vendor, &self.line(finding)).is_none())
    }
}

impl Report {
    pub(super) fn new(mut cells: Vec<Cell>) -> Self {
        cells.sort_by_key(|cell| (cell.vendor, order_of(cell.deed), cell.phase, cell.nth));
        Self { cells }
    }

    /// The sums of one vendor, or of all.
    #[must_use]
    pub fn sums(&self, vendor: Option<Vendor>) -> Sums {
        let cells = self
            .cells
            .iter()
            .filter(|cell| vendor.is_none_or(|only| only == cell.vendor));
        cells.fold(Sums::default(), |sums, cell| {
            let ends = |end: End| usize::from(cell.end == end);
            let (by_event, by_resolve) = (ends(End::ResolvedLate), ends(End::Resolved));
            let (by_snapshot, left) = (ends(End::ShownBySnapshot), ends(End::Unknown));
            Sums {
                cells: sums.cells + 1,
                violations: sums.violations + usize::from(!cell.findings.is_empty()),
                new: sums.new + usize::from(cell.is_new()),
                unknowns: sums.unknowns + by_event + by_resolve + by_snapshot + left,
                by_event: sums.by_event + by_event,
                by_resolve: sums.by_resolve + by_resolve,
                by_snapshot: sums.by_snapshot + by_snapshot,
                left: sums.left + left,
            }
        })
    }

    /// Cells in which something is that must not be.
    pub fn violations(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.findings.is_empty())
    }

    /// What must not be, each thing once, with the cells in which it is.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let mut found: BTreeMap<(Vendor, usize, &'static str, String), Vec<String>> = BTreeMap::new();
        for cell in self.violations() {
            for finding in &cell.findings {
                let id = known(cell.vendor, &cell.line(finding)).unwrap_or("NEW");
                let key = (cell.vendor, order_of(cell.deed), cell.deed, format!("{id}: {finding}"));
                found
                    .entry(key)
                    .or_default()
                    .push(format!("{} #{}", cell.phase, cell.nth));
            }
        }
        let lines = found.into_iter();
        lines
            .map(|((vendor, _, deed, words), cells)| format!("{vendor} | {deed} | {words} | {}", cells.join(", ")))
            .collect()
    }

    /// One table a vendor: a row a command, a column a phase; letters say how the commands ended, `!` that something is wrong.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for vendor in Vendor::ALL {
            let phases: Vec<Phase> = Phase::FAULTS
                .into_iter()
                .filter(|phase| phase.applies_to(vendor))
                .collect();
            let rows = self.rows(vendor);
            if rows.is_empty() {
                continue;
            }
            let _ = writeln!(text, "### {vendor}\n");
            let heads: Vec<&str> = phases.iter().map(|phase| phase.as_str()).collect();
            let _ = writeln!(text, "| command | {} |", heads.join(" | "));
            let _ = writeln!(text, "| --- |{}", " --- |".repeat(heads.len()));
            for (deed, cells) in rows {
                let words: Vec<String> = phases.iter().map(|phase| letters(cells.get(phase))).collect();
                let _ = writeln!(text, "| {} | {} |", deed.1, words.join(" | "));
            }
            text.push('\n');
        }
        text.push_str(LEGEND);
        text
    }

    fn rows(&self, vendor: Vendor) -> BTreeMap<(usize, &'static str), BTreeMap<Phase, Vec<&Cell>>> {
        let mut rows: BTreeMap<(usize, &'static str), BTreeMap<Phase, Vec<&Cell>>> = BTreeMap::new();
        for cell in self.cells.iter().filter(|cell| cell.vendor == vendor) {
            let row = rows.entry((order_of(cell.deed), cell.deed)).or_default();
            row.entry(cell.phase).or_default().push(cell);
        }
        rows
    }
}

fn letters(cells: Option<&Vec<&Cell>>) -> String {
    let Some(cells) = cells else { return "–".to_owned() };
    let mut ends: Vec<&'static str> = cells.iter().map(|cell| letter(cell.end)).collect();
    ends.sort_unstable();
    ends.dedup();
    let wrong = if cells.iter().any(|cell| !cell.findings.is_empty()) {
        "!"
    } else {
        ""
    };
    format!("{}{wrong}", ends.join(" "))
}

fn letter(end: End) -> &'static str {
    match end {
        End::Done => "D",
        End::Failed => "F",
        End::Refused => "N",
        End::ResolvedLate => "L",
        End::Resolved => "R",
        End::ShownBySnapshot => "S",
        End::Unknown => "U",
        End::NotPlayed => "?",
        End::Stuck => "X",
    }
}

fn order_of(deed: &str) -> usize {
    let mut names = crate::deed::DEEDS.iter().map(|deed| deed.name);
    names.position(|name| name == deed).unwrap_or(usize::MAX)
}

const LEGEND: &str = "D done · F failed, as the switch says · N refused with nothing done · L unknown first, told later by an event · \
R unknown first, told by `resolve()` · S unknown, and a fresh snapshot shows what happened, though `resolve()` vouches for nothing · U unknown and said so · \
! something that must not be. \
Several letters: the command makes several requests, each was cut.\n";
