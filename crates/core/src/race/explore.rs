//! Every situation that can come about, found breadth-first, and what must hold in all of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use super::happening::Happening;
use super::situation::{AgentLeg, End, Situation, Third};
use super::table::{Step, after};
use crate::model::LegState;
use crate::receipt::CustomerAt;

/// A table of what each happening makes of each situation.
pub type Table<'a> = dyn Fn(Situation, Happening) -> Option<Step> + 'a;

/// The situations that can come about from [`Situation::talking`], and the steps between them.
#[derive(Debug, Clone)]
pub struct Exploration {
    /// With the shortest way to each.
    pub situations: BTreeMap<Situation, Vec<Happening>>,
    /// Every step: from, by what, to.
    pub steps: Vec<(Situation, Happening, Step)>,
    /// What does not hold, in words, with the way there; empty when the table is right.
    pub broken: Vec<String>,
}

/// Explores the table.
#[must_use]
pub fn explore() -> Exploration {
    explore_table(&after)
}

/// Explores a table of your own, e.g. one with a mistake in it.
#[must_use]
pub fn explore_table(table: &Table<'_>) -> Exploration {
    let start = Situation::talking();
    let mut situations = BTreeMap::from([(start, Vec::new())]);
    let mut steps = Vec::new();
    let mut next = VecDeque::from([(start, Vec::new())]);
    while let Some((at, way)) = next.pop_front() {
        for happening in Happening::all() {
            let Some(step) = table(at, happening) else { continue };
            let mut longer: Vec<Happening> = way.clone();
            longer.push(happening);
            if let Entry::Vacant(new) = situations.entry(step.to) {
                new.insert(longer.clone());
                next.push_back((step.to, longer));
            }
            steps.push((at, happening, step));
        }
    }
    let of_situations = situations
        .iter()
        .flat_map(|(at, way)| broken_in(*at, table).map(move |what| format!("{at}: {what}, after {way:?}")));
    let of_steps = steps
        .iter()
        .flat_map(|(at, happening, step)| broken_by(*at, step).map(move |what| format!("{at} + {happening}: {what}")));
    let broken = of_situations.chain(of_steps).collect();
    Exploration {
        situations,
        steps,
        broken,
    }
}

fn broken_in(at: Situation, table: &Table<'_>) -> impl Iterator<Item = &'static str> {
    let stuck = at.customer != CustomerAt::Gone && at.ways_out_by(table).is_empty();
    let crowded = at.controllers().iter().flatten().count() > 1;
    let unseen = at.customer == CustomerAt::AgentHeld && at.seen_by_agent().original != Some(LegState::Held);
    complaints([
        (stuck, "the customer is stuck"),
        (crowded, "more than one steers the call"),
        (!is_in_one_place(at), "the customer is not in exactly one place"),
        (unseen, "a held customer is not seen as held"),
    ])
}

/// Every word of a situation says the same about where the customer is.
fn is_in_one_place(at: Situation) -> bool {
    match (at.customer, at.agent) {
        (CustomerAt::Agent, AgentLeg::Talking) | (CustomerAt::AgentHeld, AgentLeg::Holding) => true,
        (CustomerAt::Agent, AgentLeg::Rung) => at.third == Third::None,
        (CustomerAt::Target, AgentLeg::Out) => matches!(at.third, Third::Called | Third::Answered),
        (CustomerAt::Queue | CustomerAt::Ivr, AgentLeg::Out) => at.third == Third::None,
        (CustomerAt::Ivr, AgentLeg::Waiting) => at.is_moving(),
        (CustomerAt::Conference, AgentLeg::Talking | AgentLeg::Holding) => at.third == Third::Answered,
        (CustomerAt::Gone, AgentLeg::Out) => true,
        (CustomerAt::Gone, AgentLeg::Talking | AgentLeg::Holding) => at.third == Third::Answered,
        _ => false,
    }
}

fn broken_by(at: Situation, step: &Step) -> impl Iterator<Item = &'static str> {
    let to = step.to;
    let begun = to.is_moving() && !at.is_moving();
    let ended = at.is_moving() && !to.is_moving();
    let switched = at.is_moving() && to.kind != at.kind;
    let changed = !at.is_moving() && !begun && (to.kind, to.end) != (at.kind, at.end);
    let elsewhere = step
        .ending
        .as_ref()
        .is_some_and(|ending| ending.customer != to.customer);
    let lost = at.is_moving() && to.customer == CustomerAt::Gone && to.end == End::Open;
    let returned = at.customer == CustomerAt::Gone && to.customer != CustomerAt::Gone;
    complaints([
        (
            ended != step.ending.is_some(),
            "a move ends without its ending, or ends again",
        ),
        (switched || changed, "a move changes without a command"),
        (elsewhere, "the ending names another place than the customer's"),
        (lost, "the customer is gone and the move is still on"),
        (returned, "a customer who is gone is back"),
    ])
}

fn complaints<const N: usize>(rules: [(bool, &'static str); N]) -> impl Iterator<Item = &'static str> {
    rules.into_iter().filter(|(broken, _)| *broken).map(|(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::{Aftermath, Failure};

    /// What is found when this happening leads there instead.
    fn mistaken(way: &[Happening], by: Happening, there: impl Fn(Situation) -> Situation) -> Vec<String> {
        let follow = |at: Situation, happening: &Happening| at.after(*happening).map(|step| step.to);
        let at = way.iter().try_fold(Situation::talking(), follow).expect("a way");
        let table = |from: Situation, happening: Happening| {
            let step = from.after(happening)?;
            let to = if (from, happening) == (at, by) {
                there(step.to)
            } else {
                step.to
            };
            Some(Step { to, ..step })
        };
        explore_table(&table).broken
    }

    fn has(broken: &[String], what: &str) {
        assert!(broken.iter().any(|line| line.contains(what)), "{what}: {broken:#?}");
    }

    #[test]
    fn an_agent_who_stays_in_a_call_that_the_target_has_taken_is_found() {
        let broken = mistaken(&[Happening::ReleaseAfter], Happening::TargetAnswers, |to| Situation {
            agent: AgentLeg::Talking,
            ..to
        });
        has(&broken, "more than one steers the call");
        has(&broken, "not in exactly one place");
    }

    #[test]
    fn a_customer_who_is_left_with_nobody_is_found() {
        let unanswered = Happening::NotReached(Failure::Busy, Aftermath::Left);
        let way = [
            Happening::Hold,
            Happening::Consult,
            Happening::Complete(crate::race::Lands::Party),
        ];
        let broken = mistaken(&way, unanswered, |to| Situation {
            customer: CustomerAt::Target,
            ..to
        });
        has(&broken, "the customer is stuck");
    }

    #[test]
    fn a_held_customer_whom_nobody_sees_held_is_found() {
        let broken = mistaken(&[], Happening::Hold, |to| Situation {
            agent: AgentLeg::Out,
            ..to
        });
        has(&broken, "a held customer is not seen as held");
    }

    #[test]
    fn a_customer_who_is_gone_while_his_transfer_goes_on_is_found() {
        let broken = mistaken(&[Happening::ReleaseAfter], Happening::CustomerHangsUp, |to| Situation {
            end: End::Open,
            ..to
        });
        has(&broken, "the move is still on");
    }
}
