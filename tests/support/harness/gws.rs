//! Genesys Web Services for the suite.

use std::sync::Arc;
use std::time::Duration;

use callcontrol::{
    AgentId, AgentRef, CallControl, IdSource, IvrRef, NativeRequest, OpenSession, Operation, PhoneNumber, QueueRef,
    SessionId, Target,
};
use callcontrol_genesys_gws::{Gws, GwsConfig};
use callcontrol_http::Method;
use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::conformance::{Cast, Deed, Harness, Mishap, play_on};
use callcontrol_testkit::switch::{Party, SharedSwitch};

use super::door::{Door, Words, trick_of};

#[derive(Debug)]
pub(crate) struct GwsHarness {
    simulator: GwsSimulator,
    adapter: Arc<Gws>,
    door: Door,
}

impl GwsHarness {
    pub(crate) fn new() -> Self {
        Self::with(GwsOptions::default())
    }

    pub(crate) fn with(options: GwsOptions) -> Self {
        let simulator = GwsSimulator::new(scenery::switch(), options.with_every_feature());
        let door = Door::default();
        let transport = door.transport(simulator.router(), |path| path.contains("/notifications"));
        let adapter = Gws::new(GwsConfig::default(), transport, IdSource::seeded(1)).unwrap();
        Self {
            simulator,
            adapter,
            door,
        }
    }
}

fn number(number: &str) -> PhoneNumber {
    PhoneNumber::new(number).unwrap()
}

impl Harness for GwsHarness {
    fn adapter(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.adapter) as Arc<dyn CallControl>
    }

    fn agent(&self) -> OpenSession {
        OpenSession::new(AgentId::new("ann").unwrap()).password(DEFAULT_PASSWORD)
    }

    fn cast(&self) -> Cast {
        Cast::new(scenery::ANN.0, scenery::CUSTOMER)
            .with(
                Target::Agent(AgentRef::Number(number(scenery::BOB.1))),
                Party::agent(scenery::BOB.0),
            )
            .with(
                Target::Queue(QueueRef::Number(number("8001"))),
                Party::queue(scenery::SUPPORT),
            )
            .with(
                Target::Ivr(IvrRef::Number(number(scenery::PIN_CHECK))),
                Party::ivr(scenery::PIN_CHECK),
            )
            .with(
                Target::number(scenery::THIRD_PARTY).unwrap(),
                Party::outside(scenery::THIRD_PARTY),
            )
    }

    fn switch(&self) -> Option<SharedSwitch> {
        Some(self.simulator.switch().clone())
    }

    fn requests(&self) -> Option<usize> {
        Some(self.door.sent())
    }

    fn requests_for(&self, operation: Operation) -> Option<usize> {
        words(operation).map(|words| self.door.sent_like(words))
    }

    fn inject(&self, operation: Operation, mishap: Mishap) -> bool {
        let Some(words) = words(operation) else { return false };
        self.door.next(words, trick_of(mishap, REFUSED, NOT_SIGNED_IN));
        true
    }

    fn link(&self, _session: &SessionId, up: bool) -> bool {
        self.door.cut_events(!up);
        true
    }

    /// Polls are held in memory: what was said arrives soon.
    fn settling(&self) -> Duration {
        Duration::from_millis(600)
    }

    fn secrets(&self) -> Vec<String> {
        vec![DEFAULT_PASSWORD.to_owned()]
    }

    fn wrong_password(&self) -> Option<OpenSession> {
        Some(self.agent().password("a-wrong-one"))
    }

    fn play(&self, deed: &Deed<'_>) -> bool {
        match deed {
            // A user may be signed in from several places at once; nobody is displaced.
            Deed::SomebodyElseSignsIn => false,
            deed => play_on(self.simulator.switch(), &self.cast(), deed),
        }
    }

    /// Longer than a connect of CometD is held, so that one that was under way when the link was cut is over.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn native(&self) -> Option<NativeRequest> {
        Some(NativeRequest::new("GET", ["diagnostics", "version"]))
    }
}

fn words(operation: Operation) -> Option<Words> {
    match operation {
        Operation::Open => Some((Method::Get, "/api/v2/me")),
        // The suite sends nothing else to a call in the stories in which it counts these.
        Operation::BlindTransfer => Some((Method::Post, "/me/calls/")),
        _ => None,
    }
}

const REFUSED: &str = r#"{"statusCode":6,"statusMessage":"no such call"}"#;
const NOT_SIGNED_IN: &str = r#"{"statusCode":20,"statusMessage":"not authenticated"}"#;
