//! What is on the wire, and what is known when the wire breaks (faults.md rows 1, 2, 3, 7, 16, 47).

mod support;

use std::process::Command;
use std::time::Duration;

use callcontrol_core::{Effect, ErrorKind};
use callcontrol_http::fault::{accept, from_transport};
use callcontrol_http::{ApiPath, Idempotency, Lost, NotSent, Request, Transport, TransportError};
use tokio::sync::mpsc;

use support::{AMPLE, CANARY, SHORT, Server, check_discretion, command, transport_to};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

fn expect_lost(result: Result<callcontrol_http::Response, TransportError>) -> (Lost, Option<u16>) {
    let error = result.expect_err("lost");
    check_discretion(&error);
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    match error {
        TransportError::Lost { phase, status, .. } => (phase, status),
        TransportError::NotSent { reason, .. } => panic!("claims not to be sent: {reason:?}"),
    }
}

fn expect_not_sent(result: Result<callcontrol_http::Response, TransportError>) -> (NotSent, String) {
    let error = result.expect_err("not sent");
    check_discretion(&error);
    assert_eq!(error.effect(), Effect::None, "{error}");
    let text = error.to_string();
    match error {
        TransportError::NotSent { reason, .. } => (reason, text),
        TransportError::Lost { phase, .. } => panic!("claims to be lost: {phase:?}"),
    }
}

#[tokio::test]
async fn a_request_goes_out_whole_and_says_no_more_than_it_was_told() {
    let (seen, mut heard) = mpsc::unbounded_channel();
    let server = Server::start(move |mut conn| {
        let seen = seen.clone();
        async move {
            while let Some(request) = conn.request().await {
                seen.send(request).expect("listening");
                conn.write(OK).await;
            }
        }
    })
    .await;
    let transport = transport_to(&format!("http://{}/base/", server.addr));

    let reply = transport.send(command(AMPLE)).await.expect("answered");
    assert_eq!((reply.status, reply.text().as_str()), (200, "{}"));
    let request = heard.recv().await.expect("arrived");
    assert!(
        request.starts_with(&format!("POST /base/calls/42/transfer?to={CANARY} HTTP/1.1\r\n")),
        "{request}"
    );
    assert!(request.contains(&format!("guid: {CANARY}\r\n")), "{request}");
    assert!(request.contains("content-length: 15\r\n"), "{request}");
    assert!(request.ends_with(&format!("\r\n\r\n\"{CANARY}\"")), "{request}");
    for unwanted in ["referer", "accept-encoding", "transfer-encoding", "cookie", "proxy"] {
        assert!(!request.contains(unwanted), "{request}");
    }

    for (request, length) in [
        (Request::post(ApiPath::new("/x"), AMPLE), Some("0")),
        (Request::put(ApiPath::new("/x"), AMPLE), Some("0")),
        (Request::get(ApiPath::new("/x"), AMPLE), None),
        (Request::delete(ApiPath::new("/x"), AMPLE), None),
    ] {
        transport.send(request).await.expect("answered");
        let text = heard.recv().await.expect("arrived").to_lowercase();
        assert_eq!(text.contains("content-length: 0\r\n"), length.is_some(), "{text}");
        assert_eq!(text.matches("content-length").count(), usize::from(length.is_some()));
        assert!(!text.contains("transfer-encoding"), "{text}");
    }
    assert_eq!(server.connections(), 1, "one connection serves all");
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    drop(listener);
    let result = transport_to(&format!("http://{addr}")).send(command(AMPLE)).await;
    let (reason, text) = expect_not_sent(result);
    assert_eq!(reason, NotSent::Refused);
    assert!(text.contains(&format!("connection refused by {addr}")), "{text}");
}

#[tokio::test]
async fn a_name_without_address_proves_that_nothing_was_sent() {
    // A label of 64 characters fails in the resolver itself: no query leaves the machine.
    let host = format!("{}.invalid", "a".repeat(64));
    let result = transport_to(&format!("http://{host}:1")).send(command(AMPLE)).await;
    assert_eq!(expect_not_sent(result).0, NotSent::Dns);
}

