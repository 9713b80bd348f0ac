//! Calls that come to the agent, or are sent on before they do: dialled, adopted, picked up, asked for, moved between queues.

use callcontrol::{AdoptCall, AdoptState, Command, Dial, Operation, Requeue, Result, TakeCall, Target, TargetKind};

use super::{ANN, BOB, Deed, Proof, facts, missing};
use crate::scene::{Scene, Stage};
use crate::vendor::Vendor;
use crate::world::{Face, World};

pub(super) const DEEDS: &[Deed] = &[
    Deed::new(
        "dial number",
        Operation::Dial,
        Stage::Idle,
        Proof::Fact(facts::dialled),
        dial_number,
    )
    .to(TargetKind::Number),
    Deed::new(
        "dial agent",
        Operation::Dial,
        Stage::Idle,
        Proof::Fact(facts::dialled),
        dial_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "dial queue",
        Operation::Dial,
        Stage::Idle,
        Proof::Fact(facts::dialled),
        dial_queue,
    )
    .to(TargetKind::Queue),
    Deed::new(
        "dial ivr",
        Operation::Dial,
        Stage::Idle,
        Proof::Fact(facts::dialled),
        dial_ivr,
    )
    .to(TargetKind::Ivr),
    Deed::new("adopt", Operation::Adopt, Stage::Talking, Proof::Query, adopt).only_at(Vendor::HuaweiCcGateway),
    Deed::new(
        "pick-up",
        Operation::PickUp,
        Stage::RingsAtBob,
        Proof::Fact(facts::picked_up),
        pick_up,
    ),
    Deed::new(
        "take-waiting",
        Operation::TakeWaiting,
        Stage::Waiting,
        Proof::Fact(facts::rings_here),
        take_waiting,
    ),
    Deed::new(
        "requeue waiting",
        Operation::RequeueWaiting,
        Stage::Waiting,
        Proof::Fact(facts::requeued),
        requeue_waiting,
    )
    .to(TargetKind::Queue),
];

fn dial_number(_: &World, scene: &Scene) -> Result<Command> {
    dial(scene, Target::named("number:third-party")?)
}

fn dial_agent(world: &World, scene: &Scene) -> Result<Command> {
    dial(scene, world.agent_target(BOB)?)
}

fn dial_queue(_: &World, scene: &Scene) -> Result<Command> {
    dial(scene, Target::named("queue:billing")?)
}

fn dial_ivr(_: &World, scene: &Scene) -> Result<Command> {
    dial(scene, Target::named("ivr:pin-check")?)
}

fn dial(scene: &Scene, to: Target) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let request = Dial::to(to);
    Ok(Command::Dial { session, request })
}

fn adopt(world: &World, scene: &Scene) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let native = match (&world.face, scene.at_switch) {
        (Face::CcGateway(gateway), Some(call)) => gateway.call_id(call, &world.desk(ANN)?.id),
        _ => None,
    };
    let native = native.ok_or_else(|| missing("a call of the gateway's"))?;
    let request = AdoptCall::new(native, AdoptState::Ask);
    Ok(Command::Adopt { session, request })
}

fn pick_up(world: &World, scene: &Scene) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let agent = world.agent_target(BOB)?;
    let request = TakeCall::RingingAt { agent };
    Ok(Command::Take { session, request })
}

fn take_waiting(_: &World, scene: &Scene) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let call = scene.call()?.call.clone();
    let queue = Some(Target::named("queue:support")?);
    let request = TakeCall::Waiting { call, queue };
    Ok(Command::Take { session, request })
}

fn requeue_waiting(_: &World, scene: &Scene) -> Result<Command> {
    let call = scene.call()?.clone();
    let request = Requeue::waiting(Target::named("queue:billing")?);
    Ok(Command::Requeue { call, request })
}
