//! A socket that the system takes away (rule L23), also while the process does not run.

use std::fs;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use mqttka_core::client::{Client, Event, EventKind, Handler, Message, Reconnect};
use mqttka_scripted_broker::{Broker, CONNACK_311};

use super::Scenario;
use super::child::{PATIENCE, Running, options};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a_socket_that_is_taken_away_is_told", awake, goes_on),
    (
        "a_socket_that_is_taken_away_from_a_stopped_process_is_told",
        stopped,
        goes_on,
    ),
    (
        "a_socket_that_is_taken_away_from_a_frozen_process_is_told",
        frozen,
        goes_on,
    ),
];

/// Takes away what is connected to this port of loopback, as the system does after a freeze.
fn take_away(port: u16) {
    // It says whether any is left to look at, too.
    let _ = Command::new("ss")
        .args(["-K", "dport", "=", &format!(":{port}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Whether this machine does that.
fn can_take_away() -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("a bound socket");
    let mut ours = TcpStream::connect(address).expect("a connection");
    ours.set_nonblocking(true).expect("a setting");
    take_away(address.port());
    let error = ours.read(&mut [0; 1]).expect_err("nothing comes");
    error.raw_os_error() == Some(libc::ECONNABORTED)
}

/// `hold` calls what it is given while the process of this number does not run.
fn scene(name: &str, hold: impl FnOnce(u32, &dyn Fn())) {
    if !can_take_away() {
        return eprintln!("skipped: {name} needs root, ss, and a kernel with INET_DIAG_DESTROY");
    }
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let _peer = broker.accept_mqtt(CONNACK_311);
    assert_eq!(child.line(), "connected");
    hold(child.id(), &|| take_away(broker.port()));
    assert_eq!(child.line(), "reclaimed_by_system");
    assert_eq!(child.line(), "tries again in 0ns");
    let _peer = broker.accept_mqtt(CONNACK_311);
    assert_eq!(child.line(), "connected");
    child.ended();
}

fn awake(name: &str) {
    scene(name, |_, take_away| take_away());
}

fn stopped(name: &str) {
    let signal = |name: &str, process: u32| {
        let status = Command::new("kill")
            .args([name, &process.to_string()])
            .status();
        assert!(status.expect("kill").success());
    };
    scene(name, |process, take_away| {
        signal("-STOP", process);
        let status = format!("/proc/{process}/status");
        until(|| read(&status).contains("State:\tT"));
        take_away();
        signal("-CONT", process);
    });
}

/// As Android freezes apps that nobody sees.
fn frozen(name: &str) {
    let Some(group) = Group::new() else {
        return eprintln!("skipped: {name} needs root and cgroup v2");
    };
    scene(name, |process, take_away| {
        group.set("cgroup.procs", &process.to_string());
        group.set("cgroup.freeze", "1");
        let events = group.0.join("cgroup.events");
        until(|| read(&events).contains("frozen 1"));
        take_away();
        group.set("cgroup.freeze", "0");
    });
}

fn read(path: impl AsRef<std::path::Path>) -> String {
    fs::read_to_string(path).expect("a file of the kernel's")
}

#[allow(clippy::disallowed_methods, reason = "a net against hanging")]
fn until(mut it_is: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !it_is() {
        assert!(start.elapsed() < PATIENCE, "it does not come about");
        std::thread::yield_now();
    }
}

/// Processes that are frozen together.
struct Group(PathBuf);

impl Group {
    fn new() -> Option<Self> {
        // The second where a machine has both versions.
        let roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(PathBuf::from);
        let root = roots.into_iter().find(|it| {
            it.join("cgroup.procs").exists() && it.join("cgroup.controllers").exists()
        })?;
        let group = root.join(format!("mqttka-test-{}", std::process::id()));
        fs::create_dir(&group).ok()?;
        let group = Group(group);
        group.0.join("cgroup.freeze").exists().then_some(group)
    }

    fn set(&self, file: &str, value: &str) {
        fs::write(self.0.join(file), value).expect("a setting");
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // What failed may have left it frozen.
        let _ = fs::write(self.0.join("cgroup.freeze"), "0");
        let _ = fs::remove_dir(&self.0);
    }
}

struct Tells(Sender<()>);

impl Handler for Tells {
    fn on_event(&self, event: &Event) {
        match &event.kind {
            EventKind::Connected(_) => {
                println!("connected");
                let _ = self.0.send(());
            }
            EventKind::Disconnected(end) => println!("{}", end.cause.name()),
            EventKind::Reconnecting(next) => println!("tries again in {:?}", next.delay),
            other => println!("{other:?}"),
        }
    }
    fn on_message(&self, _: Message, _: u64) {}
}

/// Until it was connected twice.
fn goes_on(port: u16) {
    let (told, hears) = channel();
    let mut options = options(port);
    options.config.reconnect = Some(Reconnect::default());
    let client = Client::new(options, Tells(told)).expect("a client");
    client.connect().expect("an attempt");
    for _ in 0..2 {
        hears.recv_timeout(PATIENCE).expect("a connection");
    }
    client.abort();
    // Its last event is for nobody.
    std::process::exit(0);
}
