//! The command that an operation stands for, on the scene that was set.

use callcontrol_core::{
    AgentId, AgentStateRequest, CallDataPatch, CallRef, CloseSession, Code, Command, ConferenceOp, ConsultRef,
    ConsultStep, Dial, Dtmf, HelpRequest, JoinCalls, LegAction, LegRef, LookUp, Media, MediaAction, MessageBox,
    NativeRequest, NativeTarget, OpId, Operation, OperationKey, Pushed, Requeue, RobotMode, Say, Scope, SessionId,
    SessionSetting, StartConsult, Supervise, SupervisionMode, TakeCall, Tape, Target, TargetKind, Transfer,
    TransferMode,
};

use super::prepare::Scene;
use super::report::{Tried, fail};
use super::stage::Stage;

/// The tones that the suite sends.
pub(super) const TONES: &str = "12#";
/// The pair that the suite puts on a call.
pub(super) const TOPIC: (&str, &str) = ("topic", "invoice");

/// The command. What the scene lacks is filled with something plausible: whoever does not claim the operation never looks at it.
pub(super) fn command(stage: &Stage, key: OperationKey, scene: &Scene) -> Tried<Command> {
    let given = Given::new(stage, key, scene)?;
    Ok(match key.operation {
        Operation::Open => Command::Open {
            request: stage.harness.agent(),
        },
        Operation::Close => Command::Close {
            session: given.session,
            request: CloseSession::default(),
        },
        Operation::SetAgentState => Command::SetAgentState {
            session: given.session,
            to: AgentStateRequest::NotReady { reason: None },
        },
        Operation::ForwardCalls => given.configure(|to| SessionSetting::ForwardCalls { to: Some(to) }),
        Operation::DoNotDisturb => given.configure(|_| SessionSetting::DoNotDisturb { on: true }),
        Operation::AutoAnswer => given.configure(|_| SessionSetting::AutoAnswer { on: true }),
        Operation::AutoReady => given.configure(|_| SessionSetting::AutoReady { on: false }),
        Operation::AcceptCalls => given.configure(|_| SessionSetting::AcceptCalls { on: true }),
        Operation::SelectQueues => given.configure(|_| SessionSetting::Queues { only: None }),
        Operation::Adopt => Command::Adopt {
            session: given.session,
            request: scene
                .adopt
                .clone()
                .unwrap_or_else(|| callcontrol_core::AdoptCall::new("1", callcontrol_core::AdoptState::Waiting)),
        },
        Operation::Dial => Command::Dial {
            session: given.session,
            request: Dial::to(given.to),
        },
        Operation::PickUp => given.take(|to, _| TakeCall::RingingAt { agent: to }),
        Operation::TakeWaiting => given.take(|to, call| TakeCall::Waiting { call, queue: Some(to) }),
        Operation::Answer => given.act(LegAction::Answer),
        Operation::Hold => given.act(LegAction::Hold),
        Operation::Retrieve => given.act(LegAction::Retrieve),
        Operation::Mute => given.act(LegAction::Mute),
        Operation::Unmute => given.act(LegAction::Unmute),
        Operation::Release => given.act(LegAction::Release),
        Operation::Clear => given.act(LegAction::Clear),
        Operation::RobotMode => given.act(LegAction::Robot(RobotMode::Insertion)),
        Operation::BlindTransfer => given.transfer(TransferMode::Blind),
        Operation::ReleaseAfterTransfer => given.transfer(TransferMode::ReleaseAfter),
        Operation::SuspendTransfer => given.transfer(TransferMode::Suspend),
        Operation::CancelTransfer => Command::CancelTransfer {
            op: scene.running.clone().unwrap_or_else(OpId::fresh),
            call: given.call,
        },
        Operation::Consult => Command::Consult {
            call: given.call,
            request: StartConsult::new(given.to),
        },
        Operation::ConsultThreeWay => Command::Consult {
            call: given.call,
            request: StartConsult::new(given.to).three_way(),
        },
        Operation::ConsultComplete => given.step(scene, ConsultStep::Complete),
        Operation::ConsultCancel => given.step(scene, ConsultStep::Cancel),
        Operation::ConsultSwap => given.step(scene, ConsultStep::Swap),
        Operation::ConsultMerge => given.step(scene, ConsultStep::Merge),
        Operation::RequeueConnected => Command::Requeue {
            call: given.call,
            request: Requeue::connected(given.to),
        },
        Operation::RequeueWaiting => Command::Requeue {
            call: given.call,
            request: Requeue::waiting(given.to),
        },
        Operation::ConferenceAdd => given.conference(|to| ConferenceOp::Add { to }),
        Operation::ConferenceRemove => given.conference(|party| ConferenceOp::Remove { party }),
        Operation::RelayDtmf => given.conference(|_| ConferenceOp::RelayDtmf),
        Operation::JoinConference => given.join(scene, JoinCalls::conference),
        Operation::ConnectCalls => given.join(scene, JoinCalls::connect),
        Operation::SendDtmf => Command::SendDtmf {
            at: LegRef::from(given.call),
            digits: Dtmf::new(TONES)?,
        },
        Operation::PatchData => Command::PatchData {
            call: given.call,
            patch: CallDataPatch::set(TOPIC.0, TOPIC.1),
        },
        Operation::Record => given.media(true, MediaAction::Record(Tape::Start)),
        Operation::RecordScreen => given.media(false, MediaAction::RecordScreen(Tape::Start)),
        Operation::Play => {
            let file = stage.harness.file().unwrap_or_else(|| "welcome.wav".to_owned());
            let what = MediaAction::Play {
                file,
                times: 1,
                start: std::time::Duration::ZERO,
            };
            given.media(false, what)
        }
        Operation::ListenIn => given.supervise(|agent| Supervise::start(agent, SupervisionMode::Listen)),
        Operation::Whisper => given.supervise(|agent| Supervise::start(agent, SupervisionMode::Whisper)),
        Operation::BargeIn => given.supervise(|agent| Supervise::start(agent, SupervisionMode::BargeIn)),
        Operation::SwitchSupervision => given.supervise(|agent| Supervise::Switch {
            agent,
            mode: SupervisionMode::Whisper,
        }),
        Operation::StopSupervision => given.supervise(|agent| Supervise::Stop { agent }),
        Operation::Intercept => given.supervise(|agent| Supervise::Intercept { agent, call: None }),
        Operation::MuteAgent => given.supervise(|agent| Supervise::MuteAgent { agent, on: true }),
        Operation::SignAgentOut => given.supervise(|agent| Supervise::SignOut { agent }),
        Operation::Say => Command::Say {
            call: given.call,
            request: Say::words(
                "one moment please",
                stage.harness.help().unwrap_or_else(|| HelpRequest::at("1", None)),
            ),
        },
        Operation::LookUp => Command::LookUp {
            session: Some(given.session),
            what: LookUp::Queues,
        },
        Operation::Snapshot => Command::Snapshot {
            scope: Scope::Session(given.session),
        },
        Operation::Native => Command::Native {
            request: stage
                .harness
                .native()
                .unwrap_or_else(|| NativeRequest::new("GET", ["status"]))
                .session(given.session),
        },
        Operation::Receive => Command::Receive {
            pushed: stage.harness.pushed().unwrap_or_else(|| Pushed::new(*b"{}")),
        },
        other => return fail(format!("the suite has no command for {other}")),
    })
}

