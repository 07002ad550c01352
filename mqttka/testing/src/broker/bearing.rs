//! Properties that a test has put into packets of a kind.

use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, Auth, ConnAck, Disconnect, Packet, PacketType, SubAck, UnsubAck};
use mqttka_core::types::{Properties, Property, PropertyId, ReasonCode, Text};

use crate::script::Script;

impl Script {
    /// The packet with what a test has put into those of its kind; `None`: nothing.
    pub(super) fn bearing(&self, packet: &Packet) -> Option<Packet> {
        let properties = self.properties.get(&packet.packet_type())?;
        let mut packet = packet.clone();
        add(bearer(&mut packet)?, properties);
        Some(packet)
    }
}

/// Adds them; of those that there can be once, the added ones count.
pub(super) fn add(theirs: &mut Properties, added: &Properties) {
    for property in added.iter().cloned() {
        match property.id() {
            PropertyId::UserProperty => theirs.push(property),
            _ => theirs.set(property),
        }
    }
}

/// Where a packet of the broker has its properties.
pub(super) fn bearer(packet: &mut Packet) -> Option<&mut Properties> {
    Some(match packet {
        Packet::ConnAck(it) => &mut it.properties,
        Packet::PubAck(it) | Packet::PubRec(it) | Packet::PubRel(it) | Packet::PubComp(it) => {
            &mut it.properties
        }
        Packet::SubAck(it) => &mut it.properties,
        Packet::UnsubAck(it) => &mut it.properties,
        Packet::Disconnect(it) => &mut it.properties,
        Packet::Auth(it) => &mut it.properties,
        _ => return None,
    })
}

/// A packet of this kind with nothing but what it has to have.
pub(super) fn plain(packet_type: PacketType) -> Option<Packet> {
    let packet_id = NonZeroU16::MIN;
    let code = ReasonCode::Success;
    let ack = || Ack::new(packet_id, code);
    let reason_codes = vec![code];
    let properties = Properties::new();
    Some(match packet_type {
        PacketType::ConnAck => Packet::ConnAck(ConnAck::new(false, code)),
        PacketType::PubAck => Packet::PubAck(ack()),
        PacketType::PubRec => Packet::PubRec(ack()),
        PacketType::PubRel => Packet::PubRel(ack()),
        PacketType::PubComp => Packet::PubComp(ack()),
        PacketType::SubAck => Packet::SubAck(SubAck {
            packet_id,
            reason_codes,
            properties,
        }),
        PacketType::UnsubAck => Packet::UnsubAck(UnsubAck {
            packet_id,
            reason_codes,
            properties,
        }),
        PacketType::Disconnect => Packet::Disconnect(Disconnect::new(code)),
        PacketType::Auth => {
            let mut properties = properties;
            properties.push(Property::AuthenticationMethod(Text::new()));
            Packet::Auth(Auth {
                reason_code: ReasonCode::ContinueAuthentication,
                properties,
            })
        }
        _ => return None,
    })
}
