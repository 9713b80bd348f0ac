//! What OIFDE can do, as data, with a reason for everything that it cannot (vendor page, section 10).

use callcontrol_core::{Capabilities, Limits, Operation, OperationKey, OutcomeSource, Recipe, Risk, TargetKind};

use crate::config::{Caller, OifdeConfig};

/// The adapter's id in the configuration.
pub const ADAPTER_ID: &str = "huawei-oifde";

/// The manifest, as it is with a default configuration; needs no connection.
#[must_use]
pub fn manifest() -> Capabilities {
    let mut table = Capabilities::none()
        .native(Operation::Open, OutcomeSource::Answer)
        .native(Operation::Close, OutcomeSource::Answer)
        .native(Operation::Adopt, OutcomeSource::Answer)
        .native(Operation::RobotMode, OutcomeSource::Never)
        .native(Operation::Say, OutcomeSource::Never)
        .native(Operation::LookUp, OutcomeSource::Answer)
        .native(Operation::Native, OutcomeSource::Never)
        .emulated(Operation::Snapshot, own_view(), OutcomeSource::Answer);
    for kind in TargetKind::ALL {
        let key = OperationKey::to(Operation::BlindTransfer, kind);
        table = match kind {
            TargetKind::AccessCode => table.unsupported(
                key,
                "OIFDE has no transfer to a system access code; name the queue by route code or the IVR flow by access code",
            ),
            _ => table.native(key, OutcomeSource::Never),
        };
    }
    for (operation, reason) in LACKING {
        table = lacking(table, *operation, reason);
    }
    table
}

/// The manifest with the bounds that the deployment sets, for the kind of caller that it is.
pub(crate) fn configured(config: &OifdeConfig) -> Capabilities {
    let mut limits = Limits::default();
    limits.call_data_bytes = Some(config.max_call_data_bytes);
    let table = manifest().limits(limits);
    match config.caller {
        Caller::System => TENANTS_ONLY
            .iter()
            .fold(table, |table, operation| lacking(table, *operation, NO_TENANT)),
        Caller::Tenant | Caller::Internal if config.ask_transfer_records => {
            let key = OperationKey::to(Operation::BlindTransfer, TargetKind::Number);
            table.native(key, OutcomeSource::Poll)
        }
        Caller::Tenant | Caller::Internal => table,
    }
}

fn lacking(table: Capabilities, operation: Operation, reason: &str) -> Capabilities {
    if !operation.has_target() {
        return table.unsupported(operation, reason);
    }
    TargetKind::ALL.into_iter().fold(table, |table, kind| {
        table.unsupported(OperationKey::to(operation, kind), reason)
    })
}

fn own_view() -> Recipe {
    Recipe {
        name: "view-of-own-commands".to_owned(),
        hazards: vec![
            "the vendor has no state query: the view holds what was adopted and what our own commands changed"
                .to_owned(),
            "a customer who hung up stays in the view".to_owned(),
        ],
        risk: Risk::Safe,
    }
}

/// What a system-level caller is refused (vendor page, section 3).
const TENANTS_ONLY: &[Operation] = &[
    Operation::Adopt,
    Operation::RobotMode,
    Operation::BlindTransfer,
    Operation::Say,
    Operation::LookUp,
];

const NO_TENANT: &str = "a system-level caller may use the offline transcription callback only; set caller to tenant";