struct Given {
    session: SessionId,
    call: CallRef,
    to: Target,
}

impl Given {
    fn new(stage: &Stage, key: OperationKey, scene: &Scene) -> Tried<Self> {
        let session = match &scene.session {
            Some(session) => session.id().clone(),
            None => SessionId::new(&stage.cast.agent)?,
        };
        let call = match &scene.call {
            Some(call) => call.at().clone(),
            None => CallRef {
                session: session.clone(),
                call: callcontrol_core::CallId::new("call-unknown")?,
            },
        };
        let to = match &scene.to {
            Some(part) => part.target.clone(),
            None => plausible(stage, key.target.unwrap_or(TargetKind::Agent))?,
        };
        Ok(Self { session, call, to })
    }

    fn configure(self, setting: impl FnOnce(Target) -> SessionSetting) -> Command {
        Command::Configure {
            session: self.session,
            setting: setting(self.to),
        }
    }

    fn take(self, request: impl FnOnce(Target, callcontrol_core::CallId) -> TakeCall) -> Command {
        Command::Take {
            session: self.session,
            request: request(self.to, self.call.call),
        }
    }

    fn act(self, what: LegAction) -> Command {
        Command::Act {
            at: LegRef::from(self.call),
            what,
        }
    }

    fn transfer(self, mode: TransferMode) -> Command {
        Command::Transfer {
            call: self.call,
            request: Transfer::new(self.to, mode),
        }
    }

    fn step(self, scene: &Scene, step: ConsultStep) -> Command {
        let consult = scene.consult.clone().unwrap_or_else(|| ConsultRef {
            id: OpId::fresh(),
            call: self.call,
        });
        Command::ConsultStep { consult, step }
    }

    fn conference(self, request: impl FnOnce(Target) -> ConferenceOp) -> Command {
        Command::Conference {
            call: self.call,
            request: request(self.to),
        }
    }

    fn join(self, scene: &Scene, request: fn(callcontrol_core::CallId) -> JoinCalls) -> Command {
        let held = scene.held.clone().unwrap_or_else(|| self.call.call.clone());
        Command::Join {
            call: self.call,
            request: request(held),
        }
    }

    fn media(self, of_call: bool, what: MediaAction) -> Command {
        let request = if of_call {
            Media::of_call(self.call.call, what)
        } else {
            Media::at_desk(what)
        };
        Command::Media {
            session: self.session,
            request,
        }
    }

    fn supervise(self, request: impl FnOnce(Target) -> Supervise) -> Command {
        Command::Supervise {
            session: self.session,
            request: request(self.to),
        }
    }
}

/// The harness's own target of this kind, or any that looks like one.
fn plausible(stage: &Stage, kind: TargetKind) -> Tried<Target> {
    if let Some(part) = stage.cast.part(kind) {
        return Ok(part.target.clone());
    }
    let agent = AgentId::new(&stage.cast.agent)?;
    Ok(match kind {
        TargetKind::Agent => Target::agent(&stage.cast.agent)?,
        TargetKind::Queue => Target::queue_id("1")?,
        TargetKind::Ivr => Target::ivr("1")?,
        TargetKind::AccessCode => Target::AccessCode(Code::new("1")?),
        TargetKind::Number => Target::number("1")?,
        TargetKind::LastAgent => Target::LastAgent,
        TargetKind::QueueOfAgent => Target::QueueOfAgent(agent),
        TargetKind::Message => Target::Message(MessageBox::LastAgent),
        TargetKind::Native => Target::Native(NativeTarget {
            kind: Code::new("1")?,
            address: String::new(),
        }),
        other => return fail(format!("the suite has no target of the kind {other}")),
    })
}
