//! Rows 28 to 35: credentials, sign-ins, outages, the end of a process.

mod killed;
mod links;
mod shut_down;

use super::table::{Cell, Row};

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        number: 28,
        fault: "the credential changes with each poll",
        expected: "the newest counts, by the order of polls; a command refused for an old one is sent again only when that proves it was refused",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/rotation.rs::credentials_that_change_every_second_lose_no_agent_and_no_command",
            "crates/huawei-cc-gateway/tests/sessions.rs::a_rotating_credential_is_followed_for_an_hour",
            "crates/huawei-cc-gateway/src/link.rs::a_command_refused_for_a_credential_that_a_poll_has_just_replaced_is_sent_once_more",
            "crates/huawei-cc-gateway/tests/links.rs::a_command_refused_for_its_credential_is_not_sent_again_when_no_poll_has_replaced_it",
        ]),
        oifde: Cell::Never("nothing is polled; a token lives for its time"),
        gws: Cell::Never("its cookie and token do not change with polls"),
    },
    Row {
        number: 29,
        fault: "somebody signs in with the agent elsewhere",
        expected: "the session is over, told once; nobody fights for it",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/displaced.rs::an_agent_signed_out_by_a_supervisor_is_displaced_and_stays_so",
            "crates/huawei-cc-gateway/tests/displaced.rs::agents_taken_one_after_the_other_are_displaced",
            "crates/huawei-cc-gateway/tests/displaced.rs::another_application_that_takes_over_all_agents_at_once_keeps_them",
        ]),
        oifde: Cell::Never("no agent is signed in at the engine; a session is kept here only"),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/recovery.rs::an_agent_whom_somebody_signs_out_is_displaced_for_good",
        ]),
    },
    Row {
        number: 30,
        fault: "an outage, after which all agents come back",
        expected: "spread over the window, peak second at most 1.3 times the mean; the picture is compared",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/restart.rs::two_hundred_agents_come_back_after_a_restart_not_as_a_herd_and_no_call_is_made_up",
            "crates/huawei-cc-gateway/tests/restart.rs::a_server_killed_and_started_again_on_the_same_port_gets_its_two_hundred_agents_back",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/credentials.rs::sixty_four_commands_with_an_expired_token_ask_for_one_new_one",
        ]),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/recovery.rs::five_hundred_agents_survive_a_restart_and_a_minute_of_darkness_without_a_herd_and_without_an_invented_event",
            "crates/genesys-gws/tests/recovery.rs::five_hundred_agents_told_at_the_same_instant_that_the_server_has_forgotten_them_come_back_in_a_row",
        ]),
    },
    Row {
        number: 31,
        fault: "one of the server's addresses is dead",
        expected: "the next one within the connect time-out; what may have been written goes nowhere else",
        shared: &[
            "crates/http/src/failover.rs::a_dead_address_is_passed_over_and_the_next_one_kept",
            "crates/http/src/failover.rs::a_request_that_may_have_been_written_goes_nowhere_else",
            "crates/http/src/failover.rs::with_every_address_dead_the_first_one_is_named",
        ],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/fail_over.rs::when_the_address_in_use_dies_the_agent_goes_on_at_the_other_one",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/outages.rs::when_the_address_in_use_dies_the_next_command_reaches_the_other_one",
            "crates/huawei-oifde/tests/adapter/outages.rs::a_transfer_that_one_address_may_have_taken_is_not_given_to_the_other",
        ]),
        gws: Cell::Tests(&["crates/genesys-gws/tests/faults.rs::a_fail_over_to_another_node_is_survived"]),
    },
    Row {
        number: 32,
        fault: "a server that flaps",
        expected: "pauses grow although it answers now and then",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sessions/links.rs::a_server_that_flaps_is_not_asked_more_often_because_it_answered_once",
            "crates/huawei-cc-gateway/tests/flapping.rs::a_link_that_comes_and_goes_is_said_to_be_restored_only_when_it_holds",
            "crates/huawei-cc-gateway/tests/flapping.rs::a_gateway_that_forgets_its_agents_at_every_flap_is_not_swamped_with_sign_ins",
        ]),
        oifde: Cell::Never("nothing is kept up that could flap: each command asks by itself"),
        gws: Cell::Tests(&[
            "tests/faults/sessions/links.rs::a_server_that_flaps_is_not_asked_more_often_because_it_answered_once",
            "crates/genesys-gws/tests/flapping.rs::a_server_that_flaps_is_met_ever_more_seldom_and_told_of_once_per_change",
            "crates/genesys-gws/src/cometd/machine_tests.rs::a_flapping_server_does_not_reset_the_pauses_however_much_it_has_to_tell_but_one_that_stays_does",
        ]),
    },
    Row {
        number: 33,
        fault: "the server announces its end",
        expected: "the agent moves on without losing an operation",
        shared: &["crates/http/tests/sending.rs::an_idle_connection_closed_by_the_server_is_replaced_unnoticed"],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/displaced.rs::a_gateway_that_ends_all_polls_in_good_order_gets_its_agents_back",
            "crates/huawei-cc-gateway/tests/links.rs::an_agent_switched_to_another_server_is_polled_again",
        ]),
        oifde: Cell::Shared,
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/stream.rs::a_server_that_announces_its_end_loses_no_operation",
            "crates/genesys-gws/src/cometd/machine_tests.rs::advice_to_shake_hands_on_a_good_connect_is_taken_and_the_gap_told",
            "crates/genesys-gws/tests/recovery.rs::a_transfer_in_flight_stays_unknown_after_every_loss_and_is_never_sent_twice",
        ]),
    },
    Row {
        number: 34,
        fault: "shutdown with commands on their way",
        expected: "waits no longer than the grace; each ends as not sent or unknown; agents are signed out; no task is left",
        shared: &["crates/core/tests/layers.rs::after_shutdown_commands_are_refused_and_feeds_end"],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sessions/shut_down.rs::a_shutdown_waits_for_a_transfer_that_ends_within_the_grace_and_signs_out",
            "tests/faults/sessions/shut_down.rs::a_transfer_that_outlives_the_grace_ends_as_unknown_and_is_not_sent_again",
            "crates/huawei-cc-gateway/tests/shutting_down.rs::a_transfer_under_way_ends_as_unknown_and_no_task_is_left",
            "crates/huawei-cc-gateway/tests/shutting_down.rs::every_idle_agent_is_signed_out_also_from_a_broken_link",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sessions/shut_down.rs::a_shutdown_waits_for_a_transfer_that_ends_within_the_grace_and_signs_out",
            "tests/faults/sessions/shut_down.rs::a_transfer_that_outlives_the_grace_ends_as_unknown_and_is_not_sent_again",
            "crates/huawei-oifde/tests/adapter/adopting.rs::after_shutdown_nothing_opens_and_every_session_is_closed",
            "crates/huawei-oifde/tests/adapter/watching.rs::asking_ends_with_the_session_with_a_shutdown_and_with_the_adapter",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sessions/shut_down.rs::a_shutdown_waits_for_a_transfer_that_ends_within_the_grace_and_signs_out",
            "tests/faults/sessions/shut_down.rs::a_transfer_that_outlives_the_grace_ends_as_unknown_and_is_not_sent_again",
            "crates/genesys-gws/tests/clock.rs::after_shutdown_no_request_follows_however_long_one_waits",
            "crates/genesys-gws/tests/recovery.rs::closing_in_the_middle_of_a_recipe_takes_the_customer_back_first",
            "crates/genesys-gws/tests/recipes.rs::a_session_that_ends_in_mid_recipe_leaves_no_step_running",
        ]),
    },
    Row {
        number: 35,
        fault: "the process is killed in the middle of a transfer",
        expected: "the next one looks, and claims nothing",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/sessions/killed.rs::a_process_killed_in_the_middle_of_a_transfer_leaves_no_claim_and_the_next_one_sees_the_truth",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/sessions/killed.rs::a_process_killed_in_the_middle_of_a_transfer_leaves_no_claim_and_the_next_one_sees_the_truth",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/sessions/killed.rs::a_process_killed_in_the_middle_of_a_transfer_leaves_no_claim_and_the_next_one_sees_the_truth",
            "crates/genesys-gws/tests/faults.rs::an_adapter_started_anew_finds_the_call_as_it_is_and_the_consult_can_be_ended",
        ]),
    },
];
