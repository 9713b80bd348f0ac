//! Call, device and user resources as the server writes them (sections 4, 6 and 7).

use callcontrol_testkit::switch::AgentState;
use serde_json::{Map, Value, json};

use super::floor::{CallView, DeviceView, Extent, Recording, Scope, Watch};
use super::options::{Build, GwsOptions, GwsUser};
use super::{capabilities, ids};

/// A call resource (section 7).
pub(super) fn call(view: &CallView, user: Option<&GwsUser>, options: &GwsOptions) -> Value {
    let id = ids::call_id(view.number, options);
    let mut call = json!({
        "id": if options.empty_call_ids { "" } else { id.as_str() },
        "state": view.state.word(),
        "callUuid": ids::call_uuid(view.number),
        "deviceUri": device_uri(&view.own_number, options),
        "dnis": shown_number(&view.dnis, view, options),
        "callType": view.kind,
        "capabilities": capabilities::of(view, user, options),
        "duration": view.since.elapsed().as_secs().to_string(),
        "mute": if view.muted { "On" } else { "Off" },
        "uri": call_uri(view.number, options),
    });
    if let Some(members) = call.as_object_mut() {
        members.extend(optional(view, user, options));
        members.extend(participants(view, options));
        if options.build == Build::Current {
            members.extend(current_build(view, &id, options));
        }
    }
    call
}

/// Members that are absent rather than empty.
fn optional(view: &CallView, user: Option<&GwsUser>, options: &GwsOptions) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(ani) = &view.ani {
        members.insert("ani".into(), json!(ani));
    }
    let data = user_data(view, options);
    if !data.is_empty() {
        members.insert("userData".into(), Value::Object(data));
    }
    if let Some(parent) = view.parent {
        let host = if options.scattered_hosts {
            PARENTS_HOST
        } else {
            &options.external_url
        };
        let uri = format!("{host}/api/v2/me/calls/{}", ids::call_id(parent, options));
        members.insert("parentCallUri".into(), json!(uri));
        if options.build == Build::Current && options.paths && options.parent_paths {
            let named = if options.wrong_parent_path {
                parent + 900
            } else {
                parent
            };
            members.insert(
                "parentCallPath".into(),
                json!(call_path(&ids::call_id(named, options), options)),
            );
        }
    }
    if options.recording_state || user.is_some_and(|user| user.may("api-voice-recording")) {
        let word = match view.recording {
            Recording::Stopped => "Stopped",
            Recording::Running => &options.recording_word,
            Recording::Paused => "Paused",
        };
        members.insert("recordingState".into(), json!(word));
    }
    if options.unknown_extras {
        members.insert("sentiment".into(), json!({"score": 0.5}));
    }
    members
}

/// The data as attached, with what else a desktop leaves there if the options say so.
fn user_data(view: &CallView, options: &GwsOptions) -> Map<String, Value> {
    let mut data = view.data.clone();
    if options.rich_user_data {
        data.extend(object(json!({
            "IW_CaseUid": "8c1f", "WWE_Weight": 7, "Name": "J\u{fc}rgen \u{1f600}",
            "Owner": {"username": "agent1", "path": "/users/8f2d"},
        })));
    }
    data
}

fn participants(view: &CallView, options: &GwsOptions) -> Map<String, Value> {
    let numbers: Vec<String> = view
        .participants
        .iter()
        .map(|number| shown_number(number, view, options))
        .collect();
    if options.build == Build::Old || options.string_participants {
        let info = |number: &String| json!({"digits": number, "e164Number": number, "formattedPhoneNumber": number});
        let infos: Vec<Value> = numbers.iter().map(info).collect();
        return object(json!({"participants": numbers, "participantsInfo": infos}));
    }
    let party = |number: &String| json!({"e164Number": "", "formattedPhoneNumber": number, "phoneNumber": number, "digits": number});
    object(json!({"participants": numbers.iter().map(party).collect::<Vec<_>>()}))
}

