//! What an agent can address: skill queues, IVR flows and system access codes (sections 3.6 and 11). An empty result is
//! an error here.

use std::collections::BTreeSet;

use callcontrol_testkit::switch::Queue;
use serde_json::{Value, json};

use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::gateway::Gateway;

/// `POST resetskill/{autoflag}`
pub(super) fn reset_skill(gateway: &Gateway, ask: &Ask) -> Answer {
    let configured = configured(gateway, &ask.agent);
    let skills = if ask.param() == "true" {
        configured
    } else {
        let ids = ask
            .query("skillid")
            .filter(|ids| ids.len() <= 100)
            .ok_or(Fault::PARAMETER)?;
        ids.split(';')
            .map(str::to_owned)
            .filter(|id| configured.contains(id))
            .collect()
    };
    let mut state = gateway.state();
    let session = state.sessions.get_mut(&ask.agent).ok_or(Fault::NOT_SIGNED_IN)?;
    session.skills = skills;
    Ok(Done::Command)
}

/// `GET agentskills`
pub(super) fn my_skills(gateway: &Gateway, ask: &Ask) -> Answer {
    skills(gateway, &configured(gateway, &ask.agent))
}

/// `GET agentskillsbyworkno/{workno}`
pub(super) fn skills_of(gateway: &Gateway, ask: &Ask) -> Answer {
    skills(gateway, &configured(gateway, ask.param()))
}

/// `GET queuedevice/{agentid}/agentskill/{workno}`
pub(super) fn signed_in_skills(gateway: &Gateway, ask: &Ask) -> Answer {
    let chosen = gateway
        .state()
        .sessions
        .get(ask.param())
        .map(|session| session.skills.clone());
    skills(gateway, &chosen.unwrap_or_default())
}

/// `GET agentvdnskill`
pub(super) fn vdn_skills(gateway: &Gateway, _: &Ask) -> Answer {
    let all: Vec<Value> = gateway.switch.with(|switch| switch.queues().map(skill).collect());
    listed(all, "600-002")
}

/// `GET ivrinfo`
pub(super) fn ivrs(gateway: &Gateway, _: &Ask) -> Answer {
    let options = gateway.options();
    let known = |code: &&String| {
        gateway
            .switch
            .with(|switch| switch.ivr(code).or(switch.ivr_by_number(code)).is_some())
    };
    let list = (1_u64..)
        .zip(options.ivr_codes.iter().filter(known))
        .map(|(id, code)| json!({ "access": code, "id": id, "description": code, "serviceNo": id }));
    listed(list.collect(), "600-004")
}

/// `GET innoinfo`
pub(super) fn access_codes(gateway: &Gateway, _: &Ask) -> Answer {
    let options = gateway.options();
    let list = (1_u64..).zip(&options.access_codes).map(|(id, (code, to))| {
        json!({ "id": id, "inno": code, "description": to.to_string(), "vdnid": 1, "mediatype": VOICE })
    });
    listed(list.collect(), "600-003")
}

fn configured(gateway: &Gateway, agent: &str) -> BTreeSet<String> {
    gateway
        .switch
        .with(|switch| switch.agent(agent).map(|agent| agent.queues.clone()))
        .unwrap_or_default()
}

fn skills(gateway: &Gateway, ids: &BTreeSet<String>) -> Answer {
    let list = gateway
        .switch
        .with(|switch| ids.iter().filter_map(|id| switch.queue(id)).map(skill).collect());
    listed(list, "600-001")
}

fn skill(queue: &Queue) -> Value {
    let id: u64 = queue.id.parse().unwrap_or_default();
    json!({ "name": queue.name.as_deref().unwrap_or(&queue.id), "id": id, "mediatype": VOICE })
}

fn listed(list: Vec<Value>, empty: &'static str) -> Answer {
    if list.is_empty() {
        return Err(Fault::Code(empty));
    }
    Ok(Done::Result(list.into()))
}

/// Common voice (14.3).
const VOICE: u64 = 5;
