//! One contact centre in a box: switch, one vendor's simulator, the adapter as the facade builds it, and the line between them, all from one seed.
//! [`World::run`] gives it a runtime of one thread whose clock is virtual.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use callcontrol::{
    AgentId, AgentRef, CallControl, Config, Effect, Error, ErrorKind, IdSource, OpCx, OpenSession, PhoneNumber,
    Registry, Result, Session, Target,
};
use callcontrol_http::{BaseUrl, InMemoryTransport, Transport};
use callcontrol_simulators::RequestLog;
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::gws::{GwsOptions, GwsSimulator, GwsUser};
use callcontrol_simulators::oifde::{OifdeOptions, OifdeSimulator};
use callcontrol_testkit::switch::{Queue, SharedSwitch, Switch};

use crate::vendor::Vendor;
use crate::wire::Wire;

/// What world to build.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Whose adapter and simulator.
    pub vendor: Vendor,
    /// Where all chance begins.
    pub seed: u64,
    /// How many agents there are; at least three.
    pub agents: usize,
    /// How many customers have a telephone.
    pub customers: usize,
    /// How many of the agents, from the last one, serve the billing queue.
    pub serving: usize,
    /// After how long a telephone that nobody answers falls silent.
    pub ring_timeout: Option<Duration>,
    /// Within this time the agents of a day sign in.
    pub arrival: Duration,
    /// How many commands each agent gives in a row after the first sign-in, before the work begins.
    pub drill: u64,
    /// Options of the Genesys simulator, before the agents are written into them.
    pub gws: GwsOptions,
    /// Options of the CC-Gateway simulator, before the agents are written into them.
    pub cc_gateway: CcGatewayOptions,
}

impl Setup {
    /// Three agents, of whom the last two serve the billing queue, and three customers.
    #[must_use]
    pub fn small(vendor: Vendor, seed: u64) -> Self {
        Self {
            vendor,
            seed,
            agents: 3,
            customers: 3,
            serving: 2,
            ring_timeout: None,
            arrival: Duration::from_secs(20),
            drill: 0,
            gws: GwsOptions::default(),
            cc_gateway: CcGatewayOptions::default(),
        }
    }

    /// As many agents, all of whom serve the billing queue, twice as many customers, and telephones that stop ringing.
    #[must_use]
    pub fn large(vendor: Vendor, seed: u64, agents: usize) -> Self {
        let agents = agents.max(3);
        Self {
            agents,
            customers: agents * 2,
            serving: agents,
            ring_timeout: Some(Duration::from_secs(20)),
            ..Self::small(vendor, seed)
        }
    }
}

/// An agent of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// At the switch.
    pub id: String,
    /// The telephone.
    pub number: String,
    /// As the adapter names him or her.
    pub login: String,
}

/// The simulator's own door, for what a vendor's interface cannot do.
#[derive(Debug, Clone)]
pub enum Face {
    /// Of CC-Gateway.
    CcGateway(CcGatewaySimulator),
    /// Of OIFDE.
    Oifde(OifdeSimulator),
    /// Of Genesys Web Services.
    Gws(GwsSimulator),
}

/// Switch, simulator, adapter and the line between them.
#[derive(Debug)]
pub struct World {
    /// What was asked for.
    pub setup: Setup,
    /// The truth.
    pub switch: SharedSwitch,
    /// The application's side.
    pub control: Arc<dyn CallControl>,
    /// The simulator.
    pub face: Face,
    /// What goes wrong in between.
    pub wire: Wire,
    /// The agents.
    pub desks: Vec<Desk>,
    ids: IdSource,
    log: RequestLog,
    _secret: SecretFile,
}

impl World {
    /// Builds a world whose adapter speaks to its simulator in memory. Must be called within a runtime.
    ///
    /// # Errors
    /// The configuration is refused, or no file can be written for OIFDE's secret.
    pub fn build(setup: Setup) -> Result<Self> {
        let wire = Wire::default();
        let (switch, face, desks) = cast(&setup);
        let base = BaseUrl::parse(BASE).map_err(Error::from)?;
        let transport = InMemoryTransport::new(base, face.router()).with_mischief(wire.clone());
        Self::over(setup, switch, face, desks, wire, Arc::new(transport))
    }

