//! What OIFDE can do, as data, with a reason for everything that it cannot (vendor page, section 10).

use callcontrol_core::{Capabilities, Limits, Operation, OperationKey, OutcomeSource, Recipe, Risk, TargetKind};

use crate::config::OifdeConfig;

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

/// The manifest with the bounds that the deployment sets.
pub(crate) fn configured(config: &OifdeConfig) -> Capabilities {
    let mut limits = Limits::default();
    limits.call_data_bytes = Some(config.max_call_data_bytes);
    manifest().limits(limits)
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
