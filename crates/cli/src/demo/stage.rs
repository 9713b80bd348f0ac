//! One vendor's simulator on a socket, an application's `CallControl` connected to it by a configuration text, and the hands of the other parties.

use std::sync::Arc;
use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, AgentStateRequest, Call, CallControl, Config, CustomerAt, LegState, NativeRequest, OpCx,
    OperationKey, RobotMode, Session, Support, connect,
};
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::oifde::{NewSession, OifdeOptions, OifdeSimulator, SessionId};
use callcontrol_simulators::{LoggedRequest, RequestLog, Server, scenery};
use callcontrol_testkit::fake::customer_at;
use callcontrol_testkit::switch::{Behaviour, Party, SharedSwitch, SwitchCallId, SwitchEvent};

use super::secrets::SecretFile;
use crate::args::Adapter;
use crate::failure::Failure;

pub(super) struct Stage {
    adapter: Adapter,
    control: Arc<dyn CallControl>,
    session: Session,
    switch: SharedSwitch,
    log: RequestLog,
    robots: Option<OifdeSimulator>,
    server: Server,
    _secret: SecretFile,
}

/// A customer's call, in the application's hands and at the switch.
pub(super) struct Scene {
    pub(super) call: Call,
    pub(super) at_switch: SwitchCallId,
    /// The robot's session, at a robot platform.
    robot: Option<SessionId>,
}

impl Stage {
    pub(super) async fn start(adapter: Adapter) -> Result<Self, Failure> {
        let switch = scenery::switch();
        let mut robots = None;
        let (router, log, secret) = match adapter {
            Adapter::HuaweiCcGateway => {
                let options = CcGatewayOptions::default();
                let secret = options.password.expose().to_owned();
                let simulator = CcGatewaySimulator::new(switch.clone(), options);
                (simulator.router(), simulator.requests().clone(), secret)
            }
            Adapter::HuaweiOifde => {
                let options = OifdeOptions::default();
                let secret = options.api_password.expose().to_owned();
                let simulator = OifdeSimulator::new(switch.clone(), options);
                robots = Some(simulator.clone());
                (simulator.router(), simulator.requests().clone(), secret)
            }
            Adapter::GenesysGws => {
                let simulator = GwsSimulator::new(switch.clone(), GwsOptions::default());
                (
                    simulator.router(),
                    simulator.requests().clone(),
                    "gws-secret".to_owned(),
                )
            }
        };
        let server = Server::start(router).await?;
        let secret = SecretFile::new(adapter.id(), &secret)?;
        let config = Config::parse(&file(adapter, &server.base_url(), &secret), "demo.toml")?;
        let control = connect(&config)?;
        let session = Session::open(&control, config.agent("ann")?).await?;
        Ok(Self {
            adapter,
            control,
            session,
            switch,
            log,
            robots,
            server,
            _secret: secret,
        })
    }

    pub(super) async fn close(self) {
        self.control.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
        self.server.stop().await;
    }

