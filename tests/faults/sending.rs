//! Rows 1 to 16: what can become of a request.

mod answers;
mod giving_up;
mod lost;

use super::table::{Cell, Row};

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        number: 1,
        fault: "connection refused, no such name, TLS refused: before any byte",
        expected: "proved not to be sent; tried again within deadline and budget, a certificate that is refused not",
        shared: &[
            "crates/http/tests/sending.rs::a_refused_connection_proves_that_nothing_was_sent",
            "crates/http/tests/sending.rs::a_name_without_address_proves_that_nothing_was_sent",
            "crates/http/tests/tls.rs::an_unknown_authority_is_refused",
            "crates/core/tests/layers.rs::a_command_that_provably_did_nothing_is_tried_again_within_the_deadline",
        ],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_cc_gateway_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/bad_input.rs::an_unreachable_server_is_tried_again_within_reason_and_named",
            "tests/faults/sending/lost.rs::a_sign_in_that_cannot_be_sent_is_tried_again_within_its_deadline_only",
        ]),
        oifde: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_oifde_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/bad_input.rs::an_unreachable_server_is_tried_again_within_reason_and_named",
            "tests/faults/sending/lost.rs::a_sign_in_that_cannot_be_sent_is_tried_again_within_its_deadline_only",
        ]),
        gws: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_genesys_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/bad_input.rs::an_unreachable_server_is_tried_again_within_reason_and_named",
            "tests/faults/sending/lost.rs::a_sign_in_that_cannot_be_sent_is_tried_again_within_its_deadline_only",
        ]),
    },
    Row {
        number: 2,
        fault: "idle connection closed by the server",
        expected: "sent once on a new connection; nobody notices",
        shared: &[
            "crates/http/tests/sending.rs::an_idle_connection_closed_by_the_server_is_replaced_unnoticed",
            "crates/http/tests/sending.rs::a_reset_on_a_reused_connection_is_not_repeated_either",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/lost.rs::an_idle_connection_closed_by_the_server_costs_no_command_and_doubles_none",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/lost.rs::an_idle_connection_closed_by_the_server_costs_no_command_and_doubles_none",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/lost.rs::an_idle_connection_closed_by_the_server_costs_no_command_and_doubles_none",
        ]),
    },
    Row {
        number: 3,
        fault: "reset after the request was written",
        expected: "unknown; sent once; found out by event or query",
        shared: &[
            "crates/http/tests/sending.rs::a_reset_after_the_request_leaves_the_outcome_unknown_and_is_not_repeated",
            "crates/core/tests/layers.rs::a_command_whose_fate_is_unknown_is_never_sent_twice",
        ],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_cc_gateway_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::a_reset_after_the_whole_transfer_was_written_is_unknown_and_not_sent_again",
        ]),
        oifde: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_oifde_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::a_reset_after_the_whole_transfer_was_written_is_unknown_and_not_sent_again",
        ]),
        gws: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_genesys_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::a_reset_after_the_whole_transfer_was_written_is_unknown_and_not_sent_again",
        ]),
    },
    Row {
        number: 4,
        fault: "the answer is lost, the switch has acted",
        expected: "resolved as done where the vendor shows it; one transfer",
        shared: &["crates/http/tests/in_memory.rs::a_lost_reply_leaves_the_switch_changed_and_the_caller_ignorant"],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_cc_gateway_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::a_transfer_that_took_place_and_whose_answer_was_lost_is_not_sent_again",
            "tests/bad_input.rs::a_lost_answer_is_unknown_and_the_outcome_is_found_by_the_operations_id",
            "crates/huawei-cc-gateway/tests/bad_input.rs::a_lost_answer_to_a_transfer_is_resolved_by_the_events",
        ]),
        oifde: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_oifde_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::a_transfer_that_took_place_and_whose_answer_was_lost_is_not_sent_again",
            "crates/huawei-oifde/tests/adapter/simulator.rs::a_transfer_whose_reply_is_lost_moved_the_customer_once",
        ]),
        gws: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_genesys_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::a_transfer_that_took_place_and_whose_answer_was_lost_is_not_sent_again",
            "tests/bad_input.rs::a_lost_answer_is_unknown_and_the_outcome_is_found_by_the_operations_id",
            "crates/genesys-gws/tests/faults.rs::a_blind_transfer_whose_answer_is_lost_is_sent_once_and_never_said_to_be_done",
        ]),
    },
    Row {
        number: 5,
        fault: "the request is lost, the switch has not acted",
        expected: "stays unknown, as it may still come; never sent again by us",
        shared: &["crates/http/tests/in_memory.rs::a_request_that_is_not_sent_or_lost_on_the_way_does_nothing"],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_cc_gateway_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
        ]),
        oifde: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_oifde_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "crates/huawei-oifde/tests/adapter/faults.rs::a_transfer_whose_answer_is_lost_is_never_sent_again",
        ]),
        gws: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_genesys_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "crates/genesys-gws/tests/late.rs::a_transfer_whose_request_never_arrives_stays_unknown_and_closing_does_not_wait_for_it",
        ]),
    },
    Row {
        number: 6,
        fault: "the request arrives after we gave up",
        expected: "no second transfer; what comes late is matched to its command",
        shared: &["crates/http/tests/in_memory.rs::a_request_may_arrive_after_its_caller_gave_up"],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_cc_gateway_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
        ]),
        oifde: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_oifde_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
        ]),
        gws: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_genesys_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "crates/genesys-gws/tests/late.rs::a_transfer_that_begins_long_after_its_request_was_given_up_is_unknown_and_then_done_late",
        ]),
    },
    Row {
        number: 7,
        fault: "an answer of 200 cut off, or half a chunk",
        expected: "unknown, not refused",
        shared: &["crates/http/tests/sending.rs::a_reply_cut_anywhere_leaves_the_outcome_unknown"],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_cc_gateway_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::half_an_answer_is_no_refusal",
            "tests/bad_input.rs::truncated_json_after_a_transfer_is_unknown_and_the_customer_is_moved_once",
        ]),
        oifde: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_oifde_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::half_an_answer_is_no_refusal",
            "tests/bad_input.rs::truncated_json_after_a_transfer_is_unknown_and_the_customer_is_moved_once",
        ]),
        gws: Cell::Tests(&[
            "crates/simulation/tests/crash_points.rs::wherever_an_exchange_with_genesys_is_cut_no_caller_is_moved_twice_and_nothing_false_is_said",
            "tests/faults/sending/lost.rs::half_an_answer_is_no_refusal",
            "tests/bad_input.rs::truncated_json_after_a_transfer_is_unknown_and_the_customer_is_moved_once",
        ]),
    },
    Row {
        number: 8,
        fault: "the caller drops the future, at any point",
        expected: "nothing leaks; the command stays tracked and its outcome is known",
        shared: &[
            "crates/core/tests/layers.rs::dropping_the_future_changes_nothing_and_the_outcome_stays_available",
            "crates/http/tests/sending.rs::a_request_given_up_by_its_caller_leaves_the_transport_usable",
            "crates/http/tests/in_memory.rs::dropping_the_transport_ends_what_still_runs",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_transfer_whose_caller_goes_away_at_any_point_happens_once_or_not_at_all_and_is_accounted_for",
            "tests/faults/sending/giving_up.rs::a_sign_in_whose_caller_goes_away_at_any_point_leaves_no_second_session_and_no_task",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_transfer_whose_caller_goes_away_at_any_point_happens_once_or_not_at_all_and_is_accounted_for",
            "tests/faults/sending/giving_up.rs::a_sign_in_whose_caller_goes_away_at_any_point_leaves_no_second_session_and_no_task",
            "crates/huawei-oifde/tests/adapter/faults.rs::an_application_that_stops_waiting_leaves_the_truth_behind",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_transfer_whose_caller_goes_away_at_any_point_happens_once_or_not_at_all_and_is_accounted_for",
            "tests/faults/sending/giving_up.rs::a_sign_in_whose_caller_goes_away_at_any_point_leaves_no_second_session_and_no_task",
            "crates/genesys-gws/tests/clock.rs::a_caller_who_goes_away_while_the_transfer_is_sent_changes_nothing_about_it",
        ]),
    },
    Row {
        number: 9,
        fault: "the deadline passes",
        expected: "returns within one hundredth of the deadline, on the paused clock",
        shared: &[
            "crates/core/tests/layers.rs::a_silent_vendor_costs_the_deadline_and_not_more",
            "crates/http/tests/in_memory.rs::a_slow_service_is_given_up_at_the_deadline_and_not_before",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_command_into_silence_returns_within_one_hundredth_of_its_deadline",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_command_into_silence_returns_within_one_hundredth_of_its_deadline",
            "crates/huawei-oifde/tests/adapter/faults.rs::a_deadline_is_kept_to_the_millisecond",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_command_into_silence_returns_within_one_hundredth_of_its_deadline",
        ]),
    },
    Row {
        number: 10,
        fault: "429 or 503 with `Retry-After`: seconds, a date, absurd, negative",
        expected: "heard, within bounds; sent again only where the status proves that nothing was done",
        shared: &[
            "crates/http/src/retry_after.rs::seconds_are_clamped_and_nonsense_is_ignored",
            "crates/http/src/retry_after.rs::a_date_counts_from_the_replys_own_date",
            "crates/core/tests/circuit.rs::a_server_that_names_a_time_is_not_asked_before_it",
            "crates/core/tests/circuit.rs::a_wait_longer_than_the_deadline_is_handed_to_the_caller",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_server_that_asks_to_wait_is_heard_where_nothing_can_happen_twice",
            "tests/faults/sending/giving_up.rs::a_transfer_refused_for_haste_is_sent_again_when_the_server_allows_it_and_not_before",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_server_that_asks_to_wait_is_heard_where_nothing_can_happen_twice",
            "tests/faults/sending/giving_up.rs::a_transfer_refused_for_haste_is_sent_again_when_the_server_allows_it_and_not_before",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::a_server_that_asks_to_wait_is_heard_where_nothing_can_happen_twice",
            "tests/faults/sending/giving_up.rs::a_transfer_refused_for_haste_is_sent_again_when_the_server_allows_it_and_not_before",
        ]),
    },
    Row {
        number: 11,
        fault: "a storm of failures",
        expected: "at most a fifth of additional requests; the server is left alone, then probed",
        shared: &[
            "crates/core/tests/layers.rs::a_storm_of_failures_empties_the_budget_of_retries",
            "crates/core/tests/circuit.rs::after_twenty_failures_in_a_row_commands_are_refused_with_nothing_sent",
            "crates/core/tests/circuit.rs::one_command_at_a_time_goes_to_see_and_the_pauses_grow",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::in_a_storm_of_refusals_the_server_is_left_alone_and_found_again",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::in_a_storm_of_refusals_the_server_is_left_alone_and_found_again",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/giving_up.rs::in_a_storm_of_refusals_the_server_is_left_alone_and_found_again",
        ]),
    },
    Row {
        number: 12,
        fault: "401, or the session expires during a call",
        expected: "one new sign-in for all who wait; the command again only where the refusal is proved",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/links.rs::a_command_refused_for_its_credential_is_not_sent_again_when_no_poll_has_replaced_it",
            "crates/huawei-cc-gateway/tests/rotation.rs::credentials_that_change_every_second_lose_no_agent_and_no_command",
            "crates/huawei-cc-gateway/tests/sessions.rs::a_credential_that_stops_working_on_a_healthy_link_means_that_somebody_took_the_agent",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/credentials.rs::sixty_four_commands_whose_token_the_vendor_refuses_ask_for_one_new_one",
            "crates/huawei-oifde/tests/adapter/credentials.rs::an_expired_token_is_replaced_and_the_command_sent_once_more",
        ]),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/faults.rs::an_expired_http_session_is_renewed_once_and_the_refused_command_is_sent_again",
            "crates/genesys-gws/tests/faults.rs::a_password_changed_meanwhile_ends_the_session_after_one_attempt",
        ]),
    },
    Row {
        number: 13,
        fault: "2xx with a business error",
        expected: "refused with its code, never success; every documented code has its row, an unknown one is kept",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/bad_input.rs::a_code_nobody_documented_is_kept_and_is_no_success",
            "crates/huawei-cc-gateway/src/faults.rs::every_documented_code_has_a_row",
        ]),
        oifde: Cell::Tests(&[
            "tests/bad_input.rs::a_code_nobody_documented_is_kept_and_is_no_success",
            "crates/huawei-oifde/src/faults.rs::every_documented_code_has_one_row",
        ]),
        gws: Cell::Tests(&[
            "tests/bad_input.rs::a_code_nobody_documented_is_kept_and_is_no_success",
            "crates/genesys-gws/src/faults.rs::every_documented_code_has_a_row_with_its_kind_and_effect",
        ]),
    },
    Row {
        number: 14,
        fault: "the result code as number, text, missing, null, of another kind",
        expected: "read where it can be, else unknown; never success",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/answers.rs::a_result_code_that_is_none_is_no_success",
            "crates/huawei-cc-gateway/src/wire/envelope.rs::the_code_may_be_text_a_number_or_missing",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/answers.rs::a_result_code_that_is_none_is_no_success",
            "crates/huawei-oifde/src/wire/envelope.rs::any_value_of_a_code_is_success_only_if_it_is_zero",
            "crates/huawei-oifde/tests/adapter/faults.rs::a_cautious_deployment_takes_an_answer_without_a_code_for_unknown",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/answers.rs::a_result_code_that_is_none_is_no_success",
            "crates/genesys-gws/src/wire/envelope.rs::the_status_code_is_read_as_number_or_text_and_nothing_else_is_an_envelope",
        ]),
    },
    Row {
        number: 15,
        fault: "a login page with 200",
        expected: "an error of protocol, unknown for a command; the page shown in at most 256 bytes, escaped",
        shared: &[
            "crates/http/src/snippet.rs::a_snippet_never_exceeds_256_bytes",
            "crates/http/tests/in_memory.rs::a_page_from_somebody_in_front_is_no_success",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/answers.rs::a_login_page_is_shown_in_one_short_line_and_proves_nothing",
            "tests/bad_input.rs::a_login_page_in_place_of_an_answer_leaves_a_transfer_unknown_and_unrepeated",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/answers.rs::a_login_page_is_shown_in_one_short_line_and_proves_nothing",
            "tests/bad_input.rs::a_login_page_in_place_of_an_answer_leaves_a_transfer_unknown_and_unrepeated",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/answers.rs::a_login_page_is_shown_in_one_short_line_and_proves_nothing",
            "tests/bad_input.rs::a_login_page_in_place_of_an_answer_leaves_a_transfer_unknown_and_unrepeated",
        ]),
    },
    Row {
        number: 16,
        fault: "interim answers, 204, redirects",
        expected: "a redirect is an error and nothing is sent elsewhere; nothing empty is success",
        shared: &[
            "crates/http/tests/sending.rs::a_redirect_is_an_error_and_nothing_goes_elsewhere",
            "crates/http/tests/sending.rs::interim_and_empty_answers_are_understood",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sending/answers.rs::no_redirect_is_followed_by_any_command_sign_in_or_poll",
            "tests/faults/sending/answers.rs::interim_and_empty_answers_are_no_success_of_a_transfer",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sending/answers.rs::no_redirect_is_followed_by_any_command_sign_in_or_poll",
            "tests/faults/sending/answers.rs::interim_and_empty_answers_are_no_success_of_a_transfer",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sending/answers.rs::no_redirect_is_followed_by_any_command_sign_in_or_poll",
            "tests/faults/sending/answers.rs::interim_and_empty_answers_are_no_success_of_a_transfer",
        ]),
    },
];
