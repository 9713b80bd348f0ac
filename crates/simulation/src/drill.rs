//! Commands in a row that need nothing but a signed-in agent: what fills the layer's memory of operations, and what a storm is measured with.

use callcontrol::{
    AdoptCall, AdoptState, AgentStateRequest, CallRef, Command, Effect, Error, ErrorKind, LegAction, Result, RobotMode,
    Session, dispatch,
};
use callcontrol_simulators::oifde::NewSession;
use callcontrol_testkit::switch::Party;

use crate::world::{DEADLINE, Face, World, customer};

/// How far the people of a soak have come with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Drilled {
    /// Agents who are through with it.
    pub(crate) agents: usize,
    pub(crate) commands: u64,
}

/// Gives so many commands, one after the other, each to a robot of its own where there are robots; gives how many were accepted.
pub(crate) async fn run(world: &World, at: usize, session: &Session, commands: u64) -> u64 {
    let from = customer(at * 2);
    let mut accepted = 0;
    for nth in 0..commands {
        let Ok(robot) = robot(world, at, &from, session).await else {
            continue;
        };
        // A fresh robot is not in insertion yet.
        let turn = if robot.is_some() { 0 } else { nth };
        let (command, cx) = (command(session, robot.as_ref(), turn), world.cx(DEADLINE));
        accepted += u64::from(dispatch(&*world.control, command, &cx).await.is_ok());
        if robot.is_some() {
            hang_up(world, &from);
        }
    }
    accepted
}

fn hang_up(world: &World, from: &str) {
    let customer = Party::outside(from);
    for call in world.switch.calls_of(&customer) {
        // The call may end in the same moment.
        let _ = world.switch.hang_up(&customer, call.id);
    }
}

/// OIFDE steers robots only: the agent gets one, who talks to this customer.
pub(crate) async fn robot(world: &World, at: usize, from: &str, session: &Session) -> Result<Option<CallRef>> {
    let Face::Oifde(robots) = &world.face else {
        return Ok(None);
    };
    let new = NewSession::new(from).agent(&world.desk(at)?.id);
    let robot = robots.create_session(new).map_err(|refusal| {
        let words = format!("no robot: {refusal:?}");
        Error::new(ErrorKind::Internal, Effect::None, words)
    })?;
    let adopt = AdoptCall::new(robot.as_str(), AdoptState::RobotVoice(RobotMode::Supervision));
    let call = world.control.adopt(session.id(), adopt, &world.cx(DEADLINE)).await?;
    Ok(Some(call))
}

/// There and back again: ready and not, or the robot's mode.
pub(crate) fn command(session: &Session, robot: Option<&CallRef>, nth: u64) -> Command {
    let odd = nth % 2 == 1;
    match robot {
        Some(call) => Command::Act {
            at: call.clone().into(),
            what: LegAction::Robot(match odd {
                true => RobotMode::Supervision,
                false => RobotMode::Insertion,
            }),
        },
        None => Command::SetAgentState {
            session: session.id().clone(),
            to: match odd {
                true => AgentStateRequest::Ready,
                false => AgentStateRequest::NotReady { reason: None },
            },
        },
    }
}
