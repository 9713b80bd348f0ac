//! The switch's words in the machine's: where somebody lands, and who or what ended something.

use callcontrol_core::CustomerAt;
use callcontrol_core::race::{Aftermath, AgentLeg, Failure, Happening, Lands, Situation, Third};

use crate::switch::{Cause, Party};

pub(super) fn talks_freely(at: Situation) -> bool {
    let talks = (at.customer_at(), at.agent(), at.third()) == (CustomerAt::Agent, AgentLeg::Talking, Third::None);
    talks && !at.is_moving()
}

pub(super) fn lands(to: &Party) -> Lands {
    match to {
        Party::Agent(_) | Party::Outside(_) => Lands::Party,
        Party::Queue(_) => Lands::Queue,
        Party::Ivr(_) => Lands::Flow,
    }
}

/// Who ended it, by the switch's cause; `cancelled` is what the agent's own taking back is called. Of an agent who stays, another one's leg has ended.
pub(super) fn ended_by(cause: Cause, stays: bool, cancelled: Happening) -> Happening {
    match cause {
        Cause::Cancelled => cancelled,
        Cause::CallerHungUp => Happening::CustomerHangsUp,
        Cause::AgentHungUp | Cause::SignedOut | Cause::Displaced if !stays => Happening::AgentLegEnds,
        Cause::Dropped => Happening::Clear,
        _ => Happening::NotReached(failure(cause), Aftermath::Left),
    }
}

pub(super) fn failure(cause: Cause) -> Failure {
    match cause {
        Cause::Busy => Failure::Busy,
        Cause::NoAnswer => Failure::NoAnswer,
        Cause::Rejected => Failure::Rejected,
        Cause::OutOfService | Cause::SignedOut | Cause::Displaced => Failure::OutOfService,
        Cause::UnknownDestination => Failure::NoSuchTarget,
        _ => Failure::NotTold,
    }
}
