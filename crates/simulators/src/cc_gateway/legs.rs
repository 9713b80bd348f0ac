//! Legs that change their state or their call: hold, conference, the detour through an IVR (sections 5.4, 6.3 and 7).

use callcontrol_testkit::switch::{LegState, Party, SwitchCallId};
use serde_json::json;

use super::choices::{ForwardingCallId, HelperCallId};
use super::ledger::{Kind, native};
use super::state::Origin;
use super::translate::Translator;

impl Translator<'_> {
    pub(super) fn joined(&mut self, id: SwitchCallId, party: &Party) {
        let epoch = self.options.epoch;
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let callid = call.id_for_newcomer(false, epoch);
        let held = call.leg(party).is_some_and(|leg| leg.state == LegState::Held);
        if !held {
            call.seat(party, LegState::Talking, callid);
        }
        if let Some(agent) = party.as_agent() {
            self.lift_phone(agent);
        }
    }

    pub(super) fn merged(&mut self, from: SwitchCallId, into: SwitchCallId) {
        let Some(gone) = self.state.ledger.close(from) else {
            return;
        };
        let Some(call) = self.state.ledger.call_mut(into) else {
            return;
        };
        for mut leg in gone.legs {
            if matches!(gone.kind, Kind::Forwarding { .. }) && matches!(leg.party, Party::Outside(_) | Party::Ivr(_)) {
                call.added = Some(leg.party.clone());
            }
            if self.options.helper_call_id == HelperCallId::Customers {
                leg.callid = native(into, 0, self.options.epoch);
            }
            if call.leg(&leg.party).is_none() {
                call.legs.push(leg);
            }
        }
        call.skill = call.skill.take().or(gone.skill);
    }

    pub(super) fn held(&mut self, id: SwitchCallId, by: &str) {
        let party = Party::agent(by);
        let Some(leg) = self.state.ledger.call_mut(id).and_then(|call| call.leg_mut(&party)) else {
            return;
        };
        leg.state = LegState::Held;
        let callid = leg.callid.clone();
        // In a forwarding under the customer's own id the hold is a part of the transfer, see 17.4.
        let forwards = self.origin == Some(Origin::Forwarding) || self.state.ledger.forwarding_about(id, by).is_some();
        if forwards && self.options.forwarding_call_id == ForwardingCallId::Customers {
            return;
        }
        self.linked_hold(by, &callid, true);
        self.tell(by, "AgentEvent_Hold", callid.into());
    }

    pub(super) fn retrieved(&mut self, id: SwitchCallId, by: &str) {
        let party = Party::agent(by);
        let Some(leg) = self.state.ledger.call_mut(id).and_then(|call| call.leg_mut(&party)) else {
            return;
        };
        leg.state = LegState::Talking;
        let callid = leg.callid.clone();
        self.linked_hold(by, &callid, false);
        self.talking(id, by);
    }

    pub(super) fn conferenced(&mut self, id: SwitchCallId) {
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        call.conference = call.connected().count() > 2;
        for leg in call.legs.iter_mut().filter(|leg| leg.state == LegState::Held) {
            leg.state = LegState::Talking;
        }
        for agent in call.agents() {
            let party = Party::agent(&agent);
            let Some(call) = self.state.ledger.call(id) else { return };
            let Some(leg) = call.leg(&party) else { continue };
            let content =
                json!({ "callid": leg.callid, "partner": call.others(&party).join(self.options.partner_separator) });
            self.tell(&agent, "AgentEvent_Conference", content);
            self.begin_recording(id, &agent);
        }
    }

    pub(super) fn sent_to_ivr(&mut self, id: SwitchCallId, ivr: &str, waiting: Option<&str>) {
        let epoch = self.options.epoch;
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let callid = call.id_for_newcomer(false, epoch);
        call.seat(&Party::ivr(ivr), LegState::Talking, callid);
        if let Some(leg) = waiting.and_then(|agent| call.leg_mut(&Party::agent(agent))) {
            leg.state = LegState::Parked;
        }
    }

    pub(super) fn returned_from_ivr(&mut self, id: SwitchCallId, agent: &str) {
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let Some(leg) = call.leg_mut(&Party::agent(agent)) else {
            return;
        };
        leg.state = LegState::Talking;
        let callid = leg.callid.clone();
        self.tell(agent, "AgentEvent_ReturnFromIvr", callid.into());
        self.talking(id, agent);
    }
}
