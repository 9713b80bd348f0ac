//! Rows 41 to 43: ids, credentials and places that are more than they seem.

use std::collections::BTreeSet;

use callcontrol::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::net::TcpListener;

use super::paused;
use crate::line::Wired;
use crate::meeting::{nobody_came, until};
use crate::support::{ADAPTERS, InMemory};

#[test]
fn whatever_stands_for_an_agent_is_refused_with_nothing_sent_or_stays_in_its_place() {
    for adapter in ADAPTERS {
        let runtime = paused();
        let known = runtime.block_on(async {
            let memory = InMemory::new(adapter);
            let _ann = memory.sign_in().await;
            shapes(&memory, memory.ann().agent.as_str())
        });
        let memory = runtime.block_on(async { InMemory::new(adapter) });
        let config = ProptestConfig {
            cases: 400,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let result = TestRunner::new(config).run(&hostile_text(), |text| {
            let Ok(id) = AgentId::new(text.clone()) else {
                return Ok(());
            };
            let mark = memory.site.log.mark();
            let mut request = memory.ann();
            request.agent = id;
            let opened = runtime.block_on(Session::open(&memory.control, request));
            let asked = memory.site.log.since(mark);
            for request in &asked {
                let shape = shape(&request.path, &text);
                prop_assert!(known.contains(&shape), "{} asks for {}", adapter, shape);
            }
            if let Err(error) = opened {
                prop_assert_ne!(error.effect(), Effect::Applied);
                if error.kind() == ErrorKind::InvalidInput {
                    prop_assert!(asked.is_empty(), "{}: {} was sent", adapter, asked.len());
                }
            }
            Ok(())
        });
        runtime.block_on(async { drop(memory) });
        assert!(result.is_ok(), "{adapter}: {}", result.unwrap_err());
    }
}

/// Paths that a harmless agent's sign-in asks for, the agent's id replaced.
fn shapes(memory: &InMemory, id: &str) -> BTreeSet<String> {
    let requests = memory.site.log.all();
    requests.iter().map(|request| shape(&request.path, id)).collect()
}

fn shape(path: &str, id: &str) -> String {
    let is_id = |segment: &str| segment == id || segment == percent_encoded(id);
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| if is_id(segment) { ":id" } else { segment })
        .collect();
    segments.join("/")
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[tokio::test(start_paused = true)]
async fn ids_that_are_none_are_refused_and_nothing_is_sent() {
    let (large, none) = ("9".repeat(1 << 20), String::new());
    for adapter in ADAPTERS {
        let memory = InMemory::new(adapter);
        for text in [
            large.as_str(),
            none.as_str(),
            "10\t1",
            "10\r\n1",
            "101\u{0}",
            "\u{7f}",
            " 101",
        ] {
            let error = AgentId::new(text).unwrap_err();
            assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
        }
        for text in [
            "101/../x",
            "..",
            ".",
            "%2f",
            "101%2f..%2fx",
            "１０１",
            "101?x=1",
            "101#x",
            "101;x",
            "101\\x",
        ] {
            let mut request = memory.ann();
            request.agent = AgentId::new(text).unwrap();
            let opened = Session::open(&memory.control, request).await;
            // At OIFDE an agent's id is no part of any address, and nothing is asked about it at the sign-in.
            assert!(
                opened.is_err() || adapter == "huawei-oifde",
                "{adapter}, {text}: {opened:?}"
            );
            let sent = memory.site.log.all();
            let in_path = sent
                .iter()
                .find(|request| request.path.contains("..") || request.path.ends_with("/x"));
            assert!(in_path.is_none(), "{adapter}, {text}: {in_path:?}");
            let Err(error) = opened else { continue };
            assert_eq!(error.effect(), Effect::None, "{adapter}, {text}: {error}");
            if adapter == "huawei-cc-gateway" {
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}: {error}");
                assert!(sent.is_empty(), "{text}: {sent:?}");
            }
        }
    }
}

