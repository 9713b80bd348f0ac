//! Rows 17 to 27: events doubled, lost, late, and readers who are slow.

mod doubled;
mod early;
mod shuffled;
mod strange;

use super::table::{Cell, Row};

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        number: 17,
        fault: "an event comes twice",
        expected: "told once per state of the leg; what changes no state and bears no number is passed on as told",
        shared: &["crates/core/src/hub/state.rs::a_duplicate_and_late_word_of_an_ended_call_tell_nothing"],
        cc_gateway: Cell::Tests(&[
            "tests/faults/events/doubled.rs::an_event_that_cc_gateway_tells_twice_is_told_once_whatever_its_kind",
            "crates/simulation/tests/feed_law.rs::whatever_happens_on_the_way_a_reader_of_cc_gateways_feed_ends_up_with_the_truth",
        ]),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&[
            "tests/faults/events/doubled.rs::an_event_that_genesys_tells_twice_is_told_once_whatever_its_kind",
            "crates/genesys-gws/tests/stream.rs::notifications_that_come_twice_or_in_reverse_are_told_once_and_never_backwards",
            "crates/genesys-gws/tests/consult_truth.rs::a_consult_and_its_completion_are_exact_in_every_order_of_events",
        ]),
    },
    Row {
        number: 18,
        fault: "events overtake each other",
        expected: "a call that is over stays over; what would bring it back to a state that it has left is dropped and counted",
        shared: &[
            "crates/core/src/hub/state.rs::a_ringing_that_was_overtaken_by_the_answer_is_dropped_and_counted",
            "crates/core/src/hub/state.rs::a_duplicate_and_late_word_of_an_ended_call_tell_nothing",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/events/shuffled.rs::an_event_of_cc_gateway_that_is_overtaken_brings_no_call_back",
            "tests/faults/events/shuffled.rs::events_of_cc_gateway_that_come_after_the_end_bring_no_call_back",
        ]),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&[
            "tests/faults/events/shuffled.rs::notifications_of_genesys_in_any_order_bring_no_call_back",
            "crates/genesys-gws/tests/two_step.rs::whatever_becomes_of_the_notifications_no_outcome_of_a_two_step_transfer_is_wrong",
            "crates/genesys-gws/src/calls.rs::late_word_of_an_ended_call_is_recognised",
        ]),
    },
    Row {
        number: 19,
        fault: "an event is lost",
        expected: "the next listing closes the gap, which is announced before what it hid",
        shared: &["crates/core/tests/feed.rs::what_a_listing_shows_to_have_been_missed_comes_after_a_gap"],
        cc_gateway: Cell::Tests(&[
            "crates/huawei-cc-gateway/tests/links.rs::a_cut_link_is_announced_restored_and_what_was_missed_is_told_after_a_gap",
            "crates/simulation/tests/feed_law.rs::whatever_happens_on_the_way_a_reader_of_cc_gateways_feed_ends_up_with_the_truth",
        ]),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/recovery.rs::after_every_loss_the_gap_comes_first_then_what_it_hid_and_then_events_flow_again",
            "crates/simulation/tests/feed_law.rs::whatever_happens_on_the_way_a_reader_of_genesyss_feed_ends_up_with_the_truth",
        ]),
    },
    Row {
        number: 20,
        fault: "the answer to a long poll is lost",
        expected: "as 19; with acknowledgements the events come again",
        shared: &["crates/simulation/tests/feed_law.rs::a_poll_whose_answer_is_lost_is_announced_as_a_gap"],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/feed_law.rs::a_poll_whose_answer_is_lost_is_announced_as_a_gap",
            "crates/huawei-cc-gateway/tests/restart.rs::a_credential_lost_with_a_poll_answer_is_asked_for_again",
            "crates/huawei-cc-gateway/tests/batch.rs::a_lost_answer_to_the_poll_for_all_is_a_gap_for_every_agent",
        ]),
        oifde: Cell::Never("nothing is polled"),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/stream.rs::a_long_poll_whose_reply_is_lost_loses_what_it_carried_unless_the_server_repeats_it",
            "crates/genesys-gws/tests/recovery.rs::with_acknowledgements_a_broken_connect_loses_nothing_and_announces_no_gap",
            "crates/simulation/tests/feed_law.rs::a_poll_whose_answer_is_lost_is_announced_as_a_gap",
        ]),
    },
    Row {
        number: 21,
        fault: "commands while a poll is held",
        expected: "no command disturbs the poll; they go out beside it",
        shared: &[],
        cc_gateway: Cell::Tests(&["tests/faults/events/early.rs::commands_go_out_beside_the_poll_that_is_held"]),
        oifde: Cell::Never("nothing is polled"),
        gws: Cell::Tests(&[
            "tests/faults/events/early.rs::commands_go_out_beside_the_poll_that_is_held",
            "crates/genesys-gws/tests/clock.rs::commands_never_disturb_the_held_connect",
        ]),
    },
    Row {
        number: 22,
        fault: "the event server forgets its client or gives advice",
        expected: "hands are shaken and channels subscribed again, and the picture is compared; `none` ends it; intervals are obeyed and clamped",
        shared: &[],
        cc_gateway: Cell::Never("its polls know no clients and no advice"),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&[
            "crates/genesys-gws/src/cometd/machine_tests.rs::an_unknown_client_shakes_hands_again_at_once_subscribes_again_and_reports_the_gap",
            "crates/genesys-gws/tests/stream.rs::a_server_that_sends_us_away_is_obeyed_and_never_asked_again",
            "crates/genesys-gws/tests/stream.rs::an_absurd_interval_is_obeyed_for_a_minute_and_no_longer",
            "crates/genesys-gws/src/cometd/machine_tests.rs::advice_none_ends_it",
            "crates/genesys-gws/src/cometd/machine_tests.rs::a_negative_interval_means_do_not_come_back_and_a_long_one_is_obeyed_within_bounds",
            "crates/genesys-gws/tests/recovery.rs::after_every_loss_the_gap_comes_first_then_what_it_hid_and_then_events_flow_again",
        ]),
    },
    Row {
        number: 23,
        fault: "events before the answer of the command that caused them",
        expected: "the operation is settled once, as done",
        shared: &[],
        cc_gateway: Cell::Tests(&["tests/faults/events/early.rs::events_before_the_answer_settle_the_operation_once"]),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&[
            "tests/faults/events/early.rs::events_before_the_answer_settle_the_operation_once",
            "crates/genesys-gws/src/calls.rs::the_consult_call_may_come_before_the_answer_and_is_bound_once",
        ]),
    },
    Row {
        number: 24,
        fault: "an event of an unknown kind or of an unknown call",
        expected: "passed on by its name with the vendor's text; the stream goes on",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/events/strange.rs::an_unknown_kind_is_passed_on_with_its_text_and_an_unknown_call_breaks_nothing",
            "crates/huawei-cc-gateway/tests/links.rs::an_event_that_nobody_knows_is_passed_on_by_its_name_with_its_text",
            "crates/huawei-cc-gateway/tests/links.rs::a_malformed_event_does_not_stop_the_events_after_it",
        ]),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&[
            "tests/faults/events/strange.rs::an_unknown_kind_is_passed_on_with_its_text_and_an_unknown_call_breaks_nothing",
            "crates/genesys-gws/tests/faults.rs::messages_nobody_documented_are_passed_on_and_rubbish_on_the_stream_is_survived",
        ]),
    },
    Row {
        number: 25,
        fault: "a reader does not read",
        expected: "the others are not affected; the slow one gets a gap with the number missed and a snapshot; memory is bounded",
        shared: &[
            "crates/core/tests/slow_readers.rs::a_reader_who_never_reads_costs_its_backlog_and_a_reader_who_reads_misses_nothing",
            "crates/core/tests/slow_readers.rs::whoever_lags_again_and_again_is_told_again_and_again_and_never_sees_an_event_out_of_order",
            "crates/core/tests/feed.rs::a_slow_reader_loses_its_backlog_and_gets_gap_and_snapshot_instead",
            "crates/core/tests/feed.rs::a_reader_that_overflows_before_its_first_read_still_begins_with_a_snapshot",
        ],
        cc_gateway: Cell::Tests(&[
            "crates/simulation/tests/feed_law.rs::whatever_happens_on_the_way_a_reader_of_cc_gateways_feed_ends_up_with_the_truth",
        ]),
        oifde: Cell::Tests(&[
            "crates/simulation/tests/feed_law.rs::whatever_happens_on_the_way_a_reader_of_oifdes_feed_ends_up_with_what_the_snapshot_says",
        ]),
        gws: Cell::Tests(&[
            "crates/genesys-gws/tests/stream.rs::a_flood_of_news_leaves_a_reader_who_does_not_read_behind_and_nobody_else",
            "crates/simulation/tests/feed_law.rs::whatever_happens_on_the_way_a_reader_of_genesyss_feed_ends_up_with_the_truth",
        ]),
    },
    Row {
        number: 26,
        fault: "a WebSocket that is half open, closed, fragmented, too large",
        expected: "noticed within two heartbeats; caps hold",
        shared: &[],
        cc_gateway: Cell::Never("no WebSocket is spoken: its events are polled, or pushed over HTTP"),
        oifde: Cell::Never("no WebSocket is spoken"),
        gws: Cell::Never(
            "no WebSocket is spoken: its deployment guide rules it out, and long polls are asked for by name",
        ),
    },
    Row {
        number: 27,
        fault: "a flood of events",
        expected: "memory is bounded, lag is told, commands take no longer",
        shared: &[
            "crates/core/tests/slow_readers.rs::a_reader_who_never_reads_costs_its_backlog_and_a_reader_who_reads_misses_nothing",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/events/strange.rs::a_flood_of_events_is_told_as_lag_and_delays_no_command",
        ]),
        oifde: Cell::Never("the engine sends no events"),
        gws: Cell::Tests(&[
            "tests/faults/events/strange.rs::a_flood_of_events_is_told_as_lag_and_delays_no_command",
            "crates/genesys-gws/tests/stream.rs::a_flood_of_news_leaves_a_reader_who_does_not_read_behind_and_nobody_else",
        ]),
    },
];