    pub(super) fn id(&self) -> &'static str {
        self.adapter.id()
    }

    pub(super) fn product(&self) -> &str {
        &self.control.info().product
    }

    pub(super) fn base_url(&self) -> String {
        self.server.base_url()
    }

    pub(super) fn support(&self, key: OperationKey) -> Support {
        self.control.capabilities().support(key)
    }

    pub(super) fn switch(&self) -> &SharedSwitch {
        &self.switch
    }

    /// The mark from which [`requests_since`](Self::requests_since) counts.
    pub(super) fn mark(&self) -> u64 {
        self.log.mark()
    }

    /// Method and path of the commands since a mark; what keeps the session alive is left out.
    pub(super) fn requests_since(&self, mark: u64) -> Vec<String> {
        let requests = self.log.since(mark).into_iter();
        let commands = requests
            .filter(|request| !request.path.contains("/agentevent/") && !request.path.contains("/notifications"));
        commands.map(|request| spelled(&request)).collect()
    }

    /// A customer calls; Ann (or, at a robot platform, the robot that Ann supervises) has him.
    pub(super) async fn customer_calls(&self) -> Result<Scene, Failure> {
        if let Some(robots) = &self.robots {
            return self.robot_has_customer(robots).await;
        }
        let agent = Party::agent(scenery::ANN.0);
        let at_switch = self
            .switch
            .place_call(scenery::CUSTOMER, &agent)
            .map_err(|refusal| Failure::Machine(format!("{refusal:?}")))?;
        let offered = tokio::time::timeout(PATIENCE, self.session.next_offered()).await;
        let Some(call) = offered.ok().flatten() else {
            return Err(Failure::Machine("the call was never offered to Ann".to_owned()));
        };
        let answered = call.answer().await?.outcome().await;
        if !answered.is_done() {
            return Err(Failure::Machine(format!("Ann could not answer: {answered}")));
        }
        Ok(Scene {
            call,
            at_switch,
            robot: None,
        })
    }

    async fn robot_has_customer(&self, robots: &OifdeSimulator) -> Result<Scene, Failure> {
        let session = NewSession::new(scenery::CUSTOMER).agent(scenery::ANN.0);
        let robot = robots
            .create_session(session)
            .map_err(|error| Failure::Machine(format!("{error:?}")))?;
        let at_switch = robots
            .call_of(&robot)
            .ok_or_else(|| Failure::Machine("the robot has no call".to_owned()))?;
        let state = AdoptState::RobotVoice(RobotMode::Supervision);
        let native = robot.as_str().to_owned();
        let call = self.session.adopt(AdoptCall::new(native, state)).await?;
        Ok(Scene {
            call,
            at_switch,
            robot: Some(robot),
        })
    }

    /// A customer waits in the support queue, which nobody serves; Ann learns of the call by asking for the waiting ones.
    pub(super) async fn customer_waits(&self) -> Result<Scene, Failure> {
        // An agent may look into the queues that she serves, and must not be ready while she does.
        self.session
            .set_state(AgentStateRequest::NotReady { reason: None })
            .await?
            .outcome()
            .await;
        self.switch
            .with(|switch| switch.serve(scenery::ANN.0, scenery::SUPPORT));
        let queue = Party::queue(scenery::SUPPORT);
        let at_switch = self
            .switch
            .place_call(scenery::CUSTOMER, &queue)
            .map_err(|refusal| Failure::Machine(format!("{refusal:?}")))?;
        let path = ["calldata", scenery::ANN.0, "waitcallinfo", scenery::SUPPORT];
        let request = NativeRequest::new("GET", path).session(self.session.id().clone());
        let reply = self.control.native(request, &OpCx::new()).await?;
        let listed: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let native = listed.pointer("/result/0/callid").and_then(serde_json::Value::as_str);
        let native = native
            .ok_or_else(|| Failure::Machine("no waiting call is listed".to_owned()))?
            .to_owned();
        let call = self.session.adopt(AdoptCall::new(native, AdoptState::Waiting)).await?;
        Ok(Scene {
            call,
            at_switch,
            robot: None,
        })
    }

    /// Bob is at his desk and does this when he is called.
    pub(super) fn bob(&self, behaviour: Behaviour) {
        self.prepare(scenery::BOB.0, behaviour);
    }

    fn prepare(&self, agent: &str, behaviour: Behaviour) {
        // Signed in already, from an earlier scene: then there is nothing to do.
        let _ = self.switch.sign_in(agent);
        let _ = self.switch.set_ready(agent);
        let _ = self.switch.set_behaviour(&Party::agent(agent), behaviour);
    }

    /// The outside third party does this when called.
    pub(super) fn third_party(&self, behaviour: Behaviour) {
        let _ = self
            .switch
            .set_behaviour(&Party::outside(scenery::THIRD_PARTY), behaviour);
    }

    /// Waits until a telephone rings, and answers it.
    pub(super) async fn answers(&self, party: &Party) {
        if let Some(call) = self.rings(party).await {
            let _ = self.switch.answer(party, call);
        }
    }

    /// Waits until a telephone rings, for as long as a person would.
    pub(super) async fn rings(&self, party: &Party) -> Option<SwitchCallId> {
        for _ in 0..200 {
            if let Some(call) = self.switch.ringing_at(party) {
                return Some(call);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    /// Where the switch says the customer is, and how often he was moved.
    pub(super) fn truth(&self, scene: &Scene) -> (CustomerAt, usize) {
        let place = self.switch.customer_at(scene.at_switch);
        let here = customer_at(place.as_ref(), scenery::ANN.0);
        match (&self.robots, &scene.robot) {
            (Some(robots), Some(robot)) => {
                let moves = robots.transfers_of(robot);
                let with_robot = here == CustomerAt::Ivr && moves == 0;
                (if with_robot { CustomerAt::Robot } else { here }, moves)
            }
            _ => (here, self.switch.journal().transfers_of(scene.at_switch)),
        }
    }

    /// Whether the journal says that the customer's key presses reached the IVR.
    pub(super) fn keys_reached_the_ivr(&self, scene: &Scene) -> bool {
        let pressed = |fact: &SwitchEvent| matches!(fact, SwitchEvent::CustomerDigits { call, reached: Some(_), .. } if *call == scene.at_switch);
        self.switch.journal().count(pressed) > 0
    }

    /// Everybody hangs up, and Ann's screen is empty again.
    pub(super) async fn everybody_hangs_up(&self) -> Result<(), Failure> {
        let calls: Vec<_> = self.switch.with(|switch| switch.calls().cloned().collect());
        for call in calls {
            for leg in &call.legs {
                // A party that left with the one before is gone already.
                let _ = self.switch.hang_up(&leg.party, call.id);
            }
        }
        let _ = self
            .switch
            .set_behaviour(&Party::agent(scenery::BOB.0), Behaviour::Manual);
        for _ in 0..300 {
            let view = self.session.snapshot().await?;
            let gone = view.is_none_or(|view| view.calls.values().all(|call| call.state == LegState::Waiting));
            if gone || self.robots.is_some() {
                let _ = self.switch.set_ready(scenery::ANN.0);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(Failure::Machine(
            "Ann's screen still shows a call that is over".to_owned(),
        ))
    }
}

/// Method and path, and those members of the body that say which command it is; nothing personal is among them.
fn spelled(request: &LoggedRequest) -> String {
    let mut line = format!("{} {}", request.method, request.path);
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_default();
    for member in ["operationName", "workMode", "devicetype", "mode"] {
        match body.get(member) {
            Some(serde_json::Value::String(text)) => line.push_str(&format!("  {member} {text}")),
            Some(serde_json::Value::Number(number)) => line.push_str(&format!("  {member} {number}")),
            _ => {}
        }
    }
    if let Some(kind) = body
        .pointer("/callTransferRequest/callTransferType")
        .and_then(serde_json::Value::as_str)
    {
        line.push_str(&format!("  callTransferType {kind}"));
    }
    line
}

/// The deployment's file; another vendor, another file, the same application.
fn file(adapter: Adapter, base_url: &str, secret: &SecretFile) -> String {
    let id = adapter.id();
    let secret = secret.path().display();
    match adapter {
        Adapter::HuaweiCcGateway => format!(
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
"queue:billing" = {{ id = "25" }}
"ivr:pin-check" = {{ code = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"number:pin-line" = {{ number = "1321" }}
"#
        ),
        Adapter::HuaweiOifde => format!(
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
"queue:billing" = {{ route-code = "2500" }}
"ivr:pin-check" = {{ code = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"number:pin-line" = {{ number = "1321" }}
"#
        ),
        Adapter::GenesysGws => format!(
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
"queue:billing" = {{ number = "8000" }}
"ivr:pin-check" = {{ number = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"number:pin-line" = {{ number = "1321" }}
"#
        ),
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
