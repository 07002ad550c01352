//! What is said again on the next connection, and what is not.

use mqttka_core::error::OperationError;
use mqttka_core::proto::{Config, LostPublish, Reconnect};
use mqttka_core::types::{QoS, Version};

use super::{BOTH, Flow, persistent, plain};

/// A PUBLISH of `x` to `t` as the client writes it.
fn publish(version: Version, first: u8, id: u8) -> Vec<u8> {
    match version {
        Version::V311 => vec![first, 6, 0, 1, b't', 0, id, b'x'],
        Version::V5 => vec![first, 7, 0, 1, b't', 0, id, 0, b'x'],
    }
}

#[test]
fn what_is_open_is_sent_again_with_dup_and_its_identifier_in_its_order() {
    for version in BOTH {
        let mut flow = Flow::connected(persistent(version));
        for (n, qos) in [QoS::ExactlyOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
            .into_iter()
            .cycle()
            .take(6)
            .enumerate()
        {
            flow.publish(n as u64 + 1, qos);
        }
        // QoS 0 is not kept.
        flow.publish(7, QoS::AtMostOnce);
        flow.take();
        // 2 is done; of 3, PUBREC came; of 4, everything.
        flow.answers(
            &[0x40, 2, 0, 2, 0x50, 2, 0, 3, 0x50, 2, 0, 4, 0x70, 2, 0, 4],
            [0x62, 2, 0, 3, 0x62, 2, 0, 4],
        );
        for _ in 0..3 {
            flow.come_back(true);
            let said = flow.take();
            let expected = [
                publish(version, 0x3c, 1),
                publish(version, 0x3a, 5),
                publish(version, 0x3c, 6),
            ]
            .concat();
            // The PUBREL of 3 goes in its place among them, without its message.
            let release = [0x62, 2, 0, 3];
            let at = said
                .windows(4)
                .position(|bytes| bytes == release)
                .expect("PUBREL is sent again");
            let rest = [&said[..at], &said[at + 4..]].concat();
            assert_eq!(rest, expected, "{version:?}: {said:02x?}");
        }
        let done: Vec<_> = flow.outcomes().into_iter().map(|(n, _)| n).collect();
        assert_eq!(done, [7, 2, 4]);
    }
}

#[test]
fn nothing_is_sent_again_while_the_connection_lives() {
    for version in BOTH {
        let config = Config {
            keep_alive: 0,
            ..persistent(version)
        };
        let mut flow = Flow::connected(config);
        flow.publish(1, QoS::AtLeastOnce);
        flow.publish(2, QoS::ExactlyOnce);
        flow.take();
        flow.answers(&[0x50, 2, 0, 2], [0x62, 2, 0, 2]);
        flow.script.wait(mqttka_sim::secs(100_000));
        flow.says([]);
        flow.goes_on();
    }
}

#[test]
fn a_session_that_is_gone_takes_what_was_open_with_it() {
    for version in BOTH {
        for present in [true, false] {
            let mut flow = Flow::connected(persistent(version));
            flow.publish(1, QoS::AtLeastOnce);
            flow.publish(2, QoS::ExactlyOnce);
            flow.take();
            flow.come_back(present);
            if present {
                let again = [publish(version, 0x3a, 1), publish(version, 0x3c, 2)].concat();
                flow.says(again);
                assert_eq!(flow.outcomes(), []);
            } else {
                flow.says([]);
                let lost = || Err(OperationError::SessionLost);
                assert_eq!(flow.outcomes(), [(1, lost()), (2, lost())]);
            }
        }
    }
}

#[test]
fn what_is_published_anew_in_a_new_session_is_no_repetition() {
    for version in BOTH {
        let config = Config {
            reconnect: Some(Reconnect::default()),
            lost_qos1: LostPublish::PublishAgain,
            lost_qos2: LostPublish::Fail,
            ..persistent(version)
        };
        let mut flow = Flow {
            script: mqttka_sim::script::Script::coming_back(config),
            version,
        };
        flow.connect();
        flow.accept(false);
        flow.publish(1, QoS::AtLeastOnce);
        flow.publish(2, QoS::ExactlyOnce);
        flow.take();
        flow.script.lose();
        flow.script.attempt();
        flow.take();
        flow.accept(false);
        let said = flow.take();
        // DUP is 0: this session has not seen it. The identifier is one that is free.
        assert_eq!(said[0], 0x32, "{said:02x?}");
        assert_eq!(said, publish(version, 0x32, said[6]));
        assert_eq!(flow.outcomes(), [(2, Err(OperationError::SessionLost))]);
    }
}

#[test]
fn without_a_session_everything_ends_with_the_connection() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.publish(1, QoS::AtLeastOnce);
        flow.take();
        flow.come_back(false);
        flow.says([]);
        assert_eq!(flow.outcomes(), [(1, Err(OperationError::Disconnected))]);
    }
}

#[test]
fn an_expiry_does_not_cut_an_exchange_that_began() {
    let mut flow = Flow::connected(persistent(Version::V5));
    let mut message = super::message("t", "x", QoS::ExactlyOnce);
    message
        .properties
        .push(mqttka_core::types::Property::MessageExpiryInterval(1));
    flow.publish_message(1, message);
    flow.says(b"\x34\x0c\x00\x01t\x00\x01\x05\x02\x00\x00\x00\x01x");
    flow.script.wait(mqttka_sim::secs(10));
    flow.take();
    flow.answers(&[0x50, 2, 0, 1], [0x62, 2, 0, 1]);
    flow.script.wait(mqttka_sim::secs(10));
    flow.take();
    flow.come_back(true);
    flow.says([0x62, 2, 0, 1]);
    flow.answers(&[0x70, 2, 0, 1], []);
    assert_eq!(flow.outcomes(), [(1, Ok(0))]);
}
