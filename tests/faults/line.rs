//! A line on loopback between an application and a vendor's simulator, which goes wrong when told so: cut, reset, trickling, with somebody else's answer.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callcontrol::{Call, CallControl, Config, OpCx, Session, connect};
use callcontrol_simulators::Server;
use callcontrol_testkit::switch::SwitchCallId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::support::{SecretFile, Site};

/// What becomes of a request that is told to go wrong.
#[derive(Clone)]
pub(crate) enum Play {
    /// The simulator sees nothing; these bytes are the answer, and the connection stays open.
    Say(Vec<u8>),
    /// As `Say`, and then the connection is closed.
    SayAndClose(Vec<u8>),
    /// The request, escaped, stands for the word ECHO in the body of an answer of this status and type, and its head alone for the word HEAD.
    Echo(&'static str, &'static str, String),
    /// Read to its end and then reset; the simulator sees nothing.
    Reset,
    /// The simulator acts; the answer is lost with the connection.
    Applied,
    /// The simulator acts; its answer breaks off this many bytes before its end.
    CutBy(usize),
    /// These bytes first, then those again and again, every few milliseconds.
    Trickle(String, String),
}

impl Play {
    /// An answer with this status line, these further headers and this body, of the right length.
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Say(format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes())
    }
}

/// The line.
pub(crate) struct Line {
    addr: SocketAddr,
    inner: Arc<Inner>,
    accepting: JoinHandle<()>,
}

struct Inner {
    upstream: SocketAddr,
    /// Which requests go wrong how, and whether only the next one.
    plays: Mutex<Vec<(&'static str, Play, bool)>>,
    /// First lines and headers of all requests that came whole.
    seen: Mutex<Vec<String>>,
    /// What the simulator's answers say, and what they are made to say.
    rewriting: Mutex<Option<(String, String)>>,
    rewritten: AtomicUsize,
    closing: AtomicBool,
    announcing: AtomicBool,
    closed: AtomicUsize,
}

impl Line {
    pub(crate) async fn to(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            upstream,
            plays: Mutex::default(),
            seen: Mutex::default(),
            rewriting: Mutex::default(),
            rewritten: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
            announcing: AtomicBool::new(false),
            closed: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&inner);
        let accepting = tokio::spawn(async move {
            let mut running = JoinSet::new();
            while let Ok((io, _)) = listener.accept().await {
                running.spawn(carry(io, Arc::clone(&shared)));
            }
        });
        Self { addr, inner, accepting }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The next request whose first line holds `words` goes so.
    pub(crate) fn next(&self, words: &'static str, play: Play) {
        self.inner.plays.lock().unwrap().push((words, play, true));
    }

    /// Every request whose first line holds `words` goes so, until [`heal`](Self::heal).
    pub(crate) fn always(&self, words: &'static str, play: Play) {
        self.inner.plays.lock().unwrap().push((words, play, false));
    }

    pub(crate) fn heal(&self) {
        self.inner.plays.lock().unwrap().clear();
    }

    /// From now on the connection is closed after every answer, without a word of warning.
    pub(crate) fn close_after_each_answer(&self) {
        self.inner.closing.store(true, Ordering::SeqCst);
    }

    /// From now on every answer says that the connection will be closed, and then it is.
    pub(crate) fn one_answer_for_each_connection(&self) {
        self.inner.announcing.store(true, Ordering::SeqCst);
        self.close_after_each_answer();
    }

    /// How many connections this end has closed after an answer.
    pub(crate) fn closed(&self) -> usize {
        self.inner.closed.load(Ordering::SeqCst)
    }

    /// In the simulator's answers `from` becomes `to`.
    pub(crate) fn rewrite(&self, from: &str, to: &str) {
        *self.inner.rewriting.lock().unwrap() = Some((from.to_owned(), to.to_owned()));
    }

    /// How many whole requests came whose first line holds `words`.
    pub(crate) fn seen(&self, words: &str) -> usize {
        let seen = self.inner.seen.lock().unwrap();
        seen.iter().filter(|head| first_line(head).contains(words)).count()
    }

    /// Heads of requests, in lower case, that hold these words.
    pub(crate) fn heads_with(&self, words: &str) -> Vec<String> {
        let heads = self.heads().into_iter().map(|head| head.to_lowercase());
        heads.filter(|head| head.contains(words)).collect()
    }

