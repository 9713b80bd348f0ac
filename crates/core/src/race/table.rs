//! The table itself: what each happening makes of each situation, everyday commands and acts first; moves and consults have files of their own.

use super::happening::{Aftermath, Failure, Happening, Lands};
use super::situation::{AgentLeg, End, Move, Situation, Third};
use crate::receipt::{Cause, CustomerAt, Verdict};

/// What a happening leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The situation after it.
    pub to: Situation,
    /// How the move that was on ended by it, if it did.
    pub ending: Option<Ending>,
}

/// How a move ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Done, failed, or unknown where the question has no answer any more.
    pub verdict: Verdict,
    /// Where the customer is then.
    pub customer: CustomerAt,
    /// Why.
    pub cause: Cause,
}

impl Situation {
    /// What this happening makes of this situation; `None` where it cannot happen.
    #[must_use]
    pub fn after(self, happening: Happening) -> Option<Step> {
        after(self, happening)
    }
}

pub(super) fn after(at: Situation, happening: Happening) -> Option<Step> {
    match happening {
        Happening::Answer => at.answer(),
        Happening::Hold => at.hold(),
        Happening::Retrieve => at.retrieve(),
        Happening::Release | Happening::AgentLegEnds => at.agent_leaves(),
        Happening::Clear => at.clear(),
        Happening::Blind => at.begin_called(Move::Blind),
        Happening::Requeue => at.begin_called(Move::Requeue),
        Happening::ReleaseAfter => at.talks_freely().then(|| at.begin_called(Move::ReleaseAfter))?,
        Happening::AddParty => at.talks_freely().then(|| at.begin_called(Move::Conference))?,
        Happening::Suspend => at.suspend(),
        Happening::CancelTransfer => at.cancel_transfer(),
        Happening::Consult => at.begin_called(Move::Consult),
        Happening::ConsultThreeWay => at.begin_called(Move::ConsultThreeWay),
        Happening::Complete(lands) => at.complete(lands),
        Happening::CancelConsult(aftermath) => at.cancel_consult(aftermath),
        Happening::Swap => at.swap(),
        Happening::Merge => at.merge(),
        Happening::HoldThird => at.turn_third(Third::Answered, Third::Held),
        Happening::RetrieveThird => at.turn_third(Third::Held, Third::Answered),
        Happening::ReleaseThird => at.release_third(),
        Happening::RemoveParty => at.remove_party(),
        Happening::AgentReleased(lands) => at.agent_released(lands),
        Happening::QueueOffers => at.queue_offers(),
        Happening::QueueChoosesAgent => at.queue_chooses_agent(),
        Happening::BackInQueue => at.back_in_queue(),
        Happening::FlowReturns => at.flow_returns(),
        Happening::FlowEnds => at.is_alone_in_flow().then(|| at.gone().plain()),
        Happening::FlowPassesOn(lands) => at.is_alone_in_flow().then(|| at.sent_to(lands).plain()),
        Happening::CustomerHangsUp => at.customer_hangs_up(),
        Happening::TargetAnswers => at.target_answers(),
        Happening::FlowAnswers => at.flow_answers(),
        Happening::NotReached(failure, aftermath) => at.not_reached(failure, aftermath),
        Happening::TargetHangsUp(aftermath) => at.target_hangs_up(aftermath),
    }
}

impl Situation {
    fn answer(self) -> Option<Step> {
        (self.agent == AgentLeg::Rung).then(|| self.with_agent().plain())
    }

    /// Not while a target is called for the agent who talks: a switch refuses that, or does it and nothing else changes.
    fn hold(self) -> Option<Step> {
        let waits_for_target = self.is_moving() && !self.is_consulting();
        (self.agent == AgentLeg::Talking && !waits_for_target).then(|| self.on_hold().plain())
    }

    fn retrieve(self) -> Option<Step> {
        let busy = self.is_consulting() && matches!(self.third, Third::Called | Third::Answered);
        let waits_for_target = self.is_moving() && !self.is_consulting();
        let may = self.agent == AgentLeg::Holding && !busy && !waits_for_target;
        may.then(|| self.off_hold().plain())
    }

    /// The agent's leg of the customer's call goes, by command or otherwise. Who is left with nobody is released.
    fn agent_leaves(self) -> Option<Step> {
        let to = match (self.agent, self.customer) {
            (AgentLeg::Out, _) => return None,
            (AgentLeg::Waiting, _) => Self {
                agent: AgentLeg::Out,
                ..self
            },
            (_, CustomerAt::Conference) => Self {
                customer: CustomerAt::Target,
                agent: AgentLeg::Out,
                ..self
            },
            (_, CustomerAt::Gone) => Self {
                agent: AgentLeg::Out,
                third: Third::None,
                ..self
            },
            _ => self.gone(),
        };
        Some(to.failing(Cause::AgentHungUp))
    }

