//! Rows 49 to 51: clocks that jump and runtimes that stall.

mod clocks;

use super::table::{Cell, Row};

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        number: 49,
        fault: "the wall clock jumps",
        expected: "only monotonic time drives deadlines; times in events may jump, their order does not",
        shared: &[
            "tests/faults/time/clocks.rs::nothing_but_two_headers_is_read_against_the_wall_clock",
            "crates/http/src/retry_after.rs::a_date_counts_from_the_replys_own_date",
            "crates/http/src/cookies.rs::a_cookie_lives_as_long_as_its_max_age",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/time/clocks.rs::events_whose_times_jump_are_told_in_the_order_in_which_they_came",
        ]),
        oifde: Cell::Shared,
        gws: Cell::Shared,
    },
    Row {
        number: 50,
        fault: "the machine sleeps for ten minutes",
        expected: "as if all had expired: signed in or shaken hands again, gap, snapshot",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/time/clocks.rs::after_ten_minutes_of_sleep_the_gap_is_announced_and_the_picture_is_the_switchs",
            "crates/huawei-cc-gateway/tests/links.rs::two_minutes_without_a_poll_sign_the_agent_out_and_it_signs_in_again_only_where_that_is_wanted",
        ]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/outages.rs::after_a_long_sleep_of_the_machine_a_command_asks_for_one_new_token_and_goes_out_once",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/time/clocks.rs::after_ten_minutes_of_sleep_the_gap_is_announced_and_the_picture_is_the_switchs",
            "crates/genesys-gws/tests/stream.rs::after_a_sleep_of_ten_minutes_the_picture_is_made_anew_and_the_gap_comes_first",
        ]),
    },
    Row {
        number: 51,
        fault: "the runtime stalls for seconds",
        expected: "one beat may be missed: no session, event or command is lost",
        shared: &[],
        cc_gateway: Cell::Tests(&["tests/faults/time/clocks.rs::a_stalled_runtime_loses_neither_session_nor_event"]),
        oifde: Cell::Tests(&["tests/faults/time/clocks.rs::a_stalled_runtime_loses_neither_session_nor_event"]),
        gws: Cell::Tests(&[
            "tests/faults/time/clocks.rs::a_stalled_runtime_loses_neither_session_nor_event",
            "crates/genesys-gws/tests/stream.rs::a_runtime_that_stalls_for_a_second_loses_neither_the_stream_nor_a_command",
        ]),
    },
];
