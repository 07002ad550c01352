//! Rule L16: the end that was asked for. What was queued goes first, then DISCONNECT, then
//! nothing; and the broker gets it, whatever else is on its way.

use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, Packet, SubAck};
use mqttka_core::error::{DisconnectCause, OperationError};
use mqttka_core::proto::{Command, Config, State};
use mqttka_core::types::{Properties, Property, QoS, ReasonCode, Version};
use mqttka_sim::app::Publishing;
use mqttka_sim::broker::{Push, numbered};
use mqttka_sim::rng::Rng;
use mqttka_sim::script::{self, Script, message, subscribe};
use mqttka_sim::world::{Fault, World, WorldConfig};
use mqttka_sim::{ms, secs};

pub(super) fn id(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

pub(super) fn ack(n: u16) -> Ack {
    Ack::new(id(n), ReasonCode::Success)
}

pub(super) fn from_broker(qos: QoS, n: u16) -> Packet {
    script::from_broker(qos, n, false)
}

pub(super) fn disconnect(drain: Option<u64>) -> Command<u64> {
    Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: drain.map(secs),
    }
}

pub(super) fn persistent() -> Config {
    Config {
        keep_alive: 5,
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: 100,
        ..Config::default()
    }
}

pub(super) fn transient() -> Config {
    Config {
        keep_alive: 5,
        ..Config::default()
    }
}

pub(super) fn is_farewell(packet: &Packet) -> bool {
    matches!(packet, Packet::Disconnect(_))
}

pub(super) fn outcome(script: &Script, token: u64) -> Option<Result<(), OperationError>> {
    let found = script.completed.iter().find(|(t, _)| *t == token);
    found.map(|(_, outcome)| outcome.result.clone().map(drop))
}

/// [MQTT-3.14.4-1]
#[test]
fn nothing_follows_a_disconnect_that_waits_for_the_socket() {
    type Cause = fn(&mut Script);
    let causes: [(&str, Cause); 9] = [
        ("an acknowledgement", |s| s.release(2, 0)),
        ("a publish at QoS 0", |s| s.publish(7, QoS::AtMostOnce)),
        ("a publish at QoS 1", |s| s.publish(7, QoS::AtLeastOnce)),
        ("a subscribe", |s| s.ask(subscribe(7))),
        ("PUBREC", |s| s.input([Packet::PubRec(ack(1))])),
        ("PUBREL", |s| s.input([Packet::PubRel(ack(3))])),
        ("a probe", |s| s.ask(Command::Probe { timeout: secs(1) })),
        ("PUBLISH at QoS 2", |s| {
            s.input([from_broker(QoS::ExactlyOnce, 2)]);
        }),
        ("close", |s| s.ask(Command::Close)),
    ];
    // The socket is full before the first byte of DISCONNECT, or in the middle.
    for room in [0, 1] {
        for (what, cause) in &causes {
            let mut script = Script::connected(persistent(), []);
            script.publish(1, QoS::ExactlyOnce);
            script.sent();
            script.receive([
                from_broker(QoS::ExactlyOnce, 3),
                from_broker(QoS::AtLeastOnce, 4),
                from_broker(QoS::ExactlyOnce, 5),
            ]);
            script.release(1, 0);
            assert_eq!(script.sent(), [Packet::PubRec(ack(3))]);
            script.room = Some(room);
            script.ask(disconnect(None));
            assert_eq!(script.sent(), [], "{what}");
            cause(&mut script);
            script.wait(ms(1500));
            script.room = None;
            let sent = script.sent();
            assert!(sent.len() == 1 && is_farewell(&sent[0]), "{what}: {sent:?}");
            assert_eq!(script.finishes, 1, "{what}");
            cause(&mut script);
            assert_eq!(script.sent(), [], "{what}");
            assert_eq!(script.wait(secs(100)), [], "{what}");
            assert_eq!(script.causes(), [DisconnectCause::DisconnectRequested]);
        }
    }
}

#[test]
fn what_was_queued_goes_first_in_its_order() {
    for version in [Version::V5, Version::V311] {
        let mut config = WorldConfig::new(5);
        config.client.protocol_version = version;
        // More than may be in flight, and more than the socket takes at once.
        config.publishing = Some(Publishing {
            qos: QoS::AtLeastOnce,
            size: 1000,
            every: None,
            count: 100,
        });
        config.broker.receive_maximum = Some(7);
        let mut world = World::connected(config);
        assert!(world.run_until(secs(1), |w| w.app.outstanding() > 0));
        assert_eq!(world.app.outstanding() + world.app.outcomes.len(), 100);
        assert!(world.broker.received().len() < 50);
        world.inject(Fault::Disconnect(None));
        let start = world.now;
        let end = world.until_disconnected(secs(10));
        assert!(
            matches!(end, Some((at, DisconnectCause::DisconnectRequested)) if at < start + ms(1500)),
            "{end:?}"
        );
        assert_eq!(world.broker.goodbyes, 1);
        assert_eq!(world.broker.received().len(), 100);
        // And each has its outcome.
        assert_eq!(
            world.app.outcomes.values().filter(|o| o.is_ok()).count(),
            100
        );
        assert_eq!(world.finish(), [""; 0]);
    }
}

