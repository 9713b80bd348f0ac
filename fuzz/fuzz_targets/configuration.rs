#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callcontrol::fuzzing::configuration(data));
