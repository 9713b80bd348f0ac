//! Everything that can happen to a call relative to one agent: commands when the switch applies them, and acts of parties and of the switch at any time.

use std::fmt;

use crate::receipt::Cause;

/// One thing that happens at the switch. A command happens when the switch applies it, not when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Happening {
    /// Command: the agent takes the call that rings (again).
    Answer,
    /// Command: the agent puts the call on hold.
    Hold,
    /// Command: the agent takes the call back from hold.
    Retrieve,
    /// Command: the agent leaves the call.
    Release,
    /// Command: the agent ends the call for everybody.
    Clear,
    /// Command: blind transfer. The agent is in until [`AgentReleased`](Self::AgentReleased), at some switches in the same instant.
    Blind,
    /// Command: back to a queue; released as with a blind transfer.
    Requeue,
    /// Command: release-after transfer; the target is called while the agent talks on.
    ReleaseAfter,
    /// Command: suspend transfer; the customer is in a flow, the agent waits.
    Suspend,
    /// Command: the running release-after or suspend transfer is taken back.
    CancelTransfer,
    /// Command: private consult; the third party is called. Where the customer is to be on hold meanwhile, a hold goes before it.
    Consult,
    /// Command: the same, all three to hear each other once the third party answers.
    ConsultThreeWay,
    /// Command: the agent hands the customer over to whom he consults, who may still ring, and is out.
    Complete(Lands),
    /// Command: the agent gives the consult up.
    CancelConsult(Aftermath),
    /// Command: the agent talks to the other of the two.
    Swap,
    /// Command: customer, agent and third party are brought together.
    Merge,
    /// Command: the agent puts the third party on hold.
    HoldThird,
    /// Command: the agent takes the third party back from hold.
    RetrieveThird,
    /// Command: the agent leaves the third party, when the customer is gone already.
    ReleaseThird,
    /// Command: a third party is called straight into the call.
    AddParty,
    /// Command: the third party is put out of the conference, or no longer called into it.
    RemoveParty,
    /// The switch lets the agent go who moved the customer blind or back to a queue.
    AgentReleased(Lands),
    /// The queue has somebody's telephone ring for the waiting customer.
    QueueOffers,
    /// The queue has the telephone of the very agent ring who is out of the call.
    QueueChoosesAgent,
    /// Who rang for a queue's call did not take it; it waits again.
    BackInQueue,
    /// The flow gives the customer back to the waiting agent.
    FlowReturns,
    /// The flow in which the customer is alone ends.
    FlowEnds,
    /// The flow in which the customer is alone passes him on.
    FlowPassesOn(Lands),
    /// The customer hangs up.
    CustomerHangsUp,
    /// The target or third party answers.
    TargetAnswers,
    /// The target turns out to be a flow, which takes the customer at once.
    FlowAnswers,
    /// The target or third party is not reached.
    NotReached(Failure, Aftermath),
    /// The third party hangs up after having answered.
    TargetHangsUp(Aftermath),
    /// The agent's leg of the call ends by no command of ours: hung up at the telephone, signed out, line broken.
    AgentLegEnds,
}

/// Whom the customer is with when the agent is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lands {
    /// The target, who rings or talks.
    Party,
    /// A queue.
    Queue,
    /// A flow.
    Flow,
}

/// What becomes of the customer when the third party is lost. Switches differ, and some let the command choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aftermath {
    /// Nothing more: he stays on hold; who is with nobody else has his call ended.
    Left,
    /// The switch gives him back to the agent by itself: off hold, or by ringing the agent again.
    Back,
}

/// Why a target was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// It was busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// It turned the call away.
    Rejected,
    /// It is out of service or not signed in.
    OutOfService,
    /// There is no such destination.
    NoSuchTarget,
    /// The vendor does not say.
    NotTold,
}

impl Failure {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Busy,
        Self::NoAnswer,
        Self::Rejected,
        Self::OutOfService,
        Self::NoSuchTarget,
        Self::NotTold,
    ];

    /// As outcomes say it.
    #[must_use]
    pub fn cause(self) -> Cause {
        match self {
            Self::Busy => Cause::Busy,
            Self::NoAnswer => Cause::NoAnswer,
            Self::Rejected => Cause::Rejected,
            Self::OutOfService => Cause::OutOfService,
            Self::NoSuchTarget => Cause::InvalidDestination,
            Self::NotTold => Cause::Unspecified,
        }
    }
}

const LANDS: [Lands; 3] = [Lands::Party, Lands::Queue, Lands::Flow];
const AFTERMATHS: [Aftermath; 2] = [Aftermath::Left, Aftermath::Back];

