//! A robot engine that never says what became of a transfer, beside the gateway of the same site, over one switch: the composite knows.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, AgentId, Call, CallControl, Cause, Config, CustomerAt, Evidence, IdSource, LegState, OpCx,
    OpenSession, Outcome, PhoneNumber, QueueName, QueueRef, Registry, RobotMode, Secret, Session, Target, Verdict,
};
use callcontrol_http::{BaseUrl, InMemoryTransport};
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::oifde::{NewSession, OifdeOptions, OifdeSimulator, SessionId as RobotId};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SharedSwitch};

/// One switch behind two products, and the application's one control.
struct Site {
    switch: SharedSwitch,
    robots: OifdeSimulator,
    control: Arc<dyn CallControl>,
    /// Removed at the end of the test.
    secret: PathBuf,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.secret);
    }
}

impl Site {
    fn new(adapter: &str, join: &str) -> Self {
        Self::asking(adapter, join, false)
    }

    /// With or without a look into the robot engine's records of transfers to outside numbers.
    fn asking(adapter: &str, join: &str, records: bool) -> Self {
        let switch = scenery::switch();
        let gateway = CcGatewaySimulator::new(switch.clone(), CcGatewayOptions::default());
        let mut options = OifdeOptions::default();
        options.records_outside_transfers = records;
        let robots = OifdeSimulator::new(switch.clone(), options);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let secret = std::env::temp_dir().join(format!("callcontrol-composite-{}-{number}", std::process::id()));
        std::fs::write(&secret, robots.options().api_password.expose()).unwrap();
        let text = FILE
            .replace("ADAPTER", adapter)
            .replace("JOIN", join)
            .replace("ASK", &records.to_string())
            .replace("SECRET", &secret.display().to_string());
        let config = Config::parse(&text, "site.toml").unwrap();
        let base = BaseUrl::parse("http://site.example").unwrap();
        let to_robots = Arc::new(InMemoryTransport::new(base.clone(), robots.router()));
        let to_gateway = Arc::new(InMemoryTransport::new(base, gateway.router()));
        let registry = Registry::built_in();
        let control = match adapter {
            "composite" => registry.connect_composite_over(&config, to_robots, to_gateway, IdSource::seeded(1)),
            _ => registry.connect_over(&config, to_robots, IdSource::seeded(1)),
        };
        Self {
            switch,
            robots,
            control: control.unwrap(),
            secret,
        }
    }

    async fn sign_in(&self, agent: (&str, &str)) -> Session {
        let password = CcGatewayOptions::default().password.expose().to_owned();
        let request = OpenSession::new(AgentId::new(agent.0).unwrap())
            .password(Secret::new(password))
            .phone(PhoneNumber::new(agent.1).unwrap());
        Session::open(&self.control, request).await.unwrap()
    }

    /// A robot talks to the customer, Ann supervises.
    async fn supervised(&self, ann: &Session) -> (Call, RobotId) {
        let robot = self
            .robots
            .create_session(NewSession::new(scenery::CUSTOMER).agent(scenery::ANN.0))
            .unwrap();
        let state = AdoptState::RobotVoice(RobotMode::Supervision);
        let customer = PhoneNumber::new(scenery::CUSTOMER).unwrap();
        let adopt = AdoptCall::new(robot.as_str(), state).customer(customer);
        (ann.adopt(adopt).await.unwrap(), robot)
    }

    /// Orders the transfer and waits for the outcome. The robot's flow carries it out at once.
    async fn transfer(&self, call: &Call, to: Target) -> Outcome {
        let receipt = call.blind_transfer(to).await.unwrap();
        receipt.outcome().await
    }

    fn behaves(&self, agent: &str, behaviour: Behaviour) {
        let agent = Party::agent(agent);
        self.switch
            .with(|switch| switch.set_behaviour(&agent, behaviour))
            .unwrap();
    }
}

/// Every site has a secret file of its own.
static NEXT: AtomicU64 = AtomicU64::new(0);

