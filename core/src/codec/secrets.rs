//! Packets that may be shown: what is secret in them is blanked.

use bytes::{Bytes, BytesMut};

use super::{Decoder, Packet, PacketType, packet_len};
use crate::types::{Properties, PropertyId, Version};

/// What stands in place of a secret byte.
const BLANK: u8 = b'*';

/// A copy of a packet's bytes, of which the end may be missing, with asterisks in place of each byte
/// of user name, password and Authentication Data. Where such a packet cannot be read, all behind
/// its fixed header is blanked.
pub(crate) fn without_secrets(packet: &[u8], version: Version) -> Bytes {
    let packet_type = packet.first().and_then(|it| PacketType::from_u8(it >> 4));
    let (Some(PacketType::Connect | PacketType::ConnAck | PacketType::Auth), Some(size)) =
        (packet_type, packet_len(packet))
    else {
        return Bytes::copy_from_slice(packet);
    };
    let mut input = BytesMut::from(packet);
    let base = input.as_ptr().addr();
    // What is decoded are slices of `input`: so it is known where they lie.
    let secrets = match Decoder::new(version, u32::MAX).decode(&mut input) {
        Ok(Some(decoded)) if packet.len() == size => secrets(&decoded),
        _ => {
            let head = packet.iter().skip(1).position(|byte| byte & 0x80 == 0);
            let mut all = BytesMut::from(packet);
            all[head.map_or(1, |at| at + 2)..].fill(BLANK);
            return all.freeze();
        }
    };
    let mut copy = BytesMut::from(packet);
    for secret in secrets {
        let from = secret.as_ptr().addr().wrapping_sub(base);
        match copy.get_mut(from..from.saturating_add(secret.len())) {
            Some(place) if *place == secret[..] => place.fill(BLANK),
            // It lies elsewhere, so that is not to be relied on.
            _ => copy[2..].fill(BLANK),
        }
    }
    copy.freeze()
}

fn secrets(packet: &Packet) -> Vec<Bytes> {
    let data = |properties: &Properties| {
        let data = properties.get_binary(PropertyId::AuthenticationData);
        data.cloned()
    };
    let found = match packet {
        Packet::Connect(connect) => [
            connect.user_name.as_ref().map(|it| it.clone().into_bytes()),
            connect.password.clone(),
            data(&connect.properties),
        ],
        Packet::ConnAck(connack) => [data(&connack.properties), None, None],
        Packet::Auth(auth) => [data(&auth.properties), None, None],
        _ => [None, None, None],
    };
    let some = found.into_iter().flatten();
    some.filter(|secret| !secret.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Auth, Connect};
    use crate::types::{Property, ReasonCode, Text};

    fn text(text: &str) -> Text {
        Text::try_from(text).unwrap()
    }

    fn encoded(packet: &Packet) -> Bytes {
        let mut out = BytesMut::new();
        packet.encode(Version::V5, &mut out).unwrap();
        out.freeze()
    }

    fn connect(user_name: &str, password: &'static str, data: &'static str) -> Bytes {
        encoded(&Packet::Connect(Box::new(Connect {
            version: Version::V5,
            clean_start: true,
            keep_alive: 60,
            client_id: text("device-7"),
            will: None,
            user_name: Some(text(user_name)),
            password: Some(password.into()),
            properties: [
                Property::AuthenticationMethod(text("method")),
                Property::AuthenticationData(data.into()),
            ]
            .into_iter()
            .collect(),
        })))
    }

    #[test]
    fn credentials_are_blanked_and_nothing_else() {
        let shown = without_secrets(&connect("ann", "hunter2", "proof"), Version::V5);
        assert_eq!(shown, connect("***", "*******", "*****"));
        // Equal to other words of the packet.
        let shown = without_secrets(&connect("device-7", "MQTT", "method"), Version::V5);
        assert_eq!(shown, connect("********", "****", "******"));
        let auth = |data: &'static str| {
            encoded(&Packet::Auth(Auth {
                reason_code: ReasonCode::ContinueAuthentication,
                properties: [
                    Property::AuthenticationMethod(text("m")),
                    Property::AuthenticationData(data.into()),
                ]
                .into_iter()
                .collect(),
            }))
        };
        assert_eq!(without_secrets(&auth("abc"), Version::V5), auth("***"));
        let publish = [0x30, 5, 0, 1, b'a', 0, b'!'];
        assert_eq!(without_secrets(&publish, Version::V5)[..], publish);
    }

    #[test]
    fn what_cannot_be_read_is_blanked_whole() {
        let whole = connect("ann", "hunter2", "proof");
        for len in 0..whole.len() {
            let shown = without_secrets(&whole[..len], Version::V5);
            assert_eq!(shown.len(), len);
            assert!(shown.iter().skip(2).all(|byte| *byte == BLANK), "{shown:?}");
        }
        let broken = [0x10, 6, 0, 4, b's', b'e', b'c', b'r'];
        assert_eq!(
            without_secrets(&broken, Version::V5)[..],
            *b"\x10\x06******"
        );
        // AUTH does not exist there.
        let auth = [0xf0, 3, 0x18, 1, 1];
        assert_eq!(without_secrets(&auth, Version::V311)[..], *b"\xf0\x03***");
    }
}
