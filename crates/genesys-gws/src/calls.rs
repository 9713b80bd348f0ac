//! What the hub does not keep about calls and the vendor wants back: URIs as given, the server's own capability words, and which call consults for which.

use std::collections::{BTreeSet, HashMap, VecDeque};

use callcontrol_core::{CallId, OpId};

use crate::wire::call::{WireCall, WireState};

/// One session's calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    legs: HashMap<CallId, Leg>,
    ended: VecDeque<CallId>,
    consults: VecDeque<Consult>,
}

/// What one call's last message said beyond its view.
#[derive(Debug, Clone, Default)]
struct Leg {
    uri: Option<String>,
    capabilities: Option<BTreeSet<String>>,
}

/// A consult begun by this session.
#[derive(Debug, Clone)]
struct Consult {
    op: OpId,
    original: CallId,
    third: Option<CallId>,
}

impl Calls {
    /// Takes note of a message about a call.
    pub(crate) fn note(&mut self, call: &CallId, told: &WireCall) {
        if told.state == WireState::Released {
            self.end(call);
            return;
        }
        self.ended.retain(|ended| ended != call);
        let leg = self.legs.entry(call.clone()).or_default();
        if told.uri.is_some() {
            leg.uri.clone_from(&told.uri);
        }
        if told.capabilities.is_some() {
            leg.capabilities.clone_from(&told.capabilities);
        }
    }

    /// The call is over. Its URI is kept no longer than its memory.
    pub(crate) fn end(&mut self, call: &CallId) {
        if self.legs.remove(call).is_some() || !self.ended.contains(call) {
            self.ended.push_back(call.clone());
        }
        while self.ended.len() > KEPT {
            self.ended.pop_front();
        }
    }

    /// Late word of a call that is over. Only a ring begins a call anew: it came back to this agent under its old id.
    pub(crate) fn is_late(&self, call: &CallId, told: &WireCall) -> bool {
        told.state != WireState::Ringing && self.ended.contains(call)
    }

    /// The URI exactly as the server gave it.
    pub(crate) fn uri(&self, call: &CallId) -> Option<&str> {
        self.legs.get(call)?.uri.as_deref()
    }

    /// Whether the server's list permits the operation now; `None` where it sent no list.
    pub(crate) fn permits(&self, call: &CallId, operation: &str) -> Option<bool> {
        let words = self.legs.get(call)?.capabilities.as_ref()?;
        Some(words.contains(operation))
    }

    /// A consult is about to be asked for: the new call may appear before the answer.
    pub(crate) fn expect_consult(&mut self, op: &OpId, original: &CallId) {
        self.consults.push_back(Consult {
            op: op.clone(),
            original: original.clone(),
            third: None,
        });
        while self.consults.len() > KEPT {
            self.consults.pop_front();
        }
    }

    /// The consult was refused.
    pub(crate) fn forget_consult(&mut self, op: &OpId) {
        self.consults.retain(|consult| consult.op != *op);
    }

    /// A call that consults for `original` was seen: it belongs to the newest consult that still lacks its call. Gives that consult's operation.
    pub(crate) fn bind_consult(&mut self, original: &CallId, third: &CallId) -> Option<OpId> {
        if let Some(known) = self
            .consults
            .iter()
            .find(|consult| consult.third.as_ref() == Some(third))
        {
            return Some(known.op.clone());
        }
        let open = |consult: &&mut Consult| consult.original == *original && consult.third.is_none();
        let consult = self.consults.iter_mut().rev().find(open)?;
        consult.third = Some(third.clone());
        Some(consult.op.clone())
    }

    /// The call to the third party of a consult; the outer `None` when the operation began no consult on this call.
    pub(crate) fn third(&self, op: &OpId, original: &CallId) -> Option<Option<CallId>> {
        let mine = |consult: &&Consult| consult.op == *op && consult.original == *original;
        self.consults.iter().find(mine).map(|consult| consult.third.clone())
    }
}

/// How many ended calls and past consults are remembered.
const KEPT: usize = 64;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(text: &str) -> CallId {
        CallId::new(text).expect("valid")
    }

    fn told(state: &str) -> WireCall {
        WireCall::read(
            &json!({"id": "N", "state": state, "uri": "http://gws.example/me/calls/N", "capabilities": ["Hold"]}),
        )
        .expect("a call")
    }

    #[test]
    fn the_consult_call_may_come_before_the_answer_and_is_bound_once() {
        let mut calls = Calls::default();
        let op = OpId::new("op-1").expect("valid");
        calls.expect_consult(&op, &id("A"));
        assert_eq!(calls.third(&op, &id("A")), Some(None));
        assert_eq!(calls.bind_consult(&id("other"), &id("X")), None);
        assert_eq!(calls.bind_consult(&id("A"), &id("B")), Some(op.clone()));
        assert_eq!(calls.bind_consult(&id("A"), &id("B")), Some(op.clone()), "told again");
        assert_eq!(calls.bind_consult(&id("A"), &id("C")), None, "somebody else's consult");
        assert_eq!(calls.third(&op, &id("A")), Some(Some(id("B"))));
        assert_eq!(calls.third(&op, &id("X")), None);
    }

    #[test]
    fn late_word_of_an_ended_call_is_recognised_and_a_new_ring_is_not_late() {
        let mut calls = Calls::default();
        calls.note(&id("A"), &told("Established"));
        assert_eq!(calls.permits(&id("A"), "Hold"), Some(true));
        assert_eq!(calls.permits(&id("A"), "Retrieve"), Some(false));
        assert_eq!(calls.uri(&id("A")), Some("http://gws.example/me/calls/N"));
        calls.note(&id("A"), &told("Released"));
        assert_eq!((calls.uri(&id("A")), calls.permits(&id("A"), "Hold")), (None, None));
        assert!(calls.is_late(&id("A"), &told("Held")));
        assert!(!calls.is_late(&id("A"), &told("Ringing")));
        calls.note(&id("A"), &told("Ringing"));
        assert!(!calls.is_late(&id("A"), &told("Established")));
    }
}
