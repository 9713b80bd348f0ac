//! A party is out of a call: what the agent who left hears, and what the agents who stay hear (sections 5.4, 6 and 7).

use callcontrol_testkit::switch::{Cause, LegState, Party, SwitchCallId, TransferKind};
use serde_json::json;

use super::call_info::past;
use super::event::stop_record_done;
use super::ledger::{CallView, LegView};
use super::state::Origin;
use super::translate::Translator;

impl Translator<'_> {
    pub(super) fn party_left(&mut self, id: SwitchCallId, party: &Party, was: LegState, cause: Cause) {
        let Some(leg) = self.state.ledger.call_mut(id).and_then(|call| call.lift(party)) else {
            return;
        };
        if let Some(agent) = party.as_agent() {
            self.agent_left(id, agent, &leg, was, cause);
        }
        let moved_on = matches!(cause, Cause::Transferred | Cause::Merged);
        if was != LegState::Alerting && !moved_on {
            self.others_stay(id, party);
        }
    }

    fn agent_left(&mut self, id: SwitchCallId, agent: &str, leg: &LegView, was: LegState, cause: Cause) {
        let Some(call) = self.state.ledger.call(id) else { return };
        let twin = self.state.ledger.has_twin(&leg.callid, id, agent);
        // A failed dialling was told already; a leg that went into another call, or shares its id with one, is no end.
        if call.failed || twin || cause == Cause::Merged {
            return;
        }
        if was == LegState::Alerting {
            let unanswered = matches!(cause, Cause::NoAnswer | Cause::Rejected);
            let kind = if unanswered {
                "AgentEvent_No_Answer"
            } else {
                "AgentEvent_Call_Release"
            };
            let abandoned = json!({ "caller": call.caller, "callData": call.data, "callId": leg.callid });
            self.tell(agent, kind, leg.callid.clone().into());
            if cause == Cause::CallerHungUp && self.options.abandon_event {
                self.tell(agent, "AgentEvent_AbandonCall", abandoned);
            }
            return;
        }
        let last = past(call, leg, self.now);
        let release_after = call.transfer == Some(TransferKind::ReleaseAfter) && cause == Cause::Transferred;
        let gone_with = self.gone_with(call, cause);
        if let Some(session) = self.state.sessions.get_mut(agent) {
            session.last_call = Some(last);
        }
        if release_after {
            self.stop_recording(id, agent, leg);
        }
        self.tell(agent, "AgentEvent_Call_Release", leg.callid.clone().into());
        if let Some(number) = gone_with {
            self.tell(
                agent,
                "AgentEvent_Customer_Release",
                json!({ "callid": leg.callid, "number": number }),
            );
        }
        if !release_after {
            self.stop_recording(id, agent, leg);
        }
    }

    /// The one other party, which the agent's own leaving takes out of the agent's sight.
    fn gone_with(&self, call: &CallView, cause: Cause) -> Option<String> {
        let own = matches!(cause, Cause::AgentHungUp | Cause::Dropped)
            || (cause == Cause::Transferred && self.origin == Some(Origin::Leaves));
        let mut others = call.connected();
        match (others.next(), others.next()) {
            (Some(other), None) if own && self.options.customer_release_after_own => {
                Some(other.party.name().to_owned())
            }
            _ => None,
        }
    }

    fn stop_recording(&mut self, id: SwitchCallId, agent: &str, leg: &LegView) {
        if let Some(begin) = leg.recording {
            let content = stop_record_done(begin, self.now, id.number(), self.options);
            self.tell(agent, "AgentMediaEvent_StopRecordDone", content);
        }
    }

    /// The others learn who left, and two who remain of three have an ordinary call again.
    fn others_stay(&mut self, id: SwitchCallId, party: &Party) {
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let collapsed = call.conference && call.connected().count() == 2;
        call.conference = call.conference && !collapsed;
        call.added.take_if(|added| added == party);
        let agents: Vec<LegView> = call
            .connected()
            .filter(|leg| leg.party.as_agent().is_some())
            .cloned()
            .collect();
        for leg in agents {
            // Whoever waits for an IVR hears of its end by ReturnFromIvr.
            let waits = leg.state == LegState::Parked && matches!(party, Party::Ivr(_));
            let Some(agent) = leg.party.as_agent().filter(|_| !waits) else {
                continue;
            };
            let content = json!({ "callid": leg.callid, "number": party.name() });
            self.tell(agent, "AgentEvent_Customer_Release", content);
            if collapsed && leg.state == LegState::Talking {
                self.talking(id, agent);
            }
        }
    }
}
