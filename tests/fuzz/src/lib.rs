//! The fuzz targets' bodies. libfuzzer calls them with input that it guides by coverage,
//! the tests beside it with generated input.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod client;
mod proxy;
mod web_socket;

use bytes::{BufMut, BytesMut};
use mqttka_core::codec::{DecodeError, Decoder, Packet, packet_len};
use mqttka_core::types::Version;

pub use client::client;
pub use proxy::proxy_answer;
pub use web_socket::{ACCEPT, web_socket_answer, web_socket_frames};

/// More than any input has, so that the limit does not hide what is behind it; a part of the
/// inputs gets a small one.
const LIMITS: [u32; 2] = [1 << 24, 64];

type Outcome = Vec<Result<(Version, Packet), DecodeError>>;

/// Decodes `data` as a stream, whole and in pieces: both have to find the same packets and the
/// same error. Each packet has to encode, and to decode to itself again.
///
/// The first byte chooses version, limit and who sends, the second the size of the pieces.
///
/// # Panics
/// Where the codec breaks one of these rules.
pub fn decode(data: &[u8]) {
    let [options, piece, stream @ ..] = data else {
        return;
    };
    let version = match options & 1 {
        0 => Version::V311,
        _ => Version::V5,
    };
    let limit = LIMITS[usize::from(options >> 1 & 1)];
    let decoder = match options >> 2 & 1 {
        0 => Decoder::new(version, limit),
        _ => Decoder::of_server(version, limit),
    };
    let whole = decode_in_pieces(decoder.clone(), stream, stream.len().max(1));
    let pieces = decode_in_pieces(decoder, stream, usize::from(*piece % 16) + 1);
    assert_eq!(whole, pieces);
    for (version, packet) in whole.into_iter().flatten() {
        check_stable(version, packet);
    }
}

fn decode_in_pieces(mut decoder: Decoder, stream: &[u8], piece: usize) -> Outcome {
    let mut input = BytesMut::new();
    let mut outcome = Vec::new();
    for chunk in stream.chunks(piece) {
        input.put_slice(chunk);
        loop {
            let before = input.len();
            let size = packet_len(&input);
            match decoder.decode(&mut input) {
                Ok(None) => {
                    assert_eq!(input.len(), before, "an incomplete packet was touched");
                    if let Some(size) = size {
                        assert!(size > before, "a whole packet was not taken");
                    }
                    break;
                }
                Ok(Some(packet)) => {
                    assert_eq!(Some(before - input.len()), size, "another length was taken");
                    outcome.push(Ok((decoder.version(), packet)));
                }
                Err(mut error) => {
                    if let DecodeError::Publish(fault) = &mut error
                        && let DecodeError::PacketTooLarge { .. } = fault.error
                    {
                        // As much of the topic as came, which the pieces decide.
                        fault.topic = None;
                    }
                    outcome.push(Err(error));
                    return outcome;
                }
            }
        }
    }
    outcome
}

fn check_stable(version: Version, packet: Packet) {
    let version = match &packet {
        // Understood in the form of either version; 5.0 has words for all of them.
        Packet::ConnAck(connack) if connack.reason_code.is_error() => Version::V5,
        _ => version,
    };
    let mut wire = BytesMut::new();
    assert_eq!(packet.encode(version, &mut wire), Ok(()), "{packet:?}");
    assert_eq!(packet_len(&wire), Some(wire.len()), "{packet:?}");
    let again = Decoder::new(version, u32::MAX).decode(&mut wire);
    assert_eq!(again, Ok(Some(packet)));
    assert!(wire.is_empty());
}
