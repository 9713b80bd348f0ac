//! What a deployment's file may hold, and what each mistake in it gets: an error that names the file, the key and what was expected, never a secret.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::path::PathBuf;

use callcontrol::*;

const FILE: &str = r#"
adapter = "genesys-gws"
emulation = "safe"
deadline-ms = 5000

[genesys-gws.connection]
base-url = "https://gws.example:8443"

[genesys-gws.agents.ann]
id = "ann"
password = { file = "SECRET_FILE" }
phone = "7001"

[genesys-gws.directory]
"queue:billing" = { number = "8000" }
"agent:bob" = { number = "7002" }

[huawei-cc-gateway.connection]
base-url = "https://gateway.example:8043"

[huawei-cc-gateway.directory]
"queue:billing" = { id = "25" }
"agent:bob" = { id = "102" }
"ivr:pin-check" = { code = "1321" }
"#;

/// A file of the test's own, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("callcontrol-test-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The message of the one mistake made by replacing `what` with `with`.
fn mistake(what: &str, with: &str) -> String {
    assert!(FILE.contains(what), "{what}");
    let text = FILE.replacen(what, with, 1);
    let error = Config::parse(&text, "site.toml")
        .and_then(|config| Registry::built_in().check(&config))
        .expect_err(with);
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Config, Effect::None),
        "{error}"
    );
    let message = error.to_string();
    assert!(message.contains("site.toml"), "{message}");
    message
}

#[test]
fn a_complete_file_is_read_and_the_vendor_is_one_line() {
    let config = Config::parse(FILE, "site.toml").unwrap();
    assert_eq!(config.adapter(), "genesys-gws");
    let target = Target::named("queue:billing").unwrap();
    let number = PhoneNumber::new("8000").unwrap();
    assert_eq!(
        config.directory().resolve(target.clone()).unwrap(),
        Target::Queue(QueueRef::Number(number))
    );

    let swapped = FILE.replacen("genesys-gws", "huawei-cc-gateway", 1);
    let config = Config::parse(&swapped, "site.toml").unwrap();
    assert_eq!(
        config.directory().resolve(target).unwrap(),
        Target::queue_id("25").unwrap()
    );
}

#[test]
fn an_agents_password_comes_from_its_file_without_the_line_break() {
    let secret = Scratch::new("secret", "hunter2\n");
    let text = FILE.replace("SECRET_FILE", &secret.0.display().to_string());
    let request = Config::parse(&text, "site.toml").unwrap().agent("ann").unwrap();
    assert_eq!(request.password.as_ref().unwrap().reveal(), "hunter2");
    assert!(!format!("{request:?}").contains("hunter2"));
}

#[test]
fn a_secret_that_cannot_be_read_is_named_by_its_place() {
    let config = Config::parse(FILE, "site.toml").unwrap();
    let error = config.agent("ann").unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("genesys-gws.agents.ann") && message.contains("SECRET_FILE"),
        "{message}"
    );

    let text = FILE.replace(
        "{ file = \"SECRET_FILE\" }",
        "{ env = \"CALLCONTROL_NO_SUCH_VARIABLE\" }",
    );
    let error = Config::parse(&text, "site.toml").unwrap().agent("ann").unwrap_err();
    assert!(
        error.to_string().contains("CALLCONTROL_NO_SUCH_VARIABLE is not set"),
        "{error}"
    );
}

#[test]
fn a_secret_in_the_file_itself_is_refused_and_not_repeated() {
    let message = mistake("{ file = \"SECRET_FILE\" }", "\"hunter2\"");
    assert!(
        message.contains("genesys-gws.agents.ann.password") && message.contains("{ env = \"NAME\" }"),
        "{message}"
    );
    assert!(!message.contains("hunter2"), "{message}");
    let message = mistake("password = { file = \"SECRET_FILE\" }", "password = \"hunter2");
    assert!(message.contains("line ") && !message.contains("hunter2"), "{message}");
}

