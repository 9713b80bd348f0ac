#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callcontrol_huawei_oifde::fuzzing::oifde_decoders(data));
