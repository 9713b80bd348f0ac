//! Signing in, by force and without, and out (section 3).

use callcontrol_testkit::switch::{AgentState, Refusal, Switch};
use serde_json::{Value, json};

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::{Ask, Fields, is_digit, is_number};
use super::event::Event;
use super::gateway::Gateway;
use super::options::CcGatewayOptions;
use super::session::{Session, Settings};
use super::state::Origin;

/// `PUT onlineagent/{agentid}`
pub(super) fn sign_in(gateway: &Gateway, ask: &Ask) -> Answer {
    begin(gateway, ask, false)
}

/// `PUT onlineagent/{agentid}/forcelogin`
pub(super) fn force_sign_in(gateway: &Gateway, ask: &Ask) -> Answer {
    begin(gateway, ask, true)
}

/// `DELETE onlineagent/{agentid}/logout`
pub(super) fn sign_out(gateway: &Gateway, ask: &Ask) -> Answer {
    end(gateway, ask, |switch| switch.sign_out(&ask.agent))
}

/// `DELETE onlineagent/{agentid}/forcelogout`, with or without a reason.
pub(super) fn force_sign_out(gateway: &Gateway, ask: &Ask) -> Answer {
    let reason = ask.params.first();
    if reason.is_some_and(|reason| !reason.parse().is_ok_and(|reason: u16| (1..=255).contains(&reason))) {
        return Err(Fault::Code("100-005"));
    }
    end(gateway, ask, |switch| switch.force_sign_out(&ask.agent))
}

/// `PUT onlineagent/{agentid}/updateGuid`
pub(super) fn update_guid(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let mut state = gateway.state();
    let guid = state.new_guid(&options);
    let session = state.sessions.get_mut(&ask.agent).ok_or(Fault::NOT_SIGNED_IN)?;
    session.renew_guid(guid.clone());
    Ok(Done::Result(json!({ "guid": guid })))
}

fn begin(gateway: &Gateway, ask: &Ask, force: bool) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&DOCUMENTED, &options)?;
    let wish = Wish::read(&fields)?;
    check_password(gateway, &ask.agent, &fields, &options)?;
    let now = gateway.now_ms();
    gateway.command(Origin::Session, |switch| {
        check_phone(switch, &ask.agent, &wish, &options)?;
        let signed_in = match force {
            true => switch.force_sign_in(&ask.agent),
            false => switch.sign_in(&ask.agent),
        };
        signed_in.map_err(|refusal| sign_in_fault(&refusal))?;
        // Before the state is set, because becoming ready may bring a call at once.
        let done = open_session(gateway, switch, &ask.agent, &wish, now, &options);
        let set = |state| switch.set_agent_state(&ask.agent, state);
        let _ = switch_state(wish.status).map(set);
        let _ = switch.set_auto_idle(&ask.agent, wish.auto_idle);
        Ok(done)
    })
}

/// What the body asks for.
struct Wish {
    phone: String,
    status: i64,
    auto_idle: bool,
    settings: Settings,
}

impl Wish {
    fn read(fields: &Fields) -> Result<Self, Fault> {
        let illegal = |_| Fault::Code("100-001");
        let phone = fields
            .text("phonenum")
            .map_err(illegal)?
            .ok_or(Fault::Code("100-001"))?;
        if !is_number(&phone, is_digit) {
            return Err(Fault::Code("100-011"));
        }
        let status = fields.int("status").map_err(illegal)?.unwrap_or(4);
        let kind = fields.int("agenttype").map_err(illegal)?.unwrap_or(4);
        let token = fields.text("serviceToken").map_err(illegal)?;
        match (status, kind, &token) {
            (3..=5, 4 | 11, None) => {}
            (3..=5, 4 | 11, Some(token)) if token.len() <= 50 && token.chars().all(char::is_alphanumeric) => {}
            (3..=5, 4 | 11, Some(_)) => return Err(Fault::Code("100-001")),
            (3..=5, _, _) => return Err(Fault::Code("100-012")),
            _ => return Err(Fault::Code("100-011")),
        }
        if fields
            .text("ip")
            .map_err(illegal)?
            .is_some_and(|ip| ip.parse::<std::net::Ipv4Addr>().is_err())
        {
            return Err(Fault::Code("100-016"));
        }
        let flag = |name| fields.flag(name).map(|flag| flag.unwrap_or(true)).map_err(illegal);
        Ok(Self {
            phone,
            status,
            auto_idle: flag("autoenteridle")?,
            settings: Settings {
                auto_answer: flag("autoanswer")?,
                release_phone: flag("releasephone")?,
                // Push mode only if both were given (3.3).
                push: token.is_some() && fields.text("callBackUri").map_err(illegal)?.is_some(),
            },
        })
    }
}

