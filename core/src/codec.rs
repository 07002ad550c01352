//! Bytes to packets and back, for MQTT 3.1.1 and 5.0: one codec that takes a [`Version`], one
//! property table, one file per packet family.
//!
//! Strict: whatever the specification forbids is a [`DecodeError`] that knows the reason code to
//! answer with. Zero-copy: topics, payloads and strings are slices of the buffer that was read.
//! No length from the wire is allocated before it is checked against the maximum packet size, and
//! the number of a packet's properties is bounded ([`Properties::MAX_COUNT`]), for these are larger
//! in memory than on the wire.
//!
//! [`Version`]: crate::types::Version
//! [`Properties::MAX_COUNT`]: crate::types::Properties::MAX_COUNT

mod ack;
mod auth;
mod connack;
mod connect;
mod decode;
mod disconnect;
mod error;
mod excerpt;
mod fixed_header;
mod packet;
mod primitive;
mod properties;
mod property_table;
mod publish;
mod reader;
mod reason_table;
mod scanner;
#[cfg(feature = "client")]
mod secrets;
mod shown;
mod subscribe;
mod unsubscribe;

pub use ack::Ack;
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::Connect;
pub use decode::Decoder;
pub use disconnect::Disconnect;
pub use error::{DecodeError, EncodeError, PublishFault};
pub(crate) use fixed_header::FixedHeader;
pub use packet::{Packet, PacketType};
pub use primitive::{MAX_REMAINING_LENGTH, packet_len};
pub use publish::{Publish, PublishLen, TopicAlias};
pub(crate) use scanner::packet_id_of;
pub use scanner::{Direction, PacketNote, PacketScanner};
#[cfg(feature = "client")]
pub(crate) use secrets::without_secrets;
pub use subscribe::{SubAck, Subscribe};
pub use unsubscribe::{UnsubAck, Unsubscribe};
