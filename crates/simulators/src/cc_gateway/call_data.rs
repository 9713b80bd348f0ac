//! Call-associated data, and the calls that wait in queues (section 8).

use callcontrol_testkit::switch::{Party, SwitchCallId};
use serde_json::{Value, json};

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::Ask;
use super::gateway::Gateway;
use super::ledger::native;
use super::state::Origin;

/// `GET appdata`
pub(super) fn get(gateway: &Gateway, ask: &Ask) -> Answer {
    let call = gateway.current(ask);
    let data = call.and_then(|call| gateway.switch.call(call)?.opaque);
    Ok(Done::Result(data.unwrap_or_default().into()))
}

/// `PUT calldata/{agentid}?calldata=…&callid=…`, the old one.
pub(super) fn set_by_query(gateway: &Gateway, ask: &Ask) -> Answer {
    let named = gateway.named(ask, "callid", NO_CALL)?;
    let data = ask.query("calldata").map(str::to_owned);
    set(gateway, named.or_else(|| gateway.current(ask)), data)
}

/// `setcalldataex`
pub(super) fn set_by_body(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    if !options.set_call_data.takes(&ask.method) {
        return Err(Fault::Http(options.wrong_method));
    }
    let fields = ask.fields(&["callid", "calldata", "isDataEncoded"], &options)?;
    let named = match fields.text("callid")? {
        Some(callid) => Some(gateway.live_call(&callid).ok_or(Fault::Code(NO_CALL))?),
        None => gateway.current(ask),
    };
    set(gateway, named, fields.call_data("calldata", &options)?)
}

/// `GET waitcallinfo/{skillid}`; member names are not documented but for the call id.
pub(super) fn waiting(gateway: &Gateway, ask: &Ask) -> Answer {
    let epoch = gateway.options().epoch;
    let waiting: Vec<SwitchCallId> = gateway.switch.with(|switch| switch.waiting_in(ask.param()).collect());
    let state = gateway.state();
    let list: Vec<Value> = waiting
        .into_iter()
        .filter_map(|id| state.ledger.call(id))
        .map(|call| {
            json!({
                "callid": native(call.id, 0, epoch),
                "caller": call.caller,
                "called": call.called,
                "callskillid": call.skill.as_deref().and_then(|skill| skill.parse::<u64>().ok()),
                "begintime": call.started_ms,
            })
        })
        .collect();
    Ok(Done::Result(list.into()))
}

/// `PUT assignuserinqueue`: no event tells of it.
pub(super) fn assign_in_queue(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&["callid", "skillid"], &options)?;
    let callid = fields.text("callid")?.ok_or(Fault::PARAMETER)?;
    let skill = fields
        .int("skillid")?
        .filter(|skill| *skill > 0)
        .ok_or(Fault::PARAMETER)?;
    let call = gateway.live_call(&callid).ok_or(Fault::PLATFORM)?;
    gateway.command(Origin::Command, |switch| {
        let from = switch
            .call(call)
            .and_then(|call| call.queue.clone())
            .ok_or(Fault::PLATFORM)?;
        let serves = switch
            .agent(&ask.agent)
            .is_some_and(|agent| agent.queues.contains(&from));
        if options.requeue_own_queues_only && !serves {
            return Err(Fault::Said(
                "100-007",
                "the agent is not signed in to the queue in which the call waits",
            ));
        }
        let moved = switch.requeue_waiting(call, &skill.to_string());
        moved
            .map(|()| Done::Command)
            .map_err(|refusal| Codes::no_call("100-007").refused(&refusal))
    })
}

impl Gateway {
    /// The agent's active call, or the one that rings.
    fn current(&self, ask: &Ask) -> Option<SwitchCallId> {
        let active = self.switch.active_call(&ask.agent);
        active.or_else(|| self.switch.ringing_at(&Party::agent(&ask.agent)))
    }
}

fn set(gateway: &Gateway, call: Option<SwitchCallId>, data: Option<String>) -> Answer {
    let call = call.ok_or(Fault::Code(NO_CALL))?;
    gateway.on_call(Codes::no_call(NO_CALL), |switch| Some(switch.set_opaque(call, data)))
}

const NO_CALL: &str = "400-001";
