//! Moves of a customer in one command: transfers of every kind to every kind of target, the way back, and the requeue of a talk.

use callcontrol::{Code, Command, Operation, Requeue, Result, Target, TargetKind, Transfer, TransferMode};

use super::{BOB, Deed, Proof, facts, missing};
use crate::scene::{Scene, Stage};
use crate::world::{ACCESS_CODE, World};

const BLIND: Operation = Operation::BlindTransfer;
const AFTER: Operation = Operation::ReleaseAfterTransfer;
const MOVED: Proof = Proof::Fact(facts::moved);

pub(super) const DEEDS: &[Deed] = &[
    Deed::new("blind-transfer agent", BLIND, Stage::Talking, MOVED, blind_agent).to(TargetKind::Agent),
    Deed::new("blind-transfer queue", BLIND, Stage::Talking, MOVED, blind_queue).to(TargetKind::Queue),
    Deed::new("blind-transfer number", BLIND, Stage::Talking, MOVED, blind_number).to(TargetKind::Number),
    Deed::new("blind-transfer ivr", BLIND, Stage::Talking, MOVED, blind_ivr).to(TargetKind::Ivr),
    Deed::new(
        "blind-transfer access-code",
        BLIND,
        Stage::Talking,
        MOVED,
        blind_access_code,
    )
    .to(TargetKind::AccessCode),
    Deed::new("release-after agent", AFTER, Stage::Talking, MOVED, after_agent).to(TargetKind::Agent),
    Deed::new("release-after queue", AFTER, Stage::Talking, MOVED, after_queue).to(TargetKind::Queue),
    Deed::new("release-after number", AFTER, Stage::Talking, MOVED, after_number).to(TargetKind::Number),
    Deed::new("release-after ivr", AFTER, Stage::Talking, MOVED, after_ivr).to(TargetKind::Ivr),
    Deed::new(
        "release-after access-code",
        AFTER,
        Stage::Talking,
        MOVED,
        after_access_code,
    )
    .to(TargetKind::AccessCode),
    Deed::new(
        "release-after busy agent",
        AFTER,
        Stage::TalkingBobBusy,
        MOVED,
        after_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "suspend ivr",
        Operation::SuspendTransfer,
        Stage::Talking,
        Proof::Fact(facts::suspended),
        suspend,
    )
    .to(TargetKind::Ivr),
    Deed::new(
        "cancel-transfer",
        Operation::CancelTransfer,
        Stage::TransferRings,
        Proof::Fact(facts::taken_back),
        cancel,
    ),
    Deed::new(
        "requeue connected",
        Operation::RequeueConnected,
        Stage::Talking,
        MOVED,
        requeue,
    )
    .to(TargetKind::Queue),
];

pub(super) fn transfer(scene: &Scene, to: Target, mode: TransferMode) -> Result<Command> {
    let call = scene.call()?.clone();
    let request = Transfer::new(to, mode);
    Ok(Command::Transfer { call, request })
}

fn access_code() -> Result<Target> {
    Ok(Target::AccessCode(Code::new(ACCESS_CODE)?))
}

pub(super) fn blind_agent(world: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, world.agent_target(BOB)?, TransferMode::Blind)
}

pub(super) fn blind_queue(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("queue:support")?, TransferMode::Blind)
}

pub(super) fn blind_number(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("number:third-party")?, TransferMode::Blind)
}

pub(super) fn blind_ivr(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("ivr:pin-check")?, TransferMode::Blind)
}

fn blind_access_code(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, access_code()?, TransferMode::Blind)
}

fn after_agent(world: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, world.agent_target(BOB)?, TransferMode::ReleaseAfter)
}

/// To the queue that Bob serves.
fn after_queue(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("queue:billing")?, TransferMode::ReleaseAfter)
}

fn after_number(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("number:third-party")?, TransferMode::ReleaseAfter)
}

fn after_ivr(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("ivr:pin-check")?, TransferMode::ReleaseAfter)
}

fn after_access_code(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, access_code()?, TransferMode::ReleaseAfter)
}

fn suspend(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("ivr:pin-check")?, TransferMode::Suspend)
}

fn cancel(_: &World, scene: &Scene) -> Result<Command> {
    let call = scene.call()?.clone();
    let op = scene.moving.clone().ok_or_else(|| missing("a running transfer"))?;
    Ok(Command::CancelTransfer { call, op })
}

fn requeue(_: &World, scene: &Scene) -> Result<Command> {
    let call = scene.call()?.clone();
    let request = Requeue::connected(Target::named("queue:support")?);
    Ok(Command::Requeue { call, request })
}
