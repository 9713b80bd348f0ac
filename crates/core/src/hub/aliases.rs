//! The vendor's call ids and ours. A vendor may rename a call; ours stays. Ids of calls that ended are kept for a while, because late word of them still comes,
//! and a transferred call turns up at the next agent under the same id. Ids of calls that live are kept however many come after them.

use std::collections::{HashMap, VecDeque};

use crate::id::{CallId, IdSource};

/// In how many sessions each call lives.
#[derive(Default)]
pub(super) struct Living(HashMap<CallId, usize>);

impl Living {
    pub(super) fn begins(&mut self, call: &CallId) {
        *self.0.entry(call.clone()).or_default() += 1;
    }

    pub(super) fn ends(&mut self, call: &CallId) {
        if let Some(sessions) = self.0.get_mut(call) {
            *sessions = sessions.saturating_sub(1);
            if *sessions == 0 {
                self.0.remove(call);
            }
        }
    }

    fn holds(&self, call: &CallId) -> bool {
        self.0.contains_key(call)
    }
}

#[derive(Default)]
pub(super) struct Aliases {
    ours: HashMap<String, CallId>,
    order: VecDeque<String>,
}

impl Aliases {
    pub(super) fn get(&self, native: &str) -> Option<CallId> {
        self.ours.get(native).cloned()
    }

    pub(super) fn get_or_mint(&mut self, native: &str, ids: &IdSource, living: &Living) -> CallId {
        if let Some(call) = self.ours.get(native) {
            return call.clone();
        }
        let call = ids.call();
        self.insert(native, call.clone(), living);
        call
    }

    pub(super) fn insert(&mut self, native: &str, call: CallId, living: &Living) {
        if self.ours.insert(native.to_owned(), call).is_none() {
            self.order.push_back(native.to_owned());
        }
        for _ in 0..LOOKS {
            if self.order.len() <= KEPT {
                return;
            }
            let Some(oldest) = self.order.pop_front() else { return };
            if self.ours.get(&oldest).is_some_and(|call| living.holds(call)) {
                self.order.push_back(oldest);
            } else {
                self.ours.remove(&oldest);
            }
        }
    }
}

/// How many of the oldest are looked at for each new one: few, as all of them may live.
const LOOKS: usize = 4;
/// Of calls that are over, too, unless most of the calls live; at 20 calls a second this is close to an hour of memory.
const KEPT: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_lives_keeps_its_id_however_many_come_after_it() {
        let (ids, mut aliases, mut living) = (IdSource::seeded(1), Aliases::default(), Living::default());
        let held = aliases.get_or_mint("held", &ids, &living);
        living.begins(&held);
        let over = aliases.get_or_mint("over", &ids, &living);
        for nth in 0..KEPT {
            aliases.get_or_mint(&format!("call {nth}"), &ids, &living);
        }
        assert_eq!(aliases.get("held").as_ref(), Some(&held));
        assert_eq!(aliases.get("over"), None);
        assert_ne!(aliases.get_or_mint("over", &ids, &living), over);
        living.ends(&held);
        for nth in 0..KEPT {
            aliases.get_or_mint(&format!("later {nth}"), &ids, &living);
        }
        assert_eq!((aliases.get("held"), aliases.order.len()), (None, KEPT));
    }
}