#[test]
fn a_broker_that_acknowledges_nothing_hears_the_goodbye_all_the_same() {
    for (k, bound) in [(1, ms(500)), (5, secs(2)), (0, secs(2))] {
        let config = Config {
            keep_alive: k,
            ..Config::default()
        };
        let mut script = Script::connected(config, [Property::ReceiveMaximum(1)]);
        script.publish(1, QoS::AtLeastOnce);
        script.publish(2, QoS::AtLeastOnce);
        script.ask(disconnect(None));
        assert_eq!(script.sent().len(), 1);
        assert_eq!(script.wait(bound / 2 - ms(1)), [], "K = {k}");
        let sent = script.wait(ms(1));
        assert!(
            sent.len() == 1 && is_farewell(&sent[0]),
            "K = {k}: {sent:?}"
        );
        script.wait(bound / 2 - ms(1));
        assert_eq!(script.causes(), []);
        script.wait(ms(1));
        assert_eq!(script.causes(), [DisconnectCause::DisconnectRequested]);
        // The system may go on to deliver what it took.
        assert_eq!(script.closes, [true]);
        let lost = Some(Err(OperationError::Disconnected));
        assert_eq!(
            [outcome(&script, 1), outcome(&script, 2)],
            [lost.clone(), lost]
        );
    }
}

#[test]
fn a_long_queue_into_a_slow_socket_does_not_stand_before_the_goodbye() {
    let mut script = Script::connected(transient(), []);
    for n in 0..100 {
        let mut large = message(n, QoS::AtMostOnce);
        large.payload = numbered(n, 50_000);
        script.publish_message(n, large);
    }
    script.room = Some(1000);
    script.ask(disconnect(None));
    script.sent();
    script.wait(secs(1));
    script.room = None;
    let sent = script.sent();
    // What was encoded before, and no more.
    assert!(sent.len() < 5, "{}", sent.len());
    assert!(sent.last().is_some_and(is_farewell));
}

/// A client and a broker that flood each other.
fn flooded(seed: u64) -> World {
    let mut rng = Rng::new(seed);
    let mut config = WorldConfig::new(rng.pick(&[5, 60, 0]));
    config.seed = seed;
    config.client.protocol_version = rng.pick(&[Version::V5, Version::V311]);
    let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
    config.publishing = rng.chance(0.7).then(|| Publishing {
        qos: rng.pick(&qos),
        size: rng.magnitude(100.0, 20_000.0) as usize,
        every: None,
        count: u64::MAX,
    });
    config.broker.push = Some(Push {
        qos: rng.pick(&qos),
        size: rng.magnitude(100.0, 20_000.0) as usize,
        every: None,
        count: u64::MAX,
    });
    config.up.bandwidth = 400_000;
    config.down.bandwidth = 400_000;
    config.up.delay = ms(rng.range(1, 20));
    config.down.delay = ms(rng.range(1, 20));
    let mut world = World::connected(config);
    world.run_for(rng.duration(ms(10), ms(300)));
    world
}

#[test]
fn a_goodbye_under_a_flood_arrives() {
    for seed in 0..100 {
        let mut world = flooded(seed);
        let (command, cause) = match seed % 2 {
            0 => (disconnect(None), DisconnectCause::DisconnectRequested),
            _ => (Command::Close, DisconnectCause::ClientClosed),
        };
        world.app.ask(command);
        let start = world.now;
        let end = world.until_disconnected(secs(10));
        assert_eq!(end.as_ref().map(|(_, c)| c), Some(&cause), "seed {seed}");
        assert!(
            end.is_some_and(|(at, _)| at <= start + secs(2)),
            "seed {seed}"
        );
        // What its kernel still has to deliver.
        world.run_for(secs(3));
        assert_eq!(world.broker.goodbyes, 1, "seed {seed}");
        assert_eq!(world.finish(), [""; 0], "seed {seed}");
    }
}

#[test]
fn answers_that_come_after_the_disconnect_still_count() {
    let mut script = Script::connected(persistent(), []);
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::ExactlyOnce);
    script.ask(subscribe(3));
    script.ask(disconnect(None));
    let sent = script.sent();
    assert!(sent.len() == 4 && is_farewell(&sent[3]), "{sent:?}");
    let sent = script.receive([
        Packet::PubAck(ack(1)),
        Packet::PubRec(ack(2)),
        Packet::SubAck(SubAck {
            packet_id: id(3),
            reason_codes: vec![ReasonCode::Success],
            properties: Properties::new(),
        }),
        // Nobody takes these any more: the broker keeps what is not acknowledged.
        from_broker(QoS::AtMostOnce, 0),
        from_broker(QoS::AtLeastOnce, 8),
        from_broker(QoS::ExactlyOnce, 9),
    ]);
    assert_eq!(sent, []);
    assert_eq!(outcome(&script, 1), Some(Ok(())));
    assert_eq!(outcome(&script, 3), Some(Ok(())));
    assert_eq!(script.messages.len(), 0);
    script.lose();
    // The session goes on where it stood.
    script.connect();
    let sent = script.accept(true, []);
    assert_eq!(sent, [Packet::PubRel(ack(2))]);
    script.receive([from_broker(QoS::ExactlyOnce, 9)]);
    assert_eq!(script.messages.len(), 1);
}

