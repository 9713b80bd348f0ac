//! What becomes of diallings, transfers and consults: their failures and successes (sections 6.1, 6.2 and 7).

use callcontrol_testkit::switch::{Cause, ConsultStyle, LegState, Party, SwitchCallId, TransferKind};
use serde_json::json;

use super::event::{customer_alerting, outbound_detect};
use super::ledger::{CallView, Kind};
use super::translate::Translator;

impl Translator<'_> {
    pub(super) fn dial_failed(&mut self, id: SwitchCallId, by: &Party, cause: Cause) {
        let Some(agent) = by.as_agent() else { return };
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let feature = call.feature;
        let Some(leg) = call.leg(by) else { return };
        let (callid, dialling) = (leg.callid.clone(), leg.state == LegState::Dialing);
        call.failed = dialling;
        if feature == 6 {
            self.tell(agent, "AgentEvent_Inside_Call_Fail", callid.into());
        } else {
            self.out_fail(agent, &callid, cause);
        }
    }

    pub(super) fn out_fail(&mut self, agent: &str, callid: &str, cause: Cause) {
        if self.options.outbound_detect {
            let content = outbound_detect(callid, cti_cause(cause), cause_text(cause));
            self.tell(agent, "OUTBOUND_DETECT_EVENT", content);
        }
        self.tell(agent, "AgentEvent_Call_Out_Fail", callid.into());
        if self.options.connect_fail_too {
            self.tell(agent, "AgentEvent_Connect_Fail", callid.into());
        }
    }

    pub(super) fn transfer_started(&mut self, id: SwitchCallId, by: &str, to: &Party, kind: TransferKind) {
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        call.transferred_by = Some(by.to_owned());
        call.transfer = Some(kind);
        self.linked_transfer(id, by, to, None);
        let Some(call) = self.state.ledger.call(id) else { return };
        let callid = call.leg(&Party::agent(by)).map(|leg| leg.callid.clone());
        if let Some(callid) = callid.filter(|_| kind == TransferKind::Blind && self.options.blind_customer_alerting) {
            self.tell(
                by,
                "AgentEvent_Customer_Alerting",
                customer_alerting(&callid, to.name(), to.as_agent(), false),
            );
        }
    }

    pub(super) fn transfer_succeeded(&mut self, id: SwitchCallId, by: &str, to: &Party, kind: TransferKind) {
        self.linked_transfer(id, by, to, Some(0));
        match kind {
            TransferKind::ReleaseAfter => self.transfer_result(id, by, to, 0),
            TransferKind::Consult => self.handed_over(id, by),
            _ => {}
        }
        if kind != TransferKind::ReleaseAfter
            && let Some(call) = self.state.ledger.call_mut(id)
        {
            call.transfer = None;
        }
    }

    pub(super) fn transfer_failed(&mut self, id: SwitchCallId, by: &str, to: &Party, kind: TransferKind, cause: Cause) {
        self.linked_transfer(id, by, to, Some(cti_cause(cause)));
        if kind == TransferKind::ReleaseAfter {
            self.transfer_result(id, by, to, cti_cause(cause));
        }
        if let Some(call) = self.state.ledger.call_mut(id) {
            call.transfer = None;
            call.transferred_by = None;
        }
    }

    pub(super) fn transfer_result(&mut self, id: SwitchCallId, by: &str, to: &Party, result: u32) {
        let Some(callid) = self.state.ledger.callid(id, by).map(str::to_owned) else {
            return;
        };
        self.tell(
            by,
            "AgentEvent_SuccTransResult",
            json!({ "result": result, "callId": callid }),
        );
        if matches!(to, Party::Outside(_)) && self.options.trans_out_result {
            self.tell(by, "AgentEvent_TransOutResult", json!({ "result": result }));
        }
    }

    /// Whoever was consulted now talks to the customer.
    pub(super) fn handed_over(&mut self, id: SwitchCallId, by: &str) {
        let agents = self.state.ledger.call(id).map(CallView::agents).unwrap_or_default();
        for agent in agents.iter().filter(|agent| agent.as_str() != by) {
            self.talking(id, agent);
        }
    }

    pub(super) fn consult_started(&mut self, id: SwitchCallId, style: ConsultStyle) {
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        let is_three_way = style == ConsultStyle::ThreeWay;
        match &mut call.kind {
            Kind::Help { three_way, .. } => {
                *three_way = is_three_way;
                call.feature = if is_three_way { 52 } else { 51 };
            }
            Kind::Forwarding { three_way, .. } => *three_way = is_three_way,
            Kind::Plain => {}
        }
    }

    pub(super) fn consult_failed(&mut self, id: SwitchCallId, by: &str, cause: Cause) {
        let Some(call) = self.state.ledger.call_mut(id) else {
            return;
        };
        call.failed = true;
        let kind = call.kind;
        let Some(callid) = self.state.ledger.callid(id, by).map(str::to_owned) else {
            return;
        };
        match kind {
            Kind::Forwarding { .. } => {
                self.out_fail(by, &callid, cause);
                if self.options.trans_out_result {
                    self.tell(by, "AgentEvent_TransOutResult", json!({ "result": cti_cause(cause) }));
                }
            }
            Kind::Help { .. } | Kind::Plain => self.tell(by, "AgentEvent_Consult_Fail", callid.into()),
        }
    }

    /// Cancel transfer: the third party is dropped, then `Talking` tells that the customer is back.
    pub(super) fn consult_cancelled(&mut self, id: SwitchCallId, original: SwitchCallId, by: &str) {
        let party = Party::agent(by);
        let Some(call) = self.state.ledger.call(id) else { return };
        if !matches!(call.kind, Kind::Forwarding { .. }) {
            return;
        }
        let third = call
            .legs
            .iter()
            .find(|leg| leg.party != party)
            .map(|leg| leg.party.name().to_owned());
        let callid = call.leg(&party).map(|leg| leg.callid.clone()).unwrap_or_default();
        if let Some(number) = third {
            self.tell(
                by,
                "AgentEvent_Customer_Release",
                json!({ "callid": callid, "number": number }),
            );
        }
        let leg = self.state.ledger.call(original).and_then(|call| call.leg(&party));
        if leg.is_some_and(|leg| leg.state == LegState::Talking) {
            self.talking(original, by);
        }
    }
}

/// The platform's number for a cause (14.6).
pub(super) fn cti_cause(cause: Cause) -> u32 {
    match cause {
        Cause::Busy => 47,
        Cause::NoAnswer => 8,
        Cause::Rejected => 9,
        Cause::OutOfService => 48,
        Cause::UnknownDestination => 7,
        Cause::CallerHungUp => 49,
        Cause::Cancelled => 80,
        _ => 1,
    }
}

fn cause_text(cause: Cause) -> &'static str {
    match cause {
        Cause::Busy => "The called party is busy.",
        Cause::NoAnswer => "No answer.",
        Cause::Rejected => "The call is rejected.",
        Cause::OutOfService => "The called party is powered off.",
        _ => "The connection failed.",
    }
}
