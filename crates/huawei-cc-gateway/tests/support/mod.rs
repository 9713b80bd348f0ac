//! One gateway with a switch behind it, an agent signed in through the real HTTP client, and words for what happens on the telephone.
#![allow(dead_code, reason = "each test binary uses its part of the scene")]

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AgentId, CallControl, CallId, CallRef, CallView, CloseSession, Dial, Feed, FeedItem, Filter, IdSource, LegAction,
    LegState, OpCx, OpenSession, Outcome, PhoneNumber, Receipt, Result, SessionId, SessionState, StartConsult, Target,
    Transfer, TransferMode,
};
use callcontrol_http::{
    Attempt, BaseUrl, InMemoryTransport, ReqwestTransport, RootCertificates, TransportConfig, Trick, Trust,
};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::Server;
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator, ForwardingCallId, TalkForwarding};
use callcontrol_testkit::switch::{CustomerPlace, Party, SharedSwitch, Switch, SwitchBuilder, SwitchCallId};
use tokio::sync::Notify;

pub(crate) const AGENT: &str = "101";
pub(crate) const PHONE: &str = "40101";
pub(crate) const HELPER: &str = "102";
pub(crate) const CUSTOMER: &str = "70093";
pub(crate) const OUTSIDE: &str = "90012345";
pub(crate) const PASSWORD: &str = "cti-secret";

/// Queues 25 and 26, agents 101 and 102, an IVR 1321, two outside telephones.
pub(crate) fn switch() -> SwitchBuilder {
    SwitchBuilder::new()
        .absent_agent(AGENT, PHONE)
        .agent(HELPER, "40102")
        .queue("25")
        .queue("26")
        .serves(AGENT, "25")
        .serves(AGENT, "26")
        .serves(HELPER, "26")
        .ivr("1321", Some("95000"))
        .outside(CUSTOMER)
        .outside(OUTSIDE)
}

