//! What the gateway's listing of an agent's calls (section 8) proves of an open operation. A listing shows that something is so, never that something
//! was not done: what is not proved stays open, and ends as unknown when its window closes.

use callcontrol_core::{CallView, CustomerAt, Evidence, LegState, Outcome};

use crate::consult::vendors_id;
use crate::outcomes::Aim;

/// The agent's calls as the gateway lists them, and what it tells of those that are missing.
pub(crate) struct Listing {
    pub(crate) calls: Vec<CallView>,
    /// By the gateway's ids.
    pub(crate) traced: Vec<(String, Fate)>,
    /// How much had been told when it was asked for.
    pub(crate) as_of: u64,
}

impl Listing {
    /// One call.
    pub(crate) fn of(&self, native: &str) -> Listed {
        let named = |view: &&CallView| view.native == native;
        // Both legs of a talk forwarding are one call to the gateway.
        let part = |view: &&CallView| vendors_id(&view.native) == native;
        match self.calls.iter().find(named).or_else(|| self.calls.iter().find(part)) {
            Some(view) => Listed::As(view.state),
            None => Listed::Absent,
        }
    }

    /// What was told of a call that is missing.
    pub(crate) fn fate(&self, native: &str) -> Fate {
        let traced = self.traced.iter().find(|(traced, _)| traced == native);
        traced.map_or(Fate::Untold, |(_, fate)| fate.clone())
    }
}

/// What a listing shows of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// The agent is not in it.
    Absent,
    /// The agent is, in this state.
    As(LegState),
}

/// What the gateway tells, by its id, of a call that the agent is not in.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Fate {
    /// It has ended.
    Ended,
    /// No such call: over, or not this agent's to ask about.
    NoSuchCall,
    /// It goes on; with who or what it names as called, and its queue.
    GoesOn {
        called: Option<String>,
        queue: Option<String>,
    },
    /// Nothing.
    Untold,
}

impl Fate {
    fn names(&self, to: &str) -> bool {
        match self {
            Self::GoesOn { called, queue } => [called, queue].into_iter().flatten().any(|name| name == to),
            Self::Ended | Self::NoSuchCall | Self::Untold => false,
        }
    }
}

/// The outcome of an operation on one call, if the listing proves it. `talks_anew`: the agent talks in some call that no event has told of.
pub(crate) fn by_listing(aim: &Aim, call: Option<Listed>, fate: &Fate, talks_anew: bool) -> Option<Outcome> {
    let is = |state| call == Some(Listed::As(state));
    let gone = call == Some(Listed::Absent);
    let proved = match aim {
        Aim::Answer => (is(LegState::Talking) || is(LegState::Held)).then_some(CustomerAt::Agent),
        Aim::Hold => is(LegState::Held).then_some(CustomerAt::AgentHeld),
        Aim::Retrieve => is(LegState::Talking).then_some(CustomerAt::Agent),
        Aim::Release(after) => gone.then(|| after_release(*after, fate)),
        Aim::Take => (is(LegState::Talking) || is(LegState::Ringing)).then_some(CustomerAt::Agent),
        Aim::Intercept => talks_anew.then_some(CustomerAt::Agent),
        // A call that the agent is out of may have reached its target, have been hung up or have been taken over: it must go on, and name the target.
        Aim::Blind { to, lands, .. } => (gone && fate.names(to)).then_some(*lands),
        Aim::ReleaseAfter { to } => (gone && fate.names(to)).then_some(CustomerAt::Target),
        // One that is there may still go, or wait in the flow, or be talked in with whomever: it is not listed.
        Aim::Suspend { .. }
        | Aim::Dial
        | Aim::Consult
        | Aim::Complete(_)
        | Aim::Cancel(_)
        | Aim::Remove { .. }
        | Aim::State(_)
        | Aim::Join { .. }
        | Aim::Connect { .. }
        | Aim::Playback(..) => None,
    };
    proved.map(|customer| Outcome::done(customer).by(Evidence::Snapshot))
}

