//! The voice call operations that act on calls there are (section 6).

use callcontrol_testkit::switch::{Call, LegState, Party, Refusal, Reply, Switch, SwitchCallId};

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::{Ask, is_digit, is_key, is_number};
use super::choices::ReleaseWhileRinging;
use super::gateway::Gateway;
use super::ledger::from_native;
use super::state::Origin;

/// `PUT answer`
pub(super) fn answer(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let named = gateway.named(ask, "callid", "200-002")?;
    gateway.on_call(Codes::no_call("200-002"), |switch| {
        let ringing = named.or_else(|| switch.ringing_at(&me));
        ringing.map(|call| switch.answer(&me, call))
    })
}

/// `DELETE release`: the agent's current call only. In a consult it hands the customer over (6.2, 17.4).
pub(super) fn release(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let while_ringing = gateway.options().release_while_ringing;
    gateway.on_call(Codes::no_call("200-017"), |switch| {
        let call = switch.active_call(&ask.agent).or_else(|| switch.ringing_at(&me))?;
        let consult = own_consult(switch, &me, call);
        Some(
            match consult.map(|call| (call.ringing().is_some() || call.queue.is_some(), while_ringing)) {
                Some((true, ReleaseWhileRinging::EndsConsult)) => switch.consult_cancel(&ask.agent, call, true),
                Some((true, ReleaseWhileRinging::HandsOver) | (false, _)) => switch.consult_complete(&ask.agent, call),
                None => switch.hang_up(&me, call),
            },
        )
    })
}

/// `POST dropcall/{callid}`: in a consult the customer comes back.
pub(super) fn drop_call(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let call = gateway.live_call(ask.param());
    let codes = Codes {
        no_call: "200-026",
        wrong_state: "100-007",
    };
    gateway.command(Origin::Command, |switch| {
        if switch.calls_of(&me).next().is_none() {
            return Err(Fault::Code("200-025"));
        }
        let call = call.ok_or(Fault::Code("200-026"))?;
        let dropped = match own_consult(switch, &me, call) {
            Some(_) => switch.consult_cancel(&ask.agent, call, true),
            None => switch.hang_up(&me, call),
        };
        dropped
            .map(|()| Done::Command)
            .map_err(|refusal| codes.refused(&refusal))
    })
}

/// `POST disconnect/{number}`: a number in one of the agent's calls, the active one first; the own number is oneself.
pub(super) fn disconnect(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let codes = Codes {
        no_call: "200-024",
        wrong_state: "100-007",
    };
    gateway.command(Origin::Command, |switch| {
        let active = switch.active_call(&ask.agent);
        let mut calls: Vec<&Call> = switch.calls_of(&me).collect();
        calls.sort_by_key(|call| Some(call.id) != active);
        if calls.is_empty() {
            return Err(Fault::Code("200-023"));
        }
        let goes_by = |party: &Party| party.name() == ask.param() || switch.number_of(party) == Some(ask.param());
        let found = calls.iter().find_map(|call| {
            let leg = call.legs.iter().find(|leg| goes_by(&leg.party))?;
            // The helper may only drop itself (6).
            let helps = call.consult.is_some() && call.originator != me;
            Some((call.id, leg.party.clone(), helps))
        });
        let dropped = match found {
            Some((call, party, _)) if party == me => switch.hang_up(&me, call),
            Some((_, _, true)) => return Err(Fault::PLATFORM),
            Some((call, party, false)) => switch.drop_party(&ask.agent, call, &party),
            None => return Err(Fault::Code("200-024")),
        };
        dropped
            .map(|()| Done::Command)
            .map_err(|refusal| codes.refused(&refusal))
    })
}

/// `POST hold`
pub(super) fn hold(gateway: &Gateway, ask: &Ask) -> Answer {
    let codes = Codes {
        no_call: "200-013",
        wrong_state: "200-014",
    };
    let like_others = gateway.options().internal_calls_like_others;
    gateway.on_call(codes, |switch| {
        let call = switch.active_call(&ask.agent)?;
        Some(match like_others || is_external(switch, call) {
            true => switch.hold(&ask.agent, call),
            false => Err(INTERNAL),
        })
    })
}

/// `POST gethold`
pub(super) fn get_hold(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let codes = Codes {
        no_call: "200-015",
        wrong_state: "200-016",
    };
    let named = gateway.named(ask, "callid", "200-015")?;
    gateway.on_call(codes, |switch| {
        let held = |call: &&Call| call.state_of(&me) == Some(LegState::Held);
        let call = named.or_else(|| switch.calls_of(&me).filter(held).last().map(|call| call.id))?;
        Some(switch.retrieve(&ask.agent, call))
    })
}