    pub(crate) fn over(
        setup: Setup,
        switch: SharedSwitch,
        face: Face,
        desks: Vec<Desk>,
        wire: Wire,
        transport: Arc<dyn Transport>,
    ) -> Result<Self> {
        let secret = SecretFile::new(&face.secret())?;
        let file = setup.vendor.file(BASE, &secret.path());
        let config = Config::parse(&file, "simulation.toml")?;
        let ids = IdSource::seeded(setup.seed);
        let control = Registry::built_in().connect_over(&config, transport, ids)?;
        Ok(Self {
            ids: IdSource::seeded(setup.seed ^ OWN_IDS),
            log: face.requests(),
            setup,
            switch,
            control,
            face,
            wire,
            desks,
            _secret: secret,
        })
    }

    /// Runs a simulation to its end on a runtime of its own with one thread and a virtual clock.
    ///
    /// # Errors
    /// No runtime can be had.
    pub fn run<T, F: Future<Output = T>>(simulation: impl FnOnce() -> F) -> Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let runtime =
            runtime.map_err(|error| Error::new(ErrorKind::Internal, Effect::None, format!("no runtime: {error}")))?;
        Ok(runtime.block_on(async move { simulation().await }))
    }

    /// Whose.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        self.setup.vendor
    }

    /// What the simulator was asked.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.log
    }

    /// A context for one operation, with an id from the seed and this long to go.
    #[must_use]
    pub fn cx(&self, deadline: Duration) -> OpCx {
        OpCx::with_op(self.ids.op()).within(deadline)
    }

    /// How the agent at this place signs in.
    ///
    /// # Errors
    /// There is no such agent.
    pub fn sign_in_request(&self, at: usize) -> Result<OpenSession> {
        let desk = self.desk(at)?;
        let request = OpenSession::new(AgentId::new(&desk.login)?).password(self.face.password().as_str());
        Ok(match self.vendor() {
            Vendor::HuaweiCcGateway => request.phone(PhoneNumber::new(&desk.number)?),
            Vendor::HuaweiOifde | Vendor::GenesysGws => request,
        })
    }

    /// Signs the agent at this place in.
    ///
    /// # Errors
    /// As the adapter says.
    pub async fn sign_in(&self, at: usize) -> Result<Session> {
        let request = self.sign_in_request(at)?;
        let info = self.control.open(request, &self.cx(DEADLINE)).await?;
        Ok(Session::attach(&self.control, info.session))
    }

    /// The agent at this place.
    ///
    /// # Errors
    /// There is none.
    pub fn desk(&self, at: usize) -> Result<&Desk> {
        self.desks
            .get(at)
            .ok_or_else(|| Error::invalid_input(format!("there is no agent number {at}")))
    }

    /// The agent at this place as a target, in the words of this vendor.
    ///
    /// # Errors
    /// There is none.
    pub fn agent_target(&self, at: usize) -> Result<Target> {
        let desk = self.desk(at)?;
        match self.vendor() {
            Vendor::HuaweiCcGateway | Vendor::HuaweiOifde => Target::agent(&desk.id),
            Vendor::GenesysGws => Ok(Target::Agent(AgentRef::Number(PhoneNumber::new(&desk.number)?))),
        }
    }

    /// Stops the adapter.
    pub async fn shut_down(&self) {
        self.control.shutdown(&self.cx(Duration::from_secs(5))).await;
    }
}

impl Face {
    /// The simulator's whole HTTP face.
    pub(crate) fn router(&self) -> Router {
        match self {
            Self::CcGateway(simulator) => simulator.router(),
            Self::Oifde(simulator) => simulator.router(),
            Self::Gws(simulator) => simulator.router(),
        }
    }

    fn requests(&self) -> RequestLog {
        match self {
            Self::CcGateway(simulator) => simulator.requests().clone(),
            Self::Oifde(simulator) => simulator.requests().clone(),
            Self::Gws(simulator) => simulator.requests().clone(),
        }
    }

    pub(crate) fn password(&self) -> String {
        match self {
            Self::CcGateway(_) => CcGatewayOptions::default().password.expose().to_owned(),
            Self::Oifde(_) => String::new(),
            Self::Gws(_) => GWS_PASSWORD.to_owned(),
        }
    }

    pub(crate) fn secret(&self) -> String {
        match self {
            Self::CcGateway(_) | Self::Gws(_) => String::new(),
            Self::Oifde(_) => OifdeOptions::default().api_password.expose().to_owned(),
        }
    }
}

