//! The switch's facts as happenings of core's race machine: how each agent's call with one other party stands, followed fact by fact.
//! The fake lets the machine decide how moves end; the random play of the switch holds the two against each other.
//! Conferences of more than three or with a flow, barge-ins and pick-ups are beyond the machine: such a call is no longer followed.

mod seats;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use callcontrol_core::CustomerAt;
use callcontrol_core::race::{Aftermath, AgentLeg, Happening, Lands, Move, Situation, Step, Third};

use crate::switch::{Cause, ConsultStyle, LegState, Party, SwitchCallId, SwitchEvent, TransferKind};
use seats::Seats;
use words::{ended_by, failure, lands, talks_freely};

/// Follows a switch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Follower {
    calls: BTreeMap<SwitchCallId, Seats>,
    pairs: BTreeMap<Key, Pair>,
}

/// An agent, and the call in which it has a customer.
type Key = (String, SwitchCallId);

/// One agent and whoever is at the other end.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) at: Situation,
    pub(crate) customer: Party,
    third: Option<Party>,
    consult: Option<SwitchCallId>,
    to: Option<Party>,
}

/// What a fact was to the machine.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "what happened to whom is read in messages of tests")]
pub(crate) struct Turn {
    pub(crate) agent: String,
    pub(crate) call: SwitchCallId,
    pub(crate) before: Situation,
    pub(crate) happening: Happening,
    /// `None`: the machine says that this cannot happen there.
    pub(crate) step: Option<Step>,
}

/// The switch as it is after the verb whose facts are heard: the leg of a party in a call.
pub(crate) type Now<'a> = dyn Fn(SwitchCallId, &Party) -> Option<LegState> + 'a;

impl Follower {
    /// Takes a fact in; what it was to whom.
    pub(crate) fn hear(&mut self, fact: &SwitchEvent, now: &Now<'_>) -> Vec<Turn> {
        let before = self.happenings(fact, now);
        let turns = before
            .into_iter()
            .filter_map(|(key, happening)| self.turn(key, happening))
            .collect();
        self.seat(fact);
        turns
    }