#[test]
fn whatever_segments_an_own_request_has_it_stays_below_the_vendors_path() {
    for adapter in ADAPTERS {
        let runtime = paused();
        let (memory, session) = runtime.block_on(async {
            let memory = InMemory::new(adapter);
            let session = memory.sign_in().await.id().clone();
            (memory, session)
        });
        let base = match adapter {
            "huawei-cc-gateway" => "/agentgateway/resource/",
            "huawei-oifde" => "/",
            _ => "/api/v2/",
        };
        let config = ProptestConfig {
            cases: 300,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let segments = proptest::collection::vec(hostile_text(), 1..4);
        let result = TestRunner::new(config).run(&segments, |segments| {
            let mark = memory.site.log.mark();
            let count = segments.len();
            let request = NativeRequest::new("GET", segments).session(session.clone());
            let _answer = runtime.block_on(memory.control.native(request, &OpCx::new()));
            for request in memory.site.log.since(mark) {
                let mut parts = request.path.split('/');
                prop_assert!(request.path.starts_with(base), "{}", request.path);
                prop_assert!(parts.all(|part| part != ".." && part != "."), "{}", request.path);
                let below = request.path.split('/').count() - base.split('/').count();
                prop_assert!(
                    below < count || request.path.contains("event"),
                    "{}: {} segments",
                    request.path,
                    below
                );
            }
            Ok(())
        });
        runtime.block_on(async { drop(memory) });
        assert!(result.is_ok(), "{adapter}: {}", result.unwrap_err());
    }
}

#[tokio::test]
async fn a_credential_that_would_break_a_header_is_no_credential() {
    for (adapter, from, to) in [
        ("huawei-cc-gateway", "JSESSIONID=", "JSESSIONID=caf\u{e9}"),
        ("huawei-cc-gateway", "JSESSIONID=", "JSESSIONID=a\tb"),
        (
            "huawei-oifde",
            "\"authToken\":\"",
            "\"authToken\":\"a\\r\\nX-Evil: 1\\r\\n",
        ),
        ("huawei-oifde", "\"authToken\":\"", "\"authToken\":\"\\u00e9\\u0000"),
        ("genesys-gws", "JSESSIONID=", "JSESSIONID=caf\u{e9}"),
        (
            "genesys-gws",
            "\"clientId\":\"",
            "\"clientId\":\"a\\r\\nX-Evil: 1\\r\\n",
        ),
    ] {
        let wired = Wired::start(adapter).await;
        wired.line.rewrite(from, to);
        let opened = Session::open(&wired.control, wired.config.agent("ann").unwrap()).await;
        assert!(wired.line.rewritten() > 0, "{adapter}: {from} is in no answer");
        let injected = wired.line.heads_with("x-evil");
        assert!(injected.is_empty(), "{adapter}: {injected:?}");
        if let Err(error) = opened {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("X-Evil") && !shown.contains('\t'), "{adapter}: {shown}");
        }
        wired.stop().await;
    }
}

#[tokio::test]
async fn a_gateways_credential_with_foreign_characters_ends_the_sign_in() {
    let wired = Wired::start("huawei-cc-gateway").await;
    wired.line.rewrite("JSESSIONID=", "JSESSIONID=caf\u{e9}");
    let error = Session::open(&wired.control, wired.config.agent("ann").unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    wired.stop().await;
}

#[tokio::test]
async fn what_an_answer_calls_its_place_is_never_fetched() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    for place in [
        format!("http://127.0.0.1:{port}"),
        format!("http://gws.example:8090@127.0.0.1:{port}"),
        format!("//127.0.0.1:{port}"),
        "file:///etc/passwd?".to_owned(),
        format!("https://127.0.0.1:{port}"),
    ] {
        let wired = Wired::start("genesys-gws").await;
        wired.line.rewrite("http://gws.example:8090", &place);
        let (_ann, call, customer) = wired.talking().await;
        assert!(call.hold().await.unwrap().outcome().await.is_done(), "{place}");
        assert!(call.retrieve().await.unwrap().outcome().await.is_done(), "{place}");
        let to = Target::number("90012345").unwrap();
        call.blind_transfer(to).await.unwrap();
        until(|| wired.site.truth(customer).1 == 1).await;
        assert!(wired.line.rewritten() > 3, "{place}: no answer names its place");
        wired.stop().await;
    }
    assert!(nobody_came(&elsewhere).await, "somebody asked elsewhere");
}

/// Any text at all, and text that means something to paths, hosts and headers.
fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        "[./%2eEfF5cC\\\\?#@:;&=a0 \t\r\n]{0,12}",
        "(101|\\.\\.|\\.|%2e|%2f|/|//|\\\\|;|@|:|[0-9０-９]|\r\n){1,6}",
        Just("9".repeat(1 << 20)),
    ]
}
