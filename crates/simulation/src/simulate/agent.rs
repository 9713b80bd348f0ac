//! An agent at a telephone: reads the own feed and nothing else, takes what rings, talks, holds, consults, transfers, hangs up.

use std::time::Duration;

use callcontrol::{
    CallDataPatch, CallId, CallRef, Command, ConsultRef, ConsultStep, Dial, Dtmf, Feed, LegAction, LegState, Scope,
    Session, SessionId, SessionState, StartConsult, Target, Transfer, TransferMode,
};
use callcontrol_testkit::switch::SwitchEvent;
use futures::FutureExt;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::ledger::{Act, Ended, LEAVES, Ledger};
use crate::deed::facts;
use crate::dice::Dice;
use crate::drill;
use crate::fold::Fold;
use crate::truth::{agrees, legs_at_switch, legs_in_view};
use crate::world::{DEADLINE, World, customer};

/// Works until `stop`.
pub(crate) async fn work(world: &World, ledger: &Ledger, at: usize, stop: &CancellationToken) {
    let Ok(desk) = world.desk(at).cloned() else { return };
    let mut dice = Dice::of(world.setup.seed, PEOPLE + u64::try_from(at).unwrap_or_default());
    pause(dice.between(Duration::ZERO, world.setup.arrival), stop).await;
    let (mut toned, mut drilled) = (0, false);
    while !stop.is_cancelled() {
        // Refused while nothing can be reached: then again after a while.
        if let Ok(session) = world.sign_in(at).await {
            if !std::mem::replace(&mut drilled, true) {
                ledger.drilled(drill::run(world, at, &session, world.setup.drill).await);
            }
            let mut agent = Agent {
                world,
                ledger,
                at,
                me: desk.id.clone(),
                feed: session.subscribe(),
                fold: Fold::default(),
                dice: dice.clone(),
                toned,
                doubtful: None,
                session,
            };
            agent.shift(stop).await;
            agent.catch_up();
            ledger.read(&desk.id, &agent.fold);
            (dice, toned) = (agent.dice, agent.toned);
        }
        if !stop.is_cancelled() {
            ledger.signed_in_again();
            sleep(dice.between(Duration::from_secs(1), Duration::from_secs(10))).await;
        }
    }
}

/// Whether a fresh snapshot of this agent's session says what the switch says, so that whoever asks knows what happened. The question can be
/// hit by the weather too, or asked in the middle of a change: it is asked several times.
///
/// # Errors
/// It does not; in words, what was seen last.
pub(super) async fn sees_the_truth(world: &World, session: &SessionId, me: &str) -> Result<(), String> {
    let mut last = String::new();
    for _ in 0..LOOKS {
        let scope = Scope::Session(session.clone());
        match world.control.snapshot(scope, &world.cx(DEADLINE)).await {
            Ok(snapshot) => {
                let truth = legs_at_switch(&world.switch, me);
                let view = snapshot.session(session).filter(|view| !view.state.is_over());
                // A session that is over shows nothing, and says so.
                let Some(seen) = view.map(legs_in_view) else {
                    return Ok(());
                };
                if agrees(&seen, &truth) {
                    return Ok(());
                }
                last = format!("the snapshot says {seen:?}, the switch says {truth:?}");
            }
            Err(error) => last = error.to_string(),
        }
        sleep(Duration::from_secs(3)).await;
    }
    Err(last)
}

/// Lets this time pass, or what is left of the day.
pub(super) async fn pause(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = sleep(time) => {}
    }
}

struct Agent<'a> {
    world: &'a World,
    ledger: &'a Ledger,
    at: usize,
    me: String,
    session: Session,
    feed: Feed,
    fold: Fold,
    dice: Dice,
    /// How many tones were sent, over all shifts.
    toned: u32,
    /// The last consult: nobody may know whether it goes on.
    doubtful: Option<ConsultRef>,
}

