//! The stage on which the rows are played: one vendor's simulator with its own door open, the adapter as the facade builds it, and a line between them
//! that goes wrong on request; in memory and under the paused clock.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use callcontrol::{
    AdoptCall, AdoptState, AgentId, AgentRef, Call, CallControl, CallId, Config, CustomerAt, Event, EventKind, Feed,
    FeedItem, Filter, IdSource, OpCx, OpenSession, PhoneNumber, Registry, RobotMode, Session, SessionState, Target,
};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, Mischief, NotSent, RequestKind, Transport, Trick};
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsOptions, GwsSimulator};
use callcontrol_simulators::oifde::{NewSession, OifdeOptions, OifdeSimulator, SessionId as RobotSession};
use callcontrol_simulators::{RequestLog, scenery};
use callcontrol_testkit::fake::customer_at;
use callcontrol_testkit::switch::{Behaviour, Party, SharedSwitch, SwitchCallId};
use tokio::time::timeout;

pub(crate) const CC_GATEWAY: &str = "huawei-cc-gateway";
pub(crate) const OIFDE: &str = "huawei-oifde";
pub(crate) const GWS: &str = "genesys-gws";
/// All adapters.
pub(crate) const ADAPTERS: [&str; 3] = [CC_GATEWAY, OIFDE, GWS];
/// Those at which an agent talks to customers and is told what happens; at OIFDE a robot talks, and nobody is told anything.
pub(crate) const TELEPHONY: [&str; 2] = [CC_GATEWAY, GWS];

/// The simulator's own door.
pub(crate) enum Face {
    CcGateway(CcGatewaySimulator),
    Oifde(OifdeSimulator),
    Gws(GwsSimulator),
}

impl Face {
    pub(crate) fn of(adapter: &str, options: Options) -> Self {
        let switch = scenery::switch();
        match adapter {
            CC_GATEWAY => Self::CcGateway(CcGatewaySimulator::new(switch, options.cc_gateway)),
            OIFDE => Self::Oifde(OifdeSimulator::new(switch, OifdeOptions::default())),
            _ => Self::Gws(GwsSimulator::new(switch, options.gws.with_every_feature())),
        }
    }

    pub(crate) fn router(&self) -> Router {
        match self {
            Self::CcGateway(simulator) => simulator.router(),
            Self::Oifde(simulator) => simulator.router(),
            Self::Gws(simulator) => simulator.router(),
        }
    }

    pub(crate) fn log(&self) -> &RequestLog {
        match self {
            Self::CcGateway(simulator) => simulator.requests(),
            Self::Oifde(simulator) => simulator.requests(),
            Self::Gws(simulator) => simulator.requests(),
        }
    }

    pub(crate) fn switch(&self) -> &SharedSwitch {
        match self {
            Self::CcGateway(simulator) => simulator.switch(),
            Self::Oifde(simulator) => simulator.switch(),
            Self::Gws(simulator) => simulator.switch(),
        }
    }

    /// What the simulator must know by heart of time that passes without requests.
    pub(crate) fn sweep(&self) {
        if let Self::CcGateway(simulator) = self {
            simulator.sweep();
        }
    }
}

/// What the simulators are told before the play begins.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) cc_gateway: CcGatewayOptions,
    pub(crate) gws: GwsOptions,
}

/// What goes wrong between adapter and simulator; clones are the same line.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    next: Vec<(String, Trick)>,
    polls: VecDeque<Trick>,
    down: bool,
    attempts: u64,
}

impl Line {
    /// The next request that is no poll and whose path holds `words` meets `trick`.
    pub(crate) fn next(&self, words: &str, trick: Trick) {
        self.0.lock().unwrap().next.push((words.to_owned(), trick));
    }

    /// The next polls meet these, one each.
    pub(crate) fn polls(&self, tricks: impl IntoIterator<Item = Trick>) {
        self.0.lock().unwrap().polls.extend(tricks);
    }

    /// No connection can be made, or again it can.
    pub(crate) fn down(&self, down: bool) {
        self.0.lock().unwrap().down = down;
    }

    /// How many requests were tried, polls included.
    pub(crate) fn attempts(&self) -> u64 {
        self.0.lock().unwrap().attempts
    }
}

impl Mischief for Line {
    fn trick(&self, attempt: &Attempt<'_>) -> Trick {
        let mut plan = self.0.lock().unwrap();
        plan.attempts += 1;
        if plan.down {
            return Trick::NotSent(NotSent::Refused);
        }
        if attempt.request.kind() == RequestKind::LongPoll {
            return plan.polls.pop_front().unwrap_or(Trick::Pass);
        }
        let path = attempt.request.path().path_and_query();
        let at = plan.next.iter().position(|(words, _)| path.contains(words.as_str()));
        at.map_or(Trick::Pass, |at| plan.next.remove(at).1)
    }
}

