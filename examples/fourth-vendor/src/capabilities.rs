//! The manifest as data: what Tinbell does, how each outcome can be known, and why the rest is not to be had.

use callcontrol::{Capabilities, Operation, OperationKey, OutcomeSource, Recipe, Risk, TargetKind};

/// What this adapter can do, whatever the deployment.
#[must_use]
pub fn manifest() -> Capabilities {
    use TargetKind::{Agent, Ivr, Number, Queue};
    let mut table = Capabilities::none();
    for operation in [
        Operation::Open,
        Operation::Close,
        Operation::SetAgentState,
        Operation::Answer,
        Operation::Hold,
        Operation::Retrieve,
        Operation::Release,
        Operation::ConsultComplete,
        Operation::ConsultCancel,
        Operation::SendDtmf,
        Operation::PatchData,
        Operation::Snapshot,
    ] {
        table = table.native(operation, OutcomeSource::Answer);
    }
    let targets: [(Operation, &[TargetKind]); 4] = [
        (Operation::Dial, &[Agent, Number]),
        (Operation::BlindTransfer, &[Agent, Queue, Ivr, Number]),
        (Operation::ReleaseAfterTransfer, &[Agent, Number]),
        (Operation::Consult, &[Agent, Number]),
    ];
    for (operation, kinds) in targets {
        for kind in kinds {
            table = table.native(OperationKey::to(operation, *kind), OutcomeSource::CorrelatedEvent);
        }
    }
    let requeue = Recipe {
        name: TRANSFER_TO_QUEUE.to_owned(),
        hazards: vec!["the customer joins the end of the queue, whatever the wait before".to_owned()],
        risk: Risk::Safe,
    };
    let to_queue = OperationKey::to(Operation::RequeueConnected, Queue);
    table = table.emulated(to_queue, requeue, OutcomeSource::CorrelatedEvent);
    for (operation, reason) in LACKING {
        table = table.unsupported(*operation, *reason);
    }
    table
}

pub(crate) const TRANSFER_TO_QUEUE: &str = "transfer-to-queue";

/// Reasons that say more than the general sentence, which stands for everything that has no row.
const LACKING: &[(Operation, &str)] = &[
    (Operation::Mute, "a Tinbell telephone is muted at the telephone"),
    (Operation::Unmute, "a Tinbell telephone is muted at the telephone"),
    (
        Operation::CancelTransfer,
        "a transfer that was accepted runs to its end; the agent keeps the customer if it fails",
    ),
    (Operation::ConsultMerge, "Tinbell has no conferences"),
    (
        Operation::ConsultSwap,
        "end the consult with cancel; Tinbell cannot alternate",
    ),
];
