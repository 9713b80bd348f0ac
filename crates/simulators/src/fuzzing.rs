//! What the fuzzer feeds to this crate (docs/fuzzing.md): requests to each simulated server, whose every answer must be one. An input is requests between
//! record separators (0x1e): `POST /path`, headers, an empty line, a body; `$CALL`, `$CLIENT` and `$TOKEN` stand for what the server named so.
//! Each function takes any bytes and holds a property; none belongs to the product.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use callcontrol_testkit::switch::Party;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use tower::ServiceExt;

use crate::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use crate::gws::{DEFAULT_PASSWORD, GwsOptions, GwsSimulator};
use crate::oifde::{NewSession, OifdeOptions, OifdeSimulator};
use crate::{RequestLog, control, scenery};

#[path = "../../../fuzz/support/exchange.rs"]
mod exchange;

/// CC-Gateway, with Ann signed in and a customer at her telephone.
pub fn cc_gateway_simulator(data: &[u8]) {
    let sim = CcGatewaySimulator::new(scenery::switch(), CcGatewayOptions::default());
    played(async {
        let mut line = Line::to(sim.router().merge(control::router(sim.switch().clone())));
        let path = format!("/agentgateway/resource/onlineagent/{}", scenery::ANN.0);
        let body = format!(
            r#"{{"password":"cti-secret","phonenum":"{}","status":4}}"#,
            scenery::ANN.1
        );
        line.ask("PUT", &path, &[("content-type", "application/json")], body.into_bytes())
            .await;
        let call = sim
            .switch()
            .with(|switch| switch.place_call(scenery::CUSTOMER, &Party::agent(scenery::ANN.0)));
        for request in requests(data) {
            line.call = call
                .as_ref()
                .ok()
                .and_then(|call| sim.call_id(*call, scenery::ANN.0))
                .unwrap_or_default();
            let guid = sim.guid(scenery::ANN.0).unwrap_or_default();
            line.written(request, &[("guid", &guid), ("content-type", "application/json")])
                .await;
        }
        quiet(sim.requests());
    });
}

/// OIFDE, with a robot session that Ann watches.
pub fn oifde_simulator(data: &[u8]) {
    let sim = OifdeSimulator::new(scenery::switch(), OifdeOptions::default());
    played(async {
        let mut line = Line::to(sim.router().merge(sim.control_router()));
        let session = sim.create_session(NewSession::new(scenery::CUSTOMER));
        line.call = session.map(|session| session.to_string()).unwrap_or_default();
        let body = br#"{"appKey":"202104237142","appSecret":"oifde-secret"}"#;
        let path = "/oifde/rest/api/gettoken";
        line.ask("POST", path, &[("content-type", "application/json")], body.to_vec())
            .await;
        for request in requests(data) {
            line.written(request, &[("content-type", "application/json")]).await;
            for session in sim.sessions() {
                sim.deliver(&session);
            }
        }
        quiet(sim.requests());
    });
}

/// Web Services, with Ann signed in and a customer at her telephone.
pub fn gws_simulator(data: &[u8]) {
    let sim = GwsSimulator::new(scenery::switch(), GwsOptions::default());
    played(async {
        let mut line = Line::to(sim.router().merge(control::router(sim.switch().clone())));
        let basic = format!("Basic {}", STANDARD.encode(format!("ann:{DEFAULT_PASSWORD}")));
        line.ask("GET", "/api/v2/me", &[("authorization", &basic)], Vec::new())
            .await;
        let start = br#"{"operationName":"StartContactCenterSession","channels":["voice"]}"#;
        line.signed("POST", "/api/v2/me", start.to_vec()).await;
        let _rings = sim
            .switch()
            .with(|switch| switch.place_call(scenery::CUSTOMER, &Party::agent(scenery::ANN.0)));
        line.signed("GET", "/api/v2/me?subresources=devices,calls,channels", Vec::new())
            .await;
        for request in requests(data) {
            let (cookie, token) = (format!("JSESSIONID={}", line.cookie), line.csrf.clone());
            let signs = [
                ("cookie", cookie.as_str()),
                ("x-csrf-token", &token),
                ("content-type", "application/json"),
            ];
            line.written(request, &signs).await;
        }
        quiet(sim.requests());
    });
}

fn requests(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == 0x1e).take(MOST_REQUESTS)
}

fn played(play: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap_or_else(|error| panic!("{error}")).block_on(play);
}

/// What a log shows holds neither bodies nor control characters.
fn quiet(log: &RequestLog) {
    assert!(!format!("{log:?}").contains(char::is_control));
}

