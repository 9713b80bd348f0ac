//! Queries about calls (section 8). Numbers here where the events have strings.

use std::collections::BTreeSet;

use callcontrol_testkit::switch::{Call, LegState, Party, SwitchCallId, SwitchEvent};
use serde_json::{Value, json};

use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::choices::LastCallFlag;
use super::gateway::Gateway;
use super::ledger::{CallView, LegView, native};

/// `GET callinfo`
pub(super) fn current(gateway: &Gateway, ask: &Ask) -> Answer {
    let flag = ask.query("isNoContainLastCall") == Some("true");
    let wants_last = flag == (gateway.options().last_call_flag == LastCallFlag::TrueIncludes);
    let info = gateway
        .switch
        .active_call(&ask.agent)
        .map(|call| gateway.info(call, &ask.agent));
    let last = || gateway.state().sessions.get(&ask.agent)?.last_call.clone();
    let info = info.or_else(|| wants_last.then(last).flatten());
    Ok(Done::Result(info.unwrap_or(Value::Null)))
}

/// `GET callinfobycallid/{callid}`
pub(super) fn by_id(gateway: &Gateway, ask: &Ask) -> Answer {
    let call = gateway.live_call(ask.param()).ok_or(Fault::Code("200-026"))?;
    Ok(Done::Result(gateway.info(call, &ask.agent)))
}

/// `GET callinfobeforeanswer`
pub(super) fn ringing(gateway: &Gateway, ask: &Ask) -> Answer {
    let call = gateway.switch.ringing_at(&Party::agent(&ask.agent));
    Ok(Done::Result(
        call.map_or(Value::Null, |call| gateway.info(call, &ask.agent)),
    ))
}

/// `GET allcallid`
pub(super) fn my_ids(gateway: &Gateway, ask: &Ask) -> Answer {
    Ok(Done::Result(json!(gateway.ids(&ask.agent))))
}

/// `GET allcallinfoEx/{workno}`
pub(super) fn ids_of(gateway: &Gateway, ask: &Ask) -> Answer {
    Ok(Done::Result(json!(gateway.ids(ask.param()))))
}

/// `GET allcallinfo/{workno}`
pub(super) fn all_of(gateway: &Gateway, ask: &Ask) -> Answer {
    let agent = ask.param();
    let calls = gateway.switch.calls_of(&Party::agent(agent));
    let all: Vec<Value> = calls.iter().map(|call| gateway.info(call.id, agent)).collect();
    Ok(Done::Result(all.into()))
}

/// `GET holdlist`. The customer of a talk forwarding is not in it: the transfer holds, not the agent.
pub(super) fn held(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let calls = gateway.switch.calls_of(&me);
    let forwarding = |call: &Call| gateway.state().ledger.forwarding_about(call.id, &ask.agent).is_some();
    let held = calls
        .iter()
        .filter(|call| call.state_of(&me) == Some(LegState::Held) && !forwarding(call));
    let held: Vec<Value> = held.map(|call| gateway.info(call.id, &ask.agent)).collect();
    if held.is_empty() {
        return Err(Fault::Code("400-003"));
    }
    Ok(Done::Result(held.into()))
}

/// `GET remotenumbers`
pub(super) fn remote_numbers(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let calls = gateway.switch.calls_of(&me);
    let others = calls
        .iter()
        .flat_map(|call| call.others(&me))
        .filter(|leg| leg.state != LegState::Alerting);
    let numbers: Vec<&str> = others.map(|leg| leg.party.name()).collect();
    Ok(Done::Result(json!(numbers)))
}

/// `GET statistics`; member names are not documented.
pub(super) fn statistics(gateway: &Gateway, ask: &Ask) -> Answer {
    let me = Party::agent(&ask.agent);
    let answered = |fact: &SwitchEvent| matches!(fact, SwitchEvent::Answered { party, .. } if *party == me);
    let count = gateway.switch.with(|switch| switch.journal().count(answered));
    Ok(Done::Result(json!({ "answeredCalls": count })))
}

/// The info of a call that this leg has left.
pub(super) fn past(call: &CallView, leg: &LegView, now: u64) -> Value {
    info(call, &leg.callid, Some(now), None)
}

impl Gateway {
    /// The call as this agent may know it.
    pub(super) fn info(&self, id: SwitchCallId, agent: &str) -> Value {
        let epoch = self.options().epoch;
        let skill = self.state().ledger.call(id).and_then(|call| call.skill.clone());
        let name = skill.and_then(|skill| self.switch.with(|switch| switch.queue(&skill)?.name.clone()));
        let state = self.state();
        let callid = state
            .ledger
            .callid(id, agent)
            .map_or_else(|| native(id, 0, epoch), str::to_owned);
        state
            .ledger
            .call(id)
            .map_or(Value::Null, |call| info(call, &callid, None, name.as_deref()))
    }

    /// The ids of the agent's calls, each once.
    fn ids(&self, agent: &str) -> BTreeSet<String> {
        let epoch = self.options().epoch;
        let calls = self.switch.calls_of(&Party::agent(agent));
        let state = self.state();
        let id = |call: &Call| {
            state
                .ledger
                .callid(call.id, agent)
                .map_or_else(|| native(call.id, 0, epoch), str::to_owned)
        };
        calls.iter().map(id).collect()
    }
}

fn info(call: &CallView, callid: &str, end: Option<u64>, skill: Option<&str>) -> Value {
    let skill_id: u64 = call
        .skill
        .as_deref()
        .and_then(|skill| skill.parse().ok())
        .unwrap_or_default();
    json!({
        "callfeature": call.feature,
        "callid": callid,
        "caller": call.caller,
        "called": call.called,
        "callskill": skill.unwrap_or_default(),
        "callskillid": skill_id,
        "orgicallednum": "",
        "calldata": call.data,
        "begintime": call.started_ms,
        "endtime": end,
        "userPriority": 0,
        "trunkNo": 65535,
        "logontimes": 0,
    })
}
