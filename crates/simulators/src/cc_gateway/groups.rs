//! Who else there is: agents, their states and their groups (section 11). An empty result is an error here.

use callcontrol_testkit::switch::{Agent, AgentState};
use serde_json::{Map, Value, json};

use super::agent_state::status_of;
use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::choices::AgentGroup;
use super::devices::listed;
use super::gateway::Gateway;

/// `GET allagentstatus`
pub(super) fn all(gateway: &Gateway, _: &Ask) -> Answer {
    gateway.agents_such(NO_SUCH_AGENT, |_| true)
}

/// `GET onlineagentonvdn`
pub(super) fn online(gateway: &Gateway, _: &Ask) -> Answer {
    gateway.agents_such(NO_SUCH_AGENT, Agent::signed_in)
}

/// `GET idleagent`
pub(super) fn idle(gateway: &Gateway, _: &Ask) -> Answer {
    let engaged = gateway.state().ledger.engaged.clone();
    gateway.agents_such(NO_SUCH_AGENT, |agent| {
        agent.state == AgentState::Ready && !engaged.contains(&agent.id)
    })
}

/// `GET agentbyworkno/{workno}`
pub(super) fn by_id(gateway: &Gateway, ask: &Ask) -> Answer {
    let agent = gateway.switch.with(|switch| switch.agent(ask.param()).cloned());
    let agent = agent.ok_or(Fault::Code(NO_SUCH_AGENT))?;
    let Value::Object(mut described) = gateway.described(&agent) else {
        return Err(Fault::PLATFORM);
    };
    let (signed_in_at, skills) = match gateway.state().sessions.get(&agent.id) {
        Some(session) => (Some(session.login_time), session.skills.clone()),
        None => (None, agent.queues.clone()),
    };
    let options = gateway.options();
    let group = options.group_of(&agent.id);
    let more = [
        ("phonenumber", json!(agent.number)),
        ("logindate", json!(signed_in_at)),
        ("currentstatetime", json!(0)),
        ("skilllist", json!(skills)),
        ("vdnid", json!(1)),
        ("groupid", json!(group.map(|group| group.id))),
        ("groupname", json!(group.map(|group| &group.name))),
    ];
    described.extend(more.map(|(name, value)| (name.to_owned(), value)));
    Ok(Done::Result(described.into()))
}

/// `GET agentbyskill/{skillid}`
pub(super) fn by_skill(gateway: &Gateway, ask: &Ask) -> Answer {
    gateway.agents_such(NO_SUCH_AGENT, |agent| agent.queues.contains(ask.param()))
}

/// `GET groupbyagent/{workno}`
pub(super) fn groups_of(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let groups = options.groups.iter().filter(|group| group.agents.contains(ask.param()));
    let list = groups.map(|group| described_group(group, &options.names)).collect();
    listed(list, "300-003")
}

/// `GET grouponvdn`
pub(super) fn groups(gateway: &Gateway, _: &Ask) -> Answer {
    let options = gateway.options();
    let list = options
        .groups
        .iter()
        .map(|group| described_group(group, &options.names));
    listed(list.collect(), NO_SUCH_GROUP)
}

/// `GET agentongroupex?groupid=`
pub(super) fn in_group(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let id = ask.query("groupid").and_then(|id| id.parse::<u32>().ok());
    let group = id.and_then(|id| options.groups.iter().find(|group| group.id == id));
    let group = group.ok_or(Fault::Code(NO_SUCH_GROUP))?;
    gateway.agents_such(NO_SUCH_GROUP, |agent| group.agents.contains(&agent.id))
}

/// `GET restreason`
pub(super) fn rest_reasons(gateway: &Gateway, _: &Ask) -> Answer {
    let options = gateway.options();
    let reasons = options.rest_reasons.iter();
    let list = reasons.map(|(code, text)| json!({ "restCause": code, "description": text }));
    Ok(Done::Result(list.collect::<Vec<_>>().into()))
}

/// `GET iscensor`
pub(super) fn is_inspector(gateway: &Gateway, ask: &Ask) -> Answer {
    Ok(Done::Result(gateway.options().inspectors.contains(&ask.agent).into()))
}

/// `GET ispickup`
pub(super) fn may_pick_up(gateway: &Gateway, ask: &Ask) -> Answer {
    Ok(Done::Result(
        gateway.options().pick_up_right.contains(&ask.agent).into(),
    ))
}

impl Gateway {
    /// The agents for whom this holds.
    pub(super) fn agents_such(&self, empty: &'static str, such: impl Fn(&Agent) -> bool) -> Answer {
        let agents: Vec<Agent> = self
            .switch
            .with(|switch| switch.agents().filter(|agent| such(agent)).cloned().collect());
        listed(agents.iter().map(|agent| self.described(agent)).collect(), empty)
    }

    fn described(&self, agent: &Agent) -> Value {
        let options = self.options();
        let engaged = self.state().ledger.engaged.contains(&agent.id);
        let mut described = Map::new();
        described.insert("workno".into(), agent.id.as_str().into());
        described.insert("name".into(), options.name_of(&agent.id).into());
        described.insert("status".into(), status_of(agent, engaged).into());
        described.insert("ctiStatus".into(), cti_status(agent, engaged).into());
        let group = options.group_of(&agent.id).map(|group| group.name.clone());
        described.insert("groupName".into(), group.unwrap_or_default().into());
        described.into()
    }
}

fn described_group(group: &AgentGroup, names: &std::collections::BTreeMap<String, String>) -> Value {
    let monitor = names.get(&group.monitor).unwrap_or(&group.monitor);
    json!({ "id": group.id, "name": group.name, "monitorno": group.monitor, "monitorname": monitor })
}

/// The platform's own numbering (14.2).
fn cti_status(agent: &Agent, engaged: bool) -> u8 {
    match agent.state {
        AgentState::SignedOut => 0,
        _ if engaged => 5,
        AgentState::Ready => 1,
        AgentState::WrapUp => 6,
        AgentState::Busy { .. } => 7,
        AgentState::Rest { .. } => 8,
        _ => 9,
    }
}

const NO_SUCH_AGENT: &str = "300-002";
const NO_SUCH_GROUP: &str = "300-004";
