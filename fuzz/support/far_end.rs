//! A whole adapter over a far end that answers with the fuzzer's bytes. Whatever it is told, every command ends within its deadline,
//! nothing that is shown holds a credential or a control character, and no task outlives the adapter.
//!
//! An input is pieces between record separators (0x1e). The first one is the script, a command for each letter. Pieces that begin with `@` answer
//! long polls, `!` and a letter break the exchange, an empty one leaves the answer to a well-behaved vendor; all others are answers.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::{
    AdoptCall, AdoptState, AgentStateRequest, CallControl, CallDataPatch, CallId, CallRef, CloseSession, Command,
    ConferenceOp, ConsultRef, ConsultStep, Dial, Dtmf, Error, Feed, FeedItem, Filter, HelpRequest, JoinCalls,
    LegAction, LookUp, Media, MediaAction, NativeRequest, OpCx, OpId, OpenSession, PhoneNumber, Pushed, RecordsOf,
    Reply, Requeue, Result, RobotMode, Say, Scope, SessionId, SessionSetting, StartConsult, Supervise, SupervisionMode,
    TakeCall, Tape, Target, Transfer, TransferMode, dispatch,
};
use callcontrol_http::{
    BaseUrl, HeaderMap, HeaderName, HeaderValue, Lost, NotSent, Place, Request, RequestKind, Response, Transport,
    TransportError,
};
use futures::FutureExt;
use tokio::time::Instant;

use super::exchange::Answer;

/// An answer of a well-behaved vendor: after how long, headers, body.
pub(crate) type Said = (Duration, Vec<(&'static str, &'static str)>, String);

/// What a well-behaved vendor answers; `None` for no answer at all.
pub(crate) type Polite = fn(&Request) -> Option<Said>;

/// How an adapter is set up for a script: itself and how its agent signs in.
pub(crate) type Build = fn(&[u8], Arc<dyn Transport>) -> Option<(Arc<dyn CallControl>, OpenSession)>;

/// Stands where credentials stand. Letters and digits only, as some vendors want them.
pub(crate) const CANARY: &str = "Zq7canary0p";
/// The header that a push carries the canary in.
const TOKEN_HEADER: &str = "service_token";