    fn clear(self) -> Option<Step> {
        let may = !matches!(self.agent, AgentLeg::Out | AgentLeg::Rung);
        may.then(|| self.gone().failing(Cause::AgentHungUp))
    }

    /// The third party of a conference and the agent talk on; so do those of a consult, as an ordinary call.
    fn customer_hangs_up(self) -> Option<Step> {
        let to = match self.customer {
            CustomerAt::Gone => return None,
            CustomerAt::Conference => Self {
                customer: CustomerAt::Gone,
                ..self
            },
            _ => self.gone(),
        };
        Some(to.failing(Cause::CustomerHungUp))
    }

    fn target_hangs_up(self, aftermath: Aftermath) -> Option<Step> {
        let answered = matches!(self.third, Third::Answered | Third::Held);
        let alone = Self {
            third: Third::None,
            ..self
        };
        let to = match (self.customer, aftermath) {
            _ if !answered => return None,
            (CustomerAt::Target, Aftermath::Left) => self.gone(),
            (CustomerAt::Conference, Aftermath::Left) if self.agent == AgentLeg::Holding => alone.on_hold(),
            (CustomerAt::Conference, Aftermath::Left) => alone.with_agent(),
            (CustomerAt::Gone, Aftermath::Left) => Self {
                agent: AgentLeg::Out,
                ..alone
            },
            (CustomerAt::Agent | CustomerAt::AgentHeld, Aftermath::Left) => alone,
            (CustomerAt::AgentHeld, Aftermath::Back) => alone.off_hold(),
            _ => return None,
        };
        Some(to.plain())
    }

    /// In talk or holding, with nobody else about and nothing under way.
    pub(super) fn is_free(self) -> bool {
        let has_customer = matches!(self.customer, CustomerAt::Agent | CustomerAt::AgentHeld);
        has_customer && self.agent != AgentLeg::Rung && self.third == Third::None && !self.is_moving()
    }

    pub(super) fn talks_freely(self) -> bool {
        self.is_free() && self.agent == AgentLeg::Talking
    }

    pub(super) fn is_alone_in_flow(self) -> bool {
        self.customer == CustomerAt::Ivr && self.agent == AgentLeg::Out
    }

    /// Off the line; only whom the agent has on a line of its own stays with the agent.
    pub(super) fn gone(self) -> Self {
        let third = if self.is_consulting() { self.third } else { Third::None };
        Self {
            customer: CustomerAt::Gone,
            agent: AgentLeg::Out,
            third,
            ..self
        }
    }

    pub(super) fn with_agent(self) -> Self {
        Self {
            customer: CustomerAt::Agent,
            agent: AgentLeg::Talking,
            ..self
        }
    }

    /// Out of the agent's hands.
    pub(super) fn sent_to(self, lands: Lands) -> Self {
        let (customer, third) = match lands {
            Lands::Party if self.third == Third::None => (CustomerAt::Target, Third::Called),
            Lands::Party => (CustomerAt::Target, self.third),
            Lands::Queue => (CustomerAt::Queue, Third::None),
            Lands::Flow => (CustomerAt::Ivr, Third::None),
        };
        Self {
            customer,
            agent: AgentLeg::Out,
            third,
            ..self
        }
    }

    /// In a conference the others talk on.
    fn on_hold(self) -> Self {
        let customer = match (self.customer, self.third) {
            (CustomerAt::Agent, _) | (CustomerAt::Conference, Third::None) => CustomerAt::AgentHeld,
            (other, _) => other,
        };
        Self {
            customer,
            agent: AgentLeg::Holding,
            ..self
        }
    }

    pub(super) fn off_hold(self) -> Self {
        let customer = match self.customer {
            CustomerAt::AgentHeld => CustomerAt::Agent,
            other => other,
        };
        Self {
            customer,
            agent: AgentLeg::Talking,
            ..self
        }
    }

    /// No move ends by it.
    pub(super) fn plain(self) -> Step {
        Step { to: self, ending: None }
    }

    /// The move that is on, if one is, has failed by it.
    pub(super) fn failing(self, cause: Cause) -> Step {
        self.ending(End::Failed, cause)
    }

    /// The move that is on, if one is, is done by it.
    pub(super) fn doing(self) -> Step {
        self.ending(End::Done, Cause::Normal)
    }

    pub(super) fn ending(self, end: End, cause: Cause) -> Step {
        if !self.is_moving() {
            return self.plain();
        }
        let verdict = match end {
            End::Done => Verdict::Done,
            End::Failed => Verdict::Failed,
            End::Open | End::Moot => Verdict::Unknown,
        };
        let ending = Ending {
            verdict,
            customer: self.customer,
            cause,
        };
        Step {
            to: Self { end, ..self },
            ending: Some(ending),
        }
    }

    pub(super) fn failing_by(self, failure: Failure) -> Step {
        self.failing(failure.cause())
    }
}
