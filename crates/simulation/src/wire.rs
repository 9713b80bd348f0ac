//! What goes wrong between adapter and simulator: the transport's mischief, decided by a plan that can be changed while the world runs,
//! and a record of every request that met it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_http::{Attempt, Bytes, Mischief, NotSent, RequestKind, Trick};

use crate::dice::Dice;

/// The line between adapter and simulator; clones are the same line.
#[derive(Debug, Clone, Default)]
pub struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    plan: Plan,
    counts: Counts,
    cut: Vec<String>,
    /// More requests than this are a loop that never rests.
    most: Option<u64>,
}

/// What goes wrong from now on.
#[derive(Debug, Clone, Default)]
pub enum Plan {
    /// Nothing.
    #[default]
    Calm,
    /// This happens to one request that is no poll: the one with `skip` others before it.
    CutOne {
        /// How many are let through first.
        skip: usize,
        /// What happens to it.
        trick: Trick,
    },
    /// These happen to the next polls, one each.
    Polls(VecDeque<Trick>),
    /// No connection can be made.
    Down,
    /// Everything that is no poll is answered with 503.
    Storm,
    /// At random.
    Mix(Mix, Box<Dice>),
}

/// How often what goes wrong, in a thousand requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mix {
    /// Commands and queries that provably were not sent.
    pub not_sent: u32,
    /// Commands and queries whose fate nobody knows (rows 3 to 7 of the catalogue).
    pub ambiguous: u32,
    /// Polls that are lost on the way there or back, or come late.
    pub polls: u32,
}

/// What went over the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests that were no polls.
    pub requests: u64,
    /// Polls.
    pub polls: u64,
    /// Requests, polls included, that provably were not sent.
    pub not_sent: u64,
    /// Requests that were no polls and met something after which nobody knows what happened.
    pub ambiguous: u64,
    /// Polls that met something.
    pub polls_hurt: u64,
}

impl Wire {
    /// From now on this goes wrong.
    pub fn plan(&self, plan: Plan) {
        self.lock().plan = plan;
    }

    /// What went over the line so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// The requests that a [`Plan::CutOne`] struck, by method and path template.
    #[must_use]
    pub fn struck(&self) -> Vec<String> {
        self.lock().cut.clone()
    }

    /// Lets at most so many requests through. What comes after is lost on the way, so that time goes on and whoever asks without rest is found.
    pub fn at_most(&self, requests: u64) {
        self.lock().most = Some(requests);
    }

    /// Whether more was asked than [`at_most`](Self::at_most) allows.
    #[must_use]
    pub fn is_run_away(&self) -> bool {
        self.lock().is_run_away()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mischief for Wire {
    fn trick(&self, attempt: &Attempt<'_>) -> Trick {
        let mut state = self.lock();
        let is_poll = attempt.request.kind() == RequestKind::LongPoll;
        let trick = if state.is_run_away() {
            Trick::DropRequest
        } else {
            state.plan.next(is_poll)
        };
        if !is_poll && trick != Trick::Pass {
            let words = format!(
                "{:?} {}",
                attempt.request.method(),
                attempt.request.path().path_and_query()
            );
            if state.cut.len() < CUT_KEPT {
                state.cut.push(words);
            }
        }
        state.counts.note(is_poll, &trick);
        trick
    }
}

impl State {
    fn is_run_away(&self) -> bool {
        self.most
            .is_some_and(|most| self.counts.requests + self.counts.polls > most)
    }
}

impl Plan {
    fn next(&mut self, is_poll: bool) -> Trick {
        match self {
            Self::Calm => Trick::Pass,
            Self::CutOne { skip, trick } if !is_poll => match skip.checked_sub(1) {
                Some(left) => {
                    *skip = left;
                    Trick::Pass
                }
                None => {
                    let trick = trick.clone();
                    *self = Self::Calm;
                    trick
                }
            },
            Self::CutOne { .. } => Trick::Pass,
            Self::Polls(tricks) if is_poll => tricks.pop_front().unwrap_or(Trick::Pass),
            Self::Polls(_) => Trick::Pass,
            Self::Down => Trick::NotSent(NotSent::Refused),
            Self::Storm if is_poll => Trick::Pass,
            Self::Storm => unavailable(),
            Self::Mix(mix, dice) => mix.next(dice, is_poll),
        }
    }
}

impl Mix {
    /// Nothing goes wrong.
    pub const CALM: Self = Self {
        not_sent: 0,
        ambiguous: 0,
        polls: 0,
    };

    /// Commands are refused or lost; events flow.
    pub const AMBIGUOUS: Self = Self {
        not_sent: 20,
        ambiguous: 120,
        polls: 0,
    };

    /// The event link suffers.
    pub const EVENTS: Self = Self {
        not_sent: 0,
        ambiguous: 0,
        polls: 60,
    };

    /// Everything suffers.
    pub const FULL: Self = Self {
        not_sent: 20,
        ambiguous: 50,
        polls: 20,
    };

    fn next(self, dice: &mut Dice, is_poll: bool) -> Trick {
        if is_poll {
            return if dice.permille(self.polls) {
                poll_trick(dice)
            } else {
                Trick::Pass
            };
        }
        if dice.permille(self.not_sent) {
            return Trick::NotSent(NotSent::Refused);
        }
        if dice.permille(self.ambiguous) {
            ambiguous_trick(dice)
        } else {
            Trick::Pass
        }
    }
}

impl Counts {
    fn note(&mut self, is_poll: bool, trick: &Trick) {
        if is_poll {
            self.polls += 1;
            self.polls_hurt += u64::from(*trick != Trick::Pass);
        } else {
            self.requests += 1;
        }
        match trick {
            Trick::NotSent(_) => self.not_sent += 1,
            Trick::Pass | Trick::DelayReply(_) | Trick::Answer { .. } => {}
            _ if is_poll => {}
            _ => self.ambiguous += 1,
        }
    }
}

/// Rows 3 to 7 of the catalogue.
fn ambiguous_trick(dice: &mut Dice) -> Trick {
    match dice.below(8) {
        0 => Trick::CutRequest,
        1 => Trick::DropRequest,
        2 => Trick::DelayRequest(dice.between(Duration::from_millis(50), Duration::from_secs(25))),
        3 => Trick::DropReply,
        4 => Trick::Reset,
        5 => Trick::DelayReply(dice.between(Duration::from_millis(50), Duration::from_secs(15))),
        6 => Trick::StallBody,
        _ => Trick::CutBody,
    }
}

fn poll_trick(dice: &mut Dice) -> Trick {
    match dice.below(6) {
        0 => Trick::NotSent(NotSent::Refused),
        1 => Trick::CutRequest,
        2 => Trick::Reset,
        3 => Trick::CutBody,
        4 => Trick::DelayReply(dice.between(Duration::from_millis(50), Duration::from_secs(8))),
        _ => unavailable(),
    }
}

/// What a proxy says when the server behind it is away.
#[must_use]
pub fn unavailable() -> Trick {
    Trick::Answer {
        status: 503,
        content_type: "text/html",
        body: Bytes::from_static(b"<html><body>Service unavailable</body></html>"),
    }
}

const CUT_KEPT: usize = 64;
