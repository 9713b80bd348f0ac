//! A simulator can be steered by whoever reaches it, so that nobody outside this machine may: whichever vendor's it is, and whichever address is asked for.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, TcpStream};
use std::process::{Child, Command, Stdio};

const ADAPTERS: [&str; 3] = ["huawei-cc-gateway", "huawei-oifde", "genesys-gws"];

struct Sim(Child);

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn no_simulator_listens_where_other_machines_could_reach_its_control_api() {
    for adapter in ADAPTERS {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0"] {
            let output = Command::new(env!("CARGO_BIN_EXE_callctl"))
                .args(["sim", adapter, "--listen", address])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{adapter} at {address}: {told}");
            assert!(
                told.contains("not a loopback address"),
                "{adapter} at {address}: {told}"
            );
        }
    }
}

#[test]
fn a_simulator_that_is_not_told_where_listens_on_loopback_only() {
    for adapter in ADAPTERS {
        let child = Command::new(env!("CARGO_BIN_EXE_callctl"))
            .args(["sim", adapter, "--json"])
            .stdout(Stdio::piped())
            .spawn();
        let mut sim = Sim(child.unwrap());
        let mut line = String::new();
        BufReader::new(sim.0.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        let authority = told["base_url"].as_str().unwrap().strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(authority).unwrap();
        assert!(stream.peer_addr().unwrap().ip().is_loopback(), "{adapter}: {authority}");
        let IpAddr::V4(address) = stream.peer_addr().unwrap().ip() else {
            panic!("{authority}")
        };
        assert_eq!(address, std::net::Ipv4Addr::LOCALHOST, "{adapter}");
    }
}
