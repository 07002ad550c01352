//! Few threads for the callbacks of many clients (rules L19, L21), over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use mqttka_core::client::{Client, Event, EventKind, Handler, Message, Version};
use mqttka_scripted_broker::{Broker, CONNACK_311, Peer};
use support::{PATIENCE, options};

/// Closed until it is opened.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn pass(&self) {
        let open = self.0.lock().unwrap();
        drop(self.1.wait_while(open, |open| !*open).unwrap());
    }

    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Told {
    Event,
    Message,
}

/// Tells that it was called, and then waits at its gates.
struct Gated {
    told: Sender<(usize, Told)>,
    number: usize,
    events: Arc<Gate>,
    messages: Arc<Gate>,
}

impl Handler for Gated {
    fn on_event(&self, event: &Event) {
        let _ = self.told.send((self.number, Told::Event));
        if !matches!(event.kind, EventKind::Connected(_)) {
            self.events.pass();
        }
    }
    fn on_message(&self, _: Message, _: u64) {
        let _ = self.told.send((self.number, Told::Message));
        self.messages.pass();
    }
}

struct Scene {
    clients: Vec<Client>,
    peers: Vec<Peer>,
    heard: Receiver<(usize, Told)>,
    events: Arc<Gate>,
    messages: Arc<Gate>,
}

impl Scene {
    fn of(count: usize) -> Self {
        let broker = Broker::listen();
        let (told, heard) = channel();
        let (events, messages) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
        let mut peers = Vec::new();
        let clients = (0..count)
            .map(|number| {
                let handler = Gated {
                    told: told.clone(),
                    number,
                    events: Arc::clone(&events),
                    messages: Arc::clone(&messages),
                };
                let client = Client::new(options(broker.port(), Version::V311), handler).unwrap();
                client.connect().unwrap();
                peers.push(broker.accept_mqtt(CONNACK_311));
                client
            })
            .collect();
        let scene = Scene {
            clients,
            peers,
            heard,
            events,
            messages,
        };
        scene.expect_all(Told::Event);
        scene
    }

    /// Each client tells this once, whatever the order.
    fn expect_all(&self, what: Told) {
        let mut open = vec![true; self.clients.len()];
        for _ in 0..open.len() {
            let (number, told) = self.heard.recv_timeout(PATIENCE).expect("all in time");
            assert_eq!(told, what);
            assert!(std::mem::replace(&mut open[number], false), "twice");
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.events.open();
        self.messages.open();
    }
}

const MESSAGE: &[u8] = &[0x30, 4, 0, 1, b't', b'0'];

#[test]
fn a_stuck_callback_keeps_its_thread_and_nothing_else() {
    let mut scene = Scene::of(20);
    for peer in &mut scene.peers {
        peer.send(MESSAGE);
    }
    // All are inside their handlers at the same time.
    scene.expect_all(Told::Message);
    for peer in std::mem::take(&mut scene.peers) {
        peer.close();
    }
    // And so they are in their event handlers.
    scene.expect_all(Told::Event);
}

#[cfg(target_os = "linux")]
#[test]
fn callbacks_that_return_need_few_threads() {
    let mut scene = Scene::of(100);
    scene.messages.open();
    for _ in 0..50 {
        for peer in &mut scene.peers {
            peer.send(MESSAGE);
        }
    }
    for _ in 0..50 * 100 {
        assert_eq!(scene.heard.recv_timeout(PATIENCE).unwrap().1, Told::Message);
    }
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names: Vec<String> = threads
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .collect();
    let ours = names.iter().filter(|name| name.starts_with("mqttka-"));
    // The other test of this program may hold 40 of them.
    assert!(ours.count() < 60, "{names:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn callbacks_have_the_signal_mask_of_who_made_the_client() {
    /// The blocked signals of this thread.
    fn blocked() -> String {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("SigBlk:"));
        line.unwrap().to_owned()
    }
    struct Mask(Sender<String>);
    impl Handler for Mask {
        fn on_event(&self, _: &Event) {
            let _ = self.0.send(blocked());
        }
        fn on_message(&self, _: Message, _: u64) {
            let _ = self.0.send(blocked());
        }
    }
    // SAFETY: the set is valid for all calls, and the mask is this thread's only.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGUSR2);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
    }
    let broker = Broker::listen();
    let (told, heard) = channel();
    let client = Client::new(options(broker.port(), Version::V311), Mask(told)).unwrap();
    client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.send(MESSAGE);
    for _ in 0..2 {
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), blocked());
    }
}
