//! What an inspector hears of the own supervision (section 9 names no events): the telephone, where that is set, and
//! the customer after an intercept.

use callcontrol_testkit::switch::{Cause, Party, SupervisionMode};
use serde_json::json;

use super::translate::Translator;

impl Translator<'_> {
    pub(super) fn supervision_started(&mut self, by: &str, mode: SupervisionMode) {
        let quiet = matches!(mode, SupervisionMode::Listen | SupervisionMode::Whisper);
        if quiet && self.options.inspector_phone_events {
            self.lift_phone(by);
        }
    }

    pub(super) fn supervision_ended(&mut self, by: &str, cause: Cause) {
        if cause == Cause::Transferred {
            self.intercepted(by);
            return;
        }
        let in_call = self.state.ledger.engaged.contains(by);
        let session = self.state.sessions.get_mut(by).filter(|session| session.off_hook);
        if let Some(session) = session.filter(|_| !in_call && self.options.inspector_phone_events) {
            session.off_hook = false;
            self.tell(by, "AgentOther_PhoneRelease", json!({ "phoneState": 3 }));
        }
    }

    /// The inspector has the customer now.
    fn intercepted(&mut self, by: &str) {
        let party = Party::agent(by);
        let taken = self.state.ledger.calls().find(|call| call.leg(&party).is_some());
        let Some(id) = taken.map(|call| call.id) else { return };
        if let Some(call) = self.state.ledger.call_mut(id) {
            call.conference = call.connected().count() > 2;
        }
        self.lift_phone(by);
        self.talking(id, by);
        self.begin_recording(id, by);
    }
}
