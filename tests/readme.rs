//! The README's table is the adapters' own; a stale one fails here. Its examples are compiled as doctests of this package.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use callcontrol::{Matrix, Registry};

const README: &str = include_str!("../README.md");

#[test]
fn the_operation_table_is_what_the_manifests_say() {
    let begin = "<!-- matrix: cargo run -p callctl -- capabilities --markdown -->\n";
    let table = README
        .split_once(begin)
        .unwrap()
        .1
        .split_once("<!-- matrix end -->")
        .unwrap()
        .0;
    let fresh = Matrix::of(&Registry::built_in(), &[]).unwrap().markdown();
    assert_eq!(
        table.trim(),
        fresh.trim(),
        "run the command in the marker and paste its output"
    );
}

#[test]
fn the_two_commands_are_in_the_readme_and_ci_runs_the_second() {
    let ci = include_str!("../.ci/run");
    assert!(README.contains("cargo run --release -p callctl -- demo"));
    assert!(README.contains("cargo test --workspace"));
    assert!(ci.contains("cargo test --workspace"));
}