const LACKING: &[(Operation, &str)] = &[
    (
        Operation::SetAgentState,
        "the silent agent's readiness belongs to the agent desktop; OIFDE has no interface for it",
    ),
    (Operation::Dial, "OIFDE makes no calls"),
    (
        Operation::Answer,
        "the platform assigns robot sessions by itself; manual answering is not supported",
    ),
    (Operation::Hold, "OIFDE cannot hold a call"),
    (
        Operation::Retrieve,
        "OIFDE cannot hold a call, so there is none to take back",
    ),
    (
        Operation::Mute,
        "OIFDE carries no audio of the silent agent's, so there is nothing to mute",
    ),
    (
        Operation::Unmute,
        "OIFDE carries no audio of the silent agent's, so there is nothing to unmute",
    ),
    (
        Operation::Release,
        "OIFDE cannot hang up; robot mode common gives the session back to the robot, for good",
    ),
    (Operation::Clear, "OIFDE cannot hang up"),
    (
        Operation::ReleaseAfterTransfer,
        "OIFDE transfers blindly only: nobody is told whether the target answers",
    ),
    (
        Operation::SuspendTransfer,
        "OIFDE transfers blindly only: a transferred session does not come back",
    ),
    (
        Operation::CancelTransfer,
        "an accepted transfer order cannot be taken back",
    ),
    (
        Operation::Consult,
        "OIFDE has no consult; use the agent's voice adapter",
    ),
    (
        Operation::ConsultThreeWay,
        "OIFDE has no consult; use the agent's voice adapter",
    ),
    (Operation::ConsultComplete, "OIFDE has no consult"),
    (Operation::ConsultCancel, "OIFDE has no consult"),
    (Operation::ConsultSwap, "OIFDE has no consult"),
    (Operation::ConsultMerge, "OIFDE has no consult"),
    (
        Operation::RequeueConnected,
        "OIFDE has no requeue; a blind transfer to a queue hands the session over, for good",
    ),
    (
        Operation::RequeueWaiting,
        "a call that waits in a queue is no longer in OIFDE",
    ),
    (Operation::ConferenceAdd, "OIFDE has no conference"),
    (Operation::ConferenceRemove, "OIFDE has no conference"),
    (
        Operation::RelayDtmf,
        "OIFDE has no conference to relay key presses into",
    ),
    (
        Operation::SendDtmf,
        "key presses are input to the engine; it sends none",
    ),
    (
        Operation::ForwardCalls,
        "where an agent's calls go belongs to the agent desktop",
    ),
    (
        Operation::DoNotDisturb,
        "whether an agent takes calls belongs to the agent desktop",
    ),
    (
        Operation::AutoAnswer,
        "the platform assigns robot sessions by itself; nothing is answered",
    ),
    (
        Operation::AutoReady,
        "the silent agent's readiness belongs to the agent desktop",
    ),
    (
        Operation::AcceptCalls,
        "whether an agent takes calls belongs to the agent desktop",
    ),
    (
        Operation::SelectQueues,
        "the queues of an agent belong to the agent desktop",
    ),
    (
        Operation::PickUp,
        "robot sessions do not ring, so there is none to pick up",
    ),
    (
        Operation::TakeWaiting,
        "a call that waits in a queue is no longer in OIFDE",
    ),
    (Operation::JoinConference, "OIFDE has no conference"),
    (Operation::ConnectCalls, "OIFDE cannot hold a call"),
    (Operation::Record, "OIFDE has no recorder; the platform records"),
    (Operation::RecordScreen, "OIFDE has no recorder of screens"),
    (Operation::Play, "what is played is decided by the flow"),
    (
        Operation::ListenIn,
        "the silent agent of a supervised robot session hears it already; agents are supervised at the agent desktop",
    ),
    (Operation::Whisper, "agents are supervised at the agent desktop"),
    (
        Operation::BargeIn,
        "use robot mode insertion to speak in the robot's place",
    ),
    (
        Operation::SwitchSupervision,
        "use the robot modes; agents are supervised at the agent desktop",
    ),
    (
        Operation::StopSupervision,
        "robot mode common ends the supervision, for good",
    ),
    (
        Operation::Intercept,
        "use robot mode insertion to take the conversation over",
    ),
    (Operation::MuteAgent, "OIFDE carries no audio of the silent agent's"),
    (Operation::SignAgentOut, "agents are signed out at the agent desktop"),
    (Operation::Receive, "OIFDE pushes nothing at applications"),
    (Operation::PatchData, "call data can be sent along with a transfer only"),
];

#[cfg(test)]
mod tests {
    use callcontrol_core::Support;

    use super::*;

    #[test]
    fn every_operation_is_claimed_or_refused_with_a_reason() {
        let table = manifest();
        let cells: Vec<_> = table.cells().map(|(key, _)| *key).collect();
        for operation in Operation::ALL {
            if operation.has_target() {
                for kind in TargetKind::ALL {
                    assert!(
                        cells.contains(&OperationKey::to(*operation, kind)),
                        "{operation} to {kind}"
                    );
                }
            } else {
                assert!(cells.contains(&OperationKey::from(*operation)), "{operation}");
            }
        }
    }

    #[test]
    fn the_outcome_of_a_transfer_to_a_number_is_polled_for_only_where_the_deployment_wants_it() {
        let mut config = OifdeConfig::new("1", callcontrol_core::Secret::new("x").into());
        let source = |config: &OifdeConfig, kind| {
            configured(config).outcome_source(OperationKey::to(Operation::BlindTransfer, kind))
        };
        assert_eq!(source(&config, TargetKind::Number), OutcomeSource::Never);
        config.ask_transfer_records = true;
        assert_eq!(source(&config, TargetKind::Number), OutcomeSource::Poll);
        assert_eq!(source(&config, TargetKind::Agent), OutcomeSource::Never);
    }

    #[test]
    fn a_system_level_caller_can_do_next_to_nothing() {
        let mut config = OifdeConfig::new("1", callcontrol_core::Secret::new("x").into());
        config.caller = Caller::System;
        let table = configured(&config);
        for (key, cell) in table.cells().filter(|(_, cell)| cell.support.is_available()) {
            let allowed = [
                Operation::Open,
                Operation::Close,
                Operation::Snapshot,
                Operation::Native,
            ];
            assert!(allowed.contains(&key.operation), "{key}: {cell:?}");
        }
    }

    #[test]
    fn a_transfer_is_native_and_its_outcome_is_never_known() {
        let table = manifest();
        for kind in TargetKind::ALL {
            let key = OperationKey::to(Operation::BlindTransfer, kind);
            assert_eq!(table.outcome_source(key), OutcomeSource::Never);
            assert_eq!(
                table.support(key) == Support::Native,
                kind != TargetKind::AccessCode,
                "{kind}"
            );
        }
    }
}
