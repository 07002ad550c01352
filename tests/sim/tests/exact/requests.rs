//! SUBSCRIBE and UNSUBSCRIBE, and what may answer them.

use mqttka_core::error::OperationError;
use mqttka_core::proto::Command;
use mqttka_core::types::{
    Properties, Property, QoS, ReasonCode, RetainHandling, Subscription, TopicFilter, Version,
};

use super::{BOTH, Flow, plain};

/// An UNSUBSCRIBE of one filter, with this mark.
pub(super) fn unsubscribe(token: u64) -> Command<u64> {
    Command::Unsubscribe {
        filters: vec![filter("f")],
        properties: Properties::new(),
        token: Some(token),
    }
}

fn filter(filter: &str) -> TopicFilter {
    TopicFilter::try_from(filter).expect("a filter")
}

impl Flow {
    fn subscribe(&mut self, token: u64, subscriptions: Vec<Subscription>) {
        self.ask(Command::Subscribe {
            subscriptions,
            properties: Properties::new(),
            token: Some(token),
        });
    }

    fn unsubscribe(&mut self, token: u64, filters: &[&str]) {
        self.ask(Command::Unsubscribe {
            filters: filters.iter().map(|name| filter(name)).collect(),
            properties: Properties::new(),
            token: Some(token),
        });
    }

    /// The one outcome, with the code of each filter.
    fn codes(&mut self) -> Vec<u8> {
        let [(_, outcome)] = &self.script.completed[..] else {
            panic!("one outcome: {:?}", self.script.completed);
        };
        outcome
            .reason_codes
            .iter()
            .map(|code| *code as u8)
            .collect()
    }
}

fn two() -> Vec<Subscription> {
    vec![
        Subscription::new(filter("a/+"), QoS::AtMostOnce),
        Subscription::new(filter("#"), QoS::ExactlyOnce),
    ]
}

#[test]
fn subscribe_and_unsubscribe_byte_by_byte() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.subscribe(1, two());
        let subscribe = flow.either(
            b"\x82\x0c\x00\x01\x00\x03a/+\x00\x00\x01#\x02",
            b"\x82\x0d\x00\x01\x00\x00\x03a/+\x00\x00\x01#\x02",
        );
        flow.says(subscribe);
        // The broker may grant less than was asked for.
        let suback = flow.either(
            b"\x90\x04\x00\x01\x00\x01", //
            b"\x90\x05\x00\x01\x00\x00\x01",
        );
        flow.answers(suback, []);
        assert_eq!(flow.codes(), [0, 1]);
        assert_eq!(flow.outcomes(), [(1, Ok(0))]);

        flow.unsubscribe(2, &["a/+", "#"]);
        let unsubscribe = flow.either(
            b"\xa2\x0a\x00\x02\x00\x03a/+\x00\x01#",
            b"\xa2\x0b\x00\x02\x00\x00\x03a/+\x00\x01#",
        );
        flow.says(unsubscribe);
        let unsuback = flow.either(b"\xb0\x02\x00\x02", b"\xb0\x05\x00\x02\x00\x00\x11");
        flow.answers(unsuback, []);
        let codes: &[u8] = flow.either(&[], &[0, 0x11]);
        assert_eq!(flow.codes(), codes);
        assert_eq!(flow.outcomes(), [(2, Ok(0))]);
        flow.goes_on();
    }
}

#[test]
fn each_option_of_a_subscription_has_its_bits() {
    for no_local in [false, true] {
        for retain_as_published in [false, true] {
            for (bits, retain_handling) in [
                (0, RetainHandling::SendAtSubscribe),
                (0x10, RetainHandling::SendIfNew),
                (0x20, RetainHandling::DoNotSend),
            ] {
                for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                    let subscription = Subscription {
                        no_local,
                        retain_as_published,
                        retain_handling,
                        ..Subscription::new(filter("f"), qos)
                    };
                    let mut flow = Flow::connected(plain(Version::V5));
                    flow.subscribe(1, vec![subscription.clone()]);
                    let options = qos as u8
                        | u8::from(no_local) << 2
                        | u8::from(retain_as_published) << 3
                        | bits;
                    flow.says([0x82, 7, 0, 1, 0, 0, 1, b'f', options]);
                    // 3.1.1 has the QoS alone, and its other bits are reserved.
                    let mut flow = Flow::connected(plain(Version::V311));
                    flow.subscribe(1, vec![subscription]);
                    flow.says([0x82, 6, 0, 1, 0, 1, b'f', qos as u8]);
                }
            }
        }
    }
}

