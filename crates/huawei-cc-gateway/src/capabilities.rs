//! The manifest as data: what the gateway does in one command, how each outcome can be known, and why the rest is not to be had.

use callcontrol_core::{Capabilities, Limits, Operation, OperationKey, OutcomeSource, TargetKind};

use crate::address::MAX_ADDRESS;
use crate::config::{CcGatewayConfig, Events};
use crate::transfer_table::{self, Mode};

/// What this adapter can do, whatever the deployment.
pub(crate) fn manifest() -> Capabilities {
    let mut limits = Limits::default();
    limits.call_data_bytes = Some(MAX_CALL_DATA);
    limits.number_chars = Some(MAX_ADDRESS);
    limits.dtmf_tones = Some(MAX_ADDRESS);
    let manifest = Capabilities::none().limits(limits);
    let manifest = NATIVE.iter().fold(manifest, |manifest, (operation, outcome)| {
        manifest.native(*operation, *outcome)
    });
    let manifest = LACKING.iter().fold(manifest, |manifest, (operation, reason)| {
        manifest.unsupported(*operation, *reason)
    });
    with_dial(with_requeue(with_consults(with_transfers(manifest))))
}

/// What it can do in this deployment: messages are taken in where they are pushed.
pub(crate) fn effective(config: &CcGatewayConfig) -> Capabilities {
    match config.events {
        Events::Push => manifest(),
        Events::Poll | Events::Batch => manifest().unsupported(Operation::Receive, NO_RECEIVE),
    }
}

fn with_transfers(manifest: Capabilities) -> Capabilities {
    TargetKind::ALL.into_iter().fold(manifest, |manifest, kind| {
        let rows = [
            (Operation::BlindTransfer, Mode::Blind, OutcomeSource::InferredEvent),
            (
                Operation::ReleaseAfterTransfer,
                Mode::ReleaseAfter,
                OutcomeSource::CorrelatedEvent,
            ),
            (
                Operation::SuspendTransfer,
                Mode::Suspend,
                OutcomeSource::CorrelatedEvent,
            ),
        ];
        rows.into_iter().fold(manifest, |manifest, (operation, mode, outcome)| {
            let key = OperationKey::to(operation, kind);
            match transfer_table::cell(kind, mode) {
                Some(_) => manifest.native(key, outcome),
                None => manifest.unsupported(key, transfer_table::reason(kind, mode)),
            }
        })
    })
}

fn with_consults(manifest: Capabilities) -> Capabilities {
    let rows = [
        (Operation::Consult, Mode::TalkForwarding),
        (Operation::ConsultThreeWay, Mode::ThreeParty),
    ];
    rows.into_iter().fold(manifest, |manifest, (operation, mode)| {
        TargetKind::ALL.into_iter().fold(manifest, |manifest, kind| {
            let key = OperationKey::to(operation, kind);
            match kind {
                TargetKind::Agent | TargetKind::Queue => manifest.native(key, OutcomeSource::CorrelatedEvent),
                _ if transfer_table::cell(kind, mode).is_some() => manifest.native(key, OutcomeSource::InferredEvent),
                _ => manifest.unsupported(key, transfer_table::reason(kind, mode)),
            }
        })
    })
}

fn with_requeue(manifest: Capabilities) -> Capabilities {
    let connected = OperationKey::to(Operation::RequeueConnected, TargetKind::Queue);
    let waiting = OperationKey::to(Operation::RequeueWaiting, TargetKind::Queue);
    manifest
        .native(connected, OutcomeSource::InferredEvent)
        .native(waiting, OutcomeSource::Never)
}

fn with_dial(manifest: Capabilities) -> Capabilities {
    TargetKind::ALL.into_iter().fold(manifest, |manifest, kind| {
        let dial = OperationKey::to(Operation::Dial, kind);
        let add = OperationKey::to(Operation::ConferenceAdd, kind);
        let manifest = manifest.unsupported(add, NO_ADD);
        match kind {
            TargetKind::Agent | TargetKind::Number => manifest.native(dial, OutcomeSource::CorrelatedEvent),
            _ => manifest.unsupported(dial, "the gateway calls numbers and agents"),
        }
    })
}

/// Why a swap is not offered.
pub(crate) const NO_SWAP: &str = "during internal help and talk forwarding hold and unhold are refused by the gateway (call types 51 to 53); cancel or complete the consult";
/// Why a merge is not offered.
pub(crate) const NO_MERGE: &str =
    "the gateway joins no running consult to the customer; begin the consult as a three-way one";
/// Why a party cannot be added in one step.
pub(crate) const NO_ADD: &str = "the gateway adds nobody in one step; begin a three-way consult instead";
/// Why a call cannot be cleared.
pub(crate) const NO_CLEAR: &str =
    "the gateway ends a call for the agent only; put the others out of a conference one by one";
/// Why there are no robot modes.
pub(crate) const NO_ROBOT: &str = "the gateway has no robot sessions";

/// Why calls cannot be sent elsewhere.
pub(crate) const NO_FORWARDING: &str = "the gateway's agent interface forwards no calls; sign out, or say not ready";
/// Why there is no do-not-disturb.
pub(crate) const NO_DO_NOT_DISTURB: &str =
    "the gateway has no do-not-disturb; say not ready, or accept no calls (accept-calls)";
/// Why voice recording cannot be steered.
pub(crate) const NO_RECORD: &str =
    "the platform records voice by itself and tells of it by events; no request that starts or stops it is documented";
