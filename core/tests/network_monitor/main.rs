//! The network monitor against the kernel: networks that come, go and change.

#![cfg(all(target_os = "linux", feature = "network-monitor"))]

mod namespace;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use mqttka_core::client::log::{self, Level};
use mqttka_core::client::{
    Client, DisconnectCause, Event, EventKind, Handler, Message, NetworkChange, Options, State,
    Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311};
use namespace::{Neighbour, alone, in_namespace, ip, ip_batch};
use support::{App, PATIENCE, reconnecting, until};

/// What the library says of the network.
struct Words(Receiver<String>);

impl Words {
    fn new() -> Self {
        let (told, hears) = channel();
        let callback = move |record: &log::Record| {
            let _ = told.send(record.text.clone());
        };
        log::set_callback(Level::Trace, Some(Arc::new(callback))).expect("a callback");
        Words(hears)
    }

    /// What follows these words, where they are said next.
    fn after(&self, words: &str) -> String {
        loop {
            let text = self.0.recv_timeout(PATIENCE).expect("a record in time");
            if let Some((_, rest)) = text.split_once(words) {
                return rest.to_owned();
            }
        }
    }

    /// The next hint that a client hears.
    fn hint(&self) -> String {
        let rest = self.after(": network NetworkUpdate { change: ");
        rest.split(',').next().unwrap_or_default().to_owned()
    }

    /// The monitor runs.
    fn watching(&self) {
        self.after("watching the network: ");
    }

    /// How often the monitor has looked meanwhile.
    fn looks(&self) -> usize {
        let all = self.0.try_iter();
        all.filter(|text| text.starts_with("looked at the network"))
            .count()
    }
}

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {}
}

fn idle(network_monitor: bool) -> Client {
    let mut options = Options::new("broker.example");
    options.network_monitor = network_monitor;
    Client::with_streams(options, Silent).expect("a client")
}

#[test]
fn hints_come_in_the_order_of_what_happened() {
    in_namespace("hints_come_in_the_order_of_what_happened", hints);
}

fn hints() {
    let there = Neighbour::linked();
    let words = Words::new();
    let client = idle(true);
    let other = idle(false);
    words.watching();
    for (change, hint) in [
        // From neighbours to the world.
        ("route add default via 10.9.0.2", "Available"),
        ("route replace default via 10.9.0.3", "Changed"),
        ("route replace default via 10.9.0.2", "Changed"),
        ("addr add 10.9.1.1/24 dev v0", "Changed"),
        ("addr del 10.9.1.1/24 dev v0", "Changed"),
        ("route del default", "Changed"),
        ("link set v0 down", "Lost"),
        ("link set v0 up", "Available"),
        ("route add default via 10.9.0.2", "Available"),
        // With it goes the route.
        ("addr del 10.9.0.1/24 dev v0", "Lost"),
        ("addr add 10.9.0.1/24 dev v0", "Available"),
        // The half routes of a VPN, and its interface.
        ("tuntap add t0 mode tun", ""),
        ("addr add 10.8.0.2/24 dev t0", ""),
        ("link set t0 up", ""),
        ("route add 128.0.0.0/1 via 10.9.0.2", "Available"),
    ] {
        ip(change);
        if !hint.is_empty() {
            assert_eq!(words.hint(), hint, "{change}");
        }
    }
    // The cable is pulled, and nothing here is told to notice.
    there.ip("link set v1 down");
    assert_eq!(words.hint(), "Lost");
    there.ip("link set v1 up");
    assert_eq!(words.hint(), "Available");

    let update = client.status().network.expect("a hint");
    assert_eq!(update.change, NetworkChange::Available);
    assert_eq!(other.status().network, None);
}

#[test]
fn what_containers_do_is_no_hint() {
    in_namespace("what_containers_do_is_no_hint", containers);
}

