//! A naive client, as the anchor of the bars: bare requests over the same line with the same faults, and a retry on every error. What it does twice shows that
//! the faults are such that something can be done twice.

use std::time::Duration;

use callcontrol::{Error, Result};
use callcontrol_http::{ApiPath, BaseUrl, InMemoryTransport, Method, Request, Response, Transport};
use callcontrol_simulators::oifde::{NewSession, SessionId};
use callcontrol_testkit::switch::{JournalEntry, Party, SharedSwitch, SwitchEvent};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::dice::Dice;
use crate::vendor::Vendor;
use crate::wire::{Mix, Plan, Wire};
use crate::world::{Desk, Face, Setup, World, cast, customer};

/// What the naive client did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Naive {
    /// Commands that its user gave.
    pub commands: u64,
    /// Faults after which nobody knows what happened.
    pub faults: u64,
    /// Commands that the switch carried out more often than once, counted by how often too many.
    pub twice: u64,
    /// Commands that its user was told had failed, and the switch had carried them out.
    pub lies: u64,
}

/// So many commands of a naive client: tones at the telephony vendors; transfers at OIFDE, whose platform by itself refuses to do one twice, so that only the
/// user is told something false.
///
/// # Errors
/// The world cannot be built, or even the calm beginning is refused.
pub fn naive(vendor: Vendor, seed: u64, commands: u64) -> Result<Naive> {
    World::run(|| play(vendor, seed, commands))?
}

async fn play(vendor: Vendor, seed: u64, commands: u64) -> Result<Naive> {
    let (switch, face, desks) = cast(&Setup::small(vendor, seed));
    let wire = Wire::default();
    let base = BaseUrl::parse("http://simulator.test").map_err(Error::from)?;
    let transport = InMemoryTransport::new(base, face.router()).with_mischief(wire.clone());
    let desk = desks.first().cloned().ok_or_else(|| Error::invalid_input("no desk"))?;
    let client = Client {
        transport: &transport,
        switch: &switch,
        face: &face,
        desk: &desk,
    };
    let mut sum = Naive::default();
    let mut dice = Dice::of(seed, NAIVE);
    while sum.commands < commands {
        wire.plan(Plan::Calm);
        let talk = client.begin().await?;
        wire.plan(Plan::Mix(Mix::AMBIGUOUS, Box::new(Dice::new(dice.below(u64::MAX)))));
        sum.commands += 1;
        let told_done = client.insist(&talk, sum.commands).await?;
        wire.plan(Plan::Calm);
        // Whatever is still under way arrives.
        sleep(Duration::from_secs(40)).await;
        let times = client.times(&talk);
        sum.twice += times.saturating_sub(1);
        sum.lies += u64::from(!told_done && times > 0);
        client.end().await?;
    }
    sum.faults = wire.counts().ambiguous;
    Ok(sum)
}

struct Client<'a> {
    transport: &'a dyn Transport,
    switch: &'a SharedSwitch,
    face: &'a Face,
    desk: &'a Desk,
}

/// A talk, and what the vendor wants to have with each request.
struct Talk {
    /// The call's or session's id at the vendor.
    id: String,
    /// The credential.
    key: String,
    robot: Option<SessionId>,
    /// The journal from here on.
    mark: u64,
}

