//! The phone's and the broker's network, and the hotspot between them.
//!
//! Two builds of the same thing: [`Namespaces`] (packets; a real black hole) and [`Relay`]
//! (TCP connections, where namespaces are not allowed).

mod ethernet;
mod forwarder;
mod link;
mod namespaces;
mod netlink;
mod relay;
mod segment;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::options::Fault;
pub(crate) use link::{Direction, Evidence, Link, Ping};
pub(crate) use namespaces::Namespaces;
pub(crate) use relay::Relay;

/// What both networks can do.
pub(crate) trait Network {
    /// One line about how it is built.
    fn describe(&self) -> &'static str;
    /// Whether the hotspot's own kernel acknowledges the phone's bytes.
    fn acknowledges_itself(&self) -> bool;
    /// What the fault does here, in words.
    fn describe_fault(&self, fault: Fault) -> &'static str;
    /// Where the broker's process shall listen.
    fn listen_address(&self) -> SocketAddr;
    /// Makes `command` run on the broker's side.
    fn place_broker(&self, command: &mut Command);
    /// Makes `command` run on the phone's side.
    fn place_phone(&self, command: &mut Command);
    /// Starts the hotspot for the phone, and for a peer where there is one.
    fn start(&self, broker: SocketAddr, links: Links) -> io::Result<Ways>;
}

/// The links of those who use the hotspot.
pub(crate) struct Links {
    pub(crate) phone: Arc<Link>,
    pub(crate) peer: Option<Arc<Link>>,
}

/// How the broker is reached.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(crate) phone: SocketAddr,
    pub(crate) peer: SocketAddr,
    /// The peer's own address, where it has one.
    pub(crate) peer_address: Option<Ipv4Addr>,
}

/// What the link carries each way, in bytes per second (20 Mbit/s).
const RATE: f64 = 2.5e6;

/// Sleeps until a line of [`RATE`] bytes per second is free for `length` more bytes; returns
/// when it will be free again. Meanwhile the sender's queue fills, as at any router.
fn wait_for_line(free_at: Moment, length: usize) -> Moment {
    let now = Moment::now();
    let wait = free_at.since(now);
    if wait > 0.0 {
        std::thread::sleep(Duration::from_secs_f64(wait));
    }
    free_at.max(now).plus(length as f64 / RATE)
}
