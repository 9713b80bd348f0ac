//! One contact centre for every test: the simulator on a real socket, the adapter over the real HTTP client, the agent Ann signed in.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentStateRequest, CallControl, CallId, CallRef, ConsultRef, ConsultStep, CustomerAt, Event, EventKind,
    Feed, FeedItem, Filter, IdSource, LegAction, LegRef, OpCx, OpenSession, Outcome, Receipt, SessionId, StartConsult,
    Target,
};
use callcontrol_genesys_gws::{Gws, GwsConfig};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, ReqwestTransport, TransportConfig, Trick};
use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsOptions, GwsSimulator};
use callcontrol_simulators::{Server, scenery};
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SharedSwitch, SwitchCallId};

/// Everything a story needs.
pub(crate) struct Site {
    pub(crate) sim: GwsSimulator,
    /// `None` where the server is called in-process.
    pub(crate) server: Option<Server>,
    pub(crate) gws: Arc<Gws>,
    pub(crate) feed: Feed,
    pub(crate) session: SessionId,
}

/// A call as the switch and as the adapter know it.
pub(crate) struct Known {
    pub(crate) at: CallRef,
    pub(crate) switch: SwitchCallId,
}

pub(crate) fn quick() -> GwsConfig {
    let json = r#"{"request-timeout-ms": 3000, "effect-timeout-ms": 1000, "auto-retrieve-wait-ms": 60, "answer-timeout-s": 2,
        "return-spread-ms": 20}"#;
    serde_json::from_str(json).expect("valid")
}

pub(crate) fn ann() -> OpenSession {
    OpenSession::new(AgentId::new("ann").expect("valid")).password(DEFAULT_PASSWORD)
}

/// The adapter over a served simulator; nobody has signed in.
pub(crate) async fn adapter(options: GwsOptions) -> (GwsSimulator, Server, Arc<Gws>) {
    let sim = GwsSimulator::new(scenery::switch(), options);
    let server = Server::start(sim.router()).await.expect("a socket");
    let gws = connect(&server, quick());
    (sim, server, gws)
}

pub(crate) fn connect(server: &Server, config: GwsConfig) -> Arc<Gws> {
    let base = BaseUrl::parse(&server.base_url()).expect("valid");
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).expect("a transport");
    Gws::new(config, Arc::new(transport), IdSource::seeded(1)).expect("valid configuration")
}

/// Ann signed in and ready; Bob signed in at his phone.
pub(crate) async fn site_with(options: GwsOptions) -> Site {
    let (sim, server, gws) = adapter(options).await;
    furnished(sim, Some(server), gws).await
}

