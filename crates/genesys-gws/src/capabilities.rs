//! What Genesys Web Services v2 can do, as data. A call's own list narrows it at each moment (`CallView::allowed`).

use callcontrol_core::{Capabilities, Operation, OperationKey, OutcomeSource, Recipe, Risk, TargetKind};

/// The manifest; needs no connection.
#[must_use]
pub fn manifest() -> Capabilities {
    let table = LACKING.iter().fold(Capabilities::none(), |table, (operation, reason)| {
        table.unsupported(*operation, *reason)
    });
    let mut table = desk(agent_and_legs(table));
    for operation in WITH_TARGET {
        for kind in BY_NUMBER {
            table = match operation {
                Operation::ReleaseAfterTransfer => table.emulated(
                    OperationKey::to(operation, kind),
                    consult_then_complete(),
                    OutcomeSource::InferredEvent,
                ),
                _ => table.native(OperationKey::to(operation, kind), OutcomeSource::InferredEvent),
            };
        }
        for kind in NOT_BY_NUMBER {
            table = table.unsupported(OperationKey::to(operation, kind), ONLY_NUMBERS);
        }
    }
    lacking(consult_and_conference(table))
}

fn agent_and_legs(table: Capabilities) -> Capabilities {
    let by_event = [
        Operation::SetAgentState,
        Operation::Answer,
        Operation::Hold,
        Operation::Retrieve,
        Operation::Mute,
        Operation::Unmute,
        Operation::Release,
        Operation::Clear,
        Operation::SendDtmf,
        Operation::PatchData,
    ];
    let table = by_event.into_iter().fold(table, |table, operation| {
        table.native(operation, OutcomeSource::InferredEvent)
    });
    table
        .native(Operation::Open, OutcomeSource::Answer)
        .native(Operation::Close, OutcomeSource::Answer)
        .native(Operation::Snapshot, OutcomeSource::Answer)
        .native(Operation::Native, OutcomeSource::Never)
        .unsupported(
            Operation::Adopt,
            "an agent's calls appear by themselves, and a call that waits in a queue is not visible to Web Services",
        )
        .unsupported(Operation::RobotMode, "Web Services has no robot sessions")
        .unsupported(
            Operation::Receive,
            "Web Services pushes nothing over HTTP; its events come over CometD",
        )
}

fn consult_and_conference(table: Capabilities) -> Capabilities {
    let number_of_queue = OperationKey::to(Operation::RequeueConnected, TargetKind::Queue);
    table
        .native(Operation::ConsultComplete, OutcomeSource::InferredEvent)
        .native(Operation::ConsultSwap, OutcomeSource::InferredEvent)
        .native(Operation::ConsultMerge, OutcomeSource::InferredEvent)
        .native(Operation::ConferenceRemove, OutcomeSource::InferredEvent)
        .emulated(
            Operation::ConsultCancel,
            hangup_then_retrieve(),
            OutcomeSource::InferredEvent,
        )
        .emulated(
            Operation::CancelTransfer,
            hangup_then_retrieve(),
            OutcomeSource::InferredEvent,
        )
        .emulated(
            number_of_queue,
            transfer_to_routing_point(),
            OutcomeSource::InferredEvent,
        )
}

/// What stands at the device and beside the call; needs no target of a call.
fn desk(mut table: Capabilities) -> Capabilities {
    for operation in [Operation::ForwardCalls, Operation::DoNotDisturb] {
        table = table.native(operation, OutcomeSource::InferredEvent);
    }
    for operation in RECORDING.iter().chain(MONITORING) {
        table = table.native(*operation, OutcomeSource::InferredEvent);
    }
    table
}

/// Needs the feature `api-voice-recording`.
pub(crate) const RECORDING: &[Operation] = &[Operation::Record];

/// Needs the feature `api-supervisor-monitoring`.
pub(crate) const MONITORING: &[Operation] = &[
    Operation::ListenIn,
    Operation::Whisper,
    Operation::BargeIn,
    Operation::SwitchSupervision,
    Operation::StopSupervision,
    Operation::MuteAgent,
];

/// What version 2 has no operation for, and what to do instead.
const LACKING: [(Operation, &str); 14] = [
    (
        Operation::AutoAnswer,
        "Web Services cannot answer by itself; set auto-answer on the agent's device",
    ),
    (
        Operation::AutoReady,
        "whether the agent is ready after a call is set at the switch; work-mode = \"auto-in\" asks for it with each Ready",
    ),
    (
        Operation::AcceptCalls,
        "an agent who is not ready gets no queue calls; set the agent state",
    ),
    (
        Operation::SelectQueues,
        "queues follow from skills and routing strategies, which Web Services does not change",
    ),
    (
        Operation::PickUp,
        "Web Services has no pick-up; an agent's session sees only calls on its own device",
    ),
    (
        Operation::TakeWaiting,
        "a call that waits in a queue is not visible to Web Services; the routing strategy offers it",
    ),
    (
        Operation::JoinConference,
        "version 2 has no merge of two independent calls; begin the second one as a consult and merge that",
    ),
    (
        Operation::ConnectCalls,
        "version 2 has no merge of two independent calls; begin the second one as a consult and complete that",
    ),
    (
        Operation::RecordScreen,
        "Web Services records calls; screens are recorded by a client of their own",
    ),
    (
        Operation::Play,
        "Web Services plays no files; send the call to an IVR that does",
    ),
    (
        Operation::Intercept,
        "a supervisor can barge in and then mute the agent or have the agent hang up; taking a call over is not among the operations",
    ),
    (
        Operation::SignAgentOut,
        "one agent's session cannot end another's in the documented operations",
    ),
    (Operation::Say, "Web Services has no robot that could say something"),
    (
        Operation::LookUp,
        "Web Services lists the agent's own calls and devices only; agents and queues are looked up in Configuration Server",
    ),
];

