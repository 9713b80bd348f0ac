//! What really is, and whether the application's view says the same.

use std::collections::BTreeMap;

use callcontrol::{CallId, LegState, SessionView};
use callcontrol_testkit::switch::{self, Party, SharedSwitch};

/// The agent's legs at the switch, sorted, in the contract's words.
#[must_use]
pub fn legs_at_switch(switch: &SharedSwitch, agent: &str) -> Vec<&'static str> {
    let me = Party::agent(agent);
    let calls = switch.calls_of(&me);
    let mut legs: Vec<&'static str> = calls
        .iter()
        .filter_map(|call| call.state_of(&me))
        .map(|state| match state {
            switch::LegState::Alerting => RINGING,
            switch::LegState::Dialing => UNDER_WAY,
            // A target that answered by itself (a queue, a flow) is for an agent who dialled it still somebody not reached, or already a talk: vendors differ.
            switch::LegState::Waiting | switch::LegState::InIvr => MACHINE,
            switch::LegState::Talking => TALKING,
            switch::LegState::Held => HELD,
            switch::LegState::Parked => SUSPENDED,
        })
        .collect();
    legs.sort_unstable();
    legs
}

/// The session's legs as the view has them, sorted, without calls that only wait in a queue.
#[must_use]
pub fn legs_in_view(view: &SessionView) -> Vec<&'static str> {
    legs_of(view.calls.values().map(|call| call.state))
}

/// As [`legs_in_view`], of bare states.
#[must_use]
pub fn legs_of(states: impl Iterator<Item = LegState>) -> Vec<&'static str> {
    let mut legs: Vec<&'static str> = states.filter_map(word).collect();
    legs.sort_unstable();
    legs
}

/// Whether a view agrees with the switch. A leg of which the view says that it does not know its state agrees with any.
#[must_use]
pub fn agrees(seen: &[&'static str], truth: &[&'static str]) -> bool {
    let mut left = truth.to_vec();
    for leg in seen.iter().filter(|leg| **leg != UNKNOWN) {
        let exact = left.iter().position(|other| other == leg);
        let machine = || {
            left.iter()
                .position(|other| *other == MACHINE && [UNDER_WAY, TALKING].contains(leg))
        };
        match exact.or_else(machine) {
            Some(at) => drop(left.swap_remove(at)),
            None => return false,
        }
    }
    left.len() == seen.iter().filter(|leg| **leg == UNKNOWN).count()
}

/// The first call of which a reader has another idea than the snapshot.
#[must_use]
pub fn difference(seen: &BTreeMap<CallId, LegState>, calls: &BTreeMap<CallId, LegState>) -> Option<String> {
    let call = seen
        .keys()
        .chain(calls.keys())
        .find(|call| seen.get(*call) != calls.get(*call))?;
    let word = |state: Option<&LegState>| state.map_or_else(|| "no such call".to_owned(), |state| format!("{state:?}"));
    Some(format!(
        "has {}, the snapshot says {}",
        word(seen.get(call)),
        word(calls.get(call))
    ))
}

fn word(state: LegState) -> Option<&'static str> {
    match state {
        LegState::Ringing => Some(RINGING),
        LegState::Dialing => Some(UNDER_WAY),
        LegState::Talking => Some(TALKING),
        LegState::Held => Some(HELD),
        LegState::Suspended => Some(SUSPENDED),
        LegState::Waiting | LegState::Robot(_) => None,
        _ => Some(UNKNOWN),
    }
}

const UNKNOWN: &str = "unknown";
const RINGING: &str = "ringing";
const UNDER_WAY: &str = "dialing";
const MACHINE: &str = "with a machine";
const TALKING: &str = "talking";
const HELD: &str = "held";
const SUSPENDED: &str = "suspended";
