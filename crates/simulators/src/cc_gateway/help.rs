//! Internal help, three-party by joining a held call, and connecting a held call (sections 6, 6.2, 6.3).

use callcontrol_testkit::switch::{Call, ConsultRequest, LegState, Party, Switch, SwitchCallId};

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::{Ask, is_digit, is_number};
use super::choices::ConnectHoldCodes;
use super::gateway::Gateway;
use super::ledger::native;
use super::state::Origin;
use super::voice::is_external;

/// `POST innerhelp`
pub(super) fn inner_help(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(
        &["dstaddress", "devicetype", "mode", "callappdata", "holdflag"],
        &options,
    )?;
    let address = fields
        .text("dstaddress")?
        .filter(|address| is_number(address, is_digit))
        .ok_or(Fault::PARAMETER)?;
    let to = match fields.int("devicetype")?.unwrap_or(2) {
        1 => Party::queue(address),
        2 => Party::agent(address),
        _ => return Err(Fault::PARAMETER),
    };
    let hold_customer = fields.flag("holdflag")?.unwrap_or(true);
    let how = match fields.int("mode")?.unwrap_or(1) {
        1 => ConsultRequest::private(),
        2 if hold_customer => ConsultRequest::three_way(),
        2 => ConsultRequest::three_way().without_hold(),
        _ => return Err(Fault::PARAMETER),
    };
    let data = fields.call_data("callappdata", &options)?;
    gateway.command(Origin::Command, |switch| {
        let call = switch.active_call(&ask.agent).ok_or(Fault::Code("200-018"))?;
        if !is_external(switch, call) {
            return Err(Fault::PLATFORM);
        }
        let help = switch.consult(&ask.agent, call, &to, how.with_auto_retrieve());
        let help = help.map_err(|refusal| Codes::no_call("200-018").refused(&refusal))?;
        if data.is_some() {
            // A help call that failed at once carries nothing.
            let _ = switch.set_opaque(help, data);
        }
        Ok(Done::Result(native(help, 0, options.epoch).into()))
    })
}

/// `POST confjoin`
pub(super) fn conf_join(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&["callid", "callappdata"], &options)?;
    let callid = fields.text("callid")?.ok_or(Fault::PARAMETER)?;
    fields.call_data("callappdata", &options)?;
    let codes = HeldAndActive {
        no_call: "200-010",
        no_held: "200-011",
    };
    let held = gateway.live_call(&callid);
    gateway.command(Origin::Command, |switch| {
        let held = codes.held(switch, &ask.agent, held)?;
        switch
            .merge(&ask.agent, held)
            .map(|()| Done::Command)
            .map_err(|_| Fault::PLATFORM)
    })
}

/// `POST connecthold/{callid}`
pub(super) fn connect_hold(gateway: &Gateway, ask: &Ask) -> Answer {
    let codes = match gateway.options().connect_hold_codes {
        ConnectHoldCodes::Catalogue => HeldAndActive {
            no_call: "200-005",
            no_held: "200-006",
        },
        ConnectHoldCodes::InterfacePage => HeldAndActive {
            no_call: "200-013",
            no_held: "200-014",
        },
    };
    let held = gateway.live_call(ask.param());
    gateway.command(Origin::Leaves, |switch| {
        let held = codes.held(switch, &ask.agent, held)?;
        switch
            .connect_held(&ask.agent, held)
            .map(|()| Done::Command)
            .map_err(|_| Fault::PLATFORM)
    })
}

/// The codes of an operation that needs a held call beside an active one.
struct HeldAndActive {
    no_call: &'static str,
    no_held: &'static str,
}

impl HeldAndActive {
    fn held(&self, switch: &Switch, agent: &str, named: Option<SwitchCallId>) -> Result<SwitchCallId, Fault> {
        let me = Party::agent(agent);
        switch.active_call(agent).ok_or(Fault::Code(self.no_call))?;
        let is_held = |call: &&Call| call.state_of(&me) == Some(LegState::Held);
        let held = named.and_then(|id| switch.call(id)).filter(is_held);
        held.map(|call| call.id).ok_or(Fault::Code(self.no_held))
    }
}