/// One vendor, set up.
pub(crate) struct Stage {
    pub(crate) adapter: &'static str,
    pub(crate) face: Face,
    pub(crate) control: Arc<dyn CallControl>,
    pub(crate) line: Line,
    _secret: SecretFile,
}

/// Ann (or the robot that she watches) and a customer.
pub(crate) struct Talk {
    pub(crate) ann: Session,
    pub(crate) call: Call,
    pub(crate) at_switch: SwitchCallId,
}

impl Stage {
    pub(crate) fn new(adapter: &'static str) -> Self {
        Self::with(adapter, |_| {})
    }

    pub(crate) fn with(adapter: &'static str, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::default();
        change(&mut options);
        let face = Face::of(adapter, options);
        let line = Line::default();
        let secret = SecretFile::new(OifdeOptions::default().api_password.expose());
        let transport = InMemoryTransport::new(base(), face.router()).with_mischief(line.clone());
        let control = connected(adapter, &secret, Arc::new(transport), 1);
        Self {
            adapter,
            face,
            control,
            line,
            _secret: secret,
        }
    }

    pub(crate) fn switch(&self) -> &SharedSwitch {
        self.face.switch()
    }

    pub(crate) fn ann(&self) -> OpenSession {
        sign_in(self.adapter)
    }

    pub(crate) async fn sign_in(&self) -> Session {
        Session::open(&self.control, self.ann()).await.unwrap()
    }

    pub(crate) fn bob(&self, behaviour: Behaviour) -> Party {
        let bob = Party::agent(scenery::BOB.0);
        self.switch().sign_in(scenery::BOB.0).unwrap();
        self.switch().set_ready(scenery::BOB.0).unwrap();
        self.switch().set_behaviour(&bob, behaviour).unwrap();
        bob
    }

    /// Bob, as this vendor addresses him.
    pub(crate) fn to_bob(&self) -> Target {
        match self.adapter {
            GWS => Target::Agent(AgentRef::Number(PhoneNumber::new(scenery::BOB.1).unwrap())),
            _ => Target::agent(scenery::BOB.0).unwrap(),
        }
    }

    pub(crate) fn customer_calls(&self) -> SwitchCallId {
        let ann = Party::agent(scenery::ANN.0);
        self.switch().place_call(scenery::CUSTOMER, &ann).unwrap()
    }

    pub(crate) fn customer_hangs_up(&self, call: SwitchCallId) {
        self.switch().hang_up(&customer(), call).unwrap();
    }

    /// A customer's call rings at Ann.
    pub(crate) async fn rings(&self) -> Talk {
        let ann = self.sign_in().await;
        let at_switch = self.customer_calls();
        let call = ann.next_offered().await.unwrap();
        Talk { ann, call, at_switch }
    }

    /// Ann talks to a customer; at OIFDE a robot does, and Ann watches.
    pub(crate) async fn talks(&self) -> Talk {
        if let Face::Oifde(robots) = &self.face {
            let ann = self.sign_in().await;
            let robot = robot(robots);
            let at_switch = robots.call_of(&robot).unwrap();
            let adopt = AdoptCall::new(robot.as_str(), AdoptState::RobotVoice(RobotMode::Supervision));
            let call = ann.adopt(adopt).await.unwrap();
            return Talk { ann, call, at_switch };
        }
        let talk = self.rings().await;
        assert!(talk.call.answer().await.unwrap().outcome().await.is_done());
        talk
    }

    /// Words in the path of this vendor's commands on a call.
    pub(crate) fn command_path(&self) -> &'static str {
        match self.adapter {
            CC_GATEWAY => "/voicecall/",
            OIFDE => "/changeWorkMode",
            _ => "/me/calls/",
        }
    }

    /// How many requests that steer calls have reached the simulator.
    pub(crate) fn steering(&self) -> usize {
        let all = self.face.log().all();
        let steers = |path: &str| path.contains(self.command_path()) || path.ends_with("/me/calls");
        all.iter()
            .filter(|request| request.method != "GET" && steers(&request.path))
            .count()
    }

    /// Where the switch says the customer is, and how often he was moved.
    pub(crate) fn truth(&self, call: SwitchCallId) -> (CustomerAt, usize) {
        let place = self.switch().customer_at(call);
        let moves = match &self.face {
            Face::Oifde(robots) => robots.sessions().iter().map(|robot| robots.transfers_of(robot)).sum(),
            Face::CcGateway(_) | Face::Gws(_) => self.switch().journal().transfers_of(call),
        };
        (customer_at(place.as_ref(), scenery::ANN.0), moves)
    }

    pub(crate) async fn stop(self) {
        self.control.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
    }
}

