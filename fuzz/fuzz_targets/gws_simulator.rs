#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callcontrol_simulators::fuzzing::gws_simulator(data));
