//! A silent agent and a robot's session: who talks, what is said, and where the customer is sent.

use callcontrol::{
    AdoptCall, AdoptState, AgentId, Code, Command, LegAction, LegRef, MessageBox, NativeTarget, Operation, Result,
    RobotMode, Say, Target, TargetKind, TransferMode,
};

use super::moving::{blind_agent, blind_ivr, blind_number, blind_queue, transfer};
use super::{BOB, Deed, Proof, missing};
use crate::scene::{Scene, Stage};
use crate::world::World;

const BLIND: Operation = Operation::BlindTransfer;
const MOVED: Proof = Proof::RobotMoved;

pub(super) const DEEDS: &[Deed] = &[
    Deed::new("adopt by record", Operation::Adopt, Stage::Robot, Proof::Query, adopt),
    Deed::new(
        "robot-mode insertion",
        Operation::RobotMode,
        Stage::Robot,
        Proof::RobotInsertion,
        insertion,
    ),
    Deed::new("say", Operation::Say, Stage::RobotInserted, Proof::RobotWords, say),
    Deed::new("robot blind-transfer agent", BLIND, Stage::Robot, MOVED, blind_agent).to(TargetKind::Agent),
    Deed::new("robot blind-transfer queue", BLIND, Stage::Robot, MOVED, blind_queue).to(TargetKind::Queue),
    Deed::new("robot blind-transfer number", BLIND, Stage::Robot, MOVED, blind_number).to(TargetKind::Number),
    Deed::new("robot blind-transfer ivr", BLIND, Stage::Robot, MOVED, blind_ivr).to(TargetKind::Ivr),
    Deed::new(
        "robot blind-transfer last-agent",
        BLIND,
        Stage::Robot,
        MOVED,
        last_agent,
    )
    .to(TargetKind::LastAgent),
    Deed::new(
        "robot blind-transfer queue-of-agent",
        BLIND,
        Stage::Robot,
        MOVED,
        queue_of_agent,
    )
    .to(TargetKind::QueueOfAgent),
    Deed::new("robot blind-transfer message", BLIND, Stage::Robot, MOVED, message).to(TargetKind::Message),
    Deed::new("robot blind-transfer native", BLIND, Stage::Robot, MOVED, native).to(TargetKind::Native),
];

/// Without a state told, the records are asked whether there is such a session.
fn adopt(_: &World, scene: &Scene) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let robot = scene.robot.as_ref().ok_or_else(|| missing("a robot session"))?;
    let request = AdoptCall::new(robot.as_str(), AdoptState::Ask);
    Ok(Command::Adopt { session, request })
}

fn insertion(_: &World, scene: &Scene) -> Result<Command> {
    let at: LegRef = scene.call()?.clone().into();
    let what = LegAction::Robot(RobotMode::Insertion);
    Ok(Command::Act { at, what })
}

fn say(_: &World, scene: &Scene) -> Result<Command> {
    let call = scene.call()?.clone();
    let help = scene.help.clone().ok_or_else(|| missing("a request for help"))?;
    let request = Say::words("One moment, please.", help);
    Ok(Command::Say { call, request })
}

fn last_agent(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::LastAgent, TransferMode::Blind)
}

fn bob(world: &World) -> Result<AgentId> {
    AgentId::new(&world.desk(BOB)?.id)
}

fn queue_of_agent(world: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::QueueOfAgent(bob(world)?), TransferMode::Blind)
}

fn message(world: &World, scene: &Scene) -> Result<Command> {
    let to = Target::Message(MessageBox::Agent(bob(world)?));
    transfer(scene, to, TransferMode::Blind)
}

/// Type 6: a route code agreed on with the flow.
fn native(_: &World, scene: &Scene) -> Result<Command> {
    let kind = Code::new("6")?;
    let address = "2500".to_owned();
    let to = Target::Native(NativeTarget { kind, address });
    transfer(scene, to, TransferMode::Blind)
}
