//! `transfer`: one operation, five device types, and a mode whose meaning depends on the device type (section 7).

use callcontrol_testkit::switch::{ConsultRequest, Direction, Party, Refusal, Reply, Switch, SwitchCallId};
use serde_json::Value;

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::{Ask, Fields, is_digit, is_number};
use super::choices::Unreachable;
use super::dial::by_number;
use super::event::{Event, talking};
use super::gateway::Gateway;
use super::ledger::Kind;
use super::options::CcGatewayOptions;
use super::state::Origin;
use super::translate::facts;
use super::voice::is_external;

/// A cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Blind,
    HangUp,
    ReleaseAfter,
    /// To an agent's private queue: reaches the agent as a blind transfer does.
    Specified,
    TalkForwarding,
    ThreeParty,
}

/// The matrix; a blank cell is `None`.
fn mode(device: i64, number: i64) -> Option<Mode> {
    match (device, number) {
        (1..=4, 0) | (5, 1) => Some(Mode::Blind),
        (3, 1) => Some(Mode::HangUp),
        (1 | 2 | 4 | 5, 2) => Some(Mode::ReleaseAfter),
        (2, 3) => Some(Mode::Specified),
        (5, 3) => Some(Mode::TalkForwarding),
        (5, 4) => Some(Mode::ThreeParty),
        _ => None,
    }
}

/// What the body asks for.
struct Wish {
    mode: Mode,
    device: i64,
    address: String,
    data: Option<String>,
    hold_customer: bool,
}

/// `POST transfer`
pub(super) fn transfer(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let wish = Wish::read(&ask.fields(&DOCUMENTED, &options)?, &options)?;
    let origin = match wish.mode {
        Mode::Blind | Mode::Specified | Mode::HangUp => Origin::Leaves,
        Mode::TalkForwarding | Mode::ThreeParty => Origin::Forwarding,
        Mode::ReleaseAfter => Origin::Command,
    };
    let (call, done) = gateway.command(origin, |switch| {
        let call = switch.active_call(&ask.agent).ok_or(Fault::Code("200-012"))?;
        if !options.internal_calls_like_others && !is_external(switch, call) {
            return Err(Fault::PLATFORM);
        }
        let to = wish.target(switch, &options);
        Ok((call, wish.carry_out(switch, &ask.agent, call, &to)))
    })?;
    match done {
        Ok(()) => Ok(Done::Command),
        Err(refusal) if refusal.cause().is_some() && options.unreachable == Unreachable::Events => {
            not_connected(gateway, &ask.agent, call);
            Ok(Done::Command)
        }
        Err(Refusal::NotSignedIn(_)) => Err(Fault::NOT_SIGNED_IN),
        Err(_) => Err(Fault::PLATFORM),
    }
}

/// `POST canceltransfer`: only for talk forwarding and three-party transfers to an external number.
pub(super) fn cancel(gateway: &Gateway, ask: &Ask) -> Answer {
    let (consult, added) = under_way(gateway, &ask.agent);
    gateway.on_call(Codes::no_call("200-012"), |switch| match (consult, added) {
        (Some(consult), _) => Some(switch.consult_cancel(&ask.agent, consult, true)),
        (None, Some((call, party))) => Some(switch.conference_remove(&ask.agent, call, &party)),
        (None, None) => None,
    })
}

impl Wish {
    fn read(fields: &Fields, options: &CcGatewayOptions) -> Result<Self, Fault> {
        let device = fields.int("devicetype")?.ok_or(Fault::PARAMETER)?;
        let mode = fields.int("mode")?.and_then(|number| mode(device, number));
        let address = fields.text("address")?.unwrap_or_default();
        let caller = fields.text("caller")?;
        let ability = fields.int("mediaability")?.unwrap_or(0);
        let letter = |key: char| options.external_letters && matches!(key, 'A'..='E' | 'a'..='e' | '*' | '#');
        let external = |key: char| is_digit(key) || letter(key);
        let fits = match device {
            5 => is_number(&address, external),
            _ => is_number(&address, is_digit),
        };
        let displayable = caller.as_deref().is_none_or(|caller| is_number(caller, is_digit));
        fields.int("skillId")?;
        match mode {
            Some(Mode::Specified) if !options.specified_transfer => Err(Fault::PARAMETER),
            Some(mode) if fits && displayable && (0..=2).contains(&ability) => Ok(Self {
                mode,
                device,
                address,
                data: fields.call_data("callappdata", options)?,
                hold_customer: fields.flag("holdflag")?.unwrap_or(true),
            }),
            Some(_) | None => Err(Fault::PARAMETER),
        }
    }