/// A client's end: the router called in-process, and what the server said to remember.
struct Line {
    router: Router,
    call: String,
    client: String,
    token: String,
    cookie: String,
    csrf: String,
}

impl Line {
    fn to(router: Router) -> Self {
        Self {
            router,
            call: String::new(),
            client: String::new(),
            token: String::new(),
            cookie: String::new(),
            csrf: String::new(),
        }
    }

    /// A request as the input writes it, with these headers unless it has its own.
    async fn written(&mut self, text: &[u8], signs: &[(&str, &str)]) {
        let (first, rest) = exchange::line(text);
        let first = String::from_utf8_lossy(first).into_owned();
        let Some((method, path)) = first.split_once(' ') else {
            return;
        };
        let (headers, body) = exchange::headers(rest);
        let own: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), self.filled(value)))
            .collect();
        let signs = signs
            .iter()
            .filter(|(name, _)| !own.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)));
        let all: Vec<(&str, &str)> = signs
            .copied()
            .chain(own.iter().map(|(name, value)| (&**name, &**value)))
            .collect();
        let (path, body) = (self.filled(path.as_bytes()), self.filled_bytes(body));
        self.ask(method, &path, &all, body).await;
    }

    async fn signed(&mut self, method: &str, path: &str, body: Vec<u8>) {
        let (cookie, token) = (format!("JSESSIONID={}", self.cookie), self.csrf.clone());
        self.ask(method, path, &[("cookie", &cookie), ("x-csrf-token", &token)], body)
            .await;
    }

    /// Sends it if HTTP lets it be sent; the answer has a status, ends, and is JSON where it says so.
    async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) {
        let Ok(mut request) = Request::builder().method(method).uri(path).body(Body::from(body)) else {
            return;
        };
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::try_from(*value)) {
                request.headers_mut().append(name, value);
            }
        }
        let answer = tokio::time::timeout(LONGEST, self.router.clone().oneshot(request)).await;
        let Ok(Ok(answer)) = answer else {
            panic!("{method} was not answered")
        };
        let (parts, body) = answer.into_parts();
        assert_ne!(parts.status, StatusCode::SWITCHING_PROTOCOLS);
        let body = match Limited::new(body, MOST_BYTES).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => panic!("{method}: {error}"),
        };
        let told = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        if told("content-type").is_some_and(|kind| kind.starts_with("application/json")) && !body.is_empty() {
            assert!(
                serde_json::from_slice::<Value>(&body).is_ok(),
                "{}",
                String::from_utf8_lossy(&body)
            );
        }
        if let Some(cookie) = told("set-cookie").and_then(|cookie| cookie.strip_prefix("JSESSIONID=")) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        if let Some(token) = told("x-csrf-token") {
            self.csrf = token.to_owned();
        }
        self.remember(&String::from_utf8_lossy(&body));
    }

    fn remember(&mut self, body: &str) {
        let after = |mark: &str| {
            let (_, rest) = body.split_once(mark)?;
            Some(rest.split(['"', '/', '?']).next()?.to_owned())
        };
        self.client = after("\"clientId\":\"").unwrap_or(std::mem::take(&mut self.client));
        self.token = after("\"authToken\":\"").unwrap_or(std::mem::take(&mut self.token));
        self.call = after("/me/calls/").unwrap_or(std::mem::take(&mut self.call));
    }

    fn filled(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text);
        let text = text.replace("$CALL", &self.call).replace("$CLIENT", &self.client);
        text.replace("$TOKEN", &self.token)
    }

    /// Bodies keep their bytes where nothing is to be filled in.
    fn filled_bytes(&self, body: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(body) {
            Ok(_) => self.filled(body).into_bytes(),
            Err(_) => body.to_vec(),
        }
    }
}

const MOST_REQUESTS: usize = 24;
const MOST_BYTES: usize = 16 << 20;
const LONGEST: Duration = Duration::from_secs(3600);

