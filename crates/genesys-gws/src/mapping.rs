//! The vendor's words and ours: pure, and whatever is unknown stays visible as unknown.

use std::collections::BTreeSet;

use callcontrol_core::{
    AgentState, CallData, CallId, CallView, Cause, Direction, EventKind, LegState, MediaState, Operation, Party,
    SupervisionMode, ViewPatch,
};

use crate::wire::call::{WireCall, WireState, WireType};
use crate::wire::device::UserState;
use crate::wire::notification::CallNews;

/// The session's own leg; `None` when it is over.
pub(crate) fn leg(state: &WireState) -> Option<LegState> {
    match state {
        WireState::Ringing => Some(LegState::Ringing),
        WireState::Dialing => Some(LegState::Dialing),
        WireState::Established => Some(LegState::Talking),
        WireState::Held => Some(LegState::Held),
        WireState::Released => None,
        WireState::Unknown(_) => Some(LegState::Unknown),
    }
}

/// The call as this message shows it; `None` when it is over. `before` fills in what the message does not say.
pub(crate) fn view(call: &WireCall, before: Option<&CallView>, consult_for: Option<CallId>) -> Option<CallView> {
    let mut view = CallView::new(call.id.clone(), leg(&call.state)?);
    view.direction = direction(call.call_type);
    view.parties = call.participants.iter().map(Party::new).collect();
    view.consult_for = consult_for.or_else(|| before.and_then(|before| before.consult_for.clone()));
    view.muted = call.muted.unwrap_or(before.is_some_and(|before| before.muted));
    view.conference = call.participants.len() > 1;
    view.data = CallData(call.user_data.clone());
    let told = call.capabilities.as_ref().map(allowed);
    view.allowed = told.or_else(|| before.and_then(|before| before.allowed.clone()));
    Some(view)
}

/// A view as a change to be published.
pub(crate) fn patch(view: CallView) -> ViewPatch {
    ViewPatch {
        direction: Some(view.direction),
        state: Some(view.state),
        parties: Some(view.parties),
        consult_for: view.consult_for,
        muted: Some(view.muted),
        conference: Some(view.conference),
        data: Some(view.data),
        allowed: view.allowed,
    }
}

/// What a message about a live call means to a reader, given what was known before.
pub(crate) fn event(what: &CallNews, call: &WireCall, before: Option<&CallView>) -> EventKind {
    let joined = call.participants.len() > 1 && !before.is_some_and(|before| before.conference);
    match what {
        CallNews::ParticipantsUpdated if joined && call.state == WireState::Established => EventKind::Conferenced,
        CallNews::ParticipantsUpdated => EventKind::PartiesChanged,
        CallNews::AttachedDataChanged => EventKind::DataChanged,
        CallNews::DtmfSent => EventKind::DtmfSent,
        CallNews::RecordingChanged => match tape(call) {
            Some(state) => EventKind::RecordingChanged { state },
            None => EventKind::Updated,
        },
        CallNews::StatusChange => status(call, before, joined),
        // A new type still carries the whole call: a changed state is told as such (section 8.2).
        CallNews::Other(_) if before.map(|before| before.state) != leg(&call.state) => status(call, before, joined),
        CallNews::Other(name) => EventKind::Other { name: name.clone() },
    }
}

fn status(call: &WireCall, before: Option<&CallView>, joined: bool) -> EventKind {
    if before.is_some_and(|before| Some(before.state) == leg(&call.state)) && !joined {
        return EventKind::Updated;
    }
    match &call.state {
        WireState::Ringing => EventKind::Offered,
        WireState::Dialing => EventKind::Dialing,
        WireState::Established if joined => EventKind::Conferenced,
        WireState::Established => EventKind::Established,
        WireState::Held => EventKind::Held,
        WireState::Released => released(before, false),
        WireState::Unknown(word) => EventKind::Other { name: word.clone() },
    }
}

/// What the end of a call means. `ours` says that a command of this session asked for it. The vendor never tells a cause.
pub(crate) fn released(before: Option<&CallView>, ours: bool) -> EventKind {
    let cause = if ours { Cause::Normal } else { Cause::Unspecified };
    match before {
        Some(view) if view.state == LegState::Ringing => EventKind::Unanswered,
        Some(view) if view.state == LegState::Dialing && view.consult_for.is_none() && !ours => {
            EventKind::DialFailed { cause }
        }
        Some(_) | None => EventKind::Released { cause },
    }
}

fn direction(word: WireType) -> Direction {
    match word {
        WireType::Internal => Direction::Internal,
        WireType::Inbound => Direction::Inbound,
        WireType::Outbound => Direction::Outbound,
        WireType::Consult => Direction::Consult,
        WireType::Unknown => Direction::Unknown,
    }
}

/// The server's list in our words (section 7.2). What this adapter does not steer is left out.
pub(crate) fn allowed(capabilities: &BTreeSet<String>) -> BTreeSet<Operation> {
    capabilities.iter().flat_map(|word| operations(word)).copied().collect()
}

