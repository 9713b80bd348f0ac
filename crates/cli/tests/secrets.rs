//! What `callctl` prints and leaves behind holds no secret: not at the lowest level of the log, not when a server repeats what it was told, not when it dies.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A file of the test's own, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("callctl-secrets-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A server that answers every request with its own head on a page; ends with this program.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            let read = stream.read(&mut request).unwrap_or_default();
            let page = format!("<html>{}</html>", String::from_utf8_lossy(&request[..read]));
            let length = page.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close";
            let _gone = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{page}");
        }
    });
    addr
}

#[test]
fn no_secret_shows_on_the_command_line_at_the_lowest_level() {
    let addr = echo();
    let secret = Scratch::new("secret", CANARY);
    let path = secret.0.display();
    for (adapter, settings, agent) in [
        (
            "huawei-cc-gateway",
            String::new(),
            format!("id = \"101\"\nphone = \"{PHONE}\"\npassword = {{ file = \"{path}\" }}"),
        ),
        (
            "huawei-oifde",
            format!("[huawei-oifde.settings]\ntenant-id = \"1\"\napi-password = {{ file = \"{path}\" }}\n"),
            "id = \"101\"".to_owned(),
        ),
        (
            "genesys-gws",
            String::new(),
            format!("id = \"ann\"\npassword = {{ file = \"{path}\" }}"),
        ),
    ] {
        let site = format!(
            "adapter = \"{adapter}\"\n[{adapter}.connection]\nbase-url = \"http://{addr}\"\n{settings}[{adapter}.agents.ann]\n{agent}\n"
        );
        let file = Scratch::new(&format!("{adapter}.toml"), &site);
        for more in [&[][..], &["--json"]] {
            let mut callctl = Command::new(env!("CARGO_BIN_EXE_callctl"));
            callctl
                .args(["-vvv", "check", "--connect", "--config"])
                .arg(&file.0)
                .args(more);
            let output = callctl.env("CANARY_IN_THE_ENVIRONMENT", CANARY).output().unwrap();
            assert!(!output.status.success(), "{adapter}: a page is no answer");
            let shown = [output.stdout, output.stderr].concat();
            let shown = String::from_utf8_lossy(&shown);
            assert!(shown.contains("HTML"), "{adapter}: {shown}");
            // The second is GWS's Basic header of the first.
            for canary in [CANARY, "YW5uOmNhbmFyeS", PHONE] {
                assert!(!shown.contains(canary), "{adapter}: {canary} in {shown}");
            }
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_command_line_that_dies_leaves_no_core_behind() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callctl"))
        .args(["sim", "genesys-gws", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let cores = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let bounds: Vec<&str> = cores.split_whitespace().skip(4).take(2).collect();
    assert_eq!(bounds, ["0", "0"], "{cores}");
}

const CANARY: &str = "canary-password-of-ann";
const PHONE: &str = "2065550199";
