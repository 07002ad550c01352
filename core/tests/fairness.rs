//! One client's flood is no other client's matter (rule L20).

#![cfg(feature = "engine")]
#![allow(
    clippy::disallowed_methods,
    reason = "a wide margin around a deadline is what is tested"
)]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mqttka_core::client::{DisconnectCause, EventKind, State, Version};
use mqttka_scripted_broker::{Broker, CONNACK_5};
use support::{App, options};

const FLOODED: usize = 10;
const QUIET: usize = 90;
const KEEP_ALIVE: u16 = 2;

/// Far from 1.5 x keep-alive, and far from what a starved client took (more than 30 s).
const PATIENCE: Duration = Duration::from_secs(15);

fn connect(broker: &Broker) -> (App, TcpStream) {
    let mut options = options(broker.port(), Version::V5);
    options.config.keep_alive = KEEP_ALIVE;
    let app = App::new(options);
    app.client.connect().unwrap();
    let peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    (app, peer.into_stream())
}

/// Writes small QoS 0 messages to all, as fast as they take them, and reads what they say.
fn flood(mut peers: Vec<TcpStream>, stop: &AtomicBool) {
    let packets: Vec<u8> = [0x30, 6, 0, 1, b't', 0, b'x', b'y'].repeat(2000);
    let mut at = vec![0; peers.len()];
    let mut sink = vec![0; 64 * 1024];
    for peer in &peers {
        peer.set_nonblocking(true).unwrap();
    }
    while !stop.load(Ordering::Relaxed) {
        for (peer, at) in peers.iter_mut().zip(&mut at) {
            match peer.write(&packets[*at..]) {
                Ok(count) => *at = (*at + count) % packets.len(),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
            let _ = peer.read(&mut sink);
        }
    }
}

#[test]
fn a_flood_of_some_clients_delays_no_deadline_of_others() {
    let broker = Broker::listen();
    let (flooded, peers): (Vec<_>, Vec<_>) = (0..FLOODED).map(|_| connect(&broker)).unzip();
    let stop = Arc::new(AtomicBool::new(false));
    let threads = [
        std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || flood(peers, &stop)
        }),
        std::thread::spawn({
            let stop = Arc::clone(&stop);
            let clients: Vec<_> = flooded.iter().map(|app| app.client.clone()).collect();
            move || {
                while !stop.load(Ordering::Relaxed) {
                    for client in &clients {
                        let topic = "t".try_into().unwrap();
                        let message = mqttka_core::client::Message::new(topic, "x");
                        // A full queue is what is wanted.
                        let _ = client.publish(message, mqttka_core::client::Completion::none());
                    }
                }
            }
        }),
    ];
    for app in &flooded {
        for _ in 0..1000 {
            app.message();
        }
    }
    // The broker of these says nothing more.
    let quiet: Vec<_> = (0..QUIET)
        .map(|_| {
            let (app, peer) = connect(&broker);
            let since = Instant::now();
            // Each is heard at once, while others still connect.
            std::thread::spawn(move || {
                let event = app.event();
                (event, since.elapsed(), peer)
            })
        })
        .collect();
    for listener in quiet {
        let (event, took, peer) = listener.join().unwrap();
        let EventKind::Disconnected(disconnected) = &event.kind else {
            panic!("{event:?}");
        };
        // Its PINGREQ left in time, too: the broker's system had it.
        assert_eq!(disconnected.cause, DisconnectCause::ServerUnresponsive);
        assert!(took < PATIENCE, "{took:?}");
        drop(peer);
    }
    for app in &flooded {
        assert_eq!(app.client.status().state, State::Connected);
    }
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }
}
