//! What the hub does not keep about calls and the vendor wants back: URIs as given, the server's own capability words, and which call consults for which.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use callcontrol_core::{CallId, MediaState, OpId};

use crate::mapping;
use crate::wire::call::{WireCall, WireState};

/// One session's calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    legs: HashMap<CallId, Leg>,
    ended: VecDeque<CallId>,
    /// Calls that are over and of which a message has since spoken as of live ones.
    stirring: BTreeSet<CallId>,
    consults: VecDeque<Consult>,
}

/// What one call's last message said beyond its view.
#[derive(Debug, Clone, Default)]
struct Leg {
    uri: Option<String>,
    capabilities: Option<BTreeSet<String>>,
    tape: Option<MediaState>,
    /// A supervised agent in it is kept from being heard.
    agent_muted: bool,
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
        self.stirring.remove(call);
        let leg = self.legs.entry(call.clone()).or_default();
        if told.uri.is_some() {
            leg.uri.clone_from(&told.uri);
        }
        if told.capabilities.is_some() {
            leg.capabilities.clone_from(&told.capabilities);
        }
        leg.tape = mapping::tape(told).or(leg.tape);
        leg.agent_muted = told.agent_muted.unwrap_or(leg.agent_muted);
    }

    /// What the recorder of this call does, as far as told.
    pub(crate) fn tape(&self, call: &CallId) -> Option<MediaState> {
        self.legs.get(call)?.tape
    }

    /// What the recorders do, as far as told.
    pub(crate) fn tapes(&self) -> BTreeMap<CallId, MediaState> {
        let told = self
            .legs
            .iter()
            .filter_map(|(call, leg)| Some((call.clone(), leg.tape?)));
        told.collect()
    }

    /// The calls in which a supervised agent is kept from being heard.
    pub(crate) fn agents_muted(&self) -> BTreeSet<CallId> {
        let muted = self.legs.iter().filter(|(_, leg)| leg.agent_muted);
        muted.map(|(call, _)| call.clone()).collect()
    }

    /// The live call whose list permits this operation; with several the first by id.
    pub(crate) fn permitting(&self, operation: &str) -> Option<CallId> {
        let permits = |leg: &Leg| leg.capabilities.as_ref().is_some_and(|words| words.contains(operation));
        let calls = self.legs.iter().filter(|(_, leg)| permits(leg));
        calls.map(|(call, _)| call).min().cloned()
    }

    /// The call is over. Its URI is kept no longer than its memory.
    pub(crate) fn end(&mut self, call: &CallId) {
        if self.legs.remove(call).is_some() || !self.ended.contains(call) {
            self.ended.push_back(call.clone());
        }
        self.stirring.remove(call);
        while self.ended.len() > KEPT {
            self.ended.pop_front();
        }
    }

    /// A message speaks of a call that is over as of a live one.
    pub(crate) fn stirs(&mut self, call: &CallId) {
        self.stirring.insert(call.clone());
        while self.stirring.len() > KEPT {
            self.stirring.pop_first();
        }
    }

    /// Whether the server's list and a message agree that a call that was over is there again.
    pub(crate) fn is_back(&self, call: &CallId) -> bool {
        self.is_over(call) && self.stirring.contains(call)
    }

    /// Word of a call that is over: late, unless it rings, for a call may come back to this agent under its old id.
    pub(crate) fn is_over(&self, call: &CallId) -> bool {
        self.ended.contains(call)
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
    fn late_word_of_an_ended_call_is_recognised() {
        let mut calls = Calls::default();
        calls.note(&id("A"), &told("Established"));
        assert_eq!(calls.permits(&id("A"), "Hold"), Some(true));
        assert_eq!(calls.permits(&id("A"), "Retrieve"), Some(false));
        assert_eq!(calls.uri(&id("A")), Some("http://gws.example/me/calls/N"));
        calls.note(&id("A"), &told("Released"));
        assert_eq!((calls.uri(&id("A")), calls.permits(&id("A"), "Hold")), (None, None));
        assert!(calls.is_over(&id("A")));
        calls.note(&id("A"), &told("Ringing"));
        assert!(!calls.is_over(&id("A")), "it is back");
    }
}
