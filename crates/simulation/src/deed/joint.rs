//! Three and more in a call: conferences, and two calls of one agent's made one.

use callcontrol::{Command, ConferenceOp, JoinCalls, Operation, Result, Target, TargetKind};

use super::{BOB, Deed, Proof, facts, missing};
use crate::scene::{Scene, Stage};
use crate::world::World;

const ADD: Operation = Operation::ConferenceAdd;

pub(super) const DEEDS: &[Deed] = &[
    Deed::new(
        "conference-add agent",
        ADD,
        Stage::Talking,
        Proof::Fact(facts::third_joined),
        add_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "conference-add queue",
        ADD,
        Stage::Talking,
        Proof::Fact(facts::third_joined),
        add_queue,
    )
    .to(TargetKind::Queue),
    Deed::new(
        "conference-add number",
        ADD,
        Stage::Talking,
        Proof::Fact(facts::third_joined),
        add_number,
    )
    .to(TargetKind::Number),
    Deed::new(
        "conference-add ivr",
        ADD,
        Stage::Talking,
        Proof::Fact(facts::third_joined),
        add_ivr,
    )
    .to(TargetKind::Ivr),
    Deed::new(
        "conference-remove",
        Operation::ConferenceRemove,
        Stage::Conference,
        Proof::Fact(facts::third_put_out),
        remove,
    ),
    Deed::new(
        "relay-dtmf",
        Operation::RelayDtmf,
        Stage::ConferenceWithIvr,
        Proof::Fact(facts::relayed),
        relay,
    ),
    Deed::new(
        "join-conference",
        Operation::JoinConference,
        Stage::TwoCalls,
        Proof::Fact(facts::conferenced),
        join,
    ),
    Deed::new(
        "connect-calls",
        Operation::ConnectCalls,
        Stage::TwoCalls,
        Proof::Fact(facts::moved),
        connect,
    ),
];

fn conference(scene: &Scene, request: ConferenceOp) -> Result<Command> {
    let call = scene.call()?.clone();
    Ok(Command::Conference { call, request })
}

fn add_agent(world: &World, scene: &Scene) -> Result<Command> {
    let to = world.agent_target(BOB)?;
    conference(scene, ConferenceOp::Add { to })
}

/// The queue that Bob serves.
fn add_queue(_: &World, scene: &Scene) -> Result<Command> {
    add(scene, "queue:billing")
}

fn add_number(_: &World, scene: &Scene) -> Result<Command> {
    add(scene, "number:third-party")
}

fn add_ivr(_: &World, scene: &Scene) -> Result<Command> {
    add(scene, "ivr:pin-check")
}

fn add(scene: &Scene, to: &str) -> Result<Command> {
    let to = Target::named(to)?;
    conference(scene, ConferenceOp::Add { to })
}

fn remove(_: &World, scene: &Scene) -> Result<Command> {
    let party = Target::named("number:third-party")?;
    conference(scene, ConferenceOp::Remove { party })
}

fn relay(_: &World, scene: &Scene) -> Result<Command> {
    conference(scene, ConferenceOp::RelayDtmf)
}

fn join(_: &World, scene: &Scene) -> Result<Command> {
    let held = scene.held.clone().ok_or_else(|| missing("a held call"))?;
    let call = scene.call()?.clone();
    let request = JoinCalls::conference(held);
    Ok(Command::Join { call, request })
}

fn connect(_: &World, scene: &Scene) -> Result<Command> {
    let held = scene.held.clone().ok_or_else(|| missing("a held call"))?;
    let call = scene.call()?.clone();
    let request = JoinCalls::connect(held);
    Ok(Command::Join { call, request })
}
