//! The vendor's call ids and ours. A vendor may rename a call; ours stays. Ids of calls that ended are kept for a while, because late word of them still comes,
//! and a transferred call turns up at the next agent under the same id.

use std::collections::{HashMap, VecDeque};

use crate::id::{CallId, IdSource};

#[derive(Default)]
pub(super) struct Aliases {
    ours: HashMap<String, CallId>,
    order: VecDeque<String>,
}

impl Aliases {
    pub(super) fn get(&self, native: &str) -> Option<CallId> {
        self.ours.get(native).cloned()
    }

    pub(super) fn get_or_mint(&mut self, native: &str, ids: &IdSource) -> CallId {
        if let Some(call) = self.ours.get(native) {
            return call.clone();
        }
        let call = ids.call();
        self.insert(native, call.clone());
        call
    }

    pub(super) fn insert(&mut self, native: &str, call: CallId) {
        if self.ours.insert(native.to_owned(), call).is_none() {
            self.order.push_back(native.to_owned());
        }
        while self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.ours.remove(&oldest);
            }
        }
    }
}

/// Bounds memory; at 20 calls a second this is close to an hour of memory.
const KEPT: usize = 65_536;
