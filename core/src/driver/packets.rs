//! Packets as a log or a packet tap sees them: found in the bytes that pass, where somebody wants
//! to know; else there is nothing of this.

use bytes::BytesMut;

use super::Host;
use crate::codec::{Direction, PacketNote, PacketScanner};
use crate::proto::Machine;
use crate::types::{Instant, Version};

/// Bytes of a packet that are shown at most; of a longer one its first.
pub const SHOWN: usize = 64 * 1024;

/// What the host wants to know of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: they cost nothing.
    Nothing,
    /// What they are.
    Notes,
    /// Their bytes, too.
    Bytes,
}

/// A packet that was sent or received whole.
#[derive(Clone, Copy, Debug)]
pub struct SeenPacket<'a> {
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub note: PacketNote,
    /// Over which connection.
    pub connection_number: u64,
    /// The version in which the connection speaks.
    pub version: Version,
    /// When its last byte passed.
    pub at: Instant,
    /// Its first bytes, at most [`SHOWN`], credentials and all; none where only notes are wanted.
    pub bytes: &'a [u8],
}

/// Whose bytes they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of {
    pub(super) connection_number: u64,
    pub(super) version: Version,
    pub(super) at: Instant,
}

impl Of {
    /// The stream that there is.
    pub(super) fn present<T>(machine: &Machine<T>, at: Instant) -> Self {
        Of {
            connection_number: machine.connection_number(),
            version: machine.protocol_version(),
            at,
        }
    }

    /// The one that is to take its place.
    pub(super) fn standby<T>(machine: &Machine<T>, at: Instant) -> Self {
        let present = Of::present(machine, at);
        Of {
            connection_number: present.connection_number + 1,
            ..present
        }
    }
}

/// Both ways of one stream.
#[derive(Debug, Default)]
pub(super) struct Packets {
    received: Way,
    sent: Way,
}

#[derive(Debug, Default)]
struct Way {
    scanner: PacketScanner,
    bytes: bool,
    /// What came so far of a packet that is not whole.
    begun: BytesMut,
}

impl Packets {
    /// `None` where nobody wants to know.
    pub(super) fn wanted(wanted: Wanted) -> Option<Box<Self>> {
        let way = || Way {
            bytes: wanted == Wanted::Bytes,
            ..Way::default()
        };
        (wanted != Wanted::Nothing).then(|| {
            Box::new(Packets {
                received: way(),
                sent: way(),
            })
        })
    }

    /// The stream's next bytes this way; tells the host each packet that ends among them.
    pub(super) fn pass<T>(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        of: Of,
        host: &mut impl Host<T>,
    ) {
        let way = match direction {
            Direction::Received => &mut self.received,
            Direction::Sent => &mut self.sent,
        };
        let (collects, begun) = (way.bytes, &mut way.begun);
        let mut from = 0;
        way.scanner.scan_at(bytes, |note, end| {
            let here = &bytes[from..end];
            from = end;
            let shown = match (collects, begun.is_empty()) {
                (false, _) => &[][..],
                (true, true) => &here[..here.len().min(SHOWN)],
                (true, false) => {
                    collect(begun, here);
                    &begun[..]
                }
            };
            if let Some(note) = note {
                host.packet(SeenPacket {
                    direction,
                    note,
                    connection_number: of.connection_number,
                    version: of.version,
                    at: of.at,
                    bytes: shown,
                });
            }
            begun.clear();
        });
        if collects {
            collect(begun, &bytes[from..]);
            if begun.is_empty() {
                // An idle connection keeps no buffer.
                *begun = BytesMut::new();
            }
        }
    }
}

/// As much of it as there is room for.
fn collect(begun: &mut BytesMut, bytes: &[u8]) {
    let room = SHOWN - begun.len();
    begun.extend_from_slice(&bytes[..bytes.len().min(room)]);
}
