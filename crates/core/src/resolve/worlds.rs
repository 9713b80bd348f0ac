//! The possible worlds of one operation: every situation that its command and the acts of the others lead to, and what those that fit a look at the session agree on.

use std::collections::{BTreeMap, VecDeque};

use super::commands::{self, Commands};
use crate::capability::Operation;
use crate::hub::{Leg, Legs, Origin};
use crate::id::CallId;
use crate::model::{Direction, LegState};
use crate::race::{Happening, Seen, Situation, explore};
use crate::receipt::{Cause, CustomerAt, Outcome, Verdict};

/// What a look at the session tells of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// What became of it, if all possible worlds agree.
    pub(super) outcome: Option<Outcome>,
    /// Where the customer is, if they agree on that.
    pub(super) customer: CustomerAt,
}

impl Reading {
    fn nothing() -> Self {
        Self {
            outcome: None,
            customer: CustomerAt::Unknown,
        }
    }
}

/// Reads a look at the session.
pub(super) fn read(origin: &Origin, seen: &Legs) -> Reading {
    let pending = &origin.pending;
    if origin.is_crowded() {
        return Reading::nothing();
    }
    let outcome = match (pending.operation, &pending.call) {
        (Operation::Dial, _) => dialled(&origin.legs, seen),
        (Operation::Mute, Some(call)) => muted(&origin.legs, seen, call, true),
        (Operation::Unmute, Some(call)) => muted(&origin.legs, seen, call, false),
        (operation, Some(call)) => {
            return moved(operation, call, &origin.legs, seen).unwrap_or_else(Reading::nothing);
        }
        (_, None) => None,
    };
    let customer = outcome.as_ref().map_or(CustomerAt::Unknown, |outcome| outcome.customer);
    Reading { outcome, customer }
}

/// Exactly one outgoing call is there that was not, and its far side has answered.
fn dialled(before: &Legs, seen: &Legs) -> Option<Outcome> {
    let mut new = seen.iter().filter(|leg| before.get(&leg.call).is_none());
    let (Some(leg), None) = (new.next(), new.next()) else {
        return None;
    };
    let answered = leg.direction == Direction::Outbound && leg.state == LegState::Talking;
    answered.then(|| Outcome::done(CustomerAt::Agent))
}

fn muted(before: &Legs, seen: &Legs, call: &CallId, wanted: bool) -> Option<Outcome> {
    let (was, is) = (before.get(call)?, seen.get(call)?);
    let turned = was.muted != wanted && is.muted == wanted;
    turned.then(|| Outcome::done(place(is)))
}

fn place(leg: &Leg) -> CustomerAt {
    match leg.state {
        _ if leg.conference => CustomerAt::Conference,
        LegState::Talking => CustomerAt::Agent,
        LegState::Held => CustomerAt::AgentHeld,
        LegState::Suspended => CustomerAt::Ivr,
        LegState::Ringing | LegState::Dialing | LegState::Waiting | LegState::Robot(_) | LegState::Unknown => {
            CustomerAt::Unknown
        }
    }
}

fn moved(operation: Operation, call: &CallId, before: &Legs, seen: &Legs) -> Option<Reading> {
    let commands = commands::of(operation)?;
    let third = third_of(call, before, None)?;
    let now = third_of(call, seen, third)?;
    let strange = |leg: &&Leg| {
        let known = before.get(&leg.call).is_some() || Some(*leg) == now;
        !known && !matches!(leg.state, LegState::Ringing | LegState::Waiting)
    };
    if seen.iter().any(|leg| strange(&leg)) {
        return None;
    }
    let (was, is) = (picture(before.get(call), third)?, picture(seen.get(call), now)?);
    let worlds = Worlds::of(&commands, was).fitting(is);
    Some(agreed(&commands, &worlds))
}

/// The leg of the third party, where it is a call of its own; `Some(None)` without one, `None` where it is not clear which it is.
fn third_of<'a>(call: &CallId, legs: &'a Legs, before: Option<&Leg>) -> Option<Option<&'a Leg>> {
    let is_third =
        |leg: &&Leg| leg.consult_for.as_ref() == Some(call) || before.is_some_and(|before| before.call == leg.call);
    let mut found = legs.iter().filter(is_third);
    let third = found.next();
    found.next().is_none().then_some(third)
}

/// What is seen, if every state of it is one that a situation can show.
fn picture(original: Option<&Leg>, third: Option<&Leg>) -> Option<Seen> {
    let readable = |leg: &&Leg| {
        matches!(
            leg.state,
            LegState::Ringing | LegState::Dialing | LegState::Talking | LegState::Held | LegState::Suspended
        )
    };
    let all = original.iter().chain(third.iter()).all(readable);
    all.then(|| Seen {
        original: original.map(|leg| leg.state),
        third: third.map(|leg| leg.state),
        conference: original.is_some_and(|leg| leg.conference),
    })
}

