//! The operations and their paths, group by group.

use http::Method;

use super::answer::Answer;
use super::ask::Ask;
use super::gateway::Gateway;
use super::routes::{Route, Run};
use super::{
    account, agent_state, call_data, call_info, devices, dial, groups, help, messages, offered, phone, playback, push,
    sign_in, skills, supervision, transfer, voice,
};

/// All operations; of two paths that fit the first counts.
pub(super) static ROUTES: &[&[Route]] = &[EVENTS, SESSIONS, VOICE, CALL_DATA, QUALITY, PLAYBACK, DEVICES, AGENTS];

/// Events (section 5).
static EVENTS: &[Route] = &[
    Route {
        method: Method::GET,
        path: "agentevent/allagentevent",
        run: Run::PollAll,
    },
    Route {
        method: Method::GET,
        path: "agentevent/{agent}",
        run: Run::Poll,
    },
];

/// Session and agent state (sections 3 and 4).
static SESSIONS: &[Route] = &[
    open_put("onlineagent/loginbyaccount", account::sign_in_by_account),
    open_put("onlineagent/{agent}", sign_in::sign_in),
    open_put("onlineagent/{agent}/forcelogin", sign_in::force_sign_in),
    open_put("onlineagent/{agent}/loginex", sign_in::sign_in_to_platform),
    post("onlineagent/{agent}/logininfo", account::softphone_token),
    post("onlineagent/{agent}/modifyaccountpwdex", account::change_password),
    post("onlineagent/{agent}/handshake", push::handshake),
    put("onlineagent/{agent}/heartbeat", push::heartbeat),
    delete("onlineagent/{agent}/logout", sign_in::sign_out),
    delete("onlineagent/{agent}/forcelogout", sign_in::force_sign_out),
    delete(
        "onlineagent/{agent}/forcelogoutwithreason/{reason}",
        sign_in::force_sign_out,
    ),
    put("onlineagent/{agent}/updateGuid", sign_in::update_guid),
    post("onlineagent/{agent}/resetskill/{flag}", skills::reset_skill),
    get("onlineagent/{agent}/agentskills", devices::my_skills),
    get("onlineagent/{agent}/agentskillsbyworkno/{agent}", devices::skills_of),
    post("onlineagent/{agent}/sayfree", agent_state::say_free),
    post("onlineagent/{agent}/saybusy", agent_state::say_busy),
    post("onlineagent/{agent}/cancelbusy", agent_state::cancel_busy),
    post("onlineagent/{agent}/rest/{skill}/{cause}", agent_state::rest),
    post("onlineagent/{agent}/cancelrest", agent_state::cancel_rest),
    post("onlineagent/{agent}/work", agent_state::work),
    post("onlineagent/{agent}/cancelwork", agent_state::cancel_work),
    post("onlineagent/{agent}/autoanswer/{flag}", agent_state::auto_answer),
    post("onlineagent/{agent}/autoenteridle/{flag}", agent_state::auto_enter_idle),
    get("onlineagent/{agent}/agentstatus", agent_state::status),
    get("onlineagent/{agent}/querycustomstate", agent_state::custom_state),
    post("onlineagent/{agent}/settalkright", skills::set_talk_right),
    post("onlineagent/{agent}/bindphone", agent_state::not_captured),
    post("onlineagent/{agent}/syncagentinfo", agent_state::not_captured),
    post("onlineagent/{agent}/notifybulletin", messages::notify_bulletin),
    post("onlineagent/{agent}/sendnoteletex", messages::send_note),
];

/// Voice calls (section 6).
static VOICE: &[Route] = &[
    put("voicecall/{agent}/answer", voice::answer),
    delete("voicecall/{agent}/release", voice::release),
    delete("voicecall/{agent}", voice::release),
    post("voicecall/{agent}/dropcall/{call}", voice::drop_call),
    post("voicecall/{agent}/disconnect/{number}", voice::disconnect),
    post("voicecall/{agent}/hold", voice::hold),
    post("voicecall/{agent}/gethold", voice::get_hold),
    post("voicecall/{agent}/beginmute", voice::begin_mute),
    post("voicecall/{agent}/endmute", voice::end_mute),
    post("voicecall/{agent}/seconddialex", voice::second_dial_ex),
    post("voicecall/{agent}/seconddial/{keys}", voice::second_dial),
    post("voicecall/{agent}/thirdPartyConfTransmitNum", voice::transmit_num),
    put("voicecall/{agent}/callout", dial::call_out),
    put("voicecall/{agent}/callinner", dial::call_inner),
    post("voicecall/{agent}/transfer", transfer::transfer),
    post("voicecall/{agent}/canceltransfer", transfer::cancel),
    post("voicecall/{agent}/innerhelp", help::inner_help),
    post("voicecall/{agent}/confjoin", help::conf_join),
    post("voicecall/{agent}/connecthold/{call}", help::connect_hold),
    put("voicecall/{agent}/previewCallout", dial::call_previewed),
    put("voicecall/{agent}/previewcallout", dial::call_previewed),
    delete("voicecall/{agent}/releasephone", phone::release_phone),
    put("voicecall/{agent}/phonepickup", phone::pick_up),
    post("voicecall/{agent}/phonepickup", phone::pick_up),
    put("voicecall/{agent}/phonehangup", phone::hang_up),
    post("voicecall/{agent}/phonehangup", phone::hang_up),
    post("voicecall/{agent}/beginmutevideo", phone::begin_mute_video),
    post("voicecall/{agent}/endmutevideo", phone::end_mute_video),
    put("voicecall/{agent}/snatchpickup", offered::snatch),
    post("voicecall/{agent}/requestcall/{call}/{bit}", offered::request),
];