impl Happening {
    /// Every happening with every particular.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Answer,
            Self::Hold,
            Self::Retrieve,
            Self::Release,
            Self::Clear,
            Self::Blind,
            Self::Requeue,
            Self::ReleaseAfter,
            Self::Suspend,
            Self::CancelTransfer,
            Self::Consult,
            Self::ConsultThreeWay,
            Self::Swap,
            Self::Merge,
            Self::HoldThird,
            Self::RetrieveThird,
            Self::ReleaseThird,
            Self::AddParty,
            Self::RemoveParty,
            Self::QueueOffers,
            Self::QueueChoosesAgent,
            Self::BackInQueue,
            Self::FlowReturns,
            Self::FlowEnds,
            Self::CustomerHangsUp,
            Self::TargetAnswers,
            Self::FlowAnswers,
            Self::AgentLegEnds,
        ];
        let landing = LANDS.into_iter().flat_map(|lands| {
            [
                Self::Complete(lands),
                Self::AgentReleased(lands),
                Self::FlowPassesOn(lands),
            ]
        });
        let ending = AFTERMATHS
            .into_iter()
            .flat_map(|after| [Self::CancelConsult(after), Self::TargetHangsUp(after)]);
        let failing = Failure::ALL
            .into_iter()
            .flat_map(|failure| AFTERMATHS.map(|after| Self::NotReached(failure, after)));
        plain.into_iter().chain(landing).chain(ending).chain(failing)
    }

    /// A command of the agent's, as opposed to what the others and the switch do of themselves.
    #[must_use]
    pub fn is_command(self) -> bool {
        match self {
            Self::Answer
            | Self::Hold
            | Self::Retrieve
            | Self::Release
            | Self::Clear
            | Self::Blind
            | Self::Requeue
            | Self::ReleaseAfter
            | Self::Suspend
            | Self::CancelTransfer
            | Self::Consult
            | Self::ConsultThreeWay
            | Self::Complete(_)
            | Self::CancelConsult(_)
            | Self::Swap
            | Self::Merge
            | Self::HoldThird
            | Self::RetrieveThird
            | Self::ReleaseThird
            | Self::AddParty
            | Self::RemoveParty => true,
            Self::AgentReleased(_)
            | Self::QueueOffers
            | Self::QueueChoosesAgent
            | Self::BackInQueue
            | Self::FlowReturns
            | Self::FlowEnds
            | Self::FlowPassesOn(_)
            | Self::CustomerHangsUp
            | Self::TargetAnswers
            | Self::FlowAnswers
            | Self::NotReached(..)
            | Self::TargetHangsUp(_)
            | Self::AgentLegEnds => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Hold => "hold",
            Self::Retrieve => "retrieve",
            Self::Release => "release",
            Self::Clear => "clear",
            Self::Blind => "blind transfer",
            Self::Requeue => "requeue",
            Self::ReleaseAfter => "release-after transfer",
            Self::Suspend => "suspend transfer",
            Self::CancelTransfer => "cancel transfer",
            Self::Consult => "consult",
            Self::ConsultThreeWay => "consult three-way",
            Self::Complete(_) => "complete",
            Self::CancelConsult(_) => "cancel consult",
            Self::Swap => "swap",
            Self::Merge => "merge",
            Self::HoldThird => "hold the third party",
            Self::RetrieveThird => "retrieve the third party",
            Self::ReleaseThird => "release the third party",
            Self::AddParty => "add a party",
            Self::RemoveParty => "remove the party",
            Self::AgentReleased(_) => "agent is let go",
            Self::QueueOffers => "queue offers",
            Self::QueueChoosesAgent => "queue chooses the same agent",
            Self::BackInQueue => "back in the queue",
            Self::FlowReturns => "flow returns",
            Self::FlowEnds => "flow ends",
            Self::FlowPassesOn(_) => "flow passes on",
            Self::CustomerHangsUp => "customer hangs up",
            Self::TargetAnswers => "target answers",
            Self::FlowAnswers => "flow answers",
            Self::NotReached(..) => "target not reached",
            Self::TargetHangsUp(_) => "target hangs up",
            Self::AgentLegEnds => "agent's leg ends",
        }
    }
}

/// In the words of docs/races.md; why a target was not reached is left out.
impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())?;
        match self {
            Self::Complete(lands) | Self::AgentReleased(lands) | Self::FlowPassesOn(lands) => match lands {
                Lands::Party => Ok(()),
                Lands::Queue => f.write_str(" (queue)"),
                Lands::Flow => f.write_str(" (flow)"),
            },
            Self::CancelConsult(after) | Self::TargetHangsUp(after) | Self::NotReached(_, after) => match after {
                Aftermath::Left => Ok(()),
                Aftermath::Back => f.write_str(" (customer given back)"),
            },
            _ => Ok(()),
        }
    }
}
