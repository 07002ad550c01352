//! What only a broker in use can tell: how much it takes in flight, whether a goodbye under load
//! arrives, and what it does of which its client sees nothing: retained messages and Wills. Debian's mosquitto (`tests/setup` installs it), with its own defaults.

#![cfg(feature = "engine")]

mod support;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use mqttka_core::client::{
    DisconnectCause, EventKind, Message, OnReceived, Property, QoS, ReasonCode, Received, Refusal,
    Subscription, SubscriptionOptions, TopicName, Version, Will,
};
use support::{App, Heard, PATIENCE, options, until};

struct Mosquitto {
    process: Child,
    port: u16,
    directory: std::path::PathBuf,
}

impl Mosquitto {
    fn start(name: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.expect("a free port").port();
        let directory = std::env::temp_dir().join(format!("mqttka-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let path = directory.join("mosquitto.conf");
        let mut config = std::fs::File::create(&path).expect("a file");
        let lines = format!("listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n");
        config.write_all(lines.as_bytes()).expect("written");
        let process = Command::new("/usr/sbin/mosquitto")
            .arg("-c")
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto, which tests/setup installs");
        until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Mosquitto {
            process,
            port,
            directory,
        }
    }
}

impl Mosquitto {
    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.process.id().to_string()])
            .status();
        assert!(status.is_ok_and(|status| status.success()), "{name}");
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn connected(port: u16, version: Version, id: &str, will: Option<&str>) -> App {
    let mut options = options(port, version);
    options.config.client_id = id.try_into().unwrap();
    options.config.will = will.map(|topic| Will {
        message: Message::new(TopicName::try_from(topic).unwrap(), id.to_owned()),
    });
    let app = App::new(options);
    app.client.connect().unwrap();
    app.connected();
    app
}

/// All are there at CONNACK; what a broker takes at once is its own matter, and some close the
/// connection over it in 3.1.1.
#[test]
fn two_thousand_publishes_at_once_have_their_outcomes() {
    let broker = Mosquitto::start("inflight");
    for version in [Version::V311, Version::V5] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut options = options(broker.port, version);
            options.config.client_id = "many".try_into().unwrap();
            let app = App::new(options);
            // The broker's system accepts, its process does not run: all are there at CONNACK.
            broker.signal("STOP");
            app.client.connect().unwrap();
            for _ in 0..2000 {
                app.publish("t", b"payload", qos).unwrap();
            }
            broker.signal("CONT");
            for n in 0..2000 {
                let outcome = app.outcome();
                let case = format!("{version:?}, {qos:?}, {n}");
                assert!(outcome.result.is_ok(), "{case}: {outcome:?}");
                assert_eq!(app.client.status().connection_number, 1, "{case}");
            }
            let rest = app.close();
            // Connected, and the end.
            assert_eq!(rest.len(), 2, "{version:?}, {qos:?}: {rest:?}");
        }
    }
}

/// A client leaves in the midst of what others send it; the broker then publishes no Will.
#[test]
fn a_goodbye_under_load_arrives() {
    const ROUNDS: usize = 20;
    let broker = Mosquitto::start("goodbye");
    let watcher = connected(broker.port, Version::V5, "watcher", None);
    watcher.subscribe("will/#", QoS::AtLeastOnce).unwrap();
    assert!(watcher.outcome().result.is_ok());
    let flood = connected(broker.port, Version::V5, "flood", None);
    for round in 0..ROUNDS {
        let id = format!("leaves-{round}");
        let app = connected(broker.port, Version::V5, &id, Some("will/be"));
        app.subscribe("flood", QoS::AtMostOnce).unwrap();
        assert!(app.outcome().result.is_ok());
        for _ in 0..300 {
            let _ = flood.publish("flood", &[7; 4000], QoS::AtMostOnce);
        }
        app.message();
        // With and without a word of its own before.
        if round % 2 == 0 {
            app.client.disconnect(ReasonCode::Success).unwrap();
        } else {
            app.client.close();
        }
        let EventKind::Disconnected(end) = app.event().kind else {
            panic!("round {round}");
        };
        let expected = match round % 2 {
            0 => DisconnectCause::DisconnectRequested,
            _ => DisconnectCause::ClientClosed,
        };
        assert_eq!(end.cause, expected);
        app.close();
    }
    // One that goes without a word, so that the last Will is known.
    let app = connected(broker.port, Version::V5, "aborts", Some("will/be"));
    app.client.abort();
    assert_eq!(&watcher.message().payload[..], b"aborts");
    flood.close();
    watcher.close();
}

