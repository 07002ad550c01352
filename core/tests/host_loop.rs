//! A client in the loop of its program: the loop is this test, which polls one descriptor, over real
//! sockets.
#![cfg(target_os = "linux")]

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mqttka_core::client::host_loop::{self, HostLoop, NameRequest, NameResolver};
use mqttka_core::client::{
    Client, Completion, Event, EventKind, Handler, Message, Options, QoS, ReasonCode, Reconnect,
    Stage, TopicName,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, PATIENCE, PINGREQ, PINGRESP, Peer};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn push(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    fn has(&self, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|it| it.contains(text))
    }
}

impl Handler for Heard {
    fn on_event(&self, event: &Event) {
        match &event.kind {
            EventKind::Connected(_) => self.push("connected"),
            EventKind::Disconnected(end) => self.push(end.cause.to_string()),
            EventKind::ConnectFailed(error) => {
                let stage = error.stage().map_or("", Stage::name);
                self.push(format!("failed in {stage}: {error}"));
            }
            EventKind::Suspect(_) | EventKind::Alive(_) => {}
            other => self.push(format!("{other:?}")),
        }
    }

    fn on_message(&self, message: Message, _: u64) {
        self.push(String::from_utf8_lossy(&message.payload).into_owned());
    }

    fn on_terminated(&self) {
        self.push("terminated");
    }
}

struct World {
    client: Client,
    host_loop: HostLoop,
    heard: Heard,
}

fn world(uri: &str, change: impl FnOnce(&mut Options)) -> World {
    resolving(uri, None, change)
}

fn resolving(
    uri: &str,
    resolver: Option<Arc<dyn NameResolver>>,
    change: impl FnOnce(&mut Options),
) -> World {
    let mut options = Options::from_uri(uri).unwrap();
    options.config.reconnect = None;
    change(&mut options);
    let heard = Heard::default();
    let (client, host_loop) = host_loop::open(options, heard.clone(), false, resolver).unwrap();
    World {
        client,
        host_loop,
        heard,
    }
}

fn at(broker: &Broker) -> String {
    format!("mqtt://127.0.0.1:{}", broker.port())
}

impl World {
    /// Waits for the descriptor alone, as a loop does.
    fn turn(&mut self) {
        let mut fds = [PollFd::new(&self.host_loop, PollFlags::IN)];
        let net = Timespec {
            tv_sec: PATIENCE.as_secs() as i64,
            tv_nsec: 0,
        };
        let ready = poll(&mut fds, Some(&net)).unwrap();
        assert_eq!(ready, 1, "nothing becomes readable");
        self.host_loop.process();
    }

    fn until(&mut self, mut it_is: impl FnMut(&World) -> bool) {
        while !it_is(self) {
            self.turn();
        }
    }

    fn hears(&mut self, text: &str) {
        self.until(|world| world.heard.has(text));
    }

    /// Closes, and hears everything to the end.
    fn close(mut self) -> Vec<String> {
        self.client.close();
        self.until(|world| world.host_loop.is_over());
        assert!(self.heard.has("terminated"));
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }
}

/// A broker on a thread of its own.
fn broker(serve: impl FnOnce(Broker) + Send + 'static) -> (String, std::thread::JoinHandle<()>) {
    let broker = Broker::listen();
    let uri = at(&broker);
    (uri, std::thread::spawn(move || serve(broker)))
}

fn message(topic: &str, payload: impl Into<Vec<u8>>, qos: QoS) -> Message {
    let mut message = Message::new(TopicName::try_from(topic).unwrap(), payload.into());
    message.qos = qos;
    message
}

fn goodbye(mut peer: Peer) {
    peer.expect(&[0xe0, 0]);
    peer.close();
}