fn check_password(gateway: &Gateway, agent: &str, fields: &Fields, options: &CcGatewayOptions) -> Result<(), Fault> {
    let given = fields.text("password")?.unwrap_or_default();
    let mut state = gateway.state();
    let wrong = state.wrong_passwords.entry(agent.to_owned()).or_default();
    if options.lock_after.is_some_and(|most| *wrong >= most) {
        return Err(Fault::Code("110-016"));
    }
    if options.password_of(agent).is(&given) {
        *wrong = 0;
        Ok(())
    } else {
        *wrong += 1;
        Err(Fault::Code("100-004"))
    }
}

fn check_phone(switch: &Switch, agent: &str, wish: &Wish, options: &CcGatewayOptions) -> Result<(), Fault> {
    let known = switch.agent(agent).ok_or(Fault::Code("100-004"))?;
    if options.phone_must_match && known.number != wish.phone {
        return Err(Fault::Code("100-014"));
    }
    Ok(())
}

fn sign_in_fault(refusal: &Refusal) -> Fault {
    match refusal {
        Refusal::Conflict { .. } => Fault::Code("100-002"),
        _ => Fault::Code("100-003"),
    }
}

fn open_session(
    gateway: &Gateway,
    switch: &Switch,
    agent: &str,
    wish: &Wish,
    now: u64,
    options: &CcGatewayOptions,
) -> Done {
    let mut state = gateway.state();
    let guid = state.new_guid(options);
    let serial = state.next_serial();
    let old = state.sessions.remove(agent).filter(|old| !old.over);
    let from_seq = switch.journal().next_seq();
    let session = Session::new(serial, from_seq, now, wish.settings.clone(), guid.clone());
    let mut session = session.displacing(old);
    for kind in first_events(wish.status) {
        session.queue(Event::new(kind, Value::Null, now), options.event_queue);
    }
    state.sessions.insert(agent.to_owned(), session);
    let vdn = if options.vdn_id_as_string { json!("1") } else { json!(1) };
    let result = json!({
        "vdnid": vdn,
        "workno": agent,
        "mediatype": "TTF",
        "loginTime": now.to_string(),
        "isForceChange": "false",
        "serverName": "AgentGateway",
        "timeRemaining": "",
    });
    Done::SignedIn { result, guid }
}

/// The table of 3.3.
fn first_events(status: i64) -> &'static [&'static str] {
    match status {
        3 => &[
            "AgentOther_InService",
            "AgentState_Ready",
            "AgentState_SetNotReady_Success",
        ],
        5 => &["AgentOther_InService", "AgentState_Ready", "AgentState_Work"],
        _ => &["AgentOther_InService", "AgentState_Ready"],
    }
}

fn switch_state(status: i64) -> Option<AgentState> {
    match status {
        3 => Some(AgentState::Busy { reason: None }),
        5 => Some(AgentState::WrapUp),
        _ => Some(AgentState::Ready),
    }
}

fn end(gateway: &Gateway, ask: &Ask, act: impl FnOnce(&mut Switch) -> Result<(), Refusal>) -> Answer {
    let now = gateway.now_ms();
    gateway.command(Origin::Session, |switch| {
        act(switch).map_err(|refusal| IN_A_CALL.refused(&refusal))?;
        let mut state = gateway.state();
        if let Some(session) = state.sessions.get_mut(&ask.agent) {
            let content = json!({ "loginTime": session.login_time.to_string() });
            session.end(Some(Event::new("AgentOther_ShutdownService", content, now)));
        }
        Ok(Done::Command)
    })
}

const IN_A_CALL: Codes = Codes {
    no_call: "100-010",
    wrong_state: "100-010",
};

const DOCUMENTED: [&str; 17] = [
    "password",
    "phonenum",
    "autoanswer",
    "autoenteridle",
    "releasephone",
    "agenttype",
    "status",
    "ip",
    "entryIp",
    "phonelinkage",
    "checkInWebm",
    "checkInMailm",
    "vcPhoneNumber",
    "listenStatus",
    "callBackUri",
    "serviceToken",
    "pushUrl",
];
