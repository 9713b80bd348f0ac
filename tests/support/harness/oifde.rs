//! OIFDE for the suite: the agent watches a robot.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, AgentId, CallControl, Code, HelpRequest, IdSource, MessageBox, NativeRequest, NativeTarget,
    OpenSession, Operation, OperationKey, QueueName, QueueRef, RobotMode, Secret, SecretRef, Target, TargetKind,
};
use callcontrol_http::Method;
use callcontrol_huawei_oifde::{Oifde, OifdeConfig};
use callcontrol_simulators::oifde::{AgentQueueRoute, Medium, NewSession, OifdeOptions, OifdeSimulator, SessionId};
use callcontrol_simulators::scenery;
use callcontrol_testkit::conformance::{Arrival, Caller, Cast, Deed, Harness, Mishap, play_on};
use callcontrol_testkit::switch::{Party, SharedSwitch};

use super::door::{Door, Words, trick_of};

#[derive(Debug)]
pub(crate) struct OifdeHarness {
    simulator: OifdeSimulator,
    adapter: Arc<Oifde>,
    door: Door,
    secret: String,
    latest: Mutex<Option<SessionId>>,
}

impl OifdeHarness {
    pub(crate) fn new() -> Self {
        Self::with(OifdeOptions::default())
    }

    pub(crate) fn with(options: OifdeOptions) -> Self {
        let secret = options.api_password.expose().to_owned();
        let tenant = options.tenant_id.clone();
        let simulator = OifdeSimulator::new(scenery::switch(), options);
        let door = Door::default();
        let transport = door.transport(simulator.router(), |_| false);
        let mut config = OifdeConfig::new(tenant, SecretRef::from(Secret::new(secret.clone())));
        config.domain_id = Some("1".to_owned());
        let adapter = Oifde::new(config, transport, IdSource::seeded(1)).unwrap();
        Self {
            simulator,
            adapter,
            door,
            secret,
            latest: Mutex::default(),
        }
    }

    fn robot(&self, medium: Medium) -> Option<(Caller, AdoptCall)> {
        let new = NewSession::new(scenery::CUSTOMER)
            .agent(scenery::ANN.0)
            .last_agent(scenery::BOB.0)
            .medium(medium);
        let session = self.simulator.create_session(new).ok()?;
        let call = self.simulator.call_of(&session)?;
        let mark = session.as_str().to_owned();
        *self.latest.lock().unwrap() = Some(session);
        let state = match medium {
            Medium::Text => AdoptState::RobotText(RobotMode::Supervision),
            Medium::Voice => AdoptState::RobotVoice(RobotMode::Supervision),
        };
        let adopt = AdoptCall::new(mark.clone(), state);
        Some((Caller::at(call).marked(mark), adopt))
    }
}

impl Harness for OifdeHarness {
    fn adapter(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.adapter) as Arc<dyn CallControl>
    }

    fn agent(&self) -> OpenSession {
        OpenSession::new(AgentId::new(scenery::ANN.0).unwrap())
    }

    fn cast(&self) -> Cast {
        let bob = || Party::agent(scenery::BOB.0);
        let queue = QueueRef::Name(QueueName::new("Support").unwrap());
        let mut cast = Cast::new(scenery::ANN.0, scenery::CUSTOMER)
            .with(Target::agent(scenery::BOB.0).unwrap(), bob())
            .with(Target::Queue(queue), Party::queue(scenery::SUPPORT))
            .with(Target::ivr(scenery::PIN_CHECK).unwrap(), Party::ivr(scenery::PIN_CHECK))
            .with(
                Target::number(scenery::THIRD_PARTY).unwrap(),
                Party::outside(scenery::THIRD_PARTY),
            )
            .with(
                Target::Message(MessageBox::Agent(AgentId::new(scenery::BOB.0).unwrap())),
                bob(),
            )
            .with(
                Target::Native(NativeTarget {
                    kind: Code::new("6").unwrap(),
                    address: ASSISTANT.to_owned(),
                }),
                Party::ivr(ASSISTANT),
            );
        let options = self.simulator.options();
        if !options.last_agent_needs_data {
            cast = cast.with(Target::LastAgent, bob());
        }
        if options.type_8 == AgentQueueRoute::default() {
            let queue_of_bob = Target::QueueOfAgent(AgentId::new(scenery::BOB.0).unwrap());
            cast = cast.with(queue_of_bob, bob());
        }
        cast
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
        self.door.next(words, trick_of(mishap, REFUSED, NO_TOKEN));
        true
    }

    /// Polls are held in memory: what was said arrives soon.
    fn settling(&self) -> Duration {
        Duration::from_millis(600)
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.secret.clone()]
    }

    fn customer_calls(&self) -> Option<Arrival> {
        self.robot(Medium::Voice)
            .map(|(caller, adopt)| Arrival::Adopt(caller, adopt))
    }

    fn customer_calls_for(&self, key: OperationKey) -> Option<Arrival> {
        let medium = match key.target {
            Some(TargetKind::LastAgent | TargetKind::QueueOfAgent | TargetKind::Message) => Medium::Text,
            _ => Medium::Voice,
        };
        self.robot(medium).map(|(caller, adopt)| Arrival::Adopt(caller, adopt))
    }

    fn robot_calls(&self) -> Option<(Caller, AdoptCall)> {
        self.robot(Medium::Voice)
    }

    fn native(&self) -> Option<NativeRequest> {
        Some(NativeRequest::new("GET", ["servicemonitor"]))
    }

    fn help(&self) -> Option<HelpRequest> {
        let latest = self.latest.lock().unwrap().clone()?;
        let help = self.simulator.raise_help_request(&latest)?;
        Some(HelpRequest::at(help.node_id, Some(help.node_index)))
    }

    fn play(&self, deed: &Deed<'_>) -> bool {
        match deed {
            // The vendor knows no sessions of agents, only the tenant's tokens.
            Deed::SomebodyElseSignsIn => false,
            deed => play_on(self.simulator.switch(), &self.cast(), deed),
        }
    }

    fn take_turns(&self) {
        if let Some(session) = &*self.latest.lock().unwrap() {
            self.simulator.deliver(session);
        }
    }

    fn moves(&self, caller: &Caller) -> Option<usize> {
        let session = self.simulator.sessions();
        let mark = caller.mark.as_deref()?;
        let session = session.iter().find(|session| session.as_str() == mark)?;
        Some(self.simulator.transfers_of(session))
    }
}

fn words(operation: Operation) -> Option<Words> {
    match operation {
        Operation::Open => Some((Method::Post, "/gettoken")),
        Operation::BlindTransfer => Some((Method::Post, "/changeWorkMode")),
        _ => None,
    }
}

/// An online digital assistant of the simulator's.
const ASSISTANT: &str = "9600";
const REFUSED: &str = r#"{"errorCode":"200800002","errorMsg":"refused"}"#;
const NO_TOKEN: &str = r#"{"errorCode":"900001","errorMsg":"no token"}"#;