fn publish(app: &App, topic: &str, payload: &str, retain: bool) {
    let topic = TopicName::try_from(topic).unwrap();
    let mut message = Message::new(topic, payload.to_owned());
    message.retain = retain;
    app.client.publish(message, app.completion()).unwrap();
    assert!(app.outcome().result.is_ok());
}

const BOTH: [Version; 2] = [Version::V311, Version::V5];

/// What is retained for this topic, as a client in a session of its own sees it; empty: nothing.
fn retained(port: u16, version: Version, topic: &str) -> String {
    let app = connected(port, version, "looks", None);
    // What the second topic has is the last that comes.
    publish(&app, "last", "last", true);
    for filter in [topic, "last"] {
        app.subscribe(filter, QoS::AtMostOnce).unwrap();
    }
    let mut found = String::new();
    loop {
        match app.next_message_lane() {
            Heard::Outcome(outcome) => assert!(outcome.result.is_ok(), "{outcome:?}"),
            Heard::Message(message, _) => {
                assert!(message.retain, "{message:?}");
                match String::from_utf8_lossy(&message.payload).into_owned() {
                    last if last == "last" => break,
                    payload => found += &payload,
                }
            }
            other => panic!("{other:?}"),
        }
    }
    app.close();
    found
}

#[test]
fn what_is_retained_is_the_topics_last_and_belongs_to_no_session() {
    let broker = Mosquitto::start("retained");
    for version in BOTH {
        let topic = "kept";
        let is = || retained(broker.port, version, topic);
        let app = connected(broker.port, version, "keeps", None);
        assert_eq!(is(), "");
        publish(&app, topic, "one", true);
        assert_eq!(is(), "one");
        // QoS 0 takes its place, too.
        publish(&app, topic, "two", true);
        publish(&app, topic, "three", false);
        assert_eq!(is(), "two");
        // Its session has ended.
        app.close();
        assert_eq!(is(), "two");
        let app = connected(broker.port, version, "keeps", None);
        publish(&app, topic, "", true);
        assert_eq!(is(), "");
        app.close();
    }
}

#[test]
fn a_will_is_retained_where_it_says_so_and_without_one_there_is_none() {
    for version in BOTH {
        for retain in [false, true] {
            // Of its own, with nothing that is retained.
            let broker = Mosquitto::start(&format!("will-{retain}-{version:?}"));
            let topic = "will/of/it";
            let watcher = connected(broker.port, version, "watcher", None);
            watcher.subscribe("#", QoS::AtLeastOnce).unwrap();
            assert!(watcher.outcome().result.is_ok());
            // Neither at the end of one that has none.
            let app = connected(broker.port, version, "has-none", None);
            app.client.abort();
            let mut options = options(broker.port, version);
            options.config.client_id = "dies".try_into().unwrap();
            let mut message = Message::new(TopicName::try_from(topic).unwrap(), "died");
            message.retain = retain;
            options.config.will = Some(Will { message });
            let app = App::new(options);
            app.client.connect().unwrap();
            app.connected();
            app.client.abort();
            let will = watcher.message();
            assert_eq!(
                (will.topic.as_str(), &will.payload[..]),
                (topic, &b"died"[..])
            );
            let kept = if retain { "died" } else { "" };
            assert_eq!(retained(broker.port, version, topic), kept);
            watcher.close();
        }
    }
}

/// The one that comes back has the shorter delay: its Will would be the first.
#[test]
fn no_will_of_a_client_that_is_back_within_its_delay() {
    let broker = Mosquitto::start("delay");
    let watcher = connected(broker.port, Version::V5, "watcher", None);
    watcher.subscribe("will/#", QoS::AtLeastOnce).unwrap();
    assert!(watcher.outcome().result.is_ok());
    let persistent = |id: &str| {
        let mut options = options(broker.port, Version::V5);
        options.config.client_id = id.try_into().unwrap();
        options.config.clean_start = false;
        options.config.session_expiry_interval = 100;
        options
    };
    let dies = |id: &str, delay: u32| {
        let mut options = persistent(id);
        let topic = format!("will/{id}");
        let mut message = Message::new(TopicName::try_from(&*topic).unwrap(), "died");
        let delay = Property::WillDelayInterval(delay);
        message.properties.push(delay);
        options.config.will = Some(Will { message });
        let app = App::new(options);
        app.client.connect().unwrap();
        app.connected();
        app.client.abort();
    };
    dies("back", 3);
    let back = App::new(persistent("back"));
    back.client.connect().unwrap();
    back.connected();
    dies("gone", 4);
    assert_eq!(watcher.message().topic.as_str(), "will/gone");
    back.close();
    watcher.close();
}