fn operations(capability: &str) -> &'static [Operation] {
    match capability {
        "Answer" => &[Operation::Answer],
        "Hangup" => &[Operation::Release],
        "ClearCall" => &[Operation::Clear],
        "Hold" => &[Operation::Hold],
        "Retrieve" => &[Operation::Retrieve],
        "SendDtmf" => &[Operation::SendDtmf],
        "SingleStepTransfer" => &[Operation::BlindTransfer, Operation::RequeueConnected],
        "InitiateTransfer" => &[Operation::Consult, Operation::ReleaseAfterTransfer],
        "InitiateConference" => &[Operation::Consult],
        "CompleteTransfer" => &[Operation::ConsultComplete],
        "CompleteConference" => &[Operation::ConsultMerge],
        "SwapCalls" => &[Operation::ConsultSwap],
        "SingleStepConference" => &[Operation::ConferenceAdd],
        "RemoveParticipantFromConference" => &[Operation::ConferenceRemove],
        "StartCallRecording" | "StopCallRecording" | "PauseCallRecording" | "ResumeCallRecording" => {
            &[Operation::Record]
        }
        "SwitchToBargeIn" | "SwitchToListenIn" | "SwitchToCoach" => &[Operation::SwitchSupervision],
        "MuteMonitoredUser" | "UnmuteMonitoredUser" => &[Operation::MuteAgent],
        "MuteCall" => &[Operation::Mute],
        "UnmuteCall" => &[Operation::Unmute],
        "AttachUserData" | "UpdateUserData" | "DeleteUserData" | "DeleteUserDataPair" => &[Operation::PatchData],
        _ => &[],
    }
}

/// Section 5.3. `Logout` and `LoggedOut` are the same state in two places (section 14, item 10).
pub(crate) fn agent_state(state: &UserState) -> AgentState {
    match (state.state.as_str(), state.work_mode.as_deref()) {
        ("Ready", _) => AgentState::Ready,
        ("NotReady", Some("AfterCallWork")) => AgentState::WrapUp,
        ("NotReady", Some("AuxWork")) => AgentState::Rest,
        ("NotReady", _) => AgentState::NotReady {
            reason: state.reason.clone().filter(|reason| reason != "Not Ready"),
        },
        ("LoggedIn", _) => AgentState::NotReady { reason: None },
        ("LoggedOut" | "Logout", _) => AgentState::SignedOut,
        _ => AgentState::Unknown,
    }
}

/// What the recorder of this call does; `None` where nothing tells. Builds differ: the state has a member of its own in newer ones (of which the word for
/// *running* is not documented), the list tells by what it permits, and the call's data by a key (section 9.6).
pub(crate) fn tape(call: &WireCall) -> Option<MediaState> {
    if let Some(word) = &call.recording {
        return Some(match word.to_ascii_lowercase().as_str() {
            "stopped" => MediaState::Stopped,
            "paused" => MediaState::Paused,
            word if word.contains("fail") || word.contains("error") => MediaState::Failed,
            _ => MediaState::Running,
        });
    }
    let lists = |word: &str| call.capabilities.as_ref().is_some_and(|words| words.contains(word));
    if lists("ResumeCallRecording") {
        return Some(MediaState::Paused);
    }
    if lists("PauseCallRecording") || lists("StopCallRecording") {
        return Some(MediaState::Running);
    }
    match call.user_data.get("GSIP_RECORD").map(String::as_str) {
        Some("ON") => Some(MediaState::Running),
        Some("PAUSED") => Some(MediaState::Paused),
        Some("OFF") => Some(MediaState::Stopped),
        Some(_) | None => lists("StartCallRecording").then_some(MediaState::Stopped),
    }
}

