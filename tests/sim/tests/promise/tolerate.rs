//! Faults of brokers: each ends the connection by an error that names it, or is let pass, and
//! counted.

use mqttka_core::codec::{Ack, ConnAck, Packet, SubAck, UnsubAck};
use mqttka_core::error::{DisconnectCause, OperationError};
use mqttka_core::proto::{Command, Config, EventKind};
use mqttka_core::types::{
    Fault, Properties, Property, QoS, ReasonCode, Text, Tolerate, TopicFilter, Version,
};
use mqttka_sim::script::{Script, from_broker, subscribe};

use crate::goodbye::id;

fn config(tolerate: Tolerate) -> Config {
    Config {
        tolerate,
        ..Config::default()
    }
}

fn connack(session_present: bool) -> Packet {
    Packet::ConnAck(ConnAck::new(session_present, ReasonCode::Success))
}

/// What is said of the end of the connection or attempt; empty: there was none.
fn end(script: &Script) -> String {
    let causes = script.causes().into_iter().map(|it| it.to_string());
    let failures = script.failures().into_iter().map(|it| it.to_string());
    causes.chain(failures).collect::<Vec<_>>().join("; ")
}

/// Plays the scene with a client that tolerates nothing, and with one that tolerates this fault
/// alone, and gives the latter.
fn both(fault: Fault, base: &Config, scene: impl Fn(&mut Script)) -> Script {
    let mut strict = Script::new(Config {
        tolerate: Tolerate::ALL.without(fault),
        ..base.clone()
    });
    scene(&mut strict);
    let said = end(&strict);
    assert!(said.contains(&format!("({fault})")), "{said:?}");
    assert_eq!(strict.machine.fault_counts().total(), 0);

    let mut mild = Script::new(Config {
        tolerate: fault.into(),
        ..base.clone()
    });
    scene(&mut mild);
    assert_eq!(end(&mild), "");
    assert!(mild.machine.fault_counts().get(fault) > 0);
    assert_eq!(mild.machine.faults_seen(), fault.into());
    mild
}

/// What a broker with this fault does to a client.
fn scene(fault: Fault) -> (Config, fn(&mut Script)) {
    let v311 = Config {
        protocol_version: Version::V311,
        ..Config::default()
    };
    match fault {
        Fault::SessionPresentOnCleanStart => (Config::default(), |script| {
            script.connect();
            script.receive([connack(true)]);
        }),
        Fault::PublishBeforeConnack => (Config::default(), |script| {
            script.connect();
            script.receive([from_broker(QoS::AtMostOnce, 1, false), connack(false)]);
        }),
        Fault::ReceiveMaximumExceeded => {
            let one = Config {
                receive_maximum: 1,
                ..Config::default()
            };
            (one, |script| {
                script.connect();
                script.receive([connack(false)]);
                script.receive([1, 2].map(|n| from_broker(QoS::AtLeastOnce, n, false)));
            })
        }
        Fault::WrongReasonCodeCount => (Config::default(), |script| {
            script.connect();
            script.receive([connack(false)]);
            script.ask(subscribe(1));
            script.sent();
            script.receive([Packet::SubAck(SubAck {
                packet_id: id(1),
                reason_codes: vec![ReasonCode::Success; 2],
                properties: Properties::new(),
            })]);
        }),
        Fault::DisconnectInV311 => (v311, |script| {
            script.connect();
            script.receive([connack(false)]);
            script.receive_bytes(b"\xe0\x00");
        }),
        Fault::UnaskedProperty => (Config::default(), |script| {
            script.connect();
            let words = Text::try_from("basis").unwrap_or_default();
            let mut connack = ConnAck::new(false, ReasonCode::Success);
            let properties = &mut connack.properties;
            properties.push(Property::ResponseInformation(words));
            script.receive([Packet::ConnAck(connack)]);
        }),
        Fault::PubackForQoS2 => (v311, |script| {
            script.connect();
            script.receive([connack(false)]);
            script.publish(1, QoS::ExactlyOnce);
            script.sent();
            script.receive([Packet::PubAck(Ack::new(id(1), ReasonCode::Success))]);
        }),
        other => panic!("no broker here has the fault {other}"),
    }
}

