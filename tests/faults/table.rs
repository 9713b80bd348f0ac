//! What a row is, the check that every named test exists, and the page in the docs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// A row of the catalogue.
pub(crate) struct Row {
    /// Its number.
    pub(crate) number: u32,
    /// What goes wrong.
    pub(crate) fault: &'static str,
    /// What must happen.
    pub(crate) expected: &'static str,
    /// Tests of the code that all adapters share, as `file::name`.
    pub(crate) shared: &'static [&'static str],
    /// Tests over the CC-Gateway adapter.
    pub(crate) cc_gateway: Cell,
    /// Tests over the OIFDE adapter.
    pub(crate) oifde: Cell,
    /// Tests over the Genesys adapter.
    pub(crate) gws: Cell,
}

/// What shows a row at one adapter.
pub(crate) enum Cell {
    /// These tests, as `file::name`, the file from the top of the repository.
    Tests(&'static [&'static str]),
    /// The shared tests: no line of the adapter takes part.
    Shared,
    /// It cannot happen there; the reason.
    Never(&'static str),
    /// It is not there yet; what is missing.
    #[expect(dead_code, reason = "nothing is missing now; a new row may begin so")]
    Missing(&'static str),
}

/// All rows, in order.
fn rows() -> Vec<&'static Row> {
    let parts = [
        super::sending::ROWS,
        super::events::ROWS,
        super::sessions::ROWS,
        super::resources::ROWS,
        super::hostile::ROWS,
        super::time::ROWS,
        super::ours::ROWS,
    ];
    let mut rows: Vec<&Row> = parts.into_iter().flatten().collect();
    rows.sort_by_key(|row| row.number);
    rows
}

/// The catalogue's rows: 51 of sending, events, sessions, resources, hostile input and time, and 16 of our own.
const LAST: u32 = 67;

#[test]
fn every_row_of_the_catalogue_is_here_once() {
    let numbers: Vec<u32> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=LAST).collect::<Vec<u32>>());
}

#[test]
fn every_row_is_shown_by_a_test_or_says_what_is_missing() {
    for row in rows() {
        for (adapter, cell) in cells(row) {
            let shown = match cell {
                Cell::Tests(tests) => !tests.is_empty(),
                Cell::Shared => !row.shared.is_empty(),
                Cell::Never(reason) | Cell::Missing(reason) => !reason.is_empty(),
            };
            assert!(shown, "row {} says nothing of {adapter}", row.number);
        }
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let mut missing = BTreeSet::new();
    for row in rows() {
        let of_cells = cells(row).into_iter().flat_map(|(_, cell)| match cell {
            Cell::Tests(tests) => *tests,
            Cell::Shared | Cell::Never(_) | Cell::Missing(_) => &[],
        });
        for test in row.shared.iter().chain(of_cells) {
            if !exists(test) {
                missing.insert(format!("row {}: {test}", row.number));
            }
        }
    }
    assert!(missing.is_empty(), "no such test: {missing:#?}");
}

#[test]
fn the_page_in_the_docs_is_made_from_these_tables() {
    let file = top().join("docs/faults.md");
    let fresh = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == fresh,
        "docs/faults.md is stale: UPDATE_DOCS=1 cargo test -p callcontrol-tests --test faults"
    );
}

fn cells(row: &Row) -> [(&'static str, &Cell); 3] {
    [
        ("huawei-cc-gateway", &row.cc_gateway),
        ("huawei-oifde", &row.oifde),
        ("genesys-gws", &row.gws),
    ]
}

/// A function of this name stands under a `#[test]` or `#[tokio::test]`, perhaps with other attributes between.
fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else {
        return false;
    };
    let Ok(text) = std::fs::read_to_string(top().join(file)) else {
        return false;
    };
    let head = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_head = |line: &&str| {
        line.trim_start_matches("pub ")
            .trim_start_matches("async ")
            .starts_with(&head)
    };
    lines.iter().position(is_head).is_some_and(|at| {
        let attributes = lines
            .iter()
            .take(at)
            .rev()
            .take_while(|line| line.starts_with('#') || line.starts_with("//"));
        let mut attributes = attributes.peekable();
        attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

fn top() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The matrix in numbers: cells shown, those that cannot happen with their reason, and those that are missing.
fn counts() -> String {
    let (mut shown, mut never, mut missing) = (0, 0, 0);
    for row in rows() {
        for (_, cell) in cells(row) {
            match cell {
                Cell::Tests(_) | Cell::Shared => shown += 1,
                Cell::Never(_) => never += 1,
                Cell::Missing(_) => missing += 1,
            }
        }
    }
    let (all, applicable) = (shown + never + missing, shown + missing);
    format!(
        "{} rows at three adapters are {all} cells: {never} cannot happen, {applicable} can; of these {shown} are shown by tests and {missing} missing.\n\n",
        rows().len()
    )
}

fn page() -> String {
    let mut page = String::from(
        "# Faults, row by row\n\n\
         Each fault that the layer has to survive, what must happen, and the tests that inject it and look. The table is made from `tests/faults/`; a named test that is not there fails `cargo test`.\n\
         *shared* stands for tests of code that no line of an adapter takes part in. What a cut exchange leads to, command by command, is in [reliability.md](reliability.md).\n\n",
    );
    page.push_str(&counts());
    page.push_str(
        "| # | fault | expected | shared | huawei-cc-gateway | huawei-oifde | genesys-gws |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in rows() {
        let [cc, oifde, gws] = cells(row).map(|(_, cell)| words(cell));
        let shared = listed(row.shared);
        let (number, fault, expected) = (row.number, row.fault, row.expected);
        let _ = writeln!(
            page,
            "| {number} | {fault} | {expected} | {shared} | {cc} | {oifde} | {gws} |"
        );
    }
    page
}

fn words(cell: &Cell) -> String {
    match cell {
        Cell::Tests(tests) => listed(tests),
        Cell::Shared => "shared".to_owned(),
        Cell::Never(reason) => format!("cannot happen: {reason}"),
        Cell::Missing(what) => format!("**missing**: {what}"),
    }
}

fn listed(tests: &[&str]) -> String {
    let link = |test: &&str| match test.split_once("::") {
        Some((file, name)) => format!("[{}](../{file})", name.replace('_', " ")),
        None => (*test).to_owned(),
    };
    tests.iter().map(link).collect::<Vec<_>>().join("<br>")
}