pub(crate) struct Scene {
    pub(crate) sim: CcGatewaySimulator,
    pub(crate) server: Server,
    pub(crate) control: Arc<CcGateway>,
    pub(crate) feed: Feed,
    pub(crate) session: SessionId,
    news: Arc<Notify>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(switch().build(), |_| {}).await
    }

    pub(crate) async fn options(change: impl FnOnce(&mut CcGatewayOptions)) -> Self {
        Self::with(switch().build(), change).await
    }

    /// A scene in which nobody is signed in yet.
    pub(crate) async fn closed(
        switch: Switch,
        change: impl FnOnce(&mut CcGatewayOptions),
        config: CcGatewayConfig,
    ) -> Self {
        Self::served(switch, change, config, false).await
    }

    /// The same, over TLS with the simulator's own certificate if asked for.
    pub(crate) async fn served(
        switch: Switch,
        change: impl FnOnce(&mut CcGatewayOptions),
        config: CcGatewayConfig,
        tls: bool,
    ) -> Self {
        let mut options = CcGatewayOptions::default();
        change(&mut options);
        let switch = SharedSwitch::new(switch);
        switch.with(|switch| switch.set_ready(HELPER)).expect("ready");
        let news = Arc::new(Notify::new());
        let happened = Arc::clone(&news);
        switch.on_event(Box::new(move |_| happened.notify_one()));
        let sim = CcGatewaySimulator::new(switch, options);
        let server = match tls {
            true => Server::start_tls(sim.router()).await.expect("a socket"),
            false => Server::start(sim.router()).await.expect("a socket"),
        };
        let control = adapter_trusting(&server, config);
        let feed = control.subscribe(Filter::all());
        Self {
            sim,
            server,
            control,
            feed,
            session: SessionId::new(AGENT).expect("id"),
            news,
        }
    }

    pub(crate) async fn with(switch: Switch, change: impl FnOnce(&mut CcGatewayOptions)) -> Self {
        let scene = Self::closed(switch, change, CcGatewayConfig::default()).await;
        scene.sign_in().await.expect("signed in");
        scene
    }

    pub(crate) async fn sign_in(&self) -> Result<()> {
        self.control.open(sign_in_as(AGENT, PHONE), &cx()).await.map(drop)
    }

    pub(crate) async fn sign_out(&self) -> Result<Receipt> {
        self.control.close(&self.session, CloseSession::default(), &cx()).await
    }

    /// The customer calls queue 25, whose only agent answers.
    pub(crate) async fn talking(&mut self) -> Talk {
        let call = self
            .sim
            .switch()
            .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
            .expect("a call");
        let ours = self.until_call(LegState::Ringing).await;
        let receipt = self.act(&ours, LegAction::Answer).await.expect("accepted");
        assert!(receipt.outcome().await.is_done());
        self.until_call(LegState::Talking).await;
        Talk { call, ours }
    }

    pub(crate) fn at(&self, call: &CallId) -> CallRef {
        CallRef {
            session: self.session.clone(),
            call: call.clone(),
        }
    }

    pub(crate) async fn act(&self, call: &CallId, what: LegAction) -> Result<Receipt> {
        self.control.act(&self.at(call).into(), what, &cx()).await
    }

    pub(crate) async fn transfer(&self, call: &CallId, to: Target, mode: TransferMode) -> Result<Receipt> {
        self.control
            .transfer(&self.at(call), Transfer::new(to, mode), &cx())
            .await
    }

    pub(crate) async fn consult(
        &self,
        call: &CallId,
        request: StartConsult,
    ) -> Result<callcontrol_core::ConsultStarted> {
        self.control.consult(&self.at(call), request, &cx()).await
    }

    pub(crate) async fn dial(&self, to: Target) -> Result<Receipt> {
        self.control.dial(&self.session, Dial::to(to), &cx()).await
    }

    pub(crate) fn view(&self, call: &CallId) -> Option<CallView> {
        self.views()
            .into_iter()
            .find(|(id, _)| id == call)
            .map(|(_, view)| view)
    }

    pub(crate) fn views(&self) -> Vec<(CallId, CallView)> {
        let mut feed = self.control.subscribe(Filter::session(self.session.clone()));
        let first = futures::FutureExt::now_or_never(feed.next()).flatten();
        let Some(FeedItem::Snapshot(snapshot)) = first else {
            panic!("the first item is a snapshot")
        };
        let view = snapshot.session(&self.session).cloned();
        view.map(|view| view.calls.into_iter().collect()).unwrap_or_default()
    }

    /// Reads the feed until a call of ours is in this state.
    pub(crate) async fn until_call(&mut self, state: LegState) -> CallId {
        let found = |scene: &Self| {
            scene
                .views()
                .into_iter()
                .find(|(_, view)| view.state == state)
                .map(|(call, _)| call)
        };
        self.until(found, &format!("a call that is {state:?}")).await
    }

    pub(crate) async fn until_session(&mut self, state: SessionState) -> String {
        let seen = tokio::time::timeout(PATIENCE, until_session(&mut self.feed, state)).await;
        seen.unwrap_or_else(|_| panic!("the session did not become {state:?}"))
    }

    /// Reads the feed until `found` finds something.
    pub(crate) async fn until<T>(&mut self, found: impl Fn(&Self) -> Option<T>, what: &str) -> T {
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            let item = tokio::time::timeout(PATIENCE, self.feed.next()).await;
            assert!(
                item.is_ok(),
                "never saw {what}; calls: {:?}\n{}",
                self.views(),
                self.sim.switch().journal()
            );
        }
    }

    pub(crate) fn switch<T>(&self, act: impl FnOnce(&mut Switch) -> T) -> T {
        self.sim.switch().with(act)
    }

    /// Waits until this party's telephone rings, and lets it do something then.
    pub(crate) async fn when_rings<T>(&self, party: &Party, act: impl FnOnce(&mut Switch, SwitchCallId) -> T) -> T {
        loop {
            let next = self.news.notified();
            let rings = self.switch(|switch| {
                let mut calls = switch.calls_of(party);
                calls.find(|call| call.ringing() == Some(party)).map(|call| call.id)
            });
            if let Some(call) = rings {
                return self.switch(|switch| act(switch, call));
            }
            let next = tokio::time::timeout(PATIENCE, next).await;
            assert!(next.is_ok(), "{party:?} never rang\n{}", self.sim.switch().journal());
        }
    }

    pub(crate) fn customer_at(&self, call: SwitchCallId) -> Option<CustomerPlace> {
        self.switch(|switch| switch.customer_at(call))
    }

    /// Requests whose path ends so.
    pub(crate) fn sent(&self, method: &str, path_end: &str) -> usize {
        self.sim.requests().count(method, path_end)
    }

    pub(crate) fn last_body(&self, path_end: &str) -> serde_json::Value {
        let requests = self.sim.requests().all();
        let last = requests
            .iter()
            .rev()
            .find(|request| request.path.ends_with(path_end))
            .expect("such a request");
        serde_json::from_str(&last.body).expect("a JSON body")
    }

    pub(crate) fn last_query(&self, path_end: &str) -> String {
        let requests = self.sim.requests().all();
        let last = requests.iter().rev().find(|request| request.path.ends_with(path_end));
        last.expect("such a request").query.clone()
    }

    /// How many commands (not polls) were sent.
    pub(crate) fn commands(&self) -> usize {
        let requests = self.sim.requests().all();
        requests
            .iter()
            .filter(|request| !request.path.contains("/agentevent/"))
            .count()
    }
}

