//! Quality control: listening, whispering, barging in, taking the customer over, signing somebody out (section 9).

use callcontrol_testkit::switch::{Agent, AgentState, Refusal, Reply, Supervision, SupervisionMode, Switch};

use super::answer::{Answer, Done, Fault};
use super::ask::{Ask, is_digit, is_number};
use super::choices::NoInspectorRight;
use super::gateway::Gateway;
use super::state::Origin;

/// `PUT addsupervise/{workNo}`
pub(super) fn listen(gateway: &Gateway, ask: &Ask) -> Answer {
    begin(gateway, ask, ask.param(), SupervisionMode::Listen)
}

/// `PUT addinsert/{workNo}`
pub(super) fn insert(gateway: &Gateway, ask: &Ask) -> Answer {
    begin(gateway, ask, ask.param(), SupervisionMode::BargeIn)
}

/// `POST requestwhisperagent?whisperagentid=`
pub(super) fn whisper(gateway: &Gateway, ask: &Ask) -> Answer {
    let agent = whispered(ask)?;
    begin(gateway, ask, agent, SupervisionMode::Whisper)
}

/// `POST requeststopwhisperagent?whisperagentid=`
pub(super) fn stop_whispering(gateway: &Gateway, ask: &Ask) -> Answer {
    let agent = whispered(ask)?;
    inspect(gateway, ask, agent, |switch| {
        running(switch, ask, |running| running.mode == SupervisionMode::Whisper)?;
        switch.stop_supervision(&ask.agent, agent)
    })
}

/// `POST requestswitchinsertwhisperagent?whisperagentid=&switchtype=`
pub(super) fn switch_mode(gateway: &Gateway, ask: &Ask) -> Answer {
    let agent = whispered(ask)?;
    let mode = match ask.query("switchtype") {
        Some("0") => SupervisionMode::Listen,
        Some("1") => SupervisionMode::BargeIn,
        Some("2") => SupervisionMode::Whisper,
        _ => return Err(Fault::PARAMETER),
    };
    inspect(gateway, ask, agent, |switch| {
        switch.switch_supervision(&ask.agent, agent, mode)
    })
}

/// `PUT intercept/{workNo}` and `PUT intercept/{workNo}/{callId}`: the agent becomes idle.
pub(super) fn intercept(gateway: &Gateway, ask: &Ask) -> Answer {
    voice_only(ask)?;
    let agent = ask.param();
    let call = match ask.params.get(1) {
        Some(callid) => Some(gateway.live_call(callid).ok_or(Fault::Code("200-026"))?),
        None => None,
    };
    inspect(gateway, ask, agent, |switch| switch.intercept(&ask.agent, agent, call))
}

/// `DELETE qualitycontrol/{agentid}/{workNo}`
pub(super) fn stop(gateway: &Gateway, ask: &Ask) -> Answer {
    let agent = ask.param();
    inspect(gateway, ask, agent, |switch| switch.stop_supervision(&ask.agent, agent))
}

/// `POST forcelogout/{workno}`: the victim's poll answers `100-006` from then on.
pub(super) fn force_sign_out(gateway: &Gateway, ask: &Ask) -> Answer {
    inspect(gateway, ask, ask.param(), |switch| switch.force_sign_out(ask.param()))
}

/// `GET allagent`: whom the inspector may inspect.
pub(super) fn agents(gateway: &Gateway, ask: &Ask) -> Answer {
    may_inspect(gateway, ask)?;
    gateway.agents_such("900-004", |agent: &Agent| agent.id != ask.agent)
}

/// `POST beginmonitor?agents=`: taken; what it begins is not documented.
pub(super) fn begin_monitor(gateway: &Gateway, ask: &Ask) -> Answer {
    may_inspect(gateway, ask)?;
    ask.query("agents").ok_or(Fault::PARAMETER)?;
    Ok(Done::Command)
}

/// The inspector must be idle for the first step; later ones switch a running supervision.
fn begin(gateway: &Gateway, ask: &Ask, agent: &str, mode: SupervisionMode) -> Answer {
    voice_only(ask)?;
    inspect(gateway, ask, agent, |switch| {
        if switch
            .supervision_of(&ask.agent)
            .is_some_and(|running| running.agent == agent)
        {
            return switch.switch_supervision(&ask.agent, agent, mode);
        }
        let idle = switch
            .agent(&ask.agent)
            .is_some_and(|inspector| inspector.state == AgentState::Ready);
        match idle {
            true => switch.supervise(&ask.agent, agent, mode),
            false => Err(Refusal::Conflict {
                call: None,
                running: "something the inspector does",
            }),
        }
    })
}

/// Something an inspector does to another agent.
fn inspect(gateway: &Gateway, ask: &Ask, agent: &str, act: impl FnOnce(&mut Switch) -> Reply) -> Answer {
    may_inspect(gateway, ask)?;
    if agent == ask.agent {
        return Err(Fault::Code("000-005"));
    }
    let done = gateway.command(Origin::Command, act);
    done.map(|()| Done::Command).map_err(|refusal| {
        Fault::Code(match refusal {
            Refusal::NotSignedIn(_) | Refusal::NoSuchParty(_) | Refusal::NoSuchCall(_) | Refusal::NotInCall { .. } => {
                "900-004"
            }
            Refusal::Busy(_) | Refusal::OutOfService(_) => "900-003",
            _ => "900-005",
        })
    })
}

fn may_inspect(gateway: &Gateway, ask: &Ask) -> Result<(), Fault> {
    let options = gateway.options();
    if options.inspectors.contains(&ask.agent) {
        return Ok(());
    }
    Err(Fault::Code(match options.no_inspector_right {
        NoInspectorRight::QualityControl => "900-002",
        NoInspectorRight::Portal => "000-004",
    }))
}

/// `mediaType=1` asks for text chat, which is not simulated.
fn voice_only(ask: &Ask) -> Result<(), Fault> {
    match ask.query("mediaType") {
        None | Some("5") => Ok(()),
        Some(_) => Err(Fault::PLATFORM),
    }
}

fn whispered(ask: &Ask) -> Result<&str, Fault> {
    let agent = ask.query("whisperagentid").filter(|agent| is_number(agent, is_digit));
    agent.ok_or(Fault::PARAMETER)
}

fn running(switch: &Switch, ask: &Ask, such: impl FnOnce(&Supervision) -> bool) -> Reply {
    match switch.supervision_of(&ask.agent).is_some_and(such) {
        true => Ok(()),
        false => Err(Refusal::WrongState {
            call: None,
            needed: "a whispering inspector",
        }),
    }
}
