//! rumqttc as its documentation advises: a loop polls the event loop, and what it gives is handled there. Its defaults
//! are kept but for the packet's size. After an error it polls again only when told to connect.

use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};

const UP: &str = "lab/up";
const DOWN: &str = "lab/down";
const SMALL: usize = 64;
const FLOOD: usize = 1024;
const UPLOAD: usize = 10_000_000;
/// Of the channel between the application and the event loop, as in its examples.
const REQUESTS: usize = 10;

/// What the adapter was asked for.
struct Setup {
    options: MqttOptions,
    keep_alive: Duration,
    load: String,
}

/// What the parts of it share.
struct Shared {
    connected: watch::Sender<bool>,
    acknowledged: Notify,
    /// What ends the connection was asked for.
    quitting: Mutex<bool>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, keep_alive, load] = words.as_slice() else {
        eprintln!("adapter: usage: adapter HOST PORT KEEP_ALIVE LOAD");
        std::process::exit(3);
    };
    let port = port.parse().expect("a port");
    let keep_alive = Duration::from_secs(keep_alive.parse().expect("a keep-alive"));
    let mut options = MqttOptions::new("lab-rumqttc", host, port);
    options.set_keep_alive(keep_alive);
    options.set_max_packet_size(2 * UPLOAD, 2 * UPLOAD);
    let setup = Setup {
        options,
        keep_alive,
        load: load.clone(),
    };

    let runtime = Runtime::new().expect("a runtime");
    let shared = Arc::new(Shared {
        connected: watch::Sender::new(false),
        acknowledged: Notify::new(),
        quitting: Mutex::default(),
    });
    let mut client = start(&runtime, &setup, &shared);
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        match line.as_str() {
            "connect" => client = start(&runtime, &setup, &shared),
            "quit" => break,
            _ => {}
        }
    }
    *shared
        .quitting
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = true;
    let mut connected = shared.connected.subscribe();
    runtime.block_on(async {
        let _ = client.try_disconnect();
        // The event loop tells of the end, unless it is stuck.
        let over = connected.wait_for(|connected| !connected);
        let _ = tokio::time::timeout(Duration::from_secs(2), over).await;
    });
    if *shared.connected.borrow() {
        say("disconnected", "requested");
    }
    std::process::exit(0);
}

/// One line of JSON, with the time first of all.
fn say(event: &str, reason: &str) {
    let now = clock_gettime(ClockId::Boottime);
    let nanoseconds = now.tv_sec * 1_000_000_000 + now.tv_nsec;
    let mut output = io::stdout().lock();
    // The lab is gone: nobody listens.
    let _ = writeln!(
        output,
        r#"{{"t":{nanoseconds},"event":"{event}","reason":{reason:?}}}"#
    );
    let _ = output.flush();
}

fn start(runtime: &Runtime, setup: &Setup, shared: &Arc<Shared>) -> AsyncClient {
    say("connecting", "");
    let (client, events) = AsyncClient::new(setup.options.clone(), REQUESTS);
    let (shared, load) = (Arc::clone(shared), setup.load.clone());
    runtime.spawn(work(
        client.clone(),
        Arc::clone(&shared),
        load.clone(),
        setup.keep_alive,
    ));
    runtime.spawn(listen(client.clone(), events, shared, load));
    client
}

/// Polls until the first error.
async fn listen(client: AsyncClient, mut events: EventLoop, shared: Arc<Shared>, load: String) {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                say("connected", "");
                let subscribes = ["subscriber", "both", "stuck", "download", "download-qos0"];
                if subscribes.contains(&load.as_str()) {
                    let _ = client.try_subscribe(DOWN, QoS::AtMostOnce);
                }
                shared.connected.send_replace(true);
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => say("subscribed", ""),
            Ok(Event::Incoming(Packet::PubAck(_))) => shared.acknowledged.notify_one(),
            Ok(Event::Incoming(Packet::Publish(_))) if load == "stuck" => {
                say("stuck", "");
                // The handler does not return.
                std::future::pending::<()>().await;
            }
            Ok(_) => {}
            Err(error) => {
                let was_connected = *shared.connected.borrow();
                let event = if was_connected {
                    "disconnected"
                } else {
                    "connect_failed"
                };
                let quitting = shared.quitting.lock();
                let reason = match *quitting.unwrap_or_else(PoisonError::into_inner) {
                    true => "requested".to_owned(),
                    false => error.to_string(),
                };
                say(event, &reason);
                shared.connected.send_replace(false);
                return;
            }
        }
    }
}

/// The load of one connection.
async fn work(client: AsyncClient, shared: Arc<Shared>, load: String, keep_alive: Duration) {
    let mut connected = shared.connected.subscribe();
    if connected.wait_for(|connected| *connected).await.is_err() {
        return;
    }
    let (qos, size) = match load.as_str() {
        "qos0" | "both" | "download-qos0" => (QoS::AtMostOnce, SMALL),
        "qos1" => (QoS::AtLeastOnce, SMALL),
        "flood" => (QoS::AtMostOnce, FLOOD),
        "upload" => (QoS::AtLeastOnce, UPLOAD),
        _ => return,
    };
    // Fails where the event loop is gone.
    while client.publish(UP, qos, false, vec![0; size]).await.is_ok() {
        match size {
            SMALL => tokio::time::sleep(keep_alive / 10).await,
            UPLOAD => shared.acknowledged.notified().await,
            _ => {}
        }
    }
}
