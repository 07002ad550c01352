use std::fmt;

use bytes::BytesMut;

use super::{
    Ack, Auth, ConnAck, Connect, Disconnect, EncodeError, Publish, SubAck, Subscribe, UnsubAck,
    Unsubscribe, primitive,
};
use crate::types::Version;

macro_rules! packet_types {
    ($($value:literal $name:ident $text:literal,)*) => {
        /// The kind of a control packet: the upper four bits of its first byte (section 2.1.2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum PacketType {
            $(#[doc = $text] $name = $value,)*
        }

        impl PacketType {
            /// Every packet type, ascending.
            pub const ALL: &'static [PacketType] = &[$(PacketType::$name),*];

            /// The packet type of this number; `None` for 0, which is reserved, and above 15.
            pub const fn from_u8(value: u8) -> Option<PacketType> {
                match value {
                    $($value => Some(PacketType::$name),)*
                    _ => None,
                }
            }

            /// The specification's name for it, such as `PUBLISH`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(PacketType::$name => $text,)*
                }
            }
        }
    };
}

packet_types! {
    1 Connect "CONNECT",
    2 ConnAck "CONNACK",
    3 Publish "PUBLISH",
    4 PubAck "PUBACK",
    5 PubRec "PUBREC",
    6 PubRel "PUBREL",
    7 PubComp "PUBCOMP",
    8 Subscribe "SUBSCRIBE",
    9 SubAck "SUBACK",
    10 Unsubscribe "UNSUBSCRIBE",
    11 UnsubAck "UNSUBACK",
    12 PingReq "PINGREQ",
    13 PingResp "PINGRESP",
    14 Disconnect "DISCONNECT",
    15 Auth "AUTH",
}

impl PacketType {
    /// The first byte of a packet of this type. All types but PUBLISH have only one legal value
    /// for the lower four bits [MQTT-2.1.3-1]; for PUBLISH this is QoS 0 without flags.
    pub(super) const fn first_byte(self) -> u8 {
        let flags = match self {
            PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe => 0b0010,
            _ => 0,
        };
        (self as u8) << 4 | flags
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A control packet of either version (chapter 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// A client asks for a connection. Boxed: it is rare, and would set the size of every packet.
    Connect(Box<Connect>),
    /// The server's answer to CONNECT.
    ConnAck(ConnAck),
    /// An Application Message.
    Publish(Publish),
    /// QoS 1: the message was received.
    PubAck(Ack),
    /// QoS 2, step 1: the message was received.
    PubRec(Ack),
    /// QoS 2, step 2: the packet identifier is given up.
    PubRel(Ack),
    /// QoS 2, step 3: done.
    PubComp(Ack),
    /// A client asks for messages.
    Subscribe(Subscribe),
    /// The answer to SUBSCRIBE.
    SubAck(SubAck),
    /// A client wants no more messages of these filters.
    Unsubscribe(Unsubscribe),
    /// The answer to UNSUBSCRIBE.
    UnsubAck(UnsubAck),
    /// Are you there?
    PingReq,
    /// I am.
    PingResp,
    /// The last packet of a connection.
    Disconnect(Disconnect),
    /// A step of extended authentication; MQTT 5.0 only.
    Auth(Auth),
}

impl Packet {
    /// Which kind of packet this is.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Packet::Connect(_) => PacketType::Connect,
            Packet::ConnAck(_) => PacketType::ConnAck,
            Packet::Publish(_) => PacketType::Publish,
            Packet::PubAck(_) => PacketType::PubAck,
            Packet::PubRec(_) => PacketType::PubRec,
            Packet::PubRel(_) => PacketType::PubRel,
            Packet::PubComp(_) => PacketType::PubComp,
            Packet::Subscribe(_) => PacketType::Subscribe,
            Packet::SubAck(_) => PacketType::SubAck,
            Packet::Unsubscribe(_) => PacketType::Unsubscribe,
            Packet::UnsubAck(_) => PacketType::UnsubAck,
            Packet::PingReq => PacketType::PingReq,
            Packet::PingResp => PacketType::PingResp,
            Packet::Disconnect(_) => PacketType::Disconnect,
            Packet::Auth(_) => PacketType::Auth,
        }
    }

    /// Appends the packet to `out` in its shortest form. CONNECT is written in its own
    /// [`Connect::version`], every other packet in `version`.
    ///
    /// # Errors
    /// [`EncodeError`] where the packet breaks a rule of the specification; nothing was written.
    #[inline]
    pub fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        match self {
            Packet::Connect(packet) => packet.encode(out),
            Packet::ConnAck(packet) => packet.encode(version, out),
            Packet::Publish(packet) => packet.encode(version, out),
            Packet::PubAck(ack)
            | Packet::PubRec(ack)
            | Packet::PubRel(ack)
            | Packet::PubComp(ack) => ack.encode(self.packet_type(), version, out),
            Packet::Subscribe(packet) => packet.encode(version, out),
            Packet::SubAck(packet) => packet.encode(version, out),
            Packet::Unsubscribe(packet) => packet.encode(version, out),
            Packet::UnsubAck(packet) => packet.encode(version, out),
            Packet::PingReq | Packet::PingResp => {
                primitive::put_head(out, self.packet_type().first_byte(), 0)
            }
            Packet::Disconnect(packet) => packet.encode(version, out),
            Packet::Auth(packet) => packet.encode(version, out),
        }
    }
}