impl Agent<'_> {
    async fn shift(&mut self, stop: &CancellationToken) {
        let mut rounds_after_the_end = 0;
        loop {
            self.catch_up();
            rounds_after_the_end += u32::from(stop.is_cancelled());
            if rounds_after_the_end > LAST_ROUNDS && !self.legs().is_empty() {
                self.ledger.cannot_leave(&self.me, &format!("{:?}", self.legs()));
                return;
            }
            if self.is_over() {
                return;
            }
            if stop.is_cancelled() && self.legs().is_empty() {
                return;
            }
            match self.next() {
                Some((call, LegState::Ringing)) => self.take(&call).await,
                Some((call, LegState::Talking)) => self.talk(&call, stop).await,
                Some((call, LegState::Held)) => match self.dialling() {
                    // Whoever is called does not answer: that call is given up first.
                    Some(other) => self.leg(&other, RELEASE, LegAction::Release).await,
                    None => self.leg(&call, RETRIEVE, LegAction::Retrieve).await,
                },
                Some((call, LegState::Unknown)) => self.leg(&call, RELEASE, LegAction::Release).await,
                Some(_) | None if stop.is_cancelled() => return,
                None if self.dice.below(12) == 0 => self.dial().await,
                Some(_) | None => self.wait().await,
            }
        }
    }

    /// What asks for something to be done: who talks first, then what rings, then what is held.
    fn next(&self) -> Option<(CallId, LegState)> {
        let legs = self.legs();
        let of = |state: LegState| legs.iter().find(|(_, leg)| *leg == state).cloned();
        of(LegState::Talking)
            .or_else(|| of(LegState::Ringing))
            .or_else(|| of(LegState::Held))
            .or_else(|| of(LegState::Unknown))
            .or_else(|| legs.first().cloned())
    }

    fn dialling(&self) -> Option<CallId> {
        let mut legs = self.legs().into_iter();
        legs.find(|(_, leg)| *leg == LegState::Dialing).map(|(call, _)| call)
    }

    fn legs(&self) -> Vec<(CallId, LegState)> {
        let seen = self.fold.sessions.get(self.session.id());
        seen.map(|seen| seen.calls.iter().map(|(id, leg)| (id.clone(), *leg)).collect())
            .unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        let seen = self.fold.sessions.get(self.session.id());
        seen.and_then(|seen| seen.state).is_some_and(SessionState::is_over)
    }

    fn catch_up(&mut self) {
        while let Some(Some(item)) = self.feed.next().now_or_never() {
            self.fold.take(&item);
        }
    }

    async fn wait(&mut self) {
        if let Ok(Some(item)) = timeout(PATIENCE, self.feed.next()).await {
            self.fold.take(&item);
        }
    }

    async fn take(&mut self, call: &CallId) {
        let pause = self.dice.between(Duration::from_millis(300), Duration::from_secs(4));
        sleep(pause).await;
        self.leg(call, ANSWER, LegAction::Answer).await;
    }

    async fn talk(&mut self, call: &CallId, stop: &CancellationToken) {
        pause(self.dice.between(Duration::from_secs(3), Duration::from_secs(40)), stop).await;
        self.catch_up();
        if !self.legs().contains(&(call.clone(), LegState::Talking)) {
            return;
        }
        match if stop.is_cancelled() { 9 } else { self.dice.below(10) } {
            0 => self.leg(call, HOLD, LegAction::Hold).await,
            1 => self.blind(call).await,
            2 => self.stay(call).await,
            3 | 4 => self.consult(call).await,
            5 => self.tones(call).await,
            6 => self.data(call).await,
            _ => self.leave(call).await,
        }
    }

    /// Leaves; where a consult that may go on bars the way, it is given up first.
    async fn leave(&mut self, call: &CallId) {
        let at = self.at(call).into();
        let what = LegAction::Release;
        let refused = self.give(RELEASE, Command::Act { at, what }).await == Ended::Refused;
        if let (true, Some(consult)) = (refused, self.doubtful.clone()) {
            let step = ConsultStep::Cancel;
            self.give(CANCEL, Command::ConsultStep { consult, step }).await;
        }
    }

    fn at(&self, call: &CallId) -> CallRef {
        self.session.call(call.clone()).at().clone()
    }

    /// Somebody else to send a call to.
    fn target(&mut self) -> Option<Target> {
        match self.dice.below(6) {
            0 => Target::named("queue:billing").ok(),
            1 => Target::named("number:third-party").ok(),
            _ => {
                let other =
                    (self.at + 1 + self.dice.index(self.world.setup.agents.max(2) - 1)) % self.world.setup.agents;
                self.world.agent_target(other).ok()
            }
        }
    }

    async fn leg(&mut self, call: &CallId, act: Act, what: LegAction) {
        let at = self.at(call).into();
        self.give(act, Command::Act { at, what }).await;
    }

    async fn give(&mut self, act: Act, command: Command) -> Ended {
        let ended = self.ledger.give(self.world, &self.me, act, command).await;
        if ended != Ended::Done {
            // Nobody hammers at a button that does not work.
            sleep(Duration::from_secs(2)).await;
        }
        ended
    }

    async fn blind(&mut self, call: &CallId) {
        let Some(to) = self.target() else { return };
        let request = Transfer::new(to, TransferMode::Blind);
        let call = self.at(call);
        self.give(BLIND, Command::Transfer { call, request }).await;
    }

    async fn stay(&mut self, call: &CallId) {
        let Some(to) = self.target() else { return };
        let request = Transfer::new(to, TransferMode::ReleaseAfter);
        let call = self.at(call);
        self.give(STAY, Command::Transfer { call, request }).await;
    }

    /// Calls a customer, who may be in a call already.
    async fn dial(&mut self) {
        let whom = customer(self.dice.index(self.world.setup.customers));
        let Ok(to) = Target::number(&whom) else { return };
        let session = self.session.id().clone();
        let request = Dial::to(to);
        self.give(DIAL, Command::Dial { session, request }).await;
    }

    async fn tones(&mut self, call: &CallId) {
        // Other ones each time, so that each command is known again in the journal.
        self.toned += 1;
        let (at, Ok(digits)) = (self.at(call).into(), Dtmf::new(format!("{:06}", self.toned))) else {
            return;
        };
        self.give(TONES, Command::SendDtmf { at, digits }).await;
    }

    async fn data(&mut self, call: &CallId) {
        let patch = CallDataPatch::set("case", self.dice.below(1000).to_string());
        let call = self.at(call);
        self.give(DATA, Command::PatchData { call, patch }).await;
    }

    /// Consults a colleague, and completes or gives up.
    async fn consult(&mut self, call: &CallId) {
        let other = (self.at + 1 + self.dice.index(self.world.setup.agents.max(2) - 1)) % self.world.setup.agents;
        let Ok(to) = self.world.agent_target(other) else { return };
        let command = Command::Consult {
            call: self.at(call),
            request: StartConsult::new(to),
        };
        let Some(consult) = self.begin_consult(command, call).await else {
            return;
        };
        self.doubtful = Some(consult.clone());
        let talk = self.dice.between(Duration::from_secs(1), Duration::from_secs(10));
        sleep(talk).await;
        let (act, step) = match self.dice.below(2) {
            0 => (COMPLETE, ConsultStep::Complete),
            _ => (CANCEL, ConsultStep::Cancel),
        };
        let command = Command::ConsultStep {
            consult: consult.clone(),
            step,
        };
        if self.give(act, command).await == Ended::Refused && step == ConsultStep::Complete {
            let step = ConsultStep::Cancel;
            self.give(CANCEL, Command::ConsultStep { consult, step }).await;
        }
    }

    /// Begins a consult; `None` when nobody answered, or nobody knows.
    async fn begin_consult(&mut self, command: Command, call: &CallId) -> Option<ConsultRef> {
        let (ended, consult) = self.ledger.give_consult(self.world, &self.me, CONSULT, command).await;
        if ended != Ended::Done {
            sleep(Duration::from_secs(2)).await;
            self.catch_up();
            let held = self.legs().contains(&(call.clone(), LegState::Held));
            // A refused one leaves the doubt about an earlier one.
            self.doubtful = consult.clone().or_else(|| self.doubtful.take());
            if let (true, Some(consult)) = (held, consult) {
                let step = ConsultStep::Cancel;
                self.give(CANCEL, Command::ConsultStep { consult, step }).await;
            }
            return None;
        }
        consult
    }
}

