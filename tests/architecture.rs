//! The rules of the architecture (docs/architecture.md), read off `cargo metadata` and the sources. Each test names what it found, so that a breach tells where it is.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

const ADAPTERS: [&str; 3] = [
    "callcontrol-huawei-cc-gateway",
    "callcontrol-huawei-oifde",
    "callcontrol-genesys-gws",
];

fn metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn own_dependencies(package: &Package, kinds: &[DependencyKind]) -> BTreeSet<String> {
    let ours = |name: &str| name.starts_with("callcontrol") || name == "callctl";
    let dependencies = package
        .dependencies
        .iter()
        .filter(|dependency| kinds.contains(&dependency.kind));
    dependencies
        .map(|dependency| dependency.name.clone())
        .filter(|name| ours(name))
        .collect()
}

/// Who may import whom, without dev-dependencies.
fn allowed(package: &str) -> BTreeSet<&'static str> {
    let core = "callcontrol-core";
    let names: &[&str] = match package {
        "callcontrol-core" => &[],
        "callcontrol-http" | "callcontrol-testkit" => &[core],
        "callcontrol-huawei-cc-gateway" | "callcontrol-huawei-oifde" | "callcontrol-genesys-gws" => {
            &[core, "callcontrol-http"]
        }
        "callcontrol-simulators" => &["callcontrol-testkit"],
        "callcontrol" => &[core, "callcontrol-http", ADAPTERS[0], ADAPTERS[1], ADAPTERS[2]],
        "callcontrol-simulation" => &[
            "callcontrol",
            "callcontrol-http",
            "callcontrol-simulators",
            "callcontrol-testkit",
        ],
        "callctl" => &[
            "callcontrol",
            "callcontrol-simulation",
            "callcontrol-simulators",
            "callcontrol-testkit",
        ],
        "callcontrol-example-unit-tests" => &["callcontrol"],
        "callcontrol-tests" => &["callcontrol"],
        other => panic!("{other} is new: decide here whom it may import"),
    };
    names.iter().copied().collect()
}

#[test]
fn crates_import_only_what_the_design_allows() {
    for package in metadata().packages {
        let allowed = allowed(&package.name);
        for dependency in own_dependencies(&package, &[DependencyKind::Normal, DependencyKind::Build]) {
            assert!(
                allowed.contains(dependency.as_str()),
                "{} must not import {dependency}",
                package.name
            );
        }
    }
}

#[test]
fn not_even_a_test_of_a_simulator_knows_an_adapter_or_the_http_crate() {
    let metadata = metadata();
    let simulators = metadata
        .packages
        .iter()
        .find(|package| *package.name == "callcontrol-simulators")
        .unwrap();
    let all = own_dependencies(
        simulators,
        &[
            DependencyKind::Normal,
            DependencyKind::Build,
            DependencyKind::Development,
        ],
    );
    assert_eq!(all, BTreeSet::from(["callcontrol-testkit".to_owned()]));
}

#[test]
fn no_adapter_knows_another_not_even_in_its_tests() {
    for package in metadata()
        .packages
        .iter()
        .filter(|package| ADAPTERS.contains(&package.name.as_str()))
    {
        let all = own_dependencies(
            package,
            &[
                DependencyKind::Normal,
                DependencyKind::Build,
                DependencyKind::Development,
            ],
        );
        for other in ADAPTERS.iter().filter(|other| **other != package.name.as_str()) {
            assert!(!all.contains(*other), "{} knows {other}", package.name);
        }
    }
}

#[test]
fn features_only_choose_adapters() {
    let ids: BTreeSet<String> = ["default", "huawei-cc-gateway", "huawei-oifde", "genesys-gws"]
        .map(str::to_owned)
        .into();
    for package in metadata().packages {
        let features: BTreeSet<String> = package.features.keys().cloned().collect();
        assert!(
            features.is_subset(&ids),
            "{} has features that change behaviour: {features:?}",
            package.name
        );
    }
}

/// A product source file: its path from the root, its code without comments and without its tests at the bottom.
struct Source {
    path: String,
    text: String,
    code: Vec<(usize, String)>,
}

fn sources(crates: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for name in crates {
        collect(&root().join("crates").join(name).join("src"), &mut found);
    }
    assert!(!found.is_empty(), "no sources in {crates:?}");
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let is_comment = |line: &str| line.trim_start().starts_with("//");
            let code = product.lines().enumerate().filter(|(_, line)| !is_comment(line));
            let code = code
                .map(|(at, line)| (at + 1, line.split(" // ").next().unwrap_or_default().to_owned()))
                .collect();
            let path = path.strip_prefix(root()).unwrap().display().to_string();
            found.push(Source { path, text, code });
        }
    }
}

const LIBRARIES: [&str; 8] = [
    "core",
    "http",
    "huawei-cc-gateway",
    "huawei-oifde",
    "genesys-gws",
    "callcontrol",
    "testkit",
    "simulators",
];

