#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callcontrol_genesys_gws::fuzzing::gws_cometd(data));
