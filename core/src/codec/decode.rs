use bytes::{Buf, BytesMut};

use super::fixed_header::FixedHeader;
use super::reader::Reader;
use super::{
    Ack, Auth, ConnAck, Connect, DecodeError, Disconnect, Packet, PacketType, Publish, SubAck,
    Subscribe, UnsubAck, Unsubscribe,
};
use crate::types::Version;

/// Takes packets off a stream of bytes, whatever the pieces in which they come.
///
/// It keeps no bytes itself: an incomplete packet stays in the caller's buffer, and is looked at
/// again from its (at most five byte long) header when more came.
#[derive(Clone, Debug)]
pub struct Decoder {
    version: Version,
    max_packet_size: usize,
    of_server: bool,
}

impl Decoder {
    /// A decoder of this version. A packet larger than `max_packet_size`, its fixed header
    /// included, is an error as soon as its header is there [MQTT-3.1.2-24]; of a PUBLISH the error
    /// names as much of the topic as came with it.
    pub fn new(version: Version, max_packet_size: u32) -> Self {
        Decoder {
            version,
            max_packet_size: max_packet_size as usize,
            of_server: false,
        }
    }

    /// A decoder of what a server sends: it refuses too what only a client's packets may have
    /// (sections 3.14.2.1, 3.14.2.2.2 and 3.15.2.1).
    pub fn of_server(version: Version, max_packet_size: u32) -> Self {
        Decoder {
            of_server: true,
            ..Self::new(version, max_packet_size)
        }
    }

    /// The version that packets are read in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Changes the version. A server need not: CONNECT of either version is understood, and
    /// what follows is read in that version.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Changes the largest packet size that is accepted.
    pub fn set_max_packet_size(&mut self, max_packet_size: u32) {
        self.max_packet_size = max_packet_size as usize;
    }

    /// Takes one packet off the front of `input`; `None` where it is not complete, and then
    /// nothing was taken. Payloads and strings share `input`'s allocation.
    ///
    /// # Errors
    /// [`DecodeError`] where the bytes are not what the specification allows. The connection has
    /// to end then [MQTT-4.13.1-1]: what `input` holds afterwards means nothing.
    #[inline]
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Packet>, DecodeError> {
        match self.whole(input)? {
            Some(header) => self.take(&header, input).map(Some),
            None => Ok(None),
        }
    }

    /// The header of the packet at the front of `input`; `None` where that is not complete. The
    /// first step of [`decode`](Self::decode), which takes nothing.
    #[inline(always)]
    pub(crate) fn whole(&self, input: &[u8]) -> Result<Option<FixedHeader>, DecodeError> {
        let Some(header) = FixedHeader::parse(input, self.version)? else {
            return Ok(None);
        };
        let size = header.packet_len();
        if size > self.max_packet_size {
            return Err(self.too_large(&header, input));
        }
        Ok((input.len() >= size).then_some(header))
    }

    /// The second step: takes the packet of this header.
    #[inline]
    pub(crate) fn take(
        &mut self,
        header: &FixedHeader,
        input: &mut BytesMut,
    ) -> Result<Packet, DecodeError> {
        let size = header.packet_len();
        let packet_type = header.packet_type;
        match packet_type {
            PacketType::Publish => {
                let body = split_body(input, header);
                let publish = Publish::decode(header.flags, size, body, self.version)?;
                return Ok(Packet::Publish(publish));
            }
            PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => {
                let body = &input[header.len..size];
                if let Some((id, code)) = Ack::decode_plain(packet_type, body, self.version)? {
                    input.advance(size);
                    let ack = Ack::new(id, code);
                    return Ok(match packet_type {
                        PacketType::PubAck => Packet::PubAck(ack),
                        PacketType::PubRec => Packet::PubRec(ack),
                        PacketType::PubRel => Packet::PubRel(ack),
                        _ => Packet::PubComp(ack),
                    });
                }
            }
            _ => {}
        }
        let body = split_body(input, header);
        self.decode_other(header, body)
    }

    #[cold]
    fn too_large(&self, header: &FixedHeader, input: &[u8]) -> DecodeError {
        let size = header.packet_len();
        let limit = self.max_packet_size;
        let error = DecodeError::PacketTooLarge { size, limit };
        match header.packet_type {
            PacketType::Publish => {
                Publish::too_large(error, size, &input[header.len..], header.remaining)
            }
            _ => error,
        }
    }

    fn decode_other(&mut self, header: &FixedHeader, body: Reader) -> Result<Packet, DecodeError> {
        let version = self.version;
        let packet_type = header.packet_type;
        Ok(match packet_type {
            PacketType::Connect => {
                let connect = Connect::decode(body)?;
                self.version = connect.version;
                Packet::Connect(Box::new(connect))
            }
            PacketType::ConnAck => Packet::ConnAck(ConnAck::decode(body, version)?),
            PacketType::Publish => {
                let size = header.packet_len();
                Packet::Publish(Publish::decode(header.flags, size, body, version)?)
            }
            PacketType::PubAck => Packet::PubAck(Ack::decode(packet_type, body, version)?),
            PacketType::PubRec => Packet::PubRec(Ack::decode(packet_type, body, version)?),
            PacketType::PubRel => Packet::PubRel(Ack::decode(packet_type, body, version)?),
            PacketType::PubComp => Packet::PubComp(Ack::decode(packet_type, body, version)?),
            PacketType::Subscribe => Packet::Subscribe(Subscribe::decode(body, version)?),
            PacketType::SubAck => Packet::SubAck(SubAck::decode(body, version)?),
            PacketType::Unsubscribe => Packet::Unsubscribe(Unsubscribe::decode(body, version)?),
            PacketType::UnsubAck => Packet::UnsubAck(UnsubAck::decode(body, version)?),
            PacketType::PingReq => {
                body.finish()?;
                Packet::PingReq
            }
            PacketType::PingResp => {
                body.finish()?;
                Packet::PingResp
            }
            PacketType::Disconnect => {
                let disconnect = Disconnect::decode(body, version)?;
                if self.of_server && version == Version::V5 {
                    disconnect.check_of_server()?;
                }
                Packet::Disconnect(disconnect)
            }
            PacketType::Auth => {
                let auth = Auth::decode(body)?;
                if self.of_server {
                    auth.check_of_server()?;
                }
                Packet::Auth(auth)
            }
        })
    }
}

/// Splits the packet off the input and skips its fixed header.
#[inline]
fn split_body(input: &mut BytesMut, header: &FixedHeader) -> Reader {
    let mut frame = input.split_to(header.packet_len()).freeze();
    frame.advance(header.len);
    Reader::new(frame)
}
