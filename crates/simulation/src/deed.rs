//! The commands whose truth is examined: how each is given, what must stand before it, and which facts of the switch's journal prove that it took effect.

use callcontrol::{
    AgentStateRequest, CallDataPatch, CloseSession, Command, ConferenceOp, ConsultStep, Dial, Dtmf, Error, LegAction,
    LegRef, Operation, OperationKey, Requeue, Result, RobotMode, Say, StartConsult, Supervise, SupervisionMode, Target,
    TargetKind, Transfer, TransferMode,
};
use callcontrol_testkit::switch::{LegState, Party, SwitchEvent};

use crate::scene::{Scene, Stage};
use crate::world::World;

/// One command of an agent's.
#[derive(Debug, Clone, Copy)]
pub struct Deed {
    /// Its name in reports.
    pub name: &'static str,
    /// What the capability table is asked.
    pub key: OperationKey,
    /// What must stand before.
    pub stage: Stage,
    /// How the journal shows it.
    pub proof: Proof,
    build: Build,
}

type Build = fn(&World, &Scene) -> Result<Command>;

/// How it can be known from the switch that a command took effect.
#[derive(Debug, Clone, Copy)]
pub enum Proof {
    /// By such a fact of this agent.
    Fact(fn(&str, &SwitchEvent) -> bool),
    /// By the robot session's mode, here the wanted one.
    RobotInsertion,
    /// By the robot's pending words.
    RobotWords,
    /// By how often the robot session's customer was moved.
    RobotMoved,
}

impl Deed {
    /// The command itself.
    ///
    /// # Errors
    /// The scene lacks what the command is about.
    pub fn command(&self, world: &World, scene: &Scene) -> Result<Command> {
        (self.build)(world, scene)
    }

    /// Whether the deed must be at the switch at most once, however its exchange ended. Signing in may be tried again.
    #[must_use]
    pub fn is_once(&self) -> bool {
        self.key.operation != Operation::Open
    }

    const fn new(name: &'static str, operation: Operation, stage: Stage, proof: Proof, build: Build) -> Self {
        let key = OperationKey {
            operation,
            target: None,
        };
        Self {
            name,
            key,
            stage,
            proof,
            build,
        }
    }

    const fn to(mut self, kind: TargetKind) -> Self {
        self.key.target = Some(kind);
        self
    }
}

