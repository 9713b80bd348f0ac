//! Rows 41 to 48: what an enemy sends, or a careless neighbour.

mod ids;
pub(crate) mod texts;

use super::table::{Cell, Row};

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        number: 41,
        fault: "ids with paths, blanks, control characters, foreign digits, a megabyte",
        expected: "refused with nothing sent, or encoded into their own place",
        shared: &[
            "crates/http/tests/hostile.rs::an_id_is_refused_or_stays_one_segment_of_its_origin",
            "crates/http/src/path.rs::an_id_that_could_change_the_path_is_refused_and_not_shown",
            "crates/core/src/id.rs::ids_refuse_blanks_control_characters_and_excess",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/hostile/ids.rs::whatever_stands_for_an_agent_is_refused_with_nothing_sent_or_stays_in_its_place",
            "tests/faults/hostile/ids.rs::ids_that_are_none_are_refused_and_nothing_is_sent",
            "tests/faults/hostile/ids.rs::whatever_segments_an_own_request_has_it_stays_below_the_vendors_path",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/hostile/ids.rs::whatever_stands_for_an_agent_is_refused_with_nothing_sent_or_stays_in_its_place",
            "tests/faults/hostile/ids.rs::ids_that_are_none_are_refused_and_nothing_is_sent",
            "tests/faults/hostile/ids.rs::whatever_segments_an_own_request_has_it_stays_below_the_vendors_path",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/hostile/ids.rs::whatever_stands_for_an_agent_is_refused_with_nothing_sent_or_stays_in_its_place",
            "tests/faults/hostile/ids.rs::ids_that_are_none_are_refused_and_nothing_is_sent",
            "tests/faults/hostile/ids.rs::whatever_segments_an_own_request_has_it_stays_below_the_vendors_path",
        ]),
    },
    Row {
        number: 42,
        fault: "line breaks or foreign characters in a credential from the server",
        expected: "the sign-in fails; no header is injected, nothing panics",
        shared: &[
            "crates/http/tests/hostile.rs::a_header_is_refused_or_plain",
            "crates/http/tests/hostile.rs::any_cookie_is_left_out_or_sent_as_a_plain_header",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/hostile/ids.rs::a_credential_that_would_break_a_header_is_no_credential",
            "tests/faults/hostile/ids.rs::a_gateways_credential_with_foreign_characters_ends_the_sign_in",
        ]),
        oifde: Cell::Tests(&["tests/faults/hostile/ids.rs::a_credential_that_would_break_a_header_is_no_credential"]),
        gws: Cell::Tests(&["tests/faults/hostile/ids.rs::a_credential_that_would_break_a_header_is_no_credential"]),
    },
    Row {
        number: 43,
        fault: "an answer names a place on another host, a file, a user",
        expected: "never fetched; only the id is read out",
        shared: &[
            "crates/http/tests/hostile.rs::a_servers_uri_yields_an_id_that_may_be_used_or_nothing",
            "crates/http/src/path.rs::the_id_is_taken_out_of_any_uri_without_following_it",
            "crates/http/src/base_url.rs::a_uri_of_another_origin_is_not_owned",
        ],
        cc_gateway: Cell::Never("no answer of the gateway holds an address"),
        oifde: Cell::Never("no answer of the engine holds an address"),
        gws: Cell::Tests(&["tests/faults/hostile/ids.rs::what_an_answer_calls_its_place_is_never_fetched"]),
    },
    Row {
        number: 44,
        fault: "deep nesting, huge numbers, keys twice, half characters, NUL",
        expected: "a clean error or one defined value, on a small stack",
        shared: &[
            "crates/http/tests/hostile.rs::broken_texts_are_read_or_refused_on_a_stack_of_256_kib",
            "crates/http/tests/hostile.rs::what_stands_twice_before_a_mark_or_beyond_unicode_has_one_meaning",
            "crates/http/tests/hostile.rs::any_body_decodes_or_gives_a_short_plain_error",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/hostile/texts.rs::no_broken_text_harms_a_session_not_even_on_a_small_stack",
            "crates/huawei-cc-gateway/src/wire/event.rs::no_text_whatever_in_any_place_stops_the_reading",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/hostile/texts.rs::no_broken_text_harms_a_session_not_even_on_a_small_stack",
            "crates/huawei-oifde/src/wire/envelope.rs::no_bytes_make_the_decoder_panic",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/hostile/texts.rs::no_broken_text_harms_a_session_not_even_on_a_small_stack",
            "crates/genesys-gws/src/fixtures.rs::whatever_a_message_holds_it_is_read_without_harm",
        ]),
    },
    Row {
        number: 45,
        fault: "line breaks, terminal sequences, markup, direction marks in data",
        expected: "shown escaped in errors, logs and on the command line",
        shared: &[
            "crates/core/src/text.rs::control_characters_never_reach_a_log",
            "crates/http/src/snippet.rs::a_snippet_is_short_plain_and_tells_no_number",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/hostile/texts.rs::what_a_vendor_says_in_colours_newlines_and_backward_script_is_shown_plain",
            "tests/faults/hostile/texts.rs::what_a_customer_is_called_and_what_the_call_carries_is_shown_plain",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/hostile/texts.rs::what_a_vendor_says_in_colours_newlines_and_backward_script_is_shown_plain",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/hostile/texts.rs::what_a_vendor_says_in_colours_newlines_and_backward_script_is_shown_plain",
            "tests/faults/hostile/texts.rs::what_a_customer_is_called_and_what_the_call_carries_is_shown_plain",
        ]),
    },
    Row {
        number: 46,
        fault: "secrets in logs, errors, panics, configuration, command line",
        expected: "found on no surface; no core dump of the command line",
        shared: &[
            "tests/secrets/canaries.rs::no_secret_of_a_day_shows_on_any_surface",
            "tests/secrets/canaries.rs::recorded_fixtures_hold_no_credential_but_the_samples_of_the_vendors_pages",
            "crates/http/src/echo.rs::what_was_told_in_confidence_does_not_come_back",
            "tests/secrets/types.rs::every_public_type_that_could_show_a_secret_was_looked_at",
            "tests/secrets/canaries.rs::a_configuration_with_a_proxy_and_its_password_shows_neither_the_file_nor_the_error",
            "crates/core/src/secret.rs::a_secret_shows_a_placeholder",
            "crates/cli/tests/secrets.rs::no_secret_shows_on_the_command_line_at_the_lowest_level",
            "crates/cli/tests/secrets.rs::a_command_line_that_dies_leaves_no_core_behind",
        ],
        cc_gateway: Cell::Tests(&["tests/secrets/canaries.rs::no_secret_of_a_day_shows_on_any_surface"]),
        oifde: Cell::Tests(&[
            "crates/huawei-oifde/tests/adapter/secrets.rs::no_secret_shows_in_debug_errors_or_logs_even_when_the_vendor_echoes_it",
            "tests/secrets/canaries.rs::no_secret_of_a_day_shows_on_any_surface",
        ]),
        gws: Cell::Tests(&["tests/secrets/canaries.rs::no_secret_of_a_day_shows_on_any_surface"]),
    },
    Row {
        number: 47,
        fault: "a proxy in the environment",
        expected: "ignored unless configured",
        shared: &["crates/http/tests/sending.rs::a_proxy_in_the_environment_is_ignored"],
        cc_gateway: Cell::Shared,
        oifde: Cell::Shared,
        gws: Cell::Shared,
    },
    Row {
        number: 48,
        fault: "wrong host, expired, self-signed, unknown authority, old TLS",
        expected: "not sent; the error names the reason; no checking only by a loud name",
        shared: &[
            "crates/http/tests/tls.rs::a_certificate_for_another_host_is_refused",
            "crates/http/tests/tls.rs::an_expired_certificate_is_refused",
            "crates/http/tests/tls.rs::a_self_signed_certificate_is_refused",
            "crates/http/tests/tls.rs::an_unknown_authority_is_refused",
            "crates/http/tests/tls.rs::a_server_that_has_only_unsafe_versions_is_refused",
            "crates/http/tests/tls.rs::checking_can_be_switched_off_by_a_loud_name",
        ],
        cc_gateway: Cell::Shared,
        oifde: Cell::Shared,
        gws: Cell::Shared,
    },
];
