//! Signing in by each of the gateway's doors, and out again (sections 3.3 to 3.6).

use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentState, AgentStateRequest, CloseSession, Displace, Effect, Error, ErrorKind, OpenSession, PhoneNumber,
    Result, Secret, SignIn,
};
use callcontrol_http::{ApiPath, Request};
use serde_json::Value;

use crate::address;
use crate::config::{CcGatewayConfig, Queues};
use crate::faults;
use crate::link::{BASE, Link};
use crate::live::Live;
use crate::wire::{self, Envelope, text_of};

/// What a sign-in needs, checked; kept to sign in again. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) door: SignIn,
    /// Agent id, or account name at the account's door.
    pub(crate) name: AgentId,
    pub(crate) phone: Option<PhoneNumber>,
    pub(crate) displace: Displace,
    password: Secret,
    status: u8,
}

/// Settings that outlive a stay at the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) auto_answer: bool,
    pub(crate) auto_ready: bool,
    /// Set by the application only; the platform's default otherwise.
    pub(crate) accept_calls: Option<bool>,
    pub(crate) queues: Queues,
    /// A new stay has begun that does not have them yet.
    pub(crate) due: bool,
}

impl Entry {
    /// What the request holds, if it is enough.
    pub(crate) fn check(request: &OpenSession) -> Result<Self> {
        let missing = |what: &str| Error::invalid_input(format!("the gateway signs nobody in without {what}"));
        match request.sign_in {
            SignIn::Agent | SignIn::VoiceOnly => address::agent_id(&request.agent).map(drop)?,
            SignIn::Account => address::account(&request.agent)?,
            _ => return Err(Error::unsupported("the gateway has no such way to sign in")),
        }
        if request.phone.is_none() && request.sign_in != SignIn::VoiceOnly {
            return Err(missing("the phone that the agent uses"));
        }
        if let Some(phone) = &request.phone {
            address::shown("phone", phone)?;
        }
        let password = request
            .password
            .clone()
            .ok_or_else(|| missing("a password (it may be empty where the platform allows it)"))?;
        if password.reveal().chars().count() > MAX_PASSWORD {
            return Err(Error::invalid_input(format!(
                "the password has more than {MAX_PASSWORD} characters"
            )));
        }
        Ok(Self {
            door: request.sign_in,
            name: request.agent.clone(),
            phone: request.phone.clone(),
            displace: request.displace,
            password,
            status: status(&request.state)?,
        })
    }

    /// The agent's id, where the door does not hide it.
    pub(crate) fn agent(&self) -> Option<&AgentId> {
        (self.door != SignIn::Account).then_some(&self.name)
    }

    fn path(&self) -> Result<ApiPath> {
        let group = ApiPath::new(BASE).literal("onlineagent");
        match self.agent() {
            None => Ok(group.literal("loginbyaccount")),
            Some(agent) if self.door == SignIn::VoiceOnly => Ok(group.id(agent.as_str())?.literal("loginex")),
            Some(agent) => Ok(group.id(agent.as_str())?),
        }
    }

    fn forced_path(&self) -> Result<ApiPath> {
        let agent = self.agent().ok_or_else(|| {
            Error::invalid_state(
                "the account's agent is signed in already, and the gateway takes over by agent id only: sign in with the agent's id, or wait",
            )
        })?;
        Ok(ApiPath::new(BASE)
            .literal("onlineagent")
            .id(agent.as_str())?
            .literal("forcelogin"))
    }

    fn body<'a>(&'a self, standing: &Standing, config: &'a CcGatewayConfig, state: Option<u8>) -> wire::SignIn<'a> {
        wire::SignIn {
            account: (self.door == SignIn::Account).then(|| self.name.as_str()),
            password: self.password.reveal(),
            phonenum: self.phone.as_ref().map(PhoneNumber::reveal),
            autoanswer: standing.auto_answer,
            autoenteridle: standing.auto_ready,
            status: state.unwrap_or(self.status),
            releasephone: config.release_phone,
            agenttype: config.agent_type,
            ip: config.agent_ip.as_deref(),
            check_in_webm: None,
            call_back_uri: config.callback_url.as_deref(),
            service_token: config.token().map(Secret::reveal),
        }
    }
}

/// One attempt to sign in.
pub(crate) struct SigningIn<'a> {
    pub(crate) link: &'a Link,
    pub(crate) entry: &'a Entry,
    pub(crate) standing: &'a Standing,
    pub(crate) config: &'a CcGatewayConfig,
    /// The first state, where it is not the one asked for at the beginning.
    pub(crate) state: Option<u8>,
}

