//! One line of the report: what was measured, the figure, the anchor's, the limit, and whether it holds.

use std::fmt;

use serde::Serialize;

use crate::vendor::Vendor;

/// A bar of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Bar {
    /// Nothing is done twice.
    R1,
    /// Nothing false is said.
    R2,
    /// What is unknown becomes known where it can.
    R3,
    /// The feed tells what is.
    R4,
    /// All agents are back soon after an outage, and not at the same second.
    R5,
    /// Few more requests than operations while a server refuses everything.
    R6,
    /// No operation outlives its deadline.
    R7,
    /// A reply without end costs no more memory than the cap allows.
    R8,
    /// A dropped future leaves nothing behind.
    R9,
    /// Nothing is sent to anybody but the configured origin.
    R11,
    /// The same seed gives the same trace.
    R13,
    /// Simulated days pass quickly.
    R14,
    /// Signing in and out for ever costs nothing.
    R17,
    /// One agent's flood is not another agent's trouble.
    R18,
}

/// How a line comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "why", rename_all = "kebab-case")]
pub enum Source {
    /// Measured now.
    Measured,
    /// There is nothing to measure, or this system cannot tell.
    Skipped(&'static str),
}

/// One measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// Which bar.
    pub bar: Bar,
    /// Whose adapter; `None` where the transport alone is measured.
    pub adapter: Option<&'static str>,
    /// What was measured.
    pub what: String,
    /// The figure.
    pub measured: f64,
    /// More than this does not hold.
    pub at_most: f64,
    /// What a naive client gave in the same run.
    pub anchor: Option<f64>,
    /// What the figure is made of.
    pub detail: String,
    /// Measured or not.
    pub source: Source,
}

impl Bar {
    /// All of them, in order.
    pub const ALL: [Self; 14] = [
        Self::R1,
        Self::R2,
        Self::R3,
        Self::R4,
        Self::R5,
        Self::R6,
        Self::R7,
        Self::R8,
        Self::R9,
        Self::R11,
        Self::R13,
        Self::R14,
        Self::R17,
        Self::R18,
    ];

    /// As the catalogue names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
            Self::R4 => "R4",
            Self::R5 => "R5",
            Self::R6 => "R6",
            Self::R7 => "R7",
            Self::R8 => "R8",
            Self::R9 => "R9",
            Self::R11 => "R11",
            Self::R13 => "R13",
            Self::R14 => "R14",
            Self::R17 => "R17",
            Self::R18 => "R18",
        }
    }

    /// The bar of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|bar| bar.as_str().eq_ignore_ascii_case(name))
    }
}

impl Line {
    /// A figure that must be at most so much.
    pub(super) fn new(
        bar: Bar,
        vendor: impl Into<Option<Vendor>>,
        what: impl Into<String>,
        measured: f64,
        at_most: f64,
    ) -> Self {
        Self {
            bar,
            adapter: vendor.into().map(Vendor::id),
            what: what.into(),
            measured,
            at_most,
            anchor: None,
            detail: String::new(),
            source: Source::Measured,
        }
    }

    /// Nothing was measured.
    pub(super) fn skipped(
        bar: Bar,
        vendor: impl Into<Option<Vendor>>,
        what: impl Into<String>,
        why: &'static str,
    ) -> Self {
        let mut line = Self::new(bar, vendor, what, 0.0, 0.0);
        line.source = Source::Skipped(why);
        line
    }

    pub(super) fn anchored(mut self, anchor: f64) -> Self {
        self.anchor = Some(anchor);
        self
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Whether it holds; `None` where nothing was measured.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        match self.source {
            Source::Measured => Some(self.measured <= self.at_most),
            Source::Skipped(_) => None,
        }
    }

    /// The figure, the limit, the anchor and the verdict, in words.
    #[must_use]
    pub fn figures(&self) -> String {
        let naive = self
            .anchor
            .map_or_else(String::new, |naive| format!(", naive {}", figure(naive)));
        let holds = match self.holds() {
            Some(false) => "DOES NOT HOLD",
            Some(true) | None => "holds",
        };
        format!(
            "{}, at most {}{naive}: {holds}",
            figure(self.measured),
            figure(self.at_most)
        )
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let adapter = self.adapter.unwrap_or("transport");
        write!(f, "{} {adapter}: {}: ", self.bar, self.what)?;
        if let Source::Skipped(why) = self.source {
            return write!(f, "not measured: {why}");
        }
        write!(f, "{}", self.figures())?;
        if self.detail.is_empty() {
            return Ok(());
        }
        write!(f, "  ({})", self.detail)
    }
}

/// Counts as counts, ratios with three places.
fn figure(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e9 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_above_its_limit_does_not_hold_and_says_so() {
        let line = |measured| Line::new(Bar::R6, Vendor::GenesysGws, "requests / commands", measured, 1.2);
        assert_eq!(line(1.2).holds(), Some(true));
        assert_eq!(line(1.21).holds(), Some(false));
        assert_eq!(line(f64::NAN).holds(), Some(false));
        assert!(line(4.0).to_string().contains("DOES NOT HOLD"));
        assert!(line(1.0).anchored(4.0).to_string().contains("naive 4"));
    }

    #[test]
    fn what_was_not_measured_neither_holds_nor_breaks() {
        let line = Line::skipped(Bar::R8, None, "memory", "no /proc here");
        assert_eq!(line.holds(), None);
        assert!(line.to_string().contains("not measured: no /proc here"));
    }

    #[test]
    fn bars_are_found_by_name() {
        assert_eq!(Bar::of("r11"), Some(Bar::R11));
        assert_eq!(Bar::of("R99"), None);
    }
}