/// What has become of the operation in one world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Its command has not been applied.
    Ahead,
    /// It has, and its move is on.
    On,
    Done,
    Failed,
    Moot,
}

type World = (Situation, Fate);

struct Worlds(BTreeMap<World, Option<Cause>>);

impl Worlds {
    /// From every situation that looked so and lets the command be applied, by the command once and by the others at any time.
    /// Whoever is at the other end of the call counts as its customer.
    fn of(commands: &Commands, before: Seen) -> Self {
        let fits = |at: &Situation| {
            at.customer_at() != CustomerAt::Gone
                && at.seen_by_agent() == before
                && commands.main.iter().any(|main| at.after(*main).is_some())
        };
        let starts = explore().situations.into_keys().filter(fits);
        let mut known: BTreeMap<World, Option<Cause>> = starts.map(|at| ((at, Fate::Ahead), None)).collect();
        let mut next: VecDeque<World> = known.keys().copied().collect();
        while let Some((at, fate)) = next.pop_front() {
            for (world, cause) in commands.steps(at, fate) {
                let cause = cause.or_else(|| known.get(&(at, fate)).cloned().flatten());
                match known.get_mut(&world) {
                    // Two ways into one world by different causes: which of them is not told.
                    Some(before) if *before != cause => *before = Some(Cause::Unspecified),
                    Some(_) => {}
                    None => {
                        known.insert(world, cause);
                        next.push_back(world);
                    }
                }
            }
        }
        Self(known)
    }

    fn fitting(mut self, seen: Seen) -> Self {
        self.0.retain(|(at, _), _| is_seen_as(*at, seen));
        self
    }
}

/// A listing that does not say *conference* may still mean one: not every vendor tells.
fn is_seen_as(at: Situation, seen: Seen) -> bool {
    let shows = at.seen_by_agent();
    (shows.original, shows.third) == (seen.original, seen.third) && (shows.conference || !seen.conference)
}

impl Commands {
    fn steps(&self, at: Situation, fate: Fate) -> Vec<(World, Option<Cause>)> {
        let theirs = Happening::all().filter(|happening| !happening.is_command());
        let before = self.first.iter().copied().filter(|_| fate == Fate::Ahead);
        let beside = theirs.chain(before).filter_map(|happening| {
            let step = at.after(happening)?;
            let ended = step.ending.as_ref();
            let cause = ended.map(|ending| ending.cause.clone());
            let fate = match (fate, ended) {
                (Fate::On, Some(ending)) => Fate::of(ending.verdict),
                (fate, _) => fate,
            };
            Some(((step.to, fate), cause))
        });
        let main = self.main.iter().filter(|_| fate == Fate::Ahead).filter_map(|main| {
            let step = at.after(*main)?;
            let fate = if self.at_once { Fate::Done } else { Fate::On };
            Some(((step.to, fate), None))
        });
        beside.chain(main).collect()
    }

    /// The command can still be applied, now or after what the others do.
    fn is_ahead(&self, at: Situation) -> bool {
        let mut seen = vec![at];
        let mut looked = 0;
        while let Some(at) = seen.get(looked).copied() {
            looked += 1;
            if self.main.iter().any(|main| at.after(*main).is_some()) {
                return true;
            }
            let others = Happening::all().filter(|happening| !happening.is_command() || self.first.contains(happening));
            for step in others.filter_map(|happening| at.after(happening)) {
                if !seen.contains(&step.to) {
                    seen.push(step.to);
                }
            }
        }
        false
    }
}

impl Fate {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Failed => Self::Failed,
            Verdict::Unknown => Self::Moot,
        }
    }
}

fn agreed(commands: &Commands, worlds: &Worlds) -> Reading {
    let verdict = |(at, fate): &World| match fate {
        Fate::Done => Verdict::Done,
        Fate::Failed => Verdict::Failed,
        Fate::Ahead if !commands.is_ahead(*at) => Verdict::Failed,
        Fate::Ahead | Fate::On | Fate::Moot => Verdict::Unknown,
    };
    let customer = same(worlds.0.keys().map(|(at, _)| at.customer_at())).unwrap_or(CustomerAt::Unknown);
    let cause = same(worlds.0.values().cloned()).flatten();
    let outcome = match same(worlds.0.keys().map(verdict)) {
        Some(Verdict::Done) => Some(Outcome::done(customer)),
        Some(Verdict::Failed) => Some(Outcome::failed(cause.unwrap_or(Cause::Unspecified), customer)),
        Some(Verdict::Unknown) | None => None,
    };
    Reading { outcome, customer }
}

/// What all say, if there is anybody and they say the same.
fn same<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}
