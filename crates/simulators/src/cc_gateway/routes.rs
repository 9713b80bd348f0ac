//! The operations and their paths. Parameters carry patterns, as in the vendor's JAX-RS application (section 1).

use http::Method;

use super::answer::{Answer, Fault};
use super::ask::{Ask, decode, is_digit, is_key, is_number};
use super::gateway::Gateway;
use super::options::CcGatewayOptions;
use super::{agent_state, call_data, call_info, devices, dial, help, sign_in, transfer, voice};

/// One operation.
#[derive(Debug)]
pub(super) struct Route {
    method: Method,
    path: &'static str,
    pub(super) run: Run,
}

/// How an operation is carried out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Run {
    /// For the holder of the agent's GUID.
    Agent(fn(&Gateway, &Ask) -> Answer),
    /// For anybody.
    Open(fn(&Gateway, &Ask) -> Answer),
    /// The event poll.
    Poll,
    /// The poll for all agents, which is not switched on.
    PollAll,
}

/// The operation for this method and path, and the path's parameters.
pub(super) fn find(
    method: &Method,
    path: &str,
    options: &CcGatewayOptions,
) -> Result<(&'static Route, Vec<String>), Fault> {
    let path = path
        .strip_prefix(BASE)
        .ok_or(Fault::Http(http::StatusCode::NOT_FOUND))?;
    let given: Vec<&str> = path
        .split('/')
        .filter(|part| !options.double_slash || !part.is_empty())
        .collect();
    let mut miss = Fault::Http(http::StatusCode::NOT_FOUND);
    for route in ROUTES {
        match take(route.path, &given, options) {
            Match::Yes(params) if route.method == *method => return Ok((route, params)),
            Match::Yes(_) => miss = Fault::Http(options.wrong_method),
            Match::Pattern if miss != Fault::Http(options.wrong_method) => miss = options.path_mismatch.into(),
            Match::Pattern | Match::No => {}
        }
    }
    Err(miss)
}

enum Match {
    Yes(Vec<String>),
    /// The right shape, but a parameter outside its pattern.
    Pattern,
    No,
}

fn take(path: &str, given: &[&str], options: &CcGatewayOptions) -> Match {
    let mut params = Vec::new();
    let mut fits = true;
    let mut parts = path.split('/');
    for given in given {
        let Some(part) = parts.next() else { return Match::No };
        if !part.starts_with('{') {
            if part != *given {
                return Match::No;
            }
            continue;
        }
        let given = decode(given);
        fits = fits && fits_pattern(part, &given, options);
        params.push(given);
    }
    match (parts.next(), fits) {
        (Some(_), _) => Match::No,
        (None, true) => Match::Yes(params),
        (None, false) => Match::Pattern,
    }
}

fn fits_pattern(name: &str, given: &str, options: &CcGatewayOptions) -> bool {
    let whole = || given.chars().all(is_digit) && !given.starts_with('0');
    match name {
        "{agent}" => whole() && given.parse().is_ok_and(|id: u32| id <= options.largest_agent_id),
        "{skill}" => whole() && !given.is_empty(),
        "{number}" => is_number(given, is_digit),
        "{keys}" => is_number(given, is_key),
        _ => !given.is_empty(),
    }
}

const fn agent(method: Method, path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    let run = Run::Agent(run);
    Route { method, path, run }
}

const fn open(method: Method, path: &'static str, run: fn(&Gateway, &Ask) -> Answer) -> Route {
    let run = Run::Open(run);
    Route { method, path, run }
}

const BASE: &str = "/agentgateway/resource/";

