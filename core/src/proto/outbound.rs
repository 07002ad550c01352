//! A message of ours, from the queue to its last acknowledgement.

use std::num::NonZeroU16;

use bytes::BytesMut;

use crate::codec::{EncodeError, Publish, PublishLen};
use crate::types::{Message, Version};

/// A message that is measured once, and encoded where it is kept.
#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) message: Message,
    len: PublishLen,
}

impl Outbound {
    pub(super) fn new(message: Message, len: PublishLen) -> Self {
        Outbound { message, len }
    }

    pub(super) fn packet_len(&self) -> usize {
        self.len.packet()
    }

    /// Encodes everything but the payload.
    #[inline]
    pub(super) fn encode_head(
        &self,
        dup: bool,
        id: Option<NonZeroU16>,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        Publish::encode_measured_head(&self.message, self.len, dup, id, version, out)
    }
}
