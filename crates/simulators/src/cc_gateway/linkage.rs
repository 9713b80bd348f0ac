//! What an agent does by hand on a linked telephone, told by the `linkage` events (section 5.4). At the switch it is
//! what nobody asked the gateway for.

use callcontrol_testkit::switch::{Direction, Party, SwitchCallId};
use serde_json::{Map, Value, json};

use super::translate::Translator;

impl Translator<'_> {
    pub(super) fn linked_hold(&mut self, agent: &str, callid: &str, on: bool) {
        let kind = match on {
            true => "AgentEvent_linkagePhoneHold",
            false => "AgentEvent_linkagePhoneUnHold",
        };
        self.tell_linked(agent, kind, callid, &[("addrSelf", agent)], Some(0));
    }

    pub(super) fn linked_call_out(&mut self, originator: &Party, to: &Party, direction: Direction, callid: &str) {
        let Some(agent) = originator.as_agent() else { return };
        if matches!(direction, Direction::Outbound | Direction::Internal) {
            let addresses = [("addrCaller", agent), ("addrCalled", to.name())];
            self.tell_linked(agent, "AgentEvent_linkagePhoneCallOut", callid, &addresses, Some(0));
        }
    }

    /// `result` is that of a transfer which is over.
    pub(super) fn linked_transfer(&mut self, id: SwitchCallId, by: &str, to: &Party, result: Option<u32>) {
        let Some(callid) = self.state.ledger.callid(id, by).map(str::to_owned) else {
            return;
        };
        let kind = match result {
            None => "AgentEvent_linkagePhoneTransferOut",
            Some(_) => "AgentEvent_linkagePhoneTransferOut_Result",
        };
        let addresses = [("addrSelf", by), ("addrOut", to.name())];
        self.tell_linked(by, kind, &callid, &addresses, result);
    }

    fn tell_linked(
        &mut self,
        agent: &str,
        kind: &'static str,
        callid: &str,
        addresses: &[(&str, &str)],
        result: Option<u32>,
    ) {
        let session = self.state.sessions.get(agent);
        let linked = session.is_some_and(|session| session.settings.linkage) && self.options.linkage_events;
        if !linked || self.origin.is_some() {
            return;
        }
        let mut content = Map::new();
        for (name, address) in addresses {
            content.insert((*name).into(), json!({ "address": address, "addressType": PHONE }));
        }
        content.insert("callId".into(), callid.into());
        content.extend(result.map(|result| ("result".to_owned(), Value::from(result))));
        self.tell(agent, kind, Value::Object(content));
    }
}

/// The only address type in the samples.
const PHONE: u8 = 6;
