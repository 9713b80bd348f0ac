//! What a run of the suite found, test by test and cell by cell, as text and as JSON.

use std::fmt;

use callcontrol_core::{Capabilities, Error, Operation, OperationKey, Support, TargetKind};
use serde::{Deserialize, Serialize};

use super::Profile;

/// What a run found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Which adapter.
    pub adapter: String,
    /// Of which product.
    pub product: String,
    /// The tests, in the suite's order.
    pub tests: Vec<Tested>,
    /// The rows of the manifest and what was found about each; those that nobody claims are not listed.
    pub cells: Vec<CellFound>,
}

/// What a test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tested {
    /// Its profile.
    pub profile: Profile,
    /// Its name.
    pub name: String,
    /// What it found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "finding", content = "why")]
pub enum Finding {
    /// It holds.
    Passed,
    /// It does not, and the story so far.
    Failed(String),
    /// It could not be tried, and why.
    Skipped(String),
}

/// What was found about one row of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CellFound {
    /// What.
    pub operation: Operation,
    /// On which kind of target.
    pub target: Option<TargetKind>,
    /// `native` or `emulated`.
    pub support: String,
    /// The recipe, where emulated.
    pub recipe: Option<String>,
    /// How its outcome can be known.
    pub outcome: String,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
}

impl CellFound {
    pub(super) fn new(manifest: &Capabilities, key: OperationKey, finding: Finding) -> Self {
        let support = manifest.support(key);
        Self {
            operation: key.operation,
            target: key.target,
            support: support.word().to_owned(),
            recipe: match &support {
                Support::Emulated(recipe) => Some(recipe.name.clone()),
                _ => None,
            },
            outcome: manifest.outcome_source(key).as_str().to_owned(),
            finding,
        }
    }
}

impl Report {
    /// True when no test failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The tests that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Tested> {
        self.tests
            .iter()
            .filter(|test| matches!(test.finding, Finding::Failed(_)))
    }

    /// What was found about a row of the manifest.
    #[must_use]
    pub fn cell(&self, key: impl Into<OperationKey>) -> Option<&CellFound> {
        let key = key.into();
        let mut cells = self.cells.iter();
        cells.find(|cell| (cell.operation, cell.target) == (key.operation, key.target))
    }

    /// As JSON, one object.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.adapter, self.product)?;
        let mut profile = None;
        for test in &self.tests {
            if profile != Some(test.profile) {
                writeln!(f, "{}", test.profile.as_str())?;
                profile = Some(test.profile);
            }
            let name = test.name.replace('_', " ");
            match &test.finding {
                Finding::Passed => writeln!(f, "  passed   {name}")?,
                Finding::Skipped(why) => writeln!(f, "  skipped  {name}: {why}")?,
                Finding::Failed(why) => writeln!(f, "  FAILED   {name}: {why}")?,
            }
        }
        let count = |wanted: fn(&Finding) -> bool| self.tests.iter().filter(|test| wanted(&test.finding)).count();
        let proved = self.cells.iter().filter(|cell| cell.finding == Finding::Passed).count();
        writeln!(
            f,
            "{} passed, {} failed, {} skipped; {proved} of {} claimed cells proved",
            count(|finding| matches!(finding, Finding::Passed)),
            count(|finding| matches!(finding, Finding::Failed(_))),
            count(|finding| matches!(finding, Finding::Skipped(_))),
            self.cells.len()
        )
    }
}

/// Why a test goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// It cannot be tried here.
    Skip(String),
    /// The adapter does not keep its word.
    Fail(String),
}

pub(super) type Tried<T = ()> = Result<T, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fail(format!("unexpected error: {error}"))
    }
}

impl From<Box<callcontrol_core::Unfinished>> for Stop {
    fn from(unfinished: Box<callcontrol_core::Unfinished>) -> Self {
        Self::Fail(format!("unexpected error: {unfinished}"))
    }
}

pub(super) fn skip<T>(why: impl Into<String>) -> Tried<T> {
    Err(Stop::Skip(why.into()))
}

pub(super) fn fail<T>(why: impl Into<String>) -> Tried<T> {
    Err(Stop::Fail(why.into()))
}

/// Fails with this sentence unless it holds.
pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Tried {
    if holds { Ok(()) } else { Err(Stop::Fail(otherwise())) }
}
