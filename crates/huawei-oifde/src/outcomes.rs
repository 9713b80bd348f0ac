//! What becomes of an order is never told (vendor page, sections 4.8 and 6): outcomes say so, and why.

use callcontrol_core::{CustomerAt, Evidence, Outcome};

use crate::wire::work_mode::WorkMode;

/// The vendor took the order and will say no more.
pub(crate) fn accepted(mode: WorkMode) -> Outcome {
    let customer = match mode {
        WorkMode::Common | WorkMode::Supervision | WorkMode::Insertion => CustomerAt::Robot,
        // With the robot until its next turn, then on the way; nobody says when.
        WorkMode::Transfer => CustomerAt::Unknown,
    };
    Outcome::unknown(Evidence::AcceptedOnly, customer)
}

/// The answer was lost; no event and no query will ever resolve this.
pub(crate) fn answer_lost() -> Outcome {
    Outcome::unknown(Evidence::AnswerLost, CustomerAt::Unknown)
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
        for mode in WorkMode::ALL {
            let outcome = accepted(mode);
            assert_eq!(
                (outcome.verdict, outcome.evidence),
                (Verdict::Unknown, Evidence::AcceptedOnly)
            );
        }
        assert_eq!(accepted(WorkMode::Insertion).customer, CustomerAt::Robot);
        assert_eq!(accepted(WorkMode::Transfer).customer, CustomerAt::Unknown);
        assert_eq!(answer_lost().verdict, Verdict::Unknown);
    }
}
