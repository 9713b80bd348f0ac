#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callcontrol_huawei_cc_gateway::fuzzing::cc_gateway_adapter(data));
