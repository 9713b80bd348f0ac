//! Notes and bulletins from agent to agent (sections 4 and 5.4).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::event::Event;
use super::gateway::Gateway;

/// `POST notifybulletin`: to a group (`targettype` 0) or to the agents of a skill queue (1), named by its name.
pub(super) fn notify_bulletin(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&["targettype", "targetname", "bulletindata"], &options)?;
    let target = fields.text("targetname")?.filter(|name| name.len() <= 100);
    let text = fields.text("bulletindata")?.filter(|text| text.len() <= 900);
    let (target, text) = target.zip(text).ok_or(Fault::PARAMETER)?;
    let receivers: BTreeSet<String> = match fields.int("targettype")? {
        Some(0) => match options.groups.iter().find(|group| group.name == target) {
            Some(group) => group.agents.clone(),
            None => return Err(Fault::Code("300-004")),
        },
        Some(1) => gateway.agents_of_queue_named(&target).ok_or(Fault::PLATFORM)?,
        Some(_) | None => return Err(Fault::PARAMETER),
    };
    for agent in receivers.iter().filter(|agent| **agent != ask.agent) {
        tell(gateway, ask, agent, "AgentOther_Bulletin", &text);
    }
    Ok(Done::Command)
}

/// `POST sendnoteletex`
pub(super) fn send_note(gateway: &Gateway, ask: &Ask) -> Answer {
    let body: Value = serde_json::from_slice(&ask.body).unwrap_or_default();
    ask.fields(&["agentIds", "content"], &gateway.options())?;
    let text = body.get("content").and_then(Value::as_str).ok_or(Fault::PARAMETER)?;
    let ids = body.get("agentIds").and_then(Value::as_array).ok_or(Fault::PARAMETER)?;
    for id in ids {
        // Numbers in the sample; strings as everywhere (15.2).
        let agent = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        tell(gateway, ask, &agent, "AgentOther_Note", text);
    }
    Ok(Done::Command)
}

fn tell(gateway: &Gateway, ask: &Ask, receiver: &str, kind: &'static str, text: &str) {
    let options = gateway.options();
    let now = gateway.now_ms();
    let seconds = now / 1000 % 86_400;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let end = if options.padded_texts { "\0\0" } else { "" };
    let content = json!({
        "sender": ask.agent,
        "receivetime": now.to_string(),
        "sendername": options.name_of(&ask.agent),
        "timestring": clock,
        "context": format!("{text}{end}"),
    });
    gateway.queue_for(receiver, Event::new(kind, content, now));
}

impl Gateway {
    fn agents_of_queue_named(&self, name: &str) -> Option<BTreeSet<String>> {
        self.switch.with(|switch| {
            let queue = switch.queue_by_name(name).or(switch.queue(name))?;
            let agents = switch.agents().filter(|agent| agent.queues.contains(&queue.id));
            Some(agents.map(|agent| agent.id.clone()).collect())
        })
    }
}