/// The outcome of an operation on these two calls, as the listing suggests it: an event told that the agent is out of one, the listing has neither, and one
/// goes on. Where the request was lost, one call taken over by a supervisor while the far side of the other hung up would look the same.
pub(crate) fn joined_by_listing(aim: &Aim, both: [&str; 2], listing: &Listing) -> Option<Outcome> {
    let was_told = matches!(aim, Aim::Connect { left: Some(_), .. });
    let is_out = both.iter().all(|native| listing.of(native) == Listed::Absent);
    let goes_on = |native: &str| matches!(listing.fate(native), Fate::GoesOn { .. });
    (was_told && is_out && both.iter().any(|native| goes_on(native)))
        .then(|| Outcome::done(CustomerAt::Target).by(Evidence::Snapshot))
}

/// That the agent is out is proved; where the customer is then, only by what the gateway tells of the call.
fn after_release(after: CustomerAt, fate: &Fate) -> CustomerAt {
    match (after, fate) {
        (CustomerAt::Gone, Fate::Ended | Fate::NoSuchCall) | (CustomerAt::Target, Fate::Ended) => CustomerAt::Gone,
        _ => CustomerAt::Unknown,
    }
}

/// The outcome of a step of a consult, if the listing proves it: the customer's call is talked in, and the consult's own is not there.
pub(crate) fn consult_by_listing(aim: &Aim, customer: Listed, leg: Option<Listed>) -> Option<Outcome> {
    let back = customer == Listed::As(LegState::Talking) && leg == Some(Listed::Absent);
    (back && matches!(aim, Aim::Cancel(_))).then(|| Outcome::done(CustomerAt::Agent).by(Evidence::Snapshot))
}

#[cfg(test)]
mod tests {
    use callcontrol_core::{MediaState, OpId};

    use super::*;

    const STATES: [LegState; 5] = [
        LegState::Talking,
        LegState::Held,
        LegState::Ringing,
        LegState::Suspended,
        LegState::Unknown,
    ];

    fn goes_on(called: &str, queue: &str) -> Fate {
        Fate::GoesOn {
            called: Some(called.into()),
            queue: Some(queue.into()),
        }
    }

    fn fates() -> [Fate; 4] {
        [Fate::Ended, Fate::NoSuchCall, Fate::Untold, goes_on("6048", "25")]
    }

    fn op() -> OpId {
        OpId::new("op-1").expect("id")
    }

    fn blind() -> Aim {
        Aim::Blind {
            to: "26".into(),
            lands: CustomerAt::Queue,
            customer_left: false,
            consulted: false,
        }
    }

    fn done(at: CustomerAt) -> Option<Outcome> {
        Some(Outcome::done(at).by(Evidence::Snapshot))
    }

    #[test]
    fn a_state_that_is_listed_proves_what_asked_for_it() {
        let cases: [(Aim, &[LegState], CustomerAt); 4] = [
            (Aim::Answer, &[LegState::Talking, LegState::Held], CustomerAt::Agent),
            (Aim::Hold, &[LegState::Held], CustomerAt::AgentHeld),
            (Aim::Retrieve, &[LegState::Talking], CustomerAt::Agent),
            (Aim::Take, &[LegState::Talking, LegState::Ringing], CustomerAt::Agent),
        ];
        for (aim, proofs, at) in cases {
            for state in STATES {
                let proved = by_listing(&aim, Some(Listed::As(state)), &Fate::Untold, true);
                assert_eq!(
                    proved,
                    proofs.contains(&state).then(|| done(at)).flatten(),
                    "{aim:?} {state:?}"
                );
            }
            for fate in fates() {
                assert_eq!(by_listing(&aim, Some(Listed::Absent), &fate, true), None, "{aim:?}");
            }
            assert_eq!(by_listing(&aim, None, &Fate::Untold, true), None);
        }
    }

    #[test]
    fn a_call_that_is_gone_proves_no_transfer_and_no_hanging_up() {
        let release_after = Aim::ReleaseAfter { to: "26".into() };
        for aim in [blind(), release_after.clone()] {
            for fate in fates() {
                assert_eq!(
                    by_listing(&aim, Some(Listed::Absent), &fate, true),
                    None,
                    "{aim:?} {fate:?}"
                );
            }
            for state in STATES {
                assert_eq!(
                    by_listing(&aim, Some(Listed::As(state)), &goes_on("", "26"), true),
                    None
                );
            }
        }
        let moved = goes_on("6048", "26");
        assert_eq!(
            by_listing(&blind(), Some(Listed::Absent), &moved, false),
            done(CustomerAt::Queue)
        );
        assert_eq!(
            by_listing(&release_after, Some(Listed::Absent), &moved, false),
            done(CustomerAt::Target)
        );
    }

