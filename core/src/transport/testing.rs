//! What the tests of the transport share.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::tcp::Tcp;

/// How long any wait may take before the test fails: a net against hanging, no measurement.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the future on a runtime of its own, as the engine does: nothing but an await looks at the
/// sockets' readiness.
pub(super) fn within<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.unwrap() })
}

/// A connection over loopback: ours, and the broker's end, which blocks.
pub(super) async fn pair() -> (Tcp, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    connected(&listener).await
}

/// A connection to this listener.
pub(super) async fn connected(listener: &TcpListener) -> (Tcp, TcpStream) {
    let address = listener.local_addr().unwrap();
    let ours = Tcp::connect(address, Arc::default()).await.unwrap();
    let (theirs, _) = listener.accept().unwrap();
    theirs.set_read_timeout(Some(PATIENCE)).unwrap();
    theirs.set_write_timeout(Some(PATIENCE)).unwrap();
    theirs.set_nodelay(true).unwrap();
    (ours, theirs)
}

/// Everything until the end, and whether the end is a reset.
pub(super) fn drain(peer: &mut TcpStream) -> (Vec<u8>, bool) {
    let mut all = Vec::new();
    match peer.read_to_end(&mut all) {
        Ok(_) => (all, false),
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => (all, true),
        Err(error) => panic!("the peer sees no end: {error}"),
    }
}

/// In a test's child process; see [`in_child`].
pub(super) fn is_child(test: &str) -> bool {
    std::env::var_os("MQTTKA_TEST_CHILD").is_some_and(|name| name == test)
}

/// Runs the test of this whole name once more, alone, in a process that `wrapper` (a program and
/// its arguments) starts, and fails where it fails. There [`is_child`] is true.
pub(super) fn in_child(wrapper: &[&str], test: &str) {
    let exe = std::env::current_exe().unwrap();
    let mut words = wrapper.iter();
    let mut command = match words.next() {
        Some(program) => {
            let mut command = Command::new(program);
            command.args(words).arg(exe);
            command
        }
        None => Command::new(exe),
    };
    let output = command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("MQTTKA_TEST_CHILD", test)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
}

/// As [`in_child`], in a network namespace of its own. Says so and does nothing where this machine
/// does not allow that.
pub(super) fn in_namespace(test: &str) {
    if is_allowed("unshare", &["--net", "ip", "link", "set", "lo", "up"]) {
        in_child(&["unshare", "--net"], test);
    } else {
        eprintln!("skipped: {test} needs root, unshare and ip");
    }
}

/// Whether this machine lets this program run, and it succeeds.
pub(super) fn is_allowed(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs `ip` with these words.
pub(super) fn ip(words: &str) -> String {
    let output = Command::new("ip")
        .args(words.split_whitespace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "ip {words}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Gives the interface an IPv6 address, and returns when the kernel has done with it: its routes
/// come a little later than `ip` returns.
pub(super) fn add_address(address: &str, interface: &str) {
    ip(&format!("-6 addr add {address}/64 dev {interface} nodad"));
    let wanted = format!("local {address} ");
    let routes = format!("-6 route show table local dev {interface}");
    while !ip(&routes).contains(&wanted) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A listener whose queue is full, so that it answers no more; it does again when what is queued
/// (the second) is accepted.
pub(super) fn full(address: &str) -> (socket2::Socket, TcpStream) {
    use socket2::{Domain, Protocol, Socket, Type};

    let address: std::net::SocketAddr = address.parse().unwrap();
    let kind = Domain::for_address(address);
    let listener = Socket::new(kind, Type::STREAM, Some(Protocol::TCP)).unwrap();
    listener.bind(&address.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let queued = TcpStream::connect(address).unwrap();
    (listener, queued)
}