#[test]
fn a_client_lives_in_the_loop_of_its_program() {
    let (uri, serving) = broker(|broker| {
        let mut peer = broker.accept_mqtt(CONNACK_5);
        let publish = peer.packet();
        assert!(publish.ends_with(b"\x00out"), "{publish:?}");
        peer.send(&[0x40, 2, publish[5], publish[6]]);
        peer.send(b"\x30\x06\x00\x01t\x00in");
        goodbye(peer);
    });
    let mut world = world(&uri, |_| {});
    world.client.connect().unwrap();
    world.hears("connected");
    let heard = world.heard.clone();
    let done = Completion::call(move |outcome| heard.push(format!("{:?}", outcome.result)));
    let message = message("t", "out", QoS::AtLeastOnce);
    world.client.publish(message, done).unwrap();
    assert_eq!(world.host_loop.deadline(), Some(Duration::ZERO));
    world.hears("Ok(Success)");
    world.hears("in");
    assert_eq!(world.close().last().map(String::as_str), Some("terminated"));
    serving.join().unwrap();
}

#[test]
fn other_threads_wake_the_loop() {
    let (uri, serving) = broker(|broker| {
        let mut peer = broker.accept_mqtt(CONNACK_5);
        for _ in 0..100 {
            let publish = peer.packet();
            peer.send(&[0x40, 2, publish[5], publish[6]]);
        }
        goodbye(peer);
    });
    let mut world = world(&uri, |_| {});
    world.client.connect().unwrap();
    world.hears("connected");
    let done = Arc::<AtomicUsize>::default();
    let caller = {
        let (client, done) = (world.client.clone(), Arc::clone(&done));
        std::thread::spawn(move || {
            for _ in 0..100 {
                let done = Arc::clone(&done);
                let count = move |_: &_| {
                    done.fetch_add(1, Ordering::Relaxed);
                };
                let message = message("t", "x", QoS::AtLeastOnce);
                client.publish(message, Completion::call(count)).unwrap();
                std::thread::yield_now();
            }
        })
    };
    world.until(|_| done.load(Ordering::Relaxed) == 100);
    caller.join().unwrap();
    world.close();
    serving.join().unwrap();
}

/// The descriptor says it, without a timer of the program's.
#[test]
fn a_broker_that_falls_silent_is_found_by_the_descriptor_alone() {
    let (uri, serving) = broker(|broker| {
        let mut peer = broker.accept_mqtt(CONNACK_5);
        peer.expect(PINGREQ);
        peer.send(PINGRESP);
        peer.expect(PINGREQ);
        // Its system acknowledges, and it says nothing.
        peer.drain();
    });
    let mut world = world(&uri, |options| options.config.keep_alive = 1);
    world.client.connect().unwrap();
    world.hears("connected");
    let status = |world: &World| world.client.status().liveness;
    assert!(status(&world).is_some());
    assert!(world.host_loop.deadline().unwrap() <= Duration::from_millis(500));
    world.hears("(server_unresponsive)");
    world.close();
    serving.join().unwrap();
}

#[test]
fn what_fails_is_told_with_its_stage() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut refused = world(&format!("mqtt://127.0.0.1:{port}"), |_| {});
    refused.client.connect().unwrap();
    refused.hears("failed in tcp");
    refused.close();
    let fails = |request: NameRequest| request.fail("no such name");
    let mut unknown = resolving("mqtt://broker.example", Some(Arc::new(fails)), |_| {});
    unknown.client.connect().unwrap();
    unknown.hears("failed in dns: DNS failed: broker.example:1883: no such name");
    unknown.close();
    let mut dropped = resolving("mqtt://broker.example", Some(Arc::new(drop)), |_| {});
    dropped.client.connect().unwrap();
    dropped.hears("dropped the request");
    dropped.close();
    let mut nowhere = world("unix:/nonexistent/socket", |_| {});
    nowhere.client.connect().unwrap();
    nowhere.hears("failed in tcp: Unix socket failed");
    nowhere.close();
}

#[test]
fn names_are_looked_up_by_the_program_at_its_own_pace() {
    let (uri, serving) = broker(|broker| goodbye(broker.accept_mqtt(CONNACK_5)));
    let port = uri.rsplit(':').next().unwrap();
    let (told, asked) = channel();
    let resolver = move |request: NameRequest| told.send(request).unwrap();
    let uri = format!("mqtt://broker.example:{port}");
    let mut world = resolving(&uri, Some(Arc::new(resolver)), |_| {});
    world.client.connect().unwrap();
    world.turn();
    let request = asked.try_recv().expect("asked inside process");
    assert_eq!(request.name, "broker.example");
    assert!(request.time_left > Duration::ZERO);
    // Nobody listens at the first; the second is the right one.
    let addresses = [
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, 77)),
        IpAddr::V4(Ipv4Addr::LOCALHOST),
    ];
    std::thread::spawn(move || request.answer(addresses));
    world.hears("connected");
    world.close();
    serving.join().unwrap();
}