/// All of them; which of them a vendor can do, its capability table says.
pub const DEEDS: &[Deed] = &[
    Deed::new("open", Operation::Open, Stage::SignedOut, Proof::Fact(signed_in), open),
    Deed::new("close", Operation::Close, Stage::Idle, Proof::Fact(signed_out), close),
    Deed::new(
        "set-agent-state",
        Operation::SetAgentState,
        Stage::Idle,
        Proof::Fact(state_changed),
        not_ready,
    ),
    Deed::new(
        "dial number",
        Operation::Dial,
        Stage::Idle,
        Proof::Fact(dialled),
        dial_number,
    )
    .to(TargetKind::Number),
    Deed::new(
        "dial agent",
        Operation::Dial,
        Stage::Idle,
        Proof::Fact(dialled),
        dial_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "answer",
        Operation::Answer,
        Stage::Ringing,
        Proof::Fact(answered),
        answer,
    ),
    Deed::new("hold", Operation::Hold, Stage::Talking, Proof::Fact(held), hold),
    Deed::new(
        "retrieve",
        Operation::Retrieve,
        Stage::Held,
        Proof::Fact(retrieved),
        retrieve,
    ),
    Deed::new("mute", Operation::Mute, Stage::Talking, Proof::Fact(muted), mute),
    Deed::new(
        "release",
        Operation::Release,
        Stage::Talking,
        Proof::Fact(left),
        release,
    ),
    Deed::new(
        "send-dtmf",
        Operation::SendDtmf,
        Stage::Talking,
        Proof::Fact(tones),
        send_dtmf,
    ),
    Deed::new(
        "patch-data",
        Operation::PatchData,
        Stage::Talking,
        Proof::Fact(data),
        patch_data,
    ),
    Deed::new(
        "blind-transfer agent",
        Operation::BlindTransfer,
        Stage::Talking,
        Proof::Fact(moved),
        blind_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "blind-transfer queue",
        Operation::BlindTransfer,
        Stage::Talking,
        Proof::Fact(moved),
        blind_queue,
    )
    .to(TargetKind::Queue),
    Deed::new(
        "blind-transfer number",
        Operation::BlindTransfer,
        Stage::Talking,
        Proof::Fact(moved),
        blind_number,
    )
    .to(TargetKind::Number),
    Deed::new(
        "blind-transfer ivr",
        Operation::BlindTransfer,
        Stage::Talking,
        Proof::Fact(moved),
        blind_ivr,
    )
    .to(TargetKind::Ivr),
    Deed::new(
        "release-after agent",
        Operation::ReleaseAfterTransfer,
        Stage::Talking,
        Proof::Fact(moved),
        after_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "release-after number",
        Operation::ReleaseAfterTransfer,
        Stage::Talking,
        Proof::Fact(moved),
        after_number,
    )
    .to(TargetKind::Number),
    Deed::new(
        "release-after busy agent",
        Operation::ReleaseAfterTransfer,
        Stage::TalkingBobBusy,
        Proof::Fact(moved),
        after_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "suspend ivr",
        Operation::SuspendTransfer,
        Stage::Talking,
        Proof::Fact(suspended),
        suspend,
    )
    .to(TargetKind::Ivr),
    Deed::new(
        "cancel-transfer",
        Operation::CancelTransfer,
        Stage::TransferRings,
        Proof::Fact(taken_back),
        cancel,
    ),
    Deed::new(
        "requeue connected",
        Operation::RequeueConnected,
        Stage::Talking,
        Proof::Fact(moved),
        requeue,
    )
    .to(TargetKind::Queue),
    Deed::new(
        "consult agent",
        Operation::Consult,
        Stage::Talking,
        Proof::Fact(consulted),
        consult_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "consult number",
        Operation::Consult,
        Stage::Talking,
        Proof::Fact(consulted),
        consult_number,
    )
    .to(TargetKind::Number),
    Deed::new(
        "consult three-way number",
        Operation::ConsultThreeWay,
        Stage::Talking,
        Proof::Fact(consulted),
        consult_three,
    )
    .to(TargetKind::Number),
    Deed::new(
        "consult-complete",
        Operation::ConsultComplete,
        Stage::Consulting,
        Proof::Fact(moved),
        complete,
    ),
    Deed::new(
        "consult-cancel",
        Operation::ConsultCancel,
        Stage::Consulting,
        Proof::Fact(consult_over),
        cancel_consult,
    ),
    Deed::new(
        "consult-swap",
        Operation::ConsultSwap,
        Stage::Consulting,
        Proof::Fact(retrieved),
        swap,
    ),
    Deed::new(
        "consult-merge",
        Operation::ConsultMerge,
        Stage::Consulting,
        Proof::Fact(conferenced),
        merge,
    ),
    Deed::new(
        "conference-add number",
        Operation::ConferenceAdd,
        Stage::Talking,
        Proof::Fact(third_joined),
        add,
    )
    .to(TargetKind::Number),
    Deed::new(
        "listen-in",
        Operation::ListenIn,
        Stage::BobTalks,
        Proof::Fact(supervises),
        listen,
    ),
    Deed::new(
        "barge-in",
        Operation::BargeIn,
        Stage::BobTalks,
        Proof::Fact(supervises),
        barge,
    ),
    Deed::new(
        "robot-mode insertion",
        Operation::RobotMode,
        Stage::Robot,
        Proof::RobotInsertion,
        insertion,
    ),
    Deed::new("say", Operation::Say, Stage::RobotInserted, Proof::RobotWords, say),
    Deed::new(
        "robot blind-transfer agent",
        Operation::BlindTransfer,
        Stage::Robot,
        Proof::RobotMoved,
        blind_agent,
    )
    .to(TargetKind::Agent),
    Deed::new(
        "robot blind-transfer queue",
        Operation::BlindTransfer,
        Stage::Robot,
        Proof::RobotMoved,
        blind_queue,
    )
    .to(TargetKind::Queue),
    Deed::new(
        "robot blind-transfer number",
        Operation::BlindTransfer,
        Stage::Robot,
        Proof::RobotMoved,
        blind_number,
    )
    .to(TargetKind::Number),
    Deed::new(
        "robot blind-transfer ivr",
        Operation::BlindTransfer,
        Stage::Robot,
        Proof::RobotMoved,
        blind_ivr,
    )
    .to(TargetKind::Ivr),
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

fn dial_number(_: &World, scene: &Scene) -> Result<Command> {
    dial(scene, Target::named("number:third-party")?)
}

fn dial_agent(world: &World, scene: &Scene) -> Result<Command> {
    dial(scene, world.agent_target(BOB)?)
}

fn dial(scene: &Scene, to: Target) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let request = Dial::to(to);
    Ok(Command::Dial { session, request })
}

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

fn release(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Release)
}

fn insertion(_: &World, scene: &Scene) -> Result<Command> {
    leg(scene, LegAction::Robot(RobotMode::Insertion))
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

fn transfer(scene: &Scene, to: Target, mode: TransferMode) -> Result<Command> {
    let call = scene.call()?.clone();
    let request = Transfer::new(to, mode);
    Ok(Command::Transfer { call, request })
}

fn blind_agent(world: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, world.agent_target(BOB)?, TransferMode::Blind)
}

