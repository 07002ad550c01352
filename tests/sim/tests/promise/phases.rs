//! Every phase of a connection has its bound, and its one event.

use mqttka_core::codec::{ConnAck, Packet};
use mqttka_core::error::{ConnectError, DisconnectCause, Stage};
use mqttka_core::proto::{Command, Config, EventKind, State};
use mqttka_core::types::{Instant, Properties, Property, QoS, ReasonCode, Version};
use mqttka_sim::app::Publishing;
use mqttka_sim::broker::Process;
use mqttka_sim::script::Script;
use mqttka_sim::world::{Fault, World, WorldConfig};
use mqttka_sim::{at, ms, secs};

/// The only event, with its time.
fn only_event(world: &World) -> (Instant, &EventKind) {
    let [(at, event)] = &world.oracle.events[..] else {
        panic!("{:?}", world.oracle.events);
    };
    (*at, &event.kind)
}

fn timed_out_in(world: &World) -> (Instant, Stage) {
    match only_event(world) {
        (at, EventKind::ConnectFailed(error)) => match **error {
            ConnectError::Timeout { stage, .. } => (at, stage),
            ref other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_attempt_that_hangs_names_its_stage() {
    for (k, bound) in [(1, ms(1450)), (5, ms(7250)), (60, secs(30)), (0, secs(30))] {
        for stage in [Stage::Dns, Stage::Tcp, Stage::Tls, Stage::WebSocket] {
            let mut config = WorldConfig::new(k);
            config.hangs_in = Some(stage);
            let mut world = World::new(config);
            world.run_for(secs(200));
            assert_eq!(timed_out_in(&world), (at(bound), stage), "K = {k}");
            assert_eq!(world.finish(), [""; 0]);
        }
    }
}

#[test]
fn an_attempt_into_a_black_hole_ends_in_time() {
    let mut world = World::new(WorldConfig::new(5));
    world.inject(Fault::BlackHole);
    world.run_for(secs(100));
    assert_eq!(timed_out_in(&world), (at(ms(7250)), Stage::Tcp));
    // The path dies while CONNECT is under way.
    let mut world = World::new(WorldConfig::new(5));
    world.schedule(at(ms(50)), Fault::BlackHole);
    world.run_for(secs(100));
    assert_eq!(timed_out_in(&world), (at(ms(7250)), Stage::Mqtt));
}

#[test]
fn connack_that_is_missing_or_half_ends_in_time() {
    for bytes in [0, 1, 3, 5] {
        let mut config = WorldConfig::new(5);
        config.broker.server_keep_alive = Some(5);
        config.broker.connack_bytes = Some(bytes);
        let mut world = World::new(config);
        world.run_for(secs(100));
        let expected = (at(ms(7250)), Stage::Mqtt);
        assert_eq!(timed_out_in(&world), expected, "{bytes} bytes");
        assert_eq!(world.finish(), [""; 0]);
    }
    for process in [Process::Stopped, Process::Silent] {
        let mut world = World::new(WorldConfig::new(5));
        world.inject(Fault::Broker(process));
        world.run_for(secs(100));
        assert_eq!(timed_out_in(&world), (at(ms(7250)), Stage::Mqtt));
    }
}

#[test]
fn a_connect_timeout_of_the_applications_own() {
    let mut config = WorldConfig::new(5);
    config.client.connect_timeout = Some(ms(300));
    config.hangs_in = Some(Stage::Tcp);
    let mut world = World::new(config);
    world.run_for(secs(10));
    assert_eq!(timed_out_in(&world), (at(ms(300)), Stage::Tcp));
}

#[test]
fn a_connection_refused_fails_the_attempt() {
    for version in [Version::V5, Version::V311] {
        let mut script = Script::new(Config {
            protocol_version: version,
            ..Config::default()
        });
        script.connect();
        let sent = script.receive([Packet::ConnAck(ConnAck {
            session_present: false,
            reason_code: ReasonCode::NotAuthorized,
            properties: Properties::new(),
        })]);
        assert_eq!(sent, []);
        let [ConnectError::Refused { reason_code, .. }] = &script.failures()[..] else {
            panic!("{:?}", script.events);
        };
        assert_eq!(*reason_code, ReasonCode::NotAuthorized);
        assert_eq!(script.events.len(), 1);
        assert_eq!(script.machine.state(), State::Idle);
    }
}

#[test]
fn a_session_that_nobody_asked_for_fails_the_attempt() {
    let mut script = Script::new(Config::default());
    script.connect();
    script.accept(true, []);
    assert_eq!(script.failures().len(), 1);
    assert_eq!(script.events.len(), 1);
}

#[test]
fn disconnect_and_close_end_an_attempt_once() {
    for (command, error) in [
        (
            Command::Disconnect {
                reason_code: ReasonCode::Success,
                drain_timeout: None,
            },
            ConnectError::DisconnectRequested,
        ),
        (Command::Close, ConnectError::ClientClosed),
    ] {
        let mut script = Script::new(Config::default());
        script.connect();
        script.ask(command);
        assert_eq!(script.failures(), [error]);
        // What comes too late is of no interest.
        script.accept(false, []);
        script.lose();
        script.wait(secs(100));
        assert_eq!(script.events.len(), 1, "{:?}", script.events);
        assert_eq!(script.closes, [false]);
    }
}

#[test]
fn disconnect_is_graceful_where_the_broker_takes_it() {
    let mut script = Script::connected(Config::default(), []);
    script.publish(1, QoS::AtMostOnce);
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::DisconnectWithWillMessage,
        drain_timeout: None,
    });
    let sent = script.sent();
    assert!(
        matches!(&sent[..], [Packet::Publish(_), Packet::Disconnect(d)]
            if d.reason_code == ReasonCode::DisconnectWithWillMessage),
        "{sent:?}"
    );
    // Our half is closed; the connection ends when the broker has closed its own.
    assert_eq!(script.finishes, 1);
    assert_eq!(script.causes(), []);
    assert_eq!(script.machine.state(), State::Disconnecting);
    script.lose();
    assert_eq!(script.causes(), [DisconnectCause::DisconnectRequested]);
    assert_eq!(script.closes, [true]);
    script.lose();
    script.wait(secs(100));
    assert_eq!(script.events.len(), 2);
}

#[test]
fn disconnect_waits_for_acknowledgements_that_are_queued() {
    let config = Config {
        clean_start: false,
        session_expiry_interval: 100,
        client_id: "c".try_into().unwrap_or_default(),
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
    script.receive([Packet::PubRec(mqttka_core::codec::Ack::new(
        std::num::NonZeroU16::MIN,
        ReasonCode::Success,
    ))]);
    script.lose();
    script.connect();
    // The application calls at once, before the repeated PUBREL has left.
    script.room = Some(0);
    script.accept(true, []);
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: None,
    });
    script.room = None;
    let sent = script.sent();
    assert!(
        matches!(&sent[..], [Packet::PubRel(_), Packet::Disconnect(_)]),
        "{sent:?}"
    );
    script.lose();
    assert_eq!(script.causes().len(), 2);
}

