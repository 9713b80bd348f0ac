//! The other people in a test: agents at their desks, colleagues, customers. What a test asks of them is played at the switch at once.

use callcontrol_core::{AgentId, Call, OpenSession, Result, Session};

use super::{CUSTOMER, FakeCallControl, words};
use crate::switch::{Behaviour, Party, Reply, SwitchCallId};

impl FakeCallControl {
    /// Signs an agent in.
    ///
    /// # Errors
    /// No such agent, or signed in already.
    pub async fn sign_in(&self, agent: &str) -> Result<Session> {
        Session::open(&self.control(), OpenSession::new(AgentId::new(agent)?)).await
    }

    /// The customer calls the agent directly; the call rings.
    ///
    /// # Errors
    /// The agent cannot be called.
    pub fn ring(&self, session: &Session) -> Result<Call> {
        self.ring_from(CUSTOMER, session)
    }

    /// Somebody calls the agent directly; the call rings. A number that the scenery does not have becomes an outside telephone.
    ///
    /// # Errors
    /// The agent cannot be called.
    pub fn ring_from(&self, caller: &str, session: &Session) -> Result<Call> {
        let agent = Party::agent(self.shared.agent_of(session.id())?);
        let placed = self.place(caller, &agent)?;
        Ok(session.call(self.shared.hub.call_id(&words::native(placed))))
    }

    /// Somebody calls a queue, and waits there or rings at an agent who serves it. Gives the id by which the call can be
    /// [adopted](callcontrol_core::Session::adopt).
    ///
    /// # Errors
    /// There is no such queue, or it takes no calls.
    pub fn queue_call(&self, caller: &str, queue: &str) -> Result<String> {
        self.place(caller, &Party::queue(queue)).map(words::native)
    }

    /// Somebody calls an IVR flow in which a robot talks. Gives the id by which the call can be [adopted](callcontrol_core::Session::adopt).
    ///
    /// # Errors
    /// There is no such flow, or it takes no calls.
    pub fn robot_call(&self, caller: &str, ivr: &str) -> Result<String> {
        self.place(caller, &Party::ivr(ivr)).map(words::native)
    }

    /// Signs an agent in, lets the customer call and the agent answer.
    ///
    /// # Errors
    /// No such agent, or the agent cannot be called.
    pub async fn talking(&self, agent: &str) -> Result<(Session, Call)> {
        let session = self.sign_in(agent).await?;
        let call = self.ring(&session)?;
        call.answer().await?;
        Ok((session, call))
    }

    /// Signs a colleague in, so that he can be called, and sets what he does then.
    pub fn agent_behaves(&self, agent: &str, behaviour: Behaviour) {
        let party = Party::agent(agent);
        let switch = self.switch();
        let signed_in = switch.with(|switch| switch.agent(agent).is_some_and(|agent| agent.signed_in()));
        if !signed_in {
            self.must(switch.sign_in(agent));
            self.must(switch.set_ready(agent));
        }
        self.must(switch.set_behaviour(&party, behaviour));
    }

    /// Sets what an outside party does when it is called.
    pub fn outside_behaves(&self, number: &str, behaviour: Behaviour) {
        self.must(self.switch().set_behaviour(&Party::outside(number), behaviour));
    }

    /// A ringing colleague answers. Panics with the story so far when nothing rings there.
    pub fn agent_answers(&self, agent: &str) {
        let party = Party::agent(agent);
        let call = self.ringing(&party);
        self.must(self.switch().answer(&party, call));
    }

    /// A ringing colleague turns the call away. Panics with the story so far when nothing rings there.
    pub fn agent_rejects(&self, agent: &str) {
        let party = Party::agent(agent);
        let call = self.ringing(&party);
        self.must(self.switch().reject(&party, call));
    }

    /// A ringing colleague lets it ring until the switch gives up. Panics with the story so far when nothing rings there.
    pub fn agent_lets_it_ring_out(&self, agent: &str) {
        let party = Party::agent(agent);
        self.ringing(&party);
        self.must(self.switch().no_answer(&party));
    }

    /// A ringing outside party answers. Panics with the story so far when nothing rings there.
    pub fn outside_answers(&self, number: &str) {
        let party = Party::outside(number);
        let call = self.ringing(&party);
        self.must(self.switch().answer(&party, call));
    }

    /// The customer of this call hangs up.
    pub fn customer_hangs_up(&self, call: &Call) {
        let id = self.at_switch(call);
        let Some(customer) = self.switch().with(|switch| switch.customer_of(id).cloned()) else {
            self.fail("this call has no customer");
        };
        let live = self.switch().current_id(id).unwrap_or(id);
        self.must(self.switch().hang_up(&customer, live));
    }

    /// The IVR flow in which the customer of this call is comes to its end.
    pub fn ivr_finishes(&self, call: &Call) {
        let id = self.at_switch(call);
        self.must(self.switch().ivr_finished(id));
    }

    /// Somebody else signs in with this agent, who loses the session.
    pub fn somebody_else_signs_in(&self, agent: &str) {
        self.must(self.switch().force_sign_in(agent));
    }

    fn place(&self, caller: &str, to: &Party) -> Result<SwitchCallId> {
        let placed = self.switch().with(|switch| {
            if switch.outside(caller).is_none() {
                switch.add_outside(caller);
            }
            switch.place_call(caller, to)
        });
        placed.map_err(|refusal| words::refused(&refusal))
    }

    fn ringing(&self, party: &Party) -> SwitchCallId {
        match self.switch().ringing_at(party) {
            Some(call) => call,
            None => self.fail(&format!("nothing rings at {party}")),
        }
    }

    /// What a test asks of somebody and the switch refuses is a mistake in the test.
    fn must(&self, reply: Reply) {
        if let Err(refusal) = reply {
            self.fail(&format!("the model switch refused what the test played: {refusal:?}"));
        }
    }
}
