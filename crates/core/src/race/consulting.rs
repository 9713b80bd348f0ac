//! The consult and its ways on, and the third party when the customer has gone meanwhile.

use super::happening::{Aftermath, Lands};
use super::situation::{AgentLeg, End, Situation, Third};
use super::table::Step;
use crate::receipt::{Cause, CustomerAt};

impl Situation {
    /// Handed over. While the third party still rings, the customer hears it ring, or waits in its queue.
    pub(super) fn complete(self, lands: Lands) -> Option<Step> {
        if !self.is_consulting() {
            return None;
        }
        let third = match self.third {
            Third::Held => Third::Answered,
            third @ (Third::None | Third::Called | Third::Answered) => third,
        };
        let out = Self { third, ..self }.sent_to(lands);
        match (self.third, lands) {
            (Third::Answered | Third::Held, Lands::Queue) => None,
            (_, Lands::Party | Lands::Queue | Lands::Flow) => Some(out.ending(End::Moot, Cause::Normal)),
        }
    }

    pub(super) fn cancel_consult(self, aftermath: Aftermath) -> Option<Step> {
        let alone = Self {
            third: Third::None,
            ..self
        };
        let to = match aftermath {
            _ if !self.is_consulting() => return None,
            Aftermath::Left => alone,
            Aftermath::Back => alone.off_hold(),
        };
        Some(to.failing(Cause::Cancelled))
    }

    /// Either is talking while the other is held.
    pub(super) fn swap(self) -> Option<Step> {
        if !self.is_consulting() {
            return None;
        }
        match (self.agent, self.third) {
            (AgentLeg::Holding, Third::Answered) => {
                let swapped = Self {
                    third: Third::Held,
                    ..self
                };
                Some(swapped.off_hold().plain())
            }
            (AgentLeg::Talking, Third::Held) => {
                let swapped = Self {
                    third: Third::Answered,
                    ..self
                };
                Some(swapped.held_for_third().plain())
            }
            _ => None,
        }
    }

    pub(super) fn merge(self) -> Option<Step> {
        let answered = matches!(self.third, Third::Answered | Third::Held);
        (self.is_consulting() && answered).then(|| self.together().plain())
    }

    /// The agent's leg with the third party, while that is a call of its own: beside the customer's, or left over from it.
    pub(super) fn turn_third(self, from: Third, to: Third) -> Option<Step> {
        let own_call = self.is_consulting() || self.is_left_over();
        let busy = to == Third::Answered && self.agent == AgentLeg::Talking;
        let turned = Self { third: to, ..self };
        (own_call && self.third == from && !busy).then(|| turned.plain())
    }

    pub(super) fn release_third(self) -> Option<Step> {
        let left = Self {
            third: Third::None,
            ..self
        };
        (self.is_left_over() && self.third != Third::None).then(|| left.plain())
    }

    /// The customer of the consult is gone; agent and third party have an ordinary call.
    fn is_left_over(self) -> bool {
        self.customer == CustomerAt::Gone && self.agent == AgentLeg::Out
    }

    pub(super) fn held_for_third(self) -> Self {
        Self {
            customer: CustomerAt::AgentHeld,
            agent: AgentLeg::Holding,
            ..self
        }
    }

    pub(super) fn together(self) -> Self {
        Self {
            customer: CustomerAt::Conference,
            agent: AgentLeg::Talking,
            third: Third::Answered,
            ..self
        }
    }
}