impl SigningIn<'_> {
    /// By the door; an agent who is signed in already is left alone.
    pub(crate) async fn plain(&self, limit: Duration) -> Result<Envelope> {
        let body = self.entry.body(self.standing, self.config, self.state);
        self.send(self.entry.path()?, &body, limit).await
    }

    /// Taking over an agent who is signed in elsewhere.
    pub(crate) async fn forced(&self, limit: Duration) -> Result<Envelope> {
        let body = wire::SignIn {
            // There is no forced sign-in to the voice platform only.
            check_in_webm: (self.entry.door == SignIn::VoiceOnly).then_some(false),
            ..self.entry.body(self.standing, self.config, self.state)
        };
        self.send(self.entry.forced_path()?, &body, limit).await
    }

    async fn send(&self, path: ApiPath, body: &wire::SignIn<'_>, limit: Duration) -> Result<Envelope> {
        let request = Request::put(path, limit).json(body)?;
        let answer = self.link.sign_in(request.private(body.password)).await?;
        warn_of_password(&self.entry.name, &answer.result);
        Ok(answer)
    }
}

/// The first sign-in: by the door, and over another holder as far as the policy goes. `other`: a session that can be asked about the agent.
pub(crate) async fn enter(
    attempt: &SigningIn<'_>,
    other: Option<&Live>,
    limit: impl Fn() -> Duration,
) -> Result<Envelope> {
    let refused = match attempt.plain(limit()).await {
        Err(error) if faults::is_signed_in_already(&error) => error,
        decided => return decided,
    };
    match attempt.entry.displace {
        Displace::Always => attempt.forced(limit()).await,
        Displace::IfIdle => {
            must_be_idle(attempt.entry, other, refused, limit()).await?;
            attempt.forced(limit()).await
        }
        _ => Err(refused),
    }
}

/// Asks about the agent through another agent's session, as only who is signed in can ask.
async fn must_be_idle(entry: &Entry, other: Option<&Live>, refused: Error, limit: Duration) -> Result<()> {
    let unknown = |why: &str| Error::new(refused.kind(), Effect::None, format!("{}; {why}", refused.message()));
    let told = |error: Error| match refused.native().cloned() {
        Some(native) => error.with_native(native),
        None => error,
    };
    let agent = entry
        .agent()
        .ok_or_else(|| told(unknown("by account it is not known which agent is to be asked about")))?;
    let Some(other) = other else {
        return Err(told(unknown(
            "whether that agent is idle nobody can ask, as no other agent is signed in here",
        )));
    };
    let path = other.link.path("agentgroup", "agentbyworkno")?.id(agent.as_str())?;
    let answer = other.link.query(Request::get(path, limit)).await;
    let answer =
        answer.map_err(|error| told(unknown(&format!("asking about that agent failed: {}", error.message()))))?;
    match agent_status(&answer.result) {
        Some(status) if IN_NO_CALL.contains(&status) => Ok(()),
        Some(status) => Err(told(unknown(&format!(
            "that agent is not idle (status {status}), so it is not taken over"
        )))),
        None => Err(told(unknown("the gateway does not tell that agent's status"))),
    }
}

/// One agent, or a list of one (11).
fn agent_status(result: &Value) -> Option<i64> {
    let agent = result.as_array().and_then(|list| list.first()).unwrap_or(result);
    text_of(agent.get("status")?)?.parse().ok()
}

/// The agent whom an account stands for.
pub(crate) fn named_agent(answer: &Envelope) -> Result<AgentId> {
    let named = answer
        .result
        .get("workno")
        .or_else(|| answer.result.get("workNo"))
        .and_then(text_of);
    let agent = named.and_then(|named| AgentId::new(&named).ok());
    agent.filter(|agent| address::agent_id(agent).is_ok()).ok_or_else(|| {
        let message = "the answer to the sign-in by account names no agent, so nothing can be asked of this gateway; the agent stays signed in for two minutes";
        Error::new(ErrorKind::Protocol, Effect::Applied, message)
    })
}

/// Says what the gateway says of the password (3.3).
fn warn_of_password(agent: &AgentId, result: &Value) {
    let told = |name: &str| result.get(name).and_then(text_of);
    let forced = result
        .get("isForceChange")
        .is_some_and(|value| *value == Value::Bool(true))
        || told("isForceChange").as_deref() == Some("true");
    if forced {
        tracing::warn!(target: "callcontrol::cc_gateway", %agent, "the gateway wants the agent's password changed");
    }
    let days = told("timeRemaining").and_then(|days| days.parse::<i64>().ok());
    if let Some(days) = days.filter(|days| *days <= WARN_DAYS) {
        tracing::warn!(target: "callcontrol::cc_gateway", %agent, days, "the agent's password expires soon");
    }
    if told("mediatype").is_some_and(|media| media.starts_with('F')) {
        tracing::warn!(target: "callcontrol::cc_gateway", %agent, "the gateway signed the agent in without voice");
    }
}

/// Without this step no call comes (3.3, 3.6).
pub(crate) async fn select_queues(link: &Link, queues: &Queues, limit: Duration) -> Result<()> {
    let path = link.path("onlineagent", "resetskill")?;
    let path = match queues {
        Queues::All => path.literal("true"),
        Queues::Only(_) => path.literal("false").query("skillid", queues.list())?,
    };
    match link.command(Request::post(path, limit)).await {
        // An agent without queues can still call and be called.
        Err(error) if faults::is_empty_result(&error) => Ok(()),
        other => other.map(drop),
    }
}

