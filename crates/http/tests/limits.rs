//! Deadlines and caps hold against servers that are slow or generous (faults.md rows 9, 36, 37).

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use callcontrol_http::{Lost, NotSent, Response, Transport, TransportError};

use support::{AMPLE, SHORT, Server, check_discretion, command, transport_to};

const CAP: usize = 64 * 1024;

fn lost(result: Result<Response, TransportError>) -> (Lost, Option<u16>) {
    let error = result.expect_err("lost");
    check_discretion(&error);
    match error {
        TransportError::Lost { phase, status, .. } => (phase, status),
        TransportError::NotSent { reason, .. } => panic!("claims not to be sent: {reason:?}"),
    }
}

/// The deadline holds within 5 % on an idle machine; here only that it holds at all, on a machine that may be busy.
async fn lost_in_time(transport: &impl Transport) -> (Lost, Option<u16>) {
    let start = Instant::now();
    let result = transport.send(command(SHORT).body_cap(usize::MAX)).await;
    let took = start.elapsed();
    assert!(took >= SHORT && took < SHORT + Duration::from_secs(5), "{took:?}");
    lost(result)
}

#[tokio::test]
async fn silence_after_the_request_ends_at_the_deadline() {
    let server = Server::start(|conn| conn.linger()).await;
    assert_eq!(lost_in_time(&server.transport()).await, (Lost::Deadline, None));
}

#[tokio::test]
async fn headers_that_trickle_end_at_the_deadline() {
    let server = Server::start(|mut conn| async move {
        conn.answer("HTTP/1.1 200 OK\r\n").await;
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        while conn.write("x-a: b\r\n").await {
            tick.tick().await;
        }
    })
    .await;
    // A hundred headers may also come first.
    let (phase, status) = lost_in_time_or_malformed(&server).await;
    assert!(matches!(phase, Lost::Deadline | Lost::Malformed) && status.is_none());
}

async fn lost_in_time_or_malformed(server: &Server) -> (Lost, Option<u16>) {
    lost(server.transport().send(command(SHORT)).await)
}

#[tokio::test]
async fn a_body_that_trickles_ends_at_the_deadline() {
    let server = Server::start(|mut conn| async move {
        conn.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        while conn.write("1\r\n \r\n").await {
            tick.tick().await;
        }
    })
    .await;
    assert_eq!(lost_in_time(&server.transport()).await, (Lost::Deadline, Some(200)));
}

#[tokio::test]
async fn a_tls_handshake_that_hangs_is_known_not_to_have_sent_anything() {
    let server = Server::start(|conn| conn.linger()).await;
    let transport = transport_to(&format!("https://{}", server.addr));
    let error = transport.send(command(SHORT)).await.expect_err("hangs");
    check_discretion(&error);
    assert!(
        matches!(
            error,
            TransportError::NotSent {
                reason: NotSent::ConnectTimeout,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_body_announced_too_long_is_refused_at_once() {
    let server = Server::start(|mut conn| async move {
        conn.answer("HTTP/1.1 200 OK\r\ncontent-length: 209715200\r\n\r\n")
            .await;
        conn.linger().await;
    })
    .await;
    let result = server.transport().send(command(AMPLE).body_cap(CAP)).await;
    assert_eq!(lost(result), (Lost::TooLarge, Some(200)));
}

#[tokio::test]
async fn an_endless_body_is_refused_at_the_cap() {
    let server = Server::start(|mut conn| async move {
        conn.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while conn.write(&chunk).await {}
    })
    .await;
    let result = server.transport().send(command(AMPLE).body_cap(CAP)).await;
    assert_eq!(lost(result), (Lost::TooLarge, Some(200)));
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_passes_and_is_never_unpacked() {
    let server = Server::start(|mut conn| async move {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {CAP}\r\n\r\n");
        conn.answer(head + &"x".repeat(CAP)).await;
        conn.linger().await;
    })
    .await;
    let reply = server.transport().send(command(AMPLE).body_cap(CAP)).await;
    assert_eq!(reply.expect("fits").body, "x".repeat(CAP));
}

#[tokio::test]
async fn headers_too_large_or_too_many_are_refused() {
    let large = format!("x-a: {}\r\n", "x".repeat(8 << 20));
    let many = "x-a: b\r\n".repeat(1_000_000);
    for headers in [large, many] {
        let server = Server::start(move |mut conn| {
            let headers = headers.clone();
            async move {
                conn.answer("HTTP/1.1 200 OK\r\n").await;
                conn.write(headers).await;
                conn.write("\r\n").await;
            }
        })
        .await;
        let result = server.transport().send(command(AMPLE)).await;
        assert_eq!(lost(result), (Lost::Malformed, None));
    }
}

#[tokio::test]
async fn an_answer_of_200_mib_costs_at_most_twice_the_cap() {
    let reply = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let mebibyte = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    let large = Server::start(move |mut conn| {
        let mebibyte = mebibyte.clone();
        async move {
            conn.answer(reply).await;
            for _ in 0..200 {
                if !conn.write(&mebibyte).await {
                    break;
                }
            }
        }
    })
    .await;
    let target = large.addr.to_string();
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "child_of_the_memory_test", "--nocapture"])
            .env(CHILD, target)
            .output()
    });
    let output = child.await.expect("joined").expect("ran");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("peak grew by"), "the child did nothing: {said}");
    assert_eq!(large.requests(), 2);
}

/// Does nothing unless started by the test above. The first exchange brings in what every exchange needs.
#[tokio::test]
async fn child_of_the_memory_test() {
    let Ok(target) = std::env::var(CHILD) else {
        return;
    };
    let transport = transport_to(&format!("http://{target}"));
    let ask = |cap| transport.send(command(AMPLE).body_cap(cap));
    assert_eq!(lost(ask(CAP).await), (Lost::TooLarge, Some(200)));
    let before = peak_kib();
    assert_eq!(lost(ask(MEBIBYTE).await), (Lost::TooLarge, Some(200)));
    let grown = peak_kib() - before;
    println!("peak grew by {grown} KiB");
    assert!(grown <= 2 * MEBIBYTE / 1024, "{grown} KiB");
}

/// The most that this process has ever had in memory.
fn peak_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .expect("a number")
}

const MEBIBYTE: usize = 1 << 20;
const CHILD: &str = "CALLCONTROL_HTTP_MEMORY_CHILD";
