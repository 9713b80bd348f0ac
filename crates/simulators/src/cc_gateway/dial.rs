//! Calls an agent begins: outbound and internal (sections 6 and 6.1).

use callcontrol_testkit::switch::{Party, Switch};

use super::answer::{Answer, Done, Fault};
use super::ask::{Ask, is_digit, is_key, is_number};
use super::gateway::Gateway;
use super::ledger::native;
use super::state::Origin;

/// `PUT callout`
pub(super) fn call_out(gateway: &Gateway, ask: &Ask) -> Answer {
    let fields = ask.fields(&CALL_OUT, &gateway.options())?;
    let called = fields.text("called")?.unwrap_or_default();
    let caller = fields.text("caller")?;
    let data = fields.call_data("callappdata")?;
    fields.int("skillid")?;
    let ability = fields.int("mediaability")?.unwrap_or(0);
    let displayable = caller.as_deref().is_none_or(|caller| is_number(caller, is_digit));
    if !is_number(&called, is_key) {
        return Err(WRONG_NUMBER);
    }
    if !displayable || !(0..=2).contains(&ability) {
        return Err(Fault::PARAMETER);
    }
    dial(gateway, ask, Origin::CallOut { caller }, data, |switch| {
        by_number(switch, &called)
    })
}

/// `PUT callinner`
pub(super) fn call_inner(gateway: &Gateway, ask: &Ask) -> Answer {
    let fields = ask.fields(&["called", "callappdata", "mediaability"], &gateway.options())?;
    let called = fields.text("called")?.unwrap_or_default();
    let data = fields.call_data("callappdata")?;
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
