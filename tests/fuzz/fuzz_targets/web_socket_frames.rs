#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mqttka_fuzz::web_socket_frames(data));
