//! What a test can claim about what really happened. Each failure shows the story so far.

use callcontrol_core::{Call, CustomerAt};

use super::{FakeCallControl, Teller, customer_at, lock, words};
use crate::switch::{Party, SwitchCallId, SwitchEvent, TransferKind};

impl FakeCallControl {
    /// How often this call's customer was really moved.
    #[must_use]
    pub fn moves_of(&self, call: &Call) -> usize {
        self.switch_call(call).map_or(0, |id| self.moves(id).len())
    }

    /// Where the customer of this call really is, seen from the agent whose call it is.
    #[must_use]
    pub fn customer_of(&self, call: &Call) -> CustomerAt {
        let id = self.at_switch(call);
        customer_at(self.switch().customer_at(id).as_ref(), call.at().session.as_str())
    }

    /// Panics with the story so far if the customer was moved.
    pub fn assert_never_moved(&self, call: &Call) {
        self.assert_moves(call, 0);
    }

    /// Panics with the story so far unless the customer was moved exactly once.
    pub fn assert_moved_once(&self, call: &Call) {
        self.assert_moves(call, 1);
    }

    /// Panics with the story so far unless the customer was moved exactly once, and to the party of this name: an agent, queue, IVR flow or number.
    pub fn assert_moved_once_to(&self, call: &Call, whom: &str) {
        self.assert_moves(call, 1);
        let moves = self.moves(self.at_switch(call));
        if !moves.iter().any(|to| to.name() == whom) {
            self.fail(&format!("the customer was moved to {moves:?}, {whom} expected"));
        }
    }

    /// Panics with the story so far unless the customer is there.
    pub fn assert_customer(&self, call: &Call, place: CustomerAt) {
        let really = self.customer_of(call);
        if really != place {
            self.fail(&format!("the customer is {really}, {place} expected"));
        }
    }

    /// Panics with the story so far unless the call carries this pair.
    pub fn assert_data(&self, call: &Call, key: &str, value: &str) {
        let id = self.at_switch(call);
        let carried = self.switch().with(|switch| {
            let call = switch.call(id).or_else(|| switch.past_call(id));
            call.and_then(|call| call.data.get(key).cloned())
        });
        if carried.as_deref() != Some(value) {
            self.fail(&format!("the call carries no {key} with the expected value"));
        }
    }

    /// Panics with the story so far unless exactly these operations were commanded, in this order, sign-ins and queries aside.
    pub fn assert_commanded(&self, operations: &[&str]) {
        let lines = self.story().lines();
        let commands = lines.iter().filter(|line| line.who == Teller::Command);
        let words = commands.filter_map(|line| line.text.split(' ').next());
        let given: Vec<&str> = words
            .filter(|word| !matches!(*word, "open" | "close" | "snapshot" | "look-up"))
            .collect();
        if given != operations {
            self.fail(&format!("commanded were {given:?}, {operations:?} expected"));
        }
    }

    fn assert_moves(&self, call: &Call, wanted: usize) {
        let moves = self.moves_of(call);
        if moves != wanted {
            self.fail(&format!("the customer was moved {moves} times, {wanted} expected"));
        }
    }

    /// To whom this call's customer was moved, in order.
    fn moves(&self, moved: SwitchCallId) -> Vec<Party> {
        let by_robot = lock(&self.shared.robots).contains(&moved);
        let journal = self.switch().journal();
        let moves = journal.facts().filter_map(|fact| match fact {
            SwitchEvent::Moved { call, to, kind, .. } if *call == moved => {
                (by_robot || *kind != TransferKind::IvrRoute).then(|| to.clone())
            }
            _ => None,
        });
        moves.collect()
    }

    pub(super) fn at_switch(&self, call: &Call) -> SwitchCallId {
        match self.switch_call(call) {
            Some(id) => id,
            None => self.fail("this call was never seen at the switch"),
        }
    }

    fn switch_call(&self, call: &Call) -> Option<SwitchCallId> {
        let known = self.shared.hub.call(&call.at().session, call.id());
        let native = known.map(|view| view.native);
        native
            .as_deref()
            .and_then(words::switch_call)
            .or_else(|| self.shared.ended_call(call.id()))
    }

    #[expect(clippy::panic, reason = "an assertion of the application's test")]
    pub(super) fn fail(&self, what: &str) -> ! {
        panic!("{what}\nWhat happened so far:\n{}", self.story())
    }
}