/// An answer that comes late is for nobody.
#[test]
fn an_attempt_has_its_time_whatever_the_resolver_does() {
    let (told, asked) = channel();
    let resolver = move |request: NameRequest| told.send(request).unwrap();
    let mut world = resolving(
        "mqtt://broker.example",
        Some(Arc::new(resolver)),
        |options| {
            options.config.connect_timeout = Some(Duration::from_millis(20));
        },
    );
    world.client.connect().unwrap();
    world.hears("failed in dns: timed out");
    asked
        .recv()
        .unwrap()
        .answer([IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    world.turn();
    world.close();
}

#[test]
fn much_goes_both_ways_whatever_the_sockets_hold() {
    const SIZE: usize = 3_000_000;
    let (uri, serving) = broker(|broker| {
        let mut peer = broker.accept_mqtt(CONNACK_5);
        for _ in 0..3 {
            // As it came, and more than any buffer between holds.
            let packet = peer.packet();
            peer.send(&packet);
        }
        goodbye(peer);
    });
    let mut world = world(&uri, |_| {});
    world.client.connect().unwrap();
    world.hears("connected");
    for letter in [b'a', b'b', b'c'] {
        let message = message("t", vec![letter; SIZE], QoS::AtMostOnce);
        world.client.publish(message, Completion::none()).unwrap();
    }
    world.hears(&"c".repeat(SIZE));
    let heard = world.close();
    let sizes: Vec<_> = heard
        .iter()
        .map(String::len)
        .filter(|it| *it > 1000)
        .collect();
    assert_eq!(sizes, [SIZE; 3]);
    serving.join().unwrap();
}

#[test]
fn a_client_comes_back_by_itself() {
    let (uri, serving) = broker(|broker| {
        broker.accept_mqtt(CONNACK_5).reset();
        broker.accept_mqtt(CONNACK_5).close();
        goodbye(broker.accept_mqtt(CONNACK_5));
    });
    let mut world = world(&uri, |options| {
        let mut reconnect = Reconnect::default();
        reconnect.first_delay = Duration::from_millis(10);
        reconnect.max_delay = Duration::from_millis(10);
        options.config.reconnect = Some(reconnect);
    });
    world.client.connect().unwrap();
    let connections = |world: &World| {
        let heard = world.heard.0.lock().unwrap();
        heard.iter().filter(|it| *it == "connected").count()
    };
    world.until(|world| connections(world) == 3);
    world.close();
    serving.join().unwrap();
}

#[test]
fn a_unix_socket_is_a_server_like_others() {
    let directory = std::env::temp_dir();
    let path = directory.join(format!("mqttka-host-loop-{}", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let serving = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut connect = [0; 64];
        assert!(stream.read(&mut connect).unwrap() > 10);
        stream.write_all(CONNACK_5).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, [0xe0, 0]);
    });
    let mut world = world(&format!("unix:{}", path.display()), |_| {});
    world.client.connect().unwrap();
    world.hears("connected");
    world.client.disconnect(ReasonCode::Success).unwrap();
    world.hears("(disconnect_requested)");
    world.close();
    serving.join().unwrap();
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_loop_that_is_dropped_ends_its_client() {
    let (uri, serving) = broker(|broker| {
        let mut peer = broker.accept_mqtt(CONNACK_5);
        assert!(peer.drain().is_empty());
    });
    let mut world = world(&uri, |_| {});
    world.client.connect().unwrap();
    world.hears("connected");
    let (completion, outcome) = Completion::delivery();
    let message = message("t", "x", QoS::AtLeastOnce);
    world.client.publish(message, completion).unwrap();
    drop(world.host_loop);
    assert!(outcome.wait_timeout(PATIENCE).unwrap().result.is_err());
    serving.join().unwrap();
}
