//! Two faces of one switch: what is ordered at one simulated server is seen at the other.
#![cfg(all(feature = "huawei-cc-gateway", feature = "huawei-oifde"))]
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::oifde::{NewSession, OifdeOptions, OifdeSimulator, SessionId, TransferStage, WorkMode};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{CustomerPlace, Party, SharedSwitch};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const TENANT: &str = "202104237142";

/// A flow engine and a gateway of the same site.
struct Site {
    switch: SharedSwitch,
    robots: OifdeSimulator,
    gateway: CcGatewaySimulator,
}

impl Site {
    fn new() -> Self {
        let switch = scenery::switch();
        let mut options = CcGatewayOptions::default();
        options.poll_wait = Duration::ZERO;
        Self {
            robots: OifdeSimulator::new(switch.clone(), OifdeOptions::default()),
            gateway: CcGatewaySimulator::new(switch.clone(), options),
            switch,
        }
    }

    /// The silent agent orders a transfer of the session; it must be accepted.
    async fn transfer(&self, session: &SessionId, kind: &str, route: &str) {
        let secret = json!({ "appKey": TENANT, "appSecret": "oifde-secret" });
        let (_, token) = ask(&self.robots.router(), "POST", "/oifde/rest/api/gettoken", None, &secret).await;
        let order = json!({
            "tenantId": TENANT, "callId": session.as_str(), "agentId": "101", "workMode": "3", "authToken": token["authToken"],
            "callTransferRequest": {
                "callTransferType": kind, "callTransferRouteValue": route,
                "callTransferTransData": "order=42", "callTransferNumber": "",
            },
        });
        let path = "/oifde/rest/api/flow/changeWorkMode";
        let (_, answer) = ask(&self.robots.router(), "POST", path, None, &order).await;
        assert_eq!(answer["errorCode"], json!("0"));
    }
}

/// Bob at his desk, seen through the gateway.
struct Desk {
    router: Router,
    guid: String,
}

impl Desk {
    async fn bob(site: &Site) -> Self {
        let mut desk = Self {
            router: site.gateway.router(),
            guid: String::new(),
        };
        let body = json!({ "password": "cti-secret", "phonenum": scenery::BOB.1, "autoanswer": false, "status": 4 });
        assert_eq!(desk.ask("PUT", "onlineagent/102", &body).await["retcode"], json!("0"));
        let reset = desk.ask("POST", "onlineagent/102/resetskill/true", &json!({})).await;
        assert_eq!(reset["retcode"], json!("0"));
        desk.events().await;
        desk
    }

    async fn ask(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/agentgateway/resource/{path}");
        let guid = (!self.guid.is_empty()).then_some(self.guid.as_str());
        let (headers, answer) = ask(&self.router, method, &path, guid, body).await;
        if let Some(guid) = headers.get("Set-GUID") {
            self.guid = guid.to_str().unwrap().split_once('=').unwrap().1.to_owned();
        }
        answer
    }

    /// All events that polling delivers now.
    async fn events(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.ask("GET", "agentevent/102", &Value::Null).await.get("event") {
            events.push(event.clone());
        }
        events
    }
}

async fn ask(router: &Router, method: &str, path: &str, guid: Option<&str>, body: &Value) -> (HeaderMap, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(guid) = guid {
        request = request.header("guid", guid);
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(body.to_string())
    };
    let request = request.header("Content-Type", "application/json; charset=UTF-8");
    let answer = router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let headers = answer.headers().clone();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (headers, serde_json::from_slice(&body).unwrap())
}

fn of_type<'a>(events: &'a [Value], kind: &str) -> Option<&'a Value> {
    events.iter().find(|event| event["eventType"] == json!(kind))
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["eventType"].as_str()).collect()
}

fn supervised(site: &Site) -> SessionId {
    site.robots.create_session(NewSession::new(scenery::CUSTOMER)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_transfer_ordered_at_the_flow_engine_rings_at_the_gateways_agent_who_answers() {
    let site = Site::new();
    let mut bob = Desk::bob(&site).await;
    let session = supervised(&site);
    site.transfer(&session, "4", scenery::BOB.0).await;
    let events = bob.events().await;
    let ringing = of_type(&events, "AgentEvent_Ringing").unwrap_or_else(|| panic!("{events:?}"));
    assert!(ringing.to_string().contains(scenery::CUSTOMER), "{ringing}");
    assert_eq!(site.robots.transfer_of(&session).unwrap().stage, TransferStage::Ringing);
    assert_eq!(
        bob.ask("PUT", "voicecall/102/answer", &Value::Null).await["retcode"],
        json!("0")
    );
    let events = bob.events().await;
    assert!(of_type(&events, "AgentEvent_Talking").is_some(), "{:?}", kinds(&events));
    assert!(of_type(&events, "AgentEvent_Conference").is_none(), "the robot is out");
    assert_eq!(site.robots.transfer_of(&session).unwrap().stage, TransferStage::Done);
    let with_bob = CustomerPlace::WithAgent(scenery::BOB.0.into());
    assert_eq!(site.robots.customer_at(&session), Some(with_bob));
    assert_eq!(site.robots.transfers_of(&session), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_to_a_queue_rings_at_the_agent_who_serves_it() {
    let site = Site::new();
    let mut bob = Desk::bob(&site).await;
    let session = supervised(&site);
    site.transfer(&session, "3", "Billing").await;
    let events = bob.events().await;
    assert!(of_type(&events, "AgentEvent_Ringing").is_some(), "{:?}", kinds(&events));
    assert_eq!(site.robots.transfer_of(&session).unwrap().stage, TransferStage::Done);
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_lets_it_ring_hears_no_more_and_the_robot_has_the_customer_again() {
    let site = Site::new();
    let mut bob = Desk::bob(&site).await;
    let session = supervised(&site);
    site.transfer(&session, "4", scenery::BOB.0).await;
    bob.events().await;
    site.switch.no_answer(&Party::agent(scenery::BOB.0)).unwrap();
    let events = bob.events().await;
    assert!(
        of_type(&events, "AgentEvent_No_Answer").is_some(),
        "{:?}",
        kinds(&events)
    );
    assert!(of_type(&events, "AgentEvent_Talking").is_none());
    assert_eq!(site.robots.mode_of(&session), Some(WorkMode::Supervision));
    let with_the_robot = CustomerPlace::InIvr("9000".into());
    assert_eq!(site.robots.customer_at(&session), Some(with_the_robot));
    site.transfer(&session, "4", scenery::BOB.0).await;
    let events = bob.events().await;
    assert!(of_type(&events, "AgentEvent_Ringing").is_some(), "{:?}", kinds(&events));
}
