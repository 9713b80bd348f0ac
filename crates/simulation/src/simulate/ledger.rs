//! The book of a day: every command that was given, what was said of it, and whether the switch's journal agrees.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol::{
    Command, ConsultRef, Effect, OpId, Outcome, OutcomeHandle, Reply, Resolution, SessionId, Verdict, dispatch, resolve,
};
use callcontrol_testkit::switch::{Cause, Journal, Party, SwitchCallId, SwitchEvent};
use tokio::time::{Instant, sleep};

use super::moves::{CONSULTS, DIALS, MOVES, Moves, TONES};
use crate::deed::facts;
use crate::drill::Drilled;
use crate::fold::Fold;
use crate::world::{DEADLINE, World};

/// What a command is called in the book, and how the journal shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) is_effect: fn(&str, &SwitchEvent) -> bool,
    /// It moves the customer to somebody else.
    pub(crate) moves: bool,
    /// Sent twice it would happen twice.
    pub(crate) once: bool,
    /// Events or queries can show at this vendor what became of it.
    pub(crate) has_evidence: bool,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Commands given.
    pub ops: u64,
    /// Of these, commands that would happen twice if they were sent twice.
    pub once: u64,
    /// Of all, settled as done.
    pub done: u64,
    /// Settled as failed.
    pub failed: u64,
    /// Refused with nothing done.
    pub refused: u64,
    /// First unknown, although there is evidence to be had.
    pub ambiguous: u64,
    /// Of these, told later by the outcome.
    pub late: u64,
    /// Of these, told by `resolve()`.
    pub by_resolve: u64,
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
    /// Events that readers got: the agents' own feeds and one of everything.
    pub events: u64,
    /// Gaps that they were told of.
    pub gaps: u64,
    /// What the agents' own feeds told and must not, in words.
    pub feed: Vec<String>,
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
    /// What may have reached the switch and must not be there more often.
    moves: Moves,
    /// Commands under way: from where on they will look at the journal, and since when.
    under_way: BTreeMap<u64, (u64, Instant)>,
    last_command: u64,
    drilled: Drilled,
    /// The last refusals that each agent got, the latest first.
    refusals: BTreeMap<String, Vec<String>>,
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

    /// What an agent's own feed told, and what in it must not be.
    pub(crate) fn read(&self, me: &str, fold: &Fold) {
        let mut book = self.lock();
        book.sums.events += fold.events;
        book.sums.gaps += fold.gaps;
        let broken = fold.broken.iter().map(|words| format!("{me}: {words}"));
        book.sums.feed.extend(broken);
    }

    /// An agent is through with the drill, and so many of its commands were accepted.
    pub(crate) fn drilled(&self, accepted: u64) {
        let mut book = self.lock();
        book.drilled.agents += 1;
        book.drilled.commands += accepted;
    }

    /// How far the drill has come.
    pub(crate) fn drill(&self) -> Drilled {
        self.lock().drilled
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
        let _under_way = self.mark(mark);
        let session = command.session().cloned();
        let at = match &command {
            Command::Consult { call, .. } => Some(call.clone()),
            _ => None,
        };
        let tones = match &command {
            Command::SendDtmf { digits, .. } => Some(digits.reveal().to_owned()),
            _ => None,
        };
        let cx = world.cx(DEADLINE);
        let started = Instant::now();
        let reply = dispatch(&*world.control, command, &cx).await;
        let took = started.elapsed();
        let (said, refused) = match &reply {
            Err(error) if error.effect() == Effect::None => (None, true),
            Err(_) => (world.control.outcome_of(&cx.op), false),
            Ok(reply) => (handle_of(reply), false),
        };
        let asked = match (&reply, &said) {
            (Err(_), Some(_)) => resolve(&*world.control, &cx.op, &world.cx(DEADLINE)).await.ok(),
            _ => None,
        };
        let effects_then = effects(world, me, act, mark);
        let first = match &said {
            Some(handle) => Some(handle.wait().await),
            None => None,
        };
        let case = Case {
            world,
            me,
            act,
            op: &cx.op,
            tones,
            session: session.as_ref(),
            call,
            calls,
            mark,
            first: first.as_ref(),
            refused,
            resolved: asked.as_ref().is_some_and(Resolution::is_certain),
            late: reply.is_err() || first.as_ref().is_some_and(|outcome| outcome.late),
            error: reply.as_ref().err(),
        };
        self.note(&case, took);
        if let Some(asked) = &asked {
            self.check_resolution(&case, asked, effects_then);
        }
        let ended = self.settle(&case, said.as_ref()).await;
        self.lock().trace(&format!("{me} {} {ended:?} {:?}", act.name, first));
        let consult = match reply {
            Ok(Reply::Consult(started)) => Some(started.consult),
            // Whether it was begun is not known: it is referred to by the id of the command that should have.
            Err(error) if error.effect() != Effect::None => at.map(|call| ConsultRef { id: cx.op, call }),
            Ok(_) | Err(_) => None,
        };
        (ended, consult)
    }

    fn note(&self, case: &Case<'_>, took: Duration) {
        let mut book = self.lock();
        book.sums.ops += 1;
        let part = took.as_secs_f64() / DEADLINE.as_secs_f64();
        book.sums.worst_deadline = book.sums.worst_deadline.max(part);
        book.sums.once += u64::from(case.act.once);
        if case.act.once && !case.refused {
            for (what, which) in case.at_most() {
                book.moves.ask(what, case.me, which);
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
        let effects = case.own_effects();
        let mut book = self.lock();
        book.sums.refused += 1;
        let error = case.error.map(ToString::to_string).unwrap_or_default();
        let refusals = book.refusals.entry(case.me.to_owned()).or_default();
        refusals.truncate(2);
        refusals.insert(0, format!("{}: {error}", case.act.name));
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
        book.told_late(case);
        book.landed(case);
        if effects == 0 && !case.was_so() {
            book.wrong(format!(
                "{} {} on {:?}: {}, but the switch did not do it: {}",
                case.me,
                case.act.name,
                case.call,
                case.first.map(ToString::to_string).unwrap_or_default(),
                case.story()
            ));
        }
        Ended::Done
    }

    fn failed(&self, case: &Case<'_>) -> Ended {
        let effects = case.effects();
        let mut book = self.lock();
        book.sums.failed += 1;
        book.told_late(case);
        if effects > 0 && case.act.moves {
            let first = case.first.map(ToString::to_string).unwrap_or_default();
            book.wrong(format!(
                "{} {} on {:?}: {first}, but the switch did it: {}",
                case.me,
                case.act.name,
                case.call,
                case.story()
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
        if self.resolved(case).await {
            return Ended::Unknown;
        }
        let seen = match case.session {
            Some(session) => super::agent::sees_the_truth(case.world, session, case.me).await,
            None => Err("no session".to_owned()),
        };
        let mut book = self.lock();
        match seen {
            Ok(()) => book.sums.by_snapshot += 1,
            Err(why) => book.sums.unresolved.push(format!(
                "{} {} on {:?}: unknown, and no snapshot shows it: {why}; {}",
                case.me,
                case.act.name,
                case.call,
                case.story()
            )),
        }
        Ended::Unknown
    }

    /// What `resolve()` said, against what the journal held then.
    fn check_resolution(&self, case: &Case<'_>, said: &Resolution, effects: usize) {
        let lies = match said {
            Resolution::Applied(_) => effects == 0 && !case.was_so(),
            Resolution::NotApplied(_) => effects > 0 && case.act.moves,
            _ => false,
        };
        if lies {
            self.lock().wrong(format!(
                "{} {}: resolve() says {said}, the switch did it {effects} times",
                case.me, case.act.name
            ));
        }
    }

    /// Asks what became of the command, and holds the answer against the journal.
    async fn resolved(&self, case: &Case<'_>) -> bool {
        let Ok(said) = resolve(&*case.world.control, case.op, &case.world.cx(DEADLINE)).await else {
            return false;
        };
        self.check_resolution(case, &said, case.effects());
        let mut book = self.lock();
        book.sums.by_resolve += u64::from(said.is_certain());
        said.is_certain()
    }

    /// Whoever cannot get out of a call has a customer, or is had by one.
    pub(crate) fn cannot_leave(&self, me: &str, legs: &str) {
        let mut book = self.lock();
        let refusals = book.refusals.get(me).map(|words| words.join(" | ")).unwrap_or_default();
        book.wrong(format!("{me} cannot get out of {legs}; the last refusals: {refusals}"));
    }

    /// Once the day is over: what the switch did beyond what was asked for.
    pub(crate) fn count_moves(&self, world: &World) {
        self.read_journal(world, None);
    }

    /// Holds what the switch did against what was asked for, as far as nothing more can come of it, and lets the switch forget what nobody will ask about:
    /// for a soak, whose journal would grow for ever.
    pub(crate) fn close_the_past(&self, world: &World) {
        let settled = Instant::now().checked_sub(AFLOAT * 2);
        let begun = self.lock().under_way.values().map(|(_, since)| *since).min();
        // A command is written down when its outcome is there, which takes minutes where a person has to answer.
        let before = settled.map(|settled| begun.map_or(settled, |begun| begun.min(settled)));
        if before.is_some() {
            self.read_journal(world, before);
        }
        let now = world.switch.now();
        let marked = self.lock().under_way.values().map(|(mark, _)| *mark).min();
        world.switch.with(|switch| {
            let old = switch
                .journal()
                .entries()
                .iter()
                .find(|entry| entry.at + REMEMBERED > now);
            let old = old.map_or(switch.journal().next_seq(), |entry| entry.seq);
            switch.forget_before(marked.map_or(old, |mark| mark.min(old)));
        });
    }

    /// How many lines of the book wait for the switch's word.
    pub(crate) fn open_lines(&self) -> usize {
        self.lock().moves.len()
    }

    fn read_journal(&self, world: &World, before: Option<Instant>) {
        let mut book = self.lock();
        world.switch.with(|switch| book.moves.read(switch.journal()));
        for excess in book.moves.settle(before) {
            book.sums.twice += excess.times - excess.asked;
            let story = story_of(world, &excess.which);
            book.wrong(format!("{excess}: {story}"));
        }
    }

    fn mark(&self, mark: u64) -> UnderWay<'_> {
        let mut book = self.lock();
        book.last_command += 1;
        let number = book.last_command;
        book.under_way.insert(number, (mark, Instant::now()));
        UnderWay { ledger: self, number }
    }

    /// Moved at the vendor's own door more often than asked for.
    pub(crate) fn twice(&self, times: u64, words: String) {
        let mut book = self.lock();
        book.sums.twice += times;
        book.wrong(words);
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command under way: the journal is needed from where it began.
struct UnderWay<'a> {
    ledger: &'a Ledger,
    number: u64,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.ledger.lock().under_way.remove(&self.number);
    }
}

struct Case<'a> {
    world: &'a World,
    me: &'a str,
    act: Act,
    op: &'a OpId,
    tones: Option<String>,
    session: Option<&'a SessionId>,
    call: Option<SwitchCallId>,
    calls: Vec<SwitchCallId>,
    mark: u64,
    first: Option<&'a Outcome>,
    refused: bool,
    /// The first word was an error that said unknown.
    late: bool,
    /// And `resolve()`, asked at once, knew.
    resolved: bool,
    error: Option<&'a callcontrol::Error>,
}

impl Case<'_> {
    /// What may be in the journal once more for this command. A consult is completed in the consult and moves the customer of another call: each call that
    /// the agent was in counts.
    fn at_most(&self) -> Vec<(&'static str, String)> {
        if let Some(tones) = &self.tones {
            return vec![(TONES, tones.clone())];
        }
        let of_calls = |what| self.calls.iter().map(move |call| (what, call.to_string()));
        match self.act.name {
            // A recipe consults first where the vendor has nothing else.
            "release-after-transfer" => of_calls(MOVES).chain(of_calls(CONSULTS)).collect(),
            "consult" => of_calls(CONSULTS).collect(),
            "dial" => vec![(DIALS, String::new())],
            _ if self.act.moves => of_calls(MOVES).collect(),
            _ => Vec::new(),
        }
    }
    fn effects(&self) -> usize {
        effects(self.world, self.me, self.act, self.mark)
    }

    /// What was asked for was so already. Whoever wanted to leave a talk that was over has left it, be it that the customer was faster; and a customer whom a late
    /// command of before has put on hold or taken back is where he was wanted.
    fn was_so(&self) -> bool {
        if self.act.name == LEAVES {
            let now = || self.world.switch.calls_of(&Party::agent(self.me));
            let left = |call: SwitchCallId| now().iter().all(|now| now.id != call);
            return self.call.is_none_or(left);
        }
        let is_a_state = !self.act.once && self.act.has_evidence;
        let now = self.world.switch.now();
        is_a_state
            && self
                .world
                .switch
                .with(|switch| self.has_come_before(switch.journal(), now))
    }

    /// The last that happened to the customer's leg before the command is its effect, and has come a moment ago.
    fn has_come_before(&self, journal: &Journal, now: Duration) -> bool {
        let before = journal.entries().iter().rev().filter(|entry| entry.seq < self.mark);
        let mut of_call = before.filter(|entry| self.call.is_some() && entry.what.call() == self.call);
        let held_or_taken_back = |what: &SwitchEvent| facts::held(self.me, what) || facts::retrieved(self.me, what);
        let last = of_call.find(|entry| held_or_taken_back(&entry.what));
        last.is_some_and(|last| last.at + AFLOAT > now && (self.act.is_effect)(self.me, &last.what))
    }

    /// The same without what the other side did in that moment: who is refused a release because the customer hung up was refused rightly, and so was who
    /// gave up a consult that the third party had ended, after which the switch takes the customer back by itself.
    fn own_effects(&self) -> usize {
        let facts = self.world.switch.journal_since(self.mark);
        let consult_left = |fact: &SwitchEvent| matches!(fact, SwitchEvent::ConsultEnded { by, cause, .. } if by == self.me && *cause != Cause::AgentHungUp);
        let is_left_alone = facts.iter().any(|entry| consult_left(&entry.what));
        let by_others = |fact: &SwitchEvent| match fact {
            SwitchEvent::PartyLeft { cause, .. } => *cause != Cause::AgentHungUp,
            SwitchEvent::Retrieved { .. } => is_left_alone,
            fact => consult_left(fact),
        };
        let mine = facts.iter().filter(|entry| (self.act.is_effect)(self.me, &entry.what));
        mine.filter(|entry| !by_others(&entry.what)).count()
    }

    /// What the switch did meanwhile in the agent's calls, for whoever has to find out.
    fn story(&self) -> String {
        let facts = self.world.switch.journal_since(self.mark);
        let about = |fact: &SwitchEvent| {
            fact.call()
                .is_some_and(|call| self.calls.contains(&call) || self.call == Some(call))
        };
        let told = facts.iter().filter(|entry| about(&entry.what)).take(TOLD);
        told.map(|entry| format!("{:?} {:?}", entry.at, entry.what))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// How often the journal has the act of this agent since then.
fn effects(world: &World, me: &str, act: Act, mark: u64) -> usize {
    world.switch.with(|switch| {
        let facts = switch.journal().since(mark).iter();
        facts.filter(|entry| (act.is_effect)(me, &entry.what)).count()
    })
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

    /// Of a command whose first word was unknown, and which is known now.
    fn told_late(&mut self, case: &Case<'_>) {
        self.sums.ambiguous += u64::from(case.late);
        self.sums.by_resolve += u64::from(case.late && case.resolved);
        self.sums.late += u64::from(case.late && !case.resolved);
    }

    fn landed(&mut self, case: &Case<'_>) {
        self.afloat.remove(&(case.me.to_owned(), case.act.name));
    }

    fn trace(&mut self, words: &str) {
        words.hash(&mut self.hash);
    }
}

/// The end of a call's story.
fn story_of(world: &World, call: &str) -> String {
    world.switch.with(|switch| {
        let facts = switch.journal().entries().iter().rev();
        let about = facts.filter(|entry| entry.what.call().is_some_and(|id| id.to_string() == call));
        let mut told: Vec<String> = about
            .take(TOLD)
            .map(|entry| format!("{:?} {:?}", entry.at, entry.what))
            .collect();
        told.reverse();
        told.join("; ")
    })
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
/// How much of the journal a soak keeps: a robot's conversation, whose facts are counted at its end, is shorter.
const REMEMBERED: Duration = Duration::from_secs(180);
/// The name of the command that leaves a call.
pub(crate) const LEAVES: &str = "release";
/// Facts of a story.
const TOLD: usize = 12;
const WORDS_KEPT: usize = 200;
