//! Where namespaces are not allowed: a TCP relay on the loopback interface.
//!
//! It is no true black hole. When it stops reading, its kernel goes on acknowledging the phone's
//! bytes until a (small) buffer is full. To the phone that looks like a broker whose process
//! hangs, and that is what mqttka will report.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::link::{Direction, Evidence, Link};
use super::{Links, Network, Ways, wait_for_line};
use crate::options::Fault;

/// The kernel takes no less than about 2 KiB.
const RECEIVE_BUFFER: usize = 2304;
/// How often a blocked direction looks whether it may go on.
const PAUSE: Duration = Duration::from_millis(5);

/// The network; nothing to set up.
#[derive(Debug)]
pub(crate) struct Relay;

impl Network for Relay {
    fn describe(&self) -> &'static str {
        "up: a TCP relay on the loopback interface (my kernel acknowledges for the broker)"
    }

    fn acknowledges_itself(&self) -> bool {
        true
    }

    fn describe_fault(&self, fault: Fault) -> &'static str {
        match fault {
            Fault::Both => {
                "THE INTERNET IS GONE: I carry nothing any more; all TCP connections stay"
            }
            Fault::In => "THE INTERNET IS HALF GONE: I carry nothing to the phone",
            Fault::Out => "THE INTERNET IS HALF GONE: I carry nothing from the phone",
            Fault::BrokerStopped => {
                "THE BROKER HANGS: its kernel still acknowledges, it never answers"
            }
        }
    }

    fn listen_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 0).into()
    }

    fn place_broker(&self, _command: &mut Command) {}

    fn place_phone(&self, _command: &mut Command) {}

    fn start(&self, broker: SocketAddr, links: Links) -> io::Result<Ways> {
        let phone = relay(broker, links.phone)?;
        let peer = links.peer.map_or(Ok(phone), |link| relay(broker, link))?;
        Ok(Ways {
            phone,
            peer,
            peer_address: None,
        })
    }
}

/// Relays whoever connects to the address that is returned.
fn relay(broker: SocketAddr, link: Arc<Link>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Accepted connections inherit it.
    rustix::net::sockopt::set_socket_recv_buffer_size(&listener, RECEIVE_BUFFER)?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        // A failed connection shows in the phone's story; the relay waits for the next one.
        while let Ok((phone, _)) = listener.accept() {
            let _ = connect(phone, broker, &link);
        }
    });
    Ok(address)
}

/// Connects the phone's connection to the broker.
fn connect(phone: TcpStream, broker: SocketAddr, link: &Arc<Link>) -> io::Result<()> {
    let broker = TcpStream::connect(broker)?;
    phone.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    let taken = Arc::new(AtomicU64::new(0));
    let (phone_again, broker_again) = (phone.try_clone()?, broker.try_clone()?);
    watch_acknowledgements(phone.try_clone()?, Arc::clone(&taken), Arc::clone(link));
    carry(
        phone,
        broker_again,
        Direction::ToBroker,
        Arc::clone(&taken),
        Arc::clone(link),
    );
    carry(
        broker,
        phone_again,
        Direction::ToPhone,
        Arc::default(),
        Arc::clone(link),
    );
    Ok(())
}

/// Copies one direction, in a thread of its own. `taken` counts what was read.
fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    direction: Direction,
    taken: Arc<AtomicU64>,
    link: Arc<Link>,
) {
    thread::spawn(move || -> io::Result<()> {
        from.set_read_timeout(Some(PAUSE))?;
        let mut buffer = [0; 4096];
        let mut line_free_at = Default::default();
        loop {
            if link.drops(direction) {
                thread::sleep(PAUSE);
                continue;
            }
            let length = match from.read(&mut buffer) {
                Ok(0) => return to.shutdown(std::net::Shutdown::Write),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            };
            taken.fetch_add(length as u64, Ordering::SeqCst);
            line_free_at = wait_for_line(line_free_at, length);
            // What was read when the link broke waits here, like the rest in the buffers.
            while link.drops(direction) {
                thread::sleep(PAUSE);
            }
            if link.is_ping(direction, &buffer[..length]) {
                link.note_ping(direction, true);
            }
            to.write_all(&buffer[..length])?;
            if direction == Direction::ToPhone {
                link.note_evidence(Evidence::Byte);
            }
        }
    });
}

/// Notes when this kernel acknowledged more of the phone's bytes: everything that was `taken`
/// out of the receive buffer, and everything in it, was acknowledged.
fn watch_acknowledgements(phone: TcpStream, taken: Arc<AtomicU64>, link: Arc<Link>) {
    thread::spawn(move || {
        let mut most = 0;
        while let Ok(waiting) = rustix::io::ioctl_fionread(&phone) {
            let acknowledged = taken.load(Ordering::SeqCst) + waiting;
            if acknowledged > most {
                most = acknowledged;
                link.note_evidence(Evidence::Acknowledgement);
            }
            thread::sleep(PAUSE);
        }
    });
}
