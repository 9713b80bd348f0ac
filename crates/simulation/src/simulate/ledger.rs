//! The book of a day: every command that was given, what was said of it, and whether the switch's journal agrees.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol::{Command, ConsultRef, Effect, Outcome, OutcomeHandle, Reply, SessionId, Verdict, dispatch};
use callcontrol_testkit::switch::{Party, SwitchCallId, SwitchEvent};
use tokio::time::{Instant, sleep};

use crate::world::{DEADLINE, World};

/// What a command is called in the book, and how the journal shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) is_effect: fn(&str, &SwitchEvent) -> bool,
    /// It moves the customer to somebody else.
    pub(crate) moves: bool,
    /// Events or queries can show at this vendor what became of it.
    pub(crate) has_evidence: bool,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Commands given.
    pub ops: u64,
    /// Of these, settled as done.
    pub done: u64,
    /// Settled as failed.
    pub failed: u64,
    /// Refused with nothing done.
    pub refused: u64,
    /// First unknown, although there is evidence to be had.
    pub ambiguous: u64,
    /// Of these, told later by the outcome.
    pub late: u64,
    /// Of these, shown by a fresh snapshot that says what the switch says.
    pub by_snapshot: u64,
    /// Unknown by contract: no vendor evidence exists.
    pub by_contract: u64,
    /// Effects at the switch beyond the commands given.
    pub twice: u64,
    /// What was said and is not so, in words.
    pub wrong: Vec<String>,
    /// Unknown to the end although evidence was there, in words.
    pub unresolved: Vec<String>,
    /// The longest answer, as a part of its deadline.
    pub worst_deadline: f64,
    /// Events that the day's reader got.
    pub events: u64,
    /// Gaps that it was told of.
    pub gaps: u64,
    /// Sign-ins that agents had to repeat themselves.
    pub signed_in_again: u64,
}

/// The book.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    sums: Sums,
    hash: DefaultHasher,
    /// Moves that may have reached the switch, by call and agent.
    moves: BTreeMap<(SwitchCallId, String), u64>,
    /// Until when a late request of this kind may still arrive, by agent and kind.
    afloat: BTreeMap<(String, &'static str), Instant>,
}

/// How a command ended, as far as the person who gave it cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    Failed,
    Refused,
    Unknown,
}

impl Ledger {
    pub(crate) fn sums(&self) -> Sums {
        self.lock().sums.clone()
    }

    pub(crate) fn events(&self, events: u64, gaps: u64) {
        let mut book = self.lock();
        book.sums.events += events;
        book.sums.gaps += gaps;
    }

    pub(crate) fn signed_in_again(&self) {
        self.lock().sums.signed_in_again += 1;
    }

    /// What was said of all commands, in order, as one number.
    pub(crate) fn hash(&self) -> u64 {
        self.lock().hash.finish()
    }

    /// Gives a command, waits for its end, and holds it against the journal.
    pub(crate) async fn give(&self, world: &World, me: &str, act: Act, command: Command) -> Ended {
        self.give_consult(world, me, act, command).await.0
    }

    /// As [`give`](Self::give); of a consult also what the next steps refer to.
    pub(crate) async fn give_consult(
        &self,
        world: &World,
        me: &str,
        act: Act,
        command: Command,
    ) -> (Ended, Option<ConsultRef>) {
        let call = world.switch.active_call(me);
        let calls = world
            .switch
            .calls_of(&Party::agent(me))
            .iter()
            .map(|call| call.id)
            .collect();
        let mark = world.switch.with(|switch| switch.journal().next_seq());
        let session = command.session().cloned();
        let cx = world.cx(DEADLINE);
        let started = Instant::now();
        let reply = dispatch(&*world.control, command, &cx).await;
        let took = started.elapsed();
        let (said, refused) = match &reply {
            Err(error) if error.effect() == Effect::None => (None, true),
            Err(_) => (world.control.outcome_of(&cx.op), false),
            Ok(reply) => (handle_of(reply), false),
        };
        let first = match &said {
            Some(handle) => Some(handle.wait().await),
            None => None,
        };
        let case = Case {
            world,
            me,
            act,
            session: session.as_ref(),
            call,
            calls,
            mark,
            first: first.as_ref(),
            refused,
            late: reply.is_err() || first.as_ref().is_some_and(|outcome| outcome.late),
            error: reply.as_ref().err(),
        };
        self.note(&case, took);
        let ended = self.settle(&case, said.as_ref()).await;
        self.lock().trace(&format!("{me} {} {ended:?} {:?}", act.name, first));
        let consult = match reply {
            Ok(Reply::Consult(started)) => Some(started.consult),
            Ok(_) | Err(_) => None,
        };
        (ended, consult)
    }

    fn note(&self, case: &Case<'_>, took: Duration) {
        let mut book = self.lock();
        book.sums.ops += 1;
        let part = took.as_secs_f64() / DEADLINE.as_secs_f64();
        book.sums.worst_deadline = book.sums.worst_deadline.max(part);
        if case.act.moves && !case.refused {
            // A consult is completed in the consult and moves the customer of another call: each call that the agent was in counts.
            for call in &case.calls {
                *book.moves.entry((*call, case.me.to_owned())).or_default() += 1;
            }
        }
        if !case.refused {
            let until = Instant::now() + AFLOAT;
            book.afloat.insert((case.me.to_owned(), case.act.name), until);
        }
    }

    async fn settle(&self, case: &Case<'_>, said: Option<&OutcomeHandle>) -> Ended {
        if case.refused {
            self.refused(case);
            return Ended::Refused;
        }
        match case.first.map(|outcome| outcome.verdict) {
            Some(Verdict::Done) => self.done(case),
            Some(Verdict::Failed) => self.failed(case),
            Some(Verdict::Unknown) | None => self.unknown(case, said).await,
        }
    }