static ROUTES: &[Route] = &[
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
    // 3: session
    open(Method::PUT, "onlineagent/{agent}", sign_in::sign_in),
    open(Method::PUT, "onlineagent/{agent}/forcelogin", sign_in::force_sign_in),
    agent(Method::DELETE, "onlineagent/{agent}/logout", sign_in::sign_out),
    agent(
        Method::DELETE,
        "onlineagent/{agent}/forcelogout",
        sign_in::force_sign_out,
    ),
    agent(
        Method::DELETE,
        "onlineagent/{agent}/forcelogoutwithreason/{reason}",
        sign_in::force_sign_out,
    ),
    agent(Method::PUT, "onlineagent/{agent}/updateGuid", sign_in::update_guid),
    agent(
        Method::POST,
        "onlineagent/{agent}/resetskill/{flag}",
        devices::reset_skill,
    ),
    agent(Method::GET, "onlineagent/{agent}/agentskills", devices::my_skills),
    agent(
        Method::GET,
        "onlineagent/{agent}/agentskillsbyworkno/{agent}",
        devices::skills_of,
    ),
    // 4: agent state
    agent(Method::POST, "onlineagent/{agent}/sayfree", agent_state::say_free),
    agent(Method::POST, "onlineagent/{agent}/saybusy", agent_state::say_busy),
    agent(Method::POST, "onlineagent/{agent}/cancelbusy", agent_state::cancel_busy),
    agent(
        Method::POST,
        "onlineagent/{agent}/rest/{skill}/{cause}",
        agent_state::rest,
    ),
    agent(Method::POST, "onlineagent/{agent}/cancelrest", agent_state::cancel_rest),
    agent(Method::POST, "onlineagent/{agent}/work", agent_state::work),
    agent(Method::POST, "onlineagent/{agent}/cancelwork", agent_state::cancel_work),
    agent(
        Method::POST,
        "onlineagent/{agent}/autoanswer/{flag}",
        agent_state::auto_answer,
    ),
    agent(
        Method::POST,
        "onlineagent/{agent}/autoenteridle/{flag}",
        agent_state::auto_enter_idle,
    ),
    agent(Method::GET, "onlineagent/{agent}/agentstatus", agent_state::status),
    agent(
        Method::GET,
        "onlineagent/{agent}/querycustomstate",
        agent_state::custom_state,
    ),
    // 6: voice calls
    agent(Method::PUT, "voicecall/{agent}/answer", voice::answer),
    agent(Method::DELETE, "voicecall/{agent}/release", voice::release),
    agent(Method::DELETE, "voicecall/{agent}", voice::release),
    agent(Method::POST, "voicecall/{agent}/dropcall/{call}", voice::drop_call),
    agent(Method::POST, "voicecall/{agent}/disconnect/{number}", voice::disconnect),
    agent(Method::POST, "voicecall/{agent}/hold", voice::hold),
    agent(Method::POST, "voicecall/{agent}/gethold", voice::get_hold),
    agent(Method::POST, "voicecall/{agent}/beginmute", voice::begin_mute),
    agent(Method::POST, "voicecall/{agent}/endmute", voice::end_mute),
    agent(Method::POST, "voicecall/{agent}/seconddialex", voice::second_dial_ex),
    agent(Method::POST, "voicecall/{agent}/seconddial/{keys}", voice::second_dial),
    agent(
        Method::POST,
        "voicecall/{agent}/thirdPartyConfTransmitNum",
        voice::transmit_num,
    ),
    agent(Method::PUT, "voicecall/{agent}/callout", dial::call_out),
    agent(Method::PUT, "voicecall/{agent}/callinner", dial::call_inner),
    agent(Method::POST, "voicecall/{agent}/transfer", transfer::transfer),
    agent(Method::POST, "voicecall/{agent}/canceltransfer", transfer::cancel),
    agent(Method::POST, "voicecall/{agent}/innerhelp", help::inner_help),
    agent(Method::POST, "voicecall/{agent}/confjoin", help::conf_join),
    agent(Method::POST, "voicecall/{agent}/connecthold/{call}", help::connect_hold),
    // 8: call data
    agent(Method::GET, "calldata/{agent}/callinfo", call_info::current),
    agent(
        Method::GET,
        "calldata/{agent}/callinfobycallid/{call}",
        call_info::by_id,
    ),
    agent(Method::GET, "calldata/{agent}/callinfobeforeanswer", call_info::ringing),
    agent(Method::GET, "calldata/{agent}/allcallid", call_info::my_ids),
    agent(Method::GET, "calldata/{agent}/allcallinfoEx/{agent}", call_info::ids_of),
    agent(Method::GET, "calldata/{agent}/allcallinfo/{agent}", call_info::all_of),
    agent(Method::GET, "calldata/{agent}/holdlist", call_info::held),
    agent(Method::GET, "calldata/{agent}/remotenumbers", call_info::remote_numbers),
    agent(Method::GET, "calldata/{agent}/appdata", call_data::get),
    agent(Method::PUT, "calldata/{agent}", call_data::set_by_query),
    agent(Method::PUT, "calldata/{agent}/setcalldataex", call_data::set_by_body),
    agent(Method::POST, "calldata/{agent}/setcalldataex", call_data::set_by_body),
    agent(Method::GET, "calldata/{agent}/waitcallinfo/{skill}", call_data::waiting),
    agent(
        Method::PUT,
        "calldata/{agent}/assignuserinqueue",
        call_data::assign_in_queue,
    ),
    // 11: queues and devices
    agent(Method::GET, "queuedevice/{agent}/ivrinfo", devices::ivrs),
    agent(Method::GET, "queuedevice/{agent}/innoinfo", devices::access_codes),
    agent(Method::GET, "queuedevice/{agent}/agentvdnskill", devices::vdn_skills),
    agent(
        Method::GET,
        "queuedevice/{agent}/agentskill/{agent}",
        devices::signed_in_skills,
    ),
];