/// By default a fault is refused, but for one that costs the application nothing.
#[test]
fn each_fault_is_refused_by_its_name_or_tolerated_and_counted() {
    for fault in Fault::ALL {
        let (config, scene) = scene(fault);
        both(fault, &config, scene);
        let mut usual = Script::new(config);
        scene(&mut usual);
        let mild = fault == Fault::ReceiveMaximumExceeded;
        assert_eq!(end(&usual).is_empty(), mild, "{fault}: {:?}", end(&usual));
    }
}

#[test]
fn a_session_that_nobody_asked_for() {
    let script = both(
        Fault::SessionPresentOnCleanStart,
        &Config::default(),
        |script| {
            script.connect();
            script.receive([connack(true)]);
        },
    );
    let [EventKind::Connected(connected)] = &script.events[..] else {
        panic!("{:?}", script.events);
    };
    assert!(!connected.session_present, "it is a new one");
}

#[test]
fn messages_before_connack() {
    let script = both(Fault::PublishBeforeConnack, &Config::default(), |script| {
        script.connect();
        script.receive([
            from_broker(QoS::AtLeastOnce, 7, false),
            from_broker(QoS::AtMostOnce, 8, false),
        ]);
        script.receive([connack(false), from_broker(QoS::AtMostOnce, 9, false)]);
    });
    assert_eq!(script.messages.len(), 3);
    let counted = script.machine.fault_counts();
    assert_eq!(counted.get(Fault::PublishBeforeConnack), 2);
    // What is not accepted after all is forgotten.
    let mut script = Script::new(config(Fault::PublishBeforeConnack.into()));
    script.connect();
    script.receive([from_broker(QoS::AtLeastOnce, 7, false)]);
    let refused = ConnAck::new(false, ReasonCode::NotAuthorized);
    script.receive([Packet::ConnAck(refused)]);
    assert_eq!((script.messages.len(), script.failures().len()), (0, 1));
}

#[test]
fn messages_before_connack_have_a_bound() {
    let mut script = Script::new(config(Fault::PublishBeforeConnack.into()));
    script.connect();
    script.receive((0..1024).map(|_| from_broker(QoS::AtMostOnce, 1, false)));
    assert_eq!(end(&script), "");
    script.receive([from_broker(QoS::AtMostOnce, 1, false)]);
    assert!(end(&script).contains("(publish_before_connack)"));
    let mut script = Script::new(Config {
        inbound_queue_max_bytes: 1,
        ..config(Fault::PublishBeforeConnack.into())
    });
    script.connect();
    script.receive([from_broker(QoS::AtMostOnce, 1, false)]);
    assert_eq!(end(&script), "");
    script.receive([from_broker(QoS::AtMostOnce, 1, false)]);
    assert!(end(&script).contains("(publish_before_connack)"));
}

/// [MQTT-3.3.4-9]: of QoS 1 until PUBACK, of QoS 2 until PUBCOMP.
#[test]
fn more_than_our_receive_maximum() {
    let base = Config {
        receive_maximum: 2,
        ..Config::default()
    };
    let script = both(Fault::ReceiveMaximumExceeded, &base, |script| {
        script.connect();
        script.accept(false, []);
        // Twice as many as may be there at once, but never at once.
        script.receive([from_broker(QoS::AtLeastOnce, 1, false)]);
        script.receive([from_broker(QoS::ExactlyOnce, 2, false)]);
        script.release(2, 0);
        script.receive([from_broker(QoS::AtLeastOnce, 3, false)]);
        script.release(1, 0);
        script.receive([Packet::PubRel(Ack::new(id(2), ReasonCode::Success))]);
        script.receive([from_broker(QoS::AtLeastOnce, 4, false)]);
        script.receive([from_broker(QoS::ExactlyOnce, 5, false)]);
        // A repetition is none more.
        script.receive([from_broker(QoS::ExactlyOnce, 5, true)]);
        script.receive([from_broker(QoS::AtMostOnce, 6, false)]);
        assert_eq!(end(script), "");
        script.receive([from_broker(QoS::AtLeastOnce, 7, false)]);
    });
    assert_eq!(script.messages.len(), 7);
    let mut strict = Script::connected(
        Config {
            tolerate: Tolerate::NONE,
            receive_maximum: 1,
            ..Config::default()
        },
        [],
    );
    let sent = strict.receive([1, 2].map(|n| from_broker(QoS::AtLeastOnce, n, false)));
    let Some(Packet::Disconnect(told)) = sent.first() else {
        panic!("{sent:?}");
    };
    assert_eq!(told.reason_code, ReasonCode::ReceiveMaximumExceeded);
}

