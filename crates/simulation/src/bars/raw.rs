//! What no proper HTTP server does: a door in front of a server on loopback that lets bytes through, or plays dead, or drips; and a server that answers with
//! a reply without end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use callcontrol::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::machine;
use super::obstacle::Manner;

/// A listener on loopback with a script for each connection; cuts all of them when dropped.
#[derive(Debug)]
pub(super) struct Listener {
    addr: SocketAddr,
    connections: Arc<AtomicU64>,
    stop: CancellationToken,
}

impl Listener {
    /// Listens on a port of the system's choice.
    pub(super) async fn start<F>(script: impl Fn(TcpStream) -> F + Send + 'static) -> Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(machine("no port"))?;
        let addr = listener.local_addr().map_err(machine("no address"))?;
        let (connections, stop) = (Arc::new(AtomicU64::new(0)), CancellationToken::new());
        let (seen, until) = (Arc::clone(&connections), stop.clone());
        tokio::spawn(async move {
            let mut running = JoinSet::new();
            loop {
                tokio::select! {
                    biased;
                    () = until.cancelled() => return,
                    accepted = listener.accept() => {
                        let Ok((stream, _)) = accepted else { continue };
                        seen.fetch_add(1, Ordering::Relaxed);
                        running.spawn(script(stream));
                    }
                    Some(_) = running.join_next() => {}
                }
            }
        });
        Ok(Self {
            addr,
            connections,
            stop,
        })
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// How many connections were made to it.
    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A door in front of a server; clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Door(Arc<AtomicU8>);

impl Door {
    /// From now on each request meets this. `None` lets the bytes through.
    pub(super) fn manner(&self, manner: Option<Manner>) {
        let code = match manner {
            None => 0,
            Some(Manner::Hang) => 1,
            Some(Manner::SlowHeaders) => 2,
            Some(Manner::Trickle) => 3,
        };
        self.0.store(code, Ordering::Relaxed);
    }

    /// Opens it in front of this server.
    pub(super) async fn before(&self, server: SocketAddr) -> Result<Listener> {
        let door = self.clone();
        Listener::start(move |stream| pass(door.clone(), stream, server)).await
    }

    fn head(&self) -> Option<&'static [u8]> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(b""),
            2 => Some(b"HTTP/1.1 200 OK\r\nx-drip: "),
            3 => Some(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"),
            _ => None,
        }
    }

    fn drop_of(&self) -> &'static [u8] {
        match self.0.load(Ordering::Relaxed) {
            2 => b"x",
            3 => b"1\r\n \r\n",
            _ => b"",
        }
    }
}

/// Looks at the door again with every request, so that a connection kept from before does not lead past it.
async fn pass(door: Door, mut client: TcpStream, server: SocketAddr) {
    let Ok(mut inner) = TcpStream::connect(server).await else {
        return;
    };
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    loop {
        // Who closes first is no event.
        let passed = tokio::select! {
            biased;
            read = inner.read(&mut answered) => forward(read, &answered, &mut client).await,
            read = client.read(&mut asked) => match door.head() {
                Some(head) => return drip(&door, client, head).await,
                None => forward(read, &asked, &mut inner).await,
            },
        };
        if passed.is_none() {
            return;
        }
    }
}

async fn forward(read: std::io::Result<usize>, bytes: &[u8], to: &mut TcpStream) -> Option<()> {
    let read = read.ok().filter(|read| *read > 0)?;
    to.write_all(bytes.get(..read)?).await.ok()
}

/// The beginning of an answer, and then a little at a time.
async fn drip(door: &Door, mut client: TcpStream, head: &[u8]) {
    if client.write_all(head).await.is_err() {
        return;
    }
    // Bounded: no deadline that is measured here is longer.
    for _ in 0..DROPS {
        sleep(DRIP).await;
        if client.write_all(door.drop_of()).await.is_err() {
            return;
        }
    }
}

/// Answers each request with a chunked reply of so many bytes, or with a header block without end.
pub(super) async fn bulky(total: usize) -> Result<Listener> {
    Listener::start(move |mut client| async move {
        let mut request = [0; 4096];
        let Ok(read) = client.read(&mut request).await else {
            return;
        };
        let asked = request.get(..read).unwrap_or_default();
        // A client that has seen enough closes: no event.
        let _ = match asked.starts_with(b"GET /warm") {
            true => {
                client
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                    .await
            }
            false if asked.starts_with(b"GET /headers") => headers(&mut client).await,
            false => chunks(&mut client, total).await,
        };
    })
    .await
}

async fn chunks(client: &mut TcpStream, total: usize) -> std::io::Result<()> {
    client
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        .await?;
    let chunk = [b' '; CHUNK];
    for _ in 0..total / CHUNK {
        client.write_all(b"10000\r\n").await?;
        client.write_all(&chunk).await?;
        client.write_all(b"\r\n").await?;
    }
    client.write_all(b"0\r\n\r\n").await
}

async fn headers(client: &mut TcpStream) -> std::io::Result<()> {
    client.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    for number in 0..HEADERS {
        client.write_all(format!("x-{number}: {number}\r\n").as_bytes()).await?;
    }
    client.write_all(b"content-length: 0\r\n\r\n").await
}

const DRIP: Duration = Duration::from_millis(50);
const DROPS: u32 = 2400;
/// In the reply it stands as 10000, which is hexadecimal.
const CHUNK: usize = 65_536;
const HEADERS: u32 = 1_000_000;
