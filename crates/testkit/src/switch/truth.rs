//! Where the customer really is: the question every outcome is judged by.

use serde::{Deserialize, Serialize};

use super::{Call, Leg, LegState, Party, Switch, SwitchCallId};

/// Where a customer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CustomerPlace {
    /// Talking with this agent.
    WithAgent(String),
    /// On hold at this agent.
    HeldBy(String),
    /// Talking with somebody outside, to whom an agent passed the call.
    AtTarget(Party),
    /// Hearing this party's telephone ring. The customer's own, when it is the one who was dialled.
    Ringing(Party),
    /// Waiting in this queue; nobody rings at the moment.
    InQueue(String),
    /// In this IVR flow.
    InIvr(String),
    /// Talking with several; all parties, the customer too.
    InConference(Vec<Party>),
    /// Not on this call any more.
    Gone,
}

impl Switch {
    /// Where the customer of this call is now. Answers for ever: for a call that ended, for one that went into
    /// another, and for a consult (the customer of its original). `None` for a call without a customer, or none at all.
    pub fn customer_at(&self, id: SwitchCallId) -> Option<CustomerPlace> {
        let (owner, customer) = self.customer_and_call(id)?;
        let live = self.current_id(owner).and_then(|id| self.calls.get(&id));
        let found = live.and_then(|call| call.leg(customer).map(|leg| place(call, leg)));
        Some(found.unwrap_or(CustomerPlace::Gone))
    }

    /// The live call that this one is, or went into.
    pub fn current_id(&self, id: SwitchCallId) -> Option<SwitchCallId> {
        let mut id = id;
        while let Some(past) = self.past.get(&id) {
            id = past.ended?.merged_into?;
        }
        self.calls.contains_key(&id).then_some(id)
    }

    fn customer_and_call(&self, id: SwitchCallId) -> Option<(SwitchCallId, &Party)> {
        let call = self.calls.get(&id).or_else(|| self.past.get(&id))?;
        match (&call.customer, call.parent) {
            (Some(customer), _) => Some((id, customer)),
            // A parent always began before its consult, so this comes to an end.
            (None, Some(parent)) => self.customer_and_call(parent),
            (None, None) => None,
        }
    }
}

fn place(call: &Call, customer: &Leg) -> CustomerPlace {
    match customer.state {
        LegState::Alerting => CustomerPlace::Ringing(customer.party.clone()),
        LegState::Dialing | LegState::Waiting => match (call.ringing(), &call.queue) {
            (Some(target), _) => CustomerPlace::Ringing(target.clone()),
            (None, Some(queue)) => CustomerPlace::InQueue(queue.clone()),
            (None, None) => CustomerPlace::Ringing(call.to.clone()),
        },
        LegState::Talking | LegState::Held | LegState::InIvr | LegState::Parked => company(call, customer),
    }
}

fn company(call: &Call, customer: &Leg) -> CustomerPlace {
    let others: Vec<&Leg> = call
        .connected()
        .filter(|leg| leg.party != customer.party && leg.state != LegState::Parked)
        .collect();
    let holder = others
        .iter()
        .find(|leg| leg.state == LegState::Held)
        .map(|leg| leg.party.name());
    let all_hold = others.iter().all(|leg| leg.state == LegState::Held);
    match (others.as_slice(), holder) {
        (_, Some(holder)) if all_hold => CustomerPlace::HeldBy(holder.into()),
        ([other], _) => match &other.party {
            Party::Agent(id) => CustomerPlace::WithAgent(id.clone()),
            Party::Ivr(code) => CustomerPlace::InIvr(code.clone()),
            Party::Outside(_) | Party::Queue(_) => CustomerPlace::AtTarget(other.party.clone()),
        },
        ([], _) => waiting(call),
        ([_, _, ..], _) => CustomerPlace::InConference(call.connected().map(|leg| leg.party.clone()).collect()),
    }
}

fn waiting(call: &Call) -> CustomerPlace {
    match (call.ringing(), &call.queue) {
        (Some(target), _) => CustomerPlace::Ringing(target.clone()),
        (None, Some(queue)) => CustomerPlace::InQueue(queue.clone()),
        (None, None) => CustomerPlace::Gone,
    }
}
