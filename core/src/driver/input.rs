//! Where reads go.

use bytes::BytesMut;

use super::{COPIED, READ};
use crate::transport::Stream;

pub(super) fn reserve(buffer: &mut BytesMut) {
    if buffer.capacity() - buffer.len() < COPIED {
        buffer.reserve(READ);
    }
}

/// Reads into `scratch`, and moves what came to `input`, which is empty: small reads as a copy.
pub(super) fn read_into_empty<S: Stream>(
    stream: &mut S,
    input: &mut BytesMut,
    scratch: &mut BytesMut,
) -> std::io::Result<crate::transport::Read> {
    scratch.clear();
    reserve(scratch);
    let read = stream.try_read(scratch, READ)?;
    *input = if read.count < COPIED {
        BytesMut::from(&scratch[..])
    } else {
        scratch.split()
    };
    Ok(read)
}
