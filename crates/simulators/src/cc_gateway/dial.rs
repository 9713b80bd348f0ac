//! Calls an agent begins: outbound, previewed and internal (sections 6 and 6.1).

use callcontrol_testkit::switch::{Party, Switch};
use serde_json::json;

use super::CcGatewaySimulator;
use super::answer::{Answer, Done, Fault};
use super::ask::{Ask, is_digit, is_key, is_number};
use super::event::Event;
use super::gateway::Gateway;
use super::ledger::native;
use super::state::Origin;

/// `PUT callout`
pub(super) fn call_out(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&CALL_OUT, &options)?;
    let called = fields.text("called")?.unwrap_or_default();
    let caller = fields.text("caller")?;
    let data = fields.call_data("callappdata", &options)?;
    fields.int("skillid")?;
    let ability = fields.int("mediaability")?.unwrap_or(0);
    let displayable = caller.as_deref().is_none_or(|caller| is_number(caller, is_digit));
    if !is_number(&called, is_key) {
        return Err(WRONG_NUMBER);
    }
    if !displayable || !(0..=2).contains(&ability) {
        return Err(Fault::PARAMETER);
    }
    let origin = Origin::CallOut { caller, feature: 7 };
    dial(gateway, ask, origin, data, |switch| by_number(switch, &called))
}

/// `PUT previewCallout`, or `previewcallout`: calls the number of a task that was offered.
pub(super) fn call_previewed(gateway: &Gateway, ask: &Ask) -> Answer {
    let fields = ask.fields(&CALL_OUT, &gateway.options())?;
    let called = fields.text("called")?.unwrap_or_default();
    let control = fields.int("callcontrolid")?.ok_or(Fault::PARAMETER)?;
    let offered = match gateway.state().sessions.get(&ask.agent) {
        Some(session) => session.previews.get(&control) == Some(&called),
        None => return Err(Fault::NOT_SIGNED_IN),
    };
    if !offered {
        return Err(WRONG_NUMBER);
    }
    let origin = Origin::CallOut {
        caller: None,
        feature: 44,
    };
    let answer = dial(gateway, ask, origin, None, |switch| by_number(switch, &called))?;
    if let Some(session) = gateway.state().sessions.get_mut(&ask.agent) {
        session.previews.remove(&control);
    }
    Ok(answer)
}

/// `PUT callinner`
pub(super) fn call_inner(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&["called", "callappdata", "mediaability"], &options)?;
    let called = fields.text("called")?.unwrap_or_default();
    let data = fields.call_data("callappdata", &options)?;
    if !is_number(&called, is_key) {
        return Err(WRONG_NUMBER);
    }
    dial(gateway, ask, Origin::Command, data, |_| Party::agent(&called))
}

/// Whoever answers at this number; a number nobody has is an outside one that cannot be reached.
pub(super) fn by_number(switch: &Switch, number: &str) -> Party {
    let agent = switch.agent_by_number(number).map(|agent| Party::agent(&agent.id));
    agent
        .or_else(|| switch.queue_by_number(number).map(|queue| Party::queue(&queue.id)))
        .or_else(|| switch.ivr_by_number(number).map(|ivr| Party::ivr(&ivr.code)))
        .unwrap_or_else(|| Party::outside(number))
}

fn dial(
    gateway: &Gateway,
    ask: &Ask,
    origin: Origin,
    data: Option<String>,
    to: impl FnOnce(&Switch) -> Party,
) -> Answer {
    let epoch = gateway.options().epoch;
    gateway.command(origin, |switch| {
        let to = to(switch);
        // The precondition "no active call" has no code of its own (6.1).
        let call = switch.dial(&ask.agent, &to).map_err(|_| Fault::PLATFORM)?;
        if data.is_some() {
            // A call that failed at once carries nothing.
            let _ = switch.set_opaque(call, data);
        }
        Ok(Done::Result(native(call, 0, epoch).into()))
    })
}

impl CcGatewaySimulator {
    /// The platform offers the agent a previewed outbound call: `AgentEvent_Preview`, to be called by `previewCallout`.
    /// Answers whether somebody is signed in.
    pub fn offer_preview(&self, agent: &str, control_id: i64, number: &str) -> bool {
        if let Some(session) = self.gateway.state().sessions.get_mut(agent) {
            session.previews.insert(control_id, number.to_owned());
        }
        let content = json!({ "controlid": control_id, "dialeddigits": number });
        let event = Event::new("AgentEvent_Preview", content, self.gateway.now_ms());
        self.gateway.queue_for(agent, event)
    }
}

const WRONG_NUMBER: Fault = Fault::Code("200-001");
const CALL_OUT: [&str; 7] = [
    "caller",
    "called",
    "skillid",
    "callappdata",
    "callcontrolid",
    "mediaability",
    "userVideoDirection",
];
