//! What becomes of an order is never told (vendor page, sections 4.8 and 6): outcomes say so, and why.

use callcontrol_core::{CustomerAt, Evidence, Outcome};

use crate::calls::Deed;
use crate::wire::work_mode::WorkMode;

/// The vendor took the order and will say no more.
pub(crate) fn accepted(deed: Deed) -> Outcome {
    let customer = match deed {
        // The page does not say whether success means that the customer has heard it (section 5).
        Deed::Change(WorkMode::Common | WorkMode::Supervision | WorkMode::Insertion) | Deed::Reply => CustomerAt::Robot,
        // With the robot until its next turn, then on the way; nobody says when.
        Deed::Change(WorkMode::Transfer) => CustomerAt::Unknown,
    };
    Outcome::unknown(Evidence::AcceptedOnly, customer)
}

/// The answer was lost; no event and no query will ever resolve this.
pub(crate) fn answer_lost(deed: Deed) -> Outcome {
    let customer = match deed {
        Deed::Change(_) => CustomerAt::Unknown,
        // Heard or not, a reply moves nobody.
        Deed::Reply => CustomerAt::Robot,
    };
    Outcome::unknown(Evidence::AnswerLost, customer)
}

/// A new record of this session's transfer to this number has appeared: inferred, since nothing ties it to the order but that.
pub(crate) fn recorded() -> Outcome {
    Outcome::done(CustomerAt::Target).by(Evidence::Snapshot)
}

/// No record appeared, which proves nothing: not every transfer is recorded.
pub(crate) fn nothing_recorded() -> Outcome {
    accepted(Deed::Change(WorkMode::Transfer))
}

/// Signing off concerns this adapter only.
pub(crate) fn signed_off() -> Outcome {
    Outcome::done(CustomerAt::Unknown).by(Evidence::Answer)
}

#[cfg(test)]
mod tests {
    use callcontrol_core::Verdict;

    use super::*;

    #[test]
    fn no_accepted_order_claims_to_be_done() {
        let deeds = WorkMode::ALL.map(Deed::Change);
        for deed in deeds.into_iter().chain([Deed::Reply]) {
            let outcome = accepted(deed);
            assert_eq!(
                (outcome.verdict, outcome.evidence),
                (Verdict::Unknown, Evidence::AcceptedOnly)
            );
        }
        assert_eq!(accepted(Deed::Change(WorkMode::Insertion)).customer, CustomerAt::Robot);
        assert_eq!(nothing_recorded().customer, CustomerAt::Unknown);
        assert_eq!(answer_lost(Deed::Reply).customer, CustomerAt::Robot);
        assert_eq!(
            answer_lost(Deed::Change(WorkMode::Transfer)).customer,
            CustomerAt::Unknown
        );
        assert_eq!(answer_lost(Deed::Reply).verdict, Verdict::Unknown);
    }
}
