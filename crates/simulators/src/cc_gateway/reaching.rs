//! A call reaches an agent: it rings, is answered, and the agent has speech (sections 5.4, 6 and 17.2).

use callcontrol_testkit::switch::{LegState, Party, SwitchCallId};
use serde_json::{Value, json};

use super::choices::{IncomingCallInfo, PhoneAlerting, TalkForwarding, TransferredCallId};
use super::event::{customer_alerting, incoming_call_info, ringing, talking};
use super::ledger::{CallView, Kind};
use super::state::State;
use super::translate::{Translator, facts};

impl Translator<'_> {
    pub(super) fn alerting(&mut self, id: SwitchCallId, originator: &Party, target: &Party) {
        let rename = self.options.transferred_call_id == TransferredCallId::New;
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let rename = rename && call.transferred_by.is_some() && target.as_agent().is_some();
        let callid = call.id_for_newcomer(rename, self.options.epoch);
        call.seat(target, LegState::Alerting, callid.clone());
        let asking = originator.as_agent().filter(|_| originator != target);
        let asking = asking.and_then(|agent| call.leg(originator).map(|leg| (agent, leg.callid.clone())));
        if let Some((agent, callid)) = asking {
            let content = customer_alerting(&callid, target.name(), target.as_agent(), call.is_assistant());
            self.tell(agent, "AgentEvent_Customer_Alerting", content);
        }
        if let Some(agent) = target.as_agent() {
            self.ring(id, agent, &callid);
        }
    }

    pub(super) fn ring(&mut self, id: SwitchCallId, agent: &str, callid: &str) {
        let Some(call) = self.state.ledger.call(id) else { return };
        let mut facts = facts(call, callid);
        let prefixed = self
            .options
            .agent_prefix
            .map(|prefix| format!("{prefix}{}", call.caller));
        if let Some(prefixed) = prefixed.as_deref().filter(|_| matches!(call.feature, 6 | 51 | 52)) {
            facts.caller = prefixed;
        }
        let offered = ringing(facts, call.transferred_by.as_deref(), self.options);
        let info = self.call_info_event(call, callid);
        let alerting = match self.options.phone_alerting {
            PhoneAlerting::Never => None,
            PhoneAlerting::Null => Some(Value::Null),
            PhoneAlerting::Object => Some(json!({ "callid": callid, "caller": call.caller })),
        };
        let auto = self
            .state
            .sessions
            .get(agent)
            .is_some_and(|session| session.settings.auto_answer);
        if self.options.incoming_call_info == IncomingCallInfo::BeforeRinging {
            self.tell(agent, "AgentEvent_Incoming_CallInfo", info);
        }
        if let Some(content) = alerting {
            self.tell(agent, "AgentOther_PhoneAlerting", content);
        }
        let kind = if auto {
            "AgentEvent_Auto_Answer"
        } else {
            "AgentEvent_Ringing"
        };
        self.tell(agent, kind, offered);
    }

    pub(super) fn call_info_event(&self, call: &CallView, callid: &str) -> Value {
        let skill = call
            .skill
            .as_deref()
            .map(|skill| (skill.parse().unwrap_or_default(), skill));
        incoming_call_info(facts(call, callid), skill)
    }

    pub(super) fn answered(&mut self, id: SwitchCallId, party: &Party) {
        let original_lives = |state: &State, original| state.ledger.call(original).is_some();
        let Some(call) = self.state.ledger.call(id) else { return };
        // The three meet in the customer's call: `Conference` tells it.
        let will_join = match call.kind {
            Kind::Help { original, three_way } | Kind::Forwarding { original, three_way } => {
                three_way && original_lives(self.state, original)
            }
            Kind::Plain => false,
        };
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let mut now_talking: Vec<String> = Vec::new();
        for leg in &mut call.legs {
            let answers = &leg.party == party;
            if answers || matches!(leg.state, LegState::Dialing | LegState::Waiting) {
                leg.state = LegState::Talking;
                now_talking.extend(leg.party.as_agent().map(str::to_owned));
            }
        }
        for agent in now_talking {
            self.lift_phone(&agent);
            if !will_join {
                self.connected(id, &agent);
            }
        }
        let after = self.options.incoming_call_info == IncomingCallInfo::AfterTalking;
        if let Some(agent) = party.as_agent().filter(|_| after) {
            let call = self.state.ledger.call(id);
            let info = call.and_then(|call| Some(self.call_info_event(call, &call.leg(party)?.callid)));
            if let Some(info) = info {
                self.tell(agent, "AgentEvent_Incoming_CallInfo", info);
            }
        }
    }

    /// The agent has speech for the first time in this call.
    pub(super) fn connected(&mut self, id: SwitchCallId, agent: &str) {
        let party = Party::agent(agent);
        let Some(call) = self.state.ledger.call(id) else { return };
        let forwards = matches!(call.kind, Kind::Forwarding { .. }) && call.leg(&party).is_some();
        let (talks, confers) = match self.options.talk_forwarding {
            _ if !forwards => (true, false),
            TalkForwarding::Talking => (true, false),
            TalkForwarding::Conference => (false, true),
            TalkForwarding::Both => (true, true),
        };
        if talks {
            self.talking(id, agent);
        }
        if confers {
            self.forwarding_conference(id, agent);
        }
        self.begin_recording(id, agent);
    }

    /// The guide's reading of a talk forwarding: a conference of the held customer and the third party.
    pub(super) fn forwarding_conference(&mut self, id: SwitchCallId, agent: &str) {
        let party = Party::agent(agent);
        let Some(call) = self.state.ledger.call(id) else { return };
        let Kind::Forwarding { original, .. } = call.kind else {
            return;
        };
        let customer = self.state.ledger.call(original).map(|original| original.others(&party));
        let mut partners = customer.unwrap_or_default();
        partners.extend(call.others(&party));
        let Some(leg) = call.leg(&party) else { return };
        let content = json!({ "callid": leg.callid, "partner": partners.join(self.options.partner_separator) });
        self.tell(agent, "AgentEvent_Conference", content);
    }

    pub(super) fn talking(&mut self, id: SwitchCallId, agent: &str) {
        let Some(call) = self.state.ledger.call(id) else { return };
        let Some(leg) = call.leg(&Party::agent(agent)) else {
            return;
        };
        let content = talking(facts(call, &leg.callid));
        self.tell(agent, "AgentEvent_Talking", content);
    }

    pub(super) fn begin_recording(&mut self, id: SwitchCallId, agent: &str) {
        let party = Party::agent(agent);
        let leg = self.state.ledger.call_mut(id).and_then(|call| call.leg_mut(&party));
        let Some(leg) = leg.filter(|leg| self.options.recording && leg.recording.is_none()) else {
            return;
        };
        leg.recording = Some(self.now);
        let record = format!("{}-{agent}", leg.callid);
        let file = format!("Y:/1/0/{record}.V3");
        self.state.recordings.insert(record.clone(), file.clone());
        self.tell(
            agent,
            "AgentMediaEvent_Record",
            json!({ "recordID": record, "locationId": 1, "fileName": file }),
        );
    }

    pub(super) fn lift_phone(&mut self, agent: &str) {
        let Some(session) = self.state.sessions.get_mut(agent).filter(|session| !session.off_hook) else {
            return;
        };
        session.off_hook = true;
        self.tell(agent, "AgentOther_PhoneOffhook", json!({ "type": "main" }));
    }
}