#[test]
fn garbage_after_the_disconnect_ends_nothing_early() {
    let mut script = Script::connected(transient(), []);
    script.ask(disconnect(None));
    script.sent();
    for _ in 0..10 {
        assert_eq!(script.receive_bytes(&[0xff; 1000]), []);
        script.wait(ms(10));
        assert_eq!(script.causes(), []);
        assert_eq!(script.untaken(), 0);
    }
    script.lose();
    assert_eq!(script.causes(), [DisconnectCause::DisconnectRequested]);
    assert_eq!(script.events.len(), 2);
}

#[test]
fn what_a_resumed_session_repeats_goes_first() {
    let mut script = Script::connected(persistent(), []);
    for n in 1..=3 {
        script.publish(n, QoS::AtLeastOnce);
    }
    script.sent();
    script.lose();
    script.connect();
    assert_eq!(script.accept(true, [Property::ReceiveMaximum(1)]).len(), 1);
    script.ask(disconnect(None));
    assert_eq!(script.sent(), []);
    assert_eq!(script.receive([Packet::PubAck(ack(1))]).len(), 1);
    let sent = script.receive([Packet::PubAck(ack(2))]);
    assert!(sent.len() == 2 && is_farewell(&sent[1]), "{sent:?}");
}

#[test]
fn close_is_a_goodbye_and_then_the_end_for_good() {
    // From connected, and in each part of a disconnect.
    for part in 0..4 {
        let mut script = Script::connected(persistent(), []);
        script.publish(1, QoS::AtLeastOnce);
        let cause = match part {
            0 => DisconnectCause::ClientClosed,
            _ => DisconnectCause::DisconnectRequested,
        };
        match part {
            0 => {}
            1 => script.ask(disconnect(Some(60))),
            2 => script.ask(disconnect(None)),
            _ => {
                script.ask(disconnect(None));
                assert_eq!(script.sent().len(), 2);
            }
        }
        script.ask(Command::Close);
        assert_eq!(script.machine.state(), State::Disconnecting, "part {part}");
        if part < 3 {
            let sent = script.sent();
            assert!(sent.len() == 2 && is_farewell(&sent[1]), "{part}: {sent:?}");
        }
        script.publish(2, QoS::AtLeastOnce);
        assert_eq!(outcome(&script, 2), Some(Err(OperationError::Closed)));
        script.lose();
        assert_eq!(script.causes(), [cause], "part {part}");
        assert_eq!(script.machine.state(), State::Closed, "part {part}");
        // Also what the session would have kept: nobody will send it.
        assert_eq!(outcome(&script, 1), Some(Err(OperationError::Closed)));
        assert_eq!(script.closes, [true]);
        script.ask(Command::Connect);
        script.wait(secs(100));
        assert_eq!(script.events.len(), 2);
    }
    let mut script = Script::new(transient());
    script.ask(Command::Close);
    assert_eq!(script.machine.state(), State::Closed);
}

#[test]
fn abort_is_at_once_and_without_a_word() {
    for part in 0..4 {
        let mut script = Script::connected(transient(), []);
        script.publish(1, QoS::AtLeastOnce);
        match part {
            0 => {}
            1 => script.ask(disconnect(Some(60))),
            2 => script.ask(disconnect(None)),
            _ => script.ask(Command::Close),
        }
        script.ask(Command::Abort);
        assert_eq!(script.machine.state(), State::Closed, "part {part}");
        assert_eq!(script.sent(), [], "part {part}");
        assert_eq!(script.causes().len(), 1, "part {part}");
        assert_eq!(script.closes, [false], "part {part}");
        assert_eq!(script.completed.len(), 1, "part {part}");
        script.wait(secs(100));
        assert_eq!(script.events.len(), 2, "part {part}");
    }
    let mut script = Script::new(transient());
    script.connect();
    script.ask(Command::Abort);
    assert_eq!(script.failures().len(), 1);
    assert_eq!(script.machine.state(), State::Closed);
}

#[test]
fn a_reason_that_no_client_may_give_is_still_a_goodbye() {
    let mut script = Script::connected(transient(), []);
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::BadUserNameOrPassword,
        drain_timeout: None,
    });
    let sent = script.sent();
    assert!(sent.len() == 1 && is_farewell(&sent[0]), "{sent:?}");
}