/// What debian's mosquitto does, and 3.1.1, which has no Receive Maximum.
#[test]
fn the_default_lets_a_backlog_come() {
    for version in [Version::V5, Version::V311] {
        let mut script = Script::connected(
            Config {
                protocol_version: version,
                receive_maximum: 2,
                ..Config::default()
            },
            [],
        );
        script.receive((1..=5).map(|n| from_broker(QoS::AtLeastOnce, n, false)));
        assert_eq!((script.messages.len(), end(&script)), (5, String::new()));
        let expected = if version == Version::V5 { 3 } else { 0 };
        assert_eq!(script.machine.fault_counts().total(), expected);
    }
}

/// A QoS 2 message of an earlier connection that waits for PUBREL is none of the window.
#[test]
fn what_an_earlier_connection_left_does_not_count() {
    let mut script = Script::connected(
        Config {
            receive_maximum: 1,
            tolerate: Tolerate::NONE,
            clean_start: false,
            client_id: "c".try_into().unwrap_or_default(),
            session_expiry_interval: 100,
            ..Config::default()
        },
        [],
    );
    script.receive([from_broker(QoS::ExactlyOnce, 1, false)]);
    script.release(1, 0);
    script.lose();
    let before = script.causes();
    assert_eq!(before, [DisconnectCause::ClosedByServer]);
    script.connect();
    script.accept(true, []);
    script.receive([from_broker(QoS::AtLeastOnce, 2, false)]);
    assert_eq!(script.causes(), before);
}

#[test]
fn a_wrong_number_of_reason_codes() {
    for (given, expected) in [
        (1, vec![ReasonCode::Success, ReasonCode::UnspecifiedError]),
        (3, vec![ReasonCode::Success; 2]),
    ] {
        let answers = vec![ReasonCode::Success; given];
        let properties = Properties::new();
        let filters = ["a", "b"].map(|it| TopicFilter::try_from(it).unwrap_or_else(|_| panic!()));
        let script = both(Fault::WrongReasonCodeCount, &Config::default(), |script| {
            script.connect();
            script.accept(false, []);
            let Command::Subscribe {
                mut subscriptions, ..
            } = subscribe(1)
            else {
                unreachable!();
            };
            subscriptions.push(subscriptions[0].clone());
            script.ask(Command::Subscribe {
                subscriptions,
                properties: Properties::new(),
                token: Some(1),
            });
            script.ask(Command::Unsubscribe {
                filters: filters.to_vec(),
                properties: Properties::new(),
                token: Some(2),
            });
            script.sent();
            script.receive([Packet::SubAck(SubAck {
                packet_id: id(1),
                reason_codes: answers.clone(),
                properties: properties.clone(),
            })]);
            script.receive([Packet::UnsubAck(UnsubAck {
                packet_id: id(2),
                reason_codes: answers.clone(),
                properties: properties.clone(),
            })]);
        });
        assert_eq!(script.completed.len(), 2);
        for (_, outcome) in &script.completed {
            assert_eq!(outcome.reason_codes, expected);
            let refused = Err(OperationError::Refused(ReasonCode::UnspecifiedError));
            let result = if given == 1 {
                refused
            } else {
                Ok(ReasonCode::Success)
            };
            assert_eq!(outcome.result, result);
        }
    }
}

/// As mochi does before it closes.
#[test]
fn a_disconnect_in_3_1_1() {
    let base = Config {
        protocol_version: Version::V311,
        ..Config::default()
    };
    let mut script = both(Fault::DisconnectInV311, &base, |script| {
        script.connect();
        script.accept(false, []);
        script.receive_bytes(b"\xe0\x00");
    });
    script.lose();
    assert_eq!(script.causes(), [DisconnectCause::ClosedByServer]);
}

