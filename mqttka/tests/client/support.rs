//! Brokers, and waits with a net against hanging.

use std::future::Future;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mqttka::{Builder, Client};
use mqttka_scripted_broker::{Broker, CONNACK_5, Peer};

/// How long any wait may take before the test fails: a net against hanging, no measurement.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs this to its end, on an executor that knows nothing of I/O or time.
pub(crate) fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(futures::executor::block_on(future));
    });
    receiver
        .recv_timeout(PATIENCE)
        .expect("it ends in time, and without a panic")
}

/// Waits for what has no future of its own.
pub(crate) fn until(mut it_is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !it_is() {
        assert!(start.elapsed() < PATIENCE, "it does not come about");
        std::thread::yield_now();
    }
}

/// Of a client of the scripted broker.
pub(crate) fn builder(broker: &Broker) -> Builder {
    Client::builder(format!("mqtt://127.0.0.1:{}", broker.port()))
}

/// A client, and the other end of its connection.
pub(crate) fn connected(broker: &Broker) -> (Client, Peer) {
    connected_by(broker, builder(broker))
}

/// The same, with these options.
pub(crate) fn connected_by(broker: &Broker, builder: Builder) -> (Client, Peer) {
    let client = builder.connect_nowait().unwrap();
    let peer = broker.accept_mqtt(CONNACK_5);
    let state = client.clone();
    until(move || state.state() == mqttka::State::Connected);
    (client, peer)
}

/// A PUBLISH of MQTT 5.0 without properties.
pub(crate) fn publish(
    first_byte: u8,
    topic: &str,
    packet_id: Option<u8>,
    payload: &str,
) -> Vec<u8> {
    let mut body = vec![0, topic.len() as u8];
    body.extend_from_slice(topic.as_bytes());
    body.extend(packet_id.into_iter().flat_map(|id| [0, id]));
    body.push(0);
    body.extend_from_slice(payload.as_bytes());
    let mut packet = vec![first_byte, body.len() as u8];
    packet.extend(body);
    packet
}

/// Debian's broker in use.
pub(crate) struct Mosquitto {
    process: Child,
    pub(crate) port: u16,
    directory: PathBuf,
}

impl Mosquitto {
    /// With its own defaults, and these lines for its listener.
    pub(crate) fn start(lines: &[String]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        Mosquitto::start_with(free.expect("a free port").port(), lines)
    }

    /// At a port where an earlier one was.
    pub(crate) fn start_at(port: u16) -> Self {
        Mosquitto::start_with(port, &[])
    }

    fn start_with(port: u16, lines: &[String]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("mqttka-crate-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).expect("a directory");
        let path = directory.join("mosquitto.conf");
        let mut config = std::fs::File::create(&path).expect("a file");
        let own = format!("listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n");
        config
            .write_all((own + &lines.join("\n") + "\n").as_bytes())
            .expect("written");
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

    pub(crate) fn uri(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// The program of `examples/`, which `cargo test -p mqttka` builds beside the tests.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("the path of the tests");
    let profile = test.parent().and_then(Path::parent).expect("target/debug");
    let program = profile.join("examples").join(name);
    assert!(program.exists(), "no {program:?}: cargo build --examples");
    Command::new(program)
}
