//! The properties of one packet are bounded in number and in memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytes::{BufMut, BytesMut};
use mqttka_core::codec::{DecodeError, Decoder, EncodeError, Packet, PacketType, Publish};
use mqttka_core::types::{Message, Properties, Property, ReasonCode, Text, TopicName, Version};

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    NOW.set(NOW.get() + bytes);
    PEAK.set(PEAK.get().max(NOW.get()));
}

// SAFETY: everything is handed on to the system's allocator unchanged; the counters are
// constant-initialised cells of plain numbers, which allocate nothing themselves.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps `dealloc`'s contract, and `alloc` came from there.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The bytes that `run` held at most, and those that its result still holds.
fn held<T>(run: impl FnOnce() -> T) -> (isize, isize, T) {
    let before = NOW.get();
    PEAK.set(before);
    let result = run();
    (PEAK.get() - before, NOW.get() - before, result)
}

fn put_var_int(out: &mut BytesMut, mut value: usize) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

/// A PUBLISH that has this property so many times.
fn publish(property: &[u8], count: usize) -> BytesMut {
    let mut body = BytesMut::from(&b"\x00\x01t"[..]);
    put_var_int(&mut body, property.len() * count);
    body.put_slice(&property.repeat(count));
    let mut wire = BytesMut::from(&[0x30][..]);
    put_var_int(&mut wire, body.len());
    wire.put_slice(&body);
    wire
}

const EMPTY_USER_PROPERTY: &[u8] = b"\x26\x00\x00\x00\x00";
const SUBSCRIPTION_IDENTIFIER: &[u8] = b"\x0b\x01";
const MIB: usize = 1024 * 1024;

fn decode(mut wire: BytesMut) -> Result<Option<Packet>, DecodeError> {
    Decoder::new(Version::V5, u32::MAX).decode(&mut wire)
}

#[test]
fn sixteen_mebibytes_of_empty_properties() {
    for property in [EMPTY_USER_PROPERTY, SUBSCRIPTION_IDENTIFIER] {
        let wire = publish(property, 16 * MIB / property.len());
        let size = wire.len();
        let (peak, _, result) = held(|| decode(wire));
        let Err(DecodeError::Publish(fault)) = result else {
            panic!("was accepted");
        };
        let error = DecodeError::TooManyProperties(PacketType::Publish);
        assert_eq!(fault.error, error);
        assert_eq!((fault.size, fault.topic.as_deref()), (size, Some("t")));
        assert_eq!(error.reason_code(), ReasonCode::QuotaExceeded);
        assert!(error.to_string().contains("10000"), "{error}");
        assert!(peak < 3 * MIB as isize, "{peak} bytes");
    }
}

#[test]
fn as_many_as_are_allowed() {
    for property in [EMPTY_USER_PROPERTY, SUBSCRIPTION_IDENTIFIER] {
        let wire = publish(property, Properties::MAX_COUNT);
        let (_, kept, result) = held(|| decode(wire));
        let Ok(Some(Packet::Publish(publish))) = result else {
            panic!("was refused");
        };
        assert_eq!(publish.properties.len(), Properties::MAX_COUNT);
        assert!(kept < MIB as isize, "{kept} bytes");
        // What the queues count is what it takes: at least the entries, which are not on the wire.
        let cost = publish.properties.cost();
        assert_eq!(cost, Properties::MAX_COUNT * Properties::ENTRY_BYTES);
        assert!(
            kept.unsigned_abs() <= cost + 100_000,
            "{kept}, counted {cost}"
        );
        let result = decode(publish_with_one_more(property));
        assert!(matches!(result, Err(DecodeError::Publish(_))));
    }
}

fn publish_with_one_more(property: &[u8]) -> BytesMut {
    publish(property, Properties::MAX_COUNT + 1)
}

#[test]
fn other_packets_have_the_bound_too() {
    let count = Properties::MAX_COUNT + 1;
    let mut body = BytesMut::from(&b"\x00\x00"[..]);
    put_var_int(&mut body, EMPTY_USER_PROPERTY.len() * count);
    body.put_slice(&EMPTY_USER_PROPERTY.repeat(count));
    let mut wire = BytesMut::from(&[0x20][..]);
    put_var_int(&mut wire, body.len());
    wire.put_slice(&body);
    let error = DecodeError::TooManyProperties(PacketType::ConnAck);
    assert_eq!(decode(wire), Err(error));
}

#[test]
fn what_a_peer_would_not_take_is_not_sent() {
    let user = || Property::UserProperty(Text::new(), Text::new());
    let mut message = Message::new(TopicName::try_from("t").expect("a topic"), "");
    message.properties = (0..Properties::MAX_COUNT).map(|_| user()).collect();
    assert_eq!(Publish::check_message(&message, Version::V5), Ok(()));
    message.properties.push(user());
    assert_eq!(
        Publish::check_message(&message, Version::V5),
        Err(EncodeError::TooManyProperties(PacketType::Publish))
    );
}

#[test]
fn user_properties_before_as_many_others() {
    let half = Properties::MAX_COUNT / 2;
    let mut list = EMPTY_USER_PROPERTY.repeat(half);
    list.extend(SUBSCRIPTION_IDENTIFIER.repeat(half));
    let (peak, _, result) = held(|| decode(publish(&list, 1)));
    let Ok(Some(Packet::Publish(publish))) = result else {
        panic!("was refused");
    };
    assert_eq!(publish.properties.user_properties().len(), half);
    assert!(publish.properties.user_property(half - 1).is_some());
    assert!(publish.properties.user_property(half).is_none());
    assert!(peak < 3 * MIB as isize, "{peak} bytes");
}
