//! What a message costs where many clients of one process are busy at the same time:
//! `cargo run --release --example busy_clients [clients] [rounds]`.
//!
//! A thread plays the broker and sends one small QoS 0 message to each client, round after round;
//! each client's handler counts.

#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mqttka_core::client::{Client, Event, Handler, Message, Options};

struct Count(Arc<AtomicUsize>);

impl Handler for Count {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|it| it.parse().ok());
    let clients: usize = arguments.next().unwrap_or(1000);
    let rounds: usize = arguments.next().unwrap_or(100);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut options = Options::new("127.0.0.1");
    let port = listener.local_addr().expect("a bound socket").port();
    options.servers[0].port = Some(port);
    let count = Arc::new(AtomicUsize::new(0));
    let mut peers: Vec<TcpStream> = Vec::new();
    let clients: Vec<Client> = (0..clients)
        .map(|_| {
            let client = Client::new(options.clone(), Count(Arc::clone(&count))).expect("a client");
            client.connect().expect("to start");
            let (mut peer, _) = listener.accept().expect("a connection");
            peer.set_nodelay(true).expect("no delay");
            let mut connect = [0; 256];
            let _ = peer.read(&mut connect).expect("CONNECT");
            peer.write_all(&[0x20, 3, 0, 0, 0]).expect("to send");
            peers.push(peer);
            client
        })
        .collect();
    let all = clients.len() * rounds;
    let message = [0x30, 5, 0, 1, b't', 0, b'!'];
    let start = (Instant::now(), cpu_seconds());
    for _ in 0..rounds {
        for peer in &mut peers {
            peer.write_all(&message).expect("to send");
        }
    }
    while count.load(Ordering::Relaxed) < all {
        std::thread::yield_now();
    }
    let wall = start.0.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - start.1;
    println!(
        "{} clients, {rounds} rounds: {:.2} us a message, {:.2} us CPU, {} threads",
        clients.len(),
        wall / all as f64 * 1e6,
        cpu / all as f64 * 1e6,
        threads(),
    );
}

/// Of the whole process; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return 0.0;
    };
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split(' ').collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|it| it.parse().ok())
            .unwrap_or(0.0)
    };
    (ticks(12) + ticks(13)) / 100.0
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}
