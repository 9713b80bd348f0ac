//! Three vendors' simulators under one roof: each with the configuration file that an application needs for it, reached over HTTP on loopback
//! or in memory with faults on request.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, Call, CallControl, Config, CustomerAt, IdSource, OpCx, OpenSession, Registry, RobotMode,
    Session, connect,
};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, Trick};
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::oifde::{NewSession, OifdeOptions, OifdeSimulator};
use callcontrol_simulators::{RequestLog, Server, scenery};
use callcontrol_testkit::fake::customer_at;
use callcontrol_testkit::switch::{Behaviour, Party, SharedSwitch, SwitchCallId};

pub(crate) const ADAPTERS: [&str; 3] = ["huawei-cc-gateway", "huawei-oifde", "genesys-gws"];
/// Adapters at which an agent talks to customers (at OIFDE a robot does).
pub(crate) const TELEPHONY: [&str; 2] = ["huawei-cc-gateway", "genesys-gws"];

/// One simulator.
pub(crate) struct Site {
    pub(crate) adapter: &'static str,
    pub(crate) switch: SharedSwitch,
    pub(crate) log: RequestLog,
    pub(crate) router: axum::Router,
    robots: Option<OifdeSimulator>,
    /// The password or API password that the simulator expects.
    pub(crate) secret: String,
}

impl Site {
    pub(crate) fn of(adapter: &'static str) -> Self {
        let switch = scenery::switch();
        match adapter {
            "huawei-cc-gateway" => {
                let options = CcGatewayOptions::default();
                let secret = options.password.expose().to_owned();
                let simulator = CcGatewaySimulator::new(switch.clone(), options);
                let (router, log) = (simulator.router(), simulator.requests().clone());
                Self {
                    adapter,
                    switch,
                    log,
                    router,
                    robots: None,
                    secret,
                }
            }
            "huawei-oifde" => {
                let options = OifdeOptions::default();
                let secret = options.api_password.expose().to_owned();
                let simulator = OifdeSimulator::new(switch.clone(), options);
                let (router, log) = (simulator.router(), simulator.requests().clone());
                Self {
                    adapter,
                    switch,
                    log,
                    router,
                    robots: Some(simulator),
                    secret,
                }
            }
            "genesys-gws" => Self::of_genesys(switch, GwsOptions::default()),
            other => panic!("no simulator of {other}"),
        }
    }

    /// As `of`, and the server asks for every credential that the vendor's pages know.
    pub(crate) fn guarded(adapter: &'static str) -> Self {
        if adapter != "genesys-gws" {
            return Self::of(adapter);
        }
        let mut options = GwsOptions::default();
        options.csrf = true;
        Self::of_genesys(scenery::switch(), options)
    }

    fn of_genesys(switch: SharedSwitch, options: GwsOptions) -> Self {
        let simulator = GwsSimulator::new(switch.clone(), options);
        let (router, log) = (simulator.router(), simulator.requests().clone());
        Self {
            adapter: "genesys-gws",
            switch,
            log,
            router,
            robots: None,
            secret: "gws-secret".to_owned(),
        }
    }

