//! The operation × adapter table, made from the manifests: what the README and the CLI show, and what a test compares them with.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use callcontrol_core::{Capabilities, Operation, OperationKey, OutcomeSource, Result, Support, TargetKind};

use crate::registry::Registry;

/// What several adapters can do, side by side.
#[derive(Debug, Clone)]
pub struct Matrix {
    columns: Vec<(String, Capabilities)>,
}

impl Matrix {
    /// Of the adapters named, or of all.
    ///
    /// # Errors
    /// An unknown adapter.
    pub fn of(registry: &Registry, adapters: &[String]) -> Result<Self> {
        let wanted: Vec<String> = if adapters.is_empty() {
            registry.ids().map(str::to_owned).collect()
        } else {
            adapters.to_vec()
        };
        let columns = wanted
            .into_iter()
            .map(|id| registry.manifest(&id).map(|manifest| (id, manifest)));
        Ok(Self {
            columns: columns.collect::<Result<_>>()?,
        })
    }

    /// Adapter ids and manifests in order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Capabilities)> {
        self.columns
            .iter()
            .map(|(id, capabilities)| (id.as_str(), capabilities))
    }

    /// The rows that at least one adapter can do, in the order of the operations.
    #[must_use]
    pub fn rows(&self) -> Vec<OperationKey> {
        let keys: BTreeSet<OperationKey> = self
            .columns
            .iter()
            .flat_map(|(_, manifest)| manifest.cells().map(|(key, _)| *key))
            .collect();
        let able = |key: &OperationKey| {
            self.columns
                .iter()
                .any(|(_, manifest)| manifest.support(*key).is_available())
        };
        keys.into_iter().filter(able).collect()
    }

    /// As a Markdown table: `native`, the recipe's name where emulated, `–` where unsupported; `?` where the outcome cannot be known.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from("| operation | target |");
        for (id, _) in &self.columns {
            let _ = write!(out, " {id} |");
        }
        out.push_str("\n| --- | --- |");
        out.push_str(&" --- |".repeat(self.columns.len()));
        out.push('\n');
        for key in self.rows() {
            let _ = write!(
                out,
                "| {} | {} |",
                key.operation,
                key.target.map_or("", TargetKind::as_str)
            );
            for (_, manifest) in &self.columns {
                let _ = write!(out, " {} |", cell(manifest, key));
            }
            out.push('\n');
        }
        out
    }
}

/// One adapter's operations that have a target, against the kinds of target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetTable {
    /// The kinds of target that at least one of the operations reaches.
    pub kinds: Vec<TargetKind>,
    /// The operations that reach at least one of them, with one answer per kind.
    pub rows: Vec<(Operation, Vec<Support>)>,
}

impl TargetTable {
    /// From a manifest, under its policy.
    #[must_use]
    pub fn of(manifest: &Capabilities) -> Self {
        let support = |operation, kind| manifest.support(OperationKey::to(operation, kind));
        let operations = || {
            Operation::ALL
                .iter()
                .copied()
                .filter(|operation| operation.has_target())
        };
        let kinds: Vec<TargetKind> = TargetKind::ALL
            .into_iter()
            .filter(|kind| operations().any(|operation| support(operation, *kind).is_available()))
            .collect();
        let rows = operations().map(|operation| {
            let answers = kinds.iter().map(|kind| support(operation, *kind));
            (operation, answers.collect::<Vec<_>>())
        });
        let rows = rows
            .filter(|(_, answers)| answers.iter().any(Support::is_available))
            .collect();
        Self { kinds, rows }
    }
}

/// One cell in words.
fn cell(manifest: &Capabilities, key: OperationKey) -> String {
    let word = match manifest.support(key) {
        Support::Native => "native".to_owned(),
        Support::Emulated(recipe) => format!("emulated ({})", recipe.name),
        _ => return "–".to_owned(),
    };
    let blind = manifest.outcome_source(key) == OutcomeSource::Never && acts(key.operation);
    if blind { format!("{word} ?") } else { word }
}

/// Operations with an outcome to know.
fn acts(operation: Operation) -> bool {
    !matches!(
        operation,
        Operation::Adopt
            | Operation::Snapshot
            | Operation::LookUp
            | Operation::Native
            | Operation::Receive
            | Operation::Open
            | Operation::Close
    )
}
