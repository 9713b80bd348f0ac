//! What the gateway's listing (section 8) and its refusals prove of operations and consults, and what they leave open.

use callcontrol_core::{CallView, Cause, ConsultStyle, CustomerAt, Direction, Evidence, LegState, OpId, Outcome};

use super::{Calls, Watched};
use crate::consult::{Consult, Kind, Stage, Start};
use crate::listed::{self, Fate, Listed, Listing};
use crate::outcomes::Aim;

impl Calls {
    /// Settles what the gateway's listing of the agent's calls proves.
    pub(crate) fn settle_by_listing(&mut self, listing: &Listing) {
        let seen = |native: &str| listing.of(native);
        let talked_in = |view: &CallView| view.state == LegState::Talking;
        let talks_anew = listing.calls.iter().any(|view| {
            let before = self.view(&view.native);
            talked_in(view) && !before.as_ref().is_some_and(talked_in)
        });
        let settled = self.watched.iter().filter_map(|watched| {
            let consult = watched.aim.step_of().and_then(|consult| self.consult(consult));
            let outcome = match (consult, watched.aim.held()) {
                (Some(consult), _) => {
                    let leg = consult.leg.as_deref().map(seen);
                    listed::consult_by_listing(&watched.aim, seen(&consult.customer), leg)
                }
                (None, Some(held)) => {
                    listed::joined_by_listing(&watched.aim, [watched.call.as_deref()?, held], listing)
                }
                (None, None) => {
                    let call = watched.call.as_deref();
                    let fate = call.map_or(Fate::Untold, |call| listing.fate(call));
                    listed::by_listing(&watched.aim, call.map(seen), &fate, talks_anew)
                }
            };
            Some((watched.op.clone(), outcome?))
        });
        let settled = settled.collect();
        self.find_legs(listing);
        for consult in &mut self.consults {
            judge(consult, listing);
        }
        self.settle(settled);
        self.settle_the_past(listing);
    }

    /// A help that nothing has ever shown was not begun, once its request cannot arrive any more.
    fn settle_the_past(&mut self, listing: &Listing) {
        let mut settled = Vec::new();
        for consult in self.consults.iter_mut().filter(|consult| consult.is_past()) {
            let customer = match listing.of(&consult.customer) {
                Listed::As(LegState::Talking) => CustomerAt::Agent,
                Listed::As(LegState::Held) => CustomerAt::AgentHeld,
                Listed::As(_) | Listed::Absent => CustomerAt::Unknown,
            };
            consult.stage = Stage::Over;
            let outcome = Outcome::failed(Cause::Unspecified, customer).by(Evidence::Snapshot);
            settled.push((consult.op.clone(), outcome));
        }
        self.settle(settled);
    }

    /// True while there is a consult whose end only the listing can tell, and can tell now.
    pub(crate) fn has_past_consult(&self) -> bool {
        self.consults.iter().any(Consult::is_past)
    }

    /// A help whose answer was lost may be there all the same: as a consult call that belongs to no other.
    fn find_legs(&mut self, listing: &Listing) {
        let lost =
            |consult: &&Consult| consult.kind == Kind::Help && consult.stage == Stage::Calling && consult.leg.is_none();
        let Some(op) = self.consults.iter().rfind(lost).map(|consult| consult.op.clone()) else {
            return;
        };
        let is_help = |view: &&CallView| view.direction == Direction::Consult;
        let mut helps = listing.calls.iter().filter(is_help).map(|view| &view.native);
        let unclaimed = helps.find(|native| !self.consults.iter().any(|consult| consult.concerns(native)));
        if let Some(native) = unclaimed.cloned() {
            self.begins_at(&op, native);
        }
    }

