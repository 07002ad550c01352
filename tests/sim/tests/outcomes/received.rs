//! QoS 2: what the broker says with PUBREC is in the outcome, which comes with PUBCOMP.

use mqttka_core::proto::Outcome;
use mqttka_core::types::{Properties, Property, Text};

use super::*;

fn text(words: &str) -> Text {
    Text::try_from(words).unwrap_or_default()
}

/// Acknowledgement 1, with these user properties named after it, and words where there are some.
fn saying(reason_code: ReasonCode, words: &str, name: &str, values: &[&str]) -> Ack {
    let words = (!words.is_empty()).then(|| Property::ReasonString(text(words)));
    let user = values
        .iter()
        .map(|value| Property::UserProperty(text(name), text(value)));
    Ack {
        reason_code,
        properties: words.into_iter().chain(user).collect(),
        ..ack(1)
    }
}

fn sent(script: &mut Script) {
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
}

fn outcome(script: &mut Script) -> Outcome {
    let mut completed = std::mem::take(&mut script.completed);
    match completed.pop() {
        Some((1, outcome)) if completed.is_empty() => outcome,
        other => panic!("{other:?}"),
    }
}

fn user(properties: &Properties) -> Vec<String> {
    let all = properties.user_properties();
    all.map(|(name, value)| format!("{name}={value}")).collect()
}

fn words(outcome: &Outcome) -> Option<&str> {
    let words = outcome.reason_string.as_ref().map(Text::as_str);
    let all = outcome.properties.iter();
    assert_eq!(
        all.filter(|it| matches!(it, Property::ReasonString(_)))
            .count(),
        usize::from(words.is_some())
    );
    words
}

const NOBODY: ReasonCode = ReasonCode::NoMatchingSubscribers;
const SUCCESS: ReasonCode = ReasonCode::Success;

#[test]
fn an_outcome_has_what_both_packets_say() {
    let mut script = connected(Config::default());
    sent(&mut script);
    script.receive([Packet::PubRec(saying(NOBODY, "stored", "rec", &["a", "b"]))]);
    script.receive([Packet::PubComp(saying(SUCCESS, "done", "comp", &["c"]))]);
    let outcome = outcome(&mut script);
    assert_eq!(outcome.result, Ok(NOBODY));
    assert_eq!(words(&outcome), Some("done"));
    assert_eq!(user(&outcome.properties), ["rec=a", "rec=b", "comp=c"]);
}

#[test]
fn each_of_them_may_say_it_alone() {
    for first in [true, false] {
        let mut script = connected(Config::default());
        sent(&mut script);
        let says = || saying(SUCCESS, "words", "x", &["y"]);
        let [rec, comp] = match first {
            true => [says(), ack(1)],
            false => [ack(1), says()],
        };
        script.receive([Packet::PubRec(rec), Packet::PubComp(comp)]);
        let outcome = outcome(&mut script);
        assert_eq!(outcome.result, Ok(SUCCESS));
        assert_eq!(words(&outcome), Some("words"));
        assert_eq!(user(&outcome.properties), ["x=y"]);
    }
    // A refusal by PUBREC is the outcome, as before.
    let mut script = connected(Config::default());
    sent(&mut script);
    let quota = ReasonCode::QuotaExceeded;
    script.receive([Packet::PubRec(saying(quota, "no", "x", &["y"]))]);
    let outcome = outcome(&mut script);
    assert_eq!(outcome.result, Err(OperationError::Refused(quota)));
    assert_eq!(user(&outcome.properties), ["x=y"]);
}

#[test]
fn it_outlives_the_connection_and_a_repetition_adds_nothing() {
    let mut script = connected(Config {
        clean_start: false,
        session_expiry_interval: 1000,
        ..Config::default()
    });
    sent(&mut script);
    let rec = || Packet::PubRec(saying(NOBODY, "", "rec", &["a"]));
    script.receive([rec(), rec(), rec()]);
    script.come_back(true, []);
    script.receive([rec()]);
    script.receive([Packet::PubComp(ack(1))]);
    let outcome = outcome(&mut script);
    assert_eq!(outcome.result, Ok(NOBODY));
    assert_eq!(user(&outcome.properties), ["rec=a"]);
}

#[test]
fn what_waits_is_bounded_by_what_may_wait_of_messages() {
    let limit = 4 * 1024;
    let mut script = connected(Config {
        inbound_queue_max_bytes: limit,
        ..Config::default()
    });
    let id = |n: u16| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    let value = "v".repeat(1000);
    for round in 0..2 {
        for n in 1..=10 {
            script.publish(n, QoS::ExactlyOnce);
        }
        let mut ids = Vec::new();
        for packet in script.sent() {
            if let Packet::Publish(publish) = packet {
                ids.extend(publish.packet_id.map(NonZeroU16::get));
            }
        }
        assert_eq!(ids.len(), 10, "{round}");
        let rec = |n: &u16| Ack {
            packet_id: id(*n),
            ..saying(SUCCESS, "", "rec", &[&value])
        };
        script.receive(ids.iter().map(|n| Packet::PubRec(rec(n))));
        script.receive(ids.iter().map(|n| Packet::PubComp(ack(*n))));
        let completed = std::mem::take(&mut script.completed);
        assert_eq!(completed.len(), 10);
        assert!(completed.iter().all(|(_, outcome)| outcome.result.is_ok()));
        let kept: Vec<_> = completed
            .iter()
            .filter(|(_, outcome)| !outcome.properties.is_empty())
            .map(|(_, outcome)| outcome.properties.cost())
            .collect();
        // There is room for some, and again when those are told.
        assert_eq!(kept.len(), limit / kept[0], "{round}");
    }
}