const FILE: &str = r#"
adapter = "ADAPTER"
[composite]
commands = "huawei-oifde"
events = "huawei-cc-gateway"
join = ["JOIN"]
window-s = 30
[huawei-oifde.connection]
base-url = "http://robots.example"
[huawei-oifde.settings]
tenant-id = "202104237142"
api-password = { file = "SECRET" }
ask-transfer-records = ASK
[huawei-cc-gateway.connection]
base-url = "http://gateway.example"
"#;

fn bob() -> Target {
    Target::agent(scenery::BOB.0).unwrap()
}

fn verdict(outcome: &Outcome) -> (Verdict, Cause, Evidence) {
    (outcome.verdict, outcome.cause.clone(), outcome.evidence)
}

#[tokio::test(start_paused = true)]
async fn an_agent_answers_the_robots_caller() {
    let site = Site::new("composite", "caller");
    let (ann, _bob) = (site.sign_in(scenery::ANN).await, site.sign_in(scenery::BOB).await);
    site.behaves(scenery::BOB.0, Behaviour::Answers);
    let (call, robot) = site.supervised(&ann).await;
    let outcome = site.transfer(&call, bob()).await;
    assert_eq!(
        verdict(&outcome),
        (Verdict::Done, Cause::Normal, Evidence::OtherByCaller)
    );
    assert_eq!(outcome.customer, CustomerAt::Target);
    let at = site.robots.call_of(&robot).unwrap();
    assert_eq!(
        site.switch.customer_at(at),
        Some(CustomerPlace::WithAgent(scenery::BOB.0.to_owned()))
    );
    assert_eq!(site.robots.transfers_of(&robot), 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_lets_the_robots_caller_ring() {
    let site = Site::new("composite", "caller");
    let (ann, _bob) = (site.sign_in(scenery::ANN).await, site.sign_in(scenery::BOB).await);
    let (call, _robot) = site.supervised(&ann).await;
    let receipt = call.blind_transfer(bob()).await.unwrap();
    assert_eq!(receipt.within(Duration::from_secs(10)).await, None, "it rings");
    site.switch.no_answer(&Party::agent(scenery::BOB.0)).unwrap();
    let outcome = receipt.outcome().await;
    assert_eq!(
        verdict(&outcome),
        (Verdict::Failed, Cause::NoAnswer, Evidence::OtherByCaller)
    );
}

#[tokio::test(start_paused = true)]
async fn both_products_know_the_call_by_one_id() {
    let site = Site::new("composite", "id");
    let (ann, _bob) = (site.sign_in(scenery::ANN).await, site.sign_in(scenery::BOB).await);
    site.behaves(scenery::BOB.0, Behaviour::Answers);
    let robot = NewSession::new(scenery::CUSTOMER).agent(scenery::ANN.0);
    let robot = site.robots.create_session(robot).unwrap();
    let state = AdoptState::RobotVoice(RobotMode::Supervision);
    // What the gateway calls the first call that it hears of.
    let adopt = AdoptCall::new(robot.as_str(), state).platform_call("1456401416-1");
    let call = ann.adopt(adopt).await.unwrap();
    let outcome = site.transfer(&call, bob()).await;
    assert_eq!(verdict(&outcome), (Verdict::Done, Cause::Normal, Evidence::OtherById));
}

#[tokio::test(start_paused = true)]
async fn the_call_bears_the_mark_of_the_order() {
    let site = Site::new("composite", "mark");
    let (ann, _bob) = (site.sign_in(scenery::ANN).await, site.sign_in(scenery::BOB).await);
    site.behaves(scenery::BOB.0, Behaviour::Answers);
    let (call, _robot) = site.supervised(&ann).await;
    let outcome = site.transfer(&call, bob()).await;
    assert_eq!(verdict(&outcome), (Verdict::Done, Cause::Normal, Evidence::OtherByMark));
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_busy_with_another_call() {
    let site = Site::new("composite", "caller");
    let (ann, _bob) = (site.sign_in(scenery::ANN).await, site.sign_in(scenery::BOB).await);
    site.behaves(scenery::BOB.0, Behaviour::Answers);
    let to_bob = Party::agent(scenery::BOB.0);
    site.switch.place_call(scenery::OTHER_CUSTOMER, &to_bob).unwrap();
    let mut feed = site.control.subscribe(callcontrol::Filter::all());
    wait_for_call(&mut feed, &site.control).await;
    let (call, robot) = site.supervised(&ann).await;
    let outcome = site.transfer(&call, bob()).await;
    assert_eq!(
        verdict(&outcome),
        (Verdict::Failed, Cause::Busy, Evidence::OtherSawNothing)
    );
    assert_eq!(site.robots.transfers_of(&robot), 0);
}

#[tokio::test(start_paused = true)]
async fn a_queue_takes_the_robots_caller() {
    let site = Site::new("composite", "caller");
    let (ann, _bob) = (site.sign_in(scenery::ANN).await, site.sign_in(scenery::BOB).await);
    let (call, _robot) = site.supervised(&ann).await;
    let to = Target::Queue(QueueRef::Name(QueueName::new("Billing").unwrap()));
    let outcome = site.transfer(&call, to).await;
    assert_eq!(
        verdict(&outcome),
        (Verdict::Done, Cause::Normal, Evidence::OtherByCaller)
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_can_see_what_becomes_of_a_call_to_an_outside_number() {
    let site = Site::new("composite", "caller");
    let ann = site.sign_in(scenery::ANN).await;
    let (call, _robot) = site.supervised(&ann).await;
    let outcome = site
        .transfer(&call, Target::number(scenery::THIRD_PARTY).unwrap())
        .await;
    assert_eq!(
        verdict(&outcome),
        (Verdict::Unknown, Cause::Unspecified, Evidence::AcceptedOnly)
    );
}

#[tokio::test(start_paused = true)]
async fn a_record_of_the_robot_engine_tells_that_an_outside_number_was_reached() {
    let site = Site::asking("composite", "caller", true);
    let ann = site.sign_in(scenery::ANN).await;
    let third = Party::outside(scenery::THIRD_PARTY);
    site.switch
        .with(|switch| switch.set_behaviour(&third, Behaviour::Answers))
        .unwrap();
    let (call, _robot) = site.supervised(&ann).await;
    let outcome = site
        .transfer(&call, Target::number(scenery::THIRD_PARTY).unwrap())
        .await;
    assert_eq!(verdict(&outcome), (Verdict::Done, Cause::Normal, Evidence::Snapshot));
}

#[tokio::test(start_paused = true)]
async fn the_robot_engine_alone_never_claims_more_than_acceptance() {
    let site = Site::new("huawei-oifde", "id");
    site.switch.sign_in(scenery::BOB.0).unwrap();
    let ann = site.sign_in(scenery::ANN).await;
    site.behaves(scenery::BOB.0, Behaviour::Answers);
    for to in [bob(), Target::number(scenery::THIRD_PARTY).unwrap()] {
        let (call, robot) = site.supervised(&ann).await;
        let outcome = site.transfer(&call, to).await;
        assert_eq!(
            verdict(&outcome),
            (Verdict::Unknown, Cause::Unspecified, Evidence::AcceptedOnly)
        );
        let at = site.robots.call_of(&robot).unwrap();
        site.switch.hang_up(&Party::outside(scenery::CUSTOMER), at).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_holds_the_robots_call_beside_the_agents_own() {
    let site = Site::new("composite", "caller");
    let ann = site.sign_in(scenery::ANN).await;
    let (call, _robot) = site.supervised(&ann).await;
    let view = ann.snapshot().await.unwrap().unwrap();
    let robot = view.calls.get(call.id()).unwrap();
    assert_eq!(robot.state, LegState::Robot(RobotMode::Supervision));
    site.control.shutdown(&OpCx::new()).await;
}

async fn wait_for_call(feed: &mut callcontrol::Feed, control: &Arc<dyn CallControl>) {
    let seen = async {
        loop {
            let snapshot = control.snapshot(callcontrol::Scope::All, &OpCx::new()).await.unwrap();
            if snapshot.sessions.values().any(|session| !session.calls.is_empty()) {
                return;
            }
            feed.next().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), seen).await.unwrap();
}
