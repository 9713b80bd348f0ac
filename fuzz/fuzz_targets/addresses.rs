#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callcontrol_http::fuzzing::addresses(data));
