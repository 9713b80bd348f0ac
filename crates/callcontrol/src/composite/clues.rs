//! By what a call of the command source can be recognised at the event source.

use std::time::Duration;

use callcontrol_core::{AdoptCall, CallControl, CallRef, LookUp, OpCx, RecordsOf, Scope};

/// What is known of a call that another product could know too.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Clues {
    /// The id by which the other products of the site know it.
    pub(super) platform_call: Option<String>,
    /// The customer's number.
    pub(super) customer: Option<String>,
}

impl std::fmt::Debug for Clues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clues")
            .field("platform_call", &self.platform_call)
            .field("customer", &self.customer.is_some())
            .finish()
    }
}

impl Clues {
    /// What the application said when it took the call into view.
    pub(super) fn given(request: &AdoptCall) -> Self {
        Self {
            platform_call: request.platform_call.clone(),
            customer: request.customer.as_ref().map(|number| number.reveal().to_owned()),
        }
    }

    fn is_complete(&self) -> bool {
        self.platform_call.is_some() && self.customer.is_some()
    }
}

/// Asks the command source for what is missing: its own view of the call, then its records. That it cannot be asked is no failure.
pub(super) async fn complete(clues: &mut Clues, commands: &dyn CallControl, call: &CallRef, cx: &OpCx) {
    let Ok(snapshot) = commands.snapshot(Scope::Session(call.session.clone()), cx).await else {
        return;
    };
    let Some(view) = snapshot.call(&call.session, &call.call) else {
        return;
    };
    if clues.customer.is_none()
        && let Some(party) = view.parties.first()
    {
        clues.customer = Some(party.address.clone());
    }
    if clues.is_complete() {
        return;
    }
    let records = LookUp::Records(RecordsOf::Session(view.native.clone()));
    let patience = OpCx::new().within(cx.remaining_or(LOOK_UP) / 2);
    let Ok(found) = commands.look_up(Some(&call.session), records, &patience).await else {
        return;
    };
    let Some(entry) = found.entries.into_iter().next() else {
        return;
    };
    if clues.platform_call.is_none() {
        clues.platform_call = entry.platform_call;
    }
    if clues.customer.is_none() {
        clues.customer = entry.customer.map(|party| party.address);
    }
}

/// Two spellings of one number: punctuation does not count, and a prefix for an outside line or a country may stand on one side only.
pub(super) fn same_number(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (one, other) = (digits(one), digits(other));
    let shorter = one.len().min(other.len());
    one == other || (shorter >= MIN_DIGITS && (one.ends_with(&other) || other.ends_with(&one)))
}

/// Key of the mark in the call's data.
pub(super) const MARK: &str = "callcontrol-op";
/// Fewer digits than this and a common end proves nothing.
const MIN_DIGITS: usize = 7;
const LOOK_UP: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_with_a_prefix_but_not_with_a_short_common_end() {
        assert!(same_number("2065550100", "+1 206 555 0100"));
        assert!(same_number("90012345", "90012345"));
        assert!(!same_number("7001", "2065557001"));
        assert!(!same_number("2065550100", "2065550101"));
    }
}
