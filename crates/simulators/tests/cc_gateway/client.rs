//! A client as the manual describes it: sign in, keep the GUID, poll.

use std::time::Duration;

use axum::body::Body;
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{CustomerPlace, Party, SharedSwitch, SwitchCallId};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const BASE: &str = "/agentgateway/resource";

/// A gateway over the scenery, whose polls do not wait.
pub(crate) fn gateway() -> CcGatewaySimulator {
    gateway_with(|_| {})
}

pub(crate) fn gateway_with(change: impl FnOnce(&mut CcGatewayOptions)) -> CcGatewaySimulator {
    let mut options = CcGatewayOptions::default();
    options.poll_wait = Duration::ZERO;
    change(&mut options);
    CcGatewaySimulator::new(scenery::switch(), options)
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["retcode"].as_str().unwrap().to_owned()
    }

    pub(crate) fn result(&self) -> Value {
        assert_eq!(self.code(), "0", "{}", self.text);
        self.json()["result"].clone()
    }

    pub(crate) fn new_guid(&self) -> Option<String> {
        let header = self.headers.get("Set-GUID")?.to_str().unwrap();
        Some(header.split_once('=').unwrap().1.to_owned())
    }
}

/// One agent at a desk.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) gateway: CcGatewaySimulator,
    pub(crate) agent: &'static str,
    pub(crate) guid: Option<String>,
}

impl Desk {
    pub(crate) fn at(gateway: &CcGatewaySimulator, who: (&'static str, &str)) -> Self {
        Self {
            gateway: gateway.clone(),
            agent: who.0,
            guid: None,
        }
    }

    /// Signed in, answering by hand, the first events fetched.
    pub(crate) async fn signed_in(gateway: &CcGatewaySimulator, who: (&'static str, &str), status: u8) -> Self {
        let mut desk = Self::at(gateway, who);
        let reply =
            desk.sign_in(json!({ "password": "cti-secret", "phonenum": who.1, "autoanswer": false, "status": status }));
        assert_eq!(reply.await.code(), "0");
        let queues = format!("onlineagent/{}/resetskill/true", desk.agent);
        assert_eq!(desk.ask("POST", &queues, None).await.code(), "0");
        desk.kinds().await;
        desk
    }

    pub(crate) async fn sign_in(&mut self, body: Value) -> Reply {
        let reply = self
            .ask("PUT", &format!("onlineagent/{}", self.agent), Some(body))
            .await;
        self.guid = reply.new_guid().or(self.guid.take());
        reply
    }

    /// Asks at a path below the base, with the GUID.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("{BASE}/{path}"));
        if let Some(guid) = &self.guid {
            request = request.header("guid", guid);
        }
        let request = request.header("Content-Type", "application/json; charset=UTF-8");
        send(
            &self.gateway,
            request
                .body(body.map_or(Body::empty(), |body| Body::from(body.to_string())))
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn voice(&self, method: &str, operation: &str) -> Reply {
        self.ask(method, &format!("voicecall/{}/{operation}", self.agent), None)
            .await
    }

    pub(crate) async fn voice_with(&self, method: &str, operation: &str, body: Value) -> Reply {
        self.ask(method, &format!("voicecall/{}/{operation}", self.agent), Some(body))
            .await
    }

    pub(crate) async fn data(&self, method: &str, operation: &str) -> Reply {
        self.ask(method, &format!("calldata/{}/{operation}", self.agent), None)
            .await
    }

    pub(crate) async fn transfer(&self, device: u8, address: &str, mode: u8) -> String {
        let body = json!({ "devicetype": device, "address": address, "mode": mode });
        self.voice_with("POST", "transfer", body).await.code()
    }

    pub(crate) async fn poll(&mut self) -> Reply {
        let reply = self.ask("GET", &format!("agentevent/{}", self.agent), None).await;
        self.guid = reply.new_guid().or(self.guid.take());
        reply
    }

    /// All events there are.
    pub(crate) async fn events(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.poll().await.json().get("event") {
            assert_eq!(event["workNo"], self.agent);
            events.push(event.clone());
        }
        events
    }

    /// The types of all events there are, without those about recording and call info.
    pub(crate) async fn kinds(&mut self) -> Vec<String> {
        let kinds = self
            .events()
            .await
            .into_iter()
            .map(|event| event["eventType"].as_str().unwrap().to_owned());
        let such = |kind: &String| {
            !kind.starts_with("AgentMediaEvent")
                && kind != "AgentEvent_Incoming_CallInfo"
                && !kind.contains("PhoneAlerting")
        };
        kinds
            .filter(such)
            .map(|kind| {
                kind.rsplit_once("Agent")
                    .map_or(kind.clone(), |(_, kind)| kind.to_owned())
            })
            .collect()
    }

    /// The contents of all events of this type; the others are dropped.
    pub(crate) async fn contents(&mut self, kind: &str) -> Vec<Value> {
        let events = self
            .events()
            .await
            .into_iter()
            .filter(|event| event["eventType"] == kind);
        events.map(|event| event["content"].clone()).collect()
    }
}

pub(crate) async fn send(gateway: &CcGatewaySimulator, request: Request<Body>) -> Reply {
    let response = gateway.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        text,
    }
}

/// Ann is signed in and talks to the customer; the events so far are fetched.
pub(crate) async fn ann_talks(gateway: &CcGatewaySimulator) -> (Desk, SwitchCallId) {
    let mut ann = Desk::signed_in(gateway, scenery::ANN, 4).await;
    let call = customer_calls(gateway.switch());
    assert_eq!(ann.voice("PUT", "answer").await.code(), "0");
    ann.kinds().await;
    (ann, call)
}

pub(crate) fn customer_calls(switch: &SharedSwitch) -> SwitchCallId {
    switch
        .place_call(scenery::CUSTOMER, &Party::agent(scenery::ANN.0))
        .unwrap()
}

pub(crate) fn with_agent(agent: (&str, &str)) -> Option<CustomerPlace> {
    Some(CustomerPlace::WithAgent(agent.0.into()))
}

pub(crate) fn third_party() -> Party {
    Party::outside(scenery::THIRD_PARTY)
}
