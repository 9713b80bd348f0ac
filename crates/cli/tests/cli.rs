//! `callctl` as a person or a script meets it: output, JSON, exit codes.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn callctl(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callctl"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A file of the test's own, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("callctl-test-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn demo(adapter: &str) -> Vec<Value> {
    let output = callctl(&["demo", "--adapter", adapter, "--json"]);
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let differing: Vec<&Value> = lines.iter().filter(|line| line["agrees"] == false).collect();
    assert!(output.status.success(), "{differing:#?}\n{}", stderr(&output));
    lines
}

fn operations(lines: &[Value], verdict: &str) -> Vec<String> {
    let steps = lines.iter().filter(|line| line["verdict"] == verdict);
    steps
        .map(|line| line["operation"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_demo_on_cc_gateway_agrees_with_the_journal() {
    let lines = demo("huawei-cc-gateway");
    let done = operations(&lines, "done");
    for operation in [
        "blind-transfer to agent",
        "blind-transfer to queue",
        "blind-transfer to ivr",
        "blind-transfer to number",
        "release-after-transfer to agent",
        "suspend-transfer to ivr",
        "consult to agent",
        "consult to number",
        "consult-complete",
        "consult-cancel",
        "consult-three-way to number",
        "requeue-connected to queue",
    ] {
        assert!(
            done.iter().any(|done| done == operation),
            "{operation} is not among {done:?}"
        );
    }
    assert!(lines.iter().any(|line| line["operation"] == "relay-dtmf"));
    assert!(lines.iter().any(|line| line["operation"] == "requeue-waiting to queue"));
    assert!(operations(&lines, "failed").len() >= 4, "{lines:#?}");
}

#[test]
fn the_demo_on_oifde_claims_no_outcome_and_still_moves_the_customer() {
    let lines = demo("huawei-oifde");
    let transfers = lines.iter().filter(|line| {
        line["operation"]
            .as_str()
            .is_some_and(|name| name.starts_with("blind-transfer"))
    });
    let transfers: Vec<&Value> = transfers.collect();
    assert!(transfers.len() >= 4, "{lines:#?}");
    assert!(transfers.iter().all(|step| step["verdict"] == "unknown"));
    assert!(transfers.iter().any(|step| step["moves"] == 1));
}

#[test]
fn the_demo_on_genesys_agrees_with_the_journal_and_names_emulations() {
    let lines = demo("genesys-gws");
    let done = operations(&lines, "done");
    for operation in [
        "consult-swap",
        "consult-merge",
        "consult-complete",
        "consult-cancel",
        "send-dtmf",
        "requeue-connected to queue",
    ] {
        assert!(
            done.iter().any(|done| done == operation),
            "{operation} is not among {done:?}"
        );
    }
    let emulated = lines.iter().filter(|line| line["support"] == "emulated");
    assert!(emulated.filter(|line| line["verdict"] == "done").count() >= 2);
}

#[test]
fn an_unclaimed_operation_is_shown_refused_with_nothing_on_the_wire() {
    for adapter in ["huawei-cc-gateway", "huawei-oifde", "genesys-gws"] {
        let lines = demo(adapter);
        let refused = lines.iter().find(|line| line["support"] == "unsupported").unwrap();
        assert_eq!(refused["verdict"], "refused");
        assert_eq!(refused["requests"], Value::Array(Vec::new()), "{refused}");
    }
}

#[test]
fn capabilities_are_shown_for_people_and_for_programs() {
    let all = callctl(&["capabilities"]);
    assert!(all.status.success());
    assert!(stdout(&all).contains("blind-transfer to agent"));
    assert!(!stdout(&all).contains('\u{1b}'), "no colours into a pipe");
    let one = callctl(&["capabilities", "--adapter", "genesys-gws"]);
    assert!(stdout(&one).contains("consult-then-complete") && stdout(&one).contains("hazard:"));
    let json: Value = serde_json::from_str(&stdout(&callctl(&["capabilities", "--json"]))).unwrap();
    assert_eq!(json.as_object().unwrap().len(), 3);
}

#[test]
fn wrong_arguments_exit_with_2_and_help_has_an_example() {
    assert_eq!(callctl(&["demo", "--adapter", "nobody"]).status.code(), Some(2));
    let help = callctl(&["check", "--help"]);
    assert!(stdout(&help).contains("Example:"), "{}", stdout(&help));
}

#[test]
fn a_wrong_configuration_exits_with_3_and_names_the_key() {
    let file = Scratch::new(
        "wrong.toml",
        "adapter = \"genesys-gws\"\n[genesys-gws.connection]\nbase-uri = \"http://x\"\n",
    );
    let output = callctl(&["check", "--config", file.path()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("base-uri"), "{}", stderr(&output));
    let output = callctl(&["check", "--config", file.path(), "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let line: Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(
        (&line["ok"], &line["kind"]),
        (&Value::Bool(false), &Value::String("config".into()))
    );
}

fn site(base: &str, secret: &Scratch) -> String {
    format!(
        "adapter = \"genesys-gws\"\n[genesys-gws.connection]\nbase-url = \"{base}\"\n[genesys-gws.agents.ann]\nid = \"ann\"\npassword = {{ file = \"{}\" }}\n",
        secret.path()
    )
}

#[test]
fn a_server_that_cannot_be_reached_exits_with_4() {
    let secret = Scratch::new("dead-secret", "x");
    let file = Scratch::new("dead.toml", &site("http://127.0.0.1:1", &secret));
    let output = callctl(&["check", "--config", file.path(), "--connect"]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains("127.0.0.1:1"), "{}", stderr(&output));
}

/// A simulator in a process of its own; ended with the test.
struct Sim {
    child: std::process::Child,
    base: String,
}

impl Sim {
    fn start(adapter: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_callctl"))
            .args(["sim", adapter, "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        Self {
            child,
            base: told["base_url"].as_str().unwrap().to_owned(),
        }
    }

    /// A raw request, as `curl` would send it.
    fn raw(&self, request: &str, path: &str, body: &str) -> String {
        let authority = self.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(authority).unwrap();
        let length = body.len();
        write!(
            stream,
            "{request} {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_served_simulator_takes_a_sign_in_and_refuses_a_wrong_password() {
    let sim = Sim::start("genesys-gws");
    let secret = Scratch::new("right-secret", "gws-secret");
    let file = Scratch::new("right.toml", &site(&sim.base, &secret));
    let output = callctl(&["check", "--config", file.path(), "--connect"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("ann signed in and out"), "{}", stdout(&output));

    let secret = Scratch::new("wrong-secret", "canary-secret");
    let file = Scratch::new("wrong-password.toml", &site(&sim.base, &secret));
    let output = callctl(&["-vvv", "check", "--config", file.path(), "--connect"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("credentials"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("canary-secret") && !stdout(&output).contains("canary-secret"));
}

#[test]
fn a_served_simulator_is_moved_over_its_control_api() {
    let sim = Sim::start("huawei-cc-gateway");
    let answer = sim.raw("GET", "/_control", "");
    assert!(answer.contains("place_call"), "{answer}");
    sim.raw("POST", "/_control/sign_in", r#"{"agent":"102"}"#);
    let placed = sim.raw("POST", "/_control/place_call", r#"{"from":"2065550100","to":"7002"}"#);
    assert!(placed.contains("\"ok\":true"), "{placed}");
    sim.raw("POST", "/_control/answer", r#"{"party":"7002"}"#);
    let journal = sim.raw("GET", "/_control/journal", "");
    assert!(journal.contains("answered"), "{journal}");
    let wrong = sim.raw("POST", "/_control/answer", r#"{"partie":"7002"}"#);
    assert!(wrong.starts_with("HTTP/1.1 400"), "{wrong}");
}

#[test]
fn a_simulator_is_not_served_to_other_machines() {
    let output = callctl(&["sim", "genesys-gws", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("not a loopback address"),
        "{}",
        stderr(&output)
    );
}