    /// The deployment's file. The secret is read from a file of its own that lives as long as the text is being used.
    pub(crate) fn file(&self, base_url: &str, secret: &SecretFile) -> String {
        let (id, secret) = (self.adapter, secret.path());
        match id {
            "huawei-cc-gateway" => format!(
                r#"
adapter = "{id}"
[{id}.connection]
base-url = "{base_url}"
[{id}.agents.ann]
id = "101"
password = {{ file = "{secret}" }}
phone = "7001"
[{id}.directory]
"agent:bob" = {{ id = "102" }}
"queue:support" = {{ id = "26" }}
"ivr:pin-check" = {{ code = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"#
            ),
            "huawei-oifde" => format!(
                r#"
adapter = "{id}"
[{id}.connection]
base-url = "{base_url}"
[{id}.settings]
tenant-id = "202104237142"
api-password = {{ file = "{secret}" }}
[{id}.agents.ann]
id = "101"
[{id}.directory]
"agent:bob" = {{ id = "102" }}
"queue:support" = {{ name = "Support" }}
"ivr:pin-check" = {{ code = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"#
            ),
            _ => format!(
                r#"
adapter = "{id}"
[{id}.connection]
base-url = "{base_url}"
[{id}.agents.ann]
id = "ann"
password = {{ file = "{secret}" }}
[{id}.directory]
"agent:bob" = {{ number = "7002" }}
"queue:support" = {{ number = "8001" }}
"ivr:pin-check" = {{ number = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"#
            ),
        }
    }

    pub(crate) fn bob(&self, behaviour: Behaviour) {
        self.switch.sign_in("102").unwrap();
        self.switch.set_ready("102").unwrap();
        self.switch.set_behaviour(&Party::agent("102"), behaviour).unwrap();
    }

    /// A customer calls Ann; the call rings.
    pub(crate) fn customer_calls(&self) -> SwitchCallId {
        self.switch.place_call(scenery::CUSTOMER, &Party::agent("101")).unwrap()
    }

    /// Words in the path of this vendor's transfer command.
    pub(crate) fn transfer_path(&self) -> &'static str {
        match self.adapter {
            "huawei-cc-gateway" => "/transfer",
            "huawei-oifde" => "/changeWorkMode",
            _ => "/me/calls/",
        }
    }

    /// Words in the path of this vendor's sign-in.
    pub(crate) fn sign_in_path(&self) -> &'static str {
        match self.adapter {
            "huawei-cc-gateway" => "/onlineagent/101",
            "huawei-oifde" => "/gettoken",
            _ => "/api/v2/me",
        }
    }

    /// Ann (or the robot that she supervises) talks to a customer.
    pub(crate) async fn talking(&self, ann: Session) -> (Session, Call, SwitchCallId) {
        if let Some(robots) = &self.robots {
            let session = robots
                .create_session(NewSession::new(scenery::CUSTOMER).agent("101"))
                .unwrap();
            let at_switch = robots.call_of(&session).unwrap();
            let native = session.as_str().to_owned();
            let state = AdoptState::RobotVoice(RobotMode::Supervision);
            let call = ann.adopt(AdoptCall::new(native, state)).await.unwrap();
            return (ann, call, at_switch);
        }
        let at_switch = self.customer_calls();
        let call = ann.next_offered().await.unwrap();
        assert!(call.answer().await.unwrap().outcome().await.is_done());
        (ann, call, at_switch)
    }

    /// Where the switch says the customer is, and how often he was moved.
    pub(crate) fn truth(&self, call: SwitchCallId) -> (CustomerAt, usize) {
        let place = self.switch.customer_at(call);
        let moves = match &self.robots {
            Some(robots) => robots
                .sessions()
                .iter()
                .map(|session| robots.transfers_of(session))
                .sum(),
            None => self.switch.journal().transfers_of(call),
        };
        (customer_at(place.as_ref(), "101"), moves)
    }
}

/// A secret in a file of its own, removed when dropped.
pub(crate) struct SecretFile(std::path::PathBuf);

impl SecretFile {
    pub(crate) fn new(secret: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("callcontrol-tests-{}-{number}", std::process::id()));
        std::fs::write(&path, secret).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An application connected to a simulator over HTTP on loopback.
pub(crate) struct Served {
    pub(crate) site: Site,
    pub(crate) control: Arc<dyn CallControl>,
    pub(crate) ann: Session,
    server: Server,
}

impl Served {
    pub(crate) async fn start(adapter: &'static str) -> Self {
        let site = Site::of(adapter);
        let server = Server::start(site.router.clone()).await.unwrap();
        let secret = SecretFile::new(&site.secret);
        let config = Config::parse(&site.file(&server.base_url(), &secret), "site.toml").unwrap();
        let control = connect(&config).unwrap();
        let ann = Session::open(&control, config.agent("ann").unwrap()).await.unwrap();
        Self {
            site,
            control,
            ann,
            server,
        }
    }

    pub(crate) async fn stop(self) {
        self.control.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
        self.server.stop().await;
    }
}

/// The fault that waits for a request whose path holds these words, and whether for every such request.
type Waiting = Arc<Mutex<Option<(&'static str, Trick, bool)>>>;

/// Counts the requests whose path holds these words, whatever becomes of them.
type Counting = Arc<Mutex<Option<(&'static str, Arc<AtomicUsize>)>>>;

/// An application connected to a simulator in memory, under the paused clock, with faults on request.
pub(crate) struct InMemory {
    pub(crate) site: Site,
    pub(crate) control: Arc<dyn CallControl>,
    config: Config,
    waiting: Waiting,
    counting: Counting,
    _secret: SecretFile,
}

impl InMemory {
    pub(crate) fn new(adapter: &'static str) -> Self {
        let site = Site::of(adapter);
        let secret = SecretFile::new(&site.secret);
        Self::with_secret(site, secret)
    }

    pub(crate) fn with_secret(site: Site, secret: SecretFile) -> Self {
        let base = "http://simulator.test";
        let config = Config::parse(&site.file(base, &secret), "site.toml").unwrap();
        let waiting = Waiting::default();
        let counting = Counting::default();
        let mischief = {
            let (waiting, counting) = (Arc::clone(&waiting), Arc::clone(&counting));
            move |attempt: &Attempt<'_>| {
                let mut waiting = waiting.lock().unwrap();
                let path = attempt.request.path().path_and_query();
                if let Some((words, count)) = &*counting.lock().unwrap()
                    && path.contains(words)
                {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                match &*waiting {
                    Some((words, trick, true)) if path.contains(words) => trick.clone(),
                    Some((words, _, false)) if path.contains(words) => {
                        waiting.take().map_or(Trick::Pass, |(_, trick, _)| trick)
                    }
                    _ => Trick::Pass,
                }
            }
        };
        let transport =
            InMemoryTransport::new(BaseUrl::parse(base).unwrap(), site.router.clone()).with_mischief(mischief);
        let control = Registry::built_in()
            .connect_over(&config, Arc::new(transport), IdSource::seeded(1))
            .unwrap();
        Self {
            site,
            control,
            config,
            waiting,
            counting,
            _secret: secret,
        }
    }

    pub(crate) fn ann(&self) -> OpenSession {
        self.config.agent("ann").unwrap()
    }

    pub(crate) async fn sign_in(&self) -> Session {
        Session::open(&self.control, self.ann()).await.unwrap()
    }

    /// The next request whose path holds `words` meets `trick`.
    pub(crate) fn next(&self, words: &'static str, trick: Trick) {
        *self.waiting.lock().unwrap() = Some((words, trick, false));
    }

    /// Every request whose path holds `words` meets `trick`, until [`heal`](Self::heal).
    pub(crate) fn always(&self, words: &'static str, trick: Trick) {
        *self.waiting.lock().unwrap() = Some((words, trick, true));
    }

    /// From now on counts the requests whose path holds `words`, those that go wrong included.
    pub(crate) fn count(&self, words: &'static str, count: &Arc<AtomicUsize>) {
        *self.counting.lock().unwrap() = Some((words, Arc::clone(count)));
    }

    pub(crate) fn heal(&self) {
        *self.waiting.lock().unwrap() = None;
    }

    /// Words in the path of this vendor's transfer command.
    pub(crate) fn transfer_path(&self) -> &'static str {
        self.site.transfer_path()
    }

    /// Words in the path of this vendor's sign-in.
    pub(crate) fn sign_in_path(&self) -> &'static str {
        self.site.sign_in_path()
    }

    /// Ann (or the robot that she supervises) talks to a customer.
    pub(crate) async fn talking(&self) -> (Session, Call, SwitchCallId) {
        self.site.talking(self.sign_in().await).await
    }
}