/// Takes back a sign-in that took effect and is of no use.
pub(crate) async fn undo(link: &Link, limit: Duration) -> Result<()> {
    let path = link.path("onlineagent", "forcelogout")?;
    link.command(Request::delete(path, limit)).await.map(drop)
}

/// The error of a sign-in that was of no use; `undone`: what came of taking it back, once that is known.
pub(crate) fn useless(error: &Error, undone: Option<&Result<()>>) -> Error {
    let (effect, rest) = match undone {
        Some(Ok(())) => (Effect::None, "the agent was signed out again"),
        Some(Err(_)) => (Effect::Applied, "the agent may still be signed in for two minutes"),
        None => (Effect::Applied, "the agent is being signed out again"),
    };
    let message = format!(
        "selecting the queues after the sign-in failed, {rest}: {}",
        error.message()
    );
    let failed = Error::new(error.kind(), effect, message);
    match error.native().cloned() {
        Some(native) => failed.with_native(native),
        None => failed,
    }
}

/// How the agent is signed out (3.5).
pub(crate) fn sign_out(link: &Link, request: &CloseSession, limit: Duration) -> Result<Request> {
    let path = match request.reason {
        Some(0) => {
            return Err(Error::invalid_input(
                "the reason of a sign-out is a number from 1 to 255",
            ));
        }
        Some(reason) => link
            .path("onlineagent", "forcelogoutwithreason")?
            .id(reason.to_string())?,
        None if request.force => link.path("onlineagent", "forcelogout")?,
        None => link.path("onlineagent", "logout")?,
    };
    Ok(Request::delete(path, limit))
}

/// The `status` of a sign-in (3.3).
fn status(state: &AgentStateRequest) -> Result<u8> {
    match state {
        AgentStateRequest::NotReady { reason: None } => Ok(BUSY),
        AgentStateRequest::Ready => Ok(IDLE),
        AgentStateRequest::WrapUp => Ok(WORK),
        AgentStateRequest::NotReady { reason: Some(_) } => Err(Error::invalid_input(
            "a sign-in carries no reason for being not ready; sign in first and set the state after it",
        )),
        AgentStateRequest::Rest { .. } => Err(Error::invalid_input(
            "nobody can sign in resting; sign in first and rest after it",
        )),
        _ => Err(Error::unsupported("the gateway has no such state at sign-in")),
    }
}

/// The `status` with which an agent comes back: nobody who was away from the desk gets calls because a gateway was restarted.
pub(crate) fn status_again(was: &AgentState) -> Option<u8> {
    match was {
        AgentState::Ready => Some(IDLE),
        AgentState::NotReady { .. } | AgentState::Rest => Some(BUSY),
        AgentState::WrapUp => Some(WORK),
        _ => None,
    }
}

/// Section 3.3.
const MAX_PASSWORD: usize = 32;
const BUSY: u8 = 3;
const IDLE: u8 = 4;
const WORK: u8 = 5;
/// Status numbers of section 14.2 that speak for no call: busy, idle, wrap-up, resting.
const IN_NO_CALL: [i64; 4] = [3, 4, 5, 8];
/// A password that expires later than this is no news.
const WARN_DAYS: i64 = 14;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_agent_who_was_away_from_the_desk_comes_back_busy() {
        assert_eq!(status_again(&AgentState::Ready), Some(IDLE));
        assert_eq!(status_again(&AgentState::Rest), Some(BUSY));
        assert_eq!(status_again(&AgentState::NotReady { reason: None }), Some(BUSY));
        assert_eq!(status_again(&AgentState::WrapUp), Some(WORK));
        assert_eq!(status_again(&AgentState::Unknown), None);
    }

    #[test]
    fn the_status_of_an_agent_comes_as_number_or_text_alone_or_in_a_list() {
        for result in [
            json!({"status": 4}),
            json!({"status": "4"}),
            json!([{"workno": "102", "status": 4}]),
        ] {
            assert_eq!(agent_status(&result), Some(4), "{result}");
        }
        assert_eq!(agent_status(&json!({})), None);
    }

    #[test]
    fn an_account_stands_for_the_agent_whom_the_answer_names() {
        let answer = |result| Envelope {
            result,
            ..Envelope::default()
        };
        assert_eq!(
            named_agent(&answer(json!({"workno": "291"}))).expect("named").as_str(),
            "291"
        );
        assert_eq!(
            named_agent(&answer(json!({"workno": 291}))).expect("named").as_str(),
            "291"
        );
        for bad in [json!({}), json!({"workno": "ann"}), json!({"workno": "../1"})] {
            let error = named_agent(&answer(bad)).expect_err("no agent");
            assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::Applied));
        }
    }
}
