//! A simulated Huawei CC-Gateway (AgentGateway): the agent REST API `/agentgateway/resource/...` over the model switch.
//!
//! Written from the vendor's documentation alone; section numbers in the comments are those of the agent REST API
//! reference. Where the documents are silent or disagree, [`CcGatewayOptions`] has a switch.

mod account;
mod agent_state;
mod answer;
mod ask;
mod call_data;
mod call_info;
mod choices;
mod clock;
mod deliver;
mod devices;
mod dial;
mod disturb;
mod event;
mod gateway;
mod groups;
mod guids;
mod help;
mod leaving;
mod ledger;
mod legs;
mod linkage;
mod messages;
mod mischief;
mod moving;
mod offered;
mod options;
mod phone;
mod playback;
mod poll;
mod poll_all;
mod push;
mod reaching;
mod restart;
mod route_table;
mod routes;
mod session;
mod sign_in;
mod skills;
mod state;
mod states;
mod supervision;
mod supervision_events;
mod transfer;
mod translate;
mod variants;
mod voice;
mod wish;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use callcontrol_testkit::switch::{SharedSwitch, SwitchCallId};

use crate::RequestLog;
use gateway::Gateway;

pub use choices::{
    AfterRestart, AgentGroup, AuthCode, AuthMode, BadRequest, BareEvents, BatchGuids, Charset, ConnectHoldCodes,
    EmptyPoll, EventMethod, ForwardingCallId, HelperCallId, IncomingCallInfo, LastCallFlag, NoInspectorRight, Password,
    PhoneAlerting, PushForm, PutOrPost, ReleaseWhileRinging, SayFree, SecondPoll, SetCallDataMethod, StateInCall,
    TalkForwarding, TransferredCallId, Unreachable,
};
pub use disturb::EventMischief;
pub use mischief::Mischief;
pub use options::CcGatewayOptions;
pub use playback::PlaybackEnd;
pub use push::Push;

/// The simulated gateway; clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct CcGatewaySimulator {
    gateway: Arc<Gateway>,
}

impl CcGatewaySimulator {
    /// A gateway in front of this switch. Calls that are under way already are not known to it.
    #[must_use]
    pub fn new(switch: SharedSwitch, options: CcGatewayOptions) -> Self {
        Self {
            gateway: Gateway::new(switch, options),
        }
    }

    /// All operations, behind the request log.
    pub fn router(&self) -> Router {
        let answer = |State(gateway): State<Arc<Gateway>>, request: Request| gateway.handle(request);
        let router = Router::new().fallback(answer).with_state(self.gateway.clone());
        self.gateway.log.watch(router)
    }

    /// What it was asked.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.gateway.log
    }

    /// The switch behind it.
    #[must_use]
    pub fn switch(&self) -> &SharedSwitch {
        &self.gateway.switch
    }

    /// Changes the options from now on.
    pub fn update_options(&self, change: impl FnOnce(&mut CcGatewayOptions)) {
        self.gateway.update_options(change);
    }

    /// The next request whose path contains this fares so; several plans for one path come in the order of planning.
    pub fn fail_next(&self, path_part: &str, what: Mischief) {
        self.gateway.mischief.plan(None, path_part, what);
    }

    /// As [`fail_next`](Self::fail_next), for one method only.
    pub fn fail_next_with(&self, method: &str, path_part: &str, what: Mischief) {
        self.gateway.mischief.plan(Some(method), path_part, what);
    }

    /// As [`fail_next`](Self::fail_next), for the next so many requests.
    pub fn fail_times(&self, times: usize, path_part: &str, what: &Mischief) {
        for _ in 0..times {
            self.gateway.mischief.plan(None, path_part, what.clone());
        }
    }

    /// Forgets all mischief that has not happened.
    pub fn behave(&self) {
        self.gateway.mischief.clear();
        self.gateway.state().disturbances.clear();
    }

    /// No GUID of this agent is valid any more; the agent stays signed in.
    pub fn expire_guid(&self, agent: &str) {
        if let Some(session) = self.gateway.state().sessions.get_mut(agent) {
            session.guids.expire();
        }
    }

    /// The agent's latest GUID.
    #[must_use]
    pub fn guid(&self, agent: &str) -> Option<String> {
        self.gateway
            .state()
            .sessions
            .get(agent)?
            .guids
            .latest()
            .map(str::to_owned)
    }

    /// Whether somebody is signed in with this agent.
    #[must_use]
    pub fn is_signed_in(&self, agent: &str) -> bool {
        self.gateway
            .state()
            .sessions
            .get(agent)
            .is_some_and(|session| !session.over)
    }

    /// The id under which the agent knows the call.
    #[must_use]
    pub fn call_id(&self, call: SwitchCallId, agent: &str) -> Option<String> {
        self.gateway.state().ledger.callid(call, agent).map(str::to_owned)
    }

    /// The switch's call with this id, as far as it lives.
    #[must_use]
    pub fn call_of(&self, call_id: &str) -> Option<SwitchCallId> {
        self.gateway.live_call(call_id)
    }
}