    fn refused(&self, case: &Case<'_>) {
        let effects = case.effects();
        let mut book = self.lock();
        book.sums.refused += 1;
        if effects > 0 && !book.is_afloat(case) {
            let error = case.error.map(ToString::to_string).unwrap_or_default();
            book.wrong(format!(
                "{} {}: refused ({error}), but the switch did it",
                case.me, case.act.name
            ));
        }
    }

    fn done(&self, case: &Case<'_>) -> Ended {
        let effects = case.effects();
        let mut book = self.lock();
        book.sums.done += 1;
        book.sums.ambiguous += u64::from(case.late);
        book.sums.late += u64::from(case.late);
        book.landed(case);
        if effects == 0 {
            book.wrong(format!(
                "{} {} on {:?}: done, but the switch did not do it",
                case.me, case.act.name, case.call
            ));
        }
        Ended::Done
    }

    fn failed(&self, case: &Case<'_>) -> Ended {
        let effects = case.effects();
        let mut book = self.lock();
        book.sums.failed += 1;
        book.sums.ambiguous += u64::from(case.late);
        book.sums.late += u64::from(case.late);
        if effects > 0 && case.act.moves {
            let first = case.first.map(ToString::to_string).unwrap_or_default();
            book.wrong(format!(
                "{} {} on {:?}: {first}, but the switch did it",
                case.me, case.act.name, case.call
            ));
        }
        Ended::Failed
    }

    async fn unknown(&self, case: &Case<'_>, said: Option<&OutcomeHandle>) -> Ended {
        if !case.act.has_evidence {
            self.lock().sums.by_contract += 1;
            return Ended::Unknown;
        }
        self.lock().sums.ambiguous += 1;
        sleep(RESOLVE).await;
        let later = said
            .and_then(OutcomeHandle::peek)
            .filter(|outcome| outcome.verdict != Verdict::Unknown);
        if let Some(later) = later {
            let effects = case.effects();
            let mut book = self.lock();
            book.sums.late += 1;
            if (later.verdict == Verdict::Done) != (effects > 0) && (case.act.moves || effects == 0) {
                book.wrong(format!(
                    "{} {}: later {later}, the switch did it {effects} times",
                    case.me, case.act.name
                ));
            }
            return Ended::Unknown;
        }
        let shown = match case.session {
            Some(session) => super::agent::sees_the_truth(case.world, session, case.me).await,
            None => false,
        };
        let mut book = self.lock();
        if shown {
            book.sums.by_snapshot += 1;
        } else {
            let words = format!(
                "{} {} on {:?}: unknown, and no snapshot shows it",
                case.me, case.act.name, case.call
            );
            book.sums.unresolved.push(words);
        }
        Ended::Unknown
    }

    /// Once the day is over: moves at the switch beyond those that were asked for.
    pub(crate) fn count_moves(&self, world: &World) {
        let mut at_switch: BTreeMap<(SwitchCallId, String), u64> = BTreeMap::new();
        world.switch.with(|switch| {
            for fact in switch.journal().facts() {
                if let SwitchEvent::Moved { call, by: Some(by), .. } = fact {
                    *at_switch.entry((*call, by.clone())).or_default() += 1;
                }
            }
        });
        let mut book = self.lock();
        for (key, moved) in at_switch {
            let asked = book.moves.get(&key).copied().unwrap_or_default();
            if moved > asked {
                book.sums.twice += moved - asked;
                book.wrong(format!(
                    "{} was moved {moved} times by agent {}, asked for {asked} times",
                    key.0, key.1
                ));
            }
        }
    }

    pub(crate) fn wrong(&self, words: String) {
        self.lock().wrong(words);
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Case<'a> {
    world: &'a World,
    me: &'a str,
    act: Act,
    session: Option<&'a SessionId>,
    call: Option<SwitchCallId>,
    calls: Vec<SwitchCallId>,
    mark: u64,
    first: Option<&'a Outcome>,
    refused: bool,
    /// The first word was an error that said unknown.
    late: bool,
    error: Option<&'a callcontrol::Error>,
}

impl Case<'_> {
    fn effects(&self) -> usize {
        self.world.switch.with(|switch| {
            let facts = switch.journal().since(self.mark).iter();
            facts.filter(|entry| (self.act.is_effect)(self.me, &entry.what)).count()
        })
    }
}

impl Book {
    fn wrong(&mut self, words: String) {
        if self.sums.wrong.len() < WORDS_KEPT {
            self.sums.wrong.push(words);
        }
    }

    /// Whether an earlier command of this kind may have arrived only now.
    fn is_afloat(&self, case: &Case<'_>) -> bool {
        let until = self.afloat.get(&(case.me.to_owned(), case.act.name));
        until.is_some_and(|until| Instant::now() < *until)
    }

    fn landed(&mut self, case: &Case<'_>) {
        self.afloat.remove(&(case.me.to_owned(), case.act.name));
    }

    fn trace(&mut self, words: &str) {
        words.hash(&mut self.hash);
    }
}

fn handle_of(reply: &Reply) -> Option<OutcomeHandle> {
    match reply {
        Reply::Consult(started) => Some(started.receipt.outcome_handle().clone()),
        other => other.receipt().map(|receipt| receipt.outcome_handle().clone()),
    }
}

/// How long a person waits for word of what nobody knows.
const RESOLVE: Duration = Duration::from_secs(20);
/// How long a request can be on its way.
const AFLOAT: Duration = Duration::from_secs(40);
const WORDS_KEPT: usize = 200;