#[tokio::test]
async fn a_passed_deadline_sends_nothing() {
    let server = Server::start(|conn| conn.linger()).await;
    let result = server.transport().send(command(Duration::ZERO)).await;
    assert_eq!(expect_not_sent(result).0, NotSent::DeadlinePassed);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_idle_connection_closed_by_the_server_is_replaced_unnoticed() {
    let (closed, mut closing) = mpsc::unbounded_channel();
    let server = Server::start(move |mut conn| {
        let closed = closed.clone();
        async move {
            conn.answer(OK).await;
            drop(conn);
            closed.send(()).expect("listening");
        }
    })
    .await;
    let transport = server.transport();
    for nth in 1..=3 {
        let reply = transport.send(command(AMPLE)).await.expect("answered");
        assert_eq!(reply.status, 200);
        closing.recv().await.expect("closed");
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!((server.requests(), server.connections()), (nth, nth));
    }
}

#[tokio::test]
async fn a_reset_after_the_request_leaves_the_outcome_unknown_and_is_not_repeated() {
    let server = Server::start(|mut conn| async move {
        conn.request().await;
        conn.reset();
    })
    .await;
    let result = server.transport().send(command(AMPLE)).await;
    assert_eq!(expect_lost(result), (Lost::BeforeHeaders, None));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_reset_on_a_reused_connection_is_not_repeated_either() {
    let server = Server::start(|mut conn| async move {
        conn.answer(OK).await;
        conn.request().await;
        conn.reset();
    })
    .await;
    let transport = server.transport();
    transport.send(command(AMPLE)).await.expect("answered");
    let result = transport.send(command(AMPLE)).await;
    assert_eq!(expect_lost(result), (Lost::BeforeHeaders, None));
    assert_eq!((server.requests(), server.connections()), (2, 1));
}

#[tokio::test]
async fn a_reply_cut_anywhere_leaves_the_outcome_unknown() {
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n{\"a\":1";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"a\"";
    let head = (Lost::BeforeHeaders, None);
    let body = (Lost::Body, Some(200));
    for (reply, expected) in [
        ("", head),
        ("HTTP/1.1 2", head),
        ("HTTP/1.1 200 OK\r\ncontent-le", head),
        (&whole[..whole.len() - 3], body),
        (chunked, body),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", body),
    ] {
        let server = Server::start(move |mut conn| async move { conn.answer(reply).await }).await;
        let result = server.transport().send(command(AMPLE)).await;
        assert_eq!(expect_lost(result), expected, "{reply:?}");
        assert_eq!(server.requests(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_leaves_the_outcome_unknown() {
    let server = Server::start(|mut conn| async move { conn.answer("SSH-2.0-OpenSSH_9\r\n\r\n").await }).await;
    let result = server.transport().send(command(AMPLE)).await;
    assert_eq!(expect_lost(result), (Lost::Malformed, None));
}

#[tokio::test]
async fn a_redirect_is_an_error_and_nothing_goes_elsewhere() {
    let elsewhere = Server::start(|conn| conn.linger()).await;
    let target = elsewhere.addr;
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(move |mut conn| async move {
            let reply = format!(
                "HTTP/1.1 {status} Go\r\nlocation: http://{target}/calls\r\nrefresh: 0;url=http://{target}/\r\ncontent-length: 0\r\n\r\n"
            );
            conn.answer(reply).await;
        })
        .await;
        let reply = server.transport().send(command(AMPLE)).await.expect("a reply");
        assert_eq!(reply.status, status);
        let error = accept(reply, Idempotency::Command).expect_err("redirect");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::Unknown));
        assert!(error.to_string().contains("base URL"), "{error}");
        assert_eq!(server.requests(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn interim_and_empty_answers_are_understood() {
    for (reply, status) in [
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204),
        (
            "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            200,
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204),
    ] {
        let server = Server::start(move |mut conn| async move { conn.answer(reply).await }).await;
        let reply = server.transport().send(command(AMPLE)).await.expect("a reply");
        assert_eq!((reply.status, reply.body.len()), (status, 0));
    }
}

#[tokio::test]
async fn a_request_given_up_by_its_caller_leaves_the_transport_usable() {
    let (arrived, mut arrival) = mpsc::unbounded_channel();
    let server = Server::start(move |mut conn| {
        let arrived = arrived.clone();
        async move {
            let request = conn.request().await.unwrap_or_default();
            arrived.send(()).expect("listening");
            if request.starts_with("GET") {
                conn.write(OK).await;
            }
            conn.linger().await;
        }
    })
    .await;
    let transport = server.transport();
    tokio::select! {
        biased;
        () = async { arrival.recv().await.expect("arrived") } => {}
        reply = transport.send(command(AMPLE)) => panic!("nobody answers: {reply:?}"),
    }
    let reply = transport.send(Request::get(ApiPath::new("/x"), AMPLE)).await;
    assert_eq!(reply.expect("answered").status, 200);
}

#[tokio::test]
async fn a_proxy_in_the_environment_is_ignored() {
    let proxy = Server::start(|conn| conn.linger()).await;
    let server = Server::start(|mut conn| async move { conn.answer(OK).await }).await;
    let (via, target) = (format!("http://{}", proxy.addr), server.addr.to_string());
    let child = tokio::task::spawn_blocking(move || {
        let mut child = Command::new(std::env::current_exe().expect("this test"));
        child.args(["--exact", "child_of_the_proxy_test"]).env(CHILD, target);
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            child.env(name, &via);
        }
        child.env_remove("NO_PROXY").env_remove("no_proxy").output()
    });
    let output = child.await.expect("joined").expect("ran");
    assert!(output.status.success(), "{output:?}");
    assert_eq!((proxy.connections(), server.requests()), (0, 1));
}

/// Does nothing unless started by the test above.
#[tokio::test]
async fn child_of_the_proxy_test() {
    let Ok(target) = std::env::var(CHILD) else {
        return;
    };
    let reply = transport_to(&format!("http://{target}")).send(command(AMPLE)).await;
    assert_eq!(reply.expect("answered").status, 200);
}

#[tokio::test]
async fn a_lost_query_may_be_asked_again_a_lost_command_may_not() {
    for (idempotency, retryable) in [(Idempotency::Query, true), (Idempotency::Command, false)] {
        let server = Server::start(|conn| conn.linger()).await;
        let error = server.transport().send(command(SHORT)).await.expect_err("lost");
        let error = from_transport(error, idempotency);
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.is_retryable(), retryable, "{error}");
        assert!(!format!("{error} {error:?}").contains(CANARY));
    }
}

const CHILD: &str = "CALLCONTROL_HTTP_TEST_CHILD";
