//! docs/races.md: the table as people read it, generated.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::explore::explore;
use super::happening::Happening;
use super::situation::Situation;
use super::table::Step;
use crate::receipt::{Cause, Verdict};

/// The page docs/races.md.
#[must_use]
pub fn page() -> String {
    let found = explore();
    let mut rows: BTreeMap<Situation, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for at in found.situations.keys() {
        rows.entry(at.shape()).or_default();
    }
    for (at, happening, step) in &found.steps {
        let cell = rows.entry(at.shape()).or_default().entry(cell(step)).or_default();
        cell.insert(by(*happening));
    }
    let mut page = HEAD.to_owned();
    let (situations, steps) = (found.situations.len(), found.steps.len());
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "{situations} situations can come about, by {steps} steps; {} differ in what may happen next. Explored breadth-first from *{}*.",
        rows.len(),
        Situation::talking(),
    );
    for (at, cells) in rows {
        let _ = write!(page, "\n### {at}\n\n{}", facts(at));
        for (to, by) in cells {
            let by: Vec<String> = by.into_iter().collect();
            let _ = writeln!(page, "* {} → {to}", by.join(", "));
        }
    }
    page
}

fn facts(at: Situation) -> String {
    let seen = at.seen_by_agent();
    let leg =
        |leg: Option<crate::model::LegState>| leg.map_or("–".to_owned(), |leg| format!("{leg:?}").to_lowercase());
    let steers = at
        .controller()
        .map_or("nobody".to_owned(), |who| format!("{who:?}").to_lowercase());
    let (original, third) = (leg(seen.original), leg(seen.third));
    format!("Steered by {steers}; the agent sees: customer's call {original}, third party's call {third}.\n\n")
}

fn by(happening: Happening) -> String {
    if happening.is_command() {
        format!("**{happening}**")
    } else {
        happening.to_string()
    }
}

fn cell(step: &Step) -> String {
    let to = step.to.shape();
    let Some(ending) = &step.ending else {
        return to.to_string();
    };
    let why = match (&ending.verdict, &ending.cause) {
        (Verdict::Done, _) => "the move is done".to_owned(),
        (Verdict::Unknown, _) => "whether the third party answers is not the agent's to know any more".to_owned(),
        (Verdict::Failed, Cause::CustomerHungUp | Cause::AgentHungUp | Cause::Cancelled) => {
            format!("the move has failed: {}", ending.cause)
        }
        (Verdict::Failed, _) => "the move has failed for the target's reason".to_owned(),
    };
    format!("{to}; *{why}*")
}

const HEAD: &str = "\
# Races

How a customer's call stands relative to one agent who moves it, and what each command and each act of a party makes of it: generated from `callcontrol_core::race`
(`UPDATE_DOCS=1 cargo test -p callcontrol-core --test races`). The order is the switch's: of two happenings that cross, the first one applied decides, and the second
finds the state that it left. Commands are bold. What is not listed cannot happen there: the switch refuses it, or nobody is there to do it.
A target that is *not reached* was busy, did not answer, refused, is out of service or unknown; the outcome says which, as far as the vendor tells. Where switches differ
(*customer given back*), both ways are listed.

";