/// Call data (section 8).
static CALL_DATA: &[Route] = &[
    get("calldata/{agent}/callinfo", call_info::current),
    get("calldata/{agent}/callinfobycallid/{call}", call_info::by_id),
    get("calldata/{agent}/callinfobeforeanswer", call_info::ringing),
    get("calldata/{agent}/allcallid", call_info::my_ids),
    get("calldata/{agent}/allcallinfoEx/{agent}", call_info::ids_of),
    get("calldata/{agent}/allcallinfo/{agent}", call_info::all_of),
    get("calldata/{agent}/holdlist", call_info::held),
    get("calldata/{agent}/remotenumbers", call_info::remote_numbers),
    get("calldata/{agent}/appdata", call_data::get),
    put("calldata/{agent}", call_data::set_by_query),
    put("calldata/{agent}/setcalldataex", call_data::set_by_body),
    post("calldata/{agent}/setcalldataex", call_data::set_by_body),
    get("calldata/{agent}/waitcallinfo/{skill}", call_data::waiting),
    put("calldata/{agent}/assignuserinqueue", call_data::assign_in_queue),
    get("calldata/{agent}/statistics", call_info::statistics),
    get("calldata/{agent}/ivrcallcount/{skill}", devices::calls_in_ivr),
];

/// Quality control (section 9).
static QUALITY: &[Route] = &[
    get("qualitycontrol/{agent}/allagent", supervision::agents),
    put("qualitycontrol/{agent}/addsupervise/{agent}", supervision::listen),
    put("qualitycontrol/{agent}/addinsert/{agent}", supervision::insert),
    post("qualitycontrol/{agent}/requestwhisperagent", supervision::whisper),
    post(
        "qualitycontrol/{agent}/requeststopwhisperagent",
        supervision::stop_whispering,
    ),
    post(
        "qualitycontrol/{agent}/requestswitchinsertwhisperagent",
        supervision::switch_mode,
    ),
    put("qualitycontrol/{agent}/intercept/{agent}", supervision::intercept),
    put(
        "qualitycontrol/{agent}/intercept/{agent}/{call}",
        supervision::intercept,
    ),
    delete("qualitycontrol/{agent}/{agent}", supervision::stop),
    post(
        "qualitycontrol/{agent}/forcelogout/{agent}",
        supervision::force_sign_out,
    ),
    post("qualitycontrol/{agent}/beginmonitor", supervision::begin_monitor),
];

/// Recording and playback (section 10).
static PLAYBACK: &[Route] = &[
    put("recordplay/{agent}/play", playback::play),
    delete("recordplay/{agent}/stopplay", playback::stop_play),
    post("recordplay/{agent}/pauseplay", playback::pause_play),
    post("recordplay/{agent}/resumeplay", playback::resume_play),
    post("recordplay/{agent}/forefast/{skill}", playback::forward),
    post("recordplay/{agent}/backfast/{skill}", playback::rewind),
    put("recordplay/{agent}/startrecordscreen", playback::start_screen),
    delete("recordplay/{agent}/stoprecordscreen", playback::stop_screen),
    get("recordplay/{agent}/recordfilefromrecordid", playback::file_of_record),
    get("recordplay/{agent}/getconnecttoken", playback::connect_token),
];

/// Queues and devices (section 11).
static DEVICES: &[Route] = &[
    get("queuedevice/{agent}/ivrinfo", devices::ivrs),
    get("queuedevice/{agent}/innoinfo", devices::access_codes),
    get("queuedevice/{agent}/agentvdnskill", devices::vdn_skills),
    get("queuedevice/{agent}/agentskill/{agent}", devices::signed_in_skills),
    get("queuedevice/{agent}/vdnskill/{skill}", devices::skills_of_vdn),
    post("queuedevice/{agent}/queryacdstat", devices::queue_statistics),
];

/// Agents and groups (section 11).
static AGENTS: &[Route] = &[
    get("agentgroup/{agent}/allagentstatus", groups::all),
    get("agentgroup/{agent}/onlineagentonvdn", groups::online),
    get("agentgroup/{agent}/idleagent", groups::idle),
    get("agentgroup/{agent}/agentbyworkno/{agent}", groups::by_id),
    get("agentgroup/{agent}/agentbyskill/{skill}", groups::by_skill),
    get("agentgroup/{agent}/groupbyagent/{agent}", groups::groups_of),
    get("agentgroup/{agent}/grouponvdn", groups::groups),
    get("agentgroup/{agent}/agentongroupex", groups::in_group),
    get("agentgroup/{agent}/restreason", groups::rest_reasons),
    get("agentgroup/{agent}/iscensor", groups::is_inspector),
    get("agentgroup/{agent}/ispickup", groups::may_pick_up),
];

const fn get(path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    agent(Method::GET, path, run)
}

const fn put(path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    agent(Method::PUT, path, run)
}

const fn post(path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    agent(Method::POST, path, run)
}

const fn delete(path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    agent(Method::DELETE, path, run)
}

const fn agent(method: Method, path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    let run = Run::Agent(run);
    Route { method, path, run }
}

/// For anybody.
const fn open_put(path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    let run = Run::Open(run);
    Route {
        method: Method::PUT,
        path,
        run,
    }
}
