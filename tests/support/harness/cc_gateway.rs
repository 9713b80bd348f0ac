//! CC-Gateway for the suite.

use std::sync::Arc;
use std::time::Duration;

use callcontrol::{
    AdoptCall, AgentId, CallControl, Code, IdSource, NativeRequest, OpenSession, Operation, OperationKey, PhoneNumber,
    SessionId, Target, TargetKind,
};
use callcontrol_http::Method;
use callcontrol_huawei_cc_gateway::{CallDataMethod, CcGateway, CcGatewayConfig, Events};
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator, EventMethod, PutOrPost};
use callcontrol_simulators::scenery;
use callcontrol_testkit::conformance::{Caller, Cast, Harness, Mishap, Part};
use callcontrol_testkit::switch::{Party, SharedSwitch};

use super::door::{Door, Words, trick_of};

#[derive(Debug)]
pub(crate) struct CcGatewayHarness {
    simulator: CcGatewaySimulator,
    adapter: Arc<CcGateway>,
    door: Door,
    password: String,
}

impl CcGatewayHarness {
    pub(crate) fn new() -> Self {
        Self::with(CcGatewayOptions::default())
    }

    pub(crate) fn with(mut options: CcGatewayOptions) -> Self {
        options.inspectors.insert(scenery::ANN.0.to_owned());
        options.pick_up_right.insert(scenery::ANN.0.to_owned());
        options
            .access_codes
            .insert(ACCESS_CODE.to_owned(), Party::ivr(scenery::PIN_CHECK));
        options.requeue_own_queues_only = false;
        let password = options.password.expose().to_owned();
        let mut config = CcGatewayConfig::default();
        // What the deployment is told about its gateway.
        if options.event_method != EventMethod::Single {
            config.events = Events::Batch;
        }
        if options.set_call_data == PutOrPost::Put {
            config.call_data_method = CallDataMethod::Put;
        }
        let simulator = CcGatewaySimulator::new(scenery::switch(), options);
        let door = Door::default();
        let transport = door.transport(simulator.router(), |path| path.contains("/agentevent/"));
        let adapter = CcGateway::new(config, transport, IdSource::seeded(1)).unwrap();
        Self {
            simulator,
            adapter,
            door,
            password,
        }
    }
}

impl Harness for CcGatewayHarness {
    fn adapter(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.adapter) as Arc<dyn CallControl>
    }

    fn agent(&self) -> OpenSession {
        self.signing_in_with(&self.password)
    }

    fn cast(&self) -> Cast {
        Cast::new(scenery::ANN.0, scenery::CUSTOMER)
            .with(Target::agent(scenery::BOB.0).unwrap(), Party::agent(scenery::BOB.0))
            .with(
                Target::queue_id(scenery::SUPPORT).unwrap(),
                Party::queue(scenery::SUPPORT),
            )
            .with(Target::ivr(scenery::PIN_CHECK).unwrap(), Party::ivr(scenery::PIN_CHECK))
            .with(
                Target::AccessCode(Code::new(ACCESS_CODE).unwrap()),
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
        let guid = self.simulator.guid(scenery::ANN.0);
        guid.into_iter().chain([self.password.clone()]).collect()
    }

    fn wrong_password(&self) -> Option<OpenSession> {
        Some(self.signing_in_with("a-wrong-one"))
    }

    fn customer_waits(&self) -> Option<(Caller, Option<AdoptCall>, Part)> {
        let queue = Party::queue(scenery::BILLING);
        let call = self
            .simulator
            .switch()
            .place_call(scenery::OTHER_CUSTOMER, &queue)
            .ok()?;
        let part = Part::new(Target::queue_id(scenery::BILLING).unwrap(), queue);
        Some((Caller::at(call), None, part))
    }

    fn can_be_taken_back(&self) -> Option<OperationKey> {
        Some(OperationKey::to(Operation::Consult, TargetKind::Number))
    }

    fn key_reader(&self) -> Option<Part> {
        let number = Target::number(scenery::PIN_CHECK).unwrap();
        Some(Part::new(number, Party::ivr(scenery::PIN_CHECK)))
    }

    fn native(&self) -> Option<NativeRequest> {
        Some(NativeRequest::new(
            "GET",
            ["onlineagent", scenery::ANN.0, "agentstatus"],
        ))
    }

    fn file(&self) -> Option<String> {
        Some("announcements/welcome.wav".to_owned())
    }
}

impl CcGatewayHarness {
    fn signing_in_with(&self, password: &str) -> OpenSession {
        OpenSession::new(AgentId::new(scenery::ANN.0).unwrap())
            .password(password)
            .phone(PhoneNumber::new(scenery::ANN.1).unwrap())
    }
}

fn words(operation: Operation) -> Option<Words> {
    match operation {
        Operation::Open => Some((Method::Put, "/onlineagent/101")),
        Operation::BlindTransfer => Some((Method::Post, "/transfer")),
        _ => None,
    }
}

const ACCESS_CODE: &str = "5000";
const REFUSED: &str = r#"{"message":"","retcode":"200-012"}"#;
const NOT_SIGNED_IN: &str = r#"{"message":"","retcode":"100-006"}"#;
