//! What a call or a device permits at the moment: the sets of sections 6 and 7.2, told and checked from one place.

use callcontrol_testkit::switch::SupervisionMode;

use super::floor::{CallState, CallView, DeviceView, Purpose, Recording, Role, Watched};
use super::options::{GwsOptions, GwsUser, HeldWithConsult};

/// The capabilities of the call for this agent.
pub(super) fn of(call: &CallView, user: Option<&GwsUser>, options: &GwsOptions) -> Vec<&'static str> {
    let public = user.is_some_and(|user| user.public_device);
    let mut list = situation(call, public, options);
    list.retain(|name| !is_ruled_out(name, call, options));
    if call.state != CallState::Released && call.role != Role::Monitored {
        list.extend(extras(call, options));
        if user.is_some_and(|user| user.may("api-voice-recording")) {
            list.extend(recording(call));
        }
        list.extend(USER_DATA);
    }
    if let Some(watched) = call.watched.filter(|_| call.state == CallState::Established) {
        list.extend(supervision(watched, options));
    }
    if options.shuffled_capabilities && !list.is_empty() {
        list.reverse();
        let by = usize::try_from(call.number).unwrap_or_default() % list.len();
        list.rotate_left(by);
    }
    list
}

/// The capabilities of the agent's own device.
pub(super) fn of_device(device: &DeviceView, user: Option<&GwsUser>) -> Vec<&'static str> {
    let forwards = device.phone.forward_to.is_some();
    let mut list = vec![
        if forwards { "ForwardCallsOff" } else { "ForwardCallsOn" },
        if device.phone.do_not_disturb {
            "DoNotDisturbOff"
        } else {
            "DoNotDisturbOn"
        },
    ];
    if user.is_some_and(|user| user.may("api-supervisor-monitoring")) {
        match &device.watch {
            None => list.extend(["ListenIn", "Coach", "BargeIn"]),
            Some(watch) => list.extend(["CancelSupervisorMonitoring", mute_word(watch.agent_muted)]),
        }
    }
    list
}

/// The word for a mode, as an operation and as a state.
pub(super) fn mode_word(mode: SupervisionMode) -> &'static str {
    match mode {
        SupervisionMode::Listen => "ListenIn",
        SupervisionMode::Whisper => "Coach",
        SupervisionMode::BargeIn => "BargeIn",
    }
}

fn situation(call: &CallView, public_device: bool, options: &GwsOptions) -> Vec<&'static str> {
    match (call.state, call.role) {
        (CallState::Released, _) => Vec::new(),
        (_, Role::Monitored) => vec!["Hangup"],
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

/// Endings of a consult that this switch does not have (sections 9.3 and 9.4).
fn is_ruled_out(name: &str, call: &CallView, options: &GwsOptions) -> bool {
    let mixed = |purpose| !options.mixed_endings && call.purpose == Some(purpose);
    match name {
        "CompleteTransfer" => (!options.mute_transfer && !call.consult_answered) || mixed(Purpose::Conference),
        "CompleteConference" => mixed(Purpose::Transfer),
        _ => false,
    }
}

fn extras(call: &CallView, options: &GwsOptions) -> Vec<&'static str> {
    let talking = call.state == CallState::Established;
    let mut list = Vec::new();
    if options.lists_mute && talking {
        list.extend(
            [("MuteCall", !call.muted), ("UnmuteCall", call.muted)]
                .into_iter()
                .filter_map(|(name, listed)| (listed || options.stale_mute).then_some(name)),
        );
    }
    if options.lists_clear_call && (talking || call.state == CallState::Ringing) {
        list.push("ClearCall");
    }
    if options.unknown_extras {
        list.push("TeleportCall");
    }
    list
}

/// Section 9.6.
fn recording(call: &CallView) -> &'static [&'static str] {
    match (call.state, call.recording) {
        (CallState::Established, Recording::Stopped) => &["StartCallRecording"],
        (CallState::Established, Recording::Running) => &["PauseCallRecording", "StopCallRecording"],
        (CallState::Established, Recording::Paused) => &["ResumeCallRecording", "StopCallRecording"],
        (CallState::Ringing | CallState::Dialing | CallState::Held | CallState::Released, _) => &[],
    }
}

/// Section 9.7: whoever came to listen from coaching cannot go back.
fn supervision(watched: Watched, options: &GwsOptions) -> Vec<&'static str> {
    let coach = options.switch_to_coach && !watched.has_coached;
    let ways: [(&str, bool); 3] = [
        ("SwitchToListenIn", watched.mode != SupervisionMode::Listen),
        ("SwitchToCoach", watched.mode != SupervisionMode::Whisper && coach),
        ("SwitchToBargeIn", watched.mode != SupervisionMode::BargeIn),
    ];
    let mut list: Vec<&str> = ways
        .into_iter()
        .filter_map(|(name, open)| open.then_some(name))
        .collect();
    list.push(mute_word(watched.agent_muted));
    if watched.mode == SupervisionMode::BargeIn {
        list.push("RemoveParticipantFromConference");
    }
    list
}

fn mute_word(muted: bool) -> &'static str {
    if muted {
        "UnmuteMonitoredUser"
    } else {
        "MuteMonitoredUser"
    }
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
