//! What an agent can address: skill queues, IVR flows and system access codes (sections 3.6 and 11). An empty result is
//! an error here.

use std::collections::BTreeSet;

use callcontrol_testkit::switch::{Ivr, Queue, Switch};
use serde_json::{Value, json};

use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::gateway::Gateway;

/// `GET agentskills`
pub(super) fn my_skills(gateway: &Gateway, ask: &Ask) -> Answer {
    skills(gateway, &gateway.configured_queues(&ask.agent))
}

/// `GET agentskillsbyworkno/{workno}`
pub(super) fn skills_of(gateway: &Gateway, ask: &Ask) -> Answer {
    skills(gateway, &gateway.configured_queues(ask.param()))
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

/// `GET vdnskill/{vdnid}`: there is one virtual call centre.
pub(super) fn skills_of_vdn(gateway: &Gateway, ask: &Ask) -> Answer {
    let described = |queue: &Queue| json!({ "name": name(queue), "id": id(queue), "mediatype": VOICE, "serviceType": 1, "realFlag": 1 });
    let all: Vec<Value> = gateway.switch.with(|switch| switch.queues().map(described).collect());
    listed(if ask.param() == "1" { all } else { Vec::new() }, "600-005")
}

/// `GET ivrinfo`
pub(super) fn ivrs(gateway: &Gateway, _: &Ask) -> Answer {
    let described = |(id, ivr): (u64, &Ivr)| {
        let access = ivr.number.as_ref().unwrap_or(&ivr.code);
        json!({ "access": access, "id": id, "description": ivr.code, "serviceNo": id })
    };
    let list = gateway
        .switch
        .with(|switch| (1..).zip(switch.ivrs()).map(described).collect());
    listed(list, "600-004")
}

/// `GET calldata/{agentid}/ivrcallcount/{ivrid}`
pub(super) fn calls_in_ivr(gateway: &Gateway, ask: &Ask) -> Answer {
    let wanted: u64 = ask.param().parse().map_err(|_| Fault::PARAMETER)?;
    let count = |switch: &mut Switch| {
        let (_, ivr) = (1..).zip(switch.ivrs()).find(|(id, _)| *id == wanted)?;
        let calls = switch.calls().filter(|call| call.ivr() == Some(ivr.code.as_str()));
        Some(calls.count())
    };
    let count = gateway.switch.with(count).ok_or(Fault::PLATFORM)?;
    Ok(Done::Result(json!(count)))
}

/// `GET innoinfo`
pub(super) fn access_codes(gateway: &Gateway, _: &Ask) -> Answer {
    let options = gateway.options();
    let list = (1_u64..).zip(&options.access_codes).map(|(id, (code, to))| {
        json!({ "id": id, "inno": code, "description": to.to_string(), "vdnid": 1, "mediatype": VOICE })
    });
    listed(list.collect(), "600-003")
}

/// `POST queryacdstat`: body and member names are not documented; any body is taken, and all queues are told.
pub(super) fn queue_statistics(gateway: &Gateway, _: &Ask) -> Answer {
    let described = |switch: &Switch, queue: &Queue| {
        let agents = switch.agents().filter(|agent| agent.queues.contains(&queue.id));
        json!({
            "skillid": id(queue),
            "queuesize": switch.waiting_in(&queue.id).count(),
            "loginagents": agents.filter(|agent| agent.signed_in()).count(),
        })
    };
    let list: Vec<Value> = gateway
        .switch
        .with(|switch| switch.queues().map(|queue| described(switch, queue)).collect());
    listed(list, "600-002")
}

/// A list; an empty one is an error.
pub(super) fn listed(list: Vec<Value>, empty: &'static str) -> Answer {
    if list.is_empty() {
        return Err(Fault::Code(empty));
    }
    Ok(Done::Result(list.into()))
}

fn skills(gateway: &Gateway, ids: &BTreeSet<String>) -> Answer {
    let list = gateway
        .switch
        .with(|switch| ids.iter().filter_map(|id| switch.queue(id)).map(skill).collect());
    listed(list, "600-001")
}

fn skill(queue: &Queue) -> Value {
    json!({ "name": name(queue), "id": id(queue), "mediatype": VOICE })
}

fn name(queue: &Queue) -> &str {
    queue.name.as_deref().unwrap_or(&queue.id)
}

fn id(queue: &Queue) -> u64 {
    queue.id.parse().unwrap_or_default()
}

/// Common voice (14.3).
const VOICE: u64 = 5;
