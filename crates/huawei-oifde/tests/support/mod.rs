//! A vendor played by a closure, and the few steps that every story begins with.

pub(crate) mod settings;
pub(crate) mod stage;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::{
    AdoptCall, AdoptState, AgentId, CallControl, CallRef, IdSource, LegAction, OpCx, OpenSession, Receipt, Result,
    RobotMode, Secret, SecretRef, SessionId, Target, Transfer, TransferMode,
};
use callcontrol_http::{BaseUrl, HeaderMap, HeaderValue, Lost, NotSent, Request, Response, Transport, TransportError};
use callcontrol_huawei_oifde::{Oifde, OifdeConfig};
use serde_json::{Value, json};

pub(crate) const TENANT: &str = "202104237142";
pub(crate) const PASSWORD: &str = "oifde-secret";
pub(crate) const AGENT: &str = "10001";
pub(crate) const ROBOT: &str = "123123412300030010";

/// What the vendor does with one request.
pub(crate) enum Play {
    Json(Value),
    Reply(u16, &'static str, String),
    After(Duration, Box<Self>),
    /// Nothing, until the deadline.
    Hang,
    /// The connection breaks after the request was written.
    Reset,
    /// Nobody listens.
    Refused,
}

impl Play {
    pub(crate) fn html(status: u16) -> Self {
        Self::Reply(status, "text/html", "<html><body>front proxy</body></html>".to_owned())
    }

    pub(crate) fn status(status: u16, body: &Value) -> Self {
        Self::Reply(status, "application/json", body.to_string())
    }

    pub(crate) fn late(self) -> Self {
        Self::After(Duration::from_millis(50), Box::new(self))
    }
}

/// One request as the vendor saw it.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) method: &'static str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn is(&self, end: &str) -> bool {
        self.path.ends_with(end)
    }

    pub(crate) fn token(&self) -> &str {
        self.body["authToken"].as_str().unwrap_or_default()
    }
}

type Player = Box<dyn FnMut(&Seen) -> Play + Send>;

/// A transport whose far end is a closure.
pub(crate) struct Script {
    base: BaseUrl,
    player: Mutex<Player>,
    seen: Mutex<Vec<Seen>>,
}

impl Script {
    pub(crate) fn new(player: impl FnMut(&Seen) -> Play + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            base: BaseUrl::parse("https://oiap.example:28080").expect("valid"),
            player: Mutex::new(Box::new(player)),
            seen: Mutex::default(),
        })
    }

    /// Gives out tokens `t1`, `t2` … and lets `business` answer the rest.
    pub(crate) fn with_tokens(mut business: impl FnMut(&Seen) -> Play + Send + 'static) -> Arc<Self> {
        let mut granted = 0;
        Self::new(move |seen| {
            if !seen.is("/gettoken") {
                return business(seen);
            }
            granted += 1;
            grant(&format!("t{granted}")).late()
        })
    }

    /// Says yes to everything.
    pub(crate) fn willing() -> Arc<Self> {
        Self::with_tokens(|_| yes())
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("whole").clone()
    }

    pub(crate) fn count(&self, end: &str) -> usize {
        self.seen().iter().filter(|seen| seen.is(end)).count()
    }

    pub(crate) fn changes(&self) -> usize {
        self.count("/flow/changeWorkMode")
    }

    pub(crate) fn tokens(&self) -> usize {
        self.count("/gettoken")
    }

    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().expect("a request")
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request) -> std::result::Result<Response, TransportError> {
        let place = self.base.place(request.method(), request.path());
        if request.deadline().remaining().is_zero() {
            return Err(TransportError::not_sent(NotSent::DeadlinePassed, place, None));
        }
        let seen = Seen {
            path: request.path().path_and_query(),
            method: request.method().as_str(),
            headers: request.headers().clone(),
            body: request
                .body_bytes()
                .map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON")),
        };
        self.seen.lock().expect("whole").push(seen.clone());
        let mut play = (self.player.lock().expect("whole"))(&seen);
        loop {
            let (status, media, body) = match play {
                Play::Json(body) => (200, "application/json", body.to_string()),
                Play::Reply(status, media, body) => (status, media, body),
                Play::After(delay, then) => {
                    let end = tokio::time::Instant::now() + delay;
                    if end > request.deadline().instant() {
                        tokio::time::sleep_until(request.deadline().instant()).await;
                        return Err(TransportError::lost(Lost::Deadline, None, place, None));
                    }
                    tokio::time::sleep_until(end).await;
                    play = *then;
                    continue;
                }
                Play::Hang => {
                    tokio::time::sleep_until(request.deadline().instant()).await;
                    return Err(TransportError::lost(Lost::Deadline, None, place, None));
                }
                Play::Reset => return Err(TransportError::lost(Lost::BeforeHeaders, None, place, None)),
                Play::Refused => return Err(TransportError::not_sent(NotSent::Refused, place, None)),
            };
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static(media));
            return Ok(Response::new(status, headers, body).from_place(place));
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

pub(crate) fn yes() -> Play {
    Play::Json(json!({ "errorCode": "0", "errorMsg": "" }))
}

pub(crate) fn no(code: &str) -> Play {
    Play::Json(json!({ "errorCode": code, "errorMsg": "refused" }))
}

pub(crate) fn grant(token: &str) -> Play {
    Play::Json(json!({ "errorCode": 0, "errorMsg": "", "authToken": token, "expireTime": 3600 }))
}

pub(crate) fn config() -> OifdeConfig {
    OifdeConfig::new(TENANT, SecretRef::from(Secret::new(PASSWORD)))
}

pub(crate) fn adapter(script: &Arc<Script>) -> Arc<Oifde> {
    adapter_with(config(), script)
}

pub(crate) fn adapter_with(config: OifdeConfig, script: &Arc<Script>) -> Arc<Oifde> {
    let transport: Arc<dyn Transport> = Arc::clone(script) as _;
    Oifde::new(config, transport, IdSource::seeded(1)).expect("valid configuration")
}

pub(crate) async fn open(oifde: &Oifde) -> SessionId {
    let request = OpenSession::new(AgentId::new(AGENT).expect("valid"));
    oifde.open(request, &OpCx::new()).await.expect("opened").session
}

pub(crate) async fn adopt(oifde: &Oifde, session: &SessionId, native: &str, state: AdoptState) -> CallRef {
    let request = AdoptCall::new(native, state);
    oifde.adopt(session, request, &OpCx::new()).await.expect("adopted")
}

/// A voice session in supervision.
pub(crate) async fn supervised(oifde: &Oifde) -> CallRef {
    let session = open(oifde).await;
    adopt(oifde, &session, ROBOT, AdoptState::RobotVoice(RobotMode::Supervision)).await
}

pub(crate) async fn set_mode(oifde: &Oifde, call: &CallRef, mode: RobotMode) -> Result<Receipt> {
    oifde
        .act(&call.clone().into(), LegAction::Robot(mode), &OpCx::new())
        .await
}

pub(crate) async fn transfer(oifde: &Oifde, call: &CallRef, to: Target) -> Result<Receipt> {
    oifde
        .transfer(call, Transfer::new(to, TransferMode::Blind), &OpCx::new())
        .await
}

pub(crate) fn bob() -> Target {
    Target::agent("10002").expect("valid")
}