/// `POST beginmute`
pub(super) fn begin_mute(gateway: &Gateway, ask: &Ask) -> Answer {
    let codes = Codes {
        no_call: "200-003",
        wrong_state: "200-004",
    };
    mute(gateway, ask, codes, true)
}

/// `POST endmute`
pub(super) fn end_mute(gateway: &Gateway, ask: &Ask) -> Answer {
    let codes = Codes {
        no_call: "200-007",
        wrong_state: "200-008",
    };
    mute(gateway, ask, codes, false)
}

/// `POST seconddialex?number=`
pub(super) fn second_dial_ex(gateway: &Gateway, ask: &Ask) -> Answer {
    let digits = ask.query("number").filter(|digits| is_number(digits, is_key));
    send_digits(gateway, ask, digits.ok_or(Fault::PARAMETER)?)
}

/// `POST seconddial/{number}`, the old one, which cannot carry `#`.
pub(super) fn second_dial(gateway: &Gateway, ask: &Ask) -> Answer {
    let old = is_number(ask.param(), |key| is_digit(key) || key == '*');
    if !old {
        return Err(Fault::PARAMETER);
    }
    send_digits(gateway, ask, ask.param())
}

/// `POST thirdPartyConfTransmitNum`: the customer's keys go to the IVR in the conference (6.4).
pub(super) fn transmit_num(gateway: &Gateway, ask: &Ask) -> Answer {
    let codes = Codes {
        no_call: "10001",
        wrong_state: "10001",
    };
    gateway.on_call(codes, |switch| {
        let call = switch.active_call(&ask.agent)?;
        Some(switch.relay_dtmf(&ask.agent, call, true))
    })
}

impl Gateway {
    /// Does something about a call of the agent; `None` means that there is none.
    pub(super) fn on_call(&self, codes: Codes, act: impl FnOnce(&mut Switch) -> Option<Reply>) -> Answer {
        match self.command(Origin::Command, act) {
            Some(Ok(())) => Ok(Done::Command),
            Some(Err(refusal)) => Err(codes.refused(&refusal)),
            None => Err(Fault::Code(codes.no_call)),
        }
    }

    /// The live call with this id, also after it went into another one.
    pub(super) fn live_call(&self, callid: &str) -> Option<SwitchCallId> {
        let id = from_native(callid, self.options().epoch)?;
        self.switch.current_id(id)
    }

    /// The call that a query parameter names, if it does.
    pub(super) fn named(&self, ask: &Ask, name: &str, unknown: &'static str) -> Result<Option<SwitchCallId>, Fault> {
        let Some(callid) = ask.query(name) else { return Ok(None) };
        self.live_call(callid).map(Some).ok_or(Fault::Code(unknown))
    }
}

/// The call, if it is a consult that this agent leads.
pub(super) fn own_consult<'a>(switch: &'a Switch, agent: &Party, call: SwitchCallId) -> Option<&'a Call> {
    switch
        .call(call)
        .filter(|call| call.consult.is_some() && &call.originator == agent)
}

/// Whether the call has a customer: internal and help calls can be neither held, muted nor transferred (14.1).
pub(super) fn is_external(switch: &Switch, call: SwitchCallId) -> bool {
    switch.call(call).is_some_and(|call| call.customer.is_some())
}

fn mute(gateway: &Gateway, ask: &Ask, codes: Codes, on: bool) -> Answer {
    let like_others = gateway.options().internal_calls_like_others;
    gateway.on_call(codes, |switch| {
        let call = switch.active_call(&ask.agent)?;
        Some(match like_others || is_external(switch, call) {
            true => switch.mute(&ask.agent, call, on),
            false => Err(INTERNAL),
        })
    })
}

fn send_digits(gateway: &Gateway, ask: &Ask, digits: &str) -> Answer {
    let in_conference = gateway.options().agent_digits_in_conference;
    gateway.on_call(Codes::no_call("100-007"), |switch| {
        let call = switch.active_call(&ask.agent)?;
        if !in_conference && switch.call(call).is_some_and(|call| call.conference) {
            return Some(Err(INTERNAL));
        }
        Some(switch.send_dtmf(&ask.agent, call, digits))
    })
}

const INTERNAL: Refusal = Refusal::WrongState {
    call: None,
    needed: "a call with a customer",
};
