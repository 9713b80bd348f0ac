//! Declaring the standing parties of a switch.

use std::time::Duration;

use super::{Agent, AgentState, Behaviour, Ivr, Outside, Party, Queue, Switch, SwitchOptions};

/// Builds a [`Switch`]. Declaring the same id twice replaces the earlier declaration.
#[derive(Debug, Clone, Default)]
pub struct SwitchBuilder {
    switch: Switch,
}

impl SwitchBuilder {
    /// A switch with nobody on it and the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options.
    #[must_use]
    pub fn options(mut self, options: SwitchOptions) -> Self {
        self.switch.options = options;
        self
    }

    /// Changes some of the options.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut SwitchOptions)) -> Self {
        change(&mut self.switch.options);
        self
    }

    /// How long a party rings before it counts as not answered.
    #[must_use]
    pub fn ring_timeout(mut self, after: Duration) -> Self {
        self.switch.options.ring_timeout = Some(after);
        self
    }

    /// An agent who is signed in, not ready, and stays available after a call.
    #[must_use]
    pub fn agent(mut self, id: &str, number: &str) -> Self {
        self.switch.add_agent(id, number);
        self.switch.change_state(id, AgentState::Busy { reason: None });
        self
    }

    /// An agent who is signed out.
    #[must_use]
    pub fn absent_agent(mut self, id: &str, number: &str) -> Self {
        self.switch.add_agent(id, number);
        self
    }

    /// A queue reached by its id only.
    #[must_use]
    pub fn queue(self, id: &str) -> Self {
        self.queue_with(Queue::new(id))
    }

    /// A queue with further addresses.
    #[must_use]
    pub fn queue_with(mut self, queue: Queue) -> Self {
        self.switch.add_queue(queue);
        self
    }

    /// Makes the agent serve the queue.
    #[must_use]
    pub fn serves(mut self, agent: &str, queue: &str) -> Self {
        self.switch.serve(agent, queue);
        self
    }

    /// An IVR flow, with a number of its own or without.
    #[must_use]
    pub fn ivr(mut self, code: &str, number: Option<&str>) -> Self {
        self.switch.add_ivr(code, number);
        self
    }

    /// An outside telephone.
    #[must_use]
    pub fn outside(mut self, number: &str) -> Self {
        self.switch.add_outside(number);
        self
    }

    /// What a party declared before does when it is called.
    #[must_use]
    pub fn behaves(mut self, party: &Party, behaviour: Behaviour) -> Self {
        if let Some(current) = self.switch.behaviour_mut(party) {
            *current = behaviour;
        }
        self
    }

    /// The switch, its journal empty and its clock at zero.
    pub fn build(mut self) -> Switch {
        self.switch.journal = super::Journal::default();
        self.switch
    }
}

impl Switch {
    /// Begins to describe a switch.
    pub fn builder() -> SwitchBuilder {
        SwitchBuilder::new()
    }

    /// Adds an agent, signed out.
    pub fn add_agent(&mut self, id: &str, number: &str) {
        let agent = Agent {
            id: id.into(),
            number: number.into(),
            auto_idle: true,
            ..Agent::default()
        };
        self.agents.insert(id.into(), agent);
        self.free.values_mut().for_each(|free| {
            free.remove(id);
        });
    }

    /// Adds a queue.
    pub fn add_queue(&mut self, queue: Queue) {
        self.queues.insert(queue.id.clone(), queue);
    }

    /// Adds an IVR flow.
    pub fn add_ivr(&mut self, code: &str, number: Option<&str>) {
        let number = number.map(Into::into);
        self.ivrs.insert(
            code.into(),
            Ivr {
                code: code.into(),
                number,
                ..Ivr::default()
            },
        );
    }

    /// Adds an outside telephone.
    pub fn add_outside(&mut self, number: &str) {
        self.outsides.insert(
            number.into(),
            Outside {
                number: number.into(),
                ..Outside::default()
            },
        );
    }

    /// Makes the agent serve the queue from now on. Unknown agents are ignored.
    pub fn serve(&mut self, id: &str, queue: &str) {
        if let Some(agent) = self.agents.get_mut(id) {
            agent.queues.insert(queue.into());
        }
        self.note_free(id);
        self.offer_all();
    }

    /// Makes the agent serve the queue no longer. A call of that queue that rings at the agent goes on ringing.
    pub fn unserve(&mut self, id: &str, queue: &str) {
        if let Some(agent) = self.agents.get_mut(id) {
            agent.queues.remove(queue);
        }
        if let Some(free) = self.free.get_mut(queue) {
            free.remove(id);
        }
    }

    pub(super) fn behaviour_mut(&mut self, party: &Party) -> Option<&mut Behaviour> {
        match party {
            Party::Agent(id) => self.agents.get_mut(id).map(|agent| &mut agent.behaviour),
            Party::Outside(number) => self.outsides.get_mut(number).map(|outside| &mut outside.behaviour),
            Party::Ivr(code) => self.ivrs.get_mut(code).map(|ivr| &mut ivr.behaviour),
            Party::Queue(id) => self.queues.get_mut(id).map(|queue| &mut queue.behaviour),
        }
    }
}