/// The switch with its people, and the simulator that knows them.
pub(crate) fn cast(setup: &Setup) -> (SharedSwitch, Face, Vec<Desk>) {
    let desks: Vec<Desk> = (0..setup.agents.max(3)).map(|at| desk(setup.vendor, at)).collect();
    let switch = SharedSwitch::new(people(setup, &desks));
    let face = match setup.vendor {
        Vendor::HuaweiCcGateway => Face::CcGateway(CcGatewaySimulator::new(switch.clone(), cc_gateway(setup, &desks))),
        Vendor::HuaweiOifde => Face::Oifde(OifdeSimulator::new(switch.clone(), oifde(setup))),
        Vendor::GenesysGws => Face::Gws(GwsSimulator::new(switch.clone(), gws(setup, &desks))),
    };
    (switch, face, desks)
}

fn desk(vendor: Vendor, at: usize) -> Desk {
    let id = (101 + at).to_string();
    let login = match vendor {
        Vendor::HuaweiCcGateway | Vendor::HuaweiOifde => id.clone(),
        Vendor::GenesysGws => format!("user-{id}"),
    };
    Desk {
        id,
        number: (70_001 + at).to_string(),
        login,
    }
}

/// The customer's telephone at this place.
#[must_use]
pub fn customer(at: usize) -> String {
    (2_065_550_000_u64 + u64::try_from(at).unwrap_or_default()).to_string()
}

/// The outside third party.
pub const THIRD_PARTY: &str = "90012345";
/// The IVR flow's code and number.
pub const PIN_CHECK: &str = "1321";
/// The system access code that leads to the queue that somebody serves.
pub const ACCESS_CODE: &str = "6048";
/// The queue that somebody serves.
pub const BILLING: &str = "25";
/// The queue that nobody serves.
pub const SUPPORT: &str = "26";

fn people(setup: &Setup, desks: &[Desk]) -> Switch {
    let billing = Queue::new(BILLING).named("Billing").numbered("8000").routed("2500");
    let support = Queue::new(SUPPORT).named("Support").numbered("8001").routed("2600");
    let mut builder = Switch::builder()
        .configure(|options| options.ring_timeout = setup.ring_timeout)
        .queue_with(billing)
        .queue_with(support)
        .ivr(PIN_CHECK, Some(PIN_CHECK))
        .outside(THIRD_PARTY);
    for desk in desks {
        builder = builder.absent_agent(&desk.id, &desk.number);
    }
    for desk in desks.iter().rev().take(setup.serving) {
        builder = builder.serves(&desk.id, BILLING);
    }
    for at in 0..setup.customers {
        builder = builder.outside(&customer(at));
    }
    builder.build()
}

fn cc_gateway(setup: &Setup, desks: &[Desk]) -> CcGatewayOptions {
    let mut options = setup.cc_gateway.clone();
    options.guid_seed = setup.seed;
    options.inspectors = desks.iter().map(|desk| desk.id.clone()).collect();
    options.pick_up_right = options.inspectors.clone();
    options
}

fn oifde(setup: &Setup) -> OifdeOptions {
    let mut options = OifdeOptions::default();
    // Nobody asks for the record of a conversation that four others of the same agent came after.
    options.sessions_kept = setup.agents.max(100) * 4;
    options
}

fn gws(setup: &Setup, desks: &[Desk]) -> GwsOptions {
    let mut options = setup.gws.clone();
    let user = |desk: &Desk| GwsUser::new(&desk.login, GWS_PASSWORD, &desk.id);
    options.users = desks.iter().map(user).collect();
    options.with_every_feature()
}

/// A secret in a file of its own, because no configuration holds one itself; removed when dropped.
#[derive(Debug)]
struct SecretFile(PathBuf);

impl SecretFile {
    fn new(secret: &str) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("callcontrol-simulation-{}-{number}", std::process::id()));
        if !secret.is_empty() {
            std::fs::write(&path, secret).map_err(|error| {
                let message = format!("{} cannot be written: {error}", path.display());
                Error::new(ErrorKind::Config, Effect::None, message)
            })?;
        }
        Ok(Self(path))
    }

    fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        // Never written where the vendor needs none.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// How long an operation of a simulation may take.
pub const DEADLINE: Duration = Duration::from_secs(10);
const BASE: &str = "http://simulator.test";
const GWS_PASSWORD: &str = "gws-secret";
const OWN_IDS: u64 = 0x00C0_FFEE;
