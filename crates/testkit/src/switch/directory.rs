//! Finding parties by the many addresses they have; each look-up answers for one way of addressing.

use super::{Agent, Behaviour, Ivr, Party, Queue, Switch};

impl Switch {
    /// Whoever is reached by dialling this: an agent's number or id, a queue's number, id, route code or name,
    /// an IVR's number or code, an outside number; in that order.
    pub fn resolve(&self, dialled: &str) -> Option<Party> {
        let agent = || self.agent_by_number(dialled).or_else(|| self.agent(dialled));
        let queue = || {
            self.queue_by_number(dialled)
                .or_else(|| self.queue(dialled))
                .or_else(|| self.queue_by_route_code(dialled))
                .or_else(|| self.queue_by_name(dialled))
        };
        let ivr = || self.ivr_by_number(dialled).or_else(|| self.ivr(dialled));
        agent()
            .map(|agent| Party::agent(&agent.id))
            .or_else(|| queue().map(|queue| Party::queue(&queue.id)))
            .or_else(|| ivr().map(|ivr| Party::ivr(&ivr.code)))
            .or_else(|| self.outside(dialled))
    }

    /// The agent with this id.
    pub fn agent(&self, id: &str) -> Option<&Agent> {
        self.agents.get(id)
    }

    /// The agent with this number.
    pub fn agent_by_number(&self, number: &str) -> Option<&Agent> {
        self.agents.values().find(|agent| agent.number == number)
    }

    /// The queue with this id.
    pub fn queue(&self, id: &str) -> Option<&Queue> {
        self.queues.get(id)
    }

    /// The queue with this name.
    pub fn queue_by_name(&self, name: &str) -> Option<&Queue> {
        self.queues.values().find(|queue| queue.name.as_deref() == Some(name))
    }

    /// The queue with this number.
    pub fn queue_by_number(&self, number: &str) -> Option<&Queue> {
        self.queues
            .values()
            .find(|queue| queue.number.as_deref() == Some(number))
    }

    /// The queue with this route code.
    pub fn queue_by_route_code(&self, code: &str) -> Option<&Queue> {
        self.queues
            .values()
            .find(|queue| queue.route_code.as_deref() == Some(code))
    }

    /// The IVR flow with this code.
    pub fn ivr(&self, code: &str) -> Option<&Ivr> {
        self.ivrs.get(code)
    }

    /// The IVR flow with this number.
    pub fn ivr_by_number(&self, number: &str) -> Option<&Ivr> {
        self.ivrs.values().find(|ivr| ivr.number.as_deref() == Some(number))
    }

    /// The outside telephone with this number; with [`any_number`](super::SwitchOptions::any_number), any number.
    pub fn outside(&self, number: &str) -> Option<Party> {
        let known = self.outsides.contains_key(number) || (self.options.any_number && !number.is_empty());
        known.then(|| Party::outside(number))
    }

    /// The number at which a party is reached, as far as it has one; for an outside telephone its own.
    pub fn number_of(&self, party: &Party) -> Option<&str> {
        match party {
            Party::Agent(id) => self.agent(id).map(|agent| agent.number.as_str()),
            Party::Outside(number) => self.outsides.get(number).map(|outside| outside.number.as_str()),
            Party::Ivr(code) => self.ivr(code)?.number.as_deref(),
            Party::Queue(id) => self.queue(id)?.number.as_deref(),
        }
    }

    /// What the party does when it is called; `None` for a party the switch does not know.
    pub fn behaviour_of(&self, party: &Party) -> Option<Behaviour> {
        match party {
            Party::Agent(id) => self.agents.get(id).map(|agent| agent.behaviour),
            Party::Outside(number) => match self.outsides.get(number) {
                Some(outside) => Some(outside.behaviour),
                None => self.outside(number).map(|_| Behaviour::Manual),
            },
            Party::Ivr(code) => self.ivrs.get(code).map(|ivr| ivr.behaviour),
            Party::Queue(id) => self.queues.get(id).map(|queue| queue.behaviour),
        }
    }
}