    /// The gateway has refused to take a consult back because there is none: whatever was in doubt about it has an end.
    pub(crate) fn consult_refused(&mut self, op: &OpId) {
        let Some(consult) = self.consult_mut(op) else { return };
        consult.absent = true;
        consult.doubtful = false;
        let never_shown = consult.start != Start::Shown;
        if consult.kind == Kind::Number && !never_shown {
            consult.stage = Stage::Over;
        }
        let third = consult.third_leg();
        if let Some(third) = third {
            self.end_leg(&third, Cause::Unspecified);
        }
    }

    /// True where neither an event nor the listing tells what the agent's leg of a listed call does: it may wait for the end of an IVR flow,
    /// or talk to whomever of a talk forwarding is left.
    pub(crate) fn is_untold(&self, native: &str) -> bool {
        let in_flow = |watched: &Watched| {
            matches!(watched.aim, Aim::Suspend { heard: false, .. }) && watched.call.as_deref() == Some(native)
        };
        let lost = |consult: &Consult| consult.doubtful && consult.is_forwarding();
        self.watched.iter().any(in_flow) || self.consult_on(native).is_some_and(lost)
    }

    /// True for the customer of a talk forwarding that goes on: he is on hold without being listed so.
    pub(crate) fn is_kept_waiting(&self, native: &str) -> bool {
        let keeps = |consult: &Consult| {
            consult.is_forwarding() && consult.customer == native && consult.start == Start::Shown && !consult.doubtful
        };
        self.consult_on(native).is_some_and(keeps)
    }

    /// The legs of a talk forwarding behind one call that is listed. The listing does not tell them apart: they are as they were, where no doubt is.
    pub(crate) fn forwarded_legs(&self, native: &str, is_held: bool) -> Option<Vec<CallView>> {
        let consult = self.consult_on(native)?;
        if !consult.is_in_customers_call() || consult.start != Start::Shown {
            return None;
        }
        let unsure = |state| match state {
            LegState::Dialing => LegState::Unknown,
            _ if consult.doubtful || consult.is_given_up() => LegState::Unknown,
            state => state,
        };
        let third = self
            .view(&consult.name_of_third_leg())
            .filter(|_| !consult.is_given_up());
        let third = third.map(|mut third| {
            third.state = unsure(third.state);
            third
        });
        let mut customer = self.view(native);
        if let Some(customer) = &mut customer {
            customer.state = if is_held {
                LegState::Held
            } else {
                unsure(customer.state)
            };
        }
        Some(customer.into_iter().chain(third).collect())
    }

    /// True for a listed call of which the gateway has said that nobody is consulted about it any more.
    pub(crate) fn is_back(&self, native: &str) -> bool {
        let consult = self.consults.iter().rfind(|consult| consult.customer == native);
        consult.is_some_and(|consult| consult.absent) && !self.is_untold(native)
    }
}

/// What a listing shows of a consult. One that was asked for before the latest news of it shows nothing.
fn judge(consult: &mut Consult, listing: &Listing) {
    if consult.stage == Stage::Over || consult.known_at > listing.as_of {
        return;
    }
    let customer = listing.of(&consult.customer);
    let leg = consult.leg.as_deref().map(|leg| listing.of(leg));
    // Its own call is there and the customer waits: it stands.
    if customer == Listed::As(LegState::Held) && matches!(leg, Some(Listed::As(_))) {
        consult.doubtful = false;
    }
    match (customer, leg) {
        (Listed::Absent, None | Some(Listed::Absent)) => consult.stage = Stage::Over,
        // In a conference the three meet in the customer's call.
        (Listed::As(_), Some(Listed::Absent))
            if !(consult.style == ConsultStyle::ThreeWay && consult.stage == Stage::Answered) =>
        {
            consult.absent = true;
        }
        // A help has a call of its own, and the listing has none that can be it: whatever seemed to show it was about something else.
        (Listed::As(_), None)
            if consult.kind == Kind::Help && consult.stage == Stage::Calling && consult.start != Start::Asked =>
        {
            consult.absent = true;
            consult.start = Start::Doubted;
        }
        (Listed::As(_), _) | (Listed::Absent, Some(Listed::As(_))) => {}
    }
}
