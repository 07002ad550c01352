//! A sink for MQTT clients that are being measured: it must cost so little that the client is always the slower side.
//!
//! One thread, one readiness loop. It reads as much as the socket has, answers the whole batch with one write, and
//! keeps no session: every PUBLISH is acknowledged as its QoS asks, every SUBSCRIBE is granted. Two topics do more:
//!
//! - subscribing to `flood/QOS/COUNT/SIZE/WINDOW` (and `/TOPICS`) starts a flood of COUNT publishes of SIZE bytes (see [`flood`]);
//! - what is published to `echo` comes back to the sender at QoS 1.
//!
//! `bench-sink TRANSPORT [CERTIFICATES]`: tcp, tls, ws or wss; with TLS it needs the folder with `server.pem`.
//!
//! It prints the port it listens on, and ends when its standard input is closed, so it never outlives its harness.
//! For every line there it prints how many TLS handshakes there were since the last one, full and resumed.

mod connection;
mod flood;
mod frames;
mod packet;
mod tls;
mod wire;

use std::io::{self, BufRead as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use connection::{Connection, Next};
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use rustls::ServerConfig;
use tls::Tls;
use wire::Wire;

const LISTENER: Token = Token(usize::MAX);

/// What lies between the socket and MQTT.
struct Layers {
    tls: Option<Arc<ServerConfig>>,
    web_socket: bool,
}

impl Layers {
    fn from_command_line() -> io::Result<Layers> {
        let mut arguments = std::env::args_os().skip(1);
        let transport = arguments.next().unwrap_or("tcp".into());
        let certificates = arguments.next().map(PathBuf::from).unwrap_or_default();
        let (tls, web_socket) = match transport.to_str() {
            Some("tcp") => (false, false),
            Some("tls") => (true, false),
            Some("ws") => (false, true),
            Some("wss") => (true, true),
            _ => return Err(io::Error::other("tcp, tls, ws or wss?")),
        };
        let tls = tls.then(|| tls::config(&certificates)).transpose();
        Ok(Layers {
            tls: tls.map_err(io::Error::other)?,
            web_socket,
        })
    }
}

fn main() -> io::Result<()> {
    let layers = Layers::from_command_line()?;
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("{}", listener.local_addr()?.port());
    io::stdout().flush()?;
    std::thread::spawn(listen_to_standard_input);

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
                accept_all(&poll, &listener, &layers, &mut connections)?;
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
    layers: &Layers,
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
        let wire = match &layers.tls {
            Some(config) => Wire::Tls(Box::new(Tls::new(stream, config)?)),
            None => Wire::Plain(stream),
        };
        connections.push(Some(Connection::new(wire, layers.web_socket)));
    }
}

fn listen_to_standard_input() {
    for _ in io::stdin().lock().lines().map_while(Result::ok) {
        let (full, resumed) = tls::take_handshakes();
        println!("{full} {resumed}");
    }
    std::process::exit(0);
}
