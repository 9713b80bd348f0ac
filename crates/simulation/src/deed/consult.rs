//! Consults: their beginning in both styles with every kind of target, and the ways on from either.

use callcontrol::{Command, ConsultStep, Operation, Result, StartConsult, Target, TargetKind};

use super::{BOB, Deed, Proof, facts, missing};
use crate::scene::{Scene, Stage};
use crate::vendor::Vendor;
use crate::world::World;

const PRIVATE: Operation = Operation::Consult;
const THREE: Operation = Operation::ConsultThreeWay;
const BEGUN: Proof = Proof::Fact(facts::consulted);

pub(super) const DEEDS: &[Deed] = &[
    Deed::new("consult agent", PRIVATE, Stage::Talking, BEGUN, agent).to(TargetKind::Agent),
    Deed::new("consult queue", PRIVATE, Stage::Talking, BEGUN, queue).to(TargetKind::Queue),
    Deed::new("consult number", PRIVATE, Stage::Talking, BEGUN, number).to(TargetKind::Number),
    Deed::new("consult ivr", PRIVATE, Stage::Talking, BEGUN, ivr).to(TargetKind::Ivr),
    Deed::new("consult three-way agent", THREE, Stage::Talking, BEGUN, three_agent).to(TargetKind::Agent),
    Deed::new("consult three-way queue", THREE, Stage::Talking, BEGUN, three_queue).to(TargetKind::Queue),
    Deed::new("consult three-way number", THREE, Stage::Talking, BEGUN, three_number).to(TargetKind::Number),
    Deed::new(
        "consult-complete",
        Operation::ConsultComplete,
        Stage::Consulting,
        Proof::Fact(facts::moved),
        complete,
    ),
    Deed::new(
        "consult-complete number",
        Operation::ConsultComplete,
        Stage::ConsultingNumber,
        Proof::Fact(facts::moved),
        complete,
    ),
    Deed::new(
        "consult-cancel",
        Operation::ConsultCancel,
        Stage::Consulting,
        Proof::Fact(facts::consult_over),
        cancel,
    ),
    Deed::new(
        "consult-cancel number",
        Operation::ConsultCancel,
        Stage::ConsultingNumber,
        Proof::Fact(facts::consult_over),
        cancel,
    ),
    Deed::new(
        "consult-cancel three-way ringing",
        Operation::ConsultCancel,
        Stage::ThreeWayRings,
        Proof::Fact(facts::consult_withdrawn),
        cancel,
    )
    .only_at(Vendor::HuaweiCcGateway),
    Deed::new(
        "consult-swap",
        Operation::ConsultSwap,
        Stage::Consulting,
        Proof::Fact(facts::retrieved),
        swap,
    ),
    Deed::new(
        "consult-merge",
        Operation::ConsultMerge,
        Stage::Consulting,
        Proof::Fact(facts::conferenced),
        merge,
    ),
];

fn consult(scene: &Scene, request: StartConsult) -> Result<Command> {
    let call = scene.call()?.clone();
    Ok(Command::Consult { call, request })
}

fn agent(world: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(world.agent_target(BOB)?))
}

/// The queue that Bob serves.
fn queue(_: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(Target::named("queue:billing")?))
}

fn number(_: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(Target::named("number:third-party")?))
}

fn ivr(_: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(Target::named("ivr:pin-check")?))
}

fn three_agent(world: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(world.agent_target(BOB)?).three_way())
}

fn three_queue(_: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(Target::named("queue:billing")?).three_way())
}

fn three_number(_: &World, scene: &Scene) -> Result<Command> {
    consult(
        scene,
        StartConsult::new(Target::named("number:third-party")?).three_way(),
    )
}

fn step(scene: &Scene, step: ConsultStep) -> Result<Command> {
    let consult = scene.consult.clone().ok_or_else(|| missing("a consult"))?;
    Ok(Command::ConsultStep { consult, step })
}

fn complete(_: &World, scene: &Scene) -> Result<Command> {
    step(scene, ConsultStep::Complete)
}

fn cancel(_: &World, scene: &Scene) -> Result<Command> {
    step(scene, ConsultStep::Cancel)
}

fn swap(_: &World, scene: &Scene) -> Result<Command> {
    step(scene, ConsultStep::Swap)
}

fn merge(_: &World, scene: &Scene) -> Result<Command> {
    step(scene, ConsultStep::Merge)
}