    /// Whom the machine still has something to say about.
    #[cfg(test)]
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&Key, &Pair)> {
        self.pairs.iter()
    }

    /// Forgets those of whom the agent has nothing more to expect.
    pub(crate) fn retire(&mut self) {
        self.pairs.retain(|_, pair| {
            let on_the_way = pair.at.third() == Third::Called || pair.at.customer_at() == CustomerAt::Queue;
            let out = pair.at.agent() == AgentLeg::Out;
            !out || (on_the_way && pair.at.customer_at() != CustomerAt::Gone)
        });
    }

    fn turn(&mut self, key: Key, happening: Happening) -> Option<Turn> {
        let pair = self.pairs.get_mut(&key)?;
        let before = pair.at;
        let step = before.after(happening);
        match &step {
            Some(step) => pair.at = step.to,
            None => drop(self.pairs.remove(&key)),
        }
        let (agent, call) = key;
        Some(Turn {
            agent,
            call,
            before,
            happening,
            step,
        })
    }

    /// What a fact is to each pair that it concerns, in order.
    fn happenings(&mut self, fact: &SwitchEvent, now: &Now<'_>) -> Vec<(Key, Happening)> {
        match fact {
            SwitchEvent::Alerting {
                call,
                originator,
                target,
            } => {
                self.lose_crowd(*call);
                self.called(*call, originator, target)
            }
            SwitchEvent::Queued { call, .. } => {
                self.lose_crowd(*call);
                self.joined_by_queue(*call)
            }
            SwitchEvent::Answered { call, party } => self.answered(*call, party),
            SwitchEvent::TransferStarted { call, by, to, kind } => self.transfer_started(by, *call, to, *kind),
            SwitchEvent::TransferSucceeded { call, by, to, kind } => self.transfer_succeeded(by, *call, to, *kind),
            SwitchEvent::TransferFailed {
                call, by, kind, cause, ..
            } => {
                let now = now(*call, &Party::agent(by));
                self.transfer_failed((by, now), *call, *kind, *cause)
            }
            SwitchEvent::PartyLeft {
                call,
                party,
                was,
                cause,
            } => self.left(*call, party, (*was, *cause), now),
            SwitchEvent::Held { call, by } => {
                // Who else holds a conference is beyond the machine.
                self.pairs
                    .retain(|(agent, on), pair| on != call || agent == by || pair.at.agent() == AgentLeg::Out);
                self.held(by, *call)
            }
            SwitchEvent::Retrieved { call, by } => self.retrieved(by, *call),
            SwitchEvent::ConsultStarted {
                consult,
                original,
                by,
                style,
                ..
            } => self.consult_started(by, *original, *consult, *style),
            SwitchEvent::ConsultAnswered {
                original, by, party, ..
            } => {
                let key = (by.clone(), *original);
                self.with(&key, |pair| pair.third = Some(party.clone()));
                self.when(key, |at| at.is_consulting(), Happening::TargetAnswers)
            }
            SwitchEvent::ConsultFailed {
                original, by, cause, ..
            } => {
                let after = self.aftermath(by, *original, now);
                self.consult_over(by, *original, Happening::NotReached(failure(*cause), after))
            }
            SwitchEvent::ConsultCancelled { original, by, .. } => {
                let after = self.aftermath(by, *original, now);
                self.consult_over(by, *original, Happening::CancelConsult(after))
            }
            SwitchEvent::ConsultEnded {
                original, by, cause, ..
            } => {
                let after = self.aftermath(by, *original, now);
                let answered = self.at(by, *original).is_some_and(|at| at.third() != Third::Called);
                let by_third = answered && *cause == Cause::TargetHungUp;
                let happening = if by_third {
                    Happening::TargetHangsUp(after)
                } else {
                    Happening::CancelConsult(after)
                };
                self.consult_over(by, *original, happening)
            }
            SwitchEvent::ConsultCompleted {
                consult,
                original,
                by,
                to,
            } => {
                let rings = self.calls.get(consult).is_some_and(|call| call.ringing.is_some());
                let lands = if rings { Lands::Party } else { lands(to) };
                self.consult_over(by, *original, Happening::Complete(lands))
            }
            SwitchEvent::Merged { from, into } => self.merged(*from, *into),
            SwitchEvent::PartyJoined { call, party } => self.joined(*call, party),
            SwitchEvent::DialFailed {
                call,
                by: Party::Agent(by),
                cause,
                ..
            } => self.not_added((by, now(*call, &Party::agent(by)).is_some()), *call, *cause),
            SwitchEvent::Conferenced { call, parties } => {
                let consulted = self.calls.get(call).is_some_and(|call| call.consult.is_some());
                if parties.len() > 3 || parties.iter().any(Party::is_ivr) || consulted {
                    self.lose(*call);
                }
                Vec::new()
            }
            SwitchEvent::Moved { call, .. } => {
                // A third party who passes the consult on to somebody else.
                self.pairs.retain(|_, pair| pair.consult != Some(*call));
                Vec::new()
            }
            SwitchEvent::PickedUp { call, .. } | SwitchEvent::Intercepted { call, .. } => {
                self.lose(*call);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn called(&self, call: SwitchCallId, originator: &Party, target: &Party) -> Vec<(Key, Happening)> {
        let waits = |pair: &Pair| pair.at.customer_at() == CustomerAt::Queue;
        let chosen = |agent: &str| target.as_agent() == Some(agent);
        let mut all = self.where_on(
            call,
            |agent, pair| waits(pair) && !chosen(agent),
            Happening::QueueOffers,
        );
        let same = |agent: &str, pair: &Pair| waits(pair) && chosen(agent);
        all.extend(self.where_on(call, same, Happening::QueueChoosesAgent));
        if let Some(agent) = originator.as_agent() {
            all.extend(self.when((agent.to_owned(), call), talks_freely, Happening::AddParty));
        }
        all
    }

    /// Somebody is called into the call by way of a queue. The fact does not say by whom: with two agents in it, that is beyond us.
    fn joined_by_queue(&mut self, call: SwitchCallId) -> Vec<(Key, Happening)> {
        let moved = self
            .pairs
            .iter()
            .any(|((_, on), pair)| *on == call && pair.at.is_moving());
        let all = self.where_on(call, |_, pair| !moved && talks_freely(pair.at), Happening::AddParty);
        if all.len() > 1 {
            self.lose(call);
            return Vec::new();
        }
        all
    }

    fn answered(&self, call: SwitchCallId, party: &Party) -> Vec<(Key, Happening)> {
        let happening = if party.is_ivr() {
            Happening::FlowAnswers
        } else {
            Happening::TargetAnswers
        };
        let waits =
            |_: &str, pair: &Pair| (pair.at.customer_at(), pair.at.third()) == (CustomerAt::Target, Third::Called);
        let mut all = self.where_on(call, waits, happening);
        let again = |agent: &str, pair: &Pair| pair.at.agent() == AgentLeg::Rung && party.as_agent() == Some(agent);
        all.extend(self.where_on(call, again, Happening::Answer));
        all
    }

    fn transfer_started(
        &mut self,
        by: &str,
        call: SwitchCallId,
        to: &Party,
        kind: TransferKind,
    ) -> Vec<(Key, Happening)> {
        let happening = match kind {
            TransferKind::Blind => Happening::Blind,
            TransferKind::ReleaseAfter => Happening::ReleaseAfter,
            TransferKind::Suspend => Happening::Suspend,
            TransferKind::Consult | TransferKind::Requeue | TransferKind::IvrRoute => return Vec::new(),
        };
        let key = (by.to_owned(), call);
        self.with(&key, |pair| pair.to = Some(to.clone()));
        self.when(key, |_| true, happening)
    }

    fn transfer_succeeded(
        &self,
        by: &str,
        call: SwitchCallId,
        to: &Party,
        kind: TransferKind,
    ) -> Vec<(Key, Happening)> {
        let happening = match (kind, to) {
            (TransferKind::Suspend, _) => Happening::FlowReturns,
            (TransferKind::ReleaseAfter, Party::Ivr(_)) => Happening::FlowAnswers,
            (TransferKind::ReleaseAfter, Party::Agent(_) | Party::Outside(_) | Party::Queue(_)) => {
                Happening::TargetAnswers
            }
            (TransferKind::Blind | TransferKind::Consult | TransferKind::Requeue | TransferKind::IvrRoute, _) => {
                return Vec::new();
            }
        };
        self.when((by.to_owned(), call), Situation::is_moving, happening)
    }

    fn transfer_failed(
        &self,
        (by, now): (&str, Option<LegState>),
        call: SwitchCallId,
        kind: TransferKind,
        cause: Cause,
    ) -> Vec<(Key, Happening)> {
        let key = (by.to_owned(), call);
        match kind {
            TransferKind::ReleaseAfter | TransferKind::Suspend => {
                let happening = ended_by(cause, now.is_some(), Happening::CancelTransfer);
                self.when(key, Situation::is_moving, happening)
            }
            TransferKind::Blind | TransferKind::Consult | TransferKind::Requeue | TransferKind::IvrRoute => {
                let after = if now == Some(LegState::Alerting) {
                    Aftermath::Back
                } else {
                    Aftermath::Left
                };
                let rings = |at: Situation| (at.customer_at(), at.third()) == (CustomerAt::Target, Third::Called);
                self.when(key, rings, Happening::NotReached(failure(cause), after))
            }
        }
    }

    fn left(
        &self,
        call: SwitchCallId,
        party: &Party,
        (was, cause): (LegState, Cause),
        now: &Now<'_>,
    ) -> Vec<(Key, Happening)> {
        if was == LegState::Alerting {
            let queued = self.calls.get(&call).is_some_and(|call| call.queued);
            let offered = |_: &str, pair: &Pair| {
                queued && (pair.at.customer_at(), pair.at.third()) == (CustomerAt::Target, Third::Called)
            };
            let refused =
                |agent: &str, pair: &Pair| pair.at.agent() == AgentLeg::Rung && party.as_agent() == Some(agent);
            let mut all = self.where_on(call, offered, Happening::BackInQueue);
            let back = if queued {
                Happening::BackInQueue
            } else {
                Happening::AgentLegEnds
            };
            all.extend(self.where_on(call, refused, back));
            return all;
        }
        let mut all = Vec::new();
        for (key, pair) in self.pairs.iter().filter(|(key, _)| key.1 == call) {
            let (agent, at) = (party.as_agent() == Some(key.0.as_str()), pair.at);
            let let_go = cause == Cause::Transferred && matches!(at.on(), Some(Move::Blind | Move::Requeue));
            let with_third = matches!(
                at.customer_at(),
                CustomerAt::Conference | CustomerAt::Gone | CustomerAt::Target
            );
            let happening = if agent && let_go {
                Happening::AgentReleased(self.landed(call, pair.to.as_ref(), now))
            } else if agent && at.agent() != AgentLeg::Out {
                Happening::AgentLegEnds
            } else if *party == pair.customer && at.customer_at() != CustomerAt::Gone {
                Happening::CustomerHangsUp
            } else if pair.third.as_ref() == Some(party) && with_third && at.third() == Third::Answered {
                Happening::TargetHangsUp(Aftermath::Left)
            } else {
                continue;
            };
            all.push((key.clone(), happening));
        }
        all
    }

    /// Where a blind transfer has sent the customer: to a queue that has taken him, into a flow that has answered in the same verb, or on his way.
    fn landed(&self, call: SwitchCallId, to: Option<&Party>, now: &Now<'_>) -> Lands {
        let queued = self.calls.get(&call).is_some_and(|call| call.queued);
        let in_flow = to.is_some_and(|to| to.is_ivr() && now(call, to).is_some_and(|leg| leg != LegState::Alerting));
        match (queued, in_flow) {
            (true, _) => Lands::Queue,
            (false, true) => Lands::Flow,
            (false, false) => Lands::Party,
        }
    }

    fn held(&self, by: &str, call: SwitchCallId) -> Vec<(Key, Happening)> {
        let own = self.when(
            (by.to_owned(), call),
            |at| at.agent() == AgentLeg::Talking,
            Happening::Hold,
        );
        let third = self
            .consult_of(by, call)
            .map(|key| self.when(key, |at| at.third() == Third::Answered, Happening::HoldThird));
        own.into_iter().chain(third.into_iter().flatten()).collect()
    }

    fn retrieved(&self, by: &str, call: SwitchCallId) -> Vec<(Key, Happening)> {
        let own = self.when(
            (by.to_owned(), call),
            |at| at.agent() == AgentLeg::Holding,
            Happening::Retrieve,
        );
        let third = self
            .consult_of(by, call)
            .map(|key| self.when(key, |at| at.third() == Third::Held, Happening::RetrieveThird));
        own.into_iter().chain(third.into_iter().flatten()).collect()
    }

    fn consult_started(
        &mut self,
        by: &str,
        original: SwitchCallId,
        consult: SwitchCallId,
        style: ConsultStyle,
    ) -> Vec<(Key, Happening)> {
        let key = (by.to_owned(), original);
        let two = self.at(by, original).is_some_and(|at| at.third() == Third::None);
        if !two {
            self.pairs.remove(&key);
            return Vec::new();
        }
        self.with(&key, |pair| pair.consult = Some(consult));
        let happening = match style {
            ConsultStyle::Private => Happening::Consult,
            ConsultStyle::ThreeWay => Happening::ConsultThreeWay,
        };
        self.when(key, |_| true, happening)
    }

    fn consult_over(&mut self, by: &str, original: SwitchCallId, happening: Happening) -> Vec<(Key, Happening)> {
        let key = (by.to_owned(), original);
        self.with(&key, |pair| pair.consult = None);
        self.when(key, Situation::is_consulting, happening)
    }

    /// Two calls become one: a consult with its original, or any two, which is beyond the machine unless the agent is out by it.
    fn merged(&mut self, from: SwitchCallId, into: SwitchCallId) -> Vec<(Key, Happening)> {
        let joined = |_: &str, pair: &Pair| pair.consult == Some(from) && pair.at.is_consulting();
        let all = self.where_on(into, joined, Happening::Merge);
        let explained: BTreeSet<&String> = all.iter().map(|(key, _)| &key.0).collect();
        self.pairs.retain(|(agent, call), pair| {
            let consulted = pair.consult == Some(from) || pair.at.agent() == AgentLeg::Out;
            *call != from && (*call != into || consulted || explained.contains(agent))
        });
        all
    }

    fn joined(&mut self, call: SwitchCallId, party: &Party) -> Vec<(Key, Happening)> {
        let adding = |_: &str, pair: &Pair| pair.at.on() == Some(Move::Conference);
        let all = self.where_on(call, adding, Happening::TargetAnswers);
        for (key, _) in &all {
            self.with(key, |pair| pair.third = Some(party.clone()));
        }
        let known = self.calls.get(&call).is_some_and(|call| call.connected.contains(party));
        if all.is_empty() && !known {
            self.lose(call);
        }
        all
    }

    fn not_added(&self, (by, stays): (&str, bool), call: SwitchCallId, cause: Cause) -> Vec<(Key, Happening)> {
        let key = (by.to_owned(), call);
        let mut all = self.when(key.clone(), talks_freely, Happening::AddParty);
        let adding = |at: Situation| at.on() == Some(Move::Conference) || talks_freely(at);
        all.extend(self.when(key, adding, ended_by(cause, stays, Happening::RemoveParty)));
        all
    }

    fn at(&self, agent: &str, call: SwitchCallId) -> Option<Situation> {
        self.pairs.get(&(agent.to_owned(), call)).map(|pair| pair.at)
    }

    fn with(&mut self, key: &Key, change: impl FnOnce(&mut Pair)) {
        if let Some(pair) = self.pairs.get_mut(key) {
            change(pair);
        }
    }

    fn when(&self, key: Key, fits: impl Fn(Situation) -> bool, happening: Happening) -> Vec<(Key, Happening)> {
        let fits = self.pairs.get(&key).is_some_and(|pair| fits(pair.at));
        fits.then_some((key, happening)).into_iter().collect()
    }

    fn where_on(
        &self,
        call: SwitchCallId,
        fits: impl Fn(&str, &Pair) -> bool,
        happening: Happening,
    ) -> Vec<(Key, Happening)> {
        let on = self
            .pairs
            .iter()
            .filter(|((agent, id), pair)| *id == call && fits(agent, pair));
        on.map(|(key, _)| (key.clone(), happening)).collect()
    }

    fn consult_of(&self, by: &str, consult: SwitchCallId) -> Option<Key> {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|((agent, _), pair)| agent == by && pair.consult == Some(consult));
        found.map(|(key, _)| key.clone())
    }

    /// Whether the customer was given back in the same verb.
    fn aftermath(&self, by: &str, original: SwitchCallId, now: &Now<'_>) -> Aftermath {
        let held = self.at(by, original).is_some_and(|at| at.agent() == AgentLeg::Holding);
        if held && now(original, &Party::agent(by)) == Some(LegState::Talking) {
            Aftermath::Back
        } else {
            Aftermath::Left
        }
    }

    fn lose(&mut self, call: SwitchCallId) {
        self.pairs
            .retain(|(_, on), pair| *on != call && pair.consult != Some(call));
    }

    /// Somebody is called into what is a conference already.
    fn lose_crowd(&mut self, call: SwitchCallId) {
        self.pairs
            .retain(|(_, on), pair| *on != call || pair.at.customer_at() != CustomerAt::Conference);
    }
}