/// Whatever events and call ids a release uses for talk forwarding.
pub(crate) async fn forwarding_scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for ids in [ForwardingCallId::Customers, ForwardingCallId::Own] {
        for events in [
            TalkForwarding::Talking,
            TalkForwarding::Conference,
            TalkForwarding::Both,
        ] {
            for old in [false, true] {
                let change = move |options: &mut CcGatewayOptions| {
                    options.forwarding_call_id = ids;
                    options.talk_forwarding = events;
                    options.trans_out_result = old;
                };
                scenes.push(Scene::options(change).await);
            }
        }
    }
    scenes
}

/// The same gateway called in-process, for a paused clock; `trick` decides what goes wrong with a request.
pub(crate) fn in_process(
    change: impl FnOnce(&mut CcGatewayOptions),
    config: CcGatewayConfig,
    trick: impl Fn(&Attempt<'_>) -> Trick + Send + Sync + 'static,
) -> (CcGatewaySimulator, Arc<CcGateway>) {
    let mut options = CcGatewayOptions::default();
    change(&mut options);
    let sim = CcGatewaySimulator::new(SharedSwitch::new(switch().build()), options);
    let base = BaseUrl::parse("http://gateway.example:8043").expect("a base URL");
    let transport = InMemoryTransport::new(base, sim.router()).with_mischief(trick);
    let control = CcGateway::new(config, Arc::new(transport), IdSource::seeded(7)).expect("an adapter");
    (sim, control)
}

/// Nothing goes wrong.
pub(crate) fn all_well(_: &Attempt<'_>) -> Trick {
    Trick::Pass
}

/// Reads a feed until the session is in this state; gives the reason.
pub(crate) async fn until_session(feed: &mut Feed, state: SessionState) -> String {
    loop {
        let item = tokio::time::timeout(Duration::from_secs(600), feed.next()).await;
        match item.unwrap_or_else(|_| panic!("the session did not become {state:?}")) {
            Some(FeedItem::Session(notice)) if notice.state == state => return notice.reason,
            Some(_) => {}
            None => panic!("the feed ended"),
        }
    }
}

/// A call as the switch and as the adapter knows it.
pub(crate) struct Talk {
    pub(crate) call: SwitchCallId,
    pub(crate) ours: CallId,
}

/// An adapter that trusts the server's certificate and no other.
pub(crate) fn adapter_trusting(server: &Server, config: CcGatewayConfig) -> Arc<CcGateway> {
    let Some(pem) = server.certificate_pem() else {
        return adapter(&server.base_url(), config);
    };
    let roots = RootCertificates::from_pem(pem.as_bytes()).expect("a certificate");
    let base = BaseUrl::parse(&server.base_url()).expect("a base URL");
    let transport = ReqwestTransport::new(&TransportConfig::new(base).trust(Trust::Only(roots))).expect("a transport");
    CcGateway::new(config, Arc::new(transport), IdSource::seeded(7)).expect("an adapter")
}

pub(crate) fn adapter(base_url: &str, config: CcGatewayConfig) -> Arc<CcGateway> {
    let base = BaseUrl::parse(base_url).expect("a base URL");
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).expect("a transport");
    CcGateway::new(config, Arc::new(transport), IdSource::seeded(7)).expect("an adapter")
}

pub(crate) fn sign_in_as(agent: &str, phone: &str) -> OpenSession {
    OpenSession::new(AgentId::new(agent).expect("id"))
        .password(PASSWORD)
        .phone(PhoneNumber::new(phone).expect("number"))
}

pub(crate) fn cx() -> OpCx {
    OpCx::new().within(PATIENCE)
}

pub(crate) fn agent(id: &str) -> Target {
    Target::agent(id).expect("agent")
}

pub(crate) fn queue(id: &str) -> Target {
    Target::queue_id(id).expect("queue")
}

pub(crate) fn number(text: &str) -> Target {
    Target::number(text).expect("number")
}

/// The outcome, within patience.
pub(crate) async fn outcome(receipt: &Receipt) -> Outcome {
    receipt.within(PATIENCE).await.expect("an outcome in time")
}

/// Long enough for a loaded machine; nothing waits for it when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