#[cfg(test)]
#[path = "../../../fuzz/support/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::{Sample, broken_numbers, broken_texts, fixtures, nests, replay, steering_texts, write_samples};
    use super::*;

    fn of(adapter: &str, name: &str) -> Vec<u8> {
        let found = fixtures(adapter).into_iter().find(|(known, _)| known == name);
        found.map(|(_, bytes)| bytes).unwrap_or_default()
    }

    fn script(name: &str, requests: &[(&str, Vec<u8>)]) -> (String, Vec<u8>) {
        let written: Vec<Vec<u8>> = requests
            .iter()
            .map(|(head, body)| [head.as_bytes(), b"\n\n", body].concat())
            .collect();
        (name.to_owned(), written.join(&0x1e))
    }

    fn none() -> Vec<u8> {
        Vec::new()
    }

    fn to_cc_gateway() -> Vec<(String, Vec<u8>)> {
        let of = |name| of("huawei-cc-gateway", name);
        let base = "/agentgateway/resource";
        let at = |method: &str, rest: &str| format!("{method} {base}/{rest}");
        let plays: Vec<(&str, Vec<Sample>)> = vec![
            (
                "talks",
                vec![
                    (at("GET", "agentevent/101"), none()),
                    (at("PUT", "voicecall/101/answer"), none()),
                    (at("POST", "voicecall/101/hold"), none()),
                    (at("POST", "voicecall/101/gethold?callid=$CALL"), none()),
                    (at("POST", "voicecall/101/beginmute"), none()),
                    (
                        at("POST", "voicecall/101/seconddialex"),
                        br#"{"number":"12#"}"#.to_vec(),
                    ),
                    (at("DELETE", "voicecall/101/release"), none()),
                ],
            ),
            (
                "moves",
                vec![
                    (at("PUT", "voicecall/101/answer"), none()),
                    (at("POST", "voicecall/101/transfer"), of("transfer-queue-blind-request")),
                    (
                        at("POST", "voicecall/101/transfer"),
                        of("transfer-agent-release-after-request"),
                    ),
                    (at("POST", "voicecall/101/transfer"), of("transfer-ivr-hang-up-request")),
                    (
                        at("POST", "voicecall/101/transfer"),
                        of("transfer-number-three-party-request"),
                    ),
                    (at("POST", "voicecall/101/canceltransfer"), none()),
                    (at("GET", "agentevent/101"), none()),
                ],
            ),
            (
                "consults",
                vec![
                    (at("PUT", "voicecall/101/answer"), none()),
                    (at("POST", "voicecall/101/innerhelp"), of("innerhelp-request")),
                    (at("POST", "voicecall/101/confjoin"), br#"{"callid":"$CALL"}"#.to_vec()),
                    (at("POST", "voicecall/101/connecthold/$CALL"), none()),
                    (
                        at("POST", "voicecall/101/thirdPartyConfTransmitNum"),
                        br#"{"transmitNumber":"1"}"#.to_vec(),
                    ),
                ],
            ),
            (
                "asks",
                vec![
                    (at("GET", "calldata/101/callinfobycallid/$CALL"), none()),
                    (at("GET", "calldata/101/allcallinfo/101"), none()),
                    (
                        at("PUT", "calldata/101/assignuserinqueue"),
                        of("assign-user-in-queue-request"),
                    ),
                    (
                        at("POST", "calldata/101/setcalldataex"),
                        br#"{"callid":"$CALL","calldata":"x"}"#.to_vec(),
                    ),
                    (at("GET", "queuedevice/101/ivrinfo"), none()),
                    (at("GET", "agentgroup/101/agentbyskill/25"), none()),
                    (at("POST", "queuedevice/101/queryacdstat"), b"{}".to_vec()),
                ],
            ),
            (
                "desk",
                vec![
                    (at("PUT", "onlineagent/102"), of("sign-in-request")),
                    (at("POST", "onlineagent/101/resetskill/false?skillid=25;26"), none()),
                    (at("POST", "onlineagent/101/rest/300/200"), none()),
                    (at("POST", "onlineagent/101/saybusy"), none()),
                    (at("PUT", "voicecall/101/callout"), of("callout-request")),
                    (at("PUT", "recordplay/101/play"), of("play-request")),
                    (at("PUT", "qualitycontrol/101/addsupervise/102"), none()),
                    (at("DELETE", "onlineagent/101/logout"), none()),
                ],
            ),
            (
                "strange",
                vec![
                    (
                        "GET /agentgateway/resource/%2e%2e/agentevent/101%00\nguid: \nguid: x".to_owned(),
                        none(),
                    ),
                    (at("PATCH", "voicecall/%ff/answer"), none()),
                    (
                        "POST /_control/place_call".to_owned(),
                        br#"{"from":"2065550101","to":"8000"}"#.to_vec(),
                    ),
                    (
                        "POST /_control/advance".to_owned(),
                        br#"{"seconds":18446744073709551615}"#.to_vec(),
                    ),
                ],
            ),
        ];
        scripts(plays)
    }

    fn to_oifde() -> Vec<(String, Vec<u8>)> {
        let api = |path: &str| format!("POST /oifde/rest/api/{path}");
        let mode = |rest: &str| {
            format!(r#"{{"tenantId":"202104237142","callId":"$CALL","agentId":"101","authToken":"$TOKEN",{rest}}}"#)
                .into_bytes()
        };
        let of = |name| of("huawei-oifde", name);
        let moved = r#""workMode":"3","callTransferRequest":{"callTransferType":"5","callTransferRouteValue":"90012345","callTransferTransData":"","callTransferNumber":""}"#;
        let plays: Vec<(&str, Vec<Sample>)> = vec![
            (
                "steers",
                vec![
                    (api("flow/changeWorkMode"), mode(r#""workMode":"2""#)),
                    (api("flow/changeWorkMode"), mode(r#""workMode":"1""#)),
                    (api("flow/changeWorkMode"), mode(moved)),
                ],
            ),
            (
                "asks",
                vec![
                    (api("queryRecordHistory"), mode(r#""pageNum":"1","pageSize":"100""#)),
                    (api("queryHistory"), mode(r#""params":{"userMobile":"2065550100"}"#)),
                    (api("queryflows"), mode(r#""pageNum":1,"pageSize":100"#)),
                    (
                        api("intentions/query"),
                        mode(r#""pageNum":1,"pageSize":100,"language":"en_US","domainId":"1""#),
                    ),
                    (
                        api("queryTransferRecordHistory"),
                        mode(r#""pageNum":"9999999999","pageSize":"0""#),
                    ),
                    ("GET /oifde/rest/api/servicemonitor".to_owned(), none()),
                ],
            ),
            (
                "talks",
                vec![
                    (
                        "POST /oifde/rest/crs/process".to_owned(),
                        of("crs-process-open-request"),
                    ),
                    (
                        "POST /oifde/rest/v2/crs/process/1".to_owned(),
                        of("crs-process-interact-request"),
                    ),
                    (
                        "POST /oifde/rest/crs/process".to_owned(),
                        of("crs-process-transferred-request"),
                    ),
                    (
                        "POST /oifde/rest/crs/process".to_owned(),
                        of("crs-process-hangup-request"),
                    ),
                    (api("flow/receiveDialogrecord"), of("receive-dialogrecord-request")),
                ],
            ),
            (
                "strange",
                vec![
                    (api("gettoken"), of("gettoken-request")),
                    (
                        "POST /oifde/rest/api/queryflows\nusername: ipcc\ntoken: $TOKEN".to_owned(),
                        b"{}".to_vec(),
                    ),
                    (
                        "POST /_control/oifde/sessions".to_owned(),
                        br#"{"customer":"2065550101"}"#.to_vec(),
                    ),
                    (
                        "POST /oifde/rest/api/gettoken\ncontent-type: text/plain".to_owned(),
                        b"\xff".to_vec(),
                    ),
                ],
            ),
        ];
        scripts(plays)
    }

    fn to_gws() -> Vec<(String, Vec<u8>)> {
        let of = |name| of("genesys-gws", name);
        let at = |path: &str| format!("POST /api/v2{path}");
        let comet = |rest: &str| format!("[{{\"id\":\"1\",{rest}}}]").into_bytes();
        let plays: Vec<(&str, Vec<Sample>)> = vec![
            (
                "talks",
                vec![
                    (at("/me/calls/$CALL"), of("request-answer")),
                    (at("/me/calls/$CALL"), of("request-hold")),
                    (at("/me/calls/$CALL"), of("request-retrieve")),
                    (at("/me/calls/$CALL"), of("request-send-dtmf")),
                    (at("/me/calls/$CALL"), of("request-attach-user-data")),
                    (at("/me/calls/$CALL"), of("request-hangup")),
                ],
            ),
            (
                "moves",
                vec![
                    (at("/me/calls/$CALL"), of("request-answer")),
                    (at("/me/calls/$CALL"), of("request-initiate-transfer")),
                    (at("/me/calls/$CALL"), of("request-complete-transfer")),
                    (at("/me/calls/$CALL"), of("request-swap-calls")),
                    (at("/me/calls/$CALL"), of("request-single-step-transfer")),
                    (at("/me/calls/$CALL"), of("request-single-step-conference")),
                ],
            ),
            (
                "listens",
                vec![
                    (at("/notifications"), of("cometd-handshake-request")),
                    (
                        at("/notifications"),
                        comet(
                            "\"channel\":\"/meta/subscribe\",\"clientId\":\"$CLIENT\",\"subscription\":[\"/v2/me/calls\",\"/v2/me/devices\"]",
                        ),
                    ),
                    (
                        at("/notifications"),
                        comet(
                            "\"channel\":\"/meta/connect\",\"clientId\":\"$CLIENT\",\"connectionType\":\"long-polling\",\"advice\":{\"timeout\":0}",
                        ),
                    ),
                    (at("/me/calls/$CALL"), of("request-answer")),
                    (
                        at("/notifications"),
                        comet(
                            "\"channel\":\"/meta/connect\",\"clientId\":\"$CLIENT\",\"connectionType\":\"long-polling\",\"ext\":{\"ack\":1}",
                        ),
                    ),
                    (
                        at("/notifications"),
                        comet("\"channel\":\"/meta/disconnect\",\"clientId\":\"$CLIENT\""),
                    ),
                ],
            ),
            (
                "desk",
                vec![
                    (at("/me"), of("request-start-session")),
                    (at("/me/channels/voice"), of("request-not-ready")),
                    (at("/me/devices/1"), of("request-forward-calls-on")),
                    (at("/me/devices/1/calls"), of("request-dial")),
                    (at("/me/devices/1"), of("request-listen-in")),
                    ("GET /api/v2/me/calls".to_owned(), none()),
                    ("GET /api/v2/agent-states".to_owned(), none()),
                    (at("/me"), of("request-end-session")),
                ],
            ),
            (
                "strange",
                vec![
                    ("GET /api/v2/diagnostics/version".to_owned(), none()),
                    (
                        "PUT /api/v2/me/calls/%2e%2e%2f/x\nauthorization: Basic !".to_owned(),
                        b"[[[[".to_vec(),
                    ),
                    (at("/notifications"), b"[]".to_vec()),
                    (at("/notifications"), b"{\"channel\":7}".to_vec()),
                    (
                        "POST /_control/place_call".to_owned(),
                        br#"{"from":"2065550101","to":"7001"}"#.to_vec(),
                    ),
                ],
            ),
        ];
        scripts(plays)
    }

    fn scripts(plays: Vec<(&str, Vec<Sample>)>) -> Vec<(String, Vec<u8>)> {
        let written = plays.into_iter().map(|(name, requests)| {
            let requests: Vec<(&str, Vec<u8>)> = requests
                .iter()
                .map(|(head, body)| (head.as_str(), body.clone()))
                .collect();
            script(name, &requests)
        });
        written.collect()
    }

    fn bytes(samples: Vec<(String, Vec<u8>)>) -> Vec<Vec<u8>> {
        samples.into_iter().map(|(_, bytes)| bytes).collect()
    }

    #[test]
    #[ignore = "writes into fuzz/corpus"]
    fn samples_are_written() {
        write_samples("cc_gateway_simulator", &to_cc_gateway());
        write_samples("oifde_simulator", &to_oifde());
        write_samples("gws_simulator", &to_gws());
    }

    #[test]
    fn a_simulated_gateway_answers_every_request_of_the_corpus() {
        replay(
            "cc_gateway_simulator",
            &bytes(to_cc_gateway()),
            400,
            cc_gateway_simulator,
        );
    }

    #[test]
    fn a_simulated_flow_engine_answers_every_request_of_the_corpus() {
        replay("oifde_simulator", &bytes(to_oifde()), 400, oifde_simulator);
    }

    #[test]
    fn simulated_web_services_answer_every_request_of_the_corpus() {
        replay("gws_simulator", &bytes(to_gws()), 400, gws_simulator);
    }

    #[test]
    fn every_hostile_body_gets_an_answer_and_harms_no_server() {
        let text = |text: &str| {
            format!(
                r#"{{"callid":"{text}","callId":"{text}","number":"{text}","operationName":"{text}","channel":"{text}"}}"#
            )
        };
        let hostile = [
            nests(),
            broken_texts(&text),
            broken_numbers(&text),
            steering_texts(&text),
        ]
        .concat();
        for body in hostile {
            let put = |head: &str| [head.as_bytes(), b"\n\n", &body].concat();
            cc_gateway_simulator(&put("POST /agentgateway/resource/voicecall/101/transfer"));
            oifde_simulator(&put("POST /oifde/rest/api/flow/changeWorkMode"));
            oifde_simulator(&put("POST /oifde/rest/crs/process"));
            gws_simulator(&put("POST /api/v2/me/calls/$CALL"));
            gws_simulator(&put("POST /api/v2/notifications"));
        }
    }
}
