#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mqttka_fuzz::client(data));
