//! The inputs that fuzzing has found worth keeping, once more.

use std::path::Path;

fn replay(target: &str, body: fn(&[u8])) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("kept/{target}.hex"));
    let text = std::fs::read_to_string(&path).expect("what is kept");
    let mut count = 0;
    for line in text.lines() {
        let digits: Vec<u8> = line
            .chars()
            .map(|digit| digit.to_digit(16).expect("hexadecimal") as u8)
            .collect();
        let data: Vec<u8> = digits.chunks(2).map(|two| two[0] << 4 | two[1]).collect();
        body(&data);
        count += 1;
    }
    assert!(count > 10, "{target}: only {count} inputs are kept");
}

#[test]
fn decode() {
    replay("decode", mqttka_fuzz::decode);
}

#[test]
fn client() {
    replay("client", mqttka_fuzz::client);
}

#[test]
fn web_socket_frames() {
    replay("web_socket_frames", mqttka_fuzz::web_socket_frames);
}

#[test]
fn web_socket_answer() {
    replay("web_socket_answer", mqttka_fuzz::web_socket_answer);
}

#[test]
fn proxy_answer() {
    replay("proxy_answer", mqttka_fuzz::proxy_answer);
}