/// Plays one input.
pub(crate) fn play(data: &[u8], build: Build, polite: Polite) {
    let mut pieces = data.split(|byte| *byte == SEPARATOR).map(<[u8]>::to_vec);
    let script = pieces.next().unwrap_or_default();
    let (events, answers) = pieces.take(MOST_PIECES).partition(|piece| piece.starts_with(b"@"));
    let far_end = Arc::new(FarEnd {
        base: BaseUrl::parse("http://vendor.example:8080").unwrap_or_else(|error| panic!("{error}")),
        polite,
        told: Mutex::new(Told {
            answers,
            events,
            sent: 0,
            withheld: script.contains(&b'+'),
        }),
        knows_canary: holds(data, CANARY),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(async {
        let Some((control, open)) = build(&script, Arc::clone(&far_end) as _) else {
            return;
        };
        Play::new(control, far_end, open.agent.as_str())
            .run(open, &script)
            .await;
        // What ends a task may need a turn of its own.
        for _ in 0..MOST_TURNS {
            tokio::task::yield_now().await;
        }
        let left = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        assert_eq!(left, 0, "tasks left behind");
    });
}

struct Play {
    control: Arc<dyn CallControl>,
    far_end: Arc<FarEnd>,
    feed: Feed,
    session: SessionId,
    call: Option<CallRef>,
    last: Option<Reply>,
    ops: u32,
}

impl Play {
    fn new(control: Arc<dyn CallControl>, far_end: Arc<FarEnd>, agent: &str) -> Self {
        Self {
            feed: control.subscribe(Filter::all()),
            session: SessionId::new(agent).unwrap_or_else(|error| panic!("{error}")),
            control,
            far_end,
            call: None,
            last: None,
            ops: 0,
        }
    }

    async fn run(mut self, open: OpenSession, script: &[u8]) {
        self.command(Command::Open { request: open }).await;
        self.far_end.told().withheld = false;
        for letter in script.iter().take(MOST_COMMANDS) {
            match letter {
                b'.' => tokio::time::sleep(Duration::from_secs(1)).await,
                b'w' => self.outcome().await,
                letter => {
                    if let Some(command) = self.command_of(*letter) {
                        self.command(command).await;
                    }
                }
            }
            self.read_feed();
        }
        self.command(Command::Close {
            session: self.session.clone(),
            request: CloseSession::forced(),
        })
        .await;
        let cx = OpCx::new().within(LIMIT);
        within_limit("shutdown", self.control.shutdown(&cx)).await;
        self.read_feed();
        self.shown(&self.control);
    }

    async fn command(&mut self, command: Command) {
        self.ops += 1;
        let op = OpId::new(format!("op-{}", self.ops)).unwrap_or_else(|error| panic!("{error}"));
        let cx = OpCx::with_op(op).within(LIMIT);
        let name = command.name();
        match within_limit(name, dispatch(&*self.control, command, &cx)).await {
            Ok(reply) => {
                self.shown(&reply);
                if let Reply::Session(info) = &reply {
                    self.session = info.session.clone();
                }
                if let Reply::Call(call) = &reply {
                    self.call = Some(call.clone());
                }
                self.last = Some(reply);
            }
            Err(error) => self.error(&error),
        }
    }

    async fn outcome(&self) {
        let receipt = self.last.as_ref().and_then(Reply::receipt);
        if let Some(receipt) = receipt
            && let Some(outcome) = receipt.within(Duration::from_secs(20)).await
        {
            assert_plain(&outcome.to_string());
            self.shown(&outcome);
        }
    }

    fn error(&self, error: &Error) {
        assert_plain(&error.to_string());
        assert!(error.to_string().len() < 8192, "{error}");
        self.shown(error);
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            assert!(
                self.far_end.knows_canary || !cause.to_string().contains(CANARY),
                "{cause}"
            );
            source = cause.source();
        }
        assert!(!error.is_retryable() || error.effect() == callcontrol_core::Effect::None);
    }

    fn read_feed(&mut self) {
        while let Some(Some(item)) = self.feed.next().now_or_never() {
            self.shown(&item);
        }
        let now = self
            .control
            .subscribe(Filter::session(self.session.clone()))
            .next()
            .now_or_never();
        if let Some(Some(FeedItem::Snapshot(snapshot))) = now
            && let Some(view) = snapshot.session(&self.session)
            && let Some(call) = view.calls.keys().next()
        {
            self.call = Some(CallRef {
                session: self.session.clone(),
                call: call.clone(),
            });
        }
    }

    fn shown(&self, value: &impl fmt::Debug) {
        let shown = format!("{value:?}");
        assert!(!shown.contains(char::is_control), "{shown:?}");
        assert!(self.far_end.knows_canary || !shown.contains(CANARY), "{shown}");
    }

    fn command_of(&self, letter: u8) -> Option<Command> {
        let session = self.session.clone();
        let call = self.call.clone().or_else(|| {
            let call = CallId::new("call-unknown").ok()?;
            Some(CallRef {
                session: session.clone(),
                call,
            })
        })?;
        let at = call.clone().into();
        let number = PhoneNumber::new("90012345").ok()?;
        let outside = Target::Number(number.clone());
        let (agent, queue, ivr) = (
            Target::agent("102").ok()?,
            Target::queue_id("25").ok()?,
            Target::ivr("1321").ok()?,
        );
        let consult = ConsultRef {
            id: OpId::new(format!("op-{}", self.ops)).ok()?,
            call: call.clone(),
        };
        Some(match letter {
            b'a' => Command::Act {
                at,
                what: LegAction::Answer,
            },
            b'h' => Command::Act {
                at,
                what: LegAction::Hold,
            },
            b'r' => Command::Act {
                at,
                what: LegAction::Retrieve,
            },
            b'm' => Command::Act {
                at,
                what: LegAction::Mute,
            },
            b'x' => Command::Act {
                at,
                what: LegAction::Release,
            },
            b'X' => Command::Act {
                at,
                what: LegAction::Clear,
            },
            b'i' => Command::Act {
                at,
                what: LegAction::Robot(RobotMode::Insertion),
            },
            b't' => Command::Transfer {
                call,
                request: Transfer::new(outside, TransferMode::Blind),
            },
            b'T' => Command::Transfer {
                call,
                request: Transfer::new(agent, TransferMode::Blind),
            },
            b'l' => Command::Transfer {
                call,
                request: Transfer::new(outside, TransferMode::ReleaseAfter),
            },
            b'L' => Command::Transfer {
                call,
                request: Transfer::new(agent, TransferMode::ReleaseAfter),
            },
            b's' => Command::Transfer {
                call,
                request: Transfer::new(ivr, TransferMode::Suspend),
            },
            b'z' => Command::CancelTransfer { call, op: consult.id },
            b'c' => Command::Consult {
                call,
                request: StartConsult::new(outside),
            },
            b'C' => Command::Consult {
                call,
                request: StartConsult::new(agent).three_way(),
            },
            b'1' => Command::ConsultStep {
                consult,
                step: ConsultStep::Complete,
            },
            b'2' => Command::ConsultStep {
                consult,
                step: ConsultStep::Cancel,
            },
            b'3' => Command::ConsultStep {
                consult,
                step: ConsultStep::Swap,
            },
            b'4' => Command::ConsultStep {
                consult,
                step: ConsultStep::Merge,
            },
            b'q' => Command::Requeue {
                call,
                request: Requeue::connected(queue),
            },
            b'Q' => Command::Requeue {
                call,
                request: Requeue::waiting(queue),
            },
            b'g' => Command::Conference {
                call,
                request: ConferenceOp::Add { to: outside },
            },
            b'G' => Command::Conference {
                call,
                request: ConferenceOp::RelayDtmf,
            },
            b'k' => Command::Join {
                request: JoinCalls::conference(call.call.clone()),
                call,
            },
            b'd' => Command::Dial {
                session,
                request: Dial::to(outside),
            },
            b'e' => Command::SendDtmf {
                at,
                digits: Dtmf::new("12#").ok()?,
            },
            b'u' => Command::PatchData {
                call,
                patch: CallDataPatch::set("topic", "billing"),
            },
            b'v' => Command::Media {
                session,
                request: Media::of_call(call.call, MediaAction::Record(Tape::Start)),
            },
            b'V' => Command::Supervise {
                session,
                request: Supervise::start(agent, SupervisionMode::Listen),
            },
            b'y' => Command::Say {
                call,
                request: Say::words("one moment", HelpRequest::at("n1", Some(2))),
            },
            b'n' => Command::SetAgentState {
                session,
                to: AgentStateRequest::NotReady { reason: None },
            },
            b'f' => Command::Configure {
                session,
                setting: SessionSetting::ForwardCalls { to: Some(outside) },
            },
            b'F' => Command::Configure {
                session,
                setting: SessionSetting::Queues {
                    only: Some(vec![queue]),
                },
            },
            b'o' => Command::Take {
                session,
                request: TakeCall::RingingAt { agent },
            },
            b'j' => Command::Adopt {
                session,
                request: adopted(AdoptState::RobotVoice(RobotMode::Supervision)),
            },
            b'J' => Command::Adopt {
                session,
                request: adopted(AdoptState::Waiting),
            },
            b'5' => Command::LookUp {
                session: Some(session),
                what: LookUp::Service,
            },
            b'6' => Command::LookUp {
                session: Some(session),
                what: LookUp::Queues,
            },
            b'7' => Command::LookUp {
                session: Some(session),
                what: LookUp::Agents,
            },
            b'8' => Command::LookUp {
                session: Some(session),
                what: LookUp::Waiting { queue },
            },
            b'9' => Command::LookUp {
                session: Some(session),
                what: LookUp::Records(RecordsOf::Customer(number)),
            },
            b'0' => Command::LookUp {
                session: Some(session),
                what: LookUp::Replies,
            },
            b'-' => Command::LookUp {
                session: Some(session),
                what: LookUp::Ivrs,
            },
            b'_' => Command::LookUp {
                session: Some(session),
                what: LookUp::Transfers(RecordsOf::Customer(number)),
            },
            b'S' => Command::Snapshot {
                scope: Scope::Session(session),
            },
            b'N' => Command::Native {
                request: NativeRequest::new("GET", ["me", "x"]).session(session),
            },
            b'p' => {
                let body = self.far_end.told().answers.pop_front().unwrap_or_default();
                Command::Receive {
                    pushed: Pushed::new(body).header(TOKEN_HEADER, CANARY),
                }
            }
            _ => return None,
        })
    }
}

fn adopted(state: AdoptState) -> AdoptCall {
    AdoptCall::new("123123412300030010", state)
}

/// One per cent is what a deadline may be missed by, be it to sign in or out.
async fn within_limit<T>(what: &str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = tokio::time::timeout(LIMIT * 20, work).await;
    let took = begun.elapsed();
    assert!(took <= LIMIT + LIMIT / 100, "{what} took {took:?} of {LIMIT:?}");
    done.unwrap_or_else(|_| panic!("{what} never ended"))
}

/// Answers as the input says.
struct FarEnd {
    base: BaseUrl,
    polite: Polite,
    told: Mutex<Told>,
    /// The input itself holds the canary: finding it again proves nothing.
    knows_canary: bool,
}

struct Told {
    answers: VecDeque<Vec<u8>>,
    events: VecDeque<Vec<u8>>,
    sent: usize,
    /// The input's answers begin after the sign-in.
    withheld: bool,
}

impl FarEnd {
    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the input says to this request, if anything.
    fn next(&self, request: &Request) -> Next {
        let mut told = self.told();
        told.sent += 1;
        if told.sent > MOST_REQUESTS {
            return Next::Silence;
        }
        let piece = match request.kind() {
            RequestKind::LongPoll => told.events.pop_front().map(|mut piece| piece.split_off(1)),
            _ if told.withheld => None,
            _ => told.answers.pop_front(),
        };
        piece
            .filter(|piece| !piece.is_empty())
            .map_or(Next::Polite, Next::Piece)
    }

    fn check(&self, request: &Request) {
        let path = request.path().path_and_query();
        let place = path.split('?').next().unwrap_or_default();
        assert!(place.starts_with('/') && path.is_ascii() && !path.contains(|c: char| c.is_control() || c == '#'));
        assert!(
            place.split('/').skip(1).all(|part| !matches!(part, "" | "." | "..")),
            "{place}"
        );
        for value in request.headers().values() {
            assert!(value.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~')));
        }
        assert!(
            self.knows_canary || !format!("{request:?}").contains(CANARY),
            "{request:?}"
        );
    }
}

enum Next {
    Polite,
    Silence,
    Piece(Vec<u8>),
}

#[async_trait]
impl Transport for FarEnd {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.check(&request);
        let at = self.base.place(request.method(), request.path());
        let deadline = request.deadline().instant();
        if request.deadline().remaining().is_zero() {
            return Err(TransportError::not_sent(NotSent::DeadlinePassed, at, None));
        }
        let (took, reply) = match self.next(&request) {
            Next::Polite => match (self.polite)(&request) {
                Some((took, headers, body)) => (took, Ok(response(200, headers, body.into_bytes()))),
                None => return silence(deadline, at).await,
            },
            Next::Piece(piece) if !piece.starts_with(b"!h") => {
                (Duration::from_millis(2), told(&piece, request.max_body(), at.clone()))
            }
            Next::Silence | Next::Piece(_) => return silence(deadline, at).await,
        };
        if Instant::now() + took > deadline {
            return silence(deadline, at).await;
        }
        tokio::time::sleep(took).await;
        reply.map(|reply| reply.from_place(at))
    }
}

async fn silence(deadline: Instant, at: Place) -> Result<Response, TransportError> {
    tokio::time::sleep_until(deadline).await;
    Err(TransportError::lost(Lost::Deadline, None, at, None))
}

fn told(piece: &[u8], most: usize, at: Place) -> Result<Response, TransportError> {
    match piece {
        [b'!', b'r', ..] => Err(TransportError::not_sent(NotSent::Refused, at, None)),
        [b'!', b'c', ..] => Err(TransportError::not_sent(NotSent::Closed, at, None)),
        [b'!', b'b', ..] => Err(TransportError::lost(Lost::Body, Some(200), at, None)),
        [b'!', b'l', ..] => Err(TransportError::lost(Lost::TooLarge, Some(200), at, None)),
        [b'!', ..] => Err(TransportError::lost(Lost::BeforeHeaders, None, at, None)),
        piece => {
            let answer = Answer::read(piece);
            let mut body = answer.body.to_vec();
            body.truncate(most);
            let mut made = response(answer.status, vec![], body);
            for (name, value) in answer.headers {
                if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                    made.headers.append(name, value);
                }
            }
            Ok(made)
        }
    }
}

fn response(status: u16, headers: Vec<(&'static str, &'static str)>, body: Vec<u8>) -> Response {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Response::new(status, map, body)
}

impl fmt::Debug for FarEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FarEnd")
    }
}

/// Nothing in a text for people may steer their terminal.
pub(crate) fn assert_plain(shown: &str) {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!shown.contains(steers), "{shown:?}");
}

/// Whether this text stands there.
pub(crate) fn holds(data: &[u8], what: &str) -> bool {
    String::from_utf8_lossy(data).contains(what)
}

const SEPARATOR: u8 = 0x1e;
const LIMIT: Duration = Duration::from_secs(8);
const MOST_PIECES: usize = 60;
const MOST_COMMANDS: usize = 16;
const MOST_REQUESTS: usize = 300;
const MOST_TURNS: usize = 50;