#[test]
fn each_mistake_names_the_key_and_what_was_expected() {
    let table = [
        (
            "adapter = \"genesys-gws\"",
            "adapter = \"genesis\"",
            &["adapter", "genesis"][..],
        ),
        ("adapter = \"genesys-gws\"\n", "", &["adapter"]),
        (
            "emulation = \"safe\"",
            "emulation = \"maybe\"",
            &["emulation", "deny", "safe", "allow"],
        ),
        (
            "deadline-ms = 5000",
            "deadline-ms = 1",
            &["deadline-ms", "100 to 600000"],
        ),
        ("deadline-ms = 5000", "deadline = 5000", &["deadline", "unknown key"]),
        (
            "base-url = \"https://gws",
            "base-uri = \"https://gws",
            &["genesys-gws.connection", "base-uri", "base-url"],
        ),
        (
            "https://gws.example:8443",
            "ftp://gws.example",
            &["genesys-gws.connection", "base-url"],
        ),
        (
            "\"queue:billing\" = { number",
            "\"pool:billing\" = { number",
            &["genesys-gws.directory", "pool:billing"],
        ),
        (
            "{ number = \"8000\" }",
            "{ skill = \"8000\" }",
            &["queue:billing", "skill", "route-code"],
        ),
        ("{ number = \"7002\" }", "{ name = \"Bob\" }", &["agent:bob", "number"]),
        (
            "{ number = \"7002\" }",
            "{ number = \"70x2\" }",
            &["agent:bob", "position 3"],
        ),
        (
            "[huawei-cc-gateway.connection]",
            "[huawei-cc-gate.connection]",
            &["huawei-cc-gateway", "connection"],
        ),
    ];
    for (what, with, says) in table {
        let message = mistake(what, with);
        for word in says {
            assert!(message.contains(word), "{with}: {message}");
        }
    }
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    let error = Config::load("/nowhere/callcontrol.toml").unwrap_err();
    assert!(
        error.to_string().contains("/nowhere/callcontrol.toml: cannot be read"),
        "{error}"
    );
}

#[test]
fn an_unknown_agent_lists_the_known_ones() {
    let error = Config::parse(FILE, "site.toml").unwrap().agent("bob").unwrap_err();
    assert!(
        error.to_string().contains("has no agent \"bob\"; it has: ann"),
        "{error}"
    );
}

/// Two products of one site.
fn composite(table: &str) -> Result<Config> {
    let text = FILE.replacen("\"genesys-gws\"", "\"composite\"", 1) + table;
    let config = Config::parse(&text, "site.toml")?;
    Registry::built_in().check(&config)?;
    Ok(config)
}

#[test]
fn a_composite_takes_its_agents_from_the_event_source_and_its_targets_from_the_command_source() {
    let table = "[composite]\ncommands = \"huawei-cc-gateway\"\nevents = \"genesys-gws\"\n";
    let config = composite(table).unwrap();
    assert_eq!(config.adapter(), "composite");
    assert_eq!(config.agents().collect::<Vec<_>>(), ["ann"]);
    let ivr = config.directory().resolve(Target::named("ivr:pin-check").unwrap());
    assert!(matches!(ivr, Ok(Target::Ivr(_))), "{ivr:?}");
    assert!(Registry::built_in().connect(&config).is_ok());
}

#[test]
fn each_mistake_in_a_composite_names_the_key_and_what_was_expected() {
    let mistakes = [
        ("", "no table [composite]"),
        ("[composite]\ncommands = \"genesys-gws\"\n", "missing field `events`"),
        (
            "[composite]\ncommands = \"genesys-gws\"\nevents = \"genesys-gws\"\n",
            "composite.events: is the same adapter",
        ),
        (
            "[composite]\ncommands = \"huawei-oifde\"\nevents = \"genesys-gws\"\n",
            "no table [huawei-oifde.connection]",
        ),
        (
            "[composite]\ncommands = \"huawei-cc-gateway\"\nevents = \"genesys-gws\"\nwindow-s = 1\n",
            "composite.window-s: 1 is out of range",
        ),
        (
            "[composite]\ncommands = \"huawei-cc-gateway\"\nevents = \"genesys-gws\"\njoin = [\"magic\"]\n",
            "composite.join",
        ),
    ];
    for (table, expected) in mistakes {
        let error = composite(table).expect_err(table);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(expected), "{table}: {}", error.message());
    }
}

#[test]
fn further_addresses_of_the_server_are_checked_like_the_first() {
    let more = "base-url = \"https://gws.example:8443\"\nfallback-urls = [\"gws-2.example\"]";
    let message = mistake("base-url = \"https://gws.example:8443\"", more);
    assert!(message.contains("genesys-gws.connection: fallback-urls"), "{message}");
}
