//! What only a broker in use can tell: how much it takes in flight, and whether a goodbye under
//! load arrives. Debian's mosquitto (`tests/setup` installs it), with its own defaults.

#![cfg(feature = "engine")]

mod support;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use mqttka_core::client::{
    DisconnectCause, EventKind, Message, QoS, ReasonCode, TopicName, Version, Will,
};
use support::{App, options, until};

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
