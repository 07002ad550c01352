//! PUBLISH to the broker, its exchange, and each way in which that ends.

use mqttka_core::error::OperationError;
use mqttka_core::types::{Property, QoS, ReasonCode, Version};

use super::{BOTH, Flow, message, persistent, plain};

/// PUBACK and PUBREC may refuse with these.
const REFUSALS: [u8; 7] = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

#[test]
fn publish_at_each_qos_byte_by_byte() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.publish(0, QoS::AtMostOnce);
        let publish = flow.either(b"\x30\x04\x00\x01tx", b"\x30\x05\x00\x01t\x00x");
        flow.says(publish);
        assert_eq!(flow.outcomes(), [(0, Ok(0))]);

        flow.publish(1, QoS::AtLeastOnce);
        let publish = flow.either(
            b"\x32\x06\x00\x01t\x00\x01x",
            b"\x32\x07\x00\x01t\x00\x01\x00x",
        );
        flow.says(publish);
        assert_eq!(flow.outcomes(), []);
        flow.answers(&[0x40, 2, 0, 1], []);
        assert_eq!(flow.outcomes(), [(1, Ok(0))]);

        flow.publish(2, QoS::ExactlyOnce);
        let publish = flow.either(
            b"\x34\x06\x00\x01t\x00\x02x",
            b"\x34\x07\x00\x01t\x00\x02\x00x",
        );
        flow.says(publish);
        flow.answers(&[0x50, 2, 0, 2], [0x62, 2, 0, 2]);
        assert_eq!(flow.outcomes(), []);
        flow.answers(&[0x70, 2, 0, 2], []);
        assert_eq!(flow.outcomes(), [(2, Ok(0))]);

        let retained = message("a/b", "", QoS::AtMostOnce).with_retain(true);
        flow.publish_message(3, retained);
        let publish = flow.either(b"\x31\x05\x00\x03a/b", b"\x31\x06\x00\x03a/b\x00");
        flow.says(publish);
        flow.goes_on();
    }
}

#[test]
fn properties_go_in_the_applications_order() {
    let mut flow = Flow::connected(plain(Version::V5));
    let text = |text: &str| text.try_into().unwrap_or_default();
    let mut with = message("t", "x", QoS::AtMostOnce);
    with.properties = [
        Property::PayloadFormatIndicator(1),
        Property::ContentType(text("c")),
        Property::ResponseTopic(text("r")),
        Property::CorrelationData("d".into()),
        Property::UserProperty(text("b"), text("1")),
        Property::UserProperty(text("a"), text("2")),
        Property::UserProperty(text("b"), text("1")),
    ]
    .into_iter()
    .collect();
    flow.publish_message(0, with);
    flow.says(
        b"\x30\x28\x00\x01t\x23\x01\x01\x03\x00\x01c\x08\x00\x01r\x09\x00\x01d\
          \x26\x00\x01b\x00\x011\x26\x00\x01a\x00\x012\x26\x00\x01b\x00\x011x",
    );
}

#[test]
fn a_refused_publish_is_over_and_its_identifier_free() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let first = if qos == QoS::AtLeastOnce { 0x40 } else { 0x50 };
        for code in REFUSALS {
            let mut flow = Flow::connected(persistent(Version::V5));
            flow.publish(1, qos);
            flow.take();
            // No PUBREL follows a PUBREC that refuses.
            flow.answers(&[first, 3, 0, 1, code], []);
            let refused = ReasonCode::from_u8(code).map(OperationError::Refused);
            assert_eq!(flow.outcomes(), [(1, Err(refused.expect("a code")))]);
            // And nothing is sent again.
            flow.come_back(true);
            flow.says([]);
            flow.goes_on_after_one();
        }
    }
}

#[test]
fn no_matching_subscribers_is_no_refusal() {
    let mut flow = Flow::connected(plain(Version::V5));
    flow.publish(1, QoS::AtLeastOnce);
    flow.publish(2, QoS::ExactlyOnce);
    flow.take();
    flow.answers(&[0x40, 3, 0, 1, 0x10], []);
    flow.answers(&[0x50, 3, 0, 2, 0x10], [0x62, 2, 0, 2]);
    flow.answers(&[0x70, 2, 0, 2], []);
    assert_eq!(flow.outcomes(), [(1, Ok(0x10)), (2, Ok(0x10))]);
}

