//! Which call a new id belongs to (vendor page, sections 9.3 and 15): when a consult is completed, the consulted agent's call may go on under the original's id,
//! with no word about the old one. Pure.

use callcontrol_core::{CallId, CallView, Direction, LegState};

use crate::expectations::World;
use crate::wire::call::{WireCall, WireState};

/// A colleague asks this agent in it: of type Consult, and without the parent that the colleague's own side names (section 9.3).
pub(crate) fn is_of_a_consult(view: &CallView) -> bool {
    view.direction == Direction::Consult && view.consult_for.is_none()
}

/// A call that may change its id: this agent is consulted in it.
fn is_consulted(view: &CallView) -> bool {
    is_of_a_consult(view) && matches!(view.state, LegState::Talking | LegState::Held | LegState::Unknown)
}

/// An unknown call in full swing, while this agent is consulted in another: perhaps the same call under a new id. Only the server's list can tell.
pub(crate) fn may_be_renamed(told: &WireCall, world: &World) -> bool {
    in_full_swing(told) && world.calls.values().any(is_consulted)
}

/// The call that goes on under a new id, if the list leaves no other reading: one consulted call is gone, one unknown call is there.
/// `is_known` says whether an id was seen before, at whichever agent.
pub(crate) fn renamed(world: &World, listed: &[WireCall], is_known: impl Fn(&str) -> bool) -> Option<(CallId, String)> {
    let is_listed = |view: &CallView| listed.iter().any(|told| told.id == view.native);
    let mut gone = world
        .calls
        .iter()
        .filter(|(_, view)| is_consulted(view) && !is_listed(view));
    let mut new = listed.iter().filter(|told| in_full_swing(told) && !is_known(&told.id));
    match (gone.next(), gone.next(), new.next(), new.next()) {
        (Some((call, _)), None, Some(told), None) => Some((call.clone(), told.id.clone())),
        _ => None,
    }
}

fn in_full_swing(told: &WireCall) -> bool {
    matches!(told.state, WireState::Established | WireState::Held) && told.consults_for().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(id: &str, state: &str) -> WireCall {
        WireCall::read(&json!({"id": id, "state": state, "callType": "Inbound"})).expect("a call")
    }

    fn consulted() -> World {
        let mut view = CallView::new("B", LegState::Talking);
        view.direction = Direction::Consult;
        let mut world = World::default();
        world.calls.insert(CallId::new("ours").expect("valid"), view);
        world
    }

    #[test]
    fn a_consulted_call_that_vanished_goes_on_as_the_one_that_appeared() {
        let known = |id: &str| id == "B";
        let found = renamed(&consulted(), &[told("A", "Established")], known);
        assert_eq!(found, Some((CallId::new("ours").expect("valid"), "A".into())));
        assert!(may_be_renamed(&told("A", "Established"), &consulted()));
        assert!(
            !may_be_renamed(&told("A", "Ringing"), &consulted()),
            "a second call rings"
        );
    }

    #[test]
    fn where_two_readings_are_possible_nothing_is_renamed() {
        let known = |id: &str| id == "B";
        let world = consulted();
        assert_eq!(
            renamed(&world, &[told("B", "Established"), told("A", "Held")], known),
            None
        );
        assert_eq!(
            renamed(&world, &[told("A", "Held"), told("C", "Established")], known),
            None
        );
        assert_eq!(
            renamed(&world, &[told("A", "Established")], |_| true),
            None,
            "another agent's call"
        );
        assert_eq!(renamed(&World::default(), &[told("A", "Established")], known), None);
    }
}
