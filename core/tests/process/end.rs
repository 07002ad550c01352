//! The end of a process (rule L16).

use std::sync::OnceLock;
use std::sync::mpsc::channel;

use mqttka_core::client::{Client, Event, EventKind, Handler, Message};
use mqttka_scripted_broker::{Broker, CONNACK_311, Peer};

use super::Scenario;
use super::child::{Running, Silent, connected, options, publish, published};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("main_returns_with_a_living_client", two_hundred, returns),
    ("a_client_is_dropped_last", two_hundred, drops),
    ("a_hook_from_before_the_client_publishes", hook, with_a_hook),
    ("a_callback_ends_the_process", callback, exits_in_a_callback),
    ("a_stuck_callback_does_not_hold_the_end", stuck, is_stuck),
    (
        "a_broker_that_does_not_read_holds_the_end_shortly",
        unread,
        floods,
    ),
    ("an_abort_says_nothing", abort, aborts),
    ("a_forked_child_ends_in_silence", forked, forks),
    (
        "a_client_that_waits_to_try_again_does_not_hold_the_end",
        lost,
        waits,
    ),
];

const DISCONNECT: &[u8] = &[0xe0, 0];

/// Everything arrives, then DISCONNECT, then the end.
fn expect_goodbye(peer: &mut Peer) {
    peer.expect(DISCONNECT);
    assert_eq!(peer.drain(), b"");
}

fn expect_all(peer: &mut Peer) {
    for number in 0..200 {
        peer.expect(&published(&number.to_string()));
    }
}

fn publish_all(client: &Client) {
    for number in 0..200 {
        publish(client, &number.to_string());
    }
}

fn two_hundred(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    expect_all(&mut peer);
    expect_goodbye(&mut peer);
    child.ended();
}

fn returns(port: u16) {
    let client = connected(port, Silent);
    publish_all(&client);
    // Nobody drops it.
    std::mem::forget(client);
}

fn drops(port: u16) {
    let client = connected(port, Silent);
    publish_all(&client);
}

static CLIENT: OnceLock<Client> = OnceLock::new();

fn hook(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    expect_all(&mut peer);
    peer.expect(&published("from the hook"));
    expect_goodbye(&mut peer);
    child.ended();
}

fn with_a_hook(port: u16) {
    extern "C" fn at_exit() {
        publish(CLIENT.get().expect("a client"), "from the hook");
    }
    // SAFETY: the function is there until the process ends, and lets no panic out that would not
    // fail the test.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    let client = CLIENT.get_or_init(|| connected(port, Silent));
    publish_all(client);
}

fn callback(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.expect(&published("from the callback"));
    expect_goodbye(&mut peer);
    child.ended();
}

fn exits_in_a_callback(port: u16) {
    struct Exits;
    impl Handler for Exits {
        fn on_event(&self, event: &Event) {
            if let EventKind::Connected(_) = event.kind {
                while CLIENT.get().is_none() {
                    std::thread::yield_now();
                }
                publish(CLIENT.get().expect("a client"), "from the callback");
                std::process::exit(0);
            }
        }
        fn on_message(&self, _: Message, _: u64) {}
    }
    CLIENT.get_or_init(|| connected(port, Exits));
    loop {
        std::thread::park();
    }
}

struct Stuck(std::sync::Mutex<std::sync::mpsc::Sender<()>>);

impl Handler for Stuck {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {
        let _ = self.0.lock().expect("no panic").send(());
        loop {
            std::thread::park();
        }
    }
}

fn stuck(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.send(&published("x"));
    peer.expect(&published("last"));
    expect_goodbye(&mut peer);
    child.ended();
}

fn is_stuck(port: u16) {
    let (entered, enters) = channel();
    let client = connected(port, Stuck(entered.into()));
    enters.recv().expect("a message");
    publish(&client, "last");
}

fn unread(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let _peer = broker.accept_mqtt(CONNACK_311);
    // The peer reads nothing; the child ends all the same.
    child.ended();
}

fn floods(port: u16) {
    let client = connected(port, Silent);
    let large = "x".repeat(8 * 1024 * 1024);
    publish(&client, &large);
    publish(&client, &large);
}

fn abort(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.expect(&published("x"));
    child.line();
    assert_eq!(peer.drain(), b"");
    child.ended();
}

fn aborts(port: u16) {
    let client = connected(port, Silent);
    publish(&client, "x");
    while client.status().outbound_queue_messages > 0 {
        std::thread::yield_now();
    }
    client.abort();
    println!("aborted");
}

fn forked(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    assert_eq!(child.line(), "the fork has ended");
    peer.expect(&published("after the fork"));
    expect_goodbye(&mut peer);
    child.ended();
}

fn forks(port: u16) {
    let client = connected(port, Silent);
    // SAFETY: the child of this process with threads only ends.
    match unsafe { libc::fork() } {
        0 => std::process::exit(0),
        child => {
            let mut status = 0;
            // SAFETY: `status` is a valid place for the call.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!((waited, status), (child, 0));
        }
    }
    println!("the fork has ended");
    publish(&client, "after the fork");
}

fn lost(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    broker.accept_mqtt(CONNACK_311).close();
    child.ended();
}

fn waits(port: u16) {
    struct Told(std::sync::mpsc::Sender<()>);
    impl Handler for Told {
        fn on_event(&self, event: &Event) {
            if let EventKind::Reconnecting(_) = event.kind {
                let _ = self.0.send(());
            }
        }
        fn on_message(&self, _: Message, _: u64) {}
    }
    let (told, hears) = channel();
    let mut options = options(port);
    let mut reconnect = mqttka_core::client::Reconnect::default();
    reconnect.first_delay = std::time::Duration::from_secs(86_400);
    reconnect.max_delay = reconnect.first_delay;
    options.config.reconnect = Some(reconnect);
    let client = Client::new(options, Told(told)).expect("a client");
    client.connect().expect("to connect");
    // The delay is a random part of a day: that it is over before the end is one in a million.
    hears.recv().expect("the wait");
    publish(&client, "to nobody");
    std::mem::forget(client);
}
