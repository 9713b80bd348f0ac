//! Where customer, agent and third party are, and what can be read off that.

use std::fmt;

use super::happening::Happening;
use crate::model::LegState;
use crate::receipt::CustomerAt;

/// How one customer's call stands relative to one agent who moves it. Small and complete: what may happen next depends on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Situation {
    pub(super) customer: CustomerAt,
    pub(super) agent: AgentLeg,
    pub(super) third: Third,
    pub(super) kind: Move,
    pub(super) end: End,
}

/// The agent's leg of the customer's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentLeg {
    /// Not in it.
    Out,
    /// Rung again for a customer who could not be moved.
    Rung,
    /// Talking.
    Talking,
    /// Has put it on hold.
    Holding,
    /// Waits for a flow to give the customer back.
    Waiting,
}

/// The third party: target, consulted, or to be brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Third {
    /// Nobody.
    None,
    /// Called, also by way of a queue.
    Called,
    /// Talking.
    Answered,
    /// On hold at the agent.
    Held,
}

/// The latest move of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Move {
    /// None yet.
    None,
    /// Blind transfer.
    Blind,
    /// Back to a queue.
    Requeue,
    /// Release-after transfer.
    ReleaseAfter,
    /// Through a flow and back.
    Suspend,
    /// Private consult.
    Consult,
    /// Consult of all three.
    ConsultThreeWay,
    /// A third party called straight into the call.
    Conference,
}

/// Whether and how the latest move ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum End {
    /// It has not; or there is no move.
    Open,
    /// Done.
    Done,
    /// In vain.
    Failed,
    /// A consult handed over before the third party answered: its question, whether it does, has no answer any more.
    Moot,
}

/// Who steers the customer's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Controller {
    /// The agent.
    Agent,
    /// The third party.
    Target,
    /// The queue.
    Queue,
    /// The flow.
    Flow,
}

/// What the agent's own view of the calls shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The leg of the customer's call.
    pub original: Option<LegState>,
    /// The leg of the call to the third party, where that is a call of its own.
    pub third: Option<LegState>,
    /// More than two talk in the customer's call.
    pub conference: bool,
}

impl Situation {
    /// Agent and customer talk.
    #[must_use]
    pub const fn talking() -> Self {
        Self {
            customer: CustomerAt::Agent,
            agent: AgentLeg::Talking,
            third: Third::None,
            kind: Move::None,
            end: End::Open,
        }
    }

    /// The agent holds the customer.
    #[must_use]
    pub const fn holding() -> Self {
        Self {
            customer: CustomerAt::AgentHeld,
            agent: AgentLeg::Holding,
            third: Third::None,
            kind: Move::None,
            end: End::Open,
        }
    }

    /// A private consult stands whose third party has answered, the customer on hold.
    #[must_use]
    pub const fn consulting() -> Self {
        Self {
            customer: CustomerAt::AgentHeld,
            agent: AgentLeg::Holding,
            third: Third::Answered,
            kind: Move::Consult,
            end: End::Done,
        }
    }

    /// Where the customer is.
    #[must_use]
    pub fn customer_at(self) -> CustomerAt {
        self.customer
    }

    /// The agent's leg of the customer's call.
    #[must_use]
    pub fn agent(self) -> AgentLeg {
        self.agent
    }

    /// The third party.
    #[must_use]
    pub fn third(self) -> Third {
        self.third
    }

    /// The latest move.
    #[must_use]
    pub fn latest(self) -> Move {
        self.kind
    }

    /// Whether and how it ended.
    #[must_use]
    pub fn end(self) -> End {
        self.end
    }

    /// A move is on: it has begun and not ended.
    #[must_use]
    pub fn is_moving(self) -> bool {
        self.kind != Move::None && self.end == End::Open
    }

    /// The move that is on.
    #[must_use]
    pub fn on(self) -> Option<Move> {
        self.is_moving().then_some(self.kind)
    }