#[test]
fn properties_of_requests_are_those_that_were_given() {
    let text = |text: &str| text.try_into().unwrap_or_default();
    let user = || Property::UserProperty(text("k"), text("v"));
    let mut flow = Flow::connected(plain(Version::V5));
    flow.ask(Command::Subscribe {
        subscriptions: vec![Subscription::new(filter("$share/g/f"), QoS::AtMostOnce)],
        properties: [Property::SubscriptionIdentifier(200), user()]
            .into_iter()
            .collect(),
        token: Some(1),
    });
    flow.says(b"\x82\x1a\x00\x01\x0a\x0b\xc8\x01\x26\x00\x01k\x00\x01v\x00\x0a$share/g/f\x00");
    flow.ask(Command::Unsubscribe {
        filters: vec![filter("$share/g/f")],
        properties: [user()].into_iter().collect(),
        token: Some(2),
    });
    flow.says(b"\xa2\x16\x00\x02\x07\x26\x00\x01k\x00\x01v\x00\x0a$share/g/f");
}

#[test]
fn each_failure_of_a_subscription_is_its_own() {
    let failures: &[u8] = &[0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2];
    for &code in failures {
        let mut flow = Flow::connected(plain(Version::V5));
        flow.subscribe(1, two());
        flow.take();
        flow.answers(&[0x90, 5, 0, 1, 0, 1, code], []);
        assert_eq!(flow.codes(), [1, code]);
        let refused = ReasonCode::from_u8(code).map(OperationError::Refused);
        assert_eq!(flow.outcomes(), [(1, Err(refused.expect("a code")))]);
        flow.goes_on();
    }
    let mut flow = Flow::connected(plain(Version::V311));
    flow.subscribe(1, two());
    flow.take();
    flow.answers(&[0x90, 4, 0, 1, 0x80, 2], []);
    assert_eq!(flow.codes(), [0x80, 2]);
    let refused = OperationError::Refused(ReasonCode::UnspecifiedError);
    assert_eq!(flow.outcomes(), [(1, Err(refused))]);
    flow.goes_on();
}

#[test]
fn each_failure_of_an_unsubscribe_is_its_own() {
    for code in [0x80, 0x83, 0x87, 0x8f, 0x91] {
        let mut flow = Flow::connected(plain(Version::V5));
        flow.unsubscribe(1, &["a", "b"]);
        flow.take();
        flow.answers(&[0xb0, 5, 0, 1, 0, code, 0], []);
        assert_eq!(flow.codes(), [code, 0]);
        let refused = ReasonCode::from_u8(code).map(OperationError::Refused);
        assert_eq!(flow.outcomes(), [(1, Err(refused.expect("a code")))]);
        flow.goes_on();
    }
}

#[test]
fn answers_may_come_in_any_order_and_belong_to_their_identifiers() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.subscribe(1, vec![Subscription::new(filter("a"), QoS::AtLeastOnce)]);
        flow.subscribe(2, vec![Subscription::new(filter("b"), QoS::AtLeastOnce)]);
        flow.unsubscribe(3, &["c"]);
        flow.take();
        let unsuback = flow.either(&[0xb0, 2, 0, 3], &[0xb0, 4, 0, 3, 0, 0]);
        flow.answers(unsuback, []);
        let suback = flow.either(&[0x90, 3, 0, 2, 1], &[0x90, 4, 0, 2, 0, 1]);
        flow.answers(suback, []);
        let suback = flow.either(&[0x90, 3, 0, 1, 0], &[0x90, 4, 0, 1, 0, 0]);
        flow.answers(suback, []);
        assert_eq!(flow.outcomes(), [(3, Ok(0)), (2, Ok(1)), (1, Ok(0))]);
        // A SUBACK for what waits for UNSUBACK is an error.
        flow.unsubscribe(4, &["c"]);
        flow.take();
        let suback = flow.either(&[0x90, 3, 0, 4, 0], &[0x90, 4, 0, 4, 0, 0]);
        flow.hears(suback);
        flow.ended_saying(0x82);
    }
}

#[test]
fn a_message_may_come_before_the_suback() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.subscribe(1, two());
        flow.take();
        let publish = flow.either(b"\x31\x04\x00\x01tx", b"\x31\x05\x00\x01t\x00x");
        flow.answers(publish, []);
        assert_eq!(flow.messages(), ["x"]);
        flow.goes_on();
    }
}