/// A number that the agent dialled may come back changed (section 9.1).
fn shown_number(number: &str, view: &CallView, options: &GwsOptions) -> String {
    if view.dialled {
        format!("{}{number}", options.dialled_prefix)
    } else {
        number.to_owned()
    }
}

fn current_build(view: &CallView, id: &str, options: &GwsOptions) -> Map<String, Value> {
    let mut members = object(json!({
        "connId": ids::conn_id(view.call.number()),
        "supervisorListeningIn": view.listened_in,
        "monitoredUserMuted": view.agent_muted,
    }));
    if options.monitoring_flag {
        members.insert("monitoring".into(), json!(view.monitoring));
    }
    if options.paths {
        members.insert("path".into(), json!(call_path(id, options)));
    }
    members
}

fn call_path(id: &str, options: &GwsOptions) -> String {
    let slash = if options.bare_paths { "" } else { "/" };
    format!("{slash}calls/{id}")
}

/// The absolute `uri` of an agent's own call.
pub(super) fn call_uri(number: u64, options: &GwsOptions) -> String {
    absolute(&format!("/me/calls/{}", ids::call_id(number, options)), options)
}

/// The absolute `deviceUri` of the telephone with this number.
pub(super) fn device_uri(number: &str, options: &GwsOptions) -> String {
    let host = if options.scattered_hosts {
        DEVICES_HOST
    } else {
        &options.external_url
    };
    format!("{host}/api/v2/devices/{}", ids::device_id(number))
}

/// A device resource (section 6).
pub(super) fn device(view: &DeviceView, user: Option<&GwsUser>, options: &GwsOptions) -> Value {
    let public = user.is_some_and(|user| user.public_device);
    let mut device = json!({
        "id": ids::device_id(&view.number),
        "deviceState": if options.voice_service { "Active" } else { "Inactive" },
        "userState": user_state(&view.state, options),
        "phoneNumber": view.number,
        "description": "",
        "e164Number": "",
        "dynamicPhoneNumber": "",
        "telephonyNetwork": if public { "Public" } else { "Private" },
        "doNotDisturb": if view.phone.do_not_disturb { "On" } else { "Off" },
        "voiceEnvironmentUri": absolute("/voice-environments/b3a1d7e0-1f52-4a86-9c60-7de4a2f50001", options),
        "capabilities": capabilities::of_device(view, user),
        "channels": ["voice"],
    });
    if let Some(members) = device.as_object_mut() {
        let forward = view.phone.forward_to.as_ref();
        members.extend(forward.map(|number| ("forwardTo".to_owned(), json!(number))));
        let watch = view.watch.as_ref();
        members.extend(watch.map(|watch| ("supervisorMonitoringState".to_owned(), monitoring(watch, view, options))));
    }
    device
}

fn monitoring(watch: &Watch, view: &DeviceView, options: &GwsOptions) -> Value {
    json!({
        "state": capabilities::mode_word(watch.mode),
        "mode": match watch.extent {
            Extent::AllCalls => "AllCalls",
            Extent::NextCall => "NextCall",
        },
        "scope": match watch.scope {
            Scope::Call => "Call",
            Scope::Agent => "Agent",
        },
        "targetDeviceUri": device_uri(&view.watched_number, options),
    })
}

/// The service behind the voice operations (section 4.2).
pub(super) fn voice_service(options: &GwsOptions) -> Value {
    let path = "/services/tserver-1";
    json!({
        "id": "tserver-1", "name": "SIP_Switch", "type": "Voice",
        "state": if options.voice_service { "Active" } else { "Inactive" },
        "uri": absolute(path, options), "path": path,
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

const DEVICES_HOST: &str = "https://gws-2.example";
const PARENTS_HOST: &str = "http://gws-3.example:8091";
const READY: &str = "9430250E-0A1B-421F-B372-F29E69366DED";
const NOT_READY: &str = "900D55CC-2BB0-431F-8BF9-D3525B383BE6";
const AFTER_CALL_WORK: &str = "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF";
const AUX_WORK: &str = "2B36138D-C564-4562-A8CB-3C32D564F296";
const OFFLINE: &str = "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB";
