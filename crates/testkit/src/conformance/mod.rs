//! The conformance suite: what every adapter has to keep, as named tests that any adapter runs by one macro and a [`Harness`].
//!
//! It walks the whole capability table both ways. What is *claimed* must work: the outcome is compared with the truth (done means that the
//! journal has it, failed means that the customer is where the outcome says, and never are there two moves). What is *not claimed* must be
//! refused as `Unsupported` with nothing on the wire, by the adapter itself and under the layers. An emulated operation must be refused where the
//! policy forbids it and work where it does not. Where the manifest says that an outcome can never be known, none may be claimed.
//!
//! ```
//! use callcontrol_testkit::conformance::FakeHarness;
//!
//! # #[cfg(test)]
//! callcontrol_testkit::conformance!(FakeHarness::new);
//! ```

mod absent;
mod calls;
mod cells;
mod check;
mod commands;
mod fake_harness;
mod faults;
mod harness;
mod moves;
mod prepare;
mod report;
mod run;
mod sessions;
mod stage;

use serde::{Deserialize, Serialize};

pub use fake_harness::FakeHarness;
pub use harness::{Arrival, Caller, Cast, Deed, Harness, Mishap, Part, play_on};
pub use report::{CellFound, Finding, Report, Tested};
pub use run::{check, names, run};

/// A part of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Profile {
    /// Signing in and out, agent states, legs of calls.
    Session,
    /// One-command transfers.
    Transfer,
    /// Consults and their four ways on.
    Consult,
    /// Conferences and joined calls.
    Conference,
    /// Queues.
    Requeue,
    /// Tones.
    Dtmf,
    /// Business data, look-ups, the vendor's own words.
    Data,
    /// What the feed tells.
    Events,
    /// Lost requests, lost answers, broken links, lost sessions.
    Recovery,
    /// What errors say and what they must not.
    Errors,
    /// What is not claimed.
    Absent,
    /// Supervision.
    Supervision,
    /// Recording and playback.
    Media,
    /// Standing settings of a session.
    Settings,
}

impl Profile {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Transfer => "transfer",
            Self::Consult => "consult",
            Self::Conference => "conference",
            Self::Requeue => "requeue",
            Self::Dtmf => "dtmf",
            Self::Data => "data",
            Self::Events => "events",
            Self::Recovery => "recovery",
            Self::Errors => "errors",
            Self::Absent => "absent",
            Self::Supervision => "supervision",
            Self::Media => "media",
            Self::Settings => "settings",
        }
    }
}

/// Makes one `#[tokio::test]` of every test of the suite, under the paused clock. Takes what makes a [`Harness`]: a function or closure without arguments.
///
/// The crate that calls it has `tokio` with `macros`, `rt` and `test-util` among its dev-dependencies. A vendor that is reached over sockets needs real time: `conformance!(make, real time)`.
#[macro_export]
macro_rules! conformance {
    ($make:expr) => {
        $crate::conformance_tests!([$crate::conformance_fns](start_paused = true), $make);
    };
    ($make:expr, real time) => {
        $crate::conformance_tests!([$crate::conformance_fns](), $make);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! conformance_fns {
    ($how:tt, $make:expr; $($module:ident $profile:ident { $($name:ident)* })*) => {
        $($($crate::conformance_fn!($how, $make, $name);)*)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! conformance_fn {
    (($($how:tt)*), $make:expr, $name:ident) => {
        #[tokio::test($($how)*)]
        async fn $name() {
            $crate::conformance::check(&$make, stringify!($name)).await;
        }
    };
}

/// The list of all tests: module, profile, names. Hands it to the macro that is given.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ([$($then:tt)*] $($arg:tt)*) => {
        $($then)* ! { $($arg)*;
            cells Session {
                an_agent_signs_in
                an_agent_signs_out
                an_agent_changes_readiness
                a_call_known_from_elsewhere_is_taken_into_view
                somebody_is_called
                a_call_that_rings_at_a_colleague_is_picked_up
                a_waiting_call_is_taken
                a_ringing_call_is_answered
                a_call_is_held
                a_held_call_is_taken_back
                the_agent_is_muted
                the_agent_is_heard_again
                the_agent_leaves_the_call
                the_call_is_cleared_for_all
                who_talks_in_a_robots_session_changes
                something_is_said_in_the_robots_name
            }
            sessions Session {
                a_wrong_password_is_tried_once
                after_signing_out_nothing_more_is_accepted
            }
            cells Transfer {
                a_blind_transfer_moves_the_customer_once
                a_release_after_transfer_moves_the_customer_once
                a_suspended_customer_comes_back
                a_running_transfer_is_taken_back
            }
            moves Transfer {
                the_agent_stays_until_the_target_answers
                a_busy_target_leaves_the_customer_where_the_outcome_says
                an_unanswered_target_leaves_the_customer_where_the_outcome_says
                a_rejected_transfer_leaves_the_customer_where_the_outcome_says
                a_blind_transfer_to_a_busy_target_claims_nothing_false
                the_customer_hangs_up_while_the_target_rings
                a_second_transfer_during_the_first_is_a_conflict
            }
            cells Consult {
                a_third_party_is_consulted
                a_third_party_is_consulted_by_three
                a_consult_is_completed
                a_consult_is_cancelled
                a_consult_is_swapped
                a_consult_is_merged
            }
            moves Consult {
                a_busy_third_party_is_told
                the_customer_hangs_up_during_a_consult
            }
            cells Conference {
                a_party_is_brought_into_the_conference
                a_party_is_put_out_of_the_conference
                two_calls_are_joined_into_a_conference
                two_calls_are_connected
            }
            cells Requeue {
                a_connected_call_goes_back_to_a_queue
                a_waiting_call_moves_to_another_queue
            }
            cells Dtmf {
                tones_are_sent
                the_customers_tones_are_relayed
            }
            cells Data {
                a_call_carries_data
                something_is_looked_up
                the_state_is_read
                the_vendors_own_words_are_passed_on
                a_pushed_message_is_taken_in
            }
            calls Events {
                a_calls_whole_life_is_told
                the_events_of_a_session_have_no_holes
                what_was_missed_is_announced_and_made_good
            }
            faults Recovery {
                a_lost_answer_moves_the_customer_once
                a_lost_request_is_not_sent_again
                a_connection_refused_is_tried_again
                a_displaced_session_says_so
                an_expired_session_says_so
            }
            faults Errors {
                a_refused_command_has_no_effect
                a_call_that_does_not_exist_is_refused_unsent
                a_hostile_address_is_refused_unsent
                no_error_shows_a_secret
            }
            absent Absent {
                what_is_not_claimed_is_refused_unsent
                what_the_policy_forbids_is_refused_unsent
                the_manifest_states_how_every_outcome_is_known
            }
            cells Supervision {
                a_supervisor_listens
                a_supervisor_whispers
                a_supervisor_barges_in
                a_supervisor_changes_the_way
                a_supervisor_stops
                a_supervisor_takes_the_customer_over
                a_supervisor_mutes_the_agent
                a_supervisor_signs_an_agent_out
            }
            cells Media {
                a_call_is_recorded
                the_screen_is_recorded
                a_file_is_played
            }
            cells Settings {
                calls_are_forwarded
                calls_are_turned_away
                calls_are_answered_by_the_platform
                the_agent_is_ready_after_each_call
                calls_are_accepted_or_not
                the_queues_are_chosen
            }
        }
    };
}
