//! Call, device and user resources as the server writes them (sections 4, 6 and 7).

use callcontrol_testkit::switch::AgentState;
use serde_json::{Map, Value, json};

use super::options::{Build, GwsOptions, GwsUser};
use super::{capabilities, floor::CallView, ids};

/// A call resource (section 7).
pub(super) fn call(view: &CallView, public_device: bool, options: &GwsOptions) -> Value {
    let id = ids::call_id(view.number, options);
    let mut call = json!({
        "id": id,
        "state": view.state.word(),
        "callUuid": ids::call_uuid(view.number),
        "deviceUri": absolute(&format!("/devices/{}", ids::device_id(&view.own_number)), options),
        "dnis": view.dnis,
        "callType": view.kind,
        "capabilities": capabilities::of(view, public_device, options),
        "duration": view.since.elapsed().as_secs().to_string(),
        "mute": if view.muted { "On" } else { "Off" },
        "uri": call_uri(view.number, options),
    });
    if let Some(members) = call.as_object_mut() {
        members.extend(optional(view, options));
        members.extend(match options.build {
            Build::Current => current_build(view, &id),
            Build::Old => old_build(view),
        });
    }
    call
}

/// Members that are absent rather than empty.
fn optional(view: &CallView, options: &GwsOptions) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(ani) = &view.ani {
        members.insert("ani".into(), json!(ani));
    }
    if !view.data.is_empty() {
        members.insert("userData".into(), Value::Object(view.data.clone()));
    }
    if let Some(parent) = view.parent {
        members.insert("parentCallUri".into(), json!(call_uri(parent, options)));
        if options.build == Build::Current {
            let named = if options.wrong_parent_path {
                parent + 900
            } else {
                parent
            };
            members.insert(
                "parentCallPath".into(),
                json!(format!("/calls/{}", ids::call_id(named, options))),
            );
        }
    }
    if options.recording_state {
        members.insert("recordingState".into(), json!("Stopped"));
    }
    if options.unknown_extras {
        members.insert("sentiment".into(), json!({"score": 0.5}));
    }
    members
}

fn current_build(view: &CallView, id: &str) -> Map<String, Value> {
    let party = |number: &String| json!({"e164Number": "", "formattedPhoneNumber": number, "phoneNumber": number, "digits": number});
    object(json!({
        "connId": ids::conn_id(view.call.number()),
        "participants": view.participants.iter().map(party).collect::<Vec<_>>(),
        "supervisorListeningIn": false,
        "monitoredUserMuted": false,
        "monitoring": false,
        "path": format!("/calls/{id}"),
    }))
}

fn old_build(view: &CallView) -> Map<String, Value> {
    let party = |number: &String| json!({"digits": number, "e164Number": number, "formattedPhoneNumber": number});
    object(json!({
        "participants": view.participants,
        "participantsInfo": view.participants.iter().map(party).collect::<Vec<_>>(),
    }))
}

/// The absolute `uri` of an agent's own call.
pub(super) fn call_uri(number: u64, options: &GwsOptions) -> String {
    absolute(&format!("/me/calls/{}", ids::call_id(number, options)), options)
}

/// A device resource (section 6).
pub(super) fn device(number: &str, public: bool, state: &AgentState, options: &GwsOptions) -> Value {
    json!({
        "id": ids::device_id(number),
        "deviceState": if options.voice_service { "Active" } else { "Inactive" },
        "userState": user_state(state, options),
        "phoneNumber": number,
        "description": "",
        "e164Number": "",
        "dynamicPhoneNumber": "",
        "telephonyNetwork": if public { "Public" } else { "Private" },
        "doNotDisturb": "Off",
        "voiceEnvironmentUri": absolute("/voice-environments/b3a1d7e0-1f52-4a86-9c60-7de4a2f50001", options),
        "capabilities": ["ForwardCallsOn", "DoNotDisturbOn"],
        "channels": ["voice"],
    })
}