/// Every line of code that holds one of the words, except in files whose path ends so.
fn lines_with(crates: &[&str], words: &[&str], except: &[&str]) -> Vec<String> {
    let mut hits = Vec::new();
    for source in sources(crates) {
        if except.iter().any(|ending| source.path.contains(ending)) {
            continue;
        }
        for (number, line) in &source.code {
            if words.iter().any(|word| line.contains(word)) {
                hits.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    hits
}

#[test]
fn no_vendors_word_in_the_code_of_core_http_and_testkit() {
    let words = [
        "huawei",
        "Huawei",
        "genesys",
        "Genesys",
        "gws",
        "Gws",
        "oifde",
        "Oifde",
        "Guid",
        "guid",
        "GUID",
        "cometd",
        "Cometd",
        "bayeux",
        "skill",
        "retcode",
        "statusCode",
        "errorCode",
    ];
    let hits = lines_with(&["core", "http", "testkit"], &words, &[]);
    assert!(hits.is_empty(), "vendor words:\n{}", hits.join("\n"));
}

#[test]
fn the_cometd_client_has_no_vendors_word_and_imports_nothing_of_its_crate() {
    let client: Vec<Source> = sources(&["genesys-gws"])
        .into_iter()
        .filter(|source| source.path.contains("/cometd/"))
        .collect();
    assert!(!client.is_empty());
    for source in client {
        let foreign = [
            "genesys",
            "Genesys",
            "gws",
            "Gws",
            "crate::wire",
            "crate::session",
            "crate::adapter",
        ];
        for (number, line) in &source.code {
            assert!(
                !foreign.iter().any(|word| line.contains(word)),
                "{}:{number}: {line}",
                source.path
            );
        }
    }
}

#[test]
fn no_global_mutable_state() {
    let words = [
        "static mut ",
        "lazy_static!",
        "thread_local!",
        "static ref ",
        "#[ctor",
        "linkme",
        "inventory::",
    ];
    let hits = lines_with(&LIBRARIES, &words, &[]);
    assert!(hits.is_empty(), "global state:\n{}", hits.join("\n"));
}

#[test]
fn core_shows_no_foreign_type_in_its_public_signatures() {
    let foreign = [
        "serde_json::",
        "tokio::",
        "secrecy::",
        "SecretString",
        "rand::",
        "backon::",
        "watch::",
        "reqwest::",
    ];
    for source in sources(&["core"]) {
        for (number, line) in &source.code {
            let line_start = line.trim_start();
            let private_field = line_start.starts_with("pub struct") && line.contains('(') && !line.contains("(pub");
            let public = line_start.starts_with("pub ") && !line_start.starts_with("pub use") && !private_field;
            let named = foreign.iter().find(|word| line.contains(**word));
            assert!(!(public && named.is_some()), "{}:{number}: {line}", source.path);
        }
    }
}

#[test]
fn tasks_are_spawned_only_where_an_owner_stops_and_awaits_them() {
    let owners = [
        "crates/core/src/layer/detach.rs",
        "crates/callcontrol/src/composite/mod.rs",
        "crates/http/src/in_memory.rs",
        "crates/huawei-cc-gateway/src/task.rs",
        "crates/genesys-gws/src/session",
        "crates/simulators/src/serve.rs",
    ];
    let hits = lines_with(&LIBRARIES, &["tokio::spawn(", ".spawn(", "task::spawn"], &owners);
    // A session's task tracker is closed and awaited when the session is; threads of a scope end with it.
    let owned = |hit: &String| hit.contains("self.tasks.spawn(") || hit.contains("scope.spawn(");
    let hits: Vec<String> = hits.into_iter().filter(|hit| !owned(hit)).collect();
    assert!(hits.is_empty(), "a task without an owner:\n{}", hits.join("\n"));
}

#[test]
fn delays_between_attempts_exist_only_in_the_retry_layer_and_the_event_pumps() {
    let places = ["crates/core/src/layer/retry.rs", "/pump", "/cometd/", "/backoff.rs"];
    let hits = lines_with(&LIBRARIES, &["backon::", "ExponentialBuilder"], &places);
    assert!(hits.is_empty(), "a retry elsewhere:\n{}", hits.join("\n"));
}

#[test]
fn every_select_is_biased() {
    for source in sources(&LIBRARIES) {
        let mut lines = source.code.iter();
        while let Some((number, line)) = lines.next() {
            if line.contains("select! {") {
                let next = lines.next().map(|(_, next)| next.trim().to_owned()).unwrap_or_default();
                assert_eq!(next, "biased;", "{}:{number}", source.path);
            }
        }
    }
}

#[test]
fn every_file_says_what_lives_in_it_and_none_is_too_long() {
    let mut crates = LIBRARIES.to_vec();
    crates.push("cli");
    for source in sources(&crates) {
        assert!(
            source.text.starts_with("//!"),
            "{} does not open with a sentence",
            source.path
        );
        let lines = source.code.iter().filter(|(_, line)| !line.trim().is_empty()).count();
        assert!(lines <= 600, "{} has {lines} lines of product code", source.path);
    }
}
