//! A published message's topic and payload, copied from C into memory that both share.
use std::ffi::{c_char, c_void};

use mqttka_core::client::{Bytes, Error, Message};

use crate::guard::Failure;
use crate::handle;

/// Bytes that lie in the same allocation as their reference count.
struct Inline<const N: usize> {
    length: usize,
    bytes: [u8; N],
}

impl<const N: usize> Inline<N> {
    fn of(parts: [&[u8]; 2]) -> Bytes {
        let mut inline = Inline {
            length: 0,
            bytes: [0; N],
        };
        for part in parts {
            let end = inline.length + part.len();
            inline.bytes[inline.length..end].copy_from_slice(part);
            inline.length = end;
        }
        Bytes::from_owner(inline)
    }
}

impl<const N: usize> AsRef<[u8]> for Inline<N> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Copies both. Up to a kilobyte costs one allocation; above that two, which the copy outweighs.
fn pack(topic: &[u8], payload: &[u8]) -> Result<(Bytes, Bytes), Failure> {
    let parts = [topic, payload];
    let mut all = match topic.len() + payload.len() {
        0..=128 => Inline::<128>::of(parts),
        129..=384 => Inline::<384>::of(parts),
        385..=1024 => Inline::<1024>::of(parts),
        _ => handle::copy(&parts)?,
    };
    let topic = all.split_to(topic.len());
    Ok((topic, all))
}

/// More than any packet can carry (section 2.1.4) is not copied first and refused then.
const LARGEST_PAYLOAD: usize = 268_435_455;

/// Copies a message out of C's memory.
///
/// # Safety
/// As for `handle::bytes`.
pub(crate) unsafe fn copied(
    topic: *const c_char,
    topic_length: usize,
    payload: *const c_void,
    payload_length: usize,
    qos: i32,
    retain: bool,
) -> Result<Message, Failure> {
    // SAFETY: the caller's promise.
    let (topic, payload) = unsafe {
        (
            handle::topic_string(topic, topic_length, "topic")?,
            handle::bytes(payload, payload_length, "payload")?,
        )
    };
    let qos = handle::qos(qos)?;
    if payload.len() > LARGEST_PAYLOAD {
        return Err(Error::PacketTooLarge {
            size: payload.len(),
            limit: LARGEST_PAYLOAD,
        }
        .into());
    }
    let (topic, payload) = pack(topic, payload)?;
    let topic = handle::topic(topic, "topic")?;
    Ok(Message::new(topic, payload)
        .with_qos(qos)
        .with_retain(retain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_survive_at_every_size_class() {
        for total in [
            0, 1, 127, 128, 129, 383, 384, 385, 1023, 1024, 1025, 100_000,
        ] {
            let bytes: Vec<u8> = (0..total).map(|i| (i % 251) as u8).collect();
            for split in [0, total / 3, total] {
                let (topic, payload) = bytes.split_at(split);
                assert_eq!(
                    pack(topic, payload).ok(),
                    Some((
                        Bytes::copy_from_slice(topic),
                        Bytes::copy_from_slice(payload)
                    )),
                    "{total} bytes split at {split}"
                );
            }
        }
    }
}