#[test]
fn what_is_larger_than_the_client_takes_does_not_come() {
    let broker = Mosquitto::start("large");
    let mut options = options(broker.port, Version::V5);
    options.config.maximum_packet_size = Some(100);
    let app = App::new(options);
    app.client.connect().unwrap();
    app.connected();
    app.subscribe("sizes", QoS::AtLeastOnce).unwrap();
    assert!(app.outcome().result.is_ok());
    let other = connected(broker.port, Version::V5, "other", None);
    for (qos, size) in [(1, 1000), (0, 1000), (1, 10)] {
        let qos = [QoS::AtMostOnce, QoS::AtLeastOnce][qos];
        other.publish("sizes", &vec![7; size], qos).unwrap();
        assert!(other.outcome().result.is_ok());
    }
    assert_eq!(app.message().payload.len(), 10);
    assert_eq!(app.client.status().connection_number, 1);
    other.close();
    app.close();
}

/// One of those who share the messages of "shared", which acknowledges them itself.
fn holds(port: u16) -> (App, Receiver<Received>) {
    let app = connected(port, Version::V5, "holds", Some("last"));
    let (given, gets) = channel();
    let wish = |filter: &str| Subscription::new(filter.parse().unwrap(), QoS::ExactlyOnce);
    let manual = SubscriptionOptions::default().acknowledging_manually();
    let took = OnReceived(move |received| {
        let _ = given.send(received);
    });
    let wishes = vec![wish("$share/g/shared"), wish("last")];
    app.client
        .subscribe_with_options(wishes, Default::default(), manual, took, app.completion())
        .unwrap();
    assert!(app.outcome().result.is_ok());
    (app, gets)
}

/// What comes before the word that is the last.
fn before_last(mut next: impl FnMut() -> Message) -> Vec<u8> {
    let messages = std::iter::from_fn(|| Some(next()).filter(|it| it.topic.as_str() != "last"));
    messages.map(|it| it.payload[0]).collect()
}

/// Nobody else of those who share has what one of them refused, or what one had whose session ended.
#[test]
fn what_one_of_those_who_share_had_goes_to_no_other() {
    let broker = Mosquitto::start("share");
    for (qos, refuses) in [(QoS::AtLeastOnce, true), (QoS::ExactlyOnce, false)] {
        let (holder, gets) = holds(broker.port);
        let other = connected(broker.port, Version::V5, "other", None);
        for filter in ["$share/g/shared", "last"] {
            other.subscribe(filter, QoS::ExactlyOnce).unwrap();
            assert!(other.outcome().result.is_ok());
        }
        let publisher = connected(broker.port, Version::V5, "publishes", None);
        for n in 0..10 {
            publisher.publish("shared", &[n], qos).unwrap();
            assert!(publisher.outcome().result.is_ok());
        }
        publish(&publisher, "last", "1", false);
        let mut held = Vec::new();
        let had = before_last(|| {
            held.push(gets.recv_timeout(PATIENCE).unwrap());
            held[held.len() - 1].message.clone()
        });
        let mut all = before_last(|| other.message());
        assert!(!had.is_empty(), "the other has all");
        all.extend(&had);
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<u8>>());
        if refuses {
            let mut refused = 0;
            for received in &held {
                if let Some(acknowledgement) = &received.acknowledgement {
                    let refusal = Refusal::new(ReasonCode::QuotaExceeded).unwrap();
                    acknowledgement.refuse(refusal).unwrap();
                    refused += 1;
                }
            }
            assert_eq!(refused, had.len());
            // The broker reads it after what was refused.
            publish(&holder, "last", "2", false);
        } else {
            // Its Will is the word.
            holder.client.abort();
            assert_eq!(before_last(|| other.message()), []);
            publish(&publisher, "last", "3", false);
        }
        assert_eq!(before_last(|| other.message()), []);
        for app in [publisher, other, holder] {
            app.close();
        }
    }
}