impl Client<'_> {
    /// Signs in and talks to a customer.
    async fn begin(&self) -> Result<Talk> {
        let mark = self.switch.with(|switch| switch.journal().next_seq());
        let me = Party::agent(&self.desk.id);
        if let Face::Oifde(robots) = self.face {
            let new = NewSession::new(customer(0)).agent(&self.desk.id);
            let robot = robots.create_session(new).map_err(refused)?;
            let key = self.token().await?;
            return Ok(Talk {
                id: robot.as_str().to_owned(),
                key,
                robot: Some(robot),
                mark,
            });
        }
        let key = self.sign_in().await?;
        let call = self.switch.place_call(&customer(0), &me).map_err(refused)?;
        self.switch.answer(&me, call).map_err(refused)?;
        let id = match self.face {
            Face::Gws(_) => self.gws_call().await?,
            Face::CcGateway(_) | Face::Oifde(_) => String::new(),
        };
        Ok(Talk {
            id,
            key,
            robot: None,
            mark,
        })
    }

    async fn sign_in(&self) -> Result<String> {
        if let Face::Gws(_) = self.face {
            let body = json!({ "operationName": "StartContactCenterSession", "channels": ["voice"] });
            self.send(Method::Post, &["me"], Some(body)).await?;
            return Ok(String::new());
        }
        let body =
            json!({ "password": self.face.password(), "phonenum": self.desk.number, "autoanswer": false, "status": 4 });
        let path = ["onlineagent", self.desk.id.as_str(), "forcelogin"];
        let reply = self.send(Method::Put, &path, Some(body)).await?;
        let guid = reply.header("set-guid").and_then(|guid| guid.split_once('='));
        Ok(guid.map(|(_, guid)| guid.to_owned()).unwrap_or_default())
    }

    async fn token(&self) -> Result<String> {
        let body = json!({ "appKey": TENANT, "appSecret": self.face.secret() });
        let reply = self.send(Method::Post, &["gettoken"], Some(body)).await?;
        let reply: Value = reply.json("token").map_err(Error::from)?;
        Ok(text(&reply, "authToken"))
    }

    async fn gws_call(&self) -> Result<String> {
        let path = self.path(&["me", "calls"])?.query("fields", "*").map_err(Error::from)?;
        let request = self.signed(Request::new(Method::Get, path, ATTEMPT))?;
        let reply = self.transport.send(request).await.map_err(Error::from)?;
        let reply: Value = reply.json("calls").map_err(Error::from)?;
        let first = reply
            .get("calls")
            .and_then(Value::as_array)
            .and_then(|calls| calls.first());
        Ok(first.map(|call| text(call, "id")).unwrap_or_default())
    }

    /// Sends the command until somebody says yes, as a retry loop does; whether somebody did.
    async fn insist(&self, talk: &Talk, number: u64) -> Result<bool> {
        for _ in 0..ATTEMPTS {
            let sent = match self.face {
                Face::CcGateway(_) => self.cc_tones(talk, number).await,
                Face::Gws(_) => {
                    let body = json!({ "operationName": "SendDtmf", "digits": format!("{number:06}") });
                    self.send(Method::Post, &["me", "calls", &talk.id], Some(body)).await
                }
                Face::Oifde(_) => {
                    let body = self.robot_transfer(talk);
                    self.send(Method::Post, &["flow", "changeWorkMode"], Some(body)).await
                }
            };
            if sent.is_ok_and(|reply| says_yes(&reply)) {
                return Ok(true);
            }
            sleep(Duration::from_millis(500)).await;
        }
        Ok(false)
    }

    async fn cc_tones(&self, talk: &Talk, number: u64) -> Result<Response> {
        let path = self.path(&["voicecall", &self.desk.id, "seconddialex"])?;
        let path = path.query("number", format!("{number:06}")).map_err(Error::from)?;
        let request = Request::new(Method::Post, path, ATTEMPT)
            .header("guid", &talk.key)
            .map_err(Error::from)?;
        self.transport.send(request).await.map_err(Error::from)
    }

    fn robot_transfer(&self, talk: &Talk) -> Value {
        json!({
            "tenantId": TENANT, "callId": talk.id, "agentId": self.desk.id, "workMode": "3", "authToken": talk.key,
            "callTransferRequest": {
                "callTransferType": "5", "callTransferRouteValue": crate::world::THIRD_PARTY,
                "callTransferTransData": "", "callTransferNumber": "",
            },
        })
    }

    async fn send(&self, method: Method, path: &[&str], body: Option<Value>) -> Result<Response> {
        let mut request = self.signed(Request::new(method, self.path(path)?, ATTEMPT))?;
        if let Some(body) = body {
            request = request.json(&body).map_err(Error::from)?;
        }
        self.transport.send(request).await.map_err(Error::from)
    }

    fn signed(&self, request: Request) -> Result<Request> {
        let Face::Gws(_) = self.face else { return Ok(request) };
        let password = self.face.password().into();
        request.basic_auth(&self.desk.login, &password).map_err(Error::from)
    }

    fn path(&self, segments: &[&str]) -> Result<ApiPath> {
        let prefix = match self.face {
            Face::CcGateway(_) => "/agentgateway/resource",
            Face::Oifde(_) => "/oifde/rest/api",
            Face::Gws(_) => "/api/v2",
        };
        let mut path = ApiPath::new(prefix);
        for segment in segments {
            path = path.id(segment).map_err(Error::from)?;
        }
        Ok(path)
    }

    /// How often the switch did what was asked for once.
    fn times(&self, talk: &Talk) -> u64 {
        let times = match (self.face, &talk.robot) {
            (Face::Oifde(robots), Some(robot)) => robots.transfers_of(robot),
            _ => {
                let facts = self.switch.journal_since(talk.mark);
                let tones = |entry: &&JournalEntry| matches!(entry.what, SwitchEvent::DtmfSent { .. });
                facts.iter().filter(tones).count()
            }
        };
        u64::try_from(times).unwrap_or(u64::MAX)
    }

    /// The customer hangs up.
    async fn end(&self) -> Result<()> {
        let party = Party::outside(customer(0));
        for call in self.switch.calls_of(&party) {
            self.switch.hang_up(&party, call.id).map_err(refused)?;
        }
        sleep(Duration::from_secs(1)).await;
        Ok(())
    }
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Every vendor has its own word for yes.
fn says_yes(reply: &Response) -> bool {
    let Ok(body) = reply.json::<Value>("answer") else {
        return false;
    };
    let code = ["retcode", "errorCode", "statusCode"]
        .into_iter()
        .find_map(|name| body.get(name));
    reply.is_success() && code.is_some_and(|code| *code == json!("0") || *code == json!(0))
}

fn refused(refusal: impl std::fmt::Debug) -> Error {
    Error::invalid_input(format!("the naive client's scene: {refusal:?}"))
}

const TENANT: &str = "202104237142";
const ATTEMPTS: usize = 4;
const ATTEMPT: Duration = Duration::from_secs(2);
const NAIVE: u64 = 3;