/// The same with the server called in-process, for the paused clock; `trick` decides what goes wrong with each request.
pub(crate) async fn room_with(
    options: GwsOptions,
    config: GwsConfig,
    trick: impl Fn(&Attempt<'_>) -> Trick + Send + Sync + 'static,
) -> Site {
    let sim = GwsSimulator::new(scenery::switch(), options);
    let gws = in_memory(&sim, config, trick);
    furnished(sim, None, gws).await
}

/// An adapter that calls the server in-process.
pub(crate) fn in_memory(
    sim: &GwsSimulator,
    config: GwsConfig,
    trick: impl Fn(&Attempt<'_>) -> Trick + Send + Sync + 'static,
) -> Arc<Gws> {
    let base = BaseUrl::parse("http://gws.example:8090").expect("valid");
    let transport = InMemoryTransport::new(base, sim.router()).with_mischief(trick);
    Gws::new(config, Arc::new(transport), IdSource::seeded(7)).expect("valid configuration")
}

async fn furnished(sim: GwsSimulator, server: Option<Server>, gws: Arc<Gws>) -> Site {
    for agent in [scenery::BOB.0, scenery::EVE.0] {
        sim.switch().with(|switch| {
            switch.sign_in(agent).expect("known");
            switch.set_ready(agent).expect("signed in");
        });
    }
    let feed = gws.subscribe(Filter::all());
    let info = gws.open(ann(), &OpCx::new()).await.expect("signs in");
    Site {
        sim,
        server,
        gws,
        feed,
        session: info.session,
    }
}

pub(crate) async fn site() -> Site {
    site_with(GwsOptions::default()).await
}

impl Site {
    pub(crate) fn switch(&self) -> &SharedSwitch {
        self.sim.switch()
    }

    /// The customer calls Ann directly; the call rings.
    pub(crate) async fn ringing(&mut self) -> Known {
        self.ringing_from(scenery::CUSTOMER).await
    }

    /// Somebody calls Ann directly; the call rings.
    pub(crate) async fn ringing_from(&mut self, caller: &str) -> Known {
        let to = Party::agent(scenery::ANN.0);
        let switch = self
            .switch()
            .with(|switch| switch.place_call(caller, &to))
            .expect("rings");
        let event = self.event(|event| event.kind == EventKind::Offered).await;
        let call = event.call.expect("a call");
        Known {
            at: CallRef {
                session: self.session.clone(),
                call,
            },
            switch,
        }
    }

    /// The customer talks to Ann.
    pub(crate) async fn talking(&mut self) -> Known {
        let call = self.ringing().await;
        let receipt = self.act(&call, LegAction::Answer).await;
        assert!(settled(&receipt).await.is_done(), "answered");
        call
    }

    pub(crate) async fn act(&self, call: &Known, what: LegAction) -> Receipt {
        let at: LegRef = call.at.clone().into();
        self.gws.act(&at, what, &OpCx::new()).await.expect("accepted")
    }

    pub(crate) async fn sign_out(self) {
        self.gws.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
        if let Some(server) = self.server {
            server.stop().await;
        }
    }

    /// The next event that fits.
    pub(crate) async fn event(&mut self, fits: impl Fn(&Event) -> bool) -> Event {
        self.event_within(PATIENCE, fits).await
    }

    /// The same with another patience.
    pub(crate) async fn event_within(&mut self, patience: Duration, fits: impl Fn(&Event) -> bool) -> Event {
        let found = async {
            loop {
                match self.feed.next().await.expect("the feed goes on") {
                    FeedItem::Event(event) if fits(&event) => return Event::clone(&event),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(patience, found).await.expect("the event comes")
    }

    /// Reads the feed until nothing more comes for a while.
    pub(crate) async fn until_quiet(&mut self) {
        while tokio::time::timeout(Duration::from_millis(100), self.feed.next())
            .await
            .is_ok()
        {}
    }

    /// Where the switch says the customer of this call is.
    pub(crate) fn customer(&self, call: &Known) -> CustomerPlace {
        self.switch()
            .with(|switch| switch.customer_at(call.switch))
            .expect("a call with a customer")
    }

    pub(crate) fn transfers(&self, call: &Known) -> usize {
        self.switch().journal().transfers_of(call.switch)
    }

    pub(crate) fn behaves(&self, party: &Party, behaviour: Behaviour) {
        self.switch()
            .with(|switch| switch.set_behaviour(party, behaviour))
            .expect("known");
    }

    /// Bob's phone rings: he answers.
    pub(crate) async fn answers(&self, party: &Party) {
        let ringing = eventually(|| self.switch().with(|switch| switch.ringing_at(party))).await;
        self.switch()
            .with(|switch| switch.answer(party, ringing))
            .expect("answers");
    }

    /// Waits until the switch says so.
    pub(crate) async fn customer_is(&self, call: &Known, place: &CustomerPlace) {
        eventually(|| (self.customer(call) == *place).then_some(())).await;
    }

    /// How many requests carried this operation.
    pub(crate) fn sent(&self, operation: &str) -> usize {
        let word = format!("\"operationName\":\"{operation}\"");
        self.sim
            .requests()
            .all()
            .iter()
            .filter(|request| request.body.contains(&word))
            .count()
    }
}

/// Waits for a condition outside the adapter, looking again whenever others have run.
pub(crate) async fn eventually<T>(look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, look).await
}

pub(crate) async fn eventually_within<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let found = async {
        // A patient one looks more seldom.
        let mut tick = tokio::time::interval((patience / 2000).max(Duration::from_millis(5)));
        loop {
            if let Some(found) = look() {
                return found;
            }
            tick.tick().await;
        }
    };
    tokio::time::timeout(patience, found).await.expect("it comes true")
}

pub(crate) async fn settled(receipt: &Receipt) -> Outcome {
    receipt.within(PATIENCE).await.expect("an outcome")
}

pub(crate) fn number(digits: &str) -> Target {
    Target::number(digits).expect("valid")
}

pub(crate) fn bob() -> Party {
    Party::agent(scenery::BOB.0)
}

pub(crate) fn customer_phone() -> Party {
    Party::outside(scenery::CUSTOMER)
}

/// The adapter's word for where the switch says the customer is.
pub(crate) fn matches_truth(said: CustomerAt, truth: &CustomerPlace) -> bool {
    match truth {
        CustomerPlace::WithAgent(agent) if agent == scenery::ANN.0 => said == CustomerAt::Agent,
        CustomerPlace::HeldBy(agent) if agent == scenery::ANN.0 => said == CustomerAt::AgentHeld,
        CustomerPlace::WithAgent(_)
        | CustomerPlace::HeldBy(_)
        | CustomerPlace::AtTarget(_)
        | CustomerPlace::Ringing(_) => said == CustomerAt::Target,
        CustomerPlace::InQueue(_) => said == CustomerAt::Queue,
        CustomerPlace::InIvr(_) => said == CustomerAt::Target || said == CustomerAt::Ivr,
        CustomerPlace::InConference(_) => said == CustomerAt::Conference,
        CustomerPlace::Gone => said == CustomerAt::Gone,
        _ => false,
    }
}

pub(crate) fn of(call: &Known) -> &CallId {
    &call.at.call
}

pub(crate) fn not_ready() -> AgentStateRequest {
    AgentStateRequest::NotReady { reason: None }
}

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn with(change: impl FnOnce(&mut GwsOptions)) -> GwsOptions {
    let mut options = GwsOptions::default();
    change(&mut options);
    options
}

/// What an agent hears and sees must be what the switch knows: `Unknown` is the only other thing to say.
#[track_caller]
pub(crate) fn assert_true(site: &Site, call: &Known, outcome: &Outcome, story: &str) {
    let truth = site.customer(call);
    assert!(
        matches_truth(outcome.customer, &truth) || outcome.customer == CustomerAt::Unknown,
        "{story}: said {outcome}, the switch says {truth:?}"
    );
}

pub(crate) async fn consult_bob(site: &Site, call: &Known) -> callcontrol_core::Result<(Receipt, ConsultRef)> {
    let request = StartConsult::new(number(scenery::BOB.1));
    let started = site.gws.consult(&call.at, request, &OpCx::new()).await?;
    Ok((started.receipt, started.consult))
}

/// Ann talks to Bob, the customer waits.
pub(crate) async fn consulting_bob(site: &mut Site) -> (Known, ConsultRef) {
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Answers);
    let (receipt, consult) = consult_bob(site, &call).await.expect("accepted");
    let outcome = settled(&receipt).await;
    assert!(
        outcome.is_done() && outcome.customer == CustomerAt::AgentHeld,
        "{outcome}"
    );
    (call, consult)
}

/// A step of a consult to its outcome.
pub(crate) async fn stepped(site: &Site, consult: &ConsultRef, step: ConsultStep) -> Outcome {
    let receipt = site
        .gws
        .consult_step(consult, step, &OpCx::new())
        .await
        .expect("accepted");
    settled(&receipt).await
}