fn blind_queue(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("queue:support")?, TransferMode::Blind)
}

fn blind_number(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("number:third-party")?, TransferMode::Blind)
}

fn blind_ivr(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("ivr:pin-check")?, TransferMode::Blind)
}

fn after_agent(world: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, world.agent_target(BOB)?, TransferMode::ReleaseAfter)
}

fn after_number(_: &World, scene: &Scene) -> Result<Command> {
    transfer(scene, Target::named("number:third-party")?, TransferMode::ReleaseAfter)
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

fn consult(scene: &Scene, request: StartConsult) -> Result<Command> {
    let call = scene.call()?.clone();
    Ok(Command::Consult { call, request })
}

fn consult_agent(world: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(world.agent_target(BOB)?))
}

fn consult_number(_: &World, scene: &Scene) -> Result<Command> {
    consult(scene, StartConsult::new(Target::named("number:third-party")?))
}

fn consult_three(_: &World, scene: &Scene) -> Result<Command> {
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

fn cancel_consult(_: &World, scene: &Scene) -> Result<Command> {
    step(scene, ConsultStep::Cancel)
}

fn swap(_: &World, scene: &Scene) -> Result<Command> {
    step(scene, ConsultStep::Swap)
}

fn merge(_: &World, scene: &Scene) -> Result<Command> {
    step(scene, ConsultStep::Merge)
}

fn add(_: &World, scene: &Scene) -> Result<Command> {
    let call = scene.call()?.clone();
    let to = Target::named("number:third-party")?;
    let request = ConferenceOp::Add { to };
    Ok(Command::Conference { call, request })
}

fn listen(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, SupervisionMode::Listen)
}

fn barge(world: &World, scene: &Scene) -> Result<Command> {
    supervise(world, scene, SupervisionMode::BargeIn)
}

fn supervise(world: &World, scene: &Scene, mode: SupervisionMode) -> Result<Command> {
    let session = scene.session()?.id().clone();
    let request = Supervise::start(world.agent_target(BOB)?, mode);
    Ok(Command::Supervise { session, request })
}

fn say(_: &World, scene: &Scene) -> Result<Command> {
    let call = scene.call()?.clone();
    let help = scene.help.clone().ok_or_else(|| missing("a request for help"))?;
    let request = Say::words("One moment, please.", help);
    Ok(Command::Say { call, request })
}

fn missing(what: &str) -> Error {
    Error::invalid_input(format!("the scene has not {what}"))
}

fn signed_in(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SignedIn { agent, .. } if agent == me)
}

fn signed_out(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SignedOut { agent, .. } if agent == me)
}

fn state_changed(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::AgentStateChanged { agent, .. } if agent == me)
}

fn dialled(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::CallStarted { originator, parent: None, .. } if originator.as_agent() == Some(me))
}

pub(crate) fn answered(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Answered { party, .. } if party.as_agent() == Some(me))
}

pub(crate) fn held(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Held { by, .. } if by == me)
}

pub(crate) fn retrieved(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Retrieved { by, .. } if by == me)
}

pub(crate) fn muted(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::MuteChanged { agent, on: true, .. } if agent == me)
}

pub(crate) fn left(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::PartyLeft { party, was, .. } if party.as_agent() == Some(me) && *was != LegState::Alerting)
}

pub(crate) fn tones(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::DtmfSent { by, .. } if by == me)
}

pub(crate) fn data(_: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::DataChanged { .. })
}

/// The customer was moved on by this agent.
pub(crate) fn moved(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Moved { by: Some(by), .. } if by == me)
}

fn suspended(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SentToIvr { waiting: Some(by), .. } if by == me)
}

fn taken_back(me: &str, fact: &SwitchEvent) -> bool {
    let withdrawn = matches!(fact, SwitchEvent::TransferFailed { by, .. } if by == me);
    withdrawn || consult_over(me, fact)
}

pub(crate) fn consulted(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::ConsultStarted { by, .. } if by == me)
}

pub(crate) fn consult_over(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::ConsultCancelled { by, .. } | SwitchEvent::ConsultEnded { by, .. } if by == me)
}

fn conferenced(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Conferenced { parties, .. } if parties.contains(&Party::agent(me)))
}

fn third_joined(_: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::PartyJoined { party, .. } if *party == Party::outside(crate::world::THIRD_PARTY))
}

fn supervises(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SupervisionStarted { by, .. } if by == me)
}

/// The agent who acts.
pub const ANN: usize = 0;
/// The agent who is called.
pub const BOB: usize = 1;
