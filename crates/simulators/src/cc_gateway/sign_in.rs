//! Signing in, by force and without, and out (section 3).

use callcontrol_testkit::switch::{Refusal, Switch};
use serde_json::{Value, json};

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::{Ask, Fields};
use super::choices::AfterRestart;
use super::event::Event;
use super::gateway::Gateway;
use super::options::CcGatewayOptions;
use super::session::Session;
use super::state::Origin;
use super::wish::Wish;

/// The ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Plain,
    Forced,
    /// Platform only: voice, no media server, and the telephone may come later.
    Platform,
}

/// `PUT onlineagent/{agentid}`
pub(super) fn sign_in(gateway: &Gateway, ask: &Ask) -> Answer {
    let fields = ask.fields(&DOCUMENTED, &gateway.options())?;
    begin(gateway, &ask.agent, &fields, How::Plain)
}

/// `PUT onlineagent/{agentid}/forcelogin`
pub(super) fn force_sign_in(gateway: &Gateway, ask: &Ask) -> Answer {
    let fields = ask.fields(&DOCUMENTED, &gateway.options())?;
    begin(gateway, &ask.agent, &fields, How::Forced)
}

/// `PUT onlineagent/{agentid}/loginex`
pub(super) fn sign_in_to_platform(gateway: &Gateway, ask: &Ask) -> Answer {
    let fields = ask.fields(&DOCUMENTED, &gateway.options())?;
    begin(gateway, &ask.agent, &fields, How::Platform)
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
    session.guids.renew(guid.clone());
    Ok(Done::Result(json!({ "guid": guid })))
}

pub(super) fn begin(gateway: &Gateway, agent: &str, fields: &Fields, how: How) -> Answer {
    let options = gateway.options();
    let wish = Wish::read(fields, how == How::Forced, &options)?;
    if wish.phone.is_none() && how != How::Platform {
        return Err(Fault::Code("100-001"));
    }
    check_password(gateway, agent, fields, &options)?;
    let now = gateway.now_ms();
    gateway.command(Origin::Session, |switch| {
        check_phone(switch, agent, &wish, &options)?;
        let orphaned = gateway.state().orphans.contains(agent) && options.after_restart == AfterRestart::SignsIn;
        let signed_in = match how {
            How::Plain | How::Platform if !orphaned => switch.sign_in(agent),
            How::Plain | How::Platform | How::Forced => switch.force_sign_in(agent),
        };
        signed_in.map_err(|refusal| sign_in_fault(&refusal))?;
        gateway.state().orphans.remove(agent);
        if options.queues_need_reset {
            gateway.withhold_queues(switch, agent);
        }
        // Before the state is set, because becoming ready may bring a call at once.
        let guid = open_session(gateway, switch, agent, &wish, now, &options);
        let _ = switch.set_agent_state(agent, wish.status.at_switch());
        let _ = switch.set_auto_idle(agent, wish.auto_idle);
        let result = tell_signed_in(agent, how, now, &options);
        Ok(Done::SignedIn { result, guid })
    })
}

/// The fault for a wrong password, counted until the agent is locked.
pub(super) fn check_password(
    gateway: &Gateway,
    agent: &str,
    fields: &Fields,
    options: &CcGatewayOptions,
) -> Result<(), Fault> {
    let given = fields.text("password")?.unwrap_or_default();
    let mut state = gateway.state();
    let wrong = state.wrong_passwords.entry(agent.to_owned()).or_default();
    if options.lock_after.is_some_and(|most| *wrong >= most) {
        return Err(LOCKED);
    }
    if options.password_of(agent).is(&given) {
        *wrong = 0;
        Ok(())
    } else {
        *wrong += 1;
        Err(WRONG_PASSWORD)
    }
}

fn check_phone(switch: &Switch, agent: &str, wish: &Wish, options: &CcGatewayOptions) -> Result<(), Fault> {
    let known = switch.agent(agent).ok_or(WRONG_PASSWORD)?;
    let other = wish.phone.as_ref().is_some_and(|phone| *phone != known.number);
    if options.phone_must_match && other {
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

/// Opens the session and answers its GUID.
fn open_session(
    gateway: &Gateway,
    switch: &Switch,
    agent: &str,
    wish: &Wish,
    now: u64,
    options: &CcGatewayOptions,
) -> String {
    let mut state = gateway.state();
    let guid = state.new_guid(options);
    let serial = state.next_serial();
    let old = state.sessions.remove(agent).filter(|old| !old.over);
    let from_seq = switch.journal().next_seq();
    let session = Session::new(serial, from_seq, now, wish.settings.clone(), guid.clone());
    state.sessions.insert(agent.to_owned(), session.displacing(old));
    for kind in wish.status.first_events() {
        state.queue(agent, Event::new(*kind, Value::Null, now), options);
    }
    guid
}

fn tell_signed_in(agent: &str, how: How, now: u64, options: &CcGatewayOptions) -> Value {
    let vdn = if options.vdn_id_as_string { json!("1") } else { json!(1) };
    let days = options.password_days.map(|days| days.to_string());
    json!({
        "vdnid": vdn,
        "workno": agent,
        "mediatype": if how == How::Platform { "TFF" } else { "TTF" },
        "loginTime": now.to_string(),
        "isForceChange": options.must_change_password.to_string(),
        "serverName": "AgentGateway",
        "timeRemaining": days.unwrap_or_default(),
    })
}

fn end(gateway: &Gateway, ask: &Ask, act: impl FnOnce(&mut Switch) -> Result<(), Refusal>) -> Answer {
    let now = gateway.now_ms();
    gateway.command(Origin::Session, |switch| {
        act(switch).map_err(|refusal| IN_A_CALL.refused(&refusal))?;
        let mut state = gateway.state();
        let login_time = state.sessions.get(&ask.agent).map(|session| session.login_time);
        let content = json!({ "loginTime": login_time.unwrap_or_default().to_string() });
        state.end(&ask.agent, Some(Event::new("AgentOther_ShutdownService", content, now)));
        Ok(Done::Command)
    })
}

const IN_A_CALL: Codes = Codes {
    no_call: "100-010",
    wrong_state: "100-010",
};

pub(super) const WRONG_PASSWORD: Fault = Fault::Code("100-004");
pub(super) const LOCKED: Fault = Fault::Code("110-016");

/// The members of 3.3, and the `account` of `loginbyaccount`.
pub(super) const DOCUMENTED: [&str; 18] = [
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
    "account",
];
