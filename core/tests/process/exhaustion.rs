//! A process that gets no more threads (rule L21).

use std::sync::mpsc::{Sender, channel};

use mqttka_core::client::{Client, Error, Event, EventKind, Handler, Message};
use mqttka_scripted_broker::{Broker, CONNACK_311};

use super::Scenario;
use super::child::{PATIENCE, Running, Silent, connected, options, published};

pub(crate) const SCENARIOS: &[Scenario] = &[
    (
        "events_come_where_no_thread_can_be_made",
        events,
        without_threads,
    ),
    (
        "a_client_that_could_not_tell_events_is_not_made",
        refused,
        too_late,
    ),
    ("an_idle_process_has_three_threads", idle, counts_threads),
];

const CLIENTS: usize = 30;

fn events(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peers: Vec<_> = (0..CLIENTS)
        .map(|_| broker.accept_mqtt(CONNACK_311))
        .collect();
    assert_eq!(child.line(), "connected");
    for peer in &mut peers {
        peer.send(&published("x"));
    }
    assert_eq!(child.line(), "one is stuck");
    drop(peers);
    assert_eq!(child.line(), "all are disconnected");
    // There are threads again: a stuck callback holds up nobody else's.
    assert_eq!(child.line(), "all are stuck");
    child.ended();
}

enum Told {
    Connected,
    Disconnected,
    Stuck,
}

struct Stuck(Sender<Told>);

impl Handler for Stuck {
    fn on_event(&self, event: &Event) {
        let _ = self.0.send(match event.kind {
            EventKind::Connected(_) => Told::Connected,
            _ => Told::Disconnected,
        });
    }
    fn on_message(&self, _: Message, _: u64) {
        let _ = self.0.send(Told::Stuck);
        loop {
            std::thread::park();
        }
    }
}

fn set_limit(threads: libc::rlim_t) {
    let limit = libc::rlimit {
        rlim_cur: threads,
        rlim_max: 10_000,
    };
    // SAFETY: `limit` is valid for the call.
    let result = unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
}

/// From now on the system gives this process no thread.
fn take_threads() {
    // The limit counts for who is not root.
    // SAFETY: neither call takes memory.
    if unsafe { libc::geteuid() } == 0 {
        // SAFETY: as above.
        assert_eq!(unsafe { libc::setuid(65_534) }, 0);
    }
    set_limit(1);
    let refused = std::thread::Builder::new().spawn(|| {});
    assert!(refused.is_err(), "the limit has no effect");
}

fn without_threads(port: u16) {
    let (told, hears) = channel();
    let new = || Client::new(options(port), Stuck(told.clone())).expect("a client");
    let mut clients = vec![new()];
    take_threads();
    while clients.len() < CLIENTS {
        clients.push(new());
    }
    for client in &clients {
        client.connect().expect("to connect");
    }
    let expect = |count: usize, what: fn(&Told) -> bool| {
        let mut found = 0;
        while found < count {
            let told = hears.recv_timeout(PATIENCE).expect("in time");
            assert!(what(&told) || matches!(told, Told::Stuck));
            found += usize::from(what(&told));
        }
    };
    expect(CLIENTS, |told| matches!(told, Told::Connected));
    println!("connected");
    expect(1, |told| matches!(told, Told::Stuck));
    println!("one is stuck");
    expect(CLIENTS, |told| matches!(told, Told::Disconnected));
    println!("all are disconnected");
    set_limit(10_000);
    expect(CLIENTS - 1, |told| matches!(told, Told::Stuck));
    println!("all are stuck");
}

fn refused(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let _peer = broker.accept_mqtt(CONNACK_311);
    child.ended();
}

fn too_late(port: u16) {
    take_threads();
    match Client::new(options(port), Silent) {
        Err(Error::Startup(_)) => {}
        other => panic!("{other:?}"),
    }
    // A failed start is tried again.
    set_limit(10_000);
    drop(connected(port, Silent));
}

fn idle(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.send(&published("x"));
    child.ended();
}

struct Hears(Sender<()>);

impl Handler for Hears {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {
        let _ = self.0.send(());
    }
}

/// A client that was told an event and a message.
fn counts_threads(port: u16) {
    let (told, hears) = channel();
    let _client = connected(port, Hears(told));
    hears.recv_timeout(PATIENCE).expect("a message");
    let names = || {
        let threads = std::fs::read_dir("/proc/self/task").expect("this system has it");
        let mut names: Vec<String> = threads
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
            .filter(|name| name.starts_with("mqttka"))
            .collect();
        names.sort();
        names
    };
    // A busy machine lets a watcher think that a callback is stuck, and another thread take over;
    // it is not there for long.
    let expected = ["mqttka\n", "mqttka-event\n", "mqttka-message\n"];
    let (waited, wait) = channel::<()>();
    for _ in 0..600 {
        if names() == expected {
            break;
        }
        let _ = wait.recv_timeout(std::time::Duration::from_millis(100));
    }
    drop(waited);
    assert_eq!(names(), expected);
}
