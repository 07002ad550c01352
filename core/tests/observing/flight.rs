use std::time::Duration;

use mqttka_core::client::{
    Completion, Direction, FlightPacket, FlightRecord, NetworkChange, PacketType, QoS, Reconnect,
    Stage, TransportError,
};

use crate::world::{message, ms, world};

/// Direction, type, size, identifier, milliseconds before the end.
type Line = (&'static str, &'static str, u32, u16, u128);

fn line(packet: &FlightPacket) -> Line {
    (
        packet.direction.name(),
        packet.packet_type.map_or("none", PacketType::name),
        packet.size,
        packet.packet_id.map_or(0, |id| id.get()),
        packet.age.as_millis(),
    )
}

fn lines(record: &FlightRecord) -> Vec<Line> {
    record.packets.iter().map(line).collect()
}

#[test]
fn a_path_that_died_has_its_story() {
    let mut world = world(|_| {});
    world.connect();
    let connect = u32::try_from(world.written.len()).unwrap();
    world.pass(ms(100));
    let publish = message("secret/topic", "secret payload", QoS::AtLeastOnce);
    world.client.publish(publish, Completion::none()).unwrap();
    world.run();
    world.say(&[0x32, 6, 0, 1, b'a', 0, 9, 0]);
    // Of which the identifier stands behind two bytes of length.
    world.say(
        &[
            [0x34, 0x86, 0x01, 0, 1, b'a', 2, 1, 0].to_vec(),
            vec![7; 128],
        ]
        .concat(),
    );
    world.pass(ms(3_000));
    world.say(&[0xd0, 0]);
    world.pass(Duration::from_secs(10));
    let record = world.record();
    assert_eq!((record.cause, record.cause_code), ("keep_alive_timeout", 1));
    assert_eq!(record.connection_number, 1);
    let lines = lines(&record);
    let ended = record.packets[0].age.as_millis();
    assert_eq!(record.connected_for.unwrap().as_millis(), ended);
    let (sent, received) = ("sent", "received");
    let expected = [
        (sent, "CONNECT", connect, 0, ended),
        (received, "CONNACK", 5, 0, ended),
        (sent, "PUBLISH", 33, 1, ended - 100),
        (received, "PUBLISH", 8, 9, ended - 100),
        (received, "PUBLISH", 137, 0x201, ended - 100),
        (sent, "PUBACK", 4, 9, ended - 100),
        (sent, "PUBREC", 4, 0x201, ended - 100),
    ];
    assert_eq!(lines[..7], expected);
    let kinds: Vec<_> = lines[7..].iter().map(|it| it.1).collect();
    assert_eq!(kinds[..2], ["PINGREQ", "PINGRESP"]);
    assert!(kinds[2..].iter().all(|it| *it == "PINGREQ") && kinds.len() > 2);
    assert_eq!(record.ping_round_trips.len(), 1);
    assert_eq!(record.queues.unacknowledged, 1);
    assert_eq!(record.queues.outbound_messages, 1);
    assert!(record.liveness.unwrap().unanswered_pings > 0);
    let attempted = record.attempted.as_ref().expect("what was tried");
    assert!(attempted.stages.get(Stage::Mqtt).is_some());
    assert_eq!(record.bytes_written, world.written.len() as u64);

    let (json, text) = (record.to_json(), record.to_string());
    for all in [&json, &text, &format!("{record:?}")] {
        assert!(!all.contains("secret"), "{all}");
    }
    assert!(
        json.contains(r#""type":"PUBLISH","size":33,"id":1,"#),
        "{json}"
    );
    assert!(
        text.contains("connected for") && text.contains("broker.example:1883"),
        "{text}"
    );
}

#[test]
fn the_last_packets_are_kept_and_the_others_counted() {
    let mut world = world(|_| {});
    world.connect();
    for n in 0..100 {
        let publish = message("t", "x", QoS::AtMostOnce);
        world.client.publish(publish, Completion::none()).unwrap();
        world.pass(ms(n % 3));
    }
    world.hosted.handle_end(world.stream);
    world.run();
    let record = world.record();
    assert_eq!((record.packets.len(), record.earlier_packets), (32, 70));
    assert!(record.packets.is_sorted_by(|a, b| a.age >= b.age));
    let counts = world.client.status();
    assert_eq!(counts.bytes_sent, record.bytes_written);
}

#[test]
fn what_is_no_packet_ends_the_connection_and_is_in_its_record() {
    for (bytes, expected) in [
        (&[0x00, 0][..], ("received", "none", 2, 0, 0)),
        (
            &[0x36, 5, 0, 1, b'a', 0, 1],
            ("received", "PUBLISH", 7, 0, 0),
        ),
        (&[0x20, 3, 0, 0, 0], ("received", "CONNACK", 5, 0, 0)),
        (&[0x62, 2, 0, 0], ("received", "PUBREL", 4, 0, 0)),
    ] {
        let mut world = world(|_| {});
        world.connect();
        world.say(bytes);
        let record = world.record();
        assert_eq!(record.cause, "protocol");
        assert_eq!(lines(&record).last(), Some(&expected));
    }
}

#[test]
fn an_attempt_has_a_record_of_its_own() {
    let mut world = world(|options| {
        options.config.reconnect = Some(Reconnect::default());
    });
    world.connect();
    world.say(&[0xd0, 0]);
    world.hosted.handle_end(world.stream);
    world.run();
    assert_eq!(world.record().packets.len(), 3);
    world.pass(Duration::from_secs(2));
    world.pass(ms(40));
    let error = TransportError::new("no route");
    let (now, stream) = (world.now, world.stream);
    world
        .hosted
        .handle_open_failed(now, stream, Stage::Tcp, error);
    world.run();
    // Nothing of the connection before.
    let record = world.record();
    assert_eq!((record.cause, record.connection_number), ("transport", 2));
    assert_eq!(record.packets, []);
    assert_eq!((record.bytes_written, record.connected_for), (0, None));
    assert_eq!(record.liveness, None);
    assert!(record.attempted.is_some());

    world.pass(Duration::from_secs(5));
    world.accept_stream();
    world.say(&[0x20, 3, 0, 0x87, 0]);
    let record = world.record();
    assert_eq!(record.cause, "refused");
    let kinds: Vec<_> = lines(&record).iter().map(|it| it.1).collect();
    assert_eq!(kinds, ["CONNECT", "CONNACK"]);
}

#[test]
fn a_packet_that_went_in_part_says_so() {
    let mut world = world(|_| {});
    world.connect();
    world
        .hosted
        .handle_buffered(world.now, world.stream, 1 << 24);
    let payload = "x".repeat(4_000_000);
    let mut publish = message("t", "", QoS::AtMostOnce);
    publish.payload = payload.into();
    world.client.publish(publish, Completion::none()).unwrap();
    // One turn, and the host takes no more.
    world.hosted.turn(world.now, false);
    world.hosted.handle_end(world.stream);
    world.hosted.turn(world.now, false);
    let record = world.record();
    let last = record.packets.last().unwrap();
    match last.packet_type {
        Some(PacketType::Publish) => {
            assert_eq!((last.size, last.direction), (4_000_008, Direction::Sent));
            assert!(record.unsent_of_last > 0);
            assert!(record.to_string().contains("of the last one were not sent"));
        }
        // Nothing of it went.
        other => assert_eq!(
            (other, record.unsent_of_last),
            (Some(PacketType::ConnAck), 0)
        ),
    }
    assert!(record.queues.unwritten_bytes > 0);
}

#[test]
fn a_second_connection_is_told_from_the_first() {
    let mut world = world(|options| {
        options.config.reconnect = Some(Reconnect::default());
        options.config.session_expiry_interval = 60;
        options.config.clean_start = false;
        options.config.make_before_break = true;
    });
    world.connect();
    world.events();
    let update = NetworkChange::Changed;
    world.client.network_changed(update).unwrap();
    world.run();
    assert_eq!(world.stream, 2, "no second stream");
    world.accept_stream();
    world.say(&[0x20, 3, 1, 0, 0]);
    world.hosted.handle_end(world.stream);
    world.run();
    let record = world.record();
    assert_eq!(record.connection_number, 2);
    let second: Vec<_> = record
        .packets
        .iter()
        .filter(|packet| packet.second_connection)
        .map(|packet| line(packet).1)
        .collect();
    assert_eq!(second, ["CONNECT", "CONNACK"]);
    assert!(!record.packets[0].second_connection);
    assert!(record.attempted.is_some());
}
