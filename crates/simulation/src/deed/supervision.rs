//! A supervisor and an agent's talk: every way of taking part, of changing and of ending it.

use callcontrol::{Command, Operation, Result, Supervise, SupervisionMode, Target};

use super::{BOB, Deed, Proof, facts};
use crate::scene::{Scene, Stage};
use crate::world::World;

pub(super) const DEEDS: &[Deed] = &[
    Deed::new(
        "listen-in",
        Operation::ListenIn,
        Stage::BobTalks,
        Proof::Fact(facts::supervises),
        listen,
    ),
    Deed::new(
        "whisper",
        Operation::Whisper,
        Stage::BobTalks,
        Proof::Fact(facts::supervises),
        whisper,
    ),
    Deed::new(
        "barge-in",
        Operation::BargeIn,
        Stage::BobTalks,
        Proof::Fact(facts::supervises),
        barge,
    ),
    Deed::new(
        "switch-supervision",
        Operation::SwitchSupervision,
        Stage::Supervising,
        Proof::Fact(facts::switched),
        switch,
    ),
    Deed::new(
        "stop-supervision",
        Operation::StopSupervision,
        Stage::Supervising,
        Proof::Fact(facts::supervises_no_longer),
        stop,
    ),
    Deed::new(
        "intercept",
        Operation::Intercept,
        Stage::Supervising,
        Proof::Fact(facts::intercepted),
        intercept,
    ),
    Deed::new(
        "mute-agent",
        Operation::MuteAgent,
        Stage::Supervising,
        Proof::Fact(facts::other_muted),
        mute_agent,
    ),
    Deed::new(
        "sign-agent-out",
        Operation::SignAgentOut,
        Stage::Idle,
        Proof::Fact(facts::other_signed_out),
        sign_out,
    ),
];

fn supervise(world: &World, scene: &Scene, what: impl FnOnce(Target) -> Supervise) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let request = what(world.agent_target(BOB)?);
    Ok(Command::Supervise { session, request })
}

fn listen(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, |bob| Supervise::start(bob, SupervisionMode::Listen))
}

fn whisper(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, |bob| Supervise::start(bob, SupervisionMode::Whisper))
}

fn barge(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, |bob| Supervise::start(bob, SupervisionMode::BargeIn))
}

fn switch(world: &World, scene: &Scene) -> Result<Command> {
    let mode = SupervisionMode::Whisper;
    supervise(world, scene, |agent| Supervise::Switch { agent, mode })
}

fn stop(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, |agent| Supervise::Stop { agent })
}

fn intercept(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, |agent| Supervise::Intercept { agent, call: None })
}

fn mute_agent(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, |agent| Supervise::MuteAgent { agent, on: true })
}

fn sign_out(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, |agent| Supervise::SignOut { agent })
}
