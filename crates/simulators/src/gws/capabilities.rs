//! What a call permits at the moment: the sets of section 7.2, told and checked from one place.

use super::floor::{CallState, CallView, Role};
use super::options::{GwsOptions, HeldWithConsult};

/// The capabilities of the call for this agent.
pub(super) fn of(call: &CallView, public_device: bool, options: &GwsOptions) -> Vec<&'static str> {
    let mut list = situation(call, public_device, options);
    if call.state != CallState::Released {
        list.extend(extras(call, options));
        list.extend(USER_DATA);
    }
    list
}

fn situation(call: &CallView, public_device: bool, options: &GwsOptions) -> Vec<&'static str> {
    match (call.state, call.role) {
        (CallState::Ringing, _) if public_device => Vec::new(),
        (CallState::Ringing, _) => vec!["Answer"],
        (CallState::Dialing, Role::Consult) => vec!["CompleteTransfer", "SwapCalls", "Hangup", "SendDtmf"],
        (CallState::Dialing, Role::Single | Role::Original | Role::Conference { .. }) => vec!["Hangup", "SendDtmf"],
        (CallState::Established, Role::Consult) => {
            vec![
                "CompleteTransfer",
                "CompleteConference",
                "SwapCalls",
                "Hold",
                "Hangup",
                "SendDtmf",
            ]
        }
        (CallState::Established, Role::Original) => vec![
            "SwapCalls",
            "CompleteTransfer",
            "CompleteConference",
            "Hold",
            "Hangup",
            "SendDtmf",
            "SingleStepTransfer",
            "InitiateTransfer",
        ],
        (CallState::Established, Role::Single | Role::Conference { owner: false }) => ESTABLISHED.to_vec(),
        (CallState::Established, Role::Conference { owner: true }) => {
            [ESTABLISHED, &["RemoveParticipantFromConference"]].concat()
        }
        (CallState::Held, Role::Original) => held_original(options),
        (CallState::Held, Role::Consult) => held_consult(options),
        (CallState::Held, Role::Single | Role::Conference { .. }) => [&["Retrieve"], HELD].concat(),
        (CallState::Released, _) => Vec::new(),
    }
}

fn held_original(options: &GwsOptions) -> Vec<&'static str> {
    match options.held_with_consult {
        HeldWithConsult::SwapAndComplete => [&["SwapCalls", "CompleteTransfer"], HELD].concat(),
        HeldWithConsult::Retrieve => [&["Retrieve"], HELD].concat(),
    }
}

/// No document shows a held consult; taken to permit the way back.
fn held_consult(options: &GwsOptions) -> Vec<&'static str> {
    let mut list = vec!["SwapCalls", "CompleteTransfer", "CompleteConference", "Hangup"];
    if options.held_with_consult == HeldWithConsult::Retrieve {
        list.push("Retrieve");
    }
    list
}

fn extras(call: &CallView, options: &GwsOptions) -> Vec<&'static str> {
    let talking = call.state == CallState::Established;
    let mut list = Vec::new();
    if options.lists_mute && talking {
        list.push(if call.muted { "UnmuteCall" } else { "MuteCall" });
    }
    if options.lists_clear_call && (talking || call.state == CallState::Ringing) {
        list.push("ClearCall");
    }
    if options.unknown_extras {
        list.push("TeleportCall");
    }
    list
}

const ESTABLISHED: &[&str] = &[
    "Hangup",
    "Hold",
    "SendDtmf",
    "SingleStepTransfer",
    "InitiateTransfer",
    "SingleStepConference",
    "InitiateConference",
];
const HELD: &[&str] = &[
    "InitiateTransfer",
    "SingleStepTransfer",
    "InitiateConference",
    "SingleStepConference",
    "Hangup",
];
const USER_DATA: [&str; 4] = [
    "AttachUserData",
    "UpdateUserData",
    "DeleteUserData",
    "DeleteUserDataPair",
];