/// A `userState` (section 5.3).
pub(super) fn user_state(state: &AgentState, options: &GwsOptions) -> Value {
    let reason = |reason: &Option<String>| {
        options
            .reasons
            .iter()
            .find(|known| Some(&known.operation) == reason.as_ref())
    };
    match state {
        AgentState::Ready => json!({"id": READY, "displayName": "Ready", "state": "Ready"}),
        AgentState::WrapUp => {
            json!({"id": AFTER_CALL_WORK, "displayName": "After Call Work", "state": "NotReady", "workMode": "AfterCallWork"})
        }
        AgentState::Rest { .. } => {
            json!({"id": AUX_WORK, "displayName": "Aux Work", "state": "NotReady", "workMode": "AuxWork"})
        }
        AgentState::SignedOut => json!({"id": OFFLINE, "displayName": "Offline", "state": "LoggedOut"}),
        AgentState::Busy { reason: given } => match reason(given) {
            Some(known) => {
                json!({"id": known.id, "displayName": known.display_name, "state": "NotReady", "reason": known.operation})
            }
            None => json!({"id": NOT_READY, "displayName": "Not Ready", "state": "NotReady"}),
        },
        _ => json!({"displayName": "Not Ready", "state": "NotReady"}),
    }
}

/// The list behind `settings/agent-states` (section 5.3).
pub(super) fn agent_states(options: &GwsOptions) -> Value {
    let mut states = vec![
        json!({"id": READY, "operationName": "Ready", "displayName": "Ready", "state": "Ready"}),
        json!({"id": NOT_READY, "operationName": "NotReady", "displayName": "Not Ready", "state": "NotReady"}),
        json!({"id": AFTER_CALL_WORK, "operationName": "AfterCallWork", "displayName": "After Call Work", "state": "NotReady", "workMode": "AfterCallWork"}),
        json!({"id": AUX_WORK, "operationName": "AuxWork", "displayName": "Aux Work", "state": "NotReady", "workMode": "AuxWork"}),
        json!({"id": OFFLINE, "operationName": "Offline", "displayName": "Offline", "state": "Logout"}),
    ];
    states.extend(options.reasons.iter().map(|reason| {
        json!({"id": reason.id, "operationName": reason.operation, "displayName": reason.display_name, "state": "NotReady"})
    }));
    json!({"agentStates": states})
}

/// A user resource without sub-resources (section 4.1).
pub(super) fn user(user: &GwsUser, options: &GwsOptions) -> Map<String, Value> {
    let id = ids::user_id(&user.name);
    let path = format!("/users/{id}");
    object(json!({
        "id": id,
        "userName": user.name,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "emailAddress": "",
        "roles": ["ROLE_AGENT"],
        "enabled": true,
        "changePasswordOnFirstLogin": false,
        "contactCenterId": "c4e2a9d8-5b31-4f0e-8a77-91d0f3b60001",
        "uri": absolute(&path, options),
        "path": path,
    }))
}

/// Feature resources (section 4.2).
pub(super) fn features(user: &GwsUser, options: &GwsOptions) -> Value {
    let feature = |id: &String| {
        let path = format!("/features/{id}");
        let name = if id == "api-voice" { "Voice API" } else { id.as_str() };
        let text = if id == "api-voice" {
            "API for Voice"
        } else {
            id.as_str()
        };
        json!({"id": id, "displayName": name, "description": text, "uri": absolute(&path, options), "path": path})
    };
    user.features.iter().map(feature).collect()
}

pub(super) fn absolute(path: &str, options: &GwsOptions) -> String {
    format!("{}/api/v2{path}", options.external_url)
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

const READY: &str = "9430250E-0A1B-421F-B372-F29E69366DED";
const NOT_READY: &str = "900D55CC-2BB0-431F-8BF9-D3525B383BE6";
const AFTER_CALL_WORK: &str = "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF";
const AUX_WORK: &str = "2B36138D-C564-4562-A8CB-3C32D564F296";
const OFFLINE: &str = "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB";
