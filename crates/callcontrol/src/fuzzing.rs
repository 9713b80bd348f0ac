//! What the fuzzer feeds to this crate (docs/fuzzing.md): the deployment's file. The function takes any bytes and holds a property; it does not belong to the product.

use callcontrol_core::{Effect, Error, ErrorKind};

use crate::{Config, Registry};

/// A deployment's file: understood, or refused with an error that names the file, steers no terminal and repeats no secret.
pub fn configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let knows_canary = text.contains(CANARY);
    let text = planted(&text);
    let shown = |shown: &str| assert!(knows_canary || !shown.contains(CANARY), "{shown}");
    let refused = |error: &Error| {
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Config, Effect::None),
            "{error}"
        );
        plain(error);
        shown(&format!("{error} {error:?}"));
    };
    let config = match Config::parse(&text, "site.toml") {
        Ok(config) => config,
        Err(error) => {
            assert!(error.to_string().contains("site.toml"), "{error}");
            return refused(&error);
        }
    };
    shown(&format!("{config:?}"));
    assert!(!config.adapter().is_empty());
    let _directory = config.directory();
    // What follows reads the files and variables that are named.
    if text.contains("file") || text.contains("env") {
        return;
    }
    if let Err(error) = Registry::built_in().check(&config) {
        refused(&error);
    }
    for name in config.agents() {
        match config.agent(name) {
            Ok(open) => shown(&format!("{open:?}")),
            Err(error) => refused(&error),
        }
    }
    if let Err(error) = config.with_adapter("huawei-oifde") {
        refused(&error);
    }
}

/// With a secret where people write secrets, the wrong places included.
fn planted(text: &str) -> String {
    let places = [
        "password = \"",
        "service-token = \"",
        "proxy = \"http://u:",
        "base-url = \"http://u:",
    ];
    places.iter().fold(text.to_owned(), |text, place| {
        text.replace(&format!("{place}$SECRET"), &format!("{place}{CANARY}"))
    })
}

fn plain(error: &Error) {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!error.to_string().contains(steers), "{error}");
    assert!(error.to_string().len() < 8192 && !format!("{error:?}").contains(char::is_control));
}

const CANARY: &str = "Zq7canary0p";

#[cfg(test)]
#[path = "../../../fuzz/support/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::replay::{broken_texts, on_a_small_stack, replay, root, steering_texts, write_samples};
    use super::*;

    fn files() -> Vec<(String, Vec<u8>)> {
        let files = [
            "adapter = \"genesys-gws\"\nemulation = \"safe\"\ndeadline-ms = 5000\n[genesys-gws.connection]\nbase-url = \"https://gws.example:8443\"\n[genesys-gws.agents.ann]\nid = \"ann\"\nphone = \"7001\"\nstate = \"not-ready\"\n[genesys-gws.settings]\nplace = \"P\"\neffect-timeout-ms = 4000\nwork-mode = \"auto-in\"\n[genesys-gws.directory]\n\"queue:billing\" = { number = \"8000\" }\n\"agent:bob\" = { number = \"7002\" }\n",
            "adapter = \"huawei-cc-gateway\"\n[huawei-cc-gateway.connection]\nbase-url = \"http://u:$SECRET@gateway:8043\"\nproxy = \"http://u:$SECRET@proxy:1\"\nconnect-timeout-ms = 3000\nfallback-urls = [\"http://b:1\"]\n[huawei-cc-gateway.settings]\nevents = \"push\"\ncallback-url = \"https://a.example/x\"\nservice-token = \"$SECRET\"\nqueues = [25, 26]\n[huawei-cc-gateway.directory]\n\"ivr:pin-check\" = { code = \"1321\" }\n\"queue:x\" = { route-code = \"2500\" }\n",
            "adapter = \"huawei-oifde\"\n[huawei-oifde.connection]\nbase-url = \"https://oiap.example:28080\"\n[huawei-oifde.settings]\ntenant-id = \"202104237142\"\napi-password = \"$SECRET\"\ncaller = \"system\"\napp-key = \"ipcc\"\nlook-up-entries = 99999999999\n",
            "adapter = \"composite\"\n[composite]\ncommands = \"huawei-oifde\"\nevents = \"huawei-cc-gateway\"\n[huawei-oifde.connection]\nbase-url = \"https://a\"\n[huawei-cc-gateway.connection]\nbase-url = \"https://b\"\n[huawei-cc-gateway.agents.ann]\nid = \"101\"\npassword = \"$SECRET\"\ndisplace = \"always\"\nauto-answer = true\n",
            "adapter = 7\n\"\\u001b[31m\" = 1\n",
        ];
        let numbered = files.iter().enumerate();
        numbered
            .map(|(at, file)| (format!("file-{at}"), file.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    #[ignore = "writes into fuzz/corpus"]
    fn samples_are_written() {
        write_samples("configuration", &files());
    }

    #[test]
    fn a_deployments_file_and_its_mutations_are_understood_or_refused_plainly() {
        let files: Vec<_> = files().into_iter().map(|(_, bytes)| bytes).collect();
        replay("configuration", &files, 1500, configuration);
    }

    /// A target that nobody replays, or that has no corpus, would rot unseen.
    #[test]
    fn every_fuzz_target_has_a_corpus_and_is_replayed_by_its_crate() {
        let mut targets = BTreeSet::new();
        for entry in std::fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let calls = format!("::fuzzing::{name}(data)");
            assert!(
                std::fs::read_to_string(&path).unwrap().contains(&calls),
                "{name} does not call {calls}"
            );
            targets.insert(name);
        }
        let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        let pages = std::fs::read_to_string(root().join("docs/fuzzing.md")).unwrap();
        let mut replays = String::new();
        for entry in std::fs::read_dir(root().join("crates")).unwrap() {
            replays += &std::fs::read_to_string(entry.unwrap().path().join("src/fuzzing.rs")).unwrap_or_default();
        }
        replays.retain(|c| !c.is_whitespace());
        assert!(targets.len() >= 10);
        for name in &targets {
            assert!(
                manifest.contains(&format!("name = \"{name}\"")),
                "fuzz/Cargo.toml lacks {name}"
            );
            assert!(replays.contains(&format!("replay(\"{name}\"")), "nobody replays {name}");
            assert!(
                pages.contains(&format!("`{name}`")),
                "docs/fuzzing.md does not tell of {name}"
            );
            let corpus = std::fs::read_dir(root().join("fuzz/corpus").join(name)).unwrap();
            let sizes: Vec<u64> = corpus.map(|file| file.unwrap().metadata().unwrap().len()).collect();
            assert!(!sizes.is_empty() && sizes.len() <= 200, "{name}: {} files", sizes.len());
            assert!(
                sizes.iter().sum::<u64>() <= 300 * 1024,
                "{name}: {} bytes",
                sizes.iter().sum::<u64>()
            );
        }
    }

    #[test]
    fn nests_in_a_deployments_file_are_refused_on_a_small_stack() {
        let nests = ["adapter = [", "adapter = {a=", "[[a."].map(|open| open.repeat(200_000).into_bytes());
        on_a_small_stack(1024, configuration, nests.to_vec());
    }

    #[test]
    fn texts_that_steer_a_terminal_do_so_in_no_error() {
        let text = |text: &str| format!("adapter = \"{text}\"\n[\"{text}\".connection]\nbase-url = \"{text}\"\n");
        for file in steering_texts(&text).iter().chain(&broken_texts(&text)) {
            configuration(file);
        }
    }
}