/// A session of a robot with the customer, watched by Ann.
pub(crate) fn robot(robots: &OifdeSimulator) -> RobotSession {
    let new = NewSession::new(scenery::CUSTOMER).agent(scenery::ANN.0);
    robots.create_session(new).unwrap()
}

pub(crate) fn customer() -> Party {
    Party::outside(scenery::CUSTOMER)
}

/// How Ann signs in.
pub(crate) fn sign_in(adapter: &str) -> OpenSession {
    let agent = |id: &str| OpenSession::new(AgentId::new(id).unwrap());
    match adapter {
        CC_GATEWAY => agent(scenery::ANN.0)
            .password(CcGatewayOptions::default().password.expose())
            .phone(PhoneNumber::new(scenery::ANN.1).unwrap()),
        OIFDE => agent(scenery::ANN.0),
        _ => agent("ann").password(DEFAULT_PASSWORD),
    }
}

fn connected(adapter: &str, secret: &SecretFile, transport: Arc<dyn Transport>, seed: u64) -> Arc<dyn CallControl> {
    let config = Config::parse(&file(adapter, BASE, secret), "stage.toml").unwrap();
    let ids = IdSource::seeded(seed);
    Registry::built_in().connect_over(&config, transport, ids).unwrap()
}

/// The deployment's file.
pub(crate) fn file(adapter: &str, base_url: &str, secret: &SecretFile) -> String {
    let secret = secret.0.display();
    let settings = match adapter {
        OIFDE => {
            format!("[{adapter}.settings]\ntenant-id = \"202104237142\"\napi-password = {{ file = \"{secret}\" }}\n")
        }
        _ => String::new(),
    };
    format!("adapter = \"{adapter}\"\n[{adapter}.connection]\nbase-url = \"{base_url}\"\n{settings}")
}

fn base() -> BaseUrl {
    BaseUrl::parse(BASE).unwrap()
}

/// A secret in a file of its own, removed when dropped.
pub(crate) struct SecretFile(pub(crate) PathBuf);

impl SecretFile {
    pub(crate) fn new(secret: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("callcontrol-faults-{}-{number}", std::process::id()));
        std::fs::write(&path, secret).unwrap();
        Self(path)
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        // Gone already when the folder was swept.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A reader of the feed who keeps all that was read.
pub(crate) struct Reader {
    feed: Feed,
    pub(crate) items: Vec<FeedItem>,
}

impl Reader {
    pub(crate) fn of(control: &Arc<dyn CallControl>) -> Self {
        Self {
            feed: control.subscribe(Filter::all().backlog(100_000)),
            items: Vec::new(),
        }
    }

    /// Reads what there is, and what comes until nothing has come for this long.
    pub(crate) async fn until_quiet(&mut self, quiet: Duration) {
        while let Ok(Some(item)) = timeout(quiet, self.feed.next()).await {
            self.items.push(item);
        }
    }

    /// Reads on until an item fits; gives its place.
    pub(crate) async fn until(&mut self, fits: impl Fn(&FeedItem) -> bool) -> usize {
        loop {
            let item = timeout(PATIENCE, self.feed.next()).await;
            let item = item
                .unwrap_or_else(|_| panic!("not told in time: {:#?}", self.items))
                .unwrap();
            let found = fits(&item);
            self.items.push(item);
            if found {
                return self.items.len() - 1;
            }
        }
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.items.iter().filter_map(|item| match item {
            FeedItem::Event(event) => Some(&**event),
            _ => None,
        })
    }

    /// Events of a call, or of none, in order.
    pub(crate) fn kinds(&self) -> Vec<(Option<CallId>, EventKind)> {
        self.events()
            .map(|event| (event.call.clone(), event.kind.clone()))
            .collect()
    }

    pub(crate) fn gaps(&self) -> usize {
        self.items
            .iter()
            .filter(|item| matches!(item, FeedItem::Gap(_)))
            .count()
    }

    /// What was said of sessions.
    pub(crate) fn session_states(&self) -> Vec<SessionState> {
        let states = self.items.iter().filter_map(|item| match item {
            FeedItem::Session(notice) => Some(notice.state),
            _ => None,
        });
        states.collect()
    }
}

const BASE: &str = "http://simulator.test";
/// Virtual: longer than any link takes to come back.
const PATIENCE: Duration = Duration::from_secs(400);
