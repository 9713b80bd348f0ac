//! The REST resources: which path and method lead where.

mod body;
mod calls;
mod consults;
mod data;
mod device;
mod me;
mod read;
mod recording;
mod supervision;

use std::sync::Arc;

use axum::response::Response;
use callcontrol_testkit::switch::AgentState;
use http::Method;
use http::request::Parts;

use self::body::Operation;
use super::desk::Core;
use super::options::{EventTiming, GwsUser, MissingFeature};
use super::reply::{self, Answer, Refused};
use super::settings::Settings;
use super::web::Caller;

/// A request by somebody who is signed in.
pub(super) struct Desktop<'a> {
    core: &'a Core,
    user: &'a GwsUser,
    /// HTTP session.
    session: &'a str,
    /// The agent's number, empty for a user without an agent at the switch.
    number: String,
    state: AgentState,
    options: Arc<Settings>,
}

/// Answers a REST request.
pub(super) async fn serve(core: &Core, caller: &Caller, parts: &Parts, path: &[&str], body: &[u8]) -> Response {
    let known = core.switch.with(|switch| {
        switch
            .agent(&caller.user.agent)
            .map(|agent| (agent.number.clone(), agent.state.clone()))
    });
    let (number, state) = known.unwrap_or_default();
    let options = core.settings();
    let desktop = Desktop {
        core,
        user: &caller.user,
        session: &caller.session,
        number,
        state,
        options,
    };
    let answer = match parts.method {
        Method::GET => desktop.get(path, parts.uri.query().unwrap_or_default()),
        Method::POST => desktop.post(path, body).await,
        _ => Err(Refused::new(3, "Method is not supported")),
    };
    reply::envelope(answer, &desktop.options)
}

impl Desktop<'_> {
    async fn post(&self, path: &[&str], body: &[u8]) -> Answer {
        let operation = Operation::parse(body)?;
        self.core.desk().gate(&self.user.agent);
        let answer = match path {
            ["me"] | ["me", "channels", "voice"] => self.operate_on_me(&operation),
            ["me", "devices", device, "calls"] => self.own_device(device).and_then(|()| self.dial(&operation)),
            ["me", "calls", call] => self.operate_on_call(call, &operation),
            ["me", "devices", device] => self
                .own_device(device)
                .and_then(|()| self.operate_on_device(&operation)),
            _ => Err(Refused::not_found()),
        };
        if let EventTiming::BeforeAnswer(gap) = self.options.event_timing {
            tokio::time::sleep(gap).await;
        }
        answer
    }

    /// What every voice operation needs: the feature, and the link to T-Server.
    fn may_use_voice(&self) -> Result<(), Refused> {
        self.has_feature("api-voice")?;
        if !self.options.voice_service {
            return Err(Refused::new(4, "T-Server connection is not opened"));
        }
        Ok(())
    }

    fn has_feature(&self, feature: &str) -> Result<(), Refused> {
        if self.user.may(feature) {
            return Ok(());
        }
        let code = match self.options.missing_feature {
            MissingFeature::NoPermission => 5,
            MissingFeature::Forbidden => 3,
        };
        Err(Refused::new(code, format!("Feature {feature} is not assigned")))
    }

    fn agent(&self) -> &str {
        &self.user.agent
    }
}