    fn target(&self, switch: &Switch, options: &CcGatewayOptions) -> Party {
        let address = self.address.as_str();
        match self.device {
            1 => Party::queue(address),
            2 => Party::agent(address),
            // The IVR's access code, which is its number where it has one (11).
            3 => switch
                .ivr_by_number(address)
                .map_or_else(|| Party::ivr(address), |ivr| Party::ivr(&ivr.code)),
            // No queue has such an id: what is no access code cannot be reached.
            4 => options
                .access_codes
                .get(address)
                .cloned()
                .unwrap_or_else(|| Party::queue(format!("access code {address}"))),
            _ => by_number(switch, address),
        }
    }

    fn carry_out(&self, switch: &mut Switch, agent: &str, call: SwitchCallId, to: &Party) -> Reply {
        let outbound = switch
            .call(call)
            .is_some_and(|call| call.direction == Direction::Outbound);
        if self.mode == Mode::Blind && self.device == 5 && outbound {
            return Err(Refusal::Invalid(
                "blind transfer of an outbound call to an external number",
            ));
        }
        match self.mode {
            Mode::Blind | Mode::Specified => switch.transfer_blind(agent, call, to)?,
            Mode::HangUp => switch.suspend_to_ivr(agent, call, to.name())?,
            Mode::ReleaseAfter => switch.transfer_release_after(agent, call, to)?,
            Mode::TalkForwarding => {
                let how = ConsultRequest::private().with_auto_retrieve();
                switch.consult(agent, call, to, how)?;
            }
            Mode::ThreeParty => {
                let how = ConsultRequest::three_way().with_auto_retrieve();
                let how = if self.hold_customer { how } else { how.without_hold() };
                switch.consult(agent, call, to, how)?;
            }
        }
        if self.data.is_some() {
            // A call that is over by now carries nothing.
            let _ = switch.set_opaque(call, self.data.clone());
        }
        Ok(())
    }
}

/// A blind or hang-up transfer that did not reach its target: the agent is told and talks on (7).
fn not_connected(gateway: &Gateway, agent: &str, call: SwitchCallId) {
    let (now, options) = (gateway.now_ms(), gateway.options());
    let mut state = gateway.state();
    let Some(callid) = state.ledger.callid(call, agent).map(str::to_owned) else {
        return;
    };
    let talks = state.ledger.call(call).map(|call| talking(facts(call, &callid)));
    let failed = Event::new("AgentEvent_Connect_Fail", Value::from(callid), now);
    state.queue(agent, failed, &options);
    if let Some(talks) = talks {
        state.queue(agent, Event::new("AgentEvent_Talking", talks, now), &options);
    }
}

type Added = (SwitchCallId, Party);

/// The agent's transfer of type 5/3 or 5/4: as a consult, or as the party it brought into a conference.
fn under_way(gateway: &Gateway, agent: &str) -> (Option<SwitchCallId>, Option<Added>) {
    let party = Party::agent(agent);
    let state = gateway.state();
    let mine = || state.ledger.calls().filter(|call| call.leg(&party).is_some());
    let consult = mine().find(|call| matches!(call.kind, Kind::Forwarding { .. }));
    let added = mine().find_map(|call| Some((call.id, call.added.clone()?)));
    (consult.map(|call| call.id), added)
}

const DOCUMENTED: [&str; 8] = [
    "devicetype",
    "address",
    "mode",
    "callappdata",
    "caller",
    "mediaability",
    "holdflag",
    "skillId",
];
