//! Rules L3 and L4 where records and frames lie between the wire and MQTT: parts of them are
//! evidence, what they turn out to hold decides, and a PINGREQ has arrived when its whole record
//! has.

use std::time::Duration;

use mqttka_core::codec::Packet;
use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::{Command, Config};
use mqttka_core::types::QoS;
use mqttka_sim::script::Script;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Connected with K = 5: D = 7.25 s.
fn connected() -> Script {
    let config = Config {
        keep_alive: 5,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    script.sent();
    script
}

#[test]
fn a_record_that_grows_for_long_is_a_sign_of_life() {
    let mut script = connected();
    script.acknowledges = false;
    // 16 KiB at 0.4 kB/s.
    for _ in 0..40 {
        script.wait(ms(1000));
        script.receive_part();
    }
    assert_eq!(script.causes(), []);
    // It stops in the middle.
    script.wait(ms(7249));
    assert_eq!(script.causes(), []);
    script.wait(ms(1));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn a_record_that_held_nothing_takes_its_evidence_back() {
    let mut script = connected();
    script.acknowledges = false;
    script.wait(ms(5000));
    script.receive_part();
    script.wait(ms(2200));
    script.receive_part();
    // Without the parts it would be dead by now; and it was.
    script.wait(ms(1000));
    assert_eq!(script.causes(), []);
    script.receive_nothing();
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn a_record_that_held_nothing_leaves_earlier_evidence() {
    let mut script = connected();
    script.acknowledges = false;
    script.wait(ms(3000));
    script.receive([Packet::PingResp]);
    script.receive_part();
    script.wait(ms(1000));
    script.receive_part();
    script.receive_nothing();
    script.wait(ms(6249));
    assert_eq!(script.causes(), []);
    script.wait(ms(1));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn control_records_that_come_whole_are_no_sign_of_life() {
    let mut script = connected();
    script.acknowledges = false;
    // A proxy that answers WebSocket pings, with the broker dead.
    for _ in 0..7 {
        script.wait(ms(1000));
        script.receive_nothing();
    }
    assert_eq!(script.causes(), []);
    script.wait(ms(250));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

#[test]
fn a_part_of_a_record_that_is_acknowledged_is_progress() {
    let mut script = connected();
    script.acknowledges = false;
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    for _ in 0..10 {
        // Not at a moment at which it looked anyway.
        script.wait(ms(1990));
        script.acknowledge_part(1);
    }
    assert_eq!(script.causes(), []);
    script.wait(ms(7250));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
}

/// The PINGREQ has not reached the peer as long as its record has not: L8 does not begin.
#[test]
fn a_ping_has_arrived_when_its_whole_record_has() {
    let mut script = connected();
    script.acknowledges = false;
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    let mut pings = 0;
    for _ in 0..6 {
        pings += script.wait(ms(1990)).len();
        // Behind the PINGREQ, its record goes on.
        script.acknowledge_part(100);
    }
    assert!(pings > 0);
    // K/2 after the first byte of it, the peer is not judged: the path is, from that byte on.
    script.wait(ms(6990));
    assert_eq!(script.causes(), []);
    script.acknowledge();
    // Now it is there, and the broker has K/2.
    script.wait(ms(2499));
    assert_eq!(script.causes(), []);
    script.wait(ms(1));
    assert_eq!(script.causes(), [DisconnectCause::ServerUnresponsive]);
}

#[test]
fn a_growing_record_postpones_a_probe_and_an_empty_one_does_not_answer_it() {
    for (ends_empty, causes) in [
        (true, vec![DisconnectCause::KeepAliveTimeout]),
        (false, vec![]),
    ] {
        let config = Config {
            keep_alive: 600,
            ..Config::default()
        };
        let mut script = Script::connected(config, []);
        script.acknowledges = false;
        script.ask(Command::Probe { timeout: ms(3000) });
        script.wait(ms(1000));
        script.receive_part();
        script.wait(ms(4000));
        assert_eq!(script.causes(), []);
        if ends_empty {
            script.receive_nothing();
        } else {
            script.receive([Packet::PingResp]);
        }
        script.wait(ms(10));
        assert_eq!(script.causes(), causes);
    }
}