/// Why the rest cannot be had (section 10).
fn lacking(mut table: Capabilities) -> Capabilities {
    for kind in TargetKind::ALL {
        table = table
            .unsupported(
                OperationKey::to(Operation::SuspendTransfer, kind),
                "Web Services has no transfer that comes back: route to the IVR's number and let the routing strategy bring the caller back",
            )
            .unsupported(
                OperationKey::to(Operation::ConsultThreeWay, kind),
                "a consult is private; consult and then merge it into a conference",
            )
            .unsupported(
                OperationKey::to(Operation::RequeueWaiting, kind),
                "an agent's session sees only calls on its own device, never one that still waits in a queue",
            );
        if kind != TargetKind::Queue {
            table = table.unsupported(
                OperationKey::to(Operation::RequeueConnected, kind),
                "a call is given back to a queue; for another target transfer it",
            );
        }
    }
    table.unsupported(
        Operation::RelayDtmf,
        "there is no digit pass-through to switch; send-dtmf sends the agent's own tones into the conference",
    )
}

pub(crate) const CONSULT_THEN_COMPLETE: &str = "consult-then-complete";
pub(crate) const HANGUP_THEN_RETRIEVE: &str = "hangup-then-retrieve";
pub(crate) const TRANSFER_TO_ROUTING_POINT: &str = "transfer-to-routing-point";

fn consult_then_complete() -> Recipe {
    recipe(
        CONSULT_THEN_COMPLETE,
        Risk::Safe,
        &[
            "the customer is on hold while the target rings",
            "this process must live until the target answers; if it dies, the customer stays on hold with the agent",
            "when the target fails, the customer is retrieved: the agent is connected again after a moment",
        ],
    )
}

fn hangup_then_retrieve() -> Recipe {
    recipe(
        HANGUP_THEN_RETRIEVE,
        Risk::WayBack,
        &[
            "between hanging up and retrieving the customer is on hold",
            "should the retrieve be refused, the outcome says that the customer is still on hold",
        ],
    )
}

fn transfer_to_routing_point() -> Recipe {
    recipe(
        TRANSFER_TO_ROUTING_POINT,
        Risk::Safe,
        &[
            "there is no confirmation that the call was queued, only that the agent is out",
            "the call gets a new position and age in the queue unless the routing strategy reads call data",
        ],
    )
}

fn recipe(name: &str, risk: Risk, hazards: &[&str]) -> Recipe {
    Recipe {
        name: name.to_owned(),
        hazards: hazards.iter().map(|&hazard| hazard.to_owned()).collect(),
        risk,
    }
}

const WITH_TARGET: [Operation; 5] = [
    Operation::Dial,
    Operation::BlindTransfer,
    Operation::ReleaseAfterTransfer,
    Operation::Consult,
    Operation::ConferenceAdd,
];

/// A queue, routing point or agent is reached by its number (section 9.0).
const BY_NUMBER: [TargetKind; 4] = [
    TargetKind::Agent,
    TargetKind::Queue,
    TargetKind::Ivr,
    TargetKind::Number,
];

const NOT_BY_NUMBER: [TargetKind; 5] = [
    TargetKind::AccessCode,
    TargetKind::LastAgent,
    TargetKind::QueueOfAgent,
    TargetKind::Message,
    TargetKind::Native,
];

const ONLY_NUMBERS: &str = "a destination is a number and nothing else; give the number of the agent, queue or IVR";

#[cfg(test)]
mod tests {
    use callcontrol_core::EmulationPolicy;

    use super::*;

    #[test]
    fn every_operation_is_listed_as_claimed_or_with_a_reason() {
        let table = manifest();
        for &operation in Operation::ALL {
            let keys: Vec<OperationKey> = if operation.has_target() {
                TargetKind::ALL.map(|kind| OperationKey::to(operation, kind)).to_vec()
            } else {
                vec![operation.into()]
            };
            for key in keys {
                assert!(table.cells().any(|(listed, _)| *listed == key), "{key} is not listed");
            }
        }
    }

    #[test]
    fn a_policy_that_denies_emulation_leaves_the_way_back_open() {
        let mut table = manifest();
        table.policy = EmulationPolicy::Deny;
        assert!(table.support(Operation::ConsultCancel).is_available());
        assert!(table.support(Operation::CancelTransfer).is_available());
        for (operation, kind) in [
            (Operation::ReleaseAfterTransfer, TargetKind::Agent),
            (Operation::RequeueConnected, TargetKind::Queue),
        ] {
            assert!(!table.support(OperationKey::to(operation, kind)).is_available());
        }
    }
}
