//! The one-command moves: blind and back to a queue, release-after, through a flow and back, and calling somebody straight in.

use super::happening::{Aftermath, Failure, Lands};
use super::situation::{AgentLeg, End, Move, Situation, Third};
use super::table::Step;
use crate::receipt::{Cause, CustomerAt};

impl Situation {
    /// A move or consult begins: somebody is called.
    pub(super) fn begin_called(self, kind: Move) -> Option<Step> {
        let to = Self {
            third: Third::Called,
            kind,
            end: End::Open,
            ..self
        };
        self.is_free().then(|| to.plain())
    }

    pub(super) fn suspend(self) -> Option<Step> {
        let to = Self {
            customer: CustomerAt::Ivr,
            agent: AgentLeg::Waiting,
            kind: Move::Suspend,
            end: End::Open,
            ..self
        };
        self.talks_freely().then(|| to.plain())
    }

    pub(super) fn cancel_transfer(self) -> Option<Step> {
        let alone = Self {
            third: Third::None,
            ..self
        };
        match self.on()? {
            Move::ReleaseAfter | Move::Suspend => Some(alone.with_agent().failing(Cause::Cancelled)),
            Move::None | Move::Blind | Move::Requeue | Move::Consult | Move::ConsultThreeWay | Move::Conference => None,
        }
    }

    /// In a conference the third party is put out; while it is called, it is called off.
    pub(super) fn remove_party(self) -> Option<Step> {
        let alone = Self {
            third: Third::None,
            ..self
        };
        match (self.on(), self.customer) {
            (Some(Move::Conference), _) => Some(alone.failing(Cause::Cancelled)),
            (None, CustomerAt::Conference) if self.agent == AgentLeg::Talking => Some(alone.with_agent().plain()),
            _ => None,
        }
    }

    /// The outcome of a blind move: the agent is out.
    pub(super) fn agent_released(self, lands: Lands) -> Option<Step> {
        let is_blind = matches!(self.on()?, Move::Blind | Move::Requeue);
        is_blind.then(|| self.sent_to(lands).doing())
    }

    pub(super) fn flow_returns(self) -> Option<Step> {
        (self.on()? == Move::Suspend).then(|| self.with_agent().doing())
    }

    pub(super) fn queue_offers(self) -> Option<Step> {
        (self.customer == CustomerAt::Queue).then(|| self.sent_to(Lands::Party).plain())
    }

    pub(super) fn queue_chooses_agent(self) -> Option<Step> {
        (self.customer == CustomerAt::Queue).then(|| self.rung().plain())
    }

    pub(super) fn back_in_queue(self) -> Option<Step> {
        let rings = self.customer == CustomerAt::Target && self.third == Third::Called;
        (rings || self.agent == AgentLeg::Rung).then(|| self.sent_to(Lands::Queue).plain())
    }

    pub(super) fn target_answers(self) -> Option<Step> {
        if self.third != Third::Called {
            return None;
        }
        let answered = Self {
            third: Third::Answered,
            ..self
        };
        Some(match self.on() {
            Some(Move::Blind | Move::Requeue | Move::ReleaseAfter) => answered.sent_to(Lands::Party).doing(),
            Some(Move::Consult) => answered.held_for_third().doing(),
            Some(Move::ConsultThreeWay | Move::Conference) => answered.together().doing(),
            Some(Move::None | Move::Suspend) => return None,
            None => answered.plain(),
        })
    }

    /// A flow takes whoever is sent to it. One that is consulted answers as a person does.
    pub(super) fn flow_answers(self) -> Option<Step> {
        if self.third != Third::Called {
            return None;
        }
        match (self.on(), self.customer) {
            (Some(Move::Blind | Move::Requeue | Move::ReleaseAfter), _) => Some(self.sent_to(Lands::Flow).doing()),
            (None, CustomerAt::Target) => Some(self.sent_to(Lands::Flow).plain()),
            _ => None,
        }
    }

    /// Who asked keeps the customer; who has let him go gets him back, or the call ends.
    pub(super) fn not_reached(self, failure: Failure, aftermath: Aftermath) -> Option<Step> {
        if self.third != Third::Called {
            return None;
        }
        let alone = Self {
            third: Third::None,
            ..self
        };
        match (self.customer, aftermath) {
            (CustomerAt::Target, Aftermath::Left) => Some(alone.gone().plain()),
            (CustomerAt::Target, Aftermath::Back) => Some(alone.rung().plain()),
            (CustomerAt::Agent | CustomerAt::AgentHeld, Aftermath::Left) => Some(alone.failing_by(failure)),
            (CustomerAt::AgentHeld, Aftermath::Back) => Some(alone.off_hold().failing_by(failure)),
            (CustomerAt::Gone, Aftermath::Left) => Some(alone.plain()),
            _ => None,
        }
    }

    fn rung(self) -> Self {
        Self {
            customer: CustomerAt::Agent,
            agent: AgentLeg::Rung,
            ..self
        }
    }
}
