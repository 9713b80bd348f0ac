//! A scripted raw TCP server on loopback, for replies that no proper HTTP server would give, and what several tests ask of an error.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callcontrol_http::{ApiPath, BaseUrl, Request, ReqwestTransport, TransportConfig, TransportError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Appears in a header, a query value and a body of every request made here, and must appear nowhere else.
pub(crate) const CANARY: &str = "CANARY-c0ffee";

/// Long enough for a loaded machine, short enough to end a hanging test.
pub(crate) const AMPLE: Duration = Duration::from_secs(20);

/// Long enough for loopback, short enough to wait for.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// Runs `script` for each connection; ends with the test.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start<F, Fut>(script: F) -> Self
    where
        F: Fn(Conn<TcpStream>) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (seen, counted) = (Arc::clone(&connections), Arc::clone(&requests));
        let accepting = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok((io, _)) = listener.accept().await {
                seen.fetch_add(1, Ordering::SeqCst);
                let requests = Arc::clone(&counted);
                running.spawn(script(Conn { io, requests }));
            }
        });
        Self {
            addr,
            connections,
            requests,
            accepting,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many complete requests arrived.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn transport(&self) -> ReqwestTransport {
        transport_to(&format!("http://{}", self.addr))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

pub(crate) struct Conn<T> {
    pub(crate) io: T,
    requests: Arc<AtomicUsize>,
}

impl<T> Conn<T> {
    pub(crate) fn over<U>(&self, io: U) -> Conn<U> {
        Conn {
            io,
            requests: Arc::clone(&self.requests),
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Conn<T> {
    /// Head and body of the next request; `None` when the client has closed.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut text = Vec::new();
        loop {
            if let Some(end) = find(&text, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&text[..end]).to_lowercase();
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse().expect("a length"));
                if text.len() >= end + 4 + length {
                    self.requests.fetch_add(1, Ordering::SeqCst);
                    return Some(String::from_utf8_lossy(&text).into_owned());
                }
            }
            let mut chunk = [0; 4096];
            match self.io.read(&mut chunk).await {
                Ok(0) | Err(_) => return None,
                Ok(n) => text.extend_from_slice(&chunk[..n]),
            }
        }
    }

    /// Writes; a client that has gone is no failure.
    pub(crate) async fn write(&mut self, text: impl AsRef<[u8]>) -> bool {
        let written = self.io.write_all(text.as_ref()).await;
        written.is_ok() && self.io.flush().await.is_ok()
    }

    /// Reads a request and answers it.
    pub(crate) async fn answer(&mut self, reply: impl AsRef<[u8]>) {
        if self.request().await.is_some() {
            self.write(reply).await;
        }
    }

    /// Stays until the client closes.
    pub(crate) async fn linger(mut self) {
        while self.request().await.is_some() {}
    }
}

impl Conn<TcpStream> {
    /// Closes with a reset.
    pub(crate) fn reset(self) {
        self.io.set_zero_linger().expect("linger");
    }
}

pub(crate) fn transport_to(base: &str) -> ReqwestTransport {
    let config = TransportConfig::new(BaseUrl::parse(base).expect("a base URL"));
    ReqwestTransport::new(&config).expect("a transport")
}

/// A command with a canary wherever a secret can be.
pub(crate) fn command(deadline: Duration) -> Request {
    let path = ApiPath::new("/calls")
        .id("42")
        .expect("valid")
        .literal("transfer")
        .query("to", CANARY)
        .expect("valid");
    Request::post(path, deadline)
        .sensitive_header("guid", CANARY)
        .expect("valid")
        .json(CANARY)
        .expect("valid")
}

/// No secret in any form of the error or of what caused it; one line; and it says where.
pub(crate) fn check_discretion(error: &TransportError) {
    let mut texts = vec![format!("{error:?}"), format!("{error:#?}")];
    let shown = error.to_string();
    assert!(!shown.contains('\n'), "{shown}");
    assert!(shown.contains(error.place().authority()), "{shown}");
    assert!(shown.contains("/calls/{id}/transfer"), "{shown}");
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    for text in texts {
        assert!(!text.contains(CANARY), "{text}");
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
