//! The simulator with the adapter signed in to it: on a socket through the real HTTP client, or in the same process under a clock that may be paused.

use std::sync::{Arc, Mutex};

use callcontrol_core::{
    AdoptState, AgentId, CallControl, CallRef, IdSource, OpCx, OpenSession, RobotMode, Secret, SecretRef,
    SessionId as OurSession,
};
use callcontrol_http::{BaseUrl, InMemoryTransport, ReqwestTransport, Transport, TransportConfig};
use callcontrol_huawei_oifde::{Oifde, OifdeConfig};
use callcontrol_simulators::oifde::{
    Delivery, Medium, NewSession, OifdeOptions, OifdeSimulator, SessionId, TransferReport,
};
use callcontrol_simulators::{Server, scenery};

use super::{PASSWORD, TENANT, adopt};

/// A simulator, and the adapter signed in to it as agent Ann.
pub(crate) struct Stage {
    pub(crate) simulator: OifdeSimulator,
    pub(crate) oifde: Arc<Oifde>,
    pub(crate) ann: OurSession,
    server: Mutex<Option<Server>>,
}

impl Stage {
    /// On a socket.
    pub(crate) async fn served(change: impl FnOnce(&mut OifdeOptions)) -> Self {
        let simulator = simulator(change);
        let server = Server::start(simulator.router()).await.expect("a port");
        let oifde = adapter_at(&server.base_url(), PASSWORD);
        Self::signed_in(simulator, oifde, Some(server)).await
    }

    /// In the same process.
    pub(crate) async fn in_memory(change: impl FnOnce(&mut OifdeOptions)) -> Self {
        Self::configured(change, |_| {}).await
    }

    /// In the same process, with settings of the adapter's.
    pub(crate) async fn configured(change: impl FnOnce(&mut OifdeOptions), set: impl FnOnce(&mut OifdeConfig)) -> Self {
        let simulator = simulator(change);
        let base = BaseUrl::parse("https://oiap.example").expect("valid");
        let transport = Arc::new(InMemoryTransport::new(base, simulator.router()));
        let oifde = adapter_over(transport, PASSWORD, set);
        Self::signed_in(simulator, oifde, None).await
    }

    async fn signed_in(simulator: OifdeSimulator, oifde: Arc<Oifde>, server: Option<Server>) -> Self {
        let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
        let ann = oifde.open(request, &OpCx::new()).await.expect("opened").session;
        Self {
            simulator,
            oifde,
            ann,
            server: Mutex::new(server),
        }
    }

    pub(crate) async fn stop(&self) {
        let server = self.server.lock().expect("whole").take();
        if let Some(server) = server {
            server.stop().await;
        }
    }

    /// A customer in a robot session, which the adapter believes to be in supervision.
    pub(crate) async fn customer(&self, new: NewSession) -> (SessionId, CallRef) {
        self.customer_believed(new, RobotMode::Supervision).await
    }

    pub(crate) async fn customer_believed(&self, new: NewSession, mode: RobotMode) -> (SessionId, CallRef) {
        let shown = format!("{new:?}");
        let session = self.simulator.create_session(new).expect("a session");
        let state = if shown.contains("Text") {
            AdoptState::RobotText(mode)
        } else {
            AdoptState::RobotVoice(mode)
        };
        let call = adopt(&self.oifde, &self.ann, session.as_str(), state).await;
        (session, call)
    }

    /// The access party has its next turn, unless the simulator took it by itself.
    pub(crate) async fn next_turn(&self, session: &SessionId) -> Option<TransferReport> {
        for _ in 0..32 {
            tokio::task::yield_now().await;
        }
        self.simulator
            .deliver(session)
            .or_else(|| self.simulator.transfer_of(session))
    }

    pub(crate) fn sent(&self, path_end: &str) -> usize {
        self.simulator.requests().count("POST", path_end)
    }

    pub(crate) fn changes(&self) -> usize {
        self.sent("/flow/changeWorkMode")
    }

    pub(crate) fn tokens(&self) -> usize {
        self.sent("/gettoken")
    }
}

/// A simulator whose robot has its turn when the test says so; Bob is ready.
pub(crate) fn simulator(change: impl FnOnce(&mut OifdeOptions)) -> OifdeSimulator {
    let mut options = OifdeOptions::default();
    options.deliver = Delivery::OnDemand;
    change(&mut options);
    let switch = scenery::switch();
    switch.sign_in(scenery::BOB.0).expect("signed in");
    switch.set_ready(scenery::BOB.0).expect("ready");
    OifdeSimulator::new(switch, options)
}

pub(crate) fn adapter_at(base: &str, password: &str) -> Arc<Oifde> {
    let base = BaseUrl::parse(base).expect("valid");
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).expect("a transport");
    adapter_over(Arc::new(transport), password, |_| {})
}

pub(crate) fn adapter_over(
    transport: Arc<dyn Transport>,
    password: &str,
    set: impl FnOnce(&mut OifdeConfig),
) -> Arc<Oifde> {
    let mut config = OifdeConfig::new(TENANT, SecretRef::from(Secret::new(password)));
    set(&mut config);
    Oifde::new(config, transport, IdSource::seeded(1)).expect("valid")
}

pub(crate) fn voice() -> NewSession {
    NewSession::new(scenery::CUSTOMER)
}

pub(crate) fn chat() -> NewSession {
    NewSession::new(scenery::CUSTOMER)
        .medium(Medium::Text)
        .last_agent(scenery::BOB.0)
}