    /// First lines and headers of all requests that came whole.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// How many answers were rewritten.
    pub(crate) fn rewritten(&self) -> usize {
        self.inner.rewritten.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Inner {
    fn play(&self, first_line: &str) -> Option<Play> {
        let mut plays = self.plays.lock().unwrap();
        let at = plays.iter().position(|(words, ..)| first_line.contains(words))?;
        let once = plays[at].2;
        Some(if once { plays.remove(at).1 } else { plays[at].1.clone() })
    }

    async fn ask(&self, request: &[u8]) -> Option<Vec<u8>> {
        let mut upstream = TcpStream::connect(self.upstream).await.ok()?;
        upstream.write_all(request).await.ok()?;
        let mut reply = message(&mut upstream, true).await?;
        if self.announcing.load(Ordering::SeqCst) {
            let end_of_status = reply.iter().position(|byte| *byte == b'\n')? + 1;
            reply.splice(end_of_status..end_of_status, *b"connection: close\r\n");
        }
        let rewriting = self.rewriting.lock().unwrap().clone();
        Some(match rewriting {
            Some((from, to)) if String::from_utf8_lossy(&reply).contains(&from) => {
                self.rewritten.fetch_add(1, Ordering::SeqCst);
                rewritten(&reply, &from, &to)
            }
            Some(_) | None => reply,
        })
    }
}

async fn carry(mut io: TcpStream, inner: Arc<Inner>) {
    while let Some(request) = message(&mut io, false).await {
        let text = String::from_utf8_lossy(&request).into_owned();
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        inner.seen.lock().unwrap().push(head.to_owned());
        let written = match inner.play(first_line(head)) {
            None => {
                let Some(reply) = inner.ask(&request).await else { return };
                io.write_all(&reply).await
            }
            Some(Play::Say(reply)) => io.write_all(&reply).await,
            Some(Play::SayAndClose(reply)) => {
                let _gone = io.write_all(&reply).await;
                return;
            }
            Some(Play::Echo(status, media, body)) => io.write_all(&echo(status, media, &body, &text)).await,
            Some(Play::Reset) => return reset(&io),
            Some(Play::Applied) => {
                inner.ask(&request).await;
                return reset(&io);
            }
            Some(Play::CutBy(bytes)) => {
                let reply = inner.ask(&request).await.unwrap_or_default();
                let _gone = io.write_all(&reply[..reply.len() - bytes]).await;
                return;
            }
            Some(Play::Trickle(first, again)) => return trickle(io, &first, &again).await,
        };
        if written.is_err() {
            return;
        }
        if inner.closing.load(Ordering::SeqCst) {
            drop(io);
            inner.closed.fetch_add(1, Ordering::SeqCst);
            return;
        }
    }
}

fn echo(status: &str, media: &str, body: &str, request: &str) -> Vec<u8> {
    let escaped: String = request.escape_default().collect::<String>().replace("\\'", "'");
    let head = escaped.split("\\r\\n\\r\\n").next().unwrap_or_default();
    let body = body.replace("ECHO", &escaped).replace("HEAD", head);
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

fn first_line(head: &str) -> &str {
    head.lines().next().unwrap_or_default()
}

fn reset(io: &TcpStream) {
    io.set_zero_linger().unwrap();
}

async fn trickle(mut io: TcpStream, first: &str, again: &str) {
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    let mut gone = io.write_all(first.as_bytes()).await.is_err();
    while !gone {
        tick.tick().await;
        gone = io.write_all(again.as_bytes()).await.is_err();
    }
}

/// Head and body of the next request, or of the reply; `None` when the other side has closed.
async fn message(io: &mut TcpStream, reply: bool) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        if let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&text[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            assert!(
                !(reply && head.contains("transfer-encoding")),
                "the simulators tell the length: {head}"
            );
            if text.len() >= end + 4 + length {
                return Some(text);
            }
        }
        let mut chunk = [0; 16 * 1024];
        match io.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => text.extend_from_slice(&chunk[..read]),
        }
    }
}

fn rewritten(reply: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(reply).replace(from, to);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let kept = head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("content-length:"));
    let head: String = kept.map(|line| format!("{line}\r\n")).collect();
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// An application connected to a simulator over such a line.
pub(crate) struct Wired {
    pub(crate) site: Site,
    pub(crate) line: Line,
    pub(crate) control: Arc<dyn CallControl>,
    pub(crate) config: Config,
    server: Server,
    _secret: SecretFile,
}

impl Wired {
    pub(crate) async fn start(adapter: &'static str) -> Self {
        Self::to(Site::of(adapter)).await
    }

    pub(crate) async fn to(site: Site) -> Self {
        let server = Server::start(site.router.clone()).await.unwrap();
        let line = Line::to(server.addr()).await;
        let secret = SecretFile::new(&site.secret);
        let config = Config::parse(&site.file(&line.base_url(), &secret), "site.toml").unwrap();
        let control = connect(&config).unwrap();
        Self {
            site,
            line,
            control,
            config,
            server,
            _secret: secret,
        }
    }

    pub(crate) async fn sign_in(&self) -> Session {
        Session::open(&self.control, self.config.agent("ann").unwrap())
            .await
            .unwrap()
    }

    pub(crate) async fn talking(&self) -> (Session, Call, SwitchCallId) {
        self.site.talking(self.sign_in().await).await
    }

    pub(crate) async fn stop(self) {
        self.control.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
        self.server.stop().await;
    }
}