fn containers() {
    let _there = Neighbour::linked();
    ip("route add default via 10.9.0.2");
    let words = Words::new();
    let _client = idle(true);
    words.watching();
    ip("link add docker0 type bridge");
    ip("addr add 172.17.0.1/16 dev docker0");
    ip("link set docker0 up");
    ip("link add c0 type veth peer name c1");
    ip("link set c0 master docker0");
    ip("link set c0 up");
    ip("link set c1 up");
    ip("addr add 172.18.0.1/16 dev lo");
    words.after("looked at the network");
    ip("link del c0");
    ip("link del docker0");
    words.after("looked at the network");
    // This one comes next.
    ip("route replace default via 10.9.0.3");
    assert_eq!(words.hint(), "Changed");
    ip("addr del 10.9.0.1/24 dev v0");
    assert_eq!(words.hint(), "Lost");
}

#[test]
fn a_flood_of_notices_is_looked_at_now_and_then() {
    in_namespace("a_flood_of_notices_is_looked_at_now_and_then", flood);
}

#[allow(clippy::disallowed_methods, reason = "bounds what the monitor may do")]
fn flood() {
    let _there = Neighbour::linked();
    ip("route add default via 10.9.0.2");
    let words = Words::new();
    let _client = idle(true);
    words.watching();
    let start = std::time::Instant::now();
    let all: String = (0..200)
        .map(|number| format!("link add a{number} up type veth peer name b{number}\n"))
        .collect();
    ip_batch(&all);
    let none: String = (0..200)
        .map(|number| format!("link del a{number}\n"))
        .collect();
    ip_batch(&none);
    // None was missed in it.
    ip("link set v0 down");
    let looks = {
        let mut looks = 0;
        loop {
            let text = words.0.recv_timeout(PATIENCE).expect("a record in time");
            looks += usize::from(text.starts_with("looked at the network"));
            if text.contains("change: Lost") {
                break looks;
            }
        }
    };
    // A tenth of a second apart at least.
    let most = start.elapsed().as_millis() / 100 + 1;
    assert!(looks as u128 <= most, "{looks} looks, {most} at most");
}

#[test]
fn a_client_comes_back_when_its_network_does() {
    in_namespace("a_client_comes_back_when_its_network_does", comes_back);
}

fn watching_options(address: &str, port: u16) -> Options {
    let mut options = reconnecting(port, Version::V311);
    options.servers[0].host = address.to_owned();
    // Nothing else would tell within the test's time.
    options.config.keep_alive = 6000;
    options
}

fn comes_back() {
    let there = Neighbour::linked();
    let broker = Broker::from(there.listen("10.9.0.2:1883"));
    let broker_here = Broker::listen();
    let words = Words::new();
    let app = App::new(watching_options("10.9.0.2", 1883));
    let app_here = App::new(watching_options("127.0.0.1", broker_here.port()));
    words.watching();
    app.client.connect().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    app_here.client.connect().unwrap();
    let peer_here = broker_here.accept_mqtt(CONNACK_311);
    app_here.connected();

    ip("addr del 10.9.0.1/24 dev v0");
    match app.event().kind {
        EventKind::Disconnected(end) => assert_eq!(end.cause, DisconnectCause::NetworkLost),
        other => panic!("{other:?}"),
    }
    let EventKind::Reconnecting(reconnecting) = app.event().kind else {
        panic!("it gives up");
    };
    // Longer than this test waits for anything: what brings it back is the hint.
    assert!(reconnecting.delay > PATIENCE);
    drop(peer);

    // A broker of this machine needs no network.
    assert_eq!(app_here.client.status().network, None);
    drop(peer_here);
    let _peer_here = broker_here.accept_mqtt(CONNACK_311);
    until(|| app_here.client.status().state == State::Connected);

    ip("addr add 10.9.0.1/24 dev v0");
    let _peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
}

/// Where there is no descriptor for it, a client does without, and the next one tries again.
#[test]
fn a_monitor_that_cannot_be_is_no_error() {
    alone("a_monitor_that_cannot_be_is_no_error", cannot_be);
}

fn cannot_be() {
    let words = Words::new();
    // The engine has its own.
    let _first = idle(false);
    let mut all = Vec::new();
    loop {
        match std::fs::File::open("/dev/null") {
            Ok(file) => all.push(file),
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
                break;
            }
        }
    }
    let second = idle(true);
    words.after("the network is not watched: ");
    drop(all);
    let _third = idle(true);
    words.watching();
    assert_eq!(second.status().state, State::Idle);
    assert_eq!(words.looks(), 0);
}
