//! `docs/capabilities.md`, made from what runs of the conformance suite found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use callcontrol::{Operation, OperationKey, TargetKind};
use callcontrol_testkit::conformance::{CellFound, Finding, Report};

const HEAD: &str = "\
# What each adapter can do, proved

This page is what a run of the conformance suite found, each adapter over its simulator with default options; do not edit it. Make it anew with

```
UPDATE_DOCS=1 cargo test -p callcontrol-tests --test conformance the_capability_matrix
```

CI fails when it is stale. `native`: one of the vendor's commands; a name in brackets: a recipe of several, allowed by `emulation = \"safe\"` or `\"allow\"`;
`–`: refused with nothing on the wire, which the suite proves too. `?`: what became of it can never be known from this vendor, so its outcome is `unknown`, and the suite
sees to it that nothing else is ever claimed. A number leads to the reason why a claim was not tried. Reasons and hazards: `callctl capabilities --adapter ID`.
";

/// The page.
pub(crate) fn page(reports: &[Report]) -> String {
    let mut notes = Notes::default();
    let mut page = HEAD.to_owned();
    page.push_str("\n## Operations\n\n");
    row(
        &mut page,
        ["operation", "target"],
        reports.iter().map(|report| report.adapter.clone()),
    );
    row(&mut page, ["---", "---"], reports.iter().map(|_| "---".to_owned()));
    for key in rows(reports) {
        let target = key.target.map_or("", TargetKind::as_str);
        let cells = reports.iter().map(|report| cell(report.cell(key), &mut notes));
        let cells: Vec<String> = cells.collect();
        row(&mut page, [key.operation.as_str(), target], cells.into_iter());
    }
    page.push_str("\n## Stories\n\nWhat has to hold whatever the operation.\n\n");
    row(
        &mut page,
        ["profile", "story"],
        reports.iter().map(|report| report.adapter.clone()),
    );
    row(&mut page, ["---", "---"], reports.iter().map(|_| "---".to_owned()));
    for (at, test) in reports[0].tests.iter().enumerate() {
        let findings: Vec<&Finding> = reports.iter().map(|report| &report.tests[at].finding).collect();
        let of_a_cell = findings
            .iter()
            .all(|finding| matches!(finding, Finding::Skipped(why) if why == "not claimed"));
        if !of_a_cell {
            let words: Vec<String> = findings.iter().map(|finding| word(finding, &mut notes)).collect();
            row(
                &mut page,
                [test.profile.as_str(), &test.name.replace('_', " ")],
                words.into_iter(),
            );
        }
    }
    page.push_str("\n## Not tried, and why\n\n");
    let mut in_order: Vec<(&String, &usize)> = notes.0.iter().collect();
    in_order.sort_by_key(|(_, number)| **number);
    for (why, number) in in_order {
        let _ = writeln!(page, "{number}. {why}");
    }
    page
}

/// Reasons, numbered as they come.
#[derive(Default)]
struct Notes(BTreeMap<String, usize>);

impl Notes {
    fn number(&mut self, why: &str) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(why.to_owned()).or_insert(next)
    }
}

fn rows(reports: &[Report]) -> Vec<OperationKey> {
    let claimed = |key: &OperationKey| reports.iter().any(|report| report.cell(*key).is_some());
    let all = Operation::ALL.iter().flat_map(|operation| {
        let kinds = TargetKind::ALL
            .into_iter()
            .map(|kind| OperationKey::to(*operation, kind));
        std::iter::once(OperationKey::from(*operation)).chain(kinds)
    });
    all.filter(claimed).collect()
}

fn cell(found: Option<&CellFound>, notes: &mut Notes) -> String {
    let Some(found) = found else { return "–".to_owned() };
    let mut text = match &found.recipe {
        Some(recipe) => format!("({recipe})"),
        None => found.support.clone(),
    };
    let has_outcome = !matches!(found.operation, Operation::Native | Operation::Adopt);
    if found.outcome == "never" && has_outcome {
        text.push_str(" ?");
    }
    match &found.finding {
        Finding::Passed => text,
        Finding::Skipped(why) => format!("{text} [{}]", notes.number(why)),
        Finding::Failed(_) => format!("{text} FALSE"),
    }
}

fn word(finding: &Finding, notes: &mut Notes) -> String {
    match finding {
        Finding::Passed => "holds".to_owned(),
        Finding::Skipped(why) if why == "not claimed" => "–".to_owned(),
        Finding::Skipped(why) => format!("[{}]", notes.number(why)),
        Finding::Failed(_) => "BROKEN".to_owned(),
    }
}

fn row(page: &mut String, first: [&str; 2], rest: impl Iterator<Item = String>) {
    let _ = write!(page, "| {} | {} |", first[0], first[1]);
    for cell in rest {
        let _ = write!(page, " {cell} |");
    }
    page.push('\n');
}