#[test]
fn a_pubcomp_that_knows_nothing_of_the_message_says_so() {
    let mut flow = Flow::connected(plain(Version::V5));
    flow.publish(1, QoS::ExactlyOnce);
    flow.take();
    flow.answers(&[0x50, 2, 0, 1], [0x62, 2, 0, 1]);
    flow.answers(&[0x70, 3, 0, 1, 0x92], []);
    let refused = OperationError::Refused(ReasonCode::PacketIdentifierNotFound);
    assert_eq!(flow.outcomes(), [(1, Err(refused))]);
    flow.goes_on();
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_is_a_protocol_error() {
    // (what was published, what comes)
    let cases: [(QoS, &[u8]); 4] = [
        (QoS::AtLeastOnce, &[0x50, 2, 0, 1]),
        (QoS::AtLeastOnce, &[0x70, 2, 0, 1]),
        (QoS::ExactlyOnce, &[0x40, 2, 0, 1]),
        (QoS::ExactlyOnce, &[0x70, 2, 0, 1]),
    ];
    for version in BOTH {
        for (qos, bytes) in cases {
            let mut flow = Flow::connected(plain(version));
            flow.publish(1, qos);
            flow.take();
            flow.hears(bytes);
            flow.ended_saying(0x82);
            // What a broker without QoS 2 says is an answer all the same.
            let outcome = match bytes[0] {
                0x40 => OperationError::NotSupportedByServer(ReasonCode::QoSNotSupported),
                _ => OperationError::Disconnected,
            };
            assert_eq!(flow.outcomes(), [(1, Err(outcome))]);
        }
        // PUBACK and PUBREC of what waits for SUBACK, too.
        for bytes in [[0x40, 2, 0, 1], [0x50, 2, 0, 1], [0x70, 2, 0, 1]] {
            let mut flow = Flow::connected(plain(version));
            flow.ask(mqttka_sim::script::subscribe(1));
            flow.take();
            flow.hears(&bytes);
            flow.ended_saying(0x82);
        }
    }
}

#[test]
fn acknowledgements_of_nothing_are_harmless() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.answers(&[0x40, 2, 0, 9], []);
        flow.answers(&[0x70, 2, 0, 9], []);
        // PUBREC wants its answer; 5.0 can say that there is nothing.
        let release = flow.either(&[0x62, 2, 0, 9], &[0x62, 3, 0, 9, 0x92]);
        flow.answers(&[0x50, 2, 0, 9], release);
        if version == Version::V5 {
            flow.answers(&[0x50, 3, 0, 9, 0x97], []);
        }
        let suback = flow.either(&[0x90, 3, 0, 9, 0], &[0x90, 4, 0, 9, 0, 0]);
        flow.answers(suback, []);
        let unsuback = flow.either(&[0xb0, 2, 0, 9], &[0xb0, 4, 0, 9, 0, 0]);
        flow.answers(unsuback, []);
        flow.goes_on();
    }
}

#[test]
fn a_repeated_pubrec_has_its_pubrel_again_and_the_message_goes_once() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.publish(1, QoS::ExactlyOnce);
        flow.take();
        for _ in 0..3 {
            flow.answers(&[0x50, 2, 0, 1], [0x62, 2, 0, 1]);
        }
        flow.answers(&[0x70, 2, 0, 1], []);
        flow.answers(&[0x70, 2, 0, 1], []);
        assert_eq!(flow.outcomes(), [(1, Ok(0))]);
    }
}

#[test]
fn identifiers_are_never_zero_and_never_in_use() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        // One stays open through more publishes than there are identifiers.
        flow.publish(0, QoS::ExactlyOnce);
        flow.take();
        flow.answers(&[0x50, 2, 0, 1], [0x62, 2, 0, 1]);
        for n in 0..70_000_u64 {
            flow.publish(1, QoS::AtLeastOnce);
            let said = flow.take();
            let id = [said[5], said[6]];
            assert!(id != [0, 0] && id != [0, 1], "{n}: {id:?}");
            flow.hears(&[0x40, 2, id[0], id[1]]);
            assert_eq!(flow.outcomes(), [(1, Ok(0))]);
        }
        flow.answers(&[0x70, 2, 0, 1], []);
        assert_eq!(flow.outcomes(), [(0, Ok(0))]);
    }
}

#[test]
fn pubrels_leave_in_the_order_of_the_pubrecs() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        for n in 1..=3 {
            flow.publish(n, QoS::ExactlyOnce);
        }
        flow.take();
        flow.answers(
            &[0x50, 2, 0, 3, 0x50, 2, 0, 1, 0x50, 2, 0, 2],
            [0x62, 2, 0, 3, 0x62, 2, 0, 1, 0x62, 2, 0, 2],
        );
    }
}

#[test]
fn receive_maximum_holds_publishes_back_and_nothing_else() {
    let mut flow = Flow::connecting(plain(Version::V5));
    // CONNACK with Receive Maximum 1.
    flow.hears(&[0x20, 6, 0, 0, 3, 0x21, 0, 1]);
    flow.publish(1, QoS::ExactlyOnce);
    flow.says(b"\x34\x07\x00\x01t\x00\x01\x00x");
    flow.publish(2, QoS::AtLeastOnce);
    flow.says([]);
    // PUBREC frees nothing yet; acknowledgements and PUBREL go.
    flow.answers(&[0x50, 2, 0, 1], [0x62, 2, 0, 1]);
    flow.hears(b"\x32\x07\x00\x01d\x00\x07\x00y");
    flow.takes(1);
    flow.says([0x40, 2, 0, 7]);
    flow.answers(&[0x70, 2, 0, 1], b"\x32\x07\x00\x01t\x00\x02\x00x");
    flow.goes_on();
}

impl Flow {
    /// The connection before this one was lost; this one is up.
    #[track_caller]
    fn goes_on_after_one(&self) {
        assert_eq!(self.script.causes().len(), 1);
    }
}
