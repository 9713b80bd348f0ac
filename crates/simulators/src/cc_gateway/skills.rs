//! The skill queues of a session (section 3.6): an agent gets calls of a queue only after selecting it.

use std::collections::BTreeSet;

use callcontrol_testkit::switch::Switch;

use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::gateway::Gateway;
use super::state::Origin;

/// `POST resetskill/{autoflag}`
pub(super) fn reset_skill(gateway: &Gateway, ask: &Ask) -> Answer {
    let configured = gateway.configured_queues(&ask.agent);
    let skills: BTreeSet<String> = if ask.param() == "true" {
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
    gateway.change_session(&ask.agent, |session| {
        session.skills = skills;
        match ask.query("phonelinkage") {
            Some("1") => session.settings.linkage = true,
            Some("0") => session.settings.linkage = false,
            _ => {}
        }
    })?;
    gateway.serve_selected(&ask.agent);
    Ok(Done::Command)
}

/// `POST settalkright?flag=`: whether the agent takes calls.
pub(super) fn set_talk_right(gateway: &Gateway, ask: &Ask) -> Answer {
    let flag = match ask.query("flag") {
        Some("true" | "1") => true,
        Some("false" | "0") => false,
        _ => return Err(Fault::PARAMETER),
    };
    gateway.change_session(&ask.agent, |session| session.settings.talk_right = flag)?;
    gateway.serve_selected(&ask.agent);
    Ok(Done::Command)
}

impl Gateway {
    /// The queues that are set up for the agent, whether selected or not.
    pub(super) fn configured_queues(&self, agent: &str) -> BTreeSet<String> {
        let mut queues = self
            .switch
            .with(|switch| switch.agent(agent).map(|agent| agent.queues.clone()))
            .unwrap_or_default();
        queues.extend(self.state().configured.get(agent).cloned().unwrap_or_default());
        queues
    }

    /// Takes the agent's queues away until they are selected.
    pub(super) fn withhold_queues(&self, switch: &mut Switch, agent: &str) {
        let served = switch
            .agent(agent)
            .map(|agent| agent.queues.clone())
            .unwrap_or_default();
        for queue in &served {
            switch.unserve(agent, queue);
        }
        self.state()
            .configured
            .entry(agent.to_owned())
            .or_default()
            .extend(served);
    }

    /// The session is over: the agent is set up at the switch as before.
    pub(super) fn give_back_queues(&self, agent: &str) {
        let queues = {
            let mut state = self.state();
            let signed_in = state.sessions.get(agent).is_some_and(|session| !session.over);
            state
                .configured
                .remove(agent)
                .filter(|_| !signed_in)
                .unwrap_or_default()
        };
        self.switch
            .with(|switch| queues.iter().for_each(|queue| switch.serve(agent, queue)));
    }

    /// Makes the agent serve what is selected, and nothing else.
    fn serve_selected(&self, agent: &str) {
        let configured = self.configured_queues(agent);
        let selected = match self.state().sessions.get(agent) {
            Some(session) if session.settings.talk_right => session.skills.clone(),
            _ => BTreeSet::new(),
        };
        self.state().configured.insert(agent.to_owned(), configured.clone());
        self.command(Origin::Command, |switch| {
            for queue in configured.difference(&selected) {
                switch.unserve(agent, queue);
            }
            for queue in configured.intersection(&selected) {
                switch.serve(agent, queue);
            }
        });
    }
}
