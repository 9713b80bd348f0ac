//! Which state of an agent's leg may follow which by an event: what the hub's reducer lets pass.

use crate::model::LegState;

/// Whether an event of the vendor's may bring a leg from one state into the other. Where it may not, the event is late: a later one has overtaken it.
///
/// A leg that talks or is held does not ring or dial again: it would have to end first. Everything else happens: a waiting call rings, a robot's caller rings at the
/// agent, a suspended customer comes back by ringing or talking, a held call is taken back, and from a state that nobody knows any other may follow.
/// A listing of the vendor's is the truth and asks nobody.
#[must_use]
pub fn leg_may_follow(before: LegState, now: LegState) -> bool {
    let settled = matches!(before, LegState::Talking | LegState::Held);
    let begins = matches!(now, LegState::Ringing | LegState::Dialing);
    !(settled && begins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::explore;

    #[test]
    fn whatever_the_machine_does_the_reducer_lets_pass() {
        let found = explore();
        for (at, happening, step) in found.steps {
            let (before, now) = (at.seen_by_agent(), step.to.seen_by_agent());
            for (before, now) in [(before.original, now.original), (before.third, now.third)] {
                if let (Some(before), Some(now)) = (before, now) {
                    assert!(leg_may_follow(before, now), "{at} + {happening}: {before:?}, {now:?}");
                }
            }
        }
    }
}
