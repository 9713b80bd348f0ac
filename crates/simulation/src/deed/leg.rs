//! What an agent does with the own leg, and with what rides on the call.

use callcontrol::{CallDataPatch, Command, Dtmf, LegAction, LegRef, Operation, Result};

use super::{Deed, Proof, facts};
use crate::scene::{Scene, Stage};
use crate::world::World;

pub(super) const DEEDS: &[Deed] = &[
    Deed::new(
        "answer",
        Operation::Answer,
        Stage::Ringing,
        Proof::Fact(facts::answered),
        answer,
    ),
    Deed::new("hold", Operation::Hold, Stage::Talking, Proof::Fact(facts::held), hold),
    Deed::new(
        "retrieve",
        Operation::Retrieve,
        Stage::Held,
        Proof::Fact(facts::retrieved),
        retrieve,
    ),
    Deed::new("mute", Operation::Mute, Stage::Talking, Proof::Fact(facts::muted), mute),
    Deed::new(
        "unmute",
        Operation::Unmute,
        Stage::Muted,
        Proof::Fact(facts::unmuted),
        unmute,
    ),
    Deed::new(
        "release",
        Operation::Release,
        Stage::Talking,
        Proof::Fact(facts::left),
        release,
    ),
    Deed::new(
        "clear",
        Operation::Clear,
        Stage::Talking,
        Proof::Fact(facts::left),
        clear,
    ),
    Deed::new(
        "send-dtmf",
        Operation::SendDtmf,
        Stage::Talking,
        Proof::Fact(facts::tones),
        send_dtmf,
    ),
    Deed::new(
        "patch-data",
        Operation::PatchData,
        Stage::Talking,
        Proof::Fact(facts::data),
        patch_data,
    ),
];

fn leg(scene: &Scene, what: LegAction) -> Result<Command> {
    let at: LegRef = scene.call()?.clone().into();
    Ok(Command::Act { at, what })
}

fn answer(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Answer)
}

fn hold(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Hold)
}

fn retrieve(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Retrieve)
}

fn mute(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Mute)
}

fn unmute(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Unmute)
}

fn release(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Release)
}

fn clear(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Clear)
}

fn send_dtmf(_: &World, scene: &Scene) -> Result<Command> {
    let at: LegRef = scene.call()?.clone().into();
    let digits = Dtmf::new("12")?;
    Ok(Command::SendDtmf { at, digits })
}

fn patch_data(_: &World, scene: &Scene) -> Result<Command> {
    let call = scene.call()?.clone();
    let patch = CallDataPatch::set("case", "4711");
    Ok(Command::PatchData { call, patch })
}