    #[test]
    fn a_released_call_that_is_gone_was_released_and_only_its_end_proves_the_customer_gone() {
        let at = |after, fate: Fate| by_listing(&Aim::Release(after), Some(Listed::Absent), &fate, false);
        assert_eq!(at(CustomerAt::Gone, Fate::Ended), done(CustomerAt::Gone));
        assert_eq!(at(CustomerAt::Gone, Fate::NoSuchCall), done(CustomerAt::Gone));
        assert_eq!(at(CustomerAt::Gone, goes_on("102", "25")), done(CustomerAt::Unknown));
        assert_eq!(at(CustomerAt::Gone, Fate::Untold), done(CustomerAt::Unknown));
        assert_eq!(at(CustomerAt::Target, Fate::Ended), done(CustomerAt::Gone));
        assert_eq!(at(CustomerAt::Target, Fate::NoSuchCall), done(CustomerAt::Unknown));
        assert_eq!(at(CustomerAt::Agent, Fate::NoSuchCall), done(CustomerAt::Unknown));
        let talking = Some(Listed::As(LegState::Talking));
        assert_eq!(
            by_listing(&Aim::Release(CustomerAt::Gone), talking, &Fate::Ended, true),
            None
        );
    }

    #[test]
    fn what_the_listing_cannot_show_stays_open() {
        let untold = [
            Aim::Dial,
            Aim::Consult,
            Aim::Complete(op()),
            Aim::Cancel(op()),
            Aim::Suspend {
                to: "1321".into(),
                heard: false,
            },
            Aim::Join { held: "1-9".into() },
            Aim::Playback(MediaState::Running, CustomerAt::Agent),
        ];
        for aim in untold {
            for call in STATES.map(Listed::As).into_iter().chain([Listed::Absent]) {
                for fate in fates() {
                    assert_eq!(by_listing(&aim, Some(call), &fate, true), None, "{aim:?} {call:?}");
                }
            }
        }
    }

    #[test]
    fn two_calls_that_the_agent_is_out_of_are_connected_when_one_goes_on() {
        let connect = |left: Option<&str>| Aim::Connect {
            held: "1-9".into(),
            left: left.map(str::to_owned),
        };
        let listing = |calls: &[&str], fate: Fate| Listing {
            calls: calls
                .iter()
                .map(|native| CallView::new(*native, LegState::Held))
                .collect(),
            traced: vec![("1-9".into(), fate)],
            as_of: 0,
        };
        let proved = |aim: &Aim, listing: &Listing| joined_by_listing(aim, ["1-8", "1-9"], listing);
        let told = connect(Some("1-8"));
        assert_eq!(
            proved(&told, &listing(&[], goes_on("6048", ""))),
            done(CustomerAt::Target)
        );
        assert_eq!(proved(&told, &listing(&[], Fate::Ended)), None);
        assert_eq!(proved(&told, &listing(&["1-9"], goes_on("6048", ""))), None);
        assert_eq!(proved(&connect(None), &listing(&[], goes_on("6048", ""))), None);
        let joined = Aim::Join { held: "1-9".into() };
        assert_eq!(proved(&joined, &listing(&[], goes_on("6048", ""))), None);
    }

    #[test]
    fn a_call_talked_in_anew_is_the_one_taken_over() {
        assert_eq!(
            by_listing(&Aim::Intercept, None, &Fate::Untold, true),
            done(CustomerAt::Agent)
        );
        assert_eq!(by_listing(&Aim::Intercept, None, &Fate::Untold, false), None);
    }

    #[test]
    fn a_cancelled_consult_is_proved_by_the_customers_call_alone() {
        let cancel = Aim::Cancel(op());
        let (talking, held) = (Listed::As(LegState::Talking), Listed::As(LegState::Held));
        let absent = Some(Listed::Absent);
        assert_eq!(consult_by_listing(&cancel, talking, absent), done(CustomerAt::Agent));
        assert_eq!(consult_by_listing(&cancel, held, absent), None);
        assert_eq!(consult_by_listing(&cancel, talking, None), None);
        assert_eq!(consult_by_listing(&Aim::Consult, talking, absent), None);
        assert_eq!(consult_by_listing(&Aim::Complete(op()), talking, absent), None);
    }
}
