//! Rows 52 to 67: two commands at once, sessions, parties who vanish.

mod commands;
mod configuration;
mod parties;
mod races;
pub(crate) mod stage;

use super::table::{Cell, Row};

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        number: 52,
        fault: "two commands on one call at once",
        expected: "the second is refused and names the first; nothing is sent",
        shared: &[
            "crates/core/tests/layers.rs::two_commands_at_once_on_one_call_conflict_and_tones_go_beside_them",
            "crates/core/tests/layers.rs::a_second_transfer_while_one_waits_for_its_outcome_is_a_conflict_naming_the_first",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/ours/commands.rs::while_one_command_is_being_sent_another_one_on_the_call_is_refused_and_names_it",
            "tests/bad_input.rs::a_second_transfer_while_one_runs_is_a_conflict_with_nothing_sent",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/ours/commands.rs::while_one_command_is_being_sent_another_one_on_the_call_is_refused_and_names_it",
            "crates/huawei-oifde/tests/adapter/steering.rs::a_second_command_while_one_is_being_sent_gets_a_conflict_that_names_it",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/ours/commands.rs::while_one_command_is_being_sent_another_one_on_the_call_is_refused_and_names_it",
            "tests/bad_input.rs::a_second_transfer_while_one_runs_is_a_conflict_with_nothing_sent",
            "crates/genesys-gws/tests/stack.rs::while_a_recipe_runs_another_move_of_the_call_is_a_conflict_and_sends_nothing",
        ]),
    },
    Row {
        number: 53,
        fault: "the same operation id twice",
        expected: "the same receipt or error, one request",
        shared: &["crates/core/tests/layers.rs::the_same_operation_id_twice_gets_the_same_receipt_and_one_request"],
        cc_gateway: Cell::Tests(&[
            "tests/faults/ours/commands.rs::the_same_operation_id_twice_is_one_request_and_the_same_receipt",
            "tests/faults/ours/commands.rs::the_same_operation_id_after_a_lost_answer_moves_nobody_again",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/ours/commands.rs::the_same_operation_id_twice_is_one_request_and_the_same_receipt",
            "tests/faults/ours/commands.rs::the_same_operation_id_after_a_lost_answer_moves_nobody_again",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/ours/commands.rs::the_same_operation_id_twice_is_one_request_and_the_same_receipt",
            "tests/faults/ours/commands.rs::the_same_operation_id_after_a_lost_answer_moves_nobody_again",
            "crates/genesys-gws/tests/stack.rs::a_recipe_asked_for_twice_under_one_operation_id_runs_once_and_both_see_the_same_journal",
        ]),
    },
    Row {
        number: 54,
        fault: "somebody else signs in with this agent",
        expected: "the session is displaced; no fight; calls are unknown until a snapshot",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/displaced.rs::agents_taken_one_after_the_other_are_displaced",
            "crates/huawei-cc-gateway/tests/sessions.rs::a_session_that_somebody_ends_at_the_gateway_is_displaced_and_can_be_opened_again",
            "crates/huawei-cc-gateway/tests/sessions.rs::an_agent_signed_in_elsewhere_is_displaced_only_if_asked_for",
        ]),
        oifde: Cell::Never("no agent is signed in at the engine; a session is kept here only"),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/recovery.rs::an_agent_whom_somebody_signs_out_is_displaced_for_good",
            "crates/genesys-gws/tests/faults.rs::the_same_agent_cannot_be_signed_in_twice_here",
        ]),
    },
    Row {
        number: 55,
        fault: "signed out by a supervisor, or for not polling",
        expected: "the session is lost and says so; the deployment decides on signing in again",
        shared: &["crates/core/tests/feed.rs::when_a_session_ends_its_open_operations_end_as_unknown"],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/displaced.rs::an_agent_signed_out_by_a_supervisor_is_displaced_and_stays_so",
            "crates/huawei-cc-gateway/tests/displaced.rs::an_agent_taken_on_a_healthy_link_comes_back_only_with_sign_in_again_always",
            "crates/huawei-cc-gateway/tests/links.rs::two_minutes_without_a_poll_sign_the_agent_out_and_it_signs_in_again_only_where_that_is_wanted",
        ]),
        oifde: Cell::Never("no agent is signed in at the engine; a session is kept here only"),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/recovery.rs::an_agent_is_signed_in_again_once_a_minute_where_the_deployment_wants_it",
            "crates/genesys-gws/tests/recovery.rs::where_signing_in_again_is_forbidden_a_lost_http_session_is_the_end",
        ]),
    },
    Row {
        number: 56,
        fault: "a wrong password",
        expected: "one attempt; we lock nobody out",
        shared: &[
            "crates/core/tests/layers.rs::a_refused_password_is_tried_once",
            "tests/bad_input.rs::a_wrong_password_is_tried_once_and_never_shown",
        ],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/sessions.rs::a_wrong_password_is_tried_once",
            "crates/huawei-cc-gateway/tests/restart.rs::a_password_that_was_changed_meanwhile_is_tried_once",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/vectors.rs::a_wrong_password_is_tried_exactly_once",
            "crates/huawei-oifde/tests/adapter/credentials.rs::a_wrong_password_is_tried_once_and_then_remembered",
        ]),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/faults.rs::a_wrong_password_is_tried_once_and_leaves_nothing_behind",
            "crates/genesys-gws/tests/faults.rs::a_password_changed_meanwhile_ends_the_session_after_one_attempt",
        ]),
    },
    Row {
        number: 57,
        fault: "the vendor renames a call",
        expected: "our id stays",
        shared: &["crates/core/tests/feed.rs::a_call_keeps_its_id_when_the_vendor_renames_it"],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/transfers.rs::the_target_agent_of_a_transfer_sees_the_same_call_and_takes_it",
            "crates/huawei-cc-gateway/tests/forwarding.rs::the_customer_waits_and_the_third_party_is_talked_to_in_a_leg_of_its_own",
        ]),
        oifde: Cell::Never("a robot's session keeps its id to its end"),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/consult_truth.rs::the_consulted_agents_call_keeps_our_id_when_the_server_renames_it",
            "crates/genesys-gws/src/identity.rs::a_consulted_call_that_vanished_goes_on_as_the_one_that_appeared",
            "crates/genesys-gws/src/identity.rs::where_two_readings_are_possible_nothing_is_renamed",
        ]),
    },
    Row {
        number: 58,
        fault: "a call whose end was not told",
        expected: "found out by asking, announced, and ended as reconciled",
        shared: &["crates/core/tests/feed.rs::what_a_listing_shows_to_have_been_missed_comes_after_a_gap"],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sessions/links.rs::a_call_of_cc_gateway_whose_end_was_not_told_is_found_out_and_ended_as_reconciled",
            "crates/huawei-cc-gateway/tests/lost_events.rs::a_call_whose_end_was_never_told_is_found_to_be_over_within_minutes",
        ]),
        oifde: Cell::Never(
            "nobody tells of a robot call's end or can be asked: what is shown is what was told last, and says so",
        ),
        gws: Cell::Tests(&[
            "tests/faults/sessions/links.rs::a_call_of_genesys_whose_end_was_not_told_is_found_out_and_ended_as_reconciled",
            "crates/genesys-gws/tests/stream.rs::a_call_whose_end_was_never_told_is_found_to_be_over_and_ended_as_reconciled",
            "crates/genesys-gws/tests/recovery.rs::a_session_without_calls_is_kept_alive_and_a_call_whose_end_was_not_told_is_found",
        ]),
    },
    Row {
        number: 59,
        fault: "an event for another agent",
        expected: "changes nothing here, and is logged",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/events/strange.rs::an_event_for_another_agent_changes_nothing_here",
            "crates/huawei-cc-gateway/tests/push.rs::a_push_without_the_right_token_or_of_another_stay_is_turned_away_and_publishes_nothing",
        ]),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&["crates/genesys-gws/tests/stream.rs::news_of_somebody_elses_device_changes_nothing_here"]),
    },
    Row {
        number: 60,
        fault: "401, 403, 404 and 405 in each vendor's meaning",
        expected: "told apart; what the configuration may have wrong is named",
        shared: &["crates/http/src/fault.rs::each_status_has_its_kind_and_says_whether_the_command_may_have_run"],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/statuses.rs::no_session_no_right_no_path_and_no_method_are_told_apart_and_a_wrong_address_names_the_base_url",
            "crates/huawei-cc-gateway/tests/statuses.rs::a_sign_in_at_a_wrong_path_names_the_base_url_and_is_tried_once",
            "crates/huawei-cc-gateway/tests/statuses.rs::the_gateways_own_words_for_no_session_and_no_right_come_with_status_200",
            "crates/huawei-cc-gateway/src/faults.rs::every_documented_code_has_a_row",
            "crates/huawei-cc-gateway/tests/bad_input.rs::an_error_page_of_a_proxy_is_named_as_such",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/outages.rs::a_path_that_is_not_the_engines_names_the_base_url_and_a_refused_right_does_not",
            "crates/huawei-oifde/src/faults.rs::a_refused_token_is_recognised_with_200_and_with_401",
            "crates/huawei-oifde/tests/adapter/vectors.rs::an_html_403_and_a_500_with_json_are_told_apart",
            "crates/huawei-oifde/tests/adapter/simulator.rs::a_proxy_in_the_way_is_named_and_an_unreachable_host_moves_nobody",
        ]),
        gws: Cell::Tests(&[
            "crates/genesys-gws/src/faults.rs::the_status_code_decides_and_not_the_http_status",
            "crates/genesys-gws/src/faults.rs::what_answers_no_such_page_at_sign_in_is_not_web_services",
        ]),
    },
    Row {
        number: 61,
        fault: "wrong, missing or unknown keys in the configuration; a secret that everybody can read",
        expected: "the error names file, key and what is expected, and repeats no secret; the file mode is warned of",
        shared: &[
            "tests/faults/ours/configuration.rs::a_secret_file_that_everybody_can_read_is_warned_of_by_its_name_and_without_its_content",
            "crates/callcontrol/tests/config.rs::each_mistake_names_the_key_and_what_was_expected",
            "crates/callcontrol/tests/config.rs::a_file_that_does_not_exist_is_named",
            "crates/callcontrol/tests/config.rs::a_secret_that_cannot_be_read_is_named_by_its_place",
            "crates/callcontrol/tests/config.rs::a_secret_in_the_file_itself_is_refused_and_not_repeated",
            "crates/cli/tests/cli.rs::a_wrong_configuration_exits_with_3_and_names_the_key",
        ],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/src/config.rs::unknown_keys_and_values_out_of_bounds_are_named",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/src/config.rs::an_unknown_key_and_a_password_in_the_file_are_refused_without_showing_it",
        ]),
        gws: Cell::Tests(&["crates/genesys-gws/src/config.rs::unknown_keys_and_values_out_of_bounds_are_named"]),
    },
    Row {
        number: 62,
        fault: "a simulator's control API is asked from elsewhere",
        expected: "it listens on loopback, and nowhere else even when told to",
        shared: &[
            "crates/cli/tests/reach.rs::no_simulator_listens_where_other_machines_could_reach_its_control_api",
            "crates/cli/tests/reach.rs::a_simulator_that_is_not_told_where_listens_on_loopback_only",
        ],
        cc_gateway: Cell::Shared,
        oifde: Cell::Shared,
        gws: Cell::Shared,
    },
    Row {
        number: 63,
        fault: "the customer hangs up: before the transfer arrives, while the target rings, during the consult, after a swap",
        expected: "the outcome says so; nobody is left with a dead call",
        shared: &["crates/testkit/tests/fake.rs::the_customer_hangs_up_while_the_colleague_rings"],
        cc_gateway: Cell::Tests(&[
            "tests/faults/ours/parties.rs::a_customer_who_hangs_up_before_the_transfer_arrives_is_gone_and_nobody_is_moved",
            "tests/faults/ours/parties.rs::a_customer_who_hangs_up_while_the_target_rings_is_gone_and_the_target_falls_silent",
            "tests/faults/ours/parties.rs::a_customer_who_hangs_up_during_the_consult_is_gone_and_the_agent_is_freed",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/ours/parties.rs::a_customer_who_hangs_up_before_the_transfer_arrives_is_gone_and_nobody_is_moved",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/ours/parties.rs::a_customer_who_hangs_up_before_the_transfer_arrives_is_gone_and_nobody_is_moved",
            "tests/faults/ours/parties.rs::a_customer_who_hangs_up_while_the_target_rings_is_gone_and_the_target_falls_silent",
            "tests/faults/ours/parties.rs::a_customer_who_hangs_up_during_the_consult_is_gone_and_the_agent_is_freed",
            "crates/genesys-gws/tests/recipes.rs::a_customer_who_hangs_up_in_any_phase_is_gone_and_leaves_no_consult_dangling",
        ]),
    },
    Row {
        number: 64,
        fault: "the target is busy, silent, unwilling, out of service, or hangs up at once",
        expected: "the agent keeps the customer; the cause is named as far as the vendor tells it",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/ours/parties.rs::a_target_that_does_not_take_the_call_leaves_the_customer_with_the_agent",
            "tests/faults/ours/parties.rs::a_target_that_answers_and_hangs_up_at_once_leaves_nothing_false_behind",
            "crates/huawei-cc-gateway/tests/forwarding.rs::a_third_party_that_rejects_leaves_no_leg_behind",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/simulator.rs::a_busy_or_unknown_target_shows_after_success_was_returned_and_is_not_told",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/ours/parties.rs::a_target_that_does_not_take_the_call_leaves_the_customer_with_the_agent",
            "tests/faults/ours/parties.rs::a_target_that_answers_and_hangs_up_at_once_leaves_nothing_false_behind",
            "crates/genesys-gws/tests/recipes.rs::a_target_who_hangs_up_before_the_hand_over_gives_the_customer_back",
        ]),
    },
    Row {
        number: 65,
        fault: "the target answers while cancel is under way; the customer comes back while the agent hangs up",
        expected: "the switch's order counts, whichever it is",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/ours/races.rs::when_the_target_answers_while_cancel_is_under_way_the_switchs_order_wins",
            "tests/faults/ours/races.rs::when_the_customer_comes_back_while_the_agent_hangs_up_the_switchs_order_wins",
        ]),
        oifde: Cell::Never("nothing can be taken back, and nobody comes back from a flow"),
        gws: Cell::Tests(&[
            "tests/faults/ours/races.rs::when_the_target_answers_while_cancel_is_under_way_the_switchs_order_wins",
            "crates/genesys-gws/tests/recipes.rs::a_transfer_cannot_be_taken_back_while_it_is_handed_over_and_nothing_is_undone",
            "crates/genesys-gws/tests/late.rs::a_transfer_taken_back_before_it_shows_is_undone_when_it_comes_late",
        ]),
    },
    Row {
        number: 66,
        fault: "a completion is refused",
        expected: "the consult comes back and can be cancelled; the customer's hold is shown",
        shared: &[
            "crates/core/tests/feed.rs::a_consult_that_cannot_be_completed_comes_back_and_can_still_be_cancelled",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/ours/races.rs::a_refused_completion_gives_the_consult_back_and_it_can_still_be_cancelled",
            "crates/huawei-cc-gateway/tests/consults.rs::a_consult_cannot_be_completed_before_the_third_party_answers",
        ]),
        oifde: Cell::Never("the engine knows no consult"),
        gws: Cell::Tests(&[
            "tests/faults/ours/races.rs::a_refused_completion_gives_the_consult_back_and_it_can_still_be_cancelled",
            "crates/genesys-gws/tests/consult_truth.rs::a_refused_completion_leaves_the_consult_and_the_customer_where_they_were_however_it_is_told",
        ]),
    },
    Row {
        number: 67,
        fault: "a recipe fails half-way",
        expected: "undone or told step by step: the journal shows what ran",
        shared: &[
            "crates/core/src/receipt.rs::the_journal_of_a_recipe_says_which_step_failed_and_what_was_undone",
            "tests/faults/ours/races.rs::no_recipe_of_commands_is_claimed_where_every_command_is_the_vendors_own",
        ],
        cc_gateway: Cell::Never("no recipe of commands is claimed"),
        oifde: Cell::Never("no recipe of commands is claimed"),
        gws: Cell::Tests(&[
            "tests/faults/ours/races.rs::a_recipe_that_fails_half_way_is_undone_and_its_journal_tells_each_step",
            "crates/genesys-gws/tests/recipes.rs::wherever_a_request_of_a_recipe_is_cut_and_whoever_hangs_up_the_journal_and_the_outcome_are_the_switchs",
            "crates/genesys-gws/tests/recipes.rs::a_way_back_that_stops_half_way_leaves_the_customer_on_hold_and_says_so",
            "crates/genesys-gws/tests/consults.rs::a_hand_over_that_is_refused_gives_the_customer_back",
            "crates/genesys-gws/tests/consults.rs::a_refused_cancel_leaves_the_consult_standing",
        ]),
    },
];
