//! One of every command, for tests that hold for all of them.

use std::time::Duration;

use callcontrol_core::*;

use super::{call, session};

/// One of every command; a new variant must be added here, or `covers_every_operation` fails.
pub(crate) fn one_of_each() -> Vec<Command> {
    let queue = || Target::queue_id("25").unwrap();
    let number = || Target::number("90012345").unwrap();
    let agent = || Target::agent("102").unwrap();
    let leg = || LegRef::from(call());
    let consult = || ConsultRef {
        id: OpId::new("op-1").unwrap(),
        call: call(),
    };
    let mut all = vec![
        Command::Open {
            request: OpenSession::new(AgentId::new("101").unwrap()).phone(PhoneNumber::new("7001").unwrap()),
        },
        Command::Close {
            session: session(),
            request: CloseSession::forced(),
        },
        Command::SetAgentState {
            session: session(),
            to: AgentStateRequest::Rest {
                duration: Duration::from_secs(300),
                reason: Some("200".into()),
            },
        },
        Command::Adopt {
            session: session(),
            request: AdoptCall::new("1663580465-1134", AdoptState::RobotVoice(RobotMode::Supervision)),
        },
        Command::Take {
            session: session(),
            request: TakeCall::RingingAt { agent: agent() },
        },
        Command::Take {
            session: session(),
            request: TakeCall::Waiting {
                call: call().call,
                queue: Some(queue()),
            },
        },
        Command::Join {
            call: call(),
            request: JoinCalls::conference(call().call),
        },
        Command::Join {
            call: call(),
            request: JoinCalls::connect(call().call),
        },
        Command::Say {
            call: call(),
            request: Say::words("one moment", HelpRequest::at("node_action_97511f", Some(2))),
        },
        Command::LookUp {
            session: Some(session()),
            what: LookUp::Waiting { queue: queue() },
        },
        Command::Receive {
            pushed: Pushed::new(&b"{}"[..]),
        },
        Command::Dial {
            session: session(),
            request: Dial::to(number()),
        },
        Command::Consult {
            call: call(),
            request: StartConsult::new(queue()).for_conference(),
        },
        Command::Consult {
            call: call(),
            request: StartConsult::new(number()).three_way(),
        },
        Command::CancelTransfer {
            call: call(),
            op: OpId::new("op-2").unwrap(),
        },
        Command::Requeue {
            call: call(),
            request: Requeue::connected(queue()).data(CallDataPatch::set("k", "v")),
        },
        Command::Requeue {
            call: call(),
            request: Requeue::waiting(queue()),
        },
        Command::Conference {
            call: call(),
            request: ConferenceOp::Add { to: number() },
        },
        Command::Conference {
            call: call(),
            request: ConferenceOp::Remove { party: number() },
        },
        Command::Conference {
            call: call(),
            request: ConferenceOp::RelayDtmf,
        },
        Command::SendDtmf {
            at: leg(),
            digits: Dtmf::new("12#").unwrap(),
        },
        Command::PatchData {
            call: call(),
            patch: CallDataPatch::remove("k").and("a", "b"),
        },
        Command::Snapshot {
            scope: Scope::Session(session()),
        },
        Command::Native {
            request: NativeRequest::new("GET", ["calldata", "101"]).session(session()),
        },
    ];
    let settings = [
        SessionSetting::ForwardCalls { to: Some(number()) },
        SessionSetting::DoNotDisturb { on: true },
        SessionSetting::AutoAnswer { on: false },
        SessionSetting::AutoReady { on: true },
        SessionSetting::AcceptCalls { on: false },
        SessionSetting::Queues {
            only: Some(vec![queue()]),
        },
    ];
    all.extend(settings.map(|setting| Command::Configure {
        session: session(),
        setting,
    }));
    let supervisions = [
        Supervise::start(agent(), SupervisionMode::Listen),
        Supervise::start(agent(), SupervisionMode::Whisper),
        Supervise::start(agent(), SupervisionMode::BargeIn),
        Supervise::Switch {
            agent: agent(),
            mode: SupervisionMode::Listen,
        },
        Supervise::Intercept {
            agent: agent(),
            call: None,
        },
        Supervise::Stop { agent: agent() },
        Supervise::MuteAgent {
            agent: agent(),
            on: true,
        },
        Supervise::SignOut { agent: agent() },
    ];
    all.extend(supervisions.map(|request| Command::Supervise {
        session: session(),
        request,
    }));
    let media = [
        MediaAction::Record(Tape::Pause),
        MediaAction::RecordScreen(Tape::Start),
        MediaAction::Player(Tape::Stop),
    ];
    all.extend(media.map(|what| Command::Media {
        session: session(),
        request: Media::of_call(call().call, what),
    }));
    let actions = [
        LegAction::Answer,
        LegAction::Hold,
        LegAction::Retrieve,
        LegAction::Mute,
        LegAction::Unmute,
        LegAction::Release,
        LegAction::Clear,
        LegAction::Robot(RobotMode::Insertion),
    ];
    all.extend(actions.map(|what| Command::Act { at: leg(), what }));
    let modes = [TransferMode::Blind, TransferMode::ReleaseAfter, TransferMode::Suspend];
    all.extend(modes.map(|mode| Command::Transfer {
        call: call(),
        request: Transfer::new(number(), mode),
    }));
    let steps = [
        ConsultStep::Complete,
        ConsultStep::Cancel,
        ConsultStep::Swap,
        ConsultStep::Merge,
    ];
    all.extend(steps.map(|step| Command::ConsultStep {
        consult: consult(),
        step,
    }));
    all
}
