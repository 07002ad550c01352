use std::sync::{Arc, Mutex};

use mqttka_core::client::{
    Completion, Direction, Options, PacketTap, PacketType, QoS, ReasonCode, TappedPacket, Text,
};

use crate::world::{World, message, ms, world};

#[derive(Clone, Default)]
struct Tapped(Arc<Mutex<Vec<TappedPacket>>>);

impl Tapped {
    fn tap(&self) -> PacketTap {
        let tapped = Arc::clone(&self.0);
        Arc::new(move |packet| tapped.lock().unwrap().push(packet.clone()))
    }

    fn take(&self) -> Vec<TappedPacket> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn tapped_world(change: impl FnOnce(&mut Options)) -> (World, Tapped) {
    let tapped = Tapped::default();
    let world = world(|options| {
        options.packet_tap = Some(tapped.tap());
        change(options);
    });
    (world, tapped)
}

/// Of one direction, one after the other.
fn bytes(packets: &[TappedPacket], direction: Direction) -> Vec<u8> {
    let this_way = packets.iter().filter(|it| it.direction == direction);
    this_way.flat_map(|it| it.bytes.to_vec()).collect()
}

#[test]
fn each_packet_is_seen_as_it_is_on_the_wire() {
    let (mut world, tapped) = tapped_world(|_| {});
    world.pass(ms(250));
    world.connect();
    let publish = message("t", "x", QoS::AtLeastOnce);
    world.client.publish(publish, Completion::none()).unwrap();
    world.run();
    let puback = [0x40, 2, 0, 1];
    world.say(&puback[..1]);
    world.say(&puback[1..3]);
    let rest = [&puback[3..], &[0x30, 5, 0, 1, b'a', 0, b'!', 0xd0]].concat();
    world.pass(ms(500));
    world.say(&rest);
    world.client.disconnect(ReasonCode::Success).unwrap();
    world.run();
    let packets = tapped.take();
    let kinds: Vec<_> = packets.iter().map(|it| it.packet_type).collect();
    use PacketType as P;
    let expected = [
        P::Connect,
        P::ConnAck,
        P::Publish,
        P::PubAck,
        P::Publish,
        P::Disconnect,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(bytes(&packets, Direction::Sent), world.written);
    assert_eq!(packets[3].bytes[..], puback);
    assert_eq!(packets[3].packet_id.map(|id| id.get()), Some(1));
    assert!(packets.iter().all(|it| it.size == it.bytes.len()));
    assert!(packets.iter().all(|it| it.connection_number == 1));
    let passed = packets[3].at - packets[2].at;
    assert_eq!(passed, ms(500));
}

#[test]
fn a_large_packet_is_shown_in_part_and_a_broken_one_as_it_came() {
    let (mut world, tapped) = tapped_world(|_| {});
    world.connect();
    tapped.take();
    let mut large = message("t", "", QoS::AtMostOnce);
    large.payload = vec![7; 200_000].into();
    for publish in [large, message("t", "x", QoS::AtMostOnce)] {
        world.client.publish(publish, Completion::none()).unwrap();
    }
    world.run();
    let packets = tapped.take();
    let sizes: Vec<_> = packets.iter().map(|it| (it.size, it.bytes.len())).collect();
    assert_eq!(sizes, [(200_008, 65_536), (7, 7)]);
    world.say(&[0x62, 2, 0, 0]);
    let packets = tapped.take();
    // What the broker did, and what it was told.
    let kinds: Vec<_> = packets.iter().map(|it| it.packet_type).collect();
    assert_eq!(kinds, [PacketType::PubRel, PacketType::Disconnect]);
    assert_eq!(packets[1].bytes[..], [0xe0, 1, 0x82]);
}

#[test]
fn credentials_are_not_shown() {
    let (mut world, tapped) = tapped_world(|options| {
        options.config.user_name = Some(Text::try_from("ann").unwrap());
        options.config.password = Some("hunter2".into());
    });
    world.connect();
    let connect = &tapped.take()[0];
    assert_eq!(connect.size, world.written.len());
    let end = b"\0\x03***\0\x07*******";
    assert!(connect.bytes.ends_with(end), "{:?}", connect.bytes);
}

#[test]
fn what_a_slow_tap_misses_is_counted_and_told() {
    let (mut world, tapped) = tapped_world(|_| {});
    world.connect();
    tapped.take();
    // All of it comes in one turn of the engine, before any callback.
    for _ in 0..3 {
        let pings = [0xd0, 0].repeat(800);
        world.hosted.handle_received(world.stream, pings);
    }
    world.run();
    let missed = world.client.counters().packets_not_tapped;
    assert_eq!(tapped.take().len() as u64 + missed, 2400);
    assert!(missed > 0);
    world.say(&[0xd0, 0]);
    let after = tapped.take();
    let told: u64 = after.iter().map(|it| it.dropped_before).sum();
    assert_eq!((after.len(), told), (1, missed));
}

#[test]
fn a_tap_that_panics_harms_nobody() {
    let mut world = world(|options| {
        options.packet_tap = Some(Arc::new(|_| panic!("as an application may")));
    });
    world.connect();
    world.say(&[0xd0, 0]);
    assert_eq!(world.client.counters().packets_not_tapped, 0);
}
