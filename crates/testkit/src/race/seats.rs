//! Who is in which call, by the switch's facts alone, and whom the machine begins to follow.

use std::collections::BTreeSet;

use callcontrol_core::CustomerAt;
use callcontrol_core::race::{AgentLeg, Situation};

use super::{Follower, Pair};
use crate::switch::{Cause, LegState, Party, SwitchCallId, SwitchEvent};

#[derive(Debug, Clone, Default)]
pub(super) struct Seats {
    pub(super) connected: BTreeSet<Party>,
    pub(super) ringing: Option<Party>,
    pub(super) queued: bool,
    /// Who leads this consult, and about which call.
    pub(super) consult: Option<(Party, SwitchCallId)>,
    held_by: BTreeSet<Party>,
    /// Who brings this call together with another.
    joined_by: Option<Party>,
}

impl Follower {
    /// Keeps who is in which call, and begins to follow whoever is left with one other.
    pub(super) fn seat(&mut self, fact: &SwitchEvent) {
        match fact {
            SwitchEvent::CallStarted {
                call,
                originator,
                parent,
                ..
            } => {
                let seats = self.calls.entry(*call).or_default();
                seats.connected.insert(originator.clone());
                seats.consult = parent.map(|parent| (originator.clone(), parent));
            }
            SwitchEvent::Queued { call, .. } => self.calls.entry(*call).or_default().queued = true,
            SwitchEvent::Alerting { call, target, .. } => {
                self.calls.entry(*call).or_default().ringing = Some(target.clone());
            }
            SwitchEvent::Answered { call, party } => {
                let seats = self.calls.entry(*call).or_default();
                (seats.ringing, seats.queued) = (None, false);
                seats.connected.insert(party.clone());
                self.begin(*call);
            }
            SwitchEvent::PartyJoined { call, party } => {
                self.calls.entry(*call).or_default().connected.insert(party.clone());
            }
            SwitchEvent::PartyLeft {
                call,
                party,
                was,
                cause,
            } => {
                let seats = self.calls.entry(*call).or_default();
                if *cause == Cause::Merged {
                    seats.joined_by = Some(party.clone());
                }
                if *was == LegState::Alerting {
                    seats.ringing = None;
                } else {
                    seats.connected.remove(party);
                    seats.held_by.remove(party);
                }
                self.begin(*call);
            }
            SwitchEvent::Held { call, by } => {
                self.calls.entry(*call).or_default().held_by.insert(Party::agent(by));
            }
            SwitchEvent::Retrieved { call, by } => {
                self.calls.entry(*call).or_default().held_by.remove(&Party::agent(by));
            }
            SwitchEvent::ConsultFailed { consult, .. }
            | SwitchEvent::ConsultCancelled { consult, .. }
            | SwitchEvent::ConsultEnded { consult, .. } => {
                self.calls.entry(*consult).or_default().consult = None;
                self.begin(*consult);
            }
            SwitchEvent::Merged { from, into } => {
                let gone = self.calls.remove(from).unwrap_or_default();
                let seats = self.calls.entry(*into).or_default();
                seats.connected.extend(gone.connected);
                seats.ringing = seats.ringing.take().or(gone.ringing);
                seats.queued |= gone.queued;
                seats.held_by.extend(gone.held_by);
                if let Some(agent) = gone.joined_by {
                    seats.held_by.remove(&agent);
                }
                // Who else holds a conference is beyond the machine.
                let holders = seats.held_by.clone();
                let held_by_other = |agent: &str| holders.iter().any(|party| party.as_agent() != Some(agent));
                self.pairs.retain(|(agent, on), pair| {
                    on != into || pair.at.agent() == AgentLeg::Out || !held_by_other(agent)
                });
                for (_, about) in self.calls.values_mut().filter_map(|call| call.consult.as_mut()) {
                    *about = if about == from { *into } else { *about };
                }
            }
            SwitchEvent::CallEnded { call, .. } => drop(self.calls.remove(call)),
            _ => {}
        }
    }

    /// An agent who is alone with one other person has that one as a customer, as far as the machine is concerned.
    fn begin(&mut self, call: SwitchCallId) {
        let Some(seats) = self
            .calls
            .get(&call)
            .filter(|seats| seats.consult.is_none() && seats.ringing.is_none() && !seats.queued)
        else {
            return;
        };
        let parties: Vec<&Party> = seats.connected.iter().collect();
        let [one, other] = parties.as_slice() else { return };
        for (me, customer) in [(one, other), (other, one)] {
            let Some(agent) = me.as_agent().filter(|_| !customer.is_ivr()) else {
                continue;
            };
            let consults = (Party::agent(agent), call);
            if self
                .calls
                .values()
                .any(|other| other.consult.as_ref() == Some(&consults))
            {
                continue;
            }
            let at = if seats.held_by.contains(*me) {
                Situation::holding()
            } else {
                Situation::talking()
            };
            let pair = Pair {
                at,
                customer: (*customer).clone(),
                third: None,
                consult: None,
                to: None,
            };
            let key = (agent.to_owned(), call);
            let is_over = |at: Situation| at.agent() == AgentLeg::Out || at.customer_at() == CustomerAt::Gone;
            if self.pairs.get(&key).is_none_or(|known| is_over(known.at)) {
                self.pairs.insert(key, pair);
            }
        }
    }
}
