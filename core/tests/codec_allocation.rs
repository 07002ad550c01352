//! What decoding and encoding allocate, counted by this binary's allocator: nothing on the hot
//! paths, and never an amount that only a length on the wire asks for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::num::NonZeroU16;

use bytes::{BufMut, BytesMut};
use mqttka_core::codec::{Ack, DecodeError, Decoder, Packet, Publish};
use mqttka_core::types::{Message, Properties, Property, QoS, ReasonCode, TopicName, Version};

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is handed on to the system's allocator unchanged; the counters are
// constant-initialised cells of plain numbers, which allocate nothing themselves.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract, and `alloc` came from there.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// How many allocations, of how many bytes in all, `run` made.
fn allocated<T>(run: impl FnOnce() -> T) -> (usize, usize, T) {
    let before = (COUNT.get(), BYTES.get());
    let result = run();
    (COUNT.get() - before.0, BYTES.get() - before.1, result)
}

fn message() -> Message {
    let topic = TopicName::try_from("sensors/kitchen/temperature").expect("a topic");
    Message::new(topic, vec![7; 256])
}

/// A buffer as the engine has it: read into before, so that it is shared already.
fn shared_buffer() -> BytesMut {
    let mut buffer = BytesMut::with_capacity(64 * 1024);
    buffer.put_u8(0);
    let _ = buffer.split();
    buffer
}

#[test]
fn hot_paths_allocate_nothing() {
    let id = NonZeroU16::MIN;
    for version in [Version::V311, Version::V5] {
        let mut buffer = shared_buffer();
        let (count, _, ()) = allocated(|| {
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
                let message = message().with_qos(qos);
                let id = (qos != QoS::AtMostOnce).then_some(id);
                let (count, _, result) = allocated(|| {
                    Publish::encode_message_head(&message, false, id, version, &mut buffer)
                });
                assert_eq!((count, result), (0, Ok(())), "encoding a PUBLISH");
                buffer.put_slice(&message.payload);
                let (count, _, len) = allocated(|| Publish::measure(&message, version));
                assert_eq!(count, 0, "measuring a PUBLISH");
                let len = len.expect("a legal message");
                let (count, _, result) = allocated(|| {
                    Publish::encode_measured_head(&message, len, false, id, version, &mut buffer)
                });
                assert_eq!((count, result), (0, Ok(())), "encoding a measured PUBLISH");
                buffer.put_slice(&message.payload);
            }
            let ack = Packet::PubAck(Ack::new(id, ReasonCode::Success));
            let (count, _, result) = allocated(|| ack.encode(version, &mut buffer));
            assert_eq!((count, result), (0, Ok(())), "encoding a PUBACK");
        });
        assert!(count > 0, "the counter does not count");

        let mut decoder = Decoder::new(version, 1 << 20);
        for _ in 0..5 {
            let (count, _, packet) = allocated(|| decoder.decode(&mut buffer));
            assert!(matches!(packet, Ok(Some(_))), "{packet:?}");
            assert_eq!(count, 0, "{packet:?}");
        }
    }
}

/// One property takes what is promised of it, and no more.
#[test]
fn a_subscription_identifier_costs_one_allocation_of_its_size() {
    let mut message = message();
    let identifier = Property::SubscriptionIdentifier(2_031_616);
    message.properties = [identifier].into_iter().collect();
    let mut buffer = shared_buffer();
    let head = Publish::encode_message_head(&message, false, None, Version::V5, &mut buffer);
    assert_eq!(head, Ok(()));
    buffer.put_slice(&message.payload);
    let mut decoder = Decoder::new(Version::V5, 1 << 20);
    let (count, bytes, packet) = allocated(|| decoder.decode(&mut buffer));
    assert!(matches!(packet, Ok(Some(_))), "{packet:?}");
    assert_eq!((count, bytes), (1, Properties::ENTRY_BYTES));
}

#[test]
fn a_length_on_the_wire_allocates_nothing() {
    for version in [Version::V311, Version::V5] {
        for first in (0x10..=0xf0u8).step_by(0x10) {
            for flags in [0, 2] {
                // 256 MiB are announced, six bytes came; and below the limit it is the same.
                for (length, limit) in [
                    (&[0xff, 0xff, 0xff, 0x7f][..], 1 << 20),
                    (&[0xff, 0xff, 0xff, 0x7f][..], u32::MAX),
                ] {
                    let mut input = BytesMut::from(&[&[first | flags], length, &[0]].concat()[..]);
                    let mut decoder = Decoder::new(version, limit);
                    let (count, bytes, result) = allocated(|| decoder.decode(&mut input));
                    // The error of a PUBLISH is boxed.
                    let boxed = matches!(result, Err(DecodeError::Publish(_)));
                    assert!(count == 0 || boxed && bytes < 100, "{bytes} bytes");
                    assert!(!matches!(result, Ok(Some(_))));
                    if limit == 1 << 20 && matches!(result, Ok(None)) {
                        panic!("{first:#x} waits for a packet beyond the limit");
                    }
                }
            }
        }
    }
}

#[test]
fn lengths_inside_a_packet_allocate_nothing() {
    // Each says 65,535 bytes or more where hardly any follow.
    for wire in [
        &b"\x30\x04\xff\xffab"[..],
        b"\x30\x08\x00\x01t\xff\xff\xff\x7fp",
        b"\x10\x06\xff\xffMQTT",
        b"\x82\x06\x00\x01\x00\xff\xffa",
        b"\xe0\x06\x00\x04\x1f\xff\xffr",
        b"\x20\x07\x00\x00\xff\xff\xff\x7f\x11",
    ] {
        let mut input = shared_buffer();
        input.put_slice(wire);
        let mut decoder = Decoder::new(Version::V5, 1 << 20);
        let (count, bytes, result) = allocated(|| decoder.decode(&mut input));
        match result {
            // Its words name the topic, once for a connection.
            Err(DecodeError::Publish(fault)) if fault.error == DecodeError::Truncated => {
                assert!(bytes < 500, "{bytes} bytes for {wire:02x?}");
            }
            result => {
                assert_eq!(result, Err(DecodeError::Truncated), "{wire:02x?}");
                assert_eq!(count, 0, "{wire:02x?}");
            }
        }
    }
}

#[test]
fn what_is_allocated_is_bounded_by_what_came() {
    // The worst case: the smallest entries of every list. A property is larger in memory than on
    // the wire, by a factor that must not depend on the content. Each growth of a list counts anew.
    const FACTOR: usize = 150;
    let list = |head: &[u8], entry: &[u8]| [head, &entry.repeat(100)].concat();
    for wire in [
        list(b"\x30\xcd\x01\x00\x01t\xc8\x01", b"\x0b\x01"),
        list(b"\xe0\xf7\x03\x00\xf4\x03", b"\x26\x00\x00\x00\x00"),
        list(b"\x82\x93\x03\x00\x01\x00", b"\x00\x01a\x00"),
        list(b"\xa2\xaf\x02\x00\x01\x00", b"\x00\x01a"),
        list(b"\x90\x67\x00\x01\x00", b"\x01"),
    ] {
        let mut input = shared_buffer();
        input.put_slice(&wire);
        let mut decoder = Decoder::new(Version::V5, 1 << 20);
        let (_, bytes, result) = allocated(|| decoder.decode(&mut input));
        assert!(matches!(result, Ok(Some(_))), "{result:?}");
        assert!(
            bytes <= FACTOR * wire.len(),
            "{bytes} bytes for {}",
            wire.len()
        );
    }
}
