//! Messages that the application refuses (5.0): PUBACK and PUBREC with a reason.

use mqttka_core::proto::{Command, Config, Refusal};
use mqttka_core::types::{ReasonCode, Version};

use super::{Flow, plain};

const QOS_1: &[u8] = b"\x32\x07\x00\x01d\x00\x07\x00m";
const QOS_2: &[u8] = b"\x34\x07\x00\x01d\x00\x07\x00m";

impl Flow {
    /// The application refuses the message of this place, and its turn comes.
    fn refuses(&mut self, ordinal: u64, refusal: Refusal) {
        self.ask(Command::Refuse {
            connection_number: self.script.machine.connection_number(),
            ordinal,
            refusal: Box::new(refusal),
        });
        self.takes(1);
    }
}

fn refusal(code: ReasonCode) -> Refusal {
    Refusal::new(code).expect("a code for it")
}

fn with_words() -> Refusal {
    let text = |text: &str| text.try_into().unwrap_or_default();
    refusal(ReasonCode::QuotaExceeded)
        .with_reason_string(text("no"))
        .with_user_property(text("k"), text("v"))
        .expect("room for it")
}

#[test]
fn each_reason_in_puback_and_pubrec() {
    for code in Refusal::REASON_CODES {
        for (publish, first) in [(QOS_1, 0x40), (QOS_2, 0x50)] {
            let mut flow = Flow::connected(plain(Version::V5));
            flow.answers(publish, []);
            flow.refuses(0, refusal(code));
            flow.says([first, 3, 0, 7, code as u8]);
            flow.goes_on();
        }
    }
}

#[test]
fn after_a_pubrec_that_refuses_the_identifier_is_a_new_messages() {
    let mut flow = Flow::connected(plain(Version::V5));
    flow.hears(QOS_2);
    flow.refuses(0, refusal(ReasonCode::NotAuthorized));
    flow.says([0x50, 3, 0, 7, 0x87]);
    assert_eq!(flow.messages(), ["m"]);
    // Also with DUP, which says nothing of this exchange.
    for (first, ordinal) in [(0x34, 1), (0x3c, 2)] {
        flow.hears(&[&[first], &QOS_2[1..]].concat());
        assert_eq!(flow.messages(), ["m"]);
        flow.refuses(ordinal, refusal(ReasonCode::NotAuthorized));
        flow.says([0x50, 3, 0, 7, 0x87]);
    }
    // A broker that releases it all the same hears that there is nothing.
    flow.answers(&[0x62, 2, 0, 7], [0x70, 3, 0, 7, 0x92]);
    flow.hears(QOS_2);
    flow.takes(1);
    flow.says([0x50, 2, 0, 7]);
}

#[test]
fn a_refusal_has_its_place_among_the_others() {
    let mut flow = Flow::connected(plain(Version::V5));
    for id in 1..=3 {
        flow.hears(&[&QOS_1[..6], &[id], &QOS_1[7..]].concat());
    }
    flow.ask(Command::Refuse {
        connection_number: flow.script.machine.connection_number(),
        ordinal: 1,
        refusal: Box::new(refusal(ReasonCode::UnspecifiedError)),
    });
    flow.says([]);
    flow.takes(3);
    flow.says([0x40, 2, 0, 1, 0x40, 3, 0, 2, 0x80, 0x40, 2, 0, 3]);
}

#[test]
fn what_would_make_it_larger_than_the_broker_takes_is_left_out() {
    let code = 0x97;
    let words = [0x1f, 0, 2, b'n', b'o'];
    let user = [0x26, 0, 1, b'k', 0, 1, b'v'];
    for (publish, first) in [(QOS_1, 0x40), (QOS_2, 0x50)] {
        for limit in 5..=20_u8 {
            let mut flow = Flow::connecting(plain(Version::V5));
            // CONNACK with Maximum Packet Size.
            flow.hears(&[0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, limit]);
            flow.hears(publish);
            flow.refuses(0, with_words());
            let said = match limit {
                18.. => [&[first, 16, 0, 7, code, 12][..], &words, &user].concat(),
                11.. => [&[first, 9, 0, 7, code, 5][..], &words].concat(),
                _ => vec![first, 3, 0, 7, code],
            };
            assert!(said.len() <= usize::from(limit));
            flow.says(said);
        }
    }
}

#[test]
fn where_it_fell_back_to_311_a_refusal_is_an_acknowledgement() {
    let config = Config {
        fallback_to_v311: true,
        ..plain(Version::V5)
    };
    let mut flow = Flow {
        script: mqttka_sim::script::Script::coming_back(config),
        version: Version::V311,
    };
    flow.connect();
    flow.hears(&[0x20, 2, 0, 1]);
    flow.script.set_version(Version::V311);
    flow.script.attempt();
    flow.take();
    flow.hears(&[0x20, 2, 0, 0]);
    flow.hears(b"\x34\x06\x00\x01d\x00\x07m");
    flow.refuses(0, refusal(ReasonCode::NotAuthorized));
    flow.says([0x50, 2, 0, 7]);
    flow.answers(&[0x62, 2, 0, 7], [0x70, 2, 0, 7]);
}
