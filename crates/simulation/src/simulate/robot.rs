//! A silent agent at OIFDE: robots talk to customers, the agent takes over, hands back, transfers.

use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, CallRef, Command, LegAction, RobotMode, Session, Target, Transfer, TransferMode,
};
use callcontrol_simulators::oifde::{NewSession, OifdeSimulator, SessionId};
use callcontrol_testkit::switch::{Party, SwitchEvent};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::agent::pause;
use super::ledger::{Act, Ended, Ledger};
use crate::dice::Dice;
use crate::drill;
use crate::world::{DEADLINE, Face, World, customer};

/// Works until `stop`.
pub(crate) async fn work(world: &World, ledger: &Ledger, at: usize, stop: &CancellationToken) {
    let (Ok(desk), Face::Oifde(robots)) = (world.desk(at).cloned(), &world.face) else {
        return;
    };
    let mut dice = Dice::of(world.setup.seed, PEOPLE + u64::try_from(at).unwrap_or_default());
    pause(dice.between(Duration::ZERO, world.setup.arrival), stop).await;
    let session = loop {
        match world.sign_in(at).await {
            Ok(session) => break session,
            Err(_) if stop.is_cancelled() => return,
            Err(_) => sleep(Duration::from_secs(2)).await,
        }
    };
    ledger.drilled(drill::run(world, at, &session, world.setup.drill).await);
    while !stop.is_cancelled() {
        pause(dice.between(Duration::from_secs(2), Duration::from_secs(20)), stop).await;
        // Each agent has customers of his or her own, so that a call is known by its customer.
        let from = customer(at * 2 + dice.index(2));
        let new = NewSession::new(from.clone()).agent(&desk.id);
        let Ok(robot) = robots.create_session(new) else {
            hang_up(world, &from);
            continue;
        };
        let watch = Watch {
            world,
            ledger,
            robots,
            robot: &robot,
            me: &desk.id,
        };
        watch.conversation(&session, &mut dice, stop).await;
        hang_up(world, &from);
    }
}

struct Watch<'a> {
    world: &'a World,
    ledger: &'a Ledger,
    robots: &'a OifdeSimulator,
    robot: &'a SessionId,
    me: &'a str,
}

impl Watch<'_> {
    async fn conversation(&self, session: &Session, dice: &mut Dice, stop: &CancellationToken) {
        let adopt = AdoptCall::new(self.robot.as_str(), AdoptState::RobotVoice(RobotMode::Supervision));
        let adopted = self
            .world
            .control
            .adopt(session.id(), adopt, &self.world.cx(DEADLINE))
            .await;
        let Ok(call) = adopted else { return };
        let mut asked = 0;
        for _ in 0..=dice.below(3) {
            pause(dice.between(Duration::from_secs(1), Duration::from_secs(15)), stop).await;
            match dice.below(3) {
                0 => self.mode(&call, RobotMode::Insertion).await,
                1 => self.mode(&call, RobotMode::Supervision).await,
                _ => {
                    asked += usize::from(self.transfer(&call, dice).await != Ended::Refused);
                    break;
                }
            }
        }
        // A late request may still arrive before the customer hangs up.
        pause(Duration::from_secs(30), stop).await;
        let moved = self.robots.transfers_of(self.robot);
        if moved > asked {
            let words = format!("{}: moved {moved} times, asked for {asked} times", self.me);
            self.ledger
                .twice(u64::try_from(moved - asked).unwrap_or(u64::MAX), words);
        }
    }

    async fn mode(&self, call: &CallRef, mode: RobotMode) {
        let (at, what) = (call.clone().into(), LegAction::Robot(mode));
        self.ledger
            .give(self.world, self.me, MODE, Command::Act { at, what })
            .await;
    }

    /// The platform tells nothing of what became of it: done or failed would be a guess.
    async fn transfer(&self, call: &CallRef, dice: &mut Dice) -> Ended {
        let to = match dice.below(3) {
            0 => Target::named("queue:support"),
            1 => Target::named("number:third-party"),
            _ => Target::named("ivr:pin-check"),
        };
        let (call, Ok(to)) = (call.clone(), to) else {
            return Ended::Refused;
        };
        let request = Transfer::new(to, TransferMode::Blind);
        self.ledger
            .give(self.world, self.me, MOVE, Command::Transfer { call, request })
            .await
    }
}

fn hang_up(world: &World, number: &str) {
    let party = Party::outside(number);
    for call in world.switch.calls_of(&party) {
        // The call may end in the same moment.
        let _ = world.switch.hang_up(&party, call.id);
    }
}

/// The journal names no agent in what a robot does: its facts are counted by the simulator, session by session.
fn nothing(_: &str, _: &SwitchEvent) -> bool {
    false
}

const MODE: Act = Act {
    name: "robot-mode",
    is_effect: nothing,
    moves: false,
    once: true,
    has_evidence: false,
};
const MOVE: Act = Act {
    name: "blind-transfer",
    ..MODE
};
const PEOPLE: u64 = 1000;
