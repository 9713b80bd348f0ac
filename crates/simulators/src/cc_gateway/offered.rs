//! Calls an agent asks for without having been chosen: ringing at a colleague, waiting in a queue (section 6).

use callcontrol_testkit::switch::{AgentState, Refusal};

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::{Ask, is_digit, is_number};
use super::gateway::Gateway;
use super::state::Origin;

/// `PUT snatchpickup?destWorkNo=`: same group, pick-up right, own state idle, no internal call.
pub(super) fn snatch(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let colleague = ask.query("destWorkNo").filter(|agent| is_number(agent, is_digit));
    let colleague = colleague.ok_or(Fault::PARAMETER)?;
    let together =
        |agents: &std::collections::BTreeSet<String>| agents.contains(&ask.agent) && agents.contains(colleague);
    let may = options.pick_up_right.contains(&ask.agent) && options.groups.iter().any(|group| together(&group.agents));
    if !may {
        return Err(Fault::PLATFORM);
    }
    gateway.command(Origin::Command, |switch| {
        let idle = switch
            .agent(&ask.agent)
            .is_some_and(|agent| agent.state == AgentState::Ready);
        if !idle {
            return Err(Fault::PLATFORM);
        }
        switch
            .pick_up(&ask.agent, colleague)
            .map(|_| Done::Command)
            .map_err(|_| Fault::PLATFORM)
    })
}

/// `POST requestcall/{callid}/{skilltype}?skillId=`: the call is offered now. Not with a held call.
pub(super) fn request(gateway: &Gateway, ask: &Ask) -> Answer {
    let [callid, skill_type] = ask.params.as_slice() else {
        return Err(Fault::PARAMETER);
    };
    // The only type supported today is 0, a public queue; the route takes 1 as well.
    if skill_type != "0" {
        return Err(Fault::PARAMETER);
    }
    let queue = ask.query("skillId").or(ask.query("skillid")).ok_or(Fault::PARAMETER)?;
    let call = gateway.live_call(callid).ok_or(Fault::Code("200-026"))?;
    gateway.command(Origin::Command, |switch| {
        let waits = switch
            .call(call)
            .is_some_and(|call| call.queue.as_deref() == Some(queue));
        let taken = match waits {
            true => switch.take_waiting(&ask.agent, call),
            false => Err(Refusal::NoSuchCall(call)),
        };
        taken
            .map(|()| Done::Command)
            .map_err(|refusal| Codes::no_call("200-026").refused(&refusal))
    })
}