/// Why an agent cannot be muted.
pub(crate) const NO_MUTE_AGENT: &str = "the gateway's quality control mutes no agent; whisper, barge in or intercept";
/// Why nothing is said in a robot's name.
pub(crate) const NO_SAY: &str = "the gateway has no robot sessions, and an agent's words go by the telephone";
/// Why the platform's service is not asked for.
pub(crate) const NO_SERVICE: &str =
    "the gateway has no request that tells whether it is in service; the state of a session shows it";
/// Why no records are listed.
pub(crate) const NO_RECORDS: &str = "the gateway's agent interface keeps no records of calls and transfers";
/// Why no replies are listed.
pub(crate) const NO_REPLIES: &str = "the gateway has no robots, and so nothing that could be said in their name";
const NO_RECEIVE: &str = "events are polled in this deployment; set events = \"push\", callback-url and service-token";

/// Operations without a kind of target. Those that no event confirms and that could not be repeated harmlessly have an outcome that is never known.
const NATIVE: [(Operation, OutcomeSource); 38] = [
    (Operation::Open, OutcomeSource::Answer),
    (Operation::Close, OutcomeSource::Answer),
    (Operation::SetAgentState, OutcomeSource::InferredEvent),
    (Operation::Adopt, OutcomeSource::Answer),
    (Operation::Answer, OutcomeSource::InferredEvent),
    (Operation::Hold, OutcomeSource::InferredEvent),
    (Operation::Retrieve, OutcomeSource::InferredEvent),
    (Operation::Mute, OutcomeSource::Answer),
    (Operation::Unmute, OutcomeSource::Answer),
    (Operation::Release, OutcomeSource::InferredEvent),
    (Operation::CancelTransfer, OutcomeSource::InferredEvent),
    (Operation::ConsultComplete, OutcomeSource::InferredEvent),
    (Operation::ConsultCancel, OutcomeSource::InferredEvent),
    (Operation::ConferenceRemove, OutcomeSource::InferredEvent),
    (Operation::RelayDtmf, OutcomeSource::Never),
    (Operation::SendDtmf, OutcomeSource::Never),
    (Operation::PatchData, OutcomeSource::Answer),
    (Operation::Snapshot, OutcomeSource::Answer),
    (Operation::Native, OutcomeSource::Never),
    (Operation::AutoAnswer, OutcomeSource::Answer),
    (Operation::AutoReady, OutcomeSource::Answer),
    (Operation::AcceptCalls, OutcomeSource::Answer),
    (Operation::SelectQueues, OutcomeSource::Answer),
    (Operation::PickUp, OutcomeSource::InferredEvent),
    (Operation::TakeWaiting, OutcomeSource::CorrelatedEvent),
    (Operation::JoinConference, OutcomeSource::InferredEvent),
    (Operation::ConnectCalls, OutcomeSource::InferredEvent),
    (Operation::RecordScreen, OutcomeSource::Answer),
    (Operation::Play, OutcomeSource::InferredEvent),
    (Operation::ListenIn, OutcomeSource::Answer),
    (Operation::Whisper, OutcomeSource::Answer),
    (Operation::BargeIn, OutcomeSource::Answer),
    (Operation::SwitchSupervision, OutcomeSource::Answer),
    (Operation::StopSupervision, OutcomeSource::Answer),
    (Operation::Intercept, OutcomeSource::InferredEvent),
    (Operation::SignAgentOut, OutcomeSource::Answer),
    (Operation::Receive, OutcomeSource::Answer),
    (Operation::LookUp, OutcomeSource::Answer),
];

const LACKING: [(Operation, &str); 9] = [
    (Operation::Say, NO_SAY),
    (Operation::ForwardCalls, NO_FORWARDING),
    (Operation::DoNotDisturb, NO_DO_NOT_DISTURB),
    (Operation::Record, NO_RECORD),
    (Operation::MuteAgent, NO_MUTE_AGENT),
    (Operation::Clear, NO_CLEAR),
    (Operation::RobotMode, NO_ROBOT),
    (Operation::ConsultSwap, NO_SWAP),
    (Operation::ConsultMerge, NO_MERGE),
];

/// 16 KB in editions from 2023 on; releases of 2018 took 1024 bytes.
pub(crate) const MAX_CALL_DATA: usize = 16_384;

#[cfg(test)]
mod tests {
    use callcontrol_core::Support;

    use super::*;

    #[test]
    fn the_twelve_cells_of_the_matrix_are_claimed_and_nothing_else() {
        let manifest = manifest();
        let mut claimed = 0;
        for kind in TargetKind::ALL {
            for operation in [
                Operation::BlindTransfer,
                Operation::ReleaseAfterTransfer,
                Operation::SuspendTransfer,
            ] {
                claimed += usize::from(manifest.support(OperationKey::to(operation, kind)).is_available());
            }
        }
        for operation in [Operation::Consult, Operation::ConsultThreeWay] {
            claimed += usize::from(
                manifest
                    .support(OperationKey::to(operation, TargetKind::Number))
                    .is_available(),
            );
        }
        assert_eq!(claimed, 12);
    }

    #[test]
    fn every_operation_has_a_row_with_a_reason_where_it_is_lacking() {
        let manifest = manifest();
        for operation in Operation::ALL {
            let rows: Vec<_> = manifest
                .cells()
                .filter(|(key, _)| key.operation == *operation)
                .collect();
            assert!(!rows.is_empty(), "{operation}");
            for (key, cell) in rows {
                if let Support::Unsupported { reason } = &cell.support {
                    assert!(reason.len() > 20, "{key}: {reason}");
                }
            }
        }
    }
}