    /// A consult was begun and the third party is still with the agent, or being called.
    #[must_use]
    pub fn is_consulting(self) -> bool {
        let consult = matches!(self.kind, Move::Consult | Move::ConsultThreeWay);
        consult && self.third != Third::None && matches!(self.customer, CustomerAt::Agent | CustomerAt::AgentHeld)
    }

    /// Who steers the customer's call; `None` while a target only rings, and when he is gone.
    #[must_use]
    pub fn controller(self) -> Option<Controller> {
        self.controllers().into_iter().flatten().next()
    }

    /// Everybody who could claim to steer it: the table is right if that is one at most.
    pub(super) fn controllers(self) -> [Option<Controller>; 4] {
        let here = self.customer != CustomerAt::Gone;
        let agent = here && self.agent != AgentLeg::Out;
        let target = self.customer == CustomerAt::Target && self.third == Third::Answered;
        let flow = self.customer == CustomerAt::Ivr && self.agent != AgentLeg::Waiting;
        [
            agent.then_some(Controller::Agent),
            target.then_some(Controller::Target),
            (self.customer == CustomerAt::Queue).then_some(Controller::Queue),
            flow.then_some(Controller::Flow),
        ]
    }

    /// By what the customer comes out of where he is, other than by hanging up himself.
    #[must_use]
    pub fn ways_out(self) -> Vec<Happening> {
        self.ways_out_by(&super::table::after)
    }

    pub(super) fn ways_out_by(self, table: &super::Table<'_>) -> Vec<Happening> {
        let moves = |happening: &Happening| {
            let step = table(self, *happening);
            step.is_some_and(|step| step.to.customer != self.customer)
        };
        Happening::all()
            .filter(|happening| *happening != Happening::CustomerHangsUp)
            .filter(moves)
            .collect()
    }

    /// What the agent's own view shows.
    #[must_use]
    pub fn seen_by_agent(self) -> Seen {
        let original = match self.agent {
            AgentLeg::Out => None,
            AgentLeg::Rung => Some(LegState::Ringing),
            AgentLeg::Talking => Some(LegState::Talking),
            AgentLeg::Holding => Some(LegState::Held),
            AgentLeg::Waiting => Some(LegState::Suspended),
        };
        let apart = self.is_consulting() || (self.customer == CustomerAt::Gone && self.agent == AgentLeg::Out);
        let third = match self.third {
            Third::Called if apart => Some(LegState::Dialing),
            Third::Answered if apart => Some(LegState::Talking),
            Third::Held if apart => Some(LegState::Held),
            Third::None | Third::Called | Third::Answered | Third::Held => None,
        };
        let conference = self.customer == CustomerAt::Conference;
        Seen {
            original,
            third,
            conference,
        }
    }

    /// The same without what a move that has ended was: what may happen next does not depend on it.
    pub(super) fn shape(self) -> Self {
        match self.end {
            End::Open => self,
            End::Done | End::Failed | End::Moot if self.is_consulting() => self,
            End::Done | End::Failed | End::Moot => Self {
                kind: Move::None,
                end: End::Open,
                ..self
            },
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "customer {}", self.customer)?;
        f.write_str(match self.agent {
            AgentLeg::Out => "",
            AgentLeg::Rung => ", agent rung again",
            AgentLeg::Talking => ", agent talking",
            AgentLeg::Holding => ", agent holding",
            AgentLeg::Waiting => ", agent waiting",
        })?;
        f.write_str(match self.third {
            Third::None => "",
            Third::Called => ", third party called",
            Third::Answered => ", third party talking",
            Third::Held => ", third party on hold",
        })?;
        let kind = match self.kind {
            Move::None => return Ok(()),
            Move::Blind => "blind transfer",
            Move::Requeue => "requeue",
            Move::ReleaseAfter => "release-after transfer",
            Move::Suspend => "suspend transfer",
            Move::Consult => "consult",
            Move::ConsultThreeWay => "consult three-way",
            Move::Conference => "conference",
        };
        let end = match self.end {
            End::Open => "on",
            End::Done => "done",
            End::Failed => "failed",
            End::Moot => "handed over",
        };
        write!(f, ", {kind} {end}")
    }
}