#[test]
fn a_puback_for_qos_2() {
    for version in [Version::V311, Version::V5] {
        let base = Config {
            protocol_version: version,
            ..Config::default()
        };
        let script = both(Fault::PubackForQoS2, &base, |script| {
            script.connect();
            script.accept(false, []);
            script.publish(1, QoS::ExactlyOnce);
            script.sent();
            script.receive([Packet::PubAck(Ack::new(id(1), ReasonCode::Success))]);
        });
        let outcomes: Vec<_> = script.completed.iter().collect();
        assert!(
            matches!(outcomes[..], [(1, outcome)] if outcome.result.is_ok()),
            "{outcomes:?}"
        );
    }
    // Not tolerated, the publish has an outcome of its own, and the broker is not asked again.
    let mut script = Script::coming_back(Config {
        protocol_version: Version::V311,
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        ..config(Tolerate::NONE)
    });
    script.connect();
    script.accept(false, []);
    script.publish(1, QoS::ExactlyOnce);
    script.publish(2, QoS::AtLeastOnce);
    script.sent();
    script.receive([Packet::PubAck(Ack::new(id(1), ReasonCode::Success))]);
    let error = OperationError::NotSupportedByServer(ReasonCode::QoSNotSupported);
    let outcomes: Vec<_> = script.completed.iter().collect();
    assert!(
        matches!(outcomes[..], [(1, outcome)] if outcome.result == Err(error)),
        "{outcomes:?}"
    );
    let again = script.come_back(true, []);
    assert!(
        matches!(&again[..], [Packet::Publish(it)] if it.qos == QoS::AtLeastOnce),
        "{again:?}"
    );
    // PUBACK for what waits for PUBCOMP is none that could be tolerated.
    let mut script = Script::connected(config(Tolerate::ALL), []);
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
    let ack = || Ack::new(id(1), ReasonCode::Success);
    script.receive([Packet::PubRec(ack()), Packet::PubAck(ack())]);
    assert_eq!(script.causes().len(), 1);
}

#[test]
fn properties_that_were_to_be_left_out() {
    let base = Config {
        request_problem_information: false,
        ..Config::default()
    };
    both(Fault::UnaskedProperty, &base, |script| {
        script.connect();
        script.accept(false, []);
        script.publish(1, QoS::AtLeastOnce);
        script.sent();
        let mut ack = Ack::new(id(1), ReasonCode::Success);
        let words = Text::try_from("why").unwrap_or_default();
        ack.properties.push(Property::ReasonString(words));
        script.receive([Packet::PubAck(ack)]);
    });
    both(Fault::UnaskedProperty, &Config::default(), |script| {
        script.connect();
        let words = Text::try_from("basis").unwrap_or_default();
        let mut connack = ConnAck::new(false, ReasonCode::Success);
        connack
            .properties
            .push(Property::ResponseInformation(words));
        script.receive([Packet::ConnAck(connack)]);
    });
    // Whoever claims to have authenticated is never believed.
    let mut script = Script::new(config(Tolerate::ALL));
    script.connect();
    let mut connack = ConnAck::new(false, ReasonCode::Success);
    let method = Text::try_from("m").unwrap_or_default();
    connack
        .properties
        .push(Property::AuthenticationMethod(method));
    script.receive([Packet::ConnAck(connack)]);
    assert_eq!(script.failures().len(), 1);
}

/// Counts are for good; what was seen is the connection's.
#[test]
fn each_connection_begins_without_faults() {
    let mut script = Script::connected(
        Config {
            receive_maximum: 1,
            ..Config::default()
        },
        [],
    );
    script.receive([1, 2].map(|n| from_broker(QoS::AtLeastOnce, n, false)));
    assert!(!script.machine.faults_seen().is_empty());
    script.lose();
    script.connect();
    assert!(script.machine.faults_seen().is_empty());
    assert_eq!(script.machine.fault_counts().total(), 1);
}

/// Of several that come too early, each may end the connection that then begins: it ends once.
#[test]
fn early_messages_that_do_not_fit_end_the_connection_once() {
    let mut script = Script::coming_back(Config {
        inbound_queue_max_bytes: 1000,
        session_expiry_interval: 1000,
        ..config(Tolerate::ALL)
    });
    script.connect();
    script.accept(false, []);
    script.receive((1..200).map(|n| from_broker(QoS::AtLeastOnce, n, false)));
    let backlog = script.messages.len();
    assert_eq!(script.causes(), [DisconnectCause::InboundOverflow]);
    script.attempt();
    script.receive((1..4).map(|n| from_broker(QoS::AtLeastOnce, n, false)));
    script.accept(true, []);
    assert_eq!(script.causes(), vec![DisconnectCause::InboundOverflow; 2]);
    assert_eq!(script.messages.len(), backlog);
}
