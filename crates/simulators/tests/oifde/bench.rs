//! A server over the scenery's switch, and a raw client.

use axum::Router;
use axum::body::Body;
use callcontrol_simulators::oifde::{NewSession, OifdeOptions, OifdeSimulator, SessionId};
use callcontrol_simulators::scenery;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const TENANT: &str = "202104237142";
pub(crate) const MODE: &str = "/oifde/rest/api/flow/changeWorkMode";

pub(crate) struct Bench {
    pub(crate) sim: OifdeSimulator,
    pub(crate) router: Router,
    pub(crate) token: String,
}

impl Bench {
    /// A server, and a token for its tenant.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut OifdeOptions)) -> Self {
        let mut options = OifdeOptions::default();
        change(&mut options);
        let sim = OifdeSimulator::new(scenery::switch(), options);
        let mut bench = Self {
            router: sim.router(),
            sim,
            token: String::new(),
        };
        bench.token = bench.new_token().await;
        bench
    }

    pub(crate) async fn new_token(&self) -> String {
        let (status, answer) = self.get_token("oifde-secret").await;
        assert_eq!(status, StatusCode::OK);
        answer["authToken"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get_token(&self, secret: &str) -> (StatusCode, Value) {
        self.post(
            "/oifde/rest/api/gettoken",
            &json!({ "appKey": TENANT, "appSecret": secret }),
        )
        .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let (status, text) = self.post_text(path, body.to_string()).await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// `Err` when the connection broke.
    pub(crate) async fn post_text(&self, path: &str, body: String) -> Result<(StatusCode, String), axum::Error> {
        let request = Request::post(path).header("content-type", "application/json; charset=UTF-8");
        let answer = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok((status, String::from_utf8(body.to_vec()).unwrap()))
    }

    pub(crate) fn session(&self) -> SessionId {
        self.begin(NewSession::new(scenery::CUSTOMER))
    }

    pub(crate) fn begin(&self, new: NewSession) -> SessionId {
        self.sim.create_session(new).unwrap()
    }

    pub(crate) fn mode_request(&self, session: &SessionId, mode: &str) -> Value {
        json!({ "tenantId": TENANT, "callId": session.as_str(), "agentId": "101", "workMode": mode, "authToken": self.token })
    }

    pub(crate) fn transfer_request(&self, session: &SessionId, kind: &str, route: &str) -> Value {
        let mut request = self.mode_request(session, "3");
        request["callTransferRequest"] = json!({
            "callTransferType": kind, "callTransferRouteValue": route, "callTransferTransData": "", "callTransferNumber": "",
        });
        request
    }

    /// Changes the mode; answers the error code.
    pub(crate) async fn change(&self, session: &SessionId, mode: &str) -> String {
        self.ask(&self.mode_request(session, mode)).await
    }

    /// Orders a transfer; answers the error code.
    pub(crate) async fn transfer(&self, session: &SessionId, kind: &str, route: &str) -> String {
        self.ask(&self.transfer_request(session, kind, route)).await
    }

    pub(crate) async fn ask(&self, request: &Value) -> String {
        let (_, answer) = self.post(MODE, request).await;
        answer["errorCode"]
            .as_str()
            .unwrap_or_else(|| panic!("no errorCode in {answer}"))
            .to_owned()
    }

    /// Signs Ann, Bob and Eve in, ready.
    pub(crate) fn open_shop(&self) {
        for (agent, _) in [scenery::ANN, scenery::BOB, scenery::EVE] {
            self.sim.switch().sign_in(agent).unwrap();
        }
    }
}