#[test]
fn disconnect_in_a_black_hole_takes_half_of_k_or_two_seconds() {
    for (k, bound) in [(1, ms(500)), (5, secs(2)), (60, secs(2)), (0, secs(2))] {
        for flood in [false, true] {
            let mut config = WorldConfig::new(k);
            if flood {
                config.publishing = Some(Publishing {
                    qos: QoS::AtMostOnce,
                    size: 1000,
                    every: None,
                    count: u64::MAX,
                });
                config.up.bandwidth = 10_000;
            }
            let mut world = World::connected(config);
            world.run_for(ms(400));
            world.inject(Fault::BlackHole);
            world.inject(Fault::Disconnect(None));
            let from = world.now;
            let end = world.until_disconnected(secs(100));
            let Some((at, DisconnectCause::DisconnectRequested)) = end else {
                panic!("K = {k}, flood {flood}: {end:?}");
            };
            let took = at.saturating_since(from);
            assert_eq!(took, bound, "K = {k}, flood {flood}");
            world.run_for(secs(10));
            assert_eq!(world.oracle.events.len(), 2);
            assert_eq!(world.finish(), [""; 0]);
        }
    }
}

#[test]
fn a_disconnect_while_disconnecting_is_one_event() {
    let mut script = Script::connected(Config::default(), []);
    script.room = Some(0);
    for _ in 0..3 {
        script.ask(Command::Disconnect {
            reason_code: ReasonCode::Success,
            drain_timeout: None,
        });
    }
    assert_eq!(script.machine.state(), State::Disconnecting);
    // Whatever ends it first, the cause is the one that was first.
    script.receive_bytes(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    script.lose();
    script.wait(secs(10));
    assert_eq!(script.causes().len(), 1);
    assert_eq!(script.events.len(), 2);
}

#[test]
fn after_the_end_a_client_can_connect_again_and_a_closed_one_cannot() {
    let mut script = Script::connected(Config::default(), []);
    script.lose();
    script.connect();
    script.accept(false, []);
    assert_eq!(script.events.len(), 3);
    script.ask(Command::Close);
    assert_eq!(script.events.len(), 3);
    script.sent();
    script.lose();
    assert_eq!(script.events.len(), 4);
    assert_eq!(script.causes()[1], DisconnectCause::ClientClosed);
    script.ask(Command::Connect);
    script.publish(1, QoS::AtLeastOnce);
    script.ask(Command::Close);
    script.wait(secs(100));
    assert_eq!(script.events.len(), 4);
    assert_eq!(script.completed.len(), 1);
    assert_eq!(script.machine.state(), State::Closed);
}

#[test]
fn reconnecting_into_a_black_hole_fails_each_attempt_once() {
    let mut config = WorldConfig::new(5);
    config.reconnect = Some(secs(1));
    let mut world = World::connected(config);
    world.run_for(secs(3));
    world.inject(Fault::BlackHole);
    world.run_for(secs(50));
    world.inject(Fault::Heal);
    world.run_for(secs(20));
    let kinds: String = world
        .oracle
        .events
        .iter()
        .map(|(_, event)| match event.kind {
            EventKind::Connected(_) => 'c',
            EventKind::Disconnected(_) => 'd',
            _ => 'f',
        })
        .collect();
    assert!(kinds.starts_with("cdf"), "{kinds}");
    assert!(kinds.ends_with("fc"), "{kinds}");
    let numbers: Vec<u64> = world
        .oracle
        .events
        .iter()
        .map(|(_, event)| event.connection_number)
        .collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(world.finish(), [""; 0]);
}

#[test]
fn a_keep_alive_of_the_server_takes_its_place() {
    // Client, server, who pings, and when an idle black hole is found.
    for (client, server, k) in [
        (60, Some(5), 5),
        (5, Some(60), 60),
        (60, Some(0), 0),
        (0, Some(5), 5),
        (0, None, 0),
        (65_535, Some(10), 10),
        (1, Some(65_535), 65_535),
    ] {
        let case = format!("client {client}, server {server:?}");
        let mut config = WorldConfig::new(client);
        config.broker.server_keep_alive = server;
        config.benign = true;
        let mut world = World::connected(config);
        // A healthy hour; then the path is gone.
        world.run_for(secs(3600));
        assert_eq!(world.oracle.events.len(), 1, "{case}");
        assert_eq!(world.machine().keep_alive(), k, "{case}");
        let pings = world.broker.pings_answered;
        assert_eq!(pings > 0, (1..=3600).contains(&k), "{case}: {pings}");
        world.oracle.set_benign(false);
        world.inject(Fault::BlackHole);
        let end = world.until_disconnected(secs(200_000));
        match end {
            None => assert_eq!(k, 0, "{case}"),
            Some((_, cause)) => assert_eq!(cause, DisconnectCause::KeepAliveTimeout, "{case}"),
        }
        assert_eq!(end_count(&world), if k == 0 { 1 } else { 2 }, "{case}");
        assert_eq!(world.finish(), [""; 0], "{case}");
    }
}

fn end_count(world: &World) -> usize {
    world.oracle.events.len()
}

#[test]
fn a_dead_peer_time_of_its_own_bounds_the_detection() {
    for (k, own) in [(0, 15), (1200, 15), (5, 60)] {
        for fault in [
            Fault::BlackHole,
            Fault::Broker(Process::Stopped),
            Fault::Broker(Process::Silent),
        ] {
            let mut config = WorldConfig::new(k);
            config.client.dead_peer_timeout = Some(secs(own));
            config.benign = true;
            let mut world = World::connected(config);
            world.run_for(secs(600));
            world.oracle.set_benign(false);
            world.inject(fault);
            let evidence = world.truth().map(|t| t.inbound);
            let end = world.until_disconnected(secs(200));
            let Some((at, _)) = end else {
                panic!("K = {k}, own {own}, {fault:?}");
            };
            let bound = if k == 5 { ms(7500) } else { secs(own) };
            let after = evidence.map(|e| at.saturating_since(e));
            assert!(after <= Some(bound + ms(40)), "K = {k}: {after:?}");
            assert_eq!(world.finish(), [""; 0]);
        }
    }
}

#[test]
fn a_second_event_never_follows_the_first_cause() {
    // Everything that could end the connection, at once, in every order.
    type End = fn(&mut Script);
    let ends: [End; 6] = [
        |s| s.lose(),
        |s| {
            s.receive_bytes(&[0xff; 8]);
        },
        |s| {
            s.receive([Packet::Disconnect(mqttka_core::codec::Disconnect::new(
                ReasonCode::ServerShuttingDown,
            ))]);
        },
        |s| s.fail(),
        |s| s.ask(Command::Close),
        |s| {
            s.wait(secs(1000));
        },
    ];
    for first in 0..ends.len() {
        for second in 0..ends.len() {
            for third in 0..ends.len() {
                let mut script =
                    Script::connected(Config::default(), [Property::ReceiveMaximum(9)]);
                ends[first](&mut script);
                ends[second](&mut script);
                ends[third](&mut script);
                script.wait(secs(1000));
                assert_eq!(script.causes().len(), 1, "{first} {second} {third}");
                assert_eq!(script.events.len(), 2, "{first} {second} {third}");
                assert_eq!(script.closes.len(), 1, "{first} {second} {third}");
            }
        }
    }
}
