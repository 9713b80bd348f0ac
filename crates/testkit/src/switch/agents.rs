//! Agents signing in and out and saying what they are available for; how parties behave when called.

use super::{AgentState, Behaviour, Cause, LegState, Party, Refusal, Reply, Switch, SwitchCallId, SwitchEvent};

impl Switch {
    /// Signs an agent in, busy at first. Refused as a conflict when the agent is signed in already.
    pub fn sign_in(&mut self, agent: &str) -> Reply {
        if self.known(agent)?.signed_in() {
            return Err(Refusal::Conflict {
                call: None,
                running: "another sign-in of this agent",
            });
        }
        self.emit(SwitchEvent::SignedIn {
            agent: agent.into(),
            forced: false,
        });
        self.change_state(agent, AgentState::Busy { reason: None });
        Ok(())
    }

    /// Signs an agent in even where somebody else is signed in with it, who is displaced. Calls stay with the
    /// telephone.
    pub fn force_sign_in(&mut self, agent: &str) -> Reply {
        if !self.known(agent)?.signed_in() {
            return self.sign_in(agent);
        }
        self.emit(SwitchEvent::SignedOut {
            agent: agent.into(),
            cause: Cause::Displaced,
        });
        self.emit(SwitchEvent::SignedIn {
            agent: agent.into(),
            forced: true,
        });
        Ok(())
    }

    /// Signs out an agent who is in no call.
    pub fn sign_out(&mut self, agent: &str) -> Reply {
        let me = self.signed_in(agent)?;
        if let Some(call) = self.calls_of(&me).next() {
            return Err(Refusal::wrong_state(call.id, "an agent without calls"));
        }
        self.force_sign_out(agent)
    }

    /// Signs an agent out, whatever the agent is doing: a supervisor's doing, or a session that lapsed. Supervisions
    /// by and of the agent end.
    pub fn force_sign_out(&mut self, agent: &str) -> Reply {
        let me = self.signed_in(agent)?;
        self.change_state(agent, AgentState::SignedOut);
        let calls: Vec<SwitchCallId> = self.calls_of(&me).map(|call| call.id).collect();
        for call in calls {
            match self.state_in(call, &me) {
                Ok(LegState::Alerting) => self.miss(call, &me, Cause::SignedOut),
                Ok(_) => self.leave(call, &me, Cause::SignedOut),
                Err(_) => {}
            }
        }
        self.end_supervisions_around(agent, Cause::SignedOut);
        self.emit(SwitchEvent::SignedOut {
            agent: agent.into(),
            cause: Cause::SignedOut,
        });
        self.offer_all();
        Ok(())
    }

    /// What the agent is available for from now on; in a call it counts from its end.
    pub fn set_agent_state(&mut self, agent: &str, state: AgentState) -> Reply {
        self.signed_in(agent)?;
        if state == AgentState::SignedOut {
            return self.sign_out(agent);
        }
        self.change_state(agent, state);
        self.offer_all();
        Ok(())
    }

    /// The agent is ready for queue calls.
    pub fn set_ready(&mut self, agent: &str) -> Reply {
        self.set_agent_state(agent, AgentState::Ready)
    }

    /// Whether the agent stays ready after a call, or wraps up first.
    pub fn set_auto_idle(&mut self, agent: &str, on: bool) -> Reply {
        self.known(agent)?;
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.auto_idle = on;
        }
        Ok(())
    }

    /// What the party does from now on when it is called. A telephone that rings already goes on ringing.
    pub fn set_behaviour(&mut self, party: &Party, behaviour: Behaviour) -> Reply {
        if let Party::Outside(number) = party
            && self.options.any_number
            && !self.outsides.contains_key(number)
        {
            self.add_outside(number);
        }
        let current = self
            .behaviour_mut(party)
            .ok_or_else(|| Refusal::NoSuchParty(party.clone()))?;
        *current = behaviour;
        self.emit(SwitchEvent::BehaviourChanged {
            party: party.clone(),
            behaviour,
        });
        self.offer_all();
        Ok(())
    }

    pub(super) fn change_state(&mut self, id: &str, to: AgentState) {
        let order = self.tick();
        let Some(agent) = self.agents.get_mut(id) else { return };
        let from = std::mem::replace(&mut agent.state, to.clone());
        if to == AgentState::Ready {
            agent.idle_order = order;
            self.forget_declined(id);
        }
        self.note_free(id);
        if from != to {
            self.emit(SwitchEvent::AgentStateChanged {
                agent: id.into(),
                from,
                to,
            });
        }
    }

    /// Follows a change of an agent's state, seats or queues.
    pub(super) fn note_free(&mut self, id: &str) {
        let Some(agent) = self.agents.get(id) else { return };
        let free = agent.state == AgentState::Ready && !self.is_engaged(&Party::agent(id));
        for queue in &agent.queues {
            if free {
                self.free.entry(queue.clone()).or_default().insert(id.into());
            } else if let Some(agents) = self.free.get_mut(queue) {
                agents.remove(id);
            }
        }
    }

    /// Whoever says ready anew may be offered a call let pass before.
    fn forget_declined(&mut self, agent: &str) {
        for id in self.waiting.values() {
            if let Some(call) = self.calls.get_mut(id) {
                call.declined.remove(agent);
            }
        }
    }

    fn known(&self, agent: &str) -> Reply<&super::Agent> {
        self.agents
            .get(agent)
            .ok_or_else(|| Refusal::NoSuchParty(Party::agent(agent)))
    }
}