/// Section 6, `supervisorMonitoringState`; `None` for a word that nobody documented.
pub(crate) fn supervision(word: &str) -> Option<SupervisionMode> {
    match word {
        "ListenIn" => Some(SupervisionMode::Listen),
        "Coach" => Some(SupervisionMode::Whisper),
        "BargeIn" => Some(SupervisionMode::BargeIn),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(state: &str, participants: &[&str]) -> WireCall {
        WireCall::read(
            &json!({"id": "A", "state": state, "callType": "Inbound", "participants": participants,
                               "capabilities": ["Hold", "Telepathy"]}),
        )
        .expect("a call")
    }

    fn known(state: &str, participants: &[&str]) -> CallView {
        view(&call(state, participants), None, None).expect("alive")
    }

    #[test]
    fn the_same_state_told_again_is_an_update_and_a_new_one_its_event() {
        let talking = known("Established", &["1"]);
        let news = CallNews::StatusChange;
        assert_eq!(
            event(&news, &call("Established", &["1"]), Some(&talking)),
            EventKind::Updated
        );
        assert_eq!(event(&news, &call("Held", &["1"]), Some(&talking)), EventKind::Held);
        assert_eq!(event(&news, &call("Ringing", &["1"]), None), EventKind::Offered);
        let odd = EventKind::Other { name: "Parked".into() };
        assert_eq!(event(&news, &call("Parked", &["1"]), Some(&talking)), odd);
    }

    #[test]
    fn a_conference_is_recognised_by_its_parties_whichever_message_tells_it() {
        let held = known("Held", &["1"]);
        let joined = call("Established", &["1", "2"]);
        assert_eq!(
            event(&CallNews::StatusChange, &joined, Some(&held)),
            EventKind::Conferenced
        );
        assert_eq!(
            event(&CallNews::ParticipantsUpdated, &joined, Some(&held)),
            EventKind::Conferenced
        );
        let conference = known("Established", &["1", "2"]);
        assert!(conference.conference);
        assert_eq!(
            event(&CallNews::StatusChange, &joined, Some(&conference)),
            EventKind::Updated
        );
        let left = call("Established", &["1"]);
        assert_eq!(
            event(&CallNews::ParticipantsUpdated, &left, Some(&conference)),
            EventKind::PartiesChanged
        );
    }

    #[test]
    fn an_unknown_type_of_news_is_kept_by_name_unless_the_state_changed() {
        let talking = known("Established", &["1"]);
        let news = CallNews::Other("CallRecovered".into());
        let same = event(&news, &call("Established", &["1"]), Some(&talking));
        assert_eq!(
            same,
            EventKind::Other {
                name: "CallRecovered".into()
            }
        );
        assert_eq!(event(&news, &call("Held", &["1"]), Some(&talking)), EventKind::Held);
    }

    #[test]
    fn an_ended_ring_is_unanswered_and_an_ended_dialling_failed() {
        assert_eq!(released(Some(&known("Ringing", &[])), false), EventKind::Unanswered);
        let failed = EventKind::DialFailed {
            cause: Cause::Unspecified,
        };
        assert_eq!(released(Some(&known("Dialing", &[])), false), failed);
        let ours = EventKind::Released { cause: Cause::Normal };
        assert_eq!(released(Some(&known("Dialing", &[])), true), ours);
    }

    #[test]
    fn the_servers_list_is_translated_and_strange_words_are_left_out() {
        assert_eq!(
            known("Established", &[]).allowed,
            Some(BTreeSet::from([Operation::Hold]))
        );
    }

    #[test]
    fn readiness_is_told_by_state_and_work_mode() {
        let state = |state: &str, mode: Option<&str>, reason: Option<&str>| UserState {
            id: None,
            state: state.into(),
            work_mode: mode.map(str::to_owned),
            reason: reason.map(str::to_owned),
        };
        assert_eq!(agent_state(&state("Ready", Some("AutoIn"), None)), AgentState::Ready);
        assert_eq!(
            agent_state(&state("NotReady", Some("AfterCallWork"), None)),
            AgentState::WrapUp
        );
        assert_eq!(agent_state(&state("NotReady", Some("AuxWork"), None)), AgentState::Rest);
        let lunch = AgentState::NotReady {
            reason: Some("Lunch".into()),
        };
        assert_eq!(agent_state(&state("NotReady", None, Some("Lunch"))), lunch);
        let plain = AgentState::NotReady { reason: None };
        assert_eq!(agent_state(&state("NotReady", None, Some("Not Ready"))), plain);
        assert_eq!(agent_state(&state("Logout", None, None)), AgentState::SignedOut);
        assert_eq!(agent_state(&state("Dreaming", None, None)), AgentState::Unknown);
    }

    #[test]
    fn the_recorder_is_read_from_its_member_from_the_list_or_from_the_data() {
        let told = |members: serde_json::Value| {
            let mut call = json!({"id": "A", "state": "Established"});
            for (name, value) in members.as_object().expect("an object") {
                call[name] = value.clone();
            }
            tape(&WireCall::read(&call).expect("a call"))
        };
        for (members, state) in [
            (json!({"recordingState": "Stopped"}), Some(MediaState::Stopped)),
            (json!({"recordingState": "Paused"}), Some(MediaState::Paused)),
            (json!({"recordingState": "Recording"}), Some(MediaState::Running)),
            (json!({"recordingState": "Started"}), Some(MediaState::Running)),
            (json!({"recordingState": "Failed"}), Some(MediaState::Failed)),
            (
                json!({"capabilities": ["StartCallRecording"]}),
                Some(MediaState::Stopped),
            ),
            (
                json!({"capabilities": ["PauseCallRecording", "StopCallRecording"]}),
                Some(MediaState::Running),
            ),
            (
                json!({"capabilities": ["ResumeCallRecording", "StopCallRecording"]}),
                Some(MediaState::Paused),
            ),
            (json!({"userData": {"GSIP_RECORD": "ON"}}), Some(MediaState::Running)),
            (json!({"userData": {"GSIP_RECORD": "PAUSED"}}), Some(MediaState::Paused)),
            (json!({"capabilities": ["Hold"]}), None),
        ] {
            assert_eq!(told(members.clone()), state, "{members}");
        }
    }
}
