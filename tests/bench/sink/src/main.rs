//! A sink for MQTT clients that are being measured: it must cost so little that the client is always the slower side.
//!
//! One thread, one readiness loop. It reads as much as the socket has, answers the whole batch with one write, and
//! keeps no session: every PUBLISH is acknowledged as its QoS asks, every SUBSCRIBE is granted. Two topics do more:
//!
//! - subscribing to `flood/QOS/COUNT/SIZE/WINDOW` starts a flood of COUNT publishes of SIZE bytes (see [`flood`]);
//! - what is published to `echo` comes back to the sender at QoS 1.
//!
//! It prints the port it listens on, and ends when its standard input is closed, so it never outlives its harness.

mod connection;
mod flood;
mod packet;

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use connection::{Connection, Next};
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);

fn main() -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("{}", listener.local_addr()?.port());
    io::stdout().flush()?;
    std::thread::spawn(end_with_standard_input);

    let mut connections = Vec::new();
    let mut scratch = vec![0; connection::SCRATCH];
    let mut events = Events::with_capacity(1024);
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        }
        for event in &events {
            if event.token() == LISTENER {
                accept_all(&poll, &listener, &mut connections)?;
                continue;
            }
            let slot: &mut Option<Connection> = &mut connections[event.token().0];
            let Some(connection) = slot else { continue };
            match connection.ready(&mut scratch) {
                Ok(Next::Wait) => {}
                Ok(Next::Close) => *slot = None,
                Err(error) => {
                    eprintln!("sink: connection {}: {error}", event.token().0);
                    *slot = None;
                }
            }
        }
    }
}

/// Tokens are never reused: a run has a few thousand connections at most.
fn accept_all(
    poll: &Poll,
    listener: &TcpListener,
    connections: &mut Vec<Option<Connection>>,
) -> io::Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        stream.set_nodelay(true)?;
        let token = Token(connections.len());
        poll.registry()
            .register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        connections.push(Some(Connection::new(stream)));
    }
}

fn end_with_standard_input() {
    let mut byte = [0];
    while matches!(io::stdin().read(&mut byte), Ok(1)) {}
    std::process::exit(0);
}
