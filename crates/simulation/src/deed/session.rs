//! Signing in and out, the agent's state, and the session's standing settings; and what is only asked.

use callcontrol::{AgentStateRequest, CloseSession, Command, LookUp, Operation, Result, Scope, SessionSetting, Target};

use super::{ANN, Deed, Proof, facts};
use crate::scene::{Scene, Stage};
use crate::vendor::Vendor;
use crate::world::World;

pub(super) const DEEDS: &[Deed] = &[
    Deed::new(
        "open",
        Operation::Open,
        Stage::SignedOut,
        Proof::Fact(facts::signed_in),
        open,
    ),
    Deed::new(
        "open (the tenant's token)",
        Operation::Open,
        Stage::SignedOut,
        Proof::Query,
        open,
    )
    .only_at(Vendor::HuaweiOifde),
    Deed::new(
        "close",
        Operation::Close,
        Stage::Idle,
        Proof::Fact(facts::signed_out),
        close,
    ),
    Deed::new(
        "set-agent-state",
        Operation::SetAgentState,
        Stage::Idle,
        Proof::Fact(facts::state_changed),
        not_ready,
    ),
    Deed::new(
        "forward-calls on",
        Operation::ForwardCalls,
        Stage::Idle,
        Proof::Asked("ForwardCallsOn"),
        forward,
    ),
    Deed::new(
        "forward-calls off",
        Operation::ForwardCalls,
        Stage::Forwarding,
        Proof::Asked("ForwardCallsOff"),
        forward_no_more,
    ),
    Deed::new(
        "do-not-disturb",
        Operation::DoNotDisturb,
        Stage::Idle,
        Proof::Asked("DoNotDisturbOn"),
        do_not_disturb,
    ),
    Deed::new(
        "auto-answer",
        Operation::AutoAnswer,
        Stage::Idle,
        Proof::Path("/autoanswer/true"),
        auto_answer,
    ),
    Deed::new(
        "auto-ready",
        Operation::AutoReady,
        Stage::Idle,
        Proof::Path("/autoenteridle/false"),
        auto_ready,
    ),
    Deed::new(
        "accept-calls",
        Operation::AcceptCalls,
        Stage::Idle,
        Proof::Path("/settalkright"),
        accept_calls,
    ),
    Deed::new(
        "select-queues",
        Operation::SelectQueues,
        Stage::Idle,
        Proof::Path("/resetskill/"),
        select_queues,
    ),
    Deed::new("snapshot", Operation::Snapshot, Stage::Talking, Proof::Query, snapshot),
    Deed::new(
        "look-up queues",
        Operation::LookUp,
        Stage::Idle,
        Proof::Query,
        look_up_queues,
    )
    .only_at(Vendor::HuaweiCcGateway),
    Deed::new(
        "look-up ivrs",
        Operation::LookUp,
        Stage::Idle,
        Proof::Query,
        look_up_ivrs,
    )
    .only_at(Vendor::HuaweiOifde),
    Deed::new(
        "native query",
        Operation::Native,
        Stage::Idle,
        Proof::Query,
        native_query,
    )
    .only_at(Vendor::HuaweiCcGateway),
];

fn open(world: &World, _: &Scene) -> Result<Command> {
    let request = world.sign_in_request(ANN)?;
    Ok(Command::Open { request })
}

fn close(_: &World, scene: &Scene) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let request = CloseSession::default();
    Ok(Command::Close { session, request })
}

fn not_ready(_: &World, scene: &Scene) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let to = AgentStateRequest::NotReady { reason: None };
    Ok(Command::SetAgentState { session, to })
}

fn set(scene: &Scene, setting: SessionSetting) -> Result<Command> {
    let session = scene.session()?.id().clone();
    Ok(Command::Configure { session, setting })
}

fn forward(_: &World, scene: &Scene) -> Result<Command> {
    let to = Some(Target::named("number:third-party")?);
    set(scene, SessionSetting::ForwardCalls { to })
}

fn forward_no_more(_: &World, scene: &Scene) -> Result<Command> {
    set(scene, SessionSetting::ForwardCalls { to: None })
}

fn do_not_disturb(_: &World, scene: &Scene) -> Result<Command> {
    set(scene, SessionSetting::DoNotDisturb { on: true })
}

fn auto_answer(_: &World, scene: &Scene) -> Result<Command> {
    set(scene, SessionSetting::AutoAnswer { on: true })
}

fn auto_ready(_: &World, scene: &Scene) -> Result<Command> {
    set(scene, SessionSetting::AutoReady { on: false })
}

fn accept_calls(_: &World, scene: &Scene) -> Result<Command> {
    set(scene, SessionSetting::AcceptCalls { on: false })
}

fn select_queues(_: &World, scene: &Scene) -> Result<Command> {
    set(scene, SessionSetting::Queues { only: None })
}

fn snapshot(_: &World, scene: &Scene) -> Result<Command> {
    let scope = Scope::Session(scene.session()?.id().clone());
    Ok(Command::Snapshot { scope })
}

fn look_up_queues(_: &World, scene: &Scene) -> Result<Command> {
    look_up(scene, LookUp::Queues)
}

fn look_up_ivrs(_: &World, scene: &Scene) -> Result<Command> {
    look_up(scene, LookUp::Ivrs)
}

fn look_up(scene: &Scene, what: LookUp) -> Result<Command> {
    let session = Some(scene.session()?.id().clone());
    Ok(Command::LookUp { session, what })
}

fn native_query(world: &World, scene: &Scene) -> Result<Command> {
    let path = ["onlineagent", world.desk(ANN)?.id.as_str(), "agentstatus"];
    let request = callcontrol::NativeRequest::new("GET", path).session(scene.session()?.id().clone());
    Ok(Command::Native { request })
}
