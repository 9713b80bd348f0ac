//! A desk: one signed-in agent with a cookie jar, a CometD session and raw requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Party, SharedSwitch, SwitchCallId};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn code(&self) -> (u16, u64) {
        (self.status, self.json()["statusCode"].as_u64().expect("statusCode"))
    }
}

/// One agent's desk. Clones share cookies and session.
#[derive(Clone)]
pub(crate) struct Desk {
    router: Router,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    pub(crate) basic: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) client: String,
}

pub(crate) const OK: (u16, u64) = (200, 0);

impl Desk {
    pub(crate) fn new(gws: &GwsSimulator, user: &str) -> Self {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{DEFAULT_PASSWORD}"));
        Self {
            router: gws.router(),
            cookies: Arc::default(),
            basic: Some(format!("Basic {basic}")),
            headers: Vec::new(),
            client: String::new(),
        }
    }

    /// Signed in, subscribed to everything, first connect done, contact-centre session started, events of all that read.
    pub(crate) async fn start(gws: &GwsSimulator, user: &str) -> Self {
        let mut desk = Self::new(gws, user);
        assert_eq!(desk.get("me").await.code(), OK);
        desk.subscribe_anew(&["/v2/me/*"]).await;
        let start = json!({"operationName": "StartContactCenterSession", "channels": ["voice"]});
        let (status, code) = desk.post("me", start).await.code();
        assert!(status == 200 && [0, 7].contains(&code), "{status} {code}");
        desk.events().await;
        desk
    }

    pub(crate) async fn subscribe_anew(&mut self, topics: &[&str]) {
        self.handshake().await;
        for topic in topics {
            let reply = self
                .comet(
                    json!([{"id": "2", "channel": "/meta/subscribe", "clientId": self.client, "subscription": topic}]),
                )
                .await;
            assert_eq!(reply.json()[0]["successful"], true, "{reply:?}");
        }
        self.connect(None).await;
    }

    pub(crate) async fn handshake(&mut self) {
        let reply = self.comet(json!([{"id": "1", "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}])).await;
        self.client = reply.json()[0]["clientId"]
            .as_str()
            .unwrap_or_else(|| panic!("{reply:?}"))
            .into();
    }

    pub(crate) async fn comet(&self, body: Value) -> Got {
        self.send(Method::POST, "notifications", Some(body.to_string())).await
    }

    /// One connect; with a time-out of 0 it is not held.
    pub(crate) async fn connect(&self, timeout: Option<u64>) -> Vec<Value> {
        let mut message =
            json!({"id": "5", "channel": "/meta/connect", "clientId": self.client, "connectionType": "long-polling"});
        if let Some(timeout) = timeout {
            message["advice"] = json!({"timeout": timeout});
        }
        let reply = self.comet(json!([message])).await;
        reply.json().as_array().expect("array").clone()
    }

    /// The `data` of all events that wait to be read.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let mut messages = self.connect(Some(0)).await;
        let reply = messages.pop().expect("connect reply comes last");
        assert_eq!(
            (&reply["channel"], &reply["successful"]),
            (&json!("/meta/connect"), &json!(true)),
            "{reply}"
        );
        messages.into_iter().map(|message| message["data"].clone()).collect()
    }

    /// Call events as "kind state type", such as `StatusChange Held Inbound`; everything else by its message type.
    pub(crate) async fn heard(&self) -> Vec<String> {
        self.events().await.iter().map(said).collect()
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Got {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    /// An operation on the call with this id.
    pub(crate) async fn operate(&self, call: &str, operation: &str, parameters: Value) -> Got {
        let mut body = parameters;
        body["operationName"] = json!(operation);
        self.post(&format!("me/calls/{call}"), body).await
    }

    /// An operation without parameters that must be accepted.
    pub(crate) async fn does(&self, call: &str, operation: &str) {
        let got = self.operate(call, operation, json!({})).await;
        assert_eq!(got.code(), OK, "{operation}: {got:?}");
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<String>) -> Got {
        self.try_send(method, path, body).await.expect("whole answer")
    }

    /// `None` when the answer breaks off.
    pub(crate) async fn try_send(&self, method: Method, path: &str, body: Option<String>) -> Option<Got> {
        let mut request = Request::builder().method(method).uri(format!("/api/v2/{path}"));
        if let Some(basic) = &self.basic {
            request = request.header("authorization", basic);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let jar: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !jar.is_empty() {
            request = request.header("cookie", jar.join("; "));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body.unwrap_or_default())).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all("set-cookie") {
            let (name, value) = cookie
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .split_once('=')
                .unwrap();
            self.cookies.lock().unwrap().insert(name.into(), value.into());
        }
        let text = String::from_utf8(body.collect().await.ok()?.to_bytes().to_vec()).unwrap();
        Some(Got {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text,
        })
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn forget_cookie(&self, name: &str) {
        self.cookies.lock().unwrap().remove(name);
    }

    pub(crate) async fn snapshot(&self) -> Value {
        self.get("me?subresources=devices,calls,channels").await.json()["user"].clone()
    }

    pub(crate) async fn calls(&self) -> Vec<Value> {
        self.get("me/calls?fields=*").await.json()["calls"]
            .as_array()
            .unwrap()
            .clone()
    }

    pub(crate) async fn device(&self) -> String {
        self.snapshot().await["devices"][0]["id"].as_str().unwrap().into()
    }
}

pub(crate) fn said(data: &Value) -> String {
    match data["call"].as_object() {
        Some(call) => format!(
            "{} {} {}",
            word(&data["notificationType"]),
            word(&call["state"]),
            word(&call["callType"])
        ),
        None => word(&data["messageType"]),
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("-").to_owned()
}

pub(crate) fn id(call: &Value) -> String {
    call["id"].as_str().unwrap().into()
}

pub(crate) fn uri(call: &Value) -> String {
    call["uri"].as_str().unwrap().into()
}

pub(crate) fn capabilities(call: &Value) -> Vec<String> {
    let mut list: Vec<String> = call["capabilities"].as_array().unwrap().iter().map(word).collect();
    list.sort();
    list
}

pub(crate) fn may(call: &Value, operation: &str) -> bool {
    capabilities(call).iter().any(|one| one == operation)
}

pub(crate) fn participants(call: &Value) -> Vec<String> {
    call["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|party| word(&party["phoneNumber"]))
        .collect()
}

pub(crate) fn gws(change: impl FnOnce(&mut GwsOptions)) -> GwsSimulator {
    let mut options = GwsOptions::default();
    change(&mut options);
    GwsSimulator::new(scenery::switch(), options)
}

pub(crate) fn ann() -> Party {
    Party::agent(scenery::ANN.0)
}

pub(crate) fn bob() -> Party {
    Party::agent(scenery::BOB.0)
}

/// The customer calls Ann, who answers; all events of that are read. The call's switch id and GWS id.
pub(crate) async fn talking(desk: &Desk, switch: &SharedSwitch) -> (SwitchCallId, String) {
    let call = switch.place_call(scenery::CUSTOMER, &ann()).unwrap();
    let events = desk.events().await;
    let ringing = events.iter().find(|event| event["call"]["state"] == "Ringing");
    let name = uri(&ringing.unwrap()["call"]).rsplit('/').next().unwrap().to_owned();
    desk.does(&name, "Answer").await;
    assert_eq!(desk.heard().await, ["StatusChange Established Inbound"]);
    (call, name)
}
