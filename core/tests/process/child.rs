//! What scenarios have in common.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, Event, Handler, Message, Options, QoS, TopicName, Version,
};
use mqttka_scripted_broker::Broker;

/// How long any wait may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The child of a scenario. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub(crate) fn start(name: &str, broker: &Broker) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .args(["--child", name, &broker.port().to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("to start a child");
        let (told, lines) = channel();
        let output = BufReader::new(child.stdout.take().expect("its output"));
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Running { child, lines }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line in time")
    }

    /// It ends by itself, successfully.
    pub(crate) fn ended(mut self) {
        // Its output ends with it.
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            println!("{line}");
        }
        let status = self.child.wait().expect("its status");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {}
}

pub(crate) fn options(port: u16) -> Options {
    let mut options = Options::new("127.0.0.1");
    options.servers[0].port = Some(port);
    options.config.protocol_version = Version::V311;
    options.config.keep_alive = 600;
    options.config.reconnect = None;
    options
}

pub(crate) fn connected(port: u16, handler: impl Handler) -> Client {
    let client = Client::new(options(port), handler).expect("a client");
    let connecting = client.connecting().expect("to connect");
    let connected = connecting.wait_timeout(PATIENCE).expect("in time");
    connected.expect("connected");
    client
}

pub(crate) fn publish(client: &Client, payload: &str) {
    let topic = TopicName::try_from("t").expect("a topic");
    let message = Message::new(topic, payload.to_owned()).with_qos(QoS::AtMostOnce);
    client.publish(message, Completion::none()).expect("queued");
}

/// A QoS 0 PUBLISH of this payload, as [`publish`] sends it.
pub(crate) fn published(payload: &str) -> Vec<u8> {
    let length = u8::try_from(payload.len() + 3).expect("a short payload");
    [&[0x30, length, 0, 1, b't'], payload.as_bytes()].concat()
}