const fn act(name: &'static str, is_effect: fn(&str, &SwitchEvent) -> bool) -> Act {
    Act {
        name,
        is_effect,
        moves: false,
        once: false,
        has_evidence: true,
    }
}

const fn once(name: &'static str, is_effect: fn(&str, &SwitchEvent) -> bool) -> Act {
    let mut act = act(name, is_effect);
    act.once = true;
    act
}

const fn moving(name: &'static str) -> Act {
    let mut act = once(name, facts::moved);
    act.moves = true;
    act
}

/// Where the third party has hung up already, giving up means taking the customer back.
fn given_up(me: &str, fact: &SwitchEvent) -> bool {
    facts::consult_over(me, fact) || facts::retrieved(me, fact)
}

const ANSWER: Act = act("answer", facts::answered);
const HOLD: Act = act("hold", facts::held);
const RETRIEVE: Act = act("retrieve", facts::retrieved);
const RELEASE: Act = act(LEAVES, facts::left);
const TONES: Act = Act {
    has_evidence: false,
    ..once("send-dtmf", facts::tones)
};
const DATA: Act = act("patch-data", facts::data);
const DIAL: Act = once("dial", facts::dialled);
const CONSULT: Act = once("consult", facts::consulted);
const CANCEL: Act = act("consult-cancel", given_up);
const COMPLETE: Act = moving("consult-complete");
const BLIND: Act = moving("blind-transfer");
const STAY: Act = moving("release-after-transfer");

/// For a minute: so long a broken link takes to be restored.
const LOOKS: usize = 20;
/// Whoever cannot get out of a call when the day is over goes home all the same, and it is told.
const LAST_ROUNDS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(5);
const PEOPLE: u64 = 1000;
