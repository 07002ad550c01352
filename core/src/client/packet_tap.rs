//! A callback that sees each packet: for debugging, and for tests.

use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::lane::{Batch, Lane, Spares, Work};
use super::runner::Runner;
use crate::clock;
use crate::codec::{Direction, PacketType, without_secrets};
use crate::driver::SeenPacket;
use crate::log::log;
use crate::threads::SignalMask;
use crate::types::Instant;

/// What sees packets; [`Options::packet_tap`](super::Options::packet_tap).
pub type PacketTap = Arc<dyn Fn(&TappedPacket) + Send + Sync>;

/// So many packets wait for the callback, ...
const MAX_WAITING: usize = 1024;

/// ... of so many bytes together; further ones are dropped.
const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;

/// A packet as it was sent or received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TappedPacket {
    /// Which way it went.
    pub direction: Direction,
    /// When its last byte passed, since the client was made.
    pub at: Duration,
    /// The number of the connection that it went over; events have the same.
    pub connection_number: u64,
    /// Its type.
    pub packet_type: PacketType,
    /// Its Packet Identifier, where it has one.
    pub packet_id: Option<NonZeroU16>,
    /// Its size in bytes, fixed header included.
    pub size: usize,
    /// Its bytes as on the wire, the first 65,536 of them where it has more. In CONNECT, CONNACK and
    /// AUTH each byte of user name, password and Authentication Data is an asterisk.
    pub bytes: Bytes,
    /// So many packets before it were not shown, as the callback was too slow.
    pub dropped_before: u64,
    /// So many further packets are there already, for the next calls: who gathers packets, as where
    /// a call into another language is dear, gathers until this is 0.
    pub followed_by: usize,
}

/// One client's.
#[derive(Debug)]
pub(super) struct TapLane {
    lane: Arc<Lane<TappedPacket>>,
    waiting_bytes: Arc<AtomicUsize>,
    /// Counted by the engine alone.
    dropped: AtomicU64,
    told: AtomicU64,
    made: Instant,
}

impl TapLane {
    pub(super) fn new(tap: PacketTap, runner: Runner) -> Self {
        static SPARES: Spares<TappedPacket> = Spares::new();
        let lane = Lane::new(runner, &SPARES);
        let waiting_bytes = Arc::<AtomicUsize>::default();
        lane.set_work(Arc::new(Calls {
            tap,
            waiting_bytes: Arc::clone(&waiting_bytes),
            mask: SignalMask::current(),
        }));
        TapLane {
            lane,
            waiting_bytes,
            dropped: AtomicU64::new(0),
            told: AtomicU64::new(0),
            made: clock::now(),
        }
    }

    /// From the engine's thread: it waits for nothing.
    pub(super) fn push(&self, seen: &SeenPacket<'_>) {
        let waiting = self.waiting_bytes.load(Ordering::Relaxed);
        if self.lane.len() >= MAX_WAITING || waiting + seen.bytes.len() > MAX_WAITING_BYTES {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let dropped = self.dropped();
        let packet = TappedPacket {
            direction: seen.direction,
            at: seen.at.saturating_since(self.made),
            connection_number: seen.connection_number,
            packet_type: seen.note.packet_type,
            packet_id: seen.note.packet_id.and_then(NonZeroU16::new),
            size: seen.note.size,
            bytes: without_secrets(seen.bytes, seen.version),
            dropped_before: dropped - self.told.swap(dropped, Ordering::Relaxed),
            followed_by: 0,
        };
        let bytes = packet.bytes.len();
        self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.lane.push(|packets| packets.push_back(packet));
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Nothing follows.
    pub(super) fn end(&self) {
        self.lane.end();
    }
}

struct Calls {
    tap: PacketTap,
    waiting_bytes: Arc<AtomicUsize>,
    mask: SignalMask,
}

impl Work<TappedPacket> for Calls {
    fn run(&self, mut batch: Batch<'_, TappedPacket>) {
        let before = self.mask.set();
        while let Some(mut packet) = batch.next() {
            packet.followed_by = batch.left();
            let bytes = packet.bytes.len();
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            if catch_unwind(AssertUnwindSafe(|| (self.tap)(&packet))).is_err() {
                log!(Error, "the application's packet tap panicked");
            }
        }
        before.set();
    }

    fn ended(&self) {}
}
