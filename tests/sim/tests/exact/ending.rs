//! PINGREQ and PINGRESP, and DISCONNECT of either side.

use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::Config;
use mqttka_core::types::{QoS, ReasonCode, Version};
use mqttka_sim::secs;

use super::{BOTH, Flow, plain};

#[test]
fn a_silent_connection_has_its_pingreq_and_needs_its_pingresp() {
    for version in BOTH {
        let config = Config {
            keep_alive: 10,
            ..plain(version)
        };
        let mut flow = Flow::connected(config);
        for _ in 0..5 {
            flow.says([]);
            flow.script.wait(secs(5));
            flow.says([0xc0, 0]);
            flow.answers(&[0xd0, 0], []);
        }
        flow.goes_on();
        flow.script.acknowledges = false;
        flow.script.wait(secs(30));
        let said = flow.take();
        // Whatever was still said was PINGREQ, and the end is one.
        assert!(said.chunks(2).all(|packet| packet == [0xc0, 0]));
        flow.end();
    }
}

#[test]
fn the_servers_keep_alive_takes_the_place_of_ours() {
    let config = Config {
        keep_alive: 100,
        ..plain(Version::V5)
    };
    let mut flow = Flow::connecting(config);
    flow.answers(&[0x20, 6, 0, 0, 3, 0x13, 0, 10], []);
    flow.script.wait(secs(10));
    flow.says([0xc0, 0]);
    // And 0 means none.
    let mut flow = Flow::connecting(plain(Version::V5));
    flow.answers(&[0x20, 6, 0, 0, 3, 0x13, 0, 0], []);
    flow.script.wait(secs(100_000));
    flow.says([]);
    flow.goes_on();
}

#[test]
fn a_goodbye_is_disconnect_and_nothing_behind_it() {
    for version in BOTH {
        for (reason, v5) in [
            (ReasonCode::Success, &[0xe0, 0][..]),
            (ReasonCode::DisconnectWithWillMessage, &[0xe0, 1, 4]),
        ] {
            let mut flow = Flow::connected(plain(version));
            flow.disconnects(reason);
            let disconnect = flow.either(&[0xe0, 0], v5);
            flow.says(disconnect);
            assert_eq!(flow.script.finishes, 1, "our half is closed");
            // Not to what comes, nor for what is asked, nor when time passes.
            let publish = flow.either(
                b"\x32\x06\x00\x01d\x00\x01x",
                b"\x32\x07\x00\x01d\x00\x01\x00x",
            );
            flow.hears(publish);
            flow.takes(1);
            flow.publish(1, QoS::AtLeastOnce);
            flow.hears(&[0x62, 2, 0, 1]);
            flow.hears(&[0xff; 9]);
            flow.script.wait(secs(1));
            flow.says([]);
            flow.script.lose();
            flow.says([]);
            assert_eq!(flow.end(), DisconnectCause::DisconnectRequested);
        }
    }
}

#[test]
fn the_brokers_disconnect_ends_the_connection_without_a_word() {
    // (bytes, reason): none written is Normal, which is a client's word.
    let mut flow = Flow::connected(plain(Version::V5));
    flow.answers(&[0xe0, 1, 0x8b], []);
    assert!(matches!(
        flow.end(),
        DisconnectCause::ServerDisconnect {
            reason_code: ReasonCode::ServerShuttingDown,
            ..
        }
    ));
    assert_eq!(flow.script.closes.len(), 1);
    let mut flow = Flow::connected(plain(Version::V5));
    let bytes = b"\xe0\x0f\x9c\x0d\x1f\x00\x03why\x1c\x00\x04else";
    flow.answers(bytes, []);
    let DisconnectCause::ServerDisconnect {
        reason_string,
        server_reference,
        ..
    } = flow.end()
    else {
        panic!("{:?}", flow.end());
    };
    assert_eq!(reason_string.as_deref(), Some("why"));
    assert_eq!(server_reference.as_deref(), Some("else"));
}

#[test]
fn a_clients_word_in_a_servers_disconnect_is_a_protocol_error() {
    for bytes in [
        &[0xe0, 0][..],
        &[0xe0, 1, 0],
        &[0xe0, 1, 4],
        &[0xe0, 7, 0x8b, 5, 0x11, 0, 0, 0, 0],
    ] {
        let mut flow = Flow::connected(plain(Version::V5));
        flow.hears(bytes);
        flow.ended_saying(0x82);
    }
}
